//! Server-sent events: the same events in the same order for everybody, and none missed.

use std::time::Duration;

use cambium_tests::program::Program;
use futures_util::StreamExt;
use reqwest::Method;
use serde_json::json;

/// Reads `count` events and gives their ids with the hash of each commit.
async fn events(program: &Program, count: usize, last: Option<&str>) -> Vec<(String, String)> {
    let mut request =
        program.request(Method::GET, "/v1/events").header("accept", "text/event-stream");
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let response = request.send().await.expect("a stream");
    assert_eq!(response.headers()["content-type"].to_str().expect("text"), "text/event-stream");
    let mut body = response.bytes_stream();
    let (mut text, mut found) = (String::new(), Vec::new());
    let reading = async {
        while found.len() < count {
            let chunk = body.next().await.expect("goes on").expect("readable");
            text.push_str(&String::from_utf8_lossy(&chunk));
            while let Some(end) = text.find("\n\n") {
                let block: String = text.drain(..end + 2).collect();
                let field = |name: &str| {
                    block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
                };
                if let (Some(id), Some(data)) = (field("id:"), field("data:")) {
                    let commit: serde_json::Value = serde_json::from_str(data).expect("JSON");
                    found.push((id.to_owned(), commit["hash"].to_string()));
                }
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), reading).await.expect("in time");
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clients_see_the_same_and_one_that_comes_back_misses_nothing() {
    let (_home, program) = super::started().await;
    for number in 0..30 {
        let path = format!("/v1/counter/c{}/add", number % 3);
        program.post(&path, &json!({})).await.expect("JSON");
    }
    let all = events(&program, 30, Some("0")).await;
    let (left, right) = tokio::join!(events(&program, 45, Some("0")), async {
        let right = events(&program, 10, Some("0")).await;
        for number in 0..15 {
            let path = format!("/v1/counter/c{}/add", number % 3);
            program.post(&path, &json!({})).await.expect("JSON");
        }
        let (last, _) = right.last().expect("ten").clone();
        let rest = events(&program, 35, Some(&last)).await;
        [right, rest].concat()
    });
    assert_eq!(left, right);
    assert_eq!(left[..30], all);
    let mut ids: Vec<u64> = left.iter().map(|(id, _)| id.parse().expect("a number")).collect();
    let sorted = ids.clone();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids, sorted, "in the order of the log, none twice");
}
