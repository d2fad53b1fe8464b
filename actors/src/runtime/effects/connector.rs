//! What is done for a connector: its credential checked, refreshed, ended and erased. Only the
//! connector's own effects come here, whatever a model may call a tool.

use contracts::effect::{OutcomeResult, ToolAnswer, ToolRun};
use contracts::kinds::connector::{Auth, Checked, Create, Service, is_secret_of, secret_of};
use contracts::{Refusal, SecretName};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::task::Task;
use crate::fetch::Request;
use crate::kinds::connector::{CHECK, ERASE, Errand, REFRESH, REVOKE, State};

/// The most that is read of an API's answer to a check, in bytes.
const ANSWER_BYTES_MAX: u32 = 4_096;

impl Task {
    /// Does what a connector asks for.
    ///
    /// # Errors
    /// Why it was not done; never with anything of a credential.
    pub(super) async fn tend(&self, tool: &ToolRun) -> Result<OutcomeResult, Refusal> {
        let began = Instant::now();
        let errand = contracts::read::from_ref::<Errand>(&tool.input);
        let errand = errand.map_err(|error| Refusal::internal(error.to_string()))?;
        let foreign = |secret: &&SecretName| !is_secret_of(&self.due().address.id, secret);
        if errand.secret.iter().chain(&errand.client).any(|secret| foreign(&secret)) {
            return Err(Refusal::internal("a connector names a secret that is not its own"));
        }
        let output = match tool.name.as_str() {
            CHECK => self.check_account(&errand).await?,
            ERASE => self.erase(&errand).await?,
            REFRESH => self.refresh(&errand).await?,
            REVOKE => self.revoke(&errand).await?,
            other => return Err(Refusal::internal(format!("nobody knows how to {other}"))),
        };
        let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(OutcomeResult::Tool(ToolAnswer { output, blob: None, ms }))
    }

    async fn erase(&self, errand: &Errand) -> Result<Value, Refusal> {
        let tenant = &self.due().address.tenant;
        for secret in errand.secret.iter().chain(&errand.client) {
            self.runtime.shared.world.secrets.erase(tenant, secret).await?;
        }
        Ok(json!({}))
    }

    /// Whoever does not hear of it cannot help it: the credential is erased all the same.
    async fn revoke(&self, errand: &Errand) -> Result<Value, Refusal> {
        let (shared, tenant) = (&self.runtime.shared, &self.due().address.tenant);
        let mut ended = None;
        if let Some(Create { auth: Auth::Oauth(oauth), .. }) = errand.create.as_deref()
            && let Some(url) = &oauth.revoke_url
            && let Ok(credential) = shared.credential(tenant, errand.secret.as_ref()).await
        {
            let client = (tenant, oauth, errand.client.as_ref());
            ended = Some(shared.end_token(client, url, &credential).await.unwrap_or(false));
        }
        let id = &self.due().address.id;
        shared.sources.forget(tenant, id);
        shared.world.providers.forget_account(tenant, id);
        self.erase(errand).await?;
        Ok(json!({ "ended": ended }))
    }

    async fn refresh(&self, errand: &Errand) -> Result<Value, Refusal> {
        let (shared, due) = (&self.runtime.shared, self.due());
        let tenant = &due.address.tenant;
        let Some(Create { auth: Auth::Oauth(oauth), .. }) = errand.create.as_deref() else {
            return Err(Refusal::internal("only tokens are refreshed"));
        };
        let credential = shared.credential(tenant, errand.secret.as_ref()).await?;
        let Some(last) = &credential.refresh_token else {
            return Err(Refusal::rejected("oauth_refused", "the service gave no refresh token"));
        };
        let form = [("grant_type", "refresh_token"), ("refresh_token", last.as_str())];
        // Made again after a crash, it has the same name.
        let name = secret_of(&due.address.id, &due.id.0);
        let client = (tenant, oauth, errand.client.as_ref());
        let tokens = shared.tokens(client, &form, Some(last), (&name, &due.principal)).await?;
        Ok(json!(tokens))
    }

    async fn check_account(&self, errand: &Errand) -> Result<Value, Refusal> {
        let (shared, address) = (&self.runtime.shared, &self.due().address);
        let state = State {
            create: errand.create.clone(),
            secret: errand.secret.clone(),
            ..State::default()
        };
        let found = match state.service() {
            Some(Service::Model { .. }) => {
                let account = shared.account(&address.tenant, &address.id, &state)?;
                let account =
                    account.ok_or_else(|| Refusal::internal("nothing is to be checked"))?;
                account.check().await?
            }
            Some(Service::Http { base_url, header, prefix }) => {
                self.check_http((base_url, header, prefix), errand.secret.as_ref()).await?;
                None
            }
            Some(Service::Mcp { .. }) => {
                let source = shared.mcp_account(&address.tenant, &address.id, &state);
                let source = source.ok_or_else(|| Refusal::internal("there is no source"))?;
                Some(source.check().await?)
            }
            None => None,
        };
        Ok(json!(Checked { ok: true, found, ..Checked::default() }))
    }

    async fn check_http(
        &self,
        (url, header, prefix): (&str, &str, &str),
        secret: Option<&SecretName>,
    ) -> Result<(), Refusal> {
        let (shared, tenant) = (&self.runtime.shared, &self.due().address.tenant);
        let key = shared.credential(tenant, secret).await?.access_token;
        let mut request = Request::new("GET", url, ANSWER_BYTES_MAX)?;
        request.secret_header(header, &format!("{prefix}{key}"))?;
        let answered = shared.fetcher.send(request, shared.world.clock.now()).await?;
        if matches!(answered.status, 401 | 403) {
            let message = format!("the service answers {} to the credential", answered.status);
            return Err(Refusal::rejected("connector_refused", message));
        }
        Ok(())
    }
}
