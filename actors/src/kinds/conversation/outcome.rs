//! What an agent's answer, or its absence, causes.

use contracts::kinds::conversation::limits::TEXT_BYTES_MAX;
use contracts::kinds::conversation::{AgentFailed, Event, Member, MessagePosted, Rejection, Role};
use contracts::kinds::generated::GeneratedBy;
use contracts::model::ModelResponse;
use contracts::{Context, Decision, Outcome, Principal, Refusal};
use serde_json::{Value, json};

use super::rules;
use super::state::{Owed, State};

/// The agent's message, or an event that says why there is none. Nothing is ever made up.
pub(super) fn outcome(state: &State, outcome: &Outcome, cx: &Context) -> Decision<Event> {
    let nothing = Decision::now(Vec::new(), Value::Null);
    let Ok(owed) = contracts::read::from_ref::<Owed>(&outcome.tag) else { return nothing };
    if !state.is_owed(&owed.agent, &owed.message) {
        return nothing;
    }
    let answer = outcome.llm().and_then(|response| answer(state, &owed, response, cx));
    match answer {
        Ok(posted) => {
            let reply = json!({ "message": posted.message, "sequence": posted.sequence });
            Decision::now(vec![Event::MessagePosted(posted)], reply)
        }
        Err(refusal) => Decision::now(vec![failed(owed, refusal)], Value::Null),
    }
}

fn answer(
    state: &State,
    owed: &Owed,
    response: &ModelResponse,
    cx: &Context,
) -> Result<MessagePosted, Refusal> {
    let agent = still_agent(state, &owed.agent)?;
    let taken_back = state.by_id(&owed.message).is_some_and(|message| message.deleted);
    if taken_back {
        return Err(Rejection::MessageDeleted.into());
    }
    let text = response.text.trim();
    if text.is_empty() || text.len() > TEXT_BYTES_MAX || text.contains('\0') {
        return Err(Refusal::rejected(
            "model_answer_invalid",
            format!("an answer has 1 to {TEXT_BYTES_MAX} bytes of text; this has {}", text.len()),
        ));
    }
    let sequence = state.sequence + 1;
    Ok(MessagePosted {
        message: rules::message_id(cx, sequence),
        sequence,
        author: agent.principal.clone(),
        name: agent.name.clone(),
        role: Role::Agent,
        text: text.to_owned(),
        client_id: None,
        reply_to: None,
        in_reply_to: Some(owed.message.clone()),
        generated_by: Some(GeneratedBy::of(response)),
        by: None,
        asks: Vec::new(),
    })
}

/// The agent, when it has not left meanwhile.
fn still_agent<'a>(state: &'a State, agent: &Principal) -> Result<&'a Member, Refusal> {
    let member = state.members.get(agent).filter(|member| member.role == Role::Agent);
    member.ok_or_else(|| Rejection::NotAMember { principal: agent.clone() }.into())
}

fn failed(owed: Owed, refusal: Refusal) -> Event {
    let Owed { agent, message } = owed;
    let (code, reason) = (refusal.code.into_owned(), refusal.message);
    Event::AgentFailed(AgentFailed { agent, message, code, reason })
}
