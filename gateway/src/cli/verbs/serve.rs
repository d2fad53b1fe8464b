//! `serve`: run one node of several.

use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::verbs::up;
use crate::settings::load;

/// Arguments of `serve`: those of `up`, and what this node is.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Args {
    #[command(flatten)]
    up: up::Args,
    /// What this node does: actors, edge, projections [environment: CAMBIUM_NODE_ROLES]
    #[arg(long, value_name = "ROLES", value_delimiter = ',')]
    role: Vec<String>,
    /// What this node is called; kept in the data directory otherwise [environment:
    /// CAMBIUM_NODE_ID]
    #[arg(long, value_name = "NAME")]
    node_id: Option<String>,
}

/// Runs a node until it is told to stop. It never starts a broker.
///
/// # Errors
/// When no broker is named; else as [`up::run`].
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let mut flags = args.up.flags();
    if !args.role.is_empty() {
        flags.push(("node.roles", "--role", args.role.join(",")));
    }
    flags.extend(args.node_id.map(|id| ("node.id", "--node-id", id)));
    let settings = load(&cx.sources(args.up.config, flags))?.settings;
    if settings.nats.url.is_none() {
        let reason = "`serve` starts no broker; name one with --nats-url or CAMBIUM_NATS_URL, or \
                      use `up`, which brings its own";
        return Err(Failure::Usage(reason.to_owned()));
    }
    up::run_with(settings, cx).await
}
