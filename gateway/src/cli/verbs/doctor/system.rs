//! What a running system tells an operator of itself: what stands still, what waits, for whom.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Check, cluster};
use crate::cli::client::Client;
use crate::cli::failure::Failure;

/// How many entries a reader may lie behind before it is said.
const BEHIND_MAX: u64 = 10_000;

/// Asks the parts that only operators may see. Who may not see them is told so once, and so is
/// what several are refused with.
pub async fn checks(client: &Client) -> Vec<Check> {
    let unknown = [("status", "unknown".to_owned())];
    let parts = [
        ("/v1/admin/lag", &[][..], readers as fn(&Value) -> Vec<Check>),
        ("/v1/admin/nodes", &[], cluster::nodes),
        ("/v1/admin/peers", &[], cluster::brokers),
        ("/v1/admin/partitions", &[], unowned),
        ("/v1/dead", &[], letters),
        ("/v1/effects", &unknown[..], effects),
        ("/v1/models/circuits", &[], circuits),
    ];
    let (mut checks, mut failures) = (Vec::new(), BTreeMap::new());
    for (path, query, weigh) in parts {
        match client.get(path, query).await {
            Ok(answer) => checks.extend(weigh(&answer)),
            Err(Failure::Refused(problem)) if problem.status == 403 && checks.is_empty() => {
                let found = "this key sees no more than its own house";
                let remedy = "give an operator's key to look further";
                return vec![Check::good("system", format!("{found}; {remedy}"))];
            }
            Err(failure) => {
                let is_forbidden = matches!(&failure, Failure::Refused(it) if it.status == 403);
                failures.insert(failure.to_string(), is_forbidden);
            }
        }
    }
    checks.extend(failures.into_iter().map(|(found, is_forbidden)| {
        let remedy = "its log says why";
        match is_forbidden {
            true => Check::doubtful("system", found, remedy),
            false => Check::bad("system", found, remedy),
        }
    }));
    checks
}

pub(super) fn items(answer: &Value) -> impl Iterator<Item = &Value> {
    answer["items"].as_array().into_iter().flatten()
}

pub(super) fn word<'a>(item: &'a Value, name: &str) -> &'a str {
    item[name].as_str().unwrap_or_default()
}

/// The line of those who wait for rows.
const HELD: &str = "appends held for rows";

/// Those who read the log, one line for each cause that keeps any from it.
fn readers(lag: &Value) -> Vec<Check> {
    let mut standing: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut checks = Vec::new();
    for item in items(lag) {
        let (reader, behind) = (word(item, "reader"), item["behind"].as_u64().unwrap_or(0));
        let failed = word(item, "failed_reason");
        if reader == HELD {
            if behind > 0 {
                let found = format!("{behind} appends wait for the read models");
                let remedy = "they are written as fast as they can be; see pacing.lag_ms";
                checks.push(Check::doubtful("readers", found, remedy).next("cambium admin lag"));
            }
            continue;
        }
        if !failed.is_empty() {
            standing.entry(failed).or_default().push(format!("{reader} ({behind} behind)"));
        } else if behind > BEHIND_MAX {
            let found = format!("{reader} is {behind} behind");
            let remedy = "wait while that shrinks; otherwise its database or disk is too slow";
            checks.push(Check::doubtful("readers", found, remedy).next("cambium admin lag"));
        }
    }
    checks.extend(standing.into_iter().map(|(cause, readers)| {
        let stand = if readers.len() == 1 { "stands" } else { "stand" };
        let found = format!("{} {stand} still: {cause}", readers.join(", "));
        let remedy = "mend the cause, or let it pass the commit; commands go on meanwhile";
        Check::bad("readers", found, remedy).next("cambium admin models")
    }));
    if checks.is_empty() {
        checks.push(Check::good("readers", "all keep up with the log"));
    }
    checks
}

fn unowned(partitions: &Value) -> Vec<Check> {
    let nobodys: Vec<String> = items(partitions)
        .filter(|item| item["owner"].is_null())
        .map(|item| item["partition"].to_string().trim_matches('"').to_owned())
        .collect();
    if nobodys.is_empty() {
        return vec![Check::good("partitions", "all have an owner")];
    }
    let found = format!("nobody owns {}", nobodys.join(", "));
    let remedy = "start a node with the role actors, or wait until a lease has run out";
    vec![Check::bad("partitions", found, remedy).next("cambium admin nodes")]
}

fn letters(dead: &Value) -> Vec<Check> {
    let count = items(dead).count();
    let Some(first) = items(dead).next() else {
        return vec![Check::good("dead", "no letters")];
    };
    let more = if dead["next"].is_string() { " and more" } else { "" };
    let (code, kind) = (word(first, "code"), word(first, "kind"));
    let found = format!("{count}{more} letters, the first for {kind} with {code}");
    let remedy = "look at each, then retry, edit or skip it: what is behind it waits";
    vec![Check::doubtful("dead", found, remedy).next("cambium admin dead list")]
}

fn effects(unknown: &Value) -> Vec<Check> {
    let count = items(unknown).count();
    let Some(first) = items(unknown).next() else {
        return vec![Check::good("effects", "none of unknown outcome")];
    };
    let (id, class) = (word(first, "id"), word(first, "class"));
    let found = format!("{count} of unknown outcome, the first a {class}");
    let remedy = "find out whether it was done, and say so: it is never attempted twice by itself";
    let next = format!("cambium admin effects show {id}");
    vec![Check::doubtful("effects", found, remedy).next(next)]
}

fn circuits(answer: &Value) -> Vec<Check> {
    let open: Vec<&Value> = items(answer).filter(|item| word(item, "state") != "closed").collect();
    let Some(first) = open.first() else {
        return vec![Check::good("providers", "all are asked")];
    };
    let names: Vec<&str> = open.iter().map(|item| word(item, "provider")).collect();
    let (failed, calls) = (&first["failed"], &first["calls"]);
    let found = format!("left alone: {}, {failed} of {calls} calls failed", names.join(", "));
    let remedy = "look whether the provider can be reached and its key is right; it is tried again";
    let provider = word(first, "provider");
    let next = format!("curl -X POST URL/v1/models/circuits/{provider}/reset");
    vec![Check::doubtful("providers", found, remedy).next(next)]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Verdict;
    use super::{circuits, effects, letters, readers, unowned};

    #[test]
    fn what_stands_still_is_named_with_its_cause() {
        let lag = json!({ "items": [
            { "reader": "tail", "behind": 0 },
            { "reader": "read model heads", "behind": 7, "failed_reason": "the disk is full" },
            { "reader": "read model usage", "behind": 9, "failed_reason": "the disk is full" },
            { "reader": "audit trail", "behind": 50_000 },
        ] });
        let checks = readers(&lag);
        assert_eq!(checks.len(), 2, "one cause is told once: {checks:?}");
        assert_eq!(checks[0].verdict, Verdict::Doubtful);
        assert_eq!(checks[1].verdict, Verdict::Bad);
        let told = "read model heads (7 behind), read model usage (9 behind) stand still: the disk";
        assert!(checks[1].found.starts_with(told), "{checks:?}");
        assert_eq!(checks[1].next.as_deref(), Some("cambium admin models"));
        assert_eq!(readers(&json!({ "items": [] }))[0].verdict, Verdict::Good);
    }

    #[test]
    fn what_waits_for_somebody_is_named() {
        let nothing = json!({ "items": [] });
        for weigh in [unowned, letters, effects, circuits] {
            assert_eq!(weigh(&nothing)[0].verdict, Verdict::Good);
        }
        let nobodys = json!({ "items": [{ "partition": "7", "owner": null }] });
        assert!(unowned(&nobodys)[0].found.ends_with(" 7"));
        let dead = json!({ "items": [{ "code": "decide_panicked", "kind": "counter" }] });
        assert!(letters(&dead)[0].found.contains("decide_panicked"));
        let unknown = json!({ "items": [{ "id": "ab", "class": "llm" }] });
        assert_eq!(effects(&unknown)[0].next.as_deref(), Some("cambium admin effects show ab"));
        let open = json!({ "items": [{ "provider": "acme", "state": "open" }] });
        assert!(circuits(&open)[0].found.contains("acme"));
    }
}
