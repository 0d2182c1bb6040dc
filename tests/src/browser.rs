//! Real browsers, driven through WebDriver.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::json;
use thirtyfour::prelude::*;

use crate::people::password;
use crate::server::Server;

/// A browser engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Chromium, the engine of most phones.
    Chromium,
    /// Firefox ESR.
    Firefox,
    /// WebKitGTK, of the engine family of iPhones.
    WebKit,
}

impl Engine {
    /// Returns the engines to test on: Chromium, or all three with `SOHO_LONG`.
    #[must_use]
    pub fn asked_for() -> Vec<Engine> {
        if crate::server::long() {
            vec![Engine::Chromium, Engine::Firefox, Engine::WebKit]
        } else {
            vec![Engine::Chromium]
        }
    }

    fn driver(self, port: u16, profile: &Path) -> Command {
        match self {
            Engine::Chromium => {
                let mut command = Command::new("chromedriver");
                command.arg(format!("--port={port}"));
                command
            }
            Engine::Firefox => {
                let mut command = Command::new("geckodriver");
                command.args(["--port", &port.to_string(), "--profile-root"]).arg(profile);
                command
            }
            Engine::WebKit => {
                // It has no headless mode, so it draws on a virtual screen.
                let mut command = Command::new("xvfb-run");
                command.args(["--auto-servernum", "WebKitWebDriver", &format!("--port={port}")]);
                command
            }
        }
    }

    fn capabilities(self, profile: &Path) -> Capabilities {
        let value = match self {
            Engine::Chromium => json!({
                "browserName": "chrome",
                "goog:chromeOptions": { "args": [
                    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update", "--disable-sync",
                    "--disable-dev-shm-usage", "--window-size=360,740",
                    format!("--user-data-dir={}", profile.display()),
                ],
                "prefs": { "download.default_directory": profile.join("downloads") } },
            }),
            Engine::Firefox => json!({
                "browserName": "firefox",
                "moz:firefoxOptions": {
                    "args": ["-headless", "-profile", profile.display().to_string()],
                    // The tests' address is not https, but loopback counts as secure.
                    "prefs": { "dom.serviceWorkers.enabled": true, "browser.shell.checkDefaultBrowser": false },
                },
            }),
            Engine::WebKit => json!({
                "browserName": "MiniBrowser",
                "webkitgtk:browserOptions": {
                    "binary": "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser",
                    "args": ["--automation"],
                },
            }),
        };
        match value {
            serde_json::Value::Object(entries) => entries.into(),
            _ => Capabilities::new(),
        }
    }
}

/// A browser with its profile in a directory. Closing it and opening another on the same directory is a
/// restart. Killed when dropped.
pub struct Browser {
    driver: WebDriver,
    process: Child,
    /// Address at which the driver listens.
    address: String,
    /// Engine of the browser.
    pub engine: Engine,
    profile: PathBuf,
    has_key: AtomicBool,
}

/// Kills (`kill -9`) every process whose command line contains these words. The death of the driver alone
/// leaves the browser behind, which holds the profile.
fn kill_all(words: &str) {
    let Ok(processes) = std::fs::read_dir("/proc") else { return };
    for process in processes.flatten() {
        let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        let pid = process.file_name();
        if pid != *std::process::id().to_string() && String::from_utf8_lossy(&line).contains(words) {
            let _ = Command::new("sh").args(["-c", &format!("kill -9 {}", pid.display())]).status();
        }
    }
}

impl Browser {
    /// Opens a browser whose profile is in this directory.
    ///
    /// # Errors
    /// When the driver or the browser does not come up.
    pub async fn open(engine: Engine, profile: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(profile)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let process = engine
            .driver(port, profile)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // WebKit stores its data in the user's directories.
            .env("XDG_DATA_HOME", profile.join("data"))
            .env("XDG_CACHE_HOME", profile.join("cache"))
            .env("XDG_CONFIG_HOME", profile.join("config"))
            .spawn()
            .with_context(|| {
                format!("cannot start the driver of {engine:?}: `cargo xtask test` installs it")
            })?;
        let address = format!("http://127.0.0.1:{port}");
        let started = Instant::now();
        loop {
            match WebDriver::new(&address, engine.capabilities(profile)).await {
                Ok(driver) => {
                    let (profile, has_key) = (profile.to_owned(), AtomicBool::new(false));
                    return Ok(Browser { driver, process, address, engine, profile, has_key });
                }
                Err(error) if started.elapsed() > Duration::from_secs(40) => {
                    bail!("{engine:?} does not come up: {error}");
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
            }
        }
    }

    /// Returns the driver itself, for what has no method here.
    #[must_use]
    pub fn driver(&self) -> &WebDriver {
        &self.driver
    }

    /// Returns the directory for Chromium's downloads.
    #[must_use]
    pub fn downloads(&self) -> PathBuf {
        self.profile.join("downloads")
    }

    /// Sends Chromium a command of its developer tools (`Storage.clearDataForOrigin`).
    ///
    /// # Errors
    /// When the command fails.
    pub async fn devtools(&self, command: &str, params: serde_json::Value) -> anyhow::Result<()> {
        let address = format!("{}/session/{}/goog/cdp/execute", self.address, self.driver.session_id());
        let body = json!({ "cmd": command, "params": params });
        reqwest::Client::new().post(address).json(&body).send().await?.error_for_status()?;
        Ok(())
    }

    /// Opens an address in a browser that has the server's key, as after opening the address that the server printed.
    ///
    /// # Errors
    /// When the page does not load.
    pub async fn goto(&self, url: &str) -> anyhow::Result<()> {
        if url.starts_with("http") && !self.has_key.load(Ordering::Relaxed) {
            let host: Vec<_> = url.split('/').take(3).collect();
            // Without a server there is only what the browser has kept, including its cookies.
            if self.driver.goto(format!("{}/healthz", host.join("/"))).await.is_ok() {
                let mut cookie = Cookie::new("soho-key", crate::server::KEY);
                cookie.set_path("/");
                cookie.set_expiry(4_000_000_000);
                self.driver.add_cookie(cookie).await?;
                self.has_key.store(true, Ordering::Relaxed);
            }
        }
        self.driver.goto(url).await.with_context(|| format!("opening {url}"))
    }

    /// Opens an address of a demonstration: it leads to the sign-in page, where one tap enters as this account.
    ///
    /// # Errors
    /// When the account is not offered or not let in.
    pub async fn enter(&self, url: &str, account: &str) -> anyhow::Result<()> {
        self.goto(url).await?;
        self.tap(&format!("[data-account='{account}']")).await?;
        self.wait("somebody is let in", "return location.pathname !== '/signin/'", 20).await
    }

    /// Signs in with a password on the way to a page of the server.
    ///
    /// # Errors
    /// When the form does not come, or nobody is let in.
    pub async fn sign_in(&self, server: &Server, page: &str, name: &str) -> anyhow::Result<()> {
        self.goto(&server.url(page)).await?;
        let form = "return document.querySelector('#forms')?.hidden === false";
        self.wait("the form is there", form, 20).await?;
        self.fill("#name", name).await?;
        self.fill("#password", &password(name)).await?;
        self.tap("#with-password button").await?;
        let path = page.split('?').next().unwrap_or(page);
        self.wait(page, &format!("return location.pathname === '{path}'"), 20).await
    }

    /// Reloads the page as a person does. (WebDriver's own refresh bypasses the service worker in Firefox.)
    ///
    /// # Errors
    /// When the page does not come back within 30 seconds.
    pub async fn reload(&self) -> anyhow::Result<()> {
        self.driver.execute("window.left = true; location.reload()", vec![]).await?;
        self.wait("the page comes back", "return window.left === undefined", 30).await
    }

    /// Returns the first element that matches a selector, once there is one.
    ///
    /// # Errors
    /// When it does not appear within 30 seconds.
    pub async fn find(&self, css: &str) -> anyhow::Result<WebElement> {
        let started = Instant::now();
        loop {
            match self.driver.find(By::Css(css)).await {
                Ok(element) => return Ok(element),
                Err(_) if started.elapsed() < Duration::from_secs(30) => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(_) => bail!(
                    "no `{css}` on {} after 30 s: {}",
                    self.driver.current_url().await?,
                    self.text().await
                ),
            }
        }
    }

    /// Returns the text of the page, shortened, for error messages.
    async fn text(&self) -> String {
        let body = match self.driver.find(By::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(error) => error.to_string(),
        };
        body.chars().take(1_500).collect()
    }

    /// Taps an element, wherever it is on the page.
    ///
    /// # Errors
    /// When it does not appear or cannot be tapped.
    pub async fn tap(&self, css: &str) -> anyhow::Result<()> {
        // A list that is redrawn between finding and tapping is searched again, as a person would do.
        for _ in 0..20 {
            if self.tap_found(self.find(css).await?).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.tap_found(self.find(css).await?).await.with_context(|| format!("tapping `{css}`"))
    }

    async fn tap_found(&self, element: WebElement) -> anyhow::Result<()> {
        self.driver
            .execute("arguments[0].scrollIntoView({block: 'center'})", vec![element.to_json()?])
            .await?;
        // The bar at the page's end may catch a native click; a person would scroll.
        if element.click().await.is_err() {
            self.driver.execute("arguments[0].click()", vec![element.to_json()?]).await?;
        }
        Ok(())
    }

    /// Replaces the content of an input by typing.
    ///
    /// # Errors
    /// When it does not appear.
    pub async fn fill(&self, css: &str, text: &str) -> anyhow::Result<()> {
        self.fill_once(css, text).await.with_context(|| format!("typing into `{css}`"))
    }

    async fn fill_once(&self, css: &str, text: &str) -> anyhow::Result<()> {
        let element = self.find(css).await?;
        self.driver
            .execute(
                "arguments[0].scrollIntoView({block: 'center'}); arguments[0].focus()",
                vec![element.to_json()?],
            )
            .await?;
        element.send_keys(Key::Control + "a").await?;
        element.send_keys(text).await?;
        Ok(())
    }

    /// Picks an option of a drop-down list by its value.
    ///
    /// # Errors
    /// When the select does not appear.
    pub async fn choose(&self, css: &str, value: &str) -> anyhow::Result<()> {
        let element = self.find(css).await?;
        let script = "arguments[0].value = arguments[1]; \
                      arguments[0].dispatchEvent(new Event('input', {bubbles: true})); \
                      arguments[0].dispatchEvent(new Event('change', {bubbles: true}))";
        self.driver.execute(script, vec![element.to_json()?, value.into()]).await?;
        Ok(())
    }

    /// Waits until a script returns true.
    ///
    /// # Errors
    /// When it does not within this many seconds; the error shows the page.
    pub async fn wait(&self, what: &str, script: &str, seconds: u64) -> anyhow::Result<()> {
        let started = Instant::now();
        loop {
            if let Ok(answer) = self.driver.execute(script, vec![]).await
                && answer.json().as_bool() == Some(true)
            {
                return Ok(());
            }
            if started.elapsed() > Duration::from_secs(seconds) {
                bail!("{what}: not so after {seconds} s. The page says: {}", self.text().await);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Waits until an element shows a text.
    ///
    /// # Errors
    /// When it does not within 20 seconds.
    pub async fn says(&self, css: &str, words: &str) -> anyhow::Result<()> {
        // `innerText` has only what is shown, and nothing of what `content-visibility` skips out of sight.
        let script = format!(
            "const at = document.querySelector({}); at?.scrollIntoView({{block: 'nearest'}}); \
             return at?.innerText.includes({})",
            json!(css),
            json!(words)
        );
        self.wait(&format!("{css} says {words}"), &script, 20).await
    }

    /// Waits until the app on this page could open without a network.
    ///
    /// # Errors
    /// When it could not within 30 seconds.
    pub async fn kept_offline(&self) -> anyhow::Result<()> {
        let script = "return navigator.serviceWorker.getRegistration().then(worker => \
                      worker?.active ? caches.match(location.pathname).then(page => page !== undefined) : false)";
        self.wait("the app is kept for work without a network", script, 30).await
    }

    /// Closes the browser as a person does.
    pub async fn close(mut self) {
        let _ = self.driver.clone().quit().await;
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        kill_all(&self.profile.display().to_string());
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
