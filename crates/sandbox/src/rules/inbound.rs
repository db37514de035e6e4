//! What customers do: write, and look at their phones.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    Message, Place, World,
    customer::Device,
    ids::{self, Direction},
    status::Stage,
};
use crate::log::Detail;
use crate::payload::{Happening, Update};

/// A message a customer writes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inbound {
    /// `text`, `image`, `location`, ...
    pub(crate) kind: String,
    /// The object under the kind; null for the kinds that have none.
    pub(crate) payload: Value,
    /// The message it answers.
    pub(crate) reply_to: Option<String>,
    /// The ad it came from.
    pub(crate) referral: Option<Value>,
    /// More fields of the message, as `errors` or a `context` of its own.
    pub(crate) extra: Map<String, Value>,
}

impl Inbound {
    /// A text.
    #[must_use]
    pub(crate) fn text(body: &str) -> Self {
        Self {
            kind: "text".to_owned(),
            payload: json!({"body": body}),
            ..Self::default()
        }
    }
}

impl World {
    /// A customer writes at `at`: opens the window and tells the business.
    pub(crate) fn receive(
        &mut self,
        at: Timestamp,
        number: usize,
        customer: usize,
        inbound: Inbound,
    ) -> (String, Update) {
        // The business learns whole seconds only, so the window counts from them too.
        let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
        let person = &self.customers[customer];
        let (device, name) = (person.device, person.name.clone());
        let contact = (inbound.kind != "system").then(|| person.contact());
        let address = person.id().to_owned();
        let id = ids::wamid(&mut self.rng, &address, Direction::In);
        let object = self.inbound_object(&id, at, number, customer, &inbound);
        self.opens_window(at, number, customer, &inbound, device);
        let detail = Detail {
            from: Some(name),
            ..Detail::of(&inbound.kind)
        };
        self.add(Message {
            id: id.clone(),
            at,
            text: words(&inbound.payload),
            kind: inbound.kind,
            payload: inbound.payload,
            reply_to: inbound.reply_to,
            stage: Some(Stage::Delivered),
            looked_at: true,
            place: Place {
                number,
                customer: Some(customer),
            },
            outbound: None,
        });
        let update = self.update(number, contact, Happening::Message(object), detail);
        (id, update)
    }

    fn inbound_object(
        &self,
        id: &str,
        at: Timestamp,
        number: usize,
        customer: usize,
        inbound: &Inbound,
    ) -> Map<String, Value> {
        let person = &self.customers[customer];
        let mut object = Map::new();
        if let Some(wa_id) = &person.wa_id {
            object.insert("from".to_owned(), json!(wa_id));
        }
        object.insert("from_user_id".to_owned(), json!(person.bsuid));
        object.insert("id".to_owned(), json!(id));
        object.insert("timestamp".to_owned(), json!(at.as_second().to_string()));
        object.insert("type".to_owned(), json!(inbound.kind));
        if !inbound.payload.is_null() {
            object.insert(inbound.kind.clone(), inbound.payload.clone());
        }
        if let Some(id) = &inbound.reply_to {
            let from = self.author_of(id, number);
            object.insert("context".to_owned(), json!({"from": from, "id": id}));
        }
        if let Some(referral) = &inbound.referral {
            object.insert("referral".to_owned(), referral.clone());
        }
        object.extend(inbound.extra.clone());
        object
    }

    /// Whose message a quote shows: the customer may quote themselves.
    fn author_of(&self, id: &str, number: usize) -> String {
        self.messages
            .get(id)
            .filter(|message| message.direction() == Direction::In)
            .and_then(|message| message.place.customer)
            .map_or_else(
                || self.numbers[number].digits(),
                |customer| self.customers[customer].id().to_owned(),
            )
    }

    fn opens_window(
        &mut self,
        at: Timestamp,
        number: usize,
        customer: usize,
        inbound: &Inbound,
        device: Device,
    ) {
        let thread = self.thread_mut(number, customer);
        if inbound.kind == "system" {
            return;
        }
        thread.last_inbound = thread.last_inbound.max(Some(at));
        if inbound.referral.is_some() && device != Device::Web {
            thread.free_entry.came_from_ad(at);
        }
    }

    /// Somebody looks at the customer's phone: all that reached it, up to one message, is read.
    /// None if that message is not there.
    pub(crate) fn look(
        &mut self,
        now: Timestamp,
        number: usize,
        customer: usize,
        up_to: Option<&str>,
    ) -> Option<Vec<Update>> {
        let ids: Vec<String> = self
            .messages(number, customer)
            .iter()
            .map(|message| message.id.clone())
            .collect();
        let end = match up_to {
            Some(up_to) => ids.iter().position(|id| id == up_to)? + 1,
            None => ids.len(),
        };
        let updates = ids[..end]
            .iter()
            .filter_map(|id| self.read_on_the_phone(now, id))
            .collect();
        Some(updates)
    }

    fn read_on_the_phone(&mut self, now: Timestamp, id: &str) -> Option<Update> {
        let customer = self.messages.get(id)?.place.customer?;
        let online = self.customers[customer].online;
        let message = self.messages.get_mut(id)?;
        let there = message.on_the_phone() || (online && message.stage == Some(Stage::Sent));
        if !there || message.looked_at {
            return None;
        }
        message.looked_at = true;
        self.advance(now, id, Stage::Read)
    }
}

/// The words of a message: its body or its caption.
fn words(payload: &Value) -> Option<String> {
    let words = payload.get("body").or_else(|| payload.get("caption"))?;
    words.as_str().map(str::to_owned)
}
