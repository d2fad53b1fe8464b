//! `why`: what a command caused and what it waits for, as a tree.

mod build;
mod library;
#[cfg(test)]
mod tests;

use contracts::CommandId;
use contracts::view::{CommandView, EffectStatus};
use serde_json::{Value, json};

use self::build::Builder;
use self::library::Library;
use crate::cli::address::{Subject, Thing};
use crate::cli::client::{Client, shape};
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::paint::Style;
use crate::cli::tree::Node;

/// Arguments of `why`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The command, or an actor for its last commands
    #[arg(value_name = "COMMAND-ID|KIND/ID")]
    pub thing: Thing,
    /// Of an actor: how many commands
    #[arg(long, value_name = "COMMANDS", default_value_t = 5)]
    pub limit: usize,
}

/// Gathers commits, draws the tree.
///
/// # Errors
/// As [`Client::get`].
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let client = cx.client()?;
    let tree = match &args.thing {
        Thing::Actor(subject) => actor(&client, subject, args.limit).await?,
        Thing::Command(id) => command(&client, *id).await?,
    };
    if cx.out.is_json() {
        return cx.out.json(&serde_json::to_value(&tree).unwrap_or(Value::Null));
    }
    let lines = tree.draw(&|style, text| cx.out.paint(style, text));
    for line in lines {
        cx.out.line(&line)?;
    }
    Ok(())
}

/// The tree of one command, from the first command of its errand that stands in the same actor.
async fn command(client: &Client, id: CommandId) -> Result<Node, Failure> {
    let view: CommandView = shape(&client.get(&format!("/v1/commands/{id}"), &[]).await?)?;
    let subject = Subject { kind: view.kind.clone(), id: view.actor.clone() };
    let mut library = Library::new(client.clone());
    let root = library.root(&subject, id).await?;
    let mut tree = match root {
        Some(at) => Builder::new(&mut library, Some(id)).tree(&subject, at).await?,
        // A command that stored nothing: rejected, or still on its way.
        None => unstored(&view, &subject),
    };
    push_waiting(&mut tree, &waiting(client, &subject).await?);
    Ok(tree)
}

fn unstored(view: &CommandView, subject: &Subject) -> Node {
    let text = format!("{} {} to {subject}: {}", view.name, view.id, view.status.as_str());
    let facts = serde_json::to_value(view).unwrap_or_default();
    let mut node = Node::new("command", text, facts).styled(Style::Strong);
    if let Some(refusal) = &view.rejection {
        let facts = json!(refusal);
        node.push(Node::new("rejection", refusal.to_string(), facts).styled(Style::Bad));
    }
    if let Some(reply) = &view.reply {
        node.push(Node::new("answer", build::value("answer", reply), reply.clone()));
    }
    node
}

/// The trees of the last commands that came to an actor from outside.
async fn actor(client: &Client, subject: &Subject, limit: usize) -> Result<Node, Failure> {
    let mut library = Library::new(client.clone());
    let roots = library.roots(subject).await?;
    let shown = &roots[roots.len().saturating_sub(limit)..];
    let text = format!("{subject}, the last {} of {} commands", shown.len(), roots.len());
    let facts = json!({ "actor": subject.to_string(), "commands": roots.len() });
    let mut node = Node::new("actor", text, facts).styled(Style::Name);
    for at in shown {
        let tree = Builder::new(&mut library, None).tree(subject, *at).await?;
        node.push(tree);
    }
    push_waiting(&mut node, &waiting(client, subject).await?);
    Ok(node)
}

/// What an actor waits for.
async fn waiting(client: &Client, subject: &Subject) -> Result<Vec<EffectStatus>, Failure> {
    let path = format!("/v1/{}/{}/waiting", subject.kind, subject.id);
    match client.get(&path, &[]).await {
        Ok(value) => shape(value.get("items").unwrap_or(&value)),
        // The actor does not exist: its first command was rejected.
        Err(Failure::Refused(problem)) if problem.status == 404 => Ok(Vec::new()),
        Err(failure) => Err(failure),
    }
}

fn push_waiting(node: &mut Node, waiting: &[EffectStatus]) {
    if waiting.is_empty() {
        return;
    }
    let mut waits = Node::new("waiting", "waits for", Value::Null).styled(Style::Doubtful);
    for status in waiting {
        let mut text = format!(
            "{} {} of revision {}: {}",
            status.what, status.name, status.revision, status.status
        );
        if status.attempts > 0 {
            text.push_str(&format!(", {}", build::attempts(status.attempts)));
        }
        if let Some(why) = &status.why {
            text.push_str(&format!(", {why}"));
        }
        if let Some(deadline) = &status.deadline {
            text.push_str(&format!(", until {deadline}"));
        }
        waits.push(Node::new("wait", text, json!(status)));
    }
    node.push(waits);
}
