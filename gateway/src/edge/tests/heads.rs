//! Heads of requests that are too large, on a real socket: what the edge says, and beyond that,
//! what the HTTP library says in its place.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::edge::testing::Client;
use crate::edge::{Config, Connections, serve};

/// Status and body of the answer to `GET path` with these header lines.
async fn answer(path: &str, lines: &[String]) -> (u16, String) {
    let client = Client::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (router, shutdown) = (client.router.clone(), client.shutdown.clone());
    tokio::spawn(serve(listener, router, shutdown, Connections::of(&Config::default())));
    let mut stream = TcpStream::connect(address).await.unwrap();
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    let head = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{lines}\r\n");
    // Whoever refuses may close before it has read everything.
    let _ = stream.write_all(head.as_bytes()).await;
    let mut told = Vec::new();
    let _ = stream.read_to_end(&mut told).await;
    let told = String::from_utf8_lossy(&told).into_owned();
    let (head, body) = told.split_once("\r\n\r\n").expect("an answer");
    let status = head.split(' ').nth(1).expect("a status").parse().expect("a number");
    (status, body.to_owned())
}

fn headers(count: usize, bytes: usize) -> Vec<String> {
    (0..count).map(|number| format!("x-{number}: {}", "x".repeat(bytes))).collect()
}

#[tokio::test]
async fn what_is_too_large_is_told_with_its_code() {
    let long = format!("/livez?{}", "x".repeat(9_000));
    for (path, lines) in [
        ("/livez", headers(100, 1)),
        ("/livez", headers(1, 9_000)),
        ("/livez", headers(60, 8_500)),
        (&*long, Vec::new()),
    ] {
        let (status, body) = answer(path, &lines).await;
        assert_eq!(status, 413, "{} lines: {body}", lines.len());
        assert!(body.contains("\"headers_too_large\""), "{body}");
    }
    assert_eq!(answer("/livez", &headers(50, 8_000)).await.0, 200, "what fits is answered");
}

/// As the page of `headers_too_large` says.
#[tokio::test]
async fn what_the_library_cannot_hold_has_a_bare_status() {
    assert_eq!(answer("/livez", &headers(300, 1)).await, (431, String::new()));
    let long = format!("/livez?{}", "x".repeat(66_000));
    assert_eq!(answer(&long, &[]).await, (414, String::new()));
}
