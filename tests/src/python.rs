//! Python with the packages that strangers use, in an environment of its own.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

/// The packages, pinned: a NATS client, BLAKE3 and RFC 8785, a provider of identities, and a reader
/// of tokens, all by others than us.
const PACKAGES: &[&str] = &[
    "nats-py==2.16.0",
    "blake3==1.0.11",
    "rfc8785==0.1.4",
    "oidc-provider-mock==0.3.4",
    "joserfc==1.8.0",
];

/// The interpreter of an environment below `folder` that has [`PACKAGES`]; made once.
///
/// # Errors
/// When Python or pip fails.
pub fn interpreter(folder: &Path) -> anyhow::Result<PathBuf> {
    with(&folder.join("python"), PACKAGES)
}

/// The interpreter of an environment in `home` that has `packages`, pinned; made once.
///
/// # Errors
/// When Python or pip fails.
pub fn with(home: &Path, packages: &[&str]) -> anyhow::Result<PathBuf> {
    fs::create_dir_all(home)?;
    let lock = File::create(home.join("lock"))?;
    lock.lock()?;
    let python = home.join("venv/bin/python");
    let done = home.join(packages.join("+"));
    if !done.exists() {
        let venv = home.join("venv");
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        // A busy machine, or a slow index, is waited for.
        pip.args(["--retries", "10", "--timeout", "60"]);
        run(pip.args(packages))?;
        File::create(&done)?;
    }
    Ok(python)
}

/// Runs a command and gives what it said.
///
/// # Errors
/// When it fails; the error holds what it said.
pub fn run(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("{command:?} cannot be run"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} failed: {said}{complained}");
    Ok(said)
}
