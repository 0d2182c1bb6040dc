//! Recognition of a round's result (công nhận): which households it names, as what, and which certificates hold.
//!
//! A certificate holds while its household's record does not say that it is withdrawn, and while the commune's round stands by
//! the very recognition under which it was given. A round that was sent back and recognised again gives new numbers: what was
//! given before is withdrawn, and never comes back.

use std::collections::BTreeMap;

use crate::assess::assess_last;
use crate::classify::{Members, monthly_per_person};
use crate::count::{Contribution, Counts, Listed, Measure, Move};
use crate::household::{Cause, CertificateNumber, Household, Recognised, Sex, Signatory, field};
use crate::law::has_two_results;
use crate::record::{Change, Doc, FieldPath, HouseholdId, RecordKey, Round, Stamp, Value};
use crate::stage::Stage;
use crate::standard::{Class, MeetingRule};

/// A household of a round as its meeting, its recognition and their papers see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Case {
    /// The household; `None` in an example.
    pub household: Option<HouseholdId>,
    /// Number of its hamlet.
    pub hamlet: Option<u8>,
    /// Its head.
    pub head: Person,
    /// Where the house is.
    pub address: Option<String>,
    /// Number of people who count as members.
    pub members: Option<u8>,
    /// Its people, where they are listed one by one, the head first.
    pub people: Vec<Person>,
    /// The class by which the next year starts: of a round with two results, by the opening one. `None` where it is not
    /// decided, or another household's record stands for this one.
    pub class: Option<Class>,
    /// The listed class that it was in at the start of the round.
    pub start: Option<Listed>,
    /// The listed class that it has come out of in the round, for the better.
    pub escaped: Option<Listed>,
    /// Income of one member, in đồng a month, rounded half-up.
    pub income: Option<i64>,
    /// The main cause of its poverty.
    pub cause: Option<Cause>,
    /// What the hamlet meeting said.
    pub votes: Votes,
    /// What it complained of.
    pub complaint: Complaint,
    /// The certificates on its record, by number.
    pub issued: Vec<Issued>,
}

/// A person on a paper.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Full name.
    pub name: Option<String>,
    /// Year of birth.
    pub birth_year: Option<i64>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Ethnicity (dân tộc) as typed.
    pub ethnicity: Option<String>,
    /// Identity number.
    pub identity_number: Option<String>,
    /// Relation to the head: a word of [`field::RELATIONS`].
    pub relation: Option<String>,
}

/// What a hamlet meeting said of a case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Votes {
    /// People present.
    pub present: Option<i64>,
    /// People who agreed.
    pub agreed: Option<i64>,
    /// Whether it confirmed the case; `false` where it sent it back.
    pub confirmed: Option<bool>,
}

/// A complaint after the posting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Complaint {
    /// What it says.
    pub text: Option<String>,
    /// When it was received.
    pub date: Option<String>,
    /// What was answered.
    pub answer: Option<String>,
    /// When it was answered.
    pub answered: Option<String>,
    /// Whether the household is to be surveyed again.
    pub resurvey: bool,
}

/// A certificate on a household's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Its number.
    pub number: CertificateNumber,
    /// What it recognises the household as; `None` once it is withdrawn.
    pub recognised: Option<Recognised>,
    /// Stamps of what stands there, for an edit of it.
    pub seen: Vec<Stamp>,
}

impl Votes {
    /// Those who did not agree.
    #[must_use]
    pub fn against(self) -> Option<i64> {
        Some(self.present? - self.agreed?).filter(|against| *against >= 0)
    }

    /// Whether the case was confirmed though fewer agreed than the rule asks for: shown as a doubt, and never refused, for the
    /// numbers may be the mistake.
    #[must_use]
    pub fn is_doubtful(self, rule: Option<&MeetingRule>) -> bool {
        match (self.confirmed, self.present, self.agreed, rule) {
            (Some(true), Some(present), Some(agreed), Some(rule)) => !rule.majority.agrees(present, agreed),
            _ => false,
        }
    }
}

impl Complaint {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Complaint::default()
    }
}

impl Case {
    /// Reads a household's record of a round; `adds` is what it adds beside the household's other rounds. `None` for a record
    /// about an area.
    #[must_use]
    pub fn read(key: RecordKey, doc: &Doc, adds: Option<&Contribution>) -> Option<Self> {
        let id = key.subject.household()?;
        let counting = adds.filter(|adds| adds.counts);
        let class = counting.and_then(|adds| last_class(adds, key.round));
        let moved = counting.map(|adds| &adds.moved);
        let household = Household::read(doc);
        let income = assess_last(&household, id.commune, key.round).and_then(|assessed| assessed.facts);
        Some(Case {
            household: Some(id),
            hamlet: household.hamlet,
            class,
            start: moved.and_then(start),
            escaped: moved.filter(|_| class.is_some()).and_then(escaped),
            income: income.map(|facts| monthly_per_person(facts.annual_net, facts.members).get()),
            votes: votes(doc),
            complaint: complaint(doc),
            issued: issued(doc),
            ..Case::of_people(household)
        })
    }

    /// Who lives there.
    fn of_people(household: Household) -> Self {
        let members = household.counted_members().map(Members::get);
        let of_head = household.members.values().find(|member| member.head);
        let head = Person {
            name: household.head_name.clone(),
            birth_year: household.head_birth_year,
            sex: household.head_sex,
            ethnicity: of_head.and_then(|head| head.ethnicity.clone()),
            identity_number: household.head_identity_number.clone(),
            relation: None,
        };
        let mut people: Vec<(bool, Person)> = Vec::with_capacity(household.members.len());
        for member in household.members.into_values().filter(|member| member.head || member.counts()) {
            let person = Person {
                name: member.name,
                birth_year: member.birth_year,
                sex: member.sex,
                ethnicity: member.ethnicity,
                identity_number: member.identity_number,
                relation: member.relation,
            };
            people.push((!member.head, person));
        }
        people.sort_by_key(|(is_other, _)| *is_other);
        let people = people.into_iter().map(|(_, person)| person).collect();
        let (address, cause) = (household.address, household.main_cause);
        Case { head, address, members, people, cause, ..Case::default() }
    }

    /// As what it is recognised: by its class where that is poor or near-poor, else by what it has come out of.
    ///
    /// ```
    /// use soho_shared::count::Listed;
    /// use soho_shared::household::Recognised;
    /// use soho_shared::recognition::Case;
    /// use soho_shared::standard::Class;
    ///
    /// let case = |class, escaped| Case { class: Some(class), escaped, ..Case::default() }.due();
    /// assert_eq!(case(Class::NearPoor, Some(Listed::Poor)), Some(Recognised::NearPoor));
    /// assert_eq!(case(Class::Above, Some(Listed::Poor)), Some(Recognised::EscapedPoor));
    /// assert_eq!(case(Class::Above, None), None);
    /// ```
    #[must_use]
    pub fn due(&self) -> Option<Recognised> {
        match (self.class?, self.escaped) {
            (Class::Poor, _) => Some(Recognised::Poor),
            (Class::NearPoor, _) => Some(Recognised::NearPoor),
            (_, Some(Listed::Poor)) => Some(Recognised::EscapedPoor),
            (_, Some(Listed::NearPoor)) => Some(Recognised::EscapedNearPoor),
            (_, None) => None,
        }
    }

    /// Whether a certificate says something else of it than what it is recognised as now, and is not withdrawn yet.
    #[must_use]
    pub fn is_outdated(&self, issued: &Issued) -> bool {
        issued.recognised.is_some() && issued.recognised != self.due()
    }

    /// Its certificate that holds for what it is recognised as, by what the commune's record says.
    #[must_use]
    pub fn certificate(&self, recognition: &Recognition) -> Option<&Issued> {
        let due = self.due()?;
        self.issued.iter().rfind(|issued| recognition.holds(issued) && issued.recognised == Some(due))
    }
}

/// The class by which the next year starts.
fn last_class(adds: &Contribution, round: Round) -> Option<Class> {
    if has_two_results(round) { adds.standing.opening_class() } else { adds.standing.class() }
}

fn any(moved: &Counts, listed: Listed, moves: &[Move]) -> bool {
    moves.iter().any(|of| moved.get(Measure::of_move(listed, *of)) > 0)
}

fn start(moved: &Counts) -> Option<Listed> {
    use Move::{Dissolved, MovedOut, Pending, Still, ToAbove, ToLowIncome, ToOther};
    let from = [Still, ToOther, ToLowIncome, ToAbove, MovedOut, Dissolved, Pending];
    Listed::ALL.into_iter().find(|listed| any(moved, *listed, &from))
}

fn escaped(moved: &Counts) -> Option<Listed> {
    let better = |listed| match listed {
        Listed::Poor => any(moved, listed, &[Move::ToOther, Move::ToLowIncome, Move::ToAbove]),
        // The other of the two is worse.
        Listed::NearPoor => any(moved, listed, &[Move::ToLowIncome, Move::ToAbove]),
    };
    Listed::ALL.into_iter().find(|listed| better(*listed))
}

fn text(doc: &Doc, field: &str) -> Option<String> {
    doc.get(field).and_then(Value::as_text).filter(|text| !text.is_empty()).map(ToOwned::to_owned)
}

fn votes(doc: &Doc) -> Votes {
    let number = |field| doc.get(field).and_then(Value::as_int);
    let result = doc.get(field::MEETING_RESULT).and_then(Value::as_text);
    let confirmed = match result {
        Some("confirmed") => Some(true),
        Some("sent_back") => Some(false),
        _ => None,
    };
    Votes { present: number(field::MEETING_PRESENT), agreed: number(field::MEETING_AGREED), confirmed }
}

fn complaint(doc: &Doc) -> Complaint {
    Complaint {
        text: text(doc, field::COMPLAINT_TEXT),
        date: text(doc, field::COMPLAINT_DATE),
        answer: text(doc, field::COMPLAINT_ANSWER),
        answered: text(doc, field::COMPLAINT_ANSWERED),
        resurvey: doc.get(field::COMPLAINT_RESURVEY).is_some_and(Value::is_true),
    }
}

/// The certificates on a household's record, by number.
#[must_use]
pub fn issued(doc: &Doc) -> Vec<Issued> {
    let one = |(path, value): (&FieldPath, &Value)| {
        let number = CertificateNumber::of_path(path.as_str())?;
        let recognised = value.as_text().and_then(Recognised::from_word);
        Some(Issued { number, recognised, seen: doc.seen(path.as_str()) })
    };
    let mut issued: Vec<Issued> = doc.starting_with(field::CERTIFICATE).filter_map(one).collect();
    issued.sort_by_key(|issued| issued.number);
    issued
}

/// What a commune's record of a round says of its recognition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recognition {
    /// The stage that the round has reached.
    pub stage: Option<Stage>,
    /// Mark of the recognition by which the round stands now; `None` while it is not recognised.
    now: Option<String>,
    /// Mark of the recognition under which numbers were given.
    under: Option<String>,
    /// Number of the decision.
    pub decision: Option<String>,
    /// Its date.
    pub date: Option<String>,
    /// Full name of who signs it.
    pub signer: Option<String>,
    /// As what they sign.
    pub chair: Signatory,
    /// First and last day of the posting.
    pub posting: [Option<String>; 2],
    /// Dates of certificates, each from a number on.
    given: BTreeMap<CertificateNumber, String>,
    /// Last number of each year's series, by what this record says.
    numbers: BTreeMap<u16, u32>,
}

impl Recognition {
    /// Reads a commune's own record of a round.
    #[must_use]
    pub fn of(doc: &Doc) -> Self {
        let stage = Stage::of(doc);
        let is_recognised = stage >= Some(Stage::Recognised);
        let said = doc.open(Stage::Recognised.field()).max_by_key(|write| write.place());
        let now = said.filter(|write| is_recognised && write.value.is_true());
        let given = doc.starting_with(field::GIVEN).filter_map(|(path, value)| {
            let first = CertificateNumber::of_item(path.as_str().strip_prefix(field::GIVEN)?)?;
            Some((first, value.as_text()?.to_owned()))
        });
        let numbers = doc.starting_with(field::NUMBERS).filter_map(|(path, value)| {
            let year = path.as_str().strip_prefix(field::NUMBERS)?.parse().ok()?;
            Some((year, u32::try_from(value.as_int()?).ok()?))
        });
        Recognition {
            stage,
            now: now.map(|write| write.stamp.to_string()),
            under: text(doc, field::RECOGNITION_UNDER),
            decision: text(doc, field::RECOGNITION_DECISION),
            date: text(doc, field::RECOGNITION_DATE),
            signer: text(doc, field::RECOGNITION_SIGNER),
            chair: text(doc, field::RECOGNITION_CHAIR)
                .and_then(|word| Signatory::from_word(&word))
                .unwrap_or_default(),
            posting: [field::POSTING_FROM, field::POSTING_TO].map(|field| text(doc, field)),
            given: given.collect(),
            numbers: numbers.collect(),
        }
    }

    /// Whether the round is recognised, whether or not numbers were given.
    #[must_use]
    pub const fn is_recognised(&self) -> bool {
        self.now.is_some()
    }

    /// Whether the round stands by the recognition under which its numbers were given.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.now.is_some() && self.now == self.under
    }

    /// Whether a certificate of this round holds.
    #[must_use]
    pub fn holds(&self, issued: &Issued) -> bool {
        issued.recognised.is_some() && self.stands()
    }

    /// Last number of a year's series, by what this record says.
    #[must_use]
    pub fn last(&self, year: u16) -> u32 {
        self.numbers.get(&year).copied().unwrap_or_default()
    }

    /// Date of a certificate.
    #[must_use]
    pub fn date_of(&self, number: CertificateNumber) -> Option<&str> {
        let (first, date) = self.given.range(..=number).next_back()?;
        (first.year == number.year).then_some(date.as_str())
    }
}

/// What one transaction of a recognition writes. Fields of the commune's record stand first: whatever becomes of the others,
/// no number is given twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// What the commune's record says afterwards.
    pub commune: BTreeMap<FieldPath, Value>,
    /// Certificates given and withdrawn.
    pub households: Vec<(HouseholdId, Vec<Change>)>,
    /// Numbers given.
    pub given: u32,
    /// Whether another step must follow.
    pub more: bool,
}

/// A series has no number left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoNumberLeft;

impl Step {
    /// The next step of a recognition on a day (`2011-12-05`) of a year, which writes to at most `most` households, in the order
    /// of the cases. `last` is the last number that the commune has given in that year, in any round.
    ///
    /// What was given under an earlier recognition of the round is withdrawn in steps of its own, before any number is given.
    /// Of a household whose class has changed, the old certificate is withdrawn in the step that gives the new one.
    ///
    /// # Errors
    /// When the year's series is used up.
    pub fn next(
        cases: &[Case],
        recognition: &Recognition,
        (year, date): (u16, &str),
        last: u32,
        most: usize,
    ) -> Result<Step, NoNumberLeft> {
        let stands = recognition.stands();
        let is_old = |issued: &&Issued| issued.recognised.is_some();
        let clears = !stands && cases.iter().any(|case| case.issued.iter().any(|issued| is_old(&issued)));
        let mut step = Step { more: clears, ..Step::default() };
        let mut number = last;
        for case in cases {
            let Some(household) = case.household else { continue };
            let due = case.due().filter(|_| !clears);
            let is_held =
                stands && case.issued.iter().any(|issued| due.is_some() && issued.recognised == due);
            let withdrawn =
                case.issued.iter().filter(|issued| is_old(issued) && clears || case.is_outdated(issued));
            let mut changes: Vec<Change> = withdrawn.filter_map(withdrawal).collect();
            let given = due.filter(|_| !is_held);
            if changes.is_empty() && given.is_none() {
                continue;
            }
            if step.households.len() >= most {
                step.more = true;
                break;
            }
            if let Some(recognised) = given {
                number =
                    number.checked_add(1).filter(|n| *n <= CertificateNumber::LAST).ok_or(NoNumberLeft)?;
                changes.extend(gift(CertificateNumber { year, number }, recognised));
            }
            step.households.push((household, changes));
        }
        step.given = number - last;
        if clears {
            return Ok(step);
        }
        if step.given > 0 {
            let first = CertificateNumber { year, number: last + 1 };
            step.say(&format!("{}{year}", field::NUMBERS), i64::from(number).into());
            if recognition.date_of(first) != Some(date) {
                step.say(&format!("{}{}", field::GIVEN, first.item()), date.into());
            }
        }
        if let Some(now) = recognition.now.as_deref().filter(|_| !stands) {
            step.say(field::RECOGNITION_UNDER, now.into());
        }
        Ok(step)
    }

    fn say(&mut self, field: &str, value: Value) {
        if let Ok(path) = field.parse() {
            self.commune.insert(path, value);
        }
    }

    /// Whether it writes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.commune.is_empty() && self.households.is_empty()
    }
}

fn withdrawal(issued: &Issued) -> Option<Change> {
    let field = issued.number.path().parse().ok()?;
    Some(Change { field, value: field::WITHDRAWN.into(), seen: issued.seen.clone() })
}

fn gift(number: CertificateNumber, recognised: Recognised) -> Option<Change> {
    let field = number.path().parse().ok()?;
    Some(Change { field, value: recognised.word().into(), seen: Vec::new() })
}

/// Why a household is to be reviewed in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It stands on the list of the round before, in this class.
    Listed(Class),
    /// It has asked to be (Giấy đề nghị, Mẫu số 01).
    Asked,
    /// Something has befallen it in the year.
    Event,
    /// It has split off another household.
    SplitOff,
}

/// A household on the list of those to be reviewed in a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewed {
    /// The household.
    pub household: HouseholdId,
    /// Number of its hamlet.
    pub hamlet: Option<u8>,
    /// Its head.
    pub head: Person,
    /// Where the house is.
    pub address: Option<String>,
    /// Number of people who count as members.
    pub members: Option<u8>,
    /// Why.
    pub reason: Reason,
}

impl Reviewed {
    /// The class in which the round before leaves a household on the list of the next, by what its record adds to that.
    #[must_use]
    pub fn listed(before: &Contribution) -> Option<Class> {
        let starts = [
            (Measure::PoorAtStart, Class::Poor),
            (Measure::NearPoorAtStart, Class::NearPoor),
            (Measure::LowIncomeAtStart, Class::LowIncome),
        ];
        starts.into_iter().find(|(measure, _)| before.next.get(*measure) > 0).map(|(_, class)| class)
    }

    /// Reads a household that is to be reviewed: of its record of the round, where there is one, and of the class in which the
    /// round before has left it on the list, with its record of that round. `None` where nobody has to visit it.
    #[must_use]
    pub fn read(
        household: HouseholdId,
        listed: Option<(Class, &Doc)>,
        now: Option<&Doc>,
    ) -> Option<Reviewed> {
        let says = |field: &str| now?.get(field).filter(|value| **value != Value::Null);
        let is_event = || field::EVENTS.iter().any(|(event, ..)| says(event).is_some_and(Value::is_true));
        let reason = match listed {
            Some((class, _)) => Reason::Listed(class),
            None if says(field::ASKED_DATE).is_some() => Reason::Asked,
            None if says(field::SPLIT_FROM).is_some() => Reason::SplitOff,
            None if is_event() => Reason::Event,
            None => return None,
        };
        // What this round says of a name stands before what the last one said.
        let docs = [now, listed.map(|(_, doc)| doc)];
        let mut read = docs.into_iter().flatten().map(Household::read);
        let first = read.next()?;
        let hamlet = first.hamlet;
        let first = if first.head_name.is_some() { first } else { read.next().unwrap_or(first) };
        let hamlet = hamlet.or(first.hamlet);
        let Case { head, address, members, .. } = Case::of_people(first);
        Some(Reviewed { household, hamlet, head, address, members, reason })
    }
}

#[cfg(test)]
mod tests;
