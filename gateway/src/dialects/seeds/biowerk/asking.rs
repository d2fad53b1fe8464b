//! The commands that one message of BIOwerk's stands for, one after another.

use std::time::Duration;

use contracts::caller::Caller;
use contracts::envelope::Trace;
use contracts::view::{Answer, Status};
use contracts::{ActorId, CommandId, Correlation, Refusal, Tenant};
use serde_json::Value;

use crate::edge::call::Call;
use crate::edge::headers::{self, Key, Lock};
use crate::edge::shared::Shared;
use crate::edge::submit::{Submission, submit};
use crate::problem::codes;

/// Why no further command is sent.
pub(super) enum Halt {
    /// One was refused.
    Refused(Refusal),
    /// One came to nothing, or goes on longer than its caller waits.
    Open(Box<Answer>),
}

impl From<Refusal> for Halt {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The answer to the last command.
pub(super) type Told = Result<Answer, Halt>;

/// Whoever asks, and what he has asked so far.
pub(super) struct Asking<'a> {
    pub shared: &'a Shared,
    pub tenant: Tenant,
    caller: Caller,
    key: Option<Key>,
    correlation: Option<Correlation>,
    trace: Trace,
    wait: Duration,
    asked: u32,
}

impl<'a> Asking<'a> {
    /// Begins for a request; `message` is what its message calls itself.
    ///
    /// # Errors
    /// What is wrong with the headers.
    pub fn new(shared: &'a Shared, call: &Call, message: Option<&str>) -> Result<Self, Refusal> {
        let from = &call.parts.headers;
        let key = headers::key(from)?.or_else(|| message.map(|id| Key::Text(id.to_owned())));
        Ok(Self {
            shared,
            tenant: call.tenant.clone(),
            caller: call.caller()?,
            key,
            correlation: headers::correlation(from)?,
            trace: call.scene.traced.trace.clone(),
            wait: shared.edge.config.wait(headers::wait(from)?),
            asked: 0,
        })
    }

    /// Sends a command, to a new actor where none is named, and waits until it is done. A repeat of
    /// the message repeats each of its commands under the same id.
    ///
    /// # Errors
    /// What the command is refused with, or its answer when it is not done.
    pub async fn ask(
        &mut self,
        (kind, id): (&str, Option<&ActorId>),
        command: &str,
        input: Value,
    ) -> Told {
        let kind = kind.parse().map_err(|_| codes::unknown_kind())?;
        let page = self.shared.edge.pages.get(&kind).ok_or_else(codes::unknown_kind)?;
        let submission = Submission {
            page,
            tenant: self.tenant.clone(),
            caller: self.caller.clone(),
            id: id.cloned(),
            command,
            body: input,
            key: self.next_key(),
            lock: Lock::None,
            correlation: self.correlation.clone(),
            trace: self.trace.clone(),
            wait: self.wait,
        };
        let answer = submit(self.shared, submission).await?.answer;
        if answer.status == Status::Completed {
            return Ok(answer);
        }
        Err(Halt::Open(Box::new(answer)))
    }

    /// What the next command is called: the first one as the message is.
    fn next_key(&mut self) -> Option<Key> {
        let number = self.asked;
        self.asked += 1;
        let key = self.key.clone()?;
        if number == 0 {
            return Some(key);
        }
        let whole = key.command(&self.tenant, &self.caller.principal).to_string();
        let parts = [whole.as_str(), &number.to_string()];
        Some(Key::Id(CommandId::derived("cambium message step v1", &parts)))
    }
}
