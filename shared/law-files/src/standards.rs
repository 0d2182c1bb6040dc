//! Generates constants from the standards in `law/`: `2011.toml`, and a province's own, `2011-ben-tre.toml`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use jiff::civil::Date;

use crate::standard_file::{
    self, BandFile, ConfidenceFile, LawError, Name, RecordFile, SourceFile, StandardFile, Terms,
};

/// Reads every standard in `law/`, the national ones and a province's own, in order of their first day.
fn read(law: &Path) -> Result<Vec<StandardFile>, LawError> {
    let unreadable = |path: &Path, what: &dyn std::fmt::Display| LawError {
        file: path.display().to_string(),
        line: 0,
        what: what.to_string(),
    };
    let mut standards = Vec::new();
    for entry in fs::read_dir(law).map_err(|e| unreadable(law, &e))? {
        let path = entry.map_err(|e| unreadable(law, &e))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        // `2011.toml`, `2011-ben-tre.toml`; entitlements have another form.
        let Some(id) = name.strip_suffix(".toml").filter(|id| id.starts_with(|c: char| c.is_ascii_digit()))
        else {
            continue;
        };
        let text = fs::read_to_string(&path).map_err(|e| unreadable(&path, &e))?;
        let standard = standard_file::parse(&text, &path.display().to_string())?;
        if standard.id != id {
            return Err(unreadable(&path, &format!("its `id` is {}: name the file after it", standard.id)));
        }
        standards.push(standard);
    }
    standards.sort_by(|a, b| (a.from, &a.id).cmp(&(b.from, &b.id)));
    let terms: Vec<_> = standards
        .iter()
        .map(|s| Terms {
            id: &s.id,
            from: s.from,
            to: s.to,
            bands: s.bands.iter().map(|b| (b.class, b.lines)).collect(),
        })
        .collect();
    standard_file::check_together(&terms)?;
    Ok(standards)
}

/// The constants as Rust code; or which file is wrong, where and why.
///
/// # Errors
///
/// [`LawError`], with file and line.
pub fn generate(law: &Path) -> Result<String, LawError> {
    let standards = read(law)?;
    let mut code = String::new();
    for (at, standard) in standards.iter().enumerate() {
        indicators(&mut code, at, standard);
        bands(&mut code, &at.to_string(), &standard.bands);
    }
    writeln!(code, "static STANDARDS: [Standard; {}] = [", standards.len()).expect("writing to a string");
    for (at, standard) in standards.iter().enumerate() {
        writeln!(code, "{},", one(at, &at.to_string(), standard)).expect("writing to a string");
    }
    code.push_str("];\n");
    before(&mut code, &standards);
    Ok(code)
}

/// The standards as they stood before a band that came later: the first day of that band, and the standard, by rising
/// days.
fn before(code: &mut String, standards: &[StandardFile]) {
    let mut stood = Vec::new();
    for (at, standard) in standards.iter().enumerate() {
        let mut days: Vec<Date> = standard.bands.iter().filter_map(|band| band.from).collect();
        days.sort_unstable();
        days.dedup();
        for day in days {
            let is_there = |band: &&BandFile| band.from.is_none_or(|from| from < day);
            let earlier: Vec<BandFile> = standard.bands.iter().filter(is_there).cloned().collect();
            let name = format!("{at}_BEFORE_{}", stood.len());
            bands(code, &name, &earlier);
            stood.push(format!("({}, {}),\n", date(day), one(at, &name, standard)));
        }
    }
    writeln!(code, "static BEFORE: [(Date, Standard); {}] = [\n{}];", stood.len(), stood.concat())
        .expect("writing to a string");
}

fn date(day: Date) -> String {
    format!("jiff::civil::date({}, {}, {})", day.year(), day.month(), day.day())
}

/// A standard with the bands of a name.
fn one(at: usize, bands: &str, standard: &StandardFile) -> String {
    format!(
        "Standard {{ id: Cow::Borrowed({id:?}), source: {}, from: {}, to: {}, opening_round: {:?}, beside_round: {:?}, bands: Cow::Borrowed(&BANDS_{bands}), indicator_count: {}, indicators: Cow::Borrowed(&INDICATORS_{at}), income: {}, points: {}, meeting: {} }}",
        source(&standard.source),
        date(standard.from),
        date(standard.to),
        standard.opening_round,
        standard.beside_round,
        standard.indicator_count,
        income(standard),
        points(standard),
        meeting(standard),
        id = standard.id,
    )
}

fn income(standard: &StandardFile) -> String {
    let rules = &standard.income;
    format!(
        "IncomeRules {{ allowances: Allowances::{:?}, allowances_source: {}, own_use: {}, newly_joined: {} }}",
        rules.allowances,
        source(&rules.allowances_source),
        source(&rules.own_use),
        source(&rules.newly_joined),
    )
}

fn points(standard: &StandardFile) -> String {
    let Some(points) = &standard.points else { return "None".to_owned() };
    let cut_offs = points.cut_offs.map_or("None".to_owned(), |cut| {
        format!("Some(CutOffs {{ income: [{}, {}], poor_from: {} }})", cut.rural, cut.urban, cut.poor_from)
    });
    format!("Some(PointsRule {{ cut_offs: {cut_offs}, source: {} }})", source(&points.source))
}

fn meeting(standard: &StandardFile) -> String {
    let Some(meeting) = &standard.meeting else { return "None".to_owned() };
    format!(
        "Some(MeetingRule {{ majority: Majority::{:?}, from_round: {:?}, source: {} }})",
        meeting.majority,
        meeting.from_round,
        source(&meeting.source),
    )
}

fn bands(code: &mut String, name: &str, bands: &[BandFile]) {
    writeln!(code, "static BANDS_{name}: [Band; {}] = [", bands.len()).expect("writing to a string");
    for band in bands {
        let pair = |[rural, urban]: [i64; 2]| format!("[vnd({rural}), vnd({urban})]");
        writeln!(
            code,
            "Band {{ lines: {}, class: Class::ALL[{}], worded_from: {}, poor_if_lacking: {:?}, from: {}, source: {} }},",
            pair(band.lines),
            band.class,
            band.worded_from.map_or("None".to_owned(), |worded| format!("Some({})", pair(worded))),
            band.poor_if_lacking,
            band.from.map_or("None".to_owned(), |from| format!("Some({})", date(from))),
            source(&band.source),
        )
        .expect("writing to a string");
    }
    code.push_str("];\n");
}

fn indicators(code: &mut String, at: usize, standard: &StandardFile) {
    let StandardFile { indicators, .. } = standard;
    writeln!(code, "static INDICATORS_{at}: [Indicator; {}] = [", indicators.len())
        .expect("writing to a string");
    for i in indicators {
        writeln!(
            code,
            "Indicator {{ id: Cow::Borrowed({:?}), dimension: Cow::Borrowed({:?}), dimension_name: {}, name_vi: Cow::Borrowed({:?}), name_en: Cow::Borrowed({:?}), question_vi: Cow::Borrowed({:?}), question_en: Cow::Borrowed({:?}), affirmative: {}, confidence: {}, record: {} }},",
            i.id,
            i.dimension,
            note(&i.dimension_name.vi, &i.dimension_name.en),
            i.name.vi,
            i.name.en,
            i.question.vi,
            i.question.en,
            i.affirmative,
            confidence(i.confidence),
            i.record.map_or("None".to_owned(), |rule| format!("Some(RecordRule::{})", record(rule))),
        )
        .expect("writing to a string");
    }
    code.push_str("];\n");
}

fn record(rule: RecordFile) -> String {
    match rule {
        RecordFile::Uninsured { from_age } => format!("Uninsured {{ from_age: {from_age} }}"),
        RecordFile::OutOfSchool { from_age, under_age, any_grade } => {
            format!("OutOfSchool {{ from_age: {from_age}, under_age: {under_age}, any_grade: {any_grade} }}")
        }
        RecordFile::FloorArea { under_m2_each } => format!("FloorArea {{ under_m2_each: {under_m2_each} }}"),
        RecordFile::Dependants { under_age } => format!("Dependants {{ under_age: {under_age} }}"),
    }
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
