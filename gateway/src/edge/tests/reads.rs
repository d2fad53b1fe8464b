//! Reads: states, listings, the past.

use contracts::Cursor;
use serde_json::json;

use crate::edge::Config;
use crate::edge::testing::Client;

async fn counted(times: usize) -> Client {
    let client = Client::default();
    for _ in 0..times {
        assert_eq!(client.post("/v1/counter/a/add", "{}").await.status, 200);
    }
    client
}

#[tokio::test]
async fn a_state_is_told_with_its_hashes_now_and_then() {
    let client = counted(3).await;
    let reply = client.get("/v1/counter/a").await;
    let told = reply.json();
    for name in ["kind", "id", "revision", "cursor", "commit_hash", "state_hash", "state"] {
        assert!(!told[name].is_null(), "{name}");
    }
    assert_eq!(told["state_hash"], contracts::state_hash(&told["state"]).unwrap().to_string());
    assert_eq!(reply.header("etag"), "\"3\"");
    let then = client.get("/v1/counter/a?at=2").await;
    assert_eq!((then.header("etag"), &then.json()["state"]), ("\"2\"", &json!({ "value": 2 })));
    assert_eq!(client.get("/v1/counter/a?at=2100-01-01T00:00:00Z").await.status, 200);
    assert_eq!(client.get("/v1/counter/a?at=2000-01-01T00:00:00Z").await.status, 404);
}

#[tokio::test]
async fn who_has_the_state_already_gets_304_without_a_body() {
    let client = counted(2).await;
    for (tag, status) in [("\"2\"", 304), ("W/\"2\"", 304), ("*", 304), ("\"1\"", 200)] {
        let reply = client.send("GET", "/v1/counter/a", &[("if-none-match", tag)], "").await;
        assert_eq!(reply.status, status, "{tag}");
        assert_eq!(reply.text.is_empty(), status == 304, "{tag}");
        assert_eq!(reply.header("etag"), "\"2\"");
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_waits_for_what_its_caller_has_written() {
    let client = counted(1).await;
    for path in ["/v1/counter/a", "/v1/counter", "/v1/timeline"] {
        assert_eq!(client.get(&format!("{path}?min_cursor=1")).await.status, 200, "{path}");
        let late = client.get(&format!("{path}?min_cursor=9")).await;
        assert_eq!((late.status.as_u16(), late.code()), (504, "cursor_not_reached".into()));
    }
    let (read, written) = tokio::join!(
        client.get("/v1/counter/a?min_cursor=2"),
        client.post("/v1/counter/a/add", "{}"),
    );
    assert_eq!((read.json()["revision"].as_u64(), written.status.as_u16()), (Some(2), 200));
}

#[tokio::test]
async fn a_command_is_found_even_before_the_read_model_has_seen_it() {
    let client = counted(1).await;
    *client.world.read.lock().unwrap() = Some(Cursor(0));
    let id = client.world.asked.lock().unwrap()[0].0.id;
    let reply = client.get(&format!("/v1/commands/{id}")).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    for name in ["id", "kind", "actor", "name", "status", "revision", "cursor", "reply"] {
        assert!(!reply.json()[name].is_null(), "{name}");
    }
}

#[tokio::test]
async fn listings_are_filtered_and_of_one_tenant() {
    let client = counted(1).await;
    client.post("/v1/counter/b1/add", "{}").await;
    client.send("POST", "/v1/counter/b2/add", &[("cambium-tenant", "other")], "{}").await;
    let all = client.get("/v1/counter").await.json();
    assert_eq!(all, json!({ "items": [{ "id": "a" }, { "id": "b1" }], "next": null }));
    let some = client.get("/v1/counter?id_prefix=b&limit=5&order=id").await.json();
    assert_eq!(some["items"], json!([{ "id": "b1" }]));
    assert_eq!(client.get("/v1/counter?order=random").await.code(), "query_invalid");
    let line = client.get("/v1/timeline?kind=counter&from=2026-01-01T00:00:00Z").await.json();
    assert_eq!(line["items"][0], json!({ "tenant": "main", "kind": "counter" }));
    for bad in ["id=a.b", "from=yesterday", "principal=%20"] {
        let reply = client.get(&format!("/v1/timeline?{bad}")).await;
        assert_eq!(reply.code(), "query_invalid", "{bad}");
    }
}

#[tokio::test]
async fn what_was_spent_is_added_up_by_what_is_asked() {
    let client = Client::default();
    let told = client.get("/v1/usage?by=model,principal&from=2026-01-01T00:00:00Z").await.json();
    let row = &told["items"][0];
    assert_eq!((&row["model"], &row["principal"]), (&json!("fake/paid"), &json!("ada")));
    assert_eq!((&row["calls"], &told["next"]), (&json!(2), &json!(null)));
    assert!(client.get("/v1/usage").await.json()["items"][0]["model"].is_null());
    for bad in ["by=colour", "by=model,", "from=yesterday", "principal=%20", "credential=a.b"] {
        let reply = client.get(&format!("/v1/usage?{bad}")).await;
        let allowed = bad == "by=model,";
        assert_eq!(reply.status.as_u16(), if allowed { 200 } else { 400 }, "{bad}");
    }
}

#[tokio::test]
async fn the_past_can_be_asked() {
    let client = counted(3).await;
    let verified = client.get("/v1/counter/a/verify").await.json();
    assert_eq!((&verified["ok"], &verified["commits"]), (&json!(true), &json!(3)));
    let replayed = client.get("/v1/counter/a/replay?at=2&decide=1").await.json();
    assert_eq!(
        (&replayed["state"]["revision"], &replayed["matches_cell"]),
        (&json!(2), &json!(true))
    );
    assert_eq!(client.get("/v1/counter/a/replay?decide=perhaps").await.code(), "query_invalid");
    let diff = client.get("/v1/counter/a/diff?at=1&with_at=3").await.json();
    assert_eq!((&diff["left"]["revision"], &diff["right"]["revision"]), (&json!(1), &json!(3)));
    assert_eq!(client.get("/v1/counter/a/diff?with=b").await.code(), "actor_not_found");
    assert_eq!(client.get("/v1/counter/a/diff?with=a.b").await.code(), "invalid_id");
    assert_eq!(client.get("/v1/counter/a/waiting").await.json(), json!({ "items": [] }));
}

#[tokio::test]
async fn a_fork_is_created_under_a_chosen_or_made_id() {
    let client = counted(3).await;
    let chosen = client.post("/v1/counter/a/fork", r#"{"id": "b", "at": 2}"#).await;
    assert_eq!((chosen.status.as_u16(), chosen.header("location")), (201, "/v1/counter/b"));
    assert_eq!(chosen.json()["revision"], 3);
    let key = [("idempotency-key", "k")];
    let first = client.send("POST", "/v1/counter/a/fork", &key, "").await;
    let second = client.send("POST", "/v1/counter/a/fork", &key, "").await;
    assert_eq!(first.json()["actor"], second.json()["actor"]);
    for (body, code) in [
        (r#"{"at": 0}"#, "invalid_input"),
        (r#"{"at": "soon"}"#, "invalid_input"),
        (r#"{"name": "b"}"#, "invalid_input"),
        (r#"{"id": "a b"}"#, "invalid_id"),
        ("[]", "invalid_input"),
    ] {
        assert_eq!(client.post("/v1/counter/a/fork", body).await.code(), code, "{body}");
    }
}

#[tokio::test]
async fn pages_of_commits_lead_from_one_to_the_next() {
    let client = counted(7).await;
    client.post("/v1/counter/b/add", "{}").await;
    client.send("POST", "/v1/counter/a/add", &[("cambium-tenant", "other")], "{}").await;
    for (path, count) in [("/v1/counter/a/events", 7), ("/v1/events", 8)] {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = client.get(&format!("{path}?limit=3{after}")).await.json();
            seen.extend(page["items"].as_array().unwrap().iter().map(|one| one["cursor"].clone()));
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        let wanted: Vec<_> = (1..=count).map(|cursor| json!(cursor.to_string())).collect();
        assert_eq!(seen, wanted, "{path}");
        let rest = client.get(&format!("{path}?after=6")).await.json();
        assert_eq!(rest["items"].as_array().unwrap().len(), count - 6, "a cursor goes too");
        assert_eq!(client.get(&format!("{path}?after=now")).await.json()["items"], json!([]));
    }
    let raw = client.get("/v1/counter/a/events?raw=1&limit=1").await.json();
    assert!(raw["items"][0]["raw"].is_string());
    assert_eq!(client.get("/v1/counter/c/events").await.code(), "actor_not_found");
    assert_eq!(client.get("/v1/events?kind=conversation").await.json()["items"], json!([]));
}

#[tokio::test]
async fn a_page_looks_at_no_more_than_its_limit() {
    let client = Client::with(Config { page_scan_max: 2, ..Config::default() });
    let other = [("cambium-tenant", "other")];
    for _ in 0..3 {
        client.send("POST", "/v1/counter/a/add", &other, "{}").await;
    }
    client.post("/v1/counter/a/add", "{}").await;
    let empty = client.get("/v1/events").await.json();
    assert_eq!(empty, json!({ "items": [], "next": "2" }));
    let rest = client.get("/v1/events?after=2").await.json();
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (1, &json!(null)));
}
