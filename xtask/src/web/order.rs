//! The order of a module's functions, which is brotli's to gain from.

use std::convert::Infallible;

use anyhow::Result;
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{CodeSection, FunctionSection};
use wasmparser::{CodeSectionReader, FunctionSectionReader, Parser, Payload, TypeRef};

/// A module with its functions in the order of their types, and those of one type in the order of their bytes. What is alike
/// then lies together, and brotli makes 2 % less of it.
pub(super) fn ordered(module: &[u8]) -> Result<Vec<u8>> {
    let (mut imported, mut types, mut bodies) = (0, Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::FunctionSection(functions) => types = functions.into_iter().collect::<Result<_, _>>()?,
            Payload::CodeSectionEntry(body) => bodies.push(body),
            _ => {}
        }
    }
    let mut order: Vec<usize> = (0..bodies.len()).collect();
    order.sort_by_key(|nth| (types[*nth], bodies[*nth].as_bytes()));
    let mut numbers = vec![imported; order.len()];
    for (number, nth) in (imported..).zip(&order) {
        numbers[*nth] = number;
    }
    let mut ordered = wasm_encoder::Module::new();
    Ordered { imported, numbers, order }.parse_core_module(&mut ordered, Parser::new(0), module)?;
    Ok(ordered.finish())
}

/// Writes a module anew with its functions in another order.
struct Ordered {
    /// Number of functions that are imported; their numbers come first, and stay.
    imported: u32,
    /// Number of each other function.
    numbers: Vec<u32>,
    /// Which function comes first, which next.
    order: Vec<usize>,
}

impl Reencode for Ordered {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error<Infallible>> {
        let nth = function.checked_sub(self.imported);
        Ok(nth.map_or(function, |nth| self.numbers[nth as usize]))
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), reencode::Error<Infallible>> {
        let types: Vec<u32> = section.into_iter().collect::<Result<_, _>>()?;
        for nth in &self.order {
            functions.function(types[*nth]);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), reencode::Error<Infallible>> {
        let bodies: Vec<_> = section.into_iter().collect::<Result<_, _>>()?;
        for nth in self.order.clone() {
            self.parse_function_body(code, bodies[nth].clone())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use walrus::ir::{Const, Instr, Value};
    use walrus::{FunctionBuilder, ValType};

    use super::*;

    #[test]
    fn functions_that_are_alike_lie_together_and_keep_their_names() {
        let mut module = walrus::Module::default();
        for (name, args, value) in [("two", 0, 2), ("three", 1, 3), ("one", 0, 1)] {
            let args = vec![ValType::I32; args];
            let mut builder = FunctionBuilder::new(&mut module.types, &args, &[ValType::I32]);
            builder.func_body().i32_const(value);
            let args = args.iter().map(|arg| module.locals.add(*arg)).collect();
            let function = builder.finish(args, &mut module.funcs);
            module.exports.add(name, function);
        }
        let module = walrus::Module::from_buffer(&ordered(&module.emit_wasm()).unwrap()).unwrap();
        let values = module.funcs.iter_local().map(|(_, function)| {
            match function.block(function.entry_block()).instrs[0].0 {
                Instr::Const(Const { value: Value::I32(value) }) => value,
                _ => panic!("it returns something else"),
            }
        });
        assert_eq!(values.collect::<Vec<_>>(), [1, 2, 3]);
        let exports = module.exports.iter().map(|export| match export.item {
            walrus::ExportItem::Function(function) => (export.name.as_str(), function.index()),
            _ => panic!("it exports something else"),
        });
        assert_eq!(exports.collect::<Vec<_>>(), [("two", 1), ("three", 2), ("one", 0)]);
    }
}
