//! Classes for a file of households: streaming, on several cores, in the file's order.
//!
//! One thread reads rows into chunks ([`rows`]), workers decide them with the kernel of `soho_shared` ([`decide`]),
//! and the caller's thread writes them. Chunks go round the workers and come back in the same turn, through channels
//! that hold a few: so order is kept, and memory is bounded whatever the file's size. Every row comes out, a bad one
//! with what is wrong with it.

mod command;
mod decide;
mod foreign;
mod header;
mod number;
mod problem;
mod rows;
#[cfg(test)]
mod tests;

use std::io::{self, Read, Write};
use std::num::NonZeroUsize;
use std::sync::mpsc::sync_channel;
use std::thread;

use soho_shared::standard::Standard;

pub use command::Classify;
use decide::{Decided, Decider};
pub use foreign::Foreign;
pub use header::HeaderError;
use rows::Rows;

/// Chunks that may wait before and after each worker.
const WAITING: usize = 2;

/// Header of the answer. The last column says what is wrong with a row, and is empty where nothing is.
const ANSWER: &str = "id,monthly_income_per_person_vnd,class,problem\n";

/// Counts of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Number of rows read, without the header and without those whose cells are all empty; as many were written.
    pub rows: u64,
    /// Number of those among them that came out as `error`.
    pub bad: u64,
}

/// Why a batch ended early.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// The first row does not name the columns.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The file cannot be read to its end.
    #[error("cannot read the households")]
    Read(#[source] io::Error),
    /// The answers cannot be written.
    #[error("cannot write the classes")]
    Write(#[source] io::Error),
}

/// Classifies every row of `input`, on `workers` threads beside the reading one.
///
/// # Errors
///
/// [`BatchError`]. A bad row is not an error: it is counted in the [`Summary`].
pub fn classify(
    input: impl Read + Send,
    output: &mut impl Write,
    standard: &Standard,
    workers: NonZeroUsize,
) -> Result<Summary, BatchError> {
    let mut rows = Rows::start(input, standard)?;
    let decider = Decider::new(standard, rows.header().clone());
    output.write_all(ANSWER.as_bytes()).map_err(BatchError::Write)?;
    thread::scope(|scope| {
        let mut to_workers = Vec::new();
        let mut from_workers = Vec::new();
        for _ in 0..workers.get() {
            let (to, chunks) = sync_channel(WAITING);
            let (decided, from) = sync_channel(WAITING);
            let decider = &decider;
            scope.spawn(move || {
                for chunk in chunks {
                    if decided.send(decider.decide(&chunk)).is_err() {
                        break; // the writer has given up
                    }
                }
            });
            to_workers.push(to);
            from_workers.push(from);
        }
        let reader = scope.spawn(move || -> io::Result<()> {
            for worker in to_workers.iter().cycle() {
                let Some(chunk) = rows.chunk()? else { break };
                if worker.send(chunk).is_err() {
                    break;
                }
            }
            Ok(())
        });
        let mut summary = Summary::default();
        let mut written = Ok(());
        for worker in from_workers.iter().cycle() {
            // Chunks go round in turn, so the first worker without an answer is the end.
            let Ok(Decided { text, rows, bad }) = worker.recv() else { break };
            summary.rows += rows;
            summary.bad += bad;
            written = output.write_all(&text);
            if written.is_err() {
                break;
            }
        }
        drop(from_workers); // after a failed write: lets the others end
        let read = reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        written.and_then(|()| output.flush()).map_err(BatchError::Write)?;
        read.map_err(BatchError::Read)?;
        Ok(summary)
    })
}
