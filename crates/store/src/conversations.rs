//! Conversations as the list and the thread's header show them, and what agents do to them.

use domain::conversation::State;
use domain::delivery::Delivery;
use domain::message::Direction;
use domain::text::preview;
use domain::window::FreeEntry;
use domain::{AgentId, ChannelId, ContactId, ConversationId, Timestamp, WorkspaceId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Store;
use crate::contacts::{Typed, latest_id};
use crate::db::{Sql, Value, args, bulk, rows};
use crate::error::Error;
use crate::read::{instant, word};

/// A person, as a conversation shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Contact {
    /// The contact.
    pub id: ContactId,
    /// What they are called.
    pub name: String,
    /// Their number with its plus sign, if WhatsApp told it.
    pub phone: Option<String>,
    /// Their public handle.
    pub username: Option<String>,
    /// Their business-scoped user id.
    pub bsuid: Option<String>,
}

/// What the newest message of a conversation is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AboutPreview {
    /// The kind of message.
    pub kind: String,
    /// At most 140 characters of it on one line.
    pub text: String,
}

/// The newest message of a conversation, for one line of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Preview {
    /// in, out or note.
    #[schema(value_type = Direction)]
    pub direction: String,
    /// The kind of message.
    pub kind: String,
    /// At most 140 characters of it on one line; of a reaction the emoji.
    pub text: String,
    /// The beginning of the message that a reaction or a change is about.
    pub about: Option<AboutPreview>,
    /// Who of us wrote it.
    pub agent_id: Option<AgentId>,
    /// How far it got, if it went out.
    #[schema(value_type = Option<Delivery>)]
    pub delivery: Option<String>,
}

/// One thread with one contact on one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Conversation {
    /// The conversation.
    pub id: ConversationId,
    /// Its number in the workspace, as in `#4871`.
    pub number: i64,
    /// Where it stands.
    pub state: State,
    /// The channel it runs on.
    pub channel_id: ChannelId,
    /// Who it is with.
    pub contact: Contact,
    /// Who answers it.
    pub assignee_id: Option<AgentId>,
    /// Its newest message.
    pub preview: Option<Preview>,
    /// When that was: the order of the list.
    #[schema(value_type = String, format = DateTime)]
    pub last_at: Timestamp,
    /// Sequence of its newest line.
    pub last_seq: i64,
    /// Sequence of the newest message from the customer.
    pub last_inbound_seq: i64,
    /// How far the asking agent has read; absent where nobody in particular asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_seq: Option<i64>,
    /// The first instant at which the window is closed; null if the customer never wrote.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub window_until: Option<Timestamp>,
    /// The first instant that is no longer free because of an ad.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub free_until: Option<Timestamp>,
    /// Since when the customer waits for a person's answer.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub waiting_since: Option<Timestamp>,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: Timestamp,
    /// When it was resolved.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub resolved_at: Option<Timestamp>,
    /// Whether the asking agent has a draft of a reply in it, be it only files; absent where nobody in particular asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft: Option<bool>,
    /// Sequence of its last change; a higher one is newer.
    pub version: i64,
}

#[derive(sqlx::FromRow)]
struct Found {
    id: Uuid,
    number: i64,
    state: String,
    channel_id: Uuid,
    assignee_id: Option<Uuid>,
    last_at: i64,
    last_seq: i64,
    last_inbound_seq: i64,
    window_until: Option<i64>,
    waiting_since: Option<i64>,
    opened_at: i64,
    resolved_at: Option<i64>,
    version: i64,
    contact_id: Uuid,
    contact_name: String,
    username: Option<String>,
    wa_id: Option<String>,
    bsuid: Option<String>,
    referred_at: Option<i64>,
    answered_at: Option<i64>,
    direction: Option<String>,
    kind: Option<String>,
    body: Option<String>,
    agent_id: Option<Uuid>,
    delivery: Option<String>,
    about_kind: Option<String>,
    about_body: Option<String>,
    read_seq: Option<i64>,
    draft: bool,
}

const PREVIEW: usize = 140;

fn short(body: Option<&str>) -> String {
    preview(body.unwrap_or_default(), PREVIEW)
}

impl Found {
    fn read(self, for_agent: bool) -> Result<Conversation, Error> {
        let free_entry = FreeEntry {
            referred_at: self.referred_at.map(instant),
            answered_at: self.answered_at.map(instant),
        };
        let preview = self.direction.map(|direction| Preview {
            direction,
            kind: self.kind.unwrap_or_default(),
            text: short(self.body.as_deref()),
            about: self.about_kind.map(|kind| AboutPreview {
                kind,
                text: short(self.about_body.as_deref()),
            }),
            agent_id: self.agent_id.map(AgentId::from_uuid),
            delivery: self.delivery,
        });
        Ok(Conversation {
            id: ConversationId::from_uuid(self.id),
            number: self.number,
            state: word("conversations.state", &self.state, State::parse)?,
            channel_id: ChannelId::from_uuid(self.channel_id),
            contact: Contact {
                id: ContactId::from_uuid(self.contact_id),
                name: self.contact_name,
                phone: self.wa_id.map(|digits| format!("+{digits}")),
                username: self.username,
                bsuid: self.bsuid,
            },
            assignee_id: self.assignee_id.map(AgentId::from_uuid),
            preview,
            last_at: instant(self.last_at),
            last_seq: self.last_seq,
            last_inbound_seq: self.last_inbound_seq,
            read_seq: for_agent.then(|| self.read_seq.unwrap_or(0)),
            window_until: self.window_until.map(instant),
            free_until: free_entry.until(),
            waiting_since: self.waiting_since.map(instant),
            opened_at: instant(self.opened_at),
            resolved_at: self.resolved_at.map(instant),
            draft: for_agent.then_some(self.draft),
            version: self.version,
        })
    }
}

/// The columns of [`Found`] for the conversations that `$page` selects as `c`. `$1` is the workspace,
/// `$2` the asking agent or null.
macro_rules! shown {
    ($page:expr, $order:literal) => {
        concat!(
            "SELECT c.id, c.number, c.state, c.channel_id, c.assignee_id, c.last_at, c.last_seq,
                    c.last_inbound_seq, c.window_until, c.waiting_since, c.opened_at, c.resolved_at, c.version,
                    ct.id AS contact_id, ct.name AS contact_name, i.username,
                    ", latest_id!("wa_id", "p.canonical_id = c.identity_id"), " AS wa_id,
                    ", latest_id!("bsuid", "p.canonical_id = c.identity_id"), " AS bsuid,
                    w.referred_at, w.answered_at, m.direction, m.kind, m.body, m.agent_id, m.delivery,
                    q.kind AS about_kind, q.body AS about_body, COALESCE(r.seq, (SELECT a.joined_seq FROM agents a WHERE a.id = $2)) AS read_seq,
                    EXISTS (SELECT 1 FROM drafts d
                            WHERE d.conversation_id = c.id AND d.agent_id = $2 AND d.mode = 'reply')
                      OR EXISTS (SELECT 1 FROM media u
                                 WHERE u.conversation_id = c.id AND u.agent_id = $2 AND u.message_id IS NULL) AS draft
             FROM ", $page, " c
             JOIN identities i ON i.id = c.identity_id
             JOIN contacts ct ON ct.id = i.contact_id
             JOIN windows w ON w.channel_id = c.channel_id AND w.identity_id = c.identity_id
             LEFT JOIN messages m ON m.id = c.last_message_id
             LEFT JOIN messages q ON q.channel_id = m.channel_id AND q.external_id = m.about
             LEFT JOIN reads r ON r.conversation_id = c.id AND r.agent_id = $2
             WHERE c.workspace_id = $1 ", $order
        )
    };
}

/// The views beside the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Assigned to the asking agent, open.
    Mine,
    /// Open, without an assignee.
    Unassigned,
    /// Open.
    All,
    /// Open, with a window that closes within four hours; the next to close first.
    Expiring,
    /// Resolved.
    Resolved,
}

impl View {
    /// Reads the word in a URL.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "mine" => Self::Mine,
            "unassigned" => Self::Unassigned,
            "all" => Self::All,
            "expiring" => Self::Expiring,
            "resolved" => Self::Resolved,
            _ => return None,
        })
    }

    /// `$3`, `$4`: the last row of the page before; `$5`: how many; `$6`, `$7`: the expiring span.
    pub(crate) const fn sql(self) -> &'static str {
        match self {
            Self::Mine => shown!(
                "(SELECT * FROM conversations WHERE workspace_id = $1 AND assignee_id = $2 AND state = 'open'
                  AND (last_at, id) < ($3, $4) ORDER BY last_at DESC, id DESC LIMIT $5)",
                "ORDER BY c.last_at DESC, c.id DESC"
            ),
            Self::Unassigned => shown!(
                "(SELECT * FROM conversations WHERE workspace_id = $1 AND assignee_id IS NULL AND state = 'open'
                  AND (last_at, id) < ($3, $4) ORDER BY last_at DESC, id DESC LIMIT $5)",
                "ORDER BY c.last_at DESC, c.id DESC"
            ),
            Self::All => shown!(
                "(SELECT * FROM conversations WHERE workspace_id = $1 AND state = 'open'
                  AND (last_at, id) < ($3, $4) ORDER BY last_at DESC, id DESC LIMIT $5)",
                "ORDER BY c.last_at DESC, c.id DESC"
            ),
            Self::Resolved => shown!(
                "(SELECT * FROM conversations WHERE workspace_id = $1 AND state = 'resolved'
                  AND (last_at, id) < ($3, $4) ORDER BY last_at DESC, id DESC LIMIT $5)",
                "ORDER BY c.last_at DESC, c.id DESC"
            ),
            Self::Expiring => shown!(
                "(SELECT * FROM conversations WHERE workspace_id = $1 AND state = 'open'
                  AND (window_until, id) > ($3, $4) AND window_until > $6 AND window_until <= $7
                  ORDER BY window_until, id LIMIT $5)",
                "ORDER BY c.window_until, c.id"
            ),
        }
    }
}

const ONE: &str = shown!("conversations", "AND c.id = $3");

const SET: Sql = bulk!("$3", [id id] shown!("(SELECT v.* FROM input CROSS JOIN conversations v WHERE v.id = input.id)", ""));

/// A contact matches when each typed word begins one of its terms: the longest, `$4` to `$5`, is looked
/// for, the others, in the set, are asked of what was found.
macro_rules! matching {
    ($contact:literal) => {
        concat!(
            "NOT EXISTS (SELECT 1 FROM input WHERE NOT EXISTS (
               SELECT 1 FROM contact_terms o
               WHERE o.contact_id = ",
            $contact,
            " AND o.term >= input.low AND o.term < input.high))"
        )
    };
}

/// Those of the latest conversations of a state whose contact matches. No EXISTS: PostgreSQL would turn it
/// round and read every term there is.
macro_rules! latest_matching {
    ($state:literal) => {
        concat!(
            "SELECT late.id FROM (SELECT id, identity_id FROM conversations
               WHERE workspace_id = $1 AND state = '",
            $state,
            "' ORDER BY last_at DESC, id DESC LIMIT 1000) late
             JOIN identities li ON li.id = late.identity_id
             WHERE (SELECT 1 FROM contact_terms t WHERE t.contact_id = li.contact_id
                      AND t.term >= $4 AND t.term < $5 LIMIT 1) = 1
               AND ",
            matching!("li.contact_id")
        )
    };
}

/// `$3`: how many. A prefix may fit more contacts than anybody reads through: of those the first in the
/// order of their terms are looked at, and everybody in the latest conversations, who is likelier meant.
pub(crate) const FIND: Sql = bulk!("$6", [bytes low, bytes high] shown!(
    concat!(
        "(SELECT v.* FROM (
            SELECT tv.id FROM (
                SELECT DISTINCT t.contact_id FROM contact_terms t
                WHERE t.workspace_id = $1 AND t.term >= $4 AND t.term < $5 AND ",
        matching!("t.contact_id"),
        " LIMIT 200) hit
            JOIN identities hi ON hi.contact_id = hit.contact_id
            JOIN conversations tv ON tv.identity_id = hi.id
            UNION ",
        latest_matching!("open"),
        " UNION ",
        latest_matching!("resolved"),
        ") found JOIN conversations v ON v.id = found.id
          ORDER BY v.last_at DESC, v.id DESC LIMIT $3)"
    ),
    "ORDER BY c.last_at DESC, c.id DESC"
));

/// `$4`, `$5`: the last row of the page before; `$6`: how many.
pub(crate) const WITH: &str = shown!(
    "(SELECT v.* FROM contacts k
      JOIN identities h ON h.contact_id = k.root_id
      JOIN conversations v ON v.identity_id = h.id
      WHERE k.workspace_id = $1 AND k.id = $3 AND (v.last_at, v.id) < ($4, $5)
      ORDER BY v.last_at DESC, v.id DESC LIMIT $6)",
    "ORDER BY c.last_at DESC, c.id DESC"
);

/// Where a page ends: the sort value and the id of its last row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageEnd {
    /// Microseconds of the instant the list is sorted by.
    pub at: i64,
    /// The conversation.
    pub id: ConversationId,
}

impl PageEnd {
    fn before_first(view: View) -> (i64, Uuid) {
        match view {
            View::Expiring => (i64::MIN, Uuid::nil()),
            _ => (i64::MAX, Uuid::max()),
        }
    }

    /// The end of a page whose last row is this one.
    #[must_use]
    pub fn after(view: View, last: &Conversation) -> Self {
        let at = match view {
            View::Expiring => last.window_until.unwrap_or(last.last_at),
            _ => last.last_at,
        };
        Self {
            at: at.as_microsecond(),
            id: last.id,
        }
    }
}

/// The counters beside the views.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counters {
    /// My open conversations with something I have not read.
    pub mine: i64,
    /// Open conversations without an assignee.
    pub unassigned: i64,
    /// Open conversations.
    pub all: i64,
    /// Open conversations whose window closes within four hours; counted up to 1,000.
    pub expiring: i64,
    /// Resolved conversations.
    pub resolved: i64,
}

/// How far the count of expiring conversations goes.
const EXPIRING_CAP: i64 = 1000;

pub(crate) const EXPIRING: &str = "SELECT COUNT(*) FROM (SELECT 1 FROM conversations
     WHERE workspace_id = $1 AND state = 'open' AND window_until > $2 AND window_until <= $3
     LIMIT $4) soon";

impl Store {
    /// One conversation, as `agent` sees it.
    pub async fn conversation(
        &self,
        workspace: WorkspaceId,
        agent: Option<AgentId>,
        id: ConversationId,
    ) -> Result<Option<Conversation>, Error> {
        let found: Option<Found> = self.db.maybe(ONE, args![workspace, agent, id]).await?;
        found.map(|f| f.read(agent.is_some())).transpose()
    }

    /// A page of a view, as `agent` sees it.
    pub async fn conversations(
        &self,
        workspace: WorkspaceId,
        agent: AgentId,
        view: View,
        before: Option<PageEnd>,
        limit: i64,
        now: Timestamp,
    ) -> Result<Vec<Conversation>, Error> {
        let (at, id) = before.map_or_else(
            || PageEnd::before_first(view),
            |end| (end.at, end.id.uuid()),
        );
        let mut args = args![workspace, agent, at, id, limit];
        if view == View::Expiring {
            args.push(Value::from(now));
            args.push(Value::from(now + domain::window::CLOSING_SOON));
        }
        let found: Vec<Found> = self.db.all(view.sql(), args).await?;
        found.into_iter().map(|f| f.read(true)).collect()
    }

    /// Conversations of contacts found by name, number or username, newest first.
    pub async fn find_conversations(
        &self,
        workspace: WorkspaceId,
        agent: AgentId,
        typed: &str,
        limit: i64,
    ) -> Result<Vec<Conversation>, Error> {
        let Some(Typed { low, high, others }) = Typed::read(typed)? else {
            return Ok(Vec::new());
        };
        let args = args![workspace, agent, limit, low, high, others];
        let found: Vec<Found> = self.db.all(FIND, args).await?;
        found.into_iter().map(|f| f.read(true)).collect()
    }

    /// A page of the conversations with a contact, as `agent` sees them, the latest first.
    pub async fn conversations_with(
        &self,
        workspace: WorkspaceId,
        agent: AgentId,
        contact: ContactId,
        before: Option<PageEnd>,
        limit: i64,
    ) -> Result<Vec<Conversation>, Error> {
        let (at, id) = before.map_or_else(
            || PageEnd::before_first(View::All),
            |end| (end.at, end.id.uuid()),
        );
        let found: Vec<Found> = self
            .db
            .all(WITH, args![workspace, agent, contact, at, id, limit])
            .await?;
        found.into_iter().map(|f| f.read(true)).collect()
    }

    /// These conversations, as nobody in particular sees them.
    pub(crate) async fn conversations_of(
        &self,
        workspace: WorkspaceId,
        ids: &[ConversationId],
    ) -> Result<Vec<Conversation>, Error> {
        #[derive(Serialize)]
        struct Row {
            id: ConversationId,
        }
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let input: Vec<_> = ids.iter().map(|&id| Row { id }).collect();
        let found: Vec<Found> = self
            .db
            .all(
                SET,
                args![workspace, Option::<AgentId>::None, rows(&input)?],
            )
            .await?;
        found.into_iter().map(|f| f.read(false)).collect()
    }

    /// The counters, as `agent` sees them.
    pub async fn counters(
        &self,
        workspace: WorkspaceId,
        agent: AgentId,
        now: Timestamp,
    ) -> Result<Counters, Error> {
        let named = self.named_counters(workspace).await?;
        let n = |name: &str| named.iter().find(|(k, _)| k == name).map_or(0, |(_, n)| *n);
        Ok(Counters {
            mine: n(&format!("mine:{agent}")),
            unassigned: n("unassigned"),
            all: n("all"),
            resolved: n("resolved"),
            expiring: self.expiring(workspace, now).await?,
        })
    }

    pub(crate) async fn named_counters(
        &self,
        workspace: WorkspaceId,
    ) -> Result<Vec<(String, i64)>, Error> {
        self.db
            .all(
                "SELECT name, n FROM counters WHERE workspace_id = $1",
                args![workspace],
            )
            .await
    }

    /// Depends on the clock, so it is counted, over an index and up to a cap, not kept.
    async fn expiring(&self, workspace: WorkspaceId, now: Timestamp) -> Result<i64, Error> {
        let row: Option<(i64,)> = self
            .db
            .maybe(
                EXPIRING,
                args![
                    workspace,
                    now,
                    now + domain::window::CLOSING_SOON,
                    EXPIRING_CAP
                ],
            )
            .await?;
        Ok(row.map_or(0, |r| r.0))
    }

    /// Forgets every contact, conversation and message of a workspace. For a demo that starts over; the
    /// browsers are told to load anew, for what happened before is not known any more.
    pub async fn forget_conversations(&self, workspace: WorkspaceId) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        for table in FORGOTTEN {
            let sql = format!("DELETE FROM {table} WHERE workspace_id = $1");
            tx.run_made(sql, args![workspace]).await?;
        }
        tx.run(
            "UPDATE workspaces SET event_seq = event_seq + 1 WHERE id = $1",
            args![workspace],
        )
        .await?;
        tx.commit().await
    }
}

const FORGOTTEN: [&str; 21] = [
    "media",
    "outbox",
    "tries",
    "statuses",
    "referrals",
    "messages",
    "reads",
    "drafts",
    "conversations",
    "windows",
    "contact_terms",
    "identities",
    "moves",
    "suggestions",
    "merges",
    "contact_notes",
    "contact_attributes",
    "contacts",
    "counters",
    "quarantine",
    "events",
];
