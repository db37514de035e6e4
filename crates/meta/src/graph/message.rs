//! The JSON of a message that is sent.

use domain::cards::{ContactCard, Place, Reach};
use domain::interactive::{Interactive, Offer, Section};
use domain::media::MediaKind;
use domain::outbound::Content;
use serde_json::{Value, json};

use super::Recipient;

/// A message to hand over.
#[derive(Debug, Clone, Copy)]
pub struct Outbound<'a> {
    /// Whom it is for.
    pub to: Recipient<'a>,
    /// What it says.
    pub content: &'a Content,
    /// The provider's id of the file in it.
    pub file: Option<&'a str>,
    /// The provider's id of the message it answers.
    pub reply_to: Option<&'a str>,
    /// Our try's id: it comes back in every status of it.
    pub try_ref: &'a str,
}

impl Outbound<'_> {
    pub(super) fn json(&self) -> Value {
        let (word, said) = said(self.content, self.file);
        let mut message = json!({
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "type": word,
            "biz_opaque_callback_data": self.try_ref,
        });
        message[word] = said;
        if let Some(wa_id) = self.to.wa_id {
            // Without the "+" Meta puts the business's own country code in front.
            message["to"] = json!(format!("+{}", wa_id.trim_start_matches('+')));
        }
        if let Some(bsuid) = self.to.bsuid {
            message["recipient"] = json!(bsuid);
        }
        // A reaction cannot carry a context.
        if let Some(wamid) = self.reply_to
            && !matches!(self.content, Content::Reaction { .. })
        {
            message["context"] = json!({"message_id": wamid});
        }
        message
    }
}

/// Graph's word for the type, and the object under that word.
fn said(content: &Content, file: Option<&str>) -> (&'static str, Value) {
    match content {
        Content::Text(body) => {
            let has_link = body.contains("https://") || body.contains("http://");
            ("text", json!({"body": body, "preview_url": has_link}))
        }
        // An empty emoji takes a reaction back.
        Content::Reaction { to, emoji } => {
            let emoji = emoji.as_deref().unwrap_or_default();
            ("reaction", json!({"message_id": to, "emoji": emoji}))
        }
        Content::Interactive { body, interactive } => {
            ("interactive", interactive_object(body, interactive))
        }
        Content::Location(place) => ("location", location(place)),
        Content::Contacts(cards) => {
            let cards: Vec<Value> = cards.iter().map(card).collect();
            ("contacts", json!(cards))
        }
        Content::File {
            kind,
            name,
            caption,
            ..
        } => {
            let (word, mut object) = file_object(*kind, file);
            if let Some(caption) = caption {
                object["caption"] = json!(caption);
            }
            if *kind == MediaKind::Document
                && let Some(name) = name
            {
                object["filename"] = json!(name);
            }
            (word, object)
        }
    }
}

fn location(place: &Place) -> Value {
    let told = json!({"latitude": place.latitude, "longitude": place.longitude});
    with(told, [("name", &place.name), ("address", &place.address)])
}

/// Adds the fields that are there: Meta calls the others optional, and not null.
fn with<'a>(
    mut object: Value,
    fields: impl IntoIterator<Item = (&'a str, &'a Option<String>)>,
) -> Value {
    for (name, value) in fields {
        if let Some(value) = value {
            object[name] = json!(value);
        }
    }
    object
}

/// Of a name Meta wants the whole and one part at least.
fn card(card: &ContactCard) -> Value {
    let name = card.name.as_deref().unwrap_or_default();
    let first = name.split_whitespace().next().unwrap_or_default();
    let mut told = json!({
        "name": {"formatted_name": name, "first_name": first},
        "phones": reaches(&card.phones, "phone"),
        "emails": reaches(&card.emails, "email"),
        "urls": reaches(&card.urls, "url"),
        "addresses": reaches(&card.addresses, "street"),
    });
    if card.company.is_some() || card.title.is_some() {
        let fields = [("company", &card.company), ("title", &card.title)];
        told["org"] = with(json!({}), fields);
    }
    with(told, [("birthday", &card.birthday)])
}

fn reaches(reaches: &[Reach], word: &str) -> Vec<Value> {
    let told = |reach: &Reach| {
        let mut told = json!({});
        told[word] = json!(reach.value);
        with(told, [("type", &reach.label)])
    };
    reaches.iter().map(told).collect()
}

/// A voice note is an audio that says so.
fn file_object(kind: MediaKind, id: Option<&str>) -> (&'static str, Value) {
    match kind {
        MediaKind::Image => ("image", json!({"id": id})),
        MediaKind::Video => ("video", json!({"id": id})),
        MediaKind::Audio => ("audio", json!({"id": id})),
        MediaKind::Voice => ("audio", json!({"id": id, "voice": true})),
        MediaKind::Document => ("document", json!({"id": id})),
        MediaKind::Sticker => ("sticker", json!({"id": id})),
    }
}

fn interactive_object(body: &str, around: &Interactive) -> Value {
    let (word, action) = action(&around.offer);
    let mut object = json!({"type": word, "body": {"text": body}, "action": action});
    if let Some(header) = &around.header {
        object["header"] = json!({"type": "text", "text": header});
    }
    if let Some(footer) = &around.footer {
        object["footer"] = json!({"text": footer});
    }
    object
}

fn action(offer: &Offer) -> (&'static str, Value) {
    match offer {
        Offer::Buttons { buttons } => {
            let button = |(id, title)| {
                let id = format!("{id}");
                json!({"type": "reply", "reply": {"id": id, "title": title}})
            };
            let buttons: Vec<Value> = (1..).zip(buttons).map(button).collect();
            ("button", json!({"buttons": buttons}))
        }
        Offer::List { button, sections } => {
            let sections = sections_of(sections);
            ("list", json!({"button": button, "sections": sections}))
        }
        Offer::Link { label, url } => {
            let parameters = json!({"display_text": label, "url": url});
            let action = json!({"name": "cta_url", "parameters": parameters});
            ("cta_url", action)
        }
        Offer::Location => ("location_request_message", json!({"name": "send_location"})),
        Offer::Contact => (
            "request_contact_info",
            json!({"name": "request_contact_info"}),
        ),
    }
}

fn sections_of(sections: &[Section]) -> Vec<Value> {
    let mut ids = 1..;
    let mut told = Vec::with_capacity(sections.len());
    for section in sections {
        let rows: Vec<Value> = section
            .rows
            .iter()
            .zip(ids.by_ref())
            .map(|(row, id)| {
                let mut told = json!({"id": format!("{id}"), "title": row.title});
                if let Some(description) = &row.description {
                    told["description"] = json!(description);
                }
                told
            })
            .collect();
        let mut one = json!({"rows": rows});
        if let Some(title) = &section.title {
            one["title"] = json!(title);
        }
        told.push(one);
    }
    told
}
