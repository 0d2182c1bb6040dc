//! The way to the database, which a browser may cut at any time.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::events::EventListener;
use indexed_db_futures::KeyPath;
use indexed_db_futures::database::Database;
use indexed_db_futures::internals::SystemRepr as _;
use indexed_db_futures::prelude::*;
use wasm_bindgen::JsCast as _;

use super::{BASE, DbError, META, OUTBOX, PLACE, Result};

const NAME: &str = "soho-survey";

/// What befalls the database from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Somebody else wants it deleted or upgraded, and waits until it is closed.
    Unwanted,
    /// It was opened anew, and nothing is in it any more.
    Emptied,
}

type Hook = Rc<RefCell<Option<Box<dyn Fn(Fate)>>>>;

/// A connection, and the ear on it.
struct Connection {
    database: Database,
    _listener: EventListener,
}

/// The open database. A browser may close it at any time (the site's data were cleared, its own process died): then it
/// is opened anew.
pub struct Db {
    connection: RefCell<Rc<Connection>>,
    hook: Hook,
}

async fn connect(hook: &Hook) -> Result<(Rc<Connection>, bool)> {
    let made = Rc::new(Cell::new(false));
    let is_made = Rc::clone(&made);
    let database = Database::open(NAME)
        .with_version(1u8)
        .with_on_upgrade_needed(move |_, db| {
            is_made.set(true);
            let base = db.create_object_store(BASE).with_key_path(KeyPath::One("key")).build()?;
            base.create_index(PLACE, KeyPath::One("place")).build()?;
            db.create_object_store(OUTBOX).build()?;
            db.create_object_store(META).build()?;
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
    /// Opens it, making it on the first visit.
    ///
    /// # Errors
    /// [`DbError::Open`] when the browser does not let pages store.
    pub async fn open() -> Result<Self> {
        let hook = Hook::default();
        let (connection, _) = connect(&hook).await?;
        Ok(Db { connection: RefCell::new(connection), hook })
    }

    /// Calls `hook` at what befalls it.
    pub fn listen(&self, hook: impl Fn(Fate) + 'static) {
        *self.hook.borrow_mut() = Some(Box::new(hook));
    }

    /// Lets go of it, after what is under way. The next that is asked of it opens it anew.
    pub fn close(&self) {
        self.connection.borrow().database.clone().close();
    }

    /// Runs one transaction; where it fails, once more, and over a new connection: the browser may have closed the
    /// old one, and Firefox, once full, fails the first write after that however much room there is again.
    pub(super) async fn run<T>(&self, work: impl AsyncFn(&Database) -> Result<T>) -> Result<T> {
        let mut again = true;
        loop {
            let connection = Rc::clone(&self.connection.borrow());
            match work(&connection.database).await {
                Err(DbError::Transaction(_) | DbError::Full(_)) if again => again = false,
                result => return result,
            }
            self.close();
            let (connection, made) = connect(&self.hook).await?;
            *self.connection.borrow_mut() = connection;
            if let (true, Some(hook)) = (made, &*self.hook.borrow()) {
                hook(Fate::Emptied);
            }
        }
    }
}
