use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Flow, Fut, LetterFilter};
use crate::address::Address;
use crate::caller::Caller;
use crate::chain::Skip;
use crate::ids::{ActorId, CommandName, Kind, Tenant};
use crate::lifecycle::LetterAction;
use crate::refusal::Refusal;
use crate::time::Timestamp;
use crate::view::{Answer, Page};

/// Which letters an operator means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LetterQuery {
    /// Whose.
    pub whose: LetterFilter,
    /// Put aside with this code.
    pub code: Option<String>,
    /// Put aside before this instant.
    pub before: Option<Timestamp>,
}

/// A letter as operators see it: `{id, tenant, kind, actor, subject, headers, command, command_id,
/// by, input, payload, code, reason, deliveries, at, held, head}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LetterView {
    /// Its id: its position in DEAD.
    pub id: u64,
    /// Of which tenant the actor is; null when the subject was no actor's.
    pub tenant: Option<Tenant>,
    /// Of which kind.
    pub kind: Option<Kind>,
    /// Which actor.
    pub actor: Option<ActorId>,
    /// The subject that it came on.
    pub subject: String,
    /// Its headers, without credentials.
    pub headers: Vec<(String, String)>,
    /// The command, when it could be read.
    pub command: Option<String>,
    /// The command's id, when it could be read.
    pub command_id: Option<String>,
    /// Who sent the command, when it could be read.
    pub by: Option<String>,
    /// The command's input, or the body, when it is JSON or MessagePack.
    pub input: Value,
    /// The body as base64, when it is neither.
    pub payload: Option<String>,
    /// Why it was put aside: a stable code.
    pub code: String,
    /// The same in a sentence.
    pub reason: String,
    /// How often it was tried.
    pub deliveries: u32,
    /// When it was put aside.
    pub at: Timestamp,
    /// Whether it waits behind the head of a parked or quarantined actor, or is that head.
    pub held: bool,
}

/// What is to be done about a letter.
#[derive(Debug, Clone, PartialEq)]
pub enum LetterVerb {
    /// Decide it as it is.
    Retry,
    /// Decide it with another input, and perhaps another name.
    Edit {
        /// The new input.
        input: Value,
        /// The new name; `None` = the old one.
        name: Option<CommandName>,
    },
    /// Drop it; that is recorded.
    Skip,
}

impl LetterVerb {
    /// What the log says of it.
    #[must_use]
    pub const fn action(&self) -> LetterAction {
        match self {
            Self::Retry => LetterAction::Retry,
            Self::Edit { .. } => LetterAction::Edit,
            Self::Skip => LetterAction::Skip,
        }
    }
}

/// What became of a letter.
#[derive(Debug, Clone, PartialEq)]
pub struct LetterDone {
    /// Which letter.
    pub id: u64,
    /// What was done.
    pub action: LetterAction,
    /// The answer of its command; `None` when it was skipped.
    pub answer: Option<Answer>,
    /// Why its command was refused for good; the letter is gone all the same.
    pub refusal: Option<Refusal>,
}

/// How far a bulk run is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BulkProgress {
    /// Letters dealt with: gone from DEAD.
    pub done: u64,
    /// Letters that are still there, since they failed again or stand behind one that did.
    pub failed: u64,
    /// Letters that were meant at the start.
    pub total: u64,
    /// The last letter that was looked at.
    pub letter: u64,
    /// Why the last one failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// Whether this is the last line.
    pub finished: bool,
}

/// What operators do about dead letters and quarantined actors. Implemented by the runtime, which
/// alone may decide.
pub trait Letters: Send + Sync {
    /// The letters that `query` means after position `after`, oldest first, at most `limit`.
    fn list(
        &self,
        query: LetterQuery,
        after: u64,
        limit: usize,
    ) -> Fut<'_, Result<Page<LetterView, u64>, Refusal>>;

    /// One letter.
    fn show(&self, id: u64) -> Fut<'_, Result<LetterView, Refusal>>;

    /// Deals with one letter. The head of a parked actor releases it: what waits behind is decided
    /// in order before anything newer.
    fn settle(&self, id: u64, verb: LetterVerb, by: Caller)
    -> Fut<'_, Result<LetterDone, Refusal>>;

    /// Deals with all letters that `query` means, oldest first, and tells how far it is. Dropping
    /// the flow ends the run after the letter at hand; running it again goes on.
    fn bulk(
        &self,
        query: LetterQuery,
        verb: LetterVerb,
        by: Caller,
    ) -> Flow<Result<BulkProgress, Refusal>>;

    /// The messages that quarantine an actor, in order; none = it is not quarantined.
    fn foreign<'a>(&'a self, actor: &'a Address) -> Fut<'a, Result<Vec<Skip>, Refusal>>;

    /// Goes on behind exactly these messages: the next commit names them, and continues the chain
    /// from the last good one.
    fn skip_foreign<'a>(
        &'a self,
        actor: &'a Address,
        messages: Vec<Skip>,
        by: Caller,
    ) -> Fut<'a, Result<Answer, Refusal>>;
}
