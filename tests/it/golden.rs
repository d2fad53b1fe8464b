//! The stored bytes, for ever: one file per event version. Adding is free, changing fails.
//!
//! `GOLDEN=add cargo test -p cambium-tests golden` writes the files that are missing; it never
//! changes one.

mod conversions;

use std::fs;
use std::path::{Path, PathBuf};

use contracts::commit::{Commit, Completion, EffectRecord, Input};
use contracts::effect::{
    Accept, Agreed, Asking, Awaited, Cancel, Delivery, Effect, EventPlace, Fetch, FetchBody,
    FetchMethod, Fetched, FetchedBody, Jitter, Llm, OnExhausted, OnUnknown, Outcome, OutcomeResult,
    Pause, Resume, Retry, SecretHeader, Send, Sign, Terms, Timer, Work,
};
use contracts::envelope::{Cause, Trace};
use contracts::kinds::approval::{Held, Proposal, ProposedEffect};
use contracts::model::{Finish, LOCAL_MODEL, ModelRequest, ModelResponse, Role, Task, Turn, Usage};
use contracts::page::PageRef;
use contracts::protected::Protected;
use contracts::{
    ActorId, Caller, Cursor, EffectId, EventRecord, Hash, Origin, Pages, Revision, Timestamp,
    canonical, codec, commit, lifecycle,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What a golden file holds.
#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Golden {
    /// Canonical JSON of the value.
    canonical: String,
    /// MessagePack, hexadecimal.
    msgpack: String,
    /// BLAKE3 of the MessagePack.
    hash: Hash,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
    (0..text.len()).step_by(2).map(digit).collect()
}

fn golden_of<T: Serialize>(value: &T) -> Golden {
    let bytes = codec::encode(value).expect("encodes");
    let json = serde_json::to_value(value).expect("is JSON");
    let canonical = canonical::to_canonical(&json).expect("is canonical");
    Golden {
        canonical: String::from_utf8(canonical).expect("UTF-8"),
        msgpack: hex(&bytes),
        hash: Hash::of(&bytes),
    }
}

/// Compares `value` with its golden file, and reads the file's bytes back.
fn check<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(name: &str, value: &T) {
    let path = folder().join(format!("{name}.json"));
    let today = golden_of(value);
    if !path.exists() && std::env::var("GOLDEN").is_ok_and(|what| what == "add") {
        fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        let text = serde_json::to_string_pretty(&today).expect("is JSON");
        fs::write(&path, text + "\n").expect("written");
    }
    let text = fs::read_to_string(&path)
        .unwrap_or_else(|_| panic!("{name} has no golden file; add it with GOLDEN=add"));
    let golden: Golden = serde_json::from_str(&text).expect("a golden file");
    assert_eq!(today, golden, "the stored form of {name} has changed");
    let read: T = codec::decode(&unhex(&golden.msgpack)).expect("golden bytes can be read");
    assert_eq!(&read, value, "{name} reads back as another value");
}

#[test]
fn every_event_version_keeps_its_bytes() {
    for page in Pages::standard().iter() {
        for (spec, (r#type, v)) in page.events.iter().zip(page.versions) {
            let event =
                EventRecord { r#type: (*r#type).to_owned(), v: *v, data: spec.sample.clone() };
            check(&format!("events/{}/{}.v{v}", page.kind, r#type), &event);
        }
    }
    for (_, event) in lifecycle::samples() {
        let record = event.to_record();
        let name = record.r#type.trim_start_matches(lifecycle::PREFIX);
        check(&format!("events/runtime/{name}.v{}", record.v), &record);
        assert_eq!(lifecycle::Event::from_record(&record), Some(event));
    }
}

/// Files of versions that are no longer written must still be readable, told in today's words.
#[test]
fn old_events_can_still_be_told() {
    for page in Pages::standard().iter() {
        let folder = folder().join("events").join(page.kind.as_str());
        for file in fs::read_dir(&folder).expect("a folder per kind").flatten() {
            let text = fs::read_to_string(file.path()).expect("UTF-8");
            let golden: Golden = serde_json::from_str(&text).expect("a golden file");
            let record: EventRecord = codec::decode(&unhex(&golden.msgpack)).expect("readable");
            page.today(record).unwrap_or_else(|error| {
                panic!("{} can no longer be told: {error}", file.path().display())
            });
        }
    }
}

#[test]
fn commits_effects_and_outcomes_keep_their_bytes() {
    check("commit/full", &full_commit());
    let mut chained = smallest_commit();
    chained.command.hops = 3;
    check("commit/chained", &chained);
    check("commit/smallest", &smallest_commit());
    check("outcome/llm", &outcome(OutcomeResult::Llm(Box::new(response()))));
    check("outcome/unknown", &outcome(OutcomeResult::Unknown));
    check("outcome/worked", &outcome(OutcomeResult::Worked(json!({ "pages": 3 }))));
    let refusal = contracts::Refusal::unavailable("model_network", "it cannot be reached");
    check("outcome/paused", &outcome(OutcomeResult::Paused(refusal)));
    check("effect/work", &EffectRecord::new(2, &work()));
    check("effect/fetch", &EffectRecord::new(0, &fetch()));
    check("effect/fetch-event", &EffectRecord::new(1, &fetch_event()));
    check("effect/fetch-task", &EffectRecord::new(1, &fetch_task()));
    check("outcome/fetched", &outcome(OutcomeResult::Fetched(fetched())));
    check("effect/convert", &EffectRecord::new(0, &conversions::convert()));
    check("effect/send-named", &EffectRecord::new(0, &conversions::send_named()));
    check("effect/send-kept", &EffectRecord::new(1, &conversions::send_kept()));
    let converted = Box::new(conversions::converted());
    check("outcome/converted", &outcome(OutcomeResult::Converted(converted)));
    let (key, nonce) = (ActorId::from_static("subject"), vec![1; 24]);
    let protected: Protected<String> =
        Protected::new(key, nonce, vec![2; 20], Some(Hash::of(b"x"))).expect("well formed");
    check("protected/full", &protected);
}

/// What an effect that waits for a yes says of itself: members that older bytes do not have.
#[test]
fn held_effects_keep_their_bytes() {
    let effect = EffectId(Hash::of(b"sample effect"));
    let (approval, hash) = (ActorId::from_static("a1"), Hash::of(b"sample proposal"));
    let rule = "team/paid".to_owned();
    let awaited = Awaited { approval: approval.clone(), hash, rule: rule.clone() };
    let refusal = contracts::Refusal::rejected("approval_rejected", "anna said no");
    let agreed = Agreed { approval, hash, rule, quorum: 1, approvers: vec![Caller::ADMIN] };
    let propose = json!({ "reason": "it costs money" });
    let asking = Asking { awaited: awaited.clone(), propose };
    let (by, reason) = (Caller::RUNTIME, "it waits".to_owned());
    let said = [
        lifecycle::Event::EffectPaused {
            effect,
            by: by.clone(),
            reason: reason.clone(),
            attempts: None,
            code: None,
            awaits: Some(awaited.clone()),
        },
        lifecycle::Event::EffectResumed { effect, by: by.clone(), agreed: Some(agreed.clone()) },
        lifecycle::Event::EffectCancelled {
            effect,
            by,
            reason: Some(reason.clone()),
            refusal: Some(refusal.clone()),
        },
    ];
    for event in said {
        let record = event.to_record();
        let name = record.r#type.trim_start_matches(lifecycle::PREFIX);
        check(&format!("held/{name}.v{}", record.v), &record);
        assert_eq!(lifecycle::Event::from_record(&record), Some(event));
    }
    let awaits = Some(Box::new(asking));
    check("held/pause", &Pause { effect, reason: reason.clone(), exhausted: None, awaits });
    check("held/resume", &Resume { effect, agreed: Some(agreed) });
    let (reason, refusal, awaited) = (Some(reason), Some(refusal), Some(awaited));
    check("held/cancel", &Cancel { effect, reason, refusal, awaited });
    let held = EventRecord {
        r#type: "Proposed".to_owned(),
        v: 1,
        data: serde_json::to_value(proposal(effect)).expect("JSON"),
    };
    check("held/Proposed.v1", &held);
}

fn proposal(id: EffectId) -> Proposal {
    let effect = ProposedEffect::of(id, (Revision(3), 1), &work()).expect("canonical");
    let command = effect.resume(&"main/job/a".parse().expect("an address"));
    let by = Caller::ADMIN;
    Proposal {
        hash: command.hash(&by, Some(&effect)).expect("canonical"),
        command,
        by: by.clone(),
        origin: Some(Origin::Http),
        credential: None,
        reason: None,
        quorum: 2,
        approvers: Vec::new(),
        expires_at: Timestamp::from_millis(1_800_000_000_000),
        waiting: None,
        gate: Some(Held {
            principal: by,
            origin: Some(Origin::Http),
            credential: None,
            rule: "team/paid".to_owned(),
            command: commit::sample_command_id(4),
            seal: Hash::of(b"sample seal"),
        }),
        effect: Some(effect),
    }
}

fn work() -> Effect {
    let retry = Retry {
        attempts_max: Some(3),
        backoff_ms_min: Some(500),
        backoff_ms_max: Some(60_000),
        jitter: Jitter::None,
        timeout_ms: Some(10_000),
        on_exhausted: OnExhausted::PauseAndTell,
    };
    Effect::Work(Work {
        queue: "render".parse().expect("a queue"),
        input: json!({ "page": 1 }),
        tag: json!("page-1"),
        delivery: Delivery::AtMostOnce,
        terms: Terms {
            retry: Some(retry),
            limit: Some("gpu".parse().expect("a limit key")),
            independent: true,
            on_unknown: OnUnknown::Hold,
        },
    })
}

fn fetch() -> Effect {
    Effect::Fetch(Fetch {
        method: FetchMethod::Put,
        url: "https://api.example/things/1?draft=true".to_owned(),
        headers: [("content-type".to_owned(), "text/plain".to_owned())].into(),
        body: Some(FetchBody::Text("a thing".to_owned())),
        secret_header: Some(SecretHeader {
            name: "authorization".to_owned(),
            prefix: "Bearer ".to_owned(),
            secret: "things".parse().expect("a secret's name"),
        }),
        sealed_headers: None,
        sign: None,
        response_bytes_max: 65_536,
        redirects_max: 3,
        accept: Accept::Any,
        delivery: Delivery::AtMostOnce,
        tag: json!("thing-1"),
        terms: Terms::default(),
    })
}

fn fetch_event() -> Effect {
    let place = EventPlace {
        kind: "approval".parse().expect("a kind"),
        id: "a-1".parse().expect("an id"),
        revision: Revision(1),
        index: 0,
        cursor: Cursor(17),
        reader: Caller::new("anna".parse().expect("a principal"), Origin::Runtime),
    };
    let sign = Sign { id: "evt_1".to_owned(), secret: "webhook:w".parse().expect("a name") };
    Effect::Fetch(Fetch {
        method: FetchMethod::Post,
        url: "https://hooks.example/".to_owned(),
        headers: [].into(),
        body: Some(FetchBody::Event(place)),
        secret_header: None,
        sealed_headers: None,
        sign: Some(sign),
        response_bytes_max: 1_024,
        redirects_max: 0,
        accept: Accept::Delivered,
        delivery: Delivery::Idempotent,
        tag: json!("dlv-1"),
        terms: Terms::default(),
    })
}

/// A task in A2A's words, for a receiver whose headers are sealed.
fn fetch_task() -> Effect {
    let Effect::Fetch(event) = fetch_event() else { unreachable!("it is a request") };
    let Some(FetchBody::Event(place)) = event.body else { unreachable!("it tells an event") };
    Effect::Fetch(Fetch {
        body: Some(FetchBody::Task(place)),
        sealed_headers: Some("webhook:w".parse().expect("a name")),
        sign: None,
        ..event
    })
}

fn fetched() -> Fetched {
    let body = FetchedBody::Blob { hash: Hash::of(b"a picture"), bytes: 100_000 };
    let headers = [("content-type".to_owned(), "image/png".to_owned())].into();
    Fetched { status: 200, headers, body, truncated: true }
}

fn smallest_commit() -> Commit {
    let of = "main/counter/c".parse().expect("an address");
    let mut commit = commit::sample_commit(&of, Revision(1), Hash::ZERO);
    commit.at = Timestamp::from_millis(1_800_000_000_123);
    commit.command.input_hash = contracts::state_hash(&json!({})).expect("canonical");
    commit.gate.policy = Hash::of(b"policy");
    let data = json!({ "by": 1, "value": 1 });
    commit.events = vec![EventRecord { r#type: "Added".to_owned(), v: 1, data }];
    commit
}

fn full_commit() -> Commit {
    let mut commit = smallest_commit();
    commit.revision = Revision(8);
    commit.prev = Hash::of(b"the commit before");
    commit.command.input = Input::Blob { hash: Hash::of(b"a large input"), bytes: 100_000 };
    commit.command.cause = Some(Cause::Effect(EffectId(Hash::of(b"an effect"))));
    commit.command.correlation = Some("errand-1".parse().expect("a correlation"));
    commit.command.trace = Some(Trace {
        parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
        state: Some("vendor=1".to_owned()),
        baggage: None,
    });
    commit.command.deadline = Some(commit.at.plus_millis(30_000));
    let effects = [
        Effect::Llm(Box::new(Llm {
            request: request(),
            tag: json!({ "what": "draft" }),
            stream: true,
            terms: Terms::default(),
        })),
        Effect::Send(Send {
            kind: "counter".parse().expect("a kind"),
            id: "d".parse().expect("an id"),
            name: "add".parse().expect("a name"),
            input: json!({ "by": -1 }),
            input_blob: None,
            by: None,
            tag: Value::Null,
            terms: Terms::default(),
        }),
        Effect::Timer(Timer::once(
            "wake".parse().expect("a name"),
            commit.at.plus_millis(60_000),
            "reset".parse().expect("a name"),
            json!({}),
        )),
    ];
    commit.effects =
        (0..).zip(&effects).map(|(index, effect)| EffectRecord::new(index, effect)).collect();
    for (record, effect) in commit.effects.iter().zip(&effects) {
        assert_eq!(record.effect().expect("a known class"), *effect);
    }
    let failed = contracts::Refusal::rejected("counter_out_of_bounds", "too much");
    commit.completions = vec![
        Completion::done(commit::sample_command_id(1), json!({ "value": 1 })),
        Completion::failed(commit::sample_command_id(2), &failed),
    ];
    commit
}

fn request() -> ModelRequest {
    ModelRequest {
        model: LOCAL_MODEL.to_owned(),
        turns: vec![Turn::new(Role::User, "Hello.".to_owned())],
        task: Task::Chat,
        schema: Some(json!({ "type": "object" })),
        max_tokens: 100,
        seed: 0,
        ..ModelRequest::default()
    }
}

fn response() -> ModelResponse {
    ModelResponse {
        provider: "local".to_owned(),
        model: LOCAL_MODEL.to_owned(),
        text: "Hello.".to_owned(),
        value: None,
        finish: Finish::Stop,
        usage: Usage { input_tokens: 2, output_tokens: 2, ..Usage::default() },
        request_hash: Hash::of(b"request"),
        ..ModelResponse::default()
    }
}

fn outcome(result: OutcomeResult) -> Outcome {
    Outcome {
        effect: EffectId(Hash::of(b"an effect")),
        revision: Revision(8),
        index: 0,
        tag: json!({ "what": "draft" }),
        attempts: 1,
        result,
        metered: None,
    }
}

/// A page whose event has grown: version 1 had `amount`, version 2 says `by` and a `unit`.
#[test]
fn an_upcast_tells_an_old_event_in_todays_words() {
    let old = EventRecord { r#type: "Paid".to_owned(), v: 1, data: json!({ "amount": 3 }) };
    let page = PageRef::of::<upcast::Purse>();
    let today = page.today(old).expect("told");
    assert_eq!((today.v, today.data), (2, json!({ "by": 3, "unit": "cent" })));
    let newer = EventRecord { r#type: "Paid".to_owned(), v: 3, data: json!({}) };
    assert!(page.today(newer).unwrap_err().reason.contains("versions 1 to 2"));
    let strange = EventRecord { r#type: "Stolen".to_owned(), v: 1, data: json!({}) };
    assert_eq!(page.today(strange).unwrap_err().reason, "unknown type");
}

mod upcast {
    use contracts::page::{CommandSpec, EventSpec, Page, RejectionSpec};
    use contracts::{Kind, Refusal};
    use serde::{Deserialize, Serialize};
    use serde_json::{Value, json};

    pub struct Purse;

    #[derive(Debug, Clone, Serialize, Deserialize)]
    #[serde(tag = "type", content = "data")]
    pub enum Event {
        Paid { by: i64, unit: String },
    }

    #[derive(Debug, Serialize, Deserialize)]
    #[serde(tag = "name", content = "input")]
    pub enum Command {}

    #[derive(Debug)]
    pub enum Rejection {}

    impl From<Rejection> for Refusal {
        fn from(rejection: Rejection) -> Self {
            match rejection {}
        }
    }

    impl Page for Purse {
        const KIND: Kind = Kind::from_static("purse");
        const ABOUT: &'static str = "A page with a past.";
        const CREATE: &'static str = "pay";
        const COMMANDS: &'static [&'static str] = &[];
        const EVENTS: &'static [(&'static str, u32)] = &[("Paid", 2)];
        type Command = Command;
        type Event = Event;
        type Rejection = Rejection;

        fn commands() -> Vec<CommandSpec> {
            Vec::new()
        }

        fn events() -> Vec<EventSpec> {
            Vec::new()
        }

        fn rejections() -> Vec<RejectionSpec> {
            Vec::new()
        }

        fn summary(_: &Event) -> Option<Value> {
            None
        }

        fn upcast(_: &str, _: u32, data: Value) -> Result<Value, String> {
            let amount = data["amount"].as_i64().ok_or("no amount")?;
            Ok(json!({ "by": amount, "unit": "cent" }))
        }
    }
}
