//! Accounts, sessions and enrolment codes: who somebody is, and what was done in whose name.
//!
//! A register without any account is open, and answers its own machine only. The first account is an
//! administrator's, made with `soho user add-admin`; from then on every request but the public ones needs
//! a session. A session is a signed-in browser, or a device that was enrolled with a code: both hold
//! nothing but a random token in a cookie.

mod admission;
mod audit;
mod desk;
mod item;
mod limit;
mod password;
mod secret;

pub use admission::{Admission, Admitted, Lifetimes, admit, view};
pub use audit::{Action, Author, Entry, Recorded};
pub use desk::{AccountChange, AccountError, CODE_LIFETIME_MILLIS, Desk, NewAccount, SignInError, is_open};
pub use item::{Account, AccountName, Amendment, Enrolment, Item, ItemKind, Key, Session, SessionId};
pub use limit::Limits;
pub use password::{PASSWORD_LENGTH, Passwords};
pub use secret::{Code, Digest, Token};
