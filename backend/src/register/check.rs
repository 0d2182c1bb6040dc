//! Checking a register against itself.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use soho_shared::area::UnitCode;
use soho_shared::count::{Contribution, Counts, Period, Standing};
use soho_shared::duplicate::{Joined, survivor};
use soho_shared::household::{CertificateNumber, field};
use soho_shared::recognition;
use soho_shared::record::{Doc, HouseholdId, Of, RecordKey, Round, Subject};
use soho_shared::stage::Progress;
use uuid::Uuid;

use super::closing::Rounds;
use super::held::Held;
use super::held_back::HeldBack;
use super::keys::{self, Certified, Form, Key, Other};
use super::log::{Chunk, LogEntry};
use super::trail::Noted;
use super::types::Record;
use super::undo::Undo;
use super::{closing, courses, cut, upgrade};
use crate::engine::{Engine, Look, Place, Range, StoreError, read_head};
use crate::people::{AccountName, Item};

/// Number of problems that are put into words; the others are only counted.
const SHOWN: usize = 20;

/// Findings of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Number of records read.
    pub records: u64,
    /// Number of operations found in the log.
    pub operations: u64,
    /// Number of hamlet tallies recounted.
    pub tallies: u64,
    /// Sum of the heads; of a commune in an earlier form, the number of its changes.
    pub(super) acknowledged: u64,
    /// Households that moved from one commune to another and of which the two do not say the same. No damage: one of them has
    /// yet to enter it.
    pub one_sided_moves: u64,
    /// Moves as the commune says that was left, and as the one says that was come to.
    left: BTreeSet<(HouseholdId, HouseholdId)>,
    came: BTreeSet<(HouseholdId, HouseholdId)>,
    /// The first problems, in words.
    pub problems: Vec<String>,
    /// Number of problems.
    pub problem_count: u64,
}

impl Verified {
    fn problem(&mut self, what: impl FnOnce() -> String) {
        self.problem_count += 1;
        if self.problems.len() < SHOWN {
            self.problems.push(what());
        }
    }

    /// Whether everything agrees.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.problem_count == 0
    }
}

/// How much a check reads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Every page, key and tally, and the front of the log: what opening looks at.
    Counts,
    /// Also every record and the log: each record must be what its logged operations add up to.
    Everything,
}

/// What was read so far of the commune at hand. Its keys come in the order of their kinds.
#[derive(Default)]
struct OfUnit {
    /// Last change of each record, as the log says in front.
    latest: HashMap<RecordKey, u64>,
    head: u64,
    /// Last change that the commune's audit trail speaks of.
    noted: u64,
    head_of_place: u64,
    /// Form of its keys; `None` for that of format 7.
    form: Option<Form>,
    done: u64,
    logged: HashSet<Uuid>,
    /// What the log of each record adds up to: its contents, its hamlets and the number of its last change.
    replayed: HashMap<RecordKey, (Doc, Vec<u8>, u64)>,
    /// How far the rounds are, and the latest that is closed, by the log.
    rounds: Rounds,
    closed: Option<Round>,
    /// Records that were edited after their rounds were closed, by the log; those that are listed so are taken out.
    late: HashSet<RecordKey>,
    /// The records listed as being in conflict.
    open: HashSet<RecordKey>,
    /// The households that were found to be one, as the list says; and as the records say that were read.
    joined: Joined,
    named: Joined,
    /// What each record says by itself, and what it is stored as adding.
    said: Vec<(RecordKey, Option<Standing>, Option<Contribution>)>,
    /// Whether some record of a closed round is stored as having been given something else than it says.
    is_given_else: bool,
    recount: BTreeMap<(Period, u8), Counts>,
    /// Records that were cut out, with their last change before that: what is there now began anew.
    cut: HashMap<RecordKey, u64>,
    /// The certificates as they are listed by number; those of the records that were read are taken out.
    certificates: HashMap<CertificateNumber, Certified>,
    /// The records that were read on which each number stands.
    numbers: HashMap<CertificateNumber, RecordKey>,
}

/// Reads the whole register and compares: keys, tallies and the front of the log with the records, and at
/// [`Depth::Everything`] the records with the log. Each place is read at one moment.
pub(super) fn check(store: &dyn Engine, depth: Depth) -> Result<Verified, StoreError> {
    let mut checking = Checking::new(depth);
    for place in keys::places() {
        checking.read(store, place)?;
    }
    Ok(checking.finish())
}

/// [`check`] of one place.
pub(super) fn check_place(store: &dyn Engine, place: Place, depth: Depth) -> Result<Verified, StoreError> {
    let mut checking = Checking::new(depth);
    checking.read(store, place)?;
    Ok(checking.finish())
}

/// What an engine in files asks before it lets anything be changed.
pub(super) fn verdict(store: &dyn Engine, look: Look) -> Result<u64, StoreError> {
    match look {
        Look::Ends => Ok(Held::read(store)?.sum),
        Look::All => {
            let found = check(store, Depth::Counts)?;
            match found.problems.into_iter().next() {
                Some(problem) => Err(StoreError::Damaged(problem)),
                None => Ok(found.acknowledged),
            }
        }
    }
}

/// Check of a register that is being read, key by key in their order.
pub(super) struct Checking {
    depth: Depth,
    found: Verified,
    at: Option<(UnitCode, OfUnit)>,
    people: People,
    /// Records that were cut out, with their last change before that, as format 7 notes it.
    cut: HashMap<RecordKey, u64>,
}

impl Checking {
    pub(super) fn new(depth: Depth) -> Self {
        let (found, people) = (Verified::default(), People::default());
        Checking { depth, found, at: None, people, cut: HashMap::new() }
    }

    fn read(&mut self, store: &dyn Engine, place: Place) -> Result<(), StoreError> {
        for (key, value) in store.range(Range::of(&place))? {
            self.take(&key, &value);
        }
        Ok(())
    }

    pub(super) fn take(&mut self, key: &[u8], value: &[u8]) {
        let found = &mut self.found;
        if let Some(item) = upgrade::item_of_format_7(key, value) {
            self.people.count(item);
            return;
        }
        if let Some(other) = keys::other(key) {
            self.cut.extend(cut::noted(key, value));
            self.people.take(&other, key, value, found);
            return;
        }
        let Some((unit, key)) = keys::read(key) else {
            found.problem(|| "a key is not one of the register's".to_owned());
            return;
        };
        if self.at.as_ref().is_none_or(|(current, _)| *current != unit) {
            let mut counts = OfUnit::default();
            counts.cut.extend(self.cut.iter().filter(|(key, _)| key.subject.unit == unit));
            if let Some((done, counts)) = self.at.replace((unit, counts)) {
                counts.finish(done, self.depth, found);
            }
        }
        if let Some((_, counts)) = &mut self.at {
            counts.take(unit, &key, value, self.depth, found);
        }
    }

    pub(super) fn finish(mut self) -> Verified {
        if let Some((unit, counts)) = self.at {
            counts.finish(unit, self.depth, &mut self.found);
        }
        self.people.finish(&mut self.found);
        let (left, came) = (std::mem::take(&mut self.found.left), std::mem::take(&mut self.found.came));
        self.found.one_sided_moves = left.symmetric_difference(&came).count() as u64;
        self.found
    }
}

/// Accounts that were read, and the owners of sessions and codes.
#[derive(Default)]
struct People {
    accounts: HashSet<AccountName>,
    owners: HashSet<AccountName>,
}

impl People {
    fn take(&mut self, other: &Other, key: &[u8], value: &[u8], found: &mut Verified) {
        match other {
            // What a push changed is in the trail of its commune.
            Other::Audit => {
                if check_entry(value, found) > 0 {
                    found.problem(|| "the audit trail of the whole register speaks of changes".to_owned());
                }
            }
            Other::Head => count_head(value, found).map_or((), drop),
            Other::Item => match keys::decode_item(key, value) {
                Some(item) => self.count(item),
                None => found.problem(|| "an account or session cannot be read".to_owned()),
            },
            Other::Note => {}
        }
    }

    fn count(&mut self, item: Item) {
        match item {
            Item::Account(account) => drop(self.accounts.insert(account.name)),
            other => drop(self.owners.insert(other.account().clone())),
        }
    }

    fn finish(&self, found: &mut Verified) {
        for owner in self.owners.difference(&self.accounts) {
            found.problem(|| format!("a session or code is of the account `{owner}`, which is not there"));
        }
    }
}

/// Adds a place's head to the sum.
fn count_head(value: &[u8], found: &mut Verified) -> Option<u64> {
    let head = read_head(value).ok();
    match head {
        Some(head) => found.acknowledged = found.acknowledged.saturating_add(head),
        None => found.problem(|| "a head cannot be read".to_owned()),
    }
    head
}

/// The last change that an entry of the audit trail speaks of; 0 when it speaks of none.
fn check_entry(value: &[u8], found: &mut Verified) -> u64 {
    match Noted::decode(value) {
        Some(Noted::Told(..)) => 0,
        Some(Noted::Changed(_, first, last)) if (1..=last).contains(&first) => last,
        _ => {
            found.problem(|| "an entry of the audit trail cannot be read".to_owned());
            0
        }
    }
}

impl OfUnit {
    fn take(&mut self, unit: UnitCode, key: &Key, value: &[u8], depth: Depth, found: &mut Verified) {
        match *key {
            Key::Audit => self.noted = check_entry(value, found).max(self.noted),
            Key::Certificate(number) => match Certified::decode(value) {
                Some(certified) => drop(self.certificates.insert(number, certified)),
                None => found.problem(|| format!("certificate {number} of area {unit} cannot be read")),
            },
            Key::Done => self.done += 1,
            Key::Log(first) => self.follow(unit, first, value, depth, found),
            Key::Cut(record) => match cut::read(value) {
                Some(last) => drop(self.cut.insert(record, last)),
                None => found.problem(|| format!("a mark of a record cut out in area {unit} cannot be read")),
            },
            Key::Form => self.form = postcard::from_bytes(value).ok(),
            Key::Head => self.head_of_place = count_head(value, found).unwrap_or_default(),
            Key::Joined(RecordKey { subject, round }) => {
                let survivor = Uuid::from_slice(value).ok();
                if survivor.is_none() {
                    found.problem(|| format!("which households of area {unit} are one cannot be read"));
                }
                if let Some(household) = subject.household() {
                    self.joined.set(household.uuid, round, survivor);
                }
            }
            Key::Late(record) => {
                if depth == Depth::Everything && !self.late.remove(&record) {
                    found.problem(|| format!("a record of area {unit} is wrongly listed as edited late"));
                }
            }
            Key::Open(record) => drop(self.open.insert(record)),
            Key::Record(record) => self.count(record, value, depth, found),
            Key::Tally(period, hamlet) => {
                self.compare(unit, (period, hamlet), postcard::from_bytes(value).ok().as_ref(), found);
            }
            Key::Held(session, id) => {
                if HeldBack::decode(&keys::held(unit, session, id), value).is_none() {
                    found.problem(|| format!("an operation held back in area {unit} cannot be read"));
                }
            }
            Key::Undone(_) => {
                if serde_json::from_slice::<Undo>(value).is_err() {
                    found.problem(|| format!("a note on what was undone in area {unit} cannot be read"));
                }
            }
            Key::Writer(writer) => {
                if keys::owner(value).is_none() {
                    found.problem(|| {
                        format!("the owner of writer {:016x} in area {unit} cannot be read", writer.0)
                    });
                }
            }
            Key::OldTally(round, hamlet) => {
                let tally = upgrade::tally_of_format_7(value).filter(|_| self.form.is_none());
                self.compare(unit, (round.into(), hamlet), tally.as_ref(), found);
            }
        }
    }

    fn compare(
        &mut self,
        unit: UnitCode,
        (period, hamlet): (Period, u8),
        stored: Option<&Counts>,
        found: &mut Verified,
    ) {
        found.tallies += 1;
        let counted = self.recount.remove(&(period, hamlet)).unwrap_or_default();
        if stored != Some(&counted) {
            found.problem(|| {
                let round = period.round();
                format!("the tally of hamlet {unit}-{hamlet:02} in {round} is not its records' sum")
            });
        }
    }

    fn follow(&mut self, unit: UnitCode, first: u64, value: &[u8], depth: Depth, found: &mut Verified) {
        let unreadable = || format!("a part of the log of area {unit} cannot be read");
        let Some(chunk) = Chunk::decode(unit, first, value) else {
            found.problem(unreadable);
            return;
        };
        if first != self.head + 1 {
            found.problem(|| format!("the log of area {unit} has a gap before change {first}"));
        }
        self.head = chunk.last();
        let after_cut = |number, key| self.cut.get(&key).is_none_or(|cut| number > *cut);
        let counted = chunk.records().filter(|(number, record)| after_cut(*number, *record));
        self.latest.extend(counted.map(|(number, record)| (record, number)));
        if depth == Depth::Counts {
            return;
        }
        let Ok(entries) = chunk.entries() else {
            found.problem(unreadable);
            return;
        };
        for (number, entry) in entries {
            let LogEntry { operation, previous, .. } = &entry;
            found.operations += 1;
            if !self.logged.insert(operation.id) {
                found.problem(|| format!("an operation of area {unit} is twice in the log"));
            }
            if self.cut.get(&operation.key()).is_some_and(|cut| number <= *cut) {
                continue;
            }
            let (doc, hamlets, last) = self.replayed.entry(operation.key()).or_default();
            if std::mem::replace(last, number) != *previous {
                found
                    .problem(|| format!("change {number} of area {unit} is not linked to the one before it"));
            }
            entry.write(doc);
            Record::stood(hamlets, operation);
            if closing::moves_stage(operation) {
                self.rounds.insert(operation.round, Progress::of(doc));
                self.closed = closing::closed(&self.rounds);
                self.late.retain(|key| closing::freezes(self.closed, *key));
            } else if closing::freezes(self.closed, operation.key()) && closing::would_move(operation) {
                self.late.insert(operation.key());
            }
        }
    }

    fn count(&mut self, key: RecordKey, value: &[u8], depth: Depth, found: &mut Verified) {
        found.records += 1;
        let unit = key.subject.unit;
        let Some((change, adds, body)) = upgrade::head(self.form, value) else {
            found.problem(|| unreadable(key));
            return;
        };
        if self.latest.remove(&key) != Some(change) {
            found.problem(|| format!("change {change} of area {unit} is not the last of its record"));
        }
        adds.iter().for_each(|adds| adds.add_to(&mut self.recount, key.round));
        let open = self.open.remove(&key);
        if depth == Depth::Everything {
            match keys::decode_body(body) {
                None => found.problem(|| unreadable(key)),
                Some((doc, hamlets)) => {
                    if let Some(household) = key.subject.household() {
                        self.named.set(household.uuid, key.round, survivor(&doc, key.subject));
                        let other = |field| doc.get(field)?.as_text()?.parse::<HouseholdId>().ok();
                        found.left.extend(other(field::MOVED_TO).map(|to| (household, to)));
                        found.came.extend(other(field::MOVED_FROM).map(|from| (from, household)));
                    }
                    if closing::freezes(self.closed, key) {
                        let anew = adds.as_ref().map(|adds| adds.given_anew(&doc, key.round));
                        self.is_given_else |= anew != adds;
                    }
                    self.said.push((key, Standing::of_record(&doc, key), adds));
                    self.certify(key, &doc, found);
                    if open != doc.has_conflicts() {
                        found.problem(|| {
                            format!("a record of area {unit} is wrongly listed as in conflict or not")
                        });
                    }
                    if self.replayed.remove(&key) != Some((doc, hamlets, change)) {
                        found.problem(|| format!("a record of area {unit} is not what its log adds up to"));
                    }
                }
            }
        }
    }

    /// Compares the certificates on a record with those that are listed by number, and with those of other records.
    fn certify(&mut self, key: RecordKey, doc: &Doc, found: &mut Verified) {
        let (unit, round) = (key.subject.unit, key.round);
        let Some(household) = key.subject.household().map(|household| household.uuid) else { return };
        for recognition::Issued { number, recognised, .. } in recognition::issued(doc) {
            let listed = self.certificates.remove(&number);
            if let Some(other) = self.numbers.insert(number, key) {
                let one = other.subject;
                found.problem(|| {
                    format!("certificate {number} of area {unit} stands on {one} and {}", key.subject)
                });
            } else if listed != Some(Certified { household, round, recognised }) {
                found.problem(|| format!("certificate {number} of area {unit} is wrongly listed"));
            }
        }
    }

    fn finish(self, unit: UnitCode, depth: Depth, found: &mut Verified) {
        if self.form.is_none() {
            found.acknowledged += self.done;
        }
        if self.form.is_some() != (self.head_of_place > 0) {
            found.problem(|| format!("area {unit} has a head without a form, or a form without a head"));
        }
        // By another law or rule it is assessed anew as the register is opened.
        if depth == Depth::Everything && self.form == Some(Form::this()) {
            if self.named != self.joined {
                found.problem(|| format!("records of area {unit} are wrongly listed as another household's"));
            }
            let said = self.said.iter().map(|(key, standing, stored)| {
                courses::said(*key, standing.as_ref(), stored.as_ref(), self.closed)
            });
            let adds = courses::contributions(&said.collect::<Vec<_>>(), &self.joined, self.closed);
            if !self.late.is_empty() {
                found.problem(|| format!("records of area {unit} that were edited late are not listed so"));
            }
            if self.is_given_else {
                found.problem(|| {
                    format!("records of area {unit} in closed rounds count other supports than were given")
                });
            }
            for ((_, _, stored), adds) in self.said.iter().zip(adds) {
                if *stored != adds {
                    found.problem(|| counts_for_something_else(unit));
                }
            }
        }
        // A record that was cut out has left its certificates.
        let is_cut = |of: &Certified| {
            let subject = Subject { unit, of: Of::Household(of.household) };
            self.cut.contains_key(&RecordKey { subject, round: of.round })
        };
        if depth == Depth::Everything && !self.certificates.values().all(is_cut) {
            found.problem(|| format!("certificates of area {unit} stand on no record"));
        }
        if !self.open.is_empty() {
            found.problem(|| format!("records of area {unit} listed as in conflict are not there"));
        }
        if !self.latest.is_empty() {
            found.problem(|| format!("records of area {unit} that the log speaks of are not there"));
        }
        if self.noted > self.head {
            found.problem(|| format!("the audit trail of area {unit} speaks of changes the log has not"));
        }
        if self.recount.values().any(|tally| !tally.is_empty()) {
            found.problem(|| format!("tallies of area {unit} are missing"));
        }
        // Every operation takes the next change number and leaves its mark.
        if self.done != self.head {
            let (done, head) = (self.done, self.head);
            found.problem(|| format!("area {unit} has {head} changes and the marks of {done}"));
        }
        if depth == Depth::Everything && self.logged.len() as u64 != self.done {
            found.problem(|| format!("the log of area {unit} and the marks of its operations differ"));
        }
    }
}

fn counts_for_something_else(unit: UnitCode) -> String {
    format!("a record of area {unit} counts for something else than it says")
}

fn unreadable(record: RecordKey) -> String {
    format!("the record {record} cannot be read: `soho cut` takes it out and keeps its log")
}
