//! `soho import`: a spreadsheet into a register that is not being served.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use indicatif::ProgressBar;
use soho_shared::area::AreaCode;
use soho_shared::lang::Lang;
use soho_shared::record::Round;
use soho_shared::wire::imports::{
    ImportCounts, ImportId, ImportKind, ImportProblem, ImportReport, ImportRow, ImportUndone, RowOutcome,
    TextEncoding,
};

use super::book::MAX_FILE;
use super::plan::Writing;
use super::{Columns, Encodings, Options};
use crate::kept::Kept;
use crate::register::Register;

/// Read a spreadsheet into the register: a list of households, how many households each hamlet has, or supports that households
/// were given.
///
/// Without --yes it only says what it would do, row by row. What a person has typed is never written over: where the file says
/// something else, the commune's officer decides at /desk/review/. The same file again changes nothing. While a server runs on the
/// register, import with its API.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  soho import ho-ngheo.xlsx --data ./data --area 29173 --round 2011\n  soho import ho-ngheo.xls --data ./data --area 29173 --round 2011 --encodings B:tcvn3 --yes\n  soho import tien-dien.csv --data ./data --area 29173 --round 2010 --kind supports --support electricity --quarter 1 --yes\n  soho import --undo 29173.2011.018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f --data ./data"
)]
pub struct Import {
    /// The file: .xlsx, .xls, .ods or .csv
    #[arg(value_name = "FILE", required_unless_present = "undo")]
    file: Option<PathBuf>,
    #[command(flatten)]
    kept: Kept,
    /// Area to import into: a commune like 29173, a district like 836, or 83
    #[arg(long, value_parser = str::parse::<AreaCode>, required_unless_present = "undo")]
    area: Option<AreaCode>,
    /// Round to import into, by its year
    #[arg(long, value_parser = str::parse::<Round>, required_unless_present = "undo")]
    round: Option<Round>,
    /// What the rows are about: `households`, `declared` (how many each hamlet has), or `supports` (given in the year after the round)
    #[arg(long, value_parser = str::parse::<ImportKind>, default_value = "households")]
    kind: ImportKind,
    /// The sheet; without it the one whose heads fit best
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// Number of the row with the heads, the lowest where there are several; without it they are looked for
    #[arg(long, value_name = "ROW")]
    header: Option<u32>,
    /// What columns say, like head_name:C,birth:D; other:E leaves one out
    #[arg(long, value_name = "COLUMNS", value_parser = str::parse::<Columns>, default_value = "", hide_default_value = true)]
    columns: Columns,
    /// How texts were typed, like B:tcvn3 or *:vni, where the fonts of the cells do not say it
    #[arg(long, value_name = "COLUMNS", value_parser = str::parse::<Encodings>, default_value = "", hide_default_value = true)]
    encodings: Encodings,
    /// With --kind supports, the support that rows without one are about: an id like electricity, or its name
    #[arg(long, value_name = "SUPPORT")]
    support: Option<String>,
    /// With --kind supports, the quarter that rows without one are about
    #[arg(long, value_name = "1..4", value_parser = clap::value_parser!(u8).range(1..=4))]
    quarter: Option<u8>,
    /// Write it
    #[arg(long)]
    yes: bool,
    /// Undo an import as a whole
    #[arg(long, value_name = "ID", value_parser = str::parse::<ImportId>, conflicts_with_all = ["file", "yes"])]
    undo: Option<ImportId>,
}

impl Import {
    /// Runs the command.
    ///
    /// # Errors
    /// When the file cannot be read or imported, or the register cannot be used.
    pub async fn run(self) -> anyhow::Result<()> {
        let store = self.kept.open_existing().await?;
        let done = self.done(&store).await;
        store.close().await?;
        io::stdout().write_all(done?.as_bytes()).context("cannot print")
    }

    /// Does it, and returns what is printed.
    async fn done(self, store: &Register) -> anyhow::Result<String> {
        let Import {
            file,
            area,
            round,
            kind,
            sheet,
            header,
            columns,
            encodings,
            support,
            quarter,
            yes,
            undo,
            ..
        } = self;
        if let Some(id) = undo {
            let ImportUndone { records, refused } = super::undo(store, id, None).await?;
            let note = if refused > 0 {
                format!("; {refused} edits were refused: look at these records")
            } else {
                String::new()
            };
            return Ok(format!("undone: {records} records are as they were before{note}\n"));
        }
        let (Some(file), Some(area), Some(round)) = (file, area, round) else {
            bail!("say which file, which area and which round");
        };
        let bytes = contents(&file)?;
        let options = Options { area, round, kind, sheet, header, columns, encodings, support, quarter };
        let (digest, wanted) = (options.digest(&bytes), options.wanted());
        let table = tokio::task::spawn_blocking(move || super::read(&bytes, &wanted)).await?;
        let table = table.map_err(|error| anyhow::anyhow!("{}", error.note().text(Lang::En)))?;
        let bar = ProgressBar::new(0);
        let progress = {
            let bar = bar.clone();
            Box::new(move |done: usize, of: usize| {
                bar.set_length(of as u64);
                bar.set_position(done as u64);
            })
        };
        let writing = yes.then(|| Writing { by: None, file: file.to_string_lossy().into_owned(), progress });
        let report = super::run(store, table, &options, &digest, writing).await;
        bar.finish_and_clear();
        printed(&report?)
    }
}

/// A file's bytes, at most one more than a file may have.
fn contents(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_FILE + 1)?;
    let read = File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    read.with_context(|| format!("{} cannot be read", path.display()))?;
    Ok(bytes)
}

/// What an import does or did, as lines of text.
fn printed(report: &ImportReport) -> anyhow::Result<String> {
    let ImportReport { import, format, sheet, header, columns, counts, rows, more, .. } = report;
    let mut out = String::new();
    writeln!(out, "sheet “{sheet}” ({format}), heads in row {header}")?;
    for column in columns.iter().filter(|column| !column.head.is_empty() || column.field.is_some()) {
        let field = column.field.map_or("–", |field| field.name(Lang::En));
        let encoding = Some(column.encoding).filter(|encoding| *encoding != TextEncoding::Unicode);
        let encoding = encoding.map(|encoding| format!(", {}", encoding.name())).unwrap_or_default();
        let suggested = column.suggested.map(|encoding| {
            format!("; looks like {}: --encodings {}:{}", encoding.name(), column.column, encoding.word())
        });
        writeln!(
            out,
            "  {:>2}  {} → {field}{encoding}{}",
            column.column,
            column.head,
            suggested.unwrap_or_default()
        )?;
    }
    writeln!(out)?;
    for row in rows.iter().filter(|row| row.outcome != RowOutcome::Skipped && is_told(row)) {
        let name = row.name.as_deref().unwrap_or_default();
        writeln!(out, "row {:>5}  {}  {name}", row.row, row.outcome.name(Lang::En))?;
        for ImportProblem { column, en, .. } in &row.problems {
            let column = column.as_ref().map(|column| format!("{column}: ")).unwrap_or_default();
            writeln!(out, "             {column}{en}")?;
        }
        if let (true, Some(file), Some(ours)) = (row.differs_in_class(), row.class_in_file, row.class_ours) {
            writeln!(
                out,
                "             class in the file: {}; by the register: {}",
                file.word(),
                ours.word()
            )?;
        }
    }
    if *more {
        writeln!(out, "             … only the first rows are listed")?;
    }
    let ImportCounts { new, changed, same, conflict, refused, skipped, class_differs } = counts;
    writeln!(
        out,
        "{new} new, {changed} changed, {same} as they are, {conflict} differ from what a person wrote, {refused} not taken, {skipped} \
         skipped; {class_differs} with another class"
    )?;
    match import {
        Some(id) => writeln!(out, "written; undo it as a whole with `soho import --undo {id}`")?,
        None => writeln!(out, "nothing was written")?,
    }
    Ok(out)
}

/// Whether somebody should look at a row.
fn is_told(row: &ImportRow) -> bool {
    matches!(row.outcome, RowOutcome::Refused | RowOutcome::Conflict)
        || !row.problems.is_empty()
        || row.differs_in_class()
}
