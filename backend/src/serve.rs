//! Running the server: binding, serving, and stopping without losing anything.

use std::future::Future;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::accounts::{self, AccountError};
use crate::connections;
use crate::demo;
use crate::engine::StoreError;
use crate::http::{self, Settings};
use crate::people::Token;
use crate::register::Register;

/// Time for requests to finish once the server is told to stop.
const GRACE: Duration = Duration::from_secs(5);
/// Longest time until the process ends once it is told to stop.
const END: Duration = Duration::from_secs(9);

/// Time between two looks whether the store still answers.
const LOOK: Duration = Duration::from_secs(2);
/// Time after which a store that does not answer is taken for lost: longer than any disk or database takes for one
/// transaction.
const PATIENCE: Duration = Duration::from_secs(90);

/// Environment variable in which a program that starts the server gives it the key that opens it.
const KEY: &str = "SOHO_KEY";

/// Why the server did not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Other machines could reach a register without accounts.
    #[error(
        "{0} can be reached from other machines, and this register has no accounts: anyone could read and \
         change it; make an administrator first with `soho user add-admin`, or give --listen a loopback \
         address such as 127.0.0.1:8080"
    )]
    NotLoopback(SocketAddr),
    /// Another program listens there.
    #[error("{0} is in use by another program: stop that one, or give --listen another port")]
    InUse(SocketAddr),
    /// The address cannot be bound.
    #[error("cannot listen on {0}: {1}")]
    Bind(SocketAddr, io::Error),
    /// The key that was given is not one.
    #[error("SOHO_KEY is not a key: give 64 hexadecimal digits of 32 random bytes, or leave it out")]
    Key,
    /// No key could be drawn.
    #[error(transparent)]
    Random(#[from] AccountError),
    /// The network failed.
    #[error("the server stopped: {0}")]
    Network(#[from] io::Error),
    /// The store could not be closed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store will not answer again in this process.
    #[error("{0}: everything acknowledged is stored; start soho again")]
    Lost(String),
}

/// The key of this run: drawn, or given by the program that starts the server.
fn key() -> Result<Token, ServeError> {
    match std::env::var(KEY) {
        Ok(text) => Token::from_text(&text).ok_or(ServeError::Key),
        Err(_) => Ok(Token::draw().map_err(AccountError::from)?),
    }
}

/// Binds an address.
///
/// # Errors
/// When it is in use or cannot be bound.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => ServeError::InUse(address),
        _ => ServeError::Bind(address, error),
    })
}

/// Serves until `stop` completes, then finishes the requests under way, ends the live streams, and
/// closes the store.
///
/// # Errors
/// When other machines could reach a register without accounts, or the network or the store fails; also when the
/// store has stopped for good, as on a disk that filled up within a large page: a service manager then starts the server
/// anew.
pub async fn serve(
    listener: TcpListener,
    store: Arc<Register>,
    web: Option<PathBuf>,
    mut settings: Settings,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let address = listener.local_addr()?;
    let (stopping, stopped) = watch::channel(false);
    let synthetic = demo::is_synthetic(&store).await?;
    let open = accounts::is_open(&store).await?;
    if open && !address.ip().is_loopback() {
        store.close().await?;
        return Err(ServeError::NotLoopback(address));
    }
    // A demonstration is entered with a tap on its own machine only.
    let tap = synthetic && address.ip().is_loopback() && settings.public.is_none();
    let key = if open || tap { Some(key()?) } else { None };
    settings.key = key.as_ref().map(Token::digest);
    let most = connections::bounded(settings.connections.unwrap_or(connections::MOST));
    let app = http::App::new(Arc::clone(&store), stopped.clone(), synthetic);
    let app = http::app(if open { app.with_key(settings) } else { app.with_accounts(settings) }, web);
    // Tests and other programs wait for this line.
    let mut out = io::stdout().lock();
    let key = key.map_or_else(String::new, |key| format!("/#key={}", key.to_text()));
    writeln!(out, "soho: listening on http://{address}{key}")?;
    out.flush()?;
    drop(out);
    if open {
        tracing::info!(%address, "listening on this machine only: there are no accounts");
    } else {
        tracing::info!(%address, "listening; everybody has to sign in");
    }
    let mut serving = tokio::spawn(connections::serve(listener, app, most, stopped));
    tokio::select! {
        why = lost(&store) => {
            // Closing it might wait for ever.
            end_soon(1);
            return Err(ServeError::Lost(why));
        }
        ended = &mut serving => ended.map_err(io::Error::other)??,
        () = stop => {
            tracing::info!("stopping");
            stopping.send_replace(true);
            match tokio::time::timeout(GRACE, &mut serving).await {
                Ok(ended) => ended.map_err(io::Error::other)??,
                Err(_) => {
                    tracing::warn!("some requests did not finish in time");
                    serving.abort();
                }
            }
        }
    }
    store.close().await?;
    tracing::info!("stopped");
    Ok(())
}

/// Completes when the store has stopped for good, and says why.
async fn lost(store: &Register) -> String {
    loop {
        tokio::time::sleep(LOOK).await;
        match tokio::time::timeout(PATIENCE, store.ready()).await {
            Ok(Err(error @ StoreError::Stopped(_))) => return error.to_string(),
            Ok(_) => {}
            Err(_) => return format!("the store has not answered for {} seconds", PATIENCE.as_secs()),
        }
    }
}

/// Ends the process some seconds from now, whatever still holds it: a client that takes no answer, a slow disk.
/// Everything acknowledged is on disk by then, and what is half-way is cut off at the next opening.
pub fn end_soon(code: i32) {
    std::thread::spawn(move || {
        std::thread::sleep(END);
        tracing::warn!("something still held the server; it ends all the same");
        std::process::exit(code);
    });
}

/// Completes when the process is asked to stop: Ctrl-C, or SIGTERM.
pub async fn signalled() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}
