//! Areas: province › district › commune › hamlet, as they were from 2009 to June 2025.
//!
//! The tree is data (`law/areas_2011.csv`, codes of the General Statistics Office) compiled in. A code
//! once given is never reused; a later tree is another file.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, de};

include!(concat!(env!("OUT_DIR"), "/areas.rs"));

/// Rural (nông thôn) or urban (thành thị): which of a standard's two lines applies.
///
/// A commune's kind decides it: xã is rural, phường and thị trấn are urban.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Residence {
    /// Rural (nông thôn).
    Rural,
    /// Urban (thành thị).
    Urban,
}

impl Residence {
    /// Both residences, in the order of arrays indexed by residence.
    pub const ALL: [Residence; 2] = [Residence::Rural, Residence::Urban];

    /// Index in such arrays: 0 for rural, 1 for urban.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The word used in files and addresses: `rural` or `urban`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Residence::Rural => "rural",
            Residence::Urban => "urban",
        }
    }
}

/// Kind of a commune.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CommuneKind {
    /// Xã: a rural commune.
    Xa,
    /// Phường: a ward of a city.
    Phuong,
    /// Thị trấn: a township.
    ThiTran,
}

impl CommuneKind {
    /// Residence of communes of this kind: xã is rural, phường and thị trấn are urban.
    #[must_use]
    pub const fn residence(self) -> Residence {
        match self {
            CommuneKind::Xa => Residence::Rural,
            CommuneKind::Phuong | CommuneKind::ThiTran => Residence::Urban,
        }
    }

    /// Vietnamese word for a hamlet of such a commune: ấp in the country, khu phố in towns.
    #[must_use]
    pub const fn hamlet_word(self) -> &'static str {
        match self {
            CommuneKind::Xa => "Ấp",
            CommuneKind::Phuong | CommuneKind::ThiTran => "Khu phố",
        }
    }
}

/// A province's two-digit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProvinceCode(u8);

/// A district's three-digit code (huyện, thành phố).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DistrictCode(u16);

/// A commune's five-digit code (xã, phường, thị trấn). Always one of the tree's.
///
/// ```
/// use soho_shared::area::{CommuneCode, Residence, commune};
///
/// let code: CommuneCode = "29173".parse().unwrap();
/// let an_duc = commune(code).unwrap();
/// assert_eq!((an_duc.name, an_duc.residence()), ("Xã An Đức", Residence::Rural));
///
/// // Five digits are not enough: the province must have such a commune.
/// assert!("29999".parse::<CommuneCode>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommuneCode(u32);

impl CommuneCode {
    /// The code as four big-endian bytes: what a store's keys begin with.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }

    /// The inverse of [`CommuneCode::to_bytes`]; `None` when the tree has no such commune.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 4]) -> Option<Self> {
        let code = CommuneCode(u32::from_be_bytes(bytes));
        commune(code).map(|_| code)
    }
}

/// Code of a unit with an office of its own (đơn vị hành chính), which keeps records: a commune, a district or the province.
/// Always one of the tree's.
///
/// ```
/// use soho_shared::area::UnitCode;
///
/// let unit = |code: &str| code.parse::<UnitCode>();
/// assert_eq!(unit("836").unwrap().commune(), None);
/// assert_eq!(unit("29173").unwrap().commune(), "29173".parse().ok());
/// assert!(unit("29173-04").is_err(), "a hamlet's records are kept by its commune");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitCode(u32);

impl UnitCode {
    /// All units: the province, its districts, its communes, each by code.
    pub fn all() -> impl Iterator<Item = UnitCode> {
        let mut districts: Vec<UnitCode> = districts().iter().map(|district| district.code.into()).collect();
        districts.sort_unstable();
        let communes = communes().iter().map(|commune| commune.code.into());
        std::iter::once(PROVINCE.code.into()).chain(districts).chain(communes)
    }

    /// The code as four big-endian bytes: what a store's keys begin with.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }

    /// The inverse of [`UnitCode::to_bytes`]; `None` when the tree has no such unit.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 4]) -> Option<Self> {
        let unit = UnitCode(u32::from_be_bytes(bytes));
        let is_there = match unit.area() {
            AreaCode::Province(province) => unit == UnitCode::from(province),
            AreaCode::District(code) => district(code).is_some(),
            AreaCode::Commune(code) => commune(code).is_some(),
            AreaCode::Hamlet(_) => false,
        };
        is_there.then_some(unit)
    }

    /// The commune, where it is one.
    #[must_use]
    pub fn commune(self) -> Option<CommuneCode> {
        if let AreaCode::Commune(commune) = self.area() { Some(commune) } else { None }
    }

    /// The unit as an area: what it is shows in the length of its code.
    #[must_use]
    pub fn area(self) -> AreaCode {
        match u16::try_from(self.0) {
            Ok(..100) => AreaCode::Province(PROVINCE.code),
            Ok(code @ 100..1_000) => AreaCode::District(DistrictCode(code)),
            _ => AreaCode::Commune(CommuneCode(self.0)),
        }
    }
}

impl From<CommuneCode> for UnitCode {
    fn from(CommuneCode(code): CommuneCode) -> Self {
        UnitCode(code)
    }
}

impl From<DistrictCode> for UnitCode {
    fn from(DistrictCode(code): DistrictCode) -> Self {
        UnitCode(code.into())
    }
}

impl From<ProvinceCode> for UnitCode {
    fn from(ProvinceCode(code): ProvinceCode) -> Self {
        UnitCode(code.into())
    }
}

impl PartialEq<CommuneCode> for UnitCode {
    fn eq(&self, commune: &CommuneCode) -> bool {
        self.0 == commune.0
    }
}

impl FromStr for UnitCode {
    type Err = AreaError;

    fn from_str(text: &str) -> Result<Self, AreaError> {
        match text.parse::<AreaCode>()? {
            AreaCode::Province(province) => Ok(province.into()),
            AreaCode::District(district) => Ok(district.into()),
            AreaCode::Commune(commune) => Ok(commune.into()),
            AreaCode::Hamlet(_) => Err(AreaError::Shape(text.to_owned())),
        }
    }
}

impl fmt::Display for UnitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.area().fmt(f)
    }
}

/// A hamlet (ấp, khóm, khu phố): its commune and its number there, 1..=99. Written `29173-04`.
///
/// ```
/// use soho_shared::area::HamletCode;
///
/// // What a hamlet is called depends on its commune.
/// let name = |code: &str| code.parse::<HamletCode>().unwrap().name();
/// assert_eq!(name("29173-04"), "Ấp 4");
/// assert_eq!(name("28757-04"), "Khu phố 4");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HamletCode {
    /// The commune it lies in.
    pub commune: CommuneCode,
    /// Its number within the commune, 1..=99.
    pub number: u8,
}

impl HamletCode {
    /// The hamlet with this number; `None` outside 1..=99.
    #[must_use]
    pub const fn new(commune: CommuneCode, number: u8) -> Option<Self> {
        if number >= 1 && number <= 99 { Some(HamletCode { commune, number }) } else { None }
    }

    /// The hamlet's name: `Ấp 4` or `Khu phố 4`.
    #[must_use]
    pub fn name(self) -> String {
        let word = commune(self.commune).map_or("Ấp", |c| c.kind.hamlet_word());
        format!("{word} {}", self.number)
    }
}

/// Code of any area. Its shape tells the level: `83`, `836`, `29173`, `29173-04`.
///
/// ```
/// use soho_shared::area::AreaCode;
///
/// let area = |code: &str| code.parse::<AreaCode>().unwrap();
/// assert!(area("836").contains(area("29173-04")));
///
/// // A commune of another district.
/// assert!(!area("836").contains(area("28757")));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AreaCode {
    /// A province (tỉnh).
    Province(ProvinceCode),
    /// A district or city (huyện, thành phố).
    District(DistrictCode),
    /// A commune (xã, phường, thị trấn).
    Commune(CommuneCode),
    /// A hamlet (ấp, khóm, khu phố).
    Hamlet(HamletCode),
}

impl AreaCode {
    /// Whether `commune` lies in this area; for a hamlet, whether it is the hamlet's own commune.
    #[must_use]
    pub fn contains_commune(self, commune: &Commune) -> bool {
        match self {
            AreaCode::Province(_) => true,
            AreaCode::District(d) => commune.district == d,
            AreaCode::Commune(c) => commune.code == c,
            AreaCode::Hamlet(h) => commune.code == h.commune,
        }
    }

    /// Whether the whole of `other` lies in this area.
    #[must_use]
    pub fn contains(self, other: AreaCode) -> bool {
        let commune_within = |code| commune(code).is_some_and(|c| self.contains_commune(c));
        match (self, other) {
            (AreaCode::Hamlet(_), _) => self == other,
            (_, AreaCode::Province(_)) => self == other,
            (_, AreaCode::District(d)) => {
                self == other || (self == AreaCode::Province(PROVINCE.code) && district(d).is_some())
            }
            (_, AreaCode::Commune(c)) => commune_within(c),
            (_, AreaCode::Hamlet(h)) => commune_within(h.commune),
        }
    }

    /// The units that lie in this area as a whole, itself included: the largest first. A hamlet has none.
    pub fn units(self) -> impl Iterator<Item = UnitCode> {
        UnitCode::all().filter(move |unit| self.contains(unit.area()))
    }

    /// The area's full name, as the plan writes it.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            AreaCode::Province(_) => PROVINCE.name.to_owned(),
            AreaCode::District(d) => district(d).map_or_else(String::new, |d| d.name.to_owned()),
            AreaCode::Commune(c) => commune(c).map_or_else(String::new, |c| c.name.to_owned()),
            AreaCode::Hamlet(h) => h.name(),
        }
    }
}

/// The province of the register.
#[derive(Debug)]
pub struct Province {
    /// Its code, 83.
    pub code: ProvinceCode,
    /// Its name.
    pub name: &'static str,
}

/// A district.
#[derive(Debug)]
pub struct District {
    /// Its code.
    pub code: DistrictCode,
    /// Its full name, `Huyện Ba Tri`.
    pub name: &'static str,
    /// Position in the plan's table, from 1.
    pub order: u8,
}

/// A commune.
#[derive(Debug)]
pub struct Commune {
    /// Its code, five digits.
    pub code: CommuneCode,
    /// The district it belongs to.
    pub district: DistrictCode,
    /// Its full name, `Xã An Đức`.
    pub name: &'static str,
    /// Xã, phường or thị trấn.
    pub kind: CommuneKind,
}

impl Commune {
    /// Whether the commune is rural or urban.
    #[must_use]
    pub const fn residence(&self) -> Residence {
        self.kind.residence()
    }
}

/// The nine districts in the plan's order.
#[must_use]
pub fn districts() -> &'static [District] {
    DISTRICTS
}

/// The 164 communes, by code.
#[must_use]
pub fn communes() -> &'static [Commune] {
    COMMUNES
}

/// The communes of one district, by code.
pub fn communes_of(district: DistrictCode) -> impl Iterator<Item = &'static Commune> {
    COMMUNES.iter().filter(move |c| c.district == district)
}

/// The district with this code.
#[must_use]
pub fn district(code: DistrictCode) -> Option<&'static District> {
    DISTRICTS.iter().find(|d| d.code == code)
}

/// Whether the areas of this register are those of a round: it ends, on 31 December, before they did. Nothing is known of
/// what the communes became on 1/7/2025, so that a later round asks every household whether it lives in a rural or an urban
/// area.
///
/// ```
/// use soho_shared::area::tree_covers;
///
/// assert!(tree_covers(2024) && !tree_covers(2025));
/// ```
#[must_use]
pub fn tree_covers(year: i16) -> bool {
    jiff::civil::Date::new(year, 12, 31).is_ok_and(|end| end <= LAST_DAY)
}

/// The commune with this code.
#[must_use]
pub fn commune(code: CommuneCode) -> Option<&'static Commune> {
    COMMUNES.binary_search_by_key(&code, |c| c.code).ok().map(|i| &COMMUNES[i])
}

/// Reason why a text is not the code of an area of the province.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AreaError {
    /// The text does not have the shape of any code, or not that of the level asked for.
    #[error(
        "`{0}` is not an area code: write 83, a district like 836, a commune like 29173 or a hamlet like 29173-04"
    )]
    Shape(String),
    /// The shape is right, but there is no such area.
    #[error("there is no area with the code `{0}` in the province's list of 2011")]
    Unknown(String),
}

impl FromStr for AreaCode {
    type Err = AreaError;

    fn from_str(text: &str) -> Result<Self, AreaError> {
        let shape = || AreaError::Shape(text.chars().take(40).collect());
        let unknown = || AreaError::Unknown(text.to_owned());
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if let Some((commune, number)) = text.split_once('-') {
            if commune.len() != 5 || number.len() != 2 || !digits(commune) || !digits(number) {
                return Err(shape());
            }
            let commune = commune.parse::<CommuneCode>()?;
            let number = number.parse().map_err(|_| shape())?;
            return HamletCode::new(commune, number).map(AreaCode::Hamlet).ok_or_else(unknown);
        }
        if !digits(text) {
            return Err(shape());
        }
        match text.len() {
            2 => {
                let code = ProvinceCode(text.parse().map_err(|_| shape())?);
                (code == PROVINCE.code).then_some(AreaCode::Province(code)).ok_or_else(unknown)
            }
            3 => {
                let code = DistrictCode(text.parse().map_err(|_| shape())?);
                district(code).map(|d| AreaCode::District(d.code)).ok_or_else(unknown)
            }
            5 => {
                let code = CommuneCode(text.parse().map_err(|_| shape())?);
                commune(code).map(|c| AreaCode::Commune(c.code)).ok_or_else(unknown)
            }
            _ => Err(shape()),
        }
    }
}

macro_rules! narrow {
    ($type:ty, $variant:ident) => {
        impl FromStr for $type {
            type Err = AreaError;
            fn from_str(text: &str) -> Result<Self, AreaError> {
                match text.parse()? {
                    AreaCode::$variant(code) => Ok(code),
                    _ => Err(AreaError::Shape(text.to_owned())),
                }
            }
        }
    };
}
narrow!(DistrictCode, District);
narrow!(CommuneCode, Commune);
narrow!(HamletCode, Hamlet);

impl fmt::Display for ProvinceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.0)
    }
}

impl fmt::Display for DistrictCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}", self.0)
    }
}

impl fmt::Display for CommuneCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:05}", self.0)
    }
}

impl fmt::Display for HamletCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:02}", self.commune, self.number)
    }
}

impl fmt::Display for AreaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AreaCode::Province(c) => c.fmt(f),
            AreaCode::District(c) => c.fmt(f),
            AreaCode::Commune(c) => c.fmt(f),
            AreaCode::Hamlet(c) => c.fmt(f),
        }
    }
}

macro_rules! as_text {
    ($($type:ty),*) => {$(
        impl Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(de::Error::custom)
            }
        }
    )*};
}
as_text!(DistrictCode, CommuneCode, UnitCode, HamletCode, AreaCode);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_the_plan_s() {
        assert_eq!(districts().len(), 9);
        assert_eq!(communes().len(), 164);
        assert!(districts().iter().enumerate().all(|(i, d)| usize::from(d.order) == i + 1));
        assert!(communes().is_sorted_by_key(|c| c.code));
        let an_duc = commune("29173".parse().unwrap()).unwrap();
        assert_eq!((an_duc.name, an_duc.residence()), ("Xã An Đức", Residence::Rural));
    }

    #[test]
    fn codes_read_back() {
        for text in ["83", "836", "29173", "29173-04"] {
            assert_eq!(text.parse::<AreaCode>().unwrap().to_string(), text);
        }
        for bad in ["", "8", "84", "999", "00000", "29173-00", "29173-4", "-", "２９", "29173-04-1", "+8"] {
            assert!(bad.parse::<AreaCode>().is_err(), "{bad}");
        }
    }
}
