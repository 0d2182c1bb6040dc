use super::*;
use crate::count::Standing;
use crate::course::{Records, Said, contributions};
use crate::duplicate::Joined;
use crate::record::Actor;
use crate::stage::Progress;

const COMMUNE: &str = "29173";

fn id(n: u128) -> HouseholdId {
    HouseholdId { commune: COMMUNE.parse().unwrap(), uuid: uuid::Uuid::from_u128(n) }
}

fn round(year: u16) -> Round {
    Round::new(year).unwrap()
}

/// Writes to a record as a server does that sees it as it is.
fn write(doc: &mut Doc, millis: u64, path: &str, value: Value) {
    let change = Change { field: path.parse().unwrap(), value, seen: doc.seen(path) };
    doc.write(Stamp::new(millis, 0, Actor(millis)).unwrap(), &change);
}

/// A record of a household with this income a month.
fn record(monthly: i64) -> Doc {
    let mut doc = Doc::default();
    for (path, value) in [
        ("hamlet", Value::from(4)),
        ("head/name", "Lê Thị Út".into()),
        ("member_count", 1.into()),
        ("income/a/source", "wages".into()),
        ("income/a/amount", monthly.into()),
        ("income/a/times", 12.into()),
    ] {
        write(&mut doc, 1, path, value);
    }
    doc
}

/// The case of a household in the last of some rounds that follow one another from 2011 on, by its income in each.
fn case(n: u128, monthly: &[i64]) -> Case {
    let docs: Vec<(RecordKey, Doc)> = (2011..)
        .zip(monthly)
        .map(|(year, monthly)| (RecordKey { subject: id(n).into(), round: round(year) }, record(*monthly)))
        .collect();
    let standings: Vec<(RecordKey, Standing)> =
        docs.iter().map(|(key, doc)| (*key, Standing::of_record(doc, *key).unwrap())).collect();
    let said: Records = standings.iter().map(|(key, of)| ((key.round, id(n).uuid), Said::Open(of))).collect();
    let adds = contributions(&said, &Joined::default(), None);
    let (key, doc) = docs.last().unwrap();
    Case::read(*key, doc, adds.get(&(key.round, id(n).uuid))).unwrap()
}

#[test]
fn as_what_a_household_is_recognised() {
    use Recognised::{EscapedNearPoor, EscapedPoor, NearPoor, Poor};
    type Row = (&'static [i64], Option<Listed>, Option<Listed>, Option<Recognised>);
    // The lines of the country are 400.000, 520.000 and 600.000 đ.
    let table: [Row; 10] = [
        (&[300_000], None, None, Some(Poor)),
        (&[300_000, 300_000], Some(Listed::Poor), None, Some(Poor)),
        (&[300_000, 500_000], Some(Listed::Poor), Some(Listed::Poor), Some(NearPoor)),
        (&[300_000, 550_000], Some(Listed::Poor), Some(Listed::Poor), Some(EscapedPoor)),
        (&[300_000, 900_000], Some(Listed::Poor), Some(Listed::Poor), Some(EscapedPoor)),
        (&[500_000, 900_000], Some(Listed::NearPoor), Some(Listed::NearPoor), Some(EscapedNearPoor)),
        (&[500_000, 300_000], Some(Listed::NearPoor), None, Some(Poor)),
        (&[900_000, 500_000], None, None, Some(NearPoor)),
        (&[900_000, 900_000], None, None, None),
        // It came out a year ago: that was recognised then.
        (&[300_000, 900_000, 900_000], None, None, None),
    ];
    for (monthly, start, escaped, due) in table {
        let case = case(1, monthly);
        assert_eq!((case.start, case.escaped, case.due()), (start, escaped, due), "{monthly:?}");
        assert_eq!(case.income, monthly.last().copied());
    }
    // By the class with which the next year starts: 550.000 đ are not poor by the first standard of 2015.
    for (monthly, due) in [(550_000, Some(Poor)), (900_000, Some(NearPoor)), (1_100_000, None)] {
        let key = RecordKey { subject: id(1).into(), round: round(2015) };
        let mut doc = record(monthly);
        write(&mut doc, 2, "deprivation_count", 0.into());
        let standing = Standing::of_record(&doc, key).unwrap();
        let case = Case::read(key, &doc, Some(&Contribution::alone(standing))).unwrap();
        assert_eq!(case.due(), due, "{monthly}");
    }
}

#[test]
fn what_stands_for_another_record_is_not_recognised() {
    let key = RecordKey { subject: id(1).into(), round: round(2011) };
    let doc = record(300_000);
    let standing = Standing::of_record(&doc, key).unwrap();
    let adds = Contribution { counts: false, ..Contribution::alone(standing) };
    assert_eq!(Case::read(key, &doc, Some(&adds)).unwrap().due(), None);
    let of_hamlet = RecordKey { subject: "29173-04".parse().unwrap(), ..key };
    assert_eq!(Case::read(of_hamlet, &doc, None), None);
}

/// A commune that recognises its round, with some households.
struct Commune {
    own: Doc,
    docs: BTreeMap<HouseholdId, Doc>,
    cases: Vec<Case>,
    now: u64,
}

impl Commune {
    fn new(incomes: &[i64]) -> Self {
        let cases: Vec<Case> = (1..).zip(incomes).map(|(n, monthly)| case(n, &[*monthly])).collect();
        let docs = cases.iter().map(|case| (case.household.unwrap(), Doc::default())).collect();
        Commune { own: Doc::default(), docs, cases, now: 10 }
    }

    fn go(&mut self, stage: Stage) {
        self.now += 1;
        for change in Progress::to(&self.own.clone(), stage) {
            self.own.write(Stamp::new(self.now, 0, Actor(self.now)).unwrap(), &change);
        }
    }

    fn recognition(&self) -> Recognition {
        Recognition::of(&self.own)
    }

    /// Takes steps until nothing is left; returns how many were taken, and how many numbers were given.
    fn recognise(&mut self, date: &str, most: usize) -> (usize, u32) {
        let year = date[..4].parse().unwrap();
        let (mut steps, mut given) = (0, 0);
        loop {
            let recognition = self.recognition();
            let last = recognition.last(year);
            let step = Step::next(&self.cases, &recognition, (year, date), last, most).unwrap();
            if step.is_empty() {
                return (steps, given);
            }
            (steps, given) = (steps + 1, given + step.given);
            self.now += 1;
            for (path, value) in step.commune {
                write(&mut self.own, self.now, path.as_str(), value);
            }
            for (household, changes) in step.households {
                let doc = self.docs.get_mut(&household).unwrap();
                for change in changes {
                    doc.write(Stamp::new(self.now, 0, Actor(self.now)).unwrap(), &change);
                }
            }
            for case in &mut self.cases {
                case.issued = issued(&self.docs[&case.household.unwrap()]);
            }
            if !step.more {
                // Nothing is left.
                let recognition = self.recognition();
                let again = Step::next(&self.cases, &recognition, (year, date), recognition.last(year), most);
                assert!(again.unwrap().is_empty());
                return (steps, given);
            }
        }
    }

    /// Numbers of the certificates that hold, and of those that do not.
    fn numbers(&self) -> [Vec<u32>; 2] {
        let recognition = self.recognition();
        let all = || self.cases.iter().flat_map(|case| &case.issued);
        let of = |holds: bool| {
            let of = all().filter(|issued| recognition.holds(issued) == holds);
            let mut numbers: Vec<u32> = of.map(|issued| issued.number.number).collect();
            numbers.sort_unstable();
            numbers
        };
        [of(true), of(false)]
    }
}

#[test]
fn numbers_rise_without_a_gap_and_none_comes_back() {
    let mut commune = Commune::new(&[300_000, 500_000, 900_000, 300_000, 310_000]);
    commune.go(Stage::Posting);
    assert!(!commune.recognition().is_recognised());
    commune.go(Stage::Recognised);
    assert!(commune.recognition().is_recognised() && !commune.recognition().stands());
    assert_eq!(commune.recognise("2011-12-05", 1_000), (1, 4));
    assert_eq!(commune.numbers(), [vec![1, 2, 3, 4], vec![]]);
    assert_eq!(commune.recognise("2011-12-05", 1_000), (0, 0), "nothing is given twice");

    // One was found to be near-poor: the old certificate ends as the new one is given, on another day.
    let first = CertificateNumber { year: 2011, number: 1 };
    commune.cases[0].class = Some(Class::NearPoor);
    assert_eq!(commune.cases[0].certificate(&commune.recognition()), None);
    assert_eq!(commune.recognise("2011-12-20", 1_000), (1, 1));
    assert_eq!(commune.numbers(), [vec![2, 3, 4, 5], vec![1]]);
    let recognition = commune.recognition();
    let date = |number| recognition.date_of(CertificateNumber { number, ..first });
    assert_eq!([date(1), date(4), date(5)], [Some("2011-12-05"), Some("2011-12-05"), Some("2011-12-20")]);
    assert_eq!(recognition.date_of(CertificateNumber { year: 2012, number: 1 }), None);
    let held = commune.cases[0].certificate(&recognition).unwrap();
    assert_eq!((held.number.number, held.recognised), (5, Some(Recognised::NearPoor)));

    // Closed, they hold; sent back, they do not, nor do they when the round is recognised again.
    commune.go(Stage::Closed);
    assert_eq!(commune.numbers()[0].len(), 4);
    commune.go(Stage::Survey);
    assert_eq!(commune.numbers(), [vec![], vec![1, 2, 3, 4, 5]]);
    for stage in [Stage::Meeting, Stage::Posting, Stage::Recognised] {
        commune.go(stage);
        assert_eq!(commune.numbers(), [vec![], vec![1, 2, 3, 4, 5]], "{stage}");
    }
    assert_eq!(commune.recognise("2012-01-06", 1_000), (2, 4), "first what was given ends");
    assert_eq!(commune.recognition().last(2011), 5);
    assert_eq!(commune.recognition().last(2012), 4);
    assert_eq!(commune.numbers()[0], [1, 2, 3, 4]);
}

#[test]
fn many_households_take_several_steps() {
    let mut commune = Commune::new(&[300_000; 25]);
    commune.go(Stage::Recognised);
    assert_eq!(commune.recognise("2011-12-05", 10), (3, 25));
    assert_eq!(commune.numbers()[0], (1..=25).collect::<Vec<_>>());
    commune.go(Stage::Meeting);
    commune.go(Stage::Recognised);
    assert_eq!(commune.recognise("2011-12-06", 10), (6, 25));
    assert_eq!(commune.numbers(), [(26..=50).collect::<Vec<_>>(), (1..=25).collect()]);
}

#[test]
fn a_used_up_series_gives_nothing() {
    let mut commune = Commune::new(&[300_000, 300_000]);
    commune.go(Stage::Recognised);
    let recognition = commune.recognition();
    let next = |last| Step::next(&commune.cases, &recognition, (2011, "2011-12-05"), last, 10);
    assert_eq!(next(65_533).unwrap().given, 2);
    assert_eq!(next(65_534), Err(NoNumberLeft));
    // A round without anybody to recognise is recognised, too.
    let nobody = Step::next(&[], &recognition, (2011, "2011-12-05"), 0, 10).unwrap();
    assert_eq!(nobody.commune.keys().map(FieldPath::as_str).collect::<Vec<_>>(), [field::RECOGNITION_UNDER]);
}

#[test]
fn a_doubt_is_told_by_the_rule_of_the_round() {
    let votes =
        |present, agreed, confirmed| Votes { present: Some(present), agreed: Some(agreed), confirmed };
    for (year, votes, doubtful) in [
        (2012, votes(40, 21, Some(true)), false),
        (2012, votes(40, 20, Some(true)), true),
        (2023, votes(40, 20, Some(true)), false),
        (2023, votes(40, 19, Some(true)), true),
        (2023, votes(40, 19, Some(false)), false),
        (2023, votes(40, 19, None), false),
        (2018, votes(40, 1, Some(true)), false),
        (2023, Votes { present: Some(40), confirmed: Some(true), agreed: None }, false),
    ] {
        assert_eq!(votes.is_doubtful(crate::law::meeting_rule(round(year))), doubtful, "{year} {votes:?}");
    }
    assert_eq!(votes(40, 30, None).against(), Some(10));
    assert_eq!(votes(40, 41, None).against(), None);
}

#[test]
fn who_is_to_be_reviewed_and_why() {
    let before = record(300_000);
    let mut asked = record(900_000);
    write(&mut asked, 2, field::ASKED_DATE, "2012-09-15".into());
    let mut befallen = Doc::default();
    write(&mut befallen, 2, field::EVENTS[0].0, true.into());
    let mut cleared = befallen.clone();
    write(&mut cleared, 3, field::EVENTS[0].0, Value::Null);
    let reason = |listed: Option<(Class, &Doc)>, now: Option<&Doc>| {
        Reviewed::read(id(1), listed, now).map(|reviewed| (reviewed.reason, reviewed.head.name.is_some()))
    };
    let listed = Some((Class::Poor, &before));
    assert_eq!(reason(listed, None), Some((Reason::Listed(Class::Poor), true)));
    assert_eq!(reason(listed, Some(&befallen)), Some((Reason::Listed(Class::Poor), true)));
    assert_eq!(reason(None, Some(&asked)), Some((Reason::Asked, true)));
    assert_eq!(reason(None, Some(&befallen)), Some((Reason::Event, false)));
    assert_eq!(reason(None, Some(&cleared)), None);
    assert_eq!(reason(None, Some(&before)), None);
}
