//! What comboboxes of areas have in common: whom a few letters find, and what keys do (the ARIA pattern).

use leptos::prelude::*;
use soho_shared::fold::fold;

/// Most areas offered at once.
pub const MOST: usize = 8;

/// Beginnings of folded names, which are the kinds of areas.
const KINDS: [&str; 6] = ["tinh ", "huyen ", "thanh pho ", "xa ", "phuong ", "thi tran "];

/// Finds the areas whose full name holds every word typed, with or without marks; at most [`MOST`]. Those whose name without
/// its kind begins with the text come first, then those in which a word begins with it.
pub fn find<T>(typed: &str, among: impl IntoIterator<Item = T>, full_name: impl Fn(&T) -> String) -> Vec<T> {
    let typed = fold(typed).replace(',', "");
    let mut ranked: [Vec<T>; 3] = [const { Vec::new() }; 3];
    if typed.is_empty() {
        return Vec::new();
    }
    for area in among {
        let full = fold(&full_name(&area)).replace(',', "");
        if !typed.split(' ').all(|word| full.contains(word)) {
            continue;
        }
        let own = KINDS.iter().find_map(|kind| full.strip_prefix(kind)).unwrap_or(&full);
        let rank = match () {
            () if own.starts_with(&typed) => 0,
            () if full.starts_with(&typed) || full.contains(&format!(" {typed}")) => 1,
            () => 2,
        };
        ranked[rank].push(area);
    }
    ranked.into_iter().flatten().take(MOST).collect()
}

/// Does what a key does: the arrows mark another of the `count` options, Enter picks the one marked, Escape closes an open
/// list.
pub fn on_key(
    event: &web_sys::KeyboardEvent,
    at: RwSignal<usize>,
    count: usize,
    pick: impl FnOnce(usize),
    close: Option<impl FnOnce()>,
) {
    match (event.key().as_str(), close) {
        ("ArrowDown", _) if count > 0 => at.update(|at| *at = (*at + 1) % count),
        ("ArrowUp", _) if count > 0 => at.update(|at| *at = (*at + count - 1) % count),
        ("Enter", _) if at.get_untracked() < count => pick(at.get_untracked()),
        ("Escape", Some(close)) => close(),
        _ => return,
    }
    event.prevent_default();
}
