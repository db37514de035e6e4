//! What waited and cannot go out: the draft gets it back, unless a try of it may have arrived.

use domain::cards::{ContactCard, Place, Reach};
use domain::message::Failure;
use domain::outbound::Content;
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

/// The kinds of what the thread tells that is no message.
async fn told(shelf: &Shelf, conversation: ConversationId) -> Vec<String> {
    let thread = shelf
        .store
        .thread(shelf.workspace, conversation, None, 100)
        .await;
    let lines = thread.unwrap().into_iter();
    let events = lines.filter(|line| line.direction == "event");
    events.map(|line| line.kind).collect()
}

/// A reply that may have arrived, and that somebody insisted on ten minutes later.
async fn insisted(shelf: &Shelf, conversation: ConversationId) -> (MessageId, Timestamp) {
    let tried = shelf.begins(conversation, "k", start()).await;
    let never = Outcome::Unknown {
        detail: "timeout".to_owned(),
    };
    shelf.ends(&tried, never, start()).await;
    let later = start() + SignedDuration::from_mins(10);
    let insisting = shelf
        .store
        .retry(shelf.workspace, tried.message, true, later);
    assert_eq!(insisting.await.unwrap(), Retried::Queued);
    (tried.message, later)
}

test_both! {
    async fn what_is_more_than_words_is_in_the_draft_in_words(db: TestDb) {
        let (shelf, conversation) = shelf(&db).await;
        let place = Content::Location(Place {
            latitude: 39.47,
            longitude: -0.376,
            name: Some("Casa Turia".to_owned()),
            address: None,
        });
        let card = Content::Contacts(vec![ContactCard {
            name: Some("Marta Soler".to_owned()),
            phones: vec![Reach { value: "+34 600 000 001".to_owned(), label: None }],
            ..ContactCard::default()
        }]);
        for (key, content) in [("a", &place), ("b", &card)] {
            shelf.queues(conversation, key, content, start()).await.unwrap();
        }
        assert_eq!(disconnected(&shelf, start()).await, 2);
        let words = "Casa Turia\n39.47, -0.376\nMarta Soler\n+34 600 000 001";
        assert_eq!(reply_draft(&shelf, conversation).await.as_deref(), Some(words));
    }

    async fn what_was_refused_for_now_goes_to_the_draft_with_what_is_behind_it(db: TestDb) {
        let (shelf, conversation) = shelf(&db).await;
        let refused = shelf.begins(conversation, "refused", start()).await;
        shelf.ends(&refused, again(), start()).await;
        let behind = shelf.replies(conversation, "behind", start()).await.unwrap();
        assert_eq!(disconnected(&shelf, start()).await, 2);

        for message in [refused.message, behind] {
            assert_eq!(line(&shelf, message).await, None);
        }
        assert_eq!(reply_draft(&shelf, conversation).await.as_deref(), Some("Hola\nHola"));
        assert_eq!(waiting(&shelf).await, 0);
    }

    async fn a_refused_reply_whose_window_closed_goes_to_the_draft_with_an_event_and_its_try_is_kept(db: TestDb) {
        let (shelf, conversation) = shelf(&db).await;
        let tried = shelf.begins(conversation, "k", start()).await;
        shelf.ends(&tried, again(), start()).await;
        let closed = start() + SignedDuration::from_hours(24);
        let handed = shelf.store.hand_over(shelf.workspace, &[tried.message], || closed).await.unwrap();
        assert_eq!((handed.begun, handed.given_back), (vec![], true));

        assert_eq!(line(&shelf, tried.message).await, None);
        assert_eq!(reply_draft(&shelf, conversation).await.as_deref(), Some("Hola"));
        assert_eq!(told(&shelf, conversation).await, ["returned_to_draft"]);
        let tries = shelf.store.tries(shelf.workspace, tried.message).await.unwrap();
        assert_eq!((tries.len(), tries[0].code), (1, Some(TOO_FAST)));
        assert_eq!(waiting(&shelf).await, 0);
    }

    async fn a_reply_that_somebody_insisted_on_is_unknown_again(db: TestDb) {
        let (shelf, conversation) = shelf(&db).await;
        let (message, later) = insisted(&shelf, conversation).await;
        assert_eq!(disconnected(&shelf, later).await, 0);

        let kept = line(&shelf, message).await.unwrap();
        assert_eq!((kept.delivery.unwrap().as_str(), kept.failure_code), ("unknown", None));
        assert_eq!(reply_draft(&shelf, conversation).await, None);
        assert_eq!(waiting(&shelf).await, 0);
    }

    async fn a_reply_whose_first_try_may_have_arrived_stays_as_its_last_try_left_it(db: TestDb) {
        let (shelf, conversation) = shelf(&db).await;
        let (message, later) = insisted(&shelf, conversation).await;
        let refused = shelf.hands_over(message, later).await;
        shelf.ends(&refused, again(), later).await;
        let closed = start() + SignedDuration::from_hours(24);
        let handed = shelf.store.hand_over(shelf.workspace, &[message], || closed).await.unwrap();
        assert_eq!((handed.begun, handed.given_back), (vec![], true));

        let kept = line(&shelf, message).await.unwrap();
        assert_eq!(kept.delivery.unwrap().as_str(), "failed");
        assert_eq!((kept.failure_code, kept.failure_detail.as_deref()), (Some(TOO_FAST), Some("too fast")));
        assert_eq!(reply_draft(&shelf, conversation).await, None);
        assert_eq!(told(&shelf, conversation).await, [""; 0]);
        assert_eq!(waiting(&shelf).await, 0);
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
