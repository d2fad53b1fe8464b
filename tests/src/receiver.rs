//! Somebody who receives what webhooks send.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::Value;
use tokio::sync::{Mutex, mpsc};

/// How long a message is waited for.
const MESSAGE_MAX: Duration = Duration::from_secs(60);

/// What came.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its headers, in lower case.
    pub headers: BTreeMap<String, String>,
    /// Its body.
    pub body: String,
}

impl Message {
    /// The CloudEvent.
    ///
    /// # Panics
    /// When it is no JSON.
    #[must_use]
    pub fn event(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

/// What a receiver answers beside its status.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Whether it never answers.
    pub silent: bool,
}

/// A server on a port of its own that takes all that comes.
pub struct Receiver {
    /// Its port on 127.0.0.1.
    pub port: u16,
    /// What it answers: a status.
    pub status: Arc<AtomicU16>,
    /// And the rest.
    pub reply: Arc<std::sync::Mutex<Reply>>,
    came: Mutex<mpsc::UnboundedReceiver<Message>>,
}

#[derive(Clone)]
struct Desk {
    status: Arc<AtomicU16>,
    reply: Arc<std::sync::Mutex<Reply>>,
    came: mpsc::UnboundedSender<Message>,
}

async fn take(State(desk): State<Desk>, headers: HeaderMap, body: Bytes) -> Response {
    let told = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        Some((name.to_string(), value.to_str().ok()?.to_owned()))
    };
    let headers = headers.iter().filter_map(told).collect();
    let body = String::from_utf8_lossy(&body).into_owned();
    let reply = desk.reply.lock().expect("a lock").clone();
    // Said before it is told, so that whoever is told may say something else for the next.
    let status = desk.status.load(Ordering::SeqCst);
    let _ = desk.came.send(Message { headers, body });
    if reply.silent {
        std::future::pending::<()>().await;
    }
    let mut response = Response::new(reply.body.into());
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    for (name, value) in reply.headers {
        response.headers_mut().insert(name, value.parse().expect("a header"));
    }
    response
}

impl Receiver {
    /// A receiver that takes everything with 204.
    ///
    /// # Panics
    /// When there is no port.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (sender, came) = mpsc::unbounded_channel();
        let status = Arc::new(AtomicU16::new(204));
        let reply = Arc::new(std::sync::Mutex::new(Reply::default()));
        let desk = Desk { status: status.clone(), reply: reply.clone(), came: sender };
        let router = Router::new().fallback(take).with_state(desk);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { port, status, reply, came: Mutex::new(came) }
    }

    /// Where it receives.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    /// From now on it answers so.
    ///
    /// # Panics
    /// When another has panicked with it.
    pub fn answer(&self, status: u16, reply: Reply) {
        self.status.store(status, Ordering::SeqCst);
        *self.reply.lock().expect("a lock") = reply;
    }

    /// The next message.
    ///
    /// # Panics
    /// When none comes in a minute.
    pub async fn next(&self) -> Message {
        let mut came = self.came.lock().await;
        let next = tokio::time::timeout(MESSAGE_MAX, came.recv()).await;
        next.expect("a message comes in time").expect("the receiver lives")
    }

    /// Whether nothing has come that was not taken yet.
    pub async fn is_quiet(&self) -> bool {
        self.came.lock().await.is_empty()
    }
}
