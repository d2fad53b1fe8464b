//! Listening, and ending well.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::config::Config;
use super::leaving::{self, Leave};
use super::safety::Arrival;
use super::socket::Patient;
use super::tls::{self, Tls};

/// The names in the certificate that a connection brought, checked.
#[derive(Debug, Clone)]
pub(super) struct Certificate(pub Arc<[String]>);

/// The limits of connections.
#[derive(Debug, Clone, Copy)]
pub struct Connections {
    most: usize,
    head_timeout: Duration,
    /// How many header lines, and how many bytes, the head of a request may have before the HTTP
    /// library itself refuses it. Above what the edge allows, so that the edge can say no in its
    /// own words.
    head_lines: usize,
    head_bytes: usize,
    write_stall: Duration,
    leave: Option<Leave>,
    drain: Duration,
}

impl Connections {
    /// As `config` has them.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let ms = Duration::from_millis;
        Self {
            most: config.connections_max.clamp(1, Semaphore::MAX_PERMITS),
            head_timeout: ms(config.head_timeout_ms.max(1)),
            head_lines: config.headers_max.saturating_mul(4),
            head_bytes: config
                .headers_max
                .saturating_mul(config.header_bytes_max)
                .saturating_add(URI_BYTES_MAX + HEAD_BYTES_MIN),
            write_stall: ms(config.write_stall_ms.max(1)),
            leave: None,
            drain: ms(config.drain_timeout_ms),
        }
    }

    /// With other nodes that callers may turn to: after it was told to stop the edge goes on
    /// answering for a while, and each answer asks its caller not to come again.
    #[must_use]
    pub const fn leaving(self, config: &Config) -> Self {
        let [least, idle] = [config.leave_ms, config.leave_idle_ms];
        let [least, idle] = [Duration::from_millis(least), Duration::from_millis(idle)];
        self.with(Some(Leave { least, idle }))
    }

    /// The same, leaving so.
    pub(super) const fn with(self, leave: Option<Leave>) -> Self {
        Self { leave, ..self }
    }
}

/// The longest path that the HTTP library takes.
const URI_BYTES_MAX: usize = 64 * 1024;

/// What the HTTP library wants to hold of a head at least.
const HEAD_BYTES_MIN: usize = 8 * 1024;

/// How long to wait after the system could not give a connection, in milliseconds.
const ACCEPT_RETRY_MS: u64 = 100;

/// As [`serve_with`], without TLS.
///
/// # Errors
/// As [`serve_with`].
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: CancellationToken,
    limits: Connections,
) -> io::Result<()> {
    serve_with(listener, router, shutdown, limits, None).await
}

/// Answers requests until `shutdown`, and where there are other nodes as long after it as
/// `edge.leave_ms` and `edge.leave_idle_ms` say: then takes no new ones, lets those under way
/// finish for at most `edge.drain_timeout_ms`, and ends. Streams and sockets end themselves, since
/// they see the same token.
///
/// # Errors
/// When the listener has no address any more.
pub async fn serve_with(
    listener: TcpListener,
    router: Router,
    shutdown: CancellationToken,
    limits: Connections,
    tls: Option<Arc<Tls>>,
) -> io::Result<()> {
    listener.local_addr()?;
    let closing = CancellationToken::new();
    let door =
        Arc::new(Door { server: builder(&limits), router, tls, limits, closing: closing.clone() });
    let places = Arc::new(Semaphore::new(limits.most));
    // Those who may not have heard yet that this node leaves, and those who hear it at once.
    let (known, late) = (TaskTracker::new(), TaskTracker::new());
    let mut left = std::pin::pin!(leaving::left(shutdown.clone(), limits.leave, known.clone()));
    loop {
        // Who comes while all places are taken waits in the system's own queue.
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (listener.accept().await, place.ok())
        };
        let (accepted, place) = tokio::select! {
            () = &mut left => break,
            accepted = accepted => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let tracker = if shutdown.is_cancelled() { &late } else { &known };
                tracker.spawn(Arc::clone(&door).take(stream, peer, place));
            }
            Err(error) => {
                tracing::warn!(error.message = %error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(ACCEPT_RETRY_MS)).await;
            }
        }
    }
    for (stream, peer) in leaving::queued(listener) {
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { break };
        late.spawn(Arc::clone(&door).take(stream, peer, Some(place)));
    }
    known.close();
    late.close();
    let gone = async { tokio::join!(known.wait(), late.wait()) };
    let mut gone = std::pin::pin!(gone);
    // Who has only just come in says what it wants first.
    let least = limits.leave.map_or(Duration::ZERO, |leave| leave.least);
    if tokio::time::timeout(least, &mut gone).await.is_ok() {
        return Ok(());
    }
    closing.cancel();
    if tokio::time::timeout(limits.drain, gone).await.is_err() {
        let drain_ms = u64::try_from(limits.drain.as_millis()).unwrap_or(u64::MAX);
        tracing::warn!(drain.ms = drain_ms, "the edge ends while requests are being answered");
    }
    Ok(())
}

/// The plain server of hyper keeps a silent connection for ever; this one has a clock.
fn builder(limits: &Connections) -> Builder<TokioExecutor> {
    let Connections { head_timeout, head_lines, head_bytes, .. } = *limits;
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .max_headers(head_lines)
        .max_buf_size(head_bytes);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(head_bytes).unwrap_or(u32::MAX))
        .keep_alive_interval(head_timeout)
        .enable_connect_protocol();
    builder
}

/// What every connection needs.
struct Door {
    server: Builder<TokioExecutor>,
    router: Router,
    tls: Option<Arc<Tls>>,
    limits: Connections,
    /// Said when connections end that ask for nothing.
    closing: CancellationToken,
}

impl Door {
    /// Serves a connection until it ends; its place is free then.
    async fn take(
        self: Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        place: Option<OwnedSemaphorePermit>,
    ) {
        let _place = place;
        // Small frames must leave at once: without this an event waits for the client's delayed
        // ack.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(error.message = %error, "a connection keeps its delay");
        }
        let Ok(local) = stream.local_addr() else { return };
        let arrival = Arrival { peer, local, encrypted: self.tls.is_some() };
        let stream = Patient::new(stream, self.limits.write_stall);
        let Some(tls) = &self.tls else {
            return self.serve(stream, arrival, None).await;
        };
        // A handshake has as much time as the head of a request.
        let shaking = tls.acceptor().accept(stream);
        match tokio::time::timeout(self.limits.head_timeout, shaking).await {
            Ok(Ok(stream)) => {
                let brought = stream.get_ref().1.peer_certificates();
                let names = brought.and_then(|chain| chain.first()).map(tls::names);
                let certificate = names.map(|names| Certificate(names.into()));
                self.serve(stream, arrival, certificate).await;
            }
            Ok(Err(error)) => {
                tracing::debug!(error.message = %error, "a handshake failed");
            }
            Err(_) => tracing::debug!("a handshake took too long"),
        }
    }

    async fn serve<S>(&self, stream: S, arrival: Arrival, certificate: Option<Certificate>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let router = self.router.clone().layer(Extension(arrival));
        let router = match certificate {
            Some(certificate) => router.layer(Extension(certificate)),
            None => router,
        };
        let service = TowerToHyperService::new(router);
        let connection = self.server.serve_connection_with_upgrades(TokioIo::new(stream), service);
        let mut connection = std::pin::pin!(connection.into_owned());
        // The connection comes first: what has been sent on it is read before it is closed.
        let served = tokio::select! {
            biased;
            served = connection.as_mut() => served,
            () = leaving::settled(&self.closing) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = served {
            tracing::debug!(error.message = %error, "a connection broke off");
        }
    }
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

    use super::{Connections, Leave, serve};

    const LONG: Duration = Duration::from_secs(20);

    const LIMITS: Connections = Connections {
        most: 64,
        head_timeout: LONG,
        head_lines: 100,
        head_bytes: 64 * 1024,
        write_stall: LONG,
        leave: None,
        drain: LONG,
    };

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
        let serving = serve(listener, router, shutdown.clone(), LIMITS);
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
    async fn who_comes_while_the_edge_leaves_is_answered() {
        let router = Router::new().route("/", get(|| async { "done" }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let leave = Some(Leave { least: LONG, idle: LONG });
        let limits = Connections { leave, ..LIMITS };
        let serving = tokio::spawn(serve(listener, router, shutdown.clone(), limits));
        shutdown.cancel();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let asked = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
        stream.write_all(asked).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        assert!(text.starts_with("HTTP/1.1 200") && text.ends_with("done"), "{text}");
        serving.abort();
    }

    #[tokio::test]
    async fn a_request_that_never_ends_is_left_behind() {
        let router = Router::new().route("/", get(std::future::pending::<()>));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let limits = Connections { drain: Duration::from_millis(20), ..LIMITS };
        let serving = tokio::spawn(serve(listener, router, shutdown.clone(), limits));
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
        let limits = Connections { head_timeout: Duration::from_millis(20), ..LIMITS };
        tokio::spawn(serve(listener, Router::new(), shutdown, limits));
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HT").await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        assert!(!bytes.starts_with(b"HTTP/1.1 2"), "{bytes:?}");
    }

    #[tokio::test]
    async fn who_sends_its_head_byte_by_byte_is_cut_off() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let limits = Connections { head_timeout: Duration::from_millis(100), ..LIMITS };
        tokio::spawn(serve(listener, Router::new(), shutdown, limits));
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        // A header line that never ends: the clock runs for the whole head, not from byte to byte.
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    #[tokio::test]
    async fn beyond_the_limit_a_connection_waits_for_its_turn() {
        let router = Router::new().route("/", get(|| async { "in" }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let limits = Connections { most: 1, ..LIMITS };
        tokio::spawn(serve(listener, router, CancellationToken::new(), limits));
        let mut first = TcpStream::connect(address).await.unwrap();
        first.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        let mut some = [0; 12];
        first.read_exact(&mut some).await.unwrap();
        let mut second = TcpStream::connect(address).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
        second.write_all(request).await.unwrap();
        let mut text = String::new();
        tokio::select! {
            biased;
            _ = second.read_to_string(&mut text) => panic!("it was let in: {text}"),
            () = tokio::time::sleep(Duration::from_millis(50)) => drop(first),
        }
        second.read_to_string(&mut text).await.unwrap();
        assert!(text.ends_with("in"), "{text}");
    }
}
