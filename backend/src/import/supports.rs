//! Supports that households were given: what a row says of one, and what of it is new.
//!
//! The supports are those of the year in which the round's list holds. A household is not made by such a row: it has to be in the
//! register, with a record that counts in the round. A closed round takes them, too.

use soho_shared::fold::fold;
use soho_shared::household::{CertificateNumber, field};
use soho_shared::lang::Lang;
use soho_shared::record::{Doc, HouseholdId, RecordKey, Subject, Value};
use soho_shared::standard::Note;
use soho_shared::support::{self, QUARTERS, SupportNames, supports_after, year_of};
use soho_shared::wire::imports::{ImportField, ImportProblem};
use uuid::Uuid;

use super::book::Row;
use super::decide::{Against, Decided, Targets, joined, withdrawn};
use super::known::{Entry, Found, Gone};
use super::rows::{At, Faults, Reader, Said, problem};
use super::value::{self, Birth};
use super::{ImportError, Options, note};

/// The supports that rows may name, and what goes for rows that name none.
#[derive(Debug, Default)]
pub(super) struct Offered {
    /// The year in which the round's list holds.
    year: u16,
    /// What rows may write for each.
    named: SupportNames,
    /// The names, in the order of the law file.
    names: [String; 2],
    /// What was chosen for the whole file.
    support: Option<&'static str>,
    quarter: Option<u8>,
    /// The first row whose support is none of these: it alone is told all names.
    first_unknown: Option<u32>,
}

impl Offered {
    /// What may be named in the year after a round; `has` tells which columns there are.
    pub(super) fn of(options: &Options, has: impl Fn(ImportField) -> bool) -> Result<Self, ImportError> {
        let year = year_of(options.round);
        let supports = supports_after(options.round).ok_or_else(|| ImportError::Support(none_known(year)))?;
        let named = SupportNames::of(supports.iter().copied());
        let names = Lang::ALL.map(|lang| {
            let names: Vec<&str> = supports.iter().map(|support| support.name(lang)).collect();
            names.join("; ")
        });
        let mut offered = Offered { year, named, names, ..Offered::default() };
        offered.support = match &options.support {
            Some(name) => {
                let found = offered.named.find(name);
                Some(found.ok_or_else(|| ImportError::Support(offered.unknown()))?)
            }
            None if has(ImportField::Support) => None,
            None => return Err(ImportError::Support(no_support())),
        };
        offered.quarter = match options.quarter {
            Some(quarter) if QUARTERS.contains(&quarter) => Some(quarter),
            None if has(ImportField::Quarter) => None,
            _ => return Err(ImportError::Quarter(no_quarter())),
        };
        Ok(offered)
    }

    fn unknown(&self) -> Note {
        let (year, [vi, en]) = (self.year, &self.names);
        note(
            format!("năm {year} không có hỗ trợ tên này; các hỗ trợ là: {vi}"),
            format!("in {year} there is no support of this name; the supports are: {en}"),
        )
    }

    /// Why a row's support is not known. Tens of thousands of rows may have the same, so the first alone lists the names.
    fn unknown_in(&mut self, row: u32) -> Note {
        let first = *self.first_unknown.get_or_insert(row);
        if first == row {
            return self.unknown();
        }
        let year = self.year;
        note(
            format!("năm {year} không có hỗ trợ tên này: xem các tên ở dòng {first}"),
            format!("in {year} there is no support of this name: the names are at row {first}"),
        )
    }
}

fn none_known(year: u16) -> Note {
    note(
        format!("sổ chưa có danh sách hỗ trợ của năm {year} nên không nhập được: hãy chọn đợt khác"),
        format!("the law files do not have the supports of {year}: choose another round"),
    )
}

fn no_support() -> Note {
    note(
        "tệp không có cột Tên hỗ trợ: hãy chọn một hỗ trợ cho cả tệp (support=electricity), hoặc chỉ ra cột đó (columns=support:C)",
        "there is no column Support: choose one for the whole file (support=electricity), or say which column it is \
         (columns=support:C)",
    )
}

fn no_quarter() -> Note {
    note(
        "tệp không có cột Quý: hãy chọn một quý từ 1 đến 4 cho cả tệp (quarter=1), hoặc chỉ ra cột đó (columns=quarter:C)",
        "there is no column Quarter: choose one from 1 to 4 for the whole file (quarter=1), or say which column it is \
         (columns=quarter:C)",
    )
}

/// A support that a household was given, as a row says it.
#[derive(Clone, Debug)]
pub(super) struct SupportRow {
    /// The household's id in the register.
    pub(super) id: Option<Uuid>,
    /// The number of its certificate.
    pub(super) certificate: Option<At<CertificateNumber>>,
    /// The head's identity number.
    pub(super) identity_number: Option<At<String>>,
    /// Its hamlet, as it is written.
    pub(super) hamlet: Option<At<String>>,
    /// The head's name.
    pub(super) name: Option<At<String>>,
    /// When the head was born.
    pub(super) birth: Option<At<Birth>>,
    /// The id of the support.
    pub(super) support: &'static str,
    /// The quarter, 1..=4.
    pub(super) quarter: u8,
    /// What was paid, in đồng.
    pub(super) amount: Option<At<Value>>,
    /// Who gave it.
    pub(super) by: Option<At<Value>>,
    /// What is worth knowing of it.
    pub(super) remarks: Vec<ImportProblem>,
}

impl Reader<'_> {
    /// Reads a row of supports.
    pub(super) fn support(&mut self, row: &Row) -> Said {
        let mut faults = Faults::default();
        let (id, commune) = self.place(row, &mut faults);
        let support = self.which_support(row, &mut faults);
        let said = self.said_of_support(row, id, support, &mut faults);
        match (commune, said) {
            (Some(commune), Some(mut said)) if faults.wrong.is_empty() => {
                said.remarks = faults.remarks;
                Said::Support(commune, Box::new(said))
            }
            _ => Said::Refused(faults.wrong),
        }
    }

    /// The support that a row names, or else that of the whole file.
    fn which_support(&mut self, row: &Row, faults: &mut Faults) -> Option<&'static str> {
        let said = self.read_text(row, ImportField::Support, faults, not_empty);
        let Some((column, name)) = said else {
            if self.offered.support.is_none() && faults.wrong.is_empty() {
                let note = note("chưa rõ hỗ trợ nào", "it does not say which support");
                faults.wrong.push(problem(self.columns.get(&ImportField::Support).copied(), note));
            }
            return self.offered.support;
        };
        let found = self.offered.named.find(&name);
        if found.is_none() {
            faults.wrong.push(problem(Some(column), self.offered.unknown_in(row.number)));
        }
        found
    }

    /// The quarter that a row says, or else that of the whole file.
    fn quarter(&self, row: &Row, faults: &mut Faults) -> Option<u8> {
        let year = self.offered.year;
        let said =
            self.read(row, ImportField::Quarter, faults, |cell, reading| value::quarter(cell, reading, year));
        let quarter = said.map(|(_, quarter)| quarter).or(self.offered.quarter);
        if quarter.is_none() && faults.wrong.is_empty() {
            let note = note("chưa rõ quý nào", "it does not say in which quarter");
            faults.wrong.push(problem(self.columns.get(&ImportField::Quarter).copied(), note));
        }
        quarter
    }

    fn said_of_support(
        &self,
        row: &Row,
        id: Option<Uuid>,
        support: Option<&'static str>,
        faults: &mut Faults,
    ) -> Option<SupportRow> {
        use ImportField as F;
        let certificate = self.read_text(row, F::Certificate, faults, |text| Ok(certificate_number(text)));
        let identity_number = self.read(row, F::IdentityNumber, faults, value::identity);
        let name = self.read_text(row, F::HeadName, faults, not_empty);
        let is_named = id.is_some() || certificate.is_some() || identity_number.is_some() || name.is_some();
        if !is_named && faults.wrong.is_empty() {
            faults.wrong.push(problem(None, nobody()));
        }
        let round = self.options.round;
        // Who is known by a number needs no birth.
        let mut of_birth = Faults::default();
        let births = [F::Birth, F::BirthMale, F::BirthFemale]
            .map(|of| self.read(row, of, &mut of_birth, |cell, reading| value::birth(cell, reading, round)));
        faults.remarks.append(&mut of_birth.wrong);
        let quarter = self.quarter(row, faults);
        let amount = self.amount(row, F::Amount, faults);
        let by = self.read_text(row, F::GivenBy, faults, not_empty);
        Some(SupportRow {
            id,
            certificate,
            identity_number,
            hamlet: self.hamlet_of(row, faults),
            name,
            birth: births.into_iter().flatten().next(),
            support: support?,
            quarter: quarter?,
            amount: amount.map(|(column, dong)| (column, dong.get().into())),
            by: by.map(|(column, by)| (column, by.into())),
            remarks: Vec::new(),
        })
    }
}

fn not_empty(text: &str) -> Result<Option<String>, Note> {
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}

/// The number of a certificate, like `15/2011`; `None` for a number of an office's own.
fn certificate_number(text: &str) -> Option<CertificateNumber> {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let (number, year) = (numbers.next()?.trim_start_matches('0'), numbers.next()?);
    CertificateNumber::of_item(&format!("{year}_{number}"))
}

impl Against {
    /// Decides on a row of supports.
    pub(super) fn support(&mut self, row: &SupportRow, number: u32) -> Decided {
        let uuid = match self.given_to(row) {
            Ok(uuid) => uuid,
            Err((column, note)) => return Decided::refused(None, vec![problem(column, note)]),
        };
        let (round, writer) = (self.round, self.writer);
        let subject = Subject::from(HouseholdId { commune: self.commune, uuid });
        let path = |name| field::support(row.support, round, row.quarter, name);
        if let Some(other) = self.earlier((subject, path("served")), number) {
            let note = note(
                format!("cùng hộ, cùng hỗ trợ và cùng quý với dòng {other}"),
                format!("the same household, support and quarter as row {other}"),
            );
            return Decided::refused(Some(subject), vec![problem(None, note)]);
        }
        let (entry, doc) = match self.counted(uuid) {
            Ok(counted) => counted,
            Err(note) => return Decided::refused(Some(subject), vec![problem(None, note)]),
        };
        let mut targets = Targets::of(doc, round, writer);
        targets.set(&path("served"), (0, true.into()));
        for (name, value) in [("amount", &row.amount), ("by", &row.by)] {
            value.iter().for_each(|value| targets.set(&path(name), value.clone()));
        }
        let mut remarks = row.remarks.clone();
        remarks.extend(others(row, entry));
        if !is_entitled(entry, row.support) {
            let note = note("chưa rõ có được hưởng không", "whether it is entitled to this is not known");
            remarks.push(problem(None, note));
        }
        targets.decided(RecordKey { subject, round }, true, remarks)
    }

    /// The household that a row is about: by its id, by its certificate, by its head's identity number, or by hamlet, head and year of
    /// birth, whichever of these finds one first.
    fn given_to(&self, row: &SupportRow) -> Result<Uuid, (Option<usize>, Note)> {
        if let Some(id) = row.id {
            let known = self.known.get(id).map(|_| id);
            return known.ok_or_else(|| {
                let note =
                    note("sổ không có hộ nào mang mã này", "the register has no household with this id");
                (None, note)
            });
        }
        let mut missing = None;
        if let Some((column, number)) = row.certificate {
            let said = [format!("số giấy chứng nhận {number}"), format!("the certificate {number}")];
            match one(&self.known.certified(number), &said) {
                Ok(Some(uuid)) => return Ok(uuid),
                Ok(None) => missing = Some((Some(column), not_found(&said))),
                Err(note) => return Err((Some(column), note)),
            }
        }
        if let Some((column, number)) = &row.identity_number {
            let shown = short(number);
            let said = [format!("số CMND/CCCD {shown}"), format!("the identity number {shown}")];
            match one(&self.known.identified(number), &said) {
                Ok(Some(uuid)) => return Ok(uuid),
                Ok(None) => missing = Some((Some(*column), not_found(&said))),
                Err(note) => return Err((Some(*column), note)),
            }
        }
        match (&row.name, &row.hamlet) {
            (Some(name), Some(hamlet)) => self.by_name(name, hamlet, row.birth.as_ref()),
            (Some((column, _)), None) => Err(missing.unwrap_or_else(|| {
                (Some(*column), note("chưa rõ ấp nào", "it does not say of which hamlet"))
            })),
            (None, _) => Err(missing.unwrap_or_else(|| (None, nobody()))),
        }
    }

    fn by_name(
        &self,
        (column, name): &At<String>,
        (of_hamlet, hamlet): &At<String>,
        birth: Option<&At<Birth>>,
    ) -> Result<Uuid, (Option<usize>, Note)> {
        let number = self.hamlets.find(hamlet).map_err(|note| (Some(*of_hamlet), note))?;
        let year = birth.and_then(|(_, birth)| birth.year());
        let shown = short(name);
        let said = match year {
            Some(year) => [
                format!("chủ hộ {shown} sinh năm {year} ở ấp {number}"),
                format!("the head {shown}, born in {year}, in hamlet {number}"),
            ],
            None => [format!("chủ hộ {shown} ở ấp {number}"), format!("the head {shown} in hamlet {number}")],
        };
        let found = one(&self.known.find(number, name, year), &said);
        let found = found.map_err(|note| (Some(*column), note))?;
        found.ok_or_else(|| (Some(*column), not_found(&said)))
    }

    /// A household with its record of the round, where that counts; or why it does not.
    fn counted(&self, uuid: Uuid) -> Result<(&Entry, &Doc), Note> {
        let year = self.round.year();
        let found = self.known.get(uuid).and_then(|entry| Some((entry, entry.doc.as_ref()?)));
        let (entry, doc) = found.ok_or_else(|| {
            note(
                format!("hộ này không có phiếu trong đợt {year}"),
                format!("this household has no record in the round of {year}"),
            )
        })?;
        match (entry.gone, &entry.adds) {
            (Some(Gone::Withdrawn), _) => Err(withdrawn()),
            (Some(Gone::Duplicate), _) => Err(joined()),
            (None, Some(adds)) if !adds.counts => Err(joined()),
            (None, Some(adds)) if adds.counts_household() => Ok((entry, doc)),
            (None, _) => Err(note(
                format!(
                    "đợt {year} không tính hộ này: hộ không còn ở xã, chưa được rà soát, hoặc ghi sau khi khóa đợt"
                ),
                format!(
                    "the round of {year} does not count this household: it has left, was not surveyed, or was entered after the closing"
                ),
            )),
        }
    }
}

/// The household that was found, if one was; of several it cannot be told which one it is.
fn one(found: &Found, [vi, en]: &[String; 2]) -> Result<Option<Uuid>, Note> {
    match found {
        Found::Known(uuid) => Ok(Some(*uuid)),
        Found::None => Ok(None),
        Found::Several(count) => Err(note(
            format!("{count} hộ cùng có {vi}: hãy ghi năm sinh hoặc mã hộ của Sổ Hộ"),
            format!("{count} households have {en}: write the year of birth, or the id in the register"),
        )),
    }
}

fn not_found([vi, en]: &[String; 2]) -> Note {
    note(
        format!("sổ không có hộ nào có {vi}: hãy xem lại, hoặc ghi mã hộ của Sổ Hộ"),
        format!("no household in the register has {en}: look again, or write the id in the register"),
    )
}

/// The beginning of a text that is said again: a cell may hold one of any length.
fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

fn nobody() -> Note {
    note(
        "chưa rõ hộ nào: hãy ghi mã hộ của Sổ Hộ, số giấy chứng nhận như 15/2011, số CMND/CCCD, hoặc họ tên chủ hộ và ấp",
        "it does not say which household: write the id in the register, the certificate number like 15/2011, the identity number, \
         or the head's name and the hamlet",
    )
}

/// What the register says of the household otherwise than the row by which it was found.
fn others(row: &SupportRow, entry: &Entry) -> Vec<ImportProblem> {
    let differs = |said: &Option<At<String>>, known: &Option<String>| match (said, known) {
        (Some((column, said)), Some(known)) if fold(said) != fold(known) => Some((*column, known.clone())),
        _ => None,
    };
    let name = differs(&row.name, &entry.name).map(|(column, known)| {
        let note = note(
            format!("sổ ghi chủ hộ là {known}: hãy xem có đúng hộ này không"),
            format!("the register says that the head is {known}: see whether it is this household"),
        );
        problem(Some(column), note)
    });
    let number = differs(&row.identity_number, &entry.identity_number).map(|(column, _)| {
        let note = note(
            "sổ ghi số CMND/CCCD khác: hãy xem có đúng hộ này không",
            "the register has another identity number: see whether it is this household",
        );
        problem(Some(column), note)
    });
    name.into_iter().chain(number).collect()
}

/// Whether a household is counted as entitled to a support.
fn is_entitled(entry: &Entry, support: &str) -> bool {
    entry.adds.as_ref().is_some_and(|adds| support::is_entitled(&adds.standing.counts, support))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn supports_are_found_by_id_and_by_either_name() {
        let options = Options {
            area: "29173".parse().unwrap(),
            round: "2010".parse().unwrap(),
            kind: soho_shared::wire::imports::ImportKind::Supports,
            sheet: None,
            header: None,
            columns: super::super::Columns::default(),
            encodings: super::super::Encodings::default(),
            support: None,
            quarter: None,
        };
        let mut offered = Offered::of(&options, |_| true).unwrap();
        for (name, id) in [
            ("electricity", Some("electricity")),
            ("Electricity_Social", Some("electricity_social")),
            ("Hỗ trợ tiền điện", Some("electricity")),
            ("HO TRO TIEN DIEN", Some("electricity")),
            ("hỗ trợ  tiền điện cho hộ chính sách xã hội.", Some("electricity_social")),
            ("Vay vốn tín dụng ưu đãi - Ngân hàng Chính sách xã hội", Some("credit")),
            ("Preferential credit", Some("credit")),
            // For communes, and of other years.
            ("coastal_commune", None),
            ("learning_costs", None),
            ("tiền", None),
            ("", None),
        ] {
            assert_eq!(offered.named.find(name), id, "{name}");
        }
        let [first, again, later] = [7, 7, 9].map(|row| offered.unknown_in(row).vi.len());
        assert!(first == again && later < 200 && first > 500, "{first} {again} {later}");
    }

    #[test]
    fn certificates_have_a_number_and_a_year() {
        let number = |number| Some(CertificateNumber { year: 2011, number });
        for (text, expected) in [
            ("15/2011", number(15)),
            ("Số: 015/2011/GCN-HN", number(15)),
            ("15 - 2011", number(15)),
            ("15", None),
            ("HN-00123", None),
            ("2011/15", None),
            ("0/2011", None),
            ("99999999999999999999/2011", None),
            ("", None),
        ] {
            assert_eq!(certificate_number(text), expected, "{text}");
        }
    }
}
