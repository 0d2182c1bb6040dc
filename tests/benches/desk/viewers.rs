//! Viewers of live figures while tablets send a day's work at a steady rate, and how far each was behind.

use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use reqwest::header::COOKIE;
use reqwest::{Client, Response};
use serde::Deserialize;
use soho_tests::people::{self, Person};
use tokio::task::JoinSet;
use tokio::time::{sleep_until, timeout};

use super::figures::FIGURES;
use super::records::{Batch, batches};
use super::tablets::{Register, Tablet};
use super::{Memory, Province, within};

const LIVE: &str = "/api/v1/statistics/live?area=83&round=2010&by=district";
/// Account of the viewers.
const VIEWER: &str = "xem";
const VIEWERS: usize = 200;
/// Households of the plan from which new ones are made.
const PLAN: u64 = 358_966;
/// Operations a second, for how many seconds, and how many are in a push.
const RATE: u32 = 5_000;
const SECONDS: u32 = 20;
const DAY: u32 = 50;
/// Longest wait for the last figures.
const PATIENCE: Duration = Duration::from_secs(60);

/// The figures that a viewer is sent, as far as they are looked at.
#[derive(Deserialize)]
struct Figures {
    total: Total,
}

#[derive(Deserialize)]
struct Total {
    /// Households recorded; each operation records one more.
    recorded: u64,
}

/// When a viewer was sent figures, and how many households were in them.
type Seen = Vec<(Instant, u64)>;

pub(crate) async fn measure(province: &Province) -> anyhow::Result<()> {
    people::add(province.path(), VIEWER, "province", &["83"])?;
    let mut register = Register::start(province.path()).await?;
    let tablets = register.tablets().await?;
    let viewer = Person::sign_in(&register.server, VIEWER).await?;
    let figures = viewer.get(FIGURES).await?;
    let before = serde_json::from_str::<Figures>(&figures.text)?.total.recorded;
    let last = before + u64::from(RATE * SECONDS);
    let of_tablet = |batch: Batch| (tablets[&batch.commune].clone(), batch.body());
    let number = usize::try_from(RATE * SECONDS / DAY)?;
    let pushes: Vec<(Tablet, String)> =
        batches(20, PLAN, usize::try_from(DAY)?).take(number).map(of_tablet).collect();
    ensure!(pushes.len() == number, "the plan has too few households");

    let memory = Memory::watch(register.server.pid())?;
    let mut viewers = JoinSet::new();
    for at in 1..=VIEWERS {
        let live = Client::new().get(register.server.url(LIVE));
        // Each from an address of its own, as a proxy says.
        let live = live.header(COOKIE, viewer.cookie()).header("x-forwarded-for", format!("10.2.0.{at}"));
        viewers.spawn(watch(live.send().await?.error_for_status()?, last));
    }
    let (begun, times, acknowledged) = push(pushes).await?;
    let seen = timeout(PATIENCE, all(viewers)).await.context("somebody was not sent the last figures")??;
    let (peak, grown) = memory.peak()?;

    let end = acknowledged.last().copied().context("nothing was pushed")?;
    let behind: Vec<Duration> = seen.iter().flat_map(|seen| ages(seen, &acknowledged, before)).collect();
    let ends = seen.iter().filter_map(|seen| Some(seen.last()?.0.saturating_duration_since(end)));
    let rate = f64::from(RATE * SECONDS) / (end - begun).as_secs_f64();
    let events: usize = seen.iter().map(Vec::len).sum();
    println!("\n{VIEWERS} viewers of live figures while {RATE} operations a second come for {SECONDS} s");
    println!(
        "  stored {rate:.0} a second, a push of {DAY} p50 {:.1?}, p99 {:.1?}",
        within(&times, 50),
        within(&times, 99)
    );
    println!(
        "  behind what was acknowledged: p50 {:.1?}, p99 {:.1?}, longest {:.1?}; the last figures after {:.1?} at \
         most (aim: 2 s); {} events each",
        within(&behind, 50),
        within(&behind, 99),
        within(&behind, 100),
        ends.max().unwrap_or_default(),
        events / VIEWERS,
    );
    println!("  memory {peak} MB (aim: under 300 MB), of which {grown} MB for this");
    register.server.stop();
    Ok(())
}

/// Notes what a viewer is sent, until the last figures are there.
async fn watch(mut live: Response, last: u64) -> anyhow::Result<Seen> {
    let (mut text, mut seen) = (Vec::<u8>::new(), Seen::new());
    while let Some(chunk) = live.chunk().await? {
        text.extend_from_slice(&chunk);
        // An event ends with an empty line; one without data keeps the connection alive.
        while let Some(end) = text.windows(2).position(|two| two == b"\n\n") {
            let event: Vec<u8> = text.drain(..end + 2).collect();
            let Some(data) = event.strip_prefix(b"data: ") else { continue };
            let recorded = serde_json::from_slice::<Figures>(data)?.total.recorded;
            seen.push((Instant::now(), recorded));
            if recorded >= last {
                return Ok(seen);
            }
        }
    }
    bail!("the stream has ended")
}

async fn all(mut viewers: JoinSet<anyhow::Result<Seen>>) -> anyhow::Result<Vec<Seen>> {
    let mut seen = Vec::new();
    while let Some(done) = viewers.join_next().await {
        seen.push(done??);
    }
    Ok(seen)
}

/// Sends the pushes at a steady rate, whatever the answers take. Returns when it began, how long each took, and when one
/// after the other was acknowledged.
async fn push(pushes: Vec<(Tablet, String)>) -> anyhow::Result<(Instant, Vec<Duration>, Vec<Instant>)> {
    let each = Duration::from_secs(1) * DAY / RATE;
    let begin = Instant::now() + Duration::from_millis(500);
    let mut running = JoinSet::new();
    for (at, (tablet, body)) in (0_u32..).zip(pushes) {
        sleep_until((begin + each * at).into()).await;
        running.spawn(async move {
            let took = tablet.push(body).await?;
            anyhow::Ok((took, Instant::now()))
        });
    }
    let (mut times, mut acknowledged) = (Vec::new(), Vec::new());
    while let Some(done) = running.join_next().await {
        let (took, at) = done??;
        times.push(took);
        acknowledged.push(at);
    }
    acknowledged.sort_unstable();
    Ok((begin, times, acknowledged))
}

/// Whenever a viewer was sent something new: for how long something had been acknowledged by then that it did not
/// show.
fn ages(seen: &Seen, acknowledged: &[Instant], before: u64) -> Vec<Duration> {
    let age = |two: &[(Instant, u64)]| {
        let [(_, shown), (next, _)] = two else { return None };
        let known = usize::try_from(shown.saturating_sub(before) / u64::from(DAY)).ok()?;
        Some(next.saturating_duration_since(*acknowledged.get(known)?))
    };
    seen.windows(2).filter_map(age).collect()
}
