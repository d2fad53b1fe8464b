//! What an assistant remembers: searched once, before the model is asked, and kept in the log, so
//! that a replay needs nobody.

use contracts::effect::{Delivery, Effect, ToolRun};
use contracts::kinds::run::limits::REMEMBERED_BYTES_MAX;
use contracts::kinds::run::{Event, MEMORY_CALL, MEMORY_TOOL, Recalled, Recalling};
use contracts::model::Role;
use contracts::search::QUERY_BYTES_MAX;
use contracts::search::memory::{Item, Speaker};
use contracts::{Outcome, privacy};
use serde::Deserialize;
use serde_json::{Value, json};

use super::react::within;
use super::state::State;
use super::steps::Steps;

/// How long looking may take: an answer without a memory is better than none.
const TIMEOUT_MS: u64 = 10_000;
const HEAD: &str = "What you remember of earlier conversations with this person, what fits best \
                    first:";

impl Steps<'_> {
    /// Looks for what was said before, when that is wished; false = it is not.
    pub fn remember(&mut self) -> bool {
        let Some(memory) = &self.state.run().memory else { return false };
        let said = self.state.turns.iter().rev().find(|turn| turn.role == Role::User);
        let Some(said) = said.filter(|turn| !turn.content.trim().is_empty()) else { return false };
        let query = match privacy::carries(&said.content) {
            true => said.content.clone(),
            false => {
                let cut = said.content.floor_char_boundary(QUERY_BYTES_MAX);
                said.content[..cut].to_owned()
            }
        };
        let items = memory.items;
        let timeout_ms = self.left_ms().unwrap_or_default().clamp(1, TIMEOUT_MS);
        self.push(Event::Recalling(Recalling { query, items, timeout_ms }));
        true
    }

    /// What was found, or why nobody could look; either way the model is asked.
    pub fn recalled(&mut self, outcome: &Outcome) {
        let (text, code) = match outcome.tool() {
            Ok(answer) => (told(&answer.output), None),
            Err(refusal) => (None, Some(refusal.code.into_owned())),
        };
        self.push(Event::Recalled(Recalled { text, code }));
        self.ask_model();
    }
}

/// The effect that looks.
pub(super) fn recall(recalling: &Recalling, after: &State) -> Effect {
    Effect::Tool(Box::new(ToolRun {
        name: MEMORY_TOOL.to_owned(),
        call: MEMORY_CALL.to_owned(),
        input: json!({ "query": recalling.query, "limit": recalling.items }),
        delivery: Delivery::Idempotent,
        origin: after.origin,
        approval: false,
        recorded: after.run().recorded.clone(),
        tag: json!({ "round": after.round, "memory": true }),
        terms: within(recalling.timeout_ms),
    }))
}

#[derive(Deserialize)]
struct Found {
    items: Vec<Item>,
}

/// What the model is told of what was found.
fn told(output: &Value) -> Option<String> {
    match output {
        // As it was told before, or protected as a whole.
        Value::String(text) if text.starts_with(HEAD) => Some(text.clone()),
        Value::String(text) if !text.is_empty() => Some(format!("{HEAD}\n{text}")),
        found => {
            let items = contracts::read::from_ref::<Found>(found).ok()?.items;
            let mut text = String::new();
            for item in items {
                let who = match item.speaker {
                    Speaker::Told => "they said",
                    Speaker::Said => "you said",
                };
                let line = format!("\n- {}, {who}: {}", item.at, item.text);
                if text.len() + line.len() <= REMEMBERED_BYTES_MAX {
                    text.push_str(&line);
                }
            }
            (!text.is_empty()).then(|| format!("{HEAD}{text}"))
        }
    }
}
