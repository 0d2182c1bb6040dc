#!/usr/bin/env bash
# Package:   reactive_graph 0.2.16 with the feature `effects` (the signals of leptos 0.8), any_spawner 0.3.0 (crates.io),
#            Rust 1.95.
# Guess:     an effect that calls `track()` on a memo runs again when the memo's value changes, as it does on a signal:
#            track is documented as subscribing to it.
# Behaviour: a memo is worked out when it is first read, and until then follows nothing. `track()` subscribes and does not
#            read. If the effect reads what lies below with `…_untracked`, nothing wakes it, ever; it wakes as soon as anybody
#            else has read the memo once.
# Output:    tracked 1, tracked after a read 2, read 2
# Matters:   a list that is meant to be built again only when a memo changes (to spare a phone the work of each key) stays
#            as it was at first. It works in every page where something else happens to read the memo, and stops when that
#            is taken away. Read it: `memo.with(|_| ())`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "track"
version = "0.0.0"
edition = "2021"
[dependencies]
any_spawner = { version = "=0.3.0", features = ["tokio"] }
reactive_graph = { version = "=0.2.16", features = ["effects"] }
tokio = { version = "1", features = ["macros", "rt", "time"] }
[workspace]
TOML
cat > src/main.rs <<'RUST'
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::Arc;
use std::time::Duration;

use reactive_graph::computed::Memo;
use reactive_graph::effect::Effect;
use reactive_graph::owner::Owner;
use reactive_graph::signal::RwSignal;
use reactive_graph::traits::{Get, Set, Track, With, WithUntracked};

/// Returns how often an effect ran, once before and once after the signal below its memo is set.
async fn runs(look: fn(Memo<bool>), read_first: bool) -> u32 {
    let signal = RwSignal::new(1);
    let memo = Memo::new(move |_| signal.get() > 1);
    if read_first {
        memo.with_untracked(|_| ());
    }
    let count = Arc::new(AtomicU32::new(0));
    let counted = count.clone();
    Effect::new_isomorphic(move |_| {
        look(memo);
        counted.fetch_add(1, SeqCst);
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    signal.set(2);
    tokio::time::sleep(Duration::from_millis(50)).await;
    count.load(SeqCst)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let _ = any_spawner::Executor::init_tokio();
    let owner = Owner::new();
    owner.set();
    let track = |memo: Memo<bool>| memo.track();
    let tracked = runs(track, false).await;
    let after = runs(track, true).await;
    let read = runs(|memo| memo.with(|_| ()), false).await;
    println!("tracked {tracked}, tracked after a read {after}, read {read}");
}
RUST
cargo build --quiet
said=$(target/debug/track)
echo "$said"
[ "$said" = "tracked 1, tracked after a read 2, read 2" ] || { echo "CHANGED: an effect that tracks a memo"; exit 1; }
