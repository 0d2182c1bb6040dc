//! The value of a field.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A field's value: JSON without fractions, so that a value has one form only and nothing is rounded.
/// Lists and maps are carried for fields a newer device may send; today's fields are scalars.
///
/// ```
/// use soho_shared::record::Value;
///
/// assert_eq!(serde_json::from_str::<Value>("4000000").unwrap(), Value::Int(4_000_000));
///
/// // No number has a fraction, not even one of nothing.
/// assert!(serde_json::from_str::<Value>("4000000.0").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// No value: the field was cleared.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text.
    Text(String),
    /// A list of values.
    List(Vec<Value>),
    /// Values by name.
    Map(BTreeMap<String, Value>),
}

impl Value {
    /// The number, if it is one.
    #[must_use]
    pub const fn as_int(&self) -> Option<i64> {
        if let Value::Int(n) = self { Some(*n) } else { None }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Value::Text(t) = self { Some(t) } else { None }
    }

    /// Whether it is `true`.
    #[must_use]
    pub const fn is_true(&self) -> bool {
        matches!(self, Value::Bool(true))
    }

    /// Rough size in bytes; in memory the value takes at most about eight times as much.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Value::Null | Value::Bool(_) | Value::Int(_) => 8,
            Value::Text(t) => t.len(),
            Value::List(items) => 8 + items.iter().map(Value::size).sum::<usize>(),
            Value::Map(items) => 8 + items.iter().map(|(k, v)| 8 + k.len() + v.size()).sum::<usize>(),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Int(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::Text(value)
    }
}

/// A [`Value`] with its kind written out, for formats that do not describe themselves (postcard).
#[derive(Serialize)]
enum Tagged<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Text(&'a str),
    List(&'a [Value]),
    Map(&'a BTreeMap<String, Value>),
}

#[derive(Deserialize)]
enum TaggedOwned {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if !s.is_human_readable() {
            return match self {
                Value::Null => Tagged::Null,
                Value::Bool(b) => Tagged::Bool(*b),
                Value::Int(n) => Tagged::Int(*n),
                Value::Text(t) => Tagged::Text(t),
                Value::List(items) => Tagged::List(items),
                Value::Map(items) => Tagged::Map(items),
            }
            .serialize(s);
        }
        match self {
            Value::Null => s.serialize_unit(),
            Value::Bool(b) => s.serialize_bool(*b),
            Value::Int(n) => s.serialize_i64(*n),
            Value::Text(t) => s.serialize_str(t),
            Value::List(items) => {
                let mut seq = s.serialize_seq(Some(items.len()))?;
                for item in items {
                    seq.serialize_element(item)?;
                }
                seq.end()
            }
            Value::Map(items) => {
                let mut map = s.serialize_map(Some(items.len()))?;
                for (key, item) in items {
                    map.serialize_entry(key, item)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        if d.is_human_readable() {
            return d.deserialize_any(AnyValue);
        }
        Ok(match TaggedOwned::deserialize(d)? {
            TaggedOwned::Null => Value::Null,
            TaggedOwned::Bool(b) => Value::Bool(b),
            TaggedOwned::Int(n) => Value::Int(n),
            TaggedOwned::Text(t) => Value::Text(t),
            TaggedOwned::List(items) => Value::List(items),
            TaggedOwned::Map(items) => Value::Map(items),
        })
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a whole number, true, false or null")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, b: bool) -> Result<Value, E> {
        Ok(Value::Bool(b))
    }

    fn visit_i64<E: de::Error>(self, n: i64) -> Result<Value, E> {
        Ok(Value::Int(n))
    }

    fn visit_u64<E: de::Error>(self, n: u64) -> Result<Value, E> {
        i64::try_from(n).map(Value::Int).map_err(|_| E::custom("the number is too large"))
    }

    fn visit_str<E: de::Error>(self, t: &str) -> Result<Value, E> {
        Ok(Value::Text(t.to_owned()))
    }

    fn visit_string<E: de::Error>(self, t: String) -> Result<Value, E> {
        Ok(Value::Text(t))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut items = BTreeMap::new();
        while let Some((key, item)) = map.next_entry()? {
            items.insert(key, item);
        }
        Ok(Value::Map(items))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_reads_back_and_fractions_are_refused() {
        let json = r#"[null,true,-5,"Ấp 4",[1],{"a":false}]"#;
        let values: Vec<Value> = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&values).unwrap(), json);
        let packed = postcard::to_stdvec(&values).unwrap();
        assert_eq!(postcard::from_bytes::<Vec<Value>>(&packed).unwrap(), values);
        assert!(serde_json::from_str::<Value>("1.5").is_err());
        assert!(serde_json::from_str::<Value>("18446744073709551615").is_err());
    }
}
