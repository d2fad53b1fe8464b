//! `admin`: the parts of a running system.

use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::render;

/// What to look at.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// The streams of the log, with their sizes
    Streams,
    /// How far the read models are behind the log
    Lag,
    /// Which node owns which partitions
    Partitions,
    /// The read models
    Models,
    /// Messages that were put aside after trouble, and what to do about them
    Dead(super::dead::Args),
    /// What actors have asked of the world, what holds it, and what to do about it
    Effects(super::effects::Args),
    /// The limits that are set, what the effects under each do, and what holds them
    Limits,
    /// Messages that quarantine an actor
    Quarantine(super::dead::Quarantine),
}

/// Asks the server and prints a table.
///
/// # Errors
/// As [`crate::cli::client::Client::get`].
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let part = match verb {
        Verb::Streams => "streams",
        Verb::Lag => "lag",
        Verb::Partitions => "partitions",
        Verb::Models => "models",
        Verb::Dead(args) => return super::dead::run(args, cx).await,
        Verb::Effects(args) => return super::effects::run(args, cx).await,
        Verb::Limits => return super::effects::limits(cx).await,
        Verb::Quarantine(args) => return super::dead::quarantine(args, cx).await,
    };
    let answer = cx.client()?.get(&format!("/v1/admin/{part}"), &[]).await?;
    render::answer(cx.out, &answer)
}
