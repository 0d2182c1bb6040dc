//! How many households a second the server makes durable: in batches of 500, of 50, and one by one, each
//! against the rate that is asked of it. Bodies are written beforehand, so that the client costs little.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::ensure;
use soho_shared::area;
use soho_shared::sync::PushRequest;
use soho_tests::edits::{Dice, household, survey};
use soho_tests::server::Server;
use tokio::task::JoinSet;

/// Operations in a push, connections, pushes in all, and the rate asked for (households a second).
const RUNS: [(usize, usize, usize, u32); 3] =
    [(500, 8, 160, 15_000), (50, 64, 1_600, 15_000), (1, 64, 40_000, 5_000)];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    for (size, connections, pushes, asked) in RUNS {
        let data = tempfile::tempdir()?;
        let server = Server::start(data.path())?;
        let bodies = Arc::new(bodies(size, pushes));
        let (took, mut times) = run(&server, &bodies, connections).await?;
        times.sort_unstable();
        let households = u32::try_from(size * pushes)?;
        let rate = f64::from(households) / took.as_secs_f64();
        let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
        println!(
            "batches of {size:3}, {connections:2} connections: {rate:6.0} households/s, ratio to the {asked} asked for \
             {:.2}; p50 {:.1?}, p99 {:.1?}, memory {} MB",
            rate / f64::from(asked),
            at(50),
            at(99),
            server.memory().unwrap_or_default() / 1_000_000,
        );
    }
    Ok(())
}

/// Pushes as tablets send them: each of one commune.
fn bodies(size: usize, pushes: usize) -> Vec<String> {
    let communes: Vec<String> = area::communes().iter().map(|c| c.code.to_string()).collect();
    let mut dice = Dice::new(11);
    let mut number = 0;
    let mut body = |push: usize| {
        let commune = &communes[push % communes.len()];
        let operations = (0..size)
            .map(|_| {
                number += 1;
                let mut home = household(commune, number);
                home.uuid = dice.uuid();
                survey(&mut dice, home, 1_290_000_000_000 + number)
            })
            .collect();
        serde_json::to_string(&PushRequest { clock: None, operations })
    };
    (0..pushes).filter_map(|push| body(push).ok()).collect()
}

async fn run(
    server: &Server,
    bodies: &Arc<Vec<String>>,
    connections: usize,
) -> anyhow::Result<(Duration, Vec<Duration>)> {
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let mut tablets = JoinSet::new();
    for _ in 0..connections {
        let (bodies, next) = (Arc::clone(bodies), Arc::clone(&next));
        let url = server.url("/api/v1/sync/push");
        tablets.spawn(async move {
            let client = reqwest::Client::new();
            let mut times = Vec::new();
            while let Some(body) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
                let begun = Instant::now();
                let push = client.post(&url).header("content-type", "application/json").body(body.clone());
                let answer = push.send().await?;
                ensure!(answer.status().is_success(), "answered {}", answer.status());
                answer.bytes().await?;
                times.push(begun.elapsed());
            }
            anyhow::Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(tablet) = tablets.join_next().await {
        times.extend(tablet??);
    }
    Ok((started.elapsed(), times))
}
