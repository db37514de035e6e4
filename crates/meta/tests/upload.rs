//! Handing a file over in pieces, against a server that loses one.

#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, and so may its helpers"
)]

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use meta::graph::{CallError, Graph, NewFile, UnknownCause};
use tokio::net::TcpListener;

const BEGUN: &str = r#"{"id":"upload:MTphdHRh?sig=ARZ"}"#;

type Answers = Vec<(u16, &'static str)>;

/// A server that gives these answers in turn, and what it was asked: line, offset and body.
async fn answering(answers: Answers) -> (Graph, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (seen, answers) = (Arc::clone(&asked), Arc::new(answers));
    let app = Router::new().fallback(
        move |method: Method, uri: Uri, headers: HeaderMap, sent: Bytes| async move {
            let offset = headers.get("file_offset").map(|at| at.to_str().unwrap());
            let body = String::from_utf8_lossy(&sent);
            let mut seen = seen.lock().unwrap();
            let (status, answer) = answers[seen.len()];
            seen.push(format!("{method} {uri} {} {body}", offset.unwrap_or("-")));
            (StatusCode::from_u16(status).unwrap(), answer)
        },
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, app).await });
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    (Graph::new(&url, client).unwrap(), asked)
}

async fn hands_over(graph: &Graph) -> Result<String, CallError> {
    let file = NewFile {
        name: "picture",
        mime: "image/png",
        bytes: b"abcdef",
    };
    graph.upload("a-token", "670000000000001", file).await
}

#[tokio::test]
async fn a_piece_that_broke_off_goes_on_from_where_meta_has_it() {
    let (graph, asked) = answering(vec![
        (200, BEGUN),
        (502, "<html>"),
        (200, r#"{"id":"upload:MTphdHRh","file_offset":4}"#),
        (200, r#"{"h":"4::aW1h"}"#),
    ])
    .await;
    assert_eq!(hands_over(&graph).await.unwrap(), "4::aW1h");
    assert_eq!(
        *asked.lock().unwrap(),
        [
            "POST /v25.0/670000000000001/uploads?file_name=picture&file_length=6&file_type=image%2Fpng - ",
            "POST /v25.0/upload:MTphdHRh?sig=ARZ 0 abcdef",
            "GET /v25.0/upload:MTphdHRh?sig=ARZ - ",
            "POST /v25.0/upload:MTphdHRh?sig=ARZ 4 ef",
        ]
    );
}

#[tokio::test]
async fn what_meta_refuses_is_not_sent_again_and_an_odd_session_is_not_followed() {
    let refused = r#"{"error":{"message":"no","code":100}}"#;
    let (graph, asked) = answering(vec![(200, BEGUN), (400, refused)]).await;
    let said = hands_over(&graph).await.unwrap_err();
    assert!(matches!(said, CallError::Refused(why) if why.code == 100));
    assert_eq!(asked.lock().unwrap().len(), 2);

    let (graph, asked) = answering(vec![(200, r#"{"id":"upload:../me?x=1"}"#)]).await;
    let said = hands_over(&graph).await.unwrap_err();
    assert_eq!(said, CallError::Unknown(UnknownCause::UnreadableSuccess));
    assert_eq!(asked.lock().unwrap().len(), 1);
}
