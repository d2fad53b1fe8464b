//! Rate limits as an operator sets them.

use serde::{Deserialize, Serialize};

use super::algorithm::{Algorithm, Limit};
use super::given;

/// Whose spending is counted, and of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Requests from a network address, whoever sends them: key = the address.
    Address,
    /// Requests of a principal: key = `tenant/name`.
    Principal,
    /// Requests into a tenant, whoever sends them: key = the tenant.
    Tenant,
    /// Streams and sockets that a principal opens: key = `tenant/name`.
    Streams,
    /// Frames that a principal sends on its sockets: key = `tenant/name`.
    Frames,
    /// Records that programs of a tenant tell: key = the tenant.
    Records,
    /// Wrong credentials that come from a network address: key = the address.
    Failures,
    /// Attempts to log in from a network address: key = the address.
    LoginAddress,
    /// Attempts to log in to an account, from wherever: key = `tenant/name`, also of one that there
    /// is not.
    LoginAccount,
}

impl Scope {
    /// All of them, in the order of [`Config`].
    pub const ALL: [Self; 9] = [
        Self::Address,
        Self::Principal,
        Self::Tenant,
        Self::Streams,
        Self::Frames,
        Self::Records,
        Self::Failures,
        Self::LoginAddress,
        Self::LoginAccount,
    ];

    /// What the limit is called in `RateLimit-Policy`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Principal => "default",
            Self::Tenant => "tenant",
            Self::Streams => "streams",
            Self::Frames => "frames",
            Self::Records => "records",
            Self::Failures => "failures",
            Self::LoginAddress => "login-address",
            Self::LoginAccount => "login-account",
        }
    }
}

/// One limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rate {
    /// How it is counted.
    pub algorithm: Algorithm,
    /// How much per window; 0 = no limit.
    pub quota: u32,
    /// The window, in seconds.
    pub window_s: u32,
}

/// The longest window, in seconds: a day, so that a level fits into 63 bits.
pub const WINDOW_S_MAX: u32 = 86_400;
/// The largest quota.
pub const QUOTA_MAX: u32 = 1_000_000_000;

impl Rate {
    const fn new(algorithm: Algorithm, quota: u32, window_s: u32) -> Self {
        Self { algorithm, quota, window_s }
    }

    /// The limit; `None` = there is none.
    #[must_use]
    pub fn limit(&self) -> Option<Limit> {
        let window_ms = self.window_s.clamp(1, WINDOW_S_MAX) * 1_000;
        let Self { algorithm, quota, .. } = *self;
        (quota > 0).then_some(Limit { algorithm, quota: quota.min(QUOTA_MAX), window_ms })
    }
}

/// Rate limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether nodes tell each other what was spent.
    pub shared: bool,
    /// How long what was spent waits at most before the other nodes are told, in milliseconds.
    pub share_interval_ms: u64,
    /// The shortest time between two such messages of a node, in milliseconds.
    pub share_pause_ms: u64,
    /// The most keys that one interval tells of; what is beyond them is counted here only.
    pub share_keys_max: usize,
    /// How many keys are remembered: those forgotten first are nearest to an unspent quota.
    pub keys_max: usize,
    /// Requests from a network address.
    #[serde(deserialize_with = "given::address")]
    pub address: Rate,
    /// Requests of a principal.
    #[serde(deserialize_with = "given::principal")]
    pub principal: Rate,
    /// Requests into a tenant; its plan may say another number.
    #[serde(deserialize_with = "given::tenant")]
    pub tenant: Rate,
    /// Streams and sockets that a principal opens.
    #[serde(deserialize_with = "given::streams")]
    pub streams: Rate,
    /// Frames that a principal sends on its sockets.
    #[serde(deserialize_with = "given::frames")]
    pub frames: Rate,
    /// Records that programs of a tenant tell.
    #[serde(deserialize_with = "given::records")]
    pub records: Rate,
    /// Wrong credentials from a network address.
    #[serde(deserialize_with = "given::failures")]
    pub failures: Rate,
    /// Attempts to log in from a network address.
    #[serde(deserialize_with = "given::login_address")]
    pub login_address: Rate,
    /// Attempts to log in to an account.
    #[serde(deserialize_with = "given::login_account")]
    pub login_account: Rate,
}

impl Default for Config {
    fn default() -> Self {
        use Algorithm::{SlidingWindow, TokenBucket};
        Self {
            shared: true,
            share_interval_ms: 25,
            share_pause_ms: 2,
            share_keys_max: 10_000,
            keys_max: 100_000,
            address: Rate::new(TokenBucket, 60_000, 60),
            principal: Rate::new(TokenBucket, 10_000, 60),
            tenant: Rate::new(TokenBucket, 0, 60),
            streams: Rate::new(TokenBucket, 20_000, 60),
            frames: Rate::new(TokenBucket, 30_000, 60),
            records: Rate::new(TokenBucket, 600_000, 60),
            failures: Rate::new(SlidingWindow, 30, 60),
            login_address: Rate::new(SlidingWindow, 60, 60),
            login_account: Rate::new(SlidingWindow, 10, 60),
        }
    }
}

impl Config {
    /// No limit on requests, streams, frames and records; for measurements.
    pub fn lift(&mut self) {
        for rate in [
            &mut self.address,
            &mut self.principal,
            &mut self.tenant,
            &mut self.streams,
            &mut self.frames,
            &mut self.records,
        ] {
            rate.quota = 0;
        }
    }

    /// The limit of a scope; `None` = there is none.
    #[must_use]
    pub fn limit(&self, scope: Scope) -> Option<Limit> {
        let rate = match scope {
            Scope::Address => &self.address,
            Scope::Principal => &self.principal,
            Scope::Tenant => &self.tenant,
            Scope::Streams => &self.streams,
            Scope::Frames => &self.frames,
            Scope::Records => &self.records,
            Scope::Failures => &self.failures,
            Scope::LoginAddress => &self.login_address,
            Scope::LoginAccount => &self.login_account,
        };
        rate.limit()
    }
}
