//! A judgement by rules: what can be measured is, and the rest is said to be unmeasured.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::spoken;
use crate::model::local::text::blocks::{Sort, blocks, plain};
use crate::model::local::text::sentences;
use crate::model::local::text::stems;
use crate::model::local::text::tokens::{flat, word_count, words};

/// Words that a sentence may have on the average.
const SENTENCE_WORDS_MAX: usize = 25;

/// What nobody hands in.
const PLACEHOLDERS: &[&str] = &["todo", "tbd", "fixme", "lorem ipsum", "xxx", "to be done"];

/// What was measured.
struct Measured {
    pass: bool,
    score: usize,
    notes: String,
}

/// A text, and what it is for.
struct Given<'a> {
    content: &'a str,
    goal: Option<&'a str>,
    requirements: &'a [String],
}

/// What can be said of `content` by each of `criteria`.
pub fn review(
    content: &str,
    goal: Option<&str>,
    requirements: &[String],
    criteria: &[String],
) -> Value {
    let given = Given { content, goal, requirements };
    let (mut results, mut feedback) = (Vec::new(), Vec::new());
    for criterion in criteria {
        let measured = given.measure(criterion);
        results.push(match &measured {
            Some(it) => json!({ "criterion": criterion, "pass": it.pass,
                "score": it.score.min(100), "notes": format!("measured by rules: {}", it.notes) }),
            None => json!({ "criterion": criterion, "pass": null, "score": null,
                "notes": "rules cannot measure this; name a model" }),
        });
        match measured {
            Some(it) if !it.pass => feedback.push(format!("{criterion}: {}", it.notes)),
            None => feedback.push(format!("{criterion}: not judged; name a model")),
            Some(_) => {}
        }
    }
    json!({ "criteria_results": results, "feedback": feedback })
}

fn share(met: usize, of: usize) -> usize {
    (met * 100).checked_div(of).unwrap_or(100)
}

impl Given<'_> {
    fn measure(&self, criterion: &str) -> Option<Measured> {
        let lower = criterion.to_lowercase();
        let said = spoken(&lower);
        let has = |names: &[&str]| super::said(names, &said).1 > 0;
        if let Some(length) = self.length(&lower) {
            return Some(length);
        }
        if has(&["heading", "section"]) {
            return Some(self.headings(criterion));
        }
        if has(&["mention", "contain", "include", "name"]) {
            return self.mentions(criterion);
        }
        if has(&["figure", "number"]) {
            return Some(self.figures());
        }
        if has(&["placeholder"]) {
            return Some(self.placeholders());
        }
        if has(&["source", "citation", "cite", "reference"]) {
            return Some(self.sources());
        }
        if has(&["completeness", "complete", "requirement"]) {
            return self.completeness();
        }
        has(&["quality", "clarity", "clear", "readable", "readability"]).then(|| self.quality())
    }

    /// `at least 200 words`, `at most 3 sentences`, `100 to 200 words`.
    fn length(&self, criterion: &str) -> Option<Measured> {
        let tokens: Vec<&str> = words(criterion).collect();
        let unit = tokens.iter().find_map(|word| match *word {
            "word" | "words" => Some(("words", word_count(self.content))),
            "sentence" | "sentences" => Some(("sentences", sentences(self.content).len())),
            "character" | "characters" => Some(("characters", self.content.chars().count())),
            _ => None,
        });
        let (unit, count) = unit?;
        let numbers: Vec<usize> = tokens.iter().filter_map(|word| word.parse().ok()).collect();
        let most = ["most", "maximum", "under", "below", "up", "exceed", "max", "fewer", "no"];
        let upper = tokens.iter().any(|word| most.contains(word));
        let (low, high) = match numbers.as_slice() {
            [] => return None,
            [one] if upper => (0, *one),
            [one] => (*one, usize::MAX),
            [low, high, ..] => (*low.min(high), *low.max(high)),
        };
        let pass = (low..=high).contains(&count);
        let score = match pass {
            true => 100,
            false if count < low => share(count, low),
            false => share(high, count),
        };
        let wanted = match (low, high) {
            (low, usize::MAX) => format!("at least {low}"),
            (0, high) => format!("at most {high}"),
            (low, high) => format!("{low} to {high}"),
        };
        Some(Measured { pass, score, notes: format!("{count} {unit}; wanted are {wanted}") })
    }

    /// `has headings: Costs, Risks`; without a list, that there is one.
    fn headings(&self, criterion: &str) -> Measured {
        let all = blocks(self.content);
        let found: Vec<String> = all
            .iter()
            .filter(|block| matches!(block.sort, Sort::Heading(_)))
            .map(|block| flat(&plain(&block.text)).to_lowercase())
            .collect();
        let wanted = listed(criterion);
        if wanted.is_empty() {
            let notes = format!("{} headings", found.len());
            let pass = !found.is_empty();
            return Measured { pass, score: if pass { 100 } else { 0 }, notes };
        }
        let lines: BTreeSet<String> =
            self.content.lines().map(|line| flat(line).to_lowercase()).collect();
        // A title that stands in a line of its own is one, too.
        let there = |title: &&String| {
            let lower = title.to_lowercase();
            found.contains(&lower) || lines.contains(&lower)
        };
        told(&wanted, &wanted.iter().filter(there).collect::<Vec<_>>(), "headings")
    }

    /// `mentions hives, costs`: each by its words, in whatever form.
    fn mentions(&self, criterion: &str) -> Option<Measured> {
        let mut wanted = listed(criterion);
        if wanted.is_empty() {
            let verbs = ["mention", "contain", "include", "name"];
            let mut rest = criterion.split_whitespace();
            rest.find(|word| {
                let lower = word.to_lowercase();
                verbs.iter().any(|verb| lower.starts_with(verb))
            });
            let rest = rest.collect::<Vec<_>>().join(" ");
            wanted = parted(&rest);
        }
        if wanted.is_empty() {
            return None;
        }
        Some(self.meets(&wanted, "mentions"))
    }

    fn meets(&self, wanted: &[String], what: &str) -> Measured {
        let content: BTreeSet<String> = stems(self.content).into_iter().collect();
        let there = |one: &&String| {
            let own = stems(one);
            match own.is_empty() {
                true => self.content.to_lowercase().contains(&one.to_lowercase()),
                false => own.iter().all(|stem| content.contains(stem)),
            }
        };
        told(wanted, &wanted.iter().filter(there).collect::<Vec<_>>(), what)
    }

    fn figures(&self) -> Measured {
        let count =
            words(self.content).filter(|word| word.chars().any(|it| it.is_ascii_digit())).count();
        let pass = count > 0;
        let score = if pass { 100 } else { 0 };
        Measured { pass, score, notes: format!("{count} figures") }
    }

    fn sources(&self) -> Measured {
        let lower = self.content.to_lowercase();
        let links = lower.matches("http://").count() + lower.matches("https://").count();
        let marks = lower.split('[').skip(1).filter(|rest| {
            let number = rest.split(']').next().unwrap_or("");
            !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit())
        });
        let count = links + marks.count();
        let pass = count > 0;
        let score = if pass { 100 } else { 0 };
        Measured { pass, score, notes: format!("{count} marks and links") }
    }

    fn placeholders(&self) -> Measured {
        let found = self.unfinished();
        let pass = found.is_empty();
        let score = if pass { 100 } else { 0 };
        let notes = if pass { "none is left".to_owned() } else { found.join(", ") };
        Measured { pass, score, notes }
    }

    fn unfinished(&self) -> Vec<&'static str> {
        let flat: Vec<String> = words(self.content).map(str::to_lowercase).collect();
        let flat = format!(" {} ", flat.join(" "));
        let found = PLACEHOLDERS.iter().filter(|it| flat.contains(&format!(" {it} ")));
        found.copied().collect()
    }

    /// All that was required is spoken of, and nothing is left open.
    fn completeness(&self) -> Option<Measured> {
        let goal: Vec<String> = self.goal.map(stems).unwrap_or_default();
        let (wanted, what) = match (self.requirements.is_empty(), goal.is_empty()) {
            (false, _) => (self.requirements.to_vec(), "requirements spoken of"),
            (true, false) => (goal, "words of the goal spoken of"),
            (true, true) => return None,
        };
        let mut measured = self.meets(&wanted, what);
        let open = self.unfinished();
        if !open.is_empty() {
            measured.pass = false;
            measured.notes = format!("{}; left open: {}", measured.notes, open.join(", "));
        }
        Some(measured)
    }

    /// What of quality can be counted: sentences that are not too long, none twice, nothing open.
    fn quality(&self) -> Measured {
        let all: Vec<String> =
            sentences(self.content).iter().map(|one| flat(one).to_lowercase()).collect();
        let distinct: BTreeSet<&String> = all.iter().collect();
        let twice = all.len() - distinct.len();
        let mean = word_count(self.content) / all.len().max(1);
        let open = self.unfinished().len();
        let long = mean.saturating_sub(SENTENCE_WORDS_MAX);
        let lost = long * 4 + twice * 10 + open * 25;
        let notes = format!(
            "{mean} words a sentence (at most {SENTENCE_WORDS_MAX}), {twice} sentences twice, \
             {open} placeholders; sense and style are not measured"
        );
        let pass = long == 0 && twice == 0 && open == 0 && !all.is_empty();
        Measured { pass, score: 100_usize.saturating_sub(lost), notes }
    }
}

fn told(wanted: &[String], there: &[&String], what: &str) -> Measured {
    let (met, of) = (there.len(), wanted.len());
    let missing: Vec<&str> =
        wanted.iter().filter(|one| !there.contains(one)).map(String::as_str).collect();
    let mut notes = format!("{met} of {of} {what}");
    if !missing.is_empty() {
        notes.push_str(&format!("; missing: {}", missing.join(", ")));
    }
    Measured { pass: met == of, score: share(met, of), notes }
}

/// What stands behind a colon, parted by commas.
fn listed(criterion: &str) -> Vec<String> {
    criterion.split_once(':').map(|(_, rest)| parted(rest)).unwrap_or_default()
}

fn parted(text: &str) -> Vec<String> {
    let parts = text.split([',', ';']).flat_map(|part| part.split(" and "));
    let clean = parts.map(|part| part.trim().trim_matches(['“', '”', '"', '.']).to_owned());
    clean.filter(|part| !part.is_empty()).collect()
}
