//! Letting go of the book (the device's database): for another page, at signing out, and when the device is revoked.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use soho_shared::wire::Problem;

use super::start::{ACCOUNT, KEPT};
use super::{Notebook, OWNER, PLACE, Saved};
use crate::local::db::Fate;
use crate::local::device;
use crate::local::link::{self, Trouble};
use crate::local::tabs;
use crate::store;

/// Message that tells the other tabs to let go of the book.
pub(super) const LET_GO: &str = "let-go";

/// Outcome of signing out or wiping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// The book is wiped and the session is over.
    Done,
    /// Another page has the book open; nothing was done.
    OpenElsewhere,
    /// Some edits wait to be sent; the book is not wiped.
    Waits,
    /// The server was not told, or the device could not wipe the book.
    Failed(Trouble),
}

/// Goes to the sign-in page. The browser's back button does not return here.
pub fn sign_in(rest: &str) {
    // Fails only for an address of another site.
    let _ = window().location().replace(&format!("/signin/{rest}"));
}

impl Notebook {
    pub(super) fn befallen(&self, fate: Fate) {
        match fate {
            Fate::Unwanted => self.let_go(),
            Fate::Emptied => {
                self.inner.records.borrow_mut().put_back();
                let notebook = self.clone();
                spawn_local(async move {
                    let place = notebook.signals.place.get_untracked();
                    let place = place.and_then(|place| serde_json::to_string(&place).ok());
                    for (key, text) in [(OWNER, notebook.inner.owner.clone()), (PLACE, place)] {
                        if let Some(text) = text {
                            // A failure is harmless: the outbox is what counts, and it is written separately.
                            let _ = notebook.inner.db.set_meta(key, &text).await;
                        }
                    }
                });
                self.write_soon();
            }
        }
    }

    /// Stops typing in this page, writes what was typed last, and lets go of the book.
    pub(super) fn let_go(&self) {
        self.signals.saved.set(Saved::Saving);
        self.signals.closed.set(true);
        let notebook = self.clone();
        spawn_local(async move {
            notebook.write_all().await;
            notebook.inner.db.close();
            notebook.inner.hold.take();
            if notebook.signals.waiting.get_untracked() > 0 {
                // If the book is deleted now, this opens a new one, into which the waiting edits are written.
                notebook.signals.saved.set(Saved::Saving);
                let _ = notebook.inner.db.outbox().await;
                notebook.write_all().await;
            }
        });
    }

    /// Signs out and wipes the book, unless edits wait or another page has the book open.
    pub async fn leave(&self) -> Left {
        let notebook = self.clone();
        self.alone(async move {
            // What a restored register has lost waits again, unless the session is over.
            for asked in [false, true] {
                match notebook.inner.db.outbox().await {
                    Ok(entries) if entries.is_empty() => {}
                    Ok(_) => return Left::Waits,
                    Err(error) => return Left::Failed(error.into()),
                }
                let gone = if asked { link::sign_out().await } else { notebook.push_all(true).await };
                match gone {
                    Ok(()) | Err(Trouble::Refused(Problem { status: 401, .. })) => {}
                    Err(trouble) => return Left::Failed(trouble),
                }
            }
            device::end_session();
            match notebook.inner.db.forget(false).await {
                Ok(0) => notebook.forget_who(),
                // Written since: the records are gone, what waits stays, and whose it is must stay known.
                Ok(_) => {}
                Err(error) => return Left::Failed(error.into()),
            }
            Left::Done
        })
        .await
    }

    /// Wipes the book of a revoked device, after sending what the server still takes; whatever cannot be sent
    /// is wiped too.
    pub(super) async fn wipe(&self) -> Left {
        if let Some(tabs) = self.inner.tabs.get() {
            tabs.tell(LET_GO);
        }
        let notebook = self.clone();
        self.alone(async move {
            // Sends also what the other tabs wrote as they let go, and what a restored register has lost.
            if let Err(trouble) = notebook.push_all(true).await {
                return Left::Failed(trouble);
            }
            if let Err(error) = notebook.inner.db.forget(true).await {
                return Left::Failed(error.into());
            }
            notebook.forget_who();
            device::end_session();
            // Where this does not arrive, the session ends by itself.
            let _ = link::sign_out().await;
            Left::Done
        })
        .await
    }

    /// Handles the answer that nobody is signed in. At the start it leads to the sign-in page; later that
    /// would tear a volunteer away from a form, so the screen only says it.
    pub(super) async fn signed_out(&self, at_start: bool) {
        device::end_session();
        if !at_start {
            return;
        }
        if device::is_session_over(0) {
            // Where this fails, the next start does it.
            let _ = self.inner.db.forget(false).await;
        }
        sign_in("?to=/survey/");
    }

    fn forget_who(&self) {
        store::set(KEPT, "");
        store::remove(ACCOUNT);
    }

    /// Runs `work` while no other page has the book open.
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
