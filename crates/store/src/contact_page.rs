//! A contact with all that is known of it, the list of contacts, and what agents write on them.

use std::collections::BTreeMap;

use domain::identity::{IdentityKind, number_variants};
use domain::{AgentId, ContactId, MergeId, NoteId, Timestamp, WorkspaceId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Store;
use crate::contacts::{Typed, latest_id, terms_of_name};
use crate::conversations::Contact;
use crate::db::{Sql, args, bulk};
use crate::error::Error;
use crate::merges::UNDONE_WITHIN;
use crate::read::{instant, word};

/// One way by which a contact is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct IdentityView {
    /// `wa_id`, `bsuid`, `parent_bsuid` or username.
    pub kind: String,
    /// The provider's value; of a username without its sign.
    pub value: String,
    /// The same number in the other form that it is written in.
    pub variant: Option<String>,
    /// The country of a number, by its two letters.
    pub country: Option<String>,
    /// Since when it is theirs, where that is known.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// When they got another instead.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub left_at: Option<Timestamp>,
    /// Whether answers go there: of each kind one for each person that was merged.
    pub current: bool,
}

/// What a colleague wrote about a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ContactNote {
    /// The note.
    pub id: NoteId,
    /// Who wrote it.
    pub agent_id: AgentId,
    /// What.
    pub text: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// Something that happened to a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ContactChange {
    /// The provider said that an id took another's place.
    Moved {
        /// `wa_id`, `bsuid` or `parent_bsuid`.
        identity: String,
        /// The id before, if it was told.
        from: Option<String>,
        /// The new id.
        to: String,
        /// Whether the new id was another contact's by then.
        held: bool,
        /// When.
        #[schema(value_type = String, format = DateTime)]
        at: Timestamp,
    },
    /// Another contact became part of this one, or this one of another.
    Merged {
        /// The merge.
        merge_id: MergeId,
        /// What the contact that became part was called.
        from: String,
        /// What the contact that stayed was called.
        into: String,
        /// Who did it.
        agent_id: AgentId,
        /// When.
        #[schema(value_type = String, format = DateTime)]
        at: Timestamp,
        /// The first instant at which it cannot be undone; null if it was undone.
        #[schema(value_type = Option<String>, format = DateTime)]
        undo_until: Option<Timestamp>,
        /// When it was undone.
        #[schema(value_type = Option<String>, format = DateTime)]
        undone_at: Option<Timestamp>,
        /// By whom.
        undone_by: Option<AgentId>,
    },
}

impl ContactChange {
    fn at(&self) -> Timestamp {
        match self {
            Self::Moved { at, .. } | Self::Merged { at, .. } => *at,
        }
    }
}

/// A contact with all that is known of it, but for its conversations and files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ContactPage {
    /// The contact; another than the one asked for, if that was merged into it.
    pub id: ContactId,
    /// What it is called here.
    pub name: String,
    /// What it calls itself, where that is something else.
    pub profile_names: Vec<String>,
    /// When it was first heard of.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// How it is known, those in use first.
    pub identities: Vec<IdentityView>,
    /// Attributes by name.
    pub attributes: BTreeMap<String, String>,
    /// The latest notes, the newest first; at most 100.
    pub notes: Vec<ContactNote>,
    /// What happened to it, the newest first.
    pub changes: Vec<ContactChange>,
}

const MOST_NOTES: i64 = 100;
const MOST_CHANGES: i64 = 100;

pub(crate) const NOTES: &str = "SELECT n.id, n.agent_id, n.body, n.at
     FROM contacts c JOIN contact_notes n ON n.contact_id = c.id
     WHERE c.workspace_id = $1 AND c.root_id = $2 ORDER BY n.id DESC LIMIT $3";

pub(crate) const MOVES: &str = "SELECT m.kind, m.was, m.value, m.held_by IS NOT NULL AS held, m.at
     FROM identities i JOIN moves m ON m.identity_id = i.id
     WHERE i.workspace_id = $1 AND i.contact_id = $2 ORDER BY m.at DESC LIMIT $3";

pub(crate) const MERGES: &str =
    "SELECT g.id, g.from_name, g.into_name, g.agent_id, g.at, g.undone_at, g.undone_by
     FROM (SELECT m.id FROM contacts c JOIN merges m ON m.into_id = c.id
           WHERE c.workspace_id = $1 AND c.root_id = $2
           UNION
           SELECT m.id FROM contacts c JOIN merges m ON m.from_id = c.id
           WHERE c.workspace_id = $1 AND c.root_id = $2) hit
     JOIN merges g ON g.id = hit.id ORDER BY g.at DESC, g.id DESC LIMIT $3";

#[derive(sqlx::FromRow)]
struct FoundIdentity {
    kind: String,
    value: String,
    username: Option<String>,
    profile_name: Option<String>,
    since: i64,
    left_at: Option<i64>,
    current: bool,
}

impl FoundIdentity {
    fn views(self, views: &mut Vec<IdentityView>) -> Result<(), Error> {
        let kind = word("identities.kind", &self.kind, IdentityKind::parse)?;
        let number = kind == IdentityKind::WaId;
        let variant = number_variants(&self.value).into_iter().next();
        views.push(IdentityView {
            kind: self.kind,
            variant: variant.filter(|_| number),
            country: domain::phone::country(&self.value).filter(|_| number),
            since: Some(instant(self.since)),
            left_at: self.left_at.map(instant),
            current: self.current,
            value: self.value,
        });
        if let Some(username) = self.username {
            views.push(IdentityView {
                kind: "username".to_owned(),
                value: username,
                variant: None,
                country: None,
                since: None,
                left_at: None,
                current: true,
            });
        }
        Ok(())
    }
}

#[derive(sqlx::FromRow)]
struct FoundMerge {
    id: Uuid,
    from_name: String,
    into_name: String,
    agent_id: Uuid,
    at: i64,
    undone_at: Option<i64>,
    undone_by: Option<Uuid>,
}

/// What the list and a suggestion show of the contacts that `$page` selects as `ct`.
macro_rules! in_short {
    ($page:expr) => {
        concat!(
            "SELECT ct.id, ct.name,
                    (SELECT u.username FROM identities u WHERE u.contact_id = ct.id AND u.username IS NOT NULL
                     ORDER BY u.id DESC LIMIT 1) AS username,
                    ",
            latest_id!("wa_id", "p.contact_id = ct.id"),
            " AS wa_id, ",
            latest_id!("bsuid", "p.contact_id = ct.id"),
            " AS bsuid
             FROM ",
            $page,
            " ct WHERE ct.workspace_id = $1 "
        )
    };
}

const SHORT: &str = concat!(in_short!("contacts"), "AND ct.id = $2");

pub(crate) const LIST: &str = concat!(
    in_short!(
        "(SELECT id, name, workspace_id FROM contacts
          WHERE workspace_id = $1 AND merged_into IS NULL AND id < $2 ORDER BY id DESC LIMIT $3)"
    ),
    "ORDER BY ct.id DESC"
);

/// Contacts whose terms begin with the typed ones: the longest, `$3` to `$4`, is looked for, the others, in the
/// set, are asked of what was found. Merged contacts have none to be found by: those they are part of have.
pub(crate) const FIND_CONTACTS: Sql = bulk!("$5", [bytes low, bytes high] concat!(
    in_short!(
        "(SELECT c.id, c.name, c.workspace_id FROM (
            SELECT DISTINCT t.contact_id FROM contact_terms t
            WHERE t.workspace_id = $1 AND t.term >= $3 AND t.term < $4
              AND NOT EXISTS (SELECT 1 FROM input WHERE NOT EXISTS (
                SELECT 1 FROM contact_terms o
                WHERE o.contact_id = t.contact_id AND o.term >= input.low AND o.term < input.high))
            LIMIT 200) hit
          JOIN contacts c ON c.id = hit.contact_id AND c.merged_into IS NULL
          ORDER BY c.id DESC LIMIT $2)"
    ),
    "ORDER BY ct.id DESC"
));

#[derive(sqlx::FromRow)]
struct FoundShort {
    id: Uuid,
    name: String,
    username: Option<String>,
    wa_id: Option<String>,
    bsuid: Option<String>,
}

impl From<FoundShort> for Contact {
    fn from(found: FoundShort) -> Self {
        Self {
            id: ContactId::from_uuid(found.id),
            name: found.name,
            phone: found.wa_id.map(|digits| format!("+{digits}")),
            username: found.username,
            bsuid: found.bsuid,
        }
    }
}

impl Store {
    /// What a conversation's header shows of a contact.
    pub async fn contact_in_short(
        &self,
        workspace: WorkspaceId,
        contact: ContactId,
    ) -> Result<Option<Contact>, Error> {
        let found: Option<FoundShort> = self.db.maybe(SHORT, args![workspace, contact]).await?;
        Ok(found.map(Contact::from))
    }

    /// A page of contacts, the newest first, after `before`.
    pub async fn contacts(
        &self,
        workspace: WorkspaceId,
        before: Option<ContactId>,
        limit: i64,
    ) -> Result<Vec<Contact>, Error> {
        let end = before.map_or(Uuid::max(), ContactId::uuid);
        let found: Vec<FoundShort> = self.db.all(LIST, args![workspace, end, limit]).await?;
        Ok(found.into_iter().map(Contact::from).collect())
    }

    /// Contacts found by name, number or username, the newest first.
    pub async fn find_contacts(
        &self,
        workspace: WorkspaceId,
        typed: &str,
        limit: i64,
    ) -> Result<Vec<Contact>, Error> {
        let Some(Typed { low, high, others }) = Typed::read(typed)? else {
            return Ok(Vec::new());
        };
        let args = args![workspace, limit, low, high, others];
        let found: Vec<FoundShort> = self.db.all(FIND_CONTACTS, args).await?;
        Ok(found.into_iter().map(Contact::from).collect())
    }

    /// A contact, or the one that it is part of.
    pub async fn contact_page(
        &self,
        workspace: WorkspaceId,
        contact: ContactId,
    ) -> Result<Option<ContactPage>, Error> {
        let found: Option<(Uuid, String, i64)> = self
            .db
            .maybe(
                "SELECT r.id, r.name, r.created_at FROM contacts c JOIN contacts r ON r.id = c.root_id
                 WHERE c.workspace_id = $1 AND c.id = $2",
                args![workspace, contact],
            )
            .await?;
        let Some((id, name, created_at)) = found else {
            return Ok(None);
        };
        let id = ContactId::from_uuid(id);
        let (identities, mut profile_names) = self.identities_of(workspace, id).await?;
        profile_names.retain(|profile| *profile != name);
        Ok(Some(ContactPage {
            id,
            name,
            profile_names,
            created_at: instant(created_at),
            identities,
            attributes: self.attributes_of(workspace, id).await?,
            notes: self.notes_of(workspace, id).await?,
            changes: self.changes_of(workspace, id).await?,
        }))
    }

    async fn identities_of(
        &self,
        workspace: WorkspaceId,
        contact: ContactId,
    ) -> Result<(Vec<IdentityView>, Vec<String>), Error> {
        let found: Vec<FoundIdentity> = self
            .db
            .all(
                "SELECT i.kind, i.value, i.username, i.profile_name, i.since, i.left_at,
                        NOT EXISTS (SELECT 1 FROM identities n
                                    WHERE n.canonical_id = i.canonical_id AND n.kind = i.kind
                                      AND (n.since, n.id) > (i.since, i.id)) AS current
                 FROM identities i WHERE i.workspace_id = $1 AND i.contact_id = $2 ORDER BY i.id",
                args![workspace, contact],
            )
            .await?;
        let mut profiles: Vec<String> = Vec::new();
        let mut views = Vec::new();
        for identity in found {
            profiles.extend(identity.profile_name.clone());
            identity.views(&mut views)?;
        }
        profiles.dedup();
        let rank = |view: &IdentityView| match view.kind.as_str() {
            "wa_id" => 0,
            "username" => 1,
            "bsuid" => 2,
            _ => 3,
        };
        views.sort_by_key(|view| (!view.current, rank(view)));
        Ok((views, profiles))
    }

    /// The contact's own value counts before those of contacts that were merged into it; one without a value hides
    /// them.
    /// Where several of whom it is made of have one, whoever was kept counts before those merged into them.
    async fn attributes_of(
        &self,
        workspace: WorkspaceId,
        contact: ContactId,
    ) -> Result<BTreeMap<String, String>, Error> {
        let found: Vec<(String, Option<String>)> = self
            .db
            .all(
                "WITH RECURSIVE tree (id, depth) AS (
                   SELECT id, 0 FROM contacts WHERE workspace_id = $1 AND id = $2
                   UNION ALL SELECT c.id, t.depth + 1 FROM tree t JOIN contacts c ON c.merged_into = t.id)
                 SELECT a.name, a.value FROM tree t JOIN contact_attributes a ON a.contact_id = t.id
                 ORDER BY t.depth DESC, t.id DESC",
                args![workspace, contact],
            )
            .await?;
        let last_counts: BTreeMap<String, Option<String>> = found.into_iter().collect();
        let set = last_counts.into_iter();
        Ok(set
            .filter_map(|(name, value)| Some((name, value?)))
            .collect())
    }

    async fn notes_of(
        &self,
        workspace: WorkspaceId,
        contact: ContactId,
    ) -> Result<Vec<ContactNote>, Error> {
        let found: Vec<(Uuid, Uuid, String, i64)> = self
            .db
            .all(NOTES, args![workspace, contact, MOST_NOTES])
            .await?;
        let note = |(id, agent, text, at)| ContactNote {
            id: NoteId::from_uuid(id),
            agent_id: AgentId::from_uuid(agent),
            text,
            at: instant(at),
        };
        Ok(found.into_iter().map(note).collect())
    }

    async fn changes_of(
        &self,
        workspace: WorkspaceId,
        contact: ContactId,
    ) -> Result<Vec<ContactChange>, Error> {
        let args = || args![workspace, contact, MOST_CHANGES];
        let moves: Vec<(String, Option<String>, String, bool, i64)> =
            self.db.all(MOVES, args()).await?;
        let moves = moves
            .into_iter()
            .map(|(identity, from, to, held, at)| ContactChange::Moved {
                identity,
                from,
                to,
                held,
                at: instant(at),
            });
        let merges: Vec<FoundMerge> = self.db.all(MERGES, args()).await?;
        let merges = merges.into_iter().map(|m| ContactChange::Merged {
            merge_id: MergeId::from_uuid(m.id),
            from: m.from_name,
            into: m.into_name,
            agent_id: AgentId::from_uuid(m.agent_id),
            at: instant(m.at),
            undo_until: match m.undone_at {
                None => Some(instant(m.at) + UNDONE_WITHIN),
                Some(_) => None,
            },
            undone_at: m.undone_at.map(instant),
            undone_by: m.undone_by.map(AgentId::from_uuid),
        });
        let mut changes: Vec<ContactChange> = moves.chain(merges).collect();
        changes.sort_by_key(|change| std::cmp::Reverse(change.at()));
        Ok(changes)
    }

    /// Gives a contact a name of our own; answers whether there is such a contact.
    pub async fn rename_contact(
        &self,
        workspace: WorkspaceId,
        contact: ContactId,
        name: &str,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(false);
        };
        let Some((root, before)) = change.contact(contact).await? else {
            return Ok(false);
        };
        if before != name {
            change.set_name(root, name).await?;
            change.add_terms(root, terms_of_name(name).iter()).await?;
            change.touch_conversations(root).await?;
        }
        change.commit().await?;
        Ok(true)
    }

    /// Writes a note about a contact; answers whether there is such a contact.
    pub async fn add_contact_note(
        &self,
        workspace: WorkspaceId,
        contact: ContactId,
        (by, text): (AgentId, &str),
        now: Timestamp,
    ) -> Result<bool, Error> {
        let id = NoteId::new(now, self.chance.bytes());
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(false);
        };
        let Some((root, _)) = change.contact(contact).await? else {
            return Ok(false);
        };
        change
            .tx
            .run(
                "INSERT INTO contact_notes (id, workspace_id, contact_id, agent_id, body, at)
                 VALUES ($1, $2, $3, $4, $5, $6)",
                args![id, workspace, root, by, text, now],
            )
            .await?;
        change.touch_contact(root).await?;
        change.commit().await?;
        Ok(true)
    }

    /// Removes a note of one's own; answers whether there was one.
    pub async fn remove_contact_note(
        &self,
        workspace: WorkspaceId,
        note: NoteId,
        by: AgentId,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(false);
        };
        let removed: Option<(Uuid,)> = change
            .tx
            .maybe(
                "DELETE FROM contact_notes WHERE workspace_id = $1 AND id = $2 AND agent_id = $3
                 RETURNING contact_id",
                args![workspace, note, by],
            )
            .await?;
        let Some((written_on,)) = removed else {
            return Ok(false);
        };
        if let Some((root, _)) = change.contact(ContactId::from_uuid(written_on)).await? {
            change.touch_contact(root).await?;
        }
        change.commit().await?;
        Ok(true)
    }

    /// Sets an attribute of a contact, or removes it; `None`: there is no such contact, `Some(false)`: it has as
    /// many as it may.
    pub async fn set_contact_attribute(
        &self,
        workspace: WorkspaceId,
        contact: ContactId,
        (name, value): (&str, Option<&str>),
        now: Timestamp,
    ) -> Result<Option<bool>, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(None);
        };
        let Some((root, _)) = change.contact(contact).await? else {
            return Ok(None);
        };
        let others: Vec<(i64,)> = change
            .tx
            .all(
                "SELECT COUNT(*) FROM contact_attributes
                 WHERE contact_id = $1 AND name <> $2 AND value IS NOT NULL",
                args![root, name],
            )
            .await?;
        let most = i64::try_from(MOST_ATTRIBUTES).unwrap_or(i64::MAX);
        if value.is_some() && others.iter().any(|&(n,)| n >= most) {
            return Ok(Some(false));
        }
        change
            .tx
            .run(
                "INSERT INTO contact_attributes (contact_id, name, workspace_id, value) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (contact_id, name) DO UPDATE SET value = excluded.value",
                args![root, name, workspace, value],
            )
            .await?;
        change.touch_contact(root).await?;
        change.commit().await?;
        Ok(Some(true))
    }
}

/// How many attributes of its own a contact has at most.
pub const MOST_ATTRIBUTES: usize = 50;
