//! The demonstration province against all figures that the province published for 2010, from the real server
//! over HTTP and from the command line.

mod files;
mod movement;
mod paper;
mod what_if;

use std::path::Path;

use reqwest::Method;
use serde_json::Value;
use soho_tests::people::Person;
use soho_tests::server::{Server, run};

/// Returns the figures of Kế hoạch 1051/KH-UBND ngày 21/3/2011, mục I, with misprints corrected (the file says which).
fn published() -> Value {
    serde_json::from_str(include_str!("../../../data/baseline_2010.json")).unwrap()
}

async fn get(officer: &Person, path: &str) -> anyhow::Result<String> {
    Ok(officer.request(Method::GET, path).send().await?.error_for_status()?.text().await?)
}

async fn figures(officer: &Person, by: &str) -> anyhow::Result<Value> {
    let path = format!("/api/v1/statistics?area=83&round=2010&by={by}");
    Ok(serde_json::from_str(&get(officer, &path).await?)?)
}

/// Checks that `found` has these parts of `expected`, under the same names.
fn same(found: &Value, expected: &Value, names: &[&str]) {
    for name in names {
        assert!(!expected[name].is_null(), "the file has no {name}: {expected}");
        assert_eq!(found[name], expected[name], "{name} of {found}");
    }
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

fn sum(rows: &[&Value], name: &str) -> i64 {
    rows.iter().map(|row| number(&row[name])).sum()
}

const ROW: [&str; 5] = ["households", "poor", "poor_percent", "near_poor", "near_poor_percent"];

/// Checks the district table and its total row.
fn check_districts(found: &Value, published: &Value) {
    let districts = list(&published["districts_in_the_plan_s_order"]);
    assert_eq!((list(&found["rows"]).len(), districts.len()), (9, 9));
    for (row, district) in list(&found["rows"]).iter().zip(districts) {
        same(row, district, &["stt", "code", "name"]);
        same(row, district, &ROW);
    }
    same(&found["total"], &published["total"], &ROW);
    assert_eq!(found["total"]["households"], published["province"]["households"]);
    assert_eq!((&found["round"], &found["standard"]), (&published["round"], &published["standard"]));
}

fn check_residence(found: &Value, published: &Value) {
    for part in ["rural", "urban"] {
        let names =
            ["poor", "poor_percent_of_all_households", "near_poor", "near_poor_percent_of_all_households"];
        same(&found["residence"][part], &published["residence"][part], &names);
    }
}

fn check_causes_and_groups(found: &Value, published: &Value) {
    for (name, columns) in [
        ("poor_by_main_cause", ["id", "vi", "households"]),
        ("poor_by_group_overlapping", ["id", "vi", "households"]),
    ] {
        assert_eq!((list(&found[name]).len(), list(&published[name]).len()), (4, 4));
        for (share, expected) in list(&found[name]).iter().zip(list(&published[name])) {
            same(share, expected, &columns);
            if let Some(percent) = expected.get("percent") {
                assert_eq!(&share["percent"], percent, "{share}");
            }
        }
    }
    assert_eq!(found["poor_by_group_overlapping"][0]["percent"], "42.07");
}

fn check_bands(found: &Value, published: &Value) {
    let (found, published) = (&found["communes_by_poor_rate"], &published["communes_by_poor_rate"]);
    // The plan's words are “over 30 %” and “from 25 to under 30 %”, and no commune has exactly 30 %.
    for (band, name) in [
        ("over_30", "over_30"),
        ("from_25_to_30", "from_25_to_under_30"),
        ("from_20_to_under_25", "from_20_to_under_25"),
        ("under_20", "under_20"),
    ] {
        same(&found[band], &published[name], &["count"]);
        assert_eq!(
            list(&found[band]["communes"]).len(),
            usize::try_from(number(&found[band]["count"])).unwrap()
        );
    }
    let named = |band: &Value| {
        let mut communes: Vec<[String; 3]> = list(&band["communes"])
            .iter()
            .map(|c| ["code", "name", "district"].map(|part| c[part].as_str().unwrap().to_owned()))
            .collect();
        communes.sort();
        communes
    };
    assert_eq!(named(&found["over_30"]), named(&published["over_30"]));
}

/// Checks the table by commune: 164 rows that add up to the districts' rows.
fn check_communes(communes: &Value, districts: &Value) {
    let rows: Vec<&Value> = list(&communes["rows"]).iter().collect();
    assert_eq!(rows.len(), 164);
    for district in list(&districts["rows"]) {
        let of: Vec<&Value> =
            rows.iter().copied().filter(|row| row["district"] == district["code"]).collect();
        for name in ["households", "persons", "poor", "near_poor", "low_income", "above"] {
            assert_eq!(sum(&of, name), number(&district[name]), "{name} of {}", district["name"]);
        }
        assert_eq!(sum(&of, "undecided"), 0);
    }
    for part in
        ["total", "residence", "poor_by_main_cause", "poor_by_group_overlapping", "communes_by_poor_rate"]
    {
        assert_eq!(communes[part], districts[part]);
    }
}

/// Returns the CSV of the plan's table that follows from the published figures.
fn csv(published: &Value) -> String {
    let line = |stt: String, name: &str, row: &Value| {
        let [households, poor, near_poor] = ["households", "poor", "near_poor"].map(|n| number(&row[n]));
        let [poor_percent, near_poor_percent] =
            ["poor_percent", "near_poor_percent"].map(|n| row[n].as_str().unwrap().replace('.', ","));
        format!("{stt},{name},{households},{poor},\"{poor_percent}\",{near_poor},\"{near_poor_percent}\"\r\n")
    };
    let mut text = "\u{feff}STT,Đơn vị,Tổng số hộ dân,Hộ nghèo,Tỷ lệ hộ nghèo (%),\
                    Hộ cận nghèo,Tỷ lệ hộ cận nghèo (%)\r\n"
        .to_owned();
    for district in list(&published["districts_in_the_plan_s_order"]) {
        text += &line(district["stt"].to_string(), district["name"].as_str().unwrap(), district);
    }
    text += &line(String::new(), "Tổng cộng", &published["total"]);
    text
}

/// The lines of a report of the province.
async fn table(officer: &Person, kind: &str, by: Option<&str>) -> anyhow::Result<Vec<Value>> {
    let by = by.map(|by| format!("&by={by}")).unwrap_or_default();
    lines(officer, &format!("/api/v1/reports/{kind}?area=83&round=2010{by}")).await
}

/// The lines of the table at an address: of each its kind, its code and its cells by the ids of their columns. Its CSV and
/// its workbook must say the same.
async fn lines(officer: &Person, path: &str) -> anyhow::Result<Vec<Value>> {
    let text = get(officer, &format!("{path}&format=table")).await?;
    let table: Value = serde_json::from_str(&text)?;
    same_as_csv(&table, &get(officer, &format!("{path}&format=csv")).await?);
    let workbook = officer.request(Method::GET, &format!("{path}&format=xlsx")).send().await?;
    let workbook = workbook.error_for_status()?.bytes().await?;
    files::same_as_workbook(&serde_json::from_str(&text)?, workbook.to_vec());
    let columns = list(&table["columns"]);
    let line = |line: &Value| {
        let ids = columns.iter().map(|column| column["id"].as_str().unwrap().to_owned());
        let mut cells: serde_json::Map<String, Value> =
            ids.zip(list(&line["cells"]).iter().cloned()).collect();
        cells.insert("line".to_owned(), line["kind"].clone());
        cells.insert("code".to_owned(), line["code"].clone());
        Value::Object(cells)
    };
    Ok(list(&table["lines"]).iter().map(line).collect())
}

/// Checks that a CSV has the cells of a table, with decimal commas.
fn same_as_csv(table: &Value, csv: &str) {
    let text = csv.strip_prefix('\u{feff}').unwrap();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let (columns, lines) = (list(&table["columns"]), list(&table["lines"]));
    assert_eq!(rows.len(), lines.len() + 1);
    for (row, line) in rows[1..].iter().zip(lines) {
        let expected = list(&line["cells"]).iter().zip(columns).map(|(cell, column)| match cell {
            Value::Null => String::new(),
            Value::String(rate) if column["kind"] == "percent" => rate.replace('.', ","),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        assert_eq!(row.iter().collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{table}");
    }
}

/// The lines of one kind: `unit`, `block`, `total`.
fn of_line<'a>(lines: &'a [Value], kind: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["line"] == kind).collect()
}

/// Checks that all published figures stand in the tables of the reports, in their CSV and in their workbooks.
async fn check_tables(officer: &Person, published: &Value) -> anyhow::Result<()> {
    let districts = table(officer, "district", None).await?;
    let published_districts = list(&published["districts_in_the_plan_s_order"]);
    assert_eq!(of_line(&districts, "unit").len(), published_districts.len());
    for (line, district) in of_line(&districts, "unit").into_iter().zip(published_districts) {
        same(line, district, &["stt", "code", "name"]);
        same(line, district, &ROW);
    }
    same(districts.last().unwrap(), &published["total"], &ROW);

    let communes = table(officer, "commune", None).await?;
    let units = of_line(&communes, "unit");
    assert_eq!(units.len(), 164);
    for district in published_districts {
        let of: Vec<&Value> =
            units.iter().copied().filter(|line| line["district"] == district["name"]).collect();
        for name in ["households", "poor", "near_poor"] {
            assert_eq!(sum(&of, name), number(&district[name]), "{name} of {}", district["name"]);
        }
    }
    same(communes.last().unwrap(), &published["total"], &ROW);

    let residence = table(officer, "residence", None).await?;
    let parts = of_line(&residence, "unit");
    for (line, part) in parts.into_iter().zip(["rural", "urban"]) {
        let names =
            ["poor", "poor_percent_of_all_households", "near_poor", "near_poor_percent_of_all_households"];
        same(line, &published["residence"][part], &names);
    }
    same(residence.last().unwrap(), &published["total"], &ROW);

    for (kind, name) in [("causes", "poor_by_main_cause"), ("groups", "poor_by_group_overlapping")] {
        for (by, many) in [("district", 9), ("commune", 164)] {
            let lines = table(officer, kind, Some(by)).await?;
            let units = of_line(&lines, "unit");
            let total = lines.last().unwrap();
            assert_eq!(units.len(), many);
            assert_eq!(total["poor"], published["total"]["poor"]);
            for share in list(&published[name]) {
                let id = share["id"].as_str().unwrap();
                assert_eq!(total[id], share["households"], "{id}");
                assert_eq!(sum(&units, id), number(&share["households"]), "{id}");
                if let Some(percent) = share.get("percent") {
                    assert_eq!(&total[&format!("{id}_percent")], percent, "{id}");
                }
            }
        }
    }
    check_bands_table(&table(officer, "bands", None).await?, published);
    Ok(())
}

/// Checks the table of communes by poor rate.
fn check_bands_table(lines: &[Value], published: &Value) {
    let published = &published["communes_by_poor_rate"];
    let blocks = of_line(lines, "block");
    let names = ["over_30", "from_25_to_under_30", "from_20_to_under_25", "under_20"];
    for (block, name) in blocks.into_iter().zip(names) {
        assert_eq!(block["communes"], published[name]["count"], "{name}");
    }
    assert_eq!((of_line(lines, "unit").len(), lines.len()), (164, 164 + 4 + 1));
    let first = lines[1..].iter().take_while(|line| line["line"] == "unit");
    let mut poorest: Vec<[&Value; 2]> = first.map(|line| [&line["code"], &line["name"]]).collect();
    poorest.sort_by(|one, other| one[0].as_str().cmp(&other[0].as_str()));
    let named = list(&published["over_30"]["communes"]).iter();
    let mut expected: Vec<[&Value; 2]> = named.map(|of| [&of["code"], &of["name"]]).collect();
    expected.sort_by(|one, other| one[0].as_str().cmp(&other[0].as_str()));
    assert_eq!(poorest, expected);
}

fn report(data: &Path, kind: &str, format: &str) -> anyhow::Result<String> {
    run(&["report", kind, "--data", data.to_str().unwrap(), "--round", "2010", "--format", format])
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demonstration_has_every_published_figure() -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let data = directory.path();
    let said = run(&["demo", "--data", data.to_str().unwrap()])?;
    println!("{said}");
    assert!(said.starts_with("Loaded 358966 of 358966 synthetic households (seed 2010) with "), "{said}");
    let published = published();

    let table = report(data, "district", "csv")?;
    assert_eq!(table, csv(&published));
    let json: Value = serde_json::from_str(&report(data, "district", "json")?)?;
    check_districts(&json, &published);

    let server = Server::start(data)?;
    let officer = Person::of_demonstration(&server, "tinh.bentre").await?;
    let districts = figures(&officer, "district").await?;
    check_districts(&districts, &published);
    check_residence(&districts, &published);
    check_causes_and_groups(&districts, &published);
    check_bands(&districts, &published);
    assert_eq!(districts["synthetic"], true);
    check_communes(&figures(&officer, "commune").await?, &districts);
    check_tables(&officer, &published).await?;
    for year in 2010..=2015 {
        movement::the_tables_say_the_same(&officer, year).await?;
    }
    for (name, part) in json.as_object().unwrap() {
        assert_eq!(&districts[name], part, "{name}");
    }
    let path = "/api/v1/reports/district?area=83&round=2010&format=csv";
    assert_eq!(get(&officer, path).await?, table);
    // Here, and not in tests of their own, because loading the province takes longer than this.
    tokio::try_join!(
        paper::the_province_is_on_screen_and_on_paper(&server, &officer),
        what_if::the_province_is_recounted_under_any_lines_while_a_slider_moves(&server),
    )?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_demonstration_has_the_same_shape() -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let data = directory.path().to_str().unwrap();
    let said = run(&["demo", "--data", data, "--households", "5000", "--seed", "7"])?;
    let records = said.split(" with ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap().to_owned();
    assert!(
        run(&["demo", "--data", data, "--households", "5000", "--seed", "7"])?.contains("were there already")
    );
    let refused = run(&["demo", "--data", data, "--households", "5001"]).unwrap_err().to_string();
    assert!(refused.contains("--households 5000 --until 2015 --seed 7"), "{refused}");
    assert!(run(&["verify", "--data", data])?.contains(&format!("{records} records")));

    let server = Server::start(directory.path())?;
    let officer = Person::of_demonstration(&server, "tinh.bentre").await?;
    let districts = figures(&officer, "district").await?;
    assert_eq!(districts["synthetic"], true);
    // 55.821 and 23.320 of 358.966, scaled down.
    let total = &districts["total"];
    assert_eq!([&total["households"], &total["poor"], &total["near_poor"]].map(number), [5_000, 778, 325]);
    assert_eq!((&total["poor_percent"], &total["near_poor_percent"]), (&"15.56".into(), &"6.50".into()));
    check_bands(&districts, &published());
    check_communes(&figures(&officer, "commune").await?, &districts);
    let causes: Vec<&Value> = list(&districts["poor_by_main_cause"]).iter().collect();
    assert_eq!(sum(&causes, "households"), 778);
    Ok(())
}
