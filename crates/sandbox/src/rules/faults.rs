//! Everything a test or the page may bend.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::pricing::AllowanceForm;

/// When a refusal is told: in the answer, or in a `failed` status after a 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// In the answer.
    #[default]
    Sync,
    /// In a `failed` status.
    Async,
}

/// The next messages fail with a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailNext {
    /// How many messages still fail.
    #[serde(default = "one")]
    pub count: u32,
    /// With which of Meta's codes.
    pub code: u32,
    /// At once or later.
    #[serde(default)]
    pub when: When,
}

const fn one() -> u32 {
    1
}

/// The switches of the sandbox, all off at first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent switch on the page"
)]
pub struct Faults {
    /// Each webhook arrives so much later.
    pub webhook_delay_ms: u64,
    /// Each webhook is sent so many times more.
    pub webhook_duplicate: u32,
    /// The statuses of a message arrive in another order, together.
    pub webhook_reorder: bool,
    /// So many updates, or those of one second, share a webhook; 0 and 1 mean one each.
    pub webhook_batch: usize,
    /// The next webhooks are lost for good.
    pub webhook_drop_next: u32,
    /// Webhooks are held back until this is off again.
    pub webhook_stop: bool,
    /// The next messages fail.
    pub fail_next: Option<FailNext>,
    /// Each answer to a Graph call comes so much later.
    pub answer_delay_ms: u64,
    /// The next messages are processed, then the connection is closed without an answer.
    pub answer_never_next: u32,
    /// The next messages are processed and never answered; the connection stays open.
    pub answer_hang_next: u32,
    /// The next messages are answered by a 500 without Meta's envelope.
    pub answer_500_next: u32,
    /// Whether those messages are processed all the same.
    pub answer_500_processed: bool,
    /// Every Graph call is answered by a 503.
    pub down: bool,
    /// The next links to files are found expired.
    pub media_expired_next: u32,
    /// The next files that are looked up are not known.
    pub media_gone_next: u32,
    /// The next downloads are answered by a 500.
    pub media_500_next: u32,
    /// The next downloads break off in the middle.
    pub media_cut_next: u32,
    /// Each download takes so long.
    pub media_slow_ms: u64,
    /// Files are said to be of another type than they are.
    pub media_wrong_type: bool,
    /// Files are said to have another hash than they have.
    pub media_wrong_sha256: bool,
    /// Downloads go on for so many megabytes behind the end of the file.
    pub media_oversize_mb: u64,
    /// The next uploads are refused.
    pub media_refuse_next: u32,
    /// No `read` status is sent.
    pub no_read_receipts: bool,
    /// `read` comes without `delivered` before it.
    pub skip_delivered: bool,
    /// Messages a number may send in any one second.
    pub throughput_per_second: usize,
    /// When a message outside the window is refused.
    pub window_error: When,
    /// The access token is no longer accepted.
    pub token_revoked: bool,
    /// How the free service messages of a month look.
    pub free_allowance_form: AllowanceForm,
    /// How many there are, per number and calendar month.
    pub free_allowance: u32,
    /// From `sent` to `delivered`.
    pub delivered_after_ms: u64,
    /// From `delivered` to `read`, for customers who read at once.
    pub read_after_ms: u64,
    /// The first pause before a webhook is tried again; it doubles.
    pub retry_base_ms: u64,
    /// The longest pause.
    pub retry_max_ms: u64,
    /// A webhook that is not answered in this time has failed.
    pub webhook_timeout_ms: u64,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            webhook_delay_ms: 0,
            webhook_duplicate: 0,
            webhook_reorder: false,
            webhook_batch: 0,
            webhook_drop_next: 0,
            webhook_stop: false,
            fail_next: None,
            answer_delay_ms: 0,
            answer_never_next: 0,
            answer_hang_next: 0,
            answer_500_next: 0,
            answer_500_processed: true,
            down: false,
            media_expired_next: 0,
            media_gone_next: 0,
            media_500_next: 0,
            media_cut_next: 0,
            media_slow_ms: 0,
            media_wrong_type: false,
            media_wrong_sha256: false,
            media_oversize_mb: 0,
            media_refuse_next: 0,
            no_read_receipts: false,
            skip_delivered: false,
            throughput_per_second: 80,
            window_error: When::Sync,
            token_revoked: false,
            free_allowance_form: AllowanceForm::Off,
            free_allowance: 1_000,
            delivered_after_ms: 300,
            read_after_ms: 1_200,
            retry_base_ms: 200,
            retry_max_ms: 60_000,
            webhook_timeout_ms: 10_000,
        }
    }
}

/// A change to the faults that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{title}")]
pub(crate) struct BadFault {
    /// The field it stands in.
    pub(crate) field: String,
    /// Why.
    pub(crate) title: String,
}

impl Faults {
    /// Takes over the fields that `patch` names and leaves the rest; all of them or none.
    pub(crate) fn patched(&self, patch: &serde_json::Map<String, Value>) -> Result<Self, BadFault> {
        let mut faults = self.clone();
        for (field, value) in patch {
            faults = faults.with(field, value)?;
        }
        Ok(faults)
    }

    fn with(&self, field: &str, value: &Value) -> Result<Self, BadFault> {
        let bad = |field: String, title: String| BadFault { field, title };
        if let Some(most) = most(field)
            && value.as_u64().is_some_and(|value| value > most)
        {
            return Err(bad(field.to_owned(), format!("At most {most}")));
        }
        if value["count"] == 0 {
            return Err(bad(format!("{field}.count"), "At least 1".to_owned()));
        }
        let mut all = json!(self);
        all[field] = value.clone();
        serde_path_to_error::deserialize(all)
            .map_err(|error| bad(error.path().to_string(), error.inner().to_string()))
    }

    /// Uses up one injected failure of the given kind.
    pub(crate) fn take_failure(&mut self, when: When) -> Option<u32> {
        let mut next = self.fail_next.filter(|next| next.when == when)?;
        next.count = next.count.saturating_sub(1);
        self.fail_next = (next.count > 0).then_some(next);
        Some(next.code)
    }

    /// The pause before try number `tries` + 1 of a webhook, without its jitter.
    #[must_use]
    pub(crate) fn pause(&self, tries: u32) -> u64 {
        self.retry_base_ms
            .saturating_mul(1_u64.checked_shl(tries).unwrap_or(u64::MAX))
            .min(self.retry_max_ms)
    }
}

/// What is more than this a clock cannot add up, or nobody waits for the end of.
fn most(field: &str) -> Option<u64> {
    match field {
        "webhook_duplicate" => Some(1_000),
        "media_oversize_mb" => Some(8_192),
        _ if field.ends_with("_ms") => Some(86_400_000),
        _ => None,
    }
}

/// Uses up one of `left`; false when there is none.
pub(crate) fn take(left: &mut u32) -> bool {
    let any = *left > 0;
    *left = left.saturating_sub(1);
    any
}

/// Meta tries a webhook for seven days.
#[must_use]
pub(crate) fn given_up(now: Timestamp, queued: Timestamp) -> bool {
    now.duration_since(queued) >= SignedDuration::from_hours(7 * 24)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(faults: &Faults, patch: &Value) -> Result<Faults, BadFault> {
        faults.patched(patch.as_object().unwrap())
    }

    #[test]
    fn a_patch_changes_what_it_names_and_refuses_what_it_does_not_know() {
        let faults = patch(
            &Faults::default(),
            &json!({"down":true,"fail_next":{"code":131_026}}),
        )
        .unwrap();
        assert!(faults.down);
        assert_eq!(
            faults.fail_next,
            Some(FailNext {
                count: 1,
                code: 131_026,
                when: When::Sync
            })
        );
        let faults = patch(&faults, &json!({"fail_next":null})).unwrap();
        assert!(faults.down && faults.fail_next.is_none());
        for (case, bad, field) in [
            ("unknown", json!({"webhook_dealy_ms":1}), "webhook_dealy_ms"),
            ("wrong kind", json!({"down":"yes"}), "down"),
            ("negative", json!({"read_after_ms":-1}), "read_after_ms"),
            (
                "for ever",
                json!({"webhook_delay_ms":u64::MAX}),
                "webhook_delay_ms",
            ),
            (
                "without end",
                json!({"webhook_duplicate":1_001}),
                "webhook_duplicate",
            ),
            (
                "misspelled inside",
                json!({"fail_next":{"code":1,"cuont":1}}),
                "fail_next.cuont",
            ),
            (
                "none",
                json!({"fail_next":{"code":1,"count":0}}),
                "fail_next.count",
            ),
            (
                "unknown form",
                json!({"window_error":"later"}),
                "window_error",
            ),
        ] {
            assert_eq!(patch(&faults, &bad).unwrap_err().field, field, "{case}");
        }
    }

    #[test]
    fn injected_failures_are_used_up_one_by_one() {
        let mut faults = Faults {
            fail_next: Some(FailNext {
                count: 2,
                code: 131_000,
                when: When::Async,
            }),
            ..Faults::default()
        };
        assert_eq!(faults.take_failure(When::Sync), None);
        assert_eq!(faults.take_failure(When::Async), Some(131_000));
        assert_eq!(faults.take_failure(When::Async), Some(131_000));
        assert_eq!(faults.take_failure(When::Async), None);
        assert_eq!(faults.fail_next, None);
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let faults = Faults::default();
        assert_eq!(
            [0, 1, 2, 8, 9, 40, 90].map(|tries| faults.pause(tries)),
            [200, 400, 800, 51_200, 60_000, 60_000, 60_000]
        );
    }

    #[test]
    fn webhooks_are_given_up_after_seven_days() {
        let queued = Timestamp::from_second(1_790_000_000).unwrap();
        let week = SignedDuration::from_hours(168);
        assert!(!given_up(
            queued + week - SignedDuration::from_secs(1),
            queued
        ));
        assert!(given_up(queued + week, queued));
    }
}
