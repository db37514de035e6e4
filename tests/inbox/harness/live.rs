//! An agent's socket.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::Agent;

/// How long a frame may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A socket of a browser.
pub(crate) struct Socket {
    stream: WebSocketStream<TcpStream>,
}

/// What came over a socket.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Heard {
    Frame(Value),
    /// The server closed, with this code.
    Closed(Option<u16>),
}

impl Socket {
    /// Opens a socket as a page of `origin`; the status if the server refuses.
    pub(crate) async fn open(
        agent: &Agent,
        workspace: &str,
        after: Option<i64>,
        origin: &str,
    ) -> Result<Self, u16> {
        let address = agent.server.strip_prefix("http://").unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        Self::over(stream, agent, workspace, after, origin).await
    }

    /// The same over a connection that is there.
    pub(crate) async fn over(
        stream: TcpStream,
        agent: &Agent,
        workspace: &str,
        after: Option<i64>,
        origin: &str,
    ) -> Result<Self, u16> {
        let address = agent.server.strip_prefix("http://").unwrap();
        let after = after.map_or_else(String::new, |after| format!("&after={after}"));
        let url = format!("ws://{address}/live?workspace={workspace}{after}");
        let mut request = url.into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("cookie", agent.cookie.parse().unwrap());
        headers.insert("origin", origin.parse().unwrap());
        match client_async(request, stream).await {
            Ok((stream, _)) => Ok(Self { stream }),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(other) => panic!("{other}"),
        }
    }

    /// The next thing that comes.
    pub(crate) async fn hears(&mut self) -> Heard {
        timeout(PATIENCE, self.next())
            .await
            .expect("a frame in a minute")
    }

    async fn next(&mut self) -> Heard {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => {
                    return Heard::Frame(serde_json::from_str(&text).unwrap());
                }
                Some(Ok(Message::Close(frame))) => {
                    return Heard::Closed(frame.map(|f| f.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Heard::Closed(None),
            }
        }
    }

    /// The next frame of this type; other frames are passed over, and the beats among them buy no time.
    pub(crate) async fn hears_a(&mut self, kind: &str) -> Value {
        let hearing = async {
            loop {
                match self.next().await {
                    Heard::Frame(frame) if frame["type"] == kind => return frame,
                    Heard::Frame(_) => {}
                    Heard::Closed(code) => panic!("closed with {code:?} before a {kind} frame"),
                }
            }
        };
        timeout(PATIENCE, hearing)
            .await
            .unwrap_or_else(|_| panic!("a {kind} frame in a minute"))
    }

    /// The line with this external id, as the next frame that has it tells it.
    pub(crate) async fn hears_of(&mut self, external_id: &str) -> Value {
        loop {
            let frame = self.hears_a("changes").await;
            let entries = frame["entries"].as_array().unwrap();
            if let Some(line) = entries.iter().find(|e| e["external_id"] == external_id) {
                return line.clone();
            }
        }
    }

    /// The cursor of the next changes; the rest of it is not even parsed.
    pub(crate) async fn hears_a_cursor(&mut self) -> i64 {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => {
                    if let Some(rest) = text.strip_prefix(r#"{"type":"changes","cursor":"#) {
                        return rest.split(',').next().unwrap().parse().unwrap();
                    }
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("the socket ended: {other:?}"),
            }
        }
    }

    /// The code the server closes with, whatever it says before.
    pub(crate) async fn hears_the_end(&mut self) -> Option<u16> {
        loop {
            if let Heard::Closed(code) = self.hears().await {
                return code;
            }
        }
    }

    /// Says something that no browser says.
    pub(crate) async fn says(&mut self, text: &str) {
        self.stream
            .send(Message::text(text.to_owned()))
            .await
            .unwrap();
    }
}
