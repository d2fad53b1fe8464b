use contracts::effect::{Delivery, Llm, Send, Terms, Timer, Work};
use contracts::kinds::policy::Ruling;
use contracts::model::{LOCAL_MODEL, ModelRequest};
use contracts::{ActorId, CommandName, Effect, Origin, Revision, Timestamp};
use serde_json::{Value, json};

use super::{EffectFacts, input};
use crate::policy::{Compiled, Question, read};

fn compiled(yaml: &str) -> Compiled {
    let document = read(yaml).unwrap_or_else(|errors| panic!("{errors:?}"));
    Compiled::new("p", &document).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn rule(text: &str) -> String {
    format!("version: 1\ndefault: deny\nrules: [{{ id: r, effect: deny, {text} }}]")
}

/// What a policy says of an effect that anna's command `run` to `job/a` has led to.
fn said(policy: &Compiled, effect: &Effect) -> Option<Ruling> {
    let input = input(effect);
    let verdict = policy.evaluate_effect(&Question {
        tenant: &"acme".parse().unwrap(),
        kind: &"job".parse().unwrap(),
        id: &"a".parse().unwrap(),
        revision: Revision(1),
        command: &"run".parse().unwrap(),
        input: &input,
        principal: &"anna".parse().unwrap(),
        roles: &["user"],
        origin: Origin::Http,
        at: "2026-11-20T10:00:00.000Z".parse().unwrap(),
        effect: Some(EffectFacts::of(effect)),
    });
    verdict.map(|verdict| verdict.ruling)
}

fn llm(model: &str) -> Effect {
    let request = json!({ "model": model, "turns": [], "task": { "task": "chat" },
        "max_tokens": 10, "seed": 0 });
    let request: ModelRequest = serde_json::from_value(request).unwrap();
    let (tag, terms) = (Value::Null, Terms::default());
    Effect::Llm(Box::new(Llm { request, tag, stream: false, terms }))
}

fn work(queue: &str, input: Value) -> Effect {
    let (queue, tag) = (queue.parse().unwrap(), Value::Null);
    let terms = Terms::default();
    Effect::Work(Work { queue, input, tag, delivery: Delivery::Idempotent, terms })
}

fn send(name: &str) -> Effect {
    let (kind, id) = ("counter".parse().unwrap(), "c".parse().unwrap());
    let (name, input, tag) = (name.parse().unwrap(), json!({ "by": 3 }), Value::Null);
    let (input_blob, terms) = (None, Terms::default());
    Effect::Send(Send { kind, id, name, input, input_blob, by: None, tag, terms })
}

fn timer() -> Effect {
    let name = ActorId::from_static("daily");
    let at = Timestamp::from_millis(1_800_000_000_000);
    Effect::Timer(Timer::once(name, at, CommandName::from_static("add"), json!({})))
}

#[test]
fn a_rule_is_about_the_effects_that_its_members_name() {
    let all = [llm("paid/x"), llm(LOCAL_MODEL), work("q", json!({})), send("add"), timer()];
    let cases = [
        ("match: { effect: {} }", [true, true, true, true, true]),
        ("match: { effect: { classes: [llm] } }", [true, true, false, false, false]),
        ("match: { effect: { models: ['paid/*'] } }", [true, false, false, false, false]),
        ("match: { effect: { queues: [q, x] } }", [false, false, true, false, false]),
        ("match: { effect: { commands: [add] } }", [false, false, false, true, true]),
        ("match: { effect: { kinds: [count*], actors: [c] } }", [false, false, false, true, false]),
        ("match: { effect: { timers: [daily] } }", [false, false, false, false, true]),
        ("match: { effect: { queues: [q], models: ['*'] } }", [false; 5]),
        ("match: { effect: {}, commands: [run], kinds: [job], principals: [anna] }", [true; 5]),
        ("match: { effect: {}, commands: [add] }", [false; 5]),
        (
            "match: { effect: {} }, when: 'effect.class == \"work\"'",
            [false, false, true, false, false],
        ),
        ("match: { effect: {} }, when: 'has(effect.queue)'", [false, false, true, false, false]),
        (
            "match: { effect: { classes: [llm] } }, when: input.max_tokens > 5",
            [true, true, false, false, false],
        ),
        // What cannot be told of an effect lets nothing through.
        (
            "match: { effect: {} }, when: 'effect.queue == \"none\"'",
            [true, true, false, true, true],
        ),
    ];
    for (text, expected) in cases {
        let policy = compiled(&rule(text));
        let denied = all.each_ref().map(|effect| said(&policy, effect) == Some(Ruling::Deny));
        assert_eq!(denied, expected, "{text}");
    }
}

fn fetch(url: &str) -> Effect {
    let fetch = json!({
        "method": "GET", "url": url, "response_bytes_max": 10, "redirects_max": 3,
        "delivery": "idempotent", "tag": null,
    });
    Effect::Fetch(serde_json::from_value(fetch).unwrap())
}

fn tool(url: &str) -> Effect {
    let tool = json!({
        "name": "http_fetch", "input": { "url": url }, "call": "c1", "delivery": "idempotent",
        "tag": null,
    });
    Effect::Tool(serde_json::from_value(tool).unwrap())
}

#[test]
fn requests_are_let_out_to_the_hosts_that_are_named_however_they_are_written() {
    let policy = compiled(
        r"
version: 1
rules:
  - id: known
    effect: allow
    priority: 1
    match: { effect: { hosts: [Api.Example, '*.api.example'] } }
  - id: none
    effect: deny
    match: { effect: { hosts: ['*'] } }
",
    );
    assert!(policy.names_hosts());
    assert!(!compiled(&rule("match: { effect: {} }")).names_hosts());
    for (url, ruling) in [
        ("https://api.example/x", Ruling::Allow),
        ("https://API.example.:8443/x", Ruling::Allow),
        ("https://eu.api.example", Ruling::Allow),
        ("https://ap%69.example/", Ruling::Allow),
        ("https://api.example.evil.test/", Ruling::Deny),
        ("https://evil.test/api.example", Ruling::Deny),
        ("https://evil.test#api.example", Ruling::Deny),
        ("https://evilapi.example/", Ruling::Deny),
        ("http://[::1]/", Ruling::Deny),
    ] {
        for effect in [fetch(url), tool(url)] {
            assert_eq!(said(&policy, &effect), Some(ruling), "{url}");
        }
    }
    assert_eq!(said(&policy, &work("q", json!({}))), None, "no request, no host");
}

#[test]
fn rules_about_commands_say_nothing_of_effects() {
    for text in ["match: { kinds: [job] }", "match: {}", "when: input.by > 1"] {
        let policy = compiled(&rule(text));
        assert_eq!(said(&policy, &work("q", json!({ "by": 5 }))), None, "{text}");
    }
    let policy = compiled(&rule("match: { effect: {} }"));
    assert_eq!(policy.rules.len(), 0, "and the other way round");
}

#[test]
fn files_and_risk_are_asked_where_a_rule_is_about_the_effect() {
    let policy = compiled(
        "version: 1\nrules: [{ id: q, effect: allow, match: { effect: { queues: [q] } } }]\n\
         files: { allowed_dirs: [docs] }\nrisk: { default: { deny: high } }\n",
    );
    let outside = json!({ "path": "/etc/passwd" });
    assert_eq!(said(&policy, &work("q", outside.clone())), Some(Ruling::Deny));
    assert_eq!(said(&policy, &work("q", json!({ "path": "docs/a" }))), Some(Ruling::Allow));
    assert_eq!(said(&policy, &work("other", outside)), None);
    let script = json!({ "text": "<script>alert(document.domain)</script>" });
    assert_eq!(said(&policy, &work("q", script)), Some(Ruling::Deny));
}

#[test]
fn what_cannot_be_meant_is_told_at_its_place() {
    for (text, field) in [
        ("match: { effect: { classes: [fax] } }", "rules[0].match.effect.classes"),
        ("match: { effect: { queues: [''] } }", "rules[0].match.effect.queues[0]"),
        ("when: 'effect.class == \"llm\"'", "rules[0].when"),
        ("match: { effect: {} }, when: 'effect.colour == 1'", "rules[0].when"),
        ("match: { effect: {} }, when: effect", "rules[0].when"),
    ] {
        let document = read(&rule(text)).unwrap_or_else(|errors| panic!("{errors:?}"));
        let Err(errors) = Compiled::new("p", &document) else {
            // A root without a member is told when it is asked, and lets nothing through.
            let policy = compiled(&rule(text));
            assert_eq!((text, said(&policy, &timer())), (text, Some(Ruling::Deny)));
            continue;
        };
        assert!(errors.iter().any(|error| error.field == field), "{text}: {errors:?}");
    }
    assert!(read(&rule("match: { effect: { colours: [x] } }")).is_err(), "unknown members");
}
