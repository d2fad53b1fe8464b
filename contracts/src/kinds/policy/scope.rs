//! What a kill switch is about.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{ActorId, Kind, Tenant};

/// What stands still while a switch is engaged. Written as text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Scope {
    /// `global`: everything; only in the tenant `system`.
    Global,
    /// `tenant`: the tenant whose switch it is.
    Own,
    /// `tenant:acme`: another tenant; only in the tenant `system`.
    Tenant(Tenant),
    /// `kind:osteon`: a kind of the tenant; in the tenant `system`, of all tenants.
    Kind(Kind),
    /// `actor:osteon/report`: one actor of the tenant.
    Actor(Kind, ActorId),
}

/// It is none of the scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a scope is `global`, `tenant`, `tenant:<tenant>`, `kind:<kind>` or `actor:<kind>/<id>`")]
pub struct ScopeError;

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        match text {
            "global" => return Ok(Self::Global),
            "tenant" => return Ok(Self::Own),
            _ => {}
        }
        let (sort, name) = text.split_once(':').ok_or(ScopeError)?;
        match sort {
            "tenant" => name.parse().map(Self::Tenant).map_err(|_| ScopeError),
            "kind" => name.parse().map(Self::Kind).map_err(|_| ScopeError),
            "actor" => {
                let (kind, id) = name.split_once('/').ok_or(ScopeError)?;
                let kind = kind.parse().map_err(|_| ScopeError)?;
                Ok(Self::Actor(kind, id.parse().map_err(|_| ScopeError)?))
            }
            _ => Err(ScopeError),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Global => f.write_str("global"),
            Self::Own => f.write_str("tenant"),
            Self::Tenant(tenant) => write!(f, "tenant:{tenant}"),
            Self::Kind(kind) => write!(f, "kind:{kind}"),
            Self::Actor(kind, id) => write!(f, "actor:{kind}/{id}"),
        }
    }
}

impl TryFrom<String> for Scope {
    type Error = ScopeError;

    fn try_from(text: String) -> Result<Self, ScopeError> {
        text.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

impl JsonSchema for Scope {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "KillScope".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let token = "[A-Za-z0-9][A-Za-z0-9_:@-]{0,127}";
        let pattern = format!("^(global|tenant|(tenant|kind):{token}|actor:{token}/{token})$");
        schemars::json_schema!({ "type": "string", "pattern": pattern })
    }
}

impl Scope {
    /// Whether only the tenant `system` may have it.
    #[must_use]
    pub const fn is_of_the_system(&self) -> bool {
        matches!(self, Self::Global | Self::Tenant(_))
    }

    /// Whether a switch of the tenant `of` holds up an actor in `tenant` or, when none is given,
    /// all of `tenant`.
    #[must_use]
    pub fn holds(&self, of: &Tenant, tenant: &Tenant, actor: Option<(&Kind, &ActorId)>) -> bool {
        let system = of.as_str() == "system";
        match self {
            Self::Global => system,
            Self::Own => of == tenant,
            Self::Tenant(named) => system && named == tenant,
            Self::Kind(named) => {
                (system || of == tenant) && actor.is_some_and(|(kind, _)| named == kind)
            }
            Self::Actor(kind, id) => of == tenant && actor == Some((kind, id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Scope;

    #[test]
    fn a_scope_is_read_as_it_is_written() {
        for text in ["global", "tenant", "tenant:acme", "kind:osteon", "actor:osteon/report:1"] {
            assert_eq!(text.parse::<Scope>().expect(text).to_string(), text);
        }
        for text in ["", "all", "tenant:", "kind:", "kind:a.b", "actor:x", "actor:/x", "actor:x/"] {
            assert!(text.parse::<Scope>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_switch_holds_what_it_is_about() {
        let t = |text: &str| text.parse().unwrap();
        let (acme, other) = ("acme".parse().unwrap(), "other".parse().unwrap());
        let system = "system".parse().unwrap();
        let (osteon, id) = (t("osteon"), "x".parse().unwrap());
        let holds = |scope: &str, of| {
            let scope: Scope = scope.parse().unwrap();
            let actor = Some((&osteon, &id));
            (scope.holds(of, &acme, actor), scope.holds(of, &other, actor))
        };
        let all = |scope: &str, of| scope.parse::<Scope>().unwrap().holds(of, &acme, None);
        assert!(all("global", &system) && all("tenant", &acme) && all("tenant:acme", &system));
        assert!(!all("kind:osteon", &acme) && !all("actor:osteon/x", &acme));
        assert_eq!(holds("global", &system), (true, true));
        assert_eq!(holds("global", &acme), (false, false));
        assert_eq!(holds("tenant", &acme), (true, false));
        assert_eq!(holds("tenant:acme", &system), (true, false));
        assert_eq!(holds("tenant:other", &acme), (false, false));
        assert_eq!(holds("kind:osteon", &system), (true, true));
        assert_eq!(holds("kind:osteon", &acme), (true, false));
        assert_eq!(holds("kind:counter", &acme), (false, false));
        assert_eq!(holds("actor:osteon/x", &acme), (true, false));
        assert_eq!(holds("actor:osteon/y", &acme), (false, false));
    }
}
