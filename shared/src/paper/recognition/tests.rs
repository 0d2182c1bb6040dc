use std::collections::BTreeMap;

use super::*;
use crate::count::Listed;
use crate::household::Sex;
use crate::paper::lists::{posted, register_book, review};
use crate::paper::meeting::{self, Meeting};
use crate::recognition::{Issued, Reason, Recognition, Reviewed, Votes};
use crate::record::{Actor, Change, Doc, Round, Stamp, Value};
use crate::standard::Class;

/// What stands on a paper, a line a text.
fn text(paper: &Paper) -> String {
    let mut lines = vec![paper.title.clone(), paper.subject.clone().unwrap_or_default()];
    if let Some(head) = &paper.letterhead {
        lines.extend(head.issuer.clone());
        lines.extend([head.number.clone(), head.place_and_date.clone()]);
    }
    for block in &paper.blocks {
        match block {
            Block::Words(text) | Block::Basis(text) | Block::Heading(text) => lines.push(text.clone()),
            Block::Article(beginning, text) => lines.push(format!("{beginning} {text}")),
            Block::Fields(fields) => {
                lines.extend(fields.iter().map(|(name, value)| format!("{name}: {value}")));
            }
            Block::Table(table) => {
                lines.extend(
                    table
                        .lines
                        .iter()
                        .map(|line| line.cells.iter().map(Cell::handed_in).collect::<Vec<_>>().join(" | ")),
                );
                lines.extend(table.notes.iter().map(|note| note.vi.to_string()));
            }
            Block::Code(scanned, beside) => lines.extend([scanned.clone(), beside.clone()]),
            Block::NewSheet => {}
        }
    }
    for signature in &paper.signatures {
        lines.extend(signature.lines.clone());
        lines.extend(signature.name.clone());
    }
    lines.extend(paper.recipients.clone());
    lines.join("\n")
}

fn issuer(year: u16, said: &[(&str, Value)]) -> Issuer {
    let mut doc = Doc::default();
    for (path, value) in said {
        let change = Change { field: path.parse().unwrap(), value: value.clone(), seen: Vec::new() };
        doc.write(Stamp::new(1, 0, Actor(1)).unwrap(), &change);
    }
    Issuer {
        commune: "29173".parse().unwrap(),
        round: Round::new(year).unwrap(),
        hamlets: BTreeMap::from([(4, "Ấp Giồng Cả".to_owned())]),
        recognition: Recognition::of(&doc),
    }
}

/// A commune that has recognised 2011.
fn an_duc() -> Issuer {
    let under = Stamp::new(1, 0, Actor(1)).unwrap().to_string();
    issuer(
        2011,
        &[
            ("stages/recognised", true.into()),
            ("recognition/under", under.into()),
            ("recognition/decision", "8".into()),
            ("recognition/date", "2011-12-05".into()),
            ("recognition/signer", "Phan Văn Tám".into()),
            ("posting/from", "2011-11-25".into()),
            ("posting/to", "2011-11-29".into()),
            ("given/2011_1", "2011-12-05".into()),
        ],
    )
}

fn named_case(name: &str, class: Class, start: Option<Listed>, escaped: Option<Listed>) -> Case {
    let head = Person { name: Some(name.to_owned()), birth_year: Some(1950), ..Person::default() };
    Case { hamlet: Some(4), head, class: Some(class), start, escaped, members: Some(3), ..Case::default() }
}

fn cases() -> Vec<Case> {
    let number = CertificateNumber { year: 2011, number: 7 };
    let mut poor = named_case("Lê Thị Một", Class::Poor, Some(Listed::Poor), None);
    poor.issued = vec![Issued { number, recognised: Some(Recognised::Poor), seen: Vec::new() }];
    poor.votes = Votes { present: Some(40), agreed: Some(39), confirmed: Some(true) };
    poor.head.sex = Some(Sex::Female);
    poor.income = Some(350_000);
    let mut up = named_case("Trần Văn Hai", Class::NearPoor, Some(Listed::Poor), Some(Listed::Poor));
    up.votes = Votes { present: Some(40), agreed: Some(5), confirmed: Some(false) };
    let out = named_case("Phạm Thị Ba", Class::Above, Some(Listed::NearPoor), Some(Listed::NearPoor));
    vec![poor, up, out, named_case("Võ Văn Tư", Class::LowIncome, None, None)]
}

#[test]
fn the_decision_recognises_four_lists() {
    let of = an_duc();
    let said = text(&decision(&of, &cases()));
    for part in [
        "ỦY BAN NHÂN DÂN\nXÃ AN ĐỨC\nSố: 08/QĐ-UBND\nAn Đức, ngày 05 tháng 12 năm 2011",
        "CHỦ TỊCH ỦY BAN NHÂN DÂN XÃ AN ĐỨC",
        "Căn cứ Luật Tổ chức Hội đồng nhân dân và Ủy ban nhân dân;",
        "Căn cứ Quyết định 09/2011/QĐ-TTg ngày 30/01/2011;",
        "của xã An Đức: 1 hộ nghèo, 1 hộ cận nghèo, 1 hộ thoát nghèo, 1 hộ thoát cận nghèo",
        "TM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH\nPhan Văn Tám",
        "- Ủy ban nhân dân Huyện Ba Tri;",
    ] {
        assert!(said.contains(part), "{part} is not in\n{said}");
    }
    let lists: Vec<String> = annexes(&of, &cases()).iter().map(text).collect();
    for (list, part) in lists.iter().zip([
        "DANH SÁCH HỘ NGHÈO (1 HỘ)\n(Kèm theo Quyết định số 8/QĐ-UBND ngày 05/12/2011 của Chủ tịch Ủy ban nhân dân xã An Đức)\n1 | Lê Thị Một | 1950 | 3 | Ấp Giồng Cả | Nghèo | 7/2011",
        "1 | Trần Văn Hai | 1950 | 3 | Ấp Giồng Cả | Cận nghèo | ",
        "DANH SÁCH HỘ THOÁT NGHÈO (1 HỘ)",
        "1 | Phạm Thị Ba | 1950 | 3 | Ấp Giồng Cả | Thoát cận nghèo | ",
    ]) {
        assert!(list.contains(part), "{part} is not in\n{list}");
    }
    assert_eq!(lists.len(), 4);
    // Signed by a vice chair, by the law of another time, with nothing known yet.
    let of = issuer(2022, &[("recognition/chair", "vice".into())]);
    let said = text(&decision(&of, &[]));
    assert!(said.contains("Căn cứ Luật Tổ chức chính quyền địa phương;"), "{said}");
    assert!(said.contains("KT. CHỦ TỊCH\nPHÓ CHỦ TỊCH"), "{said}");
    assert!(said.contains("Số: ……/QĐ-UBND") && said.contains("0 hộ nghèo"), "{said}");
    assert!(text(&annexes(&of, &[])[0]).contains("Không có hộ nào."));
}

#[test]
fn a_certificate_says_who_and_what_and_leaves_room_for_the_rest() {
    let of = an_duc();
    let mut case = cases().remove(0);
    case.head.ethnicity = Some("Kinh".to_owned());
    case.address = Some("Tổ 2".to_owned());
    let child = Person {
        name: Some("Lê Văn Út".to_owned()),
        birth_year: Some(1999),
        relation: Some("child".to_owned()),
        ..Person::default()
    };
    case.people = vec![case.head.clone(), child];
    let number = case.issued[0].number;
    let code = Some(("QR".to_owned(), "ABCDE".to_owned()));
    let said = text(&certificate(&of, &case, number, Recognised::Poor, code));
    for part in [
        "GIẤY CHỨNG NHẬN HỘ NGHÈO, HỘ CẬN NGHÈO",
        "Số: 07/GCN-HN.HCN\nAn Đức, ngày 05 tháng 12 năm 2011",
        "CHỦ TỊCH ỦY BAN NHÂN DÂN XÃ AN ĐỨC CHỨNG NHẬN:",
        "Hộ gia đình ông/bà: Lê Thị Một\nDân tộc: Kinh\nSố CMND/CCCD: \n",
        "Nơi thường trú: Tổ 2, Ấp Giồng Cả, xã An Đức, Huyện Ba Tri, Tỉnh Bến Tre",
        "Là: hộ nghèo theo kết quả rà soát năm 2011",
        "1 | Lê Thị Một | 1950 | Chủ hộ\n2 | Lê Văn Út | 1999 | Con",
        "QR\nKiểm tra giấy này: mở trang /check-paper/",
        "ABCDE",
    ] {
        assert!(said.contains(part), "{part} is not in\n{said}");
    }
    let said = text(&certificate(&of, &case, number, Recognised::EscapedPoor, None));
    assert!(said.starts_with("GIẤY CHỨNG NHẬN HỘ THOÁT NGHÈO, HỘ THOÁT CẬN NGHÈO"), "{said}");
    assert!(said.contains("Là: hộ thoát nghèo") && said.contains("không có mã kiểm tra"), "{said}");
}

#[test]
fn papers_of_the_meeting_have_votes_and_doubts() {
    let of = an_duc();
    let paper = meeting::list(&of, 4, &cases()[..3]);
    let said = text(&paper);
    assert!(paper.letterhead.is_none() && paper.form == crate::paper::Form::Large);
    for part in [
        "Họp bình xét hộ nghèo, hộ cận nghèo năm 2011, Ấp Giồng Cả, xã An Đức",
        "1 | Lê Thị Một | 1950 | 3 | Nghèo | Nghèo | 39 | 1",
        "2 | Trần Văn Hai | 1950 | 3 | Nghèo | Cận nghèo | 5 | 35",
        "3 | Phạm Thị Ba | 1950 | 3 | Cận nghèo | Thoát cận nghèo |  | ",
    ] {
        assert!(said.contains(part), "{part} is not in\n{said}");
    }

    let held = Meeting {
        place: Some("Nhà văn hóa ấp".to_owned()),
        date: Some("2023-11-20".to_owned()),
        chair: Some("Lê Văn Chín".to_owned()),
        invited: Some(60),
        ..Meeting::default()
    };
    let of = issuer(2023, &[]);
    let mut doubtful = cases();
    doubtful[0].votes.agreed = Some(19);
    let said = text(&meeting::minutes(&of, 4, &held, &doubtful));
    for part in [
        "BIÊN BẢN\n",
        "An Đức, ngày 20 tháng 11 năm 2023",
        "Ngày họp: 20/11/2023\nBắt đầu lúc: \nĐịa điểm: Nhà văn hóa ấp\nChủ trì: Lê Văn Chín\nThư ký: \n",
        "Số hộ được mời: 60\nSố người có mặt: \n",
        "khi có từ một nửa số người dự họp trở lên tán thành (Quyết định 24/2021/QĐ-TTg ngày 16/07/2021)",
        "1 | Lê Thị Một | Nghèo | Nghèo | 40 | 19 | 21 | Đồng ý",
        "số người đồng ý chưa đủ: Lê Thị Một.",
        "trong 4 hộ, đồng ý 1 hộ, trả lại 1 hộ",
        "4. Ý kiến tại cuộc họp: ",
        "Biên bản lập thành (bản): 02",
        "Chủ trì\nLê Văn Chín",
    ] {
        assert!(said.contains(part), "{part} is not in\n{said}");
    }
    // A rule that was not read in its instrument is not told as certain.
    let said = text(&meeting::minutes(&issuer(2012, &[]), 4, &held, &doubtful));
    assert!(said.contains("ngày 05/09/2012; cần đối chiếu lại với văn bản)"), "{said}");
    // Nothing is known yet.
    let said = text(&meeting::minutes(&issuer(2018, &[]), 4, &Meeting::default(), &[]));
    assert!(said.contains("đồng ý …… hộ") && said.contains("Biên bản lập thành (bản): \n"), "{said}");
    assert!(!said.contains("tán thành"), "the rule of 2018 is not established: {said}");
}

#[test]
fn lists_of_a_hamlet() {
    let of = an_duc();
    let said = text(&posted(&of, 4, &cases()));
    for part in [
        "Niêm yết từ ngày 25/11/2011 đến hết ngày 29/11/2011.",
        "HỘ NGHÈO (1 HỘ)\n1 | Lê Thị Một | 1950 | 3 | Nghèo\n",
        "HỘ CẬN NGHÈO (1 HỘ)\n1 | Trần Văn Hai | 1950 | 3 | Cận nghèo\n",
        "HỘ THOÁT NGHÈO (1 HỘ)\n1 | Trần Văn Hai | 1950 | 3 | Cận nghèo\n",
        "HỘ THOÁT CẬN NGHÈO (1 HỘ)\n1 | Phạm Thị Ba | 1950 | 3 | Thoát cận nghèo",
    ] {
        assert!(said.contains(part), "{part} is not in\n{said}");
    }
    assert!(!said.contains("Võ Văn Tư"));

    let said = text(&register_book(&of, 4, &cases()));
    for part in [
        "HỘ NGHÈO (1 HỘ)\n1 | Lê Thị Một | 1950 | Nữ | 3 |  |  | 350000 | 7/2011\n",
        "HỘ CÓ THU NHẬP TRÊN 130\u{a0}% ĐẾN 150\u{a0}% CHUẨN NGHÈO (1 HỘ)\n1 | Võ Văn Tư",
    ] {
        assert!(said.contains(part), "{part} is not in\n{said}");
    }
    let of_2016 = text(&register_book(&issuer(2016, &[]), 4, &cases()));
    assert!(!of_2016.contains("130") && of_2016.contains("HỘ CẬN NGHÈO (1 HỘ)"), "{of_2016}");

    let reviewed = |name: &str, reason| Reviewed {
        household: "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f".parse().unwrap(),
        hamlet: Some(4),
        head: Person { name: Some(name.to_owned()), ..Person::default() },
        address: None,
        members: None,
        reason,
    };
    let list = [reviewed("Lê Thị Một", Reason::Listed(Class::Poor)), reviewed("Võ Văn Tư", Reason::Asked)];
    let said = text(&review(&of, 4, &list));
    assert!(said.contains("1 | Lê Thị Một |  |  |  | Đang trong danh sách: nghèo\n"), "{said}");
    assert!(said.contains("2 | Võ Văn Tư |  |  |  | Có giấy đề nghị\n"), "{said}");
}
