//! What a released version has stored is opened by this one, and what a newer one has is refused.
//!
//! `tests/golden/backup/<version>` holds a backup of a small system, as that version made it.
//! `GOLDEN=add cargo test -p cambium-tests upgrade` adds that of this version where there is none;
//! it never changes one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cambium_tests::program::Program;
use nats::Config;
use nats::server::{Server, ServerConfig};
use reqwest::Method;
use serde_json::json;

use super::BINARY;
use super::crash::verify_all;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/backup")
}

fn run(args: &[&str]) -> Output {
    Command::new(BINARY).args(args).output().expect("runs")
}

fn done(args: &[&str]) -> String {
    let output = run(args);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{args:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

fn refused(args: &[&str], code: &str) {
    let output = run(args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(code), "{args:?} must be {code}: {said}");
}

/// A little of everything that is kept: commits of several kinds, a fork, a large input, a sealed
/// secret, a person's key, a tree head, the trail.
async fn lived(home: &Path, program: &Program) {
    for _ in 0..3 {
        program.post("/v1/counter/one/add", &json!({ "by": 2 })).await.expect("JSON");
    }
    let fork = json!({ "id": "branch", "at": 2 });
    program.post("/v1/counter/one/fork", &fork).await.expect("JSON");
    program.post("/v1/counter/branch/add", &json!({ "by": 40 })).await.expect("JSON");
    let draft = json!({ "section_title": "Long", "context": "word ".repeat(13_200) });
    program.post("/v1/osteon/d/draft", &draft).await.expect("JSON");
    let agent = json!({ "principal": "helper", "role": "agent", "model": "local/rules" });
    let create = json!({ "kind": "group", "members": [agent] });
    let made = program.request(Method::PUT, "/v1/conversation/talk").json(&create).send().await;
    assert!(made.expect("an answer").status().is_success());
    let said = json!({ "text": "what is 6*7?" });
    program.post("/v1/conversation/talk/post", &said).await.expect("JSON");
    // What it asked of a model is answered before anything is copied.
    loop {
        let effects = program.get("/v1/effects").await.expect("JSON");
        let items = effects["items"].as_array().expect("effects");
        if items.len() == 2 && items.iter().all(|effect| effect["status"] == "done") {
            break;
        }
    }
    let secret = home.join("secret");
    fs::write(&secret, "hush").expect("written");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(&secret, private).expect("private");
    let (secret, data) = (secret.to_str().expect("UTF-8"), program.data().to_str().expect("UTF-8"));
    done(&["admin", "secrets", "put", "name", "--file", secret, "--data", data]);
    done(&["tree", "make", "--data", data]);
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Adds the backup of this version.
async fn add(dir: &Path) {
    let (home, program) = super::started().await;
    lived(home.path(), &program).await;
    let dir = dir.to_str().expect("UTF-8");
    done(&["admin", "backup", dir, "--with-keys", "--data", text(program.data())]);
    program.stop().expect("stops");
    fs::remove_file(Path::new(dir).join("lock")).expect("removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_every_version_has_stored_is_opened_by_this_one() {
    let own = golden().join("v0.1.0");
    if !own.exists() && std::env::var("GOLDEN").is_ok_and(|what| what == "add") {
        add(&own).await;
    }
    let mut seen = 0;
    for entry in fs::read_dir(golden()).expect("a folder").flatten() {
        seen += 1;
        let home = tempfile::tempdir().expect("a directory");
        let data = home.path().join("data");
        let (from, into) = (entry.path(), data.to_str().expect("UTF-8"));
        let from = from.to_str().expect("UTF-8");
        done(&["admin", "restore", from, "--into", into, "--with-keys"]);
        let program = Program::start(BINARY, &data).await.expect("starts");
        let told = done(&["verify", "--all", "--states", "--data", into]);
        assert!(told.contains(" 0 broken") && told.contains("1 tree heads, 0 broken"), "{told}");
        let listed = loop {
            let listed = program.get("/v1/counter").await.expect("JSON");
            if listed["items"].as_array().is_some_and(|items| items.len() == 2) {
                break listed;
            }
        };
        let rows = listed["items"].as_array().expect("rows").iter();
        let mut values: Vec<Option<u64>> = rows.map(|it| it["summary"]["value"].as_u64()).collect();
        values.sort_unstable();
        assert_eq!(values, [Some(6), Some(44)], "{listed}");
        for actor in ["counter/one", "osteon/d", "conversation/talk"] {
            let told = done(&["replay", actor, "--data", into]);
            assert!(!told.contains('✗'), "{actor}: {told}");
        }
        let secrets = done(&["admin", "secrets", "list", "--data", into]);
        assert!(secrets.contains("name"), "{secrets}");
        done(&["audit", "verify", "--data", into]);
        done(&["rebuild", "--check", "--data", into]);
        let more = program.post("/v1/counter/branch/add", &json!({})).await.expect("JSON");
        assert_eq!(more["output"]["value"], 45, "{more}");
        verify_all(&data);
        program.stop().expect("stops");
    }
    assert!(seen > 0, "there is a backup of a version");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_newer_version_has_laid_out_is_refused_and_left_alone() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    fs::create_dir(&data).expect("made");
    fs::write(data.join("format"), "2\n").expect("written");
    let into = data.to_str().expect("UTF-8").to_owned();
    refused(&["up", "--listen", "127.0.0.1:0", "--data", &into], "data_newer");
    assert!(!data.join("nats").exists(), "nothing was begun");

    let config = ServerConfig {
        dir: home.path().join("nats"),
        access_file: home.path().join("nats.json"),
        ..ServerConfig::default()
    };
    let server = Server::start(config, |_| {}).await.expect("a broker");
    let endpoint = server.endpoint().clone();
    let broker = nats::Broker::connect(&Config::default(), &endpoint).await.expect("streams");
    drop(broker);
    nats::suite::world::lay_out(&endpoint, nats::streams::FORMAT + 1).await;
    let password = endpoint.password.expect("one").reveal().to_owned();
    let host = endpoint.url.strip_prefix("nats://").expect("a URL");
    let url = format!("nats://{}:{password}@{host}", endpoint.user.expect("one"));
    let other = home.path().join("other");
    let other = other.to_str().expect("UTF-8");
    let up = ["up", "--listen", "127.0.0.1:0", "--nats-url", &url, "--data", other];
    refused(&up, "log_newer");
    server.stop().await;
}
