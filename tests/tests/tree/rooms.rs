//! The arrows between the rooms of the source point down, as ARCHITECTURE.md draws them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of a crate, lowest first: a room may use those before it.
const CRATES: [(&str, &[&str]); 3] = [
    (
        "shared/src",
        &[
            "lang",
            "text",
            "fold",
            "names",
            "area",
            "money",
            "income",
            "standard",
            "classify",
            "columns",
            "record",
            "household",
            "deprivation",
            "duplicate",
            "entitlement",
            "law",
            "explain",
            "count",
            "access",
            "stage",
            "calendar",
            "words",
            "wire",
            "support",
            "course",
            "pages",
            "assess",
            "carry_over",
            "recognition",
            "report",
            "paper",
            "what_if",
            "openapi",
            "lib",
        ],
    ),
    ("frontend/src", &["clock", "json", "store", "i18n", "ui", "income", "local", "lib"]),
    (
        "backend/src",
        &[
            "engine",
            "telemetry",
            "seal",
            "table",
            "print",
            "certificate",
            "classify",
            "people",
            "register",
            "export",
            "analysis",
            "kept",
            "accounts",
            "sync",
            "import",
            "connections",
            "backup",
            "demo",
            "user",
            "http",
            "serve",
            "lib",
            "main",
        ],
    ),
];

/// The apps of the frontend: binaries, each a crate of its own above the library's rooms.
const APPS: [&str; 4] = ["check", "survey", "province", "desk"];

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The rooms that a file uses, its tests left out.
fn uses(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let mut rooms = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let names = match rest.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap_or_default(),
            None => rest.split([';', ',', ')', '>', ' ', '(']).next().unwrap_or_default(),
        };
        let first = |name: &str| {
            let name = name.trim().split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next();
            name.unwrap_or_default().to_owned()
        };
        rooms.extend(names.split(',').map(first));
    }
    rooms
}

#[test]
fn no_room_uses_one_above_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut wrong = Vec::new();
    let mut arrows = 0;
    for (source, rooms) in CRATES {
        let folder = root.join(source);
        let place = |name: &str| rooms.iter().position(|room| *room == name);
        for path in files(&folder) {
            let within = path.strip_prefix(&folder).unwrap();
            let first = Path::new(within.components().next().unwrap().as_os_str());
            let room = first.file_stem().unwrap().to_str().unwrap();
            let is_source = path.extension().is_some_and(|kind| kind == "rs");
            let is_test = within.to_str().unwrap().contains("tests");
            if !is_source || is_test || (source == "frontend/src" && APPS.contains(&room)) {
                continue;
            }
            let Some(own) = place(room) else {
                wrong.push(format!("{source}: the room `{room}` has no place in the list"));
                continue;
            };
            for used in uses(&fs::read_to_string(&path).unwrap()) {
                // What is no room is a macro or an item of the crate itself.
                let Some(other) = place(&used) else { continue };
                arrows += usize::from(other != own);
                if other > own {
                    wrong.push(format!("{}: `{room}` uses `{used}`, which stands above it", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(arrows > 100, "only {arrows} arrows were found");
}

#[test]
fn a_use_is_read_in_each_of_its_forms() {
    let text = "use crate::law::standard;\nuse crate::{area, money::Vnd};\n// crate::report\nfn f(x: crate::count::Book) {}\n#[cfg(test)]\nuse crate::what_if;";
    let rooms: Vec<String> = uses(text).into_iter().collect();
    assert_eq!(rooms, ["area", "count", "law", "money"]);
}

/// Lines of the files in a folder, with their files, in which a word stands, whatever its case.
fn lines_with(folder: &str, word: &str, skip: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    for path in files(&root.join(folder)) {
        let within = path.strip_prefix(root).unwrap().display().to_string();
        if path.extension().is_none_or(|kind| kind != "rs") || within.starts_with(skip) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap().to_lowercase();
        let words = |line: &str| line.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part == word);
        found.extend(text.lines().filter(|line| words(line)).map(|line| format!("{within}: {line}")));
    }
    found
}

#[test]
fn no_folder_but_the_engine_names_an_engine() {
    assert_eq!(lines_with("backend/src", "sled", "backend/src/engine"), [""; 0]);
    assert!(!lines_with("backend/src", "sled", "nothing").is_empty());
}
