//! One SQL text for two engines.
//!
//! A [`Db`] is either the embedded SQLite file or a PostgreSQL server; the same statements run on both
//! (`$n` parameters, `UUID`, `BOOLEAN`, `BIGINT`, `BYTEA`, `ON CONFLICT`, row values). Where the engines
//! differ, a [`Sql`] holds both texts side by side. Sets of rows travel as one JSON parameter: see `bulk!`.

use std::path::Path;
use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{
    AssertSqlSafe, Connection, FromRow, PgConnection, PgPool, Postgres, Sqlite, SqlitePool,
    Transaction,
};
use uuid::Uuid;

use crate::error::Error;

/// One statement in the words of each engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sql {
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

impl From<&'static str> for Sql {
    fn from(same: &'static str) -> Self {
        Self {
            sqlite: same,
            postgres: same,
        }
    }
}

/// A parameter. Five kinds are enough; each may be null.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bool(Option<bool>),
    Id(Option<Uuid>),
    Bytes(Option<Vec<u8>>),
}

macro_rules! value_from {
    ($($from:ty => $kind:ident;)*) => {$(
        impl From<$from> for Value {
            fn from(v: $from) -> Self {
                Self::$kind(Some(v.into()))
            }
        }
        impl From<Option<$from>> for Value {
            fn from(v: Option<$from>) -> Self {
                Self::$kind(v.map(Into::into))
            }
        }
    )*};
}

value_from! {
    i64 => Int;
    String => Text;
    &str => Text;
    bool => Bool;
    Uuid => Id;
    Vec<u8> => Bytes;
}

macro_rules! value_from_id {
    ($($id:ident)*) => {$(
        impl From<domain::$id> for Value {
            fn from(v: domain::$id) -> Self {
                Self::Id(Some(v.uuid()))
            }
        }
        impl From<Option<domain::$id>> for Value {
            fn from(v: Option<domain::$id>) -> Self {
                Self::Id(v.map(domain::$id::uuid))
            }
        }
    )*};
}

value_from_id!(AgentId ChannelId ContactId ConversationId IdentityId InvitationId MediaId MergeId MessageId NoteId QuarantineId SetupId TryId UserId WorkspaceId);

impl From<jiff::Timestamp> for Value {
    fn from(v: jiff::Timestamp) -> Self {
        Self::Int(Some(v.as_microsecond()))
    }
}

impl From<Option<jiff::Timestamp>> for Value {
    fn from(v: Option<jiff::Timestamp>) -> Self {
        Self::Int(v.map(jiff::Timestamp::as_microsecond))
    }
}

/// The parameters of a statement, in order.
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Value::from($value)),*] };
}
pub(crate) use args;

/// A statement over a set of rows, given as parameter `$1`: a JSON array of objects.
///
/// `bulk!([id id, text name, int at] "INSERT INTO ... SELECT id, name, at FROM input")`. Ids are in
/// their text form (three letters and an underscore before the hex digits), bytes are hex. A leading
/// `"$3",` says that the set is another parameter than the first.
///
/// SQLite reads it with `jsonb_each`: the rows stay parsed, instead of being parsed again for every column.
///
/// Join it with `FROM input CROSS JOIN t ... WHERE`: SQLite then keeps that order. It knows nothing of the
/// size of a JSON array, and would rather read a whole table once per row of the set.
macro_rules! bulk {
    ([$($columns:tt)*] $body:expr) => {
        $crate::db::bulk!("$1", [$($columns)*] $body)
    };
    ($set:literal, [$k0:ident $c0:ident $(, $k:ident $c:ident)* $(,)?] $body:expr) => {
        $crate::db::Sql {
            sqlite: concat!(
                "WITH input AS (SELECT ", $crate::db::sqlite_column!($k0 $c0),
                $(", ", $crate::db::sqlite_column!($k $c),)*
                " FROM jsonb_each(", $set, ")) ", $body
            ),
            postgres: concat!(
                "WITH input AS (SELECT ", $crate::db::postgres_column!($k0 $c0),
                $(", ", $crate::db::postgres_column!($k $c),)*
                " FROM jsonb_array_elements(", $set, "::jsonb)) ", $body
            ),
        }
    };
}
pub(crate) use bulk;

macro_rules! sqlite_column {
    (id $c:ident) => {
        concat!(
            "unhex(substr(value->>'",
            stringify!($c),
            "', 5)) AS ",
            stringify!($c)
        )
    };
    (bytes $c:ident) => {
        concat!("unhex(value->>'", stringify!($c), "') AS ", stringify!($c))
    };
    ($any:ident $c:ident) => {
        concat!("value->>'", stringify!($c), "' AS ", stringify!($c))
    };
}
pub(crate) use sqlite_column;

macro_rules! postgres_column {
    (id $c:ident) => {
        concat!(
            "substr(value->>'",
            stringify!($c),
            "', 5)::uuid AS ",
            stringify!($c)
        )
    };
    (bytes $c:ident) => {
        concat!(
            "decode(value->>'",
            stringify!($c),
            "', 'hex') AS ",
            stringify!($c)
        )
    };
    (int $c:ident) => {
        concat!(
            "(value->>'",
            stringify!($c),
            "')::bigint AS ",
            stringify!($c)
        )
    };
    (bool $c:ident) => {
        concat!(
            "(value->>'",
            stringify!($c),
            "')::boolean AS ",
            stringify!($c)
        )
    };
    (text $c:ident) => {
        concat!("value->>'", stringify!($c), "' AS ", stringify!($c))
    };
}
pub(crate) use postgres_column;

/// The JSON parameter of a `bulk!` statement.
pub(crate) fn rows<T: serde::Serialize>(rows: &[T]) -> Result<String, Error> {
    serde_json::to_string(rows).map_err(Error::Encode)
}

/// A row either engine can give.
pub(crate) trait Row:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{}

pub(crate) fn sqlite_args(values: Vec<Value>) -> SqliteArguments {
    use sqlx::Arguments;
    let mut args = SqliteArguments::default();
    for value in values {
        // Encoding these kinds cannot fail on SQLite; the trait says it could.
        let _ = match value {
            Value::Int(v) => args.add(v),
            Value::Text(v) => args.add(v),
            Value::Bool(v) => args.add(v),
            Value::Id(v) => args.add(v),
            Value::Bytes(v) => args.add(v),
        };
    }
    args
}

pub(crate) fn postgres_args(values: Vec<Value>) -> PgArguments {
    use sqlx::Arguments;
    let mut args = PgArguments::default();
    for value in values {
        // Encoding these kinds cannot fail on PostgreSQL; the trait says it could.
        let _ = match value {
            Value::Int(v) => args.add(v),
            Value::Text(v) => args.add(v),
            Value::Bool(v) => args.add(v),
            Value::Id(v) => args.add(v),
            Value::Bytes(v) => args.add(v),
        };
    }
    args
}

/// So many rows are read before whoever asked for them is waited for: every wait changes threads twice.
const ROWS_AHEAD: usize = 1_024;

/// So many statements stay prepared on a connection: all there are, and one for each size of a group.
const STATEMENTS: usize = 512;

/// How long a server may take to say why it lets nobody in.
const ASKED: Duration = Duration::from_secs(5);

/// A database: one writer and some readers on SQLite, a pool on PostgreSQL.
#[derive(Debug, Clone)]
pub(crate) enum Db {
    Sqlite { read: SqlitePool, write: SqlitePool },
    Postgres(PgPool),
}

/// A transaction. Dropped without `commit`, it is undone.
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Begins at the one writer.
///
/// When the disk is full SQLite undoes a transaction by itself. sqlx goes on counting it, and would
/// begin no other on that connection for ever: it is replaced.
async fn begin_immediate(write: &SqlitePool) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
    const BEGIN: &str = "BEGIN IMMEDIATE";
    match write.begin_with(BEGIN).await {
        Err(sqlx::Error::InvalidSavePointStatement) => {
            write.acquire().await?.close().await?;
            write.begin_with(BEGIN).await
        }
        other => other,
    }
}

impl Db {
    /// Opens an SQLite file, making it if it is not there and `make`: WAL, and every commit on disk. A file
    /// does not hang up: its connections are used without asking each time whether they still answer.
    pub(crate) async fn open_sqlite(path: &Path, readers: u32, make: bool) -> Result<Self, Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(make)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            .row_buffer_size(ROWS_AHEAD)
            .pragma("temp_store", "memory")
            .pragma("journal_size_limit", "67108864");
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .test_before_acquire(false)
            .acquire_timeout(Duration::from_secs(10))
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone())
            .await?;
        let read = SqlitePoolOptions::new()
            .max_connections(readers)
            .test_before_acquire(false)
            .connect_with(options.pragma("query_only", "on"))
            .await?;
        Ok(Self::Sqlite { read, write })
    }

    /// Connects to a PostgreSQL server, which may be starting up. What waits too long later fails as
    /// unavailable, and is tried again by whoever waits for it, instead of holding a connection for ever.
    pub(crate) async fn open_postgres(url: &str) -> Result<Self, Error> {
        let patience = [
            ("lock_timeout", "10s"),
            ("statement_timeout", "60s"),
            ("idle_in_transaction_session_timeout", "60s"),
        ];
        let options = url
            .parse::<PgConnectOptions>()?
            .options(patience)
            .statement_cache_capacity(STATEMENTS);
        let pool = PgPoolOptions::new()
            .max_connections(16)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options)
            .await;
        if matches!(pool, Err(sqlx::Error::PoolTimedOut)) {
            // The pool has tried all the while, and does not say what stood in its way.
            let asked = tokio::time::timeout(ASKED, PgConnection::connect(url)).await;
            if let Ok(connection) = asked {
                connection?.close().await?;
            }
        }
        Ok(Self::Postgres(pool?))
    }

    /// Begins a transaction that may write. On SQLite it waits for its turn at the one writer.
    pub(crate) async fn begin(&self) -> Result<Tx, Error> {
        Ok(match self {
            Self::Sqlite { write, .. } => Tx::Sqlite(begin_immediate(write).await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Every row.
    pub(crate) async fn all<T: Row>(
        &self,
        sql: impl Into<Sql>,
        args: Vec<Value>,
    ) -> Result<Vec<T>, Error> {
        let sql = sql.into();
        Ok(match self {
            Self::Sqlite { read, .. } => {
                sqlx::query_as_with(sql.sqlite, sqlite_args(args))
                    .fetch_all(read)
                    .await?
            }
            Self::Postgres(pool) => {
                sqlx::query_as_with(sql.postgres, postgres_args(args))
                    .fetch_all(pool)
                    .await?
            }
        })
    }

    /// The row, if there is one.
    pub(crate) async fn maybe<T: Row>(
        &self,
        sql: impl Into<Sql>,
        args: Vec<Value>,
    ) -> Result<Option<T>, Error> {
        Ok(self.all(sql, args).await?.into_iter().next())
    }

    /// Runs one statement, which is a transaction by itself; answers how many rows it touched.
    pub(crate) async fn run(&self, sql: impl Into<Sql>, args: Vec<Value>) -> Result<u64, Error> {
        let sql = sql.into();
        Ok(match self {
            Self::Sqlite { write, .. } => sqlx::query_with(sql.sqlite, sqlite_args(args))
                .execute(write)
                .await?
                .rows_affected(),
            Self::Postgres(pool) => sqlx::query_with(sql.postgres, postgres_args(args))
                .execute(pool)
                .await?
                .rows_affected(),
        })
    }

    /// Closes every connection; SQLite folds its write-ahead log back into the file.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Every row.
    pub(crate) async fn all<T: Row>(
        &mut self,
        sql: impl Into<Sql>,
        args: Vec<Value>,
    ) -> Result<Vec<T>, Error> {
        let sql = sql.into();
        Ok(match self {
            Self::Sqlite(tx) => {
                sqlx::query_as_with(sql.sqlite, sqlite_args(args))
                    .fetch_all(&mut **tx)
                    .await?
            }
            Self::Postgres(tx) => {
                sqlx::query_as_with(sql.postgres, postgres_args(args))
                    .fetch_all(&mut **tx)
                    .await?
            }
        })
    }

    /// The row, if there is one.
    pub(crate) async fn maybe<T: Row>(
        &mut self,
        sql: impl Into<Sql>,
        args: Vec<Value>,
    ) -> Result<Option<T>, Error> {
        Ok(self.all(sql, args).await?.into_iter().next())
    }

    /// Runs a statement; answers how many rows it touched.
    pub(crate) async fn run(
        &mut self,
        sql: impl Into<Sql>,
        args: Vec<Value>,
    ) -> Result<u64, Error> {
        let sql = sql.into();
        Ok(match self {
            Self::Sqlite(tx) => sqlx::query_with(sql.sqlite, sqlite_args(args))
                .execute(&mut **tx)
                .await?
                .rows_affected(),
            Self::Postgres(tx) => sqlx::query_with(sql.postgres, postgres_args(args))
                .execute(&mut **tx)
                .await?
                .rows_affected(),
        })
    }

    /// Runs a text made at run time; only for texts made of our own constants.
    pub(crate) async fn run_made(&mut self, sql: String, args: Vec<Value>) -> Result<u64, Error> {
        Ok(match self {
            Self::Sqlite(tx) => sqlx::query_with(AssertSqlSafe(sql), sqlite_args(args))
                .execute(&mut **tx)
                .await?
                .rows_affected(),
            Self::Postgres(tx) => sqlx::query_with(AssertSqlSafe(sql), postgres_args(args))
                .execute(&mut **tx)
                .await?
                .rows_affected(),
        })
    }

    /// Waits, on PostgreSQL, until no other transaction holds this lock, and holds it until the end.
    pub(crate) async fn lock(&mut self, lock: i64) -> Result<(), Error> {
        self.all::<(String,)>("SELECT pg_advisory_xact_lock($1)::text", args![lock])
            .await?;
        Ok(())
    }

    /// Runs a script of several statements.
    pub(crate) async fn script(&mut self, script: &'static str) -> Result<(), Error> {
        match self {
            Self::Sqlite(tx) => {
                sqlx::raw_sql(script).execute(&mut **tx).await?;
            }
            Self::Postgres(tx) => {
                sqlx::raw_sql(script).execute(&mut **tx).await?;
            }
        }
        Ok(())
    }

    /// Makes it so. On SQLite this returns after the disk has it.
    pub(crate) async fn commit(self) -> Result<(), Error> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}
