//! The library as a module of WebAssembly.

use soho_rule_wasm as _;

fn main() {}
