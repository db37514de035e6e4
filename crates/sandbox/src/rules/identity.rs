//! What of a customer changes: the number, the user id, what they want to hear.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{World, customer::BadCustomer, ids, inbound::Inbound};
use crate::log::Detail;
use crate::payload::{Happening, Update};

/// The webhook fields that tell of a customer without a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PersonField {
    /// A user id became another.
    UserId,
    /// Marketing is wanted or not.
    Preferences,
}

impl PersonField {
    /// The field of this name.
    #[must_use]
    pub(crate) fn of(word: &str) -> Option<Self> {
        [Self::UserId, Self::Preferences]
            .into_iter()
            .find(|field| field.word() == word)
    }

    fn word(self) -> &'static str {
        match self {
            Self::UserId => "user_id_update",
            Self::Preferences => "user_preferences",
        }
    }
}

impl World {
    /// The customer takes another number, or only another user id: tells every number that knows them.
    pub(crate) fn change_identity(
        &mut self,
        now: Timestamp,
        customer: usize,
        wa_id: Option<String>,
    ) -> Result<Vec<Update>, BadCustomer> {
        let before = self.customers[customer].clone();
        if let Some(wa_id) = &wa_id {
            self.free_number(wa_id)?;
        }
        let bsuid = ids::bsuid(&mut self.rng, wa_id.as_deref().or(before.wa_id.as_deref()));
        let system = match (&before.wa_id, &wa_id) {
            (Some(old), Some(new)) => Some(json!({
                "type": "user_changed_number",
                "body": format!("User {} changed from {old} to {new}", before.name),
                "wa_id": new,
                "user_id": bsuid,
            })),
            (None, _) => Some(json!({
                "type": "user_changed_user_id",
                "body": format!("User {} changed from {} to {bsuid}", before.name, before.bsuid),
                "user_id": bsuid,
            })),
            (Some(_), None) => None,
        };
        let known =
            (0..self.numbers.len()).filter(|number| self.thread(*number, customer).is_some());
        let known: Vec<usize> = known.collect();
        let mut updates = Vec::new();
        for number in &known {
            if let Some(system) = &system {
                let inbound = Inbound {
                    kind: "system".to_owned(),
                    payload: system.clone(),
                    ..Inbound::default()
                };
                updates.push(self.receive(now, *number, customer, inbound).1);
            }
        }
        let person = &mut self.customers[customer];
        person.bsuid.clone_from(&bsuid);
        person.wa_id = wa_id.or(before.wa_id);
        let ids = json!({"user_id": {"previous": before.bsuid, "current": bsuid}});
        for number in known {
            updates.push(self.person_field(now, number, customer, PersonField::UserId, &ids));
        }
        Ok(updates)
    }

    /// An element of a field about a customer: what `element` says, and what it leaves out.
    pub(crate) fn person_field(
        &self,
        now: Timestamp,
        number: usize,
        customer: usize,
        field: PersonField,
        element: &Value,
    ) -> Update {
        let person = &self.customers[customer];
        let mut whole = match field {
            PersonField::UserId => json!({
                "detail": "The user's id has changed.",
                "user_id": {"previous": person.bsuid, "current": person.bsuid},
                "timestamp": now.as_second().to_string(),
            }),
            PersonField::Preferences => json!({
                "user_id": person.bsuid,
                "detail": "User requested to stop marketing messages",
                "category": "marketing_messages",
                "value": "stop",
                "timestamp": now.as_second(),
            }),
        };
        if let Some(wa_id) = &person.wa_id {
            whole["wa_id"] = json!(wa_id);
        }
        for (name, value) in element.as_object().into_iter().flatten() {
            whole[name] = value.clone();
        }
        let detail = Detail {
            from: Some(person.name.clone()),
            ..Detail::of(field.word())
        };
        let contact = Some(person.contact());
        self.update(
            number,
            contact,
            Happening::Field(field.word(), whole),
            detail,
        )
    }
}
