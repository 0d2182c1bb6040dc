//! Our workbooks in other programs: formulas worked out anew, and sheets as an office prints them.
//!
//! It runs only in the long form of the tests.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rust_xlsxwriter::{Formula, Workbook};
use soho_shared::report::{Cell, Kind, Line, Table};
use soho_tests::server::{long, run, soho};

use crate::DEMONSTRATION;

const KINDS: [&str; 12] = [
    "district",
    "commune",
    "residence",
    "causes",
    "groups",
    "bands",
    "movement",
    "origins",
    "minorities",
    "targets",
    "headline",
    "gap",
];

/// Reports of the province that are printed: all with the figures of 2010, and movement.
const PRINTED: [&[&str]; 9] = [
    &["district", "--round", "2010"],
    &["residence", "--round", "2010"],
    &["commune", "--round", "2010"],
    &["bands", "--round", "2010"],
    &["causes", "--round", "2010", "--by", "commune"],
    &["groups", "--round", "2010", "--by", "commune"],
    &["movement", "--round", "2011", "--by", "commune"],
    &["movement", "--round", "2015", "--by", "commune"],
    &["movement", "--round", "2015", "--by", "commune", "--class", "near_poor"],
];

/// Writes a report as a workbook; false where it is refused.
fn write(data: &str, report: &[&str], file: &Path) -> bool {
    let mut command = Command::new(soho());
    command.arg("report").args(report).args(["--data", data, "--format", "xlsx"]);
    command.stdout(File::create(file).unwrap()).stderr(Stdio::null()).status().unwrap().success()
}

/// The first sheet of a workbook as bare values, as stored or worked out anew.
fn values(file: &Path, anew: bool) -> String {
    let to = file.with_extension(if anew { "anew" } else { "stored" });
    let mut ssconvert = Command::new("ssconvert");
    ssconvert.args(anew.then_some("--recalc")).args(["-T", "Gnumeric_stf:stf_assistant", "-O", "format=raw"]);
    let done = ssconvert.arg(file).arg(&to).stderr(Stdio::null()).status().unwrap();
    assert!(done.success(), "ssconvert failed on {}", file.display());
    fs::read_to_string(to).unwrap()
}

#[test]
fn what_formulas_come_to_is_what_is_stored_beside_them() {
    if !long() {
        println!("only in the long form: cargo xtask test --long");
        return;
    }
    let (directory, data) = (tempfile::tempdir().unwrap(), DEMONSTRATION.copy().unwrap());
    let data = data.path().to_str().unwrap();
    for kind in KINDS {
        for area in ["83", "836", "29173"] {
            let file = directory.path().join(format!("{kind}-{area}.xlsx"));
            // A report that the area does not have is refused.
            if !write(data, &[kind, "--round", "2012", "--area", area], &file) {
                assert_ne!(area, "83", "{kind}");
                continue;
            }
            assert_eq!(values(&file, true), values(&file, false), "{kind} of {area}");
        }
    }
}

/// Settings of LibreOffice: numbers as in Vietnamese, and formulas of files worked out anew or never.
fn settings(anew: bool) -> String {
    let item = |path: &str, name: &str, value: &str| {
        format!(
            "<item oor:path=\"/org.openoffice.{path}\"><prop oor:name=\"{name}\" oor:op=\"fuse\">\
             <value>{value}</value></prop></item>"
        )
    };
    let language = item("Setup/L10N", "ooSetupSystemLocale", "vi");
    let formulas = item("Office.Calc/Formula/Load", "OOXMLRecalcMode", if anew { "0" } else { "1" });
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <oor:items xmlns:oor=\"http://openoffice.org/2001/registry\">{language}{formulas}</oor:items>"
    )
}

/// What LibreOffice prints of workbooks: of each the text of its pages.
fn printed(files: &[PathBuf], anew: bool) -> Vec<Vec<String>> {
    let office = tempfile::tempdir().unwrap();
    let profile = office.path().join("profile");
    fs::create_dir_all(profile.join("user")).unwrap();
    fs::write(profile.join("user/registrymodifications.xcu"), settings(anew)).unwrap();
    let mut soffice = Command::new("soffice");
    soffice.arg(format!("-env:UserInstallation=file://{}", profile.display()));
    soffice.args(["--headless", "--convert-to", "pdf", "--outdir"]).arg(office.path()).args(files);
    let done = soffice.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(done.success(), "soffice failed");
    let names = files.iter().map(|file| Path::new(file.file_name().unwrap()).with_extension("pdf"));
    names.map(|name| pages(&office.path().join(name))).collect()
}

fn pages(pdf: &Path) -> Vec<String> {
    let read = Command::new("pdftotext").arg("-layout").arg(pdf).arg("-").output().unwrap();
    assert!(read.status.success(), "{}: {}", pdf.display(), String::from_utf8_lossy(&read.stderr));
    let text = String::from_utf8(read.stdout).unwrap();
    text.split_terminator('\u{c}').map(ToOwned::to_owned).collect()
}

/// Writes a workbook whose formula comes to 3, with 777 stored beside it.
fn contradiction(file: &Path) {
    let mut book = Workbook::new();
    let formula = Formula::new("1+2").set_result("777");
    book.add_worksheet().write_formula(0, 0, formula).unwrap();
    book.save(file).unwrap();
}

/// A line of a table as it stands on paper, its words one space apart.
fn on_paper(table: &Table, line: &Line) -> String {
    let cells = table.columns.iter().zip(&line.cells).map(|(column, cell)| match (column.kind, cell) {
        (Kind::Number, Cell::Count(number)) => number.to_string(),
        (_, Cell::Count(number)) => grouped(*number),
        (_, Cell::Percent(Some(rate))) => format!("{}%", rate.to_string().replace('.', ",")),
        _ => cell.plain(),
    });
    spaced(&cells.collect::<Vec<_>>().join(" "))
}

fn grouped(n: i64) -> String {
    if n < 1_000 { n.to_string() } else { format!("{}.{:03}", grouped(n / 1_000), n % 1_000) }
}

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Checks that the pages begin with the sheet to hand in: numbered, with all heads on each, and each line once.
fn has_each_line(pages: &[String], table: &Table, report: &[&str]) {
    let number = |page: usize| format!("Trang {page}/{}", pages.len());
    // Behind them come the sheets for programs.
    let sheets = (1..).zip(pages).take_while(|(page, text)| text.contains(&number(*page)));
    let sheets: Vec<&String> = sheets.map(|(_, text)| text).collect();
    let heads = table.columns.iter().flat_map(|column| [Some(&column.head), column.group.as_ref()]);
    let heads: Vec<&str> = heads.flatten().flat_map(|head| head.vi.split_whitespace()).collect();
    for sheet in &sheets {
        let words: Vec<&str> = sheet.split_whitespace().collect();
        for head in &heads {
            assert!(words.contains(head), "{report:?}: {head} is not on the sheet:\n{sheet}");
        }
    }
    let lines: Vec<String> = sheets.iter().flat_map(|sheet| sheet.lines()).map(spaced).collect();
    for line in &table.lines {
        let expected = on_paper(table, line);
        let many = lines.iter().filter(|found| **found == expected).count();
        assert_eq!(many, 1, "{report:?}: {expected}");
    }
}

#[test]
fn libreoffice_prints_each_line_and_comes_to_the_same_figures() {
    if !long() {
        println!("only in the long form: cargo xtask test --long");
        return;
    }
    let (directory, data) = (tempfile::tempdir().unwrap(), DEMONSTRATION.copy().unwrap());
    let data = data.path().to_str().unwrap();
    let file = |name: &str| directory.path().join(name).with_extension("xlsx");
    let mut files: Vec<PathBuf> = PRINTED.iter().map(|report| file(&report.concat())).collect();
    for (report, file) in PRINTED.iter().zip(&files) {
        assert!(write(data, report, file), "{report:?}");
    }
    let last = file("contradiction");
    contradiction(&last);
    files.push(last);

    let [mut stored, mut anew] = [false, true].map(|anew| printed(&files, anew));
    let [trusted, computed] = [&mut stored, &mut anew].map(|all| all.pop().unwrap().concat());
    assert_eq!([trusted.trim(), computed.trim()], ["777", "3"]);
    for (report, (stored, anew)) in PRINTED.iter().zip(stored.iter().zip(&anew)) {
        assert_eq!(stored, anew, "{report:?}");
        let table = run(&[&["report"], *report, &["--data", data, "--format", "table"]].concat()).unwrap();
        has_each_line(stored, &serde_json::from_str(&table).unwrap(), report);
    }
}
