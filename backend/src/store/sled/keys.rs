//! Keys and values. Every key begins with the commune, so that everything one push touches lies together.
//!
//! | key after the commune's 4 bytes | value |
//! | --- | --- |
//! | `a`, number | audit trail: what was done with the commune's households |
//! | `d`, operation | mark of a stored operation: its stamp with the believed time, where that is another time |
//! | `i`, first change number | the log: operations as they were accepted |
//! | `o`, household, round | nothing: the record has open conflicts |
//! | `r`, household, round | what it counts for, then all it holds and the hamlets it stood in, packed |
//! | `t`, round, hamlet | the hamlet's tally |
//!
//! Formats up to 3 had `c`, change number: the record it changed. Their log was `h`, and up to format 2 `l`. Formats
//! up to 6 had the correction of a writer's stamps: `x`, and up to format 5 `w`.
//!
//! What concerns the register as a whole begins with four zero bytes, which no commune does:
//!
//! | key after the zeros | value |
//! | --- | --- |
//! | `a`, number | audit trail: everything else that was done |
//! | `k`, kind, name or digest | an account, session or enrolment, as JSON |
//! | `n`, name | a note |

use serde::{Deserialize, Serialize};
use soho_shared::area::CommuneCode;
use soho_shared::assess::Contribution;
use soho_shared::record::{Doc, HouseholdId, RecordKey, Round};
use uuid::Uuid;

use super::pack;
use crate::people::{self, Item};
use crate::store::{Record, StoreError};

/// Kinds of keys. A number at the end is that of the last format with this kind.
pub(super) const AUDIT: u8 = b'a';
pub(super) const DONE: u8 = b'd';
pub(super) const LOG: u8 = b'i';
pub(super) const INDEX_3: u8 = b'c';
pub(super) const LOG_3: u8 = b'h';
pub(super) const LOG_2: u8 = b'l';
pub(super) const OPEN: u8 = b'o';
pub(super) const RECORD: u8 = b'r';
pub(super) const TALLY: u8 = b't';
pub(super) const CLOCK_5: u8 = b'w';
pub(super) const CLOCK_6: u8 = b'x';

/// Prefix of what concerns the register as a whole.
pub(super) const WHOLE: [u8; 4] = [0; 4];
const ITEM: u8 = b'k';
const NOTE: u8 = b'n';

/// Key of a commune: its code, the kind, the rest.
fn key(commune: CommuneCode, kind: u8, rest: &[&[u8]]) -> Vec<u8> {
    let mut key = Vec::with_capacity(5 + rest.iter().map(|r| r.len()).sum::<usize>());
    key.extend_from_slice(&commune.to_bytes());
    key.push(kind);
    for part in rest {
        key.extend_from_slice(part);
    }
    key
}

/// Prefix of all keys of one kind in one commune.
pub(super) fn all(commune: CommuneCode, kind: u8) -> Vec<u8> {
    key(commune, kind, &[])
}

/// Key of the mark that an operation was stored.
pub(super) fn done(commune: CommuneCode, operation: Uuid) -> Vec<u8> {
    key(commune, DONE, &[operation.as_bytes()])
}

/// Key of a chunk of the log, by its first change number.
pub(super) fn log(commune: CommuneCode, first: u64) -> Vec<u8> {
    key(commune, LOG, &[&first.to_be_bytes()])
}

pub(super) fn record(of: RecordKey) -> Vec<u8> {
    of_record(RECORD, of)
}

/// Key of the mark that a record has open conflicts.
pub(super) fn open(of: RecordKey) -> Vec<u8> {
    of_record(OPEN, of)
}

fn of_record(kind: u8, of: RecordKey) -> Vec<u8> {
    let HouseholdId { commune, uuid } = of.household;
    key(commune, kind, &[uuid.as_bytes(), &of.round.year().to_be_bytes()])
}

/// Prefix of a household's records of all rounds.
pub(super) fn household(id: HouseholdId) -> Vec<u8> {
    key(id.commune, RECORD, &[id.uuid.as_bytes()])
}

/// Key of a hamlet's tally.
pub(super) fn tally(commune: CommuneCode, round: Round, hamlet: u8) -> Vec<u8> {
    key(commune, TALLY, &[&round.year().to_be_bytes(), &[hamlet]])
}

/// Key of a note on the register as a whole.
pub(super) fn note(name: &str) -> Vec<u8> {
    [&WHOLE, &[NOTE][..], name.as_bytes()].concat()
}

/// Key of an account, session or enrolment.
pub(super) fn item(key: &people::Key) -> Vec<u8> {
    let (kind, rest) = match key {
        people::Key::Account(name) => (b'a', name.as_str().as_bytes()),
        people::Key::Enrolment(code) => (b'e', code.as_bytes().as_slice()),
        people::Key::Session(token) => (b's', token.as_bytes().as_slice()),
    };
    [&WHOLE, &[ITEM, kind][..], rest].concat()
}

/// Prefix of all accounts, sessions and enrolments.
pub(super) fn items() -> Vec<u8> {
    [&WHOLE, &[ITEM][..]].concat()
}

/// Prefix of a commune's audit trail; for `None`, of the trail of what is about no commune.
pub(super) fn trail(commune: Option<CommuneCode>) -> Vec<u8> {
    [&commune.map_or(WHOLE, CommuneCode::to_bytes), &[AUDIT][..]].concat()
}

/// Key of an entry of the audit trail.
pub(super) fn audit(commune: Option<CommuneCode>, number: u64) -> Vec<u8> {
    [trail(commune), number.to_be_bytes().to_vec()].concat()
}

/// Number of an entry of the audit trail, from its key.
pub(super) fn audit_number(key: &[u8]) -> Option<u64> {
    key.get(5..)?.try_into().ok().map(u64::from_be_bytes)
}

/// Kind of a key that concerns the register as a whole.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Whole {
    Audit,
    Item,
    Note,
}

/// Reads a key that concerns the register as a whole; `None` for any other.
pub(super) fn whole(bytes: &[u8]) -> Option<Whole> {
    match bytes.strip_prefix(&WHOLE)?.split_first()? {
        (&AUDIT, number) if number.len() == 8 => Some(Whole::Audit),
        (&ITEM, _) => Some(Whole::Item),
        (&NOTE, _) => Some(Whole::Note),
        _ => None,
    }
}

/// A key of a commune, read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Key {
    Audit,
    Done,
    Log(u64),
    /// An earlier format's log, or its index of changes.
    OldLog(u64),
    /// An earlier format's correction of a writer's stamps.
    OldClock,
    Open(RecordKey),
    Record(RecordKey),
    Tally(Round, u8),
}

/// Reads a commune's key; `None` when it is not one of the register's.
pub(super) fn read(bytes: &[u8]) -> Option<(CommuneCode, Key)> {
    let (commune, rest) = bytes.split_first_chunk::<4>()?;
    let commune = CommuneCode::from_bytes(*commune)?;
    let (kind, rest) = rest.split_first()?;
    let key = match *kind {
        AUDIT if rest.len() == 8 => Key::Audit,
        DONE if rest.len() == 16 => Key::Done,
        LOG => Key::Log(u64::from_be_bytes(rest.try_into().ok()?)),
        INDEX_3 | LOG_3 | LOG_2 => Key::OldLog(u64::from_be_bytes(rest.try_into().ok()?)),
        CLOCK_5 | CLOCK_6 if rest.len() == 8 => Key::OldClock,
        OPEN => Key::Open(record_key(commune, rest)?),
        RECORD => Key::Record(record_key(commune, rest)?),
        TALLY => {
            let [a, b, hamlet] = <[u8; 3]>::try_from(rest).ok()?;
            Key::Tally(Round::new(u16::from_be_bytes([a, b]))?, hamlet)
        }
        _ => return None,
    };
    Some((commune, key))
}

/// The household and round at the end of a record's key.
fn record_key(commune: CommuneCode, bytes: &[u8]) -> Option<RecordKey> {
    let (uuid, year) = bytes.split_first_chunk::<16>()?;
    let round = Round::new(u16::from_be_bytes(year.try_into().ok()?))?;
    Some(RecordKey { household: HouseholdId { commune, uuid: Uuid::from_bytes(*uuid) }, round })
}

/// First part of a stored record: enough for a recount, which then need not read the rest.
#[derive(Serialize, Deserialize)]
struct Head {
    change: u64,
    contribution: Option<Contribution>,
}

/// Encodes a record: its head, then `body` as it is.
pub(super) fn encode_record(
    change: u64,
    contribution: Option<Contribution>,
    body: &[u8],
) -> Result<Vec<u8>, StoreError> {
    let head = Head { change, contribution };
    let mut bytes = postcard::to_extend(&head, Vec::with_capacity(64 + body.len())).map_err(unwritable)?;
    bytes.extend_from_slice(body);
    Ok(bytes)
}

/// Encodes what follows the head of a record.
pub(super) fn encode_body(doc: &Doc, hamlets: &[u8]) -> Result<Vec<u8>, StoreError> {
    let mut rest = postcard::to_stdvec(doc).map_err(unwritable)?;
    rest.extend_from_slice(hamlets);
    let mut body = Vec::with_capacity(256);
    pack::pack(&rest, &mut body)?;
    Ok(body)
}

/// Unpacked size of a record without its head, in bytes; 0 for what is not a record.
pub(super) fn record_size(bytes: &[u8]) -> usize {
    let body = postcard::take_from_bytes::<Head>(bytes).map_or(&[][..], |(_, body)| body);
    pack::size(body).unwrap_or(0)
}

/// Decodes a whole record.
pub(super) fn decode_record(key: RecordKey, bytes: &[u8]) -> Result<Record, StoreError> {
    let read = || -> Option<Record> {
        let (Head { change, contribution }, rest) = postcard::take_from_bytes(bytes).ok()?;
        let rest = pack::unpack(rest)?;
        let (doc, hamlets) = postcard::take_from_bytes(&rest).ok()?;
        Some(Record { key, change, contribution, doc, hamlets: hamlets.to_vec() })
    };
    read().ok_or_else(|| {
        StoreError::Damaged(format!(
            "the record of household {} in {} cannot be read",
            key.household, key.round
        ))
    })
}

/// Decodes only a record's change number and what it counts for.
pub(super) fn decode_head(bytes: &[u8]) -> Option<(u64, Option<Contribution>)> {
    postcard::take_from_bytes::<Head>(bytes).ok().map(|(head, _)| (head.change, head.contribution))
}

/// Encodes an account, session or enrolment.
pub(super) fn encode_item(item: &Item) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(item).map_err(|e| StoreError::Io(format!("an account cannot be encoded: {e}")))
}

/// Decodes an account, session or enrolment; `None` also when it does not belong under this key.
pub(super) fn decode_item(key: &[u8], bytes: &[u8]) -> Option<Item> {
    serde_json::from_slice(bytes).ok().filter(|read: &Item| item(&read.key()) == key)
}

/// Encodes any small value.
pub(super) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    postcard::to_stdvec(value).map_err(unwritable)
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
fn unwritable(error: postcard::Error) -> StoreError {
    StoreError::Io(format!("a value cannot be encoded: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back() {
        let household: HouseholdId = "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f".parse().unwrap();
        let commune = household.commune;
        let of = RecordKey { household, round: Round::CENSUS_2010 };
        assert_eq!(read(&record(of)), Some((commune, Key::Record(of))));
        assert_eq!(read(&done(commune, household.uuid)), Some((commune, Key::Done)));
        assert_eq!(read(&log(commune, 7)), Some((commune, Key::Log(7))));
        assert_eq!(read(&open(of)), Some((commune, Key::Open(of))));
        assert_eq!(read(&tally(commune, of.round, 3)), Some((commune, Key::Tally(of.round, 3))));
        assert_eq!(read(&audit(Some(commune), 7)), Some((commune, Key::Audit)));
        for number in [0, 7, u64::MAX] {
            assert_eq!(audit_number(&audit(Some(commune), number)), Some(number));
        }
        let name = people::Key::Account("lan".parse().unwrap());
        for (key, expected) in
            [(audit(None, 7), Whole::Audit), (item(&name), Whole::Item), (note("demo"), Whole::Note)]
        {
            assert_eq!((whole(&key), read(&key)), (Some(expected), None));
        }
        assert_eq!(whole(&record(of)), None);
        for bad in [&b""[..], b"c", &[0; 40], &log(commune, 7)[..9]] {
            assert_eq!(read(bad), None);
        }
    }
}
