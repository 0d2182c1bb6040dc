//! Cuts what a panic would have said out of a linked module: nobody can read it.
//!
//! In a browser a panic stops the app, and what it says goes nowhere. Yet each place that may panic calls the machinery of
//! messages with its own texts and its own line in the sources. Here such a call becomes a bare trap, which is what it ends
//! in anyway. What JavaScript would read streams with becomes one too ([`is_stream`]).
//!
//! It has to be done before [`super::split`]. There relocations still tell which function needs which data, and what nothing
//! needs is left out. Afterwards an app's data are one piece, every function that they name stays in the table of functions,
//! and nearly all that panics reach is in the app's start.
//!
//! Bytes are overwritten in place, with `unreachable` and `nop`, so that every other relocation stays right; those of what is
//! overwritten are dropped. When a module is written anew behind wasm-bindgen, the `nop`s are left out.
//!
//! This relies on what the linker leaves in a module: relocations (`--emit-relocs`) and mangled names. A module without them
//! is refused, and so is one with instructions that WebAssembly 2 does not have: they may leave a function in ways that are
//! not known here.

mod function;
mod relocations;

use std::collections::HashSet;
use std::ops::Range;

use anyhow::{Context, Result, bail, ensure};
use function::Function;
use relocations::Relocations;
use wasmparser::{
    BinaryReaderError, CustomSectionReader, ElementItems, ElementSectionReader, ExportSectionReader,
    ExternalKind, KnownCustom, Name, NameSectionReader, Parser, Payload, TypeRef, Validator, WasmFeatures,
};

/// Functions at which every panic arrives, or every one of a kind: path of each as it stands in a mangled name.
const ROOTS: [&str; 4] = [
    "4core9panicking9panic_fmt",
    "4core9panicking18panic_nounwind_fmt",
    "4core3str19slice_error_fail_rt",
    "3std9panicking11begin_panic",
];

const UNREACHABLE: u8 = 0x00;
const NOP: u8 = 0x01;

/// Bytes before a module's first section.
const HEADER: usize = 8;

/// Turns every call of a function that ends in a panic into a trap.
pub(super) fn cut(module: &[u8]) -> Result<Vec<u8>> {
    check(module).context("the linked module is not as web/panics.rs knows them")?;
    let linked = Linked::read(module)?;
    let gaps = linked.gaps();
    let kept = linked.relocations.outside(&gaps);
    ensure!(
        kept.len() < linked.relocations.all.len(),
        "no relocation lies in what is cut: mend web/panics.rs for this linker"
    );

    let mut bytes = module.to_vec();
    for gap in gaps {
        bytes[gap.clone()].fill(NOP);
        bytes[gap.start] = UNREACHABLE;
    }
    let bytes = linked.relocations.replace(&bytes, &kept);
    check(&bytes).context("web/panics.rs cut too much")?;
    Ok(bytes)
}

/// Whether a module is valid, and has no instructions that are not known here.
fn check(module: &[u8]) -> Result<(), BinaryReaderError> {
    Validator::new_with_features(WasmFeatures::WASM2).validate_all(module).map(|_| ())
}

/// Whether a function is one with which JavaScript would read streams from Rust, by the name of its export.
pub(super) fn is_stream(export: &str) -> bool {
    export.trim_start_matches("__wbg_").starts_with("intounderlying")
}

/// What is read of a linked module. All ranges and places are those in its file.
#[derive(Default)]
struct Linked {
    /// Number of functions that are imported; their numbers come first.
    imported: u32,
    functions: Vec<Function>,
    /// The numbers of [`ROOTS`].
    roots: HashSet<u32>,
    streams: HashSet<u32>,
    /// Functions that other than streams call, that a pointer may call, or that are exported under another name.
    used: HashSet<u32>,
    code: Option<CodeSection>,
    relocations: Relocations,
}

struct CodeSection {
    nth: u32,
    begin: usize,
}

impl Linked {
    fn read(module: &[u8]) -> Result<Self> {
        let mut linked = Self::default();
        let (mut nth, mut end) = (0, HEADER);
        for payload in Parser::new(0).parse_all(module) {
            let payload = payload?;
            if let Payload::CodeSectionStart { range, .. } = &payload {
                linked.code = Some(CodeSection { nth, begin: range.start });
            }
            let section = payload.as_section().map(|(_, range)| end..range.end);
            linked.read_payload(module, payload, section.clone())?;
            if let Some(section) = section {
                (nth, end) = (nth + 1, section.end);
            }
        }
        ensure!(!linked.relocations.all.is_empty(), "the linked module has no relocations of code");
        ensure!(
            !linked.roots.is_empty(),
            "the linked module names no function at which panics arrive: mend web/panics.rs for this compiler"
        );
        // Of the others some call nothing. The rest the linker made for itself, and what splits the module knows those only
        // as they are.
        let relocations = &linked.relocations;
        linked.functions.retain(|function| relocations.lie_in(&function.code));
        Ok(linked)
    }

    fn read_payload(
        &mut self,
        module: &[u8],
        payload: Payload<'_>,
        section: Option<Range<usize>>,
    ) -> Result<()> {
        match payload {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    self.imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::ExportSection(exports) => self.read_exports(exports)?,
            Payload::ElementSection(elements) => self.read_elements(elements)?,
            Payload::CodeSectionEntry(body) => {
                let index = self.imported + u32::try_from(self.functions.len())?;
                let function = Function::read(module, index, &body)?;
                if !self.streams.contains(&index) {
                    self.used.extend(function.calls());
                }
                self.functions.push(function);
            }
            Payload::CustomSection(custom) => self.read_custom(&custom, section.unwrap_or_default())?,
            _ => {}
        }
        Ok(())
    }

    fn read_exports(&mut self, exports: ExportSectionReader<'_>) -> Result<()> {
        for export in exports {
            let export = export?;
            if export.kind == ExternalKind::Func {
                let to = if is_stream(export.name) { &mut self.streams } else { &mut self.used };
                to.insert(export.index);
            }
        }
        Ok(())
    }

    fn read_elements(&mut self, elements: ElementSectionReader<'_>) -> Result<()> {
        for element in elements {
            let ElementItems::Functions(functions) = element?.items else {
                bail!("the linked module lists functions in a way that web/panics.rs does not know");
            };
            for function in functions {
                self.used.insert(function?);
            }
        }
        Ok(())
    }

    fn read_custom(&mut self, custom: &CustomSectionReader<'_>, section: Range<usize>) -> Result<()> {
        match (custom.as_known(), &self.code) {
            (KnownCustom::Name(names), _) => self.read_names(names)?,
            (KnownCustom::Reloc(relocations), Some(code)) if relocations.section_index() == code.nth => {
                self.relocations = Relocations::read(&relocations, section, code.begin)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn read_names(&mut self, names: NameSectionReader<'_>) -> Result<()> {
        for name in names {
            let Name::Function(functions) = name? else { continue };
            for function in functions {
                let function = function?;
                if is_root(function.name) {
                    self.roots.insert(function.index);
                }
            }
        }
        Ok(())
    }

    /// Functions that end in a panic whatever they are given.
    fn ending(&self) -> HashSet<u32> {
        let mut ending = self.roots.clone();
        loop {
            let others = self.functions.iter().filter(|function| !ending.contains(&function.index));
            let found: Vec<u32> =
                others.filter(|function| function.ends(&ending)).map(|function| function.index).collect();
            if found.is_empty() {
                return ending;
            }
            ending.extend(found);
        }
    }

    /// What is to be overwritten, in order.
    fn gaps(&self) -> Vec<Range<usize>> {
        let ending = self.ending();
        let is_unused_stream = |index| self.streams.contains(index) && !self.used.contains(index);
        let mut gaps: Vec<Range<usize>> = Vec::new();
        for function in &self.functions {
            if ending.contains(&function.index) || is_unused_stream(&function.index) {
                gaps.push(function.code.clone());
            } else {
                gaps.extend(function.blocks.iter().filter_map(|block| block.gap(&ending)));
            }
        }
        gaps.sort_by_key(|gap| gap.start);
        // A block within what is overwritten is overwritten with it.
        gaps.dedup_by(|next, gap| next.start < gap.end);
        gaps
    }
}

/// Whether a mangled name is that of one of [`ROOTS`], generic or not.
fn is_root(name: &str) -> bool {
    let in_version_0 = |rest: &str| {
        let path = rest.split_once('_').map_or("", |(_crate_hash, path)| path);
        ROOTS.iter().any(|root| path.starts_with(root))
    };
    // A closure's path would go on where the hash begins.
    let in_the_older_one = |path: &str| {
        let mut rests = ROOTS.iter().filter_map(|root| path.strip_prefix(root));
        rests.any(|rest| rest.starts_with("17h"))
    };
    ["_RNvNtCs", "_RINvNtCs"].iter().filter_map(|kind| name.strip_prefix(kind)).any(in_version_0)
        || name.strip_prefix("_ZN").is_some_and(in_the_older_one)
}

#[cfg(test)]
mod tests;
