//! What the desk shows, as its address says, and the ways to change it.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use soho_frontend::i18n::{self, Lang, lang, now};
use soho_frontend::ui::focus;
use soho_shared::area::AreaCode;
use soho_shared::pages::DESK;
use soho_shared::record::Round;
use soho_shared::report::ReportKind;

use crate::address::{AddressError, Asked, BASE, Page};
use crate::who::Who;

/// Goes to an address; whether it takes the place of this one.
type Go = Box<dyn Fn(&str, bool)>;

/// State of the desk.
#[derive(Clone, Copy)]
pub struct Desk {
    /// What the address asks for.
    pub asked: Memo<Result<Asked, AddressError>>,
    /// The page that is open; `None` at the desk itself.
    pub page: Memo<Option<Page>>,
    who: StoredValue<Who>,
    go: StoredValue<Go, LocalStorage>,
}

impl Desk {
    /// Reads the address bar, keeps it complete, and makes the state available everywhere through [`desk`].
    pub fn provide() {
        let location = use_location();
        let (path, search) = (location.pathname, location.search);
        if let Some(lang) = i18n::lang_of(&search.get_untracked()) {
            i18n::set_lang(lang);
        }
        let who = Who::kept();
        let usual = who.usual_area();
        let navigate = use_navigate();
        let go: Go = Box::new(move |to, replace| {
            navigate(
                to,
                NavigateOptions { resolve: false, replace, scroll: !replace, ..NavigateOptions::default() },
            );
        });
        let desk = Desk {
            asked: Memo::new(move |_| Asked::parse(&search.get(), usual)),
            page: Memo::new(move |_| Page::of_path(&path.get())),
            who: StoredValue::new(who),
            go: StoredValue::new_local(go),
        };
        provide_context(desk);
        // The address is always complete, so that a link means the same tomorrow and to a colleague.
        Effect::new(move |_| {
            let (Some(page), Ok(asked), lang) = (desk.page.get(), desk.asked.get(), lang()) else { return };
            document().set_title(&title(page, &asked));
            let wanted = query(page, &asked, lang);
            if search.with(|search| search.trim_start_matches('?') != wanted) {
                desk.amend(page, &asked);
            }
        });
        // Whoever cannot see the page hears that it is another one.
        Effect::new(move |before: Option<(Option<Page>, Option<AreaCode>)>| {
            let shown =
                (desk.page.get(), desk.asked.with(|asked| asked.as_ref().ok().map(|asked| asked.area)));
            if before.is_some_and(|before| before != shown && before.0.is_some()) {
                focus("page-title");
            }
            shown
        });
    }

    /// The reader.
    #[must_use]
    pub fn who(self) -> Who {
        self.who.get_value()
    }

    /// What is asked for, or the usual where the address names something that does not exist.
    #[must_use]
    pub fn here(self) -> Asked {
        self.asked.with(|asked| {
            asked
                .as_ref()
                .map_or_else(|_| Asked::of(self.who().usual_area(), Round::CENSUS_2010), Clone::clone)
        })
    }

    /// Goes to a page; the back button returns.
    pub fn go(self, page: Page, asked: &Asked) {
        self.turn(page, asked, false);
    }

    /// Goes to a page in place of this one.
    pub fn amend(self, page: Page, asked: &Asked) {
        self.turn(page, asked, true);
    }

    fn turn(self, page: Page, asked: &Asked, replace: bool) {
        let to = href(page, asked, untrack(lang));
        self.go.with_value(|go| go(&to, replace));
    }
}

/// The desk's state.
#[must_use]
pub fn desk() -> Desk {
    expect_context()
}

/// The address of a page.
#[must_use]
pub fn href(page: Page, asked: &Asked, lang: Lang) -> String {
    format!("{BASE}/{}?{}", page.word(), query(page, asked, lang))
}

fn query(page: Page, asked: &Asked, lang: Lang) -> String {
    format!("{}&lang={}", asked.query(page), lang.tag())
}

/// The page that tells of an area's rounds: of a commune its own.
#[must_use]
pub const fn rounds_page(area: AreaCode) -> Page {
    if matches!(area, AreaCode::Commune(_)) { Page::Commune } else { Page::Rounds }
}

/// Whether a page shows its table, or its list, of any area.
#[must_use]
pub const fn is_of_any_area(page: Page) -> bool {
    !matches!(page, Page::Rounds | Page::Commune)
}

/// The page under whose name the navigation has this one: a commune's round is one of the rounds.
#[must_use]
pub fn listed_page(page: Page) -> Page {
    if page == Page::Commune { Page::Rounds } else { page }
}

/// The page's name.
#[must_use]
pub fn page_name(page: Page, lang: Lang) -> &'static str {
    match DESK.iter().find(|listed| listed.word() == page.word()) {
        Some(listed) => lang.pick(listed.vi, listed.en),
        None => lang.pick("Đợt rà soát của xã", "Round of a commune"),
    }
}

fn title(page: Page, asked: &Asked) -> String {
    let round = if page == Page::Targets { String::new() } else { format!(" {}", asked.round) };
    let name = match (page, asked.kind.map(ReportKind::name)) {
        (Page::Reports, Some((vi, en))) => now(vi, en),
        _ => page_name(page, lang()),
    };
    format!("{name}: {}{round} – {}", asked.area.name(), now("Bàn làm việc", "Desk"))
}
