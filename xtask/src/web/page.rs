//! Pages and the service worker are templates with `{{name}}` where the build knows better.

use anyhow::{Context, Result, bail, ensure};
use soho_shared::access::Role;
use soho_shared::pages::{DESK, DeskPage, PAGES, is_part};

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

/// The links of a page's header, with a mark where it lies. An app puts its own in their place; for a plain page the
/// English stands beside the Vietnamese.
pub(super) fn links(page: &str, is_plain: bool) -> String {
    let link = |(href, vi, en): &(&str, &str, &str)| {
        let english = if is_plain { format!(r#" data-en="{en}""#) } else { String::new() };
        format!(r#"<a href="{href}"{english}{}>{vi}</a>"#, current(is_part(href, page)))
    };
    PAGES.iter().map(link).collect()
}

/// The links to the desk's pages on a plain page of the desk; nothing on any other. Each says who has a use for it, by the
/// words that stand on the root element.
pub(super) fn desk_links(page: &str) -> String {
    if DESK.iter().all(|of| of.href != page) {
        return String::new();
    }
    let link = |of: &DeskPage| {
        let readers: Vec<&str> =
            readers().filter(|(_, role)| of.is_for(*role)).map(|(word, _)| word).collect();
        let (href, vi, en) = (of.href, of.vi, of.en);
        let current = current(href == page);
        format!(
            r#"<li data-for="{}"><a href="{href}" data-en="{en}"{current}>{vi}</a></li>"#,
            readers.join(" ")
        )
    };
    let links: String = DESK.iter().map(link).collect();
    let named = r#"aria-label="Bàn làm việc" data-en-label="Desk""#;
    format!(r#"<nav class="kinds pages no-print" {named}><ul>{links}</ul></nav>"#)
}

/// Rules that hide the links of [`desk_links`] which are not for the reader.
pub(super) fn desk_rules() -> String {
    let hidden = |word: &str| format!(r#":root[data-role="{word}"] .pages li:not([data-for~="{word}"])"#);
    let selectors: Vec<String> = readers().map(|(word, _)| hidden(word)).collect();
    format!(r#":root[data-role=""] .pages, {} {{ display: none; }}"#, selectors.join(", "))
}

/// What stands on the root element for each role, and for a server without accounts.
fn readers() -> impl Iterator<Item = (&'static str, Option<Role>)> {
    Role::ALL.into_iter().map(|(word, role)| (word, Some(role))).chain([("open", None)])
}

const fn current(is_here: bool) -> &'static str {
    if is_here { r#" aria-current="page""# } else { "" }
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
        let app = links("/survey/", false);
        assert!(
            app.starts_with(r#"<a href="/">Tự kiểm tra</a><a href="/survey/" aria-current="page">"#),
            "{app}"
        );
        assert!(links("/signin/", true).starts_with(r#"<a href="/" data-en="Self-check">Tự kiểm tra</a>"#));
        let review = links("/desk/review/", true);
        assert!(
            review.ends_with(r#"<a href="/desk/" data-en="Desk" aria-current="page">Bàn làm việc</a>"#),
            "{review}"
        );
    }

    #[test]
    fn a_plain_page_of_the_desk_leads_to_its_others_by_role() {
        assert_eq!(desk_links("/signin/"), "");
        let links = desk_links("/desk/people/");
        let people = r#"<li data-for="commune district province admin"><a href="/desk/people/" data-en="People" aria-current="page">"#;
        assert!(links.contains(people), "{links}");
        assert!(
            links.contains(r#"<li data-for="commune district province open"><a href="/desk/rounds" "#),
            "{links}"
        );
        let rules = desk_rules();
        for (word, _) in readers() {
            assert!(
                rules.contains(&format!(r#"[data-role="{word}"] .pages li:not([data-for~="{word}"])"#)),
                "{rules}"
            );
        }
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
