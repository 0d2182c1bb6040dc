//! The code on a certificate: a few bytes that anybody checks without a network.
//!
//! It comes in two forms, each with a signature of its own. The one to scan has the head's name and stands in a QR, in base45
//! (RFC 9285). The one to type in, where no camera reads the QR, has 120 letters and digits; there the name is one byte of a
//! hash, so that a name typed beside it can be compared.
//!
//! | bytes | to scan | to type in |
//! | --- | --- | --- |
//! | 1 | 1 in the upper half, in the lower what is recognised | 2, and the same |
//! | 1 | first byte of the public key | hash of the name |
//! | 2 | code of the commune | the same |
//! | 1 | the round, in years since 2000 | the same |
//! | 2 | the number | the same |
//! | 2 | the day: years since 2000, month (4 bits), day (5 bits) | the same |
//! | 1–100 | the name in UTF-8 | – |
//! | 64 | Ed25519 signature of [`signed`] | the same |
//!
//! A layout is never changed, only followed by one with another first byte.

use jiff::civil::Date;

use crate::area::CommuneCode;
use crate::fold::fold;
use crate::record::Round;

pub use crate::household::Recognised;

/// Bytes of an Ed25519 signature.
pub const SIGNATURE: usize = 64;
/// Bytes of what stands before the name.
const HEAD: usize = 9;
/// Most bytes of the name; a longer one is cut.
const MOST_NAME: usize = 100;
/// Year from which years are counted.
const YEAR: u16 = 2000;
/// Upper half of the first byte of a code to scan.
const SCANNED: u8 = 1;
/// Upper half of the first byte of a code to type in.
const TYPED: u8 = 2;
/// With this begins what is signed; nothing that is signed for another purpose does.
const PURPOSE: &[u8] = b"So Ho certificate\0";

/// What a certificate says, without anything that only the household should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The round whose result it tells.
    pub round: Round,
    /// The commune that gave it.
    pub commune: CommuneCode,
    /// Its number in the commune's series of the year of [`Certificate::date`], 1..=65535.
    pub number: u32,
    /// What is recognised.
    pub class: Recognised,
    /// Day of the decision, from 2000 to 2127.
    pub date: Date,
    /// Name of the head, in NFC.
    pub name: String,
}

impl Certificate {
    /// What the code to scan says, for the key whose public half begins with `key`; `None` where a part is out of bounds.
    ///
    /// ```
    /// use soho_shared::paper::certificate::{self, Certificate, Recognised};
    /// use soho_shared::record::Round;
    ///
    /// let of = Certificate {
    ///     round: Round::CENSUS_2010,
    ///     commune: "29173".parse().unwrap(),
    ///     number: 15,
    ///     class: Recognised::Poor,
    ///     date: "2010-12-05".parse().unwrap(),
    ///     name: "Nguyễn Thị Bé Sáu".to_owned(),
    /// };
    /// let said = of.to_scan(7).unwrap();
    /// let text = certificate::scanned_text(&said, &[0; certificate::SIGNATURE]);
    /// assert_eq!(certificate::scanned(&text).unwrap().certificate, of);
    /// ```
    #[must_use]
    pub fn to_scan(&self, key: u8) -> Option<Vec<u8>> {
        let mut said = self.head(SCANNED, key)?.to_vec();
        said.extend_from_slice(cut(&self.name).as_bytes());
        (!self.name.is_empty()).then_some(said)
    }

    /// What the code to type in says; `None` where a part is out of bounds.
    #[must_use]
    pub fn to_type(&self) -> Option<[u8; HEAD]> {
        self.head(TYPED, name_hash(&self.name))
    }

    fn head(&self, form: u8, second: u8) -> Option<[u8; HEAD]> {
        let [0, 0, c0, c1] = self.commune.to_bytes() else { return None };
        let since = |year: u16| year.checked_sub(YEAR);
        let round = u8::try_from(since(self.round.year())?).ok()?;
        let [n0, n1] = u16::try_from(self.number).ok().filter(|number| *number > 0)?.to_be_bytes();
        let years = since(u16::try_from(self.date.year()).ok()?).filter(|years| *years < 128)?;
        let (month, day) = (u16::try_from(self.date.month()).ok()?, u16::try_from(self.date.day()).ok()?);
        let [d0, d1] = (years << 9 | month << 5 | day).to_be_bytes();
        let class = Recognised::ALL.into_iter().zip(0_u8..).find(|(class, _)| *class == self.class)?.1;
        Some([form << 4 | class, second, c0, c1, round, n0, n1, d0, d1])
    }
}

/// What a signature is made of: the purpose, then what the code says.
#[must_use]
pub fn signed(said: &[u8]) -> Vec<u8> {
    [PURPOSE, said].concat()
}

/// The text of a code to scan.
#[must_use]
pub fn scanned_text(said: &[u8], signature: &[u8; SIGNATURE]) -> String {
    base45(&[said, signature].concat())
}

/// The text of a code to type in: three lines of eight groups of five.
#[must_use]
pub fn typed_text(said: &[u8; HEAD], signature: &[u8; SIGNATURE]) -> String {
    let fives = fives(&[said.as_slice(), signature].concat());
    let line = |(number, values): (u8, &[u8])| {
        let letter = |value: &u8| char::from(LETTERS[usize::from(*value)]);
        let letters: Vec<char> = values.iter().chain([&check(number, values)]).map(letter).collect();
        letters.chunks(5).map(|five| five.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
    };
    (1..).zip(fives.chunks(LINE)).map(line).collect::<Vec<_>>().join("\n")
}

/// A code that was read. Whether it is genuine its signature tells, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadCode {
    /// What it says; one that was typed in has no name.
    pub certificate: Certificate,
    /// Its second byte: of a scanned one the first byte of the public key, of a typed one [`name_hash`].
    pub second: u8,
    /// The bytes that [`signed`] takes.
    pub said: Vec<u8>,
    /// The signature.
    pub signature: [u8; SIGNATURE],
}

/// Reads [`scanned_text`]; `None` for anything else.
#[must_use]
pub fn scanned(text: &str) -> Option<ReadCode> {
    read(&from_base45(text)?, SCANNED)
}

/// Reads [`typed_text`] as people type it: small letters, any space and hyphens, O for 0, I and L for 1. `None` for anything
/// else.
#[must_use]
pub fn typed(text: &str) -> Option<ReadCode> {
    let meant =
        text.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        });
    let value = |c: char| {
        LETTERS.iter().zip(0_u8..).find(|(letter, _)| char::from(**letter) == c).map(|(_, value)| value)
    };
    let values: Vec<u8> = meant.map(value).collect::<Option<_>>()?;
    if values.len() != LINES * (LINE + 1) {
        return None;
    }
    let mut fives = Vec::with_capacity(values.len());
    for (number, line) in (1..).zip(values.chunks(LINE + 1)) {
        let (last, line) = line.split_last()?;
        if *last != check(number, line) {
            return None;
        }
        fives.extend_from_slice(line);
    }
    read(&bytes(&fives)?, TYPED)
}

fn read(code: &[u8], form: u8) -> Option<ReadCode> {
    let (said, signature) = code.split_last_chunk::<SIGNATURE>()?;
    let (head, name) = said.split_first_chunk::<HEAD>()?;
    let [first, second, c0, c1, round, n0, n1, d0, d1] = *head;
    if first >> 4 != form || name.is_empty() != (form == TYPED) || name.len() > MOST_NAME {
        return None;
    }
    let day = u16::from_be_bytes([d0, d1]);
    let part = |bits: u16| i8::try_from(bits).ok();
    let year = i16::try_from(YEAR + (day >> 9)).ok()?;
    let certificate = Certificate {
        round: Round::new(YEAR + u16::from(round))?,
        commune: CommuneCode::from_bytes([0, 0, c0, c1])?,
        number: Some(u32::from(u16::from_be_bytes([n0, n1]))).filter(|number| *number > 0)?,
        class: *Recognised::ALL.get(usize::from(first & 15))?,
        date: Date::new(year, part(day >> 5 & 15)?, part(day & 31)?).ok()?,
        name: std::str::from_utf8(name).ok()?.to_owned(),
    };
    Some(ReadCode { certificate, second, said: said.to_vec(), signature: *signature })
}

/// One byte of a name's hash (FNV-1a over its letters from a to z, without diacritics): of 256 other names, one has the same.
#[must_use]
pub fn name_hash(name: &str) -> u8 {
    let letters = fold(name).into_bytes().into_iter().filter(u8::is_ascii_lowercase);
    let hash =
        letters.fold(0x811c_9dc5_u32, |hash, letter| (hash ^ u32::from(letter)).wrapping_mul(0x0100_0193));
    hash.to_be_bytes().into_iter().fold(0, |sum, byte| sum ^ byte)
}

/// A name, ended by `…` where it is too long.
fn cut(name: &str) -> String {
    if name.len() <= MOST_NAME {
        return name.to_owned();
    }
    let ends = name.char_indices().map(|(at, c)| at + c.len_utf8());
    let end = ends.take_while(|end| end + '…'.len_utf8() <= MOST_NAME).last().unwrap_or(0);
    format!("{}…", &name[..end])
}

/// The signs of base45, which are those that a QR holds in five and a half bits each.
const SIGNS: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

fn base45(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(2) * 3);
    for pair in bytes.chunks(2) {
        let mut number = pair.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        for _ in 0..=pair.len() {
            text.push(char::from(SIGNS[number % 45]));
            number /= 45;
        }
    }
    text
}

/// No other text encodes the same bytes, since a number that is too large for its bytes is refused.
fn from_base45(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len().div_ceil(3) * 2);
    for part in text.as_bytes().chunks(3) {
        let digit = |sign: &u8| SIGNS.iter().position(|of| of == sign);
        let number = part.iter().rev().try_fold(0, |sum, sign| Some(sum * 45 + digit(sign)?))?;
        match part.len() {
            3 => bytes.extend(u16::try_from(number).ok()?.to_be_bytes()),
            2 => bytes.push(u8::try_from(number).ok()?),
            _ => return None,
        }
    }
    Some(bytes)
}

/// The signs of a code to type in, of which none looks like another (Crockford's base32).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Lines of a code to type in.
const LINES: usize = 3;
/// Signs of a line before its last, by which a mistyped one shows.
const LINE: usize = 39;

/// Last sign of a line. It differs where one sign does, where two neighbours have changed places, and in another line: a sum
/// over GF(32) in which every place has a weight of its own.
fn check(line: u8, values: &[u8]) -> u8 {
    values.iter().fold(line, |check, value| {
        let sum = check ^ value;
        sum << 1 ^ if sum & 16 == 0 { 0 } else { 0b10_0101 }
    })
}

/// Bytes as numbers of five bits; what the last has beyond them is 0.
fn fives(bytes: &[u8]) -> Vec<u8> {
    let at = |at: usize| bytes.get(at).copied().unwrap_or(0);
    let five = |bit: usize| {
        (u16::from_be_bytes([at(bit / 8), at(bit / 8 + 1)]) >> (11 - bit % 8)).to_be_bytes()[1] & 31
    };
    (0..bytes.len() * 8).step_by(5).map(five).collect()
}

/// The inverse of [`fives`]; `None` where the bits beyond the last byte say something.
fn bytes(fives: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(fives.len() * 5 / 8);
    let (mut held, mut bits) = (0_u16, 0_u16);
    for five in fives {
        held = held << 5 | u16::from(*five);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits).to_be_bytes()[1]);
            held &= (1 << bits) - 1;
        }
    }
    (held == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Certificate {
        Certificate {
            round: Round::new(2011).unwrap(),
            commune: "29173".parse().unwrap(),
            number: 15,
            class: Recognised::NearPoor,
            date: "2011-12-05".parse().unwrap(),
            name: name.to_owned(),
        }
    }

    /// Numbers that stand for a signature.
    fn signature() -> [u8; SIGNATURE] {
        std::array::from_fn(|at| u8::try_from(at * 37 % 251).unwrap())
    }

    #[test]
    fn codes_are_those_that_another_program_makes() {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        for (name, hash) in [("Nguyễn Thị Bé Sáu", 255), ("Đỗ Văn Ơn", 240), ("Y Bhŏk Niê", 245)]
        {
            assert_eq!(name_hash(name), hash, "{name}");
        }
        let of = of("Nguyễn Thị Bé Sáu");
        let said = of.to_scan(3).unwrap();
        assert_eq!(hex(&said), "110371f50b000f17854e677579e1bb856e205468e1bb8b2042c3a92053c3a175");
        assert_eq!(hex(&of.to_type().unwrap()), "21ff71f50b000f1785");
        assert_eq!(scanned_text(&said, &signature()), TO_SCAN);
        assert_eq!(typed_text(&of.to_type().unwrap(), &signature()), TO_TYPE);
    }

    const TO_SCAN: &str = "Z62DIEQH1%+1G%GP3DGIFZVNM-D8UA7OSLQH J86HLNQANIK$00KI93 I53S$W5K5F3NO922$JBK$KM4U9Y7$6HKOQQ349LD$%M/H0QZ998JBKS/46QMF9+OFJ2/ BQ9LSLUF68/NHQ-QWK4";
    const TO_TYPE: &str = "47ZQ3 X8B00 7HF18 04N56 Z55SV R42TM KQKK0 YC41E\nNB9ZT 9JFE3 0YP51 XCT7V 20HBA HYTDJ 0S89N S9FF2\n711CR 5AYMZ RKMH6 E2XGA KWSW8 V81JR NBYMZ 4HMGJ";

    #[test]
    fn a_code_is_read_as_it_was_made() {
        let long = "Nguyễn ".repeat(20);
        for name in ["A", "Đỗ Văn Ơn", &long] {
            let of = of(name);
            let read = scanned(&scanned_text(&of.to_scan(200).unwrap(), &signature())).unwrap();
            assert_eq!((read.second, &read.said), (200, &of.to_scan(200).unwrap()));
            assert_eq!(read.signature, signature());
            assert_eq!(read.certificate, Certificate { name: cut(name), ..of.clone() });
            let typed = typed(&typed_text(&of.to_type().unwrap(), &signature())).unwrap();
            assert_eq!((typed.second, typed.signature), (name_hash(name), signature()));
            assert_eq!(typed.certificate, Certificate { name: String::new(), ..of });
        }
        assert!(cut(&long).len() <= MOST_NAME && cut(&long).ends_with(" Nguyễ…"), "{}", cut(&long));
        let most = Certificate { number: 65_535, date: "2127-12-31".parse().unwrap(), ..of("B") };
        let read = scanned(&scanned_text(&most.to_scan(0).unwrap(), &signature())).unwrap();
        assert_eq!(read.certificate, most);
    }

    #[test]
    fn what_is_out_of_bounds_has_no_code() {
        let day = |day: &str| day.parse().unwrap();
        for wrong in [
            Certificate { number: 0, ..of("A") },
            Certificate { number: 65_536, ..of("A") },
            Certificate { date: day("1999-12-31"), ..of("A") },
            Certificate { date: day("2128-01-01"), ..of("A") },
            of(""),
        ] {
            assert_eq!(wrong.to_scan(1), None, "{wrong:?}");
        }
    }

    #[test]
    fn nothing_else_is_read() {
        let said = of("Lê Thị Út").to_scan(1).unwrap();
        let with = |at: usize, byte: u8| {
            let mut said = said.clone();
            said[at] = byte;
            scanned(&scanned_text(&said, &signature()))
        };
        assert!(with(1, 2).is_some());
        // Another layout, another kind, no such commune, round, number, day; a name that is no text.
        for (at, byte) in [(0, 0x31), (0, 0x21), (0, 0x14), (2, 0), (4, 1), (8, 0), (said.len() - 1, 0xff)] {
            assert_eq!(with(at, byte), None, "{at}");
        }
        assert_eq!(scanned(&scanned_text(&said[..HEAD], &signature())), None, "without a name");
        let text = scanned_text(&said, &signature());
        for wrong in
            [String::new(), text.to_lowercase(), format!("{text}0"), format!(" {text}"), text[1..].to_owned()]
        {
            assert_eq!(scanned(&wrong), None, "{wrong}");
        }
        // 65536 and 256, one more than two bytes and one byte hold.
        for wrong in [":::", "GGW", "EGW", "U5", "V5"] {
            assert_eq!(from_base45(wrong).is_some(), ["U5", "EGW"].contains(&wrong), "{wrong}");
        }
    }

    #[test]
    fn no_two_texts_are_one_code() {
        let text = scanned_text(&of("Lê Thị Út").to_scan(1).unwrap(), &signature());
        let bytes = from_base45(&text).unwrap();
        for at in 0..text.len() {
            for sign in SIGNS {
                let mut other = text.clone().into_bytes();
                other[at] = *sign;
                let other = String::from_utf8(other).unwrap();
                let read = from_base45(&other);
                assert!(other == text || read.as_ref() != Some(&bytes), "{other}");
                assert!(read.is_none_or(|read| base45(&read) == other));
            }
        }
    }

    #[test]
    fn a_mistyped_letter_shows_in_its_line() {
        let text = typed_text(&of("Lê Thị Út").to_type().unwrap(), &signature());
        let letters: String = text.split_whitespace().collect();
        assert_eq!(letters.len(), 120);
        let read = typed(&text);
        let as_typed = text.to_lowercase().replace('0', "o").replace('1', "l").replace(' ', " - ");
        assert!(read.is_some() && typed(&as_typed) == read && typed(&letters) == read);
        for at in 0..letters.len() {
            for letter in LETTERS {
                let mut other = letters.clone().into_bytes();
                other[at] = *letter;
                assert_eq!(
                    typed(std::str::from_utf8(&other).unwrap()).is_some(),
                    other == letters.as_bytes()
                );
            }
            let mut other = letters.clone().into_bytes();
            other.swap(at, (at + 1).min(letters.len() - 1));
            let is_same = other == letters.as_bytes();
            assert_eq!(
                typed(std::str::from_utf8(&other).unwrap()).is_some(),
                is_same,
                "places {at} and the next"
            );
        }
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(typed(&[lines[1], lines[0], lines[2]].join("\n")), None, "lines that have changed places");
        for wrong in ["", "ABC", &letters[1..], &format!("{letters}0"), &letters.replace(&letters[3..4], "U")]
        {
            assert_eq!(typed(wrong), None, "{wrong}");
        }
    }
}
