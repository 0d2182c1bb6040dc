//! Explanation of a household's class: every step of the arithmetic as data, and in words ([`text`]).
//!
//! The phone, a printout and an API's answer show the same steps. The class here always comes from
//! [`classify()`](crate::classify::classify); it is never worked out a second way.

mod text;

use jiff::civil::Date;
use serde::{Serialize, Serializer};

use crate::area::Residence;
use crate::classify::{self, Facts, Members, Undecided, at_or_under};
use crate::deprivation::{Answer, Deprivations, Evidence, Lacking, decide};
use crate::income::{Allowances, IncomeLine, IncomeSource, annual_net_within_bounds};
use crate::money::Vnd;
use crate::standard::{Band, Class, Note, Source, Standard};

pub use text::{class_name, class_short_name, square_metres, step_text, text};

/// A class, and the steps by which it was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The class, or what is missing to decide it. Serialized as the class's word, or `undecided`.
    #[serde(serialize_with = "class_word")]
    pub class: Result<Class, Undecided>,
    /// Where the household lives, which decides the lines it is compared with.
    pub residence: Residence,
    /// Number of people who share the income.
    pub members: Members,
    /// Whether the standard counts deprivations (it then calls [`Class::LowIncome`] by another name).
    pub multidimensional: bool,
    /// Whether the standard has a band for [`Class::LowIncome`], which also names the class above it.
    pub names_low_income: bool,
    /// The steps, in the order in which they are shown.
    pub steps: Vec<Step>,
}

/// Reason why a listed person does not count as a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotCounted {
    /// Lived in the household fewer than 6 of the last 12 months (Chỉ thị 1752/CT-TTg, 2010).
    UnderSixMonths {
        /// Number of months they were there, 0..=5.
        months: u8,
    },
}

/// A listed person who does not count as a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Uncounted {
    /// Their name as typed.
    pub name: String,
    /// The reason.
    pub why: NotCounted,
}

/// Reason why recorded income does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyNot {
    /// It is a state social allowance, and an officer decided so for this household, or its standard says so.
    SocialAllowance,
}

/// Side of a line on which an income lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// At the line or under it.
    AtOrUnder,
    /// Over the line.
    Over,
}

/// Direction in which the class would change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To a better-off class.
    Better,
    /// To a poorer class.
    Poorer,
}

/// One step of an explanation. Amounts are in đồng.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "step")]
pub enum Step {
    /// Who counts as a member.
    Members {
        /// Number of people who count.
        counted: Members,
        /// People who are listed and do not count.
        not_counted: Vec<Uncounted>,
        /// Where it is written that those newly born, married in or come back for good count.
        newly_joined: Source,
    },
    /// One source of income over 12 months.
    Line {
        /// Where the income comes from.
        source: IncomeSource,
        /// Receipts in 12 months.
        receipts: Vnd,
        /// Costs in 12 months.
        costs: Vnd,
        /// Whether the income counts.
        counts: bool,
        /// The reason, when it does not count.
        why_not: Option<WhyNot>,
        /// Whether that it counts is not sure.
        unsure: bool,
    },
    /// The household's income of 12 months less costs.
    Sum {
        /// Sum of the lines that count, less their costs; at the bound of [`Vnd`] when beyond it.
        annual_net: Vnd,
    },
    /// The sum divided by 12 months and the members.
    PerPerson {
        /// Rounded half away from zero to whole đồng, for reading; no class is decided on it.
        shown: Vnd,
        /// Whether nothing was rounded away.
        exact: bool,
        /// To at most two decimals, with a point: `400000.08`.
        two_decimals: String,
    },
    /// An exact comparison with a line: the household's income of 12 months with line × 12 × members.
    Compare {
        /// The line, in đồng per person per month.
        line: Vnd,
        /// The class of the band that ends at it.
        class: Class,
        /// Whether lacking indicators decide within that band.
        deprivations_decide: bool,
        /// Side of the line on which the household is.
        relation: Relation,
        /// The household's income of 12 months.
        annual_net: Vnd,
        /// The line × 12 × members.
        annual_line: Vnd,
        /// Legal source of the line.
        source: Source,
    },
    /// The decree's wording leaves this income unnamed; it is over the line before, so it is in this band.
    GapNote {
        /// The line before, which the income is over, in đồng per person per month.
        over: Vnd,
        /// Where the wording begins, which the income is under, in đồng per person per month.
        worded_from: Vnd,
        /// The class of the band.
        class: Class,
        /// The decree with this wording.
        source: Source,
    },
    /// Lacking indicators decide at this income.
    Deprivations {
        /// Number of lacking indicators; `None` while that is not known exactly.
        count: Option<u8>,
        /// Number of indicators lacking for certain.
        least: u8,
        /// Number of indicators not known; `None` where the standard's number is not known.
        not_said: Option<u8>,
        /// Number of lacking indicators from which the household is poor.
        needed: u8,
        /// Number of the standard's indicators; 0 where that is not known.
        of: u8,
        /// The class with fewer lacking indicators.
        class_if_fewer: Class,
    },
    /// One indicator, where indicators decide: one that is lacking, or that was worked out from the record.
    Indicator {
        /// Its id.
        id: String,
        /// Its name.
        name: Note,
        /// Whether it is lacking.
        lacking: bool,
        /// What it was worked out from; `None` where the household said it when asked.
        computed: Option<Evidence>,
    },
    /// The decision: the class is in [`Explanation::class`].
    Decision,
    /// The class is another one by the other treatment of the state's allowances, and neither is established.
    OtherTreatment {
        /// The other treatment.
        allowances: Allowances,
        /// The class by it; `None` where lacking indicators would decide and are not known.
        class: Option<Class>,
        /// What is known of the treatment that was applied.
        source: Source,
    },
    /// The official review sums no income, and this is an estimate.
    Estimate {
        /// Where the points are written by which it decides; `None` where its way is not established.
        source: Option<Source>,
    },
    /// A change of income that would change the class.
    NextClass {
        /// Direction of the change.
        direction: Direction,
        /// The class it would then be; `None` where lacking indicators would decide and are not known.
        class: Option<Class>,
        /// How much more, or less, the whole household would have to earn a month, in đồng.
        monthly: Vnd,
    },
    /// A remark on the band that decided.
    BandNote {
        /// The remark.
        note: Note,
    },
    /// The standard applied.
    StandardNote {
        /// Its id.
        id: String,
        /// Its instrument, with a remark in the source's note.
        source: Source,
        /// First day in force.
        #[serde(serialize_with = "as_text")]
        from: Date,
        /// Last day in force.
        #[serde(serialize_with = "as_text")]
        to: Date,
    },
}

/// Explains a household's class under a standard.
///
/// `not_counted` are people who are listed but not among `members`: name and reason. `treatment` is an officer's decision
/// whether allowances count. An income beyond the bounds of [`Vnd`] is taken as the bound; no line is near, so the class is
/// the same.
#[must_use]
pub fn explain(
    standard: &Standard,
    residence: Residence,
    members: Members,
    not_counted: &[(String, NotCounted)],
    lines: &[IncomeLine],
    treatment: Option<Allowances>,
    deprivations: &Deprivations,
) -> Explanation {
    let allowances = treatment.unwrap_or(standard.income.allowances);
    let annual_net = annual_net_within_bounds(lines, allowances);
    let facts = Facts { residence, members, annual_net, deprivations: None };
    let lacking = deprivations.lacking(standard);
    let class = decide(standard, &facts, lacking);

    let uncounted = |(name, why): &(String, NotCounted)| Uncounted { name: name.clone(), why: *why };
    let mut steps = vec![Step::Members {
        counted: members,
        not_counted: not_counted.iter().map(uncounted).collect(),
        newly_joined: standard.income.newly_joined.clone(),
    }];
    let is_open = treatment.is_none() && !standard.income.is_sure_of_allowances();
    steps.extend(lines.iter().map(|line| line_step(line, allowances, is_open)));
    steps.push(Step::Sum { annual_net });
    steps.push(Step::PerPerson {
        shown: classify::monthly_per_person(annual_net, members),
        exact: annual_net.get() % members.person_months() == 0,
        two_decimals: classify::monthly_per_person_exact(annual_net, members).to_string(),
    });
    compare(&mut steps, standard, &facts, deprivations);
    steps.push(Step::Decision);
    if is_open {
        let other = allowances.other();
        let annual_net = annual_net_within_bounds(lines, other);
        let by_other = decide(standard, &Facts { annual_net, ..facts }, lacking);
        if by_other != class {
            let source = standard.income.allowances_source.clone();
            steps.push(Step::OtherTreatment { allowances: other, class: by_other.ok(), source });
        }
    }
    if standard.is_multidimensional() {
        steps.push(Step::Estimate { source: standard.points.as_ref().map(|points| points.source.clone()) });
    }
    steps.extend(next_class(standard, &facts, lacking, Direction::Better));
    steps.extend(next_class(standard, &facts, lacking, Direction::Poorer));
    let note = band_of(standard, &facts).and_then(|band| band.source.note.clone());
    steps.extend(note.map(|note| Step::BandNote { note }));
    steps.push(Step::StandardNote {
        id: standard.id.to_string(),
        source: standard.source.clone(),
        from: standard.from,
        to: standard.to,
    });
    Explanation {
        class,
        residence,
        members,
        multidimensional: standard.is_multidimensional(),
        names_low_income: standard.names_low_income(),
        steps,
    }
}

fn line_step(line: &IncomeLine, allowances: Allowances, is_open: bool) -> Step {
    let IncomeLine { source, receipts, costs } = *line;
    let counts = source.counts(allowances);
    let why_not = (!counts).then_some(WhyNot::SocialAllowance);
    Step::Line {
        source,
        receipts,
        costs,
        counts,
        why_not,
        unsure: is_open && source == IncomeSource::SocialAllowance,
    }
}

/// The band a household's income falls in; `None` over every line.
fn band_of<'a>(standard: &'a Standard, facts: &Facts) -> Option<&'a Band> {
    standard.bands.iter().find(|b| at_or_under(facts.annual_net, b.line(facts.residence), facts.members))
}

/// A line × 12 × members. Law files hold lines far below the bound of [`Vnd`]; a product beyond it becomes the bound.
fn annual_line(line: Vnd, members: Members) -> Vnd {
    line.checked_mul(members.person_months()).unwrap_or(Vnd::MAX)
}

/// Adds the comparisons that [`classify()`](crate::classify::classify) makes, in its order, and the steps about the
/// band in which they end.
fn compare(steps: &mut Vec<Step>, standard: &Standard, facts: &Facts, deprivations: &Deprivations) {
    let mut over = None;
    for band in standard.bands.iter() {
        let line = band.line(facts.residence);
        let within = at_or_under(facts.annual_net, line, facts.members);
        steps.push(Step::Compare {
            line,
            class: band.class,
            deprivations_decide: band.poor_if_lacking.is_some(),
            relation: if within { Relation::AtOrUnder } else { Relation::Over },
            annual_net: facts.annual_net,
            annual_line: annual_line(line, facts.members),
            source: band.source.clone(),
        });
        if !within {
            over = Some(line);
            continue;
        }
        if let (Some(over), Some(worded)) = (over, band.worded_from) {
            let worded_from = worded[facts.residence.index()];
            if facts.annual_net < annual_line(worded_from, facts.members) {
                let source = band.source.clone();
                steps.push(Step::GapNote { over, worded_from, class: band.class, source });
            }
        }
        if let Some(needed) = band.poor_if_lacking {
            let Lacking { least, most } = deprivations.lacking(standard);
            steps.push(Step::Deprivations {
                count: (least == most).then_some(least),
                least,
                not_said: (standard.indicator_count > 0).then_some(most - least),
                needed,
                of: standard.indicator_count,
                class_if_fewer: band.class,
            });
            steps.extend(indicators(standard, deprivations));
        }
        return;
    }
}

/// The indicators to be named: those that are lacking, and those worked out from the record.
fn indicators<'a>(standard: &'a Standard, known: &'a Deprivations) -> impl Iterator<Item = Step> + 'a {
    standard.indicators.iter().zip(&known.answers).filter_map(|(indicator, answer)| {
        let (lacking, computed) = match *answer {
            Answer::Computed(lacking, evidence) => (lacking, Some(evidence)),
            Answer::Said(true) => (true, None),
            Answer::Said(false) | Answer::NotSaid => return None,
        };
        let name = Note { vi: indicator.name_vi.clone(), en: indicator.name_en.clone() };
        Some(Step::Indicator { id: indicator.id.to_string(), name, lacking, computed })
    })
}

/// The smallest change of the household's monthly income at which the class is another; `None` where no change in
/// this direction gives another.
fn next_class(standard: &Standard, facts: &Facts, lacking: Lacking, direction: Direction) -> Option<Step> {
    let class = decide(standard, facts, lacking);
    let limit = |band: &Band| annual_line(band.line(facts.residence), facts.members).get();
    let now = facts.annual_net.get();
    let limits = standard.bands.iter().map(limit);
    // Income of 12 months just on the far side of each line, nearest first.
    let beyond: Vec<i64> = match direction {
        Direction::Better => limits.filter(|l| *l >= now).map(|l| l + 1).collect(),
        Direction::Poorer => limits.rev().filter(|l| *l < now).collect(),
    };
    beyond.into_iter().find_map(|annual| {
        let there = decide(standard, &Facts { annual_net: Vnd::new(annual)?, ..*facts }, lacking);
        // The smallest number of whole đồng a month that reaches it.
        let monthly = Vnd::new(((annual - now).abs() + 11) / 12)?;
        (there != class).then_some(Step::NextClass { direction, class: there.ok(), monthly })
    })
}

fn class_word<S: Serializer>(class: &Result<Class, Undecided>, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(class.map_or("undecided", Class::word))
}

fn as_text<S: Serializer>(date: &Date, s: S) -> Result<S::Ok, S::Error> {
    s.collect_str(date)
}
