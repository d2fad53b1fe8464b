//! Rate limits as callers meet them.

use super::principal;
use crate::edge::Config;
use crate::edge::limits::{self, Algorithm, Rate};
use crate::edge::testing::Client;

fn rate(quota: u32) -> Rate {
    Rate { algorithm: Algorithm::FixedWindow, quota, window_s: 3_600 }
}

fn with(limits: limits::Config) -> Client {
    Client::with(Config { limits, ..Config::default() })
}

#[tokio::test]
async fn the_tightest_of_several_limits_answers() {
    let client = with(limits::Config { address: rate(3), ..principal(10) });
    let first = client.get("/v1/counter").await;
    assert_eq!(first.header("ratelimit-policy"), "\"address\";q=3;w=3600");
    assert!(first.header("ratelimit").starts_with("\"address\";r=2;t="));
    client.get("/v1/counter").await;
    client.get("/v1/counter").await;
    let refused = client.get("/v1/counter").await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (429, "rate_limited"));
    assert!(refused.header("retry-after").parse::<u64>().unwrap() <= 3_600);
    assert!(refused.header("ratelimit").starts_with("\"address\";r=0;"));
}

#[tokio::test]
async fn strangers_are_counted_by_their_address_and_probes_are_not() {
    let client = with(limits::Config { address: rate(2), ..limits::Config::default() });
    let wrong = [("x-api-key", "wrong")];
    for _ in 0..2 {
        assert_eq!(client.send("GET", "/v1/counter", &wrong, "").await.status, 401);
    }
    assert_eq!(client.send("GET", "/v1/counter", &wrong, "").await.code(), "rate_limited");
    assert_eq!(client.send("GET", "/docs/errors/forbidden", &[], "").await.status, 429);
    for _ in 0..5 {
        let probe = client.send("GET", "/livez", &[], "").await;
        assert_eq!((probe.status.as_u16(), probe.header("ratelimit")), (200, ""));
    }
}

#[tokio::test]
async fn a_tenant_has_what_its_plan_says() {
    let client = Client::default();
    let small = [("cambium-tenant", "small")];
    for left in (0..3).rev() {
        let reply = client.send("GET", "/v1/counter", &small, "").await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert_eq!(reply.header("ratelimit-policy"), "\"tenant\";q=3;w=60");
        assert!(reply.header("ratelimit").starts_with(&format!("\"tenant\";r={left};")));
    }
    assert_eq!(client.send("GET", "/v1/counter", &small, "").await.code(), "rate_limited");
    assert_eq!(client.get("/v1/counter").await.status, 200, "other tenants have their own");
}

#[tokio::test]
async fn streams_are_counted_when_they_open() {
    let client = with(limits::Config { streams: rate(2), ..limits::Config::default() });
    let key = [("x-api-key", "good")];
    for _ in 0..2 {
        assert_eq!(client.open("/v1/events", &key).await.0, 200);
    }
    let (status, headers, _) = client.open("/v1/events", &key).await;
    assert_eq!(status, 429);
    assert!(headers.contains_key("retry-after"));
    assert_eq!(client.get("/v1/counter").await.status, 200, "requests are another limit");
}
