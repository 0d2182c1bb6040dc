//! What an officer decides at `/desk/review/`: a difference between two tablets and a household entered twice, and
//! how the household's history shows it.

use reqwest::Method;
use serde_json::{Value, json};
use soho_tests::browser::{Browser, Engine};
use soho_tests::kept::Pattern;
use soho_tests::people::{Person, add};
use soho_tests::server::Server;

const A: &str = "29173-000000000000000000000000000000aa";
const B: &str = "29173-000000000000000000000000000000bb";
const C: &str = "29173-000000000000000000000000000000cc";
const D: &str = "29173-000000000000000000000000000000dd";

/// Returns a tablet's edit of a household.
fn edit(id: u32, household: &str, tablet: u32, set: &Value) -> Value {
    let changes: Vec<_> = set
        .as_object()
        .unwrap()
        .iter()
        .map(|(field, value)| json!({"field": field, "value": value}))
        .collect();
    json!({
        "id": format!("00000000-0000-0000-0000-{id:012}"),
        "household": household,
        "round": "2010",
        "stamp": format!("012c3c2a9d5e-{id:04x}-{tablet:016x}"),
        "changes": changes,
    })
}

async fn push(tablet: &Person, operations: Value) {
    let answer = tablet.post("/api/v1/sync/push", &json!({ "operations": operations })).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text);
}

async fn says(browser: &Browser, what: &str, css: &str, words: &str) -> anyhow::Result<()> {
    let script = format!("return /{words}/.test(document.querySelector({css:?})?.innerText)");
    browser.wait(what, &script, 20).await
}

/// Makes a register with an officer and the households that two tablets have sent, and opens the officer's browser.
async fn officer(profile: &std::path::Path) -> anyhow::Result<(tempfile::TempDir, Server, Browser)> {
    static MADE: Pattern = Pattern::new(concat!(env!("CARGO_TARGET_TMPDIR"), "/review"), |data| {
        add(data, "root", "admin", &[])?;
        add(data, "xa", "commune", &["29173"])?;
        add(data, "lan", "volunteer", &["29173-01"])?;
        add(data, "minh", "volunteer", &["29173-01"])
    });
    let data = MADE.copy()?;
    let server = Server::start(data.path())?;
    let (lan, minh) = (Person::sign_in(&server, "lan").await?, Person::sign_in(&server, "minh").await?);
    let head = json!({"hamlet": 1, "head/name": "Trần Văn Ba", "head/birth_year": 1950, "member_count": 4});
    let typed_again = json!({"hamlet": 1, "head/name": "TRAN VAN BA", "head/birth_year": 1950});
    push(&lan, json!([edit(1, A, 1, &head), edit(2, B, 1, &typed_again), edit(3, C, 1, &typed_again)])).await;
    push(&minh, json!([edit(4, A, 2, &json!({"member_count": 6, "note": "<b>gần cầu</b>"}))])).await;
    let browser = Browser::open(Engine::Chromium, profile).await?;
    browser.sign_in(&server, "/desk/review/", "xa").await?;
    Ok((data, server, browser))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_difference_between_two_tablets_is_decided_with_one_tap_and_told_in_the_history()
-> anyhow::Result<()> {
    let profile = tempfile::tempdir()?;
    let (_data, server, browser) = officer(profile.path()).await?;
    let card = format!("[data-conflict='{A}.2010.member_count']");
    says(&browser, "both values and both people are there", &card, "6[^]*minh[^]*4[^]*lan").await?;
    says(&browser, "it is counted", "#conflicts-count", "1").await?;
    browser.tap(&format!("{card} .side:nth-child(2) button")).await?;
    says(&browser, "it is said what was done", "#done", "Đã giữ “4”").await?;
    browser.wait("nothing is left", &format!("return !document.querySelector({card:?})"), 20).await?;
    // After a wrong tap: the other value is kept instead, and back again.
    browser.tap("#done .row button").await?;
    says(&browser, "the other value is kept", "#done", "Đã giữ “6”").await?;
    browser.tap("#done .row button").await?;
    says(&browser, "and the first again", "#done", "Đã giữ “4”").await?;
    let xa = Person::sign_in(&server, "xa").await?;
    assert_eq!(xa.get("/api/v1/conflicts?area=29173").await?.body["conflicts"], json!([]));

    browser.tap("#done a").await?;
    says(&browser, "the household is named", "#h-history", "Trần Văn Ba, Ấp 1, Xã An Đức").await?;
    says(&browser, "who, from what, to what", "#story li:first-child", "xa[^]*6[^]*→[^]*4").await?;
    says(&browser, "the value that lost is told", "#story", "minh[^]*4[^]*→[^]*6[^]*<b>gần cầu<.b>").await?;
    browser.wait("the address holds it", &format!("return location.search === '?household={A}'"), 5).await?;
    let today = "const d = new Date(); return [d.getFullYear(), d.getMonth() + 1, d.getDate()].map((n) => String(n).padStart(2, '0')).join('-')";
    let today = browser.driver().execute(today, vec![]).await?.json().as_str().unwrap().to_owned();
    browser.goto(&server.url(&format!("/desk/review/?household={A}&at={today}"))).await?;
    says(&browser, "as it is today", "#state", "gần cầu").await?;
    browser.goto(&server.url(&format!("/desk/review/?household={A}&at=2020-01-01"))).await?;
    says(&browser, "as it was before", "#as-it-was", "chưa có hộ này").await?;
    browser.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_says_to_what_class_each_value_leads_and_how_to_reach_who_wrote_it() -> anyhow::Result<()> {
    let profile = tempfile::tempdir()?;
    let (_data, server, browser) = officer(profile.path()).await?;
    let (root, xa) = (Person::sign_in(&server, "root").await?, Person::sign_in(&server, "xa").await?);
    let (lan, minh) = (Person::sign_in(&server, "lan").await?, Person::sign_in(&server, "minh").await?);
    let owner = json!({"full_name": "Nguyễn Thị Lan", "telephone": "0901 234 567"});
    for name in ["lan", "xa"] {
        let named = root.patch(&format!("/api/v1/accounts/{name}"), &owner).await?;
        assert_eq!(named.status, 200, "{}", named.text);
    }
    // Four people: 4 million a year are under the line of 2011, 40 million over all of its bands.
    let first = json!({"hamlet": 1, "head/name": "Võ Văn Tư", "member_count": 4, "note": "gần cầu",
                       "income/a/source": "wages", "income/a/amount": 4_000_000});
    push(&lan, json!([edit(21, D, 1, &first)])).await;
    let second = json!({"note": "gần chợ", "income/a/amount": 40_000_000});
    push(&minh, json!([edit(22, D, 2, &second)])).await;
    push(&xa, json!([edit(23, D, 3, &json!({"note": "gần đình"}))])).await;

    browser.goto(&server.url("/desk/review/?area=29173")).await?;
    let card = format!("[data-conflict='{D}.2010.income.a.amount']");
    let side = |number: u8| format!("{card} .side:nth-child({number})");
    says(&browser, "the value in use", &side(1), "40[^]*→ Thu nhập trên 150.%").await?;
    says(&browser, "the other value", &side(2), "→ Hộ nghèo[^]*Nguyễn Thị Lan[^]*0901 234 567").await?;
    says(&browser, "the number can be called", &format!("{card} a[href='tel:0901234567']"), "0901").await?;
    let differs = format!("return !document.querySelector({:?})", format!("{card} .all-one"));
    browser.wait("the classes differ", &differs, 5).await?;
    let note = format!("[data-conflict='{D}.2010.note']");
    says(&browser, "a note decides nothing", &format!("{note} .all-one"), "hạng cũng như nhau").await?;
    let open = format!("[data-conflict='{A}.2010.member_count']");
    says(&browser, "too little is known", &open, "chưa đủ để xếp loại[^]*chưa đủ để xếp loại").await?;
    browser.tap("#language").await?;
    says(&browser, "in English", &side(2), "→ Poor household").await?;
    says(&browser, "in English, too", &format!("{note} .all-one"), "the same class").await?;

    // A number is told to who could list the account: a volunteer could list none, an officer not her own.
    let told =
        async |person: &Person| person.get("/api/v1/conflicts?area=29173").await.map(|answer| answer.text);
    let (by_xa, by_lan) = (told(&xa).await?, told(&lan).await?);
    assert!(by_lan.contains(D) && !by_lan.contains("0901234567") && !by_lan.contains("Nguyễn Thị Lan"));
    let answer: Value = serde_json::from_str(&by_xa)?;
    let conflicts = answer["conflicts"].as_array().unwrap();
    let values =
        conflicts.iter().flat_map(|of| of["lost"].as_array().unwrap().iter().chain([&of["standing"]]));
    for by in values.map(|side| &side["by"]) {
        let number = if by["account"] == "lan" { json!("0901234567") } else { Value::Null };
        assert_eq!(by["telephone"], number, "{by}");
    }
    browser.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_in_the_desk_s_list_leads_to_the_household_with_its_history() -> anyhow::Result<()> {
    let profile = tempfile::tempdir()?;
    let (_data, server, browser) = officer(profile.path()).await?;
    browser.goto(&server.url("/desk/households?area=29173&round=2010&lang=vi")).await?;
    browser.tap(&format!("tr[data-household='{A}'] [data-col=name] a")).await?;
    says(&browser, "the household is named", "#h-history", "Trần Văn Ba, Ấp 1, Xã An Đức").await?;
    says(&browser, "who wrote what", "#story", "minh[^]*gần cầu[^]*lan[^]*Trần Văn Ba").await?;
    browser.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_household_entered_twice_is_joined_parted_and_told_apart() -> anyhow::Result<()> {
    let profile = tempfile::tempdir()?;
    let (_data, server, browser) = officer(profile.path()).await?;
    browser.tap("#to-duplicates").await?;
    let pair = format!("[data-pair='{A}.{}']", &B[6..]);
    says(&browser, "why is said", &pair, "Vì: chủ hộ cùng tên và năm sinh").await?;
    says(&browser, "three pairs", "#duplicates-count", "3").await?;
    browser.tap(&format!("{pair} .side:nth-child(1) button")).await?;
    says(&browser, "it is said what was done", "#done", "Giữ hộ Trần Văn Ba").await?;
    says(&browser, "the other one is compared no more", "#duplicates-count", "1").await?;
    browser.tap("#undo").await?;
    says(&browser, "it is undone", "#duplicates-count", "3").await?;

    browser.tap(&format!("{pair} > .row button")).await?;
    says(&browser, "it is said what was done", "#done", "hai hộ khác nhau").await?;
    says(&browser, "this pair alone is gone", "#duplicates-count", "2").await?;
    browser.reload().await?;
    says(&browser, "and stays so", "#duplicates-count", "2").await?;
    browser.tap(&format!("[data-pair='{A}.{}'] .side:nth-child(1) button", &C[6..])).await?;
    says(&browser, "one is left", "#duplicates-count", "0").await?;
    let xa = Person::sign_in(&server, "xa").await?;
    let gone = xa.get(&format!("/api/v1/households/{C}")).await?;
    assert!(gone.text.contains("same_as") && gone.text.contains(A), "{}", gone.text);
    browser.goto(&server.url(&format!("/desk/review/?household={A}"))).await?;
    says(&browser, "both histories are told", "#linked", "Đã gộp với").await?;
    browser.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lost_tablet_sends_waits_until_it_is_taken_or_dropped() -> anyhow::Result<()> {
    let profile = tempfile::tempdir()?;
    let (_data, server, browser) = officer(profile.path()).await?;
    let xa = Person::sign_in(&server, "xa").await?;
    let made = xa.post("/api/v1/devices/enrolments", &json!({"account": "lan"})).await?;
    let tablet = Person::enter(&server, json!({"code": made.body["code"], "device": "Máy 1"})).await?;
    let listed = xa.get("/api/v1/devices").await?;
    let devices = listed.body["devices"].as_array().unwrap();
    let id = devices.iter().find(|device| device["device"] == "Máy 1").unwrap()["id"].as_str().unwrap();
    let lost = xa.ask(Method::DELETE, &format!("/api/v1/devices/{id}?lost=true"), None).await?;
    assert_eq!(lost.status, 204, "{}", lost.text);
    let note = |id, text: &str| edit(id, A, 9, &json!({ "note": text }));
    push(&tablet, json!([note(11, "<b>mất</b>"), note(12, "hai"), note(13, "ba"), note(14, "bốn")])).await;

    browser.tap("#to-held").await?;
    says(&browser, "it is counted", "#held-count", "4").await?;
    let card = |id: u32| format!("[data-held='00000000-0000-0000-0000-{id:012}']");
    says(&browser, "who wrote what, when", &card(11), "Trần Văn Ba[^]*lan[^]*Máy 1[^]*<b>mất<.b>").await?;
    browser.tap(&format!("{} .row button:first-child", card(12))).await?;
    says(&browser, "one is taken", "#done", "Đã nhận 1 lần ghi").await?;
    browser.tap(&format!("{} .row button:last-child", card(13))).await?;
    says(&browser, "one is dropped", "#done", "Đã bỏ 1 lần ghi").await?;
    says(&browser, "two are left", "#held-count", "2").await?;
    browser.tap("#held-all button:first-child").await?;
    says(&browser, "the others are taken", "#done", "Đã nhận 2 lần ghi").await?;
    says(&browser, "nothing is left", "#held-list", "Không có lần ghi nào").await?;
    let history = xa.get(&format!("/api/v1/households/{A}/history")).await?.text;
    let told = ["<b>mất</b>", "hai", "ba", "bốn"].map(|text| history.contains(&format!("\"{text}\"")));
    assert_eq!(told, [true, true, false, true], "{history}");
    browser.close().await;
    Ok(())
}

/// Checks which links in the header can be seen.
async fn ways(browser: &Browser, what: &str, expected: &[&str]) -> anyhow::Result<()> {
    let script = format!(
        "return [...document.querySelectorAll('.top nav a')].filter((a) => a.checkVisibility()) \
         .map((a) => a.getAttribute('href')).join(' ') === '{}'",
        expected.join(" ")
    );
    browser.wait(&format!("{what}: the ways"), &script, 20).await
}

/// Checks which of the desk's pages are led to, by their words, which of them is marked as the open one, and that a thumb
/// reaches each.
async fn desk(browser: &Browser, what: &str, expected: &str, open: &str) -> anyhow::Result<()> {
    let script = format!(
        "const links = [...document.querySelectorAll('nav.pages a')].filter((a) => a.checkVisibility()); \
         const words = (of) => of.map((a) => a.pathname.split('/')[2].replace('commune', 'rounds')).join(' '); \
         const reached = (a) => a.getBoundingClientRect().right <= innerWidth && a.offsetHeight >= 44; \
         return words(links) === '{expected}' && words(links.filter((a) => a.ariaCurrent === 'page')) === '{open}' \
             && links.every(reached)"
    );
    browser.wait(&format!("{what}: the desk's pages"), &script, 20).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_menu_shows_what_the_role_can_use_on_apps_and_plain_pages_alike() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    add(data.path(), "root", "admin", &[])?;
    add(data.path(), "xa", "commune", &["29173"])?;
    add(data.path(), "lan", "volunteer", &["29173-01"])?;
    let server = Server::start(data.path())?;
    let profile = tempfile::tempdir()?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    browser.driver().set_window_rect(0, 0, 1280, 800).await?;
    browser.goto(&server.url("/")).await?;
    ways(&browser, "nobody", &["/"]).await?;
    let (survey, officer, admin): (&[&str], &[&str], &[&str]) =
        (&["/", "/survey/"], &["/", "/survey/", "/desk/"], &["/", "/desk/"]);
    for (name, page, seen) in
        [("lan", "/survey/", survey), ("xa", "/desk/review/", officer), ("root", "/desk/people/", admin)]
    {
        browser.sign_in(&server, page, name).await?;
        ways(&browser, name, seen).await?;
        for page in seen.iter().chain(&["/signin/"]) {
            browser.goto(&server.url(page)).await?;
            ways(&browser, &format!("{name} at {page}"), seen).await?;
            if *page == "/survey/" {
                // Signing out asks about a device's book only where it says that there is one.
                let book = "return !!localStorage.getItem('soho.kept')";
                browser.wait("the survey has opened its book", book, 30).await?;
            }
        }
        if name == "root" {
            // An administrator's figures stop at the communes: no name leads to what would be refused.
            browser.goto(&server.url("/desk/figures/?area=83&by=commune")).await?;
            let names = "const names = [...document.querySelectorAll('tr[data-code] [data-col=name]')]; \
                         return names.length > 100 && !names.some((name) => name.querySelector('a'))";
            browser.wait("no commune opens", names, 20).await?;
            browser.goto(&server.url("/signin/")).await?;
        }
        browser
            .wait("the button is there", "return document.querySelector('#who')?.hidden === false", 20)
            .await?;
        browser.tap("#sign-out").await?;
        if seen.contains(&"/survey/") {
            browser.tap("[data-testid=leave]").await?;
        }
        ways(&browser, &format!("{name} has signed out"), &["/"]).await?;
    }
    browser.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn all_pages_of_the_desk_lead_to_those_that_the_role_has_a_use_for() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    add(data.path(), "root", "admin", &[])?;
    add(data.path(), "xa", "commune", &["29173"])?;
    let server = Server::start(data.path())?;
    let profile = tempfile::tempdir()?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    let phone = json!({"width": 360, "height": 640, "deviceScaleFactor": 1, "mobile": true});
    browser.devtools("Emulation.setDeviceMetricsOverride", phone).await?;
    let officer = "figures rounds review recognition supports movement months targets reports calendar households \
                   imports people";
    let admin = "figures movement months targets reports people";
    for (name, area, expected, first) in
        [("xa", "29173", officer, "rounds"), ("root", "836", admin, "movement")]
    {
        browser.sign_in(&server, "/desk/people/", name).await?;
        desk(&browser, name, expected, "people").await?;
        for word in ["figures", "reports", "review", "people"] {
            if expected.split(' ').all(|of| of != word) {
                continue;
            }
            browser.tap(&format!("nav.pages a[href^='/desk/{word}']")).await?;
            desk(&browser, &format!("{name} at {word}"), expected, word).await?;
        }
        // Area and round go along.
        browser.goto(&server.url(&format!("/desk/figures/?area={area}&round=2012&lang=vi"))).await?;
        for (word, path) in [("reports", "/desk/reports"), ("figures", "/desk/figures/")] {
            browser.tap(&format!("nav.pages a[href^='{path}']")).await?;
            let same = format!(
                "return location.pathname === '{path}' && /area={area}&.*round=2012/.test(location.search)"
            );
            browser.wait(&format!("{name} at {word} of the same area and round"), &same, 20).await?;
        }
        browser.goto(&server.url("/desk/")).await?;
        desk(&browser, &format!("{name} at the desk"), expected, first).await?;
        // An address of version 0.1 leads on.
        browser.goto(&server.url("/admin/")).await?;
        desk(&browser, &format!("{name} by an old address"), expected, "people").await?;
        browser.goto(&server.url("/signin/")).await?;
        browser
            .wait("the button is there", "return document.querySelector('#who')?.hidden === false", 20)
            .await?;
        browser.tap("#sign-out").await?;
        ways(&browser, &format!("{name} has signed out"), &["/"]).await?;
    }
    browser.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_said_where_it_was_asked_for_and_takes_the_focus() -> anyhow::Result<()> {
    let profile = tempfile::tempdir()?;
    let (_data, server, browser) = officer(profile.path()).await?;
    let card = format!("[data-conflict='{A}.2010.member_count']");
    browser.find(&card).await?;
    server.kill();
    browser.tap(&format!("{card} .side:nth-child(2) button")).await?;
    let beside = format!(
        "const said = document.activeElement; return said.matches({:?}) && /chưa kết nối được máy chủ/.test(said.textContent)",
        format!("{card} .side:nth-child(2) button + .error")
    );
    browser.wait("it is said beside the button", &beside, 20).await?;

    let data = tempfile::tempdir()?;
    add(data.path(), "root", "admin", &[])?;
    let server = Server::start(data.path())?;
    browser.sign_in(&server, "/desk/people/", "root").await?;
    let open = "const made = document.querySelector('#new'); made.open = true; return !made.hidden";
    browser.wait("the form for an account", open, 20).await?;
    for (name, areas, field, words) in [
        ("Bà Năm", "29173", "name", "tên tài khoản gồm"),
        ("xa", "29173-99x", "areas", "mã địa bàn chưa đúng"),
        ("xa", "836", "areas", "Xã, như 29173"),
    ] {
        browser.choose("#role", "commune").await?;
        browser.fill("#name", name).await?;
        browser.fill("#areas", areas).await?;
        browser.tap("#make button").await?;
        let at_field = format!(
            "const at = document.activeElement; return at.id === '{field}' && at.getAttribute('aria-invalid') === 'true' \
             && document.getElementById(at.getAttribute('aria-describedby')).textContent.includes('{words}') \
             && document.querySelectorAll('[aria-invalid]').length === 1"
        );
        browser.wait(&format!("{name}, {areas}: said at {field}"), &at_field, 20).await?;
    }
    browser.fill("#areas", "29173").await?;
    browser.tap("#make button").await?;
    says(&browser, "it is made", "#done", "Đã tạo tài khoản").await?;
    browser
        .wait("nothing is wrong any more", "return !document.querySelector('.wrong, [aria-invalid]')", 5)
        .await?;
    browser.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_has_the_name_of_its_round_s_law_and_english_pages_speak_english() -> anyhow::Result<()> {
    let profile = tempfile::tempdir()?;
    let (_data, server, browser) = officer(profile.path()).await?;
    let xa = Person::sign_in(&server, "xa").await?;
    // Two people who look alike: one on 560.000 đ a month under the law of 2011, the other in 2016 on
    // 1.200.000 đ. Their hamlet is not known.
    let twin = |amount: i64| {
        json!({"head/name": "Phạm Văn Năm", "head/birth_year": 1960, "member_count": 1,
               "income/a/source": "wages", "income/a/amount": amount, "income/a/times": 12})
    };
    let (one, other) = (format!("29173-{:032x}", 0xe1), format!("29173-{:032x}", 0xe2));
    let mut later = edit(8, &other, 3, &twin(1_200_000));
    later["round"] = "2016".into();
    push(&xa, json!([edit(7, &one, 3, &twin(560_000)), later])).await;
    browser.goto(&server.url("/desk/review/?area=29173&view=duplicates")).await?;
    let pair = format!("[data-pair='{one}.{}']", &other[6..]);
    says(
        &browser,
        "by the law of 2011",
        &format!("{pair} .side:nth-child(1)"),
        "hu nhập trên 130.% đến 150.%",
    )
    .await?;
    says(&browser, "by the law of 2016", &format!("{pair} .side:nth-child(2)"), "mức sống trung bình")
        .await?;

    browser.goto(&server.url("/desk/figures/?area=29173&lang=en")).await?;
    says(&browser, "no hamlet", "#hamlet-table", "Hamlet not recorded").await?;
    let vietnamese = "return !/Chưa|hộ |của/.test(document.querySelector('main').innerText)";
    browser.wait("no Vietnamese sentence", vietnamese, 5).await?;
    browser.close().await;
    Ok(())
}
