use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_nats::HeaderMap;
use async_nats::header::{HeaderName, HeaderValue};
use bytes::Bytes;
use contracts::ports::{
    Asks, Audit, Blobs, Checkpoints, CommandQueue, DeadLetters, Flow, Fut, Gossip, Leases, Live,
    Log, Peers, Records, Restore, Snapshots, Store, Timers, TreeHeads, WorkCalls,
};
use contracts::{Hash, Tenant, Timestamp};
use futures_util::StreamExt as _;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, OnceCell};

use super::World;
use super::world::config;
use crate::connect::Endpoint;
use crate::jetstream::blobs::name as blob_name;
use crate::server::{self, Server, ServerConfig};
use crate::streams::{BLOBS, Bucket, COMMANDS};
use crate::{Broker, subjects};

crate::behaviour_suite!(super::world_on_nats);

pub(crate) async fn world_on_nats() -> OnNats {
    OnNats::start().await
}

/// A broker of its own for one test.
pub(crate) struct OnNats {
    pub(crate) broker: Broker,
    pub(crate) endpoint: Endpoint,
    child: Mutex<Child>,
    config_file: PathBuf,
    stranger: async_nats::Client,
    _dir: tempfile::TempDir,
}

/// The program, found or installed as for everybody; looked for once.
pub(crate) async fn binary() -> &'static PathBuf {
    static FOUND: OnceCell<PathBuf> = OnceCell::const_new();
    FOUND
        .get_or_init(|| async {
            let server_path = std::env::var_os("CAMBIUM_NATS_SERVER").map(PathBuf::from);
            let config = ServerConfig { server_path, ..ServerConfig::default() };
            if server::find(&config).await.is_err() {
                // Starting one installs it.
                child_of_ours().await.0.stop().await;
            }
            server::find(&config).await.expect("nats-server is installed").path
        })
        .await
}

/// A supervised server as `cambium up` runs it.
pub(crate) async fn child_of_ours() -> (Server, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let config = ServerConfig {
        server_path: std::env::var_os("CAMBIUM_NATS_SERVER").map(PathBuf::from),
        dir: dir.path().join("nats"),
        access_file: dir.path().join("nats.json"),
        ..ServerConfig::default()
    };
    (Server::start(config, |_| {}).await.unwrap(), dir)
}

async fn spawn(config_file: &PathBuf) -> Child {
    Command::new(binary().await)
        .arg("-c")
        .arg(config_file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("the program was found")
}

fn write_config(dir: &std::path::Path, port: &str, store: &str) -> PathBuf {
    let text = format!(
        "listen: \"127.0.0.1:{port}\"\nhttp: \"127.0.0.1:-1\"\nports_file_dir: \"{0}\"\n\
         jetstream {{ store_dir: \"{0}/js\", {store} }}\n",
        dir.display()
    );
    let file = dir.join("nats.conf");
    std::fs::write(&file, text).expect("the directory is ours");
    file
}

/// The addresses that the child wrote down: clients, monitoring.
async fn ports(dir: &std::path::Path, pid: u32) -> (String, String) {
    let file = dir.join(format!("nats-server_{pid}.ports"));
    loop {
        let text = std::fs::read(&file).unwrap_or_default();
        if let Ok(ports) = serde_json::from_slice::<serde_json::Value>(&text) {
            let first = |name: &str| ports[name][0].as_str().map(str::to_owned);
            return (first("nats").unwrap(), first("monitoring").unwrap());
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

impl OnNats {
    async fn start() -> Self {
        Self::start_with("sync_interval: always").await
    }

    /// A broker whose store has these settings.
    pub(crate) async fn start_with(store: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config_file = write_config(dir.path(), "-1", store);
        let child = spawn(&config_file).await;
        let (url, monitor) = ports(dir.path(), child.id().unwrap()).await;
        let port = url.rsplit(':').next().unwrap().to_owned();
        // When it comes back it is where it was.
        write_config(dir.path(), &port, store);
        let endpoint = Endpoint { url, user: None, password: None, monitor: Some(monitor) };
        let broker = loop {
            match Broker::connect(&config(), &endpoint).await {
                Ok(broker) => break broker,
                Err(crate::Error::Unreachable { .. }) => tokio::task::yield_now().await,
                Err(error) => panic!("{error}"),
            }
        };
        let stranger = async_nats::connect(&endpoint.url).await.unwrap();
        let child = Mutex::new(child);
        Self { broker, endpoint, child, config_file, stranger, _dir: dir }
    }
}

impl OnNats {
    /// Takes the broker away as a crash would; [`World::interrupt`] brings it back.
    pub(crate) async fn kill(&self) {
        self.child.lock().await.kill().await.unwrap();
    }

    /// All that the ports have sent so far is with the broker: two connections know no order, and
    /// only an answer says that what came before it on the same connection was read.
    async fn settled(&self) {
        self.broker.ping(Duration::from_secs(10)).await.unwrap();
    }
}

fn header_map(lines: Vec<(String, String)>) -> HeaderMap {
    let lines = lines.into_iter().map(|(name, value)| {
        (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())
    });
    lines.collect()
}

impl World for OnNats {
    fn log(&self) -> Arc<dyn Log> {
        self.broker.log()
    }
    fn commands(&self) -> Arc<dyn CommandQueue> {
        self.broker.commands()
    }
    fn asks(&self) -> Arc<dyn Asks> {
        self.broker.asks()
    }
    fn work(&self) -> Arc<dyn WorkCalls> {
        self.broker.work()
    }
    fn timers(&self) -> Arc<dyn Timers> {
        self.broker.timers()
    }
    fn snapshots(&self) -> Arc<dyn Snapshots> {
        self.broker.snapshots()
    }
    fn blobs(&self) -> Arc<dyn Blobs> {
        self.broker.blobs()
    }
    fn leases(&self) -> Arc<dyn Leases> {
        self.broker.leases()
    }
    fn records(&self) -> Arc<dyn Records> {
        self.broker.records()
    }
    fn audit(&self) -> Arc<dyn Audit> {
        self.broker.audit()
    }
    fn dead_letters(&self) -> Arc<dyn DeadLetters> {
        self.broker.dead_letters()
    }
    fn gossip(&self) -> Arc<dyn Gossip> {
        self.broker.gossip()
    }
    fn peers(&self) -> Arc<dyn Peers> {
        self.broker.peers()
    }
    fn live(&self) -> Arc<dyn Live> {
        self.broker.live()
    }
    fn restore(&self) -> Arc<dyn Restore> {
        self.broker.restore()
    }
    fn checkpoints(&self) -> Arc<dyn Checkpoints> {
        self.broker.checkpoints()
    }
    fn trees(&self) -> Arc<dyn TreeHeads> {
        self.broker.trees()
    }
    fn store(&self) -> Arc<dyn Store> {
        self.broker.store(Bucket::SubjectKeys)
    }
    fn payload_bytes_max(&self) -> usize {
        self.stranger.max_payload()
    }
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap())
    }
    fn publish(
        &self,
        subject: String,
        headers: Vec<(String, String)>,
        payload: Bytes,
    ) -> Fut<'_, ()> {
        Box::pin(async move {
            self.settled().await;
            let headers = header_map(headers);
            if subject.starts_with("evt.") || subject.starts_with("cmd.") {
                // The acknowledgement of the stream; a stranger need not ask for it.
                let stored = self.stranger.request_with_headers(subject, headers, payload);
                stored.await.unwrap();
                return;
            }
            self.stranger.publish_with_headers(subject, headers, payload).await.unwrap();
            self.stranger.request("$JS.API.INFO", Bytes::new()).await.unwrap();
        })
    }
    fn request(
        &self,
        subject: String,
        headers: Vec<(String, String)>,
        payload: Bytes,
    ) -> Fut<'_, Option<Bytes>> {
        Box::pin(async move {
            self.settled().await;
            let asked = self.stranger.request_with_headers(subject, header_map(headers), payload);
            asked.await.ok().map(|answer| answer.payload)
        })
    }
    fn listen(&self, filter: String) -> Fut<'_, Flow<(String, Bytes)>> {
        Box::pin(async move {
            self.settled().await;
            let heard = self.stranger.subscribe(filter).await.unwrap();
            self.stranger.request("$JS.API.INFO", Bytes::new()).await.unwrap();
            let heard = heard.map(|it| (it.subject.into_string(), it.payload));
            Box::pin(heard) as Flow<(String, Bytes)>
        })
    }
    fn damage_blob(&self, tenant: Tenant, hash: Hash) -> Fut<'_, ()> {
        Box::pin(async move {
            let context = async_nats::jetstream::new(self.stranger.clone());
            let store = context.get_object_store(BLOBS).await.unwrap();
            let name = blob_name(&tenant, hash);
            store.put(name.as_str(), &mut &b"something else"[..]).await.unwrap();
        })
    }
    fn interrupt(&self) -> Fut<'_, ()> {
        Box::pin(async move {
            let mut child = self.child.lock().await;
            child.kill().await.unwrap();
            *child = spawn(&self.config_file).await;
        })
    }
    fn commands_pending(&self) -> Fut<'_, usize> {
        Box::pin(async move {
            let context = async_nats::jetstream::new(self.stranger.clone());
            let stream = context.get_stream(COMMANDS).await.unwrap();
            let mut info =
                stream.info_with_subjects(format!("{}.>", subjects::COMMAND)).await.unwrap();
            let mut pending = 0;
            while let Some(subject) = info.next().await {
                pending += subject.unwrap().1;
            }
            pending
        })
    }
}

/// Every file below `dir`, whole.
fn on_disk(dir: &std::path::Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(on_disk(&path));
        } else {
            all.extend(std::fs::read(path).unwrap_or_default());
        }
    }
    all
}

#[tokio::test]
async fn nothing_of_a_deleted_value_is_on_disk() {
    let world = world_on_nats().await;
    let store = World::store(&world);
    let planted = |number: usize| format!("planted-{number}-value-that-nobody-else-has");
    let mut revisions = Vec::new();
    for number in 0..3 {
        let value = planted(number).into_bytes();
        revisions.push(store.create(&format!("n{number}"), value, None).await.unwrap().unwrap());
    }
    let holds = |number: usize| {
        let (disk, value) = (on_disk(world._dir.path()), planted(number));
        disk.windows(value.len()).any(|it| it == value.as_bytes())
    };
    assert!((0..3).all(holds), "what is kept is on disk");
    assert_eq!(store.delete("n1", revisions[1]).await, Ok(true));
    assert_eq!([0, 1, 2].map(holds), [true, false, true]);
}
