//! Which indicators are asked and when the asking stops, checked against every way of answering the open questions.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use soho_shared::area::Residence;
use soho_shared::classify::{Facts, Members, Undecided, classify};
use soho_shared::deprivation::{Answer, Deprivations, Known, decide, open};
use soho_shared::explain::{Direction, Step, explain, text};
use soho_shared::income::{IncomeLine, IncomeSource};
use soho_shared::lang::Lang;
use soho_shared::law;
use soho_shared::money::Vnd;
use soho_shared::standard::{Class, Standard};

/// A household of which some things are known: `None` is a question nobody has answered.
#[derive(Clone, Debug)]
struct Asked {
    standard: &'static Standard,
    residence: Option<Residence>,
    members: Option<Members>,
    annual_net: Option<Vnd>,
    /// Whether each indicator is lacking; for a standard without a list, for each of 5 that it could have.
    indicators: Vec<Option<bool>>,
}

impl Asked {
    fn deprivations(&self) -> Deprivations {
        if self.standard.indicators.is_empty() {
            // Only the number is asked.
            let all: Option<Vec<bool>> = self.indicators.iter().copied().collect();
            return all.map(|all| lacking(&all)).into();
        }
        let answer = |said: &Option<bool>| said.map_or(Answer::NotSaid, Answer::Said);
        Deprivations { answers: self.indicators.iter().map(answer).collect(), count: None }
    }

    fn known(&self) -> Known {
        Known {
            residence: self.residence,
            members: self.members,
            annual_net: self.annual_net,
            lacking: self.deprivations().lacking(self.standard),
        }
    }

    fn residences(&self) -> Vec<Residence> {
        self.residence.map_or(Residence::ALL.to_vec(), |known| vec![known])
    }

    fn every_members(&self) -> Vec<Members> {
        self.members.map_or((1..=99).filter_map(Members::new).collect(), |known| vec![known])
    }

    /// The income if it is known; else incomes at every line, one đồng over each, and far from all of them.
    fn incomes(&self, residence: Residence, members: Members) -> Vec<Vnd> {
        let lines =
            self.standard.bands.iter().map(|b| b.line(residence).get() * 12 * i64::from(members.get()));
        let around = lines.flat_map(|line| [line, line + 1]).chain([Vnd::MIN.get(), 0, Vnd::MAX.get()]);
        self.annual_net.map_or(around.filter_map(Vnd::new).collect(), |known| vec![known])
    }

    /// The possible numbers of lacking indicators, over every way of answering the open questions.
    fn counts(&self) -> BTreeSet<u8> {
        let unknown = self.indicators.iter().filter(|said| said.is_none()).count();
        let sure = self.indicators.iter().filter(|said| **said == Some(true)).count();
        if self.standard.indicators.is_empty() && unknown > 0 {
            return (0..=u8::MAX).collect();
        }
        let ways = 0..(1_u32 << unknown);
        ways.map(|way| u8::try_from(sure).unwrap() + u8::try_from(way.count_ones()).unwrap()).collect()
    }
}

fn lacking(all: &[bool]) -> u8 {
    u8::try_from(all.iter().filter(|lacking| **lacking).count()).unwrap()
}

fn any_asked() -> impl Strategy<Value = Asked> {
    let mostly = |known: u32| prop_oneof![known => Just(true), 1 => Just(false)];
    (0..law::standards().len(), any::<bool>(), 1..=99_i64, any::<proptest::sample::Index>()).prop_flat_map(
        move |(at, urban, members, band)| {
            let standard = &law::standards()[at];
            let residence = if urban { Residence::Urban } else { Residence::Rural };
            let year = band.get(&standard.bands).line(residence).get() * 12 * members;
            let income = prop_oneof![
                4 => year - 1_300..=year + 1_300,
                3 => -50_000_000..=year + 50_000_000,
                1 => Just(year),
            ];
            let count = if standard.indicators.is_empty() { 5 } else { standard.indicators.len() };
            let said = prop_oneof![3 => Just(Some(true)), 6 => Just(Some(false)), 3 => Just(None)];
            (mostly(6), mostly(60), mostly(20), income, vec(said, count)).prop_map(
                move |(residence_known, members_known, income_known, income, indicators)| Asked {
                    standard,
                    residence: Some(residence).filter(|_| residence_known),
                    members: Members::new(members).filter(|_| members_known),
                    annual_net: Vnd::new(income).filter(|_| income_known),
                    indicators,
                },
            )
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// The asking never stops while an answer can change the class, and always stops when none can.
    #[test]
    fn what_is_open_is_what_answers_can_change(asked in any_asked()) {
        let (mut classes, mut indicators_matter) = (BTreeSet::new(), false);
        let counts = asked.counts();
        for residence in asked.residences() {
            for members in asked.every_members() {
                for annual_net in asked.incomes(residence, members) {
                    let class = |count: &u8| {
                        let facts = Facts { residence, members, annual_net, deprivations: Some(*count) };
                        classify(asked.standard, &facts).unwrap()
                    };
                    let here: BTreeSet<Class> = counts.iter().map(class).collect();
                    indicators_matter |= here.len() > 1;
                    classes.extend(here);
                }
            }
        }
        let open = open(asked.standard, &asked.known());
        prop_assert_eq!(open.classes, classes.into_iter().collect::<Vec<_>>());
        prop_assert_eq!(open.indicators, indicators_matter);
    }

    /// When questions are asked one by one until the asking stops, the class is that of all the answers, and the
    /// explanation says the same.
    #[test]
    fn the_guide_ends_at_the_class_of_all_answers(
        mut asked in any_asked(),
        residence in 0..2_usize,
        all in vec(any::<bool>(), 12),
    ) {
        let residence = *asked.residence.get_or_insert(Residence::ALL[residence]);
        let members = *asked.members.get_or_insert(Members::ONE);
        let annual_net = *asked.annual_net.get_or_insert(Vnd::ZERO);
        let full: Vec<bool> = asked.indicators.iter().zip(&all).map(|(said, truth)| said.unwrap_or(*truth)).collect();
        let facts = Facts { residence, members, annual_net, deprivations: Some(lacking(&full)) };
        let class = classify(asked.standard, &facts);
        if let Some(count) = asked.known().lacking.for_any_income(asked.standard) {
            prop_assert_eq!(classify(asked.standard, &Facts { deprivations: Some(count), ..facts }), class);
        }

        let mut at = 0;
        while open(asked.standard, &asked.known()).indicators {
            let known = asked.known().lacking;
            prop_assert_eq!(decide(asked.standard, &facts, known), Err(Undecided::DeprivationsNeeded));
            prop_assert!(at < full.len(), "everything was answered");
            asked.indicators[at] = Some(full[at]);
            at += 1;
        }
        prop_assert_eq!(decide(asked.standard, &facts, asked.known().lacking), class);
        prop_assert_eq!(open(asked.standard, &asked.known()).classes, vec![class.unwrap()]);

        let lines = [IncomeLine { source: IncomeSource::Wages, receipts: annual_net, costs: Vnd::ZERO }];
        let deprivations = asked.deprivations();
        let explanation = explain(asked.standard, residence, members, &[], &lines, None, &deprivations);
        prop_assert_eq!(explanation.class, class);
    }

    /// The explanation does not disagree with the class while answers are missing either.
    #[test]
    fn explanation_and_class_never_disagree(asked in any_asked()) {
        let (Some(residence), Some(members), Some(annual_net)) = (asked.residence, asked.members, asked.annual_net)
        else {
            return Ok(());
        };
        let (deprivations, lacking) = (asked.deprivations(), asked.known().lacking);
        let facts = Facts { residence, members, annual_net, deprivations: None };
        let lines = [IncomeLine { source: IncomeSource::Wages, receipts: annual_net, costs: Vnd::ZERO }];
        let explanation = explain(asked.standard, residence, members, &[], &lines, None, &deprivations);
        prop_assert_eq!(explanation.class, decide(asked.standard, &facts, lacking));
        prop_assert_eq!(explanation.class.is_err(), open(asked.standard, &asked.known()).indicators);
        let mut named = 0;
        let mut decides = false;
        for step in &explanation.steps {
            match step {
                Step::Indicator { lacking, computed, .. } => {
                    prop_assert!(*lacking && computed.is_none());
                    named += 1;
                }
                Step::Deprivations { count, least, needed, class_if_fewer, .. } => {
                    decides = true;
                    prop_assert_eq!(*least, lacking.least);
                    prop_assert_eq!(*count, lacking.count());
                    match explanation.class {
                        Ok(Class::Poor) => prop_assert!(least >= needed),
                        Ok(class) => prop_assert_eq!(class, *class_if_fewer),
                        Err(_) => prop_assert!(least < needed && lacking.most >= *needed),
                    }
                }
                Step::NextClass { direction, class, monthly } => {
                    let change = if *direction == Direction::Better { 12 } else { -12 };
                    let there = Vnd::new(annual_net.get() + change * monthly.get()).unwrap();
                    let there = decide(asked.standard, &Facts { annual_net: there, ..facts }, lacking);
                    prop_assert_eq!(there.ok(), *class);
                }
                _ => {}
            }
        }
        let of_list = !asked.standard.indicators.is_empty() && decides;
        prop_assert_eq!(named, if of_list { lacking.least } else { 0 });
        for lang in Lang::ALL {
            prop_assert!(text(&explanation, lang).iter().all(|sentence| sentence.ends_with('.')));
        }
    }
}
