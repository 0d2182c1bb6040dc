//! Recognition of a household by its commune (công nhận): as what, under which number, signed by whom.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::field::CERTIFICATE;
use crate::lang::Lang;

/// What a household is recognised as (Quyết định 24/2021/QĐ-TTg, Điều 4, confidence high; earlier rounds alike).
///
/// Stored with marks of certificates: new ones are added at the end.
///
/// ```
/// use soho_shared::household::Recognised;
///
/// assert_eq!(Recognised::from_word("escaped_poor"), Some(Recognised::EscapedPoor));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Recognised {
    /// Poor (hộ nghèo).
    Poor,
    /// Near-poor (hộ cận nghèo).
    NearPoor,
    /// Come out of poverty (hộ thoát nghèo).
    EscapedPoor,
    /// Come out of near-poverty (hộ thoát cận nghèo).
    EscapedNearPoor,
}

impl Recognised {
    /// All, in the order in which lists name them.
    pub const ALL: [Recognised; 4] =
        [Recognised::Poor, Recognised::NearPoor, Recognised::EscapedPoor, Recognised::EscapedNearPoor];

    /// The word in fields and answers: `escaped_poor`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Recognised::Poor => "poor",
            Recognised::NearPoor => "near_poor",
            Recognised::EscapedPoor => "escaped_poor",
            Recognised::EscapedNearPoor => "escaped_near_poor",
        }
    }

    /// The one with a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Recognised::ALL.into_iter().find(|recognised| recognised.word() == word)
    }

    /// As it is named on papers: `Hộ thoát nghèo`.
    #[must_use]
    pub const fn name(self, lang: Lang) -> &'static str {
        match self {
            Recognised::Poor => lang.pick("Hộ nghèo", "Poor household"),
            Recognised::NearPoor => lang.pick("Hộ cận nghèo", "Near-poor household"),
            Recognised::EscapedPoor => lang.pick("Hộ thoát nghèo", "Household come out of poverty"),
            Recognised::EscapedNearPoor => {
                lang.pick("Hộ thoát cận nghèo", "Household come out of near-poverty")
            }
        }
    }
}

/// Number of a certificate: one series a commune and year, in which none is given twice.
///
/// ```
/// use soho_shared::household::CertificateNumber;
///
/// let number = CertificateNumber::of_path("certificate/2011_15").unwrap();
/// assert_eq!((number.year, number.number), (2011, 15));
/// assert_eq!((number.to_string().as_str(), number.path().as_str()), ("15/2011", "certificate/2011_15"));
///
/// // It is written in one way only.
/// assert_eq!(CertificateNumber::of_path("certificate/2011_015"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CertificateNumber {
    /// Year of the series: that of the date of recognition.
    pub year: u16,
    /// The number, from 1.
    pub number: u32,
}

impl CertificateNumber {
    /// Largest number of a series.
    pub const LAST: u32 = 65_535;

    /// The path of the field that says what the certificate with this number recognises.
    #[must_use]
    pub fn path(self) -> String {
        format!("{CERTIFICATE}{}", self.item())
    }

    /// Reads [`CertificateNumber::path`]; `None` for any other path.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Self> {
        CertificateNumber::of_item(path.strip_prefix(CERTIFICATE)?)
    }

    /// The part of a path that stands for it: `2011_15`.
    #[must_use]
    pub fn item(self) -> String {
        format!("{}_{}", self.year, self.number)
    }

    /// Reads [`CertificateNumber::item`]; `None` for any other text.
    #[must_use]
    pub fn of_item(item: &str) -> Option<Self> {
        let (year, number) = item.split_once('_')?;
        let of = CertificateNumber { year: year.parse().ok()?, number: number.parse().ok()? };
        let is_one = (2000..=2127).contains(&of.year) && (1..=CertificateNumber::LAST).contains(&of.number);
        (is_one && of.item() == item).then_some(of)
    }
}

impl fmt::Display for CertificateNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.year)
    }
}

/// Who signs for a People's Committee.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Signatory {
    /// Its chair (Chủ tịch).
    #[default]
    Chair,
    /// A vice chair for the chair (KT. Chủ tịch, Phó Chủ tịch).
    Vice,
}

impl Signatory {
    /// Both.
    pub const ALL: [Signatory; 2] = [Signatory::Chair, Signatory::Vice];

    /// The word in the field.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Signatory::Chair => "chair",
            Signatory::Vice => "vice",
        }
    }

    /// The one with a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Signatory::ALL.into_iter().find(|signatory| signatory.word() == word)
    }

    /// In words.
    #[must_use]
    pub const fn name(self, lang: Lang) -> &'static str {
        match self {
            Signatory::Chair => lang.pick("Chủ tịch", "Chair"),
            Signatory::Vice => lang.pick("Phó Chủ tịch ký thay", "Vice chair, for the chair"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_in_one_way() {
        for (item, read) in [
            ("2011_1", Some((2011, 1))),
            ("2011_65535", Some((2011, 65_535))),
            ("2011_65536", None),
            ("2011_0", None),
            ("2011_01", None),
            ("2011_+1", None),
            ("1999_1", None),
            ("11_1", None),
            ("2011_1_1", None),
            ("2011", None),
            ("", None),
        ] {
            let found = CertificateNumber::of_item(item);
            assert_eq!(found.map(|of| (of.year, of.number)), read, "{item}");
            if let Some(of) = found {
                assert_eq!(of.item(), item);
                assert_eq!(CertificateNumber::of_path(&of.path()), Some(of));
            }
        }
        assert_eq!(CertificateNumber::of_path("numbers/2011_1"), None);
    }

    #[test]
    fn words_read_back() {
        for recognised in Recognised::ALL {
            assert_eq!(Recognised::from_word(recognised.word()), Some(recognised));
            assert_eq!(serde_json::to_string(&recognised).unwrap(), format!("\"{}\"", recognised.word()));
            assert_ne!(recognised.name(Lang::Vi), recognised.name(Lang::En));
        }
        for signatory in Signatory::ALL {
            assert_eq!(Signatory::from_word(signatory.word()), Some(signatory));
            assert_eq!(serde_json::to_string(&signatory).unwrap(), format!("\"{}\"", signatory.word()));
        }
    }
}
