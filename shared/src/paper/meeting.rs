//! Papers of a hamlet's meeting (họp bình xét): the list that is read out, and the minutes.
//!
//! The minutes hold what the rules name and no more (confidence medium): the form itself was not seen whole.

use super::issuer::{birth_column, birth_year, head_column, head_name, members, members_column, short};
use super::{Block, Form, Issuer, Paper, Signature};
use crate::count::Listed;
use crate::lang::Lang;
use crate::law::meeting_rule;
use crate::recognition::{Case, Votes};
use crate::report::{Cell, Column, Table};
use crate::standard::Note;
use crate::words::day;

/// A hamlet's meeting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meeting {
    /// Where it was held.
    pub place: Option<String>,
    /// On which day: `2011-11-20`.
    pub date: Option<String>,
    /// Who chaired it.
    pub chair: Option<String>,
    /// Who wrote the minutes.
    pub secretary: Option<String>,
    /// Households invited.
    pub invited: Option<i64>,
    /// People present.
    pub present: Option<i64>,
    /// What was said.
    pub opinions: Option<String>,
}

/// First round whose meetings write two copies of the minutes (Quyết định 24/2021/QĐ-TTg, confidence high).
const TWO_COPIES: u16 = 2021;

/// The list for the meeting of a hamlet, in large print: columns for the votes, empty or as they were entered.
#[must_use]
pub fn list(of: &Issuer, hamlet: u8, cases: &[Case]) -> Paper {
    let columns = vec![
        head_column(),
        birth_column(),
        members_column(),
        Column::text("start", ("Đầu năm", "Start of the year"), 10),
        Column::text("result", ("Kết quả rà soát", "Result"), 14),
        Column::text("agreed", ("Đồng ý", "For"), 8),
        Column::text("against", ("Không đồng ý", "Against"), 8),
    ];
    let table = of.list(columns, cases, |case| {
        let mut cells = vec![head_name(case), birth_year(case), members(case)];
        cells.extend(result(of, case));
        cells.extend(counted(case.votes));
        cells
    });
    Paper {
        title: "DANH SÁCH ĐƯA RA HỌP BÌNH XÉT".to_owned(),
        subject: Some(subject(of, hamlet)),
        blocks: vec![Block::Table(table)],
        form: Form::Large,
        ..Paper::default()
    }
}

/// The minutes of a hamlet's meeting. What was not entered leaves room to write.
#[must_use]
pub fn minutes(of: &Issuer, hamlet: u8, meeting: &Meeting, cases: &[Case]) -> Paper {
    let field = |name: &str, value: Option<String>| (name.to_owned(), value.unwrap_or_default());
    let number = |value: Option<i64>| value.map(|number| number.to_string());
    let two = of.round.year() >= TWO_COPIES;
    let mut blocks = vec![
        Block::Fields(vec![
            field("Ngày họp", meeting.date.as_deref().map(day)),
            field("Bắt đầu lúc", None),
            field("Địa điểm", meeting.place.clone()),
            field("Chủ trì", meeting.chair.clone()),
            field("Thư ký", meeting.secretary.clone()),
            field("Thành phần dự họp", None),
            field("Số hộ được mời", number(meeting.invited)),
            field("Số người có mặt", number(meeting.present)),
        ]),
        Block::Article("1.".to_owned(), "Chủ trì đọc danh sách và kết quả rà soát từng hộ.".to_owned()),
        Block::Article("2.".to_owned(), format!("Cuộc họp cho ý kiến từng hộ.{}", rule(of))),
        Block::Table(table(of, cases)),
    ];
    blocks.push(Block::Article("3.".to_owned(), outcome(cases)));
    if meeting.opinions.is_some() {
        blocks.push(Block::Article("4.".to_owned(), "Ý kiến tại cuộc họp:".to_owned()));
        blocks.extend(meeting.opinions.clone().map(Block::Words));
    } else {
        blocks.push(Block::Fields(vec![field("4. Ý kiến tại cuộc họp", None)]));
    }
    blocks.push(Block::Fields(vec![
        field("Biên bản lập thành (bản)", two.then(|| "02: một bản lưu ở ấp, một bản gửi xã".to_owned())),
        field("Kết thúc lúc", None),
    ]));
    let sign = |line: &str, name: &Option<String>| Signature { name: name.clone(), ..Signature::of(line) };
    Paper {
        letterhead: Some(of.unnumbered(meeting.date.as_deref())),
        title: "BIÊN BẢN".to_owned(),
        subject: Some(subject(of, hamlet)),
        blocks,
        signatures: vec![
            sign("Đại diện hộ dân", &None),
            sign("Thư ký", &meeting.secretary),
            sign("Chủ trì", &meeting.chair),
        ],
        ..Paper::default()
    }
}

fn subject(of: &Issuer, hamlet: u8) -> String {
    let (hamlet, name, round) = (of.hamlet(hamlet), of.name(), of.round);
    format!("Họp bình xét hộ nghèo, hộ cận nghèo năm {round}, {hamlet}, {name}")
}

/// Class at the start, and what the survey found.
fn result(of: &Issuer, case: &Case) -> [Cell; 2] {
    let start = of.class(case.start.map(Listed::class));
    let found = case.due().map_or_else(|| of.class(case.class), |due| short(due).to_owned());
    [start.into(), found.into()]
}

/// Votes for and against, as texts: an empty cell is written in.
fn counted(votes: Votes) -> [Cell; 2] {
    [votes.agreed, votes.against()].map(|count| count.map(|count| count.to_string()).into())
}

fn table(of: &Issuer, cases: &[Case]) -> Table {
    let columns = vec![
        head_column(),
        Column::text("start", ("Đầu năm", "Start of the year"), 10),
        Column::text("result", ("Kết quả rà soát", "Result"), 12),
        Column::text("present", ("Có mặt", "Present"), 7),
        Column::text("agreed", ("Đồng ý", "For"), 7),
        Column::text("against", ("Không đồng ý", "Against"), 8),
        Column::text("outcome", ("Kết luận", "Outcome"), 10),
    ];
    let mut table = of.list(columns, cases, |case| {
        let present = case.votes.present.map(|present| present.to_string());
        let outcome = case.votes.confirmed.map(|confirmed| if confirmed { "Đồng ý" } else { "Trả lại" });
        let mut cells = vec![head_name(case)];
        cells.extend(result(of, case));
        cells.push(present.into());
        cells.extend(counted(case.votes));
        cells.push(outcome.into());
        cells
    });
    let rule = meeting_rule(of.round);
    let doubtful: Vec<&str> = cases
        .iter()
        .filter(|case| case.votes.is_doubtful(rule))
        .map(|case| case.head.name.as_deref().unwrap_or("(chưa ghi tên)"))
        .collect();
    if !doubtful.is_empty() {
        let names = doubtful.join(", ");
        table.notes.push(Note {
            vi: format!("Cần xem lại trước khi ký: ghi là đồng ý nhưng số người đồng ý chưa đủ: {names}.")
                .into(),
            en: format!("To be looked at before signing: confirmed, though too few agreed: {names}.").into(),
        });
    }
    table
}

/// By how many voices a case is confirmed, and where that is written.
fn rule(of: &Issuer) -> String {
    meeting_rule(of.round).map_or_else(String::new, |rule| {
        let (majority, source) = (rule.majority.name(Lang::Vi), rule.source.cited(Lang::Vi));
        format!(" Một hộ được đồng ý khi có {majority} tán thành ({source}).")
    })
}

/// How many were confirmed and sent back.
fn outcome(cases: &[Case]) -> String {
    let count = |confirmed: bool| cases.iter().filter(|case| case.votes.confirmed == Some(confirmed)).count();
    let (confirmed, back, all) = (count(true), count(false), cases.len());
    if confirmed + back == 0 {
        return format!(
            "Kết luận: trong {all} hộ, đồng ý …… hộ, trả lại …… hộ để rà soát lại. Lý do trả lại: ……"
        );
    }
    let reason = if back > 0 { " Lý do trả lại: ……" } else { "" };
    format!("Kết luận: trong {all} hộ, đồng ý {confirmed} hộ, trả lại {back} hộ để rà soát lại.{reason}")
}
