//! The kinds of problems that an app acts upon: the `type` of `application/problem+json` (RFC 9457).

pub use crate::access::OUTSIDE_AREAS;

/// An operation cannot be read or taken.
pub const INVALID_OPERATION: &str = "/problems/invalid-operation";
/// A field cannot hold the value that an operation gives it.
pub const INVALID_VALUE: &str = "/problems/invalid-value";
/// A record has no room for what an operation adds to it.
pub const RECORD_FULL: &str = "/problems/record-full";
/// A body is larger than the server takes.
pub const TOO_LARGE: &str = "/problems/too-large";
/// A part of the address is wrong: of a pull, a cursor that this server did not make.
pub const INVALID_PARAMETER: &str = "/problems/invalid-parameter";
/// The device was taken away: it may send what it holds, and is to wipe itself.
pub const DEVICE_REVOKED: &str = "/problems/device-revoked";

/// The kinds that refuse an operation for good, in its result or as the answer to a push that holds it alone.
///
/// Everything else that comes in place of results is tried again as it is, whoever says it: a proxy answers 400 and 413
/// as readily as the server does.
pub const REFUSALS: [&str; 5] = [INVALID_OPERATION, INVALID_VALUE, RECORD_FULL, TOO_LARGE, OUTSIDE_AREAS];
