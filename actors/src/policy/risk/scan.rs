//! From an input to findings, in time linear in its size.

use std::ops::Range;

use contracts::kinds::policy::{RiskClass, Severity};
use serde_json::Value;

use super::Finding;
use super::context::Facts;
use super::signals::{COMPILED, Compiled};
use super::views::views;
use crate::policy::walk;

/// The most text of one input that is looked at, in bytes. What is longer is told as a finding, so
/// that nothing gets through by its length.
pub const SCAN_BYTES_MAX: usize = 512 * 1024;
/// How many matches of one signal are looked at in one text.
const MATCHES_MAX: usize = 8;

/// What looks dangerous in an input: of each class and member the worst.
#[must_use]
pub fn scan(input: &Value) -> Vec<Finding> {
    let mut findings = Findings::default();
    let mut left = SCAN_BYTES_MAX;
    walk::texts(input, &mut |way, text| {
        if left == 0 {
            return;
        }
        let end = text.floor_char_boundary(left);
        left = left.saturating_sub(text.len().max(1));
        findings.look(&text[..end], way);
    });
    if left == 0 {
        // Every class may stand in what was not read.
        for class in RiskClass::ALL {
            findings.add(class, Severity::Medium, "too_long", &[]);
        }
    }
    operators(input, &mut Vec::new(), &mut findings);
    findings.0
}

/// What looks dangerous in one text.
#[must_use]
pub fn scan_text(text: &str) -> Vec<Finding> {
    scan(&Value::String(text.to_owned()))
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, class: RiskClass, severity: Severity, signal: &str, way: &[&str]) {
        let field = way.join(".");
        let there = self.0.iter_mut().find(|it| it.class == class && it.field == field);
        match there {
            Some(it) if it.severity >= severity => {}
            Some(it) => {
                it.severity = severity;
                signal.clone_into(&mut it.signal);
            }
            None => {
                let signal = signal.to_owned();
                self.0.push(Finding { class, severity, signal, field });
            }
        }
    }

    fn look(&mut self, text: &str, way: &[&str]) {
        if text.len() < 4 {
            return;
        }
        for view in views(text) {
            let mut facts = None;
            for Compiled { signal, regex } in COMPILED.iter() {
                let matches = regex.find_iter(view.text.as_bytes());
                let mut matches = matches.take(MATCHES_MAX).peekable();
                if matches.peek().is_none() {
                    continue;
                }
                let facts = facts.get_or_insert_with(|| Facts::of(&view.text));
                let weights = matches.filter_map(|found| {
                    let found = whole(&view.text, found.range());
                    signal.weigh(facts, &found)
                });
                if let Some(severity) = weights.max().map(|it| raised(it, view.decoded)) {
                    self.add(signal.class, severity, signal.name, way);
                }
            }
        }
    }
}

/// The whole characters of a range of bytes.
fn whole(text: &str, range: Range<usize>) -> Range<usize> {
    let (mut start, mut end) = (range.start, range.end);
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

/// What had to be decoded was hidden on purpose, unless it is only spoken of.
const fn raised(severity: Severity, decoded: bool) -> Severity {
    match severity {
        Severity::Medium if decoded => Severity::High,
        severity => severity,
    }
}

/// Objects in place of values, whose one member is an operator: `{"password": {"$ne": null}}`.
fn operators<'a>(value: &'a Value, way: &mut Vec<&'a str>, findings: &mut Findings) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| operators(item, way, findings)),
        Value::Object(members) => {
            for (name, member) in members {
                if let Some(severity) = operator(name, member, way) {
                    findings.add(RiskClass::NosqlInjection, severity, "operator_for_value", way);
                }
                way.push(name);
                operators(member, way, findings);
                way.pop();
            }
        }
        _ => {}
    }
}

fn operator(name: &str, member: &Value, way: &[&str]) -> Option<Severity> {
    const FIELDS: &[&str] =
        &["user", "name", "login", "mail", "pass", "pwd", "token", "code", "secret", "key", "otp"];
    let empty = match member {
        Value::Null | Value::Bool(_) => true,
        Value::String(text) => text.len() <= 3 || text.contains(".*") || text.starts_with('^'),
        Value::Object(members) => members.is_empty(),
        Value::Number(_) | Value::Array(_) => false,
    };
    let field = way.last().is_some_and(|last| {
        let last = last.to_ascii_lowercase();
        FIELDS.iter().any(|field| last.contains(field))
    });
    match name {
        "$where" | "$function" | "$accumulator" => Some(Severity::Critical),
        "$ne" | "$gt" | "$gte" | "$lt" | "$lte" | "$regex" | "$exists" | "$nin" | "$not"
        | "$in" | "$or" => Some(if empty || field { Severity::High } else { Severity::Low }),
        _ => None,
    }
}
