//! A plain plan of slides: one that opens, one for each section or planned title, one that ends.
//! It says what the material says, and where there is none, what must be settled.

use contracts::model::Source;
use serde_json::{Value, json};

use super::draft::{self, Asked};
use super::text::blocks::{Sort, blocks};
use super::text::sentences;
use super::text::tokens::{clip, flat};
use super::{LocalConfig, outline, summarize};

/// Points of a slide.
const POINTS_MAX: u32 = 5;
/// How long a point is, in characters.
const POINT_CHARS_MAX: usize = 160;
/// How long a title of several sections is, in characters.
const TITLE_CHARS_MAX: usize = 80;
/// How many numbers make a slide one of numbers.
const NUMBERS_MIN: usize = 3;
/// What the last slide is called.
const ENDING: &str = "In short";

/// What is asked.
pub struct Wanted<'a> {
    /// What the slides are about.
    pub topic: &'a str,
    /// For whom.
    pub audience: &'a str,
    /// How many, at most.
    pub slides: u32,
    /// The titles and texts to follow.
    pub sections: &'a [Source],
    /// Material to use.
    pub context: Option<&'a str>,
}

/// Words of titles that end a deck, as they begin.
const ENDS: [&str; 8] =
    ["conclusion", "summary", "next", "recommend", "decision", "decide", "closing", "outlook"];

/// Whether a section of this title ends what is told.
fn ends(title: &str) -> bool {
    let title = title.to_lowercase();
    title.split_whitespace().any(|word| ENDS.iter().any(|end| word.starts_with(end)))
}

/// A section with its text.
struct Told {
    title: String,
    text: String,
}

/// The planned slides.
pub fn storyboard(wanted: &Wanted<'_>, config: &LocalConfig) -> Value {
    let slides = wanted.slides.clamp(1, 200);
    let around = if slides > 2 { 2 } else { 1 };
    let ended = |parts: &[Told]| parts.last().is_some_and(|last| ends(&last.title));
    let mut parts = sections(wanted, (slides - around).max(1), config);
    let own = ended(&parts);
    if own && wanted.sections.is_empty() && slides > 2 {
        // One more has room where the last one ends the deck.
        let more = sections(wanted, slides - 1, config);
        parts = if ended(&more) { more } else { parts };
    }
    let room = if own { slides - 1 } else { slides - around };
    let parts = grouped(parts, room as usize);
    let mut cards = vec![opening(wanted, &parts)];
    let last = parts.len().saturating_sub(1);
    let planned: Vec<Value> =
        parts.iter().enumerate().map(|(at, part)| card(part, own && at == last, config)).collect();
    let ending = (slides > 2 && !own && !planned.is_empty()).then(|| ending(&planned));
    cards.extend(planned);
    cards.extend(ending);
    json!({ "storyboard": cards })
}

/// The sections to follow, each with a text; planned titles where none are given.
fn sections(wanted: &Wanted<'_>, count: u32, config: &LocalConfig) -> Vec<Told> {
    let titles: Vec<String> = match wanted.sections {
        [] => outline::outline(wanted.topic, wanted.context, count, count, config),
        given => given.iter().map(|section| section.title.clone()).collect(),
    };
    let audience = (wanted.audience != "general").then_some(wanted.audience);
    let asked = Asked {
        goal: wanted.topic,
        context: wanted.context,
        titles: &titles,
        sources: &[],
        audience,
    };
    let drafted = draft::draft(&asked, config);
    let told = titles.into_iter().zip(drafted).enumerate().map(|(at, (title, drafted))| {
        let given = wanted.sections.get(at).map(|section| section.text.trim());
        let given = given.filter(|text| !text.is_empty()).map(str::to_owned);
        // What a draft opens with says what the document is: here a slide does.
        let body = drafted.text.split_once("\n\n").map(|(_, body)| body.to_owned());
        let body = if at == 0 { body.unwrap_or_default() } else { drafted.text };
        Told { title, text: given.unwrap_or(body) }
    });
    told.collect()
}

/// Neighbours brought together until there are no more than `most`.
fn grouped(parts: Vec<Told>, most: usize) -> Vec<Told> {
    if parts.len() <= most || most == 0 {
        return if most == 0 { Vec::new() } else { parts };
    }
    let total = parts.len();
    let mut groups: Vec<Vec<Told>> = (0..most).map(|_| Vec::new()).collect();
    for (at, part) in parts.into_iter().enumerate() {
        groups[at * most / total].push(part);
    }
    let one = |group: Vec<Told>| {
        let titles: Vec<&str> = group.iter().map(|part| part.title.as_str()).collect();
        let texts: Vec<&str> = group.iter().map(|part| part.text.as_str()).collect();
        Told { title: clip(&titles.join(", "), TITLE_CHARS_MAX), text: texts.join("\n\n") }
    };
    groups.into_iter().map(one).collect()
}

fn opening(wanted: &Wanted<'_>, parts: &[Told]) -> Value {
    let (title, rest) = wanted.topic.split_once(':').unwrap_or((wanted.topic, ""));
    let rest = clip(&flat(rest), POINT_CHARS_MAX);
    let told = match (wanted.audience, rest.as_str()) {
        ("general", "") => {
            let titles: Vec<&str> = parts.iter().map(|part| part.title.as_str()).collect();
            clip(&titles.join(" · "), POINT_CHARS_MAX)
        }
        ("general", rest) => rest.to_owned(),
        (audience, "") => format!("For {}", clip(&flat(audience), POINT_CHARS_MAX)),
        (audience, rest) => format!("{rest} · For {}", clip(&flat(audience), POINT_CHARS_MAX)),
    };
    let title = clip(&flat(title), TITLE_CHARS_MAX);
    json!({ "title": title, "description": told, "slide_type": "title", "points": [] })
}

fn card(part: &Told, ends: bool, config: &LocalConfig) -> Value {
    let text = &part.text;
    let summary = summarize::summarize(text, 2, config);
    let description = if text.trim().is_empty() { String::new() } else { summary };
    let digits = |word: &&str| word.bytes().any(|it| it.is_ascii_digit());
    let numbers = text.split_whitespace().filter(digits).count();
    let table = blocks(text).iter().any(|block| block.sort == Sort::Row);
    let sort = match (ends, table || numbers >= NUMBERS_MIN) {
        (true, _) => "conclusion",
        (false, true) => "data",
        (false, false) => "content",
    };
    json!({ "title": part.title, "description": description, "slide_type": sort,
        "points": points(text, config) })
}

/// The items of a list, where there is one; otherwise the sentences that matter.
fn points(text: &str, config: &LocalConfig) -> Vec<String> {
    let short = |text: &str| clip(&flat(text), POINT_CHARS_MAX);
    let items: Vec<String> = blocks(text)
        .iter()
        .filter(|block| block.sort == Sort::Item)
        .map(|block| short(&super::text::blocks::plain(&block.text)))
        .filter(|item| !item.is_empty())
        .take(POINTS_MAX as usize)
        .collect();
    if items.len() > 1 {
        return items;
    }
    if text.trim().is_empty() {
        return Vec::new();
    }
    let summary = summarize::summarize(text, POINTS_MAX, config);
    sentences(&summary).into_iter().map(short).filter(|it| !it.is_empty()).collect()
}

/// What each slide says first.
fn ending(planned: &[Value]) -> Value {
    let first = |card: &Value| {
        let title = card["title"].as_str().unwrap_or_default();
        let point = card["points"][0].as_str();
        point.map(|point| format!("{title}: {point}"))
    };
    let points: Vec<String> = planned.iter().filter_map(first).take(POINTS_MAX as usize).collect();
    let points: Vec<String> = points.iter().map(|it| clip(it, POINT_CHARS_MAX)).collect();
    json!({ "title": ENDING, "description": "What the slides before say, each in one line.",
        "slide_type": "conclusion", "points": points })
}
