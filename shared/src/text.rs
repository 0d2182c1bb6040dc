//! Texts without hidden characters: those that control a screen, hide between letters or turn the direction of
//! writing. They come with text that is pasted from elsewhere.

use std::borrow::Cow;

/// Whether a character is a control or a format character: general categories Cc and Cf of Unicode 16, among
/// them the marks of direction, the joiners, the soft hyphen and the byte order mark.
#[must_use]
pub const fn is_hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}'
        | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
        | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
        | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0001}' | '\u{e0020}'..='\u{e007f}')
}

/// Whether a character is a hyphen, a dash or the minus: they join words or digits, and people may leave them out.
#[must_use]
pub const fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// The text on one line, without hidden characters; a tab or the end of a line becomes a space.
///
/// ```
/// use soho_shared::text::one_line;
/// assert_eq!(one_line("Lê\u{200b}\u{202e} Thị\tÚt"), "Lê Thị Út");
/// ```
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    clean(text, ' ')
}

/// The text without hidden characters, its lines kept: each ends with `\n`, however it ended before; a tab becomes a
/// space.
#[must_use]
pub fn lines(text: &str) -> Cow<'_, str> {
    clean(text, '\n')
}

/// Whether a text holds a hidden character other than `kept`.
#[must_use]
pub fn hides(text: &str, kept: char) -> bool {
    text.chars().any(|c| is_hidden(c) && c != kept)
}

fn clean(text: &str, line_end: char) -> Cow<'_, str> {
    if !hides(text, line_end) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        match c {
            '\n' if before == '\r' => {}
            '\n' | '\r' => out.push(line_end),
            '\t' => out.push(' '),
            c if is_hidden(c) => {}
            c => out.push(c),
        }
        before = c;
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_are_the_categories_of_unicode() {
        let class = regex_syntax::parse(r"[\p{Cc}\p{Cf}]").unwrap();
        let regex_syntax::hir::HirKind::Class(regex_syntax::hir::Class::Unicode(class)) = class.kind() else {
            panic!("a class of characters")
        };
        let hidden: Vec<char> = class.iter().flat_map(|range| range.start()..=range.end()).collect();
        for c in '\0'..=char::MAX {
            assert_eq!(is_hidden(c), hidden.binary_search(&c).is_ok(), "{c:?}");
        }
    }

    #[test]
    fn what_is_seen_stays() {
        for text in ["", "Nguyễn Thị Bé", "Nguye\u{302}\u{303}n", "a\u{a0}–\u{2028}b", "👍🏽"] {
            assert!(matches!(one_line(text), Cow::Borrowed(same) if same == text), "{text:?}");
            assert!(matches!(lines(text), Cow::Borrowed(same) if same == text), "{text:?}");
        }
    }

    #[test]
    fn lines_are_kept_where_a_text_has_lines() {
        for (typed, line, several) in [
            ("a\tb", "a b", "a b"),
            ("a\nb", "a b", "a\nb"),
            ("a\r\nb\rc\n\nd", "a b c  d", "a\nb\nc\n\nd"),
            ("\u{feff}Lê\u{ad} \u{202e}Út\u{200d}\0", "Lê Út", "Lê Út"),
        ] {
            assert_eq!((&*one_line(typed), &*lines(typed)), (line, several), "{typed:?}");
            assert!(hides(typed, ' '), "{typed:?}");
        }
        assert!(!hides("a\nb", '\n'));
    }
}
