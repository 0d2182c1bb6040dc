//! The census of the province in PostgreSQL 15 and in DuckDB: a table with a row for each household, of what
//! `soho export --csv --names` wrote.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use soho_tests::{postgres, server};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

use super::{Province, median, text};

const DATABASE: &str = "postgres";
const RUNS: usize = 20;
/// The plan's table, in words that both understand.
const TABLE: &str = "select district, count(*), count(*) filter (where class = 'poor'),
        count(*) filter (where class = 'near_poor'), count(*) filter (where class = 'low_income'),
        count(*) filter (where class = 'above')
    from household group by district order by district";

/// Rows of the plan's table: a district's code, and its households recorded, poor, near-poor, low-income and above.
pub(crate) type Rows = Vec<(String, [i64; 5])>;

/// The same households in both.
pub(crate) struct Reference {
    exported: Exported,
    /// Where it is installed.
    pub(crate) postgres: anyhow::Result<Postgres>,
}

impl Reference {
    /// Takes the households of a register that no server has open.
    pub(crate) async fn of(province: &Province) -> anyhow::Result<Self> {
        let exported = Exported::of(province)?;
        let postgres = Postgres::load(&exported).await;
        Ok(Reference { exported, postgres })
    }

    /// Lets DuckDB make the plan's table; returns its version, the median time and the rows.
    pub(crate) fn duckdb(&self) -> anyhow::Result<(String, Duration, Rows)> {
        let python =
            std::env::var_os("SOHO_DUCKDB").context("SOHO_DUCKDB is not set: `cargo xtask bench` sets it")?;
        let mut duckdb = Command::new(python);
        duckdb.args(["-c", include_str!("group_by.py")]).arg(self.exported.households()).arg(TABLE);
        let output = duckdb.output().context("Python does not start")?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let (version, seconds, rows) = serde_json::from_slice::<(String, f64, Rows)>(&output.stdout)?;
        Ok((version, Duration::from_secs_f64(seconds), rows))
    }
}

/// The folder that `soho export` wrote.
struct Exported(TempDir);

impl Exported {
    fn of(province: &Province) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let (data, csv) = (text(province.path())?, text(folder.path())?);
        server::run(&["export", "--data", data, "--csv", csv, "--names"])?;
        Ok(Exported(folder))
    }

    fn households(&self) -> PathBuf {
        self.0.path().join("households/round=2010/households.csv")
    }

    /// The columns of households in their order, with their types, as the dictionary beside the files says.
    fn columns(&self) -> anyhow::Result<String> {
        let dictionary = fs::read_to_string(self.0.path().join("dictionary.csv"))?;
        let mut rows = csv::Reader::from_reader(dictionary.trim_start_matches('\u{feff}').as_bytes());
        let mut columns = Vec::new();
        for row in rows.records() {
            let row = row?;
            let (table, name, kind) = (&row[0], &row[1], &row[2]);
            // The round stands in the folder's name.
            if table == "households" && name != "round" {
                columns.push(format!("\"{name}\" {}", if kind == "int64" { "bigint" } else { kind }));
            }
        }
        Ok(columns.join(", "))
    }
}

/// A running cluster with the table, in the order of communes and names; stopped and removed when dropped.
pub(crate) struct Postgres {
    pub(crate) client: Client,
    _cluster: postgres::Postgres,
}

impl Postgres {
    async fn load(exported: &Exported) -> anyhow::Result<Self> {
        let cluster = postgres::Postgres::start()?;
        let file = exported.households();
        cluster.keep(&file)?;
        let copy = cluster.socket().join(file.file_name().context("no name")?);
        cluster.say(DATABASE, &format!("create table household ({})", exported.columns()?))?;
        let load = format!("copy household from '{}' with (format csv, header true)", copy.display());
        cluster.say(DATABASE, &load)?;
        fs::remove_file(copy)?;
        cluster.say(DATABASE, "create index on household (commune, head_name)")?;
        cluster.say(DATABASE, "vacuum (freeze, analyze) household")?;
        let (client, connection) = tokio_postgres::connect(&cluster.address(DATABASE), NoTls).await?;
        tokio::spawn(connection);
        Ok(Postgres { client, _cluster: cluster })
    }

    /// Makes the plan's table; returns the median time and the rows.
    pub(crate) async fn table(&self) -> anyhow::Result<(Duration, Rows)> {
        let table = self.client.prepare(TABLE).await?;
        let (mut times, mut rows) = (Vec::new(), Rows::new());
        for _ in 0..RUNS {
            let begun = Instant::now();
            let found = self.client.query(&table, &[]).await?;
            times.push(begun.elapsed());
            rows =
                found.iter().map(|row| (row.get(0), [1_usize, 2, 3, 4, 5].map(|at| row.get(at)))).collect();
        }
        Ok((median(&times), rows))
    }
}
