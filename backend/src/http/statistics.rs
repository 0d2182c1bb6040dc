//! `GET /api/v1/statistics` and `/statistics/live`: the figures, once or as they change.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use serde::{Deserialize, Serialize};
use soho_shared::area::AreaCode;
use soho_shared::record::Round;
use soho_shared::report::{By, Statistics};
use tokio::sync::watch;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{Caller, Protected};
use super::packed::{self, Packed};
use super::params::Query;
use super::problem::Failure;
use crate::register::StatisticsError;

/// Shortest time between two events: four a second is faster than anyone reads, and slower than a busy day's records
/// arrive.
const PACE: Duration = Duration::from_millis(250);
/// Time after which a quiet stream sends something, so that no proxy takes it for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(super) fn router() -> OpenApiRouter<Protected> {
    OpenApiRouter::new().routes(routes!(once)).routes(routes!(live))
}

/// Query of the figures.
#[derive(Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct StatisticsQuery {
    area: AreaCode,
    round: Round,
    /// The next smaller areas when left out.
    by: Option<By>,
}

impl StatisticsQuery {
    fn by(self, caller: &Caller) -> By {
        self.by.unwrap_or(match self.area {
            AreaCode::Province(_) => By::District,
            AreaCode::District(_) => By::Commune,
            AreaCode::Commune(_) if caller.stops_at_communes() => By::Commune,
            AreaCode::Commune(_) | AreaCode::Hamlet(_) => By::Hamlet,
        })
    }
}

/// The figures as they were last asked for, by area, round and what rows count.
pub(super) type PackedFigures = Packed<(AreaCode, Round, By)>;

/// The figures, and whether they are a demonstration's.
#[derive(Serialize, ToSchema)]
#[schema(as = Figures)]
struct Answer {
    #[serde(flatten)]
    statistics: Statistics,
    /// Whether the households were made by a program.
    synthetic: bool,
}

impl StatisticsQuery {
    /// The figures as JSON, made once for all who ask for the same.
    fn answer(self, caller: &Caller) -> Result<Arc<packed::Answer>, StatisticsError> {
        let (store, by) = (caller.store(), self.by(caller));
        let version = store.figures_version()?;
        caller.figures().answer((self.area, self.round, by), version, || {
            let statistics = store.statistics(self.area, self.round, by)?;
            let answer = Answer { statistics, synthetic: caller.synthetic() };
            Ok(serde_json::to_string(&answer).expect("texts and numbers"))
        })
    }
}

/// The figures of an area in a round.
#[utoipa::path(
    get,
    path = "/statistics",
    params(StatisticsQuery),
    responses((status = 200, body = Answer), (status = 304))
)]
async fn once(
    caller: Caller,
    Query(wanted): Query<StatisticsQuery>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    caller.expect_figures_of(wanted.area, wanted.by(&caller))?;
    Ok(wanted.answer(&caller)?.send(&headers))
}

/// The same as they change, as server-sent events: each holds all figures as JSON. At most four a second.
#[utoipa::path(get, path = "/statistics/live", params(StatisticsQuery), responses(
    (status = 200, description = "Events.", body = String, content_type = "text/event-stream")
))]
async fn live(caller: Caller, Query(wanted): Query<StatisticsQuery>) -> Result<impl IntoResponse, Failure> {
    caller.expect_figures_of(wanted.area, wanted.by(&caller))?;
    // A question that has no answer is refused before the stream begins.
    wanted.answer(&caller)?;
    let stream = Sse::new(figures(caller, wanted)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    // No proxy may hold events back either.
    Ok(([("x-accel-buffering", "no")], stream))
}

/// The figures now and whenever they have changed, until the server stops or the session does.
fn figures(caller: Caller, wanted: StatisticsQuery) -> impl Stream<Item = Result<Event, Infallible>> {
    let version = caller.store().subscribe();
    let listener = Arc::clone(caller.metrics()).listener();
    futures::stream::unfold(
        (caller, listener, version, None::<Arc<packed::Answer>>),
        move |(caller, listener, mut version, last)| async move {
            let mut stopping = caller.stopping();
            loop {
                if last.is_some() && !changed(&mut version, &mut stopping).await {
                    return None;
                }
                if !caller.is_still_in().await {
                    return None;
                }
                version.borrow_and_update();
                let answer = wanted.answer(&caller).ok()?;
                // The change may be in somebody else's area.
                if last.as_ref().is_none_or(|last| last.plain() != answer.plain()) {
                    let event = Event::default().data(str::from_utf8(answer.plain()).ok()?);
                    return Some((Ok(event), (caller, listener, version, Some(answer))));
                }
            }
        },
    )
}

/// Waits for a change, and long enough for events to keep their pace. `false` when the stream is to end.
async fn changed(version: &mut watch::Receiver<u64>, stopping: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        _ = stopping.wait_for(|stopping| *stopping) => false,
        changed = async {
            tokio::time::sleep(PACE).await;
            version.changed().await
        } => changed.is_ok(),
    }
}
