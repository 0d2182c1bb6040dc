//! The laws of the merge and of the tallies, over random histories of edits: in whatever order, however often and
//! through whichever copies edits come, every copy ends with the same bytes.

#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a test")]

use proptest::prelude::*;
use soho_shared::area::CommuneCode;
use soho_shared::count::{Book, Contribution, Measure, Standing, Tally, TallyChange};
use soho_shared::course::{Records, Said, contributions};
use soho_shared::duplicate::Joined;
use soho_shared::record::{Actor, Change, Doc, Round, Stamp, Value};

/// One edit as a test draws it: its stamp, time, changes, and in these the earlier edits that its author had seen.
#[derive(Clone, Debug)]
struct Edit {
    stamp: Stamp,
    /// When the edit is believed to have been made.
    time: u64,
    changes: Vec<Change>,
}

fn value_of(field: &str, n: i64) -> Value {
    match field {
        "hamlet" => Value::Int(n % 3 + 1),
        "member_count" => Value::Int(n % 6 + 1),
        "income/a/source" => ["crops", "wages", "social_allowance"][n.rem_euclid(3) as usize].into(),
        "income/a/amount" | "income/b/amount" => Value::Int(n * 1_000_000),
        "income/b/source" => "trade".into(),
        "head/sex" => ["female", "male"][n.rem_euclid(2) as usize].into(),
        "main_cause" => ["lack_of_means", "lack_of_labour", "other"][n.rem_euclid(3) as usize].into(),
        "removed" | "income/b/removed" | "groups/merit" => Value::Bool(n % 4 == 0),
        _ => Value::Int(n),
    }
}

const FIELDS: [&str; 12] = [
    "hamlet",
    "member_count",
    "income/a/source",
    "income/a/amount",
    "income/b/source",
    "income/b/amount",
    "income/b/removed",
    "head/sex",
    "main_cause",
    "groups/merit",
    "removed",
    "a_field_of_2030",
];

/// Histories with few writers, times and fields, so that edits collide. `seen` is drawn at random, so that devices
/// which contradict each other occur too.
fn history() -> impl Strategy<Value = Vec<Edit>> {
    let stamp = || (0u64..6, 0u16..2, 0u64..4).prop_map(|(t, c, a)| Stamp::new(t, c, Actor(a)).unwrap());
    let change =
        (0..FIELDS.len(), 0i64..24, proptest::collection::vec(stamp(), 0..3)).prop_map(|(f, n, seen)| {
            Change { field: FIELDS[f].parse().unwrap(), value: value_of(FIELDS[f], n), seen }
        });
    let edit = (stamp(), 0u64..8, proptest::collection::vec(change, 1..4))
        .prop_map(|(stamp, time, changes)| Edit { stamp, time, changes });
    proptest::collection::vec(edit, 1..14)
}

fn doc<'a>(edits: impl IntoIterator<Item = &'a Edit>) -> Doc {
    let mut doc = Doc::default();
    for edit in edits {
        for change in &edit.changes {
            doc.write_at(edit.stamp, edit.time, change);
        }
    }
    doc
}

fn bytes(doc: &Doc) -> Vec<u8> {
    postcard::to_stdvec(doc).unwrap()
}

fn commune() -> CommuneCode {
    "29173".parse().unwrap()
}

/// What a record adds whose household has no other.
fn adds(doc: &Doc, round: Round) -> Option<Contribution> {
    let standing = Standing::of(doc, commune(), round)?;
    let at = (round, uuid::Uuid::nil());
    contributions(&Records::from([(at, Said::Open(&standing))]), &Joined::default(), None).remove(&at)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn order_and_repetition_do_not_matter(edits in history(), again in proptest::collection::vec(any::<prop::sample::Index>(), 0..6), seed in any::<u64>()) {
        let straight = doc(&edits);
        let mut shuffled: Vec<&Edit> = edits.iter().chain(again.iter().map(|i| i.get(&edits))).collect();
        let mut x = seed | 1;
        for i in (1..shuffled.len()).rev() {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            shuffled.swap(i, (x % (i as u64 + 1)) as usize);
        }
        prop_assert_eq!(bytes(&straight), bytes(&doc(shuffled)));
    }

    #[test]
    fn merge_is_commutative_associative_and_idempotent(a in history(), b in history(), c in history()) {
        let (a, b, c) = (doc(&a), doc(&b), doc(&c));
        let merged = |x: &Doc, y: &Doc| { let mut x = x.clone(); x.merge(y); x };
        prop_assert_eq!(bytes(&merged(&a, &b)), bytes(&merged(&b, &a)));
        prop_assert_eq!(bytes(&merged(&merged(&a, &b), &c)), bytes(&merged(&a, &merged(&b, &c))));
        prop_assert_eq!(bytes(&merged(&a, &a)), bytes(&a));
    }

    #[test]
    fn merging_copies_is_replaying_all_their_edits(edits in history(), cut in any::<prop::sample::Index>()) {
        let cut = cut.index(edits.len());
        let mut copy = doc(&edits[..cut]);
        copy.merge(&doc(&edits[cut..]));
        prop_assert_eq!(bytes(&copy), bytes(&doc(&edits)));
    }

    #[test]
    fn a_writer_s_last_value_stands_or_is_in_conflict_or_was_seen(edits in history()) {
        let doc = doc(&edits);
        let conflicts = doc.conflicts();
        for edit in &edits {
            for change in &edit.changes {
                let field = change.field.as_str();
                let own_later = edits.iter().any(|e| {
                    e.stamp.actor() == edit.stamp.actor()
                        && e.changes.iter().any(|c| {
                            c.field == change.field && (e.stamp, &c.value) > (edit.stamp, &change.value)
                        })
                });
                let seen_by_other = edits.iter().any(|e| e.changes.iter().any(|c| {
                    e.stamp.actor() != edit.stamp.actor() && c.field == change.field && c.seen.contains(&edit.stamp)
                }));
                let stands = doc.get(field) == Some(&change.value);
                let kept = conflicts.iter().any(|c| c.field == change.field && c.lost.iter().any(|w| w.value == change.value));
                prop_assert!(own_later || seen_by_other || stands || kept, "{} = {:?} is lost", field, change.value);
            }
        }
    }

    #[test]
    fn tallies_moved_by_difference_equal_a_recount(histories in proptest::collection::vec(history(), 1..4)) {
        let round = Round::CENSUS_2010;
        let mut book = Book::default();
        let mut recount = Tally::default();
        for edits in &histories {
            let mut doc = Doc::default();
            for edit in edits {
                let before = adds(&doc, round);
                for change in &edit.changes {
                    doc.write_at(edit.stamp, edit.time, change);
                }
                let after = adds(&doc, round);
                for change in TallyChange::between(round, commune(), before.as_ref(), after.as_ref()) {
                    book.apply(&change);
                }
            }
            if let Some(adds) = adds(&doc, round) {
                let of_round = adds.parts(round).filter(|(period, _)| period.round() == round);
                of_round.for_each(|(_, counts)| recount += &Tally::from(&*counts));
            }
        }
        let commune = soho_shared::area::commune(commune()).unwrap();
        let counts = |tally: &Tally| Measure::ALL.map(|measure| tally.get(measure));
        prop_assert_eq!(counts(&book.commune(round, commune)), counts(&recount));
        let hamlets: Tally = book.hamlets(round, commune.code).map(|(_, tally)| tally).sum();
        prop_assert_eq!(hamlets, book.commune(round, commune));
    }

    #[test]
    fn both_written_forms_read_back(edits in history()) {
        let doc = doc(&edits);
        prop_assert_eq!(&postcard::from_bytes::<Doc>(&bytes(&doc)).unwrap(), &doc);
        prop_assert_eq!(&serde_json::from_str::<Doc>(&serde_json::to_string(&doc).unwrap()).unwrap(), &doc);
    }
}
