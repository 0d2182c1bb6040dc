//! `soho user`: accounts from the command line, while no server runs on the register.

use std::io::{self, BufRead, IsTerminal, Write};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use soho_shared::access::{Role, Scope};
use soho_shared::area::AreaCode;

use crate::accounts::{
    AccountChange, AccountService, CODE_LIFETIME_MILLIS, Lifetimes, NewAccount, Passwords, is_open,
};
use crate::engine::OpenError;
use crate::kept::Kept;
use crate::people::{AccountName, Item, ItemKind};
use crate::register::Register;
use crate::sync::now_millis;

/// Make accounts, shut them, and give codes for tablets.
///
/// Stop the server first; while it runs, an administrator does the same on its page /desk/people/. A password is
/// asked for, or read from the first line of standard input; it is never an argument.
#[derive(Args)]
#[command(after_help = "Example:\n  soho user add-admin nga --data ./data")]
pub struct User {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make an administrator. With the first one the register is no longer open to everybody
    #[command(after_help = "Example:\n  soho user add-admin nga --data ./data")]
    AddAdmin(Named),
    /// Make an account
    #[command(
        after_help = "Examples:\n  soho user add lan --role volunteer --area 29173-04 --area 29173-05 --no-password --data ./data\n  \
                      soho user add dien --role department --area 836 --support electricity --data ./data"
    )]
    Add(Add),
    /// Give an account another password; browsers that are signed in are signed out
    #[command(after_help = "Example:\n  soho user set-password lan --data ./data")]
    SetPassword(Named),
    /// List the accounts
    #[command(after_help = "Example:\n  soho user list --data ./data")]
    List(Kept),
    /// Shut an account: its devices may send what they hold, and then wipe themselves
    #[command(after_help = "Example:\n  soho user disable lan --data ./data")]
    Disable(Named),
    /// Open a shut account again
    #[command(after_help = "Example:\n  soho user enable lan --data ./data")]
    Enable(Named),
    /// Print a code that enrols one tablet for an account within 15 minutes
    #[command(after_help = "Example:\n  soho user enrol lan --data ./data")]
    Enrol(Named),
}

#[derive(Args)]
struct Named {
    /// The account's name: a to z, digits, `.`, `_`, `-`
    #[arg(value_parser = str::parse::<AccountName>)]
    name: AccountName,
    #[command(flatten)]
    kept: Kept,
}

#[derive(Args)]
struct Add {
    #[command(flatten)]
    named: Named,
    /// `department`, `volunteer`, `commune`, `district`, `province` or `admin`
    #[arg(long, value_parser = str::parse::<Role>)]
    role: Role,
    /// An area: hamlets like 29173-04 for a volunteer, a commune like 29173, a district like 836; for a department districts, or 83
    #[arg(long = "area", value_name = "CODE", value_parser = str::parse::<AreaCode>)]
    areas: Vec<AreaCode>,
    /// A support that a department gives, like electricity
    #[arg(long = "support", value_name = "ID")]
    supports: Vec<String>,
    /// Only tablets enrolled with a code can use the account
    #[arg(long)]
    no_password: bool,
}

impl User {
    /// Runs the command.
    ///
    /// # Errors
    /// When it cannot be done; the error says why and what to do.
    pub async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::AddAdmin(named) => {
                let scope = Scope::new(Role::Admin, [])?;
                let password = Some(ask_password(&named.name)?);
                make(&named.kept, NewAccount { name: named.name, scope, password, demonstration: false })
                    .await
            }
            Command::Add(add) => {
                let Named { name, kept } = add.named;
                let scope = Scope::with_supports(add.role, add.areas, add.supports)?;
                let password = if add.no_password { None } else { Some(ask_password(&name)?) };
                make(&kept, NewAccount { name, scope, password, demonstration: false }).await
            }
            Command::SetPassword(named) => {
                let password = Some(ask_password(&named.name)?);
                change(&named, AccountChange { password, ..AccountChange::default() }).await
            }
            Command::List(kept) => list(&kept).await,
            Command::Disable(named) => {
                change(&named, AccountChange { disabled: Some(true), ..AccountChange::default() }).await
            }
            Command::Enable(named) => {
                change(&named, AccountChange { disabled: Some(false), ..AccountChange::default() }).await
            }
            Command::Enrol(named) => enrol(&named).await,
        }
    }
}

/// An open register, with the hasher of its passwords.
struct Office {
    store: Register,
    passwords: Passwords,
}

impl Office {
    async fn open(kept: &Kept) -> anyhow::Result<Self> {
        match kept.open().await {
            Ok(store) => Ok(Office { store, passwords: Passwords::default() }),
            Err(OpenError::InUse(directory)) => bail!(
                "a server runs on {}: make the change on its page /desk/people/, or stop it first",
                directory.display()
            ),
            Err(other) => Err(other.into()),
        }
    }

    /// Opens a register that exists already, for all but the first account: a mistyped path must not make a new one.
    async fn existing(kept: &Kept) -> anyhow::Result<Self> {
        kept.expect_existing()?;
        Office::open(kept).await
    }

    fn accounts(&self) -> AccountService<'_> {
        let (store, passwords) = (&self.store, &self.passwords);
        AccountService { store, passwords, lifetimes: Lifetimes::default(), now: now_millis() }
    }
}

async fn make(kept: &Kept, new: NewAccount) -> anyhow::Result<()> {
    let admin = new.scope.role() == Role::Admin;
    let office = if admin { Office::open(kept).await? } else { Office::existing(kept).await? };
    let first = is_open(&office.store).await?;
    if first && !admin {
        office.store.close().await?;
        bail!("the first account is an administrator's: make it with `soho user add-admin`");
    }
    let made = office.accounts().make(None, new).await;
    office.store.close().await?;
    let made = made?;
    let beginning = if first { "; from now on everybody has to sign in" } else { "" };
    say(&format!("Made the account `{}` ({}){beginning}.", made.name, made.scope.role()))
}

async fn change(named: &Named, change: AccountChange) -> anyhow::Result<()> {
    let office = Office::existing(&named.kept).await?;
    let changed = office.accounts().change(None, &named.name, change).await;
    office.store.close().await?;
    let changed = changed?;
    let state = if changed.disabled { "shut" } else { "open" };
    say(&format!("Changed the account `{}`; it is {state}.", changed.name))
}

async fn enrol(named: &Named) -> anyhow::Result<()> {
    let office = Office::existing(&named.kept).await?;
    let enrolled = office.accounts().enrol(None, &named.name).await;
    office.store.close().await?;
    let (code, _) = enrolled?;
    let minutes = CODE_LIFETIME_MILLIS / 60_000;
    say(&format!("{code}\nType it on the tablet's page /signin/ within {minutes} minutes; it works once."))
}

async fn list(kept: &Kept) -> anyhow::Result<()> {
    let office = Office::existing(kept).await?;
    let items = office.store.items(ItemKind::Account, None).await;
    office.store.close().await?;
    let mut lines = vec!["account\trole\tareas\tpassword\tstate\tsupports".to_owned()];
    for item in items? {
        let Item::Account(account) = item else { continue };
        let areas: Vec<_> = account.scope.areas().iter().map(ToString::to_string).collect();
        let password = if account.password.is_some() { "yes" } else { "no" };
        let state = if account.disabled { "shut" } else { "open" };
        let supports = account.scope.supports().join(",");
        let (name, role, areas) = (account.name, account.scope.role(), areas.join(","));
        lines.push(format!("{name}\t{role}\t{areas}\t{password}\t{state}\t{supports}"));
    }
    say(&lines.join("\n"))
}

/// Asks for a password without showing what is typed, or reads the first line of standard input.
fn ask_password(name: &AccountName) -> anyhow::Result<String> {
    let password = if io::stdin().is_terminal() {
        let first = rpassword::prompt_password(format!("Password for {name}: "));
        let first = first.context("the password cannot be read")?;
        let again = rpassword::prompt_password("The same again: ").context("the password cannot be read")?;
        if first != again {
            bail!("the two passwords differ: try again");
        }
        first
    } else {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).context("the password cannot be read")?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    if password.is_empty() {
        bail!("no password was given: type one, or give it as the first line of standard input");
    }
    Ok(password)
}

fn say(text: &str) -> anyhow::Result<()> {
    writeln!(io::stdout(), "{text}").context("cannot print")
}
