//! Tokens of OAuth: had for a code or for the last ones (RFC 6749), ended (RFC 7009). What is sent
//! and what comes back stands in no log; it goes through the same guard as every request.

use contracts::kinds::connector::{OAuth, Tokens};
use contracts::{Principal, Refusal, SecretName, Tenant};
use reqwest::Url;
use serde_json::Value;

use super::Credential;
use crate::fetch::{Answered, Request};
use crate::runtime::shared::Shared;

/// The longest answer of a token endpoint, in bytes.
const ANSWER_BYTES_MAX: u32 = 256 * 1_024;
/// The longest word of an error that is told, in bytes.
const WORD_BYTES_MAX: usize = 40;
/// The longest life of a token that is believed, in seconds.
const LIFE_S_MAX: u64 = 10 * 365 * 24 * 60 * 60;

/// Who asks: in which house, where, and with which sealed secret of the client.
pub type Client<'a> = (&'a Tenant, &'a OAuth, Option<&'a SecretName>);

impl Shared {
    /// Has tokens and seals them under a name, on the word of somebody. Those who give no new
    /// refresh token mean that the last one stays.
    ///
    /// # Errors
    /// `oauth_refused`, `oauth_unavailable`, and those of requests and of the store.
    pub async fn tokens(
        &self,
        client: Client<'_>,
        form: &[(&str, &str)],
        last: Option<&str>,
        (name, by): (&SecretName, &Principal),
    ) -> Result<Tokens, Refusal> {
        let now = self.world.clock.now();
        let resource = client.1.resource.as_deref().map(|resource| ("resource", resource));
        let form: Vec<_> = form.iter().copied().chain(resource).collect();
        let answered = self.post(client, &client.1.token_url, &form).await?;
        let body: Value = serde_json::from_slice(&answered.body).unwrap_or_default();
        let text = |name: &str| body[name].as_str().filter(|it| !it.is_empty());
        let Some(access_token) = text("access_token").filter(|_| answered.status == 200) else {
            return Err(refused(answered.status, &body));
        };
        let life_s = body["expires_in"].as_u64().or_else(|| text("expires_in")?.parse().ok());
        let life_ms = life_s.map(|s| i64::try_from(s.min(LIFE_S_MAX) * 1_000).unwrap_or(i64::MAX));
        let expires_at = life_ms.map(|ms| now.plus_millis(ms));
        let refresh_token = text("refresh_token").or(last).map(str::to_owned);
        let refreshable = refresh_token.is_some();
        let access_token = access_token.to_owned();
        let credential = Credential { access_token, refresh_token, expires_at };
        self.world.secrets.seal(client.0, name, &credential.written()?, (by, now)).await?;
        Ok(Tokens { secret: name.clone(), expires_at, refreshable })
    }

    /// Ends a token where it was given; whether the service says that it is ended.
    ///
    /// # Errors
    /// Those of requests and of the store.
    pub async fn end_token(
        &self,
        client: Client<'_>,
        url: &str,
        credential: &Credential,
    ) -> Result<bool, Refusal> {
        let token = credential.refresh_token.as_ref().unwrap_or(&credential.access_token);
        let answered = self.post(client, url, &[("token", token)]).await?;
        Ok(answered.status == 200)
    }

    async fn post(
        &self,
        (tenant, oauth, secret): Client<'_>,
        url: &str,
        form: &[(&str, &str)],
    ) -> Result<Answered, Refusal> {
        let secret = match secret {
            Some(name) => Some(self.credential(tenant, Some(name)).await?.access_token),
            None => None,
        };
        let own = [("client_id", oauth.client_id.as_str())];
        let secret = secret.as_deref().map(|secret| ("client_secret", secret));
        // A URL's query is a form's body.
        let mut body = Url::parse("http://form.invalid/")
            .map_err(|_| Refusal::internal("a form cannot be written"))?;
        body.query_pairs_mut().extend_pairs(form.iter().copied().chain(own).chain(secret));
        let body = body.query().unwrap_or_default().to_owned();
        let mut request = Request::new("POST", url, ANSWER_BYTES_MAX)?;
        request.header("content-type", "application/x-www-form-urlencoded")?;
        request.header("accept", "application/json")?;
        request.body = Some(body.into());
        self.fetcher.send(request, self.world.clock.now()).await
    }
}

/// Why there are no tokens: the word that the RFC has for it, and nothing else of the answer.
fn refused(status: u16, body: &Value) -> Refusal {
    let sign = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    let word = body["error"].as_str().filter(|it| it.len() <= WORD_BYTES_MAX);
    let word = word.filter(|it| !it.is_empty() && it.bytes().all(sign));
    if status == 429 || status >= 500 {
        let message = format!("the service that gives tokens answers {status}");
        return Refusal::unavailable("oauth_unavailable", message);
    }
    let why = word.map_or_else(|| format!("it answers {status}"), str::to_owned);
    Refusal::rejected("oauth_refused", format!("the service gives no token: {why}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::refused;

    #[test]
    fn nothing_of_an_answer_is_told_but_the_word_of_the_standard() {
        let told = |status, body| refused(status, &body).to_string();
        let grant = told(400, json!({ "error": "invalid_grant", "error_description": "secret" }));
        assert_eq!(grant, "oauth_refused: the service gives no token: invalid_grant");
        let odd = told(400, json!({ "error": "code abc123 is bad" }));
        assert_eq!(odd, "oauth_refused: the service gives no token: it answers 400");
        assert!(told(503, json!({})).starts_with("oauth_unavailable"));
    }
}
