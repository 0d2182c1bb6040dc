//! Supports in the year after a round: how many households are entitled to each, and how many were given it.

use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, t};
use soho_frontend::ui::number_text::{self, NONE, count};
use soho_frontend::ui::{Notice, Tone, focus};
use soho_shared::count::percent;
use soho_shared::record::Round;
use soho_shared::support::year_of;
use soho_shared::wire::supports::{SupportFigures, SupportList, SupportsPage};

use crate::address::{Asked, Page, support_id};
use crate::head::Guard;
use crate::net::{self, Loaded, Question};
use crate::problem::Waiting;
use crate::state::{desk, href};
use crate::supports_list::OneSupport;

/// The figures of an area's supports, as the server told them last.
#[derive(Clone, Copy)]
pub struct Figures {
    url: Memo<String>,
    question: Question<SupportsPage>,
    page: Memo<Option<SupportsPage>>,
}

impl Figures {
    /// Those of the area and round shown.
    fn of_address() -> Self {
        let desk = desk();
        let url = Memo::new(move |_| {
            let here = desk.here();
            format!("/api/v1/supports?area={}&round={}", here.area, here.round)
        });
        let question = Question::<SupportsPage>::of(move || Some(url.get()));
        let page = Memo::new(move |_| question.answer.with(|answer| answer.here().cloned()));
        Figures { url, question, page }
    }

    /// Whether they are at hand.
    #[must_use]
    pub fn are_here(self) -> bool {
        self.page.with(Option::is_some)
    }

    /// Those of one support.
    #[must_use]
    pub fn find(self, support: &str) -> Option<SupportFigures> {
        let of = |page: &SupportsPage| page.supports.iter().find(|of| of.support == support).cloned();
        self.page.with(|page| page.as_ref().and_then(of))
    }

    /// Reads them again. What is shown stays until there is an answer, and where there is none.
    pub fn read_again(self) {
        let Some(url) = self.url.try_get_untracked() else { return };
        leptos::task::spawn_local(async move {
            let answer = net::read::<SupportsPage>(&url).await;
            // Another area may be shown by now.
            let is_shown = self.url.try_get_untracked().as_ref() == Some(&url);
            if let Some(page) = answer.ok().filter(|_| is_shown) {
                self.question.answer.try_set(Loaded::Here(page));
            }
        });
    }
}

/// The page.
#[component]
pub fn Supports() -> impl IntoView {
    view! { <Guard page=Page::Supports><OfArea /></Guard> }.into_any()
}

#[component]
fn OfArea() -> impl IntoView {
    let desk = desk();
    let figures = Figures::of_address();
    let support = Memo::new(move |_| desk.here().support);
    // Another support is another page for whoever cannot see it.
    Effect::new(move |before: Option<Option<&'static str>>| {
        let shown = support.get();
        if before.is_some_and(|before| before != shown) {
            focus("page-title");
        }
        shown
    });
    view! {
        <h1 id="page-title" tabindex="-1" lang="vi">{move || desk.here().area.name()}</h1>
        <p class="lead under">{move || title(desk.here().round, lang())}</p>
        <Waiting question=figures.question />
        {move || match support.get() {
            Some(support) => view! { <OneSupport support=support figures=figures /> }.into_any(),
            None => view! { <All figures=figures /> }.into_any(),
        }}
    }
    .into_any()
}

/// Of which year the supports are, and whose list they go by.
fn title(round: Round, lang: Lang) -> String {
    let year = year_of(round);
    match lang {
        Lang::Vi => format!("Hỗ trợ năm {year} (theo danh sách đợt {round})"),
        Lang::En => format!("Supports in {year}, by the list of the round of {round}"),
    }
}

/// A quarter's number in words: `III`, in English `3`.
#[must_use]
pub const fn numeral(quarter: u8, lang: Lang) -> &'static str {
    match quarter {
        1 => lang.pick("I", "1"),
        2 => lang.pick("II", "2"),
        3 => lang.pick("III", "3"),
        _ => lang.pick("IV", "4"),
    }
}

/// Quarters in words, by rising number: `Quý I–IV`, `Quý III, IV`.
#[must_use]
pub fn quarters_words(quarters: &[u8], lang: Lang) -> String {
    let (Some(first), Some(last)) = (quarters.first(), quarters.last()) else { return NONE.to_owned() };
    let numeral = |quarter: &u8| numeral(*quarter, lang);
    let is_whole = usize::from(last.saturating_sub(*first)) + 1 == quarters.len();
    let listed = if is_whole && quarters.len() > 2 {
        format!("{}–{}", numeral(first), numeral(last))
    } else {
        quarters.iter().map(numeral).collect::<Vec<_>>().join(", ")
    };
    let word = if quarters.len() == 1 { "Quarter" } else { "Quarters" };
    format!("{} {listed}", lang.pick("Quý", word))
}

/// A number of households; a dash where there is none, which may be because nobody asks what would tell.
fn households_words(households: i64, lang: Lang) -> String {
    if households > 0 { count(households, lang) } else { NONE.to_owned() }
}

/// All supports of the area.
#[component]
fn All(figures: Figures) -> impl IntoView {
    let table = move |page: SupportsPage| {
        if page.supports.is_empty() {
            return none(&page);
        }
        let rows = page.supports.into_iter().map(line).collect_view();
        view! {
            <section class="part" data-section="supports">
                <h2 id="supports-title">{t("Các chính sách hỗ trợ", "All supports")}</h2>
                <p class="hint">{t(
                    "Được hưởng: hộ mà phiếu rà soát cho thấy chắc chắn đủ điều kiện. Dấu – là không có hộ nào như \
                     vậy, hoặc chính sách có điều kiện mà phiếu không hỏi.",
                    "Entitled: households whose record shows for certain that they meet every condition. A dash: there \
                     are none, or the support has a condition that no record tells of.",
                )}</p>
                <div class="table-box" role="region" tabindex="0" aria-labelledby="supports-title">
                    <table class="figures" data-testid="supports">
                        <thead>
                            <tr>
                                <th scope="col" data-col="name">{t("Chính sách", "Support")}</th>
                                <th scope="col">{t("Có hiệu lực", "In force")}</th>
                                <th scope="col" class="num">{t("Được hưởng (hộ)", "Entitled")}</th>
                                <th scope="col" class="num">{t("Đã nhận", "Given")}</th>
                                <th scope="col" class="num">{t("Hộ khác đã nhận", "Given to others")}</th>
                                <th scope="col" class="num">{t("Đã nhận / được hưởng", "Coverage")}</th>
                                <th scope="col" class="num">{t("Đã chi (đồng)", "Paid (đồng)")}</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </section>
        }
        .into_any()
    };
    view! { {move || figures.page.get().map(table)} }.into_any()
}

/// What is said where no support is shown.
fn none(page: &SupportsPage) -> AnyView {
    let (year, is_known) = (page.year, page.known);
    let words = move || match (is_known, lang()) {
        (true, Lang::Vi) => {
            format!("Năm {year} không có chính sách hỗ trợ nào do tài khoản của bạn phụ trách.")
        }
        (true, Lang::En) => format!("None of the supports that your account gives is there in {year}."),
        (false, Lang::Vi) => format!(
            "Phần mềm chưa có văn bản về hỗ trợ của năm {year}. Điều đó không có nghĩa là năm ấy không có hỗ \
             trợ. Hãy chọn đợt khác."
        ),
        (false, Lang::En) => format!(
            "The law files do not have the supports of {year}, which does not mean that there were none. Choose \
             another round."
        ),
    };
    view! {
        <Notice tone=Tone::Info>
            <p data-testid="no-supports">{words}</p>
        </Notice>
    }
    .into_any()
}

fn line(of: SupportFigures) -> AnyView {
    let desk = desk();
    let SupportFigures { support, name, in_force, entitled, served, served_else, paid } = of;
    let words = move || name.text(lang()).to_owned();
    // One that this version of the app does not know has no page.
    let named = match support_id(&support) {
        Some(id) => {
            let to = move || {
                let asked =
                    Asked { support: Some(id), supported: SupportList::Left, hamlet: None, ..desk.here() };
                href(Page::Supports, &asked, lang())
            };
            view! { <a href=to>{words}</a> }.into_any()
        }
        None => view! { <span>{words}</span> }.into_any(),
    };
    view! {
        <tr data-testid="support" data-support=support>
            <th scope="row" data-col="name">{named}</th>
            <td>{move || quarters_words(&in_force, lang())}</td>
            <td class="num" data-col="entitled">{move || households_words(entitled, lang())}</td>
            <td class="num" data-col="served">{move || count(served, lang())}</td>
            <td class="num" data-col="served-else">{move || count(served_else, lang())}</td>
            <td class="num" data-col="coverage">
                {move || number_text::percent(percent(served, entitled), lang())}
            </td>
            <td class="num" data-col="paid">{move || count(paid, lang())}</td>
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_are_told_as_people_write_them() {
        for (quarters, vi, en) in [
            (&[1, 2, 3, 4][..], "Quý I–IV", "Quarters 1–4"),
            (&[2, 3, 4][..], "Quý II–IV", "Quarters 2–4"),
            (&[3, 4][..], "Quý III, IV", "Quarters 3, 4"),
            (&[1, 2, 4][..], "Quý I, II, IV", "Quarters 1, 2, 4"),
            (&[3][..], "Quý III", "Quarter 3"),
            (&[][..], NONE, NONE),
        ] {
            assert_eq!(Lang::ALL.map(|lang| quarters_words(quarters, lang)), [vi, en]);
        }
    }

    #[test]
    fn the_list_of_a_round_holds_in_the_year_after() {
        let round = Round::CENSUS_2010;
        assert_eq!(title(round, Lang::Vi), "Hỗ trợ năm 2011 (theo danh sách đợt 2010)");
        assert_eq!([0, 1_234].map(|households| households_words(households, Lang::Vi)), [NONE, "1.234"]);
    }
}
