//! Movement in the demonstration, counted once more by a program of its own that reads pulls alone.

use std::collections::BTreeMap;

use serde_json::Value;
use soho_shared::assess::{assess, assess_opening};
use soho_shared::household::{Household, field};
use soho_shared::record::{HouseholdId, Round};
use soho_shared::standard::Class;
use soho_shared::wire::PullResponse;
use soho_tests::people::Person;
use soho_tests::server::{Server, long};

use super::{get, lines, list, number, of_line, run};

/// What one record says.
struct Said {
    class: Option<Class>,
    opening: Option<Class>,
    came: Option<&'static str>,
    left: Option<&'static str>,
    is_joined: bool,
}

/// The rounds: those of the demonstration, and the one after, whose list has to be visited.
const ROUNDS: std::ops::RangeInclusive<u16> = 2010..=2016;

type Counts = BTreeMap<(String, u16, &'static str), BTreeMap<&'static str, i64>>;

/// Everything that the province's officer is given, household by household.
async fn pulled(officer: &Person) -> anyhow::Result<BTreeMap<HouseholdId, BTreeMap<u16, Said>>> {
    let mut households: BTreeMap<HouseholdId, BTreeMap<u16, Said>> = BTreeMap::new();
    let mut cursor = String::new();
    let mut declared = 0;
    loop {
        let path = format!("/api/v1/sync/pull?area=83&limit=1000&areas=true{cursor}");
        let page: PullResponse = serde_json::from_str(&get(officer, &path).await?)?;
        for record in page.records {
            let Some(id) = record.subject.household() else {
                declared += i64::from(record.round == Round::CENSUS_2010);
                continue;
            };
            let household = Household::read(&record.doc);
            if household.withdrawn {
                continue;
            }
            let class = |assessed: Option<soho_shared::assess::Assessment>| assessed.and_then(|of| of.class);
            let is_gone = household.moved_to.is_some() || household.dissolved;
            let said = Said {
                class: class(assess(&household, id.commune, record.round)).filter(|_| !is_gone),
                opening: class(assess_opening(&household, id.commune, record.round)).filter(|_| !is_gone),
                came: match (&household.moved_from, household.split_from) {
                    (Some(_), _) => Some("moved_in"),
                    (None, Some(_)) => Some("split_off"),
                    (None, None) => None,
                },
                left: match (&household.moved_to, household.dissolved) {
                    (_, true) => Some("dissolved"),
                    (Some(_), false) => Some("moved_out"),
                    (None, false) => None,
                },
                is_joined: record.doc.get(field::SAME_AS).is_some(),
            };
            households.entry(id).or_default().insert(record.round.year(), said);
        }
        if !page.more {
            assert!(declared > 100, "{declared} hamlets have declared");
            return Ok(households);
        }
        cursor = format!("&cursor={}", page.cursor);
    }
}

/// Counts one household's way through the rounds, in the words of the domain.
fn follow(id: HouseholdId, rounds: &BTreeMap<u16, Said>, counts: &mut Counts) {
    let commune = id.commune.to_string();
    let (mut last, mut ever) = (None, [false; 2]);
    let mut start = None;
    for year in ROUNDS {
        let now = rounds.get(&year).filter(|said| !said.is_joined);
        let is_joined = rounds.get(&year).is_some_and(|said| said.is_joined);
        let class = now.and_then(|said| said.class);
        for (at, own, name) in [(0, Class::Poor, "poor"), (1, Class::NearPoor, "near_poor")] {
            let mut add = |what| {
                *counts.entry((commune.clone(), year, name)).or_default().entry(what).or_default() += 1;
            };
            if start == Some(own) {
                add("start");
                match (now.and_then(|said| said.left), class) {
                    _ if is_joined => add("joined"),
                    (Some(left), _) => add(left),
                    (None, None) => add("pending"),
                    (None, Some(Class::LowIncome)) => add("to_low_income"),
                    (None, Some(Class::Above)) => add("to_above"),
                    (None, Some(class)) => add(if class == own { "still" } else { "to_other" }),
                }
            }
            if class == Some(own) {
                add("end");
                let before = start.or(last);
                let other = [Class::NearPoor, Class::Poor][at];
                let came = now.and_then(|said| said.came).filter(|_| start.is_none());
                match came {
                    _ if start == Some(own) => {}
                    Some(came) => add(came),
                    None if start.is_none() && last == Some(own) => add("returned"),
                    None => {
                        let fell_back = ever[at] && !(own == Class::NearPoor && before == Some(other));
                        add(if fell_back { "again" } else { "new" });
                        if before == Some(other) {
                            add("from_other");
                        }
                    }
                }
            }
        }
        start = None;
        if let Some(said) = now {
            for found in [said.class, said.opening].into_iter().flatten() {
                last = Some(found);
                match found {
                    Class::Poor => ever[0] = true,
                    Class::NearPoor => ever[1] = true,
                    Class::LowIncome | Class::Above => {}
                }
            }
            if said.left.is_some() {
                last = None;
            }
            start = if year == 2015 { said.opening } else { said.class };
        }
    }
}

/// Checks that the tables of both classes have what the report says of each commune by the names of its figures.
pub(super) async fn the_tables_say_the_same(officer: &Person, year: u16) -> anyhow::Result<()> {
    let path = format!("/api/v1/reports/movement?area=83&round={year}&by=commune");
    let found: Value = serde_json::from_str(&get(officer, &format!("{path}&format=json")).await?)?;
    for class in ["poor", "near_poor"] {
        let table = lines(officer, &format!("{path}&class={class}")).await?;
        let units = of_line(&table, "unit").into_iter();
        let units = units.map(|line| (line["code"].as_str().unwrap(), line));
        let units: BTreeMap<&str, &Value> = units.collect();
        assert_eq!(units.len(), list(&found["rows"]).len());
        for row in list(&found["rows"]) {
            let (line, said) = (units[row["code"].as_str().unwrap()], &row[class]);
            let under_its_name = ["households", "ethnic_minority", "undeclared"];
            assert!(under_its_name.iter().all(|name| line[name] == row[name]), "{line}: {row}");
            for (name, count) in said.as_object().unwrap() {
                assert!(line.get(name).is_none_or(|cell| cell == count), "{year} {class} {name}: {line}");
            }
            let of = |name: &str| number(&said[name]);
            let (other, richer) = (of("to_other"), of("to_low_income") + of("to_above"));
            let expected = if class == "poor" { [richer + other, 0] } else { [richer, other] };
            assert_eq!(["better", "worse"].map(|name| number(&line[name])), expected, "{line}");
            let minority = ["start", "end"].map(|of| &said[format!("{of}_ethnic_minority")]);
            assert_eq!(["start_minority", "end_minority"].map(|name| &line[name]), minority, "{line}");
            let rates = ["_percent_at_start", "_percent"].map(|of| &row[format!("{class}{of}")]);
            assert_eq!(["start_percent", "end_percent"].map(|name| &line[name]), rates, "{line}");
        }
    }
    Ok(())
}

/// The path of the plan, and every movement of every commune, as another program counts them.
#[tokio::test(flavor = "multi_thread")]
async fn movements_equal_a_recount_of_what_is_pulled() -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let data = directory.path().to_str().unwrap();
    let households = if long() { "358966" } else { "36000" };
    println!("{}", run(&["demo", "--data", data, "--households", households])?);
    let server = Server::start(directory.path())?;
    let officer = Person::of_demonstration(&server, "tinh.bentre").await?;
    let mut counts = Counts::new();
    let pulled = pulled(&officer).await?;
    pulled.iter().for_each(|(id, rounds)| follow(*id, rounds, &mut counts));

    let mut seen: BTreeMap<String, i64> = BTreeMap::new();
    for year in ROUNDS {
        let path = format!("/api/v1/reports/movement?round={year}&by=commune&format=json");
        let found: Value = serde_json::from_str(&get(&officer, &path).await?)?;
        let rows = found["rows"].as_array().unwrap();
        assert_eq!(rows.len(), 164);
        the_tables_say_the_same(&officer, year).await?;
        for row in rows {
            for name in ["poor", "near_poor"] {
                let key = (row["code"].as_str().unwrap().to_owned(), year, name);
                let counted = counts.remove(&key).unwrap_or_default();
                let said = row[name].as_object().unwrap();
                for (what, count) in said {
                    let is_other = ["ethnic_minority", "hamlets"].iter().any(|part| what.contains(part));
                    let counted = counted.get(what.as_str()).copied().unwrap_or(0);
                    assert!(is_other || *count == counted, "{key:?} {what}: {count}, counted {counted}");
                    *seen.entry(what.clone()).or_default() += count.as_i64().unwrap();
                }
                // In a commune as a whole nobody has come from one of its hamlets who has not left another.
                assert_eq!(said["from_hamlets"], said["to_hamlets"], "{key:?}");
            }
        }
        if year == 2015 {
            let opening = |class| {
                let of_round = pulled.values().filter_map(|rounds| rounds.get(&2015));
                of_round.filter(|said| !said.is_joined && said.opening == Some(class)).count()
            };
            let expected = [Class::Poor, Class::NearPoor].map(opening);
            assert_eq!(found["standard"], "2011");
            assert_eq!(found["opening"]["standard"], "2016");
            assert_eq!([&found["opening"]["poor"], &found["opening"]["near_poor"]], expected.each_ref());
            assert!(expected[0] > 0 && expected[1] > 0);
        }
    }
    assert!(counts.is_empty(), "{counts:?}");
    let all = ["again", "new", "moved_in", "split_off", "moved_out", "dissolved", "joined", "still"];
    // In a tenth of the province a commune is one hamlet.
    for what in all.into_iter().chain(long().then_some("from_hamlets")) {
        assert!(seen[what] > 0, "{what} never happens: {seen:?}");
    }

    let path = get(&officer, "/api/v1/reports/targets?round=2015&format=json").await?;
    let path: Value = serde_json::from_str(&path)?;
    let rates = |name: &str| -> Vec<&str> {
        path["steps"].as_array().unwrap().iter().map(|step| step[name].as_str().unwrap_or("")).collect()
    };
    assert_eq!(rates("by_two_points")[..6], ["15.55", "13.55", "11.55", "9.55", "7.55", "5.55"]);
    assert_eq!(rates("to_goal"), rates("percent"), "the demonstration is on the way to 7 %");
    assert_eq!(rates("percent")[5], "7.00");
    Ok(())
}
