//! Edits, their merge, and what travels between a device and the server.
//!
//! A record is one household in one round. An operation is one edit of one record: it sets fields. A [`Doc`] is
//! the result of all operations seen so far, in whatever order and however often they came: its merge is
//! commutative, associative and idempotent.

mod clock;
mod doc;
pub mod kinds;
mod operation;
mod value;
mod wire;

pub use clock::{Actor, Clock, MAX_MILLIS, Stamp, StampError};
pub use doc::{Doc, FieldConflict, Full, Growing, MAX_AWAITED, MAX_FIELDS, MAX_OPEN, MAX_RECORD, Write};
pub use operation::{
    Change, FieldPath, HouseholdId, MAX_BATCH, MAX_CHANGES, MAX_SEEN, Operation, RecordKey, Rejection,
    RejectionKind, Round,
};
pub use value::Value;
pub use wire::{
    Cursor, CursorError, OperationResult, Problem, PullResponse, PulledRecord, PushRequest, PushResponse,
    Status,
};
