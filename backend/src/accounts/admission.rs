//! Whether a session still opens anything. Pure: the time is an argument.

use sha2::{Digest, Sha256};
use soho_shared::access::Scope;
use soho_shared::area::AreaCode;

use crate::people::{Account, Author, Session};
use crate::register::Holds;

const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;

/// How long sessions live, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// Longest disuse of a browser's session.
    pub idle: u64,
    /// Longest life of a browser's session, however much it is used.
    pub browser: u64,
    /// Longest disuse of an enrolled device's session: a tablet may be without a network for a season.
    pub device: u64,
    /// How long after a device or account was taken away is still taken what it says was made before.
    pub late: u64,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Lifetimes { idle: 12 * HOUR, browser: 7 * DAY, device: 400 * DAY, late: 30 * DAY }
    }
}

/// Somebody who is known: the account and the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// The person's account.
    pub account: Account,
    /// The browser or device in use.
    pub session: Session,
}

impl Admitted {
    /// Author of what is done in this session.
    #[must_use]
    pub fn by(&self) -> Author {
        Author { account: self.account.name.clone(), session: self.session.id }
    }

    /// What is held back of the edits that it sends at the moment `now`, in milliseconds since 1970, once it was taken
    /// away.
    #[must_use]
    pub fn holds(&self, now: u64, lifetimes: Lifetimes) -> Holds {
        let shut = self.account.disabled.then(|| self.account.disabled_at.unwrap_or(0));
        let Some(since) = self.session.revoked.into_iter().chain(shut).min() else { return Holds::Nothing };
        if self.session.lost || now > since.saturating_add(lifetimes.late) {
            Holds::Everything
        } else {
            Holds::After(since)
        }
    }
}

/// Number of a view: of an area, as a scope sees it. Scopes that see different things of an area have different views;
/// for [`soho_shared::wire::Cursor`]. Never 0, and the same on every server.
#[must_use]
pub fn view(scope: Option<&Scope>, area: AreaCode, areas: bool) -> u32 {
    let with_areas = areas.then_some("areas");
    let text = match with_areas {
        None => serde_json::to_vec(&(scope, area)),
        Some(with) => serde_json::to_vec(&(scope, area, with)),
    };
    let text = text.unwrap_or_default();
    let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(text));
    u32::from_be_bytes([a, b, c, d]).max(1)
}

/// What becomes of a request with a session's token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// The session is valid.
    Admitted(Box<Admitted>),
    /// The session was revoked, or its account was shut: it may send what it still holds, and see nothing.
    Withdrawn(Box<Admitted>),
    /// The device waits to be confirmed, since the register was restored; it sends and sees nothing.
    Suspended,
    /// The session is over: the person signs in again.
    Over,
}

/// Judges a session at the moment `now`, in milliseconds since 1970.
#[must_use]
pub fn admit(session: Session, account: Option<Account>, now: u64, lifetimes: Lifetimes) -> Admission {
    let Some(account) = account else { return Admission::Over };
    let unused = now.saturating_sub(session.used);
    let over = if session.device.is_some() {
        unused > lifetimes.device
    } else {
        unused > lifetimes.idle
            || now.saturating_sub(session.opened) > lifetimes.browser
            || session.epoch != account.epoch
    };
    if session.ended.is_some() || over {
        return Admission::Over;
    }
    let withdrawn = session.revoked.is_some() || account.disabled;
    if session.suspended && !withdrawn {
        return Admission::Suspended;
    }
    let admitted = Box::new(Admitted { account, session });
    if withdrawn { Admission::Withdrawn(admitted) } else { Admission::Admitted(admitted) }
}

impl Lifetimes {
    /// Whether the session's use should be noted again: often enough for its end to be right, seldom enough to cost
    /// nothing.
    #[must_use]
    pub fn is_stale(&self, session: &Session, now: u64) -> bool {
        let idle = if session.device.is_some() { self.device } else { self.idle };
        now.saturating_sub(session.used) > (idle / 8).min(HOUR)
    }
}

#[cfg(test)]
mod tests {
    use soho_shared::access::{Role, Scope};

    use super::*;
    use crate::people::{Owner, SessionId, Token};

    #[test]
    fn sessions_end_by_disuse_by_age_by_a_new_password_and_by_being_taken_away() {
        let account = Account {
            name: "lan".parse().unwrap(),
            scope: Scope::new(Role::Province, []).unwrap(),
            password: None,
            made: 0,
            disabled: false,
            disabled_at: None,
            epoch: 3,
            demonstration: false,
            owner: Owner::default(),
            once: false,
        };
        let browser = Session {
            token: Token::draw().unwrap().digest(),
            id: SessionId::draw().unwrap(),
            account: account.name.clone(),
            device: None,
            opened: 0,
            used: 0,
            epoch: 3,
            revoked: None,
            many_until: None,
            lost: false,
            suspended: false,
            ended: None,
        };
        let device = Session { device: Some("Máy 1".to_owned()), epoch: 0, ..browser.clone() };
        let disabled = Account { disabled: true, ..account.clone() };
        let renewed = Account { epoch: 4, ..account.clone() };
        let revoked = |session: &Session| Session { revoked: Some(1), ..session.clone() };
        let ended = |session: &Session| Session { ended: Some(1), ..revoked(session) };
        let suspended = |session: &Session| Session { suspended: true, ..session.clone() };
        let used = |used| Session { used, ..browser.clone() };
        let table = [
            ("in use", &browser, Some(&account), 12 * HOUR, "in"),
            ("idle", &browser, Some(&account), 12 * HOUR + 1, "over"),
            ("in use for a week", &used(7 * DAY), Some(&account), 7 * DAY, "in"),
            ("in use for longer", &used(7 * DAY), Some(&account), 7 * DAY + 1, "over"),
            ("a clock set back", &used(7 * DAY), Some(&account), DAY, "in"),
            ("a new password", &browser, Some(&renewed), 1, "over"),
            ("a device and a new password", &device, Some(&renewed), 1, "in"),
            ("a device after a year", &device, Some(&account), 366 * DAY, "in"),
            ("a device after two", &device, Some(&account), 730 * DAY, "over"),
            ("revoked", &revoked(&device), Some(&account), 1, "withdrawn"),
            ("restored", &suspended(&device), Some(&account), 1, "suspended"),
            ("restored and revoked", &revoked(&suspended(&device)), Some(&account), 1, "withdrawn"),
            ("a shut account", &device, Some(&disabled), 1, "withdrawn"),
            ("ended", &ended(&device), Some(&account), 1, "over"),
            ("no account", &browser, None, 1, "over"),
        ];
        for (what, session, account, now, expected) in table {
            let found = match admit(session.clone(), account.cloned(), now, Lifetimes::default()) {
                Admission::Admitted(_) => "in",
                Admission::Withdrawn(_) => "withdrawn",
                Admission::Suspended => "suspended",
                Admission::Over => "over",
            };
            assert_eq!(found, expected, "{what}");
        }
    }
}
