//! A function's instructions, as far as it matters where they lead.

use std::collections::HashSet;
use std::ops::Range;

use anyhow::{Context, Result};
use wasmparser::{FunctionBody, Operator};

/// A function's body.
pub(super) struct Function {
    pub(super) index: u32,
    /// All instructions but the last, which ends the body.
    pub(super) code: Range<usize>,
    /// Its blocks, the body itself first.
    pub(super) blocks: Vec<Block>,
}

/// Instructions that follow one another; those of blocks within it are no part of it.
#[derive(Default)]
pub(super) struct Block {
    steps: Vec<(usize, Step)>,
    /// Where the instruction lies that ends it.
    end: usize,
}

/// What an instruction means here.
enum Step {
    /// Only moves or reckons values.
    Prepare,
    Call(u32),
    CallPointer,
    Trap,
    /// May leave the function.
    Leave,
    Other,
}

impl Step {
    fn of(module: &[u8], at: usize, operator: &Operator<'_>, depth: u32) -> Self {
        match operator {
            Operator::Call { function_index } => Self::Call(*function_index),
            Operator::CallIndirect { .. } => Self::CallPointer,
            Operator::Unreachable => Self::Trap,
            Operator::Return => Self::Leave,
            Operator::Br { relative_depth } | Operator::BrIf { relative_depth }
                if *relative_depth == depth =>
            {
                Self::Leave
            }
            Operator::BrTable { targets } => {
                let mut all = targets.targets().chain([Ok(targets.default())]);
                // A target that cannot be read may be any.
                if all.any(|target| target.map_or(true, |target| target == depth)) {
                    Self::Leave
                } else {
                    Self::Other
                }
            }
            _ if is_preparation(module[at]) => Self::Prepare,
            _ => Self::Other,
        }
    }

    fn calls(&self, ending: &HashSet<u32>) -> bool {
        matches!(self, Self::Call(function) if ending.contains(function))
    }
}

/// Whether an instruction only moves or reckons values, by its first byte.
fn is_preparation(code: u8) -> bool {
    let drop_and_select = 0x1a..=0x1c;
    let locals_and_globals = 0x20..=0x24;
    let loads_and_stores = 0x28..=0x3e;
    let constants_and_reckoning = 0x41..=0xc4;
    [drop_and_select, locals_and_globals, loads_and_stores, constants_and_reckoning]
        .iter()
        .any(|codes| codes.contains(&code))
}

impl Function {
    pub(super) fn read(module: &[u8], index: u32, body: &FunctionBody<'_>) -> Result<Self> {
        let operators = body.get_operators_reader()?;
        let begin = operators.original_position();
        let mut blocks = vec![Block::default()];
        let mut open = vec![0];
        for operator in operators.into_iter_with_offsets() {
            let (operator, at) = operator?;
            let block = *open.last().context("a function goes on where it ends")?;
            match &operator {
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                    blocks[block].steps.push((at, Step::Other));
                }
                Operator::Else | Operator::End => {
                    blocks[block].end = at;
                    open.pop();
                }
                operator => {
                    let depth = u32::try_from(open.len() - 1)?;
                    blocks[block].steps.push((at, Step::of(module, at, operator, depth)));
                }
            }
            let opens = matches!(
                operator,
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } | Operator::Else
            );
            if opens {
                open.push(blocks.len());
                blocks.push(Block::default());
            }
        }
        let code = begin..blocks[0].end;
        Ok(Self { index, code, blocks })
    }

    pub(super) fn calls(&self) -> impl Iterator<Item = u32> {
        let steps = self.blocks.iter().flat_map(|block| &block.steps);
        steps.filter_map(|(_, step)| if let Step::Call(function) = step { Some(*function) } else { None })
    }

    /// Whether it always arrives at one of these: it has no way to return, and no call of another ends it.
    pub(super) fn ends(&self, ending: &HashSet<u32>) -> bool {
        let stops = |(_, step): &(usize, Step)| matches!(step, Step::Trap) || step.calls(ending);
        self.blocks[0].steps.iter().any(stops) && self.blocks.iter().all(|block| block.stays(ending))
    }
}

impl Block {
    /// Whether it neither leaves the function nor ends in a trap behind a call of another.
    fn stays(&self, ending: &HashSet<u32>) -> bool {
        let mut before = None;
        self.steps.iter().all(|(_, step)| {
            let last = before.replace(step);
            match (step, last) {
                (Step::Leave, _) | (Step::Trap, Some(Step::CallPointer)) => false,
                (Step::Trap, Some(Step::Call(function))) => ending.contains(function),
                _ => true,
            }
        })
    }

    /// The first call of one of these functions, with what only prepares it and all that follows.
    pub(super) fn gap(&self, ending: &HashSet<u32>) -> Option<Range<usize>> {
        let call = self.steps.iter().position(|(_, step)| step.calls(ending))?;
        let before = &self.steps[..call];
        let first =
            before.iter().rposition(|(_, step)| !matches!(step, Step::Prepare)).map_or(0, |at| at + 1);
        Some(self.steps[first].0..self.end)
    }
}
