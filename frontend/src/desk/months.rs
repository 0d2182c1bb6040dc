//! What reviews on request within a year found, month by month (rà soát thường xuyên, TT 07/2021, since 2022).

use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, t};
use soho_frontend::ui::{Notice, Tone};
use soho_shared::household::field::FIRST_REVIEWED;
use soho_shared::record::Round;
use soho_shared::report::{self, Cell, Line, LineKind};

use crate::address::{Asked, Page};
use crate::head::Guard;
use crate::net::Question;
use crate::problem::Waiting;
use crate::state::{desk, href};
use crate::table_view::{Marks, TableView};
use crate::tools::Tools;

/// Name of the line that stands before the months.
const START: &str = "Đầu năm";

/// The page of the reviews within a year.
#[component]
pub fn Months() -> impl IntoView {
    view! { <Guard page=Page::Months><OfYear /></Guard> }.into_any()
}

#[component]
fn OfYear() -> impl IntoView {
    let desk = desk();
    let is_reviewed = Memo::new(move |_| desk.here().round.year() >= FIRST_REVIEWED);
    let address = move || {
        let here = desk.here();
        format!("/api/v1/reports/months?area={}&round={}", here.area, here.round)
    };
    let question = Question::<report::Months>::of(move || {
        is_reviewed.get().then(|| format!("{}&format=json", address()))
    });
    let answer = Memo::new(move |_| question.answer.with(|answer| answer.here().cloned()));
    let table =
        Callback::new(move |()| answer.with_untracked(|answer| answer.as_ref().map(report::Months::table)));
    let under = move || match lang() {
        Lang::Vi => format!("Rà soát trong năm {}", desk.here().round),
        Lang::En => format!("Reviews within the year {}", desk.here().round),
    };
    view! {
        <h1 id="page-title" tabindex="-1" lang="vi">{move || desk.here().area.name()}</h1>
        <p class="lead under">{under}</p>
        <Show when=move || is_reviewed.get() fallback=move || view! { <Before /> }>
            <section class="part months" data-section="months">
                <div class="part-head">
                    <h2 id="months-title" tabindex="-1">{t("Từng tháng", "Month by month")}</h2>
                    <Tools table=table address=Signal::derive(address) />
                </div>
                <p class="hint">{t(
                    "Cuối mỗi tháng là danh sách đầu năm cùng mọi thay đổi do rà soát đến hết tháng đó. Dòng cuối là kết quả của đợt rà soát hằng năm, tính đến nay.",
                    "Each month's end is the list of the start with all that reviews changed until then. The last row is the result of the yearly round, as far as it has come.",
                )}</p>
                <Waiting question=question />
                {move || answer.get().map(|months| {
                    let about = vec![
                        ("data-testid", "months-table".to_owned()),
                        ("data-round", months.round.to_string()),
                    ];
                    let marks: Marks =
                        Box::new(|line: &Line| moment(line).map(|month| ("data-month", month)).into_iter().collect());
                    view! {
                        <TableView
                            table=months.table()
                            lang=lang()
                            labelled_by="months-title".to_owned()
                            about=about
                            marks=marks
                        />
                    }
                })}
            </section>
        </Show>
    }
    .into_any()
}

/// Says of an earlier round since when there is anything to show, and leads there.
#[component]
fn Before() -> impl IntoView {
    let desk = desk();
    let words = move || match lang() {
        Lang::Vi => format!(
            "Rà soát trong năm có từ năm {FIRST_REVIEWED}: từ đó hộ được đề nghị rà soát vào tháng bất kỳ. \
             Hãy chọn đợt {FIRST_REVIEWED} hoặc đợt sau."
        ),
        Lang::En => format!(
            "There are reviews within the year since {FIRST_REVIEWED}: from then on a household may ask in any \
             month. Choose the round of {FIRST_REVIEWED} or a later one."
        ),
    };
    let to = move || {
        let here = desk.here();
        let round = Round::new(FIRST_REVIEWED).unwrap_or(here.round);
        href(Page::Months, &Asked { round, ..here }, lang())
    };
    let name = move || match lang() {
        Lang::Vi => format!("Xem năm {FIRST_REVIEWED}"),
        Lang::En => format!("See {FIRST_REVIEWED}"),
    };
    view! {
        <Notice tone=Tone::Info>
            <p data-testid="months-before">{words}</p>
            <p><a href=to>{name}</a></p>
        </Notice>
    }
    .into_any()
}

/// The month that a line is about, or the moment: `start`, `3`, `end`; nothing for the sum of several.
fn moment(line: &Line) -> Option<String> {
    let name = line.cells.first().map(Cell::plain)?;
    match line.kind {
        LineKind::Unit => Some(match name.split_once('/') {
            Some((month, _)) => month.to_owned(),
            None if name == START => "start".to_owned(),
            None => "end".to_owned(),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use soho_shared::count::Book;

    #[test]
    fn every_line_has_its_month() {
        let round = Round::new(2023).unwrap();
        let table = report::months(&Book::default(), "83".parse().unwrap(), round).unwrap().table();
        let of: Vec<_> = table.lines.iter().filter_map(moment).collect();
        let months: Vec<_> = (1..=12).map(|month| month.to_string()).collect();
        assert_eq!((of[0].as_str(), &of[1..13], of[13].as_str()), ("start", &months[..], "end"));
        assert_eq!(of.len(), 14);
    }
}
