//! What the world must do about an event: ask a model.

use contracts::kinds::synapse::Event;
use contracts::{CommandId, Effect, effect};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::prompt;

/// What a deck must be told again when a model has answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tag {
    /// The command that waits.
    pub command: CommandId,
    /// How many slides were asked for, at most.
    pub slides: u32,
}

/// The model call that the event asks for.
pub(super) fn react(event: &Event) -> Option<Effect> {
    let Event::StoryboardAsked(asked) = event else { return None };
    let tag = json!(Tag { command: asked.command, slides: asked.slides });
    Some(Effect::Llm(Box::new(effect::Llm {
        request: prompt::storyboard(asked),
        tag,
        stream: false,
        terms: effect::Terms::default(),
    })))
}
