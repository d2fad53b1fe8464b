//! Slots: values of a text found by the name, the type and the format that a schema gives them.
//! What is not found is `None`; nothing is guessed.

use serde_json::{Map, Value};

use super::resolve::{Node, types};
use super::{check, empty, find, lists};
use crate::model::local::LocalConfig;
use crate::model::local::summarize;
use crate::model::local::text::blocks::{Sort, blocks, plain};
use crate::model::local::text::keywords::keywords;
use crate::model::local::text::language::is_stop;
use crate::model::local::text::lines::{head, item};
use crate::model::local::text::moments::moments;
use crate::model::local::text::stem::stem;
use crate::model::local::text::tokens::{clip, flat};

/// Values of one kind that are looked at.
const FOUND_MAX: usize = 500;

/// Bytes of text whose reading costs as much as a part of a schema.
const BYTES_A_PART: usize = 4_096;

/// The value for the member `name` that follows `node`.
pub fn slot(name: &str, node: &Node<'_>, text: &str, config: &LocalConfig) -> Option<Value> {
    let node = node.merged();
    if node.levels == 0 {
        return None;
    }
    node.spend(text.len() / BYTES_A_PART);
    let label = label(name);
    let found = of_kind(name, &label, &node, text, config)?;
    check::conforms(&found, &node).then_some(found)
}

fn of_kind(
    name: &str,
    label: &[String],
    node: &Node<'_>,
    text: &str,
    config: &LocalConfig,
) -> Option<Value> {
    if let Some(all) = node.value().get("enum").and_then(Value::as_array) {
        return one_of(all, label, text);
    }
    if let Some(only) = node.value().get("const") {
        return Some(only.clone());
    }
    let kinds = types(node.value());
    let branches = node.branches();
    if kinds.is_empty() && !branches.is_empty() {
        return branches.iter().find_map(|branch| slot(name, branch, text, config));
    }
    let kind = kinds.iter().find(|kind| **kind != "null").copied();
    match kind {
        Some("object") => object(node, text, config),
        None if node.properties().next().is_some() => object(node, text, config),
        Some("array") => array(name, label, node, text, config),
        Some("boolean") => yes_or_no(label, text),
        Some("integer") => number(label, node, text, true),
        Some("number") => number(label, node, text, false),
        Some("string") | None => string(label, node, text, config).map(Value::from),
        Some(_) => None,
    }
}

/// `dueDate`, `due_date`: `due date`, in small letters.
fn label(name: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut was_small = false;
    for character in name.chars() {
        let starts = character.is_uppercase() && was_small;
        was_small = character.is_lowercase() || character.is_ascii_digit();
        if starts || !character.is_alphanumeric() {
            out.push(String::new());
        }
        if character.is_alphanumeric()
            && let Some(last) = out.last_mut()
        {
            last.extend(character.to_lowercase());
        }
    }
    out.retain(|word| !word.is_empty());
    out
}

/// What follows `label:` or `label is` in a line of `text`.
fn labelled(label: &[String], text: &str) -> Option<String> {
    if label.is_empty() {
        return None;
    }
    let phrases = [label.join(" "), label.join("_"), label.join("-")];
    for line in text.lines() {
        let line = item(line).map_or(line, |(_, words)| words);
        let line = plain(head(line, 2_000));
        let lower = line.to_lowercase();
        if lower.len() != line.len() {
            continue;
        }
        for phrase in &phrases {
            let Some(at) = find::phrase(&lower, phrase) else { continue };
            let rest = &line[at + phrase.len()..];
            let marked = rest.trim_start().strip_prefix([':', '=']);
            // A colon far into a sentence belongs to something else.
            if let Some(value) = marked.filter(|_| at < 40) {
                let value = value.trim();
                if !value.is_empty() {
                    return Some(value.to_owned());
                }
            }
            for verb in [" is called ", " is ", " are ", " was ", " will be ", " of "] {
                if let Some(value) = rest.strip_prefix(verb) {
                    let end = value.find([';', '!', '?']).unwrap_or(value.len());
                    let value = clause(&value[..end]);
                    return Some(value.trim().to_owned()).filter(|value| !value.is_empty());
                }
            }
        }
    }
    None
}

/// The words up to the end of their clause: `Ann, the mayor. She …` gives `Ann`.
fn clause(text: &str) -> &str {
    let ends = [". ", ", ", " and ", " but ", " because "];
    let end = ends.iter().filter_map(|end| text.find(end)).min().unwrap_or(text.len());
    text[..end].trim_end_matches(['.', ','])
}

fn speaks(node: &Node<'_>, label: &[String], words: &[&str]) -> bool {
    let about = node.text("description").to_lowercase();
    words
        .iter()
        .any(|word| label.iter().any(|part| part == word) || find::phrase(&about, word).is_some())
}

fn string(label: &[String], node: &Node<'_>, text: &str, config: &LocalConfig) -> Option<String> {
    let format = node.text("format");
    let given = labelled(label, text);
    let near = given.as_deref().unwrap_or(text);
    let named = |words: &[&str]| label.iter().any(|part| words.contains(&part.as_str()));
    if format == "email" || named(&["email", "mail"]) {
        return find::emails(near).next().or_else(|| find::emails(text).next()).map(str::to_owned);
    }
    if matches!(format, "uri" | "url" | "iri") || named(&["url", "uri", "link", "website"]) {
        return find::links(near).next().or_else(|| find::links(text).next()).map(str::to_owned);
    }
    if matches!(format, "date" | "date-time") || named(&["date", "deadline", "due", "day"]) {
        return date(label, format, near, text);
    }
    if named(&["phone", "telephone", "mobile"]) {
        return find::phones(near);
    }
    if let Some(given) = given {
        let most = node.number("maxLength").map_or(config.sentence_chars_max, |most| most as usize);
        return Some(clip(given.trim_end_matches('.').trim_matches(['"', '“', '”']), most));
    }
    if named(&["name"]) || named(&["person", "author"]) {
        return introduced(text);
    }
    if named(&["title", "subject", "headline"]) {
        let first = blocks(text).into_iter().find(|block| matches!(block.sort, Sort::Heading(_)));
        return first.map(|block| flat(&plain(&block.text)));
    }
    if named(&["summary", "abstract"]) || speaks(node, label, &["summary"]) {
        let summary = summarize::summarize(text, 2, config);
        return (summary != summarize::NOTHING).then_some(summary);
    }
    None
}

/// `my name is Ann`, `I am Ann Lee`.
fn introduced(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    if lower.len() != text.len() {
        return None;
    }
    for mark in ["my name is ", "i am ", "i'm ", "this is ", "called ", "named ", "signed, "] {
        let Some(at) = find::phrase(&lower, mark.trim_end()) else { continue };
        let Some(rest) = text.get(at + mark.len()..) else { continue };
        let name: Vec<_> = rest
            .split_whitespace()
            .map(|word| word.trim_end_matches(['.', ',', ';', '!', '?']))
            .take_while(|word| {
                word.starts_with(char::is_uppercase) && !is_stop(&word.to_lowercase())
            })
            .take(4)
            .collect();
        if !name.is_empty() {
            return Some(name.join(" "));
        }
    }
    None
}

fn date(label: &[String], format: &str, near: &str, text: &str) -> Option<String> {
    let formal = matches!(format, "date" | "date-time");
    let pick =
        |text: &str| moments(text, FOUND_MAX).into_iter().find(|one| !formal || one.iso.is_some());
    // A date in a sentence that speaks of the label goes before the first date of all.
    let sentence = crate::model::local::text::sentences(text).into_iter().find(|sentence| {
        let lower = sentence.to_lowercase();
        label.iter().filter(|part| *part != "date").any(|part| find::phrase(&lower, part).is_some())
    });
    let found = if near.len() < text.len() { pick(near) } else { None };
    let found = found.or_else(|| sentence.and_then(pick)).or_else(|| pick(text))?;
    match (format, found.iso) {
        ("date-time", Some(iso)) => Some(format!("{iso}T00:00:00Z")),
        (_, Some(iso)) => Some(iso),
        (_, None) => Some(found.words),
    }
}

fn number(label: &[String], node: &Node<'_>, text: &str, whole: bool) -> Option<Value> {
    let money = ["amount", "price", "cost", "costs", "total", "budget", "fee", "salary", "sum"];
    let wants_money = label.iter().any(|part| money.contains(&part.as_str()));
    let make = |value: f64| {
        let exact = value.fract() == 0.0 && value.abs() < 9e15;
        match (whole, exact) {
            (true, true) | (false, true) => Some(Value::from(value as i64)),
            (true, false) => None,
            (false, false) => serde_json::Number::from_f64(value).map(Value::from),
        }
    };
    let fits = |value: &Value| check::conforms(value, node);
    let first = |text: &str, wanted: bool| {
        let all = find::numbers(text, FOUND_MAX).into_iter();
        all.filter(|one| !wanted || one.money).find_map(|one| make(one.value).filter(|v| fits(v)))
    };
    if let Some(given) = labelled(label, text)
        && let Some(value) = first(&given, false)
    {
        return Some(value);
    }
    let stems: Vec<_> = label.iter().map(|word| stem(word)).collect();
    for sentence in crate::model::local::text::sentences(text) {
        let words = crate::model::local::text::tokens::words(sentence);
        let speaks = words.map(|word| stem(&word.to_lowercase())).any(|word| stems.contains(&word));
        if speaks && let Some(value) = nearest(sentence, label).and_then(make).filter(|v| fits(v)) {
            return Some(value);
        }
    }
    if wants_money { first(text, true) } else { None }
}

/// The number of a sentence that stands nearest to a word of the label.
fn nearest(sentence: &str, label: &[String]) -> Option<f64> {
    let lower = sentence.to_lowercase();
    let place = label.iter().find_map(|word| {
        let bare = crate::model::local::text::stem::singular(word);
        lower.find(&bare)
    })?;
    let all = find::numbers(sentence, FOUND_MAX);
    let away = |one: &find::Number| {
        if one.start >= place { one.start - place } else { place - one.end.min(place) }
    };
    all.iter().min_by_key(|one| away(one)).map(|one| one.value)
}

fn yes_or_no(label: &[String], text: &str) -> Option<Value> {
    if let Some(given) = labelled(label, text) {
        let first =
            given.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_lowercase();
        match first.as_str() {
            "yes" | "true" | "y" | "on" | "1" => return Some(Value::Bool(true)),
            "no" | "false" | "n" | "off" | "0" | "not" | "never" => {
                return Some(Value::Bool(false));
            }
            _ => {}
        }
    }
    let helpers = ["is", "has", "have", "are", "can", "should", "was", "needs"];
    let stems: Vec<_> = label
        .iter()
        .filter(|word| !helpers.contains(&word.as_str()))
        .map(|word| stem(word))
        .collect();
    if stems.is_empty() {
        return None;
    }
    let clauses = text.split(['.', ';', '\n', '!', '?', ',']);
    let mut speaking = clauses.filter(|clause| {
        let words: Vec<_> = crate::model::local::text::tokens::words(clause)
            .map(|word| stem(&word.to_lowercase()))
            .collect();
        stems.iter().all(|stem| words.contains(stem))
    });
    speaking.next().map(|clause| Value::Bool(!find::denies(clause)))
}

/// The member of a list that the text names: after the label when it is there, otherwise first.
fn one_of(all: &[Value], label: &[String], text: &str) -> Option<Value> {
    let given = labelled(label, text);
    let search = |text: &str| {
        let lower = text.to_lowercase();
        let place = |value: &Value| {
            let words = value.as_str()?.to_lowercase().replace(['_', '-'], " ");
            let exact = find::phrase(&lower, &value.as_str()?.to_lowercase());
            exact.or_else(|| find::phrase(&lower, &words))
        };
        let found = all.iter().filter_map(|value| Some((place(value)?, value)));
        found.min_by_key(|(place, _)| *place).map(|(_, value)| value.clone())
    };
    given.as_deref().and_then(search).or_else(|| search(text))
}

fn object(node: &Node<'_>, text: &str, config: &LocalConfig) -> Option<Value> {
    let mut out = Map::new();
    for (name, child) in node.properties() {
        if let Some(value) = slot(name, &child, text, config) {
            out.insert(name.to_owned(), value);
        }
    }
    if out.is_empty() {
        return None;
    }
    for (name, child) in node.properties() {
        if node.required().contains(&name) && !out.contains_key(name) {
            out.insert(name.to_owned(), empty::empty(&child));
        }
    }
    Some(Value::Object(out))
}

fn array(
    name: &str,
    label: &[String],
    node: &Node<'_>,
    text: &str,
    config: &LocalConfig,
) -> Option<Value> {
    let most = node.number("maxItems").map_or(config.list_items_max, |most| most as usize);
    let most = most.min(config.list_items_max);
    let child = node.items()?.merged();
    let stems: Vec<_> = label.iter().map(|word| stem(word)).collect();
    let is_object = child.properties().next().is_some();
    let found: Vec<Value> = if is_object {
        records(&child, &stems, text, config)
    } else if types(child.value()).iter().any(|kind| matches!(*kind, "number" | "integer")) {
        let near = labelled(label, text).unwrap_or_else(|| text.to_owned());
        let all = find::numbers(&near, most).into_iter();
        let whole = |value: f64| value.fract() == 0.0 && value.abs() < 9e15;
        all.filter_map(|one| {
            if whole(one.value) {
                Some(Value::from(one.value as i64))
            } else {
                serde_json::Number::from_f64(one.value).map(Value::from)
            }
        })
        .collect()
    } else {
        texts(name, label, &stems, &child, text, config)
    };
    let mut kept = Vec::new();
    for value in found {
        if kept.len() < most && check::conforms(&value, &child) && !kept.contains(&value) {
            kept.push(value);
        }
    }
    (!kept.is_empty()).then_some(Value::Array(kept))
}

fn texts(
    name: &str,
    label: &[String],
    stems: &[String],
    child: &Node<'_>,
    text: &str,
    config: &LocalConfig,
) -> Vec<Value> {
    let most = config.list_items_max;
    let lower = name.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if child.text("format") == "email" || has(&["mail"]) {
        return find::emails(text).take(most).map(Value::from).collect();
    }
    if matches!(child.text("format"), "uri" | "url") || has(&["url", "link"]) {
        return find::links(text).take(most).map(Value::from).collect();
    }
    if child.text("format") == "date" || has(&["dates"]) {
        let all = moments(text, most).into_iter();
        return all.map(|one| Value::from(one.iso.unwrap_or(one.words))).collect();
    }
    if let Some(all) = child.value().get("enum").and_then(Value::as_array) {
        let lower = text.to_lowercase();
        let named = |value: &&Value| {
            value.as_str().is_some_and(|word| find::phrase(&lower, &word.to_lowercase()).is_some())
        };
        return all.iter().filter(named).cloned().collect();
    }
    if let Some(given) = labelled(label, text) {
        let sign = if given.contains(';') { ';' } else { ',' };
        let parts = given.trim_end_matches('.').split(sign).flat_map(|part| part.split(" and "));
        return parts.map(str::trim).filter(|part| !part.is_empty()).map(Value::from).collect();
    }
    if has(&["keyword", "tag", "topic"]) {
        return keywords(head(text, 262_144), 8)
            .into_iter()
            .map(|one| Value::from(one.phrase))
            .collect();
    }
    let keys: &[String] = if label.is_empty() { &[] } else { stems };
    lists::items(text, keys, most).into_iter().map(Value::from).collect()
}

/// Objects from the rows of a table or the items of a list.
fn records(child: &Node<'_>, stems: &[String], text: &str, config: &LocalConfig) -> Vec<Value> {
    let rows = lists::rows(text, config.list_items_max);
    let mut out = Vec::new();
    for row in rows {
        let lines: Vec<_> = row.iter().map(|(name, cell)| format!("{name}: {cell}")).collect();
        out.extend(object(child, &lines.join("\n"), config));
    }
    if !out.is_empty() {
        return out;
    }
    for item in lists::items(text, stems, config.list_items_max) {
        let own = object(child, &item, config);
        let named = || {
            let mut made = Map::from_iter([(main_text(child)?, Value::from(item.clone()))]);
            for (name, node) in child.properties() {
                if child.required().contains(&name) && !made.contains_key(name) {
                    made.insert(name.to_owned(), empty::empty(&node));
                }
            }
            Some(Value::Object(made))
        };
        out.extend(own.or_else(named));
    }
    out
}

/// The member that says what a thing is: the first that must be there and is a text.
fn main_text(child: &Node<'_>) -> Option<String> {
    let is_text = |name: &str| {
        let mut all = child.properties();
        let named = all.find(|(known, _)| *known == name);
        named.is_some_and(|(_, node)| types(node.value()).contains(&"string"))
    };
    let usual = ["title", "name", "text", "task", "description", "what", "item", "label"];
    let required = child.required();
    let first = required.iter().chain(&usual).find(|name| is_text(name));
    first.map(|name| (*name).to_owned())
}
