//! The last moments of an edge that has others beside it: nobody loses a request who sent it on a
//! connection that this edge had accepted, or was about to accept.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long an edge goes on after it was told to stop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leave {
    /// At least so long.
    pub(super) least: Duration,
    /// And then at most so long for connections on which nothing has been asked since: whoever asks
    /// is told to come back elsewhere.
    pub(super) idle: Duration,
}

/// Between the word that connections end and their end, in milliseconds: what has arrived by then
/// is seen.
const SETTLE_MS: u64 = 2;

/// Resolves when nobody is waited for any more: `known` are those who came before `shutdown`.
pub(super) async fn left(shutdown: CancellationToken, leave: Option<Leave>, known: TaskTracker) {
    shutdown.cancelled().await;
    let Some(leave) = leave else { return };
    tokio::time::sleep(leave.least).await;
    known.close();
    if tokio::time::timeout(leave.idle, known.wait()).await.is_err() {
        tracing::debug!(connections = known.len(), "the edge leaves callers that ask for nothing");
    }
}

/// Those who wait in the system's own queue, whose connections stand as far as they know. The
/// listener takes nobody else then.
pub(super) fn queued(listener: TcpListener) -> Vec<(TcpStream, SocketAddr)> {
    let mut queued = Vec::new();
    let Ok(listener) = listener.into_std() else { return queued };
    while let Ok((stream, peer)) = listener.accept() {
        let stream = stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream));
        match stream {
            Ok(stream) => queued.push((stream, peer)),
            Err(error) => tracing::warn!(error.message = %error, "a caller was not heard"),
        }
    }
    queued
}

/// Resolves a moment after `closing`.
pub(super) async fn settled(closing: &CancellationToken) {
    closing.cancelled().await;
    tokio::time::sleep(Duration::from_millis(SETTLE_MS)).await;
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{SocketAddr, TcpStream};
    use std::time::Duration;

    use axum::Router;
    use axum::http::HeaderMap;
    use axum::http::header::{CONNECTION, HeaderValue};
    use axum::routing::get;
    use tokio::net::TcpListener;
    use tokio::task::{JoinHandle, spawn_blocking};
    use tokio_util::sync::CancellationToken;

    use super::Leave;
    use crate::edge::config::Config;
    use crate::edge::serve::{Connections, serve};

    const LONG: Duration = Duration::from_secs(60);

    /// An edge as others see it, and what ends it.
    struct Edge {
        address: SocketAddr,
        shutdown: CancellationToken,
        serving: JoinHandle<std::io::Result<()>>,
    }

    /// An edge that says to whom it answers whether it leaves.
    async fn edge(leave: Option<Leave>) -> Edge {
        let shutdown = CancellationToken::new();
        let leaving = shutdown.clone();
        let answer = move || async move {
            let mut headers = HeaderMap::new();
            if leaving.is_cancelled() {
                headers.insert(CONNECTION, HeaderValue::from_static("close"));
            }
            (headers, "done")
        };
        let router = Router::new().route("/", get(answer));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let limits = Connections::of(&Config::default()).with(leave);
        let serving = tokio::spawn(serve(listener, router, shutdown.clone(), limits));
        Edge { address, shutdown, serving }
    }

    fn ask(mut stream: &TcpStream) {
        stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
    }

    /// Reads one answer; the connection may go on.
    async fn answer(stream: TcpStream) -> (TcpStream, String) {
        let reading = spawn_blocking(move || {
            let (mut text, mut some) = (String::new(), [0; 512]);
            while !text.ends_with("done") {
                let count = (&stream).read(&mut some).unwrap();
                assert!(count > 0, "it was cut off after: {text}");
                text.push_str(std::str::from_utf8(&some[..count]).unwrap());
            }
            (stream, text)
        });
        reading.await.unwrap()
    }

    /// A connection on which one request was answered.
    async fn known(edge: &Edge) -> TcpStream {
        let stream = TcpStream::connect(edge.address).unwrap();
        ask(&stream);
        answer(stream).await.0
    }

    #[tokio::test]
    async fn who_asks_nothing_for_a_while_is_waited_for_and_told() {
        let edge = edge(Some(Leave { least: Duration::ZERO, idle: LONG })).await;
        let streams = [known(&edge).await, known(&edge).await];
        edge.shutdown.cancel();
        // It waits for both, however many others come.
        let late = TcpStream::connect(edge.address).unwrap();
        ask(&late);
        assert!(answer(late).await.1.contains("connection: close"));
        for stream in streams {
            assert!(!edge.serving.is_finished());
            ask(&stream);
            let (mut stream, text) = answer(stream).await;
            assert!(text.starts_with("HTTP/1.1 200") && text.contains("connection: close"));
            let end = spawn_blocking(move || stream.read(&mut [0; 8])).await.unwrap();
            assert_eq!(end.unwrap(), 0, "it ends as it said");
        }
        edge.serving.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn what_was_sent_before_the_end_is_answered() {
        let edge = edge(None).await;
        let stream = known(&edge).await;
        // Nobody but this task runs until the request and the end are both there.
        ask(&stream);
        edge.shutdown.cancel();
        let (_, text) = answer(stream).await;
        assert!(text.starts_with("HTTP/1.1 200"), "{text}");
        edge.serving.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn who_waits_to_be_let_in_is_answered_though_nobody_else_comes_in() {
        let edge = edge(None).await;
        drop(known(&edge).await);
        let streams = [(); 8].map(|()| TcpStream::connect(edge.address).unwrap());
        streams.iter().for_each(ask);
        edge.shutdown.cancel();
        for stream in streams {
            let (_, text) = answer(stream).await;
            assert!(text.starts_with("HTTP/1.1 200"), "{text}");
        }
        edge.serving.await.unwrap().unwrap();
        assert!(TcpStream::connect(edge.address).is_err());
    }
}
