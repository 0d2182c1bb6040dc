use wasm_encoder::{
    BlockType, CodeSection, EntityType, ExportKind, ExportSection, FunctionSection, ImportSection,
    Instruction, Module, NameMap, NameSection, TypeSection, ValType,
};

use wasm_encoder::{CustomSection, Encode, Section};
use wasmparser::Operator;

use super::*;

const THROW: u32 = 0;

/// A linked module of functions, numbered from 1 on, with their names; function 0 is imported and throws.
fn linked(functions: &[(&str, Vec<Instruction<'_>>)], exports: &[(&str, u32)]) -> Vec<u8> {
    let (mut types, mut imports, mut declared) =
        (TypeSection::new(), ImportSection::new(), FunctionSection::new());
    let (mut exported, mut code, mut map) = (ExportSection::new(), CodeSection::new(), NameMap::new());
    types.ty().function([ValType::I32], []);
    imports.import("js", "throw", EntityType::Function(0));
    for ((name, body), number) in functions.iter().zip(1..) {
        declared.function(0);
        map.append(number, name);
        let mut function = wasm_encoder::Function::new([]);
        for instruction in body.iter().chain([&Instruction::End]) {
            function.instruction(instruction);
        }
        code.function(&function);
    }
    for (name, function) in exports {
        exported.export(name, ExportKind::Func, *function);
    }
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&declared).section(&exported).section(&code);
    let mut bytes = module.finish();

    let (calls, mut names) = (calls(&bytes), NameSection::new());
    relocations(&calls).append_to(&mut bytes);
    names.functions(&map);
    names.append_to(&mut bytes);
    bytes
}

/// Relocations of functions' numbers.
fn relocations(places: &[usize]) -> CustomSection<'static> {
    let (code, function_index) = (4_u32, 0);
    let mut data = Vec::new();
    code.encode(&mut data);
    places.len().encode(&mut data);
    for place in places {
        data.push(function_index);
        place.encode(&mut data);
        THROW.encode(&mut data);
    }
    CustomSection { name: "reloc.CODE".into(), data: data.into() }
}

/// Where the code begins, and the instructions of each function with their places.
fn bodies(module: &[u8]) -> (usize, Vec<Vec<(Operator<'_>, usize)>>) {
    let (mut begin, mut bodies) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(module) {
        match payload.unwrap() {
            Payload::CodeSectionStart { range, .. } => begin = range.start,
            Payload::CodeSectionEntry(body) => {
                let operators = body.get_operators_reader().unwrap().into_iter_with_offsets();
                bodies.push(operators.map(Result::unwrap).collect());
            }
            _ => {}
        }
    }
    (begin, bodies)
}

/// Where in the code the numbers of called functions stand.
fn calls(module: &[u8]) -> Vec<usize> {
    let (begin, bodies) = bodies(module);
    let called = |(operator, _): &(Operator<'_>, usize)| matches!(operator, Operator::Call { .. });
    bodies.into_iter().flatten().filter(called).map(|(_, at)| at + 1 - begin).collect()
}

/// Where in the code a linker would fill something in.
fn relocated(module: &[u8]) -> Vec<usize> {
    let linked = Linked::read(module).unwrap();
    let begin = linked.code.unwrap().begin;
    linked.relocations.all.iter().map(|relocation| relocation.at - begin).collect()
}

/// The names of each function's instructions, without `nop`s.
fn instructions(module: &[u8]) -> Vec<String> {
    let shown = |body: Vec<(Operator<'_>, usize)>| {
        let shown = body.iter().map(|(operator, _)| format!("{operator:?}"));
        let names = shown.map(|shown| shown.split(' ').next().unwrap_or_default().to_owned());
        names.filter(|name| name != "Nop").collect::<Vec<_>>().join(" ")
    };
    bodies(module).1.into_iter().map(shown).collect()
}

const PANIC_FMT: &str = "_RNvNtCsgXGp5Oqx2Ny_4core9panicking9panic_fmt";

fn says(text: i32, through: u32) -> Vec<Instruction<'static>> {
    vec![Instruction::I32Const(text), Instruction::Call(through), Instruction::Unreachable]
}

/// Calls a function if its argument is not 0.
fn divides(through: u32) -> Vec<Instruction<'static>> {
    let mut body = vec![Instruction::LocalGet(0), Instruction::If(BlockType::Empty)];
    body.extend([Instruction::I32Const(1), Instruction::Drop]);
    body.extend(says(9, through));
    body.push(Instruction::End);
    body
}

#[test]
fn a_call_that_ends_in_a_panic_is_a_trap_and_no_longer_relocated() {
    let (panic_fmt, by_zero, throw) = (1, 2, 3);
    let functions = [
        (PANIC_FMT, says(7, THROW)),
        ("by_zero", says(8, panic_fmt)),
        ("throw", says(7, THROW)),
        ("divide", divides(by_zero)),
        ("other", divides(throw)),
    ];
    let module = linked(&functions, &[("divide", 4), ("other", 5)]);
    let before = calls(&module);
    let module = cut(&module).unwrap();
    let expected = [
        "Unreachable End",
        "Unreachable End",
        "I32Const Call Unreachable End",
        "LocalGet If Unreachable End End",
        "LocalGet If I32Const Drop I32Const Call Unreachable End End",
    ];
    assert_eq!(instructions(&module), expected);
    // What is left is where it was.
    assert_eq!(calls(&module), [before[2], before[4]]);
    assert_eq!(relocated(&module), calls(&module));
}

#[test]
fn only_what_cannot_return_ends_in_a_panic() {
    let panic_fmt = 1;
    let within = |before: &[Instruction<'static>]| {
        let mut body = vec![Instruction::Block(BlockType::Empty)];
        body.extend_from_slice(before);
        body.push(Instruction::End);
        body.extend(says(8, panic_fmt));
        body
    };
    let condition = Instruction::I32Const(1);
    let others_call = [Instruction::I32Const(2), Instruction::Call(THROW), Instruction::Unreachable];
    let pointer_s_call =
        [Instruction::CallIndirect { type_index: 0, table_index: 0 }, Instruction::Unreachable];
    for (body, ends) in [
        (within(&[]), true),
        (within(&[condition.clone(), Instruction::BrIf(0)]), true),
        (within(&[condition.clone(), Instruction::BrIf(1)]), false),
        (within(&[condition.clone(), Instruction::BrTable([0, 0][..].into(), 0)]), true),
        (within(&[condition.clone(), Instruction::BrTable([0, 1][..].into(), 0)]), false),
        (within(&[condition, Instruction::BrTable([0, 0][..].into(), 1)]), false),
        (within(&[Instruction::Return]), false),
        (within(&others_call), false),
        (within(&others_call[..2]), true),
        (within(&pointer_s_call), false),
        (divides(panic_fmt), false),
    ] {
        let shown = format!("{body:?}");
        let module = linked(&[(PANIC_FMT, says(7, THROW)), ("it", body)], &[]);
        assert_eq!(Linked::read(&module).unwrap().ending().contains(&2), ends, "{shown}");
    }
}

#[test]
fn what_javascript_would_read_streams_with_is_a_trap_unless_it_has_another_use() {
    let functions = [
        (PANIC_FMT, says(7, THROW)),
        ("free", says(8, THROW)),
        ("close", says(8, THROW)),
        ("write", says(8, THROW)),
        ("other", says(8, 3)),
    ];
    let exports = [
        ("__wbg_intounderlyingsink_free_0", 2),
        ("intounderlyingsink_close_0", 3),
        ("intounderlyingsink_write_0", 4),
        ("write", 4),
    ];
    let kept = "I32Const Call Unreachable End";
    let expected = ["Unreachable End", "Unreachable End", kept, kept, kept];
    assert_eq!(instructions(&cut(&linked(&functions, &exports)).unwrap()), expected);
}

#[test]
fn a_module_that_is_not_understood_is_refused() {
    let refused = |module: &[u8]| format!("{:#}", cut(module).unwrap_err());
    let unnamed = linked(&[("panic_fmt", says(7, THROW))], &[]);
    assert!(refused(&unnamed).contains("names no function at which panics arrive"));
    let linked_with = |body| linked(&[(PANIC_FMT, body)], &[]);
    assert!(refused(&linked_with(vec![])).contains("has no relocations"));
    let tail_call = linked_with(vec![Instruction::I32Const(7), Instruction::ReturnCall(THROW)]);
    assert!(refused(&tail_call).contains("not as web/panics.rs knows them"));
}

#[test]
fn panics_arrive_at_functions_of_the_standard_library_alone() {
    for (name, expected) in [
        (PANIC_FMT, true),
        ("_RINvNtCsebHcaeoSrxy_3std9panicking11begin_panicReEB4_", true),
        ("_RNvNtCsgXGp5Oqx2Ny_4core3str19slice_error_fail_rt", true),
        ("_ZN4core9panicking9panic_fmt17hbfd30d45eafdc05fE", true),
        ("_ZN3std9panicking11begin_panic17hbfd30d45eafdc05fE", true),
        ("_ZN3std9panicking11begin_panic28_$u7b$$u7b$closure$u7d$$u7d$17hbfd30d45eafdc05fE", false),
        ("_ZN1b1m9panic_fmt17hbfd30d45eafdc05fE", false),
        ("_RNvNtCsgXGp5Oqx2Ny_4soho9panicking9panic_fmt", false),
        ("_RNvNtCsgXGp5Oqx2Ny_4core3str16slice_error_fail", false),
        ("_RNCINvNtCsebHcaeoSrxy_3std9panicking11begin_panicReE0B6_", false),
        ("panic_fmt", false),
    ] {
        assert_eq!(is_root(name), expected, "{name}");
    }
}
