//! The card of one person.

use std::rc::Rc;

use leptos::prelude::*;
use soho_frontend::i18n::{Lang, now, t};
use soho_frontend::ui::dom::{El, el, follow};
use soho_shared::fold::fold;
use soho_shared::household::field::{MEMBER_COUNT, RELATIONS};
use soho_shared::household::{Allowance, Joined, Member, Occupation};
use soho_shared::record::{Subject, Value};

use super::fields::{
    About, DIGITS, Way, choice, dispute, field as input, field_about, number, options, text, text_of, tick,
    with_dispute, word_of,
};
use super::head::let_go;
use super::pen::Pen;
use super::{Sheet, show};
use crate::builders::{button, link, p, span, test, truth, when};
use crate::row::Row;
use crate::state::Route;

/// A person's fields that the card always shows, by the last part of their paths.
const BASIC: [&str; 6] = ["head", "name", "birth_date", "birth_year", "sex", "relation"];
/// Those that it shows when asked for more, and wherever one of them is said. The first is an earlier version's.
const MORE: [&str; 11] = [
    "ethnic_minority",
    "months_present",
    "joined",
    "ethnicity",
    "identity_number",
    "disabled",
    "occupation",
    "pupil",
    "seriously_ill",
    "insured",
    "allowance",
];

/// Peoples most often met here; any other can be typed.
const PEOPLES: [&str; 3] = ["Kinh", "Khmer", "Hoa"];

/// Returns whether a person's card shows a field.
pub(super) fn shows(name: &str, is_head: bool) -> bool {
    (BASIC.contains(&name) || MORE.contains(&name)) && !(is_head && name == "relation")
}

/// A date of birth, `12/3/1950`, or only its year. Anything else is kept as typed and stays on the device.
const BIRTH: Way = Way {
    read: |text| {
        let text = text.trim();
        if text.is_empty() {
            return Value::Null;
        }
        if let Ok(year) = text.parse() {
            return Value::Int(year);
        }
        let parts: Vec<&str> = text.split(['/', '.', ',', '-', ' ']).collect();
        let are_digits =
            parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
        match parts[..] {
            [day, month, year] if are_digits && day.len() < 3 && month.len() < 3 && year.len() == 4 => {
                format!("{year}-{month:0>2}-{day:0>2}").into()
            }
            _ => text.into(),
        }
    },
    show: |value| match (value, year_of(value)) {
        (Value::Int(year), _) => year.to_string(),
        (Value::Text(text), Some(year)) => {
            let (month, day) = text[5..].split_once('-').unwrap_or_default();
            format!("{}/{}/{year}", day.trim_start_matches('0'), month.trim_start_matches('0'))
        }
        _ => text_of(value),
    },
};

/// Returns the year of a date that was read whole.
fn year_of(date: &Value) -> Option<i64> {
    let (year, rest) = date.as_text()?.split_once('-')?;
    if year.len() == 4 && rest.len() == 5 { year.parse().ok() } else { None }
}

/// Builds the input for year or date of birth.
fn birth(pen: Pen, id: &str, [date, year]: [String; 2]) -> El {
    let disputes = [dispute(pen, &date), dispute(pen, &year)];
    let paths = vec![date.clone(), year.clone()];
    let (read_date, read_year) = (date.clone(), year.clone());
    let read = move || match pen.value(&read_date) {
        Value::Null => pen.value(&read_year),
        date => date,
    };
    let write = move |value: Value| {
        let fields = match value {
            Value::Text(_) => {
                // While a date is being typed, a year that was known stays; what is left of typing it goes.
                let known = untrack(|| pen.value(&year));
                let known = if known.as_int().is_some_and(|year| year > 999) { known } else { Value::Null };
                let own = year_of(&value).map_or(known, Value::Int);
                vec![(date.clone(), value), (year.clone(), own)]
            }
            value => vec![(date.clone(), Value::Null), (year.clone(), value)],
        };
        pen.set_all(fields);
    };
    let about = About { read: Rc::new(read), write: Rc::new(write), paths };
    let label = t("Năm sinh hoặc ngày sinh", "Year or date of birth");
    let hint =
        t("Ví dụ: 1950, hoặc 12/3/1950 (gõ 12.3.1950 cũng được)", "Like 1950, or 12/3/1950 or 12.3.1950");
    let mut field = field_about(pen, id, label.into(), BIRTH, about).hint(hint);
    field.inputmode = "decimal";
    field.class = "short";
    el("div").with([field.el()]).all(&disputes)
}

/// Builds a person's card. `twins` are the ids of those who are listed twice; `gone` gets who is taken off.
pub(super) fn card(
    sheet: Sheet,
    id: &str,
    is_head: bool,
    twins: Memo<Vec<String>>,
    gone: RwSignal<Option<String>>,
) -> El {
    let Sheet { household, head, .. } = sheet;
    let pen = Pen::of_member(sheet, id, is_head);
    let path = |name: &str| format!("members/{id}/{name}");
    let html = |name: &str| if is_head { format!("head-{name}") } else { format!("member-{id}-{name}") };
    let of = id.to_owned();
    let member: Memo<Member> = Memo::new(move |_| {
        pen.track();
        household.with_untracked(|h| h.members.get(&of).cloned()).unwrap_or_default()
    });
    let away = move || {
        if member.with(Member::counts) {
            ""
        } else {
            now("Không tính: ở dưới 6 tháng.", "Not counted: under 6 months.")
        }
    };
    let of = id.to_owned();
    let twice = move || {
        if twins.with(|twins| twins.contains(&of)) {
            now(
                "Trong hộ có hai người cùng tên, cùng năm sinh: có phải một người ghi hai lần?",
                "Two people here have the same name and year of birth: is it one person entered twice?",
            )
        } else {
            ""
        }
    };
    let name =
        if is_head { t("Họ và tên chủ hộ", "Name of the head") } else { t("Họ và tên", "Name") };
    let mut rows = Vec::new();
    if is_head {
        let unlisted = move || {
            if head.with(|head| head.is_listed) || sheet.people(|h| h.members.is_empty()) {
                ""
            } else {
                now(
                    "Chưa có trong danh sách người trong hộ nên không tính. Sửa ở đây thì được thêm vào danh sách.",
                    "Not among those listed, so not counted. With an edit here the head is listed, too.",
                )
            }
        };
        rows.extend([el("h3").says(t("Chủ hộ", "Head of the household")), p("hint", unlisted)]);
    }
    rows.push(text(pen, &html("name"), &path("name"), name));
    if is_head {
        rows.push(neighbour(sheet));
    }
    rows.extend([
        p("hint", twice).attr("role", "status"),
        birth(pen, &html("birth-year"), [path("birth_date"), path("birth_year")]),
        choice(
            pen,
            &html("sex"),
            &path("sex"),
            t("Giới tính", "Sex"),
            &[("female", "Nữ", "Female"), ("male", "Nam", "Male")],
        ),
    ]);
    if !is_head {
        let label = t("Quan hệ với chủ hộ", "Relation to the head");
        rows.push(word_of(pen, &html("relation"), &path("relation"), label, options(&RELATIONS)));
    }
    rows.extend([p("hint", away), more(sheet, pen, id, is_head, member), dispute(pen, &path("head"))]);
    let [make_head, remove] = others(sheet, id, gone);
    if is_head {
        // Two tablets may have marked one each.
        let heads = move || sheet.people(|h| h.members.values().filter(|member| member.head).count());
        rows.push(make_head.flag("hidden", move || heads() < 2));
    } else {
        rows.push(el("div").class("row").with([make_head, remove]));
    }
    let label =
        if is_head { t("Chủ hộ", "Head of the household") } else { t("Một người", "One person") };
    test(el("div").class("item"), "member")
        .attr("data-head", if is_head { "true" } else { "false" })
        .attr("role", "group")
        .named("aria-label", label)
        .all(&rows)
}

/// Builds what can be done with a person who is not the head.
fn others(sheet: Sheet, id: &str, gone: RwSignal<Option<String>>) -> [El; 2] {
    let Sheet { survey, household, .. } = sheet;
    let of = id.to_owned();
    let make_head = move |_| {
        let before = household.with_untracked(|h| {
            let marked = h.members.iter().filter(|(_, member)| member.head);
            marked.map(|(id, _)| format!("members/{id}/head")).collect::<Vec<_>>()
        });
        let own = format!("members/{of}/head");
        let mut fields: Vec<(&str, Value)> =
            before.iter().map(|path| (path.as_str(), false.into())).collect();
        fields.push((&own, true.into()));
        // As in `claim`: a list of the head alone gives way to the number that is stated.
        let alone = household.with_untracked(|h| {
            (h.members.len() == 1)
                .then(|| h.counted_members().map_or(Value::Null, |n| i64::from(n.get()).into()))
        });
        fields.extend(alone.map(|count| (MEMBER_COUNT, count)));
        survey.set_all(fields);
        let_go(survey);
        show("members-title");
    };
    let of = id.to_owned();
    let remove = move |_| {
        survey.set(&format!("members/{of}/removed"), true);
        gone.set(Some(of.clone()));
        show("members-title");
    };
    let make_head = button("button plain", t("Đặt làm chủ hộ", "Make this person the head"), make_head);
    let remove = button("button plain", t("Bỏ người này", "Take this person off"), remove);
    [test(make_head, "make-head"), test(remove, "remove-member")]
}

/// Builds what is asked beyond the basic questions. Closed, it is not even built: a large household has forty cards.
fn more(sheet: Sheet, pen: Pen, id: &str, is_head: bool, member: Memo<Member>) -> El {
    let is_new = is_head && !sheet.head.with_untracked(|head| head.is_listed);
    let open = RwSignal::new(is_new);
    let told = Memo::new(move |_| pen.tells(&MORE));
    follow(move || {
        if told.get() {
            open.set(true);
        }
    });
    let details = el("details").flag("open", move || open.get());
    let this = details.clone();
    let id = id.to_owned();
    details
        .on("toggle", move |_| {
            if this.node().has_attribute("open") {
                open.set(true);
            }
        })
        .with([
            el("summary").says(t("Thêm về người này", "More about this person")),
            when(move || open.get(), move || questions(sheet, pen, &id, is_head, member)),
        ])
}

fn questions(sheet: Sheet, pen: Pen, id: &str, is_head: bool, member: Memo<Member>) -> Vec<El> {
    let key = sheet.key;
    let path = |name: &str| format!("members/{id}/{name}");
    let html = |name: &str| if is_head { format!("head-{name}") } else { format!("member-{id}-{name}") };
    // Age reached in the year of the round, as far as the year of birth is known.
    let turns = Memo::new(move |_| {
        let of_head = if is_head { sheet.people(|h| h.head_birth_year) } else { None };
        let born = of_head.or_else(|| member.with(|m| m.birth_year))?;
        Some(i64::from(key.round.year()) - born)
    });
    // What is said or in dispute stays in sight.
    let hides = move |name: &'static str, is_asked: bool| !is_asked && !pen.tells(&[name]);
    let months = number(pen, &html("months"), &path("months_present"), t("Số tháng ở nhà", "Months present"))
        .hint(t(
            "Người mới sinh, mới cưới về, mới về ở hẳn: để trống",
            "Newly born, married in or come for good: leave empty",
        ));
    let joined: Vec<_> =
        Joined::ALL.iter().map(|one| (one.word(), one.name(Lang::Vi), one.name(Lang::En))).collect();
    let joined_label = t("Dưới 6 tháng: có phải mới vào hộ?", "Under 6 months: new in the household?");
    let work: Vec<_> =
        Occupation::ALL.iter().map(|one| (one.word(), one.name(Lang::Vi), one.name(Lang::En))).collect();
    let allowances: Vec<_> =
        Allowance::ALL.iter().map(|one| (one.word(), one.name(Lang::Vi), one.name(Lang::En))).collect();
    let identity_id = if is_head { "identity-number".to_owned() } else { html("identity-number") };
    let identity_label = t("Số CMND hoặc CCCD", "Identity number (CMND or CCCD)");
    let mut identity = input(pen, &identity_id, &path("identity_number"), identity_label, DIGITS);
    identity.inputmode = "numeric";
    let tick_of = |id: &str, name: &'static str, vi, en| tick(pen, &html(id), &path(name), t(vi, en));
    vec![
        with_dispute(pen, &path("months_present"), months),
        word_of(pen, &html("joined"), &path("joined"), joined_label, options(&joined))
            .flag("hidden", move || {
                hides("joined", member.with(|m| m.months_present.is_some_and(|months| months < 6)))
            }),
        ethnicity(pen, &html("ethnicity"), &path("ethnicity")),
        with_dispute(pen, &path("identity_number"), identity).flag("hidden", move || {
            hides("identity_number", is_head || turns.get().is_none_or(|age| age >= 18))
        }),
        word_of(
            pen,
            &html("occupation"),
            &path("occupation"),
            t("Việc làm, học hành", "Work or school"),
            options(&work),
        ),
        tick_of("pupil", "pupil", "Đang đi học, mẫu giáo", "Goes to school or kindergarten").flag(
            "hidden",
            // One who turns 19 in the year was 18 at its beginning.
            move || hides("pupil", turns.get().is_none_or(|age| age <= 19)),
        ),
        tick_of("insured", "insured", "Có thẻ bảo hiểm y tế", "Has a health-insurance card"),
        tick_of("ill", "seriously_ill", "Đang mắc bệnh nặng, bệnh hiểm nghèo", "Now gravely ill"),
        tick_of("disabled", "disabled", "Là người khuyết tật", "Has a disability"),
        word_of(
            pen,
            &html("allowance"),
            &path("allowance"),
            t("Trợ cấp xã hội hằng tháng", "Monthly social allowance"),
            options(&allowances),
        ),
    ]
}

/// Builds the input for the ethnicity, with the commonest ones to tap.
fn ethnicity(pen: Pen, id: &str, path: &str) -> El {
    let chips = PEOPLES.map(|people| {
        let (read, write) = (path.to_owned(), path.to_owned());
        let pick = button("choice small-choice", people, move |_| pen.set(&write, people.into()));
        truth(pick, "aria-pressed", move || pen.value(&read).as_text() == Some(people))
    });
    el("div").with([text(pen, id, path, t("Dân tộc", "Ethnicity")), el("div").class("row chips").all(&chips)])
}

/// Builds the line that names another record of the hamlet with the head's name at the same address.
fn neighbour(sheet: Sheet) -> El {
    let Sheet { survey, key, household, .. } = sheet;
    let own = Memo::new(move |_| {
        household
            .with(|h| [&h.head_name, &h.address].map(|text| text.as_deref().map(fold).unwrap_or_default()))
    });
    let other: Memo<Option<Subject>> = Memo::new(move |_| {
        own.with(|own| {
            if own.iter().any(String::is_empty) {
                return None;
            }
            survey.rows.with(|rows| {
                let is_same = |row: &&Row| {
                    row.key.subject != key.subject
                        && !row.removed
                        && own.iter().all(|text| row.matches(text))
                        && *own == [&row.name, &row.address].map(|text| fold(text))
                };
                rows.iter().find(is_same).map(|row| row.key.subject)
            })
        })
    });
    el("p").class("hint").attr("role", "status").made(move || {
        let Some(other) = other.get() else { return Vec::new() };
        let what = t(
            "Trong ấp đã có một phiếu cùng tên chủ hộ, cùng địa chỉ. ",
            "The hamlet has another record with this head's name and address. ",
        );
        let see = t("Xem phiếu kia", "See that record");
        vec![span(what), link("", &Route::Household(other, None).hash(), see)]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_birth_is_a_year_or_a_day_and_all_else_stays_as_typed() {
        let day = Value::from;
        for (typed, value, shown) in [
            ("", Value::Null, ""),
            (" 1950 ", 1950.into(), "1950"),
            ("62", 62.into(), "62"),
            ("12/3/1950", day("1950-03-12"), "12/3/1950"),
            ("01.12.1950", day("1950-12-01"), "1/12/1950"),
            ("1 12 1950", day("1950-12-01"), "1/12/1950"),
            // No day of any year: what may stand in the field is known to its rule.
            ("31/2/1950", day("1950-02-31"), "31/2/1950"),
            ("12/3/19", day("12/3/19"), "12/3/19"),
            ("3/1950", day("3/1950"), "3/1950"),
            ("12//1950", day("12//1950"), "12//1950"),
            ("khoảng 1950", day("khoảng 1950"), "khoảng 1950"),
        ] {
            assert_eq!((BIRTH.read)(typed), value, "{typed}");
            assert_eq!((BIRTH.show)(&value), shown, "{typed}");
        }
        assert_eq!(
            ["1950-03-12", "12/3/1950", "12-3-1950"].map(|date| year_of(&date.into())),
            [Some(1950), None, None]
        );
    }

    #[test]
    fn every_field_of_a_person_has_its_place_on_the_card() {
        for name in BASIC.iter().chain(&MORE[1..]) {
            assert!(shows(name, false), "{name}");
        }
        assert!(shows("identity_number", true) && !shows("relation", true));
        assert!(!shows("removed", false) && !shows("nickname", true));
    }
}
