//! Cursors as they travel: sealed, so that nobody can read from one how much a whole commune changes, or make one.
//!
//! They keep the form that devices know. In place of the view stands a random number, and each commune's position is
//! sealed with that number, the view, the register's id and its secret. So two cursors of one place look different, and
//! a cursor of another view, or of a register that was restored since, counts as none.
//!
//! Cursors of pages that people turn say the beginning of the register's id and where the page ended.

use std::fmt::Display;

use soho_shared::area::UnitCode;
use soho_shared::wire::Cursor;
use uuid::Uuid;

use super::problem::Failure;
use crate::accounts::{AccountError, Secret};

/// Seals a cursor that is given out.
pub(super) fn close(secret: &Secret, register: Uuid, cursor: &Cursor) -> Result<Cursor, AccountError> {
    let mut random = [0; 4];
    getrandom::fill(&mut random).map_err(|error| AccountError::Random(error.to_string()))?;
    let random = u32::from_be_bytes(random);
    let closed =
        |(commune, change)| (commune, secret.close(&about(register, cursor.view(), random, commune), change));
    Ok(Cursor::new(random, cursor.positions().map(closed)))
}

/// Opens a cursor that came back to a view; one that is not of this view counts as the beginning.
pub(super) fn open(secret: &Secret, register: Uuid, view: u32, closed: &Cursor) -> Cursor {
    let opened = |(commune, change)| {
        Some((commune, secret.open(&about(register, view, closed.view(), commune), change)?))
    };
    let positions: Option<Vec<_>> = closed.positions().map(opened).collect();
    Cursor::new(view, positions.unwrap_or_default())
}

fn about(register: Uuid, view: u32, random: u32, commune: UnitCode) -> Vec<u8> {
    format!("cursor {register} {view:x} {random:x} {commune}").into_bytes()
}

/// The cursor of a page that ends at a place.
pub(super) fn page(register: Uuid, end: impl Display) -> String {
    format!("{:08x}-{end}", register.as_fields().0)
}

/// Where the page before ended.
pub(super) fn end(register: Uuid, cursor: &str) -> Result<&str, Failure> {
    let this = page(register, "");
    cursor
        .strip_prefix(&this)
        .ok_or_else(|| Failure::parameter("cursor", "leave it out to start from the beginning"))
}

/// Number before which a page begins that is told latest first, from its cursor; without a cursor, the page begins
/// with the latest.
pub(super) fn before(register: Uuid, cursor: Option<&str>) -> Result<u64, Failure> {
    let Some(cursor) = cursor else { return Ok(u64::MAX) };
    let number = end(register, cursor)?;
    // `from_str_radix` by itself accepts a sign too.
    let digits = number.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = if digits { u64::from_str_radix(number, 16).ok() } else { None };
    number.ok_or_else(|| Failure::parameter("cursor", "leave it out to start with the latest"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_in_its_own_view_and_says_nothing() {
        let (secret, other) = (Secret::default(), Secret::default());
        let at = |view| Cursor::new(view, [("29173".parse().unwrap(), 300), ("28756".parse().unwrap(), 1)]);
        let (register, restored) = (Uuid::from_u128(1 << 96), Uuid::from_u128(2 << 96));
        let close = |view| close(&secret, register, &at(view)).unwrap();
        let (one, two) = (close(7), close(7));
        assert_eq!(open(&secret, register, 7, &one), at(7));
        assert_ne!(one, two, "nor whether anything has changed");
        let sent: Cursor = one.to_string().parse().unwrap();
        assert_eq!(open(&secret, register, 7, &sent), at(7));
        for (secret, register, view, cursor) in [
            (&secret, register, 8, &one),
            (&other, register, 7, &one),
            (&secret, restored, 7, &one),
            (&secret, register, 7, &at(7)),
        ] {
            assert_eq!(open(secret, register, view, cursor).positions().count(), 0);
        }
        assert_eq!(end(register, &page(register, "1f")).ok(), Some("1f"));
        assert!(end(restored, &page(register, "1f")).is_err() && end(register, "1f").is_err());
    }
}
