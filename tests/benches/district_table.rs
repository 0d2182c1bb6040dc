//! Time to read the plan's table over HTTP. It must not depend on the number of households: a tenth of the
//! province is compared with the whole province in the same run.

use std::time::{Duration, Instant};

use anyhow::ensure;
use reqwest::Method;
use soho_tests::people::Person;
use soho_tests::server::{self, Server};

/// Number of households of the reference, and of what is compared with it.
const HOUSEHOLDS: [&str; 2] = ["35896", "358966"];
const WARM_UP: usize = 500;
const READS: usize = 4_000;
const MOST: f64 = 1.5;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut desks = Vec::new();
    for households in HOUSEHOLDS {
        let data = tempfile::tempdir()?;
        let path = data.path().to_string_lossy().into_owned();
        println!("{}", server::run(&["demo", "--data", &path, "--households", households])?.trim_end());
        let started = Instant::now();
        let server = Server::start(data.path())?;
        let memory = server.memory().unwrap_or_default() / 1_000_000;
        println!("{households} households: started in {:.1?}, memory {memory} MB", started.elapsed());
        let officer = Person::of_demonstration(&server, "tinh.bentre").await?;
        desks.push((data, server, officer));
    }
    let mut times = [Vec::with_capacity(READS), Vec::with_capacity(READS)];
    // The two are read in turns, so that other load on the machine hits both.
    for read in 0..WARM_UP + READS {
        for ((_, _, officer), times) in desks.iter().zip(&mut times) {
            let took = read_table(officer).await?;
            if read >= WARM_UP {
                times.push(took);
            }
        }
    }
    let [few, many] = times.map(|mut times| {
        times.sort_unstable();
        times[READS / 2]
    });
    let ratio = many.as_secs_f64() / few.as_secs_f64();
    println!("the district table, median of {READS} reads: {few:.1?} and {many:.1?}");
    println!("ratio, ten times the households: {ratio:.2} (at most {MOST})");
    ensure!(ratio < MOST, "the table is slower with more households");
    Ok(())
}

async fn read_table(officer: &Person) -> anyhow::Result<Duration> {
    let started = Instant::now();
    let path = "/api/v1/statistics?area=83&round=2010&by=district";
    officer.request(Method::GET, path).send().await?.error_for_status()?.bytes().await?;
    Ok(started.elapsed())
}
