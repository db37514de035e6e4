//! A copy of the data that is taken up, perhaps long after it was made.

use domain::Timestamp;
use domain::message::Failure;
use jiff::SignedDuration;
use store::test_db::TestDb;
use store::{NewEntry, NewQuarantined, Outcome, Retried};

use crate::harness::{Shelf, start};

fn later() -> Timestamp {
    start() + SignedDuration::from_mins(5)
}

#[tokio::test]
async fn what_waits_goes_back_to_the_drafts_of_its_authors() {
    let db = TestDb::sqlite();
    let shelf = Shelf::new(&db).await;
    let customers = ["34600000001", "34600000002"];
    let texts = customers.map(|customer| shelf.text(customer, customer, "Hi", start()));
    shelf.apply(&texts, start()).await;
    let conversations = shelf.conversations().await;
    for (n, &conversation) in conversations.iter().enumerate() {
        for key in [format!("{n}a"), format!("{n}b")] {
            shelf.replies(conversation, &key, start()).await.unwrap();
        }
    }
    assert_eq!(shelf.store.take_up(later()).await.unwrap(), 4);
    let due = shelf.store.due(shelf.channel, later(), 10).await.unwrap();
    assert_eq!(due, []);
    for conversation in conversations {
        let drafts = shelf
            .store
            .drafts(shelf.workspace, shelf.agents[0], conversation);
        assert_eq!(drafts.await.unwrap().reply.unwrap(), "Hola\nHola");
    }
    assert_eq!(shelf.store.take_up(later()).await.unwrap(), 0);
}

#[tokio::test]
async fn what_had_been_tried_may_have_arrived_since_and_is_unknown() {
    let db = TestDb::sqlite();
    let shelf = Shelf::new(&db).await;
    let text = shelf.text("34600000001", "wamid.1", "Hi", start());
    shelf.apply(&[text], start()).await;
    let tried = shelf
        .begins(shelf.conversations().await[0], "k", start())
        .await;
    let again = Outcome::Again {
        failure: Failure {
            code: 131_042,
            detail: None,
        },
        due_at: start(),
    };
    shelf.ends(&tried, again, start()).await;
    assert_eq!(shelf.store.take_up(later()).await.unwrap(), 1);
    let due = shelf.store.due(shelf.channel, later(), 10).await.unwrap();
    assert_eq!(due, []);
    let line = shelf.store.line(shelf.workspace, tried.message).await;
    let line = line.unwrap().unwrap();
    assert_eq!(
        (line.delivery.unwrap().as_str(), line.failure_code),
        ("unknown", None)
    );
    let retry = shelf
        .store
        .retry(shelf.workspace, tried.message, false, later());
    let after = start() + SignedDuration::from_mins(10);
    assert_eq!(retry.await.unwrap(), Retried::OutcomeUnknown { after });
}

#[tokio::test]
async fn new_webhooks_come_after_all_that_is_known_by_a_sequence() {
    let db = TestDb::sqlite();
    let shelf = Shelf::new(&db).await;
    let came = async || {
        let entry = NewEntry {
            received_at: start(),
            app: "default".to_owned(),
            body: Vec::new(),
        };
        shelf.store.append_to_journal(vec![entry]).await.unwrap();
        shelf.store.unapplied(10).await.unwrap().last().unwrap().seq
    };
    let quarantined = async |journal_seq| {
        let unread = NewQuarantined {
            channel: None,
            workspace: Some(shelf.workspace),
            journal_seq,
            element: 0,
            received_at: start(),
            reason: "not_json".to_owned(),
            raw: String::new(),
        };
        shelf.store.quarantine(&[unread], start()).await.unwrap();
        shelf.store.take_up(later()).await.unwrap();
    };
    quarantined(7).await;
    assert_eq!(came().await, 8);
    quarantined(5).await;
    assert_eq!(came().await, 9, "what is given already stays given");
}
