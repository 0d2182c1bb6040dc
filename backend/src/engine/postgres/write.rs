//! Writing: each batch is one transaction, and begins with the row of its place's head.
//!
//! Two round trips: the head, then the pairs together with the commit. In between the row is locked, so that nobody
//! else writes in this place.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::task::Poll;
use std::time::Instant;

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, SimpleQueryMessage};

use super::error;
use super::line::{CONNECTIONS, Held, Line};
use super::read::number;
use super::{Batch, StoreError};

/// Bytes of keys and values in one statement, about.
const AT_ONCE: usize = 8 << 20;
/// Longest value; a message of PostgreSQL's holds no more than a gigabyte.
const LARGEST: usize = 512 << 20;

const INSERT: &str = "insert into soho (place, key, value)
    select $1, pair.key, pair.value from unnest($2::bytea[], $3::bytea[]) pair (key, value)
    on conflict (place, key) do update set value = excluded.value";
const DELETE: &str = "delete from soho where place = $1 and key = any($2::bytea[])";

/// Writes batches, each in a transaction of its own and several at once.
///
/// # Errors
/// When the database fails, and when it does not confirm in time. What was sent is then not taken back: a commit that
/// waits for a standby holds its connection until that is back.
pub(super) fn commit(line: &Arc<Line>, batches: Vec<Batch>) -> Result<Vec<bool>, StoreError> {
    if line.is_closed() {
        return Err(error::closed());
    }
    for batch in &batches {
        check(batch)?;
    }
    let until = Instant::now() + line.limit;
    let mut written = vec![None; batches.len()];
    let (tell, told) = channel();
    for (at, batch) in batches.into_iter().enumerate() {
        let (line, tell) = (Arc::clone(line), tell.clone());
        line.runtime.clone().spawn(async move {
            let done = write(&line, batch, until).await;
            // Nobody waits any more where it took too long.
            let _ = tell.send((at, done));
        });
    }
    drop(tell);
    let mut failed = None;
    while written.iter().any(Option::is_none) {
        match told.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok((at, Ok(done))) => written[at] = Some(done),
            Ok((at, Err(error))) => {
                written[at] = Some(false);
                failed.get_or_insert(error);
            }
            Err(RecvTimeoutError::Timeout) => return Err(error::unconfirmed()),
            Err(RecvTimeoutError::Disconnected) => return Err(error::closed()),
        }
    }
    match failed {
        Some(error) => Err(error),
        None => Ok(written.into_iter().flatten().collect()),
    }
}

/// Refuses what the trait forbids, before anything of it is sent.
fn check(batch: &Batch) -> Result<(), StoreError> {
    let mut keys = HashSet::with_capacity(if cfg!(debug_assertions) { batch.writes.len() } else { 0 });
    for (key, value) in &batch.writes {
        let misplaced = key.len() <= batch.place.len() || !key.starts_with(&batch.place);
        debug_assert!(!misplaced, "a key outside of its batch's place");
        debug_assert!(keys.insert(key), "a key stands twice in a batch");
        let length = value.as_ref().map_or(0, Vec::len);
        if misplaced || length > LARGEST {
            return Err(StoreError::Io(format!(
                "a batch holds what cannot be stored: a value of {length} bytes"
            )));
        }
    }
    Ok(())
}

/// Writes one batch; returns whether the head under which it was made still stood.
async fn write(line: &Line, batch: Batch, until: Instant) -> Result<bool, StoreError> {
    let free = tokio::time::timeout_at(until.into(), Arc::clone(&line.writers).acquire_owned());
    let _permit = free.await.map_err(|_| error::too_long())?.map_err(|_| error::closed())?;
    let Some((client, stands)) = begin(line, &batch, until).await? else { return Err(error::too_long()) };
    if !stands {
        return match client.batch_execute("rollback").await {
            Ok(()) => {
                client.free();
                Ok(false)
            }
            // Nothing was written, whether it heard or not.
            Err(_) => {
                client.discard();
                Ok(false)
            }
        };
    }
    match finish(&client, batch).await {
        Ok(()) => {
            client.free();
            Ok(true)
        }
        Err(error) => {
            client.discard();
            Err(if error::is_loss(&error) || error.code().is_none() {
                error::unconfirmed()
            } else {
                error::of(&error)
            })
        }
    }
}

/// Begins a transaction with the head; tries another connection where one is found lost. `None` once time is up.
async fn begin(line: &Line, batch: &Batch, until: Instant) -> Result<Option<(Held, bool)>, StoreError> {
    let mut lost = 0;
    loop {
        let client = tokio::time::timeout_at(until.into(), line.take()).await;
        let client = client.map_err(|_| error::too_long())??;
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            client.free();
            return Ok(None);
        }
        // The server gives up before we do, and can say so.
        let answer = client.simple_query(&opening(batch, (left.as_millis() * 4 / 5).max(1))).await;
        match answer {
            Ok(answer) => {
                let stands = matches!(answer.last(), Some(SimpleQueryMessage::CommandComplete(1)));
                return Ok(Some((client, stands)));
            }
            Err(error) => {
                client.discard();
                lost += 1;
                if !error::is_loss(&error) || lost > CONNECTIONS {
                    return Err(error::of(&error));
                }
            }
        }
    }
}

/// The transaction up to its head's row, in one message: were `begin` refused, nothing after it would run. All of it
/// is numbers.
fn opening(batch: &Batch, left: u128) -> String {
    let place = number(batch.place);
    let [head, next] = [batch.head, batch.next].map(|head| format!("decode('{head:016x}', 'hex')"));
    let row = format!("where place = {place} and key = '' and value = {head}");
    let take = match (batch.head, batch.next) {
        // No row is a head of 0. The row holds off others that begin here, and goes again if the head stays.
        (0, _) => format!(
            "insert into soho values ({place}, '', {next}) \
             on conflict (place, key) do update set value = excluded.value where soho.value = {head}"
        ),
        (head, next) if head == next => format!("select from soho {row} for update"),
        _ => format!("update soho set value = {next} {row}"),
    };
    // What a database may have as its own defaults is set for this transaction: it sees what was committed while it
    // waited for the row, it is on disk when it is answered, and a server whose client is gone lets go of the row. No
    // time limit ends a commit itself.
    format!(
        "begin isolation level read committed; set local statement_timeout = {left}; \
         set local idle_in_transaction_session_timeout = {left}; \
         select set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off'; \
         {take}"
    )
}

/// Writes the pairs and commits.
async fn finish(client: &Client, batch: Batch) -> Result<(), Error> {
    let place = number(batch.place);
    let end = match (batch.head, batch.next) {
        (0, 0) => format!("delete from soho where place = {place} and key = ''; commit"),
        _ => "commit".to_owned(),
    };
    let mut keys: Vec<Vec<u8>> = Vec::new();
    let mut values: Vec<Vec<u8>> = Vec::new();
    let mut removed: Vec<Vec<u8>> = Vec::new();
    let mut bytes = 0;
    for (mut key, value) in batch.writes {
        key.drain(..batch.place.len());
        let Some(value) = value else {
            removed.push(key);
            continue;
        };
        bytes += key.len() + value.len();
        keys.push(key);
        values.push(value);
        if bytes >= AT_ONCE {
            client.execute_typed(INSERT, &inserted(&place, &keys, &values)).await?;
            keys.clear();
            values.clear();
            bytes = 0;
        }
    }
    let insert = inserted(&place, &keys, &values);
    let delete: [(&(dyn ToSql + Sync), Type); 2] = [(&place, Type::INT4), (&removed, Type::BYTEA_ARRAY)];

    // Sent one after the other without waiting, `commit` only when what it commits is on its way. Where the server
    // refuses one of them, it answers the commit by a rollback.
    let mut inserting =
        pin!(async { if keys.is_empty() { Ok(0) } else { client.execute_typed(INSERT, &insert).await } });
    let inserted = sent(futures::poll!(&mut inserting))?;
    let mut deleting =
        pin!(async { if removed.is_empty() { Ok(0) } else { client.execute_typed(DELETE, &delete).await } });
    let deleted = sent(futures::poll!(&mut deleting))?;
    let mut ending = pin!(client.batch_execute(&end));
    let ended = sent(futures::poll!(&mut ending))?;
    if inserted.is_none() {
        inserting.await?;
    }
    if deleted.is_none() {
        deleting.await?;
    }
    if ended.is_none() {
        ending.await?;
    }
    Ok(())
}

type Column<'a> = (&'a (dyn ToSql + Sync), Type);

fn inserted<'a>(place: &'a i32, keys: &'a Vec<Vec<u8>>, values: &'a Vec<Vec<u8>>) -> [Column<'a>; 3] {
    [(place, Type::INT4), (keys, Type::BYTEA_ARRAY), (values, Type::BYTEA_ARRAY)]
}

/// What is known after something was sent: its answer, if it has one already.
fn sent<T>(poll: Poll<Result<T, Error>>) -> Result<Option<T>, Error> {
    match poll {
        Poll::Ready(answer) => answer.map(Some),
        Poll::Pending => Ok(None),
    }
}
