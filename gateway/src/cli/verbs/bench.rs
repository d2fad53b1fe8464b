//! `bench`: measure this program on this machine, beside the bare broker in the same run.

use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::local::Load;
use crate::cli::render;
use crate::cli::verbs::tour::scratch::Scratch;
use crate::settings::{Settings, load};

/// Arguments of `bench`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Commands of each row
    #[arg(long, value_name = "COUNT", default_value_t = 5_000)]
    pub commands: usize,
    /// Commits of the row about read models
    #[arg(long, value_name = "COUNT", default_value_t = 20_000)]
    pub commits: usize,
}

/// Measures on a scratch directory with a broker of its own, and prints a table.
///
/// # Errors
/// When the program cannot be started there, or a measurement fails.
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let scratch = Scratch::make()?;
    let mut settings: Settings = load(&cx.sources(None, Vec::new()))?.settings;
    settings.data = scratch.path().join("data");
    settings.listen.set_port(0);
    settings.log.level = "off".to_owned();
    settings.edge.rate_requests = 0;
    let load = Load { commands: args.commands.max(1), commits: args.commits.max(1) };
    let measured = cx.local.bench(settings, load).await;
    let measured = measured.map_err(|error| Failure::Failed(format!("{error:#}")))?;
    render::answer(cx.out, &measured)
}
