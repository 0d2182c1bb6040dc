//! The pages of the desk with something on each, for tests that go through all of them.

use anyhow::ensure;
use serde_json::{Value as Json, json};
use soho_shared::record::{Operation, Value};
use soho_shared::wire::PushRequest;
use std::path::Path;

use crate::edits::{Dice, household, operation};
use crate::people::{Answer, Person};
use crate::server::Server;

/// A page: its name, its address, and an element that is there once it is drawn.
pub type Place = (&'static str, &'static str, &'static str);

/// Pages of [`furnished`], by the account of the demonstration that opens them; the last ones are anybody's.
pub const PLACES: [(Option<&str>, &[Place]); 3] = [
    (
        Some("tinh.bentre"),
        &[
            ("rounds", "/desk/rounds?area=83&round=2011", "[data-testid=rounds-table] tbody tr"),
            ("commune", "/desk/commune?area=29173&round=2011", "[data-section=stages]"),
            ("recognition", "/desk/recognition?area=29173&round=2011", "[data-testid=certificate-row]"),
            (
                "supports",
                "/desk/supports?area=836&round=2010&support=electricity",
                "[data-testid=supported-row]",
            ),
            ("movement", "/desk/movement?area=83&round=2011", "[data-testid=movement-table] tbody tr"),
            ("months", "/desk/months?area=83&round=2023", "[data-testid=months-table] tbody tr"),
            ("targets", "/desk/targets?area=83&round=2015", "[data-testid=targets-table] tbody tr"),
            (
                "reports",
                "/desk/reports?area=83&round=2010&kind=causes",
                "[data-testid=report-table] tbody tr",
            ),
            ("calendar", "/desk/calendar?area=83&round=2023", "[data-testid=sums-row]"),
            ("households", "/desk/households?area=83&round=2010&filter=poor", "tr[data-household]"),
            ("imports", "/desk/imports?area=29173&round=2011", "#import-file"),
            ("province", "/desk/figures/?area=83&round=2010", "main table tbody tr"),
            ("what-if", "/desk/figures/?area=83&round=2010&view=what-if", "#what-if-table tfoot td"),
            ("review", "/desk/review/?area=29173", "[data-conflict]"),
        ],
    ),
    (Some("quantri"), &[("admin", "/desk/people/", "#accounts tbody tr")]),
    (None, &[("signin", "/signin/", "#people button"), ("check-paper", "/check-paper/", "#scan")]),
];

/// Starts a server on a demonstration, brings one commune to its certificates and one household into conflict.
///
/// # Errors
/// When the server does not take it.
pub async fn furnished(data: &Path) -> anyhow::Result<Server> {
    let server = Server::start(data)?;
    let officer = Person::of_demonstration(&server, "xa.anduc").await?;
    recognise(&officer).await?;
    disagree(&officer).await?;
    Ok(server)
}

/// Brings a commune's round of 2011 from its opening to its certificates.
async fn recognise(officer: &Person) -> anyhow::Result<()> {
    for hamlet in 1..=6 {
        let meeting = json!({ "fields": {
            "meeting/date": format!("2011-11-{}", 14 + hamlet), "meeting/place": format!("Nhà văn hóa ấp {hamlet}"),
            "meeting/chair": "Lê Văn Tám", "meeting/present": 60 + 3 * hamlet,
        } });
        taken(&officer.patch(&format!("/api/v1/rounds/2011/areas/29173-{hamlet:02}"), &meeting).await?)?;
    }
    let commune = "/api/v1/rounds/2011/communes/29173";
    let stages = ["open", "survey", "meeting", "posting", "recognised"];
    for (from, to) in std::iter::once(None).chain(stages.map(Some)).zip(stages) {
        taken(&officer.post(&format!("{commune}/stage"), &json!({ "from": from, "to": to })).await?)?;
    }
    let decision =
        json!({ "decision": "12/QĐ-UBND", "date": "2011-12-05", "signer": "Phan Văn Tám", "chair": "chair" });
    taken(&officer.post(&format!("{commune}/recognition"), &decision).await?)
}

/// Two people write different addresses of one household without knowing of each other.
async fn disagree(officer: &Person) -> anyhow::Result<()> {
    let mut dice = Dice::new(29);
    let say = |dice: &mut Dice, millis: u64, set: Vec<(&'static str, Value)>| {
        let mut operation = operation(dice, household("29173", 1), millis, set);
        operation.round = "2021".parse().expect("a year");
        operation
    };
    let first = vec![
        ("hamlet", 1.into()),
        ("address", "tổ 3, cạnh cầu Bà Mụ".into()),
        ("members/a/head", true.into()),
        ("members/a/name", "Trần Thị Bảy".into()),
        ("members/a/birth_year", 1958.into()),
        ("members/a/sex", "female".into()),
        ("income/a/source", "wages".into()),
        ("income/a/amount", 1_500_000.into()),
        ("income/a/times", 12.into()),
        ("deprivation_count", 4.into()),
    ];
    let first = say(&mut dice, 1_640_000_000_000, first);
    let other = say(&mut dice, 1_640_000_100_000, vec![("address", "tổ 4, sau chùa Phước Lâm".into())]);
    push(officer, vec![first, other]).await
}

/// Sends operations that are to be taken.
///
/// # Errors
/// When they are not.
pub async fn push(person: &Person, operations: Vec<Operation>) -> anyhow::Result<()> {
    let body: Json = serde_json::to_value(PushRequest { clock: None, operations })?;
    taken(&person.post("/api/v1/sync/push", &body).await?)
}

fn taken(answer: &Answer) -> anyhow::Result<()> {
    ensure!(answer.status == 200, "{}", answer.text);
    Ok(())
}
