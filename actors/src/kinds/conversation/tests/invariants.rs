use contracts::kinds::conversation::Event;
use proptest::prelude::{Just, Strategy, any};
use proptest::{prop_oneof, proptest};
use serde_json::{Value, json};

use super::{Conversation, Sort};
use super::{agent, answered, created, person};
use crate::kinds::testing::given;

#[derive(Debug, Clone)]
struct Step {
    by: &'static str,
    name: &'static str,
    input: Value,
    /// Whether the answers that are owed come after it.
    answer: bool,
}

fn who() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("ada"), Just("bob"), Just("eve"), Just("helper"), Just("admin")]
}

fn asking() -> impl Strategy<Value = (&'static str, Value)> {
    let posted = (any::<Option<u8>>(), "[a-c ]{0,3}", any::<Option<u8>>());
    prop_oneof![
        4 => posted.prop_map(|(client, text, about)| ("post", json!({
            "text": text,
            "client_id": client.map(|id| format!("c{}", id % 4)),
            "reply_to": about.map(|at| at % 8),
        }))),
        2 => (0..8_u64, "[a-c]{1,3}")
            .prop_map(|(at, text)| ("edit_message", json!({ "message": at, "text": text }))),
        1 => (0..8_u64).prop_map(|at| ("delete_message", json!({ "message": at }))),
        1 => (0..8_u64).prop_map(|at| ("mark_read", json!({ "up_to": at }))),
        1 => Just(("join", json!({}))),
        1 => Just(("join", json!({ "role": "agent" }))),
        1 => who().prop_map(|who| ("leave", json!({ "principal": who }))),
        1 => who().prop_map(|who| ("post", json!({ "text": "x", "from": who }))),
        1 => Just(("rename", json!({ "title": "new" }))),
        1 => Just(("typing", json!({ "active": false }))),
        1 => Just(("create", json!({}))),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    (who(), asking(), any::<bool>()).prop_map(|(by, (name, input), answer)| Step {
        by,
        name,
        input,
        answer,
    })
}

proptest! {
    #[test]
    fn sequences_have_no_gap_and_states_are_folds(
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        let members = [person("ada"), person("bob"), agent("helper")];
        let mut given = given::<Conversation>([created(Sort::Group, &members)]);
        let mut owed = Vec::new();
        for step in steps {
            let then = given.by(step.by).when(step.name, step.input);
            owed.extend(then.effects);
            given = then.given;
            if step.answer {
                for effect in owed.drain(..) {
                    given = given.when_outcome(&answered(&effect, "yes")).given;
                }
            }
        }
        let posted = given.happened().filter_map(|event| match event {
            Event::MessagePosted(posted) => Some(posted.sequence),
            _ => None,
        });
        let sequences: Vec<_> = posted.collect();
        let expected: Vec<_> = (1..=sequences.len() as u64).collect();
        assert_eq!(sequences, expected);
        assert_eq!(given.state.owed.len(), owed.len());
        let bytes: usize = given.state.messages.iter().map(|message| message.text.len()).sum();
        assert_eq!(given.state.window_bytes, bytes);
        given.state_is_the_fold();
    }
}
