//! Verbs that work on this machine: finding the server, `doctor`, `config`, `dev reset`, `up`.

use std::collections::BTreeSet;
use std::fs;

use axum::Json;
use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::cli::serve::Served;
use crate::cli::testing::{Fake, Ran, run_with, serve};
use crate::home::{Home, Server};
use crate::settings::Settings;

async fn echo(headers: HeaderMap) -> Json<serde_json::Value> {
    let key = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
    Json(json!({ "key": key }))
}

#[tokio::test]
async fn url_and_key_are_found_in_the_data_directory() {
    let url = serve(Router::new().route("/v1/admin/lag", get(echo))).await;
    let dir = tempfile::tempdir().unwrap();
    let home = Home::new(dir.path());
    home.write_private("admin.key", b"local-key\n").unwrap();
    home.announce(&Server { url: url.clone(), pid: 1 }).unwrap();
    let data = dir.path().to_str().unwrap();
    let words = ["--json", "admin", "lag"];
    let ran = run_with(&Fake::default(), &words, &[("CAMBIUM_DATA", data)]).await;
    assert_eq!(ran.lines()[0]["key"], "Bearer local-key");
    let environment = [("CAMBIUM_DATA", data), ("CAMBIUM_KEY", "other")];
    let ran = run_with(&Fake::default(), &words, &environment).await;
    assert_eq!(ran.lines()[0]["key"], "Bearer other");
    let words = [&words[..], &["--key", "third"]].concat();
    let ran = run_with(&Fake::default(), &words, &environment).await;
    assert_eq!(ran.lines()[0]["key"], "Bearer third");
}

#[tokio::test]
async fn reset_empties_only_what_is_ours_and_idle() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::new(dir.path().join("data"));
    home.create().unwrap();
    fs::write(home.file("precious.txt"), "x").unwrap();
    let data = home.dir().to_str().unwrap().to_owned();
    let words = ["--data", &data, "dev", "reset", "--yes"];
    let ran = run_with(&Fake::default(), &words, &[]).await;
    assert_eq!(ran.code, 1, "not ours: {ran:?}");
    assert!(home.file("precious.txt").exists());
    fs::remove_file(home.file("precious.txt")).unwrap();

    home.write_private("admin.key", b"k").unwrap();
    fs::create_dir_all(home.file("nats/jetstream")).unwrap();
    fs::write(home.file("cambium.toml"), "").unwrap();
    let claim = home.claim().unwrap();
    let ran = run_with(&Fake::default(), &words, &[]).await;
    assert_eq!(ran.code, 1, "in use: {ran:?}");
    assert!(ran.err.contains("another program runs on"), "{}", ran.err);
    assert!(home.file("nats/jetstream").exists());
    drop(claim);

    let ran = run_with(&Fake::default(), &words, &[]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let left: Vec<_> = fs::read_dir(home.dir()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["cambium.toml"]);
    fs::remove_file(home.file("cambium.toml")).unwrap();
    home.write_private("admin.key", b"k").unwrap();
    assert_eq!(run_with(&Fake::default(), &words, &[]).await.code, 0);
    assert!(!home.dir().exists());
}

#[tokio::test]
async fn doctor_finds_a_taken_port_and_an_open_key() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::new(dir.path());
    home.write_private("admin.key", b"k").unwrap();
    let data = dir.path().to_str().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let environment = [("CAMBIUM_DATA", data), ("CAMBIUM_LISTEN", address.as_str())];
    let words = ["--json", "doctor"];
    let ran = run_with(&Fake::default(), &words, &environment).await;
    assert_eq!(ran.code, 1);
    let bad: Vec<_> = ran.lines().into_iter().filter(|check| check["verdict"] == "bad").collect();
    assert_eq!(bad.len(), 1, "{bad:?}");
    assert_eq!(bad[0]["name"], "port");
    assert!(bad[0]["remedy"].as_str().unwrap().contains("--listen"));

    let environment = [("CAMBIUM_DATA", data), ("CAMBIUM_LISTEN", "127.0.0.1:0")];
    let ran = run_with(&Fake::default(), &words, &environment).await;
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[tokio::test]
async fn doctor_tells_nothing_of_this_machine_when_asked_about_another() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().to_str().unwrap();
    let (url, other) = ("http://127.0.0.1:1", ["--json", "--url", "http://127.0.0.1:1", "doctor"]);
    let names = |ran: Ran| -> BTreeSet<String> {
        let names = ran.lines().into_iter();
        names.map(|check| check["name"].as_str().unwrap().to_owned()).collect()
    };
    let ran = run_with(&Fake::default(), &other, &[]).await;
    assert_eq!((ran.code, names(ran)), (1, BTreeSet::from(["server".to_owned()])));
    // Who names a data directory as well wants to know of both.
    let environment = [("CAMBIUM_DATA", data), ("CAMBIUM_URL", url)];
    let both = names(run_with(&Fake::default(), &["--json", "doctor"], &environment).await);
    assert!(both.contains("data") && both.contains("server"), "{both:?}");
}

#[tokio::test]
async fn doctor_looks_further_where_a_server_is_not_ready() {
    let problem = |code: &str, details| {
        let members = json!({ "code": code, "detail": "away", "status": 503, "details": details });
        (StatusCode::SERVICE_UNAVAILABLE, Json(members))
    };
    let unready = problem("not_ready", json!({ "parts": [{ "name": "log", "state": "failing" }] }));
    let log = problem("log_unavailable", json!(null));
    let reader = json!({ "reader": "rows", "behind": 7, "failed_reason": "the disk is full" });
    let lag = Json(json!({ "items": [reader] }));
    let router = Router::new()
        .route("/readyz", get(async move || unready))
        .route("/v1/events", get(async move || log))
        .route("/v1/admin/lag", get(async move || lag));
    let url = serve(router).await;
    let ran = run_with(&Fake::default(), &["--json", "--url", &url, "doctor"], &[]).await;
    let told: Vec<_> = ran.lines();
    let has = |name: &str, verdict: &str, found: &str| {
        told.iter().any(|check| {
            let says = check["found"].as_str().is_some_and(|text| text.contains(found));
            check["name"] == name && check["verdict"] == verdict && says
        })
    };
    assert!(has("server", "bad", "not_ready") && has("part", "bad", "log"), "{told:?}");
    assert!(has("key", "doubtful", "log_unavailable"), "{told:?}");
    assert!(has("readers", "bad", "the disk is full"), "{told:?}");
}

#[tokio::test]
async fn config_and_openapi_need_no_server() {
    let environment = [("CAMBIUM_DURABILITY", "relaxed"), ("CAMBIUM_DATA", "/nowhere")];
    let ran = run_with(&Fake::default(), &["config"], &environment).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("durability = \"relaxed\""), "{}", ran.out);
    let ran = run_with(&Fake::default(), &["config"], &[("CAMBIUM_DURABILTY", "x")]).await;
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("did you mean durability?"), "{}", ran.err);
    let ran = run_with(&Fake::default(), &["--json", "openapi"], &[]).await;
    assert_eq!(ran.lines()[0]["openapi"], "3.1.0");
    let ran = run_with(&Fake::default(), &["completions", "bash"], &[]).await;
    assert!(ran.code == 0 && ran.out.contains("verify"), "{ran:?}");
}

#[tokio::test]
async fn a_program_that_cannot_start_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().to_str().unwrap();
    let ran = run_with(&Fake::default(), &["--data", data], &[]).await;
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("no broker to be found"), "{}", ran.err);
    assert!(!Home::new(dir.path()).is_taken());
}

#[tokio::test]
async fn a_program_that_runs_is_found_and_alone_and_leaves_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::new(dir.path().join("data"));
    let fake = Fake { router: Some(Router::new().route("/v1/admin/lag", get(echo))) };
    let listen = "127.0.0.1:0".parse().unwrap();
    let data = home.dir().to_owned();
    let settings = Settings { data, listen, ..Settings::default() };
    let served = Served::begin(&fake, settings.clone(), CancellationToken::new()).await.unwrap();
    assert_eq!(home.server().unwrap().url, served.running.url);
    let second = Served::begin(&fake, settings, CancellationToken::new()).await;
    let Err(refused) = second else { panic!("two programs on one directory") };
    assert_eq!(refused.named(), "data_in_use");
    assert!(refused.reason().contains("another program"));
    let words = ["--json", "--data", home.dir().to_str().unwrap(), "admin", "lag"];
    assert_eq!(run_with(&fake, &words, &[]).await.code, 0);
    served.end().await.unwrap();
    assert!(home.server().is_none() && !home.is_taken());
}

#[tokio::test]
async fn a_tour_that_fails_says_where_and_ends() {
    let fake = Fake { router: Some(Router::new()) };
    let ran = run_with(&fake, &["tour"], &[]).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("$ cambium send osteon/rings draft --field 'goal="), "{}", ran.out);
    assert!(ran.err.contains("error: http_404"), "{}", ran.err);
}
