//! Whether the log of a counter holds what its clients were told, once and in order.

use std::collections::{BTreeMap, BTreeSet};

use super::{Asked, Op, Stand, Stored, Told};

/// What does not fit: `ops` are all errands of one counter, `log` all its commits in order.
#[must_use]
pub fn stored(ops: &[&Op], log: &[&Stored]) -> Vec<String> {
    let mut found = sums(ops, log);
    found.extend(once(ops, log));
    found.extend(in_order(ops));
    found
}

/// Revisions are 1, 2, 3 …, and each value follows from the one before.
fn sums(ops: &[&Op], log: &[&Stored]) -> Vec<String> {
    let asked: BTreeMap<&str, Asked> = ops.iter().map(|op| (op.id.as_str(), op.asked)).collect();
    let mut stand = Stand { value: 0, revision: 0 };
    let mut found = Vec::new();
    for commit in log {
        let value = match asked.get(commit.id.as_str()) {
            Some(Asked::Add(by)) => stand.value + by,
            Some(Asked::Reset) => 0,
            Some(Asked::Read) | None => {
                found.push(format!("{commit:?} was asked for by nobody"));
                commit.stand.value
            }
        };
        let next = Stand { value, revision: stand.revision + 1 };
        if commit.stand != next {
            found.push(format!("{commit:?} stands where {next:?} follows"));
        }
        stand = commit.stand;
    }
    found
}

/// What was acknowledged is there once, as it was told; what was refused is not there.
fn once(ops: &[&Op], log: &[&Stored]) -> Vec<String> {
    let mut there: BTreeMap<&str, Vec<Stand>> = BTreeMap::new();
    for commit in log {
        there.entry(commit.id.as_str()).or_default().push(commit.stand);
    }
    let mut found = Vec::new();
    for (id, stands) in there.iter().filter(|(_, stands)| stands.len() > 1) {
        found.push(format!("{id} is stored {} times: {stands:?}", stands.len()));
    }
    for op in ops {
        let stands = there.get(op.id.as_str()).map_or(&[][..], Vec::as_slice);
        match (&op.asked, &op.told) {
            (Asked::Read, Told::Done(stand)) => {
                let is_there = log.iter().any(|commit| commit.stand == *stand);
                if !is_there && stand.revision > 0 {
                    found.push(format!("{op:?} tells what never stood in the log"));
                }
            }
            (_, Told::Done(stand)) if !stands.contains(stand) => {
                found
                    .push(format!("acknowledged and not there as told: {op:?}, there: {stands:?}"));
            }
            (_, Told::Refused(_)) if !stands.is_empty() && !op.id.is_empty() => {
                found.push(format!("refused and stored: {op:?}, there: {stands:?}"));
            }
            _ => {}
        }
    }
    found
}

/// Whoever asked after another had been answered comes after it; an id is used for one errand.
fn in_order(ops: &[&Op]) -> Vec<String> {
    let mut found = Vec::new();
    let mut ids = BTreeSet::new();
    for op in ops.iter().filter(|op| op.asked != Asked::Read) {
        if !ids.insert(op.id.as_str()) {
            found.push(format!("the history is none: the id {} is used twice", op.id));
        }
    }
    let done = |op: &&Op| match op.told {
        Told::Done(stand) => Some((op.begun_us, op.ended_us, stand.revision)),
        _ => None,
    };
    let mut by_end: Vec<_> = ops.iter().filter_map(|op| Some((done(op)?, *op))).collect();
    by_end.sort_by_key(|((_, ended, _), _)| *ended);
    let mut by_begin = by_end.clone();
    by_begin.sort_by_key(|((begun, _, _), _)| *begun);
    let (mut at, mut newest): (usize, Option<(u64, &Op)>) = (0, None);
    for ((begun, _, revision), op) in by_begin {
        while let Some(((_, _, seen), before)) = by_end.get(at).filter(|it| it.0.1 < begun) {
            if newest.is_none_or(|(most, _)| most < *seen) {
                newest = Some((*seen, before));
            }
            at += 1;
        }
        let Some((most, before)) = newest else { continue };
        let behind = match op.asked {
            Asked::Read => revision < most,
            _ => revision <= most,
        };
        if behind {
            found.push(format!("{op:?} began after the end of {before:?} and comes before it"));
        }
    }
    found
}
