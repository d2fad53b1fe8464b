//! Who carries the system: its nodes, and the servers of its broker.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Check;
use super::system::{items, word};

/// How many changes a server may lie behind before it is said.
const BEHIND_MAX: u64 = 10_000;

/// The nodes, a line each that is not as it should be; nothing where one is alone by its settings.
pub(super) fn nodes(answer: &Value) -> Vec<Check> {
    let mut checks: Vec<Check> = items(answer).filter_map(node).collect();
    let live = items(answer).filter(|item| item["live"] == true).count();
    if checks.is_empty() && live > 0 {
        checks.push(Check::good("nodes", format!("{live} live")));
    }
    checks
}

fn node(item: &Value) -> Option<Check> {
    let (id, address) = (word(item, "id"), word(item, "address"));
    let is = |name: &str| item[name] == true;
    if !is("live") {
        let found = format!("{id} at {address} is dead: it says nothing any more");
        let remedy = "start it again; others have taken its partitions meanwhile";
        let check = || Check::doubtful("nodes", found, remedy).next("cambium admin nodes");
        return (!is("left")).then(check);
    }
    if item["same_key"] == false {
        let found = format!("{id} at {address} has another node key: no other node hears it");
        let remedy = "end it, and give all nodes the same node.key_file";
        return Some(Check::bad("nodes", found, remedy).next("cambium admin nodes"));
    }
    let check = || {
        let remedy = "end it, or start it anew to let it take its share again";
        let found = format!("{id} at {address} is drained: it takes no partitions");
        Check::doubtful("nodes", found, remedy).next("cambium admin partitions")
    };
    is("draining").then(check)
}

/// The servers that keep the streams, a line each that does not; nothing where there is one.
pub(super) fn brokers(answer: &Value) -> Vec<Check> {
    let mut servers: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for item in items(answer) {
        servers.entry(word(item, "server")).or_default().push(item);
    }
    let mut checks: Vec<Check> = servers.iter().filter_map(|it| server(it.0, it.1)).collect();
    let all: BTreeSet<&str> = items(answer).map(|item| word(item, "stream")).collect();
    let led: BTreeSet<&str> =
        items(answer).filter(|it| it["leads"] == true).map(|it| word(it, "stream")).collect();
    let leaderless: Vec<&str> = all.difference(&led).copied().collect();
    if !leaderless.is_empty() {
        let found = format!("nobody leads {}: nothing is stored there", leaderless.join(", "));
        let remedy = "bring back the servers that are away";
        checks.push(Check::bad("brokers", found, remedy).next("cambium admin peers"));
    }
    if checks.is_empty() && servers.len() > 1 {
        checks.push(Check::good("brokers", format!("{} keep the streams", servers.len())));
    }
    checks
}

fn server(name: &str, peers: &[&Value]) -> Option<Check> {
    let of = |is: &dyn Fn(&Value) -> bool| {
        let streams = peers.iter().filter(|peer| is(peer)).map(|peer| word(peer, "stream"));
        let streams: Vec<&str> = streams.collect();
        (!streams.is_empty()).then(|| streams.join(", "))
    };
    if let Some(streams) = of(&|peer| peer["offline"] == true) {
        let found = format!("{name} is away, and keeps {streams}");
        let remedy = "bring it back with its files: it catches up, and the others go on meanwhile";
        return Some(Check::doubtful("brokers", found, remedy).next("cambium admin peers"));
    }
    let is_late = |peer: &Value| peer["behind"].as_u64().is_some_and(|it| it > BEHIND_MAX);
    let streams = of(&is_late)?;
    let found = format!("{name} is far behind in {streams}");
    let remedy = "wait while that shrinks; otherwise its disk or its road is too slow";
    Some(Check::doubtful("brokers", found, remedy).next("cambium admin peers"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::Verdict;
    use super::{brokers, nodes};

    fn node(id: &str, live: bool, rest: &Value) -> Value {
        let mut node = json!({
            "id": id, "live": live, "address": "http://h", "draining": false, "left": false,
            "same_key": true,
        });
        for (name, value) in rest.as_object().into_iter().flatten() {
            node[name] = value.clone();
        }
        node
    }

    #[test]
    fn a_node_that_is_not_as_it_should_be_is_named() {
        let healthy = node("one", true, &json!({}));
        assert!(nodes(&json!({ "items": [] })).is_empty(), "one is alone by its settings");
        let left = node("two", false, &json!({ "left": true }));
        let good = nodes(&json!({ "items": [healthy, left] }));
        assert!(good.len() == 1 && good[0].verdict == Verdict::Good, "{good:?}");
        for (odd, verdict, cause) in [
            (node("two", false, &json!({})), Verdict::Doubtful, "is dead"),
            (node("two", true, &json!({ "same_key": false })), Verdict::Bad, "another node key"),
            (node("two", true, &json!({ "draining": true })), Verdict::Doubtful, "is drained"),
        ] {
            let found = nodes(&json!({ "items": [healthy, odd] }));
            assert_eq!((found.len(), found[0].verdict), (1, verdict), "{found:?}");
            let told = found[0].found.contains("two") && found[0].found.contains(cause);
            assert!(told && found[0].next.is_some(), "{found:?}");
        }
    }

    #[test]
    fn a_server_that_is_away_is_named_with_what_it_keeps() {
        let peer = |stream: &str, server: &str, leads: bool, offline: bool| {
            json!({
                "stream": stream, "server": server, "leads": leads, "current": !offline,
                "offline": offline, "behind": 0,
            })
        };
        let three = |offline| {
            let log = [peer("EVENTS", "a", true, false), peer("EVENTS", "b", false, false)];
            let others = ["AUDIT", "EVENTS"].map(|stream| peer(stream, "c", false, offline));
            let led = peer("AUDIT", "a", true, false);
            json!({ "items": log.into_iter().chain(others).chain([led]).collect::<Vec<_>>() })
        };
        let good = brokers(&three(false));
        assert!(good.len() == 1 && good[0].verdict == Verdict::Good, "{good:?}");
        let away = brokers(&three(true));
        assert_eq!((away.len(), away[0].verdict), (1, Verdict::Doubtful), "{away:?}");
        assert!(away[0].found.contains("c is away, and keeps AUDIT, EVENTS"), "{away:?}");
        let nobody = brokers(&json!({ "items": [peer("EVENTS", "b", false, false)] }));
        assert_eq!(nobody[0].verdict, Verdict::Bad, "{nobody:?}");
        assert!(brokers(&json!({ "items": [] })).is_empty(), "one server tells of no peers");
    }
}
