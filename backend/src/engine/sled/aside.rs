//! Files that sled may change as it opens, set aside until it is known that nothing is lost by it.
//!
//! sled takes the first thing in its log that it cannot read for the torn end of the last write, and cuts it off.
//! That mends what a crash leaves, but would destroy what follows a damaged place. Therefore the parts of the log
//! that opening can change are copied first, the files it can remove are given a second name, and all of it is put
//! back where the comparison fails or opening was cut short.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::directory::{remove_all, sync_directory};
use super::segments::{self, Exposed, LOG, PAGES, SEGMENT, SETTINGS, SNAPSHOT};

/// Whether a file of this name is of the kind; the number is the first page number that may be new.
type Which = fn(&OsString, i64) -> bool;

/// Directories for what is set aside: complete, still incomplete, and no longer needed.
const ASIDE: &str = "aside";
pub(super) const NEW: &str = "aside.new";
pub(super) const DONE: &str = "aside.old";
/// File with the [`List`], in each of these directories.
const LIST: &str = "list";
const SNAPSHOTS: &str = "snapshots";

/// Description of what was set aside.
#[derive(Serialize, Deserialize)]
struct List {
    /// Length of the log, in bytes.
    length: u64,
    /// Offsets in the log of the segments that were copied.
    segments: Vec<u64>,
    /// Number of the first large page that may be new.
    pages_from: i64,
}

/// Files of an engine that are set aside in a data directory.
pub(super) struct Aside {
    root: PathBuf,
    engine: PathBuf,
    list: List,
}

impl Aside {
    /// What an opening that was cut short left aside; `None` when there is nothing.
    pub(super) fn left(root: &Path, engine: &Path) -> io::Result<Option<Self>> {
        let list = match fs::read(root.join(ASIDE).join(LIST)) {
            Ok(list) => serde_json::from_slice(&list)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(Some(Aside { root: root.to_owned(), engine: engine.to_owned(), list }))
    }

    /// Sets aside what opening may change. Leaves nothing behind when it fails.
    pub(super) fn make(root: &Path, engine: &Path, exposed: Exposed) -> io::Result<Self> {
        let Exposed { length, segments, pages_from, .. } = exposed;
        let list = List { length, segments, pages_from };
        let aside = Aside { root: root.to_owned(), engine: engine.to_owned(), list };
        let made = aside.write();
        if made.is_err() {
            remove_all(&root.join(NEW))?;
        }
        made.map(|()| aside)
    }

    fn write(&self) -> io::Result<()> {
        let (new, List { pages_from, .. }) = (self.root.join(NEW), &self.list);
        remove_all(&new)?;
        fs::create_dir(&new)?;
        let copy = File::create(new.join(LOG))?;
        self.copy(&File::open(self.engine.join(LOG))?, &copy)?;
        copy.sync_all()?;
        if self.engine.join(SETTINGS).try_exists()? {
            fs::copy(self.engine.join(SETTINGS), new.join(SETTINGS))?;
            File::open(new.join(SETTINGS))?.sync_all()?;
        }
        for (kind, from, is_kept) in self.kinds() {
            let to = new.join(kind);
            fs::create_dir(&to)?;
            for name in names(&from)?.iter().filter(|name| is_kept(name, *pages_from)) {
                name_again(&from.join(name), &to.join(name))?;
            }
            sync_directory(&to)?;
        }
        let list = File::create(new.join(LIST))?;
        serde_json::to_writer(&list, &self.list)?;
        list.sync_all()?;
        sync_directory(&new)?;
        fs::rename(&new, self.root.join(ASIDE))?;
        sync_directory(&self.root)
    }

    /// Makes the engine's files what they were. Does no harm where they are that already.
    pub(super) fn put_back(&self) -> io::Result<()> {
        let aside = self.root.join(ASIDE);
        let mut log = File::options().read(true).write(true).open(self.engine.join(LOG))?;
        log.set_len(self.list.length)?;
        self.copy(&File::open(aside.join(LOG))?, &log)?;
        // No page lies in the other segments that sled may have written to. They are filled with zeros, so that sled
        // does not take what it wrote there for the end of this log.
        for begin in segments::begun_since(&mut log, self.list.pages_from)? {
            if self.list.segments.binary_search(&begin).is_err() {
                log.seek(SeekFrom::Start(begin))?;
                io::copy(&mut io::repeat(0).take(SEGMENT.min(self.list.length - begin)), &mut log)?;
            }
        }
        log.sync_all()?;
        let settings = [&aside, &self.engine].map(|place| fs::read(place.join(SETTINGS)).ok());
        if let [Some(old), new] = settings
            && new.as_ref() != Some(&old)
        {
            fs::write(self.engine.join(SETTINGS), old)?;
            File::open(self.engine.join(SETTINGS))?.sync_all()?;
        }
        for (kind, to, is_kept) in self.kinds() {
            let kept = names(&aside.join(kind))?;
            let there = names(&to)?;
            for name in there.difference(&kept).filter(|name| is_kept(name, self.list.pages_from)) {
                fs::remove_file(to.join(name))?;
            }
            for name in kept.difference(&there) {
                name_again(&aside.join(kind).join(name), &to.join(name))?;
            }
            sync_directory(&to)?;
        }
        Ok(())
    }

    /// Discards what was set aside: what opening changed stands, or was put back.
    pub(super) fn release(self) -> io::Result<()> {
        remove_all(&self.root.join(DONE))?;
        fs::rename(self.root.join(ASIDE), self.root.join(DONE))?;
        sync_directory(&self.root)?;
        remove_all(&self.root.join(DONE))
    }

    /// Copies the listed segments, adjacent ones in one go; the file system shares the blocks where it can.
    fn copy(&self, mut from: &File, mut to: &File) -> io::Result<()> {
        for run in self.list.segments.chunk_by(|one, next| one + SEGMENT == *next) {
            let (Some(begin), length) = (run.first(), SEGMENT * run.len() as u64) else { continue };
            from.seek(SeekFrom::Start(*begin))?;
            to.seek(SeekFrom::Start(*begin))?;
            io::copy(&mut from.take(length), &mut to)?;
        }
        Ok(())
    }

    /// Kinds of files that opening may add or remove: the name of their directory aside, where they are, and which
    /// files belong.
    fn kinds(&self) -> [(&'static str, PathBuf, Which); 2] {
        [
            (SNAPSHOTS, self.engine.clone(), |name, _| {
                name.to_str().is_some_and(|name| name.starts_with(SNAPSHOT))
            }),
            (PAGES, self.engine.join(PAGES), |name, from| {
                name.to_str().and_then(|name| name.parse().ok()).is_some_and(|page: i64| page >= from)
            }),
        ]
    }
}

/// Names of the files in a directory; none where it does not exist.
fn names(directory: &Path) -> io::Result<BTreeSet<OsString>> {
    match fs::read_dir(directory) {
        Ok(entries) => entries.map(|entry| Ok(entry?.file_name())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(error),
    }
}

/// Gives a file that is never written again a second name, or copies it where the system cannot.
fn name_again(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to).or_else(|_| {
        fs::copy(from, to)?;
        File::open(to)?.sync_all()
    })
}
