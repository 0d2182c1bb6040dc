//! Hybrid logical clocks: a writer's stamps rise in the order of its edits, whatever the tablet's own clock says.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, de};

/// Latest time of a stamp, in milliseconds since 1970 (UTC): 48 bits, until the year 10889.
pub const MAX_MILLIS: u64 = (1 << 48) - 1;

/// The writer of an edit: one run of one app on one device, drawn at random when it starts. A device restored
/// from an old backup starts a new run, so it can never give one stamp to two different edits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Actor(pub u64);

/// Name and time of an edit: milliseconds since 1970 (UTC) by its writer's own clock, a counter within the
/// millisecond, and the writer.
///
/// No two edits have the same stamp, and one writer's stamps are in the order in which its edits were made, however
/// wrong its clock. How they rank among those of other writers is decided by [`Stamp::believed`].
/// Stamps are totally ordered and written `0000018f3c2a-0001-00000000000000ab`, which sorts the same.
///
/// ```
/// use soho_shared::record::{Actor, Stamp};
///
/// let stamp = Stamp::new(5_000, 0, Actor(0xab)).unwrap();
/// assert_eq!(stamp.to_string(), "000000001388-0000-00000000000000ab");
///
/// // The device's clock showed 6.000 when it was 16.000: the edit is believed to be of 15.000, and keeps its stamp.
/// assert_eq!(stamp.believed(6_000, 16_000, 100), 15_000);
/// ```
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

    /// The time by the writer's own clock, in milliseconds since 1970 (UTC).
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.millis
    }

    /// Number of the stamp among its writer's of the same millisecond, from 0.
    pub(super) const fn counter(self) -> u16 {
        self.counter
    }

    /// The writer.
    #[must_use]
    pub const fn actor(self) -> Actor {
        self.actor
    }

    /// The stamp moved to another time, in milliseconds since 1970 (UTC); at most [`MAX_MILLIS`].
    #[must_use]
    pub fn at(self, millis: u64) -> Self {
        Stamp { millis: millis.min(MAX_MILLIS), ..self }
    }

    /// When an edit with this stamp is believed to have been made, which ranks it among the edits of other writers.
    /// `clock` is what the device's clock showed when it sent the edit, at the true time `now`. All are in
    /// milliseconds, the tolerance too.
    ///
    /// A clock that is off by no more than the tolerance is believed. With one that is off by more, the stamp's time
    /// is moved by as much, unless a slow clock showed a later time when it stamped than when it sent. A time that
    /// lies after `now` by more than the tolerance becomes `now`.
    #[must_use]
    pub fn believed(self, clock: u64, now: u64, tolerance: u64) -> u64 {
        let time = if clock > now.saturating_add(tolerance) {
            self.millis.saturating_sub(clock - now)
        } else if clock.saturating_add(tolerance) < now && self.millis <= clock {
            self.millis + (now - clock)
        } else {
            self.millis
        };
        if time > now.saturating_add(tolerance) { now } else { time }
    }
}

/// A device's hybrid logical clock: a time, and a counter for stamps of the same millisecond. It learns nothing
/// from the stamps of others: what an author had seen is listed in [`super::Change::seen`].
///
/// Its time never goes back. When the device's own clock is set back, this one continues from where it was: edits
/// made before and after keep their distance, and all are off by as much as this clock is when it sends them.
#[derive(Clone, Debug)]
pub struct Clock {
    actor: Actor,
    /// The device's own time at the last reading.
    device: u64,
    millis: u64,
    counter: u16,
}

impl Clock {
    /// A clock that knows of no earlier time.
    #[must_use]
    pub const fn new(actor: Actor) -> Self {
        Clock::since(0, actor)
    }

    /// A clock that continues from a time which the device is known to have shown, in milliseconds since 1970 (UTC), so
    /// that a device which wakes up in 1970 does not go back in time.
    #[must_use]
    pub const fn since(shown: u64, actor: Actor) -> Self {
        let millis = if shown < MAX_MILLIS { shown } else { MAX_MILLIS };
        Clock { actor, device: u64::MAX, millis, counter: 0 }
    }

    /// The clock's time when the device's own is `now`; both in milliseconds since 1970 (UTC).
    pub fn read(&mut self, now: u64) -> u64 {
        let gone = now.saturating_sub(std::mem::replace(&mut self.device, now));
        // A later time than expected is believed: the device may have slept.
        let time = if now > self.millis { now } else { self.millis.saturating_add(gone) };
        self.advance(time);
        self.millis
    }

    fn advance(&mut self, time: u64) {
        let time = time.min(MAX_MILLIS);
        if time > self.millis {
            self.millis = time;
            self.counter = 0;
        }
    }

    /// The next stamp, later than every one before; `now` is the device's own time in
    /// milliseconds since 1970.
    pub fn tick(&mut self, now: u64) -> Stamp {
        let before = self.millis;
        if self.read(now) == before {
            if let Some(next) = self.counter.checked_add(1) {
                self.counter = next;
            } else {
                self.advance(before + 1);
            }
        }
        Stamp { millis: self.millis, counter: self.counter, actor: self.actor }
    }
}

/// Error for a text that is not a stamp. Holds the first 60 characters of the text.
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
        assert_eq!(stamps[4].to_string(), "000000000009-0001-0000000000000007");
    }

    #[test]
    fn a_clock_at_the_end_of_its_millisecond_moves_on() {
        let mut clock = Clock { actor: Actor(1), device: 5, millis: 5, counter: u16::MAX };
        assert_eq!(clock.tick(1), Stamp::new(6, 0, Actor(1)).unwrap());
    }

    #[test]
    fn a_clock_that_is_set_back_before_it_sends_neither_wins_nor_loses_by_it() {
        const RIGHT: u64 = 50_000;
        let believed = |stamp: Stamp, clock: u64, now: u64| stamp.believed(clock, now, 5);
        // Fast by 10000 while two edits were made, 200 apart; then set right.
        let mut clock = Clock::since(RIGHT, Actor(1));
        let stamps = [RIGHT + 100, RIGHT + 300].map(|now| clock.tick(now + 10_000));
        let now = RIGHT + 1_000;
        let shown = [RIGHT + 301, now].map(|now| clock.read(now))[1];
        assert_eq!(stamps.map(|stamp| believed(stamp, shown, now)), [RIGHT + 101, RIGHT + 301]);
        // The app was closed in between: the next run knows from what waits to be sent that the clock was fast.
        let mut next = Clock::since(stamps[1].millis(), Actor(2));
        let shown = next.read(now);
        assert_eq!(stamps.map(|stamp| believed(stamp, shown, now)), [now - 200, now]);

        // The device wakes up far behind and is set right before it sends: its stamps begin at the latest time known.
        let mut clock = Clock::since(RIGHT, Actor(1));
        let stamps = [100, 300].map(|now| clock.tick(now));
        assert_eq!(stamps.map(|stamp| believed(stamp, clock.read(now), now)), [RIGHT, RIGHT + 200]);
        // Or it sends while it is still behind.
        let mut clock = Clock::since(RIGHT, Actor(1));
        let stamps = [100, 300].map(|now| clock.tick(now));
        let shown = clock.read(400);
        assert_eq!(stamps.map(|stamp| believed(stamp, shown, now)), [now - 300, now - 100]);
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
    fn a_clock_that_is_off_neither_wins_nor_loses_by_it() {
        let now = 1_000;
        for (clock, sent, believed) in [
            (1_003, &[990, 1_004][..], &[990, 1_004][..]),
            // Fast by 1100; the last edit would come before 1970.
            (2_100, &[1_900, 2_100, 7], &[800, 1_000, 0]),
            // Slow by 900; the last was stamped before the clock was set back.
            (100, &[90, 100, 950], &[990, 1_000, 950]),
            // Right when it sends, in the future when it stamped.
            (1_000, &[8_000, 9_000, 1_006], &[1_000, 1_000, 1_000]),
            (u64::MAX, &[7, MAX_MILLIS], &[0, 0]),
        ] {
            let times: Vec<_> = sent
                .iter()
                .map(|millis| Stamp::new(*millis, 0, Actor(1)).unwrap().believed(clock, now, 5))
                .collect();
            assert_eq!(times, believed, "{sent:?} {clock}");
        }
    }
}
