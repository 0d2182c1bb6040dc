//! wasm-bindgen as a library: no second program to install, and never a version that does not fit.

use anyhow::{Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

/// What wasm-bindgen makes of a compiled module.
pub(super) struct Glue {
    /// An ES module whose default export starts the app.
    pub(super) js: String,
    /// The module with the glue's imports.
    pub(super) wasm: Vec<u8>,
    /// Pieces of JavaScript that crates bring along: path in an import of `js`, content.
    pub(super) snippets: Vec<(String, String)>,
}

/// Makes the JavaScript side of a module.
pub(super) fn run(name: &str, module: &[u8]) -> Result<Glue> {
    let mut output = Bindgen::new()
        .input_bytes(name, module.to_vec())
        .web(true)?
        .typescript(false)
        // The address is ours to give, see `boot`.
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate_output()?;
    let named = shorten(output.wasm_mut().imports.iter_mut().map(|import| &mut import.name));
    let wasm = output.wasm_mut().emit_wasm();
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
    let js = named.iter().fold(output.js().to_owned(), |js, (long, short)| js.replace(long, short));
    ensure!(
        js.contains("__wbg_init as default"),
        "its glue has no `__wbg_init` to call: mend web/boot.js for this version"
    );
    Ok(Glue { js, wasm, snippets })
}

/// Gives the functions that a module imports short names; both, long and short.
///
/// The long ones end with 16 digits of a hash, which stand in the module and in the glue and cannot be compressed:
/// some 4 KB of what a phone downloads.
fn shorten<'a>(names: impl Iterator<Item = &'a mut String>) -> Vec<(String, String)> {
    let hashed = |name: &str| {
        let hash = name.rsplit_once('_').map(|(_, hash)| hash);
        hash.is_some_and(|hash| hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    let renamed = names.filter(|name| hashed(name)).enumerate();
    renamed
        .map(|(number, name)| {
            let short = format!("i{number}");
            (std::mem::replace(name, short.clone()), short)
        })
        .collect()
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
    fn only_names_that_end_with_a_hash_are_shortened() {
        let mut names = ["__wbg_get_0f1e2d3c4b5a6978", "__wbindgen_init_externref_table"].map(str::to_owned);
        let named = shorten(names.iter_mut());
        assert_eq!(named, [("__wbg_get_0f1e2d3c4b5a6978".to_owned(), "i0".to_owned())]);
        assert_eq!(names, ["i0", "__wbindgen_init_externref_table"]);
    }

    #[test]
    fn what_is_no_module_is_refused() {
        assert!(run("check", b"not wasm").is_err());
    }
}
