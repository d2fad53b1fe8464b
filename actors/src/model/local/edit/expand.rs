//! More said about what is there: short forms written out, reasons turned round, terms and tasks
//! of the text gathered, and what it leaves open named. Nothing is added that the text does not
//! say.

use super::joints::each_sentence;
use super::phrases::replace;
use super::tables;
use crate::model::local::LocalConfig;
use crate::model::local::text::casing::{capital, listed, lower_start};
use crate::model::local::text::keywords::keywords;
use crate::model::local::text::moments::moments;
use crate::model::local::text::sentences::{Placed, placed};
use crate::model::local::text::tokens::{is_mark, word_count, words};

/// Sentences of a list that is gathered.
const GATHERED_MAX: usize = 6;

/// A longer text. `each` changes the prose of a text and leaves all else.
pub fn expand(
    text: &str,
    english: bool,
    config: &LocalConfig,
    each: impl Fn(&str, &dyn Fn(&str) -> String) -> String,
) -> String {
    let sentences = placed(text, config.ranked_sentences_max);
    if !english || sentences.is_empty() {
        return text.to_owned();
    }
    let fuller = each(text, &|body| each_sentence(&replace(body, &tables::FULL_RULES), restated));
    let mut parts = vec![fuller.trim_end().to_owned()];
    let often = keywords(text, 4).into_iter().filter(|one| one.count > 1);
    let about: Vec<_> = often.map(|one| one.phrase).collect();
    let terms = terms(&sentences);
    if !terms.is_empty() {
        parts.push(format!("Terms used here:\n\n{}", bullets(&terms)));
    }
    let tasks = tasks(&sentences);
    if tasks.len() > 1 {
        parts.push(format!("What this asks for:\n\n{}", bullets(&tasks)));
    }
    parts.extend(open_points(text, &sentences, &about));
    parts.join("\n\n")
}

fn bullets(items: &[String]) -> String {
    items.iter().map(|item| format!("- {item}")).collect::<Vec<_>>().join("\n")
}

/// `A because B.` gets a second sentence that says it from the other side.
fn restated(sentence: &str) -> String {
    let words = word_count(sentence);
    let Some(body) = sentence.strip_suffix('.').filter(|_| (6..40).contains(&words)) else {
        return sentence.to_owned();
    };
    let hard = body.contains([',', ';', '(', '"', '“', ':']) || body.chars().any(is_mark);
    let parts: Vec<_> = body.split(" because ").collect();
    let [effect, cause] = parts.as_slice() else { return sentence.to_owned() };
    let Some(effect) = lower_start(effect).filter(|_| !hard && !cause.starts_with("of ")) else {
        return sentence.to_owned();
    };
    format!("{sentence} In other words: {cause}, and therefore {effect}.")
}

/// `X is a Y` as `**X**: a Y`.
fn terms(sentences: &[Placed]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for sentence in sentences {
        for verb in [" is a ", " is an ", " are a ", " means ", " refers to "] {
            let Some((name, rest)) = sentence.text.split_once(verb) else { continue };
            let lower = name.to_lowercase();
            let bare = ["the ", "a ", "an "].iter().find_map(|article| lower.strip_prefix(article));
            let name = bare.map_or(name, |bare| &name[name.len() - bare.len()..]);
            let opens =
                ["this", "that", "it", "there", "here", "what", "which", "he", "she", "they"];
            let first = lower.split(' ').next().unwrap_or_default();
            let short = (1..=4).contains(&word_count(name)) && !opens.contains(&first);
            if lower.len() != sentence.text.split(verb).next().unwrap_or_default().len() || !short {
                continue;
            }
            let article = verb.trim().rsplit(' ').next().unwrap_or_default();
            let article =
                if matches!(article, "a" | "an") { format!("{article} ") } else { String::new() };
            let rest = rest.trim_end_matches(['.', '!']);
            out.push(format!("**{}**: {article}{rest}", capital(name)));
            break;
        }
        if out.len() >= GATHERED_MAX {
            break;
        }
    }
    out
}

/// Sentences that ask for something.
fn tasks(sentences: &[Placed]) -> Vec<String> {
    let asks = |text: &str| {
        words(text).any(|word| {
            matches!(
                word.to_lowercase().as_str(),
                "must" | "should" | "shall" | "need" | "needs" | "requires"
            )
        })
    };
    let asking = sentences.iter().filter(|one| asks(&one.text) && !one.text.ends_with('?'));
    asking.take(GATHERED_MAX).map(|one| one.text.clone()).collect()
}

/// What the text is about and which usual questions it does not answer.
fn open_points(text: &str, sentences: &[Placed], about: &[String]) -> Option<String> {
    let plain: Vec<_> = sentences.iter().map(|one| one.text.as_str()).collect();
    let plain = plain.join(" ");
    let has =
        |marks: &[&str]| words(&plain).any(|word| marks.contains(&word.to_lowercase().as_str()));
    let mut open = Vec::new();
    if moments(text, 1).is_empty() && !has(&["today", "year", "years", "month", "months", "week"]) {
        open.push("when");
    }
    if !has(&["who", "team", "council", "manager", "staff", "we", "she", "he", "they", "people"]) {
        open.push("who");
    }
    if !plain.contains(|c: char| c.is_ascii_digit()) {
        open.push("how much");
    }
    if !has(&["because", "since", "therefore", "reason", "why"]) {
        open.push("why");
    }
    let mut out = Vec::new();
    if !about.is_empty() {
        let about: Vec<_> = about.iter().map(|one| lower_name(one)).collect();
        out.push(format!("In short, this is about {}.", listed(&about)));
    }
    if !open.is_empty() {
        out.push(format!("Left open here, and worth adding where it is known: {}.", listed(&open)));
    }
    (!out.is_empty()).then(|| out.join(" "))
}

/// A phrase in the middle of a sentence: a capital of its beginning goes, names keep theirs.
fn lower_name(phrase: &str) -> String {
    let words: Vec<_> = phrase.split(' ').collect();
    let named = words.iter().skip(1).any(|word| word.starts_with(char::is_uppercase));
    if named || words.len() == 1 { phrase.to_owned() } else { phrase.to_lowercase() }
}
