//! The customers' side: the sandbox's control API.

use std::collections::HashMap;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::story::Customer;
use crate::Failure;

/// The customers' phones.
pub(super) struct Phones {
    http: Client,
    control: String,
    number_id: String,
    ids: Mutex<HashMap<Customer, String>>,
}

impl Phones {
    pub(super) fn new(http: Client, control: String, number_id: String) -> Self {
        Self {
            http,
            control,
            number_id,
            ids: Mutex::default(),
        }
    }

    async fn ask(&self, method: Method, path: &str, body: &Value) -> Result<Value, Failure> {
        let answer = self
            .http
            .request(method, format!("{}{path}", self.control))
            .json(body)
            .send()
            .await?
            .error_for_status()?;
        let text = answer.text().await?;
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// The sandbox was reset: everybody is a stranger again.
    pub(super) async fn forget(&self) {
        self.ids.lock().await.clear();
    }

    /// The sandbox's id of a customer, who is added when first met.
    async fn id(&self, customer: Customer) -> Result<String, Failure> {
        let mut ids = self.ids.lock().await;
        if let Some(id) = ids.get(&customer) {
            return Ok(id.clone());
        }
        let mut person = json!({ "name": customer.name });
        if let Some(wa_id) = customer.wa_id {
            person["wa_id"] = wa_id.into();
        }
        if let Some(username) = customer.username {
            person["username"] = username.into();
        }
        let added = self.ask(Method::POST, "/customers", &person).await?;
        let id = added["id"]
            .as_str()
            .ok_or("the sandbox added nobody")?
            .to_owned();
        ids.insert(customer, id.clone());
        Ok(id)
    }

    pub(super) async fn write(
        &self,
        customer: Customer,
        mut message: Value,
    ) -> Result<(), Failure> {
        let id = self.id(customer).await?;
        message["phone_number_id"] = self.number_id.clone().into();
        self.ask(Method::POST, &format!("/customers/{id}/messages"), &message)
            .await?;
        Ok(())
    }

    /// Puts a file on the phones: its id.
    pub(super) async fn put(&self, mime: &str, bytes: &'static [u8]) -> Result<String, Failure> {
        let put = self.http.post(format!("{}/files", self.control));
        let answer = put.header(CONTENT_TYPE, mime).body(bytes).send().await?;
        let kept: Value = answer.error_for_status()?.json().await?;
        let id = kept["id"].as_str().ok_or("the sandbox kept no file")?;
        Ok(id.to_owned())
    }

    /// auto, manual or never.
    pub(super) async fn reads(&self, customer: Customer, how: &str) -> Result<(), Failure> {
        let id = self.id(customer).await?;
        self.ask(
            Method::PATCH,
            &format!("/customers/{id}"),
            &json!({ "reads": how }),
        )
        .await?;
        Ok(())
    }

    pub(super) async fn faults(&self, faults: &Value) -> Result<(), Failure> {
        self.ask(Method::PATCH, "/faults", faults).await?;
        Ok(())
    }

    pub(super) async fn no_faults(&self) -> Result<(), Failure> {
        self.ask(Method::DELETE, "/faults", &json!({})).await?;
        Ok(())
    }

    /// Whether no webhook is under way.
    pub(super) async fn settled(&self) -> Result<bool, Failure> {
        let state = self.ask(Method::GET, "/state", &Value::Null).await?;
        Ok(state["callback"]["waiting"] == 0)
    }

    pub(super) async fn pass(&self, seconds: i64) -> Result<(), Failure> {
        let body = json!({ "advance_seconds": seconds });
        self.ask(Method::POST, "/clock", &body).await?;
        Ok(())
    }
}
