//! A budget in front of a provider of the settings, in the real program, which is killed while it
//! waits for answers: nothing is spent that the budget does not know, and nothing is asked twice.

use std::fs;
use std::path::Path;
use std::time::Duration;

use cambium_tests::fake_models::{Fake, KEY};
use cambium_tests::program::Program;
use reqwest::Method;
use serde_json::{Value, json};

/// What an answer of the fake provider comes to, in tokens.
const ANSWER: u64 = 14;

/// Asks `model` in a conversation of its own.
async fn ask(program: &Program, id: &str, model: &str) {
    let agent = json!({ "principal": "helper", "role": "agent", "model": model });
    let create = json!({ "kind": "group", "members": [agent] });
    let path = format!("/v1/conversation/{id}");
    let made = program.request(Method::PUT, &path).json(&create).send().await;
    assert!(made.expect("asked").status().is_success());
    program.post(&format!("{path}/post"), &json!({ "text": "Hello?" })).await.expect("posted");
}

/// What came of it: `answered`, or a code; `None` = nothing yet.
async fn outcome(program: &Program, id: &str) -> Option<String> {
    let path = format!("/v1/conversation/{id}/events?limit=100");
    let page = program.get(&path).await.expect("read");
    let commits = page["items"].as_array().cloned().unwrap_or_default();
    let mut events = commits.iter().filter_map(|commit| commit["events"].as_array()).flatten();
    events.find_map(|event| match event["type"].as_str()? {
        "AgentFailed" => Some(event["data"]["code"].as_str().unwrap_or_default().to_owned()),
        "MessagePosted" if event["data"]["author"] == "helper" => Some("answered".to_owned()),
        _ => None,
    })
}

async fn until<T>(mut is: impl AsyncFnMut() -> Option<T>) -> T {
    let wait = async {
        loop {
            if let Some(value) = is().await {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait).await.expect("it happens")
}

async fn ended(program: &Program, id: &str) -> String {
    until(async || outcome(program, id).await).await
}

/// `(used, unknown, reserved)` of the budget.
async fn ledger(program: &Program) -> (u64, u64, u64) {
    let told = program.get("/v1/budget/team").await.expect("read");
    let number = |name: &str| told["state"]["ledger"][name].as_u64().unwrap_or_default();
    (number("used"), number("unknown"), number("reserved"))
}

async fn set(program: &Program, limit: u64) {
    let definition = json!({ "unit": "tokens", "limit": limit, "window": { "per": "total" } });
    program.post("/v1/budget/team/set", &definition).await.expect("set");
}

/// A program that asks `fake` under the name `paid`.
async fn started(data: &Path, fake: &Fake) -> Program {
    fs::create_dir_all(data).expect("made");
    let key = data.with_extension("key");
    fs::write(&key, KEY).expect("written");
    let (url, key) = (json!(fake.url), json!(key));
    let settings = format!(
        "[actors.models]\ndetect = false\n[actors.models.providers.paid]\nkind = \"anthropic\"\n\
         base_url = {url}\nkey_file = {key}\n"
    );
    fs::write(data.join("cambium.toml"), settings).expect("written");
    Program::start(super::BINARY, data).await.expect("the program starts")
}

#[tokio::test]
async fn a_killed_program_has_spent_what_the_ledger_says_and_asks_nobody_twice() {
    let (home, fake) = (tempfile::tempdir().expect("a directory"), Fake::start().await);
    let data = home.path().join("data");
    let program = started(&data, &fake).await;
    set(&program, 1_000_000).await;
    for number in 0..4 {
        let id = format!("good-{number}");
        ask(&program, &id, "paid/good").await;
        assert_eq!(ended(&program, &id).await, "answered");
    }
    assert_eq!(ledger(&program).await, (4 * ANSWER, 0, 0));
    // One call is being made: what is set aside for it is what each may cost.
    ask(&program, "mute-0", "paid/mute").await;
    let each = until(async || Some(ledger(&program).await.2).filter(|held| *held > 0)).await;
    set(&program, 4 * ANSWER + 6 * each).await;
    for number in 1..30 {
        ask(&program, &format!("mute-{number}"), "paid/mute").await;
    }
    until(async || (fake.calls("mute") == 6).then_some(())).await;
    let refused = async || {
        let mut refused = 0;
        for number in 0..30 {
            let outcome = outcome(&program, &format!("mute-{number}")).await;
            assert!(outcome.as_deref().is_none_or(|it| it == "budget_exceeded"), "{outcome:?}");
            refused += usize::from(outcome.is_some());
        }
        (refused == 24).then_some(())
    };
    until(refused).await;
    assert_eq!(ledger(&program).await, (4 * ANSWER, 0, 6 * each));
    program.kill().expect("killed");

    let program = started(&data, &fake).await;
    let mut unknown = 0;
    for number in 0..30 {
        let ended = ended(&program, &format!("mute-{number}")).await;
        assert!(["budget_exceeded", "effect_unknown"].contains(&&*ended), "{ended}");
        unknown += usize::from(ended == "effect_unknown");
    }
    assert_eq!(unknown, 6);
    assert_eq!(ledger(&program).await, (4 * ANSWER + 6 * each, 6 * each, 0));
    assert_eq!((fake.calls("mute"), fake.calls("good")), (6, 4), "nobody is asked twice");
    ask(&program, "one-more", "paid/good").await;
    assert_eq!(ended(&program, "one-more").await, "budget_exceeded");
    used(&program).await;
    program.stop().expect("stops");
}

/// Asks for a streamed answer, as OpenAI's clients do: its words, or the code of the refusal.
async fn chat(request: reqwest::RequestBuilder, model: &str) -> Result<String, String> {
    let body = json!({
        "model": model, "stream": true, "max_tokens": 100,
        "messages": [{ "role": "user", "content": "Hello?" }],
    });
    let answer = request.json(&body).send().await.map_err(|error| error.to_string())?;
    let status = answer.status();
    let said = answer.text().await.map_err(|error| error.to_string())?;
    if status.is_success() {
        return Ok(said);
    }
    assert_eq!(status, 429, "{said}");
    let told: Value = serde_json::from_str(&said).expect("JSON");
    Err(told["error"]["code"].as_str().unwrap_or_default().to_owned())
}

type Chats = Vec<tokio::task::JoinHandle<Result<String, String>>>;

/// A hundred streamed answers are asked for at once under a budget for ten; ten have begun and
/// ninety are refused. Gives those that go on, and what is set aside for each.
async fn hundred(program: &Program, fake: &Fake) -> (Chats, u64) {
    set(program, 1_000_000).await;
    let ask = || tokio::spawn(chat(program.request(Method::POST, CHATS), "paid/gated"));
    let mut chats = vec![ask()];
    let each = until(async || Some(ledger(program).await.2).filter(|held| *held > 0)).await;
    set(program, 10 * each).await;
    chats.extend((1..100).map(|_| ask()));
    let over = async || (chats.iter().filter(|it| it.is_finished()).count() == 90).then_some(());
    until(over).await;
    until(async || (fake.calls("gated") == 10).then_some(())).await;
    fake.gate.open(10);
    assert_eq!(ledger(program).await, (0, 0, 10 * each));
    let mut underway = Vec::new();
    for chat in chats {
        if chat.is_finished() {
            assert_eq!(chat.await.expect("asked"), Err("budget_exceeded".to_owned()));
        } else {
            underway.push(chat);
        }
    }
    (underway, each)
}

const CHATS: &str = "/v1/chat/completions";

#[tokio::test]
async fn of_a_hundred_streamed_chats_under_a_budget_for_ten_ten_are_paid() {
    let (home, fake) = (tempfile::tempdir().expect("a directory"), Fake::start().await);
    let program = started(&home.path().join("data"), &fake).await;
    let (underway, _) = hundred(&program, &fake).await;
    fake.gate.open(1_000);
    for chat in underway {
        let said = chat.await.expect("asked").expect("answered");
        assert!(said.contains("Welt.") && said.ends_with("data: [DONE]\n\n"), "{said}");
    }
    assert_eq!(ledger(&program).await, (10 * ANSWER, 0, 0));
    assert_eq!(fake.calls("gated"), 10);
    program.stop().expect("stops");
}

#[tokio::test]
async fn streamed_chats_that_a_crash_cuts_stay_paid_and_are_asked_once() {
    let (home, fake) = (tempfile::tempdir().expect("a directory"), Fake::start().await);
    let data = home.path().join("data");
    let program = started(&data, &fake).await;
    let (underway, each) = hundred(&program, &fake).await;
    program.kill().expect("killed");
    for chat in underway {
        chat.await.expect("asked").expect_err("nobody says that a cut answer is whole");
    }
    let program = started(&data, &fake).await;
    let closed = async || (ledger(&program).await.2 == 0).then_some(());
    until(closed).await;
    assert_eq!(ledger(&program).await, (10 * each, 10 * each, 0));
    assert_eq!(fake.calls("gated"), 10, "nobody is asked twice");
    let refused = chat(program.request(Method::POST, CHATS), "paid/gated").await;
    assert_eq!(refused, Err("budget_exceeded".to_owned()));
    program.stop().expect("stops");
}

/// What is added up is what the provider has told, and what nobody knows.
async fn used(program: &Program) {
    let cursor = program.get("/v1/budget/team").await.expect("read")["cursor"].clone();
    let path = format!("/v1/usage?by=model&min_cursor={}", cursor.as_str().expect("a cursor"));
    let told = program.get(&path).await.expect("read");
    let row = |model: &str| {
        let rows = told["items"].as_array().cloned().unwrap_or_default();
        rows.into_iter().find(|row| row["model"] == model).unwrap_or(Value::Null)
    };
    let good = row("paid/good");
    let counts = (&good["calls"], &good["input_tokens"], &good["output_tokens"]);
    assert_eq!(counts, (&json!(4), &json!(36), &json!(20)), "{told}");
    let mute = row("paid/mute");
    assert_eq!((&mute["calls"], &mute["unknown"]), (&json!(6), &json!(6)), "{told}");
}
