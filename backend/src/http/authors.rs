//! The author of something, with the device's name for as long as its session is kept.

use std::collections::HashMap;

use serde::Serialize;
use soho_shared::text::one_line;
use utoipa::ToSchema;

use crate::engine::StoreError;
use crate::people::{AccountName, Author, Item, ItemKind, SessionId};
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
