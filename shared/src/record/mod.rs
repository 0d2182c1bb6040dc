//! Edits and their merge. Which fields there are and what they may hold is given to it ([`Rules`]).
//!
//! A record is one household, hamlet or commune in one round. An operation is one edit of one record: it sets fields. A [`Doc`] is
//! the result of all operations seen so far, in whatever order and however often they came: its merge is
//! commutative, associative and idempotent.

mod clock;
mod doc;
mod operation;
mod subject;
mod value;

pub use clock::{Actor, Clock, MAX_MILLIS, Stamp, StampError};
pub use doc::{
    Doc, FieldConflict, Full, Growing, IsOwn, MAX_AWAITED, MAX_AWAITED_OF_ONE, MAX_BYTES_OF_ONE, MAX_FIELDS,
    MAX_FIELDS_OF_ONE, MAX_OPEN, MAX_OPEN_OF_ONE, MAX_RECORD, MAX_UNKNOWN_OF_ONE, SEEN_WITHIN, Write,
};
pub use operation::{
    Change, FieldPath, HouseholdId, MAX_BATCH, MAX_CHANGES, MAX_SEEN, Operation, RecordKey, Rejection,
    RejectionKind, Round, Rules,
};
pub use subject::{Of, Subject};
pub use value::Value;
