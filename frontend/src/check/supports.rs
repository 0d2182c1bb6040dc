//! What the class entitles to: supports in force, then separately the plan's aims and those only proposed, marked
//! as such, and the few questions that still matter for them.

use jiff::civil::Date;
use leptos::prelude::*;
use soho_frontend::i18n::{lang, now, t};
use soho_frontend::ui::Tile;
use soho_frontend::ui::dom::{El, el};
use soho_frontend::ui::field::{Field, typed_number};
use soho_frontend::ui::format::{date, dong};
use soho_frontend::ui::pick::{radio_tiles, stepper};
use soho_shared::area::Residence;
use soho_shared::entitlement::{
    Amount, Circumstances, Condition, Detail, Entitlement, Opened, Per, Share, Stage, Status, ever_opened,
    opened,
};
use soho_shared::household::Group;
use soho_shared::law;
use soho_shared::standard::{Class, Confidence, Source, Standard};
use soho_shared::words::cited;

use super::answer::{Answer, Settled};
use super::state::State;
use super::years;

/// Questions that can be asked, in their order, each with the key of its answer.
const QUESTIONS: [(Condition, &str); 7] = [
    (Condition::PupilInSchool, "pupils"),
    (Condition::SeriouslyIll, "ill"),
    (Condition::HousingDifficulty, "housing"),
    (Condition::InGroup(Group::SocialProtection), "social_protection"),
    (Condition::ScarceWater, "water"),
    // One question asks about any time; the answers distinguish the times.
    (Condition::Escaped(None), "escaped"),
    (Condition::OwesPolicyBank, "owes"),
];

/// Returns whether the law files have a standard's supports, so that the page promises none where they do not.
pub(crate) fn known(standard: &Standard) -> bool {
    law::knows_entitlements(standard)
}

/// Returns the day whose supports are shown: today or, by the standard of other years, the last day of that one.
fn day(state: &State, standard: &Standard) -> Date {
    let today = standard.from <= state.date && state.date <= standard.to;
    if today { state.date } else { standard.to }
}

fn circumstances(state: &State, answer: &Answer) -> Circumstances {
    let yes = |key: &str| match state.said(key).as_str() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    let escaped = state.said("escaped");
    Circumstances {
        pupils: state.pupils.with(|t| typed_number(t, 0, 20)).value().and_then(|n| u8::try_from(n).ok()),
        seriously_ill: yes("ill"),
        owes_policy_bank: yes("owes"),
        housing_difficulty: yes("housing"),
        scarce_water: yes("water"),
        groups: yes("social_protection")
            .map(|is| if is { vec![Group::SocialProtection] } else { Vec::new() }),
        escaped_years_ago: match escaped.as_str() {
            "recently" => Some(2),
            "three" => Some(3),
            "earlier" => Some(u8::MAX),
            _ => None,
        },
        history_known: !escaped.is_empty(),
        ..unasked(state, answer)
    }
}

/// Returns what is known without the questions.
fn unasked(state: &State, answer: &Answer) -> Circumstances {
    Circumstances {
        class: answer.class(),
        residence: answer.residence,
        commune: state.commune.get(),
        ..Circumstances::default()
    }
}

/// Returns the supports open in these circumstances; none where the law files have none.
fn open(state: &State, answer: &Answer, circumstances: &Circumstances) -> Vec<Opened> {
    let all = law::entitlements(answer.standard).unwrap_or_default();
    let standard = answer.standard;
    if standard.to < state.date {
        return ever_opened(all, circumstances, (standard.from, standard.to));
    }
    opened(all, circumstances, day(state, standard))
}

/// Returns the questions that can change the list for this class: those of any support that it may open.
fn asked(state: &State, answer: &Answer) -> Vec<&'static str> {
    let all = open(state, answer, &unasked(state, answer));
    let conditions: Vec<Condition> = all.into_iter().flat_map(|o| o.conditions_open).collect();
    let escaped = !matches!(state.said("escaped").as_str(), "" | "never");
    let matters = |condition: Condition| {
        conditions.iter().any(|open| match (open, condition) {
            (Condition::Escaped(_), Condition::Escaped(_)) => true,
            _ => *open == condition,
        })
    };
    QUESTIONS
        .into_iter()
        .filter(|(condition, key)| matters(*condition) && (*key != "owes" || escaped))
        .map(|(_, key)| key)
        .collect()
}

/// Returns the supports of one status, the certain ones first.
fn listed(state: &State, answer: &Answer, status: Status) -> Vec<Opened> {
    let mut open = open(state, answer, &circumstances(state, answer));
    open.retain(|o| o.stage.status == status);
    open.sort_by_key(|o| !o.is_certain());
    open
}

/// The answer as far as supports depend on it, so that not every key that is pressed builds them anew.
#[derive(Clone, Copy)]
struct Decided {
    answer: Settled,
    /// The first day of the standard, and what it says of the household.
    changes: Memo<(Date, Option<Residence>, Option<Class>)>,
}

impl Decided {
    fn of(answer: Settled) -> Self {
        let changes = Memo::new(move |_| answer.with(|a| (a.standard.from, a.residence, a.class())));
        Decided { answer, changes }
    }

    fn with<T>(self, f: impl FnOnce(&Answer) -> T) -> T {
        // Read, not only tracked: a memo that nobody has read follows nothing
        // (`findings/leptos-memo-track-follows-nothing.sh`).
        let _ = self.changes.get();
        self.answer.with_untracked(f)
    }
}

fn entries(state: State, decided: Decided, status: Status) -> Vec<El> {
    decided.with(|a| listed(&state, a, status).iter().map(entry).collect())
}

/// Builds the questions and the lists.
pub(crate) fn supports(state: State, answer: Settled) -> El {
    let decided = Decided::of(answer);
    let questions = Memo::new(move |_| decided.with(|a| asked(&state, a)));
    let asked = QUESTIONS.map(|(condition, key)| {
        question(state, condition, key).flag("hidden", move || !questions.with(|q| q.contains(&key)))
    });
    let unknown = move || !known(state.standard());
    let in_force = move || {
        let list = entries(state, decided, Status::InForce);
        if unknown() {
            vec![el("li").id("supports-unknown").says(t(
                "Phần mềm chưa có danh sách hỗ trợ theo chuẩn này. Hộ vẫn có thể được hỗ trợ: hãy hỏi Ủy ban nhân dân xã.",
                "The supports under this standard are not in this program. There may still be some: ask the commune's office.",
            ))]
        } else if list.is_empty() {
            vec![el("li").says(t(
                "Không có hỗ trợ nào trong danh sách cho trường hợp này.",
                "None of the listed supports is for this case.",
            ))]
        } else {
            list
        }
    };
    el("div").with([
        el("h2").says(move || {
            if unknown() {
                now("Hỗ trợ", "Support")
            } else {
                now("Hộ được hưởng gì", "What the household is entitled to")
            }
        }),
        el("div")
            .class("no-print")
            .flag("hidden", move || questions.with(Vec::is_empty))
            .with([el("p").says(t(
                "Trả lời thêm nếu muốn biết chắc hơn; bỏ qua cũng được.",
                "Answer more for a surer result, or skip.",
            ))])
            .with(asked),
        el("h3").flag("hidden", unknown).says(move || heading(state)),
        el("p").flag("hidden", move || unknown() || is_today(state)).says(move || as_on(state)),
        el("ul").class("supports").id("supports").made(in_force),
        no_right(
            state,
            decided,
            Status::Aim,
            "supports-aims",
            ("Mục tiêu của kế hoạch", "Aims of the plan"),
            (
                "Kế hoạch 1051 đặt ra để phấn đấu: nơi nào làm được thì có.",
                "Plan 1051 sets them as aims: they are there where they are carried out.",
            ),
        ),
        no_right(
            state,
            decided,
            Status::Proposed,
            "supports-proposed",
            ("Mới đề xuất, chưa được hưởng", "Only proposed, not yet a right"),
            (
                "Kế hoạch 1051 mới nêu đề xuất; chưa ai được hưởng.",
                "Plan 1051 only proposes these; nobody can claim them.",
            ),
        ),
    ])
}

fn is_today(state: State) -> bool {
    day(&state, state.standard()) == state.date
}

/// Returns the heading of the list: supports of a period that is over are history.
fn heading(state: State) -> String {
    let standard = state.standard();
    if standard.to < state.date {
        let before = now("Chính sách của giai đoạn", "Supports of");
        format!("{before} {}{}", years(standard), now(", nay đã hết", ", now over"))
    } else {
        now("Đang có hiệu lực", "In force").to_owned()
    }
}

/// Returns the day whose supports are shown, in words.
fn as_on(state: State) -> String {
    if state.standard().to < state.date {
        return now(
            "Dòng nào có ngày thì chỉ áp dụng trong thời gian đó.",
            "A line with dates applied only then.",
        )
        .to_owned();
    }
    let day = written(day(&state, state.standard()));
    let before = now("Danh sách tính đến ngày", "The list as on");
    format!("{before} {day}{}", now(", ngày cuối của chuẩn này.", ", the last day of this standard."))
}

/// Builds the box of the supports of a status that is no right; it is hidden while it is empty.
fn no_right(
    state: State,
    decided: Decided,
    status: Status,
    id: &str,
    heading: (&'static str, &'static str),
    words: (&'static str, &'static str),
) -> El {
    let empty = move || decided.with(|a| listed(&state, a, status).is_empty());
    el("div").class("proposed").flag("hidden", empty).with([
        el("h3").says(t(heading.0, heading.1)),
        el("p").says(t(words.0, words.1)),
        el("ul").class("supports").id(id).made(move || entries(state, decided, status)),
    ])
}

fn tile(key: &str, word: &'static str, vi: &'static str, en: &'static str) -> Tile {
    Tile::new(format!("{key}-{word}"), word, t(vi, en))
}

fn question(state: State, condition: Condition, key: &'static str) -> El {
    if key == "pupils" {
        let label = t(
            "Nhà có mấy con em đang học mẫu giáo hoặc phổ thông?",
            "How many children go to kindergarten or school?",
        );
        let wrong = ("Số con em đi học phải từ 0 đến 20", "The number of pupils must be from 0 to 20");
        return stepper(Field::of("pupils", label, state.pupils), 0, 20, wrong);
    }
    let tiles = if key == "escaped" {
        vec![
            tile(key, "never", "Không", "No"),
            tile(key, "recently", "Có, trong 1–2 năm nay", "Yes, in the last 1–2 years"),
            tile(key, "three", "Có, 3 năm trước", "Yes, 3 years ago"),
            tile(key, "earlier", "Có, đã lâu hơn", "Yes, longer ago"),
        ]
    } else {
        vec![tile(key, "yes", "Có", "Yes"), tile(key, "no", "Không", "No")]
    };
    let legend = move || condition.question(lang());
    radio_tiles(key, legend, tiles, move || state.said(key), move |word| state.say(key, word), "inline")
}

fn written(day: Date) -> String {
    date(day.year(), day.month(), day.day())
}

fn to_be_checked() -> &'static str {
    now(" (cần đối chiếu với văn bản)", " (to be checked against the instrument)")
}

/// Returns what follows a fact that is less sure than its support; of a support that is not sure the source says it.
fn unsure(confidence: Confidence, stage: &Stage) -> &'static str {
    let sure = confidence == Confidence::High || stage.source.confidence != Confidence::High;
    if sure { "" } else { to_be_checked() }
}

fn paid(share: Share) -> String {
    let before = if share.at_least {
        now("Được hỗ trợ ít nhất", "Covers at least")
    } else {
        now("Được hỗ trợ", "Covers")
    };
    format!("{before} {}{}", share.percent, now("\u{a0}%", "%"))
}

fn amount(amount: Amount, open: &Opened) -> String {
    let each = match amount.per {
        Per::HouseholdMonth => now("mỗi hộ mỗi tháng", "a household a month"),
        Per::PupilMonth => now("mỗi học sinh mỗi tháng", "a pupil a month"),
    };
    let sum = match (amount.per, open.total) {
        (Per::PupilMonth, Some(total)) => {
            format!("; {} {} {}", now("hộ này", "this household"), dong(total), now("mỗi tháng", "a month"))
        }
        _ => String::new(),
    };
    format!("{} {each}{sum}{}", dong(amount.vnd), unsure(amount.confidence, open.stage))
}

/// Returns what is paid; `None` where no figure is known.
fn money(open: &Opened) -> Option<String> {
    let stage = open.stage;
    let months = |months: u8| {
        let after = now("tháng một năm học", "months a school year");
        format!("{} {months} {after}", now("nhiều nhất", "at most"))
    };
    let parts =
        [stage.share.map(paid), stage.amount.map(|known| amount(known, open)), stage.months.map(months)];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn words(detail: &Detail, stage: &Stage) -> String {
    format!("{}{}", lang().pick(detail.vi, detail.en), unsure(detail.confidence, stage))
}

/// Returns from when to when it is so, as far as that is known.
fn dates(stage: &Stage) -> Option<String> {
    let from = stage.from.map(|day| format!("{} {}", now("Từ ngày", "From"), written(day)));
    let to = stage.to.map(|day| {
        let before =
            if from.is_some() { now(" đến hết ngày", " to") } else { now("Đến hết ngày", "To") };
        format!("{before} {}", written(day))
    });
    (from.is_some() || to.is_some()).then(|| [from, to].into_iter().flatten().collect())
}

/// Returns an instrument with its article, and that it is to be checked where it is not sure.
fn cite(source: &Source) -> String {
    let mut text = cited(lang(), &source.instrument);
    if let Some(article) = &source.article {
        text = format!("{text}, {}", cited(lang(), article));
    }
    if source.confidence != Confidence::High {
        text.push_str(to_be_checked());
    }
    text
}

/// Returns where it is written: the instrument, the plan, and a remark on them.
fn sources(support: &Entitlement, stage: &Stage) -> String {
    let source = &stage.source;
    let instrument = support.plan.is_none_or(|plan| plan.name != source.instrument).then(|| cite(source));
    let plan = support.plan.map(|plan| {
        let twice = if plan.is_numbered_twice() {
            now(
                " (bản in có hai mục IV; V là mục IV thứ hai)",
                " (the print has two sections IV; V is the second)",
            )
        } else {
            ""
        };
        format!("{}, {} {}{twice}", cited(lang(), plan.name), now("mục", "section"), plan.section)
    });
    let note = source.note.as_ref().map(|note| note.text(lang()).to_owned());
    let parts: Vec<String> = [instrument, plan, note].into_iter().flatten().collect();
    parts.join("; ")
}

fn entry(open: &Opened) -> El {
    let (support, stage) = (open.entitlement, open.stage);
    let lang = lang();
    let both = |(vi, en): (&'static str, &'static str)| lang.pick(vi, en);
    let mut conditions: Vec<&str> = open.conditions_open.iter().map(|c| c.clause(lang)).collect();
    conditions.extend(support.only_if.map(both));
    let only_if = (!conditions.is_empty())
        .then(|| format!("{} {}", now("Nếu", "If"), conditions.join(now(" và ", " and "))));
    let also = stage
        .also
        .as_ref()
        .map(|also| format!("{}{}", now("Cũng dành cho: ", "Also for: "), words(also, stage)));
    // The other text is another source's, which stands with it.
    let differs = stage.differs.as_ref().and_then(|source| {
        source.note.as_ref().map(|note| format!("{} ({})", note.text(lang), cite(source)))
    });
    let office = format!("{}{}", now("Nơi liên hệ: ", "Where to go: "), support.where_to_go(lang));
    let bring = support
        .bring
        .map(|bring| format!("{}{}", now("Thường cần mang theo: ", "Usually asked for: "), both(bring)));
    let line = |class: &str, text: Option<String>| text.map(|text| el("p").class(class).text(&text));
    el("li")
        .id(&format!("support-{}", support.id))
        .with([el("strong").text(support.name(lang))])
        .maybe(line("only-if", only_if))
        .maybe(line("money-line", money(open)))
        .maybe(line("", stage.detail.as_ref().map(|detail| words(detail, stage))))
        .maybe(line("", dates(stage)))
        .maybe(line("differs", differs))
        .maybe(line("also", also))
        .maybe(line("", support.priority.map(|priority| both(priority).to_owned())))
        .maybe(line("", Some(office)))
        .maybe(line("bring", bring))
        .maybe(line("small", Some(sources(support, stage))))
}
