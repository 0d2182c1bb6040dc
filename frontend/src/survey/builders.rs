//! Small builders of elements that the screens share.

use std::borrow::Cow;
use std::cell::RefCell;

use leptos::prelude::*;
use soho_frontend::ui::dom::{El, Words, el, follow, svg};

/// Builds a button; `class` is one of the common style.
pub(crate) fn button(
    class: &str,
    words: impl Into<Words>,
    on_click: impl FnMut(web_sys::Event) + 'static,
) -> El {
    el("button").attr("type", "button").class(class).says(words).on("click", on_click)
}

/// Builds a link to a screen of the survey.
pub(crate) fn link(class: &str, hash: &str, words: impl Into<Words>) -> El {
    el("a").class(class).attr("href", hash).says(words)
}

/// Sets `data-testid`, by which the tests find the element.
pub(crate) fn test(this: El, id: &str) -> El {
    this.attr("data-testid", id)
}

/// Sets an attribute that is `true` or `false`.
pub(crate) fn truth(this: El, name: &'static str, on: impl Fn() -> bool + 'static) -> El {
    this.attr_as(name, move || Some(Cow::Borrowed(if on() { "true" } else { "false" })))
}

/// Sets an attribute that is one of a few words.
pub(crate) fn word(this: El, name: &'static str, word: impl Fn() -> &'static str + 'static) -> El {
    this.attr_as(name, move || Some(Cow::Borrowed(word())))
}

pub(crate) fn p(class: &str, words: impl Into<Words>) -> El {
    el("p").class(class).says(words)
}

pub(crate) fn span(words: impl Into<Words>) -> El {
    el("span").says(words)
}

/// Builds a small picture that consists of one SVG path.
pub(crate) fn icon(path: impl Fn() -> &'static str + 'static) -> El {
    svg("svg").attr("viewBox", "0 0 20 20").attr("aria-hidden", "true").with([word(svg("path"), "d", path)])
}

/// Builds a message set apart from the text. `tone` is `info`, `warning`, `failure` or `done`.
pub(crate) fn notice(tone: &str, children: &[El]) -> El {
    el("div").class(&format!("notice {tone}")).all(children)
}

/// Shows what `make` builds while `holds` is true, and builds it anew each time that becomes true.
pub(crate) fn when(
    holds: impl Fn() -> bool + Send + Sync + 'static,
    make: impl Fn() -> Vec<El> + 'static,
) -> El {
    fn boxed(holds: Box<dyn Fn() -> bool + Send + Sync>, make: Box<dyn Fn() -> Vec<El>>) -> El {
        let holds = Memo::new(move |_| holds());
        el("div").made(move || if holds.get() { make() } else { Vec::new() })
    }
    boxed(Box::new(holds), Box::new(make))
}

/// Gives a list one line for each text. Lines whose text stays are left alone.
pub(crate) fn lines(list: El, texts: impl Fn() -> Vec<String> + 'static) -> El {
    fn boxed(list: El, texts: Box<dyn Fn() -> Vec<String>>) -> El {
        let there: RefCell<Vec<(String, El)>> = RefCell::default();
        let this = list.clone();
        follow(move || {
            let texts = texts();
            let mut there = there.borrow_mut();
            while there.len() > texts.len() {
                if let Some((_, line)) = there.pop() {
                    line.node().remove();
                }
            }
            for (at, text) in texts.into_iter().enumerate() {
                if let Some((shown, line)) = there.get_mut(at) {
                    if *shown != text {
                        line.node().set_text_content(Some(&text));
                        *shown = text;
                    }
                } else {
                    let line = el("li").text(&text);
                    let _ = this.clone().with([line.clone()]);
                    there.push((text, line));
                }
            }
        });
        list
    }
    boxed(list, Box::new(texts))
}

/// Builds a list with one element for each id, in their order. An element stays as long as its id does, with
/// everything that was typed or opened in it.
pub(crate) fn keyed(
    ids: impl Fn() -> Vec<String> + Send + Sync + 'static,
    make: impl Fn(String) -> El + 'static,
) -> El {
    fn boxed(ids: Box<dyn Fn() -> Vec<String> + Send + Sync>, make: Box<dyn Fn(String) -> El>) -> El {
        let list = el("div");
        let ids = Memo::new(move |_| ids());
        // Not the owner of the effect: what that owns ends each time the effect runs.
        let parent = Owner::current().unwrap_or_default();
        let there: RefCell<Vec<(String, Owner, El)>> = RefCell::default();
        let this = list.clone();
        follow(move || {
            let ids = ids.get();
            let mut there = there.borrow_mut();
            there.retain(|(id, owner, element)| {
                let stays = ids.contains(id);
                if !stays {
                    owner.cleanup();
                    element.node().remove();
                }
                stays
            });
            for (at, id) in ids.iter().enumerate() {
                let place = there.iter().position(|(one, ..)| one == id).unwrap_or_else(|| {
                    let owner = parent.child();
                    let element = owner.with(|| untrack(|| make(id.clone())));
                    there.push((id.clone(), owner, element));
                    there.len() - 1
                });
                let element = &there[place].2;
                let at = u32::try_from(at).unwrap_or(u32::MAX);
                let next = this.node().children().item(at);
                if next.as_ref() != Some(element.node()) {
                    // Fails only for a place that is not in the list.
                    let _ = this.node().insert_before(element.node(), next.as_deref());
                }
            }
        });
        list
    }
    boxed(Box::new(ids), Box::new(make))
}

/// Builds a drop-down list with its label. Each option is a value and its text; the first one stands for
/// nothing chosen.
pub(crate) fn select(
    id: &str,
    label: impl Into<Words>,
    options: Vec<(&'static str, Words)>,
    value: impl Into<Words>,
    on_pick: impl Fn(String) + 'static,
) -> El {
    let options: Vec<El> =
        options.into_iter().map(|(word, words)| el("option").attr("value", word).says(words)).collect();
    let list = el("select")
        .id(id)
        .all(&options)
        .value(value)
        .on("change", move |event| on_pick(event_target_value(&event)));
    el("div").class("field").with([el("label").attr("for", id).says(label), list])
}
