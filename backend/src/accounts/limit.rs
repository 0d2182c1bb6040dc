//! Limits on signing in. Tries are counted for each account from each network address and from each browser that has
//! signed in with it before, for each account from everywhere else, and for each address. How often a failure is
//! noted in the audit trail is limited too, and how many new households a volunteer's device brings.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::people::AccountName;

/// Most accounts and addresses that are remembered; beyond that, those that may try freely are forgotten.
const REMEMBERED: usize = 50_000;

/// New households of one device that are believed to be of one day.
const HOUSEHOLDS_A_DAY: u32 = 100;
/// New households of one device that arrive within an hour.
const HOUSEHOLDS_AN_HOUR: u32 = 1_000;
/// Days that are counted apart for one device; a day shares its count with the one so many days later. With more, one
/// device could take the memory that all have.
const DAYS: u64 = 32;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);
/// Vietnam's time is so many milliseconds ahead of UTC: 7 hours.
const AHEAD: u64 = 7 * 3_600_000;

/// Origin of a try to sign in with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Whence {
    /// A browser or session with which the account's owner was let in before, by its own random number.
    Known([u8; 16]),
    /// Any other, by its network address.
    Address(IpAddr),
}

/// The limits of one server, with what was counted.
#[derive(Debug)]
pub struct Limits {
    accounts: DefaultKeyedRateLimiter<(String, Whence)>,
    everywhere: DefaultKeyedRateLimiter<String>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    failures: DefaultKeyedRateLimiter<String>,
    households_a_day: DefaultKeyedRateLimiter<([u8; 16], u64)>,
    households_an_hour: DefaultKeyedRateLimiter<[u8; 16]>,
    clock: DefaultClock,
}

impl Default for Limits {
    fn default() -> Self {
        // Ten tries, then one a minute: enough to find a forgotten password, and too few to guess one. Tries of
        // others from elsewhere do not count.
        let account = quota(Duration::from_secs(60), 10);
        // All other addresses together, against a guesser who has many.
        let everywhere = quota(Duration::from_secs(10), 100);
        // A whole office behind one address signs in in the morning.
        let address = quota(Duration::from_secs(5), 60);
        Limits {
            accounts: RateLimiter::dashmap(account),
            everywhere: RateLimiter::dashmap(everywhere),
            addresses: RateLimiter::dashmap(address),
            // Guessers must not fill the audit trail.
            failures: RateLimiter::dashmap(quota(Duration::from_secs(60), 1)),
            households_a_day: RateLimiter::dashmap(quota(DAY / HOUSEHOLDS_A_DAY, HOUSEHOLDS_A_DAY)),
            households_an_hour: RateLimiter::dashmap(quota(HOUR / HOUSEHOLDS_AN_HOUR, HOUSEHOLDS_AN_HOUR)),
            clock: DefaultClock::default(),
        }
    }
}

fn quota(each: Duration, burst: u32) -> Quota {
    let quota = Quota::with_period(each).expect("more than no time");
    quota.allow_burst(NonZeroU32::new(burst).expect("more than none"))
}

impl Limits {
    /// Counts a try from an address.
    ///
    /// # Errors
    /// After too many tries; the error is how long to wait.
    pub fn from_address(&self, address: IpAddr) -> Result<(), Duration> {
        self.count(&self.addresses, &network(address))
    }

    /// Counts a try for an account, whether there is one of this name or not.
    ///
    /// # Errors
    /// After too many tries; the error is how long to wait.
    pub fn for_account(&self, name: &str, whence: Whence) -> Result<(), Duration> {
        // What was typed may be of any length; no account's name is longer than this.
        let name = name.trim().chars().take(41).collect::<String>().to_ascii_lowercase();
        let whence = match whence {
            Whence::Address(address) => Whence::Address(network(address)),
            known @ Whence::Known(_) => known,
        };
        self.count(&self.accounts, &(name.clone(), whence))?;
        match whence {
            Whence::Known(_) => Ok(()),
            Whence::Address(_) => self.count(&self.everywhere, &name),
        }
    }

    /// Counts a household that a device brings into the register, among those of the day on which it is believed to be
    /// entered; `made` is in milliseconds since 1970. Of each day 100 are taken, then more as time goes on.
    ///
    /// # Errors
    /// After too many; the error is how long to wait.
    pub fn household_of_day(&self, device: [u8; 16], made: u64) -> Result<(), Duration> {
        let day = made.saturating_add(AHEAD) / 86_400_000 % DAYS;
        self.count(&self.households_a_day, &(device, day))
    }

    /// Counts a household among those that a device brings within an hour: 1.000, then more as time goes on.
    ///
    /// # Errors
    /// After too many; the error is how long to wait.
    pub fn household_of_hour(&self, device: [u8; 16]) -> Result<(), Duration> {
        self.count(&self.households_an_hour, &device)
    }

    /// Whether to note that signing in with an existing account has failed: once a minute for each account.
    #[must_use]
    pub fn notes_failure(&self, name: &AccountName) -> bool {
        self.count(&self.failures, &name.as_str().to_owned()).is_ok()
    }

    fn count<K: Hash + Eq + Clone>(
        &self,
        limiter: &DefaultKeyedRateLimiter<K>,
        key: &K,
    ) -> Result<(), Duration> {
        if limiter.len() >= REMEMBERED {
            limiter.retain_recent();
            if limiter.len() >= REMEMBERED {
                return Err(Duration::from_secs(60));
            }
        }
        limiter.check_key(key).map_err(|not_yet| not_yet.wait_time_from(self.clock.now()))
    }
}

/// The part of an address that counts as one: of IPv6, the 64 bits that a customer is given.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_tries_for_an_account_from_an_address_then_a_wait_there_and_nowhere_else() {
        let limits = Limits::default();
        let from = |i: u8| Whence::Address(IpAddr::from([192, 0, 2, i]));
        assert!((0..10).all(|_| limits.for_account("lan", from(1)).is_ok()));
        let wait = limits.for_account(" LAN ", from(1)).unwrap_err();
        assert!(wait > Duration::from_secs(50) && wait <= Duration::from_secs(60), "{wait:?}");
        assert!(limits.for_account("ba", from(1)).is_ok());
        assert!(limits.for_account("lan", from(2)).is_ok(), "the right person is elsewhere");
        assert!((0..12).any(|_| limits.for_account(&"x".repeat(1 << 20), from(1)).is_err()));
        // Many addresses together are no way round the limit; a browser that has signed in before is let through.
        assert!((3..=255).any(|i| limits.for_account("lan", from(i)).is_err()));
        assert!(limits.for_account("lan", Whence::Known([1; 16])).is_ok());
        assert!((0..10).any(|_| limits.for_account("lan", Whence::Known([1; 16])).is_err()));
    }

    #[test]
    fn a_device_brings_100_households_of_a_day_and_1000_in_an_hour() {
        const DAY: u64 = 86_400_000;
        let limits = Limits::default();
        let (one, other) = ([1; 16], [2; 16]);
        assert!((0..100).all(|_| limits.household_of_day(one, 0).is_ok()));
        let wait = limits.household_of_day(one, 0).unwrap_err();
        assert!(wait > Duration::from_secs(800) && wait <= Duration::from_secs(864), "{wait:?}");
        assert!(limits.household_of_day(other, 0).is_ok() && limits.household_of_day(one, DAY).is_ok());
        assert_eq!((0..1_200).filter(|_| limits.household_of_hour(one).is_ok()).count(), 1_000);
        assert!(limits.household_of_hour(other).is_ok());
    }

    #[test]
    fn a_failure_is_noted_once_a_minute_for_each_account() {
        let limits = Limits::default();
        let [lan, ba] = ["lan", "ba"].map(|name| name.parse().unwrap());
        assert_eq!(
            [&lan, &lan, &ba, &lan].map(|name| limits.notes_failure(name)),
            [true, false, true, false]
        );
    }

    #[test]
    fn a_whole_network_of_ipv6_is_one_address() {
        let limits = Limits::default();
        let address = |i: u16| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 7, 0, 0, 0, i));
        assert!((0..60).all(|i| limits.from_address(address(i)).is_ok()));
        assert!(limits.from_address(address(99)).is_err());
        assert!(limits.from_address("192.0.2.1".parse().unwrap()).is_ok());
    }
}
