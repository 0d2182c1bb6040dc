//! Every table that is handed in, chosen by name.

use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, now, t};
use soho_frontend::ui::{ClassShape, Notice, Tone, focus};
use soho_shared::area::AreaCode;
use soho_shared::count::Listed;
use soho_shared::report::{self, By, ReportKind, ReportSection, Table};

use crate::address::{Asked, Page};
use crate::behind;
use crate::head::Guard;
use crate::movement::class_words;
use crate::net::Question;
use crate::problem::Waiting;
use crate::state::{desk, href};
use crate::table_view::TableView;
use crate::tools::Tools;
use crate::who::Who;

/// The page of reports.
#[component]
pub fn Reports() -> impl IntoView {
    view! { <Guard page=Page::Reports><Chosen /></Guard> }.into_any()
}

#[component]
fn Chosen() -> impl IntoView {
    let desk = desk();
    let kind = Memo::new(move |_| desk.here().kind);
    let under = move || match lang() {
        Lang::Vi => format!("Báo cáo, đợt rà soát {}", desk.here().round),
        Lang::En => format!("Reports, round of {}", desk.here().round),
    };
    // The list closes on what was chosen from it.
    Effect::new(move |before: Option<Option<ReportKind>>| {
        let chosen = kind.get();
        if before.is_some_and(|before| before != chosen) && chosen.is_some() {
            focus("report-title");
        }
        chosen
    });
    view! {
        <h1 id="page-title" tabindex="-1" lang="vi">{move || desk.here().area.name()}</h1>
        <p class="lead under">{under}</p>
        <Kinds kind=kind />
        {move || kind.get().map(|kind| view! { <One kind=kind /> })}
    }
    .into_any()
}

/// The reports of the area by name, under what they are about.
#[component]
fn Kinds(kind: Memo<Option<ReportKind>>) -> impl IntoView {
    let desk = desk();
    let area = Memo::new(move |_| desk.here().area);
    let link = move |of: ReportKind| {
        let to = move || href(Page::Reports, &Asked { kind: Some(of), ..desk.here() }, lang());
        let current = move || (kind.get() == Some(of)).then_some("true");
        let ((vi, en), (purpose_vi, purpose_en)) = (of.name(), of.purpose());
        view! {
            <li>
                <a href=to data-noscroll="" data-kind=of.word() aria-current=current>
                    <strong>{t(vi, en)}</strong>
                    <small>{t(purpose_vi, purpose_en)}</small>
                </a>
            </li>
        }
    };
    let sections = move || {
        let (area, who) = (area.get(), desk.who());
        let section = |section: ReportSection| {
            let kinds = ReportKind::ALL.into_iter();
            let kinds = kinds.filter(|of| of.section() == section && of.is_of(area) && who.reads(*of));
            let links: Vec<_> = kinds.map(link).collect();
            let (vi, en) = section.name();
            (!links.is_empty()).then(|| view! { <section><h3>{t(vi, en)}</h3> <ul>{links}</ul></section> })
        };
        ReportSection::ALL.map(section).into_iter().flatten().collect_view()
    };
    view! {
        <details class="reports no-print" data-testid="kinds" prop:open=move || kind.get().is_none()>
            <summary>{t("Chọn báo cáo", "Choose a report")}</summary>
            <div class="sections">{sections}</div>
        </details>
    }
    .into_any()
}

/// What the rows of a report can count for a reader, the usual first.
fn rows(kind: ReportKind, area: AreaCode, who: &Who) -> Vec<By> {
    let rows = kind.rows(area).iter().copied();
    rows.filter(|by| !(who.stops_at_communes() && *by == By::Hamlet)).collect()
}

/// The question that the address asks.
fn question(kind: ReportKind, asked: &Asked, who: &Who) -> report::Asked {
    let rows = rows(kind, asked.area, who);
    let by = asked.by.filter(|by| rows.contains(by)).or(rows.first().copied());
    report::Asked { kind, area: asked.area, round: asked.round, by, listed: asked.class }
}

/// Address of the answer, without the format.
fn address(asked: &report::Asked) -> String {
    let report::Asked { kind, area, round, by, listed } = asked;
    let mut address = format!("/api/v1/reports/{kind}?area={area}&round={round}");
    if let Some(by) = by {
        address.push_str(&format!("&by={}", by.word()));
    }
    if kind.has_class() {
        address.push_str(&format!("&class={}", listed.class().word()));
    }
    address
}

/// One report.
#[component]
fn One(kind: ReportKind) -> impl IntoView {
    let desk = desk();
    let asked = Memo::new(move |_| question(kind, &desk.here(), &desk.who()));
    let misfit = Memo::new(move |_| asked.with(report::Asked::misfit).map(|misfit| misfit.said));
    let file = Signal::derive(move || asked.with(address));
    let is_read = desk.who().reads(kind);
    let question = Question::<Table>::of(move || {
        (is_read && misfit.with(Option::is_none)).then(|| format!("{}&format=table", file.get()))
    });
    let answer = Memo::new(move |_| question.answer.with(|answer| answer.here().cloned()));
    let table = Callback::new(move |()| answer.get_untracked());
    let why = move || misfit.get().map(|said| sentence(said.text(lang())));
    let shown = move || {
        answer.get().map(|table| {
            let (here, who, lang) = (untrack(|| desk.here()), desk.who(), lang());
            let about = vec![
                ("data-testid", "report-table".to_owned()),
                ("data-kind", kind.word().to_owned()),
                ("data-round", here.round.to_string()),
            ];
            let opens = behind::opens((Page::Reports, kind), &here, here.round, &who, lang);
            view! {
                <TableView table=table lang=lang labelled_by="report-title".to_owned() about=about opens=opens />
            }
        })
    };
    let (vi, en) = kind.name();
    let (purpose_vi, purpose_en) = kind.purpose();
    view! {
        <section class="part report" data-section="report">
            <div class="part-head">
                <h2 id="report-title" tabindex="-1">{t(vi, en)}</h2>
                <Show when=move || answer.with(Option::is_some)>
                    <Tools table=table address=file />
                </Show>
            </div>
            <p class="hint">{t(purpose_vi, purpose_en)}"."</p>
            <Options kind=kind asked=asked />
            {move || {
                if !is_read {
                    view! { <Refusal words=Signal::derive(|| not_for_administrators().to_owned()) /> }.into_any()
                } else if misfit.with(Option::is_some) {
                    view! { <Refusal words=Signal::derive(move || why().unwrap_or_default()) /> }.into_any()
                } else {
                    view! { <Waiting question=question /> {shown} }.into_any()
                }
            }}
        </section>
    }
    .into_any()
}

/// Says why there is no such report.
#[component]
fn Refusal(words: Signal<String>) -> impl IntoView {
    view! {
        <Notice tone=Tone::Info>
            <p data-testid="misfit">{move || words.get()}</p>
        </Notice>
    }
    .into_any()
}

fn not_for_administrators() -> &'static str {
    now(
        "Người quản trị xem số liệu đến cấp xã, không xem từng ấp và thu nhập.",
        "Administrators see figures down to communes, without hamlets and incomes.",
    )
}

/// Makes a sentence of words that begin small and end without a full stop.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str())
}

/// Links to the same report of the other class, and with other rows.
#[component]
fn Options(kind: ReportKind, asked: Memo<report::Asked>) -> impl IntoView {
    let desk = desk();
    let class = move |class: Listed| {
        let to = move || href(Page::Reports, &Asked { class, ..desk.here() }, lang());
        let current = move || (asked.with(|asked| asked.listed) == class).then_some("true");
        view! {
            <li>
                <a href=to data-noscroll="" data-class-link=class.class().word() aria-current=current>
                    <ClassShape class=class.class() />
                    " "
                    {move || class_words(class, lang())}
                </a>
            </li>
        }
    };
    let by = move |by: By| {
        let to = move || href(Page::Reports, &Asked { by: Some(by), ..desk.here() }, lang());
        let current = move || (asked.with(|asked| asked.by) == Some(by)).then_some("true");
        view! {
            <li>
                <a href=to data-noscroll="" data-by=by.word() aria-current=current>{move || by_words(by, lang())}</a>
            </li>
        }
    };
    let rows = Memo::new(move |_| rows(kind, asked.with(|asked| asked.area), &desk.who()));
    view! {
        <div class="choose no-print">
            {kind.has_class().then(|| view! {
                <nav class="kinds" aria-label=t("Hạng", "Class")><ul>{Listed::ALL.map(class)}</ul></nav>
            })}
            <Show when=move || rows.with(|rows| rows.len() > 1)>
                <nav class="kinds" aria-label=t("Cách chia", "Divided by")>
                    <ul>{move || rows.get().into_iter().map(by).collect_view()}</ul>
                </nav>
            </Show>
        </div>
    }
    .into_any()
}

/// What rows count, in words.
const fn by_words(by: By, lang: Lang) -> &'static str {
    match by {
        By::District => lang.pick("Theo huyện, thành phố", "By district"),
        By::Commune => lang.pick("Theo xã, phường, thị trấn", "By commune"),
        By::Hamlet => lang.pick("Theo ấp, khu phố", "By hamlet"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use soho_shared::access::Role;

    fn who(role: Role) -> Who {
        Who { role: Some(role), areas: vec![] }
    }

    #[test]
    fn the_address_says_what_is_asked() {
        for (query, role, address_of) in [
            ("area=83&round=2011&kind=causes", Role::Province, "causes?area=83&round=2011&by=district"),
            (
                "area=83&round=2011&kind=causes&by=commune",
                Role::Province,
                "causes?area=83&round=2011&by=commune",
            ),
            ("area=29173&round=2011&kind=groups", Role::Commune, "groups?area=29173&round=2011&by=hamlet"),
            ("area=29173&round=2011&kind=groups", Role::Admin, "groups?area=29173&round=2011&by=commune"),
            (
                "area=29173&round=2011&kind=groups&by=hamlet",
                Role::Admin,
                "groups?area=29173&round=2011&by=commune",
            ),
            (
                "area=836&round=2012&kind=movement&class=near_poor",
                Role::District,
                "movement?area=836&round=2012&by=commune&class=near_poor",
            ),
            ("area=83&round=2023&kind=months", Role::Province, "months?area=83&round=2023"),
        ] {
            let asked = Asked::parse(query, "83".parse().unwrap()).unwrap();
            let question = question(asked.kind.unwrap(), &asked, &who(role));
            assert_eq!(address(&question), format!("/api/v1/reports/{address_of}"));
            assert_eq!(question.misfit(), None, "{query}");
        }
    }

    #[test]
    fn reasons_are_sentences() {
        assert_eq!(sentence("bảng này có từ đợt 2022"), "Bảng này có từ đợt 2022.");
    }
}
