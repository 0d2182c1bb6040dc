//! The fields of a record: their paths, what each may hold, and their names.
//!
//! Items of a list have ids: `members/<id>/name`.

use std::borrow::Cow;

use jiff::civil::Date;

use super::{Allowance, Cause, CertificateNumber, Joined, Occupation, Recognised, Signatory};
use crate::area::{AreaCode, Residence};
use crate::income::{Allowances, IncomeSource, Rhythm};
use crate::lang::Lang;
use crate::money::Vnd;
use crate::record::{FieldPath, HouseholdId, Of, RecordKey, Round, Rules, Subject, Value};
use crate::standard::Class;
use crate::text::{hides, is_hidden, is_hyphen, lines, one_line};

/// The hamlet's number in its commune, 1..=99.
pub const HAMLET: &str = "hamlet";
/// Name of the head (chủ hộ).
pub const HEAD_NAME: &str = "head/name";
/// The head's year of birth.
pub const HEAD_BIRTH_YEAR: &str = "head/birth_year";
/// The head's sex: `female` or `male`.
pub const HEAD_SEX: &str = "head/sex";
/// Whether the head belongs to an ethnic minority (người dân tộc).
pub const HEAD_ETHNIC_MINORITY: &str = "head/ethnic_minority";
/// The head's identity number: 9 digits (CMND) or 12 (CCCD).
pub const HEAD_IDENTITY_NUMBER: &str = "head/identity_number";
/// Where the house is, in words.
pub const ADDRESS: &str = "address";
/// Number of members, 1..=99, when they are not listed one by one.
pub const MEMBER_COUNT: &str = "member_count";
/// True when the household had no income at all in the 12 months.
pub const NO_INCOME: &str = "no_income";
/// Number of indicators of deprivation that are lacking, 0..=12.
pub const DEPRIVATION_COUNT: &str = "deprivation_count";
/// Floor area of the house in m², 0..=10000.
pub const FLOOR_AREA: &str = "floor_area";
/// Floor area of the house in hundredths of a square metre, 0..=1000000: `32,5` m² is 3250. It wins over
/// [`FLOOR_AREA`], which earlier versions write.
pub const FLOOR_AREA_DM2: &str = "floor_area_dm2";
/// Where the household lives, `rural` or `urban`: asked in rounds whose communes are not those of this register.
pub const RESIDENCE: &str = "residence";
/// An officer's decision whether the state's allowances count for this household:
/// [`Allowances::word`].
pub const TREATMENT: &str = "treatment";
/// The main cause of poverty.
pub const MAIN_CAUSE: &str = "main_cause";
/// True for a merit household (hộ chính sách người có công).
pub const MERIT: &str = "groups/merit";
/// True when a social-protection beneficiary (đối tượng bảo trợ xã hội) lives here.
pub const SOCIAL_PROTECTION: &str = "groups/social_protection";
/// A note by the volunteer.
pub const NOTE: &str = "note";
/// True when the record was made in error and is withdrawn.
pub const REMOVED: &str = "removed";
/// True when this record does not count in its round, because the household of [`SAME_AS`] does.
pub const DUPLICATE: &str = "duplicate";
/// Id of the household that this one is a second entry of; see [`crate::duplicate`].
pub const SAME_AS: &str = "same_as";
/// Where a household that left the commune in this round went: the id that it has there, or a place in words.
pub const MOVED_TO: &str = "moved_to";
/// Where a household that came into the commune in this round had been: the id that it had there, or a place in words.
pub const MOVED_FROM: &str = "moved_from";
/// Id of the household of which this one was a part until it split off in this round (tách hộ).
pub const SPLIT_FROM: &str = "split_from";
/// True when the household is none any more since this round: its people died or went to live with others.
pub const DISSOLVED: &str = "dissolved";
/// Whether what a section says was carried over from the round before and nobody has confirmed it: head, members, living
/// conditions.
pub const CARRIED: [&str; 3] = ["carried/head", "carried/members", "carried/living"];
/// Of a hamlet: its name from this round on.
pub const AREA_NAME: &str = "area/name";
/// Of a hamlet: true when it is none any more from this round on. Its number is never given again.
pub const AREA_ENDED: &str = "area/ended";
/// Of a hamlet: number of all its households at the end of the round, surveyed or not (tổng số hộ dân).
pub const DECLARED_HOUSEHOLDS: &str = "declared/households";
/// Of a hamlet: how many of these belong to an ethnic minority (hộ dân tộc thiểu số).
pub const DECLARED_ETHNIC_MINORITY: &str = "declared/ethnic_minority";
/// Of a hamlet: who surveys it in the round (điều tra viên), an account or a person's name.
pub const SURVEYOR: &str = "surveyor";
/// Of a unit: number of the decision that opens the round (quyết định mở đợt rà soát).
pub const OPENING_DECISION: &str = "opening/decision";
/// Of a unit: date of that decision.
pub const OPENING_DATE: &str = "opening/date";
/// Of a unit: first day of the survey.
pub const OPENING_FROM: &str = "opening/from";
/// Of a unit: last day of the survey.
pub const OPENING_TO: &str = "opening/to";
/// Of a commune: true for each stage that its round has reached, in the order of [`crate::stage::Stage`].
pub const STAGES: [&str; 6] = [
    "stages/open",
    "stages/survey",
    "stages/meeting",
    "stages/posting",
    "stages/recognised",
    "stages/closed",
];
/// Of a commune: true once the district has reported the round's result; then only the province reopens it.
pub const REPORTED: &str = "stages/reported";
/// Of the hamlet meeting (họp bình xét): `confirmed`, or `sent_back` to be surveyed again.
pub const MEETING_RESULT: &str = "meeting/result";
/// Of the hamlet meeting: people present when the case was put; of a hamlet, when it opened.
pub const MEETING_PRESENT: &str = "meeting/present";
/// Of the hamlet meeting: people who agreed.
pub const MEETING_AGREED: &str = "meeting/agreed";
/// Of a hamlet: where its meeting was held.
pub const MEETING_PLACE: &str = "meeting/place";
/// Of a hamlet: the day of its meeting.
pub const MEETING_DATE: &str = "meeting/date";
/// Of a hamlet: who chaired its meeting.
pub const MEETING_CHAIR: &str = "meeting/chair";
/// Of a hamlet: who wrote the minutes.
pub const MEETING_SECRETARY: &str = "meeting/secretary";
/// Of a hamlet: households invited to its meeting.
pub const MEETING_INVITED: &str = "meeting/invited";
/// Of a hamlet: what was said at its meeting.
pub const MEETING_OPINIONS: &str = "meeting/opinions";
/// Of a commune: first day on which the result hung in public (niêm yết).
pub const POSTING_FROM: &str = "posting/from";
/// Of a commune: last day on which it hung.
pub const POSTING_TO: &str = "posting/to";
/// What a household, or somebody about it, complained of after the posting. With its date and answer it is of the part
/// [`Part::Recognition`], which closing does not freeze, for people complain and are answered while the result already
/// stands; what follows from it for the class is surveyed and decided like anything else.
pub const COMPLAINT_TEXT: &str = "complaint/text";
/// When it complained.
pub const COMPLAINT_DATE: &str = "complaint/date";
/// What it was answered.
pub const COMPLAINT_ANSWER: &str = "complaint/answer";
/// When it was answered.
pub const COMPLAINT_ANSWERED: &str = "complaint/answered";
/// True when the household is to be surveyed again for it.
pub const COMPLAINT_RESURVEY: &str = "complaint/resurvey";
/// Of a commune: number of the decision by which its chair recognises the round's result (quyết định công nhận).
pub const RECOGNITION_DECISION: &str = "recognition/decision";
/// Of a commune: date of that decision.
pub const RECOGNITION_DATE: &str = "recognition/date";
/// Of a commune: full name of who signs it.
pub const RECOGNITION_SIGNER: &str = "recognition/signer";
/// Of a commune: as what they sign, [`Signatory::word`].
pub const RECOGNITION_CHAIR: &str = "recognition/chair";
/// Of a commune: the write of the stage [`crate::stage::Stage::Recognised`] under which its numbers were given, by its stamp. A
/// round that was sent back and recognised again has another one, and what was given before holds no more.
pub const RECOGNITION_UNDER: &str = "recognition/under";
/// Start of a path that ends with a year: the last number of a certificate that the commune has given in that year's series,
/// of all its rounds.
pub const NUMBERS: &str = "numbers/";
/// Start of a path that ends with a certificate's number, `given/2011_1`: the date of the certificates from that number on.
pub const GIVEN: &str = "given/";
/// Start of a path that ends with a certificate's number, `certificate/2011_15`: what it recognises the household as
/// ([`Recognised::word`]), or [`WITHDRAWN`].
pub const CERTIFICATE: &str = "certificate/";
/// What a field of [`CERTIFICATE`] holds once the certificate is worth nothing any more. It never is again.
pub const WITHDRAWN: &str = "withdrawn";
/// Start of a path that ends with a key's id: of the province, a public key by which certificates are checked, in
/// hexadecimal digits. It is never taken off.
pub const KEYS: &str = "keys/";
/// Of a unit: start of the paths of what was imported there, by the import's id, which the server alone writes.
pub const IMPORTS: &str = "imports/";
/// Start of the paths of reviews on request within a year (rà soát thường xuyên, TT 07/2021, confidence high):
/// `review/2023_03/class` is the class that the one of March 2023 found, in the record of round 2023. (A path holds no
/// hyphen: tablets of 0.1 read none that does.)
pub const REVIEW: &str = "review/";
/// Start of the paths of supports that a household was given (hỗ trợ đã nhận) in the year after the round:
/// `support/electricity_2011_1/served`, of the support with that id in the first quarter of 2011, in the record of round 2010;
/// beside it `amount` in đồng, and `by`, who gave it.
pub const SUPPORT: &str = "support/";
/// The largest amount that a household can be given of one support in a quarter, in đồng: 10 billion. So what any number of
/// households is paid can be added up.
pub const MOST_PAID: i64 = 10_000_000_000;
/// First round in whose year households are reviewed on request.
pub const FIRST_REVIEWED: u16 = 2022;
/// Of the province: start of the paths of the reports that are due in the round's year by what an officer has entered:
/// `duties/d1/name`. See [`crate::calendar`].
pub const DUTIES: &str = "duties/";
/// Of a commune or a district: start of a path that ends with a report and the period of the year that it is on, such as
/// `sent/monthly_reviews_3`: the day on which the unit sent it.
pub const SENT: &str = "sent/";
/// Like [`SENT`]: the day on which the office above received it.
pub const RECEIVED: &str = "received/";
/// Who sends a report, in the order of [`crate::calendar::Sender`].
pub const SENDERS: [&str; 2] = ["commune", "district"];
/// What a report is on, in the order of [`crate::calendar::Every`].
pub const EVERY: [&str; 4] = ["month", "quarter", "half", "year"];
/// When the household asked to be reviewed (Giấy đề nghị, Mẫu số 01).
pub const ASKED_DATE: &str = "asked/date";
/// Why it asked, in its words.
pub const ASKED_REASON: &str = "asked/reason";
/// What has befallen the household in the year, for which it is to be visited: the eight events of the quick identification of
/// TT 04/2007's time, of which no points are established. Path, Vietnamese and English name.
pub const EVENTS: [(&str, &str, &str); 8] = [
    (
        "events/income_lost",
        "Mất nguồn thu chính (thiên tai, dịch bệnh, thất bại)",
        "Main source of income lost (disaster, disease, failure)",
    ),
    (
        "events/earner_lost",
        "Lao động chính mất hoặc lâu dài không làm được",
        "Main earner dead or long unable to work",
    ),
    ("events/goods_sold", "Phải bán đất, bán đồ dùng để ăn", "Land or household goods sold to eat"),
    ("events/child_out_of_school", "Trẻ bỏ học vì thiếu tiền", "A child out of school for lack of money"),
    ("events/serious_illness", "Có người bệnh nặng nhiều tháng", "Somebody seriously ill for months"),
    (
        "events/addiction",
        "Có người mắc ma túy, cờ bạc, rượu chè",
        "Somebody caught in drugs, gambling or alcohol",
    ),
    (
        "events/newly_split",
        "Mới tách hộ hoặc có con nhỏ mà không thêm thu nhập",
        "Newly split or a new small child, without new income",
    ),
    ("events/other", "Rủi ro khác làm giảm thu nhập", "Another mishap that hit the income"),
];
/// Start of a path that ends with a uuid: true when the household with that uuid was found to be this one.
pub const MERGED: &str = "merged/";
/// Start of a path that ends with a uuid: true when the household with that uuid was found to be another one.
pub const DIFFERENT: &str = "different/";

/// Whether a field records a decision on two households: that they are the same, or different.
#[must_use]
pub fn is_decision(path: &FieldPath) -> bool {
    let path = path.as_str();
    path == SAME_AS || path == DUPLICATE || path.starts_with(MERGED) || path.starts_with(DIFFERENT)
}

/// Whether a field says how far a commune's round is: which officers say by moving it, and nobody else.
#[must_use]
pub fn is_of_stage(path: &FieldPath) -> bool {
    STAGES.contains(&path.as_str()) || path.as_str() == REPORTED
}

/// Whether a field says which certificates were given: what the server writes in the transaction that gives them, and
/// nobody else.
#[must_use]
pub fn is_of_certificates(path: &FieldPath) -> bool {
    let path = path.as_str();
    path == RECOGNITION_UNDER || [CERTIFICATE, NUMBERS, GIVEN].iter().any(|start| path.starts_with(start))
}

/// Whether the server alone writes a field, after it has judged who may and what is there: no push and no page writes it.
#[must_use]
pub fn is_of_server(path: &FieldPath) -> bool {
    is_of_stage(path)
        || is_of_certificates(path)
        || [KEYS, IMPORTS, DUTIES, SENT, RECEIVED].iter().any(|start| path.as_str().starts_with(start))
}

/// Whether a field names another household.
#[must_use]
pub fn names_another(path: &FieldPath) -> bool {
    is_decision(path) && path.as_str() != DUPLICATE
}

/// Part of a review that a field belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What is found at the household, and what is said of hamlets: frozen when the round is closed.
    Survey,
    /// What the hamlet meeting decides: frozen with it.
    Meeting,
    /// What reviews on request within the year found, which officers enter: frozen with it, too.
    Review,
    /// What the commune decides after it, what is said against that, and the certificates.
    Recognition,
    /// What the household is given.
    Support,
    /// How far the round itself is; and what is of no round, such as keys.
    Round,
}

impl Part {
    /// The part of a field; the first word of its path tells, so that it is known of later versions' fields too.
    #[must_use]
    pub fn of(path: &str) -> Self {
        match path.split('/').next() {
            Some("meeting" | TREATMENT) => Part::Meeting,
            // The class that an officer reads from the points; the points themselves are the survey's.
            Some("points") if path.ends_with("/class") => Part::Meeting,
            Some("review") => Part::Review,
            Some("recognition" | "posting" | "complaint" | "certificate" | "numbers" | "given") => {
                Part::Recognition
            }
            Some("support") => Part::Support,
            Some("stages" | "opening" | "keys" | "duties" | "sent" | "received") => Part::Round,
            _ => Part::Survey,
        }
    }

    /// Whether closing the round freezes it.
    #[must_use]
    pub const fn is_frozen(self) -> bool {
        matches!(self, Part::Survey | Part::Meeting | Part::Review)
    }
}

/// The path of a field about the points of the official forms under the standard of a year: `b1`, `b2`, `class`.
#[must_use]
pub fn points(year: &str, name: &str) -> String {
    format!("points/{year}/{name}")
}

/// The path of a field about the review on request in a month, 1..=12, of a round's year: `class`, `date`.
#[must_use]
pub fn review(round: Round, month: u8, name: &str) -> String {
    format!("{REVIEW}{round}_{month:02}/{name}")
}

/// The month of a path such as `review/2023_03/class`, with the name at its end; `None` for any other path, and where the
/// month is none of the round's year.
fn reviewed(path: &str, round: Round) -> Option<(u8, &str)> {
    let (of, name) = path.strip_prefix(REVIEW)?.split_once('/')?;
    let (year, month) = of.split_once('_').filter(|(year, month)| year.len() == 4 && month.len() == 2)?;
    let is_of_round = year.parse() == Ok(round.year()) && round.year() >= FIRST_REVIEWED;
    let month = month.parse().ok().filter(|month| is_of_round && (1..=12).contains(month))?;
    Some((month, name))
}

/// The month of a path that holds the class a review on request found.
#[must_use]
pub fn reviewed_class(path: &str, round: Round) -> Option<u8> {
    reviewed(path, round).filter(|(_, name)| *name == "class").map(|(month, _)| month)
}

/// The path of a field about a support that a household was given in a quarter, 1..=4, of the year after a round: `served`,
/// `amount`, `by`.
#[must_use]
pub fn support(support: &str, round: Round, quarter: u8, name: &str) -> String {
    format!("{SUPPORT}{support}_{}_{quarter}/{name}", round.year() + 1)
}

/// The support, the quarter and the name of a path such as `support/electricity_2011_1/served`; `None` for any other path, and
/// where the year is not the one after the round.
#[must_use]
pub fn supported(path: &str, round: Round) -> Option<(&str, u8, &str)> {
    let (of, name) = path.strip_prefix(SUPPORT)?.split_once('/')?;
    let (of, quarter) = of.rsplit_once('_')?;
    let (support, year) = of.rsplit_once('_')?;
    let quarter = quarter.parse().ok().filter(|nth| quarter.len() == 1 && (1..=4).contains(nth))?;
    let is_of_round = year.len() == 4 && year.parse() == Ok(round.year() + 1);
    (is_of_round && !support.is_empty()).then_some((support, quarter, name))
}

/// A member's possible relations to the head: word in the field, Vietnamese and English name.
pub const RELATIONS: [(&str, &str, &str); 7] = [
    ("spouse", "Vợ, chồng", "Spouse"),
    ("child", "Con", "Child"),
    ("parent", "Cha, mẹ", "Parent"),
    ("grandchild", "Cháu", "Grandchild"),
    ("grandparent", "Ông, bà", "Grandparent"),
    ("sibling", "Anh, chị, em", "Sibling"),
    ("other", "Khác", "Other"),
];

/// The kind of value that a known field may hold.
pub(crate) enum Kind {
    Text(usize),
    /// A text of several lines, with at most this many characters.
    Lines(usize),
    Int(i64, i64),
    /// A year from 1880 to that of the round: nobody in a survey is born after it.
    BirthYear,
    /// A day in these years.
    BirthDate,
    /// Points of B2: ten for each of at most 12 indicators.
    Tens,
    Money,
    /// An amount that areas add up, at most [`MOST_PAID`].
    Paid,
    Bool,
    Word(&'static [&'static str]),
    IdentityNumber,
    Relation,
    Source,
    Cause,
    Class,
    Household,
    /// A day, written `2011-10-01`.
    Date,
}

/// The fields this version knows: path (`*` stands for an item's id or a word of a list), kind of value,
/// Vietnamese and English name.
pub(crate) const FIELDS: &[(&str, Kind, &str, &str)] = &[
    (HAMLET, Kind::Int(1, 99), "Ấp", "Hamlet"),
    (
        RESIDENCE,
        Kind::Word(&[Residence::Rural.word(), Residence::Urban.word()]),
        "Nông thôn hay thành thị",
        "Rural or urban",
    ),
    (HEAD_NAME, Kind::Text(100), "Họ tên chủ hộ", "Name of the head"),
    (HEAD_BIRTH_YEAR, Kind::BirthYear, "Năm sinh", "Year of birth"),
    (HEAD_SEX, Kind::Word(&["female", "male"]), "Giới tính", "Sex"),
    (HEAD_ETHNIC_MINORITY, Kind::Bool, "Chủ hộ là người dân tộc thiểu số", "Head of an ethnic minority"),
    (HEAD_IDENTITY_NUMBER, Kind::IdentityNumber, "Số CMND/CCCD", "Identity number"),
    (ADDRESS, Kind::Text(300), "Địa chỉ", "Address"),
    (MEMBER_COUNT, Kind::Int(1, 99), "Số người", "Number of people"),
    ("members/*/head", Kind::Bool, "Người trong hộ: là chủ hộ", "Member: is the head"),
    ("members/*/name", Kind::Text(100), "Người trong hộ: họ tên", "Member: name"),
    ("members/*/birth_date", Kind::BirthDate, "Người trong hộ: ngày sinh", "Member: date of birth"),
    ("members/*/birth_year", Kind::BirthYear, "Người trong hộ: năm sinh", "Member: year of birth"),
    ("members/*/sex", Kind::Word(&["female", "male"]), "Người trong hộ: giới tính", "Member: sex"),
    ("members/*/relation", Kind::Relation, "Người trong hộ: quan hệ", "Member: relation"),
    (
        "members/*/identity_number",
        Kind::IdentityNumber,
        "Người trong hộ: số CMND/CCCD",
        "Member: identity number",
    ),
    ("members/*/ethnicity", Kind::Text(40), "Người trong hộ: dân tộc", "Member: ethnicity"),
    ("members/*/months_present", Kind::Int(0, 12), "Người trong hộ: số tháng ở", "Member: months present"),
    ("members/*/joined", Kind::Word(Joined::WORDS), "Người trong hộ: mới về", "Member: newly joined"),
    ("members/*/occupation", Kind::Word(Occupation::WORDS), "Người trong hộ: việc làm", "Member: work"),
    ("members/*/disabled", Kind::Bool, "Người trong hộ: khuyết tật", "Member: has a disability"),
    ("members/*/allowance", Kind::Word(Allowance::WORDS), "Người trong hộ: trợ cấp", "Member: allowance"),
    ("members/*/pupil", Kind::Bool, "Người trong hộ: đang đi học", "Member: at school"),
    ("members/*/seriously_ill", Kind::Bool, "Người trong hộ: bệnh nặng", "Member: seriously ill"),
    ("members/*/insured", Kind::Bool, "Người trong hộ: có bảo hiểm y tế", "Member: has health insurance"),
    ("members/*/removed", Kind::Bool, "Người trong hộ: bỏ khỏi danh sách", "Member: taken off"),
    (NO_INCOME, Kind::Bool, "Không có thu nhập", "No income"),
    ("income/*/source", Kind::Source, "Thu nhập: nguồn", "Income: source"),
    ("income/*/amount", Kind::Money, "Thu nhập: số tiền", "Income: amount"),
    (
        "income/*/own_use_each",
        Kind::Money,
        "Thu nhập: phần để ăn, để dùng mỗi lần",
        "Income: used by the house each time",
    ),
    ("income/*/rhythm", Kind::Word(Rhythm::WORDS), "Thu nhập: bao lâu một lần", "Income: how often"),
    ("income/*/times", Kind::Int(1, 366), "Thu nhập: số lần", "Income: times"),
    ("income/*/costs", Kind::Money, "Thu nhập: chi phí cả 12 tháng", "Income: costs of all 12 months"),
    ("income/*/costs_each", Kind::Money, "Thu nhập: chi phí mỗi lần", "Income: costs each time"),
    ("income/*/removed", Kind::Bool, "Thu nhập: bỏ dòng", "Income: line taken off"),
    (DEPRIVATION_COUNT, Kind::Int(0, 12), "Số chỉ số thiếu hụt", "Lacking indicators"),
    (FLOOR_AREA, Kind::Int(0, 10_000), "Diện tích nhà ở", "Floor of the house"),
    (FLOOR_AREA_DM2, Kind::Int(0, 1_000_000), "Diện tích nhà ở", "Floor of the house"),
    ("points/*/b1", Kind::Int(0, 999), "Điểm B1 (thu nhập)", "Points of B1 (income)"),
    ("points/*/b2", Kind::Tens, "Điểm B2 (thiếu hụt)", "Points of B2 (lacking)"),
    ("points/*/class", Kind::Class, "Hạng theo điểm B1, B2", "Class by points B1, B2"),
    (
        TREATMENT,
        Kind::Word(&[Allowances::Counted.word(), Allowances::NotCounted.word()]),
        "Tính hay không tính trợ cấp",
        "Whether allowances count",
    ),
    // Whether the household lacks the indicator with this id.
    ("deprivations/*", Kind::Bool, "Điều kiện sống", "Living conditions"),
    (MAIN_CAUSE, Kind::Cause, "Nguyên nhân chính", "Main cause"),
    ("causes/*", Kind::Bool, "Nguyên nhân nghèo", "Cause of poverty"),
    (MERIT, Kind::Bool, "Hộ người có công", "Merit household"),
    (SOCIAL_PROTECTION, Kind::Bool, "Đối tượng bảo trợ xã hội", "Social-protection beneficiary"),
    (NOTE, Kind::Lines(2_000), "Ghi chú", "Note"),
    (REMOVED, Kind::Bool, "Xóa phiếu", "Withdrawn"),
    (
        CARRIED[0],
        Kind::Bool,
        "Chủ hộ theo đợt trước, chưa xác nhận",
        "Head as in the last round, not confirmed",
    ),
    (
        CARRIED[1],
        Kind::Bool,
        "Người trong hộ theo đợt trước, chưa xác nhận",
        "Members as in the last round, not confirmed",
    ),
    (
        CARRIED[2],
        Kind::Bool,
        "Điều kiện sống theo đợt trước, chưa xác nhận",
        "Living conditions as in the last round, not confirmed",
    ),
    (MOVED_TO, Kind::Text(100), "Chuyển đi đâu", "Moved away to"),
    (MOVED_FROM, Kind::Text(100), "Từ đâu chuyển đến", "Moved in from"),
    (SPLIT_FROM, Kind::Household, "Tách ra từ hộ", "Split off the household"),
    (DISSOLVED, Kind::Bool, "Không còn hộ", "No household any more"),
    (ASKED_DATE, Kind::Date, "Ngày đề nghị rà soát", "Asked to be reviewed on"),
    (ASKED_REASON, Kind::Text(300), "Lý do đề nghị", "Why it asked"),
    (EVENTS[0].0, Kind::Bool, EVENTS[0].1, EVENTS[0].2),
    (EVENTS[1].0, Kind::Bool, EVENTS[1].1, EVENTS[1].2),
    (EVENTS[2].0, Kind::Bool, EVENTS[2].1, EVENTS[2].2),
    (EVENTS[3].0, Kind::Bool, EVENTS[3].1, EVENTS[3].2),
    (EVENTS[4].0, Kind::Bool, EVENTS[4].1, EVENTS[4].2),
    (EVENTS[5].0, Kind::Bool, EVENTS[5].1, EVENTS[5].2),
    (EVENTS[6].0, Kind::Bool, EVENTS[6].1, EVENTS[6].2),
    (EVENTS[7].0, Kind::Bool, EVENTS[7].1, EVENTS[7].2),
    ("review/*/class", Kind::Class, "Rà soát trong năm: hạng", "Review within the year: class"),
    ("review/*/date", Kind::Date, "Rà soát trong năm: ngày quyết định", "Review within the year: decided on"),
    (MEETING_RESULT, Kind::Word(&["confirmed", "sent_back"]), "Họp ấp: kết quả", "Hamlet meeting: result"),
    (MEETING_PRESENT, Kind::Int(1, 9_999), "Họp ấp: số người dự", "Hamlet meeting: people present"),
    (MEETING_AGREED, Kind::Int(0, 9_999), "Họp ấp: số người đồng ý", "Hamlet meeting: people who agreed"),
    (COMPLAINT_TEXT, Kind::Lines(2_000), "Khiếu nại: nội dung", "Complaint: what it says"),
    (COMPLAINT_DATE, Kind::Date, "Khiếu nại: ngày nhận", "Complaint: received on"),
    (COMPLAINT_ANSWER, Kind::Lines(2_000), "Khiếu nại: trả lời", "Complaint: answer"),
    (COMPLAINT_ANSWERED, Kind::Date, "Khiếu nại: ngày trả lời", "Complaint: answered on"),
    (COMPLAINT_RESURVEY, Kind::Bool, "Khiếu nại: rà soát lại", "Complaint: to be surveyed again"),
    (
        "certificate/*",
        Kind::Word(&[
            Recognised::Poor.word(),
            Recognised::NearPoor.word(),
            Recognised::EscapedPoor.word(),
            Recognised::EscapedNearPoor.word(),
            WITHDRAWN,
        ]),
        "Giấy chứng nhận số",
        "Certificate no.",
    ),
    ("support/*/served", Kind::Bool, "Hỗ trợ đã nhận", "Support given"),
    ("support/*/amount", Kind::Paid, "Hỗ trợ: số tiền", "Support: amount"),
    ("support/*/by", Kind::Text(100), "Hỗ trợ: nơi cấp", "Support: given by"),
    (DUPLICATE, Kind::Bool, "Phiếu trùng, không tính", "Duplicate, not counted"),
    (SAME_AS, Kind::Household, "Là cùng một hộ với", "Is the same household as"),
    ("merged/*", Kind::Bool, "Gồm cả phiếu trùng", "Takes in a duplicate record"),
    ("different/*", Kind::Bool, "Là hộ khác với hộ giống nó", "Is not the household it resembles"),
];

/// The fields of hamlets, as those of households.
pub(crate) const AREA_FIELDS: &[(&str, Kind, &str, &str)] = &[
    (AREA_NAME, Kind::Text(60), "Tên ấp", "Name of the hamlet"),
    (AREA_ENDED, Kind::Bool, "Không còn ấp", "No hamlet any more"),
    (DECLARED_HOUSEHOLDS, Kind::Int(0, 9_999), "Tổng số hộ dân của ấp", "All households of the hamlet"),
    (
        DECLARED_ETHNIC_MINORITY,
        Kind::Int(0, 9_999),
        "Trong đó hộ dân tộc thiểu số",
        "Of these, of an ethnic minority",
    ),
    (SURVEYOR, Kind::Text(100), "Điều tra viên", "Surveyed by"),
    (MEETING_PLACE, Kind::Text(200), "Họp ấp: địa điểm", "Hamlet meeting: place"),
    (MEETING_DATE, Kind::Date, "Họp ấp: ngày họp", "Hamlet meeting: day"),
    (MEETING_CHAIR, Kind::Text(100), "Họp ấp: chủ trì", "Hamlet meeting: chair"),
    (MEETING_SECRETARY, Kind::Text(100), "Họp ấp: thư ký", "Hamlet meeting: secretary"),
    (MEETING_INVITED, Kind::Int(0, 9_999), "Họp ấp: số hộ được mời", "Hamlet meeting: households invited"),
    (MEETING_PRESENT, Kind::Int(1, 9_999), "Họp ấp: số người dự", "Hamlet meeting: people present"),
    (MEETING_OPINIONS, Kind::Lines(2_000), "Họp ấp: ý kiến", "Hamlet meeting: opinions"),
];

/// The fields of units: of a commune what opens its round; of a district or the province what goes for all communes in it
/// that say nothing themselves.
pub(crate) const UNIT_FIELDS: &[(&str, Kind, &str, &str)] = &[
    (OPENING_DECISION, Kind::Text(100), "Quyết định mở đợt", "Decision that opens the round"),
    (OPENING_DATE, Kind::Date, "Ngày quyết định", "Date of the decision"),
    (OPENING_FROM, Kind::Date, "Rà soát từ ngày", "Survey from"),
    (OPENING_TO, Kind::Date, "Rà soát đến ngày", "Survey until"),
];

/// The fields that communes alone have.
pub(crate) const COMMUNE_FIELDS: &[(&str, Kind, &str, &str)] = &[
    (STAGES[0], Kind::Bool, "Mở đợt", "Opened"),
    (STAGES[1], Kind::Bool, "Rà soát", "Survey"),
    (STAGES[2], Kind::Bool, "Họp ấp", "Meetings"),
    (STAGES[3], Kind::Bool, "Niêm yết", "Posting"),
    (STAGES[4], Kind::Bool, "Công nhận", "Recognised"),
    (STAGES[5], Kind::Bool, "Khóa đợt", "Closed"),
    (REPORTED, Kind::Bool, "Huyện đã báo cáo", "Reported by the district"),
    (POSTING_FROM, Kind::Date, "Niêm yết từ ngày", "Posted from"),
    (POSTING_TO, Kind::Date, "Niêm yết đến ngày", "Posted until"),
    (RECOGNITION_DECISION, Kind::Text(100), "Quyết định công nhận", "Decision of recognition"),
    (RECOGNITION_DATE, Kind::Date, "Ngày công nhận", "Date of recognition"),
    (RECOGNITION_SIGNER, Kind::Text(100), "Người ký công nhận", "Recognition signed by"),
    (
        RECOGNITION_CHAIR,
        Kind::Word(&[Signatory::Chair.word(), Signatory::Vice.word()]),
        "Chức vụ người ký",
        "Signed as",
    ),
    (RECOGNITION_UNDER, Kind::Text(40), "Lần công nhận đã cấp số", "Recognition that gave the numbers"),
    (
        "numbers/*",
        Kind::Int(1, 65_535),
        "Số giấy chứng nhận sau cùng của năm",
        "Last certificate number of the year",
    ),
    ("given/*", Kind::Date, "Ngày cấp, kể từ giấy chứng nhận số", "Date given, from certificate no."),
];

/// The fields of units that send reports: communes and districts.
pub(crate) const SENDER_FIELDS: &[(&str, Kind, &str, &str)] = &[
    ("sent/*", Kind::Date, "Báo cáo theo lịch: ngày gửi", "Report of the calendar: sent on"),
    ("received/*", Kind::Date, "Báo cáo theo lịch: ngày nhận", "Report of the calendar: received on"),
];

/// The fields that the province alone has.
pub(crate) const PROVINCE_FIELDS: &[(&str, Kind, &str, &str)] = &[
    ("keys/*", Kind::Text(64), "Khóa kiểm giấy chứng nhận", "Key to check certificates with"),
    ("duties/*/name", Kind::Text(100), "Lịch báo cáo: tên báo cáo", "Calendar of reports: name"),
    ("duties/*/from", Kind::Word(&SENDERS), "Lịch báo cáo: nơi gửi", "Calendar of reports: sent by"),
    ("duties/*/every", Kind::Word(&EVERY), "Lịch báo cáo: kỳ báo cáo", "Calendar of reports: how often"),
    (
        "duties/*/days",
        Kind::Int(1, 90),
        "Lịch báo cáo: hạn, số ngày sau kỳ",
        "Calendar of reports: due, days after the period",
    ),
    ("duties/*/report", Kind::Text(20), "Lịch báo cáo: bảng", "Calendar of reports: table"),
    ("duties/*/removed", Kind::Bool, "Lịch báo cáo: bỏ báo cáo", "Calendar of reports: taken off"),
];

/// The entry of [`FIELDS`] for a path; `None` for a field this version does not know.
pub(crate) fn known(path: &str) -> Option<&'static (&'static str, Kind, &'static str, &'static str)> {
    FIELDS
        .iter()
        .chain(AREA_FIELDS)
        .chain(UNIT_FIELDS)
        .chain(COMMUNE_FIELDS)
        .chain(SENDER_FIELDS)
        .chain(PROVINCE_FIELDS)
        .find(|(pattern, ..)| matches(pattern, path))
}

/// Whether records about a subject have a field; a field that this version does not know may be of any.
fn is_of(subject: Subject, path: &str) -> bool {
    let has = |fields: &[(&str, Kind, &str, &str)]| fields.iter().any(|(pattern, ..)| matches(pattern, path));
    let is_own = match subject.of {
        Of::Household(_) => has(FIELDS),
        Of::Hamlet(_) => has(AREA_FIELDS),
        Of::Unit => match subject.unit.area() {
            AreaCode::Province(_) => has(UNIT_FIELDS) || has(PROVINCE_FIELDS),
            AreaCode::Commune(_) => has(UNIT_FIELDS) || has(COMMUNE_FIELDS) || has(SENDER_FIELDS),
            AreaCode::District(_) | AreaCode::Hamlet(_) => has(UNIT_FIELDS) || has(SENDER_FIELDS),
        },
    };
    is_own || known(path).is_none()
}

/// Earliest year of birth accepted.
const FIRST_BIRTH: i64 = 1880;
/// Largest value, in bytes, of a field that this version does not know.
const MAX_UNKNOWN: usize = 4_000;

/// The rules of the fields of households and hamlets.
pub const RULES: Rules = Rules {
    fault: |change, RecordKey { subject, round }| {
        if !is_of(subject, change.field.as_str()) {
            return Some(format!("records of {subject} have no such field"));
        }
        let holds = may_hold(&change.field, round, &change.value);
        (!holds).then(|| rule(Lang::En, change.field.as_str(), round))
    },
    settles: |path| is_decision(path) || is_of_certificates(path) || path.as_str() == REMOVED,
    knows: |path| known(path.as_str()).is_some(),
};

/// Whether a field may hold a value in a round. Null clears any field.
///
/// A field that this version does not know takes any value of at most 4000 bytes without hidden characters, so
/// that a newer device loses nothing. [`rule`] says in words what a field may hold.
#[must_use]
pub fn may_hold(path: &FieldPath, round: Round, value: &Value) -> bool {
    let Some((_, kind, ..)) = known(path.as_str()) else {
        return value.size() <= MAX_UNKNOWN && !hides_somewhere(value);
    };
    let within = |low: i64, high: i64| value.as_int().is_some_and(|n| low <= n && n <= high);
    let text = value.as_text();
    let is_one_of = |word: fn(&str) -> bool| text.is_some_and(word);
    let is_sound = match path.as_str() {
        path if path.starts_with(REVIEW) => reviewed(path, round).is_some(),
        path if path.starts_with(CERTIFICATE) => CertificateNumber::of_path(path).is_some(),
        path if path.starts_with(SUPPORT) => supported(path, round).is_some(),
        _ => true,
    };
    *value == Value::Null
        || is_sound
            && match kind {
                Kind::Text(max) => text.is_some_and(|text| text.chars().count() <= *max && !hides(text, ' ')),
                Kind::Lines(max) => {
                    text.is_some_and(|text| text.chars().count() <= *max && !hides(text, '\n'))
                }
                Kind::Int(low, high) => within(*low, *high),
                Kind::BirthYear => within(FIRST_BIRTH, round.year().into()),
                Kind::BirthDate => is_one_of(is_date) && text.is_some_and(|text| is_birth(text, round)),
                Kind::Tens => within(0, 120) && value.as_int().is_some_and(|n| n % 10 == 0),
                Kind::Money => within(0, Vnd::MAX.get()),
                Kind::Paid => within(0, MOST_PAID),
                Kind::Bool => matches!(value, Value::Bool(_)),
                Kind::Word(words) => text.is_some_and(|text| words.contains(&text)),
                Kind::Relation => is_one_of(|text| RELATIONS.iter().any(|(word, ..)| *word == text)),
                Kind::Source => is_one_of(|text| IncomeSource::from_word(text).is_some()),
                Kind::Cause => is_one_of(|text| Cause::from_word(text).is_some()),
                Kind::Class => is_one_of(|text| Class::from_word(text).is_some()),
                Kind::IdentityNumber => {
                    is_one_of(|text| matches!(text.len(), 9 | 12) && text.bytes().all(|b| b.is_ascii_digit()))
                }
                Kind::Household => is_one_of(|text| text.parse::<HouseholdId>().is_ok()),
                Kind::Date => is_one_of(is_date),
            }
}

/// Whether somebody in a survey of the round can be born on a day.
fn is_birth(day: &str, round: Round) -> bool {
    let year = day.get(..4).and_then(|year| year.parse::<i64>().ok());
    year.is_some_and(|year| (FIRST_BIRTH..=round.year().into()).contains(&year))
}

/// The day that a text says, like `2011-10-01`. (A parser of all that is a date would be a tenth of what a tablet downloads.)
#[must_use]
pub fn date(text: &str) -> Option<Date> {
    let digits = |from: usize, to: usize| {
        let part = text.get(from..to).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))?;
        part.parse::<i16>().ok()
    };
    let has_shape = text.len() == 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
    let (year, month, day) = (digits(0, 4)?, digits(5, 7)?, digits(8, 10)?);
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok();
    date.filter(|_| has_shape)
}

fn is_date(text: &str) -> bool {
    date(text).is_some()
}

/// What a field may hold in a round, in words, for a person whose value was refused.
#[must_use]
pub fn rule(lang: Lang, path: &str, round: Round) -> String {
    let (low, high) = match known(path).map(|(_, kind, ..)| kind) {
        Some(Kind::Text(max) | Kind::Lines(max)) => (0, i64::try_from(*max).unwrap_or(i64::MAX)),
        Some(Kind::Int(low, high)) => (*low, *high),
        Some(Kind::BirthYear | Kind::BirthDate) => (FIRST_BIRTH, round.year().into()),
        Some(Kind::Money) => (0, Vnd::MAX.get()),
        Some(Kind::Paid) => (0, MOST_PAID),
        _ => (0, 0),
    };
    let words = match known(path).map(|(_, kind, ..)| kind) {
        _ if path.starts_with(REVIEW) && reviewed(path, round).is_none() => lang.pick(
            "Tháng rà soát phải thuộc năm của đợt, từ năm 2022, ví dụ review/2023_03/class",
            "A month of the round's year, since 2022, like review/2023_03/class in round 2023",
        ),
        _ if path.starts_with(SUPPORT) && supported(path, round).is_none() => lang.pick(
            "Quý phải thuộc năm sau năm của đợt, ví dụ support/electricity_2011_1/served trong đợt 2010",
            "A quarter of the year after the round's, like support/electricity_2011_1/served in round 2010",
        ),
        Some(Kind::Text(_) | Kind::Lines(_)) => lang.pick(
            "Nhiều nhất {high} chữ, không có ký tự ẩn",
            "A text of at most {high} letters, none of them hidden (controls, joiners, marks of direction)",
        ),
        Some(Kind::Int(..)) => {
            lang.pick("Số phải từ {low} đến {high}", "A whole number from {low} to {high}")
        }
        Some(Kind::BirthYear) => lang.pick(
            "Năm sinh ghi đủ bốn số, từ {low} đến năm của đợt rà soát, {high}",
            "A year in four digits, from {low} to that of the round, {high}",
        ),
        Some(Kind::BirthDate) => lang.pick(
            "Ngày sinh ghi đủ ngày, tháng, năm, từ năm {low} đến năm của đợt rà soát, {high}",
            "A day written year-month-day, from the year {low} to that of the round, {high}",
        ),
        Some(Kind::Tens) => lang.pick(
            "Điểm B2 là 0, 10, 20 … đến 120: mỗi điều thiếu hụt 10 điểm",
            "Points of B2 are 0, 10, 20 … to 120: ten for each indicator",
        ),
        Some(Kind::Money) => lang.pick(
            "Số tiền là số nguyên từ 0 đến {high}, ví dụ 1.500.000",
            "An amount in digits, a whole number from 0 to {high}",
        ),
        Some(Kind::Paid) => lang.pick(
            "Số tiền ghi bằng số, từ 0 đến {high} đồng, ví dụ 90.000",
            "An amount in digits, a whole number of đ from 0 to {high}",
        ),
        Some(Kind::IdentityNumber) => lang.pick(
            "CMND có 9 chữ số, CCCD có 12; không có thì để trống",
            "The 9 digits of a CMND or the 12 of a CCCD; leave empty when there is none",
        ),
        Some(Kind::Bool) => lang.pick("Có hoặc không", "True or false"),
        Some(Kind::Household) => lang.pick("Mã của một hộ", "A household's id"),
        Some(Kind::Date) => lang.pick(
            "Ngày ghi năm-tháng-ngày, ví dụ 2011-10-01",
            "A day written year-month-day, like 2011-10-01",
        ),
        Some(Kind::Word(words)) => return one_of(lang, words.iter().copied()),
        Some(Kind::Relation) => return one_of(lang, RELATIONS.iter().map(|(word, ..)| *word)),
        Some(Kind::Source) => return one_of(lang, IncomeSource::ALL.iter().map(|source| source.word())),
        Some(Kind::Cause) => return one_of(lang, Cause::ALL.iter().map(|cause| cause.word())),
        Some(Kind::Class) => return one_of(lang, Class::ALL.iter().map(|class| class.word())),
        None => lang.pick(
            "Dài quá 4000 byte, hoặc có ký tự ẩn",
            "The value of a field is at most 4000 bytes, without hidden characters",
        ),
    };
    words.replace("{low}", &low.to_string()).replace("{high}", &high.to_string())
}

fn hides_somewhere(value: &Value) -> bool {
    match value {
        Value::Text(text) => hides(text, '\n'),
        Value::List(items) => items.iter().any(hides_somewhere),
        Value::Map(items) => items.values().any(hides_somewhere),
        Value::Null | Value::Bool(_) | Value::Int(_) => false,
    }
}

/// A field's text for display, without hidden characters. Line breaks become spaces, except in fields of several
/// lines and in fields that this version does not know.
#[must_use]
pub fn shown<'t>(path: &str, text: &'t str) -> Cow<'t, str> {
    match known(path) {
        None | Some((_, Kind::Lines(_), ..)) => lines(text),
        Some(_) => one_line(text),
    }
}

/// A typed identity number without what people put between its digits: spaces, dots, hyphens.
#[must_use]
pub fn identity_number(typed: &str) -> String {
    let between = |c: char| c.is_whitespace() || c == '.' || is_hyphen(c) || is_hidden(c);
    typed.chars().filter(|c| !between(*c)).collect()
}

/// Removes from a value about to be written its hidden characters, and from an identity number what stands
/// between its digits. Records written by earlier versions may hold both.
pub fn clean(path: &FieldPath, value: &mut Value) {
    match value {
        Value::Text(text) if matches!(known(path.as_str()), Some((_, Kind::IdentityNumber, ..))) => {
            *text = identity_number(text);
        }
        Value::Text(text) => {
            if let Cow::Owned(cleaned) = shown(path.as_str(), text) {
                *text = cleaned;
            }
        }
        Value::List(items) => items.iter_mut().for_each(|item| clean(path, item)),
        Value::Map(items) => items.values_mut().for_each(|item| clean(path, item)),
        Value::Null | Value::Bool(_) | Value::Int(_) => {}
    }
}

fn one_of(lang: Lang, words: impl Iterator<Item = &'static str>) -> String {
    let words = words.collect::<Vec<_>>().join(", ");
    [lang.pick("Chọn một trong: ", "One of "), words.as_str()].concat()
}

/// Whether a path matches a pattern in which one `*` may stand for one segment. Called for every field of every
/// operation.
fn matches(pattern: &str, path: &str) -> bool {
    if pattern.as_bytes().first() != path.as_bytes().first() {
        return false;
    }
    let Some((before, after)) = pattern.split_once('*') else { return pattern == path };
    let item = path.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    item.is_some_and(|item| !item.is_empty() && !item.contains('/'))
}

#[cfg(test)]
mod tests;
