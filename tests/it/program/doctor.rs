//! Faults that are provoked, and what `doctor` says of each: its cause and what to run next.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use cambium_tests::python;
use nats::server::{Server, ServerConfig};
use serde_json::{Value, json};

use super::BINARY;

/// What `doctor` finds on a data directory, with settings of the environment.
fn found(data: &Path, environment: &[(&str, &str)]) -> Vec<Value> {
    let output = Command::new(BINARY)
        .args(["doctor", "--json", "--data"])
        .arg(data)
        .envs(environment.iter().copied())
        .output()
        .expect("runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let checks: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let bad = checks.iter().any(|check| check["verdict"] == "bad");
    assert_eq!(output.status.code(), Some(i32::from(bad)), "{text}");
    checks
}

/// That something was found which is not well, why, and what to run next.
fn named(checks: &[Value], name: &str, verdict: &str, cause: &str) {
    let check = checks.iter().find(|it| {
        let told = it["found"].as_str().unwrap_or_default();
        it["name"] == name && it["verdict"] == verdict && told.contains(cause)
    });
    let check = check.unwrap_or_else(|| panic!("no {name} that is {verdict}, {cause}: {checks:?}"));
    assert!(check["remedy"].is_string() && check["next"].is_string(), "{check}");
}

#[test]
fn what_keeps_a_program_from_starting_is_named() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let listen = taken.local_addr().expect("known").to_string();
    let checks = found(data, &[("CAMBIUM_LISTEN", &listen)]);
    named(&checks, "port", "bad", "in use");
    let checks = found(data, &[("CAMBIUM_NATS_URL", "nats://127.0.0.1:1")]);
    named(&checks, "broker", "bad", "127.0.0.1:1");
    let checks = found(data, &[("CAMBIUM_DATABASE_URL", "postgres://127.0.0.1:1/none")]);
    named(&checks, "database", "bad", "");
    let weak = [
        ("CAMBIUM_LISTEN", "0.0.0.0:0"),
        ("CAMBIUM_NATS_URL", "nats://192.0.2.1:4222"),
        ("CAMBIUM_NATS_USER", "cambium"),
        ("CAMBIUM_NATS_PASSWORD", "changeme"),
    ];
    named(&found(data, &weak), "settings", "bad", "nats.password");
    fs::write(data.join("admin.key"), "a key").expect("written");
    fs::set_permissions(data.join("admin.key"), fs::Permissions::from_mode(0o644)).expect("open");
    let checks = found(data, &[("CAMBIUM_LISTEN", "127.0.0.1:0")]);
    named(&checks, "private", "bad", "others can read it");
    named(&checks, "backup", "doubtful", "never");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_syncs_late_is_named() {
    let home = tempfile::tempdir().expect("a directory");
    let config = ServerConfig {
        dir: home.path().join("nats"),
        access_file: home.path().join("nats.json"),
        sync_always: false,
        ..ServerConfig::default()
    };
    let server = Server::start(config, |_| {}).await.expect("a broker");
    let endpoint = server.endpoint().clone();
    let (monitor, url) = (endpoint.monitor.expect("an address"), endpoint.url);
    let (user, password) = (endpoint.user.expect("one"), endpoint.password.expect("one"));
    let data = home.path().join("data");
    let environment = [
        ("CAMBIUM_NATS_URL", &*url),
        ("CAMBIUM_NATS_USER", &*user),
        ("CAMBIUM_NATS_PASSWORD", password.reveal()),
        ("CAMBIUM_NATS__MONITOR", &*monitor),
        ("CAMBIUM_LISTEN", "127.0.0.1:0"),
    ];
    named(&found(&data, &environment), "broker", "doubtful", "before its disk");
    let mut wrong = environment;
    wrong[2].1 = "another-Password-4711";
    named(&found(&data, &wrong), "broker", "bad", "");
    server.stop().await;
}

/// Publishes what no actor can read.
const GARBAGE: &str = r#"
import asyncio, json, sys
from pathlib import Path
import nats

async def main(data):
    server = json.loads((data / "nats.json").read_text())
    nc = await nats.connect(server["url"], user=server["user"], password=server["password"],
                            inbox_prefix=b"_INBOX_main")
    await nc.jetstream().publish("cmd.main.counter.one", b"garbage")
    await nc.close()

asyncio.run(main(Path(sys.argv[1])))
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_running_system_is_looked_through() {
    let (home, program) = super::started().await;
    program.post("/v1/counter/one/add", &json!({})).await.expect("JSON");
    let checks = found(program.data(), &[]);
    for name in ["server", "key", "readers", "partitions", "dead", "effects", "providers"] {
        let check = checks.iter().find(|check| check["name"] == name);
        assert!(check.is_some_and(|check| check["verdict"] == "good"), "{name}: {checks:?}");
    }
    // Nobody can read it, so it is put aside, and somebody must look at it.
    let python = python::interpreter(Path::new(env!("CARGO_TARGET_TMPDIR"))).expect("python");
    let mut publish = Command::new(python);
    python::run(publish.args(["-c", GARBAGE]).arg(program.data())).expect("published");
    while program.get("/v1/dead").await.expect("JSON")["items"] == json!([]) {}
    named(&found(program.data(), &[]), "dead", "doubtful", "1 letters");
    let backups = home.path().join("backups");
    let mut take = Command::new(BINARY);
    take.args(["admin", "backup"]).arg(&backups).arg("--data").arg(program.data());
    assert!(take.output().expect("runs").status.success());
    let checks = found(program.data(), &[]);
    let check = checks.iter().find(|check| check["name"] == "backup").expect("looked at");
    assert_eq!(check["verdict"], "good", "{check}");
    fs::remove_dir_all(&backups).expect("gone");
    named(&found(program.data(), &[]), "backup", "bad", "there is no backup 1");
    program.stop().expect("stops");
}
