//! Names of runs and messages, in which the one is found again from the other.

use contracts::{ActorId, Hash};

use crate::edge::headers::Key;

/// What the command is called that begins the run of a thread: the same for whoever comes again.
#[must_use]
pub fn key(assistant: &ActorId, thread: &str, run: &str) -> Key {
    let parts = [assistant.as_str(), thread, run];
    Key::Text(format!("agui:{}", Hash::of_parts("cambium agui run v1", &parts)))
}

/// What the model says in a round of a run.
#[must_use]
pub fn message(run: &ActorId, round: u32) -> String {
    format!("msg_{run}.{round}")
}

/// What the model thinks in a round of a run.
#[must_use]
pub fn thought(run: &ActorId, round: u32) -> String {
    format!("thought_{run}.{round}")
}

/// What a tool answers to a call of a run.
#[must_use]
pub fn result(run: &ActorId, call: &str) -> String {
    format!("tool_{run}.{call}")
}

/// What somebody else says at a place of a run.
#[must_use]
pub fn said(run: &ActorId, place: usize) -> String {
    format!("said_{run}.{place}")
}

/// The run that a message of the model's is of.
#[must_use]
pub fn run_of(message: &str) -> Option<ActorId> {
    let (run, round) = message.strip_prefix("msg_")?.rsplit_once('.')?;
    round.parse::<u32>().ok().and_then(|_| ActorId::new(run).ok())
}

/// Whether a message is what a tool answered within a run, so that the run has it.
#[must_use]
pub fn is_result(message: &str, run: &ActorId) -> bool {
    let rest = message.strip_prefix("tool_").and_then(|rest| rest.strip_prefix(run.as_str()));
    rest.is_some_and(|rest| rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_its_run() {
        let run = ActorId::new("0199-a:b").unwrap();
        assert_eq!(run_of(&message(&run, 3)), Some(run.clone()));
        for other in ["msg_", "msg_x", "msg_x.y", "m-1", "msg_a b.1"] {
            assert_eq!(run_of(other), None, "{other}");
        }
        assert!(is_result(&result(&run, "call.1"), &run));
        assert!(!is_result("tool_0199-a:bc.1", &run));
    }

    #[test]
    fn a_run_of_another_thread_has_another_name() {
        let [a, b] = ["a", "b"].map(|id| ActorId::new(id).unwrap());
        assert_eq!(key(&a, "t", "r"), key(&a, "t", "r"));
        assert_ne!(key(&a, "t", "r"), key(&b, "t", "r"));
        assert_ne!(key(&a, "t1", "r"), key(&a, "t", "1r"));
    }
}
