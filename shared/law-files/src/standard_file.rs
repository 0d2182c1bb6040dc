//! One law file of a poverty standard, read and checked.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

/// The largest line that a file may give, in đồng per person per month: far over any wage, and far under the bounds
/// of an amount even for 99 members and 12 months.
const MAX_LINE: i64 = 1_000_000_000;
const CLASSES: [&str; 4] = ["poor", "near_poor", "low_income", "above"];

/// What is wrong with a law file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LawError {
    /// The file's name, or the standard's id when several standards are checked together.
    pub file: String,
    /// The line, from 1; 0 when the whole file is meant.
    pub line: usize,
    /// What is wrong and what to do.
    pub what: String,
}

impl fmt::Display for LawError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.what),
            line => write!(f, "{}:{line}: {}", self.file, self.what),
        }
    }
}

impl std::error::Error for LawError {}

/// A checked law file.
pub struct StandardFile {
    pub id: String,
    pub source: SourceFile,
    pub from: Date,
    pub to: Date,
    pub opening_round: Option<i16>,
    pub beside_round: Option<i16>,
    pub bands: Vec<BandFile>,
    pub indicator_count: u8,
    pub indicators: Vec<IndicatorFile>,
    pub income: IncomeFile,
    pub points: Option<PointsFile>,
    pub meeting: Option<MeetingFile>,
}

/// The rule of the hamlet meeting, as written in the file.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeetingFile {
    pub majority: MajorityFile,
    pub from_round: Option<i16>,
    pub source: SourceFile,
}

/// How many must agree; see `Majority`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MajorityFile {
    MoreThanHalf,
    AtLeastHalf,
}

/// What counts as income, as written in the file.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IncomeFile {
    pub allowances: AllowancesFile,
    pub allowances_source: SourceFile,
    pub own_use: SourceFile,
    pub newly_joined: SourceFile,
}

/// Whether allowances count; see `Allowances`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllowancesFile {
    Counted,
    NotCounted,
}

/// Points that decide, as written in the file.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PointsFile {
    pub cut_offs: Option<CutOffsFile>,
    pub source: SourceFile,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CutOffsFile {
    pub rural: u16,
    pub urban: u16,
    pub poor_from: u16,
}

/// A checked band. `class` is an index into `CLASSES`: poor, near_poor or low_income.
#[derive(Clone)]
pub struct BandFile {
    pub class: usize,
    pub lines: [i64; 2],
    pub worded_from: Option<[i64; 2]>,
    pub poor_if_lacking: Option<u8>,
    pub from: Option<Date>,
    pub source: SourceFile,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceFile {
    pub instrument: String,
    pub article: Option<String>,
    pub confidence: ConfidenceFile,
    pub note: Option<Name>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfidenceFile {
    High,
    Medium,
    NotEstablished,
}

pub struct IndicatorFile {
    pub id: String,
    pub dimension: String,
    pub dimension_name: Name,
    pub name: Name,
    pub question: Name,
    pub affirmative: bool,
    pub confidence: ConfidenceFile,
    pub record: Option<RecordFile>,
}

/// Rule by which a household's record answers an indicator, as written in the file; see `RecordRule`.
#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum RecordFile {
    Uninsured { from_age: u8 },
    OutOfSchool { from_age: u8, under_age: u8, any_grade: bool },
    FloorArea { under_m2_each: u8 },
    Dependants { under_age: u8 },
}

/// A name or a text in both languages.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    pub vi: String,
    pub en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    id: Spanned<String>,
    from: toml::value::Datetime,
    to: Spanned<toml::value::Datetime>,
    opening_round: Option<i16>,
    beside_round: Option<i16>,
    source: Spanned<SourceFile>,
    #[serde(default)]
    band: Vec<Spanned<RawBand>>,
    #[serde(default)]
    indicator_count: Option<Spanned<u8>>,
    #[serde(default)]
    dimension: BTreeMap<String, Name>,
    #[serde(default)]
    indicator: Vec<RawIndicator>,
    income: Option<IncomeFile>,
    points: Option<Spanned<PointsFile>>,
    meeting: Option<MeetingFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBand {
    class: Spanned<String>,
    rural: Spanned<i64>,
    urban: Spanned<i64>,
    worded_from: Option<Spanned<Pair>>,
    poor_if_lacking: Option<Spanned<u8>>,
    from: Option<Spanned<toml::value::Datetime>>,
    source: Option<Spanned<SourceFile>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    rural: i64,
    urban: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawIndicator {
    id: Spanned<String>,
    dimension: Spanned<String>,
    name: Name,
    question: Name,
    #[serde(default)]
    affirmative: bool,
    confidence: ConfidenceFile,
    record: Option<RecordFile>,
}

/// A file's name and text, to give errors their line.
struct Place<'a> {
    file: &'a str,
    text: &'a str,
}

impl Place<'_> {
    fn error(&self, span: Option<Range<usize>>, what: impl Into<String>) -> LawError {
        let line = span.map_or(0, |span| {
            let before = &self.text.as_bytes()[..span.start.min(self.text.len())];
            1 + before.iter().filter(|b| **b == b'\n').count()
        });
        LawError { file: self.file.to_owned(), line, what: what.into() }
    }
}

/// The part of a standard that has to fit with the others.
pub struct Terms<'a> {
    pub id: &'a str,
    pub from: Date,
    pub to: Date,
    /// Class and lines of each band.
    pub bands: Vec<(usize, [i64; 2])>,
}

impl Terms<'_> {
    /// Whether it is a province's own: its id has a name after the year, `2011-ben-tre`.
    fn is_local(&self) -> bool {
        self.id.contains('-')
    }
}

/// Checks standards that are to be used together. The standard's id stands for the file in the error.
pub fn check_together(standards: &[Terms<'_>]) -> Result<(), LawError> {
    for (i, standard) in standards.iter().enumerate() {
        let error = |what: String| Err(LawError { file: standard.id.to_owned(), line: 0, what });
        for other in &standards[..i] {
            if other.id == standard.id {
                return error("there are two standards with this id".to_owned());
            }
            if standard.to < other.from || other.to < standard.from {
                continue;
            }
            if other.is_local() == standard.is_local() {
                return error(format!(
                    "its dates ({} to {}) overlap those of {} ({} to {})",
                    standard.from, standard.to, other.id, other.from, other.to
                ));
            }
            let (own, national) = if standard.is_local() { (standard, other) } else { (other, standard) };
            for (class, lines) in &national.bands {
                let word = CLASSES[*class];
                let Some((_, higher)) = own.bands.iter().find(|(own, _)| own == class) else {
                    return error(format!(
                        "{} lacks the band `{word}`, which {} has on the same days",
                        own.id, national.id
                    ));
                };
                if higher.iter().zip(lines).any(|(own, national)| own < national) {
                    return error(format!(
                        "in {} the line of `{word}` is lower than in {}: a province may only set higher lines",
                        own.id, national.id
                    ));
                }
            }
        }
    }
    Ok(())
}

/// Reads and checks one file. `file` is its name, for messages.
pub fn parse(text: &str, file: &str) -> Result<StandardFile, LawError> {
    let place = Place { file, text };
    let raw: Raw = toml::from_str(text).map_err(|e| place.error(e.span(), e.message().trim()))?;

    let id = raw.id.get_ref();
    let year = id.split('-').next().unwrap_or_default();
    let well_named = year.len() == 4
        && year.bytes().all(|b| b.is_ascii_digit())
        && id.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase() || b == b'-')
        && !id.ends_with('-');
    if !well_named {
        let what =
            "`id` is the year it begins, like \"2011\"; a province's own adds its name: \"2011-ben-tre\"";
        return Err(place.error(Some(raw.id.span()), what));
    }
    let from = date(&raw.from).ok_or_else(|| place.error(None, format!("`from`: {DAY}")))?;
    let to =
        date(raw.to.get_ref()).ok_or_else(|| place.error(Some(raw.to.span()), format!("`to`: {DAY}")))?;
    if to < from {
        let what = format!("`to` ({to}) is before `from` ({from})");
        return Err(place.error(Some(raw.to.span()), what));
    }
    check_source(&place, &raw.source)?;
    let indicator_count = raw.indicator_count.as_ref().map(|count| *count.get_ref());
    let indicators = check_indicators(&place, &raw)?;
    let bands = check_bands(&place, &raw.band, indicator_count, (from, to))?;
    if let Some(points) = &raw.points
        && points.get_ref().cut_offs.is_some_and(|cut| cut.poor_from == 0 || cut.rural == 0 || cut.urban == 0)
    {
        return Err(place.error(Some(points.span()), "a cut-off of 0 points separates nothing"));
    }
    let source = raw.source.into_inner();
    Ok(StandardFile {
        id: id.clone(),
        income: raw.income.unwrap_or_else(|| unsaid(&source)),
        points: raw.points.map(Spanned::into_inner),
        meeting: raw.meeting,
        source,
        from,
        to,
        opening_round: raw.opening_round,
        beside_round: raw.beside_round,
        bands,
        indicator_count: indicator_count.unwrap_or(0),
        indicators,
    })
}

const DAY: &str = "write a day without quotes, like 2011-01-01";

/// A day as the parser of the file gives it; `None` for a time, or a day that is none.
fn date(written: &toml::value::Datetime) -> Option<Date> {
    let (Some(date), None, None) = (written.date, written.time, written.offset) else { return None };
    let (month, day) = (i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?);
    Date::new(i16::try_from(date.year).ok()?, month, day).ok()
}

/// What counts as income where a file does not say: everything, and that is not established.
fn unsaid(source: &SourceFile) -> IncomeFile {
    let unsaid = SourceFile { confidence: ConfidenceFile::NotEstablished, note: None, ..source.clone() };
    IncomeFile {
        allowances: AllowancesFile::Counted,
        allowances_source: unsaid.clone(),
        own_use: unsaid.clone(),
        newly_joined: unsaid,
    }
}

fn check_source(place: &Place<'_>, source: &Spanned<SourceFile>) -> Result<(), LawError> {
    if source.get_ref().confidence == ConfidenceFile::NotEstablished {
        let what = "what is `not_established` decides no line: write `high` or `medium`";
        return Err(place.error(Some(source.span()), what));
    }
    if source.get_ref().instrument.trim().is_empty() {
        return Err(
            place.error(Some(source.span()), "`instrument` is empty: name the decree the values come from")
        );
    }
    Ok(())
}

fn check_indicators(place: &Place<'_>, raw: &Raw) -> Result<Vec<IndicatorFile>, LawError> {
    let known = raw.indicator_count.as_ref().map_or(0, |count| *count.get_ref());
    if !raw.indicator.is_empty() && raw.indicator.len() != usize::from(known) {
        let what = format!(
            "`indicator_count` is {known}, but {} indicators are listed: list all of them, or none",
            raw.indicator.len()
        );
        return Err(place.error(raw.indicator_count.as_ref().map(Spanned::span), what));
    }
    let mut indicators: Vec<IndicatorFile> = Vec::new();
    for indicator in &raw.indicator {
        let id = indicator.id.get_ref();
        if indicators.iter().any(|other| other.id == *id) {
            return Err(
                place.error(Some(indicator.id.span()), format!("the indicator `{id}` is listed twice"))
            );
        }
        let texts = [&indicator.name.vi, &indicator.name.en, &indicator.question.vi, &indicator.question.en];
        if texts.iter().any(|text| text.trim().is_empty()) {
            let what = format!("the indicator `{id}` lacks a name or a question");
            return Err(place.error(Some(indicator.id.span()), what));
        }
        let dimension = indicator.dimension.get_ref();
        let Some(dimension_name) = raw.dimension.get(dimension) else {
            let what = format!("[dimension] does not name `{dimension}`");
            return Err(place.error(Some(indicator.dimension.span()), what));
        };
        indicators.push(IndicatorFile {
            id: id.clone(),
            dimension: dimension.clone(),
            dimension_name: dimension_name.clone(),
            name: indicator.name.clone(),
            question: indicator.question.clone(),
            affirmative: indicator.affirmative,
            confidence: indicator.confidence,
            record: indicator.record,
        });
    }
    Ok(indicators)
}

fn check_bands(
    place: &Place<'_>,
    raw: &[Spanned<RawBand>],
    indicator_count: Option<u8>,
    (first, last): (Date, Date),
) -> Result<Vec<BandFile>, LawError> {
    let mut bands: Vec<BandFile> = Vec::new();
    for spanned in raw {
        let band = spanned.get_ref();
        let word = band.class.get_ref();
        let class = CLASSES.iter().position(|c| c == word).filter(|class| *class < 3).ok_or_else(|| {
            let what = format!(
                "`{word}` is no class of a band: write poor, near_poor or low_income (who is over every line is above)"
            );
            place.error(Some(band.class.span()), what)
        })?;
        if bands.last().is_some_and(|before| before.class >= class) {
            let what = format!(
                "`{word}` stands after a band as well off: list bands from the poorest up, each once"
            );
            return Err(place.error(Some(band.class.span()), what));
        }
        let mut lines = [0; 2];
        for (residence, line) in [&band.rural, &band.urban].into_iter().enumerate() {
            let value = *line.get_ref();
            let before = bands.last().map_or(0, |before| before.lines[residence]);
            if !(1..=MAX_LINE).contains(&value) {
                let what = format!("a line of {value} đồng cannot be: write đồng per person per month");
                return Err(place.error(Some(line.span()), what));
            }
            if value <= before {
                let what = format!("the line {value} is not over the line of the band before, {before}");
                return Err(place.error(Some(line.span()), what));
            }
            lines[residence] = value;
        }
        if let Some(enough) = &band.poor_if_lacking
            && !(1..=indicator_count.unwrap_or(u8::MAX)).contains(enough.get_ref())
        {
            let what = "`poor_if_lacking` lies between 1 and `indicator_count`";
            return Err(place.error(Some(enough.span()), what));
        }
        if class == 0 && band.poor_if_lacking.is_some() {
            return Err(
                place.error(Some(band.class.span()), "`poor_if_lacking` says nothing in a band that is poor")
            );
        }
        let worded_from = match &band.worded_from {
            None => None,
            Some(pair) => {
                let worded = [pair.get_ref().rural, pair.get_ref().urban];
                let fits = |i: usize| {
                    bands.last().is_some_and(|before| before.lines[i] < worded[i]) && worded[i] <= lines[i]
                };
                if !fits(0) || !fits(1) {
                    let what =
                        "`worded_from` lies over the line of the band before, and not over this band's";
                    return Err(place.error(Some(pair.span()), what));
                }
                Some(worded)
            }
        };
        let from = match &band.from {
            None => None,
            Some(written) => {
                let from = date(written.get_ref())
                    .ok_or_else(|| place.error(Some(written.span()), format!("`from`: {DAY}")))?;
                if from <= first || last < from {
                    let what = format!("a band that came later begins after {first}, and by {last}");
                    return Err(place.error(Some(written.span()), what));
                }
                Some(from)
            }
        };
        let Some(source) = &band.source else {
            let what = format!("the band `{word}` lacks its `source`: instrument, article, confidence");
            return Err(place.error(Some(spanned.span()), what));
        };
        check_source(place, source)?;
        bands.push(BandFile {
            class,
            lines,
            worded_from,
            poor_if_lacking: band.poor_if_lacking.as_ref().map(|enough| *enough.get_ref()),
            from,
            source: source.get_ref().clone(),
        });
    }
    // Also on the first day, before a band that came later.
    if !bands.iter().any(|band| band.from.is_none() && (band.class == 0 || band.poor_if_lacking.is_some())) {
        return Err(place.error(None, "no [[band]] says who is poor: add one with class = \"poor\""));
    }
    Ok(bands)
}
