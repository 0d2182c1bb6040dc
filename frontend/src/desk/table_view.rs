//! A report's table as every page draws it: heads in groups, units, blocks and sums, and what must be known to read it.

use leptos::prelude::*;
use soho_frontend::i18n::Lang;
use soho_frontend::ui::class::class_shape;
use soho_frontend::ui::dom::{El, el};
use soho_frontend::ui::number_text::cell;
use soho_frontend::ui::{Notice, Tone};
use soho_shared::count::Listed;
use soho_shared::household::{Cause, Group};
use soho_shared::report::{BANDS, Cell, Column, Kind, Line, LineKind, Table};
use soho_shared::standard::Note;

use crate::movement::class_words;
use crate::rounds::LONG;

/// The address that a name, or a number that is not zero, leads to.
pub type Opens = Box<dyn Fn(&Line, &Column) -> Option<String>>;

/// Attributes of a line beside its kind and code.
pub type Marks = Box<dyn Fn(&Line) -> Vec<(&'static str, String)>>;

/// Texts of cells that are nobody's name: as they are handed in, and in English.
const TEXTS: [(&str, &str); 18] = [
    ("Tổng cộng", "Total"),
    ("Khu vực thành thị", "Urban part"),
    ("Khu vực nông thôn", "Rural part"),
    ("Thành thị", "Urban"),
    ("Nông thôn", "Rural"),
    ("Chưa rõ ấp", "Hamlet not recorded"),
    ("Đầu năm", "Start of the year"),
    ("Kết quả của đợt rà soát", "Result of the yearly round"),
    ("Quý I", "First quarter"),
    ("Quý II", "Second quarter"),
    ("Quý III", "Third quarter"),
    ("Quý IV", "Fourth quarter"),
    ("6 tháng đầu năm", "First half of the year"),
    ("6 tháng cuối năm", "Second half of the year"),
    ("Cả năm", "Whole year"),
    ("Hộ nghèo", "Poor households"),
    ("Hộ cận nghèo", "Near-poor households"),
    ("Cả hai", "Both"),
];

/// Letters of a head from which on its column is wider.
const LONG_HEAD: usize = 24;

/// A cell's text in the reader's language. Names are the same in both.
#[must_use]
pub fn said(text: &str, lang: Lang) -> &str {
    if lang == Lang::Vi {
        return text;
    }
    let causes = Cause::ALL.into_iter().map(|cause| (cause.name_vi(), cause.name_en()));
    let groups = Group::ALL.into_iter().map(|group| (group.name_vi(), group.name_en()));
    let mut known = TEXTS.into_iter().chain(BANDS).chain(causes).chain(groups);
    known.find(|(vi, _)| *vi == text).map_or(text, |(_, en)| en)
}

/// A table in a box that scrolls, with its notes above it.
#[component]
pub fn TableView(
    /// The table.
    table: Table,
    /// Language of heads and figures.
    lang: Lang,
    /// Id of the heading above it.
    labelled_by: String,
    /// More attributes of the table, among them what a test finds it by.
    about: Vec<(&'static str, String)>,
    /// Where its cells lead.
    #[prop(optional)]
    opens: Option<Opens>,
    /// More attributes of its lines.
    #[prop(optional)]
    marks: Option<Marks>,
) -> impl IntoView {
    let notes = notes(&table.notes, lang);
    if table.lines.is_empty() {
        let nothing = lang.pick("Bảng này chưa có số liệu.", "There are no figures for this table yet.");
        return view! { {notes} <p data-testid="table-empty">{nothing}</p> }.into_any();
    }
    let is_long = table.lines.len() > LONG;
    let table = Drawn { table, lang, about, opens, marks }.table();
    view! {
        {notes}
        <div class="table-box" class:long=is_long role="region" tabindex="0" aria-labelledby=labelled_by>
            {table.view()}
        </div>
    }
    .into_any()
}

/// What must be known to read a table.
fn notes(notes: &[Note], lang: Lang) -> Option<AnyView> {
    if notes.is_empty() {
        return None;
    }
    let notes = notes.iter().map(|note| view! { <p>{note.text(lang).to_owned()}</p> }).collect_view();
    Some(view! { <Notice tone=Tone::Info>{notes}</Notice> }.into_any())
}

/// A table and how it is drawn.
struct Drawn {
    table: Table,
    lang: Lang,
    about: Vec<(&'static str, String)>,
    opens: Option<Opens>,
    marks: Option<Marks>,
}

impl Drawn {
    fn table(&self) -> El {
        let (sums, lines): (Vec<&Line>, Vec<&Line>) =
            self.table.lines.iter().partition(|line| line.kind == LineKind::Total);
        let lines: Vec<El> = lines.into_iter().map(|line| self.line(line)).collect();
        let sums: Vec<El> = sums.into_iter().map(|line| self.line(line)).collect();
        let caption = format!("{}: {}", self.table.title.text(self.lang), self.table.about.text(self.lang));
        let class = if self.table.has_groups() { "figures grouped" } else { "figures" };
        let table = el("table").class(class).with([
            el("caption").text(&caption),
            el("thead").all(&self.heads()),
            el("tbody").all(&lines),
            el("tfoot").all(&sums),
        ]);
        marked(table, &self.about)
    }

    /// The heads; where some stand under a common one, in two lines.
    fn heads(&self) -> Vec<El> {
        let has_groups = self.table.has_groups();
        let (mut upper, mut lower) = (Vec::new(), Vec::new());
        let mut first = 0;
        for (group, many) in self.table.groups() {
            let heads = (first..first + many).map(|at| self.head(at));
            match group {
                Some(group) => {
                    let head = el("th").attr("scope", "colgroup").attr("colspan", &many.to_string());
                    let head = head.maybe(class_of(group)).all(&[el("span").text(&self.words(group))]);
                    upper.push(self.begun(first, head));
                    lower.extend(heads);
                }
                None if has_groups => upper.extend(heads.map(|head| head.attr("rowspan", "2"))),
                None => upper.extend(heads),
            }
            first += many;
        }
        let lines = [upper, lower].into_iter().filter(|heads| !heads.is_empty());
        lines.map(|heads| el("tr").all(&heads)).collect()
    }

    fn head(&self, at: usize) -> El {
        let column = &self.table.columns[at];
        let words = self.words(&column.head);
        let head = el("th").attr("scope", "col").attr("data-col", self.word(at)).text(&words);
        // Else it would be as narrow as its figures, and as high as the screen.
        let head = if words.chars().count() > LONG_HEAD { head.attr("data-long", "") } else { head };
        self.begun(at, if is_figure(column) { head.class("num") } else { head })
    }

    fn line(&self, line: &Line) -> El {
        let kind = match line.kind {
            LineKind::Unit => "unit",
            LineKind::Block => "block",
            LineKind::Part => "part",
            LineKind::Total => "total",
        };
        let row = el("tr").attr("data-kind", kind);
        let row = match &line.code {
            Some(code) => row.attr("data-code", code),
            None => row,
        };
        let row = marked(row, &self.marks.as_ref().map(|marks| marks(line)).unwrap_or_default());
        let cells = self.table.columns.iter().zip(&line.cells).enumerate();
        let cells: Vec<El> = cells.map(|(at, (column, of))| self.cell(line, at, column, of)).collect();
        row.all(&cells)
    }

    fn cell(&self, line: &Line, at: usize, column: &Column, of: &Cell) -> El {
        let is_name = self.is_name(at);
        let text = match of {
            Cell::Text(text) => said(text, self.lang).to_owned(),
            _ => cell(of, self.lang),
        };
        let opens = self.opens.as_ref().filter(|_| is_name || matches!(of, Cell::Count(1..)));
        let content = match opens.and_then(|opens| opens(line, column)) {
            Some(to) => el("a").attr("href", &to).text(&text),
            None => el("span").text(&text),
        };
        let shown = if is_name {
            // Names are Vietnamese; what is said in the reader's language is not.
            let is_said = of.plain() != text;
            let head = el("th").attr("scope", "row");
            if is_said { head } else { head.attr("lang", "vi") }
        } else {
            el("td")
        };
        let shown = shown.attr("data-col", self.word(at)).with([content]);
        let shown =
            if is_figure(column) { shown.class("num").attr("data-value", &of.plain()) } else { shown };
        self.begun(at, shown)
    }

    /// Marks the first cell of a group of columns, and the first after one.
    fn begun(&self, at: usize, cell: El) -> El {
        let group = |at: usize| self.table.columns[at].group.as_ref();
        if at > 0 && group(at - 1) != group(at) { cell.attr("data-begins", "") } else { cell }
    }

    /// Whether a column has the names of the lines: the first that holds texts.
    fn is_name(&self, at: usize) -> bool {
        self.table.columns.iter().position(|column| column.kind == Kind::Text) == Some(at)
    }

    /// A column's word in the page's markup.
    fn word(&self, at: usize) -> &str {
        let column = &self.table.columns[at];
        match column.kind {
            Kind::Number => "stt",
            Kind::Text if self.is_name(at) => "name",
            _ => &column.id,
        }
    }

    /// A head's text; a percent sign stays with its number.
    fn words(&self, head: &Note) -> String {
        head.text(self.lang).replace(" %", "\u{a0}%")
    }
}

fn is_figure(column: &Column) -> bool {
    matches!(column.kind, Kind::Count | Kind::Percent | Kind::Dong)
}

fn marked(element: El, marks: &[(&'static str, String)]) -> El {
    marks.iter().fold(element, |element, (name, value)| element.attr(name, value))
}

/// The shape of the class whose figures stand under a head.
fn class_of(group: &Note) -> Option<El> {
    let listed = Listed::ALL.into_iter().find(|listed| class_words(*listed, Lang::Vi) == group.vi)?;
    Some(class_shape(move || Some(listed.class())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use soho_shared::area::AreaCode;
    use soho_shared::count::Book;
    use soho_shared::record::Round;
    use soho_shared::report::{self, By};

    #[test]
    fn texts_that_are_no_names_are_said_in_english() {
        let (book, round) = (Book::default(), Round::new(2023).unwrap());
        let of = |area: &str| area.parse::<AreaCode>().unwrap();
        let movement = |area: &str, by| report::movement(&book, of(area), round, by).unwrap();
        let tables = [
            report::months(&book, of("83"), round).unwrap().table(),
            movement("83", By::District).table(Listed::Poor),
            movement("836", By::Commune).table(Listed::NearPoor),
            report::statistics(&book, of("83"), round, By::District).unwrap().table(&[]),
        ];
        for line in tables.iter().flat_map(|table| &table.lines) {
            let texts = line.cells.iter().filter_map(|cell| match cell {
                Cell::Text(text) => Some(text.as_str()),
                _ => None,
            });
            for text in texts.filter(|_| line.code.is_none()) {
                assert!(said(text, Lang::En).is_ascii(), "{text}");
                assert_eq!(said(text, Lang::Vi), text);
            }
        }
        assert_eq!(said("Xã An Đức", Lang::En), "Xã An Đức");
        assert_eq!(said(Cause::Other.name_vi(), Lang::En), Cause::Other.name_en());
    }
}
