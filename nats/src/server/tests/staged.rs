//! Batches staged in memory.

use contracts::ports::{Append, Log};
use contracts::{Address, Cursor};
use futures_util::future::join_all;

use super::*;
use crate::config::Config;
use crate::server::{ServerState, staging};
use crate::{Broker, Endpoint};

/// As many at once that the appender puts them into batches.
const AT_ONCE: usize = 200;

fn batches(home: &TempDir, stream: &str) -> PathBuf {
    home.path().join("nats/store/jetstream/CAMBIUM/streams").join(stream).join("batches")
}

async fn connected(server: &Server) -> Broker {
    let endpoint: &Endpoint = server.endpoint();
    let broker = Broker::connect(&Config::default(), endpoint).await.expect("connected");
    server.stage_in_memory(&broker).await;
    broker
}

/// Appends first commits of many new actors at once.
async fn append(log: &dyn Log, round: &str) {
    let appends = (0..AT_ONCE).map(|number| {
        let address: Address = format!("acme/counter/{round}{number}").parse().expect("valid");
        log.append(Append::one(address, "a commit".into(), Cursor::ZERO))
    });
    let stored = join_all(appends).await;
    assert!(stored.iter().all(Result::is_ok), "{stored:?}");
}

#[tokio::test]
async fn they_are_staged_in_memory_also_after_the_server_was_killed() {
    let home = tempfile::tempdir().unwrap();
    let server = start(&home).await;
    let broker = connected(&server).await;
    append(&*broker.log(), "first").await;
    let Ok(folder) = fs::read_link(batches(&home, "EVENTS")) else {
        assert!(!staging::is_in_memory(Path::new("/dev/shm")), "there is a file system in memory");
        return;
    };
    // What is not staged there is not made there either.
    assert!(folder.is_dir());

    let killed = server.pid();
    signal(killed, Signal::SIGKILL);
    let mut state = server.state();
    let again = async { state.wait_for(|state| *state != ServerState::Ready).await.is_ok() };
    assert!(again.await, "it is seen to die");
    state.wait_for(|state| *state == ServerState::Ready).await.expect("it is started again");
    let up = tokio::time::timeout(Duration::from_secs(30), async {
        while broker.log().head().await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    up.await.expect("the client is back");
    assert_eq!(fs::read_link(batches(&home, "EVENTS")).ok().as_ref(), Some(&folder));
    append(&*broker.log(), "second").await;
    drop(broker);
    server.stop().await;
    drop(server);
    assert!(!folder.exists(), "nothing is left in memory");

    // The folder that the link led to is gone; whoever stages on the disk is not held up by it.
    let on_disk = ServerConfig { staging_dir: None, ..config(home.path()) };
    let server = Server::start(on_disk, |_| {}).await.expect("it starts");
    let broker = connected(&server).await;
    append(&*broker.log(), "third").await;
    assert!(fs::read_link(batches(&home, "EVENTS")).is_err(), "it is no link");
    assert_eq!(broker.log().head().await, Ok(Cursor(3 * AT_ONCE as u64)));
    server.stop().await;
}
