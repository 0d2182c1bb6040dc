//! The supports that are open to one household.

use serde::Serialize;

use super::{Condition, Entitlement, Escaped, Per};
use crate::area::CommuneCode;
use crate::household::Group;
use crate::money::Vnd;
use crate::standard::Class;

/// What is known of a household for its supports. `None` means that nobody has said; a support that depends on it is
/// then listed with an "if", not hidden.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// Its class. While it is `None`, a support that depends on the class is not listed.
    pub class: Option<Class>,
    /// Number of its children who go to kindergarten or school.
    pub pupils: Option<u8>,
    /// Whether a member is seriously ill.
    pub seriously_ill: Option<bool>,
    /// Whether it still owes the Bank for Social Policies.
    pub owes_policy_bank: Option<bool>,
    /// Whether its house is in a bad state.
    pub housing_difficulty: Option<bool>,
    /// Whether it lives in a remote area, or where water is especially scarce.
    pub scarce_water: Option<bool>,
    /// The groups it is in.
    pub groups: Option<Vec<Group>>,
    /// Its commune.
    pub commune: Option<CommuneCode>,
    /// Number of years since it escaped poverty, if it did.
    pub escaped_years_ago: Option<u8>,
    /// Whether its earlier rounds are known, so that `escaped_years_ago: None` means it never did.
    pub history_known: bool,
}

/// A support that is open to a household.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Opened<'a> {
    /// The support.
    pub entitlement: &'a Entitlement,
    /// The amount for this household in đồng a month, such as 3 pupils × 70.000 đ. `None` where the amount, or the
    /// number of pupils, is not known.
    pub total: Option<Vnd>,
    /// Conditions that are not known to be met; empty when the support is open for certain.
    pub conditions_open: Vec<Condition>,
}

/// The supports that a household's circumstances open, in the law file's order. Both those in force and those only
/// proposed are listed; [`Entitlement::status`] tells which.
#[must_use]
pub fn opened<'a>(entitlements: &'a [Entitlement], c: &Circumstances) -> Vec<Opened<'a>> {
    entitlements.iter().filter_map(|e| open(e, c)).collect()
}

fn open<'a>(e: &'a Entitlement, c: &Circumstances) -> Option<Opened<'a>> {
    let mut conditions_open = Vec::new();
    if !e.classes.is_empty() && !e.classes.contains(&c.class?) {
        return None;
    }
    let mut require = |condition: Condition, met: Option<bool>| {
        if met.is_none() {
            conditions_open.push(condition);
        }
        met != Some(false)
    };
    if let Some(&first) = e.groups.first() {
        let met = c.groups.as_ref().map(|groups| groups.iter().any(|g| e.groups.contains(g)));
        if !require(Condition::InGroup(first), met) {
            return None;
        }
    }
    if let Some(escaped) = e.escaped
        && !require(Condition::Escaped(escaped.within_years), has_escaped(escaped, c))
    {
        return None;
    }
    if !e.communes.is_empty()
        && !require(Condition::InNamedCommune, c.commune.map(|code| e.is_for_commune(code)))
    {
        return None;
    }
    if let Some(condition) = e.condition
        && !require(condition, answer(condition, c))
    {
        return None;
    }
    let total = e.amount.and_then(|amount| match amount.per {
        Per::HouseholdMonth => Some(amount.vnd),
        Per::PupilMonth => amount.vnd.checked_mul(c.pupils?.into()),
    });
    Some(Opened { entitlement: e, total, conditions_open })
}

fn has_escaped(escaped: Escaped, c: &Circumstances) -> Option<bool> {
    if c.class == Some(Class::Poor) {
        return Some(false); // whoever is poor has not escaped, or is poor again
    }
    match c.escaped_years_ago {
        Some(years) => Some(escaped.within_years.is_none_or(|limit| years <= limit)),
        None if c.history_known => Some(false),
        None => None,
    }
}

fn answer(condition: Condition, c: &Circumstances) -> Option<bool> {
    match condition {
        Condition::PupilInSchool => c.pupils.map(|n| n > 0),
        Condition::SeriouslyIll => c.seriously_ill,
        Condition::OwesPolicyBank => c.owes_policy_bank,
        Condition::HousingDifficulty => c.housing_difficulty,
        Condition::ScarceWater => c.scarce_water,
        Condition::InGroup(_) | Condition::Escaped(_) | Condition::InNamedCommune => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entitlement::Status;
    use crate::lang::Lang;
    use crate::law;

    fn of_2011() -> &'static [Entitlement] {
        law::entitlements(law::standard("2011").unwrap()).unwrap()
    }

    /// `id`, or `id?` while a condition is open.
    fn ids(c: &Circumstances) -> Vec<String> {
        let mark = |o: &Opened| if o.conditions_open.is_empty() { "" } else { "?" };
        opened(of_2011(), c).iter().map(|o| format!("{}{}", o.entitlement.id, mark(o))).collect()
    }

    #[test]
    fn a_poor_household_with_three_pupils() {
        let c = Circumstances {
            class: Some(Class::Poor),
            pupils: Some(3),
            seriously_ill: Some(false),
            housing_difficulty: Some(true),
            scarce_water: Some(false),
            groups: Some(vec![Group::FemaleHeaded]),
            commune: "29173".parse().ok(),
            ..Circumstances::default()
        };
        assert_eq!(
            ids(&c),
            [
                "credit",
                "trade_training",
                "extension",
                "tuition_exemption",
                "health_insurance",
                "housing",
                "electricity",
                "legal_aid",
            ]
        );
        let total = |id: &str| {
            opened(of_2011(), &c).into_iter().find(|o| o.entitlement.id == id).unwrap().total.map(Vnd::get)
        };
        assert_eq!(total("tuition_exemption"), Some(210_000));
        assert_eq!(total("electricity"), Some(30_000));
        assert_eq!(total("credit"), None);
    }

    #[test]
    fn what_is_not_known_is_listed_with_an_if() {
        let c = Circumstances { class: Some(Class::NearPoor), ..Circumstances::default() };
        assert_eq!(
            ids(&c),
            [
                "credit_near_poor",
                "credit_escaped?",
                "trade_training_escaped?",
                "tuition_reduction?",
                "health_insurance",
                "clean_water?",
                "social_protection?",
                "coastal_commune?",
            ]
        );
        let proposed: Vec<&str> = opened(of_2011(), &c)
            .iter()
            .filter(|o| o.entitlement.status == Status::Proposed)
            .map(|o| o.entitlement.id)
            .collect();
        assert_eq!(proposed, ["credit_near_poor", "trade_training_escaped"]);
    }

    #[test]
    fn escaped_two_and_three_years_ago() {
        let c = Circumstances {
            class: Some(Class::Above),
            escaped_years_ago: Some(3),
            owes_policy_bank: Some(true),
            scarce_water: Some(false),
            groups: Some(vec![]),
            commune: "29224".parse().ok(),
            ..Circumstances::default()
        };
        assert_eq!(ids(&c), ["credit_escaped", "coastal_commune"]);
        let two_years = Circumstances { escaped_years_ago: Some(2), ..c.clone() };
        assert_eq!(ids(&two_years), ["credit_escaped", "trade_training_escaped", "coastal_commune"]);
        let never = Circumstances { escaped_years_ago: None, history_known: true, ..c };
        assert_eq!(ids(&never), ["coastal_commune"]);
    }

    #[test]
    fn the_communes_named_exist_and_every_condition_is_asked() {
        for e in of_2011() {
            assert_eq!(e.communes().count(), e.communes.len(), "{}", e.id);
            for lang in Lang::ALL {
                assert!(e.condition.is_none_or(|c| c.question(lang).ends_with('?')));
                assert!(!e.name(lang).is_empty() && !e.where_to_go(lang).is_empty());
            }
        }
        assert_eq!(of_2011().len(), 16);
        for standard in law::standards() {
            assert_eq!(law::entitlements(standard).is_some(), standard.id == "2011");
        }
    }
}
