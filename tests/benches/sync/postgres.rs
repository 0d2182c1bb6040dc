//! PostgreSQL 15 taking the same records, on a temporary cluster of its own, with its default durability.
//!
//! A table has one row for each record, as JSONB, and the same indexes as the register: household and round,
//! commune and change number, operation. Nothing is checked, merged, logged, classified or tallied. Each
//! batch is one statement in a transaction of its own.

use anyhow::ensure;
use soho_tests::postgres;
use tokio_postgres::{Client, NoTls, Statement};
use uuid::Uuid;

use super::records::Batch;

const DATABASE: &str = "postgres";
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

/// A running cluster with the table; stopped and removed when dropped.
pub(crate) struct Postgres {
    cluster: postgres::Postgres,
}

impl Postgres {
    pub(crate) fn start() -> anyhow::Result<Self> {
        let cluster = postgres::Postgres::start()?;
        cluster.say(DATABASE, TABLE)?;
        Ok(Postgres { cluster })
    }

    /// Opens a connection that takes batches.
    pub(crate) async fn taker(&self) -> anyhow::Result<Taker> {
        let (client, connection) = tokio_postgres::connect(&self.cluster.address(DATABASE), NoTls).await?;
        tokio::spawn(connection);
        let take = client.prepare(TAKE).await?;
        Ok(Taker { client, take })
    }
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
            households: operations.iter().filter_map(|o| Some(o.subject.household()?.uuid)).collect(),
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
