use soho_shared::paper::{Letterhead, Signature};
use soho_shared::report::{Cell, Column, Line, LineKind, Table, note};

use super::*;

/// A table of hamlets, some with long names, its total last.
fn table(many: i64) -> Table {
    let mut table = Table::new(("Hộ nghèo", "Poor households"), ("Xã An Đức", "Xã An Đức"));
    table.columns = vec![
        Column::number(),
        Column::text("name", ("Đơn vị", "Area"), 26),
        Column::count("poor", ("Số hộ", "Households")).under(("Hộ nghèo", "Poor")),
        Column::percent("percent", ("Tỷ lệ %", "%"), "poor", "poor").under(("Hộ nghèo", "Poor")),
    ];
    for number in 1..=many {
        let name = format!("Ấp {number}{}", " Thạnh Phước Hòa Bình".repeat(usize::from(number % 7 == 0) * 6));
        let cells = vec![number.into(), name.into(), 1_234.into(), Cell::Percent("15.50".parse().ok())];
        table.lines.push(Line::unit(None, cells));
    }
    let total = vec![Cell::Empty, "Tổng cộng".into(), (many * 1_234).into(), Cell::Empty];
    table.lines.push(Line::of(LineKind::Total, total));
    table.notes.push(note(("Chưa ấp nào kê khai.", "No hamlet has declared.")));
    table
}

fn sheets(html: &str) -> Vec<&str> {
    html.split("<section ").skip(1).collect()
}

#[test]
fn each_row_stands_once_under_heads_and_a_number() {
    for many in [0, 1, 2, 20, 30, 31, 32, 33, 34, 164, 1_000] {
        let html = page(&Paper::of_table("29173".parse().unwrap(), table(many)));
        for number in 1..=many {
            assert_eq!(
                html.matches(&format!("<td class=\"c\">{number}</td>")).count(),
                1,
                "{many}: {number}"
            );
        }
        let sheets = sheets(&html);
        for (number, sheet) in (1..).zip(&sheets) {
            assert!(sheet.contains(&format!("Trang {number}/{}<", sheets.len())), "{many}: {sheet}");
            assert_eq!(sheet.matches("<thead>").count(), 1, "{many}: {sheet}");
            assert!(sheet.contains("colspan=\"2\">Hộ nghèo</th>"), "{many}: {sheet}");
        }
        // Who signs stands below the total, and with it at least another row.
        let last = sheets.last().unwrap();
        assert!(
            last.contains("Tổng cộng") && last.contains("CHỦ TỊCH") && last.contains("Chưa ấp nào"),
            "{last}"
        );
        assert!(many == 0 || last.matches("<td class=\"n\">1.234</td>").count() > 0, "{many}: {last}");
        assert!(sheets[0].contains("Độc lập - Tự do - Hạnh phúc"));
        assert_eq!(html.matches("CỘNG HÒA").count(), 1);
    }
}

#[test]
fn a_page_keeps_to_the_site_s_policy_and_texts_stay_texts() {
    let mut of = table(1);
    of.lines[0].cells[1] = "<b>Bé & \"Ho\u{302}\u{300}\" U\u{301}t".into();
    let code = Block::Code("ABC123".to_owned(), "Mã: ABC".to_owned());
    let paper = Paper { title: "A < B".to_owned(), blocks: vec![Block::Table(of), code], ..Paper::default() };
    let html = page(&paper);
    for forbidden in ["style=", "<style", "<script", "onload", "<b>", "<button"] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
    assert!(html.contains("&lt;b&gt;Bé &amp; &quot;Hồ"), "{html}");
    assert!(html.contains(" Út</td>"), "{html}");
    assert!(html.contains("<title>A &lt; B</title>") && html.contains("<svg "), "{html}");
}

#[test]
fn a_long_text_goes_on_and_loses_no_word() {
    let words: Vec<String> = (0..4_000).map(|number| format!("từ{number}")).collect();
    let paper = Paper {
        title: "QUYẾT ĐỊNH".to_owned(),
        blocks: vec![Block::Article("Điều 1.".to_owned(), words.join(" "))],
        signatures: vec![Signature::chair(Some("Nguyễn Văn A".to_owned()))],
        recipients: vec!["- Như Điều 3;".to_owned(), "- Lưu: VT.".to_owned()],
        ..Paper::default()
    };
    let html = page(&paper);
    let sheets = sheets(&html);
    assert!(sheets.len() > 4, "{}", sheets.len());
    assert!(html.contains("<b>Điều 1.</b> từ0 từ1 "));
    let text = html.replace(['<', '>'], " ");
    let said: Vec<&str> = text.split_whitespace().filter(|word| word.starts_with("từ")).collect();
    assert_eq!(said, words);
    // A letter's first sheet has no number.
    assert!(!sheets[0].contains("Trang ") && sheets[1].contains("Trang 2/"));
    assert!(sheets.last().unwrap().contains("Nơi nhận"));
}

#[test]
fn a_paper_of_one_sheet_has_no_number_and_several_begin_anew() {
    let one = |name: &str| Paper {
        letterhead: Some(Letterhead::of(
            "29173".parse().unwrap(),
            Some("8"),
            "GCN-HN.HCN",
            Some("2011-12-05"),
        )),
        title: "GIẤY CHỨNG NHẬN".to_owned(),
        blocks: vec![Block::Fields(vec![
            ("Hộ gia đình ông/bà".to_owned(), name.to_owned()),
            ("Nơi thường trú".to_owned(), String::new()),
        ])],
        ..Paper::default()
    };
    let html = pages("Giấy chứng nhận", &[one("Lê Thị Út"), one("Võ Văn Tư")]);
    assert_eq!(sheets(&html).len(), 2);
    assert!(!html.contains("Trang "));
    assert!(html.contains("Hộ gia đình ông/bà: <b>Lê Thị Út</b>"));
    let lists = [table(40), table(40)].map(|of| Paper::of_table("29173".parse().unwrap(), of));
    let html = pages("Danh sách", &lists);
    assert_eq!(html.matches("Trang 1/").count(), 2);
    assert_eq!(pages("Không có", &[]).matches("<section").count(), 0);
}

#[test]
fn a_new_sheet_begins_where_the_paper_says() {
    let words = |text: &str| Block::Words(text.to_owned());
    let blocks = vec![words("một"), Block::NewSheet, Block::NewSheet, words("hai"), Block::NewSheet];
    let html = page(&Paper { blocks, form: Form::Large, ..Paper::default() });
    let sheets = sheets(&html);
    assert_eq!(sheets.len(), 2, "{html}");
    assert!(sheets[1].contains("hai") && sheets[1].contains("class=\"sheet turned large\""));
}
