//! A channel's page: what an admin does there, and what it tells.

use charla_tests::until::until;
use reqwest::Method;
use serde_json::{Value, json};
use store::test_both;
use store::testing::Part;

use crate::harness::{Answer, TestApp};
use crate::media::PNG;

static TOO_LARGE: [u8; (5 << 20) + 1] = [0; (5 << 20) + 1];

async fn page(t: &TestApp) -> Value {
    t.ana.get(&format!("channels/{}", t.channel)).await
}

async fn does(t: &TestApp, what: &str) -> Answer {
    let path = format!("channels/{}/{what}", t.channel);
    t.ana.post(&path, json!({})).await
}

/// Changes something of our number at the simulated Meta.
async fn number_has(t: &TestApp, change: Value) {
    let url = format!("{}/numbers/{}", t.sandbox.control_url, t.number(0));
    let answer = t.http.request(Method::PATCH, url).json(&change).send();
    assert!(answer.await.unwrap().status().is_success());
}

async fn shows_picture(t: &TestApp, bytes: &'static [u8]) -> Answer {
    let path = format!(
        "workspaces/{}/channels/{}/profile/picture",
        t.workspace, t.channel
    );
    t.ana.sends_bytes(Method::PUT, &path, bytes).await
}

test_both! {
    async fn an_admin_pauses_sending_and_what_is_written_waits_while_customers_come_through(db: TestDb) {
        let t = TestApp::new(db).await;
        let customer = t.customer("34600009941").await;
        let conversation = customer.says("Hola").await;
        for _ in 0..2 {
            assert_eq!(does(&t, "pause").await.status, 204);
        }
        assert_eq!(page(&t).await["paused"], "by_hand");
        let reply = t.ana.reply(&conversation, "Buenas").await;
        assert_eq!(customer.says("¿Hay alguien?").await, conversation);
        let waiting = t.ana.message(reply["id"].as_str().unwrap()).await;
        assert_eq!(waiting["entry"]["delivery"], "queued");
        assert_eq!(t.sends().await.len(), 0);

        assert_eq!(does(&t, "resume").await.status, 204);
        customer.gets(&["Buenas"]).await;
        assert_eq!(page(&t).await["paused"], Value::Null);
        does(&t, "disconnect").await.ok();
        assert_eq!(does(&t, "pause").await.said(), "409 channel-disconnected");
    }

    async fn a_number_whose_throughput_meta_raises_sends_faster(db: TestDb) {
        let t = TestApp::new(db).await;
        does(&t, "refresh").await.ok();
        assert_eq!(page(&t).await["throughput"], 80);
        number_has(&t, json!({"throughput": "HIGH"})).await;
        until("the webhook to be followed", async || {
            (page(&t).await["throughput"] == 1_000).then_some(())
        })
        .await;
        number_has(&t, json!({"throughput": "STANDARD"})).await;
        assert_eq!(does(&t, "refresh").await.ok()["throughput"], 80);
    }

    async fn the_messaging_limit_is_used_by_people_written_to_outside_their_window(db: TestDb) {
        let t = TestApp::new(db).await;
        let (vera, luis) = (t.customer("34600009951").await, t.customer("34600009952").await);
        let (to_vera, to_luis) = (vera.says("Hola").await, luis.says("Hola").await);
        for (conversation, text) in [(&to_vera, "Buenas"), (&to_vera, "¿Sigue ahí?"), (&to_luis, "Buenas")] {
            t.ana.reply(conversation, text).await;
        }
        vera.gets(&["Buenas", "¿Sigue ahí?"]).await;
        luis.gets(&["Buenas"]).await;
        let used = async || page(&t).await["day"]["people_written_to_first"].clone();
        assert_eq!(used().await, 0, "they were answered");
        let before_yesterday = format!(
            "UPDATE messages SET at = at - 172800000000
             WHERE direction = 'in' AND 'cnv_' || lower(replace({}, '-', '')) = '{to_vera}'",
            t.as_text("conversation_id"),
        );
        t.app.store.meddle(Part::Main, &before_yesterday).await;
        until("Vera to count, once", async || (used().await == 1).then_some(())).await;
    }

    async fn a_picture_is_looked_at_and_shown_to_customers(db: TestDb) {
        let t = TestApp::new(db).await;
        let profile = format!("channels/{}/profile", t.channel);
        assert_eq!(t.ana.get(&profile).await["picture_url"], Value::Null);
        assert_eq!(shows_picture(&t, PNG).await.said(), "422 app-id-missing");
        let setup = t.ana.post("setups", json!({"app": "default"})).await.ok();
        let token = json!({"token": t.sandbox.access_token});
        t.ana.post(&format!("setups/{}/token", setup["id"].as_str().unwrap()), token).await.ok();

        for (case, bytes, said) in [
            ("another type", b"GIF89a\x01\0\x01\0\0\0\0".as_slice(), "422 picture-type"),
            ("a page", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "422 picture-type"),
            ("nothing", b"", "422 picture-type"),
            ("the beginning of one", &PNG[..12], "422 picture-type"),
            ("too large", &TOO_LARGE, "413 profile-picture-too-large"),
        ] {
            assert_eq!(shows_picture(&t, bytes).await.said(), said, "{case}");
        }
        let shown = shows_picture(&t, PNG).await.ok();
        assert!(shown["picture_url"].is_string(), "{shown}");
        assert_eq!(t.ana.get(&profile).await["picture_url"], shown["picture_url"]);
    }
}
