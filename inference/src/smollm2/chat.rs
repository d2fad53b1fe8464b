//! A conversation as the model was taught to read it.

use contracts::Refusal;
use contracts::model::{ModelRequest, Role, ToolChoice, Turn};

use crate::weights::unable;

/// A part of what the model reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<'a> {
    /// The sign that begins a turn.
    Begin,
    /// The sign that ends one.
    End,
    /// Words.
    Text(&'a str),
}

/// What the model is told to be where nobody says: what it was taught with.
const SYSTEM: &str = "You are a helpful AI assistant named SmolLM, trained by Hugging Face";

/// Says no to what the model cannot do: nothing is left out silently.
///
/// # Errors
/// `model_validation`, which names it.
pub fn check(request: &ModelRequest) -> Result<(), Refusal> {
    let images = request.turns.iter().any(|turn| !turn.images.is_empty());
    let tools = request.tools.iter().any(|_| request.tool_choice != ToolChoice::None);
    let spoke = request.turns.iter().any(|turn| turn.role == Role::Tool || !turn.calls.is_empty());
    let effort = request.options.effort.is_some();
    for (asked, what) in [
        (images, "local/smollm2 looks at no images"),
        (tools || spoke, "local/smollm2 calls no tools"),
        (effort, "local/smollm2 does not think before it answers: leave `effort` out"),
        (request.turns.is_empty(), "there are no turns"),
    ] {
        if asked {
            return Err(unable(what));
        }
    }
    Ok(())
}

/// What the model reads, up to where its own words begin.
#[must_use]
pub fn parts(turns: &[Turn]) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    if turns.first().is_none_or(|turn| turn.role != Role::System) {
        turn(&mut parts, "system\n", SYSTEM);
    }
    for said in turns {
        let speaker = match said.role {
            Role::System => "system\n",
            Role::User | Role::Tool => "user\n",
            Role::Assistant => "assistant\n",
        };
        turn(&mut parts, speaker, &said.content);
    }
    parts.extend([Part::Begin, Part::Text("assistant\n")]);
    parts
}

fn turn<'a>(parts: &mut Vec<Part<'a>>, speaker: &'a str, words: &'a str) {
    parts.extend([
        Part::Begin,
        Part::Text(speaker),
        Part::Text(words),
        Part::End,
        Part::Text("\n"),
    ]);
}
