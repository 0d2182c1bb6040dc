//! Widths of letters in the font of papers, to know where a line ends.

use unicode_normalization::char::decompose_canonical;

/// A length in micrometres.
pub(super) type Length = i64;

/// Widths of the characters from the space to `~` in thousandths of the font's size: the wider of Tinos upright and italic,
/// which has those of Times New Roman.
const REGULAR: [u16; 95] = [
    250, 334, 420, 500, 500, 834, 778, 214, 334, 334, 500, 675, 250, 334, 250, 278, 500, 500, 500, 500, 500,
    500, 500, 500, 500, 500, 334, 334, 675, 675, 675, 500, 921, 723, 667, 667, 723, 611, 611, 723, 723, 334,
    444, 723, 611, 890, 723, 723, 611, 723, 667, 557, 611, 723, 723, 944, 723, 723, 611, 390, 278, 390, 470,
    500, 334, 500, 500, 444, 500, 444, 334, 500, 500, 278, 278, 500, 278, 778, 500, 500, 500, 500, 390, 390,
    278, 500, 500, 723, 500, 500, 444, 480, 275, 480, 542,
];
/// The same in bold.
const BOLD: [u16; 95] = [
    250, 390, 556, 500, 500, 1000, 834, 278, 334, 334, 500, 570, 250, 334, 250, 278, 500, 500, 500, 500, 500,
    500, 500, 500, 500, 500, 334, 334, 570, 570, 570, 500, 931, 723, 667, 723, 723, 667, 667, 778, 778, 390,
    500, 778, 667, 944, 723, 778, 611, 778, 723, 557, 667, 723, 723, 1000, 723, 723, 667, 334, 278, 334, 582,
    500, 334, 500, 557, 444, 557, 444, 334, 500, 557, 278, 334, 557, 278, 834, 557, 500, 557, 557, 444, 390,
    334, 557, 500, 723, 500, 500, 444, 395, 221, 395, 570,
];
/// What the horn of ơ and ư adds.
const HORN: i64 = 60;
/// Width of a character that is no Latin letter.
const UNKNOWN: i64 = 1_000;

/// A size and weight.
#[derive(Clone, Copy)]
pub(super) struct Font {
    /// Tenths of a point.
    size: i64,
    is_bold: bool,
}

impl Font {
    /// A size in tenths of a point.
    pub(super) const fn new(size: i64) -> Self {
        Font { size, is_bold: false }
    }

    pub(super) const fn bold(self) -> Self {
        Font { is_bold: true, ..self }
    }

    /// Height of a line of writing: 1,3 of its size.
    pub(super) const fn line(self) -> Length {
        self.size * 45_862 / 1_000 + 1
    }

    /// Width of a text on one line.
    pub(super) fn width(self, text: &str) -> Length {
        let units: i64 = text.chars().map(|c| self.units(c)).sum();
        units * self.size * 352_778 / 10_000_000 + 1
    }

    /// Width of a character in thousandths of the size.
    fn units(self, c: char) -> i64 {
        let widths = if self.is_bold { &BOLD } else { &REGULAR };
        let of_ascii = |c: char| {
            let place = u32::from(c).checked_sub(32).and_then(|place| usize::try_from(place).ok())?;
            widths.get(place).map(|width| i64::from(*width))
        };
        if let Some(width) = of_ascii(c) {
            return width;
        }
        match c {
            '\u{300}'..='\u{36f}' => return if c == '\u{31b}' { HORN } else { 0 },
            '\u{a0}' => return of_ascii(' ').unwrap_or(UNKNOWN),
            'đ' => return of_ascii('d').unwrap_or(UNKNOWN),
            'Đ' => return of_ascii('D').unwrap_or(UNKNOWN),
            _ => {}
        }
        let (mut letter, mut horn) = (None, 0);
        decompose_canonical(c, |part| match part {
            '\u{31b}' => horn = HORN,
            '\u{300}'..='\u{36f}' => {}
            part => letter = Some(part),
        });
        letter.and_then(of_ascii).map_or(UNKNOWN, |width| width + horn)
    }
}

/// The lines into which a text breaks at a width, its first line shorter by `indent`. A browser may find more places to
/// break, never fewer.
pub(super) fn lines(text: &str, font: Font, width: Length, indent: Length) -> Vec<&str> {
    // In the unit of `Font::units`, less what browsers round.
    let of_units = |length: Length| length * 98 / 100 * 10_000_000 / 352_778 / font.size;
    let (width, indent) = (of_units(width), of_units(indent));
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut used = if lines.is_empty() { indent } else { 0 };
        let (mut from, mut to, mut at) = (0, 0, 0);
        for word in paragraph.split(' ') {
            let start = at;
            at += word.len() + 1;
            if word.is_empty() {
                continue;
            }
            let wide: i64 = word.chars().map(|c| font.units(c)).sum();
            if to == from {
                from = start;
            } else if used + font.units(' ') + wide > width {
                lines.push(&paragraph[from..to]);
                (from, used) = (start, 0);
            } else {
                used += font.units(' ');
            }
            // A word that is wider than a line is broken between letters.
            for (place, c) in word.char_indices() {
                let wide = font.units(c);
                if used + wide > width && start + place > from {
                    lines.push(&paragraph[from..start + place]);
                    (from, used) = (start + place, 0);
                }
                used += wide;
            }
            to = start + word.len();
        }
        lines.push(&paragraph[from..to]);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWELVE: Font = Font::new(120);

    #[test]
    fn marks_take_no_width_and_horns_a_little() {
        for (letter, like) in [('ậ', 'a'), ('Ễ', 'E'), ('đ', 'd'), ('Đ', 'D'), ('ỵ', 'y')] {
            assert_eq!(TWELVE.units(letter), TWELVE.units(like), "{letter}");
        }
        assert_eq!(TWELVE.units('ự'), 560);
        assert_eq!(TWELVE.bold().units('a'), 500);
        assert_eq!(TWELVE.units('≥'), UNKNOWN);
        // Ten digits at twelve points: 10 × 6 points.
        assert_eq!(TWELVE.width("0123456789") / 100, 211);
    }

    #[test]
    fn a_text_breaks_between_words_and_a_long_word_between_letters() {
        let digits = |many: i64| many * 2_117 * 103 / 100 + 1;
        let of =
            |text: &'static str, width: i64, indent: i64| lines(text, TWELVE, digits(width), digits(indent));
        assert_eq!(of("11 222 33", 6, 0), ["11 222", "33"]);
        assert_eq!(of("11 222 33", 6, 3), ["11", "222 33"]);
        assert_eq!(of("1111111 2", 3, 0), ["111", "111", "1 2"]);
        assert_eq!(of("11\n22", 9, 0), ["11", "22"]);
        assert_eq!(of("", 9, 0), [""]);
        assert_eq!(of("  1  2 ", 9, 0), ["1  2"]);
    }
}
