//! HTTP written by hand: a client that costs next to nothing leaves the processors to the server.

use charla_tests::webhook::Signed;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One connection that is kept.
pub(crate) struct Wire {
    stream: TcpStream,
    host: String,
    buffer: Vec<u8>,
}

impl Wire {
    pub(crate) async fn connect(server: &str) -> Self {
        let host = server.trim_start_matches("http://").to_owned();
        let stream = TcpStream::connect(&host).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            host,
            buffer: vec![0; 4096],
        }
    }

    /// The bytes of a webhook's delivery.
    pub(crate) fn webhook(&self, signed: &Signed) -> Vec<u8> {
        let Signed { body, signature } = signed;
        let head = format!(
            "POST /webhooks/meta HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
             x-hub-signature-256: {signature}\r\ncontent-length: {}\r\n\r\n",
            self.host,
            body.len()
        );
        [head.as_bytes(), body.as_bytes()].concat()
    }

    /// Sends a request and waits for its whole answer; returns the status.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> u16 {
        self.stream.write_all(request).await.unwrap();
        let mut have = 0;
        loop {
            let got = self.stream.read(&mut self.buffer[have..]).await.unwrap();
            assert!(got > 0, "the server hung up");
            have += got;
            if let Some(status) = whole_answer(&self.buffer[..have]) {
                return status;
            }
        }
    }
}

/// The status, once head and body are complete.
fn whole_answer(bytes: &[u8]) -> Option<u16> {
    let head_end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&bytes[..head_end])
        .unwrap()
        .to_lowercase();
    let length = head
        .split("content-length: ")
        .nth(1)
        .and_then(|rest| rest.split("\r\n").next()?.parse().ok());
    let status = head.split(' ').nth(1)?.parse().ok();
    (bytes.len() >= head_end + length.unwrap_or(0)).then_some(status?)
}
