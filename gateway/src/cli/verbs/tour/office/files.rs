//! The files, the proof, and what to do with them next.

use std::path::Path;

use serde_json::json;

use super::desk::{Desk, Done};
use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::paint::Style;

/// Has the chaperone make the files.
pub async fn make(desk: &mut Desk<'_>) -> Result<(), Failure> {
    let mut lost = 0;
    for (kind, format, file) in [
        ("osteon", "docx", "report.docx"),
        ("osteon", "pdf", "report.pdf"),
        ("osteon", "markdown", "report.md"),
        ("myocyte", "xlsx", "figures.xlsx"),
        ("synapse", "pptx", "slides.pptx"),
        ("synapse", "pdf", "slides.pdf"),
    ] {
        lost += desk.export(kind, format, file).await?;
    }
    let count = desk.files.len();
    desk.say("chaperone", "export", &format!("{count} files by now, {lost} losses"))
}

/// Has all chains checked.
pub async fn verify(desk: &mut Desk<'_>) -> Result<(), Failure> {
    let actors = desk.actors.clone();
    for actor in &actors {
        let told = desk.look(&format!("/v1/{actor}/verify")).await?;
        if told["ok"] != true {
            return Err(Failure::Failed(format!("{actor} is not what it was: {told}")));
        }
    }
    desk.say("chains", "verify", &format!("{} actors are what their commits say", actors.len()))
}

/// Says what was left, who made it, and how to go on.
pub fn tell(done: Done, cx: &mut Cx<'_>, into: &Path, data: Option<&Path>) -> Result<(), Failure> {
    let next = next(&done.name, data);
    if cx.out.is_json() {
        let file = |left: &super::desk::Left| {
            let path = into.join(&left.name);
            json!({ "path": path, "bytes": left.bytes, "of": left.of })
        };
        let files: Vec<_> = done.files.iter().map(file).collect();
        return cx.out.json(&json!({
            "files": files, "actors": done.actors, "commands": done.asked, "next": next,
        }));
    }
    let title = cx.out.paint(Style::Strong, &format!("\nThe files in {}", into.display()));
    cx.out.line(&title)?;
    for left in &done.files {
        let name = cx.out.paint(Style::Name, &format!("{:<14}", left.name));
        let rest = cx.out.paint(Style::Plain, &format!("{:>9} bytes  {}", left.bytes, left.of));
        cx.out.line(&format!("  {name} {rest}"))?;
    }
    let title = cx.out.paint(Style::Strong, "\nWho made them");
    cx.out.line(&title)?;
    let actors = cx.out.paint(Style::Plain, &done.actors.join(", "));
    cx.out.line(&format!("  {actors}"))?;
    let title = cx.out.paint(Style::Strong, "\nGo on");
    cx.out.line(&title)?;
    for line in &next {
        let line = cx.out.paint(Style::Plain, line);
        cx.out.line(&format!("  {line}"))?;
    }
    Ok(())
}

/// The commands to look at the work, to take another way from the middle of it, and to check it.
fn next(name: &str, data: Option<&Path>) -> Vec<String> {
    let data = data.map(|data| data.display().to_string());
    let words = |line: String| match &data {
        Some(data) => format!("cambium --data {data} {line}"),
        None => format!("cambium {line}"),
    };
    let mut next = Vec::new();
    if data.is_some() {
        next.push(format!("{} &", words("up".to_owned())));
    }
    next.extend(
        [
            format!("tail --kind osteon --id {name} --no-follow"),
            format!("fork osteon/{name} --at 7 --as {name}-otherwise"),
            format!("diff osteon/{name} osteon/{name}-otherwise"),
            format!("replay myocyte/{name}"),
            "verify --all".to_owned(),
        ]
        .map(words),
    );
    next
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::Parser as _;

    use super::next;
    use crate::cli::Cli;

    #[test]
    fn what_comes_next_can_be_typed() {
        for line in next("linden", Some(Path::new("d"))).into_iter().chain(next("linden-2", None)) {
            let words = line.trim_end_matches(" &").split(' ');
            assert!(Cli::try_parse_from(words).is_ok(), "{line}");
        }
    }
}
