//! The directory of a zip archive, which says how large its files are unpacked: looked at before anything is.

/// Size of a directory's end, without the comment behind it.
const END: usize = 22;
/// Longest comment.
const COMMENT: usize = 65_535;

/// A file of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct File<'b> {
    /// Its name.
    pub(super) name: &'b [u8],
    /// Its size unpacked, as the directory says. One that would not fit says the most that does.
    pub(super) size: u32,
}

/// The files of an archive; `None` where there is no directory, or it is cut off.
pub(super) fn directory(bytes: &[u8]) -> Option<Vec<File<'_>>> {
    let first = bytes.len().saturating_sub(END + COMMENT);
    let last = bytes.len().checked_sub(END)?;
    let end = (first..=last).rev().find(|at| bytes[*at..].starts_with(b"PK\x05\x06"))?;
    let count = u16_at(bytes, end + 10)?;
    let mut at = usize::try_from(u32_at(bytes, end + 16)?).ok()?;
    let mut files = Vec::new();
    for _ in 0..count {
        if !bytes.get(at..)?.starts_with(b"PK\x01\x02") {
            return None;
        }
        let [name, extra, comment] = [28, 30, 32].map(|place| u16_at(bytes, at + place));
        let (name, extra, comment) = (usize::from(name?), usize::from(extra?), usize::from(comment?));
        let begin = at + 46;
        files.push(File { name: bytes.get(begin..begin + name)?, size: u32_at(bytes, at + 24)? });
        at = begin + name + extra + comment;
    }
    Some(files)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An archive's directory alone, of files with these names and sizes.
    pub(in super::super) fn archive(files: &[(&str, u32)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (name, size) in files {
            bytes.extend(b"PK\x01\x02");
            bytes.extend([0; 20]);
            bytes.extend(size.to_le_bytes());
            bytes.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
            bytes.extend([0; 16]);
            bytes.extend(name.as_bytes());
        }
        let length = u32::try_from(bytes.len()).unwrap();
        bytes.extend(b"PK\x05\x06");
        bytes.extend([0; 4]);
        let count = u16::try_from(files.len()).unwrap();
        bytes.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
        bytes.extend([length.to_le_bytes(), 0_u32.to_le_bytes()].concat());
        bytes.extend([0; 2]);
        bytes
    }

    #[test]
    fn the_directory_is_read_and_what_is_cut_off_is_none() {
        let bytes = archive(&[("content.xml", 7), ("mimetype", 4_000_000_000)]);
        let files = directory(&bytes).unwrap();
        assert_eq!(files[0], File { name: b"content.xml", size: 7 });
        assert_eq!(files[1], File { name: b"mimetype", size: 4_000_000_000 });
        for end in 0..bytes.len() {
            assert_eq!(directory(&bytes[..end]), None, "{end}");
        }
        assert_eq!(directory(b"PK"), None);
        // Offsets that lead out of the file.
        for at in 0..bytes.len() {
            let mut broken = bytes.clone();
            broken[at] = 0xff;
            let _ = directory(&broken);
        }
    }
}
