//! Outside issuers: who else may say who somebody is (OpenID Connect, RFC 9068), by settings.

use std::collections::BTreeMap;

use contracts::access::RoleName;
use contracts::{Hash, Principal, Tenant};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Somebody whose tokens count here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// Who it is: the URL in the tokens, below which its discovery document stands.
    pub issuer: String,
    /// Whom its tokens are for: what this system is called there, such as a client id.
    pub audience: String,
    /// Where those whom it tells of are at home here.
    pub tenant: Tenant,
    /// Where its keys are; none = its discovery document says so.
    #[serde(default)]
    pub jwks_url: Option<String>,
    /// Which claim names the principal.
    #[serde(default = "sub")]
    pub principal_claim: String,
    /// What names of principals begin with, so that the issuer names nobody else's.
    #[serde(default = "prefix")]
    pub principal_prefix: String,
    /// Whether whom nobody knows yet is registered.
    #[serde(default)]
    pub register: bool,
    /// The roles that who is registered begins with.
    #[serde(default)]
    pub roles: Vec<RoleName>,
    /// Which claim holds roles or groups: a text or a list of texts.
    #[serde(default)]
    pub roles_claim: Option<String>,
    /// Which roles here each of them means. They are given and taken as tokens say.
    #[serde(default)]
    pub role_map: BTreeMap<String, Vec<RoleName>>,
}

fn sub() -> String {
    "sub".to_owned()
}

fn prefix() -> String {
    "sso-".to_owned()
}

/// Whether keys may be fetched from a URL: encrypted, or from this machine.
pub(super) fn is_safe(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else { return false };
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    let local = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    url.scheme() == "https" || (url.scheme() == "http" && local)
}

impl Issuer {
    /// Whether it makes sense.
    ///
    /// # Errors
    /// What does not.
    pub fn check(&self) -> Result<(), String> {
        let urls = std::iter::once(&self.issuer).chain(&self.jwks_url);
        for url in urls {
            if !is_safe(url) {
                return Err(format!("{url}: must be an https URL, or http on this machine"));
            }
        }
        if self.audience.is_empty() {
            return Err(format!("{}: needs an audience", self.issuer));
        }
        let prefix = &self.principal_prefix;
        if !prefix.is_empty() && (Principal::new(prefix.clone()).is_err() || prefix.len() > 24) {
            return Err(format!(
                "{}: principal_prefix must be the beginning of a name",
                self.issuer
            ));
        }
        if self.roles_claim.is_none() && !self.role_map.is_empty() {
            return Err(format!("{}: role_map needs roles_claim", self.issuer));
        }
        Ok(())
    }

    /// What whom a token is about is called here. What cannot be a name becomes one by its hash;
    /// a colon stands in those names only, so that nobody is taken for another.
    #[must_use]
    pub fn principal(&self, claims: &Map<String, Value>) -> Option<Principal> {
        let told = claims.get(&self.principal_claim)?.as_str().filter(|told| !told.is_empty())?;
        let plain = format!("{}{told}", self.principal_prefix);
        let plain = Principal::new(plain).ok();
        let fits = plain.filter(|name| super::config::is_name(name) && !told.contains(':'));
        fits.or_else(|| {
            let hash = Hash::of_parts("cambium outside principal v1", &[&self.issuer, told]);
            Principal::new(format!("{}x:{}", self.principal_prefix, &hash.to_string()[..24])).ok()
        })
    }

    /// The roles that a token means, beside those that everybody begins with.
    #[must_use]
    pub fn mapped(&self, claims: &Map<String, Value>) -> Vec<RoleName> {
        let claim = self.roles_claim.as_ref().and_then(|name| claims.get(name));
        let told: Vec<&str> = match claim {
            Some(Value::String(text)) => text.split_whitespace().collect(),
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let means = told.into_iter().filter_map(|name| self.role_map.get(name)).flatten();
        let mut roles: Vec<RoleName> = means.cloned().collect();
        roles.sort_unstable();
        roles.dedup();
        roles
    }

    /// Whether a token is for us.
    #[must_use]
    pub fn is_for_us(&self, claims: &Map<String, Value>) -> bool {
        match claims.get("aud") {
            Some(Value::String(aud)) => *aud == self.audience,
            Some(Value::Array(all)) => all.iter().any(|aud| *aud == *self.audience),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Issuer;

    fn issuer(more: serde_json::Value) -> Issuer {
        let mut told = json!({
            "issuer": "https://id.example.org", "audience": "cambium", "tenant": "acme",
        });
        for (name, value) in more.as_object().unwrap() {
            told[name] = value.clone();
        }
        serde_json::from_value(told).unwrap()
    }

    #[test]
    fn nobody_is_taken_for_another() {
        let outside = issuer(json!({}));
        let called = |sub: &str| {
            let claims = json!({ "sub": sub });
            outside.principal(claims.as_object().unwrap()).map(|it| it.to_string())
        };
        assert_eq!(called("ada").as_deref(), Some("sso-ada"));
        assert_eq!(called("admin").as_deref(), Some("sso-admin"), "not the admin of this house");
        let odd = called("ada@example.org").unwrap();
        assert!(odd.starts_with("sso-x:"), "{odd}");
        let copy = odd.strip_prefix("sso-").unwrap();
        assert_ne!(called(copy).unwrap(), odd, "who takes such a name gets another");
        assert_eq!(called(""), None);
        let bare = issuer(json!({ "principal_prefix": "" }));
        let claims = json!({ "sub": "admin" });
        let name = bare.principal(claims.as_object().unwrap()).unwrap();
        assert!(name.as_str().starts_with("x:"), "reserved names stay reserved: {name}");
    }

    #[test]
    fn groups_mean_roles_only_where_the_map_says_so() {
        let outside = issuer(json!({
            "roles_claim": "groups", "role_map": { "staff": ["developer"], "boss": ["admin"] },
        }));
        let mapped = |groups: serde_json::Value| {
            let claims = json!({ "groups": groups });
            let roles = outside.mapped(claims.as_object().unwrap());
            roles.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(mapped(json!(["staff", "admin", "staff"])), ["developer"]);
        assert_eq!(mapped(json!("staff boss")), ["admin", "developer"]);
        assert!(mapped(json!({ "staff": true })).is_empty());
    }

    #[test]
    fn only_settings_that_make_sense_are_taken() {
        assert_eq!(issuer(json!({})).check(), Ok(()));
        assert_eq!(issuer(json!({ "issuer": "http://127.0.0.1:9" })).check(), Ok(()));
        for bad in [
            json!({ "issuer": "http://id.example.org" }),
            json!({ "jwks_url": "http://id.example.org/keys" }),
            json!({ "audience": "" }),
            json!({ "principal_prefix": "a b" }),
            json!({ "role_map": { "staff": ["developer"] } }),
        ] {
            assert!(issuer(bad.clone()).check().is_err(), "{bad}");
        }
    }
}
