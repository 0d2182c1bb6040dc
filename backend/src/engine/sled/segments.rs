//! sled's own files, read without sled (0.34): up to where its snapshot goes, and which parts of its log opening will
//! change.
//!
//! The log is a file of segments. Each segment begins with its place in the order of everything ever written, and so
//! does every message in it. The snapshot says where all pages lie, up to a place in that order. As sled opens, it
//! reads what was written since, takes the first thing it cannot read for the torn end, and fills with zeros what
//! follows and every segment in which no page lies.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use crate::engine::StoreError;

/// Length of a segment, in bytes.
pub(super) const SEGMENT: u64 = 512 << 10;
/// Length of a segment's header, which says its place, in bytes.
const HEADER: usize = 20;
/// Name of the log.
pub(super) const LOG: &str = "db";
/// Name of the file with sled's settings.
pub(super) const SETTINGS: &str = "conf";
/// Directory of the pages that are too large for the log.
pub(super) const PAGES: &str = "blobs";
/// Prefix of a snapshot's name.
pub(super) const SNAPSHOT: &str = "snap.";
/// Suffix of the name of a snapshot that is not complete yet.
pub(super) const UNFINISHED: &str = ".generating";

/// The parts of an engine's files that opening may change.
pub(super) struct Exposed {
    /// Length of the log, in bytes.
    pub(super) length: u64,
    /// Offsets of the segments that may be changed and hold more than zeros; rising.
    pub(super) segments: Vec<u64>,
    /// Place from which on large pages may be changed; each is a file of its own, named by its place.
    pub(super) pages_from: i64,
    /// Whether nothing was written since the snapshot.
    pub(super) is_quiet: bool,
}

impl Exposed {
    /// Looks at an engine's files; `None` where there is no log yet.
    pub(super) fn of(engine: &Path) -> Result<Option<Self>, StoreError> {
        let mut log = match File::open(engine.join(LOG)) {
            Ok(log) => log,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let length = log.metadata()?.len();
        let snapshot = Snapshot::newest(engine)?;
        let has_snapshot = snapshot.is_some();
        let Snapshot { end, active, live } = snapshot.unwrap_or_default();
        let mut is_quiet = has_snapshot && active.is_none_or(|active| active < length);
        let progress = end.rem_euclid(SEGMENT.cast_signed());
        let mut segments = Vec::new();
        for begin in (0..length).step_by(usize::try_from(SEGMENT).unwrap_or(usize::MAX)) {
            let header = read(&mut log, begin, HEADER as u64)?;
            let place = place(&header);
            is_quiet &= place.map_or_else(|| header.iter().all(|byte| *byte == 0), |place| place < end);
            let is_new = place.is_none_or(|place| place >= end - progress);
            if active == Some(begin) {
                // sled would go on writing in it, and find nothing of that the next time.
                if place.is_none() || !is_new {
                    return Err(StoreError::Damaged("the last part of its log cannot be read".to_owned()));
                }
                let after = begin.saturating_add_signed(progress);
                is_quiet &= is_zero(&mut log, after, begin + SEGMENT - after)?;
            }
            if (is_new || !live.contains(&begin)) && !(place.is_none() && is_zero(&mut log, begin, SEGMENT)?)
            {
                segments.push(begin);
            }
        }
        Ok(Some(Exposed { length, segments, pages_from: end, is_quiet }))
    }
}

/// Offsets of the segments that were begun after a place in the order, or hold it.
pub(super) fn begun_since(log: &mut File, end: i64) -> io::Result<Vec<u64>> {
    let base = end - end.rem_euclid(SEGMENT.cast_signed());
    let length = log.metadata()?.len();
    let mut since = Vec::new();
    for begin in (0..length).step_by(usize::try_from(SEGMENT).unwrap_or(usize::MAX)) {
        if place(&read(log, begin, HEADER as u64)?).is_some_and(|place| place >= base) {
            since.push(begin);
        }
    }
    Ok(since)
}

/// sled's list of pages, as it wrote it when it last opened.
#[derive(Default)]
struct Snapshot {
    /// Place in the order up to which the list goes.
    end: i64,
    /// Offset of the segment with that place, unless the segment was full.
    active: Option<u64>,
    /// Offsets of the segments in which pages lie.
    live: HashSet<u64>,
}

impl Snapshot {
    fn newest(engine: &Path) -> Result<Option<Self>, StoreError> {
        let mut newest = None;
        for entry in fs::read_dir(engine)? {
            let name = entry?.file_name();
            if name.to_str().is_some_and(|name| name.starts_with(SNAPSHOT) && !name.ends_with(UNFINISHED)) {
                newest = newest.max(Some(name));
            }
        }
        let Some(newest) = newest else { return Ok(None) };
        let read = Snapshot::read(&fs::read(engine.join(newest))?);
        read.map(Some).ok_or_else(|| StoreError::Damaged("the list of its pages cannot be read".to_owned()))
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (list, end) = bytes.split_at_checked(bytes.len().checked_sub(12)?)?;
        if crc32fast::hash(list).to_le_bytes() != end[8..] {
            return None;
        }
        let mut rest = Rest(list);
        let end = match rest.fixed()? {
            shifted if shifted > 0 => shifted - 1,
            _ => return None,
        };
        let active = rest.number()?.checked_sub(1);
        let mut live = HashSet::new();
        while !rest.0.is_empty() {
            let parts = rest.byte()?;
            for _ in 0..parts.max(1) {
                rest.fixed()?;
                let is_large = rest.byte()? == 1;
                live.insert(rest.number()? / SEGMENT * SEGMENT);
                if is_large {
                    rest.fixed()?;
                }
                // A free page has no size.
                if parts > 0 {
                    rest.number()?;
                }
            }
        }
        Some(Snapshot { end, active, live })
    }
}

/// Bytes still to be read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn fixed(&mut self) -> Option<i64> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(i64::from_le_bytes(*bytes))
    }

    /// A number in sled's encoding of variable length.
    fn number(&mut self) -> Option<u64> {
        let first = u64::from(self.byte()?);
        Some(match first {
            0..=240 => first,
            241..=248 => 240 + 256 * (first - 241) + u64::from(self.byte()?),
            249 => 2288 + 256 * u64::from(self.byte()?) + u64::from(self.byte()?),
            _ => {
                let (bytes, rest) = self.0.split_at_checked(usize::try_from(first - 247).ok()?)?;
                self.0 = rest;
                bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
            }
        })
    }
}

/// The place in the order that a segment's header says; `None` when it says none.
fn place(header: &[u8]) -> Option<i64> {
    let (sum, said) = header.split_first_chunk::<4>()?;
    let place: [u8; 8] = *said.first_chunk()?;
    (said.len() == HEADER - 4 && crc32fast::hash(said) == !u32::from_le_bytes(*sum))
        .then(|| i64::from_le_bytes(place) ^ i64::MAX)
}

/// At most `length` bytes, beginning at an offset.
fn read(log: &mut File, from: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    log.seek(SeekFrom::Start(from))?;
    log.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn is_zero(log: &mut File, from: u64, length: u64) -> io::Result<bool> {
    Ok(read(log, from, length)?.iter().all(|byte| *byte == 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sled_wrote_is_read_as_it_reads_it() {
        let root = tempfile::tempdir().unwrap();
        // A process that another test starts holds what is open here, with its lock, until it has begun.
        let open = || {
            let config = ::sled::Config::new().path(root.path()).flush_every_ms(None);
            let tries = std::iter::repeat_with(|| {
                std::thread::sleep(std::time::Duration::from_millis(20));
                config.open()
            });
            tries.take(250).find_map(Result::ok).unwrap()
        };
        let db = open();
        let exposed = || Exposed::of(root.path()).unwrap().unwrap();
        for number in 0..3_000u32 {
            db.insert(number.to_be_bytes(), vec![b'x'; 1_000]).unwrap();
        }
        db.insert("large", vec![b'x'; 1 << 20]).unwrap();
        db.flush().unwrap();
        drop(db);
        // No snapshot yet: everything is read again, and may be cut.
        let all = exposed();
        assert!(!all.is_quiet && all.segments.len() > 5, "{:?}", all.segments);
        drop(open());
        let after = exposed();
        assert!(after.is_quiet && after.segments.len() <= 1, "{:?}", after.segments);
        assert!(after.pages_from > 3_000_000);
        // Opening changes only what is said here.
        let db = open();
        for number in 0..1_000u32 {
            db.insert(number.to_be_bytes(), vec![b'y'; 1_000]).unwrap();
        }
        db.flush().unwrap();
        drop(db);
        let said = exposed();
        let before = fs::read(root.path().join(LOG)).unwrap();
        drop(open());
        let after = fs::read(root.path().join(LOG)).unwrap();
        let kept: Vec<_> =
            (0..said.length).step_by(1 << 19).filter(|at| !said.segments.contains(at)).collect();
        assert!(!said.is_quiet && kept.len() > 2, "{kept:?} of {}", said.length);
        for begin in kept.into_iter().map(|at| usize::try_from(at).unwrap()) {
            let of =
                |log: &[u8]| log.get(begin..log.len().min(begin + (1 << 19))).unwrap_or_default().to_vec();
            let [before, after] = [of(&before), of(&after)];
            assert!(before == after || before.iter().all(|byte| *byte == 0), "the segment at {begin}");
        }
        // A single write is seen.
        let db = open();
        db.insert("one", "more").unwrap();
        db.flush().unwrap();
        drop(db);
        assert!(!exposed().is_quiet);
        // So is damage to the list of pages and to the segment in which it ends.
        drop(open());
        let active = *exposed().segments.last().unwrap();
        let mut log = fs::read(root.path().join(LOG)).unwrap();
        log[usize::try_from(active).unwrap() + 5] ^= 1;
        fs::write(root.path().join(LOG), log).unwrap();
        assert!(matches!(Exposed::of(root.path()), Err(StoreError::Damaged(_))));
    }
}
