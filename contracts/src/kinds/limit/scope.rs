//! What a limit is the limit of: the id of its actor.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::effect::EffectClass;
use crate::ids::{LimitKey, Tenant};

/// Which effects a limit is about. In the tenant [`super::SYSTEM`]: of all tenants together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Scope {
    /// `all`: every effect.
    All,
    /// `class:llm`: those of a class.
    Class(EffectClass),
    /// `key:openai`: those that name this key.
    Key(LimitKey),
    /// `tenant:acme`: those of a tenant; only in the tenant [`super::SYSTEM`].
    Tenant(Tenant),
}

/// It is none of `all`, `class:…`, `key:…` and `tenant:…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a limit is called `all`, `class:<class>`, `key:<limit key>` or `tenant:<tenant>`")]
pub struct ScopeError;

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        if text == "all" {
            return Ok(Self::All);
        }
        let (sort, name) = text.split_once(':').ok_or(ScopeError)?;
        match sort {
            "class" => EffectClass::named(name).map(Self::Class).ok_or(ScopeError),
            "key" => name.parse().map(Self::Key).map_err(|_| ScopeError),
            "tenant" => name.parse().map(Self::Tenant).map_err(|_| ScopeError),
            _ => Err(ScopeError),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Class(class) => write!(f, "class:{}", class.as_str()),
            Self::Key(key) => write!(f, "key:{key}"),
            Self::Tenant(tenant) => write!(f, "tenant:{tenant}"),
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

#[cfg(test)]
mod tests {
    use super::Scope;

    #[test]
    fn a_scope_is_read_as_it_is_written() {
        for text in ["all", "class:llm", "class:work", "key:openai", "tenant:acme", "key:a:b"] {
            assert_eq!(text.parse::<Scope>().expect(text).to_string(), text);
        }
        for text in ["", "everything", "class:", "class:none", "key:", "tenant:a.b", "what:x"] {
            assert!(text.parse::<Scope>().is_err(), "{text}");
        }
    }
}
