//! A run that is watched while its model speaks: by two at once, by one who comes back, and through
//! the death of the program. Whoever repeats a question under the same `Idempotency-Key` meets the
//! same run, and the provider is asked once.

use std::fs;
use std::path::Path;
use std::time::Duration;

use cambium_tests::fake_models::{Fake, KEY};
use cambium_tests::program::Program;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use reqwest::{Method, Response};
use serde_json::{Value, json};

/// What the fake model says, in three pieces.
const SAID: [&str; 3] = ["Grü", "ße, ", "Welt."];

/// A program that asks `fake` under the name `paid`.
pub(super) async fn started(data: &Path, fake: &Fake) -> Program {
    fs::create_dir_all(data).expect("made");
    let key = data.with_extension("key");
    fs::write(&key, KEY).expect("written");
    let (url, key) = (json!(format!("{}/v1", fake.url)), json!(key));
    let settings = format!(
        "[actors.models]\ndetect = false\n[actors.models.providers.paid]\n\
         kind = \"openai_compatible\"\nbase_url = {url}\nkey_file = {key}\n"
    );
    fs::write(data.join("cambium.toml"), settings).expect("written");
    again(data).await
}

/// A program on what is there. Whoever asks is answered soon, whether anything was said or not.
async fn again(data: &Path) -> Program {
    let soon = [("CAMBIUM_EDGE__SSE_HEARTBEAT_MS", "200")];
    Program::start_in(super::BINARY, data, &[], &soon).await.expect("the program starts")
}

/// Somebody who watches an answer grow in OpenAI's words.
struct Watcher {
    /// `run/<id>`.
    run: String,
    events: BoxStream<'static, String>,
    /// The data of all events so far.
    seen: Vec<String>,
}

impl Watcher {
    /// Asks, or comes back to what was asked under the same key.
    async fn of(program: &Program, key: &str) -> Self {
        let ask = json!({
            "model": "paid/gated", "stream": true,
            "messages": [{ "role": "user", "content": "Hello?" }],
        });
        let request = program.request(Method::POST, "/v1/chat/completions").json(&ask);
        let answer = request.header("idempotency-key", key).send();
        let answer = tokio::time::timeout(Duration::from_secs(60), answer).await;
        let answer = answer.expect("in time").expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.status());
        let run = answer.headers()["cambium-actor"].to_str().expect("text").to_owned();
        Self { run, events: events(answer), seen: Vec::new() }
    }

    /// The data of the next event; `None` = there is no more.
    async fn next(&mut self) -> Option<String> {
        let next = tokio::time::timeout(Duration::from_secs(60), self.events.next()).await;
        let data = next.expect("in time")?;
        self.seen.push(data.clone());
        Some(data)
    }

    /// The words so far.
    fn text(&self) -> String {
        let words = self.seen.iter().filter_map(|data| {
            let chunk: Value = serde_json::from_str(data).ok()?;
            chunk["choices"][0]["delta"]["content"].as_str().map(str::to_owned)
        });
        words.collect()
    }

    /// Reads on until it has seen so many words.
    async fn until(&mut self, text: &str) {
        while self.text() != text {
            assert!(text.starts_with(&self.text()), "{:?}", self.seen);
            self.next().await.expect("more");
        }
    }

    /// Reads to the end.
    async fn whole(mut self) -> Vec<String> {
        while self.next().await.is_some() {}
        self.seen
    }
}

/// The data of the events of a stream, until it ends or breaks.
fn events(answer: Response) -> BoxStream<'static, String> {
    let lines = futures_util::stream::unfold(
        (answer.bytes_stream().map_err(drop), String::new()),
        |(mut bytes, mut text)| async move {
            loop {
                if let Some(end) = text.find('\n') {
                    let line: String = text.drain(..=end).collect();
                    return Some((line.trim_end().to_owned(), (bytes, text)));
                }
                // Pieces end where lines do.
                let piece = bytes.next().await?.ok()?;
                text.push_str(&String::from_utf8_lossy(&piece));
            }
        },
    );
    let data = lines.filter_map(|line| {
        std::future::ready(line.strip_prefix("data:").map(|data| data.trim().to_owned()))
    });
    data.boxed()
}

/// However long a model thinks, its stream begins; what is refused before it is asked is no stream.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_begins_while_its_model_is_silent_and_none_before_it_is_asked() {
    let (home, fake) = (tempfile::tempdir().expect("a directory"), Fake::start().await);
    let data = home.path().join("data");
    started(&data, &fake).await.stop().expect("stops");
    // Nothing that comes by the clock is what begins it.
    let never = [("CAMBIUM_EDGE__SSE_HEARTBEAT_MS", "3600000")];
    let program = Program::start_in(super::BINARY, &data, &[], &never).await.expect("it starts");
    let said = json!([{ "role": "user", "content": "Hello?" }]);
    let asks = [
        ("/v1/chat/completions", json!({ "model": "paid/mute", "messages": said })),
        ("/v1/responses", json!({ "model": "paid/mute", "input": "Hello?" })),
        ("/v1/messages", json!({ "model": "paid/mute", "messages": said, "max_tokens": 9 })),
    ];
    let ask = async |(path, body): &(&str, Value)| {
        let mut body = body.clone();
        body["stream"] = json!(true);
        let asked = program.request(Method::POST, path).json(&body).send();
        tokio::time::timeout(Duration::from_secs(60), asked).await.expect("in time").expect("told")
    };
    for (at, one) in asks.iter().enumerate() {
        let answer = ask(one).await;
        assert_eq!(answer.status(), 200, "{}", one.0);
        let media = answer.headers()["content-type"].to_str().expect("text").to_owned();
        assert!(media.starts_with("text/event-stream"), "{media}");
        let asked = async {
            while fake.calls("mute") <= at {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), asked).await.expect("the model was asked");
    }
    let least = json!({ "unit": "tokens", "limit": 1, "window": { "per": "total" } });
    program.post("/v1/budget/team/set", &least).await.expect("set");
    for one in &asks {
        let answer = ask(one).await;
        assert!(answer.status().is_client_error(), "{}: {}", one.0, answer.status());
        let told: Value = answer.json().await.expect("JSON");
        assert_eq!(told["code"], "budget_exceeded", "{told}");
    }
    assert_eq!(fake.calls("mute"), asks.len());
    program.kill().expect("killed");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_watchers_see_the_same_and_one_who_comes_back_misses_nothing() {
    let (home, fake) = (tempfile::tempdir().expect("a directory"), Fake::start().await);
    let program = started(&home.path().join("data"), &fake).await;
    // Until the gate opens nothing is said.
    let mut one = Watcher::of(&program, "same").await;
    let mut two = Watcher::of(&program, "same").await;
    assert_eq!(one.run, two.run, "one run");
    fake.gate.open(1);
    one.until(SAID[0]).await;
    two.until(SAID[0]).await;
    drop(two);
    fake.gate.open(1);
    let so_far = SAID[..2].concat();
    one.until(&so_far).await;
    // Whoever comes in the middle is told what has come, at once.
    let mut back = Watcher::of(&program, "same").await;
    back.until(&so_far).await;
    let mut third = Watcher::of(&program, "same").await;
    third.until(&so_far).await;
    fake.gate.open(10);
    let (one, back, third) = tokio::join!(one.whole(), back.whole(), third.whole());
    assert_eq!(back, third, "the same bytes");
    for seen in [&one, &back] {
        let watcher = Watcher {
            run: String::new(),
            events: futures_util::stream::empty().boxed(),
            seen: seen.clone(),
        };
        assert_eq!(watcher.text(), SAID.concat());
        assert_eq!(seen.last().map(String::as_str), Some("[DONE]"));
    }
    assert_eq!(fake.calls("gated"), 1, "nobody asked twice");
    // And once it is in the log, it is told from there.
    let late = Watcher::of(&program, "same").await.whole().await;
    assert_eq!(late.last().map(String::as_str), Some("[DONE]"));
    assert_eq!(fake.calls("gated"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_watches_is_told_when_the_program_died_and_nothing_is_asked_twice() {
    let (home, fake) = (tempfile::tempdir().expect("a directory"), Fake::start().await);
    let data = home.path().join("data");
    let program = started(&data, &fake).await;
    let mut watcher = Watcher::of(&program, "dies").await;
    fake.gate.open(1);
    watcher.until(SAID[0]).await;
    let run = watcher.run.clone();
    program.kill().expect("killed");
    let seen = watcher.whole().await;
    assert_ne!(seen.last().map(String::as_str), Some("[DONE]"), "a broken stream is no whole one");
    let left = tokio::time::timeout(Duration::from_secs(60), fake.gate.left()).await;
    left.expect("the provider sees that nobody listens");
    let program = again(&data).await;
    // Who comes back to the question is told what became of it, in whatever words.
    let ask = json!({
        "model": "paid/gated", "stream": true, "messages": [{ "role": "user", "content": "Hello?" }],
    });
    let request = program.request(Method::POST, "/v1/chat/completions").json(&ask);
    let answer = request.header("idempotency-key", "dies").send().await.expect("an answer");
    let (status, told) = (answer.status(), answer.text().await.expect("text"));
    assert!(told.contains("effect_unknown"), "{status} {told}");
    assert!(!told.contains("[DONE]"), "{told}");
    let state = program.get(&format!("/v1/{run}")).await.expect("a run");
    assert_eq!(state["state"]["status"], "failed", "{state}");
    assert_eq!(state["state"]["code"], "effect_unknown", "{state}");
    let id = run.trim_start_matches("run/");
    let response = program.get(&format!("/v1/responses/resp_{id}")).await.expect("a response");
    assert_eq!(response["status"], "failed", "{response}");
    assert_eq!(response["error"]["code"], "effect_unknown", "{response}");
    assert_eq!(fake.calls("gated"), 1, "nothing is asked twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_a_run_cuts_off_its_call_and_settles_what_was_seen() {
    let (home, fake) = (tempfile::tempdir().expect("a directory"), Fake::start().await);
    let program = started(&home.path().join("data"), &fake).await;
    let limit = json!({ "unit": "tokens", "limit": 100_000, "window": { "per": "total" } });
    program.post("/v1/budget/team/set", &limit).await.expect("set");
    let mut watcher = Watcher::of(&program, "cancelled").await;
    fake.gate.open(1);
    watcher.until(SAID[0]).await;
    let run = watcher.run.clone();
    let told = program.post(&format!("/v1/{run}/cancel"), &json!({})).await.expect("an answer");
    assert_eq!(told["output"]["status"], "cancelled", "{told}");
    // The provider is not listened to any longer.
    let left = tokio::time::timeout(Duration::from_secs(60), fake.gate.left()).await;
    left.expect("the call is cut off");
    let seen = watcher.whole().await;
    assert!(seen.last().is_some_and(|last| last.contains("run_cancelled")), "{seen:?}");
    // What was seen is paid, and nothing is set aside any more.
    let settled = async {
        loop {
            let budget = program.get("/v1/budget/team").await.expect("a budget");
            let ledger = &budget["state"]["ledger"];
            if ledger["reserved"] == 0 && ledger["used"].as_u64() > Some(0) {
                return ledger.clone();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let ledger = tokio::time::timeout(Duration::from_secs(60), settled).await.expect("settled");
    let used = ledger["used"].as_u64().expect("a number");
    assert!(used < 100, "what was seen, and not what was set aside: {ledger}");
    let concluded = async {
        loop {
            let page = program.get(&format!("/v1/{run}/events?limit=100")).await.expect("commits");
            let commits = page["items"].as_array().cloned().unwrap_or_default();
            let events = commits.iter().filter_map(|it| it["events"].as_array()).flatten();
            let events: Vec<_> = events.cloned().collect();
            if let Some(end) =
                events.iter().find(|event| event["type"] == "cambium:EffectConcluded")
            {
                return (end.clone(), events);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let concluded = tokio::time::timeout(Duration::from_secs(60), concluded).await;
    let (end, events) = concluded.expect("its actor is told");
    let types: Vec<_> = events.iter().filter_map(|event| event["type"].as_str()).collect();
    assert!(types.contains(&"cambium:EffectCancelled"), "{types:?}");
    let usage = &end["data"]["metered"]["usage"];
    let counted = ["input_tokens", "output_tokens"].map(|it| usage[it].as_u64().unwrap_or(0));
    assert_eq!(counted.iter().sum::<u64>(), used, "the log and the ledger agree: {end}");
    let state = program.get(&format!("/v1/{run}")).await.expect("a run");
    assert_eq!(state["state"]["status"], "cancelled", "{state}");
    assert_eq!(fake.calls("gated"), 1);
}
