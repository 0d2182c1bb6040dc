//! Papers of recognition: the chair's decision with its lists, and the certificates.

use super::issuer::{
    birth_column, birth_year, head_column, head_name, members, members_column, named, short,
};
use super::lists::heading;
use super::{Block, Issuer, Paper};
use crate::area::AreaCode;
use crate::household::{CertificateNumber, Recognised, field};
use crate::lang::Lang;
use crate::recognition::{Case, Person};
use crate::report::{Cell, Column};

/// The decision that recognises a round's result, with a list for each kind of household.
#[must_use]
pub fn decision(of: &Issuer, cases: &[Case]) -> Paper {
    let (round, name) = (of.round, of.name());
    let day = of.recognition.date.as_deref();
    let capital = AreaCode::Commune(of.commune).name().to_uppercase();
    let mut blocks = vec![Block::Heading(format!("CHỦ TỊCH ỦY BAN NHÂN DÂN {capital}"))];
    blocks.extend(of.bases(day));
    blocks.push(Block::Heading("QUYẾT ĐỊNH:".to_owned()));

    let lists = Recognised::ALL.map(|recognised| (recognised, named(cases, recognised).collect::<Vec<_>>()));
    let counts = lists
        .each_ref()
        .map(|(recognised, listed)| format!("{} hộ {}", listed.len(), short(*recognised).to_lowercase()));
    let article = |number: u8, words: String| Block::Article(format!("Điều {number}."), words);
    let counts = counts.join(", ");
    blocks.push(article(
        1,
        format!("Công nhận kết quả rà soát năm {round} của {name}: {counts} (có danh sách kèm theo)."),
    ));
    blocks.push(article(2, "Quyết định này có hiệu lực kể từ ngày ký.".to_owned()));
    blocks.push(article(
        3,
        "Cán bộ làm công tác giảm nghèo của xã, người đứng đầu các ấp, khu phố và các hộ có tên trong danh sách chịu trách nhiệm thi hành Quyết định này."
            .to_owned(),
    ));
    Paper {
        letterhead: Some(of.letterhead(of.recognition.decision.as_deref(), "QĐ-UBND", day)),
        title: "QUYẾT ĐỊNH".to_owned(),
        subject: Some(format!(
            "Về việc công nhận hộ nghèo, hộ cận nghèo, hộ thoát nghèo, hộ thoát cận nghèo năm {round}"
        )),
        blocks,
        signatures: vec![of.signature()],
        recipients: recipients(of),
        ..Paper::default()
    }
}

/// The lists that go with the decision, each an annex.
#[must_use]
pub fn annexes(of: &Issuer, cases: &[Case]) -> Vec<Paper> {
    let numerals = ["I", "II", "III", "IV"];
    let annex = |(recognised, numeral): (Recognised, &str)| {
        let listed: Vec<&Case> = named(cases, recognised).collect();
        let (count, columns) = (listed.len(), list_columns());
        let body = match count {
            0 => Block::Words("Không có hộ nào.".to_owned()),
            _ => Block::Table(of.list(columns, listed, |case| list_line(of, case))),
        };
        Paper {
            title: format!("Phụ lục {numeral}"),
            subject: Some(format!("DANH SÁCH {}", heading(recognised, count))),
            blocks: vec![Block::Basis(goes_with(of)), body],
            ..Paper::default()
        }
    };
    Recognised::ALL.into_iter().zip(numerals).map(annex).collect()
}

fn list_columns() -> Vec<Column> {
    vec![
        head_column(),
        birth_column(),
        members_column(),
        Column::text("hamlet", ("Ấp, khu phố", "Hamlet"), 12),
        Column::text("now", ("Nay là hộ", "Now"), 12),
        Column::text("certificate", ("Số giấy chứng nhận", "Certificate"), 10),
    ]
}

fn list_line(of: &Issuer, case: &Case) -> Vec<Cell> {
    let number = case.certificate(&of.recognition).map(|issued| issued.number.to_string());
    vec![
        head_name(case),
        birth_year(case),
        members(case),
        of.hamlet_of(case).into(),
        case.due().map(short).into(),
        number.into(),
    ]
}

/// That a list goes with the decision.
fn goes_with(of: &Issuer) -> String {
    let number = match of.recognition.decision.as_deref() {
        Some(number) if number.contains('/') => number.to_owned(),
        Some(number) => format!("{number}/QĐ-UBND"),
        None => "……/QĐ-UBND".to_owned(),
    };
    let day = of.recognition.date.as_deref().map_or_else(|| "……/……/……".to_owned(), crate::words::day);
    format!("(Kèm theo Quyết định số {number} ngày {day} của Chủ tịch Ủy ban nhân dân {})", of.name())
}

fn recipients(of: &Issuer) -> Vec<String> {
    let district = super::district_of(AreaCode::Commune(of.commune));
    let above = district.map(|name| format!("- Ủy ban nhân dân {name};"));
    let all = [Some("- Như Điều 3;".to_owned()), above, Some("- Lưu: VT.".to_owned())];
    all.into_iter().flatten().collect()
}

/// A code on a certificate: the text of its QR, and the lines to type in.
pub type Code = (String, String);

/// A certificate (form of Quyết định 24/2021/QĐ-TTg, confidence high; that of the years before alike).
///
/// What the record does not say leaves room to write.
#[must_use]
pub fn certificate(
    of: &Issuer,
    case: &Case,
    number: CertificateNumber,
    recognised: Recognised,
    code: Option<Code>,
) -> Paper {
    let is_listed = matches!(recognised, Recognised::Poor | Recognised::NearPoor);
    let (title, sign) = match is_listed {
        true => ("GIẤY CHỨNG NHẬN HỘ NGHÈO, HỘ CẬN NGHÈO", "GCN-HN.HCN"),
        // The sign of these is not established.
        false => ("GIẤY CHỨNG NHẬN HỘ THOÁT NGHÈO, HỘ THOÁT CẬN NGHÈO", "GCN"),
    };
    let day = of.recognition.date_of(number);
    let mut blocks = of.bases(day);
    let capital = AreaCode::Commune(of.commune).name().to_uppercase();
    blocks.push(Block::Heading(format!("CHỦ TỊCH ỦY BAN NHÂN DÂN {capital} CHỨNG NHẬN:")));
    let field = |name: &str, value: Option<String>| (name.to_owned(), value.unwrap_or_default());
    let round = of.round;
    blocks.push(Block::Fields(vec![
        field("Hộ gia đình ông/bà", case.head.name.clone()),
        field("Dân tộc", case.head.ethnicity.clone()),
        field("Số CMND/CCCD", case.head.identity_number.clone()),
        field("Ngày cấp", None),
        field("Nơi thường trú", Some(of.residence(case))),
        field(
            "Là",
            Some(format!("{} theo kết quả rà soát năm {round}", recognised.name(Lang::Vi).to_lowercase())),
        ),
    ]));
    if !case.people.is_empty() {
        blocks.push(Block::Heading("DANH SÁCH THÀNH VIÊN TRONG HỘ".to_owned()));
        blocks.push(people(of, case));
    }
    blocks.push(match code {
        Some((scanned, typed)) => Block::Code(
            scanned,
            format!("Kiểm tra giấy này: mở trang /check-paper/, quét mã, hoặc gõ các dòng sau:\n{typed}"),
        ),
        None => Block::Basis("(Giấy này không có mã kiểm tra.)".to_owned()),
    });
    Paper {
        letterhead: Some(of.letterhead(Some(&number.number.to_string()), sign, day)),
        title: title.to_owned(),
        blocks,
        signatures: vec![of.signature()],
        ..Paper::default()
    }
}

fn people(of: &Issuer, case: &Case) -> Block {
    let columns = vec![
        Column::text("name", ("Họ và tên", "Name"), 28),
        birth_column(),
        Column::text("relation", ("Quan hệ với chủ hộ", "Relation to the head"), 20),
    ];
    // A line for each person is a list of cases with that person alone.
    let alone = |person: &Person| Case { head: person.clone(), ..Case::default() };
    let people: Vec<Case> = case.people.iter().map(alone).collect();
    let table = of.list(columns, &people, |person| {
        vec![head_name(person), birth_year(person), relation(case, &person.head).into()]
    });
    Block::Table(table)
}

/// A person's relation to the head; the head's own is that of the head.
fn relation(case: &Case, person: &Person) -> String {
    let word = person.relation.as_deref();
    let known = field::RELATIONS.iter().find(|(of, ..)| Some(*of) == word).map(|(_, vi, _)| *vi);
    let is_head = word.is_none() && person.name.is_some() && person.name == case.head.name;
    known.unwrap_or(if is_head { "Chủ hộ" } else { "" }).to_owned()
}

#[cfg(test)]
mod tests;
