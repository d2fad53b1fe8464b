//! Correct and clear: spacing, doubled words and signs, common slips, capitals.

use super::joints::each_sentence;
use super::phrases::replace;
use super::tables;
use crate::model::local::text::casing::capital;
use crate::model::local::text::language::is_stop;
use crate::model::local::text::tokens::{Token, is_mark, tokens};

/// Blanks and signs put right. Line ends stay where they are.
pub fn spacing(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let all: Vec<char> = body.chars().collect();
    let mut at = 0;
    while at < all.len() {
        let character = all[at];
        if character == ' ' || character == '\t' {
            let run = all[at..].iter().take_while(|c| matches!(c, ' ' | '\t')).count();
            let next = all.get(at + run).copied();
            let line_start = out.ends_with('\n') || out.is_empty();
            if line_start {
                // An indent is layout.
                out.extend(&all[at..at + run]);
            } else if !swallows_blank(next, all.get(at + run + 1).copied()) {
                out.push(' ');
            }
            at += run;
            continue;
        }
        let run = all[at..].iter().take_while(|c| **c == character).count();
        match character {
            '.' if run == 2 => out.push('.'),
            ',' | ';' if run > 1 => out.push(character),
            '!' | '?' if run > 1 => out.push(character),
            _ => out.extend(&all[at..at + run]),
        }
        at += run;
        let follower = all.get(at).copied();
        let joined = matches!(character, ',' | ';') && follower.is_some_and(char::is_alphabetic);
        if joined {
            out.push(' ');
        }
    }
    out
}

/// Whether the blanks before this sign are a slip: a sign that closes, before a blank or the end.
fn swallows_blank(next: Option<char>, after: Option<char>) -> bool {
    let closes = next.is_none_or(|c| matches!(c, ',' | '.' | ';' | '\n'));
    let ends = after.is_none_or(|c| c.is_whitespace() || c == '"' || c == ')');
    next.is_none()
        || next == Some('\n')
        || (closes && ends)
        || (matches!(next, Some('!' | '?')) && ends)
        || (next == Some(':') && after.is_none_or(char::is_whitespace))
}

/// Doubled words, slips, sentences that run into each other, `a` and `an`, `i`.
pub fn words(body: &str) -> String {
    let body = replace(body, &tables::TYPO_RULES);
    let all = tokens(&body);
    let mut out = String::with_capacity(body.len());
    let mut last: Option<&str> = None;
    let mut gap = "";
    for (at, token) in all.iter().enumerate() {
        match token {
            Token::Gap(text) => {
                gap = text;
                if at + 1 == all.len() {
                    out.push_str(text);
                }
            }
            Token::Word(word) => {
                let doubled = last.is_some_and(|last| repeats(last, word)) && is_blank(gap);
                if !doubled {
                    let next = next_word(&all[at + 1..]);
                    let joint = joint(last, gap, word);
                    out.push_str(&joint);
                    out.push_str(&article(word, next, last));
                    last = Some(word);
                }
                gap = "";
            }
        }
    }
    out
}

fn next_word<'a>(all: &[Token<'a>]) -> Option<&'a str> {
    match all {
        [Token::Gap(gap), Token::Word(word), ..] if is_blank(gap) => Some(word),
        _ => None,
    }
}

fn is_blank(gap: &str) -> bool {
    !gap.is_empty() && gap.chars().all(char::is_whitespace)
}

/// Words that may well come twice.
const TWICE: &[&str] = &[
    "blah", "bye", "chop", "ha", "had", "hear", "knock", "no", "so", "that", "tut", "very", "yes",
];

fn repeats(last: &str, word: &str) -> bool {
    let letters = word.chars().all(char::is_alphabetic) && word.chars().count() > 1;
    let same = last.to_lowercase() == word.to_lowercase() && !word.starts_with(is_mark);
    // `Duran Duran` is a name; `The the` is a slip.
    let name = word.starts_with(char::is_uppercase) && last.starts_with(char::is_uppercase);
    letters && same && !name && !TWICE.contains(&word.to_lowercase().as_str())
}

/// `end.The` becomes `end. The`, where a function word shows that a sentence begins.
fn joint(last: Option<&str>, gap: &str, word: &str) -> String {
    let small =
        last.is_some_and(|last| last.chars().count() > 2 && last.chars().all(char::is_lowercase));
    let begins = word.starts_with(char::is_uppercase) && is_stop(&word.to_lowercase());
    if matches!(gap, "." | "!" | "?") && small && begins {
        format!("{gap} ")
    } else {
        gap.to_owned()
    }
}

/// `a apple` → `an apple`, `an book` → `a book`; `i` → `I`.
fn article(word: &str, next: Option<&str>, last: Option<&str>) -> String {
    if word == "i" || word.starts_with("i'") || word.starts_with("i\u{2019}") {
        let listed = last.is_some_and(|last| matches!(last, "part" | "section" | "item"));
        return if listed { word.to_owned() } else { capital(word) };
    }
    let Some(next) = next.filter(|next| next.len() > 2 && next.is_ascii()) else {
        return word.to_owned();
    };
    let small = next.bytes().all(|byte| byte.is_ascii_lowercase());
    let silent = ["one", "once", "eu", "ewe", "uni", "use", "usu", "ut", "ur", "ubi", "ufo", "us"];
    let vowel = next.starts_with(['a', 'e', 'i', 'o'])
        || (next.starts_with("un") && !next.starts_with("uni"));
    let heard = vowel && !silent.iter().any(|head| next.starts_with(head));
    let mute = next.starts_with(|c: char| "bcdfgjklmnpqrstvwz".contains(c));
    match word {
        "a" if small && heard && !is_stop(next) => "an".to_owned(),
        "A" if small && heard && !is_stop(next) => "An".to_owned(),
        "an" if small && mute && next.len() > 3 => "a".to_owned(),
        "An" if small && mute && next.len() > 3 => "A".to_owned(),
        _ => word.to_owned(),
    }
}

/// Each sentence begins with a capital; a paragraph of sentences ends with a sign.
pub fn sentence_starts(body: &str) -> String {
    let raised = each_sentence(body, |sentence| {
        let at = sentence.find(char::is_alphanumeric).unwrap_or(sentence.len());
        let (before, words) = sentence.split_at(at);
        let opens = before.chars().all(|c| matches!(c, '"' | '\'' | '(' | '“' | '‘' | '*' | '_'));
        let first = tokens(words).first().and_then(|token| token.word()).unwrap_or_default();
        // `iPhone` keeps its own capitals, and so does what stands behind a mark.
        let plain = first.chars().all(|c| c.is_lowercase() || matches!(c, '\'' | '\u{2019}'));
        if opens && plain { format!("{before}{}", capital(words)) } else { sentence.to_owned() }
    });
    let words = raised.split_whitespace().count();
    let bare = raised.ends_with(|c: char| c.is_alphanumeric());
    if bare && words >= 6 { format!("{raised}.") } else { raised }
}
