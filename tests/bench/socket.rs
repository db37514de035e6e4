//! From a webhook to the agents' sockets.

use std::time::{Duration, Instant};

use charla_tests::agent::Agent;
use charla_tests::install::Install;
use charla_tests::sandbox::Sandbox;
use charla_tests::webhook::{Text, texts};
use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::report::{self, Bar};

const SOCKETS: usize = 100;
const MESSAGES: usize = 300;
const PACE: Duration = Duration::from_millis(20);

pub(crate) async fn measure(install: &Install, sandbox: &Sandbox, agent: &Agent) {
    let (arrived, mut arrivals) = mpsc::unbounded_channel();
    for _ in 0..SOCKETS {
        listen(install, agent, arrived.clone()).await;
    }
    let http = charla_tests::http();
    let mut pace = tokio::time::interval(PACE);
    let mut sent = Vec::with_capacity(MESSAGES);
    for number in 0..MESSAGES {
        pace.tick().await;
        let text = Text {
            from: format!("34622{:06}", number % 50),
            id: format!("wamid.live{number:024}"),
            body: mark(number),
        };
        let signed = texts(sandbox, &[text]);
        sent.push(Instant::now());
        assert!(signed.post(&http, &install.url()).await);
    }
    let mut latencies = Vec::with_capacity(SOCKETS * MESSAGES);
    while latencies.len() < SOCKETS * MESSAGES {
        let arrival = tokio::time::timeout(Duration::from_secs(10), arrivals.recv()).await;
        let (number, at): (usize, Instant) =
            arrival.expect("every socket gets every message").unwrap();
        latencies.push(at.duration_since(sent[number]).as_secs_f64() * 1_000.0);
    }
    report::line(
        "webhook to socket, p50",
        report::percentile(&mut latencies, 0.5),
        "ms",
        Bar::None,
    );
    let slowest = report::percentile(&mut latencies, 0.99);
    report::line(
        "webhook to socket, p99",
        slowest,
        "ms",
        Bar::AtMost {
            must: 50.0,
            aim: 15.0,
        },
    );
}

fn mark(number: usize) -> String {
    format!("live-{number:06}-")
}

/// Opens a socket and reports each message it is sent, once.
async fn listen(
    install: &Install,
    agent: &Agent,
    arrived: mpsc::UnboundedSender<(usize, Instant)>,
) {
    let url = format!(
        "{}/live?workspace={}&after={}",
        install.url(),
        agent.workspace(),
        agent.cursor().await
    );
    let mut request = url
        .replace("http://", "ws://")
        .into_client_request()
        .unwrap();
    request
        .headers_mut()
        .insert("cookie", agent.cookie().parse().unwrap());
    request
        .headers_mut()
        .insert("origin", install.url().parse().unwrap());
    let (mut socket, _) = connect_async(request).await.unwrap();
    tokio::spawn(async move {
        let mut seen = vec![false; MESSAGES];
        while let Some(Ok(message)) = socket.next().await {
            let now = Instant::now();
            let Message::Text(frame) = message else {
                continue;
            };
            for (at, _) in frame.match_indices("live-") {
                let number: usize = frame[at + 5..at + 11].parse().unwrap();
                if !std::mem::replace(&mut seen[number], true)
                    && arrived.send((number, now)).is_err()
                {
                    return;
                }
            }
        }
    });
}
