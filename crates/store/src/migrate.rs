//! Brings a database to the shape this program knows. Migrations only grow.

use std::cmp::Ordering;

use crate::db::{Db, Sql, Tx, args};
use crate::error::Error;

/// One step. The texts differ only where the engines do.
struct Migration {
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! same {
    ($file:literal) => {
        Migration {
            sqlite: include_str!(concat!("../migrations/", $file, ".sql")),
            postgres: include_str!(concat!("../migrations/", $file, ".sql")),
        }
    };
}

macro_rules! pair {
    ($file:literal) => {
        Migration {
            sqlite: include_str!(concat!("../migrations/", $file, ".sqlite.sql")),
            postgres: include_str!(concat!("../migrations/", $file, ".postgres.sql")),
        }
    };
}

const MAIN: &[Migration] = &[
    same!("main/0001_foundations"),
    same!("main/0002_facts"),
    same!("main/0003_newcomers_and_clocks"),
    same!("main/0004_turns"),
    same!("main/0005_failed"),
    pair!("main/0006_media"),
    pair!("main/0007_abouts"),
    same!("main/0008_channels"),
    same!("main/0009_identities"),
    same!("main/0010_contacts"),
    same!("main/0011_provided"),
    same!("main/0012_contact_files"),
    same!("main/0013_contents"),
    same!("main/0014_senders"),
];
const JOURNAL: &[Migration] = &[pair!("journal/0001_journal")];

/// Which of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Main,
    Journal,
}

impl Part {
    const fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Journal => "journal",
        }
    }

    const fn migrations(self) -> &'static [Migration] {
        match self {
            Self::Main => MAIN,
            Self::Journal => JOURNAL,
        }
    }
}

/// Applies what is missing, in one transaction with the note that it is done. Whoever comes second
/// waits, and finds nothing missing.
pub(crate) async fn migrate(db: &Db, part: Part) -> Result<(), Error> {
    take(db, part, part.migrations()).await
}

async fn take(db: &Db, part: Part, steps: &[Migration]) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    if matches!(tx, Tx::Postgres(_)) {
        // A long migration is no statement that hangs.
        tx.script("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
            .await?;
        tx.lock(MIGRATING).await?;
    }
    tx.script("CREATE TABLE IF NOT EXISTS schema_versions (part TEXT PRIMARY KEY, version BIGINT NOT NULL)")
        .await?;
    let row: Option<(i64,)> = tx.maybe(VERSION, args![part.name()]).await?;
    let found = row.map_or(0, |r| r.0);
    let known = version_after(steps);
    if found > known {
        return Err(Error::Newer { found, known });
    }
    let done = usize::try_from(found).unwrap_or(0);
    for step in steps.iter().skip(done) {
        let text = match tx {
            Tx::Sqlite(_) => step.sqlite,
            Tx::Postgres(_) => step.postgres,
        };
        tx.script(text).await?;
    }
    if found < known {
        tx.run(
            "INSERT INTO schema_versions (part, version) VALUES ($1, $2)
             ON CONFLICT (part) DO UPDATE SET version = excluded.version",
            args![part.name(), known],
        )
        .await?;
    }
    tx.commit().await
}

/// Sees whether the database has the shape this program knows, and changes nothing.
pub(crate) async fn check(db: &Db, part: Part) -> Result<(), Error> {
    let versioned: Vec<(i64,)> = db.all(VERSIONED, args![]).await?;
    let row: Option<(i64,)> = if versioned.is_empty() {
        None
    } else {
        db.maybe(VERSION, args![part.name()]).await?
    };
    let found = row.map_or(0, |r| r.0);
    let known = version_after(part.migrations());
    match found.cmp(&known) {
        Ordering::Less => Err(Error::Older { found, known }),
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(Error::Newer { found, known }),
    }
}

fn version_after(steps: &[Migration]) -> i64 {
    i64::try_from(steps.len()).unwrap_or(i64::MAX)
}

const VERSION: &str = "SELECT version FROM schema_versions WHERE part = $1";

/// A row if any version was noted ever.
const VERSIONED: Sql = Sql {
    sqlite: "SELECT 1 FROM sqlite_schema WHERE name = 'schema_versions'",
    postgres: "SELECT 1::bigint WHERE to_regclass('schema_versions') IS NOT NULL",
};

/// What processes that migrate the same server agree on.
const MIGRATING: i64 = 0x6368_6172_6c61;

#[cfg(test)]
mod tests {
    use domain::{
        AgentId, ChannelId, ContactId, ConversationId, MediaId, MessageId, Timestamp, WorkspaceId,
    };
    use uuid::Uuid;

    use super::*;
    use crate::test_db::TestDb;
    use crate::{Chance, Location, Store, View, test_both};

    /// What programs of earlier versions left, each beside what those before it had left: the version of the
    /// schema, and rows they wrote.
    const LEFT: [(usize, &str); 9] = [
        (1, include_str!("../tests/left_by/version_1.sql")),
        (6, include_str!("../tests/left_by/version_6.sql")),
        (7, include_str!("../tests/left_by/version_7.sql")),
        (8, include_str!("../tests/left_by/version_8.sql")),
        (9, include_str!("../tests/left_by/version_9.sql")),
        (10, include_str!("../tests/left_by/version_10.sql")),
        (11, include_str!("../tests/left_by/version_11.sql")),
        (12, include_str!("../tests/left_by/version_12.sql")),
        (13, include_str!("../tests/left_by/version_13.sql")),
    ];

    /// The ids in those rows, by the name they stand under.
    const NAMES: [&str; 17] = [
        "$wsp", "$usr", "$agt", "$chn", "$con", "$idt", "$cnv", "$msg", "$hrd", "$pic", "$rea",
        "$stp", "$new", "$not", "$doc", "$upl", "$two",
    ];

    fn id(name: &str) -> Uuid {
        let place = NAMES.iter().position(|n| *n == name).unwrap();
        Uuid::from_u128(u128::try_from(place).unwrap() + 1)
    }

    /// A database as programs leave it of which the last was of this version.
    async fn left_by(version: usize, at: Location<'_>) {
        let (db, open) = match at {
            Location::Folder(dir) => {
                let open = async |name| Db::open_sqlite(&dir.join(name), 1, true).await.unwrap();
                open("journal.db").await.close().await;
                (open("charla.db").await, "x'")
            }
            Location::Postgres(url) => (Db::open_postgres(url).await.unwrap(), "'"),
        };
        for (wrote, rows) in LEFT.into_iter().filter(|(wrote, _)| *wrote <= version) {
            take(&db, Part::Main, &MAIN[..wrote]).await.unwrap();
            let rows = NAMES.iter().fold(rows.to_owned(), |rows, name| {
                rows.replace(name, &format!("{open}{}'", id(name).simple()))
            });
            let mut tx = db.begin().await.unwrap();
            for row in rows.split_inclusive(";\n") {
                tx.run_made(row.to_owned(), args![]).await.unwrap();
            }
            tx.commit().await.unwrap();
        }
        take(&db, Part::Main, &MAIN[..version]).await.unwrap();
        db.close().await;
    }

    async fn unchanged(at: Location<'_>) -> Result<(), Error> {
        let store = Store::open_unchanged(at, Chance::from_os()).await?;
        store.close().await;
        Ok(())
    }

    #[tokio::test]
    async fn a_missing_journal_is_not_made_anew_by_opening_unchanged() {
        let db = TestDb::sqlite();
        db.open().await.close().await;
        let journal = db.folder().join("journal.db");
        std::fs::remove_file(&journal).unwrap();
        unchanged(db.location()).await.unwrap_err();
        assert!(!journal.exists());
    }

    test_both! {
        async fn only_what_is_of_this_version_is_opened_unchanged(db: TestDb) {
            let empty = unchanged(db.location()).await.unwrap_err();
            match db.location() {
                Location::Folder(dir) => assert_eq!(dir.read_dir().unwrap().count(), 0, "nothing is made"),
                Location::Postgres(_) => assert!(matches!(empty, Error::Older { found: 0, .. }), "{empty}"),
            }
            left_by(1, db.location()).await;
            for _ in 0..2 {
                let older = unchanged(db.location()).await.unwrap_err();
                assert!(matches!(older, Error::Older { found: 1, .. }), "{older}");
            }
            let store = db.open().await;
            unchanged(db.location()).await.unwrap();
            store.db.run("UPDATE schema_versions SET version = 999", args![]).await.unwrap();
            let newer = unchanged(db.location()).await.unwrap_err();
            assert!(matches!(newer, Error::Newer { found: 999, .. }), "{newer}");
            store.close().await;
        }

        async fn what_every_earlier_version_left_is_opened_and_shown(db: TestDb) {
            for version in 1..=MAIN.len() {
                left_by(version, db.location()).await;
                let store = db.open().await;
                what_was_left_at_first_is_shown(&store).await;
                what_was_left_later_is_shown(&store, version).await;
                files_that_were_left_are_there(&store, version).await;
                store.close().await;
                db.clear().await;
            }
        }
    }

    async fn what_was_left_at_first_is_shown(store: &Store) {
        let (ws, agent) = (
            WorkspaceId::from_uuid(id("$wsp")),
            AgentId::from_uuid(id("$agt")),
        );
        let now = Timestamp::from_second(5).unwrap();
        let listed = store.conversations(ws, agent, View::All, None, 10, now);
        let listed = listed.await.unwrap();
        assert_eq!(listed[0].contact.name, "Vera Soler");
        assert_eq!(listed[0].preview.as_ref().unwrap().text, "Hola, Vera");
        let wrote = Timestamp::from_second(2).unwrap();
        assert_eq!(listed[0].waiting_since, Some(wrote), "the answer failed");
        assert_eq!(store.counters(ws, agent, now).await.unwrap().unassigned, 1);
        let message = MessageId::from_uuid(id("$msg"));
        let statuses = store.statuses(ws, message).await.unwrap();
        let told: Vec<_> = statuses
            .iter()
            .map(|s| (s.status.as_str(), s.code))
            .collect();
        assert_eq!(told, [("sent", None), ("failed", Some(131_026))]);
    }

    /// What programs of a version and of those before it wrote beside that.
    async fn what_was_left_later_is_shown(store: &Store, version: usize) {
        let ws = WorkspaceId::from_uuid(id("$wsp"));
        let conversation = ConversationId::from_uuid(id("$cnv"));
        let lines = store.thread(ws, conversation, None, 10).await.unwrap();
        let line = |name| lines.iter().find(|line| line.id.uuid() == id(name));
        let picture = line("$pic").map(|line| line.media[0].width);
        assert_eq!(picture, (version >= 6).then_some(Some(4)), "{version}");
        let reactions = &line("$msg").unwrap().reactions;
        assert_eq!(reactions.len(), usize::from(version >= 7), "{version}");

        let channel = ChannelId::from_uuid(id("$chn"));
        let known = store.standing(ws, channel).await.unwrap();
        let quality = known.and_then(|known| known.standing.quality);
        let expect = (version >= 8).then(|| "green".to_owned());
        assert_eq!(quality, expect, "{version}");
        let setups = store.setups(ws).await.unwrap();
        assert_eq!(setups.len(), usize::from(version >= 8), "{version}");

        let contact = ContactId::from_uuid(id("$con"));
        let page = store.contact_page(ws, contact).await.unwrap().unwrap();
        let changes = usize::from(version >= 9);
        assert_eq!(page.identities.len(), 1 + changes, "{version}");
        assert_eq!(page.changes.len(), changes, "{version}");
        let written = usize::from(version >= 10);
        assert_eq!(
            (page.notes.len(), page.attributes.len()),
            (written, written),
            "{version}"
        );
    }

    /// The files of each version lie where they lay; the bytes of each are known, and claimed by none anew.
    async fn files_that_were_left_are_there(store: &Store, version: usize) {
        let ws = WorkspaceId::from_uuid(id("$wsp"));
        let drafts = store.drafts(
            ws,
            AgentId::from_uuid(id("$agt")),
            ConversationId::from_uuid(id("$cnv")),
        );
        let unsent: Vec<_> = drafts.await.unwrap().files.iter().map(|f| f.id).collect();
        let expect = [("$upl", 12), ("$two", 13)].into_iter();
        let expect = expect.filter(|(_, since)| version >= *since);
        let expect: Vec<_> = expect
            .map(|(name, _)| MediaId::from_uuid(id(name)))
            .collect();
        assert_eq!(unsent, expect, "{version}");
        let now = Timestamp::from_second(8).unwrap();
        for (file, since, hash, content) in [
            ("$pic", 6, "c0ffee", "c0ffee"),
            ("$doc", 11, "facade", "facade"),
            ("$upl", 12, "facade", "facade"),
            ("$two", 13, "decade", "decade.0123456789abcdef"),
        ] {
            let file = MediaId::from_uuid(id(file));
            let stored = store.stored_media(ws, file).await.unwrap();
            let found = stored.map(|file| file.content);
            assert_eq!(
                found.as_deref(),
                (version >= since).then_some(content),
                "{version}"
            );
            if version >= since {
                let claimed = store.claim_content(ws, hash, now).await.unwrap();
                assert_eq!(claimed, content, "{version}");
            }
        }
        let taking = store.take_loose_contents(Timestamp::from_second(10_000).unwrap(), 100);
        let leaving: Vec<_> = taking.await.unwrap().into_iter().map(|c| c.name).collect();
        let expect: &[&str] = if version >= 13 { &["decade"] } else { &[] };
        assert_eq!(leaving, expect, "{version}");
    }
}
