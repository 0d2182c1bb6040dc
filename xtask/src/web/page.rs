//! Pages and the service worker are templates with `{{name}}` where the build knows better.

use anyhow::{Context, Result, bail, ensure};
use soho_shared::pages::PAGES;

/// Fills every `{{name}}` of a template.
///
/// Each value must be used and each placeholder known: a page that forgets its script, or asks for
/// something that nobody gives, is an error here rather than a white screen on a phone.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> Result<String> {
    let mut text = String::with_capacity(template.len());
    let mut used = vec![false; values.len()];
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").context("a `{{` has no `}}`")?;
        let Some(place) = values.iter().position(|(known, _)| *known == name.trim()) else {
            bail!("the placeholder {{{{{name}}}}} is unknown");
        };
        used[place] = true;
        text.push_str(before);
        text.push_str(values[place].1);
        rest = after;
    }
    text.push_str(rest);
    let forgotten = values.iter().zip(used).find(|(_, used)| !used);
    if let Some(((name, _), _)) = forgotten {
        bail!("the placeholder {{{{{name}}}}} is missing");
    }
    Ok(text)
}

/// The links of the header: for an app, which puts its own in their place, with a mark at its own page; for a plain
/// page, with the English beside the Vietnamese.
pub(super) fn links(app: Option<&str>) -> String {
    let link = |(href, vi, en): &(&str, &str, &str)| {
        let more = match app {
            None => format!(r#" data-en="{en}""#),
            Some(page) if page == *href => r#" aria-current="page""#.to_owned(),
            Some(_) => String::new(),
        };
        format!(r#"<a href="{href}"{more}>{vi}</a>"#)
    };
    PAGES.iter().map(link).collect()
}

/// Addresses of the icons that a web manifest names.
pub(super) fn icons(manifest: &serde_json::Value) -> Result<Vec<String>> {
    let icons = manifest["icons"].as_array().context("it names no icons")?;
    let mut paths = Vec::new();
    for icon in icons {
        let path = icon["src"].as_str().context("an icon has no `src`")?;
        ensure!(path.starts_with('/'), "an icon's `src` must begin with `/`, unlike {path}");
        // One file may serve two purposes.
        if !paths.iter().any(|known| known == path) {
            paths.push(path.to_owned());
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_wherever_they_are() {
        let values = [("js", "/a.js"), ("css", "/b.css")];
        let page = fill(r#"<link href="{{css}}"><script src="{{ js }}"></script>{{js}}"#, &values).unwrap();
        assert_eq!(page, r#"<link href="/b.css"><script src="/a.js"></script>/a.js"#);
    }

    #[test]
    fn mistakes_in_a_page_are_named() {
        for (template, message) in [
            ("{{js}} {{jss}}", "the placeholder {{jss}} is unknown"),
            ("nothing", "the placeholder {{js}} is missing"),
            ("{{js}} {{js", "a `{{` has no `}}`"),
        ] {
            assert_eq!(fill(template, &[("js", "x")]).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn a_value_is_not_a_template() {
        assert_eq!(fill("{{a}}", &[("a", "{{b}}")]).unwrap(), "{{b}}");
    }

    #[test]
    fn the_links_of_a_header_are_the_pages() {
        let app = links(Some("/survey/"));
        assert!(
            app.starts_with(r#"<a href="/">Tự kiểm tra</a><a href="/survey/" aria-current="page">"#),
            "{app}"
        );
        assert!(links(None).starts_with(r#"<a href="/" data-en="Self-check">Tự kiểm tra</a>"#));
    }

    #[test]
    fn icons_are_listed_once() {
        let manifest =
            serde_json::json!({ "icons": [{ "src": "/i.png" }, { "src": "/i.png", "purpose": "maskable" }] });
        assert_eq!(icons(&manifest).unwrap(), ["/i.png"]);
        assert!(icons(&serde_json::json!({ "icons": [{ "src": "i.png" }] })).is_err());
        assert!(icons(&serde_json::json!({})).is_err());
    }
}
