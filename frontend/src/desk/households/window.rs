//! Which rows of a long list are drawn, and which households of it are at hand.

use std::collections::BTreeMap;
use std::ops::Range;

use soho_shared::wire::lists::{HouseholdPage, ListedHousehold, MAX_PAGE};

/// Rows drawn above and below those in sight, so that a step of the keyboard finds the next one there.
const AROUND: u64 = 10;
/// The first row drawn moves by so many at once.
const STEP: u64 = 5;
/// Households of a page.
const PAGE: u64 = MAX_PAGE as u64;
/// Most households at hand where each page is found by its place; those farthest away are given up.
const AT_HAND: usize = 20 * MAX_PAGE;
/// Most households of a list that is only read from its start on.
pub const MOST_IN_ORDER: u64 = 20_000;

/// The rows that are drawn of a list that is scrolled: those in sight and some around them. All measures are in pixels.
#[must_use]
pub fn drawn(scrolled: u64, height: u64, row: u64, many: u64) -> Range<u64> {
    let row = row.max(1);
    let top = scrolled / row;
    let first = top.saturating_sub(AROUND) / STEP * STEP;
    let last = top + height.div_ceil(row) + 1 + AROUND;
    first.min(many)..last.min(many)
}

/// What is asked for next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The page that begins at a place.
    Place(u64),
    /// The page that begins where the last one ended.
    From(String),
}

impl Wanted {
    /// As parameters of an address.
    #[must_use]
    pub fn query(&self) -> String {
        match self {
            Wanted::Place(place) => format!("&offset={place}"),
            Wanted::From(from) => format!("&from={from}"),
        }
    }
}

/// The households of a list that are at hand, by their places.
#[derive(Debug)]
pub struct AtHand {
    households: BTreeMap<u64, ListedHousehold>,
    /// How many the list has, as far as is known.
    many: u64,
    /// Whether that is all: then each page is found by its place.
    is_counted: bool,
    /// Where an uncounted list goes on.
    next: Option<String>,
}

impl AtHand {
    /// A list that begins with a page.
    #[must_use]
    pub fn of(page: HouseholdPage) -> Self {
        let is_counted = page.total.is_some();
        let mut at_hand = AtHand { households: BTreeMap::new(), many: 0, is_counted, next: None };
        at_hand.take(&Wanted::Place(0), page);
        at_hand
    }

    /// How many rows the list has, as far as is known.
    #[must_use]
    pub const fn many(&self) -> u64 {
        self.many
    }

    /// Whether that is all there are.
    #[must_use]
    pub const fn is_all(&self) -> bool {
        self.is_counted || self.next.is_none()
    }

    /// Whether the list is longer than what is read of it.
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        !self.is_all() && self.many >= MOST_IN_ORDER
    }

    /// The household at a place.
    #[must_use]
    pub fn at(&self, place: u64) -> Option<&ListedHousehold> {
        self.households.get(&place)
    }

    /// What must be asked for so that these rows can be drawn.
    #[must_use]
    pub fn wanted(&self, rows: &Range<u64>) -> Option<Wanted> {
        if self.is_counted {
            let missing = rows.clone().find(|place| !self.households.contains_key(place))?;
            return Some(Wanted::Place(missing / PAGE * PAGE));
        }
        let is_near = rows.end + PAGE > self.many && !self.is_cut();
        self.next.clone().filter(|_| is_near).map(Wanted::From)
    }

    /// Takes the page that was asked for.
    pub fn take(&mut self, wanted: &Wanted, page: HouseholdPage) {
        let (first, asked) = match wanted {
            Wanted::Place(place) => (page.at.unwrap_or(*place), *place),
            Wanted::From(_) => (self.many, self.many),
        };
        let is_empty = page.households.is_empty();
        self.households.extend((first..).zip(page.households));
        if self.is_counted {
            // A list that has become shorter since ends where nothing more was found.
            let counted = page.total.unwrap_or(self.many);
            self.many = if is_empty { counted.min(asked) } else { counted };
            let many = self.many;
            self.households.retain(|place, _| *place < many);
            self.give_up(asked);
        } else {
            self.many = self.households.last_key_value().map_or(0, |(place, _)| place + 1);
        }
        self.next = page.next;
    }

    /// Gives up what is farthest from a place.
    fn give_up(&mut self, place: u64) {
        while self.households.len() > AT_HAND {
            let first = self.households.first_key_value().map_or(place, |(first, _)| *first);
            let last = self.households.last_key_value().map_or(place, |(last, _)| *last);
            if place.abs_diff(first) > place.abs_diff(last) {
                self.households.pop_first();
            } else {
                self.households.pop_last();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(first: u64, many: u64, total: Option<u64>, next: Option<&str>) -> HouseholdPage {
        let household = |n: u64| ListedHousehold {
            household: format!("29173-{:032x}", 0x8000_u128 + u128::from(n)).parse().unwrap(),
            hamlet: Some(1),
            head_name: None,
            birth_year: None,
            sex: None,
            ethnic_minority: false,
            members: None,
            class: None,
            opening_class: None,
            income_per_person: None,
            main_cause: None,
            groups: vec![],
            lacking: None,
            address: None,
            moved: vec![],
            certificate: None,
        };
        HouseholdPage {
            area: "83".parse().unwrap(),
            round: "2011".parse().unwrap(),
            households: (first..first + many).map(household).collect(),
            total,
            at: total.map(|_| first),
            next: next.map(ToOwned::to_owned),
        }
    }

    #[test]
    fn a_few_rows_are_drawn_wherever_one_is() {
        for (scrolled, many) in [(0, 0), (0, 3), (0, 100_000), (440_000, 100_000), (4_399_400, 100_000)] {
            let rows = drawn(scrolled, 600, 44, many);
            assert!(rows.end - rows.start <= 41 && rows.end <= many, "{rows:?}");
            let in_sight = scrolled / 44..((scrolled + 600).div_ceil(44)).min(many);
            assert!(
                in_sight.is_empty() || (rows.start <= in_sight.start && rows.end >= in_sight.end),
                "{rows:?}"
            );
        }
        assert_eq!(drawn(1_000, 600, 44, 5), 5..5, "a list that has become shorter");
    }

    #[test]
    fn a_counted_list_is_read_where_one_looks() {
        let mut list = AtHand::of(page(0, 100, Some(100_000), Some("29173.100")));
        assert_eq!((list.many(), list.is_all()), (100_000, true));
        assert_eq!(list.wanted(&(0..40)), None);
        assert_eq!(list.wanted(&(90..130)), Some(Wanted::Place(100)));
        let far = list.wanted(&(54_321..54_361)).unwrap();
        assert_eq!((&far, far.query().as_str()), (&Wanted::Place(54_300), "&offset=54300"));
        list.take(&far, page(54_300, 100, Some(100_000), None));
        assert_eq!(list.wanted(&(54_321..54_361)), None);
        assert!(list.at(54_399).is_some() && list.at(54_400).is_none());
        for place in (54_400..58_400).step_by(100) {
            list.take(&Wanted::Place(place), page(place, 100, Some(100_000), None));
        }
        assert_eq!((list.households.len(), list.at(0), list.at(58_399).is_some()), (AT_HAND, None, true));
    }

    #[test]
    fn a_list_that_became_shorter_ends() {
        let mut list = AtHand::of(page(0, 100, Some(250), None));
        list.take(&Wanted::Place(100), page(100, 20, Some(120), None));
        assert_eq!((list.many(), list.wanted(&(100..120))), (120, None));
        list.take(&Wanted::Place(100), page(100, 0, Some(120), None));
        assert_eq!((list.many(), list.at(110)), (100, None));
    }

    #[test]
    fn an_uncounted_list_is_read_from_its_start_on() {
        let mut list = AtHand::of(page(0, 0, None, Some("28757.0")));
        assert_eq!((list.many(), list.is_all()), (0, false));
        let next = list.wanted(&(0..0)).unwrap();
        assert_eq!(next.query(), "&from=28757.0");
        list.take(&next, page(0, 30, None, Some("28760.5")));
        list.take(&Wanted::From("28760.5".to_owned()), page(30, 100, None, Some("28761.1")));
        assert_eq!((list.many(), list.at(129).is_some()), (130, true));
        assert_eq!(list.wanted(&(0..25)), None);
        let next = list.wanted(&(60..100)).unwrap();
        list.take(&next, page(130, 1, None, None));
        assert_eq!((list.many(), list.is_all(), list.wanted(&(100..131))), (131, true, None));
    }
}
