//! The code on a printed certificate: read by two readers from noisy prints, checked without a network, refused with one
//! letter changed, and told to be withdrawn.

#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a test")]

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, ensure};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde_json::{Value, json};
use soho::certificate::{SigningKey, code};
use soho_shared::paper::certificate::{Certificate, Recognised, scanned};
use soho_tests::browser::{Browser, Engine};
use soho_tests::edits::Dice;
use soho_tests::people::Person;
use soho_tests::server::{Server, long, run};
use thirtyfour::common::print::{PrintMargins, PrintPage, PrintParameters};

const COMMUNE: &str = "/api/v1/rounds/2010/communes/29173";
const READER: &str = "/check-paper/";
const NAMES: [&str; 2] = ["Nguyễn Thị Bé Sáu", "Đỗ Văn Ơn"];

/// The key of the bytes 0 to 31, so that every run prints the same codes.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n-----END PRIVATE KEY-----\n";

fn key_file(folder: &Path, mode: u32) -> anyhow::Result<PathBuf> {
    let file = folder.join("key.pem");
    fs::write(&file, KEY)?;
    fs::set_permissions(&file, fs::Permissions::from_mode(mode))?;
    Ok(file)
}

fn start(data: &Path, key: &Path, port: u16) -> anyhow::Result<Server> {
    let (listen, key) = (format!("127.0.0.1:{port}"), key.display().to_string());
    Server::start_with(data, &["--listen", &listen, "--signing-key", &key])
}

async fn go(person: &Person, from: Option<&str>, to: &str, why: Option<&str>) -> anyhow::Result<()> {
    let answer =
        person.post(&format!("{COMMUNE}/stage"), &json!({"from": from, "to": to, "why": why})).await?;
    ensure!(answer.status == 200, "to {to}: {}", answer.text);
    Ok(())
}

/// Surveys a hamlet with two poor households, and has the commune recognise them.
async fn recognise(person: &Person) -> anyhow::Result<()> {
    let millis = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let operations = NAMES.iter().zip(1..).map(|(name, number): (&&str, u32)| {
        let fields = [
            ("hamlet", json!(4)),
            ("head/name", json!(name)),
            ("member_count", json!(3)),
            ("no_income", json!(true)),
        ];
        let changes: Vec<Value> = fields.map(|(field, value)| json!({"field": field, "value": value})).into();
        json!({
            "id": format!("00000000-0000-0000-0000-{number:012}"),
            "household": format!("29173-{number:032x}"),
            "round": "2010",
            "stamp": format!("{millis:012x}-0000-00000000000000ab"),
            "changes": changes,
        })
    });
    let pushed = json!({"operations": operations.collect::<Vec<_>>()});
    let answer = person.post("/api/v1/sync/push", &pushed).await?;
    let statuses: Vec<_> =
        answer.body["results"].as_array().unwrap().iter().map(|of| of["status"].clone()).collect();
    ensure!(statuses == ["accepted", "accepted"], "{}", answer.text);
    let declared = json!({"fields": {"declared/households": 40}});
    let answer = person.patch("/api/v1/rounds/2010/areas/29173-04", &declared).await?;
    ensure!(answer.status == 200, "{}", answer.text);
    let stages = ["open", "survey", "meeting", "posting", "recognised"];
    let from = std::iter::once(None).chain(stages.map(Some));
    for (from, to) in from.zip(stages) {
        go(person, from, to, None).await?;
    }
    let decision =
        json!({"decision": "12/QĐ-UBND", "date": "2010-12-05", "signer": "Lê Văn Tám", "chair": "chair"});
    let answer = person.post(&format!("{COMMUNE}/recognition"), &decision).await?;
    ensure!(answer.status == 200, "{}", answer.text);
    Ok(())
}

/// A grey picture.
#[derive(Clone)]
struct Picture {
    width: usize,
    height: usize,
    grey: Vec<u8>,
}

impl Picture {
    /// Prints a page on A4 and turns its first sheet to pixels, 300 an inch.
    async fn printed(browser: &Browser, folder: &Path) -> anyhow::Result<Self> {
        let a4 = PrintParameters {
            page: PrintPage { width: 21.0, height: 29.7 },
            margin: PrintMargins { top: 0.0, bottom: 0.0, left: 0.0, right: 0.0 },
            ..PrintParameters::default()
        };
        let (pdf, root) = (folder.join("certificates.pdf"), folder.join("sheet"));
        fs::write(&pdf, browser.driver().print_page(a4).await?)?;
        let mut pdftoppm = Command::new("pdftoppm");
        pdftoppm.args(["-r", "300", "-gray", "-f", "1", "-singlefile"]).arg(&pdf).arg(&root);
        ensure!(pdftoppm.status().context("cannot start pdftoppm")?.success(), "pdftoppm failed");
        Picture::of_pgm(&fs::read(root.with_extension("pgm"))?).context("pdftoppm wrote no picture")
    }

    fn of_pgm(bytes: &[u8]) -> Option<Self> {
        let mut parts = bytes.splitn(4, u8::is_ascii_whitespace);
        let mut text = || std::str::from_utf8(parts.next()?).ok();
        let (kind, width, height) = (text()?, text()?.parse::<usize>().ok()?, text()?.parse::<usize>().ok()?);
        let (_, grey) = parts.next()?.split_at_checked("255\n".len())?;
        (kind == "P5" && grey.len() == width * height).then(|| Picture { width, height, grey: grey.to_vec() })
    }

    fn pgm(&self) -> Vec<u8> {
        [format!("P5\n{} {}\n255\n", self.width, self.height).as_bytes(), self.grey.as_slice()].concat()
    }

    /// The picture as browsers open it.
    fn png(&self) -> anyhow::Result<Vec<u8>> {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        for row in self.grey.chunks(self.width) {
            zlib.write_all(&[0])?;
            zlib.write_all(row)?;
        }
        let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
        let mut chunk = |kind: &[u8; 4], data: &[u8]| -> anyhow::Result<()> {
            let mut sum = flate2::Crc::new();
            sum.update(kind);
            sum.update(data);
            png.extend(u32::try_from(data.len())?.to_be_bytes());
            png.extend([kind.as_slice(), data].concat());
            png.extend(sum.sum().to_be_bytes());
            Ok(())
        };
        let size = [self.width, self.height].map(|side| u32::try_from(side).unwrap().to_be_bytes()).concat();
        chunk(b"IHDR", &[size.as_slice(), &[8, 0, 0, 0, 0]].concat())?;
        chunk(b"IDAT", &zlib.finish()?)?;
        chunk(b"IEND", &[])?;
        Ok(png)
    }

    /// The code with some paper around it: the first one of the page that was printed, where the page has it.
    async fn of_code(&self, browser: &Browser) -> anyhow::Result<Self> {
        let script = "const code = document.querySelector('.code svg'); const of = code.getBoundingClientRect(); \
                      const sheet = code.closest('.sheet').getBoundingClientRect(); \
                      return [of.left - sheet.left, of.top - sheet.top, of.width]";
        let place = browser.driver().execute(script, vec![]).await?.json().clone();
        // A page has 96 pixels an inch, the picture 300.
        let pixels = |at: usize| place[at].as_f64().map(|pixels| (pixels * 300.0 / 96.0).round() as usize);
        let (left, top, side) = (pixels(0), pixels(1), pixels(2));
        let (left, top, side) =
            left.zip(top).zip(side).map(|((left, top), side)| (left, top, side)).context("no code")?;
        let across = left.saturating_sub(60)..(left + side + 60).min(self.width);
        let down = top.saturating_sub(60)..(top + side + 60).min(self.height);
        let rows = down.clone().map(|y| &self.grey[y * self.width..][across.clone()]);
        Ok(Picture { width: across.len(), height: down.len(), grey: rows.collect::<Vec<_>>().concat() })
    }

    /// The picture with some of its pixels turned from black to white or back.
    fn with_noise(&self, percent: u64, dice: &mut Dice) -> Self {
        let flip = |pixel: &u8| if dice.roll(100) < percent { 255 - *pixel } else { *pixel };
        Picture { grey: self.grey.iter().map(flip).collect(), ..*self }
    }

    /// Each pixel as the middle one of itself and its neighbours.
    fn median(&self) -> Self {
        let mut out = self.clone();
        for y in 1..self.height - 1 {
            for x in 1..self.width - 1 {
                let rows = (y - 1..=y + 1).map(|y| &self.grey[y * self.width + x - 1..][..3]);
                let mut nine = rows.collect::<Vec<_>>().concat();
                nine.sort_unstable();
                out.grey[y * self.width + x] = nine[4];
            }
        }
        out
    }
}

/// What zbar reads in a picture; `None` where it sees no QR.
fn zbar(picture: &Picture, folder: &Path) -> anyhow::Result<Option<String>> {
    let file = folder.join("seen.pgm");
    fs::write(&file, picture.pgm())?;
    let mut zbar = Command::new("zbarimg");
    let read = zbar.args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"]).arg(&file).output();
    let read = read.context("cannot start zbarimg: `cargo xtask test` installs zbar-tools")?;
    let text = String::from_utf8(read.stdout)?;
    Ok(read.status.success().then(|| text.strip_suffix('\n').unwrap_or(&text).to_owned()))
}

/// What the reader's page says of a picture that is chosen there.
async fn photo(browser: &Browser, picture: &Picture, folder: &Path) -> anyhow::Result<String> {
    let file = folder.join("photo.png");
    fs::write(&file, picture.png()?)?;
    forget(browser).await?;
    browser.find("#photo").await?.send_keys(file.display().to_string()).await?;
    verdict(browser).await
}

async fn typed(browser: &Browser, text: &str, name: &str) -> anyhow::Result<()> {
    forget(browser).await?;
    browser.driver().execute("document.querySelector('#by-hand').open = true", vec![]).await?;
    browser.fill("#typed", text).await?;
    browser
        .driver()
        .execute("document.querySelector('#name').value = arguments[0]", vec![name.into()])
        .await?;
    browser.tap("#form button").await
}

async fn forget(browser: &Browser) -> anyhow::Result<()> {
    browser.driver().execute("document.querySelector('#result').dataset.verdict = ''", vec![]).await?;
    Ok(())
}

async fn verdict(browser: &Browser) -> anyhow::Result<String> {
    let said = "const { hidden, dataset } = document.querySelector('#result'); return !hidden && Boolean(dataset.verdict)";
    browser.wait("the page says something", said, 30).await?;
    let words = "const result = document.querySelector('#result'); return result.dataset.verdict + ' ' + result.innerText";
    Ok(browser.driver().execute(words, vec![]).await?.json().as_str().unwrap_or_default().to_owned())
}

/// Waits until the page has the keys.
async fn has_keys(browser: &Browser) -> anyhow::Result<()> {
    let script = "return Boolean(JSON.parse(localStorage.getItem('soho.papers'))?.keys.length)";
    browser.wait("the page has the keys", script, 20).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_read_from_noisy_prints_and_checked_without_a_network() -> anyhow::Result<()> {
    let (data, work) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let key = key_file(work.path(), 0o600)?;
    let server = start(data.path(), &key, 0)?;
    let port = server.port();
    let person = Person::nobody(&server);
    recognise(&person).await?;
    let nobody = Person::stranger(&server);
    let keys = nobody.get("/api/v1/certificates/keys").await?;
    assert_eq!(keys.body, json!({"keys": []}), "a key is told of when it signs");

    let browser = Browser::open(Engine::Chromium, &work.path().join("profile")).await?;
    browser.goto(&server.url(&format!("{COMMUNE}/papers/certificates?format=print"))).await?;
    browser.find(".code svg").await?;
    let sheet = Picture::printed(&browser, work.path()).await?;
    let print = sheet.of_code(&browser).await?;
    let text = zbar(&print, work.path())?.context("zbar reads the clean print")?;
    let read = scanned(&text).context("it is no code of a certificate")?;
    let Certificate { round, commune, number, class, date, name } = read.certificate.clone();
    assert_eq!((round.to_string(), commune.to_string()), ("2010".to_owned(), "29173".to_owned()));
    assert_eq!((class, date.to_string()), (Recognised::Poor, "2010-12-05".to_owned()));
    assert!(NAMES.contains(&name.as_str()) && [1, 2].contains(&number), "{name} {number}");
    let (to_scan, to_type) = code(&SigningKey::in_file(&key)?, &read.certificate).unwrap();
    assert_eq!(text, to_scan);
    let page = person.get(&format!("{COMMUNE}/papers/certificates?format=print")).await?;
    for line in to_type.lines() {
        assert!(page.text.contains(line), "the lines to type in stand beside the code");
    }
    let keys = nobody.get("/api/v1/certificates/keys").await?;
    assert_eq!(keys.body["keys"][0]["id"], "03a107bf", "{}", keys.text);

    // One pixel in a hundred, as it is; twelve, after the median.
    let mut dice = Dice::new(2010);
    let noisy = [print.with_noise(1, &mut dice), print.with_noise(12, &mut dice)];
    assert_eq!(zbar(&noisy[0], work.path())?.as_ref(), Some(&text));
    assert_eq!(zbar(&noisy[1].median(), work.path())?.as_ref(), Some(&text));
    browser.goto(&server.url(READER)).await?;
    has_keys(&browser).await?;
    browser.kept_offline().await?;
    for picture in [&sheet, &print, &noisy[0], &noisy[1]] {
        let said = photo(&browser, picture, work.path()).await?;
        assert!(said.starts_with("valid ") && said.contains(&name) && said.contains("Xã An Đức"), "{said}");
    }

    // Without a network, and the page opened anew.
    server.kill();
    browser.goto(&format!("http://127.0.0.1:{port}{READER}")).await?;
    browser.find("#choose:not(:disabled)").await?;
    let said = photo(&browser, &noisy[1], work.path()).await?;
    assert!(said.starts_with("valid ") && said.contains(&format!("{number}/2010")), "{said}");
    typed(&browser, &to_type.replace('\n', " "), "").await?;
    let said = verdict(&browser).await?;
    assert!(said.starts_with("valid ") && said.contains("không ghi họ tên"), "{said}");
    for (name, verdict_of) in [(name.to_lowercase(), "valid "), ("Lê Thị Út".to_owned(), "name ")] {
        typed(&browser, &to_type.to_lowercase().replace(['\n', ' '], ""), &name).await?;
        let said = verdict(&browser).await?;
        assert!(said.starts_with(verdict_of), "{name}: {said}");
    }
    // One changed letter, typed and scanned.
    let other = |at: usize, text: &str| {
        let letter = if &text[at..=at] == "A" { "B" } else { "A" };
        [&text[..at], letter, &text[at + 1..]].concat()
    };
    typed(&browser, &other(60, &to_type).replace('\n', " "), "").await?;
    browser
        .wait(
            "the line is named",
            "return document.querySelector('#wrong-here')?.innerText.includes('dòng 2') === true",
            10,
        )
        .await?;
    let changed = (100..text.len()).map(|at| other(at, &text)).find(|text| scanned(text).is_some());
    typed(&browser, &changed.context("every changed letter makes it unreadable")?, "").await?;
    let said = verdict(&browser).await?;
    assert!(said.starts_with("false "), "{said}");

    // Sent back, it is withdrawn; a device learns of it with the network.
    let server = start(data.path(), &key, port)?;
    let person = person.at(&server);
    let nobody = nobody.at(&server);
    assert_eq!(nobody.get("/api/v1/certificates/withdrawn").await?.body, json!({"withdrawn": []}));
    go(&person, Some("recognised"), "survey", Some("rà soát lại")).await?;
    let expected = json!({"withdrawn": [{"commune": "29173", "year": 2010, "numbers": [1, 2]}]});
    let begun = Instant::now();
    let told = loop {
        let told = nobody.get("/api/v1/certificates/withdrawn").await?;
        if told.body == expected || begun.elapsed() > Duration::from_secs(30) {
            break told;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    };
    assert_eq!(told.body, expected, "{}", told.text);
    let tag = told.headers["etag"].clone();
    let again = nobody.request(reqwest::Method::GET, "/api/v1/certificates/withdrawn");
    assert_eq!(again.header("if-none-match", tag).send().await?.status().as_u16(), 304);
    browser.goto(&server.url(READER)).await?;
    let knows = "return JSON.parse(localStorage.getItem('soho.papers')).withdrawn.length === 1";
    browser.wait("the page knows what was withdrawn", knows, 20).await?;
    let said = photo(&browser, &print, work.path()).await?;
    assert!(said.starts_with("withdrawn ") && said.contains(&name), "{said}");
    browser.close().await;
    Ok(())
}

#[test]
fn a_key_that_others_can_read_signs_nothing() -> anyhow::Result<()> {
    let (data, work) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let key = key_file(work.path(), 0o644)?.display().to_string();
    let data = data.path().display().to_string();
    let refused = run(&["serve", "--data", &data, "--listen", "127.0.0.1:0", "--signing-key", &key]);
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("chmod 600") && refused.contains("key.pem"), "{refused}");
    Ok(())
}

#[test]
fn other_programs_open_the_key_that_the_server_makes() -> anyhow::Result<()> {
    if !long() {
        return Ok(());
    }
    let data = tempfile::tempdir()?;
    let file = data.path().join("signing-key.pem");
    let made = SigningKey::in_file(&file)?;
    let public: String = made.public().iter().map(|byte| format!("{byte:02x}")).collect();
    let openssl = Command::new("openssl").args(["pkey", "-noout", "-text", "-in"]).arg(&file).output();
    if let Ok(read) = openssl {
        let text: String = String::from_utf8(read.stdout)?.split_whitespace().collect();
        assert!(read.status.success() && text.replace(':', "").contains(&public), "{text}");
    }
    let script = "import sys\nfrom cryptography.hazmat.primitives import serialization as s\n\
                  key = s.load_pem_private_key(open(sys.argv[1], 'rb').read(), None).public_key()\n\
                  print(key.public_bytes(s.Encoding.Raw, s.PublicFormat.Raw).hex())";
    let has_it = Command::new("python3").args(["-c", "import cryptography"]).output();
    if has_it.is_ok_and(|read| read.status.success()) {
        let read = Command::new("python3").args(["-c", script]).arg(&file).output()?;
        assert_eq!(String::from_utf8(read.stdout)?.trim(), public);
    }
    Ok(())
}
