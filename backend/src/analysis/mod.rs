//! Data for analysts: households by round without names, and tallies, as Parquet or CSV with a data dictionary.
//!
//! One folder a round, as other programs partition (`households/round=2011/`), rows in the order of their communes: a reader
//! skips what it does not ask for. Amounts are whole đồng. The dictionary stands beside the files, since programs drop what
//! is said inside of them.

mod columns;
mod dictionary;
mod file;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use soho_shared::access::Action;
use soho_shared::area::{self, Commune, HamletCode};
use soho_shared::count::Tally;
use soho_shared::record::{HouseholdId, Round};

use self::columns::{Household, OfHamlet};
use self::file::{Table, Writer};
use crate::engine::StoreError;
use crate::people;
use crate::register::{Record, Register};

/// Records that are read in one go.
const PAGE: usize = 500;

/// What is exported, and how.
#[derive(Clone, Debug)]
pub struct Export {
    /// The folder to write to; new or empty.
    pub folder: PathBuf,
    /// The format of the files.
    pub format: Format,
    /// Whether households have the names of their heads.
    pub names: bool,
}

/// A format of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Apache Parquet, compressed with zstd.
    Parquet,
    /// CSV in UTF-8 with a byte order mark.
    Csv,
}

/// Number of rows that were written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Households, one row a round.
    pub households: u64,
    /// Tallies, one row a hamlet and round.
    pub tallies: u64,
}

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The folder holds something.
    #[error("there are files in {0}: give a new or empty folder")]
    Full(PathBuf),
    /// A file cannot be written.
    #[error("{0} cannot be written: {1}")]
    Write(PathBuf, io::Error),
    /// A file of Parquet cannot be written.
    #[error("the Parquet file cannot be written: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// The register cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Export {
    /// Writes all rounds of a register. `now` is the time in milliseconds since 1970; with names it is told in the audit
    /// trail before anything is written.
    ///
    /// # Errors
    /// When the folder is not empty or cannot be written, or the register cannot be read.
    pub async fn run(&self, store: &Register, now: u64) -> Result<Exported, ExportError> {
        let cannot = |path: &Path| {
            let path = path.to_owned();
            move |error| ExportError::Write(path, error)
        };
        fs::create_dir_all(&self.folder).map_err(cannot(&self.folder))?;
        if fs::read_dir(&self.folder).map_err(cannot(&self.folder))?.next().is_some() {
            return Err(ExportError::Full(self.folder.clone()));
        }
        if self.names {
            let subject = Some("soho export".to_owned());
            let entry = |commune: &Commune| people::Entry {
                by: None,
                action: Action::Exported,
                commune: Some(commune.code.into()),
                households: Vec::new(),
                subject: subject.clone(),
            };
            store.amend(now, Vec::new(), area::communes().iter().map(entry).collect()).await?;
        }
        let households = columns::households(self.names);
        let tallies = columns::tallies();
        let mut written = Exported::default();
        let mut of_households = Files { export: self, table: &households, open: BTreeMap::new() };
        let mut of_tallies = Files { export: self, table: &tallies, open: BTreeMap::new() };
        let mut communes: Vec<&'static Commune> = area::communes().iter().collect();
        communes.sort_by_key(|commune| commune.code);
        for commune in communes {
            for (round, rows) in rows(store, commune).await? {
                written.households += rows.len() as u64;
                of_households.write(round, &rows)?;
            }
            for round in (Round::FIRST.year()..).map_while(Round::new) {
                let sums = store.hamlet_tallies(commune.code, round);
                let rows: Vec<OfHamlet> =
                    sums.into_iter().filter_map(|(number, sum)| of_hamlet(commune, number, sum)).collect();
                if !rows.is_empty() {
                    written.tallies += rows.len() as u64;
                    of_tallies.write(round, &rows)?;
                }
            }
        }
        of_households.close()?;
        of_tallies.close()?;
        let path = self.folder.join("dictionary.csv");
        fs::write(&path, dictionary::csv(&households, &tallies)).map_err(cannot(&path))?;
        Ok(written)
    }

    fn create<R>(&self, round: Round, table: &Table<R>) -> Result<Writer<R>, ExportError> {
        let name = table.name;
        let folder = self.folder.join(name).join(format!("round={round}"));
        let extension = match self.format {
            Format::Parquet => "parquet",
            Format::Csv => "csv",
        };
        let path = folder.join(format!("{name}.{extension}"));
        let made = fs::create_dir_all(&folder).and_then(|()| fs::File::create_new(&path));
        let file = made.map_err(|error| ExportError::Write(path.clone(), error))?;
        Writer::new(file, path, self.format, table)
    }
}

/// The files of a table that are open, one a round.
struct Files<'a, R> {
    export: &'a Export,
    table: &'a Table<R>,
    open: BTreeMap<Round, Writer<R>>,
}

impl<R> Files<'_, R> {
    fn write(&mut self, round: Round, rows: &[R]) -> Result<(), ExportError> {
        let to = match self.open.entry(round) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(none) => none.insert(self.export.create(round, self.table)?),
        };
        to.write(rows)
    }

    fn close(self) -> Result<(), ExportError> {
        self.open.into_values().try_for_each(Writer::close)
    }
}

/// The households of a commune by round, in the order of hamlets and ids.
async fn rows(
    store: &Register,
    commune: &'static Commune,
) -> Result<BTreeMap<Round, Vec<Household>>, StoreError> {
    // A record that changes meanwhile comes again on a later page: what it said last stands.
    let mut rows: BTreeMap<Round, BTreeMap<HouseholdId, Household>> = BTreeMap::new();
    let mut after = 0;
    loop {
        let page = store.changes(commune.code, after, PAGE).await?;
        for record in page.records {
            let Record { key, contribution, doc, .. } = record;
            let Some(id) = key.subject.household() else { continue };
            let of_round = rows.entry(key.round).or_default();
            of_round.remove(&id);
            let row = contribution.and_then(|adds| Household::of(commune, id, key.round, &adds, &doc));
            of_round.extend(row.map(|row| (id, row)));
        }
        after = page.reached;
        if !page.more {
            break;
        }
    }
    rows.retain(|_, of_round| !of_round.is_empty());
    let sorted = rows.into_iter().map(|(round, of_round)| {
        let mut of_round: Vec<Household> = of_round.into_values().collect();
        of_round.sort_by_key(Household::place);
        (round, of_round)
    });
    Ok(sorted.collect())
}

fn of_hamlet(commune: &'static Commune, number: u8, tally: Tally) -> Option<OfHamlet> {
    let hamlet = HamletCode::new(commune.code, number).map(|_| number);
    (!tally.is_zero()).then_some(OfHamlet { commune, hamlet, tally })
}
