//! What waited and cannot go out: the draft gets it back, unless it was tried and may have arrived.

use domain::message::Failure;
use domain::{ConversationId, MessageId, Timestamp};
use jiff::SignedDuration;
use store::test_db::TestDb;
use store::{Line, Outcome, Retried, test_both};

use crate::harness::{Shelf, start};

const TOO_FAST: i64 = 130_429;

/// A shelf with one customer, who has just written.
async fn shelf(db: &TestDb) -> (Shelf, ConversationId) {
    let shelf = Shelf::new(db).await;
    let text = shelf.text("34600000001", "wamid.1", "Hi", start());
    shelf.apply(&[text], start()).await;
    let conversation = shelf.conversations().await[0];
    (shelf, conversation)
}

fn again() -> Outcome {
    Outcome::Again {
        failure: Failure {
            code: TOO_FAST,
            detail: Some("too fast".to_owned()),
        },
        due_at: start(),
    }
}

async fn line(shelf: &Shelf, message: MessageId) -> Option<Line> {
    shelf.store.line(shelf.workspace, message).await.unwrap()
}

async fn reply_draft(shelf: &Shelf, conversation: ConversationId) -> Option<String> {
    let drafts = shelf
        .store
        .drafts(shelf.workspace, shelf.agents[0], conversation);
    drafts.await.unwrap().reply
}

async fn disconnected(shelf: &Shelf, now: Timestamp) -> usize {
    let disconnecting = shelf
        .store
        .disconnect_channel(shelf.workspace, shelf.channel, now);
    disconnecting.await.unwrap()
}

async fn waiting(shelf: &Shelf) -> i64 {
    shelf.store.waiting(shelf.workspace).await.unwrap()
}

test_both! {
    async fn a_tried_reply_stays_as_its_last_try_left_it_and_what_is_behind_goes_to_the_draft(db: TestDb) {
        let (shelf, conversation) = shelf(&db).await;
        let refused = shelf.begins(conversation, "refused", start()).await;
        shelf.ends(&refused, again(), start()).await;
        let behind = shelf.replies(conversation, "behind", start()).await.unwrap();
        assert_eq!(disconnected(&shelf, start()).await, 1);

        let kept = line(&shelf, refused.message).await.unwrap();
        assert_eq!(kept.delivery.unwrap().as_str(), "failed");
        assert_eq!((kept.failure_code, kept.failure_detail.as_deref()), (Some(TOO_FAST), Some("too fast")));
        assert_eq!(line(&shelf, behind).await, None);
        assert_eq!(reply_draft(&shelf, conversation).await.as_deref(), Some("Hola"));
        assert_eq!(waiting(&shelf).await, 0);
    }

    async fn a_reply_that_somebody_insisted_on_is_unknown_again(db: TestDb) {
        let (shelf, conversation) = shelf(&db).await;
        let tried = shelf.begins(conversation, "k", start()).await;
        let never = Outcome::Unknown { detail: "timeout".to_owned() };
        shelf.ends(&tried, never, start()).await;
        let later = start() + SignedDuration::from_mins(10);
        let insisting = shelf.store.retry(shelf.workspace, tried.message, true, later);
        assert_eq!(insisting.await.unwrap(), Retried::Queued);
        assert_eq!(disconnected(&shelf, later).await, 0);

        let kept = line(&shelf, tried.message).await.unwrap();
        assert_eq!((kept.delivery.unwrap().as_str(), kept.failure_code), ("unknown", None));
        assert_eq!(reply_draft(&shelf, conversation).await, None);
        assert_eq!(waiting(&shelf).await, 0);
    }

    async fn a_tried_reply_whose_window_closed_has_failed_and_stays(db: TestDb) {
        let (shelf, conversation) = shelf(&db).await;
        let tried = shelf.begins(conversation, "k", start()).await;
        shelf.ends(&tried, again(), start()).await;
        let closed = start() + SignedDuration::from_hours(24);
        let handed = shelf.store.hand_over(shelf.workspace, &[tried.message], || closed).await.unwrap();
        assert_eq!((handed.begun, handed.given_back), (vec![], true));

        let kept = line(&shelf, tried.message).await.unwrap();
        assert_eq!((kept.delivery.unwrap().as_str(), kept.failure_code), ("failed", Some(TOO_FAST)));
        assert_eq!(waiting(&shelf).await, 0);
        let thread = shelf.store.thread(shelf.workspace, conversation, None, 100);
        assert!(thread.await.unwrap().iter().all(|l| l.kind != "returned_to_draft"));
    }

    async fn a_call_that_comes_back_to_a_disconnected_channel_has_failed_at_once(db: TestDb) {
        let (shelf, conversation) = shelf(&db).await;
        let calling = shelf.begins(conversation, "k", start()).await;
        assert_eq!(disconnected(&shelf, start()).await, 0);
        shelf.ends(&calling, again(), start()).await;

        let kept = line(&shelf, calling.message).await.unwrap();
        assert_eq!((kept.delivery.unwrap().as_str(), kept.failure_code), ("failed", Some(TOO_FAST)));
        assert_eq!(waiting(&shelf).await, 0);
    }
}
