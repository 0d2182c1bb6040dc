//! The decision that recognises a round, which gives each household its number, and the certificates that were given.

use gloo::net::http::Request;
use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, now, t};
use soho_frontend::ui::focus;
use soho_frontend::ui::format::count;
use soho_shared::household::Signatory;
use soho_shared::stage::Stage;
use soho_shared::wire::recognition::{GivenCertificate, NewRecognition, RecognitionPage};
use soho_shared::words::day;

use crate::household::{head_words, story};
use crate::net::{self, Loaded, Problem, Question};
use crate::recognition::{Names, Place, recognised_words, to_round};
use crate::rounds::LONG;

/// Id of what is said of the numbers.
const SAID: &str = "numbers-said";

/// The form that recognises the round; before its stage, the way there.
pub fn decision(place: Place, question: Question<RecognitionPage>, page: &RecognitionPage) -> AnyView {
    let form = if page.stage >= Some(Stage::Recognised) {
        form(place, question, page)
    } else {
        view! {
            <p class="hint">{t(
                "Số được cấp khi đợt đã đến bước Đã công nhận.",
                "Numbers are given once the round is at the stage of recognition.",
            )}</p>
            <p class="no-print">{to_round()}</p>
        }
        .into_any()
    };
    let (given, left, outdated) = (page.given, page.left, page.outdated);
    let said = move || {
        let (given, left) = (count(given), count(left));
        match (given.as_str(), left.as_str(), lang()) {
            ("0", "0", Lang::Vi) => "Không còn hộ nào phải cấp số.".to_owned(),
            ("0", "0", Lang::En) => "No household is left to be given a number.".to_owned(),
            ("0", _, Lang::Vi) => format!("Còn {left} hộ chưa được cấp số."),
            ("0", _, Lang::En) => format!("Households without a number: {left}."),
            (_, _, Lang::Vi) => format!("✓ Đã cấp {given} số. Còn {left} hộ chưa được cấp số."),
            (_, _, Lang::En) => format!("✓ Numbers given: {given}. Households without one: {left}."),
        }
    };
    let to_withdraw = move || match (outdated, lang()) {
        (0, _) => String::new(),
        (n, Lang::Vi) => format!(
            "Giấy phải thu hồi: {}. Hộ không còn thuộc diện ghi trên giấy; bấm Công nhận và cấp số lần nữa để thu hồi.",
            count(n)
        ),
        (n, Lang::En) => format!(
            "Certificates to be withdrawn: {}. Their households are no longer what they say; recognise once more to withdraw them.",
            count(n)
        ),
    };
    view! {
        <section class="part" data-section="decision">
            <h2>{t("Công nhận và cấp số", "Recognition and numbers")}</h2>
            <p
                id=SAID
                tabindex="-1"
                role="status"
                data-testid=SAID
                data-given=given.to_string()
                data-left=left.to_string()
            >
                {said}
            </p>
            <p class="error" data-testid="outdated" hidden=outdated == 0>{to_withdraw}</p>
            {form}
        </section>
    }
    .into_any()
}

fn form(place: Place, question: Question<RecognitionPage>, page: &RecognitionPage) -> AnyView {
    let text = |held: &Option<String>| RwSignal::new(held.clone().unwrap_or_default());
    let (decision, date, signer) = (text(&page.decision), text(&page.date), text(&page.signer));
    let chair = RwSignal::new(page.chair);
    let (busy, is_sure) = (RwSignal::new(false), RwSignal::new(false));
    let refused = RwSignal::new(None::<Problem>);
    let url = format!("{}/recognition", place.address());
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        // A number that was given is never given again, so it is asked once more.
        if !is_sure.get_untracked() {
            is_sure.set(true);
            return;
        }
        let new = NewRecognition {
            decision: decision.get_untracked(),
            date: date.get_untracked(),
            signer: signer.get_untracked(),
            chair: chair.get_untracked(),
        };
        let url = url.clone();
        busy.set(true);
        refused.set(None);
        leptos::task::spawn_local(async move {
            match net::write(Request::post(&url), &new).await {
                // The page is drawn anew.
                Ok(page) => {
                    question.answer.try_set(Loaded::Here(page));
                    focus(SAID);
                }
                Err(problem) => {
                    focus(&format!("recognition-{}", place_of(&problem)));
                    refused.try_set(Some(problem));
                    is_sure.try_set(false);
                    busy.try_set(false);
                }
            }
        });
    };
    let wrong = move |name: &'static str| {
        move || {
            refused.with(|refused| {
                let own = refused.as_ref().filter(|problem| place_of(problem) == name);
                own.map(|problem| problem.words(lang()))
            })
        }
    };
    let input = move |name: &'static str, vi, en, kind: &'static str, text: RwSignal<String>| {
        let id = format!("recognition-{name}");
        let error = format!("{id}-error");
        view! {
            <div class="field">
                <label for=id.clone()>{t(vi, en)}</label>
                <p class="error" id=error.clone() role="alert" data-testid="problem">{wrong(name)}</p>
                <div class="input">
                    <input
                        id=id
                        type=kind
                        autocomplete="off"
                        maxlength="100"
                        aria-invalid=move || wrong(name)().is_some().then_some("true")
                        aria-describedby=error
                        prop:value=move || text.get()
                        on:input=move |event| text.set(event_target_value(&event))
                    />
                </div>
            </div>
        }
        .into_any()
    };
    let options = Signatory::ALL.map(|of| {
        let chosen = move || chair.get() == of;
        view! { <option value=of.word() prop:selected=chosen>{move || of.name(lang())}</option> }
    });
    let choose = move |event| {
        if let Some(of) = Signatory::from_word(&event_target_value(&event)) {
            chair.set(of);
        }
    };
    let action = move || {
        if is_sure.get() {
            now("Đúng: công nhận và cấp số", "Yes: recognise and give numbers")
        } else {
            now("Công nhận và cấp số", "Recognise and give numbers")
        }
    };
    let asked = move || {
        if is_sure.get() {
            now(
                "Số đã cấp thì không dùng lại cho hộ khác: bấm lần nữa nếu đúng.",
                "A number once given is never used for another household: tap once more if it is right.",
            )
        } else {
            ""
        }
    };
    view! {
        <form class="no-print" on:submit=send>
            <div class="fields">
                {input("decision", "Số quyết định", "Number of the decision", "text", decision)}
                {input("date", "Ngày quyết định", "Date of the decision", "date", date)}
                {input("signer", "Họ tên người ký", "Name of who signs", "text", signer)}
                <div class="field">
                    <label for="recognition-chair">{t("Ký với chức vụ", "Signs as")}</label>
                    <div class="input"><select id="recognition-chair" on:change=choose>{options}</select></div>
                </div>
            </div>
            <p class="error" id="recognition-problem" role="alert" tabindex="-1" data-testid="problem">
                {wrong("problem")}
            </p>
            <p>
                <button
                    type="submit"
                    class="button"
                    data-testid="recognise"
                    data-sure=move || is_sure.get().then_some("")
                    disabled=move || busy.get()
                >
                    {action}
                </button>
            </p>
            <p role="status">{asked}</p>
        </form>
    }
    .into_any()
}

/// The word of the field that a refusal is about; `problem` where it is about none.
fn place_of(problem: &Problem) -> &'static str {
    let named = |name: &&'static str| problem.field.as_deref() == Some(*name);
    ["decision", "date", "signer"].into_iter().find(named).unwrap_or("problem")
}

/// The certificates that were given, whether they hold or not.
pub fn certificates(place: Place, names: Names, page: RecognitionPage) -> AnyView {
    let has_code = page.has_code;
    let more = RwSignal::new(page.more);
    let last = StoredValue::new(page.certificates.last().map(|of| of.number.item()));
    let is_none = page.certificates.is_empty();
    let is_long = page.certificates.len() > LONG;
    // Those that were asked for after the first ones.
    let others = RwSignal::new(Vec::<GivenCertificate>::new());
    let first = page.certificates.into_iter().map(|of| certificate(place, names, of)).collect_view();
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None::<Problem>));
    let go_on = move |_| {
        let Some(after) = last.get_value() else { return };
        let url = format!("{}/recognition{}after={after}", place.address(), place.query());
        busy.set(true);
        refused.set(None);
        leptos::task::spawn_local(async move {
            match net::read::<RecognitionPage>(&url).await {
                Ok(page) => {
                    last.try_update_value(|last| *last = page.certificates.last().map(|of| of.number.item()));
                    more.try_set(page.more);
                    others.try_update(|others| others.extend(page.certificates));
                }
                Err(problem) => {
                    refused.try_set(Some(problem));
                }
            }
            busy.try_set(false);
        });
    };
    let refusal = move || refused.with(|refused| refused.as_ref().map(|refused| refused.words(lang())));
    view! {
        <section class="part" data-section="certificates">
            <div class="part-head">
                <h2 id="certificates-title">{t("Giấy chứng nhận đã cấp", "Certificates given")}</h2>
                <div class="tools no-print">
                    <a class="tool" href="/check-paper/" rel="external">{t("Kiểm tra một giấy", "Check a certificate")}</a>
                </div>
            </div>
            <Show when=move || !has_code>
                <p class="hint">{t(
                    "Máy chủ chưa có khóa ký nên giấy in ra chưa có mã vuông để kiểm tra: hãy báo người quản trị.",
                    "The server has no signing key, so printed papers carry no code to check them by: tell the administrator.",
                )}</p>
            </Show>
            <Show when=move || is_none>
                <p data-testid="certificates-empty">{t("Chưa cấp giấy nào.", "None was given yet.")}</p>
            </Show>
            <div
                class="table-box"
                class:long=is_long
                role="region"
                tabindex="0"
                aria-labelledby="certificates-title"
                hidden=is_none
            >
                <table class="figures" data-testid="certificates">
                    <thead>
                        <tr>
                            <th scope="col" class="num">{t("Số", "Number")}</th>
                            <th scope="col" data-col="name">{t("Chủ hộ", "Head")}</th>
                            <th scope="col">{t("Ấp", "Hamlet")}</th>
                            <th scope="col">{t("Công nhận là", "Recognised as")}</th>
                            <th scope="col" class="num">{t("Ngày", "Date")}</th>
                            <th scope="col">{t("Giá trị", "State")}</th>
                        </tr>
                    </thead>
                    <tbody>
                        {first}
                        <For
                            each=move || others.get()
                            key=|of| of.number
                            children=move |of| certificate(place, names, of)
                        />
                    </tbody>
                </table>
            </div>
            <p class="error" role="alert">{refusal}</p>
            <Show when=move || more.get()>
                <p class="no-print">
                    <button type="button" class="button second" disabled=move || busy.get() on:click=go_on>
                        {t("Xem tiếp", "Show more")}
                    </button>
                </p>
            </Show>
        </section>
    }
    .into_any()
}

fn certificate(place: Place, names: Names, of: GivenCertificate) -> AnyView {
    let GivenCertificate { number, household, head_name, hamlet, recognised, date, valid, outdated } = of;
    let written = number.to_string();
    // A paper that no longer holds is not printed again.
    let shown = if valid && !outdated {
        let (year, own) = (number.year, number.number);
        let to =
            format!("{}/papers/certificates?year={year}&from={own}&to={own}&format=print", place.address());
        view! { <a href=to target="_blank" rel="external noopener" title=t("In giấy này", "Print it")>{written}</a> }.into_any()
    } else {
        view! { <span>{written}</span> }.into_any()
    };
    let state = move || match (valid, outdated) {
        (true, true) => now("Phải thu hồi", "To be withdrawn"),
        (true, false) => now("Còn giá trị", "Holds"),
        (false, _) => now("Đã thu hồi", "Withdrawn"),
    };
    view! {
        <tr data-testid="certificate-row" data-number=number.item() data-valid=valid.to_string()>
            <td class="num">{shown}</td>
            <th scope="row" data-col="name">
                <a href=story(household) rel="external">{head_words(head_name)}</a>
            </th>
            <td>{names.words(hamlet)}</td>
            <td>{recognised.map(recognised_words)}</td>
            <td class="num">{date.as_deref().map(day)}</td>
            <td>{state}</td>
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_stands_at_its_field() {
        let of = |field: Option<&str>| {
            place_of(&Problem { field: field.map(ToOwned::to_owned), ..Problem::default() })
        };
        assert_eq!(
            [Some("date"), Some("signer"), Some("round"), None].map(of),
            ["date", "signer", "problem", "problem"]
        );
    }
}
