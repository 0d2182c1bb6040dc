//! The audit trail: who saw or changed what. It names households by their ids and holds nothing about them.

use serde::{Deserialize, Serialize};
use soho_shared::access::Action;
use soho_shared::area::UnitCode;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{AccountName, SessionId};

/// In whose name something was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Author {
    /// The account.
    pub account: AccountName,
    /// The browser or device.
    pub session: SessionId,
}

/// An entry of the audit trail: one thing that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Who did it; `None` for the command line, and for whoever could not sign in.
    pub by: Option<Author>,
    /// What was done.
    pub action: Action,
    /// The unit that keeps the records, where the entry is about some: of households their commune.
    pub commune: Option<UnitCode>,
    /// Ids of these households, all of that unit.
    pub households: Vec<Uuid>,
    /// Name of the account or device that the entry is about.
    pub subject: Option<String>,
}

impl Entry {
    /// An entry about an account or a device.
    #[must_use]
    pub fn about(by: Option<Author>, action: Action, subject: impl Into<String>) -> Self {
        Entry { by, action, commune: None, households: Vec::new(), subject: Some(subject.into()) }
    }

    /// An entry about nothing but its author.
    #[must_use]
    pub const fn own(by: Author, action: Action) -> Self {
        Entry { by: Some(by), action, commune: None, households: Vec::new(), subject: None }
    }

    /// An entry about records of a unit: of households, or of areas.
    #[must_use]
    pub fn households(by: Author, action: Action, unit: impl Into<UnitCode>, households: Vec<Uuid>) -> Self {
        Entry { by: Some(by), action, commune: Some(unit.into()), households, subject: None }
    }
}

/// An entry as it is stored in the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its number, which rises with time and is given once.
    pub number: u64,
    /// When it was made, in milliseconds since 1970, UTC.
    pub at: u64,
    /// The entry itself.
    pub entry: Entry,
}
