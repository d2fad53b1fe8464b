//! Tickets: a right to one thing, once, within a minute, for where a key must not stand: in the
//! address of a browser's stream, or in a message that the broker keeps.
//!
//! A ticket is a random text; the store keeps it under its hash, with what it is good for and, once
//! it is used, by what it was. Whoever used it may come again, so that a message that is delivered
//! twice is good twice; nobody else may.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::caller::Identity;
use crate::hash::Hash;
use crate::ids::{CommandName, CredentialId, Principal, Tenant};
use crate::ports::Store;
use crate::refusal::{Refusal, RefusalClass};
use crate::time::Timestamp;

/// What every ticket begins with.
pub const PREFIX: &str = "ct_";

/// The length of a ticket: the beginning and 64 hexadecimal digits.
pub const TICKET_BYTES: usize = 3 + 64;

/// Attempts to note a use while somebody else does.
const ATTEMPTS: usize = 4;

/// What a ticket is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To open one stream of server-sent events.
    Stream,
    /// To open one socket.
    Websocket,
    /// To send one command on `cmd.`.
    Command,
}

/// One command, bound by what it asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoundCommand {
    /// Whom it is for.
    pub to: Address,
    /// What is asked.
    pub name: CommandName,
    /// BLAKE3 of the canonical JSON of its input.
    pub input_hash: Hash,
}

/// What is kept of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ticket {
    /// The version of this shape: 1.
    pub v: u32,
    /// What it is good for.
    pub purpose: Purpose,
    /// In whose house.
    pub tenant: Tenant,
    /// Whose word it is: the name at home.
    pub principal: Principal,
    /// Where that is; `None` = the holder of the admin key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<Tenant>,
    /// The key or session that it was asked with, which narrows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<CredentialId>,
    /// Below which path, for streams and sockets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Which command, for commands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<BoundCommand>,
    /// Until when it may be used.
    pub expires_at: Timestamp,
    /// By what it was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_by: Option<String>,
}

/// What somebody wants to do with a ticket.
#[derive(Debug, Clone)]
pub enum Use<'a> {
    /// Open a stream or a socket at this path.
    Connection {
        /// Which of the two.
        purpose: Purpose,
        /// Where.
        path: &'a str,
    },
    /// Send this command.
    Command(&'a BoundCommand),
}

impl Ticket {
    /// Whose word it is.
    #[must_use]
    pub fn identity(&self) -> Identity {
        Identity {
            principal: self.principal.clone(),
            tenant: self.home.clone(),
            credential: self.credential.clone(),
        }
    }

    /// Whether it is good for this.
    fn fits(&self, wanted: &Use<'_>) -> bool {
        match wanted {
            Use::Command(command) => {
                self.purpose == Purpose::Command
                    && self.tenant == command.to.tenant
                    && self.command.as_ref() == Some(command)
            }
            Use::Connection { purpose, path } => {
                let below = |own: &str| {
                    path.strip_prefix(own).is_some_and(|rest| {
                        rest.is_empty() || rest.starts_with('/') || own.ends_with('/')
                    })
                };
                self.purpose == *purpose && self.path.as_deref().is_some_and(below)
            }
        }
    }
}

/// Where the store keeps the ticket `text`; `None` = it is no ticket.
#[must_use]
pub fn place(text: &str) -> Option<String> {
    let digits = text.strip_prefix(PREFIX)?;
    let sound = text.len() == TICKET_BYTES && digits.bytes().all(|it| it.is_ascii_hexdigit());
    sound.then(|| Hash::of(text.as_bytes()).to_string())
}

/// Uses the ticket `text` for `wanted` at `at`, in the name of `by`: whatever tells this use from
/// every other, the same at each attempt.
///
/// # Errors
/// `ticket_invalid` for one that is unknown or too old, `ticket_mismatch` for one that is good for
/// something else, `ticket_used`; the store's, after which it may be tried again.
pub async fn redeem(
    store: &dyn Store,
    text: &str,
    wanted: &Use<'_>,
    at: Timestamp,
    by: &str,
) -> Result<Ticket, Refusal> {
    let place = place(text).ok_or_else(invalid)?;
    for _ in 0..ATTEMPTS {
        let found = store.get(&place).await?.ok_or_else(invalid)?;
        let ticket: Ticket = crate::read::from_slice(&found.value).map_err(|_| invalid())?;
        if at > ticket.expires_at {
            return Err(invalid());
        }
        if !ticket.fits(wanted) {
            return Err(mismatch());
        }
        match &ticket.used_by {
            Some(earlier) if earlier == by => return Ok(ticket),
            Some(_) => return Err(used()),
            None => {}
        }
        let ticket = Ticket { used_by: Some(by.to_owned()), ..ticket };
        let value = serde_json::to_vec(&ticket).map_err(|it| Refusal::internal(it.to_string()))?;
        if store.update(&place, value, found.revision).await?.is_some() {
            return Ok(ticket);
        }
    }
    Err(used())
}

/// `ticket_invalid`: it is unknown, too old, or nobody's any more.
#[must_use]
pub fn invalid() -> Refusal {
    let message = "the ticket is unknown or too old; ask for a new one";
    Refusal::new(RefusalClass::Unauthenticated, "ticket_invalid", message)
}

fn mismatch() -> Refusal {
    let message = "the ticket is good for something else: for one command and its input, or for a \
                   stream or socket below one path";
    Refusal::new(RefusalClass::Forbidden, "ticket_mismatch", message)
}

fn used() -> Refusal {
    let message = "the ticket was used before; ask for a new one";
    Refusal::new(RefusalClass::Unauthenticated, "ticket_used", message)
}
