use serde_json::{Value, json};

use crate::edge::Config;
use crate::edge::testing::{Client, Reply};

const STATELESS: &str = "2026-07-28";

/// A request of 2026-07-28 as a client makes it.
async fn modern(client: &Client, method: &str, mut params: Value) -> Reply {
    params["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!(STATELESS);
    params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({});
    let name = ["name", "uri", "taskId"].iter().find_map(|name| params[*name].as_str());
    let name = name.unwrap_or_default().to_owned();
    let headers = [
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", STATELESS),
        ("mcp-method", method),
        ("mcp-name", name.as_str()),
    ];
    let body = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params });
    client.send("POST", "/mcp", &headers, body.to_string()).await
}

/// A request of a session, or the one that begins it.
async fn in_session(client: &Client, session: &str, message: &Value, key: &str) -> Reply {
    let headers = [
        ("content-type", "application/json"),
        ("accept", "application/json"),
        ("mcp-session-id", session),
        ("x-api-key", key),
    ];
    client.send("POST", "/mcp", &headers, message.to_string()).await
}

fn request(method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}

async fn session(client: &Client) -> String {
    let about = json!({
        "protocolVersion": "2025-11-25", "capabilities": {},
        "clientInfo": { "name": "test", "version": "1" },
    });
    let told = in_session(client, "", &request("initialize", &about), "good").await;
    assert_eq!(told.json()["result"]["protocolVersion"], "2025-11-25", "{told:?}");
    told.header("mcp-session-id").to_owned()
}

#[tokio::test]
async fn a_request_of_2026_stands_for_itself() {
    let client = Client::default();
    let told = modern(&client, "server/discover", json!({})).await;
    let result = &told.json()["result"];
    assert_eq!(told.json()["id"], 7);
    assert_eq!(result["resultType"], "complete");
    assert_eq!(result["supportedVersions"][0], STATELESS);
    assert_eq!(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "cambium");
    for removed in ["ping", "initialize", "logging/setLevel", "resources/subscribe", "no/thing"] {
        let told = modern(&client, removed, json!({})).await;
        assert_eq!(told.status, 404, "{removed}");
        assert_eq!(told.json()["error"]["code"], -32601, "{removed}");
    }
}

#[tokio::test]
async fn a_command_is_called_and_told_in_both_revisions() {
    let client = Client::default();
    let call = json!({ "name": "counter.add", "arguments": { "id": "a", "input": { "by": 2 } } });
    let told = modern(&client, "tools/call", call.clone()).await.json();
    assert_eq!(told["result"]["isError"], false, "{told}");
    assert_eq!(told["result"]["structuredContent"]["id"], "a");
    let session = session(&client).await;
    let told = in_session(&client, &session, &request("tools/call", &call), "good").await.json();
    assert_eq!(told["result"]["isError"], false, "{told}");
    assert_eq!(told["result"].get("resultType"), None, "2025 knows no such member");
}

#[tokio::test]
async fn bad_arguments_are_a_result_that_names_them() {
    let client = Client::default();
    for (arguments, code) in [
        (json!({ "id": "a", "input": { "by": 1 }, "how": "fast" }), "unknown_parameter"),
        (json!({ "id": "not an id", "input": {} }), "invalid_id"),
        (json!({ "id": "a", "expected_revision": "one" }), "invalid_input"),
        (json!({ "id": "a", "idempotency_key": "" }), "header_invalid"),
        (json!({ "id": "a", "wait_s": 1_000_000 }), "invalid_input"),
    ] {
        let call = json!({ "name": "counter.add", "arguments": arguments });
        let told = modern(&client, "tools/call", call).await.json();
        assert_eq!(told["result"]["isError"], true, "{told}");
        assert_eq!(told["result"]["_meta"]["cambium/problem"]["code"], code, "{told}");
    }
    for wrong in [
        json!({ "name": "counter.fly" }),
        json!({ "arguments": {} }),
        json!({ "name": "counter.add", "arguments": [] }),
    ] {
        let told = modern(&client, "tools/call", wrong.clone()).await.json();
        assert_eq!(told["error"]["code"], -32602, "{wrong}");
    }
}

#[tokio::test]
async fn a_session_is_its_owners_and_ends() {
    let client = Client::default();
    let session = session(&client).await;
    let ping = request("ping", &json!({}));
    assert_eq!(in_session(&client, &session, &ping, "good").await.json()["result"], json!({}));
    let stranger = in_session(&client, &session, &ping, "other").await;
    assert_eq!((stranger.status.as_u16(), stranger.code().as_str()), (404, "session_not_found"));
    let without = in_session(&client, "", &ping, "good").await;
    assert_eq!((without.status.as_u16(), without.code().as_str()), (400, "header_invalid"));
    let headers = [("mcp-session-id", session.as_str())];
    assert_eq!(client.send("DELETE", "/mcp", &headers, "").await.status, 204);
    assert_eq!(in_session(&client, &session, &ping, "good").await.status, 404);
    assert_eq!(client.send("DELETE", "/mcp", &headers, "").await.status, 404);
    let (status, ..) = client.open("/mcp", &headers).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn notes_and_answers_are_taken_without_an_answer() {
    let client = Client::default();
    let session = session(&client).await;
    for message in [
        json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
        json!({ "jsonrpc": "2.0", "method": "notifications/cancelled",
                "params": { "requestId": 99 } }),
        json!({ "jsonrpc": "2.0", "id": 12, "result": {} }),
    ] {
        let told = in_session(&client, &session, &message, "good").await;
        assert_eq!((told.status.as_u16(), told.text.as_str()), (202, ""), "{message}");
    }
}

#[tokio::test]
async fn a_standing_stream_tells_of_a_watched_actor() {
    let client = Client::default();
    let session = session(&client).await;
    let watch = request("resources/subscribe", &json!({ "uri": "cambium://counter/a" }));
    assert_eq!(in_session(&client, &session, &watch, "good").await.json()["result"], json!({}));
    let headers = [("mcp-session-id", session.as_str())];
    let (status, _, mut lines) = client.open("/mcp", &headers).await;
    assert_eq!(status, 200);
    assert_eq!(lines.find("id: ").await.as_deref(), Some("0-0"), "from where to go on");
    let call = json!({ "name": "counter.add", "arguments": { "id": "a" } });
    modern(&client, "tools/call", call).await;
    let told = lines.find("data: {").await.expect("it is told");
    assert!(told.contains("notifications/resources/updated"), "{told}");
    let (status, _, mut again) = {
        let headers = [("mcp-session-id", session.as_str()), ("last-event-id", "0-0")];
        client.open("/mcp", &headers).await
    };
    assert_eq!(status, 200);
    assert_eq!(again.find("data: {").await, Some(told), "whoever comes again misses nothing");
}

#[tokio::test]
async fn strangers_learn_where_to_get_a_key() {
    let client = Client::default();
    let headers = [("x-api-key", "bad"), ("host", "localhost:8080")];
    let told = client.send("POST", "/mcp", &headers, "{}").await;
    assert_eq!((told.status.as_u16(), told.code().as_str()), (401, "unauthenticated"));
    let challenge = told.header("www-authenticate");
    let where_ = "http://localhost:8080/.well-known/oauth-protected-resource/mcp";
    assert!(challenge.contains(&format!("resource_metadata=\"{where_}\"")), "{challenge}");
    let headers = [("host", "localhost:8080")];
    let path = "/.well-known/oauth-protected-resource/mcp";
    let told = client.send("GET", path, &headers, "").await.json();
    assert_eq!(told["resource"], "http://localhost:8080/mcp");
    assert!(told["authorization_servers"][0].is_string(), "{told}");
    let told = client.send("POST", "/v1/counter/a/add", &[("x-api-key", "bad")], "{}").await;
    assert_eq!(told.header("www-authenticate"), "Bearer realm=\"cambium\"", "only here");
}

#[tokio::test]
async fn pages_of_strangers_are_refused() {
    let client = Client::default();
    let headers = [("origin", "https://evil.example"), ("host", "localhost:8080")];
    for method in ["POST", "GET", "DELETE"] {
        let headers = [headers[0], headers[1], ("accept", "*/*")];
        let told = client.send(method, "/mcp", &headers, "{}").await;
        assert_eq!((told.status.as_u16(), told.code().as_str()), (403, "origin_refused"));
    }
}

#[tokio::test]
async fn what_is_no_message_is_told_so() {
    let client = Client::default();
    for (body, code) in [
        ("{", -32700),
        ("[]", -32600),
        ("{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}", -32600),
        ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":[]}", -32602),
    ] {
        let told = client.post("/mcp", body).await;
        assert_eq!(
            (told.status.as_u16(), &told.json()["error"]["code"]),
            (400, &json!(code)),
            "{body}"
        );
    }
    let config = Config { body_bytes_max: 64, ..Config::default() };
    let told = Client::with(config).post("/mcp", &"x".repeat(65)).await;
    assert_eq!(told.code(), "body_too_large");
}

#[tokio::test]
async fn lists_come_in_pages() {
    let mut config = Config::default();
    config.mcp.page_items_max = 3;
    let client = Client::with(config);
    let (mut names, mut cursor) = (Vec::new(), None);
    loop {
        let params = cursor.map_or_else(|| json!({}), |cursor: Value| json!({ "cursor": cursor }));
        let told = modern(&client, "tools/list", params).await.json();
        let tools = told["result"]["tools"].as_array().expect("tools").clone();
        assert!(!tools.is_empty() && tools.len() <= 3);
        names.extend(tools.iter().map(|tool| tool["name"].as_str().expect("named").to_owned()));
        match told["result"].get("nextCursor") {
            Some(next) => cursor = Some(next.clone()),
            None => break,
        }
    }
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all, "none is told twice");
    assert!(names.contains(&"counter.add".to_owned()) && names.contains(&"verify".to_owned()));
    let told = modern(&client, "tools/list", json!({ "cursor": "x" })).await.json();
    assert_eq!(told["error"]["code"], -32602);
}

#[tokio::test]
async fn a_task_is_a_command_and_nothing_else() {
    let client = Client::default();
    let told = modern(&client, "tasks/get", json!({ "taskId": "x" })).await;
    assert_eq!(told.status, 400, "the client has not said that it knows tasks");
    assert_eq!(told.json()["error"]["code"], -32021);
    let session = session(&client).await;
    for (method, code) in [("tasks/get", -32602), ("tasks/result", -32602), ("tasks/list", -32601)]
    {
        let asked = request(method, &json!({ "taskId": "x" }));
        let told = in_session(&client, &session, &asked, "good").await;
        assert_eq!(told.json()["error"]["code"], code, "{method}");
    }
}
