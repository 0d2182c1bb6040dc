//! An [`El`] as a leptos view.

use leptos::tachys::html::attribute::any_attribute::AnyAttribute;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::no_attrs;
use leptos::tachys::view::{Position, PositionState, Render, RenderHtml};
use send_wrapper::SendWrapper;

use super::dom::El;

/// An [`El`] as a leptos view. leptos requires views to be `Send`; a page has one thread, so the wrapper
/// never meets another.
pub struct ElView(SendWrapper<El>);

impl El {
    /// Wraps the element for use in `view!`.
    #[must_use]
    pub fn view(self) -> ElView {
        ElView(SendWrapper::new(self))
    }
}

impl Render for ElView {
    type State = web_sys::Element;

    fn build(self) -> Self::State {
        self.0.node().clone()
    }

    fn rebuild(self, state: &mut Self::State) {
        let new = self.build();
        // Fails only for an element that is not on the page.
        let _ = state.replace_with_with_node_1(&new);
        *state = new;
    }
}

no_attrs!(ElView);

/// No server renders pages here: `build` and `hydrate` return the element, and the rest does nothing.
impl RenderHtml for ElView {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(self, _: &mut String, _: &mut Position, _: bool, _: bool, _: Vec<AnyAttribute>) {}

    fn hydrate<const FROM_SERVER: bool>(self, _: &Cursor, _: &PositionState) -> Self::State {
        self.build()
    }

    fn into_owned(self) -> Self {
        self
    }
}
