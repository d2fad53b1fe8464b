//! Nobody becomes more than he is: neither with somebody's yes nor by taking somebody over.

use std::time::Duration;

use cambium_tests::node::Node;
use contracts::ports::History as _;
use contracts::view::At;
use contracts::{Caller, Hash};
use serde_json::json;

use super::behaviour::refused;
use super::people::{command, join, key, named, order, send};

/// Has `by` propose a command, and rev say yes; how that ended.
async fn agreed(
    node: &Node,
    id: &str,
    by: Caller,
    proposed: serde_json::Value,
) -> (String, String) {
    let to = format!("acme/approval/{id}");
    let input = json!({ "command": proposed, "approvers": ["rev"] });
    if let Err(refusal) = send(node, command(by, &to, "propose", input)).await {
        return ("refused".to_owned(), refusal.code.to_string());
    }
    let state = async || node.runtime.state(&to.parse().expect("one"), At::Latest).await;
    let hash = state().await.expect("there").state["proposal"]["hash"].clone();
    let vote = command(named("rev"), &to, "approve", json!({ "hash": hash }));
    send(node, vote).await.expect("rev may");
    let ended = async {
        loop {
            let state = state().await.expect("there").state;
            match state["status"].as_str() {
                Some("granted" | "pending") => tokio::time::sleep(Duration::from_millis(5)).await,
                Some(status) => return status.to_owned(),
                None => panic!("{state}"),
            }
        }
    };
    let ended = tokio::time::timeout(Duration::from_secs(30), ended).await.expect("it ends");
    (ended, String::new())
}

/// What an approval sends is the word of whoever asked, and no more than that.
#[tokio::test]
async fn an_approval_makes_nobody_more_than_he_is() {
    let node = Node::start().await;
    join(&node, "acme", "ada", &["user"]).await;
    join(&node, "acme", "mad", &["admin"]).await;
    join(&node, "acme", "rev", &["reviewer"]).await;
    send(&node, command(named("ada"), "acme/counter/c", "add", json!({}))).await.expect("added");
    // Commands of the runtime are nobody's to propose.
    let park = json!({ "kind": "counter", "id": "c", "name": "cambium:park", "input": {} });
    let told = agreed(&node, "a1", named("ada"), park).await;
    assert_eq!(told, ("refused".to_owned(), "invalid_input".to_owned()));
    // What she may not herself she may not with anybody's yes.
    let assign = |role: &str| {
        let input = json!({ "role": role });
        json!({ "kind": "principal", "id": "ada", "name": "assign", "input": input })
    };
    assert_eq!(agreed(&node, "a2", named("ada"), assign("admin")).await.0, "failed");
    // Nor does a key do more than it carries.
    let key = key(&node, "acme", "mad", Some(&["cap:approval.propose"])).await;
    let id = key.split('_').nth(1).expect("an id").parse().expect("a credential");
    let narrow = named("mad").with(Some(id));
    assert_eq!(agreed(&node, "a3", narrow, assign("admin")).await.0, "failed");
    // Only signing in begins sessions.
    let begin = json!({
        "family": "s1", "token_hash": Hash::of(b"x"),
        "expires_at": node.memory.now().plus_millis(60_000),
    });
    let begin =
        json!({ "kind": "principal", "id": "rev", "name": "begin_session", "input": begin });
    assert_eq!(agreed(&node, "a4", named("mad"), begin).await.0, "failed");
    let add = json!({ "kind": "counter", "id": "c", "name": "add", "input": {} });
    assert_eq!(agreed(&node, "a5", named("ada"), add).await.0, "performed");
}

/// Nobody takes over somebody who may more than he.
#[tokio::test]
async fn nobody_takes_over_somebody_above_himself() {
    let node = Node::start().await;
    join(&node, "acme", "mad", &["admin"]).await;
    join(&node, "acme", "ada", &["user"]).await;
    join(&node, "acme", "dev", &["developer"]).await;
    for capability in ["cap:principal.issue_key", "cap:principal.transfer", "cap:principal.profile"]
    {
        let grant = json!({ "capability": capability });
        order(&node, "acme/principal/dev", "grant", grant).await.expect("granted");
    }
    let issue = |id: &str| json!({ "id": id, "hash": Hash::of(id.as_bytes()), "label": "mine" });
    let mail = json!({ "email": "thief@example.org" });
    for (name, input) in [
        ("issue_key", issue("k1")),
        ("transfer", json!({ "owner": "dev" })),
        ("profile", mail.clone()),
    ] {
        let code = refused(&node, named("dev"), "acme/principal/mad", name, input).await;
        assert_eq!(code, "grant_exceeds_rights", "{name}");
    }
    let below = refused(&node, named("dev"), "acme/principal/ada", "issue_key", issue("k2")).await;
    assert_eq!(below, "none", "who may no more than he");
    // A key that only shows people does not move where their mail goes.
    let key = key(&node, "acme", "mad", Some(&["cap:principal.profile"])).await;
    let id = key.split('_').nth(1).expect("an id").parse().expect("a credential");
    let narrow = named("mad").with(Some(id));
    let code = refused(&node, narrow.clone(), "acme/principal/mad", "profile", mail.clone()).await;
    assert_eq!(code, "grant_exceeds_rights");
    let shown = json!({ "display": "Mad" });
    assert_eq!(refused(&node, narrow, "acme/principal/mad", "profile", shown).await, "none");
    assert_eq!(refused(&node, named("mad"), "acme/principal/mad", "profile", mail).await, "none");
}
