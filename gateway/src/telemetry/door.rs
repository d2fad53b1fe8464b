//! The way to an OTLP server: one request, and what became of it.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message as _;
use reqwest::{Client, Url};

use super::grpc;
use super::settings::{Protocol, TelemetrySettings};

/// The longest pause that a server may ask for, in milliseconds.
const PAUSE_MS_MAX: u64 = 5_000;

/// The most that is read of an answer, in bytes.
pub(super) const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// The way to one address.
pub struct Door {
    client: Client,
    url: Url,
    protocol: Protocol,
    headers: HeaderMap,
    timeout: Duration,
}

/// What a server says of a request that it took.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// How many spans or points of it the server did not take.
    pub rejected: u64,
    /// What it says of that.
    pub why: String,
}

impl Taken {
    /// What an answer says. The answers for spans, points and lines have the same members.
    pub(super) fn of(answer: &[u8]) -> Self {
        let answer = ExportTraceServiceResponse::decode(answer).unwrap_or_default();
        let partial = answer.partial_success.unwrap_or_default();
        let rejected = u64::try_from(partial.rejected_spans).unwrap_or_default();
        Self { rejected, why: partial.error_message }
    }
}

/// Why a request was not taken.
#[derive(Debug)]
pub struct Failure {
    /// What is said of it.
    pub why: String,
    /// The pause before it may help to send it again; `None` = it does not.
    pub again: Option<Duration>,
}

impl Failure {
    pub(super) fn for_good(why: impl Into<String>) -> Self {
        Self { why: why.into(), again: None }
    }

    pub(super) fn passing(why: impl Into<String>) -> Self {
        Self { why: why.into(), again: Some(Duration::from_millis(500)) }
    }
}

impl Door {
    /// The way to `url`, as the settings say.
    ///
    /// # Errors
    /// When the headers are of no use or there is no TLS.
    pub fn new(settings: &TelemetrySettings, url: Url) -> anyhow::Result<Self> {
        // Somebody may have installed one before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let text = settings.headers.as_ref().map_or("", |headers| headers.reveal());
        let headers = headers(text).map_err(|why| anyhow::anyhow!("telemetry.headers: {why}"))?;
        let timeout = Duration::from_millis(settings.timeout_ms);
        let builder = Client::builder()
            .user_agent(concat!("cambium/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(timeout)
            .timeout(timeout);
        // Who speaks no TLS needs no certificates, which take a while to read.
        let encrypted = url.scheme() == "https";
        let builder = if encrypted { builder } else { builder.tls_certs_only([]) };
        let plain_grpc = settings.protocol == Protocol::Grpc && !encrypted;
        let builder = if plain_grpc { builder.http2_prior_knowledge() } else { builder };
        let (client, protocol) = (builder.build()?, settings.protocol);
        Ok(Self { client, url, protocol, headers, timeout })
    }

    /// Sends a message of OTLP.
    ///
    /// # Errors
    /// Why nobody took it.
    pub async fn send(&self, message: Bytes) -> Result<Taken, Failure> {
        let sending = async {
            match self.protocol {
                Protocol::HttpProtobuf => self.post(message).await,
                Protocol::Grpc => {
                    let request = self.client.post(self.url.clone()).headers(self.headers.clone());
                    grpc::call(request, &message).await
                }
            }
        };
        let late = || Failure::passing("it takes too long");
        tokio::time::timeout(self.timeout, sending).await.unwrap_or_else(|_| Err(late()))
    }

    async fn post(&self, message: Bytes) -> Result<Taken, Failure> {
        let request = self.client.post(self.url.clone()).headers(self.headers.clone());
        let request = request.header(CONTENT_TYPE, "application/x-protobuf").body(message);
        let mut answer = request.send().await.map_err(unreachable)?;
        let status = answer.status();
        let pause = pause(answer.headers());
        // Read, so that the connection can be used again.
        let mut read = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(unreachable)? {
            read.extend_from_slice(&piece);
            if read.len() > ANSWER_BYTES_MAX {
                break;
            }
        }
        if status.is_success() {
            return Ok(Taken::of(&read));
        }
        let again = [
            StatusCode::TOO_MANY_REQUESTS,
            StatusCode::BAD_GATEWAY,
            StatusCode::SERVICE_UNAVAILABLE,
            StatusCode::GATEWAY_TIMEOUT,
        ];
        let why = format!("it answers {status}");
        let again = again.contains(&status).then_some(pause);
        Err(Failure { why, again })
    }
}

pub(super) fn unreachable(error: reqwest::Error) -> Failure {
    Failure::passing(error.without_url().to_string())
}

/// The pause that an answer asks for.
fn pause(headers: &HeaderMap) -> Duration {
    let asked = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let ms = asked.map_or(500, |seconds: u64| seconds.saturating_mul(1_000));
    Duration::from_millis(ms.min(PAUSE_MS_MAX))
}

/// Headers as the conventions write them: `name=value`, with commas between them.
///
/// # Errors
/// What is no header. The error repeats no value.
pub fn headers(text: &str) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in super::resource::pairs(text)? {
        let key = HeaderName::try_from(name.to_ascii_lowercase());
        let key = key.map_err(|_| format!("{name:?} is no name of a header"))?;
        let mut value =
            HeaderValue::try_from(value).map_err(|_| format!("the value of {name} is none"))?;
        value.set_sensitive(true);
        headers.append(key, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::metrics::v1::{
        ExportMetricsPartialSuccess, ExportMetricsServiceResponse,
    };
    use prost::Message as _;

    use super::Taken;

    #[test]
    fn what_was_not_taken_is_read_from_any_answer() {
        let partial = ExportMetricsPartialSuccess {
            rejected_data_points: 3,
            error_message: "old".to_owned(),
        };
        let answer = ExportMetricsServiceResponse { partial_success: Some(partial) };
        let taken = Taken::of(&answer.encode_to_vec());
        assert_eq!(taken, Taken { rejected: 3, why: "old".to_owned() });
        assert_eq!((Taken::of(b""), Taken::of(b"{}")), (Taken::default(), Taken::default()));
    }
}
