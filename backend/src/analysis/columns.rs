//! What there is to tell of a household, and of a hamlet.

use std::sync::Arc;

use soho_shared::area::{Commune, Residence};
use soho_shared::assess::{assess, assess_last};
use soho_shared::classify::monthly_per_person;
use soho_shared::count::{Contribution, Measure, Tally, measure_name};
use soho_shared::household::{self, Group};
use soho_shared::lang::Lang;
use soho_shared::law;
use soho_shared::record::{Doc, HouseholdId, Round};
use soho_shared::standard::Class;

use super::file::{Column, Kind, Read, Table, Value};

/// A household in a round.
pub(super) struct Household {
    commune: &'static Commune,
    id: HouseholdId,
    standard: Option<&'static str>,
    residence: Option<Residence>,
    class: Option<Class>,
    opening_class: Option<Class>,
    members: Option<i64>,
    annual_net: Option<i64>,
    per_person: Option<i64>,
    by_points: Option<bool>,
    /// Indicators by id: whether the household lacks them.
    lacking: Vec<(&'static str, bool)>,
    moved: Vec<Measure>,
    read: household::Household,
}

/// The sums of a hamlet in a round.
pub(super) struct OfHamlet {
    pub(super) commune: &'static Commune,
    /// Its number; `None` for households that name no hamlet.
    pub(super) hamlet: Option<u8>,
    pub(super) tally: Tally,
}

impl Household {
    /// What a record tells, with what it adds; `None` where it counts nowhere.
    pub(super) fn of(
        commune: &'static Commune,
        id: HouseholdId,
        round: Round,
        adds: &Contribution,
        doc: &Doc,
    ) -> Option<Self> {
        if !adds.counts || adds.standing.counts.get(Measure::Households) == 0 {
            return None;
        }
        let read = household::Household::read(doc);
        let assessed = assess(&read, commune.code, round);
        let last = assess_last(&read, commune.code, round);
        let known =
            last.iter().flat_map(|last| last.standard.indicators.iter().zip(&last.deprivations.answers));
        let lacking = known.filter_map(|(indicator, answer)| Some((&*indicator.id, answer.lacking()?)));
        let lacking = lacking.collect();
        let facts = assessed.as_ref().and_then(|assessed| assessed.facts);
        let moved = adds
            .moved
            .iter()
            .filter_map(|(number, count)| Measure::from_number(number).filter(|_| count > 0));
        Some(Household {
            commune,
            id,
            standard: assessed.as_ref().map(|assessed| &*assessed.standard.id),
            residence: assessed.as_ref().and_then(|assessed| assessed.residence),
            // What a closed round has stays as it was counted.
            class: adds.class(),
            opening_class: adds.standing.opening_class(),
            members: assessed
                .as_ref()
                .and_then(|assessed| assessed.members)
                .map(|members| members.get().into()),
            annual_net: facts.map(|facts| facts.annual_net.get()),
            per_person: facts.map(|facts| monthly_per_person(facts.annual_net, facts.members).get()),
            by_points: assessed.as_ref().map(|assessed| assessed.by_points),
            lacking,
            moved: moved.collect(),
            read,
        })
    }

    /// Where its row stands in its commune.
    pub(super) fn place(&self) -> (u8, HouseholdId) {
        (self.read.hamlet.unwrap_or(0), self.id)
    }
}

fn column<R, V: Into<Value>>(
    name: impl Into<String>,
    kind: Kind,
    unit: &'static str,
    words: (&str, &str),
    read: impl Fn(&R) -> V + Send + Sync + 'static,
) -> Column<R> {
    let read: Read<R> = Arc::new(move |row| read(row).into());
    Column { name: name.into(), kind, unit, vi: words.0.to_owned(), en: words.1.to_owned(), read }
}

/// The classes as they stand in a column.
const CLASSES: &str = "poor, near_poor, low_income, above";

/// The columns of households.
pub(super) fn households(names: bool) -> Table<Household> {
    use Kind::{Text, Truth, Whole};
    let word = |class: Option<Class>| class.map(Class::word);
    let is_in = |group: Group| move |of: &Household| of.read.groups().any(|own| own == group);
    let mut columns: Vec<Column<Household>> = vec![
        column(
            "household",
            Text,
            "",
            ("Mã hộ, giữ nguyên qua các đợt", "Household's id, the same in all rounds"),
            |of: &Household| of.id.to_string(),
        ),
        column(
            "district",
            Text,
            "",
            ("Mã huyện (Tổng cục Thống kê)", "District's code"),
            |of: &Household| of.commune.district.to_string(),
        ),
        column(
            "commune",
            Text,
            "",
            ("Mã xã (Tổng cục Thống kê)", "Commune's code"),
            |of: &Household| of.commune.code.to_string(),
        ),
        column(
            "hamlet",
            Whole,
            "1–99",
            ("Số của ấp trong xã", "Hamlet's number in its commune"),
            |of: &Household| of.read.hamlet.map(i64::from),
        ),
        column(
            "residence",
            Text,
            "rural, urban",
            ("Nông thôn hay thành thị", "Rural or urban"),
            |of: &Household| of.residence.map(Residence::word),
        ),
        column("standard", Text, "", ("Chuẩn nghèo áp dụng", "Standard applied"), |of: &Household| {
            of.standard
        }),
        column(
            "class",
            Text,
            CLASSES,
            ("Hạng; trống: chưa xếp được", "Class; empty where not decided"),
            move |of: &Household| word(of.class),
        ),
        column(
            "opening_class",
            Text,
            CLASSES,
            (
                "Hạng theo chuẩn của giai đoạn sau, ở đợt có hai kết quả",
                "Class by the next period's standard, in rounds with two results",
            ),
            move |of: &Household| word(of.opening_class),
        ),
        column(
            "by_points",
            Truth,
            "",
            ("Xếp theo điểm B1, B2", "Decided by points B1, B2"),
            |of: &Household| of.by_points,
        ),
        column(
            "members",
            Whole,
            "người, persons",
            ("Số người được tính", "Members who count"),
            |of: &Household| of.members,
        ),
        column(
            "annual_net_vnd",
            Whole,
            "đồng / 12 tháng, đồng in 12 months",
            ("Thu nhập 12 tháng của cả hộ, đã trừ chi phí", "Income of the household less its costs"),
            |of: &Household| of.annual_net,
        ),
        column(
            "monthly_income_per_person_vnd",
            Whole,
            "đồng / người / tháng, đồng per person per month",
            (
                "Thu nhập bình quân, làm tròn đến đồng; hạng được xét trên số chưa làm tròn",
                "Average income, rounded to a đồng; classes rest on the exact figure",
            ),
            |of: &Household| of.per_person,
        ),
        column(
            "main_cause",
            Text,
            "",
            ("Nguyên nhân nghèo chính", "Main cause of poverty"),
            |of: &Household| of.read.main_cause.map(household::Cause::word),
        ),
    ];
    columns.extend(
        Group::ALL
            .map(|group| column(group.word(), Truth, "", (group.name_vi(), group.name_en()), is_in(group))),
    );
    columns.push(column(
        "floor_area_dm2",
        Whole,
        "1/100 m²",
        ("Diện tích nhà ở", "Floor of the house"),
        |of: &Household| of.read.floor_dm2.map(i64::from),
    ));
    for (id, vi, en) in indicators() {
        columns.push(column(
            format!("lacks_{id}"),
            Truth,
            "",
            (&format!("Thiếu hụt: {vi}"), &format!("Lacks: {en}")),
            move |of: &Household| of.lacking.iter().find(|(own, _)| *own == id).map(|(_, lacking)| *lacking),
        ));
    }
    columns.push(column(
        "moved",
        Text,
        "",
        ("Biến động trong đợt, cách nhau bằng dấu cách", "Movement in the round, words with spaces between"),
        |of: &Household| of.moved.iter().map(|measure| measure.word()).collect::<Vec<_>>().join(" "),
    ));
    if names {
        let words = ("Họ tên chủ hộ", "Name of the head");
        columns.push(column("head_name", Text, "", words, |of: &Household| of.read.head_name.clone()));
    }
    Table { name: "households", columns }
}

/// The indicators of all standards, each once: id, Vietnamese and English name.
fn indicators() -> Vec<(&'static str, &'static str, &'static str)> {
    let mut found: Vec<(&'static str, &'static str, &'static str)> = Vec::new();
    for indicator in law::standards().iter().flat_map(|standard| standard.indicators.iter()) {
        if found.iter().all(|(id, ..)| **id != *indicator.id) {
            found.push((&indicator.id, &indicator.name_vi, &indicator.name_en));
        }
    }
    found
}

/// The columns of tallies: every measure.
pub(super) fn tallies() -> Table<OfHamlet> {
    use Kind::{Text, Whole};
    let mut columns: Vec<Column<OfHamlet>> = vec![
        column("district", Text, "", ("Mã huyện", "District's code"), |of: &OfHamlet| {
            of.commune.district.to_string()
        }),
        column("commune", Text, "", ("Mã xã", "Commune's code"), |of: &OfHamlet| {
            of.commune.code.to_string()
        }),
        column(
            "hamlet",
            Whole,
            "1–99",
            ("Số của ấp; trống: chưa rõ ấp", "Hamlet's number; empty where not recorded"),
            |of: &OfHamlet| of.hamlet.map(i64::from),
        ),
        column(
            "all_households",
            Whole,
            "hộ, households",
            ("Tổng số hộ dân, mẫu số của các tỷ lệ", "All households, by which rates divide"),
            |of: &OfHamlet| of.tally.all_households(),
        ),
    ];
    columns.extend(Measure::ALL.map(|measure| {
        let words = (measure_name(measure, Lang::Vi), measure_name(measure, Lang::En));
        column(measure.word(), Whole, "", (&words.0, &words.1), move |of: &OfHamlet| of.tally.get(measure))
    }));
    Table { name: "tallies", columns }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_column_has_a_name_of_its_own_and_a_meaning() {
        fn check<R>(table: &Table<R>) {
            let names: BTreeSet<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
            assert_eq!(names.len(), table.columns.len());
            for column in &table.columns {
                assert!(!column.vi.is_empty() && !column.en.is_empty(), "{}", column.name);
                assert!(
                    column.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
                );
            }
        }
        check(&households(true));
        check(&tallies());
        let has_name = |names| households(names).columns.iter().any(|column| column.name == "head_name");
        assert!(has_name(true) && !has_name(false));
    }
}
