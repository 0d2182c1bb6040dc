//! One run of the app on this device: its clock, its actor and its random ids.

use std::cell::RefCell;

use soho_shared::area::CommuneCode;
use soho_shared::record::{Actor, Clock, HouseholdId, Stamp};
use uuid::Uuid;
use wasm_bindgen::JsCast as _;

use crate::clock::now;
use crate::store;

/// Deviation of a tablet's clock from which on its owner is told, in milliseconds (five minutes).
const TOLERANCE: i64 = 5 * 60 * 1000;

/// One run of the app. Its actor is drawn anew at every start, so that a device restored from an old backup
/// can never give the same stamp to two different edits.
#[derive(Debug)]
pub struct Device {
    actor: Actor,
    clock: RefCell<Clock>,
}

impl Device {
    /// Starts a run. `shown` is the latest time that the device is known to have shown, in milliseconds since
    /// 1970; the clock does not go back behind it.
    #[must_use]
    pub fn start(shown: u64) -> Self {
        let mut bytes = [0; 8];
        random(&mut bytes);
        let actor = Actor(u64::from_be_bytes(bytes));
        Device { actor, clock: RefCell::new(Clock::since(shown, actor)) }
    }

    /// Returns the actor of this run, the writer in its stamps.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        self.actor
    }

    /// Returns the next stamp, by this device's own clock. Where that is off, the server corrects the time
    /// when it receives the edit.
    pub fn stamp(&self) -> Stamp {
        self.clock.borrow_mut().tick(now())
    }

    /// Returns the time that the stamping clock shows, in milliseconds since 1970. It is sent along with the edits.
    pub fn shows(&self) -> u64 {
        self.clock.borrow_mut().read(now())
    }
}

/// Returns how many milliseconds this device's clock is ahead of the server's (negative: behind), or 0 within
/// the tolerance.
#[must_use]
pub fn ahead_of(server: u64) -> i64 {
    let signed = |time: u64| i64::try_from(time).unwrap_or(i64::MAX);
    let ahead = signed(now()).saturating_sub(signed(server));
    if ahead.saturating_abs() > TOLERANCE { ahead } else { 0 }
}

/// Cookie that lives as long as the browser's session; `/signin/` sets it. Its value is when the session was
/// last used, in milliseconds since 1970.
const SESSION: &str = "soho_in=";
/// Key of how many milliseconds an unused session lasts; absent on an enrolled device. `/signin/` sets it.
const IDLE: &str = "soho.idle";

fn cookies() -> web_sys::HtmlDocument {
    leptos::prelude::document().unchecked_into()
}

/// Returns whether the session of a browser that is not enrolled is over, as far as the device can tell: the
/// browser was closed, or the server was not reached for too long. `met` is when it was last reached, in
/// milliseconds since 1970.
#[must_use]
pub fn is_session_over(met: u64) -> bool {
    let Some(idle) = store::get(IDLE).and_then(|idle| idle.parse::<u64>().ok()) else { return false };
    let cookies = cookies().cookie().unwrap_or_default();
    let seen = cookies.split("; ").find_map(|cookie| cookie.strip_prefix(SESSION)?.parse::<u64>().ok());
    seen.is_none_or(|seen| now() > seen.max(met).saturating_add(idle))
}

/// Ends the session on the device: a browser that is not enrolled shows nothing at the next start.
pub fn end_session() {
    // Fails where cookies are blocked, and there the cookie does not exist.
    let _ = cookies().set_cookie("soho_in=;path=/;max-age=0");
}

/// Draws a random id for an operation.
#[must_use]
pub fn new_id() -> Uuid {
    let mut bytes = [0; 16];
    random(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// Draws a random id for a new household of a commune.
#[must_use]
pub fn new_household(commune: CommuneCode) -> HouseholdId {
    HouseholdId { commune, uuid: new_id() }
}

/// Makes a short id for a member or an income line. Eight digits of the time keep items in the order in which
/// they were added; five random digits keep apart the items that two devices add to one household.
#[must_use]
pub fn new_item() -> String {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    let digit = |n: u64| char::from(DIGITS[usize::try_from(n % 32).unwrap_or(0)]);
    let mut bytes = [0; 5];
    random(&mut bytes);
    let time = now();
    (0..8).rev().map(|i| digit(time >> (5 * i))).chain(bytes.map(|b| digit(u64::from(b)))).collect()
}

/// Fills a buffer with random bytes from the browser's cryptographic source.
fn random(bytes: &mut [u8]) {
    let crypto = web_sys::window().and_then(|window| window.crypto().ok());
    // Without randomness ids could collide, and one person's edit would be taken for another's: it is better to stop.
    let crypto = crypto.expect("every browser that runs WebAssembly has a cryptographic source");
    crypto.get_random_values_with_u8_array(bytes).expect("at most 65536 bytes are asked for");
}
