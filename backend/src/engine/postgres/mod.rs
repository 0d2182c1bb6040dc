//! An engine on PostgreSQL's wire: PostgreSQL itself, or what speaks like it.
//!
//! One table of bytes, keyed by place and the rest of a key; the row with the empty rest is the place's head. What a
//! transaction writes begins with that row, which also makes the writers of one place follow one another. Nothing is
//! kept in a session, so that a pooler may hand each transaction another connection.

mod address;
mod error;
mod line;
mod read;
mod table;
mod watch;
mod write;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::{Batch, Engine, Pair, Query, StoreError, Watcher};
use line::Line;

/// Time that a call may take before it is given up.
const LIMIT: Duration = Duration::from_secs(30);

/// An [`Engine`] on PostgreSQL's wire.
pub struct PostgresEngine {
    line: Arc<Line>,
    watch: Mutex<Option<watch::Watch>>,
    /// What the connections run on. `None` only while it is dropped.
    runtime: Option<Runtime>,
}

impl PostgresEngine {
    /// Opens the database at an address, such as `postgres://soho:password@host/soho?sslmode=require`; makes the
    /// table where there is none.
    ///
    /// `sslmode=require` demands TLS with a certificate that the machine trusts and that names the host. `prefer`,
    /// which is the default, encrypts where the server can, to whoever answers. A file of roots of one's own is
    /// named by the environment's `SSL_CERT_FILE`.
    ///
    /// # Errors
    /// When the address cannot be read, the database does not answer, or its table `soho` is something else.
    pub fn open(address: &str) -> Result<Self, StoreError> {
        PostgresEngine::open_within(address, LIMIT)
    }

    /// The same, with another limit to the time that a call may take.
    ///
    /// # Errors
    /// Those of [`PostgresEngine::open`].
    pub fn open_within(address: &str, limit: Duration) -> Result<Self, StoreError> {
        let (config, tls) = address::read(address)?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("soho-postgres")
            .enable_all()
            .build()?;
        let line = Arc::new(Line::new(config, tls, limit, runtime.handle().clone())?);
        let engine = PostgresEngine { line, watch: Mutex::default(), runtime: Some(runtime) };

        let line = Arc::clone(&engine.line);
        engine.line.wait(async move { table::prepare(&line).await })?;
        Ok(engine)
    }
}

impl Engine for PostgresEngine {
    fn read(&self, queries: &[Query]) -> Result<Vec<Vec<Pair>>, StoreError> {
        read::read(&self.line, queries)
    }

    fn commit(&self, batches: Vec<Batch>) -> Result<Vec<bool>, StoreError> {
        write::commit(&self.line, batches)
    }

    fn watch(&self, moved: Watcher) {
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        watch.get_or_insert_with(|| watch::Watch::start(&self.line)).add(moved);
    }

    /// Not known: the disk is another machine's.
    fn room(&self) -> Option<u64> {
        None
    }

    fn close(&self) -> Result<(), StoreError> {
        self.line.close();
        Ok(())
    }
}

impl Drop for PostgresEngine {
    fn drop(&mut self) {
        self.line.close();
        // Waiting for the runtime's threads would panic where this is dropped inside another runtime.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
