//! Two contacts become one, and two again.
//!
//! Merged contacts form trees: each points at the one it was merged into, and `root_id` at the one that stands for
//! all of them. An identity keeps the contact it began with (`home_id`) and names the root (`contact_id`). Undoing a
//! merge cuts its edge, so that merges may be undone in any order. Messages, conversations, notes and attributes
//! are not touched: they hang on identities, or on the contact they were written on.

use std::collections::BTreeSet;

use domain::identity::{IdentityKey, IdentityKind};
use domain::{AgentId, ContactId, ConversationId, MergeId, MessageId, Timestamp, WorkspaceId};
use jiff::SignedDuration;
use serde::Serialize;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::Store;
use crate::change::Change;
use crate::contacts::{hex, terms_of_key, terms_of_name};
use crate::db::{args, bulk, rows};
use crate::error::Error;
use crate::read::{instant, word};
use crate::thread::OwnLine;

/// How long a merge can be undone.
pub const UNDONE_WITHIN: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Which of two contacts becomes part of which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merge {
    /// The contact that becomes part of the other.
    pub from: ContactId,
    /// The contact that stays.
    pub into: ContactId,
    /// Whether the one that stays takes the other's name.
    pub take_name: bool,
}

/// What became of a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merged {
    /// They are one.
    Done(MergeId),
    /// They are one already, or it is one contact.
    One,
    /// There is no such contact.
    NotThere,
}

/// What became of undoing a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmerged {
    /// They are two again, or were already: the contact that came out of it.
    Done(ContactId),
    /// It was too long ago.
    TooLate,
    /// There is no such merge.
    NotThere,
}

#[derive(sqlx::FromRow)]
struct FoundContact {
    name: String,
    root_id: Uuid,
}

#[derive(sqlx::FromRow)]
struct FoundMerge {
    from_id: Uuid,
    into_id: Uuid,
    from_name: String,
    into_name: String,
    name_taken: Option<String>,
    at: i64,
    undone_at: Option<i64>,
}

#[derive(Serialize)]
struct VersionRow {
    id: ConversationId,
    version: i64,
}

#[derive(Serialize)]
struct TermRow {
    term: String,
}

impl Store {
    /// Makes one contact part of another. Merged contacts are meant by those they are part of.
    pub async fn merge(
        &self,
        workspace: WorkspaceId,
        merge: Merge,
        by: AgentId,
        now: Timestamp,
    ) -> Result<Merged, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(Merged::NotThere);
        };
        let from = change.contact(merge.from).await?;
        let into = change.contact(merge.into).await?;
        let (Some(from), Some(into)) = (from, into) else {
            return Ok(Merged::NotThere);
        };
        if from.0 == into.0 {
            return Ok(Merged::One);
        }
        let id = MergeId::new(now, self.chance.bytes());
        change
            .note_merge(id, &from, &into, merge.take_name, by)
            .await?;
        change.join(from.0, into.0).await?;
        let what = json!({ "merge_id": id, "from": from.1, "into": into.1 });
        change
            .say_in_threads("contacts_merged", into.0, by, &what)
            .await?;
        change.touch_conversations(into.0).await?;
        change.commit().await?;
        Ok(Merged::Done(id))
    }

    /// Undoes a merge: identities go back to the contact they came from, with all that was heard of them since.
    /// What was written on the merged contact stays with it.
    pub async fn undo_merge(
        &self,
        workspace: WorkspaceId,
        merge: MergeId,
        by: AgentId,
        now: Timestamp,
    ) -> Result<Unmerged, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(Unmerged::NotThere);
        };
        let Some(found) = change.found_merge(merge).await? else {
            return Ok(Unmerged::NotThere);
        };
        let from = ContactId::from_uuid(found.from_id);
        if found.undone_at.is_some() {
            return Ok(Unmerged::Done(from));
        }
        if now >= instant(found.at) + UNDONE_WITHIN {
            return Ok(Unmerged::TooLate);
        }
        let into = ContactId::from_uuid(found.into_id);
        let Some((root, _)) = change.contact(into).await? else {
            return Ok(Unmerged::NotThere);
        };
        change
            .tx
            .run(
                "UPDATE merges SET undone_at = $2, undone_by = $3 WHERE id = $1",
                args![merge, now, by],
            )
            .await?;
        change.give_name_back(merge, &found).await?;
        change.part(from, root).await?;
        let what = json!({ "merge_id": merge, "from": found.from_name, "into": found.into_name });
        for contact in [root, from] {
            change
                .say_in_threads("contacts_unmerged", contact, by, &what)
                .await?;
            change.touch_conversations(contact).await?;
        }
        change.commit().await?;
        Ok(Unmerged::Done(from))
    }
}

impl Change {
    /// The contact that this one is part of now, and what that is called.
    pub(crate) async fn contact(
        &mut self,
        contact: ContactId,
    ) -> Result<Option<(ContactId, String)>, Error> {
        let found: Option<FoundContact> = self
            .tx
            .maybe(
                "SELECT r.name, c.root_id FROM contacts c JOIN contacts r ON r.id = c.root_id
                 WHERE c.workspace_id = $1 AND c.id = $2",
                args![self.workspace, contact],
            )
            .await?;
        Ok(found.map(|c| (ContactId::from_uuid(c.root_id), c.name)))
    }

    async fn found_merge(&mut self, merge: MergeId) -> Result<Option<FoundMerge>, Error> {
        self.tx
            .maybe(
                "SELECT from_id, into_id, from_name, into_name, name_taken, at, undone_at FROM merges
                 WHERE workspace_id = $1 AND id = $2",
                args![self.workspace, merge],
            )
            .await
    }

    async fn note_merge(
        &mut self,
        id: MergeId,
        (from, from_name): &(ContactId, String),
        (into, into_name): &(ContactId, String),
        take_name: bool,
        by: AgentId,
    ) -> Result<(), Error> {
        let taken = (take_name && from_name != into_name).then_some(from_name.as_str());
        self.tx
            .run(
                "INSERT INTO merges (id, workspace_id, from_id, into_id, from_name, into_name, name_taken, at, agent_id, number)
                 SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, COUNT(*) FROM merges WHERE into_id = $4",
                args![
                    id,
                    self.workspace,
                    *from,
                    *into,
                    from_name.as_str(),
                    into_name.as_str(),
                    taken,
                    self.now,
                    by
                ],
            )
            .await?;
        if let Some(name) = taken {
            self.set_name(*into, name).await?;
        }
        Ok(())
    }

    pub(crate) async fn set_name(&mut self, contact: ContactId, name: &str) -> Result<(), Error> {
        self.tx
            .run(
                "UPDATE contacts SET name = $2 WHERE id = $1",
                args![contact, name],
            )
            .await?;
        Ok(())
    }

    async fn join(&mut self, from: ContactId, into: ContactId) -> Result<(), Error> {
        for statement in [
            "UPDATE contacts SET merged_into = $2 WHERE id = $1",
            "UPDATE contacts SET root_id = $2 WHERE root_id = $1",
            "UPDATE identities SET contact_id = $2 WHERE contact_id = $1",
            "INSERT INTO contact_terms (workspace_id, term, contact_id)
             SELECT workspace_id, term, $2 FROM contact_terms WHERE contact_id = $1 ON CONFLICT DO NOTHING",
        ] {
            self.tx.run(statement, args![from, into]).await?;
        }
        Ok(())
    }

    /// Cuts a contact, and all that were merged into it, from the tree of `root`.
    async fn part(&mut self, from: ContactId, root: ContactId) -> Result<(), Error> {
        for statement in [
            "UPDATE contacts SET merged_into = NULL WHERE id = $1",
            "WITH RECURSIVE tree (id) AS (
               SELECT id FROM contacts WHERE id = $1
               UNION ALL SELECT c.id FROM tree t JOIN contacts c ON c.merged_into = t.id)
             UPDATE contacts SET root_id = $1 WHERE id IN (SELECT id FROM tree)",
            "WITH RECURSIVE tree (id) AS (
               SELECT id FROM contacts WHERE id = $1
               UNION ALL SELECT c.id FROM tree t JOIN contacts c ON c.merged_into = t.id)
             UPDATE identities SET contact_id = $1 WHERE home_id IN (SELECT id FROM tree)",
        ] {
            self.tx.run(statement, args![from]).await?;
        }
        let theirs = self.terms_of(from).await?;
        let ours = self.terms_of(root).await?;
        let gone: Vec<&String> = theirs.difference(&ours).collect();
        self.tx
            .run(
                bulk!([bytes term]
                    "DELETE FROM contact_terms WHERE workspace_id = $2 AND contact_id = $3
                       AND term IN (SELECT term FROM input)"),
                args![rows(&term_rows(gone))?, self.workspace, root],
            )
            .await?;
        // Whoever was parted from it while it was merged is not found by it any more.
        self.tx
            .run(
                "DELETE FROM contact_terms WHERE workspace_id = $1 AND contact_id = $2",
                args![self.workspace, from],
            )
            .await?;
        self.add_terms(from, theirs.iter()).await?;
        self.add_terms(root, ours.iter()).await
    }

    /// What a contact is found by, read from its names and identities.
    async fn terms_of(&mut self, contact: ContactId) -> Result<BTreeSet<String>, Error> {
        let names: Vec<(String,)> = self
            .tx
            .all(
                "SELECT name FROM contacts WHERE root_id = $1",
                args![contact],
            )
            .await?;
        let identities: Vec<(String, String, Option<String>, Option<String>)> = self
            .tx
            .all(
                "SELECT kind, value, username, profile_name FROM identities WHERE contact_id = $1",
                args![contact],
            )
            .await?;
        let mut terms = BTreeSet::new();
        for (name,) in &names {
            terms.extend(terms_of_name(name));
        }
        for (kind, value, username, profile) in identities {
            let kind = word("identities.kind", &kind, IdentityKind::parse)?;
            terms.extend(terms_of_key(&IdentityKey::new(kind, value)));
            for name in username.iter().chain(&profile) {
                terms.extend(terms_of_name(name));
            }
        }
        Ok(terms)
    }

    pub(crate) async fn add_terms(
        &mut self,
        contact: ContactId,
        terms: impl Iterator<Item = &String>,
    ) -> Result<(), Error> {
        self.tx
            .run(
                bulk!([bytes term]
                    "INSERT INTO contact_terms (workspace_id, term, contact_id)
                     SELECT $2, term, $3 FROM input WHERE true ON CONFLICT DO NOTHING"),
                args![rows(&term_rows(terms))?, self.workspace, contact],
            )
            .await?;
        Ok(())
    }

    /// Takes back the name that a merge gave. A later merge that gave another knows what was before from now on;
    /// one that took this name further gives the name before it instead.
    async fn give_name_back(&mut self, merge: MergeId, found: &FoundMerge) -> Result<(), Error> {
        let Some(taken) = &found.name_taken else {
            return Ok(());
        };
        let names = (taken.as_str(), found.into_name.as_str());
        let mut next = Some((merge.uuid(), found.into_id));
        while let Some((merge, contact)) = next {
            next = if self.later_name_knows(merge, contact, names).await? {
                None
            } else {
                self.rename_as_before(contact, names).await?;
                self.took_further(contact, names).await?
            };
        }
        Ok(())
    }

    /// Whether a later merge gave the contact another name, which then follows on the name before this one.
    async fn later_name_knows(
        &mut self,
        merge: Uuid,
        contact: Uuid,
        (taken, before): (&str, &str),
    ) -> Result<bool, Error> {
        let later: Option<(Uuid, String)> = self
            .tx
            .maybe(
                "SELECT id, into_name FROM merges
                 WHERE into_id = $1 AND number > (SELECT number FROM merges WHERE id = $2)
                   AND name_taken IS NOT NULL AND undone_at IS NULL
                 ORDER BY number LIMIT 1",
                args![contact, merge],
            )
            .await?;
        let Some((id, follows)) = later else {
            return Ok(false);
        };
        if follows == taken {
            self.tx
                .run(
                    "UPDATE merges SET into_name = $2 WHERE id = $1",
                    args![id, before],
                )
                .await?;
        }
        Ok(true)
    }

    async fn rename_as_before(
        &mut self,
        contact: Uuid,
        (taken, before): (&str, &str),
    ) -> Result<(), Error> {
        self.tx
            .run(
                "UPDATE contacts SET name = $3 WHERE id = $1 AND name = $2",
                args![contact, taken, before],
            )
            .await?;
        Ok(())
    }

    /// The merge, and the contact, to which this contact gave the name in its turn: it gives the one before now.
    async fn took_further(
        &mut self,
        contact: Uuid,
        (taken, before): (&str, &str),
    ) -> Result<Option<(Uuid, Uuid)>, Error> {
        let further: Option<(Uuid, Uuid)> = self
            .tx
            .maybe(
                "SELECT id, into_id FROM merges
                 WHERE from_id = $1 AND name_taken = $2 AND undone_at IS NULL",
                args![contact, taken],
            )
            .await?;
        if let Some((id, _)) = further {
            self.tx
                .run(
                    "UPDATE merges SET name_taken = $2 WHERE id = $1",
                    args![id, before],
                )
                .await?;
        }
        Ok(further)
    }

    /// Adds an event to the latest conversation of each of a contact's threads.
    async fn say_in_threads(
        &mut self,
        kind: &'static str,
        contact: ContactId,
        by: AgentId,
        what: &Json,
    ) -> Result<(), Error> {
        let latest: Vec<(Uuid,)> = self
            .tx
            .all(
                "SELECT c.id FROM identities i
                 JOIN conversations c ON c.identity_id = i.id
                 JOIN windows w ON w.channel_id = c.channel_id AND w.identity_id = c.identity_id
                   AND w.conversation_id = c.id
                 WHERE i.workspace_id = $1 AND i.contact_id = $2 ORDER BY c.id",
                args![self.workspace, contact],
            )
            .await?;
        for (id,) in latest {
            let conversation = ConversationId::from_uuid(id);
            let line = MessageId::new(self.now, self.chance.bytes());
            let line = OwnLine::event(line, conversation, kind, Some(by), Some(what.clone()));
            let seq = self.add_line(line).await?;
            self.tx
                .run(
                    "UPDATE conversations SET last_seq = $2, version = $2 WHERE id = $1",
                    args![conversation, seq],
                )
                .await?;
        }
        Ok(())
    }

    /// Tells that every conversation of a contact shows something else of it.
    pub(crate) async fn touch_conversations(&mut self, contact: ContactId) -> Result<(), Error> {
        self.touch_latest(contact, i64::MAX).await
    }

    /// Tells that something else is known of a contact than its conversations show: the latest of them carries it.
    pub(crate) async fn touch_contact(&mut self, contact: ContactId) -> Result<(), Error> {
        self.touch_latest(contact, 1).await
    }

    async fn touch_latest(&mut self, contact: ContactId, most: i64) -> Result<(), Error> {
        let latest: Vec<(Uuid,)> = self
            .tx
            .all(
                "SELECT c.id FROM identities i JOIN conversations c ON c.identity_id = i.id
                 WHERE i.workspace_id = $1 AND i.contact_id = $2
                 ORDER BY c.last_at DESC, c.id DESC LIMIT $3",
                args![self.workspace, contact, most],
            )
            .await?;
        let touched: Vec<VersionRow> = latest
            .into_iter()
            .map(|(id,)| ConversationId::from_uuid(id))
            .map(|id| VersionRow {
                id,
                version: self.conversation_event(id),
            })
            .collect();
        self.tx
            .run(
                bulk!([id id, int version]
                    "UPDATE conversations SET version = input.version FROM input
                     WHERE conversations.id = input.id"),
                args![rows(&touched)?],
            )
            .await?;
        Ok(())
    }
}

fn term_rows<'a>(terms: impl IntoIterator<Item = &'a String>) -> Vec<TermRow> {
    let terms = terms.into_iter();
    terms
        .map(|term| TermRow {
            term: hex(term.as_bytes()),
        })
        .collect()
}
