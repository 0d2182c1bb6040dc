//! The section of a linked module that says what a linker would fill into the code, and where.

use std::ops::Range;

use anyhow::Result;
use wasm_encoder::{CustomSection, Encode, Section};
use wasmparser::RelocSectionReader;

/// The section of what a linker would fill into the code.
#[derive(Default)]
pub(super) struct Relocations {
    /// Number of the code's section.
    of: u32,
    /// The section itself, from its number on.
    section: Range<usize>,
    /// By their places.
    pub(super) all: Vec<Relocation>,
}

pub(super) struct Relocation {
    /// The place in the code.
    pub(super) at: usize,
    /// The relocation's own bytes.
    bytes: Range<usize>,
}

impl Relocations {
    pub(super) fn read(reader: &RelocSectionReader<'_>, section: Range<usize>, code: usize) -> Result<Self> {
        let entries: Vec<_> = reader.entries().into_iter_with_offsets().collect::<Result<_, _>>()?;
        let begins = entries.iter().map(|(begin, _)| *begin);
        let ends = begins.clone().skip(1).chain([section.end]);
        let bytes = begins.zip(ends).map(|(begin, end)| begin..end);

        let mut all = Vec::with_capacity(entries.len());
        for ((_, entry), bytes) in entries.iter().zip(bytes) {
            all.push(Relocation { at: code + usize::try_from(entry.offset)?, bytes });
        }
        all.sort_by_key(|relocation| relocation.at);
        Ok(Self { of: reader.section_index(), section, all })
    }

    /// Whether there are any in a piece of the code.
    pub(super) fn lie_in(&self, code: &Range<usize>) -> bool {
        let next = self.all.partition_point(|relocation| relocation.at < code.start);
        self.all.get(next).is_some_and(|relocation| relocation.at < code.end)
    }

    /// Those that lie in no gap.
    pub(super) fn outside(&self, gaps: &[Range<usize>]) -> Vec<&Relocation> {
        let is_cut = |at: usize| {
            let next = gaps.partition_point(|gap| gap.end <= at);
            gaps.get(next).is_some_and(|gap| gap.contains(&at))
        };
        self.all.iter().filter(|relocation| !is_cut(relocation.at)).collect()
    }

    /// The module with these relocations of code alone.
    pub(super) fn replace(&self, module: &[u8], kept: &[&Relocation]) -> Vec<u8> {
        let mut data = Vec::new();
        self.of.encode(&mut data);
        kept.len().encode(&mut data);
        for relocation in kept {
            data.extend(&module[relocation.bytes.clone()]);
        }

        let mut bytes = module[..self.section.start].to_vec();
        CustomSection { name: "reloc.CODE".into(), data: data.into() }.append_to(&mut bytes);
        bytes.extend(&module[self.section.end..]);
        bytes
    }
}
