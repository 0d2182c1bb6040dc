//! The commune whose papers of a round these are.

use std::collections::BTreeMap;

use super::{Block, Letterhead, Signature};
use crate::area::{self, AreaCode, CommuneCode, HamletCode};
use crate::count::Listed;
use crate::explain::class_short_name;
use crate::household::{Recognised, Signatory};
use crate::lang::Lang;
use crate::law::last_standard;
use crate::recognition::{Case, Recognition};
use crate::record::Round;
use crate::report::{Cell, Column, Line, Table};
use crate::standard::{Class, Standard};

/// Last year of the law on People's Councils and People's Committees of 2003; the law on local government followed it.
const LAST_OF_COUNCILS: u16 = 2015;

/// A commune in a round, as its papers name it.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// The commune.
    pub commune: CommuneCode,
    /// The round.
    pub round: Round,
    /// Names that were given to hamlets, by number.
    pub hamlets: BTreeMap<u8, String>,
    /// What the commune says of the round's recognition.
    pub recognition: Recognition,
}

impl Issuer {
    /// The commune's name within a sentence: `xã An Đức`.
    #[must_use]
    pub fn name(&self) -> String {
        let name = AreaCode::Commune(self.commune).name();
        let mut letters = name.chars();
        letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
    }

    /// A hamlet's name, as it was given or else by its number: `Ấp 4`; 0 stands for households that name none.
    #[must_use]
    pub fn hamlet(&self, number: u8) -> String {
        if number == 0 {
            return "Chưa rõ ấp".to_owned();
        }
        let given = self.hamlets.get(&number).filter(|name| !name.trim().is_empty()).cloned();
        let usual = || HamletCode::new(self.commune, number).map(HamletCode::name).unwrap_or_default();
        given.unwrap_or_else(usual)
    }

    /// The hamlet of a household; nothing where its record names none.
    pub(super) fn hamlet_of(&self, case: &Case) -> String {
        case.hamlet.map(|number| self.hamlet(number)).unwrap_or_default()
    }

    /// Where a household lives: `Tổ 4, Ấp 4, xã An Đức, Huyện Ba Tri, Tỉnh Bến Tre`.
    pub(super) fn residence(&self, case: &Case) -> String {
        let address = case.address.clone().unwrap_or_default();
        let commune = AreaCode::Commune(self.commune);
        let district = super::district_of(commune).unwrap_or_default().to_owned();
        let province = area::PROVINCE.name.to_owned();
        let parts = [address, self.hamlet_of(case), self.name(), district, province];
        parts.into_iter().filter(|part| !part.trim().is_empty()).collect::<Vec<_>>().join(", ")
    }

    /// The standard of the round's last word.
    pub(super) fn standard(&self) -> Option<&'static Standard> {
        last_standard(i16::try_from(self.round.year()).ok()?)
    }

    /// The name of a class in a narrow column.
    pub(super) fn class(&self, class: Option<Class>) -> String {
        let named = class.zip(self.standard());
        named
            .map(|(class, standard)| class_short_name(class, standard, Lang::Vi).to_owned())
            .unwrap_or_default()
    }

    /// Head lines without a number, of a paper that has none.
    pub(super) fn unnumbered(&self, day: Option<&str>) -> Letterhead {
        let head = Letterhead::of(AreaCode::Commune(self.commune), None, "", day);
        Letterhead { number: String::new(), ..head }
    }

    /// Head lines with a number, or with room for it.
    pub(super) fn letterhead(&self, number: Option<&str>, sign: &str, day: Option<&str>) -> Letterhead {
        Letterhead::of(AreaCode::Commune(self.commune), number, sign, day)
    }

    /// Who signs for the commune.
    pub(super) fn signature(&self) -> Signature {
        let chair = Signature::chair(self.recognition.signer.clone());
        let lines = match self.recognition.chair {
            Signatory::Chair => return chair,
            Signatory::Vice => ["TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"],
        };
        Signature { lines: lines.map(ToOwned::to_owned).to_vec(), ..chair }
    }

    /// What a recognition rests on: the law of its time, the standard, the round's result.
    pub(super) fn bases(&self, day: Option<&str>) -> Vec<Block> {
        let year = day.and_then(|day| day.get(..4)?.parse().ok()).unwrap_or(self.round.year());
        let law = match year {
            ..=LAST_OF_COUNCILS => "Luật Tổ chức Hội đồng nhân dân và Ủy ban nhân dân",
            _ => "Luật Tổ chức chính quyền địa phương",
        };
        let (round, name) = (self.round, self.name());
        let standard = self.standard().map(|standard| format!("Căn cứ {};", standard.source.instrument));
        let result = format!("Căn cứ kết quả rà soát hộ nghèo, hộ cận nghèo năm {round} của {name}.");
        let all = [Some(format!("Căn cứ {law};")), standard, Some(result)];
        all.into_iter().flatten().map(Block::Basis).collect()
    }

    /// A list of cases, each line by its number and what `cells` gives.
    pub(super) fn list<'c>(
        &self,
        columns: Vec<Column>,
        cases: impl IntoIterator<Item = &'c Case>,
        cells: impl Fn(&Case) -> Vec<Cell>,
    ) -> Table {
        let (name, round) = (AreaCode::Commune(self.commune).name(), self.round);
        let about = (format!("{name}, đợt rà soát năm {round}"), format!("{name}, round of {round}"));
        let mut table = Table::new(("Danh sách hộ", "Households"), about);
        table.columns = [Column::number()].into_iter().chain(columns).collect();
        for (number, case) in (1_i64..).zip(cases) {
            let line = [Cell::Count(number)].into_iter().chain(cells(case)).collect();
            table.lines.push(Line::unit(None, line));
        }
        table
    }
}

/// The column with names of heads.
pub(super) fn head_column() -> Column {
    Column::text("head_name", ("Họ và tên chủ hộ", "Name of the head"), 26)
}

/// The column with their years of birth, as texts: a year is no amount.
pub(super) fn birth_column() -> Column {
    Column::text("birth_year", ("Năm sinh", "Born"), 6)
}

/// The column with the number of members.
pub(super) fn members_column() -> Column {
    Column::whole("members", ("Số người", "People"))
}

/// The head's name.
pub(super) fn head_name(case: &Case) -> Cell {
    case.head.name.clone().into()
}

/// The head's year of birth.
pub(super) fn birth_year(case: &Case) -> Cell {
    case.head.birth_year.map(|year| year.to_string()).into()
}

/// The number of members.
pub(super) fn members(case: &Case) -> Cell {
    case.members.map(i64::from).into()
}

/// What a household is recognised as, in a narrow column: `Thoát nghèo`.
pub(super) const fn short(recognised: Recognised) -> &'static str {
    match recognised {
        Recognised::Poor => "Nghèo",
        Recognised::NearPoor => "Cận nghèo",
        Recognised::EscapedPoor => "Thoát nghèo",
        Recognised::EscapedNearPoor => "Thoát cận nghèo",
    }
}

/// Of some cases those on a list of the recognition. Who has come up from poor to near-poor stands on two: as near-poor, and as
/// come out of poverty.
pub(super) fn named(cases: &[Case], recognised: Recognised) -> impl Iterator<Item = &Case> {
    cases.iter().filter(move |case| {
        let is_listed = |class| case.class == Some(class);
        match recognised {
            Recognised::Poor => is_listed(Class::Poor),
            Recognised::NearPoor => is_listed(Class::NearPoor),
            Recognised::EscapedPoor => case.escaped == Some(Listed::Poor) && !is_listed(Class::Poor),
            Recognised::EscapedNearPoor => case.due() == Some(Recognised::EscapedNearPoor),
        }
    })
}
