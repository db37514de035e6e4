//! Meta's rules as a state machine: threads, windows, rates and statuses.
//!
//! No I/O, no clock and no chance of its own: `now` is handed in, the generator is seeded. What is to be
//! told to the business comes back as updates, what is to happen later as steps with a delay.

pub(crate) mod customer;
pub(crate) mod faults;
pub(crate) mod identity;
pub(crate) mod ids;
pub(crate) mod inbound;
pub(crate) mod media;
pub(crate) mod onboarding;
pub(crate) mod pricing;
pub(crate) mod rate;
pub(crate) mod recipient;
pub(crate) mod refusal;
pub(crate) mod send;
pub(crate) mod status;
pub(crate) mod uploads;
pub(crate) mod window;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use rand::rngs::StdRng;
use serde::Serialize;
use serde_json::Value;

use crate::log::Detail;
use crate::payload::{Contact, Update};
use customer::Customer;
use faults::Faults;
use ids::Direction;
use media::Shelf;
use onboarding::{Onboarding, Standing};
use rate::{PairRate, Throughput};
use send::Outbound;
use status::Stage;
use uploads::Uploads;
use window::FreeEntry;

/// A phone number of the business.
#[derive(Debug, Clone)]
#[expect(clippy::struct_field_names, reason = "the names are Meta's")]
pub(crate) struct Number {
    /// Its id in the Graph API.
    pub(crate) phone_number_id: String,
    /// As people write it: `+34 960 00 12 34`.
    pub(crate) display_phone_number: String,
    /// The name customers see.
    pub(crate) verified_name: String,
    /// What Meta holds of it.
    pub(crate) standing: Standing,
}

impl Number {
    /// The number in digits, as webhooks give it.
    #[must_use]
    pub(crate) fn digits(&self) -> String {
        recipient::digits_of(&self.display_phone_number)
    }
}

/// One message of a thread.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// The wamid.
    pub(crate) id: String,
    /// When it was written, in whole seconds if a customer wrote it.
    pub(crate) at: Timestamp,
    /// `text`, `image`, `location`, ...
    pub(crate) kind: String,
    /// Its words, if it has any.
    pub(crate) text: Option<String>,
    /// The object that stands under the kind.
    pub(crate) payload: Value,
    /// The file it carries, by its id.
    pub(crate) file: Option<String>,
    /// The message it answers.
    pub(crate) reply_to: Option<String>,
    /// How far it got.
    pub(crate) stage: Option<Stage>,
    /// Whether it was looked at on the customer's phone.
    pub(crate) looked_at: bool,
    /// What its author did to it since.
    pub(crate) changed: Option<Changed>,
    /// Where it stands.
    pub(crate) place: Place,
    /// What only the business's messages have.
    pub(crate) outbound: Option<Outbound>,
}

impl Message {
    /// Who wrote it.
    #[must_use]
    pub(crate) fn direction(&self) -> Direction {
        match self.outbound {
            Some(_) => Direction::Out,
            None => Direction::In,
        }
    }
}

/// What an author did to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Changed {
    /// It says something else now.
    Edited,
    /// It was taken back.
    Revoked,
}

/// Which number and which customer, by their place in the lists; no customer if nobody has that address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// The number.
    pub(crate) number: usize,
    /// The customer.
    pub(crate) customer: Option<usize>,
}

/// What is between one number and one customer.
#[derive(Debug, Default)]
pub(crate) struct Thread {
    /// Ids in the order in which they came about.
    pub(crate) messages: Vec<String>,
    /// The customer's last message, which the window counts from.
    pub(crate) last_inbound: Option<Timestamp>,
    /// The free entry point.
    pub(crate) free_entry: FreeEntry,
    /// How long the business shows as typing.
    pub(crate) typing_until: Option<Timestamp>,
    pair: PairRate,
    conversation: Option<(String, Timestamp)>,
}

/// Everything the simulated Meta knows.
#[derive(Debug)]
pub(crate) struct World {
    /// The business's numbers.
    pub(crate) numbers: Vec<Number>,
    /// The people.
    pub(crate) customers: Vec<Customer>,
    /// What is bent.
    pub(crate) faults: Faults,
    /// Tokens and the account.
    pub(crate) onboarding: Onboarding,
    /// Files on their way to a handle.
    pub(crate) uploads: Uploads,
    pub(crate) rng: StdRng,
    threads: BTreeMap<(usize, usize), Thread>,
    messages: HashMap<String, Message>,
    shelf: Shelf,
    throughput: HashMap<usize, Throughput>,
    allowance: HashMap<(usize, i16, i8), u32>,
}

impl World {
    /// A world in which nobody has written yet.
    #[must_use]
    pub(crate) fn new(
        numbers: Vec<Number>,
        customers: Vec<Customer>,
        faults: Faults,
        rng: StdRng,
    ) -> Self {
        Self {
            numbers,
            customers,
            faults,
            onboarding: Onboarding::default(),
            uploads: Uploads::default(),
            rng,
            threads: BTreeMap::new(),
            messages: HashMap::new(),
            shelf: Shelf::default(),
            throughput: HashMap::new(),
            allowance: HashMap::new(),
        }
    }

    /// Forgets all threads; the people become `customers`, the switches `faults`.
    pub(crate) fn clear(&mut self, customers: Vec<Customer>, faults: Faults) {
        self.customers = customers;
        self.faults = faults;
        self.threads.clear();
        self.messages.clear();
        self.shelf = Shelf::default();
        self.uploads = Uploads::default();
        self.throughput.clear();
        self.allowance.clear();
    }

    /// The place of a number in the list.
    #[must_use]
    pub(crate) fn number(&self, phone_number_id: &str) -> Option<usize> {
        self.numbers
            .iter()
            .position(|number| number.phone_number_id == phone_number_id)
    }

    /// The thread between a number and a customer, if one of them ever wrote.
    #[must_use]
    pub(crate) fn thread(&self, number: usize, customer: usize) -> Option<&Thread> {
        self.threads.get(&(number, customer))
    }

    /// A thread's messages, oldest first.
    #[must_use]
    pub(crate) fn messages(&self, number: usize, customer: usize) -> Vec<&Message> {
        let ids = self
            .thread(number, customer)
            .map(|thread| thread.messages.as_slice())
            .unwrap_or_default();
        let mut messages: Vec<&Message> =
            ids.iter().filter_map(|id| self.messages.get(id)).collect();
        messages.sort_by_key(|message| message.at);
        messages
    }

    /// All messages of all threads, oldest first.
    #[must_use]
    pub(crate) fn all_messages(&self) -> Vec<&Message> {
        let mut messages: Vec<&Message> = self.messages.values().collect();
        messages.sort_by_key(|message| message.at);
        messages
    }

    /// The business's messages on a customer's phone that were not looked at.
    #[must_use]
    pub(crate) fn unread(&self, number: usize, customer: usize) -> usize {
        self.messages(number, customer)
            .iter()
            .filter(|message| message.on_the_phone() && !message.looked_at)
            .count()
    }

    fn thread_mut(&mut self, number: usize, customer: usize) -> &mut Thread {
        self.threads.entry((number, customer)).or_default()
    }

    fn add(&mut self, message: Message) {
        let id = message.id.clone();
        if let Some(customer) = message.place.customer {
            self.thread_mut(message.place.number, customer)
                .messages
                .push(id.clone());
        }
        self.messages.insert(id, message);
    }

    fn update(
        &self,
        number: usize,
        contact: Option<Contact>,
        happening: crate::payload::Happening,
        detail: Detail,
    ) -> Update {
        Update {
            phone_number_id: self.numbers[number].phone_number_id.clone(),
            display_phone_number: self.numbers[number].digits(),
            contact,
            happening,
            detail,
        }
    }

    /// Takes a thread's window back to before it opened; only this side knows.
    pub(crate) fn close_window(&mut self, now: Timestamp, number: usize, customer: usize) {
        let closed = now - window::SERVICE;
        let thread = self.thread_mut(number, customer);
        thread.last_inbound = thread.last_inbound.map(|at| at.min(closed));
    }
}
