//! What the provider says of a connected number, and what of it is trouble.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A token that ends within this time is spoken of.
const SOON: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What the provider says of a number, its account and its token. Words are the provider's, in lower case;
/// a missing one is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Standing {
    /// `connected`, or why it cannot send.
    pub status: Option<String>,
    /// The name customers see.
    pub verified_name: Option<String>,
    /// Whether the name is approved.
    pub name_status: Option<String>,
    /// `green`, `yellow`, `red` or `unknown`.
    pub quality: Option<String>,
    /// How many people the business may write to first in 24 h: `tier_2k`.
    pub messaging_limit: Option<String>,
    /// `standard` or `high`.
    pub throughput: Option<String>,
    /// `available`, `limited` or `blocked`.
    pub can_send: Option<String>,
    /// What stands in the way.
    pub blockers: Vec<Blocker>,
    /// Whether the business is verified.
    pub business: Option<String>,
    /// What the business is called.
    pub business_name: Option<String>,
    /// Whether the account passed its review.
    pub review: Option<String>,
    /// Whether the provider names something that pays.
    pub payment: Option<bool>,
    /// Whether the token is taken.
    pub token_valid: bool,
    /// When it ends; none: never.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub token_expires_at: Option<Timestamp>,
    /// Permissions that it lacks.
    pub missing_scopes: Vec<String>,
}

/// Something that keeps messages from leaving.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Blocker {
    /// `phone_number`, `waba`, `business` or `app`.
    pub entity: String,
    /// The provider's number for it.
    pub code: Option<i64>,
    /// The provider's words, for the details.
    pub detail: Option<String>,
}

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing can be sent.
    Bad,
    /// Something has to be looked after before that.
    Warning,
}

/// Something about a number that somebody has to look after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Trouble {
    /// What it is, for programs; the browser words it.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
}

impl Standing {
    /// What somebody has to look after, the worst first.
    #[must_use]
    pub fn troubles(&self, now: Timestamp) -> Vec<Trouble> {
        if !self.token_valid {
            // Everything else was read under a token that is no longer taken.
            return vec![bad("token_over")];
        }
        let mut found = Vec::new();
        if !self.missing_scopes.is_empty() {
            found.push(bad("token_scopes"));
        }
        found.extend(self.sending());
        if self.token_expires_at.is_some_and(|end| end - SOON <= now) {
            found.push(warning("token_ends"));
        }
        found.extend(match self.quality.as_deref() {
            Some("red") => Some(warning("quality_low")),
            Some("yellow") => Some(warning("quality_medium")),
            _ => None,
        });
        found.extend(match self.name_status.as_deref() {
            Some("declined") => Some(warning("name_declined")),
            Some("expired") => Some(warning("name_expired")),
            _ => None,
        });
        found.extend(match self.review.as_deref() {
            Some("rejected") => Some(warning("account_rejected")),
            _ => None,
        });
        found.sort_by_key(|trouble| trouble.severity);
        found
    }

    /// How many people the business may write to first in 24 h; `None`: unlimited, or unknown.
    #[must_use]
    pub fn most_people(&self) -> Option<i64> {
        let tier = self.messaging_limit.as_deref()?.strip_prefix("tier_")?;
        match tier.strip_suffix('k') {
            Some(thousands) => thousands.parse::<i64>().ok().map(|n| n * 1_000),
            None => tier.parse().ok(),
        }
    }

    /// How many messages a second the number may send; `None`: the provider did not say. Source: Meta's
    /// "Throughput" page, 2026-09.
    #[must_use]
    pub fn per_second(&self) -> Option<i64> {
        match self.throughput.as_deref()? {
            "standard" => Some(80),
            "high" => Some(1_000),
            _ => None,
        }
    }

    fn sending(&self) -> Option<Trouble> {
        let by = |entity: &str| self.blockers.iter().any(|b| b.entity == entity);
        match self.can_send.as_deref() {
            Some("blocked") if self.payment == Some(false) => Some(bad("unpaid")),
            Some("blocked") if by("phone_number") => Some(bad("number_blocked")),
            Some("blocked") => Some(bad("account_blocked")),
            Some("limited") => Some(warning("sending_limited")),
            _ => None,
        }
    }
}

const fn bad(code: &'static str) -> Trouble {
    Trouble {
        code,
        severity: Severity::Bad,
    }
}

const fn warning(code: &'static str) -> Trouble {
    Trouble {
        code,
        severity: Severity::Warning,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn good() -> Standing {
        Standing {
            token_valid: true,
            ..Standing::default()
        }
    }

    fn codes(standing: &Standing) -> Vec<&'static str> {
        standing.troubles(at(0)).iter().map(|t| t.code).collect()
    }

    #[test]
    fn what_is_trouble_and_what_is_not() {
        let word = |word: &str| Some(word.to_owned());
        let blocker = |entity: &str| Blocker {
            entity: entity.to_owned(),
            code: None,
            detail: None,
        };
        let cases: [(&str, Standing, &[&str]); 9] = [
            ("nothing known", good(), &[]),
            (
                "token over",
                Standing {
                    quality: word("red"),
                    ..Standing::default()
                },
                &["token_over"],
            ),
            (
                "medium",
                Standing {
                    quality: word("yellow"),
                    ..good()
                },
                &["quality_medium"],
            ),
            (
                "unknown",
                Standing {
                    quality: word("unknown"),
                    ..good()
                },
                &[],
            ),
            (
                "declined",
                Standing {
                    name_status: word("declined"),
                    ..good()
                },
                &["name_declined"],
            ),
            (
                "unpaid",
                Standing {
                    can_send: word("blocked"),
                    payment: Some(false),
                    quality: word("red"),
                    ..good()
                },
                &["unpaid", "quality_low"],
            ),
            (
                "number",
                Standing {
                    can_send: word("blocked"),
                    blockers: vec![blocker("phone_number")],
                    ..good()
                },
                &["number_blocked"],
            ),
            (
                "account",
                Standing {
                    can_send: word("blocked"),
                    ..good()
                },
                &["account_blocked"],
            ),
            (
                "the worst first",
                Standing {
                    quality: word("red"),
                    missing_scopes: vec!["x".to_owned()],
                    ..good()
                },
                &["token_scopes", "quality_low"],
            ),
        ];
        for (case, standing, expect) in cases {
            assert_eq!(codes(&standing), expect, "{case}");
        }
    }

    #[test]
    fn a_tier_is_a_number_of_people() {
        for (tier, expect) in [
            ("tier_250", Some(250)),
            ("tier_2k", Some(2_000)),
            ("tier_100k", Some(100_000)),
            ("tier_unlimited", None),
            ("not_set", None),
        ] {
            let standing = Standing {
                messaging_limit: Some(tier.to_owned()),
                ..good()
            };
            assert_eq!(standing.most_people(), expect, "{tier}");
        }
    }

    #[test]
    fn a_number_sends_as_fast_as_its_throughput_says() {
        for (level, expect) in [
            ("standard", Some(80)),
            ("high", Some(1_000)),
            ("not_applicable", None),
        ] {
            let standing = Standing {
                throughput: Some(level.to_owned()),
                ..good()
            };
            assert_eq!(standing.per_second(), expect, "{level}");
        }
    }

    #[test]
    fn a_token_is_spoken_of_from_a_week_before_its_end() {
        let end = 7 * 24 * 3_600;
        for (seconds, expect) in [(end, true), (end + 1, false), (1, true)] {
            let standing = Standing {
                token_expires_at: Some(at(seconds)),
                ..good()
            };
            assert_eq!(!codes(&standing).is_empty(), expect, "{seconds}");
        }
    }
}
