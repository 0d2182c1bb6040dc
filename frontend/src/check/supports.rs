//! What the class opens: supports in force, then apart and marked those only proposed; and the few questions
//! that still matter to them.

use leptos::prelude::*;
use soho_frontend::i18n::{lang, now, t};
use soho_frontend::ui::field::typed_number;
use soho_frontend::ui::format::dong;
use soho_frontend::ui::{RadioTiles, Stepper, Tile};
use soho_shared::entitlement::{Amount, Circumstances, Condition, Opened, Per, Status, opened};
use soho_shared::household::Group;
use soho_shared::law;
use soho_shared::standard::Confidence;

use super::answer::Answer;
use super::state::State;

/// The questions that can be asked, in their order, and the key each answer is kept under.
const QUESTIONS: [(Condition, &str); 7] = [
    (Condition::PupilInSchool, "pupils"),
    (Condition::SeriouslyIll, "ill"),
    (Condition::HousingDifficulty, "housing"),
    (Condition::InGroup(Group::SocialProtection), "social_protection"),
    (Condition::ScarceWater, "water"),
    (Condition::Escaped(Some(2)), "escaped"),
    (Condition::OwesPolicyBank, "owes"),
];

fn circumstances(state: &State, answer: &Answer) -> Circumstances {
    let yes = |key: &str| match state.said(key).as_str() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    let escaped = state.said("escaped");
    Circumstances {
        class: answer.class,
        pupils: state.pupils.with(|t| typed_number(t, 0, 20)).value().and_then(|n| u8::try_from(n).ok()),
        seriously_ill: yes("ill"),
        owes_policy_bank: yes("owes"),
        housing_difficulty: yes("housing"),
        scarce_water: yes("water"),
        groups: yes("social_protection")
            .map(|is| if is { vec![Group::SocialProtection] } else { Vec::new() }),
        commune: state.commune.get(),
        escaped_years_ago: match escaped.as_str() {
            "recently" => Some(1),
            "earlier" => Some(u8::MAX),
            _ => None,
        },
        history_known: !escaped.is_empty(),
    }
}

/// Which questions can change the list for this class: those asked by any support it may open.
fn asked(state: &State, answer: &Answer) -> Vec<&'static str> {
    let Some(all) = law::entitlements(answer.standard) else { return Vec::new() };
    let blank =
        Circumstances { class: answer.class, commune: state.commune.get(), ..Circumstances::default() };
    let open: Vec<Condition> = opened(all, &blank).into_iter().flat_map(|o| o.conditions_open).collect();
    let escaped = !matches!(state.said("escaped").as_str(), "" | "never");
    QUESTIONS
        .into_iter()
        .filter(|(condition, key)| open.contains(condition) && (*key != "owes" || escaped))
        .map(|(_, key)| key)
        .collect()
}

/// Questions and the two lists.
#[component]
pub(crate) fn Supports(state: State, answer: Memo<Answer>) -> impl IntoView {
    let questions = Memo::new(move |_| answer.with(|a| asked(&state, a)));
    let entries = move |status: Status| {
        answer.with(|a| {
            let all = law::entitlements(a.standard)?;
            let now_open = opened(all, &circumstances(&state, a));
            Some(
                now_open
                    .into_iter()
                    .filter(|o| o.entitlement.status == status)
                    .map(entry)
                    .collect::<Vec<_>>(),
            )
        })
    };
    let in_force = move || {
        match entries(Status::InForce) {
        None => view! {
            <p>{t("Các hỗ trợ của chuẩn này chưa có trong phần mềm; hãy hỏi xã.", "The supports of this standard are not in this program; ask the commune.")}</p>
        }
        .into_any(),
        Some(list) if list.is_empty() => view! {
            <p>{t("Không có hỗ trợ nào trong danh sách cho trường hợp này.", "None of the listed supports is for this case.")}</p>
        }
        .into_any(),
        Some(list) => view! { <ul class="supports" id="supports">{list}</ul> }.into_any(),
    }
    };
    let proposed = move || {
        entries(Status::Proposed).filter(|list| !list.is_empty()).map(|list| {
            view! {
                <div class="proposed">
                    <h3>{t("Mới đề xuất, chưa được hưởng", "Only proposed, not yet a right")}</h3>
                    <p>{t("Kế hoạch 1051 mới đề nghị những điều sau; chưa ai đòi hỏi được.", "Plan 1051 only proposes these; nobody can claim them yet.")}</p>
                    <ul class="supports" id="supports-proposed">{list}</ul>
                </div>
            }
        })
    };
    view! {
        <h2>{t("Hộ được hưởng gì", "What the household is entitled to")}</h2>
        <div class="no-print" hidden=move || questions.with(Vec::is_empty)>
            <p>{t("Trả lời thêm nếu muốn biết chắc hơn; bỏ qua cũng được.", "Answer more to be surer; or skip.")}</p>
            <For each=move || questions.get() key=|key| *key let:key>
                <Question state=state key=key />
            </For>
        </div>
        <h3>{t("Đang có hiệu lực", "In force")}</h3>
        {in_force}
        {proposed}
    }
    .into_any()
}

fn tile(key: &str, word: &'static str, vi: &'static str, en: &'static str) -> Tile {
    Tile::new(format!("{key}-{word}"), word, t(vi, en))
}

#[component]
fn Question(state: State, key: &'static str) -> impl IntoView {
    if key == "pupils" {
        return view! {
            <Stepper
                id="pupils"
                label=t("Mấy con em đang học mẫu giáo hoặc phổ thông?", "How many children go to kindergarten or school?")
                value=state.pupils
                on_input=move |text| state.pupils.set(text)
                min=0
                max=20
                wrong=("Số con em đi học phải từ 0 đến 20", "The number of pupils must be from 0 to 20")
            />
        }
        .into_any();
    }
    let tiles = if key == "escaped" {
        vec![
            tile(key, "never", "Không", "No"),
            tile(key, "recently", "Có, trong 1–2 năm nay", "Yes, in the last 1–2 years"),
            tile(key, "earlier", "Có, đã lâu hơn", "Yes, longer ago"),
        ]
    } else {
        vec![tile(key, "yes", "Có", "Yes"), tile(key, "no", "Không", "No")]
    };
    let condition = QUESTIONS.into_iter().find(|(_, k)| *k == key).map(|(condition, _)| match condition {
        // Any time is asked; the answers tell which.
        Condition::Escaped(_) => Condition::Escaped(None),
        other => other,
    });
    view! {
        <RadioTiles
            name=key
            legend=move || condition.map_or("", |c| c.question(lang()))
            tiles=tiles
            value=Signal::derive(move || state.said(key))
            on_pick=move |word: &'static str| state.say(key, word)
            class="inline"
        />
    }
    .into_any()
}

fn amount(amount: &Amount, total: Option<soho_shared::money::Vnd>) -> String {
    let unsure = match amount.confidence {
        Confidence::High => "",
        Confidence::Medium => now(" (cần đối chiếu với văn bản)", " (to be checked against the instrument)"),
    };
    let each = match amount.per {
        Per::HouseholdMonth => now("mỗi hộ mỗi tháng", "a household a month"),
        Per::PupilMonth => now("mỗi học sinh mỗi tháng", "a pupil a month"),
    };
    let sum = match (amount.per, total) {
        (Per::PupilMonth, Some(total)) => {
            format!("; {} {} {}", now("hộ này", "this household"), dong(total), now("mỗi tháng", "a month"))
        }
        _ => String::new(),
    };
    format!("{} {each}{sum}{unsure}", dong(amount.vnd))
}

fn entry(open: Opened<'_>) -> AnyView {
    let support = open.entitlement;
    let lang = lang();
    let conditions: Vec<&str> = open.conditions_open.iter().map(|c| c.clause(lang)).collect();
    let only_if = (!conditions.is_empty())
        .then(|| format!("{} {}", now("Nếu", "If"), conditions.join(now(" và ", " and "))));
    let money = support.amount.as_ref().map(|a| amount(a, open.total));
    let mut source = support.source.instrument.to_string();
    if let Some(article) = &support.source.article {
        source = format!("{source}, {article}");
    }
    if !source.contains(support.plan) {
        source = format!("{source}; {}", support.plan);
    }
    let source = format!("{source}, {} {}", now("mục", "section"), support.plan_section);
    view! {
        <li id=format!("support-{}", support.id)>
            <strong>{support.name(lang)}</strong>
            {only_if.map(|text| view! { <p class="only-if">{text}</p> })}
            {money.map(|text| view! { <p class="money-line">{text}</p> })}
            {support
                .priority
                .map(|(vi, en)| view! { <p>{now("Ưu tiên: ", "First: ")} {lang.pick(vi, en)}</p> })}
            <p>{now("Đến: ", "Go to: ")} {support.where_to_go(lang)}</p>
            <p class="small">{source}</p>
        </li>
    }
    .into_any()
}
