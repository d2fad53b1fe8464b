//! `doctor`: what is wrong with an installation, and what to do about it.

mod backup;
mod broker;
mod certificate;
mod cluster;
mod database;
mod directory;
mod disk;
mod server;
mod system;

use std::path::PathBuf;

use serde::Serialize;
use serde_json::{Value, json};

use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::paint::Style;
use crate::compose::now;
use crate::home::Home;
use crate::settings::{Durability, Settings, SettingsError, load};

/// Arguments of `doctor`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The settings file [environment: CAMBIUM_CONFIG] [default: DATA/cambium.toml, ./cambium.toml]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All is well.
    Good,
    /// It works, and may not be what is wanted.
    Doubtful,
    /// It does not work.
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// How it ended.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do about it.
    pub remedy: Option<String>,
    /// The command to run next: what mends it, or what tells more.
    pub next: Option<String>,
}

impl Check {
    /// All is well.
    #[must_use]
    pub fn good(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Good, found: found.into(), remedy: None, next: None }
    }

    /// It works, and may not be what is wanted.
    #[must_use]
    pub fn doubtful(
        name: &'static str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let (found, remedy) = (found.into(), Some(remedy.into()));
        Self { name, verdict: Verdict::Doubtful, found, remedy, next: None }
    }

    /// It does not work.
    #[must_use]
    pub fn bad(name: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        let (found, remedy) = (found.into(), Some(remedy.into()));
        Self { name, verdict: Verdict::Bad, found, remedy, next: None }
    }

    /// With the command to run next.
    #[must_use]
    pub fn next(self, command: impl Into<String>) -> Self {
        Self { next: Some(command.into()), ..self }
    }
}

/// Looks at everything and prints each finding.
///
/// # Errors
/// [`Failure::Told`] when anything is bad.
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let mut checks = Vec::new();
    let is_elsewhere = is_elsewhere(&args, cx);
    let settings = match load(&cx.sources(args.config, Vec::new())) {
        Ok(loaded) => {
            let count = loaded.origins.len();
            checks.push(Check::good("settings", format!("valid, {count} not at their default")));
            loaded.settings
        }
        Err(error) => {
            let weak = matches!(error, SettingsError::Weak { .. });
            let remedy = if weak { "make a long one by chance" } else { "correct it" };
            let next = if weak { "openssl rand -hex 32" } else { "cambium config" };
            checks.push(Check::bad("settings", error.to_string(), remedy).next(next));
            let data = cx.home().dir().to_owned();
            Settings { data, ..Settings::default() }
        }
    };
    let home = Home::new(&settings.data);
    if is_elsewhere {
        checks.clear();
    } else {
        checks.extend(here(cx, &settings, &home).await);
    }
    checks.extend(server::checks(cx, &settings, &home).await);
    for check in &checks {
        print(cx, check)?;
    }
    let bad = checks.iter().any(|check| check.verdict == Verdict::Bad);
    if bad { Err(Failure::Told) } else { Ok(()) }
}

/// Whether a server was named that is not the one of this data directory: what this machine's
/// settings and disk are says nothing of it. Who names a directory or a file as well wants both.
fn is_elsewhere(args: &Args, cx: &Cx<'_>) -> bool {
    let Some(url) = cx.named_url() else { return false };
    let names_data = cx.global.data.is_some() || cx.variable("CAMBIUM_DATA").is_some();
    let is_same = |own: &str| own.trim_end_matches('/') == url.trim_end_matches('/');
    let is_own = || cx.home().server().is_some_and(|server| is_same(&server.url));
    !names_data && args.config.is_none() && !is_own()
}

/// What is looked at on this machine.
async fn here(cx: &Cx<'_>, settings: &Settings, home: &Home) -> Vec<Check> {
    let mut checks = vec![directory::usable(home)];
    checks.extend(directory::modes(home));
    let place = directory::place(home);
    checks.push(disk::space(&place));
    checks.extend(disk::sync(&place, settings.durability));
    checks.push(directory::clock(home));
    checks.push(broker::check(cx.local, settings, now()).await);
    checks.extend(database::check(settings).await);
    checks.push(sync(settings));
    checks.extend(certificate::check(settings));
    checks.extend(backup::check(home, now()));
    checks
}

fn sync(settings: &Settings) -> Check {
    match settings.durability {
        Durability::Always => {
            Check::good("durability", "always: an acknowledged commit survives a power cut")
        }
        Durability::Relaxed => Check::doubtful(
            "durability",
            "relaxed: a power cut may take the last seconds of what was acknowledged",
            "set durability = \"always\" where that matters",
        ),
    }
}

fn print(cx: &mut Cx<'_>, check: &Check) -> Result<(), Failure> {
    if cx.out.is_json() {
        return cx.out.json(&serde_json::to_value(check).unwrap_or(json!(Value::Null)));
    }
    let (style, mark) = match check.verdict {
        Verdict::Good => (Style::Good, "✓"),
        Verdict::Doubtful => (Style::Doubtful, "!"),
        Verdict::Bad => (Style::Bad, "✗"),
    };
    let mark = cx.out.paint(style, mark);
    let text = cx.out.paint(Style::Plain, &format!("{:<12} {}", check.name, check.found));
    cx.out.line(&format!("{mark} {text}"))?;
    if let Some(remedy) = &check.remedy {
        let remedy = cx.out.paint(Style::Faint, &format!("               → {remedy}"));
        cx.out.line(&remedy)?;
    }
    if let Some(next) = &check.next {
        let next = cx.out.paint(Style::Faint, &format!("               $ {next}"));
        cx.out.line(&next)?;
    }
    Ok(())
}
