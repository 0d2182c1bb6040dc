//! Clears the places in the sources that panics would name: nobody can read them.
//!
//! A function that is handed the place of its caller, in case it panics, keeps file, line and column of each in the module's
//! data, also where the panic is a bare trap by now ([`super::panics`]). Cleared, they compress to nothing, and no address
//! moves.

use walrus::ir::Value;
use walrus::{ConstExpr, Data, DataId, DataKind, Module};

/// Bytes of a place: address and length of the file's name, line, column.
const PLACE: usize = 16;

/// A segment of the data: where it begins in memory, and its bytes.
struct Segment {
    id: DataId,
    begin: usize,
    bytes: Vec<u8>,
}

impl Segment {
    fn of(data: &Data) -> Option<Self> {
        let DataKind::Active { offset: ConstExpr::Value(Value::I32(begin)), .. } = data.kind else {
            return None;
        };
        Some(Segment { id: data.id(), begin: usize::try_from(begin).ok()?, bytes: data.value.clone() })
    }

    /// The bytes at an address, if all of them are here: from where on they lie.
    fn at(&self, address: usize, length: usize) -> Option<usize> {
        let from = address.checked_sub(self.begin)?;
        (from.checked_add(length)? <= self.bytes.len()).then_some(from)
    }
}

/// Clears all places of a module.
pub(super) fn clear(module: &mut Module) {
    let segments: Vec<Segment> = module.data.iter().filter_map(Segment::of).collect();
    let mut clear = Vec::new();
    for (nth, segment) in segments.iter().enumerate() {
        // Places lie at addresses that four divides.
        let first = segment.begin.next_multiple_of(4) - segment.begin;
        for from in (first..segment.bytes.len().saturating_sub(PLACE - 1)).step_by(4) {
            let [name, length, line, column] = words(&segment.bytes[from..from + PLACE]);
            let is_place =
                (4..=200).contains(&length) && (1..100_000).contains(&line) && (1..1_000).contains(&column);
            if !is_place {
                continue;
            }
            let named = segments.iter().enumerate().find_map(|(of, segment)| {
                let from = segment.at(name, length)?;
                is_source(&segment.bytes[from..from + length]).then_some((of, from))
            });
            if let Some((of, at)) = named {
                clear.extend([(nth, from, PLACE), (of, at, length)]);
            }
        }
    }
    for (nth, from, length) in clear {
        module.data.get_mut(segments[nth].id).value[from..from + length].fill(0);
    }
}

fn words(bytes: &[u8]) -> [usize; 4] {
    let mut words = [0; 4];
    for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(4)) {
        *word = bytes.iter().rev().fold(0, |word, byte| (word << 8) | usize::from(*byte));
    }
    words
}

/// Whether a text is the name of a file of the sources.
fn is_source(text: &[u8]) -> bool {
    text.ends_with(b".rs") && text.iter().all(|b| b.is_ascii_alphanumeric() || b"_-./".contains(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_cleared_and_all_else_stays() {
        let mut module = Module::default();
        let memory = module.memories.add_local(false, false, 1, None, None);
        let begin = 1_048_576_u32;
        let mut bytes = b"Ok src/lib.rs poor".to_vec();
        bytes.resize(20, 0);
        let place = |line: u32| [begin + 3, 10, line, 9].into_iter().flat_map(u32::to_le_bytes);
        bytes.extend(place(77));
        // No line is so high: it is something else.
        bytes.extend(place(700_000));
        bytes.extend(b"end");
        let offset = ConstExpr::Value(Value::I32(1_048_576));
        let id = module.data.add(DataKind::Active { memory, offset }, bytes.clone());
        clear(&mut module);
        let mut expected = bytes;
        expected[3..13].fill(0);
        expected[20..36].fill(0);
        assert_eq!(module.data.get(id).value, expected);
    }
}
