//! What officers are told of a round's meetings and recognition, and write about them: `/api/v1/rounds/…`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::area::{CommuneCode, HamletCode};
use crate::household::{CertificateNumber, Recognised, Signatory};
use crate::record::{FieldPath, HouseholdId, Round, Value};
use crate::stage::Stage;
use crate::standard::{Class, Majority};

/// The chair's decision that recognises a commune's round: `POST /api/v1/rounds/{round}/communes/{commune}/recognition`. It
/// gives each household a number that has no certificate yet of what it is recognised as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRecognition {
    /// Number of the decision.
    #[cfg_attr(feature = "openapi", schema(max_length = 100))]
    pub decision: String,
    /// Its date, like `2011-12-05`: in the round's year or the next. The numbers are of the series of its year.
    pub date: String,
    /// Full name of who signs it.
    #[cfg_attr(feature = "openapi", schema(max_length = 100))]
    pub signer: String,
    /// As what they sign.
    #[serde(default)]
    pub chair: Signatory,
}

/// What a commune has recognised in a round: `GET /api/v1/rounds/{round}/communes/{commune}/recognition`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecognitionPage {
    /// The commune.
    pub commune: CommuneCode,
    /// The round.
    pub round: Round,
    /// The stage that the round has reached; null where it was never opened.
    pub stage: Option<Stage>,
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
    /// By how many voices a meeting confirms; null where that is not established.
    pub majority: Option<Majority>,
    /// The hamlets with their meetings, by number.
    pub meetings: Vec<HamletMeeting>,
    /// Of each kind of recognition how many households there are, and how many hold a certificate of it.
    pub counts: Vec<RecognitionCount>,
    /// Households that are to be given a number.
    pub left: u64,
    /// Certificates that hold and say something else of their households than what these are recognised as now: the next
    /// recognition withdraws them, and the round is not closed before.
    pub outdated: u64,
    /// Numbers given by this request.
    pub given: u64,
    /// Whether papers carry a code by which they are checked.
    pub has_code: bool,
    /// The certificates on the households' records, by number; at most 5000.
    pub certificates: Vec<GivenCertificate>,
    /// Whether there are more.
    pub more: bool,
}

/// Households of one kind of recognition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecognitionCount {
    /// As what they are recognised.
    pub recognised: Recognised,
    /// Households.
    pub households: u64,
    /// Those that hold a certificate of it.
    pub certified: u64,
}

/// A certificate that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GivenCertificate {
    /// Its number.
    #[serde(flatten)]
    pub number: CertificateNumber,
    /// The household.
    pub household: HouseholdId,
    /// Name of its head.
    pub head_name: Option<String>,
    /// Number of its hamlet.
    pub hamlet: Option<u8>,
    /// As what it recognises the household; null once it is withdrawn.
    pub recognised: Option<Recognised>,
    /// Its date.
    pub date: Option<String>,
    /// Whether it holds: it is not withdrawn, and the round stands by the recognition under which it was given.
    pub valid: bool,
    /// Whether it holds and its household is no longer recognised as what it says.
    pub outdated: bool,
}

/// What is said of a hamlet's meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HamletMeeting {
    /// The hamlet.
    pub hamlet: HamletCode,
    /// The name that it was last given, in this round or before.
    pub name: Option<String>,
    /// Where it was held.
    pub place: Option<String>,
    /// On which day.
    pub date: Option<String>,
    /// Who chaired it.
    pub chair: Option<String>,
    /// Who wrote the minutes.
    pub secretary: Option<String>,
    /// Households invited.
    pub invited: Option<i64>,
    /// People present.
    pub present: Option<i64>,
    /// What was said.
    pub opinions: Option<String>,
}

/// What a hamlet meeting decided of a household.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MeetingOutcome {
    /// It confirmed the case.
    Confirmed,
    /// It sent it back to be surveyed again.
    SentBack,
}

/// The cases of a commune's meetings: `GET /api/v1/rounds/{round}/communes/{commune}/cases`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CasePage {
    /// The cases, by hamlet and name: households that are poor or near-poor, have come out of it, were sent back, or complain;
    /// at most 5000.
    pub cases: Vec<MeetingCase>,
    /// Whether there are more.
    pub more: bool,
    /// By how many voices a meeting confirms; null where that is not established.
    pub majority: Option<Majority>,
}

/// A household before its hamlet's meeting, and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MeetingCase {
    /// The household.
    pub household: HouseholdId,
    /// Number of its hamlet.
    pub hamlet: Option<u8>,
    /// Name of its head.
    pub head_name: Option<String>,
    /// The head's year of birth.
    pub birth_year: Option<i64>,
    /// Number of people who count as members.
    pub members: Option<u8>,
    /// The class at the start of the round, where that was poor or near-poor.
    pub start: Option<Class>,
    /// The class by which the next year starts; null where it is not decided.
    pub class: Option<Class>,
    /// As what it would be recognised; null where as nothing.
    pub recognised: Option<Recognised>,
    /// People present when the case was put.
    pub present: Option<i64>,
    /// People who agreed.
    pub agreed: Option<i64>,
    /// What the meeting decided; null where it has not.
    pub outcome: Option<MeetingOutcome>,
    /// Whether it was confirmed though fewer agreed than the rule asks for.
    pub doubtful: bool,
    /// What it complained of after the posting; null where it did not.
    pub complaint: Option<FiledComplaint>,
    /// Number of its certificate that holds; null where it has none.
    pub certificate: Option<CertificateNumber>,
}

/// A complaint after the posting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FiledComplaint {
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

/// What an officer writes of a household's case: `PATCH /api/v1/rounds/{round}/communes/{commune}/households/{household}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CaseEdit {
    /// Fields `meeting/…` and `complaint/…`, and what they are to hold; null clears one.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub fields: BTreeMap<FieldPath, Value>,
}
