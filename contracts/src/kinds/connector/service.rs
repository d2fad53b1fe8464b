//! What an account is of, and how it is come by.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits::{NOTE_BYTES_MAX, PROVIDER_BYTES_MAX, SCOPES_MAX, TOOLS_MAX, WORD_BYTES_MAX};
use crate::effect::{PLACE_PATTERN, URL_BYTES_MAX, URL_PATTERN, is_url};
use crate::kinds::check::{Check, PLAIN, SAID};
use crate::model::LOCAL_PROVIDER;
use crate::refusal::Refusal;

/// What an account is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "service", rename_all = "snake_case", deny_unknown_fields)]
pub enum Service {
    /// A provider of models.
    Model {
        /// What stands before the slash of a model: a provider of the settings, or any other name.
        #[schemars(length(min = 1, max = PROVIDER_BYTES_MAX), regex(pattern = PROVIDER))]
        provider: String,
        /// Which language it speaks, such as `anthropic`; of a provider of the settings, theirs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(length(min = 1, max = WORD_BYTES_MAX), regex(pattern = SAID))]
        language: Option<String>,
        /// Where it is: a public address; left out, where the settings or its own service say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(length(min = 1, max = URL_BYTES_MAX), regex(pattern = PLACE_PATTERN))]
        base_url: Option<String>,
    },
    /// An MCP server over streamable HTTP, whose tools runs may then use.
    Mcp {
        /// Where it is: a public address.
        #[schemars(length(min = 1, max = URL_BYTES_MAX), regex(pattern = URL_PATTERN))]
        url: String,
        /// Its tools that are let through, by their own names; all when left out.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[schemars(length(max = TOOLS_MAX))]
        #[schemars(inner(length(min = 1, max = WORD_BYTES_MAX), regex(pattern = SAID)))]
        tools: Vec<String>,
    },
    /// An HTTP API that the tool `http_request` may ask in the account's name.
    Http {
        /// What every address begins with that is asked.
        #[schemars(length(min = 1, max = URL_BYTES_MAX), regex(pattern = PLACE_PATTERN))]
        base_url: String,
        /// The header that carries the key.
        #[serde(default = "authorization")]
        #[schemars(length(min = 1, max = WORD_BYTES_MAX), regex(pattern = SAID))]
        header: String,
        /// What stands before the key in it.
        #[serde(default = "bearer")]
        #[schemars(length(max = WORD_BYTES_MAX), regex(pattern = PLAIN))]
        prefix: String,
    },
}

fn authorization() -> String {
    "authorization".to_owned()
}

fn bearer() -> String {
    "Bearer ".to_owned()
}

/// How its credential is come by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "auth", rename_all = "snake_case", deny_unknown_fields)]
pub enum Auth {
    /// Somebody has a key and gives it: `PUT /v1/connectors/{id}/key`.
    #[default]
    Key,
    /// Somebody is asked by the service itself, OAuth 2.1 with a code and PKCE:
    /// `POST /v1/connectors/{id}/authorize`.
    Oauth(OAuth),
}

impl Auth {
    /// Whether somebody has the key.
    #[must_use]
    pub const fn is_key(&self) -> bool {
        matches!(self, Self::Key)
    }
}

/// Where somebody is asked, and where tokens are had. A client that has a secret gives it by
/// `PUT /v1/connectors/{id}/key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OAuth {
    /// Where the user is asked.
    #[schemars(length(min = 1, max = URL_BYTES_MAX), regex(pattern = URL_PATTERN))]
    pub authorize_url: String,
    /// Where a code, or the last token, becomes a token.
    #[schemars(length(min = 1, max = URL_BYTES_MAX), regex(pattern = URL_PATTERN))]
    pub token_url: String,
    /// Where a token is ended (RFC 7009).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = URL_BYTES_MAX), regex(pattern = URL_PATTERN))]
    pub revoke_url: Option<String>,
    /// As whom this system is known there.
    #[schemars(length(min = 1, max = WORD_BYTES_MAX), regex(pattern = SAID))]
    pub client_id: String,
    /// What is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = SCOPES_MAX))]
    #[schemars(inner(length(min = 1, max = WORD_BYTES_MAX), regex(pattern = SAID)))]
    pub scopes: Vec<String>,
    /// For whom the token is to be (RFC 8707).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = URL_BYTES_MAX), regex(pattern = URL_PATTERN))]
    pub resource: Option<String>,
}

/// Input of `create`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Create {
    /// What the account is of.
    pub service: Service,
    /// How its credential is come by; a key when left out.
    #[serde(default, skip_serializing_if = "Auth::is_key")]
    pub auth: Auth,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = NOTE_BYTES_MAX), regex(pattern = SAID))]
    pub description: Option<String>,
}

/// What [`is_provider`] takes, as a schema says it: not the built-in one.
const PROVIDER: &str = r"^(?!local$)[A-Za-z0-9][A-Za-z0-9_-]*$";

const URL: &str = "is an http or https URL without user and password";

/// Whether a text can be the name of a provider.
fn is_provider(name: &str) -> bool {
    let sign = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let begun = name.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric);
    begun && name.len() <= PROVIDER_BYTES_MAX && name.bytes().all(sign) && name != LOCAL_PROVIDER
}

/// Whether a URL says nothing but a place: what is sent beside it may be a key.
fn is_place(url: &str) -> bool {
    is_url(url) && !url.contains(['?', '#'])
}

impl Create {
    /// Whether each member can be meant.
    ///
    /// # Errors
    /// `invalid_input`, naming each member at fault.
    pub fn check(&self) -> Result<(), Refusal> {
        let check = Check::new().text_opt("description", self.description.as_ref(), NOTE_BYTES_MAX);
        let check = match &self.service {
            Service::Model { provider, language, base_url } => {
                let named = "is letters, digits, `-` and `_`, and not the built-in provider";
                check
                    .ensure(is_provider(provider), "service.provider", named)
                    .text_opt("service.language", language.as_ref(), WORD_BYTES_MAX)
                    .ensure(base_url.as_deref().is_none_or(is_place), "service.base_url", URL)
            }
            Service::Mcp { url, tools } => {
                let check = check.ensure(is_url(url), "service.url", URL);
                words(check, "service.tools", tools, TOOLS_MAX)
            }
            Service::Http { base_url, header, prefix } => check
                .ensure(is_place(base_url), "service.base_url", URL)
                .text("service.header", header, WORD_BYTES_MAX)
                .body("service.prefix", prefix, WORD_BYTES_MAX),
        };
        match &self.auth {
            Auth::Key => check.done(),
            Auth::Oauth(oauth) => oauth.check(check).done(),
        }
    }
}

impl OAuth {
    fn check(&self, check: Check) -> Check {
        let Self { authorize_url, token_url, revoke_url, client_id, scopes, resource } = self;
        let check = check
            .ensure(is_url(authorize_url), "auth.authorize_url", URL)
            .ensure(is_url(token_url), "auth.token_url", URL)
            .ensure(revoke_url.as_deref().is_none_or(is_url), "auth.revoke_url", URL)
            .ensure(resource.as_deref().is_none_or(is_url), "auth.resource", URL)
            .text("auth.client_id", client_id, WORD_BYTES_MAX);
        words(check, "auth.scopes", scopes, SCOPES_MAX)
    }
}

fn words(check: Check, field: &str, words: &[String], most: usize) -> Check {
    let good = |word: &String| !word.trim().is_empty() && word.len() <= WORD_BYTES_MAX;
    let message = format!("each has 1 to {WORD_BYTES_MAX} bytes");
    check.items(field, words.len(), most).ensure(words.iter().all(good), field, message)
}
