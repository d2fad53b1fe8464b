//! What browsers are told, and what pages of other origins get.

use crate::edge::Config;
use crate::edge::safety::{self, CorsConfig};
use crate::edge::testing::Client;

fn with(origins: &[&str], credentials: bool) -> Client {
    let origins = origins.iter().map(|origin| (*origin).to_owned()).collect();
    let cors = CorsConfig { origins, credentials, ..CorsConfig::default() };
    let http = safety::Config { cors, ..safety::Config::default() };
    Client::with(Config { http, ..Config::default() })
}

const ASKS: [(&str, &str); 3] = [
    ("origin", "https://app.example"),
    ("access-control-request-method", "POST"),
    ("access-control-request-headers", "x-api-key"),
];

#[tokio::test]
async fn every_answer_tells_a_browser_to_do_next_to_nothing() {
    let client = Client::default();
    for path in ["/livez", "/v1/counter", "/nothing", "/docs/errors/forbidden"] {
        let reply = client.get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("strict-transport-security", ""),
        ] {
            assert_eq!(reply.header(name), value, "{path} {name}");
        }
        assert!(reply.header("content-security-policy").contains("default-src 'none'"), "{path}");
    }
    let http = safety::Config {
        headers: [("X-Frame-Options", "SAMEORIGIN"), ("referrer-policy", ""), ("x-more", "1")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        ..safety::Config::default()
    };
    let reply = Client::with(Config { http, ..Config::default() }).get("/livez").await;
    assert_eq!(reply.header("x-frame-options"), "SAMEORIGIN");
    assert_eq!((reply.header("referrer-policy"), reply.header("x-more")), ("", "1"));
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn nothing_that_belongs_to_somebody_is_kept_on_the_way() {
    let client = Client::default();
    assert_eq!(client.get("/v1/counter").await.header("cache-control"), "private, no-cache");
    let told = client.post("/v1/counter/a/add", "{}").await;
    assert_eq!(told.header("cache-control"), "no-store");
    let refused = client.send("GET", "/v1/counter", &[("x-api-key", "wrong")], "").await;
    assert_eq!(refused.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_may_ask_and_read() {
    for (client, credentials) in
        [(with(&["https://app.example"], true), "true"), (with(&["https://*.example"], false), "")]
    {
        let asked = client.send("OPTIONS", "/v1/counter/a/add", &ASKS, "").await;
        assert_eq!((asked.status.as_u16(), asked.text.as_str()), (204, ""));
        assert_eq!(asked.header("access-control-allow-origin"), "https://app.example");
        assert_eq!(asked.header("access-control-allow-credentials"), credentials);
        assert!(asked.header("access-control-allow-methods").contains("POST"));
        assert!(asked.header("access-control-allow-headers").contains("x-api-key"));
        assert_eq!(asked.header("access-control-max-age"), "600");
        let origin = [("origin", "https://app.example"), ("x-api-key", "good")];
        let read = client.send("GET", "/v1/counter", &origin, "").await;
        assert_eq!(read.header("access-control-allow-origin"), "https://app.example");
        assert!(read.header("access-control-expose-headers").contains("retry-after"));
        assert!(read.header("vary").contains("origin"));
        let failed = client.send("GET", "/v1/nokind", &origin, "").await;
        assert_eq!(
            failed.header("access-control-allow-origin"),
            "https://app.example",
            "also a no"
        );
    }
}

#[tokio::test]
async fn a_page_of_another_origin_gets_nothing() {
    let client = with(&["https://app.example"], true);
    let evil = [("origin", "https://app.example.evil"), ASKS[1], ASKS[2]];
    let asked = client.send("OPTIONS", "/v1/counter/a/add", &evil, "").await;
    assert_eq!((asked.status.as_u16(), asked.code().as_str()), (403, "origin_refused"));
    assert_eq!(asked.header("access-control-allow-origin"), "");
    let read = client.send("GET", "/v1/counter", &[evil[0], ("x-api-key", "good")], "").await;
    assert_eq!(read.header("access-control-allow-origin"), "");
    assert!(read.header("vary").contains("origin"), "no cache gives it another's answer");
    let off = Client::default().send("OPTIONS", "/v1/counter/a/add", &ASKS, "").await;
    assert_eq!(off.status, 405);
    assert_eq!(off.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn all_origins_may_read_only_what_needs_no_credential_of_the_browser() {
    let client = with(&["*"], false);
    let asked = client.send("OPTIONS", "/v1/counter/a/add", &ASKS, "").await;
    assert_eq!(asked.header("access-control-allow-origin"), "*");
    assert_eq!(asked.header("access-control-allow-credentials"), "");
    assert!(!asked.header("vary").contains("origin"), "it is the same for all");
}
