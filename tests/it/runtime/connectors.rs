//! Accounts: whose key a model is asked with, whose circuit a bad one opens, tokens had and
//! refreshed, and no credential where it has no business.

mod service;

use std::time::Duration;

use actors::model::{ModelsConfig, ProviderConfig, ProviderKind, Providers};
use actors::{Config, Registry};
use cambium_tests::node::{Node, address};
use contracts::kinds::connector::secret_of;
use contracts::ports::{Connectors as _, Grant, History as _, Secrets as _};
use contracts::view::{Answer, At};
use contracts::{ActorId, Caller, Cursor, Hash, Origin, Refusal, Secret, SecretName};
use nats::Memory;
use nats::streams::Bucket;
use serde_json::{Value, json};
use service::Service;

use cambium_tests::wrapping::PlainSecrets;

/// A node whose settings name the service as the provider `shop`, with a key of their own.
async fn node(memory: &Memory, service: &Service, allow: bool) -> Node {
    let provider = ProviderConfig {
        kind: ProviderKind::OpenaiCompatible,
        base_url: Some(format!("{}/v1", service.url)),
        key: Some("secret:settings".to_owned()),
        retries_max: 0,
        ..ProviderConfig::default()
    };
    let providers = [("shop".to_owned(), provider)].into();
    let models = ModelsConfig { providers, ..ModelsConfig::default() };
    let providers = Providers::opening(&models, &|_| {
        std::sync::Arc::new(|| {
            Box::pin(async { Ok(Some(Secret::new("key-of-the-settings".to_owned()))) })
        })
    });
    let mut config = Config { effect_retry_ms_min: 1, effect_retry_ms_max: 1, ..Config::default() };
    if allow {
        config.fetch.allow = vec!["127.0.0.1".parse().expect("an address")];
    }
    let providers = providers.expect("settings that make sense");
    let node = Node::on(memory.clone(), Registry::standard(), config, providers).await;
    for name in ["ann", "bob", "cat"] {
        let roles = json!({ "roles": ["user"] });
        node.ask(&format!("principal/{name}"), "register", roles).await.expect("registered");
    }
    node
}

fn by(name: &str) -> Caller {
    Caller::new(name.parse().expect("a principal"), Origin::Http)
}

async fn said(
    node: &Node,
    who: &str,
    (to, command): (&str, &str),
    input: Value,
) -> Result<Answer, Refusal> {
    let mut envelope = node.command(to, command, input);
    envelope.by = by(who);
    node.send(envelope).await
}

async fn seal(memory: &Memory, id: &str, name: &str, value: &str) -> SecretName {
    let id = ActorId::new(id).expect("an id");
    let secret = secret_of(&id, &Hash::of(name.as_bytes()));
    let secrets = PlainSecrets(memory.store(Bucket::Secrets));
    let (tenant, value) = (address("a/b").tenant, Secret::new(value.to_owned()));
    let (by, now) = (Caller::ADMIN, memory.now());
    secrets.seal(&tenant, &secret, &value, (&by, now)).await.expect("sealed");
    secret
}

/// An account of `who` with the provider `shop`.
async fn account(memory: &Memory, node: &Node, who: &str, key: &str) -> String {
    let id = format!("shop-of-{who}");
    let to = format!("connector/{id}");
    let create = json!({ "service": { "service": "model", "provider": "shop" } });
    said(node, who, (&to, "create"), create).await.expect("created");
    let secret = seal(memory, &id, key, key).await;
    let told = said(node, who, (&to, "seal"), json!({ "secret": secret })).await.expect("sealed");
    assert_eq!(told.reply["status"], "ready");
    id
}

async fn asks(node: &Node, who: &str, run: &str, model: &str) -> Value {
    let turns = json!([{ "role": "user", "content": "hello" }]);
    let start = json!({ "model": model, "turns": turns });
    let told = said(node, who, (&format!("run/{run}"), "start"), start).await;
    told.expect("accepted").reply
}

async fn log_of(memory: &Memory, place: &str) -> String {
    let stored = memory.log().read(&address(place), Cursor::ZERO, 1_000).await.expect("readable");
    stored.iter().map(|it| String::from_utf8_lossy(&it.payload).into_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_asked_for_with_his_own_key_then_the_organizations_then_the_settings() {
    let (memory, service) = (Memory::new(), Service::start().await);
    let node = node(&memory, &service, false).await;
    asks(&node, "ann", "a", "shop/good").await;
    assert_eq!(service.last_key(), "Bearer key-of-the-settings");
    let of_admin = account(&memory, &node, "admin", "key-of-the-house").await;
    asks(&node, "ann", "b", "shop/good").await;
    assert_eq!(service.last_key(), "Bearer key-of-the-settings", "it is not shared yet");
    let share = (&*format!("connector/{of_admin}"), "share");
    let refusal = said(&node, "ann", share, json!({ "shared": true })).await.expect_err("not hers");
    assert_eq!(refusal.code, "forbidden");
    said(&node, "admin", share, json!({ "shared": true })).await.expect("shared");
    asks(&node, "ann", "c", "shop/good").await;
    assert_eq!(service.last_key(), "Bearer key-of-the-house");
    let of_ann = account(&memory, &node, "ann", "key-of-ann").await;
    asks(&node, "ann", "d", "shop/good").await;
    assert_eq!(service.last_key(), "Bearer key-of-ann");
    asks(&node, "bob", "e", "shop/good").await;
    assert_eq!(service.last_key(), "Bearer key-of-the-house", "ann's key is hers alone");
    assert!(log_of(&memory, "run/d").await.contains(&of_ann), "the log says whose account paid");
    let revoke = (&*format!("connector/{of_ann}"), "revoke");
    let refusal = said(&node, "bob", revoke, json!({})).await.expect_err("not his");
    assert_eq!(refusal.code, "connector_not_yours");
    // Rotated, the new key counts at once, and the last one is erased.
    let next = seal(&memory, &of_ann, "next", "next-key-of-ann").await;
    let to = format!("connector/{of_ann}");
    said(&node, "ann", (&to, "seal"), json!({ "secret": next })).await.expect("rotated");
    asks(&node, "ann", "f", "shop/good").await;
    assert_eq!(service.last_key(), "Bearer next-key-of-ann");
    let old = secret_of(&ActorId::new(&of_ann).expect("an id"), &Hash::of(b"key-of-ann"));
    gone(&memory, &old).await;
    said(&node, "ann", revoke, json!({})).await.expect("ended");
    asks(&node, "ann", "g", "shop/good").await;
    assert_eq!(service.last_key(), "Bearer key-of-the-house");
    gone(&memory, &next).await;
    for place in ["run/d", "run/f", "connector/shop-of-ann"] {
        assert!(!log_of(&memory, place).await.contains("key-of-ann"), "{place} tells the key");
    }
    node.runtime.stop().await;
}

/// Waits until a secret is erased.
async fn gone(memory: &Memory, secret: &SecretName) {
    let secrets = PlainSecrets(memory.store(Bucket::Secrets));
    let tenant = address("a/b").tenant;
    let erased = async {
        while secrets.open(&tenant, secret).await.expect("readable").is_some() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), erased).await.expect("it is erased");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_repeats_the_key_tells_it_to_nobody() {
    let (memory, service) = (Memory::new(), Service::start().await);
    let node = node(&memory, &service, false).await;
    // Short and plain: nothing about it looks like a key.
    account(&memory, &node, "ann", "hunter2").await;
    let told = asks(&node, "ann", "a", "shop/parrot").await;
    assert_eq!(told["code"], "model_validation", "{told}");
    assert!(told.to_string().contains("you said Bearer …"), "{told}");
    let check = said(&node, "ann", ("connector/shop-of-ann", "check"), json!({})).await;
    assert_eq!(check.expect("answered").reply["ok"], true);
    service.refuse("hunter2");
    let check = said(&node, "ann", ("connector/shop-of-ann", "check"), json!({})).await;
    let check = check.expect("answered").reply;
    assert_eq!((&check["ok"], &check["code"]), (&json!(false), &json!("model_auth")), "{check}");
    for place in ["run/a", "connector/shop-of-ann"] {
        assert!(!log_of(&memory, place).await.contains("hunter2"), "{place} tells the key");
    }
    node.runtime.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_circuit_that_one_key_opens_is_open_for_that_account_alone() {
    let (memory, service) = (Memory::new(), Service::start().await);
    let node = node(&memory, &service, false).await;
    let of_ann = account(&memory, &node, "ann", "key-of-ann").await;
    account(&memory, &node, "bob", "key-of-bob").await;
    for round in 0..10 {
        let told = asks(&node, "ann", &format!("a{round}"), "shop/broken").await;
        assert_eq!(told["code"], "model_provider", "{told}");
    }
    let (tenant, id) = (address("a/b").tenant, ActorId::new(&of_ann).expect("an id"));
    let view = || serde_json::json!(node.runtime.circuit(&tenant, &id));
    assert_eq!(view()["state"], "open", "{}", view());
    let asked = service.asked();
    asks(&node, "ann", "b", "shop/good").await;
    assert_eq!(service.asked(), asked, "she is left alone");
    assert_eq!(asks(&node, "bob", "c", "shop/good").await["text"], "Hi.");
    assert_eq!(asks(&node, "cat", "d", "shop/good").await["text"], "Hi.", "the settings' own");
    node.runtime.reset_circuit(&tenant, &id).expect("it has one");
    assert_eq!(asks(&node, "ann", "e", "shop/good").await["text"], "Hi.");
    node.runtime.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_a_connector_names_is_looked_at_before_anything_is_sent() {
    let (memory, service) = (Memory::new(), Service::start().await);
    let node = node(&memory, &service, false).await;
    let inside = json!({ "service": {
        "service": "model", "provider": "mine", "base_url": format!("{}/v1", service.url),
    } });
    said(&node, "ann", ("connector/mine", "create"), inside).await.expect("created");
    let secret = seal(&memory, "mine", "k", "key-of-mine").await;
    said(&node, "ann", ("connector/mine", "seal"), json!({ "secret": secret })).await.expect("ok");
    let told = asks(&node, "ann", "a", "mine/good").await;
    assert_eq!(told["code"], "model_validation", "{told}");
    assert!(told.to_string().contains("is not public"), "{told}");
    assert_eq!(service.asked(), 0, "nothing was sent");
    // Nobody else knows of it, and a language must be one.
    assert_eq!(asks(&node, "bob", "b", "mine/good").await["code"], "model_unknown");
    node.runtime.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_is_asked_in_the_name_of_an_account_and_nowhere_else() {
    let (memory, service) = (Memory::new(), Service::start().await);
    let url = service.url.clone();
    let ask = |id: &str, url: String, account: &str| {
        let body = json!({ "model": "good" });
        let input = json!({ "method": "POST", "url": url, "body": body, "connector": account });
        let arguments = input.to_string();
        contracts::model::ToolCall { id: id.to_owned(), name: "http_request".to_owned(), arguments }
    };
    let calls = vec![
        ask("a", format!("{url}/v1/things"), "api"),
        ask("b", format!("{url}/v2/things"), "api"),
        ask("c", format!("{url}/v1/things"), "nobody-s"),
        ask("d", format!("{url}/v1/parrot"), "api"),
    ];
    let caller = std::sync::Arc::new(Calling(calls));
    let mut config = Config { effect_retry_ms_min: 1, ..Config::default() };
    config.fetch.allow = vec!["127.0.0.1".parse().expect("an address")];
    let providers = Providers::standard().with(caller);
    let node = Node::on(memory.clone(), Registry::standard(), config, providers).await;
    let create = json!({ "service": { "service": "http", "base_url": format!("{url}/v1") } });
    node.ask("connector/api", "create", create).await.expect("created");
    let secret = seal(&memory, "api", "k", "key-of-the-api").await;
    node.ask("connector/api", "seal", json!({ "secret": secret })).await.expect("sealed");
    let turns = json!([{ "role": "user", "content": "go" }]);
    let uses = json!([{ "name": "http_request" }]);
    let start = json!({ "model": "calling/one", "turns": turns, "uses": uses });
    let told = node.ask("run/r", "start", start).await.expect("answered").reply["text"].clone();
    let told: Vec<Value> = serde_json::from_str(told.as_str().expect("text")).expect("JSON");
    let told: Vec<&str> = told.iter().filter_map(Value::as_str).collect();
    assert_eq!(service.last_key(), "Bearer key-of-the-api");
    assert!(told[0].contains("\"status\":200"), "{}", told[0]);
    assert!(told[1].contains("fetch_blocked"), "{}", told[1]);
    assert!(told[2].contains("connector_unusable"), "{}", told[2]);
    assert!(told[3].contains("you said Bearer ***"), "{}", told[3]);
    assert_eq!(service.asked(), 2, "nothing went where the account is not");
    assert!(!log_of(&memory, "run/r").await.contains("key-of-the-api"));
    node.runtime.stop().await;
}

/// A model that calls tools once, and then says what they told it.
struct Calling(Vec<contracts::model::ToolCall>);

impl actors::model::Provider for Calling {
    fn name(&self) -> &str {
        "calling"
    }

    fn complete<'a>(
        &'a self,
        request: &'a contracts::model::ModelRequest,
        _: Option<actors::model::Deltas<'a>>,
    ) -> contracts::ports::Fut<'a, Result<contracts::model::ModelResponse, Refusal>> {
        Box::pin(async move {
            let told = request.turns.iter();
            let told = told.filter_map(|turn| Some((turn.call.clone()?, turn.content.clone())));
            let told: std::collections::BTreeMap<_, _> = told.collect();
            let told: Vec<_> = told.into_values().collect();
            let calls = if told.is_empty() { self.0.clone() } else { Vec::new() };
            Ok(contracts::model::ModelResponse {
                text: json!(told).to_string(),
                calls,
                request_hash: actors::model::request_hash(request)?,
                ..contracts::model::ModelResponse::default()
            })
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_had_sealed_used_and_refreshed_and_stand_in_no_log() {
    let (memory, service) = (Memory::new(), Service::start().await);
    let node = node(&memory, &service, true).await;
    let (to, url) = ("connector/cloud", &service.url);
    let create = json!({
        "service": { "service": "model", "provider": "cloud", "base_url": format!("{url}/v1") },
        "auth": {
            "auth": "oauth", "authorize_url": format!("{url}/authorize"),
            "token_url": format!("{url}/token"), "revoke_url": format!("{url}/revoke"),
            "client_id": "cambium",
        },
    });
    said(&node, "ann", (to, "create"), create).await.expect("created");
    let grant = |code: &str| Grant {
        code: Secret::new(code.to_owned()),
        verifier: Secret::new("v".repeat(64)),
        redirect_uri: "http://127.0.0.1/back".to_owned(),
        by: "ann".parse().expect("a principal"),
    };
    let refusal = node.runtime.exchange(&address(to), grant("bad-code")).await.expect_err("bad");
    assert_eq!(refusal.code, "oauth_refused");
    assert!(refusal.message.ends_with("invalid_grant"), "{refusal}");
    let tokens = node.runtime.exchange(&address(to), grant("good-code")).await.expect("tokens");
    assert!(tokens.refreshable && tokens.expires_at.is_some());
    let form = service.form();
    assert!(form.contains("grant_type=authorization_code") && form.contains("client_id=cambium"));
    let first = tokens.secret.clone();
    said(&node, "ann", (to, "authorize"), json!(tokens)).await.expect("authorized");
    assert_eq!(asks(&node, "ann", "a", "cloud/good").await["text"], "Hi.");
    assert_eq!(service.last_key(), "Bearer access-1");
    // The timer refreshes it before it expires, whoever is away.
    let timer = async {
        loop {
            let state = node.runtime.state(&address(to), At::Latest).await.expect("it is").state;
            if state["secret"] != json!(first) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), timer).await.expect("it is refreshed");
    asks(&node, "ann", "b", "cloud/good").await;
    assert_eq!(service.last_key(), "Bearer access-2");
    gone(&memory, &first).await;
    said(&node, "ann", (to, "revoke"), json!({})).await.expect("ended");
    let ended = async {
        while !service.form().contains("token=refresh-2") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), ended).await.expect("the service is told");
    let log = log_of(&memory, to).await + &log_of(&memory, "run/a").await;
    for secret in ["access-1", "access-2", "refresh-1", "refresh-2", "good-code"] {
        assert!(!log.contains(secret), "{secret} stands in the log");
    }
    node.runtime.stop().await;
}
