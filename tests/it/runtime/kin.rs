//! Nobody says yes to their own asking by way of what they own, or what owns them.

use cambium_tests::node::{Node, address};
use contracts::ports::History as _;
use contracts::view::At;
use contracts::{Caller, Envelope, Origin, Refusal};
use serde_json::{Value, json};

async fn known(node: &Node) {
    let head = node.memory.log().head().await.expect("the log is in memory");
    let reached = async {
        while node.runtime.directory().0 < head {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), reached).await.expect("it goes on");
}

fn by(node: &Node, who: &str, to: &str, name: &str, input: Value) -> Envelope {
    let mut envelope = node.command(to, name, input);
    envelope.by = Caller::new(who.parse().expect("a principal"), Origin::Http);
    envelope
}

/// dora owns bot and sister, bot owns child; anna is nobody's, and owns maid.
async fn house() -> Node {
    let node = Node::start().await;
    for (name, owner) in [
        ("dora", None),
        ("anna", None),
        ("bot", Some("dora")),
        ("sister", Some("dora")),
        ("child", Some("bot")),
        ("maid", Some("anna")),
    ] {
        let input = json!({ "sort": "agent", "owner": owner, "roles": ["developer", "reviewer"] });
        node.ask(&format!("principal/{name}"), "register", input).await.expect("a principal");
    }
    known(&node).await;
    node
}

async fn ask(node: &Node, who: &str, id: &str, approvers: &[&str]) {
    let command = json!({ "kind": "counter", "id": "c", "name": "add", "input": {} });
    let propose = json!({ "command": command, "approvers": approvers });
    node.send(by(node, who, &format!("approval/{id}"), "propose", propose)).await.expect("asked");
}

async fn says(node: &Node, who: &str, id: &str, what: &str) -> Result<(), Refusal> {
    let to = address(&format!("approval/{id}"));
    let view = node.runtime.state(&to, At::Latest).await.expect("it exists");
    let vote = json!({ "hash": view.state["proposal"]["hash"] });
    node.send(by(node, who, &format!("approval/{id}"), what, vote)).await.map(drop)
}

async fn delegate(node: &Node, who: &str, id: &str, to: &str) -> Result<(), Refusal> {
    let input = json!({ "to": to });
    node.send(by(node, who, &format!("approval/{id}"), "delegate", input)).await.map(drop)
}

fn code(result: Result<(), Refusal>) -> String {
    result.expect_err("refused").code.into_owned()
}

#[tokio::test]
async fn kin_say_no_yes_where_nobody_is_named() {
    let node = house().await;
    // Who asks, and who may not say yes to it.
    let cases: [(&str, &[&str]); 4] = [
        ("dora", &["dora", "bot", "sister", "child"]),
        ("bot", &["bot", "dora", "sister", "child"]),
        ("child", &["child", "bot", "dora", "sister"]),
        ("anna", &["anna", "maid"]),
    ];
    for (asker, kin) in cases {
        let id = format!("of-{asker}");
        ask(&node, asker, &id, &[]).await;
        for voter in kin {
            let said = says(&node, voter, &id, "approve").await;
            assert_eq!(code(said), "approval_own", "{voter} to {asker}");
        }
        let other = if asker == "anna" { "child" } else { "maid" };
        says(&node, other, &id, "approve").await.expect("a stranger's yes");
    }
}

#[tokio::test]
async fn an_owner_may_be_named_to_decide_about_a_bot_and_not_the_other_way_round() {
    let node = house().await;
    ask(&node, "bot", "named", &["dora", "child"]).await;
    assert_eq!(code(says(&node, "child", "named", "approve").await), "approval_own");
    says(&node, "dora", "named", "approve").await.expect("chosen for it");
    ask(&node, "dora", "down", &["bot"]).await;
    assert_eq!(code(says(&node, "bot", "down", "approve").await), "approval_own");
}

#[tokio::test]
async fn a_delegate_is_nobodys_kin() {
    let node = house().await;
    ask(&node, "dora", "a", &["anna"]).await;
    for to in ["bot", "child"] {
        assert_eq!(code(delegate(&node, "anna", "a", to).await), "approval_own", "{to}");
    }
    ask(&node, "bot", "b", &["anna"]).await;
    for to in ["dora", "sister", "child"] {
        assert_eq!(code(delegate(&node, "anna", "b", to).await), "approval_own", "{to}");
    }
    delegate(&node, "anna", "b", "maid").await.expect("anna's own");
    // Who becomes kin after that speaks no more.
    let transfer = json!({ "owner": "dora" });
    node.ask("principal/maid", "transfer", transfer).await.expect("given away");
    known(&node).await;
    assert_eq!(code(says(&node, "maid", "b", "approve").await), "approval_own");
    says(&node, "maid", "b", "reject").await.expect("anybody who may says no");
}

/// The terms of a policy leave out whom the asker owns, however far down.
#[tokio::test]
async fn a_policy_asks_none_of_the_askers_own() {
    let node = house().await;
    let text = "version: 1\nrules: [{ id: r, effect: review, match: { kinds: [counter] }, \
        approval: { approvers: ['role:reviewer'] } }]";
    node.ask("policy/team", "put", json!({ "text": text })).await.expect("a policy");
    known(&node).await;
    let held = node.send(by(&node, "dora", "counter/c", "add", json!({}))).await;
    let id = held.expect_err("held").details.expect("details")["approval"].clone();
    let to = address(&format!("approval/{}", id.as_str().expect("an id")));
    let asked = async {
        loop {
            if let Ok(view) = node.runtime.state(&to, At::Latest).await {
                return view.state["proposal"]["approvers"].clone();
            }
            tokio::task::yield_now().await;
        }
    };
    let asked = tokio::time::timeout(std::time::Duration::from_secs(20), asked).await;
    assert_eq!(asked.expect("it is proposed"), json!(["anna", "maid"]));
}
