//! Small values kept in the browser's local storage.
//!
//! A browser may refuse storage (blocked, full, private window); then nothing is kept and the page works
//! on. Hence not gloo's `LocalStorage`, which throws when there is none.

use soho_shared::area::AreaCode;

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// The text kept under a key.
#[must_use]
pub fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Keeps a text under a key; says whether it was kept.
pub fn set(key: &str, text: &str) -> bool {
    storage().is_some_and(|s| s.set_item(key, text).is_ok())
}

/// The areas of the account that signed in on this device, as `/signin/` keeps them: what is offered first.
/// Empty where nobody signed in, and all is offered. What may be seen is the server's to say.
#[must_use]
pub fn own_areas() -> Vec<AreaCode> {
    get("soho.areas").unwrap_or_default().split(' ').filter_map(|code| code.parse().ok()).collect()
}

/// Whether the account that signed in on this device is a volunteer's: of hamlets alone.
#[must_use]
pub fn is_volunteer() -> bool {
    let own = own_areas();
    !own.is_empty() && own.iter().all(|area| matches!(area, AreaCode::Hamlet(_)))
}

/// Forgets a key.
pub fn remove(key: &str) {
    if let Some(storage) = storage() {
        // Cannot fail for a key that is a string.
        let _ = storage.remove_item(key);
    }
}
