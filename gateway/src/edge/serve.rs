//! Listening, and ending well.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// How long a connection may take to send the head of a request, in milliseconds: also how long
/// an idle one is kept.
const HEAD_TIMEOUT_MS: u64 = 60_000;

/// How long to wait after the system could not give a connection, in milliseconds.
const ACCEPT_RETRY_MS: u64 = 100;

/// Answers requests until `shutdown`: then takes no new ones, lets those under way finish for at
/// most `drain`, and ends. Streams and sockets end themselves, since they see the same token.
///
/// # Errors
/// When the listener has no address any more.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: CancellationToken,
    drain: Duration,
) -> io::Result<()> {
    let head_timeout = Duration::from_millis(HEAD_TIMEOUT_MS);
    serve_within(listener, router, shutdown, drain, head_timeout).await
}

async fn serve_within(
    listener: TcpListener,
    router: Router,
    shutdown: CancellationToken,
    drain: Duration,
    head_timeout: Duration,
) -> io::Result<()> {
    listener.local_addr()?;
    let (server, graceful) = (builder(head_timeout), GracefulShutdown::new());
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => connect(&server, &graceful, &router, stream, peer),
            Err(error) => {
                tracing::warn!(error.message = %error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(ACCEPT_RETRY_MS)).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(drain, graceful.shutdown()).await.is_err() {
        let drain_ms = u64::try_from(drain.as_millis()).unwrap_or(u64::MAX);
        tracing::warn!(drain.ms = drain_ms, "the edge ends while requests are being answered");
    }
    Ok(())
}

/// The plain server of hyper keeps a silent connection for ever; this one has a clock.
fn builder(head_timeout: Duration) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(head_timeout);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(head_timeout)
        .enable_connect_protocol();
    builder
}

fn connect(
    server: &Builder<TokioExecutor>,
    graceful: &GracefulShutdown,
    router: &Router,
    stream: TcpStream,
    peer: SocketAddr,
) {
    // Small frames must leave at once: without this an event waits for the client's delayed ack.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(error.message = %error, "a connection keeps its delay");
    }
    let service = router.clone().layer(Extension(ConnectInfo(peer)));
    let service = TowerToHyperService::new(service);
    let connection = server.serve_connection_with_upgrades(TokioIo::new(stream), service);
    let watched = graceful.watch(connection.into_owned());
    tokio::spawn(async move {
        if let Err(error) = watched.await {
            tracing::debug!(error.message = %error, "a connection broke off");
        }
    });
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use axum::Router;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::Notify;
    use tokio_util::sync::CancellationToken;

    use super::serve_within;

    const LONG: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn a_request_under_way_is_finished_and_nobody_else_comes_in() {
        let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (telling, waiting) = (Arc::clone(&begun), Arc::clone(&go_on));
        let router = Router::new().route(
            "/",
            get(move || async move {
                telling.notify_one();
                waiting.notified().await;
                "done"
            }),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let serving = serve_within(listener, router, shutdown.clone(), LONG, LONG);
        let serving = tokio::spawn(serving);
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        begun.notified().await;
        shutdown.cancel();
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        go_on.notify_one();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        assert!(text.starts_with("HTTP/1.1 200") && text.ends_with("done"), "{text}");
        serving.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_request_that_never_ends_is_left_behind() {
        let router = Router::new().route("/", get(std::future::pending::<()>));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let drain = Duration::from_millis(20);
        let serving = tokio::spawn(serve_within(listener, router, shutdown.clone(), drain, LONG));
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        shutdown.cancel();
        serving.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_connection_that_says_nothing_is_closed() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let short = Duration::from_millis(20);
        tokio::spawn(serve_within(listener, Router::new(), shutdown, LONG, short));
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HT").await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        assert!(!bytes.starts_with(b"HTTP/1.1 2"), "{bytes:?}");
    }
}
