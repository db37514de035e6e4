//! What we hand to a provider, in our words.
//!
//! A message of ours is kept as every line is: a kind, words and parts. [`Content`] is what they mean when it
//! is handed over; `meta` turns it into the provider's JSON.

use crate::MediaId;
use crate::cards::{ContactCard, Place};
use crate::interactive::{Interactive, Offer};
use crate::media::MediaKind;
use crate::message::{MessageKind, Part};
use crate::text::lines;

/// What a message of ours says.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Words.
    Text(String),
    /// An emoji on a message of the customer; no emoji takes it back.
    Reaction {
        /// The provider's id of the message it sits on.
        to: String,
        /// The emoji.
        emoji: Option<String>,
    },
    /// Words, and something to tap.
    Interactive {
        /// The words.
        body: String,
        /// What stands around them.
        interactive: Interactive,
    },
    /// A place.
    Location(Place),
    /// People's cards.
    Contacts(Vec<ContactCard>),
    /// A file, and words under it.
    File {
        /// The file.
        file: MediaId,
        /// What it is to the person who gets it.
        kind: MediaKind,
        /// What it is called.
        name: Option<String>,
        /// The words.
        caption: Option<String>,
    },
}

impl Content {
    /// The kind of its line.
    #[must_use]
    pub const fn kind(&self) -> MessageKind {
        match self {
            Self::Text(_) => MessageKind::Text,
            Self::Reaction { .. } => MessageKind::Reaction,
            Self::Interactive { .. } => MessageKind::Interactive,
            Self::Location(_) => MessageKind::Location,
            Self::Contacts(_) => MessageKind::Contacts,
            Self::File { kind, .. } => kind.message(),
        }
    }

    /// The words in it, if it has any: of a reaction the emoji.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Reaction { emoji, .. } => emoji.as_deref(),
            Self::Interactive { body, .. } => Some(body),
            Self::Location(_) | Self::Contacts(_) => None,
            Self::File { caption, .. } => caption.as_deref(),
        }
    }

    /// What it is made of, where that is more than words.
    #[must_use]
    pub fn parts(&self) -> Vec<Part> {
        match self {
            Self::Text(_) => Vec::new(),
            Self::Reaction { to, emoji } => vec![Part::Reaction {
                to: to.clone(),
                emoji: emoji.clone(),
            }],
            Self::Interactive { interactive, .. } => vec![Part::Interactive(interactive.clone())],
            Self::Location(place) => vec![Part::Location(place.clone())],
            Self::Contacts(cards) => vec![Part::Contacts {
                cards: cards.clone(),
                asked_for: false,
            }],
            Self::File { file, name, .. } => vec![Part::File {
                file: *file,
                name: name.clone(),
            }],
        }
    }

    /// What an agent writes again when it did not go out: words, as near to it as words come.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::Reaction { .. } => String::new(),
            Self::Text(text) => text.clone(),
            Self::Interactive { body, interactive } => lines([
                interactive.header.clone(),
                Some(body.clone()),
                Some(offer_in_words(&interactive.offer)),
                interactive.footer.clone(),
            ]),
            Self::Location(place) => place.in_words(),
            Self::Contacts(cards) => lines(cards.iter().map(|card| Some(card.in_words()))),
            Self::File { caption, .. } => caption.clone().unwrap_or_default(),
        }
    }

    /// What a line's kind, words and parts mean; `None` if they are nothing that is ever sent.
    #[must_use]
    pub fn read(kind: MessageKind, text: Option<String>, parts: Vec<Part>) -> Option<Self> {
        let mut parts = parts.into_iter();
        match (kind, text, parts.next()) {
            (MessageKind::Text, Some(text), None) => Some(Self::Text(text)),
            (MessageKind::Reaction, _, Some(Part::Reaction { to, emoji })) => {
                Some(Self::Reaction { to, emoji })
            }
            (MessageKind::Interactive, Some(body), Some(Part::Interactive(interactive))) => {
                Some(Self::Interactive { body, interactive })
            }
            (MessageKind::Location, None, Some(Part::Location(place))) => {
                Some(Self::Location(place))
            }
            (MessageKind::Contacts, None, Some(Part::Contacts { cards, .. })) => {
                Some(Self::Contacts(cards))
            }
            (kind, caption, Some(Part::File { file, name })) => Some(Self::File {
                file,
                kind: MediaKind::of(kind)?,
                name,
                caption,
            }),
            _ => None,
        }
    }
}

fn offer_in_words(offer: &Offer) -> String {
    match offer {
        Offer::Buttons { buttons } => lines(buttons.iter().map(|title| Some(format!("- {title}")))),
        Offer::List { sections, .. } => lines(sections.iter().flat_map(|section| {
            let rows = section.rows.iter().map(|row| match &row.description {
                Some(description) => format!("- {}: {description}", row.title),
                None => format!("- {}", row.title),
            });
            section.title.clone().into_iter().chain(rows).map(Some)
        })),
        Offer::Link { label, url } => format!("{label}: {url}"),
        Offer::Location | Offer::Contact => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cards::Reach;
    use crate::interactive::{Row, Section};

    #[test]
    fn what_is_kept_of_a_message_reads_back() {
        for content in [
            Content::Text("Hola".into()),
            Content::Reaction {
                to: "wamid.IN1".into(),
                emoji: Some("👍".into()),
            },
            Content::Reaction {
                to: "wamid.IN1".into(),
                emoji: None,
            },
            Content::Interactive {
                body: "¿Qué día?".into(),
                interactive: Interactive {
                    header: Some("Entrega".into()),
                    footer: None,
                    offer: Offer::Buttons {
                        buttons: vec!["Lunes".into(), "Martes".into()],
                    },
                },
            },
            Content::Location(Place {
                latitude: 39.47,
                longitude: -0.376,
                name: Some("Casa Turia".into()),
                address: None,
            }),
            Content::Contacts(vec![ContactCard {
                name: Some("Marta".into()),
                ..ContactCard::default()
            }]),
            Content::File {
                file: MediaId::new(jiff::Timestamp::UNIX_EPOCH, [1; 10]),
                kind: MediaKind::Document,
                name: Some("factura.pdf".into()),
                caption: Some("Su factura".into()),
            },
            Content::File {
                file: MediaId::new(jiff::Timestamp::UNIX_EPOCH, [2; 10]),
                kind: MediaKind::Voice,
                name: None,
                caption: None,
            },
        ] {
            let text = content.text().map(str::to_owned);
            let read = Content::read(content.kind(), text, content.parts());
            assert_eq!(read, Some(content));
        }
    }

    #[test]
    fn a_line_that_nobody_would_send_is_none() {
        for (kind, text, parts) in [
            (MessageKind::Text, None, vec![]),
            (MessageKind::Reaction, None, vec![]),
            (MessageKind::Order, Some("Hola".into()), vec![]),
        ] {
            assert_eq!(Content::read(kind, text, parts), None, "{kind:?}");
        }
    }

    #[test]
    fn what_did_not_go_out_can_be_written_again() {
        let offering = |offer| Content::Interactive {
            body: "¿Qué día?".into(),
            interactive: Interactive {
                header: Some("Entrega".into()),
                footer: None,
                offer,
            },
        };
        let reach = |value: &str| Reach {
            value: value.into(),
            label: None,
        };
        for (content, words) in [
            (
                offering(Offer::Buttons {
                    buttons: vec!["Lunes".into(), "Martes".into()],
                }),
                "Entrega\n¿Qué día?\n- Lunes\n- Martes",
            ),
            (
                offering(Offer::List {
                    button: "Días".into(),
                    sections: vec![Section {
                        title: Some("Esta semana".into()),
                        rows: vec![Row {
                            title: "Jueves".into(),
                            description: Some("por la tarde".into()),
                        }],
                    }],
                }),
                "Entrega\n¿Qué día?\nEsta semana\n- Jueves: por la tarde",
            ),
            (offering(Offer::Location), "Entrega\n¿Qué día?"),
            (
                Content::Location(Place {
                    latitude: 39.47,
                    longitude: -0.376,
                    name: Some("Casa Turia".into()),
                    address: None,
                }),
                "Casa Turia\n39.47, -0.376",
            ),
            (
                Content::Contacts(vec![ContactCard {
                    name: Some("Marta".into()),
                    phones: vec![reach("+34 600 000 001")],
                    emails: vec![reach("marta@casaturia.example")],
                    ..ContactCard::default()
                }]),
                "Marta\n+34 600 000 001\nmarta@casaturia.example",
            ),
        ] {
            assert_eq!(content.in_words(), words);
        }
    }
}
