//! Operations, self-description, versions in the path.

use crate::edge::testing::{Client, Mood};

#[tokio::test]
async fn readiness_follows_the_parts_and_liveness_does_not() {
    let client = Client::default();
    let ready = client.get("/readyz").await;
    assert_eq!((ready.status.as_u16(), &ready.json()["parts"][0]["state"]), (200, &"ready".into()));
    *client.world.mood.lock().unwrap() = Mood::Silent;
    let late = client.get("/readyz").await;
    assert_eq!((late.status.as_u16(), late.code()), (503, "not_ready".into()));
    assert_eq!(late.json()["details"]["parts"][0]["name"], "log");
    assert_eq!(client.get("/livez").await.status, 200);
}

#[tokio::test]
async fn metrics_count_by_row_and_never_by_path() {
    let client = Client::default();
    client.post("/v1/counter/a/add", "{}").await;
    client.get("/v1/counter/secret-name").await;
    client.get("/nowhere/at/all").await;
    let reply = client.get("/metrics").await;
    assert!(reply.header("content-type").starts_with("application/openmetrics-text"));
    for (method, route, class) in [
        ("POST", "/v1/{kind}/{id}/{command}", "2xx"),
        ("GET", "/v1/{kind}/{id}", "4xx"),
        ("GET", "unmatched", "4xx"),
    ] {
        let labels = format!(r#"{{method="{method}",route="{route}",status="{class}"}}"#);
        let line = format!("cambium_http_requests_total{labels} 1\n");
        assert!(reply.text.contains(&line), "{line}\n{}", reply.text);
    }
    assert!(reply.text.contains("# TYPE cambium_http_in_flight gauge\n"));
    assert!(!reply.text.contains("secret-name") && reply.text.ends_with("# EOF\n"));
}

#[tokio::test]
async fn the_program_describes_itself() {
    let client = Client::default();
    assert_eq!(client.get("/openapi.json").await.json()["openapi"], "3.1.0");
    assert_eq!(client.get("/asyncapi.json").await.json()["asyncapi"], "3.0.0");
    assert!(client.get("/llms.txt").await.text.contains("### counter"));
}

#[tokio::test]
async fn the_type_of_a_problem_leads_to_its_page() {
    let client = Client::default();
    let problem = client.get("/v1/nokind").await.json();
    let page = client.get(problem["type"].as_str().unwrap()).await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/markdown"));
    assert!(page.text.contains("unknown_kind"));
}

#[tokio::test]
async fn a_path_without_version_works_and_says_where_to_go() {
    let client = Client::default();
    let reply = client.post("/counter/a/add", "{}").await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert!(reply.header("deprecation").starts_with('@'));
    assert_eq!(reply.header("link"), "</v1/counter/a/add>; rel=\"successor-version\"");
    let missing = client.get("/counter/none?at=1").await;
    assert_eq!((missing.status.as_u16(), missing.code()), (404, "actor_not_found".into()));
    assert!(!missing.header("deprecation").is_empty());
    assert_eq!(missing.json()["instance"], "/counter/none", "as the caller wrote it");
    let api = client.get("/api/v1/counter/a").await;
    assert_eq!((api.status.as_u16(), api.header("deprecation")), (200, ""));
}

#[tokio::test]
async fn head_answers_like_get() {
    let client = Client::default();
    client.post("/v1/counter/a/add", "{}").await;
    let reply = client.send("HEAD", "/v1/counter/a", &[], "").await;
    assert_eq!((reply.status.as_u16(), reply.header("etag"), &*reply.text), (200, "\"1\"", ""));
}
