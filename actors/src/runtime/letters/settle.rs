//! One letter dealt with by an operator.

use contracts::caller::Caller;
use contracts::envelope::Cause;
use contracts::lifecycle::{self, LetterAction, Settle};
use contracts::ports::{DeadLetter, LetterDone, LetterVerb};
use contracts::view::Answer;
use contracts::{
    Address, CommandId, CommandName, Envelope, Origin, Refusal, RefusalClass, state_hash,
};
use serde_json::{Value, json};

use super::{UNADDRESSED, missing, open};
use crate::runtime::Runtime;
use crate::runtime::decide;
use crate::runtime::inbox::Passage;
use crate::runtime::privacy::ensure_plain;

impl Runtime {
    /// Deals with a letter and writes down who did. The letter leaves DEAD only once the log holds
    /// what became of it; every step may be done again after a crash.
    pub(super) async fn settle_letter(
        &self,
        id: u64,
        verb: &LetterVerb,
        by: &Caller,
    ) -> Result<LetterDone, Refusal> {
        let letter = self.shared.world.dead.get(id).await?.ok_or_else(|| missing(id))?;
        if let Some(to) = &letter.to {
            self.shared.gate.ensure_moving(to)?;
        }
        let known = open::protected(&self.shared, id, &letter).await;
        let command = match &known {
            Ok(envelope) => envelope.id,
            Err(_) => open::unreadable(id, &letter),
        };
        let action = verb.action();
        let done = match verb {
            LetterVerb::Skip => self.skipped(id, &letter, command, by).await,
            LetterVerb::Retry => self.decided(id, known?, command, (action, by)).await,
            LetterVerb::Edit { input, name } => {
                ensure_plain(input)?;
                let mut edited = edited(id, &letter, known.ok(), (input, name.as_ref()), by)?;
                self.shared.protect_sealed(&mut edited).await?;
                self.decided(id, edited, command, (action, by)).await
            }
        };
        let details = json!({
            "letter": id,
            "action": action,
            "kind": letter.to.as_ref().map(|to| &to.kind),
            "id": letter.to.as_ref().map(|to| &to.id),
            "subject": letter.subject,
            "command_id": command,
            "put_aside_with": letter.code,
            "refused_with": match &done {
                Ok(done) => done.refusal.as_ref().map(|refusal| refusal.code.to_string()),
                Err(refusal) => Some(refusal.code.to_string()),
            },
            "gone": done.is_ok(),
        });
        let tenant = letter.to.as_ref().map_or(&UNADDRESSED, |to| &to.tenant).clone();
        let said = match action {
            LetterAction::Retry => "a dead letter was retried",
            LetterAction::Edit => "a dead letter was edited and retried",
            LetterAction::Skip => "a dead letter was dropped",
        };
        let verb = match action {
            LetterAction::Retry => "dead.retry",
            LetterAction::Edit => "dead.edit",
            LetterAction::Skip => "dead.skip",
        };
        self.write_down(&tenant, (by, verb), (said.to_owned(), done.is_ok()), details).await;
        done
    }

    async fn skipped(
        &self,
        id: u64,
        letter: &DeadLetter,
        command: CommandId,
        by: &Caller,
    ) -> Result<LetterDone, Refusal> {
        if let Some(to) = &letter.to {
            let settle = settle(id, command, (LetterAction::Skip, by), None);
            self.record(to, settle).await?;
        }
        self.take_out(id, letter.to.as_ref()).await?;
        Ok(LetterDone { id, action: LetterAction::Skip, answer: None, refusal: None })
    }

    async fn decided(
        &self,
        id: u64,
        envelope: Envelope,
        command: CommandId,
        (action, by): (LetterAction, &Caller),
    ) -> Result<LetterDone, Refusal> {
        let to = envelope.to.clone();
        let told = settle(id, command, (action, by), None);
        let passage = Passage::Settled(Box::new(told.clone()));
        let result = self.deliver(envelope, passage).await;
        let (answer, refusal) = match result {
            Ok(answer) => {
                // A repeat of what was committed before tells the log nothing by itself.
                self.record(&to, told).await?;
                (Some(answer), None)
            }
            // Whoever edits gets to know what is wrong with it, and the letter stays.
            Err(refusal) if action == LetterAction::Edit || !is_final(&refusal) => {
                return Err(refusal);
            }
            Err(refusal) => {
                let code = Some(refusal.code.to_string());
                self.record(&to, settle(id, command, (action, by), code)).await?;
                (None, Some(refusal))
            }
        };
        self.take_out(id, Some(&to)).await?;
        Ok(LetterDone { id, action, answer, refusal })
    }

    /// Writes into the actor's log what became of a letter. An actor that does not exist has none.
    async fn record(&self, to: &Address, settle: Settle) -> Result<Option<Answer>, Refusal> {
        let by = Caller::new(settle.by.clone(), Origin::Runtime);
        let input = decide::written(&settle)?;
        let id = self.shared.fresh_id();
        let envelope = Envelope::new(id, to.clone(), lifecycle::SETTLE, input, by);
        match self.deliver(envelope, Passage::Interactive).await {
            Ok(answer) => Ok(Some(answer)),
            Err(refusal) if matches!(&*refusal.code, "actor_not_found" | "unknown_kind") => {
                Ok(None)
            }
            Err(refusal) => Err(refusal),
        }
    }

    async fn take_out(&self, id: u64, to: Option<&Address>) -> Result<(), Refusal> {
        self.shared.world.dead.remove(id).await?;
        if let Some(to) = to {
            self.want_letters(to);
        }
        Ok(())
    }
}

fn settle(
    letter: u64,
    command: CommandId,
    (action, by): (LetterAction, &Caller),
    code: Option<String>,
) -> Settle {
    Settle { letter, command: Some(command), action, by: by.principal.clone(), code }
}

/// The command of a letter as an operator wants it: with an id of its own, and the old one as its
/// cause.
fn edited(
    letter_id: u64,
    letter: &DeadLetter,
    known: Option<Envelope>,
    (input, name): (&Value, Option<&CommandName>),
    by: &Caller,
) -> Result<Envelope, Refusal> {
    let conflict = |code: &'static str, message: &str| {
        Refusal::new(RefusalClass::Conflict, code, message.to_owned())
    };
    let to = letter.to.clone().ok_or_else(|| {
        conflict("letter_unaddressed", "this letter is for no actor; it can only be skipped")
    })?;
    if known.as_ref().is_some_and(|known| lifecycle::is_runtime(&known.name)) {
        let message = "what the world answered cannot be edited; retry or skip it";
        return Err(conflict("letter_not_editable", message));
    }
    contracts::input::check(input)?;
    let name = name.cloned().or_else(|| known.as_ref().map(|known| known.name.clone()));
    let name = name.ok_or_else(|| {
        let message = "the letter names no command; say which one is meant";
        Refusal::new(RefusalClass::Malformed, "command_missing", message)
    })?;
    let hash = state_hash(input).map_err(|error| {
        Refusal::new(RefusalClass::Malformed, "number_imprecise", error.to_string())
    })?;
    let parts = [to.to_string(), letter_id.to_string(), name.to_string(), hash.to_string()];
    let id = CommandId::derived("cambium edited letter v1", &parts.each_ref().map(|it| &**it));
    let mut envelope = Envelope::new(id, to, name, input.clone(), by.clone());
    if let Some(known) = known {
        envelope.cause = Some(Cause::Command(known.id));
        envelope.correlation = known.correlation;
        envelope.hops = known.hops;
        envelope.trace = known.trace;
    }
    Ok(envelope)
}

/// Whether a refusal is the command's final answer.
pub(super) fn is_final(refusal: &Refusal) -> bool {
    refusal.retry_after_ms.is_none()
        && !matches!(
            refusal.class,
            RefusalClass::Internal
                | RefusalClass::Unavailable
                | RefusalClass::Overloaded
                | RefusalClass::Timeout
        )
        && !matches!(&*refusal.code, "actor_parked" | "actor_quarantined" | "letter_not_head")
}
