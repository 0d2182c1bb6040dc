//! From the four WASM apps to `target/web`, the folder of files that a server sends.
//!
//! ```text
//! index.html  survey/…  desk/…  desk/figures/index.html   pages, from frontend/pages
//! signin/index.html  desk/people/…  desk/review/…  check-paper/…  the same, without WASM
//! manifest.webmanifest  survey/…  desk/…  desk/figures/…  what makes them installable
//! assets/NAME-HASH.{js,wasm,css}                          named by content: cache for ever
//! assets/NAME-part-HASH.wasm                              the same, fetched when it is needed
//! icons/…  and whatever else frontend/public holds        as it is
//! sw.js                                                   the service worker, frontend/public/sw.js
//! ```
//!
//! Beside each file lie `.br` and `.gz`. `target/web.json` lists what a first visit of each app
//! downloads and what comes later, and the fingerprint of all inputs, so that nothing is done twice.
//!
//! There is no wasm-opt here. Measured on the self-check (504 KB, 154 KB in brotli): `-Oz` of Debian's
//! binaryen 108 saves 0.8 % of the download, that of 132 saves 0.5 %; what it seems to save beyond that is
//! the section of names, which wasm-bindgen drops too. And 108 cannot read every module (`table.fill`). In
//! return no machine needs one more tool, and none makes other bytes for the lack of it.

mod assets;
mod bindgen;
mod order;
mod page;
mod panics;
mod places;
pub(crate) mod rule;
mod split;
mod squeeze;

use crate::install::{self, Wasm};
use crate::step::{self, run};
use anyhow::{Context, Result};
use assets::{Tree, fingerprint, named};
use serde::{Deserialize, Serialize};
use soho_shared::pages::{self, CHECK_PAPER, DESK, FIGURES, MOVED, PEOPLE, REVIEW, SIGN_IN, Words};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// An app: a binary of the crate `soho-frontend`, a file in frontend/pages, and an address.
struct App {
    name: &'static str,
    /// Path of the page; its `index.html` and manifest lie there.
    page: &'static str,
    /// Whether it works on a whole province's households at a time: then the rule is compiled for speed,
    /// and only the rest for a small download.
    fast: bool,
    /// Whether it shows tables of figures, whose looks are in `figures.css`.
    has_figures: bool,
}

const APPS: [App; 4] = [
    App { name: "check", page: "/", fast: false, has_figures: false },
    App { name: "survey", page: "/survey/", fast: false, has_figures: false },
    App { name: "province", page: FIGURES, fast: true, has_figures: true },
    App { name: "desk", page: "/desk/", fast: false, has_figures: true },
];

/// The pages without WASM, by name, with their addresses: signing in must work where an app does not, and costs next to
/// nothing. Their content and script lie in frontend/pages; frame and helpers are the same for all (`plain.html`,
/// `plain.js`). They are always asked of the server, but for [`READER`].
const PLAIN: [(&str, &str); 4] =
    [("signin", SIGN_IN.0), ("admin", PEOPLE), ("review", REVIEW), (READER, CHECK_PAPER.0)];

/// The plain page that checks certificates, also where there is no network: it is kept like an app.
const READER: &str = "check-paper";

/// What reads the picture of a code where the browser cannot: jsQR 1.4.0 as npm has it.
const CODES: &str = include_str!("../../frontend/vendor/jsqr/jsQR.js");

/// Compiles `shared` for speed. Everything that does not stand on it is the same, and is not built again.
const FAST: &[&str] = &["--config", "profile.wasm.package.soho-shared.opt-level=3"];

/// What [`build`] made.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Built {
    fingerprint: String,
    /// The apps, the first one at `/`.
    pub(crate) apps: Vec<BuiltApp>,
}

/// One app as a visitor gets it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct BuiltApp {
    /// `check`, `survey`, `province`, `desk` or [`READER`].
    pub(crate) name: String,
    /// Path of its page.
    pub(crate) page: String,
    /// Changes with every byte of the app.
    version: String,
    /// Paths of everything else that a first visit downloads, the service worker left out.
    pub(crate) files: Vec<String>,
    /// Paths of parts that are fetched when they are needed, and kept for times without a network.
    pub(crate) later: Vec<String>,
}

/// The folder that is served.
pub(crate) fn folder() -> PathBuf {
    step::target().join("web")
}

/// Compiles the apps and assembles the folder, unless it is there already.
pub(crate) fn build() -> Result<Built> {
    let wasm = install::wasm()?;
    for fast in [false, true] {
        let bins = APPS.iter().filter(|app| app.fast == fast).flat_map(|app| ["--bin", app.name]);
        let args = ["--package", "soho-frontend"].into_iter().chain(bins);
        compile(wasm, &args.chain(FAST.iter().copied().filter(|_| fast)).collect::<Vec<_>>())?;
    }
    let modules = APPS
        .iter()
        .map(|app| {
            let file = step::target().join(format!("wasm32-unknown-unknown/wasm/{}.wasm", app.name));
            fs::read(&file).with_context(|| format!("cannot read {}", file.display()))
        })
        .collect::<Result<Vec<_>>>()?;
    let frontend = step::root().join("frontend");
    let public = Tree::read(&frontend.join("public"))?;
    let pages = Tree::read(&frontend.join("pages"))?;
    let words = words()?;

    let inputs = fingerprint(
        modules
            .iter()
            .map(Vec::as_slice)
            .chain(public.iter().chain(pages.iter()).flat_map(|(path, bytes)| [path.as_bytes(), bytes]))
            .chain(SOURCES.iter().map(|source| source.as_bytes()))
            .chain([words.as_bytes()]),
    );
    if let Some(built) = earlier(&inputs) {
        return Ok(built);
    }
    let (tree, apps) = assemble(&modules, public, &pages, &words)?;
    tree.write(&folder())?;
    let built = Built { fingerprint: inputs, apps };
    let text = serde_json::to_string_pretty(&built).context("the list of files is no JSON")?;
    fs::write(list(), text).with_context(|| format!("cannot write {}", list().display()))?;
    Ok(built)
}

/// A change here makes other files of the same inputs.
const SOURCES: [&str; 14] = [
    CODES,
    include_str!("../../shared/src/pages.rs"),
    include_str!("web.rs"),
    include_str!("web/assets.rs"),
    include_str!("web/bindgen.rs"),
    include_str!("web/boot.js"),
    include_str!("web/order.rs"),
    include_str!("web/page.rs"),
    include_str!("web/panics.rs"),
    include_str!("web/panics/function.rs"),
    include_str!("web/panics/relocations.rs"),
    include_str!("web/places.rs"),
    include_str!("web/split.rs"),
    include_str!("web/squeeze.rs"),
];

fn list() -> PathBuf {
    step::target().join("web.json")
}

/// The result of an earlier build of the same inputs.
fn earlier(inputs: &str) -> Option<Built> {
    let built: Built = serde_json::from_slice(&fs::read(list()).ok()?).ok()?;
    (built.fingerprint == inputs && folder().is_dir()).then_some(built)
}

fn compile(wasm: Wasm, args: &[&str]) -> Result<()> {
    let mut build = wasm.cargo(&[&["build", "--locked", "--profile", "wasm"], args].concat());
    // With this variable cargo separates the flags as paths with spaces need it.
    build.env("CARGO_ENCODED_RUSTFLAGS", flags().join("\u{1f}"));
    run(&mut build).context("it could not be built for the browser")
}

/// Compiler flags of what the public downloads.
///
/// Leptos gives up the types of views, which makes more code alike and the download smaller. And the
/// folders of the building machine stay out of it: panics name their place in the sources, and each place
/// would begin with them.
fn flags() -> Vec<String> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let sources = home.and_then(|home| fs::read_dir(home.join("registry/src")).ok()).into_iter().flatten();
    let mut folders: Vec<PathBuf> = sources.filter_map(|entry| Some(entry.ok()?.path())).collect();
    folders.sort();
    folders.push(step::root());
    let unnamed = folders.iter().map(|folder| format!("--remap-path-prefix={}/=", folder.display()));
    // What moves where is needed to cut a module into parts; it goes no further.
    let relocations = "--codegen=link-arg=--emit-relocs";
    ["--cfg=erase_components", relocations].map(ToOwned::to_owned).into_iter().chain(unnamed).collect()
}

/// Everything between the compiler and the disk.
fn assemble(
    modules: &[Vec<u8>],
    mut public: Tree,
    pages: &Tree,
    words: &str,
) -> Result<(Tree, Vec<BuiltApp>)> {
    let mut tree = Tree::default();
    let style = public.take_text("style.css")?.context("frontend/public/style.css is missing")?;
    let figures = public.take_text("figures.css")?.context("frontend/public/figures.css is missing")?;
    let worker = public.take_text("sw.js")?.context("frontend/public/sw.js is missing")?;

    let mut apps = Vec::new();
    for (app, module) in APPS.iter().zip(modules) {
        let name = app.name;
        let module =
            panics::cut(module).with_context(|| format!("cannot cut panics out of the app `{name}`"))?;
        let parts = split::run(&module, &step::target().join("parts").join(name))?;
        let glue = bindgen::run(name, &parts.main, true)
            .with_context(|| format!("wasm-bindgen refused the app `{name}`"))?;
        let (mut glue_js, mut later) = (split::join(&glue.js, &parts)?, Vec::new());
        for (called, part) in &parts.later {
            let stored = tree.add_named(&format!("{name}-part"), "wasm", bindgen::part(part)?);
            glue_js = glue_js.replace(&format!("\"{called}\""), &format!("\"{stored}\""));
            later.push(stored);
        }
        let wasm = tree.add_named(name, "wasm", glue.wasm);
        // An app's own rules follow the common ones, in one file: a phone waits for each file anew.
        let own_style = public.take_text(&format!("{name}.css"))?.unwrap_or_default();
        let tables = if app.has_figures { figures.as_str() } else { "" };
        let rules = squeeze::css(&format!("{style}\n{tables}\n{own_style}"));
        let css = tree.add_named(name, "css", rules.into_bytes());
        let mut files = vec![css.clone(), wasm.clone()];
        let mut script = squeeze::js(&glue_js);
        for (path, snippet) in glue.snippets {
            let stored = tree.add_named("snippet", "js", snippet.into_bytes());
            script = script.replace(&format!("\"./{path}\""), &format!("\"{stored}\""));
            script = script.replace(&format!("'./{path}'"), &format!("\"{stored}\""));
            files.push(stored);
        }
        script += &bindgen::boot(name, &wasm);
        let js = tree.add_named(name, "js", script.into_bytes());
        files.push(js.clone());

        let manifest = public
            .take_text(&format!("{name}.webmanifest"))?
            .with_context(|| format!("frontend/public/{name}.webmanifest is missing"))?;
        let manifest: serde_json::Value = serde_json::from_str(&manifest)
            .with_context(|| format!("frontend/public/{name}.webmanifest is no JSON"))?;
        let icons = page::icons(&manifest).with_context(|| format!("frontend/public/{name}.webmanifest"))?;
        let manifest_path = format!("{}manifest.webmanifest", app.page);
        tree.add(&manifest_path, manifest.to_string().into_bytes());
        files.push(manifest_path.clone());
        files.extend(icons);

        let file = format!("{name}.html");
        let template = pages.text(&file)?.with_context(|| format!("frontend/pages/{file} is missing"))?;
        let links = page::links(app.page, false);
        let fill = |version: &str| {
            let values = [
                ("pages", links.as_str()),
                ("version", version),
                ("css", &css),
                ("js", &js),
                ("wasm", &wasm),
                ("manifest", &manifest_path),
            ];
            page::fill(template, &values).with_context(|| format!("frontend/pages/{file}"))
        };
        // The page names its version, so the version is that of the page without it, and of the files
        // that keep their name when they change.
        let unversioned = fill("")?;
        let fixed = files.iter().chain(&later).filter_map(|path| tree.get(path).or_else(|| public.get(path)));
        let version = named(name, &fingerprint(std::iter::once(unversioned.as_bytes()).chain(fixed)));
        tree.add(&format!("{}index.html", app.page), fill(&version)?.into_bytes());
        apps.push(BuiltApp { name: name.to_owned(), page: app.page.to_owned(), version, files, later });
    }
    apps.push(plain(&mut tree, &mut public, pages, &style, words)?);
    tree.append(public);
    for app in &apps {
        for file in app.files.iter().chain(&app.later) {
            tree.get(file).with_context(|| {
                format!("the app `{}` wants {file}, which is not in frontend/public", app.name)
            })?;
        }
    }
    let worker = fill_worker(&worker, &apps).context("frontend/public/sw.js")?;
    tree.add("/sw.js", squeeze::js(&worker).into_bytes());
    Ok((tree, apps))
}

/// The pages without WASM. Returns the one that is kept.
fn plain(tree: &mut Tree, public: &mut Tree, pages: &Tree, style: &str, words: &str) -> Result<BuiltApp> {
    let text = |file: &str| pages.text(file)?.with_context(|| format!("frontend/pages/{file} is missing"));
    let common = public.take_text("plain.css")?.context("frontend/public/plain.css is missing")?;
    let helpers = page::fill(text("plain.js")?, &[("words", words)]).context("frontend/pages/plain.js")?;
    let helpers = tree.add_named("plain", "js", squeeze::js(&helpers).into_bytes());
    let codes = tree.add_named("codes", "js", squeeze::js(CODES).into_bytes());
    let mut kept = None;
    for (name, address) in PLAIN {
        let (title_vi, title_en) = title(address)?;
        let desk = page::desk_links(address);
        let is_desk = !desk.is_empty();
        let (site_vi, site_en) = if is_desk { title("/desk/")? } else { ("Sổ Hộ", "Sổ Hộ") };
        let desk_style = if is_desk { page::desk_rules() } else { String::new() };
        let links = page::links(address, true);
        let (page, script) = (format!("{name}.html"), format!("{name}.js"));
        let own_style = public.take_text(&format!("{name}.css"))?.unwrap_or_default();
        let rules = squeeze::css(&format!("{style}\n{common}\n{own_style}\n{desk_style}"));
        let css = tree.add_named(name, "css", rules.into_bytes());
        let mut values = vec![("plain", helpers.as_str())];
        if name == READER {
            values.push(("codes", &codes));
        }
        let filled = page::fill(text(&script)?, &values);
        let filled = filled.with_context(|| format!("frontend/pages/{script}"))?;
        let js = tree.add_named(name, "js", squeeze::js(&filled).into_bytes());
        let content = text(&page)?;
        let frame = text("plain.html")?;
        let fill = |version: &str| {
            let values = [
                ("version", version),
                ("title_vi", title_vi),
                ("title_en", title_en),
                ("site_vi", site_vi),
                ("site_en", site_en),
                ("css", css.as_str()),
                ("js", &js),
                ("pages", &links),
                ("desk", &desk),
                ("content", content),
            ];
            page::fill(frame, &values).context("frontend/pages/plain.html")
        };
        // As with the apps, the version is that of the page without it, and of the icon, which keeps its name.
        let unversioned = fill("")?;
        let icon = "/icons/icon.svg";
        let fixed = public.get(icon).with_context(|| format!("frontend/public{icon} is missing"))?;
        let version = named(name, &fingerprint([unversioned.as_bytes(), fixed]));
        tree.add(&format!("{address}index.html"), fill(&version)?.into_bytes());
        if name == READER {
            let files = vec![css.clone(), js.clone(), helpers.clone(), codes.clone(), icon.to_owned()];
            let (name, page, later) = (name.to_owned(), address.to_owned(), Vec::new());
            kept = Some(BuiltApp { name, page, version, files, later });
        }
    }
    kept.with_context(|| format!("no plain page is called {READER}"))
}

/// Vietnamese and English title of the page at an address.
fn title(address: &str) -> Result<(&'static str, &'static str)> {
    pages::name(address).with_context(|| format!("{address} has no name"))
}

/// The words that the plain pages take from `shared`, as JSON.
fn words() -> Result<String> {
    serde_json::to_string(&Words::new()).context("the words of the pages are no JSON")
}

/// The service worker, told of the apps, and of the addresses that it must know.
fn fill_worker(worker: &str, apps: &[BuiltApp]) -> Result<String> {
    let moved = serde_json::to_string(&BTreeMap::from(MOVED)).context("the old addresses are no JSON")?;
    let beside: Vec<&str> = DESK.iter().filter(|page| page.is_beside()).map(|page| page.href).collect();
    let beside = serde_json::to_string(&beside).context("the desk's addresses are no JSON")?;
    let (list, names) = (worker_list(apps)?, worker_names(apps)?);
    page::fill(worker, &[("apps", &list), ("names", &names), ("moved", &moved), ("beside", &beside)])
}

/// Names of the apps' pages as the service worker reads them, by address.
fn worker_names(apps: &[BuiltApp]) -> Result<String> {
    let named = apps.iter().map(|app| title(&app.page).map(|names| (app.page.as_str(), names)));
    let names: BTreeMap<&str, (&str, &str)> = named.collect::<Result<_>>()?;
    serde_json::to_string(&names).context("the names of the apps are no JSON")
}

/// The apps as the service worker reads them.
fn worker_list(apps: &[BuiltApp]) -> Result<String> {
    #[derive(Serialize)]
    struct Entry<'a> {
        page: &'a str,
        version: &'a str,
        files: Vec<&'a String>,
    }
    fn entry(app: &BuiltApp) -> (&str, Entry<'_>) {
        let files = app.files.iter().chain(&app.later).collect();
        (app.name.as_str(), Entry { page: &app.page, version: &app.version, files })
    }
    let map: BTreeMap<&str, Entry> = apps.iter().map(entry).collect();
    serde_json::to_string(&map).context("the list of apps is no JSON")
}

/// The file on disk that answers a path of the site.
pub(crate) fn on_disk(folder: &Path, path: &str) -> PathBuf {
    let relative = path.trim_start_matches('/');
    let relative = if path.ends_with('/') { format!("{relative}index.html") } else { relative.to_owned() };
    folder.join(relative)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source of everything that has no WASM to ask for words.
    fn plain_sources() -> Vec<(String, String)> {
        let frontend = step::root().join("frontend");
        let pages = Tree::read(&frontend.join("pages")).unwrap();
        let worker = fs::read_to_string(frontend.join("public/sw.js")).unwrap();
        let names = PLAIN.into_iter().map(|(name, _)| name).chain(["plain"]);
        let files = names.flat_map(|name| [format!("{name}.js"), format!("{name}.html")]);
        let mut sources: Vec<(String, String)> =
            files.map(|file| (file.clone(), pages.text(&file).unwrap().unwrap().to_owned())).collect();
        sources.push(("sw.js".to_owned(), worker));
        sources
    }

    #[test]
    fn every_word_that_a_plain_page_asks_for_is_given() {
        let words: serde_json::Value = serde_json::from_str(&words().unwrap()).unwrap();
        let mut asked = 0;
        for (file, source) in plain_sources() {
            for call in source.split("word(\"").skip(1) {
                let (group, rest) = call.split_once('"').unwrap();
                assert!(words[group].is_object(), "{file}: there is no group `{group}`");
                asked += 1;
                // What is no string is a word of the server's answer.
                let Some(key) = rest.strip_prefix(", \"").and_then(|rest| rest.split('"').next()) else {
                    continue;
                };
                assert!(words[group][key].is_object(), "{file}: `{group}` has no `{key}`");
            }
        }
        assert!(asked > 10, "only {asked} words are asked for");
    }

    #[test]
    fn no_plain_page_states_a_word_that_it_is_given() {
        let words: serde_json::Value = serde_json::from_str(&words().unwrap()).unwrap();
        let notes = words.as_object().unwrap().values().flat_map(|group| group.as_object().unwrap().values());
        let texts: Vec<&str> =
            notes.flat_map(|note| ["vi", "en"].map(|lang| note[lang].as_str().unwrap())).collect();
        assert!(texts.contains(&"Điều tra viên") && texts.contains(&"the same identity number of the head"));
        for (file, source) in plain_sources() {
            for text in &texts {
                // A single word may stand for something else: `read`, `Over`.
                let stated = text.contains(' ')
                    && [('"', '"'), ('>', '<')]
                        .iter()
                        .any(|(open, close)| source.contains(&format!("{open}{text}{close}")));
                assert!(!stated, "{file} states `{text}` anew");
            }
        }
    }

    #[test]
    fn a_folder_answers_with_its_index() {
        let folder = Path::new("web");
        assert_eq!(on_disk(folder, "/"), Path::new("web/index.html"));
        assert_eq!(on_disk(folder, "/survey/"), Path::new("web/survey/index.html"));
        assert_eq!(on_disk(folder, "/sw.js"), Path::new("web/sw.js"));
    }

    #[test]
    fn the_worker_knows_every_app() {
        let app = BuiltApp {
            name: "check".into(),
            page: "/".into(),
            version: "check-1".into(),
            files: vec!["/a".into()],
            later: vec!["/b".into()],
        };
        // The order of the keys is nobody's business.
        let list: serde_json::Value = serde_json::from_str(&worker_list(&[app]).unwrap()).unwrap();
        let expected =
            serde_json::json!({ "check": { "files": ["/a", "/b"], "page": "/", "version": "check-1" } });
        assert_eq!(list, expected);
    }
}
