//! Exports and imports: byte for byte, whole, muted, and never over something else.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use cambium_tests::node::{Node, address};
use contracts::archive::{Line, Seal, Selection};
use contracts::ports::{Archive, CommandBus, History, Restored};
use contracts::view::At;
use contracts::{Caller, Cursor, Origin, Refusal, Revision};
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::trees::swept;

fn admin() -> Caller {
    Caller::new(Caller::ADMIN, Origin::Http)
}

async fn counted(node: &Node, to: &str, times: usize) {
    for _ in 0..times {
        node.ask(to, "add", json!({})).await.expect("accepted");
    }
}

async fn exported(node: &Node, selection: Selection) -> Vec<Bytes> {
    let lines: Vec<Result<Bytes, Refusal>> = node.runtime.export(selection).collect().await;
    lines.into_iter().map(|line| line.expect("readable")).collect()
}

fn joined(lines: &[Bytes]) -> Bytes {
    Bytes::from(lines.join(&b'\n'))
}

async fn import(node: &Node, lines: &[Bytes]) -> Result<contracts::archive::Imported, Refusal> {
    node.runtime.import(joined(lines), admin()).await
}

fn commits_of(lines: &[Bytes]) -> u64 {
    let commit = |line: &&Bytes| matches!(Line::read(line), Ok(Line::Commit { .. }));
    lines.iter().filter(commit).count() as u64
}

/// Actors with forks, an input above 64 KiB, and an effect that waits for ever.
async fn busy() -> Node {
    let node = Node::start().await;
    counted(&node, "counter/a", 5).await;
    let (a, b) = (address("counter/a"), address("counter/b"));
    let at = At::Revision(Revision(3));
    node.runtime.fork(&a, at, b.id, true, admin()).await.expect("forked");
    counted(&node, "counter/b", 2).await;
    let input = json!({ "section_title": "Long", "context": "word ".repeat(20_000) });
    node.ask("osteon/d", "draft", input).await.expect("drafted");
    counted(&node, "counter/a", 1).await;
    node
}

#[tokio::test]
async fn an_export_is_sealed_and_imports_to_the_same_tree() {
    let node = busy().await;
    let lines = exported(&node, Selection::default()).await;
    assert!(matches!(Line::read(&lines[0]), Ok(Line::Header(header)) if !header.is_partial()));
    let Ok(Line::Trailer(trailer)) = Line::read(&lines[lines.len() - 1]) else {
        panic!("the last line is no trailer");
    };
    let mut seal = Seal::default();
    for line in &lines[..lines.len() - 1] {
        let (commit, blob) = match Line::read(line).expect("a line") {
            Line::Commit { .. } => (1, 0),
            Line::Blob(_) => (0, 1),
            Line::Header(_) | Line::Trailer(_) => (0, 0),
        };
        seal.take(line, commit, blob);
    }
    assert_eq!(seal.trailer(), trailer);
    let total = trailer.commits;
    assert_eq!((total > 10, trailer.blobs), (true, 1));
    let there = node.runtime.make_tree_head().await.expect("made");
    let fresh = Node::start().await;
    let done = import(&fresh, &lines).await.expect("imported");
    assert_eq!((done.commits, done.skipped, done.blobs), (total, 0, 1));
    let here = fresh.runtime.make_tree_head().await.expect("made");
    assert_eq!(here.head.root, there.head.root);
    for actor in ["counter/a", "counter/b", "osteon/d"] {
        let to = address(actor);
        let one = node.runtime.state(&to, At::Latest).await.expect("exists");
        let two = fresh.runtime.state(&to, At::Latest).await.expect("exists");
        assert_eq!((one.state_hash, one.commit_hash), (two.state_hash, two.commit_hash));
    }
    let decided = contracts::view::ReplayMode::Decide;
    let replay = fresh.runtime.replay(&address("osteon/d"), At::Latest, decided).await;
    assert_eq!(replay.expect("its large input came along").drift, []);
    let (_, broken, checked) = swept(&fresh, true).await;
    assert!(checked.ok() && broken.is_empty(), "{broken:?}");
    // It lives on from there.
    counted(&fresh, "counter/b", 1).await;
    let again = import(&fresh, &lines).await.expect("all of it is there");
    assert_eq!((again.commits, again.skipped), (0, total));
}

#[tokio::test]
async fn an_import_goes_on_wherever_it_was_cut() {
    let node = busy().await;
    let lines = exported(&node, Selection::default()).await;
    let total = commits_of(&lines);
    for cut in 1..lines.len() {
        let fresh = Node::start().await;
        import(&fresh, &lines[..cut]).await.expect("the beginning");
        let done = import(&fresh, &lines).await.expect("the whole");
        assert_eq!(done.commits + done.skipped, total, "cut at {cut}");
        let root = fresh.runtime.make_tree_head().await.expect("made").head.root;
        assert_eq!(root, node.runtime.make_tree_head().await.expect("made").head.root);
    }
    // Line by line, as the smallest chunks there are.
    let fresh = Node::start().await;
    for line in &lines {
        import(&fresh, std::slice::from_ref(line)).await.expect("a line");
    }
    let (_, broken, checked) = swept(&fresh, false).await;
    assert_eq!((checked.commits, broken.len()), (total, 0));
}

#[tokio::test]
async fn nothing_is_overwritten_and_no_gap_is_left() {
    let node = busy().await;
    let lines = exported(&node, Selection::default()).await;
    let other = Node::start().await;
    counted(&other, "counter/a", 2).await;
    let before = other.memory.log().head().await.expect("in memory");
    let refusal = import(&other, &lines).await.unwrap_err();
    assert_eq!(refusal.code, "import_conflict");
    assert_eq!(other.memory.log().head().await, Ok(before), "nothing of the chunk was stored");
    let fresh = Node::start().await;
    let refusal = import(&fresh, &lines[2..]).await.unwrap_err();
    assert_eq!(refusal.code, "import_incomplete");
    let fork = lines.iter().find(|line| line.windows(16).any(|it| it == b"\"cambium:Forked\""));
    let fork = fork.expect("there is a fork").clone();
    assert_eq!(import(&fresh, &[fork]).await.unwrap_err().code, "import_incomplete");
    for garbage in ["{\"tenant\":\"main\"}", "not JSON", "[]"] {
        let refusal = import(&fresh, &[Bytes::from(garbage)]).await.unwrap_err();
        assert_eq!(refusal.code, "import_invalid", "{garbage}");
    }
    assert_eq!(fresh.memory.log().head().await, Ok(Cursor::ZERO));
}

#[tokio::test]
async fn a_commit_that_was_tampered_with_is_refused() {
    let node = busy().await;
    let lines = exported(&node, Selection::default()).await;
    let mut value: Value = serde_json::from_slice(&lines[2]).expect("a commit");
    value["raw"] = serde_json::from_slice::<Value>(&lines[1]).expect("a commit")["raw"].clone();
    let mut tampered = lines.clone();
    tampered[2] = Bytes::from(value.to_string());
    let fresh = Node::start().await;
    assert_eq!(import(&fresh, &tampered).await.unwrap_err().code, "import_incomplete");
    assert_eq!(fresh.memory.log().head().await, Ok(Cursor::ZERO));
}

#[tokio::test]
async fn what_is_imported_asks_nothing_of_the_world_again() {
    // A model that never answers: its effect is pending when the log is exported.
    let node = Node::start().await;
    let agent = json!({ "principal": "helper", "role": "agent", "model": "local/nobody" });
    let create = json!({ "kind": "group", "members": [agent] });
    node.ask("conversation/c", "create", create).await.expect("created");
    let post = node.command("conversation/c", "post", json!({ "text": "Hello?" }));
    node.runtime.ask(post, contracts::ports::Wait::Accepted).await.expect("posted");
    let lines = exported(&node, Selection::default()).await;
    let asked = |lines: &[Bytes]| -> usize {
        let of = |line: &Bytes| serde_json::from_slice::<Value>(line).expect("JSON");
        lines.iter().filter_map(|line| of(line)["effects"].as_array().map(Vec::len)).sum()
    };
    let until = lines.iter().position(|line| asked(std::slice::from_ref(line)) > 0);
    let lines = &lines[..=until.expect("the model was asked")];
    let fresh = Node::start().await;
    import(&fresh, lines).await.expect("imported");
    let to = address("conversation/c");
    let head = fresh.memory.log().head().await.expect("in memory");
    while fresh.runtime.readiness().ledger_at < head {
        tokio::task::yield_now().await;
    }
    assert_eq!(fresh.runtime.counters().effects_pending.load(Ordering::Relaxed), 0);
    let waiting = fresh.runtime.waiting(&to).await.expect("exists");
    let muted: Vec<_> = waiting.iter().filter(|one| one.what == "effect").collect();
    assert!(!muted.is_empty() && muted.iter().all(|one| one.status == "muted"), "{waiting:?}");
    let stored = fresh.memory.log().read(&to, Cursor::ZERO, 99).await.expect("in memory");
    assert!(stored.len() == lines.len() - 1 && stored.iter().all(|stored| stored.imported));
}

#[tokio::test]
async fn a_part_of_the_log_can_be_chosen() {
    let node = busy().await;
    let text = |lines: &[Bytes]| -> Vec<(String, u64)> {
        let commits = lines.iter().filter_map(|line| match Line::read(line) {
            Ok(Line::Commit { address, revision, .. }) => {
                Some((address.id.to_string(), revision.0))
            }
            _ => None,
        });
        commits.collect()
    };
    let selection = |id: Option<&str>| Selection {
        tenant: Some(contracts::Tenant::from_static("main")),
        kind: Some(contracts::Kind::from_static("counter")),
        id: id.map(|id| id.parse().expect("an id")),
        ..Selection::default()
    };
    let fork = exported(&node, selection(Some("b"))).await;
    let own = |id: &str, from: u64, to: u64| -> Vec<(String, u64)> {
        (from..=to).map(|n| (id.to_owned(), n)).collect()
    };
    let wanted: Vec<_> = [own("a", 1, 3), own("b", 4, 6)].concat();
    assert_eq!(text(&fork), wanted, "the ancestors' prefix comes along");
    let fresh = Node::start().await;
    import(&fresh, &fork).await.expect("a fork is whole with its prefix");
    let counters = exported(&node, selection(None)).await;
    assert_eq!(text(&counters).len(), 9);
    let late = Selection { after: Cursor(5), until: Some(Cursor(8)), ..Selection::default() };
    let late = exported(&node, late).await;
    assert!(matches!(Line::read(&late[0]), Ok(Line::Header(header)) if header.is_partial()));
    assert_eq!(text(&late), own("b", 4, 6));
    let other =
        Selection { tenant: Some(contracts::Tenant::from_static("other")), ..Selection::default() };
    assert_eq!(text(&exported(&node, other).await), []);
}

#[tokio::test]
async fn somebody_who_writes_meanwhile_is_not_run_over() {
    let node = busy().await;
    let lines = exported(&node, Selection::default()).await;
    let fresh = Node::start().await;
    import(&fresh, &lines[..3]).await.expect("the beginning");
    // The next commit of the export, put there by another importer.
    let Ok(Line::Commit { address, raw, .. }) = Line::read(&lines[3]) else {
        panic!("the line is no commit");
    };
    let last = fresh.memory.log().last(&address).await.expect("in memory").expect("there");
    let one = Restored { address, payload: raw, expected: last.cursor };
    fresh.memory.restore().restore(vec![one]).await.expect("stored");
    let done = import(&fresh, &lines[3..]).await.expect("imported");
    assert_eq!((done.skipped, done.commits), (1, commits_of(&lines) - 3));
}
