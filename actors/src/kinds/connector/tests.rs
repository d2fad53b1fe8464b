use contracts::access::Rights;
use contracts::effect::{Effect, Outcome, OutcomeResult, ToolAnswer};
use contracts::kinds::connector::{self as page, Event, secret_of};
use contracts::{ActorId, EffectId, Hash, Refusal, Revision, SecretName};
use serde_json::{Value, json};

use super::{Connector, REFRESH, Status};
use crate::kinds::testing::{Given, given, page_is_consistent};

fn secret(name: &str) -> SecretName {
    secret_of(&ActorId::from_static("me"), &Hash::of(name.as_bytes()))
}

fn create(auth: Value) -> Value {
    json!({ "service": { "service": "model", "provider": "openai" }, "auth": auth })
}

fn oauth() -> Value {
    json!({
        "auth": "oauth", "authorize_url": "https://a.example/a", "token_url": "https://a.example/t",
        "client_id": "cambium",
    })
}

fn begun(auth: Value) -> Given<Connector> {
    given::<Connector>([]).by("ann").when("create", create(auth)).given
}

fn tool(tag: Value, result: Result<Value, Refusal>) -> Outcome {
    let result = match result {
        Ok(output) => OutcomeResult::Tool(ToolAnswer { output, blob: None, ms: 1 }),
        Err(refusal) => OutcomeResult::Failed(refusal),
    };
    let effect = EffectId(Hash::of(b"e"));
    Outcome { effect, revision: Revision(1), index: 0, attempts: 1, tag, result, metered: None }
}

fn errands(effects: &[Effect]) -> Vec<&str> {
    let name = |effect: &'_ Effect| match effect {
        Effect::Tool(tool) => Some(tool.name.clone()),
        _ => None,
    };
    effects.iter().filter_map(name).map(|name| &*name.leak()).collect()
}

#[test]
fn the_page_is_consistent() {
    page_is_consistent::<page::Connector>();
}

#[test]
fn a_key_is_sealed_rotated_and_ended_and_the_old_one_is_erased() {
    let waiting = begun(json!({ "auth": "key" }));
    assert_eq!(waiting.state.status, Status::Waiting);
    let ready = waiting.when("seal", json!({ "secret": secret("a") }));
    assert!(ready.effects.is_empty());
    let rotated = ready.given.when("seal", json!({ "secret": secret("b") }));
    assert_eq!(errands(&rotated.effects), ["connector_erase"]);
    let Effect::Tool(erase) = &rotated.effects[0] else { panic!("a tool") };
    assert_eq!(erase.input["secret"], json!(secret("a")));
    assert_eq!(rotated.given.state.secret, Some(secret("b")));
    let ended = rotated.given.when("revoke", json!({}));
    assert_eq!(errands(&ended.effects), ["connector_revoke"]);
    assert_eq!(ended.given.state.secret, None);
    ended.given.state_is_the_fold();
    ended.given.when("seal", json!({ "secret": secret("c") })).then_refused("connector_revoked");
}

#[test]
fn a_connector_names_no_secret_but_its_own() {
    for other in ["openai", "webhook:me", "connector:000000000000000000000000:aa"] {
        let then = begun(json!({ "auth": "key" })).when("seal", json!({ "secret": other }));
        then.then_refused("invalid_input");
    }
}

#[test]
fn it_obeys_its_owner_and_who_may_share_and_nobody_else() {
    let ready = begun(json!({ "auth": "key" })).when("seal", json!({ "secret": secret("a") }));
    let eve = ready.given.by("eve").with_rights(Rights::nothing());
    for (name, input) in [
        ("share", json!({ "shared": true })),
        ("seal", json!({ "secret": secret("b") })),
        ("check", json!({})),
        ("revoke", json!({})),
    ] {
        let mine = begun(json!({ "auth": "key" })).by("eve").with_rights(Rights::nothing());
        mine.when(name, input).then_refused("connector_not_yours");
    }
    let ann = "ann".parse().expect("a principal");
    let bob = "bob".parse().expect("a principal");
    assert!(eve.state.serves(&ann) && !eve.state.serves(&bob));
    let own = eve.by("ann").when("share", json!({ "shared": true }));
    own.then_refused("connector_not_yours");
    let shared = given::<Connector>([
        Event::Created {
            create: serde_json::from_value(create(json!({ "auth": "key" }))).expect("an input"),
            owner: ann.clone(),
        },
        Event::Sealed { secret: secret("a"), by: ann.clone() },
    ]);
    let shared = shared.when("share", json!({ "shared": true })).given;
    assert!(shared.state.serves(&bob));
    // What everybody uses is no longer its owner's to change.
    let ann = shared.by("ann").with_rights(Rights::nothing());
    ann.when("revoke", json!({})).then_refused("connector_not_yours");
}

#[test]
fn tokens_are_refreshed_before_they_expire_and_trouble_is_told() {
    let waiting = begun(oauth());
    let expires = json!({
        "secret": secret("a"), "refreshable": true, "expires_at": "2027-01-15T09:00:00.000Z",
    });
    let ready = waiting.when("authorize", expires);
    let Some(Effect::Timer(timer)) = ready.effects.first() else { panic!("a timer") };
    assert_eq!(timer.at.map(|at| at.to_string()), Some("2027-01-15T08:55:00.000Z".to_owned()));
    let asked = ready.given.when("refresh", json!({}));
    assert_eq!(errands(&asked.effects), [REFRESH]);
    let again = asked.given.when("refresh", json!({}));
    assert!(again.effects.is_empty(), "one at a time");
    let away = Err(Refusal::unavailable("fetch_unreachable", "away"));
    let failed = again.given.when_outcome(&tool(json!("refresh"), away));
    assert_eq!(failed.given.state.status, Status::Ready, "the present token is still good");
    assert!(matches!(failed.effects.first(), Some(Effect::Timer(_))), "it is tried again");
    let asked = failed.given.when("refresh", json!({}));
    let fresh = json!({ "secret": secret("b"), "refreshable": true });
    let done = asked.given.when_outcome(&tool(json!("refresh"), Ok(fresh)));
    assert_eq!(done.given.state.secret, Some(secret("b")));
    assert_eq!(errands(&done.effects), ["connector_erase"]);
    let asked = done.given.when("refresh", json!({}));
    let refused = Err(Refusal::rejected("oauth_refused", "invalid_grant"));
    let refused = asked.given.when_outcome(&tool(json!("refresh"), refused));
    assert_eq!(refused.given.state.status, Status::Expired);
    assert!(refused.effects.is_empty(), "nobody asks in vain");
    refused.given.state_is_the_fold();
}

#[test]
fn a_check_is_answered_when_the_service_has_answered() {
    let unsealed = begun(json!({ "auth": "key" })).when("check", json!({}));
    unsealed.then_refused("connector_unsealed");
    let ready = begun(json!({ "auth": "key" })).when("seal", json!({ "secret": secret("a") }));
    let asked = ready.given.when("check", json!({}));
    let command = asked.given.state.checks[0];
    let told = Err(Refusal::rejected("model_auth", "the provider refuses the credential"));
    let then = asked.given.when_outcome(&tool(json!({ "check": command }), told));
    assert_eq!(then.decided().completes.len(), 1);
    assert_eq!(
        then.given.state.checked.as_ref().and_then(|it| it.code.as_deref()),
        Some("model_auth")
    );
    then.given.state_is_the_fold();
}

#[test]
fn inputs_are_checked() {
    for bad in [
        json!({ "service": { "service": "model", "provider": "local" } }),
        json!({ "service": { "service": "model", "provider": "a/b" } }),
        json!({ "service": { "service": "model", "provider": "a", "base_url": "ftp://x" } }),
        json!({ "service": { "service": "model", "provider": "a", "base_url": "https://x/?k=1" } }),
        json!({ "service": { "service": "mcp", "url": "https://ann:key@x.example/" } }),
        json!({ "service": { "service": "mcp", "url": "npx server" } }),
        json!({ "service": { "service": "shell", "command": "rm" } }),
        json!({ "service": { "service": "http", "base_url": "https://x", "header": "" } }),
    ] {
        given::<Connector>([]).when("create", bad).then_refused("invalid_input");
    }
}
