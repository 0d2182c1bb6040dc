#!/usr/bin/env bash
# Package:   indexed_db_futures 0.6.4 without default features (crates.io), Rust 1.95, wasm32-unknown-unknown.
# Guess:     a page that opens a database, makes one store in `with_on_upgrade_needed` and never looks at an error's text
#            downloads no code that prints numbers with fractions: fat LTO drops what nothing calls.
# Behaviour: the library itself makes a text of every error that a handler returns (`An error occurred during …`), to throw
#            it as a JavaScript error. Among its errors are three that hold an `f64`, so core's printing of fractions
#            (Grisu, Dragon, its tables) is reachable from every program that upgrades a database.
# Output:    bytes of code that prints fractions: 0 without a handler, 13695 with one
# Matters:   on a phone each kilobyte counts; ours were 14 KB of 240 after compression with the futures around it. Awaiting the
#            browser's own requests (web-sys, one promise a request) needs about sixty lines.
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
indexed_db_futures = { version = "=0.6.4", default-features = false }
wasm-bindgen = "=0.2.130"
wasm-bindgen-futures = "0.4"
[profile.release]
opt-level = "z"
lto = "fat"
codegen-units = 1
panic = "abort"
[workspace]
TOML
cat > src/lib.rs <<'RUST'
use indexed_db_futures::database::Database;
use indexed_db_futures::prelude::*;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
pub fn open() {
    wasm_bindgen_futures::spawn_local(async {
        let opening = Database::open("book").with_version(1u8);
        #[cfg(upgrades)]
        let opening = opening.with_on_upgrade_needed(|_, database| {
            database.create_object_store("store").build()?;
            Ok(())
        });
        let _ = opening.await;
    });
}
RUST
code() { # bytes of the functions that print fractions, from the module's names
    RUSTFLAGS="$1" cargo build -q --release --target wasm32-unknown-unknown
    python3 - target/wasm32-unknown-unknown/release/page.wasm <<'PYTHON'
import re, sys
b = open(sys.argv[1], "rb").read()
def leb(i):
    r = s = 0
    while True:
        x = b[i]; i += 1
        r |= (x & 127) << s; s += 7
        if not x & 128: return r, i
i, imports, sizes, names = 8, 0, [], {}
while i < len(b):
    section = b[i]; n, i = leb(i + 1); end = i + n
    if section == 2:
        count, j = leb(i)
        for _ in range(count):
            for _ in range(2):
                l, j = leb(j); j += l
            kind = b[j]; j += 1
            if kind == 0: _, j = leb(j); imports += 1
            elif kind in (1, 2):
                j += kind == 1
                flags = b[j]; _, j = leb(j + 1)
                if flags & 1: _, j = leb(j)
            else: j += 2
    elif section == 10:
        count, j = leb(i)
        for _ in range(count):
            l, j = leb(j); sizes.append(l); j += l
    elif section == 0:
        l, j = leb(i); name = b[j:j + l]; j += l
        while name == b"name" and j < end:
            part = b[j]; l, j = leb(j + 1); k, j = j, j + l
            if part == 1:
                count, k = leb(k)
                for _ in range(count):
                    index, k = leb(k); l, k = leb(k); names[index] = b[k:k + l].decode(); k += l
    i = end
found = [size for place, size in enumerate(sizes) if re.search("flt2dec|fmt5float|bignum", names.get(place + imports, ""))]
print(sum(found))
PYTHON
}
without=$(code "")
with=$(code "--cfg upgrades")
echo "bytes of code that prints fractions: $without without a handler, $with with one"
[ "$without" -eq 0 ] && [ "$with" -gt 5000 ]
