//! Starting and stopping: what cannot start says why and leaves nothing behind; what is told to
//! stop loses nothing.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cambium_tests::program::{Program, broker_of};
use serde_json::json;

use super::BINARY;
use super::crash::{ledger, load, nothing_is_lost, until_acknowledged, verify_all};

/// A user who owns nothing.
const NOBODY: u32 = 65_534;

fn up(binary: &Path, data: &Path, listen: &str) -> Command {
    let mut command = Command::new(binary);
    command.args(["up", "--listen", listen, "--data"]).arg(data);
    command
}

/// What a program that cannot start says.
fn complaint(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_told_before_anything_is_started() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let other = TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = other.local_addr().expect("bound").to_string();
    let said = complaint(&up(BINARY.as_ref(), &data, &taken).output().expect("runs"));
    assert!(said.contains(&format!("cannot listen on {taken}")), "{said}");
    for part in ["nats", "models.db", "admin.key", "gateway.json"] {
        assert!(!data.join(part).exists(), "{part} was made for nothing");
    }
    assert_eq!(broker_of(&data), None);
    drop(other);
    let program = Program::start(BINARY, &data).await.expect("nothing is in its way");
    program.stop().expect("stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_fails_half_way_stops_what_it_has_started() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    fs::create_dir_all(data.join("models.db")).expect("made");
    let said = complaint(&up(BINARY.as_ref(), &data, "127.0.0.1:0").output().expect("runs"));
    assert!(said.contains("the read models cannot be opened"), "{said}");
    assert!(data.join("nats").exists(), "the broker was started before");
    assert_eq!(broker_of(&data), None, "and is gone");
    assert!(!data.join("gateway.json").exists(), "nobody is sent there");
    fs::remove_dir(data.join("models.db")).expect("removed");
    let program = Program::start(BINARY, &data).await.expect("nothing is in its way");
    program.stop().expect("stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_program_on_a_directory_says_who_is_there() {
    let (_home, program) = super::started().await;
    let broker = program.broker_pid();
    let second = up(BINARY.as_ref(), program.data(), "127.0.0.1:0").output().expect("runs");
    let said = complaint(&second);
    let first = format!("(process {})", program.pid());
    assert!(said.contains("another program runs on") && said.contains(&first), "{said}");
    assert!(program.data().join("gateway.json").exists(), "the first is still found");
    assert_eq!(program.broker_pid(), broker);
    let added = program.post("/v1/counter/c/add", &json!({})).await.expect("JSON");
    assert_eq!(added["output"]["value"], 1, "{added}");
    program.stop().expect("stops");
}

#[test]
fn a_directory_that_cannot_be_written_is_named() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    fs::create_dir(&data).expect("made");
    let mode = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode));
    mode(home.path(), 0o755).expect("ours");
    mode(&data, 0o555).expect("ours");
    // Nothing is forbidden to root, so that root lets somebody else try.
    let root = fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    let binary = home.path().join("program");
    if fs::hard_link(BINARY, &binary).is_err() {
        fs::copy(BINARY, &binary).expect("copied");
    }
    let mut command = up(&binary, &data, "127.0.0.1:0");
    command.current_dir(home.path());
    if root {
        command.uid(NOBODY).gid(NOBODY);
    }
    let said = complaint(&command.output().expect("runs"));
    assert!(said.contains("the data directory cannot be used"), "{said}");
    assert!(said.contains(&*data.to_string_lossy()) && said.contains("ermission"), "{said}");
    assert_eq!(fs::read_dir(&data).expect("readable").count(), 0, "nothing was made");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_under_load_loses_nothing_acknowledged() {
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join("data");
    let ledger = ledger();
    for round in 1..=2 {
        let program = Program::start(BINARY, &data).await.expect("starts");
        nothing_is_lost(&program, &ledger).await;
        let stop = Arc::new(AtomicBool::new(false));
        let tasks = load(&program, &ledger, &stop);
        until_acknowledged(&ledger, round * 300).await;
        program.stop().expect("stops in order while it is asked on");
        stop.store(true, Ordering::Relaxed);
        for task in tasks {
            task.await.expect("the load ends");
        }
        assert_eq!(broker_of(&data), None, "the broker is stopped, too");
    }
    let program = Program::start(BINARY, &data).await.expect("starts");
    nothing_is_lost(&program, &ledger).await;
    verify_all(&data);
    program.stop().expect("stops in order");
}
