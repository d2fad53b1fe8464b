//! Too much at once is answered, shared out fairly, and never held in memory.

use std::net::SocketAddr;
use std::sync::atomic::Ordering;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::edge::testing::{Client, Mood, Reply};
use crate::edge::{Config, Connections, serve};

/// The client's edge behind a real socket.
async fn listen(client: &Client, config: &Config) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (router, shutdown) = (client.router.clone(), client.shutdown.clone());
    tokio::spawn(serve(listener, router, shutdown, Connections::of(config)));
    address
}

async fn ask(address: SocketAddr, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

const FOLLOW: &str = "GET /v1/events HTTP/1.1\r\nhost: a\r\nx-api-key: good\r\n\
                      accept: text/event-stream\r\n\r\n";

#[tokio::test]
async fn the_flood_of_one_tenant_does_not_take_the_share_of_another() {
    let client = Client::with(Config { requests_concurrent_max: 12, ..Config::default() });
    *client.world.mood.lock().unwrap() = Mood::Silent;
    let (told, mut refused) = tokio::sync::mpsc::unbounded_channel::<Reply>();
    let mut flood = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let (router, told) = (client.router.clone(), told.clone());
        let request = Client::request("POST", "/v1/counter/a/add", &[], "{}");
        flood.spawn(async move {
            let reply = Client::through(router, request).await;
            let _ = told.send(reply);
        });
    }
    for _ in 0..6 {
        let reply = refused.recv().await.unwrap();
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (503, "overloaded"));
        assert_eq!(reply.header("retry-after"), "1");
    }
    assert_eq!(client.world.asked.lock().unwrap().len(), 6, "half of the places");
    let key = [("x-api-key", "other")];
    for _ in 0..20 {
        let reply = client.send("GET", "/v1/counter/x", &key, "").await;
        assert_eq!(reply.status, 404, "the other tenant is answered: {}", reply.text);
    }
    let again = client.get("/v1/counter/x").await;
    assert_eq!(again.status, 503, "the first one has its share");
    assert_eq!(client.send("GET", "/livez", &[], "").await.status, 200);
}

#[tokio::test]
async fn the_streams_of_one_tenant_leave_room_for_those_of_another() {
    let client = Client::with(Config { streams_concurrent_max: 8, ..Config::default() });
    let (good, other) = ([("x-api-key", "good")], [("x-api-key", "other")]);
    let mut open = Vec::new();
    for _ in 0..4 {
        let (status, _, lines) = client.open("/v1/events", &good).await;
        assert_eq!(status, 200);
        open.push(lines);
    }
    let (status, headers, _) = client.open("/v1/events", &good).await;
    assert_eq!(status, 503);
    assert!(headers.contains_key("retry-after"));
    assert_eq!(client.open("/v1/events", &other).await.0, 200);
    open.clear();
    assert_eq!(client.open("/v1/events", &good).await.0, 200, "a place is free again");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let config = Config { body_timeout_ms: 100, ..Config::default() };
    let client = Client::with(config.clone());
    let address = listen(&client, &config).await;
    let head = "POST /v1/counter/a/add HTTP/1.1\r\nhost: a\r\nx-api-key: good\r\n\
                content-length: 1000\r\n\r\n{";
    let mut stream = ask(address, head).await;
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    assert!(text.starts_with("HTTP/1.1 400") && text.contains("body_unreadable"), "{text}");
}

#[tokio::test]
async fn who_takes_nothing_is_cut_off_and_little_was_read_for_it() {
    let config = Config { write_stall_ms: 200, ..Config::default() };
    let client = Client::with(config.clone());
    client.post("/v1/counter/a/add", "{}").await;
    client.world.repeat_last(39_999);
    let address = listen(&client, &config).await;
    let stuck = ask(address, FOLLOW).await;
    client.world.dropped.notified().await;
    let pulled = client.world.pulled.load(Ordering::SeqCst);
    assert!(pulled > 0 && pulled < 40_000, "{pulled} were read for who takes none");
    drop(stuck);
    // Its place is free by then, or will be in a moment.
    while !client.get("/metrics").await.text.contains("cambium_http_streams 0") {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_readers_follow_at_once() {
    const READERS: usize = 2_000;
    let config = Config::default();
    let client = Client::with(config.clone());
    let address = listen(&client, &config).await;
    let mut readers = tokio::task::JoinSet::new();
    let (ready, mut begun) = tokio::sync::mpsc::channel(READERS);
    for _ in 0..READERS {
        let mut lines = BufReader::new(ask(address, FOLLOW).await).lines();
        let ready = ready.clone();
        readers.spawn(async move {
            let mut ids = Vec::new();
            while ids.len() < 3 {
                let line = lines.next_line().await.unwrap().unwrap();
                if line.starts_with("retry:") {
                    ready.send(()).await.unwrap();
                }
                ids.extend(line.strip_prefix("id: ").map(str::to_owned));
            }
            ids
        });
    }
    for _ in 0..READERS {
        begun.recv().await.unwrap();
    }
    for _ in 0..3 {
        assert_eq!(client.post("/v1/counter/a/add", "{}").await.status, 200);
    }
    while let Some(ids) = readers.join_next().await {
        assert_eq!(ids.unwrap(), ["1", "2", "3"]);
    }
}
