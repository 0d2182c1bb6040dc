//! Who reads the desk, and what that role can do here. The server decides what is answered.

use soho_frontend::store;
use soho_shared::access::Role;
use soho_shared::area::{AreaCode, PROVINCE};
use soho_shared::pages;
use soho_shared::report::ReportKind;

use crate::address::Page;
use crate::state::listed_page;

/// The reader, as the device knows from signing in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// The role; `None` on a server without accounts.
    pub role: Option<Role>,
    /// The areas of the account; none means all.
    pub areas: Vec<AreaCode>,
}

impl Who {
    /// Reads what `/signin/` keeps on the device.
    #[must_use]
    pub fn kept() -> Self {
        Who { role: store::role(), areas: store::own_areas() }
    }

    /// The app's pages that the role has a use for, the one to begin with first.
    #[must_use]
    pub fn pages(&self) -> Vec<Page> {
        pages::desk(self.role).filter_map(|page| Page::of_word(page.word())).collect()
    }

    /// Whether the role has a use for a page.
    #[must_use]
    pub fn opens(&self, page: Page) -> bool {
        self.pages().contains(&listed_page(page))
    }

    /// Whether the account sees an area.
    #[must_use]
    pub fn sees(&self, area: AreaCode) -> bool {
        self.is_of_all() || self.areas.iter().any(|own| own.contains(area))
    }

    /// The area to begin with.
    #[must_use]
    pub fn usual_area(&self) -> AreaCode {
        let province = AreaCode::Province(PROVINCE.code);
        if self.is_of_all() { province } else { self.areas.first().copied().unwrap_or(province) }
    }

    /// Whether the figures that the reader sees stop at the commune.
    #[must_use]
    pub fn stops_at_communes(&self) -> bool {
        self.role.is_some_and(Role::stops_at_communes)
    }

    /// Whether the account reads a report: an administrator sees neither hamlets nor incomes.
    #[must_use]
    pub fn reads(&self, kind: ReportKind) -> bool {
        !self.stops_at_communes() || !(kind == ReportKind::Hamlet || kind.is_of_incomes())
    }

    /// Whether the role reports what its communes have closed.
    #[must_use]
    pub const fn reports(&self) -> bool {
        matches!(self.role, None | Some(Role::District | Role::Province))
    }

    fn is_of_all(&self) -> bool {
        matches!(self.role, Some(Role::Province | Role::Admin)) || self.areas.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(role: Option<Role>, areas: &[&str]) -> Who {
        Who { role, areas: areas.iter().map(|area| area.parse().unwrap()).collect() }
    }

    #[test]
    fn each_role_is_shown_what_it_can_do() {
        for (role, opens) in [
            (Some(Role::Volunteer), [false; 10]),
            (Some(Role::Department), [false, false, false, false, false, false, false, false, false, true]),
            (Some(Role::Commune), [true; 10]),
            (Some(Role::District), [true; 10]),
            (Some(Role::Province), [true; 10]),
            (Some(Role::Admin), [false, false, true, true, true, true, false, false, false, false]),
            (None, [true; 10]),
        ] {
            let pages = [
                Page::Rounds,
                Page::Commune,
                Page::Movement,
                Page::Months,
                Page::Targets,
                Page::Reports,
                Page::Households,
                Page::Recognition,
                Page::Imports,
                Page::Supports,
            ];
            assert_eq!(pages.map(|page| who(role, &[]).opens(page)), opens, "{role:?}");
        }
        let of_nobody =
            pages::DESK.iter().find(|page| !page.is_beside() && Page::of_word(page.word()).is_none());
        assert!(of_nobody.is_none(), "the app has no such page: {of_nobody:?}");
        let read = |role| ReportKind::ALL.into_iter().filter(|kind| who(role, &[]).reads(*kind)).count();
        assert_eq!(read(Some(Role::Commune)), ReportKind::ALL.len());
        assert_eq!(read(Some(Role::Admin)), ReportKind::ALL.len() - 2);
        let reports = |role| who(role, &[]).reports();
        assert!(reports(None) && reports(Some(Role::District)) && !reports(Some(Role::Commune)));
    }

    #[test]
    fn each_role_begins_in_its_own_area() {
        let usual = |role, areas: &[&str]| who(role, areas).usual_area().to_string();
        assert_eq!(usual(Some(Role::Commune), &["29173"]), "29173");
        assert_eq!(usual(Some(Role::District), &["836", "831"]), "836");
        assert_eq!(usual(Some(Role::Admin), &[]), "83");
        assert_eq!(usual(None, &[]), "83");
        let district = who(Some(Role::District), &["836"]);
        let sees = |area: &str| district.sees(area.parse().unwrap());
        assert_eq!(["83", "836", "29173", "831", "28757"].map(sees), [false, true, true, false, false]);
    }
}
