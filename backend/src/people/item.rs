//! Accounts, sessions and enrolment codes as they are stored.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, de};
use soho_shared::access::Scope;
use soho_shared::text::one_line;
use unicode_normalization::UnicodeNormalization;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Digest;

/// An account's name, by which a person signs in: 2 to 40 of a–z, 0–9, `.`, `_` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(pattern = "^[a-z0-9._-]{2,40}$", examples("lan.29173"))]
pub struct AccountName(String);

impl AccountName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountName {
    type Err = String;

    /// Reads a name. Capitals count as small letters, because phones begin with one.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim().to_ascii_lowercase();
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-');
        if (2..=40).contains(&text.len()) && text.bytes().all(plain) {
            Ok(AccountName(text))
        } else {
            Err("an account's name is 2 to 40 of the letters a to z, digits, `.`, `_` and `-`".to_owned())
        }
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for AccountName {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(de::Error::custom)
    }
}

/// Most letters of a person's name.
const FULL_NAME: usize = 80;
/// Fewest and most digits of a telephone number.
const TELEPHONE: std::ops::RangeInclusive<usize> = 8..=15;

/// The person whose account it is, as those see it who give access.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// First and last name.
    #[serde(default)]
    pub full_name: Option<String>,
    /// Telephone number: digits, before which a `+` may stand.
    #[serde(default)]
    pub telephone: Option<String>,
}

impl Owner {
    /// A name on one line, of at most 80 letters; an empty one is none.
    ///
    /// # Errors
    /// When it is longer.
    pub fn name_of(text: &str) -> Result<Option<String>, String> {
        let words: Vec<_> = text.split_whitespace().collect();
        let name: String = one_line(&words.join(" ")).trim().nfc().collect();
        if name.chars().count() > FULL_NAME {
            return Err(format!("a name has at most {FULL_NAME} letters"));
        }
        Ok(Some(name).filter(|name| !name.is_empty()))
    }

    /// A telephone number without what is written between its digits; an empty one is none.
    ///
    /// # Errors
    /// When it is no number, or too short or too long for one.
    pub fn telephone_of(text: &str) -> Result<Option<String>, String> {
        let is_kept = |c: &char| !c.is_whitespace() && !matches!(c, '.' | '-' | '(' | ')');
        let number: String = text.chars().filter(is_kept).collect();
        if number.is_empty() {
            return Ok(None);
        }
        let digits = number.strip_prefix('+').unwrap_or(&number);
        if TELEPHONE.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Some(number));
        }
        let (least, most) = (TELEPHONE.start(), TELEPHONE.end());
        Err(format!("a telephone number has {least} to {most} digits, like 0275 3822 115"))
    }
}

/// Leaves out everything, so that no person reaches a log.
impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Owner(…)")
    }
}

/// One person's account. Times are milliseconds since 1970, UTC.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Name by which its owner signs in.
    pub name: AccountName,
    /// What it may see and do.
    pub scope: Scope,
    /// Argon2id hash of the password; without one only devices can use the account.
    #[serde(default)]
    pub password: Option<String>,
    /// When it was made.
    pub made: u64,
    /// Whether it was shut.
    #[serde(default)]
    pub disabled: bool,
    /// When it was shut; `None` also where a version up to 0.1 shut it.
    #[serde(default)]
    pub disabled_at: Option<u64>,
    /// Number that rises with every new password: browsers that signed in with an earlier one are signed out.
    #[serde(default)]
    pub epoch: u32,
    /// Whether `soho demo` made it: whoever holds the server's key enters with it by one tap.
    #[serde(default)]
    pub demonstration: bool,
    /// The person whose account it is, where that was said.
    #[serde(default)]
    pub owner: Owner,
    /// Whether the password signs nobody in by itself: its owner chooses another one with it.
    #[serde(default)]
    pub once: bool,
}

impl Account {
    /// Whether it may be entered without a password, where that is possible at all.
    #[must_use]
    pub const fn is_offered(&self) -> bool {
        self.demonstration && !self.disabled
    }
}

/// Leaves out the hash, so that none reaches a log.
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("name", &self.name)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// A session's public id, by which it is listed and revoked. It opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct SessionId(Uuid);

impl SessionId {
    /// Draws a new id.
    ///
    /// # Errors
    /// When the system gives no random bits.
    pub fn draw() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(SessionId(Uuid::from_bytes(bytes)))
    }
}

impl SessionId {
    /// Reads [`SessionId::to_bytes`].
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        SessionId(Uuid::from_bytes(bytes))
    }

    /// The id's bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        *self.0.as_bytes()
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for SessionId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = Uuid::try_parse(text).map(SessionId);
        read.map_err(|_| "a device's id is 32 hexadecimal digits with dashes".to_owned())
    }
}

/// A signed-in browser or an enrolled device. Times are milliseconds since 1970, UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Digest of the token in its cookie.
    pub token: Digest,
    /// Public id, by which it is listed and revoked.
    pub id: SessionId,
    /// The account it belongs to.
    pub account: AccountName,
    /// The name of the device that was enrolled; `None` for a browser that signed in with a password.
    #[serde(default)]
    pub device: Option<String>,
    /// When it began.
    pub opened: u64,
    /// When it was last used, to the hour or finer.
    pub used: u64,
    /// The account's [`Account::epoch`] when it began.
    #[serde(default)]
    pub epoch: u32,
    /// When somebody revoked it. It may still send what it holds, and then ends.
    #[serde(default)]
    pub revoked: Option<u64>,
    /// Until when an officer lets it bring any number of new households.
    #[serde(default)]
    pub many_until: Option<u64>,
    /// Whether whoever revoked it said that the device is lost: nothing of what it still sends is believed.
    #[serde(default)]
    pub lost: bool,
    /// Whether it waits to be confirmed: it is of a device, and the register was restored from a backup, which may not
    /// know that it was taken away since.
    #[serde(default)]
    pub suspended: bool,
    /// When it ended: by signing out or, after it was revoked, by wiping what it held.
    #[serde(default)]
    pub ended: Option<u64>,
}

/// A code that enrols one device, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// Digest of the code.
    pub code: Digest,
    /// The account that the device will belong to.
    pub account: AccountName,
    /// Time of its end, in milliseconds since 1970, UTC.
    pub expires: u64,
}

/// Key under which an item is stored.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// An account.
    Account(AccountName),
    /// A session, by its token.
    Session(Digest),
    /// An enrolment, by its code.
    Enrolment(Digest),
}

/// Kind of a stored item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// Accounts.
    Account,
    /// Sessions.
    Session,
    /// Enrolments.
    Enrolment,
}

impl Key {
    /// Kind of the item that it names.
    #[must_use]
    pub const fn kind(&self) -> ItemKind {
        match self {
            Key::Account(_) => ItemKind::Account,
            Key::Session(_) => ItemKind::Session,
            Key::Enrolment(_) => ItemKind::Enrolment,
        }
    }
}

/// A stored item: an account, a session or an enrolment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// An account.
    Account(Account),
    /// A session.
    Session(Session),
    /// An enrolment.
    Enrolment(Enrolment),
}

impl Item {
    /// The key under which it is stored.
    #[must_use]
    pub fn key(&self) -> Key {
        match self {
            Item::Account(account) => Key::Account(account.name.clone()),
            Item::Session(session) => Key::Session(session.token),
            Item::Enrolment(enrolment) => Key::Enrolment(enrolment.code),
        }
    }

    /// The account that it is or belongs to.
    #[must_use]
    pub const fn account(&self) -> &AccountName {
        match self {
            Item::Account(account) => &account.name,
            Item::Session(session) => &session.account,
            Item::Enrolment(enrolment) => &enrolment.account,
        }
    }
}

/// Change of one item, on condition that the item still is what it is said to be.
#[derive(Clone, Debug)]
pub struct Amendment {
    /// Key of the item.
    pub key: Key,
    /// The item that must be there before; `None` for nothing.
    pub was: Option<Item>,
    /// The item that is there afterwards; `None` for nothing.
    pub becomes: Option<Item>,
}

impl Amendment {
    /// Adds a new item.
    #[must_use]
    pub fn put(item: Item) -> Self {
        Amendment { key: item.key(), was: None, becomes: Some(item) }
    }

    /// Replaces an item by another with the same key, or removes it.
    #[must_use]
    pub fn replace(was: Item, becomes: Option<Item>) -> Self {
        Amendment { key: was.key(), was: Some(was), becomes }
    }

    /// Changes nothing: only demands that the item still is as it was.
    #[must_use]
    pub fn unchanged(item: Item) -> Self {
        Amendment { key: item.key(), was: Some(item.clone()), becomes: Some(item) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        assert_eq!(" Lan.29173 ".parse::<AccountName>().unwrap().as_str(), "lan.29173");
        let long = "a".repeat(41);
        for bad in ["", "a", "lan ba", "lần", "a/b", "=a", "<b>", &long] {
            assert!(bad.parse::<AccountName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn owners_are_written_in_one_way_and_reach_no_log() {
        let name = |text: &str| Owner::name_of(text).unwrap();
        assert_eq!(name("  Trần  Thị\u{200b}\tLan ").as_deref(), Some("Trần Thị Lan"));
        assert_eq!(name("Tra\u{302}\u{300}n Lan").as_deref(), Some("Trần Lan"));
        assert_eq!(name(" \u{200b} "), None);
        assert!(Owner::name_of(&"x".repeat(81)).is_err());
        let number = |text: &str| Owner::telephone_of(text);
        assert_eq!(number(" (0275) 3.822-115 ").unwrap().as_deref(), Some("02753822115"));
        assert_eq!(number("+84 90 123 45 67").unwrap().as_deref(), Some("+84901234567"));
        assert_eq!(number(" ").unwrap(), None);
        for bad in ["1234567", "0901234567 / 0907654321", "không có", "++84901234567"] {
            assert!(number(bad).is_err(), "{bad}");
        }
        let owner = Owner { full_name: name("Trần Thị Lan"), telephone: None };
        assert!(!format!("{owner:?}").contains("Lan"));
    }

    #[test]
    fn an_item_of_an_earlier_version_is_read_and_no_hash_is_shown() {
        let earlier =
            r#"{"account":{"name":"lan","scope":{"role":"admin","areas":["83"]},"made":1,"later":2}}"#;
        let Ok(Item::Account(account)) = serde_json::from_str(earlier) else { panic!("{earlier}") };
        assert_eq!((account.password.clone(), account.disabled, account.epoch), (None, false, 0));
        assert!(!account.demonstration && !account.once && account.owner == Owner::default());
        let hashed = Account { password: Some("$argon2id$secret".to_owned()), ..account };
        assert!(!format!("{hashed:?}").contains("secret"));
    }
}
