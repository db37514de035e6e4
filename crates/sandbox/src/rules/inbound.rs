//! What customers do: write, and look at their phones.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    Changed, Message, Place, World,
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
    /// The file it carries, by its id.
    pub(crate) file: Option<String>,
    /// The product it asks about.
    pub(crate) product: Option<Value>,
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
        mut inbound: Inbound,
    ) -> (String, Update) {
        // The business learns whole seconds only, so the window counts from them too.
        let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
        self.change(number, customer, &inbound);
        let person = &self.customers[customer];
        let (device, name) = (person.device, person.name.clone());
        let contact = (inbound.kind != "system").then(|| person.contact());
        let address = person.id().to_owned();
        let id = ids::wamid(&mut self.rng, &address, Direction::In);
        if inbound.product.is_some() && inbound.reply_to.is_none() {
            // Meta names the message in which the catalogue showed it.
            inbound.reply_to = Some(ids::wamid(&mut self.rng, &address, Direction::Out));
        }
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
            file: inbound.file,
            reply_to: inbound.reply_to,
            stage: Some(Stage::Delivered),
            looked_at: true,
            changed: None,
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
            let mut context = json!({"from": from, "id": id});
            if let Some(product) = &inbound.product {
                context["referred_product"] = product.clone();
            }
            object.insert("context".to_owned(), context);
        }
        if let Some(referral) = &inbound.referral {
            object.insert("referral".to_owned(), referral.clone());
        }
        object.extend(inbound.extra.clone());
        object
    }

    /// An edit or a revocation changes the message that it names, if the customer wrote that.
    fn change(&mut self, number: usize, customer: usize, inbound: &Inbound) {
        let changed = match inbound.kind.as_str() {
            "edit" => Changed::Edited,
            "revoke" => Changed::Revoked,
            _ => return,
        };
        let here = Place {
            number,
            customer: Some(customer),
        };
        let id = inbound.payload["original_message_id"].as_str();
        let Some(message) = id.and_then(|id| self.messages.get_mut(id)) else {
            return;
        };
        if message.place != here || message.direction() != Direction::In {
            return;
        }
        message.changed = Some(changed);
        let new = &inbound.payload["message"];
        let said = &new[new["type"].as_str().unwrap_or_default()];
        if changed == Changed::Edited && !said.is_null() {
            message.text = words(said);
            message.payload = said.clone();
        }
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
        let is_said = !matches!(
            inbound.kind.as_str(),
            "system" | "edit" | "revoke" | "request_welcome"
        );
        if !is_said {
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

    /// The customer listens to a voice note, which is read with that. None if there is none of that id.
    pub(crate) fn listen(&mut self, now: Timestamp, id: &str) -> Option<Vec<Update>> {
        let message = self.messages.get(id)?;
        let is_voice = message.kind == "audio" && message.payload["voice"] != false;
        if !message.on_the_phone() || !is_voice {
            return None;
        }
        let stages = [Stage::Read, Stage::Played];
        Some(
            stages
                .into_iter()
                .filter_map(|stage| self.advance(now, id, stage))
                .collect(),
        )
    }

    fn read_on_the_phone(&mut self, now: Timestamp, id: &str) -> Option<Update> {
        let customer = self.messages.get(id)?.place.customer?;
        let online = self.customers[customer].online;
        let message = self.messages.get_mut(id)?;
        if message.kind == "reaction" {
            return None;
        }
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
