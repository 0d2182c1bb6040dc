use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::count::{Period, Tally};
use crate::law::opening_standard;

fn uuid(n: u8) -> Uuid {
    Uuid::from_u128(n.into())
}

/// What is known of records of open rounds.
fn open(records: &BTreeMap<(Round, Uuid), Standing>) -> Records<'_> {
    records.iter().map(|(at, standing)| (*at, Said::Open(standing))).collect()
}

/// The records of some households, each a list from 2010 on.
fn records(said: &[Vec<Said5>]) -> BTreeMap<(Round, Uuid), Standing> {
    let of = |(household, rounds): (u8, &Vec<Said5>)| {
        let record = move |(at, said): (usize, &Said5)| {
            said.map(|said| ((round(at), uuid(household)), standing(round(at), said)))
        };
        rounds.iter().enumerate().filter_map(record).collect::<Vec<_>>()
    };
    (0..).zip(said).flat_map(of).collect()
}

/// Households that were found to be one from some rounds on.
fn links(links: Vec<(u8, usize, u8)>) -> Joined {
    let mut joined = Joined::default();
    for (household, of, survivor) in links {
        joined.set(uuid(household), round(of), (household != survivor).then(|| uuid(survivor)));
    }
    joined
}

/// What a record says: nothing, for there is none; or a class, an opening class, a hamlet, how it came and has left.
type Said5 = Option<(u8, u8, u8, u8, u8)>;

fn said() -> impl Strategy<Value = Said5> {
    // Most rounds have a record, and most records a class.
    prop_oneof![
        1 => Just(None),
        5 => (0..6u8, 0..5u8, 1..3u8, 0..10u8, 0..12u8).prop_map(Some),
    ]
}

fn standing(round: Round, (class, opening, hamlet, came, left): (u8, u8, u8, u8, u8)) -> Standing {
    let mut counts = Counts::default();
    let left = match left {
        0 => Some(Left::MovedOut),
        1 => Some(Left::Dissolved),
        _ => None,
    };
    if left.is_none() {
        counts.add(Measure::Households, 1);
        if let Some(class) = Class::ALL.get(usize::from(class)) {
            counts.add(Measure::of_class(*class), 1);
        }
        if has_two(round)
            && let Some(class) = Class::ALL.get(usize::from(opening))
        {
            counts.add(Measure::of_opening(*class), 1);
        }
    }
    let came = match came {
        0 => Some(Came::MovedIn),
        1 => Some(Came::SplitOff),
        _ => None,
    };
    Standing { hamlet, counts, came, left }
}

fn has_two(round: Round) -> bool {
    opening_standard(i16::try_from(round.year()).unwrap()).is_some()
}

/// The rounds from 2010 on, of which 2015 has two results.
fn round(n: usize) -> Round {
    Round::new(2010 + u16::try_from(n).unwrap()).unwrap()
}

/// The tallies of hamlets.
fn tallies(course: &Contributions) -> BTreeMap<(Period, u8), Tally> {
    let mut tallies: BTreeMap<(Period, u8), Counts> = BTreeMap::new();
    for ((round, _), record) in course {
        for (period, counts) in record.parts(*round) {
            *tallies.entry((period, record.standing.hamlet)).or_default() += &counts;
        }
    }
    tallies.iter().map(|(of, counts)| (*of, Tally::from(counts))).collect()
}

/// What comes out when all movements of a tally are taken from its start.
fn end(of: &Tally, listed: Listed) -> i64 {
    let get = |moved| of.get(Measure::of_move(listed, moved));
    let minus = [
        Move::ToOther,
        Move::ToLowIncome,
        Move::ToAbove,
        Move::MovedOut,
        Move::Dissolved,
        Move::Joined,
        Move::Pending,
        Move::HamletOut,
    ];
    let plus = [Move::Again, Move::New, Move::MovedIn, Move::SplitOff, Move::Returned, Move::HamletIn];
    get(Move::AtStart) - minus.map(get).iter().sum::<i64>() + plus.map(get).iter().sum::<i64>()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]
    #[test]
    fn a_start_less_what_left_and_what_came_is_the_end(
        said in vec(vec(said(), 1..8), 1..5),
        found in vec((0..4u8, 0..8usize, 0..4u8), 0..4),
    ) {
        let (records, joined) = (records(&said), links(found));
        let course = contributions(&open(&records), &joined, None);
        let tallies = tallies(&course);
        for ((period, hamlet), tally) in &tallies {
            for listed in Listed::ALL {
                prop_assert_eq!(end(tally, listed), tally.class(listed.class()), "{:?} {} {:?}", period, hamlet, listed);
                let before = (2010..period.round().year()).last().and_then(Round::new);
                let before = before.and_then(|before| Some((before, tallies.get(&(before.into(), *hamlet))?)));
                let measure: fn(Class) -> Measure = match before {
                    Some((before, _)) if has_two(before) => Measure::of_opening,
                    _ => Measure::of_class,
                };
                let at_start = before.map_or(0, |(_, before)| before.get(measure(listed.class())));
                prop_assert_eq!(tally.get(Measure::of_move(listed, Move::AtStart)), at_start);
                // A part of those again and new.
                let get = |moved| tally.get(Measure::of_move(listed, moved));
                prop_assert!(get(Move::FromOther) <= get(Move::Again) + get(Move::New));
                prop_assert!(Move::AtStart as usize == 0 && get(Move::Still) >= 0);
            }
        }
        // In all hamlets together as many have come as gone, and who comes up or goes down arrives.
        let periods: BTreeSet<Period> = tallies.keys().map(|(period, _)| *period).collect();
        for period in periods {
            let all: Tally = tallies.iter().filter(|((of, _), _)| *of == period).map(|(_, tally)| tally).sum();
            for (listed, other) in [(Listed::Poor, Listed::NearPoor), (Listed::NearPoor, Listed::Poor)] {
                let get = |listed, moved| all.get(Measure::of_move(listed, moved));
                prop_assert_eq!(get(listed, Move::HamletIn), get(listed, Move::HamletOut));
                prop_assert!(get(listed, Move::ToOther) <= get(other, Move::FromOther));
            }
        }
    }

    #[test]
    fn one_household_moves_as_its_classes_tell(said in vec(said(), 1..8)) {
        let records = records(&[Vec::new(), said.clone()]);
        let tallies = tallies(&contributions(&open(&records), &Joined::default(), None));
        // By the words of the domain alone, a round at a time, whatever the hamlet.
        for at in 0..=said.len() {
            let now = records.get(&(round(at), uuid(1)));
            let last_word = |at: usize| {
                let of = records.get(&(round(at), uuid(1)))?;
                if has_two(round(at)) { of.opening_class() } else { of.class() }
            };
            let start = at.checked_sub(1).and_then(last_word);
            let found = |measure| -> i64 {
                tallies.iter().filter(|((of, _), _)| of.round() == round(at)).map(|(_, tally)| tally.get(measure)).sum()
            };
            let class = now.and_then(Standing::class);
            for listed in Listed::ALL {
                let get = |moved| found(Measure::of_move(listed, moved));
                let own = listed.class();
                let (starts, ends) = (start == Some(own), class == Some(own));
                prop_assert_eq!(get(Move::AtStart), i64::from(starts));
                prop_assert_eq!(get(Move::Still), i64::from(starts && ends));
                prop_assert_eq!(get(Move::ToAbove), i64::from(starts && class == Some(Class::Above)));
                let left = now.is_some_and(|now| now.left.is_some());
                prop_assert_eq!(get(Move::Pending), i64::from(starts && class.is_none() && !left));
                let out = get(Move::MovedOut) + get(Move::Dissolved);
                prop_assert_eq!(out, i64::from(starts && left));
                let came = now.is_some_and(|now| now.came.is_some()) && start.is_none();
                let came_in = get(Move::MovedIn) + get(Move::SplitOff);
                prop_assert_eq!(came_in, i64::from(ends && came));
                let before = |class| (0..at).any(|at| {
                    records.get(&(round(at), uuid(1))).is_some_and(|of| {
                        of.class() == Some(class) || of.opening_class() == Some(class)
                    })
                });
                if get(Move::Again) > 0 {
                    prop_assert!(before(own) && !starts && ends);
                }
                if get(Move::New) > 0 && listed == Listed::Poor {
                    prop_assert!(!before(own) && ends);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn a_month_s_list_is_what_each_household_was_last_found_to_be(
        said in vec(vec((said(), vec((1..=12u8, 0..4usize), 0..4)), 1..6), 1..5),
    ) {
        let plain: Vec<Vec<Said5>> = said.iter().map(|of| of.iter().map(|(said, _)| *said).collect()).collect();
        let bare = records(&plain);
        let mut records = bare.clone();
        let mut found: BTreeMap<(Round, Uuid), BTreeMap<u8, Class>> = BTreeMap::new();
        for (household, of) in (0..).zip(&said) {
            for (at, (_, reviews)) in of.iter().enumerate() {
                let Some(record) = records.get_mut(&(round(at), uuid(household))) else { continue };
                let reviews: BTreeMap<u8, Class> = reviews.iter().map(|(month, class)| (*month, Class::ALL[*class])).collect();
                for (month, class) in &reviews {
                    record.counts.add_in(*month, Measure::of_class(*class), 1);
                }
                found.insert((round(at), uuid(household)), reviews);
            }
        }
        let course = contributions(&open(&records), &Joined::default(), None);
        let sum = |tallies: &BTreeMap<(Period, u8), Tally>, period: Period| -> Tally {
            tallies.iter().filter(|((of, _), _)| *of == period).map(|(_, tally)| tally).sum()
        };
        let (with, without) = (tallies(&course), tallies(&contributions(&open(&bare), &Joined::default(), None)));
        for at in 0..7 {
            // The round goes by its own result; but who was reviewed as poor was poor before.
            let whole = sum(&with, round(at).into());
            let before = sum(&without, round(at).into());
            for measure in Measure::ALL {
                let is_of_past = Listed::ALL.iter().any(|listed| {
                    [Move::Again, Move::New, Move::FromOther, Move::Returned]
                        .iter().any(|moved| Measure::of_move(*listed, *moved) == measure)
                });
                prop_assert!(is_of_past || whole.get(measure) == before.get(measure), "{:?} {:?}", round(at), measure);
            }
            let last_word = |household: &Uuid| {
                let of = bare.get(&(round(at.checked_sub(1)?), *household))?;
                if has_two(round(at - 1)) { of.opening_class() } else { of.class() }
            };
            let mut on_list = Listed::ALL.map(|listed| whole.get(Measure::of_move(listed, Move::AtStart)));
            for month in 1..=12 {
                let tally = sum(&with, Period::of_month(round(at), month).unwrap());
                for listed in Listed::ALL {
                    let get = |moved| tally.get(Measure::of_move(listed, moved));
                    let came = get(Move::Again) + get(Move::New) + get(Move::Returned);
                    let gone = get(Move::ToOther) + get(Move::ToLowIncome) + get(Move::ToAbove);
                    prop_assert_eq!(get(Move::Still) + came, tally.class(listed.class()));
                    let list = &mut on_list[listed as usize];
                    *list += came - gone;
                    let expected = (0..5).map(uuid).filter(|household| {
                        let reviews = found.get(&(round(at), *household));
                        let last = reviews.and_then(|of| of.range(..=month).next_back()).map(|(_, class)| *class);
                        last.or_else(|| last_word(household)) == Some(listed.class())
                    });
                    prop_assert_eq!(*list, i64::try_from(expected.count()).unwrap(), "{:?} {} {:?}", round(at), month, listed);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]
    #[test]
    fn what_is_closed_does_not_move(
        first in vec(vec(said(), 1..8), 1..5),
        later in vec(vec(said(), 1..8), 1..5),
        found in vec((0..4u8, 0..8usize, 0..4u8), 0..4),
        found_later in vec((0..4u8, 0..8usize, 0..4u8), 0..4),
        closed in 0..7usize,
    ) {
        let before = contributions(&open(&records(&first)), &links(found.clone()), None);
        // Everything is edited; of the closed rounds and those before them nothing counts.
        let closed = round(closed);
        let joined = found.into_iter().chain(found_later);
        let (later, joined) = (records(&later), links(joined.collect()));
        let mut now: Records = before.iter().filter(|(at, _)| at.0 <= closed)
            .map(|(at, adds)| (*at, Said::Closed(adds))).collect();
        now.extend(later.iter().filter(|(at, _)| at.0 > closed).map(|(at, said)| (*at, Said::Open(said))));
        let course = contributions(&now, &joined, Some(closed));
        let of_closed = |tallies: BTreeMap<(Period, u8), Tally>| -> Vec<_> {
            tallies.into_iter().filter(|((of, _), _)| of.round() <= closed).collect()
        };
        prop_assert_eq!(of_closed(tallies(&before)), of_closed(tallies(&course)));
        for ((period, hamlet), tally) in &tallies(&course) {
            for listed in Listed::ALL {
                prop_assert_eq!(end(tally, listed), tally.class(listed.class()), "{:?} {} {:?}", period, hamlet, listed);
            }
        }
        // Closed once more without an edit, it is the same to the last number.
        let again: Records = course.iter()
            .map(|(at, adds)| (*at, if at.0 <= closed { Said::Closed(adds) } else { Said::Open(&later[at]) }))
            .collect();
        prop_assert!(contributions(&again, &joined, Some(closed)) == course);
    }
}

#[test]
fn the_words_of_the_domain() {
    use Class::{Above, LowIncome, NearPoor, Poor};
    use Listed::{NearPoor as Near, Poor as P};
    use Move::{Again, AtStart, FromOther, New, Returned, Still, ToAbove, ToLowIncome, ToOther};
    type Case<'a> = (&'a str, &'a [Option<Class>], &'a [(Listed, Move)]);
    // Classes from 2010 on; what the last of these rounds counts.
    let table: [Case; 12] = [
        ("the first round", &[Some(Poor)], &[(P, New)]),
        ("still poor", &[Some(Poor), Some(Poor)], &[(P, AtStart), (P, Still)]),
        (
            "escaped to near-poor",
            &[Some(Poor), Some(NearPoor)],
            &[(P, AtStart), (P, ToOther), (Near, New), (Near, FromOther)],
        ),
        ("escaped", &[Some(Poor), Some(Above)], &[(P, AtStart), (P, ToAbove)]),
        ("poor again", &[Some(Poor), Some(Above), Some(Poor)], &[(P, Again)]),
        (
            "poor again, by near-poor",
            &[Some(Poor), Some(NearPoor), Some(Poor)],
            &[(Near, AtStart), (Near, ToOther), (P, Again), (P, FromOther)],
        ),
        ("poor again, years later", &[Some(Poor), Some(Above), None, None, Some(Poor)], &[(P, Again)]),
        ("missed once", &[Some(Poor), None, Some(Poor)], &[(P, Returned)]),
        ("missed, then up", &[Some(Poor), None, Some(NearPoor)], &[(Near, New), (Near, FromOther)]),
        ("near-poor, out of it", &[Some(NearPoor), Some(LowIncome)], &[(Near, AtStart), (Near, ToLowIncome)]),
        ("near-poor again", &[Some(NearPoor), Some(Above), Some(NearPoor)], &[(Near, Again)]),
        ("never listed", &[Some(Above), Some(LowIncome)], &[]),
    ];
    for (what, classes, expected) in table {
        let mut records = BTreeMap::new();
        for (at, class) in classes.iter().enumerate() {
            let mut counts = Counts::default();
            counts.add(Measure::Households, 1);
            class.iter().for_each(|class| counts.add(Measure::of_class(*class), 1));
            if class.is_some() {
                records.insert((round(at), uuid(1)), Standing { hamlet: 1, counts, came: None, left: None });
            }
        }
        let tallies = tallies(&contributions(&open(&records), &Joined::default(), None));
        let last = tallies[&(round(classes.len() - 1).into(), 1)];
        for listed in Listed::ALL {
            for moved in (0..18).map(|n| Measure::ALL[Measure::of_move(listed, Move::AtStart) as usize + n]) {
                let is_expected = expected.iter().any(|(of, what)| Measure::of_move(*of, *what) == moved);
                assert_eq!(last.get(moved), i64::from(is_expected), "{what}: {moved:?}");
            }
        }
    }
}

#[test]
fn joined_households_are_one_course() {
    let standing = |class: Class| {
        let mut counts = Counts::default();
        counts.add(Measure::Households, 1);
        counts.add(Measure::of_class(class), 1);
        Standing { hamlet: 1, counts, came: None, left: None }
    };
    let (poor, above) = (standing(Class::Poor), standing(Class::Above));
    let counted = |records: &[(usize, u8, &Standing)], of: usize| {
        let records =
            records.iter().map(|(at, household, said)| ((round(*at), uuid(*household)), Said::Open(said)));
        let mut joined = Joined::default();
        joined.set(uuid(2), round(1), Some(uuid(1)));
        tallies(&contributions(&records.collect(), &joined, None))[&(round(of).into(), 1)]
    };
    let poor_at = |tally: &Tally, moved| tally.get(Measure::of_move(Listed::Poor, moved));
    // Both were counted in 2010: one of them goes on, the other was never another household.
    let both = counted(&[(0, 1, &poor), (0, 2, &poor), (1, 1, &poor), (1, 2, &poor)], 1);
    assert_eq!([Move::AtStart, Move::Still, Move::Joined].map(|moved| poor_at(&both, moved)), [2, 1, 1]);
    // Only the second entry was: the survivor goes on from it.
    let second = counted(&[(0, 2, &poor), (1, 1, &above), (1, 2, &poor)], 1);
    assert_eq!([Move::AtStart, Move::ToAbove, Move::Joined].map(|moved| poor_at(&second, moved)), [1, 1, 0]);
    // And has its past.
    let later = counted(&[(0, 2, &poor), (1, 1, &above), (1, 2, &poor), (2, 1, &poor)], 2);
    assert_eq!(poor_at(&later, Move::Again), 1);
}
