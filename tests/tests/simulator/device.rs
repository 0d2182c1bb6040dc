//! A volunteer's tablet: the app's own records and outbox ([`soho_frontend::local`]), with a disk in memory.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::RangeInclusive;

use soho_frontend::local::acknowledged::{Heard, MOST, put_back, surplus};
use soho_frontend::local::outbox::{Entry, Step, Written, next, settle};
use soho_frontend::local::records::{Edit, Records, Verdict, apply, verdict};
use soho_shared::area::CommuneCode;
use soho_shared::record::{Actor, Clock, Doc, FieldPath, HouseholdId, RecordKey, Stamp, Value};
use soho_shared::wire::{Cursor, PullResponse, PushResponse};
use soho_tests::edits::Dice;
use uuid::Uuid;

use super::{ROUNDS, YEAR};

/// The data that survive the app, and that a backup of the tablet holds.
#[derive(Clone, Default)]
pub(crate) struct Disk {
    pub(crate) base: BTreeMap<RecordKey, Doc>,
    /// The register that gave each record, where it named itself.
    given_by: HashMap<RecordKey, Option<Uuid>>,
    outbox: BTreeMap<Stamp, Entry>,
    /// What the server has acknowledged and no backup has yet.
    acknowledged: BTreeMap<String, Entry>,
    /// What it remembers of the register that answered last.
    heard: Option<String>,
    /// The register from which the records are fetched.
    whole: Option<Uuid>,
    /// The register that gave the cursor.
    cursor: (Option<Uuid>, Cursor),
    /// When it last fetched, by its own clock and in truth.
    fetched: (u64, u64),
}

/// An edit as it was really made.
struct Made {
    at: u64,
    /// How far the clock that stamped it was off, in milliseconds.
    off: i64,
    /// When its tablet had last fetched before it, if its own clock was right then.
    after: u64,
}

/// One tablet.
pub(crate) struct Device {
    pub(crate) commune: CommuneCode,
    pub(crate) disk: Disk,
    backup: Disk,
    /// Records that it can show.
    known: Vec<RecordKey>,
    records: Records,
    clock: Clock,
    actor: Actor,
    /// How far its own clock is off, in milliseconds.
    skew: i64,
    made: HashMap<Stamp, Made>,
    pub(crate) online: bool,
    /// Exchange whose answer it waits for, if any.
    pub(crate) waits_for: Option<u64>,
    pub(crate) edits_left: u32,
    /// Ids of what it was told is stored, since it was last set up.
    pub(crate) told_stored: HashSet<Uuid>,
    /// Whether it is made to forget what the server has acknowledged.
    forgets: bool,
}

impl Device {
    pub(crate) fn new(commune: CommuneCode, edits: u32, forgets: bool, dice: &mut Dice) -> Self {
        let actor = Actor(dice.roll(u64::MAX));
        Device {
            commune,
            disk: Disk::default(),
            backup: Disk::default(),
            known: Vec::new(),
            records: Records::default(),
            clock: Clock::new(actor),
            actor,
            skew: skew(dice),
            made: HashMap::new(),
            online: dice.roll(4) > 0,
            waits_for: None,
            edits_left: edits,
            told_stored: HashSet::new(),
            forgets,
        }
    }

    /// Starts the app anew after it was closed or crashed or the battery died. What was not on disk is gone,
    /// and the clock may be off by another amount.
    pub(crate) fn restart(&mut self, dice: &mut Dice) {
        self.actor = Actor(dice.roll(u64::MAX));
        let stamped = self.disk.outbox.values().map(|entry| entry.op.stamp.millis());
        self.clock = Clock::since(stamped.chain([self.disk.fetched.0]).max().unwrap(), self.actor);
        self.waits_for = None;
        if dice.roll(3) == 0 {
            self.skew = skew(dice);
        }
        self.records = Records::default();
        for (key, doc) in &self.disk.base {
            self.records.put_base(*key, doc.clone());
        }
        self.records.reload(self.disk.outbox.values().cloned().collect());
        self.known = self.records.keys().collect();
    }

    /// Makes the clock jump while the app runs.
    pub(crate) fn jump(&mut self, dice: &mut Dice) {
        self.skew = skew(dice);
    }

    pub(crate) fn back_up(&mut self) {
        self.backup = self.disk.clone();
    }

    /// Sets the tablet up again from its last backup.
    pub(crate) fn restore(&mut self, dice: &mut Dice) {
        self.disk = self.backup.clone();
        self.told_stored.clear();
        self.restart(dice);
    }

    /// Makes the volunteer edit a household that she knows, or add one.
    pub(crate) fn edit(&mut self, now: u64, dice: &mut Dice) {
        self.edits_left -= 1;
        let known = &self.known;
        let key = if known.is_empty() || dice.roll(30) == 0 {
            let household = HouseholdId { commune: self.commune, uuid: dice.uuid() };
            RecordKey { subject: household.into(), round: ROUNDS[index(dice, ROUNDS.len())] }
        } else {
            // Often one of a few, on which the volunteers meet; now and then in another round.
            let few = if dice.roll(8) == 0 { known.len().min(8) } else { known.len() };
            let known = known[index(dice, few)];
            let round = if dice.roll(6) == 0 { ROUNDS[index(dice, ROUNDS.len())] } else { known.round };
            RecordKey { round, ..known }
        };
        if !self.records.holds(&key) {
            self.known.push(key);
        }
        let stamp = self.clock.tick(self.time(now));
        let (shown, after) = self.disk.fetched;
        let after = if is_right(ahead(shown, after)) { after } else { 0 };
        self.made.insert(stamp, Made { at: now, off: ahead(stamp.millis(), now), after });
        let changes: Vec<_> = (0..=dice.roll(3)).map(|_| change(dice)).collect();
        let changes: BTreeMap<FieldPath, Value> = changes.into_iter().collect();
        self.records.edit(Edit { key, stamp, id: dice.uuid() }, changes.into_iter().collect());
    }

    /// Writes to the disk what was typed.
    pub(crate) fn save(&mut self, dice: &mut Dice) {
        let mut written = Vec::new();
        for step in self.records.take_steps(|| dice.uuid()) {
            match step {
                Step::Delete(slot) => drop(self.disk.outbox.remove(&slot)),
                Step::Put { entry, saved, spare } => {
                    let slot = entry.slot;
                    let stored = self.disk.outbox.get(&slot).cloned().filter(|_| saved);
                    let (entry, fork) = settle(*entry, saved, spare, stored);
                    self.disk.outbox.insert(entry.slot, entry);
                    written.push(Written { slot, fork });
                }
            }
        }
        self.records.written(written);
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.waits_for.is_some()
    }

    /// Returns what is to be sent next, up to `bytes`, and marks it as sent.
    pub(crate) fn batch(&mut self, bytes: usize, dice: &mut Dice) -> Vec<Entry> {
        let mut batch = next(self.disk.outbox.values().cloned().collect(), bytes);
        for entry in &mut batch {
            if !entry.sent && dice.roll(100) == 0 {
                self.lie(entry, dice);
            }
            entry.sent = true;
            self.disk.outbox.insert(entry.slot, entry.clone());
        }
        for entry in &batch {
            self.records.take_stored(entry.clone());
        }
        batch
    }

    /// Claims to have seen a write that another writer has not made, or not yet. It must hide nothing.
    fn lie(&self, entry: &mut Entry, dice: &mut Dice) {
        let known = self.disk.base.get(&entry.op.key()).and_then(|doc| doc.seen("member_count").pop());
        let Some(known) = known.filter(|stamp| stamp.actor() != entry.op.stamp.actor()) else { return };
        let ahead = 1 + dice.roll(YEAR / 20);
        for change in &mut entry.op.changes {
            change.seen.push(known.at(known.millis() + ahead));
        }
    }

    /// Returns the time by its own clock.
    fn time(&self, now: u64) -> u64 {
        now.saturating_add_signed(self.skew)
    }

    /// Returns the time that the stamping clock shows.
    pub(crate) fn shows(&mut self, now: u64) -> u64 {
        self.clock.read(self.time(now))
    }

    /// Returns when an edit was really made, and the range of times in which the server must believe it was
    /// made if its tablet's clock showed `clock` when it was sent at `now`.
    pub(crate) fn made(&self, stamp: Stamp, clock: u64, now: u64) -> (u64, RangeInclusive<u64>) {
        let Made { at, off, after } = self.made[&stamp];
        let off_now = ahead(clock, now);
        // The time of an edit is exact if its clock was set back since, or simply runs on. If the clock was
        // set forward, or started anew far behind, only what was known before is certain.
        let from = if off_now <= off {
            at
        } else if is_right(off_now) {
            after
        } else {
            0
        };
        (at, from..=if off_now == off { at } else { now })
    }

    /// Returns the cursor with the register that gave it.
    pub(crate) fn cursor(&self) -> (Option<Uuid>, Cursor) {
        self.disk.cursor.clone()
    }

    /// Takes in what an answer says of its register, as the app's database does.
    fn hear(&mut self, heard: &Heard, coming: usize) {
        let disk = &mut self.disk;
        if disk.heard.as_ref().is_some_and(|memo| heard.is_another(memo)) {
            let kept = std::mem::take(&mut disk.acknowledged).into_values().collect();
            let outbox: Vec<_> = disk.outbox.values().cloned().collect();
            for entry in put_back(kept, &outbox) {
                disk.outbox.insert(entry.slot, entry.clone());
                self.records.take_stored(entry);
            }
        } else {
            for (from, to) in heard.in_backup() {
                disk.acknowledged.retain(|key, _| *key < from || *key > to);
            }
            let keys = disk.acknowledged.keys().cloned().collect();
            for key in surplus(keys, heard.clock, &[], MOST - coming) {
                disk.acknowledged.remove(&key);
            }
        }
        disk.heard = Some(heard.memo());
    }

    /// Takes in the server's answers to a batch.
    pub(crate) fn take_answers(&mut self, batch: &[Entry], answer: &PushResponse, dice: &mut Dice) {
        let heard = answer.register.map(|register| Heard {
            register: register.to_string(),
            clock: answer.clock,
            reached: answer.reached.clone().into_iter().collect(),
            backed_up: answer.backed_up.clone().into_iter().collect(),
        });
        if let Some(heard) = &heard {
            self.hear(heard, batch.len());
        }
        for (entry, result) in batch.iter().zip(&answer.results) {
            let Some(stored) = self.disk.outbox.get(&entry.slot) else { continue };
            if stored.op.id != entry.op.id {
                continue;
            }
            let key = entry.op.key();
            let time = match verdict(entry, result.clone(), || dice.uuid()) {
                Verdict::Stored(time) => time,
                Verdict::Renamed(id) => {
                    let entry = entry.clone().renamed(id);
                    self.disk.outbox.insert(entry.slot, entry.clone());
                    self.records.take_stored(entry);
                    continue;
                }
                Verdict::Refused(problem) => panic!("nothing invalid is typed here: {problem:?}"),
            };
            self.told_stored.insert(entry.op.id);
            if let Some(key) = heard.as_ref().and_then(|heard| heard.key(entry)).filter(|_| !self.forgets) {
                self.disk.acknowledged.insert(key, entry.clone());
            }
            self.disk.given_by.insert(key, answer.register);
            let doc = self.disk.base.entry(key).or_default();
            apply(doc, &entry.op, time);
            self.disk.outbox.remove(&entry.slot);
            self.records.put_base(key, doc.clone());
            self.records.drop_stored(&key, entry.slot);
        }
    }

    /// Takes in a page of changes.
    pub(crate) fn take_page(&mut self, now: u64, page: PullResponse) {
        if let Some(register) = page.register {
            let (register, backed_up) = (register.to_string(), page.backed_up.into_iter().collect());
            let heard = Heard { register, clock: page.clock, reached: [].into_iter().collect(), backed_up };
            self.hear(&heard, 0);
        }
        for record in page.records {
            let key = RecordKey { subject: record.subject, round: record.round };
            if !self.records.holds(&key) {
                self.known.push(key);
            }
            self.records.put_base(key, record.doc.clone());
            self.disk.given_by.insert(key, page.register);
            self.disk.base.insert(key, record.doc);
        }
        let register = page.register.unwrap();
        if *self.disk.whole.get_or_insert(register) != register && !page.more {
            self.disk.whole = Some(register);
            self.sweep(page.register);
        }
        self.disk.cursor = (page.register, page.cursor);
        self.shows(now);
        self.disk.fetched = (self.time(now), now);
    }

    /// Forgets the records that another register gave and this one does not have.
    fn sweep(&mut self, register: Option<Uuid>) {
        let given_by = &self.disk.given_by;
        let gone: Vec<_> = self.disk.base.extract_if(.., |key, _| given_by[key] != register).collect();
        for (key, _) in gone {
            self.disk.given_by.remove(&key);
            self.records.put_base(key, Doc::default());
            self.known.retain(|known| *known != key);
        }
    }

    pub(crate) fn has_unsent(&self) -> bool {
        !self.disk.outbox.is_empty()
    }

    /// Whether it asks once more before it wipes itself: it may keep what a restored register has lost.
    pub(crate) fn keeps_acknowledged(&self) -> bool {
        !self.disk.acknowledged.is_empty()
    }
}

/// Draws a deviation of up to ten years behind or ahead; half of the clocks are right to the minute.
fn skew(dice: &mut Dice) -> i64 {
    let within = if dice.roll(2) == 0 { 60_000 } else { 10 * YEAR };
    i64::try_from(dice.roll(2 * within)).unwrap() - i64::try_from(within).unwrap()
}

/// Returns by how many milliseconds a time is ahead of another.
fn ahead(time: u64, of: u64) -> i64 {
    time.cast_signed() - of.cast_signed()
}

/// Returns whether a clock that is ahead by this much is right to the minute.
fn is_right(ahead: i64) -> bool {
    ahead.unsigned_abs() <= 60_000
}

fn index(dice: &mut Dice, below: usize) -> usize {
    usize::try_from(dice.roll(below as u64)).unwrap()
}

fn change(dice: &mut Dice) -> (FieldPath, Value) {
    const ITEMS: [&str; 4] = ["a", "b", "c", "d"];
    let item = ITEMS[index(dice, ITEMS.len())];
    let n = i64::try_from(dice.roll(6)).unwrap();
    let yes = Value::Bool(n < 3);
    let (field, value) = match dice.roll(12) {
        0 => ("hamlet".to_owned(), Value::Int(n % 3 + 1)),
        1 => ("member_count".to_owned(), Value::Int(n + 1)),
        2 => ("head/name".to_owned(), Value::from(["Nguyễn Văn Ba", "Trần Thị Tư"][index(dice, 2)])),
        3 => (format!("income/{item}/source"), ["crops", "wages", "social_allowance"][index(dice, 3)].into()),
        4 | 5 => (format!("income/{item}/amount"), Value::Int(n * 2_000_000)),
        6 => (format!("income/{item}/removed"), yes),
        7 => (format!("members/{item}/name"), Value::from(["Lê Văn Sáu", "Lê Thị Bảy"][index(dice, 2)])),
        8 => (format!("members/{item}/removed"), yes),
        9 => ("main_cause".to_owned(), ["lack_of_means", "lack_of_labour"][index(dice, 2)].into()),
        // Withdrawn, or taken back.
        10 => ("removed".to_owned(), Value::Bool(n == 0)),
        _ => ("a_field_of_2030".to_owned(), if n == 0 { Value::Null } else { Value::Int(n) }),
    };
    (field.parse().unwrap(), value)
}
