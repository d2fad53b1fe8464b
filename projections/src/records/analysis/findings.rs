//! What stands out.

use contracts::Timestamp;
use contracts::records::{Finding, FindingKind, Level, Severity};

use super::{Group, Key, Lines, OTHERS};

/// Into how many parts the time is cut.
const PARTS: usize = 20;
/// So many lines at once are worth a word.
const SPIKE_MIN: usize = 5;
/// They are so many times what there is in the other parts on average.
const SPIKE_TIMES: f64 = 4.0;
/// Of so many errors it is asked whose they are.
const OFFENCES_MIN: usize = 5;
/// The most findings.
const FINDINGS_MAX: usize = 20;

/// What stands out, the worst first.
pub(super) fn of(lines: &Lines) -> Vec<Finding> {
    let times = lines.groups.values().flat_map(|group| [group.times.first(), group.times.last()]);
    let times: Vec<i64> = times.flatten().copied().collect();
    let (Some(&first), Some(&last)) = (times.iter().min(), times.iter().max()) else {
        return Vec::new();
    };
    let mut findings: Vec<Finding> = Vec::new();
    for (key, group) in &lines.groups {
        findings.extend(new_error(key, group, (first, last)));
        findings.extend(spike(key, group, (first, last)));
    }
    findings.extend(offender(lines, first));
    findings.sort_by(|a, b| {
        let (one, other) = ((a.severity, a.kind), (b.severity, b.kind));
        one.cmp(&other).then(b.count.cmp(&a.count)).then(a.text.cmp(&b.text))
    });
    findings.truncate(FINDINGS_MAX);
    findings
}

fn finding(
    (pattern, _): &Key,
    group: &Group,
    (kind, severity): (FindingKind, Severity),
    (text, count, at): (String, usize, i64),
) -> Finding {
    // The longest part without a gap finds the lines again.
    let search = pattern.split('*').map(str::trim).max_by_key(|part| part.len());
    Finding {
        kind,
        severity,
        text,
        count,
        services: group.services.iter().cloned().collect(),
        at: Timestamp::from_millis(at),
        pattern: Some(pattern.clone()),
        search: search.filter(|part| !part.is_empty()).map(str::to_owned),
    }
}

/// An error that is in the second half of the time alone.
fn new_error(key: &Key, group: &Group, (first, last): (i64, i64)) -> Option<Finding> {
    let begun = *group.times.first()?;
    let is_new = begun > first + (last - first) / 2;
    if key.1 < Some(Level::Error) || !is_new || key.0 == OTHERS {
        return None;
    }
    let severity = if key.1 == Some(Level::Fatal) { Severity::Critical } else { Severity::Warning };
    let count = group.times.len();
    let text = format!("New: \"{}\", {count} times.", key.0);
    Some(finding(key, group, (FindingKind::NewError, severity), (text, count, begun)))
}

/// Far more lines in one part of the time than in the others.
fn spike(key: &Key, group: &Group, (first, last): (i64, i64)) -> Option<Finding> {
    let part_ms = (last - first) / PARTS as i64 + 1;
    let mut parts = [0_usize; PARTS];
    for at in &group.times {
        let part = usize::try_from((at - first) / part_ms).unwrap_or_default();
        parts[part.min(PARTS - 1)] += 1;
    }
    let (at, most) = parts.iter().enumerate().max_by_key(|(at, count)| (**count, PARTS - at))?;
    let others = (group.times.len() - most) as f64 / (PARTS - 1) as f64;
    if *most < SPIKE_MIN || (*most as f64) < SPIKE_TIMES * others.max(1.0) {
        return None;
    }
    let bad = key.1 >= Some(Level::Error);
    let severity = if bad { Severity::Critical } else { Severity::Info };
    let begun = first + part_ms * at as i64;
    let since = Timestamp::from_millis(begun);
    let text = format!("All at once at {since}: \"{}\", {most} times.", key.0);
    Some(finding(key, group, (FindingKind::Spike, severity), (text, *most, begun)))
}

/// One of several services has most of the errors.
fn offender(lines: &Lines, first: i64) -> Option<Finding> {
    let (service, count) = lines.offenders.iter().max_by_key(|(_, count)| **count)?;
    let most = count * 2 > lines.errors && lines.errors >= OFFENCES_MIN;
    if !most || lines.services.len() < 2 || service.is_empty() {
        return None;
    }
    Some(Finding {
        kind: FindingKind::TopOffender,
        severity: Severity::Warning,
        text: format!("{count} of {} errors are of {service}.", lines.errors),
        count: *count,
        services: vec![service.clone()],
        at: Timestamp::from_millis(first),
        pattern: None,
        search: None,
    })
}
