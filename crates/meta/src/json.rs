//! JSON read leniently: a field of the wrong type counts as absent and spoils nothing beside it.
//!
//! An [`Object`] keeps its fields as slices of the body and parses one only when it is asked for.

use std::borrow::Cow;
use std::fmt;

use domain::text::storable;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::Value;
use serde_json::value::RawValue;

/// Levels of nesting beyond which an element is not read. Meta's own go to about ten; below serde's limit
/// of 128, so that whatever passes here can be parsed by anybody later.
const MAX_DEPTH: usize = 100;

/// A JSON object whose fields are not parsed yet.
pub(crate) struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Object<'a> {
    /// The object, if that is what it is.
    pub(crate) fn parse(raw: &'a RawValue) -> Option<Self> {
        serde_json::from_str(raw.get()).ok()
    }

    /// What its fields are called.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }

    /// The field as the provider wrote it; `null` counts as absent.
    pub(crate) fn raw(&self, key: &str) -> Option<&'a RawValue> {
        let (_, raw) = self.0.iter().rev().find(|(k, _)| k == key)?;
        (raw.get() != "null").then_some(raw)
    }

    /// Words; empty ones count as absent. What a database cannot hold is stripped.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.raw(key).and_then(text)
    }

    /// An id: a string, or a number where somebody forgot the quotes.
    pub(crate) fn id(&self, key: &str) -> Option<String> {
        self.text(key)
            .or_else(|| self.number::<u64>(key).map(|n| n.to_string()))
    }

    /// A number, written as one.
    pub(crate) fn number<T: Deserialize<'a>>(&self, key: &str) -> Option<T> {
        serde_json::from_str(self.raw(key)?.get()).ok()
    }

    /// A whole number, written as a number or as a string.
    pub(crate) fn integer(&self, key: &str) -> Option<i64> {
        self.number(key)
            .or_else(|| self.text(key)?.trim().parse().ok())
    }

    /// Whether the field is `true`.
    pub(crate) fn flag(&self, key: &str) -> bool {
        self.raw(key).is_some_and(|raw| raw.get() == "true")
    }

    /// An object inside.
    pub(crate) fn object(&self, key: &str) -> Option<Object<'a>> {
        self.raw(key).and_then(Object::parse)
    }

    /// The elements of a list inside; none if it is absent or no list.
    pub(crate) fn list(&self, key: &str) -> Vec<&'a RawValue> {
        self.raw(key).and_then(elements).unwrap_or_default()
    }
}

/// The elements of a list, if that is what it is.
pub(crate) fn elements(raw: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(raw.get()).ok()
}

/// The value parsed whole. What cannot be (half a surrogate pair, a number beyond all bounds) becomes a
/// string of its source, so that it is still kept.
pub(crate) fn value(raw: &RawValue) -> Value {
    let source = raw.get();
    match serde_json::from_str(source) {
        Ok(parsed) if source.contains(r"\u0000") => without_nul(parsed),
        Ok(parsed) => parsed,
        Err(_) => Value::String(source.to_owned()),
    }
}

/// Whether the value nests deeper than anything Meta sends.
pub(crate) fn too_deep(raw: &RawValue) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in raw.get().bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth -= 1,
            _ => {}
        }
        if depth > MAX_DEPTH {
            return true;
        }
    }
    false
}

fn text(raw: &RawValue) -> Option<String> {
    let source = raw.get();
    let text = match serde_json::from_str(source) {
        Ok(Word(word)) => storable(&word),
        Err(_) => storable(&serde_json::from_str::<Mended>(source).ok()?.0),
    };
    Some(text).filter(|text| !text.is_empty())
}

fn without_nul(value: Value) -> Value {
    match value {
        Value::String(s) => Value::String(storable(&s)),
        Value::Array(items) => items.into_iter().map(without_nul).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(key, field)| (storable(&key), without_nul(field)))
            .collect(),
        other => other,
    }
}

/// A string that stays in the body unless it holds an escape.
#[derive(Deserialize)]
struct Word<'a>(#[serde(borrow)] Cow<'a, str>);

/// A string with half a surrogate pair, as a cut through an emoji leaves it; U+FFFD takes its place.
struct Mended(String);

impl<'de> Deserialize<'de> for Mended {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(Bytes)
    }
}

struct Bytes;

impl Visitor<'_> for Bytes {
    type Value = Mended;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Mended, E> {
        let half_pair = "\u{fffd}".repeat(3);
        Ok(Mended(
            String::from_utf8_lossy(bytes).replace(&half_pair, "\u{fffd}"),
        ))
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::with_capacity(8);
        while let Some((Word(key), raw)) = map.next_entry()? {
            fields.push((key, raw));
        }
        Ok(Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(source: &str) -> Box<RawValue> {
        serde_json::from_str(source).unwrap()
    }

    #[test]
    fn a_field_of_the_wrong_type_is_absent() {
        let source = raw(
            r#"{"word":"Luc\u00eda","nul":"a\u0000b","empty":"","only_nul":"\u0000","half":"a\ud83db",
                "n":12,"s":" 12 ","f":1.5,"yes":true,"none":null,"list":[1,{}],"o":{"a":"b"},
                "twice":"first","twice":"second","\u0065sc":"x"}"#,
        );
        let object = Object::parse(&source).unwrap();
        for (key, text, id, integer) in [
            ("word", Some("Lucía"), Some("Lucía"), None),
            ("nul", Some("ab"), Some("ab"), None),
            ("empty", None, None, None),
            ("only_nul", None, None, None),
            ("half", Some("a\u{fffd}b"), Some("a\u{fffd}b"), None),
            ("n", None, Some("12"), Some(12)),
            ("s", Some(" 12 "), Some(" 12 "), Some(12)),
            ("f", None, None, None),
            ("none", None, None, None),
            ("list", None, None, None),
            ("twice", Some("second"), Some("second"), None),
            ("esc", Some("x"), Some("x"), None),
            ("missing", None, None, None),
        ] {
            assert_eq!(object.text(key).as_deref(), text, "text {key}");
            assert_eq!(object.id(key).as_deref(), id, "id {key}");
            assert_eq!(object.integer(key), integer, "integer {key}");
        }
        assert!(object.flag("yes") && !object.flag("n") && !object.flag("missing"));
        assert_eq!(object.list("list").len(), 2);
        assert!(object.list("o").is_empty() && object.object("list").is_none());
        assert_eq!(object.object("o").unwrap().text("a").as_deref(), Some("b"));
        assert!(object.raw("none").is_none());
    }

    #[test]
    fn what_serde_cannot_hold_is_kept_as_its_source() {
        assert_eq!(
            value(&raw(r#""\ud83d""#)),
            Value::String(r#""\ud83d""#.into())
        );
        assert_eq!(value(&raw("[1e999]")), Value::String("[1e999]".into()));
        assert_eq!(
            value(&raw(r#"{"a\u0000":["\u0000b"]}"#)),
            serde_json::json!({"a": ["b"]})
        );
    }

    #[test]
    fn depth_counts_brackets_outside_strings() {
        let nested = |levels: usize| raw(&format!("{}{}", "[".repeat(levels), "]".repeat(levels)));
        assert!(!too_deep(&nested(MAX_DEPTH)));
        assert!(too_deep(&nested(MAX_DEPTH + 1)));
        assert!(!too_deep(&raw(&format!(r#""\"{}""#, "[".repeat(500)))));
    }
}
