//! A connection that stays open.

use std::net::SocketAddr;

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// What every answer must hold: the state after the command.
const STATE: &[u8] = b"\"value\":";

/// A connection.
pub struct Connection {
    stream: TcpStream,
    server: SocketAddr,
    asked: Vec<u8>,
    said: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub async fn open(server: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, server, asked: Vec::new(), said: Vec::with_capacity(4_096) })
    }

    /// Asks, and waits for a 200 that tells a state.
    pub async fn post(&mut self, path: &str, headers: &[String], body: &str) -> anyhow::Result<()> {
        self.asked.clear();
        let line = format!("POST {path} HTTP/1.1\r\nhost: {}\r\n", self.server);
        self.asked.extend_from_slice(line.as_bytes());
        for header in headers {
            self.asked.extend_from_slice(header.as_bytes());
            self.asked.extend_from_slice(b"\r\n");
        }
        if !body.is_empty() {
            self.asked.extend_from_slice(b"content-type: application/json\r\n");
        }
        let rest = format!("content-length: {}\r\n\r\n{body}", body.len());
        self.asked.extend_from_slice(rest.as_bytes());
        self.stream.write_all(&self.asked).await?;
        self.said.clear();
        loop {
            let read = self.stream.read_buf(&mut self.said).await?;
            anyhow::ensure!(read > 0, "the server closed the connection");
            let Some(status) = whole(&self.said)? else { continue };
            let told = self.said.windows(STATE.len()).any(|part| part == STATE);
            let said = || String::from_utf8_lossy(&self.said).into_owned();
            anyhow::ensure!(status == 200 && told, "not a state: {}", said());
            return Ok(());
        }
    }
}

/// The status of an answer, once all of it is here.
fn whole(said: &[u8]) -> anyhow::Result<Option<u16>> {
    let Some(head) = said.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&said[..head]).context("an answer's head is text")?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).context("a status")?;
    let fields = || lines.clone().filter_map(|line| line.split_once(':'));
    let field = |wanted: &str| {
        fields().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim())
    };
    let ended = match field("content-length") {
        Some(length) => said.len() >= head + 4 + length.parse::<usize>()?,
        None => {
            let chunked = field("transfer-encoding").is_some_and(|how| how == "chunked");
            anyhow::ensure!(chunked, "an answer without a length: {text}");
            said.ends_with(b"0\r\n\r\n")
        }
    };
    Ok(ended.then_some(status.parse()?))
}
