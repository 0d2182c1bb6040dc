//! Plan of how many households of each kind every commune gets, so that all published figures come out to the digit.

use soho_shared::area::{self, Commune, Residence};

use super::apportion::{apportion, scaled};
use super::figures::{self, DISTRICTS};
use super::random::Random;
use super::rates::{self, Range};

/// Fewest households of a demonstration: one for each commune.
pub const FEWEST: u64 = 164;
/// Most households of a demonstration: a commune's hamlets are numbered up to 99.
pub const MOST: u64 = 10_000_000;

/// One commune's part of the plan.
#[derive(Clone, Debug)]
pub struct CommunePlan {
    /// The commune.
    pub commune: &'static Commune,
    /// Number of households.
    pub households: u64,
    /// Number of poor households.
    pub poor: u64,
    /// Number of near-poor households.
    pub near_poor: u64,
    /// Number of households over 130 % and up to 150 % of the line.
    pub low_income: u64,
    /// Poor households by main cause, in the order of `Cause::ALL`; each household has one.
    pub causes: [u64; 4],
    /// Poor households by group, in the order of `Group::ALL`; groups overlap.
    pub groups: [u64; 4],
    /// The rounds after the census.
    pub later: [Later; LATER],
}

/// Number of rounds after the census.
pub(super) const LATER: usize = 5;

/// Part of a commune in a later round.
#[derive(Clone, Copy, Debug, Default)]
pub struct Later {
    /// Number of poor households.
    pub poor: u64,
    /// Number of near-poor households.
    pub near_poor: u64,
    /// Number of low-income households.
    pub low_income: u64,
    /// Number of households that ask for a survey and stay above the lines.
    pub asked: u64,
}

/// Plan of the whole province, communes by code.
#[derive(Clone, Debug)]
pub struct Plan {
    /// One part for each of the 164 communes.
    pub communes: Vec<CommunePlan>,
}

impl Plan {
    /// Plans a province of `households` households; `None` outside [`FEWEST`]..=[`MOST`].
    ///
    /// With 358.966 of them every published figure holds. With another number all figures are scaled by largest
    /// remainder, and the bands of poor rates hold wherever the communes are large enough for them.
    #[must_use]
    pub fn new(seed: u64, households: u64) -> Option<Self> {
        if !(FEWEST..=MOST).contains(&households) {
            return None;
        }
        let mut random = Random::new(seed, 0);
        let sizes = sizes(&mut random, households)?;
        let scale = |figure| scaled(figure, figures::HOUSEHOLDS, households);
        let quotas = |of: fn(&figures::District) -> u64, total| {
            let weights = DISTRICTS.each_ref().map(of);
            apportion(total, &weights, &weights.map(|_| (0, total)))
        };

        let poor_total = scale(figures::POOR);
        let poor_by_district = quotas(|d| d.poor, poor_total)?;
        let ranges = rates::poor_ranges(&mut random, &sizes, &poor_by_district);
        let split = Split { totals: &poor_by_district, urban: scale(figures::URBAN_POOR), sizes: &sizes };
        let free = |used: &[u64]| -> Vec<Range> {
            sizes.iter().zip(used).map(|(size, used)| Range::free(size - used)).collect()
        };
        let nobody = vec![0; sizes.len()];
        let poor = split.among_communes(&ranges).or_else(|| split.among_communes(&free(&nobody)))?;

        let near_poor_by_district = quotas(|d| d.near_poor, scale(figures::NEAR_POOR))?;
        let split =
            Split { totals: &near_poor_by_district, urban: scale(figures::URBAN_NEAR_POOR), sizes: &sizes };
        let ranges = rates::near_poor_ranges(&mut random, &sizes, &poor, &near_poor_by_district);
        let near_poor = split.among_communes(&ranges).or_else(|| split.among_communes(&free(&poor)))?;

        // Roughly as many of these as there are near-poor ones.
        let weights: Vec<u64> = near_poor.iter().zip(&sizes).map(|(n, s)| n * 12 + s).collect();
        let room: Vec<(u64, u64)> =
            sizes.iter().zip(poor.iter().zip(&near_poor)).map(|(s, (p, n))| (0, s - p - n)).collect();
        let low_income = apportion(scale(figures::LOW_INCOME), &weights, &room)?;

        let causes = causes(&mut random, &poor, poor_total)?;
        let groups = groups(&mut random, &poor, poor_total)?;
        let later = later(households, [&poor, &near_poor, &low_income])?;
        let communes = area::communes()
            .iter()
            .enumerate()
            .map(|(i, commune)| CommunePlan {
                commune,
                households: sizes[i],
                poor: poor[i],
                near_poor: near_poor[i],
                low_income: low_income[i],
                causes: causes.each_ref().map(|c| c[i]),
                groups: groups.each_ref().map(|g| g[i]),
                later: later.each_ref().map(|of| of[i]),
            })
            .collect();
        Some(Plan { communes })
    }

    /// Number of all households.
    #[must_use]
    pub fn households(&self) -> u64 {
        self.communes.iter().map(|c| c.households).sum()
    }
}

/// Numbers of households of the communes: the districts' published numbers, divided unevenly.
fn sizes(random: &mut Random, households: u64) -> Option<Vec<u64>> {
    let rows: Vec<Vec<usize>> = DISTRICTS.iter().map(|d| d.places(None)).collect();
    let weights = DISTRICTS.each_ref().map(|d| d.households);
    let bounds: Vec<(u64, u64)> = rows.iter().map(|places| (places.len() as u64, households)).collect();
    let totals = apportion(households, &weights, &bounds)?;
    let mut sizes = vec![0; area::communes().len()];
    for (places, total) in rows.iter().zip(totals) {
        let weights: Vec<u64> = places
            .iter()
            .map(|&place| {
                // Towns and wards are larger than most xã.
                let base =
                    if area::communes()[place].residence() == Residence::Urban { 1_200 } else { 1_000 };
                base * u64::from(700 + random.below(600))
            })
            .collect();
        let parts = apportion(total, &weights, &vec![(1, total); places.len()])?;
        for (&place, part) in places.iter().zip(parts) {
            sizes[place] = part;
        }
    }
    Some(sizes)
}

/// Division of a class among communes of these sizes: totals by district, and how many of all live in towns.
struct Split<'a> {
    totals: &'a [u64],
    urban: u64,
    sizes: &'a [u64],
}

impl Split<'_> {
    /// One count for each commune, within its hard range and near the middle of its soft one; `None` when the ranges
    /// leave no room.
    fn among_communes(&self, ranges: &[Range]) -> Option<Vec<u64>> {
        let parts: Vec<[Vec<usize>; 2]> =
            DISTRICTS.iter().map(|d| Residence::ALL.map(|r| d.places(Some(r)))).collect();
        let sum =
            |places: &[usize], of: fn(&Range) -> u64| -> u64 { places.iter().map(|&p| of(&ranges[p])).sum() };

        // First, how many of each district live in towns.
        let mut weights = Vec::new();
        let mut bounds = Vec::new();
        for ([rural, urban], &total) in parts.iter().zip(self.totals) {
            let town: u64 = urban.iter().map(|&p| self.sizes[p]).sum();
            let all: u64 = town + rural.iter().map(|&p| self.sizes[p]).sum::<u64>();
            // Towns are better off than the country around them.
            weights.push(total * town * 650 / all);
            let low = total.saturating_sub(sum(rural, |r| r.most)).max(sum(urban, |r| r.least));
            let high = total.checked_sub(sum(rural, |r| r.least))?.min(sum(urban, |r| r.most));
            bounds.push((low, high));
        }
        let in_towns = apportion(self.urban, &weights, &bounds)?;

        let mut counts = vec![0; ranges.len()];
        for ((places, &total), &in_town) in parts.iter().zip(self.totals).zip(&in_towns) {
            for (places, total) in places.iter().zip([total - in_town, in_town]) {
                let ranges: Vec<&Range> = places.iter().map(|&p| &ranges[p]).collect();
                for (&place, count) in places.iter().zip(within(total, &ranges)?) {
                    counts[place] = count;
                }
            }
        }
        Some(counts)
    }
}

/// Divides a total among communes within their soft ranges, or failing that within their hard ones.
fn within(total: u64, ranges: &[&Range]) -> Option<Vec<u64>> {
    let try_with = |low: fn(&Range) -> u64, high: fn(&Range) -> u64| -> Option<Vec<u64>> {
        let lows: Vec<u64> = ranges.iter().map(|r| low(r)).collect();
        let spans: Vec<(u64, u64)> = ranges.iter().map(|r| (0, high(r) - low(r))).collect();
        let weights: Vec<u64> = ranges.iter().zip(&spans).map(|(r, span)| span.1 * r.lean).collect();
        let rest = apportion(total.checked_sub(lows.iter().sum())?, &weights, &spans)?;
        Some(lows.iter().zip(rest).map(|(low, part)| low + part).collect())
    };
    try_with(|r| r.low, |r| r.high).or_else(|| try_with(|r| r.least, |r| r.most))
}

/// Causes of the poor households, one for each: one cause after another takes its share of those left.
fn causes(random: &mut Random, poor: &[u64], poor_total: u64) -> Option<[Vec<u64>; 4]> {
    let totals = apportion(poor_total, &figures::CAUSES, &[(0, poor_total); 4])?;
    let mut left = poor.to_vec();
    let mut columns: [Vec<u64>; 4] = Default::default();
    for (column, total) in columns.iter_mut().zip(totals) {
        *column = uneven(random, total, poor, &left)?;
        for (left, taken) in left.iter_mut().zip(column.iter()) {
            *left -= taken;
        }
    }
    Some(columns)
}

/// Groups of the poor households, which overlap.
fn groups(random: &mut Random, poor: &[u64], poor_total: u64) -> Option<[Vec<u64>; 4]> {
    let mut columns: [Vec<u64>; 4] = Default::default();
    for (column, figure) in columns.iter_mut().zip(figures::GROUPS) {
        *column = uneven(random, scaled(figure, figures::POOR, poor_total), poor, poor)?;
    }
    Some(columns)
}

/// The rounds after the census, by commune: the poor on the straight way to 7 %, near-poor and low-income households to half
/// of what they were; so many others ask that about as many are surveyed in each round.
fn later(households: u64, of_2010: [&[u64]; 3]) -> Option<[Vec<Later>; LATER]> {
    let steps = LATER as u64;
    let surveyed: u64 = of_2010.iter().flat_map(|of| of.iter()).sum();
    let goals =
        [scaled(7, 100, households), of_2010[1].iter().sum::<u64>() / 2, of_2010[2].iter().sum::<u64>() / 2];
    let mut rounds: [Vec<Later>; LATER] = Default::default();
    let mut last = surveyed;
    for (round, step) in rounds.iter_mut().zip(1..) {
        let mut now = 0;
        let mut columns = of_2010.iter().zip(goals).map(|(weights, goal)| {
            let start: u64 = weights.iter().sum();
            // Rounded half-up, where it falls and where it rises.
            let total = (2 * (start * (steps - step) + goal * step) + steps) / (2 * steps);
            now += total;
            apportion(total, weights, &vec![(0, total); weights.len()])
        });
        let (poor, near_poor, low_income) = (columns.next()??, columns.next()??, columns.next()??);
        let others = surveyed.saturating_sub(last);
        let asked = apportion(others, of_2010[0], &vec![(0, others); of_2010[0].len()])?;
        last = now;
        *round = (0..poor.len())
            .map(|at| Later {
                poor: poor[at],
                near_poor: near_poor[at],
                low_income: low_income[at],
                asked: asked[at],
            })
            .collect();
    }
    Some(rounds)
}

/// Divides a total roughly in proportion to `whole`, at most `room` for each.
fn uneven(random: &mut Random, total: u64, whole: &[u64], room: &[u64]) -> Option<Vec<u64>> {
    let weights: Vec<u64> = whole.iter().map(|w| w * u64::from(800 + random.below(400))).collect();
    let bounds: Vec<(u64, u64)> = room.iter().map(|&room| (0, room)).collect();
    apportion(total, &weights, &bounds)
}

#[cfg(test)]
mod tests;
