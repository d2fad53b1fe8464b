//! Whether a graph can be run at all.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    ABOUT_BYTES_MAX, ATTEMPTS_MAX, DEPTH_MAX, FROM, GRAPH_BYTES_MAX, Graph, NEEDS_MAX, OR,
    POINTERS_MAX, STEP_BYTES_MAX, STEP_TIMEOUT_S_MAX, STEPS_MAX, Step, TEXT, order, pointers,
    step_of,
};

/// What is wrong with a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A member breaks a rule: where it is, and which.
    Member {
        /// Such as `steps[2].needs`.
        field: String,
        /// What is wrong with it.
        message: String,
    },
    /// Steps need each other in a circle: each needs the next.
    Cycle(Vec<String>),
}

/// All that is wrong with a graph; nothing = it can be run.
#[must_use]
pub fn check(graph: &Graph) -> Vec<Fault> {
    let mut faults = Faults(Vec::new());
    let bytes = serde_json::to_vec(graph).map_or(usize::MAX, |bytes| bytes.len());
    faults.ensure(bytes <= GRAPH_BYTES_MAX, "steps", || {
        format!("the graph has {bytes} bytes of JSON; {GRAPH_BYTES_MAX} are allowed")
    });
    let count = graph.steps.len();
    faults.ensure((1..=STEPS_MAX).contains(&count), "steps", || {
        format!("has {count} members; 1 to {STEPS_MAX} are allowed")
    });
    if !faults.0.is_empty() {
        return faults.0;
    }
    let ids: BTreeSet<&str> = graph.steps.iter().map(|step| step.id.as_str()).collect();
    let mut seen = BTreeSet::new();
    for (place, step) in graph.steps.iter().enumerate() {
        let twice = !seen.insert(step.id.as_str());
        faults.ensure(!twice, format!("steps[{place}].id"), || "is named twice".to_owned());
        faults.step(place, step, &ids);
    }
    if let Some(output) = &graph.output {
        faults.ensure(depth(output) <= DEPTH_MAX, "output", too_deep);
        faults.bindings("output", output);
        faults.pointers("output", &pointers(output), &ids);
    }
    if faults.0.is_empty()
        && let Err(cycle) = order(graph)
    {
        faults.0.push(Fault::Cycle(cycle.into_iter().map(str::to_owned).collect()));
    }
    faults.0
}

struct Faults(Vec<Fault>);

impl Faults {
    fn ensure(&mut self, ok: bool, field: impl Into<String>, message: impl FnOnce() -> String) {
        if !ok {
            self.0.push(Fault::Member { field: field.into(), message: message() });
        }
    }

    fn step(&mut self, place: usize, step: &Step, ids: &BTreeSet<&str>) {
        let at = |member: &str| format!("steps[{place}].{member}");
        self.ensure(is_id(&step.id), at("id"), || {
            format!("has 1 to {STEP_BYTES_MAX} of a-z, 0-9 and `_`, a letter first")
        });
        self.ensure(step.about.len() <= ABOUT_BYTES_MAX, at("about"), || {
            format!("has at most {ABOUT_BYTES_MAX} bytes")
        });
        self.ensure(step.needs.len() <= NEEDS_MAX, at("needs"), || {
            format!("has at most {NEEDS_MAX} members")
        });
        let attempts = step.attempts_max.is_none_or(|most| (1..=ATTEMPTS_MAX).contains(&most));
        self.ensure(attempts, at("attempts_max"), || format!("is 1 to {ATTEMPTS_MAX}"));
        let timeout = step.timeout_s.is_none_or(|s| (1..=STEP_TIMEOUT_S_MAX).contains(&s));
        self.ensure(timeout, at("timeout_s"), || format!("is 1 to {STEP_TIMEOUT_S_MAX}"));
        self.ensure(depth(&step.input) <= DEPTH_MAX, at("input"), too_deep);
        self.bindings(&at("input"), &step.input);
        for need in &step.needs {
            self.ensure(ids.contains(need.as_str()), at("needs"), || {
                format!("there is no step `{need}`")
            });
        }
        self.pointers(&format!("steps[{place}]"), &step.pointers(), ids);
    }

    fn pointers(&mut self, field: &str, pointers: &[&str], ids: &BTreeSet<&str>) {
        self.ensure(pointers.len() <= POINTERS_MAX, field, || {
            format!("names at most {POINTERS_MAX} values")
        });
        for pointer in pointers {
            match step_of(pointer) {
                Some(id) => self.ensure(ids.contains(id), field, || {
                    format!("`{pointer}`: there is no step `{id}`")
                }),
                None => {
                    let input = *pointer == "/input" || pointer.starts_with("/input/");
                    self.ensure(input, field, || {
                        format!("`{pointer}` begins neither with /input nor with /steps/<id>")
                    });
                }
            }
        }
    }

    /// What names a value says nothing else, or it would be lost without a word.
    fn bindings(&mut self, field: &str, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.bindings(field, item)),
            Value::Object(members) => {
                let only = |names: &[&str]| members.keys().all(|it| names.contains(&it.as_str()));
                if let Some(from) = members.get(FROM) {
                    let ok = from.is_string() && only(&[FROM, OR]);
                    self.ensure(ok, field, || {
                        "`$from` is a pointer, and beside it stands `$or` or nothing".to_owned()
                    });
                } else if let Some(text) = members.get(TEXT) {
                    let ok = text.is_array() && only(&[TEXT]);
                    self.ensure(ok, field, || "`$text` is a list, alone".to_owned());
                } else {
                    self.ensure(!members.contains_key(OR), field, || {
                        "`$or` stands beside `$from`".to_owned()
                    });
                }
                members.values().for_each(|member| self.bindings(field, member));
            }
            _ => {}
        }
    }
}

fn too_deep() -> String {
    format!("is nested deeper than {DEPTH_MAX}")
}

fn is_id(text: &str) -> bool {
    let mut bytes = text.bytes();
    text.len() <= STEP_BYTES_MAX
        && bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_')
}

/// How deep a value is nested. What was read from JSON is nested no deeper than its reader allows.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}
