//! `GET /metrics`: what the server does, in numbers, as Prometheus reads them.
//!
//! They name no person, household or area: the labels are routes, methods, statuses and outcomes, each with few values.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::extract::{MatchedPath, State};
use axum::http::{Method, StatusCode, header};
use axum::response::IntoResponse;
use prometheus_client::encoding::{EncodeLabelSet, prometheus_text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use soho_shared::wire::{OperationResult, Status};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::kinds;
use super::problem::Failure;
use crate::register::{Activity, Register};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
    method: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: String,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// Counters, since the server was started.
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    durations: Family<Route, Histogram, fn() -> Histogram>,
    operations: Family<Outcome, Counter>,
    pub(super) pulled: Counter,
    pub(super) failed_sign_ins: Counter,
    listeners: Gauge,
    waiting: Gauge,
    free: Gauge,
    memory: Gauge,
}

impl Metrics {
    pub(super) fn new(store: &Register) -> Self {
        let durations: fn() -> Histogram = || Histogram::new(exponential_buckets(0.001, 3.0, 10));
        let mut metrics = Metrics {
            registry: Registry::default(),
            requests: Family::default(),
            durations: Family::new_with_constructor(durations),
            operations: Family::default(),
            pulled: Counter::default(),
            failed_sign_ins: Counter::default(),
            listeners: Gauge::default(),
            waiting: Gauge::default(),
            free: Gauge::default(),
            memory: Gauge::default(),
        };
        let all = &mut metrics.registry;
        let started: Gauge = Gauge::default();
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        started.set(since.as_secs().cast_signed());
        // With the names that all programs use.
        let start = "When the server was started, since 1970";
        all.register_with_unit("process_start_time", start, Unit::Seconds, started);
        all.register_with_unit("process_resident_memory", "Memory held", Unit::Bytes, metrics.memory.clone());
        let own = all.sub_registry_with_prefix("soho");
        own.register("build", "The server's version", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        own.register("requests", "Requests answered", metrics.requests.clone());
        let help = "How long answers took to begin";
        own.register_with_unit("request_duration", help, Unit::Seconds, metrics.durations.clone());
        own.register("operations", "Operations that devices sent", metrics.operations.clone());
        own.register("pulled_records", "Records given to devices", metrics.pulled.clone());
        own.register("failed_sign_ins", "Wrong passwords and codes", metrics.failed_sign_ins.clone());
        own.register("live_listeners", "Pages with live figures", metrics.listeners.clone());
        let help = "How long transactions that store operations took to get to disk";
        let transactions = store.activity().transactions;
        own.register_with_unit("store_transaction", help, Unit::Seconds, transactions);
        own.register(
            "store_waiting",
            "Pushes and amendments that wait to be taken up",
            metrics.waiting.clone(),
        );
        let help = "Room left on the disk of the data directory";
        own.register_with_unit("store_free", help, Unit::Bytes, metrics.free.clone());
        metrics
    }

    /// Counts an answer. All addresses without a route count as one.
    pub(super) fn answered(
        &self,
        route: Option<&MatchedPath>,
        method: &Method,
        status: StatusCode,
        took: Duration,
    ) {
        let route = route.map_or("files", MatchedPath::as_str).to_owned();
        // A client may send any word as its method.
        let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
        let method = known.into_iter().find(|known| method == *known).unwrap_or("other");
        let of = Route { route: route.clone(), method };
        self.durations.get_or_create(&of).observe(took.as_secs_f64());
        self.requests.get_or_create(&Answered { route, method, status: status.as_u16() }).inc();
    }

    /// Counts the outcomes of operations.
    pub(super) fn pushed(&self, results: &[OperationResult]) {
        for result in results {
            let outcome = match result.status {
                Status::Accepted => "accepted",
                Status::Duplicate => "duplicate",
                Status::Conflict => "conflict",
                Status::Rejected => "rejected",
            };
            self.operations.get_or_create(&Outcome { outcome }).inc();
        }
    }

    /// Counts a listener to live figures, until what is returned is dropped.
    pub(super) fn listener(self: Arc<Self>) -> Listener {
        self.listeners.inc();
        Listener(self)
    }

    /// The metrics as Prometheus reads them.
    fn text(&self, Activity { waiting, free, .. }: Activity) -> Result<String, std::fmt::Error> {
        self.waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
        self.free.set(free.map_or(-1, |free| i64::try_from(free).unwrap_or(i64::MAX)));
        self.memory.set(resident().unwrap_or(-1));
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// A listener to live figures, which is counted until this is dropped.
pub(super) struct Listener(Arc<Metrics>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.listeners.dec();
    }
}

/// Memory that the process holds, in bytes, where the system tells.
fn resident() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<i64>().ok()?.checked_mul(1_024)
}

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(metrics))
}

/// What the server does, in numbers, as Prometheus reads them (text format 0.0.4).
///
/// Nothing about persons, households or areas. -1 is what the system does not tell.
#[utoipa::path(get, path = "/metrics", responses(
    (status = 200, description = "Metrics.", body = String, content_type = "text/plain")
))]
async fn metrics(State(app): State<App>) -> Result<impl IntoResponse, Failure> {
    let text = app
        .metrics
        .text(app.store.activity())
        .map_err(|_| Failure::new(500, kinds::INTERNAL, "The metrics cannot be written", "try again"))?;
    Ok(([(header::CONTENT_TYPE, prometheus_text::CONTENT_TYPE)], text))
}
