//! `bench`: measure this program on this machine, beside the bare broker in the same run.

use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::local::{Load, Part};
use crate::cli::render;
use crate::cli::verbs::tour::scratch::Scratch;
use crate::settings::{Durability, Settings, load};

/// Arguments of `bench`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Messages of each baseline; rows of commands take a few times more
    #[arg(long, value_name = "COUNT", default_value_t = 20_000)]
    pub commands: usize,
    /// Commits of the row about read models
    #[arg(long, value_name = "COUNT", default_value_t = 50_000)]
    pub commits: usize,
    /// Actors of the row about many actors; a million takes minutes
    #[arg(long, value_name = "COUNT", default_value_t = 100_000)]
    pub actors: usize,
    /// Actors woken to tell what one awake actor takes
    #[arg(long, value_name = "COUNT", default_value_t = 30_000)]
    pub awake: usize,
    /// Answers of the rows about models
    #[arg(long, value_name = "COUNT", default_value_t = 3_000)]
    pub answers: usize,
    /// How long the rows about lag take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    pub seconds: u64,
    /// Measure commands with this durability only
    #[arg(long, value_enum)]
    pub durability: Option<Durability>,
    /// Measure this part only; may be given again
    #[arg(long, value_enum)]
    pub only: Vec<Part>,
}

/// Measures on a scratch directory with a broker of its own, and prints on what it was measured
/// and a table.
///
/// # Errors
/// When the program cannot be started there, or a measurement fails.
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let scratch = Scratch::make()?;
    let mut settings: Settings = load(&cx.sources(None, Vec::new()))?.settings;
    settings.data = scratch.path().join("data");
    settings.listen.set_port(0);
    settings.log.level = "off".to_owned();
    settings.edge.limits.lift();
    let load = Load {
        commands: args.commands.max(100),
        commits: args.commits.max(1),
        actors: args.actors.max(1),
        awake: args.awake.max(1),
        answers: args.answers.max(3),
        seconds: args.seconds.max(1),
        durability: args.durability,
        only: args.only,
    };
    let measured = cx.local.bench(settings, load).await;
    let measured = measured.map_err(|error| Failure::of(&error))?;
    if !cx.out.is_json() {
        render::answer(cx.out, &measured["environment"])?;
        cx.out.line("")?;
    }
    render::answer(cx.out, &measured)
}
