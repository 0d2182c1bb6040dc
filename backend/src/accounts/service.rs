//! The front desk: signing in, enrolling, making accounts, taking devices away. Each of these is one transaction of
//! the store, with its entry in the audit trail.

use soho_shared::access::{Role, Scope};
use soho_shared::text::hides;

use super::{Admission, Admitted, Lifetimes, Passwords, admit};
use crate::engine::StoreError;
use crate::people::{
    Account, AccountName, Action, Amendment, Author, Code, Digest, Enrolment, Entry, Item, ItemKind, Key,
    Owner, Session, SessionId, Token,
};
use crate::register::Register;

/// Lifetime of an enrolment code, in milliseconds: 15 minutes.
pub const CODE_LIFETIME_MILLIS: u64 = 15 * 60 * 1_000;
/// How long a device may bring any number of new households once that is allowed.
const DAY_MILLIS: u64 = 24 * 60 * 60 * 1_000;
/// Time for which a device's session that is over is still listed, in milliseconds: 90 days.
const LISTED_MILLIS: u64 = 90 * 24 * 3_600 * 1_000;
/// Most browser sessions of an account; the next one ends the oldest.
const MOST_SESSIONS: usize = 40;
/// Attempts at a change that somebody else makes at the same moment.
const TRIES: usize = 5;
/// Most letters of a device's name.
const DEVICE_NAME: usize = 60;
/// Time by which a clock may be set back while a code lives, in milliseconds, where the server that made the code was
/// restarted.
const SET_BACK_MILLIS: u64 = 60 * 1_000;

/// Why something was not done with an account.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AccountError {
    /// The name is taken.
    #[error("there is already an account `{0}`: choose another name")]
    Taken(AccountName),
    /// No such account.
    #[error("there is no account `{0}`")]
    Unknown(AccountName),
    /// No such session.
    #[error("there is no such device or session")]
    UnknownSession,
    /// The account was shut.
    #[error("the account `{0}` is shut: open it again first")]
    Disabled(AccountName),
    /// The password is not acceptable.
    #[error("{0}")]
    Password(String),
    /// There would be no administrator left.
    #[error("`{0}` is the last administrator: make another one first")]
    LastAdmin(AccountName),
    /// Somebody else changed it at the same moment.
    #[error("somebody changed this at the same moment: look at it and try again")]
    Raced,
    /// The system gives no random bits.
    #[error("the system gives no random numbers: {0}")]
    Random(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<getrandom::Error> for AccountError {
    fn from(error: getrandom::Error) -> Self {
        AccountError::Random(error.to_string())
    }
}

/// Why somebody was not let in. A missing account and a wrong password give the same answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SignInError {
    /// The account or its password is wrong.
    #[error("the account or the password is wrong: type them again; if forgotten, ask the administrator")]
    Wrong,
    /// The code is not one, was used, or is too old.
    #[error("this code is wrong, was used, or is older than 15 minutes: ask for a new one")]
    WrongCode,
    /// The password is right, and only good for choosing another one.
    #[error("this password works once: choose one of your own, of 10 letters or more")]
    Once,
    /// There is no such demonstration account, or it is shut.
    #[error("there is no such demonstration account: sign in with a password")]
    NotDemonstration,
    /// The device's name is empty, too long, or has characters that nobody sees.
    #[error("a device's name has 1 to {DEVICE_NAME} letters, and none that nobody sees")]
    DeviceName,
    /// Something else failed.
    #[error(transparent)]
    Failed(#[from] AccountError),
}

impl From<getrandom::Error> for SignInError {
    fn from(error: getrandom::Error) -> Self {
        SignInError::Failed(error.into())
    }
}

impl From<StoreError> for SignInError {
    fn from(error: StoreError) -> Self {
        SignInError::Failed(error.into())
    }
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Its name.
    pub name: AccountName,
    /// What it may see and do.
    pub scope: Scope,
    /// Its password; without one only devices can use it.
    pub password: Option<String>,
    /// Whether it belongs to a demonstration.
    pub demonstration: bool,
}

/// Changes of an account; `None` leaves a part as it is.
#[derive(Clone, Debug, Default)]
pub struct AccountChange {
    /// What it may see and do.
    pub scope: Option<Scope>,
    /// A new password.
    pub password: Option<String>,
    /// Whether that password is only good for choosing another one.
    pub once: bool,
    /// Whether it is shut.
    pub disabled: Option<bool>,
    /// Whose it is.
    pub owner: Option<Owner>,
}

/// Signs in, enrols, makes accounts and takes devices away, in one register at one moment.
#[derive(Clone, Copy)]
pub struct AccountService<'a> {
    /// Where accounts are kept.
    pub store: &'a Register,
    /// Hashes passwords.
    pub passwords: &'a Passwords,
    /// How long sessions live.
    pub lifetimes: Lifetimes,
    /// The time, in milliseconds since 1970, UTC.
    pub now: u64,
}

/// Whether a register has no account at all.
///
/// # Errors
/// When the store fails.
pub async fn is_open(store: &Register) -> Result<bool, StoreError> {
    Ok(store.items(ItemKind::Account, None).await?.is_empty())
}

impl AccountService<'_> {
    /// Signs a browser in with an account's name and password.
    ///
    /// # Errors
    /// When account and password do not belong together, the account is shut, the password is only good for choosing
    /// another one, or the store fails.
    pub async fn sign_in(&self, name: &str, password: String) -> Result<(Token, Admitted), SignInError> {
        let account = self.matching(name, password).await?;
        if account.once { Err(SignInError::Once) } else { self.open(account.clone(), account).await }
    }

    /// Signs a browser in and gives the account another password in the same step: what is done with one that works
    /// once.
    ///
    /// # Errors
    /// When account and password do not belong together, the account is shut, the new password will not do, or the
    /// store fails.
    pub async fn sign_in_choosing(
        &self,
        name: &str,
        current: String,
        password: String,
    ) -> Result<(Token, Admitted), SignInError> {
        let is_same = as_drawn(&password) == as_drawn(&current);
        let was = self.matching(name, current).await?;
        if is_same {
            let detail = "the new password is the one so far: choose another one";
            return Err(AccountError::Password(detail.to_owned()).into());
        }
        let hashed = self.passwords.hash(&was.name, password).await?;
        self.open(was.clone(), with_password(was, hashed, false)).await
    }

    /// The account that a name and a password open.
    async fn matching(&self, name: &str, password: String) -> Result<Account, SignInError> {
        let account = self.named(name).await?;
        let hashed = account.as_ref().filter(|a| !a.disabled).and_then(|a| a.password.clone());
        let is_once = account.as_ref().is_some_and(|account| account.once);
        let typed = if is_once { as_drawn(&password) } else { password };
        let matches = self.passwords.matches(hashed, typed).await;
        account.filter(|_| matches).ok_or(SignInError::Wrong)
    }

    /// Signs a browser in without a password, with an account of a demonstration. The caller has made sure that
    /// nobody but this machine asks.
    ///
    /// # Errors
    /// When the account does not belong to a demonstration or is shut, or the store fails.
    pub async fn enter(&self, name: &str) -> Result<(Token, Admitted), SignInError> {
        let account = self.named(name).await?.filter(Account::is_offered);
        let account = account.ok_or(SignInError::NotDemonstration)?;
        self.open(account.clone(), account).await
    }

    /// Begins a browser's session with an account, which may get another password with it.
    async fn open(&self, was: Account, account: Account) -> Result<(Token, Admitted), SignInError> {
        let token = Token::draw()?;
        let session = self.session(&account, &token, None)?;
        let by = Author { account: account.name.clone(), session: session.id };
        self.tidy(&was).await?;
        let chosen = (was.epoch != account.epoch)
            .then(|| Entry::about(Some(by.clone()), Action::PasswordSet, account.name.as_str()));
        let amendments = vec![
            // Not if the account was shut or given another password meanwhile.
            Amendment::replace(Item::Account(was), Some(Item::Account(account.clone()))),
            Amendment::put(Item::Session(session.clone())),
        ];
        let entries = chosen.into_iter().chain([Entry::own(by, Action::SignedIn)]).collect();
        self.amend(amendments, entries).await?;
        Ok((token, Admitted { account, session }))
    }

    /// Enrols a device with a code, which is used up.
    ///
    /// # Errors
    /// When the code is wrong, was used or is too old, the device's name is not acceptable, or the store fails.
    pub async fn redeem(&self, code: &str, device: &str) -> Result<(Token, Admitted), SignInError> {
        let device = device.trim();
        if device.is_empty() || device.chars().count() > DEVICE_NAME || hides(device, ' ') {
            return Err(SignInError::DeviceName);
        }
        let code: Code = code.parse().map_err(|()| SignInError::WrongCode)?;
        let Some(Item::Enrolment(enrolment)) = self.store.item(&Key::Enrolment(code.digest())).await? else {
            return Err(SignInError::WrongCode);
        };
        let account = self.find(&enrolment.account).await?.filter(|account| !account.disabled);
        // A code that ends later than one made now would was made before the clock was set back.
        let latest = self.now.saturating_add(CODE_LIFETIME_MILLIS + SET_BACK_MILLIS);
        let lives = self.now < enrolment.expires && enrolment.expires <= latest;
        let account = account.filter(|_| lives).ok_or(SignInError::WrongCode)?;
        let token = Token::draw()?;
        let session = self.session(&account, &token, Some(device.to_owned()))?;
        let by = Author { account: account.name.clone(), session: session.id };
        self.tidy(&account).await?;
        let amendments = vec![
            Amendment::replace(Item::Enrolment(enrolment), None),
            Amendment::unchanged(Item::Account(account.clone())),
            Amendment::put(Item::Session(session.clone())),
        ];
        let entry = Entry { subject: Some(device.to_owned()), ..Entry::own(by, Action::Enrolled) };
        match self.amend(amendments, vec![entry]).await {
            Ok(()) => Ok((token, Admitted { account, session })),
            // Another device has used the code at the same moment.
            Err(AccountError::Raced) => Err(SignInError::WrongCode),
            Err(other) => Err(other.into()),
        }
    }

    /// Judges a session by its token's digest.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn judge(&self, token: Digest) -> Result<Admission, StoreError> {
        let Some(Item::Session(session)) = self.store.item(&Key::Session(token)).await? else {
            return Ok(Admission::Over);
        };
        let account = self.find(&session.account).await?;
        Ok(admit(session, account, self.now, self.lifetimes))
    }

    /// [`AccountService::judge`] for a request: also notes that the session was used.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn admit(&self, token: Digest) -> Result<Admission, StoreError> {
        let admission = self.judge(token).await?;
        if let Admission::Admitted(admitted) = &admission
            && self.lifetimes.is_stale(&admitted.session, self.now)
        {
            let used = Session { used: self.now, ..admitted.session.clone() };
            let was = Item::Session(admitted.session.clone());
            // Another request may have noted it at the same moment, which is as good.
            self.store
                .amend(self.now, vec![Amendment::replace(was, Some(Item::Session(used)))], vec![])
                .await?;
        }
        Ok(admission)
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sign_out(&self, admitted: &Admitted) -> Result<(), AccountError> {
        let end = |session: &Session| {
            session.ended.is_none().then(|| Session { ended: Some(self.now), ..session.clone() })
        };
        let entry = |_: &Session| Entry::own(admitted.by(), Action::SignedOut);
        match self.change_session(admitted.session.id, end, entry).await {
            Err(AccountError::UnknownSession) => Ok(()),
            done => done,
        }
    }

    /// Changes a session as it is at the moment of writing; where there is nothing to change, nothing is written.
    async fn change_session(
        &self,
        id: SessionId,
        change: impl Fn(&Session) -> Option<Session>,
        entry: impl Fn(&Session) -> Entry,
    ) -> Result<(), AccountError> {
        for _ in 0..TRIES {
            let session = self.session_by_id(id).await?.ok_or(AccountError::UnknownSession)?;
            let Some(changed) = change(&session) else { return Ok(()) };
            let entry = entry(&session);
            let amendment = Amendment::replace(Item::Session(session), Some(Item::Session(changed)));
            match self.amend(vec![amendment], vec![entry]).await {
                Err(AccountError::Raced) => {}
                done => return done,
            }
        }
        Err(AccountError::Raced)
    }

    /// Makes a code that enrols one device for an account. Returns it with the time of its end, in milliseconds since
    /// 1970.
    ///
    /// # Errors
    /// When there is no such account, it is shut, or the store fails.
    pub async fn enrol(&self, by: Option<Author>, name: &AccountName) -> Result<(Code, u64), AccountError> {
        let account = self.find(name).await?.ok_or_else(|| AccountError::Unknown(name.clone()))?;
        if account.disabled {
            return Err(AccountError::Disabled(name.clone()));
        }
        let code = Code::draw()?;
        let expires = self.now + CODE_LIFETIME_MILLIS;
        let enrolment = Enrolment { code: code.digest(), account: name.clone(), expires };
        self.tidy(&account).await?;
        self.amend(
            vec![Amendment::put(Item::Enrolment(enrolment))],
            vec![Entry::about(by, Action::CodeMade, name.as_str())],
        )
        .await?;
        Ok((code, expires))
    }

    /// Makes an account.
    ///
    /// # Errors
    /// When the name is taken, the password will not do, or the store fails.
    pub async fn make(&self, by: Option<Author>, new: NewAccount) -> Result<Account, AccountError> {
        self.make_for(by, new, Owner::default(), false).await
    }

    /// Makes an account for a person, with a password that works once. Returns it with that password.
    ///
    /// # Errors
    /// When the name is taken, the system gives no random bits or the store fails.
    pub async fn make_once(
        &self,
        by: Option<Author>,
        name: AccountName,
        scope: Scope,
        owner: Owner,
    ) -> Result<(Account, String), AccountError> {
        let password = Code::draw()?.to_string();
        let new = NewAccount { name, scope, password: Some(password.clone()), demonstration: false };
        Ok((self.make_for(by, new, owner, true).await?, password))
    }

    /// [`AccountService::make`] for a person; `once` says that the password is only good for choosing another one.
    ///
    /// # Errors
    /// When the name is taken, the password will not do, or the store fails.
    pub async fn make_for(
        &self,
        by: Option<Author>,
        new: NewAccount,
        owner: Owner,
        once: bool,
    ) -> Result<Account, AccountError> {
        let NewAccount { name, scope, password, demonstration } = new;
        if self.find(&name).await?.is_some() {
            return Err(AccountError::Taken(name));
        }
        let password = match password {
            Some(password) => Some(self.passwords.hash(&name, password).await?),
            None => None,
        };
        let made = self.now;
        let (disabled, disabled_at, epoch) = (false, None, 0);
        let account =
            Account { name, scope, password, made, disabled, disabled_at, epoch, demonstration, owner, once };
        let entry = Entry::about(by, Action::AccountMade, account.name.as_str());
        match self.amend(vec![Amendment::put(Item::Account(account.clone()))], vec![entry]).await {
            Ok(()) => Ok(account),
            Err(AccountError::Raced) => Err(AccountError::Taken(account.name)),
            Err(other) => Err(other),
        }
    }

    /// Changes an account.
    ///
    /// # Errors
    /// When there is no such account, the password will not do, no administrator would be left, or the
    /// store fails.
    pub async fn change(
        &self,
        by: Option<Author>,
        name: &AccountName,
        change: AccountChange,
    ) -> Result<Account, AccountError> {
        let AccountChange { scope, password, once, disabled, owner } = change;
        let mut entries = Vec::new();
        if scope.is_some() || disabled.is_some() || owner.is_some() {
            entries.push(Entry::about(by.clone(), Action::AccountChanged, name.as_str()));
        }
        let password = match password {
            Some(password) => {
                entries.push(Entry::about(by, Action::PasswordSet, name.as_str()));
                Some(self.passwords.hash(name, password).await?)
            }
            None => None,
        };
        let was = self.find(name).await?.ok_or_else(|| AccountError::Unknown(name.clone()))?;
        let mut account = match password {
            Some(hashed) => with_password(was.clone(), hashed, once),
            None => was.clone(),
        };
        account.scope = scope.unwrap_or(account.scope);
        account.owner = owner.unwrap_or(account.owner);
        if let Some(disabled) = disabled.filter(|disabled| *disabled != account.disabled) {
            account.disabled = disabled;
            account.disabled_at = disabled.then_some(self.now);
        }
        let mut amendments =
            vec![Amendment::replace(Item::Account(was.clone()), Some(Item::Account(account.clone())))];
        if is_admin(&was) && !is_admin(&account) {
            let others = self.store.items(ItemKind::Account, None).await?;
            let another = others
                .into_iter()
                .find(|item| matches!(item, Item::Account(other) if other.name != *name && is_admin(other)));
            // Of two administrators who shut each other out at the same moment, the second is refused.
            amendments
                .push(Amendment::unchanged(another.ok_or_else(|| AccountError::LastAdmin(name.clone()))?));
        }
        self.amend(amendments, entries).await?;
        Ok(account)
    }

    /// Gives an account a password that works once, and returns it.
    ///
    /// # Errors
    /// When there is no such account, the system gives no random bits or the store fails.
    pub async fn reset(&self, by: Option<Author>, name: &AccountName) -> Result<String, AccountError> {
        let password = Code::draw()?.to_string();
        let change =
            AccountChange { password: Some(password.clone()), once: true, ..AccountChange::default() };
        self.change(by, name, change).await?;
        Ok(password)
    }

    /// Gives somebody's own account another password. The session in which that is done goes on; the account's other
    /// browsers are signed out.
    ///
    /// # Errors
    /// When the password will not do, somebody else changes the account at the same moment, or the store fails.
    pub async fn change_own(&self, admitted: &Admitted, password: String) -> Result<(), AccountError> {
        let name = &admitted.account.name;
        let hashed = self.passwords.hash(name, password).await?;
        let was = self.find(name).await?.ok_or_else(|| AccountError::Unknown(name.clone()))?;
        let Some(Item::Session(session)) = self.store.item(&Key::Session(admitted.session.token)).await?
        else {
            return Err(AccountError::UnknownSession);
        };
        let is_browser = session.device.is_none();
        if was.password != admitted.account.password || is_browser && session.epoch != was.epoch {
            return Err(AccountError::Raced);
        }
        let account = with_password(was.clone(), hashed, false);
        let goes_on = Session { epoch: account.epoch, ..session.clone() };
        let amendments = vec![
            Amendment::replace(Item::Account(was), Some(Item::Account(account))),
            Amendment::replace(Item::Session(session), Some(Item::Session(goes_on))),
        ];
        let entry = Entry::about(Some(admitted.by()), Action::PasswordSet, name.as_str());
        self.amend(amendments, vec![entry]).await
    }

    /// Revokes a browser or device: it may still send what it holds, of which what was made before is taken. Where the
    /// device is lost, all that it sends is held back.
    ///
    /// # Errors
    /// When there is no such session, or the store fails.
    pub async fn revoke(&self, by: Author, id: SessionId, lost: bool) -> Result<(), AccountError> {
        let revoke = |session: &Session| {
            let is_done = session.ended.is_some() || session.revoked.is_some() && (session.lost || !lost);
            let revoked = session.revoked.or(Some(self.now));
            (!is_done).then(|| Session { revoked, lost, suspended: false, ..session.clone() })
        };
        let action = if lost { Action::Lost } else { Action::Revoked };
        self.change_session(id, revoke, |session| about(&by, action, session)).await
    }

    /// Lets a device bring any number of new households for a day, as when what was written on paper is entered.
    ///
    /// # Errors
    /// When there is no such session, or the store fails.
    pub async fn allow_many(&self, by: Author, id: SessionId) -> Result<(), AccountError> {
        let many_until = Some(self.now + DAY_MILLIS);
        let allow = |session: &Session| Some(Session { many_until, ..session.clone() });
        self.change_session(id, allow, |session| about(&by, Action::ManyAllowed, session)).await
    }

    /// Lets a device in again that waits since the register was restored.
    ///
    /// # Errors
    /// When there is no such session, or the store fails.
    pub async fn confirm(&self, by: Author, id: SessionId) -> Result<(), AccountError> {
        let confirm =
            |session: &Session| session.suspended.then(|| Session { suspended: false, ..session.clone() });
        self.change_session(id, confirm, |session| about(&by, Action::Confirmed, session)).await
    }

    /// A session by its public id.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn session_by_id(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let sessions = self.store.items(ItemKind::Session, None).await?;
        Ok(sessions.into_iter().find_map(|item| match item {
            Item::Session(session) if session.id == id => Some(session),
            _ => None,
        }))
    }

    /// An account by its name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn find(&self, name: &AccountName) -> Result<Option<Account>, StoreError> {
        match self.store.item(&Key::Account(name.clone())).await? {
            Some(Item::Account(account)) => Ok(Some(account)),
            _ => Ok(None),
        }
    }

    /// Finds an account by what was typed as its name.
    async fn named(&self, name: &str) -> Result<Option<Account>, StoreError> {
        match name.parse() {
            Ok(name) => self.find(&name).await,
            Err(_) => Ok(None),
        }
    }

    /// All accounts, from the smallest role to the widest, and by area within a role.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn all(&self) -> Result<Vec<Account>, StoreError> {
        let items = self.store.items(ItemKind::Account, None).await?.into_iter();
        let mut accounts: Vec<_> = items
            .filter_map(|item| match item {
                Item::Account(account) => Some(account),
                _ => None,
            })
            .collect();
        accounts.sort_by_key(|account| (account.scope.role(), account.scope.areas().to_vec()));
        Ok(accounts)
    }

    fn session(
        &self,
        account: &Account,
        token: &Token,
        device: Option<String>,
    ) -> Result<Session, AccountError> {
        Ok(Session {
            token: token.digest(),
            id: SessionId::draw()?,
            account: account.name.clone(),
            device,
            opened: self.now,
            used: self.now,
            epoch: account.epoch,
            revoked: None,
            many_until: None,
            lost: false,
            suspended: false,
            ended: None,
        })
    }

    /// Removes what an account no longer needs, so that nothing grows for ever: codes that are too old, sessions that
    /// are over, and the oldest browsers' where there are too many.
    async fn tidy(&self, account: &Account) -> Result<(), StoreError> {
        let mut gone = Vec::new();
        for item in self.store.items(ItemKind::Enrolment, Some(&account.name)).await? {
            if matches!(&item, Item::Enrolment(enrolment) if enrolment.expires <= self.now) {
                gone.push(Amendment::replace(item, None));
            }
        }
        let mut browsers = Vec::new();
        for item in self.store.items(ItemKind::Session, Some(&account.name)).await? {
            let Item::Session(session) = item else { continue };
            let over = matches!(
                admit(session.clone(), Some(account.clone()), self.now, self.lifetimes),
                Admission::Over
            );
            let listed = session.device.is_some() && self.now.saturating_sub(session.used) <= LISTED_MILLIS;
            if over && !listed {
                gone.push(Amendment::replace(Item::Session(session), None));
            } else if session.device.is_none() {
                browsers.push(session);
            }
        }
        browsers.sort_by_key(|session| session.used);
        let too_many = (browsers.len() + 1).saturating_sub(MOST_SESSIONS);
        gone.extend(browsers.into_iter().take(too_many).map(|s| Amendment::replace(Item::Session(s), None)));
        if !gone.is_empty() {
            // Where another request tidies at the same moment, the next one finishes it.
            self.store.amend(self.now, gone, Vec::new()).await?;
        }
        Ok(())
    }

    async fn amend(&self, amendments: Vec<Amendment>, entries: Vec<Entry>) -> Result<(), AccountError> {
        let done = self.store.amend(self.now, amendments, entries).await?;
        if done { Ok(()) } else { Err(AccountError::Raced) }
    }
}

/// The account with another password: browsers that signed in with the one so far are signed out.
fn with_password(account: Account, hashed: String, once: bool) -> Account {
    Account { password: Some(hashed), epoch: account.epoch.wrapping_add(1), once, ..account }
}

/// A drawn password as it was shown, from what was typed: in small letters, without its dash.
fn as_drawn(typed: &str) -> String {
    typed.parse::<Code>().map_or_else(|()| typed.to_owned(), |code| code.to_string())
}

fn about(by: &Author, action: Action, session: &Session) -> Entry {
    Entry::about(Some(by.clone()), action, session.account.as_str())
}

fn is_admin(account: &Account) -> bool {
    account.scope.role() == Role::Admin && !account.disabled
}

#[cfg(test)]
mod tests;
