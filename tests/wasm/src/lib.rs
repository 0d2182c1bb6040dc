//! The rule as the apps have it, behind typed arrays. Tests and benchmarks call it in a browser and natively;
//! no phone downloads it.

use soho_shared::area::{CommuneCode, Residence};
use soho_shared::assess::assess;
use soho_shared::classify::{Facts, Members, classify};
use soho_shared::columns::{Columns, Kernel};
use soho_shared::household::{Household, field};
use soho_shared::lang::Lang;
use soho_shared::law;
use soho_shared::money::Vnd;
use soho_shared::record::{Actor, Change, Clock, Doc, FieldPath, Round, Value};
use soho_shared::standard::{Class, Standard};
use wasm_bindgen::prelude::wasm_bindgen;

/// Households as columns, with a buffer for their classes.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Households {
    annual_net: Vec<Vnd>,
    members: Vec<Members>,
    residence: Vec<Residence>,
    deprivations: Vec<u8>,
    classes: Vec<u8>,
    kernel: Option<Kernel>,
}

#[wasm_bindgen]
impl Households {
    /// Makes households from columns of equal length: đồng in 12 months, people, 1 for urban, number of
    /// lacking indicators.
    ///
    /// # Errors
    /// When a value is out of bounds or a column too short.
    #[wasm_bindgen(constructor)]
    pub fn new(net: &[i64], members: &[u8], urban: &[u8], deprivations: &[u8]) -> Result<Households, String> {
        let mut made = Households::default();
        for (i, net) in net.iter().enumerate() {
            let at = |column: &[u8]| column.get(i).copied().ok_or("a column is too short");
            made.annual_net.push(Vnd::new(*net).ok_or("an income is out of bounds")?);
            made.members.push(Members::new(at(members)?.into()).ok_or("members are 1 to 99")?);
            made.residence.push(if at(urban)? == 1 { Residence::Urban } else { Residence::Rural });
            made.deprivations.push(at(deprivations)?);
            made.classes.push(u8::MAX);
        }
        Ok(made)
    }

    /// Makes this many invented households, the same at every run and on every machine. Their incomes go from
    /// a loss to twice the highest line of 2011.
    #[must_use]
    pub fn made_up(count: usize) -> Households {
        let mut state = 2011_u64;
        let mut random = |below: i64| {
            // SplitMix64
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) % below.unsigned_abs()).cast_signed()
        };
        // The columns are allocated at full size: for 100 million households there is no room for copying them.
        let mut made = Households {
            annual_net: Vec::with_capacity(count),
            members: Vec::with_capacity(count),
            residence: Vec::with_capacity(count),
            deprivations: vec![0; count],
            classes: vec![u8::MAX; count],
            kernel: None,
        };
        for _ in 0..count {
            let members = Members::new(1 + random(8)).unwrap_or(Members::ONE);
            made.annual_net
                .push(Vnd::new(random(1_600_000 * members.person_months()) - 100_000).unwrap_or(Vnd::ZERO));
            made.members.push(members);
            made.residence.push(Residence::ALL[usize::from(random(10) == 0)]);
        }
        made
    }

    /// Prepares the columnar kernel for a standard.
    ///
    /// # Errors
    /// When there is no such standard.
    pub fn prepare(&mut self, standard: &str) -> Result<(), String> {
        self.kernel = Kernel::new(find(standard)?);
        Ok(())
    }

    /// Decides all classes with the prepared kernel.
    ///
    /// # Errors
    /// When no kernel was prepared, or the standard cannot be decided by columns.
    pub fn by_kernel(&mut self) -> Result<(), String> {
        let kernel = self.kernel.as_ref().ok_or("there is no kernel")?;
        let columns = Columns {
            annual_net: &self.annual_net,
            members: &self.members,
            residence: &self.residence,
            deprivations: Some(&self.deprivations),
        };
        kernel.classify(&columns, &mut self.classes).map_err(|error| error.to_string())
    }

    /// Decides all classes with the rule for one household.
    ///
    /// # Errors
    /// When there is no such standard.
    pub fn by_rule(&mut self, standard: &str) -> Result<(), String> {
        let standard = find(standard)?;
        for i in 0..self.classes.len() {
            let facts = Facts {
                residence: self.residence[i],
                members: self.members[i],
                annual_net: self.annual_net[i],
                deprivations: Some(self.deprivations[i]),
            };
            self.classes[i] = classify(standard, &facts).map_err(|error| error.to_string())? as u8;
        }
        Ok(())
    }

    /// Returns the classes as they were last decided, by [`Class::index`]; 255 before that.
    #[must_use]
    pub fn classes(&self) -> Vec<u8> {
        self.classes.clone()
    }

    /// Returns how many households are in each class.
    #[must_use]
    pub fn counts(&self) -> Vec<u32> {
        let mut counts = vec![0; Class::ALL.len()];
        for class in &self.classes {
            if let Some(count) = counts.get_mut(usize::from(*class)) {
                *count += 1;
            }
        }
        counts
    }

    /// Adds up the columns that [`Households::by_kernel`] reads, which is the least that can be done with them.
    #[must_use]
    pub fn sum(&self) -> i64 {
        let net: i64 = self.annual_net.iter().fold(0, |sum, net| sum.wrapping_add(net.get()));
        let members: u64 = self.members.iter().map(|members| u64::from(members.get())).sum();
        let urban: u64 = self.residence.iter().map(|&residence| residence as u64).sum();
        net.wrapping_add_unsigned(members).wrapping_add_unsigned(urban)
    }
}

/// Methods for native code only.
impl Households {
    /// Returns the incomes of 12 months less costs.
    #[must_use]
    pub fn annual_net(&self) -> &[Vnd] {
        &self.annual_net
    }

    /// Returns the numbers of people who count.
    #[must_use]
    pub fn members(&self) -> &[Members] {
        &self.members
    }

    /// Returns whether each household is rural or urban.
    #[must_use]
    pub fn residence(&self) -> &[Residence] {
        &self.residence
    }
}

/// A household's record, edited and assessed as a tablet does.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Record {
    doc: Doc,
    /// The record read, from the first time its class was asked for.
    household: Option<Household>,
    clock: Clock,
    commune: CommuneCode,
    round: Round,
}

#[wasm_bindgen]
impl Record {
    /// Makes the empty record of a household of this commune in this round: `29173`, `2011`.
    ///
    /// # Errors
    /// When one of them is none.
    #[wasm_bindgen(constructor)]
    pub fn new(commune: &str, round: &str) -> Result<Record, String> {
        let commune = commune.parse::<CommuneCode>().map_err(|error| error.to_string())?;
        let (doc, clock) = (Doc::default(), Clock::new(Actor(1)));
        Ok(Record { doc, household: None, clock, commune, round: round.parse()? })
    }

    /// Sets a field to a number.
    ///
    /// # Errors
    /// When the field cannot hold it.
    pub fn set_int(&mut self, field: &str, value: i64) -> Result<(), String> {
        self.set(field, value.into())
    }

    /// Sets a field to a text.
    ///
    /// # Errors
    /// When the field cannot hold it.
    pub fn set_text(&mut self, field: &str, value: &str) -> Result<(), String> {
        self.set(field, value.into())
    }

    /// Sets a field to yes or no.
    ///
    /// # Errors
    /// When the field cannot hold it.
    pub fn set_bool(&mut self, field: &str, value: bool) -> Result<(), String> {
        self.set(field, value.into())
    }

    /// Returns the household's class, by [`Class::word`]. The whole record is read the first time, and then what is set
    /// anew.
    ///
    /// # Errors
    /// When the record does not say enough.
    pub fn class(&mut self) -> Result<String, String> {
        let household = self.household.get_or_insert_with(|| Household::read(&self.doc));
        let found = assess(household, self.commune, self.round).ok_or("the round has no standard")?;
        let class = found.class.ok_or_else(|| format!("what is missing: {:?}", found.missing))?;
        Ok(class.word().to_owned())
    }
}

impl Record {
    fn set(&mut self, path: &str, value: Value) -> Result<(), String> {
        let path: FieldPath = path.parse()?;
        if !field::may_hold(&path, self.round, &value) {
            return Err(field::rule(Lang::En, path.as_str(), self.round));
        }
        let seen = self.doc.seen(path.as_str());
        let change = Change { field: path, value, seen };
        self.doc.write_here(self.clock.tick(0), &change);
        if let Some(household) = &mut self.household {
            household.reread(&self.doc, change.field.as_str());
        }
        Ok(())
    }
}

fn find(standard: &str) -> Result<&'static Standard, String> {
    law::standard(standard).ok_or_else(|| format!("there is no standard {standard}"))
}
