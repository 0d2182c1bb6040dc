//! PostgreSQL 15 taking the same records, on a temporary cluster of its own, with its default durability.
//!
//! A table has one row for each record, as JSONB, and the same indexes as the register: household and round,
//! commune and change number, operation. Nothing is checked, merged, logged, classified or tallied. Each
//! batch is one statement in a transaction of its own.

use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls, Statement};
use uuid::Uuid;

use super::records::Batch;

const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";
/// Only part of the socket's name; no port is opened.
const PORT: &str = "54329";

const TABLE: &str = "create table record (
        household uuid not null, round smallint not null, commune integer not null, change bigint not null,
        operation uuid not null unique, record jsonb not null,
        primary key (household, round), unique (commune, change))";
const TAKE: &str = "insert into record
        select h, r, c, n, o, j::jsonb
        from unnest($1::uuid[], $2::smallint[], $3::integer[], $4::bigint[], $5::uuid[], $6::text[])
            as t (h, r, c, n, o, j)
        on conflict (household, round)
        do update set change = excluded.change, operation = excluded.operation, record = excluded.record";

/// A running cluster; stopped and removed when dropped.
pub(crate) struct Postgres {
    home: TempDir,
}

impl Postgres {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let home = tempfile::tempdir()?;
        if let Some(user) = other_user()? {
            chown(home.path(), Some(user), None)?;
        }
        let cluster = Postgres { home };
        cluster.run("initdb", &["--auth=trust", "--username=soho", "--encoding=UTF8", "--locale=C"])?;
        let socket = cluster.home.path().display();
        let options = format!("-k {socket} -p {PORT} -c listen_addresses=''");
        let log = cluster.home.path().join("log").display().to_string();
        cluster.run("pg_ctl", &["start", "--wait", "--silent", "--log", &log, "--options", &options])?;
        cluster.connect().await?.batch_execute(TABLE).await?;
        Ok(cluster)
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn run(&self, program: &str, args: &[&str]) -> anyhow::Result<()> {
        let program = Path::new(PROGRAMS).join(program);
        // PostgreSQL refuses to run as root.
        let mut command = match other_user()? {
            Some(_) => {
                let mut command = Command::new("runuser");
                command.args(["-u", "postgres", "--"]).arg(&program);
                command
            }
            None => Command::new(&program),
        };
        command.arg("--pgdata").arg(self.data()).args(args).current_dir("/");
        let said = command.output().with_context(|| format!("{}", program.display()))?;
        ensure!(said.status.success(), "{}: {}", program.display(), String::from_utf8_lossy(&said.stderr));
        Ok(())
    }

    async fn connect(&self) -> anyhow::Result<Client> {
        let socket = self.home.path().to_str().context("not UTF-8")?;
        let mut config = tokio_postgres::Config::new();
        config.host(socket).port(PORT.parse()?).user("soho").dbname("postgres");
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// Opens a connection that takes batches.
    pub(crate) async fn taker(&self) -> anyhow::Result<Taker> {
        let client = self.connect().await?;
        let take = client.prepare(TAKE).await?;
        Ok(Taker { client, take })
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.run("pg_ctl", &["stop", "--wait", "--silent", "--mode=immediate"]);
    }
}

/// Returns the user to run as, where this is root.
fn other_user() -> anyhow::Result<Option<u32>> {
    let id = |args: &[&str]| -> anyhow::Result<u32> {
        let said = Command::new("id").args(args).output()?.stdout;
        Ok(String::from_utf8(said)?.trim().parse()?)
    };
    if id(&["-u"])? == 0 { id(&["-u", "postgres"]).map(Some) } else { Ok(None) }
}

/// One connection that takes batches.
pub(crate) struct Taker {
    client: Client,
    take: Statement,
}

/// A batch as columns.
pub(crate) struct Rows {
    households: Vec<Uuid>,
    rounds: Vec<i16>,
    communes: Vec<i32>,
    changes: Vec<i64>,
    operations: Vec<Uuid>,
    records: Vec<String>,
}

impl Rows {
    /// Makes the columns; change numbers begin at `change`.
    pub(crate) fn new(batch: &Batch, change: i64) -> anyhow::Result<Self> {
        let operations = &batch.operations;
        let commune = batch.commune.to_string().parse()?;
        let texts: Result<_, _> = operations.iter().map(serde_json::to_string).collect();
        Ok(Rows {
            households: operations.iter().map(|o| o.household.uuid).collect(),
            rounds: operations.iter().map(|o| o.round.year().cast_signed()).collect(),
            communes: vec![commune; operations.len()],
            changes: (change..).take(operations.len()).collect(),
            operations: operations.iter().map(|o| o.id).collect(),
            records: texts?,
        })
    }
}

impl Taker {
    pub(crate) async fn take(&self, rows: &Rows) -> anyhow::Result<()> {
        let Rows { households, rounds, communes, changes, operations, records } = rows;
        let taken = self
            .client
            .execute(&self.take, &[households, rounds, communes, changes, operations, records])
            .await?;
        ensure!(taken == households.len() as u64, "{taken} rows");
        Ok(())
    }
}
