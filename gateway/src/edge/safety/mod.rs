//! What keeps strangers' pages, proxies and names from being taken for what they are not: who sent
//! a request, under which name, from which page, and what the answer tells a browser to do.

mod config;
mod cors;
mod forwarded;
mod headers;
mod hosts;
pub(super) mod secrets;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use contracts::Refusal;

pub use self::config::{Config, CorsConfig, ForwardedHeader};
use self::cors::Cors;
pub use self::forwarded::{Sender, sender};
use self::headers::SecurityHeaders;
use crate::problem::codes;

/// Where a connection came in.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// The other side.
    pub peer: SocketAddr,
    /// This side.
    pub local: SocketAddr,
    /// Whether it is encrypted.
    pub encrypted: bool,
}

/// The rules, ready to be asked.
pub struct Safety {
    config: Config,
    cors: Cors,
    headers: SecurityHeaders,
}

impl Safety {
    /// As `config` has them; what it has that makes no sense [`Config::check`] has told before.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let (cors, headers) = (Cors::new(&config.cors), SecurityHeaders::new(config));
        Self { config: config.clone(), cors, headers }
    }

    /// Who sent a request, behind proxies that are trusted.
    #[must_use]
    pub fn sender(&self, arrival: Option<&Arrival>, headers: &HeaderMap) -> Option<Sender> {
        arrival.map(|arrival| sender(arrival, headers, &self.config))
    }

    /// Whether a request may come in at all: under its name, with what its query says.
    ///
    /// # Errors
    /// `header_invalid`, `host_refused`, `secret_in_query`.
    pub fn admit(&self, request: &Request, sender: Option<&Sender>) -> Result<(), Refusal> {
        secrets::ensure_none(request.uri())?;
        match sender {
            Some(sender) => hosts::ensure(request, sender, &self.config.hosts),
            None => Ok(()),
        }
    }

    /// The answer to a browser that asks whether it may ask; `None` = it does not ask that.
    #[must_use]
    pub fn preflight(&self, request: &Request) -> Option<Result<Response, Refusal>> {
        self.cors.preflight(request)
    }

    /// Lets a browser open a socket from a page of this server itself, or of an origin that is
    /// allowed. Who is no browser sends no `Origin`.
    ///
    /// # Errors
    /// `origin_refused`.
    pub fn socket(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
        let origin = origin.to_str().unwrap_or("null");
        let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        let own = authority.is_some_and(|own| host.is_some_and(|it| it.eq_ignore_ascii_case(own)));
        if own || self.cors.allows(origin) { Ok(()) } else { Err(codes::origin_refused()) }
    }

    /// Tells the browser what it may do with an answer.
    pub fn finish(&self, response: &mut Response, told: &Told) {
        self.headers.put(response.headers_mut(), told.encrypted);
        if let Some(origin) = &told.origin {
            self.cors.put(response.headers_mut(), origin);
        }
        self.cors.vary(response.headers_mut());
        let headers = response.headers_mut();
        // What a read tells may be kept by its reader, and asked about with its tag; what a
        // command answers may hold a key that is shown once.
        if !told.reads {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        } else if told.credential && !headers.contains_key(header::CACHE_CONTROL) {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        }
        if told.chunked {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

/// What of a request matters for how its answer may be used.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// The page that asks.
    pub origin: Option<String>,
    /// Whether a credential came with it.
    pub credential: bool,
    /// Whether it only reads.
    pub reads: bool,
    /// Whether its body came in chunks over HTTP/1. Its length may have been told, too, and another
    /// one on the way may have believed that: then what follows is no request of its own, so
    /// nothing is read after it (RFC 9112, 6.1).
    pub chunked: bool,
    /// Whether all of its way was encrypted, as far as is known.
    pub encrypted: bool,
}
