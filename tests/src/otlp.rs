//! A server that takes OTLP over HTTP and gRPC, and reads it with the types of the protocol's own
//! crate.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::Response;
use http_body::Frame;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tokio::sync::Notify;

/// How long something is waited for.
const WAIT_MAX: Duration = Duration::from_secs(60);

#[derive(Default)]
struct Inner {
    spans: Mutex<Vec<Span>>,
    metrics: Mutex<Vec<Metric>>,
    resources: Mutex<Vec<BTreeMap<String, String>>>,
    headers: Mutex<Vec<HeaderMap>>,
    came: Notify,
}

/// The server; ends with the test.
#[derive(Clone, Default)]
pub struct Otlp {
    /// Where it is.
    pub url: String,
    inner: Arc<Inner>,
}

fn lock<T>(list: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Otlp {
    /// Starts on a free port.
    ///
    /// # Panics
    /// When there is no port.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let otlp = Self { url, ..Self::default() };
        let router = Router::new().fallback(take).with_state(otlp.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        otlp
    }

    /// The spans that came so far.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        lock(&self.inner.spans).clone()
    }

    /// The measures that came so far.
    #[must_use]
    pub fn metrics(&self) -> Vec<Metric> {
        lock(&self.inner.metrics).clone()
    }

    /// What was said of the program, request by request.
    #[must_use]
    pub fn resources(&self) -> Vec<BTreeMap<String, String>> {
        lock(&self.inner.resources).clone()
    }

    /// The headers that came with requests.
    #[must_use]
    pub fn headers(&self) -> Vec<HeaderMap> {
        lock(&self.inner.headers).clone()
    }

    /// Waits until `done` is content with what came.
    ///
    /// # Panics
    /// When it takes too long.
    pub async fn until(&self, what: &str, done: impl Fn(&Self) -> bool) {
        let waiting = async {
            loop {
                let came = self.inner.came.notified();
                if done(self) {
                    return;
                }
                came.await;
            }
        };
        let waited = tokio::time::timeout(WAIT_MAX, waiting).await;
        assert!(waited.is_ok(), "{what}: {:#?}", named(&self.spans()));
    }
}

/// The names of spans, for a failed test.
#[must_use]
pub fn named(spans: &[Span]) -> Vec<&str> {
    spans.iter().map(|span| span.name.as_str()).collect()
}

/// The attributes of a span as text.
#[must_use]
pub fn attributes(span: &Span) -> BTreeMap<String, String> {
    span.attributes.iter().map(|pair| (pair.key.clone(), told(pair.value.as_ref()))).collect()
}

fn told(value: Option<&opentelemetry_proto::tonic::common::v1::AnyValue>) -> String {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Any::StringValue(text)) => text.clone(),
        Some(Any::IntValue(number)) => number.to_string(),
        Some(Any::BoolValue(flag)) => flag.to_string(),
        Some(Any::DoubleValue(number)) => number.to_string(),
        Some(Any::ArrayValue(array)) => {
            let items: Vec<_> = array.values.iter().map(|item| told(Some(item))).collect();
            items.join(",")
        }
        other => format!("{other:?}"),
    }
}

/// An id as text.
#[must_use]
pub fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn take(State(otlp): State<Otlp>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let grpc = headers.get("content-type").is_some_and(|it| it == "application/grpc");
    // A frame of gRPC: whether it is compressed, its length, the message.
    let message = if grpc { body.slice(5..) } else { body };
    let inner = &otlp.inner;
    lock(&inner.headers).push(headers);
    let path = uri.path();
    let resource = if path.ends_with("/v1/traces") || path.contains("TraceService") {
        let request = ExportTraceServiceRequest::decode(message).expect("a request for spans");
        let whole = request.resource_spans.into_iter().next().expect("a resource");
        let spans = whole.scope_spans.into_iter().flat_map(|scope| scope.spans);
        lock(&inner.spans).extend(spans);
        whole.resource
    } else {
        let request = ExportMetricsServiceRequest::decode(message).expect("one for measures");
        let whole = request.resource_metrics.into_iter().next().expect("a resource");
        let metrics = whole.scope_metrics.into_iter().flat_map(|scope| scope.metrics);
        *lock(&inner.metrics) = metrics.collect();
        whole.resource
    };
    let said = resource.into_iter().flat_map(|resource| resource.attributes);
    let said = said.map(|pair| (pair.key.clone(), told(pair.value.as_ref())));
    lock(&inner.resources).push(said.collect());
    inner.came.notify_waiters();
    if !grpc {
        return Response::new(Body::empty());
    }
    let mut answer = Response::new(Body::new(Answer(0)));
    *answer.status_mut() = StatusCode::OK;
    let media = HeaderValue::from_static("application/grpc");
    answer.headers_mut().insert("content-type", media);
    answer
}

/// The answer of gRPC: an empty message, and the status behind it.
struct Answer(u8);

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0 += 1;
        Poll::Ready(match self.0 {
            1 => Some(Ok(Frame::data(Bytes::from_static(&[0; 5])))),
            2 => {
                let mut trailers = HeaderMap::new();
                trailers.insert("grpc-status", HeaderValue::from_static("0"));
                Some(Ok(Frame::trailers(trailers)))
            }
            _ => None,
        })
    }
}
