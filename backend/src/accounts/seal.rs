//! A register's own secret: what the server gives out with its mark comes back as it was given, or counts as nothing.

use std::fmt;
use std::fs;
use std::path::Path;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::engine::StoreError;
use crate::people::from_hex;
use crate::register::{self, Register};

/// Name of the secret's file in a data directory, up to version 0.1.
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
    /// The secret of a register, drawn when there is none yet. It is kept as a note, so that all servers of a register
    /// have the same. One that was restored from a backup has another: what the earlier register has sealed counts as
    /// nothing there.
    ///
    /// # Errors
    /// When the register fails.
    pub async fn of(store: &Register) -> Result<Self, StoreError> {
        // Another server may draw one at the same moment: the first is everybody's.
        let text = store.first_note(register::SECRET, &Secret::default().to_text()).await?;
        let damaged = || StoreError::Damaged("the register's secret cannot be read".to_owned());
        Secret::from_text(&text).ok_or_else(damaged)
    }

    /// Takes over the secret that a version up to 0.1 kept in a file of the data directory.
    ///
    /// # Errors
    /// When the register fails.
    pub async fn take_over(store: &Register, directory: &Path) -> Result<(), StoreError> {
        let path = directory.join(FILE);
        let Ok(bytes) = fs::read(&path) else { return Ok(()) };
        if let Ok(bytes) = bytes.try_into() {
            store.first_note(register::SECRET, &Secret(bytes).to_text()).await?;
        }
        Ok(fs::remove_file(&path)?)
    }

    /// The secret as text.
    fn to_text(&self) -> String {
        HEXLOWER.encode(&self.0)
    }

    /// Reads [`Secret::to_text`].
    fn from_text(text: &str) -> Option<Self> {
        from_hex(text).map(Secret)
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

    #[tokio::test]
    async fn a_register_keeps_its_own_and_takes_over_an_earlier_one() {
        let data = tempfile::tempdir().unwrap();
        let store = Register::open(data.path()).unwrap();
        fs::write(data.path().join(FILE), [7; 32]).unwrap();
        Secret::take_over(&store, data.path()).await.unwrap();
        assert!(!data.path().join(FILE).exists());
        assert_eq!(Secret::of(&store).await.unwrap().0, [7; 32]);
        // A later file does not take its place, and neither does one that was cut short.
        for file in [&[8; 32][..], b"x"] {
            fs::write(data.path().join(FILE), file).unwrap();
            Secret::take_over(&store, data.path()).await.unwrap();
            assert_eq!(Secret::of(&store).await.unwrap().0, [7; 32]);
        }
        let other =
            Register::over(std::sync::Arc::new(crate::engine::memory::MemoryEngine::default())).unwrap();
        let drawn = Secret::of(&other).await.unwrap();
        assert_eq!(Secret::of(&other).await.unwrap().0, drawn.0);
        assert_ne!(drawn.0, [7; 32]);
    }
}
