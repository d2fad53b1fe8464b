use std::fmt;

use super::Unreadable;
use crate::ids::is_token;

/// One thing that may be allowed: `cap:<area>.<verb>`. Borrowed, so that asking costs nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Capability<'a> {
    /// What it is about: a kind, or an area of the system such as `effects`.
    pub area: &'a str,
    /// What is done: a command's name, `read`, `fork` …
    pub verb: &'a str,
}

impl<'a> Capability<'a> {
    /// The verb of everything that only looks at actors.
    pub const READ: &'static str = "read";
    /// The verb of making a fork.
    pub const FORK: &'static str = "fork";

    /// `cap:<area>.<verb>`.
    #[must_use]
    pub const fn new(area: &'a str, verb: &'a str) -> Self {
        Self { area, verb }
    }

    /// `cap:<area>.read`.
    #[must_use]
    pub const fn read(area: &'a str) -> Self {
        Self::new(area, Self::READ)
    }

    /// Reads `cap:<area>.<verb>`; both are tokens.
    ///
    /// # Errors
    /// When it is anything else, a pattern too.
    pub fn parse(text: &'a str) -> Result<Self, Unreadable> {
        let error = Unreadable("a capability is cap:<area>.<verb>");
        let (area, verb) =
            text.strip_prefix("cap:").and_then(|rest| rest.split_once('.')).ok_or(error.clone())?;
        if is_token(area) && is_token(verb) { Ok(Self { area, verb }) } else { Err(error) }
    }
}

impl fmt::Display for Capability<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cap:{}.{}", self.area, self.verb)
    }
}
