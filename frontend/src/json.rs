//! Reads JSON into types, as `serde_json::from_str` does, for a fraction of its code.
//!
//! What `serde_json` brings along says what is wrong and where, down to how a fraction is printed. An app only has to know
//! that it was sent something else than it understands.

use std::fmt::Display;

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, EnumAccess, Expected, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

/// The text is no JSON, or not that of the type asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the JSON that was expected")]
pub struct NotThat;

/// Reads a text that holds one value.
///
/// # Errors
/// When the text is something else.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, NotThat> {
    let mut reader = Reader { text, at: 0, depth: MAX_DEPTH, string: String::new() };
    let value = T::deserialize(&mut reader)?;
    if reader.peek().is_some() { Err(NotThat) } else { Ok(value) }
}

/// Most lists and objects within each other.
const MAX_DEPTH: u8 = 127;

struct Reader<'a> {
    text: &'a str,
    /// Bytes that are read.
    at: usize,
    /// How many more lists and objects there may be within each other.
    depth: u8,
    /// The string that was read last.
    string: String,
}

/// A whole number.
enum Number {
    Positive(u64),
    Negative(i64),
}

impl Reader<'_> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Returns the next byte that is no space, without reading it.
    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
        self.byte()
    }

    fn expect(&mut self, byte: u8) -> Result<(), NotThat> {
        if self.peek() != Some(byte) {
            return Err(NotThat);
        }
        self.at += 1;
        Ok(())
    }

    fn word(&mut self, word: &str) -> Result<(), NotThat> {
        if !self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            return Err(NotThat);
        }
        self.at += word.len();
        Ok(())
    }

    fn bool(&mut self) -> Result<bool, NotThat> {
        let value = self.peek() == Some(b't');
        self.word(if value { "true" } else { "false" })?;
        Ok(value)
    }

    fn digits(&mut self) -> Result<(), NotThat> {
        let start = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(NotThat) } else { Ok(()) }
    }

    /// Reads a number; returns it if it is whole.
    fn number(&mut self) -> Result<Option<Number>, NotThat> {
        let negative = self.peek() == Some(b'-');
        self.at += usize::from(negative);
        let start = self.at;
        self.digits()?;
        let digits = &self.text[start..self.at];
        if digits.len() > 1 && digits.starts_with('0') {
            return Err(NotThat);
        }
        let whole = digits.parse::<u64>().ok();
        let mut is_whole = true;
        if self.byte() == Some(b'.') {
            is_whole = false;
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            is_whole = false;
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(whole.filter(|_| is_whole).and_then(|whole| match negative {
            false => Some(Number::Positive(whole)),
            // There is no whole number -0.
            true => 0_i64.checked_sub_unsigned(whole).filter(|n| *n < 0).map(Number::Negative),
        }))
    }

    /// Reads a string into `self.string`.
    fn string(&mut self) -> Result<(), NotThat> {
        self.expect(b'"')?;
        self.string.clear();
        loop {
            let start = self.at;
            while self.byte().is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f)) {
                self.at += 1;
            }
            self.string.push_str(&self.text[start..self.at]);
            let end = self.byte();
            self.at += 1;
            match end {
                Some(b'"') => return Ok(()),
                Some(b'\\') => {
                    let escaped = self.escaped()?;
                    self.string.push(escaped);
                }
                _ => return Err(NotThat),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, NotThat> {
        let byte = self.byte().ok_or(NotThat)?;
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let mut code = self.unit()?;
                if let 0xd800..=0xdbff = code {
                    self.word("\\u")?;
                    let low = self.unit()?;
                    if !(0xdc00..=0xdfff).contains(&low) {
                        return Err(NotThat);
                    }
                    code = 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                }
                char::from_u32(code).ok_or(NotThat)?
            }
            _ => return Err(NotThat),
        })
    }

    /// Reads the four digits of an escaped character.
    fn unit(&mut self) -> Result<u32, NotThat> {
        let digits = self.text.get(self.at..self.at + 4).ok_or(NotThat)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NotThat);
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).map_err(|_| NotThat)
    }

    /// Begins a list or an object.
    fn open(&mut self, byte: u8) -> Result<(), NotThat> {
        self.expect(byte)?;
        self.depth = self.depth.checked_sub(1).ok_or(NotThat)?;
        Ok(())
    }

    /// Returns whether there is another item, or ends the list or the object.
    fn another(&mut self, first: bool, end: u8) -> Result<bool, NotThat> {
        if self.peek() == Some(end) {
            self.at += 1;
            self.depth += 1;
            return Ok(false);
        }
        if !first {
            self.expect(b',')?;
            // A comma promises one more.
            if self.peek() == Some(end) {
                return Err(NotThat);
            }
        }
        Ok(true)
    }

    /// Reads a value of any kind that nobody wants.
    fn skip(&mut self) -> Result<(), NotThat> {
        match self.peek() {
            Some(b'n') => self.word("null"),
            Some(b't' | b'f') => self.bool().map(drop),
            Some(b'"') => self.string(),
            Some(begin @ (b'[' | b'{')) => {
                self.open(begin)?;
                let mut first = true;
                while self.another(first, begin + 2)? {
                    first = false;
                    if begin == b'{' {
                        self.string()?;
                        self.expect(b':')?;
                    }
                    self.skip()?;
                }
                Ok(())
            }
            _ => self.number().map(drop),
        }
    }
}

macro_rules! whole_numbers {
    ($($name:ident)*) => {$(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotThat> {
            self.deserialize_i64(visitor)
        }
    )*};
}

impl<'de> de::Deserializer<'de> for &mut Reader<'_> {
    type Error = NotThat;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotThat> {
        match self.peek() {
            Some(b'n') => self.deserialize_unit(visitor),
            Some(b't' | b'f') => self.deserialize_bool(visitor),
            Some(b'"') => self.deserialize_str(visitor),
            Some(b'[') => self.deserialize_seq(visitor),
            Some(b'{') => self.deserialize_map(visitor),
            _ => self.deserialize_i64(visitor),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotThat> {
        self.peek();
        self.word("null")?;
        visitor.visit_unit()
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotThat> {
        let value = self.bool()?;
        visitor.visit_bool(value)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotThat> {
        match self.number()? {
            Some(Number::Positive(n)) => visitor.visit_u64(n),
            Some(Number::Negative(n)) => visitor.visit_i64(n),
            // No type that an app reads holds a fraction; shares travel as text.
            None => Err(NotThat),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotThat> {
        self.string()?;
        visitor.visit_str(&self.string)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotThat> {
        if self.peek() == Some(b'n') {
            self.word("null")?;
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, NotThat> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotThat> {
        self.open(b'[')?;
        let mut items = Items { reader: self, first: true, over: false };
        let value = visitor.visit_seq(&mut items)?;
        // A tuple stops before the end, which must follow.
        if items.another(b']')? {
            return Err(NotThat);
        }
        Ok(value)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, NotThat> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotThat> {
        self.open(b'{')?;
        let mut items = Items { reader: self, first: true, over: false };
        let value = visitor.visit_map(&mut items)?;
        if items.another(b'}')? {
            return Err(NotThat);
        }
        Ok(value)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, NotThat> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, NotThat> {
        let has_content = self.peek() == Some(b'{');
        if has_content {
            self.open(b'{')?;
        }
        let value = visitor.visit_enum(Variant { reader: &mut *self, has_content })?;
        if has_content {
            self.expect(b'}')?;
            self.depth += 1;
        }
        Ok(value)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotThat> {
        self.skip()?;
        visitor.visit_unit()
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotThat> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotThat> {
        self.deserialize_str(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, NotThat> {
        self.deserialize_seq(visitor)
    }

    whole_numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    forward_to_deserialize_any! { i128 u128 f32 f64 char bytes byte_buf unit_struct }
}

/// The items of a list or the entries of an object.
struct Items<'r, 'a> {
    reader: &'r mut Reader<'a>,
    first: bool,
    over: bool,
}

impl Items<'_, '_> {
    fn another(&mut self, end: u8) -> Result<bool, NotThat> {
        if self.over {
            return Ok(false);
        }
        let another = self.reader.another(self.first, end)?;
        (self.first, self.over) = (false, !another);
        Ok(another)
    }
}

/// A variant of an enum: a word, or an object of its word and its content.
struct Variant<'r, 'a> {
    reader: &'r mut Reader<'a>,
    has_content: bool,
}

impl<'de> EnumAccess<'de> for Variant<'_, '_> {
    type Error = NotThat;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), NotThat> {
        let variant = seed.deserialize(&mut *self.reader)?;
        if self.has_content {
            self.reader.expect(b':')?;
        }
        Ok((variant, self))
    }
}

impl Variant<'_, '_> {
    /// Fails where there is no more than the word.
    const fn content(&self) -> Result<(), NotThat> {
        if self.has_content { Ok(()) } else { Err(NotThat) }
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, '_> {
    type Error = NotThat;

    fn unit_variant(self) -> Result<(), NotThat> {
        if self.has_content {
            self.reader.peek();
            self.reader.word("null")?;
        }
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, NotThat> {
        self.content()?;
        seed.deserialize(self.reader)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, NotThat> {
        self.content()?;
        de::Deserializer::deserialize_seq(self.reader, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, NotThat> {
        self.content()?;
        de::Deserializer::deserialize_map(self.reader, visitor)
    }
}

impl<'de> SeqAccess<'de> for &mut Items<'_, '_> {
    type Error = NotThat;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, NotThat> {
        if !self.another(b']')? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }
}

impl<'de> MapAccess<'de> for &mut Items<'_, '_> {
    type Error = NotThat;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, NotThat> {
        if !self.another(b'}')? {
            return Ok(None);
        }
        if self.reader.peek() != Some(b'"') {
            return Err(NotThat);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, NotThat> {
        self.reader.expect(b':')?;
        seed.deserialize(&mut *self.reader)
    }
}

/// Everything that could be said of an error is dropped here, so that none of it is compiled in.
impl de::Error for NotThat {
    fn custom<T: Display>(_: T) -> Self {
        NotThat
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        NotThat
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        NotThat
    }

    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        NotThat
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        NotThat
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        NotThat
    }

    fn missing_field(_: &'static str) -> Self {
        NotThat
    }

    fn duplicate_field(_: &'static str) -> Self {
        NotThat
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fmt::Debug;

    use serde::Deserialize;
    use soho_shared::record::Value;
    use soho_shared::report::{Derived, Table};
    use soho_shared::wire::{Problem, Status};

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Sample {
        name: String,
        #[serde(default)]
        small: Option<u8>,
        pairs: Vec<(usize, i64)>,
        status: Status,
        values: BTreeMap<String, Value>,
    }

    const SAMPLE: &str = r#" {"name":"\"Ấp 4\" \ud83c\udf34\n", "small":255,"of_2030":[{"a":[1.5e-3,-0,{}]},null,true],
        "pairs":[[1,-9223372036854775808],[0, 18]],"status":"conflict",
        "values":{"a":null,"b":[true,false,-5,"x"],"c":{"d":9223372036854775807}}} "#;

    fn same<T: DeserializeOwned + Debug + PartialEq>(text: &str) {
        assert_eq!(read::<T>(text).ok(), serde_json::from_str::<T>(text).ok(), "{text}");
    }

    #[test]
    fn a_text_is_read_like_serde_json_reads_it_wherever_it_is_cut_or_changed() {
        assert!(read::<Sample>(SAMPLE).is_ok());
        same::<Sample>(SAMPLE);
        for (at, c) in SAMPLE.char_indices() {
            same::<Sample>(&SAMPLE[..at]);
            let after = &SAMPLE[at + c.len_utf8()..];
            for other in [
                "", " ", "\"", "\\", ",", ":", "0", "7", "-", ".", "e", "[", "]", "{", "}", "n", "é", "\u{1}",
            ] {
                same::<Sample>(&[&SAMPLE[..at], other, after].concat());
            }
        }
    }

    #[test]
    fn single_values_are_read_like_serde_json_reads_them() {
        for text in [
            "",
            " ",
            "null",
            "nul",
            "true",
            "false",
            "0",
            "-0",
            "-1",
            "01",
            "-01",
            "1.",
            "1.0",
            "1e3",
            "18446744073709551615",
            "18446744073709551616",
            "9223372036854775808",
            "-9223372036854775808",
            "-9223372036854775809",
            "256",
            "+1",
            r#""""#,
            r#""a"#,
            r#""\u00e9""#,
            r#""\ud83c""#,
            r#""\udf34""#,
            r#""\ud83c\u0041""#,
            r#""\u12g4""#,
            r#""\u+123""#,
            r#""\x""#,
            "\"\t\"",
            "[]",
            "[,]",
            "[1,]",
            "[1 2]",
            "[1]]",
            "{}",
            r#"{"a":1,}"#,
            r#"{"a" 1}"#,
            "{1:2}",
            r#"{"a":1,"a":2}"#,
            "\u{feff}1",
            "\u{a0}1",
        ] {
            same::<Value>(text);
            same::<Vec<u8>>(text);
            same::<Option<String>>(text);
            same::<(i64, u8)>(text);
            same::<i64>(text);
            same::<u8>(text);
            same::<bool>(text);
            same::<Status>(text);
            same::<BTreeMap<String, u64>>(text);
        }
    }

    #[test]
    fn what_the_server_refuses_is_read() {
        let problem = r#"{"type":"/problems/invalid-value","title":"x","status":422,"detail":"y","field":"a","clock":1}"#;
        assert!(read::<Problem>(problem).is_ok_and(|problem| problem.status == 422));
        same::<Problem>(problem);
    }

    #[test]
    fn tables_are_read() {
        let table = r#"{"title":{"vi":"a","en":"b"},"about":{"vi":"c","en":"d"},"columns":[
            {"id":"name","head":{"vi":"e","en":"f"},"kind":"text","width":20},
            {"id":"n","head":{"vi":"g","en":"h"},"kind":"count","width":9,"derived":"sum"},
            {"id":"p","head":{"vi":"i","en":"j"},"kind":"percent","width":9,"derived":{"percent":{"part":"n","of":"m"}}}
            ],"lines":[{"kind":"unit","code":"836","cells":["x",12,"15.50"]},{"kind":"total","cells":[null,-3,null]}]}"#;
        assert!(read::<Table>(table).is_ok_and(|table| table.columns[2].derived != Derived::Given));
        same::<Table>(table);
        for derived in [
            r#""percent""#,
            r#"{"percent":null}"#,
            r#"{"percent":{"part":"n"}}"#,
            r#"{"percent":{"part":"n","of":"m"},"sum":null}"#,
            r#"{"sum":null}"#,
            r#"{"sum":1}"#,
            r#"{"sum"}"#,
            "{}",
        ] {
            same::<Derived>(derived);
        }
    }

    #[test]
    fn no_depth_exhausts_the_stack() {
        for depth in [126, 127, 128, 100_000] {
            same::<Value>(&["[".repeat(depth), "]".repeat(depth)].concat());
            assert!(depth < 128 || read::<BTreeMap<String, u8>>(&"{\"a\":".repeat(depth)).is_err());
        }
        assert!(read::<de::IgnoredAny>(&"[".repeat(100_000)).is_err());
    }
}
