//! Dividing a whole number exactly.

/// Bits of the fractions by which largest remainders are compared.
const FRACTION: u32 = 64;

/// Divides `total` among places in proportion to their weights, each within its bounds (both ends included). What
/// rounding down leaves goes to the largest remainders; of equals, to the earlier place.
///
/// `None` when the bounds leave no room for the total.
pub(super) fn apportion(total: u64, weights: &[u64], bounds: &[(u64, u64)]) -> Option<Vec<u64>> {
    debug_assert_eq!(weights.len(), bounds.len());
    let lowest: u64 = bounds.iter().map(|b| b.0).sum();
    let highest: u64 = bounds.iter().map(|b| b.1).sum();
    if bounds.iter().any(|b| b.0 > b.1) || !(lowest..=highest).contains(&total) {
        return None;
    }
    let shares = |level: u128| -> Vec<u128> {
        let share = |(weight, (low, high)): (&u64, &(u64, u64))| {
            let (low, high) = (u128::from(*low) << FRACTION, u128::from(*high) << FRACTION);
            u128::from(*weight).saturating_mul(level).clamp(low, high)
        };
        weights.iter().zip(bounds).map(share).collect()
    };
    // The highest level at which the shares, which rise with it, do not exceed the total.
    let whole = u128::from(total) << FRACTION;
    let (mut level, mut beyond) = (0_u128, (whole + 1).max(1 << FRACTION));
    while beyond - level > 1 {
        let middle = level + (beyond - level) / 2;
        if shares(middle).iter().sum::<u128>() <= whole { level = middle } else { beyond = middle }
    }
    let shares = shares(level);
    let mut parts: Vec<u64> =
        shares.iter().map(|s| u64::try_from(s >> FRACTION).expect("at most the upper bound")).collect();
    let mut left = total - parts.iter().sum::<u64>();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(shares[i] & ((1 << FRACTION) - 1)));
    while left > 0 {
        // There is a second turn only where weights are zero: then in equal parts.
        for &i in &order {
            if left > 0 && parts[i] < bounds[i].1 {
                parts[i] += 1;
                left -= 1;
            }
        }
    }
    Some(parts)
}

/// `part` of `whole`, scaled to `new_whole` and rounded half-up.
pub(super) fn scaled(part: u64, whole: u64, new_whole: u64) -> u64 {
    let twice = u128::from(part) * u128::from(new_whole) * 2 + u128::from(whole);
    u64::try_from(twice / (2 * u128::from(whole))).expect("a part is at most its whole")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_largest_remainder_within_bounds() {
        let free = (0, 100);
        for (total, weights, bounds, parts) in [
            (10, vec![1, 1, 1], vec![free; 3], Some(vec![4, 3, 3])),
            (7, vec![45, 35, 20], vec![free; 3], Some(vec![3, 3, 1])),
            (0, vec![5, 5], vec![free; 2], Some(vec![0, 0])),
            (10, vec![9, 1], vec![(0, 5), free], Some(vec![5, 5])),
            (10, vec![9, 1], vec![free, (4, 9)], Some(vec![6, 4])),
            (6, vec![0, 0], vec![(1, 9), (0, 2)], Some(vec![4, 2])),
            (11, vec![1, 1], vec![(0, 5), (0, 5)], None),
            (1, vec![1, 1], vec![(1, 5), (1, 5)], None),
        ] {
            assert_eq!(apportion(total, &weights, &bounds), parts, "{total} {weights:?} {bounds:?}");
        }
        assert_eq!(scaled(55_821, 358_966, 358_966), 55_821);
        assert_eq!(scaled(1, 2, 1), 1);
    }
}
