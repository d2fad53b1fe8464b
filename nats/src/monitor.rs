//! What only the broker's monitoring address tells.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Whether an acknowledged message is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sync {
    /// Synced before the acknowledgement: it survives a power cut of that server.
    Always,
    /// Synced now and then: a power cut may take the last of them.
    Relaxed,
    /// The broker does not say; its operator knows.
    Unknown,
}

/// The longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: u64 = 1024 * 1024;

/// Asks the monitoring address `monitor` (`http://host:port`) of a broker.
pub(crate) async fn sync(monitor: &str, timeout: Duration) -> Sync {
    let varz = match tokio::time::timeout(timeout, get(monitor, "/varz")).await {
        Ok(Ok(varz)) => varz,
        Ok(Err(error)) => {
            tracing::warn!(error = %error, "the broker's monitoring address does not answer");
            return Sync::Unknown;
        }
        Err(_) => return Sync::Unknown,
    };
    match varz.pointer("/jetstream/config/sync_always").and_then(Value::as_bool) {
        Some(true) => Sync::Always,
        // The broker leaves out what is false.
        _ if varz.pointer("/jetstream/config").is_some() => Sync::Relaxed,
        _ => Sync::Unknown,
    }
}

/// A JSON document over HTTP/1.0, where the end of the connection is the end of the body.
pub(crate) async fn get(monitor: &str, path: &str) -> std::io::Result<Value> {
    let host = monitor.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host).await?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).await?;
    let body = answer.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
    contracts::read::from_slice(&answer[body..]).map_err(std::io::Error::other)
}
