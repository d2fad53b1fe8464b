//! Requests to HTTP servers as an actor asks them: secrets by name, bodies within bounds, retries,
//! cancelling, and what is never reached.

use std::time::Duration;

use actors::model::Providers;
use actors::{Config, Registry};
use cambium_tests::node::{Node, address};
use cambium_tests::receiver::{Receiver, Reply};
use contracts::Cursor;
use contracts::effect::{EffectPhase, EffectVerb};
use nats::Memory;
use nats::streams::Bucket;
use serde_json::{Value, json};

use super::asker::{Asker, ask, control, doing, told_times};

const SECRET: &str = "planted-secret-value";

async fn node(memory: &Memory, receiver: &Receiver) -> Node {
    let mut config = Config::default();
    let allowed = format!("127.0.0.1:{}", receiver.port);
    config.fetch.allow = vec![allowed.parse().expect("allowed")];
    config.fetch.inline_bytes_max = 64;
    let registry = Registry::standard().with::<Asker>();
    Node::on(memory.clone(), registry, config, Providers::standard()).await
}

fn fetch(receiver: &Receiver, tag: &str, more: Value) -> Value {
    let mut data = json!({
        "method": "POST", "url": format!("{}?key={tag}", receiver.url()), "response_bytes_max": 100,
        "delivery": "idempotent", "tag": tag,
        "terms": { "retry": { "attempts_max": 2, "backoff_ms_min": 1, "backoff_ms_max": 1 } },
    });
    for (name, value) in more.as_object().expect("members") {
        data[name] = value.clone();
    }
    json!({ "type": "fetch", "data": data })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_named_in_the_log_sent_and_masked_where_it_comes_back() {
    let (memory, receiver) = (Memory::new(), Receiver::start().await);
    let node = node(&memory, &receiver).await;
    let store = memory.store(Bucket::Secrets);
    let secret = SECRET.as_bytes().to_vec();
    store.create("main/things", secret, None).await.expect("kept").expect("new");
    let headers = vec![
        ("content-type", "text/plain".to_owned()),
        ("etag", format!("\"{SECRET}\"")),
        ("set-cookie", "a=b".to_owned()),
    ];
    let body = format!("you sent {SECRET}").into_bytes();
    receiver.answer(200, Reply { headers, body, silent: false });
    let header = json!({ "name": "authorization", "prefix": "Bearer ", "secret": "things" });
    let more = json!({ "secret_header": header, "body": { "text": "hello" } });
    ask(&node, "a", &[fetch(&receiver, "one", more)]).await;
    let told = told_times(&node, "a", 1).await;
    let sent = receiver.next().await;
    assert_eq!(sent.headers["authorization"], format!("Bearer {SECRET}"));
    assert_eq!(
        (sent.body.as_str(), sent.headers["accept-encoding"].as_str()),
        ("hello", "identity")
    );
    let fetched = &told[0]["result"]["fetched"];
    assert_eq!(fetched["body"]["text"], format!("you sent {}", "*".repeat(SECRET.len())));
    assert_eq!((&fetched["headers"]["etag"], &fetched["status"]), (&json!("\"***\""), &json!(200)));
    assert_eq!(fetched["headers"].get("set-cookie"), None, "only what is on the list is kept");
    // A failure says nothing of it either.
    receiver.answer(400, Reply { body: SECRET.into(), ..Reply::default() });
    ask(&node, "b", &[fetch(&receiver, "two", json!({ "secret_header": header }))]).await;
    let told = told_times(&node, "b", 1).await;
    let failed = &told[0]["result"]["failed"];
    assert_eq!((&failed["code"], &told[0]["attempts"]), (&json!("fetch_status"), &json!(1)));
    assert_eq!(failed["details"]["status"], 400);
    // Another tenant's secret, or none, is nobody's.
    let missing = json!({ "secret_header": { "name": "x", "secret": "none" } });
    ask(&node, "c", &[fetch(&receiver, "three", missing)]).await;
    let told = told_times(&node, "c", 1).await;
    assert_eq!(told[0]["result"]["failed"]["code"], "secret_not_found");
    for actor in ["a", "b", "c"] {
        let (log, of) = (memory.log(), address(&format!("asker/{actor}")));
        for stored in log.read(&of, Cursor::ZERO, 99).await.expect("read") {
            let there = stored.payload.windows(SECRET.len()).any(|it| it == SECRET.as_bytes());
            assert!(!there, "the secret stands in the log of {actor}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn large_and_binary_answers_are_kept_as_blobs_and_bodies_come_from_there() {
    let (memory, receiver) = (Memory::new(), Receiver::start().await);
    let node = node(&memory, &receiver).await;
    receiver.answer(200, Reply { body: vec![b'x'; 80], ..Reply::default() });
    ask(&node, "a", &[fetch(&receiver, "a", json!({}))]).await;
    let told = told_times(&node, "a", 1).await;
    let blob = told[0]["result"]["fetched"]["body"]["blob"].clone();
    assert_eq!(blob["bytes"], 80, "{told:?}");
    receiver.next().await;
    receiver.answer(200, Reply { body: vec![0xff; 500], ..Reply::default() });
    let again = json!({ "body": { "blob": blob["hash"] } });
    ask(&node, "b", &[fetch(&receiver, "b", again)]).await;
    let told = told_times(&node, "b", 1).await;
    assert_eq!(receiver.next().await.body, "x".repeat(80));
    let fetched = &told[0]["result"]["fetched"];
    assert_eq!(
        (&fetched["truncated"], &fetched["body"]["blob"]["bytes"]),
        (&json!(true), &json!(100))
    );
    let gone = json!({ "body": { "blob": "0".repeat(64) } });
    ask(&node, "c", &[fetch(&receiver, "c", gone)]).await;
    let told = told_times(&node, "c", 1).await;
    assert_eq!(told[0]["result"]["failed"]["code"], "blob_missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_help_is_tried_again_no_sooner_than_the_server_says() {
    let (memory, receiver) = (Memory::new(), Receiver::start().await);
    let node = node(&memory, &receiver).await;
    let later = vec![("retry-after", "3600".to_owned())];
    receiver.answer(429, Reply { headers: later, ..Reply::default() });
    ask(&node, "a", &[fetch(&receiver, "a", json!({}))]).await;
    let waits = doing(&node, EffectPhase::Retrying, 1).await;
    let left = waits[0].next_at.expect("a time").millis_since(memory.now());
    assert!(left > 3_000_000, "{left}");
    let last = waits[0].last.as_ref().expect("refused");
    assert_eq!((&*last.code, last.retry_after_ms), ("fetch_status", Some(3_600_000)));
    assert!(!last.message.contains("key="), "{last}");
    // Cancelled, its actor is told.
    control(&node, &waits[0], EffectVerb::Cancel { reason: None }).await.expect("cancelled");
    let told = told_times(&node, "a", 1).await;
    assert_eq!(told[0]["result"]["failed"]["code"], "effect_cancelled");
    // Any answer is an outcome where that is asked.
    receiver.answer(503, Reply::default());
    ask(&node, "b", &[fetch(&receiver, "b", json!({ "accept": "any" }))]).await;
    assert_eq!(told_times(&node, "b", 1).await[0]["result"]["fetched"]["status"], 503);
    ask(&node, "c", &[fetch(&receiver, "c", json!({}))]).await;
    let told = told_times(&node, "c", 1).await;
    assert_eq!(
        (&told[0]["attempts"], &told[0]["result"]["failed"]["code"]),
        (&json!(2), &json!("fetch_status"))
    );
    // What may be asked once is not asked again, whatever is answered.
    while !receiver.is_quiet().await {
        receiver.next().await;
    }
    ask(&node, "d", &[fetch(&receiver, "d", json!({ "delivery": "at_most_once" }))]).await;
    let told = told_times(&node, "d", 1).await;
    assert_eq!(told[0]["result"]["failed"]["code"], "fetch_status");
    receiver.next().await;
    assert!(receiver.is_quiet().await, "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_never_answers_is_cut_off_and_one_behind_the_door_never_asked() {
    let (memory, receiver) = (Memory::new(), Receiver::start().await);
    let inner = Receiver::start().await;
    let node = node(&memory, &receiver).await;
    receiver.answer(200, Reply { silent: true, ..Reply::default() });
    let soon = json!({ "terms": { "retry": { "attempts_max": 1, "timeout_ms": 50 } } });
    ask(&node, "a", &[fetch(&receiver, "a", soon)]).await;
    let told = told_times(&node, "a", 1).await;
    assert_eq!(told[0]["result"]["failed"]["code"], "effect_timeout");
    // Cancelled while it runs, it is cut off.
    ask(&node, "b", &[fetch(&receiver, "b", json!({}))]).await;
    let running = doing(&node, EffectPhase::Running, 1).await;
    control(&node, &running[0], EffectVerb::Cancel { reason: None }).await.expect("cancelled");
    let told = told_times(&node, "b", 1).await;
    assert_eq!(told[0]["result"]["failed"]["code"], "effect_cancelled");
    let location = vec![("location", inner.url())];
    receiver.answer(307, Reply { headers: location, ..Reply::default() });
    let follow = json!({ "redirects_max": 3 });
    ask(&node, "c", &[fetch(&receiver, "c", follow), fetch(&inner, "d", json!({}))]).await;
    for told in told_times(&node, "c", 2).await {
        assert_eq!(told["result"]["failed"]["code"], "fetch_blocked", "{told}");
        assert_eq!(told["attempts"], 1, "and it is not tried again");
    }
    let odd = json!({ "url": "file:///etc/passwd" });
    ask(&node, "e", &[fetch(&receiver, "e", odd)]).await;
    let told = told_times(&node, "e", 1).await;
    assert_eq!(told[0]["result"]["failed"]["code"], "fetch_invalid");
    assert!(inner.is_quiet().await, "nobody was asked");
}

/// Rules by which requests go to these hosts and to no other.
async fn rules(node: &Node, memory: &Memory, hosts: &str) {
    let text = format!(
        "version: 1\nrules:\n  - {{ id: known, effect: allow, priority: 1, match: {{ effect: \
         {{ hosts: [{hosts}] }} }} }}\n  - {{ id: none, effect: deny, match: {{ effect: {{ hosts: \
         ['*'] }} }} }}\n"
    );
    node.ask("policy/team", "put", json!({ "text": text })).await.expect("a policy");
    let head = memory.log().head().await.expect("the log is in memory");
    let known = async {
        while node.runtime.directory().0 < head {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), known).await.expect("the gate knows the rules");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_policies_name_hosts_a_redirect_is_asked_about_as_the_request_was() {
    let (memory, receiver, other) =
        (Memory::new(), Receiver::start().await, Receiver::start().await);
    let mut config = Config::default();
    let allowed = [format!("127.0.0.1:{}", receiver.port), format!("localhost:{}", other.port)];
    config.fetch.allow = allowed.map(|it| it.parse().expect("allowed")).into();
    let registry = Registry::standard().with::<Asker>();
    let node = Node::on(memory.clone(), registry, config, Providers::standard()).await;
    let location = format!("http://localhost:{}/there", other.port);
    receiver.answer(302, Reply { headers: vec![("location", location)], ..Reply::default() });
    other.answer(200, Reply { body: b"there".to_vec(), ..Reply::default() });
    let follow = json!({ "redirects_max": 3 });
    rules(&node, &memory, "127.0.0.1").await;
    ask(&node, "a", &[fetch(&receiver, "a", follow.clone())]).await;
    let told = told_times(&node, "a", 1).await;
    assert_eq!(told[0]["result"]["failed"]["code"], "fetch_redirects", "{told:?}");
    assert!(other.is_quiet().await, "nobody was asked");
    rules(&node, &memory, "127.0.0.1, localhost").await;
    ask(&node, "b", &[fetch(&receiver, "b", follow)]).await;
    let told = told_times(&node, "b", 1).await;
    assert_eq!(told[0]["result"]["fetched"]["body"]["text"], "there", "{told:?}");
}
