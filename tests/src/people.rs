//! People with accounts, and the requests they send.

use std::path::Path;

use anyhow::{Context, ensure};
use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, SET_COOKIE};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::server::{Server, run_with_input};

/// Returns the password of an account made by [`add`].
#[must_use]
pub fn password(name: &str) -> String {
    format!("mật khẩu của {name}")
}

/// Makes an account in a register that no server has open, by `add-admin` or by `add` with a role and areas.
///
/// # Errors
/// When the command refuses.
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

/// Someone who sends requests to a server, signed in or not.
#[derive(Clone, Debug)]
pub struct Person {
    http: reqwest::Client,
    server: String,
    cookie: Option<String>,
}

/// An answer of the server.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers of the answer.
    pub headers: HeaderMap,
    /// Body as JSON; null where there is none or it is not JSON.
    pub body: Value,
    /// Body as text.
    pub text: String,
}

impl Answer {
    /// Returns the status, and for a refusal the end of its problem type: `403 outside-areas`.
    #[must_use]
    pub fn short(&self) -> String {
        let kind = self.body["type"].as_str().and_then(|kind| kind.strip_prefix("/problems/"));
        kind.map_or_else(|| self.status.to_string(), |kind| format!("{} {kind}", self.status))
    }
}

impl Person {
    /// Returns somebody who is not signed in, but has the key that the server printed at its start.
    #[must_use]
    pub fn nobody(server: &Server) -> Self {
        Person { http: server.http(), server: server.url(""), cookie: None }
    }

    /// Returns somebody who knows only the server's address.
    #[must_use]
    pub fn stranger(server: &Server) -> Self {
        Person { http: reqwest::Client::new(), ..Person::nobody(server) }
    }

    /// Returns the same person, who goes on with another server that has the same address.
    #[must_use]
    pub fn at(&self, server: &Server) -> Self {
        Person { server: server.url(""), ..self.clone() }
    }

    /// Signs in with a password.
    ///
    /// # Errors
    /// When the server does not let them in.
    pub async fn sign_in(server: &Server, name: &str) -> anyhow::Result<Self> {
        Person::enter(server, json!({"account": name, "password": password(name)})).await
    }

    /// Enters as one of a demonstration's people, such as `tinh.bentre`, without a password.
    ///
    /// # Errors
    /// When the server does not let them in.
    pub async fn of_demonstration(server: &Server, name: &str) -> anyhow::Result<Self> {
        Person::enter(server, json!({ "demonstration": name })).await
    }

    /// Enters with a password, a code or a demonstration's tap.
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

    /// Returns the cookie that is sent, as `name=token`.
    #[must_use]
    pub fn cookie(&self) -> &str {
        self.cookie.as_deref().unwrap_or_default()
    }

    /// Prepares a request without sending it.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.server));
        match &self.cookie {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        }
    }

    /// Sends a request, with a body if there is one.
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

    /// Sends a `GET` request.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.ask(Method::GET, path, None).await
    }

    /// Sends a `PATCH` request with a JSON body.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn patch(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.ask(Method::PATCH, path, Some(body)).await
    }

    /// Sends a `POST` request with a JSON body.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        self.ask(Method::POST, path, Some(body)).await
    }
}
