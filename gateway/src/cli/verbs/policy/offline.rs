//! What needs no server: templates, the wizard, and one command in front of one policy.

use std::path::PathBuf;

use actors::policy::{self, Answers, Question, Strictness, templates};
use contracts::kinds::policy::Ruling;
use contracts::{ActorId, CommandName, Kind, Origin, Principal, Revision, Tenant, Timestamp};
use serde_json::{Value, json};

use super::{compiled, faults};
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::paint::Style;

/// Arguments of `policy template`.
#[derive(Debug, clap::Args)]
pub struct Template {
    /// Which one
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
}

/// Arguments of `policy wizard`.
#[derive(Debug, clap::Args)]
pub struct Wizard {
    /// How much is let through without asking: relaxed, balanced or strict
    #[arg(long, value_name = "LEVEL", default_value = "balanced", value_parser = ["relaxed", "balanced", "strict"])]
    pub strictness: String,
    /// With `strict`: a kind that may be used; repeat for more
    #[arg(long, value_name = "KIND")]
    pub kind: Vec<String>,
    /// A directory within which files may be touched; repeat for more
    #[arg(long, value_name = "DIR")]
    pub dir: Vec<String>,
    /// The most lines that one command may change
    #[arg(long, value_name = "LINES")]
    pub max_diff_lines: Option<u32>,
    /// Who says yes to what is reviewed: a principal or `role:<role>`; repeat for more
    #[arg(long, value_name = "WHO")]
    pub reviewer: Vec<String>,
    /// How many of them have to
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    pub quorum: u32,
}

/// Arguments of `policy dry-run`.
#[derive(Debug, clap::Args)]
pub struct DryRun {
    /// The policy as YAML or JSON
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The kind of the actor
    #[arg(value_name = "KIND")]
    pub kind: Kind,
    /// The command
    #[arg(value_name = "COMMAND")]
    pub command: CommandName,
    /// Its input as JSON
    #[arg(value_name = "INPUT", default_value = "{}")]
    pub input: String,
    /// The actor's id
    #[arg(long, value_name = "ID", default_value = "some")]
    pub id: ActorId,
    /// Who asks
    #[arg(long = "as", value_name = "PRINCIPAL", default_value = "somebody")]
    pub principal: Principal,
    /// A role of theirs; repeat for more
    #[arg(long, value_name = "ROLE")]
    pub role: Vec<String>,
    /// In which tenant
    #[arg(long, value_name = "TENANT", default_value = "default")]
    pub of: Tenant,
    /// When [default: now]
    #[arg(long, value_name = "TIME")]
    pub at: Option<Timestamp>,
}

/// Prints a template, or their names.
///
/// # Errors
/// [`Failure::Usage`] when there is none of this name.
pub fn template(args: &Template, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let Some(name) = &args.name else {
        if cx.out.is_json() {
            let all = templates::ALL.iter();
            let all: Vec<_> = all.map(|it| json!({ "name": it.name, "about": it.about })).collect();
            return cx.out.json(&json!({ "templates": all }));
        }
        return templates::ALL.iter().try_for_each(|template| {
            let name = cx.out.paint(Style::Name, &format!("{:8}", template.name));
            cx.out.line(&format!("{name} {}", template.about))
        });
    };
    let template = templates::named(name);
    let template =
        template.ok_or_else(|| Failure::Usage(format!("there is no template {name}")))?;
    cx.out.line(template.text.trim_end())
}

/// Prints the policy that the answers lead to.
///
/// # Errors
/// When it cannot be printed.
pub fn wizard(args: &Wizard, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let strictness = match args.strictness.as_str() {
        "relaxed" => Strictness::Relaxed,
        "strict" => Strictness::Strict,
        _ => Strictness::Balanced,
    };
    let (document, notes) = policy::wizard(&Answers {
        strictness,
        kinds: args.kind.clone(),
        dirs: args.dir.clone(),
        diff_lines_max: args.max_diff_lines,
        reviewers: args.reviewer.clone(),
        quorum: args.quorum,
    });
    if let Err(errors) = policy::Compiled::new("wizard", &document) {
        faults(cx, &errors)?;
        return Err(Failure::Told);
    }
    let text = policy::write(&document).map_err(Failure::Failed)?;
    if cx.out.is_json() {
        return cx.out.json(&json!({ "document": document, "text": text, "notes": notes }));
    }
    for note in notes {
        cx.out.line(&format!("# {note}"))?;
    }
    cx.out.line(text.trim_end())
}

/// Prints what the policy would decide.
///
/// # Errors
/// [`Failure::Told`] when it would not allow the command.
pub fn dry_run(args: &DryRun, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let policy = match compiled(&args.file)? {
        Ok(policy) => policy,
        Err(errors) => {
            faults(cx, &errors)?;
            return Err(Failure::Told);
        }
    };
    let input: Value = serde_json::from_str(&args.input)
        .map_err(|error| Failure::Usage(format!("the input is not JSON: {error}")))?;
    let roles: Vec<&str> = args.role.iter().map(String::as_str).collect();
    let verdict = policy.evaluate(&Question {
        tenant: &args.of,
        kind: &args.kind,
        id: &args.id,
        revision: Revision::ZERO,
        command: &args.command,
        input: &input,
        principal: &args.principal,
        roles: &roles,
        origin: Origin::Http,
        at: args.at.unwrap_or_else(crate::compose::now),
        effect: None,
    });
    let allowed = verdict.ruling == Ruling::Allow;
    if cx.out.is_json() {
        cx.out.json(&json!({
            "effect": verdict.ruling, "rule": &*verdict.rule, "reason": verdict.reason,
            "findings": verdict.obligations.findings,
            "approval": verdict.obligations.approval.as_deref(),
        }))?;
    } else {
        let style = if allowed { Style::Good } else { Style::Bad };
        let effect = cx.out.paint(style, verdict.ruling.as_str());
        let why = verdict.reason.map(|why| format!(": {why}")).unwrap_or_default();
        cx.out.line(&format!("{effect} by {}{why}", verdict.rule))?;
    }
    if allowed { Ok(()) } else { Err(Failure::Told) }
}
