//! The calendar of reports (lịch báo cáo): which are due from whom, on which day, and how each stands.
//!
//! One report is established, that of the reviews on request within the year. The plan has every area report each quarter,
//! half-year and year (V.4, V.6) and names no day, so that all others are what an officer of the province enters.

use jiff::SignedDuration;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::access::Role;
use crate::area::{AreaCode, UnitCode};
use crate::household::field::{self, DUTIES, EVERY, FIRST_REVIEWED, RECEIVED, SENDERS, SENT};
use crate::lang::Lang;
use crate::record::{Doc, Round, Value};
use crate::standard::{Confidence, Note, Source};

/// Most reports that an officer can have in the calendar of a year.
pub const MOST_DUTIES: usize = 20;
/// Most of them in a year with those that were taken off again.
const MOST_EVER: u16 = 99;

/// Who sends a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Sender {
    /// Each commune, to its district.
    Commune,
    /// Each district, to the province.
    District,
}

impl Sender {
    /// Both senders.
    pub const ALL: [Sender; 2] = [Sender::Commune, Sender::District];

    /// Its word in records.
    #[must_use]
    pub const fn word(self) -> &'static str {
        SENDERS[self as usize]
    }

    /// The sender with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Sender::ALL.into_iter().find(|sender| sender.word() == word)
    }

    /// Its name.
    #[must_use]
    pub const fn name(self, lang: Lang) -> &'static str {
        match self {
            Sender::Commune => lang.pick("Xã", "Commune"),
            Sender::District => lang.pick("Huyện", "District"),
        }
    }

    /// Whether a unit is one of them.
    #[must_use]
    pub fn is(self, unit: UnitCode) -> bool {
        matches!(
            (self, unit.area()),
            (Sender::Commune, AreaCode::Commune(_)) | (Sender::District, AreaCode::District(_))
        )
    }

    /// The lowest role that receives what is sent.
    #[must_use]
    pub const fn receiver(self) -> Role {
        match self {
            Sender::Commune => Role::District,
            Sender::District => Role::Province,
        }
    }
}

/// The part of a year that each report is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// A month.
    Month,
    /// A quarter.
    Quarter,
    /// A half-year.
    Half,
    /// The whole year.
    Year,
}

impl Every {
    /// All of them, the shortest first.
    pub const ALL: [Every; 4] = [Every::Month, Every::Quarter, Every::Half, Every::Year];

    /// Its word in records.
    #[must_use]
    pub const fn word(self) -> &'static str {
        EVERY[self as usize]
    }

    /// The part of a year with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Every::ALL.into_iter().find(|every| every.word() == word)
    }

    /// How often it is reported.
    #[must_use]
    pub const fn name(self, lang: Lang) -> &'static str {
        match self {
            Every::Month => lang.pick("Mỗi tháng", "Each month"),
            Every::Quarter => lang.pick("Mỗi quý", "Each quarter"),
            Every::Half => lang.pick("6 tháng một lần", "Each half-year"),
            Every::Year => lang.pick("Mỗi năm", "Each year"),
        }
    }

    /// How many there are in a year.
    #[must_use]
    pub const fn in_year(self) -> u8 {
        match self {
            Every::Month => 12,
            Every::Quarter => 4,
            Every::Half => 2,
            Every::Year => 1,
        }
    }

    /// Name of the nth one of a round's year, from 1: `Quý II/2023`.
    #[must_use]
    pub fn term_name(self, nth: u8, round: Round, lang: Lang) -> String {
        let place = usize::from(nth).saturating_sub(1);
        match self {
            Every::Month => format!("{} {nth}/{round}", lang.pick("Tháng", "Month")),
            Every::Quarter => {
                let roman = ["I", "II", "III", "IV"].get(place).copied().unwrap_or_default();
                format!("{} {roman}/{round}", lang.pick("Quý", "Quarter"))
            }
            Every::Half if place == 0 => {
                format!("{} {round}", lang.pick("6 tháng đầu năm", "First half of"))
            }
            Every::Half => format!("{} {round}", lang.pick("6 tháng cuối năm", "Second half of")),
            Every::Year => format!("{} {round}", lang.pick("Năm", "Year")),
        }
    }
}

/// A report that is due (báo cáo phải gửi), time and again within a year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Duty {
    /// Its id within the year.
    pub id: String,
    /// Its name; of one that an officer has entered the same text in both languages.
    pub name: Note,
    /// Who sends it.
    pub from: Sender,
    /// What each is on.
    pub every: Every,
    /// Number of the last one of the year: of the monthly ones that are established the August one.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 12))]
    pub last: u8,
    /// It is due this many days after the end of what it is on.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 90))]
    pub days: u8,
    /// The report of this register that says what it asks for, by its word; null where there is none.
    pub report: Option<String>,
    /// Where it is written; null for one that an officer has entered.
    pub source: Option<Note>,
}

/// What one report is on, and until when it is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// Which one of the year, from 1.
    pub nth: u8,
    /// Its first day.
    pub first: Date,
    /// Its last day.
    pub last: Date,
    /// The last day on which the report is in time.
    pub due: Date,
}

impl Duty {
    /// What it is on in a round's year; `None` for a number that it does not have.
    #[must_use]
    pub fn term(&self, round: Round, nth: u8) -> Option<Term> {
        if !(1..=self.last.min(self.every.in_year())).contains(&nth) {
            return None;
        }
        let year = i16::try_from(round.year()).ok()?;
        let months = 12 / self.every.in_year();
        let month = |number: u8| Date::new(year, i8::try_from(number).ok()?, 1).ok();
        let last = month(nth * months)?.last_of_month();
        let due = last.saturating_add(SignedDuration::from_hours(24 * i64::from(self.days)));
        Some(Term { nth, first: month((nth - 1) * months + 1)?, last, due })
    }

    /// All that it is on in a round's year.
    #[must_use]
    pub fn terms(&self, round: Round) -> Vec<Term> {
        (1..=self.last).filter_map(|nth| self.term(round, nth)).collect()
    }

    /// How a unit stands with each of its reports, by the unit's own record of the round.
    #[must_use]
    pub fn deliveries(&self, own: &Doc, round: Round, today: Date) -> Vec<Delivery> {
        let of = |term: &Term| {
            let day = |start| {
                own.get(&moment(start, &self.id, term.nth)).and_then(Value::as_text).and_then(field::date)
            };
            Delivery::of(term, day(SENT), day(RECEIVED), today)
        };
        self.terms(round).iter().map(of).collect()
    }
}

/// The field that says when a report was sent ([`SENT`]) or received ([`RECEIVED`]).
#[must_use]
pub fn moment(start: &str, duty: &str, nth: u8) -> String {
    format!("{start}{duty}_{nth}")
}

/// How it stands with a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// What it is on is not over.
    NotYet,
    /// It is to be sent now.
    Due,
    /// It should have been sent.
    Late,
    /// It was sent (đã gửi).
    Sent,
    /// The office above has received it (đã nhận).
    Received,
}

/// How a unit stands with one report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delivery {
    /// How it stands.
    pub state: DeliveryState,
    /// Days that are left; once it is late or was sent, days after the one on which it was due.
    pub days: u16,
    /// The day on which it was sent, like `2023-04-05`; null where the unit has not said so.
    pub sent: Option<String>,
    /// The day on which it was received.
    pub received: Option<String>,
}

impl Delivery {
    /// How it stands on a day. A report that was received counts as sent on that day where its sender has not said when.
    #[must_use]
    pub fn of(term: &Term, sent: Option<Date>, received: Option<Date>, today: Date) -> Self {
        let left = |day: Date| day.duration_until(term.due).as_hours() / 24;
        let (state, days) = match sent.or(received) {
            Some(day) if received.is_some() => (DeliveryState::Received, -left(day)),
            Some(day) => (DeliveryState::Sent, -left(day)),
            None if today <= term.last => (DeliveryState::NotYet, left(today)),
            None if today <= term.due => (DeliveryState::Due, left(today)),
            None => (DeliveryState::Late, -left(today)),
        };
        let text = |day: Option<Date>| day.map(|day| day.to_string());
        let days = u16::try_from(days.max(0)).unwrap_or(u16::MAX);
        Delivery { state, days, sent: text(sent), received: text(received) }
    }
}

/// How many units stand how with one report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliverySums {
    /// Units that send it.
    pub units: u16,
    /// Of these, units that have, also those whose report was received.
    pub sent: u16,
    /// Units whose report was received.
    pub received: u16,
    /// Units that should have sent it and have not.
    pub late: u16,
}

impl DeliverySums {
    /// Counts one unit more.
    pub fn add(&mut self, delivery: &Delivery) {
        let is = |states: &[DeliveryState]| u16::from(states.contains(&delivery.state));
        self.units += 1;
        self.sent += is(&[DeliveryState::Sent, DeliveryState::Received]);
        self.received += is(&[DeliveryState::Received]);
        self.late += is(&[DeliveryState::Late]);
    }
}

/// The reports that are due in a round's year: those established, and those in the province's own record of the round.
#[must_use]
pub fn duties(province: &Doc, round: Round) -> Vec<Duty> {
    let entered = ids(province).into_iter().filter_map(|id| entered(province, id));
    established(round).into_iter().chain(entered).collect()
}

/// The month's reviews, which communes report to their district and that to the province by the 5th of each month from February
/// to September: the reviews of January to August. From September on the yearly round goes on.
fn established(round: Round) -> Vec<Duty> {
    if round.year() < FIRST_REVIEWED {
        return Vec::new();
    }
    let source = Source {
        instrument: "Thông tư 07/2021/TT-BLĐTBXH ngày 18/07/2021".into(),
        article: Some("Điều 7, khoản 1".into()),
        confidence: Confidence::High,
        note: None,
    };
    let name =
        Note { vi: "Kết quả rà soát trong tháng".into(), en: "Results of the month's reviews".into() };
    let cited = Note { vi: source.cited(Lang::Vi).into(), en: source.cited(Lang::En).into() };
    let of = |(id, from): (&str, Sender)| Duty {
        id: id.to_owned(),
        name: name.clone(),
        from,
        every: Every::Month,
        last: 8,
        days: 5,
        report: Some("months".to_owned()),
        source: Some(cited.clone()),
    };
    [("monthly_reviews", Sender::Commune), ("monthly_reviews_of_districts", Sender::District)].map(of).into()
}

/// A report that an officer has entered; `None` where it was taken off.
fn entered(province: &Doc, id: &str) -> Option<Duty> {
    let said = |name: &str| province.get(&format!("{DUTIES}{id}/{name}"));
    let text = |name: &str| said(name).and_then(Value::as_text);
    if said("removed").is_some_and(Value::is_true) {
        return None;
    }
    let name = text("name")?.to_owned();
    let every = Every::from_word(text("every")?)?;
    Some(Duty {
        id: id.to_owned(),
        name: Note { vi: name.clone().into(), en: name.into() },
        from: Sender::from_word(text("from")?)?,
        every,
        last: every.in_year(),
        days: u8::try_from(said("days")?.as_int()?).ok()?,
        report: text("report").map(ToOwned::to_owned),
        source: None,
    })
}

/// Ids of all reports that were ever entered, in that order.
fn ids(province: &Doc) -> Vec<&str> {
    let fields = province.starting_with(DUTIES);
    let mut ids: Vec<&str> =
        fields.filter_map(|(path, _)| path.as_str().strip_prefix(DUTIES)?.split('/').next()).collect();
    ids.dedup();
    ids.sort_by_key(|id| number(id));
    ids
}

/// The number of an id such as `d12`.
fn number(id: &str) -> u16 {
    id.strip_prefix('d').and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Ids for further reports. None is given twice, so that what was sent for one that was taken off is no other's.
pub fn new_ids(province: &Doc) -> impl Iterator<Item = String> + use<> {
    let last = ids(province).last().map_or(0, |id| number(id));
    (last.saturating_add(1)..=MOST_EVER).map(|number| format!("d{number}"))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::record::{Actor, Change, Stamp};
    use crate::report::ReportKind;

    fn doc(said: &[(&str, Value)]) -> Doc {
        let mut doc = Doc::default();
        for (field, value) in said {
            let change = Change { field: field.parse().unwrap(), value: value.clone(), seen: vec![] };
            doc.write(Stamp::new(1, 0, Actor(1)).unwrap(), &change);
        }
        doc
    }

    fn of_year(year: u16) -> Round {
        Round::new(year).unwrap()
    }

    fn quarterly() -> Duty {
        let said: [(&str, Value); 4] = [
            ("duties/d1/name", "Báo cáo quý".into()),
            ("duties/d1/from", "commune".into()),
            ("duties/d1/every", "quarter".into()),
            ("duties/d1/days", 10.into()),
        ];
        duties(&doc(&said), of_year(2011)).remove(0)
    }

    #[test]
    fn a_report_is_due_after_the_end_of_what_it_is_on() {
        let due = |every: Every, days, year, nth| {
            let duty = Duty { every, days, last: every.in_year(), ..quarterly() };
            duty.term(of_year(year), nth).map(|term| (term.first, term.last, term.due))
        };
        for (every, days, year, nth, expected) in [
            (Every::Month, 5, 2023, 1, (date(2023, 1, 1), date(2023, 1, 31), date(2023, 2, 5))),
            (Every::Month, 5, 2023, 2, (date(2023, 2, 1), date(2023, 2, 28), date(2023, 3, 5))),
            (Every::Month, 5, 2024, 2, (date(2024, 2, 1), date(2024, 2, 29), date(2024, 3, 5))),
            (Every::Month, 5, 2023, 12, (date(2023, 12, 1), date(2023, 12, 31), date(2024, 1, 5))),
            (Every::Quarter, 10, 2011, 1, (date(2011, 1, 1), date(2011, 3, 31), date(2011, 4, 10))),
            (Every::Quarter, 90, 2011, 4, (date(2011, 10, 1), date(2011, 12, 31), date(2012, 3, 30))),
            (Every::Half, 1, 2011, 1, (date(2011, 1, 1), date(2011, 6, 30), date(2011, 7, 1))),
            (Every::Half, 1, 2011, 2, (date(2011, 7, 1), date(2011, 12, 31), date(2012, 1, 1))),
            (Every::Year, 15, 2011, 1, (date(2011, 1, 1), date(2011, 12, 31), date(2012, 1, 15))),
        ] {
            assert_eq!(due(every, days, year, nth), Some(expected), "{every:?} {nth} {year}");
        }
        for (every, nth) in [(Every::Month, 0), (Every::Month, 13), (Every::Half, 3), (Every::Year, 2)] {
            assert_eq!(due(every, 5, 2023, nth), None, "{every:?} {nth}");
        }
        // What comes from elsewhere may say anything.
        let odd = Duty { last: u8::MAX, days: u8::MAX, ..quarterly() };
        assert_eq!(odd.terms(of_year(2030)).len(), 4);
    }

    #[test]
    fn a_report_is_late_from_the_day_after_it_was_due() {
        let term = quarterly().term(of_year(2011), 1).unwrap();
        let of = |sent, received, today| {
            let delivery = Delivery::of(&term, sent, received, today);
            (delivery.state, delivery.days)
        };
        let [end, next, due, after] =
            [date(2011, 3, 31), date(2011, 4, 1), date(2011, 4, 10), date(2011, 4, 11)];
        assert_eq!(of(None, None, end), (DeliveryState::NotYet, 10));
        assert_eq!(of(None, None, next), (DeliveryState::Due, 9));
        assert_eq!(of(None, None, due), (DeliveryState::Due, 0));
        assert_eq!(of(None, None, after), (DeliveryState::Late, 1));
        assert_eq!(of(None, None, date(2012, 4, 10)), (DeliveryState::Late, 366));
        assert_eq!(of(Some(next), None, after), (DeliveryState::Sent, 0));
        assert_eq!(of(Some(date(2011, 4, 13)), None, date(2012, 1, 1)), (DeliveryState::Sent, 3));
        assert_eq!(of(Some(due), Some(date(2011, 4, 13)), date(2012, 1, 1)), (DeliveryState::Received, 0));
        assert_eq!(of(None, Some(date(2011, 4, 13)), date(2012, 1, 1)), (DeliveryState::Received, 3));
    }

    #[test]
    fn the_months_reviews_are_due_on_the_5th_from_february_to_september() {
        assert!(duties(&Doc::default(), of_year(2021)).is_empty());
        let known = duties(&Doc::default(), of_year(2022));
        assert_eq!([known[0].from, known[1].from], Sender::ALL);
        for duty in &known {
            let due: Vec<Date> = duty.terms(of_year(2022)).iter().map(|term| term.due).collect();
            assert_eq!(due, (2..=9).map(|month| date(2022, month, 5)).collect::<Vec<_>>());
            assert_eq!(duty.report.as_ref().map(|report| report.parse()), Some(Ok(ReportKind::Months)));
            let source = duty.source.as_ref().unwrap();
            assert_eq!(source.vi, "Thông tư 07/2021/TT-BLĐTBXH ngày 18/07/2021, Điều 7, khoản 1");
        }
    }

    #[test]
    fn reports_are_what_the_province_has_entered_and_not_taken_off() {
        let mut said = Vec::new();
        for (id, every) in [("d10", "year"), ("d2", "half"), ("d9", "quarter"), ("d3", "month")] {
            said.push((format!("duties/{id}/name"), Value::from(id)));
            said.push((format!("duties/{id}/from"), "district".into()));
            said.push((format!("duties/{id}/every"), every.into()));
            said.push((format!("duties/{id}/days"), 15.into()));
        }
        said.push(("duties/d9/removed".to_owned(), true.into()));
        // One of which not all is said.
        said.push(("duties/d11/name".to_owned(), "chưa đủ".into()));
        let said: Vec<(&str, Value)> =
            said.iter().map(|(path, value)| (path.as_str(), value.clone())).collect();
        let doc = doc(&said);
        let known = duties(&doc, of_year(2011));
        let ids: Vec<&str> = known.iter().map(|duty| duty.id.as_str()).collect();
        assert_eq!(ids, ["d2", "d3", "d10"]);
        assert_eq!((known[1].every, known[1].last, known[1].name.vi.as_ref()), (Every::Month, 12, "d3"));
        assert_eq!(new_ids(&doc).take(2).collect::<Vec<_>>(), ["d12", "d13"]);
        assert_eq!(new_ids(&Doc::default()).count(), usize::from(MOST_EVER));
    }

    #[test]
    fn units_are_counted_by_how_they_stand() {
        let duty = quarterly();
        let mut sums = vec![DeliverySums::default(); 4];
        let sent = doc(&[("sent/d1_1", "2011-04-08".into()), ("sent/d1_2", "2011-07-20".into())]);
        let received = doc(&[("sent/d1_1", "2011-04-08".into()), ("received/d1_1", "2011-04-09".into())]);
        for own in [&sent, &received, &Doc::default()] {
            for (sum, delivery) in sums.iter_mut().zip(duty.deliveries(own, of_year(2011), date(2011, 7, 25)))
            {
                sum.add(&delivery);
            }
        }
        let of = |sent, received, late| DeliverySums { units: 3, sent, received, late };
        assert_eq!(sums, [of(2, 1, 1), of(1, 0, 2), of(0, 0, 0), of(0, 0, 0)]);
    }

    #[test]
    fn terms_have_names_and_words_read_back() {
        for (every, nth, vi, en) in [
            (Every::Month, 3, "Tháng 3/2023", "Month 3/2023"),
            (Every::Quarter, 4, "Quý IV/2023", "Quarter IV/2023"),
            (Every::Half, 1, "6 tháng đầu năm 2023", "First half of 2023"),
            (Every::Half, 2, "6 tháng cuối năm 2023", "Second half of 2023"),
            (Every::Year, 1, "Năm 2023", "Year 2023"),
        ] {
            let names = Lang::ALL.map(|lang| every.term_name(nth, of_year(2023), lang));
            assert!(names.contains(&vi.to_owned()) && names.contains(&en.to_owned()), "{names:?}");
            assert_eq!(Every::from_word(every.word()), Some(every));
        }
        for sender in Sender::ALL {
            assert_eq!(Sender::from_word(sender.word()), Some(sender));
        }
        let unit = |code: &str| code.parse::<UnitCode>().unwrap();
        let is = |sender: Sender| ["83", "836", "29173"].map(|code| sender.is(unit(code)));
        assert_eq!(Sender::ALL.map(is), [[false, false, true], [false, true, false]]);
    }
}
