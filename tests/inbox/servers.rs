//! Two servers on one database; on SQLite there is only one.

use charla_tests::until::until;
use jiff::SignedDuration;
use store::test_db::{TestDb, run};

use crate::harness::TestApp;

/// So many fit at an instant into the rate of a number, 80 a second: a tenth.
const AT_ONCE: i64 = 8;
const INSTANTS: i64 = 5;

#[tokio::test]
async fn two_servers_together_keep_to_the_rate_of_a_number_and_one_follows_the_other() {
    run(TestDb::postgres().await, two_servers).await;
}

async fn two_servers(db: TestDb) {
    let t = TestApp::new(db).await;
    t.ana.takes_back_for(5).await;
    let mut conversation = String::new();
    for n in 0..AT_ONCE * INSTANTS {
        let customer = t.customer(&format!("346000000{n:02}")).await;
        conversation = customer.says("Hi").await;
        t.ana.reply(&conversation, "Hello").await;
    }
    let second = t.another_server().await;
    t.pass_here(SignedDuration::from_secs(5));

    for instant in 1..=INSTANTS {
        until("all that fits to be sent", async || {
            (t.rows("tries", "1 = 1").await >= AT_ONCE * instant).then_some(())
        })
        .await;
        t.pass_here(SignedDuration::from_secs(1));
    }
    let most = "SELECT CAST(MAX(n) AS TEXT) FROM (SELECT COUNT(*) AS n FROM tries GROUP BY started_at) AS by_instant";
    assert_eq!(t.found(most).await, Some(AT_ONCE.to_string()));

    t.app.stop().await;
    t.ana.reply(&conversation, "Are you still there?").await;
    t.as_time_passes("the other server to send", async || {
        let accepted = t.rows("tries", "outcome = 'accepted'").await;
        (accepted == AT_ONCE * INSTANTS + 1).then_some(())
    })
    .await;
    second.stop().await;
}
