//! One household: five sections, each with a tick or what is still missing; the class always in sight.

mod causes;
mod class;
mod fields;
mod head;
mod income;
mod members;

use leptos::prelude::*;
use leptos::task::spawn_local;
use soho_frontend::i18n::{now, t};
use soho_frontend::local::{Desk, Held, RecordState, Saved};
use soho_frontend::ui::{Notice, Tone};
use soho_shared::area::HamletCode;
use soho_shared::assess::{Assessment, assess};
use soho_shared::household::{Household, field};
use soho_shared::sync::{HouseholdId, RecordKey, Round};
use wasm_bindgen::JsCast as _;

use crate::list::StateMark;
use crate::state::{Route, Survey};
use crate::words;
use fields::{Conflict, Dispute};

/// Moves to a part of the page, by eye and by keyboard, once it is drawn.
pub(crate) fn show(id: &'static str) {
    request_animation_frame(move || {
        if let Some(element) = document().get_element_by_id(id) {
            element.scroll_into_view();
            if let Ok(element) = element.dyn_into::<web_sys::HtmlElement>() {
                // Fails only for an element that is gone.
                let _ = element.focus();
            }
        }
    });
}

/// The screen of one household.
#[component]
pub(crate) fn Form(survey: Survey, id: HouseholdId, round: Option<Round>) -> impl IntoView {
    let place = survey.signals.place.get_untracked();
    let round = round.or_else(|| place.map(|p| p.round)).unwrap_or(Round::CENSUS_2010);
    let key = RecordKey { household: id, round };
    let looked = RwSignal::new(false);
    survey.open.set(None);
    survey.read_open(key);
    if survey.open.with_untracked(Option::is_none) {
        let desk = survey.desk(Desk::clone);
        spawn_local(async move {
            desk.load(key).await;
            survey.read_open(key);
            looked.set(true);
        });
    }
    let there =
        Memo::new(move |_| survey.open.with(|open| open.as_ref().is_some_and(|open| open.key == key)));
    view! {
        <p><a class="change" href=Route::List.hash() data-testid="back">{t("Về danh sách", "Back to the list")}</a></p>
        {move || if there.get() {
            view! { <Sheet survey=survey key=key /> }.into_any()
        } else if looked.get() {
            view! {
                <h1>{t("Phiếu này chưa có trên máy", "This record is not on this device")}</h1>
                <p>
                    {t(
                        "Có thể phiếu thuộc ấp khác hoặc đợt khác, hay chưa tải về. Không có gì bị mất: chọn đúng nơi và đợt, rồi gửi nhận khi có mạng.",
                        "It may belong to another hamlet or round, or is not fetched yet. Nothing is lost: choose the place and round, then fetch when there is a network.",
                    )}
                </p>
            }.into_any()
        } else {
            view! { <p>{t("Đang mở phiếu…", "Opening the record…")}</p> }.into_any()
        }}
    }
    .into_any()
}

#[component]
fn Sheet(survey: Survey, key: RecordKey) -> impl IntoView {
    let household = survey.household();
    let assessed = Memo::new(move |_| household.with(|h| assess(h, key.household.commune, key.round)));
    let name = move || {
        let name = household.with(|h| h.head_name.clone()).unwrap_or_default();
        if name.trim().is_empty() { now("Hộ mới", "New household").to_owned() } else { name }
    };
    let hamlet = move || {
        let number = household.with(|h| h.hamlet);
        number.and_then(|n| HamletCode::new(key.household.commune, n)).map_or(String::new(), HamletCode::name)
    };
    // Follows the record through what was read of it.
    let state = Signal::derive(move || {
        survey.open.track();
        survey.desk(|desk| desk.state(&key))
    });
    let removed = Memo::new(move |_| household.with(|h| h.removed));
    view! {
        <div class="sheet">
            <div class="sheet-main">
                <h1>{name}</h1>
                <p class="where">
                    <span>{hamlet} " · " {t("đợt", "round")} " " {key.round.to_string()}</span>
                    <StateMark state=state />
                </p>
                <SavedLine survey=survey />
                <Show when=move || removed.get()>
                    <div data-testid="withdrawn">
                        <Notice tone=Tone::Warning>
                            <p>{t("Phiếu này đã rút: không tính vào số liệu. Mọi điều đã ghi vẫn còn.", "This record is withdrawn and counts nowhere. All that was written is still here.")}</p>
                            <button type="button" class="button second" data-testid="undo-withdraw" on:click=move |_| survey.set(field::REMOVED, false)>
                                {t("Lấy lại phiếu", "Take it back")}
                            </button>
                        </Notice>
                    </div>
                </Show>
                <Attention survey=survey key=key state=state />
                <head::Head survey=survey household=household />
                <members::Members survey=survey household=household assessed=assessed />
                <income::Income survey=survey household=household assessed=assessed />
                <causes::Causes survey=survey household=household assessed=assessed />
                <Remarks survey=survey />
                <Dispute survey=survey path=field::REMOVED />
                <Show when=move || !removed.get()>
                    <button type="button" class="button danger" data-testid="withdraw" on:click=move |_| {
                        survey.set(field::REMOVED, true);
                        window().scroll_to_with_x_and_y(0.0, 0.0);
                    }>
                        {t("Rút phiếu này (ghi nhầm)", "Withdraw this record (made in error)")}
                    </button>
                </Show>
            </div>
            <class::ClassPanel key=key household=household assessed=assessed />
        </div>
    }
    .into_any()
}

/// Instead of a save button.
#[component]
fn SavedLine(survey: Survey) -> impl IntoView {
    let text = move || match survey.signals.saved.get() {
        Saved::Untouched => now(
            "Mỗi chữ gõ vào được lưu ngay trên máy này.",
            "Every letter typed is stored on this device at once.",
        )
        .to_owned(),
        Saved::Saving => now("Đang lưu…", "Storing…").to_owned(),
        Saved::At(at) => {
            format!("{} {}", now("Đã lưu trên máy lúc", "Stored on this device at"), words::time(at))
        }
        Saved::Failed(_) => {
            now("Chưa lưu được. Đừng đóng trang này.", "Not stored yet. Keep this page open.").to_owned()
        }
    };
    let word = move || match survey.signals.saved.get() {
        Saved::Untouched => "untouched",
        Saved::Saving => "saving",
        Saved::At(_) => "saved",
        Saved::Failed(_) => "failed",
    };
    view! { <p class="saved" data-testid="saved" data-saved=word>{text}</p> }.into_any()
}

/// What a person must look at, where it is not shown at a field of this form.
#[component]
fn Attention(survey: Survey, key: RecordKey, state: Signal<RecordState>) -> impl IntoView {
    let refused = Memo::new(move |_| {
        survey.open.with(|open| {
            let held = open.as_ref().map(|open| open.held.clone()).unwrap_or_default();
            held.into_iter()
                .filter(|(_, why)| matches!(why, Held::Refused(_)))
                .map(|(field, _)| field)
                .collect::<Vec<_>>()
        })
    });
    let elsewhere = Memo::new(move |_| {
        survey.open.with(|open| {
            let Some(open) = open else { return Vec::new() };
            let household = Household::read(&open.doc);
            let conflicts = open.doc.conflicts().into_iter();
            conflicts.filter(|c| !is_on_form(c.field.as_str(), &household)).collect::<Vec<_>>()
        })
    });
    view! {
        <Show when=move || state.get() == RecordState::Rejected>
            <div data-testid="rejected">
                <Notice tone=Tone::Failure>
                    <p>
                        <strong>{t("Máy chủ không nhận một phần của phiếu này. ", "The server refuses a part of this record. ")}</strong>
                        {t("Mọi điều đã ghi vẫn ở trên máy. Hãy sửa: ", "All that was written is still on this device. Please mend: ")}
                        {move || refused.with(|fields| fields.iter().map(|f| words::field_name(f)).collect::<Vec<_>>().join(", "))}
                    </p>
                    <button type="button" class="button second" data-testid="retry" on:click=move |_| survey.desk(|desk| desk.retry(key))>
                        {t("Gửi lại như cũ", "Send again as it is")}
                    </button>
                </Notice>
            </div>
        </Show>
        {move || elsewhere.get().into_iter().map(|conflict| {
            let path = conflict.field.as_str().to_owned();
            let label = path.clone();
            view! {
                <h3>{move || words::field_name(&label)}</h3>
                <Conflict survey=survey path=path standing=conflict.standing lost=conflict.lost />
            }.into_any()
        }).collect_view()}
    }
    .into_any()
}

/// Whether a field's dispute is shown at the field itself.
fn is_on_form(path: &str, household: &Household) -> bool {
    let mut parts = path.split('/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some("members"), Some(id), Some(name)) => name != "removed" && household.members.contains_key(id),
        (Some("income"), Some(id), Some(name)) => name != "removed" && household.income.contains_key(id),
        (Some("causes"), ..) => true,
        _ => head::FIELDS.contains(&path) || causes::FIELDS.contains(&path) || OTHERS.contains(&path),
    }
}

const OTHERS: [&str; 4] = [field::MEMBER_COUNT, field::NO_INCOME, field::NOTE, field::REMOVED];

/// A section with a tick, or what it still lacks.
#[component]
fn Section(
    id: &'static str,
    title: (&'static str, &'static str),
    /// What is missing, in words; empty when nothing is.
    #[prop(into)]
    missing: Signal<String>,
    /// Whether it can be left empty.
    #[prop(optional)]
    optional: bool,
    children: Children,
) -> impl IntoView {
    let done = move || missing.with(String::is_empty);
    let text = move || {
        if !done() {
            format!("{}: {}", now("Còn thiếu", "Missing"), missing.get())
        } else if optional {
            now("Không bắt buộc", "Optional").to_owned()
        } else {
            now("Đủ", "Complete").to_owned()
        }
    };
    let path = move || {
        if !done() {
            "M10 3v8M10 15v1.5"
        } else if optional {
            "M4 10h12"
        } else {
            "M3 10.5 8 15.5 17.5 5"
        }
    };
    view! {
        <section class="part" aria-labelledby=id data-testid=format!("section-{id}") data-done=move || done().to_string()>
            <div class="part-head">
                <h2 id=id>{t(title.0, title.1)}</h2>
                <span class="part-state" data-done=move || (done() && !optional).to_string()>
                    <svg viewBox="0 0 20 20" aria-hidden="true"><path d=path /></svg>
                    {text}
                </span>
            </div>
            {children()}
        </section>
    }
    .into_any()
}

/// The names of what is missing among these.
fn missing_of(assessed: Option<&Assessment>, of: &[soho_shared::assess::Missing]) -> String {
    let missing = assessed.map(|a| a.missing.as_slice()).unwrap_or_default();
    let names: Vec<_> = missing.iter().filter(|m| of.contains(m)).map(|m| words::missing_name(*m)).collect();
    names.join(", ")
}

/// The note.
#[component]
fn Remarks(survey: Survey) -> impl IntoView {
    let (value, on_input) = fields::typed(survey, field::NOTE, fields::TEXT);
    view! {
        <Section id="note-title" title=("Ghi chú", "Note") missing=String::new() optional=true>
            <div class="field">
                <label for="note">{t("Điều cần nhớ về hộ này", "What to remember about this household")}</label>
                <textarea id="note" rows="3" maxlength="2000" prop:value=value on:input=move |event| on_input.run(event_target_value(&event))></textarea>
            </div>
            <Dispute survey=survey path=field::NOTE />
        </Section>
    }
    .into_any()
}
