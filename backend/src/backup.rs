//! Backups of a register that is being served, and of one that is not.
//!
//! The server that holds the register offers it at a socket in the data directory, which only the owner of
//! the directory can open; a backup is what comes out of it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::store::{BackupError, Contents, OpenError, SledStore, Store};

/// The socket's name.
const SOCKET: &str = "backup.socket";

/// Why no backup was taken.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// A file is there.
    #[error("{0} is there already: give another name")]
    Exists(PathBuf),
    /// The register cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The backup failed.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The disk failed.
    #[error("cannot write {path}: {why}")]
    Write {
        /// Where to.
        path: PathBuf,
        /// The system's reason.
        why: io::Error,
    },
}

/// Takes a backup of a register, served or not. The file is there under its name only when it is whole.
///
/// # Errors
/// When the register cannot be read, or the file not written.
pub async fn take(data: &Path, to: &Path) -> Result<Contents, TakeError> {
    if to.exists() {
        return Err(TakeError::Exists(to.to_owned()));
    }
    let failed = |why: io::Error| TakeError::Write { path: to.to_owned(), why };
    let mut name = to.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = to.with_file_name(name);
    let file = File::create(&part).map_err(failed)?;
    let taken = match take_into(data, file).await {
        Ok(()) => File::open(&part).map_err(failed).and_then(|file| {
            // What cannot be read again is no backup.
            let contents = Contents::checked(&file)?;
            file.sync_all().map_err(failed)?;
            fs::rename(&part, to).map_err(failed)?;
            Ok(contents)
        }),
        Err(error) => Err(error),
    };
    if taken.is_err() {
        let _ = fs::remove_file(&part);
    }
    taken
}

async fn take_into(data: &Path, file: File) -> Result<(), TakeError> {
    let opened = {
        let data = data.to_owned();
        tokio::task::spawn_blocking(move || SledStore::open(&data)).await
    };
    match opened.map_err(|e| BackupError::Io(io::Error::other(e)))? {
        Ok(store) => {
            let contents = store.backup(Box::new(file)).await;
            store.close().await.map_err(BackupError::Store)?;
            contents?;
            Ok(())
        }
        Err(OpenError::InUse(path)) => match served(data, file).await {
            // An older server, or another command.
            Err(error)
                if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) =>
            {
                Err(OpenError::InUse(path).into())
            }
            done => Ok(done.map_err(BackupError::Io)?),
        },
        Err(error) => Err(error.into()),
    }
}

#[cfg(unix)]
async fn served(data: &Path, mut file: File) -> io::Result<()> {
    let socket = data.join(SOCKET);
    let copying = tokio::task::spawn_blocking(move || {
        let mut stream = std::os::unix::net::UnixStream::connect(socket)?;
        io::copy(&mut stream, &mut file)?;
        file.flush()
    });
    copying.await.map_err(io::Error::other)?
}

#[cfg(not(unix))]
async fn served(_: &Path, _: File) -> io::Result<()> {
    Err(io::ErrorKind::NotFound.into())
}

/// Offers backups of a register that is being served, until the task is ended.
///
/// # Errors
/// When the socket cannot be made.
#[cfg(unix)]
pub async fn offer(store: Arc<dyn Store>, data: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    let socket = data.join(SOCKET);
    // One that a server left that was killed; the lock of the directory is ours.
    match fs::remove_file(&socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = tokio::net::UnixListener::bind(&socket)?;
    let socket = Gone(socket);
    fs::set_permissions(&socket.0, fs::Permissions::from_mode(0o600))?;
    loop {
        let (stream, _) = listener.accept().await?;
        let stream = stream.into_std()?;
        stream.set_nonblocking(false)?;
        match store.backup(Box::new(stream)).await {
            Ok(contents) => tracing::info!(records = contents.records, "a backup was taken"),
            Err(error) => tracing::warn!(%error, "a backup was not taken"),
        }
    }
}

/// Removes the socket when it is no longer offered.
#[cfg(unix)]
struct Gone(PathBuf);

#[cfg(unix)]
impl Drop for Gone {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Never ends: this system has no such sockets, and a backup needs the server to be stopped.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub async fn offer(_: Arc<dyn Store>, _: &Path) -> io::Result<()> {
    std::future::pending().await
}
