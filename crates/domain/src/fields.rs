//! What is wrong with a field of a message that Meta would refuse.

use crate::text::is_blank;

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// Something has to stand in it.
    Empty,
    /// It has too many characters.
    TooLong {
        /// How many there may be.
        max: usize,
        /// How many there are.
        length: usize,
    },
    /// It has too few or too many of something.
    Count {
        /// How many there have to be at least.
        min: usize,
        /// How many there may be.
        max: usize,
        /// How many there are.
        count: usize,
    },
    /// The same stands in another.
    Twice,
    /// It is no address of a page.
    NoUrl,
    /// It is no e-mail address.
    NoEmail,
    /// It is no number to call.
    NoNumber,
    /// It is no day as year, month and day.
    NoDay,
    /// It is none of the words that may stand there.
    Unknown,
    /// A character that no keyboard makes.
    ControlCharacter,
    /// It is no number from `min` to `max`.
    OutOfRange {
        /// The least.
        min: i32,
        /// The most.
        max: i32,
    },
    /// This kind of message has none.
    NotHere,
}

/// A field that cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadField {
    /// Which: `buttons[1]`, `sections[0].rows[2].title`.
    pub field: String,
    /// What is wrong with it.
    pub wrong: Wrong,
}

pub(crate) fn bad(field: impl Into<String>, wrong: Wrong) -> BadField {
    BadField {
        field: field.into(),
        wrong,
    }
}

/// Whether there are some and not too many.
pub(crate) fn within(field: &str, count: usize, max: usize) -> Result<(), BadField> {
    if (1..=max).contains(&count) {
        return Ok(());
    }
    let min = 1;
    Err(bad(field, Wrong::Count { min, max, count }))
}

/// Words that have to be there, without the white space around them.
pub(crate) fn required(field: &str, words: &str, max: usize) -> Result<String, BadField> {
    let words = words.trim();
    if is_blank(words) {
        return Err(bad(field, Wrong::Empty));
    }
    if words.chars().any(|c| c.is_control() && c != '\n') {
        return Err(bad(field, Wrong::ControlCharacter));
    }
    let length = words.chars().count();
    if length > max {
        return Err(bad(field, Wrong::TooLong { max, length }));
    }
    Ok(words.to_owned())
}

/// Words that may be there; blank ones are absent.
pub(crate) fn optional(
    field: &str,
    words: Option<String>,
    max: usize,
) -> Result<Option<String>, BadField> {
    match words {
        Some(words) if !is_blank(&words) => required(field, &words, max).map(Some),
        _ => Ok(None),
    }
}
