//! The two languages people read.

use serde::{Deserialize, Serialize};

/// Vietnamese, or English for visitors and donors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lang {
    /// Tiếng Việt.
    #[default]
    Vi,
    /// English.
    En,
}

impl Lang {
    /// Both, the language of the register first.
    pub const ALL: [Lang; 2] = [Lang::Vi, Lang::En];

    /// The language's tag in HTML and addresses: `vi` or `en`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        self.pick("vi", "en")
    }

    /// The one of two texts that is in this language.
    #[must_use]
    pub const fn pick<'a>(self, vi: &'a str, en: &'a str) -> &'a str {
        match self {
            Lang::Vi => vi,
            Lang::En => en,
        }
    }
}
