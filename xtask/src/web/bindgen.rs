//! wasm-bindgen as a library: no second program to install, and never a version that does not fit.

use anyhow::{Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use super::{order, panics, places};

/// What wasm-bindgen makes of a compiled module.
pub(super) struct Glue {
    /// An ES module whose default export starts the app.
    pub(super) js: String,
    /// The module with the glue's imports.
    pub(super) wasm: Vec<u8>,
    /// Pieces of JavaScript that crates bring along: path in an import of `js`, content.
    pub(super) snippets: Vec<(String, String)>,
}

/// Makes the JavaScript side of a module. `shares` says whether parts that are fetched later use its memory and table.
pub(super) fn run(name: &str, module: &[u8], shares: bool) -> Result<Glue> {
    let mut output = Bindgen::new()
        .keep_lld_exports(shares)
        .input_bytes(name, module.to_vec())
        .web(true)?
        .typescript(false)
        // The address is ours to give, see `boot`.
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate_output()?;
    let module = output.wasm_mut();
    drop_relocations(module);
    let unused = drop_streams(module);
    places::clear(module);
    let mut named = shorten("i", module.imports.iter_mut().map(|import| &mut import.name));
    named.extend(shorten("e", module.exports.iter_mut().map(|export| &mut export.name)));
    let wasm = order::ordered(&module.emit_wasm())?;
    let mut snippets = Vec::new();
    for (krate, inline) in output.snippets() {
        for (number, text) in inline.iter().enumerate() {
            snippets.push((format!("snippets/{krate}/inline{number}.js"), text.clone()));
        }
    }
    for (path, text) in output.local_modules() {
        snippets.push((format!("snippets/{path}"), text.clone()));
    }
    // The library keeps them in a hash map, and the same inputs should make the same files.
    snippets.sort();
    let glue = without_streams(output.js(), &unused);
    let js = named.iter().fold(glue, |js, (long, short)| js.replace(long, short));
    ensure!(
        js.contains("__wbg_init as default"),
        "its glue has no `__wbg_init` to call: mend web/boot.js for this version"
    );
    Ok(Glue { js, wasm, snippets })
}

/// A part that is fetched later, without what nobody reads.
pub(super) fn part(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut config = walrus::ModuleConfig::new();
    config.generate_name_section(false).generate_producers_section(false);
    let mut module = config.parse(bytes)?;
    drop_relocations(&mut module);
    walrus::passes::gc::run(&mut module);
    places::clear(&mut module);
    order::ordered(&module.emit_wasm())
}

/// Takes out what only a linker or another tool would need.
fn drop_relocations(module: &mut walrus::Module) {
    let is_a_tool_s =
        |name: &str| matches!(name, "linking" | "target_features") || name.starts_with("reloc.");
    let sections = module.customs.iter().filter(|(_, section)| is_a_tool_s(section.name()));
    for section in sections.map(|(id, _)| id).collect::<Vec<_>>() {
        module.customs.delete(section);
    }
}

/// Takes streams out of a module that JavaScript could read from Rust, and what stands only on them. Leptos brings them
/// along for server functions, of which there are none here; as exports they stay, though nothing calls them
/// (`findings/leptos-csr-keeps-streams.sh`). Returns the imports that are not needed any more.
fn drop_streams(module: &mut walrus::Module) -> Vec<String> {
    let exports = module.exports.iter().filter(|export| panics::is_stream(&export.name));
    for export in exports.map(walrus::Export::id).collect::<Vec<_>>() {
        module.exports.delete(export);
    }
    let before: Vec<String> = module.imports.iter().map(|import| import.name.clone()).collect();
    walrus::passes::gc::run(module);
    let is_gone = |name: &String| module.imports.iter().all(|import| import.name != *name);
    before.into_iter().filter(is_gone).collect()
}

/// The glue without the classes of streams and the functions that these imports named.
fn without_streams(js: &str, imports: &[String]) -> String {
    let mut kept = String::with_capacity(js.len());
    // What the line begins with that ends what is left out.
    let mut end: Option<String> = None;
    for line in js.lines() {
        let text = line.trim_start();
        if text.split_once(": function(").is_some_and(|(name, _)| imports.iter().any(|gone| gone == name)) {
            let indent = &line[..line.len() - text.len()];
            end = Some([indent, "},"].concat());
        } else if text.starts_with("export class IntoUnderlying") {
            end = Some("if (Symbol.dispose) IntoUnderlying".to_owned());
        }
        match &end {
            None => kept.extend([line, "\n"]),
            Some(last) if line.starts_with(last) => end = None,
            Some(_) => {}
        }
    }
    kept
}

/// Gives what a module imports or exports short names; both, long and short.
///
/// The long ones hold 16 digits of a hash, which stand in the module and in the glue and cannot be compressed:
/// some 4 KB of what a phone downloads.
fn shorten<'a>(letter: &str, names: impl Iterator<Item = &'a mut String>) -> Vec<(String, String)> {
    let is_hash = |part: &str| {
        let hash = part.strip_prefix('h').unwrap_or(part);
        hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit())
    };
    let renamed = names.filter(|name| name.split('_').any(is_hash)).enumerate();
    let mut named: Vec<_> = renamed
        .map(|(number, name)| {
            let short = format!("{letter}{number}");
            (std::mem::replace(name, short.clone()), short)
        })
        .collect();
    // One may begin with another.
    named.sort_by_key(|(long, _)| std::cmp::Reverse(long.len()));
    named
}

/// What follows the glue: starts the app, then keeps it for times without a network.
///
/// Part of the module because the Content-Security-Policy allows no script inside a page.
pub(super) fn boot(name: &str, wasm: &str) -> String {
    super::squeeze::js(&include_str!("boot.js").replace("{{app}}", name).replace("{{wasm}}", wasm))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boot_code_names_the_app_and_its_module() {
        let code = boot("survey", "/assets/survey-1.wasm");
        assert!(code.contains(r#""/assets/survey-1.wasm""#) && code.contains(r#""survey""#), "{code}");
        assert!(!code.contains("{{"), "{code}");
    }

    #[test]
    fn only_names_with_a_hash_are_shortened() {
        let long = ["invoke__h0f1e2d3c4b5a6978", "invoke__h0f1e2d3c4b5a6978_17"].map(str::to_owned);
        let mut names = [&long[0], &long[1], "__wbindgen_init_externref_table"].map(str::to_owned);
        let named = shorten("i", names.iter_mut());
        assert_eq!(names, ["i0", "i1", "__wbindgen_init_externref_table"]);
        // What begins with another is replaced first.
        let [first, second] = long;
        assert_eq!(named, [(second, "i1".to_owned()), (first, "i0".to_owned())]);
    }

    #[test]
    fn only_streams_and_imports_that_are_gone_leave_the_glue() {
        let class = "export class IntoUnderlyingSink {\n    close() {\n    }\n}\nif (Symbol.dispose) IntoUnderlyingSink.free;\n";
        assert_eq!(without_streams(&[class, "f();\n"].concat(), &[]), "f();\n");
        let js = "const import0 = {\n    a: function() {\n        call({\n        },\n    );\n    },\n    b: function() {\n    },\n};\n";
        let without = without_streams(js, &["a".to_owned()]);
        assert_eq!(without, "const import0 = {\n    b: function() {\n    },\n};\n");
        assert_eq!(without_streams(js, &[]), js);
    }

    #[test]
    fn what_is_no_module_is_refused() {
        assert!(run("check", b"not wasm", false).is_err());
    }
}
