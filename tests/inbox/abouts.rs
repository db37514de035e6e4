//! Reactions, changes and deletions: they belong to their message, whatever the order they come in.

use charla_tests::until::until;
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::test_both;

use crate::harness::{Answer, TestApp, message};

const VERA: &str = "34600000001";

fn reaction(to: &str, emoji: Option<&str>) -> Value {
    json!({"type": "reaction", "reaction": {"message_id": to, "emoji": emoji}})
}

fn text(body: &str) -> Value {
    json!({"type": "text", "text": {"body": body}})
}

fn edit(of: &str, body: &str) -> Value {
    let new = json!({"type": "text", "text": {"body": body}});
    json!({"type": "edit", "edit": {"original_message_id": of, "message": new}})
}

fn revoke(of: &str) -> Value {
    json!({"type": "revoke", "revoke": {"original_message_id": of}})
}

/// One message of Vera's, in a webhook of its own.
async fn tells(t: &TestApp, id: &str, at: i64, what: &Value) {
    let change = message(t.number(0), VERA, id, at, what);
    t.told(&t.changes(&[change])).await;
}

/// The line of a message, from the only conversation there is.
async fn line(t: &TestApp, external_id: &str) -> Value {
    let conversation = t.ana.view("all").await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let thread = t.ana.thread(&conversation).await;
    let found = thread
        .iter()
        .find(|line| line["external_id"] == external_id);
    found.unwrap().clone()
}

/// The emojis on a line: whose, and which.
fn emojis(line: &Value) -> Vec<(String, String)> {
    let reactions = line["reactions"].as_array().unwrap();
    let told = |r: &Value, field: &str| r[field].as_str().unwrap().to_owned();
    reactions
        .iter()
        .map(|r| (told(r, "direction"), told(r, "emoji")))
        .collect()
}

fn of(direction: &str, emoji: &str) -> (String, String) {
    (direction.to_owned(), emoji.to_owned())
}

async fn react(t: &TestApp, line: &Value, emoji: Option<&str>) -> Answer {
    let id = line["id"].as_str().unwrap();
    t.ana
        .put(&format!("messages/{id}/reaction"), json!({"emoji": emoji}))
        .await
}

/// Every order of these.
fn orders<T: Clone>(of: &[T]) -> Vec<Vec<T>> {
    if of.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for n in 0..of.len() {
        let mut rest = of.to_vec();
        let first = rest.remove(n);
        for mut order in orders(&rest) {
            order.insert(0, first.clone());
            all.push(order);
        }
    }
    all
}

test_both! {
    async fn reactions_changes_and_deletions_end_alike_in_any_order(db: TestDb) {
        let t = TestApp::new(db).await;
        for (n, order) in orders(&[0, 1, 2, 3]).into_iter().enumerate() {
            let id = |what: &str| format!("wamid.{n}.{what}");
            let told = [
                (id("text"), 0, text("The blu one")),
                (id("edit"), 2, edit(&id("text"), "The blue one")),
                (id("love"), 3, reaction(&id("text"), Some("❤️"))),
                (id("like"), 1, reaction(&id("text"), Some("👍"))),
            ];
            for &which in &order {
                let (id, at, what) = &told[which];
                tells(&t, id, *at, what).await;
                // Meta brings the same webhook again.
                tells(&t, id, *at, what).await;
            }
            let shown = line(&t, &id("text")).await;
            assert_eq!(emojis(&shown), [of("in", "❤️")], "{order:?}");
            assert_eq!(shown["text"], "The blu one");
            assert_eq!(shown["edits"].as_array().unwrap().len(), 1, "{order:?}");
            assert_eq!(shown["edits"][0]["text"], "The blue one");
            assert_eq!(shown["deleted_at"], json!(null));
            assert_eq!(line(&t, &id("love")).await["about"], shown["id"], "{order:?}");
        }
    }

    async fn a_reaction_taken_back_is_gone_and_a_deleted_message_keeps_its_words(db: TestDb) {
        let t = TestApp::new(db).await;
        tells(&t, "wamid.text", 0, &text("Call me on 600 000 000")).await;
        tells(&t, "wamid.like", 1, &reaction("wamid.text", Some("👍"))).await;
        tells(&t, "wamid.none", 2, &reaction("wamid.text", None)).await;
        tells(&t, "wamid.gone", 3, &revoke("wamid.text")).await;
        let shown = line(&t, "wamid.text").await;
        assert_eq!(emojis(&shown), []);
        assert_eq!(shown["text"], "Call me on 600 000 000");
        assert!(shown["deleted_at"].is_string());
    }

    async fn nobody_changes_what_somebody_else_wrote(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000002").await;
        let conversation = vera.says("Mine").await;
        let hers = t.ana.thread(&conversation).await[0].clone();
        let id = hers["external_id"].as_str().unwrap();
        tells(&t, "wamid.edit", 1, &edit(id, "Not mine")).await;
        tells(&t, "wamid.gone", 2, &revoke(id)).await;
        tells(&t, "wamid.like", 3, &reaction(id, Some("👍"))).await;
        let sent = t.ana.reply(&conversation, "Ours").await;
        let sent = t.ana.until_delivery(sent["id"].as_str().unwrap(), "seen").await;
        tells(&t, "wamid.ours", 4, &edit(sent["external_id"].as_str().unwrap(), "Theirs")).await;
        for line in t.ana.thread(&conversation).await {
            assert_eq!((&line["edits"], &line["deleted_at"]), (&json!([]), &json!(null)));
            assert_eq!(emojis(&line), []);
        }
    }

    async fn a_thumbs_up_is_unread_and_opens_nothing_again(db: TestDb) {
        let t = TestApp::new(db).await;
        tells(&t, "wamid.text", 0, &text("Thanks, see you")).await;
        let conversation = t.ana.view("all").await[0]["id"].as_str().unwrap().to_owned();
        t.ana.does("resolve", &conversation).await;
        tells(&t, "wamid.like", 1, &reaction("wamid.text", Some("👍"))).await;
        let now = t.ana.conversation(&conversation).await;
        assert_eq!((&now["state"], &now["waiting_since"]), (&json!("resolved"), &json!(null)));
        assert!(now["last_inbound_seq"].as_i64() > now["read_seq"].as_i64());
        let preview = &now["preview"];
        assert_eq!((&preview["kind"], &preview["text"]), (&json!("reaction"), &json!("👍")));
        assert_eq!(preview["about"], json!({"kind": "text", "text": "Thanks, see you"}));
        assert!(t.ana.view("all").await.is_empty());
    }

    async fn an_open_browser_hears_of_a_reaction(db: TestDb) {
        let t = TestApp::new(db).await;
        tells(&t, "wamid.text", 0, &text("Hi")).await;
        let mut socket = t.listens(t.ana.cursor().await).await;
        tells(&t, "wamid.like", 1, &reaction("wamid.text", Some("👍"))).await;
        let told = socket.hears_of("wamid.text").await;
        assert_eq!(emojis(&told), [of("in", "👍")]);
    }

    async fn only_a_message_of_the_customer_takes_one_emoji(db: TestDb) {
        let t = TestApp::new(db).await;
        tells(&t, "wamid.text", 0, &text("Hi")).await;
        tells(&t, "wamid.like", 1, &reaction("wamid.text", Some("👍"))).await;
        let hi = line(&t, "wamid.text").await;
        for wrong in ["", "ok", "<b>", "👍👍", "🇪🇸🇫🇷"] {
            assert_eq!(react(&t, &hi, Some(wrong)).await.said(), "422 not-an-emoji", "{wrong}");
        }
        let like = line(&t, "wamid.like").await;
        assert_eq!(react(&t, &like, Some("👍")).await.said(), "404 not-found");
        t.pass_here(SignedDuration::from_hours(24));
        assert_eq!(react(&t, &hi, Some("👍")).await.said(), "409 window-closed");
        assert_eq!(t.rows("outbox", "true").await, 0);
    }

    async fn a_reaction_of_ours_goes_out_is_changed_and_taken_back(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000002").await;
        let conversation = vera.says("Is it there?").await;
        let asked = t.ana.thread(&conversation).await[0].clone();
        let waits = t.ana.conversation(&conversation).await["waiting_since"].clone();
        for (n, emoji) in [Some("👀"), Some("👍"), None].into_iter().enumerate() {
            let shown = react(&t, &asked, emoji).await.ok();
            let expect: Vec<_> = emoji.map(|emoji| of("out", emoji)).into_iter().collect();
            assert_eq!(emojis(&shown), expect);
            t.called(n + 1).await;
            let sent = &t.sends().await[n]["request"];
            let object = json!({"message_id": asked["external_id"], "emoji": emoji.unwrap_or_default()});
            assert_eq!((&sent["type"], &sent["reaction"]), (&json!("reaction"), &object));
            assert_eq!(react(&t, &asked, emoji).await.status, 200, "the same again");
        }
        let now = t.ana.conversation(&conversation).await;
        assert_eq!(now["waiting_since"], waits, "an emoji is no answer");
        assert_eq!(now["preview"]["direction"], "out");
        t.called(3).await;
    }

    async fn a_reaction_that_still_waits_is_replaced_and_needs_no_taking_back(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000002").await;
        let conversation = vera.says("Is it there?").await;
        let asked = t.ana.thread(&conversation).await[0].clone();
        t.revokes_the_token().await;
        t.ana.reply(&conversation, "It is").await;
        until("the channel to be paused", async || {
            let state = t.ana.get("").await;
            (state["channels"][0]["paused"] == "token").then_some(())
        })
        .await;
        let before = t.rows("outbox", "true").await;
        react(&t, &asked, Some("👀")).await.ok();
        react(&t, &asked, Some("👍")).await.ok();
        assert_eq!(t.rows("outbox", "true").await, before + 1);
        let shown = react(&t, &asked, None).await.ok();
        assert_eq!(emojis(&shown), []);
        assert_eq!(t.rows("outbox", "true").await, before);
        assert_eq!(t.rows("messages", "kind = 'reaction'").await, 0);
    }
}
