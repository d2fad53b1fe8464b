//! A plan by rules: what the words of a goal ask for, in the order of the catalogue.

use std::collections::{BTreeMap, BTreeSet};

use contracts::kinds::nucleus::catalogue::{CATALOGUE, ELSEWHERE, Intent, Rules};
use contracts::kinds::nucleus::material::Table;
use serde_json::{Value, json};

use super::{said, spoken};

/// The fewest numbers that are gone on from.
const NUMBERS_MIN: usize = 4;

/// The steps that the words of `goal` and `requirements` ask for, and what nobody does.
pub fn plan(
    goal: &str,
    requirements: &[String],
    agents: &[String],
    material: Option<&str>,
) -> Value {
    let words = wanted(&format!("{goal}\n{}", requirements.join("\n")));
    let table = material.and_then(Table::of);
    let deck = asks(&["slides", "storyboard"], &words) && !asks(&["outline", "draft"], &words);
    let mut choice = Choice { agents, table, deck, chosen: BTreeMap::new(), unmet: Vec::new() };
    for intent in CATALOGUE {
        choice.look_at(intent, &words);
    }
    for (sort, names) in ELSEWHERE {
        if let (Some(word), _) = said(names, &words) {
            choice.unmet.push(format!("“{word}” asks for {sort}, which nobody here makes"));
        }
    }
    if choice.chosen.is_empty() && choice.unmet.is_empty() {
        let why = "nothing in the goal names a sort of work, so that it is written up";
        choice.take_named("draft", why);
    }
    if choice.chosen.contains_key("draft") {
        choice.take_named("summary", "what comes of the goal is put together from it");
    }
    let (chosen, unmet) = (choice.chosen, choice.unmet);
    let steps = CATALOGUE.iter().filter_map(|intent| {
        let why = chosen.get(intent.id)?;
        Some(step(intent, why, &chosen, table, &words, !requirements.is_empty()))
    });
    json!({ "steps": steps.collect::<Vec<_>>(), "unmet": unmet })
}

/// Words after which something is not wanted.
const REFUSING: &[&str] = &["don't", "dont", "neither", "never", "no", "nor", "not", "without"];

/// How many words after one of them are not wanted, where no sign or `but` ends that.
const REFUSED_MAX: usize = 4;

/// The words of a goal, without those that it says are not wanted.
fn wanted(goal: &str) -> BTreeSet<String> {
    let mut kept = String::with_capacity(goal.len());
    let mut refused = 0;
    for word in goal.split_whitespace() {
        let plain = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        match plain.as_str() {
            "but" | "only" => refused = 0,
            plain if REFUSING.contains(&plain.replace('’', "'").as_str()) => {
                refused = REFUSED_MAX + 1
            }
            _ => {}
        }
        if refused == 0 {
            kept.push_str(word);
            kept.push(' ');
        }
        refused =
            if word.ends_with(['.', ',', ';', ':', '!', '?']) { 0 } else { refused.max(1) - 1 };
    }
    spoken(&kept)
}

/// Whether words ask for one of these intents.
fn asks(ids: &[&str], words: &BTreeSet<String>) -> bool {
    let named = CATALOGUE.iter().filter(|intent| ids.contains(&intent.id));
    named.into_iter().any(|intent| said(intent.words, words).0.is_some())
}

struct Choice<'a> {
    agents: &'a [String],
    table: Option<Table>,
    /// Slides are asked for, and no document.
    deck: bool,
    chosen: BTreeMap<&'static str, String>,
    unmet: Vec<String>,
}

impl Choice<'_> {
    fn look_at(&mut self, intent: &Intent, words: &BTreeSet<String>) {
        let (word, _) = said(intent.words, words);
        let why = match (intent.rules, word) {
            (Rules::Never, _) => return,
            (Rules::Table, _) if self.table.is_some() => {
                let rows = self.table.map_or(0, |table| table.rows);
                format!("the material is a table of {rows} rows")
            }
            (_, None) => return,
            (_, Some(word)) => format!("the goal says “{word}”"),
        };
        // A file of slides that may as well be one of a document.
        let of_deck = CATALOGUE.iter().find(|it| self.deck && it.id == "slideshow");
        let intent = of_deck.filter(|_| intent.id == "handout").unwrap_or(intent);
        if let Err(missing) = self.take(intent, &why) {
            let word = word.unwrap_or(intent.id);
            self.unmet.push(format!("“{word}”: {} {}: {missing}", intent.agent, intent.endpoint));
        }
    }

    fn take_named(&mut self, id: &str, why: &str) {
        let intent = CATALOGUE.iter().find(|intent| intent.id == id);
        if let Some(intent) = intent
            && let Err(missing) = self.take(intent, why)
        {
            self.unmet.push(format!("{id}: {missing}"));
        }
    }

    /// Takes an intent and all that it needs, or nothing.
    fn take(&mut self, intent: &Intent, why: &str) -> Result<(), String> {
        let mut taken = Vec::new();
        self.needed(intent, &mut taken)?;
        for id in taken {
            let because = format!("{} needs it", intent.id);
            self.chosen.entry(id).or_insert(because);
        }
        self.chosen.entry(intent.id).or_insert_with(|| why.to_owned());
        Ok(())
    }

    fn needed(&self, intent: &Intent, taken: &mut Vec<&'static str>) -> Result<(), String> {
        if !self.agents.iter().any(|agent| agent == intent.agent) {
            return Err(format!("{} is not available", intent.agent));
        }
        match (intent.rules, self.table) {
            (Rules::Table | Rules::Numbers, None) => {
                return Err("no table was brought as material".to_owned());
            }
            (Rules::Numbers, Some(table)) if table.area().is_none() => {
                return Err("no column of the table has nothing but numbers".to_owned());
            }
            (Rules::Numbers, Some(table)) if table.rows < NUMBERS_MIN => {
                return Err(format!("the table has less than {NUMBERS_MIN} rows"));
            }
            _ => {}
        }
        for id in intent.needs {
            let needed = CATALOGUE.iter().find(|other| other.id == *id);
            let needed = needed.ok_or_else(|| format!("nobody does {id}"))?;
            self.needed(needed, taken)?;
            taken.push(needed.id);
        }
        Ok(())
    }
}

fn step(
    intent: &Intent,
    why: &str,
    chosen: &BTreeMap<&'static str, String>,
    table: Option<Table>,
    words: &BTreeSet<String>,
    required: bool,
) -> Value {
    let mut input = intent.template();
    if intent.rules == Rules::Numbers
        && let Some(area) = table.and_then(|table| table.area())
    {
        input["area"] = json!(area);
    }
    // Requirements are the parts of the goal.
    if intent.agent == "circadian" && required {
        input["goals"] = json!({ "$from": "/input/requirements" });
    }
    if input["format"] == "xlsx"
        && let (Some(format), _) = said(&["ods", "csv", "tsv", "json", "markdown"], words)
    {
        input["format"] = json!(format);
    }
    if input["format"] == "docx"
        && let (Some(format), _) = said(&["pdf", "html", "markdown"], words)
    {
        input["format"] = json!(format);
    }
    if input["format"] == "pptx"
        && !chosen.contains_key("handout")
        && said(&["pptx", "powerpoint"], words).0.is_none()
        && let (Some(format), _) = said(&["pdf", "markdown"], words)
    {
        input["format"] = json!(format);
    }
    let actor_of = intent.on.filter(|on| chosen.contains_key(on)).unwrap_or_default();
    json!({
        "step_id": intent.id,
        "agent": intent.agent,
        "endpoint": intent.endpoint,
        "description": format!("{} {}", intent.agent, intent.about),
        "reason": why,
        "depends_on": intent.needs,
        "actor_of": actor_of,
        "input": input.to_string(),
    })
}
