//! What may be sent right now, and what it is free of.
//!
//! Two values, both belonging to (channel, identity). [`Window`] says what a channel accepts;
//! [`FreeEntry`] changes the price only and never opens a window (DECISIONS 2).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::identity::ChannelKind;

/// How long after the contact's last message free-form replies are accepted: 24 h on Meta's channels.
pub const MESSAGING_WINDOW: SignedDuration = SignedDuration::from_hours(24);
/// How long a human agent may still answer on Messenger and Instagram.
pub const HUMAN_AGENT_WINDOW: SignedDuration = SignedDuration::from_hours(24 * 7);
/// Time left below which an open window counts as closing soon.
pub const CLOSING_SOON: SignedDuration = SignedDuration::from_hours(4);
/// How long everything is free after we answered a customer who came from an ad.
pub const FREE_ENTRY: SignedDuration = SignedDuration::from_hours(72);

/// What a window hangs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Heard {
    /// When the contact last wrote; providers tell the second.
    pub last_inbound: Option<Timestamp>,
    /// When the provider refused a message because the window was closed, if the contact has not written since.
    pub refused_at: Option<Timestamp>,
}

impl Heard {
    /// The contact wrote. What comes late changes nothing; what is newest opens the window again.
    #[must_use]
    pub fn wrote(self, at: Timestamp) -> Self {
        if Some(at) < self.last_inbound {
            return self;
        }
        Self {
            last_inbound: Some(at),
            refused_at: None,
        }
    }

    /// The provider, who is the judge, refused a message because the window was closed. Only if it was handed
    /// over after the second in which the contact last wrote does that say anything about now.
    #[must_use]
    pub fn refused(self, handed_over: Timestamp, now: Timestamp) -> Self {
        let wrote_since = self
            .last_inbound
            .is_some_and(|last| handed_over.as_second() <= last.as_second());
        if wrote_since || self.until().is_none_or(|until| until <= now) {
            return self;
        }
        Self {
            refused_at: Some(now),
            ..self
        }
    }

    /// The first instant at which free-form messages are refused; `None` if the contact never wrote.
    #[must_use]
    pub fn until(self) -> Option<Timestamp> {
        let until = self.last_inbound? + MESSAGING_WINDOW;
        Some(self.refused_at.map_or(until, |refused| refused.min(until)))
    }
}

/// What a channel lets us send at one instant. Windows are half-open: at exactly +24 h it is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Free-form messages are accepted until then; `None` where the channel has no limit.
    Open {
        /// The first instant at which free-form messages are refused.
        until: Option<Timestamp>,
    },
    /// As open, with at most [`CLOSING_SOON`] left.
    ClosingSoon {
        /// The first instant at which free-form messages are refused.
        until: Timestamp,
    },
    /// Only an answer typed by a person, marked as such (Messenger, Instagram).
    HumanAgentOnly {
        /// The first instant at which nothing is accepted any more.
        until: Timestamp,
    },
    /// Only an approved template (WhatsApp).
    TemplateOnly {
        /// When the window closed; `None` if the contact never wrote.
        closed_at: Option<Timestamp>,
    },
    /// Nothing may be sent.
    Nothing {
        /// When the last window closed; `None` if the contact never wrote.
        closed_at: Option<Timestamp>,
    },
}

/// What somebody wants to send, as far as the window cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// Free-form content written by a person.
    FreeFormByHuman,
    /// Free-form content written by an automation.
    FreeFormByMachine,
    /// An approved template.
    Template,
}

/// Why the window refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("outside the messaging window")]
pub struct OutsideWindow {
    /// When the window closed; `None` if the contact never wrote.
    pub closed_at: Option<Timestamp>,
}

impl Window {
    /// The window of a channel kind at `now`, given what was heard there.
    #[must_use]
    pub fn at(kind: ChannelKind, heard: Heard, now: Timestamp) -> Self {
        if kind == ChannelKind::WebChat {
            return Self::Open { until: None };
        }
        let (Some(last), Some(until)) = (heard.last_inbound, heard.until()) else {
            return Self::shut(kind, None);
        };
        if now < until {
            return if until.duration_since(now) <= CLOSING_SOON {
                Self::ClosingSoon { until }
            } else {
                Self::Open { until: Some(until) }
            };
        }
        let human_until = last + HUMAN_AGENT_WINDOW;
        if kind != ChannelKind::WhatsApp && now < human_until {
            return Self::HumanAgentOnly { until: human_until };
        }
        Self::shut(kind, Some(until))
    }

    fn shut(kind: ChannelKind, closed_at: Option<Timestamp>) -> Self {
        match kind {
            ChannelKind::WhatsApp => Self::TemplateOnly { closed_at },
            _ => Self::Nothing { closed_at },
        }
    }

    /// Whether this may be sent now.
    pub fn admits(self, what: Sending) -> Result<(), OutsideWindow> {
        match (self, what) {
            (Self::Open { .. } | Self::ClosingSoon { .. }, _)
            | (Self::TemplateOnly { .. }, Sending::Template)
            | (Self::HumanAgentOnly { .. }, Sending::FreeFormByHuman) => Ok(()),
            (Self::TemplateOnly { closed_at } | Self::Nothing { closed_at }, _) => {
                Err(OutsideWindow { closed_at })
            }
            (Self::HumanAgentOnly { until }, _) => Err(OutsideWindow {
                closed_at: Some(until - HUMAN_AGENT_WINDOW + MESSAGING_WINDOW),
            }),
        }
    }
}

/// The 72 h in which everything is free because the contact came from an ad and we answered in time.
///
/// Source: the free entry point of Meta's per-message pricing; it starts at our first answer, if that
/// came within 24 h of the referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FreeEntry {
    /// When the contact came from an ad.
    pub referred_at: Option<Timestamp>,
    /// When we first answered within 24 h of that.
    pub answered_at: Option<Timestamp>,
}

impl FreeEntry {
    /// A new referral. One that arrives while an answered one still runs does not restart the 72 h.
    #[must_use]
    pub fn referred(self, at: Timestamp) -> Self {
        match self.until() {
            Some(until) if at < until => self,
            _ => Self {
                referred_at: Some(at),
                answered_at: None,
            },
        }
    }

    /// We answered. Only the first answer within 24 h of the referral counts.
    #[must_use]
    pub fn answered(self, at: Timestamp) -> Self {
        match (self.referred_at, self.answered_at) {
            (Some(referred), None) if at < referred + MESSAGING_WINDOW => Self {
                answered_at: Some(at),
                ..self
            },
            _ => self,
        }
    }

    /// The first instant that is no longer free; `None` before our answer.
    #[must_use]
    pub fn until(self) -> Option<Timestamp> {
        self.answered_at.map(|at| at + FREE_ENTRY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ChannelKind::{Instagram, Messenger, WebChat, WhatsApp};

    const HOUR: i64 = 3600 * 1_000_000;

    fn micros(us: i64) -> Timestamp {
        Timestamp::from_microsecond(us).unwrap()
    }

    fn wrote(last_inbound: Option<Timestamp>) -> Heard {
        Heard {
            last_inbound,
            refused_at: None,
        }
    }

    fn name(window: Window) -> &'static str {
        match window {
            Window::Open { .. } => "open",
            Window::ClosingSoon { .. } => "closing soon",
            Window::HumanAgentOnly { .. } => "human",
            Window::TemplateOnly { .. } => "template",
            Window::Nothing { .. } => "nothing",
        }
    }

    #[test]
    fn the_window_at_its_exact_instants() {
        for (case, kind, since_last, expect) in [
            ("just written", WhatsApp, Some(0), "open"),
            (
                "one before closing soon",
                WhatsApp,
                Some(20 * HOUR - 1),
                "open",
            ),
            (
                "four hours left exactly",
                WhatsApp,
                Some(20 * HOUR),
                "closing soon",
            ),
            (
                "one microsecond left",
                WhatsApp,
                Some(24 * HOUR - 1),
                "closing soon",
            ),
            ("at +24 h exactly", WhatsApp, Some(24 * HOUR), "template"),
            ("a week later", WhatsApp, Some(168 * HOUR), "template"),
            ("never wrote", WhatsApp, None, "template"),
            (
                "messenger, last instant",
                Messenger,
                Some(24 * HOUR - 1),
                "closing soon",
            ),
            ("messenger at +24 h", Messenger, Some(24 * HOUR), "human"),
            (
                "messenger, last of 7 days",
                Messenger,
                Some(168 * HOUR - 1),
                "human",
            ),
            (
                "messenger at 7 days",
                Messenger,
                Some(168 * HOUR),
                "nothing",
            ),
            ("instagram never wrote", Instagram, None, "nothing"),
            ("the web has no limit", WebChat, Some(9_000 * HOUR), "open"),
            ("the web, never wrote", WebChat, None, "open"),
        ] {
            let now = micros(10_000 * HOUR);
            let last = since_last.map(|us| micros(10_000 * HOUR - us));
            assert_eq!(name(Window::at(kind, wrote(last), now)), expect, "{case}");
        }
    }

    #[test]
    fn a_message_from_the_future_keeps_the_window_open() {
        let now = micros(0);
        assert_eq!(
            name(Window::at(WhatsApp, wrote(Some(micros(HOUR))), now)),
            "open"
        );
    }

    #[test]
    fn the_provider_closes_a_window_and_the_next_message_opens_it() {
        const SECOND: i64 = 1_000_000;
        let last = 100 * HOUR;
        let (open, now) = (last + 24 * HOUR, last + HOUR);
        for (case, handed_over, wrote, until) in [
            ("refused", last + SECOND, None, now),
            ("handed over before they wrote", last - 1, None, open),
            ("in the second they wrote", last + SECOND - 1, None, open),
            ("wrote after it", last + SECOND, Some(now), now + 24 * HOUR),
            ("wrote in that second", last + SECOND, Some(last), open),
            (
                "an old message comes late",
                last + SECOND,
                Some(last - 1),
                now,
            ),
        ] {
            let heard = Heard::default().wrote(micros(last));
            let refused = heard.refused(micros(handed_over), micros(now));
            let heard = wrote.map_or(refused, |at| refused.wrote(micros(at)));
            assert_eq!(heard.until(), Some(micros(until)), "{case}");
            let then = Window::at(WhatsApp, heard, micros(now));
            assert_eq!(
                then.admits(Sending::FreeFormByHuman).is_ok(),
                until > now,
                "{case}"
            );
        }
    }

    #[test]
    fn a_refusal_never_opens_a_window_nor_moves_the_instant_of_its_closing() {
        let closed = micros(24 * HOUR);
        let heard = Heard::default().wrote(micros(0));
        for (case, heard, now) in [
            ("closed by itself", heard, closed),
            (
                "refused twice",
                heard.refused(micros(HOUR), micros(HOUR)),
                micros(2 * HOUR),
            ),
            ("never wrote", Heard::default(), closed),
        ] {
            assert_eq!(heard.refused(now, now), heard, "{case}");
        }
    }

    #[test]
    fn who_may_send_what() {
        use Sending::{FreeFormByHuman, FreeFormByMachine, Template};
        let until = micros(0);
        let closed_at = Some(micros(0));
        for (window, human, machine, template) in [
            (Window::Open { until: None }, true, true, true),
            (Window::ClosingSoon { until }, true, true, true),
            (Window::HumanAgentOnly { until }, true, false, false),
            (Window::TemplateOnly { closed_at }, false, false, true),
            (Window::Nothing { closed_at }, false, false, false),
        ] {
            assert_eq!(window.admits(FreeFormByHuman).is_ok(), human, "{window:?}");
            assert_eq!(
                window.admits(FreeFormByMachine).is_ok(),
                machine,
                "{window:?}"
            );
            assert_eq!(window.admits(Template).is_ok(), template, "{window:?}");
        }
    }

    #[test]
    fn the_refusal_names_the_instant_of_closing() {
        let last = micros(5 * HOUR);
        for kind in [WhatsApp, Messenger] {
            let refusal = Window::at(kind, wrote(Some(last)), last + MESSAGING_WINDOW)
                .admits(Sending::FreeFormByMachine)
                .unwrap_err();
            assert_eq!(refusal.closed_at, Some(last + MESSAGING_WINDOW), "{kind:?}");
        }
    }

    #[test]
    fn free_entry_runs_72_hours_from_the_first_answer_in_time() {
        let ad = micros(0);
        for (case, answers, until) in [
            ("no answer", vec![], None),
            ("answered at once", vec![0], Some(72 * HOUR)),
            (
                "the first of two counts",
                vec![HOUR, 2 * HOUR],
                Some(73 * HOUR),
            ),
            ("the last instant", vec![24 * HOUR - 1], Some(96 * HOUR - 1)),
            ("at +24 h exactly it is too late", vec![24 * HOUR], None),
        ] {
            let free = answers
                .iter()
                .fold(FreeEntry::default().referred(ad), |f, &us| {
                    f.answered(micros(us))
                });
            assert_eq!(free.until(), until.map(micros), "{case}");
        }
    }

    #[test]
    fn a_second_ad_inside_the_72_hours_changes_nothing_and_after_them_starts_anew() {
        let first = FreeEntry::default()
            .referred(micros(0))
            .answered(micros(HOUR));
        assert_eq!(first.referred(micros(73 * HOUR - 1)), first);
        let anew = first.referred(micros(73 * HOUR));
        assert_eq!(anew.until(), None);
        assert_eq!(
            anew.answered(micros(74 * HOUR)).until(),
            Some(micros(146 * HOUR))
        );
    }

    #[test]
    fn an_answer_without_an_ad_frees_nothing() {
        assert_eq!(FreeEntry::default().answered(micros(0)).until(), None);
    }
}
