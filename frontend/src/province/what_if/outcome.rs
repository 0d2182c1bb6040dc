//! The outcome of a choice of lines, and that of the lines in force beside it.

use soho_frontend::i18n::Lang;
use soho_shared::report::{Figures, Row};
use soho_shared::standard::Class;

use super::trial::Trial;
use crate::number_text::{self, change_in_words};

/// The outcome of a choice of lines.
pub struct Outcome {
    /// Figures of the same form as the register's.
    pub figures: Figures,
    /// Number of people by class of their household.
    pub persons: [i64; 4],
}

impl Outcome {
    /// Returns how many households of the area are in the given classes.
    #[must_use]
    pub fn households(&self, classes: &[Class]) -> i64 {
        let Row { poor, near_poor, low_income, above, .. } = self.figures.total;
        let counted = [poor, near_poor, low_income, above];
        classes.iter().map(|class| counted[class.index()]).sum()
    }
}

/// What a figure on the page is computed from.
pub struct Seen<'a> {
    /// Outcome under the lines being tried.
    pub tried: &'a Outcome,
    /// Outcome under the lines in force.
    pub in_force: &'a Outcome,
    /// What is being tried.
    pub trial: Trial,
    /// Language of the page.
    pub lang: Lang,
}

/// The unit that is counted, in both languages.
pub const HOUSEHOLDS: (&str, &str) = ("hộ", "households");

/// Returns the change of the poor and of the near-poor, in one sentence each.
#[must_use]
pub fn in_words(seen: &Seen<'_>) -> String {
    let one = |class: Class, name: &str| {
        let (tried, own) = (seen.tried.households(&[class]), seen.in_force.households(&[class]));
        let change = change_in_words(tried - own, HOUSEHOLDS, seen.lang);
        format!("{name}: {}, {change}.", number_text::count(tried, seen.lang))
    };
    let poor = one(Class::Poor, seen.lang.pick("Hộ nghèo", "Poor"));
    format!("{poor} {}", one(Class::NearPoor, seen.lang.pick("Hộ cận nghèo", "Near-poor")))
}
