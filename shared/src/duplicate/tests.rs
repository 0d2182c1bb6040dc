use proptest::prelude::*;

use super::*;
use crate::record::{Actor, Change, Round, Stamp, Value};

const COMMUNE: &str = "29173";

fn uuid(n: u64) -> Uuid {
    Uuid::from_u64_pair(0, n)
}

fn id(n: u64) -> HouseholdId {
    HouseholdId { commune: COMMUNE.parse().unwrap(), uuid: uuid(n) }
}

fn doc(set: &[(&str, Value)]) -> Doc {
    let mut doc = Doc::default();
    write(&mut doc, 1, set.iter().map(|(field, value)| (field.parse().unwrap(), value.clone())));
    doc
}

fn write(doc: &mut Doc, millis: u64, set: impl IntoIterator<Item = (crate::record::FieldPath, Value)>) {
    let stamp = Stamp::new(millis, 0, Actor(1)).unwrap();
    for (field, value) in set {
        let seen = doc.seen(field.as_str());
        doc.write(stamp, &Change { field, value, seen });
    }
}

/// A household with a head and members: name, year of birth, sex.
fn family(people: &[(&str, i64, &str)]) -> Vec<(String, Value)> {
    let mut fields = Vec::new();
    for (at, (name, year, sex)) in people.iter().enumerate() {
        let place = if at == 0 { "head".to_owned() } else { format!("members/m{at}") };
        fields.push((format!("{place}/name"), (*name).into()));
        fields.push((format!("{place}/birth_year"), (*year).into()));
        fields.push((format!("{place}/sex"), (*sex).into()));
    }
    fields
}

fn subject(n: u64, fields: &[(String, Value)]) -> Candidate {
    let set: Vec<_> = fields.iter().map(|(field, value)| (field.as_str(), value.clone())).collect();
    Candidate::read(id(n), &[(Round::CENSUS_2010, doc(&set))]).unwrap()
}

#[test]
fn two_households_are_alike_for_a_reason() {
    use Reason::{Head, IdentityNumber, Member};
    let ba = ("Trần Văn Ba", 1950, "male");
    let number = |number: &str| vec![("head/identity_number".to_owned(), Value::from(number))];
    let with = |people: &[(&str, i64, &str)], digits: &str| [family(people), number(digits)].concat();
    type Fields = Vec<(String, Value)>;
    type Case<'a> = (&'a str, Fields, Fields, &'a [Reason]);
    let table: [Case; 16] = [
        ("the same number", with(&[ba], "123456789"), number("123456789"), &[IdentityNumber]),
        ("one digit differs", number("111111112"), number("111111112"), &[IdentityNumber]),
        ("nine zeros", number("000000000"), number("000000000"), &[]),
        ("twelve ones", with(&[ba], "111111111111"), number("111111111111"), &[]),
        ("other numbers", with(&[], "123456789"), number("123456780"), &[]),
        ("the same head", family(&[ba]), family(&[("TRAN VAN  ba", 1950, "male")]), &[Head]),
        (
            "đ is d",
            family(&[("Đỗ Thị Đẹp", 1940, "female")]),
            family(&[("do thi dep", 1940, "female")]),
            &[Head],
        ),
        ("of another year", family(&[ba]), family(&[("Trần Văn Ba", 1951, "male")]), &[]),
        ("of another sex", family(&[ba]), family(&[("Trần Văn Ba", 1950, "female")]), &[Head]),
        ("no year", family(&[ba]), vec![("head/name".to_owned(), "Trần Văn Ba".into())], &[]),
        (
            "the head is a member there",
            family(&[ba]),
            family(&[("Lê Thị Tư", 1952, "female"), ba]),
            &[Member],
        ),
        (
            "a member with a short name",
            family(&[("Lê Thị Tư", 1952, "female"), ("Lê Út", 1990, "male")]),
            family(&[("Võ Văn Sáu", 1960, "male"), ("Lê Út", 1990, "male")]),
            &[],
        ),
        (
            "two members with short names",
            family(&[("Lê Thị Tư", 1952, "female"), ("Lê Út", 1990, "male"), ("Lê Hai", 1984, "male")]),
            family(&[("Võ Văn Sáu", 1960, "male"), ("Lê Út", 1990, "male"), ("Lê Hai", 1984, "male")]),
            &[Member],
        ),
        (
            "the same couple, the other one as head",
            family(&[ba, ("Lê Thị Tư", 1952, "female")]),
            family(&[("Lê Thị Tư", 1952, "female"), ba]),
            &[Member],
        ),
        (
            "head and a member, however short",
            family(&[ba, ("Út", 1990, "male")]),
            family(&[ba, ("Út", 1990, "male")]),
            &[Head, Member],
        ),
        ("nothing known", vec![("note".to_owned(), "".into())], vec![("note".to_owned(), "".into())], &[]),
    ];
    for (what, one, other, expected) in table {
        let pairs = find(&[subject(1, &one), subject(2, &other)]);
        let reasons = pairs.first().map_or(&[][..], |pair| &pair.reasons);
        assert_eq!(reasons, expected, "{what}");
    }
}

#[test]
fn common_names_are_no_sign() {
    let child = ("Nguyễn Thị Lan", 2001, "female");
    let other_year = ("Nguyễn Thị Lan", 1980, "female");
    let head = |n: u64| family(&[(&format!("Chủ Hộ {n}"), 1950, "male"), child]);
    assert_eq!(find(&[subject(1, &head(1)), subject(2, &head(2))]).len(), 1);
    let third = family(&[("Chủ Hộ 3", 1950, "male"), other_year]);
    assert_eq!(find(&[subject(1, &head(1)), subject(2, &head(2)), subject(3, &third)]), []);

    // A number that many households give is no sign either.
    let none = [("head/identity_number".to_owned(), Value::from("123456789"))];
    let many = |n: u64| (1..=n).map(|n| subject(n, &none)).collect::<Vec<_>>();
    assert_eq!(find(&many(8)).len(), 28);
    assert_eq!(find(&many(9)), []);
}

#[test]
fn the_strongest_come_first() {
    let people = [("Trần Văn Ba", 1950, "male"), ("Trần Thị Tư", 1975, "female"), ("Trần Út", 1990, "male")];
    let same_head = family(&people[..1]);
    let number = [family(&[]), vec![("head/identity_number".to_owned(), "123456789".into())]].concat();
    let candidates = [
        subject(1, &family(&people)),
        subject(2, &same_head),
        subject(3, &family(&people)),
        subject(4, &number),
        subject(5, &number),
    ];
    let order: Vec<_> = find(&candidates).iter().map(|pair| pair.places).collect();
    assert_eq!(order, [[3, 4], [0, 2], [0, 1], [1, 2]]);
}

#[test]
fn a_household_is_judged_by_its_latest_round_unless_it_is_gone() {
    let name = |name: &str| doc(&[("head/name", name.into()), ("head/birth_year", 1950.into())]);
    let (old, new) = (name("Trần Văn Ba"), name("Trần Văn Bảy"));
    let read = |n, docs: &[Doc]| {
        let records: Vec<_> = docs.iter().map(|doc| (Round::CENSUS_2010, doc.clone())).collect();
        Candidate::read(id(n), &records)
    };
    let alike = |a: &[Doc], b: &[Doc]| !find(&[read(1, a).unwrap(), read(2, b).unwrap()]).is_empty();
    assert!(alike(&[old.clone(), new.clone()], std::slice::from_ref(&new)));
    assert!(!alike(&[old.clone(), new], std::slice::from_ref(&old)));
    let removed = doc(&[("head/name", "x".into()), ("removed", true.into())]);
    assert!(read(1, &[old.clone(), removed.clone()]).is_none() && read(1, &[removed, old.clone()]).is_some());
    // One that is another's second entry is compared with nobody, unless the other is gone or they are parted.
    let link = |to: Value| doc(&[("head/name", "x".into()), ("same_as", to)]);
    let three = |link: Doc, with_second: bool| {
        let second = read(2, std::slice::from_ref(&old)).filter(|_| with_second);
        let candidates: Vec<_> = [read(1, &[link, old.clone()]), second, read(3, std::slice::from_ref(&old))]
            .into_iter()
            .flatten()
            .collect();
        find(&candidates).iter().map(|pair| pair.uuids).collect::<Vec<_>>()
    };
    let to_second = link(id(2).to_string().into());
    assert_eq!(three(to_second.clone(), true), [[uuid(2), uuid(3)]]);
    assert_eq!(three(to_second, false), [[uuid(1), uuid(3)]]);
    assert_eq!(three(link(Value::Null), true).len(), 3);
}

#[test]
fn ids_of_pairs_read_back() {
    let pair = PairId::new(COMMUNE.parse().unwrap(), uuid(9), uuid(2)).unwrap();
    let text = pair.to_string();
    assert_eq!(pair.households(), [id(2), id(9)]);
    assert_eq!(text.parse(), Ok(pair));
    let (a, b) = (uuid(2).as_simple().to_string(), uuid(9).as_simple().to_string());
    assert_eq!(format!("29173-{b}.{a}").parse(), Ok(pair));
    for bad in
        ["", "29173", &format!("29173-{a}"), &format!("29173-{a}.{a}"), &format!("{a}.{b}"), "29173-1.2"]
    {
        assert!(bad.parse::<PairId>().is_err(), "{bad}");
    }
}

const CENSUS: Round = Round::CENSUS_2010;

/// Two households with their records, on which decisions are made one after the other.
struct Two {
    records: [Vec<(Round, Doc)>; 2],
    millis: u64,
}

impl Two {
    fn new(rounds: [&[u16]; 2]) -> Self {
        let record = |year: &u16| {
            (
                Round::new(*year).unwrap(),
                doc(&[("head/name", "Trần Văn Ba".into()), ("head/birth_year", 1950.into())]),
            )
        };
        Two { records: rounds.map(|years| years.iter().map(record).collect()), millis: 1 }
    }

    fn decide(&mut self, decision: Decision) -> Result<usize, NotDecided> {
        let views =
            self.records.each_ref().map(|r| r.iter().map(|(round, doc)| (*round, doc)).collect::<Vec<_>>());
        let edits = decide([(id(1), &views[0]), (id(2), &views[1])], decision)?;
        self.millis += 1;
        for (key, changes) in &edits {
            let side = usize::from(key.subject == id(2).into());
            let (_, doc) = self.records[side].iter_mut().find(|(round, _)| *round == key.round).unwrap();
            write(
                doc,
                self.millis,
                changes.iter().map(|change| (change.field.clone(), change.value.clone())),
            );
        }
        Ok(edits.len())
    }

    /// Whether each is withdrawn in each of its rounds.
    fn removed(&self) -> [Vec<bool>; 2] {
        self.records
            .each_ref()
            .map(|records| records.iter().map(|(_, doc)| Household::read(doc).removed).collect())
    }

    fn is_asked(&self) -> bool {
        let candidates =
            [(1, 0), (2, 1)].map(|(n, side): (u64, usize)| Candidate::read(id(n), &self.records[side]));
        !find(&candidates.into_iter().flatten().collect::<Vec<_>>()).is_empty()
    }
}

#[test]
fn a_decision_can_be_made_repeated_changed_and_undone() {
    let same = |n| Decision::Same { survivor: id(n) };
    let mut two = Two::new([&[2010, 2011], &[2010]]);
    assert!(two.is_asked());
    assert_eq!((two.decide(Decision::Open), two.decide(same(3))), (Ok(0), Err(NotDecided::Survivor)));
    assert_eq!((two.decide(Decision::Different), two.decide(Decision::Different)), (Ok(1), Ok(0)));
    assert!(!two.is_asked());
    assert_eq!(two.decide(Decision::Open), Ok(1));
    assert!(two.is_asked());

    assert_eq!((two.decide(same(1)), two.decide(same(1))), (Ok(2), Ok(0)));
    assert_eq!(two.removed(), [vec![false, false], vec![true]]);
    assert_eq!(two.records[0][0].1.get(&format!("merged/{}", uuid(2).as_simple())), Some(&true.into()));
    assert_eq!(two.records[1][0].1.get("same_as"), Some(&id(1).to_string().into()));
    assert!(!two.is_asked());
    // Whatever its volunteer does with the record, it does not count twice.
    write(&mut two.records[1][0].1, 50, [("removed".parse().unwrap(), false.into())]);
    assert_eq!(two.removed(), [vec![false, false], vec![true]]);

    two.millis = 50;
    // The other one stays after all; the first keeps its record of the round in which the other has none.
    assert_eq!(two.decide(same(2)), Ok(2));
    assert_eq!(two.removed(), [vec![true, false], vec![false]]);
    assert_eq!(two.decide(Decision::Open), Ok(2));
    assert_eq!(two.removed(), [vec![false, false], vec![false]]);
    assert!(two.is_asked());

    // Without a round in common they are linked, and each counts in its own.
    let mut apart = Two::new([&[2010], &[2011]]);
    assert_eq!(apart.decide(same(2)), Ok(2));
    assert_eq!(apart.removed(), [vec![false], vec![false]]);
    assert!(!apart.is_asked());
    assert_eq!(apart.decide(Decision::Open), Ok(2));
    assert!(apart.is_asked());
}

#[test]
fn what_is_gone_already_does_not_stay() {
    let mut two = Two::new([&[2010], &[2010]]);
    write(&mut two.records[0][0].1, 5, [("removed".parse().unwrap(), true.into())]);
    assert_eq!(two.decide(Decision::Same { survivor: id(1) }), Err(NotDecided::Withdrawn));
    assert_eq!(two.records[0][0].0, CENSUS);
    write(&mut two.records[0][0].1, 6, [("same_as".parse().unwrap(), id(3).to_string().into())]);
    assert_eq!(two.decide(Decision::Same { survivor: id(2) }), Err(NotDecided::Joined));
}

/// Households with few names and years, so that they are alike often.
fn households() -> impl Strategy<Value = Vec<Candidate>> {
    let person = (
        prop::sample::select(vec!["Trần Văn Ba", "trần văn ba", "Lê Thị Tư", "Võ Út", "Lê Đẹp Em"]),
        1950..1953i64,
        prop::sample::select(vec!["male", "female"]),
    );
    let number = prop::option::weighted(0.2, prop::sample::select(vec!["123456789", "123456780"]));
    let household = (prop::collection::vec(person, 0..4), number);
    prop::collection::vec(household, 0..12).prop_map(|all| {
        let subject = |(n, (people, number)): (u64, (Vec<_>, Option<&str>))| {
            let number = number.map(|number| ("head/identity_number".to_owned(), number.into()));
            let fields: Vec<_> =
                family(&people).into_iter().chain(number).chain([("note".to_owned(), "".into())]).collect();
            subject(n, &fields)
        };
        (1..).zip(all).map(subject).collect()
    })
}

fn shown(pairs: &[Pair]) -> Vec<([Uuid; 2], Vec<Reason>)> {
    pairs.iter().map(|pair| (pair.uuids, pair.reasons.clone())).collect()
}

proptest! {
    #[test]
    fn the_order_does_not_matter_and_each_pair_comes_once(
        (candidates, shuffled) in households().prop_flat_map(|s| (Just(s.clone()), Just(s).prop_shuffle()))
    ) {
        let pairs = find(&candidates);
        prop_assert_eq!(shown(&pairs), shown(&find(&shuffled)));
        let once: BTreeSet<_> = pairs.iter().map(|pair| pair.uuids).collect();
        prop_assert_eq!(once.len(), pairs.len());
        for pair in &pairs {
            prop_assert!(pair.uuids[0] < pair.uuids[1] && !pair.reasons.is_empty());
            prop_assert_eq!(pair.places.map(|at| candidates[at].uuid), pair.uuids);
        }
    }

    #[test]
    fn what_was_told_apart_is_not_asked_again_and_nothing_else_changes(
        mut candidates in households(),
        which in any::<prop::sample::Index>(),
        the_other_says_so in any::<bool>(),
    ) {
        let mut pairs = find(&candidates);
        if !pairs.is_empty() {
            let pair = pairs.remove(which.index(pairs.len()));
            let [a, b] = if the_other_says_so { [1, 0] } else { [0, 1] };
            candidates[pair.places[a]].different.insert(pair.uuids[b]);
            prop_assert_eq!(shown(&find(&candidates)), shown(&pairs));
        }
    }
}
