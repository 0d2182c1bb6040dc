#!/usr/bin/env bash
# Package:   mimalloc 0.1.52 (crates.io; mimalloc 3 within), Rust 1.95, Linux with transparent huge pages on `madvise` or
#            `always`, as Debian and Ubuntu set it.
# Guess:     an allocator leaves the size of pages to the system; a program gets huge ones only where it asks, and one that
#            frees what it took has the memory of what it holds.
# Behaviour: it asks for huge pages for its arenas by itself (`allow_thp`, on by default). The system clears 2 MiB for each
#            that is touched, and again after the allocator has given it back.
# Output:    kB in huge pages: 83968 by default, 0 with no_thp
# Matters:   in a server that takes batches and gives memory back between them, clearing pages was 30 % of the processor time
#            and a fifth of the memory. The crate's feature `no_thp` turns it off.
set -euo pipefail
grep -q '\[never\]' /sys/kernel/mm/transparent_hugepage/enabled && { echo "needs: transparent huge pages"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "page"
version = "0.0.0"
edition = "2021"
[features]
no_thp = ["mimalloc/no_thp"]
[dependencies]
mimalloc = { version = "=0.1.52", default-features = false }
[workspace]
TOML
cat > src/main.rs <<'RUST'
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let work = || {
        let kept: Vec<Vec<u8>> = (0..200_000).map(|n| vec![1; 16 + n % 300]).collect();
        let said = std::fs::read_to_string("/proc/self/smaps_rollup").expect("Linux");
        let huge = said.lines().find_map(|line| line.strip_prefix("AnonHugePages:")).expect("a line");
        let huge: u64 = huge.trim().trim_end_matches(" kB").parse().expect("a number");
        drop(kept);
        huge
    };
    let most = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().expect("it ends")).max()
    });
    println!("{}", most.unwrap_or(0));
}
RUST
with=$(cargo run -q --release)
without=$(cargo run -q --release --features no_thp)
echo "kB in huge pages: $with by default, $without with no_thp"
[ "$with" -gt 0 ] && [ "$without" -eq 0 ]
