//! Words for states, troubles, times and fields, in the language of the page.

use std::borrow::Cow;

use js_sys::Date;
use soho_frontend::clock;
use soho_frontend::i18n::{Lang, lang, now};
use soho_frontend::local::{Held, RecordState, Trouble};
use soho_frontend::ui::format;
use soho_shared::access::OUTSIDE_AREAS;
use soho_shared::assess::Missing;
use soho_shared::count::Left;
use soho_shared::household::field;
use soho_shared::record::{Round, Value};
use soho_shared::wire::Problem;
use soho_shared::words;

/// Returns the name of a record's state, with the number of fields that stay on the device.
pub(crate) fn state_name(state: RecordState, held: usize) -> Cow<'static, str> {
    Cow::Borrowed(match state {
        RecordState::Held => {
            let fields = now("ô", if held == 1 { "field" } else { "fields" });
            return format!("{} {held} {fields}", now("Đã gửi, trừ", "Sent, but for")).into();
        }
        RecordState::Local => now("Chưa gửi", "Not sent"),
        RecordState::Sent => now("Đã gửi", "Sent"),
        RecordState::Conflict => now("Hai người ghi khác nhau", "Two people differ"),
        RecordState::Rejected => now("Bị từ chối", "Refused"),
    })
}

/// Returns the name of what is missing.
pub(crate) fn missing_name(missing: Missing) -> &'static str {
    match missing {
        Missing::Members => now("số người", "number of people"),
        Missing::Income => now("thu nhập", "income"),
        Missing::IncomeLine => now("một dòng thu nhập chưa xong", "an unfinished income line"),
        Missing::Deprivations => now("điều kiện sống", "living conditions"),
        Missing::Residence => now("nông thôn hay thành thị", "rural or urban"),
        Missing::Confirmation => {
            now("xác nhận điều ghi theo đợt trước", "confirmation of what is carried over")
        }
    }
}

/// Returns a sentence for a failed request: what went wrong, what is safe and what to do.
pub(crate) fn trouble_text(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Unreachable => now(
            "Chưa kết nối được máy chủ. Phiếu vẫn an toàn trên máy này; máy sẽ tự gửi khi có mạng.",
            "The server was not reached. Records are safe on this device and will be sent by themselves.",
        )
        .to_owned(),
        Trouble::TimedOut => now(
            "Mạng chậm, chưa gửi xong. Phiếu vẫn an toàn trên máy này; máy sẽ tự gửi lại.",
            "The network is slow; not everything went out. Records are safe here and will be sent again.",
        )
        .to_owned(),
        Trouble::NotUnderstood => now(
            "Có mạng nhưng không phải máy chủ trả lời (có thể mạng đòi đăng nhập). Phiếu vẫn an toàn trên máy này.",
            "Something other than the server answered (the network may want a sign-in). Records are safe here.",
        )
        .to_owned(),
        Trouble::Refused(Problem { status: 401, .. }) => now(
            "Cần đăng nhập để gửi: bấm Tài khoản ở đầu trang. Phiếu vẫn an toàn trên máy này.",
            "Sign in to send: tap Account above. Records are safe here.",
        )
        .to_owned(),
        Trouble::Refused(Problem { kind, .. }) if kind == OUTSIDE_AREAS => now(
            "Ấp này không thuộc địa bàn của tài khoản. Hãy chọn lại ấp. Phiếu vẫn an toàn trên máy này.",
            "This hamlet is not in the account's areas. Choose another. Records are safe here.",
        )
        .to_owned(),
        Trouble::Refused(problem) => {
            let what = now(
                "Máy chủ chưa nhận. Phiếu vẫn an toàn trên máy này; máy sẽ tự gửi lại. Máy chủ báo: ",
                "The server does not take it now. Records are safe here and will be sent again. It says: ",
            );
            format!("{what}{}", problem_text(problem))
        }
        Trouble::Storage(why) => {
            let what = now(
                "Máy này không ghi được dữ liệu. Hãy giải phóng bộ nhớ của máy. Chi tiết: ",
                "This device could not store data. Free some of its memory. Detail: ",
            );
            format!("{what}{why}")
        }
    }
}

/// Returns the text of a problem in the server's own words.
pub(crate) fn problem_text(problem: &Problem) -> String {
    let said = problem.vi.as_deref().filter(|_| lang() == Lang::Vi);
    let said = said.or((!problem.detail.is_empty()).then_some(problem.detail.as_str()));
    said.unwrap_or(&problem.title).to_owned()
}

/// Returns the reason why a field stays on the device. Where one input stands for two fields, it is of both.
pub(crate) fn held_text(path: &str, round: Round, why: &Held) -> String {
    match why {
        Held::Unfinished(_) if path.contains("/birth_") => format!(
            "{} {round}",
            now(
                "Ghi năm sinh đủ bốn số (1950) hoặc ngày, tháng, năm sinh (12/3/1950), từ năm 1880 đến năm",
                "A year of birth in four digits (1950) or a day, month and year (12/3/1950), from 1880 to",
            )
        ),
        Held::Unfinished(_) if path == field::FLOOR_AREA_DM2 => {
            now("Ghi số m² từ 0 đến 10.000, ví dụ 32,5", "Square metres from 0 to 10,000, like 32.5")
                .to_owned()
        }
        Held::Unfinished(_) => field::rule(lang(), path, round),
        Held::Refused(problem) => problem_text(problem),
    }
}

/// Formats a time: `14:05`, or `14:05, 24/11/2026` on another day.
pub(crate) fn time(millis: u64) -> String {
    let at = clock::date(millis);
    let clock = format!("{:02}:{:02}", at.get_hours(), at.get_minutes());
    let today = Date::new_0();
    if at.to_date_string() == today.to_date_string() {
        return clock;
    }
    format!("{clock}, {:02}/{:02}/{}", at.get_date(), at.get_month() + 1, at.get_full_year())
}

/// Formats a duration roughly: `12 phút`, `3 giờ`, `40 ngày`.
pub(crate) fn duration(millis: u64) -> String {
    let minutes = millis / 60_000;
    let (n, vi, en) = match minutes {
        0..120 => (minutes, "phút", "minutes"),
        120..2_880 => (minutes / 60, "giờ", "hours"),
        _ => (minutes / 1_440, "ngày", "days"),
    };
    format!("{}{}{}", format::count(n), format::NBSP, now(vi, en))
}

/// Returns the name of a field.
pub(crate) fn field_name(path: &str) -> &str {
    words::field_name(lang(), path)
}

/// Returns a value of a field as people read it.
pub(crate) fn value_text(path: &str, value: &Value) -> String {
    words::value_text(lang(), path, value)
}

/// Returns what has become of a household that has left.
pub(crate) fn left_name(left: Option<Left>) -> &'static str {
    match left {
        Some(Left::MovedOut) => now("Đã chuyển đi", "Moved away"),
        Some(Left::Dissolved) => now("Không còn hộ", "No household any more"),
        None => "",
    }
}
