#!/usr/bin/env bash
# Package:   jiff 1.0.2 with the one feature `alloc` (crates.io), Rust 1.95, wasm32-unknown-unknown.
# Guess:     `"2011-10-01".parse::<jiff::civil::Date>()` costs a page some 2 KB beside `Date::new(2011, 10, 1)`: three numbers
#            and two hyphens, and without time zones nothing else can be meant.
# Behaviour: a civil date is read by the parser of all that Temporal writes: times, fractions of seconds, offsets, time zones and
#            their annotations, and only then is it found to be a date alone. Nothing of that can be dropped, also with
#            opt-level "z" and fat LTO, and every error that it can tell is in it.
# Output:    split at the hyphens 13510 bytes, parsed 191763 bytes
# Matters:   on a phone each kilobyte counts; ours went from 238 to 273 KB a first visit (brotli) by one such line. Splitting at
#            the hyphens and `Date::new` reads the same days.
set -euo pipefail
rustup target list --installed | grep -q wasm32-unknown-unknown || { echo "needs: rustup target add wasm32-unknown-unknown"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "page"
version = "0.0.0"
edition = "2021"
[lib]
crate-type = ["cdylib"]
[dependencies]
jiff = { version = "=1.0.2", default-features = false, features = ["alloc"] }
[lints.rust]
unexpected_cfgs = "allow"
[profile.release]
opt-level = "z"
lto = "fat"
codegen-units = 1
panic = "abort"
strip = true
[workspace]
TOML
cat > src/lib.rs <<'RUST'
use jiff::civil::Date;

/// Day of the year of the text at this address, or 0.
#[no_mangle]
pub unsafe extern "C" fn day(text: *const u8, length: usize) -> i16 {
    let Ok(text) = std::str::from_utf8(std::slice::from_raw_parts(text, length)) else { return 0 };
    #[cfg(parsed)]
    let date = text.parse::<Date>().ok();
    #[cfg(not(parsed))]
    let date = split(text);
    date.map_or(0, |date| date.day_of_year())
}

#[allow(dead_code)]
fn split(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}
RUST
size() {
    RUSTFLAGS="$1" cargo build --quiet --release --target wasm32-unknown-unknown
    wc -c < target/wasm32-unknown-unknown/release/page.wasm
}
split=$(size "")
parsed=$(size "--cfg parsed")
echo "split at the hyphens $split bytes, parsed $parsed bytes"
[ $((parsed - split)) -gt 20000 ] || { echo "CHANGED: the parser is small"; exit 1; }
echo "as described"
