//! Bodies that nobody wanted: the connection goes on, or says that it does not.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::raw::listen;
use crate::edge::Config;
use crate::edge::testing::Client;

async fn connect(config: Config) -> (Client, TcpStream) {
    let client = Client::with(config.clone());
    let address = listen(&client, &config).await;
    (client, TcpStream::connect(address).await.unwrap())
}

fn stranger(headers: &str) -> String {
    format!("POST /v1/counter/a/add HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n")
}

/// The head of the next answer, its body taken off the connection.
async fn answer(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("an answer"));
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.unwrap_or("0").parse().unwrap()];
    stream.read_exact(&mut body).await.unwrap();
    head
}

/// Clients send a head and its body in two packets, and the next request on the same connection.
#[tokio::test]
async fn a_stranger_is_refused_twice_on_one_connection() {
    let (_client, mut stream) = connect(Config::default()).await;
    for headers in ["content-length: 9\r\n", "content-length: 9\r\n", ""] {
        stream.write_all(stranger(headers).as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        tokio::task::yield_now().await;
        if !headers.is_empty() {
            stream.write_all(b"{\"by\": 1}").await.unwrap();
        }
        let told = answer(&mut stream).await;
        assert!(told.starts_with("HTTP/1.1 401") && !told.contains("connection: close"), "{told}");
    }
}

#[tokio::test]
async fn a_large_body_is_not_read_and_the_connection_ends() {
    let (_client, mut stream) = connect(Config::default()).await;
    stream.write_all(stranger("content-length: 1000000\r\n").as_bytes()).await.unwrap();
    let told = answer(&mut stream).await;
    assert!(told.starts_with("HTTP/1.1 401") && told.contains("connection: close"), "{told}");
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap(), 0);
}

#[tokio::test]
async fn chunks_without_end_end_the_connection() {
    let config = Config { unread_bytes_max: 1_000, ..Config::default() };
    let (_client, stream) = connect(config).await;
    let (mut read, mut write) = stream.into_split();
    write.write_all(stranger("transfer-encoding: chunked\r\n").as_bytes()).await.unwrap();
    let writing = tokio::spawn(async move {
        let chunk = format!("100\r\n{}\r\n", " ".repeat(256));
        while write.write_all(chunk.as_bytes()).await.is_ok() {}
    });
    let mut told = [0; 12];
    read.read_exact(&mut told).await.unwrap();
    assert_eq!(&told, b"HTTP/1.1 401");
    writing.await.unwrap();
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let config = Config { unread_timeout_ms: 20, ..Config::default() };
    let (_client, mut stream) = connect(config).await;
    stream.write_all(stranger("content-length: 9\r\n").as_bytes()).await.unwrap();
    let told = answer(&mut stream).await;
    assert!(told.starts_with("HTTP/1.1 401") && told.contains("connection: close"), "{told}");
}

#[tokio::test]
async fn who_asks_whether_to_send_is_not_asked_to() {
    let (_client, mut stream) = connect(Config::default()).await;
    let headers = "content-length: 9\r\nexpect: 100-continue\r\n";
    stream.write_all(stranger(headers).as_bytes()).await.unwrap();
    let told = answer(&mut stream).await;
    assert!(told.starts_with("HTTP/1.1 401") && told.contains("connection: close"), "{told}");
}
