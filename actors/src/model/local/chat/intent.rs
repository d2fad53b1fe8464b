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

/// A message as rules look at it.
struct Message<'a> {
    text: &'a str,
    /// Its first words, in small letters.
    words: Vec<String>,
    /// The same, parted by blanks.
    line: String,
}

impl Message<'_> {
    fn has(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| holds(&self.line, phrase))
    }
}

/// What `message` wants.
pub fn of(message: &str) -> Intent {
    let text = without_address(message);
    let words: Vec<String> = words(text).take(40).map(str::to_lowercase).collect();
    let message = Message { text, line: words.join(" "), words };
    if let Some(sum) = arithmetic::find(text) {
        return Intent::Sum(sum);
    }
    if message.line == "help" || message.has(WHO) {
        return Intent::WhoAreYou;
    }
    if let Some(intent) = given_text(text) {
        return intent;
    }
    if message.has(SUMMARY) {
        return Intent::Summary(None);
    }
    if let Some(goal) = goal(&message) {
        return Intent::Write(goal);
    }
    let question = text.trim_end().ends_with(['?', '؟', '？']) || asks(&message);
    let found = listing(&message).or_else(|| if question { None } else { courtesy(&message) });
    found.unwrap_or(if question { Intent::Recall } else { Intent::Statement })
}

const WHO: &[&str] = &[
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
];

const SUMMARY: &[&str] = &[
    "summarise",
    "summarize",
    "summary",
    "recap",
    "sum up",
    "tl dr",
    "tldr",
    "main points",
    "what did i miss",
];

/// A wish for a list: open questions, tasks, dates.
fn listing(message: &Message<'_>) -> Option<Intent> {
    let lists = message.has(&["list", "which", "what", "any", "show", "are there"]);
    let questions = ["open questions", "unanswered", "questions are open", "still open"];
    let tasks =
        ["todo", "todos", "to dos", "to do list", "action items", "open tasks", "next steps"];
    if lists && message.has(&questions) {
        return Some(Intent::Questions);
    }
    if message.has(&tasks) || (lists && message.has(&["tasks"])) {
        return Some(Intent::Tasks);
    }
    (lists && message.has(&["dates", "deadlines"])).then_some(Intent::Dates)
}

/// A hello, a thank-you, a goodbye: in a few words.
fn courtesy(message: &Message<'_>) -> Option<Intent> {
    let thanks = ["thank", "thanks", "thx", "merci", "danke", "cheers"];
    let farewells = ["bye", "goodbye", "good night", "see you", "ciao", "farewell"];
    let greetings = [
        "hello",
        "hi",
        "hey",
        "good morning",
        "good evening",
        "good afternoon",
        "hallo",
        "bonjour",
        "greetings",
    ];
    if message.words.len() > 6 {
        None
    } else if message.has(&thanks) {
        Some(Intent::Thanks)
    } else if message.has(&farewells) {
        Some(Intent::Farewell)
    } else {
        message.has(&greetings).then_some(Intent::Greeting)
    }
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

fn asks(message: &Message<'_>) -> bool {
    let all = &message.words;
    let first = all.first().map(String::as_str).unwrap_or_default();
    let word = [
        "what", "when", "where", "who", "whom", "whose", "which", "why", "how", "did", "does",
        "do", "is", "are", "was", "were", "can", "could", "should", "would", "will", "has", "have",
    ];
    let tell = ["tell", "show", "find", "remind", "list"];
    (word.contains(&first) && all.len() > 1) || (tell.contains(&first) && all.len() > 2)
}

/// `shorten this: …`, `summarise: …`: a command, a colon, a text.
fn given_text(message: &str) -> Option<Intent> {
    let (command, text) = message.split_once(':')?;
    let text = text.trim();
    if word_count(command) > 10 || word_count(text) < 3 {
        return None;
    }
    let first: Vec<String> = words(command).map(str::to_lowercase).collect();
    let has = |marks: &[&str]| first.iter().any(|word| marks.contains(&word.as_str()));
    let text = text.to_owned();
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
fn goal(message: &Message<'_>) -> Option<String> {
    let all: Vec<&str> = message.words.iter().map(String::as_str).collect();
    let verbs = ["write", "draft", "outline", "prepare", "compose"];
    let polite = [
        "please", "can", "could", "would", "you", "help", "me", "to", "i", "want", "need", "let's",
        "us",
    ];
    let first = all.iter().find(|word| !polite.contains(word))?;
    let made = verbs.contains(first) && all.len() > 3;
    let past = all.iter().any(|word| matches!(*word, "did" | "said" | "wrote"));
    (made && !past)
        .then(|| sentences(message.text).first().copied().unwrap_or(message.text).to_owned())
}
