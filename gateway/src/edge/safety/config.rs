//! HTTP safety as an operator sets it.

use std::collections::BTreeMap;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::cors::Cors;
use super::headers::SecurityHeaders;
use super::hosts;

/// Which header a trusted proxy adds the address of its client to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`, and `X-Forwarded-Proto`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// Who is believed, under which names, and what browsers are told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The names that this server answers to, such as `api.example` or `*.example`; empty = all,
    /// except that a connection to a loopback address is answered only under a name that no
    /// stranger's DNS can point there.
    pub hosts: Vec<String>,
    /// Networks whose word about the address of their client is taken, such as `10.0.0.0/8`.
    pub proxies_trusted: Vec<IpNet>,
    /// Where they say it. The other header is never read: a proxy that does not know it passes on
    /// what a client wrote there.
    pub forwarded_header: ForwardedHeader,
    /// Headers of every answer that differ from the usual ones; an empty text leaves one out.
    pub headers: BTreeMap<String, String>,
    /// Which pages of other origins may speak to this server.
    pub cors: CorsConfig,
}

/// Which pages of other origins may speak to this server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CorsConfig {
    /// Origins such as `https://app.example` or `https://*.example`; `*` alone = all.
    pub origins: Vec<String>,
    /// Whether they may send what the browser keeps for this server, such as cookies and
    /// certificates.
    pub credentials: bool,
    /// Headers that they may send.
    pub headers: Vec<String>,
    /// Headers of answers that they may read.
    pub exposed: Vec<String>,
    /// How long a browser need not ask again, in seconds.
    pub max_age_s: u32,
}

impl Default for CorsConfig {
    fn default() -> Self {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        Self {
            origins: Vec::new(),
            credentials: false,
            headers: texts(&[
                "accept",
                "authorization",
                "cambium-command-id",
                "cambium-reason",
                "cambium-tenant",
                "content-type",
                "idempotency-key",
                "if-match",
                "if-none-match",
                "last-event-id",
                "prefer",
                "traceparent",
                "tracestate",
                "x-api-key",
                "x-correlation-id",
                "x-request-id",
            ]),
            exposed: texts(&[
                "deprecation",
                "etag",
                "link",
                "location",
                "ratelimit",
                "ratelimit-policy",
                "retry-after",
                "sunset",
                "traceparent",
                "x-api-version",
                "x-request-id",
            ]),
            max_age_s: 600,
        }
    }
}

impl Config {
    /// Finds values that make no sense.
    ///
    /// # Errors
    /// The name of the first one and what is wrong with it.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        if let Some(odd) = self.hosts.iter().find(|name| !hosts::is_pattern(name)) {
            let text = format!("{odd} is no host name; write api.example or *.example");
            return Err(("edge.http.hosts", text));
        }
        SecurityHeaders::check(self).map_err(|reason| ("edge.http.headers", reason))?;
        Cors::check(&self.cors)
    }
}
