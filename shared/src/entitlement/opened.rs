//! The supports that are open to one household.

use jiff::civil::Date;

use super::{Condition, Entitlement, Escaped, Per, Stage, Status};
use crate::area::{CommuneCode, Residence};
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
    /// Whether it lives in a rural or an urban commune.
    pub residence: Option<Residence>,
    /// Its commune.
    pub commune: Option<CommuneCode>,
    /// Number of years since it escaped poverty, if it did.
    pub escaped_years_ago: Option<u8>,
    /// Whether its earlier rounds are known, so that `escaped_years_ago: None` means it never did.
    pub history_known: bool,
}

/// A support that is open to a household on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The support.
    pub entitlement: &'static Entitlement,
    /// What it is on that day.
    pub stage: &'static Stage,
    /// The amount for this household in đồng a month, such as 3 pupils × 70.000 đ. `None` where the amount, or the
    /// number of pupils, is not known.
    pub total: Option<Vnd>,
    /// Conditions that are not known to be met; empty when the support is open for certain.
    pub conditions_open: Vec<Condition>,
}

impl Opened {
    /// Whether nothing is left to ask.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.conditions_open.is_empty() && self.entitlement.only_if.is_none()
    }
}

/// The supports that a household's circumstances open on a day, in the law file's order. Those in force, the aims and
/// those only proposed are listed; [`Stage::status`] tells which.
#[must_use]
pub fn opened(entitlements: &'static [Entitlement], c: &Circumstances, day: Date) -> Vec<Opened> {
    entitlements.iter().filter_map(|e| open(e, c, e.stage_on(day)?)).collect()
}

/// The supports that a household's circumstances opened at some time of a period that is over: of each the last stage that
/// did, one in force before one that is no right.
#[must_use]
pub fn ever_opened(
    entitlements: &'static [Entitlement],
    c: &Circumstances,
    (first, last): (Date, Date),
) -> Vec<Opened> {
    let of = |e: &'static Entitlement| {
        let stages = || e.stages.iter().rev().filter(|stage| stage.holds_within(first, last));
        let rights = stages().filter(|stage| stage.status == Status::InForce);
        rights.chain(stages()).find_map(|stage| open(e, c, stage))
    };
    entitlements.iter().filter_map(of).collect()
}

fn open(e: &'static Entitlement, c: &Circumstances, stage: &'static Stage) -> Option<Opened> {
    let mut conditions_open = Vec::new();
    if !stage.classes.is_empty() && !stage.classes.contains(&c.class?) {
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
    let total = stage.amount.and_then(|amount| match amount.per {
        Per::HouseholdMonth => Some(amount.vnd),
        Per::PupilMonth => amount.vnd.checked_mul(c.pupils?.into()),
    });
    Some(Opened { entitlement: e, stage, total, conditions_open })
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
        Condition::Rural => c.residence.map(|residence| residence == Residence::Rural),
        Condition::InGroup(_) | Condition::Escaped(_) | Condition::InNamedCommune => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::date;

    use super::*;
    use crate::area;
    use crate::lang::Lang;
    use crate::law;

    fn of(standard: &str) -> &'static [Entitlement] {
        law::entitlements(law::standard(standard).unwrap()).unwrap()
    }

    /// `id`, or `id?` while a condition is open; those that are no right in parentheses.
    fn ids(standard: &str, c: &Circumstances, day: Date) -> Vec<String> {
        let mark = |o: &Opened| if o.is_certain() { "" } else { "?" };
        let told = |o: &Opened| match o.stage.status {
            Status::InForce => format!("{}{}", o.entitlement.id, mark(o)),
            Status::Aim | Status::Proposed => format!("({}{})", o.entitlement.id, mark(o)),
        };
        opened(of(standard), c, day).iter().map(told).collect()
    }

    fn poor_with_three_pupils() -> Circumstances {
        Circumstances {
            class: Some(Class::Poor),
            pupils: Some(3),
            seriously_ill: Some(false),
            housing_difficulty: Some(true),
            scarce_water: Some(false),
            groups: Some(vec![Group::FemaleHeaded]),
            residence: Some(Residence::Rural),
            commune: "29173".parse().ok(),
            ..Circumstances::default()
        }
    }

    #[test]
    fn a_poor_household_with_three_pupils() {
        let c = poor_with_three_pupils();
        assert_eq!(
            ids("2011", &c, date(2011, 6, 1)),
            [
                "credit",
                "job_loan",
                "student_loan?",
                "water_sanitation_loan",
                "trade_training",
                "(trade_school_remote?)",
                "(work_abroad)",
                "extension",
                "tuition_exemption",
                "(school_contributions)",
                "health_insurance",
                "(free_medicine_meals)",
                "housing",
                "housing_loan",
                "electricity",
                "legal_aid",
            ]
        );
        let total = |id: &str, day: Date| {
            let all = opened(of("2011"), &c, day);
            all.into_iter().find(|o| o.entitlement.id == id).unwrap().total.map(Vnd::get)
        };
        for (id, day, expected) in [
            ("tuition_exemption", date(2011, 6, 1), Some(210_000)),
            ("electricity", date(2011, 6, 1), Some(30_000)),
            ("electricity", date(2015, 12, 31), Some(49_000)),
            ("credit", date(2011, 6, 1), None),
        ] {
            assert_eq!(total(id, day), expected, "{id} on {day}");
        }
    }

    #[test]
    fn today_s_supports() {
        let c = poor_with_three_pupils();
        assert_eq!(
            ids("2022", &c, date(2026, 11, 29)),
            ["credit", "health_insurance", "electricity", "tuition_public", "learning_costs", "legal_aid"]
        );
        let c = Circumstances { class: Some(Class::Above), ..Circumstances::default() };
        assert_eq!(
            ids("2022", &c, date(2026, 11, 29)),
            ["credit_newly_escaped?", "electricity_social?", "tuition_public?", "legal_aid_other?"]
        );
    }

    #[test]
    fn what_is_not_known_is_listed_with_an_if() {
        let c = Circumstances { class: Some(Class::NearPoor), ..Circumstances::default() };
        assert_eq!(
            ids("2011", &c, date(2011, 6, 1)),
            [
                "(credit_near_poor)",
                "credit_escaped?",
                "student_loan?",
                "water_sanitation_loan?",
                "trade_training_low_income",
                "(trade_training_escaped?)",
                "tuition_reduction?",
                "(school_contributions?)",
                "health_insurance_near_poor",
                "(free_medicine_meals)",
                "clean_water?",
                "legal_aid_other?",
                "social_protection?",
                "coastal_commune?",
            ]
        );
    }

    #[test]
    fn escaped_two_and_three_years_ago() {
        let c = Circumstances {
            class: Some(Class::Above),
            escaped_years_ago: Some(3),
            owes_policy_bank: Some(true),
            scarce_water: Some(false),
            groups: Some(vec![]),
            residence: Some(Residence::Urban),
            commune: "29224".parse().ok(),
            ..Circumstances::default()
        };
        let on = |c: &Circumstances, day: Date| {
            let mut ids = ids("2011", c, day);
            ids.retain(|id| id.contains("escaped"));
            ids
        };
        let two_years = Circumstances { escaped_years_ago: Some(2), ..c.clone() };
        let four_years = Circumstances { escaped_years_ago: Some(4), ..c.clone() };
        let never = Circumstances { escaped_years_ago: None, history_known: true, ..c.clone() };
        let (early, late) = (date(2011, 6, 1), date(2015, 12, 31));
        assert_eq!(on(&c, early), ["credit_escaped"]);
        assert_eq!(on(&c, late), ["credit_escaped", "credit_newly_escaped"]);
        assert_eq!(on(&two_years, early), ["credit_escaped", "(trade_training_escaped)"]);
        assert_eq!(on(&four_years, late), ["credit_escaped"]);
        assert_eq!(on(&never, late), [""; 0]);
        assert!(ids("2011", &never, late).contains(&"coastal_commune".to_owned()));
    }

    /// What a support is on a day: its status, its instrument without the date, its amount or the part that is paid.
    fn told(standard: &str, id: &str, day: Date) -> String {
        let support = of(standard).iter().find(|support| support.id == id).unwrap();
        let Some(stage) = support.stage_on(day) else { return "nothing".to_owned() };
        let instrument = stage.source.instrument.split([';', ',']).next().unwrap();
        let instrument = instrument.split(" ngày ").next().unwrap();
        let status = match stage.status {
            Status::InForce => "",
            Status::Aim => "aim: ",
            Status::Proposed => "proposed: ",
        };
        let amount = stage.amount.map_or(String::new(), |amount| format!(" {}", amount.vnd));
        let share = stage.share.map_or(String::new(), |share| format!(" {}%", share.percent));
        format!("{status}{instrument}{amount}{share}")
    }

    #[test]
    fn each_dated_change_at_its_day_the_day_before_and_after() {
        const PLAN: &str = "Kế hoạch 1051/KH-UBND";
        let (proposed, aim) = (format!("proposed: {PLAN}"), format!("aim: {PLAN}"));
        let mut changes = BTreeSet::new();
        for (standard, id, day, before, after) in [
            ("2011", "credit_near_poor", date(2013, 4, 16), &*proposed, "Quyết định 15/2013/QĐ-TTg"),
            ("2011", "credit_newly_escaped", date(2015, 9, 5), "nothing", "Quyết định 28/2015/QĐ-TTg"),
            ("2011", "job_loan", date(2015, 9, 1), "Quyết định 71/2005/QĐ-TTg", "Nghị định 61/2015/NĐ-CP"),
            (
                "2011",
                "water_sanitation_loan",
                date(2014, 5, 1),
                "Quyết định 62/2004/QĐ-TTg",
                "Quyết định 18/2014/QĐ-TTg",
            ),
            ("2011", "work_abroad", date(2015, 9, 1), &*aim, "Nghị định 61/2015/NĐ-CP"),
            (
                "2011",
                "tuition_exemption",
                date(2015, 12, 1),
                "Nghị định 49/2010/NĐ-CP 70.000",
                "Nghị định 86/2015/NĐ-CP 100.000",
            ),
            (
                "2011",
                "tuition_reduction",
                date(2015, 12, 1),
                "Nghị định 49/2010/NĐ-CP 50%",
                "Nghị định 86/2015/NĐ-CP 50%",
            ),
            (
                "2011",
                "health_insurance_near_poor",
                date(2012, 1, 1),
                "Quyết định 117/2008/QĐ-TTg 50%",
                "Quyết định 797/QĐ-TTg 70%",
            ),
            ("2011", "patient_support", date(2012, 4, 15), &*proposed, "Quyết định 14/2012/QĐ-TTg"),
            ("2011", "housing", date(2012, 1, 1), "Quyết định 167/2008/QĐ-TTg", &*aim),
            ("2011", "housing_loan", date(2012, 1, 1), "Quyết định 167/2008/QĐ-TTg", "nothing"),
            ("2011", "housing_loan", date(2015, 10, 1), "nothing", "Quyết định 33/2015/QĐ-TTg"),
            ("2011", "electricity", date(2011, 2, 23), "nothing", "Quyết định 268/QĐ-TTg 30.000"),
            (
                "2011",
                "electricity",
                date(2014, 6, 1),
                "Quyết định 268/QĐ-TTg 30.000",
                "Quyết định 28/2014/QĐ-TTg 46.000",
            ),
            (
                "2011",
                "electricity",
                date(2015, 3, 16),
                "Quyết định 28/2014/QĐ-TTg 46.000",
                "Quyết định 28/2014/QĐ-TTg 49.000",
            ),
            ("2011", "electricity_social", date(2014, 6, 1), "nothing", "Quyết định 60/2014/QĐ-TTg 46.000"),
            (
                "2011",
                "electricity_social",
                date(2015, 3, 16),
                "Quyết định 60/2014/QĐ-TTg 46.000",
                "Quyết định 60/2014/QĐ-TTg 49.000",
            ),
            (
                "2011",
                "social_protection",
                date(2015, 1, 1),
                "Nghị định 13/2010/NĐ-CP",
                "Nghị định 136/2013/NĐ-CP",
            ),
            ("2022", "tuition_public", date(2025, 9, 3), "nothing", "Nghị định 238/2025/NĐ-CP"),
            ("2022", "learning_costs", date(2025, 9, 3), "nothing", "Nghị định 238/2025/NĐ-CP"),
        ] {
            assert_eq!(told(standard, id, day.yesterday().unwrap()), before, "{id} before {day}");
            assert_eq!(told(standard, id, day), after, "{id} on {day}");
            assert_eq!(told(standard, id, day.tomorrow().unwrap()), after, "{id} after {day}");
            changes.insert((standard, id, day));
        }
        let mut in_the_files = BTreeSet::new();
        for standard in ["2011", "2022"] {
            for support in of(standard) {
                for stage in support.stages {
                    let ended = stage.to.map(|day| day.tomorrow().unwrap());
                    let days = stage.from.into_iter().chain(ended);
                    in_the_files.extend(days.map(|day| (standard, support.id, day)));
                }
            }
        }
        assert_eq!(changes, in_the_files, "every change in the files is in the table");
        // From 1/12/2015 the reduction is for the near-poor alone.
        let reduced = |class, day| {
            let c = Circumstances { class: Some(class), pupils: Some(1), ..Circumstances::default() };
            ids("2011", &c, day).contains(&"tuition_reduction".to_owned())
        };
        assert!(reduced(Class::NearPoor, date(2015, 12, 1)) && !reduced(Class::LowIncome, date(2015, 12, 1)));
        assert!(reduced(Class::LowIncome, date(2015, 11, 30)));
    }

    #[test]
    fn every_fact_cites_its_instrument_and_both_languages_say_all() {
        for standard in law::standards() {
            let known = matches!(standard.year(), "2011" | "2022");
            assert_eq!(law::entitlements(standard).is_some(), known, "{}", standard.id);
        }
        for e in of("2011").iter().chain(of("2022")) {
            let id = e.id;
            // Public schools ask for no paper, and a commune's roads for none of the household.
            assert!(e.bring.is_some() || ["tuition_public", "coastal_commune"].contains(&id), "{id}");
            assert!(!e.stages.is_empty(), "{id}");
            for lang in Lang::ALL {
                assert!(e.condition.is_none_or(|c| c.question(lang).ends_with('?')), "{id}");
                assert!(!e.name(lang).is_empty() && !e.where_to_go(lang).is_empty(), "{id}");
            }
            for stage in e.stages {
                assert!(stage.source.instrument.contains(|c: char| c.is_ascii_digit()), "{id}");
                assert!(stage.differs.as_ref().is_none_or(|source| source.note.is_some()), "{id}");
                // What the plan alone says has no other instrument; a right of today has one.
                assert!(stage.status == Status::InForce || e.plan.is_some(), "{id}");
            }
        }
    }

    #[test]
    fn the_communes_named_are_those_of_the_support() {
        for e in of("2011") {
            assert_eq!(e.communes().count(), e.communes.len(), "{}", e.id);
            for code in e.communes() {
                let name = area::commune(code).unwrap().name.trim_start_matches("Xã ");
                for lang in Lang::ALL {
                    assert!(Condition::InNamedCommune.clause(lang).contains(name), "{name}");
                }
            }
        }
    }
}
