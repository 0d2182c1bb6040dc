//! Money in whole đồng.
//!
//! Sums stay integers from the first tap to the last table. Amounts use `rust_decimal` only where people type
//! fractions: `1,2 triệu`, or kilograms times a price.

mod typed;

use std::fmt::{self, Write as _};
use std::ops::Neg;

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive as _};
use serde::{Deserialize, Serialize, de};

use crate::lang::Lang;

pub use typed::{TypedError, parse_typed};

/// An amount in whole đồng, from −10¹⁵ to 10¹⁵.
///
/// The bound is far beyond any household's income, and small enough that a line times 12 months times 99
/// members fits an `i64` (1,188 · 10¹⁸).
///
/// ```
/// use soho_shared::money::Vnd;
///
/// let line = Vnd::new(400_000).unwrap();
/// assert_eq!(line.to_string(), "400.000");
///
/// // Out of bounds there is no amount, instead of a wrong one.
/// assert_eq!(Vnd::MAX.checked_add(line), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Vnd(i64);

impl Vnd {
    /// Zero đồng.
    pub const ZERO: Vnd = Vnd(0);
    /// The largest amount, 10¹⁵ đ.
    pub const MAX: Vnd = Vnd(1_000_000_000_000_000);
    /// The smallest amount, −10¹⁵ đ.
    pub const MIN: Vnd = Vnd(-Vnd::MAX.0);

    /// An amount in đồng; `None` outside [`Vnd::MIN`]..=[`Vnd::MAX`].
    #[must_use]
    pub const fn new(dong: i64) -> Option<Vnd> {
        if dong >= Vnd::MIN.0 && dong <= Vnd::MAX.0 { Some(Vnd(dong)) } else { None }
    }

    /// The amount in đồng.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The sum; `None` when out of bounds.
    #[must_use]
    pub const fn checked_add(self, other: Vnd) -> Option<Vnd> {
        // Two bounded amounts cannot overflow an i64.
        Vnd::new(self.0 + other.0)
    }

    /// The difference; `None` when out of bounds.
    #[must_use]
    pub const fn checked_sub(self, other: Vnd) -> Option<Vnd> {
        Vnd::new(self.0 - other.0)
    }

    /// The amount multiplied by `times`; `None` when out of bounds.
    #[must_use]
    pub const fn checked_mul(self, times: i64) -> Option<Vnd> {
        match self.0.checked_mul(times) {
            Some(product) => Vnd::new(product),
            None => None,
        }
    }

    /// Quantity × unit price (kilograms × đồng a kilogram, days × wage), rounded half away from zero to whole
    /// đồng; `None` when out of bounds.
    #[must_use]
    pub fn from_quantity(quantity: Decimal, unit_price: Vnd) -> Option<Vnd> {
        Vnd::from_decimal(quantity.checked_mul(unit_price.into())?)
    }

    /// A decimal number of đồng rounded half away from zero; `None` when out of bounds.
    #[must_use]
    pub fn from_decimal(dong: Decimal) -> Option<Vnd> {
        dong.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64().and_then(Vnd::new)
    }

    /// The amount with its unit, as it is shown everywhere: `1.234.567 đ`, with a non-breaking space before the đ.
    #[must_use]
    pub fn with_unit(self) -> String {
        format!("{self}\u{a0}đ")
    }
}

/// An amount with its unit: `1.234.567 đ`, and `1,234,567 đ` in English.
#[must_use]
pub fn dong(lang: Lang, amount: Vnd) -> String {
    let text = amount.with_unit();
    match lang {
        Lang::Vi => text,
        Lang::En => text.replace('.', ","),
    }
}

impl From<Vnd> for Decimal {
    fn from(vnd: Vnd) -> Decimal {
        Decimal::from(vnd.0)
    }
}

impl Neg for Vnd {
    type Output = Vnd;
    fn neg(self) -> Vnd {
        Vnd(-self.0) // the bounds are symmetric
    }
}

/// Writes the amount without its unit, grouped by dots as Vietnamese people do: `1.234.567`.
impl fmt::Display for Vnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 0 {
            f.write_char('-')?;
        }
        let mut rest = self.0.unsigned_abs();
        let mut scale = 1;
        while rest / scale >= 1000 {
            scale *= 1000;
        }
        write!(f, "{}", rest / scale)?;
        while scale > 1 {
            rest %= scale;
            scale /= 1000;
            write!(f, ".{:03}", rest / scale)?;
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Vnd {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let dong = i64::deserialize(d)?;
        Vnd::new(dong).ok_or_else(|| de::Error::custom("an amount lies between -10^15 and 10^15 đồng"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_with_dots() {
        for (dong, shown) in [
            (0, "0"),
            (-1, "-1"),
            (999, "999"),
            (1000, "1.000"),
            (1_234_567, "1.234.567"),
            (-1_002_003, "-1.002.003"),
            (Vnd::MAX.get(), "1.000.000.000.000.000"),
        ] {
            assert_eq!(Vnd::new(dong).unwrap().to_string(), shown);
        }
        assert_eq!(Vnd::new(30_000).unwrap().with_unit(), "30.000\u{a0}đ");
    }

    #[test]
    fn bounded_everywhere() {
        assert_eq!(Vnd::new(Vnd::MAX.get() + 1), None);
        assert_eq!(Vnd::new(i64::MIN), None);
        assert_eq!(Vnd::MAX.checked_add(Vnd::new(1).unwrap()), None);
        assert_eq!(Vnd::MIN.checked_sub(Vnd::new(1).unwrap()), None);
        assert_eq!(Vnd::MAX.checked_mul(i64::MAX), None);
        assert_eq!(-Vnd::MIN, Vnd::MAX);
        assert_eq!(serde_json::from_str::<Vnd>("1000000000000000").unwrap(), Vnd::MAX);
        for bad in ["1000000000000001", "-9223372036854775808", "1.5", "\"1\"", "1e30", "null"] {
            assert!(serde_json::from_str::<Vnd>(bad).is_err(), "{bad}");
        }
        assert_eq!(serde_json::to_string(&Vnd::MIN).unwrap(), "-1000000000000000");
    }

    #[test]
    fn quantities_round_half_up() {
        let price = Vnd::new(5_001).unwrap();
        let kg = |text: &str| text.parse::<Decimal>().unwrap();
        assert_eq!(Vnd::from_quantity(kg("2.5"), price), Vnd::new(12_503)); // 12 502,5
        assert_eq!(Vnd::from_quantity(kg("-2.5"), price), Vnd::new(-12_503));
        assert_eq!(Vnd::from_quantity(kg("0.0001"), price), Vnd::new(1)); // 0,5001
        assert_eq!(Vnd::from_quantity(Decimal::MAX, Vnd::MAX), None);
        assert_eq!(Vnd::from_quantity(Decimal::MAX, Vnd::ZERO), Some(Vnd::ZERO));
    }
}
