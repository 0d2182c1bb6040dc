//! Where a command finds the register: the arguments `--data` and `--store`.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;

use crate::engine::{Location, OpenError};
use crate::register::Register;

/// Where the register is kept.
#[derive(Args)]
pub struct Kept {
    /// Data directory
    #[arg(long = "data", value_name = "DIR", required_unless_present = "store")]
    directory: Option<PathBuf>,
    /// In place of a directory, a PostgreSQL database, like postgres://soho@host/soho?sslmode=require. Several servers
    /// may share one
    #[arg(long, value_name = "ADDRESS", conflicts_with = "directory", value_parser = str::parse::<Location>)]
    store: Option<Location>,
}

impl Kept {
    /// The place.
    #[must_use]
    pub fn location(&self) -> Location {
        match (&self.store, &self.directory) {
            (Some(store), _) => store.clone(),
            (None, directory) => Location::Directory(directory.clone().unwrap_or_default()),
        }
    }

    /// The data directory; `None` where the register is in a database.
    #[must_use]
    pub fn directory(&self) -> Option<PathBuf> {
        match self.location() {
            Location::Directory(path) => Some(path),
            #[cfg(feature = "postgres")]
            Location::Database(_) => None,
        }
    }

    /// The data directory, for what concerns files alone.
    ///
    /// # Errors
    /// When the register is in a database, or there is no such directory.
    pub fn existing_directory(&self) -> anyhow::Result<PathBuf> {
        let Some(directory) = self.directory() else {
            bail!("this is for a data directory: a database does it by itself");
        };
        expect_directory(&directory)?;
        Ok(directory)
    }

    /// Opens the register, making it where there is none.
    ///
    /// # Errors
    /// When it cannot be used.
    pub async fn open(&self) -> Result<Register, OpenError> {
        let location = self.location();
        let opening = tokio::task::spawn_blocking(move || Register::at(&location));
        opening.await.map_err(|error| OpenError::Io { path: PathBuf::new(), why: error.to_string() })?
    }

    /// Opens a register that exists already: a mistyped path must not make a new one.
    ///
    /// # Errors
    /// When it is not there or cannot be used.
    pub async fn open_existing(&self) -> anyhow::Result<Register> {
        self.expect_existing()?;
        Ok(self.open().await?)
    }

    /// Fails where there is no directory of that name.
    ///
    /// # Errors
    /// When there is none.
    pub fn expect_existing(&self) -> anyhow::Result<()> {
        self.directory().map_or(Ok(()), |directory| expect_directory(&directory))
    }
}

fn expect_directory(directory: &Path) -> anyhow::Result<()> {
    if !directory.is_dir() {
        bail!("there is no directory {}: give the register's with --data", directory.display());
    }
    Ok(())
}
