//! Accounts, sessions and enrolment codes: who somebody is, and in whose name something was done.
//!
//! A register without any account is open to whoever holds the server's key. The first account is an administrator's,
//! made with `soho user add-admin`; from then on every request but the public ones needs a session. A session is a
//! signed-in browser, or a device that was enrolled with a code: both hold nothing but a random token in a cookie.

mod admission;
mod codes;
mod limit;
mod list;
mod password;
mod seal;
mod service;

pub use admission::{Admission, Admitted, Lifetimes, admit, view};
pub use codes::Codes;
pub(crate) use limit::network;
pub use limit::{Limits, Whence};
pub use list::{Fault, ListRow, MOST_ROWS, Read, read_rows};
pub use password::{PASSWORD_LENGTH, Passwords};
pub use seal::Secret;
pub use service::{
    AccountChange, AccountError, AccountService, CODE_LIFETIME_MILLIS, NewAccount, SignInError, is_open,
};
