//! Spreadsheets as offices have them, imported: looked at first, written beside what people have typed, undone as a whole.

use std::fs;
use std::path::Path;

use reqwest::Method;
use rust_xlsxwriter::{Format, Workbook, Worksheet};
use serde_json::{Value, json};
use soho_tests::people::{Person, add};
use soho_tests::server::{Server, run};
use tempfile::TempDir;

/// The household that a volunteer has surveyed.
const SURVEYED: &str = "29173-000000000000000000000000000000b3";

/// What the server answered to a file.
struct Answer {
    status: u16,
    kind: String,
    body: Value,
}

/// Sends a file with the query behind the area, the round and the name of the kind.
async fn send(person: &Person, query: &str, file: impl Into<Vec<u8>>) -> Answer {
    let path = format!("/api/v1/imports?round=2011&{query}");
    let name = "attachment; filename*=UTF-8''h%E1%BB%99%20ngh%C3%A8o.xlsx";
    let request = person.request(Method::POST, &path).header("content-disposition", name);
    let answer = request.body(file.into()).send().await.unwrap();
    let status = answer.status().as_u16();
    let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default();
    let kind = body["type"].as_str().unwrap_or_default().trim_start_matches("/problems/").to_owned();
    Answer { status, kind, body }
}

/// A dry run.
async fn look(person: &Person, query: &str, file: &[u8]) -> Value {
    let answer = send(person, query, file).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["import"], Value::Null);
    answer.body
}

/// A dry run, and then what it said.
async fn write(person: &Person, query: &str, file: &[u8]) -> Value {
    let digest = look(person, query, file).await["digest"].as_str().unwrap().to_owned();
    let answer = send(person, &format!("{query}&dry=false&digest={digest}"), file).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

/// Counts of a report: new, changed, same, conflict, refused, skipped.
fn counts(report: &Value) -> [u64; 6] {
    ["new", "changed", "same", "conflict", "refused", "skipped"]
        .map(|word| report["counts"][word].as_u64().unwrap_or_else(|| panic!("{report}")))
}

/// The rows of a report with an outcome: their numbers, with the columns of their problems.
fn rows(report: &Value, outcome: &str) -> Vec<(u64, String)> {
    let of = report["rows"].as_array().unwrap().iter().filter(|row| row["outcome"] == outcome);
    let columns = |row: &Value| {
        let problems = row["problems"].as_array().unwrap().iter();
        problems
            .map(|problem| problem["column"].as_str().unwrap_or("?").to_owned())
            .collect::<Vec<_>>()
            .join(" ")
    };
    of.map(|row| (row["row"].as_u64().unwrap(), columns(row))).collect()
}

async fn standing(person: &Person, household: &str) -> Value {
    let answer = person.get(&format!("/api/v1/households/{household}")).await.unwrap();
    let records = answer.body["records"].as_array().unwrap_or_else(|| panic!("{}", answer.text));
    records.iter().find(|record| record["round"] == "2011").unwrap()["standing"].clone()
}

/// Poor and near-poor households of the commune.
async fn poor(person: &Person) -> (i64, i64) {
    let answer = person.get("/api/v1/statistics?area=29173&round=2011").await.unwrap();
    let total = &answer.body["total"];
    let count = |class: &str| total[class].as_i64().unwrap_or_else(|| panic!("{}", answer.text));
    (count("poor"), count("near_poor"))
}

async fn conflicts(person: &Person) -> Vec<Value> {
    let answer = person.get("/api/v1/conflicts?area=29173&round=2011").await.unwrap();
    answer.body["conflicts"].as_array().unwrap_or_else(|| panic!("{}", answer.text)).clone()
}

/// A register with people, and one household that a volunteer has surveyed.
async fn register() -> (Server, TempDir) {
    let data = tempfile::tempdir().unwrap();
    for (name, role, areas) in [
        ("root", "admin", [].as_slice()),
        ("lan", "volunteer", &["29173-04"]),
        ("xa", "commune", &["29173"]),
        ("xa2", "commune", &["28756"]),
        ("huyen", "district", &["836"]),
    ] {
        add(data.path(), name, role, areas).unwrap();
    }
    let server = Server::start(data.path()).unwrap();
    let set = json!({
        "hamlet": 4, "members/head/head": true, "members/head/name": "Nguyễn Thị Bé", "members/head/birth_year": 1950,
        "member_count": 5, "address": "tổ 9",
    });
    let changes: Vec<_> = set
        .as_object()
        .unwrap()
        .iter()
        .map(|(field, value)| json!({"field": field, "value": value}))
        .collect();
    let operation = json!({
        "id": "00000000-0000-0000-0000-0000000000b3", "household": SURVEYED, "round": "2011",
        "stamp": "01335678cbc4-0000-00000000000000b3", "changes": changes,
    });
    let lan = Person::sign_in(&server, "lan").await.unwrap();
    let pushed = lan.post("/api/v1/sync/push", &json!({ "operations": [operation] })).await.unwrap();
    assert_eq!(pushed.status, 200, "{}", pushed.text);
    (server, data)
}

fn text(sheet: &mut Worksheet, row: u32, column: u16, text: &str, font: &str) {
    sheet.write_with_format(row, column, text, &Format::new().set_font_name(font)).unwrap();
}

/// A list as an office may send it: titles, joined heads, two fonts of before Unicode, numbers as texts, dates in three forms and only a
/// year, empty rows, a total and signatures.
fn ugly() -> Vec<u8> {
    const PLAIN: &str = "Times New Roman";
    const ABC: &str = ".VnTime";
    const VNI: &str = "VNI-Times";
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Ghi chú").unwrap().write(3, 3, "in ngày 5").unwrap();
    let sheet = book.add_worksheet().set_name("Danh sách").unwrap();
    text(sheet, 0, 0, "ỦY BAN NHÂN DÂN XÃ AN ĐỨC", PLAIN);
    text(sheet, 0, 6, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", PLAIN);
    let plain = Format::new();
    sheet.merge_range(1, 0, 1, 9, "DANH SÁCH HỘ NGHÈO NĂM 2011", &plain).unwrap();
    sheet.merge_range(3, 1, 3, 3, "Chủ hộ", &plain).unwrap();
    let heads = [
        (0, "STT"),
        (4, "Ấp"),
        (5, "Số nhân khẩu"),
        (6, "Thu nhập bình quân (1.000đ/người/tháng)"),
        (7, "Loại hộ"),
        (8, "Nguyên nhân"),
        (9, "Địa chỉ"),
    ];
    for (column, head) in heads {
        sheet.merge_range(3, column, 4, column, head, &plain).unwrap();
    }
    for (column, head) in [(1, "Họ và tên"), (2, "Năm sinh"), (3, "Giới tính")] {
        text(sheet, 4, column, head, PLAIN);
    }
    for column in 0..10 {
        text(sheet, 5, column, &format!("({})", column + 1), PLAIN);
    }
    // Row, name and its font, sex, hamlet, people, income, class, cause, address and its font.
    type Line<'a> = (u32, (&'a str, &'a str), [&'a str; 6], (&'a str, &'a str));
    let lines: [Line; 7] = [
        (6, ("NguyÔn ThÞ BÐ", ABC), ["Nữ", "4", "3", "400", "Nghèo", "Thiếu vốn"], ("Aáp Gioàng", VNI)),
        (7, ("TrÇn V¨n §øc", ABC), ["Nam", "Ấp 4", "4", "401", "Nghèo", "Già yếu"], ("", PLAIN)),
        (8, ("Leâ Thò Phöôùc Myõ", VNI), ["2", "04", "5 người", "520", "Cận nghèo", ""], ("", PLAIN)),
        (10, ("Đặng Văn Út", PLAIN), ["", "5", "2", "300", "", "do trời"], ("", PLAIN)),
        (11, ("", PLAIN), ["Nữ", "4", "2", "300", "", ""], ("", PLAIN)),
        (12, ("Phạm Văn Năm", PLAIN), ["Nam", "4", "2", "300", "", ""], ("", PLAIN)),
        (13, ("Võ Văn Bảy", PLAIN), ["Nam", "4", "2", "300", "", ""], ("Tæ 3, gÇn cÇu", PLAIN)),
    ];
    for (number, (row, (name, font), cells, (address, font_of_address))) in (1..).zip(lines) {
        sheet.write_number(row, 0, number).unwrap();
        text(sheet, row, 1, name, font);
        for (column, cell) in (3..).zip(cells) {
            text(sheet, row, column, cell, PLAIN);
        }
        text(sheet, row, 9, address, font_of_address);
    }
    let date = Format::new().set_num_format("dd/mm/yyyy");
    sheet.write_number_with_format(6, 2, 18_323, &date).unwrap();
    text(sheet, 7, 2, "15/8/1961", PLAIN);
    text(sheet, 8, 2, "1970-01-02", PLAIN);
    sheet.write_number(10, 2, 1948).unwrap();
    text(sheet, 11, 2, "1970", PLAIN);
    text(sheet, 12, 2, "31/02/1950", PLAIN);
    text(sheet, 13, 2, "1955", PLAIN);
    sheet.merge_range(15, 1, 15, 3, "Tổng cộng", &plain).unwrap();
    sheet.write_number(15, 5, 20).unwrap();
    text(sheet, 17, 1, "Người lập biểu", PLAIN);
    text(sheet, 17, 7, "TM. ỦY BAN NHÂN DÂN", PLAIN);
    book.save_to_buffer().unwrap()
}

#[tokio::test]
async fn an_ugly_workbook_ends_in_the_right_households() {
    let (server, data) = register().await;
    let xa = Person::sign_in(&server, "xa").await.unwrap();
    let file = ugly();
    let query = "area=29173";
    let dry = look(&xa, query, &file).await;
    assert_eq!((&dry["sheet"], &dry["header"]), (&json!("Danh sách"), &json!(5)), "{dry}");
    assert_eq!(counts(&dry), [3, 0, 0, 1, 3, 3], "{dry}");
    assert_eq!(dry["counts"]["class_differs"], 1);
    assert_eq!(rows(&dry, "refused"), [(12, "B".to_owned()), (13, "C".to_owned()), (14, "J".to_owned())]);
    assert_eq!(dry["columns"][1]["encoding"], "tcvn3");
    assert_eq!(dry["columns"][9]["suggested"], "tcvn3");
    let of_row = |number: u64| {
        dry["rows"].as_array().unwrap().iter().find(|row| row["row"] == number).unwrap().clone()
    };
    let surveyed = of_row(7);
    assert_eq!((&surveyed["outcome"], &surveyed["record"]), (&json!("conflict"), &json!(SURVEYED)));
    let other_class = of_row(8);
    assert_eq!(
        (&other_class["class_in_file"], &other_class["class_ours"]),
        (&json!("poor"), &json!("near_poor"))
    );
    // A cause that is not known is told and refuses nothing.
    assert_eq!((&of_row(11)["outcome"], &of_row(11)["problems"][0]["column"]), (&json!("new"), &json!("I")));
    assert_eq!(poor(&xa).await, (0, 0), "a dry run writes nothing");

    // What was looked at is written, and nothing else.
    let other = send(&xa, &format!("{query}&dry=false&digest={}", "0".repeat(64)), file.clone()).await;
    assert_eq!((other.status, other.kind.as_str()), (409, "conflict"));
    let report = write(&xa, query, &file).await;
    assert_eq!(counts(&report), counts(&dry));
    let import = report["import"].as_str().unwrap().to_owned();
    assert_eq!(poor(&xa).await, (2, 2));
    let made = of_row(8)["record"].as_str().unwrap().to_owned();
    let duc = standing(&xa, &made).await;
    for (field, value) in [
        ("hamlet", json!(4)),
        ("members/head/name", json!("Trần Văn Đức")),
        ("members/head/birth_date", json!("1961-08-15")),
        ("members/head/sex", json!("male")),
        ("member_count", json!(4)),
        ("income/import/amount", json!(4 * 401_000)),
        ("main_cause", json!("other")),
    ] {
        assert_eq!(duc[field], value, "{field}: {duc}");
    }
    let my = standing(&xa, of_row(9)["record"].as_str().unwrap()).await;
    assert_eq!(my["members/head/name"], "Lê Thị Phước Mỹ");

    // What the volunteer typed stands; what the file says is beside it.
    let be = standing(&xa, SURVEYED).await;
    assert_eq!((&be["member_count"], &be["address"]), (&json!(5), &json!("tổ 9")));
    assert_eq!(
        (&be["members/head/birth_date"], &be["main_cause"]),
        (&json!("1950-03-01"), &json!("lack_of_means"))
    );
    let open = conflicts(&xa).await;
    let of = |field: &str| {
        open.iter().find(|conflict| conflict["field"] == field).unwrap_or_else(|| panic!("{open:?}"))
    };
    assert_eq!(open.len(), 2);
    assert_eq!(of("address")["lost"][0]["value"], "Ấp Giồng");
    assert_eq!(
        (&of("member_count")["standing"]["by"]["account"], &of("member_count")["lost"][0]["by"]["account"]),
        (&json!("lan"), &json!("xa"))
    );

    // The same file again changes nothing, whatever was decided since.
    let decided = of("member_count");
    let decision = json!({
        "keep": decided["standing"]["stamp"],
        "seen": [decided["standing"]["stamp"], decided["lost"][0]["stamp"]],
    });
    let path = format!("/api/v1/conflicts/{}/resolution", decided["id"].as_str().unwrap());
    assert_eq!(xa.post(&path, &decision).await.unwrap().status, 200);
    let again = write(&xa, query, &file).await;
    assert_eq!((counts(&again), &again["import"]), ([0, 0, 4, 0, 3, 3], &Value::Null));
    assert_eq!(conflicts(&xa).await.len(), 1);

    // Others neither see nor undo it; the trail tells of it.
    let list = xa.get("/api/v1/imports?area=29173&round=2011").await.unwrap();
    let line = &list.body["imports"][0];
    assert_eq!(
        (&line["id"], &line["by"], &line["state"]),
        (&json!(import), &json!("xa"), &json!("done")),
        "{}",
        list.text
    );
    assert_eq!((&line["file"], &line["counts"]["new"]), (&json!("hộ nghèo.xlsx"), &json!(3)));
    let undo = format!("/api/v1/imports/{import}/undo");
    for (name, expected) in
        [("lan", "403 outside-areas"), ("xa2", "403 outside-areas"), ("root", "403 forbidden")]
    {
        let person = Person::sign_in(&server, name).await.unwrap();
        assert_eq!(person.post(&undo, &Value::Null).await.unwrap().short(), expected, "{name}");
        let sent = send(&person, query, file.clone()).await;
        assert_eq!(format!("{} {}", sent.status, sent.kind), expected, "{name}");
    }
    let trail = xa.get("/api/v1/audit?area=29173&limit=50").await.unwrap();
    let entries = trail.body["entries"].as_array().unwrap();
    assert!(
        entries.iter().any(|entry| entry["action"] == "imported" && entry["by"]["account"] == "xa"),
        "{}",
        trail.text
    );

    // Undone as a whole, by an officer of the district.
    let huyen = Person::sign_in(&server, "huyen").await.unwrap();
    let undone = huyen.post(&undo, &Value::Null).await.unwrap();
    assert_eq!((undone.status, &undone.body["refused"]), (200, &json!(0)), "{}", undone.text);
    assert_eq!((poor(&xa).await, conflicts(&xa).await.len()), ((0, 0), 0));
    assert_eq!(standing(&xa, &made).await["removed"], true);
    let be = standing(&xa, SURVEYED).await;
    assert_eq!(
        (&be["member_count"], &be["address"], &be["income/import/amount"]),
        (&json!(5), &json!("tổ 9"), &Value::Null)
    );
    assert_eq!(huyen.post(&undo, &Value::Null).await.unwrap().body, json!({"records": 0, "refused": 0}));
    let list = xa.get("/api/v1/imports?area=29173&round=2011").await.unwrap();
    assert_eq!(list.body["imports"][0]["state"], "undone");

    // Imported once more it is there again, under the same ids.
    let report = write(&xa, query, &file).await;
    assert_eq!(counts(&report), [0, 3, 0, 1, 3, 3], "{report}");
    assert_eq!((poor(&xa).await, standing(&xa, &made).await["removed"].clone()), ((2, 2), json!(false)));
    server.stop();
    assert!(run(&["verify", "--data", data.path().to_str().unwrap()]).unwrap().contains("all agree"));
}

#[tokio::test]
async fn texts_in_every_encoding_come_to_the_same_households() {
    let (server, _data) = register().await;
    let huyen = Person::sign_in(&server, "huyen").await.unwrap();
    let text =
        "STT;Xã;Ấp;Họ tên chủ hộ;Năm sinh\r\n1;An Đức;6;Lê Thị Út;1961\r\n2;29173;6;Nguyễn Văn Đức;1970\r\n";
    let utf_16: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let of_1258 = b"STT;X\xe3;\xc2\xecp;Ho\xf2 t\xean chu\xd2 h\xf4\xf2;N\xe3m sinh\r\n1;An \xd0\xfd\xecc;6;L\xea Thi\xf2 \xdat;1961\r\n2;29173;6;Nguy\xea\xden V\xe3n \xd0\xfd\xecc;1970\r\n";
    assert_eq!(counts(&write(&huyen, "area=836", &utf_16).await), [2, 0, 0, 0, 0, 0]);
    for (format, file) in [
        ("csv, utf-8", text.as_bytes()),
        ("csv, utf-8", text.replace(';', ",").as_bytes()),
        ("csv, windows-1258", of_1258.as_slice()),
    ] {
        let report = look(&huyen, "area=836", file).await;
        assert_eq!((counts(&report), &report["format"]), ([0, 0, 2, 0, 0, 0], &json!(format)), "{report}");
    }
    // A text does not say with which font it was typed: an officer does.
    let old = "STT;H\u{e4} t\u{aa}n ch\u{f1} h\u{e9};\u{ca}p;N\u{a8}m sinh\r\n1;NguyÔn V¨n §øc;6;1970\r\n";
    let old: Vec<u8> = old.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let xa = Person::sign_in(&server, "xa").await.unwrap();
    let refused = send(&xa, "area=29173", old.clone()).await;
    assert_eq!((refused.status, &refused.body["field"]), (422, &json!("header")));
    assert!(refused.body["detail"].as_str().unwrap().contains("encodings=*:tcvn3"), "{}", refused.body);
    let report = look(&xa, "area=29173&encodings=*:tcvn3", &old).await;
    assert_eq!(
        (counts(&report), &report["rows"][0]["name"]),
        ([0, 0, 1, 0, 0, 0], &json!("Nguyễn Văn Đức")),
        "{report}"
    );
}

#[tokio::test]
async fn what_is_no_table_is_refused_in_words() {
    let (server, _data) = register().await;
    let xa = Person::sign_in(&server, "xa").await.unwrap();
    // A directory of an archive that says it holds 4 gigabytes.
    let name = b"xl/workbook.xml";
    let mut bomb =
        [b"PK\x01\x02".as_slice(), &[0; 20], &0xffff_ffff_u32.to_le_bytes(), &[15, 0], &[0; 16], name]
            .concat();
    let length = u32::try_from(bomb.len()).unwrap();
    bomb.extend(
        [b"PK\x05\x06".as_slice(), &[0, 0, 0, 0, 1, 0, 1, 0], &length.to_le_bytes(), &[0; 6]].concat(),
    );
    let mut broken = ugly();
    broken.truncate(broken.len() / 2);
    for (what, file, words) in [
        ("nothing", Vec::new(), "nothing in the file"),
        ("a document", b"%PDF-1.4\0\0\0\0".to_vec(), "no spreadsheet"),
        ("a page", b"<html><body>ho ngheo</body></html>".to_vec(), "no spreadsheet"),
        ("a bomb", bomb, "too large unpacked"),
        ("half a workbook", broken, "cannot be read"),
        (
            "an old workbook that is none",
            [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice(), &[0; 2_000]].concat(),
            "cannot be read",
        ),
        ("no heads", "a;b\nNguyễn Thị Bé;1950\n".into(), "no row of heads"),
    ] {
        let answer = send(&xa, "area=29173", file).await;
        assert_eq!((answer.status, answer.kind.as_str()), (422, "invalid-body"), "{what}: {}", answer.body);
        assert!(answer.body["detail"].as_str().unwrap().contains(words), "{what}: {}", answer.body);
        assert!(answer.body["vi"].as_str().is_some_and(|vi| !vi.is_empty()), "{what}");
    }
    let large = send(&xa, "area=29173", vec![b'a'; (32 << 20) + 1]).await;
    assert_eq!((large.status, large.kind.as_str()), (413, "too-large"));
    for (query, field) in [
        ("area=29173&columns=name:C", "columns"),
        ("area=29173&encodings=C:latin", "encodings"),
        ("area=29173&kind=gifts", "kind"),
        ("area=29173-04", "area"),
    ] {
        let answer = send(&xa, query, ugly()).await;
        assert_eq!((answer.status, &answer.body["field"]), (400, &json!(field)), "{query}");
    }
    // Of another commune nothing is imported.
    let outside = "STT;Xã;Ấp;Họ tên\n1;28756;1;Lan\n";
    let report = look(&xa, "area=29173", outside.as_bytes()).await;
    assert_eq!(rows(&report, "refused"), [(2, "B".to_owned())]);
}

#[tokio::test]
async fn declared_totals_stand_in_the_table_until_they_are_undone() {
    let (server, data) = register().await;
    let xa = Person::sign_in(&server, "xa").await.unwrap();
    let file = "TT;Ấp;Tổng số hộ dân cư;Trong đó hộ DTTS\n1;Ấp 4;312;2\n2;Ấp 5;1.204;\n3;Ấp không có;10;\n;Cộng;1.516;2\n";
    let query = "area=29173&kind=declared";
    let report = write(&xa, query, file.as_bytes()).await;
    assert_eq!(
        (counts(&report), rows(&report, "refused")),
        ([2, 0, 0, 0, 1, 1], vec![(4, "B".to_owned())]),
        "{report}"
    );
    let declared = async || {
        let round = xa.get("/api/v1/rounds/2011/communes/29173").await.unwrap();
        let hamlets = round.body["hamlets"].as_array().unwrap_or_else(|| panic!("{}", round.text)).clone();
        hamlets.iter().map(|hamlet| hamlet["declared"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(declared().await, [json!(312), json!(1_204)]);
    // Put right by an officer, it is the officer's.
    let fields = json!({"fields": {"declared/households": 315}});
    let put_right = xa.patch("/api/v1/rounds/2011/areas/29173-04", &fields).await.unwrap();
    assert_eq!(put_right.status, 200, "{}", put_right.text);
    assert_eq!(counts(&look(&xa, query, file.as_bytes()).await), [0, 0, 2, 0, 1, 1]);
    let other = file.replace("312", "320");
    assert_eq!(counts(&look(&xa, query, other.as_bytes()).await), [0, 0, 1, 1, 1, 1]);

    // The same by the command line, on the register itself.
    server.stop();
    let path = data.path().join("tong so ho.csv");
    fs::write(&path, file.replace("1.204", "1.205")).unwrap();
    let (at, path) = (data.path().to_str().unwrap(), path.to_str().unwrap());
    let import = |more: &[&str]| {
        let args = ["import", path, "--data", at, "--area", "29173", "--round", "2011", "--kind", "declared"];
        run(&[args.as_slice(), more].concat()).unwrap()
    };
    let dry = import(&[]);
    assert!(
        dry.contains("0 new, 1 changed")
            && dry.contains("nothing was written")
            && dry.contains("no hamlet has this name"),
        "{dry}"
    );
    let written = import(&["--yes"]);
    let id = written.rsplit_once("--undo ").unwrap().1.trim_end_matches(['`', '\n']);
    assert!(import(&["--yes"]).contains("nothing was written"));
    let undone = run(&["import", "--data", at, "--undo", id]).unwrap();
    assert!(undone.starts_with("undone: 2 records"), "{undone}");
    assert!(run(&["verify", "--data", at]).unwrap().contains("all agree"));
    let server = Server::start(Path::new(at)).unwrap();
    let xa = Person::sign_in(&server, "xa").await.unwrap();
    let round = xa.get("/api/v1/rounds/2011/communes/29173").await.unwrap();
    assert_eq!(round.body["hamlets"][1]["declared"], 1_204);
}

/// Three households: two poor ones, of which one head has an identity number, and one that is not poor.
const HOUSEHOLDS: &str = "STT;Họ tên chủ hộ;Năm sinh;Ấp;Số CMND;Số nhân khẩu;Tổng thu nhập\n\
    1;Trần Thị Hai;1950;4;320123456;2;2.400.000\n\
    2;Lê Văn Ba;1960;5;;3;3.600.000\n\
    3;Võ Văn Tư;1970;4;;1;100.000.000\n";

/// A list of who was paid, as an office may send it: each household is told in another way.
fn paid(household: &str) -> String {
    format!(
        "ỦY BAN NHÂN DÂN XÃ AN ĐỨC;;;;;;;\n\
         DANH SÁCH HỘ NHẬN TIỀN ĐIỆN NĂM 2012;;;;;;;\n\
         ;Chủ hộ;;;;Hỗ trợ;;\n\
         TT;Họ và tên;Số CMND;Ấp;Mã hộ;Quý;Số tiền (1.000 đ);Đơn vị chi trả\n\
         1;;;;{household};Quý I/2012;90;Điện lực Ba Tri\n\
         2;LE VAN BA;;Ấp 5;;I;90;Điện lực Ba Tri\n\
         3;Trần Thị Hai;320 123 456;;;15/5/2012;90,5;\n\
         4;Người Lạ;;4;;I;90;\n\
         5;Lê Văn Ba;;5;;Quý II/2011;90;\n\
         6;Võ Văn Tư;;4;;1;90;\n\
         ;Tổng cộng;;;;;450;\n"
    )
}

/// Number of households of the commune on a list.
async fn listed(person: &Person, filter: &str) -> u64 {
    let path = format!("/api/v1/households?area=29173&round=2011&filter={filter}");
    let answer = person.get(&path).await.unwrap();
    answer.body["total"].as_u64().unwrap_or_else(|| panic!("{}", answer.text))
}

#[tokio::test]
async fn supports_given_are_written_beside_what_officers_wrote_and_taken_back() {
    let (server, data) = register().await;
    let xa = Person::sign_in(&server, "xa").await.unwrap();
    let made = write(&xa, "area=29173", HOUSEHOLDS.as_bytes()).await;
    assert_eq!((counts(&made), poor(&xa).await), ([3, 0, 0, 0, 0, 0], (2, 0)), "{made}");
    let household = made["rows"][0]["record"].as_str().unwrap();
    let file = paid(household);
    let query = "area=29173&kind=supports&support=electricity";

    let dry = look(&xa, query, file.as_bytes()).await;
    assert_eq!((&dry["header"], counts(&dry)), (&json!(4), [0, 4, 0, 0, 2, 1]), "{dry}");
    assert_eq!(rows(&dry, "refused"), [(8, "B".to_owned()), (9, "F".to_owned())]);
    let of_row = |report: &Value, number: u64| {
        report["rows"].as_array().unwrap().iter().find(|row| row["row"] == number).unwrap().clone()
    };
    let said = |row: &Value| row["problems"][0]["vi"].as_str().unwrap_or_default().to_owned();
    assert!(said(&of_row(&dry, 8)).contains("Người Lạ ở ấp 4"), "{dry}");
    assert!(said(&of_row(&dry, 9)).contains("năm 2011"), "{dry}");
    assert_eq!(said(&of_row(&dry, 10)), "chưa rõ có được hưởng không");
    assert_eq!(
        (&of_row(&dry, 5)["record"], &of_row(&dry, 7)["record"]),
        (&json!(household), &json!(household))
    );
    assert_eq!(listed(&xa, "served_electricity").await, 0, "a dry run writes nothing");

    // Meanwhile an officer has written another sum.
    let given = json!({
        "round": "2011", "quarter": 1, "households": [household], "given": true, "paid": 80_000,
        "by": "Điện lực Ba Tri",
    });
    let given = xa.post("/api/v1/supports/electricity/given", &given).await.unwrap();
    assert_eq!((given.status, &given.body["written"]), (200, &json!(1)), "{}", given.text);
    let report = write(&xa, query, file.as_bytes()).await;
    assert_eq!(counts(&report), [0, 3, 0, 1, 2, 1], "{report}");
    assert_eq!(listed(&xa, "served_electricity").await, 2);
    assert_eq!(listed(&xa, "served_else_electricity").await, 1);
    let hai = standing(&xa, household).await;
    for (field, value) in [
        ("support/electricity_2012_1/served", json!(true)),
        ("support/electricity_2012_1/amount", json!(80_000)),
        ("support/electricity_2012_2/served", json!(true)),
        ("support/electricity_2012_2/amount", json!(90_500)),
        ("support/electricity_2012_2/by", Value::Null),
    ] {
        assert_eq!(hai[field], value, "{field}: {hai}");
    }
    let ba = standing(&xa, of_row(&report, 6)["record"].as_str().unwrap()).await;
    assert_eq!(ba["support/electricity_2012_1/by"], "Điện lực Ba Tri");
    let open = conflicts(&xa).await;
    let conflict = |open: &[Value]| match open {
        [one] => (one["field"].clone(), one["lost"][0]["value"].clone()),
        _ => panic!("{open:?}"),
    };
    assert_eq!(conflict(&open), (json!("support/electricity_2012_1/amount"), json!(90_000)));
    let again = write(&xa, query, file.as_bytes()).await;
    assert_eq!((counts(&again), &again["import"]), ([0, 0, 4, 0, 2, 1], &Value::Null));

    // Undone, what the officer wrote stays.
    let import = report["import"].as_str().unwrap();
    let undone = xa.post(&format!("/api/v1/imports/{import}/undo"), &Value::Null).await.unwrap();
    assert_eq!((undone.status, &undone.body["refused"]), (200, &json!(0)), "{}", undone.text);
    assert_eq!(
        (listed(&xa, "served_electricity").await, listed(&xa, "served_else_electricity").await),
        (1, 0)
    );
    let hai = standing(&xa, household).await;
    assert_eq!(hai["support/electricity_2012_1/amount"], 80_000);
    assert_eq!(hai["support/electricity_2012_2/served"], Value::Null);
    assert!(conflicts(&xa).await.is_empty());
    assert_eq!((poor(&xa).await, hai["removed"].clone()), ((2, 0), Value::Null));

    // What neither the file nor the query says is asked for.
    for (query, field) in [
        ("area=29173&kind=supports", "support"),
        ("area=29173&kind=supports&support=yachts", "support"),
        ("area=29173&kind=supports&support=electricity", "quarter"),
        ("area=29173&kind=supports&support=electricity&quarter=5", "quarter"),
    ] {
        let answer = send(&xa, query, "TT;Họ tên;Ấp\n1;Lê Văn Ba;5\n").await;
        assert_eq!((answer.status, &answer.body["field"]), (400, &json!(field)), "{query}: {}", answer.body);
        assert!(answer.body["vi"].is_string(), "{query}");
    }
    server.stop();
    assert!(run(&["verify", "--data", data.path().to_str().unwrap()]).unwrap().contains("all agree"));
}

/// A list of several supports, by the days on which they were given.
fn given_by_day() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("Cấp phát").unwrap();
    let (plain, date) = (Format::new(), Format::new().set_num_format("dd/mm/yyyy"));
    sheet.merge_range(0, 0, 0, 5, "DANH SÁCH CẤP TIỀN", &plain).unwrap();
    for (column, head) in (0..).zip(["TT", "Chủ hộ", "Ấp", "Chính sách", "Ngày nhận", "Số tiền"])
    {
        text(sheet, 2, column, head, "Times New Roman");
    }
    for (row, support, day) in [
        (3, "HỖ TRỢ TIỀN ĐIỆN", 40_983),
        (4, "Du thuyền", 40_983),
        // The first of December of the year before.
        (5, "Hỗ trợ tiền điện", 40_878),
    ] {
        sheet.write_number(row, 0, row - 2).unwrap();
        text(sheet, row, 1, "NguyÔn ThÞ BÐ", ".VnTime");
        sheet.write_number(row, 2, 4).unwrap();
        text(sheet, row, 3, support, "Times New Roman");
        sheet.write_number_with_format(row, 4, day, &date).unwrap();
        sheet.write_number(row, 5, 90_000).unwrap();
    }
    sheet.merge_range(6, 1, 6, 4, "Tổng cộng", &plain).unwrap();
    sheet.write_number(6, 5, 270_000).unwrap();
    book.save_to_buffer().unwrap()
}

#[tokio::test]
async fn a_closed_round_takes_supports_from_a_workbook_and_from_the_command_line() {
    let (server, data) = register().await;
    let xa = Person::sign_in(&server, "xa").await.unwrap();
    let lan = Person::sign_in(&server, "lan").await.unwrap();
    let operation = json!({
        "id": "00000000-0000-0000-0000-0000000001b3", "household": SURVEYED, "round": "2011",
        "stamp": "01335678cbc4-0001-00000000000000b3", "changes": [{"field": "no_income", "value": true}],
    });
    let pushed = lan.post("/api/v1/sync/push", &json!({ "operations": [operation] })).await.unwrap();
    assert_eq!(pushed.status, 200, "{}", pushed.text);
    let declared = json!({"fields": {"declared/households": 40}});
    assert_eq!(xa.patch("/api/v1/rounds/2011/areas/29173-04", &declared).await.unwrap().status, 200);
    let stages = ["open", "survey", "meeting", "posting", "recognised", "closed"];
    for (from, to) in std::iter::once(None).chain(stages.map(Some)).zip(stages) {
        let body = json!({"from": from, "to": to, "why": null});
        let moved = xa.post("/api/v1/rounds/2011/communes/29173/stage", &body).await.unwrap();
        assert_eq!(moved.status, 200, "{to}: {}", moved.text);
    }

    let query = "area=29173&kind=supports";
    let report = write(&xa, query, &given_by_day()).await;
    assert_eq!(counts(&report), [0, 1, 0, 0, 2, 1], "{report}");
    assert_eq!(rows(&report, "refused"), [(5, "D".to_owned()), (6, "E".to_owned())]);
    assert_eq!(listed(&xa, "served_electricity").await, 1);
    let be = standing(&xa, SURVEYED).await;
    assert_eq!(be["support/electricity_2012_1/amount"], 90_000);
    let round = xa.get("/api/v1/rounds/2011/communes/29173").await.unwrap();
    assert_eq!(round.body["late"], 0, "{}", round.text);

    server.stop();
    let path = data.path().join("tien dien.csv");
    fs::write(&path, "TT;Họ tên;Ấp;Số tiền\n1;Nguyễn Thị Bé;4;90.000\n2;Người Lạ;4;90.000\n").unwrap();
    let (at, path) = (data.path().to_str().unwrap(), path.to_str().unwrap());
    let import = |more: &[&str]| {
        let args = ["import", path, "--data", at, "--area", "29173", "--round", "2011", "--kind", "supports"];
        run(&[args.as_slice(), &["--support", "electricity", "--quarter", "2"], more].concat()).unwrap()
    };
    let dry = import(&[]);
    assert!(
        dry.contains("0 new, 1 changed")
            && dry.contains("nothing was written")
            && dry.contains("no household in the register has the head Người Lạ"),
        "{dry}"
    );
    let written = import(&["--yes"]);
    let id = written.rsplit_once("--undo ").unwrap().1.trim_end_matches(['`', '\n']);
    assert!(import(&["--yes"]).contains("nothing was written"));
    let undone = run(&["import", "--data", at, "--undo", id]).unwrap();
    assert!(undone.starts_with("undone: 1 records"), "{undone}");
    assert!(run(&["verify", "--data", at]).unwrap().contains("all agree"));
}
