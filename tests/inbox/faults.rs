//! A database that takes no writes: never a false 200, said out loud, and over without a restart.

use std::time::Duration;

use charla_tests::until::until;
use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use store::Location;
use store::test_db::{TestDb, run};
use store::testing::Part;
use tokio::time::timeout;

use crate::harness::{Socket, TestApp, Text};

/// Words that no compression makes smaller.
fn noise(bytes: usize, seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..bytes)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(b'!' + u8::try_from(state % 90).unwrap())
        })
        .collect()
}

fn webhook(t: &TestApp, n: u64) -> charla_tests::webhook::Signed {
    t.texts(&[Text::from(
        "34600000001",
        &format!("wamid.{n}"),
        &noise(60_000, n),
    )])
}

async fn says(socket: &mut Socket, ingest: &str) {
    let what = format!("the browsers to hear {ingest}");
    until(&what, async || {
        (socket.hears_a("health").await["ingest"] == ingest).then_some(())
    })
    .await;
}

/// Brings webhook `n` again until it is taken, as Meta does.
async fn brought(t: &TestApp, n: u64) {
    until("the webhook to be taken", async || {
        (t.post(&webhook(t, n)).await == 200).then_some(())
    })
    .await;
}

/// While the journal takes no writes: 503, nothing stored, everybody told. Afterwards all as before.
async fn refuses_until(t: &TestApp, mend: impl AsyncFnOnce()) {
    let mut socket = t.listens(t.ana.cursor().await).await;
    says(&mut socket, "ok").await;
    let before = t.rows("journal", "1 = 1").await;
    assert_eq!(t.post(&webhook(t, 1)).await, 503);
    says(&mut socket, "refusing").await;
    assert_eq!(t.post(&webhook(t, 2)).await, 503);
    assert_eq!(t.rows("journal", "1 = 1").await, before);
    mend().await;
    brought(t, 1).await;
    says(&mut socket, "ok").await;
    brought(t, 2).await;
    t.applied().await;
    assert_eq!(
        t.rows("messages", "external_id IN ('wamid.1', 'wamid.2')")
            .await,
        2
    );
    assert_eq!(t.ana.get("").await["ingest"], "ok");
    let ready = t
        .http
        .get(format!("{}/readyz", t.url))
        .send()
        .await
        .unwrap();
    assert_eq!(ready.status(), 200);
}

async fn on_sqlite(test: impl AsyncFnOnce(TestApp, TestDb) + 'static) {
    run(TestDb::sqlite(), async |db| {
        let t = TestApp::new(db.clone()).await;
        // The journal is not quite empty.
        t.told(&webhook(&t, 0)).await;
        test(t, db).await;
    })
    .await;
}

async fn on_postgres(test: impl AsyncFnOnce(TestApp, TestDb) + 'static) {
    run(TestDb::postgres().await, async |db| {
        let t = TestApp::new(db.clone()).await;
        t.told(&webhook(&t, 0)).await;
        test(t, db).await;
    })
    .await;
}

/// Another process at a SQLite file.
async fn another_process(db: &TestDb, file: &str) -> SqliteConnection {
    let path = db.folder().join(file);
    SqliteConnection::connect(&format!("sqlite://{}", path.display()))
        .await
        .unwrap()
}

/// SQLite undoes the whole transaction by itself here, as it does when a disk is full.
const REFUSE: &str = "CREATE TRIGGER refuse BEFORE INSERT ON journal
     BEGIN SELECT RAISE(ROLLBACK, 'no room'); END";

#[tokio::test]
async fn a_journal_that_undoes_what_is_written_refuses_webhooks_until_it_is_mended() {
    on_sqlite(async |t, _| {
        t.app.store.meddle(Part::Journal, REFUSE).await;
        refuses_until(&t, async || {
            t.app
                .store
                .meddle(Part::Journal, "DROP TRIGGER refuse")
                .await;
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_full_disk_refuses_a_webhook_and_takes_it_again_when_there_is_room() {
    on_sqlite(async |t, _| {
        // It holds for the connection that writes, and for as long as that one does.
        t.app
            .store
            .meddle(Part::Journal, "PRAGMA max_page_count = 1")
            .await;
        assert_eq!(t.post(&webhook(&t, 1)).await, 503);
        assert_eq!(t.rows("journal", "1 = 1").await, 1);
        t.app
            .store
            .meddle(Part::Journal, "PRAGMA max_page_count = 1000000")
            .await;
        brought(&t, 1).await;
        t.applied().await;
        assert_eq!(t.rows("messages", "external_id = 'wamid.1'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_read_only_disk_refuses_webhooks_and_takes_them_again_afterwards() {
    on_sqlite(async |t, _| {
        t.app
            .store
            .meddle(Part::Journal, "PRAGMA query_only = on")
            .await;
        refuses_until(&t, async || {
            t.app
                .store
                .meddle(Part::Journal, "PRAGMA query_only = off")
                .await;
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_journal_that_another_process_locks_refuses_webhooks_until_it_lets_go() {
    on_sqlite(async |t, db| {
        let mut other = another_process(&db, "journal.db").await;
        other.execute("BEGIN EXCLUSIVE").await.unwrap();
        refuses_until(&t, async || {
            other.execute("ROLLBACK").await.unwrap();
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn while_the_inbox_is_full_webhooks_wait_in_the_journal_and_nothing_is_lost() {
    on_sqlite(async |t, _| {
        t.app
            .store
            .meddle(Part::Main, "PRAGMA max_page_count = 1")
            .await;
        for n in 1..=5 {
            assert_eq!(t.post(&webhook(&t, n)).await, 200);
        }
        let conversation = t.ana.view("all").await[0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let note = t
            .ana
            .write(&conversation, "note", &"ñ".repeat(4096), "k")
            .await;
        assert_eq!(note.said(), "503 storage-unavailable");
        let health = t.ana.get("health").await;
        assert_eq!(
            (&health["journal"]["waiting"], &health["quarantine"]),
            (&json!(5), &json!([]))
        );
        t.app
            .store
            .meddle(Part::Main, "PRAGMA max_page_count = 1000000")
            .await;
        t.applied().await;
        assert_eq!(t.rows("messages", "direction = 'in'").await, 6);
        assert_eq!(
            t.ana
                .write(&conversation, "note", "and so on", "k")
                .await
                .status,
            201
        );
        assert_eq!(t.rows("quarantine", "1 = 1").await, 0);
    })
    .await;
}

#[tokio::test]
async fn while_another_process_locks_the_inbox_webhooks_are_taken_and_changes_refused() {
    on_sqlite(async |t, db| {
        let conversation = t.ana.view("all").await[0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let mut other = another_process(&db, "charla.db").await;
        other.execute("BEGIN IMMEDIATE").await.unwrap();
        assert_eq!(t.post(&webhook(&t, 1)).await, 200);
        let refused = t
            .ana
            .post(&format!("conversations/{conversation}/resolve"), json!({}))
            .await;
        assert_eq!(refused.said(), "503 storage-unavailable");
        assert_eq!(t.ana.view("all").await.len(), 1, "reading goes on");
        other.execute("ROLLBACK").await.unwrap();
        t.applied().await;
        assert_eq!(t.rows("messages", "direction = 'in'").await, 2);
        t.ana.does("resolve", &conversation).await;
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_comes_while_the_inbox_is_locked_is_recorded_afterwards() {
    on_sqlite(async |t, db| {
        let vera = t.customer("34600000002").await;
        let conversation = vera.says("Hi").await;
        t.faults(json!({"answer_delay_ms": 2000, "webhook_stop": true}))
            .await;
        let sent = reply_under_way(&t, &conversation).await;
        let mut other = another_process(&db, "charla.db").await;
        other.execute("BEGIN IMMEDIATE").await.unwrap();
        until("Meta to have answered", async || {
            (t.sends().await.len() == 1).then_some(())
        })
        .await;
        assert_eq!(t.rows("tries", "outcome = 'calling'").await, 1);
        other.execute("ROLLBACK").await.unwrap();
        let details = t
            .ana
            .until_delivery(sent["id"].as_str().unwrap(), "accepted")
            .await;
        assert!(details["external_id"].is_string());
    })
    .await;
}

/// A reply whose try has begun, and whose answer Meta holds back for a while.
async fn reply_under_way(t: &TestApp, conversation: &str) -> Value {
    let sent = t.ana.reply(conversation, "Hello!").await;
    calling(t, 1).await;
    sent
}

/// Waits until so many calls are under way.
async fn calling(t: &TestApp, calls: i64) {
    until("the tries to begin", async || {
        (t.rows("tries", "outcome = 'calling'").await == calls).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_number_is_set_to_rest_once_the_inbox_takes_writes_again() {
    on_sqlite(async |t, _| {
        let conversation = t.customer("34600000002").await.says("Hi").await;
        let meddle = async |script| t.app.store.meddle(Part::Main, script).await;
        meddle("UPDATE channels SET token = NULL").await;
        meddle("PRAGMA query_only = on").await;
        // Its worker begins anew, finds nothing to send with, and can tell nobody.
        t.reload().await;
        for _ in 0..20 {
            let note = t.ana.write(&conversation, "note", "hm", "k").await;
            assert_eq!(note.said(), "503 storage-unavailable");
        }
        meddle("PRAGMA query_only = off").await;
        until("the number to rest", async || {
            (t.ana.get("").await["channels"][0]["paused"] == "token").then_some(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_stop_ends_though_no_answer_can_be_recorded() {
    on_sqlite(async |mut t, db| {
        let mut conversations = Vec::new();
        for n in 0..8 {
            let customer = t.customer(&format!("346000001{n:02}")).await;
            conversations.push(customer.says("Hi").await);
        }
        t.faults(json!({"answer_delay_ms": 4000, "webhook_stop": true}))
            .await;
        let sent = join_all(conversations.iter().map(|c| t.ana.reply(c, "Hello!"))).await;
        calling(&t, 8).await;
        let mut other = another_process(&db, "charla.db").await;
        other.execute("BEGIN IMMEDIATE").await.unwrap();
        timeout(Duration::from_secs(30), t.app.stop())
            .await
            .unwrap();
        other.execute("ROLLBACK").await.unwrap();
        t.pass_here(SignedDuration::from_secs(1));
        t.restart().await;
        for reply in sent {
            let id = reply["id"].as_str().unwrap();
            let details = t.ana.until_delivery(id, "unknown").await;
            assert_eq!(details["tries"][0]["detail"], "process_ended");
        }
    })
    .await;
}

/// A connection to the server beside the database of the test.
async fn beside() -> PgConnection {
    let server = std::env::var("CHARLA_TEST_POSTGRES_URL").unwrap();
    PgConnection::connect(&server).await.unwrap()
}

fn name_of(db: &TestDb) -> String {
    let Location::Postgres(url) = db.location() else {
        panic!("on PostgreSQL")
    };
    let name = url.rsplit_once('/').unwrap().1;
    name.split('?').next().unwrap().to_owned()
}

async fn end_all_connections(beside: &mut PgConnection, name: &str) {
    let end =
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    beside.execute(AssertSqlSafe(end)).await.unwrap();
}

#[tokio::test]
async fn a_postgres_that_ends_every_connection_loses_nothing_that_was_acknowledged() {
    on_postgres(async |t, db| {
        let (mut beside, name) = (beside().await, name_of(&db));
        let posting = join_all((1..=8_u64).map(|lane| {
            let t = &t;
            async move {
                for n in 0..12 {
                    brought(t, lane * 100 + n).await;
                }
            }
        }));
        let breaking = async {
            for _ in 0..12 {
                end_all_connections(&mut beside, &name).await;
                // Until it works again, so that every round hits connections that are in use.
                until("a webhook after it", async || {
                    let accepted = t.app.metrics.webhooks_accepted.get();
                    tokio::task::yield_now().await;
                    (t.app.metrics.webhooks_accepted.get() > accepted || accepted > 90)
                        .then_some(())
                })
                .await;
            }
        };
        tokio::join!(posting, breaking);
        until("everything to be applied", async || {
            let backlog = t.app.store.backlog().await.ok()?;
            (backlog.waiting == 0).then_some(())
        })
        .await;
        assert_eq!(t.rows("messages", "direction = 'in'").await, 97);
        assert_eq!(
            t.rows("quarantine", "1 = 1").await,
            0,
            "nothing is blamed for it"
        );
        t.applied().await;
        assert_eq!(t.ana.get("counters").await["all"], 1);
    })
    .await;
}

#[tokio::test]
async fn a_postgres_that_is_away_is_waited_for() {
    on_postgres(async |t, db| {
        let (mut beside, name) = (beside().await, name_of(&db));
        let mut socket = t.listens(t.ana.cursor().await).await;
        says(&mut socket, "ok").await;
        let shut = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false");
        beside.execute(AssertSqlSafe(shut)).await.unwrap();
        end_all_connections(&mut beside, &name).await;
        assert_eq!(t.post(&webhook(&t, 1)).await, 503);
        says(&mut socket, "refusing").await;
        let refused = t.ana.try_get("counters").await;
        assert_eq!(refused.said(), "503 storage-unavailable");
        let open = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true");
        beside.execute(AssertSqlSafe(open)).await.unwrap();
        brought(&t, 1).await;
        says(&mut socket, "ok").await;
        t.applied().await;
        assert_eq!(t.rows("messages", "direction = 'in'").await, 2);
        let told: Value = until("the socket to go on", async || {
            let frame = socket.hears_a("changes").await;
            (frame["entries"] != json!([])).then_some(frame)
        })
        .await;
        assert_eq!(told["entries"].as_array().unwrap().len(), 1);
    })
    .await;
}
