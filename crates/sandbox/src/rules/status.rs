//! How far the business's messages get, and what the business is told about it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::Serialize;

use super::{
    Message, World,
    customer::Reads,
    ids,
    pricing::{self, AllowanceForm},
    recipient::Recipient,
    window,
};
use crate::log::Detail;
use crate::payload::{self, Contact, Conversation, Happening, Origin, Status, Update};

/// How far a message got; it only goes forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// It left Meta.
    Sent,
    /// It reached the phone.
    Delivered,
    /// It was looked at.
    Read,
    /// A voice note was listened to.
    Played,
    /// It never will.
    Failed,
}

impl Stage {
    /// The word in a status.
    #[must_use]
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
            Self::Failed => "failed",
        }
    }
}

impl Message {
    /// Did the business's message reach the phone?
    #[must_use]
    pub(crate) fn on_the_phone(&self) -> bool {
        self.outbound.is_some()
            && matches!(
                self.stage,
                Some(Stage::Delivered | Stage::Read | Stage::Played)
            )
    }
}

impl World {
    /// What becomes of a message next, by itself, and after how long.
    #[must_use]
    pub(crate) fn next_step(&self, id: &str) -> Option<(Duration, Stage)> {
        let message = self.messages.get(id)?;
        let outbound = message.outbound.as_ref()?;
        let delivered = Duration::from_millis(self.faults.delivered_after_ms);
        let read = Duration::from_millis(self.faults.read_after_ms);
        if outbound.fetching {
            return None;
        }
        match (message.stage, &outbound.fate) {
            (None, Some(_)) => return Some((Duration::ZERO, Stage::Failed)),
            (None, None) => return Some((Duration::ZERO, Stage::Sent)),
            _ => {}
        }
        let customer = &self.customers[message.place.customer?];
        match message.stage? {
            // Of a reaction nothing more is told.
            _ if message.kind == "reaction" => None,
            Stage::Sent if !customer.online => None,
            Stage::Sent if self.faults.skip_delivered && self.reads_by_itself(customer.reads) => {
                Some((delivered + read, Stage::Read))
            }
            Stage::Sent => Some((delivered, Stage::Delivered)),
            Stage::Delivered if customer.reads == Reads::Auto => Some((read, Stage::Read)),
            _ => None,
        }
    }

    fn reads_by_itself(&self, reads: Reads) -> bool {
        reads == Reads::Auto && !self.faults.no_read_receipts
    }

    /// Takes a message to `to` and says what the business is told; nothing if it was that far already.
    pub(crate) fn advance(&mut self, now: Timestamp, id: &str, to: Stage) -> Option<Update> {
        let message = self.messages.get(id)?;
        message.outbound.as_ref()?;
        let place = message.place;
        let before = message.stage;
        if before >= Some(to) {
            return None;
        }
        if to == Stage::Sent {
            self.price(now, id);
        }
        let message = self.messages.get_mut(id)?;
        if matches!(to, Stage::Read | Stage::Played) {
            message.looked_at = true;
            let reads = self.customers[place.customer?].reads;
            if reads == Reads::Never || self.faults.no_read_receipts {
                return None;
            }
        }
        message.stage = Some(to);
        let message = self.messages.get(id)?;
        let contact = self.status_contact(message, to);
        let status = self.status(now, message, before, to)?;
        Some(self.update(
            place.number,
            contact,
            Happening::Status(Box::new(status)),
            Detail::of(to.word()),
        ))
    }

    /// Meta's pages say that a failure names nobody; what arrives names the address that was written to.
    fn status_contact(&self, message: &Message, stage: Stage) -> Option<Contact> {
        if stage == Stage::Failed {
            let (wa_id, user_id) = match message.outbound.as_ref()?.recipient.clone() {
                Recipient::Phone(digits) => (Some(digits), None),
                Recipient::User(user) => (None, Some(user)),
            };
            return Some(Contact {
                profile: None,
                wa_id,
                user_id,
            });
        }
        let mut contact = self.customers[message.place.customer?].contact();
        if let Some(profile) = contact.profile.as_mut().filter(|_| stage == Stage::Sent) {
            profile.username = None;
        }
        Some(contact)
    }

    fn status(
        &self,
        now: Timestamp,
        message: &Message,
        before: Option<Stage>,
        to: Stage,
    ) -> Option<Status> {
        let outbound = message.outbound.as_ref()?;
        let person = message.place.customer.map(|c| &self.customers[c]);
        let (phone, user) = match &outbound.recipient {
            Recipient::Phone(digits) => (
                Some(digits.clone()),
                person
                    .filter(|_| to != Stage::Failed)
                    .map(|p| p.bsuid.clone()),
            ),
            Recipient::User(user) => (person.and_then(|p| p.wa_id.clone()), Some(user.clone())),
        };
        // The price stands on `sent` and on the first of `delivered` and `read`.
        let priced = to == Stage::Sent || before == Some(Stage::Sent) && to != Stage::Failed;
        let conversation = outbound.conversation.clone().filter(|_| priced);
        Some(Status {
            id: message.id.clone(),
            status: to.word(),
            timestamp: now.as_second().to_string(),
            recipient_id: phone,
            recipient_user_id: user,
            biz_opaque_callback_data: outbound.callback_data.clone(),
            conversation: conversation.map(|conversation| Conversation {
                expiration_timestamp: conversation
                    .expiration_timestamp
                    .filter(|_| to == Stage::Sent),
                ..conversation
            }),
            pricing: outbound.pricing.clone().filter(|_| priced),
            errors: match (&outbound.fate, to) {
                (Some(refusal), Stage::Failed) => vec![payload::error(refusal)],
                _ => Vec::new(),
            },
        })
    }

    /// Settles the price when a message leaves.
    fn price(&mut self, now: Timestamp, id: &str) {
        let Some(place) = self.messages.get(id).map(|message| message.place) else {
            return;
        };
        let Some(customer) = place.customer else {
            return;
        };
        let thread = self.thread_mut(place.number, customer);
        let free_until = thread.free_entry.open_until(now);
        let conversation = self.conversation(now, place.number, customer, free_until);
        let allowance = self.allowance(now, place.number, free_until.is_some());
        let pricing = pricing::service(now, free_until.is_some(), allowance);
        if let Some(outbound) = self.messages.get_mut(id).and_then(|m| m.outbound.as_mut()) {
            outbound.pricing = Some(pricing);
            outbound.conversation = conversation;
        }
    }

    /// The conversation a message belongs to: in free entry, or under the rules until July 2025.
    fn conversation(
        &mut self,
        now: Timestamp,
        number: usize,
        customer: usize,
        free_until: Option<Timestamp>,
    ) -> Option<Conversation> {
        let (until, kind) = match free_until {
            Some(until) => (until, "referral_conversion"),
            None if pricing::by_conversation(now) => (now + window::SERVICE, "service"),
            None => return None,
        };
        let fresh = ids::hex_of(&mut self.rng, 16);
        let thread = self.thread_mut(number, customer);
        let same = |(_, end): &(String, Timestamp)| match free_until {
            Some(until) => *end == until,
            None => now < *end,
        };
        let (id, until) = thread
            .conversation
            .take()
            .filter(same)
            .unwrap_or((fresh, until));
        thread.conversation = Some((id.clone(), until));
        Some(Conversation {
            id,
            expiration_timestamp: Some(until.as_second().to_string()),
            origin: Origin { kind },
        })
    }

    /// Counts a service message against the month's free ones and says how it is to look.
    fn allowance(&mut self, now: Timestamp, number: usize, free_entry: bool) -> AllowanceForm {
        if free_entry || !pricing::allowance_counts(now) {
            return AllowanceForm::Off;
        }
        let month = now.to_zoned(TimeZone::UTC).date();
        let used = self
            .allowance
            .entry((number, month.year(), month.month()))
            .or_default();
        *used += 1;
        if *used <= self.faults.free_allowance {
            self.faults.free_allowance_form
        } else {
            AllowanceForm::Off
        }
    }

    /// The messages that wait for a customer's phone to come online.
    pub(super) fn waiting_for(&self, customer: usize) -> Vec<String> {
        let mut waiting: Vec<&Message> = self
            .messages
            .values()
            .filter(|message| message.place.customer == Some(customer))
            .filter(|message| message.outbound.is_some() && message.stage == Some(Stage::Sent))
            .collect();
        waiting.sort_by_key(|message| message.at);
        waiting.iter().map(|message| message.id.clone()).collect()
    }

    /// How long the free entry point of a thread is open, seen from `now`.
    #[must_use]
    pub(crate) fn free_entry_until(
        &self,
        now: Timestamp,
        number: usize,
        customer: usize,
    ) -> Option<Timestamp> {
        self.thread(number, customer)?.free_entry.open_until(now)
    }

    /// Does the business show as typing?
    #[must_use]
    pub(crate) fn is_typing(&self, now: Timestamp, number: usize, customer: usize) -> bool {
        self.thread(number, customer)
            .and_then(|thread| thread.typing_until)
            .is_some_and(|until| now.duration_since(until) < SignedDuration::ZERO)
    }
}
