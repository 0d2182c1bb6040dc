//! The connections of a running server: how many there may be, how long a header may take, and which one makes room.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{ConnectInfo, Request};
use axum::http::{Response, StatusCode, header};
use axum::response::IntoResponse;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::accounts::network;

/// Most connections, when nothing else is said.
pub const MOST: usize = 4_096;
/// Most connections of one address.
const MOST_OF_ONE: usize = 256;
/// Connections beyond that while all others are busy; of these only `/healthz` is answered.
const ROOM: usize = 16;
/// File descriptors that are kept for the register's files.
const FILES: u64 = 160;
/// Longest time for a request's header, from the connection's beginning or the last answer on.
const HEADER: Duration = Duration::from_secs(30);
/// Wait until others have closed something, where the system has no file descriptor left.
const FULL: Duration = Duration::from_millis(50);

/// Number of connections there may be, of those asked for: as far as the system gives this process file descriptors.
#[must_use]
pub fn bounded(most: usize) -> usize {
    let most = most.max(1);
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        // The limit is raised as far as that needs nobody's permission.
        limit.current = limit.maximum;
        let _ = setrlimit(Resource::Nofile, limit);
        if let Some(current) = getrlimit(Resource::Nofile).current {
            let left = current.saturating_sub(FILES + ROOM as u64).max(8);
            return most.min(usize::try_from(left).unwrap_or(most));
        }
    }
    most
}

/// An open connection.
#[derive(Debug)]
struct Open {
    address: IpAddr,
    /// Since when nothing has been asked on it; `None` while something is being answered.
    idle: Option<Instant>,
    close: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Table {
    next: u64,
    open: HashMap<u64, Open>,
}

impl Table {
    /// Of the connections that `of` selects, asks the one that has been idle for longest to close; `false` when none
    /// is idle.
    fn make_room(&mut self, of: impl Fn(&Open) -> bool) -> bool {
        let idle = self.open.iter().filter(|(_, open)| of(open));
        let idle = idle.filter_map(|(id, open)| Some((open.idle?, *id)));
        let Some((_, id)) = idle.min() else { return false };
        if let Some(open) = self.open.remove(&id) {
            open.close.notify_one();
        }
        true
    }
}

/// All connections of a server.
#[derive(Clone, Debug)]
struct Connections {
    table: Arc<Mutex<Table>>,
    most: usize,
}

/// A connection's place among the others, which it leaves when this is dropped.
#[derive(Debug)]
struct Place {
    connections: Connections,
    id: u64,
    close: Arc<Notify>,
    /// Whether all others are busy, so that only `/healthz` is answered on this one.
    beyond: bool,
}

impl Connections {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a new connection; `None` when there is none. Connections of this machine itself, and so of a proxy
    /// on it, are not counted by their address.
    fn place(&self, peer: IpAddr) -> Option<Place> {
        let address = network(peer);
        let mut table = self.table();
        let is_of = |open: &Open| open.address == address;
        let of_one = table.open.values().filter(|open| is_of(open)).count();
        if !peer.to_canonical().is_loopback() && of_one >= MOST_OF_ONE && !table.make_room(is_of) {
            return None;
        }
        let mut beyond = false;
        if table.open.len() >= self.most && !table.make_room(|_| true) {
            beyond = true;
            if table.open.len() >= self.most + ROOM {
                return None;
            }
        }
        let (id, close) = (table.next, Arc::new(Notify::new()));
        table.next += 1;
        table.open.insert(id, Open { address, idle: Some(Instant::now()), close: Arc::clone(&close) });
        Some(Place { connections: self.clone(), id, close, beyond })
    }

    fn idle(&self, id: u64, since: Option<Instant>) {
        if let Some(open) = self.table().open.get_mut(&id) {
            open.idle = since;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.table().open.remove(&self.id);
    }
}

/// A request being answered; while it exists, its connection is not idle.
struct Busy {
    connections: Connections,
    id: u64,
}

impl Busy {
    fn new(place: &Place) -> Self {
        place.connections.idle(place.id, None);
        Busy { connections: place.connections.clone(), id: place.id }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.connections.idle(self.id, Some(Instant::now()));
    }
}

/// Answers what comes to a listener until `stopped` is true, then finishes the requests under way.
///
/// # Errors
/// None at present: where a connection cannot be accepted, this is logged and tried again.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    most: usize,
    mut stopped: watch::Receiver<bool>,
) -> io::Result<()> {
    let connections = Connections { table: Arc::default(), most };
    // They are dropped with this future, and end with it.
    let mut tasks = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => break,
            _ = tasks.join_next(), if !tasks.is_empty() => continue,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            // The client has gone already.
            Err(error) if is_of_the_connection(&error) => continue,
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be taken");
                connections.table().make_room(|_| true);
                tokio::time::sleep(FULL).await;
                continue;
            }
        };
        if let Some(place) = connections.place(peer.ip()) {
            tasks.spawn(answer(stream, peer, app.clone(), place, stopped.clone()));
        }
    }
    drop(listener);
    while tasks.join_next().await.is_some() {}
    Ok(())
}

fn is_of_the_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn answer(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    place: Place,
    mut stopped: watch::Receiver<bool>,
) {
    // Answers are written whole; waiting for more would only be slower.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let busy = Busy::new(&place);
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let answered = !place.beyond || request.uri().path() == "/healthz";
        let answering = answered.then(|| app.clone().oneshot(request));
        async move {
            let response = match answering {
                Some(answering) => answering.await?,
                None => no_room(),
            };
            // The connection is busy until the last of the answer is sent.
            Ok::<_, Infallible>(response.map(|body| hold(body, busy)))
        }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADER);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // What goes wrong with a connection concerns its client alone.
        _ = connection.as_mut() => return,
        () = place.close.notified() => return,
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

/// A body together with a value that is dropped when the last of the body is sent, or the client has gone.
pub(crate) fn hold<T: Send + Unpin + 'static>(body: Body, with: T) -> Body {
    Body::new(Held { body, _with: with })
}

struct Held<T> {
    body: Body,
    _with: T,
}

impl<T: Unpin> HttpBody for Held<T> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn no_room() -> Response<Body> {
    let words =
        "máy chủ đang quá đông: hãy thử lại sau một phút\nthe server is too busy: try again in a minute\n";
    (StatusCode::SERVICE_UNAVAILABLE, [(header::CONNECTION, "close"), (header::RETRY_AFTER, "60")], words)
        .into_response()
}
