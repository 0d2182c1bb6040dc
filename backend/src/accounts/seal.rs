//! A register's own secret: what the server gives out with its mark comes back as it was given, or counts as nothing.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use sha2::{Digest as _, Sha256};

/// Name of the secret's file in the data directory.
const FILE: &str = "secret";
/// Bits of a sealed number that hold the number itself: room for a million million changes of a commune.
const NUMBER_BITS: u32 = 40;

/// 256 random bits that never leave the server. A default one lasts as long as the server runs.
#[derive(Clone)]
pub struct Secret([u8; 32]);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Default for Secret {
    fn default() -> Self {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).expect("the system gives random bits");
        Secret(bytes)
    }
}

impl Secret {
    /// The secret of a data directory, drawn when there is none yet. A backup does not contain it: what the earlier
    /// register has sealed counts as nothing in a restored one.
    ///
    /// # Errors
    /// When the file can be neither read nor written.
    pub fn of(directory: &Path) -> io::Result<Self> {
        let path = directory.join(FILE);
        match fs::read(&path) {
            Ok(bytes) => {
                if let Ok(bytes) = bytes.try_into() {
                    return Ok(Secret(bytes));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let secret = Secret::default();
        // Written completely or not at all.
        let whole = directory.join("secret.new");
        let mut file = private(&whole)?;
        file.write_all(&secret.0)?;
        file.sync_all()?;
        fs::rename(&whole, &path)?;
        Ok(secret)
    }

    /// Mark of some parts, for one purpose, which nobody else can make.
    #[must_use]
    pub fn mark(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut inner = Sha256::new_with_prefix(self.0);
        for part in [purpose.as_bytes()].iter().chain(parts) {
            inner.update((part.len() as u64).to_be_bytes());
            inner.update(part);
        }
        let inner = inner.finalize();
        Sha256::new_with_prefix(self.0).chain_update(inner).finalize().into()
    }

    /// Seals a number, so that nobody else can read it and it opens only with the same `about`. A number of more than
    /// 40 bits counts as the largest.
    #[must_use]
    pub fn close(&self, about: &[u8], number: u64) -> u64 {
        let number = number.min((1 << NUMBER_BITS) - 1);
        self.rounds(about, number, [0, 1, 2, 3])
    }

    /// The number that was sealed with the same `about`; `None` for any other.
    #[must_use]
    pub fn open(&self, about: &[u8], closed: u64) -> Option<u64> {
        // The halves change places, so that the same rounds backwards undo them.
        let number = self.rounds(about, closed.rotate_left(32), [3, 2, 1, 0]).rotate_left(32);
        (number >> NUMBER_BITS == 0).then_some(number)
    }

    /// A Feistel network of four rounds.
    fn rounds(&self, about: &[u8], number: u64, order: [u8; 4]) -> u64 {
        order.into_iter().fold(number, |number, round| {
            let right = number & u64::from(u32::MAX);
            let [a, b, c, d, ..] = self.mark("number", &[about, &[round], &right.to_be_bytes()]);
            let left = (number >> 32) ^ u64::from(u32::from_be_bytes([a, b, c, d]));
            right << 32 | left
        })
    }
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_closed_opens_and_only_where_it_was() {
        let (secret, other) = (Secret::default(), Secret::default());
        for number in [0, 1, 2, 300, 1 << 32, (1 << NUMBER_BITS) - 1] {
            let closed = secret.close(b"29173", number);
            assert_eq!(secret.open(b"29173", closed), Some(number));
            assert_ne!(closed, number);
            for wrong in [secret.open(b"29174", closed), other.open(b"29173", closed)] {
                assert_eq!(wrong, None, "{number}");
            }
            assert_eq!(secret.open(b"29173", closed ^ 1), None, "{number}");
            assert_eq!(secret.open(b"29173", number), None, "{number}");
        }
        assert_ne!(secret.mark("a", &[b"bc"]), secret.mark("ab", &[b"c"]));
    }

    #[test]
    fn a_directory_keeps_its_own() {
        let data = tempfile::tempdir().unwrap();
        let first = Secret::of(data.path()).unwrap();
        assert_eq!(Secret::of(data.path()).unwrap().0, first.0);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(data.path().join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        // A file that was cut short is drawn anew.
        fs::write(data.path().join(FILE), "x").unwrap();
        assert_ne!(Secret::of(data.path()).unwrap().0, first.0);
    }
}
