//! A whole file against the register: what each row does, and, where it is asked for, doing it.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use soho_shared::area::{AreaCode, CommuneCode, UnitCode};
use soho_shared::record::Stamp;
use soho_shared::standard::Class;
use soho_shared::wire::Problem;
use soho_shared::wire::imports::{
    ImportCounts, ImportId, ImportKind, ImportProblem, ImportReport, ImportRow, ImportState, MAX_LISTED,
    RowOutcome,
};

use super::book::Sheet;
use super::decide::{Against, Decided, Edit};
use super::known::{Hamlets, Known};
use super::past::{self, Past};
use super::rows::{self, DeclaredRow, Draft, Drafted, HouseholdRow, Said, problem};
use super::supports::SupportRow;
use super::write::{Import, Pen, file_name, writer};
use super::{ImportError, Options};
use crate::accounts::Secret;
use crate::engine::StoreError;
use crate::people::{Action, Author};
use crate::register::Register;
use crate::sync::now_millis;

/// Who writes what a file says, and what the file is called.
pub struct Writing {
    /// Who imports; `None` for the command line, and where there are no accounts.
    pub by: Option<Author>,
    /// The file's name, with its path or without.
    pub file: String,
    /// Told how many rows are done, and of how many.
    pub progress: Box<dyn Fn(usize, usize) + Send + Sync>,
}

impl fmt::Debug for Writing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writing").field("by", &self.by).finish_non_exhaustive()
    }
}

/// A row that is compared with the register: its place among all, its number, and what it says.
type Compared = (usize, u32, Row);

/// What a row says of a record.
enum Row {
    Household(Box<HouseholdRow>),
    Declared(Box<DeclaredRow>),
    Support(Box<SupportRow>),
}

/// Reads what a sheet does to the register, and does it where `writing` is there: row by row, commune by commune. Cut short, the same
/// file imported again does the rest.
///
/// # Errors
/// When the sheet has no heads or lacks a column, or the register fails.
pub async fn run(
    store: &Register,
    sheet: Sheet,
    options: &Options,
    digest: &str,
    writing: Option<Writing>,
) -> Result<ImportReport, ImportError> {
    let unit = unit(options.area)?;
    let round = options.round;
    let imports = past::of(store, vec![unit], round).await?;
    let undone =
        |(_, past, _): &&(ImportId, Past, Vec<_>)| past.digest == digest && past.state == ImportState::Undone;
    let undone = imports.iter().filter(undone).count();
    let secret = Secret::of(store).await?;
    let (format, name, names) = (sheet.format.clone(), sheet.name.clone(), sheet.names.clone());
    let how = options.clone();
    let Draft { header, columns, rows } = beside(move || rows::draft(&sheet, &how)).await??;
    let (mut rows, compared) = divided(rows);
    let (mut done, total): (usize, usize) = (0, compared.values().map(Vec::len).sum());
    let mut begun = None;
    for (commune, list) in compared {
        done += list.len();
        let of_commune = UnitCode::from(commune);
        let against = Against {
            commune,
            round,
            known: match options.kind {
                ImportKind::Households | ImportKind::Supports => Known::read(store, commune, round).await?,
                ImportKind::Declared => Known::default(),
            },
            hamlets: Hamlets::read(commune, store.areas(commune).await?, round),
            writer: writer(digest, undone, of_commune),
            is_closed: store.closed(commune).is_some_and(|closed| round <= closed),
            taken: HashMap::new(),
            secret: secret.clone(),
        };
        let mut pen = Pen::of(against.writer);
        let decided = beside(move || decided(against, list)).await?;
        let mut edits = Vec::new();
        for (place, decided) in decided {
            let row: &mut ImportRow = &mut rows[place];
            (row.outcome, row.record, row.class_ours) = (decided.outcome, decided.record, decided.class_ours);
            row.problems.extend(decided.problems);
            edits.extend(decided.edit.filter(|_| writing.is_some()).map(|edit| (place, row.row, edit)));
        }
        let Some(writing) = &writing else { continue };
        if !edits.is_empty() {
            if begun.is_none() {
                begun = Some(Begun::now(store, options, digest, writing).await?);
            }
            if let Some(begun) = &begun {
                let refused = begun.write(store, &mut pen, edits).await?;
                refused.into_iter().for_each(|(place, problem)| refuse(&mut rows[place], problem));
            }
        }
        (writing.progress)(done, total);
    }
    let mut counts = ImportCounts::default();
    rows.iter().for_each(|row| counts.add(row));
    let import = begun.as_ref().map(|begun: &Begun| begun.id);
    if let (Some(begun), Some(writing)) = (begun, writing) {
        begun.done(store, counts, writing.by).await?;
    }
    let (rows, more) = listed(rows);
    let Options { kind, area, .. } = *options;
    Ok(ImportReport {
        import,
        kind,
        area,
        round,
        digest: digest.to_owned(),
        format,
        sheet: name,
        sheets: names,
        header,
        columns,
        counts,
        rows,
        more,
    })
}

/// The unit that keeps an area's imports.
fn unit(area: AreaCode) -> Result<UnitCode, ImportError> {
    match area {
        AreaCode::Province(province) => Ok(province.into()),
        AreaCode::District(district) => Ok(district.into()),
        AreaCode::Commune(commune) => Ok(commune.into()),
        AreaCode::Hamlet(_) => Err(ImportError::Hamlet),
    }
}

/// Does work that takes long on a thread where no other request waits for it.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
    let working = tokio::task::spawn_blocking(work);
    working.await.map_err(|_| StoreError::Stopped("reading the file was cut short".to_owned()))
}

/// All rows as they are reported, with those of each commune that are compared with the register.
fn divided(drafted: Vec<Drafted>) -> (Vec<ImportRow>, BTreeMap<CommuneCode, Vec<Compared>>) {
    let mut rows = Vec::with_capacity(drafted.len());
    let mut compared: BTreeMap<CommuneCode, Vec<Compared>> = BTreeMap::new();
    for (place, Drafted { number, name, said }) in drafted.into_iter().enumerate() {
        let mut row = |outcome: RowOutcome, problems: Vec<ImportProblem>, class_in_file: Option<Class>| {
            let (name, record, class_ours) = (name.clone(), None, None);
            rows.push(ImportRow { row: number, outcome, name, record, problems, class_in_file, class_ours });
        };
        let (commune, said) = match said {
            Said::Skipped(why) => {
                row(RowOutcome::Skipped, vec![problem(None, why)], None);
                continue;
            }
            Said::Refused(problems) => {
                row(RowOutcome::Refused, problems, None);
                continue;
            }
            Said::Household(commune, said) => {
                row(RowOutcome::Same, Vec::new(), said.class);
                (commune, Row::Household(said))
            }
            Said::Declared(commune, said) => {
                row(RowOutcome::Same, Vec::new(), None);
                (commune, Row::Declared(said))
            }
            Said::Support(commune, said) => {
                row(RowOutcome::Same, Vec::new(), None);
                (commune, Row::Support(said))
            }
        };
        compared.entry(commune).or_default().push((place, number, said));
    }
    (rows, compared)
}

fn decided(mut against: Against, rows: Vec<Compared>) -> Vec<(usize, Decided)> {
    let decide = |(place, number, row): Compared| match row {
        Row::Household(row) => (place, against.household(&row, number)),
        Row::Declared(row) => (place, against.declared(&row.hamlet, &row.fields, number)),
        Row::Support(row) => (place, against.support(&row, number)),
    };
    rows.into_iter().map(decide).collect()
}

fn refuse(row: &mut ImportRow, Problem { detail, vi, .. }: Problem) {
    row.outcome = RowOutcome::Refused;
    let vi = vi.map_or_else(|| detail.clone(), String::from);
    row.problems.push(ImportProblem { column: None, vi, en: detail });
}

/// The rows that are listed, in the file's order: those with problems before others.
fn listed(rows: Vec<ImportRow>) -> (Vec<ImportRow>, bool) {
    let rank = |row: &ImportRow| match row.outcome {
        RowOutcome::Refused | RowOutcome::Conflict => 0,
        _ if row.differs_in_class() => 1,
        RowOutcome::Skipped => 3,
        _ if !row.problems.is_empty() => 1,
        RowOutcome::New | RowOutcome::Changed => 2,
        RowOutcome::Same => 3,
    };
    let more = rows.len() > MAX_LISTED;
    if !more {
        return (rows, false);
    }
    let mut ranked: Vec<(u8, ImportRow)> = rows.into_iter().map(|row| (rank(&row), row)).collect();
    ranked.sort_by_key(|(rank, row)| (*rank, row.row));
    ranked.truncate(MAX_LISTED);
    let mut rows: Vec<ImportRow> = ranked.into_iter().map(|(_, row)| row).collect();
    rows.sort_by_key(|row| row.row);
    (rows, more)
}

/// An import that has begun.
struct Begun {
    id: ImportId,
    past: Past,
    pen: Pen,
    /// The stamp of what is kept of it.
    stamp: Stamp,
}

impl Begun {
    /// Begins an import: what is written from now on is known to be of it.
    async fn now(
        store: &Register,
        options: &Options,
        digest: &str,
        Writing { by, file, .. }: &Writing,
    ) -> Result<Self, ImportError> {
        let id = ImportId { unit: unit(options.area)?, round: options.round, uuid: past::draw_id()? };
        let past = Past {
            at: now_millis(),
            by: by.as_ref().map(|by| by.account.clone()),
            file: file_name(file),
            kind: options.kind,
            digest: digest.to_owned(),
            state: ImportState::Begun,
            counts: ImportCounts::default(),
        };
        let mut pen = Pen::of(writer(&id.to_string(), 0, id.unit));
        let stamp = past::keep(store, by.clone(), id, &past, &mut pen, Vec::new()).await?;
        Ok(Begun { id, past, pen, stamp })
    }

    /// Writes the rows of a commune, and returns those that were refused.
    async fn write(
        &self,
        store: &Register,
        pen: &mut Pen,
        edits: Vec<(usize, u32, Edit)>,
    ) -> Result<Vec<(usize, Problem)>, StoreError> {
        let import = Import { store, id: self.id, by: self.past.author(self.id), file: &self.past.file };
        import.write(pen, edits).await
    }

    /// Ends it.
    async fn done(
        mut self,
        store: &Register,
        counts: ImportCounts,
        by: Option<Author>,
    ) -> Result<(), ImportError> {
        (self.past.state, self.past.counts) = (ImportState::Done, counts);
        past::keep(store, by.clone(), self.id, &self.past, &mut self.pen, vec![self.stamp]).await?;
        Ok(past::tell(store, by, Action::Imported, self.id, &self.past).await?)
    }
}
