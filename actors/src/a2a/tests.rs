//! A run told as a task.

use bytes::Bytes;
use contracts::{Address, Commit, Cursor, EventRecord, Hash, Recorded, Revision, commit};
use serde_json::{Value, json};

use super::{State, Task, Update};

/// A run that grows commit by commit.
struct Story {
    task: Task,
    revision: Revision,
}

impl Story {
    fn new(run: &str) -> Self {
        let task = Task::new(run.parse().expect("an id"));
        Self { task, revision: Revision::default() }
    }

    fn then(&mut self, events: &[(&str, Value)]) -> Vec<Update> {
        self.revision = self.revision.next();
        let events = events.iter().map(|(name, data)| EventRecord {
            r#type: (*name).to_owned(),
            v: 1,
            data: data.clone(),
        });
        let run = Address {
            tenant: "main".parse().expect("a tenant"),
            kind: contracts::kinds::run::KIND,
            id: self.task.run.clone(),
        };
        let seconds = i64::try_from(self.revision.0).expect("small");
        let commit = Commit {
            at: contracts::Timestamp::from_millis(seconds * 1_000),
            events: events.collect(),
            ..commit::sample_commit(&run, self.revision, Hash::ZERO)
        };
        let (cursor, hash, raw) = (Cursor(self.revision.0), Hash::ZERO, Bytes::new());
        self.task.take(&Recorded { cursor, hash, commit, raw, imported: false })
    }

    fn begun(mut self, more: Value) -> Self {
        let mut run = json!({
            "model": "local/rules", "turns": [{ "role": "user", "content": "6 times 7?" }],
            "metadata": { "a2a.context": "c-1", "a2a.message": "m-1" },
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            run[name] = value.clone();
        }
        let started = json!({ "command": commit::sample_command_id(1), "run": run });
        self.then(&[("Started", started), ("Asked", json!({ "round": 1, "timeout_ms": 9 }))]);
        self
    }

    fn state(&self) -> State {
        self.task.state
    }
}

fn response(text: &str, more: Value) -> Value {
    let mut response = json!({
        "provider": "local", "model": "rules", "text": text, "finish": "stop",
        "usage": { "input_tokens": 1, "output_tokens": 1 }, "request_hash": Hash::ZERO,
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        response[name] = value.clone();
    }
    json!({ "round": 1, "response": response })
}

#[test]
fn a_run_is_a_task_with_its_message_and_its_answer() {
    let mut story = Story::new("r-1").begun(json!({}));
    assert_eq!(story.state(), State::Working);
    let done = json!({ "rounds": 1 });
    let told = story.then(&[("Answered", response("42", json!({}))), ("Completed", done)]);
    assert!(matches!(told.as_slice(), [Update::Artifact(_), Update::Status]), "{told:?}");
    let task = story.task.to_json(None, true);
    assert_eq!((&task["id"], &task["contextId"]), (&json!("r-1"), &json!("c-1")));
    assert_eq!(task["status"]["state"], "TASK_STATE_COMPLETED");
    assert_eq!(task["artifacts"][0]["parts"][0]["text"], "42");
    assert_eq!(task["history"][0]["messageId"], "m-1");
    assert!(story.task.to_json(Some(0), false).get("history").is_none());
}

#[test]
fn the_name_of_a_run_tells_its_context() {
    let task = Task::new("conv:thread-1:r-1".parse().expect("an id"));
    assert_eq!(task.context.as_deref(), Some("thread-1"));
}

#[test]
fn what_waits_for_the_callers_tools_says_for_which() {
    let mut story = Story::new("r-1").begun(json!({}));
    let calls = json!([{ "id": "c1", "name": "add", "arguments": "{\"a\":2}" }]);
    story.then(&[
        ("Answered", response("", json!({ "calls": calls }))),
        ("WaitsForTools", json!({ "calls": calls })),
    ]);
    assert_eq!(story.state(), State::InputRequired);
    let asked = &story.task.status()["message"]["parts"][1]["data"]["calls"][0];
    assert_eq!((&asked["call"], &asked["arguments"]["a"]), (&json!("c1"), &json!(2)));
    let resumed = json!({ "command": commit::sample_command_id(2) });
    let answered = json!({ "call": "c1", "output": 5 });
    story.then(&[("Resumed", resumed), ("ToolAnswered", answered)]);
    assert_eq!((story.state(), story.task.calls.len()), (State::Working, 0));
    assert_eq!(story.task.waited().len(), 1, "whoever comes again means these");
    let said = story.task.to_json(None, true)["history"][2].clone();
    assert_eq!(said["parts"][0]["data"]["outputs"][0]["output"], 5, "{said}");
}

#[test]
fn an_answer_that_may_be_sent_back_is_told_at_the_end() {
    let mut story = Story::new("r-1").begun(json!({ "schema": { "type": "object" } }));
    assert!(story.task.is_whole());
    let again = json!({ "round": 2, "timeout_ms": 9 });
    let returned = json!({ "round": 1, "reason": "no" });
    let told = story.then(&[
        ("Answered", response("no", json!({}))),
        ("Returned", returned),
        ("Asked", again),
    ]);
    assert!(told.is_empty(), "{told:?}");
    let value = json!({ "value": { "a": 1 } });
    story.then(&[("Answered", response("{}", value)), ("Completed", json!({ "rounds": 2 }))]);
    let task = story.task.to_json(None, true);
    assert_eq!(
        task["artifacts"],
        json!([{
            "artifactId": "answer-2", "name": "answer",
            "parts": [{ "data": { "a": 1 }, "mediaType": "application/json" }],
        }])
    );
}

#[test]
fn a_rule_rejects_and_a_fault_fails() {
    for (code, state) in [
        ("budget_exceeded", State::Rejected),
        ("policy_denied", State::Rejected),
        ("model_network", State::Failed),
    ] {
        let mut story = Story::new("r-1").begun(json!({}));
        story.then(&[("Failed", json!({ "code": code, "reason": "so it is" }))]);
        assert_eq!(story.state(), state, "{code}");
        let said = story.task.status()["message"].clone();
        assert_eq!(said["parts"][1]["data"]["code"], code, "{said}");
    }
}

#[test]
fn what_waits_for_a_yes_says_whose_hash_is_meant_and_goes_on_with_it() {
    let mut story = Story::new("r-1").begun(json!({}));
    let effect = Hash::of(b"effect");
    let awaits = json!({ "approval": "a-1", "hash": Hash::of(b"what"), "rule": "outside" });
    let by = "gate";
    let paused = json!({ "effect": effect, "by": by, "reason": "asks", "awaits": awaits });
    story.then(&[("cambium:EffectPaused", paused)]);
    assert_eq!(story.state(), State::InputRequired);
    assert_eq!(story.task.approvals()[0]["approval"], "a-1");
    let told = story.then(&[("cambium:EffectResumed", json!({ "effect": effect, "by": by }))]);
    assert_eq!((story.state(), told), (State::Working, vec![Update::Status]));
}
