//! The way through a body: every entry, every change, every element, none of them parsed yet.

use std::rc::Rc;

use domain::Timestamp;
use domain::identity::ChannelKind;
use domain::inbound::ChannelKey;
use serde_json::value::RawValue;

use super::NotJson;
use super::person::{self, Contacts};
use crate::json::{Object, elements, too_deep};

const WHATSAPP: &str = "whatsapp_business_account";

/// Fields kept as they come, because Charla acts on them or will: accounts, numbers, templates, wishes.
const KEPT: [&str; 15] = [
    "account_alerts",
    "account_review_update",
    "account_update",
    "business_capability_update",
    "message_template_components_update",
    "message_template_quality_update",
    "message_template_status_update",
    "payment_configuration_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "phone_number_username_update",
    "security",
    "smb_message_echoes",
    "template_category_update",
    "user_preferences",
];

/// One element of a body, with what its surroundings say about it.
pub(crate) struct Element<'a> {
    pub(crate) channel: Option<ChannelKey>,
    pub(crate) account_id: Option<String>,
    pub(crate) what: What<'a>,
}

/// What kind of element it is, told from where it stands.
pub(crate) enum What<'a> {
    Message(&'a RawValue, Rc<Contacts>),
    Status(&'a RawValue),
    Move(&'a RawValue),
    Event {
        field: String,
        at: Option<Timestamp>,
        raw: &'a RawValue,
    },
    Ignored {
        field: String,
    },
    Unreadable {
        reason: &'static str,
        raw: &'a RawValue,
    },
}

/// Everything in a body, in its order.
pub(crate) fn elements_of(body: &[u8]) -> Result<Vec<Element<'_>>, NotJson> {
    let whole: &RawValue = serde_json::from_slice(body).map_err(|_| NotJson)?;
    let envelope = Object::parse(whole).ok_or(NotJson)?;
    let mut walk = Walk::default();
    match (
        envelope.text("object"),
        envelope.raw("entry").and_then(elements),
    ) {
        (Some(object), Some(entries)) => {
            for entry in entries {
                walk.entry(&object, entry);
            }
        }
        (None, _) => walk.unreadable("body_without_object", whole),
        (_, None) => walk.unreadable("body_without_entries", whole),
    }
    Ok(walk.found)
}

/// Where we are, and what we found so far.
#[derive(Default)]
struct Walk<'a> {
    channel: Option<ChannelKey>,
    account_id: Option<String>,
    found: Vec<Element<'a>>,
}

impl<'a> Walk<'a> {
    fn entry(&mut self, object: &str, raw: &'a RawValue) {
        (self.account_id, self.channel) = (None, None);
        let Some(entry) = Object::parse(raw) else {
            return self.unreadable("entry_not_an_object", raw);
        };
        self.account_id = entry.id("id");
        if object != WHATSAPP {
            return self.ignored(object);
        }
        let Some(changes) = entry.raw("changes").and_then(elements) else {
            return self.unreadable("entry_without_changes", raw);
        };
        let at = person::timestamp(&entry, "time");
        for change in changes {
            self.channel = None;
            self.change(change, at);
        }
    }

    fn change(&mut self, raw: &'a RawValue, at: Option<Timestamp>) {
        let Some(change) = Object::parse(raw) else {
            return self.unreadable("change_not_an_object", raw);
        };
        let Some(field) = change.text("field") else {
            return self.unreadable("change_without_field", raw);
        };
        let of_messages = matches!(field.as_str(), "messages" | "user_id_update");
        if !of_messages && !KEPT.contains(&field.as_str()) {
            return self.ignored(&field);
        }
        let (Some(value), Some(source)) = (change.object("value"), change.raw("value")) else {
            return self.unreadable("change_without_value", raw);
        };
        self.channel = value
            .object("metadata")
            .and_then(|metadata| metadata.id("phone_number_id"))
            .map(|external_id| ChannelKey {
                kind: ChannelKind::WhatsApp,
                external_id,
            });
        match field.as_str() {
            "messages" | "user_id_update" => self.conversations(&field, &value),
            "user_preferences" => {
                for wish in self.list(&value, "user_preferences") {
                    let at = Object::parse(wish).and_then(|w| person::timestamp(&w, "timestamp"));
                    self.event(&field, at, wish);
                }
            }
            // Meta's own example of a quality update carries the status update's name.
            "message_template_status_update" if value.raw("new_quality_score").is_some() => {
                self.event("message_template_quality_update", at, source);
            }
            _ => self.event(&field, at, source),
        }
    }

    /// The value of `messages` and `user_id_update`: told apart by what is in it, not by its name.
    fn conversations(&mut self, field: &str, value: &Object<'a>) {
        let lists = ["messages", "statuses", "user_id_update", "errors"];
        if lists.iter().all(|list| value.raw(list).is_none()) {
            return self.ignored(field);
        }
        let messages = self.list(value, "messages");
        let contacts = Rc::new(Contacts::of(value, messages.len()));
        for raw in messages {
            // A group is no contact: in a person's thread it would open a window that is not theirs.
            if Object::parse(raw).is_some_and(|m| m.raw("group_id").is_some()) {
                self.event("group_message", None, raw);
            } else {
                self.of_channel(raw, What::Message(raw, Rc::clone(&contacts)));
            }
        }
        for raw in self.list(value, "statuses") {
            self.of_channel(raw, What::Status(raw));
        }
        for raw in self.list(value, "user_id_update") {
            self.of_channel(raw, What::Move(raw));
        }
        for raw in self.list(value, "errors") {
            self.event("errors", None, raw);
        }
    }

    /// The elements of a list; what stands in its place and is none is one element that nobody can read.
    fn list(&mut self, value: &Object<'a>, key: &str) -> Vec<&'a RawValue> {
        let Some(raw) = value.raw(key) else {
            return Vec::new();
        };
        elements(raw).unwrap_or_else(|| {
            self.unreadable("not_a_list", raw);
            Vec::new()
        })
    }

    fn of_channel(&mut self, raw: &'a RawValue, what: What<'a>) {
        if self.channel.is_none() {
            self.unreadable("value_without_phone_number_id", raw);
        } else {
            self.unless_too_deep(raw, what);
        }
    }

    fn event(&mut self, field: &str, at: Option<Timestamp>, raw: &'a RawValue) {
        let field = field.to_owned();
        self.unless_too_deep(raw, What::Event { field, at, raw });
    }

    fn ignored(&mut self, field: &str) {
        let field = field.to_owned();
        self.add(What::Ignored { field });
    }

    fn unreadable(&mut self, reason: &'static str, raw: &'a RawValue) {
        self.add(What::Unreadable { reason, raw });
    }

    fn unless_too_deep(&mut self, raw: &'a RawValue, what: What<'a>) {
        if too_deep(raw) {
            self.unreadable("too_deep", raw);
        } else {
            self.add(what);
        }
    }

    fn add(&mut self, what: What<'a>) {
        self.found.push(Element {
            channel: self.channel.clone(),
            account_id: self.account_id.clone(),
            what,
        });
    }
}
