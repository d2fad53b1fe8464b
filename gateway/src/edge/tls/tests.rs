//! Certificates on a real listener, met by real clients.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Certificate, ClientBuilder, Identity, Version};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{ClientCertificates, Config, Tls, days_left, load};
use crate::cli::verbs::certs::{Args, make};
use crate::edge::testing::Client;
use crate::edge::{self, Connections, Metrics, serve_with};

fn certify(dir: &Path, days: u32) {
    let clients = vec!["agent-1.other".to_owned(), "spiffe://other/stranger".to_owned()];
    let (dir, hosts) = (Some(dir.to_owned()), vec!["cambium.test".to_owned()]);
    make(dir.as_ref().unwrap(), &Args { dir: dir.clone(), hosts, clients, days }).unwrap();
}

fn config(dir: &Path) -> Config {
    let file = |name: &str| Some(dir.join(name));
    Config { certificate: file("server.pem"), key: file("server.key"), ..Config::default() }
}

fn mutual(dir: &Path, client_certificates: ClientCertificates) -> Config {
    let principals = [("agent-1.other".to_owned(), "other/agent-1".to_owned())].into();
    let client_ca = Some(dir.join("ca.pem"));
    Config { client_ca, client_certificates, principals, ..config(dir) }
}

/// An edge behind TLS.
struct World {
    dir: TempDir,
    tls: Arc<Tls>,
    client: Client,
    port: u16,
}

impl World {
    async fn start(of: impl FnOnce(&Path) -> Config) -> Self {
        let dir = tempfile::tempdir().unwrap();
        certify(dir.path(), 365);
        let tls = of(dir.path());
        tls.check().unwrap();
        let config = edge::Config { tls, head_timeout_ms: 2_000, ..edge::Config::default() };
        let tls = Tls::open(&config.tls).unwrap().unwrap();
        let client = Client::with(config.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (router, shutdown) = (client.router.clone(), client.shutdown.clone());
        let limits = Connections::of(&config);
        tokio::spawn(serve_with(listener, router, shutdown, limits, Some(tls.clone())));
        Self { dir, tls, client, port }
    }

    fn builder(&self) -> ClientBuilder {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let ca = std::fs::read(self.dir.path().join("ca.pem")).unwrap();
        let ca = Certificate::from_pem(&ca).unwrap();
        reqwest::Client::builder().no_proxy().tls_certs_only([ca])
    }

    /// A client that shows a certificate.
    fn showing(&self, name: &str) -> ClientBuilder {
        let read =
            |end: &str| std::fs::read(self.dir.path().join(format!("{name}.{end}"))).unwrap();
        let whole = [read("pem"), read("key")].concat();
        self.builder().identity(Identity::from_pem(&whole).unwrap())
    }

    fn url(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.port)
    }
}

#[tokio::test]
async fn both_versions_of_http_are_spoken_and_the_way_is_said_to_be_safe() {
    let world = World::start(config).await;
    for (client, version) in
        [(world.builder(), Version::HTTP_2), (world.builder().http1_only(), Version::HTTP_11)]
    {
        let client = client.build().unwrap();
        let answer = client.get(world.url("/v1/counter")).header("x-api-key", "good").send().await;
        let answer = answer.unwrap();
        assert_eq!((answer.status().as_u16(), answer.version()), (200, version));
        assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
    }
    let stranger = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    assert!(stranger.get(world.url("/livez")).send().await.is_err(), "an authority of our own");
    let plain = world.client.get("/livez").await;
    assert_eq!(plain.header("strict-transport-security"), "", "it would lock a laptop out");
}

#[tokio::test]
async fn a_certificate_is_a_credential_where_it_is_known() {
    let world = World::start(|dir| mutual(dir, ClientCertificates::Optional)).await;
    let of = |builder: ClientBuilder, key: Option<&'static str>, tenant: &'static str| {
        let client = builder.build().unwrap();
        let mut request = client.get(world.url("/v1/counter")).header("cambium-tenant", tenant);
        if let Some(key) = key {
            request = request.header("x-api-key", key);
        }
        async move { request.send().await.unwrap().status().as_u16() }
    };
    let known = || world.showing("client-agent-1.other");
    assert_eq!(of(known(), None, "other").await, 200);
    assert_eq!(of(known(), None, "main").await, 404, "it is at home elsewhere");
    assert_eq!(
        of(known(), Some("wrong"), "other").await,
        401,
        "what it says counts, not what it is"
    );
    assert_eq!(of(known(), Some("good"), "main").await, 200);
    let unknown = || world.showing("client-spiffe---other-stranger");
    assert_eq!(of(unknown(), None, "other").await, 401);
    assert_eq!(of(world.builder(), None, "other").await, 401);
}

#[tokio::test]
async fn where_one_is_required_nobody_is_answered_without() {
    let world = World::start(|dir| mutual(dir, ClientCertificates::Required)).await;
    let ask = |builder: ClientBuilder| {
        let request = builder.build().unwrap().get(world.url("/livez"));
        async move { request.send().await }
    };
    assert_eq!(ask(world.showing("client-agent-1.other")).await.unwrap().status(), 200);
    assert!(ask(world.builder()).await.is_err());
    // The same names, signed by somebody else.
    let foreign = tempfile::tempdir().unwrap();
    certify(foreign.path(), 365);
    for end in ["pem", "key"] {
        let name = format!("client-agent-1.other.{end}");
        std::fs::copy(foreign.path().join(&name), world.dir.path().join(format!("forged.{end}")))
            .unwrap();
    }
    assert!(ask(world.showing("forged")).await.is_err());
    assert!(ask(world.showing("server")).await.is_err(), "a server's is no client's");
}

#[tokio::test]
async fn a_new_certificate_is_taken_and_a_bad_one_is_not() {
    let world = World::start(config).await;
    let metrics = Metrics::default();
    world.tls.register(&metrics);
    let days = world.tls.days_left();
    assert!((363..=365).contains(&days), "{days}");
    let answers = || async {
        let client = world.builder().build().unwrap();
        client.get(world.url("/livez")).send().await.is_ok_and(|it| it.status() == 200)
    };
    certify(world.dir.path(), 700);
    world.tls.look();
    assert!((698..=700).contains(&world.tls.days_left()), "the new one is in force");
    assert!(answers().await);
    // Half of an exchange: the key of another certificate.
    let elsewhere = tempfile::tempdir().unwrap();
    certify(elsewhere.path(), 5);
    std::fs::copy(elsewhere.path().join("server.key"), world.dir.path().join("server.key"))
        .unwrap();
    world.tls.look();
    assert!(answers().await, "the old one goes on");
    assert_eq!(world.tls.part().facts.unwrap()["reload_failed"], true);
    for garbage in ["", "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n"] {
        std::fs::write(world.dir.path().join("server.pem"), garbage).unwrap();
        world.tls.look();
        assert!(answers().await, "the old one goes on");
    }
    std::fs::remove_file(world.dir.path().join("server.pem")).unwrap();
    world.tls.look();
    assert!(answers().await);
    certify(world.dir.path(), 100);
    world.tls.look();
    let part = world.tls.part();
    assert_eq!(part.facts.unwrap()["reload_failed"], false);
    assert!((98..=100).contains(&world.tls.days_left()));
    let text = metrics.text();
    assert!(text.contains("cambium_tls_reloads_total{outcome=\"bad\"} 4"), "{text}");
    assert!(text.contains("cambium_tls_reloads_total{outcome=\"good\"} 2"), "{text}");
}

#[tokio::test]
async fn files_are_watched() {
    let world = World::start(|dir| Config { reload_interval_ms: 10, ..config(dir) }).await;
    let watching = tokio::spawn(world.tls.clone().watch());
    certify(world.dir.path(), 700);
    while world.tls.days_left() < 600 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    watching.abort();
}

#[test]
fn a_certificate_that_ends_soon_is_told() {
    let dir = tempfile::tempdir().unwrap();
    certify(dir.path(), 2);
    let tls = Tls::open(&config(dir.path())).unwrap().unwrap();
    let facts = tls.part().facts.unwrap();
    assert_eq!(facts["expiring"], true, "{facts}");
    assert!(load(&config(dir.path())).unwrap().names.contains(&"cambium.test".to_owned()));
    assert_eq!(days_left(0), -(super::now_s() / 86_400) - 1, "long ago");
}

#[test]
fn keys_are_for_their_owner_alone_and_an_authority_is_kept() {
    use std::os::unix::fs::PermissionsExt as _;

    let dir = tempfile::tempdir().unwrap();
    certify(dir.path(), 30);
    let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
    let (ca, server) = (read("ca.pem"), read("server.pem"));
    certify(dir.path(), 30);
    assert_eq!(ca, read("ca.pem"));
    assert_ne!(server, read("server.pem"));
    let keys = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap());
    let keys: Vec<_> =
        keys.filter(|entry| entry.path().extension().is_some_and(|it| it == "key")).collect();
    assert_eq!(keys.len(), 4, "authority, server, two clients");
    for key in keys {
        assert_eq!(key.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{key:?}");
    }
}

#[tokio::test]
async fn what_is_no_handshake_is_cut_off() {
    let world = World::start(config).await;
    let mut plain = TcpStream::connect(("127.0.0.1", world.port)).await.unwrap();
    plain.write_all(b"GET /livez HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let mut bytes = Vec::new();
    let _ = plain.read_to_end(&mut bytes).await;
    assert!(!bytes.starts_with(b"HTTP"), "{bytes:?}");
    let mut silent = TcpStream::connect(("127.0.0.1", world.port)).await.unwrap();
    let mut bytes = Vec::new();
    silent.read_to_end(&mut bytes).await.unwrap();
    assert!(bytes.is_empty(), "its place is free again");
}

#[test]
fn settings_that_make_no_sense_are_told() {
    let dir = Path::new("certs");
    let key = |config: &Config| config.check().err().map(|(key, _)| key);
    assert_eq!(key(&Config::default()), None);
    assert_eq!(key(&Config { key: None, ..config(dir) }), Some("edge.tls.certificate"));
    assert_eq!(key(&Config { certificate: None, ..config(dir) }), Some("edge.tls.key"));
    let alone = Config { client_ca: Some("ca.pem".into()), ..Config::default() };
    assert_eq!(key(&alone), Some("edge.tls.client_ca"));
    let odd = [("a.example".to_owned(), "nobody".to_owned())].into();
    let odd = Config { principals: odd, ..mutual(dir, ClientCertificates::Optional) };
    assert_eq!(key(&odd), Some("edge.tls.principals"));
    let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let two = [("a", "t/one"), ("b", "t/two"), ("c", "t/one")];
    let two = two.map(|(name, who)| (name.to_owned(), who.to_owned())).into();
    let two = Config { principals: two, ..Config::default() };
    assert!(two.holder(&names(&["a", "x", "c"])).is_some());
    assert!(two.holder(&names(&["a", "b"])).is_none(), "one certificate, two people");
    assert!(two.holder(&names(&["x"])).is_none() && two.holder(&[]).is_none());
}
