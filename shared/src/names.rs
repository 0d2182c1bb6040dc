//! The order in which people look for names of persons: given name first, syllable by syllable, letters before tones.
//!
//! One key for pages, files and the server. Sorting whole names as ICU does would put "Hồ Bé" behind every "Hô …", since it
//! looks at tones only where all letters of a name are the same.

use std::cmp::Ordering;

use crate::fold::fold;
use crate::text::{is_hidden, is_hyphen};

/// A name's place in the order.
///
/// ```
/// use soho_shared::names::key;
///
/// let mut names = ["Lê Thị Út", "Hồ Văn Bé", "Nguyễn Ánh", "Hô Văn Bé", "Hồ Anh"];
/// names.sort_by_cached_key(|name| key(name));
/// // Given name first: letters (A, B, U), then tones (Anh before Ánh).
/// assert_eq!(names, ["Hồ Anh", "Nguyễn Ánh", "Hô Văn Bé", "Hồ Văn Bé", "Lê Thị Út"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Box<[u8]>);

impl Key {
    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.len()
    }

    /// Whether the name has all of these [`words`], each within one of its syllables.
    ///
    /// ```
    /// use soho_shared::names::{key, words};
    ///
    /// let name = key("Nguyễn Thị Bé");
    /// assert!(name.has(&words("be nguyen")) && name.has(&words("BÉ")) && !name.has(&words("ba")));
    /// assert!(!name.has(&words(" ")), "no word is in no name");
    /// ```
    #[must_use]
    pub fn has(&self, words: &[String]) -> bool {
        let name = plain(&self.0);
        !words.is_empty() && words.iter().all(|word| name.contains(word.as_str()))
    }
}

/// Place of a name among others. Its Unicode form, capitals, hyphens and what nobody sees make no difference.
#[must_use]
pub fn key(name: &str) -> Key {
    let is_between = |c: char| c.is_whitespace() || is_hyphen(c);
    let syllables =
        name.split(is_between).map(Syllable::read).filter(|syllable| !syllable.letters.is_empty());
    let mut syllables: Vec<Syllable> = syllables.collect();
    let Some(given) = syllables.pop() else { return Key::default() };
    let mut bytes = Vec::with_capacity(name.len() + 2 * syllables.len() + 2);
    for Syllable { letters, tone } in [given].into_iter().chain(syllables) {
        bytes.extend(letters);
        bytes.push(END);
        bytes.push(tone);
    }
    Key(bytes.into())
}

/// Which of two names comes first; those of one key are equal.
#[must_use]
pub fn compare(one: &str, other: &str) -> Ordering {
    key(one).cmp(&key(other))
}

/// The words of a text that is looked for in names: small letters without marks.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let plain = plain(&key(text).0);
    plain.split_whitespace().map(ToOwned::to_owned).collect()
}

/// The letters of a key without marks, a space behind each syllable.
fn plain(key: &[u8]) -> String {
    let mut plain = Vec::with_capacity(key.len());
    let mut bytes = key.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            END => {
                // The tone.
                bytes.next();
                plain.push(b' ');
            }
            FOREIGN => {}
            DIGIT..LETTER => plain.push(b'0' + (byte - DIGIT)),
            _ => plain.push(PLAIN.get(usize::from(byte - LETTER)).copied().unwrap_or(byte)),
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// End of a syllable's letters; smaller than any letter.
const END: u8 = 0;
/// Rank of the digit 0.
const DIGIT: u8 = 1;
/// Rank of the first letter.
const LETTER: u8 = 20;
/// Rank before the bytes of a letter that has none of its own: behind all others.
const FOREIGN: u8 = 255;

/// The letters in the order of the Vietnamese alphabet; f, j, w and z at their places.
const ALPHABET: &str = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz";

/// The same letters without marks.
const PLAIN: &[u8; 33] = b"aaabcddeefghijklmnooopqrstuuvwxyz";

/// The vowels, each without a tone (ngang) and with the five signs in their order: huyền, hỏi, ngã, sắc, nặng.
const VOWELS: [&str; 12] = [
    "aàảãáạ",
    "ăằẳẵắặ",
    "âầẩẫấậ",
    "eèẻẽéẹ",
    "êềểễếệ",
    "iìỉĩíị",
    "oòỏõóọ",
    "ôồổỗốộ",
    "ơờởỡớợ",
    "uùủũúụ",
    "ưừửữứự",
    "yỳỷỹýỵ",
];

/// The signs as combining characters: tone and sign.
const SIGNS: [(char, u8); 5] =
    [('\u{300}', 1), ('\u{309}', 2), ('\u{303}', 3), ('\u{301}', 4), ('\u{323}', 5)];

/// A syllable as it is compared.
#[derive(Default)]
struct Syllable {
    /// Ranks of its letters.
    letters: Vec<u8>,
    /// Its tone, 0 (ngang) to 5 (nặng), wherever the sign stands.
    tone: u8,
}

impl Syllable {
    fn read(text: &str) -> Self {
        let mut syllable = Syllable::default();
        // A decomposed letter is its own, and what follows it.
        let mut last = None;
        for c in text.chars().filter(|c| !is_hidden(*c)).flat_map(char::to_lowercase) {
            if let Some((_, tone)) = SIGNS.iter().find(|(sign, _)| *sign == c) {
                syllable.tone = *tone;
            } else if let Some(whole) = last.and_then(|letter| with_mark(letter, c)) {
                syllable.letters.pop();
                last = Some(whole);
                syllable.letters.extend(rank(whole));
            } else {
                let (letter, tone) = split(c);
                if tone > 0 {
                    syllable.tone = tone;
                }
                last = Some(letter);
                syllable.take(letter);
            }
        }
        syllable
    }

    fn take(&mut self, letter: char) {
        if let Some(rank) = rank(letter) {
            self.letters.push(rank);
        } else if letter.is_alphanumeric() {
            // Of another alphabet, or with a sign that Vietnamese does not have.
            let plain = fold(letter.encode_utf8(&mut [0; 4]));
            match plain.chars().next().and_then(rank) {
                Some(rank) => self.letters.push(rank),
                None => {
                    self.letters.push(FOREIGN);
                    self.letters.extend(plain.bytes());
                }
            }
        }
    }
}

/// A letter and its tone.
fn split(c: char) -> (char, u8) {
    if c.is_ascii() {
        return (c, 0);
    }
    let of_vowel = |vowel: &&str| {
        let tone = vowel.chars().position(|with_tone| with_tone == c)?;
        Some((vowel.chars().next()?, u8::try_from(tone).ok()?))
    };
    VOWELS.iter().find_map(of_vowel).unwrap_or(match c {
        // Letters of other languages that look like it.
        '\u{f0}' | '\u{256}' => ('đ', 0),
        _ => (c, 0),
    })
}

/// The letter that a decomposed one is.
const fn with_mark(letter: char, mark: char) -> Option<char> {
    Some(match (letter, mark) {
        ('a', '\u{306}') => 'ă',
        ('a', '\u{302}') => 'â',
        ('e', '\u{302}') => 'ê',
        ('o', '\u{302}') => 'ô',
        ('o', '\u{31b}') => 'ơ',
        ('u', '\u{31b}') => 'ư',
        _ => return None,
    })
}

/// Place of a digit or a letter of the alphabet.
fn rank(letter: char) -> Option<u8> {
    if let Some(digit) = letter.to_digit(10) {
        return Some(DIGIT + u8::try_from(digit).ok()?);
    }
    let place = ALPHABET.chars().position(|of| of == letter)?;
    Some(LETTER + u8::try_from(place).ok()?)
}

#[cfg(test)]
mod tests {
    use icu_collator::options::CollatorOptions;
    use icu_collator::{Collator, CollatorPreferences};

    use super::*;

    #[test]
    fn syllables_are_in_the_order_of_icu() {
        let vietnamese = CollatorPreferences::from_locale_strict(&"vi".parse().unwrap()).unwrap();
        let icu = Collator::try_new(vietnamese, CollatorOptions::default()).unwrap();
        let begins = ["", "b", "c", "ch", "d", "đ", "g", "gh", "h", "kh", "ng", "s", "tr", "x"];
        let ends = ["", "c", "n", "ng", "nh", "t"];
        let mut syllables = Vec::new();
        for vowel in VOWELS.iter().flat_map(|vowel| vowel.chars()) {
            for begin in begins {
                syllables.extend(ends.map(|end| format!("{begin}{vowel}{end}")));
            }
        }
        syllables.extend(
            ["1", "2", "10", "f", "fa", "ja", "wa", "za", "phan", "quy", "vo"].map(ToOwned::to_owned),
        );
        let mut by_icu = syllables.clone();
        by_icu.sort_by(|one, other| icu.compare(one, other));
        syllables.sort_by(|one, other| compare(one, other));
        assert_eq!(syllables, by_icu);
        assert!(syllables.is_sorted_by(|one, next| key(one) < key(next)), "no two are the same");
    }

    #[test]
    fn names_go_by_given_name_then_syllable_by_syllable() {
        let sorted = [
            "",
            "Bà 2",
            "Nguyễn Văn An",
            "Trần An",
            "Nguyễn Văn Ân",
            "Hô Bé",
            "Hô Văn Bé",
            "Hồ Bé",
            "Hồ Thị Bé",
            "Hồ Văn Bé",
            "Hổ An Bé",
            "Lê Bé",
            "Lê Bẹ",
            "Phan Dũng",
            "An Đức",
            "Trần Thị Huế",
            "Đào Hùng",
            "Y Quý",
            "Lê Tư",
            "Lê Văn Tư",
            "Lê Tý",
            "Lê Zu",
            "Lê Юрий",
        ];
        let mut names = sorted;
        names.reverse();
        names.sort_by(|one, other| compare(one, other));
        assert_eq!(names, sorted);
    }

    #[test]
    fn one_name_has_one_key_however_it_is_written() {
        for (written, name) in [
            ("nguyễn thị bé", "Nguyễn Thị Bé"),
            ("NGUYỄN  THỊ\tBÉ ", "Nguyễn Thị Bé"),
            ("Nguye\u{302}\u{303}n Thi\u{323} Be\u{301}", "Nguyễn Thị Bé"),
            ("Nguye\u{303}\u{302}n Thị\u{200b} Bé\u{ad}", "Nguyễn Thị Bé"),
            ("Nguyễn-Thị – Bé", "Nguyễn Thị Bé"),
            ("Nguyễn Thị (Bé)", "Nguyễn Thị Bé"),
            ("Lê Thị Ho\u{e0}", "Lê Thị Hòa"),
            ("U\u{31b}\u{301}ng", "Ứng"),
            ("\u{d0}a\u{323}t", "Đạt"),
            ("H'Mai", "HMai"),
            ("Müller", "Muller"),
        ] {
            assert_eq!(key(written), key(name), "{written}");
        }
        for nothing in ["", "  ", "-", "\u{200b}", "'"] {
            assert_eq!(key(nothing), Key::default(), "{nothing:?}");
        }
        assert!(key(&"Nguyễn ".repeat(1_000)).size() <= 8_000);
    }

    #[test]
    fn words_are_found_with_and_without_marks() {
        let letters: Vec<char> = ALPHABET.chars().collect();
        assert_eq!(letters.len(), PLAIN.len());
        for (letter, plain) in letters.iter().zip(PLAIN) {
            assert_eq!(fold(&letter.to_string()).as_bytes(), [*plain], "{letter}");
        }
        for (name, text, has) in [
            ("Nguyễn Thị Bé", "be", true),
            ("Nguyễn Thị Bé", "Bé", true),
            ("Nguyễn Thị Bé", "bẻ thi", true),
            ("Nguyễn Thị Bé", "guy", true),
            ("Nguyễn Thị Bé", "thi be tu", false),
            ("Nguyễn Thị Bé", "thibe", false),
            ("Đỗ Đạt 2", "do dat 2", true),
            ("H'Mai Niê", "h'mai", true),
            ("Lê Юрий", "юр", true),
            ("Lê Юрий", "р le", true),
            ("", "be", false),
            ("Bé", "", false),
        ] {
            assert_eq!(key(name).has(&words(text)), has, "{name}: {text}");
        }
    }
}
