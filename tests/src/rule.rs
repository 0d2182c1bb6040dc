//! The rule in a browser: the module of `tests/wasm`, as built by `cargo xtask`.

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::server::from_env;

/// Loads the module into an empty page, as `window.rule`.
///
/// # Errors
/// When it is not built, or the browser refuses it.
pub async fn load(browser: &Browser) -> anyhow::Result<()> {
    let folder = from_env("SOHO_RULE", "target/rule");
    let read = |name: &str| {
        std::fs::read(folder.join(name)).with_context(|| {
            format!("no {name} in {}: `cargo xtask test` and `bench` build it", folder.display())
        })
    };
    let glue = String::from_utf8(read("rule.js")?)?;
    browser.goto("about:blank").await?;
    let script = "const [glue, wasm] = arguments; \
                  const url = URL.createObjectURL(new Blob([glue], { type: 'text/javascript' })); \
                  window.rule = await import(url); \
                  await rule.default({ module_or_path: new Uint8Array(wasm) });";
    ask(browser, script, vec![json!(glue), json!(read("rule.wasm")?)]).await.map(drop)
}

/// Returns the result of a script, which may be a promise.
///
/// # Errors
/// When the script throws; the error holds its message.
pub async fn ask(browser: &Browser, script: &str, arguments: Vec<Value>) -> anyhow::Result<Value> {
    let waiting = format!(
        "const done = arguments[arguments.length - 1]; \
         (async function () {{ {script} }}).apply(null, Array.prototype.slice.call(arguments, 0, -1)) \
         .then(found => done({{ found }}), error => done({{ error: String(error) }}));"
    );
    let mut answer = browser.driver().execute_async(waiting, arguments).await?.json().clone();
    ensure!(answer["error"].is_null(), "the page says {}", answer["error"]);
    Ok(answer["found"].take())
}
