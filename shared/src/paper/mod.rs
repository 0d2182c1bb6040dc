//! Papers: what officials hand in and hand out, as content. How it is laid out on sheets is for who prints it.
//!
//! Head and end lines are those of administrative documents: Thông tư 01/2011/TT-BNV until 4/3/2020, Nghị định 30/2020/NĐ-CP
//! from 5/3/2020 (confidence medium).

pub mod certificate;
mod issuer;
pub mod lists;
pub mod meeting;
pub mod recognition;

use crate::area::{self, AreaCode, HamletCode};
use crate::report::Table;

pub use issuer::Issuer;

/// First head line of every document (quốc hiệu).
pub const NATION: &str = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM";
/// Second head line of every document (tiêu ngữ).
pub const MOTTO: &str = "Độc lập - Tự do - Hạnh phúc";

/// A paper, always in Vietnamese.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paper {
    /// The head lines; none on what stays in the office.
    pub letterhead: Option<Letterhead>,
    /// Its kind in capitals: `QUYẾT ĐỊNH`.
    pub title: String,
    /// What it is about (trích yếu).
    pub subject: Option<String>,
    /// What it says, from top to bottom.
    pub blocks: Vec<Block>,
    /// Who signs, from left to right.
    pub signatures: Vec<Signature>,
    /// Whom it goes to (Nơi nhận).
    pub recipients: Vec<String>,
    /// How its sheets are laid out.
    pub form: Form,
}

/// How the sheets of a paper are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// A4, upright.
    #[default]
    Upright,
    /// A4, turned: for wide tables.
    Turned,
    /// A4, turned, in large print: to be read out at a meeting.
    Large,
}

/// The head lines of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letterhead {
    /// Who issues it, in capitals: `ỦY BAN NHÂN DÂN` and `XÃ AN ĐỨC`. A People's Committee has no superior line.
    pub issuer: [String; 2],
    /// Number and sign: `Số: 15/QĐ-UBND`, or with room for the number to be written in.
    pub number: String,
    /// Place and date: `An Đức, ngày 05 tháng 12 năm 2011`, or with room for the date.
    pub place_and_date: String,
}

/// A part of a paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Words(String),
    /// What it rests on (Căn cứ), or what is printed in italics.
    Basis(String),
    /// Who decides, or another line in bold capitals in the middle.
    Heading(String),
    /// An article or another paragraph that begins in bold: `Điều 1.` and its words.
    Article(String, String),
    /// Lines of a name and what stands there; an empty one leaves a dotted line to be written on.
    Fields(Vec<(String, String)>),
    /// A table; where it goes on, its heads are repeated.
    Table(Table),
    /// A code for readers (QR) with the ASCII text it holds, and what stands beside it.
    Code(String, String),
    /// What follows begins on a new sheet.
    NewSheet,
}

/// Who signs a paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Lines above the signature: `TM. ỦY BAN NHÂN DÂN`, `CHỦ TỊCH`.
    pub lines: Vec<String>,
    /// A remark under them in italics: `(ký, ghi rõ họ tên)`.
    pub hint: Option<String>,
    /// Full name of the signer, where it is known.
    pub name: Option<String>,
}

impl Letterhead {
    /// The head lines of an area's People's Committee: `sign` is the part after the number, `QĐ-UBND`; number and day are left
    /// open where they are not known. `day` is written `2011-12-05`.
    ///
    /// ```
    /// use soho_shared::paper::Letterhead;
    ///
    /// let head = Letterhead::of("29173".parse().unwrap(), Some("8"), "QĐ-UBND", Some("2011-12-05"));
    /// assert_eq!(head.issuer, ["ỦY BAN NHÂN DÂN", "XÃ AN ĐỨC"]);
    /// assert_eq!(head.number, "Số: 08/QĐ-UBND");
    /// assert_eq!(head.place_and_date, "An Đức, ngày 05 tháng 12 năm 2011");
    /// ```
    #[must_use]
    pub fn of(area: AreaCode, number: Option<&str>, sign: &str, day: Option<&str>) -> Self {
        let area = match area {
            AreaCode::Hamlet(HamletCode { commune, .. }) => AreaCode::Commune(commune),
            other => other,
        };
        let number = match number.map(str::trim).filter(|number| !number.is_empty()) {
            // Below ten with a zero before it; one that says its sign already stays as it is.
            Some(number) if number.contains('/') => format!("Số: {number}"),
            Some(number) if number.len() == 1 => format!("Số: 0{number}/{sign}"),
            Some(number) => format!("Số: {number}/{sign}"),
            None => format!("Số: ……/{sign}"),
        };
        Letterhead {
            issuer: ["ỦY BAN NHÂN DÂN".to_owned(), area.name().to_uppercase()],
            number,
            place_and_date: format!("{}, {}", place(area), long_day(day)),
        }
    }
}

impl Signature {
    /// The chair of an area's People's Committee.
    #[must_use]
    pub fn chair(name: Option<String>) -> Self {
        let lines = ["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"].map(ToOwned::to_owned).to_vec();
        Signature { lines, hint: None, name }
    }

    /// Somebody else, who signs and writes the name.
    #[must_use]
    pub fn of(line: &str) -> Self {
        Signature {
            lines: vec![line.to_owned()], hint: Some("(Ký, ghi rõ họ tên)".to_owned()), name: None
        }
    }
}

impl Paper {
    /// A table for signing: head lines of the area, whoever has drawn it up, the chair.
    #[must_use]
    pub fn of_table(area: AreaCode, table: Table) -> Self {
        Paper {
            letterhead: Some(Letterhead::of(area, None, "BC-UBND", None)),
            title: table.title.vi.to_uppercase(),
            subject: Some(table.about.vi.clone().into_owned()),
            form: if table.columns.len() > 8 { Form::Turned } else { Form::Upright },
            blocks: vec![Block::Table(table)],
            signatures: vec![Signature::of("Người lập biểu"), Signature::chair(None)],
            recipients: Vec::new(),
        }
    }
}

/// The name of a place without its kind: `An Đức` of `Xã An Đức`, but `Phường 3`.
fn place(area: AreaCode) -> String {
    let name = area.name();
    let kinds = ["Tỉnh ", "Thành phố ", "Thị xã ", "Huyện ", "Xã ", "Phường ", "Thị trấn "];
    let own = kinds.iter().find_map(|kind| name.strip_prefix(kind));
    let own = own.filter(|own| !own.starts_with(|c: char| c.is_ascii_digit()));
    own.unwrap_or(&name).to_owned()
}

/// A day as documents write it: days below ten and the first two months with a zero before them.
fn long_day(day: Option<&str>) -> String {
    let parts = day.and_then(|day| {
        let mut parts = day.splitn(3, '-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        Some((year.to_owned(), month.parse::<u8>().ok()?, day.parse::<u8>().ok()?))
    });
    match parts {
        Some((year, month @ 1..=2, day)) => format!("ngày {day:02} tháng {month:02} năm {year}"),
        Some((year, month, day)) => format!("ngày {day:02} tháng {month} năm {year}"),
        None => "ngày …… tháng …… năm 20……".to_owned(),
    }
}

/// Name of an area's district, of a commune or hamlet.
#[must_use]
pub fn district_of(area: AreaCode) -> Option<&'static str> {
    let (AreaCode::Commune(commune) | AreaCode::Hamlet(HamletCode { commune, .. })) = area else {
        return None;
    };
    area::district(area::commune(commune)?.district).map(|district| district.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn head_lines_are_those_of_documents() {
        let head = |area: &str, number, day| Letterhead::of(area.parse().unwrap(), number, "BC-UBND", day);
        for (area, issuer, place_and_date) in [
            ("83", "TỈNH BẾN TRE", "Bến Tre, ngày 05 tháng 12 năm 2011"),
            ("836", "HUYỆN BA TRI", "Ba Tri, ngày 05 tháng 12 năm 2011"),
            ("29173-04", "XÃ AN ĐỨC", "An Đức, ngày 05 tháng 12 năm 2011"),
            ("28756", "PHƯỜNG PHÚ KHƯƠNG", "Phú Khương, ngày 05 tháng 12 năm 2011"),
        ] {
            let of = head(area, Some("12"), Some("2011-12-05"));
            assert_eq!((of.issuer[1].as_str(), of.place_and_date.as_str()), (issuer, place_and_date));
            assert_eq!(of.number, "Số: 12/BC-UBND");
        }
        let open = head("29173", None, None);
        assert_eq!(open.number, "Số: ……/BC-UBND");
        assert_eq!(open.place_and_date, "An Đức, ngày …… tháng …… năm 20……");
        assert_eq!(head("29173", Some("03/BC-BCĐ"), None).number, "Số: 03/BC-BCĐ");
        assert_eq!(long_day(Some("2012-02-10")), "ngày 10 tháng 02 năm 2012");
        assert_eq!(long_day(Some("2012-10-09")), "ngày 09 tháng 10 năm 2012");
    }
}
