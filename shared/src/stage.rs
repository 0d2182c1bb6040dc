//! Stages of a commune's round, and who may move it on.
//!
//! A commune goes from stage to stage by what its record of the round says. Until posting volunteers survey; closing
//! freezes what was surveyed and decided in meetings, in the closed round and in every earlier one: the end of one round is
//! the start of the next.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::access::Role;
use crate::household::field::{REPORTED, STAGES};
use crate::lang::Lang;
use crate::record::{Change, Doc, FieldPath, Round, Value};

/// A stage of a commune's round, from the first to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Opened by a decision; hamlets are assigned and declared.
    Open,
    /// Volunteers visit households (điều tra).
    Survey,
    /// Hamlet meetings go through the list (họp bình xét).
    Meeting,
    /// The result is posted in public (niêm yết). Volunteers enter nothing any more.
    Posting,
    /// The chair of the commune has recognised the result (công nhận).
    Recognised,
    /// Its figures are final (khóa đợt).
    Closed,
}

impl Stage {
    /// All stages, with the words used in files.
    pub const ALL: [(&'static str, Stage); 6] = [
        ("open", Stage::Open),
        ("survey", Stage::Survey),
        ("meeting", Stage::Meeting),
        ("posting", Stage::Posting),
        ("recognised", Stage::Recognised),
        ("closed", Stage::Closed),
    ];

    /// The stage that a commune's record says its round has reached; `None` where it was never opened. Such a round is
    /// surveyed as all were before there were stages.
    #[must_use]
    pub fn of(doc: &Doc) -> Option<Self> {
        let is_reached = |stage: &Stage| doc.get(stage.field()) == Some(&Value::Bool(true));
        Stage::ALL.into_iter().map(|(_, stage)| stage).rfind(is_reached)
    }

    /// The field of a commune's record that is true once the stage is reached.
    #[must_use]
    pub const fn field(self) -> &'static str {
        STAGES[self as usize]
    }

    /// The stage that follows; `None` after the last.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        Stage::ALL.get(self as usize + 1).map(|(_, stage)| *stage)
    }

    /// The stage's name: `Niêm yết`.
    #[must_use]
    pub const fn name(self, lang: Lang) -> &'static str {
        match self {
            Stage::Open => lang.pick("Đã mở đợt", "Opened"),
            Stage::Survey => lang.pick("Đang rà soát", "Survey"),
            Stage::Meeting => lang.pick("Họp ấp", "Hamlet meetings"),
            Stage::Posting => lang.pick("Niêm yết", "Posted"),
            Stage::Recognised => lang.pick("Đã công nhận", "Recognised"),
            Stage::Closed => lang.pick("Đã khóa đợt", "Closed"),
        }
    }
}

impl FromStr for Stage {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Stage::ALL.into_iter().find(|(name, _)| *name == word).map(|(_, stage)| stage);
        found.ok_or_else(|| "the stages are open, survey, meeting, posting, recognised and closed".to_owned())
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Stage::ALL[*self as usize].0)
    }
}

/// How far a commune's round is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The stage that it has reached; `None` where it was never opened.
    pub stage: Option<Stage>,
    /// When it was posted, in milliseconds since 1970; `None` where it is not.
    pub posted: Option<u64>,
    /// Whether the district has reported its result.
    pub reported: bool,
}

impl Progress {
    /// Reads a commune's record.
    #[must_use]
    pub fn of(doc: &Doc) -> Self {
        let stage = Stage::of(doc);
        let time = |stage: Stage| {
            let set = doc.open(stage.field()).find(|write| write.value == Value::Bool(true));
            set.map(|write| write.time)
        };
        // Whichever of the later stages is said first.
        let posted = Stage::ALL.into_iter().map(|(_, stage)| stage).filter(|of| *of >= Stage::Posting);
        let posted =
            stage.filter(|stage| *stage >= Stage::Posting).and_then(|_| posted.filter_map(time).min());
        Progress { stage, posted, reported: doc.get(REPORTED) == Some(&Value::Bool(true)) }
    }

    /// The changes of a commune's record that bring its round to a stage, forward or back, made by somebody who sees the
    /// record as it is.
    #[must_use]
    pub fn to(doc: &Doc, stage: Stage) -> Vec<Change> {
        let is_said = |field: &str| doc.get(field) == Some(&Value::Bool(true));
        let set = |field: &str, value: bool| {
            let path = field.parse::<FieldPath>().ok()?;
            Some(Change { seen: doc.seen(field), value: Value::Bool(value), field: path })
        };
        let said = Stage::ALL.into_iter().filter_map(|(_, of)| match of.cmp(&stage) {
            Ordering::Equal if !is_said(of.field()) => set(of.field(), true),
            Ordering::Greater if is_said(of.field()) => set(of.field(), false),
            Ordering::Less | Ordering::Equal | Ordering::Greater => None,
        });
        // What goes back has not been reported.
        let unsaid = (stage < Stage::Recognised && is_said(REPORTED)).then(|| set(REPORTED, false));
        said.chain(unsaid.flatten()).collect()
    }

    /// Whether rounds may come into the order in which one moved to a stage would stand among the others of its commune: each
    /// starts from the one before, so they are closed one after another and opened again from the last back.
    ///
    /// # Errors
    /// Which of them is in the way.
    pub fn keep_order(
        rounds: impl IntoIterator<Item = (Round, Progress)>,
        round: Round,
        stage: Stage,
    ) -> Result<(), Refusal> {
        for (other, progress) in rounds {
            let is_open = progress.stage.is_some() && !progress.is_closed();
            if other < round && stage == Stage::Closed && is_open {
                return Err(Refusal::Earlier);
            }
            if other > round && stage < Stage::Closed && progress.is_closed() {
                return Err(Refusal::Later);
            }
        }
        Ok(())
    }

    /// Whether the round is closed.
    #[must_use]
    pub fn is_closed(self) -> bool {
        self.stage == Some(Stage::Closed)
    }

    /// Whether a round may be moved to a stage by somebody of a role; `None` where there are no accounts.
    ///
    /// A commune goes one stage on at a time, and back before posting. The district sends back, and reopens what is closed,
    /// until it has reported; afterwards the province alone does. Who sends back gives a reason.
    ///
    /// ```
    /// use soho_shared::access::Role;
    /// use soho_shared::stage::{Progress, Refusal, Stage};
    ///
    /// let closed = Progress { stage: Some(Stage::Closed), posted: Some(1), reported: false };
    /// let back = |role| closed.may_go(Some(role), Stage::Survey, true);
    /// assert_eq!(back(Role::Commune), Err(Refusal::District));
    /// assert_eq!(back(Role::District), Ok(()));
    /// assert_eq!(closed.may_go(Some(Role::District), Stage::Survey, false), Err(Refusal::Reason));
    /// ```
    ///
    /// # Errors
    /// Why it may not.
    pub fn may_go(self, role: Option<Role>, to: Stage, has_reason: bool) -> Result<(), Refusal> {
        let role = role.unwrap_or(Role::Province);
        if matches!(role, Role::Department | Role::Volunteer | Role::Admin) {
            return Err(Refusal::Role);
        }
        if self.stage == Some(to) {
            return Err(Refusal::Already);
        }
        let following = self.stage.map_or(Some(Stage::Open), Stage::next);
        if self.stage < Some(to) {
            return if following == Some(to) { Ok(()) } else { Err(Refusal::Skips) };
        }
        let needs = match self.stage {
            _ if self.reported => Role::Province,
            Some(stage) if stage >= Stage::Posting => Role::District,
            _ => Role::Commune,
        };
        match needs {
            Role::Province if role < needs => Err(Refusal::Province),
            Role::District if role < needs => Err(Refusal::District),
            _ if !has_reason => Err(Refusal::Reason),
            _ => Ok(()),
        }
    }
}

/// Why a round is not moved to a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The role moves no round.
    Role,
    /// It is there already.
    Already,
    /// A stage in between is left out.
    Skips,
    /// Only the district sends it back.
    District,
    /// Only the province sends it back, for the district has reported.
    Province,
    /// Who sends it back gives a reason.
    Reason,
    /// An earlier round is not closed.
    Earlier,
    /// A later round is closed.
    Later,
}

impl Refusal {
    /// In words.
    #[must_use]
    pub const fn text(self, lang: Lang) -> &'static str {
        match self {
            Refusal::Role => lang.pick(
                "việc này do cán bộ xã, huyện, tỉnh làm: hãy báo cán bộ xã",
                "officers of commune, district and province do this: tell the commune's officer",
            ),
            Refusal::Already => {
                lang.pick("vừa có người chuyển bước của đợt này: hãy tải lại trang", "somebody has just moved this round: load the page again")
            }
            Refusal::Skips => lang.pick(
                "mỗi lần chỉ đi tiếp một bước: hãy tải lại trang để xem bước hiện tại",
                "a round goes one stage on at a time: load the page again to see where it is",
            ),
            Refusal::District => lang.pick(
                "đã niêm yết thì chỉ huyện trả lại được: hãy báo cán bộ huyện",
                "once it is posted only the district sends it back: tell the district's officer",
            ),
            Refusal::Province => lang.pick(
                "huyện đã báo cáo kết quả nên chỉ tỉnh mở lại được: hãy báo cán bộ tỉnh",
                "the district has reported the result, so only the province reopens it: tell the province's officer",
            ),
            Refusal::Earlier => lang.pick(
                "đợt trước còn mở: hãy khóa đợt trước rồi mới khóa đợt này",
                "an earlier round is still open: close that one first",
            ),
            Refusal::Later => lang.pick(
                "đợt sau đã khóa và bắt đầu từ đợt này: hãy mở lại đợt sau trước",
                "a later round is closed, and starts from this one: open the later one first",
            ),
            Refusal::Reason => lang.pick("hãy ghi lý do trả lại", "say why it is sent back"),
        }
    }
}

/// What stands in the way of a commune's round, as numbers to work off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Blocks {
    /// Households of last round's list that nobody has visited, or whose class is not decided (còn phải thăm).
    pub pending: u64,
    /// Records that are not complete: they have no class yet.
    pub incomplete: u64,
    /// Records with fields on which people disagree.
    pub conflicts: u64,
    /// Households that the meeting has sent back, and has not confirmed since.
    pub sent_back: u64,
    /// Hamlets that have not declared how many households they have.
    pub undeclared: u64,
}

impl Blocks {
    /// What of it must be done before a stage: all surveyed before meetings begin, all decided before the result is posted,
    /// all declared before it is recognised.
    #[must_use]
    pub const fn before(self, stage: Stage) -> Self {
        let none = Blocks { pending: 0, incomplete: 0, conflicts: 0, sent_back: 0, undeclared: 0 };
        match stage {
            Stage::Open | Stage::Survey => none,
            Stage::Meeting => Blocks { pending: self.pending, incomplete: self.incomplete, ..none },
            Stage::Posting => Blocks { undeclared: 0, ..self },
            Stage::Recognised | Stage::Closed => self,
        }
    }

    /// What is left, each as a number with its words in Vietnamese and English, in the order of the fields.
    #[must_use]
    pub const fn named(self) -> [(u64, &'static str, &'static str); 5] {
        [
            (self.pending, "hộ còn phải thăm", "households still to visit"),
            (self.incomplete, "phiếu chưa đủ", "records not complete"),
            (self.conflicts, "phiếu có chỗ ghi khác nhau", "records in conflict"),
            (self.sent_back, "hộ họp ấp trả lại", "households sent back by the meeting"),
            (
                self.undeclared,
                "ấp chưa kê khai tổng số hộ",
                "hamlets that have not declared their households",
            ),
        ]
    }

    /// Whether nothing is left.
    #[must_use]
    pub const fn is_nothing(self) -> bool {
        self.pending + self.incomplete + self.conflicts + self.sent_back + self.undeclared == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Actor, Change, Stamp};

    fn doc(said: &[(&str, bool, u64)]) -> Doc {
        let mut doc = Doc::default();
        for (field, value, time) in said {
            let change = Change { field: field.parse().unwrap(), value: Value::Bool(*value), seen: vec![] };
            doc.write(Stamp::new(*time, 0, Actor(1)).unwrap(), &change);
        }
        doc
    }

    #[test]
    fn a_round_is_at_the_last_stage_that_is_said() {
        assert_eq!(Progress::of(&Doc::default()), Progress::default());
        let said = [("stages/open", true, 1), ("stages/survey", true, 2), ("stages/meeting", false, 3)];
        assert_eq!(Progress::of(&doc(&said)).stage, Some(Stage::Survey));
        let said = [("stages/survey", true, 2), ("stages/posting", true, 5), ("stages/closed", true, 9)];
        let progress = Progress::of(&doc(&said));
        assert_eq!((progress.stage, progress.posted), (Some(Stage::Closed), Some(5)));
        let said = [said[0], ("stages/posting", false, 10), ("stages/closed", false, 10)];
        assert_eq!(Progress::of(&doc(&said)).posted, None);
        for (word, stage) in Stage::ALL {
            assert_eq!((word.parse(), stage.to_string().as_str()), (Ok(stage), word));
            assert_eq!(stage.field(), format!("stages/{word}"));
        }
    }

    #[test]
    fn a_round_is_moved_by_what_its_record_says() {
        let mut doc = Doc::default();
        for (time, to) in (1..).zip([
            Stage::Open,
            Stage::Survey,
            Stage::Meeting,
            Stage::Posting,
            Stage::Survey,
            Stage::Meeting,
            Stage::Closed,
            Stage::Open,
        ]) {
            for change in Progress::to(&doc, to) {
                doc.write(Stamp::new(time, 0, Actor(time)).unwrap(), &change);
            }
            assert_eq!(Stage::of(&doc), Some(to));
            assert!(Progress::to(&doc, to).is_empty() && !doc.has_conflicts());
        }
    }

    #[test]
    fn rounds_are_closed_in_their_order_and_opened_again_from_the_last() {
        let round = |year| Round::new(year).unwrap();
        let at = |stage| Progress { stage: Some(stage), ..Progress::default() };
        let order = |others: &[(u16, Stage)], to| {
            let others = others.iter().map(|(year, stage)| (round(*year), at(*stage)));
            Progress::keep_order(others, round(2011), to)
        };
        assert_eq!(order(&[(2010, Stage::Closed), (2012, Stage::Open)], Stage::Closed), Ok(()));
        assert_eq!(order(&[(2010, Stage::Recognised)], Stage::Closed), Err(Refusal::Earlier));
        assert_eq!(order(&[(2010, Stage::Survey), (2012, Stage::Survey)], Stage::Posting), Ok(()));
        assert_eq!(order(&[(2012, Stage::Closed)], Stage::Survey), Err(Refusal::Later));
        // What is sent back is not reported any more.
        let mut doc = doc(&[("stages/closed", true, 1), ("stages/reported", true, 2)]);
        for change in Progress::to(&doc.clone(), Stage::Survey) {
            doc.write(Stamp::new(3, 0, Actor(2)).unwrap(), &change);
        }
        assert_eq!(Progress::of(&doc), at(Stage::Survey));
    }

    #[test]
    fn who_moves_a_round_and_where() {
        use Role::{Admin, Commune, District, Province, Volunteer};
        use Stage::{Closed, Meeting, Open, Posting, Recognised, Survey};
        let at = |stage, reported| Progress { stage, posted: None, reported };
        type Case = (Role, Option<Stage>, bool, Stage, bool, Result<(), Refusal>);
        let table: [Case; 17] = [
            (Commune, None, false, Open, false, Ok(())),
            (Commune, None, false, Survey, false, Err(Refusal::Skips)),
            (Commune, Some(Open), false, Survey, false, Ok(())),
            (Commune, Some(Recognised), false, Closed, false, Ok(())),
            (Commune, Some(Closed), false, Closed, false, Err(Refusal::Already)),
            (Commune, Some(Meeting), false, Survey, true, Ok(())),
            (Commune, Some(Meeting), false, Survey, false, Err(Refusal::Reason)),
            (Commune, Some(Posting), false, Survey, true, Err(Refusal::District)),
            (Commune, Some(Closed), false, Recognised, true, Err(Refusal::District)),
            (District, Some(Posting), false, Survey, true, Ok(())),
            (District, Some(Closed), false, Survey, true, Ok(())),
            (District, Some(Closed), true, Survey, true, Err(Refusal::Province)),
            (Province, Some(Closed), true, Survey, true, Ok(())),
            (Province, Some(Closed), true, Survey, false, Err(Refusal::Reason)),
            (Commune, Some(Recognised), true, Closed, false, Ok(())),
            (Volunteer, Some(Open), false, Survey, false, Err(Refusal::Role)),
            (Admin, Some(Open), false, Survey, true, Err(Refusal::Role)),
        ];
        for (role, stage, reported, to, has_reason, expected) in table {
            let found = at(stage, reported).may_go(Some(role), to, has_reason);
            assert_eq!(found, expected, "{role} {stage:?} {to} {has_reason}");
        }
    }

    #[test]
    fn what_stands_in_the_way_of_which_stage() {
        let one = |stage| {
            Blocks { pending: 1, incomplete: 1, conflicts: 1, sent_back: 1, undeclared: 1 }.before(stage)
        };
        assert!(one(Stage::Survey).is_nothing());
        assert_eq!(one(Stage::Meeting), Blocks { pending: 1, incomplete: 1, ..Default::default() });
        assert_eq!(one(Stage::Posting).undeclared, 0);
        assert!(!Blocks { undeclared: 1, ..Default::default() }.before(Stage::Recognised).is_nothing());
    }
}
