//! Kinds of problems that an app acts upon: values of `type` in `application/problem+json` (RFC 9457).

pub use crate::access::OUTSIDE_AREAS;
use crate::record::RejectionKind;

/// An operation cannot be read, or is not well formed as a whole.
pub const INVALID_OPERATION: &str = "/problems/invalid-operation";
/// A field cannot hold the value that an operation gives it.
pub const INVALID_VALUE: &str = "/problems/invalid-value";
/// A record has no room for what an operation adds to it.
pub const RECORD_FULL: &str = "/problems/record-full";
/// The writer in an operation's stamp belongs to another account.
pub const WRITER_TAKEN: &str = "/problems/writer-taken";
/// Another operation was stored under an operation's id.
pub const ID_TAKEN: &str = "/problems/id-taken";
/// A body is larger than the server takes.
pub const TOO_LARGE: &str = "/problems/too-large";
/// A parameter in the address is wrong; in a pull, a cursor that this server did not make.
pub const INVALID_PARAMETER: &str = "/problems/invalid-parameter";
/// The device's access was revoked: it may still send what it holds, and must then wipe itself.
pub const DEVICE_REVOKED: &str = "/problems/device-revoked";
/// The register was restored from a backup, and takes nothing from this device until an officer confirms it.
pub const SUSPENDED: &str = "/problems/suspended";

/// Kinds that refuse an operation for good, in its result or as the answer to a push that holds it alone.
///
/// After any other answer in place of results the operation is sent again unchanged, since the answer may not be the
/// server's: proxies answer 400 and 413 too.
pub const REFUSALS: [&str; 7] =
    [INVALID_OPERATION, INVALID_VALUE, RECORD_FULL, TOO_LARGE, OUTSIDE_AREAS, WRITER_TAKEN, ID_TAKEN];

/// Returns the `type` of the problem that reports a rejection.
#[must_use]
pub const fn of(rejection: RejectionKind) -> &'static str {
    match rejection {
        RejectionKind::InvalidOperation => INVALID_OPERATION,
        RejectionKind::InvalidValue => INVALID_VALUE,
        RejectionKind::RecordFull => RECORD_FULL,
    }
}
