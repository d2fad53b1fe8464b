use contracts::kinds::osteon::Event;
use contracts::kinds::osteon::limits::{LOAD_BYTES_MAX, LOAD_SECTIONS_MAX};
use serde_json::{Value, json};

use super::{Osteon, given};
use crate::kinds::testing::Given;

/// A document of so many sections, loaded as a file is.
fn of(sections: usize) -> Given<Osteon> {
    let text = "The tiles of this part of the roof are old. ".repeat(20);
    let section = |number: usize| {
        json!({ "id": format!("s{number}"), "title": format!("Part {number}"),
            "text": format!("{text}It has {number} tiles.") })
    };
    let all: Vec<_> = (0..sections).map(section).collect();
    let mut now = given::<Osteon>(Vec::new()).when("create", json!({ "title": "Roof" })).given;
    for part in all.chunks(LOAD_SECTIONS_MAX) {
        let then = now.when("load", json!({ "sections": part }));
        assert!(json!(then.decided().events).to_string().len() < 2 * LOAD_BYTES_MAX);
        now = then.given;
    }
    now
}

/// Commands to one section in the middle, each of them small.
fn edits() -> Vec<(&'static str, Value)> {
    let change = json!([{ "old": "It has 7 tiles.", "new": "It has 8 tiles." }]);
    vec![
        ("change_section", json!({ "section": "s7", "changes": change })),
        ("comment", json!({ "section": "s7", "quote": "8 tiles", "text": "Sure?" })),
        (
            "suggest",
            json!({ "section": "s7", "changes": [{ "old": "8 tiles", "new": "9 tiles" }] }),
        ),
        ("cite", json!({ "section": "s7", "source": { "title": "Report" } })),
        ("move_section", json!({ "section": "s7", "after": "s2" })),
        ("rename", json!({ "title": "The roof" })),
    ]
}

/// What each edit adds to the log, in bytes of its events and of its answer.
fn costs(mut now: Given<Osteon>) -> Vec<(&'static str, usize, usize)> {
    let mut costs = Vec::new();
    for (name, input) in edits() {
        let then = now.when(name, input);
        let decided = then.decided();
        assert!(decided.events.iter().all(|event| !matches!(event, Event::SectionSet(_))));
        let bytes = (json!(decided.events).to_string().len(), super::now(&then).to_string().len());
        costs.push((name, bytes.0, bytes.1));
        now = then.given;
    }
    now.state_is_the_fold();
    costs
}

#[test]
fn an_edit_costs_by_its_own_size_however_many_sections_there_are() {
    let (small, large) = (costs(of(10)), costs(of(500)));
    for ((name, events, answer), (_, more_events, more_answer)) in small.iter().zip(&large) {
        assert_eq!(events, more_events, "{name}: the events are as large");
        // The answer says how many sections there are: a digit or two more.
        assert!(more_answer - answer <= 2, "{name}: {answer} and {more_answer} bytes");
        assert!(events + answer < 600, "{name}: {events} and {answer} bytes");
    }
}

#[test]
fn sections_that_an_edit_leaves_alone_are_not_copied() {
    let before = of(500);
    let kept = before.state.sections.clone();
    let (name, input) = edits().remove(0);
    let after = before.when(name, input).given.state;
    let pairs = kept.iter().zip(&after.sections);
    let copied: Vec<_> = pairs
        .filter(|(one, other)| !std::sync::Arc::ptr_eq(one, other))
        .map(|(one, _)| one.id.as_str())
        .collect();
    assert_eq!(copied, ["s7"]);
}
