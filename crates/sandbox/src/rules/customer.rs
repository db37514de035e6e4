//! The people who write to the business.

use rand::RngCore;
use serde::{Deserialize, Serialize};

use super::{World, ids};
use crate::payload::{Contact, Profile};

/// When a customer's phone tells that a message was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reads {
    /// By itself, soon after it was delivered.
    #[default]
    Auto,
    /// When somebody looks at the phone.
    Manual,
    /// Never: read receipts are off.
    Never,
}

/// What a customer came from an ad with; free entry exists on phones only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Device {
    /// Android.
    #[default]
    Android,
    /// iOS.
    Ios,
    /// Web or desktop: an ad opens no free entry point.
    Web,
}

/// One person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Customer {
    /// The phone number in digits, if WhatsApp lets the business know it.
    pub(crate) wa_id: Option<String>,
    /// The business-scoped user id.
    pub(crate) bsuid: String,
    /// The name on their profile.
    pub(crate) name: String,
    /// The username, if one was adopted.
    pub(crate) username: Option<String>,
    /// When reading is told.
    pub(crate) reads: Reads,
    /// Whether messages reach the phone.
    pub(crate) online: bool,
    /// Whether they have blocked the business.
    pub(crate) blocked: bool,
    /// What they write with.
    pub(crate) device: Device,
}

/// A person to add.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCustomer {
    /// The name on their profile.
    pub(crate) name: String,
    /// The phone number in digits; without one they are known by BSUID only.
    pub(crate) wa_id: Option<String>,
    /// The BSUID; drawn if missing.
    pub(crate) bsuid: Option<String>,
    /// The username.
    pub(crate) username: Option<String>,
}

/// Changes to the fields of a person; what is missing stays.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CustomerPatch {
    pub(crate) name: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) reads: Option<Reads>,
    pub(crate) online: Option<bool>,
    pub(crate) blocked: Option<bool>,
    pub(crate) device: Option<Device>,
}

impl Customer {
    /// A person who reads at once and is online.
    pub(crate) fn new(new: NewCustomer, rng: &mut impl RngCore) -> Self {
        let bsuid = new
            .bsuid
            .unwrap_or_else(|| ids::bsuid(rng, new.wa_id.as_deref()));
        Self {
            wa_id: new.wa_id,
            bsuid,
            name: new.name,
            username: new.username,
            reads: Reads::default(),
            online: true,
            blocked: false,
            device: Device::default(),
        }
    }

    /// The name of this person in the control API: the phone number, else the BSUID.
    #[must_use]
    pub(crate) fn id(&self) -> &str {
        self.wa_id.as_deref().unwrap_or(&self.bsuid)
    }

    /// The entry of `contacts[]`.
    #[must_use]
    pub(crate) fn contact(&self) -> Contact {
        Contact {
            profile: Some(Profile {
                name: self.name.clone(),
                username: self.username.clone(),
            }),
            wa_id: self.wa_id.clone(),
            user_id: Some(self.bsuid.clone()),
        }
    }

    fn is(&self, id: &str) -> bool {
        self.wa_id.as_deref() == Some(id) || self.bsuid == id
    }
}

/// Why a person could not be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadCustomer {
    /// Nobody without a name.
    Name,
    /// Digits only, 7 to 15.
    WaId,
    /// Not a BSUID.
    Bsuid,
    /// Somebody has this number or BSUID.
    Taken,
}

impl World {
    /// The place of a person in the list, by phone number or BSUID.
    #[must_use]
    pub(crate) fn customer(&self, id: &str) -> Option<usize> {
        self.customers.iter().position(|customer| customer.is(id))
    }

    /// Adds a person.
    pub(crate) fn add_customer(&mut self, new: NewCustomer) -> Result<usize, BadCustomer> {
        if new.name.trim().is_empty() {
            return Err(BadCustomer::Name);
        }
        if new.wa_id.as_deref().is_some_and(|id| !is_wa_id(id)) {
            return Err(BadCustomer::WaId);
        }
        if new.bsuid.as_deref().is_some_and(|id| !ids::is_bsuid(id)) {
            return Err(BadCustomer::Bsuid);
        }
        let taken =
            |id: &Option<String>| id.as_deref().is_some_and(|id| self.customer(id).is_some());
        if taken(&new.wa_id) || taken(&new.bsuid) {
            return Err(BadCustomer::Taken);
        }
        let customer = Customer::new(new, &mut self.rng);
        self.customers.push(customer);
        Ok(self.customers.len() - 1)
    }

    /// Is this a number that nobody has?
    pub(super) fn free_number(&self, wa_id: &str) -> Result<(), BadCustomer> {
        if !is_wa_id(wa_id) {
            return Err(BadCustomer::WaId);
        }
        match self.customer(wa_id) {
            Some(_) => Err(BadCustomer::Taken),
            None => Ok(()),
        }
    }

    /// Changes a person; the messages that now reach the phone come back, for their next step.
    pub(crate) fn change_customer(&mut self, customer: usize, patch: CustomerPatch) -> Vec<String> {
        let person = &mut self.customers[customer];
        let was_online = person.online;
        person.name = patch.name.unwrap_or_else(|| person.name.clone());
        person.username = patch.username.or_else(|| person.username.clone());
        person.reads = patch.reads.unwrap_or(person.reads);
        person.online = patch.online.unwrap_or(person.online);
        person.blocked = patch.blocked.unwrap_or(person.blocked);
        person.device = patch.device.unwrap_or(person.device);
        if person.online && !was_online {
            self.waiting_for(customer)
        } else {
            Vec::new()
        }
    }
}

fn is_wa_id(text: &str) -> bool {
    (7..=15).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// The people a fresh sandbox knows. One has no phone number to show, the last never writes first.
#[must_use]
pub(crate) fn sample(rng: &mut impl RngCore) -> Vec<Customer> {
    [
        ("Vera Iborra", Some("34600009901"), None),
        ("Tom Hughes", Some("447700900123"), None),
        ("Nerea Soler", None, Some("nerea.soler")),
        ("Lucía Peña", Some("34600009902"), None),
        ("Emily Carter", Some("12025550142"), Some("emily.carter")),
        ("Sofía Ramírez", Some("5215500000012"), None),
        ("Óscar Núñez", Some("34600009903"), None),
    ]
    .into_iter()
    .map(|(name, wa_id, username)| {
        let new = NewCustomer {
            name: name.to_owned(),
            wa_id: wa_id.map(str::to_owned),
            bsuid: None,
            username: username.map(str::to_owned),
        };
        Customer::new(new, rng)
    })
    .collect()
}
