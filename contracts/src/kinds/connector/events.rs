use serde::{Deserialize, Serialize};

use super::commands::{Checked, Tokens};
use super::service::Create;
use crate::ids::{CommandId, Principal, SecretName};
use crate::time::Timestamp;

/// What happened to a connector. No event holds a credential: all name what is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Somebody has an account.
    Created {
        /// What it is of.
        create: Box<Create>,
        /// Whose it is.
        owner: Principal,
    },
    /// Who may use it.
    Shared {
        /// Whether everybody of the organization may.
        shared: bool,
        /// On whose word.
        by: Principal,
    },
    /// A key was sealed; of one that asks the service itself, the client's secret.
    Sealed {
        /// What it is called.
        secret: SecretName,
        /// Who gave it.
        by: Principal,
    },
    /// The service gave tokens.
    Authorized {
        /// Which.
        #[serde(flatten)]
        tokens: Tokens,
        /// When they are refreshed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refresh_at: Option<Timestamp>,
        /// Who was asked.
        by: Principal,
    },
    /// New tokens are had for the present ones.
    RefreshAsked {},
    /// The service gave new ones.
    Refreshed {
        /// Which.
        #[serde(flatten)]
        tokens: Tokens,
        /// When they are refreshed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refresh_at: Option<Timestamp>,
    },
    /// It did not.
    RefreshFailed {
        /// Why: a stable code.
        code: String,
        /// The same in a sentence.
        reason: String,
        /// When it is tried again; `None` = somebody has to connect the account anew.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        again_at: Option<Timestamp>,
    },
    /// The service is asked whether it takes the credential.
    CheckAsked {
        /// The command that waits for it.
        command: CommandId,
    },
    /// It answered, or did not.
    Checked {
        /// The command that waits for it.
        command: CommandId,
        /// What it came to.
        #[serde(flatten)]
        checked: Checked,
    },
    /// It was ended.
    Revoked {
        /// By whom.
        by: Principal,
    },
}
