//! Costs of a choice of lines, in whole đồng a year.

use crate::money::Vnd;

/// Cost over a year of a monthly support for each household, in đồng.
///
/// 30.000 đ a poor household a month for electricity: Quyết định 268/QĐ-TTg ngày 23/02/2011.
///
/// `None` beyond [`Vnd`]'s bounds.
#[must_use]
pub fn electricity_year(households: i64, monthly: Vnd) -> Option<Vnd> {
    monthly.checked_mul(12)?.checked_mul(households)
}

/// Cost to the budget of insurance cards at `price` for so many people, of which it pays `share` percent, in đồng.
/// Rounded half up to whole đồng.
///
/// `None` beyond [`Vnd`]'s bounds.
#[must_use]
pub fn cards(persons: i64, price: Vnd, share: u8) -> Option<Vnd> {
    let hundredfold = i128::from(persons) * i128::from(price.get()) * i128::from(share);
    i64::try_from((hundredfold + 50).div_euclid(100)).ok().and_then(Vnd::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact() {
        let vnd = |dong| Vnd::new(dong).unwrap();
        assert_eq!(electricity_year(55_821, vnd(30_000)), Some(vnd(20_095_560_000)));
        assert_eq!(electricity_year(i64::MAX, vnd(30_000)), None);
        assert_eq!(cards(3, vnd(450_001), 50), Some(vnd(675_002)));
        assert_eq!(cards(3, vnd(450_001), 100), Some(vnd(1_350_003)));
        assert_eq!(cards(0, vnd(450_001), 100), Some(Vnd::ZERO));
        assert_eq!(cards(i64::MAX, Vnd::MAX, 100), None);
    }
}
