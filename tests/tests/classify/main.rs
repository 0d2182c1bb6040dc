//! `soho classify` as a person runs it: its answers, what it refuses and why, and its speed and memory.

#![allow(clippy::unwrap_used, reason = "a test")]

mod agreement;
mod own_law;
mod points;
mod rounds;
mod rows;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

use soho_tests::server::soho;

const HEADER: &str = "id,residence,members,annual_income_vnd\n";
const WITH_DEPRIVATIONS: &str = "id,residence,members,annual_income_vnd,deprivations\n";
const ANSWER: &str = "id,monthly_income_per_person_vnd,class,problem\n";

struct Done {
    status: i32,
    out: String,
    said: String,
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(soho());
    command.arg("classify").args(args);
    command
}

fn classify(standard: &str, input: &[u8]) -> Done {
    classify_as(&["--standard", standard], input)
}

fn classify_as(args: &[&str], input: &[u8]) -> Done {
    let mut process =
        command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = process.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        // The program may end before it has read everything.
        scope.spawn(move || drop(stdin.write_all(input)));
        process.wait_with_output().unwrap()
    });
    Done {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        said: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn good_files() {
    for (standard, input, answer) in [
        ("2011", HEADER.into(), ""),
        // An income exactly on a line belongs to the class below it, and nothing is rounded to decide.
        (
            "2011",
            format!("{HEADER}a,rural,4,19200000\nb,rural,4,19200001\n"),
            "a,400000,poor,\nb,400000,near_poor,\n",
        ),
        (
            "2011",
            format!("{HEADER}a,rural,1,7200000\nb,urban,1,9000001\n"),
            "a,600000,low_income,\nb,750000,above,\n",
        ),
        // For display, halves are rounded away from zero.
        (
            "2011",
            format!("{HEADER}a,rural,1,6\nb,rural,1,-6\nc,rural,1,-5\n"),
            "a,1,poor,\nb,-1,poor,\nc,0,poor,\n",
        ),
        (
            "2006",
            format!("{HEADER}a,urban,1,3120000\nb,urban,1,3120001"),
            "a,260000,poor,\nb,260000,near_poor,\n",
        ),
        (
            "2016",
            format!("{WITH_DEPRIVATIONS}a,rural,1,12000000,3\nb,rural,1,12000000,2\n"),
            "a,1000000,poor,\nb,1000000,near_poor,\n",
        ),
        // Where income alone decides, the number of indicators may be missing.
        (
            "2016",
            format!("{WITH_DEPRIVATIONS}a,rural,1,8400000,\nb,rural,1,12000001, \n"),
            "a,700000,poor,\nb,1000000,low_income,\n",
        ),
        ("2016", format!("{HEADER}a,rural,1,8400000\n"), "a,700000,poor,\n"),
        // A standard of income alone does not read the indicators.
        ("2011", format!("{WITH_DEPRIVATIONS}a,rural,1,0,many\n"), "a,0,poor,\n"),
        // Other columns, order and separator, a byte order mark, line ends, empty lines, quotes, spaces, grouping dots.
        (
            "2011",
            "name,members,id,annual_income_vnd,residence\nLê,4,a,19200000,rural\n".into(),
            "a,400000,poor,\n",
        ),
        (
            "2011",
            "\u{feff}id;residence;members;annual_income_vnd\r\nấp 1;rural;4;19.200.001\r\n".into(),
            "ấp 1,400000,near_poor,\n",
        ),
        (
            "2011",
            "id\tresidence\tmembers\tannual_income_vnd\n\n\r\na,b\tRural\t 4 \t 19 200 000 \n\n".into(),
            "\"a,b\",400000,poor,\n",
        ),
        (
            "2011",
            format!("{HEADER}\"a \"\"b\"\"\nc\",\"rural\",\"4\",\"1,234,567\"\n"),
            "\"a \"\"b\"\"\nc\",25720,poor,\n",
        ),
        // Rows as other programs write them: decimals that are zero, cells missing or too many at the end, empty rows.
        (
            "2016",
            format!("{WITH_DEPRIVATIONS}a,rural,4.0,\"48,000,000.00\",3.0\nb,rural,1,8400000\n"),
            "a,1000000,poor,\nb,700000,poor,\n",
        ),
        (
            "2011",
            "sep=;\r\nid;residence;members;annual_income_vnd;note;by\r\na;rural;4,0;19.200.000,00\r\n".into(),
            "a,400000,poor,\n",
        ),
        (
            "2011",
            "\u{feff}sep=|\nid\u{a0}|\u{a0}Residence|members|annual_income_vnd\na|rural|4|19200001\n".into(),
            "a,400000,near_poor,\n",
        ),
        (
            "2011",
            format!("{HEADER},,,\n \u{a0}, ,,\t\n\na,rural,1,0,,\n   \n\"\",\"\"\n,,,,,,\nb,rural,1,0\n,,,"),
            "a,0,poor,\nb,0,poor,\n",
        ),
        ("2011", format!("{HEADER}007,urban,099,-1000000000000000\n"), "007,-841750841751,poor,\n"),
    ] {
        let done = classify(standard, input.as_bytes());
        assert_eq!(
            (done.out.as_str(), done.status),
            (format!("{ANSWER}{answer}").as_str(), 0),
            "{input}{}",
            done.said
        );
    }
}

#[test]
fn a_bad_row_says_which_column_and_why() {
    for (standard, row, answer) in [
        ("2011", "a,rural,,1", "a,,error,members: missing"),
        ("2011", "a,rural,0,1", "a,,error,members: `0` is not from 1 to 99"),
        ("2011", "a,rural,100,1", "a,,error,members: `100` is not from 1 to 99"),
        ("2011", "a,rural,-1,1", "a,,error,members: `-1` is not from 1 to 99"),
        ("2011", "a,rural,+5,1", "a,,error,members: `+5` is not a whole number"),
        ("2011", "a,rural,1.5,1", "a,,error,members: `1.5` is not a whole number"),
        (
            "2011",
            "a,rural,four,x1",
            "a,,error,members: `four` is not a whole number; annual_income_vnd: `x1` is not a whole number",
        ),
        ("2011", "a,rural,4,", "a,,error,annual_income_vnd: missing"),
        (
            "2011",
            "a,rural,4,12.34.567",
            "a,,error,\"annual_income_vnd: `12.34.567`: the dots and commas do not fit: write 1,234,567 or 1234567\"",
        ),
        (
            "2011",
            "a,rural,4,100.5",
            "a,,error,annual_income_vnd: `100.5`: write whole đồng; for millions add the word: 1.5 million",
        ),
        (
            "2011",
            "a,rural,4,1000000000000001",
            "a,,error,\"annual_income_vnd: `1000000000000001`: the amount is too large: at most 1,000,000,000,000,000 đồng\"",
        ),
        (
            "2011",
            "a,rural,4,-99999999999999999999",
            "a,,error,\"annual_income_vnd: `-99999999999999999999`: the amount is too large: at most 1,000,000,000,000,000 đồng\"",
        ),
        ("2011", "a,village,4,1", "a,,error,residence: `village` is neither rural nor urban"),
        ("2011", "a,,4,1", "a,,error,residence: missing"),
        ("2011", " ,rural,4,1", " ,,error,id: missing"),
        ("2011", "a,rural,4", "a,,error,only 3 of 4 fields; missing: annual_income_vnd"),
        ("2011", "a\n", "a,,error,\"only 1 of 4 fields; missing: residence, members, annual_income_vnd\""),
        ("2011", ",,,,total", ",,error,5 fields instead of 4: put a field with a separator in quotes"),
        ("2011", "a,rural,4.5,1", "a,,error,members: `4.5` is not a whole number"),
        ("2011", "a,rural,4.000,1", "a,,error,members: `4.000` is not a whole number"),
        (
            "2011",
            "a,rural,4,\"1,234\"",
            "a,,error,\"annual_income_vnd: `1,234`: this can be read as 1,234 or as 1,234,000 đồng: write the whole number\"",
        ),
        ("2011", "a,rural,4,1,234", "a,,error,5 fields instead of 4: put a field with a separator in quotes"),
        ("2011", "id, Residence,members,annual_income_vnd", "id,,error,the header is repeated here"),
        (
            "2011",
            "a,\"rural,4,1",
            "a,,error,a quotation mark is never closed: everything after it was read as this row",
        ),
        (
            "2016",
            "a,rural,1,12000000",
            "a,,error,\"deprivations: missing, and at this income it decides the class\"",
        ),
    ] {
        let input = format!("{HEADER}g,rural,1,0\n{row}");
        let done = classify(standard, input.as_bytes());
        assert_eq!(done.out, format!("{ANSWER}g,0,poor,\n{answer}\n"));
        assert_eq!(
            (done.status, done.said.as_str()),
            (1, "soho: rows with a problem: 1 of 2; their fourth field says which\n")
        );
    }
    for (standard, row, answer) in [
        (
            "2016",
            "a,rural,1,12000000,",
            "a,,error,\"deprivations: missing, and at this income it decides the class\"",
        ),
        (
            "2016",
            "a,rural,1,0,11",
            "a,,error,\"deprivations: `11` is not from 0 to 10, the standard's indicators\"",
        ),
        (
            "2022",
            "a,rural,1,0,-1",
            "a,,error,\"deprivations: `-1` is not from 0 to 12, the standard's indicators\"",
        ),
        ("2022", "a,rural,1,0,few", "a,,error,deprivations: `few` is not a whole number"),
    ] {
        let done = classify(standard, format!("{WITH_DEPRIVATIONS}{row}\n").as_bytes());
        assert_eq!((done.out, done.status), (format!("{ANSWER}{answer}\n"), 1));
    }
    let done =
        classify("2011", &[HEADER.as_bytes(), b"\xff1,rural,4,1\na,rural,\xff,1\nb,rural,4,12\n"].concat());
    let answer = "\u{fffd}1,,error,id: `\u{fffd}1` is not UTF-8\na,,error,members: `\u{fffd}` is not UTF-8\nb,0,poor,\n";
    assert_eq!((done.out, done.status), (format!("{ANSWER}{answer}"), 1));
}

#[test]
fn what_is_no_file_of_households_is_said_in_one_sentence() {
    for (input, said) in [
        ("", "there are no rows: the first must name the columns id,residence,members,annual_income_vnd"),
        (
            "H1,rural,4,1\n",
            "the first row must name the columns; it lacks id, residence, members, annual_income_vnd",
        ),
        ("id;members;residence\n", "the first row must name the columns; it lacks annual_income_vnd"),
        ("id,id,residence,members,annual_income_vnd\n", "the first row names the column id twice"),
    ] {
        let done = classify("2011", input.as_bytes());
        assert_eq!((done.status, done.said, done.out.as_str()), (1, format!("soho: {said}\n"), ""));
    }
    // Input given by mistake is named, with what to do.
    let utf16: Vec<u8> = HEADER.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(HEADER.as_bytes()).unwrap();
    let workbook = "a workbook (xlsx, ods) or another zip archive: open it in its own program and save the sheet as CSV UTF-8";
    for (input, said) in [
        (&b"PK\x03\x04\x14\0\x06\0"[..], workbook),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0",
            "an old workbook (xls): open it in its own program and save the sheet as CSV UTF-8",
        ),
        (&packed.finish().unwrap(), "a file packed with gzip: unpack it first"),
        (&utf16, "text in UTF-16 without a mark at its start: save it as CSV UTF-8"),
        (b"\xff\xfei\0d\0", "text in UTF-16: save it as CSV UTF-8"),
    ] {
        let done = classify("2011", input);
        assert_eq!((done.status, done.said, done.out.as_str()), (1, format!("soho: this is {said}\n"), ""));
    }
    let done = classify("2012", b"");
    assert_eq!(done.status, 2);
    assert!(done.said.contains("2006, 2011, 2016, 2022, 2027"), "{}", done.said);
    let missing = command(&["--standard", "2011", "/there/is/none.csv"]).output().unwrap();
    assert_eq!(missing.status.code(), Some(1));
}

#[test]
fn ten_megabytes_in_one_field() {
    const LONG: usize = 10 * 1024 * 1024;
    let mut input = b"id,residence,members,annual_income_vnd,note\na,rural,4,".to_vec();
    input.resize(input.len() + LONG, b'9');
    input.extend(b",\nb,rural,4,19200000,\"");
    input.resize(input.len() + LONG, b'\n');
    input.extend(b"\"\n");
    input.resize(input.len() + LONG, b'x');
    input.extend(b",rural,1,1,\nc,rural,1,0,\n");
    let done = classify("2011", &input);
    let lines: Vec<_> = done.out.lines().collect();
    assert_eq!(lines.len(), 5);
    assert_eq!(lines[1], "a,,error,annual_income_vnd: 10485760 bytes long; at most 4096 are read");
    assert_eq!(lines[2], "b,400000,poor,");
    assert!(
        lines[3].ends_with("x,,error,id: 10485760 bytes long; at most 4096 are read")
            && lines[3].len() < 5_000
    );
    assert_eq!(lines[4], "c,0,poor,");
    assert_eq!(done.status, 1);
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("households.csv");
    let path = file.to_str().unwrap();
    fs::write(&file, format!("{HEADER}a,rural,4,19200000\n")).unwrap();
    // The output may even replace the file that is read.
    let done = command(&["--standard", "2011", path, "--output", path]).output().unwrap();
    assert!(done.status.success() && done.stdout.is_empty(), "{done:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("{ANSWER}a,400000,poor,\n"));
    // Its own output is not accepted as input.
    let done = command(&["--standard", "2011", path, "--output", path]).output().unwrap();
    assert_eq!(done.status.code(), Some(1));
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("{ANSWER}a,400000,poor,\n"));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_million_rows_take_less_than_a_hundred_megabytes() {
    const ROWS: usize = 1_000_000;
    let dir = tempfile::tempdir().unwrap();
    let mut text = WITH_DEPRIVATIONS.to_owned();
    for i in 0..ROWS {
        let (members, income) = (1 + i % 9, i * 7_919 % 90_000_000);
        writeln!(text, "BT-{i:07},rural,{members},{income},{}", i % 11).unwrap();
    }
    let out = dir.path().join("classes.csv");
    let begun = Instant::now();
    let mut process = command(&["--standard", "2016"])
        .stdin(Stdio::piped())
        .stdout(File::create(&out).unwrap())
        .spawn()
        .unwrap();
    let mut stdin = process.stdin.take().unwrap();
    stdin.write_all(text.as_bytes()).unwrap();
    // All rows but the last are done; while the program waits for more, its memory can be read.
    let status = fs::read_to_string(format!("/proc/{}/status", process.id()));
    drop(stdin);
    assert!(process.wait().unwrap().success());
    let took = begun.elapsed();
    if let Ok(status) = status {
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB")).unwrap();
        let peak: u64 = peak.trim().parse().unwrap();
        assert!(peak < 100_000, "{peak} kB");
        println!("{ROWS} rows: {took:?}, {peak} kB");
    }
    let mut answer = csv::Reader::from_path(out).unwrap();
    let ids = answer.records().map(|row| row.unwrap()[0].to_owned());
    assert!(ids.eq((0..ROWS).map(|i| format!("BT-{i:07}"))), "the order is kept and nothing is lost");
}

#[test]
fn a_reader_that_has_enough_ends_it_quietly() {
    let mut process = command(&["--standard", "2011"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = process.stdin.take().unwrap();
    let mut first = [0; 10];
    let text = format!("{HEADER}{}", "a,rural,4,19200000\n".repeat(1_000_000));
    std::thread::scope(|scope| {
        scope.spawn(move || drop(stdin.write_all(text.as_bytes())));
        let mut stdout = process.stdout.take().unwrap();
        stdout.read_exact(&mut first).unwrap();
    });
    let done = process.wait_with_output().unwrap();
    assert!(done.status.success() && done.stderr.is_empty(), "{done:?}");
}
