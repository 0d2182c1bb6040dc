//! The connection to the database, which a browser may close at any time.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;

use gloo::events::EventListener;
use indexed_db_futures::KeyPath;
use indexed_db_futures::database::Database;
use indexed_db_futures::internals::SystemRepr as _;
use indexed_db_futures::object_store::ObjectStore;
use indexed_db_futures::prelude::*;
use indexed_db_futures::transaction::{TransactionDurability, TransactionMode, TransactionOptions};
use wasm_bindgen::JsCast as _;

use super::{ACKNOWLEDGED, BASE, DbError, META, OUTBOX, PLACE, Result};

const NAME: &str = "soho-survey";

/// Something that happens to the database from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Another page wants to delete or upgrade the database, and waits until it is closed.
    Unwanted,
    /// The database was opened anew and was empty.
    Emptied,
}

type Hook = Rc<RefCell<Option<Box<dyn Fn(Fate)>>>>;

/// A future on the database. It is boxed so that its code is compiled once, not into everything that awaits it.
pub(super) type Work<'w, T> = Pin<Box<dyn Future<Output = Result<T>> + 'w>>;

/// The work done within a transaction.
trait Job {
    fn start<'a>(&'a self, stores: &'a Stores<'a>) -> Work<'a, ()>;
}

/// Work whose result is put aside, so that what surrounds it is compiled once and not for each kind of result.
struct Task<F, T> {
    work: F,
    done: Cell<Option<T>>,
}

impl<T, F: AsyncFn(&Stores<'_>) -> Result<T>> Job for Task<F, T> {
    fn start<'a>(&'a self, stores: &'a Stores<'a>) -> Work<'a, ()> {
        Box::pin(async {
            self.done.set(Some((self.work)(stores).await?));
            Ok(())
        })
    }
}

/// The stores of the database within one transaction.
pub(super) struct Stores<'a> {
    /// Records as the server last gave them.
    pub(super) base: ObjectStore<'a>,
    /// Operations not acknowledged yet, by slot.
    pub(super) outbox: ObjectStore<'a>,
    /// Operations that the server has acknowledged and that are in no backup yet.
    pub(super) acknowledged: ObjectStore<'a>,
    /// Small texts.
    pub(super) meta: ObjectStore<'a>,
}

/// An open database and the listener for its events.
struct Connection {
    database: Database,
    _listener: EventListener,
}

/// The database. A browser may close the connection at any time (site data cleared, a process died); then it
/// is opened again.
pub struct Db {
    connection: RefCell<Rc<Connection>>,
    hook: Hook,
}

async fn connect(hook: &Hook) -> Result<(Rc<Connection>, bool)> {
    let made = Rc::new(Cell::new(false));
    let is_made = Rc::clone(&made);
    let database = Database::open(NAME)
        .with_version(2u8)
        .with_on_upgrade_needed(move |event, db| {
            if event.old_version() < 1.0 {
                is_made.set(true);
                let base = db.create_object_store(BASE).with_key_path(KeyPath::One("key")).build()?;
                base.create_index(PLACE, KeyPath::One("place")).build()?;
                db.create_object_store(OUTBOX).build()?;
                db.create_object_store(META).build()?;
            }
            // Came with version 2; those before are kept as they are.
            db.create_object_store(ACKNOWLEDGED).build()?;
            Ok(())
        })
        .await?;
    let hook = Rc::clone(hook);
    let listener = EventListener::new(database.as_sys().unchecked_ref(), "versionchange", move |_| {
        if let Some(hook) = &*hook.borrow() {
            hook(Fate::Unwanted);
        }
    });
    Ok((Rc::new(Connection { database, _listener: listener }), made.get()))
}

impl Db {
    /// Opens the database, and creates it on the first visit.
    ///
    /// # Errors
    /// [`DbError::Open`] when the browser does not let pages store.
    pub async fn open() -> Result<Self> {
        let hook = Hook::default();
        let (connection, _) = connect(&hook).await?;
        Ok(Db { connection: RefCell::new(connection), hook })
    }

    /// Calls `hook` whenever something happens to the database from outside.
    pub fn listen(&self, hook: impl Fn(Fate) + 'static) {
        *self.hook.borrow_mut() = Some(Box::new(hook));
    }

    /// Closes the connection once running transactions end. The next use opens it again.
    pub fn close(&self) {
        self.connection.borrow().database.clone().close();
    }

    /// Reads in one transaction.
    pub(super) async fn read<T>(&self, work: impl AsyncFn(&Stores<'_>) -> Result<T>) -> Result<T> {
        self.result(TransactionMode::Readonly, work).await
    }

    /// Writes in one transaction. When it completes, the data are on the disk, not only with the operating system.
    pub(super) async fn write<T>(&self, work: impl AsyncFn(&Stores<'_>) -> Result<T>) -> Result<T> {
        self.result(TransactionMode::Readwrite, work).await
    }

    async fn result<T>(
        &self,
        mode: TransactionMode,
        work: impl AsyncFn(&Stores<'_>) -> Result<T>,
    ) -> Result<T> {
        let task = Task { work, done: Cell::new(None) };
        self.run(mode, &task).await?;
        Ok(task.done.take().expect("a transaction that completed has a result"))
    }

    /// Runs one transaction, and once more over a new connection if it fails. The browser may have closed the
    /// old one; and Firefox, once the disk was full, fails the first write after that however much room there is again.
    fn run<'a>(&'a self, mode: TransactionMode, work: &'a dyn Job) -> Work<'a, ()> {
        Box::pin(async move {
            match self.run_once(mode, work).await {
                Err(DbError::Transaction(_) | DbError::Full(_)) => {}
                result => return result,
            }
            self.renew().await?;
            self.run_once(mode, work).await
        })
    }

    fn run_once<'a>(&self, mode: TransactionMode, work: &'a dyn Job) -> Work<'a, ()> {
        let on = Rc::clone(&self.connection.borrow());
        Box::pin(async move {
            let mut options = TransactionOptions::new();
            options.set_durability(TransactionDurability::Strict);
            let tx = on
                .database
                .transaction([BASE, OUTBOX, ACKNOWLEDGED, META])
                .with_mode(mode)
                .with_options(options)
                .build()?;
            {
                let (base, outbox) = (tx.object_store(BASE)?, tx.object_store(OUTBOX)?);
                let (acknowledged, meta) = (tx.object_store(ACKNOWLEDGED)?, tx.object_store(META)?);
                work.start(&Stores { base, outbox, acknowledged, meta }).await?;
            }
            tx.commit().await?;
            Ok(())
        })
    }

    /// Replaces the connection with a new one.
    fn renew(&self) -> Work<'_, ()> {
        Box::pin(async {
            self.close();
            let (connection, made) = connect(&self.hook).await?;
            *self.connection.borrow_mut() = connection;
            if let (true, Some(hook)) = (made, &*self.hook.borrow()) {
                hook(Fate::Emptied);
            }
            Ok(())
        })
    }
}
