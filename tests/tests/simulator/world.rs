//! Devices, an unreliable network and a server that crashes; one seed decides everything.

mod hostile;
mod officers;

use std::collections::{BTreeMap, HashMap, HashSet};

use soho::people::Author;
use soho::register::{Arrival, CLOCK_TOLERANCE_MILLIS, Holds};
use soho_frontend::local::outbox::Entry;
use soho_shared::access::{Role, Scope};
use soho_shared::area::{self, AreaCode, CommuneCode, HamletCode};
use soho_shared::duplicate::{self, Decision};
use soho_shared::record::{
    Actor, Change, Clock, Doc, HouseholdId, Operation, RecordKey, Round, Stamp, Subject, Value,
};
use soho_shared::report::By;
use soho_shared::stage::{Progress, Stage};
use soho_shared::wire::{
    Cursor, OperationResult, PullResponse, PulledRecord, PushRequest, PushResponse, Status,
};
use soho_tests::edits::Dice;
use uuid::Uuid;

use super::device::Device;
use super::oracle::Oracle;
use super::server::{Fault, Server};
use super::{DAY, MINUTE, ROUNDS, Sabotage, Size};

/// 1 October 2010, the season of surveys.
const BEGIN: u64 = 1_285_891_200_000;
/// One seed in so many keeps the register on a disk; the others keep it in memory.
const ON_DISK: u64 = 5;
/// Number of devices that work in the same commune.
const TOGETHER: usize = 10;

/// A push that a device sends.
#[derive(Clone)]
struct Sent {
    device: usize,
    /// When it was sent; `clock` is what the device's clock showed.
    at: u64,
    clock: u64,
    batch: Vec<Entry>,
}

/// A message on its way between a device and the server.
enum Message {
    /// A push; `text` is what is left of it where it was cut.
    Push {
        exchange: u64,
        sent: Sent,
        text: Option<String>,
    },
    Pushed {
        device: usize,
        exchange: u64,
        batch: Vec<Entry>,
        answer: PushResponse,
    },
    Pull {
        device: usize,
        exchange: u64,
        cursor: (Option<Uuid>, Cursor),
    },
    Pulled {
        device: usize,
        exchange: u64,
        page: PullResponse,
    },
}

/// What happened under a seed, to be printed and compared.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Story {
    pub(crate) stored: usize,
    pub(crate) conflicts: usize,
    pub(crate) duplicates: usize,
    pub(crate) set_back: usize,
    pub(crate) lost_messages: usize,
    /// Number of requests of somebody hostile.
    pub(crate) attacks: usize,
    /// Number of decisions of officers: two households joined or parted, one moved.
    pub(crate) decisions: usize,
    /// Number of rounds of communes that were closed, and of those that were opened again.
    pub(crate) closed: usize,
    pub(crate) reopened: usize,
    /// Number of operations that were held back.
    pub(crate) held: usize,
    /// Number of crashes of the server, torn transactions and full disks.
    pub(crate) faults: usize,
    pub(crate) restarts: usize,
    /// Number of times that the register was restored from a backup.
    pub(crate) restored: usize,
    /// Number of operations that it lost then.
    pub(crate) lost_by_restores: usize,
    /// Checksum of all records at the end.
    pub(crate) digest: u64,
}

pub(crate) struct World {
    dice: Dice,
    now: u64,
    devices: Vec<Device>,
    server: Server,
    network: Vec<Message>,
    exchanges: u64,
    at_once: u64,
    oracle: Oracle,
    /// What the last backup holds.
    backed_up: Option<Oracle>,
    sabotage: Option<Sabotage>,
    /// Writers under which somebody has attacked.
    attackers: HashSet<Actor>,
    /// Writer of the server's pages.
    pages: Clock,
    /// Devices that were taken away, with the time when they were.
    revoked: HashMap<usize, u64>,
    story: Story,
}

/// Numbers that stand for somebody hostile, and for an officer.
const HOSTILE: usize = usize::MAX;
const OFFICER: usize = usize::MAX - 1;

/// Whose device it is: each has an account of its own.
fn author(device: usize) -> Author {
    let session = format!("{device:032x}").parse().unwrap();
    let account = match device {
        HOSTILE => "hostile".to_owned(),
        OFFICER => "xa".to_owned(),
        device => format!("vol-{device}"),
    };
    Author { account: account.parse().unwrap(), session }
}

impl World {
    pub(crate) fn new(seed: u64, size: Size, sabotage: Option<Sabotage>) -> Self {
        let mut dice = Dice::new(seed);
        let communes = area::communes();
        let first = usize::try_from(dice.roll(communes.len() as u64)).unwrap();
        let devices = (0..size.devices)
            .map(|i| {
                let commune = communes[(first + i / TOGETHER) % communes.len()].code;
                let forgets = sabotage == Some(Sabotage::ForgetWhatWasSent);
                Device::new(commune, size.edits, forgets, &mut dice)
            })
            .collect();
        World {
            dice,
            now: BEGIN,
            devices,
            // A register on a disk is as fast to merge and slower to write.
            server: Server::start(
                seed.is_multiple_of(ON_DISK) || sabotage == Some(Sabotage::ForgetWhatWasSent),
            ),
            network: Vec::new(),
            exchanges: 0,
            at_once: size.at_once,
            oracle: Oracle::default(),
            backed_up: None,
            sabotage,
            attackers: HashSet::new(),
            pages: Clock::new(Actor(u64::from_be_bytes(*b"officers") ^ seed)),
            revoked: HashMap::new(),
            story: Story::default(),
        }
    }

    /// Runs weeks of work with everything that goes wrong in them, then a quiet evening in which every tablet
    /// reaches the server. After that nothing may be missing.
    pub(crate) async fn run(mut self) -> Result<Story, String> {
        self.work_until(0).await?;
        self.finish().await
    }

    /// Lets no device have more than `edits_left`.
    pub(crate) async fn work_until(&mut self, edits_left: u32) -> Result<(), String> {
        while self.devices.iter().any(|device| device.edits_left > edits_left) {
            self.step().await?;
        }
        Ok(())
    }

    /// Another version of the server opens the register.
    pub(crate) fn open_anew(&mut self) {
        self.server.crash();
    }

    /// Lets every tablet reach the server, and judges.
    pub(crate) async fn finish(mut self) -> Result<Story, String> {
        self.network.clear();
        for device in &mut self.devices {
            device.waits_for = None;
        }
        self.settle().await?;
        self.judge().await
    }

    fn chance(&mut self, one_in: u64) -> bool {
        self.dice.roll(one_in) == 0
    }

    async fn step(&mut self) -> Result<(), String> {
        self.now += self.dice.roll(2 * MINUTE);
        // Messages under way arrive in any order.
        for _ in 0..self.dice.roll(3) {
            if !self.network.is_empty() {
                let at = usize::try_from(self.dice.roll(self.network.len() as u64)).unwrap();
                let message = self.network.swap_remove(at);
                self.arrive(message).await?;
            }
        }
        let count = self.devices.len() as u64;
        let chosen = usize::try_from(self.dice.roll(count)).unwrap();
        match self.dice.roll(1_000) {
            0 | 1 => {
                self.devices[chosen].restart(&mut self.dice);
                self.story.restarts += 1;
            }
            2 => self.devices[chosen].jump(&mut self.dice),
            3 => self.devices[chosen].back_up(),
            4 if self.chance(4) => {
                self.oracle.note_lost_tablet(&self.devices[chosen].told_stored);
                self.devices[chosen].restore(&mut self.dice);
            }
            // A whole commune loses its network, or gets it back.
            5 => {
                let (commune, online) = (self.devices[chosen].commune, self.dice.roll(3) > 0);
                for device in self.devices.iter_mut().filter(|device| device.commune == commune) {
                    device.online = online;
                }
            }
            6 if self.sabotage.is_none() => self.attack(chosen).await?,
            7 if self.sabotage.is_none() => self.decide(chosen).await?,
            8 if self.sabotage.is_none() && self.chance(10) => {
                let now = self.now;
                self.revoked.entry(chosen).or_insert(now);
            }
            9 if self.sabotage.is_none() => self.take_held().await?,
            10 if self.server.is_on_disk() => self.back_up().await,
            11 if self.may_be_restored() => self.restore(),
            12..42 => self.devices[chosen].online = self.dice.roll(4) > 0,
            _ => self.work(chosen),
        }
        Ok(())
    }

    /// Whether the register can be restored from a backup here.
    fn may_be_restored(&self) -> bool {
        self.backed_up.is_some() && matches!(self.sabotage, None | Some(Sabotage::ForgetWhatWasSent))
    }

    async fn back_up(&mut self) {
        self.server.back_up().await;
        self.backed_up = Some(self.oracle.clone());
    }

    /// The register is lost and restored from its last backup. The tablets send again what came after.
    fn restore(&mut self) {
        self.server.restore(self.now);
        let sent = self.devices.iter().flat_map(|device| device.told_stored.iter().copied()).collect();
        let then = self.backed_up.as_ref().expect("a backup was taken");
        self.story.lost_by_restores += self.oracle.note_restored(then, &sent);
        self.story.restored += 1;
    }

    /// What a push of a device is known by.
    fn arrival(&self, device: usize, clock: Option<u64>) -> Arrival {
        let holds = self.revoked.get(&device).map_or(Holds::Nothing, |since| Holds::After(*since));
        Arrival { holds, ..Arrival::sent(self.now, clock, Some(author(device))) }
    }

    /// Simulates an hour of a volunteer's day.
    fn work(&mut self, chosen: usize) {
        let device = &mut self.devices[chosen];
        for _ in 0..self.dice.roll(self.at_once) {
            if device.edits_left == 0 {
                break;
            }
            device.edit(self.now, &mut self.dice);
            // The app may die between the keystroke and the disk.
            if self.dice.roll(50) > 0 {
                device.save(&mut self.dice);
            }
        }
        if !device.online || (device.is_waiting() && self.dice.roll(4) > 0) {
            return;
        }
        self.exchanges += 1;
        let exchange = self.exchanges;
        let device = &mut self.devices[chosen];
        device.waits_for = Some(exchange);
        let bytes = usize::try_from(self.dice.roll(40_000)).unwrap();
        let batch = if self.dice.roll(4) == 0 { Vec::new() } else { device.batch(bytes, &mut self.dice) };
        let is_revoked = self.revoked.contains_key(&chosen);
        // What was taken away is given nothing.
        if batch.is_empty() && is_revoked && !device.keeps_acknowledged() {
            device.waits_for = None;
            return;
        }
        let message = if batch.is_empty() && !is_revoked {
            Message::Pull { device: chosen, exchange, cursor: device.cursor() }
        } else {
            let sent = Sent { device: chosen, at: self.now, clock: device.shows(self.now), batch };
            Message::Push { exchange, sent, text: None }
        };
        self.send(message);
    }

    /// Hands a message to the network, which may lose, cut or repeat it.
    fn send(&mut self, message: Message) {
        match (self.dice.roll(20), message) {
            (0, _) => self.story.lost_messages += 1,
            (1, Message::Push { exchange, sent, .. }) => {
                let mut text = serde_json::to_string(&request(&sent)).unwrap();
                let mut end = usize::try_from(self.dice.roll(text.len() as u64)).unwrap();
                while !text.is_char_boundary(end) {
                    end -= 1;
                }
                text.truncate(end);
                self.network.push(Message::Push { exchange, sent, text: Some(text) });
            }
            (2 | 3, Message::Push { exchange, sent, .. }) => {
                let again = Message::Push { exchange, sent: sent.clone(), text: None };
                self.network.push(again);
                self.network.push(Message::Push { exchange, sent, text: None });
            }
            (_, message) => self.network.push(message),
        }
    }

    async fn arrive(&mut self, message: Message) -> Result<(), String> {
        match message {
            Message::Push { text: Some(text), .. } => {
                // A push that was cut short must not be read as a whole one.
                if serde_json::from_str::<PushRequest>(&text).is_ok() {
                    return Err(format!("half a request was read as a whole one: {text}"));
                }
            }
            Message::Push { exchange, sent, text: None } => {
                let fault = match self.dice.roll(1_500) {
                    0 => Some(Fault::Before),
                    1 => Some(Fault::Within),
                    2 => Some(Fault::After),
                    3 => Some(Fault::Full),
                    _ => None,
                };
                self.story.faults += usize::from(fault.is_some());
                let answer = self.push(&sent, fault).await?;
                if let Some(answer) = answer.filter(|_| fault.is_none()) {
                    let Sent { device, batch, .. } = sent;
                    self.send(Message::Pushed { device, exchange, batch, answer });
                }
            }
            Message::Pull { device, exchange, cursor } => {
                let limit = usize::try_from(1 + self.dice.roll(200)).unwrap();
                let commune = self.devices[device].commune;
                let page = self.pull(commune, cursor, limit).await;
                self.send(Message::Pulled { device, exchange, page });
            }
            Message::Pushed { device, exchange, batch, answer } => {
                let device = &mut self.devices[device];
                if device.waits_for == Some(exchange) {
                    device.waits_for = None;
                    device.take_answers(&batch, &answer, &mut self.dice);
                }
            }
            Message::Pulled { device, exchange, page } => {
                let device = &mut self.devices[device];
                if device.waits_for == Some(exchange) {
                    device.waits_for = None;
                    device.take_page(self.now, page);
                }
            }
        }
        Ok(())
    }

    /// Answers a pull. The cursor of another register counts as none.
    async fn pull(&self, commune: CommuneCode, cursor: (Option<Uuid>, Cursor), limit: usize) -> PullResponse {
        let (of, cursor) = cursor;
        let cursor = if of == Some(self.server.store.id()) { cursor } else { Cursor::default() };
        self.server.pull(self.now, commune, cursor, limit).await
    }

    async fn push(&mut self, sent: &Sent, fault: Option<Fault>) -> Result<Option<PushResponse>, String> {
        let mut request = request(sent);
        let honest = request.operations.clone();
        if self.sabotage == Some(Sabotage::AnswerBeforeStoring) && self.chance(100) {
            let result = |o: &Operation| OperationResult {
                id: o.id,
                status: Status::Accepted,
                time: None,
                held: false,
                problem: None,
            };
            let results = honest.iter().map(result).collect();
            let register = Some(self.server.store.id());
            let answer = PushResponse { clock: self.now, results, register, ..PushResponse::default() };
            return self.noted(&honest, Some(answer));
        }
        if let Some(sabotage) = self.sabotage {
            sabotage.spoil(&mut request, &self.server.store, self.now).await;
        }
        let arrival = self.arrival(sent.device, request.clock);
        let answer = self.server.push(arrival, request.operations, fault, &mut self.dice).await?;
        if let (Some(answer), None | Some(Sabotage::BelieveEveryClock)) = (&answer, self.sabotage) {
            self.check_times(sent, &honest, &answer.results)?;
        }
        self.noted(&honest, answer)
    }

    fn noted(
        &mut self,
        operations: &[Operation],
        answer: Option<PushResponse>,
    ) -> Result<Option<PushResponse>, String> {
        if let Some(answer) = &answer {
            self.oracle.note(operations, &answer.results)?;
            let count = |status| answer.results.iter().filter(|r| r.status == status).count();
            self.story.conflicts += count(Status::Conflict);
            self.story.duplicates += count(Status::Duplicate);
            self.story.held += answer.results.iter().filter(|result| result.held).count();
            self.story.set_back += answer.results.iter().filter(|r| r.time.is_some()).count();
        }
        Ok(answer)
    }

    /// Checks the time that the server believes of each edit. It may differ from what can be known of the
    /// edit by as much as the clock tolerance and its message's time under way, and may not be more than the
    /// tolerance in the future.
    fn check_times(
        &self,
        sent: &Sent,
        operations: &[Operation],
        results: &[OperationResult],
    ) -> Result<(), String> {
        let off = CLOCK_TOLERANCE_MILLIS + (self.now - sent.at);
        // What was refused, since its id is taken, is sent again under another one.
        let stored = operations.iter().zip(results).filter(|(_, result)| result.status != Status::Rejected);
        for (Operation { stamp, .. }, result) in stored {
            let believed = result.time.unwrap_or(stamp.millis());
            let (made, known) = self.devices[sent.device].made(*stamp, sent.clock, sent.at);
            let wrong = believed + off < *known.start() || believed > known.end() + off;
            // For an operation that was sent before, the time was decided then.
            let is_known = result.status == Status::Duplicate || self.oracle.is_held(&result.id);
            let wrong = wrong && !is_known;
            if wrong || believed > self.now + CLOCK_TOLERANCE_MILLIS {
                let showed = format!("its clock showed {} when it was {}", sent.clock, sent.at);
                return Err(format!("{stamp}, made at {made}, is believed to be of {believed}; {showed}"));
            }
        }
        Ok(())
    }

    /// Lets every tablet send all it has and fetch all there is. One that hears of another register sends once more.
    async fn settle(&mut self) -> Result<(), String> {
        for at in 0..self.devices.len() {
            self.devices[at].save(&mut self.dice);
        }
        loop {
            for at in 0..self.devices.len() {
                let mut asks = self.revoked.contains_key(&at) && self.devices[at].keeps_acknowledged();
                while self.devices[at].has_unsent() || std::mem::take(&mut asks) {
                    let batch = self.devices[at].batch(usize::MAX, &mut self.dice);
                    let clock = self.devices[at].shows(self.now);
                    let sent = Sent { device: at, at: self.now, clock, batch };
                    let answer = self.push(&sent, None).await?.expect("no fault was asked for");
                    self.devices[at].take_answers(&sent.batch, &answer, &mut self.dice);
                }
            }
            self.take_held().await?;
            for at in (0..self.devices.len()).filter(|at| !self.revoked.contains_key(at)) {
                loop {
                    let (commune, cursor) = (self.devices[at].commune, self.devices[at].cursor());
                    let page = self.pull(commune, cursor, 500).await;
                    let more = page.more;
                    self.devices[at].take_page(self.now, page);
                    if !more {
                        break;
                    }
                }
            }
            if !self.devices.iter().any(Device::has_unsent) {
                return Ok(());
            }
        }
    }

    /// All that the server holds of a commune, with what is said of its hamlets and of itself.
    async fn docs(&self, commune: CommuneCode) -> BTreeMap<RecordKey, Doc> {
        let mut docs = BTreeMap::new();
        let mut cursor = Cursor::default();
        loop {
            let page = self.server.pull_all(self.now, commune, cursor).await;
            let key = |record: &PulledRecord| RecordKey { subject: record.subject, round: record.round };
            docs.extend(page.records.into_iter().map(|record| (key(&record), record.doc)));
            if !page.more {
                return docs;
            }
            cursor = page.cursor;
        }
    }

    async fn judge(mut self) -> Result<Story, String> {
        self.server.verify().await;
        self.oracle.check_owed()?;
        let mut by_commune: BTreeMap<CommuneCode, Vec<&Device>> = BTreeMap::new();
        let in_use = self.devices.iter().enumerate().filter(|(at, _)| !self.revoked.contains_key(at));
        for (_, device) in in_use {
            by_commune.entry(device.commune).or_default().push(device);
        }
        for (commune, devices) in by_commune {
            let docs = self.docs(commune).await;
            // What is equal is equal byte for byte: a record has only one form.
            let of_households = docs.iter().filter(|(key, _)| key.subject.household().is_some());
            let of_households: BTreeMap<RecordKey, Doc> =
                of_households.map(|(key, doc)| (*key, doc.clone())).collect();
            for device in devices {
                if device.disk.base != of_households {
                    let what = difference(&device.disk.base, &of_households);
                    return Err(format!(
                        "a tablet of commune {commune} does not hold what the server holds: {what}"
                    ));
                }
            }
            let counted = self.oracle.compare(commune, &docs)?;
            let told = self.server.history(docs.keys().copied().collect()).await;
            self.oracle.compare_history(commune, &told)?;
            let disputed = docs.iter().filter(|(_, doc)| !doc.conflicts().is_empty()).map(|(key, _)| *key);
            if !self.server.in_conflict(commune).await.into_iter().eq(disputed) {
                return Err(format!("commune {commune} does not list the records in conflict"));
            }
            let of = AreaCode::Commune(commune);
            for (round, counted) in ROUNDS.into_iter().zip(counted) {
                let table = self.server.store.statistics(of, round, By::Hamlet).unwrap();
                let said = [table.total.poor, table.total.near_poor, table.total.low_income];
                if counted[..3] != said {
                    return Err(format!(
                        "commune {commune} counts {said:?} in {round}, there are {counted:?}"
                    ));
                }
            }
            for byte in bytes(&docs) {
                self.story.digest = self.story.digest.wrapping_mul(0x100_0000_01b3) ^ u64::from(byte);
            }
        }
        self.story.stored = self.oracle.len();
        Ok(self.story)
    }
}

/// Returns the first field in which a tablet's records differ from the server's.
fn difference(mine: &BTreeMap<RecordKey, Doc>, server: &BTreeMap<RecordKey, Doc>) -> String {
    for (key, doc) in server {
        let Some(mine) = mine.get(key) else { return format!("{key:?} is missing") };
        let mut fields = doc.standing().map(|(field, _)| field.as_str());
        if let Some(field) = fields.find(|field| doc.only(field) != mine.only(field)) {
            return format!("{field} of {}: {:?} is {:?}", key.subject, mine.only(field), doc.only(field));
        }
    }
    "records or fields that the server has not".to_owned()
}

fn request(Sent { clock, batch, .. }: &Sent) -> PushRequest {
    PushRequest { clock: Some(*clock), operations: batch.iter().map(|entry| entry.op.clone()).collect() }
}

fn bytes(docs: &BTreeMap<RecordKey, Doc>) -> Vec<u8> {
    postcard::to_stdvec(&docs.iter().collect::<Vec<_>>()).unwrap()
}
