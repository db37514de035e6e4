//! A message of the business: accepted, or refused with Meta's reason.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{
    Message, Place, World,
    faults::When,
    ids::{self, Direction},
    pricing::Pricing,
    recipient::Recipient,
    refusal::Refusal,
    status::Stage,
    window,
};
use crate::payload::Conversation;

/// A text the business sends, as it stood in the call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Send {
    /// `to`.
    pub(crate) to: Option<String>,
    /// `recipient`.
    pub(crate) recipient: Option<String>,
    /// The body.
    pub(crate) text: String,
    /// The whole object under `text`.
    pub(crate) payload: Value,
    /// `context.message_id`.
    pub(crate) reply_to: Option<String>,
    /// `biz_opaque_callback_data`.
    pub(crate) callback_data: Option<String>,
}

/// What the answer to an accepted message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// The wamid.
    pub(crate) id: String,
    /// Whom it goes to.
    pub(crate) recipient: Recipient,
}

/// What only the business's messages have.
#[derive(Debug, Clone)]
pub(crate) struct Outbound {
    /// As the call gave it.
    pub(crate) recipient: Recipient,
    pub(super) callback_data: Option<String>,
    pub(super) fate: Option<Refusal>,
    pub(super) pricing: Option<Pricing>,
    pub(super) conversation: Option<Conversation>,
}

impl World {
    /// Accepts a message at `now`, or says why not. Its statuses follow by [`World::next_step`].
    pub(crate) fn accept(
        &mut self,
        now: Timestamp,
        number: usize,
        send: Send,
    ) -> Result<Accepted, Refusal> {
        let business = self.numbers[number].digits();
        let whole = |digits: &str| {
            self.customers
                .iter()
                .any(|c| c.wa_id.as_deref() == Some(digits))
        };
        let (to, user) = (send.to.as_deref(), send.recipient.as_deref());
        let recipient = Recipient::parse(to, user, &business, whole)?;
        if recipient == Recipient::Phone(business) {
            return Err(Refusal::of(131_021));
        }
        let place = self.place(number, &recipient);
        self.admit(now, place)?;
        if let Some(code) = self.faults.take_failure(When::Sync) {
            return Err(Refusal::of(code));
        }
        let fate = self.fate(now, place)?;
        if fate.is_none()
            && let Some(customer) = place.customer
        {
            let thread = self.thread_mut(number, customer);
            thread.free_entry.answered(now);
            thread.typing_until = None;
        }
        let id = ids::wamid(&mut self.rng, recipient.as_str(), Direction::Out);
        self.add(Message {
            id: id.clone(),
            at: now,
            kind: "text".to_owned(),
            text: Some(send.text),
            payload: send.payload,
            reply_to: send.reply_to,
            stage: None,
            looked_at: false,
            place,
            outbound: Some(Outbound {
                recipient: recipient.clone(),
                callback_data: send.callback_data,
                fate,
                pricing: None,
                conversation: None,
            }),
        });
        Ok(Accepted { id, recipient })
    }

    fn admit(&mut self, now: Timestamp, place: Place) -> Result<(), Refusal> {
        let per_second = self.faults.throughput_per_second;
        let number = self.throughput.entry(place.number).or_default();
        if !number.admit(now, per_second) {
            return Err(Refusal::of(130_429));
        }
        if let Some(customer) = place.customer
            && !self.thread_mut(place.number, customer).pair.admit(now)
        {
            return Err(Refusal::of(131_056));
        }
        Ok(())
    }

    /// What becomes of an accepted message: `Some` fails later, an error is told at once.
    fn fate(&mut self, now: Timestamp, place: Place) -> Result<Option<Refusal>, Refusal> {
        if let Some(code) = self.faults.take_failure(When::Async) {
            return Ok(Some(Refusal::of(code)));
        }
        let Some(customer) = place.customer else {
            return Ok(Some(Refusal::of(131_026)));
        };
        let last_inbound = self
            .thread(place.number, customer)
            .and_then(|thread| thread.last_inbound);
        if !window::is_open(now, last_inbound) {
            let closed = Refusal::of(131_047);
            return match self.faults.window_error {
                When::Sync => Err(closed),
                When::Async => Ok(Some(closed)),
            };
        }
        let blocked = self.customers[customer].blocked;
        Ok(blocked.then(|| Refusal::of(131_026)))
    }

    /// The business marks a customer's message and those before it as read, and may show that it types.
    pub(crate) fn mark_read(
        &mut self,
        now: Timestamp,
        number: usize,
        id: &str,
        typing: bool,
    ) -> Result<(), Refusal> {
        let customer = self
            .messages
            .get(id)
            .filter(|message| {
                message.direction() == Direction::In && message.place.number == number
            })
            .and_then(|message| message.place.customer)
            .ok_or_else(|| {
                Refusal::with(131_009, "Parameter message_id is not a received message.")
            })?;
        let ids: Vec<String> = self
            .messages(number, customer)
            .iter()
            .map(|message| message.id.clone())
            .collect();
        let end = ids.iter().position(|other| other == id).unwrap_or_default();
        for id in &ids[..=end] {
            if let Some(message) = self.messages.get_mut(id)
                && message.direction() == Direction::In
            {
                message.stage = Some(Stage::Read);
            }
        }
        if typing {
            let until = now + SignedDuration::from_secs(25);
            self.thread_mut(number, customer).typing_until = Some(until);
        }
        Ok(())
    }
}
