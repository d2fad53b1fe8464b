use std::collections::BTreeSet;

use serde_json::json;

use super::catalogue::{CATALOGUE, ELSEWHERE, agents, find};
use super::material::Table;
use crate::graph::{pointers, resolve, step_of};
use crate::ids::Kind;
use crate::page::Pages;

#[test]
fn the_catalogue_names_what_the_pages_have() {
    let pages = Pages::standard();
    let given = json!({ "input": { "goal": "A report", "notes": "A note",
        "material": "month,sum\nMay,10\n" } });
    let (actor, sheet) = (json!("an-actor"), json!("a sheet"));
    let find = |pointer: &str| match step_of(pointer) {
        None => given.pointer(pointer),
        Some(_) if pointer.ends_with("/sheet") => Some(&sheet),
        Some(_) => Some(&actor),
    };
    for intent in CATALOGUE {
        let kind: Kind = intent.agent.parse().expect("a kind");
        let page = pages.get(&kind).unwrap_or_else(|| panic!("no kind {kind}"));
        assert!(page.command(intent.endpoint).is_some(), "{kind} has no {}", intent.endpoint);
        let template = intent.template();
        assert!(template.is_object(), "{}: its input is no object", intent.id);
        let input = resolve(&template, &find).expect("all that it names is there");
        page.ensure_readable(intent.endpoint, &input)
            .unwrap_or_else(|refusal| panic!("{}: {refusal}", intent.id));
    }
}

#[test]
fn what_an_intent_needs_stands_before_it() {
    let mut before = BTreeSet::new();
    for intent in CATALOGUE {
        let template = intent.template();
        let named = pointers(&template).into_iter().filter_map(step_of);
        for id in intent.needs.iter().copied().chain(intent.on).chain(named) {
            assert!(before.contains(id), "{} comes before {id}", intent.id);
            assert!(intent.needs.contains(&id), "{} uses {id} and does not need it", intent.id);
        }
        assert!(before.insert(intent.id), "{} is named twice", intent.id);
    }
}

#[test]
fn every_intent_is_one_and_its_words_are_its_own_sort() {
    for intent in CATALOGUE {
        let found = find(intent.agent, intent.endpoint).expect("it is found");
        assert_eq!((found.agent, found.endpoint), (intent.agent, intent.endpoint));
        assert!(intent.words.iter().all(|word| *word == word.to_lowercase()), "{}", intent.id);
        let elsewhere = ELSEWHERE.iter().flat_map(|(_, words)| words.iter());
        let both: Vec<_> = elsewhere.filter(|word| intent.words.contains(word)).collect();
        assert!(both.is_empty(), "{}: {both:?} is said to be nobody's", intent.id);
    }
    assert!(agents().contains(&"osteon"));
}

#[test]
fn a_table_is_told_from_a_text() {
    let table = Table::of("month,sum\nMay,10\nJune,14\nJuly,15\n").expect("a table");
    assert_eq!((table.rows, table.columns, table.numbers), (3, 2, Some(1)));
    assert_eq!(table.area().as_deref(), Some("B2:B4"));
    let marked = Table::of("| a | b |\n|---|---|\n| x | 1 |\n| y | 2 |\n").expect("a table");
    assert_eq!((marked.rows, marked.area().as_deref()), (2, Some("B2:B3")));
    let words = Table::of("name\tplace\nAda\tLondon\nKonrad\tBerlin\n").expect("a table");
    assert_eq!(words.area(), None);
    for text in [
        "Bees, wasps and flies live here.\nThey fly, walk and rest.\nNobody minds, mostly.",
        "One line, two cells",
        "",
        "a\nb\nc",
    ] {
        assert_eq!(Table::of(text), None, "{text}");
    }
}
