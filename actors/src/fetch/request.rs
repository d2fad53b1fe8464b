//! One request, and the redirects behind it.

use std::sync::Arc;

use bytes::Bytes;
use contracts::{Refusal, Timestamp};
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Response, StatusCode, Url};

use super::answer::{self, Answered};
use super::clients::{Clients, Lookup};
use super::config::Config;
use super::error::{downgraded, failed, invalid, left, redirected};

/// Headers that belong to the connection, and so to whoever makes it.
const OURS: [&str; 11] = [
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// Headers that only the server for which they were meant may see.
const PRIVATE: [&str; 6] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "webhook-signature",
    "x-api-key",
    "x-auth-token",
];

/// Says whether a redirect to another host is followed.
pub type Judge = Arc<dyn Fn(&Url) -> bool + Send + Sync>;

/// A request as it is to be sent.
#[derive(Clone)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// Headers.
    pub headers: HeaderMap,
    /// Headers that no other server than this may see.
    pub private: HeaderMap,
    /// What is sent.
    pub body: Option<Bytes>,
    /// The most that is read of the answer, in bytes.
    pub response_bytes_max: u32,
    /// How many redirects are followed.
    pub redirects_max: u8,
    /// Who says whether a redirect is followed to another host; `None` = each is.
    pub judge: Option<Judge>,
}

impl Request {
    /// A request without headers and body, whose answer is read up to `response_bytes_max`.
    ///
    /// # Errors
    /// `fetch_invalid`, when the URL is none.
    pub fn new(method: &str, url: &str, response_bytes_max: u32) -> Result<Self, Refusal> {
        let method = method.parse().map_err(|_| invalid("that is no method"))?;
        let url = Url::parse(url).map_err(|_| invalid("that is no URL"))?;
        let (headers, private) = (HeaderMap::new(), HeaderMap::new());
        let (body, redirects_max, judge) = (None, 0, None);
        Ok(Self { method, url, headers, private, body, response_bytes_max, redirects_max, judge })
    }

    /// Adds a header. One that tells who asks goes to this server alone.
    ///
    /// # Errors
    /// `fetch_invalid`, when it is none, or belongs to the connection.
    pub fn header(&mut self, name: &str, value: &str) -> Result<(), Refusal> {
        let (name, value) = read(name, value)?;
        let private = PRIVATE.contains(&name.as_str());
        if private { &mut self.private } else { &mut self.headers }.insert(name, value);
        Ok(())
    }

    /// Adds a header whose value is a secret: it goes to this server alone.
    ///
    /// # Errors
    /// As [`Request::header`].
    pub fn secret_header(&mut self, name: &str, value: &str) -> Result<(), Refusal> {
        let (name, mut value) = read(name, value)?;
        value.set_sensitive(true);
        self.private.insert(name, value);
        Ok(())
    }
}

fn read(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Refusal> {
    let odd = || invalid("a header has an odd name or value");
    let name: HeaderName = name.parse().map_err(|_| odd())?;
    if OURS.contains(&name.as_str()) || name.as_str().starts_with("proxy-") {
        return Err(invalid("a header is set that belongs to the connection"));
    }
    Ok((name, value.parse().map_err(|_| odd())?))
}

/// Sends requests, behind the guard.
pub struct Fetcher {
    clients: Arc<Clients>,
    config: Config,
}

impl Fetcher {
    /// Sends requests within the limits of `config`. Names are resolved by `lookup`, by the
    /// machine's own resolver when there is none.
    #[must_use]
    pub fn new(config: &Config, lookup: Option<Lookup>) -> Self {
        let clients = Arc::new(Clients::new(config.clone(), lookup));
        Self { clients, config: config.clone() }
    }

    /// Clients behind the same guard, for whoever speaks more than one request.
    #[must_use]
    pub fn clients(&self) -> Arc<Clients> {
        self.clients.clone()
    }

    /// Sends a request and reads the answer, whatever its status. How long all of it may take is
    /// for the caller to say.
    ///
    /// # Errors
    /// `fetch_invalid`, `fetch_blocked`, `fetch_unresolved`, `fetch_unreachable`,
    /// `fetch_interrupted`, `fetch_timeout`, `fetch_redirects`.
    pub async fn send(&self, mut request: Request, now: Timestamp) -> Result<Answered, Refusal> {
        let bytes = request.body.as_ref().map_or(0, Bytes::len);
        if bytes > self.config.request_bytes_max as usize {
            return Err(invalid("the body is larger than the settings allow"));
        }
        let most = request.redirects_max.min(self.config.redirects_max);
        let mut followed = 0;
        loop {
            let response = self.ask(&request).await?;
            let next = match target(&request.url, &response) {
                Some(next) if most > 0 => next?,
                _ => {
                    let bytes = request.response_bytes_max.min(self.config.response_bytes_max);
                    let answered = answer::read(&request.url, response, bytes as usize, now).await;
                    return answered.map(|it| self.bounded(it));
                }
            };
            if followed == most {
                return Err(redirected(&request.url, most));
            }
            let judge = request.judge.as_ref().filter(|_| next.host() != request.url.host());
            if judge.is_some_and(|judge| !judge(&next)) {
                return Err(left(&request.url, &next));
            }
            followed += 1;
            request = redirect(request, response.status(), next)?;
        }
    }

    async fn ask(&self, request: &Request) -> Result<Response, Refusal> {
        let client = self.clients.of(&request.url).await?;
        let mut headers = request.headers.clone();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.extend(request.private.clone());
        let mut asking = client.request(request.method.clone(), request.url.clone());
        asking = asking.headers(headers);
        if let Some(body) = &request.body {
            asking = asking.body(body.clone());
        }
        asking.send().await.map_err(|error| failed(&request.url, &error))
    }

    fn bounded(&self, mut answered: Answered) -> Answered {
        let most = self.config.retry_after_ms_max;
        answered.retry_after_ms = answered.retry_after_ms.map(|ms| ms.min(most));
        answered
    }
}

/// Where an answer leads on to; `None` = nowhere.
fn target(url: &Url, response: &Response) -> Option<Result<Url, Refusal>> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.headers().get(header::LOCATION)?;
    let next = location.to_str().ok().and_then(|text| url.join(text).ok());
    Some(next.ok_or_else(|| invalid("a redirect leads to no URL")))
}

/// The request that a redirect asks for. What only the first server may see stays with it.
fn redirect(mut request: Request, status: StatusCode, next: Url) -> Result<Request, Refusal> {
    if request.url.scheme() == "https" && next.scheme() == "http" {
        return Err(downgraded(&next));
    }
    if next.origin() != request.url.origin() {
        request.private.clear();
    }
    let reads = matches!(request.method, Method::GET | Method::HEAD);
    let posted = request.method == Method::POST && matches!(status.as_u16(), 301 | 302);
    if posted || (status == StatusCode::SEE_OTHER && !reads) {
        request.method = Method::GET;
        request.body = None;
        for name in [header::CONTENT_TYPE, header::CONTENT_ENCODING, header::CONTENT_LANGUAGE] {
            request.headers.remove(name);
        }
    }
    request.url = next;
    Ok(request)
}
