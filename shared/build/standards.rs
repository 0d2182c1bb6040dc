//! `law/<year>.toml` as constants.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::standard_file::{self, ConfidenceFile, Name, SourceFile, StandardFile};

/// The national standards; a file not listed here is not compiled in.
const IDS: [&str; 5] = ["2006", "2011", "2016", "2022", "2027"];

pub(crate) fn generate(law: &Path) -> String {
    let standards: Vec<StandardFile> = IDS
        .iter()
        .map(|id| {
            let path = law.join(format!("{id}.toml"));
            let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            let standard =
                standard_file::parse(&text, &path.display().to_string()).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(standard.id, *id, "{}: the id and the file's name disagree", path.display());
            standard
        })
        .collect();
    assert!(standards.is_sorted_by(|a, b| a.to < b.from), "the standards' dates overlap");

    let mut code = String::new();
    for standard in &standards {
        statics(&mut code, standard);
    }
    code.push_str("static STANDARDS: [Standard; 5] = [\n");
    for standard in &standards {
        let date =
            |d: jiff::civil::Date| format!("jiff::civil::date({}, {}, {})", d.year(), d.month(), d.day());
        writeln!(
            code,
            "Standard {{ id: Cow::Borrowed({id:?}), source: {}, from: {}, to: {}, opening_round: {:?}, bands: Cow::Borrowed(&BANDS_{id}), indicator_count: {}, indicators: Cow::Borrowed(&INDICATORS_{id}) }},",
            source(&standard.source),
            date(standard.from),
            date(standard.to),
            standard.opening_round,
            standard.indicator_count,
            id = standard.id,
        )
        .expect("writing to a string");
    }
    code.push_str("];\n");
    code
}

fn statics(code: &mut String, standard: &StandardFile) {
    let StandardFile { id, bands, indicators, .. } = standard;
    writeln!(code, "static BANDS_{id}: [Band; {}] = [", bands.len()).expect("writing to a string");
    for band in bands {
        let pair = |[rural, urban]: [i64; 2]| format!("[vnd({rural}), vnd({urban})]");
        writeln!(
            code,
            "Band {{ lines: {}, class: Class::ALL[{}], worded_from: {}, poor_if_lacking: {:?}, source: {} }},",
            pair(band.lines),
            band.class,
            band.worded_from.map_or("None".to_owned(), |worded| format!("Some({})", pair(worded))),
            band.poor_if_lacking,
            source(&band.source),
        )
        .expect("writing to a string");
    }
    writeln!(code, "];\nstatic INDICATORS_{id}: [Indicator; {}] = [", indicators.len())
        .expect("writing to a string");
    for i in indicators {
        writeln!(
            code,
            "Indicator {{ id: Cow::Borrowed({:?}), dimension: Cow::Borrowed({:?}), dimension_name: {}, name_vi: Cow::Borrowed({:?}), name_en: Cow::Borrowed({:?}), question_vi: Cow::Borrowed({:?}), question_en: Cow::Borrowed({:?}), confidence: {} }},",
            i.id,
            i.dimension,
            note(&i.dimension_name.vi, &i.dimension_name.en),
            i.name.vi,
            i.name.en,
            i.question.vi,
            i.question.en,
            confidence(i.confidence),
        )
        .expect("writing to a string");
    }
    code.push_str("];\n");
}

pub(crate) fn confidence(confidence: ConfidenceFile) -> String {
    format!("Confidence::{confidence:?}")
}

fn note(vi: &str, en: &str) -> String {
    format!("Note {{ vi: Cow::Borrowed({vi:?}), en: Cow::Borrowed({en:?}) }}")
}

pub(crate) fn source(source: &SourceFile) -> String {
    format!(
        "Source {{ instrument: Cow::Borrowed({:?}), article: {}, confidence: {}, note: {} }}",
        source.instrument,
        source.article.as_ref().map_or("None".to_owned(), |a| format!("Some(Cow::Borrowed({a:?}))")),
        confidence(source.confidence),
        source.note.as_ref().map_or("None".to_owned(), |Name { vi, en }| format!("Some({})", note(vi, en))),
    )
}
