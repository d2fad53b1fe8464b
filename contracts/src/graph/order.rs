//! In which order steps may go.

use std::collections::{BTreeMap, BTreeSet};

use super::{Graph, Step};

/// What follows from who needs whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order<'a> {
    /// The steps, each after all that it needs; those that are free at the same time in the order
    /// of the graph.
    pub steps: Vec<&'a str>,
    /// The steps that nobody needs.
    pub last: Vec<&'a str>,
}

/// The order of a graph whose steps are all known to it.
///
/// # Errors
/// A cycle: the steps that need each other, each needing the next, the first one again at the end.
pub fn order(graph: &Graph) -> Result<Order<'_>, Vec<&str>> {
    let needs: BTreeMap<&str, BTreeSet<&str>> = graph.steps.iter().map(needs_of).collect();
    let (mut steps, mut over) = (Vec::new(), BTreeSet::new());
    while steps.len() < graph.steps.len() {
        let ids = graph.steps.iter().map(|step| step.id.as_str());
        let is_free =
            |id: &&str| !over.contains(id) && needs[id].iter().all(|it| over.contains(it));
        let free: Vec<&str> = ids.filter(is_free).collect();
        if free.is_empty() {
            return Err(cycle(&needs, &over));
        }
        over.extend(free.iter().copied());
        steps.extend(free);
    }
    let needed: BTreeSet<&str> = needs.values().flatten().copied().collect();
    let last = steps.iter().copied().filter(|id| !needed.contains(id)).collect();
    Ok(Order { steps, last })
}

fn needs_of(step: &Step) -> (&str, BTreeSet<&str>) {
    (step.id.as_str(), step.after().into_iter().collect())
}

/// Walks from step to step that it needs until one comes again. Each that is left needs another
/// that is left, so the walk never ends elsewhere.
fn cycle<'a>(needs: &BTreeMap<&'a str, BTreeSet<&'a str>>, over: &BTreeSet<&str>) -> Vec<&'a str> {
    let mut walked: Vec<&str> = Vec::new();
    let mut next = needs.keys().copied().find(|id| !over.contains(id));
    while let Some(id) = next {
        if let Some(begin) = walked.iter().position(|it| *it == id) {
            walked.push(id);
            return walked.split_off(begin);
        }
        walked.push(id);
        next = needs.get(id).and_then(|of| of.iter().copied().find(|it| !over.contains(it)));
    }
    walked
}
