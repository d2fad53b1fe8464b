//! A provider over HTTP: one language, one place, one key.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use contracts::Refusal;
use contracts::model::{Abilities, ModelRequest, ModelResponse, ModelView, Usage};
use contracts::ports::Fut;
use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, RequestBuilder, Url};

use super::call::{self, Times};
use super::failure::Failure;
use super::keys::{Keys, OpenKey};
use super::veil::Veil;
use super::{Ask, Call, Format};
use crate::fetch::Clients;
use crate::model::config::ProviderConfig;
use crate::model::delta::{Delta, Deltas};
use crate::model::embed::{self, EmbedRequest, Embedded};
use crate::model::error::ModelError;
use crate::model::provider::Provider;
use crate::model::tokens::count_tokens;

/// Headers that say who asks, or how: never of the settings.
const OURS: &[&str] = &[
    "accept",
    "api-key",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
    "x-api-key",
    "x-goog-api-key",
];

/// The longest name of a model, in bytes.
const MODEL_BYTES_MAX: usize = 200;

/// How a provider is reached, and with whose key, where it is an account's.
#[derive(Clone, Default)]
pub struct Door {
    /// The account's key; without one as the settings say.
    pub key: Option<OpenKey>,
    /// Where its place is a tenant's word: what looks at it before anything is sent there.
    pub guarded: Option<Arc<Clients>>,
}

/// Who sends.
enum Way {
    /// The place is the operator's word.
    Own(Client),
    /// The place is looked at first.
    Guarded(Arc<Clients>, Url),
}

/// A provider over HTTP.
pub struct Remote {
    name: String,
    format: Box<dyn Format>,
    config: ProviderConfig,
    base: String,
    is_plain: bool,
    is_here: bool,
    headers: HeaderMap,
    keys: Keys,
    way: Way,
}

impl Remote {
    /// The provider `name` with these settings.
    ///
    /// # Errors
    /// What is wrong with the settings; never a value of them that may be a secret.
    pub fn new(
        name: &str,
        format: Box<dyn Format>,
        config: ProviderConfig,
    ) -> Result<Self, String> {
        Self::through(name, format, config, Door::default())
    }

    /// The same through a door of its own.
    ///
    /// # Errors
    /// As [`Remote::new`].
    pub fn through(
        name: &str,
        format: Box<dyn Format>,
        config: ProviderConfig,
        door: Door,
    ) -> Result<Self, String> {
        let base = config.base_url.as_deref().or(format.base_url()).ok_or("needs a base_url")?;
        let url = Url::parse(base).map_err(|_| "base_url is no URL")?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err("base_url is not http or https".to_owned());
        }
        let bare = url.query().is_none() && url.fragment().is_none();
        if !bare || !url.username().is_empty() || url.password().is_some() {
            return Err("base_url holds a query or a user, which belong elsewhere".to_owned());
        }
        let host = url.host_str().unwrap_or_default();
        let is_here = host == "localhost"
            || host
                .trim_matches(['[', ']'])
                .parse()
                .is_ok_and(|address: std::net::IpAddr| address.is_loopback());
        let headers = headers(&config, format.headers(config.api_version.as_deref()))?;
        let keys = match door.key {
            Some(open) => Keys::sealed(&config, open),
            None => Keys::of(&config, format.key_env()),
        };
        let way = match door.guarded {
            Some(clients) => Way::Guarded(clients, url.clone()),
            None => Way::Own(client(&config, is_here)?),
        };
        let base = base.trim_end_matches('/').to_owned();
        let is_plain = url.scheme() == "http";
        Ok(Self {
            name: name.to_owned(),
            format,
            config,
            base,
            is_plain,
            is_here,
            headers,
            keys,
            way,
        })
    }

    /// The model as the provider calls it.
    fn model<'a>(&'a self, asked: &'a str) -> Result<&'a str, ModelError> {
        let named = asked.split_once('/').map(|(_, model)| model).filter(|it| !it.is_empty());
        let model = named.or_else(|| self.config.models.first().map(String::as_str));
        let model = model.ok_or_else(|| {
            ModelError::Validation(format!("{} is named without a model", self.name))
        })?;
        let sign = |byte: u8| byte.is_ascii_alphanumeric() || b"._:/@+-".contains(&byte);
        let good = model.bytes().all(sign) && model.len() <= MODEL_BYTES_MAX;
        if !good || model.split('/').any(|part| part.is_empty() || part == "." || part == "..") {
            return Err(ModelError::NotFound("of that name: it is no name of a model".to_owned()));
        }
        Ok(model)
    }

    async fn request(&self, call: &Call, streams: bool) -> Result<RequestBuilder, Failure> {
        let body = serde_json::to_vec(&call.body)
            .map_err(|error| Failure::nothing(ModelError::Internal(error.to_string())))?;
        let most = self.config.request_bytes_max;
        if body.len() > most {
            let told = format!("it has more than {most} bytes (request_bytes_max)");
            return Err(Failure::nothing(ModelError::Validation(told)));
        }
        let request = self
            .client()
            .await?
            .post(format!("{}{}", self.base, call.path))
            .headers(self.headers.clone())
            .header(ACCEPT, if streams { "text/event-stream" } else { "application/json" })
            .body(body);
        self.signed(request).await
    }

    async fn client(&self) -> Result<Client, Failure> {
        match &self.way {
            Way::Own(client) => Ok(client.clone()),
            Way::Guarded(clients, url) => clients.of(url).await.map_err(|refusal| {
                let passing = refusal.class == contracts::RefusalClass::Unavailable;
                let told = refusal.message;
                Failure::nothing(match passing {
                    true => ModelError::Network(told),
                    false => ModelError::Validation(told),
                })
            }),
        }
    }

    /// A request with the key in it.
    async fn signed(&self, mut request: RequestBuilder) -> Result<RequestBuilder, Failure> {
        if let Some(key) = self.keys.get().await.map_err(Failure::nothing)? {
            if self.is_plain && !self.is_here {
                let told = "a key is sent over https only".to_owned();
                return Err(Failure::nothing(ModelError::Internal(told)));
            }
            let (name, value) = self.format.credential(&key);
            let value = HeaderValue::from_str(&value).map(|mut value| {
                value.set_sensitive(true);
                value
            });
            let value = value.map_err(|_| Failure::nothing(ModelError::Auth))?;
            request = request.header(name, value);
        }
        Ok(request)
    }

    async fn refused(&self, response: reqwest::Response, times: Times, model: &str) -> Failure {
        let failure = call::error(response, times, (&*self.format, model)).await;
        if failure.error == ModelError::Auth {
            self.keys.forget().await;
        }
        failure
    }

    async fn answer(
        &self,
        request: &ModelRequest,
        deltas: Option<Deltas<'_>>,
    ) -> Result<ModelResponse, Failure> {
        let model = self.model(&request.model).map_err(Failure::nothing)?;
        let stream = deltas.is_some();
        let version = self.config.api_version.as_deref();
        let structured = self.config.structured;
        let ask = Ask { request, model, stream, version, structured };
        let call = self.format.call(&ask).map_err(Failure::nothing)?;
        let times = Times::of(&self.config);
        let sending = self.request(&call, stream).await?;
        let response = call::send(sending, times, stream).await?;
        if !response.status().is_success() {
            return Err(self.refused(response, times, model).await);
        }
        let veil = Veil::new(self.keys.sent(), deltas);
        let parts = match deltas {
            Some(_) => {
                let told = |delta: Delta<'_>| veil.tell(delta);
                call::pieces(response, times, (&*self.format, &self.config), &told).await?
            }
            None => {
                let most = self.config.answer_bytes_max;
                self.format.answer(&call::whole(response, times, most).await?)?
            }
        };
        veil.lift(parts).respond(request, (&self.name, model))
    }

    /// Asks which models there are: who answers takes the key.
    async fn listed(&self) -> Result<Option<u32>, Failure> {
        let times = Times::of(&self.config);
        let url = format!("{}{}", self.base, self.format.models_path());
        let request = self.client().await?.get(url).headers(self.headers.clone());
        let request = self.signed(request.header(ACCEPT, "application/json")).await?;
        let response = call::send(request, times, false).await?;
        if !response.status().is_success() {
            return Err(self.refused(response, times, "models").await);
        }
        let body = call::whole(response, times, self.config.answer_bytes_max).await?;
        let models = body["data"].as_array().or_else(|| body["models"].as_array());
        Ok(models.map(|models| u32::try_from(models.len()).unwrap_or(u32::MAX)))
    }

    /// A failure as it is told: without the key, whatever the provider repeats.
    fn told(&self, failure: Failure) -> Refusal {
        let mut refusal = Refusal::from(failure);
        refusal.message = self.keys.masked(&refusal.message);
        refusal
    }

    async fn vectors(&self, request: &EmbedRequest) -> Result<Embedded, Failure> {
        let model = self.model(&request.model).map_err(Failure::nothing)?;
        let version = self.config.api_version.as_deref();
        let call = self.format.embed(request, model, version).map_err(Failure::nothing)?;
        let call = call.ok_or_else(|| {
            let told = format!("the provider {} makes no embeddings", self.name);
            Failure::nothing(ModelError::Validation(told))
        })?;
        let times = Times::of(&self.config);
        let response = call::send(self.request(&call, false).await?, times, false).await?;
        if !response.status().is_success() {
            return Err(self.refused(response, times, model).await);
        }
        let body = call::whole(response, times, self.config.answer_bytes_max).await?;
        let (vectors, said) = self.format.embedded(&body)?;
        let vectors = embed::checked(vectors, request.texts.len()).map_err(Failure::failed)?;
        let own =
            || request.texts.iter().fold(0, |sum: u32, it| sum.saturating_add(count_tokens(it)));
        let said = said.filter(|tokens| *tokens > 0);
        let usage = Usage {
            input_tokens: said.unwrap_or_else(own),
            estimated: said.is_none(),
            ..Usage::default()
        };
        Ok(Embedded { model: format!("{}/{model}", self.name), vectors, usage })
    }
}

fn headers(config: &ProviderConfig, own: Vec<(&'static str, String)>) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    let told = config.headers.iter().map(|(name, value)| (name.as_str(), value.clone()));
    for (name, value) in told {
        let bad = |_| format!("headers.{name} is no header");
        let lower = name.to_ascii_lowercase();
        if OURS.contains(&lower.as_str()) {
            return Err(format!("headers.{name} cannot be set here"));
        }
        let mut value =
            HeaderValue::from_str(&value).map_err(|_| format!("headers.{name} is no header"))?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_bytes(lower.as_bytes()).map_err(bad)?, value);
    }
    for (name, value) in own.into_iter().chain([("content-type", "application/json".to_owned())]) {
        let value = HeaderValue::from_str(&value).map_err(|_| format!("{name} is no header"))?;
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(headers)
}

fn client(config: &ProviderConfig, is_here: bool) -> Result<Client, String> {
    // Somebody may have installed one before, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .user_agent(concat!("cambium/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_millis(config.connect_timeout_ms))
        // Whoever is sent elsewhere would bring the key there.
        .redirect(reqwest::redirect::Policy::none());
    let builder = if is_here { builder.no_proxy() } else { builder };
    builder.build().map_err(|_| "no HTTP client can be made".to_owned())
}

impl Provider for Remote {
    fn name(&self) -> &str {
        &self.name
    }

    fn complete<'a>(
        &'a self,
        request: &'a ModelRequest,
        deltas: Option<Deltas<'a>>,
    ) -> Fut<'a, Result<ModelResponse, Refusal>> {
        Box::pin(async move {
            self.answer(request, deltas).await.map_err(|failure| {
                let (code, done) = (failure.error.code(), failure.done);
                let refusal = self.told(failure);
                tracing::warn!(
                    provider = %self.name, code, ?done, error = %refusal.message, "model.refused"
                );
                refusal
            })
        })
    }

    fn embed<'a>(&'a self, request: &'a EmbedRequest) -> Fut<'a, Result<Embedded, Refusal>> {
        Box::pin(async move { self.vectors(request).await.map_err(|it| self.told(it)) })
    }

    fn check(&self) -> Fut<'_, Result<Option<u32>, Refusal>> {
        Box::pin(async move { self.listed().await.map_err(|it| self.told(it)) })
    }

    fn models(&self) -> Vec<ModelView> {
        let can: Abilities = self.format.abilities();
        let view = |model: &String| {
            let (id, provider) = (format!("{}/{model}", self.name), self.name.clone());
            ModelView { id, provider, can }
        };
        self.config.models.iter().map(view).collect()
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").field("name", &self.name).finish_non_exhaustive()
    }
}
