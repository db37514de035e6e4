//! The Graph API, as far as a WhatsApp inbox calls it.
//!
//! Paths begin with an optional version and then an id; what lies behind the id decides. So there is one
//! door, [`answer`], and a match over method and path in [`route`].

mod content;
mod download;
mod error;
mod fields;
mod links;
pub(crate) mod media;
mod messages;
mod multipart;
mod nodes;
mod onboarding;
mod profile;
mod subscriptions;
mod tokens;
mod uploads;

use std::{collections::HashMap, ops::RangeInclusive, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::{
    line::Cut,
    log::{Call, Detail, Way},
    rules::{
        faults, ids,
        onboarding::{MANAGEMENT, MESSAGING},
    },
    shared::Shared,
};
use error::GraphError;
use multipart::Part;

/// Meta's newest version with examples for WhatsApp; an unversioned path gets it.
const VERSION: &str = "v25.0";
/// The versions Meta serves. What is older gets the oldest; what is newer is no version to Meta.
const SERVED: RangeInclusive<u32> = 21..=26;
const MAX_BODY: usize = 5 * 1024 * 1024;
/// The largest document and its form.
const MAX_UPLOAD: usize = 101 * 1024 * 1024;

/// A call, taken apart.
struct GraphCall {
    method: Method,
    version: String,
    path: Vec<String>,
    query: HashMap<String, String>,
    token: Option<String>,
    content_type: String,
    /// Where the piece of an upload belongs.
    file_offset: Option<usize>,
    body: Bytes,
    form: Option<Vec<Part>>,
}

/// What a fault does to the answer of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mishap {
    Cut,
    Hang,
    Break { processed: bool },
}

/// Answers one Graph call and writes it down.
pub(crate) async fn answer(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Cut>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let is_upload = path.ends_with("/media") || path.contains("/upload:");
    let most = if is_upload { MAX_UPLOAD } else { MAX_BODY };
    // Large bodies one after the other; the semaphore is never closed.
    let _turn = if is_upload {
        shared.uploads.acquire().await.ok()
    } else {
        None
    };
    let Ok(body) = axum::body::to_bytes(body, most).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let at = shared.now();
    let began = Instant::now();
    let call = GraphCall::new(parts.method, &parts.uri, &parts.headers, body);
    if download::is_meant(&call) {
        return download::answer(&shared, &call, at, began).await;
    }
    let mishap = mishap(&shared, &call);
    let result = match mishap {
        Some(Mishap::Break { processed: false }) => Ok(Value::Null),
        _ => respond(&shared, &call).await,
    };
    let delay = shared.world().faults.answer_delay_ms;
    tokio::time::sleep(Duration::from_millis(delay)).await;
    let answer = Answer::new(&shared, result, mishap);
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    shared.record(Call {
        at,
        way: Way::FromCharla,
        url: call.url(&shared.url),
        kind: call.kind(),
        detail: Detail::of(call.detail()),
        http: answer.http.map(|status| status.as_u16()),
        took_ms,
        request: call.body_for_the_log().into(),
        response: answer.body.clone(),
        headers: call.headers_for_the_log(),
    });
    match mishap {
        Some(Mishap::Cut) => line.cut(),
        Some(Mishap::Hang) => {
            let mut stopping = shared.stopping.subscribe();
            // Ends with the caller's patience, or with the sandbox.
            let _ = stopping.wait_for(|stop| *stop).await;
            line.cut();
        }
        _ => {}
    }
    answer.into_response(&call.version)
}

/// Only messages meet with mishaps; a read receipt does not.
fn mishap(shared: &Shared, call: &GraphCall) -> Option<Mishap> {
    let message = call.method == Method::POST
        && call.path.last().is_some_and(|last| last == "messages")
        && !call.json().is_ok_and(|body| body["status"] == "read");
    if !message {
        return None;
    }
    let faults = &mut shared.world().faults;
    let processed = faults.answer_500_processed;
    if faults::take(&mut faults.answer_never_next) {
        Some(Mishap::Cut)
    } else if faults::take(&mut faults.answer_hang_next) {
        Some(Mishap::Hang)
    } else if faults::take(&mut faults.answer_500_next) {
        Some(Mishap::Break { processed })
    } else {
        None
    }
}

async fn respond(shared: &Arc<Shared>, call: &GraphCall) -> Result<Value, GraphError> {
    if shared.world().faults.down {
        return Err(GraphError::of(2));
    }
    route(shared, call).await
}

async fn route(shared: &Arc<Shared>, call: &GraphCall) -> Result<Value, GraphError> {
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    let identity = &shared.identity;
    match (&call.method, path.as_slice()) {
        (_, [version, rest @ ..]) if version_of(version).is_some() => {
            Err(GraphError::unknown_path(rest))
        }
        (&Method::GET, ["debug_token"]) => tokens::debug_token(shared, call),
        (&(Method::GET | Method::POST), ["oauth", "access_token"]) => {
            tokens::access_token(shared, call)
        }
        (&Method::POST, [app, "subscriptions"]) if *app == identity.app_id => {
            subscriptions::subscribe_app(shared, call).await
        }
        (&Method::GET, [app, "subscriptions"]) if *app == identity.app_id => {
            subscriptions::app(shared, call)
        }
        (&Method::POST, [app, "uploads"]) if *app == identity.app_id => {
            call.may(shared, MANAGEMENT)?;
            uploads::begin(shared, call)
        }
        (method, [session]) if session.starts_with("upload:") => {
            call.may(shared, MANAGEMENT)?;
            match *method {
                Method::POST => uploads::take(shared, session, call),
                _ => uploads::read(shared, session, call),
            }
        }
        (_, [waba, rest @ ..]) if *waba == identity.waba_id => {
            call.authorised(shared)?;
            match (&call.method, rest) {
                (&Method::GET, []) => nodes::account(shared, call),
                (&Method::GET, ["phone_numbers"]) => nodes::phone_numbers(shared, call),
                (&Method::GET, ["subscribed_apps"]) => Ok(subscriptions::account(shared)),
                (&Method::POST, ["subscribed_apps"]) => {
                    subscriptions::subscribe_account(shared, call).await
                }
                (&Method::DELETE, ["subscribed_apps"]) => {
                    Ok(subscriptions::unsubscribe_account(shared))
                }
                _ => Err(call.unknown()),
            }
        }
        (method, [id, rest @ ..]) => {
            call.authorised(shared)?;
            let number = shared.world().number(id);
            let Some(number) = number else {
                return match (method, rest) {
                    (&Method::GET, []) => media::look_up(shared, id, call),
                    (&Method::DELETE, []) => media::delete(shared, id, call),
                    _ => Err(call.unknown()),
                };
            };
            match (method, rest) {
                (&Method::GET, []) => nodes::phone_number(shared, number, call),
                (&Method::POST, []) if call.parameter("pin").is_some() => {
                    onboarding::set_pin(shared, number, call)
                }
                (&Method::POST, []) => subscriptions::configure_number(shared, number, call).await,
                (&Method::POST, ["messages"]) => {
                    may_send(shared, number)?;
                    messages::post(shared, number, call)
                }
                (&Method::POST, ["media"]) => media::upload(shared, number, call),
                _ => of_number(shared, number, call, rest),
            }
        }
        (_, []) => Err(call.unknown()),
    }
}

/// What is asked of a number beyond messages.
fn of_number(
    shared: &Shared,
    number: usize,
    call: &GraphCall,
    rest: &[&str],
) -> Result<Value, GraphError> {
    match (&call.method, rest) {
        (&Method::POST, ["request_code"]) => onboarding::request_code(shared, number, call),
        (&Method::POST, ["verify_code"]) => onboarding::verify_code(shared, number, call),
        (&Method::POST, ["register"]) => onboarding::register(shared, number, call),
        (&Method::POST, ["deregister"]) => onboarding::deregister(shared, number),
        (&Method::GET, ["whatsapp_business_profile"]) => Ok(profile::read(shared, number, call)),
        (&Method::POST, ["whatsapp_business_profile"]) => profile::write(shared, number, call),
        (&Method::GET, ["message_qrdls"]) => Ok(profile::links(shared, number)),
        (&Method::POST, ["message_qrdls"]) => profile::make_link(shared, number, call),
        (&Method::GET, ["message_qrdls", code]) => profile::link(shared, number, call, code),
        (&Method::DELETE, ["message_qrdls", code]) => {
            profile::delete_link(shared, number, call, code)
        }
        _ => Err(call.unknown()),
    }
}

fn may_send(shared: &Shared, number: usize) -> Result<(), GraphError> {
    let world = shared.world();
    let standing = &world.numbers[number].standing;
    Ok(standing.may_send(&world.onboarding.account)?)
}

impl GraphCall {
    fn new(method: Method, uri: &axum::http::Uri, headers: &HeaderMap, body: Bytes) -> Self {
        let mut path: Vec<String> = uri
            .path()
            .split('/')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect();
        let version = take_version(&mut path);
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let query = pairs(uri.query().unwrap_or_default().as_bytes());
        let content_type = header(header::CONTENT_TYPE).unwrap_or_default().to_owned();
        let authorization = header(header::AUTHORIZATION)
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| {
                scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("oauth")
            })
            .map(|(_, token)| token.trim().to_owned());
        let file_offset = headers
            .get("file_offset")
            .and_then(|value| value.to_str().ok());
        let form = multipart::parts(&content_type, &body);
        let mut call = Self {
            method,
            version,
            path,
            query,
            token: None,
            content_type,
            file_offset: file_offset.and_then(|offset| offset.parse().ok()),
            body,
            form,
        };
        let token = call.parameter("access_token").or(authorization);
        call.token = token.filter(|token| !token.is_empty());
        call
    }

    /// The body as an object: JSON whatever the header says, or a form whose values may be JSON.
    fn json(&self) -> Result<Value, GraphError> {
        if self.body.is_empty() {
            return Ok(Value::Object(Map::new()));
        }
        if let Some(form) = &self.form {
            let fields = form
                .iter()
                .filter_map(|part| Some((part.name.clone(), structured(part.text()?))));
            return Ok(fields.collect());
        }
        if let Ok(body) = serde_json::from_slice(&self.body) {
            return Ok(body);
        }
        if !self
            .content_type
            .starts_with("application/x-www-form-urlencoded")
        {
            return Err(GraphError::parameter("The request body is not valid JSON."));
        }
        let form = pairs(&self.body).into_iter();
        Ok(form
            .map(|(name, value)| (name, structured(value)))
            .collect())
    }

    /// A parameter from the query or the body, as Graph takes it from either.
    fn parameter(&self, name: &str) -> Option<String> {
        if let Some(value) = self.query.get(name) {
            return Some(value.clone());
        }
        match self.json().ok()?.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        }
    }

    /// The file of a form.
    fn file(&self) -> Option<&Part> {
        let form = self.form.as_ref()?;
        form.iter()
            .find(|part| part.name == "file" && part.filename.is_some())
    }

    /// May the token do what the path asks? Messages and their files take another permission than the rest.
    fn authorised(&self, shared: &Shared) -> Result<(), GraphError> {
        let [id, rest @ ..] = self.path.as_slice() else {
            return self.may(shared, MANAGEMENT);
        };
        let managed = *id == shared.identity.waba_id || shared.world().number(id).is_some();
        let of_messages = match rest.first() {
            Some(what) if managed => ["messages", "media"].contains(&what.as_str()),
            _ => !managed,
        };
        self.may(shared, if of_messages { MESSAGING } else { MANAGEMENT })
    }

    /// Is the token the app's own, `{app_id}|{app_secret}`?
    fn by_the_app(&self, shared: &Shared) -> Result<(), GraphError> {
        let token = self.token.as_deref().ok_or_else(GraphError::no_token)?;
        if token == shared.identity.app_token() {
            return Ok(());
        }
        Err(GraphError::bad_token())
    }

    fn unknown(&self) -> GraphError {
        GraphError::unknown_object(&self.method, self.path.first().map_or("", String::as_str))
    }

    fn kind(&self) -> String {
        let last = match self.path.as_slice() {
            [] => "",
            [one] => one,
            [.., last] => last,
        };
        format!("{} /{last}", self.method)
    }

    fn detail(&self) -> String {
        let Ok(body) = self.json() else {
            return self.query.get("fields").cloned().unwrap_or_default();
        };
        if let Some(file) = self.file() {
            return file.content_type.clone().unwrap_or_default();
        }
        match (&body["status"], &body["typing_indicator"], &body["type"]) {
            (Value::String(_), Value::Object(_), _) => "typing".to_owned(),
            (Value::String(status), _, _) => status.clone(),
            (_, _, Value::String(kind)) => kind.clone(),
            (_, _, Value::Null) if body["text"].is_object() => "text".to_owned(),
            _ => String::new(),
        }
    }

    /// The whole address, without tokens in it.
    fn url(&self, origin: &str) -> String {
        let mut url = format!("{origin}/{}/{}", self.version, self.path.join("/"));
        let mut shown: Vec<_> = self
            .query
            .iter()
            .filter(|(name, _)| !name.ends_with("_token"))
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        shown.sort();
        if !shown.is_empty() {
            url.push('?');
            url.push_str(&shown.join("&"));
        }
        url
    }

    fn body_for_the_log(&self) -> String {
        match &self.form {
            Some(form) => media::shown(form).to_string(),
            None if self.file_offset.is_some() => format!("{} bytes", self.body.len()),
            None => String::from_utf8_lossy(&self.body).into_owned(),
        }
    }

    fn headers_for_the_log(&self) -> Vec<(String, String)> {
        let mut headers = Vec::new();
        if self.token.is_some() {
            headers.push(("authorization".to_owned(), String::new()));
        }
        if !self.content_type.is_empty() {
            headers.push(("content-type".to_owned(), self.content_type.clone()));
        }
        headers
    }
}

/// Takes the version off a path and tells which one serves it. What is no version to Meta stays.
fn take_version(path: &mut Vec<String>) -> String {
    match path.first().and_then(|first| version_of(first)) {
        Some(major) if major <= *SERVED.end() => {
            path.remove(0);
            format!("v{}.0", major.max(*SERVED.start()))
        }
        _ => VERSION.to_owned(),
    }
}

/// The first number of `v25.0`: a letter, two numbers.
fn version_of(part: &str) -> Option<u32> {
    let (major, minor) = part.strip_prefix('v')?.split_once('.')?;
    minor.parse::<u32>().ok()?;
    major.parse().ok()
}

/// An object or a list in a form is JSON; all else is text.
fn structured(value: String) -> Value {
    match value.as_bytes().first() {
        Some(b'{' | b'[') => serde_json::from_str(&value).unwrap_or(Value::String(value)),
        _ => Value::String(value),
    }
}

fn pairs(text: &[u8]) -> HashMap<String, String> {
    // `Url` is the one form decoder at hand.
    reqwest::Url::parse("http://sandbox/")
        .map(|mut url| {
            url.set_query(std::str::from_utf8(text).ok());
            url.query_pairs().into_owned().collect()
        })
        .unwrap_or_default()
}

struct Answer {
    http: Option<StatusCode>,
    body: String,
    json: bool,
    trace_id: String,
    /// For `www-authenticate`: what was wrong with the token or the request.
    challenge: Option<String>,
}

impl Answer {
    fn new(shared: &Shared, result: Result<Value, GraphError>, mishap: Option<Mishap>) -> Self {
        let trace_id = ids::fbtrace_id(&mut shared.world().rng);
        let (http, body) = match (mishap, result) {
            (Some(Mishap::Cut), _) => (None, "connection closed by the sandbox".to_owned()),
            (Some(Mishap::Hang), _) => (None, "never answered by the sandbox".to_owned()),
            (Some(Mishap::Break { .. }), _) => (
                Some(StatusCode::INTERNAL_SERVER_ERROR),
                "<html><body>Sorry, something went wrong.</body></html>".to_owned(),
            ),
            (None, Ok(value)) => (Some(StatusCode::OK), value.to_string()),
            (None, Err(error)) => {
                return Self {
                    http: Some(error.http()),
                    body: error.envelope(&trace_id).to_string(),
                    json: true,
                    challenge: error.challenge(),
                    trace_id,
                };
            }
        };
        Self {
            http,
            body,
            json: mishap.is_none(),
            trace_id,
            challenge: None,
        }
    }

    fn into_response(self, version: &str) -> Response {
        let kind = if self.json {
            "application/json; charset=UTF-8"
        } else {
            "text/html; charset=utf-8"
        };
        let mut response = Response::builder()
            .status(self.http.unwrap_or(StatusCode::OK))
            .header(header::CONTENT_TYPE, kind)
            .header(header::CACHE_CONTROL, "no-store")
            .header("facebook-api-version", version)
            .header("x-fb-trace-id", self.trace_id);
        if let Some(challenge) = self.challenge {
            response = response.header(header::WWW_AUTHENTICATE, challenge);
        }
        response
            .body(Body::from(self.body))
            .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
    }
}
