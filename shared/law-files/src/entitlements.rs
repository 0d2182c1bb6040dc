//! Generates constants from the supports in `law/`: `entitlements_2011.toml` and its siblings, a file a standard.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::Deserialize;
use toml::value::Datetime;
use toml::{Table, Value};

use crate::standard_file::{ConfidenceFile, Name, SourceFile};
use crate::standards::{confidence, source};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    standard: String,
    plan: Option<String>,
    #[serde(default)]
    bring: BTreeMap<String, Name>,
    entitlement: Vec<Table>,
}

/// What a support keeps through all its stages.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole {
    id: String,
    vi: String,
    en: String,
    #[serde(default)]
    groups: Vec<String>,
    escaped: Option<Escaped>,
    #[serde(default)]
    communes: Vec<String>,
    level: Option<String>,
    condition: Option<String>,
    only_if: Option<Name>,
    priority: Option<Name>,
    bring: Option<String>,
    plan: Option<String>,
    office: String,
}

/// The keys of a [`Whole`]. Those beside them are of the stages: what the support itself says holds for each stage
/// that does not say otherwise.
const WHOLE: [&str; 14] = [
    "id",
    "vi",
    "en",
    "groups",
    "escaped",
    "communes",
    "level",
    "condition",
    "only_if",
    "priority",
    "bring",
    "plan",
    "office",
    "stage",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stage {
    from: Option<Datetime>,
    to: Option<Datetime>,
    status: String,
    #[serde(default)]
    classes: Vec<String>,
    share: Option<Share>,
    amount: Option<Amount>,
    months: Option<u8>,
    detail: Option<Detail>,
    also: Option<Detail>,
    differs: Option<SourceFile>,
    instrument: Option<String>,
    article: Option<String>,
    confidence: ConfidenceFile,
    note: Option<Name>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Escaped {
    within_years: Option<u8>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Share {
    percent: u8,
    #[serde(default)]
    at_least: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Amount {
    vnd: i64,
    per: String,
    confidence: ConfidenceFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Detail {
    vi: String,
    en: String,
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

fn some(text: Option<String>) -> String {
    text.map_or("None".to_owned(), |text| format!("Some({text})"))
}

fn pair(text: Option<&Name>) -> String {
    some(text.map(|text| format!("({:?}, {:?})", text.vi, text.en)))
}

/// Reads every file of supports in `law/`, in the order of their names.
pub(crate) fn generate(law: &Path) -> String {
    let entries = fs::read_dir(law).unwrap_or_else(|e| panic!("{}: {e}", law.display()));
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.unwrap_or_else(|e| panic!("{}: {e}", law.display())).path()).collect();
    paths.sort();
    let (mut code, mut files, mut known) = (String::new(), Vec::new(), Vec::new());
    for path in &paths {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let named = name.strip_prefix("entitlements_").and_then(|name| name.strip_suffix(".toml"));
        if let Some(standard) = named {
            one_file(&mut code, path, standard);
            known.push(format!("{standard:?}"));
            files.push(format!("({standard:?}, &ENTITLEMENTS_{standard})"));
        }
    }
    writeln!(
        code,
        "static ENTITLEMENTS: [(&str, &[Entitlement]); {}] = [{}];",
        files.len(),
        files.join(", ")
    )
    .expect("writing to a string");
    writeln!(code, "static KNOWN: [&str; {}] = [{}];", known.len(), known.join(", "))
        .expect("writing to a string");
    code
}

fn one_file(code: &mut String, path: &Path, standard: &str) {
    let place = path.display();
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{place}: {e}"));
    let mut file: File = toml::from_str(&text).unwrap_or_else(|e| panic!("{place}: {e}"));
    assert!(
        file.standard == standard,
        "{place}: its `standard` is {}: name the file after it",
        file.standard
    );
    let mut ids: Vec<String> = Vec::new();
    let mut all = String::new();
    for (at, mut table) in std::mem::take(&mut file.entitlement).into_iter().enumerate() {
        let stages = match table.remove("stage") {
            None => vec![Value::Table(Table::new())],
            Some(Value::Array(stages)) => stages,
            Some(_) => panic!("{place}: write [[entitlement.stage]]"),
        };
        let (whole, base): (Table, Table) =
            table.into_iter().partition(|(key, _)| WHOLE.contains(&key.as_str()));
        let whole: Whole = whole.try_into().unwrap_or_else(|e| panic!("{place}: support {}: {e}", at + 1));
        let place = format!("{place}: `{}`", whole.id);
        assert!(!ids.contains(&whole.id), "{place} comes twice");
        let stages: Vec<Stage> = stages
            .into_iter()
            .map(|own| {
                let Value::Table(own) = own else { panic!("{place}: write [[entitlement.stage]]") };
                let mut stage = base.clone();
                stage.extend(own);
                stage.try_into().unwrap_or_else(|e| panic!("{place}: {e}"))
            })
            .collect();
        let days = days(&place, &stages);
        let name = format!("STAGES_{standard}_{at}");
        writeln!(code, "static {name}: [Stage; {}] = [", stages.len()).expect("writing to a string");
        for (stage, days) in stages.iter().zip(days) {
            // Where no instrument is named, the plan itself is the source.
            let plan = whole.plan.as_ref().and(file.plan.as_ref());
            let instrument = stage.instrument.as_ref().or(plan);
            let instrument = instrument.unwrap_or_else(|| panic!("{place}: no instrument and no plan"));
            writeln!(code, "{},", one_stage(&place, stage, days, instrument)).expect("writing to a string");
        }
        code.push_str("];\n");
        writeln!(all, "{},", one(&place, &whole, &file, &name)).expect("writing to a string");
        ids.push(whole.id);
    }
    writeln!(code, "static ENTITLEMENTS_{standard}: [Entitlement; {}] = [\n{all}];", ids.len())
        .expect("writing to a string");
}

/// First and last day of each stage. One that says no last day ends the day before the next one.
fn days(place: &str, stages: &[Stage]) -> Vec<(Option<Date>, Option<Date>)> {
    let date = |written: &Datetime| {
        let (Some(date), None) = (written.date, written.time) else {
            panic!("{place}: {written}: write a day without quotes, like 2011-01-01")
        };
        let part = |n: u8| i8::try_from(n).unwrap_or_default();
        let year = i16::try_from(date.year).unwrap_or_default();
        Date::new(year, part(date.month), part(date.day)).unwrap_or_else(|e| panic!("{place}: {e}"))
    };
    let mut days: Vec<(Option<Date>, Option<Date>)> = Vec::new();
    for stage in stages {
        let (from, to) = (stage.from.as_ref().map(date), stage.to.as_ref().map(date));
        if let Some((begun, ended)) = days.last_mut() {
            let from = from.unwrap_or_else(|| panic!("{place}: only the first stage may leave out `from`"));
            assert!(begun.is_none_or(|day| day < from), "{place}: {from} is not after the stage before");
            assert!(ended.is_none_or(|day| day < from), "{place}: {from}: the stage before has not ended");
            *ended = ended.or(from.yesterday().ok());
        }
        assert!(from.zip(to).is_none_or(|(from, to)| from <= to), "{place}: a stage ends before it begins");
        days.push((from, to));
    }
    days
}

fn one_stage(place: &str, s: &Stage, days: (Option<Date>, Option<Date>), instrument: &str) -> String {
    assert!(s.amount.as_ref().is_none_or(|a| a.vnd > 0), "{place}: no amount");
    assert!(s.share.as_ref().is_none_or(|s| (1..=100).contains(&s.percent)), "{place}: no share");
    let day = |day: Option<Date>| {
        some(day.map(|d| format!("jiff::civil::date({}, {}, {})", d.year(), d.month(), d.day())))
    };
    let detail = |detail: Option<&Detail>| {
        some(detail.map(|d| {
            format!("Detail {{ vi: {:?}, en: {:?}, confidence: {} }}", d.vi, d.en, confidence(d.confidence))
        }))
    };
    let share =
        s.share.as_ref().map(|s| format!("Share {{ percent: {}, at_least: {} }}", s.percent, s.at_least));
    let amount = s.amount.as_ref().map(|a| {
        let (per, confidence) = (variant(&a.per), confidence(a.confidence));
        format!("Amount {{ vnd: vnd({}), per: Per::{per}, confidence: {confidence} }}", a.vnd)
    });
    let own = SourceFile {
        instrument: instrument.to_owned(),
        article: s.article.clone(),
        confidence: s.confidence,
        note: s.note.clone(),
    };
    format!(
        "Stage {{ from: {}, to: {}, status: Status::{}, classes: {}, share: {}, amount: {}, months: {:?}, detail: {}, also: {}, differs: {}, source: {} }}",
        day(days.0),
        day(days.1),
        variant(&s.status),
        list("Class", &s.classes),
        some(share),
        some(amount),
        s.months,
        detail(s.detail.as_ref()),
        detail(s.also.as_ref()),
        some(s.differs.as_ref().map(source)),
        source(&own),
    )
}

fn one(place: &str, e: &Whole, file: &File, stages: &str) -> String {
    let escaped = e.escaped.as_ref().map(|e| format!("Escaped {{ within_years: {:?} }}", e.within_years));
    let condition = e.condition.as_ref().map(|word| format!("Condition::{}", variant(word)));
    let communes: Vec<u32> = e
        .communes
        .iter()
        .map(|code| code.parse().unwrap_or_else(|_| panic!("{place}: `{code}` is no code")))
        .collect();
    let bring = e.bring.as_ref().map(|name| {
        file.bring.get(name).unwrap_or_else(|| panic!("{place}: [bring] does not name `{name}`"))
    });
    let plan = e.plan.as_ref().map(|section| {
        let plan = file.plan.as_ref().unwrap_or_else(|| panic!("{place}: the file names no plan"));
        format!("Plan {{ name: {plan:?}, section: {section:?} }}")
    });
    format!(
        "Entitlement {{ id: {:?}, vi: {:?}, en: {:?}, groups: {}, escaped: {}, communes: &{communes:?}, level: Level::{}, condition: {}, only_if: {}, priority: {}, bring: {}, plan: {}, office: Office::{}, stages: &{stages} }}",
        e.id,
        e.vi,
        e.en,
        list("Group", &e.groups),
        some(escaped),
        variant(e.level.as_deref().unwrap_or("household")),
        some(condition),
        pair(e.only_if.as_ref()),
        pair(e.priority.as_ref()),
        pair(bring),
        some(plan),
        variant(&e.office),
    )
}
