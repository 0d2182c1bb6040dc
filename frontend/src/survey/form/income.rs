//! Section 3: what the household earned in the last 12 months, line by line.

use leptos::prelude::*;
use soho_frontend::i18n::{lang, now, t};
use soho_frontend::local::device::new_item;
use soho_frontend::ui::MoneyField;
use soho_frontend::ui::format::dong;
use soho_shared::assess::{Assessment, Missing};
use soho_shared::household::{Household, field};
use soho_shared::income::{IncomeLine, IncomeSource};
use soho_shared::sync::Value;

use super::fields::{Dispute, MONEY, Number, Tick, typed};
use super::{Section, missing_of, show};
use crate::state::Survey;

/// The sources most households have; any other is one tap more.
const COMMON: [IncomeSource; 4] =
    [IncomeSource::Crops, IncomeSource::Livestock, IncomeSource::Wages, IncomeSource::Remittances];

/// The section.
#[component]
pub(super) fn Income(
    survey: Survey,
    household: Memo<Household>,
    assessed: Memo<Option<Assessment>>,
) -> impl IntoView {
    let missing = Signal::derive(move || {
        assessed.with(|a| missing_of(a.as_ref(), &[Missing::Income, Missing::IncomeLine]))
    });
    let ids = Memo::new(move |_| household.with(|h| h.income.keys().cloned().collect::<Vec<_>>()));
    let none_said = Memo::new(move |_| household.with(|h| h.no_income));
    let gone = RwSignal::new(None::<String>);
    let undo = move |_| {
        if let Some(id) = gone.get_untracked() {
            survey.set(&format!("income/{id}/removed"), false);
            gone.set(None);
        }
    };
    let add = move |source: IncomeSource| {
        gone.set(None);
        survey.set(&format!("income/{}/source", new_item()), source.word());
    };
    let common = COMMON
        .map(|source| {
            view! {
                <button type="button" class="button second" data-testid="add-income" data-source=source.word() on:click=move |_| add(source)>
                    {move || format!("+ {}", short(source))}
                </button>
            }
        })
        .into_iter()
        .collect_view();
    let others = IncomeSource::ALL
        .into_iter()
        .filter(|source| !COMMON.contains(source))
        .map(|source| view! { <option value=source.word()>{move || source.name(lang())}</option> })
        .collect_view();
    let add_other = move |event| {
        if let Some(source) = IncomeSource::from_word(&event_target_value(&event)) {
            add(source);
            // Back to its first line, so that the same source can be added twice.
            let select: web_sys::HtmlElement = event_target(&event);
            let _ = js_sys::Reflect::set(&select, &"value".into(), &"".into());
        }
    };
    view! {
        <Section id="income-title" title=("Thu nhập 12 tháng qua", "Income of the last 12 months") missing=missing>
            <For each=move || ids.get() key=String::clone let:id>
                <Line survey=survey household=household id=id gone=gone />
            </For>
            <p role="status" hidden=move || gone.with(Option::is_none)>
                {t("Đã bỏ một dòng thu nhập. ", "One income line was taken off. ")}
                <button type="button" class="button plain" on:click=undo>{t("Lấy lại", "Undo")}</button>
            </p>
            <fieldset hidden=move || none_said.get() && ids.with(Vec::is_empty)>
                <legend>{t("Thêm nguồn thu", "Add a source of income")}</legend>
                <div class="row">{common}</div>
                <div class="field other-source">
                    <label for="other-source">{t("Nguồn khác", "Another source")}</label>
                    <select id="other-source" on:change=add_other>
                        <option value="">{t("Chọn nguồn…", "Choose a source…")}</option>
                        {others}
                    </select>
                </div>
            </fieldset>
            <div hidden=move || !none_said.get() && !ids.with(Vec::is_empty)>
                <Tick survey=survey id="no-income" path=field::NO_INCOME label=t("Không có thu nhập nào trong 12 tháng qua", "No income at all in the last 12 months") />
            </div>
            <p class="error" hidden=move || !none_said.get() || ids.with(Vec::is_empty)>
                {t(
                    "Vừa ghi “không có thu nhập” vừa có dòng thu nhập: các dòng được tính. Hãy bỏ một trong hai.",
                    "Both “no income” and income lines: the lines count. Please take one of them back.",
                )}
            </p>
        </Section>
    }
    .into_any()
}

fn short(source: IncomeSource) -> &'static str {
    let name = source.name(lang());
    name.split(['(', ',']).next().unwrap_or(name).trim()
}

#[component]
fn Line(
    survey: Survey,
    household: Memo<Household>,
    id: String,
    gone: RwSignal<Option<String>>,
) -> impl IntoView {
    let path = |name: &str| format!("income/{id}/{name}");
    let html = |name: &str| format!("income-{id}-{name}");
    let line = Memo::new({
        let id = id.clone();
        move |_| household.with(|h| h.income.get(&id).cloned()).unwrap_or_default()
    });
    let (amount, on_amount) = typed(survey, &path("amount"), MONEY);
    let (costs, on_costs) = typed(survey, &path("costs"), MONEY);
    let source = Memo::new(move |_| line.with(|l| l.source));
    let options = IncomeSource::ALL
        .map(|s| view! { <option value=s.word() selected=move || source.get() == Some(s)>{move || s.name(lang())}</option> })
        .into_iter()
        .collect_view();
    let pick = {
        let path = path("source");
        move |event| {
            let word = event_target_value(&event);
            survey.set(&path, if word.is_empty() { Value::Null } else { word.into() });
        }
    };
    let remove = {
        let (id, path) = (id.clone(), path("removed"));
        move |_| {
            survey.set(&path, true);
            gone.set(Some(id.clone()));
            show("income-title");
        }
    };
    let times = [(1, "Cả năm", "For the year"), (12, "Mỗi tháng", "Each month")]
        .map(|(n, vi, en)| {
            let path = path("times");
            view! {
                <button
                    type="button"
                    class="choice small-choice"
                    aria-pressed=move || (line.with(|l| l.times) == Some(n)).to_string()
                    on:click=move |_| survey.set(&path, n)
                >
                    {t(vi, en)}
                </button>
            }
        })
        .into_iter()
        .collect_view();
    let with_costs = move || line.with(|l| l.source.is_none_or(IncomeSource::has_costs) || l.costs.is_some());
    let total = move || {
        line.with(soho_shared::household::Income::line)
            .as_ref()
            .and_then(IncomeLine::net)
            .map_or(String::new(), |net| {
                format!("{} {}", now("Còn lại trong 12 tháng:", "Left in 12 months:"), dong(net))
            })
    };
    let not_counted = move || {
        source
            .get()
            .is_some_and(|s| !s.counts())
            .then(|| now("Ghi lại nhưng không tính vào thu nhập.", "Recorded, but not counted as income."))
    };
    let amount_label = move || match line.with(|l| l.times) {
        None | Some(1) => now("Số tiền thu được", "Amount received"),
        Some(12) => now("Số tiền mỗi tháng", "Amount a month"),
        Some(_) => now("Số tiền mỗi lần", "Amount each time"),
    };
    view! {
        <div class="item" role="group" aria-label=t("Một dòng thu nhập", "One income line") data-testid="income-line">
            <div class="field">
                <label for=html("source")>{t("Nguồn", "Source")}</label>
                <select id=html("source") on:change=pick>
                    <option value="" selected=move || source.get().is_none()>{t("(chưa chọn)", "(not chosen)")}</option>
                    {options}
                </select>
                <p class="hint">{move || source.get().map(IncomeSource::legal_term)}</p>
            </div>
            <Dispute survey=survey path=path("source") />
            <MoneyField id=html("amount") label=amount_label value=amount on_input=on_amount />
            <Dispute survey=survey path=path("amount") />
            <div class="row times">{times}</div>
            <Number survey=survey id=html("times") path=path("times") label=t("Số lần trong 12 tháng", "Times in the 12 months") min=1 max=366 />
            <div hidden=move || !with_costs()>
                <MoneyField
                    id=html("costs")
                    label=t("Chi phí cả 12 tháng", "Costs of all 12 months")
                    hint=t("Giống, phân, thức ăn, thuê mướn…", "Seed, fertiliser, feed, hired work…")
                    value=costs
                    on_input=on_costs
                />
                <Dispute survey=survey path=path("costs") />
            </div>
            <p class="total" data-testid="income-total">{total}</p>
            <p class="hint">{not_counted}</p>
            <button type="button" class="button plain" data-testid="remove-income" on:click=remove>{t("Bỏ dòng này", "Take this line off")}</button>
        </div>
    }
    .into_any()
}
