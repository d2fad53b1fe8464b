mod agents;
mod invariants;
mod members;
mod messages;

use contracts::kinds::conversation as page;
use contracts::model::{Finish, ModelResponse, Usage};
use contracts::{Effect, EffectId, Hash, Outcome, OutcomeResult, Reply, Revision};
use page::{Created, Event, Member, MessagePosted, Role, Sort};
use serde_json::Value;

use super::Conversation;
use crate::kinds::testing::{Given, Then, given, page_is_consistent};

#[test]
fn the_page_is_consistent() {
    page_is_consistent::<page::Conversation>();
}

/// A member.
fn person(principal: &str) -> Member {
    let principal = principal.parse().unwrap();
    Member { principal, name: None, role: Role::Member, model: None, instructions: None }
}

/// An agent who is called Helper.
fn agent(principal: &str) -> Member {
    Member {
        name: Some("Helper".to_owned()),
        role: Role::Agent,
        model: Some("local/rules".to_owned()),
        instructions: Some("Be brief.".to_owned()),
        ..person(principal)
    }
}

fn created(kind: Sort, members: &[Member]) -> Event {
    let by = members[0].principal.clone();
    Event::Created(Created { title: Some("Plans".to_owned()), kind, members: members.into(), by })
}

/// A group of ada and bob.
fn group() -> Given<Conversation> {
    given::<Conversation>([created(Sort::Group, &[person("ada"), person("bob")])]).by("ada")
}

/// A group of ada and an agent.
fn with_agent() -> Given<Conversation> {
    given::<Conversation>([created(Sort::Group, &[person("ada"), agent("helper")])]).by("ada")
}

/// A plain message of ada's.
fn said(sequence: u64, text: &str) -> MessagePosted {
    MessagePosted {
        message: format!("m_{sequence}"),
        sequence,
        author: "ada".parse().unwrap(),
        name: None,
        role: Role::Member,
        text: text.to_owned(),
        client_id: None,
        reply_to: None,
        in_reply_to: None,
        generated_by: None,
        by: None,
        asks: Vec::new(),
    }
}

/// A group of ada and bob in which ada has said one thing.
fn talked() -> Given<Conversation> {
    let begun = created(Sort::Group, &[person("ada"), person("bob")]);
    given::<Conversation>([begun, Event::MessagePosted(said(1, "hello"))]).by("ada")
}

/// The outcome of the first effect: a model said `text`.
fn answered(effect: &Effect, text: &str) -> Outcome {
    let response = ModelResponse {
        provider: "local".to_owned(),
        model: "local/rules".to_owned(),
        text: text.to_owned(),
        value: None,
        finish: Finish::Stop,
        usage: Usage::default(),
        request_hash: Hash::ZERO,
        ..ModelResponse::default()
    };
    outcome_of(effect, OutcomeResult::Llm(Box::new(response)))
}

fn outcome_of(effect: &Effect, result: OutcomeResult) -> Outcome {
    let Effect::Llm(llm) = effect else { panic!("not a model call") };
    let id = EffectId(Hash::ZERO);
    let (revision, tag) = (Revision(2), llm.tag.clone());
    Outcome { effect: id, revision, index: 0, tag, attempts: 1, result, metered: None }
}

fn reply(then: &Then<Conversation>) -> Value {
    let Reply::Now(value) = &then.decided().reply else { panic!("the answer is now") };
    value.clone()
}
