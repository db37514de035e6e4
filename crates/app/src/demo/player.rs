//! Plays the story: moves the clock, lets people act, and waits until each deed has been seen.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use domain::WorkspaceId;
use jiff::{SignedDuration, Timestamp};
use sandbox::{Hello, Sandbox};
use serde_json::{Value, json};
use server::accounts::sign_in_link;
use server::{App, http};

use super::colleague::Colleague;
use super::phones::Phones;
use super::story::{self, Agent, Customer, Deed, Step};
use crate::Failure;

/// How long one deed may take to be seen.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often to look.
const LOOK: Duration = Duration::from_millis(4);
/// What a customer photographs.
const PARCEL: &[u8] = include_bytes!("parcel.jpg");
/// "Message undeliverable".
const UNDELIVERABLE: u32 = 131_026;

pub(super) struct Player {
    app: App,
    url: String,
    workspace: WorkspaceId,
    hello: Hello,
    phones: Phones,
    steps: &'static [Step],
}

impl Player {
    pub(super) fn new(
        app: App,
        url: String,
        hello: Hello,
        workspace: WorkspaceId,
        steps: &'static [Step],
    ) -> Result<Self, Failure> {
        Ok(Self {
            phones: Phones::new(
                http::client()?,
                hello.control_url.clone(),
                hello.phone_number_id.clone(),
            ),
            hello,
            app,
            url,
            workspace,
            steps,
        })
    }

    /// Forgets what happened, when it happened too, and plays the story again.
    pub(super) async fn start_over(&self, sandbox: &Sandbox) -> Result<(), Failure> {
        self.phones.forget().await;
        // What was said before the reset and is not applied yet would be told as news.
        until("what was sent before", async || {
            let settled =
                self.phones.settled().await? && self.app.store.backlog().await?.waiting == 0;
            Ok(settled.then_some(()))
        })
        .await?;
        // Whatever was injected before may have set the number to rest.
        super::connect(&self.app, self.workspace, &self.hello).await?;
        self.app.store.forget_conversations(self.workspace).await?;
        self.app.clock.begin_behind(story::length(self.steps));
        sandbox.begin_at(self.app.clock.now());
        self.app.live.wake(self.workspace);
        self.play().await
    }

    pub(super) async fn play(&self) -> Result<(), Failure> {
        let end = self.app.clock.now() + story::length(self.steps);
        let colleagues = self.sign_in().await?;
        for colleague in colleagues.values() {
            colleague.undo_seconds(0).await?;
        }
        let at_once = json!({ "delivered_after_ms": 0, "read_after_ms": 0 });
        self.phones.faults(&at_once).await?;
        for step in self.steps {
            self.wait_until(end - SignedDuration::from_mins(step.minutes_ago))
                .await?;
            self.act(&colleagues, step.deed).await?;
        }
        self.wait_until(end).await?;
        self.phones.no_faults().await?;
        for colleague in colleagues.values() {
            colleague.undo_seconds(5).await?;
        }
        Ok(())
    }

    /// Lets business time pass.
    async fn wait_until(&self, at: Timestamp) -> Result<(), Failure> {
        let wait = at.duration_since(self.app.clock.now()).as_secs();
        if wait > 0 {
            self.phones.pass(wait).await?;
        }
        Ok(())
    }

    async fn sign_in(&self) -> Result<HashMap<Agent, Colleague>, Failure> {
        let mut colleagues = HashMap::new();
        for agent in Agent::ALL {
            let user = self.app.store.user_by_email(agent.email()).await?;
            let user = user.ok_or("a colleague of the story is missing")?;
            let link = sign_in_link(&self.app, user.id).await?;
            let colleague = Colleague::sign_in(http::client()?, &self.url, &link.path).await?;
            colleagues.insert(agent, colleague);
        }
        Ok(colleagues)
    }

    async fn act(&self, colleagues: &HashMap<Agent, Colleague>, deed: Deed) -> Result<(), Failure> {
        let eye = &colleagues[&Agent::Marta];
        match deed {
            Deed::Writes(who, text) => {
                self.phones
                    .write(who, json!({ "type": "text", "text": text }))
                    .await?;
                self.arrived(eye, who, text).await
            }
            Deed::WritesFromAd(who, text) => {
                let referral = json!({
                    "source_type": "ad",
                    "source_id": "120210000000000001",
                    "source_url": "https://fb.me/casa-turia",
                    "headline": "Malvarrosa lamp",
                });
                let message = json!({ "type": "text", "text": text, "referral": referral });
                self.phones.write(who, message).await?;
                self.arrived(eye, who, text).await
            }
            Deed::SendsPhoto(who, caption) => {
                let file = self.phones.put("image/jpeg", PARCEL).await?;
                let photo = json!({ "type": "image", "file": file, "caption": caption });
                self.phones.write(who, photo).await?;
                self.arrived(eye, who, caption).await
            }
            Deed::Takes(agent, who) => {
                let by = &colleagues[&agent];
                let id = conversation(by, who).await?;
                let body = json!({ "agent_id": by.agent_id });
                by.post(&format!("conversations/{id}/assign"), &body)
                    .await?;
                read_all(by, &id).await
            }
            Deed::Answers(agent, who, text) => {
                self.answer(&colleagues[&agent], who, text, "seen").await
            }
            Deed::AnswersUnseen(agent, who, text) => {
                self.phones.reads(who, "manual").await?;
                self.answer(&colleagues[&agent], who, text, "delivered")
                    .await?;
                self.phones.reads(who, "auto").await
            }
            Deed::AnswersInVain(agent, who, text) => {
                let fails = json!({ "count": 1, "code": UNDELIVERABLE, "when": "async" });
                self.phones.faults(&json!({ "fail_next": fails })).await?;
                self.answer(&colleagues[&agent], who, text, "failed").await
            }
            Deed::Notes(agent, who, text) => write(&colleagues[&agent], who, "note", text)
                .await
                .map(drop),
            Deed::Resolves(agent, who) => {
                let by = &colleagues[&agent];
                let id = conversation(by, who).await?;
                read_all(by, &id).await?;
                by.post(&format!("conversations/{id}/resolve"), &json!({}))
                    .await?;
                Ok(())
            }
        }
    }

    /// Waits until a customer's words are the newest in their conversation.
    async fn arrived(&self, eye: &Colleague, who: Customer, text: &str) -> Result<(), Failure> {
        until(text, async || {
            let found = find(eye, who).await?;
            let newest = found["preview"]["text"].as_str().unwrap_or_default();
            Ok((newest == text).then_some(()))
        })
        .await
    }

    async fn answer(
        &self,
        by: &Colleague,
        who: Customer,
        text: &str,
        becomes: &str,
    ) -> Result<(), Failure> {
        let message = write(by, who, "reply", text).await?;
        let id = message["id"].as_str().unwrap_or_default().to_owned();
        until(text, async || {
            let details = by.get(&format!("messages/{id}")).await?;
            Ok((details["entry"]["delivery"] == becomes).then_some(()))
        })
        .await
    }
}

async fn find(by: &Colleague, who: Customer) -> Result<Value, Failure> {
    let typed = who
        .wa_id
        .map_or_else(|| who.name.replace(' ', "%20"), str::to_owned);
    let found = by.get(&format!("conversations?q={typed}")).await?;
    Ok(found["items"].get(0).cloned().unwrap_or_default())
}

async fn conversation(by: &Colleague, who: Customer) -> Result<String, Failure> {
    let found = find(by, who).await?;
    let id = found["id"].as_str();
    Ok(id
        .ok_or_else(|| format!("{} has no conversation", who.name))?
        .to_owned())
}

async fn write(by: &Colleague, who: Customer, kind: &str, text: &str) -> Result<Value, Failure> {
    let id = conversation(by, who).await?;
    read_all(by, &id).await?;
    let body = json!({ "kind": kind, "text": text, "key": format!("{id}-{}", text.len()) });
    by.post(&format!("conversations/{id}/messages"), &body)
        .await
}

/// Who answers has read.
async fn read_all(by: &Colleague, id: &str) -> Result<(), Failure> {
    let shown = by.get(&format!("conversations/{id}")).await?;
    let body = json!({ "seq": shown["last_inbound_seq"] });
    by.post(&format!("conversations/{id}/read"), &body).await?;
    Ok(())
}

async fn until(
    what: &str,
    mut seen: impl AsyncFnMut() -> Result<Option<()>, Failure>,
) -> Result<(), Failure> {
    let began = Instant::now();
    while seen().await?.is_none() {
        if began.elapsed() > PATIENCE {
            return Err(format!("waited in vain for: {what}").into());
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}
