//! Tables as text: CSV and its siblings, in the encodings that offices have.

use std::borrow::Cow;

use csv::ReaderBuilder;
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252, WINDOWS_1258};

use super::book::{Cell, Row, Rows, Sheet, Unreadable, Wanted};
use super::heads;

/// Characters between columns.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];
/// Lines by which it is found which of them divides.
const TRIED: usize = 40;
/// Bytes by which UTF-16 without its mark is told from other texts.
const SAMPLE: usize = 4_096;

/// Reads a text as a table.
pub(super) fn read(bytes: &[u8], wanted: &Wanted) -> Result<Sheet, Unreadable> {
    let (text, encoding) = decoded(bytes, wanted.latin);
    let text = text.trim_start_matches('\u{feff}');
    if text.contains('\0') || text.trim_start().starts_with('<') {
        return Err(Unreadable::NotATable);
    }
    // A line by which one program tells itself the separator is none of the table.
    let (text, skipped) = match text.strip_prefix("sep=").and_then(|rest| rest.split_once('\n')) {
        Some((_, rest)) => (rest, 1),
        None => (text, 0),
    };
    let mut best = None;
    for separator in SEPARATORS {
        let rows = rows(text, separator, skipped, TRIED)?.finish();
        let width = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
        let fits = (heads::likely(&rows, wanted.kind), width);
        if best.is_none_or(|(most, _)| fits > most) {
            best = Some((fits, separator));
        }
    }
    let separator = best.map_or(b',', |(_, separator)| separator);
    let rows: Vec<Row> = rows(text, separator, skipped, usize::MAX)?.finish();
    let name = "csv".to_owned();
    Ok(Sheet { format: format!("csv, {encoding}"), names: vec![name.clone()], name, rows })
}

fn rows(text: &str, separator: u8, skipped: u32, most: usize) -> Result<Rows, Unreadable> {
    let mut reader = ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut rows = Rows::default();
    let mut next = skipped;
    for record in reader.records().take(most) {
        let record = record.map_err(|_| Unreadable::Broken)?;
        let row = next.saturating_add(empty_before(text.as_bytes(), &record)).min(u32::MAX - 1);
        next = row + 1;
        for (column, field) in (0..).zip(&record) {
            rows.put(row, column, Cell::text(field, None))?;
        }
    }
    Ok(rows)
}

/// The empty lines before a record, which the reader leaves out and a spreadsheet counts as rows. (The reader's own line
/// numbers are one too small where lines end with CR and LF: csv 1.4.)
fn empty_before(text: &[u8], record: &csv::StringRecord) -> u32 {
    let start = record.position().and_then(|place| usize::try_from(place.byte()).ok()).unwrap_or(0);
    let rest = text.get(start..).unwrap_or_default();
    let between = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    let ends_the_last = start > 0 && text.get(start - 1) == Some(&b'\r') && rest.first() == Some(&b'\n');
    let lines = between.filter(|byte| **byte == b'\n').count() - usize::from(ends_the_last);
    u32::try_from(lines).unwrap_or(u32::MAX)
}

/// The text, and the name of its encoding: that of its mark; UTF-8 where it is valid; else the code page of Vietnamese, or the Latin
/// one where it was typed with a font of before Unicode.
fn decoded(bytes: &[u8], latin: bool) -> (Cow<'_, str>, String) {
    let valid = || str::from_utf8(bytes).is_ok();
    let encoding = Encoding::for_bom(bytes).map(|(encoding, _)| encoding).or_else(|| utf_16(bytes));
    let encoding = match encoding {
        Some(encoding) => encoding,
        None if valid() => encoding_rs::UTF_8,
        None if latin => WINDOWS_1252,
        None => WINDOWS_1258,
    };
    let (text, _, _) = encoding.decode(bytes);
    (text, encoding.name().to_ascii_lowercase())
}

/// UTF-16 without its mark: of most of its characters one byte is 0.
fn utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(SAMPLE) / 2 * 2];
    let zeros = |first: usize| sample.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let most = |zeros: usize, others: usize| zeros * 4 > sample.len() / 2 && zeros > 4 * others;
    if most(odd, even) {
        Some(UTF_16LE)
    } else if most(even, odd) {
        Some(UTF_16BE)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf_16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    #[test]
    fn every_encoding_and_separator_comes_to_one_table() {
        let text = "STT;Họ tên chủ hộ;Năm sinh;Ấp\r\n1;Nguyễn Thị Bé;1950;4\r\n2;\"Lê; Út\";1961;5\r\n";
        let with_mark = |text: &str| format!("\u{feff}{text}");
        // ê and a tone behind it, as that code page has it.
        let of_1258 = b"STT;Ho\xf2 t\xean chu\xd2 h\xf4\xf2;N\xe3m sinh;\xc2\xecp\r\n1;Nguy\xea\xden Thi\xf2 B\xe9;1950;4\r\n2;\"L\xea; \xdat\";1961;5\r\n";
        let tables = [
            ("utf-8", text.as_bytes().to_vec()),
            ("utf-8", with_mark(text).into_bytes()),
            ("utf-16le", utf_16(&with_mark(text), u16::to_le_bytes)),
            ("utf-16be", utf_16(&with_mark(text), u16::to_be_bytes)),
            ("utf-16le", utf_16(text, u16::to_le_bytes)),
            ("windows-1258", of_1258.to_vec()),
            ("utf-8", text.replace(';', "\t").into_bytes()),
            ("utf-8", format!("sep=;\n{text}").into_bytes()),
        ];
        for (encoding, bytes) in tables {
            let sheet = read(&bytes, &Wanted::default()).unwrap();
            assert_eq!(sheet.format, format!("csv, {encoding}"));
            assert_eq!(sheet.rows.len(), 3, "{encoding}");
            assert_eq!(sheet.rows[1].cell(2), &Cell::Text("1950".into()));
            assert_eq!(sheet.rows[2].cells.len(), 4);
        }
    }

    #[test]
    fn rows_are_numbered_as_in_a_spreadsheet() {
        let text = "Họ tên;Ấp\r\n\r\nLê;4\r\n\"Trần\nBé\";5\r\nĐỗ;6";
        for text in [text.to_owned(), text.replace("\r\n", "\n")] {
            let numbers = rows(&text, b';', 0, 9).unwrap().finish();
            assert_eq!(numbers.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 3, 4, 5], "{text:?}");
        }
    }

    #[test]
    fn the_code_page_of_vietnamese_keeps_its_tones() {
        use unicode_normalization::UnicodeNormalization;

        let (text, encoding) = decoded(b"Nguy\xea\xden Thi\xf2 B\xe9 \xd0\xfd\xecc", false);
        assert_eq!(
            (text.nfc().collect::<String>().as_str(), encoding.as_str()),
            ("Nguyễn Thị Bé Đức", "windows-1258")
        );
        let (text, _) = decoded(b"Nguy\xd4n V\xa8n B\xd0", true);
        assert_eq!(text, "NguyÔn V¨n BÐ");
    }
}
