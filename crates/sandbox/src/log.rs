//! The last calls and webhooks, for the page and for tests.

use std::{collections::VecDeque, sync::Arc};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

const KEPT: usize = 2_000;

/// Which way a call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Way {
    /// A webhook.
    ToCharla,
    /// A Graph call.
    FromCharla,
}

/// What a call is about, in codes and names: the page words it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Detail {
    /// `text`, `delivered`, `typing`, ..., or the fields that were asked for.
    pub(crate) what: String,
    /// The customer who wrote.
    pub(crate) from: Option<String>,
    /// How many updates, where there are several.
    pub(crate) updates: Option<usize>,
    /// Why it went, if for no event.
    pub(crate) sent: Option<Sent>,
}

impl Detail {
    /// Nothing but a code.
    pub(crate) fn of(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            ..Self::default()
        }
    }

    /// So many updates.
    pub(crate) fn batch(updates: usize) -> Self {
        Self {
            updates: Some(updates),
            ..Self::default()
        }
    }

    /// The same, sent for another reason.
    pub(crate) fn sent(self, sent: Sent) -> Self {
        Self {
            sent: Some(sent),
            ..self
        }
    }
}

/// Why a webhook goes that no event has brought about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sent {
    /// A fault asks for copies.
    Again,
    /// Somebody chose an entry of the log.
    Replay,
    /// Somebody wrote its body.
    ByHand,
}

/// One call, before it has its number.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// When it began.
    pub(crate) at: Timestamp,
    /// Which way it went.
    pub(crate) way: Way,
    /// Where it went.
    pub(crate) url: String,
    /// `messages`, `status`, `POST /messages`, ...
    pub(crate) kind: String,
    /// What it is about.
    pub(crate) detail: Detail,
    /// The answer's status; none if there was no answer.
    pub(crate) http: Option<u16>,
    /// How long it took.
    pub(crate) took_ms: u64,
    /// The bytes that went over the line.
    pub(crate) request: Arc<str>,
    /// What came back, or why nothing did.
    pub(crate) response: String,
    /// The headers worth showing.
    pub(crate) headers: Vec<(String, String)>,
}

/// One line of the log as the control API gives it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Entry {
    n: u64,
    at: String,
    direction: Way,
    url: String,
    kind: String,
    detail: Detail,
    http: Option<u16>,
    took_ms: u64,
    request: Value,
    response: Value,
    headers: serde_json::Map<String, Value>,
}

impl Entry {
    /// The number of the entry.
    #[must_use]
    pub(crate) fn n(&self) -> u64 {
        self.n
    }
}

/// A bounded log; numbers rise for ever.
#[derive(Debug, Default)]
pub(crate) struct Log {
    calls: VecDeque<Call>,
    last: u64,
    secrets: Vec<String>,
}

impl Log {
    /// A log that shows none of these secrets.
    #[must_use]
    pub(crate) fn hiding(secrets: Vec<String>) -> Self {
        Self {
            secrets,
            ..Self::default()
        }
    }

    /// Shows this nowhere either.
    pub(crate) fn hide(&mut self, secret: String) {
        self.secrets.push(secret);
    }

    /// Keeps a call and returns its number.
    pub(crate) fn add(&mut self, call: Call) -> u64 {
        if self.calls.len() == KEPT {
            self.calls.pop_front();
        }
        self.calls.push_back(call);
        self.last += 1;
        self.last
    }

    /// Forgets all calls; the numbers go on.
    pub(crate) fn clear(&mut self) {
        self.calls.clear();
    }

    /// The number of the last call.
    #[must_use]
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// One call by its number.
    #[must_use]
    pub(crate) fn call(&self, n: u64) -> Option<&Call> {
        let index = n.checked_sub(self.first())?;
        self.calls.get(usize::try_from(index).ok()?)
    }

    /// Up to `limit` entries after number `after`, or the last ones.
    #[must_use]
    pub(crate) fn entries(&self, after: Option<u64>, limit: usize) -> Vec<Entry> {
        let length = self.calls.len();
        let from = match after {
            Some(after) => {
                usize::try_from((after + 1).saturating_sub(self.first())).unwrap_or(length)
            }
            None => length.saturating_sub(limit),
        };
        (self.first()..)
            .zip(&self.calls)
            .skip(from)
            .take(limit)
            .map(|(n, call)| self.entry(n, call))
            .collect()
    }

    fn first(&self) -> u64 {
        self.last + 1 - self.calls.len() as u64
    }

    fn entry(&self, n: u64, call: &Call) -> Entry {
        let masked = |(name, value): &(String, String)| {
            let value = match name.as_str() {
                "authorization" => "Bearer ***".to_owned(),
                _ => self.masked(value),
            };
            (name.clone(), Value::String(value))
        };
        Entry {
            n,
            at: format!("{:.3}", call.at),
            direction: call.way,
            url: self.masked(&call.url),
            kind: call.kind.clone(),
            detail: Detail {
                what: self.masked(&call.detail.what),
                ..call.detail.clone()
            },
            http: call.http,
            took_ms: call.took_ms,
            request: self.shown(&call.request),
            response: self.shown(&call.response),
            headers: call.headers.iter().map(masked).collect(),
        }
    }

    fn shown(&self, text: &str) -> Value {
        let masked = self.masked(text);
        serde_json::from_str(&masked).unwrap_or(Value::String(masked))
    }

    fn masked(&self, text: &str) -> String {
        self.secrets
            .iter()
            .fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(detail: &str) -> Call {
        Call {
            at: Timestamp::from_millisecond(1_790_000_000_120).unwrap(),
            way: Way::ToCharla,
            url: "http://127.0.0.1:1/webhooks?verify=EAAx".to_owned(),
            kind: "status".to_owned(),
            detail: Detail::of(detail),
            http: Some(200),
            took_ms: 3,
            request: r#"{"token":"EAAx"}"#.into(),
            response: "no JSON".to_owned(),
            headers: vec![("authorization".to_owned(), "Bearer other".to_owned())],
        }
    }

    #[test]
    fn the_ring_keeps_the_last_calls_under_their_numbers() {
        let mut log = Log::default();
        for n in 1..=2_500 {
            assert_eq!(log.add(call(&n.to_string())), n);
        }
        let numbers = |entries: Vec<Entry>| entries.iter().map(|e| e.n).collect::<Vec<_>>();
        assert_eq!(numbers(log.entries(None, 2)), [2_499, 2_500]);
        assert_eq!(numbers(log.entries(Some(0), 2)), [501, 502]);
        assert_eq!(numbers(log.entries(Some(2_498), 9)), [2_499, 2_500]);
        assert!(log.entries(Some(2_500), 9).is_empty());
        assert_eq!(log.call(2_000).unwrap().detail.what, "2000");
        assert!(log.call(500).is_none() && log.call(2_501).is_none());
        log.clear();
        assert_eq!(log.add(call("next")), 2_501);
    }

    #[test]
    fn secrets_are_masked() {
        let mut log = Log::hiding(vec!["EAAx".to_owned()]);
        log.add(call("with EAAx"));
        let entry = serde_json::to_value(&log.entries(None, 1)[0]).unwrap();
        assert_eq!(entry["detail"]["what"], "with ***");
        assert_eq!(entry["url"], "http://127.0.0.1:1/webhooks?verify=***");
        assert_eq!(entry["request"]["token"], "***");
        assert_eq!(entry["response"], "no JSON");
        assert_eq!(entry["headers"]["authorization"], "Bearer ***");
        assert_eq!(entry["at"], "2026-09-21T14:13:20.120Z");
    }
}
