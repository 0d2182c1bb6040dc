//! Who the poor are and why: causes, groups, what is lacking, ethnic minorities.

use std::borrow::Cow;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::table::{Cell, Column, Derived, Head, Table, note};
use super::units::Units;
use super::{notes, percent_text, year};
use crate::count::{Listed, Measure, Tally, percent};
use crate::household::{Cause, Group};
use crate::law;
use crate::record::Round;
use crate::standard::{Class, Indicator, Note, Standard};

/// Poor households with one cause, or in one group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Share {
    /// Identifier of the cause or group, such as `lack_of_means`.
    pub id: String,
    /// Its name in the plan.
    pub vi: String,
    /// Its name in English.
    pub en: String,
    /// Number of poor households with this cause, or in this group.
    pub households: i64,
    /// Share of all poor households, in percent.
    #[serde(with = "percent_text")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = r"^[0-9]+\.[0-9]{2}$", required))]
    pub percent: Option<Decimal>,
}

/// Households that lack one indicator (chỉ số thiếu hụt).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LackingIndicator {
    /// The indicator's id, such as `toilet`.
    pub id: String,
    /// Its legal name in Vietnamese.
    pub vi: String,
    /// Its name in English.
    pub en: String,
    /// Poor households that lack it, as far as their records say.
    pub poor: i64,
    /// Near-poor households that lack it, as far as their records say.
    pub near_poor: i64,
}

fn share(id: &str, vi: &str, en: &str, households: i64, all: &Tally) -> Share {
    let percent = percent(households, all.class(Class::Poor));
    Share { id: id.to_owned(), vi: vi.to_owned(), en: en.to_owned(), households, percent }
}

/// Poor households by main cause.
pub(super) fn by_cause(all: &Tally) -> Vec<Share> {
    let of = |cause: Cause| {
        share(cause.word(), cause.name_vi(), cause.name_en(), all.get(Measure::of_cause(cause)), all)
    };
    Cause::ALL.map(of).into()
}

/// Poor households by group.
pub(super) fn by_group(all: &Tally) -> Vec<Share> {
    let of = |group: Group| {
        share(group.word(), group.name_vi(), group.name_en(), all.get(Measure::of_group(group)), all)
    };
    Group::ALL.map(of).into()
}

/// What poor and near-poor households lack, by the standard of the round's last word.
pub(super) fn lacking(all: &Tally, round: Round) -> Vec<LackingIndicator> {
    let lack = |listed, id: &str| Measure::of_indicator(listed, id).map_or(0, |measure| all.get(measure));
    let indicators = law::last_standard(year(round)).into_iter().flat_map(|last| last.indicators.iter());
    let of = indicators.map(|indicator| LackingIndicator {
        id: indicator.id.to_string(),
        vi: indicator.name_vi.to_string(),
        en: indicator.name_en.to_string(),
        poor: lack(Listed::Poor, &indicator.id),
        near_poor: lack(Listed::NearPoor, &indicator.id),
    });
    of.collect()
}

const COUNT: Head = ("Số hộ", "Households");
const SHARE: Head = ("Tỷ lệ (%)", "Share (%)");

/// A column of counts and one with their share of another column, under a common head.
fn share_of(of: &'static str, id: impl Into<Cow<'static, str>>, head: Note) -> [Column; 2] {
    let id = id.into();
    let derived = Derived::Percent { part: id.clone(), of: of.into() };
    let share: Cow<'static, str> = format!("{id}_percent").into();
    let group = Some(head);
    [
        Column { id, group: group.clone(), ..Column::count("", COUNT) },
        Column { id: share, group, derived, ..Column::rate("", SHARE) },
    ]
}

/// The cells of such a pair of columns.
fn share_cells(part: i64, of: i64) -> [Cell; 2] {
    [part.into(), Cell::Percent(percent(part, of))]
}

/// A table of shares of the poor.
fn of_poor<const N: usize>(
    units: &Units,
    title: Head,
    parts: [(&'static str, Head, Measure); N],
    last: Option<Column>,
) -> Table {
    let columns = parts.into_iter().flat_map(|(id, head, _)| share_of("poor", id, note(head)));
    let with_rest = last.is_some();
    let columns = [Column::count("poor", ("Hộ nghèo", "Poor"))].into_iter().chain(columns).chain(last);
    let mut table = units.table(title, columns, |of| {
        let poor = of.now.class(Class::Poor);
        let counts = parts.map(|(.., measure)| of.now.get(measure));
        let rest = with_rest.then(|| Cell::from(poor - counts.iter().sum::<i64>()));
        let shares = counts.into_iter().flat_map(|count| share_cells(count, poor));
        [Cell::from(poor)].into_iter().chain(shares).chain(rest).collect()
    });
    table.notes = notes::of_tally(&units.total.now, units.round);
    table
}

/// Poor households by main cause: the plan's third table, for each unit.
pub(super) fn causes(units: &Units) -> Table {
    let parts =
        Cause::ALL.map(|cause| (cause.word(), (cause.name_vi(), cause.name_en()), Measure::of_cause(cause)));
    let rest = Column::count("no_cause", ("Chưa ghi nguyên nhân", "No cause recorded"));
    of_poor(units, ("Hộ nghèo theo nguyên nhân chính", "Poor households by main cause"), parts, Some(rest))
}

/// Poor households by group: the plan's fourth table, for each unit.
pub(super) fn groups(units: &Units) -> Table {
    let parts =
        Group::ALL.map(|group| (group.word(), (group.name_vi(), group.name_en()), Measure::of_group(group)));
    let mut table = of_poor(units, ("Hộ nghèo theo nhóm hộ", "Poor households by group"), parts, None);
    table.notes.push(note((
        "Một hộ có thể thuộc nhiều nhóm: cộng các nhóm có thể nhiều hơn số hộ nghèo.",
        "A household may be in several groups: together they may come to more than all poor households.",
    )));
    table
}

/// What the poor or the near-poor lack, for each unit, by the standard of the round's last word.
pub(super) fn indicators(units: &Units, listed: Listed) -> Table {
    let title = match listed {
        Listed::Poor => ("Hộ nghèo thiếu hụt từng chỉ số", "Poor households by what they lack"),
        Listed::NearPoor => ("Hộ cận nghèo thiếu hụt từng chỉ số", "Near-poor households by what they lack"),
    };
    let head = match listed {
        Listed::Poor => ("Hộ nghèo", "Poor"),
        Listed::NearPoor => ("Hộ cận nghèo", "Near-poor"),
    };
    let standard = law::last_standard(year(units.round));
    let indicators: &[Indicator] = match standard {
        Some(standard) => &standard.indicators,
        None => &[],
    };
    let columns = indicators.iter().flat_map(|indicator| {
        let head = Note { vi: indicator.name_vi.clone(), en: indicator.name_en.clone() };
        share_of("listed", indicator.id.clone(), head)
    });
    let columns = [Column::count("listed", head)].into_iter().chain(columns);
    // Indicators are counted of the class by which the next round starts.
    let class = if law::has_two_results(units.round) { Measure::of_opening } else { Measure::of_class };
    let mut table = units.table(title, columns, |of| {
        let all = of.now.get(class(listed.class()));
        let lack = |id: &str| Measure::of_indicator(listed, id).map_or(0, |measure| of.now.get(measure));
        let shares = indicators.iter().flat_map(|indicator| share_cells(lack(&indicator.id), all));
        [Cell::from(all)].into_iter().chain(shares).collect()
    });
    match standard {
        Some(standard) if !indicators.is_empty() => {
            table.notes = of_standard(standard, units);
        }
        _ => {
            table.lines.clear();
            let is_unknown = standard.is_some_and(Standard::is_multidimensional);
            table.notes = vec![note(if is_unknown {
                (
                    "Chuẩn của đợt này có chỉ số thiếu hụt, nhưng danh sách chưa xác minh: chỉ ghi số chỉ số của từng hộ.",
                    "The standard of this round has indicators, but their list is not established: only their number is \
                     recorded.",
                )
            } else {
                (
                    "Chuẩn của đợt này chỉ xét thu nhập, không có chỉ số thiếu hụt.",
                    "The standard of this round goes by income alone and has no indicators.",
                )
            })];
        }
    }
    table
}

/// What must be known of a table of indicators.
fn of_standard(standard: &Standard, units: &Units) -> Vec<Note> {
    let (name, total) = (standard.year(), &units.total.now);
    let by = notes::said(
        format!("Theo chuẩn {name}. Chỉ đếm hộ có phiếu cho biết là thiếu; chưa trả lời thì chưa đếm."),
        format!(
            "By the standard of {name}. Counted are those whose record says that they lack it; what is not answered is not \
             counted."
        ),
    );
    let unsure = notes::unsure(total.get(Measure::Estimated), total.get(Measure::OpenTreatment));
    std::iter::once(by).chain(unsure).collect()
}

const ALL: Head = ("Tất cả hộ", "All households");
const POOR: Head = ("Hộ nghèo", "Poor");
const NEAR_POOR: Head = ("Hộ cận nghèo", "Near-poor");
const MINORITY: Head = ("Hộ dân tộc thiểu số", "Of ethnic minorities");
const OF_MINORITY: Head = ("% của hộ dân tộc thiểu số", "% of the minorities' households");

/// Households of ethnic minorities for each unit: all, as the hamlets declare them; poor; near-poor.
pub(super) fn minorities(units: &Units) -> Table {
    let columns = [
        Column::count("households", COUNT).under(ALL),
        Column::count("ethnic_minority", MINORITY).under(ALL),
        Column::count("poor", COUNT).under(POOR),
        Column::count("poor_minority", MINORITY).under(POOR),
        Column::percent(
            "poor_minority_percent",
            ("% của hộ nghèo", "% of the poor"),
            "poor_minority",
            "poor",
        )
        .under(POOR),
        Column::rate("poor_minority_rate", OF_MINORITY).under(POOR),
        Column::count("near_poor", COUNT).under(NEAR_POOR),
        Column::count("near_poor_minority", MINORITY).under(NEAR_POOR),
        Column::percent(
            "near_poor_minority_percent",
            ("% của hộ cận nghèo", "% of the near-poor"),
            "near_poor_minority",
            "near_poor",
        )
        .under(NEAR_POOR),
        Column::rate("near_poor_minority_rate", OF_MINORITY).under(NEAR_POOR),
    ];
    let title = ("Hộ dân tộc thiểu số", "Households of ethnic minorities");
    let mut table = units.table(title, columns, |of| {
        let get = |measure| of.now.get(measure);
        let declared = get(Measure::DeclaredEthnicMinority);
        let is_known = get(Measure::Declared) > 0 || declared != 0;
        // Where some hamlets declare nothing, more are counted than are declared.
        let is_whole = is_known && of.now.undeclared() == 0;
        let listed = |class: Measure, minority: Measure| -> [Cell; 4] {
            let [all, own] = [get(class), get(minority)];
            let rate = percent(own, declared).filter(|_| is_whole);
            [all.into(), own.into(), Cell::Percent(percent(own, all)), Cell::Percent(rate)]
        };
        let all: [Cell; 2] = [of.now.all_households().into(), is_known.then_some(declared).into()];
        let poor = listed(Measure::Poor, Measure::PoorEthnicMinorityHeaded);
        let near_poor = listed(Measure::NearPoor, Measure::NearPoorEthnicMinorityHeaded);
        all.into_iter().chain(poor).chain(near_poor).collect()
    });
    table.notes = notes::of_rates(&units.total.now, units.round);
    table.notes.push(note((
        "Hộ nghèo, cận nghèo dân tộc thiểu số là hộ có chủ hộ là người dân tộc; tất cả hộ thì theo số ấp kê khai.",
        "Poor and near-poor households of minorities are those headed by a member of one; all households are as the hamlets \
         declare them.",
    )));
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::area::AreaCode;
    use crate::count::Book;
    use crate::report::By;

    fn units(year: u16, tally: &Tally) -> Units {
        let round = Round::new(year).unwrap();
        let mut book = Book::default();
        book.add(round.into(), "29173".parse().unwrap(), 4, tally);
        let area: AreaCode = "83".parse().unwrap();
        Units::of(&book, area, round, By::District).unwrap()
    }

    fn total(table: &Table) -> Vec<String> {
        table.lines.last().unwrap().cells.iter().map(Cell::plain).collect()
    }

    #[test]
    fn causes_come_to_all_poor_households() {
        let tally = Tally::default()
            .with(Measure::Households, 100)
            .with(Measure::Poor, 40)
            .with(Measure::PoorForLackOfMeans, 25)
            .with(Measure::PoorForLackOfLabour, 10);
        let table = causes(&units(2010, &tally));
        assert_eq!(table.lines.len(), 10);
        assert_eq!(
            total(&table),
            ["", "Tổng cộng", "40", "25", "62.50", "10", "25.00", "0", "0.00", "0", "0.00", "5"]
        );
        let heads: Vec<String> = table.columns.iter().map(|column| column.id.to_string()).collect();
        assert_eq!(heads[3..5], ["lack_of_means", "lack_of_means_percent"]);
        assert!(table.csv().contains("phương tiện sản xuất: Số hộ\",\"Thiếu"), "{}", table.csv());
    }

    #[test]
    fn groups_overlap() {
        let tally = Tally::default()
            .with(Measure::Households, 100)
            .with(Measure::Poor, 40)
            .with(Measure::PoorFemaleHeaded, 30)
            .with(Measure::PoorMerit, 20);
        let table = groups(&units(2010, &tally));
        assert_eq!(total(&table)[2..], ["40", "30", "75.00", "0", "0.00", "20", "50.00", "0", "0.00"]);
        assert!(table.notes.iter().any(|note| note.en.contains("several groups")));
    }

    #[test]
    fn indicators_are_those_of_the_round_s_last_standard() {
        let tally = Tally::default()
            .with(Measure::Households, 100)
            .with(Measure::Poor, 40)
            .with(Measure::OpeningPoor, 50)
            .with(Measure::PoorLackToilet, 10)
            .with(Measure::NearPoor, 8)
            .with(Measure::NearPoorLackToilet, 2);
        for (year, many, all, share) in
            [(2015, 10, "50", "20.00"), (2016, 10, "40", "25.00"), (2023, 12, "40", "25.00")]
        {
            let table = indicators(&units(year, &tally), Listed::Poor);
            assert_eq!(table.columns.len(), 3 + 2 * many, "{year}");
            let toilet = table.column("toilet_percent").unwrap();
            assert_eq!((&*total(&table)[2], &*total(&table)[toilet]), (all, share), "{year}");
        }
        let near_poor = indicators(&units(2023, &tally), Listed::NearPoor);
        assert_eq!(total(&near_poor)[2], "8");
        for (year, said) in [(2011, "income alone"), (2027, "not established")] {
            let table = indicators(&units(year, &tally), Listed::Poor);
            assert!(table.lines.is_empty() && table.columns.len() == 3, "{year}");
            assert!(table.notes[0].en.contains(said), "{year}: {}", table.notes[0].en);
        }
    }

    #[test]
    fn a_rate_among_minorities_needs_all_to_be_declared() {
        let tally = Tally::default()
            .with(Measure::Households, 60)
            .with(Measure::Poor, 40)
            .with(Measure::PoorEthnicMinorityHeaded, 3)
            .with(Measure::NearPoor, 10);
        assert_eq!(
            total(&minorities(&units(2012, &tally)))[2..],
            ["60", "", "40", "3", "7.50", "", "10", "0", "0.00", ""]
        );
        let declared = tally.with(Measure::Declared, 100).with(Measure::DeclaredEthnicMinority, 12);
        assert_eq!(
            total(&minorities(&units(2012, &declared)))[2..],
            ["100", "12", "40", "3", "7.50", "25.00", "10", "0", "0.00", "0.00"]
        );
    }
}
