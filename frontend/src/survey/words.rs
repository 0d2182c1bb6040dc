//! Words for states, troubles, times and fields.

use js_sys::Date;
use soho_frontend::i18n::{Lang, lang, now};
use soho_frontend::local::{RecordState, Trouble};
use soho_frontend::ui::format;
use soho_shared::assess::Missing;
use soho_shared::household::{Cause, field};
use soho_shared::income::IncomeSource;
use soho_shared::money::Vnd;
use soho_shared::sync::{Problem, Value};
use wasm_bindgen::JsValue;

/// Where a record stands.
pub(crate) fn state_name(state: RecordState) -> &'static str {
    match state {
        RecordState::Local => now("Chỉ trên máy này", "Only on this device"),
        RecordState::Sent => now("Đã gửi", "Sent"),
        RecordState::Conflict => now("Có khác biệt", "Differs"),
        RecordState::Rejected => now("Bị từ chối", "Refused"),
    }
}

/// What is missing.
pub(crate) fn missing_name(missing: Missing) -> &'static str {
    match missing {
        Missing::Members => now("số người", "number of people"),
        Missing::Income => now("thu nhập", "income"),
        Missing::IncomeLine => now("một dòng thu nhập chưa xong", "an unfinished income line"),
        Missing::Deprivations => now("điều kiện sống", "living conditions"),
    }
}

/// What went wrong, what is safe, and what to do.
pub(crate) fn trouble_text(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Unreachable => now(
            "Chưa gặp được máy chủ. Phiếu vẫn an toàn trên máy này; máy sẽ tự gửi khi có mạng.",
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
            "Cần đăng nhập để gửi. Phiếu vẫn an toàn trên máy này.",
            "Sign in to send. Records are safe here.",
        )
        .to_owned(),
        Trouble::Refused(problem) => {
            let what = now(
                "Máy chủ chưa nhận. Phiếu vẫn an toàn trên máy này; máy sẽ tự gửi lại. Máy chủ nói: ",
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

/// A problem in the server's own words.
pub(crate) fn problem_text(problem: &Problem) -> String {
    if problem.detail.is_empty() { problem.title.clone() } else { problem.detail.clone() }
}

/// `14:05`, or `14:05, 24/11/2026` for another day.
pub(crate) fn time(millis: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of our time fit 53 bits")]
    let at = Date::new(&JsValue::from_f64(millis as f64));
    let clock = format!("{:02}:{:02}", at.get_hours(), at.get_minutes());
    let today = Date::new_0();
    if at.to_date_string() == today.to_date_string() {
        return clock;
    }
    format!("{clock}, {:02}/{:02}/{}", at.get_date(), at.get_month() + 1, at.get_full_year())
}

/// A length of time, roughly: `12 phút`, `3 giờ`, `40 ngày`.
pub(crate) fn duration(millis: u64) -> String {
    let minutes = millis / 60_000;
    let (n, vi, en) = match minutes {
        0..120 => (minutes, "phút", "minutes"),
        120..2_880 => (minutes / 60, "giờ", "hours"),
        _ => (minutes / 1_440, "ngày", "days"),
    };
    format!("{}{}{}", format::count(n), format::NBSP, now(vi, en))
}

/// What a field is called.
pub(crate) fn field_name(path: &str) -> String {
    let name = match path {
        field::HAMLET => now("Ấp", "Hamlet"),
        field::HEAD_NAME => now("Họ tên chủ hộ", "Name of the head"),
        field::HEAD_BIRTH_YEAR => now("Năm sinh", "Year of birth"),
        field::HEAD_SEX => now("Giới tính", "Sex"),
        field::HEAD_ETHNIC_MINORITY => now("Chủ hộ là người dân tộc", "Head of an ethnic minority"),
        field::HEAD_IDENTITY_NUMBER => now("Số giấy tờ", "Identity number"),
        field::ADDRESS => now("Địa chỉ", "Address"),
        field::MEMBER_COUNT => now("Số người", "Number of people"),
        field::NO_INCOME => now("Không có thu nhập", "No income"),
        field::DEPRIVATION_COUNT => now("Số chỉ số thiếu hụt", "Lacking indicators"),
        field::FLOOR_AREA => now("Diện tích nhà ở", "Floor of the house"),
        field::MAIN_CAUSE => now("Nguyên nhân chính", "Main cause"),
        field::MERIT => now("Hộ người có công", "Merit household"),
        field::SOCIAL_PROTECTION => now("Đối tượng bảo trợ xã hội", "Social-protection beneficiary"),
        field::NOTE => now("Ghi chú", "Note"),
        field::REMOVED => now("Rút phiếu", "Withdrawn"),
        _ => item_field_name(path),
    };
    if name.is_empty() { path.to_owned() } else { name.to_owned() }
}

fn item_field_name(path: &str) -> &'static str {
    let mut parts = path.split('/');
    match (parts.next(), parts.nth(1)) {
        (Some("members"), Some("name")) => now("Người trong hộ: họ tên", "Member: name"),
        (Some("members"), Some("birth_year")) => now("Người trong hộ: năm sinh", "Member: year of birth"),
        (Some("members"), Some("months_present")) => {
            now("Người trong hộ: số tháng ở", "Member: months present")
        }
        (Some("members"), Some("relation")) => now("Người trong hộ: quan hệ", "Member: relation"),
        (Some("members"), Some("removed")) => now("Người trong hộ: bỏ khỏi danh sách", "Member: taken off"),
        (Some("members"), _) => now("Người trong hộ", "Member"),
        (Some("income"), Some("source")) => now("Thu nhập: nguồn", "Income: source"),
        (Some("income"), Some("amount")) => now("Thu nhập: số tiền", "Income: amount"),
        (Some("income"), Some("times")) => now("Thu nhập: số lần", "Income: times"),
        (Some("income"), Some("costs")) => now("Thu nhập: chi phí", "Income: costs"),
        (Some("income"), Some("removed")) => now("Thu nhập: bỏ dòng", "Income: line taken off"),
        (Some("income"), _) => now("Thu nhập", "Income"),
        (Some("deprivations"), _) => now("Điều kiện sống", "Living conditions"),
        _ => "",
    }
}

/// A value as people read it.
pub(crate) fn value_text(path: &str, value: &Value) -> String {
    match value {
        Value::Null => now("(để trống)", "(empty)").to_owned(),
        Value::Bool(true) => now("có", "yes").to_owned(),
        Value::Bool(false) => now("không", "no").to_owned(),
        Value::Int(n) if path.ends_with("/amount") || path.ends_with("/costs") => {
            Vnd::new(*n).map_or_else(|| n.to_string(), format::dong)
        }
        Value::Int(n) => n.to_string(),
        Value::Text(text) if path.ends_with("/source") => {
            IncomeSource::from_word(text).map_or_else(|| text.clone(), |s| s.name(lang()).to_owned())
        }
        Value::Text(text) if path == field::MAIN_CAUSE => Cause::from_word(text).map_or_else(
            || text.clone(),
            |c| if lang() == Lang::Vi { c.name_vi() } else { c.name_en() }.to_owned(),
        ),
        Value::Text(text) if path.ends_with("/sex") || path.ends_with("/relation") => word(text),
        Value::Text(text) => text.clone(),
        Value::List(_) | Value::Map(_) => {
            now("(dữ liệu của phiên bản mới hơn)", "(data of a newer version)").to_owned()
        }
    }
}

/// The people a member can be to the head: word, Vietnamese, English.
pub(crate) const RELATIONS: [(&str, &str, &str); 7] = [
    ("spouse", "Vợ, chồng", "Spouse"),
    ("child", "Con", "Child"),
    ("parent", "Cha, mẹ", "Parent"),
    ("grandchild", "Cháu", "Grandchild"),
    ("grandparent", "Ông, bà", "Grandparent"),
    ("sibling", "Anh, chị, em", "Sibling"),
    ("other", "Khác", "Other"),
];

fn word(text: &str) -> String {
    let known = RELATIONS.into_iter().find(|(word, ..)| *word == text).map(|(_, vi, en)| now(vi, en));
    match text {
        "female" => now("nữ", "female").to_owned(),
        "male" => now("nam", "male").to_owned(),
        _ => known.unwrap_or(text).to_owned(),
    }
}
