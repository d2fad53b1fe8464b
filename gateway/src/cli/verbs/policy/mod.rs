//! `policy`: rules about commands, before and while they are in force, and the kill switch.

mod offline;
mod past;

use std::path::PathBuf;

use actors::policy::{self, Compiled};
use contracts::kinds::policy::{KILL_SWITCH, Scope};
use contracts::{ActorId, FieldError};
use serde_json::{Value, json};

use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::paint::Style;

/// What to do with policies.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Check a policy without a server
    Check(File),
    /// Print a template: solo, team or sandbox; without a name, list them
    Template(offline::Template),
    /// Make a policy from a few answers
    Wizard(offline::Wizard),
    /// Say what a policy would decide of one command, without a server
    DryRun(Box<offline::DryRun>),
    /// Add a version of a policy and put it into force
    Apply(Apply),
    /// Show a policy: what is in force, and its versions
    Show(Named),
    /// Put the version before the one in force into force again
    Rollback(Named),
    /// Put no version into force
    Retire(Reasoned),
    /// Ask a policy what it would have decided of what happened
    WhatIf(past::Args),
    /// Stop everything in scope at once
    Kill(Kill),
    /// Let what is in scope go on
    Release(Released),
}

/// A document.
#[derive(Debug, clap::Args)]
pub struct File {
    /// The policy as YAML or JSON
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// A policy.
#[derive(Debug, clap::Args)]
pub struct Named {
    /// Its name
    #[arg(value_name = "NAME")]
    pub name: ActorId,
}

/// A policy, and why.
#[derive(Debug, clap::Args)]
pub struct Reasoned {
    /// Its name
    #[arg(value_name = "NAME")]
    pub name: ActorId,
    /// Why, for people
    #[arg(value_name = "WHY")]
    pub why: Option<String>,
}

/// Arguments of `policy apply`.
#[derive(Debug, clap::Args)]
pub struct Apply {
    /// Its name
    #[arg(value_name = "NAME")]
    pub name: ActorId,
    /// The policy as YAML or JSON
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Only keep it as a version; what is in force stays
    #[arg(long)]
    pub keep_only: bool,
    /// Apply it again whenever the file changes; a fault is told and the old one stays
    #[arg(long)]
    pub watch: bool,
}

/// Arguments of `policy kill`.
#[derive(Debug, clap::Args)]
pub struct Kill {
    /// `tenant`, `kind:<kind>`, `actor:<kind>/<id>`; in `system` also `global`, `tenant:<tenant>`
    #[arg(value_name = "SCOPE")]
    pub scope: Scope,
    /// Why, for whoever is refused
    #[arg(value_name = "WHY")]
    pub why: String,
}

/// Arguments of `policy release`.
#[derive(Debug, clap::Args)]
pub struct Released {
    /// As it was engaged
    #[arg(value_name = "SCOPE")]
    pub scope: Scope,
    /// Why, for people
    #[arg(value_name = "WHY")]
    pub why: Option<String>,
}

/// Does it.
///
/// # Errors
/// As [`crate::cli::client::Client::post`]; [`Failure::Told`] when a policy cannot be used.
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    match verb {
        Verb::Check(args) => check(&args, cx),
        Verb::Template(args) => offline::template(&args, cx),
        Verb::Wizard(args) => offline::wizard(&args, cx),
        Verb::DryRun(args) => offline::dry_run(&args, cx),
        Verb::Apply(args) => apply(args, cx).await,
        Verb::Show(args) => show(&args, cx).await,
        Verb::Rollback(args) => command(cx, &args.name, "rollback", &json!({})).await,
        Verb::Retire(args) => {
            command(cx, &args.name, "retire", &json!({ "reason": args.why })).await
        }
        Verb::WhatIf(args) => past::run(args, cx).await,
        Verb::Kill(args) => {
            let input = json!({ "scope": args.scope, "reason": args.why });
            command(cx, &KILL_SWITCH, "engage", &input).await
        }
        Verb::Release(args) => {
            let input = json!({ "scope": args.scope, "reason": args.why });
            command(cx, &KILL_SWITCH, "release", &input).await
        }
    }
}

/// Reads and compiles a file.
///
/// # Errors
/// When it cannot be read; its faults, when it cannot be used.
fn compiled(path: &std::path::Path) -> Result<Result<Compiled, Vec<FieldError>>, Failure> {
    let text = read(path)?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(policy::read(&text).and_then(|document| Compiled::new(&name, &document)))
}

fn read(path: &std::path::Path) -> Result<String, Failure> {
    let failed = |error| Failure::Failed(format!("{}: {error}", path.display()));
    std::fs::read_to_string(path).map_err(failed)
}

fn faults(cx: &mut Cx<'_>, errors: &[FieldError]) -> Result<(), Failure> {
    for FieldError { field, message } in errors {
        let mark = cx.out.paint(Style::Bad, "✗");
        let place = if field.is_empty() { "document" } else { field };
        cx.out.line(&format!("{mark} {place}: {message}"))?;
    }
    Ok(())
}

fn check(args: &File, cx: &mut Cx<'_>) -> Result<(), Failure> {
    match compiled(&args.file)? {
        Ok(compiled) if cx.out.is_json() => {
            cx.out.json(&json!({ "ok": true, "digest": compiled.digest() }))
        }
        Ok(compiled) => {
            let mark = cx.out.paint(Style::Good, "✓");
            cx.out.line(&format!("{mark} {} can be used, {}", compiled.name(), compiled.digest()))
        }
        Err(errors) => {
            if cx.out.is_json() {
                cx.out.json(&json!({ "ok": false, "errors": errors }))?;
            } else {
                faults(cx, &errors)?;
            }
            Err(Failure::Told)
        }
    }
}

async fn command(
    cx: &mut Cx<'_>,
    name: &ActorId,
    command: &str,
    input: &Value,
) -> Result<(), Failure> {
    let answer = cx.client()?.post(&format!("/v1/policy/{name}/{command}"), input).await?;
    if cx.out.is_json() {
        return cx.out.json(&answer);
    }
    let mark = cx.out.paint(Style::Good, "✓");
    let output = &answer["output"];
    let told = match output["engaged"].as_array() {
        Some(scopes) if scopes.is_empty() => "nothing stands still".to_owned(),
        Some(scopes) => {
            let scopes: Vec<_> = scopes.iter().filter_map(Value::as_str).collect();
            format!("stand still: {}", scopes.join(", "))
        }
        None => match output["active"].as_u64() {
            Some(version) => format!("version {version} is in force"),
            None => "no version is in force".to_owned(),
        },
    };
    cx.out.line(&format!("{mark} {name}: {told}"))
}

async fn apply(args: Apply, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let mut before = None;
    loop {
        let text = read(&args.file)?;
        if before.as_ref() != Some(&text) {
            let input = json!({ "text": text, "activate": !args.keep_only });
            match command(cx, &args.name, "put", &input).await {
                // Whoever watches has the old one in force, and goes on writing.
                Err(failure) if args.watch && before.is_some() => cx.out.failure(&failure),
                done => done?,
            }
            before = Some(text);
        }
        if !args.watch {
            return Ok(());
        }
        tokio::select! {
            () = tokio::time::sleep(std::time::Duration::from_millis(500)) => {}
            _ = tokio::signal::ctrl_c() => return Ok(()),
        }
    }
}

async fn show(args: &Named, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let value = cx.client()?.get(&format!("/v1/policy/{}", args.name), &[]).await?;
    if cx.out.is_json() {
        return cx.out.json(&value);
    }
    let state = &value["state"];
    let active = &state["active"];
    for version in state["versions"].as_array().into_iter().flatten() {
        let number = &version["version"];
        let mark =
            if number == active { cx.out.paint(Style::Good, "●") } else { "○".to_owned() };
        let (at, by) = (&version["at"], &version["by"]);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        cx.out.line(&format!("{mark} version {number}  {}  {}", text(at), text(by)))?;
    }
    for switch in state["switches"].as_array().into_iter().flatten() {
        let text = |name: &str| switch[name].as_str().unwrap_or_default().to_owned();
        let mark = cx.out.paint(Style::Bad, "■");
        let (scope, reason) = (text("scope"), text("reason"));
        cx.out.line(&format!("{mark} {scope}  {}  {}: {reason}", text("since"), text("by")))?;
    }
    let versions = state["versions"].as_array().into_iter().flatten();
    let Some(version) = versions.into_iter().find(|it| &it["version"] == active) else {
        return Ok(());
    };
    let written = version["text"].as_str().map(str::to_owned);
    let text = match written {
        Some(text) => text,
        None => policy::document(version["document"].clone())
            .ok()
            .and_then(|document| policy::write(&document).ok())
            .unwrap_or_default(),
    };
    cx.out.line("")?;
    cx.out.line(text.trim_end())
}
