//! The socket, driven by a client of its own over a real connection.

use std::time::Duration;

use axum::http::StatusCode;
use contracts::ports::Live as _;
use contracts::{Address, Signal};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::edge::testing::Client;
use crate::edge::{Config, Connections, serve};

struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(client: &Client, key: Option<&str>) -> Self {
        Self::try_open(client, "/v1/ws", key).await.unwrap()
    }

    async fn try_open(client: &Client, path: &str, key: Option<&str>) -> Result<Self, Error> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}{path}", listener.local_addr().unwrap());
        let (router, shutdown) = (client.router.clone(), client.shutdown.clone());
        tokio::spawn(serve(listener, router, shutdown, Connections::of(&Config::default())));
        let mut request = url.into_client_request().unwrap();
        if let Some(key) = key {
            request.headers_mut().insert("x-api-key", key.parse().unwrap());
        }
        Ok(Self(connect_async(request).await?.0))
    }

    async fn ready(client: &Client) -> Self {
        let mut socket = Self::open(client, Some("good")).await;
        assert_eq!(socket.take().await["type"], "ready");
        socket
    }

    async fn say(&mut self, frame: Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// The next frame; a close as `{type: "close", code}`.
    async fn take(&mut self) -> Value {
        loop {
            match self.0.next().await.unwrap().unwrap() {
                Message::Text(text) => return serde_json::from_str(text.as_str()).unwrap(),
                Message::Close(frame) => {
                    let code = frame.map(|frame| u16::from(frame.code));
                    return json!({ "type": "close", "code": code });
                }
                _ => {}
            }
        }
    }

    /// What is said next must come back as an error with this code.
    async fn refused(&mut self, frame: Value, code: &str) {
        self.say(frame.clone()).await;
        let told = self.take().await;
        assert_eq!(
            (&told["type"], &told["problem"]["code"]),
            (&json!("error"), &json!(code)),
            "{frame}"
        );
        assert_eq!(told["ref"], frame["ref"], "{frame}");
    }
}

fn add(name: u32, id: &str) -> Value {
    json!({ "type": "command", "ref": name, "kind": "counter", "id": id, "command": "add" })
}

#[tokio::test]
async fn a_ticket_opens_one_socket_and_acts_as_whoever_asked_for_it() {
    let client = Client::default();
    let ticket = async |purpose: &str| {
        let body = json!({ "purpose": purpose, "path": "/v1/ws" }).to_string();
        let lines = [("x-api-key", "good"), ("content-type", "application/json")];
        let told = client.send("POST", "/v1/tickets", &lines, body).await;
        assert_eq!((told.status, told.header("cache-control")), (StatusCode::CREATED, "no-store"));
        format!("/v1/ws?ticket={}", told.json()["ticket"].as_str().unwrap())
    };
    let path = ticket("websocket").await;
    let mut socket = Socket::try_open(&client, &path, None).await.unwrap();
    assert_eq!(socket.take().await["type"], "ready");
    socket.say(add(1, "a")).await;
    assert_eq!(socket.take().await["type"], "answer");
    for (path, key, status) in [
        (path, None, 401),
        (ticket("stream").await, None, 403),
        (ticket("websocket").await, Some("good"), 400),
        ("/v1/ws?ticket=ct_0".to_owned(), None, 401),
    ] {
        match Socket::try_open(&client, &path, key).await {
            Err(Error::Http(told)) => assert_eq!(told.status().as_u16(), status, "{path}"),
            other => panic!("{path}: {:?}", other.map(|_| ())),
        }
    }
}

#[tokio::test]
async fn commands_are_answered_by_their_ref() {
    let client = Client::default();
    let mut socket = Socket::ready(&client).await;
    let mut command = add(1, "a");
    command["input"] = json!({ "by": 3 });
    command["idempotency_key"] = json!("k");
    for _ in 0..2 {
        socket.say(command.clone()).await;
        let told = socket.take().await;
        assert_eq!((&told["type"], &told["ref"]), (&json!("answer"), &json!(1)));
        assert_eq!((&told["output"]["value"], &told["revision"]), (&json!(3), &json!(1)));
    }
    command["expected"] = json!(7);
    command["idempotency_key"] = json!("other");
    socket.refused(command, "precondition_failed").await;
    let mut wrong = add(2, "a");
    wrong["kind"] = json!("nokind");
    socket.refused(wrong, "unknown_kind").await;
    socket.refused(add(2, "a b"), "invalid_id").await;
    socket.refused(json!({ "type": "dance", "ref": 3 }), "frame_invalid").await;
    socket.refused(json!({ "type": "ping", "ref": 4, "more": 1 }), "frame_invalid").await;
    socket.say(json!({ "type": "ping", "ref": 5 })).await;
    assert_eq!(socket.take().await, json!({ "type": "pong", "ref": 5 }));
    socket.0.send(Message::text("{")).await.unwrap();
    assert_eq!(socket.take().await["problem"]["code"], "invalid_json");
}

#[tokio::test]
async fn subscriptions_tell_commits_and_signals_and_end() {
    let client = Client::with(Config { ws_subscriptions_max: 2, ..Config::default() });
    client.post("/v1/counter/a/add", "{}").await;
    client.post("/v1/counter/a/add", "{}").await;
    let mut socket = Socket::ready(&client).await;
    let subscribe = json!({
        "type": "subscribe", "ref": "s", "kind": "counter", "id": "a", "after": "1", "live": true,
    });
    socket.say(subscribe.clone()).await;
    assert_eq!(socket.take().await, json!({ "type": "subscribed", "sub": "s" }));
    let event = socket.take().await;
    assert_eq!(
        (&event["type"], &event["sub"], &event["cursor"]),
        (&json!("event"), &json!("s"), &json!("2"))
    );
    assert_eq!(event["commit"]["revision"], 2);
    socket.refused(subscribe, "frame_invalid").await;
    let address: Address = "main/counter/a".parse().unwrap();
    let signal = Signal { r#type: "typing".to_owned(), data: json!({}) };
    client.world.publish(&address, &signal).await.unwrap();
    let told = socket.take().await;
    assert_eq!(
        (&told["type"], &told["signal"]["type"], &told["id"]),
        (&json!("signal"), &json!("typing"), &json!("a"))
    );
    socket.say(json!({ "type": "subscribe", "ref": 2 })).await;
    assert_eq!(socket.take().await["type"], "subscribed");
    socket.refused(json!({ "type": "subscribe", "ref": 3 }), "subscriptions_exceeded").await;
    socket.say(json!({ "type": "unsubscribe", "sub": 2 })).await;
    assert_eq!(socket.take().await["type"], "unsubscribed");
    socket.refused(json!({ "type": "subscribe", "ref": 4, "id": "a" }), "frame_invalid").await;
    socket
        .refused(
            json!({ "type": "subscribe", "ref": 5, "kind": "counter", "id": "none" }),
            "actor_not_found",
        )
        .await;
    client.send("POST", "/v1/counter/a/add", &[("cambium-tenant", "other")], "{}").await;
    client.post("/v1/counter/b/add", "{}").await;
    client.post("/v1/counter/a/add", "{}").await;
    let event = socket.take().await;
    assert_eq!(
        (&event["sub"], &event["commit"]["revision"]),
        (&json!("s"), &json!(3)),
        "only its own"
    );
}

#[tokio::test]
async fn a_key_may_come_in_the_first_frame() {
    let client = Client::default();
    let mut socket = Socket::open(&client, None).await;
    socket.say(json!({ "type": "auth", "key": "good" })).await;
    assert_eq!(socket.take().await["principal"], "admin");
    for first in [json!({ "type": "auth", "key": "wrong" }), add(1, "a")] {
        let mut socket = Socket::open(&client, None).await;
        socket.say(first).await;
        assert_eq!(socket.take().await["problem"]["code"], "unauthenticated");
        assert_eq!(socket.take().await, json!({ "type": "close", "code": 1008 }));
    }
    assert!(client.world.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_socket_that_says_nothing_is_sent_away() {
    let client = Client::with(Config { ws_auth_timeout_ms: 20, ..Config::default() });
    let mut socket = Socket::open(&client, None).await;
    assert_eq!(socket.take().await["problem"]["code"], "unauthenticated");
    assert_eq!(socket.take().await["code"], 1008);
}

#[tokio::test]
async fn a_reader_that_is_too_slow_is_sent_away_and_may_come_again() {
    let config = Config { ws_stall_ms: 20, ws_queue_frames_max: 2, ..Config::default() };
    let client = Client::with(config);
    let big = "x".repeat(500_000);
    let mut socket = Socket::ready(&client).await;
    socket.say(json!({ "type": "subscribe", "ref": 1, "live": true, "events": false })).await;
    assert_eq!(socket.take().await["type"], "subscribed");
    let address: Address = "main/counter/a".parse().unwrap();
    for _ in 0..64 {
        let signal = Signal { r#type: "delta".to_owned(), data: json!({ "text": big }) };
        client.world.publish(&address, &signal).await.unwrap();
        tokio::task::yield_now().await;
    }
    // The client reads only once the subscription has given up on it.
    while client.world.signals.receiver_count() > 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let end = loop {
        let frame = socket.take().await;
        if frame["type"] == "close" {
            break frame;
        }
    };
    assert_eq!(end["code"], 1013);
}

#[tokio::test]
async fn a_slow_reader_of_events_is_told_where_to_resume_and_holds_little() {
    let config = Config {
        ws_stall_ms: 50,
        ws_queue_bytes_max: 20_000,
        sse_stall_ms: 50,
        ..Config::default()
    };
    let client = Client::with(config);
    let mut socket = Socket::ready(&client).await;
    client.post("/v1/counter/a/add", "{}").await;
    client.world.repeat_last(39_999);
    socket.say(json!({ "type": "subscribe", "ref": "s", "after": "0" })).await;
    // The client reads only once it has been given up on: what the program read for it meanwhile
    // is what the sockets of the system and the queue hold, not the log.
    let pulled = || client.world.pulled.load(std::sync::atomic::Ordering::SeqCst);
    client.world.dropped.notified().await;
    assert!(pulled() < 40_000, "{} were read for who takes none", pulled());
    let (mut last, mut resume) = (0, json!(null));
    let end = loop {
        let frame = socket.take().await;
        match frame["type"].as_str() {
            Some("close") => break frame,
            Some("event") => {
                let cursor: u64 = frame["cursor"].as_str().unwrap().parse().unwrap();
                assert_eq!(cursor, last + 1, "in order and without gap");
                last = cursor;
            }
            Some("resume") => resume = frame,
            _ => {}
        }
    };
    assert_eq!(end["code"], 1013);
    let after: u64 = resume["subscriptions"][0]["after"].as_str().unwrap().parse().unwrap();
    assert_eq!(resume["subscriptions"][0]["sub"], "s");
    assert!(after == last || after + 1 == last, "one may come twice, none is missed: {resume}");
}

#[tokio::test]
async fn a_socket_is_told_when_the_program_ends() {
    let client = Client::default();
    let mut socket = Socket::ready(&client).await;
    client.shutdown.cancel();
    assert_eq!(socket.take().await, json!({ "type": "close", "code": 1001 }));
}
