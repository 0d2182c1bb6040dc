//! A code for readers (QR), in whole pixels of a printer: with parts of pixels readers fail.

use std::fmt::Write;

use qrcodegen::{QrCode, QrCodeEcc, QrSegment};

use super::escape;
use super::measure::{Length, lines};
use super::sheets::Sheets;

/// Width of a module in micrometres: six pixels at 300 dots an inch.
const MODULE: Length = 508;
/// Modules of the quiet zone around the code.
const QUIET: i32 = 4;
/// Space between the code and what stands beside it.
const GAP: Length = 5_000;

/// Puts a code with what stands beside it; where the text is none that a code can hold, that alone.
pub(super) fn put(sheets: &mut Sheets, text: &str, beside: &str) {
    let (picture, side) = picture(text).unwrap_or_default();
    let font = sheets.font();
    let text_height: Length =
        lines(beside, font, sheets.width() - side - GAP, 0).iter().map(|_| font.line()).sum();
    let html = format!("<div class=\"code\">{picture}<p>{}</p></div>\n", escape(beside));
    sheets.put(&html, side.max(text_height) + 2_000);
}

/// The picture and the length of its sides.
fn picture(text: &str) -> Option<(String, Length)> {
    let segments = if !text.is_ascii() || text.is_empty() {
        return None;
    } else if QrSegment::is_alphanumeric(text) {
        vec![QrSegment::make_alphanumeric(text)]
    } else {
        vec![QrSegment::make_bytes(text.as_bytes())]
    };
    let code = QrCode::encode_segments(&segments, QrCodeEcc::Medium).ok()?;
    let side = code.size() + 2 * QUIET;
    let mut dark = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let run = (x..code.size()).take_while(|x| code.get_module(*x, y)).count();
            let run = i32::try_from(run).unwrap_or(1);
            if run > 0 {
                let _ = write!(dark, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET);
            }
            x += run.max(1);
        }
    }
    let length = i64::from(side) * MODULE;
    let millimetres = format!("{}.{:03}mm", length / 1_000, length % 1_000);
    let picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" width=\"{millimetres}\" \
         height=\"{millimetres}\" shape-rendering=\"crispEdges\" role=\"img\" aria-label=\"Mã QR\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{dark}\"/></svg>"
    );
    Some((picture, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_six_pixels_at_300_dots_an_inch() {
        // Version 8 holds 180 characters at level M: 49 modules and the quiet zone.
        let (svg, side) = picture(&"A".repeat(180)).unwrap();
        assert_eq!(side, 57 * MODULE);
        assert!(svg.contains("viewBox=\"0 0 57 57\" width=\"28.956mm\""), "{svg}");
        assert_eq!(MODULE * 300, 6 * 25_400);
        assert!(picture("Nguyễn").is_none());
        assert!(picture(&"A".repeat(5_000)).is_none());
    }
}
