//! Poverty gap and severity (the indices of Foster, Greer and Thorbecke of orders 1 and 2), and the sum that would lift everybody
//! to the line.
//!
//! With the line *z* and the income *y* of a person a month, the index of order *a* is the mean of *max(0, (z − y) / z)ᵃ*, over
//! households or over people. Incomes are of a year and of a whole household, and so is what is short of the line: whole đồng,
//! summed without rounding. Only the quotients are rounded.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::table::{Cell, Column, Head, Table, note};
use super::units::{areas, frame};
use super::{By, notes, year};
use crate::area::{self, AreaCode, CommuneCode, Residence};
use crate::classify::Members;
use crate::count::{Book, percent};
use crate::law;
use crate::money::Vnd;
use crate::record::Round;
use crate::standard::{Note, Standard};

/// Decimals to which a quotient is worked out before the quotients are added up.
const UNIT: i128 = 1_000_000_000_000_000_000;

/// How far the known incomes of a round are under the line, by commune.
///
/// ```
/// use soho_shared::area::Residence;
/// use soho_shared::classify::Members;
/// use soho_shared::money::Vnd;
/// use soho_shared::record::Round;
/// use soho_shared::report::Incomes;
///
/// // Four people with 300.000 đ each a month, where the line is 400.000 đ.
/// let mut incomes = Incomes::new(Round::CENSUS_2010);
/// let (members, income) = (Members::new(4).unwrap(), Vnd::new(14_400_000).unwrap());
/// incomes.add("29173".parse().unwrap(), Residence::Rural, members, income);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incomes {
    round: Round,
    standard: Option<&'static Standard>,
    /// The line, rural and urban.
    lines: [Vnd; 2],
    communes: BTreeMap<CommuneCode, Known>,
}

/// What is known of the incomes of an area.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Known {
    households: i64,
    persons: i64,
    /// At or under the line.
    low: i64,
    low_persons: i64,
    /// What is missing to the line, in đồng a year.
    missing: i128,
    /// Households whose income is not known.
    unknown: i64,
    /// What is missing, by residence and members: sums of what is added up and divided later.
    short: BTreeMap<(Residence, u8), Short>,
}

/// What households of one residence and size are short of the line, in đồng a year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Short {
    sum: i128,
    squares: i128,
}

/// Whether each household counts once, or each of its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    Households,
    Persons,
}

impl Known {
    fn add(&mut self, line: Vnd, residence: Residence, members: Members, annual_net: Vnd) {
        self.households += 1;
        self.persons += i64::from(members.get());
        let needed = i128::from(line.get()) * i128::from(members.person_months());
        let short = needed - i128::from(annual_net.get());
        if short < 0 {
            return;
        }
        self.low += 1;
        self.low_persons += i64::from(members.get());
        self.missing += short;
        let sums = self.short.entry((residence, members.get())).or_default();
        sums.sum += short;
        // At most 10³⁰ for each household.
        sums.squares = sums.squares.saturating_add(short * short);
    }

    fn join(&mut self, other: &Known) {
        self.households += other.households;
        self.persons += other.persons;
        self.low += other.low;
        self.low_persons += other.low_persons;
        self.missing += other.missing;
        self.unknown += other.unknown;
        for (of, short) in &other.short {
            let sums = self.short.entry(*of).or_default();
            sums.sum += short.sum;
            sums.squares = sums.squares.saturating_add(short.squares);
        }
    }

    /// The index of order 1 or 2, in percent; `None` where no income is known, or where it is beyond every real one.
    fn index(&self, order: u8, over: Over, lines: [Vnd; 2]) -> Option<Decimal> {
        let mut total = 0i128;
        for ((residence, members), short) in &self.short {
            let members = i128::from(*members);
            let needed = i128::from(lines[residence.index()].get()) * 12 * members;
            let (sum, whole) =
                if order == 1 { (short.sum, needed) } else { (short.squares, needed.checked_mul(needed)?) };
            let each = quotient(sum, whole)?;
            let weight = if over == Over::Persons { members } else { 1 };
            total = total.checked_add(each.checked_mul(weight)?)?;
        }
        let count = if over == Over::Persons { self.persons } else { self.households };
        let whole = UNIT.checked_mul(i128::from(count))?.checked_mul(2)?;
        let hundredths = total.checked_mul(20_000)?.checked_add(whole / 2)?.checked_div(whole)?;
        Decimal::try_from_i128_with_scale(hundredths, 2).ok()
    }

    fn cells(&self, lines: [Vnd; 2]) -> Vec<Cell> {
        let index = |order, over| Cell::Percent(self.index(order, over, lines));
        vec![
            self.households.into(),
            self.persons.into(),
            self.low.into(),
            Cell::Percent(percent(self.low, self.households)),
            self.low_persons.into(),
            Cell::Percent(percent(self.low_persons, self.persons)),
            index(1, Over::Households),
            index(1, Over::Persons),
            index(2, Over::Households),
            index(2, Over::Persons),
            i64::try_from(self.missing).map_or(Cell::Empty, Cell::Dong),
            self.unknown.into(),
        ]
    }
}

/// A quotient of numbers that are not negative in units of [`UNIT`], rounded half up.
fn quotient(part: i128, whole: i128) -> Option<i128> {
    let rest = part.checked_rem(whole)?.checked_mul(UNIT)?.checked_mul(2)?.checked_add(whole)?;
    (part / whole).checked_mul(UNIT)?.checked_add(rest / whole.checked_mul(2)?)
}

const KNOWN: Head = ("Đã biết thu nhập", "Income known");
const LOW: Head = ("Từ chuẩn trở xuống", "At or under the line");
const GAP: Head = ("Khoảng cách nghèo (FGT1)", "Poverty gap (FGT 1)");
const SEVERITY: Head = ("Mức độ nặng (FGT2)", "Severity (FGT 2)");
const HOUSEHOLDS: Head = ("Số hộ", "Households");
const PERSONS: Head = ("Số người", "People");
const BY_HOUSEHOLDS: Head = ("% theo hộ", "% over households");
const BY_PERSONS: Head = ("% theo người", "% over people");

impl Incomes {
    /// The incomes of a round, of which none is known yet.
    ///
    /// The line is the poverty line of the round's standard; where that has none of income alone, the one at or under which
    /// households are poor or near-poor.
    #[must_use]
    pub fn new(round: Round) -> Self {
        let standard = law::standard_for_round(year(round));
        let lines =
            standard.and_then(|standard| standard.bands.first()).map_or([Vnd::ZERO; 2], |band| band.lines);
        Incomes { round, standard, lines, communes: BTreeMap::new() }
    }

    /// Adds a household: what it earned in 12 months less its costs.
    pub fn add(&mut self, commune: CommuneCode, residence: Residence, members: Members, annual_net: Vnd) {
        let line = self.lines[residence.index()];
        self.communes.entry(commune).or_default().add(line, residence, members, annual_net);
    }

    /// Counts households whose income is not known.
    pub fn leave_out(&mut self, commune: CommuneCode, households: i64) {
        self.communes.entry(commune).or_default().unknown += households;
    }

    /// What is known of an area.
    fn of(&self, area: AreaCode) -> Known {
        let mut all = Known::default();
        for (code, known) in &self.communes {
            if area::commune(*code).is_some_and(|commune| area.contains_commune(commune)) {
                all.join(known);
            }
        }
        all
    }

    /// Gap, severity and the missing sum, for each district or commune.
    pub(super) fn table(&self, area: AreaCode, by: By) -> Result<Table, String> {
        if by == By::Hamlet {
            return Err("incomes are read by commune, not by hamlet".to_owned());
        }
        let units = areas(&Book::default(), area, &[], by)?;
        let columns = [
            Column::count("households", HOUSEHOLDS).under(KNOWN),
            Column::count("persons", PERSONS).under(KNOWN),
            Column::count("low", HOUSEHOLDS).under(LOW),
            Column::percent("low_percent", BY_HOUSEHOLDS, "low", "households").under(LOW),
            Column::count("low_persons", PERSONS).under(LOW),
            Column::percent("low_persons_percent", BY_PERSONS, "low_persons", "persons").under(LOW),
            Column::rate("gap_households", BY_HOUSEHOLDS).under(GAP),
            Column::rate("gap_persons", BY_PERSONS).under(GAP),
            Column::rate("severity_households", BY_HOUSEHOLDS).under(SEVERITY),
            Column::rate("severity_persons", BY_PERSONS).under(SEVERITY),
            Column::dong(
                "missing",
                (
                    "Số tiền một năm để mọi hộ lên bằng chuẩn (đ)",
                    "Sum a year that would lift all to the line (đ)",
                ),
            )
            .summed(),
            Column::count("unknown", self.left_out()),
        ];
        let title = (
            "Khoảng cách nghèo và số tiền cần để mọi hộ lên bằng chuẩn",
            "Poverty gap, and the sum that would lift everybody to the line",
        );
        let all = self.of(area);
        let rows = units.iter().map(|unit| (unit, self.of(unit.code).cells(self.lines)));
        let mut table = frame(title, (area, self.round, by), columns, rows, all.cells(self.lines));
        table.notes = self.notes(&all);
        Ok(table)
    }

    /// Whether a class rests on more than the income, so that a record may be left out whose income is known.
    fn is_multidimensional(&self) -> bool {
        self.standard.is_some_and(Standard::is_multidimensional)
    }

    /// Head of the column with the recorded households that are not counted.
    fn left_out(&self) -> Head {
        if self.is_multidimensional() {
            return ("Có phiếu mà không tính", "Recorded, not counted");
        }
        ("Chưa biết thu nhập, không tính", "Income not known, not counted")
    }

    fn notes(&self, all: &Known) -> Vec<Note> {
        let ([known_vi, known_en], [unknown_vi, unknown_en]) =
            (notes::count(all.households), notes::count(all.unknown));
        let [[rural_vi, rural_en], [urban_vi, urban_en]] = self.lines.map(|line| notes::count(line.get()));
        let name = self.standard.map_or("", Standard::year);
        let [why_vi, why_en] = if self.is_multidimensional() {
            [
                "chưa biết thu nhập, chưa đủ câu trả lời về thiếu hụt, hoặc xếp theo điểm",
                "of unknown income, of unknown indicators, or classed by points",
            ]
        } else {
            ["chưa biết thu nhập", "of unknown income"]
        };
        let mut said = vec![
            notes::said(
                format!(
                    "Chỉ tính {known_vi} hộ được khảo sát và đã biết thu nhập; {unknown_vi} hộ có phiếu nhưng {why_vi}, và các \
                     hộ không khảo sát, thì không tính."
                ),
                format!(
                    "Counted are {known_en} surveyed households of known income; {unknown_en} recorded ones {why_en}, and all \
                     that were not surveyed, are not."
                ),
            ),
            notes::said(
                format!(
                    "Mức chuẩn {name} một người một tháng: nông thôn {rural_vi}\u{a0}đ, thành thị {urban_vi}\u{a0}đ."
                ),
                format!(
                    "The line of {name} for a person a month: {rural_en}\u{a0}đ rural, {urban_en}\u{a0}đ urban."
                ),
            ),
            note((
                "Khoảng cách nghèo: bình quân phần thu nhập còn thiếu so với mức chuẩn, hộ trên chuẩn tính là 0. Mức độ nặng: \
                 bình quân của bình phương phần thiếu đó. Hộ bị lỗ thì thiếu hơn 100\u{a0}%.",
                "Poverty gap: the mean of what incomes lack to the line, in percent of it; those over the line count 0. Severity: \
                 the mean of its square. A household with a net loss lacks more than 100%.",
            )),
        ];
        if self.is_multidimensional() {
            said.push(note((
                "Mức này là chuẩn về thu nhập. Chuẩn của đợt này còn xét thiếu hụt hoặc chấm điểm, nên số hộ ở đây không phải là số \
                 hộ nghèo.",
                "This is the standard's line of income. The standard also goes by what is lacking or by points, so that these are \
                 not the poor households.",
            )));
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Incomes of 2010: commune, members, đồng a person a month.
    fn incomes(households: &[(&str, i64, i64)]) -> Incomes {
        let mut incomes = Incomes::new(Round::CENSUS_2010);
        for (commune, members, monthly) in households {
            let code: CommuneCode = commune.parse().unwrap();
            let residence = area::commune(code).unwrap().residence();
            let net = Vnd::new(monthly * members * 12).unwrap();
            incomes.add(code, residence, Members::new(*members).unwrap(), net);
        }
        incomes
    }

    fn total(incomes: &Incomes, area: &str) -> Vec<String> {
        let area: AreaCode = area.parse().unwrap();
        let table = incomes.table(area, By::Commune).unwrap();
        let from = table.column("households").unwrap();
        table.lines.last().unwrap().cells[from..].iter().map(Cell::plain).collect()
    }

    /// By NumPy: with arrays `m` (members), `y` (đồng a person a month) and `z` (the line of each),
    /// `g = np.maximum(0, (z - y) / z)`; over households `np.mean(g)` and `np.mean(g**2)`, over people
    /// `np.average(g, weights=m)` and `np.average(g**2, weights=m)`; the sum is `np.sum(np.maximum(0, z - y) * m) * 12`.
    #[test]
    fn gap_and_severity_are_those_of_the_definition() {
        let mut all = incomes(&[
            ("29173", 4, 300_000),
            ("29173", 2, 100_000),
            ("29173", 5, 400_000),
            ("29173", 3, 700_000),
            ("29173", 1, -50_000),
            ("28756", 3, 250_000),
        ]);
        all.leave_out("29173".parse().unwrap(), 2);
        assert_eq!(
            total(&all, "29173"),
            ["5", "15", "4", "80.00", "12", "80.00", "42.50", "24.17", "37.81", "17.60", "17400000", "2"]
        );
        assert_eq!(
            total(&all, "83"),
            ["6", "18", "5", "83.33", "15", "83.33", "43.75", "28.47", "35.68", "18.84", "26400000", "2"]
        );
        let nobody = total(&all, "837");
        assert_eq!(nobody[..4], ["0", "0", "0", ""]);
        assert_eq!(nobody[6..], ["", "", "", "", "0", "0"]);
    }

    #[test]
    fn what_lies_at_the_line_lacks_nothing() {
        let at = incomes(&[("29173", 4, 400_000), ("29173", 4, 400_001)]);
        assert_eq!(total(&at, "29173")[2..8], ["1", "50.00", "4", "50.00", "0.00", "0.00"]);
    }

    #[test]
    fn a_loss_beyond_every_real_one_is_no_wrong_figure() {
        let mut lost = Incomes::new(Round::CENSUS_2010);
        let commune: CommuneCode = "29173".parse().unwrap();
        for _ in 0..20_000 {
            lost.add(commune, Residence::Rural, Members::ONE, Vnd::MIN);
        }
        let found = total(&lost, "29173");
        assert_eq!(found[8..11], ["", "", ""]);
    }

    #[test]
    fn each_round_has_the_line_of_its_standard() {
        for (year, line) in
            [(2008, 200_000), (2010, 400_000), (2015, 400_000), (2016, 700_000), (2023, 1_500_000)]
        {
            assert_eq!(Incomes::new(Round::new(year).unwrap()).lines[0].get(), line, "{year}");
        }
        let of = |year| Incomes::new(Round::new(year).unwrap());
        let notes = |year| of(year).table("83".parse().unwrap(), By::District).unwrap().notes;
        assert_eq!((notes(2010).len(), notes(2016).len()), (3, 4));
        assert!(notes(2010)[1].vi.contains("400.000\u{a0}đ") && notes(2010)[1].en.contains("500,000\u{a0}đ"));
        assert!(of(2010).table("29173".parse().unwrap(), By::Hamlet).is_err());
        // Who is classed by points may have told an income: it is not said to be unknown.
        assert!(notes(2023)[0].vi.contains("hoặc xếp theo điểm") && !notes(2010)[0].vi.contains("điểm"));
        assert_eq!([2010, 2023].map(|year| of(year).left_out().1.contains("Income")), [true, false]);
    }
}
