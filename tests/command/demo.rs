//! The demo starts over.

use std::collections::BTreeMap;

use charla_tests::agent::Agent;
use charla_tests::program::{self, Running};
use charla_tests::until::until;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

struct Demo {
    running: Running,
    marta: Agent,
    _folder: tempfile::TempDir,
}

impl Demo {
    async fn start(words: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = program::command([&["demo", "--json"], words].concat());
        command
            .env("TMPDIR", folder.path())
            .env("CHARLA_LISTEN", "127.0.0.1:0");
        let running = Running::start(command, &folder.path().join("log")).await;
        let marta = Agent::by_link(running.said("url"), running.said("sign_in_link")).await;
        Self {
            running,
            marta,
            _folder: folder,
        }
    }

    /// Tells the sandbox something.
    async fn control(&self, path: &str, body: &Value) {
        let url = format!("{}/{path}", self.running.said("control_url"));
        let answer = charla_tests::http().post(url).json(body).send().await;
        assert!(answer.unwrap().status().is_success(), "{path}");
    }

    async fn sandbox(&self) -> Value {
        let url = format!("{}/state", self.running.said("control_url"));
        let answer = charla_tests::http().get(url).send().await.unwrap();
        answer.json().await.unwrap()
    }

    async fn later(&self, seconds: u32) {
        self.control("clock", &json!({ "advance_seconds": seconds }))
            .await;
    }

    async fn lucia_writes(&self, text: &str) {
        let body = json!({ "type": "text", "text": text });
        self.control("customers/34600001234/messages", &body).await;
    }

    async fn lucia(&self) -> String {
        let people = self.marta.conversations().await;
        people["+34600001234"].clone()
    }

    async fn reset(&self) {
        self.control("reset", &json!({})).await;
    }

    /// The last words of each open conversation.
    async fn list(&self) -> Vec<Value> {
        let page = self.marta.get("conversations?view=all&limit=50").await;
        let items = page["items"].as_array().unwrap().iter();
        items.map(|item| item["preview"]["text"].clone()).collect()
    }

    /// How many lines each open conversation has, by the contact's number.
    async fn lines(&self) -> BTreeMap<String, usize> {
        let mut lines = BTreeMap::new();
        for (who, id) in self.marta.conversations().await {
            let page = self
                .marta
                .get(&format!("conversations/{id}/thread?limit=50"))
                .await;
            lines.insert(who, page["entries"].as_array().unwrap().len());
        }
        // Who has no number has another id each time.
        lines.retain(|who, _| who.starts_with('+'));
        lines
    }

    /// Waits until this is told to its end, and nothing waits any more.
    async fn until_told(&self, list: &[Value]) {
        until("the story to be told", async || {
            let telling = self.sandbox().await["faults"]["delivered_after_ms"] == 0;
            (!telling && self.list().await == list).then_some(())
        })
        .await;
        let health = self.marta.get("health").await;
        assert_eq!(health["outbox"]["waiting"], 0, "{health}");
        assert_eq!(health["journal"]["waiting"], 0, "{health}");
        assert_eq!(health["quarantine"], json!([]), "{health}");
        assert_eq!(health["channels"][0]["paused"], Value::Null, "{health}");
    }
}

#[tokio::test]
async fn a_reset_plays_the_story_anew_whatever_was_under_way() {
    let demo = Demo::start(&[]).await;
    let (story, lines) = (demo.list().await, demo.lines().await);
    let marta = &demo.marta;
    let cursor = marta.cursor().await;

    // The number rests with an answer that waits, and it is tomorrow.
    demo.control("faults", &json!({ "token_revoked": true }))
        .await;
    let lucia = format!("conversations/{}/messages", demo.lucia().await);
    let reply = json!({ "kind": "reply", "text": "Ahora mismo", "key": "waits" });
    marta.post(&lucia, &reply).await.unwrap();
    demo.later(60).await;
    until("the number to rest", async || {
        let health = marta.get("health").await;
        (health["channels"][0]["paused"] == "token").then_some(())
    })
    .await;
    demo.later(86_400).await;
    demo.lucia_writes("¿Hola?").await;

    // Again while the story is being told: it is told once.
    demo.reset().await;
    demo.reset().await;
    demo.until_told(&story).await;
    assert_eq!(demo.lines().await, lines);
    let ahead = &demo.sandbox().await["clock"]["offset_seconds"];
    assert!((-60..=0).contains(&ahead.as_i64().unwrap()), "{ahead}");

    // A browser that slept through it is told to load anew, and the number sends.
    assert_eq!(greeted(&demo, cursor).await["type"], "resync");
    let lucia = format!("conversations/{}/messages", demo.lucia().await);
    let sent = marta.post(&lucia, &reply).await.unwrap().1;
    until("the answer to be seen", async || {
        let id = sent["id"].as_str().unwrap();
        let details = marta.get(&format!("messages/{id}")).await;
        (details["entry"]["delivery"] == "seen").then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_empty_demo_is_empty_after_a_reset() {
    let demo = Demo::start(&["--empty"]).await;
    let body = json!({ "name": "Ana", "wa_id": "34600001234" });
    demo.control("customers", &body).await;
    demo.lucia_writes("Hola").await;
    until("a conversation", async || {
        (demo.list().await.len() == 1).then_some(())
    })
    .await;
    demo.reset().await;
    demo.until_told(&[]).await;
}

/// What a browser with an old cursor hears after the greetings.
async fn greeted(demo: &Demo, cursor: i64) -> Value {
    let server = demo.running.said("url");
    let url = format!(
        "{}/live?workspace={}&after={cursor}",
        server.replace("http://", "ws://"),
        demo.marta.workspace(),
    );
    let mut request = url.into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("cookie", demo.marta.cookie().parse().unwrap());
    headers.insert("origin", server.parse().unwrap());
    let (mut socket, _) = connect_async(request).await.unwrap();
    loop {
        let Some(Ok(Message::Text(text))) = socket.next().await else {
            panic!("the socket ended");
        };
        let frame: Value = serde_json::from_str(&text).unwrap();
        if frame["type"] != "hello" && frame["type"] != "health" {
            return frame;
        }
    }
}

#[tokio::test]
async fn an_address_that_is_taken_is_named_as_it_was_given() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (words, named) in [
        (vec!["demo", "--listen", &address], "--listen"),
        (vec!["demo"], "CHARLA_LISTEN"),
    ] {
        let mut command = program::command(words);
        command.env("CHARLA_LISTEN", &address);
        let ended = program::end(command).await;
        assert_ne!(ended.code, Some(0), "{ended:?}");
        assert!(
            ended.said.contains(&format!("{named} is {address}")),
            "{ended:?}"
        );
    }
}
