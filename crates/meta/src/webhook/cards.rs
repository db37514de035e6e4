//! People, orders, forms and ads, as they come.

use domain::cards::{ContactCard, FormAnswer, OrderItem, Reach, Referral};
use domain::message::Part;
use domain::text::storable;
use serde_json::Value;

use crate::json::Object;

/// What a form sends along for whoever made it.
const TOKEN: &str = "flow_token";

/// A person's card.
pub(super) fn contact(card: &Object<'_>) -> ContactCard {
    let org = card.object("org");
    ContactCard {
        name: card.object("name").and_then(|name| name_of(&name)),
        phones: reaches(card, "phones", |phone| {
            phone.text("phone").or_else(|| phone.id("wa_id"))
        }),
        emails: reaches(card, "emails", |email| email.text("email")),
        urls: reaches(card, "urls", |url| url.text("url")),
        addresses: reaches(card, "addresses", address),
        company: org.as_ref().and_then(|org| org.text("company")),
        title: org.as_ref().and_then(|org| org.text("title")),
        birthday: card.text("birthday"),
    }
}

/// Whether a card is the answer to our question for the number.
pub(super) fn is_asked_for(card: &Object<'_>) -> bool {
    card.text("origin").as_deref() == Some("contact_request")
}

fn name_of(name: &Object<'_>) -> Option<String> {
    name.text("formatted_name").or_else(|| {
        let told = ["first_name", "middle_name", "last_name"].map(|part| name.text(part));
        let told: Vec<_> = told.into_iter().flatten().collect();
        (!told.is_empty()).then(|| told.join(" "))
    })
}

fn reaches(
    card: &Object<'_>,
    list: &str,
    value: impl Fn(&Object<'_>) -> Option<String>,
) -> Vec<Reach> {
    let one = |reach: Object<'_>| {
        Some(Reach {
            value: value(&reach)?,
            label: reach.text("type"),
        })
    };
    card.list(list)
        .into_iter()
        .filter_map(Object::parse)
        .filter_map(one)
        .collect()
}

fn address(address: &Object<'_>) -> Option<String> {
    let told = ["street", "zip", "city", "state", "country"].map(|part| address.text(part));
    let told: Vec<_> = told.into_iter().flatten().collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// What was ordered. A line without a product is left out: all of it is kept beside this.
pub(super) fn order(said: &Object<'_>) -> Part {
    let items = said.list("product_items").into_iter();
    Part::Order {
        catalog: said.id("catalog_id"),
        items: items
            .filter_map(Object::parse)
            .filter_map(|item| order_item(&item))
            .collect(),
    }
}

fn order_item(item: &Object<'_>) -> Option<OrderItem> {
    Some(OrderItem {
        product: item.id("product_retailer_id")?,
        quantity: item.integer("quantity").unwrap_or(1),
        price: item.number("item_price").and_then(micros),
        currency: item.text("currency"),
    })
}

/// A price in micro-units. What no price can be is none.
fn micros(price: f64) -> Option<i64> {
    let micros = (price * 1e6).round();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is whole, and far inside of what fits"
    )]
    (0.0..1e15).contains(&micros).then_some(micros as i64)
}

/// The answers of a form: a string of JSON, or of something else. Never trusted.
pub(super) fn form(answer: &Object<'_>) -> Part {
    let told = answer.text("response_json").unwrap_or_default();
    let answers = match serde_json::from_str(&told) {
        Ok(Value::Object(fields)) => fields
            .into_iter()
            .filter(|(name, _)| name != TOKEN)
            .map(|(name, value)| FormAnswer {
                name: storable(&name),
                value: words(value),
            })
            .collect(),
        _ if told.is_empty() => Vec::new(),
        _ => vec![FormAnswer {
            name: String::new(),
            value: told,
        }],
    };
    Part::Form {
        name: answer.text("name"),
        answers,
    }
}

fn words(value: Value) -> String {
    match value {
        Value::String(words) => storable(&words),
        other => storable(&other.to_string()),
    }
}

/// The ad or the post that brought somebody here.
pub(super) fn referral(said: &Object<'_>) -> Referral {
    Referral {
        source: said.text("source_type"),
        url: said.text("source_url"),
        headline: said.text("headline"),
        body: said.text("body"),
        greeting: said
            .object("welcome_message")
            .and_then(|welcome| welcome.text("text")),
    }
}
