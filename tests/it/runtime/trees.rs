//! Signed tree heads: what they cover, how they link, what they prove.

use actors::model::Providers;
use actors::{Config, Registry};
use cambium::tree_key;
use cambium_tests::node::{Node, address};
use contracts::archive::{Checked, TreeHeadChecked, VerifyStep};
use contracts::ports::{Archive, History};
use contracts::tree::{Leaf, Tree, key_of};
use contracts::view::At;
use contracts::{Cursor, Hash, Revision};
use futures_util::StreamExt as _;
use nats::Memory;
use serde_json::json;

async fn counted(node: &Node, to: &str, times: usize) {
    for _ in 0..times {
        node.ask(to, "add", json!({})).await.expect("accepted");
    }
}

/// The root by definition, of the actors named.
async fn root_of(node: &Node, names: &[&str]) -> Hash {
    let mut tree = Tree::default();
    for name in names {
        let to = address(name);
        let view = node.runtime.state(&to, At::Latest).await.expect("exists");
        let leaf = Leaf { revision: view.revision, commit: view.commit_hash, cursor: view.cursor };
        tree.take(key_of(&to), leaf);
    }
    tree.root().hash
}

/// What a walk through the whole log tells.
pub async fn swept(node: &Node, states: bool) -> (Vec<TreeHeadChecked>, Vec<String>, Checked) {
    let (mut heads, mut broken) = (Vec::new(), Vec::new());
    let mut steps = node.runtime.verify_log(None, states);
    while let Some(step) = steps.next().await {
        match step {
            VerifyStep::TreeHead(head) => heads.push(head),
            VerifyStep::Broken(fault) | VerifyStep::Underivable(fault) => {
                broken.push(fault.to_string());
            }
            VerifyStep::Done(checked) => return (heads, broken, checked),
            VerifyStep::Progress { .. } | VerifyStep::Foreign(_) | VerifyStep::Acknowledged(_) => {}
            VerifyStep::Failed { detail, .. } => panic!("{detail}"),
        }
    }
    panic!("the walk has no end")
}

#[tokio::test]
async fn a_head_covers_all_actors_and_links_to_the_one_before() {
    let node = Node::start().await;
    let none = node.runtime.tree_head(None).await.unwrap_err();
    assert_eq!(none.code, "tree_head_not_found");
    assert_eq!(node.runtime.make_tree_head().await.unwrap_err().code, "tree_head_not_found");
    counted(&node, "counter/a", 2).await;
    let first = node.runtime.make_tree_head().await.expect("made");
    assert_eq!((first.head.number, first.head.prev), (1, Hash::ZERO));
    assert_eq!(first.head.root, root_of(&node, &["counter/a"]).await);
    let again = node.runtime.make_tree_head().await.expect("the same");
    assert_eq!(again, first, "nothing has changed");
    counted(&node, "counter/b", 1).await;
    counted(&node, "counter/a", 1).await;
    let second = node.runtime.make_tree_head().await.expect("made");
    assert_eq!((second.head.number, second.head.prev), (2, first.hash));
    assert_eq!(second.head.root, root_of(&node, &["counter/a", "counter/b"]).await);
    assert_eq!(second.head.cursor, Cursor(4));
    let key = node.runtime.tree_key();
    for signed in [&first, &second] {
        assert_eq!(tree_key::fault(signed, &key), None);
    }
    assert_eq!(node.runtime.tree_heads(0, 10).await.expect("listed"), [first.clone(), second]);
    assert_eq!(node.runtime.tree_head(Some(1)).await.expect("kept"), first);
}

#[tokio::test]
async fn an_actor_is_proved_in_the_newest_head_and_in_old_ones() {
    let node = Node::start().await;
    for number in 0..40 {
        counted(&node, &format!("counter/c{number}"), 1).await;
    }
    let old = node.runtime.make_tree_head().await.expect("made");
    counted(&node, "counter/c7", 2).await;
    counted(&node, "counter/late", 1).await;
    node.runtime.make_tree_head().await.expect("made");
    let c7 = address("counter/c7");
    for (number, revision) in [(None, 3), (Some(2), 3), (Some(1), 1)] {
        let (head, proof) = node.runtime.tree_proof(number, &c7).await.expect("proved");
        assert_eq!(proof.revision, Revision(revision), "{number:?}");
        assert_eq!(proof.root(), Some(head.head.root));
    }
    let (_, of_old) = node.runtime.tree_proof(Some(1), &c7).await.expect("proved");
    assert_eq!(of_old.root(), Some(old.head.root));
    let late = node.runtime.tree_proof(Some(1), &address("counter/late")).await;
    assert_eq!(late.unwrap_err().code, "tree_leaf_not_found");
    // More was written since, and no head of it was made: the last head still proves what it did.
    counted(&node, "counter/c7", 1).await;
    let (_, proof) = node.runtime.tree_proof(None, &c7).await.expect("proved");
    assert_eq!(proof.revision, Revision(3));
}

#[tokio::test]
async fn the_tree_goes_on_after_a_restart_and_is_built_anew_when_it_is_lost() {
    let memory = Memory::new();
    let start = || {
        let config = Config::default();
        Node::on(memory.clone(), Registry::standard(), config, Providers::default())
    };
    let node = start().await;
    counted(&node, "counter/a", 3).await;
    counted(&node, "counter/b", 1).await;
    let first = node.runtime.make_tree_head().await.expect("made");
    counted(&node, "counter/a", 1).await;
    node.runtime.stop().await;
    let node = start().await;
    let second = node.runtime.make_tree_head().await.expect("made");
    assert_eq!((second.head.number, second.head.prev), (2, first.hash));
    assert_eq!(second.head.root, root_of(&node, &["counter/a", "counter/b"]).await);
    counted(&node, "counter/b", 1).await;
    node.runtime.stop().await;
    // The tree is a cache: damaged parts, a damaged mark, nothing at all.
    let part = contracts::tree::part_of(&key_of(&address("counter/b"))).to_string();
    for (name, content) in [(part.as_str(), "garbage"), ("mark", "garbage"), ("", "")] {
        match name {
            "" => memory.trees().forget_parts().await.expect("in memory"),
            name => memory.trees().save(name, content.into()).await.expect("in memory"),
        }
        let node = start().await;
        counted(&node, "counter/b", 1).await;
        let mut head = node.runtime.make_tree_head().await;
        while head.is_err() {
            tokio::task::yield_now().await;
            head = node.runtime.make_tree_head().await;
        }
        let root = root_of(&node, &["counter/a", "counter/b"]).await;
        assert_eq!(head.expect("made").head.root, root, "{name:?}");
        let (heads, broken, checked) = swept(&node, false).await;
        assert!(heads.iter().all(|head| head.ok) && broken.is_empty(), "{heads:?}");
        assert!(checked.ok());
        node.runtime.stop().await;
    }
}

#[tokio::test]
async fn heads_are_made_by_themselves() {
    let config = Config { tree_head_interval_ms: 5, ..Config::default() };
    let node = Node::on(Memory::new(), Registry::standard(), config, Providers::default()).await;
    counted(&node, "counter/a", 1).await;
    let made = async {
        loop {
            if let Ok(head) = node.runtime.tree_head(None).await {
                return head;
            }
            tokio::task::yield_now().await;
        }
    };
    let limit = std::time::Duration::from_secs(20);
    let head = tokio::time::timeout(limit, made).await.expect("a head is made");
    assert_eq!(head.head.root, root_of(&node, &["counter/a"]).await);
}

#[tokio::test]
async fn a_walk_checks_every_chain_and_every_head() {
    let node = Node::start().await;
    counted(&node, "counter/a", 3).await;
    node.runtime.make_tree_head().await.expect("made");
    let by = contracts::Caller::new(contracts::Caller::ADMIN, contracts::Origin::Http);
    let (a, fork) = (address("counter/a"), address("counter/fork"));
    let at = At::Revision(Revision(2));
    node.runtime.fork(&a, at, fork.id.clone(), true, by).await.expect("forked");
    counted(&node, "counter/fork", 2).await;
    node.runtime.make_tree_head().await.expect("made");
    let (heads, broken, checked) = swept(&node, true).await;
    assert_eq!((heads.len(), broken.len()), (2, 0));
    assert_eq!((checked.actors, checked.commits, checked.states), (2, 6, 2));
    assert!(checked.ok() && heads.iter().all(|head| head.ok));
    let subject = format!("evt.{}.main.counter.a", a.partition());
    node.memory.publish(&subject, Vec::new(), "not a commit".into()).expect("published");
    let (_, broken, checked) = swept(&node, false).await;
    assert_eq!((broken.len(), checked.broken, checked.foreign), (1, 1, 1));
    assert!(broken[0].starts_with("main/counter/a revision 4 (cursor 7)"), "{broken:?}");
    assert!(!checked.ok());
}

#[tokio::test]
async fn a_head_that_the_log_does_not_come_to_is_told() {
    let node = Node::start().await;
    counted(&node, "counter/a", 1).await;
    let good = node.runtime.make_tree_head().await.expect("made");
    counted(&node, "counter/a", 1).await;
    let mut forged = good.clone();
    forged.head.number = 2;
    forged.head.prev = good.hash;
    forged.head.cursor = Cursor(2);
    forged.hash = forged.head.hash();
    let bytes = serde_json::to_vec(&forged).expect("JSON");
    node.memory.trees().keep(2, bytes.into()).await.expect("kept");
    let mut beyond = forged.clone();
    (beyond.head.number, beyond.head.cursor) = (3, Cursor(999));
    let bytes = serde_json::to_vec(&beyond).expect("JSON");
    node.memory.trees().keep(3, bytes.into()).await.expect("kept");
    let (heads, _, checked) = swept(&node, false).await;
    let told: Vec<_> = heads.iter().map(|head| (head.number, head.ok)).collect();
    assert_eq!(told, [(1, true), (2, false), (3, false)]);
    assert_eq!((checked.tree_heads, checked.tree_heads_broken), (3, 2));
    let reasons: Vec<_> = heads.iter().filter_map(|head| head.reason.as_deref()).collect();
    assert_eq!(
        reasons,
        ["its signature does not hold", "the log ends before the position that it covers",]
    );
}
