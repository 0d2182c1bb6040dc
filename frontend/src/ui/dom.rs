//! Elements built by calls instead of `view!`, which keeps the download small.
//!
//! `view!` compiles every tree of elements into code of its own; here one function serves every element.
//! DESIGN.md says what that saves. Signals, effects and owners are leptos', and an [`El`] is a leptos view
//! like any other, so the widgets made here can stand in any `view!`.

use std::borrow::Cow;
use std::rc::Rc;

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;

/// A `Fn() -> T`. A trait of its own because the table of methods of `dyn Fn` holds two more, which would be
/// compiled for every closure and never called.
trait Make<T> {
    fn make(&self) -> T;
}

impl<T, F: Fn() -> T> Make<T> for F {
    fn make(&self) -> T {
        self()
    }
}

/// A `FnMut()`; a trait of its own for the same reason as [`Make`].
trait Run {
    fn run(&mut self);
}

impl<F: FnMut()> Run for F {
    fn run(&mut self) {
        self();
    }
}

/// A text computed on demand. It may read signals, such as the language, and then follows them.
#[derive(Clone)]
pub struct Words(Rc<dyn Make<Cow<'static, str>>>);

impl Words {
    /// Returns the text as it is now.
    #[must_use]
    pub fn get(&self) -> Cow<'static, str> {
        self.0.make()
    }
}

impl<F, S> From<F> for Words
where
    F: Fn() -> S + 'static,
    S: Into<Cow<'static, str>>,
{
    fn from(text: F) -> Self {
        Words(Rc::new(move || -> Cow<'static, str> { text().into() }))
    }
}

impl From<&'static str> for Words {
    fn from(text: &'static str) -> Self {
        Words(Rc::new(move || Cow::Borrowed(text)))
    }
}

/// An HTML or SVG element under construction. Its reactive parts live as long as the owner that was current
/// when they were made.
#[derive(Clone)]
pub struct El(web_sys::Element);

/// Creates an HTML element.
#[must_use]
pub fn el(tag: &'static str) -> El {
    El(document().create_element(tag).expect("the name of an element"))
}

/// Creates an SVG element.
#[must_use]
pub fn svg(tag: &'static str) -> El {
    El(document().create_element_ns(Some("http://www.w3.org/2000/svg"), tag).expect("the name of an element"))
}

/// Runs `f` now, and again whenever a signal it read changes, for as long as the current owner lives.
pub fn follow(f: impl FnMut() + 'static) {
    fn boxed(mut f: Box<dyn Run>) {
        let effect = RenderEffect::new(move |_: Option<()>| f.run());
        StoredValue::new_local(effect);
    }
    boxed(Box::new(f));
}

impl El {
    /// Returns the browser's element.
    #[must_use]
    pub fn node(&self) -> &web_sys::Element {
        &self.0
    }

    fn set(&self, name: &str, value: Option<&str>) {
        // Fails only for an invalid name, and all names are literals of the apps.
        let _ = match value {
            Some(value) => self.0.set_attribute(name, value),
            None => self.0.remove_attribute(name),
        };
    }

    /// Sets an attribute to a value that does not change.
    #[must_use]
    pub fn attr(self, name: &'static str, value: &str) -> Self {
        self.set(name, Some(value));
        self
    }

    /// Sets the element's id.
    #[must_use]
    pub fn id(self, id: &str) -> Self {
        self.attr("id", id)
    }

    /// Sets the `class` attribute, in place of what it held.
    #[must_use]
    pub fn class(self, class: &str) -> Self {
        self.attr("class", class)
    }

    /// Sets an attribute that follows signals; `None` removes it.
    #[must_use]
    pub fn attr_as(
        self,
        name: &'static str,
        value: impl Fn() -> Option<Cow<'static, str>> + 'static,
    ) -> Self {
        self.attr_boxed(name, Box::new(value))
    }

    fn attr_boxed(self, name: &'static str, value: Box<dyn Make<Option<Cow<'static, str>>>>) -> Self {
        let (this, mut set) = (self.clone(), None);
        follow(move || {
            let value = value.make();
            // Browsers compute the style again for the same value too.
            if set.as_ref() != Some(&value) {
                this.set(name, value.as_deref());
                set = Some(value);
            }
        });
        self
    }

    /// Sets an attribute that holds a text for people, such as `aria-label`.
    #[must_use]
    pub fn named(self, name: &'static str, words: impl Into<Words>) -> Self {
        let words = words.into();
        self.attr_as(name, move || Some(words.get()))
    }

    /// Sets an attribute without a value, such as `hidden` or `disabled`, while `on` is true.
    #[must_use]
    pub fn flag(self, name: &'static str, on: impl Fn() -> bool + 'static) -> Self {
        self.attr_as(name, move || on().then_some(Cow::Borrowed("")))
    }

    /// Adds a CSS class while `on` is true.
    #[must_use]
    pub fn class_if(self, class: &'static str, on: impl Fn() -> bool + 'static) -> Self {
        fn boxed(list: web_sys::DomTokenList, class: &'static str, on: Box<dyn Make<bool>>) {
            follow(move || {
                // Fails only for a class with a space in it.
                let _ = list.toggle_with_force(class, on.make());
            });
        }
        boxed(self.0.class_list(), class, Box::new(on));
        self
    }

    /// Sets a text that does not change.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.0.set_text_content(Some(text));
        self
    }

    /// Sets a text that follows signals.
    #[must_use]
    pub fn says(self, words: impl Into<Words>) -> Self {
        self.says_words(words.into())
    }

    fn says_words(self, words: Words) -> Self {
        let (this, mut said) = (self.clone(), Cow::Borrowed(""));
        follow(move || {
            let text = words.get();
            // Unchanged text stays untouched, so that a screen reader does not say it again.
            if said != text {
                this.0.set_text_content(Some(&text));
                said = text;
            }
        });
        self
    }

    /// Sets the content of an input.
    #[must_use]
    pub fn value(self, words: impl Into<Words>) -> Self {
        let (input, words) = (self.0.clone(), words.into());
        follow(move || {
            let (input, text) = (input.unchecked_ref::<web_sys::HtmlInputElement>(), words.get());
            if input.value() != *text {
                input.set_value(&text);
            }
        });
        self
    }

    /// Ticks a radio button or check box while `on` is true.
    #[must_use]
    pub fn checked(self, on: impl Fn() -> bool + 'static) -> Self {
        let input = self.0.clone();
        follow(move || input.unchecked_ref::<web_sys::HtmlInputElement>().set_checked(on()));
        self
    }

    /// Sets one property of the element's style. It is set on the object, because the Content-Security-Policy
    /// allows no `style` attribute.
    #[must_use]
    pub fn style(self, name: &'static str, value: impl Into<Words>) -> Self {
        let (this, value) = (self.0.clone(), value.into());
        follow(move || {
            let style = this.unchecked_ref::<web_sys::HtmlElement>().style();
            // Fails only for a property of a read-only style.
            let _ = style.set_property(name, &value.get());
        });
        self
    }

    /// Calls `f` at each event of the given name.
    #[must_use]
    pub fn on(self, event: &'static str, f: impl FnMut(web_sys::Event) + 'static) -> Self {
        fn boxed(node: &web_sys::Element, event: &str, f: Box<dyn FnMut(web_sys::Event)>) {
            let f = Closure::wrap(f);
            // Fails only without a listener.
            let _ = node.add_event_listener_with_callback(event, f.as_ref().unchecked_ref());
            StoredValue::new_local(f);
        }
        boxed(&self.0, event, Box::new(f));
        self
    }

    /// Appends children.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "callers build the children in place")]
    pub fn with<const N: usize>(self, children: [El; N]) -> Self {
        self.all(&children)
    }

    /// Appends children from a slice.
    #[must_use]
    pub fn all(self, children: &[El]) -> Self {
        for child in children {
            // Fails only for an element that would contain itself.
            let _ = self.0.append_child(&child.0);
        }
        self
    }

    /// Appends a child, if there is one.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "callers build the children in place")]
    pub fn maybe(self, child: Option<El>) -> Self {
        self.all(child.as_slice())
    }

    /// Sets children that are all built anew whenever a signal that `children` read changes.
    #[must_use]
    pub fn made(self, children: impl Fn() -> Vec<El> + 'static) -> Self {
        fn boxed(this: El, children: Box<dyn Make<Vec<El>>>) {
            follow(move || {
                let children = children.make();
                this.0.set_text_content(None);
                let _ = this.clone().all(&children);
            });
        }
        boxed(self.clone(), Box::new(children));
        self
    }
}
