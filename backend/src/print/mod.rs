//! Papers on sheets of A4, as HTML. Browsers differ in what they repeat and number, so the sheets are cut here: each has its
//! head, its number, the heads of a table that goes on, and whole rows.
//!
//! Looks are in `frontend/public/print.css`; its lengths and those in here belong together. Heights are estimated from the
//! widths of the font's letters and never too low.

mod code;
mod measure;
mod sheets;
mod table;
mod words;

use std::fmt::Write;

use soho_shared::paper::{Block, Form, Paper};

use self::sheets::Sheets;
use crate::table::clean;

/// A paper as an HTML page, laid out on sheets.
#[must_use]
pub fn page(paper: &Paper) -> String {
    let title = [Some(&paper.title), paper.subject.as_ref()].map(|of| of.map_or("", String::as_str));
    let title: Vec<&str> = title.into_iter().filter(|of| !of.is_empty()).collect();
    document(&title.join(" – "), &laid_out(paper))
}

/// Several papers in one page, each beginning on a new sheet.
#[must_use]
pub fn pages(title: &str, papers: &[Paper]) -> String {
    let mut sheets = String::new();
    for paper in papers {
        sheets.push_str(&laid_out(paper));
    }
    document(title, &sheets)
}

fn document(title: &str, sheets: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html>\n<html lang=\"vi\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n\
         <link rel=\"stylesheet\" href=\"/print.css\">\n</head>\n<body>\n\
         <header class=\"how\">Để in: chọn In của trình duyệt (Ctrl + P), giấy A4.</header>\n<main>\n{sheets}</main>\n\
         </body>\n</html>\n"
    )
}

/// The sheets of a paper.
fn laid_out(paper: &Paper) -> String {
    let mut sheets = Sheets::new(paper.form);
    words::head(&mut sheets, paper);
    let many = paper.blocks.iter().rposition(|block| *block != Block::NewSheet).map_or(0, |last| last + 1);
    if let Some((last, before)) = paper.blocks[..many].split_last() {
        before.iter().for_each(|block| put(&mut sheets, block, 0));
        last_block(&mut sheets, last, paper);
    } else {
        words::end(&mut sheets, paper);
    }
    numbered(paper, sheets.finish())
}

/// Puts a block on the sheets; `tail` is the height of what stays with a table's last rows.
fn put(sheets: &mut Sheets, block: &Block, tail: i64) {
    match block {
        Block::Table(of) => table::put(sheets, of, tail),
        Block::Code(text, beside) => code::put(sheets, text, beside),
        Block::NewSheet => sheets.begin(),
        other => words::put(sheets, other),
    }
}

/// Puts the last block and who signs: these do not stand on a sheet alone.
fn last_block(sheets: &mut Sheets, block: &Block, paper: &Paper) {
    let end = sheets.height_of(|trial| words::end(trial, paper));
    if !matches!(block, Block::Table(_)) {
        let both = sheets.height_of(|trial| put(trial, block, 0)) + end;
        sheets.keep(both);
    }
    put(sheets, block, end);
    words::end(sheets, paper);
}

/// The sheets with their numbers. A letter's first sheet has none, that of a table has.
fn numbered(paper: &Paper, bodies: Vec<String>) -> String {
    let has_table = paper.blocks.iter().any(|block| matches!(block, Block::Table(_)));
    let class = match paper.form {
        Form::Upright => "sheet",
        Form::Turned => "sheet turned",
        Form::Large => "sheet turned large",
    };
    let running = escape(paper.subject.as_deref().unwrap_or(&paper.title));
    let all = bodies.len();
    let mut out = String::new();
    for (number, body) in (1..).zip(bodies) {
        let _ = writeln!(out, "<section class=\"{class}\">");
        if has_table || number > 1 {
            let running = if number > 1 { running.as_str() } else { "" };
            let _ =
                writeln!(out, "<p class=\"top\"><span>{running}</span><span>Trang {number}/{all}</span></p>");
        }
        let _ = writeln!(out, "{body}</section>");
    }
    out
}

/// A text as HTML.
fn escape(text: &str) -> String {
    let text = clean(text);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
