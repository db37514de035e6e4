//! How far an outbound message got.
//!
//! Statuses arrive late, twice and out of order, sometimes before our own request has returned.
//! Everything here is therefore a merge, never a set: the highest rank wins, whatever came first.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The state of an outbound message. The order of the variants is the rank (DECISIONS 7).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// Waiting to be handed to the provider.
    Queued,
    /// Handed over, and no answer came: it may or may not have been sent.
    Unknown,
    /// The provider took it and named it.
    Accepted,
    /// It left the provider.
    Sent,
    /// It was refused, at once or later. A later `delivered` or `seen` from another device still wins.
    Failed,
    /// It reached a device.
    Delivered,
    /// It was read.
    Seen,
}

impl Delivery {
    /// Every state, lowest first.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Unknown,
        Self::Accepted,
        Self::Sent,
        Self::Failed,
        Self::Delivered,
        Self::Seen,
    ];

    /// The state after `news`: the higher of the two.
    #[must_use]
    pub fn advance(self, news: Self) -> Self {
        self.max(news)
    }

    /// The word that rows and the API hold.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Unknown => "unknown",
            Self::Accepted => "accepted",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Delivered => "delivered",
            Self::Seen => "seen",
        }
    }

    /// Reads [`Self::as_str`] back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|d| d.as_str() == word)
    }
}

/// What the provider reported about one of our messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// It left the provider.
    Sent,
    /// It reached a device.
    Delivered,
    /// It was read.
    Read,
    /// A voice message was played for the first time, which includes having read it.
    Played,
    /// It will not arrive.
    Failed,
}

impl Report {
    /// The state this report speaks of.
    #[must_use]
    pub const fn delivery(self) -> Delivery {
        match self {
            Self::Sent => Delivery::Sent,
            Self::Delivered => Delivery::Delivered,
            Self::Read | Self::Played => Delivery::Seen,
            Self::Failed => Delivery::Failed,
        }
    }

    /// The provider's word, as rows hold it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
            Self::Failed => "failed",
        }
    }

    /// Reads [`Self::as_str`] back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [
            Self::Sent,
            Self::Delivered,
            Self::Read,
            Self::Played,
            Self::Failed,
        ]
        .into_iter()
        .find(|r| r.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_read_back() {
        for d in Delivery::ALL {
            assert_eq!(Delivery::parse(d.as_str()), Some(d));
        }
        assert_eq!(Delivery::parse("read"), None);
    }

    #[test]
    fn a_failure_is_overtaken_by_an_arrival_and_never_overtakes_one() {
        use Delivery::{Accepted, Delivered, Failed, Seen, Sent, Unknown};
        for (from, news, to) in [
            (Sent, Failed, Failed),
            (Failed, Sent, Failed),
            (Failed, Delivered, Delivered),
            (Delivered, Failed, Delivered),
            (Seen, Failed, Seen),
            (Unknown, Accepted, Accepted),
            (Accepted, Unknown, Accepted),
        ] {
            assert_eq!(from.advance(news), to, "{from:?} then {news:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100_000))]
        #[test]
        fn any_order_of_news_ends_in_the_same_state(
            news in proptest::collection::vec(0_usize..7, 1..8),
            shuffle in any::<prop::sample::Index>(),
        ) {
            let fold = |order: &[usize]| {
                order.iter().fold(Delivery::Queued, |d, &i| d.advance(Delivery::ALL[i]))
            };
            let mut other = news.clone();
            other.rotate_left(shuffle.index(news.len()));
            other.reverse();
            prop_assert_eq!(fold(&news), fold(&other));
        }
    }
}
