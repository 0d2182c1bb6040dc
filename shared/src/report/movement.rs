//! Movement in a round: who came out of poverty, who fell into it, and who has not been visited yet.
//!
//! The columns of Mẫu số 3 (summary of the yearly review, `đầu năm − thoát + tái + phát sinh = cuối năm`) and its twin for
//! poor households are sums of these. Households that moved, split or dissolved have no column there: they stand below.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::sheet::{Cell, Sheet, TOTAL};
use super::{By, percent_text};
use crate::area::{self, AreaCode, Residence};
use crate::count::{Book, Listed, Measure, Move, Tally, percent};
use crate::lang::Lang;
use crate::record::Round;

/// How the households of one class moved in a round, as numbers of households.
///
/// *start − better − worse + again + new + came − gone − pending + from hamlets − to hamlets = end*
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Moved {
    /// In the class at the start: at the end of the round before, by its opening result where it has two (đầu năm).
    pub start: i64,
    /// Of these, headed by a member of an ethnic minority.
    pub start_ethnic_minority: i64,
    /// Still in the class.
    pub still: i64,
    /// Gone to the other of poor and near-poor: of the poor better, of the near-poor worse.
    pub to_other: i64,
    /// Gone to low income (over 130 % to 150 % of the line; from 2016: average living standard).
    pub to_low_income: i64,
    /// Gone above every line.
    pub to_above: i64,
    /// In the class again, after having left it in an earlier round (tái nghèo, tái cận nghèo).
    pub again: i64,
    /// In the class for the first time (phát sinh).
    pub new: i64,
    /// Of those again and new, those that came from the other of poor and near-poor.
    pub from_other: i64,
    /// Moved into the commune.
    pub moved_in: i64,
    /// Split off another household.
    pub split_off: i64,
    /// Missed by the round before, and in the class that it was last known in.
    pub returned: i64,
    /// Moved out of the commune.
    pub moved_out: i64,
    /// Dissolved.
    pub dissolved: i64,
    /// Found to be one with another household of the start.
    pub joined: i64,
    /// Not visited yet, or visited and not decided (còn phải thăm).
    pub pending: i64,
    /// Came from other hamlets of the commune; in tables of whole communes as many as the next.
    pub from_hamlets: i64,
    /// Went to other hamlets of the commune.
    pub to_hamlets: i64,
    /// In the class at the end (cuối năm).
    pub end: i64,
    /// Of these, headed by a member of an ethnic minority.
    pub end_ethnic_minority: i64,
}

impl Moved {
    fn of(listed: Listed, tally: &Tally) -> Self {
        let get = |moved| tally.get(Measure::of_move(listed, moved));
        let of_minority = match listed {
            Listed::Poor => Measure::PoorEthnicMinorityHeaded,
            Listed::NearPoor => Measure::NearPoorEthnicMinorityHeaded,
        };
        Moved {
            start: get(Move::AtStart),
            start_ethnic_minority: get(Move::AtStartEthnicMinority),
            still: get(Move::Still),
            to_other: get(Move::ToOther),
            to_low_income: get(Move::ToLowIncome),
            to_above: get(Move::ToAbove),
            again: get(Move::Again),
            new: get(Move::New),
            from_other: get(Move::FromOther),
            moved_in: get(Move::MovedIn),
            split_off: get(Move::SplitOff),
            returned: get(Move::Returned),
            moved_out: get(Move::MovedOut),
            dissolved: get(Move::Dissolved),
            joined: get(Move::Joined),
            pending: get(Move::Pending),
            from_hamlets: get(Move::HamletIn),
            to_hamlets: get(Move::HamletOut),
            end: tally.class(listed.class()),
            end_ethnic_minority: tally.get(of_minority),
        }
    }

    /// Households that came out of the class for the better (thoát nghèo, thoát cận nghèo).
    #[must_use]
    pub const fn better(&self, listed: Listed) -> i64 {
        match listed {
            Listed::Poor => self.to_other + self.to_low_income + self.to_above,
            Listed::NearPoor => self.to_low_income + self.to_above,
        }
    }

    /// Households that became poor; none of the poor.
    #[must_use]
    pub const fn worse(&self, listed: Listed) -> i64 {
        match listed {
            Listed::Poor => 0,
            Listed::NearPoor => self.to_other,
        }
    }

    /// Households that came into the class from outside the list of the start.
    #[must_use]
    pub const fn came(&self) -> i64 {
        self.moved_in + self.split_off + self.returned
    }

    /// Households of the start that are none of the commune's any more.
    #[must_use]
    pub const fn gone(&self) -> i64 {
        self.moved_out + self.dissolved + self.joined
    }
}

/// One row of a table of movement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MovementRow {
    /// The area's code.
    pub code: String,
    /// The area's name.
    pub name: String,
    /// Rural or urban, in rows of communes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residence: Option<Residence>,
    /// All households at the end of the round (tổng số hộ dân); see [`super::Row::households`].
    pub households: i64,
    /// Of these, those of an ethnic minority, as the hamlets declare; null where none is declared.
    pub ethnic_minority: Option<i64>,
    /// Of all households, those recorded in hamlets that declare none.
    pub undeclared: i64,
    /// All households at the end of the round before.
    pub households_at_start: i64,
    /// Movement of the poor.
    pub poor: Moved,
    /// Movement of the near-poor.
    pub near_poor: Moved,
    /// Poor at the start, in percent of all households then.
    #[serde(with = "percent_text")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = r"^[0-9]+\.[0-9]{2}$", required))]
    pub poor_percent_at_start: Option<Decimal>,
    /// Poor at the end, in percent of all households.
    #[serde(with = "percent_text")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = r"^[0-9]+\.[0-9]{2}$", required))]
    pub poor_percent: Option<Decimal>,
    /// Near-poor at the start, in percent of all households then.
    #[serde(with = "percent_text")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = r"^[0-9]+\.[0-9]{2}$", required))]
    pub near_poor_percent_at_start: Option<Decimal>,
    /// Near-poor at the end, in percent of all households.
    #[serde(with = "percent_text")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = r"^[0-9]+\.[0-9]{2}$", required))]
    pub near_poor_percent: Option<Decimal>,
    /// Low-income households at the start.
    pub low_income_at_start: i64,
    /// Of these, those not visited yet.
    pub low_income_pending: i64,
}

impl MovementRow {
    fn of(code: AreaCode, name: String, residence: Option<Residence>, now: &Tally, before: &Tally) -> Self {
        let poor = Moved::of(Listed::Poor, now);
        let near_poor = Moved::of(Listed::NearPoor, now);
        let declared = now.get(Measure::Declared) > 0;
        MovementRow {
            code: code.to_string(),
            name,
            residence,
            households: now.all_households(),
            ethnic_minority: declared.then(|| now.get(Measure::DeclaredEthnicMinority)),
            undeclared: now.undeclared(),
            households_at_start: before.all_households(),
            poor,
            near_poor,
            poor_percent_at_start: percent(poor.start, before.all_households()),
            poor_percent: percent(poor.end, now.all_households()),
            near_poor_percent_at_start: percent(near_poor.start, before.all_households()),
            near_poor_percent: percent(near_poor.end, now.all_households()),
            low_income_at_start: now.get(Measure::LowIncomeAtStart),
            low_income_pending: now.get(Measure::LowIncomePending),
        }
    }

    /// The movement of one class.
    #[must_use]
    pub const fn moved(&self, listed: Listed) -> &Moved {
        match listed {
            Listed::Poor => &self.poor,
            Listed::NearPoor => &self.near_poor,
        }
    }
}

/// Classes by the second result of a round, by the standard that opens the next period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Opening {
    /// Id of that standard.
    pub standard: String,
    /// Poor households by it.
    pub poor: i64,
    /// Near-poor households by it.
    pub near_poor: i64,
}

/// Movement in an area in a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Movement {
    /// The area.
    pub area: AreaCode,
    /// The round.
    pub round: Round,
    /// The kind of area that each row counts.
    pub by: By,
    /// Id of the standard by which the classes at the end were decided.
    pub standard: String,
    /// The rows: communes and districts in the plan's order.
    pub rows: Vec<MovementRow>,
    /// The rows of the urban and the rural part together.
    pub urban: MovementRow,
    /// The same of the rural part.
    pub rural: MovementRow,
    /// The total row.
    pub total: MovementRow,
    /// Poor and near-poor by where they came from, as Phiếu C has it.
    pub origins: Origins,
    /// The second result, in a round that has two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<Opening>,
    /// Whether there is a round before in which any household of the area is recorded.
    pub has_start: bool,
}

/// The six of Phiếu C: households of a class by their class before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Origins {
    /// Nghèo từ nghèo cũ.
    pub poor_from_poor: i64,
    /// Nghèo từ cận nghèo cũ.
    pub poor_from_near_poor: i64,
    /// Hộ nghèo mới.
    pub poor_new: i64,
    /// Cận nghèo từ nghèo cũ.
    pub near_poor_from_poor: i64,
    /// Cận nghèo từ cận nghèo cũ.
    pub near_poor_from_near_poor: i64,
    /// Cận nghèo mới.
    pub near_poor_new: i64,
}

impl Origins {
    fn of(poor: &Moved, near_poor: &Moved) -> Self {
        let old = |moved: &Moved| moved.still + moved.returned;
        Origins {
            poor_from_poor: old(poor),
            poor_from_near_poor: poor.from_other,
            poor_new: poor.end - old(poor) - poor.from_other,
            near_poor_from_poor: near_poor.from_other,
            near_poor_from_near_poor: old(near_poor),
            near_poor_new: near_poor.end - old(near_poor) - near_poor.from_other,
        }
    }
}

/// Movement in an area, from running sums.
///
/// # Errors
/// When the area cannot be divided so, as for [`super::table`].
pub fn movement(book: &Book, area: AreaCode, round: Round, by: By) -> Result<Movement, String> {
    let before = (round > Round::FIRST).then(|| Round::new(round.year() - 1)).flatten();
    let rounds: Vec<Round> = [before, Some(round)].into_iter().flatten().collect();
    let areas = super::areas(book, area, &rounds, by)?;
    let row = |of: &super::Area| {
        let (now, then) =
            (of.tally(book, round), before.map(|before| of.tally(book, before)).unwrap_or_default());
        MovementRow::of(of.code, of.name.clone(), of.residence, &now, &then)
    };
    let part = |residence: Option<Residence>| {
        let communes = area::communes().iter().filter(|of| area.contains_commune(of));
        let communes = communes.filter(|of| residence.is_none_or(|residence| of.residence() == residence));
        let mut sums = [Tally::default(); 2];
        for commune in communes {
            sums[0] += &book.commune(round, commune);
            if let Some(before) = before {
                sums[1] += &book.commune(before, commune);
            }
        }
        sums
    };
    let sum = |residence, [now, then]: [Tally; 2]| MovementRow::of(area, area.name(), residence, &now, &then);
    let of_residence = |residence| sum(Some(residence), part(Some(residence)));
    let [now, then] = part(None);
    let total = sum(None, [now, then]);
    let year = i16::try_from(round.year()).unwrap_or(0);
    let opening = crate::law::opening_standard(year).map(|standard| Opening {
        standard: standard.id.to_string(),
        poor: now.get(Measure::OpeningPoor),
        near_poor: now.get(Measure::OpeningNearPoor),
    });
    let standard = crate::law::standard_for_round(year);
    Ok(Movement {
        area,
        round,
        by,
        standard: standard.map_or_else(String::new, |standard| standard.id.to_string()),
        rows: areas.iter().map(row).collect(),
        urban: of_residence(Residence::Urban),
        rural: of_residence(Residence::Rural),
        origins: Origins::of(&total.poor, &total.near_poor),
        total,
        opening,
        has_start: then.households() > 0,
    })
}

/// A head in Vietnamese and English, with the figure that stands under it.
type Column = (&'static str, &'static str, fn(&MovementRow, Listed) -> Cell);

/// The columns of Mẫu số 3, of which what a rate of movement divides by is not established and left out; behind them what
/// has no column there.
const COLUMNS: [Column; 24] = [
    ("Tổng số hộ dân", "All households", |row, _| Cell::Count(row.households)),
    ("Trong đó hộ DTTS", "Of these, of ethnic minorities", |row, _| {
        row.ethnic_minority.map_or_else(|| Cell::Text(String::new()), Cell::Count)
    }),
    ("Đầu năm: số hộ", "Start: households", |row, listed| Cell::Count(row.moved(listed).start)),
    ("Đầu năm: tỷ lệ (%)", "Start: rate (%)", |row, listed| match listed {
        Listed::Poor => Cell::Percent(row.poor_percent_at_start),
        Listed::NearPoor => Cell::Percent(row.near_poor_percent_at_start),
    }),
    ("Đầu năm: hộ DTTS", "Start: of ethnic minorities", |row, listed| {
        Cell::Count(row.moved(listed).start_ethnic_minority)
    }),
    ("Thoát", "Came out", |row, listed| Cell::Count(row.moved(listed).better(listed))),
    ("Tái", "In it again", |row, listed| Cell::Count(row.moved(listed).again)),
    ("Phát sinh", "New", |row, listed| Cell::Count(row.moved(listed).new)),
    ("Cuối năm: số hộ", "End: households", |row, listed| Cell::Count(row.moved(listed).end)),
    ("Cuối năm: tỷ lệ (%)", "End: rate (%)", |row, listed| match listed {
        Listed::Poor => Cell::Percent(row.poor_percent),
        Listed::NearPoor => Cell::Percent(row.near_poor_percent),
    }),
    ("Cuối năm: hộ DTTS", "End: of ethnic minorities", |row, listed| {
        Cell::Count(row.moved(listed).end_ethnic_minority)
    }),
    ("Ngoài mẫu: vẫn còn", "Not on the form: still in it", |row, listed| {
        Cell::Count(row.moved(listed).still)
    }),
    ("Ngoài mẫu: thành hộ nghèo", "Not on the form: became poor", |row, listed| {
        Cell::Count(row.moved(listed).worse(listed))
    }),
    ("Ngoài mẫu: chuyển đến", "Not on the form: moved in", |row, listed| {
        Cell::Count(row.moved(listed).moved_in)
    }),
    ("Ngoài mẫu: tách hộ", "Not on the form: split off", |row, listed| {
        Cell::Count(row.moved(listed).split_off)
    }),
    ("Ngoài mẫu: đợt trước sót", "Not on the form: missed last round", |row, listed| {
        Cell::Count(row.moved(listed).returned)
    }),
    ("Ngoài mẫu: chuyển đi", "Not on the form: moved away", |row, listed| {
        Cell::Count(row.moved(listed).moved_out)
    }),
    ("Ngoài mẫu: không còn hộ", "Not on the form: dissolved", |row, listed| {
        Cell::Count(row.moved(listed).dissolved)
    }),
    ("Ngoài mẫu: nhập vào hộ khác", "Not on the form: joined with another", |row, listed| {
        Cell::Count(row.moved(listed).joined)
    }),
    ("Ngoài mẫu: từ ấp khác trong xã", "Not on the form: from another hamlet", |row, listed| {
        Cell::Count(row.moved(listed).from_hamlets)
    }),
    ("Ngoài mẫu: sang ấp khác trong xã", "Not on the form: to another hamlet", |row, listed| {
        Cell::Count(row.moved(listed).to_hamlets)
    }),
    (
        "Ngoài mẫu: chưa thăm, chưa xếp loại",
        "Not on the form: not visited or not decided",
        |row, listed| Cell::Count(row.moved(listed).pending),
    ),
    (
        "Trong tái và phát sinh: từ hộ cận nghèo hoặc hộ nghèo cũ",
        "Of those again and new: from the other class",
        |row, listed| Cell::Count(row.moved(listed).from_other),
    ),
    (
        "Ấp chưa kê khai tổng số hộ: số hộ đã ghi ở đó",
        "Recorded in hamlets that declare no number",
        |row, _| Cell::Count(row.undeclared),
    ),
];

impl Movement {
    /// Heads of the table, after that of the area.
    #[must_use]
    pub fn heads(lang: Lang) -> [&'static str; COLUMNS.len()] {
        COLUMNS.map(|(vi, en, _)| lang.pick(vi, en))
    }

    /// The figures of a row, in the order of [`Movement::heads`].
    #[must_use]
    pub fn cells(row: &MovementRow, listed: Listed) -> Vec<Cell> {
        COLUMNS.iter().map(|(_, _, read)| read(row, listed)).collect()
    }

    /// The table of one class as it is handed in: urban units and rural units in blocks where the rows are communes, then the
    /// total.
    #[must_use]
    pub fn sheet(&self, listed: Listed) -> Sheet {
        let mut sheet = Sheet::new(["TT", "Đơn vị"].into_iter().chain(Self::heads(Lang::Vi)));
        let mut add = |first: Cell, name: &str, row: &MovementRow| {
            let mut cells = vec![first, Cell::Text(name.to_owned())];
            cells.extend(Self::cells(row, listed));
            sheet.rows.push(cells);
        };
        let blocks = [
            ("I", "Khu vực thành thị", Residence::Urban, &self.urban),
            ("II", "Khu vực nông thôn", Residence::Rural, &self.rural),
        ];
        let none = || Cell::Text(String::new());
        if self.by == By::Commune {
            for (number, name, residence, sum) in blocks {
                add(Cell::Text(number.to_owned()), name, sum);
                let of_block = self.rows.iter().filter(|row| row.residence == Some(residence));
                for (number, row) in (1..).zip(of_block) {
                    add(Cell::Count(number), &row.name, row);
                }
            }
        } else {
            for (number, row) in (1..).zip(&self.rows) {
                add(Cell::Count(number), &row.name, row);
            }
            if self.by == By::District {
                for (number, name, _, sum) in blocks {
                    add(Cell::Text(number.to_owned()), name, sum);
                }
            }
        }
        add(none(), TOTAL, &self.total);
        sheet
    }
}
