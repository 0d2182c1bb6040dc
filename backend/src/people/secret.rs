//! Secrets drawn from the operating system. Only their SHA-256 is ever stored.

use std::fmt;
use std::str::FromStr;

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use serde::{Deserialize, Serialize, de};
use sha2::{Digest as _, Sha256};

/// The SHA-256 of a secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    fn of(secret: &[u8]) -> Self {
        Digest(Sha256::digest(secret).into())
    }

    /// The digest's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(…)")
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&HEXLOWER.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        from_hex(&text).map(Digest).ok_or_else(|| de::Error::custom("not 64 hexadecimal digits"))
    }
}

/// 32 bytes from 64 hexadecimal digits.
pub(crate) fn from_hex(text: &str) -> Option<[u8; 32]> {
    HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// Secret in a browser's cookie, by which it is known again: 256 random bits.
pub struct Token([u8; 32]);

impl Token {
    /// Draws a new token.
    ///
    /// # Errors
    /// When the system gives no random bits.
    pub fn draw() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Token(bytes))
    }

    /// Digest of the token, which is all that is stored of it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }

    /// The token as it travels: 64 hexadecimal digits.
    #[must_use]
    pub fn to_text(&self) -> String {
        HEXLOWER.encode(&self.0)
    }

    /// The inverse of [`Token::to_text`]; `None` for anything else.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        from_hex(text).map(Token)
    }
}

/// Letters of a code: Crockford's base 32, without I, L, O and U, which are mistaken for others.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Number of letters in a code: 50 random bits, far more than can be tried while it lives.
const CODE_LETTERS: usize = 10;

/// Code that enrols a device: typed once, or read from a picture. Written `4XKQ2-7HZ0M`.
#[derive(PartialEq, Eq)]
pub struct Code([u8; CODE_LETTERS]);

impl Code {
    /// Draws a new code.
    ///
    /// # Errors
    /// When the system gives no random bits.
    pub fn draw() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; CODE_LETTERS];
        getrandom::fill(&mut bytes)?;
        // 256 is a multiple of 32: every letter is equally likely.
        Ok(Code(bytes.map(|byte| LETTERS[usize::from(byte % 32)])))
    }

    /// Digest of the code, which is all that is stored of it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, letter) in self.0.iter().enumerate() {
            if i == CODE_LETTERS / 2 {
                f.write_str("-")?;
            }
            write!(f, "{}", char::from(*letter))?;
        }
        Ok(())
    }
}

impl FromStr for Code {
    type Err = ();

    /// Forgives what people do: small letters, spaces, dashes, and letters that are mistaken for others.
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut code = [0; CODE_LETTERS];
        let mut letters =
            text.bytes().filter(|b| !matches!(b, b' ' | b'-')).map(|b| match b.to_ascii_uppercase() {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                other => other,
            });
        for place in &mut code {
            *place = letters.next().filter(|letter| LETTERS.contains(letter)).ok_or(())?;
        }
        letters.next().map_or(Ok(Code(code)), |_| Err(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_read_back_and_differ() {
        let (one, two) = (Token::draw().unwrap(), Token::draw().unwrap());
        assert_ne!(one.to_text(), two.to_text());
        assert_eq!(Token::from_text(&one.to_text()).unwrap().digest(), one.digest());
        let uneven = "é".repeat(32);
        for bad in ["", "ab", &"g".repeat(64), &one.to_text()[1..], &uneven] {
            assert!(Token::from_text(bad).is_none(), "{bad}");
        }
        let json = serde_json::to_string(&one.digest()).unwrap();
        assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), one.digest());
        assert!(!json.contains(&one.to_text()));
    }

    #[test]
    fn codes_forgive_what_people_type() {
        let code = Code::draw().unwrap();
        assert!(code.to_string().parse() == Ok(Code(code.0)) && code.to_string().len() == 11);
        let typed = |text: &str| text.parse::<Code>().map(|code| code.to_string());
        assert_eq!(typed(" 4xkq2 7hzom"), Ok("4XKQ2-7HZ0M".to_owned()));
        assert_eq!(typed("iLIlO-00000"), Ok("11110-00000".to_owned()));
        for bad in ["", "4XKQ2-7HZ0", "4XKQ2-7HZ0M0", "4XKQ2-7HZ0U", "ấpấpấpấpấp"] {
            assert_eq!(typed(bad), Err(()), "{bad}");
        }
    }
}
