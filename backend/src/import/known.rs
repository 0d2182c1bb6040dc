//! What the register has of a commune, as far as rows are compared with it.

use std::cmp::Reverse;
use std::collections::HashMap;

use soho_shared::area::{AreaCode, CommuneCode, HamletCode};
use soho_shared::count::Contribution;
use soho_shared::fold::fold;
use soho_shared::household::{CertificateNumber, Household, field};
use soho_shared::recognition::{Issued, issued};
use soho_shared::record::{Doc, Round, Value};
use soho_shared::standard::Note;
use uuid::Uuid;

use super::note;
use super::rows::HAMLET_KINDS;
use crate::engine::StoreError;
use crate::register::{AreaRecord, Record, Register};

/// Records that are read in one go.
const PAGE: usize = 500;

/// The households of a commune.
#[derive(Debug, Default)]
pub(super) struct Known {
    households: HashMap<Uuid, Entry>,
    /// Those that are there, by the head's name without marks.
    named: HashMap<String, Vec<Uuid>>,
    /// Those that are there, by the head's identity number.
    identified: HashMap<String, Vec<Uuid>>,
    /// Those that are there, by the certificates that they ever had.
    certified: HashMap<CertificateNumber, Vec<Uuid>>,
}

/// A household, by its last record of the round or before it; or its first one after it.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// Its hamlet.
    pub(super) hamlet: Option<u8>,
    /// The head's year of birth.
    pub(super) birth_year: Option<i64>,
    /// Why it is none any more.
    pub(super) gone: Option<Gone>,
    /// Its record of the round.
    pub(super) doc: Option<Doc>,
    /// What that adds.
    pub(super) adds: Option<Contribution>,
    /// The head's name.
    pub(super) name: Option<String>,
    /// The head's identity number.
    pub(super) identity_number: Option<String>,
    certificates: Vec<CertificateNumber>,
    /// How near the record is.
    nearness: Option<(bool, Reverse<u16>, u16)>,
}

/// Why a household is none any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gone {
    /// It was withdrawn.
    Withdrawn,
    /// It was found to be a second entry of another one.
    Duplicate,
}

/// A household that a row is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// One that the register has.
    Known(Uuid),
    /// None.
    None,
    /// Several, of which it cannot be told which one.
    Several(usize),
}

impl Known {
    /// The households of a commune in a round.
    pub(super) async fn read(
        store: &Register,
        commune: CommuneCode,
        round: Round,
    ) -> Result<Self, StoreError> {
        let mut known = Known::default();
        let mut after = 0;
        loop {
            let page = store.changes(commune, after, PAGE).await?;
            for Record { key, contribution, doc, .. } in page.records {
                if let Some(household) = key.subject.household() {
                    known.take(household.uuid, (commune, round), key.round, doc, contribution);
                }
            }
            after = page.reached;
            if !page.more {
                break;
            }
        }
        known.name();
        Ok(known)
    }

    /// Takes a record of a commune's household, of the round `of`.
    fn take(
        &mut self,
        uuid: Uuid,
        (commune, round): (CommuneCode, Round),
        of: Round,
        doc: Doc,
        adds: Option<Contribution>,
    ) {
        let entry = self.households.entry(uuid).or_default();
        let (of, now) = (of.year(), round.year());
        // The latest until now; else the earliest of those later.
        let nearness = Some(if of <= now { (true, Reverse(0), of) } else { (false, Reverse(of), 0) });
        if nearness > entry.nearness {
            let household = Household::read(&doc);
            entry.nearness = nearness;
            entry.hamlet = household.hamlet;
            entry.birth_year = household.head_birth_year;
            let why = if household.withdrawn { Gone::Withdrawn } else { Gone::Duplicate };
            entry.gone = household.is_gone(&doc, commune).then_some(why);
            entry.name = household.head_name.filter(|name| !fold(name).is_empty());
            entry.identity_number = household.head_identity_number;
        }
        for Issued { number, .. } in issued(&doc) {
            if !entry.certificates.contains(&number) {
                entry.certificates.push(number);
            }
        }
        if of == now {
            (entry.doc, entry.adds) = (Some(doc), adds);
        }
    }

    fn name(&mut self) {
        for (uuid, entry) in self.households.iter().filter(|(_, entry)| entry.gone.is_none()) {
            if let Some(name) = &entry.name {
                self.named.entry(fold(name)).or_default().push(*uuid);
            }
            if let Some(number) = &entry.identity_number {
                self.identified.entry(number.clone()).or_default().push(*uuid);
            }
            for number in &entry.certificates {
                self.certified.entry(*number).or_default().push(*uuid);
            }
        }
    }

    /// The household with an id.
    pub(super) fn get(&self, uuid: Uuid) -> Option<&Entry> {
        self.households.get(&uuid)
    }

    /// The household of a hamlet whose head has a name and year of birth. Where the year is said in one of the two alone, the
    /// name must be that of one household.
    pub(super) fn find(&self, hamlet: u8, name: &str, birth_year: Option<i64>) -> Found {
        let all = self.named.get(&fold(name)).map(Vec::as_slice).unwrap_or_default();
        let here = |uuid: &&Uuid| {
            let entry = self.households.get(*uuid);
            entry.is_some_and(|entry| entry.hamlet.is_none_or(|own| own == hamlet))
        };
        let year = |uuid: &Uuid| self.households.get(uuid).and_then(|entry| entry.birth_year);
        let same: Vec<&Uuid> =
            all.iter().filter(here).filter(|uuid| birth_year.is_some() && year(uuid) == birth_year).collect();
        let open: Vec<&Uuid> =
            all.iter().filter(here).filter(|uuid| birth_year.is_none() || year(uuid).is_none()).collect();
        self.one(if same.is_empty() { &open } else { &same })
    }

    /// The household whose head has an identity number.
    pub(super) fn identified(&self, number: &str) -> Found {
        let fitting: Vec<&Uuid> = self.identified.get(number).into_iter().flatten().collect();
        self.one(&fitting)
    }

    /// The household that has, or had, a certificate.
    pub(super) fn certified(&self, number: CertificateNumber) -> Found {
        let fitting: Vec<&Uuid> = self.certified.get(&number).into_iter().flatten().collect();
        self.one(&fitting)
    }

    /// The one of households that fit: of several that for which no other one stands.
    fn one(&self, fitting: &[&Uuid]) -> Found {
        let is_second = |uuid: &Uuid| {
            let adds = self.households.get(uuid).and_then(|entry| entry.adds.as_ref());
            adds.is_some_and(|adds| !adds.counts)
        };
        let first: Vec<&Uuid> = fitting.iter().copied().filter(|uuid| !is_second(uuid)).collect();
        match (fitting, &first[..]) {
            ([], _) => Found::None,
            ([only], _) | (_, [only]) => Found::Known(**only),
            (several, _) => Found::Several(several.len()),
        }
    }
}

/// The hamlets of a commune by their names.
#[derive(Debug, Default)]
pub(super) struct Hamlets {
    commune: Option<CommuneCode>,
    /// Number by name, small and without marks; `None` where several have one name.
    named: HashMap<String, Option<u8>>,
    /// Records of the hamlets of the round.
    pub(super) docs: HashMap<u8, Doc>,
}

impl Hamlets {
    /// Reads them out of a commune's records of areas.
    pub(super) fn read(commune: CommuneCode, areas: Vec<AreaRecord>, round: Round) -> Self {
        let mut latest: HashMap<u8, (Round, String)> = HashMap::new();
        let mut hamlets = Hamlets { commune: Some(commune), ..Hamlets::default() };
        for AreaRecord { number, round: of, doc } in areas {
            let Some(number) = number else { continue };
            let name = doc.get(field::AREA_NAME).and_then(Value::as_text).filter(|_| of <= round);
            if let Some(name) = name
                && latest.get(&number).is_none_or(|(before, _)| *before < of)
            {
                latest.insert(number, (of, bare(name)));
            }
            if of == round {
                hamlets.docs.insert(number, doc);
            }
        }
        for (number, (_, name)) in latest {
            let own = Some(number);
            hamlets.named.entry(name).and_modify(|of| *of = None).or_insert(own);
        }
        hamlets
    }

    /// The number of the hamlet that a text names: by its number, code or name.
    pub(super) fn find(&self, text: &str) -> Result<u8, Note> {
        let unknown = || {
            note(
                "không có ấp nào tên này: hãy ghi số ấp, hoặc đặt tên ấp ở trang Đợt rà soát trước",
                "no hamlet has this name: write its number, or give the hamlet this name on the page Rounds first",
            )
        };
        if let Ok(AreaCode::Hamlet(HamletCode { commune, number })) = text.trim().parse() {
            return if Some(commune) == self.commune { Ok(number) } else { Err(unknown()) };
        }
        let bare = bare(text);
        if let Some(named) = self.named.get(&bare) {
            return named.ok_or_else(|| {
                note("nhiều ấp cùng tên: hãy ghi số ấp", "several hamlets have this name: write the number")
            });
        }
        let is_number = !bare.is_empty() && bare.len() <= 3 && bare.bytes().all(|byte| byte.is_ascii_digit());
        bare.parse().ok().filter(|number| is_number && (1..=99).contains(number)).ok_or_else(unknown)
    }
}

/// A hamlet's name, small and without marks, and without the word for hamlets.
fn bare(name: &str) -> String {
    let name = fold(name);
    let rest = HAMLET_KINDS.iter().find_map(|kind| name.strip_prefix(*kind)).unwrap_or(&name);
    rest.trim_start_matches("so ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use soho_shared::count::{Counts, Standing};
    use soho_shared::record::{Actor, Change, Stamp};

    use super::*;

    fn doc(fields: &[(&str, Value)]) -> Doc {
        let mut doc = Doc::default();
        for (at, (path, value)) in (1..).zip(fields) {
            let change = Change { field: path.parse().unwrap(), value: value.clone(), seen: Vec::new() };
            doc.write(Stamp::new(at, 0, Actor(1)).unwrap(), &change);
        }
        doc
    }

    fn household(hamlet: i64, name: &str, year: Option<i64>) -> Doc {
        let mut fields = vec![("hamlet", hamlet.into()), ("head/name", Value::from(name))];
        fields.extend(year.map(|year| ("head/birth_year", year.into())));
        doc(&fields)
    }

    #[test]
    fn a_household_is_known_by_hamlet_head_and_year_of_birth() {
        let commune: CommuneCode = "29173".parse().unwrap();
        let [before, now, after] = [2010, 2011, 2012].map(|year| Round::new(year).unwrap());
        let mut known = Known::default();
        let uuid = Uuid::from_u128;
        let mut take = |id, round, doc| known.take(uuid(id), (commune, now), round, doc, None);
        take(1, before, household(4, "Nguyễn Thị Bé", Some(1950)));
        take(2, now, household(4, "Nguyễn Thị Bé", Some(1961)));
        take(3, now, household(5, "Lê Út", None));
        take(4, before, household(4, "Trần Ba", Some(1940)));
        // Corrected since, and again in a round that is not looked at.
        take(4, now, household(4, "Trần Bá", Some(1941)));
        take(4, after, household(4, "Trần Bốn", Some(1942)));
        take(5, now, doc(&[("hamlet", 4.into()), ("head/name", "Võ Tư".into()), ("removed", true.into())]));
        take(6, after, household(4, "Võ Năm", Some(1950)));
        known.name();
        for (hamlet, name, year, expected) in [
            (4, "NGUYEN THI BE", Some(1950), Found::Known(uuid(1))),
            (4, "Nguyễn Thị Bé", Some(1961), Found::Known(uuid(2))),
            (4, "Nguyễn Thị Bé", None, Found::Several(2)),
            (4, "Nguyễn Thị Bé", Some(1970), Found::None),
            (5, "Nguyễn Thị Bé", Some(1950), Found::None),
            (5, "Lê Út", Some(1955), Found::Known(uuid(3))),
            (4, "Trần Ba", Some(1941), Found::Known(uuid(4))),
            (4, "Trần Ba", Some(1940), Found::None),
            (4, "Võ Tư", None, Found::None),
            (4, "Võ Năm", Some(1950), Found::Known(uuid(6))),
        ] {
            assert_eq!(known.find(hamlet, name, year), expected, "{hamlet} {name} {year:?}");
        }
        assert!(known.get(uuid(1)).unwrap().doc.is_none() && known.get(uuid(2)).unwrap().doc.is_some());
    }

    #[test]
    fn a_household_is_known_by_its_head_s_number_and_by_a_certificate_it_had() {
        let commune: CommuneCode = "29173".parse().unwrap();
        let [before, now] = [2010, 2011].map(|year| Round::new(year).unwrap());
        let mut known = Known::default();
        let uuid = Uuid::from_u128;
        let with = |number: &str| {
            doc(&[
                ("hamlet", 4.into()),
                ("head/name", "Lê Út".into()),
                ("head/identity_number", number.into()),
            ])
        };
        let mut take = |id, round, doc, adds| known.take(uuid(id), (commune, now), round, doc, adds);
        take(1, before, doc(&[("certificate/2011_15", "poor".into())]), None);
        take(1, now, with("320123456"), None);
        take(2, now, with("320123457"), None);
        take(3, now, with("320123457"), None);
        // Another one's second entry.
        let standing = Standing { hamlet: 4, counts: Counts::default(), came: None, left: None };
        let second = Contribution { counts: false, ..Contribution::alone(standing) };
        take(4, now, with("320123456"), Some(second));
        known.name();
        for (number, expected) in [
            ("320123456", Found::Known(uuid(1))),
            ("320123457", Found::Several(2)),
            ("320123458", Found::None),
        ] {
            assert_eq!(known.identified(number), expected, "{number}");
        }
        let certificate = |number| known.certified(CertificateNumber { year: 2011, number });
        assert_eq!((certificate(15), certificate(16)), (Found::Known(uuid(1)), Found::None));
    }

    #[test]
    fn hamlets_have_numbers_and_names() {
        let [before, now, after] = [2010, 2011, 2012].map(|year| Round::new(year).unwrap());
        let area =
            |number, round, name: &str| AreaRecord { number, round, doc: doc(&[("area/name", name.into())]) };
        let areas = vec![
            area(Some(4), before, "Ấp Giồng Xoài"),
            area(Some(4), now, "Ấp Giồng"),
            area(Some(5), before, "Giồng Lớn"),
            area(Some(6), after, "Giồng Sau"),
            area(None, now, "x"),
        ];
        let hamlets = Hamlets::read("29173".parse().unwrap(), areas, now);
        for (text, number) in [
            ("4", Some(4)),
            ("04", Some(4)),
            ("Ấp 4", Some(4)),
            ("ấp số 7", Some(7)),
            ("Khu phố 12", Some(12)),
            ("29173-04", Some(4)),
            ("giong", Some(4)),
            ("ẤP GIỒNG LỚN", Some(5)),
            ("29174-04", None),
            ("Giồng Sau", None),
            ("0", None),
            ("100", None),
            ("", None),
        ] {
            assert_eq!(hamlets.find(text).ok(), number, "{text}");
        }
        assert_eq!(hamlets.docs.len(), 1);
    }
}
