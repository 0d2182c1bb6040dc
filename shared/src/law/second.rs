//! A second law, for tests of what follows when the law changes. It exists only with the feature `second-law`, which
//! tests alone turn on, and is in force only while a test says so.

use std::borrow::Cow;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use super::STANDARDS;
use crate::money::Vnd;
use crate::standard::Standard;

static IN_FORCE: AtomicBool = AtomicBool::new(false);

/// The standards, every line a tenth higher.
static SECOND: LazyLock<Vec<Standard>> = LazyLock::new(|| STANDARDS.iter().map(raised).collect());

fn raised(standard: &Standard) -> Standard {
    let mut bands = standard.bands.to_vec();
    for band in &mut bands {
        band.lines = band.lines.map(|line| Vnd::new(line.get() / 10 * 11).unwrap_or(line));
    }
    Standard { bands: Cow::Owned(bands), ..standard.clone() }
}

pub(super) fn standards() -> &'static [Standard] {
    &SECOND
}

pub(super) fn is_in_force() -> bool {
    IN_FORCE.load(Ordering::SeqCst)
}

/// Puts the second law in force in this whole process, or the real one again.
pub fn put_in_force(second: bool) {
    IN_FORCE.store(second, Ordering::SeqCst);
}
