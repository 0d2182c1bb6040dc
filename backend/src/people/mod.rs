//! People and their devices as the register stores them: accounts, sessions, enrolments, and the entries of the audit trail.
//! What may be done with them is in [`crate::accounts`].

mod audit;
mod item;
mod secret;

pub use audit::{Author, Entry, Recorded};
pub use item::{Account, AccountName, Amendment, Enrolment, Item, ItemKind, Key, Owner, Session, SessionId};
pub(crate) use secret::from_hex;
pub use secret::{Code, Digest, Token};
pub use soho_shared::access::Action;
