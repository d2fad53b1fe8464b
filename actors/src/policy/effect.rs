//! What policies may know of an effect.

use std::borrow::Cow;

use contracts::Effect;
use contracts::effect::{Convert, ConvertFrom, ConvertInto, EffectClass};
use reqwest::Url;
use serde_json::{Value, json};

/// What identifies an effect. Borrowed, so that asking costs nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EffectFacts<'a> {
    /// Its class.
    pub class: EffectClass,
    /// Of work: where it waits for a worker.
    pub queue: Option<&'a str>,
    /// Of a model call: which model.
    pub model: Option<&'a str>,
    /// Of a sent command: the kind that it is for. Of a conversion: the kind that is read, or that
    /// its commands are for.
    pub kind: Option<&'a str>,
    /// Of a sent command: the actor that it is for. Of a conversion: the one that is read.
    pub actor: Option<&'a str>,
    /// Of a sent command, and of a timer: what is asked.
    pub command: Option<&'a str>,
    /// Of a timer: what it is called.
    pub timer: Option<&'a str>,
    /// Of a call of a tool: which tool.
    pub tool: Option<&'a str>,
    /// Of a request to an HTTP server, by a tool or not: where to.
    pub url: Option<&'a str>,
}

/// The members that conditions may name.
pub const MEMBERS: &[&str] =
    &["class", "queue", "model", "kind", "actor", "command", "timer", "tool"];

impl<'a> EffectFacts<'a> {
    /// What identifies `effect`.
    #[must_use]
    pub fn of(effect: &'a Effect) -> Self {
        let class = effect.class();
        let (queue, model, kind, actor) = (None, None, None, None);
        let (command, timer, tool, url) = (None, None, None, None);
        let facts = Self { class, queue, model, kind, actor, command, timer, tool, url };
        match effect {
            Effect::Llm(llm) => Self { model: Some(&llm.request.model), ..facts },
            Effect::Work(work) => Self { queue: Some(work.queue.as_str()), ..facts },
            Effect::Tool(tool) => {
                Self { tool: Some(&tool.name), url: tool.input["url"].as_str(), ..facts }
            }
            Effect::Send(send) => Self {
                kind: Some(send.kind.as_str()),
                actor: Some(send.id.as_str()),
                command: Some(send.name.as_str()),
                ..facts
            },
            Effect::Fetch(fetch) => Self { url: Some(&fetch.url), ..facts },
            Effect::Convert(convert) => Self::of_conversion(convert, facts),
            Effect::Timer(timer) => Self {
                command: Some(timer.command.as_str()),
                timer: Some(timer.name.as_str()),
                ..facts
            },
        }
    }

    /// The actor that is read, or the kind that the commands are for.
    fn of_conversion(convert: &'a Convert, facts: Self) -> Self {
        match (&convert.from, &convert.into) {
            (ConvertFrom::Actor { kind, id, .. }, _) => {
                Self { kind: Some(kind.as_str()), actor: Some(id.as_str()), ..facts }
            }
            (_, ConvertInto::Commands { kind, .. }) => Self { kind: Some(kind.as_str()), ..facts },
            (_, ConvertInto::File { .. } | ConvertInto::Rewritten { .. }) => facts,
        }
    }

    /// The server that is asked, as whoever performs the request reads its name: in small letters,
    /// in ASCII, without port and the dot of the root.
    #[must_use]
    pub fn host(&self) -> Option<String> {
        let url = Url::parse(self.url?).ok()?;
        url.host_str().map(|host| host.trim_end_matches('.').to_ascii_lowercase())
    }

    /// The member of this name, when an effect of its class has it.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&'a str> {
        match name {
            "class" => Some(self.class.as_str()),
            "queue" => self.queue,
            "model" => self.model,
            "kind" => self.kind,
            "actor" => self.actor,
            "command" => self.command,
            "timer" => self.timer,
            "tool" => self.tool,
            _ => None,
        }
    }
}

/// What the world is asked with: of a model call its request, of a request to an HTTP server
/// `{method, url, headers, body}`, of a conversion `{from, into}`, else the input.
#[must_use]
pub fn input(effect: &Effect) -> Cow<'_, Value> {
    match effect {
        Effect::Llm(llm) => Cow::Owned(serde_json::to_value(&llm.request).unwrap_or_default()),
        Effect::Work(work) => Cow::Borrowed(&work.input),
        Effect::Tool(tool) => Cow::Borrowed(&tool.input),
        Effect::Send(send) => Cow::Borrowed(&send.input),
        Effect::Timer(timer) => Cow::Borrowed(&timer.input),
        Effect::Convert(it) => Cow::Owned(json!({ "from": it.from, "into": it.into })),
        Effect::Fetch(fetch) => Cow::Owned(json!({
            "method": fetch.method, "url": fetch.url, "headers": fetch.headers, "body": fetch.body,
        })),
    }
}

#[cfg(test)]
mod tests;
