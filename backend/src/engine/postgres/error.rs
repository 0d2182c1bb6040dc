//! What PostgreSQL and the way to it say when they fail, in words that say what to do.

use std::error::Error as _;

use deadpool_postgres::PoolError;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use super::StoreError;

/// Returns whether an error is the loss of a connection: over another one the same may work.
pub(super) fn is_loss(error: &Error) -> bool {
    match error.code() {
        Some(code) => {
            code.code().starts_with("08")
                || *code == SqlState::ADMIN_SHUTDOWN
                || *code == SqlState::CRASH_SHUTDOWN
                || *code == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
        }
        None => {
            error.is_closed() || error.source().is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
        }
    }
}

/// Says why a statement failed.
pub(super) fn of(error: &Error) -> StoreError {
    let said = said(error);
    let Some(code) = error.code() else {
        return StoreError::Io(format!(
            "the database does not answer ({said}): try again, a new connection is made by itself"
        ));
    };
    let io = |advice: &str| StoreError::Io(format!("{advice} ({said})"));
    match code.code() {
        "53100" => StoreError::Full,
        "XX001" | "XX002" => StoreError::Damaged(said),
        "25006" => io(
            "the database takes no writing: it is a standby, or set to read only; let the address lead to the primary, \
             or name all servers in it with target_session_attrs=read-write",
        ),
        "42501" => io(
            "the database's user may not do that: grant it select, insert, update and delete on the table soho",
        ),
        "42P01" => io("the database's table soho is gone: restart the server, or restore a backup"),
        "28P01" | "28000" => {
            io("the database lets this user not in: look at the address, and at the server's pg_hba.conf")
        }
        "3D000" => io("there is no such database: create it, or look at the address"),
        "53300" => {
            io("the database has no connection left: raise max_connections, or put a pooler before it")
        }
        "57P01" | "57P02" | "57P03" => {
            io("the database stops or starts: try again, a new connection is made by itself")
        }
        "57014" => io("the database took too long: try again; if it stays so, look at what it is busy with"),
        "40001" | "40P01" | "55P03" => io("another transaction was in the way: try again"),
        class if class.starts_with("08") => {
            io("the connection to the database is lost: try again, a new connection is made by itself")
        }
        class if class.starts_with("53") => io("the database is short of something: look at its machine"),
        _ => io("the database refuses"),
    }
}

/// Says why there was no connection.
pub(super) fn of_pool(error: &PoolError) -> StoreError {
    match error {
        PoolError::Backend(error) => of(error),
        PoolError::Closed => closed(),
        _ => StoreError::Io(
            "the database does not answer: no connection to it came free in time; try again, and look whether it runs"
                .to_owned(),
        ),
    }
}

/// Nothing is known of what was sent.
pub(super) fn unconfirmed() -> StoreError {
    StoreError::Io(
        "the database has not confirmed what was written: it may yet be there; ask again, and look whether the database \
         and its standby run"
            .to_owned(),
    )
}

/// A question has taken too long.
pub(super) fn too_long() -> StoreError {
    StoreError::Io("the database took too long to answer: try again, and look whether it runs".to_owned())
}

/// The engine was closed.
pub(super) fn closed() -> StoreError {
    StoreError::Stopped("the register is closed".to_owned())
}

/// What an error says, with its cause: on its own it says "db error".
fn said(error: &Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(error), _) => format!("{}, {}", error.message(), error.code().code()),
        (None, Some(cause)) => format!("{error}: {cause}"),
        (None, None) => error.to_string(),
    }
}
