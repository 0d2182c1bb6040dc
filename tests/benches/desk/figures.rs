//! Figures of the province under load: a tenth of the province and the whole of it in turns, and the same table
//! grouped anew by PostgreSQL and DuckDB.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use reqwest::Client;
use reqwest::header::{ACCEPT_ENCODING, COOKIE};
use soho_shared::report::{Row, Statistics};
use tokio::task::JoinSet;
use tokio::time::sleep_until;

use super::reference::{Reference, Rows};
use super::{Desk, PROVINCE, Province, ratio, within};

pub(crate) const FIGURES: &str = "/api/v1/statistics?area=83&round=2010&by=district";
/// Households of the small province.
const TENTH: &str = "35896";
const CONNECTIONS: u32 = 100;
/// Requests a second over all connections.
const RATE: u32 = 2_000;
/// Segments of each province, and how many seconds each takes.
const SEGMENTS: u32 = 5;
const SECONDS: u32 = 2;
/// How an answer is asked for; the bytes are not unpacked.
const ENCODINGS: [(&str, &str); 2] = [("plain", "identity"), ("as browsers ask for it", "gzip, deflate, br")];

/// Times of the two provinces.
type Times = [Vec<Duration>; 2];

pub(crate) async fn measure(province: &Province, reference: &Reference) -> anyhow::Result<()> {
    let tenth = Province::load(TENTH)?;
    let desks = [tenth.open().await?, province.open().await?];
    let clients: Vec<Client> = (0..CONNECTIONS).map(|_| Client::new()).collect();
    println!(
        "\nfigures of the province: {CONNECTIONS} connections, {RATE} requests a second for {} s each",
        SEGMENTS * SECONDS
    );
    let mut usual = Duration::ZERO;
    for (words, encoding) in ENCODINGS {
        let times = load(&desks, &clients, encoding).await?;
        let [few, many] = times.each_ref().map(|times| [50, 99].map(|percent| within(times, percent)));
        println!(
            "  {words}: {TENTH} households p50 {:.2?}, p99 {:.2?}; {PROVINCE} p50 {:.2?}, p99 {:.2?} (aim: under \
             5 ms); ratios {:.2} and {:.2} (aim: at most 1.5)",
            few[0],
            few[1],
            many[0],
            many[1],
            ratio(many[0], few[0]),
            ratio(many[1], few[1]),
        );
        if usual.is_zero() {
            usual = many[0];
        }
    }
    let ours = rows(&desks[1]).await?;
    for desk in desks {
        desk.server.stop();
    }
    group(reference, &ours, usual).await
}

/// Asks both in turns, so that other load on the machine hits both.
async fn load(desks: &[Desk; 2], clients: &[Client], encoding: &'static str) -> anyhow::Result<Times> {
    let mut times = Times::default();
    for segment in 0..=SEGMENTS {
        for (desk, times) in desks.iter().zip(&mut times) {
            let of_segment = ask(desk, clients, encoding).await?;
            // The first one opens the connections.
            if segment > 0 {
                times.extend(of_segment);
            }
        }
    }
    Ok(times)
}

/// Asks at a steady rate, whatever the answers take. A request that its connection was not free for counts from the
/// moment at which it was due.
async fn ask(desk: &Desk, clients: &[Client], encoding: &'static str) -> anyhow::Result<Vec<Duration>> {
    let each = Duration::from_secs(1) * CONNECTIONS / RATE;
    let requests = RATE * SECONDS / CONNECTIONS;
    let begin = Instant::now() + Duration::from_millis(100);
    let mut running = JoinSet::new();
    for (at, client) in (0_u32..).zip(clients.iter().cloned()) {
        let request = client.get(desk.server.url(FIGURES)).header(COOKIE, desk.officer.cookie());
        let request = request.header(ACCEPT_ENCODING, encoding).build()?;
        let first = begin + each * at / CONNECTIONS;
        running.spawn(async move {
            let mut times = Vec::new();
            for number in 0..requests {
                let mut begun = first + each * number;
                if begun > Instant::now() {
                    sleep_until(begun.into()).await;
                    // The clock that wakes it is a coarse one.
                    begun = Instant::now();
                }
                let request = request.try_clone().context("it has no body")?;
                let answer = client.execute(request).await?.error_for_status()?.bytes().await?;
                times.push(begun.elapsed());
                ensure!(!answer.is_empty(), "an empty answer");
            }
            anyhow::Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(done) = running.join_next().await {
        times.extend(done??);
    }
    Ok(times)
}

/// The rows as the server has them, by their codes.
async fn rows(desk: &Desk) -> anyhow::Result<Rows> {
    let answer = desk.officer.get(FIGURES).await?;
    let figures: Statistics = serde_json::from_str(&answer.text).with_context(|| answer.text.clone())?;
    let row = |row: Row| (row.code, [row.recorded, row.poor, row.near_poor, row.low_income, row.above]);
    let mut rows: Rows = figures.rows.into_iter().map(row).collect();
    rows.sort();
    Ok(rows)
}

/// Lets the others group all households, which is what an answer costs without running sums.
async fn group(reference: &Reference, ours: &Rows, usual: Duration) -> anyhow::Result<()> {
    let tell = |name: &str, took: Duration, rows: &Rows| {
        ensure!(rows == ours, "{name} counts {rows:?}, the server {ours:?}");
        println!("  {name}: GROUP BY over {PROVINCE} rows {took:.2?}, {:.0} × our p50", ratio(took, usual));
        Ok(())
    };
    match &reference.postgres {
        Ok(postgres) => {
            let (took, rows) = postgres.table().await?;
            tell("PostgreSQL 15 (prepared)", took, &rows)?;
        }
        Err(why) => println!("  skipped: PostgreSQL: {why:#}"),
    }
    match reference.duckdb() {
        Ok((version, took, rows)) => tell(&format!("DuckDB {version} (in memory)"), took, &rows)?,
        Err(why) => println!("  skipped: DuckDB: {why:#}"),
    }
    Ok(())
}
