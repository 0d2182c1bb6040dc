//! Accounts to be made from a list that somebody keeps in a spreadsheet. Areas may be named as people name them.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use soho_shared::access::{MAX_AREAS, Role, Scope, ScopeError};
use soho_shared::area::{AreaCode, CommuneCode, HamletCode, PROVINCE, communes, district, districts};
use soho_shared::fold::fold;
use soho_shared::lang::Lang;
use soho_shared::law::{entitlements, standards};
use soho_shared::standard::Note;
use soho_shared::support::SupportNames;
use utoipa::ToSchema;

use crate::people::{AccountName, Owner};

/// Most rows of a list.
pub const MOST_ROWS: usize = 500;

/// Most supports that are read of a row: more than there are.
const MOST_SUPPORTS: usize = 50;

/// A row as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = AccountRow)]
#[serde(deny_unknown_fields, default)]
pub struct ListRow {
    /// The account's name.
    pub account: String,
    /// The person's name.
    pub name: String,
    /// The person's telephone number.
    pub telephone: String,
    /// The role, as its word or name: `commune`, `Cán bộ xã`.
    pub role: String,
    /// Codes or names of areas with `;` between: `29173-04; Ấp 5, Xã An Đức`.
    pub areas: String,
    /// Of a department the ids or names of the supports that it gives, with `;` between: `electricity; Hỗ trợ nhà ở`.
    pub supports: String,
}

impl ListRow {
    const fn cells(&mut self) -> [&mut String; 6] {
        let ListRow { account, name, telephone, role, areas, supports } = self;
        [account, name, telephone, role, areas, supports]
    }

    fn is_empty(&self) -> bool {
        let ListRow { account, name, telephone, role, areas, supports } = self;
        [account, name, telephone, role, areas, supports].iter().all(|cell| cell.trim().is_empty())
    }
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AccountFault)]
pub struct Fault {
    /// In which of its fields.
    pub field: &'static str,
    /// What is wrong, and what to write.
    #[serde(flatten)]
    pub words: Note,
}

impl Fault {
    /// An account's name that another one has.
    #[must_use]
    pub fn taken(name: &AccountName) -> Self {
        let vi = format!("đã có tài khoản “{name}”: hãy đặt tên khác");
        fault("account", vi, format!("there is already an account `{name}`: choose another name"))
    }

    /// Areas or supports that are not of a role.
    #[must_use]
    pub fn of_scope(role: Role, error: &ScopeError) -> Self {
        let (field, vi) = match error {
            ScopeError::Count(_) => ("areas", format!("số địa bàn phải từ 1 đến {MAX_AREAS}")),
            ScopeError::Kind { .. } => {
                ("areas", format!("địa bàn không hợp vai trò. {}", role.areas_hint(Lang::Vi)))
            }
            ScopeError::Supports => {
                let vi = match role {
                    Role::Department => "hãy chọn ít nhất một chính sách mà ngành cấp, như electricity",
                    _ => "chỉ cán bộ ngành mới có chính sách để cấp: hãy bỏ trống mục này",
                };
                ("supports", vi.to_owned())
            }
            ScopeError::NoSupport(id) => {
                ("supports", format!("không có chính sách “{id}”: hãy ghi mã như electricity"))
            }
        };
        fault(field, vi, error.to_string())
    }
}

fn fault(field: &'static str, vi: impl Into<String>, en: impl Into<String>) -> Fault {
    Fault { field, words: Note { vi: vi.into().into(), en: en.into().into() } }
}

/// A row that was understood.
#[derive(Clone, Debug)]
pub struct Read {
    /// The account's name.
    pub name: AccountName,
    /// What it may see and do.
    pub scope: Scope,
    /// Whose it is.
    pub owner: Owner,
}

/// Words that a column's head may be, folded, in the order of [`ListRow::cells`].
const HEADS: [&[&str]; 6] = [
    &["tai khoan", "ten tai khoan", "ten dang nhap", "account"],
    &["ho ten", "ho va ten", "ten", "name", "full name"],
    &["dien thoai", "so dien thoai", "sdt", "telephone", "phone"],
    &["vai tro", "role"],
    &["dia ban", "areas", "area"],
    &["chinh sach", "chinh sach cap", "ho tro", "supports", "support"],
];

/// The rows of a text as a spreadsheet copies or saves it: with tabs, commas or semicolons between cells, with or without
/// a row of heads. `None` where there are more than [`MOST_ROWS`].
#[must_use]
pub fn read_rows(text: &str) -> Option<Vec<ListRow>> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |between: u8| first.bytes().filter(|byte| *byte == between).count();
    let delimiter = if count(b'\t') > 0 {
        b'\t'
    } else if count(b';') > count(b',') {
        b';'
    } else {
        b','
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let mut places: Option<Vec<Option<usize>>> = None;
    for record in reader.records().filter_map(Result::ok) {
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let heads = places.is_none().then(|| record.iter().map(column).collect::<Vec<_>>());
        if let Some(heads) = heads {
            let is_heads = heads.iter().flatten().count() >= 2;
            places = Some(if is_heads { heads } else { (0..HEADS.len()).map(Some).collect() });
            if is_heads {
                continue;
            }
        }
        let mut row = ListRow::default();
        for (place, cell) in places.iter().flatten().zip(&record) {
            if let Some(to) = place.and_then(|place| row.cells().into_iter().nth(place)) {
                cell.trim().clone_into(to);
            }
        }
        if row.is_empty() {
            continue;
        }
        if rows.len() == MOST_ROWS {
            return None;
        }
        rows.push(row);
    }
    Some(rows)
}

/// Which column a head names.
fn column(head: &str) -> Option<usize> {
    let head = fold(head);
    HEADS.iter().position(|words| words.contains(&head.as_str()))
}

impl ListRow {
    /// The row as it is understood; `taken` are the names that no account can have any more, to which this one is added.
    ///
    /// # Errors
    /// When something in it is wrong: all of it.
    pub fn read(&self, taken: &mut HashSet<AccountName>) -> Result<Read, Vec<Fault>> {
        let mut faults = Vec::new();
        let name = noted(&mut faults, self.account_name(taken));
        let full_name = noted(
            &mut faults,
            Owner::name_of(&self.name).map_err(|en| fault("name", "họ tên dài nhất 80 chữ", en)),
        );
        let telephone = noted(
            &mut faults,
            Owner::telephone_of(&self.telephone)
                .map_err(|en| fault("telephone", "số điện thoại có từ 8 đến 15 chữ số", en)),
        );
        let role = noted(&mut faults, role_of(&self.role));
        let supports = noted(&mut faults, supports_of(&self.supports));
        let scope = role.zip(supports);
        let scope =
            scope.and_then(|(role, supports)| noted(&mut faults, scope_of(role, &self.areas, supports)));
        match (name, full_name, telephone, scope) {
            (Some(name), Some(full_name), Some(telephone), Some(scope)) => {
                Ok(Read { name, scope, owner: Owner { full_name, telephone } })
            }
            _ => Err(faults),
        }
    }

    fn account_name(&self, taken: &mut HashSet<AccountName>) -> Result<AccountName, Fault> {
        let name: AccountName = self.account.parse().map_err(|en: String| {
            let vi = "tên tài khoản gồm 2 đến 40 chữ thường không dấu, chữ số, dấu chấm, dấu gạch";
            fault("account", vi, en)
        })?;
        if taken.insert(name.clone()) { Ok(name) } else { Err(Fault::taken(&name)) }
    }
}

/// What was read, or nothing and its fault noted.
fn noted<T>(faults: &mut Vec<Fault>, read: Result<T, Fault>) -> Option<T> {
    read.map_err(|fault| faults.push(fault)).ok()
}

/// A role by its word or its name in either language.
fn role_of(text: &str) -> Result<Role, Fault> {
    let wanted = fold(text);
    let is_it = |(word, role): &&(&str, Role)| {
        wanted == *word || [Lang::Vi, Lang::En].iter().any(|lang| wanted == fold(role.name(*lang)))
    };
    Role::ALL.iter().find(is_it).map(|(_, role)| *role).ok_or_else(|| {
        let names = |lang| Role::ALL.map(|(_, role)| role.name(lang)).join(", ");
        fault(
            "role",
            format!("vai trò là một trong: {}", names(Lang::Vi)),
            format!("the roles are: {}", names(Lang::En)),
        )
    })
}

/// The parts of a cell that holds several.
fn pieces(cell: &str) -> impl Iterator<Item = &str> {
    cell.split([';', '\n', '\r']).map(str::trim).filter(|piece| !piece.is_empty())
}

/// Ids of supports from their ids, or their names in any law file.
fn supports_of(text: &str) -> Result<Vec<String>, Fault> {
    if pieces(text).nth(MOST_SUPPORTS).is_some() {
        let vi = format!("mỗi tài khoản có nhiều nhất {MOST_SUPPORTS} chính sách");
        return Err(fault("supports", vi, format!("an account has at most {MOST_SUPPORTS} supports")));
    }
    pieces(text).map(support_of).collect()
}

fn support_of(piece: &str) -> Result<String, Fault> {
    static NAMES: LazyLock<SupportNames> =
        LazyLock::new(|| SupportNames::of(standards().iter().filter_map(entitlements).flatten()));
    NAMES.find(piece).map(ToOwned::to_owned).ok_or_else(|| {
        let shown: String = piece.chars().take(60).collect();
        fault(
            "supports",
            format!("không có chính sách “{shown}”: ghi như “Hỗ trợ tiền điện” hoặc mã như electricity"),
            format!(
                "there is no support “{shown}”: write its name in the law file, or its id like electricity"
            ),
        )
    })
}

fn scope_of(role: Role, text: &str, supports: Vec<String>) -> Result<Scope, Fault> {
    let mut areas = Vec::new();
    for piece in pieces(text) {
        areas.extend(areas_of(role, piece)?);
        if areas.len() > MAX_AREAS {
            break;
        }
    }
    Scope::with_supports(role, areas, supports).map_err(|error| Fault::of_scope(role, &error))
}

/// Areas from their codes, or one from its name.
fn areas_of(role: Role, piece: &str) -> Result<Vec<AreaCode>, Fault> {
    let words = piece.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
    let codes: Result<Vec<AreaCode>, _> = words.map(str::parse).collect();
    if let Ok(codes) = codes {
        return Ok(codes);
    }
    let parts: Vec<_> = piece.split(',').map(fold).filter(|part| !part.is_empty()).collect();
    let parts: Vec<_> = parts.iter().map(String::as_str).collect();
    let found: Vec<AreaCode> = match role {
        Role::Volunteer => hamlets_named(&parts),
        Role::Commune => communes_named(&parts).map(AreaCode::Commune).collect(),
        Role::District => districts_named(&parts).collect(),
        Role::Department => districts_named(&parts).chain(province_named(&parts)).collect(),
        Role::Province | Role::Admin => province_named(&parts).into_iter().collect(),
    };
    let shown: String = piece.chars().take(60).collect();
    match found.len() {
        1 => Ok(found),
        0 => Err(fault(
            "areas",
            format!(
                "không có địa bàn “{shown}” cho vai trò này: ghi như “Ấp 4, Xã An Đức” hoặc mã như 29173-04"
            ),
            format!(
                "there is no area “{shown}” for this role: write it like “Ấp 4, Xã An Đức”, or its code like 29173-04"
            ),
        )),
        _ => Err(fault(
            "areas",
            format!("có nhiều nơi tên “{shown}”: hãy ghi thêm huyện, như “Xã An Đức, Huyện Ba Tri”"),
            format!("several places are called “{shown}”: add the district, like “Xã An Đức, Huyện Ba Tri”"),
        )),
    }
}

/// The hamlets that are called so: `ap 4`, then the commune's name, and the district's where it is said.
fn hamlets_named(parts: &[&str]) -> Vec<AreaCode> {
    let [hamlet, of @ ..] = parts else { return Vec::new() };
    let number = ["ap ", "khu pho ", "khom "].into_iter().find_map(|word| hamlet.strip_prefix(word));
    let Some(number) = number.and_then(|number| number.parse().ok()) else { return Vec::new() };
    communes_named(of).filter_map(|commune| HamletCode::new(commune, number)).map(AreaCode::Hamlet).collect()
}

/// The communes that are called so, in the district that the second part names, where it is there.
fn communes_named<'a>(parts: &'a [&'a str]) -> impl Iterator<Item = CommuneCode> + 'a {
    let is_in = move |code, named: &&str| district(code).is_some_and(|of| is_called(of.name, Some(named)));
    let called = communes().iter().filter(move |of| is_called(of.name, parts.first()));
    called.filter(move |of| parts.get(1).is_none_or(|named| is_in(of.district, named))).map(|of| of.code)
}

/// The districts that are called so.
fn districts_named<'a>(parts: &'a [&'a str]) -> impl Iterator<Item = AreaCode> + 'a {
    let called = districts().iter().filter(move |of| is_called(of.name, parts.first()));
    called.map(|of| AreaCode::District(of.code))
}

/// The province, where it is called so.
fn province_named(parts: &[&str]) -> Option<AreaCode> {
    is_called(PROVINCE.name, parts.first()).then_some(AreaCode::Province(PROVINCE.code))
}

/// Whether a folded text is an area's name, with or without what kind of area it is.
fn is_called(name: &str, text: Option<&&str>) -> bool {
    let (name, Some(text)) = (fold(name), text) else { return false };
    let kinds = ["xa ", "phuong ", "thi tran ", "huyen ", "thanh pho ", "tinh "];
    name == **text || kinds.into_iter().any(|kind| name.strip_prefix(kind) == Some(*text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: [&str; 5]) -> ListRow {
        let [account, name, telephone, role, areas] = cells.map(ToOwned::to_owned);
        ListRow { account, name, telephone, role, areas, supports: String::new() }
    }

    #[test]
    fn a_list_is_read_as_spreadsheets_copy_and_save_it() {
        let lan = row(["lan", "Trần Thị Lan", "0901 234 567", "Điều tra viên", "29173-04; 29173-05"]);
        let ba = row(["ba.xa", "Lê Ba", "", "commune", "29173"]);
        let both = Some(vec![lan, ba]);
        for text in [
            "lan\tTrần Thị Lan\t0901 234 567\tĐiều tra viên\t29173-04; 29173-05\nba.xa\tLê Ba\t\tcommune\t29173\n",
            "\u{feff}lan,Trần Thị Lan,0901 234 567,Điều tra viên,29173-04; 29173-05\r\n\r\n ,,,,\r\nba.xa,Lê Ba,,commune,29173",
            "Tài khoản;Họ và tên;Điện thoại;Vai trò;Địa bàn\nlan;Trần Thị Lan;0901 234 567;Điều tra viên;\"29173-04; 29173-05\"\nba.xa;Lê Ba;;commune;29173",
            "STT\tHọ tên\tĐịa bàn\tVai trò\tSĐT\tTài khoản\n1\tTrần Thị Lan\t29173-04; 29173-05\tĐiều tra viên\t0901 234 567\tlan\n2\tLê Ba\t29173\tcommune\t\tba.xa",
        ] {
            assert_eq!(read_rows(text), both, "{text}");
        }
        assert_eq!(read_rows(" \n"), Some(Vec::new()));
        assert!(read_rows(&"lan,x\n".repeat(MOST_ROWS)).is_some_and(|rows| rows.len() == MOST_ROWS));
        assert_eq!(read_rows(&"lan,x\n".repeat(MOST_ROWS + 1)), None);
    }

    #[test]
    fn areas_are_codes_or_names_and_each_fault_is_told_at_its_field() {
        let table: [(&str, &str, Result<&str, &str>); 14] = [
            ("Điều tra viên", "29173-04, 29173-05", Ok("29173-04 29173-05")),
            ("dieu tra vien", "Ấp 4, Xã An Đức", Ok("29173-04")),
            ("volunteer", "ấp 4, an đức, ba tri", Ok("29173-04")),
            ("volunteer", "Ấp 4, Xã An Đức; 29173-05", Ok("29173-04 29173-05")),
            ("Cán bộ xã", "xã an đức", Ok("29173")),
            ("Commune officer", "29173", Ok("29173")),
            ("district", "Ba Tri", Ok("836")),
            ("Người quản trị", "", Ok("83")),
            ("province", "Tỉnh Bến Tre", Ok("83")),
            ("", "29173", Err("role")),
            ("volunteer", "", Err("areas")),
            ("volunteer", "Ấp 0, Xã An Đức", Err("areas")),
            ("volunteer", "Xã An Đức", Err("areas")),
            ("commune", "836", Err("areas")),
        ];
        for (role, areas, expected) in table {
            let read = row(["lan", "", "", role, areas]).read(&mut HashSet::new());
            let read = read
                .map(|read| read.scope.areas().iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
            let read =
                read.map_err(|faults| faults.iter().map(|fault| fault.field).collect::<Vec<_>>().join(" "));
            assert_eq!(read, expected.map(ToOwned::to_owned).map_err(ToOwned::to_owned), "{role}: {areas}");
        }
    }

    #[test]
    fn a_department_s_supports_are_ids_or_names() {
        let text = "Tài khoản\tVai trò\tĐịa bàn\tChính sách\ndien\tCán bộ ngành\tBa Tri; 829\tHỗ trợ tiền điện; housing_loan";
        let rows = read_rows(text).unwrap();
        assert_eq!(rows[0].supports, "Hỗ trợ tiền điện; housing_loan");
        let read = rows[0].read(&mut HashSet::new()).unwrap();
        assert_eq!(read.scope.supports(), ["electricity", "housing_loan"]);
        for (role, areas, supports, expected) in [
            ("department", "Tỉnh Bến Tre", "ho tro tien dien", vec![]),
            ("department", "83", "", vec!["supports"]),
            ("department", "29173", "yachts", vec!["supports"]),
            ("department", "29173", "electricity", vec!["areas"]),
            // It is for communes, and no household is given it.
            ("department", "836", "coastal_commune", vec!["supports"]),
            ("commune", "29173", "electricity", vec!["supports"]),
        ] {
            let row = ListRow { supports: supports.to_owned(), ..row(["dien", "", "", role, areas]) };
            let faults = row.read(&mut HashSet::new()).err().unwrap_or_default();
            assert_eq!(
                faults.iter().map(|fault| fault.field).collect::<Vec<_>>(),
                expected,
                "{role}: {supports}"
            );
        }
    }

    #[test]
    fn all_faults_of_a_row_are_told_and_a_name_is_taken_once() {
        let mut taken: HashSet<AccountName> = ["root".parse().unwrap()].into();
        let fields = |row: ListRow, taken: &mut HashSet<AccountName>| {
            row.read(taken)
                .map_or_else(|faults| faults.iter().map(|fault| fault.field).collect(), |_| Vec::new())
        };
        let long = "x".repeat(81);
        let bad = row(["Bà Năm", &long, "12", "thủ kho", ""]);
        assert_eq!(fields(bad, &mut taken), ["account", "name", "telephone", "role"]);
        assert_eq!(fields(row(["Root", "", "", "commune", "29173"]), &mut taken), ["account"]);
        assert!(fields(row(["lan", "", "", "commune", "29173"]), &mut taken).is_empty());
        assert_eq!(fields(row(["lan", "", "", "commune", "29173"]), &mut taken), ["account"]);
    }
}
