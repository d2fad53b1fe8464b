//! What a goal asks for: which sort of document, about what, for whom, how many sections.

mod document;
mod people;

pub use document::Document;

use super::text::language::is_stop;
use super::text::lines;
use super::text::tokens::{Token, clip, flat, tokens};

/// A goal that has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goal {
    /// The sort of document.
    pub document: Document,
    /// The goal's own word for it, such as `brief` or `post-mortem`.
    pub called: String,
    /// What it is about, in the goal's own words; never blank.
    pub topic: String,
    /// The topic with the article that the goal gives it, for use inside a sentence.
    pub subject: String,
    /// For whom, in the goal's own words, with their article.
    pub audience: Option<String>,
    /// How many sections it asks for.
    pub sections: Option<u32>,
}

/// Words that ask for writing.
const ASKING: &[&str] = &[
    "a",
    "about",
    "an",
    "build",
    "can",
    "compose",
    "could",
    "create",
    "describe",
    "develop",
    "draft",
    "explain",
    "generate",
    "give",
    "help",
    "i",
    "make",
    "me",
    "need",
    "our",
    "outline",
    "please",
    "prepare",
    "produce",
    "put",
    "some",
    "summarise",
    "summarize",
    "the",
    "to",
    "together",
    "up",
    "us",
    "want",
    "we",
    "would",
    "like",
    "write",
    "you",
    "your",
    "my",
    "would",
];

/// Beginnings of what comes after the topic.
const ENDS: &[&str] = &[
    " aimed at ",
    " addressed to ",
    " intended for ",
    " written for ",
    " in a ",
    " in an ",
    " with a ",
    " using ",
    " based on ",
    " that ",
    " which ",
    " so that ",
    " in order to ",
    " to help ",
    " to convince ",
    " to persuade ",
    " to explain ",
    " to show ",
    " by ",
    " due ",
    " as a ",
    " as an ",
    // In which files it is wanted.
    " as csv",
    " as docx",
    " as html",
    " as markdown",
    " as pdf",
    " as pptx",
    " as xlsx",
    " and download ",
    " and export ",
    " and print ",
    " and save ",
    " exported ",
];

const NUMBERS: [&str; 12] = [
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
];

/// The longest topic that is taken over, in characters.
const TOPIC_CHARS_MAX: usize = 120;

/// What is read of a goal, in bytes.
const GOAL_BYTES_MAX: usize = 4 * 1_024;

/// Reads a goal. Whatever it says, there is a topic.
pub fn read(goal: &str, audience: Option<&str>) -> Goal {
    let line = flat(lines::head(goal, GOAL_BYTES_MAX));
    let sentence = super::text::sentences(&line).first().copied().unwrap_or("").to_owned();
    let found = document::find(&sentence);
    let after = found.as_ref().map_or(0, |found| found.end);
    let rest = sentence.get(after..).unwrap_or("");
    let sections = sections(&line);
    let (mut topic, mut reader) = topic(rest, found.is_some());
    if topic.is_empty() {
        // `solar energy report`, `the incident post-mortem`: the topic stands before.
        let before = found.as_ref().map_or(sentence.as_str(), |found| &sentence[..found.start]);
        topic = trimmed(without_asking(before));
    }
    let people_only = topic.is_empty() && reader.is_some();
    if topic.is_empty() {
        topic = reader.clone().unwrap_or_else(|| trimmed(without_asking(&sentence)));
    }
    if topic.is_empty() {
        topic = "the subject".to_owned();
    }
    if people_only && found.is_none() {
        reader = None;
    }
    let given = audience
        .map(|given| clip(&flat(lines::head(given, GOAL_BYTES_MAX)), TOPIC_CHARS_MAX))
        .filter(|given| !given.is_empty());
    let how_to = topic.to_lowercase().starts_with("how to ");
    let unnamed = if how_to { (Document::Guide, "guide") } else { (Document::Report, "document") };
    let (document, called) =
        found.map_or((unnamed.0, unnamed.1.to_owned()), |found| (found.document, found.called));
    let subject = with_article(&line, &topic);
    let audience = given.or_else(|| reader.map(|reader| with_article(&line, &reader)));
    Goal { document, called, topic, subject, audience, sections }
}

/// The topic and the readers in what follows the word for the document.
fn topic(rest: &str, named: bool) -> (String, Option<String>) {
    let rest = rest.trim_start_matches([' ', ':', ',', '-', '–', '—']);
    let rest = if named { rest } else { without_asking(rest) };
    let rest = in_sections(rest);
    let (mut body, mut reader) = split_reader(rest);
    let heads = [
        "on the topic of ",
        "on the subject of ",
        "with regard to ",
        "regarding ",
        "concerning ",
        "describing ",
        "explaining ",
        "covering ",
        "about ",
        "on ",
        "of ",
        "for ",
        "to ",
        "into ",
    ];
    let lower = body.to_lowercase();
    // Letters are addressed: `to the landlord about the heating`.
    if let Some(stripped) = lower.strip_prefix("to ")
        && let Some(at) = [" about ", " on ", " regarding ", " concerning "]
            .iter()
            .filter_map(|head| stripped.find(head))
            .min()
        && lower.len() == body.len()
    {
        reader = reader.or_else(|| Some(trimmed(&body[3..3 + at])));
        body = body[3 + at..].trim_start();
    }
    let lower = body.to_lowercase();
    if let Some(head) = heads.iter().find(|head| lower.starts_with(**head))
        && body.is_char_boundary(head.len())
    {
        body = &body[head.len()..];
    }
    let lower = body.to_lowercase();
    if lower.len() == body.len() {
        let ends = ENDS.iter().filter_map(|end| lower.find(end));
        let long_enough = |at: &usize| body[..*at].split_whitespace().count() >= 1;
        if let Some(at) = ends.filter(long_enough).min() {
            body = &body[..at];
        }
    }
    (trimmed(body), reader)
}

/// `about solar energy for city councils` → the part before and the readers.
fn split_reader(rest: &str) -> (&str, Option<String>) {
    let lower = rest.to_lowercase();
    if lower.len() != rest.len() {
        return (rest, None);
    }
    for mark in [" aimed at ", " addressed to ", " intended for ", " written for "] {
        if let Some(at) = lower.find(mark) {
            return (&rest[..at], Some(trimmed(cut_end(&rest[at + mark.len()..]))));
        }
    }
    let mut candidates: Vec<(usize, usize)> = Vec::new();
    for mark in [" for ", " to "] {
        candidates.extend(lower.match_indices(mark).map(|(at, _)| (at, mark.len())));
    }
    if lower.starts_with("for ") {
        candidates.push((0, 4));
    }
    candidates.sort_unstable();
    for (at, width) in candidates.into_iter().rev() {
        let words = cut_end(&rest[at + width..]);
        if people::are(words) {
            let after = rest.get(at + width + words.len()..).unwrap_or("");
            // `a guide for new employees on expenses`: the topic comes after the readers.
            let topic = if rest[..at].trim().is_empty() { after } else { &rest[..at] };
            return (topic.trim_start(), Some(trimmed(words)));
        }
    }
    (rest, None)
}

fn cut_end(words: &str) -> &str {
    let stops =
        [",", ";", ":", " about ", " on ", " in ", " with ", " that ", " who ", " to ", " using "];
    let end = stops.iter().filter_map(|stop| words.find(stop)).min();
    &words[..end.unwrap_or(words.len())]
}

/// The words with the article that stands before them in `line`.
fn with_article(line: &str, words: &str) -> String {
    let Some(at) = line.find(words) else { return words.to_owned() };
    let before = line[..at].trim_end().rsplit(' ').next().unwrap_or_default().to_lowercase();
    let articles = ["the", "a", "an", "our", "my", "your", "their"];
    if at > 0 && articles.contains(&before.as_str()) {
        return format!("{before} {words}");
    }
    words.to_owned()
}

/// What stands before `in five sections`.
fn in_sections(rest: &str) -> &str {
    let lower = rest.to_lowercase();
    if lower.len() != rest.len() {
        return rest;
    }
    for mark in [" section", " chapter", " part", " page", " word", " paragraph"] {
        let Some(at) = lower.find(mark) else { continue };
        let before = &rest[..at];
        let number = before.rfind(' ').map_or(before, |gap| &before[gap + 1..]);
        let head = before[..before.len() - number.len()].trim_end();
        let joined = ["in", "with", "of", "within", "about", "under"]
            .iter()
            .find_map(|word| head.strip_suffix(word))
            .unwrap_or(head);
        if count(number).is_some() {
            return joined.trim_end_matches([' ', ',', ';']);
        }
    }
    rest
}

fn count(word: &str) -> Option<u32> {
    let lower = word.to_lowercase();
    let lower = lower.trim_matches(|c: char| !c.is_alphanumeric());
    let named = NUMBERS.iter().position(|number| *number == lower);
    named.and_then(|at| u32::try_from(at + 1).ok()).or_else(|| lower.parse().ok())
}

/// `in five sections`, `with 6 chapters`.
fn sections(line: &str) -> Option<u32> {
    let words: Vec<_> = tokens(line).into_iter().filter_map(Token::word).collect();
    let number = words.windows(2).find_map(|pair| {
        let unit = pair[1].to_lowercase();
        let counted = matches!(unit.as_str(), "sections" | "section" | "chapters" | "parts");
        counted.then(|| count(pair[0])).flatten()
    });
    number.filter(|number| (1..=200).contains(number))
}

/// The words after the polite beginning.
fn without_asking(text: &str) -> &str {
    let all = tokens(text);
    let mut at = 0;
    for token in &all {
        match token {
            Token::Gap(_) => at += token.text().len(),
            Token::Word(word) if ASKING.contains(&word.to_lowercase().as_str()) => at += word.len(),
            Token::Word(_) => break,
        }
    }
    &text[at..]
}

/// The words without article, quotation marks and end signs, at most [`TOPIC_CHARS_MAX`].
fn trimmed(text: &str) -> String {
    let sides = |c: char| {
        c.is_whitespace()
            || (!c.is_alphanumeric() && !matches!(c, '+' | '#' | '(' | ')' | '%' | '$' | '€'))
    };
    let mut text = text.trim_matches(sides);
    for article in ["the ", "a ", "an ", "The ", "A ", "An "] {
        text = text.strip_prefix(article).unwrap_or(text);
    }
    let mut words = text;
    // A topic never ends with `and` or `for`.
    while let Some((before, last)) = words.rsplit_once(' ') {
        if !is_stop(&last.to_lowercase()) || last.chars().any(char::is_uppercase) {
            break;
        }
        words = before.trim_end_matches(sides);
    }
    clip(words, TOPIC_CHARS_MAX)
}

#[cfg(test)]
mod tests;
