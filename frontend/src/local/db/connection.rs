//! The connection to the database, which a browser may close at any time.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;

use gloo::events::EventListener;
use leptos::prelude::window;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{IdbDatabase, IdbObjectStore, IdbObjectStoreParameters};

use super::request::{begin, completed, done};
use super::{ACKNOWLEDGED, BASE, DbError, META, OUTBOX, PLACE, Result};

const VERSION: u32 = 2;
const READS: &str = "readonly";
const WRITES: &str = "readwrite";
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
    fn start<'a>(&'a self, stores: &'a Stores) -> Work<'a, ()>;
}

/// Work whose result is put aside, so that what surrounds it is compiled once and not for each kind of result.
struct Task<F, T> {
    work: F,
    done: Cell<Option<T>>,
}

impl<T, F: AsyncFn(&Stores) -> Result<T>> Job for Task<F, T> {
    fn start<'a>(&'a self, stores: &'a Stores) -> Work<'a, ()> {
        Box::pin(async {
            self.done.set(Some((self.work)(stores).await?));
            Ok(())
        })
    }
}

/// The stores of the database within one transaction.
pub(super) struct Stores {
    /// Records as the server last gave them.
    pub(super) base: IdbObjectStore,
    /// Operations not acknowledged yet, by slot.
    pub(super) outbox: IdbObjectStore,
    /// Operations that the server has acknowledged and that are in no backup yet.
    pub(super) acknowledged: IdbObjectStore,
    /// Small texts.
    pub(super) meta: IdbObjectStore,
}

/// An open database and the listener for its events.
struct Connection {
    database: IdbDatabase,
    _listener: EventListener,
}

/// The database. A browser may close the connection at any time (site data cleared, a process died); then it
/// is opened again.
pub struct Db {
    connection: RefCell<Rc<Connection>>,
    hook: Hook,
}

/// Opens the database; returns also whether it was made.
async fn connect(hook: &Hook) -> Result<(Rc<Connection>, bool)> {
    let closed = |_| DbError::Open("there is none".to_owned());
    let factory = window().indexed_db().map_err(closed)?.ok_or_else(|| closed(JsValue::UNDEFINED))?;
    let request = factory.open_with_u32(NAME, VERSION).map_err(closed)?;
    let made = Rc::new(Cell::new(false));
    let is_made = Rc::clone(&made);
    let opening = request.clone();
    let upgrade = EventListener::once(&request, "upgradeneeded", move |_| {
        let upgraded = opening.result().map(|database| upgrade(database.unchecked_ref()));
        match upgraded {
            Ok(Ok(is_new)) => is_made.set(is_new),
            // Then opening it fails.
            _ => drop(opening.transaction().map(|transaction| transaction.abort())),
        }
    });
    let database = match done(Ok(request.into())).await {
        Ok(database) => database.unchecked_into::<IdbDatabase>(),
        Err(error) => return Err(DbError::Open(error.to_string())),
    };
    drop(upgrade);
    let hook = Rc::clone(hook);
    let listener = EventListener::new(&database, "versionchange", move |_| {
        if let Some(hook) = &*hook.borrow() {
            hook(Fate::Unwanted);
        }
    });
    Ok((Rc::new(Connection { database, _listener: listener }), made.get()))
}

/// Makes the stores that are not there; returns whether none was.
fn upgrade(database: &IdbDatabase) -> std::result::Result<bool, JsValue> {
    let is_new = !database.object_store_names().contains(BASE);
    if is_new {
        let key = IdbObjectStoreParameters::new();
        key.set_key_path(&"key".into());
        let base = database.create_object_store_with_optional_parameters(BASE, &key)?;
        base.create_index_with_str(PLACE, PLACE)?;
        database.create_object_store(OUTBOX)?;
        database.create_object_store(META)?;
    }
    // Came with version 2; what was there before is kept as it is.
    database.create_object_store(ACKNOWLEDGED)?;
    Ok(is_new)
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
        self.connection.borrow().database.close();
    }

    /// Reads in one transaction.
    pub(super) async fn read<T>(&self, work: impl AsyncFn(&Stores) -> Result<T>) -> Result<T> {
        self.result(READS, work).await
    }

    /// Writes in one transaction. When it completes, the data are on the disk, not only with the operating system.
    pub(super) async fn write<T>(&self, work: impl AsyncFn(&Stores) -> Result<T>) -> Result<T> {
        self.result(WRITES, work).await
    }

    async fn result<T>(&self, mode: &'static str, work: impl AsyncFn(&Stores) -> Result<T>) -> Result<T> {
        let task = Task { work, done: Cell::new(None) };
        self.run(mode, &task).await?;
        Ok(task.done.take().expect("a transaction that completed has a result"))
    }

    /// Runs one transaction, and once more over a new connection if it fails. The browser may have closed the
    /// old one; and Firefox, once the disk was full, fails the first write after that however much room there is again.
    fn run<'a>(&'a self, mode: &'static str, work: &'a dyn Job) -> Work<'a, ()> {
        Box::pin(async move {
            match self.run_once(mode, work).await {
                Err(DbError::Transaction(_) | DbError::Full(_)) => {}
                result => return result,
            }
            self.renew().await?;
            self.run_once(mode, work).await
        })
    }

    fn run_once<'a>(&self, mode: &'static str, work: &'a dyn Job) -> Work<'a, ()> {
        let on = Rc::clone(&self.connection.borrow());
        Box::pin(async move {
            let names = [BASE, OUTBOX, ACKNOWLEDGED, META];
            let transaction = begin(&on.database, &names, mode)?;
            let [base, outbox, acknowledged, meta] = names.map(|name| transaction.object_store(name));
            let stores = Stores { base: base?, outbox: outbox?, acknowledged: acknowledged?, meta: meta? };
            if let Err(error) = work.start(&stores).await {
                // It may have ended by itself.
                let _ = transaction.abort();
                return Err(error);
            }
            // What was read is there, whatever becomes of the transaction.
            if mode == WRITES { completed(&transaction).await } else { Ok(()) }
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
