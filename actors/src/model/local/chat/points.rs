//! Open questions, tasks and dates of a conversation.

use super::memory::{Line, Memory, Said, lines_of};
use crate::model::local::text::lines::head;
use crate::model::local::text::moments::moments;
use crate::model::local::text::rank::likeness;
use crate::model::local::text::stems;
use crate::model::local::text::tokens::words;

/// Points that are listed at most: the newest.
const LISTED_MAX: usize = 12;

fn bullets(lines: &[Line]) -> String {
    let from = lines.len().saturating_sub(LISTED_MAX);
    lines[from..].iter().map(|line| format!("- {}", line.quoted())).collect::<Vec<_>>().join("\n")
}

/// Questions that no later message of somebody else takes up.
pub fn open(said: &[&Said]) -> Vec<Line> {
    let mut out = Vec::new();
    let from = said.len().saturating_sub(200);
    for (at, one) in said.iter().enumerate().skip(from) {
        if one.mine {
            continue;
        }
        for line in lines_of(one).into_iter().filter(|line| line.text.ends_with(['?', '؟', '？']))
        {
            let asked = stems(&line.text).into_iter().collect();
            let answered = said[at + 1..].iter().any(|later| {
                let other = later.name != one.name || later.name.is_none();
                let words = stems(head(&later.text, 4_096)).into_iter().collect();
                other
                    && !later.mine
                    && !later.text.ends_with('?')
                    && likeness(&asked, &words) >= 0.5
            });
            if !answered {
                out.push(line);
            }
        }
    }
    out
}

/// The open questions.
pub fn questions(memory: &Memory) -> String {
    let open = open(&memory.earlier());
    if open.is_empty() {
        return "I find no question here that waits for an answer.".to_owned();
    }
    format!("Questions that nobody has taken up yet:\n\n{}", bullets(&open))
}

/// Sentences that ask somebody to do something.
pub fn tasks(memory: &Memory) -> String {
    let asks = |text: &str| {
        let lower: Vec<String> = words(text).map(str::to_lowercase).collect();
        let has = |marks: &[&str]| lower.iter().any(|word| marks.contains(&word.as_str()));
        let first = lower.first().map(String::as_str).unwrap_or_default();
        let joined = lower.join(" ");
        has(&["todo", "must", "should", "need", "needs", "please", "i'll", "we'll"])
            || joined.contains("to do")
            || [" will ", " have to ", " has to "].iter().any(|mark| joined.contains(mark))
            || ["send", "call", "check", "prepare", "book", "fix", "review", "ask", "finish"]
                .contains(&first)
    };
    let earlier = memory.earlier();
    let lines: Vec<_> = earlier
        .iter()
        .filter(|said| !said.mine)
        .flat_map(|said| lines_of(said))
        .filter(|line| asks(&line.text) && !line.text.ends_with('?'))
        .collect();
    if lines.is_empty() {
        return "I find nothing here that somebody is to do.".to_owned();
    }
    format!("What was said to be done:\n\n{}", bullets(&lines))
}

/// Sentences with dates.
pub fn dates(memory: &Memory) -> String {
    let earlier = memory.earlier();
    let lines: Vec<_> = earlier
        .iter()
        .filter(|said| !said.mine)
        .flat_map(|said| lines_of(said))
        .filter(|line| !moments(&line.text, 1).is_empty())
        .collect();
    if lines.is_empty() {
        return "I find no date in what was said here.".to_owned();
    }
    format!("Dates that were named:\n\n{}", bullets(&lines))
}
