//! This run of the app on this device: its clock, its actor, its random ids.

use std::cell::RefCell;

use soho_shared::area::CommuneCode;
use soho_shared::sync::{Actor, Clock, HouseholdId, Stamp};
use uuid::Uuid;
use wasm_bindgen::JsCast as _;

use crate::ui::clock::now;
use crate::ui::store;

/// A tablet's clock that is off by more is told to its owner: five minutes, in milliseconds.
const TOLERANCE: i64 = 5 * 60 * 1000;

/// The run of the app: drawn anew at every start, so that a device restored from an old backup can never
/// give one stamp to two different edits.
#[derive(Debug)]
pub struct Device {
    actor: Actor,
    clock: RefCell<Clock>,
}

impl Device {
    /// A new run. `shown` is the latest time that the device is known to have shown, in milliseconds since 1970.
    #[must_use]
    pub fn start(shown: u64) -> Self {
        let mut bytes = [0; 8];
        random(&mut bytes);
        let actor = Actor(u64::from_be_bytes(bytes));
        Device { actor, clock: RefCell::new(Clock::since(shown, actor)) }
    }

    /// Who stamps.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        self.actor
    }

    /// The next stamp, by this device's own clock; where that is off, the server works out when it was.
    pub fn stamp(&self) -> Stamp {
        self.clock.borrow_mut().tick(now())
    }

    /// What the clock that stamps shows: to be sent with the edits.
    pub fn shows(&self) -> u64 {
        self.clock.borrow_mut().read(now())
    }
}

/// By how many milliseconds this device's clock is ahead of the server's (negative: behind), 0 within the
/// tolerance.
#[must_use]
pub fn ahead_of(server: u64) -> i64 {
    let signed = |time: u64| i64::try_from(time).unwrap_or(i64::MAX);
    let ahead = signed(now()).saturating_sub(signed(server));
    if ahead.saturating_abs() > TOLERANCE { ahead } else { 0 }
}

/// What a browser's session leaves for as long as it lasts, the browser included: when it was last seen, milliseconds
/// since 1970. `/signin/` sets it.
const SESSION: &str = "soho_in=";
/// How many milliseconds the session lasts when it is not used; none on an enrolled device. `/signin/` sets it.
const IDLE: &str = "soho.idle";

fn cookies() -> web_sys::HtmlDocument {
    leptos::prelude::document().unchecked_into()
}

/// Whether the session of a browser that is not enrolled is over, as far as the device can tell by itself: the browser
/// was closed, or the server was not met for too long. `met` is when it last was.
#[must_use]
pub fn is_session_over(met: u64) -> bool {
    let Some(idle) = store::get(IDLE).and_then(|idle| idle.parse::<u64>().ok()) else { return false };
    let cookies = cookies().cookie().unwrap_or_default();
    let seen = cookies.split("; ").find_map(|cookie| cookie.strip_prefix(SESSION)?.parse::<u64>().ok());
    seen.is_none_or(|seen| now() > seen.max(met).saturating_add(idle))
}

/// The session is over: of a browser that is not enrolled the next start shows nothing.
pub fn end_session() {
    // Where cookies are blocked there is none.
    let _ = cookies().set_cookie("soho_in=;path=/;max-age=0");
}

/// A random id for an operation.
#[must_use]
pub fn new_id() -> Uuid {
    let mut bytes = [0; 16];
    random(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// A random id for a new household of a commune.
#[must_use]
pub fn new_household(commune: CommuneCode) -> HouseholdId {
    HouseholdId { commune, uuid: new_id() }
}

/// A short id for a member or an income line: eight digits of the time, so that items stand in the order
/// in which they were added, and five random ones, so that two devices that each add an item to one
/// household do not meet.
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
    // Without it ids could meet, and then one person's edit would be taken for another's: better to stop.
    let crypto = crypto.expect("every browser that runs WebAssembly has a cryptographic source");
    crypto.get_random_values_with_u8_array(bytes).expect("at most 65536 bytes are asked for");
}
