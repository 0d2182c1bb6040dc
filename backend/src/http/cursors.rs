//! Cursors as they travel: sealed, so that nobody can read from one how much a whole commune changes, or make one.
//!
//! They keep the form that devices know. In place of the view stands a random number, and each commune's position is
//! sealed with that number, the view and the register's secret. So two cursors of one place look different, and a
//! cursor of another view, or of a time before cursors were sealed, counts as none.

use soho_shared::area::CommuneCode;
use soho_shared::wire::Cursor;

use crate::accounts::{AccountError, Secret};

/// Seals a cursor that is given out.
pub(super) fn close(secret: &Secret, cursor: &Cursor) -> Result<Cursor, AccountError> {
    let mut random = [0; 4];
    getrandom::fill(&mut random).map_err(|error| AccountError::Random(error.to_string()))?;
    let random = u32::from_be_bytes(random);
    let closed = |(commune, change)| (commune, secret.close(&about(cursor.view(), random, commune), change));
    Ok(Cursor::new(random, cursor.positions().map(closed)))
}

/// Opens a cursor that came back to a view; one that is not of this view counts as the beginning.
pub(super) fn open(secret: &Secret, view: u32, closed: &Cursor) -> Cursor {
    let opened =
        |(commune, change)| Some((commune, secret.open(&about(view, closed.view(), commune), change)?));
    let positions: Option<Vec<_>> = closed.positions().map(opened).collect();
    Cursor::new(view, positions.unwrap_or_default())
}

fn about(view: u32, random: u32, commune: CommuneCode) -> Vec<u8> {
    format!("cursor {view:x} {random:x} {commune}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_in_its_own_view_and_says_nothing() {
        let (secret, other) = (Secret::default(), Secret::default());
        let at = |view| Cursor::new(view, [("29173".parse().unwrap(), 300), ("28756".parse().unwrap(), 1)]);
        let (one, two) = (close(&secret, &at(7)).unwrap(), close(&secret, &at(7)).unwrap());
        assert_eq!(open(&secret, 7, &one), at(7));
        assert_ne!(one, two, "nor whether anything has changed");
        let sent: Cursor = one.to_string().parse().unwrap();
        assert_eq!(open(&secret, 7, &sent), at(7));
        for nothing in [open(&secret, 8, &one), open(&other, 7, &one), open(&secret, 7, &at(7))] {
            assert_eq!(nothing.positions().count(), 0);
        }
    }
}
