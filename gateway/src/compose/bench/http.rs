//! Load on the edge: commands over HTTP, one connection for each that is on its way.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::engine::Spread;
use super::rows::{Took, gather};

/// Adds `count` times over `window` connections that stay open. The client writes the least that
/// HTTP/1.1 asks for: what is measured is the server.
///
/// # Errors
/// When a request is not answered with 200.
pub async fn run(
    server: SocketAddr,
    key: &str,
    window: usize,
    count: usize,
    spread: Spread,
) -> anyhow::Result<Took> {
    let next = Arc::new(AtomicUsize::new(0));
    let begun = Instant::now();
    let lanes = (0..window).map(|_| {
        let (next, key) = (next.clone(), key.to_owned());
        tokio::spawn(async move {
            let mut lane = Lane::open(server, key).await?;
            let mut each = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return anyhow::Ok(each);
                }
                let begun = Instant::now();
                lane.add(&spread, number).await?;
                each.push(begun.elapsed());
            }
        })
    });
    gather(lanes.collect(), begun).await
}

/// A connection.
struct Lane {
    stream: TcpStream,
    key: String,
    said: Vec<u8>,
}

impl Lane {
    async fn open(server: SocketAddr, key: String) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, key, said: Vec::with_capacity(4096) })
    }

    async fn add(&mut self, spread: &Spread, number: usize) -> anyhow::Result<()> {
        let id = spread.actor(number).id;
        let request = format!(
            "POST /v1/counter/{id}/add HTTP/1.1\r\nhost: bench\r\nx-api-key: {}\r\n\
             content-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}",
            self.key
        );
        self.stream.write_all(request.as_bytes()).await?;
        self.said.clear();
        loop {
            let read = self.stream.read_buf(&mut self.said).await?;
            anyhow::ensure!(read > 0, "the server closed the connection");
            if let Some(status) = whole(&self.said)? {
                let said = String::from_utf8_lossy(&self.said);
                anyhow::ensure!(status == 200, "{said}");
                return Ok(());
            }
        }
    }
}

/// The status of an answer, once all of it is here.
fn whole(said: &[u8]) -> anyhow::Result<Option<u16>> {
    let Some(head) = said.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&said[..head]).context("an answer's head is text")?;
    let mut lines = text.split("\r\n");
    let status =
        lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|it| it.parse().ok());
    let length = lines.filter_map(|line| line.split_once(':')).find_map(|(name, value)| {
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let length = length.context("an answer says how long it is")?;
    Ok((said.len() >= head + 4 + length).then_some(status.context("an answer has a status")?))
}
