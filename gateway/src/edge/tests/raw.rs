//! Requests as no library writes them, over a bare socket: each is answered with a problem or cut
//! off, none is taken for another one, and the next caller is answered as ever.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::edge::testing::Client;
use crate::edge::{Config, Connections, serve};

pub(super) async fn listen(client: &Client, config: &Config) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (router, shutdown) = (client.router.clone(), client.shutdown.clone());
    tokio::spawn(serve(listener, router, shutdown, Connections::of(config)));
    address
}

/// All that comes back until the other side ends.
async fn say(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // It may be cut off while it speaks.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut told = Vec::new();
    let _ = stream.read_to_end(&mut told).await;
    String::from_utf8_lossy(&told).into_owned()
}

/// The statuses that came back, in order.
fn statuses(told: &str) -> Vec<u16> {
    let lines = told.split("HTTP/1.1 ").skip(1);
    lines.filter_map(|line| line.get(..3)?.parse().ok()).collect()
}

const KEY: &str = "x-api-key: good\r\n";

fn post(headers: &str, body: &str) -> String {
    format!("POST /v1/counter/a/add HTTP/1.1\r\nhost: localhost\r\n{KEY}{headers}\r\n{body}")
}

async fn edge() -> (Client, SocketAddr) {
    let config = Config::default();
    let client = Client::with(config.clone());
    let address = listen(&client, &config).await;
    (client, address)
}

fn asked(client: &Client) -> usize {
    client.world.asked.lock().unwrap().len()
}

#[tokio::test]
async fn a_length_that_is_told_twice_smuggles_nothing() {
    let (client, address) = edge().await;
    let smuggled = "GET /v1/smuggled HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let length = smuggled.len();
    for headers in [
        format!("content-length: 2\r\ncontent-length: {length}\r\n"),
        format!("content-length: 2, {length}\r\n"),
        "content-length: -1\r\n".to_owned(),
        "content-length: +2\r\n".to_owned(),
        "content-length: 0x2\r\n".to_owned(),
        "content-length: 99999999999999999999\r\n".to_owned(),
        "transfer-encoding: xchunked\r\n".to_owned(),
        "transfer-encoding: chunked, identity\r\n".to_owned(),
        "transfer-encoding: \x0bchunked\r\n".to_owned(),
        "content-length : 2\r\n".to_owned(),
        "transfer-encoding : chunked\r\n".to_owned(),
    ] {
        let told = say(address, post(&headers, &format!("{{}}{smuggled}")).as_bytes()).await;
        let statuses = statuses(&told);
        assert!(matches!(statuses[..], [] | [400..=499]), "{headers:?}: {told}");
    }
    assert_eq!(asked(&client), 0, "none of them is a command");
}

/// A length beside chunks means nothing, and who believed it on the way would take the rest for a
/// part of the body: so nothing is read after chunks.
#[tokio::test]
async fn what_follows_chunks_is_no_request() {
    let (client, address) = edge().await;
    let smuggled = "GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n";
    for headers in [
        "content-length: 4\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 4\r\n",
        "transfer-encoding: chunked\r\n",
    ] {
        let told = say(address, post(headers, &format!("0\r\n\r\n{smuggled}")).as_bytes()).await;
        assert_eq!(statuses(&told), [200], "{told}");
        assert!(told.contains("connection: close"), "{told}");
    }
    assert_eq!(asked(&client), 3);
}

#[tokio::test]
async fn chunks_are_what_they_say() {
    let (client, address) = edge().await;
    let chunked = "transfer-encoding: chunked\r\nconnection: close\r\n";
    let good = say(address, post(chunked, "2\r\n{}\r\n0\r\n\r\n").as_bytes()).await;
    assert_eq!(statuses(&good), [200], "{good}");
    // What follows the last chunk adds nothing to the head that was judged.
    let trailers = "2\r\n{}\r\n0\r\nx-api-key: other\r\ncambium-tenant: other\r\n\r\n";
    let told = say(address, post(chunked, trailers).as_bytes()).await;
    assert_eq!(statuses(&told), [200], "{told}");
    let tenants: Vec<_> =
        client.world.asked.lock().unwrap().iter().map(|it| it.0.to.tenant.to_string()).collect();
    assert_eq!(tenants, ["main", "main"]);
    for body in [
        "g\r\n{}\r\n0\r\n\r\n",
        "-2\r\n{}\r\n0\r\n\r\n",
        "ffffffffffffffffff\r\n{}\r\n0\r\n\r\n",
        "5\r\n{}\r\n0\r\n\r\n",
        "2\r\n{}",
    ] {
        let told = say(address, post(chunked, body).as_bytes()).await;
        assert!(matches!(statuses(&told)[..], [] | [400]), "{body:?}: {told}");
    }
    assert_eq!(asked(&client), 2);
}

#[tokio::test]
async fn heads_that_are_none_are_refused() {
    let (client, address) = edge().await;
    let long = "a".repeat(9_000);
    let many: String = (0..80).map(|number| format!("x-{number}: 1\r\n")).collect();
    for (head, code) in [
        ("GET /livez HTTP/1.1\r\n\r\n".to_owned(), "header_invalid"),
        ("GET /livez HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n".to_owned(), "header_invalid"),
        ("GET /livez HTTP/1.1\r\nhost: evil.example\r\n\r\n".to_owned(), "host_refused"),
        (
            "GET http://evil.example/livez HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
            "header_invalid",
        ),
        (format!("GET /livez?a={long} HTTP/1.1\r\nhost: a\r\n\r\n"), "headers_too_large"),
        (format!("GET /livez HTTP/1.1\r\nhost: a\r\nx-long: {long}\r\n\r\n"), "headers_too_large"),
        (format!("GET /livez HTTP/1.1\r\nhost: a\r\n{many}\r\n"), "headers_too_large"),
        (format!("GET /v1/counter HTTP/1.1\r\nhost: a\r\n{KEY}{KEY}\r\n"), "unauthenticated"),
        (
            format!(
                "GET /v1/counter HTTP/1.1\r\nhost: a\r\n{KEY}cambium-tenant: caf\u{e9}\r\n\r\n"
            ),
            "header_invalid",
        ),
        (
            format!(
                "GET /v1/counter HTTP/1.1\r\nhost: a\r\n{KEY}cambium-tenant: a\r\ncambium-tenant: b\r\n\r\n"
            ),
            "header_invalid",
        ),
        ("GET /v1/counter?api_key=good HTTP/1.1\r\nhost: a\r\n\r\n".to_owned(), "secret_in_query"),
        ("OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n".to_owned(), "unknown_route"),
    ] {
        let told = say(address, head.as_bytes()).await;
        let first = &head[..head.len().min(80)];
        assert!(told.contains(&format!("\"code\":\"{code}\"")), "{first}: {told}");
    }
    for head in [
        "GET /livez HTTP/1.1\r\nhost: a\r\nx-a: b\0c\r\n\r\n".as_bytes(),
        b"GET /livez HTTP/1.1\r\nhost: a\r\n folded: line\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nhost: a\r\nx-a: b\r\n c\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nhost: a\r\n: empty\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nhost: a\r\nx y: 1\r\n\r\n",
        b"GET /livez HTTP/9.9\r\nhost: a\r\n\r\n",
        b"GET /li\0vez HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GE\xffT /livez HTTP/1.1\r\nhost: a\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\r\n\r\n\r\n\r\n",
    ] {
        let told = say(address, head).await;
        let statuses = statuses(&told);
        assert!(matches!(statuses[..], [] | [400..=499] | [505]), "{head:?}: {told}");
    }
    assert_eq!(client.get("/livez").await.status, 200);
}

#[tokio::test]
async fn a_path_is_what_it_says_and_nothing_else() {
    let (client, address) = edge().await;
    for (path, statuses_allowed, code) in [
        ("/v1/counter/%C0%AE%C0%AE", &[400][..], "invalid_id"),
        ("/v1/counter/%FF", &[400], "invalid_id"),
        ("/v1/counter/a%00b", &[400], "invalid_id"),
        ("/v1/counter/a%2Fb", &[400], "invalid_id"),
        ("/v1/counter/a%2e%2e", &[400], "invalid_id"),
        ("/v1/counter/..", &[400], "invalid_id"),
        ("/v1/counter/%2e%2e%2f%2e%2e%2fetc", &[400], "invalid_id"),
        ("/v1/counter/a.b", &[400], "invalid_id"),
        ("/v1/counter/a%20b", &[400], "invalid_id"),
        ("/v1/counter/a*", &[400], "invalid_id"),
        ("/v1/counter/%3E", &[400], "invalid_id"),
        ("/v1/counter/caf%C3%A9", &[400], "invalid_id"),
        ("/v1/counter/%EF%BC%A1", &[400], "invalid_id"),
        ("/v1/counter/%E2%80%AEa", &[400], "invalid_id"),
        ("/v1/%63ounter/a", &[404], "actor_not_found"),
        ("/v1/COUNTER/a", &[404], "unknown_kind"),
        ("/V1/counter/a", &[404], "unknown_route"),
        ("/v1/../admin/streams", &[405], "method_not_allowed"),
        ("/v1//counter/a", &[405], "method_not_allowed"),
        ("/v1/counter//a", &[405], "method_not_allowed"),
        ("/v1/counter/a/", &[404], "unknown_route"),
        ("//v1/counter/a", &[404], "unknown_route"),
        ("/v1/counter/a;x=1", &[400], "invalid_id"),
        ("/v1/counter/a%3Fb", &[400], "invalid_id"),
        ("/v1/counter?text=%FF", &[400], "query_invalid"),
        ("/v1/counter?limit=1&limit=2", &[400], "query_invalid"),
        ("/v1/counter?l%69mit=x", &[400], "query_invalid"),
    ] {
        let head =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{KEY}connection: close\r\n\r\n");
        let told = say(address, head.as_bytes()).await;
        assert_eq!(statuses(&told), statuses_allowed, "{path}: {told}");
        assert!(told.contains(&format!("\"code\":\"{code}\"")), "{path}: {told}");
    }
    assert_eq!(asked(&client), 0);
}

#[tokio::test]
async fn bodies_that_are_deep_long_or_no_text_are_refused() {
    let (client, address) = edge().await;
    let deep = format!("{{\"by\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let open = "[".repeat(10_000);
    let objects = "{\"a\":".repeat(5_000) + "1" + &"}".repeat(5_000);
    let wide = format!("{{\"by\":\"{}\"}}", "x".repeat(2_000_000));
    for (body, codes) in [
        (deep.as_bytes(), &["input_too_deep", "invalid_json"][..]),
        (open.as_bytes(), &["invalid_json", "input_too_deep"]),
        (objects.as_bytes(), &["input_too_deep", "invalid_json"]),
        (wide.as_bytes(), &["body_too_large", "string_too_long"]),
        (b"{\"by\":\xff}", &["invalid_utf8"]),
        (b"{\"by\":\"\xc0\xae\"}", &["invalid_utf8"]),
        (b"{\"by\":\"\xed\xa0\x80\"}", &["invalid_utf8"]),
        (b"{\"by\":\"\\ud800\"}", &["invalid_json"]),
        (b"{\"by\":1,\"by\":2}", &["invalid_json"]),
        (b"{\"by\":1e400}", &["invalid_json", "number_imprecise"]),
        (b"{\"by\":NaN}", &["invalid_json"]),
        (b"{\"by\":1}{\"by\":2}", &["invalid_json"]),
        (b"\xef\xbb\xbf{}", &["invalid_json"]),
    ] {
        let head = post(&format!("content-length: {}\r\nconnection: close\r\n", body.len()), "");
        let told = say(address, &[head.as_bytes(), body].concat()).await;
        let found = codes.iter().any(|code| told.contains(&format!("\"code\":\"{code}\"")));
        let seen = String::from_utf8_lossy(&body[..body.len().min(30)]).into_owned();
        assert!(found, "{seen}: {}", &told[..told.len().min(900)]);
    }
    assert_eq!(asked(&client), 0);
    assert_eq!(client.get("/livez").await.status, 200);
}

#[tokio::test]
async fn who_sends_its_body_drop_by_drop_is_cut_off() {
    let config = Config { body_timeout_ms: 200, ..Config::default() };
    let client = Client::with(config.clone());
    let address = listen(&client, &config).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(post("content-length: 100000\r\n", "").as_bytes()).await.unwrap();
    let (mut read, mut write) = stream.split();
    let mut told = [0; 12];
    tokio::select! {
        read = read.read_exact(&mut told) => { read.unwrap(); }
        () = async {
            while write.write_all(b" ").await.is_ok() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            std::future::pending::<()>().await;
        } => {}
    }
    assert_eq!(&told, b"HTTP/1.1 400");
    assert_eq!(asked(&client), 0);
}
