//! Backups of a register, whether it is being served or not.
//!
//! The server that holds the register offers it at a socket in the data directory, which only the owner of the
//! directory can open. Whoever connects is sent a backup. Once that was read back whole, the server is told at a second
//! socket how far it goes, and tells it to the tablets, which keep until then what was acknowledged.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use sha2::{Digest, Sha256};
#[cfg(unix)]
use std::os::unix::net::UnixStream;

use crate::engine::{Location, OpenError, sync_directory};
use crate::register::{BackupError, Contents, Heads, KeepError, Register};
use crate::seal::Seal;

/// Name of the socket.
pub(crate) const SOCKET: &str = "backup.socket";
/// Name of the socket at which the server is told how far a backup goes.
pub(crate) const DONE_SOCKET: &str = "backed-up.socket";
/// Answer there once it is noted.
#[cfg(unix)]
const NOTED: &str = "noted";
/// Most bytes that are read there.
#[cfg(unix)]
const MOST_HEADS: u64 = 64 << 10;
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
    /// The backup was taken, but the register did not note it.
    #[error(
        "the backup is complete, but the register did not note it, so tablets keep what is in it for longer: {0}"
    )]
    NotNoted(io::Error),
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
    let taken = take_into(from, &file, seal).and_then(|(contents, digest)| {
        file.sync_all().map_err(failed)?;
        // What cannot be read again is no backup. A sealed one may be sealed to somebody else's key: of it, what was
        // written must be there.
        let kept = File::open(&part).map_err(failed)?;
        let contents = match digest {
            None => Contents::checked(kept)?,
            Some(digest) if digest_of(kept).map_err(failed)? == digest => contents,
            Some(_) => return Err(BackupError::Damaged("what was written is not there".to_owned()).into()),
        };
        fs::rename(&part, to).map_err(failed)?;
        // The name must be there, too, before the register notes it.
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
        sync_directory(folder.unwrap_or(Path::new("."))).map_err(failed)?;
        Ok(contents)
    });
    match taken {
        Ok(contents) => {
            note(from, &contents.heads)?;
            Ok(contents)
        }
        Err(error) => {
            let _ = fs::remove_file(&part);
            Err(error)
        }
    }
}

fn digest_of(mut file: File) -> io::Result<[u8; 32]> {
    let mut digest = Sha256::new();
    io::copy(&mut file, &mut digest)?;
    Ok(digest.finalize().into())
}

/// Has it noted how far a backup goes.
fn note(register: &Location, heads: &Heads) -> Result<(), TakeError> {
    match tell(register, heads) {
        Err(error) if is_not_served(&error) => {}
        told => return told.map_err(TakeError::NotNoted),
    }
    crate::register::note_kept(register, heads).map_err(|error| TakeError::NotNoted(io::Error::other(error)))
}

/// Tells the server that holds a data directory.
#[cfg(unix)]
fn tell(register: &Location, heads: &Heads) -> io::Result<()> {
    let mut stream = connect(register, DONE_SOCKET)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(&serde_json::to_vec(heads)?)?;
    stream.shutdown(std::net::Shutdown::Write)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if answer == NOTED { Ok(()) } else { Err(io::Error::other(answer)) }
}

#[cfg(not(unix))]
fn tell(_: &Location, _: &Heads) -> io::Result<()> {
    Err(io::ErrorKind::NotFound.into())
}

/// Whether a register is not being served, or by an older version.
fn is_not_served(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
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

fn take_into(register: &Location, file: &File, seal: Option<&Seal>) -> Result<Copied, TakeError> {
    match served(register) {
        Ok(stream) => return Ok(copy(stream, file, seal)?),
        Err(error) if is_not_served(&error) => {}
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
            (Ok(_), Ok(copied)) => Ok(copied),
        }
    })
}

/// What a copied backup holds; of a sealed one also the digest of what was written.
type Copied = (Contents, Option<[u8; 32]>);

/// Writes a backup to a file, sealed if asked, and reads it as it comes, because it must be whole.
fn copy(from: impl Read, file: &File, seal: Option<&Seal>) -> Result<Copied, BackupError> {
    let Some(seal) = seal else { return Ok((Contents::of(Copying { from, to: file })?, None)) };
    let mut sealed = seal.write(Digesting { to: BufWriter::new(file), digest: Sha256::new() })?;
    // It cannot be read back once it is sealed.
    let contents = Contents::checked(Copying { from, to: &mut sealed })?;
    let mut written = sealed.finish()?;
    written.flush()?;
    Ok((contents, Some(written.digest.finalize().into())))
}

/// Writer that also works out the digest of what is written.
struct Digesting<W> {
    to: W,
    digest: Sha256,
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
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
    connect(register, SOCKET)
}

#[cfg(unix)]
fn connect(register: &Location, socket: &str) -> io::Result<UnixStream> {
    match register {
        Location::Directory(directory) => UnixStream::connect(directory.join(socket)),
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
    let (listener, _socket) = listen(data, SOCKET)?;
    let (done, _done_socket) = listen(data, DONE_SOCKET)?;
    let room = Arc::new(tokio::sync::Semaphore::new(AT_ONCE));
    // They end with this task.
    let mut under_way = tokio::task::JoinSet::new();
    loop {
        let stream = tokio::select! {
            stream = listener.accept() => stream?.0,
            stream = done.accept() => {
                under_way.spawn(note_told(Arc::clone(&store), stream?.0));
                continue;
            }
        };
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

/// Makes a socket in a data directory that only the directory's owner can open.
#[cfg(unix)]
fn listen(data: &Path, name: &str) -> io::Result<(tokio::net::UnixListener, Gone)> {
    use std::os::unix::fs::PermissionsExt;

    let socket = data.join(name);
    // One may be left by a server that was killed; this process holds the directory's lock.
    match fs::remove_file(&socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = tokio::net::UnixListener::bind(&socket)?;
    let socket = Gone(socket);
    fs::set_permissions(&socket.0, fs::Permissions::from_mode(0o600))?;
    Ok((listener, socket))
}

/// Notes how far a backup goes, as its reader tells, and answers with [`NOTED`] or what is wrong.
#[cfg(unix)]
async fn note_told(store: Arc<Register>, mut stream: tokio::net::UnixStream) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let noting = async {
        let mut told = Vec::new();
        (&mut stream).take(MOST_HEADS).read_to_end(&mut told).await?;
        store.note_backup(serde_json::from_slice(&told)?).await.map_err(io::Error::other)
    };
    let noted: io::Result<()> =
        tokio::time::timeout(PATIENCE, noting).await.unwrap_or_else(|late| Err(late.into()));
    let answer = noted.map_or_else(|error| error.to_string(), |()| NOTED.to_owned());
    if answer != NOTED {
        tracing::warn!(answer, "how far a backup goes was not noted");
    }
    let _ = stream.write_all(answer.as_bytes()).await;
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
