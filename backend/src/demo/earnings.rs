//! What a household earned, as lines on the form that put it exactly into the planned class.

use soho_shared::area::{Commune, Residence};
use soho_shared::classify::Members;
use soho_shared::income::IncomeSource;
use soho_shared::money::Vnd;
use soho_shared::standard::{Class, Standard};

use super::random::Random;

/// Amount to which people round when they tell what they earned, in đồng.
const ROUND: i64 = 10_000;

/// The districts with a coast: Bình Đại, Ba Tri, Thạnh Phú.
const COASTAL: [&str; 3] = ["835", "836", "837"];

/// One income line of the form, in whole đồng.
pub(super) struct Line {
    pub(super) source: IncomeSource,
    pub(super) amount: i64,
    pub(super) times: i64,
    pub(super) costs: i64,
}

/// Yearly income, costs deducted, of a household of this class, in đồng. Now and then it is exactly on the line or
/// one đồng above it, so that the edges are tried too.
pub(super) fn annual_net(
    random: &mut Random,
    standard: &Standard,
    class: Class,
    residence: Residence,
    members: Members,
) -> i64 {
    let line_of = |class: Class| {
        let band = standard.bands.iter().find(|b| b.class == class);
        band.map(|b| b.line(residence).get() * members.person_months())
    };
    let upper = line_of(class);
    let below = match class {
        Class::Poor => None,
        Class::NearPoor => line_of(Class::Poor),
        Class::LowIncome => line_of(Class::NearPoor),
        Class::Above => line_of(Class::LowIncome),
    };
    let edge = random.below(1_000);
    match (below, upper) {
        (_, Some(upper)) if edge < 15 => upper,
        (Some(below), _) if (15..30).contains(&edge) => below + 1,
        (Some(below), Some(upper)) => {
            let net = random.range(below + 1, upper) / ROUND * ROUND;
            if net > below { net } else { net + ROUND }
        }
        (Some(below), None) => {
            // Most are not far above; a few are well off.
            let (a, b) = (random.range(0, 1_000), random.range(0, 1_000));
            let step = 12 * ROUND;
            (below + below * a * b / 400_000) / step * step + step
        }
        (None, Some(upper)) => {
            // The nearer the line, the more households. A few ended the year with a loss.
            let share = random.range(300, 1_000).max(random.range(300, 1_000));
            if edge > 995 { -random.range(1, 300) * ROUND } else { upper * share / 1_000 / ROUND * ROUND }
        }
        (None, None) => 0,
    }
}

/// One to three lines that add up to exactly `net`.
pub(super) fn lines(random: &mut Random, commune: &Commune, net: i64) -> Vec<Line> {
    let coastal = COASTAL.contains(&commune.district.to_string().as_str());
    let urban = commune.residence() == Residence::Urban;
    let count = random.pick(if net > 60_000_000 { &[1, 1, 2, 2, 3][..] } else { &[1, 1, 2, 2, 2, 3] });
    let mut lines: Vec<Line> = Vec::with_capacity(count + 1);
    let mut left = net;
    for _ in 1..count {
        let part = left * random.range(25, 60) / 100;
        if part < 600_000 {
            break;
        }
        let line = regular(random, part, urban);
        // Each source has one line.
        if lines.iter().all(|l| l.source != line.source) {
            left -= line.amount * line.times;
            lines.push(line);
        }
    }
    let taken: Vec<IncomeSource> = lines.iter().map(|l| l.source).collect();
    lines.push(remainder(random, left, urban, coastal, &taken));
    lines
}

/// A line of regular income, at most `net` in all: wages by the day or month, money sent home, rent.
fn regular(random: &mut Random, net: i64, urban: bool) -> Line {
    if random.chance(750) {
        let day = random.range(6, if urban { 15 } else { 11 }) * ROUND;
        if net / day <= 280 {
            return Line { source: IncomeSource::Wages, amount: day, times: net / day, costs: 0 };
        }
        return Line { source: IncomeSource::Wages, amount: net / 12 / ROUND * ROUND, times: 12, costs: 0 };
    }
    let times = random.pick(&[4, 6, 12]);
    let source = random.pick(&[IncomeSource::Remittances, IncomeSource::Remittances, IncomeSource::Rent]);
    Line { source, amount: net / times / ROUND * ROUND, times, costs: 0 }
}

/// The line that makes the sum exact: mostly something grown, raised, caught or traded, with its costs.
fn remainder(random: &mut Random, net: i64, urban: bool, coastal: bool, taken: &[IncomeSource]) -> Line {
    use IncomeSource as S;
    let monthly = net > 0 && net % 12 == 0;
    if monthly && !taken.contains(&S::Wages) && random.chance(if urban { 450 } else { 150 }) {
        return Line { source: S::Wages, amount: net / 12, times: 12, costs: 0 };
    }
    if monthly && urban && random.chance(60) {
        return Line { source: S::Pension, amount: net / 12, times: 12, costs: 0 };
    }
    let source = random.pick(match (urban, coastal) {
        (true, _) => &[S::Trade, S::Trade, S::Trade, S::Crops, S::Livestock, S::Other][..],
        (false, true) => &[S::Crops, S::Crops, S::Livestock, S::Fishing, S::Fishing, S::Salt, S::Trade],
        (false, false) => &[S::Crops, S::Crops, S::Crops, S::Livestock, S::Trade, S::Fishing],
    });
    // Its costs; in a bad year more than what came in.
    let costs =
        (net.abs() * random.range(15, 70) / 100 + if net < 0 { -net } else { 0 }) / ROUND * ROUND + ROUND;
    let receipts = net + costs;
    let times = random.pick(&[1, 2, 3, 12]);
    let times = if receipts % times == 0 { times } else { 1 };
    Line { source, amount: receipts / times, times, costs }
}

/// Allowance that a social-protection beneficiary gets from the state, and what the household then earns besides, so that
/// the allowance decides nothing: the class is the same whether it counts or not. `None` where no such income is near.
///
/// 180.000 đ a month, the base rate of Nghị định 13/2010/NĐ-CP as it was reported (an illustration: no
/// figure depends on it).
pub(super) fn beside_allowance(net: i64, is_in_class: impl Fn(Vnd) -> bool) -> Option<(i64, Line)> {
    let line = Line { source: IncomeSource::SocialAllowance, amount: 180_000, times: 12, costs: 0 };
    let paid = line.amount * line.times;
    let fits = |net: i64| [net, net + paid].into_iter().all(|net| Vnd::new(net).is_some_and(&is_in_class));
    [net, net - paid].into_iter().find(|net| fits(*net)).map(|net| (net, line))
}

#[cfg(test)]
mod tests {
    use soho_shared::area;
    use soho_shared::classify::{Facts, classify};
    use soho_shared::income::{self, Allowances, IncomeLine};
    use soho_shared::law::standard_for_round;

    use super::*;

    fn counted(line: &Line) -> IncomeLine {
        assert!((1..=366).contains(&line.times) && line.amount >= 0 && line.costs >= 0);
        let receipts = Vnd::new(line.amount * line.times).unwrap();
        IncomeLine { source: line.source, receipts, costs: Vnd::new(line.costs).unwrap() }
    }

    #[test]
    fn lines_add_up_and_fall_in_the_class_planned() {
        let standard = standard_for_round(2010).unwrap();
        let mut random = Random::new(3, 3);
        for commune in [&area::communes()[0], &area::communes()[160]] {
            for class in Class::ALL {
                let (mut on_the_line, mut one_above) = (0, 0);
                for n in 0..20_000 {
                    let members = Members::new(1 + n % 9).unwrap();
                    let net = annual_net(&mut random, standard, class, commune.residence(), members);
                    let lines: Vec<_> = lines(&mut random, commune, net).iter().map(counted).collect();
                    assert!((1..=3).contains(&lines.len()));
                    assert_eq!(income::annual_net(&lines, Allowances::Counted).unwrap().get(), net);
                    let annual_net = Vnd::new(net).unwrap();
                    let facts =
                        Facts { residence: commune.residence(), members, annual_net, deprivations: None };
                    assert_eq!(classify(standard, &facts), Ok(class));
                    let line = |b: &soho_shared::standard::Band| {
                        b.line(commune.residence()).get() * members.person_months()
                    };
                    on_the_line += usize::from(standard.bands.iter().any(|b| net == line(b)));
                    one_above += usize::from(standard.bands.iter().any(|b| net == line(b) + 1));
                }
                assert!(class == Class::Above || on_the_line > 200, "{class} {on_the_line}");
                assert!(class == Class::Poor || one_above > 200, "{class} {one_above}");
            }
        }
    }
}
