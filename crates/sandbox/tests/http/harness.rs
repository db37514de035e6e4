//! A sandbox on a free port and a receiver of its webhooks.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, RawQuery, State},
    http::{HeaderMap, StatusCode},
    routing::get,
};
use reqwest::{Client, Method, Response};
use sandbox::{Faults, Hello, Options, Sandbox};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

/// Nothing here takes long; who waits longer waits for what never comes.
const PATIENCE: Duration = Duration::from_secs(10);

/// One webhook as it arrived.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Arrived {
    pub(crate) signature: String,
    pub(crate) body: Bytes,
}

impl Arrived {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn value(&self) -> Value {
        self.json()["entry"][0]["changes"][0]["value"].clone()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// `sent`, `delivered`, ...; or the text of a message.
    pub(crate) fn word(&self) -> String {
        let value = self.value();
        let word = match &value["statuses"][0]["status"] {
            Value::Null => &value["messages"][0]["text"]["body"],
            status => status,
        };
        word.as_str().unwrap_or_default().to_owned()
    }
}

struct Receiving {
    arrived: UnboundedSender<Arrived>,
    answers: Mutex<VecDeque<u16>>,
    verify_token: Mutex<String>,
}

pub(crate) struct Bench {
    pub(crate) sandbox: Sandbox,
    pub(crate) hello: Hello,
    pub(crate) http: Client,
    pub(crate) callback: String,
    receiving: Arc<Receiving>,
    arrived: UnboundedReceiver<Arrived>,
}

/// No pauses: steps follow at once, failed webhooks are tried again soon.
pub(crate) fn quick() -> Faults {
    Faults {
        delivered_after_ms: 0,
        read_after_ms: 0,
        retry_base_ms: 5,
        retry_max_ms: 20,
        ..Faults::default()
    }
}

pub(crate) fn options() -> Options {
    Options {
        seed: Some(1),
        movable_clock: true,
        faults: quick(),
        ..Options::default()
    }
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with(options()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let (sender, arrived) = unbounded_channel();
        let receiving = Arc::new(Receiving {
            arrived: sender,
            answers: Mutex::default(),
            verify_token: Mutex::default(),
        });
        let callback = receive(Arc::clone(&receiving)).await;
        let sandbox = Sandbox::start(Options {
            callback_url: options.callback_url.or_else(|| Some(callback.clone())),
            ..options
        })
        .await
        .unwrap();
        let hello = sandbox.hello();
        receiving
            .verify_token
            .lock()
            .unwrap()
            .clone_from(&hello.verify_token);
        Self {
            sandbox,
            hello,
            http: Client::builder()
                .no_proxy()
                .timeout(PATIENCE)
                .build()
                .unwrap(),
            callback,
            receiving,
            arrived,
        }
    }

    /// The next webhook.
    pub(crate) async fn webhook(&mut self) -> Arrived {
        tokio::time::timeout(PATIENCE, self.arrived.recv())
            .await
            .expect("a webhook should have come")
            .unwrap()
    }

    pub(crate) async fn words(&mut self, count: usize) -> Vec<String> {
        let mut words = Vec::new();
        for _ in 0..count {
            words.push(self.webhook().await.word());
        }
        words
    }

    /// Webhooks that came by now.
    pub(crate) fn came(&mut self) -> Vec<Arrived> {
        std::iter::from_fn(|| self.arrived.try_recv().ok()).collect()
    }

    /// The next webhooks are answered by these.
    pub(crate) fn answers(&self, answers: &[u16]) {
        self.receiving.answers.lock().unwrap().extend(answers);
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Response {
        let token = &self.hello.access_token;
        self.call_as(Some(token), method, path, body).await.unwrap()
    }

    pub(crate) async fn call_as(
        &self,
        token: Option<&str>,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> reqwest::Result<Response> {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.hello.graph_url));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        request.send().await
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        answered(self.call(Method::GET, path, None).await).await
    }

    /// Posts to `/{phone_number_id}/messages`.
    pub(crate) async fn send(&self, body: &Value) -> (u16, Value) {
        answered(self.call(Method::POST, &self.messages(), Some(body)).await).await
    }

    pub(crate) fn media(&self) -> String {
        let hello = &self.hello;
        format!("{}/v25.0/{}/media", hello.graph_url, hello.phone_number_id)
    }

    /// Posts a form to `/{phone_number_id}/media`.
    pub(crate) async fn upload(&self, parts: &[Part]) -> (u16, Value) {
        let request = self
            .http
            .post(self.media())
            .bearer_auth(&self.hello.access_token)
            .header("content-type", "multipart/form-data; boundary=sandbox")
            .body(form(parts));
        answered(request.send().await.unwrap()).await
    }

    /// Uploads a good file and returns its id.
    pub(crate) async fn uploads(&self, mime_type: &str, bytes: &[u8]) -> String {
        let parts = [
            ("messaging_product", None, b"whatsapp".to_vec()),
            ("type", None, mime_type.as_bytes().to_vec()),
            ("file", Some(mime_type.to_owned()), bytes.to_vec()),
        ];
        let (status, answer) = self.upload(&parts).await;
        assert_eq!(status, 200, "{answer}");
        answer["id"].as_str().unwrap().to_owned()
    }

    /// Puts a file on a customer's phone.
    pub(crate) async fn puts(&self, mime_type: &str, bytes: &[u8]) -> (u16, Value) {
        let url = format!("{}/files?filename=photo%201.jpg", self.hello.control_url);
        let request = self.http.post(url).header("content-type", mime_type);
        answered(request.body(bytes.to_vec()).send().await.unwrap()).await
    }

    /// Business time goes on.
    pub(crate) async fn passes(&self, seconds: i64) {
        let moved = json!({"advance_seconds": seconds});
        assert_eq!(self.control(Method::POST, "/clock", &moved).await.0, 200);
    }

    pub(crate) fn messages(&self) -> String {
        format!("/v25.0/{}/messages", self.hello.phone_number_id)
    }

    pub(crate) async fn control(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let url = format!("{}{path}", self.hello.control_url);
        let request = self.http.request(method, url);
        answered(request.json(body).send().await.unwrap()).await
    }

    pub(crate) async fn look(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.hello.control_url);
        answered(self.http.get(url).send().await.unwrap()).await.1
    }

    pub(crate) async fn bend(&self, faults: Value) {
        let (status, answer) = self.control(Method::PUT, "/faults", &faults).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// What stands on a customer's phone.
    pub(crate) async fn phone(&self, customer: usize) -> Vec<Value> {
        let path = format!("/customers/{}/messages", self.id(customer));
        self.look(&path).await["messages"]
            .as_array()
            .unwrap()
            .clone()
    }

    /// A customer writes; the webhook is taken in.
    pub(crate) async fn hears(&mut self, customer: usize, text: &str) -> Arrived {
        self.writes(customer, text).await;
        self.webhook().await
    }

    pub(crate) async fn writes(&self, customer: usize, text: &str) -> String {
        let path = format!("/customers/{}/messages", self.id(customer));
        let (status, answer) = self
            .control(Method::POST, &path, &json!({"type":"text","text":text}))
            .await;
        assert_eq!(status, 201, "{answer}");
        answer["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn id(&self, customer: usize) -> String {
        let customer = &self.hello.customers[customer];
        customer
            .wa_id
            .clone()
            .unwrap_or_else(|| customer.bsuid.clone())
    }

    /// A text to a customer, as a body for `send`.
    pub(crate) fn text_to(&self, customer: usize, text: &str) -> Value {
        self.to(customer, "text", &json!({"body": text}))
    }

    /// A message of any type to a customer, as a body for `send`.
    pub(crate) fn to(&self, customer: usize, kind: &str, content: &Value) -> Value {
        let customer = &self.hello.customers[customer];
        let mut body = json!({"messaging_product": "whatsapp", "type": kind});
        body[kind] = content.clone();
        match &customer.wa_id {
            Some(wa_id) => body["to"] = json!(format!("+{wa_id}")),
            None => body["recipient"] = json!(customer.bsuid),
        }
        body
    }
}

/// A field, or a file if it has a type.
pub(crate) type Part = (&'static str, Option<String>, Vec<u8>);

/// A form with the boundary `sandbox`.
pub(crate) fn form(parts: &[Part]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, mime_type, bytes) in parts {
        body.extend(
            format!("--sandbox\r\ncontent-disposition: form-data; name=\"{name}\"").bytes(),
        );
        if let Some(mime_type) = mime_type {
            body.extend(format!("; filename=\"{name}\"\r\ncontent-type: {mime_type}").bytes());
        }
        body.extend(b"\r\n\r\n");
        body.extend(bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--sandbox--\r\n");
    body
}

pub(crate) async fn answered(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (
        status,
        serde_json::from_str(&text).unwrap_or(Value::String(text)),
    )
}

/// A small host of one file: its address, and how often it was asked.
pub(crate) async fn host(
    status: u16,
    mime_type: &'static str,
    bytes: Vec<u8>,
) -> (String, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let router = Router::new().route(
        "/file",
        get(move || async move {
            count.fetch_add(1, Ordering::AcqRel);
            let status = StatusCode::from_u16(status).unwrap();
            (status, [("content-type", mime_type)], bytes)
        }),
    );
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .unwrap();
    let url = format!("http://{}/file", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, asked)
}

async fn receive(receiving: Arc<Receiving>) -> String {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .unwrap();
    let url = format!("http://{}/webhooks/meta", listener.local_addr().unwrap());
    let router = Router::new()
        .route("/webhooks/meta", get(verification).post(arrival))
        .layer(DefaultBodyLimit::disable())
        .with_state(receiving);
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn arrival(
    State(receiving): State<Arc<Receiving>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let answer = receiving.answers.lock().unwrap().pop_front().unwrap_or(200);
    let signature = headers["x-hub-signature-256"].to_str().unwrap().to_owned();
    assert_eq!(headers["content-type"], "application/json");
    // The test may be over.
    let _ = receiving.arrived.send(Arrived { signature, body });
    StatusCode::from_u16(answer).unwrap()
}

async fn verification(
    State(receiving): State<Arc<Receiving>>,
    RawQuery(query): RawQuery,
) -> Result<String, StatusCode> {
    let query = query.unwrap();
    let part = |name: &str| {
        let start = format!("{name}=");
        query
            .split('&')
            .find_map(|part| part.strip_prefix(&start).map(str::to_owned))
    };
    let token = receiving.verify_token.lock().unwrap().clone();
    if part("hub.mode").as_deref() != Some("subscribe") || part("hub.verify_token") != Some(token) {
        return Err(StatusCode::FORBIDDEN);
    }
    part("hub.challenge").ok_or(StatusCode::BAD_REQUEST)
}
