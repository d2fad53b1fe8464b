//! A command that is not answered yet, followed until it is: its commits and the words of a growing
//! answer are told as progress.

use std::sync::Arc;

use contracts::kinds::{assistant, run};
use contracts::ports::Flow;
use contracts::view::{Answer, Status};
use contracts::{Address, Kind, Recorded, Refusal};
use futures_util::{StreamExt as _, stream};

use super::catalog::Tool;
use crate::dialects::mcp::rpc::Exchange;
use crate::edge::stream::{self as commits, Place};
use crate::edge::watch::{self, Seen};
use crate::problem::codes;

/// Whether a command begins a run, whose answer grows.
#[must_use]
pub fn grows(kind: &Kind, command: &str) -> bool {
    matches!((kind.as_str(), command), ("run", "start") | ("assistant", "ask"))
}

type Told = Flow<Result<Seen, Refusal>>;

/// What became of an accepted command.
///
/// # Errors
/// When the log cannot be read, or ends.
pub async fn answered(
    exchange: &Exchange,
    accepted: &Answer,
    tool: &Tool,
) -> Result<Answer, Refusal> {
    let seen = watched(exchange, accepted, tool).await?;
    conclude(exchange, accepted, seen).await
}

/// What became of a command that was accepted at some time, whatever it is.
///
/// # Errors
/// As [`answered`].
pub async fn until(exchange: &Exchange, accepted: &Answer) -> Result<Answer, Refusal> {
    let seen = commits_after(exchange, accepted).await?;
    conclude(exchange, accepted, seen).await
}

async fn conclude(
    exchange: &Exchange,
    accepted: &Answer,
    mut seen: Told,
) -> Result<Answer, Refusal> {
    let mut progress = 0;
    while let Some(item) = seen.next().await {
        match item? {
            Seen::Text(text) => {
                progress += text.len() as u64;
                exchange.peer.progress(progress, None, Some(&text));
            }
            Seen::Commit(recorded) => {
                if let Some(answer) = concluded(accepted, &recorded) {
                    return Ok(answer);
                }
                progress += 1;
                exchange.peer.progress(progress, None, Some(&named(&recorded)));
            }
        }
    }
    Err(codes::unanswered())
}

/// The answer, when this commit brings it.
fn concluded(accepted: &Answer, recorded: &Recorded) -> Option<Answer> {
    let done = recorded.commit.completion(accepted.command)?;
    Some(Answer {
        status: if done.ok { Status::Completed } else { Status::Failed },
        revision: recorded.commit.revision,
        cursor: recorded.cursor,
        reply: done.reply.clone(),
        at: recorded.commit.at,
        ..accepted.clone()
    })
}

/// What a commit says, in few words.
fn named(recorded: &Recorded) -> String {
    let commit = &recorded.commit;
    let events: Vec<_> = commit.events.iter().map(|event| event.r#type.as_str()).collect();
    format!("{}/{} {}: {}", commit.kind, commit.id, commit.revision, events.join(", "))
}

/// The commits to come, and the words of the run where there is one.
async fn watched(exchange: &Exchange, accepted: &Answer, tool: &Tool) -> Result<Told, Refusal> {
    let address = accepted.address.clone();
    if tool.kind == run::KIND && grows(&tool.kind, tool.command) {
        return watch::actor(&exchange.shared, address).await;
    }
    let own = commits_after(exchange, accepted).await?;
    if !grows(&tool.kind, tool.command) || !exchange.peer.wants_progress() {
        return Ok(own);
    }
    let run = assistant::run_of(&address.tenant, &address.id, accepted.command);
    let words = words(exchange, Address::new(address.tenant, run::KIND, run));
    Ok(stream::select(own, words).boxed())
}

async fn commits_after(exchange: &Exchange, accepted: &Answer) -> Result<Told, Refusal> {
    let edge = &exchange.shared.edge;
    let place = Place { cursor: accepted.cursor, revision: Some(accepted.revision) };
    let (history, feed) = (Arc::clone(&edge.history), Arc::clone(&edge.feed));
    let own = commits::of_actor(history, feed, accepted.address.clone(), place).await?;
    Ok(own.map(|item| item.map(Seen::Commit)).boxed())
}

/// The words of a run that is about to begin: it is looked for when anything happens.
fn words(exchange: &Exchange, run: Address) -> Told {
    let shared = Arc::clone(&exchange.shared);
    let begun = async move {
        let mut entries = shared.edge.feed.subscribe(shared.edge.feed.position());
        loop {
            if let Ok(seen) = watch::actor(&shared, run.clone()).await {
                return seen;
            }
            if entries.next().await.is_none() {
                return stream::pending().boxed();
            }
        }
    };
    // Its commits are told by the assistant's own; only its words are told.
    let words = stream::once(begun).flatten();
    words.filter(|item| std::future::ready(matches!(item, Ok(Seen::Text(_))))).boxed()
}
