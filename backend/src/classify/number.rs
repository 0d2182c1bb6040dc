//! Whole numbers, read and shown without allocation.

use soho_shared::classify::Members;
use soho_shared::money::Vnd;

/// Reads digits with or without a minus; `None` for anything else. A number too large for an `i64` becomes the
/// largest one or its negative, far beyond every bound.
pub(super) fn whole(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() {
        return None;
    }
    let mut number = 0_i64;
    for digit in digits {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number.saturating_mul(10).saturating_add(i64::from(digit));
    }
    Some(if negative { -number } else { number })
}

/// Reads a number of things, also as programs write it that know only fractions: `4.0`, `4,00`. Three zeros might be
/// thousands, and are refused.
pub(super) fn count(text: &[u8]) -> Option<i64> {
    let point = text.iter().position(|b| matches!(b, b'.' | b','));
    let Some(point) = point else { return whole(text) };
    let zeros = &text[point + 1..];
    let nothing = !matches!(zeros.len(), 0 | 3) && zeros.iter().all(|b| *b == b'0');
    if nothing { whole(&text[..point]) } else { None }
}

/// `soho_shared::classify::monthly_per_person` in integers: whole đồng, half away from zero. For display only.
pub(super) fn monthly_per_person(annual_net: Vnd, members: Members) -> i64 {
    // An even number, so half of it is whole.
    let person_months = members.person_months();
    let (net, half) = (annual_net.get(), person_months / 2);
    (net + if net < 0 { -half } else { half }) / person_months
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use soho_shared::classify;

    #[test]
    fn only_digits_are_a_whole_number() {
        for (text, number) in [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("007", Some(7)),
            ("-1234567", Some(-1_234_567)),
            ("99999999999999999999", Some(i64::MAX)),
            ("-99999999999999999999", Some(-i64::MAX)),
            ("", None),
            ("-", None),
            ("--1", None),
            ("+5", None),
            (" 5", None),
            ("1.5", None),
            ("1e3", None),
            ("٣", None),
        ] {
            assert_eq!(whole(text.as_bytes()), number, "{text}");
        }
    }

    #[test]
    fn counts_may_have_an_empty_fraction() {
        for (text, number) in [
            ("4", Some(4)),
            ("4.0", Some(4)),
            ("4,00", Some(4)),
            ("-1.0", Some(-1)),
            ("4.0000", Some(4)),
            ("4.000", None),
            ("4.5", None),
            ("4.", None),
            (".0", None),
            ("4.0.0", None),
            ("4.0x", None),
        ] {
            assert_eq!(count(text.as_bytes()), number, "{text}");
        }
    }

    fn same(net: i64, members: i64) {
        let (net, members) = (Vnd::new(net).unwrap(), Members::new(members).unwrap());
        assert_eq!(
            monthly_per_person(net, members),
            classify::monthly_per_person(net, members).get(),
            "{net:?} {members:?}"
        );
    }

    #[test]
    fn shown_as_the_rule_shows_it_around_every_half() {
        for members in 1..=99 {
            let half = 6 * members;
            for times in [0, 1, 2, 3, 399_999, 400_001] {
                for near in -1..=1 {
                    same(half * times + near, members);
                    same(-half * times + near, members);
                }
            }
            same(Vnd::MAX.get(), members);
            same(Vnd::MIN.get(), members);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100_000))]
        #[test]
        fn shown_as_the_rule_shows_it(
            net in prop_oneof![Vnd::MIN.get()..=Vnd::MAX.get(), -2_000_000_i64..=2_000_000],
            members in 1_i64..=99,
        ) {
            same(net, members);
        }
    }
}
