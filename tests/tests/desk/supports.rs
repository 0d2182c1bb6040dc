//! Supports of the year after a round: who is entitled, who was given one, and what the figures and the history say of it.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use soho_shared::wire::supports::{
    GivenQuarter, SupportFigures, SupportWritten, SupportedHousehold, SupportedPage, SupportsPage,
};
use soho_tests::people::{Person, add};
use soho_tests::server::{Server, run};

const POOR: &str = "29173-00000000000000000000000000000001";
const ABOVE: &str = "29173-00000000000000000000000000000002";

async fn read<T: DeserializeOwned>(person: &Person, path: &str) -> anyhow::Result<T> {
    let answer = person.get(path).await?;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    Ok(serde_json::from_str(&answer.text)?)
}

/// The figures of electricity in an area.
async fn figures(person: &Person, area: &str) -> anyhow::Result<SupportFigures> {
    let page: SupportsPage = read(person, &format!("/api/v1/supports?area={area}&round=2010")).await?;
    assert!(page.known && page.year == 2011, "{page:?}");
    Ok(page.supports.into_iter().find(|support| support.support == "electricity").unwrap())
}

/// The households of a list of electricity, and how many it says there are.
async fn listed(person: &Person, list: &str) -> anyhow::Result<(Vec<SupportedHousehold>, Option<u64>)> {
    let query = format!("area=29173&round=2010&list={list}&limit=1");
    let (mut households, mut from) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/supports/electricity/households?{query}{from}");
        let page: SupportedPage = read(person, &path).await?;
        households.extend(page.households);
        let Some(next) = page.next else { return Ok((households, page.total)) };
        from = format!("&from={next}");
    }
}

fn ids(households: &[SupportedHousehold]) -> Vec<String> {
    households.iter().map(|of| of.household.to_string()).collect()
}

/// Writes which households were given electricity in the first quarter, or takes it back.
async fn give(person: &Person, households: &[&str], given: bool) -> anyhow::Result<SupportWritten> {
    let body = json!({"round": "2010", "quarter": 1, "households": households, "given": given,
        "paid": 90_000, "by": " Điện lực Ba Tri "});
    let answer = person.post("/api/v1/supports/electricity/given", &body).await?;
    assert_eq!(answer.status, 200, "{}", answer.text);
    Ok(serde_json::from_str(&answer.text)?)
}

#[tokio::test]
async fn a_household_is_entitled_ticked_off_and_taken_back_and_figures_and_history_say_so()
-> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    add(data.path(), "root", "admin", &[])?;
    add(data.path(), "xa", "commune", &["29173"])?;
    let server = Server::start(data.path())?;
    let xa = Person::sign_in(&server, "xa").await?;
    let survey = |id: u32, household: &str, hamlet: u8, name: &str, amount: i64| {
        let said = [
            ("hamlet", json!(hamlet)),
            ("head/name", json!(name)),
            ("address", json!("tổ 4, gần cầu")),
            ("member_count", json!(4)),
            ("income/a/source", json!("wages")),
            ("income/a/amount", json!(amount)),
        ];
        let changes: Vec<Value> =
            said.iter().map(|(field, value)| json!({"field": field, "value": value})).collect();
        json!({"id": format!("00000000-0000-0000-0000-{id:012}"), "household": household, "round": "2010",
            "stamp": "012c3c2a9d5e-0000-00000000000000ab", "changes": changes})
    };
    let operations =
        [survey(1, POOR, 4, "Nguyễn Thị Bé", 4_000_000), survey(2, ABOVE, 5, "Trần Văn An", 400_000_000)];
    let pushed = xa.post("/api/v1/sync/push", &json!({ "operations": operations })).await?;
    assert_eq!(pushed.status, 200, "{}", pushed.text);

    let electricity = figures(&xa, "29173").await?;
    assert_eq!((&*electricity.name.vi, &electricity.in_force[..]), ("Hỗ trợ tiền điện", &[1, 2, 3, 4][..]));
    let of = |figures: &SupportFigures| [figures.entitled, figures.served, figures.served_else, figures.paid];
    assert_eq!(of(&electricity), [1, 0, 0, 0]);
    let (left, total) = listed(&xa, "left").await?;
    assert_eq!((ids(&left), total), (vec![POOR.to_owned()], Some(1)));
    assert_eq!(left[0].head_name.as_deref(), Some("Nguyễn Thị Bé"));
    assert_eq!(left[0].address.as_deref(), Some("tổ 4, gần cầu"));
    assert!(left[0].entitled && left[0].given.is_empty(), "{left:?}");

    // Given to both: of one the record shows that it is entitled.
    assert_eq!(give(&xa, &[POOR, ABOVE], true).await?, SupportWritten { written: 2, refused: vec![] });
    assert_eq!(of(&figures(&xa, "29173").await?), [1, 1, 1, 180_000]);
    assert_eq!(of(&figures(&xa, "29173-04").await?), [1, 1, 0, 90_000]);
    assert_eq!(of(&figures(&xa, "29173-05").await?), [0, 0, 1, 90_000]);
    assert_eq!(listed(&xa, "left").await?, (vec![], Some(0)));
    assert_eq!(ids(&listed(&xa, "entitled").await?.0), [POOR]);
    let (served, _) = listed(&xa, "served").await?;
    assert_eq!(ids(&served), [ABOVE, POOR], "by name");
    let first = GivenQuarter { quarter: 1, paid: Some(90_000), by: Some("Điện lực Ba Tri".to_owned()) };
    assert!(served.iter().all(|of| of.given == [first.clone()]), "{served:?}");
    assert_eq!([served[0].entitled, served[1].entitled], [false, true]);
    // The same again changes nothing.
    assert_eq!(give(&xa, &[POOR], true).await?, SupportWritten::default());

    // What was ticked off by mistake is taken back, and both stand in the history.
    assert_eq!(give(&xa, &[POOR, ABOVE], false).await?.written, 2);
    assert_eq!(of(&figures(&xa, "29173").await?), [1, 0, 0, 0]);
    assert_eq!(ids(&listed(&xa, "left").await?.0), [POOR]);
    assert!(listed(&xa, "served").await?.0.is_empty());
    let history = xa.get(&format!("/api/v1/households/{POOR}/history")).await?;
    let entries = history.body["entries"].as_array().unwrap();
    let told = |entry: &Value| {
        let changes = entry["changes"].as_array().unwrap().iter();
        let is_it = |change: &&Value| change["field"] == "support/electricity_2011_1/amount";
        changes.filter(is_it).map(|change| (change["from"].clone(), change["to"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(entries.len(), 3, "{}", history.text);
    assert_eq!(told(&entries[0]), [(json!(90_000), json!(null))], "{}", history.text);
    assert_eq!(told(&entries[1]), [(json!(null), json!(90_000))], "{}", history.text);
    assert_eq!(entries[1]["by"]["account"], "xa", "{}", history.text);

    // Of these years no list of supports is established.
    let page: SupportsPage = read(&xa, "/api/v1/supports?area=29173&round=2016").await?;
    assert_eq!((page.known, page.supports), (false, vec![]));
    let path = "/api/v1/supports/electricity/households?area=29173&round=2016&list=entitled";
    let page: SupportedPage = read(&xa, path).await?;
    assert_eq!((page.households, page.next), (vec![], None));
    for (path, status, field) in [
        ("/api/v1/supports/yachts/households?area=29173&round=2010&list=left", 404, "support"),
        ("/api/v1/supports/electricity/households?area=29173&round=2010&list=none", 400, "list"),
        ("/api/v1/supports/electricity/households?area=29173&round=2010&list=left&from=1", 400, "from"),
        ("/api/v1/supports/electricity/households?area=29173&round=2010&list=left&limit=101", 400, "limit"),
        ("/api/v1/supports?area=29173&round=soon", 400, "round"),
    ] {
        let answer = xa.get(path).await?;
        assert_eq!((answer.status, &answer.body["field"]), (status, &json!(field)), "{}", answer.text);
        assert!(answer.body["vi"].is_string(), "{}", answer.text);
    }

    server.stop();
    let verified = run(&["verify", "--data", data.path().to_str().unwrap()])?;
    assert!(verified.contains("all agree"), "{verified}");
    Ok(())
}
