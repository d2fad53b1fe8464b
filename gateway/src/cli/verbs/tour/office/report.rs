//! The report: what was said at a meeting, drafted and cited, beside what was computed.

use serde_json::{Value, json};

use super::GOAL;
use super::desk::Desk;
use super::fill::Filled;
use crate::cli::failure::Failure;

const NOTES: &str = include_str!("story/notes.md");
const REPORT: &str = include_str!("story/report.md");
/// The parts of the notes that a model drafts from.
const MATTER: [&str; 2] = ["Where we are", "The third shop"];
/// The section that it drafts, after the summary.
const DRAFTED: &str = "What the partners see";

/// Takes the notes in, as a document of its own.
pub async fn notes(desk: &mut Desk<'_>) -> Result<(), Failure> {
    let id = format!("{}-notes", desk.name);
    let input = json!({ "text": NOTES, "format": "markdown", "kind": "osteon", "id": id });
    let told = desk.ask("chaperone", "import", &input).await?;
    let lost = &told["lost"];
    desk.say("chaperone", "import", &format!("notes.md: a document osteon/{id}, {lost} losses"))
}

/// Outlines, drafts, writes and cites.
pub async fn write(desk: &mut Desk<'_>, filled: &Filled) -> Result<(), Failure> {
    let title = "Linden & Rye: plan for the first quarter of 2027";
    desk.ask("osteon", "create", &json!({ "title": title })).await?;
    let outline = json!({ "goal": GOAL, "context": NOTES });
    let told = desk.ask("osteon", "outline", &outline).await?;
    let titles = told["outline"].as_array().map_or(0, Vec::len);
    desk.say("osteon", "outline", &format!("{titles} sections proposed by the built-in model"))?;
    let source = json!({
        "title": "Notes of the partners' meeting", "reference": "14 December 2026",
        "text": said(desk).await?,
    });
    let draft = json!({
        "goal": "the third shop of Linden & Rye", "outline": [DRAFTED], "sources": [source],
    });
    let told = desk.ask("osteon", "draft", &draft).await?;
    let drafted = told["sections"][0]["id"].as_str().unwrap_or_default().to_owned();
    desk.say("osteon", "draft", &format!("“{DRAFTED}” from the notes, with citations"))?;
    let mut sections = 0;
    for (number, (title, text)) in parts(REPORT).into_iter().enumerate() {
        let text = filled.text(&text)?;
        let id = format!("part-{}", number + 1);
        let input = json!({ "section": id, "title": title, "text": text });
        desk.ask("osteon", "set_section", &input).await?;
        sections += 1;
    }
    let place = json!({ "section": drafted, "after": "part-1" });
    desk.ask("osteon", "move_section", &place).await?;
    let revision = desk.look(&format!("/v1/{}", desk.actor("myocyte"))).await?;
    let reference = format!("{}, revision {}", desk.actor("myocyte"), revision["revision"]);
    let source = json!({ "title": "Figures of Linden & Rye", "reference": reference });
    let cite = json!({ "section": "part-2", "source": source });
    desk.ask("osteon", "cite", &cite).await?;
    desk.say("osteon", "write", &format!("{sections} sections of computed numbers, cited"))
}

/// What the notes say about the matter: the sections of the document that they became.
pub async fn said(desk: &Desk<'_>) -> Result<String, Failure> {
    let notes = desk.look(&format!("/v1/{}-notes", desk.actor("osteon"))).await?;
    let sections = notes["state"]["sections"].as_array().into_iter().flatten();
    let matter = sections.filter(|section| MATTER.iter().any(|it| section["title"] == **it));
    let texts: Vec<_> = matter.filter_map(|section| section["text"].as_str()).collect();
    Ok(texts.join("\n\n"))
}

/// Has the report judged by what can be measured.
pub async fn review(desk: &mut Desk<'_>) -> Result<(), Failure> {
    let state = desk.look(&format!("/v1/{}", desk.actor("osteon"))).await?;
    let sections = state["state"]["sections"].as_array().map_or(&[][..], Vec::as_slice);
    let part = |section: &Value| {
        let word = |name: &str| section[name].as_str().unwrap_or_default();
        format!("# {}\n\n{}\n", word("title"), word("text"))
    };
    let content: String = sections.iter().map(part).collect();
    let criteria = [
        "at least 500 words",
        "mentions revenue, cash, permit, oven",
        "has headings: Risks, Cash",
        "has figures",
    ];
    let input = json!({ "content": content, "criteria": criteria });
    let told = desk.ask("nucleus", "review", &input).await?;
    let verdict = if told["pass"] == true { "passed" } else { "not passed" };
    let count = criteria.len();
    desk.say(
        "nucleus",
        "review",
        &format!("{verdict}: {} of 100 by {count} criteria", told["score"]),
    )
}

/// The parts of a text at its highest headings.
fn parts(text: &str) -> Vec<(String, String)> {
    let mut parts: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("# "), parts.last_mut()) {
            (Some(title), _) => parts.push((title.to_owned(), String::new())),
            (None, Some((_, text))) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    parts.into_iter().map(|(title, text)| (title, text.trim().to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::{REPORT, parts};

    #[test]
    fn the_report_is_in_parts() {
        let parts = parts(REPORT);
        assert_eq!((parts.len(), parts[0].0.as_str()), (8, "Summary"));
        assert!(parts.iter().all(|(_, text)| !text.is_empty() && !text.starts_with('#')));
    }
}
