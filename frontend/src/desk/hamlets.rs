//! The hamlets of a commune in a round: names, what they declare, and who surveys them.

use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, t};
use soho_frontend::ui::focus;
use soho_frontend::ui::number_text::count;
use soho_shared::area::{CommuneCode, HamletCode};
use soho_shared::household::field::{AREA_NAME, DECLARED_ETHNIC_MINORITY, DECLARED_HOUSEHOLDS, SURVEYOR};
use soho_shared::record::Value;
use soho_shared::wire::rounds::HamletRound;

use crate::cell::{Kind, WrittenField};
use crate::commune::Shown;
use crate::net::Problem;
use crate::problem::Refused;
use crate::rounds::signed;

/// The table of hamlets, each cell written when it is left, and a form for one more.
#[component]
pub fn Hamlets(shown: Shown) -> impl IntoView {
    let numbers = Memo::new(move |_| {
        shown.detail.with(|detail| detail.hamlets.iter().map(|of| of.hamlet).collect::<Vec<_>>())
    });
    let sum = move |read: fn(&HamletRound) -> u64| {
        move || {
            count(signed(shown.detail.with(|detail| detail.hamlets.iter().map(read).sum::<u64>())), lang())
        }
    };
    view! {
        <section class="part" data-section="hamlets">
            <h2 id="hamlets-title" tabindex="-1">{t("Các ấp, khu phố", "Hamlets")}</h2>
            <p class="hint">
                {t(
                    "Rời khỏi ô là đã ghi. Tổng số hộ là tất cả hộ dân của ấp, có rà soát hay không.",
                    "A cell is saved when you leave it. All households of the hamlet are declared, surveyed or not.",
                )}
            </p>
            <Show
                when=move || numbers.with(|numbers| !numbers.is_empty())
                fallback=|| view! {
                    <p>{t("Xã chưa có ấp nào trong đợt này.", "The commune has no hamlet in this round yet.")}</p>
                }
            >
                <div class="table-box" role="region" tabindex="0" aria-labelledby="hamlets-title">
                    <table class="figures hamlets" data-testid="hamlets">
                        <thead>
                            <tr>
                                <th scope="col" data-col="name">{t("Ấp", "Hamlet")}</th>
                                <th scope="col">{t("Tên", "Name")}</th>
                                <th scope="col" class="num">{t("Tổng số hộ", "All households")}</th>
                                <th scope="col" class="num">{t("Trong đó hộ DTTS", "Of ethnic minorities")}</th>
                                <th scope="col">{t("Điều tra viên", "Surveyor")}</th>
                                <th scope="col" class="num">{t("Đã ghi", "Recorded")}</th>
                                <th scope="col" class="num">{t("Chưa đủ", "Incomplete")}</th>
                                <th scope="col" class="num">{t("Còn phải thăm", "Still to visit")}</th>
                            </tr>
                        </thead>
                        <tbody>
                            <For
                                each=move || numbers.get()
                                key=|hamlet| *hamlet
                                children=move |hamlet| view! { <Line shown=shown hamlet=hamlet /> }
                            />
                        </tbody>
                        <tfoot>
                            <tr>
                                <th scope="row" data-col="name">{t("Tổng cộng", "Total")}</th>
                                <td></td>
                                <td class="num">{sum(|of| of.declared.unwrap_or(0))}</td>
                                <td class="num">{sum(|of| of.declared_ethnic_minority.unwrap_or(0))}</td>
                                <td></td>
                                <td class="num">{sum(|of| of.recorded)}</td>
                                <td class="num">{sum(|of| of.incomplete)}</td>
                                <td class="num">{sum(|of| of.pending)}</td>
                            </tr>
                        </tfoot>
                    </table>
                </div>
            </Show>
            <Add shown=shown />
        </section>
    }
    .into_any()
}

/// A column that is written: its word in ids, its two names, what it holds, and the field.
type Column = (&'static str, &'static str, &'static str, Kind, &'static str);

const NAME: Column = ("name", "tên", "name", Kind::Text, AREA_NAME);
const DECLARED: Column = ("declared", "tổng số hộ", "all households", Kind::Count, DECLARED_HOUSEHOLDS);
const MINORITY: Column =
    ("minority", "hộ dân tộc thiểu số", "of ethnic minorities", Kind::Count, DECLARED_ETHNIC_MINORITY);
const BY: Column = ("surveyor", "điều tra viên", "surveyor", Kind::Text, SURVEYOR);

#[component]
fn Line(shown: Shown, hamlet: HamletCode) -> impl IntoView {
    let read = move |read: fn(&HamletRound) -> String| {
        Memo::new(move |_| {
            shown.detail.with(|detail| {
                detail.hamlets.iter().find(|of| of.hamlet == hamlet).map(read).unwrap_or_default()
            })
        })
    };
    let ended = read(|of| if of.ended { "ended".to_owned() } else { String::new() });
    let two = format!("{:02}", hamlet.number);
    let cell = move |column: Column, value: Memo<String>, placeholder: String| {
        let (word, vi, en, kind, field) = column;
        let label = move || format!("{}: {}", hamlet.name(), lang().pick(vi, en));
        let class = if kind == Kind::Count { "num" } else { "" };
        view! {
            <td class=class>
                <WrittenField
                    save=shown.save(format!("{}-{two}", hamlet.commune))
                    id=format!("{word}-{two}")
                    testid=format!("{word}-{two}")
                    label=TextProp::from(label)
                    kind=kind
                    field=field
                    value=value
                    placeholder=placeholder
                />
            </td>
        }
    };
    let name = read(|of| of.name.clone().unwrap_or_default());
    let declared = read(|of| of.declared.map(|number| number.to_string()).unwrap_or_default());
    let minority =
        read(|of| of.declared_ethnic_minority.map(|number| number.to_string()).unwrap_or_default());
    let surveyor = read(|of| of.surveyor.clone().unwrap_or_default());
    let number = |text: Memo<String>| move || count(text.get().parse().unwrap_or(0), lang());
    let recorded = read(|of| of.recorded.to_string());
    let incomplete = read(|of| of.incomplete.to_string());
    let pending = read(|of| of.pending.to_string());
    let cells = move || {
        if ended.with(|ended| !ended.is_empty()) {
            return view! {
                <td colspan="4">{t("Không còn là ấp từ đợt này.", "No hamlet any more from this round on.")}</td>
            }
            .into_any();
        }
        view! {
            {cell(NAME, name, hamlet.name())}
            {cell(DECLARED, declared, String::new())}
            {cell(MINORITY, minority, String::new())}
            {cell(BY, surveyor, String::new())}
        }
        .into_any()
    };
    view! {
        <tr data-hamlet=hamlet.number.to_string()>
            <th scope="row" data-col="name" lang="vi">{hamlet.name()}</th>
            {cells}
            <td class="num">{number(recorded)}</td>
            <td class="num">{number(incomplete)}</td>
            <td class="num">{number(pending)}</td>
        </tr>
    }
    .into_any()
}

/// The lowest number that no hamlet of the commune ever had in the round.
fn free(hamlets: &[HamletRound]) -> Option<u8> {
    (1..=99).find(|number| hamlets.iter().all(|of| of.hamlet.number != *number))
}

/// Reads the number of a hamlet to add.
fn new_hamlet(commune: CommuneCode, typed: &str, hamlets: &[HamletRound]) -> Result<HamletCode, Problem> {
    let number = typed.trim().parse().ok();
    let hamlet = number.and_then(|number| HamletCode::new(commune, number));
    let hamlet =
        hamlet.ok_or_else(|| Problem::typed("số ấp phải từ 1 đến 99", "the number is from 1 to 99"))?;
    match hamlets.iter().find(|of| of.hamlet == hamlet) {
        None => Ok(hamlet),
        Some(of) if of.ended => Err(Problem::typed(
            "ấp mang số này không còn nữa, và số của nó không dùng lại: hãy chọn số khác",
            "the hamlet with this number has ended, and its number is never given again: choose another",
        )),
        Some(_) => Err(Problem::typed(
            "xã đã có ấp mang số này: hãy chọn số khác",
            "there is a hamlet with this number: choose another",
        )),
    }
}

#[component]
fn Add(shown: Shown) -> impl IntoView {
    let next = move || shown.detail.with(|detail| free(&detail.hamlets)).map(|number| number.to_string());
    let (number, name) = (RwSignal::new(None::<String>), RwSignal::new(String::new()));
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None));
    let add = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = number.get_untracked().or_else(|| untrack(next)).unwrap_or_default();
        let hamlet =
            shown.detail.with_untracked(|detail| new_hamlet(detail.of.commune, &typed, &detail.hamlets));
        let hamlet = match hamlet {
            Ok(hamlet) => hamlet,
            Err(problem) => {
                refused.set(Some(problem));
                return;
            }
        };
        let named = Some(name.get_untracked().trim().to_owned()).filter(|name| !name.is_empty());
        let named = named.unwrap_or_else(|| hamlet.name());
        busy.set(true);
        refused.set(None);
        let two = format!("{:02}", hamlet.number);
        let writing = shown.write(&format!("{}-{two}", hamlet.commune), [(AREA_NAME, Value::Text(named))]);
        leptos::task::spawn_local(async move {
            match writing.await {
                Ok(()) => {
                    number.try_set(None);
                    name.try_set(String::new());
                    focus(&format!("declared-{two}"));
                }
                Err(problem) => {
                    refused.try_set(Some(problem));
                }
            }
            busy.try_set(false);
        });
    };
    let hint = move || match lang() {
        Lang::Vi => "Để trống tên thì ấp mang tên theo số.",
        Lang::En => "Without a name the hamlet is called by its number.",
    };
    view! {
        <form class="add no-print" on:submit=add>
            <div class="field short">
                <label for="add-number">{t("Số ấp mới", "Number of the new hamlet")}</label>
                <Refused id="add-problem" problem=refused />
                <div class="input">
                    <input
                        id="add-number"
                        type="text"
                        inputmode="numeric"
                        autocomplete="off"
                        aria-invalid=move || refused.with(Option::is_some).then_some("true")
                        aria-describedby=move || refused.with(Option::is_some).then_some("add-problem")
                        prop:value=move || number.get().or_else(next).unwrap_or_default()
                        on:input=move |event| number.set(Some(event_target_value(&event)))
                    />
                </div>
            </div>
            <div class="field">
                <label for="add-name">{t("Tên", "Name")}</label>
                <div class="input">
                    <input
                        id="add-name"
                        type="text"
                        autocomplete="off"
                        aria-describedby="add-hint"
                        prop:value=move || name.get()
                        on:input=move |event| name.set(event_target_value(&event))
                    />
                </div>
            </div>
            <button type="submit" class="button second" data-testid="add-hamlet" disabled=move || busy.get()>
                {t("Thêm ấp", "Add the hamlet")}
            </button>
            <p class="hint" id="add-hint">{hint}</p>
        </form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hamlet(number: u8, ended: bool) -> HamletRound {
        let commune = "29173".parse().unwrap();
        HamletRound {
            hamlet: HamletCode::new(commune, number).unwrap(),
            name: None,
            ended,
            declared: None,
            declared_ethnic_minority: None,
            surveyor: None,
            recorded: 0,
            incomplete: 0,
            pending: 0,
        }
    }

    #[test]
    fn a_number_is_given_once() {
        let commune = "29173".parse().unwrap();
        let hamlets = [hamlet(1, false), hamlet(2, true)];
        assert_eq!(free(&hamlets), Some(3));
        assert_eq!(new_hamlet(commune, " 12 ", &hamlets).map(|hamlet| hamlet.number), Ok(12));
        for typed in ["1", "2", "0", "100", "", "ba"] {
            assert!(new_hamlet(commune, typed, &hamlets).is_err(), "{typed}");
        }
        assert!(new_hamlet(commune, "2", &hamlets).unwrap_err().vi.unwrap().contains("không dùng lại"));
    }
}
