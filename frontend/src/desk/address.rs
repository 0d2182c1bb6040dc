//! Addresses of the desk's pages, which say everything that is shown:
//! `/desk/movement?area=836&round=2011&class=poor&compare=2012`.
//!
//! So a link can be sent to a colleague, and the browser's back button undoes one step.

use soho_shared::area::{self, AreaCode, CommuneCode, HamletCode, PROVINCE};
use soho_shared::count::Listed;
use soho_shared::record::Round;
use soho_shared::report::By;
use soho_shared::wire::rounds::WorkList;

/// Where the app lies on the site.
pub const BASE: &str = "/desk";
/// First and last round that can be chosen.
pub const ROUNDS: (u16, u16) = (2010, 2030);

/// One of the desk's pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// How far the communes of an area are in a round (đợt rà soát).
    Rounds,
    /// One commune's round: its stages, its opening, its hamlets, what is left to do.
    Commune,
    /// Who came out of poverty and who fell into it (biến động).
    Movement,
    /// What reviews on request within a year found, month by month (rà soát trong năm).
    Months,
    /// The plan's path and what was reached (chỉ tiêu).
    Targets,
}

impl Page {
    const ALL: [(&'static str, Page); 5] = [
        ("rounds", Page::Rounds),
        ("commune", Page::Commune),
        ("movement", Page::Movement),
        ("months", Page::Months),
        ("targets", Page::Targets),
    ];

    /// The page's word in addresses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        Page::ALL[self as usize].0
    }

    /// Reads a path such as `/desk/rounds`; `None` at the desk itself and where there is no page.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Self> {
        let word = path.strip_prefix(BASE)?.trim_matches('/');
        Page::ALL.into_iter().find(|(name, _)| *name == word).map(|(_, page)| page)
    }
}

/// What a page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The area.
    pub area: AreaCode,
    /// The round.
    pub round: Round,
    /// Whose movement is shown.
    pub class: Listed,
    /// The round whose movement stands beside it.
    pub compare: Option<Round>,
    /// Whether the province's movement is told by communes, not by districts.
    pub all_communes: bool,
    /// The list of households that is open.
    pub list: Option<WorkList>,
}

/// A part of an address that names something that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressError {
    /// No area has this code.
    Area(String),
    /// No round has this name.
    Round(String),
}

impl Asked {
    /// What is asked for where an address says nothing.
    #[must_use]
    pub const fn of(area: AreaCode, round: Round) -> Self {
        Asked { area, round, class: Listed::Poor, compare: None, all_communes: false, list: None }
    }

    /// Reads a query string, with or without its `?`. What is missing takes its usual value; unknown parameters, such as
    /// `lang`, are left out.
    ///
    /// # Errors
    /// When the area or a round does not exist; showing another one instead would mislead.
    pub fn parse(query: &str, usual_area: AreaCode) -> Result<Self, AddressError> {
        let mut asked = Asked::of(usual_area, Round::CENSUS_2010);
        for pair in query.trim_start_matches('?').split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                _ if value.is_empty() => {}
                "area" => asked.area = value.parse().map_err(|_| AddressError::Area(shorten(value)))?,
                "round" => asked.round = round(value)?,
                "compare" => asked.compare = Some(round(value)?),
                "class" => asked.class = value.parse().unwrap_or(Listed::Poor),
                "by" => asked.all_communes = value == "commune",
                "list" => {
                    let list = WorkList::ALL.into_iter().find(|(word, _)| *word == value);
                    asked.list = list.map(|(_, list)| list);
                }
                _ => {}
            }
        }
        if let AreaCode::Hamlet(HamletCode { commune, .. }) = asked.area {
            asked.area = AreaCode::Commune(commune);
        }
        asked.compare = asked.compare.filter(|compare| *compare != asked.round);
        asked.all_communes &= matches!(asked.area, AreaCode::Province(_));
        Ok(asked)
    }

    /// The query string of a page, without `?`: of what the page shows, all; of the rest, nothing.
    #[must_use]
    pub fn query(&self, page: Page) -> String {
        let mut query = format!("area={}&round={}", self.area, self.round);
        match page {
            Page::Rounds | Page::Months | Page::Targets => {}
            Page::Commune => {
                if let Some(list) = self.list {
                    query.push_str("&list=");
                    query.push_str(list_word(list));
                }
            }
            Page::Movement => {
                query.push_str("&class=");
                query.push_str(self.class.class().word());
                if self.all_communes {
                    query.push_str("&by=commune");
                }
                if let Some(compare) = self.compare {
                    query.push_str(&format!("&compare={compare}"));
                }
            }
        }
        query
    }

    /// The commune, where the area is one.
    #[must_use]
    pub const fn commune(&self) -> Option<CommuneCode> {
        if let AreaCode::Commune(commune) = self.area { Some(commune) } else { None }
    }

    /// What the rows of a table of movement count.
    #[must_use]
    pub const fn by(&self, is_admin: bool) -> By {
        match self.area {
            AreaCode::Province(_) if !self.all_communes => By::District,
            AreaCode::Province(_) | AreaCode::District(_) => By::Commune,
            // An administrator's figures stop at the communes.
            AreaCode::Commune(_) | AreaCode::Hamlet(_) => {
                if is_admin {
                    By::Commune
                } else {
                    By::Hamlet
                }
            }
        }
    }

    /// The areas above this one, the province first.
    #[must_use]
    pub fn above(&self) -> Vec<AreaCode> {
        let province = AreaCode::Province(PROVINCE.code);
        match self.area {
            AreaCode::Province(_) => vec![],
            AreaCode::District(_) => vec![province],
            AreaCode::Commune(commune) | AreaCode::Hamlet(HamletCode { commune, .. }) => {
                let district = area::commune(commune).map(|commune| AreaCode::District(commune.district));
                [Some(province), district].into_iter().flatten().collect()
            }
        }
    }
}

/// The word of a list in addresses.
#[must_use]
pub const fn list_word(list: WorkList) -> &'static str {
    WorkList::ALL[list as usize].0
}

fn round(text: &str) -> Result<Round, AddressError> {
    text.parse().map_err(|_| AddressError::Round(shorten(text)))
}

/// Cuts a bad value to a length that is enough to recognise it.
fn shorten(value: &str) -> String {
    value.chars().take(24).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Asked {
        Asked::parse(query, "83".parse().unwrap()).unwrap()
    }

    #[test]
    fn addresses_read_back() {
        for (page, query) in [
            (Page::Rounds, "area=836&round=2011"),
            (Page::Commune, "area=29173&round=2011"),
            (Page::Commune, "area=29173&round=2011&list=sent_back"),
            (Page::Movement, "area=83&round=2012&class=poor"),
            (Page::Movement, "area=83&round=2012&class=near_poor&by=commune&compare=2011"),
            (Page::Months, "area=29173&round=2023"),
            (Page::Targets, "area=83&round=2015"),
        ] {
            assert_eq!(parse(query).query(page), query);
            assert_eq!(parse(&format!("?{query}&lang=en")).query(page), query);
        }
        for (word, list) in WorkList::ALL {
            assert_eq!((list_word(list), parse(&format!("list={word}")).list), (word, Some(list)));
        }
    }

    #[test]
    fn what_is_missing_or_pointless_takes_its_usual_meaning() {
        for (query, full) in [
            ("", "area=83&round=2010&class=poor"),
            ("?area=&round=", "area=83&round=2010&class=poor"),
            ("?class=above&list=none", "area=83&round=2010&class=poor"),
            ("?area=836&by=commune", "area=836&round=2010&class=poor"),
            ("?area=29173-04", "area=29173&round=2010&class=poor"),
            ("?compare=2010", "area=83&round=2010&class=poor"),
        ] {
            assert_eq!(parse(query).query(Page::Movement), full, "{query}");
        }
        // What another page shows is left out.
        let months =
            parse("area=83&round=2023&class=near_poor&by=commune&compare=2022&list=late").query(Page::Months);
        assert_eq!(months, "area=83&round=2023");
        let own = Asked::parse("?round=2011", "29173".parse().unwrap()).unwrap();
        assert_eq!(own.query(Page::Commune), "area=29173&round=2011");
    }

    #[test]
    fn what_does_not_exist_is_said() {
        let wrong = |query| Asked::parse(query, "83".parse().unwrap()).unwrap_err();
        assert_eq!(wrong("area=999"), AddressError::Area("999".to_owned()));
        assert_eq!(wrong("round=1999"), AddressError::Round("1999".to_owned()));
        assert_eq!(wrong("compare=x"), AddressError::Round("x".to_owned()));
    }

    #[test]
    fn paths_are_pages() {
        for (word, page) in Page::ALL {
            assert_eq!((page.word(), Page::of_path(&format!("{BASE}/{word}"))), (word, Some(page)));
        }
        assert_eq!(Page::of_path("/desk/movement/"), Some(Page::Movement));
        for path in ["/desk/", "/desk", "/desk/none", "/province/"] {
            assert_eq!(Page::of_path(path), None, "{path}");
        }
    }

    #[test]
    fn tables_count_the_next_smaller_areas() {
        for (area, is_admin, by) in [
            ("83", false, By::District),
            ("836", true, By::Commune),
            ("29173", false, By::Hamlet),
            ("29173", true, By::Commune),
        ] {
            let asked = Asked::of(area.parse().unwrap(), Round::CENSUS_2010);
            assert_eq!(asked.by(is_admin), by, "{area}");
        }
        let above = |area: &str| Asked::of(area.parse().unwrap(), Round::CENSUS_2010).above().len();
        assert_eq!(["83", "836", "29173"].map(above), [0, 1, 2]);
    }
}
