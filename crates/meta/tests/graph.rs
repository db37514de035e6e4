//! The Graph client against a server that answers whatever a test wants.

#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, and so may its helpers"
)]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use domain::cards::{ContactCard, Place, Reach};
use domain::media::MediaKind;
use domain::outbound::Content;
use domain::{MediaId, Timestamp};
use meta::errors::{Pause, Retry, UserAdvice};
use meta::graph::{CallError, Graph, NotSentCause, Outbound, Outcome, Recipient, UnknownCause};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const TAKEN: &str = r#"{"messaging_product":"whatsapp",
    "contacts":[{"input":"+34600000001","wa_id":"34600000001"}],"messages":[{"id":"wamid.OUT1"}]}"#;

/// What the server was asked.
#[derive(Debug, Clone, Default, PartialEq)]
struct Asked {
    line: String,
    authorization: String,
    body: Value,
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

fn client(timeout: Duration) -> reqwest::Client {
    // Another test of this process may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .timeout(timeout)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}

fn graph_at(address: SocketAddr) -> Graph {
    Graph::new(
        &format!("http://{address}"),
        client(Duration::from_secs(30)),
    )
    .unwrap()
}

/// A server with one answer for everything.
async fn answering(status: u16, body: &'static str) -> (Graph, Arc<Mutex<Asked>>) {
    let asked = Arc::new(Mutex::new(Asked::default()));
    let seen = Arc::clone(&asked);
    let app = Router::new().fallback(
        move |method: Method, uri: Uri, headers: HeaderMap, sent: Bytes| async move {
            *seen.lock().unwrap() = Asked {
                line: format!("{method} {uri}"),
                authorization: headers["authorization"].to_str().unwrap().to_owned(),
                body: serde_json::from_slice(&sent).unwrap_or_default(),
            };
            (StatusCode::from_u16(status).unwrap(), body)
        },
    );
    let (listener, address) = listen().await;
    tokio::spawn(async { axum::serve(listener, app).await });
    (graph_at(address), asked)
}

/// A server that reads a request, writes these bytes and hangs up.
async fn hanging_up_after(bytes: &'static [u8]) -> Graph {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = socket.read(&mut request).await;
            let _ = socket.write_all(bytes).await;
        }
    });
    graph_at(address)
}

async fn send(graph: &Graph) -> Outcome {
    let to = Recipient {
        wa_id: Some("34600000001"),
        bsuid: None,
    };
    let content = Content::Text("Hola".into());
    let message = Outbound {
        to,
        content: &content,
        file: None,
        reply_to: None,
        try_ref: "try_1",
    };
    graph.send("a-token", "520000000000001", message).await
}

/// The body of a message that says this, in answer to a message of the customer.
async fn body_of(content: &Content) -> Value {
    let (graph, asked) = answering(200, TAKEN).await;
    let message = Outbound {
        to: Recipient::default(),
        content,
        file: Some("700"),
        reply_to: Some("wamid.IN1"),
        try_ref: "try_1",
    };
    graph.send("t", "5", message).await;
    asked.lock().unwrap().body.clone()
}

#[tokio::test]
async fn a_file_is_named_by_its_id_and_told_what_it_takes() {
    for (kind, name, caption, word, object) in [
        (
            MediaKind::Image,
            Some("a.png"),
            Some("Hola"),
            "image",
            json!({"id": "700", "caption": "Hola"}),
        ),
        (MediaKind::Video, None, None, "video", json!({"id": "700"})),
        (
            MediaKind::Document,
            Some("a.pdf"),
            None,
            "document",
            json!({"id": "700", "filename": "a.pdf"}),
        ),
        (
            MediaKind::Audio,
            Some("a.mp3"),
            None,
            "audio",
            json!({"id": "700"}),
        ),
        (
            MediaKind::Voice,
            None,
            None,
            "audio",
            json!({"id": "700", "voice": true}),
        ),
        (
            MediaKind::Sticker,
            None,
            None,
            "sticker",
            json!({"id": "700"}),
        ),
    ] {
        let body = body_of(&Content::File {
            file: MediaId::new(Timestamp::UNIX_EPOCH, [0; 10]),
            kind,
            name: name.map(str::to_owned),
            caption: caption.map(str::to_owned),
        })
        .await;
        assert_eq!(
            (&body["type"], &body[word]),
            (&json!(word), &object),
            "{kind:?}"
        );
        assert_eq!(body["context"], json!({"message_id": "wamid.IN1"}));
    }
}

#[tokio::test]
async fn a_place_and_peoples_cards_are_sent_as_meta_wants_them() {
    let place = Place {
        latitude: 39.47,
        longitude: -0.376,
        name: Some("Casa Turia".into()),
        address: None,
    };
    let body = body_of(&Content::Location(place)).await;
    let location = json!({"latitude": 39.47, "longitude": -0.376, "name": "Casa Turia"});
    assert_eq!(body["location"], location);
    let card = ContactCard {
        name: Some("Marta Soler Gil".into()),
        phones: vec![Reach {
            value: "+34 600 000 001".into(),
            label: Some("work".into()),
        }],
        company: Some("Casa Turia".into()),
        ..ContactCard::default()
    };
    let body = body_of(&Content::Contacts(vec![card])).await;
    let card = &body["contacts"][0];
    assert_eq!(
        card["name"],
        json!({"formatted_name": "Marta Soler Gil", "first_name": "Marta"})
    );
    assert_eq!(
        card["phones"],
        json!([{"phone": "+34 600 000 001", "type": "work"}])
    );
    assert_eq!(card["org"]["company"], "Casa Turia");
}

#[tokio::test]
async fn a_reaction_is_put_and_taken_back_and_has_no_context() {
    for (emoji, sent) in [(Some("👍"), "👍"), (None, "")] {
        let content = Content::Reaction {
            to: "wamid.IN7".into(),
            emoji: emoji.map(str::to_owned),
        };
        let body = body_of(&content).await;
        assert_eq!(body["type"], "reaction");
        let reaction = json!({"message_id": "wamid.IN7", "emoji": sent});
        assert_eq!(body["reaction"], reaction);
        assert_eq!(body.get("context"), None);
    }
}

#[tokio::test]
async fn a_text_is_sent_as_meta_wants_it() {
    let (graph, asked) = answering(200, TAKEN).await;
    let outcome = send(&graph).await;
    assert_eq!(
        outcome,
        Outcome::Accepted {
            external_id: "wamid.OUT1".into(),
            wa_id: Some("34600000001".into()),
        }
    );
    let expect = Asked {
        line: "POST /v25.0/520000000000001/messages".into(),
        authorization: "Bearer a-token".into(),
        body: json!({
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": "+34600000001",
            "type": "text",
            "text": {"body": "Hola", "preview_url": false},
            "biz_opaque_callback_data": "try_1",
        }),
    };
    assert_eq!(*asked.lock().unwrap(), expect);
}

#[tokio::test]
async fn a_reply_to_a_bsuid_with_a_link() {
    let (graph, asked) = answering(
        200,
        r#"{"contacts":[{"input":"ES.1","user_id":"ES.1"}],"messages":[{"id":"wamid.OUT2"}]}"#,
    )
    .await;
    let to = Recipient {
        wa_id: None,
        bsuid: Some("ES.1"),
    };
    let content = Content::Text("Mira https://example.com".into());
    let message = Outbound {
        to,
        content: &content,
        file: None,
        reply_to: Some("wamid.IN1"),
        try_ref: "try_2",
    };
    let outcome = graph.send("t", "5", message).await;
    let accepted = Outcome::Accepted {
        external_id: "wamid.OUT2".into(),
        wa_id: None,
    };
    assert_eq!(outcome, accepted);
    let body = asked.lock().unwrap().body.clone();
    assert_eq!(body["recipient"], "ES.1");
    assert_eq!(body.get("to"), None);
    assert_eq!(body["context"], json!({"message_id": "wamid.IN1"}));
    assert_eq!(body["text"]["preview_url"], true);
}

#[tokio::test]
async fn an_envelope_is_a_refusal_whatever_the_status() {
    for (status, body, code, detail, retry, user) in [
        (
            400,
            r#"{"error":{"message":"(#131047) Re-engagement message","type":"OAuthException","code":131047,
                "error_data":{"messaging_product":"whatsapp","details":"More than 24 hours have passed."},
                "error_subcode":2494010,"fbtrace_id":"Az8"}}"#,
            131_047,
            "More than 24 hours have passed.",
            Retry::Never,
            UserAdvice::Template,
        ),
        (
            401,
            r#"{"error":{"message":"Error validating access token","type":"OAuthException","code":190}}"#,
            190,
            "Error validating access token",
            Retry::AfterFix {
                pauses: Some(Pause::Token),
            },
            UserAdvice::Fix,
        ),
        (
            503,
            r#"{"error":{"message":"Service unavailable","code":131016,"error_data":"as a plain string"}}"#,
            131_016,
            "as a plain string",
            Retry::Backoff { max_tries: 8 },
            UserAdvice::Retry,
        ),
        (
            400,
            r#"{"error":{"message":"Object does not exist","code":100,"error_subcode":33}}"#,
            100,
            "Object does not exist",
            Retry::AfterFix {
                pauses: Some(Pause::Number),
            },
            UserAdvice::Fix,
        ),
        (
            200,
            r#"{"error":{"message":"Rate limit hit","code":"131056"}}"#,
            131_056,
            "Rate limit hit",
            Retry::PairLimit,
            UserAdvice::Retry,
        ),
    ] {
        let (graph, _) = answering(status, body).await;
        let Outcome::Refused(refusal) = send(&graph).await else {
            panic!("{body}");
        };
        assert_eq!((refusal.code, refusal.http), (code, status));
        assert_eq!(refusal.detail.as_deref(), Some(detail));
        assert_eq!((refusal.advice.retry, refusal.advice.user), (retry, user));
    }
}

#[tokio::test]
async fn an_answer_without_an_envelope_leaves_it_unknown() {
    for (status, body, why) in [
        (500, "", UnknownCause::NoEnvelope { http: 500 }),
        (
            502,
            "<html>Bad gateway</html>",
            UnknownCause::NoEnvelope { http: 502 },
        ),
        (
            503,
            r#"{"error":"overloaded"}"#,
            UnknownCause::NoEnvelope { http: 503 },
        ),
        (404, "not found", UnknownCause::NoEnvelope { http: 404 }),
        (302, TAKEN, UnknownCause::NoEnvelope { http: 302 }),
        (200, "", UnknownCause::UnreadableSuccess),
        (200, "[]", UnknownCause::UnreadableSuccess),
        (200, r#"{"messages":[]}"#, UnknownCause::UnreadableSuccess),
        (
            200,
            r#"{"messages":[{"id":""}]}"#,
            UnknownCause::UnreadableSuccess,
        ),
        (
            200,
            r#"{"messages":[{"id":"wam"#,
            UnknownCause::UnreadableSuccess,
        ),
    ] {
        let (graph, _) = answering(status, body).await;
        assert_eq!(
            send(&graph).await,
            Outcome::Unknown { why },
            "{status} {body}"
        );
    }
}

#[tokio::test]
async fn a_connection_that_breaks_leaves_it_unknown() {
    for (case, bytes) in [
        ("no answer at all", b"".as_slice()),
        ("half a status line", b"HTTP/1.1 20"),
        (
            "half a body",
            b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"messages\":[{\"id\":\"wamid.X\"}",
        ),
    ] {
        let graph = hanging_up_after(bytes).await;
        let why = UnknownCause::Reset;
        assert_eq!(send(&graph).await, Outcome::Unknown { why }, "{case}");
    }
}

#[tokio::test]
async fn an_answer_that_never_comes_leaves_it_unknown() {
    let (listener, address) = listen().await;
    let app = Router::new().fallback(std::future::pending::<()>);
    tokio::spawn(async { axum::serve(listener, app).await });
    let impatient = client(Duration::from_millis(100));
    let graph = Graph::new(&format!("http://{address}"), impatient).unwrap();
    let why = UnknownCause::Timeout;
    assert_eq!(send(&graph).await, Outcome::Unknown { why });
}

#[tokio::test]
async fn what_never_left_is_not_sent() {
    let no_connection = Outcome::NotSent {
        why: NotSentCause::NoConnection,
    };
    let (listener, address) = listen().await;
    drop(listener);
    assert_eq!(send(&graph_at(address)).await, no_connection, "refused");
    assert_eq!(
        CallError::NotSent(NotSentCause::NoConnection).to_string(),
        "Graph was not asked: no connection could be made"
    );

    let (listener, address) = listen().await;
    tokio::spawn(async { axum::serve(listener, Router::new()).await });
    let no_tls = Graph::new(
        &format!("https://{address}"),
        client(Duration::from_secs(30)),
    );
    assert_eq!(send(&no_tls.unwrap()).await, no_connection, "no TLS");

    let content = Content::Text("Hola".into());
    let message = Outbound {
        to: Recipient::default(),
        content: &content,
        file: None,
        reply_to: None,
        try_ref: "try_1",
    };
    let unwritable = graph_at(address).send("a\ntoken", "5", message).await;
    let why = NotSentCause::BadRequest;
    assert_eq!(unwritable, Outcome::NotSent { why });
}

#[tokio::test]
async fn reading_and_typing_are_one_call() {
    let (graph, asked) = answering(200, r#"{"success":true}"#).await;
    for (typing, expect) in [(false, Value::Null), (true, json!({"type": "text"}))] {
        graph
            .mark_read("t", "5", "wamid.IN1", typing)
            .await
            .unwrap();
        let asked = asked.lock().unwrap();
        assert_eq!(asked.line, "POST /v25.0/5/messages");
        assert_eq!(asked.body["status"], "read");
        assert_eq!(asked.body["message_id"], "wamid.IN1");
        assert_eq!(asked.body["typing_indicator"], expect);
    }
}

#[tokio::test]
async fn a_number_is_told_in_metas_words() {
    let (graph, asked) = answering(
        200,
        r#"{"id":"5","display_phone_number":"+34 960 00 12 34","verified_name":"Sillas Soler",
            "quality_rating":"GREEN","status":"CONNECTED","surprise":[1]}"#,
    )
    .await;
    let number = graph.phone_number("t", "5").await.unwrap();
    assert_eq!(
        number.display_phone_number.as_deref(),
        Some("+34 960 00 12 34")
    );
    assert_eq!(number.status.as_deref(), Some("CONNECTED"));
    assert_eq!(number.messaging_limit, None);
    let line = asked.lock().unwrap().line.clone();
    assert!(
        line.starts_with("GET /v25.0/5?fields=id%2Cdisplay_phone_number%2C"),
        "{line}"
    );

    let (graph, _) = answering(400, r#"{"error":{"code":100,"error_subcode":33}}"#).await;
    let Err(CallError::Refused(refusal)) = graph.phone_number("t", "5").await else {
        panic!("not refused");
    };
    assert_eq!(
        (refusal.code, refusal.subcode, refusal.detail),
        (100, Some(33), None)
    );
}

#[tokio::test]
async fn an_id_cannot_leave_its_place_in_the_path() {
    let (graph, asked) = answering(200, "{}").await;
    let _ = graph.mark_read("t", "../me?x=", "wamid.IN1", false).await;
    let line = asked.lock().unwrap().line.clone();
    assert_eq!(line, "POST /v25.0/..%2Fme%3Fx=/messages");
}

#[test]
fn an_address_is_checked_before_the_first_call() {
    let http = client(Duration::from_secs(1));
    for bad in [
        "",
        "graph.facebook.com",
        "ftp://graph.facebook.com",
        "/v25.0",
    ] {
        assert!(Graph::new(bad, http.clone()).is_err(), "{bad}");
    }
    assert!(Graph::new("https://graph.facebook.com", http).is_ok());
}
