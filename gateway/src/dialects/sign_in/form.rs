//! Bodies as OAuth wants them, and its errors.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::{Refusal, RefusalClass};
use serde_json::{Value, json};

use super::session;
use crate::edge::body;
use crate::edge::call::Call;
use crate::edge::shared::Shared;
use crate::problem::Spoken;

/// The most parameters of a form.
const PARAMETERS_MAX: usize = 32;

/// The parameters of a form.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a form; a JSON object of texts is as good.
    ///
    /// # Errors
    /// As [`body::bytes`]; `invalid_request` for what is neither, or says something twice.
    pub(super) async fn read(shared: &Shared, call: &mut Call) -> Result<Self, Error> {
        let media = call.parts.headers.get(header::CONTENT_TYPE);
        let media = media.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let name = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let unclear = |text: &str| Error::told(StatusCode::BAD_REQUEST, "invalid_request", text);
        let pairs: Vec<(String, String)> = if name == "application/x-www-form-urlencoded" {
            let taken = std::mem::take(&mut call.body);
            parameters(&body::bytes(&call.parts.headers, taken, &shared.edge.config).await?)
        } else {
            let value = call.json(shared).await?;
            let members = value.as_object().ok_or_else(|| unclear("the body is no object"))?;
            let texts = members.iter().map(|(name, value)| {
                let text = value.as_str().ok_or_else(|| unclear("every member is a text"))?;
                Ok((name.clone(), text.to_owned()))
            });
            texts.collect::<Result<_, Error>>()?
        };
        if pairs.len() > PARAMETERS_MAX {
            return Err(unclear("the form has too many parameters"));
        }
        let twice = pairs
            .iter()
            .enumerate()
            .any(|(at, (name, _))| pairs[..at].iter().any(|(before, _)| before == name));
        if twice {
            return Err(unclear("a parameter comes twice"));
        }
        Ok(Self(pairs))
    }

    /// A parameter; an empty one is none.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The same.
    ///
    /// # Errors
    /// `invalid_request`.
    pub(super) fn need(&self, name: &str) -> Result<&str, Error> {
        self.get(name).ok_or_else(|| {
            let text = format!("the parameter {name} is needed");
            Error::told(StatusCode::BAD_REQUEST, "invalid_request", &text)
        })
    }
}

/// The parameters of a form's text.
pub(in crate::dialects) fn parameters(bytes: &[u8]) -> Vec<(String, String)> {
    // Reads `a=b&c=d` with %XX and +; what is no UTF-8 becomes what is nobody's password.
    let text = String::from_utf8_lossy(bytes);
    let Ok(mut url) = reqwest::Url::parse("http://localhost/") else { return Vec::new() };
    url.set_query(Some(&text));
    let pairs = url.query_pairs().filter(|(name, _)| !name.is_empty());
    pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// Name and secret of `Authorization: Basic`, decoded as RFC 6749 says.
pub(super) fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
    let (name, secret) = text.split_once(':')?;
    let plain = |text: &str| parameters(format!("x={text}").as_bytes()).pop().map(|(_, it)| it);
    Some((plain(name)?, plain(secret)?))
}

/// A "no" as RFC 6749 tells it, or one of ours.
pub(super) enum Error {
    Told(StatusCode, &'static str, String),
    Ours(Refusal),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Ours(refusal)
    }
}

impl Error {
    pub(super) fn told(status: StatusCode, error: &'static str, text: &str) -> Self {
        Self::Told(status, error, text.to_owned())
    }

    /// A refusal of a grant: what is wrong with it is what OAuth calls `invalid_grant`.
    pub(super) fn grant(refusal: Refusal) -> Self {
        match refusal.class {
            RefusalClass::Unauthenticated | RefusalClass::Forbidden => {
                let text = format!("{}: {}", refusal.code, refusal.message);
                Self::Told(StatusCode::BAD_REQUEST, "invalid_grant", text)
            }
            _ => Self::Ours(refusal),
        }
    }

    /// The answer.
    ///
    /// # Errors
    /// Those that are ours.
    pub(super) fn answer(self) -> Result<Response, Refusal> {
        match self {
            Self::Ours(refusal) => Err(refusal),
            Self::Told(status, error, text) => {
                let body: Value = json!({ "error": error, "error_description": text });
                let mut response = session::secret(status, &body)?;
                response.extensions_mut().insert(Spoken);
                if status == StatusCode::UNAUTHORIZED {
                    let challenge = HeaderValue::from_static(r#"Basic realm="cambium""#);
                    response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
                }
                Ok(response)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::{basic, parameters};

    #[test]
    fn forms_are_read_as_browsers_write_them() {
        let read = parameters(b"grant_type=password&password=a%20b%26+c&empty=&=x");
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let wanted =
            vec![pair("grant_type", "password"), pair("password", "a b& c"), pair("empty", "")];
        assert_eq!(read, wanted);
    }

    #[test]
    fn basic_credentials_are_decoded_twice() {
        let mut headers = HeaderMap::new();
        // k1:a%3Ab
        headers.insert("authorization", "Basic azE6YSUzQWI=".parse().unwrap());
        assert_eq!(basic(&headers), Some(("k1".to_owned(), "a:b".to_owned())));
        headers.insert("authorization", "Bearer azE6YSUzQWI=".parse().unwrap());
        assert_eq!(basic(&headers), None);
    }
}
