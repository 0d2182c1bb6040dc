//! Compression of records and log: zstd with a dictionary of what records have in common.
//!
//! With the dictionary, one record of a few hundred bytes shrinks to a third; without it, only chunks of hundreds of
//! records would. It is part of the register's format: another dictionary is another format. It was trained (12
//! KB, `zstd::dict::from_samples`) on every 40th record of the demonstration province, whose people do not exist.

use std::cell::RefCell;
use std::io;
use std::sync::LazyLock;

use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

const DICTIONARY: &[u8] = include_bytes!("register.dict");
/// Compression level; higher ones take a fifth longer and save a thirtieth.
const LEVEL: i32 = 1;
/// Longest record or chunk, in bytes; more than any can have, so a larger length is damage.
const MAX_LEN: usize = 256 << 20;

static ENCODER: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(DICTIONARY, LEVEL));
static DECODER: LazyLock<DecoderDictionary<'static>> = LazyLock::new(|| DecoderDictionary::copy(DICTIONARY));

thread_local! {
    // Kept, because making them costs more than compressing a record.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// Appends to `to` the length of `bytes` and their compressed form.
pub(super) fn pack(bytes: &[u8], to: &mut Vec<u8>) -> io::Result<()> {
    // What `unpack` would refuse is not written.
    let length = u32::try_from(bytes.len()).ok().filter(|_| bytes.len() <= MAX_LEN);
    let length =
        length.ok_or_else(|| io::Error::other("a record or a part of the log has become too large"))?;
    let packed = COMPRESSOR.with_borrow_mut(|compressor| match compressor {
        Some(compressor) => compressor.compress(bytes),
        None => compressor.insert(new_compressor()?).compress(bytes),
    })?;
    to.extend_from_slice(&length.to_le_bytes());
    to.extend_from_slice(&packed);
    Ok(())
}

fn new_compressor() -> io::Result<Compressor<'static>> {
    let mut compressor = Compressor::with_prepared_dictionary(&ENCODER)?;
    // Size and dictionary are known without it, and each would take as many bytes as a field.
    compressor.include_contentsize(false)?;
    compressor.include_dictid(false)?;
    Ok(compressor)
}

/// Number of bytes that [`unpack`] returns; `None` when the length is missing or too large.
pub(super) fn size(packed: &[u8]) -> Option<usize> {
    let length = packed.first_chunk::<4>()?;
    usize::try_from(u32::from_le_bytes(*length)).ok().filter(|length| *length <= MAX_LEN)
}

/// The inverse of [`pack`]; `None` for anything else.
pub(super) fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let length = size(packed)?;
    let packed = &packed[4..];
    let bytes = DECOMPRESSOR.with_borrow_mut(|decompressor| match decompressor {
        Some(decompressor) => decompressor.decompress(packed, length),
        None => {
            decompressor.insert(Decompressor::with_prepared_dictionary(&DECODER)?).decompress(packed, length)
        }
    });
    bytes.ok().filter(|bytes| bytes.len() == length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packs_and_unpacks_and_refuses_noise() {
        for bytes in [&b""[..], b"x", &[7; 100_000]] {
            let mut packed = Vec::new();
            pack(bytes, &mut packed).unwrap();
            assert_eq!(unpack(&packed).unwrap(), bytes);
        }
        // One byte more than can be read again.
        let too_long = vec![0; MAX_LEN + 1];
        assert!(pack(&too_long, &mut Vec::new()).is_err());
        let mut longest = Vec::new();
        pack(&too_long[1..], &mut longest).unwrap();
        assert_eq!(unpack(&longest).map(|bytes| bytes.len()), Some(MAX_LEN));
        for noise in [&b""[..], b"abc", &[0xff; 40], &[9, 0, 0, 0, 1, 2, 3]] {
            assert_eq!(unpack(noise), None);
        }
    }

    #[test]
    fn what_records_share_costs_nearly_nothing() {
        let fields = "head/birth_year income/1/amount income/1/source member_count head/sex female";
        let mut packed = Vec::new();
        pack(fields.as_bytes(), &mut packed).unwrap();
        assert!(
            packed.len() < fields.len() * 2 / 3,
            "{} of {}: is it the dictionary?",
            packed.len(),
            fields.len()
        );
    }

    #[test]
    fn the_dictionary_is_the_one_of_format_1() {
        let sum =
            DICTIONARY.iter().fold(0u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
        assert_eq!((DICTIONARY.len(), sum), (12_288, SUM));
    }

    const SUM: u64 = 8_740_671_588_497_585_761;
}
