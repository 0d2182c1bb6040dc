#!/usr/bin/env bash
# Package:   leptos 0.8.23 with the one feature `csr` (crates.io), wasm-bindgen 0.2.130, Rust 1.95.
# Guess:     a page that is rendered in the browser, calls no server function and streams nothing downloads no code for
#            streams: the linker drops what nothing reaches.
# Behaviour: leptos depends on server_fn's feature `browser` whatever is asked of it, and that on wasm-streams. Its three
#            types are `#[wasm_bindgen]` classes, so their methods are exports, exports are roots, and nothing behind
#            them is dropped: neither by fat LTO nor by wasm-bindgen. The futures and promises they stand on stay too.
# Output:    exports of streams: 13
#            with them 49967 bytes, without them 45351 bytes
# Matters:   a tenth of the smallest page is code that cannot run, and every leptos app for the browser alone downloads it
#            (the glue has their classes, too). Delete the exports after wasm-bindgen and collect garbage
#            (walrus::passes::gc).
set -euo pipefail
rustup target list --installed | grep -q wasm32-unknown-unknown || { echo "needs: rustup target add wasm32-unknown-unknown"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir -p page/src bind/src
cat > page/Cargo.toml <<'TOML'
[package]
name = "page"
version = "0.0.0"
edition = "2021"
[dependencies]
leptos = { version = "=0.8.23", default-features = false, features = ["csr"] }
wasm-bindgen = "=0.2.130"
[profile.release]
opt-level = "z"
lto = "fat"
codegen-units = 1
panic = "abort"
[workspace]
TOML
cat > page/src/main.rs <<'RUST'
fn main() {
    leptos::mount::mount_to_body(|| "nothing here streams");
}
RUST
cat > bind/Cargo.toml <<'TOML'
[package]
name = "bind"
version = "0.0.0"
edition = "2021"
[dependencies]
wasm-bindgen-cli-support = "=0.2.130"
walrus = "=0.27.3"
[workspace]
TOML
cat > bind/src/main.rs <<'RUST'
fn main() {
    let path = std::env::args().nth(1).expect("a module");
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    let bindgen = bindgen.input_path(path).web(true).expect("for the web").remove_name_section(true);
    let mut output = bindgen.generate_output().expect("it binds");
    let module = output.wasm_mut();
    let with = module.emit_wasm().len();
    let streams: Vec<_> =
        module.exports.iter().filter(|e| e.name.contains("intounderlying")).map(|e| e.id()).collect();
    println!("exports of streams: {}", streams.len());
    for export in streams {
        module.exports.delete(export);
    }
    walrus::passes::gc::run(module);
    let without = module.emit_wasm().len();
    println!("with them {with} bytes, without them {without} bytes");
    println!("{}", with - without);
}
RUST
(cd page && cargo build --quiet --release --target wasm32-unknown-unknown)
(cd bind && cargo build --quiet)
found=$(bind/target/debug/bind page/target/wasm32-unknown-unknown/release/page.wasm)
echo "$found"
[ "$(head -1 <<<"$found")" = "exports of streams: 13" ] || { echo "CHANGED: other exports"; exit 1; }
[ "$(tail -1 <<<"$found")" -gt 3000 ] || { echo "CHANGED: little is kept"; exit 1; }
echo "as described"
