//! Which of a customer's messages they were shown to have been read: each at most once.

use domain::window::{Heard, Sending, Window};
use domain::{ChannelId, ConversationId, IdentityId, Timestamp, WorkspaceId};
use uuid::Uuid;

use crate::Store;
use crate::channels::Channel;
use crate::db::args;
use crate::error::Error;
use crate::read::instant;

impl Store {
    /// Whose conversation it is, and over which channel.
    pub async fn place_of(
        &self,
        workspace: WorkspaceId,
        conversation: ConversationId,
    ) -> Result<Option<(ChannelId, IdentityId)>, Error> {
        let row: Option<(Uuid, Uuid)> = self
            .db
            .maybe(
                "SELECT channel_id, identity_id FROM conversations WHERE workspace_id = $1 AND id = $2",
                args![workspace, conversation],
            )
            .await?;
        Ok(row.map(|(channel, identity)| {
            (
                ChannelId::from_uuid(channel),
                IdentityId::from_uuid(identity),
            )
        }))
    }

    /// Takes the newest message of a customer to show that it was read, with those before it: its external
    /// id, once. Whoever takes it shows it or nobody does.
    pub async fn take_receipt(
        &self,
        workspace: WorkspaceId,
        channel: ChannelId,
        identity: IdentityId,
    ) -> Result<Option<String>, Error> {
        let newest: Option<(i64, String)> = self
            .db
            .maybe(
                "SELECT m.seq, m.external_id FROM messages m
                 WHERE m.workspace_id = $3 AND m.channel_id = $1 AND m.identity_id = $2 AND m.direction = 'in'
                   AND m.external_id IS NOT NULL AND m.kind <> 'system'
                   AND m.seq > COALESCE((SELECT shown_seq FROM receipts r
                     WHERE r.channel_id = m.channel_id AND r.identity_id = m.identity_id), 0)
                 ORDER BY m.at DESC, m.seq DESC LIMIT 1",
                args![channel, identity, workspace],
            )
            .await?;
        let Some((seq, external_id)) = newest else {
            return Ok(None);
        };
        let taken = self
            .db
            .run(
                "INSERT INTO receipts (channel_id, identity_id, workspace_id, shown_seq) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (channel_id, identity_id) DO UPDATE SET shown_seq = excluded.shown_seq
                   WHERE receipts.shown_seq < excluded.shown_seq",
                args![channel, identity, workspace, seq],
            )
            .await?;
        Ok((taken > 0).then_some(external_id))
    }

    /// The newest message of a customer who may be answered now: its external id.
    pub async fn answerable(
        &self,
        channel: &Channel,
        identity: IdentityId,
        now: Timestamp,
    ) -> Result<Option<String>, Error> {
        let newest: Option<(String, Option<i64>, Option<i64>)> = self
            .db
            .maybe(
                "SELECT m.external_id, w.last_inbound_at, w.refused_at FROM messages m
                 JOIN windows w ON w.channel_id = m.channel_id AND w.identity_id = m.identity_id
                 WHERE m.workspace_id = $3 AND m.channel_id = $1 AND m.identity_id = $2 AND m.direction = 'in'
                   AND m.external_id IS NOT NULL AND m.kind <> 'system'
                 ORDER BY m.at DESC, m.seq DESC LIMIT 1",
                args![channel.id, identity, channel.workspace],
            )
            .await?;
        Ok(newest.and_then(|(external_id, last_inbound, refused)| {
            let heard = Heard {
                last_inbound: last_inbound.map(instant),
                refused_at: refused.map(instant),
            };
            let window = Window::at(channel.kind, heard, now);
            let open = window.admits(Sending::FreeFormByHuman).is_ok();
            open.then_some(external_id)
        }))
    }
}
