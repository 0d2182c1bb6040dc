//! Texts that were typed with fonts of before Unicode, in which other letters stand for the Vietnamese ones.
//!
//! What decides is the font of the cell, or what an officer says of the column; never the text itself, since the same letters
//! mean one thing in one encoding and another in the next. A text in which signs of these encodings are left over is
//! refused, not guessed at.

use serde::{Deserialize, Serialize};
use soho_shared::wire::imports::TextEncoding;
use unicode_normalization::UnicodeNormalization;

/// A family of fonts that show other letters than the text holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Font {
    /// ABC: `.VnTime`, `.VnArial` …
    Tcvn3,
    /// The capitals of ABC, `.VnTimeH`: small letters in the text.
    Tcvn3Capitals,
    /// `VNI-Times`, `VNI-Helve` …
    Vni,
}

impl Font {
    /// The family of a font; `None` for one that shows a text as it is.
    pub(super) fn named(name: &str) -> Option<Self> {
        let small = name.trim().to_ascii_lowercase();
        if small.starts_with(".vn") {
            let capitals = name.trim_end().ends_with('H');
            Some(if capitals { Font::Tcvn3Capitals } else { Font::Tcvn3 })
        } else if small.starts_with("vni-") || small.starts_with("vni ") {
            Some(Font::Vni)
        } else {
            None
        }
    }

    /// The fonts of an encoding.
    pub(super) const fn of(encoding: TextEncoding) -> Option<Self> {
        match encoding {
            TextEncoding::Unicode => None,
            TextEncoding::Tcvn3 => Some(Font::Tcvn3),
            TextEncoding::Vni => Some(Font::Vni),
        }
    }

    /// The encoding of the family.
    pub(super) const fn encoding(self) -> TextEncoding {
        match self {
            Font::Tcvn3 | Font::Tcvn3Capitals => TextEncoding::Tcvn3,
            Font::Vni => TextEncoding::Vni,
        }
    }

    /// The text that the font shows, in NFC; `None` where signs are left over, or where it is mixed with Unicode.
    pub(super) fn shown(self, text: &str) -> Option<String> {
        let is_old = |c: char| matches!(c, '\u{a1}'..='\u{ff}');
        let is_new = |c: char| c > '\u{ff}' && !is_typographic(c);
        match (text.chars().any(is_old), text.chars().any(is_new)) {
            // In such a font people also paste what is typed elsewhere: it is shown as it is.
            (false, _) => Some(text.nfc().collect()),
            (true, true) => None,
            (true, false) => match self {
                Font::Tcvn3 => tcvn3(text),
                Font::Tcvn3Capitals => Some(tcvn3(text)?.to_uppercase()),
                Font::Vni => vni(text),
            },
        }
    }
}

/// Quotation marks, dashes and the like, which all these fonts have.
const fn is_typographic(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{2026}')
}

/// Letters of TCVN 5712 for the characters U+00A0 to U+00FF. The capitals with tones are those of its second form; people mostly
/// took a font of capitals for them.
const TCVN3: [char; 96] = [
    ' ', 'Ă', 'Â', 'Ê', 'Ô', 'Ơ', 'Ư', 'Đ', 'ă', 'â', 'ê', 'ô', 'ơ', 'ư', 'đ', 'Ằ', '\u{300}', '\u{309}',
    '\u{303}', '\u{301}', '\u{323}', 'à', 'ả', 'ã', 'á', 'ạ', 'Ẳ', 'ằ', 'ẳ', 'ẵ', 'ắ', 'Ẵ', 'Ắ', 'Ầ', 'Ẩ',
    'Ẫ', 'Ấ', 'Ề', 'ặ', 'ầ', 'ẩ', 'ẫ', 'ấ', 'ậ', 'è', 'Ể', 'ẻ', 'ẽ', 'é', 'ẹ', 'ề', 'ể', 'ễ', 'ế', 'ệ', 'ì',
    'ỉ', 'Ễ', 'Ế', 'Ồ', 'ĩ', 'í', 'ị', 'ò', 'Ổ', 'ỏ', 'õ', 'ó', 'ọ', 'ồ', 'ổ', 'ỗ', 'ố', 'ộ', 'ờ', 'ở', 'ỡ',
    'ớ', 'ợ', 'ù', 'Ỗ', 'ủ', 'ũ', 'ú', 'ụ', 'ừ', 'ử', 'ữ', 'ứ', 'ự', 'ỳ', 'ỷ', 'ỹ', 'ý', 'ỵ', 'Ố',
];

fn tcvn3(text: &str) -> Option<String> {
    let letter = |c: char| match u32::from(c).checked_sub(0xa0) {
        Some(place) => TCVN3.get(usize::try_from(place).ok()?).copied().or(is_typographic(c).then_some(c)),
        None => Some(c),
    };
    settled(&text.chars().map(letter).collect::<Option<String>>()?)
}

/// The text with its marks joined to their letters; `None` where one stands alone.
fn settled(text: &str) -> Option<String> {
    let joined: String = text.nfc().collect();
    (!joined.contains(|c: char| matches!(c, '\u{300}'..='\u{36f}'))).then_some(joined)
}

/// In VNI a letter is followed by another that stands for its marks: `aâ` is â, `öù` is ứ. Ơ and ư are letters of their own, which
/// take tones likewise; i has one letter for each tone.
fn vni(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(match c {
            'ñ' => 'đ',
            'Ñ' => 'Đ',
            'ô' => 'ơ',
            'Ô' => 'Ơ',
            'ö' => 'ư',
            'Ö' => 'Ư',
            'í' | 'Í' | 'ì' | 'Ì' => c,
            'æ' => 'ỉ',
            'Æ' => 'Ỉ',
            'ó' => 'ĩ',
            'Ó' => 'Ĩ',
            'ò' => 'ị',
            'Ò' => 'Ị',
            'î' => 'ỵ',
            'Î' => 'Ỵ',
            '\u{a0}' => ' ',
            c if c.is_ascii() || is_typographic(c) => c,
            // A mark without its letter.
            _ => return None,
        });
        if let Some(marks) = chars.peek().and_then(|mark| vni_marks(c, *mark)) {
            out.push_str(marks);
            chars.next();
        }
    }
    settled(&out)
}

/// The marks that a letter of VNI stands for behind another; either may be a capital.
fn vni_marks(letter: char, mark: char) -> Option<&'static str> {
    let (letter, mark) = (small(letter), small(mark));
    let takes_tones = matches!(letter, 'a' | 'e' | 'o' | 'u' | 'y' | 'ô' | 'ö');
    let takes_hat = matches!(letter, 'a' | 'e' | 'o');
    let takes_breve = letter == 'a';
    Some(match mark {
        'ù' if takes_tones => "\u{301}",
        'ø' if takes_tones => "\u{300}",
        'û' if takes_tones => "\u{309}",
        'õ' if takes_tones => "\u{303}",
        'ï' if takes_tones => "\u{323}",
        'â' if takes_hat => "\u{302}",
        'á' if takes_hat => "\u{302}\u{301}",
        'à' if takes_hat => "\u{302}\u{300}",
        'å' if takes_hat => "\u{302}\u{309}",
        'ã' if takes_hat => "\u{302}\u{303}",
        'ä' if takes_hat => "\u{302}\u{323}",
        'ê' if takes_breve => "\u{306}",
        'é' if takes_breve => "\u{306}\u{301}",
        'è' if takes_breve => "\u{306}\u{300}",
        'ú' if takes_breve => "\u{306}\u{309}",
        'ü' if takes_breve => "\u{306}\u{303}",
        'ë' if takes_breve => "\u{306}\u{323}",
        _ => return None,
    })
}

/// The small letter of a letter of Latin-1.
fn small(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// Whether a text that is taken as it is holds signs of an old encoding.
pub(super) fn has_signs(text: &str) -> bool {
    text.chars().any(|c| is_sign(c) || is_sign_of_tcvn3(c)) || has_pair_of_vni(text)
}

/// Whether a character of Latin-1 is none that Vietnamese is written with. (Ð is often meant for Đ; ° and the like are typed for
/// themselves.)
const fn is_sign(c: char) -> bool {
    matches!(c, 'Ä'..='Ç' | 'Ë' | 'Î'..='Ï' | 'Ñ' | 'Ö'..='Ø' | 'Û'..='Ü' | 'Þ'..='ß'
        | 'ä'..='ç' | 'ë' | 'î'..='ï' | 'ñ' | 'ö'..='ø' | 'û'..='ü' | 'þ'..='ÿ')
}

/// Whether a character is one that TCVN3 alone takes for letters.
const fn is_sign_of_tcvn3(c: char) -> bool {
    matches!(c, '\u{a1}'..='\u{af}' | '\u{b5}'..='\u{bf}' | '×' | '÷' | 'Þ'..='ß' | 'þ' | 'Ç' | 'ç')
}

/// Whether two letters follow one another that do so in VNI and never in Vietnamese. (`oá` and `oà` do: they are not among
/// them.)
fn has_pair_of_vni(text: &str) -> bool {
    let mut before = ' ';
    text.chars().map(small).any(|c| {
        let letter = std::mem::replace(&mut before, c);
        match c {
            'ù' | 'õ' => matches!(letter, 'a' | 'e' | 'o' | 'u' | 'y' | 'ô'),
            'â' => matches!(letter, 'a' | 'e' | 'o'),
            'á' | 'à' | 'ã' => matches!(letter, 'a' | 'e'),
            'ê' | 'é' | 'è' | 'ú' => letter == 'a',
            _ => false,
        }
    })
}

/// The encoding in which texts of a column look as if they were written, by their signs: where one in five of those that are not
/// plain ASCII has some.
pub(super) fn suspected<'t>(texts: impl Iterator<Item = &'t str>) -> Option<TextEncoding> {
    let (mut all, mut of_tcvn3, mut of_vni) = (0, 0, 0);
    for text in texts.filter(|text| !text.is_ascii()) {
        all += 1;
        if text.chars().any(is_sign_of_tcvn3) {
            of_tcvn3 += 1;
        } else if text.chars().any(is_sign) || has_pair_of_vni(text) {
            of_vni += 1;
        }
    }
    if of_tcvn3 > 0 && of_tcvn3 * 5 >= all {
        Some(TextEncoding::Tcvn3)
    } else if of_vni > 0 && of_vni * 5 >= all {
        Some(TextEncoding::Vni)
    } else {
        None
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The 67 letters that ASCII has not, small.
    const LETTERS: &str = "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵ";

    /// A text as somebody typed it with a font of ABC. Capitals that it has not come out small: they want the font of capitals.
    pub(in super::super) fn in_tcvn3(text: &str) -> String {
        let typed = |c: char| {
            let place = TCVN3.iter().position(|letter| *letter == c && c != ' ');
            let code = place.and_then(|place| char::from_u32(0xa0 + u32::try_from(place).unwrap()));
            code.unwrap_or(c)
        };
        let capitals = |c: char| if TCVN3.contains(&c) { c } else { c.to_lowercase().next().unwrap() };
        text.chars().map(|c| if c.is_ascii() { c } else { typed(capitals(c)) }).collect()
    }

    /// A text as somebody typed it with a VNI font.
    pub(in super::super) fn in_vni(text: &str) -> String {
        let mut out = String::new();
        for c in text.chars() {
            let small = c.to_lowercase().next().unwrap();
            let typed = if c.is_ascii() { c.to_string() } else { pair(small) };
            out.push_str(&if c == small { typed } else { typed.to_uppercase() });
        }
        out
    }

    /// A small letter in VNI, found by trying all.
    fn pair(letter: char) -> String {
        let singles = "ñôöíìæóòî".chars().map(|c| c.to_string());
        let marks = "ùøûõïâáàåãäêéèúüë";
        let pairs = "aeouyôö".chars().flat_map(|base| marks.chars().map(move |mark| format!("{base}{mark}")));
        let mut found = singles.chain(pairs).filter(|typed| vni(typed) == Some(letter.to_string()));
        found.next().unwrap_or_else(|| panic!("{letter} cannot be typed"))
    }

    #[test]
    fn every_letter_comes_back_in_both_cases() {
        assert_eq!(LETTERS.chars().count(), 67);
        for small in LETTERS.chars() {
            let text = small.to_string();
            assert_eq!(Font::Tcvn3.shown(&in_tcvn3(&text)).as_ref(), Some(&text), "TCVN3 {small}");
            assert_eq!(Font::Vni.shown(&in_vni(&text)).as_ref(), Some(&text), "VNI {small}");
            let capital = text.to_uppercase();
            assert_eq!(Font::Vni.shown(&in_vni(&capital)).as_ref(), Some(&capital), "VNI {capital}");
            assert_eq!(
                Font::Tcvn3Capitals.shown(&in_tcvn3(&text)).as_ref(),
                Some(&capital),
                "TCVN3 {capital}"
            );
            if TCVN3.contains(&capital.chars().next().unwrap()) {
                assert_eq!(
                    Font::Tcvn3.shown(&in_tcvn3(&capital)).as_ref(),
                    Some(&capital),
                    "TCVN3 {capital}"
                );
            }
        }
    }

    #[test]
    fn names_as_they_were_typed() {
        for (font, typed, shown) in [
            (".VnTime", "NguyÔn V¨n §øc", Some("Nguyễn Văn Đức")),
            (".VnTime", "TrÇn ThÞ Mü Ph\u{ad}íc", Some("Trần Thị Mỹ Phước")),
            (".VnTime", "BÐ", Some("Bé")),
            (".VnTimeH", "nguyÔn v¨n bÐ", Some("NGUYỄN VĂN BÉ")),
            (".VnTime", "Tr\u{ad}êng", Some("Trường")),
            ("VNI-Times", "Nguyeãn Vaên Ñöùc", Some("Nguyễn Văn Đức")),
            ("VNI-Times", "Traàn Thò Myõ Phöôùc", Some("Trần Thị Mỹ Phước")),
            ("VNI-Helve", "NGUYEÃN VAÊN ÑÖÙC", Some("NGUYỄN VĂN ĐỨC")),
            ("VNI-Times", "Aùnh Kyø Thuûy", Some("Ánh Kỳ Thủy")),
            ("VNI-Times", "Aáp Gioàng “Lôùn”", Some("Ấp Giồng “Lớn”")),
            // Pasted into such a font, it is shown as it is; mixed with old letters, it cannot be told.
            ("VNI-Times", "Nguyễn", Some("Nguyễn")),
            (".VnArial", "Lan 12", Some("Lan 12")),
            ("VNI-Times", "AÁp Giồng", None),
            (".VnTime", "Nguyễn BÐ", None),
            // A tone without its letter.
            ("VNI-Times", "Lù", None),
        ] {
            let font = Font::named(font).unwrap_or_else(|| panic!("{font}"));
            assert_eq!(font.shown(typed).as_deref(), shown, "{typed}");
        }
        for plain in ["Times New Roman", "Arial", "Vnitron", "Calibri", ""] {
            assert_eq!(Font::named(plain), None, "{plain}");
        }
    }

    #[test]
    fn what_is_unicode_already_has_no_signs_and_what_is_not_has() {
        for plain in [
            "Nguyễn Văn Đức",
            "Hoà Toàn",
            "Hoá Khoá",
            "Thủy Uỷ Ấp Gò Trôm",
            "Lê Thị Bé",
            "ðức Ðức",
            "H'Mông Êban",
            "Oanh (con)",
            "tổ 4, gần cầu 15 m²",
            "Nguye\u{302}\u{303}n",
            "Quý Quới Quỳnh Khuê Nguyệt",
            "Thuyền Luyến Duyên",
            "Út Ới Ơi",
        ] {
            assert!(!has_signs(plain), "{plain}");
        }
        for letter in LETTERS.chars().flat_map(|c| [c.to_string(), c.to_uppercase().to_string()]) {
            assert!(!has_signs(&letter), "{letter}");
        }
        for old in [
            "NguyÔn V¨n A",
            "TrÇn",
            "L©m",
            "Tr\u{ad}êng",
            "Hoµ",
            "Nguyeãn",
            "Vaên",
            "Ñöùc",
            "Phöôùc",
            "Myõ",
            "Haèng",
        ] {
            assert!(has_signs(old), "{old}");
        }
    }

    #[test]
    fn a_column_is_suspected_by_its_signs() {
        let suspected = |texts: &[&str]| suspected(texts.iter().copied());
        assert_eq!(suspected(&["NguyÔn V¨n A", "BÐ", "Lan"]), Some(TextEncoding::Tcvn3));
        assert_eq!(suspected(&["Nguyeãn Vaên A", "Thò Beù", "Lan"]), Some(TextEncoding::Vni));
        assert_eq!(suspected(&["Nguyễn Văn A", "Bé", "Lan", "Đức"]), None);
        assert_eq!(suspected(&["Lan"]), None);
    }
}
