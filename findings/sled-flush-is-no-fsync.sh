#!/usr/bin/env bash
# Package:   sled 0.34.7 (crates.io), on Linux. Watched with strace (Debian).
# Guess:     `Db::flush` returns once what was written would outlive a loss of power, that is after an fsync or fdatasync
#            of every file it wrote to.
# Behaviour: it returns after `sync_file_range` on the log, and after nothing at all on the file of a page that is too
#            large for the log (here 3 MB). No fsync and no fdatasync is made before it returns. sync_file_range(2): "this
#            system call does not flush disk write caches", and it writes no metadata, such as the length of a grown file.
# Output:    log: written, sync_file_range, no fsync
#            large page: written, no fsync
# Matters:   a server that acknowledges after `flush` loses acknowledged data with the power. Call fdatasync on the log
#            and fsync on new files below blobs/ (and on that directory) before answering.
set -euo pipefail
command -v strace >/dev/null || { echo "needs strace: apt-get install strace"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "probe"
version = "0.0.0"
edition = "2021"
[dependencies]
sled = "=0.34.7"
TOML
cat > src/main.rs <<'RUST'
fn main() {
    let db = sled::Config::new().path("register").flush_every_ms(None).open().expect("it opens");
    db.insert("small", vec![1u8; 1_000]).expect("it takes a small value");
    db.insert("large", vec![2u8; 3_000_000]).expect("it takes a large value");
    db.flush().expect("it flushes");
    println!("flushed");
    // As a loss of power would: nothing of what a clean end does.
    std::process::abort();
}
RUST
cargo build --quiet
strace -f -y -e trace=write,pwrite64,fsync,fdatasync,sync_file_range ./target/debug/probe >/dev/null 2>trace || true
sed '/"flushed/q' trace > before
has() { grep -qE "$1" before; }
has 'pwrite64\([0-9]+<[^>]*/register/db>' && has 'sync_file_range\([0-9]+<[^>]*/register/db>' \
    && ! has 'f(data)?sync\([0-9]+<[^>]*/register/db>' && echo "log: written, sync_file_range, no fsync" || { echo "changed: log"; exit 1; }
has 'write\([0-9]+<[^>]*/register/blobs/' && ! has 'f(data)?sync\([0-9]+<[^>]*/register/blobs' \
    && echo "large page: written, no fsync" || { echo "changed: large page"; exit 1; }
