use std::borrow::{Borrow, Cow};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Pattern, Unreadable};
use crate::ids::is_token;

/// A role's name: one token.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RoleName(Cow<'static, str>);

impl RoleName {
    /// A name known at compile time.
    #[must_use]
    pub const fn from_static(text: &'static str) -> Self {
        assert!(is_token(text), "not a role name");
        Self(Cow::Borrowed(text))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for RoleName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for RoleName {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for RoleName {
    type Error = Unreadable;

    fn try_from(text: String) -> Result<Self, Unreadable> {
        if is_token(&text) {
            Ok(Self(Cow::Owned(text)))
        } else {
            Err(Unreadable("a role is one token"))
        }
    }
}

impl From<RoleName> for String {
    fn from(name: RoleName) -> Self {
        name.0.into_owned()
    }
}

impl JsonSchema for RoleName {
    fn schema_name() -> Cow<'static, str> {
        "RoleName".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_:@-]{0,127}$"
        })
    }
}

/// A named set of capabilities.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// What it allows.
    pub allow: Vec<Pattern>,
    /// What it leaves out of that. Other roles and grants may allow it all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<Pattern>,
}

/// A role that every tenant has.
#[derive(Debug, Clone, Copy)]
pub struct Standard {
    /// Its name.
    pub name: &'static str,
    /// For whom it is.
    pub about: &'static str,
    /// What it allows.
    pub allow: &'static [&'static str],
    /// What it leaves out of that.
    pub except: &'static [&'static str],
}

/// What rules over people, money and the system: nobody has it by a pattern that is meant for work.
const GOVERNANCE: &[&str] = &[
    "cap:admin.*",
    "cap:approval.approve",
    "cap:approval.delegate",
    "cap:approval.reject",
    "cap:archive.*",
    "cap:audit.*",
    "cap:budget.*",
    "cap:connector.share",
    "cap:dead.*",
    "cap:keys.*",
    "cap:limit.*",
    "cap:nats_users.*",
    "cap:organization.*",
    "cap:policy.*",
    "cap:principal.*",
    "cap:privacy.*",
    "cap:secrets.*",
    "cap:subject.*",
    "cap:telemetry.retain",
];

/// As [`GOVERNANCE`], and what changes the course of others' work.
const BEYOND_USERS: &[&str] = &[
    "cap:admin.*",
    "cap:approval.approve",
    "cap:approval.delegate",
    "cap:approval.reject",
    "cap:archive.*",
    "cap:audit.*",
    "cap:budget.*",
    "cap:connector.share",
    "cap:dead.*",
    "cap:effects.*",
    "cap:keys.*",
    "cap:limit.*",
    "cap:nats_users.*",
    "cap:organization.*",
    "cap:policy.*",
    "cap:principal.*",
    "cap:privacy.*",
    "cap:process.exec",
    "cap:secrets.*",
    "cap:subject.*",
    "cap:telemetry.retain",
    "cap:tree.make",
    "cap:usage.*",
    "cap:webhook.*",
    "cap:work.*",
    "cap:*.fork",
    "cap:*.unmute",
];

/// Looking on, without what tells of people's credentials and of the system.
const BEYOND_VIEWERS: &[&str] = &[
    "cap:admin.*",
    "cap:audit.*",
    "cap:dead.*",
    "cap:keys.*",
    "cap:nats_users.*",
    "cap:principal.*",
    "cap:privacy.*",
    "cap:subject.*",
    "cap:webhook.*",
];

/// The seven roles that every tenant has.
pub const STANDARD: &[Standard] = &[
    Standard { name: "admin", about: "Everything in the tenant.", allow: &["cap:*"], except: &[] },
    Standard {
        name: "operator",
        about: "Keeps the system running: reads everything, sees to effects, letters and limits, \
                and may stop what acts.",
        allow: &[
            "cap:*.read",
            "cap:*.unmute",
            "cap:admin.*",
            "cap:archive.export",
            "cap:archive.verify",
            "cap:budget.*",
            "cap:dead.*",
            "cap:effects.*",
            "cap:limit.*",
            "cap:policy.engage",
            "cap:policy.release",
            "cap:tree.*",
            "cap:work.*",
        ],
        // Whoever keeps the system running need not know what it knows of people.
        except: &["cap:privacy.*"],
    },
    Standard {
        name: "developer",
        about: "Builds: every kind, its forks and effects; not people, policies or the system.",
        allow: &["cap:*"],
        except: GOVERNANCE,
    },
    Standard {
        name: "reviewer",
        about: "Reads everything and decides what waits for a human's word.",
        allow: &["cap:*.read", "cap:approval.*", "cap:suggestion.*"],
        except: BEYOND_VIEWERS,
    },
    Standard {
        name: "viewer",
        about: "Reads what the tenant works on.",
        allow: &["cap:*.read"],
        except: BEYOND_VIEWERS,
    },
    Standard {
        name: "user",
        about: "Works with every kind; changes nothing about how others work.",
        allow: &["cap:*"],
        except: BEYOND_USERS,
    },
    Standard {
        name: "service",
        about: "A worker: leases work, tells what came of it, and tells of itself.",
        allow: &["cap:telemetry.write", "cap:work.*"],
        except: &[],
    },
];

/// What the tenant's publisher on NATS may do, unless its organization says otherwise.
pub const PUBLISHER: RoleName = RoleName::from_static("developer");

/// The roles of one tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roles(BTreeMap<RoleName, Role>);

impl Roles {
    /// The seven roles that every tenant has.
    #[must_use]
    pub fn standard() -> Self {
        let patterns = |texts: &[&str]| texts.iter().filter_map(|it| it.parse().ok()).collect();
        let roles = STANDARD.iter().map(|role| {
            let role_of = Role { allow: patterns(role.allow), except: patterns(role.except) };
            (RoleName::from_static(role.name), role_of)
        });
        Self(roles.collect())
    }

    /// These and `own`. A standard role keeps its meaning.
    #[must_use]
    pub fn and(mut self, own: impl IntoIterator<Item = (RoleName, Role)>) -> Self {
        for (name, role) in own {
            self.0.entry(name).or_insert(role);
        }
        self
    }

    /// The role called `name`.
    #[must_use]
    pub fn get(&self, name: &RoleName) -> Option<&Role> {
        self.0.get(name)
    }

    /// Whether `name` is a standard role.
    #[must_use]
    pub fn is_standard(name: &RoleName) -> bool {
        STANDARD.iter().any(|role| role.name == name.as_str())
    }

    /// All, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&RoleName, &Role)> {
        self.0.iter()
    }
}
