//! What the page shows, and the ways to change it.

use leptos::prelude::*;
use soho_frontend::i18n::{self, Lang, lang};
use soho_frontend::store;
use soho_frontend::ui::focus;
use soho_shared::access::Role;
use soho_shared::area::{self, AreaCode};
use soho_shared::record::Round;
use soho_shared::report::By;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;

use crate::address::{Address, AddressError};
use crate::figures::Figures;
use crate::follow::{self, Answer, Connection};

/// State of the page: the address and the answer to it.
#[derive(Clone, Copy)]
pub struct Page {
    /// What the address bar says.
    pub address: RwSignal<Result<Address, AddressError>>,
    /// The server's answer for this address.
    pub answer: Answer,
}

impl Page {
    /// Reads the address bar, follows the browser's back button, and makes the page available everywhere
    /// through [`page`].
    pub fn provide() -> Self {
        let search = search();
        if let Some(lang) = i18n::lang_of(&search) {
            i18n::set_lang(lang);
        }
        let page = Page {
            address: RwSignal::new(parse(&search)),
            answer: Answer {
                figures: RwSignal::new(None),
                connection: RwSignal::new(Connection::Asking),
                refusal: RwSignal::new(None),
            },
        };
        provide_context(page);
        page.ask();
        // The address bar follows every change, including that of the language.
        Effect::new(move |_| {
            if let Ok(address) = page.address.get() {
                write(&address, lang(), false);
                document().set_title(&title(&address, lang()));
            }
        });
        let back = Closure::<dyn Fn()>::new(move || page.read_again());
        let _ = window().add_event_listener_with_callback("popstate", back.as_ref().unchecked_ref());
        back.forget();
        page
    }

    /// Goes to another address; the back button returns.
    pub fn go(self, to: Address) {
        self.turn(to, true);
    }

    /// Goes to another address in place of this one, so that two small steps become one for the back button.
    pub fn amend(self, to: Address) {
        self.turn(to, false);
    }

    fn turn(self, to: Address, new_step: bool) {
        if self.address.with_untracked(|now| now.as_ref() == Ok(&to)) {
            return;
        }
        write(&to, untrack(lang), new_step);
        let same = self.asked().is_some_and(|asked| asked == to.figures());
        self.address.set(Ok(to));
        if !same {
            self.ask();
            window().scroll_to_with_x_and_y(0.0, 0.0);
            focus("page-title");
        }
    }

    /// Returns the query that is sent to the server for this address.
    #[must_use]
    pub fn asked(self) -> Option<String> {
        self.address.with_untracked(|a| a.as_ref().ok().map(Address::figures))
    }

    /// Returns the address, or the province's where the address bar names something that does not exist.
    #[must_use]
    pub fn here(self) -> Address {
        self.address.with(|a| a.as_ref().map_or_else(|_| Address::home(USUAL_ROUND), |a| *a))
    }

    /// Returns whether other lines are being tried.
    #[must_use]
    pub fn tries(self) -> bool {
        self.address.with(|a| a.as_ref().is_ok_and(|a| a.what_if.is_some()))
    }

    /// Returns what [`Page::here`] returns, without following it.
    #[must_use]
    pub fn here_untracked(self) -> Address {
        untrack(|| self.here())
    }

    /// Reads the address again after the browser went back or forward.
    fn read_again(self) {
        let search = search();
        if let Some(lang) = i18n::lang_of(&search) {
            i18n::set_lang(lang);
        }
        let before = self.asked();
        self.address.set(parse(&search));
        if self.asked() != before {
            self.ask();
        }
    }

    fn ask(self) {
        let answer = self.answer;
        answer.refusal.set(None);
        match self.asked() {
            Some(question) => {
                // Shown at once, so that the browser can restore the reader's place on the page.
                answer.figures.set(Figures::kept(&question));
                answer.connection.set(Connection::Asking);
                follow::start(answer, question);
            }
            None => {
                answer.figures.set(None);
                follow::stop();
            }
        }
    }
}

/// Round shown when the address names none.
const USUAL_ROUND: Round = Round::CENSUS_2010;

/// Reads a query string. Where it names no area, it means the area of the reader's account.
fn parse(search: &str) -> Result<Address, AddressError> {
    match own_area() {
        Some(area) if !search.contains("area=") => {
            Address::parse(&format!("{search}&area={area}"), USUAL_ROUND)
        }
        _ => Address::parse(search, USUAL_ROUND),
    }
}

/// Returns the first area of the reader's account, if that is smaller than the province.
#[must_use]
pub fn own_area() -> Option<AreaCode> {
    store::own_areas().into_iter().next().filter(|area| !matches!(area, AreaCode::Province(_)))
}

/// Returns whether the reader's account sees the figures of an area, as far as the page knows.
#[must_use]
pub fn is_own(area: AreaCode) -> bool {
    let own = store::own_areas();
    own.is_empty() || own.iter().any(|within| within.contains(area))
}

/// Returns whether the reader's account may open what is behind a figure, as far as the page knows.
#[must_use]
pub fn opens(area: AreaCode) -> bool {
    match area {
        AreaCode::Province(_) | AreaCode::District(_) => true,
        AreaCode::Commune(_) => !store::role().is_some_and(Role::stops_at_communes),
        AreaCode::Hamlet(_) => false,
    }
}

/// Returns the page's state.
#[must_use]
pub fn page() -> Page {
    expect_context()
}

/// Returns the full name of an area.
#[must_use]
pub fn area_name(area: AreaCode) -> String {
    area.name()
}

/// Returns the name of a district from its code in a table.
#[must_use]
pub fn district_name(code: &str) -> Option<&'static str> {
    area::district(code.parse().ok()?).map(|d| d.name)
}

/// Returns the heading for a kind of row, such as `huyện, thành phố`.
#[must_use]
pub const fn rows_are(by: By, lang: Lang) -> &'static str {
    match by {
        By::District => lang.pick("huyện, thành phố", "district"),
        By::Commune => lang.pick("xã, phường, thị trấn", "commune"),
        By::Hamlet => lang.pick("ấp, khu phố", "hamlet"),
    }
}

fn title(address: &Address, lang: Lang) -> String {
    let what = match address.what_if {
        None => lang.pick("Hộ nghèo, cận nghèo", "Poor and near-poor households"),
        Some(_) => lang.pick("Thử mức chuẩn nghèo khác", "What if the lines were different"),
    };
    let site = lang.pick("Bàn làm việc", "Desk");
    format!("{what}: {} {} – {site}", area_name(address.area), address.round)
}

/// Returns the link to an address, relative to this page.
#[must_use]
pub fn href(to: &Address, lang: Lang) -> String {
    format!("?{}&lang={}", to.query(), lang.tag())
}

fn search() -> String {
    window().location().search().unwrap_or_default()
}

fn write(address: &Address, lang: Lang, new_step: bool) {
    let href = href(address, lang);
    if search() == href {
        return;
    }
    if let Ok(history) = window().history() {
        let _ = if new_step {
            history.push_state_with_url(&JsValue::NULL, "", Some(&href))
        } else {
            history.replace_state_with_url(&JsValue::NULL, "", Some(&href))
        };
    }
}
