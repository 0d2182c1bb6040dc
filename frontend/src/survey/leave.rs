//! Signing out, and the screens for when nothing may be shown or typed.

use leptos::prelude::*;
use leptos::task::spawn_local;
use soho_frontend::i18n::{now, t};
use soho_frontend::local::Saved;
use soho_frontend::local::link::{self, Trouble};
use soho_frontend::local::notebook::{Closed, Left, sign_in};
use soho_frontend::ui::dom::{El, el};

use super::builders::{button, link as to, notice, p, test, when};
use super::state::Survey;
use super::{list, words};

/// Builds the screen for signing out. Below it stand the records that wait, as on their own screen, to be
/// sent, corrected or dropped.
pub(crate) fn leave(survey: Survey) -> Vec<El> {
    let left = RwSignal::new(None);
    let out = move |_| {
        spawn_local(async move {
            let notebook = survey.notebook(Clone::clone);
            match notebook.leave().await {
                Left::Done => sign_in(""),
                other => left.set(Some(other)),
            }
        });
    };
    let waits = move || survey.signals.waiting.get() > 0;
    let what = move || {
        if waits() {
            now(
                "Còn phiếu chưa gửi hết, nên chưa đăng xuất được. Hãy bấm Gửi; ô nào chưa đúng thì sửa lại hoặc bỏ.",
                "Some records are not sent, so you cannot sign out yet. Tap Send; mend or drop the fields that are wrong.",
            )
        } else {
            now(
                "Đăng xuất sẽ xóa sổ trên máy này. Mọi điều đã gửi vẫn còn trên máy chủ.",
                "Signing out wipes the book on this device. All that was sent stays on the server.",
            )
        }
    };
    let failure = move || {
        match left.get() {
        None | Some(Left::Done) => String::new(),
        Some(Left::Waits) => now(
            "Vừa có thêm điều chưa gửi. Chưa xóa gì; hãy gửi rồi đăng xuất lại.",
            "Something new waits to be sent. Nothing was wiped; send it, then sign out again.",
        )
        .to_owned(),
        Some(Left::OpenElsewhere) => now(
            "Sổ còn mở ở trang khác trên máy này. Chưa xóa gì; hãy đóng các trang Rà soát kia rồi đăng xuất lại.",
            "The book is open in another page of this device. Nothing was wiped; close the survey's other pages, then sign out again.",
        )
        .to_owned(),
        Some(Left::Failed(Trouble::Unreachable | Trouble::TimedOut)) => now(
            "Chưa kết nối được máy chủ nên chưa đăng xuất. Chưa xóa gì; hãy thử lại khi có mạng.",
            "The server was not reached, so you are still signed in. Nothing was wiped; try again with a network.",
        )
        .to_owned(),
        Some(Left::Failed(trouble)) => words::trouble_text(&trouble),
    }
    };
    let act = move || vec![test(button("button", t("Đăng xuất", "Sign out"), out), "leave")];
    let ask = el("div").with([
        p("", what),
        test(p("bad", failure), "leave-failure").attr("role", "alert"),
        when(move || !waits(), act),
    ]);
    let mut screen = list::waiting(survey);
    let title = el("h1").says(t("Đăng xuất khỏi máy này", "Sign out of this device"));
    screen.splice(1..2, [title, ask]);
    screen
}

/// Builds the screen for when the session is over or somebody else's edits wait here. It shows none of the records.
pub(crate) fn closed(closed: Closed) -> Vec<El> {
    if closed.over {
        spawn_local(async {
            // Where the server answers, the sign-in page has more to say.
            if let Ok(()) | Err(Trouble::Refused(_)) = link::check_session().await {
                sign_in("?to=/survey/");
            }
        });
    }
    let over = t(
        "Phiên làm việc đã hết: trình duyệt đã đóng hoặc lâu không kết nối máy chủ. Sổ trên máy này đã xóa; đăng nhập lại thì sổ tải về.",
        "The session is over: the browser was closed, or the server was not reached for long. The book on this device was wiped; it comes again when you sign in.",
    );
    let other = t("Sổ trên máy này là của người khác.", "The book on this device is somebody else's.");
    let waiting = move || match closed.waiting {
        0 => String::new(),
        n => format!(
            "{n} {} {}. {}",
            now("phiếu chưa gửi của tài khoản", "records not sent, of the account"),
            closed.owner.as_deref().unwrap_or_default(),
            now(
                "Phiếu vẫn giữ trên máy này, không ai xem được; khi tài khoản đó đăng nhập lại thì được gửi.",
                "They are kept here and shown to nobody; they are sent when that account signs in again.",
            )
        ),
    };
    vec![
        el("h1").says(t("Sổ trên máy này đang đóng", "The book on this device is closed")),
        test(
            notice(
                "warning",
                &[
                    p("", if closed.over { over } else { other }),
                    p("", waiting),
                    el("p").with([to("button", "/signin/?to=/survey/", t("Đăng nhập", "Sign in"))]),
                ],
            ),
            "closed",
        ),
    ]
}

/// Builds the screen for when another page took over the book (the device's database). Nothing more may be typed, and the
/// way on is offered once what was typed is stored.
pub(crate) fn let_go(saved: &Saved) -> Vec<El> {
    let why = t(
        "Trang này đã ngừng: sổ đang được nâng cấp hoặc xóa ở một trang khác.",
        "This page has stopped: the book is being upgraded or wiped in another page.",
    );
    let last = match saved {
        Saved::Saving => p(
            "",
            t("Đang lưu điều đã gõ, xin đừng đóng trang.", "Storing what was typed; do not close the page."),
        ),
        Saved::Failed(_) => p(
            "",
            t(
                "Điều đã gõ chưa lưu được, máy đang thử lại. Xin đừng đóng trang.",
                "What was typed is not stored yet; it is tried again. Do not close the page.",
            ),
        ),
        Saved::Untouched | Saved::At(_) => el("p").with([
            el("span").says(t("Điều đã gõ đã được lưu. ", "What was typed is stored. ")),
            to("button", "/survey/", t("Mở lại", "Open again")),
        ]),
    };
    vec![test(notice("warning", &[p("", why), last]), "let-go")]
}
