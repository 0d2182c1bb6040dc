//! Names as people search for them: small letters without diacritics.

use crate::text::{is_hidden, is_hyphen};

/// The text in small letters without diacritics, in one Unicode form, with single spaces: the form that search and
/// the finding of duplicates compare. `Hoà`, `Hòa`, `HOA` and a decomposed `Hòa` become the same; `đ` becomes `d`, a
/// hyphen a space; hidden characters are dropped.
///
/// Knows the letters of Vietnamese and of Latin-1; any other letter stays as it is. What is shown to people is
/// always what was typed, never the folded text.
///
/// ```
/// use soho_shared::fold::fold;
/// assert_eq!(fold("  Xã  Hoà Lộc "), "xa hoa loc");
/// assert!(fold("Thị trấn Mỏ Cày").contains(&fold("mo cay")));
/// ```
#[must_use]
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_whitespace() || is_hyphen(c) {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !is_mark(c) && !is_hidden(c) {
            out.push(base(c));
        }
    }
    if out.ends_with(' ') {
        out.pop();
    }
    out
}

/// The words of a text as [`fold`] writes them, whatever stands between them: the form in which heads of columns and names of
/// supports are compared.
///
/// ```
/// use soho_shared::fold::plain;
/// assert_eq!(plain("Số CMND/CCCD (nếu có)"), "so cmnd cccd neu co");
/// ```
#[must_use]
pub fn plain(text: &str) -> String {
    let folded = fold(text);
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Whether a character is a combining mark, as a decomposed letter carries.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// The small letter without its diacritics.
const fn base(c: char) -> char {
    match c {
        'À'..='Å' | 'à'..='å' | 'Ă' | 'ă' | 'Ạ'..='ặ' => 'a',
        'È'..='Ë' | 'è'..='ë' | 'Ẹ'..='ệ' => 'e',
        'Ì'..='Ï' | 'ì'..='ï' | 'Ĩ' | 'ĩ' | 'Ỉ'..='ị' => 'i',
        'Ò'..='Ö' | 'ò'..='ö' | 'Ơ' | 'ơ' | 'Ọ'..='ợ' => 'o',
        'Ù'..='Ü' | 'ù'..='ü' | 'Ũ' | 'ũ' | 'Ư' | 'ư' | 'Ụ'..='ự' => 'u',
        'Ý' | 'ý' | 'ÿ' | 'Ỳ'..='ỹ' => 'y',
        // Three letters that look alike: of Vietnamese, of Icelandic (the only one in old fonts), of Ewe.
        'Đ' | 'đ' | '\u{d0}' | '\u{f0}' | '\u{189}' | '\u{256}' => 'd',
        other => other.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vietnamese_letter() {
        for (letters, letter) in [
            ("aàáảãạăằắẳẵặâầấẩẫậAÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬ", "a"),
            ("eèéẻẽẹêềếểễệEÈÉẺẼẸÊỀẾỂỄỆ", "e"),
            ("iìíỉĩịIÌÍỈĨỊ", "i"),
            ("oòóỏõọôồốổỗộơờớởỡợOÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢ", "o"),
            ("uùúủũụưừứửữựUÙÚỦŨỤƯỪỨỬỮỰ", "u"),
            ("yỳýỷỹỵYỲÝỶỸỴ", "y"),
            ("dđDĐ\u{d0}\u{f0}\u{189}", "d"),
        ] {
            for c in letters.chars() {
                assert_eq!(fold(&c.to_string()), letter, "{c}");
            }
        }
    }

    #[test]
    fn forms_of_one_name() {
        for name in ["Hoà", "Hòa", "hoa", "HOÀ", "Ho\u{300}a", "Hoa\u{300}", "  hòa\u{a0}"] {
            assert_eq!(fold(name), "hoa", "{name}");
        }
        assert_eq!(fold("Nguye\u{302}\u{303}n  Thị\tĐẹt"), "nguyen thi det");
        for name in ["Mỏ Cày-Nam", "Mỏ Cày - Nam", "-mỏ cày\u{2013}nam-", "Mỏ\u{200b} Cày\tNam\u{202c}"]
        {
            assert_eq!(fold(name), "mo cay nam", "{name}");
        }
        assert_eq!(fold(" - "), "");
        assert_eq!(fold(""), "");
    }
}
