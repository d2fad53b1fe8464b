use contracts::decider::EventContext;
use contracts::effect::{Effect, OnExhausted, OutcomeResult, Retry, Send, Terms, Timer};
use contracts::kinds::approval::{
    self as page, Command, EXPIRY, Event, Proposal, Propose, Rejection, Status, Vote,
};
use contracts::kinds::check::Check;
use contracts::{
    Caller, CommandName, Completion, Context, Decider, Decision, Origin, Outcome, Refusal,
    RefusalClass,
};
use serde_json::{Value, json};

use super::{Approval, State};

impl Decider for Approval {
    type Page = page::Approval;
    type State = State;

    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 1;

    fn decide(
        state: &State,
        command: &Command,
        cx: &Context,
    ) -> Result<Decision<Event>, Rejection> {
        if let Command::Propose(input) = command {
            return propose(state, input, cx);
        }
        let proposal = state.proposal.as_ref().ok_or(Rejection::NotFound)?;
        if state.status != Status::Pending || state.forked {
            return Err(Rejection::Settled(state.status));
        }
        let due = cx.now >= proposal.expires_at;
        let by = cx.by.principal.clone();
        let events = match command {
            Command::Expire(_) if due => vec![Event::Expired {}],
            Command::Expire(_) => return Err(Rejection::Early),
            // Its timer may come late; a yes must not.
            _ if due => return Err(Rejection::Settled(Status::Expired)),
            Command::Approve(vote) => approve(state, proposal, vote, cx)?,
            Command::Reject(vote) => {
                ensure_vote(state, proposal, vote, cx)?;
                state.place(&by).ok_or(Rejection::NotAnApprover)?;
                vec![Event::Rejected { by, note: vote.note.clone() }]
            }
            Command::Delegate(delegate) => {
                let place = proposal.approvers.contains(&by);
                if !place || delegate.to == proposal.by || delegate.to == by {
                    let own = delegate.to == proposal.by;
                    return Err(if own { Rejection::Own } else { Rejection::NotAnApprover });
                }
                vec![Event::Delegated { from: by, to: delegate.to.clone() }]
            }
            Command::Withdraw(note) => {
                noted(note.note.as_deref())?;
                // Who gives up an effect asks no longer for a yes to it.
                let given_up = proposal.effect.is_some() && is_runtime(cx);
                if by != proposal.by && !given_up {
                    return Err(Rejection::NotTheProposer);
                }
                vec![Event::Withdrawn { by, note: note.note.clone() }]
            }
            Command::Propose(_) => return Err(Rejection::Exists),
        };
        Ok(settled(state, events))
    }

    fn outcome(state: &State, outcome: &Outcome, _: &Context) -> Decision<Event> {
        if state.status != Status::Granted || outcome.tag.is_null() {
            // The timer was set or cancelled.
            return Decision::now(Vec::new(), Value::Null);
        }
        let event = match &outcome.result {
            OutcomeResult::Sent { revision, reply } => {
                Event::Performed { revision: *revision, reply: reply.clone() }
            }
            OutcomeResult::Failed(refusal) => {
                Event::Failed { code: refusal.code.to_string(), reason: refusal.message.clone() }
            }
            OutcomeResult::Paused(_) => return Decision::now(Vec::new(), Value::Null),
            OutcomeResult::Unknown
            | OutcomeResult::Llm(_)
            | OutcomeResult::TimerSet
            | OutcomeResult::Fetched(_)
            | OutcomeResult::Converted(_)
            | OutcomeResult::Tool(_)
            | OutcomeResult::Worked(_) => Event::Failed {
                code: "effect_unknown".to_owned(),
                reason: "nobody knows what came of the command".to_owned(),
            },
        };
        settled(state, vec![event])
    }

    fn evolve(state: State, event: &Event, _: &EventContext) -> State {
        state.after(event)
    }

    fn react(before: &State, event: &Event, after: &State) -> Vec<Effect> {
        let Some(proposal) = &after.proposal else { return Vec::new() };
        match event {
            Event::Proposed(proposal) => {
                let expire = CommandName::from_static("expire");
                let timer = Timer::once(EXPIRY, proposal.expires_at, expire, json!({}));
                vec![Effect::Timer(timer)]
            }
            Event::Granted { .. } => {
                vec![Effect::Timer(Timer::cancel(EXPIRY)), Effect::Send(send(proposal))]
            }
            Event::Rejected { .. } | Event::Withdrawn { .. } | Event::Expired {}
                if before.status == Status::Pending =>
            {
                let timed = *event != Event::Expired {};
                let timer = timed.then(|| Effect::Timer(Timer::cancel(EXPIRY)));
                timer.into_iter().chain(refuse(proposal, event).map(Effect::Send)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// A yes is said once: a fork of an approval decides about nothing.
    fn forked(state: State) -> State {
        State { forked: true, ..state }
    }
}

fn propose(state: &State, input: &Propose, cx: &Context) -> Result<Decision<Event>, Rejection> {
    if state.status != Status::New {
        return Err(Rejection::Exists);
    }
    input.check().map_err(Rejection::Invalid)?;
    let (by, origin, credential) = match &input.gate {
        Some(_) if !is_runtime(cx) => return Err(Rejection::NotTheGate),
        None if input.effect.is_some() => return Err(Rejection::NotTheGate),
        Some(gate) => (gate.principal.clone(), gate.origin, gate.credential.clone()),
        // What the runtime alone may say nobody has said in its place.
        None => {
            let origin = Some(cx.by.origin).filter(|origin| *origin == Origin::Nats);
            (cx.by.principal.clone(), origin, cx.by.credential.clone())
        }
    };
    let effect = input.effect.clone();
    let hash = input.command.hash(&by, effect.as_ref()).map_err(Rejection::Invalid)?;
    let seconds = i64::try_from(input.expires_s).unwrap_or(i64::MAX);
    let proposal = Proposal {
        command: input.command.clone(),
        hash,
        by,
        origin,
        credential,
        reason: input.reason.clone(),
        quorum: input.quorum,
        approvers: input.approvers.clone(),
        expires_at: cx.now.plus_millis(seconds.saturating_mul(1_000)),
        waiting: input.wait.then_some(cx.command),
        gate: input.gate.clone(),
        effect,
    };
    let event = Event::Proposed(Box::new(proposal));
    if input.wait {
        // Its timer may be late by as much again.
        return Ok(Decision::later(vec![event], input.expires_s.saturating_mul(2_000)));
    }
    let reply = standing(&state.clone().after(&event));
    Ok(Decision::now(vec![event], reply))
}

fn ensure_vote(
    state: &State,
    proposal: &Proposal,
    vote: &Vote,
    cx: &Context,
) -> Result<(), Rejection> {
    noted(vote.note.as_deref())?;
    let by = &cx.by.principal;
    if *by == proposal.by {
        return Err(Rejection::Own);
    }
    if vote.hash != proposal.hash {
        return Err(Rejection::OtherHash);
    }
    if state.has_approved(by) { Err(Rejection::Twice) } else { Ok(()) }
}

fn approve(
    state: &State,
    proposal: &Proposal,
    vote: &Vote,
    cx: &Context,
) -> Result<Vec<Event>, Rejection> {
    ensure_vote(state, proposal, vote, cx)?;
    let by = cx.by.principal.clone();
    let place = state.place(&by).ok_or(Rejection::NotAnApprover)?;
    let for_whom = (place != by).then_some(place);
    let mut events = vec![Event::Approved { by, for_whom, note: vote.note.clone() }];
    if state.approvals.len() + 1 >= proposal.quorum as usize {
        events.push(Event::Granted { hash: proposal.hash });
    }
    Ok(events)
}

fn noted(note: Option<&str>) -> Result<(), Rejection> {
    let check = Check::new().body("note", note.unwrap_or_default(), page::NOTE_BYTES_MAX);
    check.done().map_err(Rejection::Invalid)
}

/// The command, to be sent once; what is told with it is what the gate knows its own yes by.
fn send(proposal: &Proposal) -> Send {
    let command = &proposal.command;
    Send {
        kind: command.kind.clone(),
        id: command.id.clone(),
        name: command.name.clone(),
        input: command.input.clone(),
        input_blob: None,
        by: None,
        tag: json!({ "proposal": proposal }),
        terms: terms(proposal),
    }
}

/// A yes or no to an effect is told until its actor has taken it: nobody else lets it go on.
fn terms(proposal: &Proposal) -> Terms {
    if proposal.effect.is_none() {
        return Terms::default();
    }
    let on_exhausted = OnExhausted::Pause;
    let retry = Retry { attempts_max: Some(u32::MAX), on_exhausted, ..Retry::default() };
    Terms { retry: Some(retry), independent: true, ..Terms::default() }
}

/// What gives an effect up to which there is no yes; `None` when it is about a command.
fn refuse(proposal: &Proposal, event: &Event) -> Option<Send> {
    let (code, message, details) = match event {
        Event::Rejected { by, note } => {
            let message = format!("{by} said no to the effect");
            ("approval_rejected", message, json!({ "by": by, "note": note }))
        }
        Event::Withdrawn { by, note } => {
            let message = "the yes to the effect is asked no longer".to_owned();
            ("approval_withdrawn", message, json!({ "by": by, "note": note }))
        }
        _ => {
            let message = "nobody said yes or no to the effect in time".to_owned();
            ("approval_expired", message, json!({ "expires_at": proposal.expires_at }))
        }
    };
    let refusal = Refusal::new(RefusalClass::Forbidden, code, message).details(details);
    let (name, input) = proposal.give_up(refusal)?;
    Some(Send { name, input, ..send(proposal) })
}

fn is_runtime(cx: &Context) -> bool {
    cx.by.principal == Caller::RUNTIME && cx.by.origin == Origin::Runtime
}

fn standing(state: &State) -> Value {
    let hash = state.proposal.as_ref().map(|proposal| proposal.hash.to_string());
    let quorum = state.proposal.as_ref().map_or(0, |proposal| proposal.quorum);
    let approvals = state.approvals.len();
    json!({ "status": state.status, "hash": hash, "approvals": approvals, "quorum": quorum })
}

/// `events` happened; whoever waits is told when that settles it.
fn settled(state: &State, events: Vec<Event>) -> Decision<Event> {
    let after = events.iter().fold(state.clone(), |state, event| state.after(event));
    let reply = standing(&after);
    let waiting = after.proposal.as_ref().and_then(|proposal| proposal.waiting);
    let refused = |message: &str| {
        Refusal::new(RefusalClass::Forbidden, "approval_refused", message.to_owned())
            .details(reply.clone())
    };
    let completion = waiting.and_then(|command| match after.status {
        Status::Performed => Some(Completion::done(command, reply.clone())),
        Status::Rejected => Some(Completion::failed(command, &refused("somebody said no"))),
        Status::Withdrawn => Some(Completion::failed(command, &refused("it was withdrawn"))),
        Status::Expired => Some(Completion::failed(command, &refused("nobody settled it in time"))),
        Status::Failed => {
            Some(Completion::failed(command, &refused("the command was sent and refused")))
        }
        Status::New | Status::Pending | Status::Granted => None,
    });
    let decision = Decision::now(events, reply);
    completion.into_iter().fold(decision, Decision::completing)
}
