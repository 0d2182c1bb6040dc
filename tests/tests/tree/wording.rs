//! Wording of the sources: one placing of tone marks, and pages in English that are English throughout.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders whose texts people read.
const FOLDERS: [&str; 3] = ["frontend", "shared", "backend"];
/// Kinds of files that hold texts.
const KINDS: [&str; 4] = ["rs", "js", "html", "toml"];

/// Words that stand as others write them, with their files.
const AS_TYPED: [(&str, &str); 2] = [("shared/src/fold.rs", "Hoà"), ("shared/src/fold.rs", "HOÀ")];

/// Letters with all their marks, as old fonts have them: no text that anybody reads.
const LETTERS: &str = "backend/src/import/encoding.rs";

/// Names that are the same in both languages.
const NAMES: [&str; 3] = ["Sổ Hộ", "Bến Tre", "Tiếng Việt"];
/// Kinds of instruments, whose names stay in Vietnamese before their number.
const INSTRUMENTS: [&str; 7] =
    ["Quyết định ", "Nghị định ", "Nghị quyết ", "Thông tư ", "Chỉ thị ", "Kế hoạch ", "Luật "];
/// Calls whose first text is Vietnamese and whose second is English.
const CALLS: [&str; 3] = ["t(", "now(", "pick("];

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The sources, each with its path within the repository.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let all = FOLDERS.iter().flat_map(|folder| files(&root.join(folder)));
    let has_texts = |path: &PathBuf| path.extension().is_some_and(|kind| KINDS.iter().any(|of| kind == *of));
    let read = |path: PathBuf| {
        let within = path.strip_prefix(root).unwrap().display().to_string();
        (within, fs::read_to_string(&path).unwrap())
    };
    all.filter(has_texts).map(read).collect()
}

/// Whether a word carries its tone mark where official texts do not. An open syllable in oa, oe or uy carries it on the
/// first vowel (xóa, khỏe, thủy), a closed one on the second (hoàn, huỳnh). After q the u is no vowel (quý).
fn is_misplaced(word: &str) -> bool {
    let letters: Vec<char> = word.to_lowercase().chars().collect();
    letters.windows(2).enumerate().any(|(at, pair)| {
        let is_open = at + 2 == letters.len();
        let after_q = at > 0 && letters[at - 1] == 'q';
        match (pair[0], pair[1]) {
            ('o', 'à' | 'á' | 'ả' | 'ã' | 'ạ' | 'è' | 'é' | 'ẻ' | 'ẽ' | 'ẹ') => is_open,
            ('u', 'ỳ' | 'ý' | 'ỷ' | 'ỹ' | 'ỵ') => is_open && !after_q,
            ('ò' | 'ó' | 'ỏ' | 'õ' | 'ọ', 'a' | 'e') => !is_open,
            ('ù' | 'ú' | 'ủ' | 'ũ' | 'ụ', 'y') => !is_open && !after_q,
            _ => false,
        }
    })
}

#[test]
fn tone_marks_stand_in_one_place() {
    let mut wrong = Vec::new();
    for (path, text) in sources().into_iter().filter(|(path, _)| path != LETTERS) {
        for (line, at) in text.lines().zip(1..) {
            for word in line.split(|c: char| !c.is_alphabetic()).filter(|word| is_misplaced(word)) {
                if !AS_TYPED.contains(&(path.as_str(), word)) {
                    wrong.push(format!("{path}:{at}: {word}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "the mark stands on the other vowel in\n{}", wrong.join("\n"));
}

#[test]
fn a_mark_belongs_to_its_syllable() {
    let right =
        ["Ủy", "tùy", "thủy", "xóa", "khóa", "hòa", "khỏe", "hoàn", "huỳnh", "quý", "loại", "khuỷu", "tuyến"];
    let wrong = ["Uỷ", "tuỳ", "thuỷ", "xoá", "KHOÁ", "hoà", "khoẻ", "hòan", "hùynh", "ngòai"];
    assert_eq!(right.map(is_misplaced), [false; 13]);
    assert_eq!(wrong.map(is_misplaced), [true; 10]);
}

/// The text literal with which a source goes on, and what follows it. Escapes become spaces.
fn literal(source: &str) -> Option<(String, &str)> {
    let source = source.trim_start();
    let quote = source.chars().next().filter(|c| matches!(c, '"' | '`'))?;
    let mut text = String::new();
    let mut chars = source.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return Some((text, &source[at + 1..]));
        }
        text.push(if c == '\\' { ' ' } else { c });
        if c == '\\' {
            chars.next();
        }
    }
    None
}

/// The English text of a call, from behind its parenthesis: `"Lưu", "Save")`.
fn second(source: &str) -> Option<String> {
    let (_, rest) = literal(source)?;
    Some(literal(rest.trim_start().strip_prefix(',')?)?.0)
}

/// The English text of an arm, from behind its pattern: ` => format!("{n} more")`.
fn arm(source: &str) -> Option<String> {
    let rest = source.trim_start_matches(')').trim_start().strip_prefix("=>")?.trim_start();
    let rest = rest.strip_prefix('{').unwrap_or(rest).trim_start();
    Some(literal(rest.strip_prefix("format!(").unwrap_or(rest))?.0)
}

/// The English text of an element, from behind `data-en`: `-label="Pages"`.
fn attribute(source: &str) -> Option<String> {
    Some(literal(source.strip_prefix("-label").unwrap_or(source).strip_prefix('=')?)?.0)
}

/// The English texts of a source, each with its line.
fn english(source: &str) -> Vec<(usize, String)> {
    let after = |name: &'static str, read: fn(&str) -> Option<String>| {
        source.match_indices(name).filter_map(move |(at, _)| {
            let before = source[..at].chars().next_back();
            let is_whole = before.is_none_or(|c| !c.is_alphanumeric() && c != '_');
            let text = read(&source[at + name.len()..]).filter(|_| is_whole)?;
            Some((source[..at].matches('\n').count() + 1, text))
        })
    };
    let calls = CALLS.into_iter().flat_map(|name| after(name, second));
    calls.chain(after("Lang::En", arm)).chain(after("data-en", attribute)).collect()
}

/// A text without what stands between two marks.
fn without(text: &str, open: &str, close: char) -> String {
    let mut pieces = text.split(open);
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        out.push_str(piece.split_once(close).map_or(piece, |(_, rest)| rest));
    }
    out
}

/// The Vietnamese words of a text in English. Terms in parentheses gloss it, texts in quotation marks are what people type
/// or read elsewhere, and đ is the unit; instruments keep their names.
fn vietnamese(text: &str) -> Vec<String> {
    let mut text = without(text, "${", '}');
    text = without(&text, "(", ')');
    text = without(&text, "“", '”');
    for name in NAMES {
        text = text.replace(name, "");
    }
    for kind in INSTRUMENTS {
        let mut pieces = text.split(kind);
        let mut rest = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            if piece.starts_with(|c: char| c.is_ascii_digit() || c == '{') {
                rest.push_str(piece.split_once(' ').map_or("", |(_, after)| after));
            } else {
                rest.push_str(kind);
                rest.push_str(piece);
            }
        }
        text = rest;
    }
    let words = text.split(|c: char| !c.is_alphanumeric());
    let is_foreign = |word: &&str| *word != "đ" && word.chars().any(|c| c.is_alphabetic() && !c.is_ascii());
    words.filter(is_foreign).map(ToOwned::to_owned).collect()
}

#[test]
fn english_texts_are_english() {
    let (mut wrong, mut texts) = (Vec::new(), 0);
    for (path, source) in sources() {
        for (line, text) in english(&source) {
            texts += 1;
            let words = vietnamese(&text);
            if !words.is_empty() {
                wrong.push(format!("{path}:{line}: {}: {text}", words.join(", ")));
            }
        }
    }
    assert!(wrong.is_empty(), "Vietnamese stands in the English of\n{}", wrong.join("\n"));
    assert!(texts > 700, "only {texts} texts were found");
}

#[test]
fn texts_are_found_and_read() {
    let source = "t(\"Lưu\", \"Save\")\nassert(\"a\", \"b\")\n{now(\n  `Hộ ${n}`,\n  `Of ${t(\"hộ\", \"one\")}`)}\n\
                  (n, Lang::En) => format!(\"{n} more\"),\n<p data-en=\"Pages\" data-en-label=\"More\">";
    let texts: Vec<(usize, String)> = english(source);
    let texts: Vec<(usize, &str)> = texts.iter().map(|(line, text)| (*line, text.as_str())).collect();
    assert_eq!(
        texts,
        [
            (1, "Save"),
            (5, "one"),
            (3, "Of ${t(\"hộ\", \"one\")}"),
            (6, "{n} more"),
            (7, "Pages"),
            (7, "More")
        ]
    );
    for (text, words) in [
        ("about 400,000 đ a month", vec![]),
        ("Produce (thu từ trồng trọt), as “an đức”", vec![]),
        ("Sổ Hộ: the register of Bến Tre", vec![]),
        ("by Quyết định 09/2011/QĐ-TTg of 2011", vec![]),
        ("Of ${t(\"hộ\", \"one\")}", vec![]),
        ("write 1,2 triệu", vec!["triệu"]),
        ("ask the Kế hoạch", vec!["Kế", "hoạch"]),
    ] {
        assert_eq!(vietnamese(text), words, "{text}");
    }
}
