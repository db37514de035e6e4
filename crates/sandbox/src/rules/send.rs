//! A message of the business: accepted, or refused with Meta's reason.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{
    Message, Place, World,
    faults::When,
    ids::{self, Direction},
    media::MediaKind,
    pricing::Pricing,
    recipient::Recipient,
    refusal::Refusal,
    status::Stage,
    window,
};
use crate::payload::Conversation;

/// Messages a second of a number, and of one whose throughput Meta has raised.
const STANDARD: usize = 80;
const HIGH: usize = 1_000;
/// How old a message may be that is reacted to.
const REACTED_TO: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What a message says, checked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Content {
    /// `text`, `image`, `interactive`, ...
    pub(crate) kind: String,
    /// Its words, if it has any: a body or a caption.
    pub(crate) text: Option<String>,
    /// The whole object under the kind.
    pub(crate) payload: Value,
    /// The file it carries.
    pub(crate) attachment: Option<Attachment>,
}

/// A file of a message.
#[derive(Debug, Clone)]
pub(crate) struct Attachment {
    /// What it is sent as.
    pub(crate) kind: MediaKind,
    /// Is it a voice note?
    pub(crate) voice: bool,
    /// Where it is.
    pub(crate) source: Source,
}

/// Where a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// Uploaded, under this id.
    Id(String),
    /// At this address, to be fetched.
    Link(String),
}

/// A message the business sends, as it stood in the call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Send {
    /// `to`.
    pub(crate) to: Option<String>,
    /// `recipient`.
    pub(crate) recipient: Option<String>,
    /// What it says.
    pub(crate) content: Content,
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
    /// The file behind its link is still being fetched.
    pub(super) fetching: bool,
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
        let fate = match self.fate(now, place)? {
            None => self.wrong_content(now, place, &send.content),
            fate => fate,
        };
        if fate.is_none()
            && let Some(customer) = place.customer
        {
            let thread = self.thread_mut(number, customer);
            thread.free_entry.answered(now);
            thread.typing_until = None;
        }
        let id = ids::wamid(&mut self.rng, recipient.as_str(), Direction::Out);
        let content = send.content;
        let source = content.attachment.map(|attachment| attachment.source);
        let fetching = fate.is_none() && matches!(source, Some(Source::Link(_)));
        self.add(Message {
            id: id.clone(),
            at: now,
            kind: content.kind,
            text: content.text,
            payload: content.payload,
            file: match source {
                Some(Source::Id(id)) => Some(id),
                _ => None,
            },
            reply_to: send.reply_to,
            stage: None,
            looked_at: false,
            changed: None,
            place,
            outbound: Some(Outbound {
                recipient: recipient.clone(),
                callback_data: send.callback_data,
                fate,
                fetching,
                pricing: None,
                conversation: None,
            }),
        });
        Ok(Accepted { id, recipient })
    }

    fn admit(&mut self, now: Timestamp, place: Place) -> Result<(), Refusal> {
        let is_high = self.numbers[place.number].standing.throughput == "HIGH";
        let per_second = match self.faults.throughput_per_second {
            STANDARD if is_high => HIGH,
            bent => bent,
        };
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

    /// What Meta finds wrong with a message only after it has accepted it.
    fn wrong_content(&self, now: Timestamp, place: Place, content: &Content) -> Option<Refusal> {
        if content.kind == "reaction" && !self.may_react(now, place, &content.payload) {
            return Some(Refusal::with(
                131_009,
                "Reaction failed because the message it reacts to cannot be reacted to.",
            ));
        }
        let attachment = content.attachment.as_ref()?;
        let Source::Id(id) = &attachment.source else {
            return None;
        };
        let details = match self.file(id) {
            Some(file) => attachment.kind.problem(file, attachment.voice)?,
            None => "The media is not available any more.".to_owned(),
        };
        Some(Refusal::with(131_053, details))
    }

    /// Only to a customer's message of this thread, not a reaction, not older than 30 days.
    fn may_react(&self, now: Timestamp, place: Place, reaction: &Value) -> bool {
        let target = reaction["message_id"].as_str().unwrap_or_default();
        self.messages.get(target).is_some_and(|message| {
            message.place == place
                && message.direction() == Direction::In
                && message.kind != "reaction"
                && now <= message.at + REACTED_TO
        })
    }

    /// The file behind a message's link is here, or why it is not.
    pub(crate) fn fetched(
        &mut self,
        id: &str,
        attachment: &Attachment,
        file: Result<String, String>,
    ) {
        let problem = match &file {
            Ok(file) => self
                .file(file)
                .and_then(|file| attachment.kind.problem(file, attachment.voice)),
            Err(details) => Some(details.clone()),
        };
        let Some(message) = self.messages.get_mut(id) else {
            return;
        };
        message.file = file.ok();
        if let Some(outbound) = message.outbound.as_mut() {
            outbound.fetching = false;
            outbound.fate = problem.map(|details| Refusal::with(131_053, details));
        }
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
