//! A commune recognises its round: each certificate's number is given once, ends when the round is sent back, and stands on papers.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use serde_json::{Value, json};
use soho_shared::record::{HouseholdId, Operation, Value as Field};
use soho_shared::wire::PushRequest;
use soho_tests::edits::{Dice, operation};
use soho_tests::people::Person;
use soho_tests::server::{Server, run};

use crate::CENSUS;

const COMMUNE: &str = "/api/v1/rounds/2011/communes/29173";

/// A household of last round's list.
struct Due {
    id: HouseholdId,
    name: String,
    hamlet: i64,
    class: String,
}

async fn due(officer: &Person) -> anyhow::Result<Vec<Due>> {
    let list = officer.get(&format!("{COMMUNE}/households?list=pending")).await?;
    let text = |of: &Value, what: &str| of[what].as_str().unwrap().to_owned();
    let due = |of: &Value| Due {
        id: text(of, "household").parse().unwrap(),
        name: text(of, "head_name"),
        hamlet: of["hamlet"].as_i64().unwrap(),
        class: text(of, "class"),
    };
    Ok(list.body["households"].as_array().unwrap().iter().map(due).collect())
}

/// An edit of a household in the round.
fn in_round(dice: &mut Dice, of: HouseholdId, millis: u64, set: Vec<(&str, Field)>) -> Operation {
    let mut operation = operation(dice, of, millis, set);
    operation.round = "2011".parse().unwrap();
    operation
}

async fn push(officer: &Person, operations: Vec<Operation>) -> anyhow::Result<soho_tests::people::Answer> {
    let push = serde_json::to_value(PushRequest { clock: None, operations })?;
    officer.post("/api/v1/sync/push", &push).await
}

async fn go(officer: &Person, from: Option<&str>, to: &str) -> anyhow::Result<()> {
    let moved = json!({"from": from, "to": to, "why": "làm tiếp"});
    let answer = officer.post(&format!("{COMMUNE}/stage"), &moved).await?;
    assert_eq!(answer.status, 200, "{to}: {}", answer.text);
    Ok(())
}

/// The certificates of the commune: number, whether it is valid, as what it recognises.
async fn certificates(officer: &Person) -> anyhow::Result<Vec<(u64, bool, Option<String>)>> {
    let page = officer.get(&format!("{COMMUNE}/recognition")).await?;
    assert_eq!((page.status, &page.body["more"]), (200, &json!(false)), "{}", page.text);
    let one = |of: &Value| {
        let recognised = of["recognised"].as_str().map(ToOwned::to_owned);
        (of["number"].as_u64().unwrap(), of["valid"].as_bool().unwrap(), recognised)
    };
    Ok(page.body["certificates"].as_array().unwrap().iter().map(one).collect())
}

/// How many certificates say what their households are no longer, and how many households lack one.
async fn outdated(officer: &Person) -> anyhow::Result<(u64, u64)> {
    let page = officer.get(&format!("{COMMUNE}/recognition")).await?;
    let listed = page.body["certificates"].as_array().unwrap().iter().filter(|of| of["outdated"] == true);
    assert_eq!(page.body["outdated"], json!(listed.count()), "{}", page.text);
    Ok((page.body["outdated"].as_u64().unwrap(), page.body["left"].as_u64().unwrap()))
}

/// Numbers of the certificates that are valid, and of the others.
async fn numbers(officer: &Person) -> anyhow::Result<[BTreeSet<u64>; 2]> {
    let all = certificates(officer).await?;
    let of = |valid: bool| all.iter().filter(|of| of.1 == valid).map(|of| of.0).collect::<BTreeSet<_>>();
    let both = [of(true), of(false)];
    assert_eq!(both[0].len() + both[1].len(), all.len(), "no number stands twice: {all:?}");
    Ok(both)
}

fn set(numbers: RangeInclusive<u64>) -> BTreeSet<u64> {
    numbers.collect()
}

/// A commune that has surveyed all of its last list: one has come out of poverty, the others have no income. Returns who is
/// who, the escaped one first.
async fn surveyed(xa: &Person) -> anyhow::Result<Vec<Due>> {
    let mut due = due(xa).await?;
    let escaped = due.iter().position(|of| of.class == "poor").unwrap();
    due.swap(0, escaped);
    go(xa, None, "open").await?;
    go(xa, Some("open"), "survey").await?;
    let mut dice = Dice::new(21);
    let visits = due.iter().enumerate().map(|(at, of)| {
        let mut set: Vec<(&str, Field)> = vec![
            ("hamlet", of.hamlet.into()),
            ("head/name", of.name.as_str().into()),
            ("member_count", 1.into()),
        ];
        if at == 0 {
            set.extend([("income/a/source", "wages".into()), ("income/a/amount", 240_000_000.into())]);
        } else {
            set.push(("no_income", true.into()));
        }
        in_round(&mut dice, of.id, 1_320_000_000_000, set)
    });
    let visits = visits.collect();
    assert_eq!(push(xa, visits).await?.status, 200);
    go(xa, Some("survey"), "meeting").await?;
    Ok(due)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_is_recognised_and_no_number_is_given_twice() -> anyhow::Result<()> {
    let data = CENSUS.copy()?;
    let server = Server::start(data.path())?;
    let (xa, huyen) = (Person::sign_in(&server, "xa").await?, Person::sign_in(&server, "huyen").await?);
    let due = surveyed(&xa).await?;
    let (first, second) = (&due[0], &due[1]);

    // The meeting's votes; more voices than people are none.
    let case = |of: &Due| format!("{COMMUNE}/households/{}", of.id);
    let votes = |present: i64, agreed: i64| json!({"fields": {"meeting/present": present, "meeting/agreed": agreed, "meeting/result": "confirmed"}});
    let answer = xa.patch(&case(second), &votes(40, 39)).await?;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!((&answer.body["agreed"], &answer.body["outcome"]), (&json!(39), &json!("confirmed")));
    assert_eq!(xa.patch(&case(second), &votes(40, 41)).await?.short(), "422 invalid-body");
    let other = json!({"fields": {"head/name": "Ai đó"}});
    assert_eq!(xa.patch(&case(second), &other).await?.short(), "422 invalid-body");
    go(&xa, Some("meeting"), "posting").await?;
    let detail = xa.get(COMMUNE).await?;
    for hamlet in detail.body["hamlets"].as_array().unwrap() {
        let said = json!({"fields": {
            "declared/households": 60, "meeting/place": "Nhà văn hóa ấp", "meeting/date": "2011-11-20",
        }});
        let path = format!("/api/v1/rounds/2011/areas/{}", hamlet["hamlet"].as_str().unwrap());
        let answer = xa.patch(&path, &said).await?;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    // Not before the stage is there, and not on a day that cannot be.
    let path = format!("{COMMUNE}/recognition");
    let decision = |date: &str| json!({"decision": "8", "date": date, "signer": "Phan Văn Tám"});
    assert_eq!(xa.post(&path, &decision("2011-12-05")).await?.short(), "409 conflict");
    go(&xa, Some("posting"), "recognised").await?;
    for wrong in ["2011-13-05", "2010-12-05", "5/12/2011"] {
        let answer = xa.post(&path, &decision(wrong)).await?;
        assert_eq!(
            (answer.short().as_str(), &answer.body["field"]),
            ("422 invalid-body", &json!("date")),
            "{wrong}"
        );
    }

    // Two officers at one moment.
    let all = due.len() as u64;
    let decision_of_december = decision("2011-12-05");
    let (one, other) =
        tokio::join!(xa.post(&path, &decision_of_december), huyen.post(&path, &decision_of_december));
    let (one, other) = (one?, other?);
    assert_eq!((one.status, other.status), (200, 200), "{} {}", one.text, other.text);
    let given = one.body["given"].as_u64().unwrap() + other.body["given"].as_u64().unwrap();
    assert_eq!(given, all);
    assert_eq!(numbers(&xa).await?, [set(1..=all), BTreeSet::new()]);
    let again = xa.post(&path, &decision_of_december).await?;
    assert_eq!((&again.body["given"], &again.body["left"]), (&json!(0), &json!(0)), "{}", again.text);
    let escaped = |all: &[(u64, bool, Option<String>)]| {
        all.iter().filter(|of| of.1 && of.2.as_deref() == Some("escaped_poor")).count()
    };
    assert_eq!(escaped(&certificates(&xa).await?), 1);

    // Nobody else writes what the server gives.
    let mut dice = Dice::new(22);
    let millis = 1_330_000_000_000;
    let forged = vec![
        in_round(&mut dice, first.id, millis, vec![("certificate/2011_999", "poor".into())]),
        Operation {
            subject: "29173".parse().unwrap(),
            ..in_round(&mut dice, first.id, millis + 1, vec![("numbers/2011", 5.into())])
        },
    ];
    let answer = push(&xa, forged).await?;
    assert_eq!(answer.status, 422, "{}", answer.text);
    for result in answer.body["results"].as_array().unwrap() {
        assert!(result["problem"]["vi"].as_str().unwrap().contains("trang Công nhận"), "{}", answer.text);
    }
    let reset = json!({"fields": {"numbers/2011": 1}});
    assert_eq!(xa.patch("/api/v1/rounds/2011/areas/29173", &reset).await?.short(), "422 invalid-body");

    papers(&xa, &due).await?;
    complaint(&xa, &case(second)).await?;

    // Sent back, none of them holds; recognised again, new numbers follow.
    go(&huyen, Some("recognised"), "survey").await?;
    assert_eq!(numbers(&xa).await?, [BTreeSet::new(), set(1..=all)]);
    assert_eq!(xa.get(&format!("{COMMUNE}/papers/certificates")).await?.short(), "404 not-found");
    for (from, to) in [("survey", "meeting"), ("meeting", "posting"), ("posting", "recognised")] {
        go(&xa, Some(from), to).await?;
    }
    assert_eq!(numbers(&xa).await?, [BTreeSet::new(), set(1..=all)], "they never come back");
    let answer = xa.post(&path, &decision("2011-12-20")).await?;
    assert_eq!((answer.status, &answer.body["given"]), (200, &json!(all)), "{}", answer.text);
    assert_eq!(numbers(&xa).await?, [set(all + 1..=2 * all), set(1..=all)]);

    // Whoever has changed class gets another one, and the old one ends.
    let poor = due.iter().skip(1).find(|of| of.class == "poor").unwrap();
    let rich = vec![("income/z/source", "wages".into()), ("income/z/amount", 240_000_000.into())];
    assert_eq!(push(&xa, vec![in_round(&mut dice, poor.id, millis + 2, rich)]).await?.status, 200);
    assert_eq!(outdated(&xa).await?, (1, 1));
    let answer = xa.post(&path, &decision("2012-01-06")).await?;
    assert_eq!((answer.status, &answer.body["given"]), (200, &json!(1)), "{}", answer.text);
    let after = certificates(&xa).await?;
    assert_eq!(escaped(&after), 2);
    let valid = after.iter().filter(|of| of.1).count() as u64;
    assert_eq!((valid, after.len() as u64), (all, 2 * all + 1));
    assert_eq!(outdated(&xa).await?, (0, 0));

    // Whoever is nothing any more gets none, and the round is not closed before the old one has ended.
    let last = due.iter().rfind(|of| of.class == "poor").unwrap();
    let left = vec![("moved_to", "Tiền Giang".into())];
    assert_eq!(push(&xa, vec![in_round(&mut dice, last.id, millis + 3, left)]).await?.status, 200);
    assert_eq!(outdated(&xa).await?, (1, 0));
    let closing = json!({"from": "recognised", "to": "closed"});
    let refused = xa.post(&format!("{COMMUNE}/stage"), &closing).await?;
    assert!(
        refused.status == 409 && refused.text.contains("còn 1 giấy chứng nhận phải thu hồi"),
        "{}",
        refused.text
    );
    let answer = xa.post(&path, &decision("2012-01-06")).await?;
    assert_eq!((answer.status, &answer.body["given"]), (200, &json!(0)), "{}", answer.text);
    assert_eq!(outdated(&xa).await?, (0, 0));
    let of_2012 = xa.get(&format!("{path}?after=2011_65535")).await?;
    assert_eq!(of_2012.body["certificates"][0]["date"], "2012-01-06", "{}", of_2012.text);

    server.stop();
    run(&["verify", "--data", data.path().to_str().unwrap()]).map(drop)
}

/// The papers name those whom they concern.
async fn papers(xa: &Person, due: &[Due]) -> anyhow::Result<()> {
    let get = async |paper: &str| -> anyhow::Result<String> {
        let answer = xa.get(&format!("{COMMUNE}/papers/{paper}")).await?;
        assert_eq!(answer.status, 200, "{paper}: {}", answer.text);
        assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
        Ok(answer.text)
    };
    let hamlet = due[1].hamlet;
    for (paper, title) in [
        ("meeting_list", "DANH SÁCH ĐƯA RA HỌP BÌNH XÉT"),
        ("minutes", "BIÊN BẢN"),
        ("posted_list", "DANH SÁCH NIÊM YẾT"),
        ("register_book", "SỔ QUẢN LÝ HỘ NGHÈO, HỘ CẬN NGHÈO"),
        ("review_list", "DANH SÁCH HỘ CẦN RÀ SOÁT"),
    ] {
        let of_hamlet = get(&format!("{paper}?hamlet={hamlet}&format=print")).await?;
        assert!(of_hamlet.contains(title) && of_hamlet.contains(&due[1].name), "{paper}: {of_hamlet}");
        let whole = get(paper).await?;
        let missing: Vec<&str> =
            due[1..].iter().map(|of| of.name.as_str()).filter(|name| !whole.contains(*name)).collect();
        assert!(missing.is_empty(), "{paper} lacks {missing:?}");
    }
    let decision = get("decision").await?;
    for of in due {
        assert!(decision.contains(&of.name), "{} is not in the decision", of.name);
    }
    assert!(decision.contains("Số: 08/QĐ-UBND") && decision.contains("Phan Văn Tám"), "{decision}");
    let three = get("certificates?year=2011&from=1&to=3").await?;
    for number in ["Số: 01/GCN", "Số: 02/GCN", "Số: 03/GCN"] {
        assert!(three.contains(number), "{number} is not in {three}");
    }
    assert!(!three.contains("Số: 04/GCN"));
    for wrong in ["certificates?hamlet=0", "decision?format=pdf"] {
        let answer = xa.get(&format!("{COMMUNE}/papers/{wrong}")).await?;
        assert_eq!(answer.short(), "400 invalid-parameter", "{wrong}");
    }
    assert_eq!(xa.get(&format!("{COMMUNE}/papers/list")).await?.short(), "400 invalid-parameter");
    Ok(())
}

/// A complaint is entered though the result stands, and answered.
async fn complaint(xa: &Person, case: &str) -> anyhow::Result<()> {
    let filed = json!({"fields": {
        "complaint/text": "Nhà tôi\nđông người hơn", "complaint/date": "2011-12-07", "complaint/resurvey": true,
    }});
    let answer = xa.patch(case, &filed).await?;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.body["complaint"]["text"], "Nhà tôi\nđông người hơn");
    let wrong = json!({"fields": {"complaint/answered": "hôm qua"}});
    assert_eq!(xa.patch(case, &wrong).await?.status, 422);
    let listed = xa.get(&format!("{COMMUNE}/cases")).await?;
    let cases = listed.body["cases"].as_array().unwrap();
    assert_eq!(
        cases.iter().filter(|case| case["complaint"]["resurvey"] == true).count(),
        1,
        "{}",
        listed.text
    );
    Ok(())
}
