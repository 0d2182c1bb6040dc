//! Ages of enrolment codes, which a clock that is set back does not make younger.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::CODE_LIFETIME_MILLIS;
use crate::people::Digest;

/// The codes that this server has made, for as long as they live.
#[derive(Debug, Default)]
pub struct Codes(Mutex<HashMap<Digest, (u64, Instant)>>);

impl Codes {
    /// Notes that a code was made now; `now` is the clock's time in milliseconds since 1970.
    pub fn made(&self, code: Digest, now: u64) {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        made.retain(|_, (_, at)| at.elapsed() < Duration::from_millis(CODE_LIFETIME_MILLIS));
        made.insert(code, (now, Instant::now()));
    }

    /// Time by which a code is judged: `now`, which is the clock's, in milliseconds since 1970; but for a code that
    /// this server has made, no earlier than its making plus the time that has passed since.
    #[must_use]
    pub fn time(&self, code: Digest, now: u64) -> u64 {
        let made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        made.get(&code).map_or(now, |(then, at)| {
            now.max(then.saturating_add(u64::try_from(at.elapsed().as_millis()).unwrap_or(u64::MAX)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::Code;

    #[test]
    fn a_clock_that_is_set_back_makes_no_code_younger() {
        let codes = Codes::default();
        let [own, other] = [(); 2].map(|()| Code::draw().unwrap().digest());
        codes.made(own, 1_000_000);
        assert_eq!(codes.time(other, 5), 5);
        assert!((1_000_000..1_060_000).contains(&codes.time(own, 5)));
        assert_eq!(codes.time(own, 2_000_000), 2_000_000);
    }
}
