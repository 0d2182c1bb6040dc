use soho_shared::area::AreaCode;

use super::*;
use crate::register::Register;

const NOW: u64 = 1_900_000_000_000;

struct Office {
    store: Register,
    passwords: Passwords,
    data: tempfile::TempDir,
}

impl Office {
    fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        Office { store: Register::open(data.path()).unwrap(), passwords: Passwords::default(), data }
    }

    fn at(&self, now: u64) -> AccountService<'_> {
        AccountService {
            store: &self.store,
            passwords: &self.passwords,
            lifetimes: Lifetimes::default(),
            now,
        }
    }

    async fn make(&self, name: &str, role: Role, areas: &[&str]) -> Account {
        let scope = Scope::new(role, areas.iter().map(|a| a.parse::<AreaCode>().unwrap())).unwrap();
        let password = Some(format!("password {name}"));
        let new = NewAccount { name: name.parse().unwrap(), scope, password, demonstration: false };
        self.at(NOW).make(None, new).await.unwrap()
    }

    async fn trail(&self) -> Vec<Action> {
        let page = self.store.audit(None, u64::MAX, 100).await.unwrap();
        assert!(page.is_sorted_by(|a, b| a.number > b.number), "latest first");
        page.iter().rev().map(|recorded| recorded.entry.action).collect()
    }
}

async fn is_in(accounts: AccountService<'_>, token: &Token) -> bool {
    matches!(accounts.admit(token.digest()).await.unwrap(), Admission::Admitted(_))
}

#[tokio::test]
async fn a_register_is_open_until_it_has_an_account_and_all_is_there_after_a_restart() {
    let office = Office::new();
    assert!(is_open(&office.store).await.unwrap());
    office.make("root", Role::Admin, &[]).await;
    let (token, admitted) = office.at(NOW).sign_in("Root", "password root".to_owned()).await.unwrap();
    let scope = Scope::new(Role::Province, []).unwrap();
    let again = NewAccount { name: "root".parse().unwrap(), scope, password: None, demonstration: false };
    assert!(matches!(office.at(NOW).make(None, again).await, Err(AccountError::Taken(_))));
    office.store.close().await.unwrap();
    let Office { store, data, passwords } = office;
    drop(store);
    let office = Office { store: Register::open(data.path()).unwrap(), passwords, data };
    assert!(!is_open(&office.store).await.unwrap());
    assert!(is_in(office.at(NOW + 1), &token).await);
    office.at(NOW + 2).sign_out(&admitted).await.unwrap();
    assert!(!is_in(office.at(NOW + 3), &token).await);
    assert_eq!(office.trail().await, [Action::AccountMade, Action::SignedIn, Action::SignedOut]);
    let found = office.store.verify().await.unwrap();
    assert!(found.is_clean(), "{found:?}");
}

#[tokio::test]
async fn a_wrong_password_no_account_and_a_shut_account_are_one_answer() {
    let office = Office::new();
    office.make("root", Role::Admin, &[]).await;
    let lan = office.make("lan", Role::Commune, &["29173"]).await;
    let shut = AccountChange { disabled: Some(true), ..AccountChange::default() };
    let sign_in = async |name: &str, password: &str| {
        let answer = office.at(NOW).sign_in(name, password.to_owned()).await;
        answer.map(drop).map_err(|e| e.to_string())
    };
    sign_in("lan", "password lan").await.unwrap();
    let wrong = sign_in("lan", "password ba").await.unwrap_err();
    assert_eq!(sign_in("nobody", "password lan").await.unwrap_err(), wrong);
    assert_eq!(sign_in("ấp 4", "password lan").await.unwrap_err(), wrong);
    office.at(NOW).change(None, &lan.name, shut).await.unwrap();
    assert_eq!(sign_in("lan", "password lan").await.unwrap_err(), wrong);
}

#[tokio::test]
async fn a_new_password_signs_browsers_out_and_devices_stay() {
    let office = Office::new();
    let lan = office.make("lan", Role::Volunteer, &["29173-04"]).await;
    let (browser, _) = office.at(NOW).sign_in("lan", "password lan".to_owned()).await.unwrap();
    let (code, _) = office.at(NOW).enrol(None, &lan.name).await.unwrap();
    let (device, _) = office.at(NOW).redeem(&code.to_string(), "Máy 1").await.unwrap();
    let change = AccountChange { password: Some("another one".to_owned()), ..AccountChange::default() };
    office.at(NOW).change(None, &lan.name, change).await.unwrap();
    assert!(!is_in(office.at(NOW), &browser).await);
    assert!(is_in(office.at(NOW), &device).await);
}

#[tokio::test]
async fn a_password_that_works_once_is_good_for_choosing_another_one_and_nothing_else() {
    let office = Office::new();
    let lan = office.make("lan", Role::Volunteer, &["29173-04"]).await;
    let (before, _) = office.at(NOW).sign_in("lan", "password lan".to_owned()).await.unwrap();
    let once = office.at(NOW).reset(None, &lan.name).await.unwrap();
    assert!(!is_in(office.at(NOW), &before).await);
    let typed = once.to_lowercase().replace('-', " ");
    let sign_in = async |password: &str| office.at(NOW).sign_in("lan", password.to_owned()).await;
    let choose = async |current: &str, password: &str| {
        office.at(NOW).sign_in_choosing("lan", current.to_owned(), password.to_owned()).await
    };
    assert!(matches!(sign_in(&typed).await, Err(SignInError::Once)));
    assert!(matches!(choose("password lan", "another one").await, Err(SignInError::Wrong)));
    for bad in ["short", &typed] {
        assert!(matches!(choose(&once, bad).await, Err(SignInError::Failed(AccountError::Password(_)))));
    }
    let (token, admitted) = choose(&typed, "another one").await.unwrap();
    assert!(is_in(office.at(NOW), &token).await && !admitted.account.once);
    assert!(matches!(choose(&once, "a third one").await, Err(SignInError::Wrong)), "it works once");
    assert!(sign_in("another one").await.is_ok());
    let told = [Action::PasswordSet, Action::PasswordSet, Action::SignedIn, Action::SignedIn];
    assert!(office.trail().await.ends_with(&told));
}

#[tokio::test]
async fn who_changes_their_own_password_stays_in_and_their_other_browsers_do_not() {
    let office = Office::new();
    office.make("lan", Role::Commune, &["29173"]).await;
    let sign_in = async |password: &str| office.at(NOW).sign_in("lan", password.to_owned()).await;
    let (here, admitted) = sign_in("password lan").await.unwrap();
    let (elsewhere, other) = sign_in("password lan").await.unwrap();
    office.at(NOW).change_own(&admitted, "another one".to_owned()).await.unwrap();
    assert!(is_in(office.at(NOW), &here).await && !is_in(office.at(NOW), &elsewhere).await);
    let late = office.at(NOW).change_own(&other, "a third one".to_owned()).await;
    assert!(matches!(late, Err(AccountError::Raced)), "a session that is over comes back by this");
    assert!(matches!(sign_in("password lan").await, Err(SignInError::Wrong)));
    assert!(sign_in("another one").await.is_ok());
}

#[tokio::test]
async fn a_code_enrols_one_device_within_its_time() {
    let office = Office::new();
    let lan = office.make("lan", Role::Volunteer, &["29173-04"]).await;
    let (code, expires) = office.at(NOW).enrol(None, &lan.name).await.unwrap();
    let code = code.to_string();
    let redeem = async |at: u64, device: &str| office.at(at).redeem(&code, device).await;
    for bad in ["", " ", "a\nb", "Máy\u{202e}1", "\u{200b}", &"x".repeat(61)] {
        assert!(matches!(redeem(NOW, bad).await, Err(SignInError::DeviceName)));
    }
    assert!(matches!(redeem(expires, "Máy 1").await, Err(SignInError::WrongCode)), "too late");
    let set_back = redeem(NOW - 120_000, "Máy 1").await;
    assert!(matches!(set_back, Err(SignInError::WrongCode)), "the clock was set back");
    let (first, second) = tokio::join!(redeem(NOW, "Máy 1"), redeem(NOW, "Máy 2"));
    assert_eq!(u8::from(first.is_ok()) + u8::from(second.is_ok()), 1, "two at once");
    assert!(matches!(redeem(NOW, "Máy 3").await, Err(SignInError::WrongCode)), "again");
    assert!(matches!(office.at(NOW).redeem("00000-00000", "Máy").await, Err(SignInError::WrongCode)));
    let never = "nobody".parse().unwrap();
    assert!(matches!(office.at(NOW).enrol(None, &never).await, Err(AccountError::Unknown(_))));
}

#[tokio::test]
async fn a_revoked_device_is_withdrawn_until_it_ends() {
    let office = Office::new();
    let lan = office.make("lan", Role::Volunteer, &["29173-04"]).await;
    let (code, _) = office.at(NOW).enrol(None, &lan.name).await.unwrap();
    let (token, device) = office.at(NOW).redeem(&code.to_string(), "Máy 1").await.unwrap();
    office.at(NOW).revoke(device.by(), device.session.id, false).await.unwrap();
    let Admission::Withdrawn(withdrawn) = office.at(NOW + 1).admit(token.digest()).await.unwrap() else {
        panic!("still in");
    };
    office.at(NOW + 2).sign_out(&withdrawn).await.unwrap();
    assert_eq!(office.at(NOW + 3).admit(token.digest()).await.unwrap(), Admission::Over);
    let listed = office.at(NOW).session_by_id(device.session.id).await.unwrap().unwrap();
    assert_eq!((listed.revoked, listed.ended), (Some(NOW), Some(NOW + 2)));
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let office = Office::new();
    let root = office.make("root", Role::Admin, &[]).await;
    let shut = || AccountChange { disabled: Some(true), ..AccountChange::default() };
    assert!(matches!(office.at(NOW).change(None, &root.name, shut()).await, Err(AccountError::LastAdmin(_))));
    let other = office.make("other", Role::Admin, &[]).await;
    // Both at once: one of them stays.
    let accounts = office.at(NOW);
    let (a, b) =
        tokio::join!(accounts.change(None, &root.name, shut()), accounts.change(None, &other.name, shut()));
    assert_eq!(u8::from(a.is_ok()) + u8::from(b.is_ok()), 1);
}

#[tokio::test]
async fn what_is_over_is_tidied_away() {
    let office = Office::new();
    let lan = office.make("lan", Role::Volunteer, &["29173-04"]).await;
    for i in 0..MOST_SESSIONS as u64 + 5 {
        office.at(NOW + i).sign_in("lan", "password lan".to_owned()).await.unwrap();
    }
    let sessions = office.store.items(ItemKind::Session, Some(&lan.name)).await.unwrap();
    assert_eq!(sessions.len(), MOST_SESSIONS);
    office.at(NOW).enrol(None, &lan.name).await.unwrap();
    office.at(NOW + CODE_LIFETIME_MILLIS * 60).enrol(None, &lan.name).await.unwrap();
    assert_eq!(office.store.items(ItemKind::Enrolment, None).await.unwrap().len(), 1);
    assert_eq!(office.store.items(ItemKind::Session, Some(&lan.name)).await.unwrap().len(), 0);
}
