//! Every round is decided by its standard as that stood at the end of its year: exact fractions against the rule, the
//! kernel and `soho classify --round`.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use soho_shared::area::Residence;
use soho_shared::classify::{Facts, Members, classify};
use soho_shared::columns::{Columns, Kernel};
use soho_shared::law::standard_for_round;
use soho_shared::money::Vnd;

use super::agreement::{CLASSES, Case, Lines, STANDARDS, batch, by_income, case};

/// The standard that each round applies, from the year on.
const FROM: [(i16, &str); 5] =
    [(2006, "2006"), (2010, "2011"), (2016, "2016"), (2022, "2022"), (2027, "2027")];

/// A round's lines. Before Quyết định 117/2008/QĐ-TTg of 27/8/2008 nobody was near-poor.
fn lines(round: i16) -> (u8, &'static Lines) {
    let (_, id) = FROM.into_iter().rfind(|(from, _)| *from <= round).unwrap();
    let (_, indicators, lines) = STANDARDS.into_iter().find(|(standard, ..)| *standard == id).unwrap();
    (indicators, if round < 2008 { &lines[..1] } else { lines })
}

/// The first case on which the rule or the kernel disagrees with the fractions.
fn disagreement(round: i16, cases: &[Case]) -> Option<String> {
    let standard = standard_for_round(round).unwrap();
    let residence = |case: &Case| if case.urban { Residence::Urban } else { Residence::Rural };
    let facts = |case: &Case| Facts {
        residence: residence(case),
        members: Members::new(case.members.into()).unwrap(),
        annual_net: Vnd::new(case.income).unwrap(),
        deprivations: Some(case.lacking),
    };
    let all: Vec<Facts> = cases.iter().map(facts).collect();
    let annual_net: Vec<Vnd> = all.iter().map(|facts| facts.annual_net).collect();
    let members: Vec<Members> = all.iter().map(|facts| facts.members).collect();
    let residence: Vec<Residence> = all.iter().map(|facts| facts.residence).collect();
    let deprivations: Vec<u8> = cases.iter().map(|case| case.lacking).collect();
    let columns = Columns {
        annual_net: &annual_net,
        members: &members,
        residence: &residence,
        deprivations: Some(&deprivations),
    };
    let mut by_kernel = vec![u8::MAX; cases.len()];
    Kernel::new(standard).unwrap().classify(&columns, &mut by_kernel).unwrap();
    let (_, lines) = lines(round);
    cases.iter().zip(all).zip(by_kernel).find_map(|((case, facts), kernel)| {
        let exact = by_income(lines, *case, Some(case.lacking)).unwrap();
        let rule = classify(standard, &facts).unwrap().word();
        let kernel = CLASSES[usize::from(kernel)];
        (rule != exact || kernel != exact)
            .then(|| format!("round {round}: {case:?}, exact {exact}, rule {rule}, kernel {kernel}"))
    })
}

#[test]
fn every_round_by_its_own_lines() {
    let (drawn, mut runner) = (case(), TestRunner::default());
    let cases: Vec<Case> = (0..100_000).map(|_| drawn.new_tree(&mut runner).unwrap().current()).collect();
    for round in 2006..=2030 {
        assert_eq!(disagreement(round, &cases), None);
    }
    // By the command: the rounds around the near-poor band, and the first of another standard.
    for round in 2006..=2010 {
        let (indicators, lines) = lines(round);
        let year = round.to_string();
        assert_eq!(batch(&["--round", &year], indicators, lines, &cases), None);
    }
}
