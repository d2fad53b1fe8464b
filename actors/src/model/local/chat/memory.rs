//! What was said, by whom, and how it is found again.

use std::collections::{BTreeMap, BTreeSet};

use contracts::model::{Role, Turn};

use crate::model::local::LocalConfig;
use crate::model::local::text::lines::head;
use crate::model::local::text::rank::choose;
use crate::model::local::text::sentences::{Placed, placed};
use crate::model::local::text::stems;
use crate::model::local::text::tokens::{clip, flat, tokens};

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Who said it, when the conversation names its members.
    pub name: Option<String>,
    /// Whether this model said it.
    pub mine: bool,
    /// The words.
    pub text: String,
}

/// A sentence of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Who said it.
    pub name: Option<String>,
    /// Whether this model said it.
    pub mine: bool,
    /// The sentence.
    pub text: String,
}

impl Line {
    /// `Ann: “…”`.
    pub fn quoted(&self) -> String {
        let words = clip(&self.text, 300);
        match (&self.name, self.mine) {
            (Some(name), _) => format!("{name}: \u{201c}{words}\u{201d}"),
            (None, true) => format!("I: \u{201c}{words}\u{201d}"),
            (None, false) => format!("\u{201c}{words}\u{201d}"),
        }
    }

    /// `Ann said: “…”`.
    pub fn said(&self) -> String {
        let words = clip(&self.text, 300);
        if self.mine && self.name.is_some() {
            return format!("My instructions say: \u{201c}{words}\u{201d}");
        }
        let who = match (&self.name, self.mine) {
            (Some(name), _) => name.as_str(),
            (None, true) => "I",
            (None, false) => "You",
        };
        format!("{who} said: \u{201c}{words}\u{201d}")
    }
}

/// A conversation that has been read.
pub struct Memory {
    /// What this model is called here.
    pub name: Option<String>,
    /// Whether it is told to be brief.
    pub brief: bool,
    all: Vec<Said>,
    instructions: String,
}

/// What a question was answered from.
pub struct Search {
    /// The sentences, best first.
    pub found: Vec<Line>,
    /// Whose words were asked for.
    pub speaker: Option<String>,
    /// What they were asked about, in the question's words.
    pub about: Option<String>,
    /// Whether they answer what was asked, and do not only come near.
    pub sure: bool,
}

/// Words of a question that say what sort of answer is wanted, not about what.
const ASKING: &[&str] = &[
    "agre", "answer", "ask", "decid", "earlier", "explain", "know", "mean", "mention", "name",
    "recall", "rememb", "remember", "said", "say", "talk", "tell", "think", "thought", "told",
    "want", "wrote", "suggest", "propos",
];

impl Memory {
    /// The conversation of `turns`.
    pub fn of(turns: &[Turn], config: &LocalConfig) -> Self {
        let system = turns.iter().filter(|turn| turn.role == Role::System);
        let instructions: Vec<_> = system.map(|turn| head(&turn.content, 16_384)).collect();
        let instructions = instructions.join("\n\n");
        let group = instructions.contains("begins with their name and a colon");
        let mut left = config.material_bytes_max;
        let mut all = Vec::new();
        // The newest first, so that what is left unread is the oldest.
        for turn in turns.iter().rev().filter(|turn| turn.role != Role::System) {
            let text = head(&turn.content, left);
            left -= text.len();
            let mine = turn.role == Role::Assistant;
            let (name, text) = if mine { (None, text) } else { speaker(text, group) };
            all.push(Said { name, mine, text: text.trim().to_owned() });
        }
        all.reverse();
        let lower = instructions.to_lowercase();
        let brief = [
            "be brief",
            "answer briefly",
            "keep it short",
            "keep answers short",
            "one sentence",
            "be concise",
        ]
        .iter()
        .any(|mark| lower.contains(mark));
        Self { name: name(&instructions), brief, all, instructions }
    }

    /// The message that is answered: the last that is not this model's.
    pub fn asked(&self) -> Option<&Said> {
        self.all.iter().rev().find(|said| !said.mine && !said.text.is_empty())
    }

    /// What was said before it.
    pub fn earlier(&self) -> Vec<&Said> {
        let last = self.all.iter().rposition(|said| !said.mine && !said.text.is_empty());
        let before = self.all[..last.unwrap_or(0)].iter();
        before.filter(|said| !said.text.is_empty()).collect()
    }

    /// The sentences that answer `question`, from earlier messages and the instructions.
    pub fn search(&self, question: &str) -> Search {
        let earlier = self.earlier();
        let names: BTreeSet<&str> =
            earlier.iter().filter_map(|said| said.name.as_deref()).collect();
        let lower = question.to_lowercase();
        let speaker = names.into_iter().find(|name| {
            lower.split(|c: char| !c.is_alphanumeric()).any(|word| word == name.to_lowercase())
                && asks_for_words(&lower)
        });
        let mine = asks_for_words(&lower) && lower.contains("you ") && lower.contains("did you");
        let own = asks_for_words(&lower) && (lower.contains("did i ") || lower.contains("have i "));
        let ignored: Vec<_> = speaker.map(stems).unwrap_or_default();
        let asked: Vec<_> = stems(question)
            .into_iter()
            .filter(|stem| !ASKING.contains(&stem.as_str()) && !ignored.contains(stem))
            .collect();
        let about = about(question, &asked);
        let mut lines: Vec<Line> = Vec::new();
        for said in &earlier {
            let wanted = speaker.is_none_or(|name| said.name.as_deref() == Some(name));
            let wanted = wanted && (!mine || said.mine) && (!own || !said.mine);
            // This model's own words are no source, unless they are asked for.
            if wanted && (mine || !said.mine) {
                lines.extend(lines_of(said));
            }
        }
        if speaker.is_none() && !own && !mine {
            lines.extend(self.told());
        }
        let found = best(&lines, &asked, speaker.is_some() || own || mine);
        let sure = found.first().is_some_and(|(_, covered)| *covered * 2 >= asked.len());
        let found = found.into_iter().map(|(line, _)| line).collect();
        Search { found, speaker: speaker.map(str::to_owned), about, sure }
    }

    /// What the instructions say beyond who this model is.
    fn told(&self) -> Vec<Line> {
        let after = self.instructions.split_once("\n\n").map_or("", |(_, rest)| rest);
        let facts = placed(after, 200).into_iter().map(|sentence| sentence.text);
        facts
            .map(|text| Line { name: Some("My instructions".to_owned()), mine: true, text })
            .collect()
    }
}

fn asks_for_words(lower: &str) -> bool {
    [
        "say", "said", "tell", "told", "mention", "think", "write", "wrote", "suggest", "ask",
        "propose", "want", "talk",
    ]
    .iter()
    .any(|word| lower.contains(word))
}

/// The sentences that share most with what is asked; when somebody's words as such are asked for,
/// the newest of them.
fn best(lines: &[Line], asked: &[String], by_person: bool) -> Vec<(Line, usize)> {
    if asked.is_empty() {
        let newest = if by_person { 3 } else { 0 };
        let from = lines.len().saturating_sub(newest);
        return lines[from..].iter().map(|line| (line.clone(), 0)).collect();
    }
    let sets: Vec<BTreeSet<String>> =
        lines.iter().map(|line| stems(&line.text).into_iter().collect()).collect();
    let mut holders: BTreeMap<&str, f64> = BTreeMap::new();
    for set in &sets {
        for stem in set {
            *holders.entry(stem).or_default() += 1.0;
        }
    }
    let wanted: BTreeSet<&String> = asked.iter().collect();
    let mut ranked: Vec<(f64, usize, usize)> = Vec::new();
    for (place, set) in sets.iter().enumerate() {
        let shared: Vec<_> = wanted.iter().filter(|stem| set.contains(**stem)).collect();
        let rare = |stem: &str| {
            1.0 + (lines.len() as f64 / holders.get(stem).copied().unwrap_or(1.0)).ln()
        };
        let score: f64 = shared.iter().map(|stem| rare(stem)).sum();
        let question = if lines[place].text.ends_with('?') { 0.5 } else { 1.0 };
        if !shared.is_empty() {
            ranked.push((score * question, place, shared.len()));
        }
    }
    // Of equals the newest: it may correct the others.
    ranked.sort_by(|one, other| other.0.total_cmp(&one.0).then(other.1.cmp(&one.1)));
    let most = ranked.first().map_or(0.0, |one| one.0);
    let good = ranked.into_iter().filter(|one| one.0 >= most * 0.6).take(3);
    good.map(|(_, place, shared)| (lines[place].clone(), shared)).collect()
}

/// What a question is about, in its own words.
fn about(question: &str, asked: &[String]) -> Option<String> {
    let lower = question.to_lowercase();
    if lower.len() == question.len()
        && let Some(at) = lower.rfind(" about ")
    {
        let words = flat(question[at + 7..].trim_end_matches(['?', '.', '!', ' ']));
        return (!words.is_empty()).then(|| clip(&words, 80));
    }
    // From the first word that matters to the last, as the question has them.
    let mut span: Option<(usize, usize)> = None;
    let mut at = 0;
    for token in tokens(question) {
        let end = at + token.text().len();
        if stems(token.text()).first().is_some_and(|stem| asked.contains(stem)) {
            span = Some((span.map_or(at, |(start, _)| start), end));
        }
        at = end;
    }
    span.map(|(start, end)| format!("\u{201c}{}\u{201d}", clip(&flat(&question[start..end]), 80)))
}

/// The sentences of a message.
pub fn lines_of(said: &Said) -> Vec<Line> {
    let sentences = placed(&said.text, 400).into_iter();
    sentences.map(|one| Line { name: said.name.clone(), mine: said.mine, text: one.text }).collect()
}

/// The sentences that matter most, in order.
pub fn main_points(said: &[&Said], count: usize, config: &LocalConfig) -> Vec<Line> {
    let lines: Vec<_> = said.iter().filter(|one| !one.mine).flat_map(|one| lines_of(one)).collect();
    let placed: Vec<_> = lines
        .iter()
        .map(|line| Placed { text: line.text.clone(), heading: None, item: false, first: false })
        .collect();
    let places = choose(&placed, count, config);
    places.into_iter().map(|place| lines[place].clone()).collect()
}

/// `Ann: hello` → Ann and her words, in a group.
fn speaker(text: &str, group: bool) -> (Option<String>, &str) {
    let Some((name, rest)) = text.split_once(':') else { return (None, text) };
    let name = name.trim();
    let words = name.split_whitespace().count();
    let named = (1..=4).contains(&words)
        && name.chars().count() <= 120
        && !name.contains(['\n', '.', '?', '!', ','])
        && rest.starts_with(' ');
    if group && named { (Some(name.to_owned()), rest.trim_start()) } else { (None, text) }
}

/// `You are Ada, a member …`, `Your name is Ada.`
fn name(instructions: &str) -> Option<String> {
    for mark in ["Your name is ", "your name is ", "You are called ", "You are "] {
        let Some((_, rest)) = instructions.split_once(mark) else { continue };
        let end = rest.find([',', '.', '\n', ';', '!']).unwrap_or(rest.len());
        let name = rest[..end].trim();
        let words: Vec<_> = name.split_whitespace().collect();
        let article = words.first().is_some_and(|word| matches!(*word, "a" | "an" | "the" | "not"));
        if (1..=5).contains(&words.len()) && !article {
            return Some(clip(name, 80));
        }
    }
    None
}
