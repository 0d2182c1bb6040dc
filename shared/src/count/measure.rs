//! What is counted.

use std::str::FromStr;
use std::sync::LazyLock;

use crate::household::{Cause, Group};
use crate::standard::Class;

/// Number of the first measure of a support. Those before it are for counts that have names of their own.
const SUPPORTS_FROM: u16 = 512;

/// Makes [`Measure`] of the counts that have names of their own, and of four for each support of the law files. What is new is
/// added at the end of its list.
macro_rules! measures {
    (
        $(#[$doc:meta])* {
            $($(#[$of:meta])* $name:ident = $number:literal,)*
        }
        $($nth:literal $id:literal => $entitled:ident, $served:ident, $other:ident, $paid:ident;)*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        pub enum Measure {
            $($(#[$of])* $name = $number,)*
            $(
                #[doc = concat!("Households entitled to `", $id, "` in the year that follows the round.")]
                $entitled = SUPPORTS_FROM + 4 * $nth,
                #[doc = concat!("Of these, households that were given `", $id, "`.")]
                $served,
                #[doc = concat!("Other households that were given `", $id, "`.")]
                $other,
                #[doc = concat!("What was paid out for `", $id, "`, in đồng.")]
                $paid,
            )*
        }

        impl Measure {
            /// All measures, by rising numbers.
            pub const ALL: [Measure; NAMED + 4 * SUPPORTS.len()] =
                [$(Measure::$name,)* $(Measure::$entitled, Measure::$served, Measure::$other, Measure::$paid,)*];
        }

        /// How many counts have names of their own.
        const NAMED: usize = [$($number),*].len();

        /// The ids of the supports that are counted, in the order of their measures.
        pub(crate) const SUPPORTS: [&str; [$($id),*].len()] = [$($id),*];
    };
}

measures! {
    /// A count that every tally keeps. Its number is part of what is stored: it is never changed or used again, and new
    /// measures are added at the end.
    {
        /// Households recorded.
        Households = 0,
        /// People who count as members.
        Persons = 1,
        /// Households of [`Class::Poor`].
        Poor = 2,
        /// Households of [`Class::NearPoor`].
        NearPoor = 3,
        /// Households of [`Class::LowIncome`].
        LowIncome = 4,
        /// Households of [`Class::Above`].
        Above = 5,
        /// Poor households with the main cause [`Cause::LackOfMeans`].
        PoorForLackOfMeans = 6,
        /// Poor households with the main cause [`Cause::LackOfLabour`].
        PoorForLackOfLabour = 7,
        /// Poor households with the main cause [`Cause::LackOfKnowHow`].
        PoorForLackOfKnowHow = 8,
        /// Poor households with the main cause [`Cause::Other`].
        PoorForAnotherCause = 9,
        /// Poor households headed by a woman. The groups overlap.
        PoorFemaleHeaded = 10,
        /// Poor households headed by a member of an ethnic minority.
        PoorEthnicMinorityHeaded = 11,
        /// Poor households of merit.
        PoorMerit = 12,
        /// Poor households with a beneficiary of social protection.
        PoorSocialProtection = 13,
        /// Poor households at the start of the round: in that class at the end of the round before, by its opening result where it has two.
        PoorAtStart = 14,
        /// Poor households of these, headed by a member of an ethnic minority.
        PoorAtStartEthnicMinority = 15,
        /// Poor households at the start and still at the end.
        PoorStill = 16,
        /// Poor households that have become near-poor.
        PoorToNearPoor = 17,
        /// Poor households that have become low-income.
        PoorToLowIncome = 18,
        /// Poor households that have come out above every line.
        PoorToAbove = 19,
        /// Poor households again: it was in that class in an earlier round, and had left it.
        PoorAgain = 20,
        /// Poor households for the first time.
        PoorNew = 21,
        /// Poor households that were last known as near-poor; each is also counted as again or new.
        PoorFromNearPoor = 22,
        /// Poor households that have moved in.
        PoorMovedIn = 23,
        /// Poor households that have split off another household.
        PoorSplitOff = 24,
        /// Poor households that were missed by the round before, and are in the class they were last known in.
        PoorReturned = 25,
        /// Poor households that have moved away.
        PoorMovedOut = 26,
        /// Poor households that have been dissolved.
        PoorDissolved = 27,
        /// Poor households that were found to be one with another household of the start.
        PoorJoined = 28,
        /// Poor households at the start, not surveyed yet, or not so far that their class is decided.
        PoorPending = 29,
        /// Poor households at the start in another hamlet of the commune.
        PoorHamletIn = 30,
        /// Poor households at the start that now stand in another hamlet of the commune.
        PoorHamletOut = 31,
        /// Near-poor households at the start of the round: in that class at the end of the round before, by its opening result where it has two.
        NearPoorAtStart = 32,
        /// Near-poor households of these, headed by a member of an ethnic minority.
        NearPoorAtStartEthnicMinority = 33,
        /// Near-poor households at the start and still at the end.
        NearPoorStill = 34,
        /// Near-poor households that have become poor.
        NearPoorToPoor = 35,
        /// Near-poor households that have become low-income.
        NearPoorToLowIncome = 36,
        /// Near-poor households that have come out above every line.
        NearPoorToAbove = 37,
        /// Near-poor households again: it was in that class in an earlier round, and had left it.
        NearPoorAgain = 38,
        /// Near-poor households for the first time.
        NearPoorNew = 39,
        /// Near-poor households that were last known as poor; each is also counted as new.
        NearPoorFromPoor = 40,
        /// Near-poor households that have moved in.
        NearPoorMovedIn = 41,
        /// Near-poor households that have split off another household.
        NearPoorSplitOff = 42,
        /// Near-poor households that were missed by the round before, and are in the class they were last known in.
        NearPoorReturned = 43,
        /// Near-poor households that have moved away.
        NearPoorMovedOut = 44,
        /// Near-poor households that have been dissolved.
        NearPoorDissolved = 45,
        /// Near-poor households that were found to be one with another household of the start.
        NearPoorJoined = 46,
        /// Near-poor households at the start, not surveyed yet, or not so far that their class is decided.
        NearPoorPending = 47,
        /// Near-poor households at the start in another hamlet of the commune.
        NearPoorHamletIn = 48,
        /// Near-poor households at the start that now stand in another hamlet of the commune.
        NearPoorHamletOut = 49,
        /// Households headed by a member of an ethnic minority, of any class.
        EthnicMinorityHeaded = 50,
        /// Near-poor households headed by a member of an ethnic minority.
        NearPoorEthnicMinorityHeaded = 51,
        /// Households of [`Class::Poor`] by the opening result: of a round with two results, the one by the standard that opens the next period.
        OpeningPoor = 52,
        /// Households of [`Class::NearPoor`] by the opening result.
        OpeningNearPoor = 53,
        /// Households of [`Class::LowIncome`] by the opening result.
        OpeningLowIncome = 54,
        /// Households of [`Class::Above`] by the opening result.
        OpeningAbove = 55,
        /// Low-income households at the start of the round.
        LowIncomeAtStart = 56,
        /// Low-income households at the start that are not surveyed yet, or not so far that their class is decided.
        LowIncomePending = 57,
        /// All households, surveyed or not, as the hamlet has declared them.
        Declared = 58,
        /// Of these, those of an ethnic minority.
        DeclaredEthnicMinority = 59,
        /// Households that the hamlet meeting has sent back to be surveyed again.
        SentBack = 60,
        /// Households whose class rests on a treatment of allowances that is not established: by the other one it is another.
        OpenTreatment = 61,
        /// Households whose class is our estimate by income, where the official review decides by points.
        Estimated = 62,
        /// Poor households that lack access to health care, by the standard of the round's last word.
        PoorLackHealthAccess = 63,
        /// Poor households that lack health insurance, by the standard of the round's last word.
        PoorLackHealthInsurance = 64,
        /// Poor households that lack adults' education, by the standard of the round's last word.
        PoorLackAdultEducation = 65,
        /// Poor households that lack children's schooling, by the standard of the round's last word.
        PoorLackChildSchooling = 66,
        /// Poor households that lack the quality of the house, by the standard of the round's last word.
        PoorLackHousingQuality = 67,
        /// Poor households that lack floor area, by the standard of the round's last word.
        PoorLackHousingArea = 68,
        /// Poor households that lack clean water, by the standard of the round's last word.
        PoorLackWater = 69,
        /// Poor households that lack a hygienic toilet, by the standard of the round's last word.
        PoorLackToilet = 70,
        /// Poor households that lack telecommunications, by the standard of the round's last word.
        PoorLackTelecom = 71,
        /// Poor households that lack means of getting information, by the standard of the round's last word.
        PoorLackInformationAssets = 72,
        /// Poor households that lack employment, by the standard of the round's last word.
        PoorLackEmployment = 73,
        /// Poor households that have too many dependants, by the standard of the round's last word.
        PoorLackDependants = 74,
        /// Poor households that lack nutrition, by the standard of the round's last word.
        PoorLackNutrition = 75,
        /// Near-poor households that lack access to health care, by the standard of the round's last word.
        NearPoorLackHealthAccess = 76,
        /// Near-poor households that lack health insurance, by the standard of the round's last word.
        NearPoorLackHealthInsurance = 77,
        /// Near-poor households that lack adults' education, by the standard of the round's last word.
        NearPoorLackAdultEducation = 78,
        /// Near-poor households that lack children's schooling, by the standard of the round's last word.
        NearPoorLackChildSchooling = 79,
        /// Near-poor households that lack the quality of the house, by the standard of the round's last word.
        NearPoorLackHousingQuality = 80,
        /// Near-poor households that lack floor area, by the standard of the round's last word.
        NearPoorLackHousingArea = 81,
        /// Near-poor households that lack clean water, by the standard of the round's last word.
        NearPoorLackWater = 82,
        /// Near-poor households that lack a hygienic toilet, by the standard of the round's last word.
        NearPoorLackToilet = 83,
        /// Near-poor households that lack telecommunications, by the standard of the round's last word.
        NearPoorLackTelecom = 84,
        /// Near-poor households that lack means of getting information, by the standard of the round's last word.
        NearPoorLackInformationAssets = 85,
        /// Near-poor households that lack employment, by the standard of the round's last word.
        NearPoorLackEmployment = 86,
        /// Near-poor households that have too many dependants, by the standard of the round's last word.
        NearPoorLackDependants = 87,
        /// Near-poor households that lack nutrition, by the standard of the round's last word.
        NearPoorLackNutrition = 88,
    }
    0 "credit" => EntitledCredit, ServedCredit, ServedElseCredit, PaidCredit;
    1 "credit_near_poor" => EntitledCreditNearPoor, ServedCreditNearPoor, ServedElseCreditNearPoor, PaidCreditNearPoor;
    2 "credit_escaped" => EntitledCreditEscaped, ServedCreditEscaped, ServedElseCreditEscaped, PaidCreditEscaped;
    3 "credit_newly_escaped" => EntitledCreditNewlyEscaped, ServedCreditNewlyEscaped, ServedElseCreditNewlyEscaped, PaidCreditNewlyEscaped;
    4 "job_loan" => EntitledJobLoan, ServedJobLoan, ServedElseJobLoan, PaidJobLoan;
    5 "student_loan" => EntitledStudentLoan, ServedStudentLoan, ServedElseStudentLoan, PaidStudentLoan;
    6 "water_sanitation_loan" => EntitledWaterSanitationLoan, ServedWaterSanitationLoan, ServedElseWaterSanitationLoan, PaidWaterSanitationLoan;
    7 "trade_training" => EntitledTradeTraining, ServedTradeTraining, ServedElseTradeTraining, PaidTradeTraining;
    8 "trade_training_low_income" => EntitledTradeTrainingLowIncome, ServedTradeTrainingLowIncome, ServedElseTradeTrainingLowIncome, PaidTradeTrainingLowIncome;
    9 "trade_training_escaped" => EntitledTradeTrainingEscaped, ServedTradeTrainingEscaped, ServedElseTradeTrainingEscaped, PaidTradeTrainingEscaped;
    10 "trade_school_remote" => EntitledTradeSchoolRemote, ServedTradeSchoolRemote, ServedElseTradeSchoolRemote, PaidTradeSchoolRemote;
    11 "work_abroad" => EntitledWorkAbroad, ServedWorkAbroad, ServedElseWorkAbroad, PaidWorkAbroad;
    12 "extension" => EntitledExtension, ServedExtension, ServedElseExtension, PaidExtension;
    13 "tuition_exemption" => EntitledTuitionExemption, ServedTuitionExemption, ServedElseTuitionExemption, PaidTuitionExemption;
    14 "tuition_reduction" => EntitledTuitionReduction, ServedTuitionReduction, ServedElseTuitionReduction, PaidTuitionReduction;
    15 "school_contributions" => EntitledSchoolContributions, ServedSchoolContributions, ServedElseSchoolContributions, PaidSchoolContributions;
    16 "health_insurance" => EntitledHealthInsurance, ServedHealthInsurance, ServedElseHealthInsurance, PaidHealthInsurance;
    17 "health_insurance_near_poor" => EntitledHealthInsuranceNearPoor, ServedHealthInsuranceNearPoor, ServedElseHealthInsuranceNearPoor, PaidHealthInsuranceNearPoor;
    18 "patient_support" => EntitledPatientSupport, ServedPatientSupport, ServedElsePatientSupport, PaidPatientSupport;
    19 "free_medicine_meals" => EntitledFreeMedicineMeals, ServedFreeMedicineMeals, ServedElseFreeMedicineMeals, PaidFreeMedicineMeals;
    20 "housing" => EntitledHousing, ServedHousing, ServedElseHousing, PaidHousing;
    21 "housing_loan" => EntitledHousingLoan, ServedHousingLoan, ServedElseHousingLoan, PaidHousingLoan;
    22 "electricity" => EntitledElectricity, ServedElectricity, ServedElseElectricity, PaidElectricity;
    23 "electricity_social" => EntitledElectricitySocial, ServedElectricitySocial, ServedElseElectricitySocial, PaidElectricitySocial;
    24 "clean_water" => EntitledCleanWater, ServedCleanWater, ServedElseCleanWater, PaidCleanWater;
    25 "legal_aid" => EntitledLegalAid, ServedLegalAid, ServedElseLegalAid, PaidLegalAid;
    26 "legal_aid_other" => EntitledLegalAidOther, ServedLegalAidOther, ServedElseLegalAidOther, PaidLegalAidOther;
    27 "social_protection" => EntitledSocialProtection, ServedSocialProtection, ServedElseSocialProtection, PaidSocialProtection;
    28 "tuition_public" => EntitledTuitionPublic, ServedTuitionPublic, ServedElseTuitionPublic, PaidTuitionPublic;
    29 "learning_costs" => EntitledLearningCosts, ServedLearningCosts, ServedElseLearningCosts, PaidLearningCosts;
}

/// The ids of the indicators of all standards, in the order of their measures. A new one is added at the end, and its two
/// measures after all others.
pub(super) const INDICATORS: [&str; 13] = [
    "health_access",
    "health_insurance",
    "adult_education",
    "child_schooling",
    "housing_quality",
    "housing_area",
    "water",
    "toilet",
    "telecom",
    "information_assets",
    "employment",
    "dependants",
    "nutrition",
];

/// What is counted of a support (chính sách hỗ trợ).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OfSupport {
    /// Households that are entitled to it for certain, as far as their records say.
    Entitled,
    /// Of these, those that were given it.
    Served,
    /// Others that were given it: whether they are entitled is not known from their records, or they are not.
    ServedElse,
    /// The sum that was paid, in đồng.
    Paid,
}

impl OfSupport {
    /// All, in the order of their measures.
    pub const ALL: [OfSupport; 4] =
        [OfSupport::Entitled, OfSupport::Served, OfSupport::ServedElse, OfSupport::Paid];
}

/// A class whose households stand on a list that officers keep, and whose movements are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Listed {
    /// [`Class::Poor`].
    Poor,
    /// [`Class::NearPoor`].
    NearPoor,
}

impl Listed {
    /// Both.
    pub const ALL: [Listed; 2] = [Listed::Poor, Listed::NearPoor];

    /// The class as one of the two.
    #[must_use]
    pub const fn of(class: Class) -> Option<Self> {
        match class {
            Class::Poor => Some(Listed::Poor),
            Class::NearPoor => Some(Listed::NearPoor),
            Class::LowIncome | Class::Above => None,
        }
    }

    /// As a class, whose word is its own.
    #[must_use]
    pub const fn class(self) -> Class {
        match self {
            Listed::Poor => Class::Poor,
            Listed::NearPoor => Class::NearPoor,
        }
    }
}

impl FromStr for Listed {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Listed::ALL.into_iter().find(|listed| listed.class().word() == word);
        found.ok_or_else(|| "the movements are of `poor` and `near_poor`".to_owned())
    }
}

/// How a household comes into one of the two listed classes in a round, stays in it or leaves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Move {
    /// In the class at the start of the round.
    AtStart,
    /// Of these, headed by a member of an ethnic minority.
    AtStartEthnicMinority,
    /// Still in it.
    Still,
    /// Gone to the other of the two: of the poor better, of the near-poor worse.
    ToOther,
    /// Gone to low income: better.
    ToLowIncome,
    /// Gone above every line: better.
    ToAbove,
    /// In it again (tái nghèo, tái cận nghèo): had left it in an earlier round.
    Again,
    /// In it for the first time (phát sinh).
    New,
    /// Came from the other of the two; a part of those again and new.
    FromOther,
    /// Moved in from elsewhere.
    MovedIn,
    /// Split off another household.
    SplitOff,
    /// Missed by the round before, and in the class it was last known in.
    Returned,
    /// Moved away.
    MovedOut,
    /// Dissolved.
    Dissolved,
    /// Found to be one with another household of the start.
    Joined,
    /// Not surveyed yet, or not so far that its class is decided.
    Pending,
    /// Came from another hamlet of the commune; a commune has as many of these as of the next.
    HamletIn,
    /// Went to another hamlet of the commune.
    HamletOut,
}

impl Move {
    /// All, in the order of their measures.
    pub const ALL: [Move; 18] = [
        Move::AtStart,
        Move::AtStartEthnicMinority,
        Move::Still,
        Move::ToOther,
        Move::ToLowIncome,
        Move::ToAbove,
        Move::Again,
        Move::New,
        Move::FromOther,
        Move::MovedIn,
        Move::SplitOff,
        Move::Returned,
        Move::MovedOut,
        Move::Dissolved,
        Move::Joined,
        Move::Pending,
        Move::HamletIn,
        Move::HamletOut,
    ];
}

impl Measure {
    /// Households of last round's list that are still to be visited, of each class on it.
    pub const PENDING: [Measure; 3] =
        [Measure::PoorPending, Measure::NearPoorPending, Measure::LowIncomePending];

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// Its name in addresses and answers: that of its variant in small letters, `poor_to_near_poor`.
    ///
    /// ```
    /// use soho_shared::count::Measure;
    ///
    /// assert_eq!(Measure::PoorToNearPoor.word(), "poor_to_near_poor");
    /// assert_eq!("near_poor_lack_water".parse(), Ok(Measure::NearPoorLackWater));
    /// ```
    #[must_use]
    pub fn word(self) -> &'static str {
        &WORDS[self.place()]
    }

    /// Its place in [`Measure::ALL`].
    #[must_use]
    pub(super) const fn place(self) -> usize {
        let number = self as usize;
        if number < NAMED { number } else { NAMED + number - SUPPORTS_FROM as usize }
    }

    /// The measure with a number; `None` for one that only a later version knows.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        let number = usize::from(number);
        let place = if number < NAMED { number } else { NAMED + number.checked_sub(SUPPORTS_FROM.into())? };
        Measure::ALL.get(place).copied()
    }

    /// Households of a class.
    #[must_use]
    pub const fn of_class(class: Class) -> Self {
        match class {
            Class::Poor => Measure::Poor,
            Class::NearPoor => Measure::NearPoor,
            Class::LowIncome => Measure::LowIncome,
            Class::Above => Measure::Above,
        }
    }

    /// Households of a class by the opening result.
    #[must_use]
    pub const fn of_opening(class: Class) -> Self {
        match class {
            Class::Poor => Measure::OpeningPoor,
            Class::NearPoor => Measure::OpeningNearPoor,
            Class::LowIncome => Measure::OpeningLowIncome,
            Class::Above => Measure::OpeningAbove,
        }
    }

    /// Households of one of the two listed classes that have moved so.
    ///
    /// ```
    /// use soho_shared::count::{Listed, Measure, Move};
    ///
    /// assert_eq!(Measure::of_move(Listed::NearPoor, Move::ToOther), Measure::NearPoorToPoor);
    /// ```
    #[must_use]
    pub const fn of_move(listed: Listed, moved: Move) -> Self {
        let first = match listed {
            Listed::Poor => Measure::PoorAtStart,
            Listed::NearPoor => Measure::NearPoorAtStart,
        };
        Measure::ALL[first as usize + moved as usize]
    }

    /// Households of one of the two listed classes that lack an indicator; `None` for one that no national standard has.
    ///
    /// ```
    /// use soho_shared::count::{Listed, Measure};
    ///
    /// assert_eq!(Measure::of_indicator(Listed::NearPoor, "toilet"), Some(Measure::NearPoorLackToilet));
    /// ```
    #[must_use]
    pub fn of_indicator(listed: Listed, id: &str) -> Option<Self> {
        let first = match listed {
            Listed::Poor => Measure::PoorLackHealthAccess,
            Listed::NearPoor => Measure::NearPoorLackHealthAccess,
        };
        let place = INDICATORS.iter().position(|indicator| *indicator == id)?;
        Measure::ALL.get(first as usize + place).copied()
    }

    /// A count of a support; `None` for one that no law file has.
    ///
    /// ```
    /// use soho_shared::count::{Measure, OfSupport};
    ///
    /// assert_eq!(Measure::of_support("electricity", OfSupport::Paid), Some(Measure::PaidElectricity));
    /// ```
    #[must_use]
    pub fn of_support(id: &str, what: OfSupport) -> Option<Self> {
        let place = SUPPORTS.iter().position(|support| *support == id)?;
        Measure::ALL.get(NAMED + 4 * place + what as usize).copied()
    }

    /// The support that it counts, with what it counts of it; `None` for any other measure.
    #[must_use]
    pub fn support(self) -> Option<(&'static str, OfSupport)> {
        let nth = usize::from(self.number().checked_sub(SUPPORTS_FROM)?);
        Some((SUPPORTS.get(nth / 4)?, OfSupport::ALL[nth % 4]))
    }

    /// Whether it is a number of recorded households.
    #[must_use]
    pub fn counts_households(self) -> bool {
        let is_of_others =
            matches!(self, Measure::Persons | Measure::Declared | Measure::DeclaredEthnicMinority);
        !is_of_others && self.support().is_none_or(|(_, what)| what != OfSupport::Paid)
    }

    /// Poor households with a main cause.
    #[must_use]
    pub const fn of_cause(cause: Cause) -> Self {
        match cause {
            Cause::LackOfMeans => Measure::PoorForLackOfMeans,
            Cause::LackOfLabour => Measure::PoorForLackOfLabour,
            Cause::LackOfKnowHow => Measure::PoorForLackOfKnowHow,
            Cause::Other => Measure::PoorForAnotherCause,
        }
    }

    /// Poor households of a group.
    #[must_use]
    pub const fn of_group(group: Group) -> Self {
        match group {
            Group::FemaleHeaded => Measure::PoorFemaleHeaded,
            Group::EthnicMinorityHeaded => Measure::PoorEthnicMinorityHeaded,
            Group::Merit => Measure::PoorMerit,
            Group::SocialProtection => Measure::PoorSocialProtection,
        }
    }
}

/// The words of all measures, made of their variants' names, so that no second list of them is kept.
static WORDS: LazyLock<Vec<String>> = LazyLock::new(|| Measure::ALL.iter().map(in_small_letters).collect());

fn in_small_letters(measure: &Measure) -> String {
    let mut word = String::new();
    for c in format!("{measure:?}").chars() {
        if c.is_ascii_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.push(c.to_ascii_lowercase());
    }
    word
}

impl FromStr for Measure {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let found = Measure::ALL.into_iter().find(|measure| measure.word() == word);
        found.ok_or_else(|| "no measure has this name".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measure_has_a_word_of_its_own_that_reads_back() {
        let words: std::collections::BTreeSet<&str> = Measure::ALL.map(Measure::word).into();
        assert_eq!(words.len(), Measure::ALL.len());
        for measure in Measure::ALL {
            assert_eq!(measure.word().parse(), Ok(measure));
        }
        assert_eq!(Measure::OpenTreatment.word(), "open_treatment");
        assert!("Poor".parse::<Measure>().is_err() && "".parse::<Measure>().is_err());
        for class in Class::ALL {
            assert_eq!(Measure::of_class(class).word(), class.word());
        }
    }

    #[test]
    fn every_indicator_of_the_national_standards_is_counted() {
        for indicator in crate::law::standards().iter().flat_map(|standard| standard.indicators.iter()) {
            for listed in Listed::ALL {
                assert!(Measure::of_indicator(listed, &indicator.id).is_some(), "{}", indicator.id);
            }
        }
        assert_eq!(Measure::of_indicator(Listed::Poor, "nutrition"), Some(Measure::PoorLackNutrition));
        assert_eq!(Measure::of_indicator(Listed::NearPoor, "health_access").unwrap().number(), 76);
        assert_eq!(Measure::of_indicator(Listed::Poor, "of_a_province"), None);
    }

    #[test]
    fn every_support_of_a_household_is_counted() {
        for support in crate::law::standards().iter().filter_map(crate::law::entitlements).flatten() {
            let is_counted = Measure::of_support(support.id, OfSupport::Entitled).is_some();
            assert_eq!(is_counted, support.level == crate::entitlement::Level::Household, "{}", support.id);
        }
        for (place, id) in SUPPORTS.into_iter().enumerate() {
            for what in OfSupport::ALL {
                let measure = Measure::of_support(id, what).unwrap();
                assert_eq!(
                    (usize::from(measure.number()), measure.support()),
                    (512 + 4 * place + what as usize, Some((id, what)))
                );
            }
        }
        assert_eq!(
            Measure::of_support("electricity", OfSupport::ServedElse),
            Some(Measure::ServedElseElectricity)
        );
        assert_eq!(
            (Measure::of_support("yachts", OfSupport::Paid), Measure::NearPoorLackNutrition.support()),
            (None, None)
        );
    }

    #[test]
    fn a_measure_is_found_by_its_number() {
        for (place, measure) in Measure::ALL.into_iter().enumerate() {
            assert_eq!((measure.place(), Measure::from_number(measure.number())), (place, Some(measure)));
        }
        assert!(Measure::ALL.map(Measure::number).is_sorted());
        // Between the two lists there is room for measures to come, and after them for months.
        let last = Measure::ALL.last().unwrap().number();
        assert_eq!([89, 511, last + 1, 1023].map(Measure::from_number), [None; 4]);
    }
}
