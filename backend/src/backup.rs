//! Backups of a register, whether it is being served or not.
//!
//! The server that holds the register offers it at a socket in the data directory, which only the owner of the
//! directory can open. Whoever connects is sent a backup.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use crate::engine::{Location, OpenError};
use crate::register::{BackupError, Contents, KeepError, Register};
use crate::seal::Seal;

/// Name of the socket.
pub(crate) const SOCKET: &str = "backup.socket";
/// Time for which a reader of a backup may take nothing of it before it is given up.
#[cfg(unix)]
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);
/// Most backups that are taken at once.
#[cfg(unix)]
const AT_ONCE: usize = 4;

/// Why no backup was taken.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// The file is there already.
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
        /// The file to be written.
        path: PathBuf,
        /// The system's reason.
        why: io::Error,
    },
}

/// Takes a backup of a register, served or not, and seals it if asked. The file gets its name only when it is
/// complete. To be called where it may wait for the disk.
///
/// # Errors
/// When the file is there already, the register cannot be read, or the file cannot be written.
pub fn take(from: &Location, to: &Path, seal: Option<&Seal>) -> Result<Contents, TakeError> {
    if to.exists() {
        return Err(TakeError::Exists(to.to_owned()));
    }
    let failed = |why: io::Error| TakeError::Write { path: to.to_owned(), why };
    let mut name = to.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = to.with_file_name(name);
    let file = create(&part).map_err(failed)?;
    let taken = take_into(from, &file, seal).and_then(|contents| {
        // What cannot be read again is no backup. A sealed one may be sealed to somebody else's key: for it, what was
        // written was read.
        let contents =
            if seal.is_none() { Contents::checked(File::open(&part).map_err(failed)?)? } else { contents };
        file.sync_all().map_err(failed)?;
        fs::rename(&part, to).map_err(failed)?;
        Ok(contents)
    });
    if taken.is_err() {
        let _ = fs::remove_file(&part);
    }
    taken
}

/// Makes a file that only its owner can read, in place of what an earlier try left.
fn create(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn take_into(register: &Location, file: &File, seal: Option<&Seal>) -> Result<Contents, TakeError> {
    match served(register) {
        Ok(stream) => return Ok(copy(stream, file, seal)?),
        // Not served, or served by an older version.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {}
        Err(error) => return Err(BackupError::Io(error).into()),
    }
    let (from, to) = io::pipe().map_err(BackupError::Io)?;
    thread::scope(|scope| {
        let keeping = scope.spawn(move || crate::register::keep(register, to));
        let copied = copy(from, file, seal);
        let kept = keeping.join().map_err(|_| BackupError::Io(io::Error::other("it was cut short")))?;
        match (kept, copied) {
            (Err(KeepError::Open(error)), _) => Err(error.into()),
            // The error of the copy comes first: it says why the backup was not taken on.
            (_, Err(error)) | (Err(KeepError::Backup(error)), _) => Err(error.into()),
            (Ok(_), Ok(contents)) => Ok(contents),
        }
    })
}

/// Writes a backup to a file, sealed if asked, and reads it as it comes, because it must be whole.
fn copy(from: impl Read, file: &File, seal: Option<&Seal>) -> Result<Contents, BackupError> {
    let Some(seal) = seal else { return Contents::of(Copying { from, to: file }) };
    let mut sealed = seal.write(BufWriter::new(file))?;
    let contents = Contents::of(Copying { from, to: &mut sealed })?;
    sealed.finish()?.flush()?;
    Ok(contents)
}

/// Reader that also writes elsewhere what it reads.
struct Copying<R, W> {
    from: R,
    to: W,
}

impl<R: Read, W: Write> Read for Copying<R, W> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(bytes)?;
        self.to.write_all(&bytes[..read])?;
        Ok(read)
    }
}

/// What the server that holds a data directory sends. Of a database anybody can take one by themselves.
#[cfg(unix)]
fn served(register: &Location) -> io::Result<impl Read + use<>> {
    match register {
        Location::Directory(directory) => std::os::unix::net::UnixStream::connect(directory.join(SOCKET)),
        #[cfg(feature = "postgres")]
        Location::Database(_) => Err(io::ErrorKind::NotFound.into()),
    }
}

#[cfg(not(unix))]
fn served(_: &Location) -> io::Result<File> {
    Err(io::ErrorKind::NotFound.into())
}

/// Offers backups of a register that is being served, until the task is ended.
///
/// # Errors
/// When the socket cannot be made.
#[cfg(unix)]
pub async fn offer(store: Arc<Register>, data: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    let socket = data.join(SOCKET);
    // One may be left by a server that was killed; this process holds the directory's lock.
    match fs::remove_file(&socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = tokio::net::UnixListener::bind(&socket)?;
    let socket = Gone(socket);
    fs::set_permissions(&socket.0, fs::Permissions::from_mode(0o600))?;
    let room = Arc::new(tokio::sync::Semaphore::new(AT_ONCE));
    // They end with this task.
    let mut under_way = tokio::task::JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await?;
        let stream = stream.into_std()?;
        stream.set_nonblocking(false)?;
        // A reader that takes nothing holds up neither the server's end nor the next reader for good.
        stream.set_write_timeout(Some(PATIENCE))?;
        let (store, room) = (Arc::clone(&store), Arc::clone(&room));
        under_way.spawn(async move {
            let _place = room.acquire_owned().await;
            match store.backup(Box::new(stream)).await {
                Ok(contents) => tracing::info!(records = contents.records, "a backup was taken"),
                Err(error) => tracing::warn!(%error, "a backup was not taken"),
            }
        });
        while under_way.try_join_next().is_some() {}
    }
}

/// The socket, which is removed when it is no longer offered.
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
pub async fn offer(_: Arc<Register>, _: &Path) -> io::Result<()> {
    std::future::pending().await
}
