//! The table: made where there is none, refused where it is something else.

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, SimpleQueryMessage};
use tracing::warn;

use super::StoreError;
use super::error;
use super::line::Line;

/// `place` is a key's first four bytes as a number, `key` the rest of it. The index holds the heads alone.
const TABLE: &str = "create table soho (place int4 not null, key bytea not null, value bytea not null, \
                         primary key (place, key));
                     create index soho_head on soho (place) where key = '';";

/// Spreads the table over the machines of a Citus cluster, each place whole on one of them. Not tried.
const DISTRIBUTE: &str = "select create_distributed_table('soho', 'place');";

/// What the table looks like; no row where there is none.
const SHAPE: &str = "select c.relkind::text, c.relpersistence::text,
        (select string_agg(format('%s %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' order by a.attnum)
            from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
        (select string_agg(a.attname::text, ', ' order by k.at)
            from pg_index i, unnest(i.indkey::int2[]) with ordinality k (attnum, at), pg_attribute a
            where i.indrelid = c.oid and i.indisprimary and a.attrelid = c.oid and a.attnum = k.attnum)
        from pg_class c where c.oid = to_regclass('soho')";

const COLUMNS: &str = "place integer, key bytea, value bytea";
const KEY: &str = "place, key";

/// Times that making the table is tried: another process may make it in the same moment.
const TRIES: usize = 5;

/// Makes sure of the table.
///
/// # Errors
/// When it is another one, and when the database fails.
pub(super) async fn prepare(line: &Line) -> Result<(), StoreError> {
    let client = line.take().await?;
    for _ in 0..TRIES {
        if is_there(&client).await? {
            if setting(&client, "fsync").await? == "off" {
                warn!("the database runs with fsync off: a crash of its machine loses what was acknowledged");
            }
            client.free();
            return Ok(());
        }
        make(&client).await?;
    }
    client.discard();
    Err(StoreError::Io("the database's table soho cannot be made: others make and remove it".to_owned()))
}

/// Returns whether the table is there.
async fn is_there(client: &Client) -> Result<bool, StoreError> {
    let Some(row) = row(client, SHAPE).await? else { return Ok(false) };
    let column = |at| row.get(at).cloned().flatten().unwrap_or_default();
    let (kind, persistence, columns, key) = (column(0), column(1), column(2), column(3));
    if persistence == "u" {
        return Err(StoreError::Io(
            "the database's table soho is unlogged, and empty after a crash: alter table soho set logged"
                .to_owned(),
        ));
    }
    if (kind == "r" || kind == "p") && persistence == "p" && columns == COLUMNS && key == KEY {
        return Ok(true);
    }
    Err(StoreError::Io(format!(
        "the database has a table soho that is no register's: its columns are ({columns}) with the key ({key}), not \
         ({COLUMNS}) with the key ({KEY}); use another database or schema"
    )))
}

async fn make(client: &Client) -> Result<(), StoreError> {
    let citus = row(client, "select 1 from pg_extension where extname = 'citus'").await?.is_some();
    let table = if citus { [TABLE, DISTRIBUTE].concat() } else { TABLE.to_owned() };
    match client.batch_execute(&table).await {
        Ok(()) => Ok(()),
        // Another process was quicker.
        Err(error)
            if [SqlState::DUPLICATE_TABLE, SqlState::UNIQUE_VIOLATION, SqlState::DUPLICATE_OBJECT]
                .iter()
                .any(|code| error.code() == Some(code)) =>
        {
            Ok(())
        }
        Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            Err(StoreError::Io(format!(
                "the database has no table soho, and its user may not make one: grant create on schema public, or let its \
             owner run: {TABLE}"
            )))
        }
        Err(error) => Err(error::of(&error)),
    }
}

async fn setting(client: &Client, name: &str) -> Result<String, StoreError> {
    let row = row(client, &format!("select current_setting('{name}')")).await?;
    Ok(row.into_iter().flatten().flatten().next().unwrap_or_default())
}

/// The first row of an answer, as texts.
async fn row(client: &Client, statement: &str) -> Result<Option<Vec<Option<String>>>, StoreError> {
    let answer = client.simple_query(statement).await.map_err(|error| error::of(&error))?;
    Ok(answer.into_iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => {
            Some((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect())
        }
        _ => None,
    }))
}
