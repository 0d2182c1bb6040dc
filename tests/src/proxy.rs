//! A network line between browser and server as in the field: a slow upload, one request for each connection,
//! and at times something on the way that answers in the server's place.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;

/// Beginning of a request that is a push.
const PUSH: &[u8] = b"POST /api/v1/sync/push ";

/// An answer given in the server's place.
#[derive(Clone, Copy, Debug)]
pub struct Intruder {
    /// Status with its words: `413 Payload Too Large`.
    pub status: &'static str,
    /// Headers, one on each line; at least the media type.
    pub headers: &'static str,
    /// Body of the answer.
    pub page: &'static str,
}

impl Intruder {
    /// Makes the answer an HTML page, as of a proxy or a network's sign-in page.
    #[must_use]
    pub const fn html(status: &'static str) -> Self {
        let page = "<!doctype html><title>nginx</title><h1>Not what you asked for</h1>";
        Intruder { status, headers: "Content-Type: text/html\r\n", page }
    }
}

#[derive(Debug, Default)]
struct State {
    intruder: Option<Intruder>,
    /// Upload speed in bytes a second; 0 for no limit.
    upwards: u64,
    /// Times at which pushes came.
    pushes: Vec<Instant>,
    /// Bytes uploaded.
    sent: u64,
}

/// A proxy in front of one server; gone when dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Starts a proxy in front of the server on this port of this machine. It lets everything through.
    ///
    /// # Errors
    /// When there is no free port.
    pub fn start(port: u16) -> anyhow::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        // What has not been uploaded yet should wait with the sender.
        socket.set_recv_buffer_size(4_096)?;
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let listener = socket.listen(256)?;
        let address = listener.local_addr()?;
        let state = Arc::<Mutex<State>>::default();
        // All connections share one line.
        let line = Arc::<tokio::sync::Mutex<()>>::default();
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (state, line) = (Arc::clone(&shared), Arc::clone(&line));
                // A connection may break, as on a real line.
                tokio::spawn(async move { carry(client, port, &state, &line).await.ok() });
            }
        });
        Ok(Proxy { address, state, task })
    }

    /// Returns an address that goes through the proxy.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Limits the upload to this many bytes a second from now on.
    pub fn slow(&self, upwards: u64) {
        self.state().upwards = upwards;
    }

    /// Answers every push and pull in the server's place from now on; `None` stops that.
    pub fn answer(&self, intruder: Option<Intruder>) {
        self.state().intruder = intruder;
    }

    /// Returns the times at which pushes came.
    #[must_use]
    pub fn pushes(&self) -> Vec<Instant> {
        self.state().pushes.clone()
    }

    /// Returns how many bytes were uploaded.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.state().sent
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Line = tokio::sync::Mutex<()>;

fn with<T>(state: &Mutex<State>, work: impl FnOnce(&mut State) -> T) -> T {
    work(&mut state.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
}

/// Carries one request and its answer.
async fn carry(mut client: TcpStream, port: u16, state: &Mutex<State>, line: &Line) -> anyhow::Result<()> {
    let mut head = Vec::new();
    let end = loop {
        if let Some(at) = head.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 2;
        }
        ensure!(head.len() < 64 << 10, "no end of the head");
        ensure!(client.read_buf(&mut head).await? > 0, "cut off in the head");
    };
    let intruder = with(state, |state| {
        if head.starts_with(PUSH) {
            state.pushes.push(Instant::now());
        }
        state.intruder.filter(|_| find(&head[..end], b" /api/v1/sync/").is_some())
    });
    if let Some(Intruder { status, headers, page }) = intruder {
        let length = page.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{page}"
        );
        client.write_all(answer.as_bytes()).await?;
        client.shutdown().await?;
        // A client that is still sending does not read the answer.
        tokio::io::copy(&mut client, &mut tokio::io::sink()).await?;
        return Ok(());
    }
    let body = head.split_off(end);
    let text = String::from_utf8(head).context("a head that is not UTF-8")?;
    // The server closes the connection after this answer, and so does the proxy.
    let mut head: String =
        text.lines().filter(|line| !is_connection(line)).flat_map(|l| [l, "\r\n"]).collect();
    head.push_str("Connection: close");
    let mut first = head.into_bytes();
    first.extend_from_slice(b"\r\n");
    first.extend_from_slice(&body);

    let server = TcpStream::connect(("127.0.0.1", port)).await?;
    let (mut from_server, mut to_server) = server.into_split();
    let (mut from_client, mut to_client) = client.into_split();
    let up = async {
        squeeze(&mut first.as_slice(), &mut to_server, state, line).await?;
        squeeze(&mut from_client, &mut to_server, state, line).await
    };
    let down = async {
        tokio::io::copy(&mut from_server, &mut to_client).await?;
        to_client.shutdown().await
    };
    // It is over with the answer, whatever is still being uploaded.
    tokio::select! {
        done = down => done?,
        Err(error) = up => return Err(error.into()),
    }
    Ok(())
}

async fn squeeze(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    state: &Mutex<State>,
    line: &Line,
) -> std::io::Result<()> {
    let mut piece = [0; 512];
    loop {
        let length = from.read(&mut piece).await?;
        if length == 0 {
            return Ok(());
        }
        let rate = with(state, |state| state.upwards);
        if rate > 0 {
            let _line = line.lock().await;
            tokio::time::sleep(
                Duration::from_secs(1) * u32::try_from(length).unwrap_or(0)
                    / u32::try_from(rate).unwrap_or(u32::MAX),
            )
            .await;
        }
        to.write_all(&piece[..length]).await?;
        with(state, |state| state.sent += length as u64);
    }
}

fn is_connection(line: &str) -> bool {
    line.get(..11).is_some_and(|name| name.eq_ignore_ascii_case("connection:"))
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|part| part == wanted)
}
