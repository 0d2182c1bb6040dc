//! The files of the site: in memory while they are made, then on disk in three encodings.

use anyhow::{Context, Result, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::Path;

/// Files by their path on the site, which begins with `/`.
#[derive(Default)]
pub(super) struct Tree(BTreeMap<String, Vec<u8>>);

impl Tree {
    /// Every file of a folder and those below it.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let mut tree = Self::default();
        tree.read_below(folder, "/").with_context(|| format!("cannot read {}", folder.display()))?;
        Ok(tree)
    }

    fn read_below(&mut self, folder: &Path, path: &str) -> Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().into_string().ok().context("a file's name is not UTF-8")?;
            // Hidden files are an editor's, not the site's.
            if name.starts_with('.') {
                continue;
            }
            let path = format!("{path}{name}");
            if entry.file_type()?.is_dir() {
                self.read_below(&entry.path(), &format!("{path}/"))?;
            } else {
                self.0.insert(path, fs::read(entry.path())?);
            }
        }
        Ok(())
    }

    /// Adds a file.
    pub(super) fn add(&mut self, path: &str, bytes: Vec<u8>) {
        self.0.insert(path.to_owned(), bytes);
    }

    /// Adds a file under a name made from its content, and returns its path.
    pub(super) fn add_named(&mut self, name: &str, extension: &str, bytes: Vec<u8>) -> String {
        let path = format!("/assets/{}.{extension}", named(name, &fingerprint([bytes.as_slice()])));
        self.add(&path, bytes);
        path
    }

    /// Adds all files of another tree; those already here stay.
    pub(super) fn append(&mut self, other: Self) {
        for (path, bytes) in other.0 {
            self.0.entry(path).or_insert(bytes);
        }
    }

    /// A file's content.
    pub(super) fn get(&self, path: &str) -> Option<&[u8]> {
        self.0.get(path).map(Vec::as_slice)
    }

    /// A text file's content, if the file is there.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>> {
        let text = self.get(&format!("/{name}")).map(std::str::from_utf8).transpose();
        text.with_context(|| format!("{name} is not UTF-8"))
    }

    /// Like [`Tree::text`], and the file is no longer in the tree.
    pub(super) fn take_text(&mut self, name: &str) -> Result<Option<String>> {
        let text = self.0.remove(&format!("/{name}")).map(String::from_utf8).transpose();
        text.with_context(|| format!("{name} is not UTF-8"))
    }

    /// Paths and contents, in the order of the paths.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// Replaces a folder by these files, each plain, as brotli and as gzip.
    ///
    /// The old folder stays until the new one is complete.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        let new = folder.with_extension("new");
        remove(&new)?;
        for (path, bytes) in self.iter() {
            let file = new.join(path.trim_start_matches('/'));
            let parent = file.parent().context("a file lies in a folder")?;
            ensure!(!path.contains(".."), "{path} leaves the folder");
            fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
            for (extension, bytes) in [("", bytes), (".br", &brotli(bytes)?), (".gz", &gzip(bytes)?)] {
                let mut name = file.clone().into_os_string();
                name.push(extension);
                fs::write(&name, bytes)
                    .with_context(|| format!("cannot write {}", Path::new(&name).display()))?;
            }
        }
        remove(folder)?;
        fs::rename(&new, folder)
            .with_context(|| format!("cannot rename {} to {}", new.display(), folder.display()))
    }
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

/// `name-0123456789`: the name with the beginning of a fingerprint.
pub(super) fn named(name: &str, fingerprint: &str) -> String {
    format!("{name}-{}", fingerprint.get(..10).unwrap_or(fingerprint))
}

/// SHA-256 of several pieces, in hexadecimal; where a piece ends counts too.
pub(super) fn fingerprint<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for piece in pieces {
        hash.update((piece.len() as u64).to_le_bytes());
        hash.update(piece);
    }
    hash.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// As small as brotli goes.
pub(crate) fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 24,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut out, &params).context("brotli failed")?;
    Ok(out)
}

/// As small as gzip goes.
pub(crate) fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).context("gzip failed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn a_name_follows_the_content() {
        let mut tree = Tree::default();
        let first = tree.add_named("check", "js", b"one".to_vec());
        let again = tree.add_named("check", "js", b"one".to_vec());
        let other = tree.add_named("check", "js", b"two".to_vec());
        assert_eq!(first, again);
        assert_ne!(first, other);
        let hash = first.strip_prefix("/assets/check-").and_then(|rest| rest.strip_suffix(".js")).unwrap();
        assert_eq!(hash.len(), 10);
        assert!(hash.chars().all(|c| c.is_ascii_hexdigit()));
    }

    #[test]
    fn a_fingerprint_sees_where_pieces_end() {
        assert_ne!(fingerprint([b"ab".as_slice(), b"c"]), fingerprint([b"a".as_slice(), b"bc"]));
    }

    #[test]
    fn a_folder_is_replaced_whole() {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().join("web");
        let mut tree = Tree::default();
        tree.add("/old.txt", b"old".to_vec());
        tree.write(&folder).unwrap();
        let mut tree = Tree::default();
        tree.add("/survey/index.html", b"hello hello hello".to_vec());
        tree.write(&folder).unwrap();
        assert!(!folder.join("old.txt").exists());
        assert!(!temp.path().join("web.new").exists());
        assert_eq!(fs::read(folder.join("survey/index.html")).unwrap(), b"hello hello hello");
        let zipped = fs::read(folder.join("survey/index.html.gz")).unwrap();
        let mut text = String::new();
        flate2::read::GzDecoder::new(zipped.as_slice()).read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello hello hello");
        let packed = fs::read(folder.join("survey/index.html.br")).unwrap();
        let mut text = Vec::new();
        brotli::BrotliDecompress(&mut packed.as_slice(), &mut text).unwrap();
        assert_eq!(text, b"hello hello hello");
    }

    #[test]
    fn a_folder_is_read_with_those_below() {
        let temp = tempfile::tempdir().unwrap();
        fs::create_dir(temp.path().join("icons")).unwrap();
        fs::write(temp.path().join("icons/a.svg"), "<svg/>").unwrap();
        fs::write(temp.path().join(".swp"), "x").unwrap();
        let tree = Tree::read(temp.path()).unwrap();
        assert_eq!(tree.iter().collect::<Vec<_>>(), [("/icons/a.svg", b"<svg/>".as_slice())]);
    }
}
