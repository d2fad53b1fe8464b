//! What lines of logs come to: what they have in common, what is new, what comes all at once, and
//! whose errors they are. Without a model, so the same lines come to the same.

mod findings;
mod pattern;

use std::collections::{BTreeMap, BTreeSet};

use contracts::records::{Analysis, Level, MessagePattern, RecordQuery, RecordRow};
use contracts::{Cursor, Refusal, Timestamp};

use super::RecordRows;

/// The most patterns that are told apart; the lines of further ones are counted as one.
const PATTERNS_MAX: usize = 10_000;

/// The most patterns that are told.
const TOLD_MAX: usize = 50;

/// What is put in the place of patterns beyond the most.
const OTHERS: &str = "*";

/// Lines that have a pattern and level in common.
#[derive(Debug, Default)]
struct Group {
    times: Vec<i64>,
    services: BTreeSet<String>,
    sample: Option<(Timestamp, Cursor)>,
}

type Key = (String, Option<Level>);

/// All lines by what they have in common.
#[derive(Debug, Default)]
struct Lines {
    groups: BTreeMap<Key, Group>,
    /// Errors of each service.
    offenders: BTreeMap<String, usize>,
    services: BTreeSet<String>,
    lines: usize,
    errors: usize,
    warnings: usize,
}

impl RecordRows {
    /// What the lines that fit come to.
    ///
    /// # Errors
    /// `telemetry_too_wide`, `query_invalid`, `read_models_unavailable`.
    pub async fn analyse(&self, query: &RecordQuery) -> Result<Analysis, Refusal> {
        let mut lines = Lines::default();
        self.every(query, |row| lines.add(row)).await?;
        Ok(lines.told())
    }
}

impl Lines {
    fn add(&mut self, row: RecordRow) {
        let record = row.record;
        let at = record.at.unwrap_or_default();
        self.lines += 1;
        self.warnings += usize::from(record.level == Some(Level::Warn));
        if record.level >= Some(Level::Error) {
            self.errors += 1;
            *self.offenders.entry(record.service.clone()).or_default() += 1;
        }
        let text = if record.message.is_empty() { &record.name } else { &record.message };
        let mut key = (pattern::of(text), record.level);
        if self.groups.len() >= PATTERNS_MAX && !self.groups.contains_key(&key) {
            OTHERS.clone_into(&mut key.0);
        }
        let group = self.groups.entry(key).or_default();
        group.times.push(at.as_millis());
        if group.sample.is_none_or(|sample| sample <= (at, row.cursor)) {
            group.sample = Some((at, row.cursor));
        }
        if !record.service.is_empty() {
            group.services.insert(record.service.clone());
            self.services.insert(record.service);
        }
    }

    fn told(mut self) -> Analysis {
        self.groups.values_mut().for_each(|group| group.times.sort_unstable());
        let findings = findings::of(&self);
        let mut patterns: Vec<MessagePattern> =
            self.groups.iter().map(|(key, group)| group.told(key)).collect();
        patterns.sort_by(|a, b| b.count.cmp(&a.count).then(a.pattern.cmp(&b.pattern)));
        let kinds = patterns.len();
        patterns.truncate(TOLD_MAX);
        let mut summary = format!(
            "{} lines of {} services in {kinds} patterns: {} errors, {} warnings.",
            self.lines,
            self.services.len(),
            self.errors,
            self.warnings
        );
        for finding in findings.iter().take(3) {
            summary.push(' ');
            summary.push_str(&finding.text);
        }
        let (lines, errors, warnings) = (self.lines, self.errors, self.warnings);
        Analysis { summary, lines, errors, warnings, findings, patterns }
    }
}

impl Group {
    fn told(&self, (pattern, level): &Key) -> MessagePattern {
        let time = |ms: Option<&i64>| Timestamp::from_millis(ms.copied().unwrap_or_default());
        MessagePattern {
            pattern: pattern.clone(),
            level: *level,
            count: self.times.len(),
            services: self.services.iter().cloned().collect(),
            first: time(self.times.first()),
            last: time(self.times.last()),
            sample: self.sample.map_or(Cursor::ZERO, |(_, cursor)| cursor),
        }
    }
}
