use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use contracts::commit::Completion;
use contracts::effect::Send;
use contracts::envelope::Cause;
use contracts::lifecycle::Event;
use contracts::{CommandId, Effect, Refusal, Timestamp};
use serde_json::{Value, json};

use crate::cli::samples::{Log, Say, actor, added};
use crate::cli::testing::{run_at, serve};

/// `c1` sends a command to `c2`, tries twice, and answers its caller with what came back.
fn errand() -> (Log, CommandId) {
    let (one, two) = (actor("counter", "c1"), actor("counter", "c2"));
    let mut log = Log::default();
    let send = Effect::Send(Send {
        kind: two.kind.clone(),
        id: two.id.clone(),
        name: "add".parse().unwrap(),
        input: json!({}),
        input_blob: None,
        by: None,
        tag: Value::Null,
        terms: contracts::effect::Terms::default(),
    });
    let deadline = Some(Timestamp::from_millis(1_790_000_060_000));
    let say = Say { effects: vec![send], deadline, ..Say::default() };
    let asked = log.write(&one, "ask", vec![added(1)], say);
    let effect = log.commits[0].commit.effect_id(0);
    let cause = || Some(Cause::Effect(effect));
    let request_hash = contracts::Hash::ZERO;
    let tried = Event::EffectAttempted { effect, attempt: 2, request_hash }.to_record();
    let say = Say { cause: cause(), ..Say::default() };
    log.write(&one, "cambium:attempt", vec![tried], say);
    log.write(&two, "add", vec![added(7)], Say { cause: cause(), ..Say::default() });
    let completions = vec![Completion::done(asked, json!({ "value": 7 }))];
    let concluded = Event::EffectConcluded { effect, ok: true, metered: None }.to_record();
    let say = Say { cause: cause(), completions, ..Say::default() };
    log.write(&one, "cambium:outcome", vec![concluded, added(2)], say);
    log.write(&one, "add", vec![added(3)], Say::default());
    (log, asked)
}

async fn server(log: Log, command: Value, waiting: Value) -> String {
    let log = Arc::new(log);
    let events = move |Path((kind, id)): Path<(String, String)>| {
        let page = log.page(&actor(&kind, &id));
        async move { Json(page) }
    };
    let router = Router::new()
        .route("/v1/{kind}/{id}/events", get(events))
        .route("/v1/{kind}/{id}/waiting", get(|| async { Json(waiting) }))
        .route("/v1/commands/{id}", get(|| async { Json(command) }));
    serve(router).await
}

fn view(id: CommandId, status: &str, rejection: Option<Refusal>) -> Value {
    json!({
        "id": id, "kind": "counter", "actor": "c1", "name": "ask", "status": status, "revision": 1,
        "cursor": "1", "reply": null, "rejection": rejection,
    })
}

#[tokio::test]
async fn an_errand_is_one_tree_across_actors() {
    let (log, asked) = errand();
    let waiting = json!({ "items": [{
        "what": "command", "id": "x", "name": "ask", "revision": 1, "status": "open",
        "attempts": 0, "why": null, "deadline": null,
    }]});
    let url = server(log, view(asked, "completed", None), waiting).await;
    let ran = run_at(&url, &["why", &asked.to_string()]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    // Hashes are of the samples' bytes; the shape is what is looked at.
    let text = mask(&ran.out);
    let wanted = "\
ask 01900000-0000-7000-8000-000000000001 to counter/c1 by admin ◀
├─ input {\"by\":1}
├─ gate allow by policy #, as of 0
├─ commit revision 1 at 2026-09-21T14:13:20.001Z, cursor 1, hash #
│  ├─ Added {\"by\":1,\"value\":1}
│  └─ effect send to counter/c2 #: done, 2 attempts
│     ├─ cambium:attempt 01900000-0000-7000-8000-000000000002 to counter/c1 by admin
│     │  ├─ input {\"by\":2}
│     │  ├─ gate allow by policy #, as of 1
│     │  └─ commit revision 2 at 2026-09-21T14:13:20.002Z, cursor 2, hash #
│     │     └─ cambium:EffectAttempted …
│     ├─ cambium:outcome 01900000-0000-7000-8000-000000000004 to counter/c1 by admin
│     │  ├─ input {\"by\":4}
│     │  ├─ gate allow by policy #, as of 3
│     │  └─ commit revision 3 at 2026-09-21T14:13:20.004Z, cursor 4, hash #
│     │     ├─ cambium:EffectConcluded …
│     │     └─ Added {\"by\":1,\"value\":2}
│     └─ add 01900000-0000-7000-8000-000000000003 to counter/c2 by admin
│        ├─ input {\"by\":3}
│        ├─ gate allow by policy #, as of 2
│        └─ commit revision 1 at 2026-09-21T14:13:20.003Z, cursor 3, hash #
│           └─ Added {\"by\":1,\"value\":7}
├─ completed at revision 3: {\"value\":7}
└─ waits for
   └─ command ask of revision 1: open
";
    assert_eq!(text, wanted, "\n{text}");
}

/// Digests as `#`, the data of runtime events (which hold digests) as `…`.
fn mask(text: &str) -> String {
    let lines = text.lines().map(|line| {
        if let Some(at) = line.find("cambium:Effect") {
            let end = line[at..].find(' ').map_or(line.len(), |space| at + space);
            return format!("{} …", &line[..end]);
        }
        let words = line.split(' ').map(|word| {
            let core = word.trim_end_matches([',', ':']);
            let digest = core.len() == 12 && core.bytes().all(|b| b.is_ascii_hexdigit());
            if digest { word.replace(core, "#") } else { word.to_owned() }
        });
        words.collect::<Vec<_>>().join(" ")
    });
    lines.map(|line| line + "\n").collect()
}

#[tokio::test]
async fn an_outcome_leads_up_to_the_command_that_began_it() {
    let (log, asked) = errand();
    let outcome = log.commits[3].commit.command.id;
    let url = server(log, view(outcome, "completed", None), json!([])).await;
    let ran = run_at(&url, &["--json", "why", &outcome.to_string()]).await;
    let tree = &ran.lines()[0];
    assert_eq!(tree["facts"]["id"], asked.to_string());
    assert_eq!(tree["what"], "command");
}

#[tokio::test]
async fn an_actor_has_the_trees_of_what_came_from_outside() {
    let (log, _) = errand();
    let url = server(log, Value::Null, json!([])).await;
    let ran = run_at(&url, &["why", "counter/c1"]).await;
    assert!(ran.out.starts_with("counter/c1, the last 2 of 2 commands\n"), "{}", ran.out);
    let ran = run_at(&url, &["why", "counter/c1", "--limit", "1"]).await;
    assert!(ran.out.contains("└─ add 01900000-0000-7000-8000-000000000005"), "{}", ran.out);
    assert!(!ran.out.contains("─ ask "), "{}", ran.out);
}

#[tokio::test]
async fn a_rejected_command_has_a_tree_too() {
    let id = contracts::commit::sample_command_id(99);
    let refusal = Refusal::rejected("counter_out_of_bounds", "too far");
    let url = server(Log::default(), view(id, "rejected", Some(refusal)), json!([])).await;
    let ran = run_at(&url, &["why", &id.to_string()]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.ends_with("to counter/c1: rejected\n└─ counter_out_of_bounds: too far\n"));
}
