//! The reports by name: what each tells, of which areas and rounds, and what its rows can count.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::By;
use super::table::{Head, note};
use crate::area::AreaCode;
use crate::count::{Listed, Measure, Move, OfSupport};
use crate::household::field::FIRST_REVIEWED;
use crate::household::{Cause, Group};
use crate::record::Round;
use crate::standard::Note;

/// A report by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReportKind {
    /// Numbers and rates of poor and near-poor, with their change since the round before.
    Headline,
    /// By huyện, thành phố: the plan's own table.
    District,
    /// By xã, phường, thị trấn.
    Commune,
    /// By ấp, khóm, khu phố, of one commune.
    Hamlet,
    /// Rural and urban, in percent of all households.
    Residence,
    /// Communes by their poor rate.
    Bands,
    /// Who came out of poverty and who fell into it, in the columns of Mẫu số 3.
    Movement,
    /// Where the poor and near-poor come from: the six of Phiếu C.
    Origins,
    /// Reviews on request within a round's year, month by month.
    Months,
    /// Poor households by main cause.
    Causes,
    /// Poor households by group; they overlap.
    Groups,
    /// What poor or near-poor households lack.
    Indicators,
    /// Households of ethnic minorities.
    Minorities,
    /// The plan's path from 2010 on.
    Targets,
    /// Poverty gap and severity, and the sum that would lift everybody to the line.
    Gap,
    /// Every support of the year after the round: who is entitled, who was given it.
    Coverage,
    /// Electricity support by quarter, with what it costs.
    Electricity,
    /// Health-insurance cards.
    Insurance,
}

/// What reports are listed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReportSection {
    /// The plan's tables.
    Plan,
    /// Movement from one round to the next.
    Movement,
    /// Causes, groups, and what is lacking.
    Reasons,
    /// The plan's targets.
    Targets,
    /// Incomes.
    Incomes,
    /// Supports in the year after the round.
    Supports,
}

impl ReportSection {
    /// All sections, in the order of the list.
    pub const ALL: [ReportSection; 6] = [
        ReportSection::Plan,
        ReportSection::Movement,
        ReportSection::Reasons,
        ReportSection::Targets,
        ReportSection::Incomes,
        ReportSection::Supports,
    ];

    /// Its heading.
    #[must_use]
    pub const fn name(self) -> Head {
        match self {
            ReportSection::Plan => ("Hộ nghèo, hộ cận nghèo", "Poor and near-poor households"),
            ReportSection::Movement => ("Biến động trong năm", "Movement within the year"),
            ReportSection::Reasons => ("Nguyên nhân, nhóm hộ, thiếu hụt", "Causes, groups, what is lacking"),
            ReportSection::Targets => ("Chỉ tiêu giảm nghèo", "Targets"),
            ReportSection::Incomes => ("Thu nhập", "Incomes"),
            ReportSection::Supports => ("Hỗ trợ", "Supports"),
        }
    }
}

/// What a list says of a report.
struct Told {
    word: &'static str,
    section: ReportSection,
    name: Head,
    purpose: Head,
}

/// In the order of [`ReportKind::ALL`].
static TOLD: [Told; 18] = [
    Told {
        word: "headline",
        section: ReportSection::Plan,
        name: ("Số chính", "Headline figures"),
        purpose: (
            "Số hộ nghèo, cận nghèo, tỷ lệ, tăng giảm so với đợt trước",
            "Numbers and rates of poor and near-poor, and their change since the round before",
        ),
    },
    Told {
        word: "district",
        section: ReportSection::Plan,
        name: ("Theo huyện", "By district"),
        purpose: (
            "Bảng của Kế hoạch 1051/KH-UBND: mỗi huyện, thành phố một dòng",
            "The table of the plan 1051/KH-UBND: a row for each district",
        ),
    },
    Told {
        word: "commune",
        section: ReportSection::Plan,
        name: ("Theo xã", "By commune"),
        purpose: ("Mỗi xã, phường, thị trấn một dòng", "A row for each commune"),
    },
    Told {
        word: "hamlet",
        section: ReportSection::Plan,
        name: ("Theo ấp", "By hamlet"),
        purpose: ("Mỗi ấp, khóm, khu phố của một xã một dòng", "A row for each hamlet of one commune"),
    },
    Told {
        word: "residence",
        section: ReportSection::Plan,
        name: ("Nông thôn, thành thị", "Rural and urban"),
        purpose: (
            "Hộ nghèo, cận nghèo của nông thôn và thành thị, so với tổng số hộ",
            "Rural and urban poor and near-poor, in percent of all households",
        ),
    },
    Told {
        word: "bands",
        section: ReportSection::Plan,
        name: ("Xã theo mức tỷ lệ hộ nghèo", "Communes by poor rate"),
        purpose: (
            "Xã có tỷ lệ hộ nghèo trên 30\u{a0}%, từ 25\u{a0}%, từ 20\u{a0}%, dưới 20\u{a0}%",
            "Communes whose poor rate is over 30%, from 25%, from 20%, under 20%",
        ),
    },
    Told {
        word: "movement",
        section: ReportSection::Movement,
        name: ("Thoát, tái, phát sinh", "Who came out and who fell in"),
        purpose: (
            "Tổng hợp kết quả rà soát: đầu năm, thoát, tái, phát sinh, cuối năm (Mẫu số 3)",
            "Results of the review: start, came out, in it again, new, end (form 3)",
        ),
    },
    Told {
        word: "origins",
        section: ReportSection::Movement,
        name: ("Hộ cũ, hộ mới", "Where they come from"),
        purpose: (
            "Hộ nghèo, cận nghèo từ hộ nghèo cũ, cận nghèo cũ, hộ mới (6 mục của Phiếu C)",
            "Poor and near-poor by what they were before (the six of Phiếu C)",
        ),
    },
    Told {
        word: "months",
        section: ReportSection::Movement,
        name: ("Rà soát theo tháng", "Reviews by month"),
        purpose: (
            "Rà soát thường xuyên trong năm: từng tháng, quý, 6 tháng, cả năm",
            "Reviews on request within the year: by month, quarter, half-year and year",
        ),
    },
    Told {
        word: "causes",
        section: ReportSection::Reasons,
        name: ("Nguyên nhân nghèo", "Causes of poverty"),
        purpose: ("Hộ nghèo theo nguyên nhân chính", "Poor households by main cause"),
    },
    Told {
        word: "groups",
        section: ReportSection::Reasons,
        name: ("Nhóm hộ nghèo", "Groups of the poor"),
        purpose: (
            "Hộ nghèo có chủ hộ là nữ, là người dân tộc, người có công, bảo trợ xã hội",
            "Poor households headed by women or ethnic minorities, of merit, with social protection",
        ),
    },
    Told {
        word: "indicators",
        section: ReportSection::Reasons,
        name: ("Chỉ số thiếu hụt", "What is lacking"),
        purpose: (
            "Số hộ nghèo hoặc cận nghèo thiếu từng chỉ số (từ đợt 2015)",
            "How many poor or near-poor households lack each indicator (from the round of 2015 on)",
        ),
    },
    Told {
        word: "minorities",
        section: ReportSection::Reasons,
        name: ("Hộ dân tộc thiểu số", "Ethnic minorities"),
        purpose: (
            "Hộ dân tộc thiểu số: tất cả, nghèo, cận nghèo",
            "Households of ethnic minorities: all, poor, near-poor",
        ),
    },
    Told {
        word: "targets",
        section: ReportSection::Targets,
        name: ("Chỉ tiêu và kết quả", "Targets and results"),
        purpose: (
            "Tỷ lệ hộ nghèo từ năm 2010 so với chỉ tiêu của Kế hoạch 1051/KH-UBND",
            "The poor rate since 2010 against the targets of the plan 1051/KH-UBND",
        ),
    },
    Told {
        word: "gap",
        section: ReportSection::Incomes,
        name: ("Khoảng cách nghèo", "Poverty gap"),
        purpose: (
            "Hộ dưới chuẩn còn thiếu bao nhiêu: khoảng cách, mức độ nặng, số tiền cần có",
            "How far households are below the line: gap, severity, and the sum that is missing",
        ),
    },
    Told {
        word: "coverage",
        section: ReportSection::Supports,
        name: ("Hỗ trợ đã nhận", "Supports given"),
        purpose: (
            "Từng chính sách: số hộ được hưởng, đã nhận, theo quý, số tiền của năm sau đợt",
            "Each support: households entitled and given it, by quarter, and what was paid in the year after the round",
        ),
    },
    Told {
        word: "electricity",
        section: ReportSection::Supports,
        name: ("Hỗ trợ tiền điện", "Electricity support"),
        purpose: (
            "Số hộ và số tiền theo quý, từng huyện, xã, ấp",
            "Households and cost by quarter, for each district, commune or hamlet",
        ),
    },
    Told {
        word: "insurance",
        section: ReportSection::Supports,
        name: ("Thẻ bảo hiểm y tế", "Health-insurance cards"),
        purpose: (
            "Hộ nghèo, cận nghèo được hưởng và đã nhận thẻ, từng huyện, xã, ấp",
            "Poor and near-poor households entitled to cards and given them, by district, commune or hamlet",
        ),
    },
];

impl ReportKind {
    /// All kinds, in the order of the list.
    pub const ALL: [ReportKind; 18] = [
        ReportKind::Headline,
        ReportKind::District,
        ReportKind::Commune,
        ReportKind::Hamlet,
        ReportKind::Residence,
        ReportKind::Bands,
        ReportKind::Movement,
        ReportKind::Origins,
        ReportKind::Months,
        ReportKind::Causes,
        ReportKind::Groups,
        ReportKind::Indicators,
        ReportKind::Minorities,
        ReportKind::Targets,
        ReportKind::Gap,
        ReportKind::Coverage,
        ReportKind::Electricity,
        ReportKind::Insurance,
    ];

    fn told(self) -> &'static Told {
        &TOLD[self as usize]
    }

    /// Its word in addresses and on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.told().word
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> Head {
        self.told().name
    }

    /// What it tells, in one line.
    #[must_use]
    pub fn purpose(self) -> Head {
        self.told().purpose
    }

    /// What it is listed under.
    #[must_use]
    pub fn section(self) -> ReportSection {
        self.told().section
    }

    /// Whether it is of one class, poor or near-poor, of which the question must say which.
    #[must_use]
    pub const fn has_class(self) -> bool {
        matches!(self, ReportKind::Movement | ReportKind::Indicators)
    }

    /// Whether it is of one round; the path has all.
    #[must_use]
    pub const fn goes_by_round(self) -> bool {
        !matches!(self, ReportKind::Targets)
    }

    /// The first round that it can be of.
    #[must_use]
    pub fn first_round(self) -> Round {
        match self {
            ReportKind::Months => Round::new(FIRST_REVIEWED).unwrap_or(Round::FIRST),
            _ => Round::FIRST,
        }
    }

    /// Whether it is made of incomes, household by household: for those alone who may read the households of the area. In a small
    /// commune such a figure can be a single household's.
    #[must_use]
    pub const fn is_of_incomes(self) -> bool {
        matches!(self, ReportKind::Gap)
    }

    /// Whether there is such a table of an area.
    #[must_use]
    pub const fn is_of(self, area: AreaCode) -> bool {
        match self {
            _ if matches!(area, AreaCode::Hamlet(_)) => false,
            ReportKind::District | ReportKind::Bands => !matches!(area, AreaCode::Commune(_)),
            ReportKind::Hamlet => matches!(area, AreaCode::Commune(_)),
            _ => true,
        }
    }

    /// What its rows can count in an area, the usual first; none where its rows are no units of the area.
    #[must_use]
    pub const fn rows(self, area: AreaCode) -> &'static [By] {
        match (self, area) {
            (_, AreaCode::Hamlet(_)) => &[],
            (
                ReportKind::Residence
                | ReportKind::Bands
                | ReportKind::Months
                | ReportKind::Targets
                | ReportKind::Coverage,
                _,
            ) => &[],
            (ReportKind::District, AreaCode::Province(_) | AreaCode::District(_)) => &[By::District],
            (ReportKind::Hamlet, AreaCode::Commune(_)) => &[By::Hamlet],
            (ReportKind::District | ReportKind::Hamlet, _) => &[],
            (ReportKind::Commune, _) => &[By::Commune],
            (_, AreaCode::Province(_)) => &[By::District, By::Commune],
            (_, AreaCode::District(_)) => &[By::Commune, By::District],
            // Incomes are read by commune.
            (ReportKind::Gap, AreaCode::Commune(_)) => &[By::Commune],
            (_, AreaCode::Commune(_)) => &[By::Hamlet, By::Commune],
        }
    }

    /// The measures by which the households behind a figure are found, from the id of its column: any one of them. None where
    /// the figure counts no households, or not by measures alone.
    #[must_use]
    pub fn measures(self, column: &str, listed: Listed) -> Vec<Measure> {
        let from = |listed: Listed, moves: &[Move]| -> Vec<Measure> {
            moves.iter().map(|of| Measure::of_move(listed, *of)).collect()
        };
        let moved = |moves: &[Move]| from(listed, moves);
        let minority = |listed| match listed {
            Listed::Poor => Measure::PoorEthnicMinorityHeaded,
            Listed::NearPoor => Measure::NearPoorEthnicMinorityHeaded,
        };
        match (self, column) {
            (ReportKind::Movement, "start") => moved(&[Move::AtStart]),
            (ReportKind::Movement, "start_minority") => moved(&[Move::AtStartEthnicMinority]),
            (ReportKind::Movement, "better") => match listed {
                Listed::Poor => moved(&[Move::ToOther, Move::ToLowIncome, Move::ToAbove]),
                Listed::NearPoor => moved(&[Move::ToLowIncome, Move::ToAbove]),
            },
            (ReportKind::Movement, "worse") if listed == Listed::NearPoor => moved(&[Move::ToOther]),
            (ReportKind::Movement, "again") => moved(&[Move::Again]),
            (ReportKind::Movement, "new") => moved(&[Move::New]),
            (ReportKind::Movement, "end") => vec![Measure::of_class(listed.class())],
            (ReportKind::Movement, "end_minority") => vec![minority(listed)],
            (ReportKind::Movement, "still") => moved(&[Move::Still]),
            (ReportKind::Movement, "moved_in") => moved(&[Move::MovedIn]),
            (ReportKind::Movement, "split_off") => moved(&[Move::SplitOff]),
            (ReportKind::Movement, "returned") => moved(&[Move::Returned]),
            (ReportKind::Movement, "moved_out") => moved(&[Move::MovedOut]),
            (ReportKind::Movement, "dissolved") => moved(&[Move::Dissolved]),
            (ReportKind::Movement, "joined") => moved(&[Move::Joined]),
            (ReportKind::Movement, "from_hamlets") => moved(&[Move::HamletIn]),
            (ReportKind::Movement, "to_hamlets") => moved(&[Move::HamletOut]),
            (ReportKind::Movement, "pending") => moved(&[Move::Pending]),
            (ReportKind::Movement, "from_other") => moved(&[Move::FromOther]),
            (ReportKind::Origins, "poor_from_poor") => from(Listed::Poor, &[Move::Still, Move::Returned]),
            (ReportKind::Origins, "poor_from_near_poor") => from(Listed::Poor, &[Move::FromOther]),
            (ReportKind::Origins, "near_poor_from_poor") => from(Listed::NearPoor, &[Move::FromOther]),
            (ReportKind::Origins, "near_poor_from_near_poor") => {
                from(Listed::NearPoor, &[Move::Still, Move::Returned])
            }
            (ReportKind::Causes, word) if Cause::from_word(word).is_some() => {
                Cause::from_word(word).map(Measure::of_cause).into_iter().collect()
            }
            (ReportKind::Groups, word) if word != "poor" => {
                let group = Group::ALL.into_iter().find(|group| group.word() == word);
                group.map(Measure::of_group).into_iter().collect()
            }
            (ReportKind::Indicators, id) if id != "listed" => {
                Measure::of_indicator(listed, id).into_iter().collect()
            }
            (ReportKind::Minorities | ReportKind::Headline, "poor_minority") => vec![minority(Listed::Poor)],
            (ReportKind::Minorities, "near_poor_minority") => vec![minority(Listed::NearPoor)],
            (ReportKind::Electricity, column) => of_supports(&["electricity"], column),
            (ReportKind::Insurance, column) => {
                of_supports(&["health_insurance", "health_insurance_near_poor"], column)
            }
            (ReportKind::Months | ReportKind::Targets | ReportKind::Gap | ReportKind::Coverage, _) => {
                Vec::new()
            }
            (_, "poor") => vec![Measure::Poor],
            (_, "near_poor") => vec![Measure::NearPoor],
            _ => Vec::new(),
        }
    }

    /// What a list says of it.
    #[must_use]
    pub fn info(self) -> ReportInfo {
        let examples = [("province", "83"), ("district", "836"), ("commune", "29173")];
        let areas = examples.into_iter().filter_map(|(area, example)| {
            let example = example.parse::<AreaCode>().ok().filter(|example| self.is_of(*example))?;
            Some(ReportArea { area: area.to_owned(), rows: self.rows(example).to_vec() })
        });
        ReportInfo {
            kind: self,
            section: self.section(),
            name: note(self.name()),
            purpose: note(self.purpose()),
            has_class: self.has_class(),
            goes_by_round: self.goes_by_round(),
            first_round: self.first_round(),
            is_of_incomes: self.is_of_incomes(),
            areas: areas.collect(),
        }
    }
}

/// The measures of supports behind a column.
fn of_supports(supports: &[&str], column: &str) -> Vec<Measure> {
    let what = match column {
        "entitled" => OfSupport::Entitled,
        "served" => OfSupport::Served,
        "served_else" => OfSupport::ServedElse,
        _ => return Vec::new(),
    };
    supports.iter().filter_map(|support| Measure::of_support(support, what)).collect()
}

impl FromStr for ReportKind {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        ReportKind::ALL.into_iter().find(|kind| kind.word() == word).ok_or_else(|| {
            let all: Vec<String> = ReportKind::ALL.iter().map(|kind| format!("`{kind}`")).collect();
            format!("the reports are {}", all.join(", "))
        })
    }
}

impl fmt::Display for ReportKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A report as a list tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportInfo {
    /// Its name in addresses.
    pub kind: ReportKind,
    /// What it is listed under.
    pub section: ReportSection,
    /// Its name.
    pub name: Note,
    /// What it tells, in one line.
    pub purpose: Note,
    /// Whether it is of one class: `class` says which.
    pub has_class: bool,
    /// Whether it is of one round; the plan's path has all.
    pub goes_by_round: bool,
    /// The first round that it can be of.
    pub first_round: Round,
    /// Whether it is made of incomes: for those alone who may read the households of the area.
    pub is_of_incomes: bool,
    /// The kinds of areas that it can be of.
    pub areas: Vec<ReportArea>,
}

/// A kind of area that a report can be of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportArea {
    /// `province`, `district` or `commune`.
    pub area: String,
    /// What its rows can count there, the usual first; empty where they are no units of the area.
    pub rows: Vec<By>,
}

/// What a report is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Which report.
    pub kind: ReportKind,
    /// Of which area.
    pub area: AreaCode,
    /// Of which round; the plan's path has all.
    pub round: Round,
    /// What its rows count; the usual where nobody says. Without meaning where they are no units of the area.
    pub by: Option<By>,
    /// Of which class, where it is of one.
    pub listed: Listed,
}

/// Why there is no such report: the part of the question that does not fit, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// `area`, `by` or `round`.
    pub field: &'static str,
    /// What is wrong and what to do.
    pub said: Note,
}

impl Asked {
    /// What the rows count. Where they are no units of the area, nothing smaller than a commune can be seen in them.
    #[must_use]
    pub fn by(&self) -> By {
        let rows = self.kind.rows(self.area);
        self.by.filter(|_| !rows.is_empty()).or(rows.first().copied()).unwrap_or(By::Commune)
    }

    /// Why there is no such report; `None` where there is one.
    #[must_use]
    pub fn misfit(&self) -> Option<Misfit> {
        let rows = self.kind.rows(self.area);
        let first = self.kind.first_round();
        let misfit = |field, vi: &'static str, en: &'static str| Some(Misfit { field, said: note((vi, en)) });
        match self.kind {
            ReportKind::Hamlet if !self.kind.is_of(self.area) => misfit(
                "area",
                "chỉ chia theo ấp được từng xã một: hãy chọn một xã",
                "only one commune at a time can be counted by hamlet: choose a commune",
            ),
            ReportKind::District | ReportKind::Bands if !self.kind.is_of(self.area) => misfit(
                "area",
                "bảng này của tỉnh hoặc của một huyện: hãy chọn lại nơi",
                "this report is of the province or a district: choose another area",
            ),
            _ if !self.kind.is_of(self.area) => misfit(
                "area",
                "không có bảng này của một ấp: hãy chọn xã, huyện hoặc tỉnh",
                "a hamlet has no such report: choose a commune, a district or the province",
            ),
            _ if !rows.is_empty() && self.by.is_some_and(|by| !rows.contains(&by)) => {
                let words: Vec<String> = rows.iter().map(|by| format!("`{}`", by.word())).collect();
                let said = Note {
                    vi: "không chia theo kiểu đó được ở nơi này: hãy chọn lại".into(),
                    en: format!("the rows of this report can be by {} here", words.join(" or ")).into(),
                };
                Some(Misfit { field: "by", said })
            }
            _ if self.kind.goes_by_round() && self.round < first => {
                let said = Note {
                    vi: format!("bảng này có từ đợt {first}: hãy chọn đợt khác").into(),
                    en: format!("this report begins with the round of {first}: give a later round").into(),
                };
                Some(Misfit { field: "round", said })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_found_by_its_word_and_says_all_of_itself() {
        for (place, kind) in ReportKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, place, "{kind}");
            assert_eq!(kind.word().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
            let info = kind.info();
            assert!(
                !info.name.vi.is_empty() && !info.purpose.en.is_empty() && !info.areas.is_empty(),
                "{kind}"
            );
            for ReportArea { area, rows } in info.areas {
                assert!(rows.is_empty() || area != "district" || !rows.contains(&By::Hamlet), "{kind}");
            }
        }
        assert!("riches".parse::<ReportKind>().unwrap_err().contains("`movement`"));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let asked = |kind: &str, area: &str, year, by| Asked {
            kind: kind.parse().unwrap(),
            area: area.parse().unwrap(),
            round: Round::new(year).unwrap(),
            by,
            listed: Listed::Poor,
        };
        for (kind, area, year, by, field) in [
            ("district", "83", 2010, None, None),
            ("district", "836", 2010, Some(By::District), None),
            ("district", "29173", 2010, None, Some("area")),
            ("district", "83", 2010, Some(By::Commune), Some("by")),
            ("commune", "29173", 2010, Some(By::Commune), None),
            ("hamlet", "83", 2010, None, Some("area")),
            ("hamlet", "29173", 2010, None, None),
            ("movement", "83", 2010, Some(By::Hamlet), Some("by")),
            ("movement", "29173-04", 2010, None, Some("area")),
            ("gap", "29173", 2010, Some(By::Hamlet), Some("by")),
            ("months", "83", 2021, None, Some("round")),
            ("months", "83", 2022, Some(By::Hamlet), None),
            ("targets", "29173", 2006, None, None),
        ] {
            let asked = asked(kind, area, year, by);
            let found = asked.misfit().map(|misfit| misfit.field);
            assert_eq!(found, field, "{kind} of {area} by {by:?}");
        }
        assert_eq!(asked("causes", "83", 2010, None).by(), By::District);
        assert_eq!(asked("causes", "29173", 2010, None).by(), By::Hamlet);
        assert_eq!(asked("months", "29173", 2023, Some(By::Hamlet)).by(), By::Commune);
    }

    #[test]
    fn figures_lead_to_their_households() {
        let of = |kind: ReportKind, column, listed| kind.measures(column, listed);
        assert_eq!(of(ReportKind::District, "near_poor", Listed::Poor), [Measure::NearPoor]);
        assert_eq!(
            of(ReportKind::Movement, "better", Listed::NearPoor),
            [Measure::NearPoorToLowIncome, Measure::NearPoorToAbove]
        );
        assert_eq!(of(ReportKind::Causes, "lack_of_labour", Listed::Poor), [Measure::PoorForLackOfLabour]);
        assert_eq!(of(ReportKind::Indicators, "toilet", Listed::NearPoor), [Measure::NearPoorLackToilet]);
        for (kind, column) in [
            (ReportKind::District, "households"),
            (ReportKind::Headline, "poor_change"),
            (ReportKind::Origins, "poor_new"),
            (ReportKind::Targets, "poor"),
            (ReportKind::Causes, "lack_of_labour_percent"),
        ] {
            assert!(of(kind, column, Listed::Poor).is_empty(), "{kind} {column}");
        }
    }
}
