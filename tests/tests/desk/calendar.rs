//! The calendar of reports: what is due, sent, received and late, over the API and at the desk.

use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use soho_tests::browser::{Browser, Engine};
use soho_tests::people::{Answer, Person, add};
use soho_tests::server::{Server, run};

/// The report of the month's reviews.
const REVIEWS: &str = "monthly_reviews";
/// The same of the districts.
const OF_DISTRICTS: &str = "monthly_reviews_of_districts";

fn people(data: &Path) {
    add(data, "root", "admin", &[]).unwrap();
    add(data, "xa", "commune", &["29173"]).unwrap();
    add(data, "xa2", "commune", &["28756"]).unwrap();
    add(data, "huyen", "district", &["836"]).unwrap();
    add(data, "tinh", "province", &[]).unwrap();
}

/// What somebody says of a report of 2023.
fn mark(unit: &str, duty: &str, nth: u8, date: impl Into<Value>) -> Value {
    json!({"unit": unit, "round": "2023", "duty": duty, "nth": nth, "date": date.into()})
}

async fn calendar(person: &Person, area: &str, year: u16, duty: &str) -> Value {
    let duty = if duty.is_empty() { String::new() } else { format!("&duty={duty}") };
    let page = person.get(&format!("/api/v1/calendar?area={area}&round={year}{duty}")).await.unwrap();
    assert_eq!(page.status, 200, "{}", page.text);
    page.body
}

/// State, days, and the two dates of the nth report in an answer.
fn state(answer: &Answer, nth: usize) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body["deliveries"][nth - 1].clone()
}

/// Refused with a status, at a field, with words in both languages.
fn refused(answer: &Answer, status: u16, field: &str) {
    assert_eq!((answer.status, &answer.body["field"]), (status, &json!(field)), "{}", answer.text);
    let said = |name: &str| answer.body[name].as_str().is_some_and(|words| !words.is_empty());
    assert!(said("vi") && said("detail"), "{}", answer.text);
}

#[tokio::test]
async fn what_is_established_is_sent_by_the_one_and_received_by_the_other() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    people(data.path());
    let server = Server::start(data.path())?;
    let [xa, xa2, huyen, tinh] = ["xa", "xa2", "huyen", "tinh"].map(|name| Person::sign_in(&server, name));
    let (xa, xa2, huyen, tinh) = (xa.await?, xa2.await?, huyen.await?, tinh.await?);
    let (sent, received) = ("/api/v1/calendar/sent", "/api/v1/calendar/received");

    // Before 2022 nothing is due; since then the month's reviews are, on the 5th from February to September.
    assert_eq!(calendar(&xa, "29173", 2021, "").await["duties"], json!([]));
    let page = calendar(&huyen, "836", 2023, "").await;
    let ids: Vec<&Value> = page["duties"].as_array().unwrap().iter().map(|of| &of["duty"]["id"]).collect();
    assert_eq!(ids, [&json!(REVIEWS), &json!(OF_DISTRICTS)]);
    let of_communes = &page["duties"][0];
    let terms = of_communes["terms"].as_array().unwrap();
    let first = &terms[0];
    assert_eq!(
        (terms.len(), &first["due"], &first["first"]),
        (8, &json!("2023-02-05"), &json!("2023-01-01"))
    );
    assert_eq!((&terms[7]["due"], &of_communes["units"]), (&json!("2023-09-05"), &json!([])));
    let all = &first["sums"]["units"];
    assert_eq!((all.as_u64() > Some(20), &first["sums"]["late"]), (true, all));
    assert_eq!(page["duties"][1]["units"][0]["unit"], "836");
    assert_eq!(calendar(&xa, "29173", 2023, "").await["duties"][0]["units"][0]["unit"], "29173");
    let ahead = calendar(&xa, "29173", 2030, "").await;
    assert_eq!(ahead["duties"][0]["units"][0]["deliveries"][0]["state"], "not_yet");

    // The commune says when it sent the third one; it was two days late.
    let answer = xa.post(sent, &mark("29173", REVIEWS, 3, "2023-04-07")).await?;
    let said = json!({"state": "sent", "days": 2, "sent": "2023-04-07", "received": null});
    assert_eq!(state(&answer, 3), said);
    assert_eq!(state(&answer, 4)["state"], "late");
    let answer = xa2.post(sent, &mark("29173", REVIEWS, 3, "2023-04-07")).await?;
    assert_eq!(answer.short(), "403 outside-areas");
    for (of, date) in [("29173", "2030-01-01"), ("29173", "2023-02-28"), ("29173", "7/4/2023"), ("29173", "")]
    {
        refused(&xa.post(sent, &mark(of, REVIEWS, 3, date)).await?, 422, "date");
    }
    refused(&xa.post(sent, &mark("29173", REVIEWS, 9, "2023-04-07")).await?, 422, "nth");
    refused(&xa.post(sent, &mark("29173", "d1", 1, "2023-04-07")).await?, 404, "duty");
    refused(&huyen.post(sent, &mark("836", REVIEWS, 1, "2023-04-07")).await?, 422, "unit");

    // The district says when it received it: not before it was sent. Then the commune changes nothing any more.
    let answer = xa.post(received, &mark("29173", REVIEWS, 3, "2023-04-10")).await?;
    assert_eq!(answer.short(), "403 forbidden");
    refused(&huyen.post(received, &mark("29173", REVIEWS, 3, "2023-04-06")).await?, 422, "date");
    let answer = huyen.post(received, &mark("29173", REVIEWS, 3, "2023-04-10")).await?;
    let said = json!({"state": "received", "days": 2, "sent": "2023-04-07", "received": "2023-04-10"});
    assert_eq!(state(&answer, 3), said);
    refused(&xa.post(sent, &mark("29173", REVIEWS, 3, "2023-04-05")).await?, 409, "date");
    assert_eq!(state(&xa.post(sent, &mark("29173", REVIEWS, 3, "2023-04-07")).await?, 3), said);
    let page = calendar(&huyen, "836", 2023, REVIEWS).await;
    let sums = &page["duties"][0]["terms"][2]["sums"];
    let late = all.as_u64().unwrap() - 1;
    assert_eq!(sums, &json!({"units": all, "sent": 1, "received": 1, "late": late}));
    let units = page["duties"][0]["units"].as_array().unwrap();
    assert_eq!(Some(units.len() as u64), all.as_u64());

    // A district's own goes to the province.
    let own = |date: &str| mark("836", OF_DISTRICTS, 3, date);
    assert_eq!(state(&huyen.post(sent, &own("2023-04-05")).await?, 3)["days"], 0);
    assert_eq!(huyen.post(received, &own("2023-04-06")).await?.short(), "403 forbidden");
    assert_eq!(state(&tinh.post(received, &own("2023-04-06")).await?, 3)["state"], "received");

    // Taken back in the other order, it is late again.
    huyen.post(received, &mark("29173", REVIEWS, 3, Value::Null)).await?;
    let answer = xa.post(sent, &mark("29173", REVIEWS, 3, Value::Null)).await?;
    assert_eq!(state(&answer, 3)["state"], "late");

    // There is no other way to write it.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_millis();
    let change = json!({"field": "sent/monthly_reviews_1", "value": "2023-02-04"});
    let operation = json!({
        "id": "00000000-0000-0000-0000-000000000701",
        "household": "29173",
        "round": "2023",
        "stamp": format!("{now:012x}-0000-0000000000000701"),
        "changes": [change],
    });
    let answer = xa.post("/api/v1/sync/push", &json!({"operations": [operation]})).await?;
    let is_refused = answer.status != 200 || answer.body["results"][0]["status"] == "rejected";
    assert!(is_refused, "{}", answer.text);
    let edit = json!({"fields": {"sent/monthly_reviews_1": "2023-02-04"}});
    refused(&xa.patch("/api/v1/rounds/2023/areas/29173", &edit).await?, 422, "fields");

    server.stop();
    run(&["verify", "--data", data.path().to_str().unwrap()])?;
    Ok(())
}

#[tokio::test]
async fn other_reports_are_what_the_province_enters() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    people(data.path());
    let server = Server::start(data.path())?;
    let (xa, huyen) = (Person::sign_in(&server, "xa").await?, Person::sign_in(&server, "huyen").await?);
    let tinh = Person::sign_in(&server, "tinh").await?;
    let put = async |person: &Person, duties: Value| {
        let body = json!({"round": "2011", "duties": duties});
        person.ask(Method::PUT, "/api/v1/calendar/duties", Some(&body)).await
    };
    let quarterly = |id: Value, name: &str, days: i64| json!({"id": id, "name": name, "from": "commune", "every": "quarter", "days": days, "report": "headline"});
    let new = |days| quarterly(Value::Null, " Báo cáo quý ", days);

    assert_eq!(put(&huyen, json!([new(10)])).await?.short(), "403 outside-areas");
    let answer = put(&tinh, json!([new(10)])).await?;
    let duty = &answer.body["duties"][0];
    assert_eq!((&duty["id"], &duty["name"]["vi"]), (&json!("d1"), &json!("Báo cáo quý")), "{}", answer.text);
    let page = calendar(&xa, "29173", 2011, "").await;
    let dues: Vec<&Value> =
        page["duties"][0]["terms"].as_array().unwrap().iter().map(|term| &term["due"]).collect();
    assert_eq!(json!(dues), json!(["2011-04-10", "2011-07-10", "2011-10-10", "2012-01-10"]));
    let of_first = json!({"unit": "29173", "round": "2011", "duty": "d1", "nth": 1, "date": "2011-04-08"});
    assert_eq!(state(&xa.post("/api/v1/calendar/sent", &of_first).await?, 1)["state"], "sent");
    assert_eq!(calendar(&xa, "29173", 2012, "").await["duties"], json!([]), "a year has its own");

    // What is wrong is named to the field, and nothing of the list is written.
    let stands = calendar(&xa, "29173", 2011, "").await;
    let mut yearly = quarterly(json!("d1"), "Báo cáo năm", 10);
    yearly["every"] = json!("year");
    let mut unknown = new(10);
    unknown["report"] = json!("riches");
    for (wrong, field) in [
        (json!([new(10), new(0)]), "duties[1].days"),
        (json!([new(91)]), "duties[0].days"),
        (json!([quarterly(Value::Null, " ", 10)]), "duties[0].name"),
        (json!([quarterly(Value::Null, &"x".repeat(101), 10)]), "duties[0].name"),
        (json!([unknown]), "duties[0].report"),
        (json!([yearly]), "duties[0].id"),
        (json!([quarterly(json!("d7"), "Báo cáo", 10)]), "duties[0].id"),
        (json!([quarterly(json!("d1"), "Một", 10), quarterly(json!("d1"), "Hai", 10)]), "duties[1].id"),
        (json!(vec![new(10); 21]), "duties"),
    ] {
        refused(&put(&tinh, wrong).await?, 422, field);
    }
    assert_eq!(calendar(&xa, "29173", 2011, "").await, stands);

    // Its name and its day change; what was sent stays. Taken off, it is no more, and its id is given to no other.
    let answer = put(&tinh, json!([quarterly(json!("d1"), "Báo cáo quý về giảm nghèo", 5)])).await?;
    assert_eq!(answer.body["duties"][0]["days"], 5, "{}", answer.text);
    let page = calendar(&xa, "29173", 2011, "").await;
    let delivery = &page["duties"][0]["units"][0]["deliveries"][0];
    assert_eq!((&delivery["state"], &delivery["days"]), (&json!("sent"), &json!(3)));
    let answer = put(&tinh, json!([new(10)])).await?;
    assert_eq!(answer.body["duties"].as_array().unwrap().len(), 1, "{}", answer.text);
    assert_eq!(answer.body["duties"][0]["id"], "d2");
    refused(&xa.post("/api/v1/calendar/sent", &of_first).await?, 404, "duty");
    assert_eq!(put(&tinh, json!([])).await?.body["duties"], json!([]));
    assert_eq!(put(&tinh, json!([new(10)])).await?.body["duties"][0]["id"], "d3");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_calendar_is_kept_at_the_desk() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    people(data.path());
    let server = Server::start(data.path())?;
    let (xa, tinh) = (Person::sign_in(&server, "xa").await?, Person::sign_in(&server, "tinh").await?);
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    let shows = async |css: &str, word: &str| {
        browser.find(&format!("{css} [data-testid=delivery][data-state={word}]")).await.map(drop)
    };

    // What a district is to send, the most urgent first; a date and a tap say that it was sent.
    browser.sign_in(&server, "/desk/calendar?area=836&round=2023&lang=vi", "tinh").await?;
    let own = "[data-testid=own-report][data-nth='3']";
    shows(own, "late").await?;
    browser.choose(&format!("{own} [data-testid=day]"), "2023-04-05").await?;
    browser.tap(&format!("{own} [data-testid=send]")).await?;
    shows(own, "sent").await?;

    // How its communes stand; from a report one comes to each, and says that one was received.
    let answer = xa.post("/api/v1/calendar/sent", &mark("29173", REVIEWS, 3, "2023-04-05")).await?;
    assert_eq!(answer.status, 200, "{}", answer.text);
    browser.tap("[data-testid=sums-row][data-nth='3'] [data-testid=by-unit]").await?;
    let unit = "[data-testid=unit][data-unit='29173']";
    shows(unit, "sent").await?;
    browser.choose(&format!("{unit} [data-testid=day]"), "2023-04-01").await?;
    browser.tap(&format!("{unit} [data-testid=receive]")).await?;
    let said = "return /đơn vị ghi gửi ngày 05\\/04\\/2023/i.test(document.querySelector('#units-problem')?.innerText)";
    browser.wait("it is told why not", said, 20).await?;
    browser.choose(&format!("{unit} [data-testid=day]"), "2023-04-06").await?;
    browser.tap(&format!("{unit} [data-testid=receive]")).await?;
    shows(unit, "received").await?;
    browser.find("[data-testid=sums-row][data-nth='3'][aria-current=true]").await?;

    // The province sets the calendar; what is wrong is told with its row.
    browser.goto(&server.url("/desk/calendar?area=83&round=2011&lang=vi")).await?;
    browser.find("[data-testid=no-duties]").await?;
    browser.tap("[data-testid=add-duty]").await?;
    browser.fill("[data-testid=duty-name]", "Báo cáo 6 tháng").await?;
    browser.choose("[data-testid=duty-every]", "half").await?;
    browser.tap("[data-testid=write-duties]").await?;
    let said = "return /Dòng 1: hãy ghi số ngày/.test(document.querySelector('#duties-problem')?.innerText)";
    browser.wait("a number of days is missing", said, 20).await?;
    browser.fill("[data-testid=duty-days]", "15").await?;
    browser.tap("[data-testid=write-duties]").await?;
    browser.find("[data-testid=sums-row][data-duty=d1][data-nth='2']").await?;
    let page = calendar(&tinh, "83", 2011, "").await;
    assert_eq!(page["duties"][0]["terms"][1]["due"], "2012-01-15", "{page}");
    browser.goto(&server.url("/desk/calendar?area=83&round=2012&lang=vi")).await?;
    browser.tap("[data-testid=copy-duties]").await?;
    let copied = "return document.querySelector('[data-testid=duty-name]')?.value === 'Báo cáo 6 tháng'";
    browser.wait("last year's are taken over", copied, 20).await?;

    // A small phone scrolls tables, not the page.
    let metrics = json!({ "width": 360, "height": 640, "deviceScaleFactor": 2, "mobile": true });
    browser.devtools("Emulation.setDeviceMetricsOverride", metrics).await?;
    browser.goto(&server.url("/desk/calendar?area=836&round=2023&duty=monthly_reviews_3&lang=vi")).await?;
    browser.find(unit).await?;
    let fits = "return document.documentElement.scrollWidth <= 360";
    browser.wait("the page is as wide as the screen", fits, 10).await?;
    browser.close().await;
    Ok(())
}
