//! Links to the papers of a round's meetings and recognition, laid out to be printed; each opens beside the desk.

use leptos::prelude::*;
use soho_frontend::i18n::{now, t};

use crate::recognition::Place;

/// Most certificates that one page of the printer's holds.
pub const MOST_CERTIFICATES: u64 = 300;

/// A paper: its word in addresses, and its two names.
type Paper = (&'static str, &'static str, &'static str);

const OF_HAMLETS: [Paper; 5] = [
    ("review_list", "Danh sách cần rà soát", "List to review"),
    ("meeting_list", "Danh sách đưa ra họp (chữ to)", "List for the meeting (large print)"),
    ("minutes", "Biên bản họp", "Minutes"),
    ("posted_list", "Danh sách niêm yết", "Posted list"),
    ("register_book", "Sổ quản lý hộ nghèo, hộ cận nghèo", "Register book"),
];
const DECISION: Paper = ("decision", "Quyết định công nhận", "Decision of recognition");
const CERTIFICATES: Paper = ("certificates", "Giấy chứng nhận", "Certificates");

/// The papers of a commune, or of one of its hamlets.
#[component]
pub fn Papers(
    /// Of which commune, round and hamlet.
    place: Place,
    /// Number of certificates that hold.
    certificates: u64,
) -> impl IntoView {
    let link = move |(word, vi, en): Paper| {
        let to = format!("{}/papers/{word}{}format=print", place.address(), place.query());
        view! {
            <li><a class="tool" href=to target="_blank" rel="external noopener" data-paper=word>{t(vi, en)}</a></li>
        }
    };
    let is_printed = (1..=MOST_CERTIFICATES).contains(&certificates);
    let hint = move || match certificates {
        0 => now(
            "Chưa có giấy chứng nhận nào còn giá trị để in.",
            "There is no certificate that holds, so none to print.",
        ),
        _ if is_printed => "",
        _ => now(
            "Có hơn 300 giấy chứng nhận: hãy chọn một ấp ở trên rồi in từng ấp.",
            "There are more than 300 certificates: choose a hamlet above and print them by hamlet.",
        ),
    };
    view! {
        <section class="part no-print" data-section="papers">
            <h2>{t("Giấy tờ để in", "Papers to print")}</h2>
            <ul class="chips">
                {OF_HAMLETS.map(link)}
                {place.hamlet.is_none().then(|| link(DECISION))}
                {is_printed.then(|| link(CERTIFICATES))}
            </ul>
            <p class="hint">{hint}</p>
        </section>
    }
    .into_any()
}
