//! The rule is checked against tables that a person can read, and against exact rational arithmetic.

#![allow(clippy::unwrap_used, reason = "a test")]

use proptest::prelude::*;
use soho_shared::area::Residence::{self, Rural, Urban};
use soho_shared::classify::{
    Facts, Members, Undecided, classify, monthly_per_person, monthly_per_person_exact,
};
use soho_shared::explain::{Direction, Step, explain, text};
use soho_shared::income::{IncomeLine, IncomeSource};
use soho_shared::lang::Lang;
use soho_shared::law;
use soho_shared::money::{Vnd, parse_typed};
use soho_shared::standard::Class::{self, Above, LowIncome, NearPoor, Poor};

fn facts(residence: Residence, members: i64, annual_net: i64, deprivations: Option<u8>) -> Facts {
    Facts {
        residence,
        members: Members::new(members).unwrap(),
        annual_net: Vnd::new(annual_net).unwrap(),
        deprivations,
    }
}

/// A line of a standard, with the classes at or under it and over it, each for 0 and for 3 lacking indicators.
struct Line {
    standard: &'static str,
    residence: Residence,
    line: i64,
    at: [Class; 2],
    over: [Class; 2],
}

const fn line(
    standard: &'static str,
    residence: Residence,
    line: i64,
    at: [Class; 2],
    over: [Class; 2],
) -> Line {
    Line { standard, residence, line, at, over }
}

const POOR: [Class; 2] = [Poor; 2];
const NEAR: [Class; 2] = [NearPoor; 2];
const LOW: [Class; 2] = [LowIncome; 2];
const ABOVE: [Class; 2] = [Above; 2];
/// Near-poor with 0 lacking indicators, poor with 3.
const LACKING_DECIDES: [Class; 2] = [NearPoor, Poor];

/// The lines as written in the decrees, not taken from the law files.
#[rustfmt::skip]
const LINES: [Line; 22] = [
    line("2006", Rural,   200_000, POOR,            NEAR),
    line("2006", Rural,   260_000, NEAR,            ABOVE),
    line("2006", Urban,   260_000, POOR,            NEAR),
    line("2006", Urban,   338_000, NEAR,            ABOVE),
    line("2011", Rural,   400_000, POOR,            NEAR),
    line("2011", Rural,   520_000, NEAR,            LOW),
    line("2011", Rural,   600_000, LOW,             ABOVE),
    line("2011", Urban,   500_000, POOR,            NEAR),
    line("2011", Urban,   650_000, NEAR,            LOW),
    line("2011", Urban,   750_000, LOW,             ABOVE),
    line("2016", Rural,   700_000, POOR,            LACKING_DECIDES),
    line("2016", Rural, 1_000_000, LACKING_DECIDES, LOW),
    line("2016", Rural, 1_500_000, LOW,             ABOVE),
    line("2016", Urban,   900_000, POOR,            LACKING_DECIDES),
    line("2016", Urban, 1_300_000, LACKING_DECIDES, LOW),
    line("2016", Urban, 1_950_000, LOW,             ABOVE),
    line("2022", Rural, 1_500_000, LACKING_DECIDES, LOW),
    line("2022", Rural, 2_250_000, LOW,             ABOVE),
    line("2022", Urban, 2_000_000, LACKING_DECIDES, LOW),
    line("2022", Urban, 3_000_000, LOW,             ABOVE),
    line("2027", Rural, 2_200_000, LACKING_DECIDES, ABOVE),
    line("2027", Urban, 2_800_000, LACKING_DECIDES, ABOVE),
];

/// Checks every line for 1 to 20 members: one đồng a year is a fraction of a đồng per person per month.
#[test]
fn boundaries() {
    for Line { standard, residence, line, at, over } in LINES {
        for members in 1..=20 {
            let year = line * 12 * members;
            #[rustfmt::skip]
            let cases = [
                ("one đồng a person a month under", year - 12 * members, at),
                ("half a đồng a person a month under", year - 6 * members, at),
                ("one đồng a year under",           year - 1,            at),
                ("at the line",                     year,                at),
                ("one đồng a year over",            year + 1,            over),
                ("half a đồng a person a month over", year + 6 * members, over),
                ("one đồng a person a month over",  year + 12 * members, over),
            ];
            for (what, annual, class) in cases {
                for (deprivations, class) in [(0, class[0]), (2, class[0]), (3, class[1]), (12, class[1])] {
                    let facts = facts(residence, members, annual, Some(deprivations));
                    assert_eq!(
                        classify(law::standard(standard).unwrap(), &facts),
                        Ok(class),
                        "{standard}, {residence:?}, {members} members, {what} {line}, lacking {deprivations}"
                    );
                }
                let unknown =
                    classify(law::standard(standard).unwrap(), &facts(residence, members, annual, None));
                let expected =
                    if class[0] == class[1] { Ok(class[0]) } else { Err(Undecided::DeprivationsNeeded) };
                assert_eq!(
                    unknown, expected,
                    "{standard}, {residence:?}, {members}, {what} {line}, not counted"
                );
            }
        }
    }
}

#[test]
fn the_table_has_every_line_of_every_standard() {
    let lines: usize = law::standards().iter().map(|standard| 2 * standard.bands.len()).sum();
    assert_eq!(lines, LINES.len());
}

/// "A household at exactly 400.000 is poor; one at 400.001 is near-poor."
#[test]
fn what_is_shown_and_what_decides() {
    let standard = law::standard("2011").unwrap();
    for (annual, members, class, shown, two_decimals) in [
        (4_800_000, 1, Poor, 400_000, "400000"),
        (4_800_001, 1, NearPoor, 400_000, "400000.08"),
        (4_800_005, 1, NearPoor, 400_000, "400000.42"),
        (4_800_006, 1, NearPoor, 400_001, "400000.5"),
        (4_800_012, 1, NearPoor, 400_001, "400001"),
        (475_200_001, 99, NearPoor, 400_000, "400000"), // 1/1188 of a đồng over
        (475_199_999, 99, Poor, 400_000, "400000"),
    ] {
        let facts = facts(Rural, members, annual, None);
        assert_eq!(classify(standard, &facts), Ok(class), "{annual}");
        assert_eq!(monthly_per_person(facts.annual_net, facts.members).get(), shown, "{annual}");
        let exact = monthly_per_person_exact(facts.annual_net, facts.members).to_string();
        assert_eq!(exact, two_decimals, "{annual}");
    }
}

/// A fraction in lowest terms: the reference, in which nothing is rounded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Fraction {
    top: i128,
    bottom: i128,
}

impl Fraction {
    fn new(top: i128, bottom: i128) -> Self {
        let (mut a, mut b) = (top.abs(), bottom);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        Fraction { top: top / a.max(1), bottom: bottom / a.max(1) }
    }

    fn exceeds(self, whole: i64) -> bool {
        self.top > i128::from(whole) * self.bottom
    }
}

/// The decrees once more, as they are worded: income per person per month against the lines.
fn reference(standard: &str, urban: bool, income: Fraction, lacking: u8) -> Class {
    let line = |rural, urban_line| if urban { urban_line } else { rural };
    let over = |rural, urban_line| income.exceeds(line(rural, urban_line));
    match standard {
        "2006" => {
            if over(260_000, 338_000) {
                Above
            } else if over(200_000, 260_000) {
                NearPoor
            } else {
                Poor
            }
        }
        "2011" => {
            if !over(400_000, 500_000) {
                Poor
            } else if !over(520_000, 650_000) {
                NearPoor
            } else if !over(600_000, 750_000) {
                LowIncome
            } else {
                Above
            }
        }
        "2016" => {
            let under_policy_line = !over(700_000, 900_000);
            let under_minimum_living = !over(1_000_000, 1_300_000);
            if under_policy_line || (under_minimum_living && lacking >= 3) {
                Poor
            } else if under_minimum_living {
                NearPoor
            } else if over(1_500_000, 1_950_000) {
                Above
            } else {
                LowIncome
            }
        }
        "2022" if over(2_250_000, 3_000_000) => Above,
        "2022" if over(1_500_000, 2_000_000) => LowIncome,
        "2027" if over(2_200_000, 2_800_000) => Above,
        _ => {
            if lacking >= 3 {
                Poor
            } else {
                NearPoor
            }
        }
    }
}

/// Any facts within bounds, with many at and around the lines, where mistakes are likely.
fn any_facts() -> impl Strategy<Value = (usize, Facts)> {
    let bound = Vnd::MAX.get();
    (0..law::standards().len(), any::<bool>(), 1..=99_i64, 0..=12_u8, any::<proptest::sample::Index>())
        .prop_flat_map(move |(standard, urban, members, lacking, index)| {
            let residence = if urban { Urban } else { Rural };
            let band = index.get(&law::standards()[standard].bands);
            let year = band.line(residence).get() * 12 * members;
            prop_oneof![
                4 => (year - 1_300)..=(year + 1_300),
                1 => Just(year),
                3 => -50_000_000..=4_000_000_000_i64,
                1 => -bound..=bound,
                1 => prop_oneof![Just(-bound), Just(bound), Just(0)],
            ]
            .prop_map(move |annual| (standard, facts(residence, members, annual, Some(lacking))))
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_class_is_that_of_exact_rational_arithmetic((standard, facts) in any_facts()) {
        let standard = &law::standards()[standard];
        let income =
            Fraction::new(facts.annual_net.get().into(), 12 * i128::from(facts.members.get()));
        let urban = facts.residence == Urban;
        let lacking = facts.deprivations.unwrap();
        prop_assert_eq!(classify(standard, &facts), Ok(reference(&standard.id, urban, income, lacking)));
        // That indicators were not counted matters only where their number would decide.
        let (few, many) = (reference(&standard.id, urban, income, 0), reference(&standard.id, urban, income, 12));
        let unknown = classify(standard, &Facts { deprivations: None, ..facts });
        prop_assert_eq!(unknown, if few == many { Ok(few) } else { Err(Undecided::DeprivationsNeeded) });
    }

    #[test]
    fn what_is_shown_is_the_quotient_rounded_half_away_from_zero((_, facts) in any_facts()) {
        let (annual, months) = (i128::from(facts.annual_net.get()), 12 * i128::from(facts.members.get()));
        let rounded = |scale: i128| annual.signum() * ((2 * annual.abs() * scale + months) / (2 * months));
        let shown = monthly_per_person(facts.annual_net, facts.members);
        prop_assert_eq!(i128::from(shown.get()), rounded(1));
        let mut cents = monthly_per_person_exact(facts.annual_net, facts.members);
        cents.rescale(2);
        prop_assert_eq!(cents.mantissa(), rounded(100));
    }

    #[test]
    fn more_income_never_makes_poorer((standard, facts) in any_facts(), more in 0..=5_000_000_000_i64) {
        let standard = &law::standards()[standard];
        let richer = Vnd::new(facts.annual_net.get().saturating_add(more)).unwrap_or(Vnd::MAX);
        let before = classify(standard, &facts).unwrap();
        let after = classify(standard, &Facts { annual_net: richer, ..facts }).unwrap();
        prop_assert!(after >= before);
    }

    #[test]
    fn lacking_less_never_makes_poorer((standard, facts) in any_facts(), fewer in 0..=12_u8) {
        let standard = &law::standards()[standard];
        let fewer = Some(facts.deprivations.unwrap().min(fewer));
        let before = classify(standard, &facts).unwrap();
        let after = classify(standard, &Facts { deprivations: fewer, ..facts }).unwrap();
        prop_assert!(after >= before);
    }

    #[test]
    fn explanation_and_class_never_disagree((standard, facts) in any_facts(), known in any::<bool>()) {
        let standard = &law::standards()[standard];
        let facts = Facts { deprivations: facts.deprivations.filter(|_| known), ..facts };
        let lines = [IncomeLine { source: IncomeSource::Wages, receipts: facts.annual_net, costs: Vnd::ZERO }];
        let explanation = explain(standard, facts.residence, facts.members, &[], &lines, None, &facts.deprivations.into());
        prop_assert_eq!(explanation.class, classify(standard, &facts));
        for step in &explanation.steps {
            // The change that the step states gives the class it names; one đồng a month less changes nothing.
            if let Step::NextClass { direction, class, monthly } = step {
                let after = |monthly: i64| {
                    let change = if *direction == Direction::Better { 12 * monthly } else { -12 * monthly };
                    let annual_net = Vnd::new(facts.annual_net.get() + change).unwrap();
                    classify(standard, &Facts { annual_net, ..facts })
                };
                prop_assert_eq!(after(monthly.get()).ok(), *class);
                prop_assert_eq!(after(monthly.get() - 1), explanation.class);
            }
        }
    }

    #[test]
    fn reading_what_was_typed_never_panics(typed in "[-−0-9., kKtriệuTỶnghìngànđồngrưỡivnd\u{300}\u{323}\u{a0}]{0,24}") {
        let _ = parse_typed(&typed);
    }

    #[test]
    fn what_is_shown_reads_back(dong in -Vnd::MAX.get()..=Vnd::MAX.get()) {
        let vnd = Vnd::new(dong).unwrap();
        prop_assert_eq!(parse_typed(&vnd.to_string()), Ok(vnd));
        prop_assert_eq!(parse_typed(&vnd.with_unit()), Ok(vnd));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_at_all_is_read_or_refused(typed in any::<String>()) {
        let _ = parse_typed(&typed);
    }

    #[test]
    fn a_step_has_a_sentence_in_each_language((standard, facts) in any_facts()) {
        let standard = &law::standards()[standard];
        let lines = [IncomeLine { source: IncomeSource::Trade, receipts: Vnd::MAX, costs: facts.annual_net }; 3];
        let explanation = explain(standard, facts.residence, facts.members, &[], &lines, None, &facts.deprivations.into());
        for lang in Lang::ALL {
            let told = text(&explanation, lang);
            prop_assert_eq!(told.len(), explanation.steps.len());
            prop_assert!(told.iter().all(|sentence| sentence.ends_with('.')));
        }
    }
}
