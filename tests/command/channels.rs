//! Channels at the terminal, while the server runs.

use charla_tests::agent::Agent;
use charla_tests::database::Engine;
use charla_tests::install::Install;
use charla_tests::program::Running;
use charla_tests::sandbox::Sandbox;
use charla_tests::until::until;
use reqwest::StatusCode;
use serde_json::{Value, json};

const CUSTOMER: &str = "34600200001";
/// Meta's refusal that sets a number to rest until its bill is paid.
const NOT_PAID: u32 = 131_042;

/// A running install with a number, to which one customer has written.
struct House {
    sandbox: Sandbox,
    install: Install,
    running: Running,
    agent: Agent,
    conversation: String,
}

impl House {
    async fn new(engine: Engine) -> Self {
        let sandbox = Sandbox::start().await;
        let install = Install::new(engine, &sandbox.graph_url).await;
        let running = install.start().await;
        let agent = install.set_up(&running).await;
        install.connect(&sandbox).await;
        sandbox.delivers_to(&install.url()).await;
        sandbox.add_customer(CUSTOMER).await;
        sandbox.customer_writes(CUSTOMER, "Hi").await;
        let conversation = until("the conversation", async || {
            agent.conversations().await.into_values().next()
        })
        .await;
        Self {
            sandbox,
            install,
            running,
            agent,
            conversation,
        }
    }

    async fn reply(&self, text: &str) -> (StatusCode, Value) {
        let path = format!("conversations/{}/messages", self.conversation);
        let body = json!({"kind": "reply", "text": text, "key": text});
        self.agent.post(&path, &body).await.unwrap()
    }

    async fn channel(&self, command: &str) -> Value {
        let number = &self.sandbox.phone_number_id;
        self.install.run(["channel", command, number]).await
    }

    /// The one channel as the terminal lists it.
    async fn listed(&self) -> Value {
        let list = self.install.run(["channel", "list", "--json"]).await;
        assert_eq!(list.as_array().unwrap().len(), 1, "{list}");
        list[0].clone()
    }

    /// Sends a reply that sets the number to rest; how it is listed then.
    async fn rests_after(&self, text: &str) -> Value {
        let not_paid = json!({"fail_next": {"code": NOT_PAID}});
        self.sandbox.faults(&not_paid).await;
        assert_eq!(self.reply(text).await.0, StatusCode::CREATED);
        until("the number to rest", async || {
            let listed = self.listed().await;
            (listed["state"] == "rests").then_some(listed)
        })
        .await
    }

    async fn thread(&self) -> Value {
        let path = format!("conversations/{}/thread?limit=50", self.conversation);
        self.agent.get(&path).await
    }

    async fn on_the_phone(&self, text: &str) {
        until("the reply to reach the phone", async || {
            self.sandbox
                .on_phones()
                .await
                .contains_key(text)
                .then_some(())
        })
        .await;
    }

    /// What the customer has written, as the thread shows it.
    async fn heard(&self) -> Vec<String> {
        let thread = self.agent.thread(&self.conversation, "in").await;
        thread.into_iter().map(|message| message.text).collect()
    }

    /// Whether any update was nobody's.
    async fn foreign(&self) -> bool {
        let url = format!("{}/metrics", self.install.url());
        let answer = charla_tests::http().get(url).send().await.unwrap();
        let metrics = answer.text().await.unwrap();
        let line = metrics
            .lines()
            .find(|line| line.starts_with("charla_updates_foreign"));
        line.is_some_and(|line| !line.ends_with(" 0"))
    }
}

async fn a_disconnected_number_is_silent_and_taken_up_again(engine: Engine) {
    let house = House::new(engine).await;
    let before = house.listed().await;
    assert_eq!(before["state"], "sends");

    house.rests_after("Refused").await;
    assert_eq!(house.reply("Too late").await.0, StatusCode::CREATED);
    let said = house.channel("disconnect").await;
    assert_eq!(said["returned_to_drafts"], 2, "{said}");
    assert_eq!(house.listed().await["state"], "disconnected");

    let page = house.thread().await;
    assert_eq!(page["drafts"]["reply"], "Refused\nToo late", "{page}");
    let entries = page["entries"].as_array().unwrap();
    let told = entries
        .iter()
        .find(|entry| entry["kind"] == "returned_to_draft")
        .unwrap();
    assert_eq!(told["parts"][0]["params"]["why"], "disconnected", "{told}");
    let out = house.agent.thread(&house.conversation, "out").await;
    assert!(out.is_empty(), "{out:?}");

    let (status, problem) = house.reply("Nobody hears this").await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("channel-disconnected"))
    );
    until(
        "the server to take its webhooks for a stranger's",
        async || {
            house.sandbox.customer_writes(CUSTOMER, "Hello?").await;
            house.foreign().await.then_some(())
        },
    )
    .await;
    let refused = house
        .install
        .end(["channel", "resume", &house.sandbox.phone_number_id])
        .await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(
        refused.said.contains("charla channel connect"),
        "{refused:?}"
    );

    house.install.connect(&house.sandbox).await;
    let after = house.listed().await;
    assert_eq!(
        (&after["id"], &after["state"]),
        (&before["id"], &json!("sends"))
    );
    until("the server to hear the number again", async || {
        house
            .sandbox
            .customer_writes(CUSTOMER, "Still there?")
            .await;
        house
            .heard()
            .await
            .iter()
            .any(|text| text == "Still there?")
            .then_some(())
    })
    .await;
    assert_eq!(house.reply("We are").await.0, StatusCode::CREATED);
    house.on_the_phone("We are").await;
    assert_eq!(
        house.sandbox.on_phones().await.len(),
        1,
        "nothing leaves by surprise"
    );
    house.running.kill().await;
}

async fn a_number_that_rests_says_why_and_is_resumed(engine: Engine) {
    let house = House::new(engine).await;
    let resting = house.rests_after("One").await;
    assert_eq!(resting["reason"], "payment");
    let words = house.install.end(["channel", "list"]).await;
    assert!(
        words
            .printed
            .contains("rests: Meta reports a payment problem"),
        "{words:?}"
    );
    let doctor = house.install.end(["doctor"]).await;
    assert_eq!(doctor.code, Some(1), "{doctor:?}");

    assert_eq!(house.reply("Two").await.0, StatusCode::CREATED);
    assert_eq!(house.channel("resume").await["resumed"], true);
    house.on_the_phone("Two").await;
    assert_eq!(house.channel("resume").await["resumed"], false);
    assert_eq!(house.listed().await["reason"], Value::Null);
    house.running.kill().await;
}

async fn a_number_is_listed_with_its_last_webhook_and_renamed(engine: Engine) {
    let house = House::new(engine).await;
    let number = &house.sandbox.phone_number_id;
    until("the last webhook to be noted", async || {
        house.listed().await["last_webhook_at"]
            .is_string()
            .then_some(())
    })
    .await;
    house
        .install
        .run(["channel", "rename", number, "Ventas"])
        .await;
    assert_eq!(house.agent.get("").await["channels"][0]["name"], "Ventas");
    let id = house.listed().await["id"].as_str().unwrap().to_owned();
    house
        .install
        .run(["channel", "rename", &id, "Tienda"])
        .await;
    assert_eq!(house.listed().await["name"], "Tienda");

    let empty = house.install.end(["channel", "rename", number, " "]).await;
    assert_eq!(empty.code, Some(2), "{empty:?}");
    let stranger = house.install.end(["channel", "rename", "1", "x"]).await;
    assert_eq!(stranger.code, Some(1), "{stranger:?}");
    assert!(
        stranger.said.contains("charla channel list"),
        "{stranger:?}"
    );
    house.running.kill().await;
}

async fn a_number_is_looked_at_and_refused_in_the_words_of_the_wizard(engine: Engine) {
    let house = House::new(engine).await;
    let sandbox = &house.sandbox;
    let number = sandbox.phone_number_id.as_str();
    let account = sandbox.waba_id.as_str();
    let token = sandbox.access_token.as_str();
    let lacking = json!({"scopes": ["whatsapp_business_messaging"]});
    let lacking = sandbox.post("tokens", &lacking).await;
    let lacking = lacking["access_token"].as_str().unwrap();
    for (token, number, account, says) in [
        (
            "EAAwrong",
            number,
            account,
            "Meta does not take this token: it is wrong, expired or revoked.",
        ),
        (lacking, number, account, "The token lacks a permission."),
        (token, number, "1", "The token does not reach this account."),
        (token, "1", account, "The token does not reach this number."),
    ] {
        let refused = house
            .install
            .tries_to_connect(token, (number, account))
            .await;
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.said.contains(says), "{refused:?}");
    }
    assert_eq!(
        house.reply("Still with its token").await.0,
        StatusCode::CREATED
    );
    house.on_the_phone("Still with its token").await;
    house.running.kill().await;
}

on_both! {
    a_number_is_looked_at_and_refused_in_the_words_of_the_wizard
    a_disconnected_number_is_silent_and_taken_up_again
    a_number_that_rests_says_why_and_is_resumed
    a_number_is_listed_with_its_last_webhook_and_renamed
}
