//! Addresses of the desk's pages, which say everything that is shown:
//! `/desk/movement?area=836&round=2011&class=poor&compare=2012`.
//!
//! So a link can be sent to a colleague, and the browser's back button undoes one step.

use soho_shared::area::{self, AreaCode, CommuneCode, HamletCode, PROVINCE};
use soho_shared::count::{Filter, Listed, Measure, OfSupport};
use soho_shared::record::Round;
use soho_shared::report::households::chosen;
use soho_shared::report::{By, ReportKind};
use soho_shared::wire::rounds::WorkList;
use soho_shared::wire::supports::SupportList;

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
    /// Every table that is handed in (báo cáo).
    Reports,
    /// The households behind a number (danh sách hộ).
    Households,
    /// A round's meetings, its recognition and their papers (công nhận).
    Recognition,
    /// Who is entitled to which support in the year after a round, and who was given it (hỗ trợ).
    Supports,
    /// Spreadsheets read into the register (nhập tệp).
    Imports,
    /// Which reports are due from whom, and which were sent (lịch báo cáo).
    Calendar,
}

impl Page {
    const ALL: [(&'static str, Page); 11] = [
        ("rounds", Page::Rounds),
        ("commune", Page::Commune),
        ("movement", Page::Movement),
        ("months", Page::Months),
        ("targets", Page::Targets),
        ("reports", Page::Reports),
        ("households", Page::Households),
        ("recognition", Page::Recognition),
        ("supports", Page::Supports),
        ("imports", Page::Imports),
        ("calendar", Page::Calendar),
    ];

    /// The page's word in addresses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        Page::ALL[self as usize].0
    }

    /// Reads a path such as `/desk/rounds`; `None` at the desk itself and where there is no page.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Self> {
        Page::of_word(path.strip_prefix(BASE)?.trim_matches('/'))
    }

    /// The page with this word; `None` where the app has none.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Page::ALL.into_iter().find(|(name, _)| *name == word).map(|(_, page)| page)
    }
}

/// What a page is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The area.
    pub area: AreaCode,
    /// The round.
    pub round: Round,
    /// The class that a table is about, where it is about one.
    pub class: Listed,
    /// The round whose movement stands beside it.
    pub compare: Option<Round>,
    /// What the rows of a table count, where it is not the usual.
    pub by: Option<By>,
    /// The list of households that is open on a commune's page.
    pub list: Option<WorkList>,
    /// The report that is open.
    pub kind: Option<ReportKind>,
    /// The hamlet whose households are listed, or whose meeting it is, where it is not the whole area.
    pub hamlet: Option<HamletCode>,
    /// Which households are listed; all that are recorded where nothing is said.
    pub filter: Option<Filter>,
    /// Ids of the columns of that list; the usual where nothing is said.
    pub columns: Option<String>,
    /// Id of the support whose households are listed.
    pub support: Option<&'static str>,
    /// Which of them.
    pub supported: SupportList,
    /// The report of the calendar whose units are listed, by its id, and which one of the year.
    pub duty: Option<(String, u8)>,
}

/// A part of an address that names something that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressError {
    /// No area has this code.
    Area(String),
    /// No round has this name.
    Round(String),
    /// There is no such report.
    Report(String),
    /// Households are not listed by this.
    Filter(String),
    /// No support has this id.
    Support(String),
}

impl Asked {
    /// What is asked for where an address says nothing.
    #[must_use]
    pub const fn of(area: AreaCode, round: Round) -> Self {
        Asked {
            area,
            round,
            class: Listed::Poor,
            compare: None,
            by: None,
            list: None,
            kind: None,
            hamlet: None,
            filter: None,
            columns: None,
            support: None,
            supported: SupportList::Left,
            duty: None,
        }
    }

    /// Reads a query string, with or without its `?`. What is missing takes its usual value; unknown parameters, such as
    /// `lang`, are left out.
    ///
    /// # Errors
    /// When the area, a round, a report or a support does not exist; showing another one instead would mislead.
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
                "by" => asked.by = value.parse().ok(),
                "kind" => {
                    asked.kind = Some(value.parse().map_err(|_| AddressError::Report(shorten(value)))?);
                }
                "filter" => {
                    let value = value.replace("%2C", ",").replace("%2c", ",");
                    asked.filter = Some(value.parse().map_err(|_| AddressError::Filter(shorten(&value)))?);
                }
                "columns" => asked.columns = Some(value.replace("%2C", ",").replace("%2c", ",")),
                "list" => {
                    let list = WorkList::ALL.into_iter().find(|(word, _)| *word == value);
                    asked.list = list.map(|(_, list)| list);
                    let list = SupportList::ALL.into_iter().find(|(word, _)| *word == value);
                    asked.supported = list.map_or(SupportList::Left, |(_, list)| list);
                }
                "duty" => asked.duty = duty(value),
                "support" => {
                    asked.support =
                        Some(support_id(value).ok_or_else(|| AddressError::Support(shorten(value)))?);
                }
                _ => {}
            }
        }
        if let AreaCode::Hamlet(hamlet) = asked.area {
            (asked.area, asked.hamlet) = (AreaCode::Commune(hamlet.commune), Some(hamlet));
        }
        asked.columns = asked.columns.and_then(|columns| known_columns(&columns));
        asked.compare = asked.compare.filter(|compare| *compare != asked.round);
        Ok(asked)
    }

    /// The query string of a page, without `?`: of what the page shows, all; of the rest, nothing.
    #[must_use]
    pub fn query(&self, page: Page) -> String {
        let is_of_hamlet = matches!(page, Page::Households | Page::Recognition);
        let area = if is_of_hamlet { self.list_area() } else { self.area };
        let mut query = format!("area={area}&round={}", self.round);
        match page {
            Page::Rounds | Page::Months | Page::Targets | Page::Recognition | Page::Imports => {}
            Page::Commune => {
                if let Some(list) = self.list {
                    query.push_str("&list=");
                    query.push_str(list_word(list));
                }
            }
            Page::Calendar => {
                if let Some((id, nth)) = &self.duty {
                    query.push_str(&format!("&duty={id}_{nth}"));
                }
            }
            Page::Supports => {
                if let Some(support) = self.support {
                    query.push_str(&format!("&support={support}&list={}", self.supported.word()));
                }
            }
            Page::Movement => {
                query.push_str("&class=");
                query.push_str(self.class.class().word());
                if self.all_communes() {
                    query.push_str("&by=commune");
                }
                if let Some(compare) = self.compare {
                    query.push_str(&format!("&compare={compare}"));
                }
            }
            Page::Reports => {
                if let Some(kind) = self.kind {
                    query.push_str(&format!("&kind={kind}"));
                    if kind.has_class() {
                        query.push_str(&format!("&class={}", self.class.class().word()));
                    }
                    if let Some(by) = self.rows_of(kind) {
                        query.push_str(&format!("&by={}", by.word()));
                    }
                }
            }
            Page::Households => {
                if let Some(filter) = &self.filter {
                    query.push_str(&format!("&filter={filter}"));
                }
                if let Some(columns) = &self.columns {
                    query.push_str(&format!("&columns={columns}"));
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

    /// The area whose households are listed.
    #[must_use]
    pub fn list_area(&self) -> AreaCode {
        self.hamlet.map_or(self.area, AreaCode::Hamlet)
    }

    /// Whether the province's movement is told by communes, not by districts.
    #[must_use]
    pub fn all_communes(&self) -> bool {
        self.by == Some(By::Commune) && matches!(self.area, AreaCode::Province(_))
    }

    /// What the rows of a report count, where its reader chose something that it can count here.
    #[must_use]
    pub fn rows_of(&self, kind: ReportKind) -> Option<By> {
        let rows = kind.rows(self.area);
        self.by.filter(|by| rows.contains(by) && rows.first() != Some(by))
    }

    /// What the rows of a table of movement count for a reader whose figures stop at the communes, or do not.
    #[must_use]
    pub fn by(&self, stops_at_communes: bool) -> By {
        match self.area {
            AreaCode::Province(_) if !self.all_communes() => By::District,
            AreaCode::Province(_) | AreaCode::District(_) => By::Commune,
            AreaCode::Commune(_) | AreaCode::Hamlet(_) => {
                if stops_at_communes {
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

/// The id of a support that is counted; nothing where there is no such support.
#[must_use]
pub fn support_id(id: &str) -> Option<&'static str> {
    Measure::of_support(id, OfSupport::Entitled)?.support().map(|(id, _)| id)
}

/// A report of the calendar and which one of the year, like `monthly_reviews_3`.
fn duty(text: &str) -> Option<(String, u8)> {
    let (id, nth) = text.rsplit_once('_')?;
    let is_word = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    let nth = nth.parse().ok().filter(|nth| (1..=12).contains(nth))?;
    (is_word && (1..=40).contains(&id.len())).then(|| (id.to_owned(), nth))
}

/// Ids of columns in the order of the list; nothing where one is no column's.
fn known_columns(ids: &str) -> Option<String> {
    let ids: Vec<&str> = chosen(ids).ok()?.iter().map(|choice| choice.id).collect();
    Some(ids.join(","))
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
            (Page::Reports, "area=83&round=2015"),
            (Page::Reports, "area=83&round=2011&kind=causes"),
            (Page::Reports, "area=83&round=2011&kind=causes&by=commune"),
            (Page::Reports, "area=836&round=2011&kind=movement&class=near_poor"),
            (Page::Households, "area=29173&round=2011"),
            (Page::Households, "area=29173-04&round=2011&filter=poor"),
            (
                Page::Households,
                "area=836&round=2011&filter=poor_to_near_poor,poor_to_low_income.poor_at_start",
            ),
            (Page::Households, "area=83&round=2011&filter=poor.conflicts&columns=hamlet,class"),
            (Page::Recognition, "area=29173-04&round=2011"),
            (Page::Supports, "area=836&round=2010"),
            (Page::Supports, "area=29173&round=2010&support=electricity&list=served"),
            (Page::Imports, "area=836&round=2011"),
            (Page::Calendar, "area=836&round=2023"),
            (Page::Calendar, "area=83&round=2023&duty=monthly_reviews_3"),
        ] {
            assert_eq!(parse(query).query(page), query);
            assert_eq!(parse(&format!("?{query}&lang=en")).query(page), query);
        }
        for (word, list) in WorkList::ALL {
            assert_eq!((list_word(list), parse(&format!("list={word}")).list), (word, Some(list)));
        }
        for (word, list) in SupportList::ALL {
            assert_eq!((list.word(), parse(&format!("list={word}")).supported), (word, list));
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
        // What a report cannot count here, and what nobody can read.
        for (page, query, full) in [
            (
                Page::Reports,
                "area=83&kind=causes&by=district&class=near_poor",
                "area=83&round=2010&kind=causes",
            ),
            (Page::Reports, "area=836&kind=causes&by=hamlet", "area=836&round=2010&kind=causes"),
            (Page::Households, "area=83&columns=class,salary", "area=83&round=2010"),
            (Page::Calendar, "duty=d1_13&list=late", "area=83&round=2010"),
            (Page::Calendar, "duty=%22_1", "area=83&round=2010"),
            (Page::Supports, "list=served&filter=poor", "area=83&round=2010"),
            (Page::Supports, "support=credit&list=late", "area=83&round=2010&support=credit&list=left"),
            (
                Page::Households,
                "filter=poor%2Cnear_poor&kind=causes",
                "area=83&round=2010&filter=poor,near_poor",
            ),
        ] {
            assert_eq!(parse(query).query(page), full, "{query}");
        }
        let own = Asked::parse("?round=2011", "29173".parse().unwrap()).unwrap();
        assert_eq!(own.query(Page::Commune), "area=29173&round=2011");
    }

    #[test]
    fn what_does_not_exist_is_said() {
        let wrong = |query| Asked::parse(query, "83".parse().unwrap()).unwrap_err();
        assert_eq!(wrong("area=999"), AddressError::Area("999".to_owned()));
        assert_eq!(wrong("round=1999"), AddressError::Round("1999".to_owned()));
        assert_eq!(wrong("compare=x"), AddressError::Round("x".to_owned()));
        assert_eq!(wrong("kind=riches"), AddressError::Report("riches".to_owned()));
        assert_eq!(wrong("filter=poor.rich"), AddressError::Filter("poor.rich".to_owned()));
        assert_eq!(wrong("support=yachts"), AddressError::Support("yachts".to_owned()));
    }

    #[test]
    fn paths_are_pages() {
        for (word, page) in Page::ALL {
            assert_eq!((page.word(), Page::of_path(&format!("{BASE}/{word}"))), (word, Some(page)));
        }
        assert_eq!(Page::of_path("/desk/movement/"), Some(Page::Movement));
        for path in ["/desk/", "/desk", "/desk/none", "/desk/figures/", "/survey/"] {
            assert_eq!(Page::of_path(path), None, "{path}");
        }
    }

    #[test]
    fn tables_count_the_next_smaller_areas() {
        for (area, stops_at_communes, by) in [
            ("83", false, By::District),
            ("836", true, By::Commune),
            ("29173", false, By::Hamlet),
            ("29173", true, By::Commune),
        ] {
            let asked = Asked::of(area.parse().unwrap(), Round::CENSUS_2010);
            assert_eq!(asked.by(stops_at_communes), by, "{area}");
        }
        let above = |area: &str| Asked::of(area.parse().unwrap(), Round::CENSUS_2010).above().len();
        assert_eq!(["83", "836", "29173"].map(above), [0, 1, 2]);
    }
}
