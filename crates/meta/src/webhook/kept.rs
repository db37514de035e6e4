//! What was kept raw by a program that could not read it yet.

use domain::message::Part;
use serde_json::Value;
use serde_json::value::to_raw_value;

use super::cards;
use crate::json::{Object, elements};

/// The card that a part kept raw under this name makes now; `None` where the raw part is all there is.
#[must_use]
pub fn card_of(name: &str, kept: &Value) -> Option<Part> {
    let raw = to_raw_value(kept).ok()?;
    match name {
        "contacts" => {
            let told = elements(&raw)?.into_iter().map(Object::parse);
            let told: Vec<_> = told.collect::<Option<_>>()?;
            let asked_for = told.iter().any(cards::is_asked_for);
            let cards = told.iter().map(cards::contact).collect();
            Some(Part::Contacts { cards, asked_for })
        }
        "order" => Object::parse(&raw).map(|order| cards::order(&order)),
        "nfm_reply" => Object::parse(&raw).map(|answer| cards::form(&answer)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::{Reading, read};
    use domain::inbound::News;

    #[test]
    fn what_was_kept_raw_makes_the_card_that_its_message_makes_today() {
        for fixture in [
            include_bytes!("../../fixtures/whatsapp/contacts.json").as_slice(),
            include_bytes!("../../fixtures/whatsapp/order.json"),
            include_bytes!("../../fixtures/whatsapp/interactive_flow_reply.json"),
        ] {
            let items = read(fixture).unwrap();
            let Reading::Update(News::Message(message)) = &items[0].reading else {
                panic!("{items:?}");
            };
            let [card, Part::Raw { name, json }] = message.parts.as_slice() else {
                panic!("{:?}", message.parts);
            };
            assert_eq!(card_of(name, json).as_ref(), Some(card), "{name}");
        }
        assert_eq!(card_of("system", &serde_json::json!({"type": "x"})), None);
        assert_eq!(card_of("contacts", &serde_json::json!("a text")), None);
    }
}
