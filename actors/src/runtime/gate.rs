//! The policy enforcement point. Every command passes it, whatever its road; what it said stands
//! in the commit.

use contracts::caller::Origin;
use contracts::commit::GateRecord;
use contracts::{Cursor, Envelope, Hash, Refusal, RefusalClass, lifecycle};

/// The rules in force: a checked caller may send any command of a kind; only the runtime may send
/// the runtime's own.
#[derive(Debug, Clone)]
pub struct Gate {
    policy: Hash,
}

/// The text of the rules; its hash is the digest in every commit.
const POLICY: &str = "allow commands of kinds to every authenticated caller; \
    allow commands of the runtime to the runtime alone";

impl Default for Gate {
    fn default() -> Self {
        Self { policy: Hash::of(POLICY.as_bytes()) }
    }
}

impl Gate {
    /// The digest of the policy in force.
    #[must_use]
    pub const fn policy(&self) -> Hash {
        self.policy
    }

    /// What the gate says to a command.
    ///
    /// # Errors
    /// `forbidden` when the caller may not send it.
    pub fn check(&self, envelope: &Envelope) -> Result<GateRecord, Refusal> {
        if lifecycle::is_runtime(&envelope.name) && envelope.by.origin != Origin::Runtime {
            return Err(Refusal::new(
                RefusalClass::Forbidden,
                "forbidden",
                format!("{} is a command of the runtime", envelope.name),
            ));
        }
        let verdict = "allow".to_owned();
        Ok(GateRecord { verdict, policy: self.policy, as_of: Cursor::ZERO })
    }
}
