//! The HTTP client of the verbs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, ClientBuilder, Identity, Method, RequestBuilder, Response, Url};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::failure::{Failure, Problem};
use crate::settings::Secret;

/// How long a connection may take to come about, in milliseconds.
const CONNECT_TIMEOUT_MS: u64 = 5_000;
/// How long an answer may take as a whole, in milliseconds: a long history takes its time.
const ANSWER_TIMEOUT_MS: u64 = 300_000;
/// The header that names the tenant.
const TENANT: HeaderName = HeaderName::from_static("cambium-tenant");

/// The header that says why a super admin enters it.
const REASON: HeaderName = HeaderName::from_static("cambium-reason");

/// In which tenant one acts, and why there.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// Which tenant; `None` = one's own.
    pub tenant: Option<String>,
    /// Why a super admin enters it.
    pub reason: Option<String>,
}

/// Whom a client believes, and what it shows of itself, as paths to PEM.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// An authority beside the system's own.
    pub authority: Option<PathBuf>,
    /// A certificate to show.
    pub certificate: Option<PathBuf>,
    /// Its key; `None` = it stands in the same file.
    pub key: Option<PathBuf>,
}

impl Trust {
    fn apply(&self, mut builder: ClientBuilder) -> Result<ClientBuilder, Failure> {
        let odd = |path: &Path, error: &dyn std::fmt::Display| {
            Failure::Usage(format!("{}: {error}", path.display()))
        };
        let read = |path: &PathBuf| std::fs::read(path).map_err(|error| odd(path, &error));
        if let Some(path) = &self.authority {
            let roots = Certificate::from_pem_bundle(&read(path)?);
            builder = builder.tls_certs_merge(roots.map_err(|error| odd(path, &error))?);
        }
        if let Some(path) = &self.certificate {
            let mut whole = read(path)?;
            if let Some(key) = &self.key {
                whole.push(b'\n');
                whole.extend(read(key)?);
            }
            let identity = Identity::from_pem(&whole).map_err(|error| odd(path, &error))?;
            builder = builder.identity(identity);
        }
        Ok(builder)
    }
}

/// A server and the right to speak to it.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
}

/// An answer that is not an error.
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body; null when it is empty.
    pub body: Value,
}

impl Client {
    /// A client of the server at `url`.
    ///
    /// # Errors
    /// [`Failure::Usage`] when `url`, `key`, `place` or a file of `trust` cannot be used.
    pub fn new(
        url: &str,
        key: Option<Secret>,
        place: Place,
        trust: &Trust,
    ) -> Result<Self, Failure> {
        let Place { tenant, reason } = place;
        let usage = |what: &str| Failure::Usage(format!("{what} cannot be used"));
        let base = Url::parse(url).map_err(|error| Failure::Usage(format!("{url}: {error}")))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(Failure::Usage(format!("{url}: a server's URL begins with http or https")));
        }
        let mut headers = HeaderMap::new();
        if let Some(key) = key {
            let bearer = format!("Bearer {}", key.reveal());
            let mut value = HeaderValue::try_from(bearer).map_err(|_| usage("the key"))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        if let Some(tenant) = tenant {
            headers.insert(TENANT, HeaderValue::try_from(tenant).map_err(|_| usage("the tenant"))?);
        }
        if let Some(reason) = reason {
            headers.insert(REASON, HeaderValue::try_from(reason).map_err(|_| usage("the reason"))?);
        }
        // Somebody may have installed one before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = trust.apply(reqwest::Client::builder())?;
        let http = builder
            .user_agent(concat!("cambium/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .connect_timeout(Duration::from_millis(CONNECT_TIMEOUT_MS))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Failure::Failed(error.to_string()))?;
        Ok(Self { http, base })
    }

    /// Whether `url` leads to this machine itself.
    #[must_use]
    pub fn is_loopback(url: &str) -> bool {
        let Ok(url) = Url::parse(url) else { return false };
        let host = url.host_str().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// Where the server is.
    #[must_use]
    pub const fn base(&self) -> &Url {
        &self.base
    }

    /// A request to `path` below the server's URL, with a query and without a time limit.
    pub fn request(&self, method: Method, path: &str, query: &[(&str, String)]) -> RequestBuilder {
        let mut url = self.base.clone();
        let joined = format!("{}{path}", url.path().trim_end_matches('/'));
        url.set_path(&joined);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.http.request(method, url)
    }

    /// Sends a request; an answer with an error status is a failure.
    ///
    /// # Errors
    /// [`Failure::Unreachable`] without an answer, [`Failure::Refused`] with a problem.
    pub async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = response.bytes().await.unwrap_or_default();
        let mut problem = Problem::read(status.as_u16(), &body);
        if problem.docs.starts_with('/')
            && let Ok(page) = self.base.join(&problem.docs)
        {
            problem.docs = page.to_string();
        }
        Err(Failure::Refused(Box::new(problem)))
    }

    /// The failure that a lost connection is.
    #[must_use]
    pub fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let mut reason: &dyn std::error::Error = error;
        while let Some(source) = reason.source() {
            reason = source;
        }
        Failure::Unreachable { url: self.base.to_string(), reason: reason.to_string() }
    }

    /// The answer to a request, as JSON.
    ///
    /// # Errors
    /// As [`Client::send`]; [`Failure::Failed`] when the body is not JSON.
    pub async fn ask(&self, request: RequestBuilder) -> Result<Answer, Failure> {
        let response = self.send(request).await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.map_err(|error| self.unreachable(&error))?;
        if bytes.is_empty() {
            return Ok(Answer { status, headers, body: Value::Null });
        }
        let body = serde_json::from_slice(&bytes)
            .map_err(|error| Failure::Failed(format!("the answer is not JSON: {error}")))?;
        Ok(Answer { status, headers, body })
    }

    /// `GET path`, as JSON.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value, Failure> {
        let limit = Duration::from_millis(ANSWER_TIMEOUT_MS);
        let request = self.request(Method::GET, path, query).timeout(limit);
        let request = request.header(ACCEPT, "application/json");
        Ok(self.ask(request).await?.body)
    }

    /// `POST path` with a JSON body. Waits as long as it takes.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let request = self.request(Method::POST, path, &[]);
        let request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        Ok(self.ask(request).await?.body)
    }
}

/// Reads JSON as the shape that the server promises.
///
/// # Errors
/// [`Failure::Failed`] when it is of another shape: the server is of another version.
pub fn shape<T: DeserializeOwned>(value: &Value) -> Result<T, Failure> {
    contracts::read::from_ref(value).map_err(|error| {
        Failure::Failed(format!("the answer is not of the shape that this program knows: {error}"))
    })
}
