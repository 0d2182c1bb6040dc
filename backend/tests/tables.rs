//! Workbooks, read back by another library.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::io::Cursor;

use calamine::{Data, Range, Reader, Xlsx};
use soho::table::TableError;
use soho::table::xlsx::workbook;
use soho_shared::lang::Lang;
use soho_shared::paper::Letterhead;
use soho_shared::report::{Cell, Column, Kind, Line, LineKind, Table, note};

/// Two blocks of units, a part, a total; numbers, rates, days, amounts, and texts of every kind.
fn table() -> Table {
    let mut table =
        Table::new(("Hộ nghèo, hộ cận nghèo: năm 2011", "Poor"), ("Tỉnh Bến Tre", "Tỉnh Bến Tre"));
    table.columns = vec![
        Column::number(),
        Column::text("name", ("Đơn vị", "Area"), 26),
        Column::count("households", ("Tổng số hộ dân", "Households")),
        Column::count("poor", ("Số hộ", "Households")).under(("Hộ nghèo", "Poor")),
        Column::percent("poor_percent", ("Tỷ lệ %", "%"), "poor", "households").under(("Hộ nghèo", "Poor")),
        Column::percent_of_total("share", ("Tỷ trọng %", "Share"), "poor", "poor"),
        Column::dong("paid", ("Số tiền", "Amount")).summed(),
        Column::date("day", ("Ngày", "Day")),
        Column::text("remark", ("Ghi chú", "Remark"), 20),
    ];
    let mut add = |kind: LineKind,
                   number: Cell,
                   name: &str,
                   [households, poor, paid]: [i64; 3],
                   day: &str,
                   remark: &str| {
        let percent = |rate: &str| Cell::Percent(rate.parse().ok());
        let rate = |of: i64| match (poor, of) {
            (124, 800) => percent("15.50"),
            (1, 160) => percent("0.63"),
            (125, 960) => percent("13.02"),
            (55, 300) => percent("18.33"),
            (180, 1_260) => percent("14.29"),
            (124, 180) => percent("68.89"),
            (1, 180) => percent("0.56"),
            (125, 180) => percent("69.44"),
            (55, 180) => percent("30.56"),
            (180, 180) => percent("100.00"),
            _ => Cell::Percent(None),
        };
        let code = (kind == LineKind::Unit).then(|| "00123".to_owned());
        let cells = vec![
            number,
            name.into(),
            households.into(),
            poor.into(),
            rate(households),
            rate(180),
            Cell::Dong(paid),
            if day.is_empty() { Cell::Empty } else { Cell::Date(day.to_owned()) },
            remark.into(),
        ];
        table.lines.push(Line { kind, code, cells });
    };
    add(LineKind::Block, "I".into(), "Khu vực thành thị", [960, 125, 3_000_000], "", "");
    add(LineKind::Unit, 1.into(), "Phường 3", [800, 124, 1_000_000], "2011-12-05", "=1+1");
    add(LineKind::Unit, 2.into(), "Xã An Đu\u{31b}\u{301}c", [160, 1, 2_000_000], "1950", "00123");
    add(LineKind::Block, "II".into(), "Khu vực nông thôn", [300, 55, 4_000_000_000_000], "", "");
    add(LineKind::Unit, 1.into(), "Xã Mỹ Nhơn", [300, 55, 4_000_000_000_000], "2011-02-29", "a\u{200b}b");
    add(LineKind::Part, Cell::Empty, "Trong đó: ven biển", [90, 9, 0], "", "");
    add(LineKind::Total, Cell::Empty, "Tổng cộng", [1_260, 180, 4_000_003_000_000], "", "");
    table.notes.push(note(("Chưa ấp nào kê khai.", "None has declared.")));
    table
}

fn open(bytes: Vec<u8>) -> Xlsx<Cursor<Vec<u8>>> {
    Xlsx::new(Cursor::new(bytes)).unwrap()
}

fn text(cell: Option<&Data>) -> String {
    match cell {
        None | Some(Data::Empty) => String::new(),
        Some(Data::Float(number)) => number.to_string(),
        Some(Data::DateTime(day)) => {
            let (year, month, day, ..) = day.to_ymd_hms_milli();
            format!("{day:02}/{month:02}/{year}")
        }
        Some(other) => other.to_string(),
    }
}

/// The row of the sheet to hand in on which the heads begin.
fn first_row(range: &Range<Data>, head: &str) -> u32 {
    (0..60).find(|row| text(range.get_value((*row, 0))) == head).unwrap()
}

/// A cell as the first sheet has it: rates as fractions.
fn expected(kind: Kind, cell: &Cell) -> String {
    match cell {
        Cell::Percent(Some(rate)) => {
            format!("{}", (rate / rust_decimal::Decimal::ONE_HUNDRED).to_string().parse::<f64>().unwrap())
        }
        Cell::Date(day) => soho_shared::words::day(day),
        Cell::Text(text) if kind == Kind::Text => {
            text.replace("u\u{31b}\u{301}", "ứ").replace('\u{200b}', "")
        }
        _ => cell.plain(),
    }
}

/// Row and column of a cell's name: `$D$15`.
fn place(name: &str) -> (u32, u32) {
    let name = name.replace('$', "");
    let digits = name.find(|c: char| c.is_ascii_digit()).unwrap();
    let column = name[..digits].bytes().fold(0, |sum, letter| sum * 26 + u32::from(letter - b'A') + 1);
    (name[digits..].parse::<u32>().unwrap() - 1, column - 1)
}

/// What a formula comes to, from the values on the sheet.
fn computed(range: &Range<Data>, formula: &str) -> f64 {
    let value = |(row, column)| match range.get_value((row, column)) {
        Some(Data::Float(number)) => *number,
        None | Some(Data::Empty) => 0.0,
        other => panic!("{formula}: {other:?}"),
    };
    if let Some(sum) = formula.strip_prefix("SUM(").and_then(|rest| rest.strip_suffix(')')) {
        let ranges = sum.split(',').map(|of| of.split_once(':').unwrap_or((of, of)));
        let cells = ranges.flat_map(|(from, to)| {
            let ((first, column), (last, _)) = (place(from), place(to));
            (first..=last).map(move |row| (row, column))
        });
        return cells.map(value).sum();
    }
    let (test, rest) = formula.strip_prefix("IF(").unwrap().split_once("=0,\"\",ROUND(").unwrap();
    let (part, whole) = rest.strip_suffix(",4))").unwrap().split_once('/').unwrap();
    assert_eq!(test, whole, "{formula}");
    (value(place(part)) / value(place(whole)) * 10_000.0).round() / 10_000.0
}

#[test]
fn the_sheet_to_hand_in_has_all_values_and_formulas_that_come_to_them() {
    let table = table();
    let head = Letterhead::of("83".parse().unwrap(), None, "BC-UBND", Some("2011-12-05"));
    for head in [None, Some(&head)] {
        let mut book = open(workbook(&table, head).unwrap());
        assert_eq!(book.sheet_names(), ["Hộ nghèo hộ cận nghèo năm 2011", "du_lieu", "tu_dien"]);
        let name = book.sheet_names()[0].clone();
        let range = book.worksheet_range(&name).unwrap();
        let formulas = book.worksheet_formula(&name).unwrap();
        let heads = first_row(&range, "STT");
        let first = heads + 2;
        for (row, line) in (first..).zip(&table.lines) {
            for (column, (of, cell)) in (0..).zip(table.columns.iter().zip(&line.cells)) {
                assert_eq!(text(range.get_value((row, column))), expected(of.kind, cell), "{row}, {column}");
            }
        }

        // Heads: a common one over its columns, the others over two rows.
        let said = |row, column| text(range.get_value((row, column)));
        assert_eq!([said(heads, 2), said(heads, 3), said(heads, 4)], ["Tổng số hộ dân", "Hộ nghèo", ""]);
        assert_eq!([said(heads + 1, 2), said(heads + 1, 3), said(heads + 1, 4)], ["", "Số hộ", "Tỷ lệ %"]);

        let total = first + 6;
        let of = |row: u32, column: u32| formulas.get_value((row, column)).cloned().unwrap_or_default();
        assert_eq!(
            of(total, 2),
            format!("SUM(C{},C{})", first + 1, first + 4),
            "a total is the sum of its blocks"
        );
        assert_eq!(of(first, 3), format!("SUM(D{}:D{})", first + 2, first + 3), "a block that of its units");
        assert_eq!(of(first + 1, 2), "", "a unit is given");
        let last = total + 1;
        assert_eq!(of(first + 1, 4), format!("IF(C{0}=0,\"\",ROUND(D{0}/C{0},4))", first + 2));
        assert_eq!(of(first + 1, 5), format!("IF($D${last}=0,\"\",ROUND(D{0}/$D${last},4))", first + 2));
        assert_eq!(of(first + 5, 4), "", "no formula where there is no rate");
        let mut many = 0;
        for (row, column, formula) in formulas.used_cells() {
            let (row, column) = (u32::try_from(row).unwrap(), u32::try_from(column).unwrap());
            let (above, before) = formulas.start().unwrap();
            let at = (above + row, before + column);
            if !formula.is_empty() {
                many += 1;
                let stored = text(range.get_value(at)).parse::<f64>().unwrap();
                assert!((computed(&range, formula) - stored).abs() < 1e-12, "{formula}: {stored}");
            }
        }
        assert_eq!(many, 3 * 3 + 5 + 1 + 5 + 1);

        // What stands around the table.
        let all: Vec<String> = range.used_cells().map(|(.., cell)| text(Some(cell))).collect();
        let has = |of: &str| all.iter().any(|cell| cell == of);
        assert!(has("HỘ NGHÈO, HỘ CẬN NGHÈO: NĂM 2011") && has("Chưa ấp nào kê khai."));
        for of in ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "TỈNH BẾN TRE", "Người lập biểu", "CHỦ TỊCH"]
        {
            assert_eq!(has(of), head.is_some(), "{of}");
        }
        let names = book.defined_names();
        let named = |of: &str| names.iter().find(|(name, _)| name.contains(of)).unwrap().1.clone();
        assert!(named("Print_Area").contains("$A$1:$I$"), "{names:?}");
        let rows = format!("${}:${}", heads + 1, heads + 2);
        assert!(named("Print_Titles").ends_with(&rows), "{names:?}");
    }
}

#[test]
fn the_sheet_for_programs_has_one_row_of_heads_and_plain_values() {
    let table = table();
    let mut book = open(workbook(&table, None).unwrap());
    let data = book.worksheet_range("du_lieu").unwrap();
    assert_eq!(data.start(), Some((0, 0)));
    let heads: Vec<String> = data.rows().next().unwrap().iter().map(|cell| text(Some(cell))).collect();
    let ids = table.columns.iter().map(|column| column.id.to_string());
    assert_eq!(heads, ["code", "line"].map(ToOwned::to_owned).into_iter().chain(ids).collect::<Vec<_>>());
    assert_eq!(data.rows().count(), table.lines.len() + 1);
    for (row, line) in data.rows().skip(1).zip(&table.lines) {
        assert_eq!(text(Some(&row[0])).trim(), line.code.as_deref().unwrap_or_default());
        for ((column, cell), found) in table.columns.iter().zip(&line.cells).zip(&row[2..]) {
            let expected = match cell {
                Cell::Percent(Some(rate)) => rate.normalize().to_string(),
                Cell::Date(day) => day.clone(),
                _ => expected(column.kind, cell),
            };
            assert_eq!(text(Some(found)).trim(), expected, "{}", column.id);
            let is_number = matches!(found, Data::Float(_) | Data::Int(_));
            assert_eq!(is_number, matches!(cell, Cell::Count(_) | Cell::Dong(_) | Cell::Percent(Some(_))));
        }
    }
    let kinds: Vec<String> = data.rows().skip(1).map(|row| text(Some(&row[1]))).collect();
    assert_eq!(kinds, ["block", "unit", "unit", "block", "unit", "part", "total"]);
    // Readers guess types from the first row: no column of texts begins with nothing.
    let first = data.rows().nth(1).unwrap();
    for (at, column) in [(0, "code"), (9, "day"), (10, "remark")] {
        assert_eq!(first[at], Data::String(" ".to_owned()), "{column}");
    }
    assert!(book.worksheet_formula("du_lieu").unwrap().is_empty());

    let dictionary = book.worksheet_range("tu_dien").unwrap();
    let entries: Vec<Vec<String>> =
        dictionary.rows().map(|row| row.iter().map(|cell| text(Some(cell))).collect()).collect();
    assert_eq!(entries.len(), table.columns.len() + 3);
    assert_eq!(entries[0], ["id", "vi", "en", "kind"]);
    for (entry, column) in entries[3..].iter().zip(&table.columns) {
        let heads = [column.alone(Lang::Vi), column.alone(Lang::En)];
        assert_eq!([&entry[0], &entry[1], &entry[2]], [&*column.id, &*heads[0], &*heads[1]]);
    }
    assert_eq!(entries[7][3], "percent");
}

#[test]
fn a_value_that_its_formula_does_not_come_to_stands_as_it_is() {
    let mut table = table();
    table.lines[6].cells[2] = 1_261.into();
    table.lines[1].cells[4] = Cell::Percent("15.60".parse().ok());
    let mut book = open(workbook(&table, None).unwrap());
    let name = book.sheet_names()[0].clone();
    let range = book.worksheet_range(&name).unwrap();
    let formulas = book.worksheet_formula(&name).unwrap();
    let first = first_row(&range, "STT") + 2;
    for (place, value) in [((first + 6, 2), "1261"), ((first + 1, 4), "0.156")] {
        assert_eq!(formulas.get_value(place).cloned().unwrap_or_default(), "");
        assert_eq!(text(range.get_value(place)), value);
    }
}

#[test]
fn a_large_table_has_all_its_lines_and_one_without_columns_is_refused() {
    let mut table = Table::new(("Danh sách", "List"), ("Xã An Đức", "Xã An Đức"));
    assert!(matches!(workbook(&table, None), Err(TableError::NoColumns)));
    let group = ("Chủ hộ", "Head");
    table.columns = vec![
        Column::number(),
        Column::text("name", ("Họ và tên", "Name"), 24).under(group),
        Column::text("sex", ("Giới tính", "Sex"), 6).under(group),
        Column::dong("income", ("Thu nhập", "Income")),
    ];
    for number in 1..=6_000_i64 {
        let cells = vec![
            number.into(),
            format!("Lê Thị Út {number}").into(),
            "Nữ".into(),
            Cell::Dong(number * 1_000),
        ];
        table.lines.push(Line::unit(Some(format!("29173-{number}")), cells));
    }
    let head = Letterhead::of("29173".parse().unwrap(), None, "BC-UBND", None);
    let mut book = open(workbook(&table, Some(&head)).unwrap());
    let range = book.worksheet_range("Danh sách").unwrap();
    let first = first_row(&range, "STT") + 2;
    let data = book.worksheet_range("du_lieu").unwrap();
    for (number, row) in (1..=6_000_u32).zip(first..) {
        assert_eq!(text(range.get_value((row, 1))), format!("Lê Thị Út {number}"));
        assert_eq!(text(range.get_value((row, 3))), (number * 1_000).to_string());
        assert_eq!(text(data.get_value((number, 0))), format!("29173-{number}"));
        assert_eq!(text(data.get_value((number, 5))), (number * 1_000).to_string());
    }
    assert_eq!(text(range.get_value((first - 2, 1))), "Chủ hộ");
    assert_eq!(text(range.get_value((first - 1, 2))), "Giới tính");
}

#[test]
fn a_table_of_one_column_has_head_lines_too() {
    let mut table = Table::new(("Ghi chú", "Remarks"), ("Xã An Đức", "Xã An Đức"));
    table.columns = vec![Column::text("remark", ("Ghi chú", "Remark"), 40)];
    table.lines.push(Line::unit(None, vec!["x".repeat(40_000).into()]));
    let head = Letterhead::of("29173".parse().unwrap(), None, "BC-UBND", None);
    let mut book = open(workbook(&table, Some(&head)).unwrap());
    let range = book.worksheet_range("Ghi chú").unwrap();
    let all: Vec<String> = range.used_cells().map(|(.., cell)| text(Some(cell))).collect();
    assert_eq!(all[..2], ["ỦY BAN NHÂN DÂN", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"]);
    assert!(all.iter().any(|cell| cell.chars().count() == 32_001 && cell.ends_with('…')));
}
