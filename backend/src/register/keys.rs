//! Keys and values. Every key begins with its place, so that what one transaction writes lies together. Under the
//! place alone stands its head, which the engine writes.
//!
//! | key after a unit's 4 bytes | value |
//! | --- | --- |
//! | `F` | the [`Form`] of the unit's keys |
//! | `a`, number | audit trail: what was done with the unit's households |
//! | `c`, subject, round | number of the record's last change before it was cut out |
//! | `d`, operation | mark of a stored operation: see [`Mark`] |
//! | `g`, year, number | a certificate by its number: see [`Certified`] |
//! | `h`, session, operation | an operation that is held back, as JSON: see [`HeldBack`](super::HeldBack) |
//! | `i`, first change number | the log: operations as they were accepted |
//! | `j`, household, round | uuid of the household that the record says its household is a second entry of |
//! | `l`, subject, round | empty; the key says that the record was edited after its round was closed |
//! | `o`, subject, round | empty; the key says that the record has open conflicts |
//! | `r`, household, round | what it says by itself and adds, then all it holds and the hamlets it stood in, packed |
//! | `s`, hamlet, round | the same of a hamlet; of the unit as a whole with hamlet 0 |
//! | `t`, period, hamlet | the hamlet's tally |
//! | `u`, time, random bits | whose edits were undone then, as JSON: see [`Undo`](super::Undo) |
//! | `w`, writer | the session that first used the writer, then its account's name; empty where it is nobody's |
//!
//! Accounts lie in 256 places, by the hash of their names: zero, zero, one, and a byte of the hash.
//!
//! | key after these 4 bytes | value |
//! | --- | --- |
//! | `a`, number | audit trail: what was done with the accounts, and by them with no unit |
//! | `k`, kind, name or digest | an account, session or enrolment, as JSON |
//!
//! What concerns the register as a whole begins with four zero bytes:
//!
//! | key after the zeros | value |
//! | --- | --- |
//! | `a`, number | audit trail: what nobody's account did; up to format 7, all that is about no unit |
//! | `n`, name | a note |
//!
//! Up to format 7 accounts lay here under `k`, no place had a head, and a tally and what a record counts for had
//! another form.

use std::array;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use soho_shared::area::UnitCode;
use soho_shared::count::{Contribution, Period};
use soho_shared::household::{CertificateNumber, Recognised};
use soho_shared::law;
use soho_shared::record::{Actor, Doc, Of, Operation, RecordKey, Round, Stamp, Subject};
use uuid::Uuid;

use super::pack;
use super::types::Record;
use crate::engine::{FORMAT, Place, StoreError};
use crate::people::{self, AccountName, Author, Item, SessionId};

const AUDIT: u8 = b'a';
const CUT: u8 = b'c';
pub(super) const CERTIFICATE: u8 = b'g';
pub(super) const HELD: u8 = b'h';
const DONE: u8 = b'd';
pub(super) const JOINED: u8 = b'j';
pub(super) const LOG: u8 = b'i';
pub(super) const LATE: u8 = b'l';
pub(super) const OPEN: u8 = b'o';
pub(super) const RECORD: u8 = b'r';
/// Behind the log in the order of keys, as [`RECORD`].
pub(super) const AREA: u8 = b's';
pub(super) const TALLY: u8 = b't';
pub(super) const UNDONE: u8 = b'u';
const WRITER: u8 = b'w';
/// Before the other kinds in the order of keys.
const FORM: u8 = b'F';

/// Place of what concerns the register as a whole.
pub(super) const WHOLE: Place = [0; 4];
const ITEM: u8 = b'k';
const NOTE: u8 = b'n';

/// The places of accounts.
pub(super) fn people() -> [Place; 256] {
    array::from_fn(|at| [0, 0, 1, at.to_be_bytes()[size_of::<usize>() - 1]])
}

/// Place of an account with its sessions, enrolments and audit trail.
pub(super) fn place_of(account: &AccountName) -> Place {
    [0, 0, 1, Sha256::digest(account.as_str())[0]]
}

/// All places in the order of their keys: the whole, the accounts, the units.
pub(super) fn places() -> impl Iterator<Item = Place> {
    let mut places: Vec<Place> = [WHOLE].into_iter().chain(people()).collect();
    places.extend(UnitCode::all().map(UnitCode::to_bytes));
    // The province's code is below the accounts'.
    places.sort_unstable();
    places.into_iter()
}

/// Key of a unit: its code, the kind, the rest.
fn key(unit: impl Into<UnitCode>, kind: u8, rest: &[&[u8]]) -> Vec<u8> {
    let mut key = Vec::with_capacity(5 + rest.iter().map(|r| r.len()).sum::<usize>());
    key.extend_from_slice(&unit.into().to_bytes());
    key.push(kind);
    for part in rest {
        key.extend_from_slice(part);
    }
    key
}

/// Prefix of all keys of one kind in one unit.
pub(super) fn all(unit: impl Into<UnitCode>, kind: u8) -> Vec<u8> {
    key(unit, kind, &[])
}

/// Key of the mark that an operation was stored.
pub(super) fn done(unit: impl Into<UnitCode>, operation: Uuid) -> Vec<u8> {
    key(unit, DONE, &[operation.as_bytes()])
}

/// What is kept of a stored operation to know it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// Its stamp with the believed time, where that is another time.
    pub(super) moved: Option<Stamp>,
    /// Digest of its content; `None` where an earlier format stored it.
    pub(super) content: Option<Content>,
}

/// Digest of all that an operation says, without its id.
pub(super) type Content = [u8; 16];

/// First byte of a mark with a digest. Those of format 7 are empty or begin with 1, for a stamp follows.
const WITH_CONTENT: u8 = 2;

impl Mark {
    pub(super) fn encode(self) -> Result<Vec<u8>, StoreError> {
        let Some(content) = self.content else {
            return self.moved.map_or_else(|| Ok(Vec::new()), |moved| encode(&Some(moved)));
        };
        let mut bytes = Vec::with_capacity(48);
        bytes.push(WITH_CONTENT);
        bytes.extend_from_slice(&content);
        postcard::to_extend(&self.moved, bytes).map_err(unwritable)
    }

    /// Reads [`Mark::encode`].
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (content, rest) = match bytes.split_first() {
            None => return Some(Mark { moved: None, content: None }),
            Some((&WITH_CONTENT, rest)) => {
                let (content, rest) = rest.split_first_chunk()?;
                (Some(*content), rest)
            }
            Some(_) => (None, bytes),
        };
        Some(Mark { moved: postcard::from_bytes(rest).ok()?, content })
    }
}

/// Digest of an operation's content.
pub(super) fn content(of: &Operation) -> Result<Content, StoreError> {
    let Operation { id: _, subject, round, stamp, changes, why } = of;
    let said = encode(&(subject, round, stamp, changes, why))?;
    let digest: [u8; 32] = Sha256::digest(said).into();
    Ok(*digest.first_chunk().unwrap_or(&[0; 16]))
}

/// Key of a certificate by its number.
pub(super) fn certificate(unit: impl Into<UnitCode>, number: CertificateNumber) -> Vec<u8> {
    key(unit, CERTIFICATE, &[&number.year.to_be_bytes(), &number.number.to_be_bytes()])
}

/// Prefix of the certificates of a commune's series of a year.
pub(super) fn series(unit: impl Into<UnitCode>, year: u16) -> Vec<u8> {
    key(unit, CERTIFICATE, &[&year.to_be_bytes()])
}

/// What is kept of a certificate under its number, so that which of them hold is known without reading households. It is
/// written with the household's record, and never removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Certified {
    /// The record that it stands on.
    pub(super) household: Uuid,
    pub(super) round: Round,
    /// What it recognises; `None` once it is withdrawn.
    pub(super) recognised: Option<Recognised>,
}

impl Certified {
    pub(super) fn encode(self) -> Result<Vec<u8>, StoreError> {
        encode(&(self.household.as_bytes(), self.round.year(), self.recognised))
    }

    /// Reads [`Certified::encode`].
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (household, year, recognised): ([u8; 16], u16, _) = postcard::from_bytes(bytes).ok()?;
        Some(Certified { household: Uuid::from_bytes(household), round: Round::new(year)?, recognised })
    }
}

/// Key of an operation that is held back, by the device that sent it.
pub(super) fn held(unit: impl Into<UnitCode>, session: SessionId, operation: Uuid) -> Vec<u8> {
    key(unit, HELD, &[&session.to_bytes(), operation.as_bytes()])
}

/// Key of the note that somebody's edits were undone at a time.
pub(super) fn undone(unit: impl Into<UnitCode>, at: u64, random: u64) -> Vec<u8> {
    key(unit, UNDONE, &[&at.to_be_bytes(), &random.to_be_bytes()])
}

/// Key of a writer's owner.
pub(super) fn writer(unit: impl Into<UnitCode>, writer: Actor) -> Vec<u8> {
    key(unit, WRITER, &[&writer.0.to_be_bytes()])
}

/// The value under a writer's key: who first used it, or nobody.
pub(super) fn owned(by: Option<&Author>) -> Vec<u8> {
    by.map(|by| [&by.session.to_bytes(), by.account.as_str().as_bytes()].concat()).unwrap_or_default()
}

/// Reads [`owned`].
pub(super) fn owner(value: &[u8]) -> Option<Option<Author>> {
    if value.is_empty() {
        return Some(None);
    }
    let (session, account) = value.split_first_chunk()?;
    let account = str::from_utf8(account).ok()?.parse().ok()?;
    Some(Some(Author { account, session: SessionId::from_bytes(*session) }))
}

/// Key of a chunk of the log, by its first change number.
pub(super) fn log(unit: impl Into<UnitCode>, first: u64) -> Vec<u8> {
    key(unit, LOG, &[&first.to_be_bytes()])
}

pub(super) fn record(of: RecordKey) -> Vec<u8> {
    of_record(if of.subject.household().is_some() { RECORD } else { AREA }, of)
}

/// Key of the mark that a record has open conflicts.
pub(super) fn open(of: RecordKey) -> Vec<u8> {
    of_record(OPEN, of)
}

/// Key of the mark that a record was edited after its round was closed.
pub(super) fn late(of: RecordKey) -> Vec<u8> {
    of_record(LATE, of)
}

/// Key of the household that a record names as the one that its household is a second entry of.
pub(super) fn joined(of: RecordKey) -> Vec<u8> {
    of_record(JOINED, of)
}

/// Key of the mark that a record was cut out.
pub(super) fn cut(of: RecordKey) -> Vec<u8> {
    of_record(CUT, of)
}

fn of_record(kind: u8, of: RecordKey) -> Vec<u8> {
    let year = of.round.year().to_be_bytes();
    match of.subject.of {
        Of::Household(uuid) => key(of.subject.unit, kind, &[uuid.as_bytes(), &year]),
        Of::Unit => key(of.subject.unit, kind, &[&[0], &year]),
        Of::Hamlet(number) => key(of.subject.unit, kind, &[&[number], &year]),
    }
}

/// Prefix of the records of all rounds about a subject.
pub(super) fn subject(Subject { unit, of }: Subject) -> Vec<u8> {
    match of {
        Of::Household(uuid) => key(unit, RECORD, &[uuid.as_bytes()]),
        Of::Unit => key(unit, AREA, &[&[0]]),
        Of::Hamlet(number) => key(unit, AREA, &[&[number]]),
    }
}

/// Key of a hamlet's tally.
pub(super) fn tally(unit: impl Into<UnitCode>, period: Period, hamlet: u8) -> Vec<u8> {
    key(unit, TALLY, &[&period.to_bytes(), &[hamlet]])
}

/// Key of the form of a unit's keys.
pub(super) fn form(unit: impl Into<UnitCode>) -> Vec<u8> {
    key(unit, FORM, &[])
}

/// Form of a unit's keys, and what its records were assessed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Form {
    /// Format of keys and values.
    pub(super) format: u32,
    /// Digest of law and rule.
    pub(super) rule: u64,
}

impl Form {
    /// What this version writes.
    pub(super) fn this() -> Self {
        Form { format: FORMAT, rule: law::digest() }
    }
}

/// Key of a note on the register as a whole.
pub(super) fn note(name: &str) -> Vec<u8> {
    [&WHOLE, &[NOTE][..], name.as_bytes()].concat()
}

/// Key of an account, session or enrolment, in the place of its account.
pub(super) fn item(place: Place, key: &people::Key) -> Vec<u8> {
    let (kind, rest) = match key {
        people::Key::Account(name) => (b'a', name.as_str().as_bytes()),
        people::Key::Enrolment(code) => (b'e', code.as_bytes().as_slice()),
        people::Key::Session(token) => (b's', token.as_bytes().as_slice()),
    };
    [&place, &[ITEM, kind][..], rest].concat()
}

/// Prefix of a place's accounts, sessions and enrolments.
pub(super) fn items(place: Place) -> Vec<u8> {
    [&place, &[ITEM][..]].concat()
}

/// Prefix of a place's audit trail.
pub(super) fn trail(place: Place) -> Vec<u8> {
    [&place, &[AUDIT][..]].concat()
}

/// Key of an entry of the audit trail.
pub(super) fn audit(place: Place, number: u64) -> Vec<u8> {
    [trail(place), number.to_be_bytes().to_vec()].concat()
}

/// Number of an entry of the audit trail, from its key.
pub(super) fn audit_number(key: &[u8]) -> Option<u64> {
    key.get(5..)?.try_into().ok().map(u64::from_be_bytes)
}

/// A key of the whole or of accounts, read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Other {
    Audit,
    Head,
    Item,
    Note,
}

/// Reads a key that is of no unit; `None` for any other.
pub(super) fn other(bytes: &[u8]) -> Option<Other> {
    let (place, rest) = bytes.split_first_chunk::<4>()?;
    let of_people = match place {
        [0, 0, 1, _] => true,
        &WHOLE => false,
        _ => return None,
    };
    match rest.split_first() {
        None => Some(Other::Head),
        Some((&AUDIT, number)) if number.len() == 8 => Some(Other::Audit),
        Some((&ITEM, _)) if of_people => Some(Other::Item),
        Some((&NOTE, _)) if !of_people => Some(Other::Note),
        _ => None,
    }
}

/// A key of a unit, read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Key {
    Audit,
    Certificate(CertificateNumber),
    Cut(RecordKey),
    Done,
    Form,
    Head,
    Held(SessionId, Uuid),
    Joined(RecordKey),
    Late(RecordKey),
    Log(u64),
    Open(RecordKey),
    Record(RecordKey),
    Tally(Period, u8),
    /// A tally of format 7.
    OldTally(Round, u8),
    /// When somebody's edits were undone.
    Undone(u64),
    Writer(Actor),
}

/// Reads a unit's key; `None` when it is not one of the register's.
pub(super) fn read(bytes: &[u8]) -> Option<(UnitCode, Key)> {
    let (unit, rest) = bytes.split_first_chunk::<4>()?;
    let unit = UnitCode::from_bytes(*unit)?;
    let Some((kind, rest)) = rest.split_first() else { return Some((unit, Key::Head)) };
    let key = match *kind {
        AUDIT if rest.len() == 8 => Key::Audit,
        CUT => Key::Cut(record_key(unit, rest)?),
        CERTIFICATE => {
            let (year, number) = rest.split_first_chunk()?;
            let (year, number) = (u16::from_be_bytes(*year), u32::from_be_bytes(number.try_into().ok()?));
            Key::Certificate(CertificateNumber { year, number })
        }
        DONE if rest.len() == 16 => Key::Done,
        FORM if rest.is_empty() => Key::Form,
        HELD => {
            let (session, operation) = rest.split_first_chunk()?;
            Key::Held(SessionId::from_bytes(*session), Uuid::from_bytes(operation.try_into().ok()?))
        }
        JOINED => Key::Joined(record_key(unit, rest)?),
        LATE => Key::Late(record_key(unit, rest)?),
        LOG => Key::Log(u64::from_be_bytes(rest.try_into().ok()?)),
        OPEN => Key::Open(record_key(unit, rest)?),
        RECORD | AREA => Key::Record(record_key(unit, rest)?),
        TALLY if rest.len() == 3 => {
            Key::OldTally(Round::new(u16::from_be_bytes([rest[0], rest[1]]))?, rest[2])
        }
        TALLY => {
            let (hamlet, period) = rest.split_last()?;
            Key::Tally(Period::from_bytes(period)?, *hamlet)
        }
        UNDONE if rest.len() == 16 => Key::Undone(u64::from_be_bytes(*rest.first_chunk()?)),
        WRITER => Key::Writer(Actor(u64::from_be_bytes(rest.try_into().ok()?))),
        _ => return None,
    };
    Some((unit, key))
}

/// The subject and round at the end of a record's key.
fn record_key(unit: UnitCode, bytes: &[u8]) -> Option<RecordKey> {
    let (of, year) = bytes.split_last_chunk()?;
    let of = match *of {
        [0] => Of::Unit,
        [number @ 1..=99] => Of::Hamlet(number),
        _ => Of::Household(Uuid::from_slice(of).ok()?),
    };
    if of != Of::Unit && unit.commune().is_none() {
        return None;
    }
    Some(RecordKey { subject: Subject { unit, of }, round: Round::new(u16::from_be_bytes(*year))? })
}

/// First part of a stored record: enough for a recount, which then need not read the rest.
#[derive(Serialize, Deserialize)]
struct Head<C = Contribution> {
    change: u64,
    adds: Option<C>,
}

/// Encodes a record: its head, then `body` as it is.
pub(super) fn encode_record(
    change: u64,
    adds: Option<&Contribution>,
    body: &[u8],
) -> Result<Vec<u8>, StoreError> {
    let head = Head { change, adds };
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

/// A record's last change number alone; `None` for what is not a record.
pub(super) fn change_of(bytes: &[u8]) -> Option<u64> {
    // The first part of its head.
    postcard::take_from_bytes(bytes).ok().map(|(change, _)| change)
}

/// Unpacked size of a record without its head, in bytes; 0 for what is not a record.
pub(super) fn record_size(bytes: &[u8]) -> usize {
    body(bytes).and_then(pack::size).unwrap_or(0)
}

/// The part of a record that follows its head, packed; `None` for what is not a record.
pub(super) fn body(bytes: &[u8]) -> Option<&[u8]> {
    postcard::take_from_bytes::<Head>(bytes).ok().map(|(_, body)| body)
}

/// Decodes a body: what the record holds, and the hamlets it stood in.
pub(super) fn decode_body(body: &[u8]) -> Option<(Doc, Vec<u8>)> {
    let body = pack::unpack(body)?;
    let (doc, hamlets) = postcard::take_from_bytes(&body).ok()?;
    Some((doc, hamlets.to_vec()))
}

/// Decodes a whole record.
pub(super) fn decode_record(key: RecordKey, bytes: &[u8]) -> Result<Record, StoreError> {
    let read = || -> Option<Record> {
        let (Head { change, adds }, rest) = postcard::take_from_bytes(bytes).ok()?;
        let (doc, hamlets) = decode_body(rest)?;
        Some(Record { key, change, contribution: adds, doc, hamlets })
    };
    read().ok_or_else(|| {
        StoreError::Damaged(format!("the record of {} in {} cannot be read", key.subject, key.round))
    })
}

/// Decodes only a record's change number and what it adds.
pub(super) fn decode_head(bytes: &[u8]) -> Option<(u64, Option<Contribution>)> {
    postcard::take_from_bytes::<Head>(bytes).ok().map(|(head, _)| (head.change, head.adds))
}

/// Encodes an account, session or enrolment.
pub(super) fn encode_item(item: &Item) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(item).map_err(|e| StoreError::Io(format!("an account cannot be encoded: {e}")))
}

/// Decodes an account, session or enrolment; `None` also when it does not belong under this key.
pub(super) fn decode_item(key: &[u8], bytes: &[u8]) -> Option<Item> {
    let read: Item = serde_json::from_slice(bytes).ok()?;
    (item(place_of(read.account()), &read.key()) == key).then_some(read)
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
    use soho_shared::record::HouseholdId;

    use super::*;

    #[test]
    fn keys_read_back() {
        let household: HouseholdId = "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f".parse().unwrap();
        let unit = UnitCode::from(household.commune);
        let of = RecordKey { subject: household.into(), round: Round::CENSUS_2010 };
        for subject in ["83", "836", "29173", "29173-01", "29173-99", &household.to_string()] {
            let of = RecordKey { subject: subject.parse().unwrap(), ..of };
            let unit = of.subject.unit;
            for (key, expected) in [
                (record(of), Key::Record(of)),
                (open(of), Key::Open(of)),
                (cut(of), Key::Cut(of)),
                (late(of), Key::Late(of)),
            ] {
                assert_eq!(read(&key), Some((unit, expected)));
            }
            assert!(record(of).starts_with(&self::subject(of.subject)));
        }
        // A district keeps no household and no hamlet.
        let district: UnitCode = "836".parse().unwrap();
        for key in [record(of), record(RecordKey { subject: "29173-01".parse().unwrap(), ..of })] {
            assert_eq!(read(&[&district.to_bytes(), &key[4..]].concat()), None);
        }
        assert_eq!(read(&done(unit, household.uuid)), Some((unit, Key::Done)));
        assert_eq!(read(&log(unit, 7)), Some((unit, Key::Log(7))));
        assert_eq!(read(&joined(of)), Some((unit, Key::Joined(of))));
        let number = CertificateNumber { year: 2011, number: 15 };
        assert_eq!(read(&certificate(unit, number)), Some((unit, Key::Certificate(number))));
        assert!(certificate(unit, number).starts_with(&series(unit, 2011)));
        for recognised in [None, Some(Recognised::EscapedPoor)] {
            let certified = Certified { household: household.uuid, round: of.round, recognised };
            assert_eq!(Certified::decode(&certified.encode().unwrap()), Some(certified));
        }
        let period = Period::from(of.round);
        assert_eq!(read(&tally(unit, period, 3)), Some((unit, Key::Tally(period, 3))));
        assert_eq!(read(&form(unit)), Some((unit, Key::Form)));
        let session = SessionId::from_bytes([7; 16]);
        let held = held(unit, session, household.uuid);
        assert_eq!(read(&held), Some((unit, Key::Held(session, household.uuid))));
        assert_eq!(read(&undone(unit, 7, 9)), Some((unit, Key::Undone(7))));
        assert_eq!(read(&writer(unit, Actor(7))), Some((unit, Key::Writer(Actor(7)))));
        assert_eq!(read(&unit.to_bytes()), Some((unit, Key::Head)));
        assert_eq!(read(&audit(unit.to_bytes(), 7)), Some((unit, Key::Audit)));
        for number in [0, 7, u64::MAX] {
            assert_eq!(audit_number(&audit(unit.to_bytes(), number)), Some(number));
        }
        let account: AccountName = "lan".parse().unwrap();
        let place = place_of(&account);
        for (key, expected) in [
            (audit(WHOLE, 7), Other::Audit),
            (audit(place, 7), Other::Audit),
            (item(place, &people::Key::Account(account)), Other::Item),
            (note("demo"), Other::Note),
            (place.to_vec(), Other::Head),
        ] {
            assert_eq!((other(&key), read(&key)), (Some(expected), None));
        }
        assert_eq!(other(&record(of)), None);
        let places: Vec<_> = places().collect();
        assert!(places.is_sorted() && places.contains(&place) && places.contains(&unit.to_bytes()));
        let moved = Stamp::new(1_290_000_000_000, 3, Actor(7));
        for mark in [(moved, None), (moved, Some([9; 16])), (None, None), (None, Some([1; 16]))] {
            let mark = Mark { moved: mark.0, content: mark.1 };
            assert_eq!(Mark::decode(&mark.encode().unwrap()), Some(mark));
        }
        for bad in [&b""[..], b"c", &[0; 40], &log(unit, 7)[..9], &tally(unit, period, 3)[..6]] {
            assert_eq!(read(bad), None);
        }
    }
}
