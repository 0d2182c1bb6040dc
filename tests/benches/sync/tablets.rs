//! The real server, with enrolled tablets that speak HTTP to it.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_TYPE, COOKIE, SET_COOKIE};
use serde_json::json;
use soho_shared::area::{self, CommuneCode};
use soho_shared::wire::PullResponse;
use soho_tests::people::{Person, add};
use soho_tests::server::Server;

/// Hamlets of each account, the most that an account may have; no commune's households fill as many.
const HAMLETS: u32 = 50;

/// A server with one volunteer's account for each commune.
pub(crate) struct Register {
    pub(crate) server: Server,
    administrator: Person,
    enrolled: usize,
}

impl Register {
    pub(crate) async fn start(data: &Path) -> anyhow::Result<Self> {
        add(data, "admin", "admin", &[])?;
        // The server believes to be behind a proxy, so that the tablets can come from many addresses: only a
        // few may enrol from one address in a minute.
        let args = ["--listen", "127.0.0.1:0", "--public-url", "http://soho.example"];
        let server = Server::start_with(data, &args)?;
        let administrator = Person::sign_in(&server, "admin").await?;
        for commune in area::communes() {
            let areas: Vec<_> = (1..=HAMLETS).map(|hamlet| format!("{}-{hamlet:02}", commune.code)).collect();
            let account = json!({"name": account(commune.code), "role": "volunteer", "areas": areas});
            let made = administrator.post("/api/v1/accounts", &account).await?;
            ensure!(made.status == 201, "{}", made.text);
        }
        Ok(Register { server, administrator, enrolled: 0 })
    }

    /// Enrols a tablet with a code.
    pub(crate) async fn tablet(&mut self, commune: CommuneCode) -> anyhow::Result<Tablet> {
        self.enrolled += 1;
        let wanted = json!({"account": account(commune)});
        let made = self.administrator.post("/api/v1/devices/enrolments", &wanted).await?;
        let code = made.body["code"].as_str().with_context(|| made.text.clone())?;
        let client = reqwest::Client::new();
        let from = format!("10.1.{}.{}", self.enrolled / 250, self.enrolled % 250 + 1);
        let key = json!({"code": code, "device": format!("tablet {}", self.enrolled)});
        let answer = client.post(self.server.url("/api/v1/sessions")).header("x-forwarded-for", from);
        let answer = answer.json(&key).send().await?.error_for_status()?;
        let cookie = answer.headers().get(SET_COOKIE).context("no cookie")?.to_str()?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        // It brings a whole commune in an instant.
        let session: serde_json::Value = answer.json().await?;
        let lifted = format!("/api/v1/devices/{}/many", session["session"].as_str().context("no session")?);
        let lifted = self.administrator.post(&lifted, &json!(null)).await?;
        // Version 0.1 has no bounds.
        ensure!(matches!(lifted.status, 204 | 404), "{}", lifted.text);
        Ok(Tablet { client, server: self.server.url(""), cookie })
    }

    /// Enrols a tablet for each commune.
    pub(crate) async fn tablets(&mut self) -> anyhow::Result<HashMap<CommuneCode, Tablet>> {
        let mut tablets = HashMap::new();
        for commune in area::communes() {
            tablets.insert(commune.code, self.tablet(commune.code).await?);
        }
        Ok(tablets)
    }

    /// Returns the most memory that the server has held, in MB.
    pub(crate) fn memory(&self) -> u64 {
        self.server.memory().unwrap_or_default() / 1_000_000
    }
}

fn account(commune: CommuneCode) -> String {
    format!("xa-{commune}")
}

/// An enrolled tablet, with a connection of its own.
#[derive(Clone)]
pub(crate) struct Tablet {
    client: reqwest::Client,
    server: String,
    cookie: String,
}

impl Tablet {
    /// Returns the same tablet, using another one's connection.
    pub(crate) fn through(&self, client: &reqwest::Client) -> Self {
        Tablet { client: client.clone(), ..self.clone() }
    }

    /// Sends a push and returns the time until the answer. Fails unless everything in it was stored.
    pub(crate) async fn push(&self, body: String) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        let push = self.client.post(format!("{}/api/v1/sync/push", self.server));
        let push = push.header(CONTENT_TYPE, "application/json").header(COOKIE, &self.cookie).body(body);
        let answer = push.send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        let took = begun.elapsed();
        ensure!(status.is_success() && !text.contains("\"rejected\""), "answered {status}: {text:.500}");
        Ok(took)
    }

    /// Fetches all households of a commune; returns how many they are, and how many bytes came.
    pub(crate) async fn pull(
        &self,
        commune: CommuneCode,
        encoding: &'static str,
    ) -> anyhow::Result<(usize, usize)> {
        let (mut households, mut bytes, mut from) = (0, 0, String::new());
        loop {
            let url = format!("{}/api/v1/sync/pull?area={commune}{from}", self.server);
            let ask = self.client.get(url).header(COOKIE, &self.cookie).header(ACCEPT_ENCODING, encoding);
            let page = ask.send().await?.error_for_status()?.bytes().await?;
            bytes += page.len();
            let page = match encoding {
                "gzip" => serde_json::from_reader(flate2::read::GzDecoder::new(&page[..]))?,
                _ => serde_json::from_slice::<PullResponse>(&page)?,
            };
            households += page.records.len();
            if !page.more {
                return Ok((households, bytes));
            }
            from = format!("&cursor={}", page.cursor);
        }
    }
}
