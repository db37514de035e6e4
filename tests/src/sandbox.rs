//! The simulated Meta as a process of its own.

use std::collections::BTreeMap;

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{self, Running};
use crate::until::until;

/// `charla sandbox`, with what its first line says.
pub struct Sandbox {
    running: Running,
    http: reqwest::Client,
    /// Kept for the log in it.
    _folder: TempDir,
    /// Where it plays the Graph API.
    pub graph_url: String,
    /// Where its customers are played and its faults switched.
    pub control_url: String,
    /// The app.
    pub app_id: String,
    /// What webhooks are signed with.
    pub app_secret: String,
    /// What the verification asks for.
    pub verify_token: String,
    /// What the Graph API asks for.
    pub access_token: String,
    /// The business account.
    pub waba_id: String,
    /// The one number.
    pub phone_number_id: String,
}

impl Sandbox {
    /// Starts one on a free port.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let command = program::command(["sandbox", "--listen", "127.0.0.1:0"]);
        let running = Running::start(command, &folder.path().join("log")).await;
        let said = |name| running.said(name).to_owned();
        Self {
            http: crate::http(),
            _folder: folder,
            graph_url: said("graph_url"),
            control_url: said("control_url"),
            app_id: said("app_id"),
            app_secret: said("app_secret"),
            verify_token: said("verify_token"),
            access_token: said("access_token"),
            waba_id: said("waba_id"),
            phone_number_id: said("phone_number_id"),
            running,
        }
    }

    /// The customers that the first line lists.
    pub fn customers(&self) -> &[Value] {
        self.running.first_line["customers"].as_array().unwrap()
    }

    /// Asks the control API.
    pub async fn get(&self, path: &str) -> Value {
        ok(self.http.get(format!("{}/{path}", self.control_url)), path).await
    }

    /// Tells the control API.
    pub async fn post(&self, path: &str, body: &Value) -> Value {
        ok(
            self.http
                .post(format!("{}/{path}", self.control_url))
                .json(body),
            path,
        )
        .await
    }

    /// A customer (by number or BSUID) writes. Returns the message's id.
    pub async fn customer_writes(&self, customer: &str, text: &str) -> String {
        let body = json!({"type": "text", "text": text, "phone_number_id": self.phone_number_id});
        let answer = self
            .post(&format!("customers/{customer}/messages"), &body)
            .await;
        answer["id"].as_str().unwrap().to_owned()
    }

    /// One more customer, known by a number.
    pub async fn add_customer(&self, wa_id: &str) {
        self.post(
            "customers",
            &json!({"name": format!("Customer {wa_id}"), "wa_id": wa_id}),
        )
        .await;
    }

    /// Turns switches; the others stay.
    pub async fn faults(&self, faults: &Value) {
        let request = self
            .http
            .patch(format!("{}/faults", self.control_url))
            .json(faults);
        ok(request, "the faults").await;
    }

    /// Subscribes the app as its owner would: Meta verifies the callback, then delivers to it. A server
    /// that was told the verify token a moment ago may need another moment, and the owner another click.
    pub async fn delivers_to(&self, server: &str) {
        let url = format!("{}/v25.0/{}/subscriptions", self.graph_url, self.app_id);
        let subscription = json!({
            "object": "whatsapp_business_account", "fields": "messages",
            "callback_url": format!("{server}/webhooks/meta"), "verify_token": self.verify_token,
        });
        until("the callback to be verified", async || {
            let request = self
                .http
                .post(&url)
                .bearer_auth(format!("{}|{}", self.app_id, self.app_secret));
            let answer = request.json(&subscription).send().await.unwrap();
            answer.status().is_success().then_some(())
        })
        .await;
    }

    /// Each text of the business on any phone, and how often it is there.
    pub async fn on_phones(&self) -> BTreeMap<String, u32> {
        let mut found = BTreeMap::new();
        let all = self.get("messages").await;
        let messages = all["messages"].as_array().unwrap();
        let ours = messages
            .iter()
            .filter(|message| message["from"] == "business");
        for text in ours.filter_map(|message| message["text"].as_str()) {
            *found.entry(text.to_owned()).or_default() += 1;
        }
        found
    }
}

async fn ok(request: RequestBuilder, what: &str) -> Value {
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{what}: {status} {text}");
    serde_json::from_str(&text).unwrap_or(Value::Null)
}
