//! What an author wishes, read as orders that rules can obey.

use super::Manner;
use crate::model::local::text::tokens::flat;
use crate::model::local::text::{lines, sentences};

/// Feedback that is read, in bytes.
const FEEDBACK_BYTES_MAX: usize = 8 * 1_024;

/// A wish in its own words, and the order in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The words.
    pub words: String,
    /// The order; `None` when no rule can obey.
    pub order: Option<Order>,
}

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A paragraph.
    Paragraph,
    /// A sentence.
    Sentence,
    /// An item of a list.
    Item,
}

/// Which of the units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// The n-th, from 0.
    Place(usize),
    /// The last.
    Last,
    /// Those that speak of this.
    About(String),
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// These words become those.
    Replace(String, String),
    /// These words go.
    RemoveWords(String),
    /// These units go.
    Remove(Unit, Which),
    /// A heading comes at the top.
    Heading(String),
    /// A sentence comes at the end.
    Say(String),
    /// This is to be mentioned.
    Mention(String),
    /// Sentences become items of a list.
    Bullets,
    /// The text changes in this manner.
    Manner(Manner),
    /// At most so many words.
    WordsMax(usize),
    /// At most so many sentences.
    SentencesMax(usize),
}

/// The wishes in `feedback`.
pub fn read(feedback: &str) -> Vec<Wish> {
    let mut out = Vec::new();
    for line in lines::head(feedback, FEEDBACK_BYTES_MAX).lines() {
        let line = line.trim().trim_start_matches(['-', '*', '•', ' ']);
        let line = flat(line);
        for sentence in sentences(&line) {
            for clause in clauses(sentence) {
                let words = clause.trim().trim_end_matches(['.', '!', ',']).trim();
                if words.chars().any(char::is_alphanumeric) {
                    out.push(Wish { words: words.to_owned(), order: order(words) });
                }
            }
        }
    }
    out
}

/// Splits `do this and do that` where an order begins after the joint, outside quotation marks.
fn clauses(sentence: &str) -> Vec<&str> {
    let verbs = [
        "replace ", "remove ", "delete ", "drop ", "add ", "mention ", "make ", "change ", "use ",
        "include ", "shorten", "simplify", "rename ", "cut ", "keep ", "expand", "say ",
    ];
    let joints = ["; ", ", and then ", " and then ", ", then ", ", and ", " and ", ", "];
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    for joint in joints {
        for (at, _) in sentence.match_indices(joint) {
            let quotes = sentence[..at].matches(['"', '“', '”', '‘']).count();
            let rest = &sentence[at + joint.len()..];
            let begins = verbs.iter().any(|verb| {
                rest.get(..verb.len()).is_some_and(|head| head.eq_ignore_ascii_case(verb))
            });
            if quotes.is_multiple_of(2) && begins {
                cuts.push((at, joint.len()));
            }
        }
    }
    cuts.sort_unstable();
    let mut out = Vec::new();
    let mut start = 0;
    for (at, width) in cuts {
        if at >= start {
            out.push(&sentence[start..at]);
            start = at + width;
        }
    }
    out.push(&sentence[start..]);
    out
}

fn order(words: &str) -> Option<Order> {
    let words = polite(words);
    let lower = words.to_lowercase();
    // Places in the small letters are places in the words only when nothing changed its length.
    if lower.len() != words.len() {
        return None;
    }
    replace(words, &lower)
        .or_else(|| remove(words, &lower))
        .or_else(|| add(words, &lower))
        .or_else(|| limit(&lower))
        .or_else(|| manner(&lower))
}

fn polite(words: &str) -> &str {
    let mut words = words.trim();
    for head in
        ["please ", "Please ", "can you ", "Can you ", "could you ", "Could you ", "also ", "then "]
    {
        words = words.strip_prefix(head).unwrap_or(words);
    }
    words.trim_end_matches('?')
}

/// Words without the quotation marks around them.
fn bare(words: &str) -> String {
    let sides = ['"', '\'', '“', '”', '‘', '’', '`', ' ', '«', '»'];
    words.trim().trim_end_matches(['.', ',']).trim_matches(sides).to_owned()
}

fn replace(words: &str, lower: &str) -> Option<Order> {
    let pair = |head: &str, joint: &str| {
        let rest = lower.strip_prefix(head)?;
        let at = rest.find(joint)?;
        let start = head.len();
        let from = bare(&words[start..start + at]);
        let to = bare(&words[start + at + joint.len()..]);
        (!from.is_empty()).then_some((from, to))
    };
    let forms = [
        ("replace all ", " with "),
        ("replace the word ", " with "),
        ("replace ", " with "),
        ("replace ", " by "),
        ("change the word ", " to "),
        ("change ", " to "),
        ("rename ", " to "),
        ("substitute ", " with "),
    ];
    if let Some((from, to)) = forms.iter().find_map(|(head, joint)| pair(head, joint)) {
        return Some(Order::Replace(from, to));
    }
    let (to, from) = pair("use ", " instead of ").or_else(|| pair("say ", " instead of "))?;
    Some(Order::Replace(from, to))
}

fn remove(words: &str, lower: &str) -> Option<Order> {
    let heads = ["remove ", "delete ", "drop ", "cut ", "leave out ", "take out ", "omit "];
    let head = heads.iter().find(|head| lower.starts_with(**head))?;
    let rest = &words[head.len()..];
    let small = lower[head.len()..].trim_start_matches("the ").trim_start_matches("all ");
    let units = [
        ("paragraph", Unit::Paragraph),
        ("sentence", Unit::Sentence),
        ("bullet", Unit::Item),
        ("item", Unit::Item),
        ("point", Unit::Item),
        ("line", Unit::Sentence),
    ];
    let named = units.iter().find_map(|(name, unit)| Some((small.find(name)?, *unit, name)));
    let Some((at, unit, name)) = named.filter(|(at, ..)| *at < 20) else {
        let mentions = ["mention of ", "mentions of ", "references to ", "reference to ", "word "];
        let rest = mentions.iter().find_map(|head| {
            let at = lower.find(head)?;
            Some(&words[at + head.len()..])
        });
        let rest = rest.unwrap_or(&words[head.len()..]);
        let gone = bare(rest);
        return (!gone.is_empty()).then_some(Order::RemoveWords(gone));
    };
    let which = small[..at].trim();
    let after = small[at + name.len()..].trim_start_matches('s').trim();
    if let Some(place) =
        ordinal(which).or_else(|| after.parse().ok().and_then(|n: usize| n.checked_sub(1)))
    {
        return Some(Order::Remove(unit, Which::Place(place)));
    }
    if which == "last" || which == "final" {
        return Some(Order::Remove(unit, Which::Last));
    }
    let about = ["about ", "on ", "that mentions ", "mentioning ", "with ", "regarding "];
    let topic = about.iter().find_map(|head| after.strip_prefix(head))?;
    let start = rest.len() - topic.len();
    Some(Order::Remove(unit, Which::About(bare(&rest[start..]))))
}

fn ordinal(word: &str) -> Option<usize> {
    let names = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"];
    let short = ["1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th"];
    names
        .iter()
        .position(|name| *name == word)
        .or_else(|| short.iter().position(|name| *name == word))
}

fn add(words: &str, lower: &str) -> Option<Order> {
    for head in [
        "add a heading ",
        "add the heading ",
        "add heading ",
        "add a title ",
        "add the title ",
        "add a heading: ",
        "give it the heading ",
        "give it the title ",
        "title it ",
    ] {
        if lower.starts_with(head) {
            let title = words[head.len()..].trim_start_matches([':', ' ']);
            let lower = title.to_lowercase();
            let skip = ["called ", "named ", "saying ", "that says "];
            let skip =
                skip.iter().find(|head| lower.starts_with(**head)).map_or(0, |head| head.len());
            let title = bare(&title[skip..]);
            return (!title.is_empty()).then_some(Order::Heading(title));
        }
    }
    for head in
        ["mention that ", "add that ", "say that ", "state that ", "note that ", "include that "]
    {
        if lower.starts_with(head) {
            return Some(Order::Say(words[head.len()..].trim().to_owned()));
        }
    }
    for head in
        ["add the sentence ", "add a sentence ", "add this sentence ", "append ", "end with "]
    {
        let Some(rest) = lower.strip_prefix(head) else { continue };
        let given = rest.starts_with(['"', '“', ':', '\'', '‘']);
        let said = bare(words[head.len()..].trim_start_matches(':'));
        return (given && !said.is_empty()).then_some(Order::Say(said));
    }
    let heads = ["mention ", "include "];
    let head = heads.iter().find(|head| lower.starts_with(**head))?;
    let what = bare(&words[head.len()..]);
    (!what.is_empty()).then_some(Order::Mention(what))
}

fn limit(lower: &str) -> Option<Order> {
    let words: Vec<_> = lower.split(|c: char| !c.is_alphanumeric()).collect();
    let bound = ["most", "under", "than", "to", "in", "max", "maximum", "within", "below"];
    let asks = lower.contains("shorten") || words.iter().any(|word| bound.contains(word));
    let numbers = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    words.windows(2).filter(|_| asks).find_map(|pair| {
        let named = numbers.iter().position(|name| *name == pair[0]).map(|at| at + 1);
        let number = named.or_else(|| pair[0].parse().ok())?;
        match pair[1] {
            "words" | "word" => Some(Order::WordsMax(number)),
            "sentences" | "sentence" => Some(Order::SentencesMax(number)),
            _ => None,
        }
    })
}

fn manner(lower: &str) -> Option<Order> {
    let has = |marks: &[&str]| marks.iter().any(|mark| lower.contains(mark));
    if has(&["bullet", "as a list", "into a list", "a list of"]) {
        return Some(Order::Bullets);
    }
    let manner = if has(&[
        "shorter", "shorten", "concise", "brief", "tighten", "too long", "trim", "condense",
    ]) {
        Manner::Shorten
    } else if has(&["longer", "expand", "elaborate", "more detail", "too short"]) {
        Manner::Expand
    } else if has(&["formal", "professional"]) && !has(&["less formal", "informal"]) {
        Manner::Formalize
    } else if has(&["simpler", "simplify", "plain", "easier", "jargon", "understandable"]) {
        Manner::Simplify
    } else if has(&[
        "typo",
        "grammar",
        "spelling",
        "proofread",
        "clearer",
        "improve",
        "polish",
        "fix the",
    ]) {
        Manner::Improve
    } else {
        return None;
    };
    Some(Order::Manner(manner))
}
