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

    /// The first stamp of the same writer after this one.
    #[must_use]
    pub fn next(self) -> Self {
        match self.counter.checked_add(1) {
            Some(counter) => Stamp { counter, ..self },
            None => Stamp { millis: (self.millis + 1).min(MAX_MILLIS), counter: 0, ..self },
        }
    }
}

/// How a server corrects one writer's stamps: judged when the writer is first heard, and the same ever
/// after, so that the order of its edits stays whatever its clock does later.
///
/// A clock that is right within the tolerance is left alone. Of one that is off every stamp moves by the
/// same time, except those that a slow clock took over from what it had seen of others; each is later than
/// the one before. No stamp lies after the limit, by more than a counter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// Milliseconds to add.
    by: i64,
    /// Time and counter of the last stamp that had to be changed.
    last: Option<(u64, u16)>,
}

impl Correction {
    /// Judges a clock that shows `clock` when it is `now`. All in milliseconds.
    #[must_use]
    pub fn of(clock: u64, now: u64, tolerance: u64) -> Self {
        let signed = |millis: u64| i64::try_from(millis.min(MAX_MILLIS)).unwrap_or(i64::MAX);
        let by = signed(now) - signed(clock);
        Correction { by: if by.unsigned_abs() > tolerance { by } else { 0 }, last: None }
    }

    /// The stamp under which the writer's next edit is stored; `clock` is what its device said as it sent
    /// it, `limit` the latest time that is believed.
    pub fn apply(&mut self, stamp: Stamp, clock: u64, limit: u64) -> Stamp {
        if self.by == 0 && stamp.millis <= limit {
            return stamp;
        }
        let by = if self.by > 0 && stamp.millis > clock { 0 } else { self.by };
        let mut corrected = stamp.shifted(by);
        if corrected.millis > limit {
            corrected = Stamp { millis: limit, counter: 0, ..stamp };
        }
        if let Some((millis, counter)) = self.last {
            corrected = corrected.max(Stamp { millis, counter, ..stamp }.next());
        }
        self.last = Some((corrected.millis, corrected.counter));
        corrected
    }

    /// What a stamp of the writer that cannot have been stored as it is, because it lies after `limit`,
    /// was stored as.
    #[must_use]
    pub fn stored(&self, stamp: Stamp, limit: u64) -> Stamp {
        let shifted = stamp.shifted(self.by);
        Stamp { millis: shifted.millis.min(limit), ..shifted }
    }
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
    use super::*;

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
            (1_000, &[8_000, 9_000], &[1_005, 1_005]),
        ] {
            let mut correction = Correction::of(clock, now, 5);
            let mut correct =
                |millis| correction.apply(Stamp::new(millis, 0, Actor(1)).unwrap(), clock, now + 5);
            let stamps: Vec<Stamp> = sent.iter().map(|millis| correct(*millis)).collect();
            assert_eq!(stamps.iter().map(|s| s.millis()).collect::<Vec<_>>(), stored, "{sent:?} {clock}");
            assert!(stamps.is_sorted_by(|a, b| a < b), "the order stays: {stamps:?}");
        }
        let mut absurd = Correction::of(u64::MAX, 0, 5);
        assert_eq!(absurd.apply(Stamp::new(7, 0, Actor(1)).unwrap(), u64::MAX, 5).millis(), 0);
    }

    #[test]
    fn once_judged_always_judged() {
        let mut correction = Correction::of(2_000, 1_000, 5);
        let stamp = |millis| Stamp::new(millis, 0, Actor(1)).unwrap();
        let first = correction.apply(stamp(2_000), 2_000, 1_005);
        // The clock is set right; the stamps of this run stay ahead, and are still set back.
        let second = correction.apply(stamp(2_001), 1_500, 1_505);
        assert_eq!((first.millis(), second.millis()), (1_000, 1_001));
        assert_eq!(correction.stored(stamp(2_000), 1_505), first);
    }

    #[test]
    fn the_next_stamp_is_later_and_the_same_writer_s() {
        let last = Stamp::new(5, u16::MAX, Actor(9)).unwrap();
        assert_eq!(last.next(), Stamp::new(6, 0, Actor(9)).unwrap());
        assert!(last.next().next() > last.next());
    }
}
