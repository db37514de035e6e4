//! How fast answers leave, beside how fast a number may send.

use charla_tests::agent::Agent;
use charla_tests::install::Install;
use charla_tests::sandbox::Sandbox;
use charla_tests::until::until;
use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::json;

use crate::report::{self, Bar};

/// Messages a second, as Meta allows a number by default.
const ALLOWED: f64 = 80.0;
/// One answer to each is five seconds' work.
const CUSTOMERS: usize = 400;

pub(crate) async fn measure(install: &Install, sandbox: &Sandbox, agent: &Agent) {
    sandbox.delivers_to(&install.url()).await;
    for number in 0..CUSTOMERS {
        let customer = format!("34633{number:06}");
        sandbox.add_customer(&customer).await;
        sandbox.customer_writes(&customer, "Hi").await;
    }
    install.until_applied(agent).await;
    let conversations = until("the conversations", async || {
        let conversations = agent.conversations().await;
        (conversations.len() == CUSTOMERS).then_some(conversations)
    })
    .await;
    join_all(conversations.values().map(async |conversation| {
        let reply = json!({"kind": "reply", "text": "It comes in oak, too.", "key": conversation});
        let path = format!("conversations/{conversation}/messages");
        let (status, problem) = agent.post(&path, &reply).await.unwrap();
        assert_eq!(status, 201, "{problem}");
    }))
    .await;
    until("the outbox to be empty", async || {
        let health = agent.get("health").await;
        (health["outbox"]["waiting"] == 0).then_some(())
    })
    .await;
    let taken = until("the last calls", async || {
        let taken = taken(sandbox).await;
        (taken.len() == CUSTOMERS).then_some(taken)
    })
    .await;
    report::line(
        "outbound / the rate a number is allowed",
        per_second(&taken) / ALLOWED,
        "",
        Bar::AtLeast {
            must: 0.95,
            aim: 0.99,
        },
    );
}

/// When the sandbox took each answer.
async fn taken(sandbox: &Sandbox) -> Vec<Timestamp> {
    let all = sandbox.get("messages").await;
    let messages = all["messages"].as_array().unwrap().iter();
    messages
        .filter(|message| message["from"] == "business")
        .map(|message| message["at"].as_str().unwrap().parse().unwrap())
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred")]
fn per_second(taken: &[Timestamp]) -> f64 {
    let (first, last) = (taken.iter().min().unwrap(), taken.iter().max().unwrap());
    (taken.len() - 1) as f64 / last.duration_since(*first).as_secs_f64()
}
