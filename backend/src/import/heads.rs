//! The heads of a table: in which rows they stand, and what each column says.
//!
//! Offices write titles above them, join cells, and put a head over several others. So of the first rows those are taken whose texts
//! are most often names that are known; a column's head is what stands over it, from the top.

use soho_shared::fold::plain;
use soho_shared::wire::imports::{ImportField, ImportKind, TextEncoding};
use unicode_normalization::UnicodeNormalization;

use super::Encodings;
use super::book::{Cell, Row};
use super::encoding::Font;

/// Rows, of those that hold anything, in which heads are looked for.
const FIRST: usize = 20;
/// Most rows of heads.
const DEEPEST: usize = 3;
/// Longest text that counts as a head over several others; a title is longer.
const GROUP: usize = 80;

/// Names of columns, small and without marks, as offices write them; one after `=` counts only as the whole head. Of all that fit a
/// head the longest decides.
const NAMES: &[(ImportField, &[&str])] = &[
    (ImportField::Number, &["=stt", "=tt", "=so tt", "=so thu tu", "=so tt ho", "=no", "=number"]),
    (ImportField::Household, &["ma ho so ho", "ma ho", "ma so ho", "=id", "=household", "household id"]),
    (
        ImportField::Commune,
        &[
            "=xa",
            "=phuong",
            "=ten xa",
            "=ma xa",
            "xa phuong thi tran",
            "xa phuong tt",
            "=xa phuong",
            "=xa thi tran",
            "=commune",
        ],
    ),
    (
        ImportField::Hamlet,
        &[
            "=ap",
            "=khom",
            "=thon",
            "=khu pho",
            "=ten ap",
            "=ma ap",
            "=so ap",
            "ap khu pho",
            "ap khom khu pho",
            "ap khom",
            "khom ap",
            "thon ap",
            "thon ban",
            "ap thon khu pho",
            "thon ap khu pho",
            "thon ap to dan pho",
            "xom ap",
            "=hamlet",
        ],
    ),
    (
        ImportField::HeadName,
        &[
            "ho va ten chu ho",
            "ho ten chu ho",
            "ten chu ho",
            "=chu ho",
            "ho va ten",
            "ho ten",
            "=ten",
            "ho va ten nguoi dai dien",
            "=head",
            "=name",
            "head name",
            "name of the head",
            "name of head",
        ],
    ),
    (
        ImportField::Birth,
        &[
            "nam sinh",
            "ngay sinh",
            "ngay thang nam sinh",
            "nam sinh chu ho",
            "ngay sinh chu ho",
            "sinh nam",
            "=birth",
            "year of birth",
            "date of birth",
            "birth year",
        ],
    ),
    (
        ImportField::BirthMale,
        &["=nam sinh nam", "=ngay sinh nam", "=ngay thang nam sinh nam", "=nam sinh chu ho nam"],
    ),
    (
        ImportField::BirthFemale,
        &["=nam sinh nu", "=ngay sinh nu", "=ngay thang nam sinh nu", "=nam sinh chu ho nu"],
    ),
    (ImportField::Sex, &["gioi tinh", "gioi tinh chu ho", "=phai", "=nam nu", "=sex", "=gender"]),
    (ImportField::Female, &["=nu", "=chu ho la nu", "=chu ho nu"]),
    (ImportField::Ethnicity, &["dan toc", "dan toc chu ho", "ethnicity"]),
    (
        ImportField::EthnicMinority,
        &[
            "dan toc thieu so",
            "ho dan toc thieu so",
            "ho dtts",
            "dtts",
            "chu ho la nguoi dan toc",
            "ethnic minority",
        ],
    ),
    (
        ImportField::IdentityNumber,
        &[
            "so cmnd",
            "cmnd",
            "cccd",
            "so cccd",
            "cmnd cccd",
            "so cmnd cccd",
            "so dinh danh",
            "can cuoc",
            "chung minh nhan dan",
            "so chung minh nhan dan",
            "so giay to",
            "identity number",
        ],
    ),
    (ImportField::Relation, &["quan he voi chu ho", "quan he"]),
    (
        ImportField::Address,
        &[
            "dia chi",
            "dia chi thuong tru",
            "noi o",
            "cho o",
            "noi thuong tru",
            "ho khau thuong tru",
            "address",
        ],
    ),
    (
        ImportField::Members,
        &[
            "so nhan khau",
            "nhan khau",
            "so khau",
            "so nguoi",
            "tong so khau",
            "tong so nhan khau",
            "=khau",
            "so thanh vien",
            "so nguoi trong ho",
            "=members",
        ],
    ),
    (
        ImportField::IncomeYear,
        &[
            "tong thu nhap",
            "tong thu nhap nam",
            "tong thu nhap cua ho",
            "tong thu nhap 12 thang",
            "thu nhap nam",
            "thu nhap ca nam",
            "thu nhap 12 thang",
            "thu nhap ca ho",
            "annual income",
        ],
    ),
    (
        ImportField::IncomePersonMonth,
        &[
            "thu nhap binh quan",
            "thu nhap binh quan dau nguoi",
            "thu nhap binh quan nguoi thang",
            "thu nhap bq",
            "tn binh quan",
            "tnbq",
            "tnbq nguoi thang",
            "binh quan dau nguoi",
            "thu nhap nguoi thang",
            "thu nhap dau nguoi",
            "income per person",
        ],
    ),
    (
        ImportField::Class,
        &[
            "hang ho",
            "loai ho",
            "dien ho",
            "phan loai",
            "phan loai ho",
            "ket qua phan loai",
            "ket qua ra soat",
            "ket qua binh xet",
            "=hang",
            "=loai",
            "=dien",
            "=ket qua",
            "xep loai",
            "=class",
            "hang loai ho",
        ],
    ),
    (ImportField::Poor, &["=ho ngheo", "=ngheo", "=dien ho ngheo", "=poor"]),
    (ImportField::NearPoor, &["=ho can ngheo", "=can ngheo", "=dien ho can ngheo", "=near poor"]),
    (
        ImportField::MainCause,
        &["nguyen nhan", "nguyen nhan ngheo", "nguyen nhan chinh", "nguyen nhan ngheo chinh", "main cause"],
    ),
    (
        ImportField::Merit,
        &[
            "nguoi co cong",
            "ho chinh sach",
            "chinh sach nguoi co cong",
            "gia dinh chinh sach",
            "=ncc",
            "=merit",
        ],
    ),
    (
        ImportField::SocialProtection,
        &["bao tro xa hoi", "doi tuong bao tro xa hoi", "btxh", "social protection"],
    ),
    (ImportField::Residence, &["=khu vuc", "thanh thi nong thon", "nong thon thanh thi", "=residence"]),
    (ImportField::PointsB1, &["diem b1", "=b1", "points b1"]),
    (ImportField::PointsB2, &["diem b2", "=b2", "points b2"]),
    (ImportField::Note, &["ghi chu", "=note", "=notes"]),
    (
        ImportField::DeclaredHouseholds,
        &[
            "tong so ho dan cu",
            "tong so ho dan",
            "tong so ho",
            "tong ho",
            "so ho dan cu",
            "so ho dan",
            "=so ho",
            "=tong so ho dan cu so ho",
            "=tong so ho dan so ho",
            "=tong so ho so ho",
            "=households",
        ],
    ),
    (
        ImportField::DeclaredMinority,
        &[
            "trong do ho dtts",
            "ho dtts",
            "so ho dtts",
            "ho dan toc thieu so",
            "so ho dan toc thieu so",
            "trong do dtts",
            "=minority",
        ],
    ),
    (
        ImportField::Certificate,
        &[
            "giay chung nhan",
            "so giay chung nhan",
            "so giay chung nhan ho ngheo",
            "giay chung nhan ho ngheo",
            "so gcn",
            "=gcn",
            "certificate",
            "certificate number",
        ],
    ),
    (
        ImportField::Support,
        &[
            "=ho tro",
            "ten ho tro",
            "loai ho tro",
            "hinh thuc ho tro",
            "noi dung ho tro",
            "=chinh sach",
            "ten chinh sach",
            "loai chinh sach",
            "chinh sach ho tro",
            "=support",
        ],
    ),
    (
        ImportField::Quarter,
        &[
            "=quy",
            "=quy nhan",
            "=quy cap",
            "=quy chi",
            "quy ho tro",
            "ngay nhan",
            "ngay nhan ho tro",
            "ngay cap phat",
            "ngay chi",
            "ngay chi tra",
            "ngay phat",
            "=quarter",
        ],
    ),
    (
        ImportField::Amount,
        &[
            "so tien",
            "so tien ho tro",
            "so tien nhan",
            "so tien da nhan",
            "so tien duoc nhan",
            "muc ho tro",
            "=kinh phi",
            "kinh phi ho tro",
            // Also a name of persons, Thanh Tiến.
            "=thanh tien",
            "=tien",
            "=amount",
        ],
    ),
    (
        ImportField::GivenBy,
        &[
            "don vi cap",
            "don vi chi",
            "don vi chi tra",
            "don vi ho tro",
            "co quan cap",
            "co quan chi tra",
            "noi chi",
            "noi chi tra",
            "nguoi cap",
            "nguoi chi",
            "nguoi chi tra",
            "=nguon",
            "nguon ho tro",
            "nguon kinh phi",
            "given by",
        ],
    ),
    // What would be taken for another column.
    (
        ImportField::Other,
        &[
            "ngay cap",
            "noi cap",
            "ngay cap cmnd",
            "noi cap cmnd",
            "ngay cap cccd",
            "noi cap cccd",
            "ky nhan",
            "chu ky",
            "ho ten vo chong",
            "ho va ten vo chong",
            "ho ten nguoi dieu tra",
            "so ho ngheo",
            "so ho can ngheo",
            "tong so ho ngheo",
            "tong so ho can ngheo",
            "so ho ngheo dau nam",
            "so ho ngheo cuoi nam",
            "ho ngheo dtts",
        ],
    ),
];

/// A name that says something of all households only where no other head stands over it.
const ALONE: &str = "so ho";

/// The heads of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heads {
    /// Place of their last row among the rows.
    pub(super) last: usize,
    /// Text over each column.
    pub(super) texts: Vec<String>,
    /// What each column says.
    pub(super) fields: Vec<Option<ImportField>>,
}

/// What tells which household a row is of, where that household is in the register already.
pub(super) const WHICH: &[ImportField] =
    &[ImportField::HeadName, ImportField::Household, ImportField::Certificate, ImportField::IdentityNumber];

/// The fields of which rows of a kind cannot do without any.
const fn required(kind: ImportKind) -> &'static [ImportField] {
    match kind {
        ImportKind::Households => &[ImportField::HeadName],
        ImportKind::Declared => &[ImportField::DeclaredHouseholds],
        ImportKind::Supports => WHICH,
    }
}

/// How well the heads of a table fit a kind, whatever it was typed with; 0 where there are none.
pub(super) fn likely(rows: &[Row], kind: ImportKind) -> usize {
    let encodings = TextEncoding::ALL.map(Encodings::of_all);
    encodings
        .iter()
        .filter_map(|encodings| best(rows, kind, None, encodings))
        .map(|(fits, _)| fits)
        .max()
        .unwrap_or(0)
}

/// Finds the heads of a table: those whose lowest row is the file's row `header`, where that is said.
pub(super) fn find(
    rows: &[Row],
    kind: ImportKind,
    header: Option<u32>,
    encodings: &Encodings,
) -> Option<Heads> {
    best(rows, kind, header, encodings).map(|(_, heads)| heads)
}

fn best(
    rows: &[Row],
    kind: ImportKind,
    header: Option<u32>,
    encodings: &Encodings,
) -> Option<(usize, Heads)> {
    let mut best: Option<(usize, Heads)> = None;
    let is_asked = |last: usize| match header {
        Some(number) => rows[last].number == number,
        None => last < FIRST,
    };
    for last in (0..rows.len()).filter(|last| is_asked(*last)) {
        let texts: Vec<Vec<String>> =
            (last.saturating_sub(DEEPEST - 1)..=last).map(|row| texts(&rows[row], encodings)).collect();
        for deep in 1..=texts.len() {
            let Some(columns) = columns(&texts[texts.len() - deep..], kind) else { continue };
            let (fits, fields) = assigned(&columns, kind);
            let has_required = required(kind).iter().any(|field| fields.contains(&Some(*field)));
            let needs = header.is_some() || has_required;
            if needs && fits > 0 && best.as_ref().is_none_or(|(most, _)| fits > *most) {
                let texts = columns.into_iter().map(|column| column.shown).collect();
                best = Some((fits, Heads { last, texts, fields }));
            }
        }
    }
    best
}

/// The texts of a row, each in the encoding of its font or column.
fn texts(row: &Row, encodings: &Encodings) -> Vec<String> {
    let text = |(column, cell): (usize, &Cell)| {
        let (font, text) = match cell {
            Cell::Text(text) => (None, &**text),
            Cell::Old(font, text) => (Some(*font), &**text),
            Cell::Number(number) => return number.to_string(),
            Cell::Empty | Cell::Date(_) | Cell::Bool(_) => return String::new(),
        };
        let font = encodings.of(column).map_or(font, Font::of);
        let shown = font.and_then(|font| font.shown(text)).unwrap_or_else(|| text.nfc().collect());
        shown.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    row.cells.iter().enumerate().map(text).collect()
}

/// A column's head.
struct Column {
    /// As it is shown to people.
    shown: String,
    /// In plain words: all that stands over the column, then without its highest part, and so on.
    heads: Vec<String>,
}

/// The heads over each column, from rows of texts, the highest first; `None` where the rows are no heads.
fn columns(rows: &[Vec<String>], kind: ImportKind) -> Option<Vec<Column>> {
    // A title over the table is one text.
    let is_title = |row: &Vec<String>| {
        let mut texts = row.iter().filter(|text| !text.is_empty());
        let first = texts.next();
        texts.all(|text| Some(text) == first)
    };
    let at = |row: usize, column: usize| rows[row].get(column).map_or("", String::as_str);
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    if rows.iter().any(is_title) || (0..width).any(|column| ends_above(rows, column, kind)) {
        return None;
    }
    let column = |column: usize| {
        let mut parts: Vec<&str> = Vec::new();
        for row in 0..rows.len() {
            let mut text = at(row, column);
            let is_last = row + 1 == rows.len();
            // Where the file does not say it, a head reaches over what stands below and to the right of it.
            if text.is_empty() && !is_last && !at(row + 1, column).is_empty() {
                let left = (0..column).rev().map(|left| at(row, left)).find(|text| !text.is_empty());
                text = left.unwrap_or_default();
            }
            let is_new = !text.is_empty() && parts.last() != Some(&text);
            if is_new && (is_last || text.chars().count() <= GROUP) {
                parts.push(text);
            }
        }
        let heads = (0..parts.len()).map(|from| plain(&parts[from..].join(" "))).collect();
        Column { shown: parts.join(" – "), heads }
    };
    Some((0..width).map(column).collect())
}

/// Whether what stands below the head that a table cannot do without is none: its first row.
fn ends_above(rows: &[Vec<String>], column: usize, kind: ImportKind) -> bool {
    let field = |text: &str| matching(&plain(text), kind, false).map(|(field, _)| field);
    let texts = rows.iter().map(|row| row.get(column).map_or("", String::as_str));
    let is_required = |text: &str| field(text).is_some_and(|field| required(kind).contains(&field));
    // A head of what is not imported is one, too: the sex beside the name, in a list of supports.
    let is_head =
        |text: &str| ImportKind::ALL.iter().any(|kind| matching(&plain(text), *kind, false).is_some());
    let mut below = texts.skip_while(|text| !is_required(text));
    below.any(|text| !text.is_empty() && !is_head(text))
}

/// The field whose name fits a head best, and how well; `exact` asks for the whole head alone.
fn matching(head: &str, kind: ImportKind, exact: bool) -> Option<(ImportField, usize)> {
    let fits = |name: &str| {
        let (whole_only, name) = name.strip_prefix('=').map_or((false, name), |name| (true, name));
        let words = name.split(' ').count();
        if head == name {
            Some(100 + words)
        } else if exact || whole_only {
            None
        } else {
            format!(" {head} ").contains(&format!(" {name} ")).then_some(words)
        }
    };
    let of_kind = NAMES.iter().filter(|(field, _)| field.kinds().contains(&kind));
    let fitting = of_kind.filter_map(|(field, names)| {
        let best = names.iter().filter_map(|name| fits(name)).max()?;
        Some((*field, best))
    });
    fitting.max_by_key(|(_, fits)| *fits)
}

/// What a column says by its head, and how well that fits: all of the head, or else its lowest part that says something.
fn says(Column { heads, .. }: &Column, kind: ImportKind) -> Option<(ImportField, usize)> {
    let tells = |head: &&String| heads.len() == 1 || *head != ALONE;
    let of_whole = heads.iter().filter(tells).find_map(|head| matching(head, kind, true));
    of_whole.or_else(|| heads.iter().rev().filter(tells).find_map(|head| matching(head, kind, false)))
}

/// What each column says, and how well that fits: of several columns with one name the one whose head fits best.
fn assigned(columns: &[Column], kind: ImportKind) -> (usize, Vec<Option<ImportField>>) {
    let found: Vec<Option<(ImportField, usize)>> = columns.iter().map(|column| says(column, kind)).collect();
    let mut fields: Vec<Option<ImportField>> = vec![None; columns.len()];
    for (place, of_column) in found.iter().enumerate() {
        let Some((field, fits)) = *of_column else { continue };
        let is_better = |(other, of_other): (usize, &Option<(ImportField, usize)>)| {
            of_other
                .is_some_and(|(of, better)| of == field && (better > fits || better == fits && other < place))
        };
        if field != ImportField::Other && !found.iter().enumerate().any(is_better) {
            fields[place] = Some(field);
        }
    }
    let fits =
        fields.iter().zip(columns).filter_map(|(field, column)| match ((*field)?, &column.heads[..]) {
            (ImportField::Number, _) => Some(1),
            (_, [alone]) if alone == ALONE => Some(9),
            _ => Some(10),
        });
    (fits.sum(), fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(table: &[&[&str]]) -> Vec<Row> {
        let row = |(number, texts): (u32, &&[&str])| Row {
            number,
            cells: texts.iter().map(|text| Cell::text(*text, None)).collect(),
        };
        (1..).zip(table).map(row).collect()
    }

    fn found(table: &[&[&str]], kind: ImportKind) -> Option<(usize, Vec<Option<ImportField>>)> {
        find(&rows(table), kind, None, &Encodings::default()).map(|heads| (heads.last, heads.fields))
    }

    #[test]
    fn heads_as_offices_write_them() {
        use ImportField::*;
        for (head, field) in [
            ("STT", Some(Number)),
            ("Họ và tên chủ hộ", Some(HeadName)),
            ("HỌ VÀ TÊN", Some(HeadName)),
            ("Năm sinh", Some(Birth)),
            ("Ngày, tháng, năm sinh", Some(Birth)),
            ("Năm sinh chủ hộ", Some(Birth)),
            ("Giới tính (Nam/Nữ)", Some(Sex)),
            ("Dân tộc", Some(Ethnicity)),
            ("Hộ DTTS", Some(EthnicMinority)),
            ("Số CMND/CCCD", Some(IdentityNumber)),
            ("Ngày cấp CMND", Some(Other)),
            ("Quan hệ với chủ hộ", Some(Relation)),
            ("Ấp/thôn/khu phố", Some(Hamlet)),
            ("Ấp", Some(Hamlet)),
            ("Xã", Some(Commune)),
            ("Địa chỉ (ấp, xã)", Some(Address)),
            ("Số nhân khẩu", Some(Members)),
            ("Thu nhập bình quân (1.000đ/người/tháng)", Some(IncomePersonMonth)),
            ("Tổng thu nhập cả năm (triệu đồng)", Some(IncomeYear)),
            // Of what, it does not say.
            ("Thu nhập", None),
            ("Loại hộ (nghèo, cận nghèo)", Some(Class)),
            ("Hộ nghèo", Some(Poor)),
            ("Hộ cận nghèo", Some(NearPoor)),
            ("Nguyên nhân nghèo", Some(MainCause)),
            ("Mã hộ", Some(Household)),
            ("Ghi chú", Some(Note)),
            ("Điểm B1", Some(PointsB1)),
            ("Số điện thoại", None),
        ] {
            let found = matching(&plain(head), ImportKind::Households, false).map(|(field, _)| field);
            assert_eq!(found, field, "{head}");
        }
        let declared = |head| matching(&plain(head), ImportKind::Declared, false).map(|(field, _)| field);
        assert_eq!(declared("Tổng số hộ dân cư"), Some(DeclaredHouseholds));
        assert_eq!(declared("Trong đó hộ DTTS"), Some(DeclaredMinority));
        assert_eq!(declared("Tổng số hộ nghèo"), Some(Other));
        for (head, field) in [
            ("Mã hộ", Some(Household)),
            ("Số giấy chứng nhận hộ nghèo", Some(Certificate)),
            ("Số CMND", Some(IdentityNumber)),
            ("Ngày cấp", Some(Other)),
            ("Tên chính sách", Some(Support)),
            ("Quý", Some(Quarter)),
            ("Ngày nhận", Some(Quarter)),
            ("Số tiền hỗ trợ (1.000 đ)", Some(Amount)),
            ("Đơn vị chi trả", Some(GivenBy)),
            ("Nguồn kinh phí", Some(GivenBy)),
            ("Số nhân khẩu", None),
            ("Quý I", None),
        ] {
            let found = matching(&plain(head), ImportKind::Supports, false).map(|(field, _)| field);
            assert_eq!(found, field, "{head}");
        }
    }

    #[test]
    fn heads_are_found_below_titles_and_under_others() {
        use ImportField::*;
        let plain = [
            ["ỦY BAN NHÂN DÂN XÃ AN ĐỨC", "", "", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"].as_slice(),
            &["DANH SÁCH HỘ NGHÈO NĂM 2011", "DANH SÁCH HỘ NGHÈO NĂM 2011"],
            &["STT", "Họ tên chủ hộ", "Năm sinh", "Ấp"],
            &["1", "Nguyễn Thị Bé", "1950", "4"],
        ];
        let expected = vec![Some(Number), Some(HeadName), Some(Birth), Some(Hamlet)];
        assert_eq!(found(&plain, ImportKind::Households), Some((2, expected)));
        // As cells that were joined come out of a workbook, and as they come out of a text.
        let joined = [
            ["TT", "Chủ hộ", "Chủ hộ", "Chủ hộ", "Nơi ở", "Nơi ở"].as_slice(),
            &["TT", "Họ và tên", "Năm sinh", "Năm sinh", "Ấp", "Xã"],
            &["TT", "Họ và tên", "Nam", "Nữ", "Ấp", "Xã"],
            &["1", "Nguyễn Thị Bé", "", "1950", "4", "An Đức"],
        ];
        let text = [
            ["TT", "Chủ hộ", "", "", "Nơi ở", ""].as_slice(),
            &["", "Họ và tên", "Năm sinh", "", "Ấp", "Xã"],
            &["", "", "Nam", "Nữ", "", ""],
            &["1", "Nguyễn Thị Bé", "", "1950", "4", "An Đức"],
        ];
        let expected = vec![
            Some(Number),
            Some(HeadName),
            Some(BirthMale),
            Some(BirthFemale),
            Some(Hamlet),
            Some(Commune),
        ];
        for table in [joined, text] {
            assert_eq!(found(&table, ImportKind::Households), Some((2, expected.clone())));
        }
        // The columns of Mẫu số 3.
        let declared = [
            [
                "TT",
                "Ấp",
                "Tổng số hộ dân cư",
                "Tổng số hộ dân cư",
                "Số hộ nghèo đầu năm",
                "Số hộ nghèo đầu năm",
            ]
            .as_slice(),
            &["TT", "Ấp", "Số hộ", "Trong đó hộ DTTS", "Số hộ", "Tỷ lệ %"],
            &["1", "Ấp 1", "312", "2", "40", "12,82"],
        ];
        let expected =
            vec![Some(Number), Some(Hamlet), Some(DeclaredHouseholds), Some(DeclaredMinority), None, None];
        assert_eq!(found(&declared, ImportKind::Declared), Some((1, expected)));
    }

    #[test]
    fn whatever_tells_the_household_is_a_head_of_supports() {
        use ImportField::*;
        let table = [
            ["Danh sách hộ nhận tiền điện"].as_slice(),
            &["TT", "Mã hộ", "Quý", "Số tiền"],
            &["1", "29173-000000000000000000000000000000b3", "I", "90000"],
        ];
        let expected = vec![Some(Number), Some(Household), Some(Quarter), Some(Amount)];
        assert_eq!(found(&table, ImportKind::Supports), Some((1, expected)));
        assert_eq!(
            found(&[["TT", "Quý", "Số tiền"].as_slice(), &["1", "I", "90000"]], ImportKind::Supports),
            None
        );
    }

    #[test]
    fn what_has_no_heads_has_none_unless_they_are_named() {
        let table = [["a", "b"].as_slice(), &["Nguyễn Thị Bé", "1950"], &["Ấp", "Năm sinh"]];
        assert_eq!(found(&table, ImportKind::Households), None);
        let named = find(&rows(&table), ImportKind::Households, Some(3), &Encodings::default()).unwrap();
        assert_eq!(named.fields, [Some(ImportField::Hamlet), Some(ImportField::Birth)]);
        assert_eq!(find(&rows(&table), ImportKind::Households, Some(9), &Encodings::default()), None);
    }

    #[test]
    fn heads_in_an_old_encoding_are_found_by_it_alone() {
        let table = [["Hä tªn chñ hé", "N¨m sinh", "Êp"].as_slice(), &["BÐ", "1950", "4"]];
        assert_eq!(found(&table, ImportKind::Households), None);
        let rows = rows(&table);
        let encodings = Encodings::of_all(TextEncoding::Tcvn3);
        let heads = find(&rows, ImportKind::Households, None, &encodings).unwrap();
        assert_eq!(heads.texts, ["Họ tên chủ hộ", "Năm sinh", "ấp"]);
        assert!(likely(&rows, ImportKind::Households) > 0);
    }
}
