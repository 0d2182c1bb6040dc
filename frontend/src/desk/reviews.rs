//! Reviews on request within the round's year (rà soát thường xuyên, TT 07/2021, since 2022): what each found, and in which
//! month.

use gloo::net::http::Request;
use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, now, t};
use soho_frontend::ui::{ClassBadge, focus};
use soho_shared::explain::class_short_name;
use soho_shared::household::field::FIRST_REVIEWED;
use soho_shared::record::{HouseholdId, Round};
use soho_shared::standard::Class;
use soho_shared::wire::rounds::{NewReview, ReviewItem, ReviewPage};
use soho_shared::words::day;

use crate::commune::Shown;
use crate::household::{Choice, HouseholdPicker, hamlet_words, head_words, story};
use crate::net::{self, Problem, Question};
use crate::problem::{Refused, Waiting};
use crate::rounds::LONG;

/// What has been typed of a review.
#[derive(Clone, Copy)]
struct Typed {
    household: Choice,
    month: RwSignal<Option<u8>>,
    class: RwSignal<Option<Class>>,
    date: RwSignal<String>,
}

impl Typed {
    fn new() -> Self {
        Typed {
            household: Choice::none(),
            month: RwSignal::new(None),
            class: RwSignal::new(None),
            date: RwSignal::new(String::new()),
        }
    }

    /// Makes room for the next household; its month is likely the same.
    fn clear(self) {
        self.household.clear();
        self.class.try_set(None);
        self.date.try_set(String::new());
    }

    fn review(self) -> Result<NewReview, Problem> {
        let household = self.household.required()?;
        review(household, self.month.get_untracked(), self.class.get_untracked(), &self.date.get_untracked())
    }
}

/// What a review found, as it is written.
///
/// # Errors
/// When the month or the class is missing: without a class a review would be taken back.
fn review(
    household: HouseholdId,
    month: Option<u8>,
    class: Option<Class>,
    date: &str,
) -> Result<NewReview, Problem> {
    let month = month.ok_or_else(|| {
        Problem::typed("hãy chọn tháng rà soát", "choose the month in which it was reviewed")
    })?;
    let class = class
        .ok_or_else(|| Problem::typed("hãy chọn hạng sau rà soát", "choose the class that was found"))?;
    let date = Some(date.trim().to_owned()).filter(|date| !date.is_empty());
    Ok(NewReview { household, month, class: Some(class), date })
}

/// The list of reviews, which is asked for once somebody wants to see it: who reads households stands in the audit trail.
#[derive(Clone, Copy)]
struct Listed {
    question: Question<ReviewPage>,
    is_open: RwSignal<bool>,
}

impl Listed {
    fn of(shown: Shown) -> Self {
        let is_open = RwSignal::new(false);
        let url = move || is_open.get().then(|| format!("{}/reviews", shown.commune_address()));
        Listed { question: Question::of(url), is_open }
    }

    /// Shows it as it is now.
    fn show(self) {
        match self.is_open.try_get_untracked() {
            Some(true) => self.question.ask_again(),
            Some(false) => self.is_open.set(true),
            None => {}
        }
    }
}

/// Writes a review or takes it back, and asks for the list anew.
async fn write(shown: Shown, listed: Listed, review: &NewReview) -> Result<(), Problem> {
    let url = format!("{}/reviews", shown.commune_address());
    let number = shown.begin();
    let detail = net::write(Request::post(&url), review).await?;
    shown.take(number, detail);
    listed.show();
    Ok(())
}

/// The reviews of the round's year, and a form for one more; nothing in years in which there were none yet.
#[component]
pub fn Reviews(shown: Shown) -> impl IntoView {
    if shown.round().year() < FIRST_REVIEWED {
        return ().into_any();
    }
    let listed = Listed::of(shown);
    let Listed { question, is_open } = listed;
    let page = Memo::new(move |_| question.answer.with(|answer| answer.here().cloned()));
    let refused = RwSignal::new(None);
    view! {
        <section class="part" data-section="reviews">
            <h2 id="reviews-title" tabindex="-1">{t("Rà soát trong năm", "Reviews within the year")}</h2>
            <p class="hint">{t(
                "Từ năm 2022, hộ được đề nghị rà soát vào tháng bất kỳ. Kết quả tính từ tháng đó. Cuối năm thì lấy kết quả của đợt rà soát hằng năm.",
                "Since 2022 a household may ask to be reviewed in any month. What is found counts from that month on. At the year's end the yearly round's own result stands.",
            )}</p>
            <Add shown=shown listed=listed />
            <Show
                when=move || is_open.get()
                fallback=move || view! {
                    <p class="no-print">
                        <button
                            type="button"
                            class="button second"
                            data-testid="show-reviews"
                            on:click=move |_| listed.show()
                        >
                            {t("Xem các lần rà soát", "Show the reviews")}
                        </button>
                    </p>
                }
            >
                <Waiting question=question />
            </Show>
            <Refused id="reviews-problem" problem=refused />
            {move || page.get().map(|page| {
                view! { <List shown=shown listed=listed page=page refused=refused /> }
            })}
        </section>
    }
    .into_any()
}

/// The form that records what a review found.
#[component]
fn Add(shown: Shown, listed: Listed) -> impl IntoView {
    let typed = Typed::new();
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None));
    // The month, and the name of the household's head.
    let done = RwSignal::new(None::<(u8, String)>);
    let (round, standard) = (shown.round(), shown.standard());
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        done.set(None);
        let review = match typed.review() {
            Ok(review) => review,
            Err(problem) => {
                refused.set(Some(problem));
                return;
            }
        };
        let head = untrack(head_words(typed.household.head()));
        busy.set(true);
        refused.set(None);
        leptos::task::spawn_local(async move {
            match write(shown, listed, &review).await {
                Ok(()) => {
                    done.try_set(Some((review.month, head)));
                    typed.clear();
                    focus("review-household");
                }
                Err(problem) => {
                    refused.try_set(Some(problem));
                }
            }
            busy.try_set(false);
        });
    };
    let months = (1..=12_u8).map(|month| {
        let chosen = move || typed.month.get() == Some(month);
        view! { <option value=month.to_string() prop:selected=chosen>{of_year(month, round)}</option> }
    });
    let classes = Class::ALL.map(|class| {
        let chosen = move || typed.class.get() == Some(class);
        let name = move || class_short_name(class, standard, lang());
        view! { <option value=class.word() prop:selected=chosen>{name}</option> }
    });
    let said = move || {
        done.get().map(|(month, name)| match lang() {
            Lang::Vi => format!("✓ Đã ghi kết quả rà soát tháng {} của hộ {name}.", of_year(month, round)),
            Lang::En => format!("✓ What the review of {} found is recorded: {name}.", of_year(month, round)),
        })
    };
    view! {
        <details class="no-print" data-testid="review">
            <summary>{t("Ghi một lần rà soát", "Record a review")}</summary>
            <form class="visit" on:submit=send>
                <Refused id="review-problem" problem=refused />
                <HouseholdPicker
                    shown=shown
                    id="review-household"
                    label=("Hộ", "Household")
                    choice=typed.household
                />
                <div class="fields">
                    <div class="field">
                        <label for="review-month">{t("Tháng rà soát", "Reviewed in")}</label>
                        <div class="input">
                            <select
                                id="review-month"
                                on:change=move |event| typed.month.set(event_target_value(&event).parse().ok())
                            >
                                <option value="" prop:selected=move || typed.month.get().is_none()>
                                    {t("chọn tháng", "choose the month")}
                                </option>
                                {months.collect_view()}
                            </select>
                        </div>
                    </div>
                    <div class="field">
                        <label for="review-class">{t("Hạng sau rà soát", "Class found")}</label>
                        <div class="input">
                            <select
                                id="review-class"
                                on:change=move |event| typed.class.set(Class::from_word(&event_target_value(&event)))
                            >
                                <option value="" prop:selected=move || typed.class.get().is_none()>
                                    {t("chọn hạng", "choose the class")}
                                </option>
                                {classes}
                            </select>
                        </div>
                    </div>
                    <div class="field">
                        <label for="review-date">{t("Ngày quyết định (nếu có)", "Decided on (if known)")}</label>
                        <div class="input">
                            <input
                                id="review-date"
                                type="date"
                                autocomplete="off"
                                prop:value=move || typed.date.get()
                                on:input=move |event| typed.date.set(event_target_value(&event))
                            />
                        </div>
                    </div>
                </div>
                <button type="submit" class="button second" data-testid="add-review" disabled=move || busy.get()>
                    {t("Ghi kết quả", "Record what was found")}
                </button>
                <p role="status" data-testid="review-done">{said}</p>
            </form>
        </details>
    }
    .into_any()
}

/// A month as it is written: `3/2023`.
fn of_year(month: u8, round: Round) -> String {
    format!("{month}/{round}")
}

#[component]
fn List(shown: Shown, listed: Listed, page: ReviewPage, refused: RwSignal<Option<Problem>>) -> impl IntoView {
    if page.reviews.is_empty() {
        return view! {
            <p data-testid="reviews-empty">{t("Trong năm chưa có lần rà soát nào.", "There was no review within the year yet.")}</p>
        }
        .into_any();
    }
    let is_long = page.reviews.len() > LONG;
    let rows = page.reviews.into_iter();
    let rows = rows.map(|item| view! { <Line shown=shown listed=listed item=item refused=refused /> });
    view! {
        <div class="table-box" class:long=is_long role="region" tabindex="0" aria-labelledby="reviews-title">
            <table class="figures" data-testid="reviews">
                <thead>
                    <tr>
                        <th scope="col" data-col="name">{t("Chủ hộ", "Head")}</th>
                        <th scope="col">{t("Ấp", "Hamlet")}</th>
                        <th scope="col" class="num">{t("Tháng", "Month")}</th>
                        <th scope="col">{t("Hạng sau rà soát", "Class found")}</th>
                        <th scope="col" class="num">{t("Ngày quyết định", "Decided on")}</th>
                        <th scope="col" class="no-print">{t("Ghi nhầm", "By mistake")}</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
        {page.more.then(|| view! {
            <p>{t(
                "Chỉ hiện 500 lần rà soát, tháng gần nhất trước.",
                "Only 500 reviews are shown, the latest months first.",
            )}</p>
        })}
    }
    .into_any()
}

#[component]
fn Line(shown: Shown, listed: Listed, item: ReviewItem, refused: RwSignal<Option<Problem>>) -> impl IntoView {
    let ReviewItem { household, hamlet, head_name, month, class, date } = item;
    let (busy, is_sure) = (RwSignal::new(false), RwSignal::new(false));
    let (round, standard) = (shown.round(), shown.standard());
    let head = head_words(head_name);
    let named = head.clone();
    let take_back = move |_| {
        // What was recorded is asked once more before it goes.
        if !is_sure.get_untracked() {
            is_sure.set(true);
            return;
        }
        let review = NewReview { household, month, class: None, date: None };
        busy.set(true);
        refused.set(None);
        leptos::task::spawn_local(async move {
            match write(shown, listed, &review).await {
                Ok(()) => focus("reviews-title"),
                Err(problem) => {
                    refused.try_set(Some(problem));
                    is_sure.try_set(false);
                }
            }
            busy.try_set(false);
        });
    };
    let action = move || {
        if is_sure.get() { now("Đúng, xóa", "Yes, take back") } else { now("Xóa", "Take back") }
    };
    let asked = move || {
        if is_sure.get() {
            now("Bấm lần nữa nếu đúng.", "Tap once more if it is right.")
        } else {
            ""
        }
    };
    view! {
        <tr data-testid="review-row" data-household=household.to_string() data-month=month.to_string()>
            <th scope="row" data-col="name">
                <a href=story(household) rel="external">{head}</a>
            </th>
            <td>{hamlet_words(shown, hamlet)}</td>
            <td class="num">{of_year(month, round)}</td>
            <td><ClassBadge class=class standard=standard /></td>
            <td class="num">{date.as_deref().map(day)}</td>
            <td class="no-print">
                <button
                    type="button"
                    class="button danger"
                    data-testid="take-back"
                    data-sure=move || is_sure.get().then_some("")
                    aria-label=move || format!("{}: {}, {}", action(), named(), of_year(month, round))
                    disabled=move || busy.get()
                    on:click=take_back
                    on:blur=move |_| {
                        is_sure.try_set(false);
                    }
                >
                    {action}
                </button>
                <span class="said" role="status">{asked}</span>
            </td>
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_review_says_when_and_what() {
        let household: HouseholdId = "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f".parse().unwrap();
        let read = |month, class, date: &str| review(household, month, class, date);
        let of_march = |date: Option<&str>| NewReview {
            household,
            month: 3,
            class: Some(Class::Above),
            date: date.map(ToOwned::to_owned),
        };
        assert_eq!(read(Some(3), Some(Class::Above), " 2023-03-20 "), Ok(of_march(Some("2023-03-20"))));
        assert_eq!(read(Some(3), Some(Class::Above), " "), Ok(of_march(None)));
        assert!(read(None, Some(Class::Above), "").is_err());
        // Nothing is taken back by leaving something out.
        assert!(read(Some(3), None, "").is_err());
    }

    #[test]
    fn months_are_written_as_in_vietnam() {
        assert_eq!(of_year(3, "2023".parse().unwrap()), "3/2023");
    }
}
