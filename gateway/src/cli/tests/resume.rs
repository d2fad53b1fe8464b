//! A stream that is cut goes on where it was.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use futures_util::{StreamExt as _, stream};

use crate::cli::client::{Client, Place, Trust};
use crate::cli::failure::Failure;
use crate::cli::history::Range;
use crate::cli::sse::{Item, Stream};
use crate::cli::testing::{run_at, serve};

type Asked = Arc<Mutex<Vec<Option<String>>>>;

/// Sends two events from where it is asked, half of a third, and hangs up; is away once.
async fn events(State(asked): State<Asked>, headers: HeaderMap) -> Response {
    let last = headers.get("last-event-id").map(|id| id.to_str().unwrap().to_owned());
    let count = {
        let mut asked = asked.lock().unwrap();
        asked.push(last.clone());
        asked.len()
    };
    if count == 2 {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if count > 4 {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let from: u64 = last.map_or(0, |last| last.parse().unwrap());
    let whole = |n: u64| {
        let data = format!(r#"{{"cursor":"{n}","kind":"counter","id":"c1","revision":{n}}}"#);
        format!("retry: 1\nid: {n}\ndata: {data}\n\n")
    };
    let half = format!("id: {}\ndata: {{\"cur", from + 3);
    let text = format!(": hello\n\n{}{}{half}", whole(from + 1), whole(from + 2));
    let chunks = text.into_bytes().chunks(7).map(Bytes::copy_from_slice).collect::<Vec<_>>();
    let body = Body::from_stream(stream::iter(chunks).map(Ok::<_, Infallible>));
    ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
}

#[tokio::test]
async fn nothing_is_missed_and_nothing_comes_twice() {
    let asked = Asked::default();
    let router = Router::new().route("/v1/events", get(events)).with_state(asked.clone());
    let client =
        Client::new(&serve(router).await, None, Place::default(), &Trust::default()).unwrap();
    let mut stream = Stream::open(client, Range::default()).await.unwrap();
    let mut ids = Vec::new();
    let failure = loop {
        match stream.next().await {
            Ok(Item::Event(event)) => ids.push(event.id.unwrap()),
            Ok(Item::Cut { .. }) => {}
            Err(failure) => break failure,
        }
    };
    assert_eq!(ids, ["1", "2", "3", "4", "5", "6"]);
    assert!(matches!(failure, Failure::Refused(problem) if problem.status == 401));
    let wanted = [None, Some("2"), Some("2"), Some("4"), Some("6")];
    let asked = asked.lock().unwrap();
    assert_eq!(asked.iter().map(Option::as_deref).collect::<Vec<_>>(), wanted);
}

#[tokio::test]
async fn tail_prints_each_commit_once_and_tells_of_cuts_on_the_side() {
    let router = Router::new().route("/v1/events", get(events)).with_state(Asked::default());
    let ran = run_at(&serve(router).await, &["tail", "--json"]).await;
    assert_eq!(ran.code, 1, "withdrawing the key ends it");
    let cursors: Vec<_> = ran.lines().iter().map(|line| line["cursor"].clone()).collect();
    assert_eq!(cursors, ["1", "2", "3", "4", "5", "6"]);
    assert!(ran.err.contains("coming back"), "{}", ran.err);
}
