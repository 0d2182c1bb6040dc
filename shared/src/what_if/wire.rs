//! The columns as bytes: small once compressed, and read without trusting them.
//!
//! ```text
//! "SHWI" 1            marks the bytes as these columns; number of the format
//! round               varint, the year
//! communes            varint, how many; then of each, by rising code:
//!   code, decided, undecided, people in the undecided      varints
//! members             a byte a household
//! deprivations        a byte a household, where the round's standard counts them
//! thousands           annual net income, as a varint a household: how many thousand đồng it is above
//!                     the one before (zigzag; the first of each commune above 0)
//! đồng                what is left of it, 0 to 999, as a varint a household
//! ```
//!
//! Households of a commune are sorted by members and income, so that the differences are small. People state whole
//! thousands, so that the last column is nearly all zeros, which compression removes.

use super::households::{Households, OfCommune};
use crate::area::CommuneCode;
use crate::classify::Members;
use crate::money::Vnd;
use crate::record::Round;

const MAGIC: [u8; 4] = *b"SHWI";
const FORMAT: u8 = 1;
/// Unit of the column of thousands, in đồng.
const THOUSAND: i64 = 1_000;

/// Reason why bytes are not the columns of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The bytes are something else altogether.
    #[error("these are not the columns of a round")]
    NotColumns,
    /// The columns have the format of another version.
    #[error("the columns have format {0}, this version reads {FORMAT}: load the page again")]
    Format(u8),
    /// The bytes end too early.
    #[error("the columns end too early: load them again")]
    Short,
    /// Bytes follow the end of the columns.
    #[error("something follows the columns: load them again")]
    Long,
    /// A value is impossible.
    #[error("the columns hold a wrong {0}: load them again")]
    Wrong(&'static str),
}

impl Households {
    /// Writes the columns.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64 + self.communes.len() * 12 + self.len() * 5);
        out.extend_from_slice(&MAGIC);
        out.push(FORMAT);
        write(&mut out, u64::from(self.round.year()));
        write(&mut out, self.communes.len() as u64);
        for commune in &self.communes {
            write(&mut out, u64::from(u32::from_be_bytes(commune.code.to_bytes())));
            write(&mut out, commune.decided as u64);
            write(&mut out, commune.undecided as u64);
            write(&mut out, commune.undecided_persons);
        }
        out.extend(self.members.iter().map(|members| members.get()));
        out.extend_from_slice(self.deprivations.as_deref().unwrap_or_default());
        let mut from = 0;
        for commune in &self.communes {
            let mut before = 0;
            for net in &self.annual_net[from..from + commune.decided] {
                let thousands = net.get().div_euclid(THOUSAND);
                write(&mut out, zigzag(thousands - before));
                before = thousands;
            }
            from += commune.decided;
        }
        for net in &self.annual_net {
            write(&mut out, net.get().rem_euclid(THOUSAND).unsigned_abs());
        }
        out
    }

    /// Reads the columns.
    ///
    /// # Errors
    /// When the bytes do not have the form that [`Households::to_bytes`] writes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        let rest = bytes.strip_prefix(&MAGIC).ok_or(WireError::NotColumns)?;
        let (format, rest) = rest.split_first().ok_or(WireError::Short)?;
        if *format != FORMAT {
            return Err(WireError::Format(*format));
        }
        let mut reader = Reader(rest);
        let round = u16::try_from(reader.varint()?).ok().and_then(Round::new);
        let round = round.ok_or(WireError::Wrong("round"))?;
        let mut all = Households::empty(round);
        let mut households = 0usize;
        for _ in 0..reader.varint()? {
            let commune = reader.commune()?;
            if all.communes.last().is_some_and(|before| before.code >= commune.code) {
                return Err(WireError::Wrong("order of communes"));
            }
            households = households.checked_add(commune.decided).ok_or(WireError::Short)?;
            all.communes.push(commune);
        }
        // Each household has a byte here: a wrong number never asks for more memory than was sent.
        let members = reader.take(households)?;
        let member = |n: &u8| Members::new(i64::from(*n)).ok_or(WireError::Wrong("number of members"));
        all.members = members.iter().map(member).collect::<Result<_, _>>()?;
        if all.deprivations.is_some() {
            all.deprivations = Some(reader.take(households)?.to_vec());
        }
        let mut thousands = Vec::with_capacity(households);
        for commune in &all.communes {
            let mut before = 0i64;
            for _ in 0..commune.decided {
                before = before.checked_add(unzigzag(reader.varint()?)).ok_or(WireError::Wrong("income"))?;
                thousands.push(before);
            }
        }
        all.annual_net.reserve_exact(households);
        for thousands in thousands {
            let dong = i64::try_from(reader.varint()?).ok().filter(|dong| *dong < THOUSAND);
            let net = thousands.checked_mul(THOUSAND).zip(dong).and_then(|(t, dong)| t.checked_add(dong));
            all.annual_net.push(net.and_then(Vnd::new).ok_or(WireError::Wrong("income"))?);
        }
        if !reader.0.is_empty() {
            return Err(WireError::Long);
        }
        all.fill_residence();
        Ok(all)
    }
}

/// Appends a varint: seven bits a byte, the lowest first; the eighth bit says that more bytes follow.
fn write(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n.to_le_bytes()[0] | 0x80);
        n >>= 7;
    }
    out.push(n.to_le_bytes()[0]);
}

/// Maps small numbers of either sign to small numbers without one.
const fn zigzag(n: i64) -> u64 {
    ((n << 1) ^ (n >> 63)).cast_unsigned()
}

const fn unzigzag(n: u64) -> i64 {
    (n >> 1).cast_signed() ^ -((n & 1).cast_signed())
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], WireError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(WireError::Short)?;
        self.0 = rest;
        Ok(taken)
    }

    fn varint(&mut self) -> Result<u64, WireError> {
        let mut n = 0;
        for (at, byte) in self.0.iter().take(10).enumerate() {
            let bits = u64::from(byte & 0x7f);
            if at == 9 && bits > 1 {
                break;
            }
            n |= bits << (7 * at);
            if byte & 0x80 == 0 {
                self.0 = &self.0[at + 1..];
                return Ok(n);
            }
        }
        Err(if self.0.len() < 10 { WireError::Short } else { WireError::Wrong("number") })
    }

    fn count(&mut self) -> Result<usize, WireError> {
        // A tally counts in signed 64 bits; no real number needs more than 32.
        let count = u32::try_from(self.varint()?).map_err(|_| WireError::Wrong("count"))?;
        usize::try_from(count).map_err(|_| WireError::Wrong("count"))
    }

    fn commune(&mut self) -> Result<OfCommune, WireError> {
        let code = u32::try_from(self.varint()?).ok().and_then(|n| CommuneCode::from_bytes(n.to_be_bytes()));
        let code = code.ok_or(WireError::Wrong("commune"))?;
        let (decided, undecided) = (self.count()?, self.count()?);
        Ok(OfCommune { code, decided, undecided, undecided_persons: self.count()? as u64 })
    }
}
