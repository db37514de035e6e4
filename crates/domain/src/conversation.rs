//! A conversation's life, and what it adds to the counters beside the views.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::AgentId;

/// How long after Resolve a customer's message reopens the conversation instead of starting a new one.
pub const REOPENS_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Where a conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Somebody has to answer, or may.
    Open,
    /// Waits on someone who is not the customer.
    Pending,
    /// Comes back later.
    Snoozed,
    /// Done.
    Resolved,
}

impl State {
    /// The word that rows and the API hold.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Pending => "pending",
            Self::Snoozed => "snoozed",
            Self::Resolved => "resolved",
        }
    }

    /// Reads [`Self::as_str`] back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Open, Self::Pending, Self::Snoozed, Self::Resolved]
            .into_iter()
            .find(|s| s.as_str() == word)
    }
}

/// What a customer's message does to the latest conversation of its (channel, identity).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// It joins the conversation as it stands.
    Joins,
    /// It joins, and the conversation is open again.
    Reopens,
    /// It starts a new conversation.
    Starts,
}

impl Arrival {
    /// Decides from the latest conversation's state and, if resolved, when that was.
    #[must_use]
    pub fn of(latest: Option<(State, Option<Timestamp>)>, at: Timestamp) -> Self {
        match latest {
            None => Self::Starts,
            Some((State::Open, _)) => Self::Joins,
            Some((State::Pending | State::Snoozed, _)) => Self::Reopens,
            Some((State::Resolved, resolved_at)) => match resolved_at {
                Some(resolved) if at >= resolved + REOPENS_WITHIN => Self::Starts,
                _ => Self::Reopens,
            },
        }
    }
}

/// The facts of a conversation that counters are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Where it stands.
    pub state: State,
    /// Who answers it.
    pub assignee: Option<AgentId>,
    /// Whether the assignee has not read its newest inbound message.
    pub unread_by_assignee: bool,
}

/// One counter beside a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Counter {
    /// Open conversations.
    All,
    /// Open conversations without an assignee.
    Unassigned,
    /// Resolved conversations.
    Resolved,
    /// An agent's open conversations with something they have not read.
    Mine(AgentId),
}

impl Standing {
    /// The counters that count this conversation.
    #[must_use]
    pub fn counted_by(self) -> Vec<Counter> {
        match (self.state, self.assignee) {
            (State::Open, None) => vec![Counter::All, Counter::Unassigned],
            (State::Open, Some(agent)) if self.unread_by_assignee => {
                vec![Counter::All, Counter::Mine(agent)]
            }
            (State::Open, Some(_)) => vec![Counter::All],
            (State::Resolved, _) => vec![Counter::Resolved],
            (State::Pending | State::Snoozed, _) => vec![],
        }
    }
}

/// How counters move when a conversation goes from `before` (`None`: it is new) to `after`.
#[must_use]
pub fn counter_moves(before: Option<Standing>, after: Standing) -> Vec<(Counter, i64)> {
    let was = before.map(Standing::counted_by).unwrap_or_default();
    let is = after.counted_by();
    let left = was.iter().filter(|c| !is.contains(c)).map(|&c| (c, -1));
    let joined = is.iter().filter(|c| !was.contains(c)).map(|&c| (c, 1));
    left.chain(joined).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(hours * 3600).unwrap()
    }

    #[test]
    fn a_message_joins_reopens_or_starts() {
        for (case, latest, hour, expect) in [
            ("the first message", None, 0, Arrival::Starts),
            (
                "into an open one",
                Some((State::Open, None)),
                900,
                Arrival::Joins,
            ),
            (
                "wakes a snoozed one",
                Some((State::Snoozed, None)),
                1,
                Arrival::Reopens,
            ),
            (
                "wakes a pending one",
                Some((State::Pending, None)),
                1,
                Arrival::Reopens,
            ),
            (
                "23 h after resolve",
                Some((State::Resolved, Some(at(0)))),
                23,
                Arrival::Reopens,
            ),
            (
                "24 h after, exactly",
                Some((State::Resolved, Some(at(0)))),
                24,
                Arrival::Starts,
            ),
            (
                "late, sent before resolve",
                Some((State::Resolved, Some(at(5)))),
                4,
                Arrival::Reopens,
            ),
        ] {
            assert_eq!(Arrival::of(latest, at(hour)), expect, "{case}");
        }
    }

    #[test]
    fn counters_follow_a_conversation_through_its_life() {
        use Counter::{All, Mine, Resolved, Unassigned};
        let ana = AgentId::new(Timestamp::UNIX_EPOCH, [1; 10]);
        let open = |assignee, unread_by_assignee| Standing {
            state: State::Open,
            assignee,
            unread_by_assignee,
        };
        let resolved = Standing {
            state: State::Resolved,
            assignee: Some(ana),
            unread_by_assignee: false,
        };
        for (case, before, after, expect) in [
            (
                "arrives",
                None,
                open(None, false),
                vec![(All, 1), (Unassigned, 1)],
            ),
            (
                "taken unread",
                Some(open(None, false)),
                open(Some(ana), true),
                vec![(Unassigned, -1), (Mine(ana), 1)],
            ),
            (
                "read",
                Some(open(Some(ana), true)),
                open(Some(ana), false),
                vec![(Mine(ana), -1)],
            ),
            (
                "resolved",
                Some(open(Some(ana), true)),
                resolved,
                vec![(All, -1), (Mine(ana), -1), (Resolved, 1)],
            ),
            (
                "nothing changed",
                Some(open(None, false)),
                open(None, false),
                vec![],
            ),
        ] {
            assert_eq!(counter_moves(before, after), expect, "{case}");
        }
    }
}
