//! From any number to the households behind it: pages, files and search, against the figures and against pulls.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use soho_shared::area;
use soho_shared::assess::assess;
use soho_shared::household::{Cause, Group, Household, field};
use soho_shared::names;
use soho_shared::record::{Actor, HouseholdId, Round, Stamp};
use soho_shared::standard::Class;
use soho_shared::wire::lists::{HouseholdPage, HouseholdsFound, ListedHousehold};
use soho_shared::wire::{PullResponse, PushRequest};
use soho_tests::desk::push;
use soho_tests::edits::{Dice, household, operation};
use soho_tests::people::{Answer, Person};
use soho_tests::server::Server;

use crate::DEMONSTRATION;

async fn read<T: DeserializeOwned>(person: &Person, path: &str) -> anyhow::Result<T> {
    let answer = person.get(path).await?;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    Ok(serde_json::from_str(&answer.text)?)
}

/// A whole list, page after page, and how many it says there are.
async fn whole(person: &Person, query: &str) -> anyhow::Result<(Vec<ListedHousehold>, Option<u64>)> {
    let (mut households, mut from) = (Vec::new(), String::new());
    loop {
        let page: HouseholdPage = read(person, &format!("/api/v1/households?{query}{from}")).await?;
        assert!(page.households.len() <= 100, "{query}");
        if let Some(at) = page.at {
            assert_eq!(at, households.len() as u64, "{query}");
        }
        households.extend(page.households);
        let Some(next) = page.next else { return Ok((households, page.total)) };
        from = format!("&from={next}");
    }
}

fn ids(households: &[ListedHousehold]) -> Vec<HouseholdId> {
    households.iter().map(|of| of.household).collect()
}

/// Place of a household in the order of lists.
fn place(of: &ListedHousehold) -> (Option<usize>, names::Key, HouseholdId) {
    let mut communes = area::districts().iter().flat_map(|district| area::communes_of(district.code));
    let commune = communes.position(|commune| commune.code == of.household.commune);
    (commune, names::key(of.head_name.as_deref().unwrap_or_default()), of.household)
}

fn number(of: &Value, pointer: &str) -> i64 {
    of.pointer(pointer).and_then(Value::as_i64).unwrap_or_else(|| panic!("{pointer} in {of}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_number_leads_to_the_households_behind_it() -> anyhow::Result<()> {
    let data = DEMONSTRATION.copy()?;
    let server = Server::start(data.path())?;
    let officer = Person::of_demonstration(&server, "tinh.bentre").await?;

    let counted: Value = read(&officer, "/api/v1/statistics?area=83&round=2010&by=district").await?;
    let moved_2012: Value = read(&officer, "/api/v1/reports/movement?round=2012&format=json").await?;
    let moved_2016: Value = read(&officer, "/api/v1/reports/movement?round=2016&format=json").await?;
    let count = |pointer: &str| number(&counted, pointer);
    let moved = |what: &[&str]| -> i64 {
        what.iter().map(|what| number(&moved_2012, &format!("/total/{what}"))).sum()
    };
    let checks = [
        (2010, "households", count("/total/recorded")),
        (2010, "poor", count("/total/poor")),
        (2010, "poor,near_poor", count("/total/poor") + count("/total/near_poor")),
        (2010, "low_income", count("/total/low_income")),
        (2010, "incomplete", count("/total/undecided")),
        (2010, "poor_for_lack_of_means", count("/poor_by_main_cause/0/households")),
        (2010, "poor_female_headed", count("/poor_by_group_overlapping/0/households")),
        (2012, "poor_at_start", moved(&["poor/start"])),
        (2012, "poor_still", moved(&["poor/still"])),
        (
            2012,
            "poor_to_near_poor,poor_to_low_income,poor_to_above",
            moved(&["poor/to_other", "poor/to_low_income", "poor/to_above"]),
        ),
        (2012, "poor_again,poor_new", moved(&["poor/again", "poor/new"])),
        (2012, "near_poor_to_poor", moved(&["near_poor/to_other"])),
        (
            2012,
            "poor_moved_out,poor_dissolved,poor_joined",
            moved(&["poor/moved_out", "poor/dissolved", "poor/joined"]),
        ),
        (2016, "poor_pending", number(&moved_2016, "/total/poor/pending")),
        (2012, "conflicts", 0),
    ];
    let mut found = 0;
    for (round, filter, expected) in checks {
        let (households, total) = whole(&officer, &format!("area=83&round={round}&filter={filter}")).await?;
        assert_eq!(i64::try_from(households.len())?, expected, "{filter} in {round}");
        let is_told = filter != "conflicts";
        assert_eq!(total, is_told.then(|| expected.unsigned_abs()), "{filter} in {round}");
        assert_eq!(
            ids(&households).into_iter().collect::<BTreeSet<_>>().len(),
            households.len(),
            "each once"
        );
        assert!(households.is_sorted_by_key(place), "{filter} in {round}");
        match filter {
            "poor" => assert!(households.iter().all(|of| of.class == Some(Class::Poor))),
            "poor_pending" => {
                assert!(households.iter().all(|of| of.class.is_none() && of.head_name.is_some()));
            }
            "poor_again,poor_new" => {
                let words = ["poor_again", "poor_new"];
                let says = |of: &ListedHousehold| of.moved.iter().any(|word| words.contains(&word.as_str()));
                assert!(households.iter().all(says), "{:?}", households.first());
            }
            _ => {}
        }
        found += households.len();
    }
    assert!(found > 9_000, "{found}");

    // Two conditions: how many match is not known beforehand, and who they are is the same.
    let (women, _) = whole(&officer, "area=83&round=2010&filter=poor_female_headed").await?;
    let (same, total) = whole(&officer, "area=83&round=2010&filter=poor.poor_female_headed").await?;
    assert_eq!((ids(&same), total), (ids(&women), None));
    let refused =
        officer.get("/api/v1/households?area=83&round=2010&filter=poor.poor_female_headed&offset=9").await?;
    assert_eq!(
        (refused.short().as_str(), &refused.body["field"]),
        ("400 invalid-parameter", &json!("offset"))
    );

    // The page at a place is that part of the whole.
    let (poor, _) = whole(&officer, "area=83&round=2010&filter=poor").await?;
    for at in [0, 1, 99, 100, poor.len() / 2, poor.len() - 1, poor.len(), poor.len() + 7] {
        let path = format!("/api/v1/households?area=83&round=2010&filter=poor&offset={at}&limit=37");
        let page: HouseholdPage = read(&officer, &path).await?;
        let end = (at + 37).min(poor.len());
        assert_eq!(ids(&page.households), ids(poor.get(at..end).unwrap_or_default()), "{at}");
        assert_eq!((page.at, page.total), (Some(at as u64), Some(poor.len() as u64)));
    }
    // In one commune any list has places.
    let (of_commune, total) =
        whole(&officer, "area=29173&round=2010&filter=households.poor,near_poor").await?;
    assert_eq!(total, Some(of_commune.len() as u64));
    let path = "/api/v1/households?area=29173&round=2010&filter=households.poor,near_poor&offset=1";
    let page: HouseholdPage = read(&officer, path).await?;
    assert_eq!(ids(&page.households), ids(&of_commune[1..]));
    // Hamlet by hamlet it is the commune.
    let mut by_hamlet = BTreeSet::new();
    for hamlet in 1..=20 {
        let query = format!("area=29173-{hamlet:02}&round=2010&filter=poor,near_poor");
        by_hamlet.extend(ids(&whole(&officer, &query).await?.0));
    }
    assert_eq!(by_hamlet, ids(&of_commune).into_iter().collect());

    searched(&officer, &poor).await?;
    filed(&officer).await?;
    recounted(&officer).await
}

/// What is found by name is what the list has of that name.
async fn searched(officer: &Person, poor: &[ListedHousehold]) -> anyhow::Result<()> {
    for name in ["be", "Bé", "BE thi", "nguyen", "không ai"] {
        let words = names::words(name);
        let has = |of: &&ListedHousehold| names::key(of.head_name.as_deref().unwrap_or_default()).has(&words);
        let expected: Vec<HouseholdId> = poor.iter().filter(has).map(|of| of.household).collect();
        let body = json!({"area": "83", "round": "2010", "filter": "poor", "name": name});
        let answer = officer.post("/api/v1/households/search", &body).await?;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let found: HouseholdsFound = serde_json::from_str(&answer.text)?;
        assert_eq!(ids(&found.households), expected[..expected.len().min(200)], "{name}");
        assert_eq!(found.more, expected.len() > 200, "{name}");
        let is_be = |of: &ListedHousehold| of.head_name.as_deref().is_some_and(|name| name.ends_with(" Bé"));
        assert!(name != "be" || found.households.iter().any(is_be), "{}", answer.text);
    }
    Ok(())
}

/// A file has the households of the list, in its order.
async fn filed(officer: &Person) -> anyhow::Result<()> {
    let query = "area=836&round=2010&filter=poor";
    let (listed, _) = whole(officer, query).await?;
    let file = |rest: &str| format!("/api/v1/households/file?{query}&{rest}");
    let answer = officer.get(&file("columns=household,head_name&format=csv")).await?;
    assert_eq!(answer.headers["content-type"], "text/csv; charset=utf-8");
    assert!(answer.text.starts_with("\u{feff}STT,Họ và tên chủ hộ,Mã hộ\r\n"), "{:.80}", answer.text);
    let mut rows = csv::Reader::from_reader(answer.text.as_bytes());
    let rows: Vec<(usize, String, HouseholdId)> = rows
        .records()
        .map(|row| row.map(|row| (row[0].parse().unwrap(), row[1].to_owned(), row[2].parse().unwrap())))
        .collect::<Result<_, _>>()?;
    let expected = (1..).zip(&listed);
    let expected: Vec<_> =
        expected.map(|(at, of)| (at, of.head_name.clone().unwrap_or_default(), of.household)).collect();
    assert_eq!(rows, expected);
    let workbook = officer.get(&file("format=xlsx")).await?;
    assert_eq!((workbook.status, workbook.text.get(..2)), (200, Some("PK")));
    let printed = officer.get(&file("format=print")).await?;
    assert_eq!(printed.status, 200, "{}", printed.text);
    assert_eq!(printed.headers["content-type"], "text/html; charset=utf-8");
    assert!(printed.text.contains("DANH SÁCH HỘ"), "{:.400}", printed.text);
    Ok(())
}

/// A commune's lists are what a program of its own counts from pulls.
async fn recounted(officer: &Person) -> anyhow::Result<()> {
    let mut expected: BTreeMap<(Round, &str), BTreeSet<HouseholdId>> = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let pull: PullResponse =
            read(officer, &format!("/api/v1/sync/pull?area=29173&limit=1000{cursor}")).await?;
        for record in pull.records {
            let Some(id) = record.subject.household() else { continue };
            let household = Household::read(&record.doc);
            let is_here = !household.withdrawn && household.moved_to.is_none() && !household.dissolved;
            if !is_here || record.doc.get(field::SAME_AS).is_some() {
                continue;
            }
            let class = assess(&household, id.commune, record.round).and_then(|assessed| assessed.class);
            let mut add = |filter| expected.entry((record.round, filter)).or_default().insert(id);
            add("households");
            match class {
                Some(Class::Poor) => {
                    add("poor");
                    if household.groups().any(|group| group == Group::FemaleHeaded) {
                        add("poor_female_headed");
                    }
                    if household.main_cause == Some(Cause::LackOfLabour) {
                        add("poor_for_lack_of_labour");
                    }
                }
                Some(Class::NearPoor) => {
                    add("near_poor");
                }
                _ => {}
            }
        }
        if !pull.more {
            break;
        }
        cursor = format!("&cursor={}", pull.cursor);
    }
    assert!(expected.len() > 12 && expected.values().map(BTreeSet::len).sum::<usize>() > 50, "{expected:?}");
    for ((round, filter), expected) in expected {
        let (listed, _) = whole(officer, &format!("area=29173&round={round}&filter={filter}")).await?;
        assert_eq!(ids(&listed).into_iter().collect::<BTreeSet<_>>(), expected, "{filter} in {round}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_for_officers_and_show_at_once_what_was_written() -> anyhow::Result<()> {
    let data = DEMONSTRATION.copy()?;
    let server = Server::start(data.path())?;
    let person = async |name: &str| Person::of_demonstration(&server, name).await;
    let (province, commune) = (person("tinh.bentre").await?, person("xa.anduc").await?);
    let (volunteer, admin) = (person("ap1.anduc").await?, person("quantri").await?);

    let search = json!({"area": "29173", "round": "2010", "name": "be"});
    let asked = async |person: &Person, area: &str| -> anyhow::Result<Vec<String>> {
        let mut body = search.clone();
        body["area"] = json!(area);
        let answers: [Answer; 3] = [
            person.get(&format!("/api/v1/households?area={area}&round=2010")).await?,
            person.get(&format!("/api/v1/households/file?area={area}&round=2010&format=csv")).await?,
            person.post("/api/v1/households/search", &body).await?,
        ];
        Ok(answers.iter().map(Answer::short).collect())
    };
    for (who, area, expected) in [
        (&commune, "29173", "200"),
        (&commune, "29173-01", "200"),
        (&commune, "836", "403 outside-areas"),
        (&volunteer, "29173", "403 outside-areas"),
        (&volunteer, "29173-01", "403 forbidden"),
        (&admin, "83", "403 forbidden"),
    ] {
        assert_eq!(asked(who, area).await?, [expected; 3], "{area}");
    }
    // Who read what stands in the audit trail.
    let trail = admin.get("/api/v1/audit?area=29173&limit=500").await?;
    let entries = trail.body["entries"].as_array().unwrap();
    let of_commune = |entry: &&Value| entry["by"]["account"] == "xa.anduc" && entry["action"] == "read";
    let read_there = entries.iter().filter(of_commune);
    assert!(read_there.filter(|entry| !entry["households"].as_array().unwrap().is_empty()).count() >= 4);

    for (query, field) in [
        ("area=29173&round=2010&filter=rich", "filter"),
        ("area=29173&round=2010&filter=", "filter"),
        ("area=29173&round=2010&filter=persons", "filter"),
        ("area=29173&round=2010&limit=101", "limit"),
        ("area=29173&round=2010&from=29173", "from"),
        ("area=29173&round=2010&from=29173.-1", "from"),
        ("area=29173&round=2010&from=28756.0", "from"),
        ("area=29173&round=2010&from=29173.0&offset=1", "offset"),
        ("area=29173&round=2010&name=be", "name"),
    ] {
        let answer = commune.get(&format!("/api/v1/households?{query}")).await?;
        assert_eq!(
            (answer.short().as_str(), &answer.body["field"]),
            ("400 invalid-parameter", &json!(field)),
            "{query}"
        );
        assert!(answer.body["vi"].is_string(), "{query}");
    }
    for (query, field) in [("columns=salary&format=csv", "columns"), ("format=pdf", "format")] {
        let answer = commune.get(&format!("/api/v1/households/file?area=29173&round=2010&{query}")).await?;
        assert_eq!(
            (answer.short().as_str(), &answer.body["field"]),
            ("400 invalid-parameter", &json!(field)),
            "{query}"
        );
    }
    let long = json!({"area": "29173", "round": "2010", "name": "b".repeat(101)});
    let answer = commune.post("/api/v1/households/search", &long).await?;
    assert_eq!((answer.status, &answer.body["field"]), (422, &json!("name")), "{}", answer.text);

    // A new household on which two people disagree, and which nobody has asked about its income.
    let (before, _) = whole(&commune, "area=29173&round=2016").await?;
    let id = household("29173", 7);
    let mut dice = Dice::new(3);
    let operations = [(0xabc1_u64, 4_i64), (0xabc2, 5)].map(|(writer, members)| {
        let set = [("hamlet", 1.into()), ("head/name", "Hồ Thị Bé".into()), ("member_count", members.into())];
        let mut operation = operation(&mut dice, id, 1_470_000_000_000, set);
        operation.round = Round::new(2016).unwrap();
        operation.stamp = Stamp::new(1_470_000_000_000 + writer, 0, Actor(writer)).unwrap();
        operation
    });
    let request = serde_json::to_value(PushRequest { clock: None, operations: operations.to_vec() })?;
    let answer = commune.post("/api/v1/sync/push", &request).await?;
    let statuses: Vec<&Value> =
        answer.body["results"].as_array().unwrap().iter().map(|of| &of["status"]).collect();
    assert_eq!(statuses, ["accepted", "conflict"], "{}", answer.text);
    let (after, total) = whole(&commune, "area=29173&round=2016").await?;
    assert_eq!((after.len(), total), (before.len() + 1, Some(before.len() as u64 + 1)));
    for filter in ["conflicts", "conflicts.incomplete", "conflicts,late.households"] {
        let (listed, _) = whole(&province, &format!("area=83&round=2016&filter={filter}")).await?;
        assert_eq!(ids(&listed), [id], "{filter}");
        assert_eq!((listed[0].members, listed[0].class, listed[0].hamlet), (Some(5), None, Some(1)));
    }
    let (incomplete, total) = whole(&province, "area=83&round=2016&filter=incomplete").await?;
    let counted: Value = read(&province, "/api/v1/statistics?area=83&round=2016").await?;
    assert!(ids(&incomplete).contains(&id));
    assert_eq!(total, Some(number(&counted, "/total/undecided").unsigned_abs()));
    assert_eq!(incomplete.len() as u64, total.unwrap());

    // It gets another name, while the list with the one before and with all others' is in memory.
    let mut renamed = operation(&mut dice, id, 1_470_000_300_000, vec![("head/name", "Trần Thị Út".into())]);
    renamed.round = Round::new(2016).unwrap();
    push(&commune, vec![renamed]).await?;
    for (name, is_found) in [("tran ut", true), ("ho be", false)] {
        let body = json!({"area": "29173", "round": "2016", "name": name});
        let answer = commune.post("/api/v1/households/search", &body).await?;
        let found: HouseholdsFound = serde_json::from_str(&answer.text)?;
        assert_eq!(ids(&found.households).contains(&id), is_found, "{name}: {}", answer.text);
    }
    let (renamed, _) = whole(&commune, "area=29173&round=2016").await?;
    let names: Vec<_> =
        renamed.iter().map(|of| names::key(of.head_name.as_deref().unwrap_or_default())).collect();
    assert!(names.is_sorted() && names.contains(&names::key("Trần Thị Út")));
    assert_eq!(renamed.len(), after.len());
    Ok(())
}
