//! Generates constants from `law/entitlements_2011.toml`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::standard_file::{ConfidenceFile, Name};
use crate::standards::confidence;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    standard: String,
    plan: String,
    entitlement: Vec<Entitlement>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entitlement {
    id: String,
    vi: String,
    en: String,
    #[serde(default)]
    classes: Vec<String>,
    #[serde(default)]
    groups: Vec<String>,
    escaped: Option<Escaped>,
    #[serde(default)]
    communes: Vec<String>,
    level: Option<String>,
    condition: Option<String>,
    priority: Option<Name>,
    amount: Option<Amount>,
    instrument: Option<String>,
    plan: String,
    status: String,
    confidence: ConfidenceFile,
    office: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Escaped {
    within_years: Option<u8>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Amount {
    vnd: i64,
    per: String,
    confidence: ConfidenceFile,
}

/// The name of the enum variant with this word: `NearPoor` for `near_poor`. An unknown word fails to compile where
/// the constants are included.
fn variant(word: &str) -> String {
    let capital = |part: &str| part[..1].to_uppercase() + &part[1..];
    word.split('_').map(capital).collect()
}

fn list(of: &str, words: &[String]) -> String {
    let items: Vec<String> = words.iter().map(|word| format!("{of}::{}", variant(word))).collect();
    format!("&[{}]", items.join(", "))
}

pub(crate) fn generate(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let file: File = toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let (standard, all) = (&file.standard, &file.entitlement);
    let mut code = format!("static ENTITLEMENTS_{standard}: [Entitlement; {}] = [\n", all.len());
    for (i, e) in all.iter().enumerate() {
        assert!(all[..i].iter().all(|other| other.id != e.id), "{}: `{}` comes twice", path.display(), e.id);
        assert!(e.amount.as_ref().is_none_or(|a| a.vnd > 0), "{}: `{}`: no amount", path.display(), e.id);
        entitlement(&mut code, e, &file.plan);
    }
    code.push_str("];\n");
    code
}

fn entitlement(code: &mut String, e: &Entitlement, plan: &str) {
    let some = |text: Option<String>| text.map_or("None".to_owned(), |text| format!("Some({text})"));
    let escaped = e.escaped.as_ref().map(|e| format!("Escaped {{ within_years: {:?} }}", e.within_years));
    let condition = e.condition.as_ref().map(|word| format!("Condition::{}", variant(word)));
    let priority = e.priority.as_ref().map(|p| format!("({:?}, {:?})", p.vi, p.en));
    let amount = e.amount.as_ref().map(|a| {
        let (per, confidence) = (variant(&a.per), confidence(a.confidence));
        format!("Amount {{ vnd: vnd({}), per: Per::{per}, confidence: {confidence} }}", a.vnd)
    });
    let communes: Vec<u32> = e
        .communes
        .iter()
        .map(|code| code.parse().unwrap_or_else(|_| panic!("`{code}` is no code")))
        .collect();
    // Where no instrument is named, the plan itself is the source.
    let (instrument, article) = match &e.instrument {
        Some(instrument) => (instrument.as_str(), "None".to_owned()),
        None => (plan, format!("Some(Cow::Borrowed({:?}))", format!("mục {}", e.plan))),
    };
    writeln!(
        code,
        "Entitlement {{ id: {:?}, vi: {:?}, en: {:?}, classes: {}, groups: {}, escaped: {}, communes: &{communes:?}, level: Level::{}, condition: {}, priority: {}, amount: {}, source: Source {{ instrument: Cow::Borrowed({instrument:?}), article: {article}, confidence: {}, note: None }}, plan: {plan:?}, plan_section: {:?}, status: Status::{}, office: Office::{} }},",
        e.id,
        e.vi,
        e.en,
        list("Class", &e.classes),
        list("Group", &e.groups),
        some(escaped),
        variant(e.level.as_deref().unwrap_or("household")),
        some(condition),
        some(priority),
        some(amount),
        confidence(e.confidence),
        e.plan,
        variant(&e.status),
        variant(&e.office),
    )
    .expect("writing to a string");
}
