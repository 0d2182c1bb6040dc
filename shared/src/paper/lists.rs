//! Lists of a hamlet: whom to review, what is posted (niêm yết), and the register book (sổ quản lý).

use super::issuer::{
    birth_column, birth_year, head_column, head_name, members, members_column, named, short,
};
use super::{Block, Form, Issuer, Paper, Signature};
use crate::area::AreaCode;
use crate::household::{Cause, Recognised, Sex};
use crate::recognition::{Case, Reason, Reviewed};
use crate::report::{Cell, Column};
use crate::standard::{Class, Standard};
use crate::words::day;

/// The list of households to be reviewed in a hamlet (Quyết định 24/2021/QĐ-TTg, Điều 4, khoản 1, confidence high: those on the
/// lists, and those that have asked).
#[must_use]
pub fn review(of: &Issuer, hamlet: u8, reviewed: &[Reviewed]) -> Paper {
    let as_case = |reviewed: &Reviewed| Case {
        head: reviewed.head.clone(),
        address: reviewed.address.clone(),
        members: reviewed.members,
        ..Case::default()
    };
    let cases: Vec<Case> = reviewed.iter().map(as_case).collect();
    let columns = vec![
        head_column(),
        birth_column(),
        members_column(),
        Column::text("address", ("Địa chỉ", "Address"), 30),
        Column::text("reason", ("Vì sao rà soát", "Why"), 22),
    ];
    let mut table = of.list(columns, &cases, |case| {
        vec![head_name(case), birth_year(case), members(case), case.address.clone().into()]
    });
    for (line, reviewed) in table.lines.iter_mut().zip(reviewed) {
        line.cells.push(reason(of, reviewed.reason).into());
    }
    let round = of.round;
    Paper {
        letterhead: Some(of.unnumbered(None)),
        title: "DANH SÁCH HỘ CẦN RÀ SOÁT".to_owned(),
        subject: Some(format!("Đợt rà soát năm {round}, {}, {}", of.hamlet(hamlet), of.name())),
        blocks: vec![Block::Table(table)],
        signatures: vec![Signature::of("Người lập danh sách"), of.signature()],
        form: Form::Turned,
        ..Paper::default()
    }
}

fn reason(of: &Issuer, reason: Reason) -> String {
    match reason {
        Reason::Listed(class) => format!("Đang trong danh sách: {}", of.class(Some(class)).to_lowercase()),
        Reason::Asked => "Có giấy đề nghị".to_owned(),
        Reason::Event => "Gặp biến cố trong năm".to_owned(),
        Reason::SplitOff => "Mới tách hộ".to_owned(),
    }
}

/// What is posted in a hamlet: poor, near-poor and escaped households by name, and the days. No address and no number of a
/// person stands on it.
#[must_use]
pub fn posted(of: &Issuer, hamlet: u8, cases: &[Case]) -> Paper {
    let round = of.round;
    let [from, to] = &of.recognition.posting;
    let days = match (from, to) {
        (Some(from), Some(to)) => format!("từ ngày {} đến hết ngày {}", day(from), day(to)),
        _ => "từ ngày ……/……/…… đến hết ngày ……/……/……".to_owned(),
    };
    let name = of.name();
    let mut blocks = vec![Block::Words(format!(
        "Niêm yết {days}. Trong thời gian này, ai có ý kiến xin gửi Ủy ban nhân dân {name}."
    ))];
    for recognised in Recognised::ALL {
        let listed: Vec<&Case> = named(cases, recognised).collect();
        blocks.push(Block::Heading(heading(recognised, listed.len())));
        if listed.is_empty() {
            blocks.push(Block::Words("Không có hộ nào.".to_owned()));
            continue;
        }
        let columns = vec![head_column(), birth_column(), members_column(), class_column()];
        let table = of.list(columns, listed, |case| {
            let found = case.due().map(|due| short(due).to_owned());
            vec![head_name(case), birth_year(case), members(case), found.into()]
        });
        blocks.push(Block::Table(table));
    }
    Paper {
        letterhead: Some(of.letterhead(None, "TB-UBND", from.as_deref())),
        title: "DANH SÁCH NIÊM YẾT".to_owned(),
        subject: Some(format!(
            "Kết quả rà soát hộ nghèo, hộ cận nghèo năm {round}, {}, {name}",
            of.hamlet(hamlet)
        )),
        blocks,
        signatures: vec![of.signature()],
        ..Paper::default()
    }
}

fn class_column() -> Column {
    Column::text("class", ("Kết quả", "Result"), 16)
}

/// Head of a list: `HỘ THOÁT NGHÈO (12 HỘ)`.
pub(super) fn heading(recognised: Recognised, count: usize) -> String {
    format!("HỘ {} ({count} HỘ)", short(recognised).to_uppercase())
}

/// The book of a hamlet: poor, near-poor and, where the standard has a book of them, low-income households (Kế hoạch
/// 1051/KH-UBND, IV.4).
#[must_use]
pub fn register_book(of: &Issuer, hamlet: u8, cases: &[Case]) -> Paper {
    let lists_low_income = of.standard().is_some_and(Standard::lists_low_income);
    let classes = [Class::Poor, Class::NearPoor, Class::LowIncome];
    let mut blocks = Vec::new();
    for class in classes.into_iter().filter(|class| *class != Class::LowIncome || lists_low_income) {
        let listed: Vec<&Case> = cases.iter().filter(|case| case.class == Some(class)).collect();
        let title = match class {
            Class::LowIncome => "HỘ CÓ THU NHẬP TRÊN 130\u{a0}% ĐẾN 150\u{a0}% CHUẨN NGHÈO".to_owned(),
            class => format!("HỘ {}", of.class(Some(class)).to_uppercase()),
        };
        blocks.push(Block::Heading(format!("{title} ({} HỘ)", listed.len())));
        if listed.is_empty() {
            blocks.push(Block::Words("Không có hộ nào.".to_owned()));
            continue;
        }
        let columns = vec![
            head_column(),
            birth_column(),
            Column::text("sex", ("Giới tính", "Sex"), 5),
            members_column(),
            Column::text("address", ("Địa chỉ", "Address"), 24),
            Column::text("cause", ("Nguyên nhân", "Cause"), 26),
            Column::dong(
                "income",
                ("Thu nhập một người một tháng (đồng)", "Income per person, a month (đồng)"),
            ),
            Column::text("certificate", ("Số giấy chứng nhận", "Certificate"), 10),
        ];
        blocks.push(Block::Table(of.list(columns, listed, |case| book_line(of, case))));
    }
    let place = format!("{}, {}", of.hamlet(hamlet), AreaCode::Commune(of.commune).name());
    Paper {
        letterhead: Some(of.unnumbered(None)),
        title: "SỔ QUẢN LÝ HỘ NGHÈO, HỘ CẬN NGHÈO".to_owned(),
        subject: Some(format!("{place}, theo kết quả rà soát năm {}", of.round)),
        blocks,
        signatures: vec![Signature::of("Người ghi sổ"), of.signature()],
        form: Form::Turned,
        ..Paper::default()
    }
}

fn book_line(of: &Issuer, case: &Case) -> Vec<Cell> {
    let sex = case.head.sex.map(|sex| match sex {
        Sex::Female => "Nữ",
        Sex::Male => "Nam",
    });
    let number = case.certificate(&of.recognition).map(|issued| issued.number.to_string());
    vec![
        head_name(case),
        birth_year(case),
        sex.into(),
        members(case),
        case.address.clone().into(),
        case.cause.map(Cause::name_vi).into(),
        case.income.map_or(Cell::Empty, Cell::Dong),
        number.into(),
    ]
}
