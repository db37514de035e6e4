//! Fields of a call, read as Meta reads them.

use serde_json::Value;

use super::error::GraphError;

/// A field that is text or missing.
pub(super) fn text(object: &Value, field: &str) -> Result<Option<String>, GraphError> {
    match object.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(GraphError::parameter(&format!(
            "Param {field} must be a string."
        ))),
    }
}

pub(super) fn at_most(field: &str, text: Option<&str>, limit: usize) -> Result<(), GraphError> {
    let length = text.map_or(0, |text| text.chars().count());
    if length <= limit {
        return Ok(());
    }
    Err(GraphError::parameter(&format!(
        "Param {field} must be at most {limit} characters long."
    )))
}

/// Absent, or true or false; a form has no other way to say it than in letters.
pub(super) fn is_flag(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => true,
        Value::String(word) => matches!(word.as_str(), "true" | "false"),
        _ => false,
    }
}

/// Is a flag set?
pub(super) fn is_set(value: &Value) -> bool {
    value.as_bool().unwrap_or(value == "true")
}

/// A text that must be there, of 1 to `limit` characters; `place` is how Meta names it.
pub(super) fn words<'a>(
    object: &'a Value,
    field: &str,
    place: &str,
    limit: usize,
) -> Result<&'a str, GraphError> {
    match &object[field] {
        Value::Null => Err(missing(&format!("{place}['{field}']"))),
        Value::String(text) if (1..=limit).contains(&text.chars().count()) => Ok(text),
        _ => Err(GraphError::refused(
            131_009,
            format!("{place}['{field}'] length invalid. Min length: 1, Max length: {limit}"),
        )),
    }
}

/// A text that may be missing, of at most `limit` characters.
pub(super) fn maybe_words(
    object: &Value,
    field: &str,
    place: &str,
    limit: usize,
) -> Result<(), GraphError> {
    match &object[field] {
        Value::Null => Ok(()),
        _ => words(object, field, place, limit).map(|_| ()),
    }
}

/// Code 131008: a parameter is missing.
pub(super) fn missing(place: &str) -> GraphError {
    GraphError::refused(131_008, format!("Parameter {place} is required."))
}

/// Code 131009: a parameter has a value it cannot have.
pub(super) fn wrong(details: &str) -> GraphError {
    GraphError::refused(131_009, details)
}

/// An address to fetch something from or to lead to.
pub(super) fn is_web_address(url: &str) -> bool {
    crate::shared::web_address(url).is_some()
}
