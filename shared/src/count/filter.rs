//! Filters of lists: which households, by what they add to the figures.

use std::fmt;
use std::str::FromStr;

use super::{Counts, Measure, OfSupport, Tally};

/// Most conditions of a filter.
const CONDITIONS: usize = 6;
/// Most alternatives of a condition.
const ALTERNATIVES: usize = 12;

/// What is marked on a household's record of a round, beside what it adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Mark {
    /// People disagree on a field.
    Conflicts,
    /// It was edited after the round was closed.
    Late,
    /// It is recorded, and says too little to decide its class.
    Incomplete,
}

impl Mark {
    /// All marks, with their words.
    pub const ALL: [(&'static str, Mark); 3] =
        [("conflicts", Mark::Conflicts), ("late", Mark::Late), ("incomplete", Mark::Incomplete)];

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        Mark::ALL[self as usize].0
    }
}

/// One thing that is true of a household in a round or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feature {
    /// It adds to a measure.
    Adds(Measure),
    /// It bears a mark.
    Marked(Mark),
}

impl Feature {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Feature::Adds(measure) => measure.word(),
            Feature::Marked(mark) => mark.word(),
        }
    }

    const fn place(self) -> usize {
        match self {
            Feature::Adds(measure) => measure.place(),
            Feature::Marked(mark) => Measure::ALL.len() + mark as usize,
        }
    }

    /// All features, by their places.
    fn all() -> impl Iterator<Item = Feature> {
        let marks = Mark::ALL.into_iter().map(|(_, mark)| Feature::Marked(mark));
        Measure::ALL.into_iter().map(Feature::Adds).chain(marks)
    }

    /// How many households of a tally have it at most; `None` where no tally tells.
    fn count(self, tally: &Tally) -> Option<i64> {
        match self {
            Feature::Adds(measure) => Some(tally.get(measure)),
            Feature::Marked(Mark::Incomplete) => Some(tally.undecided()),
            Feature::Marked(Mark::Conflicts | Mark::Late) => None,
        }
    }
}

impl FromStr for Feature {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Feature::all().find(|feature| feature.word() == word);
        match found.ok_or("no measure and no mark has this name")? {
            Feature::Adds(measure) if !measure.counts_households() => {
                Err("this measure does not count recorded households".to_owned())
            }
            feature => Ok(feature),
        }
    }
}

const FEATURES: usize = Measure::ALL.len() + Mark::ALL.len();

/// The features of one household in a round, or the alternatives of a condition: a set, in a few bytes.
///
/// ```
/// use soho_shared::count::{Counts, Feature, Features, Mark, Measure};
///
/// let mut counts = Counts::default();
/// counts.add(Measure::Households, 1);
/// let features = Features::from(&counts);
/// // Who is recorded and has no class yet is incomplete.
/// assert!(features.has(Feature::Marked(Mark::Incomplete)));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Features([u64; FEATURES.div_ceil(64)]);

impl From<&Counts> for Features {
    /// The measures to which a household adds; and that it is incomplete, where it is.
    fn from(counts: &Counts) -> Self {
        let mut features = Features::default();
        let added = counts.iter().filter(|(_, count)| *count > 0);
        added
            .filter_map(|(number, _)| Measure::from_number(number))
            .for_each(|of| features.add(Feature::Adds(of)));
        let classes =
            [Measure::Poor, Measure::NearPoor, Measure::LowIncome, Measure::Above].map(Feature::Adds);
        if features.has(Feature::Adds(Measure::Households))
            && !classes.iter().any(|class| features.has(*class))
        {
            features.add(Feature::Marked(Mark::Incomplete));
        }
        features
    }
}

impl Features {
    /// Adds a feature.
    pub const fn add(&mut self, feature: Feature) {
        let place = feature.place();
        self.0[place / 64] |= 1 << (place % 64);
    }

    /// Whether a feature is among them.
    #[must_use]
    pub const fn has(&self, feature: Feature) -> bool {
        let place = feature.place();
        (self.0[place / 64] >> (place % 64)) & 1 == 1
    }

    /// Those that are in either set.
    #[must_use]
    pub fn or(mut self, other: &Features) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine |= theirs);
        self
    }

    /// Whether any is in both sets.
    #[must_use]
    pub fn meet(&self, other: &Features) -> bool {
        self.0.iter().zip(other.0).any(|(mine, theirs)| mine & theirs != 0)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Features::default()
    }

    /// The features, measures by number and then marks.
    pub fn iter(&self) -> impl Iterator<Item = Feature> {
        let features = *self;
        Feature::all().filter(move |feature| features.has(*feature))
    }
}

/// Which households to list: those that have, of each condition, any of its alternatives, and none of what is left out.
///
/// In an address `,` stands between alternatives and `.` between conditions; one that begins with `-` is left out, like
/// `entitled_electricity.-served_electricity`.
///
/// ```
/// use soho_shared::count::{Counts, Features, Filter, Measure, Tally};
///
/// let filter: Filter = "poor_to_near_poor,poor_to_low_income.poor_at_start_ethnic_minority".parse().unwrap();
/// let mut counts = Counts::default();
/// counts.add(Measure::PoorToLowIncome, 1);
/// assert!(!filter.matches(&Features::from(&counts)));
/// counts.add(Measure::PoorAtStartEthnicMinority, 1);
/// assert!(filter.matches(&Features::from(&counts)));
///
/// // A tally tells how many may match, and where the households of one condition are apart also how many do.
/// let tally = Tally::default().with(Measure::PoorToNearPoor, 3).with(Measure::PoorToLowIncome, 4);
/// assert_eq!((filter.bound(&tally), filter.exact(&tally)), (0, None));
/// let filter: Filter = "poor_to_near_poor,poor_to_low_income".parse().unwrap();
/// assert_eq!(filter.exact(&tally), Some(7));
///
/// assert!("poor,rich".parse::<Filter>().unwrap_err().starts_with("`rich`"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Filter {
    conditions: Vec<Features>,
    without: Features,
}

impl Default for Filter {
    /// All households recorded.
    fn default() -> Self {
        Filter::from(Measure::Households)
    }
}

impl From<Measure> for Filter {
    /// Households that add to a measure.
    fn from(measure: Measure) -> Self {
        let mut condition = Features::default();
        condition.add(Feature::Adds(measure));
        Filter { conditions: vec![condition], without: Features::default() }
    }
}

/// Measures of which one household adds to one at most: its class, the main cause, where it has gone, how it has come.
const APART: [&[Measure]; 7] = [
    &[Measure::Poor, Measure::NearPoor, Measure::LowIncome, Measure::Above],
    &[Measure::OpeningPoor, Measure::OpeningNearPoor, Measure::OpeningLowIncome, Measure::OpeningAbove],
    &[
        Measure::PoorForLackOfMeans,
        Measure::PoorForLackOfLabour,
        Measure::PoorForLackOfKnowHow,
        Measure::PoorForAnotherCause,
    ],
    &[
        Measure::PoorStill,
        Measure::PoorToNearPoor,
        Measure::PoorToLowIncome,
        Measure::PoorToAbove,
        Measure::PoorMovedOut,
        Measure::PoorDissolved,
        Measure::PoorJoined,
        Measure::PoorPending,
    ],
    &[
        Measure::PoorAgain,
        Measure::PoorNew,
        Measure::PoorMovedIn,
        Measure::PoorSplitOff,
        Measure::PoorReturned,
    ],
    &[
        Measure::NearPoorStill,
        Measure::NearPoorToPoor,
        Measure::NearPoorToLowIncome,
        Measure::NearPoorToAbove,
        Measure::NearPoorMovedOut,
        Measure::NearPoorDissolved,
        Measure::NearPoorJoined,
        Measure::NearPoorPending,
    ],
    &[
        Measure::NearPoorAgain,
        Measure::NearPoorNew,
        Measure::NearPoorMovedIn,
        Measure::NearPoorSplitOff,
        Measure::NearPoorReturned,
    ],
];

impl Filter {
    /// The conditions, each with its alternatives.
    #[must_use]
    pub fn conditions(&self) -> &[Features] {
        &self.conditions
    }

    /// What a household must not have.
    #[must_use]
    pub const fn without(&self) -> &Features {
        &self.without
    }

    /// Whether a household with these features is on the list.
    #[must_use]
    pub fn matches(&self, features: &Features) -> bool {
        self.conditions.iter().all(|condition| condition.meet(features)) && !self.without.meet(features)
    }

    /// How many households of a tally match at most: with 0, none do. `i64::MAX` where the tally tells nothing.
    #[must_use]
    pub fn bound(&self, tally: &Tally) -> i64 {
        let most = |condition: &Features| {
            let counts = condition.iter().map(|feature| feature.count(tally).unwrap_or(i64::MAX));
            counts.fold(0, i64::saturating_add)
        };
        self.conditions.iter().map(most).min().unwrap_or(i64::MAX)
    }

    /// How many households of a tally match; `None` where that cannot be told without looking at each.
    #[must_use]
    pub fn exact(&self, tally: &Tally) -> Option<i64> {
        let [condition] = &self.conditions[..] else { return None };
        let features: Vec<Feature> = condition.iter().collect();
        let left_out: Vec<Feature> = self.without.iter().collect();
        if !left_out.is_empty() {
            return left_of_support(&features, &left_out, tally);
        }
        let is_apart = |of: &&[Measure]| {
            features.iter().all(|feature| matches!(feature, Feature::Adds(measure) if of.contains(measure)))
        };
        if features.len() > 1 && !APART.iter().any(is_apart) {
            return None;
        }
        features.iter().map(|feature| feature.count(tally)).sum()
    }

    /// The marks that a household must bear to match, of which no tally tells: any of these. Empty where there are none.
    #[must_use]
    pub fn marks(&self) -> Vec<Mark> {
        let untold = |feature: Feature| match feature {
            Feature::Marked(mark @ (Mark::Conflicts | Mark::Late)) => Some(mark),
            Feature::Adds(_) | Feature::Marked(_) => None,
        };
        let all = |condition: &Features| condition.iter().map(untold).collect::<Option<Vec<_>>>();
        self.conditions.iter().find_map(all).unwrap_or_default()
    }
}

/// Of the households entitled to a support, those that were not given it: all who were are among them.
fn left_of_support(of: &[Feature], left_out: &[Feature], tally: &Tally) -> Option<i64> {
    let ([Feature::Adds(of)], [Feature::Adds(out)]) = (of, left_out) else { return None };
    let is_left = match (of.support(), out.support()) {
        (Some((support, OfSupport::Entitled)), Some((same, OfSupport::Served))) => support == same,
        _ => false,
    };
    is_left.then(|| tally.get(*of) - tally.get(*out))
}

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (mut conditions, mut without) = (Vec::new(), Features::default());
        for (nth, condition) in text.split('.').enumerate() {
            if nth >= CONDITIONS {
                return Err(format!("a filter has at most {CONDITIONS} conditions"));
            }
            let left_out = condition.strip_prefix('-');
            let mut alternatives = Features::default();
            for (nth, word) in left_out.unwrap_or(condition).split(',').enumerate() {
                let feature = word.parse::<Feature>();
                // Only the beginning: what was sent may be of any length.
                let short = || word.chars().take(40).collect::<String>();
                alternatives.add(feature.map_err(|why| format!("`{}`: {why}", short()))?);
                if nth >= ALTERNATIVES {
                    return Err(format!("a condition has at most {ALTERNATIVES} alternatives"));
                }
            }
            match left_out {
                Some(_) => without = without.or(&alternatives),
                None => conditions.push(alternatives),
            }
        }
        if conditions.is_empty() {
            conditions = Filter::default().conditions;
        }
        Ok(Filter { conditions, without })
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let without = Some(&self.without).filter(|without| !without.is_empty());
        let conditions = self.conditions.iter().map(|condition| ("", condition));
        for (nth, (sign, condition)) in conditions.chain(without.map(|out| ("-", out))).enumerate() {
            if nth > 0 {
                f.write_str(".")?;
            }
            f.write_str(sign)?;
            for (nth, feature) in condition.iter().enumerate() {
                if nth > 0 {
                    f.write_str(",")?;
                }
                f.write_str(feature.word())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(of: &[Measure]) -> Features {
        let mut counts = Counts::default();
        of.iter().for_each(|measure| counts.add(*measure, 1));
        Features::from(&counts)
    }

    #[test]
    fn filters_read_back() {
        for text in [
            "poor",
            "poor.poor_female_headed",
            "poor_to_near_poor,poor_to_low_income",
            "near_poor.conflicts,late.incomplete",
            "entitled_electricity.-served_electricity",
        ] {
            assert_eq!(text.parse::<Filter>().unwrap().to_string(), text);
        }
        for feature in Feature::all() {
            let is_of_households = match feature {
                Feature::Adds(measure) => measure.counts_households(),
                Feature::Marked(_) => true,
            };
            let read = feature.word().parse::<Filter>();
            assert_eq!(read.is_ok_and(|filter| filter.to_string() == feature.word()), is_of_households);
        }
        // All that are recorded, but for some.
        assert_eq!("-poor,late".parse::<Filter>().unwrap().to_string(), "households.-poor,late");
        // Twice the same is one alternative.
        assert_eq!("poor,poor".parse(), Ok(Filter::from(Measure::Poor)));
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        let long = "x".repeat(10_000);
        let many = ["poor"; 13].join(",");
        let deep = ["poor"; 7].join(".");
        for bad in [
            "",
            ".",
            ",",
            "poor,",
            "poor.",
            "Poor",
            "poor near_poor",
            "rich",
            "-",
            "--poor",
            "poor,-late",
            &long,
            &many,
            &deep,
        ] {
            let why = bad.parse::<Filter>().unwrap_err();
            assert!(why.len() < 200, "{why}");
        }
        assert!(["poor"; 12].join(",").parse::<Filter>().is_ok());
        assert!(["poor"; 6].join(".").parse::<Filter>().is_ok());
    }

    #[test]
    fn all_conditions_and_any_alternative() {
        let household = features(&[Measure::Households, Measure::Poor, Measure::PoorFemaleHeaded]);
        for (filter, expected) in [
            ("households", true),
            ("poor,near_poor", true),
            ("near_poor", false),
            ("poor.poor_female_headed", true),
            ("poor.poor_merit", false),
            ("poor.poor_merit,poor_female_headed", true),
            ("incomplete", false),
            ("conflicts", false),
            ("poor.-poor_merit", true),
            ("poor.-poor_merit,poor_female_headed", false),
            ("-near_poor", true),
            ("-poor", false),
        ] {
            assert_eq!(filter.parse::<Filter>().unwrap().matches(&household), expected, "{filter}");
        }
        let mut marked = features(&[Measure::Households]);
        marked.add(Feature::Marked(Mark::Conflicts));
        assert!("conflicts.incomplete".parse::<Filter>().unwrap().matches(&marked));
        assert!(features(&[]).is_empty() && !marked.is_empty());
    }

    #[test]
    fn a_tally_bounds_a_list() {
        let tally = Tally::default()
            .with(Measure::Households, 10)
            .with(Measure::Poor, 3)
            .with(Measure::NearPoor, 2)
            .with(Measure::PoorFemaleHeaded, 2)
            .with(Measure::PoorMerit, 1)
            .with(Measure::EntitledElectricity, 3)
            .with(Measure::ServedElectricity, 2);
        for (filter, bound, exact) in [
            ("poor", 3, Some(3)),
            ("poor,near_poor", 5, Some(5)),
            ("poor_female_headed,poor_merit", 3, None),
            ("poor.poor_female_headed", 2, None),
            ("poor_again", 0, Some(0)),
            ("incomplete", 5, Some(5)),
            ("incomplete,poor", 8, None),
            ("late", i64::MAX, None),
            ("late,poor", i64::MAX, None),
            ("late.poor", 3, None),
            ("entitled_electricity.-served_electricity", 3, Some(1)),
            ("poor.-poor_merit", 3, None),
            ("-poor", 10, None),
        ] {
            let of: Filter = filter.parse().unwrap();
            assert_eq!((of.bound(&tally), of.exact(&tally)), (bound, exact), "{filter}");
        }
    }

    #[test]
    fn marks_that_must_be_there() {
        for (filter, marks) in [
            ("poor", vec![]),
            ("conflicts", vec![Mark::Conflicts]),
            ("poor.conflicts,late", vec![Mark::Conflicts, Mark::Late]),
            ("poor,late", vec![]),
            ("incomplete", vec![]),
        ] {
            assert_eq!(filter.parse::<Filter>().unwrap().marks(), marks, "{filter}");
        }
    }
}
