//! Messages of NATS clients, whatever is in them: dealt with or put aside, never in the way.

use std::cell::RefCell;

use tokio::runtime::{Builder, Runtime};

use crate::node::{KEY, Node};

thread_local! {
    static NODE: RefCell<Option<(Runtime, Node)>> = const { RefCell::new(None) };
}

/// So many rounds may a message take until it is out of the way.
const ROUNDS_MAX: usize = 20_000;

/// The first byte chooses the road; then one header a line, then an empty line and a body.
pub fn nats(bytes: &[u8]) {
    let Some((road, rest)) = bytes.split_first() else { return };
    let cut = rest.windows(2).position(|two| two == b"\n\n").unwrap_or(rest.len());
    let mut lines = vec![("cambium-key".to_owned(), KEY.to_owned())];
    for line in String::from_utf8_lossy(&rest[..cut]).lines().take(8) {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        lines.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    let body = bytes::Bytes::copy_from_slice(rest.get(cut + 2..).unwrap_or_default());
    NODE.with_borrow_mut(|node| {
        let (runtime, node) = node.get_or_insert_with(|| {
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
            let runtime = runtime.expect("a runtime without a reactor");
            let node = runtime.block_on(Node::start());
            (runtime, node)
        });
        runtime.block_on(handle(node, *road, lines, body));
    });
}

async fn handle(node: &Node, road: u8, lines: Vec<(String, String)>, body: bytes::Bytes) {
    if road.is_multiple_of(2) {
        let asked = node.memory.request("ask.main.counter.fuzz", lines, body);
        let asked = tokio::time::timeout(std::time::Duration::from_secs(60), asked);
        asked.await.expect("every request is answered");
        return;
    }
    let published = node.memory.publish("cmd.main.counter.fuzz", lines, body);
    for _ in 0..ROUNDS_MAX {
        if published.is_err() || node.memory.commands_pending() == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("a message stays in the way");
}
