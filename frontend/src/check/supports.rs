//! What the class entitles to: supports in force, then separately those only proposed, marked as such, and
//! the few questions that still matter for them.

use leptos::prelude::*;
use soho_frontend::i18n::{lang, now, t};
use soho_frontend::ui::Tile;
use soho_frontend::ui::dom::{El, el};
use soho_frontend::ui::field::{Field, typed_number};
use soho_frontend::ui::format::dong;
use soho_frontend::ui::pick::{radio_tiles, stepper};
use soho_shared::entitlement::{Amount, Circumstances, Condition, Opened, Per, Status, opened};
use soho_shared::household::Group;
use soho_shared::law;
use soho_shared::standard::Confidence;

use super::answer::Answer;
use super::state::State;

/// Questions that can be asked, in their order, each with the key of its answer.
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
        class: answer.class(),
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

/// Returns the questions that can change the list for this class: those of any support that it may open.
fn asked(state: &State, answer: &Answer) -> Vec<&'static str> {
    let Some(all) = law::entitlements(answer.standard) else { return Vec::new() };
    let blank =
        Circumstances { class: answer.class(), commune: state.commune.get(), ..Circumstances::default() };
    let open: Vec<Condition> = opened(all, &blank).into_iter().flat_map(|o| o.conditions_open).collect();
    let escaped = !matches!(state.said("escaped").as_str(), "" | "never");
    QUESTIONS
        .into_iter()
        .filter(|(condition, key)| open.contains(condition) && (*key != "owes" || escaped))
        .map(|(_, key)| key)
        .collect()
}

/// Builds the entries of the supports of one status, the certain ones first; `None` where the law files have none.
fn listed(state: State, answer: &Answer, status: Status) -> Option<Vec<El>> {
    let all = law::entitlements(answer.standard)?;
    let mut open = opened(all, &circumstances(&state, answer));
    open.retain(|o| o.entitlement.status == status);
    let (certain, with_if): (Vec<_>, Vec<_>) = open.into_iter().partition(|o| o.conditions_open.is_empty());
    Some(certain.into_iter().chain(with_if).map(|o| entry(&o)).collect())
}

/// Builds the questions and the two lists.
pub(crate) fn supports(state: State, answer: Memo<Answer>) -> El {
    let questions = Memo::new(move |_| answer.with(|a| asked(&state, a)));
    let asked = QUESTIONS.map(|(condition, key)| {
        question(state, condition, key).flag("hidden", move || !questions.with(|q| q.contains(&key)))
    });
    let in_force = move || {
        match answer.with(|a| listed(state, a, Status::InForce)) {
        None => vec![el("li").id("supports-unknown").says(t(
            "Các hỗ trợ mở theo chuẩn này chưa có trong bộ luật của phần mềm. Không phải là không có: hãy hỏi Ủy ban nhân dân xã, phường.",
            "What this standard opens is not in this program's law files. That does not mean there is nothing: ask the commune's office.",
        ))],
        Some(list) if list.is_empty() => vec![el("li").says(t(
            "Không có hỗ trợ nào trong danh sách cho trường hợp này.",
            "None of the listed supports is for this case.",
        ))],
        Some(list) => list,
    }
    };
    let proposed = move || answer.with(|a| listed(state, a, Status::Proposed)).unwrap_or_default();
    let list = el("ul").class("supports").id("supports-proposed").made(proposed);
    let empty = {
        let list = list.node().clone();
        move || {
            // Runs again whenever the list changes.
            answer.track();
            state.said.track();
            list.child_element_count() == 0
        }
    };
    el("div").with([
        el("h2").says(t("Hộ được hưởng gì", "What the household is entitled to")),
        el("div")
            .class("no-print")
            .flag("hidden", move || questions.with(Vec::is_empty))
            .with([el("p").says(t(
                "Trả lời thêm nếu muốn biết chắc hơn; bỏ qua cũng được.",
                "Answer more to be surer; or skip.",
            ))])
            .with(asked),
        el("h3").says(t("Đang có hiệu lực", "In force")),
        el("ul").class("supports").id("supports").made(in_force),
        el("div").class("proposed").flag("hidden", empty).with([
            el("h3").says(t("Mới đề xuất, chưa được hưởng", "Only proposed, not yet a right")),
            el("p").says(t(
                "Kế hoạch 1051 mới đề nghị những điều sau; chưa ai đòi hỏi được.",
                "Plan 1051 only proposes these; nobody can claim them yet.",
            )),
            list,
        ]),
    ])
}

fn tile(key: &str, word: &'static str, vi: &'static str, en: &'static str) -> Tile {
    Tile::new(format!("{key}-{word}"), word, t(vi, en))
}

fn question(state: State, condition: Condition, key: &'static str) -> El {
    if key == "pupils" {
        let label = t(
            "Mấy con em đang học mẫu giáo hoặc phổ thông?",
            "How many children go to kindergarten or school?",
        );
        let wrong = ("Số con em đi học phải từ 0 đến 20", "The number of pupils must be from 0 to 20");
        return stepper(Field::of("pupils", label, state.pupils), 0, 20, wrong);
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
    let condition = match condition {
        // One question asks about any time; the answers distinguish the times.
        Condition::Escaped(_) => Condition::Escaped(None),
        other => other,
    };
    let legend = move || condition.question(lang());
    radio_tiles(key, legend, tiles, move || state.said(key), move |word| state.say(key, word), "inline")
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

fn entry(open: &Opened<'_>) -> El {
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
    // Where the plan is the source itself, its section is named already.
    if !source.contains(support.plan) {
        source = format!("{source}; {}, {} {}", support.plan, now("mục", "section"), support.plan_section);
    }
    let priority = support.priority.map(|(vi, en)| lang.pick(vi, en).to_owned());
    let line = |class: &str, text: Option<String>| text.map(|text| el("p").class(class).text(&text));
    el("li")
        .id(&format!("support-{}", support.id))
        .with([el("strong").text(support.name(lang))])
        .maybe(line("only-if", only_if))
        .maybe(line("money-line", money))
        .maybe(line("", priority))
        .maybe(line("", Some(format!("{}{}", now("Đến: ", "Go to: "), support.where_to_go(lang)))))
        .maybe(line("small", Some(source)))
}
