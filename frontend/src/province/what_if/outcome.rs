//! What a choice of lines gives, beside what the lines in force give.

use soho_frontend::i18n::Lang;
use soho_shared::report::{Row, Table};
use soho_shared::standard::Class;

use super::trial::Trial;
use crate::number::{self, change_in_words};

/// What a choice of lines gives.
pub struct Outcome {
    /// The table, made as the register's is.
    pub table: Table,
    /// People by class of their household.
    pub persons: [i64; 4],
}

impl Outcome {
    /// Households of the area in some classes.
    #[must_use]
    pub fn households(&self, classes: &[Class]) -> i64 {
        let Row { poor, near_poor, low_income, above, .. } = self.table.total;
        let counted = [poor, near_poor, low_income, above];
        classes.iter().map(|class| counted[class.index()]).sum()
    }
}

/// What a figure on the page is made from.
pub struct Seen<'a> {
    /// Under the lines being tried.
    pub tried: &'a Outcome,
    /// Under the lines in force.
    pub in_force: &'a Outcome,
    /// What is being tried.
    pub trial: Trial,
    /// The language of the page.
    pub lang: Lang,
}

/// What is counted, in both languages.
pub const HOUSEHOLDS: (&str, &str) = ("hộ", "households");

/// The poor and the near-poor in one sentence each.
#[must_use]
pub fn in_words(seen: &Seen<'_>) -> String {
    let one = |class: Class, name: &str| {
        let (tried, own) = (seen.tried.households(&[class]), seen.in_force.households(&[class]));
        let change = change_in_words(tried - own, HOUSEHOLDS, seen.lang);
        format!("{name}: {}, {change}.", number::count(tried, seen.lang))
    };
    let poor = one(Class::Poor, seen.lang.pick("Hộ nghèo", "Poor"));
    format!("{poor} {}", one(Class::NearPoor, seen.lang.pick("Hộ cận nghèo", "Near-poor")))
}
