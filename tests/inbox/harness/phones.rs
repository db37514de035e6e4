//! Customers and their phones, played through the simulated Meta.

use charla_tests::until::until;
use serde_json::{Value, json};

use super::TestApp;

/// Somebody who writes to the business.
#[derive(Clone)]
pub(crate) struct Customer<'t> {
    t: &'t TestApp,
    /// Their number, else their BSUID.
    pub(crate) id: String,
    number: usize,
}

impl<'t> Customer<'t> {
    pub(super) async fn with_number(t: &'t TestApp, wa_id: &str) -> Self {
        let new = json!({"name": format!("Customer {wa_id}"), "wa_id": wa_id});
        t.control("customers", &new).await;
        Self::known(t, wa_id)
    }

    pub(super) async fn without_number(t: &'t TestApp, name: &str) -> Self {
        let made = t.control("customers", &json!({"name": name})).await;
        Self::known(t, made["bsuid"].as_str().unwrap())
    }

    pub(super) fn known(t: &'t TestApp, id: &str) -> Self {
        Self {
            t,
            id: id.to_owned(),
            number: 0,
        }
    }

    /// The same person, writing to another number of the business.
    pub(crate) fn at_number(&self, number: usize) -> Self {
        Self {
            number,
            ..self.clone()
        }
    }

    /// Changes something about the person: `reads`, `online`, `name`, ...
    pub(crate) async fn is(&self, patch: Value) {
        let url = format!("{}/customers/{}", self.t.sandbox.control_url, self.id);
        let answer = self.t.http.patch(url).json(&patch).send().await.unwrap();
        assert!(answer.status().is_success(), "{patch}");
    }

    async fn write(&self, mut message: Value) -> String {
        message["phone_number_id"] = json!(self.t.number(self.number));
        let answer = self
            .t
            .control(&format!("customers/{}/messages", self.id), &message)
            .await;
        answer["id"].as_str().unwrap().to_owned()
    }

    /// Writes, and waits until it is in the inbox: the conversation it is in.
    pub(crate) async fn says(&self, text: &str) -> String {
        let wamid = self.write(json!({"text": text})).await;
        self.arrived(&wamid).await
    }

    /// The same, having come from an ad.
    pub(crate) async fn says_after_an_ad(&self, text: &str, referral: &Value) -> String {
        let wamid = self
            .write(json!({"text": text, "referral": referral}))
            .await;
        self.arrived(&wamid).await
    }

    /// Sends anything that the control API takes, and waits until it is in the inbox.
    pub(crate) async fn sends(&self, message: Value) -> String {
        let wamid = self.write(message).await;
        self.arrived(&wamid).await
    }

    /// Writes, and leaves it at that.
    pub(crate) async fn writes(&self, text: &str) -> String {
        self.write(json!({"text": text})).await
    }

    async fn arrived(&self, wamid: &str) -> String {
        let statement = format!(
            "SELECT 'cnv_' || lower(replace({}, '-', '')) FROM messages WHERE external_id = '{wamid}'",
            self.t.as_text("conversation_id"),
        );
        until("the message to be in the inbox", async || {
            self.t.found(&statement).await
        })
        .await
    }

    /// What the business wrote, as it stands on the phone.
    pub(crate) async fn phone(&self) -> Vec<String> {
        let path = format!(
            "customers/{}/messages?phone_number_id={}",
            self.id,
            self.t.number(self.number)
        );
        let thread = self.t.asked(&path).await;
        let messages = thread["messages"].as_array().unwrap();
        let ours = messages
            .iter()
            .filter(|m| m["from"] == "business" && m["status"] != "failed");
        ours.map(|m| m["text"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Waits until so many of the business's messages are on the phone.
    pub(crate) async fn gets(&self, texts: &[&str]) {
        until(&format!("{texts:?} on the phone"), async || {
            (self.phone().await == texts).then_some(())
        })
        .await;
    }

    /// Looks at everything on the phone.
    pub(crate) async fn reads(&self) {
        let body = json!({"phone_number_id": self.t.number(self.number)});
        self.t
            .control(&format!("customers/{}/read", self.id), &body)
            .await;
    }
}
