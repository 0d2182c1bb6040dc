//! The demonstration's people: one account for each kind of work, so that every page can be tried as the person it is
//! for.

use std::fmt;

use soho_shared::access::{Role, Scope};
use soho_shared::area::AreaCode;

use super::DemoError;
use crate::accounts::{AccountError, AccountService, Lifetimes, NewAccount, Passwords};
use crate::people::{Account, Code};
use crate::register::Register;
use crate::sync::now_millis;

/// Accounts of two communes of two districts: what the one sees, the other does not. A department has supports besides.
const PEOPLE: [(&str, Role, &str, &[&str]); 9] = [
    ("dienluc.batri", Role::Department, "836", &["electricity", "electricity_social"]),
    ("ap1.anduc", Role::Volunteer, "29173-01", &[]),
    ("ap2.anduc", Role::Volunteer, "29173-02", &[]),
    ("ap4.luongquoi", Role::Volunteer, "29002-04", &[]),
    ("xa.anduc", Role::Commune, "29173", &[]),
    ("xa.luongquoi", Role::Commune, "29002", &[]),
    ("huyen.batri", Role::District, "836", &[]),
    ("tinh.bentre", Role::Province, "83", &[]),
    ("quantri", Role::Admin, "83", &[]),
];

/// The demonstration's accounts. Each comes with its password if it was made just now: only a hash is stored, so this
/// is the only time to tell it.
#[derive(Default)]
pub struct Accounts(Vec<(Account, Option<String>)>);

/// Makes the accounts that are missing, with passwords drawn at random. Makes none in a register in which somebody
/// has made accounts of their own.
///
/// # Errors
/// When the system gives no random numbers or the store fails.
pub async fn accounts(store: &Register) -> Result<Accounts, DemoError> {
    let passwords = Passwords::default();
    let service =
        AccountService { store, passwords: &passwords, lifetimes: Lifetimes::default(), now: now_millis() };
    let there = service.all().await?;
    let own = there.iter().any(|account| !account.demonstration);
    let mut accounts = Vec::new();
    for (name, role, area, supports) in PEOPLE {
        if let Some(account) = there.iter().find(|account| account.name.as_str() == name) {
            accounts.push((account.clone(), None));
        } else if !own {
            let (account, password) = make(service, name, role, area, supports).await?;
            accounts.push((account, Some(password)));
        }
    }
    accounts.retain(|(account, _)| account.demonstration);
    Ok(Accounts(accounts))
}

async fn make(
    service: AccountService<'_>,
    name: &str,
    role: Role,
    area: &str,
    supports: &[&str],
) -> Result<(Account, String), AccountError> {
    let area: AreaCode = area.parse().expect("an area of the law's");
    let supports = supports.iter().map(|id| (*id).to_owned()).collect();
    let scope = Scope::with_supports(role, [area], supports).expect("of its role's kind");
    // Ten letters that are not mistaken for others: 50 random bits.
    let password = Code::draw()?.to_string().to_ascii_lowercase();
    let name = name.parse().expect("plain letters");
    let new = NewAccount { name, scope, password: Some(password.clone()), demonstration: true };
    Ok((service.make(None, new).await?, password))
}

impl fmt::Display for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return writeln!(f, "It has accounts of its own, and none of the demonstration.");
        }
        writeln!(
            f,
            "Demonstration accounts; at the address that the server prints one tap enters with each:"
        )?;
        for (account, password) in &self.0 {
            let (name, role) = (account.name.as_str(), account.scope.role().to_string());
            let areas: Vec<_> = account.scope.areas().iter().map(|area| full_name(*area)).collect();
            let line = format!("  {name:15}{role:11}{:24}", areas.join("; "));
            writeln!(f, "{}", format_args!("{line}{}", password.as_deref().unwrap_or_default()))?;
        }
        if self.0.iter().any(|(_, password)| password.is_some()) {
            writeln!(f, "The passwords are shown this once. `soho user set-password` gives another.")?;
        }
        Ok(())
    }
}

/// Full name of an area, like `Ấp 4, Xã Lương Quới`.
fn full_name(area: AreaCode) -> String {
    match area {
        AreaCode::Hamlet(hamlet) => format!("{}, {}", area.name(), AreaCode::Commune(hamlet.commune).name()),
        other => other.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::Register;

    #[tokio::test]
    async fn they_are_made_once_and_never_beside_a_register_s_own() {
        let data = tempfile::tempdir().unwrap();
        let store = Register::open(data.path()).unwrap();
        let made = accounts(&store).await.unwrap();
        assert_eq!(made.0.len(), PEOPLE.len());
        let drawn: std::collections::BTreeSet<_> =
            made.0.iter().map(|(_, password)| password.clone()).collect();
        assert_eq!(drawn.len(), PEOPLE.len(), "each has its own");
        let told = made.to_string();
        assert!(told.contains("ap4.luongquoi  volunteer  Ấp 4, Xã Lương Quới"), "{told}");

        let passwords = Passwords::default();
        let service = AccountService {
            store: &store,
            passwords: &passwords,
            lifetimes: Lifetimes::default(),
            now: now_millis(),
        };
        let (account, password) = &made.0[0];
        assert!(service.sign_in(account.name.as_str(), password.clone().unwrap()).await.is_ok());
        assert!(!format!("{:?}", service.all().await.unwrap()).contains(&password.clone().unwrap()));

        let again = accounts(&store).await.unwrap();
        assert!(again.0.len() == PEOPLE.len() && again.0.iter().all(|(_, password)| password.is_none()));
        assert!(!again.to_string().contains("password"), "{again}");

        let data = tempfile::tempdir().unwrap();
        let store = Register::open(data.path()).unwrap();
        let service = AccountService { store: &store, ..service };
        let scope = Scope::new(Role::Admin, []).unwrap();
        let own =
            NewAccount { name: "quantri".parse().unwrap(), scope, password: None, demonstration: false };
        service.make(None, own).await.unwrap();
        assert!(accounts(&store).await.unwrap().0.is_empty());
        assert!(!service.all().await.unwrap()[0].demonstration);
    }
}
