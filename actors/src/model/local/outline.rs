//! Section titles: the scheme of the document's sort, with the topic's and the material's words.

use std::collections::BTreeSet;

use super::LocalConfig;
use super::goal::{self, Goal};
use super::schemes;
use super::text::blocks::{Sort, blocks, plain};
use super::text::keywords::{is_within, keywords};
use super::text::language::is_english;
use super::text::tokens::{clip, flat, word_count};
use super::text::{casing, lines, stems};

/// Sections when nobody asks for a number.
const SECTIONS_USUAL: u32 = 6;

/// A title in the making.
struct Planned {
    weight: u8,
    title: String,
}

/// The titles for `goal`: at least `least` and at most `most`, none twice.
pub fn outline(
    goal: &str,
    context: Option<&str>,
    least: u32,
    most: u32,
    config: &LocalConfig,
) -> Vec<String> {
    let most = most.clamp(1, 200);
    let least = least.clamp(1, most);
    let goal = goal::read(goal, None);
    let wanted = goal.sections.unwrap_or(SECTIONS_USUAL).clamp(least, most) as usize;
    let mut planned = scheme(&goal, config);
    if let Some(context) = context {
        let context = lines::head(context, config.material_bytes_max);
        let own = from_headings(context, &goal, config);
        let own = if own.is_empty() { from_phrases(context, &goal, config) } else { own };
        insert(&mut planned, own);
    }
    distinct(&mut planned);
    while planned.len() > wanted {
        let Some(least) = planned.iter().map(|one| one.weight).min() else { break };
        // The last of the least weighty goes first.
        let Some(at) = planned.iter().rposition(|one| one.weight == least) else { break };
        planned.remove(at);
    }
    fill_up(&mut planned, wanted);
    planned.into_iter().map(|one| one.title).collect()
}

fn scheme(goal: &Goal, config: &LocalConfig) -> Vec<Planned> {
    let topic = short(&goal.topic, config.title_chars_max / 2);
    let subject = short(&goal.subject, config.title_chars_max / 2);
    let readers = goal.audience.as_deref().map(|who| short(who, config.title_chars_max / 3));
    let slots = schemes::of(goal.document).iter();
    let mut planned: Vec<Planned> = slots
        .filter(|(_, title)| readers.is_some() || !title.contains("{A}"))
        .map(|(weight, title)| {
            // After `of`, `for`, `on` or `to` an article belongs to the topic.
            let inside = [" of {T}", " for {T}", " on {T}"];
            let article = inside.iter().any(|place| title.contains(place));
            let topic = if article { lower_article(&subject) } else { topic.clone() };
            let readers = readers.as_deref().map(lower_article).unwrap_or_default();
            Planned {
                weight: *weight,
                title: title.replace("{A}", &readers).replace("{T}", &topic),
            }
        })
        .collect();
    // `bees and trees`: each deserves a section of its own.
    let parts: Vec<_> = goal.topic.split(" and ").collect();
    if let [one, two] = parts.as_slice()
        && word_count(one) <= 3
        && word_count(two) <= 3
        && !one.contains(" of ")
    {
        let part = |text: &str| Planned { weight: 6, title: short(text, 60) };
        insert(&mut planned, vec![part(one), part(two)]);
    }
    planned
}

/// At most so many characters; an English title gets its capitals.
fn short(text: &str, chars_max: usize) -> String {
    // Letters of up to four bytes: titles have a limit in bytes as well.
    let text = clip(text, chars_max);
    let text = lines::head(&text, chars_max * 2);
    let text = text.trim_end_matches('…').trim_end();
    if is_english(text) { casing::title(text) } else { casing::capital(text) }
}

/// `The Landlord` → `the Landlord`, inside a title.
fn lower_article(title: &str) -> String {
    let articles = ["The ", "A ", "An ", "Our ", "My ", "Your ", "Their "];
    match articles.iter().find(|article| title.starts_with(**article)) {
        Some(article) => format!("{}{}", article.to_lowercase(), &title[article.len()..]),
        None => title.to_owned(),
    }
}

/// The headings of the material, when it has at least two below its title.
fn from_headings(context: &str, goal: &Goal, config: &LocalConfig) -> Vec<Planned> {
    let all = blocks(context);
    let headings: Vec<_> = all
        .iter()
        .filter_map(|block| match block.sort {
            Sort::Heading(level) => Some((level, flat(&plain(&block.text)))),
            _ => None,
        })
        .filter(|(_, text)| text.chars().any(char::is_alphanumeric))
        .collect();
    let top = headings.iter().map(|(level, _)| *level).min().unwrap_or(0);
    let tops = headings.iter().filter(|(level, _)| *level == top).count();
    let about = goal.topic.to_lowercase();
    let titles: Vec<_> = headings
        .into_iter()
        .filter(|(level, text)| (*level != top || tops > 1) && text.to_lowercase() != about)
        .map(|(_, text)| Planned { weight: 8, title: short(&text, config.title_chars_max) })
        .take(4)
        .collect();
    if titles.len() < 2 { Vec::new() } else { titles }
}

/// What the material speaks of again and again.
fn from_phrases(context: &str, goal: &Goal, config: &LocalConfig) -> Vec<Planned> {
    let asked = format!("{} {}", goal.topic, goal.audience.as_deref().unwrap_or(""));
    let found = keywords(lines::head(context, 256 * 1_024), 12);
    let strong = found.into_iter().filter(|one| {
        (one.count > 1 || one.stems.len() > 1 && word_count(context) < 400)
            && !is_within(one, &asked)
            && one.phrase.chars().count() >= 4
    });
    let title = |phrase: &str| short(&phrase.to_lowercase(), config.title_chars_max);
    let keep_case = |phrase: &str| {
        let words: Vec<_> = phrase.split(' ').collect();
        let named = words.iter().filter(|word| word.starts_with(char::is_uppercase)).count();
        if named == words.len() { short(phrase, config.title_chars_max) } else { title(phrase) }
    };
    strong.take(2).map(|one| Planned { weight: 7, title: keep_case(&one.phrase) }).collect()
}

/// Puts titles of the material in the middle, before the first section that closes.
fn insert(planned: &mut Vec<Planned>, own: Vec<Planned>) {
    let at = planned.len().min(2);
    planned.splice(at..at, own);
}

/// Leaves out titles that say what an earlier one says.
fn distinct(planned: &mut Vec<Planned>) {
    let mut seen: BTreeSet<Vec<String>> = BTreeSet::new();
    let mut titles: BTreeSet<String> = BTreeSet::new();
    planned.retain(|one| {
        let mut key = stems(&one.title);
        key.sort();
        key.dedup();
        let fresh_words = key.is_empty() || seen.insert(key);
        titles.insert(one.title.to_lowercase()) && fresh_words
    });
}

fn fill_up(planned: &mut Vec<Planned>, wanted: usize) {
    for title in schemes::MORE {
        if planned.len() >= wanted {
            return;
        }
        let place = planned.len().saturating_sub(1);
        planned.insert(place, Planned { weight: 1, title: (*title).to_owned() });
        distinct(planned);
    }
    let mut number = 1;
    while planned.len() < wanted {
        planned.push(Planned { weight: 1, title: format!("Appendix {number}") });
        number += 1;
    }
}
