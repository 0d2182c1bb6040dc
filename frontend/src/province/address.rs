//! The page's address, which says everything that is shown: `?area=836&by=commune&round=2010&sort=-poor`.
//!
//! So a link can be sent to a colleague, and the browser's back button undoes one step.

use soho_shared::area::AreaCode;
use soho_shared::record::Round;
use soho_shared::report::By;

use crate::sort::{Column, Sort};
use crate::what_if::trial::{self, Trial};

/// What the page shows: one table of one area in one round, in one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// Area that the figures are about.
    pub area: AreaCode,
    /// Kind of area in each row of the table.
    pub by: By,
    /// Round of the figures.
    pub round: Round,
    /// Order of the rows.
    pub sort: Sort,
    /// Lines being tried, when the what-if view is shown.
    pub what_if: Option<Trial>,
}

/// A part of an address that names something that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressError {
    /// No area has this code.
    Area(String),
    /// No round has this name.
    Round(String),
}

impl Address {
    /// Returns the address that `/desk/figures/` alone stands for: the province by district, in the plan's order.
    #[must_use]
    pub fn home(round: Round) -> Self {
        Address {
            area: AreaCode::Province(soho_shared::area::PROVINCE.code),
            by: By::District,
            round,
            sort: Sort::PLAN,
            what_if: None,
        }
    }

    /// Returns the address of the table one level below an area: communes of a district, hamlets of a commune.
    #[must_use]
    pub fn of_area(area: AreaCode, round: Round) -> Self {
        match area {
            AreaCode::Province(_) => Self::home(round),
            AreaCode::District(_) => Address { area, by: By::Commune, ..Self::home(round) },
            AreaCode::Commune(_) => Address { area, by: By::Hamlet, ..Self::home(round) },
            AreaCode::Hamlet(hamlet) => Self::of_area(AreaCode::Commune(hamlet.commune), round),
        }
    }

    /// Reads a query string, with or without its `?`.
    ///
    /// A missing part takes its usual value. A table that would have a single row (a district by district)
    /// becomes the one below it. Unknown parameters, such as `lang`, are ignored.
    ///
    /// # Errors
    /// When the area or the round does not exist; showing another one instead would mislead.
    pub fn parse(query: &str, usual_round: Round) -> Result<Self, AddressError> {
        let (mut area, mut by, mut round, mut sort) = (None, None, usual_round, Sort::PLAN);
        for pair in query.trim_start_matches('?').split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "area" if !value.is_empty() => {
                    area = Some(value.parse().map_err(|_| AddressError::Area(shorten(value)))?);
                }
                "by" => by = value.parse().ok(),
                "round" if !value.is_empty() => {
                    round = value.parse().map_err(|_| AddressError::Round(shorten(value)))?;
                }
                "sort" => sort = Sort::from_word(value).unwrap_or(Sort::PLAN),
                _ => {}
            }
        }
        let usual = area.map_or_else(|| Self::home(round), |area| Self::of_area(area, round));
        let by = match (usual.area, by) {
            (AreaCode::Province(_), Some(By::Commune)) => By::Commune,
            _ => usual.by,
        };
        let what_if = trial::in_force(round).and_then(|standard| Trial::read(query, standard));
        Ok(Address { by, sort, what_if, ..usual })
    }

    /// Returns the query string without `?`. It is always complete, so that a link means the same tomorrow.
    #[must_use]
    pub fn query(&self) -> String {
        let mut query = format!("area={}&by={}&round={}", self.area, self.by.word(), self.round);
        if self.sort != Sort::PLAN {
            query.push_str("&sort=");
            query.push_str(&self.sort.word());
        }
        if let Some(trial) = &self.what_if {
            trial.write(&mut query);
        }
        query
    }

    /// Returns the query to send to the server, without the order and the lines tried, which only the page uses.
    #[must_use]
    pub fn figures(&self) -> String {
        Address { sort: Sort::PLAN, what_if: None, ..*self }.query()
    }

    /// Returns the address of the same table in another order.
    #[must_use]
    pub fn sorted(self, column: Column, descending: bool) -> Self {
        Address { sort: Sort { column, descending }, ..self }
    }

    /// Returns the areas above this one, the province first, followed by the area itself.
    #[must_use]
    pub fn path(&self) -> Vec<AreaCode> {
        let mut path = vec![AreaCode::Province(soho_shared::area::PROVINCE.code)];
        match self.area {
            AreaCode::Province(_) => {}
            AreaCode::District(_) => path.push(self.area),
            AreaCode::Commune(commune) | AreaCode::Hamlet(soho_shared::area::HamletCode { commune, .. }) => {
                path.extend(soho_shared::area::commune(commune).map(|c| AreaCode::District(c.district)));
                path.push(AreaCode::Commune(commune));
            }
        }
        path
    }
}

/// Cuts a bad value to a length that is enough to recognise it.
fn shorten(value: &str) -> String {
    value.chars().take(24).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Address {
        Address::parse(query, Round::CENSUS_2010).unwrap()
    }

    #[test]
    fn addresses_read_back() {
        for query in [
            "area=83&by=district&round=2010",
            "area=83&by=commune&round=2010&sort=-poor_percent",
            "area=836&by=commune&round=2011&sort=name",
            "area=29173&by=hamlet&round=2010&sort=-name",
            "area=83&by=district&round=2010&view=what-if&poor=420000,500000&near_poor=520000,650000",
        ] {
            assert_eq!(parse(query).query(), query);
            assert_eq!(parse(&format!("?{query}&lang=en")).query(), query);
        }
    }

    #[test]
    fn what_is_missing_or_pointless_takes_its_usual_meaning() {
        for (query, full) in [
            ("", "area=83&by=district&round=2010"),
            ("?", "area=83&by=district&round=2010"),
            ("?area=", "area=83&by=district&round=2010"),
            ("?by=commune", "area=83&by=commune&round=2010"),
            ("?by=hamlet", "area=83&by=district&round=2010"),
            ("?area=836", "area=836&by=commune&round=2010"),
            ("?area=836&by=district", "area=836&by=commune&round=2010"),
            ("?area=29173&by=commune", "area=29173&by=hamlet&round=2010"),
            ("?area=29173-04", "area=29173&by=hamlet&round=2010"),
            ("?area=836&sort=nonsense", "area=836&by=commune&round=2010"),
            ("?sort=stt", "area=83&by=district&round=2010"),
        ] {
            assert_eq!(parse(query).query(), full, "{query}");
        }
    }

    #[test]
    fn what_does_not_exist_is_said() {
        let error = |query| Address::parse(query, Round::CENSUS_2010).unwrap_err();
        assert_eq!(error("?area=999"), AddressError::Area("999".to_owned()));
        assert_eq!(error("?round=1850"), AddressError::Round("1850".to_owned()));
    }

    #[test]
    fn the_way_up_is_known() {
        let up = |query| parse(query).path().iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(up(""), ["83"]);
        assert_eq!(up("area=836"), ["83", "836"]);
        assert_eq!(up("area=29173"), ["83", "836", "29173"]);
    }
}
