//! What providers say of accounts, numbers, templates and people's wishes: kept as it came, for good, but
//! for what people write, which goes with the journal.
//!
//! A change of a number's or an account's standing is read again from the provider when one comes. Templates
//! and costs will read these rows, and by then the facts would be gone with the journal.

use domain::{ChannelId, Timestamp, WorkspaceId};
use serde::Serialize;

use crate::Store;
use crate::db::{args, bulk, rows};
use crate::error::Error;

/// An event to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccountEvent {
    /// The webhook it came in.
    pub journal_seq: i64,
    /// Its place in that webhook.
    pub element: i64,
    /// The app that signed it.
    pub app: String,
    /// The provider's id of the account.
    pub account_id: Option<String>,
    /// The workspace it belongs to, if it belongs to one alone.
    pub workspace: Option<WorkspaceId>,
    /// The channel it speaks of, if it speaks of one.
    pub channel: Option<ChannelId>,
    /// The provider's name for it: `account_update`, `message_template_status_update`.
    pub field: String,
    /// When it happened, as far as the provider says.
    pub at: Option<Timestamp>,
    /// System time at which the webhook came.
    pub received_at: Timestamp,
    /// The provider's JSON.
    pub raw: String,
}

#[derive(Serialize)]
struct Row<'a> {
    journal_seq: i64,
    element: i64,
    app: &'a str,
    account_id: Option<&'a str>,
    workspace_id: Option<WorkspaceId>,
    channel_id: Option<ChannelId>,
    field: &'a str,
    at: Option<i64>,
    received_at: i64,
    raw: &'a str,
}

impl Store {
    /// Keeps events. Keeping the same element of the same webhook again does nothing.
    pub async fn keep_account_events(&self, events: &[NewAccountEvent]) -> Result<(), Error> {
        let input: Vec<_> = events
            .iter()
            .map(|e| Row {
                journal_seq: e.journal_seq,
                element: e.element,
                app: &e.app,
                account_id: e.account_id.as_deref(),
                workspace_id: e.workspace,
                channel_id: e.channel,
                field: &e.field,
                at: e.at.map(Timestamp::as_microsecond),
                received_at: e.received_at.as_microsecond(),
                raw: &e.raw,
            })
            .collect();
        self.db
            .run(
                bulk!([int journal_seq, int element, text app, text account_id, id workspace_id, id channel_id,
                       text field, int at, int received_at, text raw]
                    "INSERT INTO account_events (journal_seq, element, app, account_id, workspace_id, channel_id,
                       field, at, received_at, raw)
                     SELECT journal_seq, element, app, account_id, workspace_id, channel_id, field, at,
                       received_at, raw
                     FROM input WHERE true ON CONFLICT (journal_seq, element) DO NOTHING"),
                args![rows(&input)?],
            )
            .await?;
        Ok(())
    }

    /// Takes away the one event under this name whose JSON holds `part`; answers whether it was there.
    pub async fn take_account_event(
        &self,
        workspace: WorkspaceId,
        field: &str,
        part: &str,
    ) -> Result<bool, Error> {
        let found: Vec<(i64, i64, String)> = self
            .db
            .all(
                "SELECT journal_seq, element, raw FROM account_events
                 WHERE field = $1 AND (workspace_id = $2 OR workspace_id IS NULL)",
                args![field, workspace],
            )
            .await?;
        let Some((seq, element, _)) = found.into_iter().find(|(_, _, raw)| raw.contains(part))
        else {
            return Ok(false);
        };
        self.db
            .run(
                "DELETE FROM account_events WHERE journal_seq = $1 AND element = $2",
                args![seq, element],
            )
            .await?;
        Ok(true)
    }

    /// Forgets the events under these names that came before `before`.
    pub async fn prune_account_events(
        &self,
        fields: &[&str],
        before: Timestamp,
    ) -> Result<(), Error> {
        #[derive(Serialize)]
        struct Field<'a> {
            field: &'a str,
        }
        let input: Vec<_> = fields.iter().map(|field| Field { field }).collect();
        self.db
            .run(
                bulk!([text field]
                    "DELETE FROM account_events
                     WHERE field IN (SELECT field FROM input) AND received_at < $2"),
                args![rows(&input)?, before],
            )
            .await?;
        Ok(())
    }
}
