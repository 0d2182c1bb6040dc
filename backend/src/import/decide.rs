//! A row against what the register has: what it is about, and what of it is new.

use std::collections::HashMap;

use soho_shared::area::{CommuneCode, HamletCode};
use soho_shared::assess::assess;
use soho_shared::fold::fold;
use soho_shared::household::field::{self, may_hold, rule};
use soho_shared::household::{Household, MINORITY, Member, Sex, overruled};
use soho_shared::income::{Allowances, IncomeSource, Rhythm, annual_net};
use soho_shared::lang::Lang;
use soho_shared::money::{Vnd, dong};
use soho_shared::record::{
    Actor, Change, Doc, FieldPath, HouseholdId, MAX_MILLIS, RecordKey, Round, Stamp, Subject, Value, Write,
};
use soho_shared::standard::{Class, Note};
use soho_shared::wire::imports::{ImportProblem, RowOutcome};
use uuid::{Builder, Uuid};

use super::known::{Found, Gone, Hamlets, Known};
use super::note;
use super::rows::{At, Earned, HouseholdRow, problem};
use super::value::Birth;
use super::write::is_import;
use crate::accounts::Secret;

/// Item of a household's list of incomes under which an import writes.
const INCOME: &str = "import";
/// Id of a head who is not listed yet: that of the tablets, so that both list one person.
const HEAD: &str = "head";

/// What rows of a commune are compared with.
#[derive(Debug)]
pub(super) struct Against {
    /// The commune.
    pub(super) commune: CommuneCode,
    /// The round.
    pub(super) round: Round,
    /// Its households.
    pub(super) known: Known,
    /// Its hamlets.
    pub(super) hamlets: Hamlets,
    /// The writer of this file's values in the commune.
    pub(super) writer: Actor,
    /// Whether the round is closed there.
    pub(super) is_closed: bool,
    /// Rows of the file by the records that they were found to be about, and the field where it is one alone.
    pub(super) taken: HashMap<(Subject, String), u32>,
    /// Makes ids of new households.
    pub(super) secret: Secret,
}

/// What becomes of a row.
#[derive(Debug)]
pub(super) struct Decided {
    pub(super) outcome: RowOutcome,
    pub(super) record: Option<Subject>,
    pub(super) problems: Vec<ImportProblem>,
    pub(super) class_ours: Option<Class>,
    pub(super) edit: Option<Edit>,
}

impl Decided {
    /// A row that is not taken.
    pub(super) const fn refused(record: Option<Subject>, problems: Vec<ImportProblem>) -> Self {
        Decided { outcome: RowOutcome::Refused, record, problems, class_ours: None, edit: None }
    }
}

/// What is to be written of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    /// The record.
    pub(super) key: RecordKey,
    /// What stands against nothing that a person has written.
    pub(super) free: Vec<Change>,
    /// What stands against something that a person has written.
    pub(super) against: Vec<Change>,
    /// When the earliest of that was written, in milliseconds since 1970.
    pub(super) stood: u64,
}

/// Fields of a record that a file sets, each with its value and column.
pub(super) struct Targets<'d> {
    doc: &'d Doc,
    round: Round,
    writer: Actor,
    free: Vec<Change>,
    against: Vec<Change>,
    stood: u64,
    /// What is wrong with the values.
    pub(super) wrong: Vec<ImportProblem>,
}

impl<'d> Targets<'d> {
    pub(super) const fn of(doc: &'d Doc, round: Round, writer: Actor) -> Self {
        Targets {
            doc,
            round,
            writer,
            free: Vec::new(),
            against: Vec::new(),
            stood: u64::MAX,
            wrong: Vec::new(),
        }
    }

    /// Sets a field, unless it says what the file does, or the file has had its say about it already.
    pub(super) fn set(&mut self, path: &str, (column, value): At<Value>) {
        let Ok(path) = path.parse::<FieldPath>() else { return };
        if !may_hold(&path, self.round, &value) {
            let [vi, en] = Lang::ALL.map(|lang| rule(lang, path.as_str(), self.round));
            self.wrong.push(problem(Some(column), note(vi, en)));
            return;
        }
        let open: Vec<&Write> = self.doc.open(path.as_str()).collect();
        let was_said = self.doc.latest_of(path.as_str(), self.writer).is_some();
        if was_said || open.iter().any(|write| says_the_same(&write.value, &value)) {
            return;
        }
        let by_person = |write: &&&Write| !is_import(write.stamp.actor()) && write.value != Value::Null;
        let stood = open.iter().filter(by_person).map(|write| write.time).max();
        match stood {
            None => {
                let seen = self.doc.seen(path.as_str());
                self.free.push(Change { field: path, value, seen });
            }
            Some(stood) => {
                self.stood = self.stood.min(stood);
                self.against.push(Change { field: path, value, seen: Vec::new() });
            }
        }
    }

    /// Whether nothing is to be written.
    fn are_none(&self) -> bool {
        self.free.is_empty() && self.against.is_empty()
    }

    /// What becomes of the row.
    pub(super) fn decided(self, key: RecordKey, is_known: bool, remarks: Vec<ImportProblem>) -> Decided {
        let record = Some(key.subject);
        if !self.wrong.is_empty() {
            return Decided::refused(record, self.wrong);
        }
        let outcome = if !self.against.is_empty() {
            RowOutcome::Conflict
        } else if self.free.is_empty() {
            RowOutcome::Same
        } else if is_known {
            RowOutcome::Changed
        } else {
            RowOutcome::New
        };
        let is_new = !self.are_none();
        let edit = Edit { key, free: self.free, against: self.against, stood: self.stood };
        Decided { outcome, record, problems: remarks, class_ours: None, edit: is_new.then_some(edit) }
    }
}

/// Whether two values are one to people: names and places in any case, with or without marks.
fn says_the_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Text(one), Value::Text(other)) => one == other || fold(one) == fold(other),
        _ => one == other,
    }
}

impl Against {
    /// The earlier row of the file about the same; where there is none, this row is it from now on.
    pub(super) fn earlier(&mut self, about: (Subject, String), number: u32) -> Option<u32> {
        let first = *self.taken.entry(about).or_insert(number);
        (first != number).then_some(first)
    }

    /// Decides on a household's row.
    pub(super) fn household(&mut self, row: &HouseholdRow, number: u32) -> Decided {
        let refused = |column: Option<usize>, note: Note| Decided::refused(None, vec![problem(column, note)]);
        if self.is_closed {
            return refused(None, closed());
        }
        let hamlet = match row.hamlet.as_ref().map(|(column, text)| (*column, self.hamlets.find(text))) {
            Some((column, Ok(hamlet))) => Some((column, hamlet)),
            Some((column, Err(note))) => return refused(Some(column), note),
            None => None,
        };
        let uuid = match self.which(row, hamlet) {
            Ok(uuid) => uuid,
            Err(note) => return refused(None, note),
        };
        let subject = Subject::from(HouseholdId { commune: self.commune, uuid });
        if let Some(other) = self.earlier((subject, String::new()), number) {
            let note = note(
                format!("cùng một hộ với dòng {other}: nếu là hai hộ thì ghi thêm năm sinh"),
                format!("the same household as row {other}: if they are two, write the years of birth"),
            );
            return Decided::refused(Some(subject), vec![problem(None, note)]);
        }
        let (round, writer) = (self.round, self.writer);
        let nothing = Doc::default();
        let entry = self.known.get(uuid);
        let doc = entry.and_then(|entry| entry.doc.as_ref()).unwrap_or(&nothing);
        let household = Household::read(doc);
        let mut targets = Targets::of(doc, round, writer);
        let mut remarks = row.remarks.clone();
        match entry.and_then(|entry| entry.gone) {
            Some(Gone::Duplicate) => return Decided::refused(Some(subject), vec![problem(None, joined())]),
            // Undoing an import withdraws what it made: importing it again brings it back.
            Some(Gone::Withdrawn) if !doc.is_empty() => {
                if !doc.open(field::REMOVED).all(|write| is_import(write.stamp.actor())) {
                    return Decided::refused(Some(subject), vec![problem(None, withdrawn())]);
                }
                targets.set(field::REMOVED, (0, false.into()));
            }
            _ => {}
        }
        if let Some((column, hamlet)) = hamlet {
            targets.set(field::HAMLET, (column, i64::from(hamlet).into()));
        }
        head(row, doc, &household, &mut targets, &mut remarks);
        members(row, &household, &mut targets, &mut remarks);
        income(row, &household, &mut targets, &mut remarks);
        for (path, value) in &row.fields {
            targets.set(path, value.clone());
        }
        let is_known = entry.is_some();
        let key = RecordKey { subject, round };
        let mut decided = targets.decided(key, is_known, remarks);
        if row.class.is_some() && decided.outcome != RowOutcome::Refused {
            decided.class_ours = self.class(doc, decided.edit.as_ref());
        }
        decided
    }

    /// The household that a row is about: by its id, as an earlier import of the row made it, or by hamlet, head and year of birth; a
    /// new one where there is none.
    fn which(&self, row: &HouseholdRow, hamlet: Option<(usize, u8)>) -> Result<Uuid, Note> {
        if let Some(id) = row.id {
            let known = self.known.get(id).map(|_| id);
            return known.ok_or_else(|| {
                note("sổ không có hộ nào mang mã này", "the register has no household with this id")
            });
        }
        let (_, hamlet) = hamlet.ok_or_else(|| note("chưa rõ ấp nào", "it does not say of which hamlet"))?;
        let (_, name) = &row.name;
        let year = row.birth.as_ref().and_then(|(_, birth)| birth.year());
        let made = self.made(hamlet, name, year);
        if self.known.get(made).is_some() {
            return Ok(made);
        }
        match self.known.find(hamlet, name, year) {
            Found::Known(uuid) => Ok(uuid),
            Found::None => Ok(made),
            Found::Several(count) => Err(note(
                format!("trong ấp có {count} hộ cùng tên chủ hộ: hãy ghi năm sinh hoặc mã hộ của Sổ Hộ"),
                format!(
                    "{count} households of the hamlet have a head of this name: write the year of birth, or the id in the register"
                ),
            )),
        }
    }

    /// The id of a household that an import makes: the same for the same row, and known to nobody who does not know the register.
    fn made(&self, hamlet: u8, name: &str, year: Option<i64>) -> Uuid {
        let (commune, name, year) =
            (self.commune.to_bytes(), fold(name), year.unwrap_or_default().to_be_bytes());
        let mark = self.secret.mark("imported", &[&commune, &[hamlet], name.as_bytes(), &year]);
        Builder::from_random_bytes(mark.first_chunk().copied().unwrap_or_default()).into_uuid()
    }

    /// The class of a record once the row is written.
    fn class(&self, doc: &Doc, edit: Option<&Edit>) -> Option<Class> {
        let mut doc = doc.clone();
        // Later than whatever is there; what stands against a person's value loses.
        let stamp = Stamp::new(MAX_MILLIS, 0, self.writer)?;
        edit.iter().flat_map(|edit| &edit.free).for_each(|change| doc.write_here(stamp, change));
        assess(&Household::read(&doc), self.commune, self.round)?.class
    }

    /// The hamlet's record of a row of declared totals, and what of it is new.
    pub(super) fn declared(
        &mut self,
        hamlet: &At<String>,
        fields: &[(String, At<Value>)],
        number: u32,
    ) -> Decided {
        let (column, text) = hamlet;
        if self.is_closed {
            return Decided::refused(None, vec![problem(None, closed())]);
        }
        let found = self.hamlets.find(text).map(|number| HamletCode::new(self.commune, number));
        let hamlet = match found {
            Ok(Some(hamlet)) => hamlet,
            Ok(None) => return Decided::refused(None, Vec::new()),
            Err(note) => return Decided::refused(None, vec![problem(Some(*column), note)]),
        };
        let subject = Subject::from(hamlet);
        if let Some(other) = self.earlier((subject, String::new()), number) {
            let note =
                note(format!("cùng một ấp với dòng {other}"), format!("the same hamlet as row {other}"));
            return Decided::refused(Some(subject), vec![problem(None, note)]);
        }
        let nothing = Doc::default();
        let doc = self.hamlets.docs.get(&hamlet.number).unwrap_or(&nothing);
        let mut targets = Targets::of(doc, self.round, self.writer);
        fields.iter().for_each(|(path, value)| targets.set(path, value.clone()));
        let is_known =
            fields.iter().any(|(path, _)| doc.get(path).is_some_and(|value| *value != Value::Null));
        targets.decided(RecordKey { subject, round: self.round }, is_known, Vec::new())
    }
}

fn closed() -> Note {
    note(
        "đợt này đã khóa ở xã: huyện mở lại thì mới nhập được",
        "this round is closed in the commune: the district has to open it again first",
    )
}

pub(super) fn joined() -> Note {
    note(
        "hộ này đã được xác định là trùng với hộ khác",
        "this household was found to be the same as another one",
    )
}

pub(super) fn withdrawn() -> Note {
    note("phiếu của hộ này đã có người xóa", "somebody has withdrawn this household's record")
}

/// What a file says of the head: of the member who is marked as it, or else of a new member who is marked; in the fields of earlier
/// versions where these are what stands.
fn head(
    row: &HouseholdRow,
    doc: &Doc,
    household: &Household,
    targets: &mut Targets,
    remarks: &mut Vec<ImportProblem>,
) {
    let text = |(column, text): &At<String>| (*column, Value::from(text.as_str()));
    let year = row.birth.as_ref().and_then(|(column, birth)| Some((*column, Value::from(birth.year()?))));
    let minority = match &row.ethnicity {
        Some((column, text)) => is_minority(text).map(|is| (*column, is)),
        None => row.minority,
    };
    let marked = household.members.iter().find(|(_, member)| member.head);
    let was_said = doc.starting_with("head/").any(|(_, value)| *value != Value::Null);
    let is_earlier = marked.is_none() && (was_said || !household.members.is_empty());
    let nobody = Member::default();
    let (id, member) = marked.map_or((HEAD, &nobody), |(id, member)| (id.as_str(), member));
    let overruled = if marked.is_some() { overruled(doc, id) } else { Vec::new() };
    let is_before = |name: &str| is_earlier || overruled.contains(&name);
    let path = |name: &str, before: &str| {
        if is_before(name) { before.to_owned() } else { format!("members/{id}/{name}") }
    };
    if !is_earlier {
        targets.set(&format!("members/{id}/head"), (row.name.0, true.into()));
    }
    targets.set(&path("name", field::HEAD_NAME), text(&row.name));
    if let Some((column, sex)) = row.sex {
        let word = if sex == Sex::Female { "female" } else { "male" };
        targets.set(&path("sex", field::HEAD_SEX), (column, word.into()));
    }
    if let Some(number) = &row.identity_number {
        targets.set(&path("identity_number", field::HEAD_IDENTITY_NUMBER), text(number));
    }
    match (&row.ethnicity, minority) {
        (_, Some((column, is))) if is_before("ethnicity") => {
            targets.set(field::HEAD_ETHNIC_MINORITY, (column, is.into()));
        }
        (Some(ethnicity), _) if !is_before("ethnicity") => {
            targets.set(&path("ethnicity", ""), text(ethnicity));
        }
        (None, Some((column, true))) if member.is_ethnic_minority() != Some(true) => {
            targets.set(&path("ethnicity", ""), (column, MINORITY.into()));
        }
        _ => {}
    }
    let Some((column, birth)) = &row.birth else { return };
    match birth {
        _ if is_before("birth_year") => {
            year.into_iter().for_each(|year| targets.set(field::HEAD_BIRTH_YEAR, year));
        }
        Birth::Day(day) if member.birth_year.is_none_or(|known| Some(known) == birth.year()) => {
            targets.set(&path("birth_date", ""), (*column, day.as_str().into()));
        }
        // A day is there already: with another year beside it nobody would see that the two differ.
        _ if member.birth_date.is_some() => {
            let known = member.birth_year.unwrap_or_default();
            if Some(known) != birth.year() {
                remarks.push(problem(
                    Some(*column),
                    note(
                        format!("sổ ghi năm sinh {known}: giữ như sổ"),
                        format!("the register says {known}: that stays"),
                    ),
                ));
            }
        }
        _ => year.into_iter().for_each(|year| targets.set(&path("birth_year", ""), year)),
    }
}

fn is_minority(ethnicity: &str) -> Option<bool> {
    let mut member = Member::default();
    member.ethnicity = Some(ethnicity.to_owned());
    member.is_ethnic_minority()
}

/// The number of people, unless they are listed one by one.
fn members(
    row: &HouseholdRow,
    household: &Household,
    targets: &mut Targets,
    remarks: &mut Vec<ImportProblem>,
) {
    let Some((column, count)) = row.members else { return };
    if !household.lists_members() {
        targets.set(field::MEMBER_COUNT, (column, count.into()));
        return;
    }
    let listed = household.counted_members().map_or(0, |members| i64::from(members.get()));
    if listed != count {
        remarks.push(problem(
            Some(column),
            note(
                format!("sổ đã ghi từng người, tính {listed} người: giữ như sổ"),
                format!("the register lists the people, of whom {listed} count: that stays"),
            ),
        ));
    }
}

/// The income, unless somebody has surveyed it: a line more would be a sum more.
fn income(
    row: &HouseholdRow,
    household: &Household,
    targets: &mut Targets,
    remarks: &mut Vec<ImportProblem>,
) {
    let Some((column, earned)) = row.income else { return };
    let stated = row.members.map(|(_, count)| count);
    let count = if household.lists_members() { None } else { stated };
    let count = count.or_else(|| household.counted_members().map(|members| i64::from(members.get())));
    let (amount, rhythm) = match (earned, count) {
        (Earned::InYear(amount), _) => (Some(amount), Rhythm::Year),
        (Earned::ByPersonAndMonth(each), Some(count)) => (each.checked_mul(count), Rhythm::Month),
        (Earned::ByPersonAndMonth(_), None) => {
            let note = note(
                "chưa rõ số nhân khẩu nên chưa ghi thu nhập",
                "the number of people is not known, so the income is not written",
            );
            remarks.push(problem(Some(column), note));
            return;
        }
    };
    let times = i64::from(rhythm.most());
    let year = amount.and_then(|amount| amount.checked_mul(times));
    let (Some(amount), Some(year)) = (amount, year) else {
        targets.wrong.push(problem(Some(column), note("số tiền quá lớn", "the amount is too large")));
        return;
    };
    let is_surveyed = household.no_income || household.income.keys().any(|item| item != INCOME);
    if is_surveyed {
        let ours = annual_net(&household.income_lines(), Allowances::Counted);
        if ours != Some(year) {
            let [vi, en] = Lang::ALL.map(|lang| dong(lang, ours.unwrap_or(Vnd::ZERO)));
            remarks.push(problem(
                Some(column),
                note(
                    format!("thu nhập đã có người rà soát ({vi} trong 12 tháng): giữ như sổ"),
                    format!("somebody has surveyed the income ({en} in 12 months): that stays"),
                ),
            ));
        }
        return;
    }
    let path = |name: &str| format!("income/{INCOME}/{name}");
    targets.set(&path("source"), (column, IncomeSource::Other.word().into()));
    targets.set(&path("amount"), (column, amount.get().into()));
    targets.set(&path("rhythm"), (column, rhythm.word().into()));
    targets.set(&path("times"), (column, times.into()));
}
