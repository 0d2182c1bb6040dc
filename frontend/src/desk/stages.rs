//! The stages of a commune's round: where it is, what stands in the way, and moving it on or back.

use gloo::net::http::Request;
use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, now, t};
use soho_frontend::ui::number_text::count;
use soho_frontend::ui::{Notice, Tone, focus};
use soho_shared::area::CommuneCode;
use soho_shared::stage::{Blocks, Progress, Stage};
use soho_shared::wire::rounds::{CommuneRound, StageMove, WorkList};

use crate::address::{Asked, Page, list_word};
use crate::back::Back;
use crate::commune::Shown;
use crate::net::{self, Problem};
use crate::problem::Refused;
use crate::rounds::signed;
use crate::state::{desk, href};

/// The word for a round that was never opened.
const NOT_OPENED: (&str, &str) = ("Chưa mở đợt", "Not opened");

/// A stage as a word, with a row of marks that are filled up to it.
#[component]
pub fn StageMark(
    /// The stage; `None` where the round was never opened.
    stage: Option<Stage>,
) -> impl IntoView {
    let name = move || stage.map_or_else(|| now(NOT_OPENED.0, NOT_OPENED.1), |stage| stage.name(lang()));
    let marks = Stage::ALL.into_iter().enumerate().map(|(place, (_, other))| {
        let class = if stage >= Some(other) { "reached" } else { "" };
        view! { <rect class=class x=(place * 9).to_string() y="1" width="7" height="8" /> }
    });
    view! {
        <span class="stage-mark" data-testid="stage" data-stage=stage_word(stage)>
            <svg viewBox="-1 0 55 10" aria-hidden="true">{marks.collect_view()}</svg>
            <span>{name}</span>
        </span>
    }
    .into_any()
}

fn stage_word(stage: Option<Stage>) -> String {
    stage.map_or_else(|| "none".to_owned(), |stage| stage.to_string())
}

/// The stages in their order, and what moves the round.
#[component]
pub fn Stages(shown: Shown) -> impl IntoView {
    let of = Memo::new(move |_| shown.detail.with(|detail| detail.of.clone()));
    let stage = Memo::new(move |_| of.with(|of| of.stage));
    let line = move |step: Stage| {
        let state = move || match stage.get() {
            now if now == Some(step) => "now",
            now if now > Some(step) => "done",
            _ => "ahead",
        };
        let mark = move || match state() {
            "done" => "✓",
            "now" => "▶",
            _ => "○",
        };
        let said = move || match state() {
            "done" => now("xong", "done"),
            "now" => now("đang ở bước này", "now"),
            _ => now("chưa tới", "ahead"),
        };
        view! {
            <li
                data-testid="stage"
                data-stage=step.to_string()
                data-state=state
                aria-current=move || (state() == "now").then_some("step")
            >
                <span class="mark" aria-hidden="true">{mark}</span>
                <span>{move || step.name(lang())} <small>{said}</small></span>
            </li>
        }
    };
    let reason = move || of.with(|of| of.reason.clone());
    let desk = desk();
    let to_recognition = move || href(Page::Recognition, &desk.here(), lang());
    // What is typed stays while other figures of the commune change.
    let next = Memo::new(move |_| of.with(At::of));
    let back = Memo::new(move |_| At { blocks: Blocks::default(), ..of.with(At::of) });
    view! {
        <section class="part" data-section="stages">
            <h2 id="stages-title" tabindex="-1">{t("Các bước của đợt", "Stages of the round")}</h2>
            <ol class="stages">{Stage::ALL.map(|(_, step)| line(step))}</ol>
            <Show when=move || stage.get().is_none()>
                <p>{t(
                    "Đợt này chưa mở ở xã: phiếu vẫn ghi được, nhưng chưa có bước nào.",
                    "This round was never opened here: records can be written, but there is no stage yet.",
                )}</p>
            </Show>
            <Show when=move || of.with(|of| of.reported)>
                <p data-testid="reported">"✓ " {t("Huyện đã báo cáo kết quả của xã.", "The district has reported the result.")}</p>
            </Show>
            <Show when=move || of.with(|of| of.reason.is_some())>
                <Notice tone=Tone::Warning>
                    <p>{t("Lần trả lại gần nhất: ", "Last sent back: ")} <q>{reason}</q></p>
                </Notice>
            </Show>
            <p class="no-print"><a href=to_recognition data-testid="to-recognition">
                {t("Họp ấp, niêm yết, công nhận và giấy chứng nhận", "Meetings, posting, recognition and certificates")}
            </a></p>
            {move || view! { <Next shown=shown at=next.get() /> }}
            {move || view! { <Back shown=shown at=back.get() /> }}
        </section>
    }
    .into_any()
}

/// What decides how a round may be moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct At {
    /// The commune.
    pub commune: CommuneCode,
    /// How far the round is.
    pub progress: Progress,
    blocks: Blocks,
}

impl At {
    fn of(of: &CommuneRound) -> Self {
        let progress = Progress { stage: of.stage, posted: None, reported: of.reported };
        At { commune: of.commune, progress, blocks: of.blocks }
    }
}

/// Moves the round; what is refused is said by `refused`.
pub fn go(shown: Shown, step: StageMove, busy: RwSignal<bool>, refused: RwSignal<Option<Problem>>) {
    let url = format!("{}/stage", shown.commune_address());
    let number = shown.begin();
    busy.set(true);
    refused.set(None);
    leptos::task::spawn_local(async move {
        match net::write(Request::post(&url), &step).await {
            Ok(detail) => {
                shown.take(number, detail);
                focus("stages-title");
            }
            Err(problem) => {
                refused.try_set(Some(problem));
            }
        }
        busy.try_set(false);
    });
}

/// What stands in the way of the next stage, and the button that goes there.
#[component]
fn Next(shown: Shown, at: At) -> impl IntoView {
    let role = desk().who().role;
    let from = at.progress.stage;
    let Some(next) = from.map_or(Some(Stage::Open), Stage::next) else { return ().into_any() };
    let (busy, refused, is_sure) = (RwSignal::new(false), RwSignal::new(None), RwSignal::new(false));
    let blocks = at.blocks.before(next);
    let action = match at.progress.may_go(role, next, false) {
        Ok(()) => {
            // What a commune cannot take back is asked once more.
            let is_final = matches!(next, Stage::Posting | Stage::Closed);
            let move_on = move |_| {
                if is_final && !is_sure.get_untracked() {
                    is_sure.set(true);
                } else {
                    go(shown, StageMove { from, to: next, why: None }, busy, refused);
                }
            };
            view! {
                <Refused id="next-problem" problem=refused />
                <p>
                    <button
                        type="button"
                        class="button"
                        data-testid="next-stage"
                        data-to=next.to_string()
                        data-sure=move || is_sure.get().then_some("")
                        disabled=move || busy.get()
                        on:click=move_on
                    >
                        {move || if is_sure.get() {
                            format!("{}: {}", now("Đúng", "Yes"), action_name(next, lang()))
                        } else {
                            action_name(next, lang()).to_owned()
                        }}
                    </button>
                </p>
                <p role="status">{move || if is_sure.get() {
                    now("Xã không tự lùi lại được: bấm lần nữa nếu đúng.", "The commune cannot take this back: tap once more if it is right.")
                } else {
                    ""
                }}</p>
                <p class="hint">{move || meaning(next, lang())}</p>
            }
            .into_any()
        }
        Err(why) => view! { <p class="hint">{move || why.text(lang())}</p> }.into_any(),
    };
    view! {
        <div class="next no-print">
            {(!blocks.is_nothing()).then(|| view! { <InTheWay blocks=blocks next=next /> })}
            {action}
        </div>
    }
    .into_any()
}

/// What is done to reach a stage, on its button.
const fn action_name(stage: Stage, lang: Lang) -> &'static str {
    match stage {
        Stage::Open => lang.pick("Mở đợt rà soát", "Open the round"),
        Stage::Survey => lang.pick("Bắt đầu rà soát", "Begin the survey"),
        Stage::Meeting => lang.pick("Chuyển sang họp ấp", "Go on to the hamlet meetings"),
        Stage::Posting => lang.pick("Niêm yết kết quả", "Post the result"),
        Stage::Recognised => lang.pick("Công nhận kết quả", "Recognise the result"),
        Stage::Closed => lang.pick("Khóa đợt", "Close the round"),
    }
}

/// What a stage means for those who work in it.
const fn meaning(stage: Stage, lang: Lang) -> &'static str {
    match stage {
        Stage::Open => lang.pick(
            "Mở đợt: phân công điều tra viên, kê khai tổng số hộ từng ấp.",
            "Opening: assign volunteers and declare the households of each hamlet.",
        ),
        Stage::Survey => lang.pick("Điều tra viên đến từng hộ.", "Volunteers visit the households."),
        Stage::Meeting => lang.pick("Họp ấp bình xét danh sách.", "Hamlet meetings go through the list."),
        Stage::Posting => lang.pick(
            "Niêm yết danh sách: từ đây điều tra viên không ghi thêm, chỉ huyện trả lại được.",
            "The list is posted: volunteers write no more, and only the district sends it back.",
        ),
        Stage::Recognised => {
            lang.pick("Chủ tịch xã công nhận kết quả.", "The commune's chair recognises the result.")
        }
        Stage::Closed => lang.pick(
            "Khóa đợt: số liệu là cuối cùng, điều ghi sau đó không được tính, trừ hỗ trợ hộ đã nhận.",
            "Closing: the figures are final, and what is written later does not count, but for supports given.",
        ),
    }
}

/// Each thing to work off, as a link to where it is done.
#[component]
fn InTheWay(blocks: Blocks, next: Stage) -> impl IntoView {
    let desk = desk();
    let lists = [
        Some(WorkList::Pending),
        Some(WorkList::Incomplete),
        Some(WorkList::Conflicts),
        Some(WorkList::SentBack),
        None,
    ];
    let lines = blocks.named().into_iter().zip(lists);
    let lines = lines.filter(|((number, ..), _)| *number > 0).map(|((number, vi, en), list)| {
        let to = move || match list {
            Some(_) => format!("{}#work-title", href(Page::Commune, &Asked { list, ..desk.here() }, lang())),
            None => format!("{}#hamlets-title", href(Page::Commune, &desk.here(), lang())),
        };
        let words = move || format!("{}\u{a0}{}", count(signed(number), lang()), now(vi, en));
        view! {
            <li><a href=to data-testid="block" data-list=list.map_or("undeclared", list_word)>{words}</a></li>
        }
    });
    view! {
        <p>{move || match lang() {
            Lang::Vi => format!("Còn phải làm trước bước “{}”:", next.name(Lang::Vi)),
            Lang::En => format!("To be done before the stage “{}”:", next.name(Lang::En)),
        }}</p>
        <ul class="blocks">{lines.collect_view()}</ul>
    }
    .into_any()
}
