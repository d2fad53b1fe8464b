use std::sync::Arc;
use std::time::Duration;

use contracts::Cursor;
use contracts::ports::{AppendError, Log};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::suite::cluster::Cluster;
use crate::suite::on_nats::binary;
use crate::suite::world::{actor, append, config, eventually};

/// How often the leader of the stream is told to be none.
const CHANGES: usize = 12;
/// The pause between two appends that are sent, each to an actor of its own.
const PAUSE: Duration = Duration::from_millis(1);

/// Appends to new actors until `until`, without waiting for answers: each name with the trouble
/// that was told of it.
async fn write(log: Arc<dyn Log>, until: &CancellationToken) -> Vec<(String, AppendError)> {
    let mut sent = JoinSet::new();
    for nth in 0.. {
        if until.is_cancelled() {
            break;
        }
        let (log, name) = (Arc::clone(&log), format!("a{nth}"));
        sent.spawn(async move {
            let told = log.append(append(&actor(&name), "one", Cursor::ZERO)).await;
            told.err().map(|error| (name, error))
        });
        tokio::time::sleep(PAUSE).await;
    }
    sent.join_all().await.into_iter().flatten().collect()
}

/// For a moment two servers hear what is sent to a stream: who was its leader, and who is. What
/// the one denies the other may store.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_told_not_to_be_stored_is_not_while_leaders_change() {
    let dir = tempfile::tempdir().unwrap();
    let cluster = Cluster::start(binary().await, dir.path()).await;
    let broker = cluster.broker(&config()).await;
    let (log, until) = (broker.log(), CancellationToken::new());
    let changes = async {
        for _ in 0..CHANGES {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let client = &broker.connection().client;
            drop(client.request("$JS.API.STREAM.LEADER.STEPDOWN.EVENTS", "".into()).await);
        }
        until.cancel();
    };
    let ((), told) = tokio::join!(changes, write(Arc::clone(&log), &until));
    let mut wrong = Vec::new();
    for (name, error) in told {
        let to = actor(&name);
        let stored = eventually(|| log.first_after(&to, Cursor::ZERO)).await;
        if !matches!(error, AppendError::InDoubt(_)) && stored.is_some() {
            wrong.push((name, error));
        }
    }
    assert!(wrong.is_empty(), "stored all the same: {wrong:?}");
}
