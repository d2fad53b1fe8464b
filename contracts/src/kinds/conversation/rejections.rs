//! Why a conversation says no.

use serde_json::json;

use super::limits::{AGENTS_MAX, MEMBERS_MAX, PRIVATE_MEMBERS};
use crate::ids::Principal;
use crate::page::RejectionSpec;
use crate::refusal::{Refusal, RefusalClass};

/// Why a conversation says no.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// The input breaks a rule; each member at fault is named.
    Invalid(Refusal),
    /// There is no such conversation.
    NotFound,
    /// It was created before.
    Exists,
    /// Only an admin acts for somebody else.
    ActingForAnother {
        /// For whom.
        principal: Principal,
    },
    /// Somebody who is not a member can neither post nor mark.
    NotAMember {
        /// Who.
        principal: Principal,
    },
    /// Somebody who joins is a member already.
    AlreadyMember {
        /// Who.
        principal: Principal,
    },
    /// A private conversation has exactly two members, always the same.
    Private,
    /// There is no room for another member, or for another agent.
    Full,
    /// No such message stands in the window that the conversation keeps.
    MessageNotFound,
    /// The message was taken back.
    MessageDeleted,
    /// Only the author changes a message.
    NotTheAuthor,
    /// The author used this client id for another text.
    ClientIdConflict {
        /// The message that has it.
        message: String,
    },
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self::Invalid(refusal)
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Invalid(refusal) => refusal,
            Rejection::NotFound => {
                Self::not_found("actor_not_found", "there is no such conversation")
            }
            Rejection::Exists => conflict("actor_exists", "the conversation was created before"),
            Rejection::ActingForAnother { principal } => Self::new(
                RefusalClass::Forbidden,
                "acting_for_another",
                format!("only an admin acts for {principal}"),
            ),
            Rejection::NotAMember { principal } => Self::new(
                RefusalClass::Forbidden,
                "not_a_member",
                format!("{principal} is not a member of this conversation"),
            ),
            Rejection::AlreadyMember { principal } => {
                conflict("already_member", format!("{principal} is a member already"))
            }
            Rejection::Private => Self::rejected(
                "conversation_private",
                format!(
                    "a private conversation has exactly {PRIVATE_MEMBERS} members, \
                     always the same"
                ),
            ),
            Rejection::Full => Self::rejected(
                "conversation_full",
                format!(
                    "a conversation has at most {MEMBERS_MAX} members, {AGENTS_MAX} of them agents"
                ),
            ),
            Rejection::MessageNotFound => Self::not_found(
                "message_not_found",
                "there is no such message among those that the conversation keeps at hand",
            ),
            Rejection::MessageDeleted => conflict("message_deleted", "the message was taken back"),
            Rejection::NotTheAuthor => Self::new(
                RefusalClass::Forbidden,
                "not_the_author",
                "only its author changes a message; an admin may also delete it",
            ),
            Rejection::ClientIdConflict { message } => conflict(
                "client_id_conflict",
                "the author posted another text under this client id",
            )
            .details(json!({ "message": message })),
        }
    }
}

fn conflict(code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal::new(RefusalClass::Conflict, code, message)
}

/// The rejections as documented.
pub(super) fn specs() -> Vec<RejectionSpec> {
    [
        ("invalid_input", "The input breaks a rule; each member at fault is named."),
        ("actor_not_found", "There is no such conversation."),
        ("actor_exists", "The conversation was created before."),
        ("acting_for_another", "Only an admin names another as the one who acts."),
        ("not_a_member", "Only members post, mark, type, show presence, rename and leave."),
        ("already_member", "Who joins is a member already."),
        ("conversation_private", "A private conversation has two members, always the same."),
        ("conversation_full", "There is no room for another member or agent."),
        ("message_not_found", "No such message among those kept at hand."),
        ("message_deleted", "The message was taken back."),
        ("not_the_author", "Only the author edits; only the author or an admin deletes."),
        ("client_id_conflict", "The author used this client id for another text."),
    ]
    .map(|(code, about)| RejectionSpec { code, about })
    .into()
}
