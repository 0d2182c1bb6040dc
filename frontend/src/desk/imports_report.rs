//! What an import does, or did: how the file's columns were read, how many rows become what, and the rows.

use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, now, t};
use soho_frontend::ui::format::count;
use soho_frontend::ui::{ClassBadge, Notice, Tone};
use soho_shared::record::{Round, Subject};
use soho_shared::standard::Class;
use soho_shared::wire::imports::{
    ImportColumn, ImportCounts, ImportField, ImportKind, ImportProblem, ImportReport, ImportRow, RowOutcome,
    TextEncoding,
};

use crate::household::story;
use crate::imports::{How, Import, say};
use crate::recognition_cases::standard;

/// Rows that are shown at a time.
const ROWS: usize = 50;

/// The report, with the button that writes what it tells.
pub fn report(import: Import, told: ImportReport) -> AnyView {
    let ImportReport {
        kind,
        round,
        digest,
        format,
        sheet,
        sheets,
        header,
        columns,
        counts,
        mut rows,
        more,
        ..
    } = told;
    rows.sort_by_key(rank);
    let is_written = import.is_written.get_untracked();
    let heading =
        if is_written { t("Đã ghi vào sổ", "Written") } else { t("Xem trước", "What it would do") };
    let done = is_written.then(|| {
        view! {
            <Notice tone=Tone::Done>
                <p data-testid="written" role="status">{t(
                    "✓ Đã ghi vào sổ. Nếu nhầm tệp, bấm “Hoàn tác” ở danh sách các lần đã nhập.",
                    "✓ Written. If it was the wrong file, press “Undo” in the list of imports.",
                )}</p>
            </Notice>
        }
    });
    let write = (!is_written).then(|| write(import, counts, digest));
    view! {
        <section class="part import" data-section="report" data-written=is_written.to_string()>
            <h2 id="report-title" tabindex="-1">{heading}</h2>
            {done}
            {reading(import, &format, &sheet, &sheets, header)}
            {columns_table(import, kind, columns)}
            {counts_list(counts)}
            {write}
            {rows_table(rows, round, more, is_written)}
        </section>
    }
    .into_any()
}

/// Where a row stands in the list: what needs a look comes first.
fn rank(row: &ImportRow) -> u8 {
    match row.outcome {
        RowOutcome::Refused => 0,
        RowOutcome::Conflict => 1,
        _ if !row.problems.is_empty() || row.differs_in_class() => 2,
        _ => 3,
    }
}

/// Which sheet is read, and from which row on.
fn reading(import: Import, format: &str, sheet: &str, sheets: &[String], header: u32) -> AnyView {
    let options = sheets.iter().map(|name| {
        let is_read = name == sheet;
        view! { <option value=name.clone() selected=is_read>{name.clone()}</option> }
    });
    let options = options.collect_view();
    let on_sheet = move |event| {
        let sheet = Some(event_target_value(&event));
        // Another sheet has other columns.
        import.how.set(How { sheet, ..How::default() });
        import.ask(None, "import-sheet");
    };
    let on_header = move |event| {
        import.how.update(|how| how.header = event_target_value(&event).trim().parse().ok());
        import.ask(None, "import-header");
    };
    view! {
        <p class="hint">{t("Dạng tệp: ", "Format: ")} {format.to_owned()}</p>
        <div class="fields no-print">
            <div class="field" hidden={sheets.len() < 2}>
                <label for="import-sheet">{t("Trang tính", "Sheet")}</label>
                <div class="input"><select id="import-sheet" on:change=on_sheet>{options}</select></div>
            </div>
            <div class="field short">
                <label for="import-header">{t("Dòng tiêu đề cột (dòng thấp nhất)", "Row with the heads (the lowest)")}</label>
                <div class="input">
                    <input
                        id="import-header"
                        type="text"
                        inputmode="numeric"
                        autocomplete="off"
                        value=header.to_string()
                        on:change=on_header
                    />
                </div>
            </div>
        </div>
    }
    .into_any()
}

/// What each column was taken for, to be corrected.
fn columns_table(import: Import, kind: ImportKind, columns: Vec<ImportColumn>) -> AnyView {
    let rows = columns.into_iter().map(|column| column_row(import, kind, column)).collect_view();
    view! {
        <h3 id="columns-title">{t("Các cột của tệp", "Columns of the file")}</h3>
        <p class="hint no-print">{t(
            "Cột nào hiểu sai thì chọn lại. Chữ ở tiêu đề hoặc ở tên bị lỗi thì chọn phông chữ khác cho cột.",
            "Correct what was taken for something else. Where letters look wrong in heads or names, choose another font.",
        )}</p>
        <div class="table-box" role="region" tabindex="0" aria-labelledby="columns-title">
            <table class="figures" data-testid="columns">
                <thead>
                    <tr>
                        <th scope="col">{t("Cột", "Column")}</th>
                        <th scope="col" data-col="name">{t("Tiêu đề trong tệp", "Head in the file")}</th>
                        <th scope="col">{t("Được hiểu là", "Taken for")}</th>
                        <th scope="col">{t("Phông chữ", "Font")}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn column_row(import: Import, kind: ImportKind, column: ImportColumn) -> AnyView {
    let ImportColumn { column: letters, head, field, encoding, suggested } = column;
    let own = field.unwrap_or(ImportField::Other);
    let fields =
        ImportField::ALL.iter().copied().filter(|field| field.kinds().contains(&kind)).map(|field| {
            let is_own = field == own;
            view! { <option value=field.word() selected=is_own>{move || field.name(lang())}</option> }
        });
    let encodings = TextEncoding::ALL.map(|of| {
        let is_own = of == encoding;
        view! { <option value=of.word() selected=is_own>{of.name()}</option> }
    });
    let (field_id, encoding_id) = (format!("field-{letters}"), format!("encoding-{letters}"));
    let labelled = |vi: &'static str, en: &'static str| {
        let letters = letters.clone();
        move || format!("{} {letters}", now(vi, en))
    };
    let (field_label, encoding_label) =
        (labelled("Nội dung cột", "Content of column"), labelled("Phông chữ cột", "Font of column"));
    let on_field = {
        let (letters, id) = (letters.clone(), field_id.clone());
        move |event| {
            let Ok(field) = event_target_value(&event).parse::<ImportField>() else { return };
            import.how.update(|how| say(&mut how.columns, &letters, field, field != ImportField::Other));
            import.ask(None, &id);
        }
    };
    let typed = {
        let (letters, id) = (letters.clone(), encoding_id.clone());
        move |encoding: TextEncoding| {
            import.how.update(|how| say(&mut how.encodings, &letters, encoding, false));
            import.ask(None, &id);
        }
    };
    let suggestion = suggested.map(|of| {
        let typed = typed.clone();
        view! {
            <button type="button" class="button plain no-print" data-testid="suggested" on:click=move |_| typed(of)>
                {move || format!("{} {}", now("Có vẻ là", "Looks like"), of.name())}
            </button>
        }
    });
    let on_encoding = move |event| {
        if let Ok(encoding) = event_target_value(&event).parse() {
            typed(encoding);
        }
    };
    view! {
        <tr data-column=letters.clone()>
            <td>{letters.clone()}</td>
            <th scope="row" data-col="name" lang="vi">{head}</th>
            <td>
                <select id=field_id aria-label=field_label disabled=move || import.busy.get() on:change=on_field>
                    {fields.collect_view()}
                </select>
            </td>
            <td>
                <select id=encoding_id aria-label=encoding_label disabled=move || import.busy.get() on:change=on_encoding>
                    {encodings}
                </select>
                {suggestion}
            </td>
        </tr>
    }
    .into_any()
}

fn counts_list(counts: ImportCounts) -> AnyView {
    let ImportCounts { new, changed, same, conflict, refused, skipped, class_differs } = counts;
    let of_outcomes = [
        (RowOutcome::New, new),
        (RowOutcome::Changed, changed),
        (RowOutcome::Conflict, conflict),
        (RowOutcome::Same, same),
        (RowOutcome::Refused, refused),
        (RowOutcome::Skipped, skipped),
    ];
    let lines = of_outcomes.map(|(outcome, number)| {
        view! {
            <li data-outcome=word(outcome) data-number=number.to_string()>
                <span>{move || outcome.name(lang())}</span>
                <strong class="number">{move || count(number)}</strong>
            </li>
        }
    });
    view! {
        <ul class="at-stages" data-testid="counts" aria-label=t("Số dòng", "Rows")>
            {lines}
            <li data-outcome="class_differs" data-number=class_differs.to_string()>
                <span>{t("Khác hạng", "Class differs")}</span>
                <strong class="number">{move || count(class_differs)}</strong>
            </li>
        </ul>
    }
    .into_any()
}

const fn word(outcome: RowOutcome) -> &'static str {
    match outcome {
        RowOutcome::New => "new",
        RowOutcome::Changed => "changed",
        RowOutcome::Same => "same",
        RowOutcome::Conflict => "conflict",
        RowOutcome::Refused => "refused",
        RowOutcome::Skipped => "skipped",
    }
}

/// The button that writes, and how much.
fn write(import: Import, counts: ImportCounts, digest: String) -> AnyView {
    let ImportCounts { new, changed, conflict, .. } = counts;
    if new + changed + conflict == 0 {
        return view! {
            <p data-testid="nothing">{t("Tệp không có gì mới để ghi.", "There is nothing new to write.")}</p>
        }
        .into_any();
    }
    let words = move || {
        let (new, changed, conflict) = (count(new), count(changed), count(conflict));
        match lang() {
            Lang::Vi => {
                format!("Ghi vào sổ: {new} mới, {changed} thay đổi, {conflict} khác với người đã ghi")
            }
            Lang::En => {
                format!("Write: {new} new, {changed} changed, {conflict} that differ from what people wrote")
            }
        }
    };
    let write = move |_| import.ask(Some(digest.clone()), "report-title");
    view! {
        <p class="no-print">
            <button type="button" class="button" data-testid="write" disabled=move || import.busy.get() on:click=write>
                {words}
            </button>
        </p>
        <p class="hint no-print">{t(
            "Điều người đã ghi thì không bị ghi đè: chỗ khác nhau chờ xã quyết định. Dòng không nhận thì bỏ qua.",
            "What a person wrote is never written over: where they differ the commune decides. Rows not taken are left out.",
        )}</p>
    }
    .into_any()
}

/// The rows, a page at a time.
fn rows_table(rows: Vec<ImportRow>, round: Round, more: bool, is_written: bool) -> AnyView {
    let (all, at) = (rows.len(), RwSignal::new(0_usize));
    let rows = StoredValue::new(rows);
    let body = move || {
        let from = at.get();
        rows.with_value(|rows| {
            rows.iter().skip(from).take(ROWS).map(|row| line(row, round, is_written)).collect_view()
        })
    };
    let step = move |id: &'static str, vi, en, to: fn(usize) -> usize| {
        let is_end = move || to(at.get()) >= all || to(at.get()) == at.get();
        view! {
            <button
                type="button"
                class="button second"
                data-testid=id
                disabled=is_end
                on:click=move |_| at.update(|at| *at = to(*at))
            >
                {t(vi, en)}
            </button>
        }
    };
    let shown = move || {
        let (first, last) = (at.get() + 1, all.min(at.get() + ROWS));
        match lang() {
            Lang::Vi => format!("Dòng {first}–{last} trong {all}"),
            Lang::En => format!("Rows {first}–{last} of {all}"),
        }
    };
    view! {
        <h3 id="rows-title">{t("Từng dòng, dòng cần xem trước", "Row by row, those that need a look first")}</h3>
        <div class="table-box" role="region" tabindex="0" aria-labelledby="rows-title">
            <table class="figures" data-testid="rows">
                <thead>
                    <tr>
                        <th scope="col" class="num">{t("Dòng", "Row")}</th>
                        <th scope="col" data-col="name">{t("Tên", "Name")}</th>
                        <th scope="col">{t("Kết quả", "Outcome")}</th>
                        <th scope="col">{t("Cần xem", "To look at")}</th>
                        <th scope="col">{t("Hạng: trong tệp → của sổ", "Class: file → register")}</th>
                    </tr>
                </thead>
                <tbody>{body}</tbody>
            </table>
        </div>
        <p class="row no-print" hidden={all <= ROWS}>
            {step("rows-before", "Trang trước", "Back", |at| at.saturating_sub(ROWS))}
            {step("rows-after", "Trang sau", "Next", |at| at + ROWS)}
            <span role="status">{shown}</span>
        </p>
        <p class="hint" hidden={!more}>{t(
            "Chỉ hiện 1.000 dòng, dòng có vấn đề trước; các số ở trên là của cả tệp.",
            "Only 1,000 rows are shown, those with problems first; the numbers above are of the whole file.",
        )}</p>
    }
    .into_any()
}

fn line(row: &ImportRow, round: Round, is_written: bool) -> AnyView {
    let outcome = row.outcome;
    // A household that would be new is not there yet.
    let is_there = is_written || outcome != RowOutcome::New;
    let household = row.record.and_then(Subject::household).filter(|_| is_there);
    let name = row.name.clone().unwrap_or_default();
    let name = match household {
        Some(id) => view! { <a href=story(id) target="_blank" rel="external noopener">{name}</a> }.into_any(),
        None => view! { <span>{name}</span> }.into_any(),
    };
    let problems = row.problems.iter().map(|problem| {
        let ImportProblem { column, vi, en } = problem.clone();
        let column = column.map(|column| format!("{column}: ")).unwrap_or_default();
        view! { <li>{column} {move || if lang() == Lang::Vi { vi.clone() } else { en.clone() }}</li> }
    });
    let badge = move |class: Option<Class>| match class {
        Some(class) => view! { <ClassBadge class=class standard=standard(round) /> }.into_any(),
        None => view! { <span>"–"</span> }.into_any(),
    };
    let (ours, differs) = (row.class_ours, row.differs_in_class());
    let classes = row.class_in_file.map(|in_file| view! { {badge(Some(in_file))} " → " {badge(ours)} });
    view! {
        <tr
            data-testid="row"
            data-row=row.row.to_string()
            data-outcome=word(outcome)
            data-differs=differs.then_some("")
        >
            <td class="num">{row.row.to_string()}</td>
            <th scope="row" data-col="name" lang="vi">{name}</th>
            <td>{move || outcome.name(lang())}</td>
            <td><ul>{problems.collect_view()}</ul></td>
            <td>{classes}</td>
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_a_look_comes_first() {
        let row = |row, outcome, in_file: Option<Class>| ImportRow {
            row,
            outcome,
            name: None,
            record: None,
            problems: vec![],
            class_in_file: in_file,
            class_ours: Some(Class::Poor),
        };
        let mut rows = [
            row(2, RowOutcome::New, Some(Class::Poor)),
            row(3, RowOutcome::Same, Some(Class::NearPoor)),
            row(4, RowOutcome::Conflict, None),
            row(5, RowOutcome::Refused, None),
            row(6, RowOutcome::Changed, None),
        ];
        rows.sort_by_key(rank);
        let order: Vec<u32> = rows.iter().map(|row| row.row).collect();
        assert_eq!(order, [5, 4, 3, 2, 6]);
    }
}
