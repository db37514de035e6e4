//! The way through a body: every entry, every change, every element, none of them parsed yet.

use std::rc::Rc;

use domain::Timestamp;
use domain::identity::ChannelKind;
use domain::inbound::ChannelKey;
use serde_json::value::RawValue;

use super::NotJson;
use super::fields::{Of, about};
use super::person::{self, Contacts};
use crate::json::{Object, elements, too_deep};

const WHATSAPP: &str = "whatsapp_business_account";

/// Editors put it before a body that was saved to a file.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What stands around the updates of a value.
const ENVELOPE: [&str; 2] = ["messaging_product", "metadata"];

/// One element of a body, with what its surroundings say about it.
pub(crate) struct Element<'a> {
    pub(crate) channel: Option<ChannelKey>,
    pub(crate) account_id: Option<String>,
    pub(crate) what: What<'a>,
}

/// What kind of element it is, told from where it stands.
pub(crate) enum What<'a> {
    Message(&'a RawValue, Rc<Contacts>),
    GroupMessage(&'a RawValue, Rc<Contacts>),
    Status(&'a RawValue, Rc<Contacts>),
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
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    let whole: &RawValue = serde_json::from_slice(body).map_err(|_| NotJson)?;
    let mut walk = Walk::default();
    walk.body(whole);
    Ok(walk.found)
}

fn channel(value: &Object<'_>) -> Option<ChannelKey> {
    Some(ChannelKey {
        kind: ChannelKind::WhatsApp,
        external_id: value.object("metadata")?.id("phone_number_id")?,
    })
}

/// Where we are, and what we found so far.
#[derive(Default)]
struct Walk<'a> {
    channel: Option<ChannelKey>,
    account_id: Option<String>,
    at: Option<Timestamp>,
    found: Vec<Element<'a>>,
}

impl<'a> Walk<'a> {
    fn body(&mut self, raw: &'a RawValue) {
        let envelope = Object::parse(raw);
        let Some((object, envelope)) = envelope.and_then(|e| Some((e.text("object")?, e))) else {
            return self.unreadable("body_without_object", raw);
        };
        let Some(entries) = envelope.raw("entry").and_then(elements) else {
            return self.unreadable("body_without_entries", raw);
        };
        for entry in entries {
            self.entry(&object, entry);
        }
    }

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
        self.at = person::timestamp(&entry, "time");
        for change in changes {
            self.change(change);
        }
    }

    fn change(&mut self, raw: &'a RawValue) {
        self.channel = None;
        let Some(change) = Object::parse(raw) else {
            return self.unreadable("change_not_an_object", raw);
        };
        let Some(field) = change.text("field") else {
            return self.unreadable("change_without_field", raw);
        };
        let value = change.object("value");
        self.channel = value.as_ref().and_then(channel);
        let Some(of) = about(&field) else {
            return self.ignored(&field);
        };
        let (Some(value), Some(source)) = (value, change.raw("value")) else {
            return self.unreadable("change_without_value", raw);
        };
        match field.as_str() {
            _ if of == Of::Conversations => self.conversations(&value, source),
            "user_preferences" if value.raw("user_preferences").is_some() => {
                self.events(&field, &value, "user_preferences");
            }
            "smb_message_echoes" if value.raw("message_echoes").is_some() => {
                self.events(&field, &value, "message_echoes");
            }
            // Meta's own example of a quality update carries the status update's name.
            "message_template_status_update" if value.raw("new_quality_score").is_some() => {
                self.event("message_template_quality_update", source);
            }
            _ => self.event(&field, source),
        }
    }

    fn conversations(&mut self, value: &Object<'a>, source: &'a RawValue) {
        let lists = ["messages", "statuses", "user_id_update", "errors"];
        if lists.iter().all(|list| value.raw(list).is_none()) {
            // The envelope alone, as Meta's own example has it, holds no event that could be lost.
            let says_nothing = value.names().all(|name| ENVELOPE.contains(&name));
            if !says_nothing {
                self.unreadable("value_without_updates", source);
            }
            return;
        }
        let [messages, statuses, moves, errors] = lists.map(|list| self.list(value, list));
        let contacts = Rc::new(Contacts::of(value, messages.len() + statuses.len()));
        for raw in messages {
            let contacts = Rc::clone(&contacts);
            // A group is no contact: in a person's thread it would open a window that is not theirs.
            let in_group = Object::parse(raw).is_some_and(|m| m.raw("group_id").is_some());
            let what = if in_group {
                What::GroupMessage(raw, contacts)
            } else {
                What::Message(raw, contacts)
            };
            self.of_channel(raw, what);
        }
        for raw in statuses {
            self.of_channel(raw, What::Status(raw, Rc::clone(&contacts)));
        }
        for raw in moves {
            self.of_channel(raw, What::Move(raw));
        }
        for raw in errors {
            self.event("errors", raw);
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

    fn events(&mut self, field: &str, value: &Object<'a>, list: &str) {
        for raw in self.list(value, list) {
            self.event(field, raw);
        }
    }

    /// Something that happened when it says itself, else when its entry says.
    fn event(&mut self, field: &str, raw: &'a RawValue) {
        let Some(event) = Object::parse(raw) else {
            return self.unreadable("event_not_an_object", raw);
        };
        let field = field.to_owned();
        let at = person::timestamp(&event, "timestamp").or(self.at);
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
