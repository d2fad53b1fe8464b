//! `dev`: for development.

use std::fs;
use std::io::{BufRead as _, IsTerminal as _};

use serde_json::json;

use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::home::{Home, LOCK, SETTINGS};

/// What to do.
#[derive(Debug, Clone, Copy, clap::Subcommand)]
pub enum Verb {
    /// Delete the data directory, except for its settings file
    Reset {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// Deletes everything in the data directory except the settings.
///
/// # Errors
/// When it is not ours, a program runs on it, nobody agreed, or it cannot be deleted.
pub fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let Verb::Reset { yes } = verb;
    let home = cx.home();
    let name = home.dir().display().to_string();
    if !home.dir().exists() {
        return told(cx, &name, "there is nothing to delete", 0);
    }
    let entries = entries(&home)?;
    if !yes && !agreed(cx, &name, &entries)? {
        return Err(Failure::Failed("nothing was deleted".to_owned()));
    }
    // Held until the end, so that no program starts on a directory that is being emptied.
    let claim = home.claim()?;
    for entry in entries.iter().filter(|entry| *entry != LOCK) {
        let path = home.file(entry);
        let is_dir = fs::symlink_metadata(&path)?.is_dir();
        if is_dir { fs::remove_dir_all(&path)? } else { fs::remove_file(&path)? }
    }
    fs::remove_file(home.file(LOCK))?;
    drop(claim);
    // Stays when the settings file does.
    let _ = fs::remove_dir(home.dir());
    told(cx, &name, "deleted", entries.len())
}

/// What would be deleted. Refuses a directory that is not ours to empty.
fn entries(home: &Home) -> Result<Vec<String>, Failure> {
    let refuse = |why: &str| Failure::Failed(format!("{} {why}", home.dir().display()));
    if fs::symlink_metadata(home.dir())?.is_symlink() {
        return Err(refuse("is a link; name the directory itself"));
    }
    if !home.is_ours() {
        return Err(refuse("is not a data directory of this program"));
    }
    if home.file(".git").exists() || home.file("Cargo.toml").exists() {
        return Err(refuse("holds a project, not only data"));
    }
    if home.is_taken() {
        home.claim()?;
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(home.dir())? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name != SETTINGS {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn agreed(cx: &mut Cx<'_>, name: &str, entries: &[String]) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::Usage("nobody is there to ask; say --yes".to_owned()));
    }
    cx.out.remark(&format!("this deletes from {name}: {}", entries.join(", ")));
    cx.out.remark("type yes to go on:");
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

fn told(cx: &mut Cx<'_>, name: &str, what: &str, count: usize) -> Result<(), Failure> {
    if cx.out.is_json() {
        return cx.out.json(&json!({ "data": name, "deleted": count }));
    }
    cx.out.line(&format!("{name}: {what}"))
}
