//! Asking an HTTP server: what was asked is put together from what the log only names, and what is
//! answered is kept within bounds.

use std::collections::BTreeMap;

use bytes::Bytes;
use contracts::effect::{
    Accept, Effect, Fetch, FetchBody, Fetched, FetchedBody, SecretHeader, Sign, SigningKeys,
};
use contracts::envelope::Trace;
use contracts::kinds::webhook;
use contracts::{Refusal, SecretName, Tenant};
use serde_json::Value;

use super::job::What;
use super::task::Task;
use crate::fetch::{Answered, Request, signature, status_refusal};
use crate::runtime::hooks;

impl Task {
    /// Sends the request, as far as it is still wanted, with its place in the trace that it is
    /// recorded in, unless it names another itself.
    pub(super) async fn fetch(
        &self,
        fetch: &Fetch,
        trace: Option<&Trace>,
    ) -> Result<Fetched, Refusal> {
        self.ensure_wanted().await?;
        let mut request =
            Request::new(fetch.method.as_str(), &fetch.url, fetch.response_bytes_max)?;
        request.redirects_max = fetch.redirects_max;
        request.judge = self.judge(|| Effect::Fetch(fetch.clone())).await?;
        if let Some(trace) = trace {
            request.header("traceparent", &trace.parent)?;
        }
        for (name, value) in &fetch.headers {
            request.header(name, value)?;
        }
        request.body = match &fetch.body {
            Some(body) => Some(self.body(body).await?),
            None => None,
        };
        let secret = match &fetch.secret_header {
            Some(header) => Some(self.put_secret(&mut request, header).await?),
            None => None,
        };
        let mut secrets: Vec<_> = secret.into_iter().collect();
        if let Some(name) = &fetch.sealed_headers {
            secrets.extend(self.put_headers(&mut request, name).await?);
        }
        if let Some(sign) = &fetch.sign {
            self.sign(&mut request, sign).await?;
        }
        let shared = &self.runtime.shared;
        let now = shared.world.clock.now();
        let mut answered = shared.fetcher.send(request, now).await?;
        for secret in &secrets {
            answered.mask(secret);
        }
        ensure_accepted(fetch, &answered)?;
        self.keep(answered).await
    }

    /// A webhook that was disabled meanwhile tries no more.
    async fn ensure_wanted(&self) -> Result<(), Refusal> {
        let again = matches!(self.start.what, What::Perform { attempt, .. } if attempt > 1);
        let address = &self.due().address;
        if !again || address.kind != webhook::KIND {
            return Ok(());
        }
        let living = self.runtime.shared.hydrator.wake(address).await.map_err(Refusal::from)?;
        if living.machine.state()["enabled"] == true {
            return Ok(());
        }
        let message = "the webhook was disabled before its receiver took the message";
        Err(Refusal::rejected("webhook_disabled", message))
    }

    async fn body(&self, body: &FetchBody) -> Result<Bytes, Refusal> {
        let due = self.due();
        let (shared, tenant) = (&self.runtime.shared, &due.address.tenant);
        match body {
            FetchBody::Text(text) => {
                // What is asked of the world is asked in plain words.
                let opened = shared.opened(tenant, Value::String(text.clone())).await;
                let text = opened.as_str().map_or_else(|| opened.to_string(), str::to_owned);
                Ok(text.into())
            }
            FetchBody::Blob(hash) => {
                let found = shared.world.blobs.get(tenant, *hash).await?;
                found.ok_or_else(|| {
                    let message = format!("the blob {hash} that was to be sent is gone");
                    Refusal::not_found("blob_missing", message)
                })
            }
            FetchBody::Event(place) => {
                hooks::cloud_event(shared, tenant, place, due.cursor).await.map(Bytes::from)
            }
            FetchBody::Task(place) => hooks::task(shared, tenant, place).await.map(Bytes::from),
        }
    }

    async fn put_secret(
        &self,
        request: &mut Request,
        header: &SecretHeader,
    ) -> Result<String, Refusal> {
        let secret = self.secret(&header.secret).await?;
        let secret = String::from_utf8(secret).map_err(|_| unusable(&header.secret))?;
        let secret = secret.trim_end_matches(['\r', '\n']).to_owned();
        request.secret_header(&header.name, &format!("{}{secret}", header.prefix))?;
        Ok(secret)
    }

    /// Puts in the headers that a secret holds, and gives their values.
    async fn put_headers(
        &self,
        request: &mut Request,
        name: &SecretName,
    ) -> Result<Vec<String>, Refusal> {
        let secret = self.secret(name).await?;
        let headers: BTreeMap<String, String> =
            contracts::read::from_slice(&secret).map_err(|_| unusable(name))?;
        for (header, value) in &headers {
            request.secret_header(header, value).map_err(|_| unusable(name))?;
        }
        Ok(headers.into_values().filter(|value| !value.is_empty()).collect())
    }

    async fn sign(&self, request: &mut Request, sign: &Sign) -> Result<(), Refusal> {
        let sealed = self.secret(&sign.secret).await?;
        let keys = SigningKeys::open(&sealed).map_err(|_| unusable(&sign.secret))?;
        let now = self.runtime.shared.world.clock.now();
        let body = request.body.clone().unwrap_or_default();
        let (seconds, signed) =
            signature(&keys, &sign.id, now, &body).map_err(|_| unusable(&sign.secret))?;
        request.header("webhook-id", &sign.id)?;
        request.header("webhook-timestamp", &seconds)?;
        request.header("webhook-signature", &signed)
    }

    /// A secret of the tenant. One that is not there may be about to be sealed.
    async fn secret(&self, name: &SecretName) -> Result<Vec<u8>, Refusal> {
        let tenant: &Tenant = &self.due().address.tenant;
        let found = self.runtime.shared.world.secrets.open(tenant, name).await?;
        found.ok_or_else(|| {
            let message = format!("the tenant has no secret called {name}");
            Refusal::unavailable("secret_not_found", message)
        })
    }

    /// The answer as the log keeps it.
    async fn keep(&self, answered: Answered) -> Result<Fetched, Refusal> {
        let Answered { status, headers, body, truncated, .. } = answered;
        let shared = &self.runtime.shared;
        let small = body.len() <= shared.config.fetch.inline_bytes_max as usize;
        let text = String::from_utf8(body).map_err(|error| error.into_bytes());
        let body = match text {
            // Not every database keeps a NUL.
            Ok(text) if small && !text.contains('\0') => FetchedBody::Text(text),
            Ok(text) => self.put(text.into_bytes()).await?,
            Err(bytes) => self.put(bytes).await?,
        };
        Ok(Fetched { status, headers, body, truncated })
    }

    async fn put(&self, content: Vec<u8>) -> Result<FetchedBody, Refusal> {
        let (tenant, bytes) = (&self.due().address.tenant, content.len() as u64);
        let hash = self.runtime.shared.world.blobs.put(tenant, content.into()).await?;
        Ok(FetchedBody::Blob { hash, bytes })
    }
}

fn unusable(name: &SecretName) -> Refusal {
    Refusal::rejected("secret_unusable", format!("the secret {name} cannot be used for this"))
}

/// Whether the answer is an outcome.
fn ensure_accepted(fetch: &Fetch, answered: &Answered) -> Result<(), Refusal> {
    let Answered { status, retry_after_ms, .. } = answered;
    let success = (200..300).contains(status);
    let again = match fetch.accept {
        Accept::Any => return Ok(()),
        _ if success => return Ok(()),
        Accept::Success => matches!(status, 408 | 425 | 429 | 500..=599),
        Accept::Delivered => *status != 410,
    };
    Err(status_refusal(&fetch.url, *status, again, *retry_after_ms))
}
