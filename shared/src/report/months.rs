//! Reviews on request within a year (rà soát thường xuyên, TT 07/2021, in force since 2022), month by month: what is due by the
//! 5th of the next month.
//!
//! The list of a month is that of the year's start with what all reviews until then have changed. At the year's end the
//! yearly review's own result stands.

use serde::{Deserialize, Serialize};

use super::plan::about;
use super::table::{Cell, Column, Head, Line, LineKind, Table, note};
use super::tally_of;
use crate::area::AreaCode;
use crate::count::{Book, Listed, Measure, Move, Period, Tally};
use crate::household::field::FIRST_REVIEWED;
use crate::record::Round;
use crate::standard::Class;

/// How a month's reviews moved the households of one class, as numbers of households.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MonthMoved {
    /// Came out of the class for the better (thoát nghèo, thoát cận nghèo).
    pub better: i64,
    /// Of the near-poor, those that became poor; none of the poor.
    pub worse: i64,
    /// In the class again: had left it (tái nghèo, tái cận nghèo).
    pub again: i64,
    /// In the class for the first time, or not on the year's list and known in the class before (phát sinh).
    pub new: i64,
    /// In the class at the month's end.
    pub end: i64,
}

/// The reviews of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Month {
    /// The month.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 12))]
    pub month: u8,
    /// Households reviewed.
    pub reviewed: i64,
    /// Movement of the poor.
    pub poor: MonthMoved,
    /// Movement of the near-poor.
    pub near_poor: MonthMoved,
}

/// The poor and near-poor households at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OnList {
    /// Poor households.
    pub poor: i64,
    /// Near-poor households.
    pub near_poor: i64,
}

/// The reviews on request within a round's year, in an area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Months {
    /// The area.
    pub area: AreaCode,
    /// The round, whose year it is.
    pub round: Round,
    /// At the start of the year: the result of the round before.
    pub start: OnList,
    /// The twelve months.
    pub months: Vec<Month>,
    /// By the yearly review's own result, as far as it has been made.
    pub end: OnList,
}

/// The reviews on request within a round's year, from running sums.
///
/// # Errors
/// When the area is a hamlet, or there were none yet in that year.
pub fn months(book: &Book, area: AreaCode, round: Round) -> Result<Months, String> {
    if matches!(area, AreaCode::Hamlet(_)) {
        return Err("reviews by month are told of the province, a district or a commune".to_owned());
    }
    if round.year() < FIRST_REVIEWED {
        return Err(format!("households are reviewed by month since {FIRST_REVIEWED}: give a later round"));
    }
    let whole = tally_of(book, area, round);
    let start = Listed::ALL.map(|listed| whole.get(Measure::of_move(listed, Move::AtStart)));
    let mut on_list = start;
    let months = (1..=12).map(|month| {
        let tally = Period::of_month(round, month).map(|period| tally_of(book, area, period));
        let tally = tally.unwrap_or_default();
        let [poor, near_poor] = Listed::ALL.map(|listed| {
            let moved = moved(&tally, listed);
            let end = &mut on_list[listed as usize];
            *end += moved.again + moved.new - moved.better - moved.worse;
            MonthMoved { end: *end, ..moved }
        });
        Month { month, reviewed: Class::ALL.iter().map(|class| tally.class(*class)).sum(), poor, near_poor }
    });
    let on_list = |[poor, near_poor]: [i64; 2]| OnList { poor, near_poor };
    Ok(Months {
        area,
        round,
        start: on_list(start),
        months: months.collect(),
        end: on_list(Listed::ALL.map(|listed| whole.class(listed.class()))),
    })
}

/// How the reviews of a month moved a class.
fn moved(tally: &Tally, listed: Listed) -> MonthMoved {
    let get = |moved| tally.get(Measure::of_move(listed, moved));
    let (up, other) = (get(Move::ToLowIncome) + get(Move::ToAbove), get(Move::ToOther));
    let (better, worse) = match listed {
        Listed::Poor => (up + other, 0),
        Listed::NearPoor => (up, other),
    };
    MonthMoved { better, worse, again: get(Move::Again), new: get(Move::New) + get(Move::Returned), end: 0 }
}

/// A column of a class: id, head, and the figure under it.
type Moved = (&'static str, Head, fn(&MonthMoved) -> i64);

const POOR: Head = ("Hộ nghèo", "Poor households");
const NEAR_POOR: Head = ("Hộ cận nghèo", "Near-poor households");

const OF_POOR: [Moved; 4] = [
    ("poor_better", ("Thoát", "Came out"), |of| of.better),
    ("poor_again", ("Tái", "In it again"), |of| of.again),
    ("poor_new", ("Phát sinh", "New"), |of| of.new),
    ("poor_end", ("Cuối kỳ", "At the end"), |of| of.end),
];

const OF_NEAR_POOR: [Moved; 5] = [
    ("near_poor_better", ("Thoát", "Came out"), |of| of.better),
    ("near_poor_worse", ("Thành hộ nghèo", "Became poor"), |of| of.worse),
    ("near_poor_again", ("Tái", "In it again"), |of| of.again),
    ("near_poor_new", ("Phát sinh", "New"), |of| of.new),
    ("near_poor_end", ("Cuối kỳ", "At the end"), |of| of.end),
];

/// Quarters, the two halves and the year: name, first and last month.
const SPANS: [(&str, u8, u8); 7] = [
    ("Quý I", 1, 3),
    ("Quý II", 4, 6),
    ("6 tháng đầu năm", 1, 6),
    ("Quý III", 7, 9),
    ("Quý IV", 10, 12),
    ("6 tháng cuối năm", 7, 12),
    ("Cả năm", 1, 12),
];

impl Months {
    /// The months from one to another together: what moved adds up, the list is that of the last.
    #[must_use]
    pub fn span(&self, first: u8, last: u8) -> Option<Month> {
        let mut months = self.months.iter().filter(|of| (first..=last).contains(&of.month)).copied();
        let start = months.next()?;
        Some(months.fold(start, |sum, next| {
            let moved = |one: MonthMoved, other: MonthMoved| MonthMoved {
                better: one.better + other.better,
                worse: one.worse + other.worse,
                again: one.again + other.again,
                new: one.new + other.new,
                end: other.end,
            };
            Month {
                month: next.month,
                reviewed: sum.reviewed + next.reviewed,
                poor: moved(sum.poor, next.poor),
                near_poor: moved(sum.near_poor, next.near_poor),
            }
        }))
    }

    /// The table as it is handed in, with quarters, halves and the year. (The columns of the national forms, 7.1 to 7.10 of
    /// TT 07/2021, are not established.)
    #[must_use]
    pub fn table(&self) -> Table {
        let title = ("Rà soát thường xuyên trong năm", "Reviews on request within the year");
        let mut table = Table::new(title, about(self.area, self.round));
        table.columns = vec![
            Column::text("month", ("Tháng", "Month"), 22),
            Column::whole("reviewed", ("Số hộ được rà soát", "Households reviewed")),
        ];
        table.columns.extend(OF_POOR.map(|(id, head, _)| Column::whole(id, head).under(POOR)));
        table.columns.extend(OF_NEAR_POOR.map(|(id, head, _)| Column::whole(id, head).under(NEAR_POOR)));
        let moment = |what: &str, at: OnList| {
            let mut cells = vec![Cell::Empty; table.columns.len()];
            cells[0] = what.into();
            cells[1 + OF_POOR.len()] = at.poor.into();
            cells[1 + OF_POOR.len() + OF_NEAR_POOR.len()] = at.near_poor.into();
            cells
        };
        let cells = |name: String, month: &Month| {
            let poor = OF_POOR.iter().map(|(_, _, read)| Cell::Count(read(&month.poor)));
            let near_poor = OF_NEAR_POOR.iter().map(|(_, _, read)| Cell::Count(read(&month.near_poor)));
            [name.into(), month.reviewed.into()].into_iter().chain(poor).chain(near_poor).collect()
        };
        let mut lines = vec![Line::unit(None, moment("Đầu năm", self.start))];
        for month in &self.months {
            lines.push(Line::unit(None, cells(format!("{}/{}", month.month, self.round), month)));
            let over = SPANS.iter().filter(|(_, _, last)| *last == month.month);
            let over = over.filter_map(|(name, first, last)| Some((name, self.span(*first, *last)?)));
            lines.extend(over.map(|(name, sum)| Line::of(LineKind::Part, cells((*name).to_owned(), &sum))));
        }
        lines.push(Line::unit(None, moment("Kết quả của đợt rà soát", self.end)));
        table.lines = lines;
        table.notes.push(note((
            "Các cột của mẫu 7.1 đến 7.10 (Thông tư 07/2021/TT-BLĐTBXH) chưa xác minh: đây không phải là các mẫu đó.",
            "The columns of forms 7.1 to 7.10 (Thông tư 07/2021/TT-BLĐTBXH) are not established: this table is none of them.",
        )));
        table
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::count::{Counts, Standing, TallyChange};
    use crate::course::{Records, Said, contributions};
    use crate::duplicate::Joined;

    fn standing(class: Option<Class>, reviews: &[(u8, Class)]) -> Standing {
        let mut counts = Counts::default();
        counts.add(Measure::Households, 1);
        class.into_iter().for_each(|class| counts.add(Measure::of_class(class), 1));
        reviews.iter().for_each(|(month, class)| counts.add_in(*month, Measure::of_class(*class), 1));
        Standing { hamlet: 4, counts, came: None, left: None }
    }

    #[test]
    fn a_month_s_list_is_the_start_with_all_reviews_until_then() {
        use Class::{Above, LowIncome, NearPoor, Poor};
        let [before, round] = [2022, 2023].map(|year| Round::new(year).unwrap());
        // Class at the end of 2022; reviews of 2023; class at the end of 2023.
        type Case = (Option<Class>, &'static [(u8, Class)], Option<Class>);
        let cases: [Case; 5] = [
            (Some(Poor), &[(3, Above), (6, Poor)], None),
            (Some(Poor), &[(3, NearPoor)], Some(LowIncome)),
            (Some(NearPoor), &[(6, Poor)], Some(Poor)),
            (Some(Above), &[(12, NearPoor)], Some(NearPoor)),
            (None, &[(3, LowIncome)], None),
        ];
        let mut book = Book::default();
        for (number, (start, reviews, end)) in (1..).zip(cases) {
            let household = Uuid::from_u128(number);
            let [first, second] = [standing(start, &[]), standing(end, reviews)];
            let records: Records =
                [((before, household), Said::Open(&first)), ((round, household), Said::Open(&second))]
                    .into_iter()
                    .skip(usize::from(start.is_none()))
                    .collect();
            for ((of, _), adds) in contributions(&records, &Joined::default(), None) {
                let changes = TallyChange::between(of, "29173".parse().unwrap(), None, Some(&adds));
                changes.iter().for_each(|change| book.apply(change));
            }
        }
        let of = |area: &str| months(&book, area.parse().unwrap(), round).unwrap();
        let told = of("29173");
        assert_eq!(
            (told.start, told.end),
            (OnList { poor: 2, near_poor: 1 }, OnList { poor: 1, near_poor: 1 })
        );
        let at = |month: usize| told.months[month - 1];
        let poor = |better, again, new, end| MonthMoved { better, worse: 0, again, new, end };
        assert_eq!((at(2).reviewed, at(2).poor, at(2).near_poor.end), (0, poor(0, 0, 0, 2), 1));
        assert_eq!((at(3).reviewed, at(3).poor), (3, poor(2, 0, 0, 0)));
        assert_eq!(at(3).near_poor, MonthMoved { new: 1, end: 2, ..MonthMoved::default() });
        assert_eq!((at(6).reviewed, at(6).poor), (2, poor(0, 1, 1, 2)));
        assert_eq!(at(6).near_poor, MonthMoved { worse: 1, end: 1, ..MonthMoved::default() });
        assert_eq!((at(12).poor.end, at(12).near_poor.new, at(12).near_poor.end), (2, 1, 2));
        assert_eq!((of("836").months, of("83").months), (told.months.clone(), told.months.clone()));
        // The round itself goes by its own result: from near-poor to poor, not by way of the reviews.
        let tally = tally_of(&book, "29173".parse().unwrap(), round);
        assert_eq!((tally.get(Measure::NearPoorToPoor), tally.get(Measure::PoorAgain)), (1, 0));
        assert_eq!(tally.households(), 5, "a month counts in its own tally alone");
        let csv = told.table().csv();
        assert!(csv.contains("\r\n3/2023,3,2,0,0,0,0,0,0,1,2\r\nQuý I,3,2,0,0,0,0,0,0,1,2\r\n"), "{csv}");
        assert!(csv.contains("\r\n6 tháng đầu năm,5,2,1,1,2,"), "{csv}");
        assert!(months(&book, "29173-04".parse().unwrap(), round).is_err());
        assert!(months(&book, "29173".parse().unwrap(), Round::new(2021).unwrap()).is_err());
    }
}
