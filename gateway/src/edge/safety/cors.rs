//! Which pages of other origins may speak to this server (the Fetch standard's CORS).

use std::collections::BTreeSet;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use contracts::Refusal;

use super::config::CorsConfig;
use crate::edge::routes;
use crate::problem::codes;

/// An origin that is allowed, or many.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    /// All.
    Any,
    /// This.
    Exact(String),
    /// Those of all names below one: `https://`, `.example`, and `:port` or nothing.
    Below { scheme: String, zone: String, port: String },
}

impl Pattern {
    /// Reads `https://app.example`, `https://*.example:8443` or `*`.
    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Any);
        }
        let (scheme, rest) = text.split_once("://")?;
        let scheme = format!("{}://", scheme.to_ascii_lowercase());
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
        let Some(zone) = rest.strip_prefix('*') else {
            let whole = !rest.is_empty() && rest.bytes().all(letter) && scheme.len() > 3;
            return whole.then(|| Self::Exact(format!("{scheme}{}", rest.to_ascii_lowercase())));
        };
        let (zone, port) = zone
            .split_once(':')
            .map_or((zone, String::new()), |(zone, port)| (zone, format!(":{port}")));
        let sound = zone.starts_with('.') && zone.len() > 1 && zone.bytes().all(letter);
        sound.then(|| Self::Below { scheme, zone: zone.to_ascii_lowercase(), port })
    }

    fn fits(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(exact) => exact == origin,
            Self::Below { scheme, zone, port } => {
                let name = origin.strip_prefix(scheme.as_str());
                let name = name.and_then(|rest| rest.strip_suffix(port.as_str()));
                // What stands before the zone is a name, and nothing that hides another host.
                let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
                let below = name.and_then(|name| name.strip_suffix(zone.as_str()));
                below.is_some_and(|below| !below.is_empty() && below.bytes().all(letter))
            }
        }
    }
}

/// The rules, with the headers that tell them.
pub(super) struct Cors {
    patterns: Vec<Pattern>,
    any: bool,
    credentials: bool,
    preflight: Vec<(HeaderName, HeaderValue)>,
    exposed: Option<HeaderValue>,
}

impl Cors {
    pub(super) fn new(config: &CorsConfig) -> Self {
        let patterns: Vec<_> = config.origins.iter().filter_map(|it| Pattern::parse(it)).collect();
        let mut methods: BTreeSet<String> =
            routes::all().map(|route| route.method.as_str().to_ascii_uppercase()).collect();
        methods.insert("HEAD".to_owned());
        let methods: Vec<_> = methods.into_iter().collect();
        let value = |text: String| HeaderValue::try_from(text).ok();
        let preflight = [
            (header::ACCESS_CONTROL_ALLOW_METHODS, value(methods.join(", "))),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, value(config.headers.join(", "))),
            (header::ACCESS_CONTROL_MAX_AGE, value(config.max_age_s.to_string())),
        ];
        let preflight = preflight.into_iter().filter_map(|(name, value)| Some((name, value?)));
        Self {
            any: patterns.contains(&Pattern::Any),
            patterns,
            credentials: config.credentials,
            preflight: preflight.collect(),
            exposed: value(config.exposed.join(", ")),
        }
    }

    /// # Errors
    /// The name of the first value that makes no sense, and what is wrong with it.
    pub(super) fn check(config: &CorsConfig) -> Result<(), (&'static str, String)> {
        for origin in &config.origins {
            let Some(pattern) = Pattern::parse(origin) else {
                let text = format!("{origin} is no origin; write https://app.example");
                return Err(("edge.http.cors.origins", text));
            };
            if pattern == Pattern::Any && config.credentials {
                let text = "cannot be * where credentials are allowed; name the origins";
                return Err(("edge.http.cors.origins", text.to_owned()));
            }
        }
        for (key, names) in [
            ("edge.http.cors.headers", &config.headers),
            ("edge.http.cors.exposed", &config.exposed),
        ] {
            if let Some(odd) = names.iter().find(|name| HeaderName::try_from(*name).is_err()) {
                return Err((key, format!("{odd} is no name of a header")));
            }
        }
        Ok(())
    }

    /// Whether a page of `origin` may speak to this server.
    pub(super) fn allows(&self, origin: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.fits(origin))
    }

    /// The answer to a browser that asks whether it may ask; `None` = it does not, or nothing of
    /// this is configured.
    pub(super) fn preflight(&self, request: &Request) -> Option<Result<Response, Refusal>> {
        let asked = header::ACCESS_CONTROL_REQUEST_METHOD;
        let headers = request.headers();
        let asks = request.method() == Method::OPTIONS && headers.contains_key(asked);
        let origin = headers.get(header::ORIGIN).filter(|_| asks && !self.patterns.is_empty())?;
        if !origin.to_str().is_ok_and(|origin| self.allows(origin)) {
            return Some(Err(codes::origin_refused()));
        }
        let mut response = StatusCode::NO_CONTENT.into_response();
        for (name, value) in &self.preflight {
            response.headers_mut().insert(name.clone(), value.clone());
        }
        let asked = "access-control-request-method, access-control-request-headers";
        response.headers_mut().append(header::VARY, HeaderValue::from_static(asked));
        Some(Ok(response))
    }

    /// Lets the page of `origin` read an answer, when it may.
    pub(super) fn put(&self, headers: &mut HeaderMap, origin: &str) {
        if !self.allows(origin) {
            return;
        }
        let all = self.any && !self.credentials;
        let told = if all { "*" } else { origin };
        let Ok(told) = HeaderValue::try_from(told) else { return };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, told);
        if self.credentials {
            let yes = HeaderValue::from_static("true");
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
        }
        if let Some(exposed) = &self.exposed {
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed.clone());
        }
    }

    /// Says that answers differ by origin, so that no cache gives one page's answer to another.
    pub(super) fn vary(&self, headers: &mut HeaderMap) {
        let same = self.any && !self.credentials;
        if !(self.patterns.is_empty() || same) {
            headers.append(header::VARY, HeaderValue::from_static("origin"));
        }
    }
}
