use contracts::effect::{Delivery, OutcomeResult, Terms};
use contracts::kinds::job::{self as page, Event, INPUT_BYTES_MAX};
use contracts::{Effect, EffectId, Hash, Outcome, Refusal, Reply, Revision, commit};
use serde_json::{Value, json};

use super::{Job, Status};
use crate::kinds::testing::{given, page_is_consistent};

fn asked() -> Event {
    Event::Asked {
        command: commit::sample_command_id(9),
        queue: "pictures".parse().unwrap(),
        input: json!({ "picture": "cat.png" }),
        delivery: Delivery::Idempotent,
        terms: Terms::default(),
    }
}

fn outcome(result: OutcomeResult) -> Outcome {
    let effect = EffectId(Hash::of(b"work"));
    Outcome {
        effect,
        revision: Revision(1),
        index: 0,
        tag: Value::Null,
        attempts: 2,
        result,
        metered: None,
    }
}

#[test]
fn the_page_is_consistent() {
    page_is_consistent::<page::Job>();
}

#[test]
fn running_offers_the_work_and_answers_later() {
    let input = json!({ "queue": "pictures", "input": { "picture": "cat.png" }, "deadline_s": 5 });
    let then = given::<Job>([]).when("run", input);
    assert_eq!(then.decided().reply, Reply::Later { deadline_ms: 5_000 });
    let [Effect::Work(work)] = &then.effects[..] else { panic!("one piece of work") };
    assert_eq!((work.queue.as_str(), work.delivery), ("pictures", Delivery::Idempotent));
    assert_eq!(work.input, json!({ "picture": "cat.png" }));
    then.given.state_is_the_fold();
}

#[test]
fn work_that_may_be_done_once_says_so() {
    let input = json!({ "queue": "payments", "delivery": "at_most_once" });
    let then = given::<Job>([]).when("run", input);
    assert_eq!(then.effects[0].delivery(), Delivery::AtMostOnce);
}

#[test]
fn the_terms_of_a_job_are_those_of_its_work() {
    let retry = json!({ "attempts_max": 3, "on_exhausted": "pause" });
    let input = json!({ "queue": "pictures", "retry": retry, "limit": "camera" });
    let then = given::<Job>([]).when("run", input);
    let terms = then.effects[0].terms();
    assert_eq!(terms.limit.as_ref().map(|key| key.as_str()), Some("camera"));
    assert_eq!(terms.retry.as_ref().and_then(|retry| retry.attempts_max), Some(3));
}

#[test]
fn what_the_worker_made_is_the_answer() {
    let worked = outcome(OutcomeResult::Worked(json!({ "bytes": 3 })));
    let then = given::<Job>([asked()]).when_outcome(&worked);
    let [completion] = &then.decided().completes[..] else { panic!("one completion") };
    assert_eq!(completion.command_id, commit::sample_command_id(9));
    assert!(completion.ok);
    assert_eq!(completion.reply, json!({ "output": { "bytes": 3 }, "attempts": 2 }));
    assert_eq!(then.given.state.status, Status::Done);
    then.given.state_is_the_fold();
}

#[test]
fn why_the_worker_failed_is_the_answer() {
    let refusal = Refusal::rejected("picture_unreadable", "it has no pixels");
    let failed = outcome(OutcomeResult::Failed(refusal.clone()));
    let then = given::<Job>([asked()]).when_outcome(&failed);
    assert_eq!(then.decided().completes[0].refusal(), Some(refusal));
    assert_eq!(then.given.state.status, Status::Failed);
    let then = given::<Job>([asked()]).when_outcome(&outcome(OutcomeResult::Unknown));
    assert_eq!(then.given.state.code.as_deref(), Some("effect_unknown"));
    then.given.state_is_the_fold();
}

#[test]
fn an_operator_who_cancels_the_effect_cancels_the_job() {
    let refusal = Refusal::rejected("effect_cancelled", "an operator cancelled it");
    let then = given::<Job>([asked()]).when_outcome(&outcome(OutcomeResult::Failed(refusal)));
    assert!(!then.decided().completes[0].ok);
    assert_eq!(then.given.state.status, Status::Cancelled);
}

#[test]
fn a_cancelled_job_tells_who_waits_and_takes_no_outcome() {
    let then = given::<Job>([asked()]).when("cancel", json!({}));
    let refusal = then.decided().completes[0].refusal().unwrap();
    assert_eq!(refusal.code, "job_cancelled");
    let late = then.given.when_outcome(&outcome(OutcomeResult::Worked(json!(1))));
    assert_eq!(late.decided().events, []);
    assert_eq!(late.given.state.status, Status::Cancelled);
    late.given.state_is_the_fold();
}

#[test]
fn a_job_runs_once_and_ends_once() {
    given::<Job>([asked()]).when("run", json!({ "queue": "pictures" })).then_refused("job_exists");
    given::<Job>([]).when("cancel", json!({})).then_refused("actor_not_found");
    let ended = [asked(), Event::Finished { output: json!(1), attempts: 1 }];
    given::<Job>(ended).when("cancel", json!({})).then_refused("job_ended");
}

#[test]
fn inputs_have_limits() {
    for bad in [
        json!({}),
        json!({ "queue": "a.b" }),
        json!({ "queue": "q", "deadline_s": 0 }),
        json!({ "queue": "q", "deadline_s": 99_999_999 }),
        json!({ "queue": "q", "delivery": "sometimes" }),
        json!({ "queue": "q", "input": "x".repeat(INPUT_BYTES_MAX) }),
    ] {
        given::<Job>([]).when("run", bad).then_refused("invalid_input");
    }
}

#[test]
fn a_fork_completes_nothing() {
    use contracts::Decider as _;
    let state = given::<Job>([asked()]).state;
    assert_eq!(Job::forked(state).command, None);
}
