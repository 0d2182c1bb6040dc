//! What a household earned in the 12 months before the survey: each source's receipts less its costs.
//!
//! The period, and who counts as a member, are those of Chỉ thị 1752/CT-TTg (2010), as reported at the time. State
//! social allowances are recorded but not counted: Quyết định 24/2021/QĐ-TTg, Điều 2 says so for the method of 2022;
//! the standard of 2011 is read the same way, and the explanation says that it is.

use serde::{Deserialize, Serialize};

use crate::lang::Lang;
use crate::money::Vnd;

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
    /// State social allowances (trợ cấp xã hội của Nhà nước): recorded but not counted.
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

    /// Whether it counts towards the poverty lines: everything does except state social allowances
    /// (Quyết định 24/2021/QĐ-TTg, Điều 2; read the same way for 2011).
    #[must_use]
    pub const fn counts(self) -> bool {
        !matches!(self, IncomeSource::SocialAllowance)
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

/// What the household earned in 12 months less costs, đồng: the sum of the lines that count.
///
/// A loss in one activity counts as negative. The order of the lines does not matter; `None` only when the
/// sum itself is out of [`Vnd`]'s bounds.
#[must_use]
pub fn annual_net(lines: &[IncomeLine]) -> Option<Vnd> {
    let sum: i128 = lines
        .iter()
        .filter(|line| line.source.counts())
        .map(|line| i128::from(line.receipts.get() - line.costs.get()))
        .sum();
    i64::try_from(sum).ok().and_then(Vnd::new)
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
        assert_eq!(annual_net(&lines), Vnd::new(9_000_000));
        assert_eq!(annual_net(&[]), Some(Vnd::ZERO));
    }

    #[test]
    fn order_does_not_matter_at_the_bounds() {
        let max = Vnd::MAX.get();
        let (gain, loss) = (line(IncomeSource::Trade, max, 0), line(IncomeSource::Trade, 0, max));
        assert_eq!(annual_net(&[gain, gain, loss]), Some(Vnd::MAX));
        assert_eq!(annual_net(&[loss, gain, gain]), Some(Vnd::MAX));
        assert_eq!(annual_net(&[gain, gain]), None);
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
