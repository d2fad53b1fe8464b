//! A user is asked by the service itself: OAuth 2.1 with a code, a state and PKCE. What the user
//! comes back with is good once, for a while, and only for what he was sent with.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::kinds::connector::{self, Auth, Authorize, Create, OAuth};
use contracts::ports::Grant;
use contracts::view::At;
use contracts::{
    ActorId, Address, Caller, CredentialId, Hash, Origin, Principal, Refusal, RefusalClass, Secret,
    Tenant,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::effects::{Nothing, body};
use super::super::respond;
use super::{Word, standing};
use crate::chance;
use crate::edge::call::Call;
use crate::edge::shared::Shared;
use crate::problem::codes;

/// How long a user has to come back, in milliseconds.
const BACK_MS: u64 = 10 * 60 * 1_000;

/// What is kept of a user who is away, under the hash of what he was sent with.
#[derive(Serialize, Deserialize)]
struct Away {
    tenant: Tenant,
    id: ActorId,
    principal: Principal,
    credential: Option<CredentialId>,
    verifier: String,
    redirect_uri: String,
}

fn ticket(state: &str) -> String {
    format!("connect/{}", Hash::of(state.as_bytes()))
}

/// Where the user is to be sent.
pub(super) async fn begin(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let Nothing {} = body(&shared, &mut call, "{}").await?;
    let (id, by) = (call.id()?, call.caller()?);
    let to = Address::new(call.tenant.clone(), connector::KIND, id.clone());
    let view = shared.edge.history.state(&to, At::Latest).await?;
    let create = contracts::read::from_ref::<Create>(&view.state["create"]);
    let Ok(Create { auth: Auth::Oauth(oauth), .. }) = create else {
        let message = "the connector's credential is not come by this way";
        return Err(Refusal::rejected("connector_auth_mismatch", message));
    };
    let redirect_uri = format!("{}/v1/connectors/callback", shared.edge.sign_in.base);
    let state = chance::hex(&chance::bytes::<32>()?);
    let verifier = chance::hex(&chance::bytes::<32>()?);
    let url = leading(&oauth, &state, &verifier, &redirect_uri);
    let (principal, credential) = (by.principal, by.credential);
    let tenant = call.tenant.clone();
    let away = Away { tenant, id, principal, credential, verifier, redirect_uri };
    let bytes = serde_json::to_vec(&away).map_err(|error| Refusal::internal(error.to_string()))?;
    let at = ticket(&state);
    let sealed = shared.edge.vault.master_key().wrap(&at, &bytes)?;
    shared.edge.tickets.create(&at, sealed, Some(BACK_MS)).await?;
    let expires_at = shared.now().plus_millis(i64::try_from(BACK_MS).unwrap_or(i64::MAX));
    respond::secret(StatusCode::OK, &json!({ "authorize_url": url, "expires_at": expires_at }))
}

fn leading(oauth: &OAuth, state: &str, verifier: &str, redirect_uri: &str) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
    let scopes = oauth.scopes.join(" ");
    let scopes = (!scopes.is_empty()).then_some(("scope", scopes.as_str()));
    let resource = oauth.resource.as_deref().map(|resource| ("resource", resource));
    let pairs = [
        ("response_type", "code"),
        ("client_id", &oauth.client_id),
        ("redirect_uri", redirect_uri),
        ("state", state),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let pairs = pairs.into_iter().chain(scopes).chain(resource);
    let pair = |(name, value): (&str, &str)| {
        format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))
    };
    let query: Vec<String> = pairs.map(pair).collect();
    let (url, fragment) = match oauth.authorize_url.split_once('#') {
        Some((url, fragment)) => (url, format!("#{fragment}")),
        None => (oauth.authorize_url.as_str(), String::new()),
    };
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}{}{fragment}", query.join("&"))
}

/// The user is back.
pub(super) async fn back(shared: Arc<Shared>, call: Call) -> Result<Response, Refusal> {
    let (query, scene) = (call.query.clone(), call.scene.clone());
    drop(call);
    let needed = |name: &str| {
        let text = query.text(name).filter(|it| !it.is_empty());
        text.ok_or_else(|| codes::query_invalid(name, "is needed"))
    };
    let Away { tenant, id, principal, credential, verifier, redirect_uri } =
        met(&shared, needed("state")?).await?;
    if let Some(error) = query.text("error") {
        let sign = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        let word = if error.len() <= 40 && error.bytes().all(sign) { error } else { "error" };
        let message = format!("the service gives no code: {word}");
        return Err(Refusal::rejected("oauth_refused", message));
    }
    let code = Secret::new(needed("code")?.to_owned());
    let by = principal.clone();
    let grant = Grant { code, verifier: Secret::new(verifier), redirect_uri, by };
    let to = Address::new(tenant.clone(), connector::KIND, id.clone());
    let tokens = shared.edge.connectors.exchange(&to, grant).await?;
    let secret = tokens.secret.clone();
    let word = Word { tenant, by: Caller::new(principal, Origin::Http).with(credential) };
    let told = ("authorize", json!(Authorize::from(tokens)));
    let done = word.tell(&shared, &scene, (&id, &secret), told).await?;
    respond::secret(StatusCode::OK, &standing(&id, &done))
}

/// What is kept of the user, once.
async fn met(shared: &Shared, state: &str) -> Result<Away, Refusal> {
    let unknown = || {
        let message = "nobody was sent with this state, or he has come back before, or too late";
        Refusal::new(RefusalClass::Forbidden, "oauth_state_unknown", message)
    };
    let at = ticket(state);
    let found = shared.edge.tickets.get(&at).await?.ok_or_else(unknown)?;
    if !shared.edge.tickets.delete(&at, found.revision).await? {
        return Err(unknown());
    }
    let bytes = shared.edge.vault.master_key().unwrap(&at, &found.value)?;
    contracts::read::from_slice(&bytes).map_err(|_| unknown())
}

#[cfg(test)]
mod tests {
    use contracts::kinds::connector::OAuth;

    use super::leading;

    #[test]
    fn where_a_user_is_sent_says_all_that_the_standard_wants() {
        let oauth = OAuth {
            authorize_url: "https://login.example/a?tenant=x".to_owned(),
            token_url: "https://login.example/t".to_owned(),
            revoke_url: None,
            client_id: "a&b".to_owned(),
            scopes: vec!["read".to_owned(), "write".to_owned()],
            resource: None,
        };
        // The pair that RFC 7636 has in its appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let url = leading(&oauth, "s1", verifier, "https://here.example/back");
        assert!(url.starts_with("https://login.example/a?tenant=x&response_type=code&"), "{url}");
        for part in [
            "client_id=a%26b",
            "scope=read%20write",
            "state=s1",
            "redirect_uri=https%3A%2F%2Fhere%2Eexample%2Fback",
            "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw%2DcM",
            "code_challenge_method=S256",
        ] {
            assert!(url.contains(part), "{part} in {url}");
        }
        assert!(!url.contains(verifier));
    }
}
