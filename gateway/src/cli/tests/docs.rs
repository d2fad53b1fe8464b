//! docs/cli.md is the help of every verb. `UPDATE=1 cargo test -p cambium cli_page` rewrites it.

use std::fmt::Write as _;
use std::path::Path;

use clap::{Command, CommandFactory as _};

use crate::cli::Cli;

const HEAD: &str = "# The command line\n\n\
    Written by a test from the program's own help: `UPDATE=1 cargo test -p cambium cli_page` \
    writes it anew.\n";

#[test]
fn the_cli_page_is_what_help_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cli.md");
    let mut command = Cli::command();
    command.build();
    let mut page = HEAD.to_owned();
    section(&mut command, &mut page);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == page, "docs/cli.md is not what help says; run with UPDATE=1 and look at it");
}

fn section(command: &mut Command, page: &mut String) {
    let name = command.get_bin_name().unwrap_or("cambium").to_owned();
    let help = command.render_long_help().to_string();
    let lines = help.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    write!(page, "\n## {name}\n\n```text\n{}\n```\n", lines.trim_end()).unwrap();
    for inner in command.get_subcommands_mut() {
        if inner.get_name() != "help" {
            section(inner, page);
        }
    }
}
