//! Who is meant: the ids, the name, and when.

use domain::Timestamp;
use domain::identity::{IdentityKey, IdentityKind, number_variants};
use domain::inbound::Person;

use crate::json::Object;

/// The first second of 2100. A provider's clock that is further off is a misread field, and instants near
/// the end of time would overflow whoever adds a window to them.
const LAST_SECOND: i64 = 4_102_444_800;

/// Seconds since 1970, as a string or a number.
pub(crate) fn timestamp(object: &Object<'_>, key: &str) -> Option<Timestamp> {
    let second = object.integer(key)?;
    (1..LAST_SECOND)
        .contains(&second)
        .then(|| Timestamp::from_second(second).ok())
        .flatten()
}

/// The ids found, most durable first. Values are taken as given: a normalised number may be someone else.
pub(crate) fn keys(
    bsuid: Option<String>,
    parent: Option<String>,
    wa_id: Option<String>,
) -> Vec<IdentityKey> {
    let key = |kind, value: Option<String>| value.map(|value| IdentityKey { kind, value });
    [
        key(IdentityKind::Bsuid, bsuid),
        key(IdentityKind::ParentBsuid, parent),
        key(IdentityKind::WaId, wa_id),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The `contacts` beside a change's messages and statuses.
pub(crate) struct Contacts {
    known: Vec<Contact>,
    beside_one: bool,
}

struct Contact {
    bsuid: Option<String>,
    parent: Option<String>,
    wa_id: Option<String>,
    name: Option<String>,
    username: Option<String>,
}

impl Contacts {
    /// Those of a change's value that holds so many messages and statuses.
    pub(crate) fn of(value: &Object<'_>, updates: usize) -> Self {
        let known = value.list("contacts").into_iter().filter_map(Object::parse);
        Self {
            known: known.map(|contact| Contact::of(&contact)).collect(),
            beside_one: updates == 1,
        }
    }

    /// Who wrote a message. A system line about a new id may name its author by the old one alone.
    pub(crate) fn author(&self, message: &Object<'_>) -> Person {
        let before = || message.object("system")?.id("previous_user_id");
        self.person(
            message.id("from_user_id").or_else(before),
            message.id("from_parent_user_id"),
            message.id("from"),
        )
    }

    /// Somebody with the ids given beside the contacts, completed by the contact that is the same person.
    pub(crate) fn person(
        &self,
        bsuid: Option<String>,
        parent: Option<String>,
        wa_id: Option<String>,
    ) -> Person {
        let Some(contact) = self.same(bsuid.as_deref(), wa_id.as_deref()) else {
            return Person {
                keys: keys(bsuid, parent, wa_id),
                ..Person::default()
            };
        };
        Person {
            keys: keys(
                bsuid.or_else(|| contact.bsuid.clone()),
                parent.or_else(|| contact.parent.clone()),
                wa_id.or_else(|| contact.wa_id.clone()),
            ),
            name: contact.name.clone(),
            username: contact.username.clone(),
        }
    }

    /// The contact with one of these ids, else with the number in its other form, else the only one where
    /// it can be nobody else's.
    fn same(&self, bsuid: Option<&str>, wa_id: Option<&str>) -> Option<&Contact> {
        let by = |is: &dyn Fn(&Contact) -> bool| self.known.iter().find(|&contact| is(contact));
        by(&|c| bsuid.is_some() && c.bsuid.as_deref() == bsuid)
            .or_else(|| by(&|c| wa_id.is_some() && c.wa_id.as_deref() == wa_id))
            .or_else(|| {
                let variants = wa_id.map(number_variants).unwrap_or_default();
                by(&|c| c.wa_id.as_ref().is_some_and(|id| variants.contains(id)))
            })
            .or_else(|| match self.known.as_slice() {
                [only] if self.beside_one || (bsuid, wa_id) == (None, None) => Some(only),
                _ => None,
            })
    }
}

impl Contact {
    fn of(contact: &Object<'_>) -> Self {
        let profile = contact.object("profile");
        let said = |key| profile.as_ref().and_then(|profile| profile.text(key));
        Self {
            bsuid: contact.id("user_id"),
            parent: contact.id("parent_user_id"),
            wa_id: contact.id("wa_id"),
            name: said("name"),
            username: said("username"),
        }
    }
}
