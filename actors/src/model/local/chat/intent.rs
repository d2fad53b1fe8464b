//! What a message wants.

use super::arithmetic::{self, Sum};
use crate::model::local::edit::Manner;
use crate::model::local::text::sentences;
use crate::model::local::text::tokens::{word_count, words};

/// What a message wants.
pub enum Intent {
    /// A sum.
    Sum(Sum),
    /// Who this is and what it can do.
    WhoAreYou,
    /// A hello.
    Greeting,
    /// A thank-you.
    Thanks,
    /// A goodbye.
    Farewell,
    /// A summary: of this text, or of the conversation.
    Summary(Option<String>),
    /// This text changed.
    Edit(Manner, String),
    /// A document for this goal.
    Write(String),
    /// The open questions.
    Questions,
    /// The tasks.
    Tasks,
    /// The dates.
    Dates,
    /// An answer from what was said.
    Recall,
    /// Nothing: something is told.
    Statement,
}

/// What `message` wants.
pub fn of(message: &str) -> Intent {
    let message = without_address(message);
    let lower: Vec<String> = words(message).take(40).map(str::to_lowercase).collect();
    let all: Vec<&str> = lower.iter().map(String::as_str).collect();
    let short = word_count(message) <= 6;
    let line = all.join(" ");
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| holds(&line, phrase));
    if let Some(sum) = arithmetic::find(message) {
        return Intent::Sum(sum);
    }
    if has(&[
        "who are you",
        "what are you",
        "what can you do",
        "how do you work",
        "are you a robot",
        "are you human",
        "which model",
        "are you an ai",
        "are you ai",
        "what is your name",
        "what's your name",
    ]) || line == "help"
    {
        return Intent::WhoAreYou;
    }
    if let Some(intent) = given_text(message, &line) {
        return intent;
    }
    if has(&[
        "summarise",
        "summarize",
        "summary",
        "recap",
        "sum up",
        "tl dr",
        "tldr",
        "main points",
        "what did i miss",
    ]) {
        return Intent::Summary(None);
    }
    if let Some(goal) = goal(message, &all) {
        return Intent::Write(goal);
    }
    let lists = has(&["list", "which", "what", "any", "show", "are there"]);
    if lists
        && has(&[
            "open questions",
            "unanswered",
            "questions are open",
            "open question",
            "still open",
        ])
    {
        return Intent::Questions;
    }
    if has(&["todo", "todos", "to dos", "to do list", "action items", "open tasks", "next steps"])
        || (lists && has(&["tasks"]))
    {
        return Intent::Tasks;
    }
    if lists && has(&["dates", "deadlines"]) {
        return Intent::Dates;
    }
    let question = message.trim_end().ends_with(['?', '؟', '？']) || asks(&all);
    if !question && short {
        if has(&["thank", "thanks", "thx", "merci", "danke", "cheers"]) {
            return Intent::Thanks;
        }
        if has(&["bye", "goodbye", "good night", "see you", "ciao", "farewell"]) {
            return Intent::Farewell;
        }
        if has(&[
            "hello",
            "hi",
            "hey",
            "good morning",
            "good evening",
            "good afternoon",
            "hallo",
            "bonjour",
            "greetings",
        ]) {
            return Intent::Greeting;
        }
    }
    if question { Intent::Recall } else { Intent::Statement }
}

/// `@Ada, what …` → `what …`.
fn without_address(message: &str) -> &str {
    let message = message.trim();
    let Some(rest) = message.strip_prefix('@') else { return message };
    let after = rest.split_once(|c: char| c.is_whitespace() || c == ',' || c == ':');
    after.map_or(message, |(_, rest)| rest.trim_start_matches([',', ':', ' ']))
}

fn holds(line: &str, phrase: &str) -> bool {
    line == phrase
        || line.strip_prefix(phrase).is_some_and(|rest| rest.starts_with(' '))
        || line.strip_suffix(phrase).is_some_and(|rest| rest.ends_with(' '))
        || line.contains(&format!(" {phrase} "))
}

fn asks(all: &[&str]) -> bool {
    let first = all.first().copied().unwrap_or_default();
    let word = [
        "what", "when", "where", "who", "whom", "whose", "which", "why", "how", "did", "does",
        "do", "is", "are", "was", "were", "can", "could", "should", "would", "will", "has", "have",
    ];
    let tell = ["tell", "show", "find", "remind", "list"];
    (word.contains(&first) && all.len() > 1) || (tell.contains(&first) && all.len() > 2)
}

/// `shorten this: …`, `summarise: …`: a command, a colon, a text.
fn given_text(message: &str, line: &str) -> Option<Intent> {
    let (command, text) = message.split_once(':')?;
    let text = text.trim();
    if word_count(command) > 10 || word_count(text) < 3 {
        return None;
    }
    let first: Vec<String> = words(command).map(str::to_lowercase).collect();
    let has = |marks: &[&str]| first.iter().any(|word| marks.contains(&word.as_str()));
    let text = text.to_owned();
    let _ = line;
    if has(&["summarise", "summarize", "summary", "tldr", "recap"]) {
        return Some(Intent::Summary(Some(text)));
    }
    let manner = if has(&["shorten", "shorter", "condense"]) {
        Manner::Shorten
    } else if has(&["expand", "longer", "elaborate"]) {
        Manner::Expand
    } else if has(&["formalize", "formalise", "formal"]) {
        Manner::Formalize
    } else if has(&["simplify", "simpler", "plain"]) {
        Manner::Simplify
    } else if has(&["improve", "correct", "proofread", "edit", "fix", "polish"]) {
        Manner::Improve
    } else {
        return None;
    };
    Some(Intent::Edit(manner, text))
}

/// `write a brief on …`: the goal.
fn goal(message: &str, all: &[&str]) -> Option<String> {
    let verbs = ["write", "draft", "outline", "prepare", "compose"];
    let polite = [
        "please", "can", "could", "would", "you", "help", "me", "to", "i", "want", "need", "let's",
        "us",
    ];
    let first = all.iter().find(|word| !polite.contains(word))?;
    let made = verbs.contains(first) && all.len() > 3;
    let past = all.iter().any(|word| matches!(*word, "did" | "said" | "wrote"));
    (made && !past).then(|| sentences(message).first().copied().unwrap_or(message).to_owned())
}
