//! Requests in the name of an account with an HTTP API: only to where the account is.

use contracts::kinds::connector::Service;
use contracts::{Caller, Refusal, RefusalClass, Secret, Tenant};
use reqwest::Url;

use crate::fetch::Request;
use crate::runtime::shared::Shared;

impl Shared {
    /// Puts the credential of the connector `id` into a request, where `by` may use it and the
    /// request goes to its API; the credential, so that it is masked where it comes back.
    ///
    /// # Errors
    /// `connector_unusable`, `fetch_blocked`, `connector_unsealed`, and the store's.
    pub async fn signed(
        &self,
        tenant: &Tenant,
        by: &Caller,
        id: &str,
        request: &mut Request,
    ) -> Result<Secret, Refusal> {
        let snapshot = self.directory.snapshot();
        let mut usable = snapshot.connectors.usable(tenant, &by.principal);
        let found = usable.find(|(known, _)| known.as_str() == id);
        let Some((Service::Http { base_url, header, prefix }, secret)) =
            found.and_then(|(_, state)| Some((state.service()?, state.secret.as_ref())))
        else {
            let message = format!("there is no connector {id} with an HTTP API to be used here");
            return Err(Refusal::rejected("connector_unusable", message));
        };
        if !is_within(base_url, &request.url) {
            let message = format!("the connector {id} is not for that address");
            return Err(Refusal::new(RefusalClass::Forbidden, "fetch_blocked", message));
        }
        let key = self.credential(tenant, secret).await?.access_token;
        request.secret_header(header, &format!("{prefix}{key}"))?;
        Ok(Secret::new(key))
    }
}

/// Whether an address is below a place: the same server, and a path that goes on where that one
/// ends.
fn is_within(place: &str, url: &Url) -> bool {
    let Ok(place) = Url::parse(place) else { return false };
    let path = place.path().trim_end_matches('/');
    let rest = url.path().strip_prefix(path);
    let below = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    // What is decoded later may climb out again.
    let climbs = url.path().to_ascii_lowercase().contains("%2e") || url.path().contains("%2f");
    place.origin() == url.origin() && below && !climbs
}

#[cfg(test)]
mod tests {
    use super::is_within;

    #[test]
    fn a_key_goes_to_its_own_api_alone() {
        let within = |url: &str| is_within("https://api.example/v1/", &url.parse().expect("a URL"));
        assert!(within("https://api.example/v1/things?a=b") && within("https://api.example/v1"));
        for other in [
            "http://api.example/v1/things",
            "https://api.example:444/v1/things",
            "https://api.example.evil/v1/things",
            "https://api.example/v10/things",
            "https://api.example/v1/../v2",
            "https://api.example/v1/%2e%2e/v2",
            "https://evil.example/?https://api.example/v1/",
        ] {
            assert!(!within(other), "{other}");
        }
    }
}
