//! Leaves a server that no longer reaches the log. One that is cut off from the others keeps its
//! clients, and a way on which nothing comes through looks open for minutes: both answer nothing
//! about streams, and another server may. One that says that it is about to end keeps no streams
//! any more, and its clients for as long as its grace lasts.

use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::response::Response;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use crate::connect::Connection;
use crate::streams::EVENTS;

/// Looks in the time after which a silent server is left.
const LOOKS: u32 = 4;

/// Asks the connected server about the log again and again, and has the client look for another
/// when there was no answer for too long. Never ends.
pub(crate) async fn watch(connection: Connection) {
    let patience = Duration::from_millis(connection.config.server_silent_ms.max(1));
    let mut heard = Instant::now();
    loop {
        tokio::select! {
            () = sleep(patience / LOOKS) => {}
            () = connection.lame.notified() => {
                tracing::info!("nats.lame: the server is about to end; another is looked for");
                turn(&connection).await;
                heard = Instant::now();
                continue;
            }
        }
        let connected = connection.client.connection_state() == State::Connected;
        if !connected || answers(&connection, patience / LOOKS).await {
            heard = Instant::now();
        }
        if heard.elapsed() < patience {
            continue;
        }
        tracing::warn!("nats.silent: the server does not reach the log; another is looked for");
        turn(&connection).await;
        heard = Instant::now();
    }
}

async fn turn(connection: &Connection) {
    if let Err(error) = connection.client.force_reconnect().await {
        tracing::debug!(%error, "nats.unturned");
    }
}

/// Whether somebody who knows says something of the log, be it a refusal.
async fn answers(connection: &Connection, within: Duration) -> bool {
    let patience = Duration::from_millis(connection.config.server_silent_ms);
    let nothing = json!({});
    let asked = connection.context.request(format!("STREAM.INFO.{EVENTS}"), &nothing);
    match timeout(within, asked).await {
        Ok(Ok(Response::Ok(info))) => has_majority(&info, patience),
        Ok(Ok(Response::Err { error })) => error.code() != UNAVAILABLE,
        Ok(Err(_)) | Err(_) => false,
    }
}

/// What a server says that finds no leader.
const UNAVAILABLE: usize = 503;

/// Whether who leads the log has heard of most of those who keep it: one that is cut off leads on
/// for a while, and stores nothing.
fn has_majority(info: &Value, patience: Duration) -> bool {
    let followers = info["cluster"]["replicas"].as_array().map_or(&[][..], Vec::as_slice);
    let heard = |follower: &&Value| {
        let silent = Duration::from_nanos(follower["active"].as_u64().unwrap_or_default());
        follower["offline"] != true && silent < patience
    };
    let with_leader = followers.iter().filter(heard).count() + 1;
    with_leader * 2 > followers.len() + 1
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use contracts::Cursor;
    use contracts::ports::AppendError;
    use serde_json::{Value, json};
    use tokio::time::{sleep, timeout};

    use super::has_majority;
    use crate::Config;
    use crate::suite::cluster::Cluster;
    use crate::suite::on_nats::binary;
    use crate::suite::world::{actor, append, config};

    /// Its grace is longer than this, and so is the patience with one that says nothing.
    const SOON: Duration = Duration::from_secs(30);

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_server_that_is_about_to_end_is_left_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let cluster = Cluster::start(binary().await, dir.path()).await;
        let patient = Config { server_silent_ms: 600_000, ..config() };
        let broker = cluster.broker_anywhere(&patient).await;
        let client = &broker.connection().client;
        let first = client.server_info().server_name;
        cluster.retire(&first);
        let left = async {
            while client.server_info().server_name == first {
                sleep(Duration::from_millis(5)).await;
            }
            loop {
                match broker.log().append(append(&actor("a"), "one", Cursor::ZERO)).await {
                    Err(AppendError::Unavailable(_) | AppendError::InDoubt(_)) => {}
                    stored => break stored,
                }
            }
        };
        let stored = timeout(SOON, left).await.expect("another server is there");
        assert!(matches!(stored, Ok(_) | Err(AppendError::Conflict)), "{stored:?}");
    }

    #[test]
    fn a_leader_whom_most_have_left_is_none() {
        let follower =
            |ms: u64, offline: bool| json!({ "active": ms * 1_000_000, "offline": offline });
        let of = |replicas: Value| json!({ "cluster": { "leader": "n0", "replicas": replicas } });
        let patience = Duration::from_secs(4);
        assert!(has_majority(&json!({ "config": {} }), patience), "there is only one server");
        assert!(has_majority(&of(json!([follower(10, false), follower(90_000, true)])), patience));
        assert!(has_majority(&of(json!([follower(10, false), follower(9_000, false)])), patience));
        assert!(!has_majority(
            &of(json!([follower(9_000, false), follower(5_000, false)])),
            patience
        ));
        assert!(!has_majority(&of(json!([follower(10, true), follower(10, true)])), patience));
    }
}
