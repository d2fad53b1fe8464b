//! Rules of RFC 5545 made by chance, expanded by python-dateutil, which we did not write.

use std::path::Path;
use std::process::Command;

use cambium_tests::python;
use contracts::Timestamp;
use contracts::schedule::{Recurrence, Rrule};

use super::office::oracle;

/// Rules that are tried; always the same ones.
const RULES: usize = 1_200;

/// A rule of theirs, and what they found.
struct Case<'a> {
    rule: &'a str,
    zone: &'a str,
    start: Timestamp,
    /// They looked no further.
    end: Timestamp,
    runs: Vec<Timestamp>,
}

impl<'a> Case<'a> {
    fn read(line: &'a str) -> Self {
        let words: Vec<_> = line.split(' ').collect();
        let at = |text: &&str| text.parse().expect("an instant");
        let runs = words[4..].iter().map(at).collect();
        Self { rule: words[0], zone: words[1], start: at(&words[2]), end: at(&words[3]), runs }
    }

    /// What we find instead, where that is something else.
    fn differs(&self) -> Option<String> {
        let Self { rule, zone, start, end, runs } = self;
        let rrule =
            Rrule { text: (*rule).to_owned(), zone: (*zone).to_owned(), start: Some(*start) };
        let ours = match Recurrence::Rrule(rrule).compile() {
            Ok(schedule) => {
                let next = |last: &Timestamp| schedule.next_after(*last);
                let all = std::iter::successors(schedule.next_after(start.plus_millis(-1)), next);
                let most = runs.len().max(1);
                let ours: Vec<_> = all.take_while(|run| run <= end).take(most).collect();
                format!("{ours:?}")
            }
            Err(error) => error.to_string(),
        };
        let theirs = format!("{runs:?}");
        (ours != theirs).then(|| format!("{rule} {zone} {start}: {ours}, not {theirs}"))
    }
}

#[test]
fn dateutil_finds_the_runs_that_we_find() {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dateutil");
    let packages = ["python-dateutil==2.9.0.post0", "tzdata==2026.6"];
    let python = python::with(&home, &packages).expect("dateutil");
    let mut command = Command::new(python);
    let told = command.arg(oracle("rules.py")).arg(RULES.to_string());
    let told = python::run(told).expect("answered");
    let cases: Vec<_> = told.lines().map(Case::read).collect();
    assert_eq!(cases.len(), RULES);
    assert!(cases.iter().filter(|case| !case.runs.is_empty()).count() > RULES * 4 / 5);
    let differing: Vec<_> = cases.iter().filter_map(Case::differs).collect();
    assert!(differing.is_empty(), "{} of {RULES}: {differing:#?}", differing.len());
}
