//! Movement in a round: who came out of poverty, who fell into it, and who has not been visited yet.
//!
//! The columns of Mẫu số 3 (summary of the yearly review, `đầu năm − thoát + tái + phát sinh = cuối năm`) and its twin for
//! poor households are sums of these. Households that moved, split or dissolved have no column there: they stand below.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::plan::{Basis, TOTAL, about};
use super::table::{Cell, Column, Head, Line, LineKind, Table, note};
use super::{By, notes, percent_text, units, year};
use crate::area::{self, AreaCode, Residence};
use crate::count::{Book, Listed, Measure, Move, Tally, percent};
use crate::law;
use crate::record::Round;
use crate::standard::Note;

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
    pub(super) fn of(listed: Listed, tally: &Tally) -> Self {
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
        let minority = now.get(Measure::DeclaredEthnicMinority);
        let declared = now.get(Measure::Declared) > 0 || minority != 0;
        MovementRow {
            code: code.to_string(),
            name,
            residence,
            households: now.all_households(),
            ethnic_minority: declared.then_some(minority),
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
    /// Households whose class is our estimate by income, where the official review decides by points.
    #[serde(default)]
    pub estimated: i64,
    /// Households whose class depends on whether allowances count, which is not established.
    #[serde(default)]
    pub open_treatment: i64,
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
    pub(super) fn of(poor: &Moved, near_poor: &Moved) -> Self {
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
/// When the area cannot be divided so, as for [`super::figures`].
pub fn movement(book: &Book, area: AreaCode, round: Round, by: By) -> Result<Movement, String> {
    let before = units::before(round);
    let rounds: Vec<Round> = [before, Some(round)].into_iter().flatten().collect();
    let areas = units::areas(book, area, &rounds, by)?;
    let row = |of: &units::Area| {
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
    let opening = law::opening_standard(year(round)).map(|standard| Opening {
        standard: standard.id.to_string(),
        poor: now.get(Measure::OpeningPoor),
        near_poor: now.get(Measure::OpeningNearPoor),
    });
    let standard = law::standard_for_round(year(round));
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
        estimated: now.get(Measure::Estimated),
        open_treatment: now.get(Measure::OpenTreatment),
    })
}

/// A column: its id, the head above it, its own, and the figure under it.
type Of = (&'static str, Option<Head>, Head, fn(&MovementRow, Listed) -> Cell);

const ALL: Option<Head> = Some(("Tổng số hộ dân cư", "All households"));
const START: Option<Head> = Some(("Đầu năm", "At the start"));
const MOVES: Option<Head> = Some(("Diễn biến trong năm", "During the year"));
const END: Option<Head> = Some(("Cuối năm", "At the end"));
const BESIDE: Option<Head> = Some(("Ngoài mẫu", "Not on the form"));

const COUNT: Head = ("Số hộ", "Households");
const RATE: Head = ("Tỷ lệ (%)", "Rate (%)");
const MINORITY: Head = ("Hộ DTTS", "Of ethnic minorities");

/// The columns of Mẫu số 3. What the rates of those that came out, are in it again or new divide by is not established: they
/// are left out. Behind them stands what has no column there.
const COLUMNS: [Of; 26] = [
    ("households", ALL, COUNT, |row, _| row.households.into()),
    ("ethnic_minority", ALL, ("Trong đó hộ DTTS", "Of these, of ethnic minorities"), |row, _| {
        row.ethnic_minority.into()
    }),
    ("start", START, COUNT, |row, listed| row.moved(listed).start.into()),
    ("start_percent", START, RATE, |row, listed| {
        Cell::Percent(match listed {
            Listed::Poor => row.poor_percent_at_start,
            Listed::NearPoor => row.near_poor_percent_at_start,
        })
    }),
    ("start_minority", START, MINORITY, |row, listed| row.moved(listed).start_ethnic_minority.into()),
    ("start_minority_percent", START, MINORITY_RATE, |row, listed| {
        let of = row.moved(listed);
        Cell::Percent(percent(of.start_ethnic_minority, of.start))
    }),
    ("better", MOVES, ("Thoát", "Came out"), |row, listed| row.moved(listed).better(listed).into()),
    ("again", MOVES, ("Tái", "In it again"), |row, listed| row.moved(listed).again.into()),
    ("new", MOVES, ("Phát sinh", "New"), |row, listed| row.moved(listed).new.into()),
    ("end", END, COUNT, |row, listed| row.moved(listed).end.into()),
    ("end_percent", END, RATE, |row, listed| {
        Cell::Percent(match listed {
            Listed::Poor => row.poor_percent,
            Listed::NearPoor => row.near_poor_percent,
        })
    }),
    ("end_minority", END, MINORITY, |row, listed| row.moved(listed).end_ethnic_minority.into()),
    ("end_minority_percent", END, MINORITY_RATE, |row, listed| {
        let of = row.moved(listed);
        Cell::Percent(percent(of.end_ethnic_minority, of.end))
    }),
    ("still", BESIDE, ("Vẫn còn", "Still in it"), |row, listed| row.moved(listed).still.into()),
    ("worse", BESIDE, ("Thành hộ nghèo", "Became poor"), |row, listed| {
        row.moved(listed).worse(listed).into()
    }),
    ("moved_in", BESIDE, ("Chuyển đến", "Moved in"), |row, listed| row.moved(listed).moved_in.into()),
    ("split_off", BESIDE, ("Tách hộ", "Split off"), |row, listed| row.moved(listed).split_off.into()),
    ("returned", BESIDE, ("Đợt trước sót", "Missed last round"), |row, listed| {
        row.moved(listed).returned.into()
    }),
    ("moved_out", BESIDE, ("Chuyển đi", "Moved away"), |row, listed| row.moved(listed).moved_out.into()),
    ("dissolved", BESIDE, ("Không còn hộ", "Dissolved"), |row, listed| {
        row.moved(listed).dissolved.into()
    }),
    ("joined", BESIDE, ("Nhập vào hộ khác", "Joined with another"), |row, listed| {
        row.moved(listed).joined.into()
    }),
    ("from_hamlets", BESIDE, ("Từ ấp khác trong xã", "From another hamlet"), |row, listed| {
        row.moved(listed).from_hamlets.into()
    }),
    ("to_hamlets", BESIDE, ("Sang ấp khác trong xã", "To another hamlet"), |row, listed| {
        row.moved(listed).to_hamlets.into()
    }),
    ("pending", BESIDE, ("Chưa thăm, chưa xếp loại", "Not visited or not decided"), |row, listed| {
        row.moved(listed).pending.into()
    }),
    (
        "from_other",
        BESIDE,
        (
            "Trong tái và phát sinh: từ hộ cận nghèo hoặc hộ nghèo cũ",
            "Of those again and new: from the other class",
        ),
        |row, listed| row.moved(listed).from_other.into(),
    ),
    (
        "undeclared",
        BESIDE,
        ("Ấp chưa kê khai tổng số hộ: số hộ đã ghi ở đó", "Recorded in hamlets that declare no number"),
        |row, _| row.undeclared.into(),
    ),
];

const MINORITY_RATE: Head = ("Tỷ lệ DTTS (%)", "Minorities (%)");

/// Blocks of a table by communes, and parts of one by districts: number and name.
const BLOCKS: [(&str, Head, Residence); 2] = [
    ("I", ("Khu vực thành thị", "Urban part"), Residence::Urban),
    ("II", ("Khu vực nông thôn", "Rural part"), Residence::Rural),
];

impl Movement {
    /// How many columns the official form has, after number and name.
    pub const OFFICIAL: usize = 13;

    /// The table of one class as it is handed in: urban units and rural units in blocks where the rows are communes, then the
    /// total.
    #[must_use]
    pub fn table(&self, listed: Listed) -> Table {
        let title = match listed {
            Listed::Poor => (
                "Tổng hợp kết quả điều tra, rà soát hộ nghèo",
                "Results of the review: movement of poor households",
            ),
            Listed::NearPoor => (
                "Tổng hợp kết quả điều tra, rà soát hộ cận nghèo",
                "Results of the review: movement of near-poor households",
            ),
        };
        let mut table = Table::new(title, about(self.area, self.round));
        let number = Column { head: note(("TT", "No.")), ..Column::number() };
        table.columns = vec![number, Column::text("name", ("Đơn vị", "Area"), 26)];
        let columns = COLUMNS.into_iter().map(|(id, group, head, _)| {
            // By hamlet a commune has hamlets that are not declared: their minority is unknown.
            let column = match id {
                "start_percent" => Column::rate(id, head),
                "start_minority_percent" => Column::percent(id, head, "start_minority", "start"),
                "end_percent" => Column::percent(id, head, "end", "households"),
                "end_minority_percent" => Column::percent(id, head, "end_minority", "end"),
                _ => Column::count(id, head),
            };
            group.map_or(column.clone(), |group| column.under(group))
        });
        table.columns.extend(columns);
        let cells = |first: Cell, name: &str, row: &MovementRow| {
            let figures = COLUMNS.iter().map(|(.., read)| read(row, listed));
            [first, name.into()].into_iter().chain(figures).collect::<Vec<_>>()
        };
        let unit = |(number, row): (i64, &MovementRow)| {
            Line::unit(Some(row.code.clone()), cells(number.into(), &row.name, row))
        };
        let sum = |residence| if residence == Residence::Urban { &self.urban } else { &self.rural };
        let mut lines = Vec::new();
        if self.by == By::Commune {
            for (number, name, residence) in BLOCKS {
                lines.push(Line::of(LineKind::Block, cells(number.into(), name.0, sum(residence))));
                let of_block = self.rows.iter().filter(|row| row.residence == Some(residence));
                lines.extend((1..).zip(of_block).map(unit));
            }
        } else {
            lines.extend((1..).zip(&self.rows).map(unit));
            if self.by == By::District {
                let part = |(number, name, residence): (&str, Head, _)| {
                    Line::of(LineKind::Part, cells(number.into(), name.0, sum(residence)))
                };
                lines.extend(BLOCKS.map(part));
            }
        }
        lines.push(Line::of(LineKind::Total, cells(Cell::Empty, TOTAL.0, &self.total)));
        table.lines = lines;
        table.notes = self.notes();
        table
    }

    /// What must be known to read its tables.
    fn notes(&self) -> Vec<Note> {
        let round = self.round;
        let opening = self.opening.as_ref().map(|opening| {
            let name =
                |id: &str| law::standard(id).map_or_else(|| id.to_owned(), |standard| standard.year().to_owned());
            let (by, next) = (name(&self.standard), name(&opening.standard));
            let ([poor_vi, poor_en], [near_vi, near_en]) =
                (notes::count(opening.poor), notes::count(opening.near_poor));
            notes::said(
                format!(
                    "Đợt {round} có hai kết quả. Bảng này theo chuẩn {by}. Theo chuẩn {next} có {poor_vi} hộ nghèo và \
                     {near_vi} hộ cận nghèo: đó là số đầu năm của đợt sau."
                ),
                format!(
                    "The round of {round} has two results. This table is by the standard of {by}. By that of {next} there \
                     are {poor_en} poor and {near_en} near-poor households: the start of the next round."
                ),
            )
        });
        let basis = Basis::between(self.total.households, self.total.undeclared);
        let mut all: Vec<Note> = opening.into_iter().chain(notes::of_start(round, self.has_start)).collect();
        all.extend(notes::undeclared(basis));
        all.extend(notes::unsure(self.estimated, self.open_treatment));
        all.push(note((
            "Mẫu số 3 còn có tỷ lệ % của số hộ thoát, tái và phát sinh: chưa rõ tính trên số nào, nên bảng này không có.",
            "The form also has the percentages of those that came out, are in it again or new: of what is not established, so \
             this table leaves them out.",
        )));
        all
    }
}
