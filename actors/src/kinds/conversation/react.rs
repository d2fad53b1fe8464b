//! What the world must do about an event: ask the models of the agents for their answers.

use contracts::kinds::conversation::limits::{
    ANSWER_TOKENS_MAX, HISTORY_BYTES_MAX, HISTORY_MESSAGES_MAX,
};
use contracts::kinds::conversation::{Event, Member, MessagePosted, Role, Sort};
use contracts::model::{LOCAL_MODEL, ModelRequest, Role as Speaker, Task, Turn};
use contracts::{Effect, effect};
use serde_json::json;

use super::state::{Message, Owed, State};

/// One model call for each agent that the post asks.
pub(super) fn react(event: &Event, after: &State) -> Vec<Effect> {
    let Event::MessagePosted(posted) = event else { return Vec::new() };
    let history_bytes = HISTORY_BYTES_MAX / posted.asks.len().max(1);
    let asked = posted.asks.iter().filter_map(|agent| after.members.get(agent));
    asked.map(|agent| ask(agent, posted, after, history_bytes)).collect()
}

fn ask(agent: &Member, posted: &MessagePosted, after: &State, history_bytes: usize) -> Effect {
    let mut turns = vec![Turn::new(Speaker::System, system(agent, after))];
    turns.extend(history(agent, after, history_bytes));
    let request = ModelRequest {
        model: agent.model.clone().unwrap_or_else(|| LOCAL_MODEL.to_owned()),
        turns,
        task: Task::Chat,
        schema: None,
        max_tokens: ANSWER_TOKENS_MAX,
        seed: 0,
        ..ModelRequest::default()
    };
    let owed = Owed { agent: agent.principal.clone(), message: posted.message.clone() };
    let (tag, terms) = (json!(owed), effect::Terms::default());
    Effect::Llm(Box::new(effect::Llm { request, tag, stream: true, terms }))
}

/// Who the agent is, and where it speaks.
fn system(agent: &Member, after: &State) -> String {
    let name = agent.name.as_deref().unwrap_or(agent.principal.as_str());
    let mut text = format!("You are {name}, a member of a conversation");
    if let Some(title) = &after.title {
        text.push_str(&format!(" called \"{title}\""));
    }
    if after.kind == Sort::Group {
        text.push_str(". What others say begins with their name and a colon; your words do not");
    }
    text.push_str(". Answer the last message. Say plainly when you do not know something.");
    if let Some(instructions) = &agent.instructions {
        text.push_str("\n\n");
        text.push_str(instructions);
    }
    text
}

/// The newest messages, oldest first. The one that is answered is always among them.
fn history(agent: &Member, after: &State, bytes_max: usize) -> Vec<Turn> {
    let newest = after.messages.iter().rev().take(HISTORY_MESSAGES_MAX);
    let mut bytes = 0;
    let mut turns = Vec::new();
    for (place, message) in newest.enumerate() {
        if place > 0 {
            bytes += message.text.len();
            if bytes > bytes_max {
                break;
            }
        }
        if !message.deleted {
            turns.push(turn(agent, message, after.kind));
        }
    }
    turns.reverse();
    turns
}

fn turn(agent: &Member, message: &Message, kind: Sort) -> Turn {
    if message.author == agent.principal && message.role == Role::Agent {
        return Turn::new(Speaker::Assistant, message.text.clone());
    }
    let name = message.name.as_deref().unwrap_or(message.author.as_str());
    let content = match kind {
        Sort::Private => message.text.clone(),
        Sort::Group => format!("{name}: {}", message.text),
    };
    Turn::new(Speaker::User, content)
}
