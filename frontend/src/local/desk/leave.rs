//! Letting go of the book: for another page, at signing out, and when the device is taken away.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::start::{ACCOUNT, KEPT};
use super::{Desk, OWNER, PLACE};
use crate::local::db::Fate;
use crate::local::device;
use crate::local::link::{self, Trouble};
use crate::local::tabs;
use crate::ui::store;

/// Tells the other tabs to let go of the book.
pub(super) const LET_GO: &str = "let-go";

/// What came of leaving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// The book is wiped, the session over.
    Done,
    /// Another page has the book open. Nothing was done.
    OpenElsewhere,
    /// Something waits to be sent. Nothing was done.
    Waits,
    /// The server was not told, or the device did not wipe.
    Failed(Trouble),
}

/// Goes to the page that signs in; the browser's back button does not come back here.
pub fn sign_in(rest: &str) {
    // A path of this site can always be gone to.
    let _ = window().location().replace(&format!("/signin/{rest}"));
}

impl Desk {
    pub(super) fn befallen(&self, fate: Fate) {
        match fate {
            Fate::Unwanted => self.let_go(),
            Fate::Emptied => {
                self.inner.records.borrow_mut().put_back();
                let desk = self.clone();
                spawn_local(async move {
                    let place = desk.signals.place.get_untracked();
                    let place = place.and_then(|place| serde_json::to_string(&place).ok());
                    for (key, text) in [(OWNER, desk.inner.owner.clone()), (PLACE, place)] {
                        if let Some(text) = text {
                            // The outbox is what counts; it is written by itself.
                            let _ = desk.inner.db.set_meta(key, &text).await;
                        }
                    }
                });
                self.write_soon();
            }
        }
    }

    /// Stops what is typed in this page, writes the last of it, and lets go of the book.
    pub(super) fn let_go(&self) {
        self.signals.closed.set(true);
        let desk = self.clone();
        spawn_local(async move {
            desk.write_all().await;
            desk.inner.db.close();
            desk.inner.hold.take();
            if desk.signals.waiting.get_untracked() > 0 {
                // Should the book be deleted now, what waits makes a new one.
                let _ = desk.inner.db.outbox().await;
            }
        });
    }

    /// Signs out and wipes the book, unless something waits or another page has the book open.
    pub async fn leave(&self) -> Left {
        let desk = self.clone();
        self.alone(async move {
            match desk.inner.db.outbox().await {
                Ok(entries) if entries.is_empty() => {}
                Ok(_) => return Left::Waits,
                Err(error) => return Left::Failed(error.into()),
            }
            if let Err(trouble) = link::sign_out().await {
                return Left::Failed(trouble);
            }
            device::end_session();
            match desk.inner.db.forget(false).await {
                Ok(0) => desk.forget_who(),
                Ok(_) => return Left::Waits,
                Err(error) => return Left::Failed(error.into()),
            }
            Left::Done
        })
        .await
    }

    /// The device was taken away, and what the server takes is sent: nothing stays, whatever it was.
    pub(super) async fn wipe(&self) -> Left {
        if let Some(tabs) = self.inner.tabs.get() {
            tabs.tell(LET_GO);
        }
        let desk = self.clone();
        self.alone(async move {
            // What they wrote as they let go.
            if let Err(trouble) = desk.push_all().await {
                return Left::Failed(trouble);
            }
            if let Err(error) = desk.inner.db.forget(true).await {
                return Left::Failed(error.into());
            }
            desk.forget_who();
            device::end_session();
            // Its session ends by itself where this does not arrive.
            let _ = link::sign_out().await;
            Left::Done
        })
        .await
    }

    /// Nobody is signed in any more. At the start that leads to the page that signs in; later it would tear somebody
    /// away from a form, and is only said.
    pub(super) async fn signed_out(&self, at_start: bool) {
        device::end_session();
        if !at_start {
            return;
        }
        if device::is_session_over(0) {
            // Where it fails, the next start does it.
            let _ = self.inner.db.forget(false).await;
        }
        sign_in("?to=/survey/");
    }

    fn forget_who(&self) {
        store::set(KEPT, "");
        store::remove(ACCOUNT);
    }

    /// Runs something while no other page has the book open.
    async fn alone(&self, work: impl Future<Output = Left> + 'static) -> Left {
        self.inner.hold.take();
        let left = Rc::new(RefCell::new(Left::OpenElsewhere));
        let result = Rc::clone(&left);
        tabs::with_book_alone(async move { *result.borrow_mut() = work.await }).await;
        let left = left.replace(Left::Done);
        if left != Left::Done {
            *self.inner.hold.borrow_mut() = Some(tabs::hold().await);
        }
        left
    }
}
