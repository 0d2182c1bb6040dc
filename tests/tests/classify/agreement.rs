//! One rule everywhere: exact fractions written from the decrees, the rule for one household and the columnar
//! kernel (both natively and as WebAssembly in a real browser), and `soho classify` agree on every case.

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;
use soho_rule_wasm::Households;
use soho_tests::browser::{Browser, Engine};
use soho_tests::rule;

use super::{ANSWER, WITH_DEPRIVATIONS, classify_as};

/// Rural and urban lines with their class, and the number of lacking indicators from which a household up to
/// the line is poor instead.
pub(super) type Lines = [(i128, i128, &'static str, Option<u8>)];

/// Standards copied from the decrees, not from the law files: id, number of indicators, lines.
pub(super) const STANDARDS: [(&str, u8, &Lines); 5] = [
    ("2006", 12, &[(200_000, 260_000, "poor", None), (260_000, 338_000, "near_poor", None)]),
    (
        "2011",
        12,
        &[
            (400_000, 500_000, "poor", None),
            (520_000, 650_000, "near_poor", None),
            (600_000, 750_000, "low_income", None),
        ],
    ),
    (
        "2016",
        10,
        &[
            (700_000, 900_000, "poor", None),
            (1_000_000, 1_300_000, "near_poor", Some(3)),
            (1_500_000, 1_950_000, "low_income", None),
        ],
    ),
    ("2022", 12, &[(1_500_000, 2_000_000, "near_poor", Some(3)), (2_250_000, 3_000_000, "low_income", None)]),
    ("2027", 12, &[(2_200_000, 2_800_000, "near_poor", Some(3))]),
];

/// Words of the classes in the order of their indexes.
pub(super) const CLASSES: [&str; 4] = ["poor", "near_poor", "low_income", "above"];

#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    pub(super) urban: bool,
    pub(super) members: u8,
    pub(super) income: i64,
    pub(super) lacking: u8,
}

/// Returns the income per person and month as it is shown, and the class, from fractions: `income / months`
/// against `line / 1`.
fn expected(lines: &Lines, case: Case) -> (i128, &'static str) {
    let (income, months) = (i128::from(case.income), 12 * i128::from(case.members));
    let shown = (2 * income.abs() + months) / (2 * months) * income.signum();
    (shown, by_income(lines, case, Some(case.lacking)).unwrap())
}

/// Returns the class by those fractions; `None` where the number of lacking indicators decides and is not known.
pub(super) fn by_income(lines: &Lines, case: Case, lacking: Option<u8>) -> Option<&'static str> {
    let months = 12 * i128::from(case.members);
    let over = |line: i128| i128::from(case.income) > line * months;
    let band = lines.iter().find(|(rural, urban, ..)| !over(if case.urban { *urban } else { *rural }));
    match band {
        None => Some("above"),
        Some((.., class, None)) => Some(*class),
        Some((.., class, Some(enough))) => lacking.map(|n| if n >= *enough { "poor" } else { *class }),
    }
}

/// Draws a case. Most incomes lie around a line, where a mistake would show: within a few đồng a year, or a
/// few a person and month.
pub(super) fn case() -> impl Strategy<Value = Case> {
    let lines: Vec<i128> = STANDARDS.iter().flat_map(|s| s.2).flat_map(|line| [line.0, line.1]).collect();
    let around = (prop::sample::select(lines), -13_i64..=13, 0_i64..=2);
    let income = prop_oneof![
        6 => around.prop_map(|(line, near, persons)| (i64::try_from(line).unwrap(), near, persons)),
        2 => (-1_000_000_000_000_000_i64..=1_000_000_000_000_000).prop_map(|income| (0, income, 0)),
        2 => (-1_000_000_i64..=100_000_000).prop_map(|income| (0, income, 0)),
        1 => prop::sample::select(vec![-1_000_000_000_000_000, -1, 0, 1, 1_000_000_000_000_000])
            .prop_map(|income| (0, income, 0)),
    ];
    let members = prop_oneof![3 => 1_u8..=20, 1 => 1_u8..=99, 1 => Just(99)];
    let lacking = prop_oneof![1 => 2_u8..=3, 1 => 0_u8..=12];
    (any::<bool>(), members, income, lacking).prop_map(|(urban, members, (line, near, persons), lacking)| {
        let months = 12 * i64::from(members);
        let income = (line * months + near * (1 + persons * (months - 1) / 2))
            .clamp(-1_000_000_000_000_000, 1_000_000_000_000_000);
        Case { urban, members, income, lacking }
    })
}

/// The cases as columns, in this process and in a browser's page.
struct Everywhere<'a> {
    cases: &'a [Case],
    native: Households,
}

/// Script that makes the households of the page.
const HOUSEHOLDS: &str = "const [net, members, urban, lacking] = arguments; \
    window.households = new rule.Households(BigInt64Array.from(net, BigInt), \
    new Uint8Array(members), new Uint8Array(urban), new Uint8Array(lacking));";

/// Script that returns the classes as one digit each.
const DECIDE: &str = "const [method, standard] = arguments; households.prepare(standard); \
    households[method](standard); return households.classes().join('');";

impl<'a> Everywhere<'a> {
    async fn new(cases: &'a [Case], browsers: &[Browser]) -> anyhow::Result<Self> {
        let net: Vec<_> = cases.iter().map(|case| case.income).collect();
        let [members, urban, lacking] =
            [|case: &Case| case.members, |case: &Case| u8::from(case.urban), |case: &Case| case.lacking]
                .map(|column| cases.iter().map(column).collect::<Vec<u8>>());
        for browser in browsers {
            let columns = vec![json!(net), json!(members), json!(urban), json!(lacking)];
            rule::ask(browser, HOUSEHOLDS, columns).await?;
        }
        let native = Households::new(&net, &members, &urban, &lacking).map_err(anyhow::Error::msg)?;
        Ok(Everywhere { cases, native })
    }

    /// Returns the first disagreement of all under a standard, in words.
    async fn disagreement(
        &mut self,
        (standard, indicators, lines): (&str, u8, &Lines),
        browsers: &[Browser],
    ) -> anyhow::Result<Option<String>> {
        let classes: Vec<_> = self.cases.iter().map(|case| expected(lines, *case).1).collect();
        let digit = |class: &&str| CLASSES.iter().position(|c| c == class).unwrap().to_string();
        let digits: String = classes.iter().map(digit).collect();
        let mut said = Vec::new();
        let native = |households: &Households| households.classes().iter().map(u8::to_string).collect();
        self.native.by_rule(standard).map_err(anyhow::Error::msg)?;
        said.push(("the rule".to_owned(), native(&self.native)));
        self.native.prepare(standard).and_then(|()| self.native.by_kernel()).map_err(anyhow::Error::msg)?;
        said.push(("the kernel".to_owned(), native(&self.native)));
        for browser in browsers {
            for (method, name) in [("by_rule", "the rule"), ("by_kernel", "the kernel")] {
                let found = rule::ask(browser, DECIDE, vec![json!(method), json!(standard)]).await?;
                let found: String = found.as_str().unwrap_or_default().to_owned();
                said.push((format!("{name} in {:?}", browser.engine), found));
            }
        }
        for (who, found) in said {
            if found != digits {
                let at = found.bytes().zip(digits.bytes()).position(|(is, should)| is != should);
                let case = at.and_then(|at| self.cases.get(at));
                return Ok(Some(format!(
                    "{who}, {standard}: {case:?}, exact: {:?}",
                    at.map(|at| classes[at])
                )));
            }
        }
        Ok(batch(&["--standard", standard], indicators, lines, self.cases))
    }
}

/// Returns the first disagreement with the command line, including what it shows.
pub(super) fn batch(args: &[&str], indicators: u8, lines: &Lines, cases: &[Case]) -> Option<String> {
    let mut input = WITH_DEPRIVATIONS.to_owned();
    let mut answer = ANSWER.to_owned();
    for (id, case) in cases.iter().enumerate() {
        let residence = if case.urban { "urban" } else { "rural" };
        // The command line refuses more lacking indicators than there are, and three already decide.
        let Case { members, income, lacking, .. } = case;
        let lacking = lacking.min(&indicators);
        writeln!(input, "{id},{residence},{members},{income},{lacking}").unwrap();
        let (shown, class) = expected(lines, *case);
        writeln!(answer, "{id},{shown},{class},").unwrap();
    }
    let done = classify_as(args, input.as_bytes());
    let wrong = done.out.lines().zip(answer.lines()).find(|(is, should)| is != should);
    let same = wrong.is_none() && done.out.len() == answer.len() && done.status == 0;
    (!same).then(|| format!("soho classify {args:?}: {wrong:?} {}", done.said))
}

/// Checks 5 × 20.000 households under 5 standards, everywhere.
#[test]
fn one_rule_everywhere() -> anyhow::Result<()> {
    let tokio = tokio::runtime::Runtime::new()?;
    let profiles = tempfile::tempdir()?;
    let mut browsers = Vec::new();
    for engine in Engine::asked_for() {
        let profile = profiles.path().join(format!("{engine:?}"));
        browsers.push(tokio.block_on(async {
            let browser = Browser::open(engine, &profile).await?;
            rule::load(&browser).await?;
            anyhow::Ok(browser)
        })?);
    }
    let config = Config { cases: 5, max_shrink_iters: 100, failure_persistence: None, ..Config::default() };
    let done = TestRunner::new(config).run(&prop::collection::vec(case(), 20_000), |cases| {
        let found = tokio.block_on(async {
            let mut everywhere = Everywhere::new(&cases, &browsers).await?;
            for standard in STANDARDS {
                if let Some(what) = everywhere.disagreement(standard, &browsers).await? {
                    return Ok(Some(what));
                }
            }
            anyhow::Ok(None)
        });
        match found {
            Ok(None) => Ok(()),
            Ok(Some(what)) => Err(TestCaseError::fail(what)),
            Err(error) => Err(TestCaseError::fail(format!("{error:#}"))),
        }
    });
    tokio.block_on(async {
        for browser in browsers {
            browser.close().await;
        }
    });
    // The cases are too many to be read, so only the disagreement is shown.
    done.map_err(|error| match error {
        proptest::test_runner::TestError::Fail(why, _) => anyhow::anyhow!("{why}"),
        proptest::test_runner::TestError::Abort(why) => anyhow::anyhow!("{why}"),
    })
}
