//! Replies out: none silently lost, none sent again blindly.
//!
//! A kill while a call is under way leaves an outcome that nobody can know. Such a reply must say
//! so (`unknown`) until its status arrives; if its first call has reached the phone, a second never may.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use charla_tests::agent::Agent;
use charla_tests::database::Engine;
use charla_tests::install::Install;
use charla_tests::sandbox::Sandbox;
use charla_tests::until::until;
use reqwest::StatusCode;
use serde_json::json;
use tokio::sync::watch;

use crate::luck;

const CUSTOMERS: usize = 24;
/// How often an agent writes to one person, and asks again.
const PACE: Duration = Duration::from_millis(400);
/// Meta takes 45 replies to one person at once, then one in 6 seconds: a long run stays below that.
const AT_ONCE: usize = 40;
const THEN: Duration = Duration::from_millis(6_500);
/// Long enough for a kill to meet calls under way.
const GRAPH_TAKES_MS: u32 = 60;
/// Meta's pauses grow to hours; nobody has to wait for that here.
const LONGEST_PAUSE_MS: u32 = 400;

pub(crate) async fn prove(engine: Engine) {
    let seed = luck::seed();
    let kills = luck::kills().div_ceil(3);
    let sandbox = Sandbox::start().await;
    let install = Install::new(engine, &sandbox.graph_url).await;
    let running = install.start().await;
    let agent = Arc::new(install.set_up(&running).await);
    install.connect(&sandbox).await;
    sandbox.delivers_to(&install.url()).await;
    let customers: Vec<String> = (0..CUSTOMERS)
        .map(|number| format!("346002{number:05}"))
        .collect();
    let conversations = conversations(&sandbox, &agent, &customers).await;
    sandbox
        .faults(&json!({"answer_delay_ms": GRAPH_TAKES_MS, "retry_max_ms": LONGEST_PAUSE_MS}))
        .await;

    let (up, is_up) = watch::channel(true);
    let load = Arc::new(Load {
        agent: Arc::clone(&agent),
        is_up,
        stop: AtomicBool::new(false),
        repeated: AtomicU32::new(0),
    });
    let writers: Vec<_> = conversations
        .values()
        .map(|conversation| tokio::spawn(write(Arc::clone(&load), conversation.clone())))
        .collect();
    // The first replies leave only when they can no longer be undone.
    until("the first reply to reach a phone", async || {
        (!sandbox.on_phones().await.is_empty()).then_some(())
    })
    .await;

    let (running, killed) = luck::kill_again_and_again(&install, running, kills, seed, &up).await;
    load.stop.store(true, Ordering::Relaxed);
    let mut written = Vec::new();
    for writer in writers {
        written.extend(writer.await.unwrap());
    }
    until("every reply to leave the queue", async || {
        let shown = replies(&agent, &conversations).await;
        shown
            .values()
            .all(|delivery| delivery != "queued")
            .then_some(())
    })
    .await;

    let phones = sandbox.on_phones().await;
    // The status webhook of each reply on a phone settles what the kill left open.
    let shown = until("the statuses of what reached a phone", async || {
        let shown = replies(&agent, &conversations).await;
        let open = |text: &&String| {
            shown
                .get(*text)
                .is_some_and(|delivery| delivery == "unknown")
        };
        (!phones.keys().any(|text| open(&text))).then_some(shown)
    })
    .await;

    let unknown = shown
        .values()
        .filter(|delivery| *delivery == "unknown")
        .count();
    let doubled: Vec<_> = phones.iter().filter(|(_, times)| **times > 1).collect();
    println!(
        "{engine:?}: {} kills while serving, {} while starting; {} replies acknowledged, {} asked for again; \
         {} on phones, {} doubled there, {unknown} shown as unknown",
        killed.serving,
        killed.starting,
        written.len(),
        load.repeated.load(Ordering::Relaxed),
        phones.len(),
        doubled.len(),
    );
    let log = install.log_tail();
    assert!(doubled.is_empty(), "sent again blindly: {doubled:?}\n{log}");
    for text in &written {
        let delivery = shown
            .get(text)
            .unwrap_or_else(|| panic!("{text} was acknowledged and is lost\n{log}"));
        let on_phone = phones.contains_key(text);
        let settled = matches!(
            delivery.as_str(),
            "accepted" | "sent" | "delivered" | "seen"
        );
        assert!(
            on_phone || !settled,
            "{text} is shown as {delivery} and never reached a phone\n{log}"
        );
        assert!(
            settled || delivery == "unknown",
            "{text} is {delivery}: nothing here fails it\n{log}"
        );
    }
    assert_eq!(shown.len(), written.len(), "each reply is shown once");
    running.kill().await;
}

/// Each customer writes, and so opens a window. Returns the conversations by the customers' numbers.
async fn conversations(
    sandbox: &Sandbox,
    agent: &Agent,
    customers: &[String],
) -> BTreeMap<String, String> {
    for customer in customers {
        sandbox.add_customer(customer).await;
        sandbox.customer_writes(customer, "Hi").await;
    }
    until("the conversations", async || {
        let conversations = agent.conversations().await;
        (conversations.len() == customers.len()).then_some(conversations)
    })
    .await
}

/// Each reply's delivery, by its text, which is unique.
async fn replies(
    agent: &Agent,
    conversations: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for conversation in conversations.values() {
        for message in agent.thread(conversation, "out").await {
            let twin = found.insert(message.text.clone(), message.delivery.unwrap());
            assert_eq!(twin, None, "{} is shown twice", message.text);
        }
    }
    found
}

struct Load {
    agent: Arc<Agent>,
    is_up: watch::Receiver<bool>,
    stop: AtomicBool,
    repeated: AtomicU32,
}

/// An agent at one conversation: writes, and asks again with the same key when no answer came.
async fn write(load: Arc<Load>, conversation: String) -> Vec<String> {
    let mut is_up = load.is_up.clone();
    let mut acknowledged = Vec::new();
    let mut asking_again = tokio::time::interval(PACE);
    let mut pace = tokio::time::interval(PACE);
    while !load.stop.load(Ordering::Relaxed) {
        let text = format!("reply {} of {conversation}", acknowledged.len());
        let body = json!({"kind": "reply", "text": text, "key": format!("{conversation}-{}", acknowledged.len())});
        loop {
            match load
                .agent
                .post(&format!("conversations/{conversation}/messages"), &body)
                .await
            {
                Some((StatusCode::CREATED | StatusCode::OK, _)) => break,
                Some((status, problem)) if status.is_client_error() => panic!("{status} {problem}"),
                _ => {}
            }
            load.repeated.fetch_add(1, Ordering::Relaxed);
            is_up.wait_for(|up| *up).await.unwrap();
            asking_again.tick().await;
        }
        acknowledged.push(text);
        if acknowledged.len() == AT_ONCE {
            pace = tokio::time::interval(THEN);
        }
        pace.tick().await;
    }
    acknowledged
}
