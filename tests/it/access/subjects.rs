//! The matrix over NATS: every command of every kind, by every role, on `ask.` and on `cmd.`.

use std::collections::BTreeMap;

use cambium_tests::node::Node;
use contracts::Pages;
use contracts::kinds::organization::PLATFORM;
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::people::{ROLES, join, key};

/// Kinds that people work with: everybody who works has all their commands.
const WORK: &[&str] = &[
    "assistant",
    "chaperone",
    "circadian",
    "conversation",
    "counter",
    "cron",
    "embedding",
    "file",
    "item",
    "job",
    "knowledge",
    "myocyte",
    "nucleus",
    "osteon",
    "run",
    "synapse",
    "thread",
];

/// Whether a role is meant to have the command of a kind in its tenant.
fn has(role: &str, kind: &str, command: &str) -> bool {
    if kind == "organization" && PLATFORM.contains(&command) {
        return false;
    }
    // A command of this name only looks, and asks for what every look asks for.
    if command == "read" && ["operator", "reviewer", "viewer"].contains(&role) {
        return true;
    }
    match role {
        "admin" => true,
        "developer" | "user" | "publisher" => {
            WORK.contains(&kind)
                || (kind == "connector" && command != "share")
                || (kind == "webhook" && role != "user")
                || (kind == "approval" && ["propose", "withdraw", "expire"].contains(&command))
        }
        "operator" => {
            ["budget", "limit"].contains(&kind)
                || (kind == "policy" && ["engage", "release"].contains(&command))
        }
        "reviewer" => kind == "approval",
        _ => false,
    }
}

async fn asked(node: &Node, to: &str, command: &str, key: &str) -> String {
    let lines = [("cambium-command", command), ("cambium-key", key), ("cambium-wait", "0")];
    let lines = lines.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let told = node.memory.request(&format!("ask.{to}"), lines, "{}".into()).await;
    code(&serde_json::from_slice(&told.expect("answered")).expect("JSON"))
}

fn code(told: &Value) -> String {
    told["error"]["code"].as_str().unwrap_or("none").to_owned()
}

async fn published(node: &Node, to: &str, command: &str) -> String {
    let inbox = "_INBOX_acme.test.1";
    let mut replies = node.memory.listen(inbox);
    let lines = [("cambium-command", command), ("cambium-reply-to", inbox), ("cambium-wait", "0")];
    let lines = lines.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    node.memory.publish(&format!("cmd.{to}"), lines, "{}".into()).expect("published");
    let (_, payload) = replies.next().await.expect("an answer");
    code(&serde_json::from_slice(&payload).expect("JSON"))
}

#[tokio::test]
async fn every_command_of_every_kind_asks_for_its_capability_on_every_subject() {
    let node = Node::start().await;
    let mut keys = BTreeMap::new();
    for role in ROLES {
        keys.insert(role, join(&node, "acme", &format!("as-{role}"), &[role]).await);
    }
    keys.insert("nothing", join(&node, "acme", "nothing", &[]).await);
    join(&node, "acme", "admin-too", &["admin"]).await;
    let narrow = key(&node, "acme", "admin-too", Some(&["cap:counter.add"])).await;
    let stranger = join(&node, "navy", "stranger", &["admin"]).await;
    let (mut cells, mut surprises) = (0, Vec::new());
    for page in Pages::standard().iter() {
        let kind = page.kind.as_str();
        let id = if kind == "organization" { "acme" } else { "someone" };
        let to = format!("acme.{kind}.{id}");
        for spec in page.commands.iter() {
            let command = spec.name;
            let mut cell = |who: &str, expected: &str, code: &str| {
                cells += 1;
                let seen = match code {
                    "forbidden" => "forbidden",
                    "unauthenticated" => "unauthenticated",
                    "actor_not_found" if who == "stranger" => "unknown",
                    _ => "passes",
                };
                if seen != expected {
                    surprises.push(format!("{who}: {kind} {command} {seen} ({code})"));
                }
            };
            for (role, key) in &keys {
                let expected = if has(role, kind, command) { "passes" } else { "forbidden" };
                cell(role, expected, &asked(&node, &to, command, key).await);
            }
            let only = kind == "counter" && command == "add";
            let expected = if only { "passes" } else { "forbidden" };
            cell("narrow", expected, &asked(&node, &to, command, &narrow).await);
            cell("stranger", "unknown", &asked(&node, &to, command, &stranger).await);
            cell("nobody", "unauthenticated", &asked(&node, &to, command, "ck_none").await);
            let expected = if has("publisher", kind, command) { "passes" } else { "forbidden" };
            cell("publisher", expected, &published(&node, &to, command).await);
        }
    }
    println!("the matrix of subjects has {cells} cells, {} surprises", surprises.len());
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
    assert!(cells > 800, "{cells}");
}

#[tokio::test]
async fn workers_lease_at_the_queues_that_they_were_given() {
    let node = Node::start().await;
    let keys: BTreeMap<_, _> = [
        ("service", join(&node, "acme", "worker", &["service"]).await),
        ("viewer", join(&node, "acme", "looker", &["viewer"]).await),
        ("stranger", join(&node, "navy", "stranger", &["admin"]).await),
        ("one", join(&node, "acme", "one", &[]).await),
    ]
    .into();
    let grant = json!({ "capability": "cap:work.lease", "condition": { "ids": ["render*"] } });
    super::people::order(&node, "acme/principal/one", "grant", grant).await.expect("granted");
    for (who, queue, expected) in [
        ("service", "render", "none"),
        ("service", "mail", "none"),
        ("viewer", "render", "forbidden"),
        ("stranger", "render", "effect_not_found"),
        ("one", "render-large", "none"),
        ("one", "mail", "forbidden"),
    ] {
        let lines = vec![("cambium-key".to_owned(), keys[who].clone())];
        let subject = format!("work.acme.{queue}");
        let told = node.memory.request(&subject, lines, "{}".into()).await.expect("answered");
        let told: Value = serde_json::from_slice(&told).expect("JSON");
        assert_eq!(code(&told), expected, "{who} at {queue}: {told}");
    }
}
