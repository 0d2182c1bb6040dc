//! What a household earned in the 12 months before the survey: each source's receipts less its costs.
//!
//! The period, and who counts as a member, are those of Chỉ thị 1752/CT-TTg (2010), as reported at the time. What the
//! house ate and used of its own produce counts. Whether the state's social allowances do is said by each standard's
//! [`IncomeRules`](crate::standard::IncomeRules); where that is not sure, both results are shown.

use serde::{Deserialize, Serialize};

use crate::lang::Lang;
use crate::money::Vnd;

/// Treatment of the state's social allowances in the sum of incomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allowances {
    /// They count like any other income.
    Counted,
    /// They are recorded and left out of the sum.
    NotCounted,
}

impl Allowances {
    /// The other treatment.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Allowances::Counted => Allowances::NotCounted,
            Allowances::NotCounted => Allowances::Counted,
        }
    }

    /// The word of an officer's decision on one household: `allowances_counted`, `allowances_not_counted`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Allowances::Counted => "allowances_counted",
            Allowances::NotCounted => "allowances_not_counted",
        }
    }

    /// The treatment with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Allowances::Counted, Allowances::NotCounted].into_iter().find(|one| one.word() == word)
    }
}

/// How often an amount of income comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rhythm {
    /// Once in the 12 months.
    Year,
    /// Each month.
    Month,
    /// Each season or batch (vụ, lứa).
    Season,
    /// Each day of work.
    Day,
}

impl Rhythm {
    /// All, in the order offered.
    pub const ALL: [Rhythm; 4] = [Rhythm::Year, Rhythm::Month, Rhythm::Season, Rhythm::Day];

    /// Their words, as fields hold them.
    pub const WORDS: &[&str] = &["year", "month", "season", "day"];

    /// The word under which it is stored: `year`, `month`, `season`, `day`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        Rhythm::WORDS[self as usize]
    }

    /// The rhythm with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Rhythm::ALL.into_iter().find(|r| r.word() == word)
    }

    /// In plain words, as they follow an amount.
    #[must_use]
    pub const fn name(self, lang: Lang) -> &'static str {
        match self {
            Rhythm::Year => lang.pick("cả năm", "for the year"),
            Rhythm::Month => lang.pick("mỗi tháng", "each month"),
            Rhythm::Season => lang.pick("mỗi vụ, mỗi lứa", "each season or batch"),
            Rhythm::Day => lang.pick("mỗi ngày công", "each day of work"),
        }
    }

    /// How many times it can occur in 12 months.
    #[must_use]
    pub const fn most(self) -> u32 {
        match self {
            Rhythm::Year => 1,
            Rhythm::Month => 12,
            Rhythm::Season => 60,
            Rhythm::Day => 366,
        }
    }

    /// Whether it makes sense for a source.
    #[must_use]
    pub const fn fits(self, source: IncomeSource) -> bool {
        match self {
            Rhythm::Year | Rhythm::Month => true,
            Rhythm::Season => source.has_costs(),
            Rhythm::Day => {
                matches!(source, IncomeSource::Wages | IncomeSource::Trade | IncomeSource::Fishing)
            }
        }
    }

    /// What most people would choose for a source.
    #[must_use]
    pub const fn usual(source: IncomeSource) -> Self {
        if source.has_costs() { Rhythm::Year } else { Rhythm::Month }
    }
}

/// Source of a household's income.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncomeSource {
    /// Crops (trồng trọt).
    Crops,
    /// Livestock (chăn nuôi).
    Livestock,
    /// Forestry (lâm nghiệp).
    Forestry,
    /// Fishing and aquaculture (thủy sản).
    Fishing,
    /// Salt making (làm muối).
    Salt,
    /// Trade and crafts (buôn bán, ngành nghề phi nông nghiệp).
    Trade,
    /// Wages (tiền công, tiền lương).
    Wages,
    /// Remittances and gifts (tiền gửi về, quà biếu).
    Remittances,
    /// Rents and interest (cho thuê, lãi tiết kiệm).
    Rent,
    /// Pension (lương hưu).
    Pension,
    /// State social allowances (trợ cấp xã hội của Nhà nước): whether they count is a matter of the standard.
    SocialAllowance,
    /// Any other source.
    Other,
}

impl IncomeSource {
    /// Every source, in the order a form asks.
    pub const ALL: [IncomeSource; 12] = [
        IncomeSource::Crops,
        IncomeSource::Livestock,
        IncomeSource::Forestry,
        IncomeSource::Fishing,
        IncomeSource::Salt,
        IncomeSource::Trade,
        IncomeSource::Wages,
        IncomeSource::Remittances,
        IncomeSource::Rent,
        IncomeSource::Pension,
        IncomeSource::SocialAllowance,
        IncomeSource::Other,
    ];

    /// The word used in files and on the wire: `crops` … `social_allowance`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            IncomeSource::Crops => "crops",
            IncomeSource::Livestock => "livestock",
            IncomeSource::Forestry => "forestry",
            IncomeSource::Fishing => "fishing",
            IncomeSource::Salt => "salt",
            IncomeSource::Trade => "trade",
            IncomeSource::Wages => "wages",
            IncomeSource::Remittances => "remittances",
            IncomeSource::Rent => "rent",
            IncomeSource::Pension => "pension",
            IncomeSource::SocialAllowance => "social_allowance",
            IncomeSource::Other => "other",
        }
    }

    /// The source with this word; `None` for any other word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        IncomeSource::ALL.into_iter().find(|source| source.word() == word)
    }

    /// Whether it counts towards the poverty lines: everything does, except state social allowances by one treatment.
    #[must_use]
    pub const fn counts(self, allowances: Allowances) -> bool {
        !matches!((self, allowances), (IncomeSource::SocialAllowance, Allowances::NotCounted))
    }

    /// Whether costs are usual for this source: farming, fishing, salt and trade have them, wages and pensions do not.
    #[must_use]
    pub const fn has_costs(self) -> bool {
        matches!(
            self,
            IncomeSource::Crops
                | IncomeSource::Livestock
                | IncomeSource::Forestry
                | IncomeSource::Fishing
                | IncomeSource::Salt
                | IncomeSource::Trade
                | IncomeSource::Other
        )
    }

    /// The source in plain words.
    #[must_use]
    pub const fn name(self, lang: Lang) -> &'static str {
        match self {
            IncomeSource::Crops => lang.pick("Trồng trọt (lúa, dừa, cây trái, rau)", "Crops"),
            IncomeSource::Livestock => lang.pick("Chăn nuôi (bò, heo, gà, vịt)", "Livestock"),
            IncomeSource::Forestry => lang.pick("Trồng rừng, khai thác rừng", "Forestry"),
            IncomeSource::Fishing => lang.pick("Đánh bắt, nuôi tôm cá", "Fishing and aquaculture"),
            IncomeSource::Salt => lang.pick("Làm muối", "Salt"),
            IncomeSource::Trade => lang.pick("Buôn bán, làm nghề", "Trade and crafts"),
            IncomeSource::Wages => lang.pick("Làm thuê, làm công, lương", "Wages"),
            IncomeSource::Remittances => lang.pick("Con cháu, người thân gửi cho", "Remittances and gifts"),
            IncomeSource::Rent => lang.pick("Cho thuê, tiền lãi", "Rents and interest"),
            IncomeSource::Pension => lang.pick("Lương hưu", "Pension"),
            IncomeSource::SocialAllowance => {
                lang.pick("Trợ cấp xã hội của Nhà nước", "State social allowances")
            }
            IncomeSource::Other => lang.pick("Nguồn khác", "Other sources"),
        }
    }

    /// The source's term on the official form, in Vietnamese, to stand beside the plain words.
    #[must_use]
    pub const fn legal_term(self) -> &'static str {
        match self {
            IncomeSource::Crops => "Thu từ trồng trọt",
            IncomeSource::Livestock => "Thu từ chăn nuôi",
            IncomeSource::Forestry => "Thu từ lâm nghiệp",
            IncomeSource::Fishing => "Thu từ thủy sản",
            IncomeSource::Salt => "Thu từ diêm nghiệp",
            IncomeSource::Trade => "Thu từ sản xuất, kinh doanh phi nông nghiệp",
            IncomeSource::Wages => "Thu từ tiền công, tiền lương",
            IncomeSource::Remittances => "Thu từ tiền gửi, quà biếu",
            IncomeSource::Rent => "Thu từ cho thuê tài sản, lãi tiết kiệm",
            IncomeSource::Pension => "Lương hưu",
            IncomeSource::SocialAllowance => "Trợ cấp bảo trợ xã hội",
            IncomeSource::Other => "Các khoản thu khác",
        }
    }
}

/// One source of a household's income over the 12 months before the survey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct IncomeLine {
    /// Where it comes from.
    pub source: IncomeSource,
    /// Everything received in 12 months, in đồng.
    pub receipts: Vnd,
    /// Costs of earning it in 12 months, in đồng.
    pub costs: Vnd,
}

impl IncomeLine {
    /// Receipts less costs, đồng in 12 months; negative after a loss; `None` when out of [`Vnd`]'s bounds.
    #[must_use]
    pub const fn net(&self) -> Option<Vnd> {
        self.receipts.checked_sub(self.costs)
    }
}

/// What the household earned in 12 months less costs, đồng: the sum of the lines that count by a treatment of allowances.
///
/// A loss in one activity counts as negative. The order of the lines does not matter; `None` only when the
/// sum itself is out of [`Vnd`]'s bounds.
#[must_use]
pub fn annual_net(lines: &[IncomeLine], allowances: Allowances) -> Option<Vnd> {
    i64::try_from(sum(lines, allowances)).ok().and_then(Vnd::new)
}

/// The same sum; beyond the bounds of [`Vnd`], the bound.
pub(crate) fn annual_net_within_bounds(lines: &[IncomeLine], allowances: Allowances) -> Vnd {
    let at_bound = |sum| if sum < 0 { Vnd::MIN } else { Vnd::MAX };
    annual_net(lines, allowances).unwrap_or_else(|| at_bound(sum(lines, allowances)))
}

fn sum(lines: &[IncomeLine], allowances: Allowances) -> i128 {
    let counted = lines.iter().filter(|line| line.source.counts(allowances));
    counted.map(|line| i128::from(line.receipts.get() - line.costs.get())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(source: IncomeSource, receipts: i64, costs: i64) -> IncomeLine {
        IncomeLine { source, receipts: Vnd::new(receipts).unwrap(), costs: Vnd::new(costs).unwrap() }
    }

    #[test]
    fn sums_what_counts() {
        let lines = [
            line(IncomeSource::Crops, 20_000_000, 8_000_000),
            line(IncomeSource::Livestock, 1_000_000, 4_000_000),
            line(IncomeSource::SocialAllowance, 2_160_000, 0),
        ];
        assert_eq!(annual_net(&lines, Allowances::NotCounted), Vnd::new(9_000_000));
        assert_eq!(annual_net(&lines, Allowances::Counted), Vnd::new(11_160_000));
        assert_eq!(annual_net(&[], Allowances::Counted), Some(Vnd::ZERO));
    }

    #[test]
    fn order_does_not_matter_at_the_bounds() {
        let max = Vnd::MAX.get();
        let (gain, loss) = (line(IncomeSource::Trade, max, 0), line(IncomeSource::Trade, 0, max));
        let annual_net = |lines: &[IncomeLine]| super::annual_net(lines, Allowances::Counted);
        assert_eq!(annual_net(&[gain, gain, loss]), Some(Vnd::MAX));
        assert_eq!(annual_net(&[loss, gain, gain]), Some(Vnd::MAX));
        assert_eq!(annual_net(&[gain, gain]), None);
        assert_eq!(annual_net_within_bounds(&[loss, loss], Allowances::Counted), Vnd::MIN);
        assert_eq!(line(IncomeSource::Trade, max, -1).net(), None);
    }

    #[test]
    fn words_are_the_wire_s() {
        for source in IncomeSource::ALL {
            assert_eq!(serde_json::to_string(&source).unwrap(), format!("\"{}\"", source.word()));
            assert_eq!(IncomeSource::from_word(source.word()), Some(source));
        }
    }
}
