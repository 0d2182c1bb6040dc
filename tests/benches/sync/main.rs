//! Many tablets syncing with one server at once, and PostgreSQL taking the same records in the same run.
//!
//! Run with `cargo xtask bench sync`; with `SOHO_LONG=1` the whole province is loaded and rewritten,
//! otherwise a tenth of it. The records are those of the demonstration province; the tablets are enrolled and
//! speak HTTP. Requests are prepared beforehand, but client and server share the processors. Server and
//! PostgreSQL take turns in segments, so that other load on the machine hits both; rates are medians of the segments.

mod postgres;
mod records;
mod tablets;

use std::collections::HashMap;
use std::fs::{self, File};
use std::future::Future;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use postgres::{Postgres, Rows};
use records::{Batch, batches, communes, visit};
use soho_shared::area::{self, CommuneCode};
use soho_shared::record::MAX_BATCH;
use soho_tests::edits::Dice;
use soho_tests::server::long;
use tablets::{Register, Tablet};
use tokio::task::JoinSet;
use tokio::time::{interval_at, sleep_until};

/// Runs: operations in a push, connections, pushes in a segment, segments, and the rate that is asked for, in
/// operations a second.
const RUNS: [(usize, usize, usize, usize, Option<u32>); 3] =
    [(MAX_BATCH, 8, 16, 9, Some(15_000)), (50, 64, 160, 5, None), (1, 64, 3_000, 7, Some(5_000))];
/// Households of the whole province.
const PROVINCE: u64 = 358_966;
/// Tablets that send their day's work.
const TABLETS: usize = 500;
/// Operations in each of their pushes.
const DAY: usize = 50;
/// Time that each tablet waits between two pushes at an ordinary pace; [`PUSHES`] is how often it pushes.
const PACE: Duration = Duration::from_secs(5);
const PUSHES: usize = 5;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    println!("a write of 4 KB and its flush take {:.2} ms here (median)", flush(data.path())?);
    let mut register = Register::start(data.path()).await?;
    let tablets = register.tablets().await?;
    compare(&register, &tablets).await?;
    many(&mut register).await?;
    drop(register);
    province().await
}

/// Returns how many milliseconds the disk takes to make a small write durable.
fn flush(at: &Path) -> anyhow::Result<f64> {
    let mut file = File::create(at.join("probe"))?;
    let mut times = Vec::new();
    for _ in 0..100 {
        let begun = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    drop(file);
    fs::remove_file(at.join("probe"))?;
    Ok(median(&mut times))
}

fn median(of: &mut [f64]) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}

/// Returns the time within which `percent` of the requests were answered.
fn within(times: &[Duration], percent: usize) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

fn count(of: usize) -> f64 {
    f64::from(u32::try_from(of).expect("not that many"))
}

/// Does all the work, with as many pieces at a time as there are workers; returns the total time and that of
/// each piece.
async fn share<W, T, F>(workers: Vec<W>, work: Vec<T>) -> anyhow::Result<(Duration, Vec<Duration>)>
where
    W: Fn(Arc<Vec<T>>, usize) -> F + Send + Sync + 'static,
    T: Send + Sync + 'static,
    F: Future<Output = anyhow::Result<()>> + Send,
{
    let (work, next) = (Arc::new(work), Arc::new(AtomicUsize::new(0)));
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for worker in workers {
        let (work, next) = (Arc::clone(&work), Arc::clone(&next));
        running.spawn(async move {
            let mut times = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                if at >= work.len() {
                    return anyhow::Ok(times);
                }
                let begun = Instant::now();
                worker(Arc::clone(&work), at).await?;
                times.push(begun.elapsed());
            }
        });
    }
    let mut times = Vec::new();
    while let Some(done) = running.join_next().await {
        times.extend(done??);
    }
    Ok((begun.elapsed(), times))
}

/// Compares each kind of push with PostgreSQL.
async fn compare(register: &Register, tablets: &HashMap<CommuneCode, Tablet>) -> anyhow::Result<()> {
    let postgres = Postgres::start();
    if let Err(why) = &postgres {
        println!("skipped: PostgreSQL: {why:#}");
    }
    let mut change = 1;
    for (seed, (size, connections, pushes, segments, asked)) in (1..).zip(RUNS) {
        let clients: Vec<_> = (0..connections).map(|_| reqwest::Client::new()).collect();
        let mut takers = Vec::new();
        for _ in 0..connections {
            if let Ok(postgres) = &postgres {
                takers.push(Arc::new(postgres.taker().await?));
            }
        }
        let mut all = batches(seed, PROVINCE, size);
        let (mut ours, mut theirs, mut ratios, mut times) = (vec![], vec![], vec![], vec![]);
        let cpu = processor(register);
        let mut busy = Duration::ZERO;
        for _ in 0..segments {
            let segment: Vec<Batch> = all.by_ref().take(pushes).collect();
            let households = count(segment.len() * size);
            let rows: Result<Vec<_>, _> = segment
                .iter()
                .map(|batch| {
                    change += i64::try_from(size)?;
                    Rows::new(batch, change)
                })
                .collect();
            let rows = rows?;
            let work: Vec<_> =
                segment.iter().map(|batch| (tablets[&batch.commune].clone(), batch.body())).collect();
            drop(segment);
            let workers = clients.iter().cloned().map(|client| {
                move |work: Arc<Vec<(Tablet, String)>>, at: usize| {
                    let client = client.clone();
                    async move {
                        let (tablet, body) = &work[at];
                        tablet.through(&client).push(body.clone()).await.map(drop)
                    }
                }
            });
            let (took, each) = share(workers.collect(), work).await?;
            ours.push(households / took.as_secs_f64());
            times.extend(each);
            busy += took;
            if !takers.is_empty() {
                let workers = takers.iter().cloned().map(|taker| {
                    move |rows: Arc<Vec<Rows>>, at: usize| {
                        let taker = Arc::clone(&taker);
                        async move { taker.take(&rows[at]).await }
                    }
                });
                let (took, _) = share(workers.collect(), rows).await?;
                theirs.push(households / took.as_secs_f64());
                ratios.push(took.as_secs_f64() * ours[ours.len() - 1] / households);
            }
        }
        let used = (processor(register) - cpu).as_secs_f64();
        let done = count(segments * pushes * size);
        let rate = median(&mut ours);
        print!(
            "batches of {size:3}, {connections:2} connections: {rate:6.0} households/s, p50 {:.1?}, p99 {:.1?}, \
             {:.0} µs of processor each ({:.0} % of one core), memory {} MB",
            within(&times, 50),
            within(&times, 99),
            used / done * 1e6,
            used / busy.as_secs_f64() * 100.0,
            register.memory(),
        );
        if let Some(asked) = asked {
            print!("; {:.2} of the {asked} asked for", rate / f64::from(asked));
        }
        if !theirs.is_empty() {
            print!("; PostgreSQL {:.0}/s, ratio {:.2}", median(&mut theirs), median(&mut ratios));
        }
        println!();
    }
    Ok(())
}

/// Returns how long the server's process has kept processors busy.
fn processor(register: &Register) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{}/stat", register.server.pid())).unwrap_or_default();
    let ticks = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    // Linux counts a hundred ticks a second.
    Duration::from_millis(ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10)
}

/// Lets five hundred tablets send a day's work each: first spread over some seconds, then all at the same moment.
async fn many(register: &mut Register) -> anyhow::Result<()> {
    // Pushes of each tablet, which belongs to one commune and has its own connection.
    let mut tablets: HashMap<CommuneCode, Vec<(Tablet, Vec<String>)>> = HashMap::new();
    for commune in area::communes().iter().cycle().take(TABLETS) {
        let tablet = register.tablet(commune.code).await?;
        tablets.entry(commune.code).or_default().push((tablet, Vec::new()));
    }
    let mut missing = TABLETS;
    for batch in batches(10, PROVINCE, DAY) {
        let of = tablets.get_mut(&batch.commune).context("a commune without a tablet")?;
        if let Some((_, pushes)) = of.iter_mut().find(|(_, pushes)| pushes.len() < 2 * PUSHES) {
            pushes.push(batch.body());
            missing -= usize::from(pushes.len() == 2 * PUSHES);
        }
        if missing == 0 {
            break;
        }
    }
    let begin = Instant::now() + Duration::from_secs(1);
    let mut calm = JoinSet::new();
    let mut at_once = Vec::new();
    for (at, (tablet, mut pushes)) in (0..).zip(tablets.into_values().flatten()) {
        at_once.push((tablet.clone(), pushes.split_off(PUSHES.min(pushes.len()))));
        let first = begin + PACE * at / u32::try_from(TABLETS)?;
        calm.spawn(async move {
            let mut times = Vec::new();
            let mut ticks = interval_at(first.into(), PACE);
            for body in pushes {
                ticks.tick().await;
                times.push(tablet.push(body).await?);
            }
            anyhow::Ok(times)
        });
    }
    let calm = all_times(calm).await?;
    println!(
        "{TABLETS} tablets, {DAY} operations every {PACE:.0?} each: p50 {:.1?}, p99 {:.1?}",
        within(&calm, 50),
        within(&calm, 99)
    );
    let (mut crowd, mut waves) = (Vec::new(), Vec::new());
    for _ in 0..PUSHES {
        let begin = Instant::now() + Duration::from_millis(500);
        let mut running = JoinSet::new();
        for (tablet, pushes) in &mut at_once {
            let Some(body) = pushes.pop() else { continue };
            let tablet = tablet.clone();
            running.spawn(async move {
                sleep_until(begin.into()).await;
                anyhow::Ok(vec![tablet.push(body).await?])
            });
        }
        let times = all_times(running).await?;
        waves.push(count(TABLETS * DAY) / within(&times, 100).as_secs_f64());
        crowd.extend(times);
    }
    println!(
        "{TABLETS} tablets, {DAY} operations each in the same moment: p50 {:.1?}, p99 {:.1?}, {:.0} households/s, \
         memory {} MB",
        within(&crowd, 50),
        within(&crowd, 99),
        median(&mut waves),
        register.memory(),
    );
    Ok(())
}

async fn all_times(mut running: JoinSet<anyhow::Result<Vec<Duration>>>) -> anyhow::Result<Vec<Duration>> {
    let mut times = Vec::new();
    while let Some(done) = running.join_next().await {
        times.extend(done??);
    }
    Ok(times)
}

/// Loads the province, fetches a commune of it, and rewrites every record three times.
async fn province() -> anyhow::Result<()> {
    let size = if long() { PROVINCE } else { PROVINCE / 10 };
    let data = tempfile::tempdir()?;
    let mut register = Register::start(data.path()).await?;
    let tablets = register.tablets().await?;
    let mut dice = Dice::new(3);
    let mut sent = 0;
    for number in 0..=3 {
        let (mut took, mut records) = (Duration::ZERO, 0);
        let mut work = Vec::new();
        for (commune, mut households) in communes(2010, size) {
            loop {
                let mut operations: Vec<_> = households.by_ref().take(MAX_BATCH).collect();
                if operations.is_empty() {
                    break;
                }
                records += operations.len();
                for operation in &mut operations {
                    if number == 0 {
                        sent += serde_json::to_string(operation)?.len();
                    } else {
                        *operation = visit(operation, number, &mut dice);
                    }
                }
                work.push((tablets[&commune].clone(), Batch { commune, operations }.body()));
            }
            // Sent in portions, so that not all is in memory at once.
            if work.len() >= 64 {
                took += send(std::mem::take(&mut work)).await?;
            }
        }
        took += send(work).await?;
        let disk = disk(data.path());
        println!(
            "{} {records} households: {:.0}/s, memory {} MB, disk {} MB = {:.2} of the {} MB of JSON first sent",
            if number == 0 { "loaded".to_owned() } else { format!("rewritten ({number})") },
            count(records) / took.as_secs_f64(),
            register.memory(),
            disk / 1_000_000,
            count(usize::try_from(disk)?) / count(sent),
            sent / 1_000_000,
        );
        if number == 0 {
            fetch(&tablets, size).await?;
        }
    }
    Ok(())
}

async fn send(work: Vec<(Tablet, String)>) -> anyhow::Result<Duration> {
    let workers = (0..8).map(|_| {
        let client = reqwest::Client::new();
        move |work: Arc<Vec<(Tablet, String)>>, at: usize| {
            let client = client.clone();
            async move {
                let (tablet, body) = &work[at];
                tablet.through(&client).push(body.clone()).await.map(drop)
            }
        }
    });
    Ok(share(workers.collect(), work).await?.0)
}

/// Fetches a commune of about 2.000 households, as a new tablet does.
async fn fetch(tablets: &HashMap<CommuneCode, Tablet>, size: u64) -> anyhow::Result<()> {
    let near = |of: usize| of.abs_diff(2_000);
    let sizes = communes(2010, size).into_iter().map(|(commune, households)| (commune, households.len()));
    let (commune, of) = sizes.min_by_key(|(_, of)| near(*of)).context("no commune")?;
    for encoding in ["identity", "gzip"] {
        let (mut times, mut bytes) = (Vec::new(), 0);
        for _ in 0..5 {
            let begun = Instant::now();
            let (households, came) = tablets[&commune].pull(commune, encoding).await?;
            anyhow::ensure!(households == of, "{households} came of {of}");
            times.push(begun.elapsed().as_secs_f64());
            bytes = came;
        }
        println!(
            "pull of a commune of {of} households ({encoding}, {} KB): {:.2} s",
            bytes / 1_000,
            median(&mut times)
        );
    }
    Ok(())
}

/// Returns the room that files take on disk, in bytes.
fn disk(path: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(path) else {
        return fs::metadata(path).map_or(0, |file| file.blocks() * 512);
    };
    entries.filter_map(Result::ok).map(|entry| disk(&entry.path())).sum()
}
