//! From a chunk of rows to its classes as text.

use std::borrow::Cow;
use std::io;

use soho_shared::area::Residence;
use soho_shared::classify::{Facts, Members, classify};
use soho_shared::columns::{Columns, Kernel};
use soho_shared::money::{TypedError, Vnd, parse_typed};
use soho_shared::standard::{Class, Standard};

use super::header::{Column, Header};
use super::number::{count, monthly_per_person, whole};
use super::problem::{Excerpt, Problem};
use super::rows::{Chunk, Flaw, Row};

/// The classes of a chunk, as CSV.
pub(super) struct Decided {
    pub(super) text: Vec<u8>,
    pub(super) rows: u64,
    pub(super) bad: u64,
}

/// Decides the classes of chunks.
pub(super) struct Decider<'a> {
    standard: &'a Standard,
    /// Decides many rows at once; `None` for a standard that columns cannot take.
    kernel: Option<Kernel>,
    header: Header,
}

/// Households as columns. A bad row has a place in them whose values mean nothing.
#[derive(Default)]
struct Batch {
    annual_net: Vec<Vnd>,
    members: Vec<Members>,
    residence: Vec<Residence>,
    deprivations: Vec<u8>,
}

impl<'a> Decider<'a> {
    pub(super) fn new(standard: &'a Standard, header: Header) -> Self {
        Decider { standard, kernel: Kernel::new(standard), header }
    }

    pub(super) fn decide(&self, chunk: &Chunk) -> Decided {
        let mut batch = Batch::default();
        let mut problems: Vec<(usize, String)> = Vec::new();
        for (at, row) in chunk.rows.iter().enumerate() {
            let facts = self.facts(chunk, row).unwrap_or_else(|found| {
                let found: Vec<_> = found.iter().map(Problem::to_string).collect();
                problems.push((at, found.join("; ")));
                Facts {
                    residence: Residence::Rural,
                    members: Members::ONE,
                    annual_net: Vnd::ZERO,
                    deprivations: None,
                }
            });
            batch.push(facts);
        }
        let classes = self.classes(&batch);
        Decided {
            // Writing into memory does not fail.
            text: write(chunk, &batch, &classes, &problems).unwrap_or_default(),
            rows: chunk.rows.len() as u64,
            bad: problems.len() as u64,
        }
    }

    fn classes(&self, batch: &Batch) -> Vec<u8> {
        let mut classes = vec![0; batch.members.len()];
        let columns = Columns {
            annual_net: &batch.annual_net,
            members: &batch.members,
            residence: &batch.residence,
            deprivations: Some(&batch.deprivations),
        };
        if self.kernel.as_ref().is_none_or(|kernel| kernel.classify(&columns, &mut classes).is_err()) {
            for (at, class) in classes.iter_mut().enumerate() {
                let decided = classify(self.standard, &batch.facts(at)).unwrap_or(Class::Above);
                *class = u8::try_from(decided.index()).expect("there are four");
            }
        }
        classes
    }

    /// The facts that a row states, or everything that is wrong with it.
    fn facts<'c>(&self, chunk: &'c Chunk, row: &Row) -> Result<Facts, Vec<Problem<'c>>> {
        let field = |column| chunk.field(row, column);
        let expected = self.header.columns.len();
        let flaw = match row.flaw {
            Some(Flaw::Unclosed) => Some(Problem::Unclosed),
            Some(Flaw::TooLong { column, length }) => Some(Problem::TooLong { column, length }),
            None if row.beyond => Some(Problem::TooMany { found: row.fields, expected }),
            // Cells left out at the end count as empty, if the household can do without them.
            None => {
                let left_out = self.header.columns.get(row.fields..).unwrap_or_default();
                let missing: Vec<_> = left_out.iter().copied().flatten().collect();
                let needed = missing.iter().any(|column| *column != Column::Deprivations);
                needed.then_some(Problem::TooFew { found: row.fields, expected, missing })
            }
        };
        if let Some(flaw) = flaw {
            return Err(vec![flaw]);
        }
        let mut problems = Vec::new();
        if let Err(problem) = id(field(Column::Id)) {
            problems.push(problem);
        }
        let residence = residence(field(Column::Residence)).map_err(|p| problems.push(p));
        let members = members(field(Column::Members)).map_err(|p| problems.push(p));
        let annual_net = income(field(Column::Income)).map_err(|p| problems.push(p));
        let deprivations = self.deprivations(field(Column::Deprivations)).map_err(|p| problems.push(p));
        let (Ok(residence), Ok(members), Ok(annual_net), Ok(deprivations), true) =
            (residence, members, annual_net, deprivations, problems.is_empty())
        else {
            let again = self.header.columns.iter().flatten().all(|column| column.named(field(*column)));
            return Err(if again { vec![Problem::HeaderAgain] } else { problems });
        };
        let facts = Facts { residence, members, annual_net, deprivations };
        // Where the number of deprivations is missing and does not matter, any number gives the same class.
        match deprivations {
            None if self.standard.is_multidimensional() && classify(self.standard, &facts).is_err() => {
                Err(vec![Problem::Needed])
            }
            _ => Ok(facts),
        }
    }

    fn deprivations<'c>(&self, text: &'c [u8]) -> Result<Option<u8>, Problem<'c>> {
        const COLUMN: Column = Column::Deprivations;
        let trimmed = trim(COLUMN, text)?;
        if trimmed.is_empty() {
            return Ok(None);
        }
        let number = count(trimmed).ok_or(Problem::NotWhole { column: COLUMN, value: Excerpt(text) })?;
        let most = match self.standard.indicator_count {
            0 => u8::MAX, // not known
            count => count,
        };
        match u8::try_from(number) {
            Ok(number) if number <= most => Ok(Some(number)),
            _ => Err(Problem::Deprivations { value: Excerpt(text), most }),
        }
    }
}

impl Batch {
    fn push(&mut self, facts: Facts) {
        self.annual_net.push(facts.annual_net);
        self.members.push(facts.members);
        self.residence.push(facts.residence);
        self.deprivations.push(facts.deprivations.unwrap_or(0));
    }

    fn facts(&self, at: usize) -> Facts {
        Facts {
            residence: self.residence[at],
            members: self.members[at],
            annual_net: self.annual_net[at],
            deprivations: Some(self.deprivations[at]),
        }
    }
}

/// The field without spaces around it. ASCII is the common case, and quick.
fn trim(column: Column, text: &[u8]) -> Result<&[u8], Problem<'_>> {
    if text.is_ascii() {
        return Ok(text.trim_ascii());
    }
    match std::str::from_utf8(text) {
        Ok(text) => Ok(text.trim().as_bytes()),
        Err(_) => Err(Problem::NotUtf8 { column, value: Excerpt(text) }),
    }
}

fn id(text: &[u8]) -> Result<(), Problem<'_>> {
    match trim(Column::Id, text)? {
        [] => Err(Problem::Missing(Column::Id)),
        _ => Ok(()),
    }
}

fn residence(text: &[u8]) -> Result<Residence, Problem<'_>> {
    let trimmed = trim(Column::Residence, text)?;
    if trimmed.is_empty() {
        return Err(Problem::Missing(Column::Residence));
    }
    Residence::ALL
        .into_iter()
        .find(|residence| trimmed.eq_ignore_ascii_case(residence.word().as_bytes()))
        .ok_or(Problem::Residence(Excerpt(text)))
}

fn members(text: &[u8]) -> Result<Members, Problem<'_>> {
    const COLUMN: Column = Column::Members;
    let trimmed = trim(COLUMN, text)?;
    if trimmed.is_empty() {
        return Err(Problem::Missing(COLUMN));
    }
    let count = count(trimmed).ok_or(Problem::NotWhole { column: COLUMN, value: Excerpt(text) })?;
    Members::new(count).ok_or(Problem::Members(Excerpt(text)))
}

/// Income in đồng, from digits or digits grouped as people write them: `1.234.567`. Words like `triệu` are for forms,
/// not for files.
fn income(text: &[u8]) -> Result<Vnd, Problem<'_>> {
    const COLUMN: Column = Column::Income;
    let trimmed = trim(COLUMN, text)?;
    if trimmed.is_empty() {
        return Err(Problem::Missing(COLUMN));
    }
    let refused = |error| Problem::Income { value: Excerpt(text), error };
    if let Some(dong) = whole(trimmed) {
        return Vnd::new(dong).ok_or(refused(TypedError::TooLarge));
    }
    let in_a_number =
        |c: char| c.is_ascii_digit() || c.is_whitespace() || matches!(c, '.' | ',' | '-' | '\u{2212}');
    match std::str::from_utf8(trimmed) {
        Ok(typed) if typed.chars().all(in_a_number) => parse_typed(typed).map_err(refused),
        _ => Err(Problem::NotWhole { column: COLUMN, value: Excerpt(text) }),
    }
}

fn write(chunk: &Chunk, batch: &Batch, classes: &[u8], problems: &[(usize, String)]) -> io::Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let mut problems = problems.iter().peekable();
    let mut number = itoa::Buffer::new();
    for (at, row) in chunk.rows.iter().enumerate() {
        let id = chunk.field(row, Column::Id);
        if let Some((_, problem)) = problems.next_if(|(bad, _)| *bad == at) {
            let id: Cow<'_, str> = String::from_utf8_lossy(id);
            csv.write_record([&*id, "", "error", problem])?;
            continue;
        }
        let monthly = monthly_per_person(batch.annual_net[at], batch.members[at]);
        csv.write_field(id)?;
        csv.write_field(number.format(monthly))?;
        csv.write_field(Class::ALL[usize::from(classes[at])].word())?;
        csv.write_field("")?;
        csv.write_record(None::<&[u8]>)?;
    }
    csv.into_inner().map_err(csv::IntoInnerError::into_error)
}
