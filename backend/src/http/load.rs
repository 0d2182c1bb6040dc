//! Bounds on what is done and held at the same time, so that no request takes the memory or the time of the others.

use std::time::Duration;

use axum::body::{Body, Bytes};
use futures::StreamExt;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task;
use tokio::time::timeout;

use super::body::{MAX_BODY, broken, is_too_large, too_large};
use super::kinds;
use super::problem::Failure;

/// Largest size of a small push, in bytes: a day's work of a tablet.
const SMALL: usize = 256 << 10;
/// Size in bytes beyond which a push waits for one of the places of large ones, before the rest of it is read.
const LARGE: usize = 1 << 20;
/// Bytes of one piece, by which the part of a body beyond [`SMALL`] and up to [`LARGE`] is counted.
const PIECE: usize = 64 << 10;
/// Time that a push waits for its place before it is told to come again.
const PATIENCE: Duration = Duration::from_secs(20);

/// Permits for pieces that are held: 32 MiB.
static HELD: Semaphore = Semaphore::const_new(512);
/// Permits for bodies larger than [`LARGE`].
static LARGE_ONES: Semaphore = Semaphore::const_new(2);
/// Permits for small pushes that are taken at the same time.
static SMALL_PUSHES: Semaphore = Semaphore::const_new(64);
/// Permits for pushes between the small and the large ones: enough that one is read while another is written.
static MIDDLING_PUSHES: Semaphore = Semaphore::const_new(4);
/// Permits for large pushes.
static LARGE_PUSHES: Semaphore = Semaphore::const_new(1);
/// Permits for answers that are worked out beside the threads that serve.
static ASIDE: Semaphore = Semaphore::const_new(2);

/// Does work beside the threads that serve, a few pieces of work at a time.
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    let _place = ASIDE.acquire().await;
    task::spawn_blocking(work).await.map_err(|_| {
        Failure::new(500, kinds::INTERNAL, "The answer could not be made", "the server's log says more")
    })
}

/// Body of a push, with the places it takes until it is dropped.
pub(super) struct Load {
    pub(super) bytes: Bytes,
    _held: Vec<SemaphorePermit<'static>>,
    _place: SemaphorePermit<'static>,
}

impl Load {
    /// Reads a body within bounds and waits for its turn.
    pub(super) async fn of(body: Body) -> Result<Load, Failure> {
        let mut chunks = body.into_data_stream();
        let (mut bytes, mut held, mut pieces) = (Vec::new(), Vec::new(), SMALL / PIECE);
        let mut is_large = false;
        while let Some(chunk) = chunks.next().await {
            let chunk =
                chunk.map_err(|error| if is_too_large(&error) { too_large(MAX_BODY) } else { broken() })?;
            let size = bytes.len() + chunk.len();
            if size > MAX_BODY {
                return Err(too_large(MAX_BODY));
            }
            if size > LARGE && !is_large {
                is_large = true;
                held.push(place(&LARGE_ONES, 1).await?);
                bytes.reserve_exact(MAX_BODY - bytes.len());
            }
            let more = size.min(LARGE).div_ceil(PIECE).saturating_sub(pieces);
            if more > 0 {
                held.push(place(&HELD, u32::try_from(more).unwrap_or(u32::MAX)).await?);
                pieces += more;
            }
            bytes.extend_from_slice(&chunk);
        }
        let turn = if bytes.len() <= SMALL {
            &SMALL_PUSHES
        } else if bytes.len() <= LARGE {
            &MIDDLING_PUSHES
        } else {
            &LARGE_PUSHES
        };
        let place = place(turn, 1).await?;
        Ok(Load { bytes: bytes.into(), _held: held, _place: place })
    }

    /// Whether it is read so quickly that it need not be done beside the threads that serve.
    pub(super) fn is_small(&self) -> bool {
        self.bytes.len() <= SMALL
    }
}

async fn place(of: &'static Semaphore, count: u32) -> Result<SemaphorePermit<'static>, Failure> {
    match timeout(PATIENCE, of.acquire_many(count)).await {
        Ok(Ok(place)) => Ok(place),
        _ => Err(Failure::busy()),
    }
}
