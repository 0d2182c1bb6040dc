//! The author of something, with the device's name for as long as its session is kept; and how to reach the person.

use std::collections::HashMap;

use serde::Serialize;
use soho_shared::text::one_line;
use utoipa::ToSchema;

use super::access::Caller;
use crate::engine::StoreError;
use crate::people::{AccountName, Author, Item, ItemKind, Owner, SessionId};
use crate::register::Register;

/// Who did something.
#[derive(Serialize, ToSchema)]
#[schema(as = NamedAuthor)]
pub(super) struct By {
    account: AccountName,
    session: SessionId,
    /// The name of the device; null for a browser, and for one that has long been gone.
    device: Option<String>,
}

/// Names of devices, by session.
pub(super) struct Devices(HashMap<SessionId, String>);

impl Devices {
    /// The names of all enrolled devices.
    pub(super) async fn of(store: &Register) -> Result<Self, StoreError> {
        let sessions = store.items(ItemKind::Session, None).await?;
        let named = sessions.into_iter().filter_map(|item| match item {
            Item::Session(session) => Some((session.id, one_line(&session.device?).into_owned())),
            _ => None,
        });
        Ok(Devices(named.collect()))
    }

    /// The author, with the device's name.
    pub(super) fn by(&self, author: Option<Author>) -> Option<By> {
        let Author { account, session } = author?;
        Some(By { account, session, device: self.0.get(&session).cloned() })
    }
}

/// Who did something, and how to reach the person.
#[derive(Serialize, ToSchema)]
#[schema(as = ReachableAuthor)]
pub(super) struct Reachable {
    #[serde(flatten)]
    by: By,
    /// The name of the person whose account it is; null where it was not said, or the reader may not see the account.
    full_name: Option<String>,
    /// Null as the name is.
    telephone: Option<String>,
}

/// Authors, with the persons behind the accounts that a reader may see.
///
/// These are the accounts that the reader could list (`GET /accounts`): an officer's are those of lower roles within the
/// officer's own areas. So an officer is told no number of a colleague or of a district, and a volunteer nobody's.
pub(super) struct Authors {
    devices: Devices,
    persons: HashMap<AccountName, Owner>,
}

impl Authors {
    /// The authors as a caller may see them.
    pub(super) async fn seen_by(caller: &Caller) -> Result<Self, StoreError> {
        let devices = Devices::of(caller.store()).await?;
        let Some(own) = caller.scope() else { return Ok(Authors { devices, persons: HashMap::new() }) };
        let accounts = caller.store().items(ItemKind::Account, None).await?;
        let seen = accounts.into_iter().filter_map(|item| match item {
            Item::Account(account) if own.may_equip(&account.scope) => Some((account.name, account.owner)),
            _ => None,
        });
        Ok(Authors { devices, persons: seen.collect() })
    }

    /// The author, with the device's name and how to reach the person.
    pub(super) fn by(&self, author: Option<Author>) -> Option<Reachable> {
        let by = self.devices.by(author)?;
        let Owner { full_name, telephone } = self.persons.get(&by.account).cloned().unwrap_or_default();
        Some(Reachable { by, full_name, telephone })
    }
}
