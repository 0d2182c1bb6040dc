//! Every class against exact arithmetic, and every row's way out.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::{ANSWER, HEADER, WITH_DEPRIVATIONS, classify};

/// Rural and urban lines with their class, and from how many lacking indicators on it is poor instead.
type Lines = [(i128, i128, &'static str, Option<u8>)];

/// From the decrees, not from the law files.
const STANDARDS: [(&str, &Lines); 5] = [
    ("2006", &[(200_000, 260_000, "poor", None)]),
    (
        "2011",
        &[
            (400_000, 500_000, "poor", None),
            (520_000, 650_000, "near_poor", None),
            (600_000, 750_000, "low_income", None),
        ],
    ),
    (
        "2016",
        &[
            (700_000, 900_000, "poor", None),
            (1_000_000, 1_300_000, "near_poor", Some(3)),
            (1_500_000, 1_950_000, "low_income", None),
        ],
    ),
    ("2022", &[(1_500_000, 2_000_000, "near_poor", Some(3)), (2_250_000, 3_000_000, "low_income", None)]),
    ("2027", &[(2_200_000, 2_800_000, "near_poor", Some(3))]),
];

fn expected(lines: &Lines, urban: bool, members: i128, income: i128, lacking: u8) -> (i128, &'static str) {
    let months = 12 * members;
    let away = (2 * income.abs() + months) / (2 * months) * income.signum();
    let band = lines.iter().find(|line| income <= months * if urban { line.1 } else { line.0 });
    let class =
        band.map_or("above", |line| if line.3.is_some_and(|n| lacking >= n) { "poor" } else { line.2 });
    (away, class)
}

/// Most incomes lie around a line, where a mistake would show.
fn household() -> impl Strategy<Value = (bool, i128, i128, u8)> {
    let income = prop_oneof![
        3 => (0_usize..30, -13_i128..=13).prop_map(|(line, near)| (Some(line), near)),
        1 => (-1_000_000_000_000_000_i128..=1_000_000_000_000_000).prop_map(|income| (None, income)),
        1 => (-1_000_000_i128..=100_000_000).prop_map(|income| (None, income)),
    ];
    (any::<bool>(), 1_i128..=99, income, 0_u8..=9).prop_map(|(urban, members, (line, income), lacking)| {
        let all: Vec<_> = STANDARDS.iter().flat_map(|s| s.1).flat_map(|l| [l.0, l.1]).collect();
        let line = line.map_or(0, |i| all[i % all.len()] * 12 * members);
        (urban, members, line + income, lacking)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, max_shrink_iters: 200, ..ProptestConfig::default() })]

    /// 4 × 5 × 10.000 rows.
    #[test]
    fn every_class_is_that_of_exact_arithmetic(households in prop::collection::vec(household(), 10_000)) {
        for (standard, lines) in STANDARDS {
            let mut input = WITH_DEPRIVATIONS.to_owned();
            let mut answer = ANSWER.to_owned();
            for (id, (urban, members, income, lacking)) in households.iter().enumerate() {
                let residence = if *urban { "urban" } else { "rural" };
                writeln!(input, "{id},{residence},{members},{income},{lacking}").unwrap();
                let (monthly, class) = expected(lines, *urban, *members, *income, *lacking);
                writeln!(answer, "{id},{monthly},{class}").unwrap();
            }
            let done = classify(standard, input.as_bytes());
            prop_assert_eq!(done.status, 0);
            let wrong = done.out.lines().zip(answer.lines()).find(|(is, should)| is != should);
            prop_assert!(wrong.is_none() && done.out.len() == answer.len(), "{}: {:?}", standard, wrong);
        }
    }
}

/// Rows after the header, as any reader of CSV counts them.
fn rows(text: &[u8]) -> usize {
    csv::ReaderBuilder::new().flexible(true).from_reader(text).into_byte_records().count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50))]

    #[test]
    fn rows_out_equal_rows_in(
        garbage in prop::collection::vec(prop_oneof![
            3 => prop::sample::select(&b",,\"\n\n\r;\t.-0123456789ru"[..]),
            1 => any::<u8>(),
        ], 0..20_000),
    ) {
        let input = [HEADER.as_bytes(), &garbage].concat();
        let done = classify("2011", &input);
        prop_assert_eq!(rows(done.out.as_bytes()), rows(&input));
    }
}
