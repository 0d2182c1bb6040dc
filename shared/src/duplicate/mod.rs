//! Possible duplicates: two households of one commune that may be one, entered twice.
//!
//! They are found here, never decided: a person says whether they are the same ([`Decision`]). Names are compared
//! without diacritics ([`fold`]), since half of them were typed on a tablet in the sun.
//!
//! Common names must not flood an officer. In a commune of some 8.000 people dozens share a name and a year of birth
//! by chance. So one shared member alone is no reason, unless the name has three words or more and nobody else in the
//! commune bears it in any year; two shared members are a reason. A person, or a number, that more than
//! [`MOST_ALIKE`] households give is no sign of anything, nor is a number of one repeated digit. So the work, and the
//! number of pairs, grow in proportion to the households.

mod decision;
mod joined;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::hash::Hash;
use std::str::FromStr;

use serde::{Deserialize, Serialize, de};
use uuid::Uuid;

pub use self::decision::{Decision, Edit, NotDecided, decide};
pub use self::joined::{Joined, survivor};
use crate::area::CommuneCode;
use crate::fold::fold;
use crate::household::{Household, Sex, field};
use crate::lang::Lang;
use crate::record::{Doc, HouseholdId, Round};

/// Most households that may share a number or a person for it to be a sign that they are the same.
pub const MOST_ALIKE: usize = 8;

/// Most people of a household that are compared: more than ever live in one.
const MOST_PEOPLE: usize = 100;
/// Most pairs that are looked at in a commune: far more than there ever are, unless somebody makes them up.
const MOST_PAIRS: usize = 100_000;

/// Reason why two households may be the same, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Their heads have the same identity number.
    IdentityNumber,
    /// Their heads have the same name and year of birth.
    Head,
    /// They share people with the same name, year of birth and sex.
    Member,
}

impl Reason {
    /// All reasons, strongest first.
    pub const ALL: [Reason; 3] = [Reason::IdentityNumber, Reason::Head, Reason::Member];

    /// The reason in words.
    #[must_use]
    pub const fn name(self, lang: Lang) -> &'static str {
        match self {
            Reason::IdentityNumber => {
                lang.pick("cùng số giấy tờ của chủ hộ", "the same identity number of the head")
            }
            Reason::Head => {
                lang.pick("chủ hộ cùng tên và năm sinh", "heads with the same name and year of birth")
            }
            Reason::Member => lang.pick("có người trong hộ trùng nhau", "people who are in both"),
        }
    }
}

/// What tells a person from others: name without diacritics, year of birth and sex, all of them known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Person {
    name: String,
    birth_year: i64,
    female: bool,
}

impl Person {
    /// A person; `None` when name, year of birth or sex is missing.
    #[must_use]
    pub fn of(name: Option<&str>, birth_year: Option<i64>, sex: Option<Sex>) -> Option<Self> {
        let name = fold(name?);
        (!name.is_empty()).then_some(Person { name, birth_year: birth_year?, female: sex? == Sex::Female })
    }

    /// All people of a household, its head too.
    #[must_use]
    pub fn all_of(household: &Household) -> BTreeSet<Self> {
        let members = household.members.values();
        let members = members.filter_map(|m| Person::of(m.name.as_deref(), m.birth_year, m.sex));
        members.chain(Person::head_of(household)).collect()
    }

    fn head_of(household: &Household) -> Option<Self> {
        Person::of(household.head_name.as_deref(), household.head_birth_year, household.head_sex)
    }
}

/// What is compared of a household, from its latest round, and the households it was found to differ from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    uuid: Uuid,
    /// The hamlet's number in its commune.
    pub hamlet: Option<u8>,
    /// The rounds in which it has a record.
    pub rounds: Vec<Round>,
    identity_number: Option<String>,
    /// The head's name and year of birth.
    head: Option<(String, i64)>,
    head_person: Option<Person>,
    people: BTreeSet<Person>,
    /// The households it was found to differ from.
    different: BTreeSet<Uuid>,
    /// The households it was found to be a second entry of, with the rounds whose records say so.
    same_as: Vec<(Round, Uuid)>,
}

impl Candidate {
    /// Reads a household from its records, in the order of their rounds. `None` for one that is withdrawn.
    #[must_use]
    pub fn read(id: HouseholdId, records: &[(Round, Doc)]) -> Option<Self> {
        let latest = &records.last()?.1;
        let household = Household::read(latest);
        if household.is_gone(latest, id.commune) {
            return None;
        }
        let docs = records.iter().map(|(_, doc)| doc);
        let same_as = records.iter().filter_map(|(round, doc)| Some((*round, survivor(doc, id.into())?)));
        let different = docs.flat_map(Doc::standing).filter_map(|(path, value)| {
            let other = path.as_str().strip_prefix(field::DIFFERENT).filter(|_| value.is_true())?;
            Uuid::try_parse(other).ok()
        });
        let name = household.head_name.as_deref().map(fold).filter(|name| !name.is_empty());
        Some(Candidate {
            uuid: id.uuid,
            same_as: same_as.collect(),
            hamlet: household.hamlet,
            head: name.zip(household.head_birth_year),
            head_person: Person::head_of(&household),
            people: Person::all_of(&household).into_iter().take(MOST_PEOPLE).collect(),
            rounds: records.iter().map(|(round, _)| *round).collect(),
            different: different.collect(),
            identity_number: household.head_identity_number.filter(|number| tells(number)),
        })
    }

    fn was_told_from(&self, other: &Candidate) -> bool {
        self.different.contains(&other.uuid) || other.different.contains(&self.uuid)
    }
}

/// Whether an identity number tells one person from another. `000000000`, or any one digit repeated, is what people
/// type where there is no number.
fn tells(number: &str) -> bool {
    let mut digits = number.bytes();
    let first = digits.next();
    digits.any(|digit| Some(digit) != first)
}

/// Id of two households of one commune, written `29173-A.B`, the smaller uuid first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PairId {
    commune: CommuneCode,
    first: Uuid,
    second: Uuid,
}

impl PairId {
    /// The id of two households of a commune; `None` when they are one.
    #[must_use]
    pub fn new(commune: CommuneCode, one: Uuid, other: Uuid) -> Option<Self> {
        (one != other).then(|| PairId { commune, first: one.min(other), second: one.max(other) })
    }

    /// Their commune.
    #[must_use]
    pub const fn commune(self) -> CommuneCode {
        self.commune
    }

    /// Their ids, the smaller first.
    #[must_use]
    pub fn households(self) -> [HouseholdId; 2] {
        [self.first, self.second].map(|uuid| HouseholdId { commune: self.commune, uuid })
    }
}

/// Two households that may be the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Indexes of the two among the candidates given to [`find`], the smaller uuid first.
    pub places: [usize; 2],
    /// Their uuids, the smaller first.
    pub uuids: [Uuid; 2],
    /// The reasons, strongest first; never empty.
    pub reasons: Vec<Reason>,
    strength: usize,
}

/// Signs that two households are the same.
#[derive(Default)]
struct Evidence {
    identity_number: bool,
    head: bool,
    /// Number of people they share, without a person who is the head of both.
    shared: usize,
    /// Whether one of these people has a name that nobody else in the commune has.
    telling: bool,
}

impl Evidence {
    fn reasons(&self) -> Vec<Reason> {
        let alone = !(self.identity_number || self.head);
        let member = if alone { self.shared > 1 || self.telling } else { self.shared > 0 };
        let found = [self.identity_number, self.head, member];
        Reason::ALL.into_iter().zip(found).filter_map(|(reason, found)| found.then_some(reason)).collect()
    }

    /// How strong the signs are: an identity number counts more than any people, the same head as much as two members.
    fn strength(&self) -> usize {
        usize::from(self.identity_number) * 1_000 + usize::from(self.head) * 2 + self.shared
    }
}

/// The pairs of a commune's households that may be the same and were not found to differ, strongest first. The order
/// of the candidates does not matter. One that was found to be another's second entry is compared only where the other is
/// not there.
#[must_use]
pub fn find(candidates: &[Candidate]) -> Vec<Pair> {
    let mut joined = Joined::default();
    for (subject, (round, survivor)) in
        candidates.iter().flat_map(|s| s.same_as.iter().map(move |link| (s, *link)))
    {
        joined.set(subject.uuid, round, Some(survivor));
    }
    let there: BTreeSet<Uuid> = candidates.iter().map(|subject| subject.uuid).collect();
    let stands = |of: &Candidate| {
        let latest = of.same_as.last();
        latest.is_none_or(|(round, _)| joined.counts(of.uuid, *round, |other| there.contains(&other)))
    };
    let compared: Vec<(usize, &Candidate)> =
        candidates.iter().enumerate().filter(|(_, of)| stands(of)).collect();
    let each = || compared.iter().copied();
    let mut found: HashMap<[usize; 2], Evidence> = HashMap::new();
    let mut note = |pair, note: &mut dyn FnMut(&mut Evidence)| {
        if found.len() < MOST_PAIRS || found.contains_key(&pair) {
            note(found.entry(pair).or_default());
        }
    };
    alike(each().filter_map(|(at, s)| Some((s.identity_number.as_deref()?, at))), |_, pair| {
        note(pair, &mut |evidence| evidence.identity_number = true);
    });
    alike(each().filter_map(|(at, s)| Some((s.head.as_ref()?, at))), |_, pair| {
        note(pair, &mut |evidence| evidence.head = true);
    });
    let people = || each().flat_map(|(at, s)| s.people.iter().map(move |person| (person, at)));
    let mut bearers: HashMap<&str, usize> = HashMap::new();
    for (person, _) in people() {
        *bearers.entry(&person.name).or_default() += 1;
    }
    alike(people(), |person, pair: [usize; 2]| {
        // A person who is the head of both was noted above.
        if !pair.iter().all(|at| candidates[*at].head_person.as_ref() == Some(person)) {
            note(pair, &mut |evidence| {
                evidence.shared += 1;
                evidence.telling |= bearers[person.name.as_str()] == 2 && person.name.split(' ').count() > 2;
            });
        }
    });
    let mut pairs: Vec<Pair> = found
        .into_iter()
        .filter(|([a, b], _)| !candidates[*a].was_told_from(&candidates[*b]))
        .filter_map(|(mut places, evidence)| {
            places.sort_by_key(|at| candidates[*at].uuid);
            let reasons = evidence.reasons();
            let uuids = places.map(|at| candidates[at].uuid);
            let pair = Pair { places, uuids, strength: evidence.strength(), reasons };
            (!pair.reasons.is_empty()).then_some(pair)
        })
        .collect();
    pairs.sort_by(|a, b| b.strength.cmp(&a.strength).then_with(|| a.uuids.cmp(&b.uuids)));
    pairs
}

/// Calls `take` for each pair that shares a key, unless more than [`MOST_ALIKE`] share it.
fn alike<K: Eq + Hash + Copy>(of: impl Iterator<Item = (K, usize)>, mut take: impl FnMut(K, [usize; 2])) {
    let mut groups: HashMap<K, Vec<usize>> = HashMap::new();
    for (key, at) in of {
        groups.entry(key).or_default().push(at);
    }
    for (key, group) in groups.into_iter().filter(|(_, group)| group.len() <= MOST_ALIKE) {
        for (i, a) in group.iter().enumerate() {
            group[i + 1..].iter().for_each(|b| take(key, [*a, *b]));
        }
    }
}

impl fmt::Display for PairId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}.{}", self.commune, self.first.as_simple(), self.second.as_simple())
    }
}

impl FromStr for PairId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (first, second) = text.split_once('.')?;
            let HouseholdId { commune, uuid } = first.parse().ok()?;
            let second: HouseholdId = format!("{commune}-{second}").parse().ok()?;
            PairId::new(commune, uuid, second.uuid)
        };
        read().ok_or_else(|| {
            "two households are a commune's code, `-`, 32 hexadecimal digits, `.` and 32 others".to_owned()
        })
    }
}

impl Serialize for PairId {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PairId {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(de::Error::custom)
    }
}
