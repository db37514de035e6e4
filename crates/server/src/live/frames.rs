//! What a browser is told, one JSON object per text frame.

use std::collections::BTreeMap;

use axum::extract::ws::Utf8Bytes;
use domain::{AgentId, Timestamp, WorkspaceId};
use serde::Serialize;
use store::{Agent, Changes};

use crate::App;
use crate::messages::Entry;

/// A frame.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Frame<'a> {
    Hello {
        cursor: i64,
        now: Timestamp,
    },
    Changes(Box<ChangesFrame<'a>>),
    Resync {
        cursor: i64,
    },
    Clock {
        now: Timestamp,
    },
    Health {
        ingest: Ingest,
    },
    /// Nothing but that the connection stands: a browser cannot see pings.
    Beat,
}

/// Whether webhooks are being taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ingest {
    /// They are.
    Ok,
    /// They are answered with 503: the database takes no writes.
    Refusing,
}

impl Ingest {
    /// From what the journal says.
    #[must_use]
    pub const fn accepting(accepting: bool) -> Self {
        if accepting { Self::Ok } else { Self::Refusing }
    }
}

#[derive(Serialize)]
pub(super) struct ChangesFrame<'a> {
    cursor: i64,
    now: Timestamp,
    #[serde(flatten)]
    changes: &'a Changes,
    entries: Vec<Entry>,
    counters: CountersFrame,
    #[serde(skip_serializing_if = "Option::is_none")]
    agents: Option<Vec<Agent>>,
}

/// The counters that moved; the others stand as they stood.
#[derive(Serialize)]
struct CountersFrame {
    #[serde(skip_serializing_if = "Option::is_none")]
    unassigned: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    all: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved: Option<i64>,
    mine: BTreeMap<AgentId, i64>,
}

impl CountersFrame {
    fn of(moved: &BTreeMap<String, i64>) -> Self {
        let n = |name: &str| moved.get(name).copied();
        let mine = moved
            .iter()
            .filter_map(|(name, &n)| Some((name.strip_prefix("mine:")?.parse().ok()?, n)));
        Self {
            unassigned: n("unassigned"),
            all: n("all"),
            resolved: n("resolved"),
            mine: mine.collect(),
        }
    }
}

impl Frame<'_> {
    pub(super) fn text(&self) -> Utf8Bytes {
        // Our own types always encode; an empty frame would be ignored by the browser.
        serde_json::to_string(self).unwrap_or_default().into()
    }
}

/// Everything that changed in `(after, upto]`, as one frame.
pub(super) async fn changes(
    app: &App,
    workspace: WorkspaceId,
    after: i64,
    upto: i64,
) -> Result<Utf8Bytes, store::Error> {
    let mut changes = app.store.changes(workspace, after, upto).await?;
    let lines = std::mem::take(&mut changes.lines);
    let agents = if changes.workspace_changed {
        Some(app.store.agents_ever(workspace).await?)
    } else {
        None
    };
    let frame = ChangesFrame {
        cursor: upto,
        now: app.clock.now(),
        entries: lines.into_iter().map(Entry::from).collect(),
        counters: CountersFrame::of(&changes.counters),
        changes: &changes,
        agents,
    };
    Ok(Frame::Changes(Box::new(frame)).text())
}
