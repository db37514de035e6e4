//! The agents' side: Charla's own API, as a browser uses it.

use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::Failure;

/// A signed-in agent.
pub(super) struct Colleague {
    http: Client,
    origin: String,
    workspace: String,
    cookie: String,
    pub(super) agent_id: String,
}

impl Colleague {
    /// Signs in by link.
    pub(super) async fn sign_in(http: Client, origin: &str, link: &str) -> Result<Self, Failure> {
        let token = link.rsplit('/').next().unwrap_or_default();
        let answer = http
            .post(format!("{origin}/api/v1/links/{token}"))
            .header(ORIGIN, origin)
            .json(&json!({}))
            .send()
            .await?
            .error_for_status()?;
        let cookie = answer
            .headers()
            .get(SET_COOKIE)
            .and_then(|c| c.to_str().ok()?.split(';').next())
            .ok_or("signing in gave no cookie")?
            .to_owned();
        let session: Value = serde_json::from_str(&answer.text().await?)?;
        let membership = &session["workspaces"][0];
        let text = |name: &str| membership[name].as_str().unwrap_or_default().to_owned();
        Ok(Self {
            http,
            origin: origin.to_owned(),
            workspace: text("id"),
            agent_id: text("agent_id"),
            cookie,
        })
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let mut request = self
            .http
            .request(method, format!("{}/api/v1/{path}", self.origin))
            .header(ORIGIN, &self.origin)
            .header(COOKIE, &self.cookie);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?.error_for_status()?;
        Ok(serde_json::from_str(&answer.text().await?).unwrap_or(Value::Null))
    }

    /// Asks about something of the workspace.
    pub(super) async fn get(&self, path: &str) -> Result<Value, Failure> {
        let path = format!("workspaces/{}/{path}", self.workspace);
        self.ask(Method::GET, &path, None).await
    }

    /// Does something in the workspace.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let path = format!("workspaces/{}/{path}", self.workspace);
        self.ask(Method::POST, &path, Some(body)).await
    }

    /// Chooses how long replies can be taken back.
    pub(super) async fn undo_seconds(&self, seconds: u8) -> Result<(), Failure> {
        let body = json!({ "preferences": { "undo_seconds": seconds } });
        self.ask(Method::PATCH, "me", Some(&body)).await?;
        Ok(())
    }
}
