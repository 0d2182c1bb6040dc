//! The site's pages by name, and the words that its plain pages show: those without WASM, which cannot call this crate.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::access::{Action, DeviceState, Role};
use crate::area::{AreaCode, CommuneKind, Residence};
use crate::count::{Measure, OfSupport, support_name};
use crate::duplicate::Reason;
use crate::household::{Recognised, field};
use crate::lang::Lang;
use crate::record::Round;
use crate::standard::Note;
use crate::words::field_name;

/// Pages that every header leads to: address, Vietnamese and English name. Which of them a role can use is said in
/// `frontend/public/style.css`.
pub const PAGES: [(&str, &str, &str); 3] = [
    ("/", "Tự kiểm tra", "Self-check"),
    ("/survey/", "Rà soát", "Survey"),
    ("/desk/", "Bàn làm việc", "Desk"),
];

/// The page that signs in, like an entry of [`PAGES`].
pub const SIGN_IN: (&str, &str, &str) = ("/signin/", "Đăng nhập", "Sign in");

/// The page on which anybody checks a certificate, like an entry of [`PAGES`].
pub const CHECK_PAPER: (&str, &str, &str) =
    ("/check-paper/", "Kiểm tra giấy chứng nhận", "Check a certificate");

/// Address of the figures of an area.
pub const FIGURES: &str = "/desk/figures/";
/// Address of what a commune's officer decides.
pub const REVIEW: &str = "/desk/review/";
/// Address of accounts, devices and the audit trail.
pub const PEOPLE: &str = "/desk/people/";

/// Addresses in version 0.1, and where their pages are now.
pub const MOVED: [(&str, &str); 3] = [("/province/", FIGURES), ("/review/", REVIEW), ("/admin/", PEOPLE)];

/// A page of the desk.
#[derive(Debug)]
pub struct DeskPage {
    /// Its address. One that ends with a slash is a file of its own; all others are shown by the desk's app.
    pub href: &'static str,
    /// Its name in Vietnamese.
    pub vi: &'static str,
    /// Its name in English.
    pub en: &'static str,
    /// Roles that have a use for it.
    pub roles: &'static [Role],
}

/// Roles that decide about households.
const OFFICERS: &[Role] = &[Role::Commune, Role::District, Role::Province];
/// Roles that read what is handed in.
const READERS: &[Role] = &[Role::Commune, Role::District, Role::Province, Role::Admin];

/// The desk's pages, in the order of their links. The desk itself leads a role to the first that its app shows.
pub static DESK: [DeskPage; 13] = [
    page(
        FIGURES,
        "Số liệu",
        "Figures",
        &[Role::Department, Role::Commune, Role::District, Role::Province, Role::Admin],
    ),
    page("/desk/rounds", "Đợt rà soát", "Rounds", OFFICERS),
    page(REVIEW, "Cần xã quyết định", "Review", OFFICERS),
    page("/desk/recognition", "Họp và công nhận", "Recognition", OFFICERS),
    page(
        "/desk/supports",
        "Hỗ trợ",
        "Supports",
        &[Role::Department, Role::Commune, Role::District, Role::Province],
    ),
    page("/desk/movement", "Biến động", "Movement", READERS),
    page("/desk/months", "Rà soát trong năm", "Within the year", READERS),
    page("/desk/targets", "Chỉ tiêu", "Targets", READERS),
    page("/desk/reports", "Báo cáo", "Reports", READERS),
    page("/desk/calendar", "Lịch báo cáo", "Calendar", OFFICERS),
    page("/desk/households", "Danh sách hộ", "Households", OFFICERS),
    page("/desk/imports", "Nhập tệp", "Imports", OFFICERS),
    page(PEOPLE, "Người dùng", "People", READERS),
];

const fn page(href: &'static str, vi: &'static str, en: &'static str, roles: &'static [Role]) -> DeskPage {
    DeskPage { href, vi, en, roles }
}

impl DeskPage {
    /// Its word below `/desk/`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        self.href.trim_start_matches("/desk/").trim_end_matches('/')
    }

    /// Whether it lies beside the desk's app, as a file of its own.
    #[must_use]
    pub fn is_beside(&self) -> bool {
        self.href.ends_with('/')
    }

    /// Whether a role has a use for it. `None` is a server without accounts, where there are no people to look after.
    #[must_use]
    pub fn is_for(&self, role: Option<Role>) -> bool {
        role.map_or(self.href != PEOPLE, |role| self.roles.contains(&role))
    }

    /// Its address for an area, a round and a language, of which it takes what it understands.
    #[must_use]
    pub fn of(&self, area: AreaCode, round: Round, lang: Lang) -> String {
        match self.href {
            PEOPLE => PEOPLE.to_owned(),
            REVIEW => format!("{REVIEW}?area={area}"),
            href => format!("{href}?area={area}&round={round}&lang={}", lang.tag()),
        }
    }
}

/// Pages of the desk that a role has a use for.
pub fn desk(role: Option<Role>) -> impl Iterator<Item = &'static DeskPage> {
    DESK.iter().filter(move |page| page.is_for(role))
}

/// Whether a link of the header leads to the part of the site in which a page lies.
#[must_use]
pub fn is_part(href: &str, page: &str) -> bool {
    href == page || (href != "/" && page.starts_with(href))
}

/// Vietnamese and English name of the page at an address.
#[must_use]
pub fn name(href: &str) -> Option<(&'static str, &'static str)> {
    let (_, vi, en) = linked().chain([SIGN_IN, CHECK_PAPER]).find(|(known, ..)| *known == href)?;
    Some((vi, en))
}

/// What header and desk lead to.
fn linked() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    PAGES.into_iter().chain(DESK.iter().map(|page| (page.href, page.vi, page.en)))
}

/// Words of the plain pages, each group by what stands for it in an answer of the server.
///
/// ```
/// let words = soho_shared::pages::Words::new();
/// assert_eq!(words.fields["address"].vi, "Địa chỉ");
/// ```
#[derive(Debug, Serialize)]
pub struct Words {
    /// Names of roles.
    pub roles: BTreeMap<Role, Note>,
    /// How it stands with a device.
    pub device_states: BTreeMap<DeviceState, Note>,
    /// What the audit trail says was done.
    pub actions: BTreeMap<Action, Note>,
    /// Why two households may be one.
    pub reasons: BTreeMap<Reason, Note>,
    /// As what a household is recognised.
    pub recognised: BTreeMap<Recognised, Note>,
    /// What a hamlet is called, by the residence of its commune. A name is the same in both languages.
    pub hamlets: BTreeMap<Residence, Note>,
    /// Names of fields, those of lists left out.
    pub fields: BTreeMap<&'static str, Note>,
    /// Names of supports.
    pub supports: BTreeMap<&'static str, Note>,
    /// Names of pages that are files of their own, by address.
    pub pages: BTreeMap<&'static str, Note>,
}

impl Words {
    /// All words.
    #[must_use]
    pub fn new() -> Self {
        let fields = field::FIELDS.iter().map(|(path, ..)| *path).filter(|path| !path.contains('*'));
        let kinds = [CommuneKind::Xa, CommuneKind::ThiTran];
        let supports = Measure::ALL.into_iter().filter_map(Measure::support);
        let supports = supports.filter(|(_, what)| *what == OfSupport::Entitled).map(|(id, _)| id);

        Words {
            roles: by(Role::ALL.map(|(_, role)| role), Role::name),
            device_states: by(DeviceState::ALL, DeviceState::name),
            actions: by(Action::ALL, Action::name),
            reasons: by(Reason::ALL, Reason::name),
            recognised: by(Recognised::ALL, Recognised::name),
            hamlets: kinds.map(|kind| (kind.residence(), note(|_| kind.hamlet_word()))).into(),
            fields: by(fields, |path, lang| field_name(lang, path)),
            supports: by(supports, support_name),
            pages: linked()
                .filter(|(href, ..)| href.ends_with('/'))
                .map(|(href, vi, en)| (href, note(|lang| lang.pick(vi, en))))
                .collect(),
        }
    }
}

impl Default for Words {
    fn default() -> Self {
        Words::new()
    }
}

fn by<K: Copy + Ord>(
    keys: impl IntoIterator<Item = K>,
    name: impl Fn(K, Lang) -> &'static str,
) -> BTreeMap<K, Note> {
    keys.into_iter().map(|key| (key, note(|lang| name(key, lang)))).collect()
}

fn note(text: impl Fn(Lang) -> &'static str) -> Note {
    Note { vi: text(Lang::Vi).into(), en: text(Lang::En).into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_is_led_to_what_it_has_a_use_for() {
        let all = "figures rounds review recognition supports movement months targets reports calendar households imports";
        let people = format!("{all} people");
        let people = people.as_str();
        let table = [
            (None, all),
            (Some(Role::Volunteer), ""),
            (Some(Role::Department), "figures supports"),
            (Some(Role::Commune), people),
            (Some(Role::District), people),
            (Some(Role::Province), people),
            (Some(Role::Admin), "figures movement months targets reports people"),
        ];
        for (role, words) in table {
            let led: Vec<&str> = desk(role).map(DeskPage::word).collect();
            assert_eq!(led.join(" "), words, "{role:?}");
        }
    }

    #[test]
    fn a_page_is_part_of_what_lies_above_it() {
        for (href, page, is) in [
            ("/", "/", true),
            ("/", "/desk/", false),
            ("/desk/", "/desk/", true),
            ("/desk/", FIGURES, true),
            ("/survey/", FIGURES, false),
        ] {
            assert_eq!(is_part(href, page), is, "{href} {page}");
        }
    }

    #[test]
    fn a_link_takes_along_what_its_page_understands() {
        let links: Vec<String> = ["figures", "rounds", "review", "people"]
            .into_iter()
            .filter_map(|word| DESK.iter().find(|page| page.word() == word))
            .map(|page| page.of("836".parse().unwrap(), Round::CENSUS_2010, Lang::En))
            .collect();
        let expected = [
            "/desk/figures/?area=836&round=2010&lang=en",
            "/desk/rounds?area=836&round=2010&lang=en",
            "/desk/review/?area=836",
            "/desk/people/",
        ];
        assert_eq!(links, expected);
    }

    #[test]
    fn what_has_moved_has_a_name_where_it_is_now() {
        for (from, to) in MOVED {
            assert!(name(from).is_none() && name(to).is_some(), "{from}");
        }
        assert_eq!(name("/desk/"), Some(("Bàn làm việc", "Desk")));
    }
}
