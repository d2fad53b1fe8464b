//! A run as it goes on, step by step: words, what a model has said, what tools answered, the end.

use contracts::kinds::run::{Answer, Answered, ToolAnswered};
use contracts::lifecycle::Event;
use contracts::ports::Flow;
use contracts::{Address, CommandId, Commit, Completion, Recorded, Refusal};
use futures_util::{StreamExt as _, stream as flows};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::edge::shared::Shared;
use crate::edge::watch::{self, Seen};

/// What a watcher of a run is told.
#[derive(Debug, Clone)]
pub enum Step {
    /// A model is asked, or somebody is waited for: from here on the run goes its way.
    Underway,
    /// More words.
    Text(String),
    /// The model has said all that it says this time; its words were told.
    Spoke(Box<Answered>),
    /// A tool answered.
    Tool(Box<ToolAnswered>),
    /// It has answered.
    Answer(Box<Answer>),
    /// It has not, and will not.
    Refused(Refusal),
}

/// A run as it goes on, until `command` is answered; without one, the command that began it. Words
/// of an answer that must follow a schema are told only once they are final, since it may be sent
/// back; with `whole`, all are.
///
/// # Errors
/// When the run cannot be read.
pub async fn follow(
    shared: &Shared,
    address: Address,
    command: Option<CommandId>,
    whole: bool,
) -> Result<Flow<Step>, Refusal> {
    let seen = watch::actor(shared, address).await?;
    let following = Following { seen, command, whole, said: String::new(), over: false };
    let steps = flows::unfold(following, |mut following| async move {
        let steps = following.next().await?;
        Some((flows::iter(steps), following))
    });
    Ok(Box::pin(steps.flatten()))
}

struct Following {
    seen: Flow<Result<Seen, Refusal>>,
    command: Option<CommandId>,
    whole: bool,
    /// What was told of the round that goes on.
    said: String,
    over: bool,
}

impl Following {
    async fn next(&mut self) -> Option<Vec<Step>> {
        if self.over {
            return None;
        }
        match self.seen.next().await? {
            Ok(Seen::Text(_)) if self.whole => Some(Vec::new()),
            Ok(Seen::Text(text)) => {
                self.said.push_str(&text);
                Some(vec![Step::Text(text)])
            }
            Ok(Seen::Commit(recorded)) => Some(self.committed(&recorded)),
            Err(refusal) => {
                self.over = true;
                Some(vec![Step::Refused(refusal)])
            }
        }
    }

    fn committed(&mut self, recorded: &Recorded) -> Vec<Step> {
        let commit = &recorded.commit;
        self.whole |= asks_for_schema(commit);
        let mut steps = Vec::new();
        steps.extend(is_underway(commit).then_some(Step::Underway));
        for answered in told::<Answered>(commit, "Answered") {
            let said = std::mem::take(&mut self.said);
            let rest = answered.response.text.strip_prefix(said.as_str());
            let rest = rest.filter(|rest| !rest.is_empty() && !self.whole);
            steps.extend(rest.map(|rest| Step::Text(rest.to_owned())));
            steps.push(Step::Spoke(answered.into()));
        }
        steps.extend(told(commit, "ToolAnswered").map(|it| Step::Tool(Box::new(it))));
        let command = *self.command.get_or_insert(commit.command.id);
        if let Some(done) = commit.completion(command) {
            self.over = true;
            self.ended(done, &mut steps);
        }
        steps
    }

    fn ended(&self, done: &Completion, steps: &mut Vec<Step>) {
        match (done.refusal(), read(done.reply.clone())) {
            (Some(refusal), _) | (None, Err(refusal)) => steps.push(Step::Refused(refusal)),
            (None, Ok(answer)) => {
                if self.whole && !answer.text.is_empty() {
                    // What is told whole is told where it would have grown: before its round ends.
                    let spoke = steps.iter().rposition(|step| matches!(step, Step::Spoke(_)));
                    let at = spoke.unwrap_or(steps.len());
                    steps.insert(at, Step::Text(answer.text.clone()));
                }
                steps.push(Step::Answer(Box::new(answer)));
            }
        }
    }
}

/// The answer of a run.
///
/// # Errors
/// `internal` when it is none.
pub fn read(reply: Value) -> Result<Answer, Refusal> {
    contracts::read::from_value(reply).map_err(|error| Refusal::internal(error.to_string()))
}

/// The events of a type.
fn told<T: DeserializeOwned>(commit: &Commit, name: &str) -> impl Iterator<Item = T> {
    let named = commit.events.iter().filter(move |event| event.r#type == name);
    named.filter_map(|event| contracts::read::from_ref(&event.data).ok())
}

/// Whether a model is asked that costs something, or what is to be done waits for somebody's word.
fn is_underway(commit: &Commit) -> bool {
    let events = commit.events.iter().filter_map(Event::from_record);
    let underway =
        |event| matches!(event, Event::EffectAttempted { .. } | Event::EffectPaused { .. });
    events.into_iter().any(underway)
}

/// Whether a run begins whose answer must follow a schema.
fn asks_for_schema(commit: &Commit) -> bool {
    let begun = commit.events.iter().find(|event| event.r#type == "Started");
    begun.is_some_and(|event| !event.data["run"]["schema"].is_null())
}
