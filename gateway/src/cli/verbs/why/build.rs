//! From commits to a tree.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use contracts::commit::Input;
use contracts::effect::{Effect, Metered};
use contracts::envelope::Cause;
use contracts::lifecycle::Event;
use contracts::ports::Fut;
use contracts::{CommandId, EffectId, EffectRecord};
use serde_json::{Value, json};

use super::library::Library;
use crate::cli::address::Subject;
use crate::cli::failure::Failure;
use crate::cli::history::Shown;
use crate::cli::paint::{Style, digest, short};
use crate::cli::tree::Node;

/// How deep a tree may grow.
const DEPTH_MAX: usize = 32;
/// The longest piece of data shown, in characters.
const DATA_CHARS_MAX: usize = 90;

/// Builds one tree.
pub struct Builder<'a> {
    library: &'a mut Library,
    wanted: Option<CommandId>,
    seen: BTreeSet<(String, u64)>,
    depth: usize,
}

/// A piece of data with its name, on one line.
pub fn value(name: &str, value: &Value) -> String {
    format!("{name} {}", short(&value.to_string(), DATA_CHARS_MAX))
}

/// How many attempts, in words.
pub fn attempts(count: u32) -> String {
    if count == 1 { "1 attempt".to_owned() } else { format!("{count} attempts") }
}

impl<'a> Builder<'a> {
    /// Builds from `library`; the command `wanted` is marked.
    pub fn new(library: &'a mut Library, wanted: Option<CommandId>) -> Self {
        Self { library, wanted, seen: BTreeSet::new(), depth: 0 }
    }

    /// The tree below the commit at `at` of the actor's history.
    pub fn tree<'b>(
        &'b mut self,
        subject: &'b Subject,
        at: usize,
    ) -> Fut<'b, Result<Node, Failure>> {
        Box::pin(async move {
            let shown = self.library.history(subject).await?[at].clone();
            let mut node = self.command(&shown);
            let fresh = self.seen.insert((subject.to_string(), shown.commit.revision.0));
            if !fresh || self.depth >= DEPTH_MAX {
                node.push(Node::new("more", "…", Value::Null));
                return Ok(node);
            }
            self.depth += 1;
            node.push(gate(&shown));
            node.push(self.commit(subject, &shown).await?);
            if let Some(answer) = self.answer(subject, &shown).await? {
                node.push(answer);
            }
            let cause = Cause::Command(shown.commit.command.id);
            for child in self.library.caused_by(subject, &cause).await? {
                let child = self.tree(subject, child).await?;
                node.push(child);
            }
            self.depth -= 1;
            Ok(node)
        })
    }

    fn command(&self, shown: &Shown) -> Node {
        // A fork's history begins with its ancestors' commits, which are not its own.
        let subject = format!("{}/{}", shown.commit.kind, shown.commit.id);
        let command = &shown.commit.command;
        let mark = if self.wanted == Some(command.id) { " ◀" } else { "" };
        let by = &command.by.principal;
        let text = format!("{} {} to {subject} by {by}{mark}", command.name, command.id);
        let input = match &command.input {
            Input::Inline(value) => value.clone(),
            Input::Blob { hash, bytes } => json!({ "blob": hash, "bytes": bytes }),
        };
        let facts = json!({
            "id": command.id, "name": command.name, "actor": subject, "by": by,
            "input": input, "cause": command.cause, "correlation": command.correlation,
        });
        let style = if mark.is_empty() { Style::Plain } else { Style::Strong };
        let mut node = Node::new("command", text, facts).styled(style);
        let text = value("input", &input);
        node.push(Node::new("input", text, input).styled(Style::Faint));
        node
    }

    async fn commit(&mut self, subject: &Subject, shown: &Shown) -> Result<Node, Failure> {
        let commit = &shown.commit;
        let hash = shown.hash.to_string();
        let text = format!(
            "commit revision {} at {}, cursor {}, hash {}",
            commit.revision,
            commit.at,
            shown.cursor,
            digest(&hash)
        );
        let facts = json!({
            "revision": commit.revision, "cursor": shown.cursor, "hash": hash, "at": commit.at,
        });
        let mut node = Node::new("commit", text, facts).styled(Style::Good);
        for event in &commit.events {
            let text = value(&event.r#type, &event.data);
            node.push(Node::new("event", text, json!(event)));
        }
        for effect in &commit.effects {
            node.push(self.effect(subject, shown, effect).await?);
        }
        Ok(node)
    }

    /// An effect: where it stands, and the commits that its outcome or its command led to.
    async fn effect(
        &mut self,
        subject: &Subject,
        shown: &Shown,
        record: &EffectRecord,
    ) -> Result<Node, Failure> {
        let id = shown.commit.effect_id(record.index);
        let (tries, concluded, spent) = progress(self.library.history(subject).await?, id);
        let (style, word) = match concluded {
            Some(true) => (Style::Good, "done"),
            Some(false) => (Style::Bad, "failed"),
            None => (Style::Doubtful, "no outcome yet"),
        };
        let aim = target(record);
        let to = aim.as_ref().map_or_else(String::new, |aim| format!(" to {aim}"));
        let tries_text = if tries == 0 { String::new() } else { format!(", {}", attempts(tries)) };
        let hash = id.to_string();
        let text = format!("effect {}{to} {}: {word}{tries_text}", record.r#type, digest(&hash));
        let facts = json!({
            "id": id, "type": record.r#type, "data": record.data,
            "attempts": tries, "ok": concluded, "metered": spent,
        });
        let mut node = Node::new("effect", text, facts).styled(style);
        let cause = Cause::Effect(id);
        if let Some(spent) = &spent {
            node.push(spending(spent));
        }
        for child in self.library.caused_by(subject, &cause).await? {
            node.push(self.tree(subject, child).await?);
        }
        if let Some(aim) = aim.filter(|aim| aim != subject) {
            match self.library.caused_by(&aim, &cause).await {
                Ok(places) => {
                    for child in places {
                        node.push(self.tree(&aim, child).await?);
                    }
                }
                // The other actor may not exist, or not for this caller.
                Err(Failure::Refused(problem)) => {
                    let text = format!("{aim}: {}", problem.code);
                    node.push(Node::new("unseen", text, problem.to_json()));
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(node)
    }

    /// The commit that answered the command, when that is a later one.
    async fn answer(&mut self, subject: &Subject, shown: &Shown) -> Result<Option<Node>, Failure> {
        let id = shown.commit.command.id;
        let history = self.library.history(subject).await?;
        let found = history.iter().find_map(|other| Some((other, other.commit.completion(id)?)));
        if let Some((other, done)) = found {
            let style = if done.ok { Style::Good } else { Style::Bad };
            let word = if done.ok { "completed" } else { "failed" };
            let word = format!("{word} at revision {}:", other.commit.revision);
            let text = value(&word, &done.reply);
            return Ok(Some(Node::new("answer", text, json!(done)).styled(style)));
        }
        let deadline = shown.commit.command.deadline;
        Ok(deadline.map(|deadline| {
            let text = format!("no answer yet, one comes until {deadline}");
            Node::new("answer", text, Value::Null).styled(Style::Doubtful)
        }))
    }
}

fn gate(shown: &Shown) -> Node {
    let gate = &shown.commit.gate;
    let policy = gate.policy.to_string();
    let text = format!("gate {} by policy {}, as of {}", gate.verdict, digest(&policy), gate.as_of);
    Node::new("gate", text, json!(gate)).styled(Style::Faint)
}

/// How often an effect was attempted, and whether it was done.
fn progress(history: &[Shown], id: EffectId) -> (u32, Option<bool>, Option<Box<Metered>>) {
    let (mut tries, mut concluded, mut spent) = (0, None, None);
    for event in history.iter().flat_map(|shown| &shown.commit.events) {
        match Event::from_record(event) {
            Some(Event::EffectAttempted { effect, attempt, .. }) if effect == id => {
                tries = tries.max(attempt);
            }
            Some(Event::EffectConcluded { effect, ok, metered }) if effect == id => {
                (concluded, spent) = (Some(ok), metered);
            }
            _ => {}
        }
    }
    (tries, concluded, spent)
}

/// What a call came to, and what was set aside for it.
fn spending(spent: &Metered) -> Node {
    let mut node = Node::new("spent", told(spent), json!(spent)).styled(Style::Faint);
    for charge in &spent.budgets {
        let text = format!("reserved {} in budget/{}", charge.reserved, charge.budget);
        node.push(Node::new("reserved", text, json!(charge)).styled(Style::Faint));
    }
    node
}

/// What a call came to, in a line.
fn told(spent: &Metered) -> String {
    let usage = spent.usage;
    let mut text =
        format!("spent {} + {} tokens on {}", usage.input_tokens, usage.output_tokens, spent.model);
    match &spent.cost {
        Some(cost) => {
            let _ = write!(text, ", {} micro USD by {}", cost.micro_usd, cost.prices);
        }
        None => text.push_str(", at a price that nobody knows"),
    }
    if spent.unknown {
        text.push_str(", or nobody knows what");
    }
    if spent.degraded {
        text.push_str(", not the model that was asked");
    }
    text
}

/// Which other actor an effect is for.
fn target(record: &EffectRecord) -> Option<Subject> {
    match record.effect().ok()? {
        Effect::Send(send) => Some(Subject { kind: send.kind, id: send.id }),
        _ => None,
    }
}
