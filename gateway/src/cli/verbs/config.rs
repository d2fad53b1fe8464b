//! `config`: the effective settings.

use std::path::PathBuf;

use serde_json::json;

use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::settings::{load, to_toml};

/// Arguments of `config`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The settings file [environment: CAMBIUM_CONFIG] [default: DATA/cambium.toml, ./cambium.toml]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Prints the settings that `up` would run with, secrets masked.
///
/// # Errors
/// When they make no sense.
pub fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let sources = cx.sources(args.config, Vec::new());
    let loaded = load(&sources)?;
    if cx.out.is_json() {
        return cx.out.json(&json!({
            "file": sources.settings_file(),
            "settings": loaded.settings,
            "origins": loaded.origins,
        }));
    }
    cx.out.line(to_toml(&loaded).trim_end())
}
