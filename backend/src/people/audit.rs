//! The audit trail: who saw or changed what. It names households by their ids and holds nothing about them.

use serde::{Deserialize, Serialize};
use soho_shared::area::CommuneCode;
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

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Signed in with a password.
    SignedIn,
    /// Signed out; or a revoked device has wiped what it held.
    SignedOut,
    /// Enrolled a device; the subject is its name.
    Enrolled,
    /// Made an enrolment code; the subject is the account.
    CodeMade,
    /// Made an account; the subject is its name.
    AccountMade,
    /// Changed an account's role, areas or state; the subject is its name.
    AccountChanged,
    /// Set an account's password; the subject is its name.
    PasswordSet,
    /// Revoked a browser or device; the subject is its account.
    Revoked,
    /// Read a household.
    Read,
    /// Fetched households to a device.
    Fetched,
    /// Changed households.
    Changed,
    /// Somebody could not sign in; the subject is the account. Noted once a minute for each at most.
    SignInFailed,
}

/// An entry of the audit trail: one thing that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Who did it; `None` for the command line, and for whoever could not sign in.
    pub by: Option<Author>,
    /// What was done.
    pub action: Action,
    /// The commune, where the entry is about households.
    pub commune: Option<CommuneCode>,
    /// Ids of these households, all of that commune.
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

    /// An entry about households of a commune.
    #[must_use]
    pub const fn households(by: Author, action: Action, commune: CommuneCode, households: Vec<Uuid>) -> Self {
        Entry { by: Some(by), action, commune: Some(commune), households, subject: None }
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
