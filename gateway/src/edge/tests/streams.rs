//! Event streams: resumed, silent, ended.

use contracts::ports::Live as _;
use contracts::{Address, Revision, Signal};
use serde_json::{Value, json};

use crate::edge::Config;
use crate::edge::testing::Client;

fn parse(data: &str) -> Value {
    serde_json::from_str(data.trim()).unwrap()
}

#[tokio::test]
async fn a_stream_tells_what_was_and_what_comes() {
    let client = Client::default();
    for _ in 0..3 {
        client.post("/v1/counter/a/add", "{}").await;
    }
    for path in ["/v1/counter/a/events", "/v1/events", "/v1/events?kind=counter"] {
        let (status, headers, mut lines) = client.open(path, &[]).await;
        assert_eq!(status, 200);
        assert_eq!(headers["content-type"], "text/event-stream");
        assert_eq!(headers["x-accel-buffering"], "no");
        assert_eq!(headers["cache-control"], "no-cache, no-transform");
        assert_eq!(lines.find("retry: ").await.unwrap(), "2000");
        let before = client.world.value(&"main/counter/a".parse().unwrap()).1.0;
        for revision in 1..=before {
            let id = lines.find("id: ").await.unwrap();
            let commit = parse(&lines.find("data: ").await.unwrap());
            assert_eq!((&commit["cursor"], &commit["revision"]), (&json!(id), &json!(revision)));
        }
        let noise = [("cambium-tenant", "other")];
        client.send("POST", "/v1/counter/a/add", &noise, "{}").await;
        client.post("/v1/counter/a/add", "{}").await;
        let commit = parse(&lines.find("data: ").await.unwrap());
        assert_eq!((&commit["tenant"], &commit["revision"]), (&json!("main"), &json!(before + 1)));
    }
}

#[tokio::test]
async fn a_client_resumes_after_what_it_has_seen() {
    let client = Client::default();
    for _ in 0..5 {
        client.post("/v1/counter/a/add", "{}").await;
    }
    for path in ["/v1/counter/a/events", "/v1/events"] {
        let sent = [("last-event-id", "3")];
        let (_, _, mut lines) = client.open(path, &sent).await;
        assert_eq!(lines.find("id: ").await.unwrap(), "4", "{path}");
        let (_, _, mut lines) = client.open(&format!("{path}?after=1"), &[]).await;
        assert_eq!(lines.find("id: ").await.unwrap(), "2", "{path}");
        let (_, _, mut lines) = client.open(&format!("{path}?after=1"), &sent).await;
        assert_eq!(lines.find("id: ").await.unwrap(), "4", "the header counts more");
        let (_, _, mut lines) = client.open(&format!("{path}?after=now"), &[]).await;
        client.post("/v1/counter/a/add", "{}").await;
        let id = lines.find("id: ").await.unwrap();
        assert_eq!(id, client.world.log.lock().unwrap().len().to_string(), "{path}");
        let wrong = [("last-event-id", "x"), ("accept", "text/event-stream")];
        assert_eq!(client.send("GET", path, &wrong, "").await.code(), "header_invalid");
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_says_that_it_lives() {
    let client = Client::default();
    client.post("/v1/counter/a/add", "{}").await;
    let (_, _, mut lines) = client.open("/v1/counter/a/events?after=now", &[]).await;
    let begun = tokio::time::Instant::now();
    assert_eq!(lines.find(": heartbeat").await.unwrap(), "");
    assert_eq!(begun.elapsed().as_secs(), 15);
    assert_eq!(lines.find(": heartbeat").await.unwrap(), "");
    assert_eq!(begun.elapsed().as_secs(), 30);
}

#[tokio::test]
async fn a_stream_ends_when_the_program_ends() {
    let client = Client::default();
    let (_, _, mut lines) = client.open("/v1/events", &[]).await;
    client.shutdown.cancel();
    while lines.next().await.is_some() {}
    let ready = client.get("/readyz").await;
    assert_eq!((ready.status.as_u16(), ready.code()), (503, "not_ready".into()));
}

#[tokio::test]
async fn streams_have_a_limit_and_give_their_place_back() {
    let client = Client::with(Config { streams_concurrent_max: 1, ..Config::default() });
    let first = client.open("/v1/events", &[]).await;
    assert_eq!(client.open("/v1/events", &[]).await.0, 503);
    drop(first);
    assert_eq!(client.open("/v1/events", &[]).await.0, 200);
}

#[tokio::test]
async fn an_actor_that_there_is_not_has_no_stream() {
    let client = Client::default();
    assert_eq!(client.open("/v1/counter/a/events", &[]).await.0, 404);
    assert_eq!(client.open("/v1/counter/a.b/live", &[]).await.0, 400);
}

#[tokio::test]
async fn live_signals_are_those_of_the_actor() {
    let client = Client::default();
    let (status, _, mut lines) = client.open("/v1/counter/a/live", &[]).await;
    assert_eq!(status, 200);
    for (id, text) in [("b", "not mine"), ("a", "mine")] {
        let address: Address = format!("main/counter/{id}").parse().unwrap();
        let signal = Signal { r#type: "delta".to_owned(), data: json!({ "text": text }) };
        client.world.publish(&address, &signal).await.unwrap();
    }
    let told = parse(&lines.find("data: ").await.unwrap());
    let signal = json!({ "type": "delta", "data": { "text": "mine" } });
    assert_eq!(told, json!({ "kind": "counter", "id": "a", "signal": signal }));
}

#[tokio::test]
async fn a_gap_between_reading_and_following_is_closed() {
    let client = Client::default();
    for _ in 0..4 {
        client.post("/v1/counter/a/add", "{}").await;
    }
    *client.world.lag.lock().unwrap() = Some(Revision(1));
    let (_, _, mut lines) = client.open("/v1/counter/a/events", &[]).await;
    assert_eq!(lines.find("id: ").await.unwrap(), "1");
    client.post("/v1/counter/a/add", "{}").await;
    for wanted in 2..=5 {
        assert_eq!(lines.find("id: ").await.unwrap(), wanted.to_string());
    }
}
