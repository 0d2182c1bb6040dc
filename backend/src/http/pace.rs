//! Time that a request may take: as long as its body moves, and then the time of an answer.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

/// Longest time in which nothing comes, and in which an answer must begin once everything has come. Live streams
/// begin at once.
pub(super) const STILL: Duration = Duration::from_secs(30);
/// Slowest movement that counts, in bytes a second over the whole time: a third of the slowest line that is worth
/// anything.
const SLOWEST: u64 = 1_024;
/// Longest upload, however it moves.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// Progress of a body.
#[derive(Debug)]
struct Progress {
    begun: Instant,
    bytes: u64,
    /// When it last moved.
    moved: Instant,
}

impl Progress {
    /// Notes bytes that came. What comes too slowly does not count as movement.
    fn came(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        let now = Instant::now();
        let due = STILL + Duration::from_secs(self.bytes / SLOWEST);
        if now.duration_since(self.begun) <= due.min(LONGEST) {
            self.moved = now;
        }
    }
}

/// Movement of one request's body.
#[derive(Clone, Debug)]
pub(super) struct Pace(Arc<Mutex<Progress>>);

impl Pace {
    /// Watches a body, which is to be read in place of the one given.
    pub(super) fn of(body: Body) -> (Self, Body) {
        let now = Instant::now();
        let pace = Pace(Arc::new(Mutex::new(Progress { begun: now, bytes: 0, moved: now })));
        let watching = pace.clone();
        let watched = body.map_frame(move |frame| {
            watching.progress().came(frame.data_ref().map_or(0, Bytes::len));
            frame
        });
        (pace, Body::new(watched))
    }

    /// Result of the work; `None` when it is not done and the body has not moved for [`STILL`].
    pub(super) async fn bound<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = std::pin::pin!(work);
        loop {
            let until = self.moved() + STILL;
            if let Ok(done) = timeout_at(until, work.as_mut()).await {
                return Some(done);
            }
            if self.moved() + STILL <= until {
                return None;
            }
        }
    }

    fn moved(&self) -> Instant {
        self.progress().moved
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// Uploads so many pieces of so many bytes, one every `each` milliseconds, before an answer that takes `answer`
    /// seconds. Returns whether it was done, and after how many seconds.
    async fn upload(pieces: u32, bytes: usize, each: u64, answer: u64) -> (bool, u64) {
        let begun = Instant::now();
        let body = futures::stream::unfold(0, move |sent| async move {
            if sent == pieces {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(each)).await;
            Some((Ok::<_, Infallible>(vec![b' '; bytes]), sent + 1))
        });
        let (pace, body) = Pace::of(Body::from_stream(body));
        let work = async {
            let all = body.collect().await.unwrap().to_bytes().len();
            tokio::time::sleep(Duration::from_secs(answer)).await;
            assert_eq!(all, bytes * pieces as usize);
        };
        (pace.bound(work).await.is_some(), begun.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn an_upload_may_take_long_as_long_as_it_moves() {
        let table = [
            ("3 KB a second for six minutes", upload(2_160, 512, 166, 0).await, (true, 358)),
            (
                "a line that stands still for 25 s again and again",
                upload(20, 60_000, 25_000, 0).await,
                (true, 500),
            ),
            ("an answer that takes its own time", upload(400, 1_024, 100, 25).await, (true, 65)),
            ("an answer that takes too long", upload(400, 1_024, 100, 35).await, (false, 70)),
            ("nothing comes", upload(1, 1, 40_000, 0).await, (false, 30)),
            ("a byte a second", upload(1_000, 1, 1_000, 0).await, (false, 60)),
            ("more than an hour", upload(5_000, 4_096, 1_000, 0).await, (false, 3_630)),
        ];
        for (what, became, expected) in table {
            assert_eq!(became, expected, "{what}");
        }
    }
}
