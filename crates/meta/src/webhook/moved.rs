//! People whose ids change: a field of its own since 2026, and a system line in the thread.

use domain::Timestamp;
use domain::inbound::{Moved, Person};
use serde_json::value::RawValue;

use super::person::{keys, timestamp};
use crate::json::Object;

/// An element of `user_id_update`. The number, if given, is on both sides: it is one way we may know them,
/// the last to be asked.
pub(crate) fn read(raw: &RawValue) -> Result<Moved, &'static str> {
    let update = Object::parse(raw).ok_or("user_id_update_not_an_object")?;
    let at = timestamp(&update, "timestamp").ok_or("user_id_update_without_timestamp")?;
    let ids = |when: &str| {
        let of = |key| update.object(key).and_then(|change| change.id(when));
        keys(of("user_id"), of("parent_user_id"), None)
    };
    let (mut from, mut to) = (ids("previous"), ids("current"));
    if from.is_empty() || to.is_empty() {
        return Err("user_id_update_without_ids");
    }
    let number = keys(None, None, update.id("wa_id"));
    from.extend(number.iter().cloned());
    to.extend(number);
    Ok(Moved {
        external_id: None,
        at,
        from,
        to,
    })
}

/// A system line that says its author's ids changed.
pub(crate) fn of_system_line(
    system: &Object<'_>,
    author: &Person,
    external_id: &str,
    at: Timestamp,
) -> Option<Moved> {
    let word = system.text("type")?;
    if !matches!(
        word.as_str(),
        "user_changed_number" | "customer_changed_number" | "user_changed_user_id"
    ) {
        return None;
    }
    let number = system.id("wa_id").or_else(|| system.id("new_wa_id"));
    let to = keys(system.id("user_id"), system.id("parent_user_id"), number);
    (!to.is_empty() && to != author.keys).then(|| Moved {
        external_id: Some(external_id.to_owned()),
        at,
        from: author.keys.clone(),
        to,
    })
}
