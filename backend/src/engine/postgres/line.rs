//! The connections to the database, and waiting for what runs on them.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio_postgres::{Client, Config, Error};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::StoreError;
use super::error;

/// Most connections of one engine.
pub(super) const CONNECTIONS: usize = 16;
/// Most of them that write. A commit may wait for a standby that is gone, and reading is to go on meanwhile.
const WRITERS: usize = 10;
/// Time for a cancellation to reach the server.
const CANCEL: Duration = Duration::from_secs(5);

/// Something to ask that changes nothing.
pub(super) trait Question: Sync {
    type Answer;

    fn ask(&self, client: &Client) -> impl Future<Output = Result<Self::Answer, Error>> + Send;
}

/// The connections to the database.
pub(super) struct Line {
    pool: Pool,
    tls: MakeRustlsConnect,
    /// As many permits as may write at once.
    pub(super) writers: Arc<Semaphore>,
    /// Time that a call may take.
    pub(super) limit: Duration,
    pub(super) runtime: Handle,
}

impl Line {
    pub(super) fn new(
        config: Config,
        tls: MakeRustlsConnect,
        limit: Duration,
        runtime: Handle,
    ) -> Result<Self, StoreError> {
        // `Fast` asks the server nothing: a pooler may answer for it, and a connection that is lost is seen in use.
        let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let pool = Pool::builder(Manager::from_config(config, tls.clone(), manager))
            .max_size(CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(limit))
            .create_timeout(Some(limit))
            .build()
            .map_err(|error| StoreError::Io(error.to_string()))?;
        Ok(Line { pool, tls, writers: Arc::new(Semaphore::new(WRITERS)), limit, runtime })
    }

    /// Takes a connection.
    pub(super) async fn take(&self) -> Result<Held, StoreError> {
        let client = self.pool.get().await.map_err(|error| error::of_pool(&error))?;
        Ok(Held { client: Some(client), tls: self.tls.clone() })
    }

    /// Asks something that changes nothing, and asks again over another connection where one is found lost.
    pub(super) async fn ask<Q: Question>(&self, question: &Q) -> Result<Q::Answer, StoreError> {
        let mut lost = 0;
        loop {
            let client = self.take().await?;
            match question.ask(&client).await {
                Ok(answer) => {
                    client.free();
                    return Ok(answer);
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

    /// Runs something that ends within the limit by itself, and waits for it on this thread, which may belong to
    /// any runtime or none.
    pub(super) fn wait<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (tell, told) = sync_channel(1);
        let limit = self.limit;
        self.runtime.spawn(async move {
            let done = tokio::time::timeout(limit, work).await;
            // Nobody waits any more where the runtime was too busy.
            let _ = tell.send(done.unwrap_or_else(|_| Err(error::too_long())));
        });
        // The runtime's own clock is the one that counts.
        match told.recv_timeout(limit.saturating_mul(2)) {
            Ok(done) => done,
            Err(RecvTimeoutError::Timeout) => Err(error::too_long()),
            Err(RecvTimeoutError::Disconnected) => Err(error::closed()),
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.pool.is_closed()
    }

    /// Lets go of the connections; those in use end with what they are used for.
    pub(super) fn close(&self) {
        self.pool.close();
    }
}

/// A connection in use. One that is dropped before it is said to be [free](Held::free) is asked to stop what it does,
/// and is not used again.
pub(super) struct Held {
    client: Option<Object>,
    tls: MakeRustlsConnect,
}

impl Held {
    /// Gives it back for the next use.
    pub(super) fn free(mut self) {
        drop(self.client.take());
    }

    /// Closes it and stops nothing: it has failed, or must go on alone.
    pub(super) fn discard(mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }
}

impl Deref for Held {
    type Target = Client;

    fn deref(&self) -> &Self::Target {
        self.client.as_ref().expect("a connection is held until it is given back")
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(client) = self.client.take() else { return };
        let token = client.cancel_token();
        drop(Object::take(client));
        let tls = self.tls.clone();
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                // What cannot be stopped ends by itself.
                let _ = tokio::time::timeout(CANCEL, token.cancel_query(tls)).await;
            });
        }
    }
}
