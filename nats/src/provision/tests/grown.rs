//! What one server of a cluster kept is kept by three, once it is asked for, and nothing is lost.

use contracts::Cursor;
use futures_util::future::join_all;

use crate::streams::{COMMANDS, EVENTS, LEASES};
use crate::suite::cluster::Cluster;
use crate::suite::on_nats::binary;
use crate::suite::world::{actor, append_surely, config, eventually};
use crate::{Broker, Config};

/// Actors that have written before and write on meanwhile.
const ACTORS: usize = 40;

async fn copies(broker: &Broker, stream: &str) -> usize {
    let context = &broker.connection().context;
    let found = context.get_stream(stream).await.expect("it is there");
    found.cached_info().config.num_replicas
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_server_kept_is_kept_by_three_and_nothing_is_lost() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut cluster = Cluster::start(binary().await, dir.path()).await;
    let single = cluster.broker_with(&Config { replicas: 1, ..config() }).await;
    assert_eq!(copies(&single, EVENTS).await, 1);
    let log = single.log();
    let first =
        join_all(
            (0..ACTORS).map(|n| {
                let log = log.clone();
                async move {
                    append_surely(&*log, &actor(&format!("a{n}")), "before", Cursor::ZERO).await
                }
            }),
        );
    let first = first.await;

    // A node that starts with three grows the streams while the other goes on writing.
    let settings = config();
    let (three, second) = tokio::join!(
        cluster.broker(&settings),
        join_all(first.iter().enumerate().map(|(n, at)| {
            let log = log.clone();
            async move { append_surely(&*log, &actor(&format!("a{n}")), "during", *at).await }
        }))
    );
    for stream in [EVENTS, COMMANDS, LEASES].map(stream_of) {
        assert_eq!(copies(&three, &stream).await, 3, "{stream}");
    }
    // Everything is on the others too: whichever server dies, all of it can be read.
    until_current(&three).await;
    cluster.kill(2).await;
    let log = three.log();
    for (n, (before, during)) in first.iter().zip(&second).enumerate() {
        let at = actor(&format!("a{n}"));
        let stored = eventually(|| log.first_after(&at, Cursor::ZERO)).await.expect("stored");
        assert_eq!((stored.cursor, &stored.payload[..]), (*before, &b"before"[..]), "{at}");
        let last = eventually(|| log.last(&at)).await.expect("stored");
        assert_eq!((last.cursor, &last.payload[..]), (*during, &b"during"[..]), "{at}");
    }
    append_surely(&*log, &actor("a0"), "after", second[0]).await;
}

/// The stream behind a name: a bucket's has a name of its own.
fn stream_of(name: &str) -> String {
    if name == LEASES { format!("KV_{name}") } else { name.to_owned() }
}

/// Waits until all copies of the log are whole.
async fn until_current(broker: &Broker) {
    let context = &broker.connection().context;
    loop {
        let stream = context.get_stream(EVENTS).await;
        let followers = stream.ok().and_then(|it| it.cached_info().cluster.clone());
        let followers = followers.map(|it| it.replicas).unwrap_or_default();
        if followers.len() == 2 && followers.iter().all(|it| it.current) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
