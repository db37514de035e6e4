//! A person with a browser.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use charla_tests::until::until;
use domain::{AgentId, WorkspaceId};
use reqwest::header::{COOKIE, ORIGIN};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use super::Socket;

/// Somebody signed in, looking at one workspace.
#[derive(Debug, Clone)]
pub(crate) struct Agent {
    http: Client,
    pub(crate) server: String,
    pub(crate) cookie: String,
    workspace: String,
    id: Option<AgentId>,
    keys: Arc<AtomicUsize>,
}

/// What the server answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    async fn to(request: RequestBuilder) -> Self {
        let answer = request.send().await.unwrap();
        Self {
            status: answer.status().as_u16(),
            body: serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or(Value::Null),
        }
    }

    /// The status, and the code of a problem: `409 window-closed`.
    pub(crate) fn said(&self) -> String {
        match self.body["code"].as_str() {
            Some(code) => format!("{} {code}", self.status),
            None => self.status.to_string(),
        }
    }

    /// The body of a success.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!(
            (200..300).contains(&self.status),
            "{} {}",
            self.status,
            self.body
        );
        self.body
    }
}

impl Agent {
    /// A browser in which nobody is signed in.
    pub(crate) fn nobody(server: &str) -> Self {
        Self {
            http: super::patient_client(),
            server: server.to_owned(),
            cookie: String::new(),
            workspace: String::new(),
            id: None,
            keys: Arc::default(),
        }
    }

    fn fresh_key(&self) -> String {
        format!("key {}", self.keys.fetch_add(1, Ordering::SeqCst))
    }

    /// The browser that has this cookie.
    pub(super) async fn with_cookie(server: &str, cookie: &str) -> Self {
        let browser = Self {
            cookie: cookie.to_owned(),
            ..Self::nobody(server)
        };
        let session = browser.send(Method::GET, "session", None).await.ok();
        let first = &session["workspaces"][0];
        Self {
            workspace: first["id"].as_str().unwrap().to_owned(),
            id: first["agent_id"].as_str().unwrap().parse().ok(),
            ..browser
        }
    }

    pub(crate) fn id(&self) -> AgentId {
        self.id.unwrap()
    }

    /// Asks for any path of the API.
    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = self.request(method, path);
        Answer::to(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }

    /// Sends a file to any path of the API.
    pub(crate) async fn sends_bytes(
        &self,
        method: Method,
        path: &str,
        bytes: &'static [u8],
    ) -> Answer {
        Answer::to(self.request(method, path).body(bytes)).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}/api/v1/{path}", self.server))
            .header(COOKIE, &self.cookie)
            .header(ORIGIN, &self.server)
    }

    fn at(&self, path: &str) -> String {
        let slash = if path.is_empty() { "" } else { "/" };
        format!("workspaces/{}{slash}{path}", self.workspace)
    }

    /// Asks for something of the workspace, whatever becomes of it.
    pub(crate) async fn try_get(&self, path: &str) -> Answer {
        self.send(Method::GET, &self.at(path), None).await
    }

    /// Something of the workspace.
    pub(crate) async fn get(&self, path: &str) -> Value {
        self.try_get(path).await.ok()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, &self.at(path), Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, &self.at(path), Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, &self.at(path), None).await
    }

    /// How long a message of this person can be taken back.
    pub(crate) async fn takes_back_for(&self, seconds: i64) {
        let body = json!({"preferences": {"undo_seconds": seconds}});
        self.send(Method::PATCH, "me", Some(body)).await.ok();
    }

    /// Uploads a file for a reply; `told` is the query.
    pub(crate) async fn uploads(&self, to: &str, told: &str, bytes: &[u8]) -> Answer {
        let path = self.at(&format!("conversations/{to}/uploads?{told}"));
        let request = self.request(Method::POST, &path).body(bytes.to_vec());
        Answer::to(request).await
    }

    /// Answers a customer with a file that was uploaded.
    pub(crate) async fn sends_file(&self, to: &str, file: &Value, text: &str) -> Answer {
        let body = json!({"kind": "reply", "text": text, "key": self.fresh_key(), "file": file});
        self.post(&format!("conversations/{to}/messages"), body)
            .await
    }

    /// Answers a customer, under a key of its own.
    pub(crate) async fn try_reply(&self, conversation: &str, text: &str) -> Answer {
        self.write(conversation, "reply", text, &self.fresh_key())
            .await
    }

    /// Answers a customer; the line of it.
    pub(crate) async fn reply(&self, conversation: &str, text: &str) -> Value {
        self.try_reply(conversation, text).await.ok()
    }

    pub(crate) async fn write(&self, to: &str, kind: &str, text: &str, key: &str) -> Answer {
        let body = json!({"kind": kind, "text": text, "key": key});
        self.post(&format!("conversations/{to}/messages"), body)
            .await
    }

    /// Does `resolve`, `reopen` or `unread` to a conversation.
    pub(crate) async fn does(&self, what: &str, conversation: &str) -> Value {
        self.post(&format!("conversations/{conversation}/{what}"), json!({}))
            .await
            .ok()
    }

    pub(crate) async fn conversation(&self, id: &str) -> Value {
        self.get(&format!("conversations/{id}")).await
    }

    /// Every conversation of a view, page by page.
    pub(crate) async fn view(&self, view: &str) -> Vec<Value> {
        let mut found = Vec::new();
        let mut mark = String::new();
        loop {
            let page = self
                .get(&format!("conversations?view={view}&limit=100{mark}"))
                .await;
            found.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => mark = format!("&before={next}"),
                None => return found,
            }
        }
    }

    /// Every line of a thread, oldest first.
    pub(crate) async fn thread(&self, conversation: &str) -> Vec<Value> {
        let mut lines = Vec::new();
        let mut mark = String::new();
        loop {
            let path = format!("conversations/{conversation}/thread?limit=100{mark}");
            let page = self.get(&path).await;
            lines.splice(0..0, page["entries"].as_array().unwrap().iter().cloned());
            match page["older"].as_str() {
                Some(older) => mark = format!("&before={older}"),
                None => return lines,
            }
        }
    }

    /// The texts of a thread in one direction, oldest first.
    pub(crate) async fn texts(&self, conversation: &str, direction: &str) -> Vec<String> {
        let lines = self.thread(conversation).await;
        let lines = lines.iter().filter(|line| line["direction"] == direction);
        lines
            .filter_map(|line| line["text"].as_str().map(str::to_owned))
            .collect()
    }

    /// A message as it stands now.
    pub(crate) async fn message(&self, id: &str) -> Value {
        self.get(&format!("messages/{id}")).await
    }

    /// Waits until a message got this far; the details of it then.
    pub(crate) async fn until_delivery(&self, id: &str, delivery: &str) -> Value {
        until(&format!("the message to be {delivery}"), async || {
            let details = self.message(id).await;
            (details["entry"]["delivery"] == delivery).then_some(details)
        })
        .await
    }

    /// Where the workspace's changes stand.
    pub(crate) async fn cursor(&self) -> i64 {
        self.get("").await["cursor"].as_i64().unwrap()
    }

    /// Opens a socket.
    pub(crate) async fn listens(&self, workspace: WorkspaceId, after: Option<i64>) -> Socket {
        Socket::open(self, &workspace.to_string(), after, &self.server)
            .await
            .unwrap()
    }
}
