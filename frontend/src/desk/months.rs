//! What reviews on request within a year found, month by month (rà soát thường xuyên, TT 07/2021, since 2022).

use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, t};
use soho_frontend::ui::number_text::cell;
use soho_frontend::ui::{ClassShape, Notice, Tone};
use soho_shared::count::Listed;
use soho_shared::household::field::FIRST_REVIEWED;
use soho_shared::record::Round;
use soho_shared::report::{self, Cell, Sheet};

use crate::address::{Asked, Page};
use crate::head::Guard;
use crate::movement::class_words;
use crate::net::Question;
use crate::problem::Waiting;
use crate::state::{desk, href};
use crate::tools::Tools;

/// Heads of the table, in Vietnamese as the sheet has them.
const HEADS_EN: [&str; 11] = [
    "Month",
    "Households reviewed",
    "Came out",
    "In it again",
    "New",
    "At the month's end",
    "Came out",
    "Became poor",
    "In it again",
    "New",
    "At the month's end",
];

/// Names of rows that are no months, in English.
const MOMENTS: [(&str, &str); 2] =
    [("Đầu năm", "Start of the year"), ("Kết quả của đợt rà soát", "Result of the yearly round")];

/// Columns in which the figures of a class begin, and how many it has.
const GROUPS: [(Listed, usize, usize); 2] = [(Listed::Poor, 2, 4), (Listed::NearPoor, 6, 5)];

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
    let csv = Signal::derive(move || format!("{}&format=csv", address()));
    let answer = Memo::new(move |_| question.answer.with(|answer| answer.here().cloned()));
    let sheet = Callback::new(move |()| {
        answer.with_untracked(|answer| answer.as_ref().map_or_else(Sheet::default, report::Months::sheet))
    });
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
                    <Tools sheet=sheet csv=csv />
                </div>
                <p class="hint">{t(
                    "Cuối mỗi tháng là danh sách đầu năm cùng mọi thay đổi do rà soát đến hết tháng đó. Dòng cuối là kết quả của đợt rà soát hằng năm, tính đến nay.",
                    "Each month's end is the list of the start with all that reviews changed until then. The last row is the result of the yearly round, as far as it has come.",
                )}</p>
                <Waiting question=question />
                {move || answer.get().map(|months| view! {
                    <div class="table-box" role="region" tabindex="0" aria-labelledby="months-title">
                        {table(&months, lang())}
                    </div>
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

/// Whether the figures of a class begin in a column.
fn begins(column: usize) -> bool {
    GROUPS.iter().any(|(_, first, _)| *first == column)
}

/// The table itself, of the very sheet that is handed in.
fn table(months: &report::Months, lang: Lang) -> impl IntoView + use<> {
    let sheet = months.sheet();
    let head = |column: usize| match lang {
        Lang::Vi => sheet.rows.first().and_then(|heads| heads.get(column)).map(Cell::plain),
        Lang::En => HEADS_EN.get(column).map(|head| (*head).to_owned()),
    };
    let groups = GROUPS.map(|(listed, _, columns)| {
        view! {
            <th scope="colgroup" colspan=columns.to_string() data-begins="">
                <ClassShape class=listed.class() />
                " "
                {class_words(listed, lang)}
            </th>
        }
    });
    let columns = (GROUPS[0].1..HEADS_EN.len()).map(|column| {
        let begins = begins(column).then_some("");
        view! { <th scope="col" class="num" data-begins=begins>{head(column)}</th> }
    });
    let last = sheet.rows.len().saturating_sub(1);
    let row = |(place, cells): (usize, &Vec<Cell>)| {
        let name = cells.first().map(Cell::plain).unwrap_or_default();
        let shown = MOMENTS
            .iter()
            .find(|(vi, _)| *vi == name)
            .map_or_else(|| name.clone(), |(vi, en)| lang.pick(vi, en).to_owned());
        let of = match place {
            1 => "start".to_owned(),
            _ if place == last => "end".to_owned(),
            _ => (place - 1).to_string(),
        };
        let figures = cells.iter().enumerate().skip(1).map(|(column, of)| {
            let begins = begins(column).then_some("");
            view! { <td class="num" data-value=of.plain() data-begins=begins>{cell(of, lang)}</td> }
        });
        view! {
            <tr data-month=of>
                <th scope="row" data-col="name">{shown}</th>
                {figures.collect_view()}
            </tr>
        }
    };
    let body = sheet.rows.iter().enumerate().take(last).skip(1).map(row).collect_view();
    let end = sheet.rows.get(last).map(|cells| row((last, cells)));
    let caption = format!(
        "{}, {}, {}",
        lang.pick("Rà soát trong năm", "Reviews within the year"),
        months.area.name(),
        months.round
    );
    view! {
        <table class="figures" data-testid="months-table" data-round=months.round.to_string()>
            <caption>{caption}</caption>
            <thead>
                <tr>
                    <th scope="col" rowspan="2" data-col="name">{head(0)}</th>
                    <th scope="col" rowspan="2" class="num">{head(1)}</th>
                    {groups}
                </tr>
                <tr>{columns.collect_view()}</tr>
            </thead>
            <tbody>{body}</tbody>
            <tfoot>{end}</tfoot>
        </table>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use soho_shared::count::Book;

    #[test]
    fn every_column_and_row_has_its_name_and_its_class() {
        let round = Round::new(2023).unwrap();
        let sheet = report::months(&Book::default(), "83".parse().unwrap(), round).unwrap().sheet();
        assert_eq!((sheet.rows[0].len(), sheet.rows.len()), (HEADS_EN.len(), 1 + 1 + 12 + 1));
        for (row, (vi, _)) in [1, 14].into_iter().zip(MOMENTS) {
            assert_eq!(sheet.rows[row][0].plain(), vi);
        }
        let [(_, first, columns), (_, second, others)] = GROUPS;
        assert_eq!((first + columns, second + others), (second, HEADS_EN.len()));
        for (column, head) in [(first, "Thoát nghèo"), (second, "Thoát cận nghèo")] {
            assert!(begins(column) && sheet.rows[0][column].plain() == head);
        }
        for (column, head) in HEADS_EN.iter().enumerate().filter(|(_, head)| head.contains("month's end")) {
            assert!(sheet.rows[0][column].plain().contains("cuối tháng"), "{head}");
        }
    }
}
