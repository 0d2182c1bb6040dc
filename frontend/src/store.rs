//! Small values kept in the browser's local storage.
//!
//! A browser may refuse storage (blocked, full, private window); then nothing is kept and the page works on.
//! gloo's `LocalStorage` is not used because it throws when there is none.

use soho_shared::access::Role;
use soho_shared::area::{AreaCode, CommuneCode};
use soho_shared::record::Round;

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// Returns the text kept under a key.
#[must_use]
pub fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Keeps a text under a key, and returns whether it was kept.
pub fn set(key: &str, text: &str) -> bool {
    storage().is_some_and(|s| s.set_item(key, text).is_ok())
}

/// Returns the areas of the account that signed in on this device, as `/signin/` keeps them. Empty where
/// nobody signed in. They decide what is offered first, and of which households the device keeps what it has
/// sent; what may be seen is decided by the server.
#[must_use]
pub fn own_areas() -> Vec<AreaCode> {
    get("soho.areas").unwrap_or_default().split(' ').filter_map(|code| code.parse().ok()).collect()
}

/// Returns the role of the account that signed in on this device, as `/signin/` keeps it. `None` where nobody did, and on
/// a server without accounts.
#[must_use]
pub fn role() -> Option<Role> {
    get("soho.role")?.parse().ok()
}

/// Returns whether the account that signed in on this device is a volunteer's, which means that all its areas
/// are hamlets.
#[must_use]
pub fn is_volunteer() -> bool {
    let own = own_areas();
    !own.is_empty() && own.iter().all(|area| matches!(area, AreaCode::Hamlet(_)))
}

/// Keeps in which rounds a commune lets volunteers enter something; `None` where it does not say.
pub fn keep_rounds(commune: CommuneCode, open: Option<&[Round]>) {
    let key = rounds_key(commune);
    match open {
        Some(open) => drop(set(&key, &open.iter().map(|round| format!("{round} ")).collect::<String>())),
        None => remove(&key),
    }
}

/// Returns whether a commune lets volunteers enter something in a round, as far as the device has heard.
#[must_use]
pub fn is_open(commune: CommuneCode, round: &str) -> bool {
    get(&rounds_key(commune)).is_none_or(|open| open.contains(round))
}

fn rounds_key(commune: CommuneCode) -> String {
    format!("soho.rounds.{commune}")
}

/// Forgets a key.
pub fn remove(key: &str) {
    if let Some(storage) = storage() {
        // Cannot fail for a key that is a string.
        let _ = storage.remove_item(key);
    }
}
