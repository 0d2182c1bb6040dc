//! The buttons of every table: Copy, CSV, Print.

use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use soho_frontend::i18n::{now, t};
use soho_frontend::ui::clipboard::copy;
use soho_frontend::ui::file;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;

use crate::sheet::Sheet;

/// Time that "copied" is shown, in milliseconds.
const SAID: u32 = 4_000;

/// Outcome of the last tap.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    Copied,
    NotCopied,
}

/// The buttons of one table.
#[component]
pub fn Tools(
    /// Name of the section that is printed.
    section: &'static str,
    /// Returns the table as it is shown now; nothing while there are no figures.
    #[prop(into)]
    sheet: Callback<(), Option<Sheet>>,
    /// Address of the report that has the same figures, where there is one.
    #[prop(optional, into)]
    report: Option<Signal<String>>,
) -> impl IntoView {
    let said = RwSignal::new(Said::Nothing);
    let copy = move |_| {
        let Some(Sheet { table, .. }) = sheet.run(()) else { return };
        let text = table.tsv();
        leptos::task::spawn_local(async move {
            said.set(if copy(&text).await { Said::Copied } else { Said::NotCopied });
            Timeout::new(SAID, move || said.set(Said::Nothing)).forget();
        });
    };
    let save = move |_| {
        if let Some(sheet) = sheet.run(()) {
            download(&sheet);
        }
    };
    let files = report.map(|report| view! { <Files report=report /> });
    let words = move || match said.get() {
        Said::Nothing => "",
        Said::Copied => now(
            "Đã sao chép, dán được vào bảng tính",
            "Copied as it is handed in, in Vietnamese (11,26); paste it into a spreadsheet",
        ),
        Said::NotCopied => now(
            "Trình duyệt không cho sao chép. Hãy tải tệp CSV.",
            "The browser refused to copy. Use CSV instead.",
        ),
    };
    view! {
        <div class="tools no-print">
            <button type="button" class="tool" data-tool="copy" on:click=copy>{t("Sao chép", "Copy")}</button>
            <button type="button" class="tool" data-tool="csv" on:click=save>"CSV"</button>
            {files}
            <button type="button" class="tool" data-tool="print" on:click=move |_| print(section)>
                {t("In", "Print")}
            </button>
            <span class="said" role="status">{words}</span>
        </div>
    }
    .into_any()
}

/// What the server makes of a report: a workbook, and pages for an office printer.
#[component]
fn Files(report: Signal<String>) -> impl IntoView {
    let as_format = move |format: &'static str| move || format!("{}&format={format}", report.get());
    view! {
        <a class="tool" data-tool="xlsx" href=as_format("xlsx") rel="external" download="">"Excel"</a>
        <a class="tool" data-tool="paper" href=as_format("print") target="_blank" rel="external noopener">
            {t("Bản in A4", "A4 pages")}
        </a>
    }
    .into_any()
}

/// Saves a table as a CSV file, in the order shown.
fn download(sheet: &Sheet) {
    file::save(&format!("{}.csv", sheet.name), "text/csv;charset=utf-8", &sheet.table.csv());
}

/// Prints a single section of the page.
fn print(section: &'static str) {
    let Some(body) = document().body() else { return };
    each("[data-section]", |part| {
        let here = part.get_attribute("data-section").as_deref() == Some(section);
        let _ = part.class_list().toggle_with_force("not-printed", !here);
    });
    let _ = body.class_list().add_1("one-section");
    let _ = window().print();
}

/// Runs `run` on each element that a selector matches.
fn each(selector: &str, run: impl Fn(&web_sys::Element)) {
    let Ok(all) = document().query_selector_all(selector) else { return };
    for element in (0..all.length()).filter_map(|i| all.item(i)?.dyn_into().ok()) {
        run(&element);
    }
}

/// Opens what is folded before printing, however printing began, and folds it again afterwards, since nobody
/// can tap on paper. It follows the browser's events, because some browsers return from `print` at once and
/// print later.
pub fn watch_printing() {
    on("beforeprint", || {
        each("main details:not([open])", |folded| {
            let _ = folded.set_attribute("open", "");
            let _ = folded.class_list().add_1("for-print");
        });
    });
    on("afterprint", || {
        each(".for-print", |folded| {
            let _ = folded.remove_attribute("open");
            let _ = folded.class_list().remove_1("for-print");
        });
        if let Some(body) = document().body() {
            let _ = body.class_list().remove_1("one-section");
        }
    });
}

fn on(event: &str, run: fn()) {
    let run = Closure::<dyn Fn()>::new(run);
    let _ = window().add_event_listener_with_callback(event, run.as_ref().unchecked_ref());
    run.forget();
}
