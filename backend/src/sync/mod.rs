//! Taking what devices send and giving them what changed: the protocol without HTTP.

mod conflicts;
mod held;
mod history;
mod pull;
mod scope;
mod server_writer;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use soho_shared::access::Scope;
use soho_shared::area::UnitCode;
use soho_shared::household::field::{RULES, rule};
use soho_shared::lang::Lang;
use soho_shared::record::{
    Doc, Full, HouseholdId, MAX_AWAITED, MAX_AWAITED_OF_ONE, MAX_BATCH, MAX_BYTES_OF_ONE, MAX_FIELDS,
    MAX_FIELDS_OF_ONE, MAX_MILLIS, MAX_OPEN, MAX_OPEN_OF_ONE, MAX_RECORD, MAX_UNKNOWN_OF_ONE, Operation,
    Rejection, RejectionKind,
};
use soho_shared::wire::{OperationResult, Problem, PushRequest, PushResponse, Status, kinds};
use soho_shared::words;
use uuid::Uuid;

use self::scope::refuse_others;
use crate::accounts::Limits;
use crate::engine::StoreError;
use crate::register::{Arrival, Believing, NotTaken, Outcome, Register};

pub use self::conflicts::{Conflicts, Decision, NotDecided, conflicts, decide};
pub use self::held::{HeldDecision, Wanted as HeldWanted, decide_held};
pub use self::history::{Story, history, household_at};
pub use self::pull::{MAX_PAGE, household, pull};
pub use self::server_writer::{Made, ServerWriter, draw};

/// An operation as it came; or, where it is not even looked at, why it is refused.
pub type Received = Result<Operation, Refused>;

/// An operation that cannot be read, or that its sender may not make.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Its id, if that much could be read.
    pub id: Option<Uuid>,
    /// What is wrong.
    pub problem: Box<Problem>,
}

/// Why a push was not answered.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// More operations than one push may carry.
    #[error("a push carries at most {MAX_BATCH} operations, this one has {0}: send them in several")]
    TooMany(usize),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Stores what a device sends. Operations are judged one by one: nothing of a wrong one is stored, and it keeps none
/// of the others from being stored. `now` is the server's time in milliseconds since 1970.
///
/// # Errors
/// When there are too many operations, of which nothing was stored then; or the store fails.
pub async fn push(store: &Register, now: u64, request: PushRequest) -> Result<PushResponse, PushError> {
    let PushRequest { clock, operations } = request;
    let arrival = Arrival::sent(now, clock, None);
    push_received(store, arrival, operations.into_iter().map(Ok).collect()).await
}

/// [`push`] for operations of which some are refused already.
///
/// # Errors
/// As [`push`].
pub async fn push_received(
    store: &Register,
    arrival: Arrival,
    received: Vec<Received>,
) -> Result<PushResponse, PushError> {
    if received.len() > MAX_BATCH {
        return Err(PushError::TooMany(received.len()));
    }
    let mut taking = Taking::new(store, None, arrival);
    taking.part(received).await?;
    Ok(taking.finish())
}

/// A push that is taken part by part, so that only one part of it is in memory.
pub struct Taking<'a> {
    store: &'a Register,
    scope: Option<&'a Scope>,
    arrival: Arrival,
    flood: Option<Flood<'a>>,
    wait: Option<Duration>,
    is_held_full: bool,
    /// The units of what was stored.
    units: BTreeSet<UnitCode>,
    results: Vec<OperationResult>,
}

/// Bounds on the new households that a volunteer's device brings.
#[derive(Clone, Copy)]
pub struct Flood<'a> {
    /// The server's limits.
    pub limits: &'a Limits,
    /// The enrolled device; or the account, whose browsers are counted together.
    pub device: [u8; 16],
}

impl<'a> Taking<'a> {
    /// Begins a push. Where there is a scope, operations outside of it are refused.
    #[must_use]
    pub const fn new(store: &'a Register, scope: Option<&'a Scope>, arrival: Arrival) -> Self {
        Taking {
            store,
            scope,
            arrival,
            flood: None,
            wait: None,
            is_held_full: false,
            units: BTreeSet::new(),
            results: Vec::new(),
        }
    }

    /// Leaves out new households beyond what one device may bring.
    #[must_use]
    pub fn within(self, flood: Option<Flood<'a>>) -> Self {
        Taking { flood, ..self }
    }

    /// Whether some would be held back, and there is no room for more.
    #[must_use]
    pub const fn is_held_full(&self) -> bool {
        self.is_held_full
    }

    /// How long the device should wait before it sends all of the push again, since new households were left out.
    #[must_use]
    pub const fn wait(&self) -> Option<Duration> {
        self.wait
    }

    /// Takes the next operations of the push, in the order sent.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn part(&mut self, mut received: Vec<Received>) -> Result<(), StoreError> {
        let first = self.results.len();
        // All that came tells of its clocks, whatever of it is refused.
        let believing = self.arrival.believing(received.iter().flatten().map(|operation| operation.stamp));
        if let Some(scope) = self.scope {
            received = refuse_others(self.store, scope, &believing, received, first).await?;
        }
        if let Some(flood) = self.flood {
            self.leave_out_floods(flood, &believing, &mut received).await?;
        }
        let mut places = Vec::with_capacity(received.len());
        let mut good = Vec::with_capacity(received.len());
        for (index, operation) in (first..).zip(received) {
            let result =
                |id, status, problem| OperationResult { id, status, time: None, held: false, problem };
            self.results.push(match operation {
                Ok(operation) => match operation.check_received(&RULES) {
                    Ok(()) => {
                        let id = operation.id;
                        places.push(index);
                        good.push(operation);
                        result(id, Status::Accepted, None)
                    }
                    Err(rejection) => {
                        let problem = rejected(index, &operation, rejection);
                        result(operation.id, Status::Rejected, Some(problem))
                    }
                },
                Err(Refused { id, problem }) => {
                    result(id.unwrap_or_default(), Status::Rejected, Some(*problem))
                }
            });
        }
        if good.is_empty() {
            return Ok(());
        }
        let units: BTreeSet<UnitCode> = good.iter().map(|operation| operation.subject.unit).collect();
        let arrival = Arrival { believing: Some(believing), ..self.arrival.clone() };
        let outcomes = self.store.apply(arrival, good).await?;
        if outcomes.iter().any(|outcome| matches!(outcome, Outcome::Duplicate(_) | Outcome::Held(_))) {
            // It may have been stored by another server: the answer's numbers must not be earlier than that.
            self.store.catch_up_with(&units).await?;
        }
        self.units.extend(units);
        for (index, outcome) in places.into_iter().zip(outcomes) {
            let result = &mut self.results[index];
            let (status, time) = match outcome {
                Outcome::Accepted(time) => (Status::Accepted, time),
                Outcome::Conflict(time) => (Status::Conflict, time),
                Outcome::Duplicate(time) => (Status::Duplicate, time),
                Outcome::Held(time) => {
                    result.held = true;
                    (Status::Accepted, time)
                }
                Outcome::Refused(NotTaken::Held) => {
                    // Not a refusal: the device keeps it, and sends it again once an officer has made room.
                    self.is_held_full = true;
                    (Status::Rejected, None)
                }
                Outcome::Refused(why) => {
                    result.problem = Some(not_taken(index, why));
                    (Status::Rejected, None)
                }
            };
            (result.status, result.time) = (status, time);
        }
        Ok(())
    }

    /// Leaves out the operations on new households of which there are too many.
    async fn leave_out_floods(
        &mut self,
        Flood { limits, device }: Flood<'_>,
        believing: &Believing,
        received: &mut [Received],
    ) -> Result<(), StoreError> {
        // What is held back makes no household.
        let counts = |of: &Operation| !self.arrival.holds.covers(believing.time(of.stamp));
        let counted =
            received.iter().flatten().filter(|of| counts(of)).filter_map(|of| of.subject.household());
        let households: Vec<_> = counted.collect::<BTreeSet<HouseholdId>>().into_iter().collect();
        let known = self.store.are_known(households.clone()).await?;
        let mut new: BTreeMap<HouseholdId, Option<Result<(), Duration>>> =
            households.into_iter().zip(known).filter(|(_, known)| !known).map(|(of, _)| (of, None)).collect();
        let mut within_hour = Ok(());
        for received in received {
            let Ok(operation) = received else { continue };
            let Operation { id, subject, stamp, .. } = *operation;
            let new = subject.household().and_then(|household| new.get_mut(&household));
            let Some(judged) = new.filter(|_| counts(operation)) else { continue };
            let made = believing.time(stamp);
            let judge = || {
                within_hour?;
                limits.household_of_day(device, made)?;
                within_hour = limits.household_of_hour(device);
                within_hour
            };
            if let Err(wait) = *judged.get_or_insert_with(judge) {
                self.wait = self.wait.max(Some(wait));
                let detail = "too many new households of one device";
                let problem = Problem {
                    kind: kinds::INVALID_OPERATION.to_owned(),
                    title: detail.to_owned(),
                    status: 429,
                    detail: detail.to_owned(),
                    field: None,
                    vi: None,
                };
                *received = Err(Refused { id: Some(id), problem: Box::new(problem) });
            }
        }
        Ok(())
    }

    /// Returns the answer to the push.
    #[must_use]
    pub fn finish(self) -> PushResponse {
        let Taking { store, arrival, results, units, .. } = self;
        let backed_up = store.backed_up(|unit| units.contains(&unit));
        let reached = units.into_iter().map(|unit| (unit, store.head(unit))).collect();
        PushResponse { clock: arrival.now, results, register: Some(store.id()), reached, backed_up }
    }
}

/// Problem of a rejected operation, naming the place in the request.
fn rejected(index: usize, operation: &Operation, rejection: Rejection) -> Problem {
    let Rejection { kind, field, detail } = rejection;
    let at = operation.changes.iter().rposition(|change| change.field.as_str() == field);
    let (place, detail) = match (at, kind) {
        (Some(at), RejectionKind::InvalidValue) => {
            (format!("operations[{index}].changes[{at}].value"), format!("{field}: {detail}"))
        }
        (Some(at), RejectionKind::InvalidOperation | RejectionKind::RecordFull) => {
            (format!("operations[{index}].changes[{at}]"), format!("{field}: {detail}"))
        }
        (None, _) => (format!("operations[{index}].{field}"), detail),
    };
    let (title, vi) = match kind {
        RejectionKind::InvalidValue => {
            let name = words::label(&Doc::default(), operation.round, &field).vi;
            let rule = rule(Lang::Vi, &field, operation.round);
            ("A field cannot hold this value", format!("ô “{name}” chưa đúng nên chưa ghi. {rule}."))
        }
        RejectionKind::InvalidOperation => (
            "The operation cannot be taken",
            "máy chủ không ghi được điều này: hãy xem lại rồi thử lại".to_owned(),
        ),
        RejectionKind::RecordFull => (RECORD_FULL, MANY_SEEN_VI.to_owned()),
    };
    Problem {
        kind: kinds::of(kind).to_owned(),
        title: title.to_owned(),
        status: 422,
        detail,
        field: Some(place),
        vi: Some(vi.into()),
    }
}

const RECORD_FULL: &str = "The record is full";
const MUCH_OF_ONE_VI: &str = "trong phiếu này tài khoản này đã ghi quá nhiều nên chưa ghi thêm: vẫn sửa được ô đã có; hãy báo cán bộ xã";
const MANY_SEEN_VI: &str = "ô này có quá nhiều lần sửa từ các máy khác nên chưa ghi thêm: hãy báo cán bộ xã";

/// Problem of an operation that the register did not take, naming the place in the request.
fn not_taken(index: usize, why: NotTaken) -> Problem {
    let (kind, title, detail, field, vi) = match why {
        NotTaken::Full(bound) => return full(index, bound),
        NotTaken::Writer => (
            kinds::WRITER_TAKEN,
            "Another account's writer",
            "the writer in this stamp belongs to another account: start the app again and enter it once more",
            "stamp",
            "máy này vừa đổi tài khoản nên chưa ghi: hãy mở lại ứng dụng rồi ghi lại",
        ),
        NotTaken::Id => (
            kinds::ID_TAKEN,
            "The id is taken",
            "another operation was stored under this id: enter it once more, under a new id",
            "id",
            "mã của lần ghi này đã có người dùng nên chưa ghi: hãy ghi lại",
        ),
        NotTaken::Stage => (
            kinds::INVALID_OPERATION,
            "Not a field to write",
            "a round goes to another stage on the desk's page alone, which asks who may and what is left to do: POST \
             /api/v1/rounds/{round}/communes/{commune}/stage",
            "changes",
            "bước của đợt rà soát chỉ chuyển được ở trang Đợt rà soát của bàn làm việc",
        ),
        NotTaken::Reserved => (
            kinds::INVALID_OPERATION,
            "Not a field to write",
            "the server alone writes this: numbers of certificates are given where a round is recognised, POST \
             /api/v1/rounds/{round}/communes/{commune}/recognition",
            "changes",
            "số giấy chứng nhận chỉ được cấp ở trang Công nhận của bàn làm việc",
        ),
        NotTaken::Moved => (
            kinds::INVALID_OPERATION,
            "Written to meanwhile",
            "somebody has written to this commune meanwhile: try again",
            "stamp",
            "vừa có người ghi vào xã này: hãy thử lại",
        ),
        NotTaken::Held => (
            kinds::RECORD_FULL,
            "Too much is held back",
            "an officer of the commune has to look at what is held back first: send it again later",
            "id",
            "xã chưa xem hết những gì đang giữ lại: máy sẽ gửi lại sau",
        ),
    };
    Problem {
        kind: kind.to_owned(),
        title: title.to_owned(),
        status: 422,
        detail: detail.to_owned(),
        field: Some(format!("operations[{index}].{field}")),
        vi: Some(vi.into()),
    }
}

/// Problem of an operation for which its record has no room, naming the place in the request.
fn full(index: usize, bound: Full) -> Problem {
    let (change, detail, vi) = match bound {
        Full::Size => (
            None,
            format!(
                "this record holds {MAX_RECORD} bytes, as much as one may: what is there can be put right or withdrawn"
            ),
            "phiếu này đã đầy nên chưa ghi thêm: vẫn sửa được ô đã có; hãy báo cán bộ xã",
        ),
        Full::Fields => (
            None,
            format!(
                "this record has {MAX_FIELDS} fields, as many as one may: what is there can be put right or withdrawn"
            ),
            "phiếu này đã quá nhiều ô nên chưa ghi thêm: vẫn sửa được ô đã có; hãy báo cán bộ xã",
        ),
        Full::Open(change) => (
            Some(change),
            format!(
                "this field holds {MAX_OPEN} values whose authors had not seen each other's: the commune's officer decides them first"
            ),
            "ô này đã có quá nhiều giá trị chờ xã quyết định nên chưa ghi thêm: hãy báo cán bộ xã",
        ),
        Full::Awaited(change) => (
            Some(change),
            format!(
                "of this field {MAX_AWAITED} writes are awaited that authors say they have seen: let their devices send first"
            ),
            MANY_SEEN_VI,
        ),
        Full::OpenOfOne(change) => (
            Some(change),
            format!(
                "this field holds {MAX_OPEN_OF_ONE} values of this account that its devices had not seen of each other: let them \
                 fetch first"
            ),
            "tài khoản này đã ghi ô này từ quá nhiều máy nên chưa ghi thêm: hãy mở Rà soát trên từng máy khi có mạng, rồi ghi lại",
        ),
        Full::AwaitedOfOne(change) => (
            Some(change),
            format!(
                "of this field {MAX_AWAITED_OF_ONE} writes are awaited that this account says it has seen: let the other devices \
                 send first"
            ),
            MANY_SEEN_VI,
        ),
        Full::SizeOfOne => (
            None,
            format!(
                "in this record the account holds {MAX_BYTES_OF_ONE} bytes, as much as one may: what is there can be put right"
            ),
            MUCH_OF_ONE_VI,
        ),
        Full::FieldsOfOne => (
            None,
            format!(
                "in this record the account has written {MAX_FIELDS_OF_ONE} fields, as many as one may: what is there can be put \
                 right"
            ),
            MUCH_OF_ONE_VI,
        ),
        Full::UnknownOfOne => (
            None,
            format!(
                "in this record the account holds {MAX_UNKNOWN_OF_ONE} bytes of fields that this server does not know, as much as \
                 one may: what is there can be put right; tell the commune's officer"
            ),
            "trong phiếu này tài khoản này có quá nhiều ô mà máy chủ chưa biết nên chưa ghi thêm: vẫn sửa được ô đã có; hãy báo cán bộ xã",
        ),
    };
    let change = change.map(|change| format!(".changes[{change}]")).unwrap_or_default();
    Problem {
        kind: kinds::RECORD_FULL.to_owned(),
        title: RECORD_FULL.to_owned(),
        status: 422,
        detail,
        field: Some(format!("operations[{index}]{change}")),
        vi: Some(vi.into()),
    }
}

/// The server's time: milliseconds since 1970, UTC.
#[must_use]
pub fn now_millis() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(MAX_MILLIS).min(MAX_MILLIS)
}
