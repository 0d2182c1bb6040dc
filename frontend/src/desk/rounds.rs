//! How far the communes of an area are in a round, and what stands in their way.

use gloo::net::http::Request;
use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, now, t};
use soho_frontend::ui::number_text::count;
use soho_frontend::ui::{Notice, Tone};
use soho_shared::area::{self, AreaCode, CommuneCode};
use soho_shared::household::field::REPORTED;
use soho_shared::record::Value;
use soho_shared::stage::Stage;
use soho_shared::wire::rounds::{AreaEdit, CommuneDetail, CommuneRound, RoundOverview, WorkList};

use crate::address::{Asked, Page};
use crate::head::Guard;
use crate::net::{self, Loaded, Problem, Question};
use crate::opening::{Opening, Openings};
use crate::problem::{Refused, Waiting};
use crate::progress::{self, Progress, renew};
use crate::stages::StageMark;
use crate::state::{desk, href};
use crate::tools::Print;

/// A number of a commune's round: its head, its list, and where it is read.
type Column = (&'static str, &'static str, Option<WorkList>, fn(&CommuneRound) -> u64);

/// Rows from which on a table scrolls in a box of its own.
pub const LONG: usize = 12;

/// The numbers to work off, in the order of the table.
const COLUMNS: [Column; 6] = [
    ("Còn phải thăm", "Still to visit", Some(WorkList::Pending), |of| of.blocks.pending),
    ("Chưa đủ", "Incomplete", Some(WorkList::Incomplete), |of| of.blocks.incomplete),
    ("Khác nhau", "In conflict", Some(WorkList::Conflicts), |of| of.blocks.conflicts),
    ("Họp ấp trả lại", "Sent back by the meeting", Some(WorkList::SentBack), |of| {
        of.blocks.sent_back
    }),
    ("Ấp chưa kê khai", "Hamlets undeclared", None, |of| of.blocks.undeclared),
    ("Ghi sau khi khóa", "Edited late", Some(WorkList::Late), |of| of.late),
];

/// The page of an area's communes.
#[component]
pub fn Rounds() -> impl IntoView {
    view! { <Guard page=Page::Rounds><Overview /></Guard> }.into_any()
}

#[component]
fn Overview() -> impl IntoView {
    let desk = desk();
    let url = move || {
        let here = desk.here();
        here.commune().is_none().then(|| format!("/api/v1/rounds/{}?area={}", here.round, here.area))
    };
    let question = Question::<RoundOverview>::of(url);
    // A commune's page tells its round.
    Effect::new(move |_| {
        let here = desk.here();
        if here.commune().is_some() && desk.page.get() == Some(Page::Rounds) {
            desk.amend(Page::Commune, &here);
        }
    });
    let under = move || match lang() {
        Lang::Vi => format!("Các xã trong đợt rà soát {}", desk.here().round),
        Lang::En => format!("Communes in the round of {}", desk.here().round),
    };
    let overview = Memo::new(move |_| question.answer.with(|answer| answer.here().cloned()));
    // The rows stay while their numbers change.
    let communes = Memo::new(move |_| {
        overview.with(|overview| {
            let communes = &overview.as_ref()?.communes;
            Some(communes.iter().map(|of| of.commune).collect::<Vec<_>>())
        })
    });
    let units = Memo::new(move |_| {
        let within = desk.here().area;
        overview.with(|overview| {
            overview.as_ref().map(|of| progress::units(within, &of.communes)).unwrap_or_default()
        })
    });
    view! {
        <h1 id="page-title" tabindex="-1" lang="vi">{move || desk.here().area.name()}</h1>
        <p class="lead under">{under}</p>
        <Waiting question=question />
        {move || communes.get().map(|communes| {
            if communes.is_empty() {
                view! {
                    <Notice tone=Tone::Info><p>{t("Không có xã nào ở đây.", "There is no commune here.")}</p></Notice>
                }
                .into_any()
            } else {
                view! {
                    <Stages overview=overview />
                    <Progress units=units renew=renew(question) />
                    <Table overview=overview communes=communes question=question />
                }
                .into_any()
            }
        })}
        <Show when=move || overview.with(Option::is_some)>
            <Opening openings=Openings::of_area(desk, question) />
        </Show>
    }
    .into_any()
}

/// How many communes are at which stage.
#[component]
fn Stages(overview: Memo<Option<RoundOverview>>) -> impl IntoView {
    let reached = Memo::new(move |_| {
        overview.with(|overview| {
            let communes = overview.iter().flat_map(|overview| &overview.communes);
            communes.map(|of| of.stage).collect::<Vec<_>>()
        })
    });
    let lines = move || {
        let reached = reached.get();
        let all = reached.len();
        let stages = std::iter::once(None).chain(Stage::ALL.into_iter().map(|(_, stage)| Some(stage)));
        let lines = stages.filter_map(|stage| {
            let number = reached.iter().filter(|of| **of == stage).count();
            (number > 0).then(|| {
                view! { <li><StageMark stage=stage /> <strong class="number">{format!("{number}/{all}")}</strong></li> }
            })
        });
        lines.collect_view()
    };
    view! {
        <ul class="at-stages" aria-label=t("Số xã ở mỗi bước", "Communes at each stage")>{lines}</ul>
    }
    .into_any()
}

#[component]
fn Table(
    overview: Memo<Option<RoundOverview>>,
    communes: Vec<CommuneCode>,
    question: Question<RoundOverview>,
) -> impl IntoView {
    let desk = desk();
    let reports = desk.who().reports();
    let total = move |read: fn(&CommuneRound) -> u64| {
        overview
            .with(|overview| overview.iter().flat_map(|overview| &overview.communes).map(read).sum::<u64>())
    };
    let sums =
        COLUMNS.map(|(.., read)| view! { <td class="num">{move || count(signed(total(read)), lang())}</td> });
    let heads = COLUMNS.map(|(vi, en, ..)| view! { <th scope="col" class="num">{t(vi, en)}</th> });
    let refused = RwSignal::new(None);
    let of_districts = untrack(|| matches!(desk.here().area, AreaCode::Province(_)));
    let is_long = communes.len() > LONG;
    let rows = communes.into_iter().map(|commune| {
        let of = Memo::new(move |_| {
            overview.with(|overview| {
                let communes = &overview.as_ref()?.communes;
                communes.iter().find(|of| of.commune == commune).cloned()
            })
        });
        view! { <Line commune=commune of=of of_districts=of_districts question=question refused=refused /> }
    });
    view! {
        <section class="part" data-section="rounds">
            <div class="part-head">
                <h2 id="rounds-title">{t("Từng xã", "By commune")}</h2>
                <div class="tools no-print"><Print /></div>
            </div>
            <Refused id="reported-problem" problem=refused />
            <div class="table-box" class:long=is_long role="region" tabindex="0" aria-labelledby="rounds-title">
                <table class="figures" data-testid="rounds-table">
                    <thead>
                        <tr>
                            <th scope="col" data-col="name">{t("Xã, phường, thị trấn", "Commune")}</th>
                            <th scope="col">{t("Bước", "Stage")}</th>
                            {heads}
                            <th scope="col" class="num">{t("Đã ghi / kê khai", "Recorded / declared")}</th>
                            {reports.then(|| view! { <th scope="col" class="no-print">{t("Huyện", "District")}</th> })}
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                    <tfoot>
                        <tr>
                            <th scope="row" data-col="name">{t("Tổng cộng", "Total")}</th>
                            <td></td>
                            {sums}
                            <td class="num">{move || of_declared(total(|of| of.recorded), total(|of| of.declared))}</td>
                            {reports.then(|| view! { <td class="no-print"></td> })}
                        </tr>
                    </tfoot>
                </table>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Line(
    commune: CommuneCode,
    of: Memo<Option<CommuneRound>>,
    of_districts: bool,
    question: Question<RoundOverview>,
    refused: RwSignal<Option<Problem>>,
) -> impl IntoView {
    let desk = desk();
    let area = AreaCode::Commune(commune);
    let to = move |list| href(Page::Commune, &Asked { area, list, ..desk.here() }, lang());
    let district = of_districts.then(|| {
        let district = area::commune(commune).and_then(|commune| area::district(commune.district));
        view! { <small class="of">{district.map(|district| district.name)}</small> }
    });
    let number = move |read: fn(&CommuneRound) -> u64| of.with(|of| of.as_ref().map_or(0, read));
    let cells = COLUMNS.map(|(.., list, read)| {
        let text = move || count(signed(number(read)), lang());
        let opens = Memo::new(move |_| list.filter(|_| number(read) > 0));
        let cell = move || match opens.get() {
            Some(list) => view! { <a href=move || to(Some(list))>{text}</a> }.into_any(),
            None => view! { <span>{text}</span> }.into_any(),
        };
        view! { <td class="num">{cell}</td> }
    });
    let state = Memo::new(move |_| of.with(|of| of.as_ref().map(|of| (of.stage, of.reported))));
    let reported = desk.who().reports().then(|| {
        let cell = move || match state.get() {
            Some((_, true)) => view! { <span>"✓ " {t("Đã báo cáo", "Reported")}</span> }.into_any(),
            Some((Some(Stage::Closed), false)) => {
                view! { <Report commune=commune.to_string() question=question refused=refused /> }.into_any()
            }
            _ => ().into_any(),
        };
        view! { <td class="no-print">{cell}</td> }
    });
    let stage = move || {
        let stage = state.get().and_then(|(stage, _)| stage);
        view! { <StageMark stage=stage /> }
    };
    view! {
        <tr data-commune=commune.to_string()>
            <th scope="row" data-col="name" lang="vi"><a href=move || to(None)>{area.name()}</a> {district}</th>
            <td>{stage}</td>
            {cells}
            <td class="num">{move || of_declared(number(|of| of.recorded), number(|of| of.declared))}</td>
            {reported}
        </tr>
    }
    .into_any()
}

/// The button with which the district says that it has reported a commune's result.
#[component]
fn Report(
    commune: String,
    question: Question<RoundOverview>,
    refused: RwSignal<Option<Problem>>,
) -> impl IntoView {
    let desk = desk();
    let busy = RwSignal::new(false);
    let report = move |_| {
        let round = untrack(|| desk.here()).round;
        let url = format!("/api/v1/rounds/{round}/areas/{commune}");
        let Ok(field) = REPORTED.parse() else { return };
        let edit = AreaEdit { fields: [(field, Value::Bool(true))].into() };
        busy.set(true);
        refused.set(None);
        leptos::task::spawn_local(async move {
            match net::write::<CommuneDetail>(Request::patch(&url), &edit).await {
                Ok(detail) => question.answer.update(|answer| {
                    if let Loaded::Here(overview) = answer
                        && overview.round == round
                        && let Some(own) =
                            overview.communes.iter_mut().find(|own| own.commune == detail.of.commune)
                    {
                        *own = detail.of;
                    }
                }),
                Err(problem) => refused.set(Some(problem)),
            }
            busy.try_set(false);
        });
    };
    view! {
        <button type="button" class="button second" data-testid="report" disabled=move || busy.get() on:click=report>
            {t("Huyện đã báo cáo", "Mark as reported")}
        </button>
    }
    .into_any()
}

fn of_declared(recorded: u64, declared: u64) -> String {
    let lang = lang();
    let declared = if declared > 0 {
        count(signed(declared), lang)
    } else {
        now("chưa kê khai", "none declared").to_owned()
    };
    format!("{} / {declared}", count(signed(recorded), lang))
}

/// A number of households as the page's figures are written.
#[must_use]
pub fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
