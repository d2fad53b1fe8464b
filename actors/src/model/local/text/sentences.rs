//! Where sentences end.

use super::blocks::{Sort, blocks, plain};
use super::tokens::{flat, is_mark};

/// Words before a full stop that does not end a sentence, in lower case, without the stop.
const ABBREVIATIONS: &[&str] = &[
    "a.m", "approx", "apr", "art", "aug", "ave", "ca", "cf", "co", "corp", "dec", "dept", "dr",
    "e.g", "eg", "est", "fig", "figs", "gen", "gov", "hon", "i.e", "ie", "inc", "jan", "jr", "jul",
    "jun", "lt", "ltd", "max", "messrs", "min", "mr", "mrs", "ms", "mt", "no", "nos", "nov", "oct",
    "p.m", "pp", "prof", "rep", "rev", "sec", "sen", "sep", "sept", "sr", "st", "u.k", "u.s",
    "viz", "vol", "vs",
];

/// Those that end a sentence as well, when the next word has a capital.
const MAY_END: &[&str] =
    &["a.m", "p.m", "inc", "ltd", "co", "corp", "jr", "sr", "u.s", "u.k", "no"];

/// The bytes of each sentence of `text`, without the blanks between them. Put together with those
/// blanks they are the text.
pub fn spans(text: &str) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut start = skip_blank(text, 0);
    let mut at = start;
    while at < text.len() {
        let rest = &text[at..];
        let Some(found) = rest.find(is_end) else { break };
        let stop = at + found;
        let sign = text[stop..].chars().next().unwrap_or('.');
        let after = stop + run(&text[stop..]);
        at = after;
        if ends_here(text, start, stop, after, sign) {
            out.push((start, after));
            start = skip_blank(text, after);
            at = start;
        }
    }
    let end = text.trim_end().len();
    if start < end {
        out.push((start, end));
    }
    out
}

fn is_end(character: char) -> bool {
    matches!(character, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '؟' | '।')
}

fn is_closer(character: char) -> bool {
    matches!(character, '"' | '\'' | ')' | ']' | '”' | '’' | '»' | '」' | '*' | '_')
}

/// The bytes of the end signs and closers at the beginning of `text`.
fn run(text: &str) -> usize {
    let ends = text.find(|c| !is_end(c)).unwrap_or(text.len());
    let rest = &text[ends..];
    ends + rest.find(|c| !is_closer(c)).unwrap_or(rest.len())
}

fn skip_blank(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    at + (rest.len() - rest.trim_start().len())
}

fn ends_here(text: &str, start: usize, stop: usize, after: usize, sign: char) -> bool {
    if matches!(sign, '。' | '！' | '？') {
        return true;
    }
    let Some(next) = text[after..].chars().next() else { return true };
    if !next.is_whitespace() {
        return false;
    }
    let follower =
        text[after..].trim_start().trim_start_matches(['"', '\'', '(', '“', '‘', '[', '*', '_']);
    let first = follower.chars().next();
    let small = first.is_some_and(char::is_lowercase) && !starts(follower);
    if text[stop..after].starts_with('.') && !text[stop..].starts_with("..") {
        return full_stop(&text[start..stop], small, first);
    }
    !small || matches!(sign, '!' | '?')
}

/// Whether words begin like a sentence whose writer leaves capitals out.
fn starts(follower: &str) -> bool {
    let word = follower.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    matches!(word, "we" | "i" | "it" | "they" | "he" | "she" | "you" | "the" | "this" | "there")
}

fn full_stop(before: &str, small: bool, first: Option<char>) -> bool {
    let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    let word = word.trim_start_matches(['(', '"', '\'', '[', '“', '‘', '*', '_']);
    let lower = word.to_lowercase();
    let numbered = before.len() <= 3 && before.bytes().all(|byte| byte.is_ascii_digit());
    let initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    if small || numbered || initial {
        return false;
    }
    if MAY_END.contains(&lower.as_str()) {
        return first.is_some_and(|c| c.is_uppercase() || is_mark(c)) && lower != "no"
            || lower == "no" && !first.is_some_and(|c| c.is_ascii_digit());
    }
    !ABBREVIATIONS.contains(&lower.as_str())
}

/// The sentences of plain words.
pub fn sentences(text: &str) -> Vec<&str> {
    spans(text).into_iter().map(|(start, end)| &text[start..end]).collect()
}

/// A sentence of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Its words, without Markdown.
    pub text: String,
    /// The heading above it.
    pub heading: Option<String>,
    /// Whether it is an item of a list.
    pub item: bool,
    /// Whether it is the first of its block.
    pub first: bool,
}

/// The sentences of a document that may be Markdown: of paragraphs, items and quotes, without
/// headings, tables and code. At most `count_max`.
pub fn placed(text: &str, count_max: usize) -> Vec<Placed> {
    let mut out = Vec::new();
    let mut heading = None;
    for block in blocks(text) {
        let item = match block.sort {
            Sort::Heading(_) => {
                heading = Some(flat(&plain(&block.text)));
                continue;
            }
            Sort::Row | Sort::Code => continue,
            Sort::Item => true,
            Sort::Paragraph | Sort::Quote => false,
        };
        let words = flat(&plain(&block.text));
        for (place, sentence) in sentences(&words).into_iter().enumerate() {
            if out.len() >= count_max {
                return out;
            }
            if sentence.chars().any(char::is_alphanumeric) {
                let (text, heading) = (sentence.to_owned(), heading.clone());
                out.push(Placed { text, heading, item, first: place == 0 });
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{ABBREVIATIONS, placed, sentences};

    #[test]
    fn the_list_is_sorted_so_that_it_stays_readable() {
        assert!(ABBREVIATIONS.is_sorted());
    }

    #[test]
    fn sentences_end_where_a_reader_would_stop() {
        let cases: [(&str, &[&str]); 8] = [
            ("One. Two! Three?", &["One.", "Two!", "Three?"]),
            ("Dr. Ann paid 3.50 euros. She left.", &["Dr. Ann paid 3.50 euros.", "She left."]),
            ("Use it, e.g. daily. Then stop.", &["Use it, e.g. daily.", "Then stop."]),
            ("J. S. Bach wrote it.", &["J. S. Bach wrote it."]),
            ("He said \"no.\" She left.", &["He said \"no.\"", "She left."]),
            ("太陽光。風力！", &["太陽光。", "風力！"]),
            (
                "Well... maybe. See a.example for more.",
                &["Well... maybe.", "See a.example for more."],
            ),
            ("We meet at 5 p.m. Ann comes too.", &["We meet at 5 p.m.", "Ann comes too."]),
        ];
        for (text, expected) in cases {
            assert_eq!(sentences(text), expected);
        }
    }

    #[test]
    fn sentences_of_a_document_know_their_heading() {
        let all =
            placed("# Costs\n\nIt is **dear**.\n\n- cheap in use\n\n```\ncode. Here.\n```", 9);
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].text.as_str(), all[0].item), ("It is dear.", false));
        assert_eq!((all[1].text.as_str(), all[1].item), ("cheap in use", true));
        assert!(all.iter().all(|one| one.heading.as_deref() == Some("Costs")));
    }
}
