//! Reading the plan's table takes the same time whatever the number of households: here a tenth of the
//! province against the whole of it, over HTTP, in the same run.

use std::time::{Duration, Instant};

use anyhow::ensure;
use soho_tests::server::{self, Server};

/// The reference, and what is held against it.
const HOUSEHOLDS: [&str; 2] = ["35896", "358966"];
const WARM_UP: usize = 500;
const READS: usize = 4_000;
const MOST: f64 = 1.5;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut medians = Vec::new();
    for households in HOUSEHOLDS {
        let data = tempfile::tempdir()?;
        let path = data.path().to_string_lossy().into_owned();
        println!("{}", server::run(&["demo", "--data", &path, "--households", households])?.trim_end());
        let started = Instant::now();
        let server = Server::start(data.path())?;
        let start = started.elapsed();
        let median = median_read(&server).await?;
        println!(
            "{households} households: started in {start:.1?}, the district table in {median:.1?} (median)"
        );
        medians.push(median);
    }
    let ratio = medians[1].as_secs_f64() / medians[0].as_secs_f64();
    println!("ratio, ten times the households: {ratio:.2} (at most {MOST})");
    ensure!(ratio < MOST, "the table is slower with more households");
    Ok(())
}

async fn median_read(server: &Server) -> anyhow::Result<Duration> {
    let client = reqwest::Client::new();
    let url = server.url("/api/v1/statistics?area=83&round=2010&by=district");
    let mut times = Vec::with_capacity(READS);
    for read in 0..WARM_UP + READS {
        let started = Instant::now();
        let answer = client.get(&url).send().await?.error_for_status()?;
        answer.bytes().await?;
        if read >= WARM_UP {
            times.push(started.elapsed());
        }
    }
    times.sort_unstable();
    Ok(times[READS / 2])
}
