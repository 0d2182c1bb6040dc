//! `soho classify`.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, bail};
use clap::Args;
use soho_shared::law;
use soho_shared::standard::Standard;

use super::{BatchError, Summary, classify};

/// Most worker threads. One thread reads and feeds no more than these, and each holds some chunks in memory.
const MOST_WORKERS: NonZeroUsize = NonZeroUsize::new(8).expect("not 0");

/// Classify every household of a CSV file.
///
/// In: UTF-8, a header, and in any order the columns id, residence (rural or urban), members (1 to 99),
/// annual_income_vnd (whole đồng of the last 12 months, costs deducted; may be negative), and from 2016
/// on deprivations (how many indicators are lacking). Commas, semicolons or tabs separate, or what a first
/// line like `sep=;` says; other columns are passed over; lines without anything in them are no rows.
///
/// Out: `id,monthly_income_per_person_vnd,class,problem`, a row for every row in the same order. Classes are
/// poor, near_poor, low_income and above. A bad row comes out with the class `error` and the problem, which
/// is empty for all others, and the status is 1 once all rows are written.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  soho classify --standard 2011 households.csv > classes.csv\n  soho classify --round 2007 households.csv > classes.csv\n  soho classify --standard 2011-ben-tre.toml households.csv > classes.csv"
)]
pub struct Classify {
    /// The standard, by the year it begins, as it stood at its end; or a province's own law file, like `2011-ben-tre.toml`
    #[arg(long, value_name = "STANDARD", value_parser = choice, required_unless_present = "round")]
    standard: Option<Choice>,
    /// The round, a year, whose standard is applied as it stood on 31 December
    #[arg(long, value_name = "YEAR", value_parser = of_round, conflicts_with = "standard")]
    round: Option<&'static Standard>,
    /// The households; without it, standard input
    #[arg(value_name = "FILE.csv")]
    file: Option<PathBuf>,
    /// Where to write the classes; without it, standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The standard that was asked for.
#[derive(Clone, Debug)]
enum Choice {
    /// One that is compiled in.
    Known(&'static Standard),
    /// A law file.
    File(PathBuf),
}

fn choice(text: &str) -> Result<Choice, String> {
    if let Some(standard) = law::standard(text) {
        return Ok(Choice::Known(standard));
    }
    if Path::new(text).extension().is_some_and(|ending| ending == "toml") {
        return Ok(Choice::File(text.into()));
    }
    let ids: Vec<&str> = law::standards().iter().map(|s| &*s.id).collect();
    Err(format!("one of {}, or a law file that ends in .toml", ids.join(", ")))
}

fn of_round(text: &str) -> Result<&'static Standard, String> {
    let year = text.parse().map_err(|_| "a round is a year, like 2011".to_owned())?;
    law::standard_for_round(year).ok_or_else(|| "no standard is known for this year: 2006 to 2030".to_owned())
}

impl Choice {
    /// Reads the standard. One from a file is checked by itself and together with the national ones.
    fn read(&self) -> anyhow::Result<Cow<'static, Standard>> {
        let path = match self {
            Choice::Known(standard) => return Ok(Cow::Borrowed(standard)),
            Choice::File(path) => path,
        };
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let own = law::parse_standard(&text, &path.display().to_string())?;
        // A file takes the place of the compiled-in standard with its id, so that it can be tried with other lines.
        let mut all: Vec<_> = law::standards().iter().filter(|s| s.id != own.id).cloned().collect();
        all.push(own.clone());
        law::check_together(&all).with_context(|| format!("cannot use {}", path.display()))?;
        Ok(Cow::Owned(own))
    }
}

impl Classify {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or written, the header is not one, or rows were bad (all rows are written by then).
    pub fn run(&self) -> anyhow::Result<()> {
        let standard = match (self.round, &self.standard) {
            (Some(standard), _) => Cow::Borrowed(standard),
            (None, Some(choice)) => choice.read()?,
            (None, None) => bail!("name the standard, or the round whose standard applies"),
        };
        let input: Box<dyn Read + Send> = match &self.file {
            Some(path) => {
                Box::new(File::open(path).with_context(|| format!("cannot open {}", path.display()))?)
            }
            None => Box::new(io::stdin()),
        };
        let done = match &self.output {
            Some(path) => Self::to_file(&standard, input, path)?,
            None => match batch(&standard, input, &mut io::stdout().lock()) {
                // `soho classify … | head` closes the pipe once it has what it wanted.
                Err(BatchError::Write(e)) if e.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                done => done?,
            },
        };
        if done.bad > 0 {
            bail!("rows with a problem: {} of {}; their fourth field says which", done.bad, done.rows);
        }
        Ok(())
    }

    /// Writes to a file. A regular file gets its name only when it is complete; it may even be the one that is read.
    fn to_file(standard: &Standard, input: Box<dyn Read + Send>, path: &Path) -> anyhow::Result<Summary> {
        let cannot = || format!("cannot write {}", path.display());
        if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
            let mut special = File::options().write(true).open(path).with_context(cannot)?;
            return Ok(batch(standard, input, &mut special)?);
        }
        // Follows a link to the file itself, so that the link stays.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let mut name = path.file_name().with_context(cannot)?.to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let part = path.with_file_name(name);
        let mut file = File::create_new(&part).with_context(cannot)?;
        let done = batch(standard, input, &mut file).map_err(anyhow::Error::from).and_then(|done| {
            fs::rename(&part, &path).with_context(cannot)?;
            Ok(done)
        });
        if done.is_err() {
            let _ = fs::remove_file(&part);
        }
        done
    }
}

fn batch(
    standard: &Standard,
    input: Box<dyn Read + Send>,
    output: &mut impl Write,
) -> Result<Summary, BatchError> {
    let cores = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    classify(input, output, standard, cores.min(MOST_WORKERS))
}
