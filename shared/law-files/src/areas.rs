//! Generates constants from `law/areas_2011.csv` and the plan's order of districts.

use std::fmt::Write as _;
use std::path::Path;

/// Codes of the districts in the order of the plan's table (Kế hoạch 1051/KH-UBND, mục I).
const DISTRICT_ORDER: [&str; 9] = ["829", "831", "835", "836", "834", "833", "838", "837", "832"];

#[derive(serde::Deserialize)]
struct Unit {
    province_code: String,
    district_code: String,
    district_name: String,
    commune_code: String,
    commune_name: String,
    kind: String,
    residence: String,
    /// First day; empty where it is not established: the tree stands for all rounds before, too.
    from: Option<String>,
    /// Last day. On 1/7/2025 the communes were merged; what became of each is not established, so none is named.
    to: String,
}

pub(crate) fn generate(path: &Path) -> String {
    let mut reader = csv::Reader::from_path(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut units: Vec<Unit> =
        reader.deserialize().collect::<Result<_, _>>().unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    units.sort_by(|a, b| a.commune_code.cmp(&b.commune_code));

    let day = |unit: &Unit, text: &str| {
        let parsed = text.parse::<jiff::civil::Date>();
        parsed.unwrap_or_else(|e| panic!("{}: `{text}` is no day: {e}", unit.commune_code))
    };
    let to = day(&units[0], &units[0].to);
    for unit in &units {
        let from = unit.from.as_deref().map(|from| day(unit, from));
        assert!(from.is_none_or(|from| from < to), "{}: ends before it begins", unit.commune_code);
        assert_eq!(day(unit, &unit.to), to, "{}: the areas of one tree end on one day", unit.commune_code);
    }
    let number = |code: &str| code.parse::<u32>().unwrap_or_else(|_| panic!("`{code}` is not a code"));
    let province = number(&units[0].province_code);
    let mut code = format!(
        "/// The province of this register.\npub static PROVINCE: Province = Province {{ code: ProvinceCode({province}), name: \"Tỉnh Bến Tre\" }};\n/// Last day of the areas of this register.\npub const LAST_DAY: jiff::civil::Date = jiff::civil::date({}, {}, {});\n",
        to.year(),
        to.month(),
        to.day()
    );
    code.push_str("static DISTRICTS: &[District] = &[\n");
    for (i, district) in DISTRICT_ORDER.iter().enumerate() {
        let name = &units
            .iter()
            .find(|u| u.district_code == *district)
            .unwrap_or_else(|| panic!("no district {district}"))
            .district_name;
        let order = i + 1;
        writeln!(
            code,
            "District {{ code: DistrictCode({}), name: {name:?}, order: {order} }},",
            number(district)
        )
        .expect("writing to a string");
    }
    code.push_str("];\nstatic COMMUNES: &[Commune] = &[\n");
    for unit in &units {
        let (kind, residence) = match unit.kind.as_str() {
            "xã" => ("Xa", "rural"),
            "phường" => ("Phuong", "urban"),
            "thị trấn" => ("ThiTran", "urban"),
            other => panic!("{}: `{other}` is no kind of commune", unit.commune_code),
        };
        assert_eq!(unit.residence, residence, "{}: kind and residence disagree", unit.commune_code);
        writeln!(
            code,
            "Commune {{ code: CommuneCode({}), district: DistrictCode({}), name: {:?}, kind: CommuneKind::{kind} }},",
            number(&unit.commune_code),
            number(&unit.district_code),
            unit.commune_name,
        )
        .expect("writing to a string");
    }
    code.push_str("];\n");
    code
}
