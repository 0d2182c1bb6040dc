//! Law files read at run time: a province's own standard.

use std::borrow::Cow;

pub use soho_law_files::LawError;
use soho_law_files::standard_file::{
    self, AllowancesFile, ConfidenceFile, CutOffsFile, MajorityFile, Name, RecordFile, SourceFile, Terms,
};

use crate::income::Allowances;
use crate::money::Vnd;
use crate::standard::{
    Band, Class, Confidence, CutOffs, IncomeRules, Indicator, Majority, MeetingRule, Note, PointsRule,
    RecordRule, Source, Standard,
};

/// Reads and checks a law file (TOML, the form of those in `shared/law`). `file_name` is for messages.
///
/// # Errors
///
/// [`LawError`] with file, line and what to do: not TOML, an unknown field or class, a missing band or source,
/// lines out of order, `to` before `from`.
pub fn parse_standard(text: &str, file_name: &str) -> Result<Standard, LawError> {
    let file = standard_file::parse(text, file_name)?;
    let pair = |[rural, urban]: [i64; 2]| [vnd(rural), vnd(urban)];
    let bands = file.bands.into_iter().map(|band| Band {
        lines: pair(band.lines),
        class: Class::ALL[band.class],
        worded_from: band.worded_from.map(pair),
        poor_if_lacking: band.poor_if_lacking,
        from: band.from,
        source: source(band.source),
    });
    let indicators = file.indicators.into_iter().map(|indicator| Indicator {
        id: Cow::Owned(indicator.id),
        dimension: Cow::Owned(indicator.dimension),
        dimension_name: note(indicator.dimension_name),
        name_vi: Cow::Owned(indicator.name.vi),
        name_en: Cow::Owned(indicator.name.en),
        question_vi: Cow::Owned(indicator.question.vi),
        question_en: Cow::Owned(indicator.question.en),
        affirmative: indicator.affirmative,
        confidence: confidence(indicator.confidence),
        record: indicator.record.map(record),
    });
    Ok(Standard {
        id: Cow::Owned(file.id),
        source: source(file.source),
        from: file.from,
        to: file.to,
        opening_round: file.opening_round,
        beside_round: file.beside_round,
        bands: bands.collect(),
        indicator_count: file.indicator_count,
        indicators: indicators.collect(),
        income: IncomeRules {
            allowances: match file.income.allowances {
                AllowancesFile::Counted => Allowances::Counted,
                AllowancesFile::NotCounted => Allowances::NotCounted,
            },
            allowances_source: source(file.income.allowances_source),
            own_use: source(file.income.own_use),
            newly_joined: source(file.income.newly_joined),
        },
        points: file.points.map(|points| PointsRule {
            cut_offs: points.cut_offs.map(cut_offs),
            source: source(points.source),
        }),
        meeting: file.meeting.map(|meeting| MeetingRule {
            majority: match meeting.majority {
                MajorityFile::MoreThanHalf => Majority::MoreThanHalf,
                MajorityFile::AtLeastHalf => Majority::AtLeastHalf,
            },
            from_round: meeting.from_round,
            source: source(meeting.source),
        }),
    })
}

const fn cut_offs(CutOffsFile { rural, urban, poor_from }: CutOffsFile) -> CutOffs {
    CutOffs { income: [rural, urban], poor_from }
}

fn vnd(dong: i64) -> Vnd {
    Vnd::new(dong).expect("the parser bounds every line")
}

fn note(name: Name) -> Note {
    Note { vi: Cow::Owned(name.vi), en: Cow::Owned(name.en) }
}

fn confidence(confidence: ConfidenceFile) -> Confidence {
    match confidence {
        ConfidenceFile::High => Confidence::High,
        ConfidenceFile::Medium => Confidence::Medium,
        ConfidenceFile::NotEstablished => Confidence::NotEstablished,
    }
}

fn record(rule: RecordFile) -> RecordRule {
    match rule {
        RecordFile::Uninsured { from_age } => RecordRule::Uninsured { from_age },
        RecordFile::OutOfSchool { from_age, under_age, any_grade } => {
            RecordRule::OutOfSchool { from_age, under_age, any_grade }
        }
        RecordFile::FloorArea { under_m2_each } => RecordRule::FloorArea { under_m2_each },
        RecordFile::Dependants { under_age } => RecordRule::Dependants { under_age },
    }
}

fn source(source: SourceFile) -> Source {
    Source {
        instrument: Cow::Owned(source.instrument),
        article: source.article.map(Cow::Owned),
        confidence: confidence(source.confidence),
        note: source.note.map(note),
    }
}

/// Checks standards that are to be used together: the national ones and a province's own.
///
/// A province's own (an id with a name: `2011-ben-tre`) stands in for the national one on its days, with
/// lines as high or higher; neither the national ones nor the province's may overlap among themselves.
///
/// # Errors
///
/// [`LawError`] naming the standard's id as the file, when an id comes twice, dates overlap, or a province's
/// line is lower than the national one on some day.
pub fn check_together(standards: &[Standard]) -> Result<(), LawError> {
    let terms: Vec<_> = standards
        .iter()
        .map(|s| Terms {
            id: &s.id,
            from: s.from,
            to: s.to,
            bands: s.bands.iter().map(|b| (b.class.index(), b.lines.map(Vnd::get))).collect(),
        })
        .collect();
    standard_file::check_together(&terms)
}
