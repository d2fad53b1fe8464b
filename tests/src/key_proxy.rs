//! A proxy that adds a key to each request: for clients that cannot bring one.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::program::client;

/// A running proxy; ended when dropped.
pub struct KeyProxy {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

struct Behind {
    url: String,
    key: String,
    client: reqwest::Client,
}

impl KeyProxy {
    /// A proxy before `url`, on a free port.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn before(url: &str, key: &str) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no port")?;
        let address = listener.local_addr()?;
        let behind = Behind { url: url.to_owned(), key: key.to_owned(), client: client() };
        let router = Router::new().fallback(passed).with_state(Arc::new(behind));
        let serving = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, serving })
    }

    /// Where it answers: as `localhost`, which pages of strangers cannot be.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://localhost:{}", self.address.port())
    }
}

impl Drop for KeyProxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn passed(State(behind): State<Arc<Behind>>, request: Request) -> Response {
    match pass(&behind, request).await {
        Ok(response) => response,
        Err(error) => (StatusCode::BAD_GATEWAY, format!("{error:#}")).into_response(),
    }
}

async fn pass(behind: &Behind, request: Request) -> anyhow::Result<Response> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await?;
    let mut headers = parts.headers;
    // The name stays as the client said it; the length is told anew.
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::CONNECTION);
    let url = format!("{}{}", behind.url, parts.uri.path());
    let asked = behind.client.request(parts.method, url).headers(headers);
    let told = asked.bearer_auth(&behind.key).body(body).send().await?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = told.status();
    *response.headers_mut() = told.headers().clone();
    response.headers_mut().remove(header::TRANSFER_ENCODING);
    *response.body_mut() = Body::from_stream(told.bytes_stream());
    Ok(response)
}
