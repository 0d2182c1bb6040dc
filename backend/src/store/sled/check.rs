//! Checking a register against itself.

use std::collections::{BTreeMap, HashMap, HashSet};

use ::sled::{IVec, Tree};
use soho_shared::area::{self, CommuneCode};
use soho_shared::assess::Contribution;
use soho_shared::record::{Doc, RecordKey, Round};
use soho_shared::tally::{Book, Tally, TallyChange};
use uuid::Uuid;

use super::access::Noted;
use super::cut;
use super::keys::{self, Key, Whole};
use super::log::{self, Chunk, LogEntry};
use crate::people::{AccountName, Item};
use crate::store::{Record, StoreError};

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
    /// Number of acknowledged changes.
    pub changes: u64,
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
struct OfCommune {
    /// Last change of each record, as the log says in front.
    latest: HashMap<RecordKey, u64>,
    head: u64,
    /// Last change that the commune's audit trail speaks of.
    noted: u64,
    /// Whether its log has an earlier format, which is upgraded as the register is opened.
    is_old: bool,
    done: u64,
    logged: HashSet<Uuid>,
    /// What the log of each record adds up to: its contents, its hamlets and the number of its last change.
    replayed: HashMap<RecordKey, (Doc, Vec<u8>, u64)>,
    /// The records listed as being in conflict.
    open: HashSet<RecordKey>,
    recount: BTreeMap<(Round, u8), Tally>,
    /// Records that were cut out, with their last change before that: what is there now began anew.
    cut: HashMap<RecordKey, u64>,
}

/// Reads the whole register and compares: keys, tallies and the front of the log with the records, and at
/// [`Depth::Everything`] the records with the log.
pub(super) fn check(tree: &Tree, depth: Depth) -> Result<Verified, StoreError> {
    check_pairs(tree.iter(), depth)
}

/// [`check`] of one part: what concerns the register as a whole, or one commune.
pub(super) fn check_part(tree: &Tree, part: [u8; 4], depth: Depth) -> Result<Verified, StoreError> {
    // The notes say which records were cut out.
    check_pairs(tree.scan_prefix(keys::note("")).chain(tree.scan_prefix(part)), depth)
}

fn check_pairs(
    pairs: impl Iterator<Item = ::sled::Result<(IVec, IVec)>>,
    depth: Depth,
) -> Result<Verified, StoreError> {
    let mut checking = Checking::new(depth);
    for pair in pairs {
        let (key, value) = pair?;
        checking.take(&key, &value);
    }
    Ok(checking.finish())
}

/// Check of a register that is being read, key by key in their order.
pub(super) struct Checking {
    depth: Depth,
    found: Verified,
    at: Option<(CommuneCode, OfCommune)>,
    people: People,
    /// Records that were cut out, with their last change before that.
    cut: HashMap<RecordKey, u64>,
}

impl Checking {
    pub(super) fn new(depth: Depth) -> Self {
        let (found, people) = (Verified::default(), People::default());
        Checking { depth, found, at: None, people, cut: HashMap::new() }
    }

    pub(super) fn take(&mut self, key: &[u8], value: &[u8]) {
        let found = &mut self.found;
        if let Some(whole) = keys::whole(key) {
            self.cut.extend(cut::read(key, value));
            self.people.take(&whole, key, value, found);
            return;
        }
        let Some((commune, key)) = keys::read(key) else {
            found.problem(|| "a key is not one of the register's".to_owned());
            return;
        };
        if self.at.as_ref().is_none_or(|(current, _)| *current != commune) {
            let mut counts = OfCommune::default();
            counts.cut.extend(self.cut.iter().filter(|(key, _)| key.household.commune == commune));
            if let Some((done, counts)) = self.at.replace((commune, counts)) {
                counts.finish(done, self.depth, found);
            }
        }
        if let Some((_, counts)) = &mut self.at {
            counts.take(commune, &key, value, self.depth, found);
        }
    }

    pub(super) fn finish(mut self) -> Verified {
        if let Some((commune, counts)) = self.at {
            counts.finish(commune, self.depth, &mut self.found);
        }
        self.people.finish(&mut self.found);
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
    fn take(&mut self, whole: &Whole, key: &[u8], value: &[u8], found: &mut Verified) {
        match whole {
            // What a push changed is in the trail of its commune.
            Whole::Audit => {
                if check_entry(value, found) > 0 {
                    found.problem(|| "the audit trail of the whole register speaks of changes".to_owned());
                }
            }
            Whole::Item => match keys::decode_item(key, value) {
                Some(Item::Account(account)) => drop(self.accounts.insert(account.name)),
                Some(other) => drop(self.owners.insert(other.account().clone())),
                None => found.problem(|| "an account or session cannot be read".to_owned()),
            },
            Whole::Note => {}
        }
    }

    fn finish(&self, found: &mut Verified) {
        for owner in self.owners.difference(&self.accounts) {
            found.problem(|| format!("a session or code is of the account `{owner}`, which is not there"));
        }
    }
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

impl OfCommune {
    fn take(&mut self, commune: CommuneCode, key: &Key, value: &[u8], depth: Depth, found: &mut Verified) {
        match *key {
            Key::Audit => self.noted = check_entry(value, found).max(self.noted),
            Key::Done => self.done += 1,
            Key::Log(first) => self.follow(commune, first, value, depth, found),
            Key::OldLog(_) => self.is_old = true,
            Key::OldClock => {}
            Key::Open(record) => drop(self.open.insert(record)),
            Key::Record(record) => self.count(record, value, depth, found),
            Key::Tally(round, hamlet) => {
                found.tallies += 1;
                let counted = self.recount.remove(&(round, hamlet)).unwrap_or_default();
                if postcard::from_bytes::<Tally>(value).ok() != Some(counted) {
                    found.problem(|| {
                        format!(
                            "the tally of hamlet {commune}-{hamlet:02} in {round} is not its records' sum"
                        )
                    });
                }
            }
        }
    }

    fn follow(&mut self, commune: CommuneCode, first: u64, value: &[u8], depth: Depth, found: &mut Verified) {
        let unreadable = || format!("a part of the log of commune {commune} cannot be read");
        let Some(chunk) = Chunk::decode(commune, first, value) else {
            found.problem(unreadable);
            return;
        };
        if first != self.head + 1 {
            found.problem(|| format!("the log of commune {commune} has a gap before change {first}"));
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
                found.problem(|| format!("an operation of commune {commune} is twice in the log"));
            }
            if self.cut.get(&operation.key()).is_some_and(|cut| number <= *cut) {
                continue;
            }
            let (doc, hamlets, last) = self.replayed.entry(operation.key()).or_default();
            if std::mem::replace(last, number) != *previous {
                found.problem(|| {
                    format!("change {number} of commune {commune} is not linked to the one before it")
                });
            }
            entry.write(doc);
            Record::stood(hamlets, operation);
        }
    }

    fn count(&mut self, key: RecordKey, value: &[u8], depth: Depth, found: &mut Verified) {
        found.records += 1;
        let commune = key.household.commune;
        let Some((change, contribution)) = keys::decode_head(value) else {
            found.problem(|| unreadable(key));
            return;
        };
        if self.latest.remove(&key) != Some(change) && !self.is_old {
            found.problem(|| format!("change {change} of commune {commune} is not the last of its record"));
        }
        for moved in TallyChange::between(key.round, commune, None, contribution.as_ref()) {
            *self.recount.entry((key.round, moved.hamlet)).or_default() += &moved.by;
        }
        let open = self.open.remove(&key);
        if depth == Depth::Everything {
            match keys::decode_record(key, value) {
                Err(_) => found.problem(|| unreadable(key)),
                Ok(record) => {
                    if Contribution::of(&record.doc, commune, key.round) != contribution {
                        found.problem(|| {
                            format!("a record of commune {commune} counts for something else than it says")
                        });
                    }
                    if open != record.doc.has_conflicts() {
                        found.problem(|| {
                            format!("a record of commune {commune} is wrongly listed as in conflict or not")
                        });
                    }
                    if self.replayed.remove(&key) != Some((record.doc, record.hamlets, change)) {
                        found.problem(|| {
                            format!("a record of commune {commune} is not what its log adds up to")
                        });
                    }
                }
            }
        }
    }

    fn finish(self, commune: CommuneCode, depth: Depth, found: &mut Verified) {
        found.changes += self.done;
        if !self.open.is_empty() {
            found.problem(|| format!("records of commune {commune} listed as in conflict are not there"));
        }
        if !self.latest.is_empty() {
            found.problem(|| format!("records of commune {commune} that the log speaks of are not there"));
        }
        if self.noted > self.head {
            found.problem(|| {
                format!("the audit trail of commune {commune} speaks of changes the log has not")
            });
        }
        if self.recount.values().any(|tally| !tally.is_zero()) {
            found.problem(|| format!("tallies of commune {commune} are missing"));
        }
        // Every operation takes the next change number and leaves its mark.
        if self.done != self.head && !self.is_old {
            let (done, head) = (self.done, self.head);
            found.problem(|| format!("commune {commune} has {head} changes and the marks of {done}"));
        }
        if depth == Depth::Everything && self.logged.len() as u64 != self.done {
            found.problem(|| format!("the log of commune {commune} and the marks of its operations differ"));
        }
    }
}

fn unreadable(RecordKey { household, round }: RecordKey) -> String {
    format!("the record {household}.{round} cannot be read: `soho cut` takes it out and keeps its log")
}

/// Figures and last change numbers, read from the stored tallies and the ends of the logs: what a running server
/// holds in memory.
pub(super) struct Sums {
    pub(super) book: Book,
    pub(super) heads: HashMap<CommuneCode, u64>,
}

/// Reads the running sums: a few entries for each hamlet, none for each household.
pub(super) fn sums(tree: &Tree) -> Result<Sums, StoreError> {
    let mut sums = Sums { book: Book::default(), heads: HashMap::new() };
    for commune in area::communes().iter().map(|c| c.code) {
        let damaged = || StoreError::Damaged(format!("a tally of commune {commune} cannot be read"));
        for pair in tree.scan_prefix(keys::all(commune, keys::TALLY)) {
            let (key, value) = pair?;
            let Some((_, Key::Tally(round, hamlet))) = keys::read(&key) else { return Err(damaged()) };
            let by = postcard::from_bytes(&value).map_err(|_| damaged())?;
            sums.book.apply(&TallyChange { round, commune, hamlet, by });
        }
        match log::head(tree, commune)? {
            0 => {}
            head => drop(sums.heads.insert(commune, head)),
        }
    }
    Ok(sums)
}
