//! Hybrid logical clocks: edits get an order that respects what their author had seen, whatever the
//! tablet's own clock says.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, de};

/// Stamps hold 48 bits of milliseconds: until the year 10889.
pub const MAX_MILLIS: u64 = (1 << 48) - 1;

/// Who stamps: one run of one app on one device, drawn at random when it starts. A device restored
/// from an old backup starts a new run, so it can never give one stamp to two different edits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Actor(pub u64);

/// When an edit was made: milliseconds since 1970 (UTC), a counter within them, and who.
/// Stamps are totally ordered and written `0000018f3c2a-0001-00000000000000ab`, which sorts the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp {
    millis: u64,
    counter: u16,
    actor: Actor,
}

impl Stamp {
    /// A stamp; `None` when the time lies beyond [`MAX_MILLIS`].
    #[must_use]
    pub const fn new(millis: u64, counter: u16, actor: Actor) -> Option<Self> {
        if millis <= MAX_MILLIS { Some(Stamp { millis, counter, actor }) } else { None }
    }

    /// Milliseconds since 1970, UTC.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.millis
    }

    /// Who stamped.
    #[must_use]
    pub const fn actor(self) -> Actor {
        self.actor
    }

    /// The same stamp so many milliseconds later, or earlier (not before 1970).
    #[must_use]
    pub fn shifted(self, by: i64) -> Self {
        Stamp { millis: self.millis.saturating_add_signed(by).min(MAX_MILLIS), ..self }
    }

    /// Where it stands among all times: milliseconds and counter as one number.
    const fn place(self) -> u64 {
        self.millis << 16 | self.counter as u64
    }

    /// The stamp of the same writer at a place.
    const fn at(self, place: u64) -> Self {
        Stamp { millis: place >> 16, counter: (place & 0xffff) as u16, ..self }
    }
}

/// How a server corrects one writer's stamps: judged when the writer is first heard, and the same ever
/// after, so that the order of its edits stays whatever its clock does later.
///
/// A clock that is right within the tolerance is left alone. Of one that is off every stamp moves by the
/// same time, except those that a slow clock took over from what it had seen of others; each is later than
/// the one before. No stamp lies after the limit, by more than a millisecond and what keeps them apart.
///
/// An edit may also come after later ones of its writer: a tablet set up again from its backup sends what had been
/// replaced meanwhile. Its stamp then goes between those of the same record, see [`Correction::is_late`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// Milliseconds to add.
    by: i64,
    /// The last stamp that had to be changed.
    last: Option<Changed>,
}

/// A stamp that had to be changed, as a place among all times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Changed {
    sent: u64,
    /// The latest of all that the writer's were changed to.
    stored: u64,
}

/// How far apart two stamps of one writer are stored that would have been the same, in counters: there is room
/// between them for an edit that comes late.
const APART: u64 = 4_096;

/// The edits of a writer in the same record made just before and just after one: the stamps they were sent with, and
/// those they are stored under.
#[derive(Clone, Copy, Debug, Default)]
pub struct Neighbours {
    /// The last one made before.
    pub before: Option<(Stamp, Stamp)>,
    /// The first one made after.
    pub after: Option<(Stamp, Stamp)>,
}

impl Correction {
    /// Judges a clock that shows `clock` when it is `now`. All in milliseconds.
    #[must_use]
    pub fn of(clock: u64, now: u64, tolerance: u64) -> Self {
        let signed = |millis: u64| i64::try_from(millis.min(MAX_MILLIS)).unwrap_or(i64::MAX);
        let by = signed(now) - signed(clock);
        Correction { by: if by.unsigned_abs() > tolerance { by } else { 0 }, last: None }
    }

    /// What format 5 of the register kept: not what the last changed stamp had been, so that no edit counts as late.
    #[must_use]
    pub fn of_format_5(by: i64, last: Option<(u64, u16)>) -> Self {
        let last = last.and_then(|(millis, counter)| Stamp::new(millis, counter, Actor(0)));
        Correction { by, last: last.map(|stored| Changed { sent: 0, stored: stored.place() }) }
    }

    /// Whether an edit comes after later ones of its writer whose stamps had to be changed. Then [`Correction::apply`]
    /// must be told between which it belongs.
    #[must_use]
    pub fn is_late(&self, stamp: Stamp) -> bool {
        self.last.is_some_and(|last| stamp.place() < last.sent)
    }

    /// The stamp under which an edit of the writer is stored; `clock` is what its device said as it sent it,
    /// `limit` the latest time that is believed. Its neighbours matter only where it is late.
    pub fn apply(&mut self, stamp: Stamp, clock: u64, limit: u64, neighbours: Neighbours) -> Stamp {
        let kept = self.by == 0 && stamp.millis <= limit;
        let by = if self.by > 0 && stamp.millis > clock { 0 } else { self.by };
        let mut place = stamp.shifted(by).place();
        if stamp.shifted(by).millis > limit {
            // After all that is stored as it was sent.
            place = (limit + 1) << 16;
        }
        let late = self.is_late(stamp);
        let Changed { sent, stored } = self.last.unwrap_or(Changed { sent: 0, stored: 0 });
        let latest = stored.saturating_add(APART);
        if late {
            place = neighbours.between(stamp.place(), place).unwrap_or(latest);
        } else if self.last.is_some() && !has_room((sent, stored), (stamp.place(), place)) {
            place = latest;
        }
        if late || !kept || place != stamp.place() {
            self.last = Some(Changed { sent: sent.max(stamp.place()), stored: stored.max(place) });
        }
        stamp.at(place)
    }

    /// What a stamp of the writer that cannot have been stored as it is, because it lies after `limit`,
    /// was stored as.
    #[must_use]
    pub fn stored(&self, stamp: Stamp, limit: u64) -> Stamp {
        let shifted = stamp.shifted(self.by);
        Stamp { millis: shifted.millis.min(limit), ..shifted }
    }
}

impl Neighbours {
    /// A place between the two: the one wished for, or as far from one of them as it was sent, or in the middle.
    /// `None` where there is no room.
    fn between(self, sent: u64, wished: u64) -> Option<u64> {
        let places = |pair: (Stamp, Stamp)| (pair.0.place(), pair.1.place());
        let (before, after) = (self.before.map(places), self.after.map(places));
        let fits = |place: &u64| {
            before.is_none_or(|(_, before)| *place > before) && after.is_none_or(|(_, after)| *place < after)
        };
        let leaves_room = |place: &u64| {
            before.is_none_or(|before| has_room(before, (sent, *place)))
                && after.is_none_or(|after| has_room((sent, *place), after))
        };
        let like_after = after.map(|(of, after)| after.saturating_sub(of.saturating_sub(sent)));
        let like_before = before.map(|(of, before)| before.saturating_add(sent.saturating_sub(of)));
        let middle =
            before.zip(after).map(|((_, before), (_, after))| before + after.saturating_sub(before) / 2);
        let others = [like_after, like_before, middle].into_iter().flatten();
        Some(wished)
            .filter(leaves_room)
            .or_else(|| others.clone().find(leaves_room))
            .or_else(|| others.clone().find(fits))
    }
}

/// Whether two edits, each where it was sent and where it is stored, are stored one after the other, with room
/// between them for others that were sent between them.
const fn has_room(before: (u64, u64), after: (u64, u64)) -> bool {
    let sent = after.0.saturating_sub(before.0);
    after.1 > before.1 && after.1 - before.1 >= if sent < APART { sent } else { APART }
}

/// A device's hybrid logical clock.
#[derive(Clone, Debug)]
pub struct Clock {
    actor: Actor,
    millis: u64,
    counter: u16,
}

impl Clock {
    /// A clock that has seen nothing yet.
    #[must_use]
    pub const fn new(actor: Actor) -> Self {
        Clock { actor, millis: 0, counter: 0 }
    }

    /// The next stamp, later than every stamp given or observed; `now` is the device's own time in
    /// milliseconds since 1970.
    pub fn tick(&mut self, now: u64) -> Stamp {
        let now = now.min(MAX_MILLIS);
        if now > self.millis {
            self.millis = now;
            self.counter = 0;
        } else if let Some(next) = self.counter.checked_add(1) {
            self.counter = next;
        } else {
            self.millis = (self.millis + 1).min(MAX_MILLIS);
            self.counter = 0;
        }
        Stamp { millis: self.millis, counter: self.counter, actor: self.actor }
    }

    /// Takes note of a stamp seen, so that what is stamped from now on is later.
    pub fn observe(&mut self, seen: Stamp) {
        if (seen.millis, seen.counter) > (self.millis, self.counter) {
            self.millis = seen.millis;
            self.counter = seen.counter;
        }
    }
}

/// Why a text is not a stamp.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a stamp: 12, 4 and 16 hexadecimal digits joined by `-`")]
pub struct StampError(String);

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012x}-{:04x}-{:016x}", self.millis, self.counter, self.actor.0)
    }
}

impl FromStr for Stamp {
    type Err = StampError;

    fn from_str(text: &str) -> Result<Self, StampError> {
        fn hex(part: Option<&str>, len: usize) -> Option<u64> {
            let part = part.filter(|p| p.len() == len && p.bytes().all(|b| b.is_ascii_hexdigit()))?;
            u64::from_str_radix(part, 16).ok()
        }
        let mut parts = text.split('-');
        let stamp = (|| {
            let millis = hex(parts.next(), 12)?;
            let counter = u16::try_from(hex(parts.next(), 4)?).ok()?;
            let actor = Actor(hex(parts.next(), 16)?);
            if parts.next().is_some() { None } else { Stamp::new(millis, counter, actor) }
        })();
        stamp.ok_or_else(|| StampError(text.chars().take(60).collect()))
    }
}

impl Serialize for Stamp {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() {
            s.collect_str(self)
        } else {
            (self.millis, self.counter, self.actor.0).serialize(s)
        }
    }
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        if d.is_human_readable() {
            String::deserialize(d)?.parse().map_err(de::Error::custom)
        } else {
            let (millis, counter, actor) = Deserialize::deserialize(d)?;
            Stamp::new(millis, counter, Actor(actor))
                .ok_or_else(|| de::Error::custom("a stamp beyond the range of time"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// No other edit of the writer is in the record.
    const ALONE: Neighbours = Neighbours { before: None, after: None };

    #[test]
    fn stamps_rise_even_when_the_tablet_s_clock_falls() {
        let mut clock = Clock::new(Actor(7));
        let stamps: Vec<_> = [5, 5, 3, 9, 0].map(|now| clock.tick(now)).into();
        assert!(stamps.is_sorted_by(|a, b| a < b), "{stamps:?}");
        clock.observe(Stamp::new(1_000, 3, Actor(1)).unwrap());
        assert_eq!(clock.tick(10).to_string(), "0000000003e8-0004-0000000000000007");
    }

    #[test]
    fn a_clock_at_the_end_of_its_millisecond_moves_on() {
        let mut clock = Clock::new(Actor(1));
        clock.observe(Stamp::new(5, u16::MAX, Actor(2)).unwrap());
        assert_eq!(clock.tick(1), Stamp::new(6, 0, Actor(1)).unwrap());
    }

    #[test]
    fn text_form_reads_back_and_sorts_the_same() {
        let a = Stamp::new(255, 9, Actor(u64::MAX)).unwrap();
        let b = Stamp::new(256, 0, Actor(0)).unwrap();
        assert_eq!(a.to_string().parse(), Ok(a));
        assert!(a < b && a.to_string() < b.to_string());
        for bad in ["", "1-2-3", "0000000000ff-0009", "0000000000ff-0009-+fffffffffffffff"] {
            assert!(bad.parse::<Stamp>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_clock_that_is_off_is_corrected_without_changing_the_order() {
        let now = 1_000;
        for (clock, sent, stored) in [
            (1_003, &[990, 1_004][..], &[990, 1_004][..]),
            // Fast by 1100.
            (2_100, &[1_900, 2_100], &[800, 1_000]),
            // Slow by 900: what it stamped itself, not what it has seen the time of.
            (100, &[90, 100, 950], &[990, 1_000, 1_000]),
            // Right as it sends, beyond belief as it stamped.
            (1_000, &[8_000, 9_000], &[1_006, 1_006]),
        ] {
            let mut correction = Correction::of(clock, now, 5);
            let mut correct =
                |millis| correction.apply(Stamp::new(millis, 0, Actor(1)).unwrap(), clock, now + 5, ALONE);
            let stamps: Vec<Stamp> = sent.iter().map(|millis| correct(*millis)).collect();
            assert_eq!(stamps.iter().map(|s| s.millis()).collect::<Vec<_>>(), stored, "{sent:?} {clock}");
            assert!(stamps.is_sorted_by(|a, b| a < b), "the order stays: {stamps:?}");
        }
        let mut absurd = Correction::of(u64::MAX, 0, 5);
        assert_eq!(absurd.apply(Stamp::new(7, 0, Actor(1)).unwrap(), u64::MAX, 5, ALONE).millis(), 0);
    }

    #[test]
    fn once_judged_always_judged() {
        let mut correction = Correction::of(2_000, 1_000, 5);
        let stamp = |millis| Stamp::new(millis, 0, Actor(1)).unwrap();
        let first = correction.apply(stamp(2_000), 2_000, 1_005, ALONE);
        // The clock is set right; the stamps of this run stay ahead, and are still set back.
        let second = correction.apply(stamp(2_001), 1_500, 1_505, ALONE);
        assert_eq!((first.millis(), second.millis()), (1_000, 1_001));
        assert_eq!(correction.stored(stamp(2_000), 1_505), first);
    }

    #[test]
    fn an_edit_that_comes_late_goes_between_those_of_its_record() {
        let stamp = |millis, counter| Stamp::new(millis, counter, Actor(1)).unwrap();
        // Slow by 900; what comes at the same moment as the one before is kept apart from it.
        let mut correction = Correction::of(100, 1_000, 5);
        let [sent_first, sent_third] = [stamp(950, 3), stamp(950, 9)];
        let [first, third] = [sent_first, sent_third].map(|sent| correction.apply(sent, 100, 1_005, ALONE));
        assert!(correction.is_late(stamp(950, 5)) && !correction.is_late(stamp(951, 0)));
        let neighbours = Neighbours { before: Some((sent_first, first)), after: Some((sent_third, third)) };
        let second = correction.apply(stamp(950, 5), 100, 1_005, neighbours);
        assert!(first < second && second < third, "{first} {second} {third}");
        // Alone in its record it only moves as its clock is off, and what comes next is later all the same.
        let alone = correction.apply(stamp(90, 0), 5_000, 9_000, ALONE);
        assert_eq!(alone, stamp(990, 0));
        assert!(correction.apply(stamp(950, 10), 5_000, 9_000, ALONE) > third);
    }

    proptest! {
        /// Edits of one record, made one after the other by a clock that jumps, that come in any order.
        #[test]
        fn whatever_comes_late_the_order_of_a_writer_s_edits_stays(
            made in prop::collection::vec((1_000..1_040_u64, 0..9_u64), 1..12),
            order in Just((0..12_usize).collect::<Vec<_>>()).prop_shuffle(),
            clocks in prop::collection::vec(1_000..1_040_u64, 12),
        ) {
            let mut clock = Clock::new(Actor(1));
            let sent: Vec<Stamp> = made.iter().map(|(now, _)| clock.tick(*now)).collect();
            let mut stored: BTreeMap<Stamp, Stamp> = BTreeMap::new();
            let mut correction = Correction::of(clocks[0], 1_020, 5);
            let mut now = 1_020;
            for at in order.into_iter().filter(|at| *at < sent.len()) {
                now += made[at].1;
                let pair = |(sent, stored): (&Stamp, &Stamp)| (*sent, *stored);
                let before = stored.range(..sent[at]).next_back().map(pair);
                let after = stored.range(sent[at]..).next().map(pair);
                let place = correction.apply(sent[at], clocks[at], now + 5, Neighbours { before, after });
                prop_assert!(place.millis() <= now + 6, "{place} lies in the future of {now}");
                stored.insert(sent[at], place);
            }
            prop_assert!(stored.values().is_sorted_by(|a, b| a < b), "{stored:?}");
        }
    }
}
