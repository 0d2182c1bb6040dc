//! The buttons of every table: Copy, CSV, Excel, Print.

use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use soho_frontend::i18n::{now, t};
use soho_frontend::ui::clipboard::copy;
use soho_shared::report::Table;

/// Time that "copied" is shown, in milliseconds.
const SAID: u32 = 4_000;

/// The buttons of one table.
#[component]
pub fn Tools(
    /// Returns the table as it is handed in; nothing until there is an answer.
    #[prop(into)]
    table: Callback<(), Option<Table>>,
    /// Address of the same table as a file, without the format.
    #[prop(into)]
    address: Signal<String>,
) -> impl IntoView {
    // Whether copying worked, for a while after it was asked for.
    let copied = RwSignal::new(None::<bool>);
    let on_copy = move |_| {
        let Some(table) = table.run(()) else { return };
        leptos::task::spawn_local(async move {
            copied.try_set(Some(copy(&table.tsv()).await));
            Timeout::new(SAID, move || {
                copied.try_set(None);
            })
            .forget();
        });
    };
    let words = move || match copied.get() {
        None => "",
        Some(true) => now(
            "Đã sao chép, dán được vào bảng tính",
            "Copied as it is handed in, in Vietnamese (11,26); paste it into a spreadsheet",
        ),
        Some(false) => now(
            "Trình duyệt không cho sao chép. Hãy tải tệp CSV.",
            "The browser refused to copy. Use CSV instead.",
        ),
    };
    view! {
        <div class="tools no-print">
            <button type="button" class="tool" data-tool="copy" on:click=on_copy>{t("Sao chép", "Copy")}</button>
            <Files address=address />
            <span class="said" role="status">{words}</span>
        </div>
    }
    .into_any()
}

/// Links to a table as a file, and to its pages for an office printer, which open beside this one.
#[component]
pub fn Files(
    /// Address of the table, without the format.
    #[prop(into)]
    address: Signal<String>,
) -> impl IntoView {
    let of = move |format: &'static str| move || format!("{}&format={format}", address.get());
    view! {
        <a class="tool" data-tool="csv" href=of("csv") rel="external" download="">"CSV"</a>
        <a class="tool" data-tool="xlsx" href=of("xlsx") rel="external" download="">"Excel"</a>
        <a class="tool" data-tool="print" href=of("print") target="_blank" rel="external noopener">{t("In", "Print")}</a>
    }
    .into_any()
}

/// The button that prints the page.
#[component]
pub fn Print() -> impl IntoView {
    let print = |_| {
        // Fails only where the browser prints nothing.
        let _ = window().print();
    };
    view! {
        <button type="button" class="tool" data-tool="print" on:click=print>{t("In", "Print")}</button>
    }
    .into_any()
}
