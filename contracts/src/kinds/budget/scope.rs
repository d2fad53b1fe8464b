//! What a budget is the budget of.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SYSTEM;
use crate::ids::{ActorId, CredentialId, Kind, Principal, Tenant};
use crate::kinds::check::Check;

/// The longest pattern, in bytes.
pub const PATTERN_BYTES_MAX: usize = 256;

/// Which spending a budget is about: what each member that is given matches. In a pattern, `*`
/// stands for any text; nothing given = all spending of the tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Scope {
    /// Of tenants so called; only in the tenant `system`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = PATTERN_BYTES_MAX))]
    pub tenant: Option<String>,
    /// Of principals so called.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = PATTERN_BYTES_MAX))]
    pub principal: Option<String>,
    /// Of this key or session: its id, never its secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = PATTERN_BYTES_MAX))]
    pub credential: Option<String>,
    /// Of actors of this kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = PATTERN_BYTES_MAX))]
    pub kind: Option<String>,
    /// Of actors so called.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = PATTERN_BYTES_MAX))]
    pub actor: Option<String>,
    /// On models so called, such as `openai/*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = PATTERN_BYTES_MAX))]
    pub model: Option<String>,
}

/// Who spends, and on what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spender {
    /// In which tenant.
    pub tenant: Tenant,
    /// In whose name.
    pub principal: Principal,
    /// With which key or session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<CredentialId>,
    /// For an actor of which kind.
    pub kind: Kind,
    /// For which actor.
    pub actor: ActorId,
}

impl Scope {
    /// Whether what `spender` spends on `model` is the concern of a budget of the tenant `home`.
    #[must_use]
    pub fn covers(&self, home: &Tenant, spender: &Spender, model: &str) -> bool {
        let fits = |pattern: &Option<String>, text: Option<&str>| {
            let Some(pattern) = pattern else { return true };
            text.is_some_and(|text| matches(pattern, text))
        };
        let at_home = *home == spender.tenant && self.tenant.is_none();
        let above = *home == SYSTEM && fits(&self.tenant, Some(spender.tenant.as_str()));
        (at_home || above)
            && fits(&self.principal, Some(spender.principal.as_str()))
            && fits(&self.credential, spender.credential.as_ref().map(CredentialId::as_str))
            && fits(&self.kind, Some(spender.kind.as_str()))
            && fits(&self.actor, Some(spender.actor.as_str()))
            && fits(&self.model, Some(model))
    }

    /// The patterns that are given, by name.
    fn patterns(&self) -> impl Iterator<Item = (&'static str, &String)> {
        [
            ("tenant", &self.tenant),
            ("principal", &self.principal),
            ("credential", &self.credential),
            ("kind", &self.kind),
            ("actor", &self.actor),
            ("model", &self.model),
        ]
        .into_iter()
        .filter_map(|(name, pattern)| Some((name, pattern.as_ref()?)))
    }

    /// Adds what is wrong with the patterns.
    pub(super) fn check(&self, check: Check) -> Check {
        self.patterns().fold(check, |check, (name, pattern)| {
            check.text(format_args!("scope.{name}"), pattern, PATTERN_BYTES_MAX)
        })
    }
}

/// Whether `text` is what `pattern` means, in which each `*` stands for any text.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(part) = last.replace(part) {
            let Some((_, after)) = rest.split_once(part) else { return false };
            rest = after;
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

#[cfg(test)]
mod tests {
    use super::{Scope, Spender, matches};
    use crate::ids::Tenant;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text) in [
            ("*", ""),
            ("*", "anything"),
            ("openai/*", "openai/gpt-4o"),
            ("*/gpt-4o", "azure/gpt-4o"),
            ("a*b*c", "abc"),
            ("a*b*c", "a-b-b-c"),
            ("exact", "exact"),
            ("**", "x"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "x"),
            ("openai/*", "openai"),
            ("a*b*c", "acb"),
            ("exact", "exactly"),
            ("a*a", "a"),
            ("*b", "abc"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    fn spender() -> Spender {
        Spender {
            tenant: "acme".parse().expect("a tenant"),
            principal: "ada".parse().expect("a principal"),
            credential: Some("key-1".parse().expect("a credential")),
            kind: "conversation".parse().expect("a kind"),
            actor: "c1".parse().expect("an id"),
        }
    }

    #[test]
    fn every_member_that_is_given_must_fit() {
        let text = |text: &str| Some(text.to_owned());
        let acme = Tenant::from_static("acme");
        let all = Scope::default();
        assert!(all.covers(&acme, &spender(), "openai/gpt-4o"));
        let narrow = Scope {
            principal: text("ada"),
            credential: text("key-1"),
            kind: text("conversation"),
            actor: text("c*"),
            model: text("openai/*"),
            ..Scope::default()
        };
        assert!(narrow.covers(&acme, &spender(), "openai/gpt-4o"));
        assert!(!narrow.covers(&acme, &spender(), "anthropic/claude"));
        for scope in [
            Scope { principal: text("bob"), ..narrow.clone() },
            Scope { credential: text("key-2"), ..narrow.clone() },
            Scope { kind: text("bot"), ..narrow.clone() },
            Scope { actor: text("d*"), ..narrow.clone() },
        ] {
            assert!(!scope.covers(&acme, &spender(), "openai/gpt-4o"), "{scope:?}");
        }
        let keyless = Spender { credential: None, ..spender() };
        assert!(!narrow.covers(&acme, &keyless, "openai/gpt-4o"));
    }

    #[test]
    fn no_tenant_budgets_another_but_the_system_does() {
        let (other, system) = (Tenant::from_static("other"), Tenant::from_static("system"));
        let all = Scope::default();
        assert!(!all.covers(&other, &spender(), "m"));
        assert!(all.covers(&system, &spender(), "m"));
        let named = Scope { tenant: Some("acme".to_owned()), ..Scope::default() };
        assert!(named.covers(&system, &spender(), "m"));
        assert!(!named.covers(&other, &spender(), "m"));
        assert!(!named.covers(&"acme".parse().expect("a tenant"), &spender(), "m"));
        let another = Scope { tenant: Some("b*".to_owned()), ..Scope::default() };
        assert!(!another.covers(&system, &spender(), "m"));
    }
}
