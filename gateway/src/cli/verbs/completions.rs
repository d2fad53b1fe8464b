//! `completions`: a script that teaches a shell the verbs.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::args::Cli;
use crate::cli::context::Cx;
use crate::cli::failure::Failure;

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// Prints the script.
///
/// # Errors
/// As [`crate::cli::out::Out::line`].
pub fn run(args: &Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "cambium", &mut script);
    cx.out.line(String::from_utf8_lossy(&script).trim_end())
}
