//! The supports of the law files.

use std::borrow::Cow;

use super::vnd;
use crate::entitlement::{
    Amount, Condition, Detail, Entitlement, Escaped, Level, Office, Per, Plan, Share, Stage, Status,
};
use crate::household::Group;
use crate::standard::{Class, Confidence, Note, Source, Standard};

include!(concat!(env!("OUT_DIR"), "/entitlements.rs"));

/// The supports that a standard's classes open, on whichever day of its period; see [`Entitlement::stage_on`]. `None`
/// where they are not in the law files, so that a page can say that it does not know them instead of showing none. A
/// province's own standard opens the same ones.
///
/// ```
/// use soho_shared::law::{entitlements, standard};
///
/// assert!(entitlements(standard("2011").unwrap()).is_some());
/// assert!(entitlements(standard("2016").unwrap()).is_none(), "not known, which does not mean none");
/// ```
#[must_use]
pub fn entitlements(standard: &Standard) -> Option<&'static [Entitlement]> {
    ENTITLEMENTS.iter().find(|(year, _)| *year == standard.year()).map(|(_, all)| *all)
}

/// Whether [`entitlements`] has the supports of a standard. A page that asks no more need not have them.
#[must_use]
pub fn knows_entitlements(standard: &Standard) -> bool {
    KNOWN.contains(&standard.year())
}
