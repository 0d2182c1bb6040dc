//! Sending the demonstration province to the store, in pushes like a device's.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use soho_shared::area::{CommuneCode, HamletCode, UnitCode};
use soho_shared::record::{MAX_BATCH, Operation, Round};
use soho_shared::wire::{PushRequest, Status};
use tokio::task::JoinSet;

use super::households::households;
use super::mark::{Demo, Mark};
use super::plan::{CommunePlan, FEWEST, MOST, Plan};
use super::progress::Progress;
use super::years::{declared, years};
use crate::accounts::AccountError;
use crate::engine::StoreError;
use crate::register::Register;
use crate::sync::{self, PushError};

/// Communes that are loaded side by side: enough that the disk always has a full transaction waiting, few enough that
/// what waits is small.
const SIDE_BY_SIDE: usize = 8;

/// Why the demonstration province was not loaded.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// It cannot end with that round.
    #[error(
        "a demonstration ends with a round from 2010 to {last}, not {0}: choose another --until",
        last = super::last()
    )]
    Until(Round),
    /// The size is out of bounds.
    #[error("a demonstration has {FEWEST} to {MOST} households, not {0}: choose another --households")]
    Size(u64),
    /// The register is a real one.
    #[error(
        "this data directory holds real records, and synthetic ones are never mixed with them: give another one with --data"
    )]
    RealRecords,
    /// The register holds another demonstration.
    #[error(
        "this data directory holds a demonstration of {households} households until {until} with the seed {seed}: give \
         --households {households} --until {until} --seed {seed}, or another directory with --data"
    )]
    Another {
        /// Its last round.
        until: Round,
        /// Its number of households.
        households: u64,
        /// Its seed.
        seed: u64,
    },
    /// The register holds a part of this demonstration, made by another version.
    #[error(
        "this data directory holds a demonstration begun by another version of soho: give an empty one with --data"
    )]
    OtherVersion,
    /// It was stopped by Ctrl-C.
    #[error("stopped with {done} of {total} households loaded: give the same command again to go on")]
    Interrupted {
        /// Households on disk.
        done: u64,
        /// All households.
        total: u64,
    },
    /// The accounts could not be made.
    #[error(transparent)]
    Accounts(#[from] AccountError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A push or an operation was refused: a mistake in this program.
    #[error("a household was refused: {0}")]
    Refused(String),
}

/// Result of a load.
#[derive(Clone, Copy, Debug)]
pub struct Loaded {
    /// The province that was loaded.
    pub demo: Demo,
    /// Number of households loaded by this call; the others were there already.
    pub new: u64,
    /// Number of records loaded by this call: of these households in all rounds, and of their hamlets.
    pub records: u64,
    /// How long it took.
    pub took: Duration,
    /// Most memory that this process held at any time, in bytes, where the system tells.
    pub peak_memory: Option<u64>,
}

impl Loaded {
    /// Records loaded a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a figure to look at")]
        let records = self.records as f64;
        records / self.took.as_secs_f64().max(0.001)
    }
}

impl fmt::Display for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Demo { seed, households, .. } = self.demo;
        if self.new == 0 {
            write!(f, "All {households} synthetic households (seed {seed}) were there already.")?;
        } else {
            let (new, records) = (self.new, self.records);
            let (took, rate) = (self.took.as_secs_f64(), self.rate());
            write!(f, "Loaded {new} of {households} synthetic households (seed {seed}) ")?;
            write!(f, "with {records} records in {took:.1} s: {rate:.0} records/s.")?;
        }
        if let Some(bytes) = self.peak_memory {
            write!(f, " Peak memory {} MB.", bytes / 1_000_000)?;
        }
        Ok(())
    }
}

/// Loads a demonstration province into a register that is empty or holds a part of the same one, and shows its
/// progress on stderr. Ctrl-C stops it between two pushes; the same call goes on from there.
///
/// # Errors
/// When the register holds anything else, the size is out of bounds, it was interrupted or the store fails.
pub async fn run(store: Arc<Register>, demo: Demo) -> Result<Loaded, DemoError> {
    let begun = Instant::now();
    if !(Round::CENSUS_2010..=super::last()).contains(&demo.until) {
        return Err(DemoError::Until(demo.until));
    }
    let plan = Plan::new(demo.seed, demo.households).ok_or(DemoError::Size(demo.households))?;
    let loaded = |new, records| {
        let took = begun.elapsed();
        Loaded { demo, new, records, took, peak_memory: peak_memory() }
    };
    match Mark::read(store.as_ref()).await? {
        Some(mark) if mark.is_of(demo) && mark.complete => return Ok(loaded(0, 0)),
        Some(mark) if mark.is_of(demo) => {}
        Some(mark) if mark.demo() == demo => return Err(DemoError::OtherVersion),
        Some(mark) => {
            let Demo { households, seed, until } = mark.demo();
            return Err(DemoError::Another { households, seed, until });
        }
        None if holds_records(store.as_ref()).await? => return Err(DemoError::RealRecords),
        None => Mark::new(demo, false).write(store.as_ref()).await?,
    }

    let progress = Arc::new(Progress::new(demo.households));
    let stop = Arc::new(AtomicBool::new(false));
    let stopper = tokio::spawn({
        let stop = Arc::clone(&stop);
        async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                stop.store(true, Ordering::Relaxed);
            }
        }
    });
    let done = load_all(&store, demo, plan, &progress, &stop).await;
    stopper.abort();
    progress.finish();
    let Done { there, new, records } = done?;
    if stop.load(Ordering::Relaxed) && there + new < demo.households {
        return Err(DemoError::Interrupted { done: there + new, total: demo.households });
    }
    Mark::new(demo, true).write(store.as_ref()).await?;
    Ok(loaded(new, records))
}

/// Whether the register holds any record.
async fn holds_records(store: &Register) -> Result<bool, StoreError> {
    for unit in UnitCode::all() {
        if !store.changes(unit, 0, 1).await?.records.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Numbers of households of communes that were there before and that are whole now, and of the records that were loaded.
#[derive(Clone, Copy, Default)]
struct Done {
    there: u64,
    new: u64,
    records: u64,
}

async fn load_all(
    store: &Arc<Register>,
    demo: Demo,
    plan: Plan,
    progress: &Arc<Progress>,
    stop: &Arc<AtomicBool>,
) -> Result<Done, DemoError> {
    let mut communes = plan.communes.into_iter();
    let mut at_work = JoinSet::new();
    let mut sum = Done::default();
    loop {
        while at_work.len() < SIDE_BY_SIDE
            && !stop.load(Ordering::Relaxed)
            && let Some(commune) = communes.next()
        {
            let (store, progress, stop) = (Arc::clone(store), Arc::clone(progress), Arc::clone(stop));
            at_work
                .spawn(async move { load_commune(store.as_ref(), demo, &commune, &progress, &stop).await });
        }
        let Some(done) = at_work.join_next().await else { return Ok(sum) };
        let done = done.map_err(|e| DemoError::Refused(e.to_string()))??;
        sum.there += done.there;
        sum.new += done.new;
        sum.records += done.records;
    }
}

/// Loads one commune, push after push, so that what its last hamlet declares last is there only when all else is.
async fn load_commune(
    store: &Register,
    demo: Demo,
    plan: &CommunePlan,
    progress: &Progress,
    stop: &AtomicBool,
) -> Result<Done, DemoError> {
    let mut done = Done::default();
    let mut operations = households(demo.seed, plan);
    if is_whole(store, plan.commune.code, demo.until).await? {
        done.there = plan.households;
        progress.skip(plan.households);
        return Ok(done);
    }
    let mut there = 0;
    while !stop.load(Ordering::Relaxed) {
        let push: Vec<Operation> = operations.by_ref().take(MAX_BATCH).collect();
        if push.is_empty() {
            break;
        }
        let (known, new) = send(store, push).await?;
        there += known;
        done.records += new;
        progress.add(known + new);
    }
    let households = there + done.records;
    let (hamlets, kept) = operations.into_parts();
    let codes = hamlets.iter().map(|(code, ..)| *code).collect();
    let rest = years(demo, plan, codes, kept).chain(std::iter::once_with(|| declared(demo, plan, &hamlets)));
    let mut rest = rest.flatten();
    loop {
        let push: Vec<Operation> = rest.by_ref().take(MAX_BATCH).collect();
        if push.is_empty() {
            break;
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(done);
        }
        done.records += send(store, push).await?.1;
    }
    done.there = there;
    done.new = households - there;
    Ok(done)
}

/// Whether a commune has all of its records: what a hamlet declares of the last round comes last.
async fn is_whole(store: &Register, commune: CommuneCode, last: Round) -> Result<bool, StoreError> {
    let page = store.changes(commune, 0, 1).await?;
    if page.records.is_empty() {
        return Ok(false);
    }
    for number in (1..=99).rev() {
        let Some(hamlet) = HamletCode::new(commune, number) else { continue };
        let records = store.records(hamlet).await?;
        if !records.is_empty() {
            return Ok(records.iter().any(|record| record.key.round == last));
        }
    }
    Ok(false)
}

/// Sends one push. Returns how many of its households were there already, and how many are new.
async fn send(store: &Register, operations: Vec<Operation>) -> Result<(u64, u64), DemoError> {
    let pushed = sync::push(store, sync::now_millis(), PushRequest { clock: None, operations }).await;
    let answer = pushed.map_err(|error| match error {
        PushError::Store(error) => DemoError::Store(error),
        error @ PushError::TooMany(_) => DemoError::Refused(error.to_string()),
    })?;
    let (mut there, mut new) = (0, 0);
    for result in answer.results {
        match (result.status, result.problem) {
            (Status::Accepted | Status::Conflict, _) => new += 1,
            (Status::Duplicate, _) => there += 1,
            (Status::Rejected, problem) => {
                return Err(DemoError::Refused(problem.map_or_else(String::new, |p| p.detail)));
            }
        }
    }
    Ok((there, new))
}

/// Most memory that this process held at any time, in bytes; `None` where the system, unlike Linux, does not tell.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1_024)
}

#[cfg(test)]
mod tests;
