//! Explanations as a household is told them, in both languages. Read the snapshots as a household would.

#![allow(clippy::unwrap_used, reason = "a test")]

use soho_shared::area::Residence::{self, Rural, Urban};
use soho_shared::classify::Members;
use soho_shared::deprivation::{Answer, Deprivations};
use soho_shared::explain::{Explanation, NotCounted, Step, explain, text};
use soho_shared::household::{Household, Member};
use soho_shared::income::{Allowances, IncomeLine, IncomeSource};
use soho_shared::lang::Lang;
use soho_shared::law;
use soho_shared::money::Vnd;

fn line(source: IncomeSource, receipts: i64, costs: i64) -> IncomeLine {
    IncomeLine { source, receipts: Vnd::new(receipts).unwrap(), costs: Vnd::new(costs).unwrap() }
}

/// The explanation in both languages, one step a line; non-breaking spaces are shown as `~`.
fn told(
    standard: &str,
    residence: Residence,
    members: i64,
    not_counted: &[(String, NotCounted)],
    lines: &[IncomeLine],
    deprivations: Option<u8>,
) -> String {
    let standard = law::standard(standard).unwrap();
    let members = Members::new(members).unwrap();
    in_words(&explain(standard, residence, members, not_counted, lines, None, &deprivations.into()))
}

fn in_words(explanation: &Explanation) -> String {
    let texts = |lang| text(explanation, lang).join("\n");
    format!("{}\n\n{}", texts(Lang::Vi), texts(Lang::En)).replace('\u{a0}', "~")
}

#[test]
fn rural_poor() {
    insta::assert_snapshot!(told(
        "2011",
        Rural,
        4,
        &[("Trần Văn Ba".to_owned(), NotCounted::UnderSixMonths { months: 3 })],
        &[
            line(IncomeSource::Crops, 20_000_000, 8_000_000),
            line(IncomeSource::Livestock, 1_000_000, 4_000_000),
            line(IncomeSource::Wages, 8_000_000, 0),
            line(IncomeSource::SocialAllowance, 2_160_000, 0),
        ],
        None,
    ));
}

#[test]
fn urban_near_poor() {
    insta::assert_snapshot!(told(
        "2011",
        Urban,
        3,
        &[],
        &[line(IncomeSource::Trade, 40_000_000, 18_500_000)],
        None
    ));
}

#[test]
fn in_the_gap_of_the_wording() {
    insta::assert_snapshot!(told("2011", Rural, 5, &[], &[line(IncomeSource::Fishing, 24_030_000, 0)], None));
}

#[test]
fn one_dong_over_the_line() {
    insta::assert_snapshot!(told("2011", Rural, 4, &[], &[line(IncomeSource::Wages, 19_200_001, 0)], None));
}

#[test]
fn low_income() {
    insta::assert_snapshot!(told("2011", Rural, 2, &[], &[line(IncomeSource::Wages, 13_200_000, 0)], None));
}

#[test]
fn above() {
    insta::assert_snapshot!(told("2011", Urban, 1, &[], &[line(IncomeSource::Pension, 24_000_000, 0)], None));
}

#[test]
fn a_loss() {
    insta::assert_snapshot!(told("2006", Rural, 1, &[], &[line(IncomeSource::Salt, 0, 500_000)], None));
}

#[test]
fn undecided_2016() {
    insta::assert_snapshot!(told("2016", Rural, 4, &[], &[line(IncomeSource::Wages, 40_000_000, 0)], None));
}

#[test]
fn poor_by_deprivations_2022() {
    let allowance = line(IncomeSource::SocialAllowance, 6_000_000, 0);
    insta::assert_snapshot!(told(
        "2022",
        Urban,
        4,
        &[],
        &[line(IncomeSource::Wages, 90_000_000, 0), allowance],
        Some(4),
    ));
}

/// Where the two treatments of allowances give two classes, both are told.
#[test]
fn allowances_decide_2011() {
    let lines = [line(IncomeSource::Crops, 18_000_000, 0), line(IncomeSource::SocialAllowance, 2_160_000, 0)];
    insta::assert_snapshot!(told("2011", Rural, 4, &[], &lines, None));
}

/// An officer has decided for one household: nothing is open any more.
#[test]
fn allowances_left_out_by_decision_2011() {
    let lines = [line(IncomeSource::Crops, 18_000_000, 0), line(IncomeSource::SocialAllowance, 2_160_000, 0)];
    let (standard, members) = (law::standard("2011").unwrap(), Members::new(4).unwrap());
    let decided = Some(Allowances::NotCounted);
    insta::assert_snapshot!(in_words(&explain(standard, Rural, members, &[], &lines, decided, &None.into())));
}

#[test]
fn average_living_2022() {
    insta::assert_snapshot!(told("2022", Rural, 2, &[], &[line(IncomeSource::Fishing, 48_000_000, 0)], None));
}

#[test]
fn near_poor_2027() {
    insta::assert_snapshot!(told(
        "2027",
        Rural,
        4,
        &[],
        &[line(IncomeSource::Wages, 90_000_000, 0)],
        Some(2)
    ));
}

/// The structure with which the API answers.
#[test]
fn as_json() {
    let standard = law::standard("2011").unwrap();
    let lines = [line(IncomeSource::Wages, 19_200_001, 0)];
    let explanation = explain(standard, Rural, Members::new(4).unwrap(), &[], &lines, None, &None.into());
    insta::assert_snapshot!(serde_json::to_string_pretty(&explanation).unwrap());
}

/// The decree of 2011 names near-poor "từ 401.000 đồng" (urban: 501.000): strictly between, it is explained.
#[test]
fn the_gap_is_explained_where_it_is_and_nowhere_else() {
    let explained = |standard: &str, residence, members: i64, annual: i64| {
        let lines = [line(IncomeSource::Wages, annual, 0)];
        let standard = law::standard(standard).unwrap();
        let explanation =
            explain(standard, residence, Members::new(members).unwrap(), &[], &lines, None, &Some(0).into());
        explanation.steps.iter().any(|step| matches!(step, Step::GapNote { .. }))
    };
    for members in 1..=20 {
        let months = 12 * members;
        for (residence, over, worded_from) in [(Rural, 400_000, 401_000), (Urban, 500_000, 501_000)] {
            assert!(!explained("2011", residence, members, over * months));
            assert!(explained("2011", residence, members, over * months + 1));
            assert!(explained("2011", residence, members, worded_from * months - 1));
            assert!(!explained("2011", residence, members, worded_from * months));
        }
        for (standard, annual) in
            [("2006", 200_500), ("2016", 700_500), ("2022", 1_500_500), ("2027", 2_200_500)]
        {
            assert!(!explained(standard, Rural, members, annual * months));
        }
    }
}

/// What a record tells is not asked; the explanation says what it was worked out from.
#[test]
fn computed_from_the_record_2022() {
    let standard = law::standard("2022").unwrap();
    let mut household = Household { floor_dm2: Some(3_150), ..Household::default() };
    for (id, birth_year, insured) in
        [("a", 1985, true), ("b", 2012, true), ("c", 2014, true), ("d", 2019, false)]
    {
        let mut member = Member::default();
        (member.birth_year, member.insured) = (Some(birth_year), Some(insured));
        household.members.insert(id.to_owned(), member);
    }
    household.deprivations.push(("toilet".to_owned(), true));
    household.deprivations.push(("water".to_owned(), false));
    let deprivations = Deprivations::read(standard, &household, 2023);
    let lines = [line(IncomeSource::Wages, 60_000_000, 0)];
    let explanation =
        explain(standard, Rural, household.counted_members().unwrap(), &[], &lines, None, &deprivations);
    insta::assert_snapshot!(in_words(&explanation));
}

#[test]
fn not_decided_yet_2022() {
    let standard = law::standard("2022").unwrap();
    let mut answers = vec![Answer::Said(false); 8];
    answers[..2].fill(Answer::Said(true));
    let deprivations = Deprivations { answers, count: None };
    let lines = [line(IncomeSource::Wages, 60_000_000, 0)];
    let explanation = explain(standard, Rural, Members::new(4).unwrap(), &[], &lines, None, &deprivations);
    insta::assert_snapshot!(in_words(&explanation));
}
