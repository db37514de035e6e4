//! Reading columns back into values.

use domain::Timestamp;

use crate::error::Error;

/// An instant from its microseconds. Ours are always in range; a row that is not reads as the epoch.
pub(crate) fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or_default()
}

/// A closed word from its column.
pub(crate) fn word<T>(
    column: &'static str,
    value: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, Error> {
    parse(value).ok_or_else(|| Error::Corrupt {
        column,
        value: value.to_owned(),
    })
}
