//! What a paper says in words: its head, paragraphs, fields, and who signs.

use soho_shared::paper::{Block, Form, Letterhead, MOTTO, NATION, Paper, Signature};

use super::escape;
use super::measure::{Font, Length, lines};
use super::sheets::Sheets;

/// Space after a paragraph.
const AFTER: Length = 1_500;
/// Indent of a paragraph's first line.
const INDENT: Length = 10_000;
/// Room for a signature and the seal.
const TO_SIGN: Length = 22_000;
/// Least width of a dotted line to write on.
const TO_WRITE: Length = 40_000;

/// Fonts of the parts that every paper has, in tenths of a point.
const NATIONAL: Font = Font::new(120).bold();
const MOTTO_FONT: Font = Font::new(130).bold();
const TITLE: Font = Font::new(140).bold();
const RECIPIENTS: Font = Font::new(110);

/// Puts head lines, title and subject.
pub(super) fn head(sheets: &mut Sheets, paper: &Paper) {
    if let Some(head) = &paper.letterhead {
        letterhead(sheets, head);
    }
    let of = [("h1", &paper.title), ("h2", paper.subject.as_ref().unwrap_or(&paper.title))];
    let many = if paper.subject.is_some() { 2 } else { 1 };
    for (tag, text) in of.into_iter().take(many).filter(|(_, text)| !text.is_empty()) {
        let height = height(text, TITLE, sheets.width(), 0) + 2_000;
        sheets.put(&format!("<{tag}>{}</{tag}>\n", escape(text)), height);
    }
}

fn height(text: &str, font: Font, width: Length, indent: Length) -> Length {
    lines(text, font, width, indent).iter().map(|_| font.line()).sum()
}

fn letterhead(sheets: &mut Sheets, head: &Letterhead) {
    // The left column has 42 parts of 100.
    let (left, right) = (sheets.width() * 42 / 100, sheets.width() * 58 / 100);
    let of_left = height(&head.issuer[0], NATIONAL, left, 0)
        + height(&head.issuer[1], NATIONAL, left, 0)
        + height(&head.number, MOTTO_FONT, left, 0);
    let of_right = height(NATION, NATIONAL, right, 0)
        + height(MOTTO, MOTTO_FONT, right, 0)
        + height(&head.place_and_date, MOTTO_FONT, right, 0);
    let [superior, issuer, number, place] =
        [&head.issuer[0], &head.issuer[1], &head.number, &head.place_and_date].map(|of| escape(of));
    let html = format!(
        "<div class=\"letterhead\">\n<div><p>{superior}</p><p class=\"issuer\">{issuer}</p><p class=\"number\">{number}</p></div>\n\
         <div><p>{NATION}</p><p class=\"motto\"><span>{MOTTO}</span></p><p class=\"place\">{place}</p></div>\n</div>\n"
    );
    // The lines under the head lines, and the space before the title.
    sheets.put(&html, of_left.max(of_right) + 12_000);
}

/// Puts a block of words; the other blocks have files of their own.
pub(super) fn put(sheets: &mut Sheets, block: &Block) {
    match block {
        Block::Words(text) => paragraphs(sheets, "words", "", text),
        Block::Basis(text) => paragraphs(sheets, "basis", "", text),
        Block::Heading(text) => {
            let height = height(text, sheets.font().bold(), sheets.width(), 0) + 2 * AFTER;
            // A heading does not end a sheet.
            sheets.keep(height + 3 * sheets.font().line());
            sheets.put(&format!("<p class=\"heading\">{}</p>\n", escape(text)), height);
        }
        Block::Article(beginning, text) => {
            paragraphs(sheets, "words", beginning, &format!("{beginning} {text}"));
        }
        Block::Fields(fields) => fields.iter().for_each(|(name, value)| field(sheets, name, value)),
        Block::Table(_) | Block::Code(..) | Block::NewSheet => {}
    }
}

/// Puts paragraphs, which go on on the next sheet where they end none; the first begins in bold.
fn paragraphs(sheets: &mut Sheets, class: &str, bold: &str, text: &str) {
    let (font, width) = (sheets.font(), sheets.width());
    for (number, paragraph) in text.split('\n').enumerate() {
        let broken = lines(paragraph, font, width, INDENT);
        let mut rest = broken.as_slice();
        while !rest.is_empty() {
            let is_first = rest.len() == broken.len();
            let room = sheets.left() - AFTER;
            let fit = usize::try_from(room / font.line()).unwrap_or_default();
            if fit < rest.len().min(2) && !sheets.is_fresh() {
                sheets.begin();
                continue;
            }
            let (now, later) = rest.split_at(fit.clamp(1, rest.len()));
            let piece = now.join(" ");
            let html = match piece.strip_prefix(bold).filter(|_| is_first && number == 0 && !bold.is_empty())
            {
                Some(after) => format!("<b>{}</b>{}", escape(bold), escape(after)),
                None => escape(&piece),
            };
            let class = if is_first { class.to_owned() } else { format!("{class} on") };
            let height: Length = now.iter().map(|_| font.line()).sum();
            sheets.put(&format!("<p class=\"{class}\">{html}</p>\n"), height + AFTER);
            rest = later;
        }
    }
}

/// Puts a name and what stands there, or a dotted line to write on.
fn field(sheets: &mut Sheets, name: &str, value: &str) {
    let name = match name.trim_end() {
        "" => String::new(),
        name if name.ends_with(':') => name.to_owned(),
        name => format!("{name}:"),
    };
    let (font, width) = (sheets.font(), sheets.width());
    if value.is_empty() {
        let html = format!("<p class=\"field open\"><span>{}</span><span></span></p>\n", escape(&name));
        sheets.put(&html, height(&name, font, width - TO_WRITE, 0) + AFTER);
    } else {
        let whole = format!("{name} {value}");
        let html = format!("<p class=\"field\">{} <b>{}</b></p>\n", escape(&name), escape(value));
        sheets.put(&html, height(whole.trim(), font.bold(), width, 0) + AFTER);
    }
}

/// Puts whom the paper goes to and who signs, beside each other.
pub(super) fn end(sheets: &mut Sheets, paper: &Paper) {
    let recipients = &paper.recipients;
    if recipients.is_empty() && paper.signatures.is_empty() {
        return;
    }
    // One signature alone stands on the right.
    let on_left = !recipients.is_empty() || paper.signatures.len() == 1;
    let columns = Length::try_from(paper.signatures.len() + usize::from(on_left)).unwrap_or(1).max(1);
    let width = sheets.width() / columns - 2_000;
    let font = if sheets.form() == Form::Large { sheets.font() } else { MOTTO_FONT };

    let mut html = String::from("<div class=\"end\">\n");
    let mut highest: Length = 0;
    if on_left {
        html.push_str("<div class=\"to\">");
        if !recipients.is_empty() {
            html.push_str("<p class=\"to-head\">Nơi nhận:</p>");
            highest += NATIONAL.line();
        }
        for recipient in recipients {
            html.push_str(&format!("<p>{}</p>", escape(recipient)));
            highest += height(recipient, RECIPIENTS, width, 0);
        }
        html.push_str("</div>\n");
    }
    for signature in &paper.signatures {
        let (of, height) = signed(signature, font, width);
        html.push_str(&of);
        highest = highest.max(height);
    }
    html.push_str("</div>\n");
    sheets.put(&html, highest + 5_000);
}

fn signed(signature: &Signature, font: Font, width: Length) -> (String, Length) {
    let mut html = String::from("<div class=\"sign\">");
    let mut total = TO_SIGN;
    for line in &signature.lines {
        html.push_str(&format!("<p>{}</p>", escape(line)));
        total += height(line, font.bold(), width, 0);
    }
    if let Some(hint) = &signature.hint {
        html.push_str(&format!("<p class=\"hint\">{}</p>", escape(hint)));
        total += height(hint, font, width, 0);
    }
    let name = signature.name.as_deref().unwrap_or_default();
    html.push_str(&format!("<p class=\"name\">{}</p></div>\n", escape(name)));
    total += height(name, font.bold(), width, 0);
    (html, total)
}
