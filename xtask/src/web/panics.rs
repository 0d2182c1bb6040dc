//! Cuts what a panic would have said out of a module: nobody can read it.
//!
//! In a browser a panic stops the app, and what it says goes nowhere. Yet each place that may panic calls the machinery of
//! messages with its own texts and its own line in the sources. Here such a call becomes a bare trap, which is what it ends
//! in anyway; what nothing uses then falls out of the module.

use std::collections::HashSet;

use walrus::ir::{Instr, InstrSeqId, Unreachable};
use walrus::{FunctionId, FunctionKind, LocalFunction, Module};

/// Functions at which every panic arrives, as they are named without the hashes of crates.
const ROOTS: [&str; 2] = ["core::panicking::panic_fmt", "core::panicking::panic_nounwind_fmt"];

/// Turns every call of a function that ends in a panic into a trap.
pub(super) fn cut(module: &mut Module) {
    let ending = ending(module);
    let ids: Vec<FunctionId> = module.funcs.iter_local().map(|(id, _)| id).collect();
    for id in ids {
        let FunctionKind::Local(function) = &mut module.funcs.get_mut(id).kind else { continue };
        let entry = function.entry_block();
        if ending.contains(&id) {
            function.block_mut(entry).instrs.clear();
            function.block_mut(entry).instrs.push((Instr::from(Unreachable {}), Default::default()));
            continue;
        }
        for block in blocks(function, entry) {
            trap(function, block, &ending);
        }
    }
    walrus::passes::gc::run(module);
}

/// Functions that end in a panic whatever they are given.
fn ending(module: &Module) -> HashSet<FunctionId> {
    let is_root = |name: &str| {
        let plain = without_hashes(name);
        ROOTS.iter().any(|root| {
            plain == *root || plain.strip_prefix(root).is_some_and(|rest| rest.starts_with("::h"))
        })
    };
    let roots = module.funcs.iter().filter(|function| function.name.as_deref().is_some_and(is_root));
    let mut ending: HashSet<FunctionId> = roots.map(walrus::Function::id).collect();
    loop {
        let found: Vec<FunctionId> = module
            .funcs
            .iter_local()
            .filter(|(id, function)| !ending.contains(id) && ends(function, &ending))
            .map(|(id, _)| id)
            .collect();
        if found.is_empty() {
            return ending;
        }
        ending.extend(found);
    }
}

/// `core[0123abcd]::fmt` as `core::fmt`.
fn without_hashes(name: &str) -> String {
    let mut parts = name.split('[');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| plain + part.split_once(']').map_or(part, |(_, rest)| rest))
}

/// Whether a function always arrives at one of these: it has no way to return, and no call of another ends it.
fn ends(function: &LocalFunction, ending: &HashSet<FunctionId>) -> bool {
    let entry = function.entry_block();
    let ends = |instr: &Instr| match instr {
        Instr::Unreachable(_) => true,
        Instr::Call(call) => ending.contains(&call.func),
        _ => false,
    };
    if !function.block(entry).instrs.iter().any(|(instr, _)| ends(instr)) {
        return false;
    }
    blocks(function, entry).into_iter().all(|block| {
        let mut before: Option<&Instr> = None;
        function.block(block).instrs.iter().all(|(instr, _)| {
            let last = before.replace(instr);
            match instr {
                Instr::Return(_) => false,
                Instr::Br(br) => br.block != entry,
                Instr::BrIf(br) => br.block != entry,
                Instr::BrTable(br) => br.default != entry && !br.blocks.contains(&entry),
                Instr::Unreachable(_) => match last {
                    Some(Instr::Call(call)) => ending.contains(&call.func),
                    last => !matches!(last, Some(Instr::CallIndirect(_))),
                },
                _ => true,
            }
        })
    })
}

/// All blocks of a function.
fn blocks(function: &LocalFunction, entry: InstrSeqId) -> Vec<InstrSeqId> {
    let mut found = vec![entry];
    let mut at = 0;
    while let Some(block) = found.get(at).copied() {
        at += 1;
        for (instr, _) in &function.block(block).instrs {
            match instr {
                Instr::Block(inner) => found.push(inner.seq),
                Instr::Loop(inner) => found.push(inner.seq),
                Instr::IfElse(inner) => found.extend([inner.consequent, inner.alternative]),
                _ => {}
            }
        }
    }
    found
}

/// Ends a block with a trap where it calls a function that ends in a panic, without what only prepared the call.
fn trap(function: &mut LocalFunction, block: InstrSeqId, ending: &HashSet<FunctionId>) {
    let instrs = &mut function.block_mut(block).instrs;
    let calls = |instr: &Instr| matches!(instr, Instr::Call(call) if ending.contains(&call.func));
    let Some(call) = instrs.iter().position(|(instr, _)| calls(instr)) else { return };
    let before = &instrs[..call];
    let kept = before.iter().rposition(|(instr, _)| !is_preparation(instr)).map_or(0, |at| at + 1);
    instrs.truncate(kept);
    instrs.push((Instr::from(Unreachable {}), Default::default()));
}

/// Whether an instruction only moves or reckons values.
fn is_preparation(instr: &Instr) -> bool {
    matches!(
        instr,
        Instr::Const(_)
            | Instr::LocalGet(_)
            | Instr::LocalSet(_)
            | Instr::LocalTee(_)
            | Instr::GlobalGet(_)
            | Instr::GlobalSet(_)
            | Instr::Load(_)
            | Instr::Store(_)
            | Instr::Unop(_)
            | Instr::Binop(_)
            | Instr::Select(_)
            | Instr::Drop(_)
    )
}

#[cfg(test)]
mod tests {
    use walrus::{FunctionBuilder, ValType};

    use super::*;

    /// A module in which `divide` says what is wrong through `division_by_zero`, and `throw` ends by other means.
    fn module() -> Module {
        let mut module = Module::default();
        let number = module.types.add(&[ValType::I32], &[]);
        let (thrown, _) = module.add_import_func("js", "throw", number);

        let named = |module: &mut Module, name: &str, build: &dyn Fn(&mut FunctionBuilder)| {
            let mut builder = FunctionBuilder::new(&mut module.types, &[ValType::I32], &[]);
            build(builder.name(name.to_owned()));
            let arg = module.locals.add(ValType::I32);
            builder.finish(vec![arg], &mut module.funcs)
        };
        let panic_fmt = named(&mut module, "core[0123abcd]::panicking::panic_fmt", &|function| {
            function.func_body().i32_const(7).call(thrown).unreachable();
        });
        let by_zero = named(&mut module, "division_by_zero", &|function| {
            function.func_body().i32_const(1_048_576).call(panic_fmt).unreachable();
        });
        let throw = named(&mut module, "throw", &|function| {
            function.func_body().i32_const(7).call(thrown).unreachable();
        });
        for (name, called) in [("divide", by_zero), ("other", throw)] {
            let divide = named(&mut module, name, &|function| {
                function.func_body().i32_const(0).if_else(
                    None,
                    |then| {
                        then.i32_const(1).drop().i32_const(1_048_600).call(called).unreachable();
                    },
                    |_| {},
                );
            });
            module.exports.add(name, divide);
        }
        module
    }

    #[test]
    fn a_call_that_ends_in_a_panic_is_a_trap_and_nothing_of_it_is_left() {
        let mut module = module();
        assert_eq!(ending(&module).len(), 2);
        cut(&mut module);
        let mut names: Vec<_> = module.funcs.iter().filter_map(|function| function.name.clone()).collect();
        names.sort();
        assert_eq!(names, ["divide", "other", "throw"]);

        let divide = module.funcs.by_name("divide").unwrap();
        let divide = module.funcs.get(divide).kind.unwrap_local();
        let bodies = blocks(divide, divide.entry_block());
        let lengths: Vec<usize> = bodies.iter().map(|block| divide.block(*block).instrs.len()).collect();
        assert_eq!(lengths, [2, 1, 0]);
    }

    #[test]
    fn names_are_compared_without_the_hashes_of_crates() {
        assert_eq!(without_hashes("<core[0a]::fmt::Formatter>::pad"), "<core::fmt::Formatter>::pad");
        assert_eq!(without_hashes("<[T]>::len"), "<>::len");
        assert_eq!(without_hashes("plain"), "plain");
    }
}
