//! What an account may see and edit: a role and the areas it was given.
//!
//! A role sees and edits its own areas and what lies in them, nothing beside or above. The server decides;
//! the apps use the same rules to show only what will be answered.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, de};

use crate::area::{AreaCode, PROVINCE, UnitCode};
use crate::count::{Measure, OfSupport};
use crate::lang::Lang;

mod trail;

pub use trail::Action;

/// Most areas that one account may have.
pub const MAX_AREAS: usize = 50;

/// The `type` of a problem: what was asked for lies outside the account's areas.
pub const OUTSIDE_AREAS: &str = "/problems/outside-areas";

/// Role of an account, from those who see least up to the administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Officer of a department (cán bộ ngành): sees who is entitled to the supports that it gives, in a district or the
    /// province, and writes who was given them. Nothing else of any household.
    Department,
    /// Volunteer (điều tra viên): surveys the hamlets assigned.
    Volunteer,
    /// Officer of a commune (cán bộ xã, phường, thị trấn).
    Commune,
    /// Officer of a district (cán bộ huyện, thành phố).
    District,
    /// Officer of the province (cán bộ tỉnh).
    Province,
    /// Administrator (quản trị): gives access and reads the audit trail. Sees figures but no household, since giving
    /// access does not need the register.
    Admin,
}

impl Role {
    /// All roles, with the words used in files and on the command line.
    pub const ALL: [(&'static str, Role); 6] = [
        ("department", Role::Department),
        ("volunteer", Role::Volunteer),
        ("commune", Role::Commune),
        ("district", Role::District),
        ("province", Role::Province),
        ("admin", Role::Admin),
    ];

    /// The role's name: `Điều tra viên`.
    #[must_use]
    pub const fn name(self, lang: Lang) -> &'static str {
        match self {
            Role::Department => lang.pick("Cán bộ ngành", "Department officer"),
            Role::Volunteer => lang.pick("Điều tra viên", "Volunteer"),
            Role::Commune => lang.pick("Cán bộ xã", "Commune officer"),
            Role::District => lang.pick("Cán bộ huyện", "District officer"),
            Role::Province => lang.pick("Cán bộ tỉnh", "Province officer"),
            Role::Admin => lang.pick("Người quản trị", "Administrator"),
        }
    }

    /// Says which areas the role is given, for who types their codes: `Ấp, như 29173-04 29173-05`.
    #[must_use]
    pub const fn areas_hint(self, lang: Lang) -> &'static str {
        match self {
            Role::Department => {
                lang.pick("Huyện, như 836; hoặc cả tỉnh, 83", "Districts, like 836, or the province, 83")
            }
            Role::Volunteer => lang.pick("Ấp, như 29173-04 29173-05", "Hamlets, like 29173-04 29173-05"),
            Role::Commune => lang.pick("Xã, như 29173", "Communes, like 29173"),
            Role::District => lang.pick("Huyện, như 836", "Districts, like 836"),
            Role::Province => lang.pick("Không cần: cả tỉnh", "Not needed: the whole province"),
            Role::Admin => lang.pick("Không cần", "Not needed"),
        }
    }

    /// Whether the figures that the role sees stop at the commune: in a hamlet each may be one household's.
    #[must_use]
    pub const fn stops_at_communes(self) -> bool {
        matches!(self, Role::Admin | Role::Department)
    }

    /// Whether an area is of the kind this role is given.
    #[must_use]
    const fn is_of(self, area: AreaCode) -> bool {
        matches!(
            (self, area),
            (Role::Department, AreaCode::District(_) | AreaCode::Province(_))
                | (Role::Volunteer, AreaCode::Hamlet(_))
                | (Role::Commune, AreaCode::Commune(_))
                | (Role::District, AreaCode::District(_))
                | (Role::Province | Role::Admin, AreaCode::Province(_))
        )
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Role::ALL.iter().find(|(name, _)| *name == word).map(|(_, role)| *role);
        found.ok_or_else(|| {
            "the roles are department, volunteer, commune, district, province and admin".to_owned()
        })
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Role::ALL.iter().find(|(_, role)| role == self).map_or("", |(name, _)| name))
    }
}

/// How it stands with a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    /// In use.
    Active,
    /// Waits to be confirmed, since the register was restored from a backup.
    Suspended,
    /// Taken away, and not heard of since.
    Revoked,
    /// Signed out, wiped, or not used for too long.
    Over,
}

impl DeviceState {
    /// All states.
    pub const ALL: [DeviceState; 4] =
        [DeviceState::Active, DeviceState::Suspended, DeviceState::Revoked, DeviceState::Over];

    /// The state in words.
    #[must_use]
    pub const fn name(self, lang: Lang) -> &'static str {
        match self {
            DeviceState::Active => lang.pick("Đang dùng", "In use"),
            DeviceState::Suspended => lang.pick(
                "Chờ xác nhận, vì sổ vừa được phục hồi",
                "Waits to be confirmed, since the register was restored",
            ),
            DeviceState::Revoked => lang.pick(
                "Đã thu hồi, chờ máy gửi nốt và tự xóa",
                "Withdrawn; it has yet to send the rest and wipe itself",
            ),
            DeviceState::Over => lang.pick("Đã kết thúc", "Over"),
        }
    }
}

/// A role with its areas. There is at least one area; they are sorted, each comes once, and all are of the kind that
/// the role is given. A department has supports besides, and nobody else has any.
///
/// ```
/// use soho_shared::access::{Role, Scope};
/// use soho_shared::area::AreaCode;
///
/// let commune: AreaCode = "29173".parse().unwrap();
/// let officer = Scope::new(Role::Commune, [commune]).unwrap();
/// assert!(officer.covers("29173-04".parse().unwrap()));
///
/// // An administrator sees the figures of the whole province, and no household.
/// let admin = Scope::new(Role::Admin, []).unwrap();
/// assert!(admin.covers(commune) && !admin.reads_households());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Scope {
    role: Role,
    areas: Vec<AreaCode>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    supports: Vec<String>,
}

/// Reason why a role and areas do not make a [`Scope`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// There is no area, or there are more than [`MAX_AREAS`].
    #[error("give 1 to {MAX_AREAS} areas, not {0}")]
    Count(usize),
    /// An area is not of the kind that the role is given.
    #[error("{area} is not an area for the role {role}: {}", kind(*.role))]
    Kind {
        /// The role.
        role: Role,
        /// The area.
        area: AreaCode,
    },
    /// A department has no support, or another role has some.
    #[error("a department gives at least one support, and nobody else is given any")]
    Supports,
    /// The law files have no such support.
    #[error("there is no support `{0}`")]
    NoSupport(String),
}

const fn kind(role: Role) -> &'static str {
    match role {
        Role::Department => "a department has districts, like 836, or the province, 83",
        Role::Volunteer => "a volunteer has hamlets, like 29173-04",
        Role::Commune => "a commune's officer has communes, like 29173",
        Role::District => "a district's officer has districts, like 836",
        Role::Province | Role::Admin => "it has the province, 83",
    }
}

impl Scope {
    /// A role with its areas. For the province and administrators they may be left out.
    ///
    /// # Errors
    /// When there are none or too many, or one is not of the role's kind; and for a department, which
    /// [`Scope::with_supports`] makes.
    pub fn new(role: Role, areas: impl IntoIterator<Item = AreaCode>) -> Result<Self, ScopeError> {
        Scope::with_supports(role, areas, Vec::new())
    }

    /// A role with its areas, and for a department the ids of the supports that it gives.
    ///
    /// # Errors
    /// As for [`Scope::new`]; when a department has no support, another role has some, or there is no such support.
    pub fn with_supports(
        role: Role,
        areas: impl IntoIterator<Item = AreaCode>,
        mut supports: Vec<String>,
    ) -> Result<Self, ScopeError> {
        supports.sort_unstable();
        supports.dedup();
        if (role == Role::Department) == supports.is_empty() {
            return Err(ScopeError::Supports);
        }
        if let Some(unknown) =
            supports.iter().find(|id| Measure::of_support(id, OfSupport::Entitled).is_none())
        {
            return Err(ScopeError::NoSupport(unknown.chars().take(40).collect()));
        }
        let mut areas: Vec<_> = areas.into_iter().collect();
        if areas.is_empty() && role >= Role::Province {
            areas.push(AreaCode::Province(PROVINCE.code));
        }
        areas.sort_unstable();
        areas.dedup();
        if areas.is_empty() || areas.len() > MAX_AREAS {
            return Err(ScopeError::Count(areas.len()));
        }
        match areas.iter().find(|area| !role.is_of(**area)) {
            Some(area) => Err(ScopeError::Kind { role, area: *area }),
            None => Ok(Scope { role, areas, supports }),
        }
    }

    /// The role.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The areas.
    #[must_use]
    pub fn areas(&self) -> &[AreaCode] {
        &self.areas
    }

    /// The ids of the supports that a department gives; of any other role none.
    #[must_use]
    pub fn supports(&self) -> &[String] {
        &self.supports
    }

    /// Whether the role sees who is entitled to a support, and writes who was given it: officers for every one, a department
    /// for its own.
    #[must_use]
    pub fn gives(&self, support: &str) -> bool {
        match self.role {
            Role::Department => self.supports.iter().any(|own| own == support),
            Role::Commune | Role::District | Role::Province => true,
            Role::Volunteer | Role::Admin => false,
        }
    }

    /// Whether the whole of an area is in this scope, so that its figures may be seen.
    #[must_use]
    pub fn covers(&self, area: AreaCode) -> bool {
        self.areas.iter().any(|own| own.contains(area))
    }

    /// Whether any part of an area is in this scope.
    #[must_use]
    pub fn touches(&self, area: AreaCode) -> bool {
        self.areas.iter().any(|own| own.contains(area) || area.contains(*own))
    }

    /// Whether the role may read households: all but the administrator, and a department, which sees only who is entitled to its
    /// supports.
    #[must_use]
    pub fn reads_households(&self) -> bool {
        !matches!(self.role, Role::Admin | Role::Department)
    }

    /// What a unit keeps that this scope reaches: of a commune its households.
    #[must_use]
    pub fn reach(&self, unit: impl Into<UnitCode>) -> Reach {
        let unit = unit.into();
        if !self.reads_households() {
            return Reach::Hamlets(Vec::new());
        }
        if self.covers(unit.area()) {
            return Reach::All;
        }
        let number = |area: &AreaCode| match area {
            AreaCode::Hamlet(hamlet) if unit == hamlet.commune => Some(hamlet.number),
            _ => None,
        };
        Reach::Hamlets(self.areas.iter().filter_map(number).collect())
    }

    /// Whether an account with this scope may give devices to an account with the other scope, and take them away: an
    /// administrator for everybody, an officer for lower roles within the officer's own areas.
    #[must_use]
    pub fn may_equip(&self, other: &Scope) -> bool {
        match self.role {
            Role::Admin => true,
            Role::Volunteer | Role::Department => false,
            _ => other.role < self.role && other.areas.iter().all(|area| self.covers(*area)),
        }
    }
}

/// What one unit keeps that an account may see and edit: of a commune its households.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All of it.
    All,
    /// Those of the hamlets with these numbers.
    Hamlets(Vec<u8>),
}

impl Reach {
    /// Whether no household is reached.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        matches!(self, Reach::Hamlets(hamlets) if hamlets.is_empty())
    }

    /// Whether households of this hamlet are reached; `None` is a household whose hamlet is not known.
    #[must_use]
    pub fn includes(&self, hamlet: Option<u8>) -> bool {
        match self {
            Reach::All => true,
            Reach::Hamlets(hamlets) => hamlet.is_some_and(|hamlet| hamlets.contains(&hamlet)),
        }
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Parts {
            role: Role,
            areas: Vec<AreaCode>,
            #[serde(default)]
            supports: Vec<String>,
        }
        let Parts { role, areas, supports } = Parts::deserialize(d)?;
        Scope::with_supports(role, areas, supports).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(role: Role, areas: &[&str]) -> Scope {
        Scope::new(role, areas.iter().map(|a| a.parse().unwrap())).unwrap()
    }

    #[test]
    fn a_role_has_its_own_areas_and_below() {
        let volunteer = scope(Role::Volunteer, &["29173-04", "29173-05"]);
        let commune = scope(Role::Commune, &["29173"]);
        let district = scope(Role::District, &["836"]);
        let province = scope(Role::Province, &[]);
        // Area; then, for each of the four, whether it covers it and whether it touches it.
        let table = [
            ("83", [(false, true), (false, true), (false, true), (true, true)]),
            ("836", [(false, true), (false, true), (true, true), (true, true)]),
            ("829", [(false, false), (false, false), (false, false), (true, true)]),
            ("29173", [(false, true), (true, true), (true, true), (true, true)]),
            ("28756", [(false, false), (false, false), (false, false), (true, true)]),
            ("29173-04", [(true, true), (true, true), (true, true), (true, true)]),
            ("29173-06", [(false, false), (true, true), (true, true), (true, true)]),
        ];
        for (area, expected) in table {
            let area = area.parse().unwrap();
            for (scope, expected) in [&volunteer, &commune, &district, &province].into_iter().zip(expected) {
                assert_eq!((scope.covers(area), scope.touches(area)), expected, "{scope:?} {area}");
            }
        }
    }

    #[test]
    fn a_volunteer_reaches_the_assigned_hamlets_only_and_an_administrator_no_household() {
        let own: UnitCode = "29173".parse().unwrap();
        let reach = scope(Role::Volunteer, &["29173-04", "29173-05", "28756-01"]).reach(own);
        assert_eq!(reach, Reach::Hamlets(vec![4, 5]));
        assert!(reach.includes(Some(4)) && !reach.includes(Some(6)) && !reach.includes(None));
        assert_eq!(scope(Role::Commune, &["29173"]).reach(own), Reach::All);
        assert!(scope(Role::Commune, &["28756"]).reach(own).is_nothing());
        assert!(scope(Role::Admin, &[]).reach(own).is_nothing());
    }

    #[test]
    fn officers_equip_those_below_them_in_their_areas() {
        let volunteer = scope(Role::Volunteer, &["29173-04"]);
        let two = scope(Role::Volunteer, &["29173-04", "28756-01"]);
        let commune = scope(Role::Commune, &["29173"]);
        let admin = scope(Role::Admin, &[]);
        assert!(commune.may_equip(&volunteer) && !commune.may_equip(&two) && !commune.may_equip(&commune));
        assert!(!volunteer.may_equip(&volunteer) && admin.may_equip(&admin) && admin.may_equip(&commune));
        assert!(scope(Role::Province, &[]).may_equip(&two) && !scope(Role::Province, &[]).may_equip(&admin));
    }

    #[test]
    fn a_department_reads_no_household_and_gives_its_own_supports() {
        let area = |text: &str| text.parse::<AreaCode>().unwrap();
        let of = |supports: &[&str]| {
            let supports = supports.iter().map(|id| (*id).to_owned()).collect();
            Scope::with_supports(Role::Department, [area("836")], supports)
        };
        let electricity = of(&["electricity", "electricity_social", "electricity"]).unwrap();
        assert!(electricity.gives("electricity") && !electricity.gives("credit"));
        assert!(electricity.covers(area("29173")) && !electricity.covers(area("83")));
        assert!(
            !electricity.reads_households()
                && electricity.reach("29173".parse::<UnitCode>().unwrap()).is_nothing()
        );
        assert!(scope(Role::Commune, &["29173"]).gives("credit") && !scope(Role::Admin, &[]).gives("credit"));
        assert!(!scope(Role::Volunteer, &["29173-04"]).gives("credit"));
        assert!(!electricity.may_equip(&electricity) && scope(Role::Admin, &[]).may_equip(&electricity));
        assert!(Role::Department.stops_at_communes() && !Role::Commune.stops_at_communes());
        assert_eq!(of(&[]), Err(ScopeError::Supports));
        assert_eq!(of(&["yachts"]), Err(ScopeError::NoSupport("yachts".to_owned())));
        let commune = Scope::with_supports(Role::Commune, [area("29173")], vec!["credit".to_owned()]);
        assert_eq!(commune, Err(ScopeError::Supports));
        let json = serde_json::to_string(&electricity).unwrap();
        assert_eq!(
            json,
            r#"{"role":"department","areas":["836"],"supports":["electricity","electricity_social"]}"#
        );
        assert_eq!(serde_json::from_str::<Scope>(&json).unwrap(), electricity);
    }

    #[test]
    fn areas_must_be_of_the_role_s_kind() {
        let area = |text: &str| text.parse::<AreaCode>().unwrap();
        assert_eq!(Scope::new(Role::Volunteer, []), Err(ScopeError::Count(0)));
        assert!(Scope::new(Role::Volunteer, [area("29173")]).is_err());
        assert!(Scope::new(Role::Commune, [area("29173"), area("836")]).is_err());
        assert!(Scope::new(Role::Admin, [area("836")]).is_err());
        let twice = Scope::new(Role::Commune, [area("29173"), area("28756"), area("29173")]).unwrap();
        assert_eq!(twice.areas(), [area("28756"), area("29173")]);
        let json = serde_json::to_string(&twice).unwrap();
        assert_eq!(json, r#"{"role":"commune","areas":["28756","29173"]}"#);
        assert_eq!(serde_json::from_str::<Scope>(&json).unwrap(), twice);
        assert!(serde_json::from_str::<Scope>(r#"{"role":"admin","areas":["836"]}"#).is_err());
    }
}
