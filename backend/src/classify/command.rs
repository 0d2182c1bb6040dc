//! `soho classify`.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, bail};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use soho_shared::law;
use soho_shared::standard::Standard;

use super::{BatchError, Summary, classify};

/// One thread reads, and feeds no more than these; each holds some chunks in memory.
const MOST_WORKERS: NonZeroUsize = NonZeroUsize::new(8).expect("not 0");

/// Classify every household of a CSV file.
///
/// In: UTF-8, a header, and in any order the columns id, residence (rural or urban), members (1 to 99),
/// annual_income_vnd (whole đồng of the last 12 months, costs deducted; may be negative), and from 2016
/// on deprivations (how many indicators are lacking). Commas, semicolons or tabs separate; other columns
/// are passed over; empty lines are no rows.
///
/// Out: `id,monthly_income_per_person_vnd,class`, a row for every row in the same order. Classes are
/// poor, near_poor, low_income and above. A bad row comes out with the class `error` and a fourth field,
/// the problem (good rows have three), and the status is 1 once all rows are written.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  soho classify --standard 2011 households.csv > classes.csv"
)]
pub struct Classify {
    /// The standard, by the year it begins
    #[arg(long, value_parser = standards())]
    standard: &'static Standard,
    /// The households; without it, standard input
    #[arg(value_name = "FILE.csv")]
    file: Option<PathBuf>,
    /// Where to write the classes; without it, standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

fn standards() -> impl TypedValueParser<Value = &'static Standard> {
    PossibleValuesParser::new(law::standards().iter().map(|s| &*s.id))
        .map(|id| law::standard(&id).expect("only these are possible"))
}

impl Classify {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or written, the header is no header, or rows were bad (all of them are
    /// written by then).
    pub fn run(&self) -> anyhow::Result<()> {
        let input: Box<dyn Read + Send> = match &self.file {
            Some(path) => {
                Box::new(File::open(path).with_context(|| format!("cannot open {}", path.display()))?)
            }
            None => Box::new(io::stdin()),
        };
        let done = match &self.output {
            Some(path) => self.to_file(input, path)?,
            None => match self.batch(input, &mut io::stdout().lock()) {
                // `soho classify … | head` has what it wanted.
                Err(BatchError::Write(e)) if e.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                done => done?,
            },
        };
        if done.bad > 0 {
            bail!("rows with a problem: {} of {}; their fourth field says which", done.bad, done.rows);
        }
        Ok(())
    }

    fn batch(&self, input: Box<dyn Read + Send>, output: &mut impl Write) -> Result<Summary, BatchError> {
        let cores = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        classify(input, output, self.standard, cores.min(MOST_WORKERS))
    }

    /// A regular file is there under its name only when it is whole; it may even be the one that is read.
    fn to_file(&self, input: Box<dyn Read + Send>, path: &Path) -> anyhow::Result<Summary> {
        let cannot = || format!("cannot write {}", path.display());
        if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
            let mut special = File::options().write(true).open(path).with_context(cannot)?;
            return Ok(self.batch(input, &mut special)?);
        }
        // Through a link to the file itself, so that the link stays.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let mut name = path.file_name().with_context(cannot)?.to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let part = path.with_file_name(name);
        let mut file = File::create_new(&part).with_context(cannot)?;
        let done = self.batch(input, &mut file).map_err(anyhow::Error::from).and_then(|done| {
            fs::rename(&part, &path).with_context(cannot)?;
            Ok(done)
        });
        if done.is_err() {
            let _ = fs::remove_file(&part);
        }
        done
    }
}
