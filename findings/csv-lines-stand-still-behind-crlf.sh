#!/usr/bin/env bash
# Package:   csv 1.4.0 (crates.io).
# Guess:     `Position::line` of a record is the line of the text on which the record begins, whatever ends the lines.
# Behaviour: where lines end with CR and LF, as RFC 4180 has it and spreadsheets save them, the second record still says line 1,
#            and each one behind it the line of the record before. With LF alone the lines are right. A record ends at its CR; the
#            LF behind it is counted only when the next one has begun.
# Output:    LF [1, 2, 3]
#            CRLF [1, 1, 2]
# Matters:   an import that names rows by this number tells the officer to mend the row above the wrong one, and one that keys
#            rows by it takes the first row of data for the row of heads. We count records and the empty lines between them.
set -euo pipefail
command -v cargo > /dev/null || { echo "needs: cargo"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "lines"
version = "0.0.0"
edition = "2024"
[dependencies]
csv = "=1.4.0"
TOML
cat > src/main.rs <<'RUST'
fn lines(text: &str) -> Vec<u64> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|record| record.unwrap().position().unwrap().line()).collect()
}
fn main() {
    for (name, text) in [("LF", "a,b\n1,2\n3,4\n"), ("CRLF", "a,b\r\n1,2\r\n3,4\r\n")] {
        println!("{name} {:?}", lines(text));
    }
}
RUST
output=$(cargo run --quiet)
echo "$output"
[ "$output" = $'LF [1, 2, 3]\nCRLF [1, 1, 2]' ] || { echo "it behaves otherwise now"; exit 1; }
