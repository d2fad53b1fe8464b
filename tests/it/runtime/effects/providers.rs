//! Real languages of providers, from the effect to the log: against a server that checks what the
//! real ones check and fails as they do.

use std::path::Path;
use std::time::Duration;

use actors::model::{ModelsConfig, ProviderConfig, ProviderKind, Providers};
use actors::{Config, Registry};
use cambium_tests::fake_models::{Fake, KEY};
use cambium_tests::node::Node;
use contracts::Cursor;
use contracts::effect::Terms;
use contracts::ports::{History as _, Models as _};
use contracts::view::At;
use futures_util::StreamExt as _;
use nats::Memory;
use serde_json::{Value, json};

use super::asker::{self, Asker, call, place};

/// The five languages, by the name of the provider here.
const NAMES: [(&str, ProviderKind); 5] = [
    ("chat", ProviderKind::OpenaiCompatible),
    ("azure", ProviderKind::Azure),
    ("responses", ProviderKind::OpenaiResponses),
    ("messages", ProviderKind::Anthropic),
    ("gemini", ProviderKind::Gemini),
];

struct World {
    fake: Fake,
    node: Node,
    providers: Providers,
    _home: tempfile::TempDir,
}

fn provider(kind: ProviderKind, url: &str, key_file: &Path) -> ProviderConfig {
    ProviderConfig {
        kind,
        base_url: Some(url.to_owned()),
        key_file: Some(key_file.to_owned()),
        first_token_timeout_ms: 300,
        timeout_ms: 600,
        request_bytes_max: 50_000,
        retry_ms_min: 1,
        retry_ms_max: 5,
        ..ProviderConfig::default()
    }
}

async fn world(adjust: impl Fn(&mut ModelsConfig)) -> World {
    let (fake, home) = (Fake::start().await, tempfile::tempdir().expect("a directory"));
    let key = home.path().join("key");
    std::fs::write(&key, format!("{KEY}\n")).expect("written");
    let named = NAMES.map(|(name, kind)| (name.to_owned(), provider(kind, &fake.url, &key)));
    let mut config = ModelsConfig { providers: named.into(), ..ModelsConfig::default() };
    adjust(&mut config);
    let providers = Providers::configured(&config).expect("settings that make sense");
    let registry = Registry::standard().with::<Asker>();
    let config = Config { effect_drain_ms: 0, ..Config::default() };
    let node = Node::on(Memory::new(), registry, config, providers.clone()).await;
    World { fake, node, providers, _home: home }
}

impl World {
    /// What came of a call.
    async fn told(&self, model: &str, stream: bool) -> Value {
        self.told_of(model, |effect| effect["stream"] = json!(stream)).await
    }

    async fn told_of(&self, model: &str, adjust: impl Fn(&mut Value)) -> Value {
        let mut effect = call(model, "Hello?", Terms::default());
        let inner = effect.as_object_mut().expect("an object");
        adjust(inner.values_mut().find(|it| it.is_object()).unwrap_or(&mut Value::Null));
        let id = format!("a{}", contracts::Hash::of(effect.to_string().as_bytes()));
        let id = &id[..40];
        asker::ask(&self.node, id, &[effect]).await;
        let wait = async {
            loop {
                let state = self.node.runtime.state(&place(id), At::Latest).await.expect("there");
                if let Some(told) = state.state.get(0) {
                    return told["result"].clone();
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait).await.expect("it is told")
    }
}

fn code(told: &Value) -> &str {
    told["failed"]["code"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn each_language_answers_whole_and_in_pieces_and_all_of_it_stands_in_the_log() {
    let world = world(|_| {}).await;
    for (name, _) in NAMES {
        for stream in [false, true] {
            let told = world.told(&format!("{name}/good"), stream).await;
            let answer = &told["llm"];
            assert_eq!(answer["text"], "Grüße, Welt.", "{name} {stream}: {told}");
            assert_eq!(answer["provider"], name);
            assert!(
                answer["model"].as_str().is_some_and(|it| it.matches(name).count() == 1),
                "{answer}"
            );
            assert_eq!(answer["usage"], json!({ "input_tokens": 9, "output_tokens": 5 }), "{name}");
            assert_eq!(answer["deltas"].is_string(), stream, "{name}: {answer}");
            assert_eq!(answer.get("attempts"), None, "{name}: the first attempt answered");
        }
    }
    assert_eq!(world.fake.calls("good"), 2 * NAMES.len());
}

#[tokio::test]
async fn watchers_are_shown_pieces_with_their_places_in_bytes() {
    let world = world(|_| {}).await;
    let mut shown = world.node.memory.live().listen(&"main".parse().expect("a tenant"), None, None);
    world.told("chat/good", true).await;
    let mut text = String::new();
    while text.len() < "Grüße, Welt.".len() {
        let item = tokio::time::timeout(Duration::from_secs(5), shown.next()).await;
        let signal = item.expect("shown").expect("open").signal;
        assert_eq!(signal.data["offset"], text.len(), "{signal:?}");
        text.push_str(signal.data["text"].as_str().expect("a text"));
    }
    assert_eq!(text, "Grüße, Welt.");
}

#[tokio::test]
async fn each_failure_has_its_code_in_every_language() {
    let world = world(|_| {}).await;
    for (name, _) in NAMES {
        for (model, want) in [
            ("busy", "model_rate_limit"),
            ("broken", "model_provider"),
            ("missing", "model_not_found"),
            ("html", "model_provider"),
            ("overloaded", "model_rate_limit"),
        ] {
            let told = world.told(&format!("{name}/{model}"), true).await;
            assert_eq!(code(&told), want, "{name}/{model}: {told}");
        }
    }
    assert_eq!(world.fake.calls("busy"), NAMES.len(), "an hour is not waited for");
    assert_eq!(world.fake.calls("broken"), NAMES.len(), "what may have been done is not repeated");
}

#[tokio::test]
async fn silence_and_half_an_answer_are_unknown_and_never_asked_again() {
    let world = world(|_| {}).await;
    for (name, _) in NAMES {
        for model in ["mute", "cut", "half"] {
            let told = world.told(&format!("{name}/{model}"), true).await;
            assert_eq!(told, "unknown", "{name}/{model}");
        }
    }
    for model in ["mute", "cut", "half"] {
        assert_eq!(world.fake.calls(model), NAMES.len(), "{model}: once each");
    }
}

#[tokio::test]
async fn what_did_nothing_is_asked_again_and_every_attempt_is_told() {
    let world = world(|_| {}).await;
    let told = world.told("messages/busy-once", false).await;
    let answer = &told["llm"];
    assert_eq!(answer["text"], "Grüße, Welt.", "{told}");
    let codes: Vec<_> = answer["attempts"].as_array().expect("two").iter().collect();
    assert_eq!(codes.len(), 2, "{answer}");
    assert_eq!(codes[0]["code"], "model_rate_limit");
    assert_eq!(codes[1].get("code"), None);
    let told = world.told("messages/overloaded", false).await;
    assert_eq!((code(&told), world.fake.calls("overloaded")), ("model_rate_limit", 3));
}

#[tokio::test]
async fn another_model_stands_in_only_where_it_is_named_and_says_so() {
    let world = world(|config| {
        let fallbacks = [("chat/broken", "messages/good"), ("chat/mute", "messages/good")];
        config.fallbacks =
            fallbacks.map(|(asked, instead)| (asked.to_owned(), vec![instead.to_owned()])).into();
    })
    .await;
    let told = world.told("chat/broken", true).await;
    let answer = &told["llm"];
    assert_eq!(answer["degraded"], json!({ "asked": "chat/broken", "code": "model_provider" }));
    assert_eq!(answer["model"], "messages/good");
    assert_eq!(answer["attempts"].as_array().map(Vec::len), Some(2), "{answer}");
    assert_eq!(world.told("chat/mute", true).await, "unknown", "it may have been paid for");
    let told = world.told("messages/broken", false).await;
    assert_eq!(code(&told), "model_provider", "nobody stands in silently: {told}");
}

#[tokio::test]
async fn a_lie_about_usage_is_counted_anew_and_said() {
    let world = world(|_| {}).await;
    for (name, _) in NAMES {
        let told = world.told(&format!("{name}/liar"), false).await;
        let usage = &told["llm"]["usage"];
        assert_eq!(usage["estimated"], true, "{name}: {told}");
        assert!(usage["input_tokens"].as_u64().is_some_and(|it| it < 100), "{name}: {usage}");
        assert!(usage["output_tokens"].as_u64().is_some_and(|it| it > 2), "{name}: {usage}");
    }
}

#[tokio::test]
async fn a_prompt_that_is_too_long_is_refused_by_the_name_of_its_limit() {
    let world = world(|_| {}).await;
    let long = "word ".repeat(12_000);
    let told =
        world.told_of("chat/good", |llm| llm["request"]["turns"][0]["content"] = json!(long)).await;
    assert_eq!(code(&told), "model_validation", "{told}");
    let message = told["failed"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("request_bytes_max"), "{message}");
    assert_eq!(world.fake.calls("good"), 0, "nothing was sent");
}

#[tokio::test]
async fn a_provider_that_keeps_failing_is_left_alone_until_it_is_reset() {
    let world = world(|config| {
        let chat = config.providers.get_mut("chat").expect("named");
        chat.circuit.calls_min = 3;
    })
    .await;
    for turn in 0..3 {
        let told = world.told_of("chat/broken", |llm| llm["request"]["seed"] = json!(turn)).await;
        assert_eq!(code(&told), "model_provider");
    }
    let told = world.told("chat/good", false).await;
    assert_eq!(code(&told), "model_provider", "{told}");
    assert_eq!(world.fake.calls("good"), 0, "it is left alone");
    let state = |it: &Providers| json!(it.circuits())[1]["state"].clone();
    assert_eq!(json!(world.providers.circuits())[1]["provider"], "chat");
    assert_eq!(state(&world.providers), "open");
    world.providers.reset_circuit("chat").expect("there");
    let told = world.told("chat/good", true).await;
    assert_eq!(told["llm"]["text"], "Grüße, Welt.", "{told}");
    assert_eq!(world.told("messages/good", false).await["llm"]["provider"], "messages");
}

#[tokio::test]
async fn keys_stand_nowhere_but_in_the_request() {
    let wrong = "sk-wrong-9876543210fedcba9876543210";
    let world = world(|config| {
        let gemini = config.providers.get_mut("gemini").expect("named");
        gemini.key_command = vec!["echo".to_owned(), wrong.to_owned()];
        gemini.key_file = None;
    })
    .await;
    let told = world.told("gemini/good", false).await;
    assert_eq!(code(&told), "model_auth", "{told}");
    for (name, _) in NAMES {
        world.told(&format!("{name}/parrot"), false).await;
        // Gemini is asked with a wrong key here.
        for stream in [false, true].into_iter().filter(|_| name != "gemini") {
            let told = world.told(&format!("{name}/blabber"), stream).await;
            let text = told["llm"]["text"].as_str().unwrap_or_default();
            assert!(text.starts_with("Grü") && text.ends_with('…'), "{name} {stream}: {told}");
        }
    }
    let mut log = String::new();
    let entries = world.node.memory.log();
    let mut at = Cursor(1);
    while let Ok(Some(stored)) = entries.get(at).await {
        log.push_str(&String::from_utf8_lossy(&stored.payload));
        at = Cursor(at.0 + 1);
    }
    assert!(log.contains("model_auth") && log.contains("model_validation"), "{}", log.len());
    for secret in [KEY, wrong, "0123456789abcdef"] {
        assert!(!log.contains(secret), "a key stands in the log");
    }
    assert!(!format!("{:?}", world.providers).contains(KEY));
}
