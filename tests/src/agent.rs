//! A person with a browser, without the browser.

use std::collections::BTreeMap;

use reqwest::header::{COOKIE, ORIGIN, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

/// A signed-in agent of one workspace.
pub struct Agent {
    http: Client,
    server: String,
    cookie: String,
    workspace: String,
}

/// A message as a thread shows it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// `msg_...`
    pub id: String,
    /// What was written.
    pub text: String,
    /// `queued`, `unknown`, `accepted`, ...; nothing for a customer's message.
    pub delivery: Option<String>,
}

impl Agent {
    /// First-run set-up, which signs the new owner in.
    pub async fn set_up(server: &str, code: &str) -> Self {
        let http = crate::http();
        let body = json!({
            "code": code, "name": "Marta Ibáñez", "email": "marta@casaturia.example", "password": "correct horse battery",
            "workspace": {"name": "Casa Turia", "locale": "en", "time_zone": "Europe/Madrid", "currency": "USD"},
        });
        let answer = Self::enter(&http, server, "setup", &body).await;
        assert_eq!(answer.status(), StatusCode::CREATED, "the set-up is taken");
        Self::signed_in(http, server, answer).await
    }

    /// Signs in by a link to `server`.
    pub async fn by_link(server: &str, link: &str) -> Self {
        let http = crate::http();
        let token = link.rsplit('/').next().unwrap();
        let answer = Self::enter(&http, server, &format!("links/{token}"), &json!({})).await;
        assert_eq!(answer.status(), StatusCode::OK, "the link is taken");
        Self::signed_in(http, server, answer).await
    }

    async fn enter(http: &Client, server: &str, door: &str, body: &Value) -> Response {
        let request = http.post(format!("{server}/api/v1/{door}"));
        request
            .header(ORIGIN, server)
            .json(body)
            .send()
            .await
            .unwrap()
    }

    async fn signed_in(http: Client, server: &str, answer: Response) -> Self {
        let cookie = answer.headers()[SET_COOKIE].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let session: Value = answer.json().await.unwrap();
        let workspace = session["workspaces"][0]["id"].as_str().unwrap().to_owned();
        Self {
            http,
            server: server.to_owned(),
            cookie,
            workspace,
        }
    }

    /// The same person at another server with the same data.
    #[must_use]
    pub fn at(&self, server: &str) -> Self {
        Self {
            http: self.http.clone(),
            server: server.to_owned(),
            cookie: self.cookie.clone(),
            workspace: self.workspace.clone(),
        }
    }

    /// `wsp_...`
    #[must_use]
    pub fn workspace(&self) -> &str {
        &self.workspace
    }

    /// The cookie that a browser would send.
    #[must_use]
    pub fn cookie(&self) -> &str {
        &self.cookie
    }

    /// Where the workspace's changes stand now.
    pub async fn cursor(&self) -> i64 {
        self.get("").await["cursor"].as_i64().unwrap()
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!(
            "{}/api/v1/workspaces/{}/{path}",
            self.server, self.workspace
        );
        self.http
            .request(method, url.trim_end_matches('/'))
            .header(COOKIE, &self.cookie)
            .header(ORIGIN, &self.server)
    }

    /// Reads something of the workspace.
    pub async fn get(&self, path: &str) -> Value {
        let answer = self.request(Method::GET, path).send().await.unwrap();
        assert!(
            answer.status().is_success(),
            "GET {path}: {}",
            answer.status()
        );
        answer.json().await.unwrap()
    }

    /// Sends a change; `None` if the server did not live to answer.
    pub async fn post(&self, path: &str, body: &Value) -> Option<(StatusCode, Value)> {
        let answer = self
            .request(Method::POST, path)
            .json(body)
            .send()
            .await
            .ok()?;
        let status = answer.status();
        Some((status, answer.json().await.ok()?))
    }

    /// All open conversations by the phone of their contact.
    pub async fn conversations(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let mut before = String::new();
        loop {
            let page = self
                .get(&format!("conversations?view=all&limit=50{before}"))
                .await;
            for conversation in page["items"].as_array().unwrap() {
                let contact = &conversation["contact"];
                let key = contact["phone"]
                    .as_str()
                    .or(contact["bsuid"].as_str())
                    .unwrap();
                let twin = found.insert(
                    key.to_owned(),
                    conversation["id"].as_str().unwrap().to_owned(),
                );
                assert_eq!(twin, None, "two open conversations with {key}");
            }
            let Some(next) = page["next"].as_str() else {
                return found;
            };
            before = format!("&before={next}");
        }
    }

    /// Everything that a thread shows of one direction, oldest first.
    pub async fn thread(&self, conversation: &str, direction: &str) -> Vec<Shown> {
        let mut pages = Vec::new();
        let mut before = String::new();
        loop {
            let page = self
                .get(&format!(
                    "conversations/{conversation}/thread?limit=50{before}"
                ))
                .await;
            let older = page["older"]
                .as_str()
                .map(|older| format!("&before={older}"));
            pages.push(page);
            let Some(older) = older else { break };
            before = older;
        }
        let entries = pages
            .iter()
            .rev()
            .flat_map(|page| page["entries"].as_array().unwrap());
        entries
            .filter(|entry| entry["direction"] == direction)
            .map(shown)
            .collect()
    }
}

fn shown(entry: &Value) -> Shown {
    Shown {
        id: entry["id"].as_str().unwrap().to_owned(),
        text: entry["text"].as_str().unwrap_or_default().to_owned(),
        delivery: entry["delivery"].as_str().map(str::to_owned),
    }
}
