//! People with accounts, as they ask the server.

use std::path::Path;

use anyhow::{Context, ensure};
use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, SET_COOKIE};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::server::{Server, run_with_input};

/// The password of an account made by [`add`].
#[must_use]
pub fn password(name: &str) -> String {
    format!("mật khẩu của {name}")
}

/// Makes an account on a register that no server has open: `add-admin`, or `add` with a role and areas.
///
/// # Errors
/// When it is refused.
pub fn add(data: &Path, name: &str, role: &str, areas: &[&str]) -> anyhow::Result<()> {
    let data = data.to_str().context("the directory's name is not UTF-8")?;
    let mut args = vec!["user", if role == "admin" { "add-admin" } else { "add" }, name, "--data", data];
    if role != "admin" {
        args.extend(["--role", role]);
    }
    for area in areas {
        args.extend(["--area", area]);
    }
    run_with_input(&args, &password(name)).map(drop)
}

/// Somebody who asks a server; signed in, or nobody.
#[derive(Clone, Debug)]
pub struct Person {
    http: reqwest::Client,
    server: String,
    cookie: Option<String>,
}

/// What a server answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; null where it is none or not JSON.
    pub body: Value,
    /// The body as it came.
    pub text: String,
}

impl Answer {
    /// The status, and of a refusal the end of its type: `403 outside-areas`.
    #[must_use]
    pub fn short(&self) -> String {
        let kind = self.body["type"].as_str().and_then(|kind| kind.strip_prefix("/problems/"));
        kind.map_or_else(|| self.status.to_string(), |kind| format!("{} {kind}", self.status))
    }
}

impl Person {
    /// Nobody; who knows what the server printed when it started.
    #[must_use]
    pub fn nobody(server: &Server) -> Self {
        Person { http: server.http(), server: server.url(""), cookie: None }
    }

    /// Nobody, who knows no more than the server's address.
    #[must_use]
    pub fn stranger(server: &Server) -> Self {
        Person { http: reqwest::Client::new(), ..Person::nobody(server) }
    }

    /// Somebody, signed in with a password.
    ///
    /// # Errors
    /// When the server does not let them in.
    pub async fn sign_in(server: &Server, name: &str) -> anyhow::Result<Self> {
        Person::enter(server, json!({"account": name, "password": password(name)})).await
    }

    /// One of a demonstration's people, let in without a password: `tinh.bentre`.
    ///
    /// # Errors
    /// When the server does not let them in.
    pub async fn of_demonstration(server: &Server, name: &str) -> anyhow::Result<Self> {
        Person::enter(server, json!({ "demonstration": name })).await
    }

    /// Somebody, let in with a password, a code or a demonstration's tap.
    ///
    /// # Errors
    /// When the server does not let them in.
    pub async fn enter(server: &Server, key: Value) -> anyhow::Result<Self> {
        let mut person = Person::nobody(server);
        let answer = person.post("/api/v1/sessions", &key).await?;
        ensure!(answer.status == StatusCode::CREATED.as_u16(), "{}", answer.text);
        let cookie = answer.headers.get(SET_COOKIE).context("no cookie")?.to_str()?;
        person.cookie = cookie.split(';').next().map(ToOwned::to_owned);
        Ok(person)
    }

    /// The cookie that is sent, `name=token`.
    #[must_use]
    pub fn cookie(&self) -> &str {
        self.cookie.as_deref().unwrap_or_default()
    }

    /// A request that is not sent yet.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.server));
        match &self.cookie {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        }
    }

    /// Asks with a body, if there is one.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Answer> {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        // A stream of events has no end.
        let is_stream = headers.get(CONTENT_TYPE).is_some_and(|media| media == "text/event-stream");
        let text = if is_stream { String::new() } else { answer.text().await? };
        let body = serde_json::from_str(&text).unwrap_or_default();
        Ok(Answer { status, headers, body, text })
    }

    /// `GET`.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.ask(Method::GET, path, None).await
    }

    /// `POST` with JSON.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.ask(Method::POST, path, Some(body)).await
    }
}
