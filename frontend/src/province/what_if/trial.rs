//! What is being tried, as the address says it:
//! `view=what-if&poor=420000,500000&near_poor=520000,650000&card=600000&share=70`.

use std::fmt::Write as _;

use soho_shared::area::Residence;
use soho_shared::area::tree_covers;
use soho_shared::law::standard_for_round;
use soho_shared::money::Vnd;
use soho_shared::record::Round;
use soho_shared::standard::{Class, Standard};
use soho_shared::what_if::Lines;

/// Parameter that opens the view.
const VIEW: &str = "view=what-if";

/// The lines being tried, and what the officer assumes about insurance cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trial {
    /// Lines being tried.
    pub lines: Lines,
    /// Price of an insurance card for a year, which no law file contains.
    pub card: Option<Vnd>,
    /// Share of a near-poor person's card that the budget pays, in percent, 0..=100.
    pub share: u8,
}

/// Returns the standard in force in a round; `None` where the communes do not tell which of its lines applies.
#[must_use]
pub fn in_force(round: Round) -> Option<&'static Standard> {
    let year = i16::try_from(round.year()).ok()?;
    standard_for_round(year).filter(|_| tree_covers(year))
}

impl Trial {
    /// Returns the lines in force. The plan of 2011 gives the near-poor their cards free too (mục III, IV.1.5).
    #[must_use]
    pub fn of(standard: &Standard) -> Self {
        Trial { lines: Lines::of(standard), card: None, share: 100 }
    }

    /// Reads a query string; `None` when it does not ask for the view. What is missing or wrong is taken from
    /// the standard in force.
    #[must_use]
    pub fn read(query: &str, standard: &Standard) -> Option<Self> {
        let pairs = || query.trim_start_matches('?').split('&');
        if !pairs().any(|pair| pair == VIEW) {
            return None;
        }
        let mut trial = Trial::of(standard);
        let most = Lines::most(standard);
        for (name, value) in pairs().filter_map(|pair| pair.split_once('=')) {
            match name {
                "card" => trial.card = amount(value).filter(|price| *price <= MOST_CARD),
                "share" => trial.share = value.parse().ok().filter(|s| *s <= 100).unwrap_or(trial.share),
                _ => {}
            }
        }
        // The poorest first: a line that would be out of order moves with the one set after it.
        for class in trial.lines.classes() {
            let value = pairs().find_map(|pair| pair.strip_prefix(class.word())?.strip_prefix('='));
            let both = value.and_then(|value| value.split_once(','));
            let Some((rural, urban)) = both.and_then(|(r, u)| amount(r).zip(amount(u))) else { continue };
            trial.lines = trial.lines.with(class, Residence::Rural, rural, most);
            trial.lines = trial.lines.with(class, Residence::Urban, urban, most);
        }
        Some(trial)
    }

    /// Appends itself to a query.
    pub fn write(&self, query: &mut String) {
        query.push('&');
        query.push_str(VIEW);
        for class in self.lines.classes() {
            let [rural, urban] = self.pair(class);
            let _ = write!(query, "&{}={},{}", class.word(), rural.get(), urban.get());
        }
        if let Some(card) = self.card {
            let _ = write!(query, "&card={}", card.get());
        }
        if self.share != 100 {
            let _ = write!(query, "&share={}", self.share);
        }
    }

    /// Returns the lines of a class, rural and urban.
    #[must_use]
    pub fn pair(&self, class: Class) -> [Vnd; 2] {
        Residence::ALL.map(|residence| self.lines.get(class, residence).unwrap_or_default())
    }
}

/// An amount above the price of any card.
pub const MOST_CARD: Vnd = Vnd::new(1_000_000_000).expect("within bounds");

fn amount(text: &str) -> Option<Vnd> {
    text.parse().ok().filter(|dong| *dong >= 0).and_then(Vnd::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_back_as_written_and_nonsense_is_as_in_force() {
        let standard = in_force(Round::CENSUS_2010).unwrap();
        let read = |query: &str| Trial::read(query, standard).unwrap();
        let own = "&view=what-if&poor=400000,500000&near_poor=520000,650000";
        for (query, expected) in [
            ("?view=what-if", own),
            ("view=what-if&poor=420000,510500", "&view=what-if&poor=420000,510500&near_poor=520000,650000"),
            (
                "?area=83&near_poor=530000,700000&card=600000&share=70&view=what-if",
                "&view=what-if&poor=400000,500000&near_poor=530000,700000&card=600000&share=70",
            ),
            ("?view=what-if&poor=600000,500000", "&view=what-if&poor=600000,500000&near_poor=600000,650000"),
            ("?view=what-if&poor=x,1&near_poor=5&card=-3&share=101", own),
            ("?view=what-if&poor=99999999999999999999,1&card=9000000000", own),
        ] {
            let mut written = String::new();
            read(query).write(&mut written);
            assert_eq!(written, expected, "{query}");
            assert_eq!(read(&written), read(query));
        }
        assert_eq!(Trial::read("?area=83&poor=1,2", standard), None);
    }
}
