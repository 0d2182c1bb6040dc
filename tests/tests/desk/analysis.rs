//! What is exported for analysts, read back by DuckDB and as CSV.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use soho_tests::people::Person;
use soho_tests::server::{Server, run};

use crate::DEMONSTRATION;

/// Runs a Python script that reads this from its input, and returns the JSON that it prints; `None` where there is no Python
/// with DuckDB and NumPy.
fn python(folder: &Path, script: &str, input: &str) -> Option<Value> {
    let python = std::env::var("SOHO_DUCKDB").ok()?;
    let file = folder.join("../input");
    fs::write(&file, input).unwrap();
    let mut python = Command::new(python);
    python.args(["-c", script]).current_dir(folder).stdin(fs::File::open(file).unwrap());
    let output = python.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// Runs statements in DuckDB within a folder, and returns the rows of the last one as JSON.
fn duckdb(folder: &Path, statements: &str) -> Option<Vec<Value>> {
    let script = "import duckdb, json, sys\n\
                  made = duckdb.connect()\n\
                  for one in duckdb.extract_statements(sys.stdin.read()): made.execute(one)\n\
                  names = [column[0] for column in made.description]\n\
                  print(json.dumps([dict(zip(names, row)) for row in made.fetchall()], default=str))";
    python(folder, script, statements)?.as_array().cloned()
}

/// Poverty gap and severity (FGT 1 and 2) of households with a known income, in percent over households and over people, and
/// the sum of a year that would lift all to the line: as they are defined.
const GAP: &str = "\
import csv, json, sys
import numpy as np
rows = [row for row in csv.DictReader(open('households/round=2012/households.csv', encoding='utf-8-sig')) if row['annual_net_vnd']]
told = {}
for district in sorted({row['district'] for row in rows}):
    of = [row for row in rows if row['district'] == district]
    people = np.array([int(row['members']) for row in of])
    net = np.array([int(row['annual_net_vnd']) for row in of])
    line = np.array([400_000 if row['residence'] == 'rural' else 500_000 for row in of])
    gap = np.maximum(0, (line - net / 12 / people) / line)
    rates = [100 * np.average(gap ** power, weights=weights) for power in (1, 2) for weights in (np.ones(len(of)), people)]
    lift = int(np.maximum(0, line * 12 * people - net).sum())
    told[district] = [len(of), int(people.sum()), *(float(rate) for rate in rates), lift]
print(json.dumps(told))
";

/// The columns of the report, in the order of what the script tells.
const GAP_COLUMNS: [&str; 7] = [
    "households",
    "persons",
    "gap_households",
    "gap_persons",
    "severity_households",
    "severity_persons",
    "missing",
];

#[test]
fn the_poverty_gap_is_what_its_definition_says() {
    let (directory, data) = (tempfile::tempdir().unwrap(), DEMONSTRATION.copy().unwrap());
    let csv = directory.path().join("csv");
    let [data, folder] = [data.path(), &csv].map(|path| path.to_str().unwrap());
    run(&["export", "--data", data, "--csv", folder]).unwrap();
    let report = run(&["report", "gap", "--data", data, "--round", "2012", "--format", "table"]).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    let Some(defined) = python(&csv, GAP, "") else {
        println!("without NumPy: run by cargo xtask test");
        return;
    };
    let columns: Vec<&str> =
        report["columns"].as_array().unwrap().iter().map(|column| column["id"].as_str().unwrap()).collect();
    let place = |id: &str| {
        columns.iter().position(|column| *column == id).unwrap_or_else(|| panic!("{id}: {columns:?}"))
    };
    let places = GAP_COLUMNS.map(place);
    let districts = report["lines"].as_array().unwrap().iter().filter(|line| line["kind"] == "unit");
    let mut compared = 0;
    for line in districts {
        let expected = defined[line["code"].as_str().unwrap()].as_array().unwrap();
        for (place, expected) in places.into_iter().zip(expected) {
            let cell = &line["cells"][place];
            let told = cell.as_str().map_or_else(|| cell.as_f64().unwrap(), |rate| rate.parse().unwrap());
            // Rates are told with two decimals.
            assert!(
                (told - expected.as_f64().unwrap()).abs() <= 0.005_000_1,
                "{} {line} {expected}",
                columns[place]
            );
        }
        compared += 1;
    }
    assert_eq!(compared, 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn analysts_count_what_the_server_counts() -> anyhow::Result<()> {
    let (directory, data) = (tempfile::tempdir()?, DEMONSTRATION.copy()?);
    let (parquet, csv) = (directory.path().join("parquet"), directory.path().join("csv"));
    let [data_arg, parquet_arg, csv_arg] = [data.path(), &parquet, &csv].map(|path| path.to_str().unwrap());
    let said = run(&["export", "--data", data_arg, "--parquet", parquet_arg])?;
    assert!(said.contains(" households and "), "{said}");
    let refused = run(&["export", "--data", data_arg, "--parquet", parquet_arg]).unwrap_err().to_string();
    assert!(refused.contains("give a new or empty folder"), "{refused}");
    run(&["export", "--data", data_arg, "--csv", csv_arg, "--names"])?;

    // Both forms hold the same rows, and names only where they were asked for.
    let read = |round: &str| -> anyhow::Result<Vec<BTreeMap<String, String>>> {
        let text = fs::read_to_string(csv.join(format!("households/round={round}/households.csv")))?;
        let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        Ok(reader.deserialize().collect::<Result<_, _>>()?)
    };
    let rows = read("2011")?;
    assert!(rows.iter().all(|row| !row["head_name"].is_empty() && row["commune"].len() == 5));
    assert!(rows.is_sorted_by_key(|row| row["commune"].clone()), "so that readers can skip");
    let dictionary = fs::read_to_string(parquet.join("dictionary.csv"))?;
    assert!(dictionary.contains("\r\nhouseholds,monthly_income_per_person_vnd,int64,"), "{dictionary}");
    assert!(!dictionary.contains("head_name"));

    let server = Server::start(data.path())?;
    let officer = Person::of_demonstration(&server, "tinh.bentre").await?;
    let mut figures = BTreeMap::new();
    for round in ["2010", "2011", "2015"] {
        let answer = officer.get(&format!("/api/v1/statistics?area=83&round={round}&by=district")).await?;
        for row in answer.body["rows"].as_array().unwrap() {
            let code = row["code"].as_str().unwrap().to_owned();
            figures.insert((code, round.to_owned()), (row["poor"].clone(), row["poor_percent"].clone()));
        }
        let of_round = read(round)?;
        let poor = of_round.iter().filter(|row| row["class"] == "poor").count();
        assert_eq!(answer.body["total"]["poor"], poor, "{round}");
    }
    // The audit trail tells of names that went out.
    let root = Person::of_demonstration(&server, "quantri").await?;
    let trail = root.get("/api/v1/audit?area=29173&limit=200").await?;
    assert!(trail.text.contains("\"exported\""), "{}", trail.text);

    let Some(found) = duckdb(&parquet, include_str!("../../../docs/analysis.sql")) else {
        println!("without DuckDB: run by cargo xtask test");
        return Ok(());
    };
    let mut compared = 0;
    for row in &found {
        let key = (row["district"].as_str().unwrap().to_owned(), row["round"].to_string());
        let Some((poor, percent)) = figures.get(&key) else { continue };
        compared += 1;
        assert_eq!(row["poor"].to_string(), poor.to_string(), "{row}");
        // Rounded half-up there as here.
        let shown = format!("{:.2}", row["poor_percent"].as_f64().unwrap());
        assert_eq!(Value::from(shown), *percent, "{row}");
    }
    assert_eq!(compared, 27, "nine districts in three rounds");
    let types = duckdb(
        &parquet,
        "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM 'households/*/*.parquet');",
    );
    let types = types.unwrap();
    let of = |name: &str| types.iter().find(|row| row["column_name"] == name).unwrap()["column_type"].clone();
    for (name, kind) in [
        ("annual_net_vnd", "BIGINT"),
        ("commune", "VARCHAR"),
        ("lacks_toilet", "BOOLEAN"),
        ("class", "VARCHAR"),
    ] {
        assert_eq!(of(name), kind, "{name}");
    }
    Ok(())
}
