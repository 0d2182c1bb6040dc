//! How often somebody may try to sign in: for each account, and for each network address; and how often it is
//! noted that somebody could not.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::AccountName;

/// How many accounts and addresses are remembered; beyond that, those that may try freely are forgotten.
const REMEMBERED: usize = 50_000;

/// The limits of one server.
#[derive(Debug)]
pub struct Limits {
    accounts: DefaultKeyedRateLimiter<String>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    failures: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
}

impl Default for Limits {
    fn default() -> Self {
        // Ten tries, then one a minute: a forgotten password is found, a guessed one is not.
        let account = quota(Duration::from_secs(60), 10);
        // A whole office behind one address signs in in the morning.
        let address = quota(Duration::from_secs(5), 60);
        Limits {
            accounts: RateLimiter::dashmap(account),
            addresses: RateLimiter::dashmap(address),
            // Whoever guesses must not fill the trail.
            failures: RateLimiter::dashmap(quota(Duration::from_secs(60), 1)),
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
    /// After too many: how long to wait.
    pub fn from_address(&self, address: IpAddr) -> Result<(), Duration> {
        self.count(&self.addresses, &network(address))
    }

    /// Counts a try for an account, whether there is one of this name or not.
    ///
    /// # Errors
    /// After too many: how long to wait.
    pub fn for_account(&self, name: &str) -> Result<(), Duration> {
        // A name may be of any length; no account's is longer than this.
        let name = name.trim().chars().take(41).collect::<String>().to_ascii_lowercase();
        self.count(&self.accounts, &name)
    }

    /// Whether to note that somebody could not sign in with an account that there is: once a minute.
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

/// What counts as one address: of IPv6, the 64 bits a customer is given.
fn network(address: IpAddr) -> IpAddr {
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
    fn ten_tries_for_an_account_then_a_wait() {
        let limits = Limits::default();
        assert!((0..10).all(|_| limits.for_account("lan").is_ok()));
        let wait = limits.for_account(" LAN ").unwrap_err();
        assert!(wait > Duration::from_secs(50) && wait <= Duration::from_secs(60), "{wait:?}");
        assert!(limits.for_account("ba").is_ok());
        assert!((0..12).any(|_| limits.for_account(&"x".repeat(1 << 20)).is_err()));
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
