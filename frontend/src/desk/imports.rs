//! Spreadsheets read into the register: a file is looked at row by row, then written, and undone as a whole where it was wrong.

use gloo::net::http::Request;
use js_sys::Reflect;
use leptos::prelude::*;
use soho_frontend::clock;
use soho_frontend::i18n::{Lang, lang, now, t};
use soho_frontend::ui::focus;
use soho_frontend::ui::format::count;
use soho_shared::area::AreaCode;
use soho_shared::record::Round;
use soho_shared::support::{QUARTERS, supports_after, year_of};
use soho_shared::wire::imports::{
    ImportField, ImportKind, ImportLine, ImportList, ImportReport, ImportState, ImportUndone, TextEncoding,
};
use wasm_bindgen::JsValue;

use crate::address::Page;
use crate::head::Guard;
use crate::imports_report::report;
use crate::net::{self, Problem, Question};
use crate::problem::{Refused, Waiting};
use crate::rounds::LONG;
use crate::state::{Desk, desk};

/// Largest file that the server takes, in bytes.
const MAX_FILE: f64 = 33_554_432.0;

/// How a file is to be read, where its reader is not to decide.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct How {
    /// The sheet.
    pub sheet: Option<String>,
    /// Number of the row with the heads.
    pub header: Option<u32>,
    /// Columns by their letters, with what they say.
    pub columns: Vec<(String, ImportField)>,
    /// Columns by their letters, with how their texts were typed.
    pub encodings: Vec<(String, TextEncoding)>,
}

impl How {
    /// The end of an address, with the sheet's name as `encode` writes it.
    fn query(&self, encode: fn(&str) -> String) -> String {
        let mut query = String::new();
        if let Some(sheet) = &self.sheet {
            query.push_str(&format!("&sheet={}", encode(sheet)));
        }
        if let Some(header) = self.header {
            query.push_str(&format!("&header={header}"));
        }
        let columns: Vec<_> =
            self.columns.iter().map(|(of, field)| format!("{}:{of}", field.word())).collect();
        let encodings: Vec<_> =
            self.encodings.iter().map(|(of, how)| format!("{of}:{}", how.word())).collect();
        for (name, parts) in [("columns", columns), ("encodings", encodings)] {
            if !parts.is_empty() {
                query.push_str(&format!("&{name}={}", parts.join(",")));
            }
        }
        query
    }
}

/// What rows of supports are about that do not say it themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Given {
    /// Id of the support.
    support: Option<&'static str>,
    /// The quarter.
    quarter: Option<u8>,
}

impl Given {
    /// The end of an address.
    fn query(self) -> String {
        let support = self.support.map(|support| format!("&support={support}"));
        let quarter = self.quarter.map(|quarter| format!("&quarter={quarter}"));
        support.into_iter().chain(quarter).collect()
    }
}

/// Says something of a column, in place of what was said of it before. A field is of one column alone.
pub fn say<T: PartialEq>(of: &mut Vec<(String, T)>, column: &str, what: T, is_alone: bool) {
    of.retain(|(other, said)| other != column && !(is_alone && *said == what));
    of.push((column.to_owned(), what));
}

/// A file on the device, how it is to be read, and what the server says of it.
#[derive(Clone, Copy)]
pub struct Import {
    /// How it is to be read.
    pub how: RwSignal<How>,
    /// What it does, or did.
    pub report: RwSignal<Option<ImportReport>>,
    /// Whether that was written.
    pub is_written: RwSignal<bool>,
    /// Whether an answer is awaited.
    pub busy: RwSignal<bool>,
    desk: Desk,
    file: StoredValue<Option<JsValue>, LocalStorage>,
    name: RwSignal<Option<String>>,
    kind: RwSignal<ImportKind>,
    /// Of supports: the one that rows without one are about, and the quarter.
    given: RwSignal<Given>,
    refused: RwSignal<Option<Problem>>,
    list: Question<ImportList>,
    /// Number of the last question; an answer to one before comes too late.
    number: StoredValue<u32>,
}

impl Import {
    /// Forgets what was said of the file, which may be another one now.
    fn forget(self) {
        self.number.update_value(|number| *number += 1);
        self.how.set(How::default());
        self.report.set(None);
        self.refused.set(None);
        self.is_written.set(false);
        self.busy.set(false);
    }

    /// Whether the file could not be read because its heads were not understood.
    fn needs_help(self) -> bool {
        let of_heads = |problem: &Problem| matches!(problem.field.as_deref(), Some("header" | "columns"));
        self.report.with(Option::is_none)
            && self.refused.with(|refused| refused.as_ref().is_some_and(of_heads))
    }

    /// The field that a file cannot do without.
    fn required(self) -> ImportField {
        match self.kind.get() {
            ImportKind::Households | ImportKind::Supports => ImportField::HeadName,
            ImportKind::Declared => ImportField::DeclaredHouseholds,
        }
    }

    /// Takes the first file that a field or a drop holds.
    fn take(self, of: &JsValue) {
        let get = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).ok();
        let file = get(of, "files").and_then(|files| get(&files, "0")).filter(JsValue::is_object);
        let name = file.as_ref().and_then(|file| get(file, "name")?.as_string());
        let size = file.as_ref().and_then(|file| get(file, "size")?.as_f64()).unwrap_or_default();
        self.forget();
        if size > MAX_FILE {
            self.name.set(None);
            self.file.set_value(None);
            self.refused.set(Some(Problem::typed(
                "tệp lớn quá, nhiều nhất 32 MB: hãy chia thành nhiều tệp",
                "the file is too large, at most 32 MB: split it",
            )));
            return;
        }
        self.name.set(name);
        self.file.set_value(file);
    }

    /// Asks what the file does; with the digest of that answer, does it. Then the element `to` has the focus.
    pub fn ask(self, digest: Option<String>, to: &str) {
        let (Some(file), Some(name)) = (self.file.get_value(), self.name.get_untracked()) else { return };
        let here = untrack(|| self.desk.here());
        let encode = |text: &str| String::from(js_sys::encode_uri_component(text));
        let how = self.how.with_untracked(|how| how.query(encode));
        let kind = self.kind.get_untracked().word();
        let mut url = format!("/api/v1/imports?area={}&round={}&kind={kind}{how}", here.area, here.round);
        if self.kind.get_untracked() == ImportKind::Supports {
            url.push_str(&self.given.get_untracked().query());
        }
        let is_writing = digest.is_some();
        if let Some(digest) = digest {
            url.push_str(&format!("&dry=false&digest={digest}"));
        }
        let own = self.number.try_update_value(|number| {
            *number += 1;
            *number
        });
        let to = to.to_owned();
        self.busy.set(true);
        self.refused.set(None);
        leptos::task::spawn_local(async move {
            let answer = net::upload::<ImportReport>(&url, &name, file).await;
            if is_writing && answer.is_ok() && self.report.try_get_untracked().is_some() {
                self.list.ask_again();
            }
            if self.number.try_get_value() != own {
                return;
            }
            self.busy.set(false);
            match answer {
                Ok(report) => {
                    self.is_written.set(is_writing);
                    self.report.set(Some(report));
                    focus(&to);
                }
                Err(problem) => self.refused.set(Some(problem)),
            }
        });
    }
}

/// The page.
#[component]
pub fn Imports() -> impl IntoView {
    view! { <Guard page=Page::Imports><OfArea /></Guard> }.into_any()
}

#[component]
fn OfArea() -> impl IntoView {
    let desk = desk();
    let list = Question::<ImportList>::of(move || {
        let here = desk.here();
        Some(format!("/api/v1/imports?area={}&round={}", here.area, here.round))
    });
    let import = Import {
        how: RwSignal::new(How::default()),
        report: RwSignal::new(None),
        is_written: RwSignal::new(false),
        busy: RwSignal::new(false),
        desk,
        file: StoredValue::new_local(None),
        name: RwSignal::new(None),
        kind: RwSignal::new(ImportKind::default()),
        given: RwSignal::new(Given::default()),
        refused: RwSignal::new(None),
        list,
        number: StoredValue::new(0),
    };
    // What was said of one area or round goes for no other.
    Effect::new(move |before: Option<(AreaCode, Round)>| {
        let here = desk.here();
        let of = (here.area, here.round);
        if before.is_some_and(|before| before != of) {
            // Another year has other supports.
            import.given.set(Given::default());
            import.forget();
        }
        of
    });
    let under = move || match lang() {
        Lang::Vi => format!("Nhập danh sách từ tệp bảng tính vào sổ, đợt rà soát {}", desk.here().round),
        Lang::En => format!("Spreadsheets into the register, round of {}", desk.here().round),
    };
    view! {
        <h1 id="page-title" tabindex="-1" lang="vi">{move || desk.here().area.name()}</h1>
        <p class="lead under">{under}</p>
        <Choose import=import />
        {move || import.report.get().map(|told| report(import, told))}
        <Past list=list />
    }
    .into_any()
}

/// The choice of the file and of what its rows are about.
#[component]
fn Choose(import: Import) -> impl IntoView {
    let is_over = RwSignal::new(false);
    let kinds = ImportKind::ALL.map(|kind| {
        let chosen = move || import.kind.get() == kind;
        view! { <option value=kind.word() prop:selected=chosen>{move || kind.name(lang())}</option> }
    });
    let choose = move |event| {
        if let Ok(kind) = event_target_value(&event).parse() {
            import.kind.set(kind);
            import.forget();
        }
    };
    let on_file = move |event: web_sys::Event| {
        if let Some(input) = event.target() {
            import.take(&input);
        }
    };
    let over = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        is_over.set(true);
    };
    let drop = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        is_over.set(false);
        if let Ok(data) = Reflect::get(&event, &"dataTransfer".into()) {
            import.take(&data);
        }
    };
    let look = move |_| import.ask(None, "report-title");
    let is_off = move || import.busy.get() || import.name.with(Option::is_none);
    let said =
        move || if import.busy.get() { now("Đang đọc tệp…", "Reading the file…") } else { "" };
    view! {
        <section class="part no-print" data-section="choose">
            <h2>{t("Chọn tệp", "Choose a file")}</h2>
            <div class="field">
                <label for="import-kind">{t("Trong tệp có", "The file holds")}</label>
                <div class="input"><select id="import-kind" on:change=choose>{kinds}</select></div>
            </div>
            {move || (import.kind.get() == ImportKind::Supports).then(|| supports(import))}
            <div
                class="drop"
                data-over=move || is_over.get().then_some("")
                on:dragover=over
                on:dragleave=move |_| is_over.set(false)
                on:drop=drop
            >
                <div class="field">
                    <label for="import-file">{t(
                        "Tệp Excel, ODS hoặc CSV (chọn, hoặc kéo thả vào đây)",
                        "Excel, ODS or CSV file (choose it, or drop it here)",
                    )}</label>
                    <p class="hint" id="import-hint">{t(
                        "Tệp ở lại trên máy này đến khi bấm “Xem trước”. Xem trước chưa ghi gì vào sổ.",
                        "The file stays on this device until you press “Look at it first”, which writes nothing yet.",
                    )}</p>
                    <input
                        id="import-file"
                        type="file"
                        accept=".xlsx,.xlsm,.xls,.ods,.csv,.txt"
                        aria-describedby="import-hint import-problem"
                        on:change=on_file
                    />
                </div>
                <p data-testid="file-name">{move || import.name.get()}</p>
            </div>
            <Refused id="import-problem" problem=import.refused />
            <Show when=move || import.needs_help()>{help(import)}</Show>
            <p class="row">
                <button
                    type="button"
                    class="button"
                    data-testid="look"
                    disabled=is_off
                    on:click=look
                >
                    {t("Xem trước", "Look at it first")}
                </button>
                <span class="said" role="status">{said}</span>
            </p>
        </section>
    }
    .into_any()
}

/// The choice of the support and of the quarter, for files that do not say them row by row.
fn supports(import: Import) -> AnyView {
    let round = import.desk.here().round;
    let year = year_of(round);
    let offered = supports_after(round).unwrap_or_default();
    let is_none = offered.is_empty();
    let options = offered.iter().map(|support| {
        let support = *support;
        let is_own = move || import.given.get().support == Some(support.id);
        view! { <option value=support.id prop:selected=is_own>{move || support.name(lang())}</option> }
    });
    let options = options.collect_view();
    let quarters = QUARTERS.map(|quarter| {
        let is_own = move || import.given.get().quarter == Some(quarter);
        let name = move || format!("{} {quarter}/{year}", now("Quý", "Quarter"));
        view! { <option value=quarter.to_string() prop:selected=is_own>{name}</option> }
    });
    let on_support = move |event| {
        let id = event_target_value(&event);
        let support = offered.iter().find(|support| support.id == id).map(|support| support.id);
        import.given.update(|given| given.support = support);
        import.forget();
    };
    let on_quarter = move |event| {
        import.given.update(|given| given.quarter = event_target_value(&event).parse().ok());
        import.forget();
    };
    let none = move || match lang() {
        Lang::Vi => format!("Sổ chưa có danh sách hỗ trợ của năm {year}: hãy chọn đợt khác."),
        Lang::En => format!("The supports of {year} are not in the law files: choose another round."),
    };
    view! {
        <div class="fields" data-testid="import-supports">
            <div class="field">
                <label for="import-support">{t("Hỗ trợ", "Support")}</label>
                <div class="input">
                    <select id="import-support" on:change=on_support>
                        <option value="" prop:selected=move || import.given.get().support.is_none()>
                            {t("ghi ở từng dòng", "said in each row")}
                        </option>
                        {options}
                    </select>
                </div>
            </div>
            <div class="field">
                <label for="import-quarter">{t("Quý", "Quarter")}</label>
                <div class="input">
                    <select id="import-quarter" on:change=on_quarter>
                        <option value="" prop:selected=move || import.given.get().quarter.is_none()>
                            {t("ghi ở từng dòng", "said in each row")}
                        </option>
                        {quarters}
                    </select>
                </div>
            </div>
        </div>
        <p class="hint" hidden={!is_none} data-testid="supports-unknown">{none}</p>
    }
    .into_any()
}

/// What can be said of a file whose heads were not understood; it is read again by the button below.
fn help(import: Import) -> AnyView {
    let how = import.how.get_untracked();
    let needed = import.required();
    let column = how.columns.iter().find(|(_, field)| *field == needed).map(|(of, _)| of.clone());
    let encoding = how.encodings.first().map(|(_, encoding)| *encoding);
    let on_header = move |event| {
        import.how.update(|how| how.header = event_target_value(&event).trim().parse().ok());
    };
    let on_column = move |event| {
        let typed = event_target_value(&event).trim().to_ascii_uppercase();
        import.how.update(|how| {
            how.columns.retain(|(_, field)| *field != needed);
            if (1..=2).contains(&typed.len()) && typed.bytes().all(|letter| letter.is_ascii_uppercase()) {
                how.columns.push((typed, needed));
            }
        });
    };
    let on_encoding = move |event| {
        let all =
            event_target_value(&event).parse().ok().map(|encoding: TextEncoding| ("*".to_owned(), encoding));
        import.how.update(|how| how.encodings = all.into_iter().collect());
    };
    let encodings = TextEncoding::ALL.map(|of| {
        let is_own = encoding == Some(of);
        view! { <option value=of.word() selected=is_own>{of.name()}</option> }
    });
    let input = |id: &'static str, value: Option<String>| {
        view! { <input id=id type="text" autocomplete="off" maxlength="6" value=value /> }
    };
    view! {
        <div class="fields" data-testid="help">
            <div class="field short">
                <label for="help-header">{t("Tiêu đề cột ở dòng số", "The heads are in row")}</label>
                <div class="input" on:change=on_header>
                    {input("help-header", how.header.map(|header| header.to_string()))}
                </div>
            </div>
            <div class="field short">
                <label for="help-column">
                    {move || format!("{}: {}", needed.name(lang()), now("ở cột (A, B, C…)", "in column (A, B, C…)"))}
                </label>
                <div class="input" on:change=on_column>{input("help-column", column)}</div>
            </div>
            <div class="field">
                <label for="help-encoding">{t("Phông chữ của cả tệp", "Font of the whole file")}</label>
                <div class="input">
                    <select id="help-encoding" on:change=on_encoding>
                        <option value="">{t("tự nhận", "by itself")}</option>
                        {encodings}
                    </select>
                </div>
            </div>
        </div>
    }
    .into_any()
}

/// The imports that were made, each of which can be undone.
#[component]
fn Past(list: Question<ImportList>) -> impl IntoView {
    let page = Memo::new(move |_| list.answer.with(|answer| answer.here().cloned()));
    let refused = RwSignal::new(None::<Problem>);
    let done = RwSignal::new(None::<ImportUndone>);
    let said = move || {
        done.get().map(|ImportUndone { records, refused }| match (lang(), refused) {
            (Lang::Vi, 0) => format!("✓ Đã hoàn tác {records} phiếu."),
            (Lang::En, 0) => format!("✓ Records put back: {records}."),
            (Lang::Vi, _) => format!(
                "Đã hoàn tác {records} phiếu; {refused} chỗ không lùi được: hãy xem lại các phiếu này."
            ),
            (Lang::En, _) => format!(
                "Records put back: {records}; edits that could not be: {refused}. Look at these records."
            ),
        })
    };
    let table = move |page: ImportList| {
        if page.imports.is_empty() {
            let none = t("Đợt này chưa nhập tệp nào ở đây.", "No file was imported here in this round.");
            return view! { <p data-testid="imports-empty">{none}</p> }.into_any();
        }
        let is_long = page.imports.len() > LONG;
        let rows = page.imports.into_iter().map(|of| line(of, list, refused, done)).collect_view();
        view! {
            <div class="table-box" class:long=is_long role="region" tabindex="0" aria-labelledby="past-title">
                <table class="figures" data-testid="imports">
                    <thead>
                        <tr>
                            <th scope="col" data-col="name">{t("Tệp", "File")}</th>
                            <th scope="col">{t("Trong tệp có", "It held")}</th>
                            <th scope="col">{t("Lúc", "When")}</th>
                            <th scope="col">{t("Người nhập", "By")}</th>
                            <th scope="col" class="num">{t("Mới", "New")}</th>
                            <th scope="col" class="num">{t("Thay đổi", "Changed")}</th>
                            <th scope="col" class="num">{t("Khác nhau", "Conflicts")}</th>
                            <th scope="col">{t("Tình trạng", "State")}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <section class="part" data-section="imports">
            <h2 id="past-title" tabindex="-1">{t("Các lần đã nhập", "Imports made")}</h2>
            <Waiting question=list />
            <Refused id="undo-problem" problem=refused />
            <p role="status" data-testid="undone">{said}</p>
            {move || page.get().map(table)}
        </section>
    }
    .into_any()
}

fn line(
    of: ImportLine,
    list: Question<ImportList>,
    refused: RwSignal<Option<Problem>>,
    done: RwSignal<Option<ImportUndone>>,
) -> AnyView {
    let ImportLine { id, at, by, file, kind, state, counts } = of;
    let (busy, is_sure) = (RwSignal::new(false), RwSignal::new(false));
    let undo = move |_| {
        if !is_sure.get_untracked() {
            is_sure.set(true);
            return;
        }
        busy.set(true);
        refused.set(None);
        done.set(None);
        leptos::task::spawn_local(async move {
            match net::write(Request::post(&format!("/api/v1/imports/{id}/undo")), &()).await {
                Ok(undone) => {
                    done.try_set(Some(undone));
                    list.ask_again();
                    focus("past-title");
                }
                Err(problem) => {
                    refused.try_set(Some(problem));
                    is_sure.try_set(false);
                }
            }
            busy.try_set(false);
        });
    };
    let action = move || {
        if is_sure.get() {
            now("Đúng, hoàn tác cả lần nhập", "Yes, undo all of it")
        } else {
            now("Hoàn tác", "Undo")
        }
    };
    let label = {
        let file = file.clone();
        move || format!("{}: {file}", action())
    };
    let word = move || match state {
        ImportState::Begun => {
            now("Dở dang: nhập lại tệp này để ghi nốt", "Cut short: import the file again to write the rest")
        }
        ImportState::Done => now("Đã ghi", "Written"),
        ImportState::Undone => now("Đã hoàn tác", "Undone"),
    };
    let number = |number: u64| view! { <td class="num">{move || count(number)}</td> };
    let button = (state != ImportState::Undone).then(|| {
        view! {
            <button
                type="button"
                class="button danger no-print"
                data-testid="undo"
                data-sure=move || is_sure.get().then_some("")
                aria-label=label
                disabled=move || busy.get()
                on:click=undo
                on:blur=move |_| {
                    is_sure.try_set(false);
                }
            >
                {action}
            </button>
        }
    });
    view! {
        <tr data-testid="import-row" data-state=format!("{state:?}").to_lowercase()>
            <th scope="row" data-col="name">{file}</th>
            <td>{move || kind.name(lang())}</td>
            <td>{moment(at)}</td>
            <td>{by}</td>
            {number(counts.new)}
            {number(counts.changed)}
            {number(counts.conflict)}
            <td><span>{word}</span> " " {button}</td>
        </tr>
    }
    .into_any()
}

/// A time by the device's clock: `05/12/2011 14:07`.
fn moment(at: u64) -> String {
    let date = clock::date(at);
    let (day, month, year) = (date.get_date(), date.get_month() + 1, date.get_full_year());
    format!("{day:02}/{month:02}/{year} {:02}:{:02}", date.get_hours(), date.get_minutes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_for_the_whole_file_stands_in_the_address() {
        let of = |support, quarter| Given { support, quarter }.query();
        assert_eq!((of(None, None).as_str(), of(None, Some(2)).as_str()), ("", "&quarter=2"));
        assert_eq!(of(Some("electricity"), Some(1)), "&support=electricity&quarter=1");
    }

    #[test]
    fn what_was_corrected_stands_in_the_address() {
        let mut how = How { sheet: Some("Ap 1".to_owned()), header: Some(4), ..How::default() };
        let query = |how: &How| how.query(|text| text.replace(' ', "%20"));
        assert_eq!(query(&How::default()), "");
        say(&mut how.columns, "C", ImportField::Birth, true);
        say(&mut how.columns, "D", ImportField::Birth, true);
        say(&mut how.columns, "C", ImportField::HeadName, true);
        say(&mut how.encodings, "C", TextEncoding::Vni, false);
        say(&mut how.encodings, "D", TextEncoding::Vni, false);
        assert_eq!(query(&how), "&sheet=Ap%201&header=4&columns=birth:D,head_name:C&encodings=C:vni,D:vni");
    }
}
