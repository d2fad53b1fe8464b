//! A policy in front of what happened.

use std::path::PathBuf;

use contracts::kinds::policy::{WhatIf, WhatIfCounts, WhatIfStep};
use contracts::{ActorId, Timestamp};
use serde_json::json;

use super::read;
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::lines::Lines;
use crate::cli::paint::Style;

/// Arguments of `policy what-if`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The policy as YAML or JSON
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The policy in whose place it stands
    #[arg(long, value_name = "NAME", default_value = "candidate")]
    pub name: ActorId,
    /// The commands of the last so many days
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    pub days: u32,
    /// The commands from this instant on, in place of days
    #[arg(long, value_name = "TIME")]
    pub from: Option<Timestamp>,
    /// The commands before this instant
    #[arg(long, value_name = "TIME")]
    pub to: Option<Timestamp>,
    /// List at most so many differences; all are counted
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    pub limit: u64,
}

/// Prints what would have been decided differently.
///
/// # Errors
/// As [`Lines::post`]; [`Failure::Failed`] when the answer was cut.
pub async fn run(args: Args, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let days = i64::from(args.days) * 24 * 60 * 60 * 1_000;
    let from = args.from.unwrap_or_else(|| crate::compose::now().plus_millis(-days));
    let asked = WhatIf {
        name: args.name.to_string(),
        text: Some(read(&args.file)?),
        document: None,
        from: Some(from),
        to: args.to,
        differences_max: args.limit,
    };
    let client = cx.client()?;
    let mut lines = Lines::post(&client, "/v1/policies/what-if", &json!(asked)).await?;
    while let Some(line) = lines.next().await? {
        let step = contracts::read::from_slice::<WhatIfStep>(&line);
        let step = step.map_err(|error| Failure::Failed(format!("the server sent {error}")))?;
        match step {
            WhatIfStep::Progress(counts) => cx.out.progress(&format!(
                "{} commands, {} differences",
                counts.commands, counts.differences
            )),
            WhatIfStep::Difference(it) if cx.out.is_json() => cx.out.json(&json!(it))?,
            WhatIfStep::Difference(it) => {
                let effect = cx.out.paint(Style::Bad, it.would.as_str());
                let why = it.reason.map(|why| format!(": {why}")).unwrap_or_default();
                let (kind, id, name, by) = (it.kind, it.id, it.name, it.by);
                let what = it.effect.map_or(String::new(), |it| format!(" effect {}", it.class));
                cx.out.line(&format!(
                    "{effect} {kind}/{id} {name}{what} by {by} at {}  {}{why}",
                    it.at, it.rule
                ))?;
            }
            WhatIfStep::Done(counts) => return told(cx, &counts),
            WhatIfStep::Failed { code, detail } => {
                return Err(Failure::Failed(format!("{code}: {detail}")));
            }
        }
    }
    Err(Failure::Failed("the answer was cut before its end".to_owned()))
}

fn told(cx: &mut Cx<'_>, counts: &WhatIfCounts) -> Result<(), Failure> {
    cx.out.progress("");
    if cx.out.is_json() {
        return cx.out.json(&json!({ "done": counts }));
    }
    let WhatIfCounts { commands, effects, differences, by_rule, unread, .. } = counts;
    let and = if *effects > 0 { format!(" and {effects} effects") } else { String::new() };
    cx.out.line(&format!("{differences} of {commands} commands{and} would have been held up"))?;
    for (rule, count) in by_rule {
        cx.out.line(&format!("  {count} by {rule}"))?;
    }
    if *unread > 0 {
        cx.out.remark(&format!("{unread} commands cannot be asked about"));
    }
    Ok(())
}
