//! What the tests of crates above may see and do behind the methods: rows, plans, and an engine that
//! refuses.

use domain::{AgentId, ChannelId, ContactId, ConversationId, MessageId, Timestamp, WorkspaceId};
use sqlx::AssertSqlSafe;

use crate::Store;
use crate::abouts::{ABOUTS, AboutRow};
use crate::contact_page::{FIND_CONTACTS, LIST, MERGES, MOVES, NOTES};
use crate::contacts::{hex, prefix_range};
use crate::conversations::{EXPIRING, FIND, View, WITH};
use crate::db::{Db, Sql, Value, args, postgres_args, rows, sqlite_args};
use crate::journal::UNAPPLIED;
use crate::live::{EVENTS, MOVED};
use crate::media::{
    DUE_MEDIA, FILES_WITH, NAMED, NEXT_DUE_MEDIA, OF_MESSAGES, TAKE_LOOSE, UNSENT, UNSENT_OF,
};
use crate::outbox::DUE;
use crate::standings::{HANDLED, WRITTEN_TO_FIRST};
use crate::suggestions::SUGGESTED;
use crate::thread::THREAD;
use crate::turns::WAITS_SINCE;

/// One of the two parts of the data; on PostgreSQL both are the same database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Everything but the journal.
    Main,
    /// Raw webhooks.
    Journal,
}

/// What the plans are asked about.
#[derive(Debug, Clone, Copy)]
pub struct Asker {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Who looks at its lists.
    pub agent: AgentId,
    /// The channel whose outbox is read.
    pub channel: ChannelId,
    /// The conversation whose thread is read.
    pub conversation: ConversationId,
    /// The contact whose page is read.
    pub contact: ContactId,
    /// Business time.
    pub now: Timestamp,
}

/// How an engine means to run one of our statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Which statement.
    pub name: &'static str,
    /// The engine's own words, a step a line.
    pub steps: String,
}

impl Store {
    fn part(&self, part: Part) -> &Db {
        match part {
            Part::Main => &self.db,
            Part::Journal => &self.journal,
        }
    }

    /// Runs a script of the test's own on the connection that writes, or on any of PostgreSQL's.
    ///
    /// # Panics
    /// If the engine refuses it.
    pub async fn meddle(&self, part: Part, script: &str) {
        let sql = AssertSqlSafe(script.to_owned());
        let done = match self.part(part) {
            Db::Sqlite { write, .. } => sqlx::raw_sql(sql).execute(write).await.map(drop),
            Db::Postgres(pool) => sqlx::raw_sql(sql).execute(pool).await.map(drop),
        };
        done.unwrap_or_else(|e| panic!("{script}: {e:?}"));
    }

    /// The rows of a statement of the test's own, which has one column of text.
    ///
    /// # Panics
    /// If the engine refuses it.
    pub async fn texts(&self, part: Part, statement: &str) -> Vec<Option<String>> {
        let sql = AssertSqlSafe(statement.to_owned());
        let found: Result<Vec<(Option<String>,)>, _> = match self.part(part) {
            Db::Sqlite { read, .. } => sqlx::query_as(sql).fetch_all(read).await,
            Db::Postgres(pool) => sqlx::query_as(sql).fetch_all(pool).await,
        };
        let found = found.unwrap_or_else(|e| panic!("{statement}: {e:?}"));
        found.into_iter().map(|(text,)| text).collect()
    }

    /// How many rows of a table fulfil a condition.
    ///
    /// # Panics
    /// If the engine refuses it.
    pub async fn rows_where(&self, part: Part, table: &str, condition: &str) -> i64 {
        let statement = format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table} WHERE {condition}");
        let found = self.texts(part, &statement).await;
        let count = found.into_iter().flatten().next().unwrap_or_default();
        count.parse().expect("a count is a number")
    }

    /// How the engine means to run each list.
    ///
    /// # Panics
    /// If the engine refuses to say.
    pub async fn plans(&self, asker: Asker) -> Vec<Plan> {
        let mut plans = Vec::new();
        for (name, part, sql, args) in statements(asker) {
            let steps = explain(self.part(part), sql, args).await;
            let steps = steps.unwrap_or_else(|e| panic!("{name}: {e:?}"));
            plans.push(Plan { name, steps });
        }
        plans
    }
}

fn abouts(of: Asker) -> (&'static str, Part, Sql, Vec<Value>) {
    let row = AboutRow {
        channel_id: of.channel,
        about: "wamid.1.1".to_owned(),
    };
    let input = rows(&[row]).expect("rows are JSON");
    ("abouts", Part::Main, ABOUTS, args![input, of.workspace])
}

fn views(of: Asker) -> Vec<(&'static str, Part, Sql, Vec<Value>)> {
    let soon = of.now + domain::window::CLOSING_SOON;
    let view = |view: View| {
        let mut args = args![of.workspace, of.agent, i64::MAX, uuid::Uuid::max(), 50_i64];
        if view == View::Expiring {
            args = args![
                of.workspace,
                of.agent,
                i64::MIN,
                uuid::Uuid::nil(),
                50_i64,
                of.now,
                soon
            ];
        }
        (view.sql().into(), args)
    };
    [
        ("mine", View::Mine),
        ("unassigned", View::Unassigned),
        ("all", View::All),
        ("expiring", View::Expiring),
        ("resolved", View::Resolved),
    ]
    .into_iter()
    .map(|(name, which)| {
        let (sql, args) = view(which);
        (name, Part::Main, sql, args)
    })
    .collect()
}

fn statements(of: Asker) -> Vec<(&'static str, Part, Sql, Vec<Value>)> {
    let soon = of.now + domain::window::CLOSING_SOON;
    let (low, high) = prefix_range("lucia");
    let (other_low, other_high) = prefix_range("pena");
    let others = [serde_json::json!({ "low": hex(&other_low), "high": hex(&other_high) })];
    let others = rows(&others).expect("rows are JSON");
    let mut statements = views(of);
    statements.extend([
        (
            "find",
            Part::Main,
            FIND,
            args![
                of.workspace,
                of.agent,
                50_i64,
                low.clone(),
                high.clone(),
                others.clone()
            ],
        ),
        (
            "expiring, counted",
            Part::Main,
            EXPIRING.into(),
            args![of.workspace, of.now, soon, 1000_i64],
        ),
        (
            "thread",
            Part::Main,
            THREAD.into(),
            args![of.workspace, of.conversation, i64::MAX, i64::MAX, 50_i64],
        ),
        abouts(of),
        (
            "waits since",
            Part::Main,
            WAITS_SINCE.into(),
            args![of.conversation],
        ),
        (
            "due",
            Part::Main,
            DUE.into(),
            args![of.channel, of.now, 64_i64],
        ),
        (
            "events",
            Part::Main,
            EVENTS.into(),
            args![of.workspace, 10_i64, 60_i64],
        ),
        (
            "counters that moved",
            Part::Main,
            MOVED.into(),
            args![of.workspace, 10_i64],
        ),
        ("unapplied", Part::Journal, UNAPPLIED.into(), args![256_i64]),
    ]);
    statements.extend(of_files(of));
    statements.extend(of_channels(of));
    statements.extend(of_contacts(of, (low, high, others)));
    statements
}

fn of_files(of: Asker) -> Vec<(&'static str, Part, Sql, Vec<Value>)> {
    let channels = [serde_json::json!({ "channel_id": of.channel })];
    let channels = rows(&channels).expect("rows are JSON");
    vec![
        (
            "files of lines",
            Part::Main,
            OF_MESSAGES,
            args![
                of.workspace,
                rows(&[serde_json::json!({ "id": of.conversation })]).expect("rows are JSON")
            ],
        ),
        (
            "due files",
            Part::Main,
            DUE_MEDIA,
            args![of.now, of.now, 8_i64, false, channels.clone()],
        ),
        (
            "unsent files",
            Part::Main,
            UNSENT.into(),
            args![of.workspace, of.conversation, of.agent],
        ),
        (
            "next due file",
            Part::Main,
            NEXT_DUE_MEDIA,
            args![false, channels],
        ),
        (
            "unsent files of an agent",
            Part::Main,
            UNSENT_OF.into(),
            args![of.workspace, of.agent],
        ),
        (
            "loose contents",
            Part::Main,
            TAKE_LOOSE.into(),
            args![of.now, of.now, 64_i64],
        ),
        (
            "a content's file",
            Part::Main,
            NAMED.into(),
            args![of.workspace, "c0ffee"],
        ),
    ]
}

/// Since an hour that is still to come: what is read does not depend on how much there is of older ages.
fn of_channels(of: Asker) -> [(&'static str, Part, Sql, Vec<Value>); 2] {
    let from = MessageId::new(of.now + jiff::SignedDuration::from_hours(1), [0; 10]);
    [
        (
            "what channels did",
            Part::Main,
            HANDLED.into(),
            args![from, of.workspace],
        ),
        (
            "people written to first",
            Part::Main,
            WRITTEN_TO_FIRST.into(),
            args![from, of.workspace, 1_i64],
        ),
    ]
}

fn of_contacts(
    of: Asker,
    (low, high, others): (Vec<u8>, Vec<u8>, String),
) -> Vec<(&'static str, Part, Sql, Vec<Value>)> {
    let of_one = |name, sql: &'static str| {
        let args = args![of.workspace, of.contact, 100_i64];
        (name, Part::Main, sql.into(), args)
    };
    vec![
        (
            "contacts",
            Part::Main,
            LIST.into(),
            args![of.workspace, uuid::Uuid::max(), 50_i64],
        ),
        (
            "contacts, found",
            Part::Main,
            FIND_CONTACTS,
            args![of.workspace, 50_i64, low, high, others],
        ),
        (
            "a contact's conversations",
            Part::Main,
            WITH.into(),
            args![
                of.workspace,
                of.agent,
                of.contact,
                i64::MAX,
                uuid::Uuid::max(),
                50_i64
            ],
        ),
        (
            "a contact's files",
            Part::Main,
            FILES_WITH.into(),
            args![
                of.workspace,
                of.contact,
                Option::<domain::MediaId>::None,
                50_i64
            ],
        ),
        (
            "a contact's suggestions",
            Part::Main,
            SUGGESTED.into(),
            args![of.workspace, of.contact],
        ),
        of_one("a contact's notes", NOTES),
        of_one("a contact's moves", MOVES),
        of_one("a contact's merges", MERGES),
    ]
}

async fn explain(db: &Db, sql: Sql, args: Vec<Value>) -> Result<String, sqlx::Error> {
    match db {
        Db::Sqlite { read, .. } => {
            let text = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", sql.sqlite));
            let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as_with(text, sqlite_args(args))
                .fetch_all(read)
                .await?;
            let lines: Vec<String> = steps.into_iter().map(|(.., detail)| detail).collect();
            Ok(lines.join("\n"))
        }
        Db::Postgres(pool) => {
            let text = AssertSqlSafe(format!("EXPLAIN (COSTS OFF) {}", sql.postgres));
            let steps: Vec<(String,)> = sqlx::query_as_with(text, postgres_args(args))
                .fetch_all(pool)
                .await?;
            let lines: Vec<String> = steps.into_iter().map(|(line,)| line).collect();
            Ok(lines.join("\n"))
        }
    }
}
