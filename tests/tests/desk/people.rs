//! Accounts with names and areas, passwords that work once, lists of accounts, and the audit trail by filters: over the API
//! and on the page.

use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use soho_tests::browser::{Browser, Engine};
use soho_tests::people::{Answer, Person, add, password};
use soho_tests::server::Server;

fn people(data: &Path) {
    add(data, "root", "admin", &[]).unwrap();
    add(data, "xa", "commune", &["29173"]).unwrap();
    add(data, "lan", "volunteer", &["29173-01"]).unwrap();
}

fn names(answer: &Answer) -> Vec<&str> {
    let accounts = answer.body["accounts"].as_array().unwrap_or_else(|| panic!("{}", answer.text));
    accounts.iter().map(|account| account["name"].as_str().unwrap()).collect()
}

const LIST: &str = "Tài khoản\tHọ tên\tĐiện thoại\tVai trò\tĐịa bàn
anh.anduc\tTrần Thị Ánh\t0901 234 567\tĐiều tra viên\tẤp 4, Xã An Đức; 29173-05
ba.batri\tLê Văn Ba\t\tCán bộ huyện\tBa Tri
cuc.anduc\tVõ Thị Cúc\t0275.3822.115\tcommune\txã an đức";

#[tokio::test]
async fn a_list_is_checked_row_by_row_and_then_makes_accounts_whose_passwords_work_once() -> anyhow::Result<()>
{
    let data = tempfile::tempdir()?;
    people(data.path());
    let server = Server::start(data.path())?;
    let root = Person::sign_in(&server, "root").await?;
    let list = async |text: &str, dry: bool| {
        root.post("/api/v1/accounts/list", &json!({"text": text, "dry": dry})).await
    };

    // Nothing is made of a list in which a row is wrong, and each fault stands at its field in both languages.
    let bad = format!("{LIST}\nxa\tLê Tư\t12\tthủ kho\t29173\nDũng\t\t\tcommune\tHuyện Ba Tri");
    let told = list(&bad, true).await?;
    let faults = |row: usize| {
        let faults = told.body["rows"][row]["faults"].as_array().unwrap();
        faults.iter().map(|fault| fault["field"].as_str().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(
        (told.status, &told.body["wrong"], &told.body["made"]),
        (200, &json!(2), &json!(0)),
        "{}",
        told.text
    );
    assert_eq!(
        [faults(0), faults(3), faults(4)],
        [vec![], vec!["account", "telephone", "role"], vec!["account", "areas"]]
    );
    let fault = &told.body["rows"][3]["faults"][0];
    assert!(fault["vi"].as_str().unwrap().contains("đã có tài khoản “xa”"), "{fault}");
    assert!(fault["en"].as_str().unwrap().contains("choose another name"), "{fault}");
    let refused = list(&bad, false).await?;
    assert_eq!((refused.short().as_str(), &refused.body["field"]), ("422 invalid-body", &json!("rows")));
    assert_eq!(names(&root.get("/api/v1/accounts").await?), ["lan", "root", "xa"]);
    assert_eq!(list("", true).await?.short(), "422 invalid-body");
    assert_eq!(list(&"x\ty\n".repeat(501), true).await?.short(), "422 invalid-body");

    let dry = list(LIST, true).await?;
    assert_eq!(dry.body["rows"][0]["areas"], json!(["29173-04", "29173-05"]), "{}", dry.text);
    assert_eq!(names(&root.get("/api/v1/accounts").await?).len(), 3, "a dry run makes nothing");
    let rows: Vec<Value> =
        dry.body["rows"].as_array().unwrap().iter().map(|row| row["row"].clone()).collect();
    let made = root.post("/api/v1/accounts/list", &json!({"rows": rows, "dry": false})).await?;
    assert_eq!(made.body["made"], 3, "{}", made.text);
    let once = made.body["rows"][0]["password"].as_str().unwrap().to_owned();

    // Such a password opens nothing until another one is chosen with it; then it is over.
    let nobody = Person::nobody(&server);
    let key = json!({"account": "anh.anduc", "password": once.to_lowercase()});
    let told = nobody.post("/api/v1/sessions", &key).await?;
    assert_eq!((told.short().as_str(), &told.body["field"]), ("403 password", &json!("password")));
    assert!(told.headers.get("set-cookie").is_none());
    let choose = |own: &str| json!({"account": "anh.anduc", "current": once, "password": own});
    assert_eq!(nobody.post("/api/v1/sessions", &choose("ngắn")).await?.short(), "422 password");
    assert_eq!(nobody.post("/api/v1/sessions", &choose(&once)).await?.short(), "422 password");
    let anh = Person::enter(&server, choose("mật khẩu của riêng Ánh")).await?;
    let who = anh.get("/api/v1/sessions/current").await?;
    assert_eq!((&who.body["full_name"], &who.body["password"]), (&json!("Trần Thị Ánh"), &json!(true)));
    assert_eq!(
        nobody.post("/api/v1/sessions", &choose("một câu khác hẳn")).await?.short(),
        "401 wrong-password"
    );
    Ok(())
}

#[tokio::test]
async fn accounts_are_found_by_letters_role_and_area_a_page_at_a_time() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    people(data.path());
    let server = Server::start(data.path())?;
    let root = Person::sign_in(&server, "root").await?;
    assert_eq!(
        root.post("/api/v1/accounts/list", &json!({"text": LIST, "dry": false})).await?.body["made"],
        3
    );
    let table = [
        (json!({"text": "tran anh"}), vec!["anh.anduc"]),
        (json!({"text": "0901"}), vec!["anh.anduc"]),
        (json!({"text": "anduc"}), vec!["anh.anduc", "cuc.anduc"]),
        (json!({"text": "anduc", "role": "commune"}), vec!["cuc.anduc"]),
        (json!({"text": "", "area": "29173"}), vec!["anh.anduc", "cuc.anduc", "lan", "xa"]),
        (json!({"text": "", "area": "29173-04"}), vec!["anh.anduc"]),
        (json!({"text": "", "area": "29173-06"}), vec![]),
        (json!({"text": "không ai"}), vec![]),
    ];
    for (wanted, expected) in table {
        let found = root.post("/api/v1/accounts/search", &wanted).await?;
        assert_eq!(names(&found), expected, "{wanted}");
        assert_eq!(found.body["total"], expected.len(), "{wanted}");
    }
    // An officer sees those who may be given devices, whatever is asked.
    let xa = Person::sign_in(&server, "xa").await?;
    assert_eq!(names(&xa.post("/api/v1/accounts/search", &json!({"text": ""})).await?), ["anh.anduc", "lan"]);

    let (mut seen, mut query) = (Vec::new(), String::new());
    loop {
        let page = root.get(&format!("/api/v1/accounts?limit=2{query}")).await?;
        assert!(names(&page).len() <= 2 && page.body["total"] == 6, "{}", page.text);
        seen.extend(names(&page).into_iter().map(ToOwned::to_owned));
        let Some(cursor) = page.body["cursor"].as_str() else { break };
        query = format!("&cursor={cursor}");
    }
    assert_eq!(seen, ["anh.anduc", "ba.batri", "cuc.anduc", "lan", "root", "xa"]);
    for bad in ["limit=101", "limit=0", "cursor=1", "role=king", "name=lan"] {
        let answer = root.get(&format!("/api/v1/accounts?{bad}")).await?;
        assert_eq!(answer.short(), "400 invalid-parameter", "{bad}");
    }

    // Names and numbers are changed and taken away; what is left out stays.
    let change = async |body: Value| root.patch("/api/v1/accounts/lan", &body).await;
    let named = change(json!({"full_name": " Nguyễn  Thị Lan ", "telephone": "0901-234-568"})).await?;
    assert_eq!(
        (&named.body["full_name"], &named.body["telephone"]),
        (&json!("Nguyễn Thị Lan"), &json!("0901234568"))
    );
    let other = change(json!({"telephone": ""})).await?;
    assert_eq!(
        (&other.body["full_name"], &other.body["telephone"]),
        (&json!("Nguyễn Thị Lan"), &Value::Null)
    );
    for (bad, field) in
        [(json!({"telephone": "gọi sau"}), "telephone"), (json!({"full_name": "x".repeat(81)}), "full_name")]
    {
        let answer = change(bad).await?;
        assert_eq!((answer.status, &answer.body["field"]), (422, &json!(field)), "{}", answer.text);
    }
    Ok(())
}

#[tokio::test]
async fn a_new_password_of_one_s_own_ends_the_other_sessions() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    people(data.path());
    let server = Server::start(data.path())?;
    let (here, elsewhere) = (Person::sign_in(&server, "xa").await?, Person::sign_in(&server, "xa").await?);
    let change = async |current: &str, own: &str| {
        let body = json!({"current": current, "password": own});
        here.ask(Method::PUT, "/api/v1/sessions/current/password", Some(&body)).await
    };
    assert_eq!(change("no", "một câu khác hẳn").await?.short(), "403 wrong-password");
    assert_eq!(change(&password("xa"), "ngắn").await?.short(), "422 password");
    assert_eq!(change(&password("xa"), "một câu khác hẳn").await?.status, 204);
    assert_eq!(here.get("/api/v1/devices").await?.status, 200);
    assert_eq!(elsewhere.get("/api/v1/devices").await?.short(), "401 session-over");
    assert!(Person::sign_in(&server, "xa").await.is_err());
    assert!(Person::enter(&server, json!({"account": "xa", "password": "một câu khác hẳn"})).await.is_ok());
    // Tries are counted, as of signing in.
    let mut last = String::new();
    for _ in 0..10 {
        last = change("no", "một câu khác hẳn").await?.short();
    }
    assert_eq!(last, "429 too-often");
    Ok(())
}

#[tokio::test]
async fn the_trail_is_filtered_names_whom_the_reader_may_know_and_is_saved() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    people(data.path());
    let server = Server::start(data.path())?;
    let (root, xa) = (Person::sign_in(&server, "root").await?, Person::sign_in(&server, "xa").await?);
    root.patch("/api/v1/accounts/xa", &json!({"full_name": "Lê Thị Xã"})).await?;
    let household = "29173-00000000000000000000000000000001";
    let operation = json!({
        "id": "00000000-0000-0000-0000-000000000001", "household": household, "round": "2010",
        "stamp": "012c3c2a9d5e-0000-00000000000000ab",
        "changes": [{"field": "hamlet", "value": 1}, {"field": "head/name", "value": "Trần Văn Út"}],
    });
    let pushed = xa.post("/api/v1/sync/push", &json!({ "operations": [operation] })).await?;
    assert_eq!(pushed.status, 200, "{}", pushed.text);
    xa.get(&format!("/api/v1/households/{household}")).await?;
    let actions = async |person: &Person, query: &str| {
        let page = person.get(&format!("/api/v1/audit?{query}")).await?;
        let entries =
            page.body["entries"].as_array().unwrap_or_else(|| panic!("{query}: {}", page.text)).clone();
        anyhow::Ok(
            entries.iter().map(|entry| entry["action"].as_str().unwrap().to_owned()).collect::<Vec<_>>(),
        )
    };
    let of_household = format!("household={household}");
    assert_eq!(actions(&xa, &of_household).await?, ["read", "changed"]);
    assert_eq!(actions(&root, "account=xa&action=account_changed").await?, ["account_changed"]);
    assert_eq!(actions(&root, "account=xa&action=signed_in").await?, ["signed_in"]);
    assert!(actions(&root, "to=2020-01-01").await?.is_empty());
    assert!(actions(&root, "from=2999-01-01").await?.is_empty());
    assert_eq!(actions(&root, "from=2020-01-01&to=2999-01-01&action=changed").await?, ["changed"]);
    let elsewhere = xa.get("/api/v1/audit?household=28756-00000000000000000000000000000001").await?;
    assert_eq!(elsewhere.short(), "403 outside-areas");
    for bad in [
        "from=28/11/2026",
        "account=B%C3%A0",
        "action=flown",
        "format=pdf",
        "area=836&household=28756-00000000000000000000000000000001",
    ] {
        assert_eq!(
            root.get(&format!("/api/v1/audit?{bad}")).await?.short(),
            "400 invalid-parameter",
            "{bad}"
        );
    }
    // Pages go on where they ended, with a filter too.
    let (mut all, mut query) = (Vec::new(), String::new());
    loop {
        let page = root.get(&format!("/api/v1/audit?action=signed_in&limit=1{query}")).await?;
        let entries = page.body["entries"].as_array().unwrap();
        all.extend(entries.iter().map(|entry| entry["by"]["account"].as_str().unwrap().to_owned()));
        let Some(cursor) = page.body["cursor"].as_str() else { break };
        query = format!("&cursor={cursor}");
    }
    assert_eq!(all, ["xa", "root"]);

    // Accounts are named to everybody who reads the trail, heads of households to those who may read them; that is noted.
    let named = format!("{of_household}&names=true");
    let page = xa.get(&format!("/api/v1/audit?{named}")).await?;
    let entry = &page.body["entries"][0];
    assert_eq!(
        (&entry["full_name"], &entry["heads"][household]),
        (&json!("Lê Thị Xã"), &json!("Trần Văn Út")),
        "{entry}"
    );
    assert_eq!(actions(&xa, &of_household).await?, ["read", "read", "changed"]);
    let page = root.get(&format!("/api/v1/audit?{named}")).await?;
    assert!(page.status == 200 && !page.text.contains("Út"), "{}", page.text);

    let saved = root.get("/api/v1/audit?format=csv&account=xa").await?;
    assert_eq!(saved.headers["content-type"], "text/csv; charset=utf-8");
    let lines: Vec<_> = saved.text.trim_start_matches('\u{feff}').lines().collect();
    assert!(lines[0].starts_with("Lúc,Tài khoản,Họ tên,Việc,"), "{}", saved.text);
    assert!(lines.iter().any(|line| line.contains("xa,Lê Thị Xã,sửa,,29173,Xã An Đức,1,")), "{}", saved.text);
    assert_eq!(actions(&root, "action=trail_exported").await?, ["trail_exported"]);
    Ok(())
}

async fn sees(browser: &Browser, what: &str, css: &str, pattern: &str) -> anyhow::Result<()> {
    browser
        .wait(what, &format!("return /{pattern}/.test(document.querySelector('{css}')?.innerText)"), 20)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_finds_names_and_places_people_without_a_code() -> anyhow::Result<()> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    people(data.path());
    let server = Server::start(data.path())?;
    let root = Person::sign_in(&server, "root").await?;
    let browser = Browser::open(Engine::Chromium, profile.path()).await?;
    browser.sign_in(&server, "/desk/people/", "root").await?;
    sees(&browser, "all accounts", "#how-many", "3 tài khoản").await?;

    // The hamlet is chosen by letters and its number; what was typed and not chosen is told at the field.
    browser.tap("#new summary").await?;
    browser.fill("#name", "anh").await?;
    browser.fill("#full-name", "Trần Thị Ánh").await?;
    browser.choose("#role", "volunteer").await?;
    browser.fill("#areas", "an duc").await?;
    browser.tap("#make > p button").await?;
    let at_field = "const at = document.activeElement; return at.id === 'areas' && /hãy chọn một dòng/.test(at.closest('.field').innerText)";
    browser.wait("it is said at the field", at_field, 20).await?;
    browser.fill("#areas", "an duc 4").await?;
    sees(&browser, "the hamlet is offered", "#areas-list", "Ấp 4, Xã An Đức[^]*Huyện Ba Tri").await?;
    browser.find("#areas").await?.send_keys("\u{e007}").await?;
    sees(&browser, "it is chosen", "#make .chips", "Ấp 4, Xã An Đức").await?;
    browser.tap("#make > p button").await?;
    sees(&browser, "it is made", "#done", "Đã tạo tài khoản").await?;
    browser.fill("#q", "tran anh").await?;
    sees(&browser, "one is found", "#how-many", "^1 tài khoản").await?;
    sees(&browser, "by its name", "#accounts", "anh[^]*Trần Thị Ánh[^]*Ấp 4, Xã An Đức").await?;

    let change = "const made = [...document.querySelectorAll('#accounts button')].find((button) => button.innerText === 'Sửa'); made?.click(); return document.querySelector('#edit').open";
    browser.wait("it is opened", change, 20).await?;
    browser.fill("#edit-telephone", "12").await?;
    browser.tap("#edit-form > p .button").await?;
    let at_field = "const at = document.activeElement; return at.id === 'edit-telephone' && /từ 8 đến 15 chữ số/.test(at.closest('.field').innerText)";
    browser.wait("what is wrong is said at the field", at_field, 20).await?;
    browser.fill("#edit-telephone", "0901 234 567").await?;
    browser.tap("#edit-form > p .button").await?;
    sees(&browser, "it is changed", "#accounts", "0901234567").await?;

    // A list is pasted, checked and made.
    let paste = format!(
        "const field = document.querySelector('#list'); document.querySelector('#many').open = true; field.value = {}; \
         field.dispatchEvent(new Event('input')); document.querySelector('#paste button').click(); return true",
        json!("ba.xa\tLê Văn Ba\t\tCán bộ xã\tXã An Đức\nxa\tLê Tư\t\tCán bộ xã\t29173")
    );
    browser.wait("a list is pasted", &paste, 5).await?;
    sees(&browser, "a fault is told", "#listed .faulty", "đã có tài khoản “xa”").await?;
    browser
        .wait("nothing can be made of it", "return document.querySelector('#make-listed').hidden", 5)
        .await?;
    browser.wait("a good list is pasted", &paste.replace("\\nxa\\t", "\\ntu.xa\\t"), 5).await?;
    browser.wait("it can be made", "return !document.querySelector('#make-listed').hidden", 20).await?;
    browser.wait("they are made", "document.querySelector('#make-listed').click(); return true", 5).await?;
    sees(&browser, "the passwords are shown once", "#given", "tu\\.xa[^]*[0-9A-Z]{5}-[0-9A-Z]{5}").await?;

    browser.choose("#audit-action", "account_changed").await?;
    browser.fill("#audit-account", "anh").await?;
    browser.tap("#filter .row .button").await?;
    let filtered = "const rows = [...document.querySelectorAll('#audit tbody tr')]; return rows.length === 1 && /root[^]*anh \\(Trần Thị Ánh\\)/.test(rows[0].innerText)";
    browser.wait("the trail is filtered, with names", filtered, 20).await?;

    // Who is given a password that works once is asked for another one where they sign in.
    let given = root.post("/api/v1/accounts/anh/password", &json!({})).await?;
    let once = given.body["password"].as_str().unwrap();
    browser.goto(&server.url("/signin/")).await?;
    browser.tap("#sign-out").await?;
    browser
        .wait("the form is there", "return document.querySelector('#forms')?.hidden === false", 20)
        .await?;
    browser.tap("#with-password button").await?;
    let empty = "return document.activeElement.id === 'name' && document.activeElement.getAttribute('aria-describedby') === 'failure'";
    browser.wait("an empty field is told", empty, 5).await?;
    browser.fill("#name", "anh").await?;
    browser.fill("#password", once).await?;
    browser.tap("#with-password button").await?;
    let asks = "return document.activeElement.id === 'chosen' && /chỉ dùng được một lần/.test(document.querySelector('#failure').innerText)";
    browser.wait("another one is asked for", asks, 20).await?;
    browser.fill("#chosen", "mật khẩu của riêng Ánh").await?;
    browser.tap("#with-password button").await?;
    browser.wait("she is in", "return location.pathname === '/survey/'", 20).await?;
    browser.close().await;
    Ok(())
}
