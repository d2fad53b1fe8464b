use contracts::kinds::conversation::limits::{
    ANSWERS_OWED_MAX, HISTORY_BYTES_MAX, HISTORY_MESSAGES_MAX, TEXT_BYTES_MAX,
};
use contracts::kinds::conversation::{AgentFailed, Event, MessagePosted, Role, Sort};
use contracts::kinds::generated::GeneratedBy;
use contracts::model::{ModelRequest, Role as Speaker, Task};
use contracts::{Decider, Effect, OutcomeResult, Refusal};
use serde_json::json;

use super::{
    Conversation, agent, answered, created, group, outcome_of, person, reply, said, with_agent,
};
use crate::kinds::testing::{Given, Then, given};

fn request(effect: &Effect) -> &ModelRequest {
    let Effect::Llm(llm) = effect else { panic!("not a model call") };
    assert!(llm.stream, "an answer is seen while it grows");
    &llm.request
}

/// Ada has asked the agent something.
fn asked() -> Then<Conversation> {
    with_agent().when("post", json!({ "text": "What is left?" }))
}

#[test]
fn a_post_asks_each_agent() {
    let members = [person("ada"), agent("a"), agent("b")];
    let then = given::<Conversation>([created(Sort::Group, &members)])
        .by("ada")
        .when("post", json!({ "text": "What is left?" }));
    assert_eq!(then.effects.len(), 2);
    assert_eq!(then.given.state.owed.len(), 2);
    assert_eq!(reply(&then)["sequence"], 1);
}

#[test]
fn without_agents_nobody_is_asked() {
    assert!(group().when("post", json!({ "text": "hello" })).effects.is_empty());
}

#[test]
fn an_agent_is_told_who_it_is_and_what_was_said() {
    let then = asked();
    let request = request(&then.effects[0]);
    assert_eq!((request.model.as_str(), &request.task), ("local/rules", &Task::Chat));
    assert_eq!(request.turns[0].role, Speaker::System);
    let system = &request.turns[0].content;
    for part in ["You are Helper", "Plans", "Be brief."] {
        assert!(system.contains(part), "{system}");
    }
    assert_eq!(request.turns[1].role, Speaker::User);
    assert_eq!(request.turns[1].content, "ada: What is left?");
}

#[test]
fn the_outcome_becomes_the_agents_message() {
    let then = asked();
    let question = reply(&then)["message"].as_str().unwrap().to_owned();
    let outcome = answered(&then.effects[0], " The roof. ");
    let then = then.given.by("runtime").when_outcome(&outcome);
    let message = reply(&then)["message"].as_str().unwrap().to_owned();
    let then = then.then_events(&[Event::MessagePosted(MessagePosted {
        message,
        author: "helper".parse().unwrap(),
        name: Some("Helper".to_owned()),
        role: Role::Agent,
        in_reply_to: Some(question),
        generated_by: Some(GeneratedBy::local()),
        ..said(2, "The roof.")
    })]);
    assert!(then.effects.is_empty(), "agents do not answer agents");
    assert!(then.given.state.owed.is_empty());
    let again = then.given.when_outcome(&outcome).then_events(&[]);
    again.given.state_is_the_fold();
}

#[test]
fn an_agent_reads_its_own_words_as_its_own() {
    let then = asked();
    let outcome = answered(&then.effects[0], "The roof.");
    let then = then.given.when_outcome(&outcome);
    let then = then.given.when("post", json!({ "text": "And then?" }));
    let turns = &request(&then.effects[0]).turns;
    let spoken: Vec<_> = turns[1..].iter().map(|turn| (turn.role, turn.content.as_str())).collect();
    assert_eq!(
        spoken,
        [
            (Speaker::User, "ada: What is left?"),
            (Speaker::Assistant, "The roof."),
            (Speaker::User, "ada: And then?"),
        ]
    );
}

#[test]
fn in_private_nobody_is_named() {
    let then = given::<Conversation>([created(Sort::Private, &[person("ada"), agent("helper")])])
        .by("ada")
        .when("post", json!({ "text": "What is left?" }));
    assert_eq!(request(&then.effects[0]).turns[1].content, "What is left?");
}

#[test]
fn agents_do_not_answer_agents() {
    let members = [person("ada"), agent("a"), agent("b")];
    let then = given::<Conversation>([created(Sort::Group, &members)])
        .by("a")
        .when("post", json!({ "text": "hello" }));
    assert!(then.effects.is_empty());
    assert!(then.given.state.owed.is_empty());
}

fn failed(then: Then<Conversation>, outcome: OutcomeResult) -> AgentFailed {
    let outcome = outcome_of(&then.effects[0], outcome);
    let mut then = then.given.when_outcome(&outcome);
    assert!(then.given.state.owed.is_empty());
    let Ok(decision) = &mut then.result else { panic!("outcomes are never rejected") };
    let Some(Event::AgentFailed(failed)) = decision.events.pop() else { panic!("no failure") };
    assert!(decision.events.is_empty(), "nothing is made up");
    failed
}

#[test]
fn a_failed_model_is_told_and_not_covered_up() {
    let refusal = Refusal::unavailable("model_unavailable", "the provider is away");
    let told = failed(asked(), OutcomeResult::Failed(refusal));
    assert_eq!(told.agent.as_str(), "helper");
    assert_eq!(
        (told.code.as_str(), told.reason.as_str()),
        ("model_unavailable", "the provider is away")
    );
    assert_eq!(failed(asked(), OutcomeResult::Unknown).code, "effect_unknown");
}

#[test]
fn an_empty_or_endless_answer_is_no_message() {
    for text in [" ".to_owned(), "x".repeat(TEXT_BYTES_MAX + 1)] {
        let then = asked();
        let outcome = answered(&then.effects[0], &text);
        assert_eq!(failed(then, outcome.result).code, "model_answer_invalid");
    }
}

#[test]
fn an_agent_that_left_says_nothing() {
    let then = asked();
    let outcome = answered(&then.effects[0], "The roof.");
    let then = then.given.by("helper").when("leave", json!({}));
    let then = then.given.when_outcome(&outcome);
    let Event::AgentFailed(told) = &then.decided().events[0] else { panic!("no failure") };
    assert_eq!(told.code, "not_a_member");
}

#[test]
fn a_message_that_was_taken_back_is_not_answered() {
    let then = asked();
    let outcome = answered(&then.effects[0], "The roof.");
    let then = then.given.when("delete_message", json!({ "message": 1 }));
    let then = then.given.when_outcome(&outcome);
    let Event::AgentFailed(told) = &then.decided().events[0] else { panic!("no failure") };
    assert_eq!(told.code, "message_deleted");
}

#[test]
fn an_agent_owes_so_many_answers() {
    let mut given = with_agent();
    for _ in 0..ANSWERS_OWED_MAX {
        given = given.when("post", json!({ "text": "hello" })).given;
    }
    let then = given.when("post", json!({ "text": "hello" }));
    assert!(then.effects.is_empty());
    let Event::AgentFailed(told) = &then.decided().events[1] else { panic!("no failure") };
    assert_eq!(told.code, "agent_busy");
    assert_eq!(then.given.state.owed.len(), ANSWERS_OWED_MAX);
}

#[test]
fn a_fork_owes_nothing() {
    let then = asked();
    let outcome = answered(&then.effects[0], "The roof.");
    let Given { state, .. } = &then.given;
    let forked = Conversation::forked(state.clone());
    assert!(forked.owed.is_empty());
    assert_eq!(forked.messages, state.messages);
    let mut parent = then.given;
    let cx = parent.context();
    assert!(Conversation::outcome(&forked, &outcome, &cx).events.is_empty());
}

#[test]
fn an_agent_is_shown_a_window() {
    let mut given = with_agent();
    for number in 0..60 {
        let then = given.when("post", json!({ "text": format!("number {number}") }));
        let asked = then.effects.first().map(|effect| answered(effect, "yes"));
        given = match asked {
            Some(outcome) => then.given.when_outcome(&outcome).given,
            None => then.given,
        };
    }
    let then = given.when("post", json!({ "text": "last" }));
    let turns = &request(&then.effects[0]).turns;
    assert_eq!(turns.len(), 1 + HISTORY_MESSAGES_MAX);
    assert_eq!(turns.last().unwrap().content, "ada: last");
}

#[test]
fn all_agents_together_are_shown_so_many_bytes() {
    let mut members = vec![person("ada")];
    members.extend((0..8).map(|number| agent(&format!("agent-{number}"))));
    let mut given = given::<Conversation>([created(Sort::Group, &members)]).by("ada");
    for _ in 0..4 {
        given = given.when("post", json!({ "text": "x".repeat(30_000) })).given;
    }
    let then = given.when("post", json!({ "text": "x".repeat(TEXT_BYTES_MAX) }));
    let bytes: usize =
        then.effects.iter().map(|effect| serde_json::to_vec(effect).unwrap().len()).sum();
    assert!(bytes <= HISTORY_BYTES_MAX + 8 * (TEXT_BYTES_MAX + 8_192), "{bytes}");
    assert!(bytes >= 8 * TEXT_BYTES_MAX, "each agent sees the post itself");
}
