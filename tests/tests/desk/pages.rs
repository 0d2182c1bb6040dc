//! Every page of the desk by keyboard alone, and by the rules of accessibility that a program can check.

use anyhow::{Context, bail};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use soho_tests::browser::{Browser, Engine};
use soho_tests::desk::{PLACES, furnished};
use soho_tests::server::long;

use crate::DEMONSTRATION;

/// Presses of the tabulator at once, and how often from each end of a page.
const AT_ONCE: usize = 25;
const TIMES: usize = 16;

/// As WebDriver writes keys.
const TAB: &str = "\u{e004}";
const SHIFT: &str = "\u{e008}";

/// Runs in a page before its own scripts: notes what listens to clicks, and in `reached` what gets the focus and whether
/// that can be seen.
const LISTEN: &str = "
    window.clicked = []; window.reached = new Map();
    const { addEventListener } = EventTarget.prototype;
    EventTarget.prototype.addEventListener = function (type, ...rest) {
        if (type === 'click' && this instanceof Element) clicked.push(this);
        return addEventListener.call(this, type, ...rest);
    };
    const rings = (of) => of && ['', '::before', '::after'].some((part) => {
        const style = getComputedStyle(of, part || null);
        return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
    });
    addEventListener.call(document, 'focusin', ({ target }) => {
        // Once is enough: a date's calendar button has a ring of its own, which no script sees.
        const around = [target, target.labels?.[0], target.nextElementSibling];
        reached.set(target, reached.get(target) || around.some(rings));
    }, true);
";

/// What is wrong on a page that was walked through from both ends. Rows of a long list are many: one is enough.
const WRONG: &str = "
    const said = (of) => of.outerHTML.slice(0, 160);
    const operable = 'a[href], button:enabled, input:enabled:not([type=hidden]), select:enabled, textarea:enabled, summary';
    const seen = (of) => of.checkVisibility({ visibilityProperty: true }) && of.getClientRects().length > 0;
    const one = (of) => of.type !== 'radio' || of.checked
        || ![...document.getElementsByName(of.name)].some((other) => other.checked || reached.has(other));
    const all = [...document.querySelectorAll(operable)].filter((of) => seen(of) && of.tabIndex >= 0 && one(of));
    const rows = all.filter((of) => of.closest('.windowed tbody'));
    const missed = all.filter((of) => !reached.has(of) && !rows.includes(of));
    if (rows.length && !rows.some((of) => reached.has(of))) missed.push(rows[0]);
    const dark = [...reached].filter(([of, rings]) => !rings && of.isConnected && of !== document.body);
    // A whole line may lead where its link does.
    const isNative = (of) => of.matches('a[href], button, input, select, summary, label') || of.querySelector('a[href]');
    const mice = clicked.filter((of) => of.isConnected && seen(of) && !isNative(of));
    return {
        pressed: reached.size,
        missed: missed.map(said), unseen: dark.map(([of]) => said(of)), mice: mice.map(said),
    };
";

async fn told<T: DeserializeOwned>(browser: &Browser, script: &str) -> anyhow::Result<T> {
    Ok(serde_json::from_value(browser.driver().execute(script, vec![]).await?.json().clone())?)
}

/// Presses the tabulator until nothing new gets the focus, or often enough for any page.
async fn tab_through(browser: &Browser, backward: bool) -> anyhow::Result<()> {
    let keys = format!("{}{}", if backward { SHIFT } else { "" }, TAB.repeat(AT_ONCE));
    let mut known = 0_usize;
    for _ in 0..TIMES {
        browser.driver().active_element().await?.send_keys(&keys).await?;
        let now = told(browser, "return reached.size").await?;
        if now == known {
            break;
        }
        known = now;
    }
    Ok(())
}

/// Walks through a page by keyboard, and tells what cannot be reached, is reached without a sign of it, or answers to
/// clicks alone.
async fn by_keyboard(browser: &Browser) -> anyhow::Result<Vec<String>> {
    tab_through(browser, false).await?;
    browser
        .driver()
        .execute("document.activeElement.blur(); getSelection().removeAllRanges()", vec![])
        .await?;
    tab_through(browser, true).await?;
    let found: Value = told(browser, WRONG).await?;
    let mut wrong = Vec::new();
    for kind in ["missed", "unseen", "mice"] {
        wrong.extend(found[kind].as_array().unwrap().iter().map(|of| format!("{kind}: {of}")));
    }
    if found["pressed"].as_u64() < Some(5) {
        wrong.push(format!("hardly anything has the focus: {found}"));
    }
    Ok(wrong)
}

/// What axe finds on a page.
async fn by_axe(browser: &Browser, axe: &str) -> anyhow::Result<Vec<String>> {
    browser.driver().execute(axe, vec![]).await?;
    let run = "const [done] = arguments; axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
        done(violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`))))";
    Ok(browser.driver().execute_async(run, vec![]).await?.convert()?)
}

/// Opens every page as `check` wants, which returns what is wrong there.
async fn on_every_page(
    browser_of: impl AsyncFn(&Browser) -> anyhow::Result<()>,
    check: impl AsyncFn(&Browser) -> anyhow::Result<Vec<String>>,
) -> anyhow::Result<()> {
    let data = DEMONSTRATION.copy()?;
    let server = furnished(data.path()).await?;
    let mut wrong = Vec::new();
    for (account, places) in PLACES {
        let profile = tempfile::tempdir()?;
        let browser = Browser::open(Engine::Chromium, profile.path()).await?;
        let door = server.url("/signin/");
        match account {
            Some(account) => browser.enter(&door, account).await?,
            None => browser.goto(&door).await?,
        }
        browser_of(&browser).await?;
        for (name, address, drawn) in places {
            browser.goto(&server.url(address)).await?;
            browser.find(drawn).await?;
            let of_page = check(&browser).await.with_context(|| format!("on {name}"))?;
            wrong.extend(of_page.into_iter().map(|what| format!("{name}: {what}")));
        }
        browser.close().await;
    }
    if wrong.is_empty() { Ok(()) } else { bail!("{} things:\n{}", wrong.len(), wrong.join("\n")) }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_the_desk_is_used_by_keyboard_alone() -> anyhow::Result<()> {
    let listen = async |browser: &Browser| {
        browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": LISTEN })).await
    };
    on_every_page(listen, by_keyboard).await
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_on_any_page_of_the_desk() -> anyhow::Result<()> {
    if !long() {
        println!("only in the long form: cargo xtask test --long");
        return Ok(());
    }
    let axe =
        std::env::var_os("SOHO_AXE").context("SOHO_AXE is not set: `cargo xtask test --long` sets it")?;
    let axe = std::fs::read_to_string(axe)?;
    for (width, scheme, lang) in [(360, "light", "vi"), (1280, "dark", "en")] {
        let look = async |browser: &Browser| {
            let metrics = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
            browser.devtools("Emulation.setDeviceMetricsOverride", metrics).await?;
            let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
            browser.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await?;
            let choose = "localStorage.setItem('soho.lang', arguments[0])";
            browser.driver().execute(choose, vec![json!(lang)]).await?;
            Ok(())
        };
        on_every_page(look, async |browser: &Browser| by_axe(browser, &axe).await).await?;
    }
    Ok(())
}
