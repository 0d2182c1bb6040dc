//! Messages between a device and the server, version 1.

pub mod calendar;
pub mod imports;
pub mod kinds;
pub mod lists;
pub mod recognition;
pub mod rounds;
pub mod supports;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, de};
use uuid::Uuid;

use crate::area::UnitCode;
use crate::record::{Doc, Operation, Round, Subject};
use crate::standard::Class;

/// The body of `POST /api/v1/sync/push`: at most [`crate::record::MAX_BATCH`] operations.
///
/// ```
/// use soho_shared::wire::PushRequest;
///
/// // A device need not say its time: the latest of its stamps is then taken for it.
/// let request: PushRequest = serde_json::from_str(r#"{ "operations": [] }"#).unwrap();
/// assert_eq!(request.clock, None);
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushRequest {
    /// The device's own time when it sends the operations, in milliseconds since 1970 (UTC). From it the server learns
    /// how far the times in their stamps are off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<u64>,
    /// The operations, in any order.
    #[cfg_attr(feature = "openapi", schema(max_items = 500))]
    pub operations: Vec<Operation>,
}

/// The answer to a push: one result for each operation, in the order sent.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushResponse {
    /// The server's time in milliseconds since 1970 (UTC), by which a device can see that its own is wrong.
    pub clock: u64,
    /// The result of each operation, in the order sent.
    pub results: Vec<OperationResult>,
    /// Id of the register that answers; another one once it was restored from a backup. Earlier servers left it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub register: Option<Uuid>,
    /// Of each commune that was written to, the number of its last transaction: what was acknowledged here is part of it
    /// or of an earlier one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, u64>))]
    pub reached: BTreeMap<UnitCode, u64>,
    /// Of each commune, the number of the last transaction that is in a backup which was read back whole. A device keeps
    /// what was acknowledged until then, and sends it again to a register that was restored.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, u64>))]
    pub backed_up: BTreeMap<UnitCode, u64>,
}

/// The result of one operation of a push.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OperationResult {
    /// The operation's id.
    pub id: Uuid,
    /// Whether it was stored.
    pub status: Status,
    /// When the operation is believed to have been made, in milliseconds since 1970 (UTC). Present only where its stamp
    /// says another time, because the device's clock is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<u64>,
    /// True where it lies apart and counts nowhere until an officer of the commune takes it: its device or account was
    /// taken away before it was made.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
    /// Why the operation was rejected; present only then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// The outcome of an operation. All but `rejected` mean that it is on the server's disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Stored now.
    Accepted,
    /// Stored before; nothing changed.
    Duplicate,
    /// Stored now; a field it sets holds another value whose author had not seen this one. Both are kept.
    Conflict,
    /// Not stored; the problem says why.
    Rejected,
}

/// An error in the form of RFC 9457 (`application/problem+json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// The kind of problem, as a stable address such as `/problems/invalid-value`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong here and what to do.
    pub detail: String,
    /// The field it is about, such as `operations[3].changes[0].value`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong and what to do, for people, in Vietnamese. Earlier servers left it out.
    // Boxed, since the problem travels as an error and clippy holds those to 128 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vi: Option<Box<str>>,
}

/// The answer to `GET /api/v1/sync/pull`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PullResponse {
    /// The server's time in milliseconds since 1970 (UTC).
    pub clock: u64,
    /// Records changed since the cursor, each once, as they are now.
    pub records: Vec<PulledRecord>,
    /// Where the next pull continues.
    pub cursor: Cursor,
    /// Whether there is more to fetch now.
    pub more: bool,
    /// Id of the register that answers; another one once it was restored from a backup. Earlier servers left it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub register: Option<Uuid>,
    /// Of each commune asked for, the number of the last transaction that is in a backup which was read back whole.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, u64>))]
    pub backed_up: BTreeMap<UnitCode, u64>,
    /// The rounds in which volunteers enter something now, where all that was asked for is of one commune and that moves
    /// its rounds from stage to stage; otherwise left out, and any round is surveyed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_rounds: Option<Vec<Round>>,
}

/// One record as the server gives it to an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PulledRecord {
    /// What the record is about: a household's id, or the code of a hamlet or commune for who asks for these.
    #[serde(rename = "household")]
    pub subject: Subject,
    /// The round.
    pub round: Round,
    /// The household's class, if the record says enough to decide it.
    pub class: Option<Class>,
    /// The record's fields, without those that the account may not see.
    pub doc: Doc,
}

/// How far a device has pulled: for each commune the last change it has, of what its account may see. Opaque to
/// devices; travels as text.
///
/// ```
/// use soho_shared::wire::Cursor;
///
/// let commune = "29173".parse().unwrap();
/// let cursor = Cursor::new(7, [(commune, 300)]);
/// assert_eq!(cursor.to_string(), "1.7_29173.12c");
///
/// // An account that sees something else starts anew.
/// assert_eq!(cursor.in_view(8).position(commune), 0);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// Number of the view that the cursor was made for, different for accounts that see different things; 0 where
    /// everybody sees all.
    view: u32,
    positions: BTreeMap<UnitCode, u64>,
}

impl Cursor {
    /// A cursor of a view, with the last change of each unit.
    #[must_use]
    pub fn new(view: u32, positions: impl IntoIterator<Item = (UnitCode, u64)>) -> Self {
        Cursor { view, positions: positions.into_iter().collect() }
    }

    /// Number of the view that the cursor was made for.
    #[must_use]
    pub const fn view(&self) -> u32 {
        self.view
    }

    /// The last change of each unit that the device has.
    pub fn positions(&self) -> impl Iterator<Item = (UnitCode, u64)> {
        self.positions.iter().map(|(unit, change)| (*unit, *change))
    }

    /// This cursor if it was made for `view`; otherwise the beginning of `view`, since what one view leaves out another
    /// must still be given.
    #[must_use]
    pub fn in_view(self, view: u32) -> Self {
        if self.view == view { self } else { Cursor { view, positions: BTreeMap::new() } }
    }

    /// The last change of this unit that the device has; 0 when it has none.
    #[must_use]
    pub fn position(&self, unit: UnitCode) -> u64 {
        self.positions.get(&unit).copied().unwrap_or(0)
    }

    /// Sets the last change of a unit that the device has; 0 changes nothing.
    pub fn advance(&mut self, unit: UnitCode, change: u64) {
        if change > 0 {
            self.positions.insert(unit, change);
        }
    }
}

/// Error for a text that is not a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this cursor was not made by this server: leave it out to start from the beginning")]
pub struct CursorError;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("1")?;
        if self.view != 0 {
            write!(f, ".{:x}", self.view)?;
        }
        for (unit, change) in &self.positions {
            write!(f, "_{unit}.{change:x}")?;
        }
        Ok(())
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let mut parts = text.split('_');
        let mut cursor = Cursor::default();
        match parts.next().ok_or(CursorError)?.split_once('.') {
            Some(("1", view)) => cursor.view = u32::from_str_radix(view, 16).map_err(|_| CursorError)?,
            None if text.starts_with("1_") || text == "1" => {}
            _ => return Err(CursorError),
        }
        for part in parts {
            let (unit, change) = part.split_once('.').ok_or(CursorError)?;
            let unit = unit.parse().map_err(|_| CursorError)?;
            let change = u64::from_str_radix(change, 16).map_err(|_| CursorError)?;
            if cursor.positions.insert(unit, change).is_some() {
                return Err(CursorError);
            }
        }
        Ok(cursor)
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_read_back() {
        let mut cursor = Cursor::default();
        assert_eq!(cursor.to_string(), "1");
        cursor.advance("29173".parse().unwrap(), 300);
        cursor.advance("28756".parse().unwrap(), 1);
        assert_eq!(cursor.to_string(), "1_28756.1_29173.12c");
        assert_eq!(cursor.to_string().parse(), Ok(cursor.clone()));
        let other = cursor.clone().in_view(0xab);
        assert_eq!((other.to_string().as_str(), other.position("29173".parse().unwrap())), ("1.ab", 0));
        assert_eq!(other.to_string().parse::<Cursor>().unwrap().in_view(0xab), other);
        assert_eq!(cursor.clone().in_view(0), cursor);
        for bad in [
            "",
            "2",
            "2.ab",
            "1.",
            "1.x",
            "1.123456789",
            "11",
            ".",
            "1_",
            "1_29173",
            "1_00000.1",
            "1_29173.1_29173.2",
            "1_29173.zz",
        ] {
            assert!(bad.parse::<Cursor>().is_err(), "{bad}");
        }
    }
}
