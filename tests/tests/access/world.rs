//! A register with people and three households: in hamlets 4 and 6 of Xã An Đức (29173, district 836), and in
//! hamlet 1 of a commune in another district.

use serde_json::{Value, json};
use soho_shared::record::Doc;
use soho_tests::kept::Pattern;
use soho_tests::people::{Answer, Person, add, password};
use soho_tests::server::{Server, run_with_input};
use tempfile::TempDir;

/// The commune in the other district.
pub(crate) const ELSEWHERE: &str = "28756";

/// The three households.
pub(crate) const IN_4: &str = "29173-00000000000000000000000000000004";
pub(crate) const IN_6: &str = "29173-00000000000000000000000000000006";
pub(crate) const FAR: &str = "28756-00000000000000000000000000000001";

/// The people with an account, but for a department: name, role, areas.
const PEOPLE: [(&str, &str, &[&str]); 9] = [
    ("root", "admin", &[]),
    ("vol4", "volunteer", &["29173-04"]),
    ("vol4b", "volunteer", &["29173-04"]),
    ("vol4c", "volunteer", &["29173-04"]),
    ("vol6", "volunteer", &["29173-06"]),
    ("xa", "commune", &["29173"]),
    ("xa2", "commune", &["28756"]),
    ("huyen", "district", &["836"]),
    ("tinh", "province", &[]),
];

pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) data: TempDir,
}

/// Makes a directory with everybody's account and no household; `nganh` is a department that gives electricity in the
/// district 836.
pub(crate) fn accounts() -> TempDir {
    static MADE: Pattern = Pattern::new(concat!(env!("CARGO_TARGET_TMPDIR"), "/access"), |data| {
        for (name, role, areas) in PEOPLE {
            add(data, name, role, areas)?;
        }
        let dir = data.to_str().unwrap();
        let supports = ["--support", "electricity", "--support", "electricity_social"];
        let args = ["user", "add", "nganh", "--data", dir, "--role", "department", "--area", "836"];
        run_with_input(&[&args[..], &supports].concat(), &password("nganh")).map(drop)
    });
    MADE.copy().unwrap()
}

impl World {
    pub(crate) async fn new() -> Self {
        World::with(&[]).await
    }

    /// Starts the register's server with these arguments.
    pub(crate) async fn with(args: &[&str]) -> Self {
        let data = accounts();
        let server = Server::start_with(data.path(), &[&["--listen", "127.0.0.1:0"], args].concat()).unwrap();
        let world = World { server, data };
        let province = world.person("tinh").await;
        let operations = [(1, IN_4, 4), (2, IN_6, 6), (3, FAR, 1)];
        let operations = operations.map(|(id, household, hamlet)| {
            let name = json!(format!("=Họ {hamlet} <b>"));
            edit(
                id,
                household,
                EARLY,
                &[("hamlet", json!(hamlet)), ("head/name", name), ("member_count", json!(2))],
            )
        });
        let answer = push(&province, json!(operations)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        world
    }

    pub(crate) async fn person(&self, name: &str) -> Person {
        Person::sign_in(&self.server, name).await.unwrap()
    }

    /// The record of [`IN_4`] in 2010.
    pub(crate) async fn record(&self) -> Doc {
        let officer = self.person("xa").await;
        let page = officer.get(&format!("/api/v1/households/{IN_4}")).await.unwrap();
        serde_json::from_value(page.body["records"][0]["doc"].clone())
            .unwrap_or_else(|e| panic!("{e}: {}", page.text))
    }
}

pub(crate) const EARLY: &str = "012c3c2a9d5e-0000-00000000000000ab";
pub(crate) const LATER: &str = "012c3c2a9d5f-0000-00000000000000cd";

/// Makes an operation on a household.
pub(crate) fn edit(id: u32, household: &str, stamp: &str, changes: &[(&str, Value)]) -> Value {
    let changes: Vec<_> =
        changes.iter().map(|(field, value)| json!({"field": field, "value": value})).collect();
    json!({
        "id": format!("00000000-0000-0000-0000-{id:012}"),
        "household": household,
        "round": "2010",
        "stamp": stamp,
        "changes": changes,
    })
}

pub(crate) async fn push(person: &Person, operations: Value) -> Answer {
    person.post("/api/v1/sync/push", &json!({ "operations": operations })).await.unwrap()
}

/// Returns the statuses of a push's operations.
pub(crate) fn statuses(answer: &Answer) -> Vec<String> {
    let results = answer.body["results"].as_array().unwrap_or_else(|| panic!("{}", answer.text));
    results.iter().map(|result| result["status"].as_str().unwrap().to_owned()).collect()
}

/// Returns the households that somebody is given from a cursor on, page after page, and the last cursor.
pub(crate) async fn pull_all(person: &Person, area: &str, cursor: &str) -> (Vec<String>, String) {
    let mut cursor = cursor.to_owned();
    let mut households = Vec::new();
    loop {
        let from = if cursor.is_empty() { String::new() } else { format!("&cursor={cursor}") };
        let page = person.get(&format!("/api/v1/sync/pull?area={area}&limit=1{from}")).await.unwrap();
        assert_eq!(page.status, 200, "{}", page.text);
        for record in page.body["records"].as_array().unwrap() {
            households.push(record["household"].as_str().unwrap().to_owned());
        }
        page.body["cursor"].as_str().unwrap().clone_into(&mut cursor);
        if page.body["more"] == false {
            return (households, cursor);
        }
    }
}
