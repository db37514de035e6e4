//! Questions to the agents: two contacts that may be one person.

use std::collections::BTreeMap;

use domain::identity::Reason;
use domain::{AgentId, ContactId, Timestamp, WorkspaceId};
use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Store;
use crate::conversations::Contact;
use crate::db::args;
use crate::error::Error;
use crate::read::word;

/// Why two contacts may be one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Why {
    /// The reason.
    pub reason: Reason,
    /// What they have in common, as `value`; for a move also what it took the place of, as `was`.
    #[schema(value_type = Object)]
    pub params: Json,
}

/// Another contact that may be the same person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Suggestion {
    /// The other one.
    pub contact: Contact,
    /// Why, at least one.
    pub reasons: Vec<Why>,
}

/// The questions about the identities of contact `$2`, and whom they are about now. One that was answered with no
/// answers all between the two.
pub(crate) const SUGGESTED: &str =
    "SELECT other.contact_id, s.reason, s.params, s.dismissed_at IS NOT NULL AS dismissed
     FROM identities i
     JOIN suggestions s ON s.identity_a = i.id
     JOIN identities other ON other.id = s.identity_b
     WHERE i.workspace_id = $1 AND i.contact_id = $2 AND other.contact_id <> $2
     UNION ALL
     SELECT other.contact_id, s.reason, s.params, s.dismissed_at IS NOT NULL
     FROM identities i
     JOIN suggestions s ON s.identity_b = i.id
     JOIN identities other ON other.id = s.identity_a
     WHERE i.workspace_id = $1 AND i.contact_id = $2 AND other.contact_id <> $2";

impl Store {
    /// Who may be the same person as a contact, and why.
    pub async fn suggestions(
        &self,
        workspace: WorkspaceId,
        contact: ContactId,
    ) -> Result<Vec<Suggestion>, Error> {
        let found: Vec<(Uuid, String, String, bool)> =
            self.db.all(SUGGESTED, args![workspace, contact]).await?;
        let mut by_contact: BTreeMap<Uuid, (Vec<Why>, bool)> = BTreeMap::new();
        for (other, reason, params, dismissed) in found {
            let (reasons, answered) = by_contact.entry(other).or_default();
            *answered |= dismissed;
            let why = Why {
                reason: word("suggestions.reason", &reason, Reason::parse)?,
                params: serde_json::from_str(&params).unwrap_or_default(),
            };
            if !reasons.contains(&why) {
                reasons.push(why);
            }
        }
        let open = by_contact
            .into_iter()
            .filter(|(_, (_, answered))| !answered);
        let mut suggestions = Vec::new();
        for (other, (mut reasons, _)) in open {
            reasons.sort_by_key(|why| why.reason);
            let other = ContactId::from_uuid(other);
            if let Some(contact) = self.contact_in_short(workspace, other).await? {
                suggestions.push(Suggestion { contact, reasons });
            }
        }
        Ok(suggestions)
    }

    /// Notes that two contacts are not the same person, whatever was thought; answers whether that was asked.
    pub async fn dismiss_suggestions(
        &self,
        workspace: WorkspaceId,
        (one, other): (ContactId, ContactId),
        by: AgentId,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(false);
        };
        let dismissed = change
            .tx
            .run(
                "UPDATE suggestions SET dismissed_at = COALESCE(dismissed_at, $4), dismissed_by = COALESCE(dismissed_by, $5)
                 WHERE workspace_id = $1
                   AND (identity_a IN (SELECT id FROM identities WHERE contact_id = $2)
                          AND identity_b IN (SELECT id FROM identities WHERE contact_id = $3)
                     OR identity_a IN (SELECT id FROM identities WHERE contact_id = $3)
                          AND identity_b IN (SELECT id FROM identities WHERE contact_id = $2))",
                args![workspace, one, other, now, by],
            )
            .await?;
        if dismissed == 0 {
            return Ok(false);
        }
        change.touch_conversations(one).await?;
        change.touch_conversations(other).await?;
        change.commit().await?;
        Ok(true)
    }
}
