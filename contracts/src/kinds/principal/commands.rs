use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::keys::{
    AskReset, BeginSession, EndSession, IssueKey, RefreshSession, RevokeKey, RotateKey,
};
use super::limits::{NAME_BYTES_MAX, PASSWORD_BYTES_MAX, SETTINGS_BYTES_MAX, TEXT_BYTES_MAX};
use crate::access::{Grant, Pattern, RoleName};
use crate::ids::Principal;
use crate::kinds::check::Check;
use crate::kinds::suspend::Suspend;
use crate::privacy::plain_size;
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// What may be asked of a principal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Begins it.
    Register(Register),
    /// Changes how it is shown.
    Profile(Profile),
    /// Changes its settings.
    Settings(Settings),
    /// Sets its password, told by its sealed hash.
    SetPassword(SetPassword),
    /// Gives it a role.
    Assign(Assign),
    /// Takes a role from it.
    Unassign(Unassign),
    /// Gives it capabilities.
    Grant(Grants),
    /// Takes capabilities from it.
    Revoke(Revoke),
    /// Gives it another owner.
    Transfer(Transfer),
    /// Gives it a key, told by its hash.
    IssueKey(IssueKey),
    /// Puts a key in another's place.
    RotateKey(RotateKey),
    /// Ends a key.
    RevokeKey(RevokeKey),
    /// Begins a session, told by the hash of its refresh token.
    BeginSession(BeginSession),
    /// Goes on with a session: the old token is used up.
    RefreshSession(RefreshSession),
    /// Ends a session.
    EndSession(EndSession),
    /// Ends all sessions.
    EndSessions(Nothing),
    /// Has a link sent by which it sets another password.
    AskReset(AskReset),
    /// Lets it do nothing more.
    Suspend(Suspend),
    /// Lets it act again.
    Restore(Nothing),
}

/// What sort of principal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// A person.
    #[default]
    User,
    /// A program that decides for itself.
    Agent,
    /// A program that does as it is told.
    Service,
}

/// Input of `register`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Register {
    /// What sort; `user` when left out.
    pub sort: Sort,
    /// How it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub display: Option<String>,
    /// Where it can be written to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub email: Option<String>,
    /// Whose it is; an agent or a service has one who answers for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Principal>,
    /// The roles that it begins with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub roles: Vec<RoleName>,
}

/// Input of `profile`: what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    /// How it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub display: Option<String>,
    /// Where it can be written to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub email: Option<String>,
    /// What it says of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub about: Option<String>,
}

/// Input of `settings`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Member by member what is set; null takes a member away.
    pub settings: Map<String, Value>,
}

/// Input of `set_password`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPassword {
    /// The argon2id hash of the password, sealed under the master key for this one principal, as
    /// `sealed:` and Base64: only the program can make it, and whoever reads the log learns nothing
    /// of it. The password itself never comes here.
    #[schemars(regex(pattern = r"^sealed:[A-Za-z0-9+/=]{128,1000}$"))]
    pub hash: String,
}

/// Input of `assign`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assign {
    /// Which role: a standard one or one of the organization's own.
    pub role: RoleName,
    /// Until when; absent = for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// Input of `unassign`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unassign {
    /// Which role.
    pub role: RoleName,
}

/// Input of `grant`: `{capability, expires_at?, condition?}`.
pub type Grants = Grant;

/// Input of `revoke`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revoke {
    /// The grants of exactly this pattern.
    pub capability: Pattern,
}

/// Input of `transfer`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// Whose it is from now on.
    pub owner: Principal,
}

/// No input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// The answer to most commands of a principal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Standing {
    /// Its name.
    pub principal: Principal,
    /// Whether it may act.
    pub suspended: bool,
}

/// Whether somebody new may be called `name`. What reads like a reserved name is none: neither the
/// case of letters nor signs around it make another one for people.
#[must_use]
pub fn is_free(name: &str) -> bool {
    let read = name.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let reserved = crate::caller::RESERVED.iter().any(|it| it.as_str().eq_ignore_ascii_case(read));
    is_name(name) && !reserved
}

/// Whether `name` may be a principal's.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let reserved = crate::caller::RESERVED.iter().any(|it| it.as_str() == name);
    name.len() <= NAME_BYTES_MAX && !name.contains('@') && !reserved
}

impl Register {
    /// Whether its texts can be kept.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn check(&self) -> Result<(), Refusal> {
        Check::new()
            .text_opt("display", self.display.as_ref(), TEXT_BYTES_MAX)
            .text_opt("email", self.email.as_ref(), TEXT_BYTES_MAX)
            .items("roles", self.roles.len(), super::limits::ROLES_MAX)
            .done()
    }
}

impl Profile {
    /// Whether its texts can be kept.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn check(&self) -> Result<(), Refusal> {
        Check::new()
            .text_opt("display", self.display.as_ref(), TEXT_BYTES_MAX)
            .text_opt("email", self.email.as_ref(), TEXT_BYTES_MAX)
            .body("about", self.about.as_deref().unwrap_or_default(), TEXT_BYTES_MAX)
            .done()
    }
}

impl Suspend {
    /// Whether the reason can be kept.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn check(&self) -> Result<(), Refusal> {
        let reason = self.reason.as_deref().unwrap_or_default();
        Check::new().body("reason", reason, TEXT_BYTES_MAX).done()
    }
}

impl Settings {
    /// Whether they are small enough.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn check(&self) -> Result<(), Refusal> {
        let size = plain_size(&Value::Object(self.settings.clone()));
        let message = format!("has {size} bytes; {SETTINGS_BYTES_MAX} are allowed");
        Check::new().ensure(size <= SETTINGS_BYTES_MAX, "settings", message).done()
    }
}

impl SetPassword {
    /// What a sealed hash begins with.
    pub const SEALED: &'static str = "sealed:";

    /// Whether it is a sealed hash: never a password, or a hash that anybody can read, by mistake.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn check(&self) -> Result<(), Refusal> {
        let sealed = self.hash.strip_prefix(Self::SEALED).unwrap_or_default();
        let base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
        let ok = self.hash.len() <= PASSWORD_BYTES_MAX
            && sealed.len() >= SEALED_BYTES_MIN
            && sealed.bytes().all(base64);
        Check::new().ensure(ok, "hash", "is no sealed hash of a password").done()
    }
}

/// The shortest sealed hash as Base64: a hash, its salt and costs, and what sealing adds.
const SEALED_BYTES_MIN: usize = 128;
