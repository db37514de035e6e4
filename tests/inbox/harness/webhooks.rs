//! Webhooks as Meta sends them, written here byte by byte.

use charla_tests::webhook::{Signed, sign};
use serde_json::{Value, json};

use super::{START, TestApp};

/// A customer's text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Text {
    /// The number, if it is shown.
    pub(crate) wa_id: Option<String>,
    /// The business-scoped user id, if there is one.
    pub(crate) bsuid: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) body: String,
    /// Seconds after the beginning of the test.
    pub(crate) at: i64,
}

impl Text {
    /// A text from a number.
    pub(crate) fn from(wa_id: &str, id: &str, body: &str) -> Self {
        Self {
            wa_id: Some(wa_id.to_owned()),
            name: format!("Customer {wa_id}"),
            id: id.to_owned(),
            body: body.to_owned(),
            ..Self::default()
        }
    }

    /// A text of somebody who is known by these ids, `n` seconds after the start.
    pub(crate) fn by(wa_id: Option<&str>, bsuid: Option<&str>, n: i64) -> Self {
        Self {
            wa_id: wa_id.map(str::to_owned),
            bsuid: bsuid.map(str::to_owned),
            username: None,
            name: "Nerea Soler".to_owned(),
            id: format!("wamid.{n}"),
            body: format!("message {n}"),
            at: n,
        }
    }

    pub(crate) fn element(&self) -> Value {
        let mut message = json!({
            "id": self.id, "timestamp": (START + self.at).to_string(),
            "type": "text", "text": {"body": self.body},
        });
        if let Some(wa_id) = &self.wa_id {
            message["from"] = json!(wa_id);
        }
        if let Some(bsuid) = &self.bsuid {
            message["from_user_id"] = json!(bsuid);
        }
        message
    }

    fn contact(&self) -> Value {
        let mut contact = json!({"profile": {"name": self.name}});
        if let Some(username) = &self.username {
            contact["profile"]["username"] = json!(username);
        }
        if let Some(wa_id) = &self.wa_id {
            contact["wa_id"] = json!(wa_id);
        }
        if let Some(bsuid) = &self.bsuid {
            contact["user_id"] = json!(bsuid);
        }
        contact
    }

    /// The change that brings it to a number of the business.
    pub(crate) fn change(&self, number: &str) -> Value {
        json!({"field": "messages", "value": {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "34960001234", "phone_number_id": number},
            "contacts": [self.contact()],
            "messages": [self.element()],
        }})
    }
}

/// A body with these changes.
pub(crate) fn body_of(account: &str, changes: &[Value]) -> String {
    let entry = json!({"id": account, "time": START, "changes": changes});
    json!({"object": "whatsapp_business_account", "entry": [entry]}).to_string()
}

/// A body, signed.
pub(crate) fn signed(body: String, secret: &str) -> Signed {
    sign(body, secret)
}

/// The change that brings one message of any kind to a number of the business: `message` is what it says
/// beside its author, its id and its second.
pub(crate) fn message(number: &str, wa_id: &str, id: &str, at: i64, message: &Value) -> Value {
    let text = Text {
        at,
        ..Text::from(wa_id, id, "")
    };
    let mut change = text.change(number);
    let element = &mut change["value"]["messages"][0];
    let fields = element.as_object_mut().unwrap();
    fields.remove("text");
    fields.extend(message.as_object().unwrap().clone());
    change
}

impl TestApp {
    /// A webhook with these texts, a change each, to the first number.
    pub(crate) fn texts(&self, texts: &[Text]) -> Signed {
        let changes: Vec<Value> = texts.iter().map(|t| t.change(self.number(0))).collect();
        self.changes(&changes)
    }

    /// A webhook with these changes, signed by the default app.
    pub(crate) fn changes(&self, changes: &[Value]) -> Signed {
        let body = body_of(&self.sandbox.waba_id, changes);
        signed(body, &self.sandbox.app_secret)
    }

    /// Posts a webhook to the default app's address; the status.
    pub(crate) async fn post(&self, webhook: &Signed) -> u16 {
        self.post_to("/webhooks/meta", webhook).await
    }

    /// Posts a webhook to an address; the status.
    pub(crate) async fn post_to(&self, path: &str, webhook: &Signed) -> u16 {
        let request = self
            .http
            .post(format!("{}{path}", self.url))
            .header("content-type", "application/json")
            .header("x-hub-signature-256", &webhook.signature)
            .body(webhook.body.clone());
        request.send().await.unwrap().status().as_u16()
    }

    /// Posts a webhook and waits until it is applied.
    pub(crate) async fn told(&self, webhook: &Signed) {
        assert_eq!(self.post(webhook).await, 200);
        self.applied().await;
    }
}
