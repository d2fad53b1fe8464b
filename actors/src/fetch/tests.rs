//! What a server can do to whoever asks it, by a real one on this machine.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use contracts::{Refusal, Timestamp};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{Config, Fetcher, Lookup, Request};

const SECRET: &str = "planted-secret-value";

/// A server that answers each path as it is told, and keeps what it was asked.
struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

type Answer = fn(&str, u16) -> Reply;

enum Reply {
    /// These bytes, then the end.
    Bytes(Vec<u8>),
    /// These bytes, then nothing more.
    Stuck(Vec<u8>),
    /// Bytes without end.
    Endless,
}

fn ok(text: &str) -> Reply {
    let length = text.len();
    Reply::Bytes(format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{text}").into())
}

fn to(status: u16, location: &str) -> Reply {
    let head = format!("HTTP/1.1 {status} Go\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
    Reply::Bytes(head.into())
}

impl Server {
    async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = asked.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, answer, port, kept.clone()));
            }
        });
        Self { port, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("a lock").clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    answer: Answer,
    port: u16,
    kept: Arc<Mutex<Vec<String>>>,
) -> Option<()> {
    let mut read = Vec::new();
    loop {
        while !read.windows(4).any(|it| it == b"\r\n\r\n") {
            let mut chunk = [0; 4_096];
            let bytes = stream.read(&mut chunk).await.ok().filter(|it| *it > 0)?;
            read.extend_from_slice(&chunk[..bytes]);
        }
        let asked = String::from_utf8_lossy(&std::mem::take(&mut read)).into_owned();
        let path = asked.split(' ').nth(1).unwrap_or_default().to_owned();
        kept.lock().expect("a lock").push(asked);
        match answer(&path, port) {
            Reply::Bytes(bytes) => stream.write_all(&bytes).await.ok()?,
            Reply::Stuck(bytes) => {
                stream.write_all(&bytes).await.ok()?;
                std::future::pending::<()>().await;
            }
            Reply::Endless => {
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok()?;
                while stream.write_all(&[b'x'; 8_192]).await.is_ok() {}
                return None;
            }
        }
        if path == "/half" {
            return None;
        }
    }
}

fn config(allow: &[String]) -> Config {
    let allow = allow.iter().map(|it| it.parse().expect("allowed")).collect();
    Config { allow, connect_timeout_ms: 2_000, ..Config::default() }
}

/// A resolver that tells, one after another, what it is told to, the last again and again.
fn resolver(told: &[&[&str]]) -> Lookup {
    let told: VecDeque<Vec<IpAddr>> = told
        .iter()
        .map(|addresses| addresses.iter().map(|it| it.parse().expect("an address")).collect())
        .collect();
    let told = Mutex::new(told);
    Arc::new(move |_| {
        let mut told = told.lock().expect("a lock");
        let next = if told.len() > 1 { told.pop_front() } else { told.front().cloned() };
        Box::pin(async move { Ok(next.unwrap_or_default()) })
    })
}

async fn get(fetcher: &Fetcher, url: &str) -> Result<super::Answered, Refusal> {
    get_with(fetcher, url, 5).await
}

async fn get_with(fetcher: &Fetcher, url: &str, redirects: u8) -> Result<super::Answered, Refusal> {
    let mut request = Request::new("GET", url, 1_000)?;
    request.redirects_max = redirects;
    request.header("x-plain", "plain")?;
    request.secret_header("authorization", &format!("Bearer {SECRET}"))?;
    let sending = fetcher.send(request, Timestamp::from_millis(0));
    tokio::time::timeout(Duration::from_secs(20), sending).await.expect("in time")
}

async fn code(fetcher: &Fetcher, url: &str) -> String {
    let refusal = get(fetcher, url).await.expect_err(url);
    let text = format!("{refusal:?}");
    assert!(!text.contains(SECRET) && !text.contains("?key"), "{text}");
    refusal.code.into_owned()
}

#[tokio::test]
async fn nothing_behind_the_door_is_reached() {
    let server = Server::start(|_, _| ok("inner")).await;
    let port = server.port;
    let closed = Fetcher::new(&config(&[]), None);
    for host in [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "localhost.",
    ] {
        let url = format!("http://{host}:{port}/?key={SECRET}");
        assert_eq!(code(&closed, &url).await, "fetch_blocked", "{host}");
    }
    assert_eq!(code(&closed, "http://169.254.169.254/latest/meta-data").await, "fetch_blocked");
    for odd in
        ["ftp://a.example/", "file:///etc/passwd", "gopher://127.0.0.1/", "http://u:p@a.example"]
    {
        assert_eq!(code(&closed, odd).await, "fetch_invalid", "{odd}");
    }
    let other = Fetcher::new(&config(&[format!("127.0.0.1:{}", port.wrapping_add(1))]), None);
    let url = format!("http://127.0.0.1:{port}/");
    assert_eq!(code(&other, &url).await, "fetch_blocked", "another port");
    assert!(server.asked().is_empty(), "nobody was asked");
    let open = Fetcher::new(&config(&[format!("127.0.0.1:{port}")]), None);
    assert_eq!(get(&open, &url).await.unwrap().body, b"inner");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_name_that_changes_its_mind_is_asked_where_it_was_looked_at() {
    let server = Server::start(|_, _| ok("allowed")).await;
    let port = server.port;
    let inner = TcpListener::bind(("127.0.0.2", port)).await.expect("a port");
    // What was allowed when it was looked at is not when it would be looked up again.
    let rebinding = resolver(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let one = config(&[format!("127.0.0.1:{port}")]);
    let fetcher = Fetcher::new(&one, Some(rebinding));
    let url = format!("http://rebinding.example:{port}/");
    assert_eq!(get(&fetcher, &url).await.unwrap().body, b"allowed");
    assert_eq!(code(&fetcher, &url).await, "fetch_blocked", "looked at anew, connection or not");
    let knocked = futures_util::FutureExt::now_or_never(inner.accept());
    assert!(knocked.is_none(), "nobody knocked");
    server.asked.lock().expect("a lock").clear();
    let mixed = resolver(&[&["93.184.216.34", "10.0.0.1"]]);
    let fetcher = Fetcher::new(&config(&[]), Some(mixed));
    assert_eq!(code(&fetcher, &url).await, "fetch_blocked", "one of them is private");
    assert!(server.asked().is_empty(), "nobody was asked");
    let fetcher = Fetcher::new(&config(&[]), Some(resolver(&[&[]])));
    assert_eq!(code(&fetcher, &url).await, "fetch_unresolved");
    // One that is allowed by its name is reached at whatever it resolves to.
    let allowed = config(&[format!("rebinding.example:{port}")]);
    let fetcher = Fetcher::new(&allowed, Some(resolver(&[&["127.0.0.1"]])));
    assert_eq!(get(&fetcher, &url).await.unwrap().status, 200);
    assert!(server.asked()[0].to_lowercase().contains("host: rebinding.example"));
}

#[tokio::test]
async fn each_redirect_is_looked_at_and_credentials_stay_where_they_belong() {
    let inner = Server::start(|_, _| ok("inner")).await;
    let inner_port = inner.port;
    let answer: Answer = |path, port| match path {
        "/same" => to(302, "/end?key=1"),
        "/loop" => to(302, "/loop"),
        "/meta" => to(307, "http://169.254.169.254/"),
        "/file" => to(302, "file:///etc/passwd"),
        "/odd" => to(302, "http://[oops"),
        "/name" => to(301, &format!("http://other.example:{port}/end")),
        path if path.starts_with("/to/") => {
            to(302, &format!("http://127.0.0.1:{}/", path.trim_start_matches("/to/")))
        }
        _ => ok("end"),
    };
    let server = Server::start(answer).await;
    let port = server.port;
    let allow = [format!("127.0.0.1:{port}"), format!("other.example:{port}")];
    let fetcher = Fetcher::new(&config(&allow), Some(resolver(&[&["127.0.0.1"]])));
    let at = |path: &str| format!("http://127.0.0.1:{port}{path}");
    assert_eq!(get(&fetcher, &at("/same")).await.unwrap().body, b"end");
    let sent = server.asked().pop().unwrap();
    assert!(sent.contains(SECRET) && sent.contains("x-plain"), "the same server sees it: {sent}");
    assert_eq!(code(&fetcher, &at(&format!("/to/{inner_port}"))).await, "fetch_blocked");
    assert!(inner.asked().is_empty());
    assert_eq!(code(&fetcher, &at("/meta")).await, "fetch_blocked");
    assert_eq!(code(&fetcher, &at("/file")).await, "fetch_invalid");
    assert_eq!(code(&fetcher, &at("/odd")).await, "fetch_invalid");
    let before = server.asked().len();
    assert_eq!(code(&fetcher, &at("/loop")).await, "fetch_redirects");
    assert_eq!(server.asked().len() - before, 6, "five redirects and the first");
    let judged = |path: &str, host: &'static str| {
        let mut request = Request::new("GET", &at(path), 10).unwrap();
        let judge: super::Judge =
            Arc::new(move |next: &reqwest::Url| next.host_str() == Some(host));
        (request.redirects_max, request.judge) = (5, Some(judge));
        fetcher.send(request, Timestamp::default())
    };
    let left = judged("/name", "nobody.example").await.expect_err("it may not go there");
    assert_eq!(left.code, "fetch_redirects");
    assert_eq!(judged("/name", "other.example").await.unwrap().body, b"end");
    assert_eq!(judged("/same", "nobody.example").await.unwrap().body, b"end", "it stays");
    assert_eq!(get(&fetcher, &at("/name")).await.unwrap().body, b"end");
    let sent = server.asked().pop().unwrap();
    assert!(!sent.contains(SECRET) && sent.contains("x-plain"), "another does not: {sent}");
    let told = get_with(&fetcher, &at("/same"), 0).await.unwrap();
    assert_eq!((told.status, told.headers["location"].as_str()), (302, "/end?key=1"));
}

#[tokio::test]
async fn what_is_posted_is_posted_again_only_where_that_is_asked() {
    let server = Server::start(|path, _| match path {
        "/see" => to(303, "/end"),
        "/again" => to(308, "/end"),
        _ => ok("end"),
    })
    .await;
    let fetcher = Fetcher::new(&config(&[format!("127.0.0.1:{}", server.port)]), None);
    for (path, method) in [("/see", "GET"), ("/again", "POST")] {
        let url = format!("http://127.0.0.1:{}{path}", server.port);
        let mut request = Request::new("POST", &url, 10).unwrap();
        request.header("content-type", "text/plain").unwrap();
        (request.body, request.redirects_max) = (Some("told".into()), 1);
        fetcher.send(request, Timestamp::default()).await.unwrap();
        let last = server.asked().pop().unwrap();
        assert!(last.starts_with(method), "{last}");
        assert_eq!(last.contains("content-type"), method == "POST", "{last}");
    }
}

#[tokio::test]
async fn large_endless_half_and_silent_answers_are_bounded() {
    let server = Server::start(|path, _| match path {
        "/large" => ok(&"x".repeat(5_000)),
        "/exact" => ok(&"x".repeat(1_000)),
        "/endless" => Reply::Endless,
        "/half" => Reply::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf".to_vec()),
        "/html" => Reply::Bytes(b"<html>no status</html>\r\n\r\n".to_vec()),
        "/packed" => Reply::Bytes(
            b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\n\x1f\x8b\x08"
                .to_vec(),
        ),
        "/later" => {
            let head = "HTTP/1.1 429 No\r\nretry-after: 120\r\ncontent-length: 0\r\n\r\n";
            Reply::Bytes(head.into())
        }
        "/date" => {
            let at = "Thu, 01 Jan 1970 00:01:00 GMT";
            let head = format!("HTTP/1.1 503 No\r\nretry-after: {at}\r\ncontent-length: 0\r\n\r\n");
            Reply::Bytes(head.into())
        }
        "/never" => {
            let head = "HTTP/1.1 429 No\r\nretry-after: 99999999999\r\ncontent-length: 0\r\n\r\n";
            Reply::Bytes(head.into())
        }
        _ => Reply::Stuck(b"HTTP/1.1 200 OK\r\ncontent-le".to_vec()),
    })
    .await;
    let fetcher = Fetcher::new(&config(&[format!("127.0.0.1:{}", server.port)]), None);
    let at = |path: &str| format!("http://127.0.0.1:{}{path}?key=1", server.port);
    for (path, truncated) in [("/large", true), ("/endless", true), ("/exact", false)] {
        let url = at(path).replace("?key=1", "");
        let answered = get(&fetcher, &url).await.unwrap();
        assert_eq!((answered.body.len(), answered.truncated), (1_000, truncated), "{path}");
    }
    let plain = |path: &str| at(path).replace("?key=1", "");
    assert_eq!(code(&fetcher, &plain("/half")).await, "fetch_interrupted");
    assert_eq!(code(&fetcher, &plain("/html")).await, "fetch_interrupted");
    let packed = get(&fetcher, &plain("/packed")).await.unwrap();
    assert_eq!((packed.body.len(), packed.headers["content-encoding"].as_str()), (3, "gzip"));
    let later = |path: &str| {
        let url = plain(path);
        let fetcher = &fetcher;
        async move { get(fetcher, &url).await.unwrap().retry_after_ms }
    };
    assert_eq!(later("/later").await, Some(120_000));
    assert_eq!(later("/date").await, Some(60_000));
    assert_eq!(later("/never").await, Some(24 * 60 * 60 * 1_000), "no longer than is allowed");
    // Whoever says how long it may take cuts off one that never ends.
    let request = Request::new("GET", &at("/silent"), 10).unwrap();
    let sending = fetcher.send(request, Timestamp::default());
    assert!(tokio::time::timeout(Duration::from_millis(200), sending).await.is_err());
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let fetcher = Fetcher::new(&config(&[nobody.to_string()]), None);
    assert_eq!(code(&fetcher, &format!("http://{nobody}/")).await, "fetch_unreachable");
}

#[test]
fn headers_of_the_connection_are_not_for_the_asking() {
    let mut request = Request::new("POST", "http://a.example", 10).unwrap();
    for (name, value) in [
        ("host", "b.example"),
        ("content-length", "3"),
        ("Transfer-Encoding", "chunked"),
        ("proxy-authorization", "x"),
        ("a b", "c"),
        ("a", "b\r\nc: d"),
    ] {
        assert_eq!(request.header(name, value).unwrap_err().code, "fetch_invalid", "{name}");
    }
    assert!(Request::new("GET POST", "http://a.example", 1).is_err());
    assert!(Request::new("GET", "a.example", 1).is_err());
}
