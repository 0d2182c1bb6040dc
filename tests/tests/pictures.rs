//! A self-check, a visit and every page of the desk as pictures. `cargo xtask pictures` draws the visit into `docs/visit/`,
//! with a page that shows it in order, the desk into `docs/desk/`, and those that the README shows into `docs/`.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use serde_json::{Value, json};
use soho_shared::record::{HouseholdId, Operation, Value as Field};
use soho_tests::browser::{Browser, Engine};
use soho_tests::desk::{PLACES, furnished, push};
use soho_tests::edits::{Dice, household, operation};
use soho_tests::people::Person;
use soho_tests::server::{self, Server};
use thirtyfour::support::base64_decode;

/// Width and height of the screen, and device pixels for each of its pixels.
type Size = (u32, u32, f64);

/// The visit: a small phone, and a tablet.
const SIZES: [Size; 2] = [(360, 640, 2.0), (800, 1280, 1.0)];

/// The desk. The screens are longer than real ones, to show what lies below the navigation.
const WIDE: [Size; 3] = [(360, 1600, 2.0), (800, 1280, 1.0), (1280, 900, 1.0)];

/// Those that the README shows.
const SHOWN: [&str; 3] = ["reports-1280-vi-light", "households-360-vi-light", "recognition-800-vi-light"];

/// Most bytes of a picture.
const MOST: usize = 100_000;

/// A picture's name, and what it shows.
type Taken = Vec<(String, &'static str)>;

struct Camera {
    browser: Browser,
    folder: PathBuf,
    width: u32,
    taken: Taken,
}

impl Camera {
    async fn open(profile: &Path, folder: &Path) -> anyhow::Result<Self> {
        let browser = Browser::open(Engine::Chromium, profile).await?;
        Ok(Camera { browser, folder: folder.to_owned(), width: 0, taken: Taken::new() })
    }

    /// Gives the screen a size.
    async fn resize(&mut self, (width, height, scale): Size) -> anyhow::Result<()> {
        self.width = width;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": scale, "mobile": true });
        self.browser.devtools("Emulation.setDeviceMetricsOverride", metrics).await
    }

    /// Takes the next picture of a walk.
    async fn take(&mut self, name: &str, words: &'static str, top: &str) -> anyhow::Result<()> {
        let name = format!("{:02}-{name}", self.taken.len() + 1);
        self.keep(&format!("{name}-{}", self.width), top).await?;
        self.taken.push((name, words));
        Ok(())
    }

    /// Keeps a picture of what stands at the top of the screen once an element is brought there.
    async fn keep(&self, file: &str, top: &str) -> anyhow::Result<()> {
        // Under the strip, which stays at the top.
        let script = "document.activeElement?.blur(); \
                      document.querySelector(arguments[0]).scrollIntoView({block: 'start', behavior: 'instant'}); \
                      scrollBy(0, -16 - (document.querySelector('.strip')?.offsetHeight ?? 0))";
        self.browser.find(top).await?;
        self.browser.driver().execute(script, vec![json!(top)]).await?;
        let drawn = "return document.fonts.ready.then(() => new Promise(done => \
                     setTimeout(() => requestAnimationFrame(() => done(true)), 600)))";
        self.browser.wait("all is drawn", drawn, 10).await?;
        Ok(fs::write(self.folder.join(format!("{file}.webp")), self.picture().await?)?)
    }

    /// The screen as a WebP, in the best quality that fits.
    async fn picture(&self) -> anyhow::Result<Vec<u8>> {
        for quality in [80, 60, 40] {
            let driver = self.browser.driver();
            let address = format!("{}session/{}/goog/cdp/execute", driver.server_url(), driver.session_id());
            let params = json!({ "format": "webp", "quality": quality });
            let body = json!({ "cmd": "Page.captureScreenshot", "params": params });
            let answer = reqwest::Client::new().post(address).json(&body).send().await?;
            let answer: Value = answer.error_for_status()?.json().await?;
            let picture = base64_decode(answer["value"]["data"].as_str().context("no picture")?)?;
            if picture.len() <= MOST {
                return Ok(picture);
            }
        }
        anyhow::bail!("the picture is larger than {MOST} bytes in every quality")
    }

    /// Shows pages in light or dark colours.
    async fn colours(&self, scheme: &str) -> anyhow::Result<()> {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.browser.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await
    }

    async fn has(&self, what: &str, script: &str) -> anyhow::Result<()> {
        self.browser.wait(what, &format!("return Boolean({script})"), 30).await
    }
}

/// A household of the round before, all of whose people are listed.
fn before(dice: &mut Dice, n: u64, head: &str, monthly: i64) -> Operation {
    let set: Vec<(&str, Field)> = vec![
        ("hamlet", 1.into()),
        ("address", "tổ 3, cạnh cầu Bà Mụ".into()),
        ("members/a/head", true.into()),
        ("members/a/name", head.into()),
        ("members/a/birth_year", 1958.into()),
        ("members/a/sex", "female".into()),
        ("members/a/insured", true.into()),
        ("members/b/name", "Trần Văn Hậu".into()),
        ("members/b/birth_year", 1986.into()),
        ("members/b/sex", "male".into()),
        ("members/b/relation", "child".into()),
        ("members/b/insured", false.into()),
        ("members/c/name", "Trần Minh Khang".into()),
        ("members/c/birth_year", 2014.into()),
        ("members/c/sex", "male".into()),
        ("members/c/relation", "grandchild".into()),
        ("members/c/insured", true.into()),
        ("members/c/pupil", true.into()),
        ("income/a/source", "wages".into()),
        ("income/a/amount", monthly.into()),
        ("income/a/times", 12.into()),
        ("deprivation_count", 4.into()),
        ("main_cause", "lack_of_labour".into()),
    ];
    let mut operation = operation(dice, household("29173", n), 1_640_000_000_000, set);
    operation.round = "2021".parse().unwrap();
    operation
}

/// An officer's other word about the address of the household visited, said now without knowing of the visit.
fn otherwise(dice: &mut Dice, household: HouseholdId) -> anyhow::Result<Operation> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let set = [("address", Field::from("tổ 4, sau chùa Phước Lâm"))];
    let mut operation = operation(dice, household, u64::try_from(now)?, set);
    operation.round = "2022".parse().unwrap();
    Ok(operation)
}

/// The self-check of a family in the countryside.
async fn self_check(camera: &mut Camera, server: &Server) -> anyhow::Result<()> {
    camera.browser.goto(&server.url("/")).await?;
    camera.has("the self-check", "document.querySelector('#members')").await?;
    camera.take("check-begin", "The self-check begins: its first question is in sight.", "body").await?;
    camera.browser.tap("label[for=residence-rural]").await?;
    camera.browser.fill("#members", "4").await?;
    camera.browser.fill("#income-wages-amount", "5 triệu").await?;
    camera.browser.tap("label[for=income-wages-month]").await?;
    camera
        .take("check-income", "Income as people earn it; the bar answers while one types.", "#income")
        .await?;
    for indicator in ["water", "toilet", "housing_quality"] {
        camera.browser.tap(&format!("label[for=lack-{indicator}-yes]")).await?;
    }
    camera.take("check-living", "It asks no more than can change the answer.", "#living").await?;
    camera.has("the answer", "document.querySelector('#answer').dataset.class === 'poor'").await?;
    camera.take("check-result", "The answer, and every step to it with its source.", "#result").await?;
    camera.take("check-supports", "What the class opens, since when, and where to go.", "#supports").await
}

/// A visit by a volunteer: from the list to leaving the tablet.
async fn visit(camera: &mut Camera, server: Server, officer: &Person, dice: &mut Dice) -> anyhow::Result<()> {
    let name = "Trần Thị Bảy";
    camera.browser.enter(&server.url("/survey/"), "ap1.anduc").await?;
    camera.browser.choose("#round", "2022").await?;
    camera.browser.tap("[data-hamlet='1']").await?;
    camera.has("whom to visit", "document.querySelectorAll('[data-testid=due-row]').length > 2").await?;
    camera.take("list", "Whom to visit: the poor and near-poor of the round before.", "#main").await?;

    let row = format!(
        "[...document.querySelectorAll('[data-testid=due-row]')].find(row => row.textContent.includes({}))",
        json!(name)
    );
    camera.has("the household's row", &format!("{row} && !{row}.click()")).await?;
    camera
        .has("its record", &format!("document.querySelector('#head-name')?.value === {}", json!(name)))
        .await?;
    camera.take("household", "Its record begins with what seldom changes, to be confirmed.", "#main").await?;
    camera.browser.tap("[data-testid='carried/head'] [data-testid=confirm]").await?;
    camera.take("people", "Who lives there; the head is one of them.", "#members-title").await?;
    camera.browser.tap("[data-testid='carried/members'] [data-testid=confirm]").await?;

    camera.browser.tap("[data-testid=add-income][data-source=crops]").await?;
    camera.browser.tap("[data-testid=income-line] label[for$=-season]").await?;
    camera.browser.fill("[data-testid=income-line] input[id$=-amount]", "9 triệu").await?;
    camera.browser.fill("[data-testid=income-line] input[id$=-times]", "2").await?;
    camera.browser.fill("[data-testid=income-line] input[id$=-costs]", "2,5 triệu").await?;
    camera.take("income", "Income by the season, with the costs of each.", "#income-title").await?;
    camera.browser.tap("#language").await?;
    camera.take("income-en", "The same in English.", "#income-title").await?;
    camera.browser.tap("#language").await?;

    camera.browser.fill("#floor-area", "32,5").await?;
    for indicator in ["water", "toilet"] {
        camera.browser.tap(&format!("label[for=lack-{indicator}-yes]")).await?;
    }
    camera.take("living", "Living conditions: what the record tells is not asked.", "#living-title").await?;
    camera
        .has("poor", "document.querySelector('[data-testid=class-panel]').dataset.class === 'poor'")
        .await?;
    camera.browser.tap("label[for=cause-lack_of_means]").await?;
    camera.take("causes", "The main cause, in words that can be read aloud.", "#causes-title").await?;
    camera.browser.tap("[data-testid=class-panel] [aria-controls=class-steps]").await?;
    camera.take("class", "The class and the sum behind it.", "#causes-title").await?;
    camera.colours("dark").await?;
    camera.take("class-dark", "The same in the dark.", "#causes-title").await?;
    camera.colours("light").await?;
    camera.browser.tap("[data-testid=class-panel] [aria-controls=class-steps]").await?;

    push(officer, vec![otherwise(dice, household("29173", 1))?]).await?;
    camera.browser.tap("[data-testid=sync-now]").await?;
    camera.has("the difference", "document.querySelector('[data-testid=conflict]')").await?;
    camera.take("conflict", "Two people wrote different things: one tap decides.", "#head-title").await?;
    camera.browser.tap("[data-testid=conflict] [data-stands=false]").await?;

    // The network is gone; what is typed stays.
    server.kill();
    camera.browser.fill("#note", "Hẹn thăm lại tháng sau").await?;
    camera
        .has("it waits", "document.querySelector('[data-testid=outbox-count]').dataset.count === '1'")
        .await?;
    camera.browser.driver().execute("location.hash = '#/leave'", vec![]).await?;
    camera.has("the way out", "location.hash === '#/leave'").await?;
    camera.take("leave", "Leaving the tablet: not before all is sent.", "#main").await
}

/// Draws both at one size; returns what was drawn.
async fn draw(folder: &Path, size: Size) -> anyhow::Result<Taken> {
    let (data, profile) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let directory = data.path().to_str().context("a path that is no text")?;
    server::run(&["demo", "--data", directory, "--households", "164", "--until", "2010"])?;
    let server = Server::start(data.path())?;
    let officer = Person::of_demonstration(&server, "xa.anduc").await?;
    let mut dice = Dice::new(23);
    let heads = ["Trần Thị Bảy", "Lê Thị Một", "Phạm Thị Ba", "Võ Thị Tư"];
    let incomes = [1_500_000, 2_000_000, 1_200_000, 3_000_000];
    let known = (1..).zip(heads.into_iter().zip(incomes));
    let known = known.map(|(n, (head, monthly))| before(&mut dice, n, head, monthly)).collect();
    push(&officer, known).await?;

    let mut camera = Camera::open(profile.path(), folder).await?;
    camera.resize(size).await?;
    camera.colours("light").await?;
    self_check(&mut camera, &server).await?;
    visit(&mut camera, server, &officer, &mut dice).await?;
    camera.browser.close().await;
    Ok(camera.taken)
}

/// The page that shows the pictures in order.
fn page(taken: &[(String, &str)]) -> String {
    let mut page = "# A visit in pictures\n\nA self-check and a volunteer's visit, on a phone of 360 × 640 and on a tablet of \
                    800 × 1280. The data are synthetic. Drawn by `cargo xtask pictures`, which writes this page too.\n"
        .to_owned();
    for (name, words) in taken {
        let _ = write!(page, "\n**{words}**\n\n");
        for (width, shown) in [(360, 270), (800, 400)] {
            let _ = writeln!(page, "<img src=\"{name}-{width}.webp\" width=\"{shown}\" alt=\"{words}\">");
        }
    }
    page
}

/// A folder of pictures beside the others, without those of an earlier run.
fn emptied(name: &str) -> anyhow::Result<PathBuf> {
    let docs = std::env::var_os("SOHO_PICTURES").context("SOHO_PICTURES says into which folder")?;
    let folder = PathBuf::from(docs).join(name);
    fs::create_dir_all(&folder)?;
    for file in fs::read_dir(&folder)? {
        let file = file?.path();
        if file.extension().is_some_and(|extension| extension == "webp") {
            fs::remove_file(file)?;
        }
    }
    Ok(folder)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "draws pictures: `cargo xtask pictures`"]
async fn the_whole_visit() -> anyhow::Result<()> {
    let folder = emptied("visit")?;
    let mut taken = Taken::new();
    for size in SIZES {
        taken = draw(&folder, size).await?;
    }
    fs::write(folder.join("README.md"), page(&taken))?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "draws pictures: `cargo xtask pictures`"]
async fn the_desk() -> anyhow::Result<()> {
    let folder = emptied("desk")?;
    let data = tempfile::tempdir()?;
    server::run(&["demo", "--data", data.path().to_str().context("a path that is no text")?])?;
    let server = furnished(data.path()).await?;
    for (account, places) in PLACES {
        let profile = tempfile::tempdir()?;
        let mut camera = Camera::open(profile.path(), &folder).await?;
        let door = server.url("/signin/");
        match account {
            Some(account) => camera.browser.enter(&door, account).await?,
            None => camera.browser.goto(&door).await?,
        }
        for size in WIDE {
            camera.resize(size).await?;
            for (lang, colours) in [("vi", "light"), ("vi", "dark"), ("en", "light"), ("en", "dark")] {
                camera.colours(colours).await?;
                let choose = "localStorage.setItem('soho.lang', arguments[0])";
                camera.browser.driver().execute(choose, vec![json!(lang)]).await?;
                for (name, address, drawn) in places {
                    camera.browser.goto(&server.url(address)).await?;
                    camera.browser.find(drawn).await?;
                    camera.keep(&format!("{name}-{}-{lang}-{colours}", camera.width), "body").await?;
                }
            }
        }
        camera.browser.close().await;
    }
    for name in SHOWN {
        let file = format!("{name}.webp");
        fs::copy(folder.join(&file), folder.with_file_name(&file))?;
    }
    Ok(())
}
