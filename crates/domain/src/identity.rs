//! Who somebody is: a contact is a set of identities, and each channel kind knows them its own way.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The kinds of channel there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChannelKind {
    /// A WhatsApp Business number.
    WhatsApp,
    /// A Facebook page's messages.
    Messenger,
    /// An Instagram professional account's messages.
    Instagram,
    /// The website widget.
    WebChat,
}

impl ChannelKind {
    /// The word that rows and the API hold.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WhatsApp => "whatsapp",
            Self::Messenger => "messenger",
            Self::Instagram => "instagram",
            Self::WebChat => "webchat",
        }
    }

    /// Reads [`Self::as_str`] back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [
            Self::WhatsApp,
            Self::Messenger,
            Self::Instagram,
            Self::WebChat,
        ]
        .into_iter()
        .find(|k| k.as_str() == word)
    }
}

/// The ways a contact can be told from every other. A username is not among them: it is shown and
/// searched, never matched on (DECISIONS 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityKind {
    /// WhatsApp's business-scoped user id; survives a username, not a new number.
    Bsuid,
    /// The same across the portfolios of one enterprise.
    ParentBsuid,
    /// WhatsApp's id made of a phone number's digits, exactly as Meta gave it.
    WaId,
}

impl IdentityKind {
    /// The word that rows hold.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bsuid => "bsuid",
            Self::ParentBsuid => "parent_bsuid",
            Self::WaId => "wa_id",
        }
    }

    /// Reads [`Self::as_str`] back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Bsuid, Self::ParentBsuid, Self::WaId]
            .into_iter()
            .find(|k| k.as_str() == word)
    }
}

/// Why two contacts may be one person.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The number of one came with the other's new id, and nothing said that the id had changed.
    SameNumber,
    /// Their numbers are two forms of one.
    NumberVariant,
    /// The provider said that one took an id that the other had by then.
    Moved,
    /// They use one username and one name.
    SameUsername,
}

impl Reason {
    /// The word that rows and the API hold.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SameNumber => "same_number",
            Self::NumberVariant => "number_variant",
            Self::Moved => "moved",
            Self::SameUsername => "same_username",
        }
    }

    /// Reads [`Self::as_str`] back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [
            Self::SameNumber,
            Self::NumberVariant,
            Self::Moved,
            Self::SameUsername,
        ]
        .into_iter()
        .find(|reason| reason.as_str() == word)
    }
}

/// One identity's value, as the provider gave it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IdentityKey {
    /// Which way of knowing.
    pub kind: IdentityKind,
    /// The provider's value, never rewritten.
    pub value: String,
}

impl IdentityKey {
    /// An identity of this kind and value.
    #[must_use]
    pub fn new(kind: IdentityKind, value: impl Into<String>) -> Self {
        Self {
            kind,
            value: value.into(),
        }
    }
}

/// The other ways the same subscriber's digits are written, without the given one.
///
/// Brazil's ninth digit, Mexico's 1 and Argentina's 9 come and go between what is dialled and what
/// WhatsApp reports; all forms are one person. Numbers are matched by these, never rewritten.
/// Source: Meta's "Phone numbers" page ("standard behavior, not a bug") and the forms listed in
/// `docs/decisions/0003-identities.md`.
#[must_use]
pub fn number_variants(digits: &str) -> Vec<String> {
    let other = brazil(digits)
        .or_else(|| mexico(digits))
        .or_else(|| argentina(digits));
    other.into_iter().collect()
}

fn brazil(digits: &str) -> Option<String> {
    let rest = digits.strip_prefix("55")?;
    let (area, local) = rest.split_at_checked(2)?;
    let mobile = |eight: &str| eight.len() == 8 && matches!(eight.as_bytes()[0], b'6'..=b'9');
    match local.strip_prefix('9') {
        Some(eight) if mobile(eight) => Some(format!("55{area}{eight}")),
        _ if mobile(local) => Some(format!("55{area}9{local}")),
        _ => None,
    }
}

fn mexico(digits: &str) -> Option<String> {
    let rest = digits.strip_prefix("52")?;
    match (rest.len(), rest.strip_prefix('1')) {
        (11, Some(ten)) => Some(format!("52{ten}")),
        (10, _) => Some(format!("521{rest}")),
        _ => None,
    }
}

fn argentina(digits: &str) -> Option<String> {
    let rest = digits.strip_prefix("54")?;
    match (rest.len(), rest.strip_prefix('9')) {
        (11, Some(ten)) => Some(format!("54{ten}")),
        (10, _) => Some(format!("549{rest}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_of_one_subscriber() {
        for (case, digits, expect) in [
            (
                "Brazil with the nine",
                "5511987654321",
                Some("551187654321"),
            ),
            ("Brazil without", "551187654321", Some("5511987654321")),
            ("Brazil, a landline", "551133334444", None),
            ("Mexico with the one", "5215512345678", Some("525512345678")),
            ("Mexico without", "525512345678", Some("5215512345678")),
            (
                "Argentina with the nine",
                "5491122334455",
                Some("541122334455"),
            ),
            ("Argentina without", "541122334455", Some("5491122334455")),
            ("Spain has one form", "34600000001", None),
            ("too short", "55", None),
            ("nothing", "", None),
        ] {
            assert_eq!(
                number_variants(digits),
                expect.map(str::to_owned).into_iter().collect::<Vec<_>>(),
                "{case}"
            );
        }
    }

    #[test]
    fn a_variant_of_a_variant_is_the_number_itself() {
        for digits in ["5511987654321", "525512345678", "5491122334455"] {
            let variant = &number_variants(digits)[0];
            assert_eq!(number_variants(variant), [digits.to_owned()]);
        }
    }
}
