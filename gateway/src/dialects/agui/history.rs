//! What comes before a run: the thread's last run, as its messages or the caller name it.

use contracts::kinds::run;
use contracts::model::{Role, Told, Turn};
use contracts::{ActorId, Address, Refusal};
use serde_json::{Value, json};

use super::input::Input;
use super::messages::{self, Message};
use super::names;
use crate::dialects::common::asker::Asker;
use crate::edge::shared::Shared;

/// Runs of a thread that a caller who has lost its messages is told, the last ones.
const RUNS_TOLD_MAX: usize = 64;

/// What a run says, and after which.
pub struct Joined {
    /// What is said in it.
    pub turns: Vec<Turn>,
    /// After which run.
    pub after: Option<ActorId>,
    /// All messages of the thread, where the caller has lost those of the run that it comes after.
    pub lost: Option<Vec<Value>>,
}

/// Finds the run that comes before. A message may bear a name like ours and be of another server:
/// it is only believed where the run is there, and else everything is said anew.
///
/// # Errors
/// When a run cannot be read.
pub async fn join(
    shared: &Shared,
    asker: &Asker,
    input: &Input,
    parent: Option<ActorId>,
) -> Result<Joined, Refusal> {
    let mut turns = known(input);
    let mut tried = None;
    for (run, place) in messages::runs(&input.messages) {
        if tried.as_ref() == Some(&run) {
            continue;
        }
        // Whoever may not read a run does not learn of it by asking a model what was said in it.
        let reads = asker.reads(shared, &run::KIND, run.as_str());
        if reads && told(shared, asker, &run).await?.is_some() {
            let new = input.messages.iter().skip(place);
            turns.extend(said(new.filter(|message| !names::is_result(&message.id, &run))));
            return Ok(Joined { turns, after: Some(run), lost: None });
        }
        tried = Some(run);
    }
    turns.extend(said(input.messages.iter()));
    let Some(parent) = parent else { return Ok(Joined { turns, after: None, lost: None }) };
    let mut lost = all(shared, asker, &parent).await?;
    let after = (!lost.is_empty()).then_some(parent);
    lost.extend(input.messages.iter().map(|message| message.told.clone()));
    // Who may not read runs is told nothing of them; the model knows them all the same.
    let tells = after.as_ref().is_some_and(|run| asker.reads(shared, &run::KIND, run.as_str()));
    Ok(Joined { turns, after, lost: tells.then_some(lost) })
}

fn said<'a>(messages: impl Iterator<Item = &'a Message>) -> Vec<Turn> {
    messages.filter_map(|message| message.turn.clone()).collect()
}

/// What the application says of itself, for the model.
fn known(input: &Input) -> Vec<Turn> {
    let mut words: Vec<_> =
        input.context.iter().map(|(about, value)| format!("{about}: {value}")).collect();
    let empty = input.state.is_null() || input.state == json!({});
    if !empty {
        words.push(format!("The state of the application, as JSON: {}", input.state));
    }
    if words.is_empty() {
        return Vec::new();
    }
    vec![Turn::new(Role::System, words.join("\n"))]
}

/// What was said in a run, where there is one.
async fn told(shared: &Shared, asker: &Asker, run: &ActorId) -> Result<Option<Told>, Refusal> {
    let address = Address::new(asker.tenant.clone(), run::KIND, run.clone());
    let view = shared.kept(&address).await?;
    Ok(view.and_then(|view| contracts::read::from_value(view.state).ok()))
}

/// The messages of a run and of those before it; none where there is no such run.
async fn all(shared: &Shared, asker: &Asker, last: &ActorId) -> Result<Vec<Value>, Refusal> {
    let (mut parts, mut next) = (Vec::new(), Some(last.clone()));
    while let Some(run) = next.take().filter(|_| parts.len() < RUNS_TOLD_MAX) {
        let Some(told) = told(shared, asker, &run).await? else { break };
        next = told.after.as_ref().map(|after| after.id.clone());
        parts.push(messages_of(&run, &told));
    }
    parts.reverse();
    Ok(parts.concat())
}

fn messages_of(run: &ActorId, told: &Told) -> Vec<Value> {
    let mut round = 0;
    let turns = told.turns.iter().enumerate();
    turns
        .filter_map(|(place, turn)| {
            let id = match (turn.role, &turn.call) {
                (Role::Assistant, _) => {
                    round += 1;
                    names::message(run, round)
                }
                (Role::Tool, Some(call)) => names::result(run, call),
                _ => names::said(run, place),
            };
            messages::told(turn, &id)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use contracts::model::ToolCall;

    use super::*;

    #[test]
    fn a_run_is_told_as_the_messages_that_its_events_made() {
        let call = ToolCall { id: "c1".into(), name: "add".into(), arguments: "{}".into() };
        let turns = vec![
            Turn::new(Role::System, "Be short."),
            Turn::new(Role::User, "2 and 3?"),
            Turn { calls: vec![call], ..Turn::new(Role::Assistant, "") },
            Turn { call: Some("c1".into()), ..Turn::new(Role::Tool, "5") },
            Turn::new(Role::Assistant, "It is 5."),
        ];
        let told = Told { turns: turns.into_iter().map(Arc::new).collect(), ..Told::default() };
        let messages = messages_of(&ActorId::new("r1").unwrap(), &told);
        let ids: Vec<_> = messages.iter().filter_map(|message| message["id"].as_str()).collect();
        assert_eq!(ids, ["said_r1.1", "msg_r1.1", "tool_r1.c1", "msg_r1.2"]);
    }
}
