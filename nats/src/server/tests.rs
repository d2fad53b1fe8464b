use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::find::find_on;
use super::{Server, ServerConfig, ServerError, ServerState, Way, find, install, pins};

fn config(home: &TempDir) -> ServerConfig {
    ServerConfig {
        dir: home.path().join("nats"),
        access_file: home.path().join("nats.json"),
        ..ServerConfig::default()
    }
}

async fn start(home: &TempDir) -> Server {
    Server::start(config(home), |_| {}).await.expect("the server starts")
}

/// A program that says a version, in a folder of its own.
fn fake(home: &TempDir, folder: &str, version: &str) -> PathBuf {
    let folder = home.path().join(folder);
    fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("nats-server");
    fs::write(&path, format!("#!/bin/sh\necho 'nats-server: v{version}'\n")).expect("a script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("executable");
    folder
}

fn is_alive(pid: u32) -> bool {
    let mut ps = std::process::Command::new("ps");
    let said = ps.args(["-o", "stat=", "-p", &pid.to_string()]).output().expect("ps runs");
    let state = String::from_utf8_lossy(&said.stdout).trim().to_owned();
    !state.is_empty() && !state.starts_with('Z')
}

fn kill_9(pid: u32) {
    let pid = nix::unistd::Pid::from_raw(i32::try_from(pid).expect("a pid"));
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).expect("killed");
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..1_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{what} does not come true");
}

async fn get(url: &str, path: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let address = url.strip_prefix("http://").expect("an address");
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("connects");
    stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).await.expect("asked");
    let mut said = String::new();
    stream.read_to_string(&mut said).await.expect("answered");
    said
}

#[tokio::test]
async fn a_given_path_comes_before_path_and_cache() {
    let home = TempDir::new().expect("a directory");
    let (new, old) = (fake(&home, "new", "2.15.3"), fake(&home, "old", "2.9.10"));
    let path = std::env::join_paths([&old, &new]).expect("joins");
    let mut config = config(&home);
    config.cache_dir = Some(home.path().join("cache"));
    let found = find_on(&config, &path).await.expect("found");
    assert_eq!(
        (found.way, found.version.as_str()),
        (Way::Path, "2.15.3"),
        "the old one is skipped"
    );
    config.server_path = Some(fake(&home, "given", "2.14.0").join("nats-server"));
    assert_eq!(find_on(&config, &path).await.expect("found").way, Way::Given);
    config.server_path = Some(old.join("nats-server"));
    let error = find_on(&config, &path).await.unwrap_err();
    assert!(matches!(error, ServerError::Unusable { .. }), "{error}");
    config.server_path = Some(home.path().join("nowhere"));
    assert!(matches!(find_on(&config, &path).await, Err(ServerError::Unusable { .. })));
}

#[tokio::test]
async fn nothing_found_names_three_ways_out() {
    let home = TempDir::new().expect("a directory");
    let mut config = config(&home);
    config.cache_dir = Some(home.path().join("cache"));
    let path = fake(&home, "old", "2.9.10");
    let error = find_on(&config, path.as_os_str()).await.unwrap_err().to_string();
    for word in ["2.9.10 is older", "cache", "1. install", "--nats-server", "CAMBIUM_NATS_URL"] {
        assert!(error.contains(word), "{word} is missing in: {error}");
    }
}

#[tokio::test]
async fn the_pinned_program_is_installed_once_and_checked() {
    let home = TempDir::new().expect("a directory");
    let mut config = config(&home);
    config.cache_dir = Some(home.path().join("cache"));
    let (one, two) = tokio::join!(install::install(&config), install::install(&config));
    let path = one.expect("installed");
    assert_eq!(two.expect("installed"), path, "two installers do not trample each other");
    let found = find_on(&config, "".as_ref()).await.expect("found");
    assert_eq!((found.way, found.path.as_path()), (Way::Cache, path.as_path()));
    assert_eq!(find::usable(&path).await.expect("runs"), pins::VERSION);
    let mut bytes = fs::read(&path).expect("readable");
    bytes.push(0);
    fs::write(&path, bytes).expect("damaged");
    let error = find_on(&config, "".as_ref()).await.unwrap_err().to_string();
    assert!(error.contains("another digest"), "{error}");
    install::install(&config).await.expect("replaced");
    assert_eq!(find_on(&config, "".as_ref()).await.expect("found").way, Way::Cache);
}

#[tokio::test]
async fn it_starts_answers_and_stops() {
    let home = TempDir::new().expect("a directory");
    let server = start(&home).await;
    let pid = server.pid();
    assert!(is_alive(pid));
    let monitor = server.endpoint().monitor.clone().expect("is told");
    assert!(get(&monitor, "/varz").await.contains("\"sync_always\": true"));
    let access = fs::read_to_string(home.path().join("nats.json")).expect("is told");
    let password = server.endpoint().password.as_ref().expect("one").reveal();
    assert!(access.contains(password));
    assert!(!format!("{server:?}").contains(password), "Debug shows no password");
    for file in ["nats.json", "nats/server.conf"] {
        let mode = fs::metadata(home.path().join(file)).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    server.stop().await;
    assert!(!is_alive(pid));
    let again = start(&home).await;
    let kept = again.endpoint().password.as_ref().expect("one").reveal();
    assert!(access.contains(kept), "the password is kept");
    again.stop().await;
}

#[tokio::test]
async fn relaxed_means_that_the_server_syncs_when_it_likes() {
    let home = TempDir::new().expect("a directory");
    let relaxed = ServerConfig { sync_always: false, ..config(&home) };
    let server = Server::start(relaxed, |_| {}).await.expect("starts");
    let monitor = server.endpoint().monitor.clone().expect("is told");
    assert!(!get(&monitor, "/varz").await.contains("\"sync_always\": true"));
    server.stop().await;
}

#[tokio::test]
async fn one_that_dies_is_started_again_on_the_same_port() {
    let home = TempDir::new().expect("a directory");
    let server = start(&home).await;
    let (first, mut state) = (server.pid(), server.state());
    state.borrow_and_update();
    kill_9(first);
    let ready = state.wait_for(|state| *state == ServerState::Restarting).await;
    ready.expect("it is noticed");
    let ready = state.wait_for(|state| *state == ServerState::Ready).await;
    ready.expect("it is started again");
    assert_ne!(server.pid(), first);
    let monitor = server.endpoint().monitor.clone().expect("is told");
    assert!(get(&monitor, "/healthz").await.contains("ok"));
    server.stop().await;
}

#[tokio::test]
async fn a_directory_has_one_server() {
    let home = TempDir::new().expect("a directory");
    let server = start(&home).await;
    let error = Server::start(config(&home), |_| {}).await.unwrap_err();
    assert!(matches!(error, ServerError::InUse(_)), "{error}");
    server.stop().await;
}

#[tokio::test]
async fn one_that_is_let_go_ends() {
    let home = TempDir::new().expect("a directory");
    let server = start(&home).await;
    let pid = server.pid();
    drop(server);
    until("its end", || !is_alive(pid)).await;
}

#[tokio::test]
async fn one_that_cannot_start_says_why() {
    let home = TempDir::new().expect("a directory");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("bound").port();
    let error = Server::start(ServerConfig { port, ..config(&home) }, |_| {}).await.unwrap_err();
    assert!(error.to_string().contains("address already in use"), "{error}");
}

/// What the next test kills: this very test binary, asked to hold a server.
#[tokio::test]
async fn holds_a_server_when_asked() {
    let Ok(folder) = std::env::var("CAMBIUM_TEST_HOLD_SERVER") else { return };
    let config = ServerConfig {
        dir: Path::new(&folder).join("nats"),
        access_file: Path::new(&folder).join("nats.json"),
        ..ServerConfig::default()
    };
    let server = Server::start(config, |_| {}).await.expect("starts");
    fs::write(Path::new(&folder).join("pid"), server.pid().to_string()).expect("told");
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_killed_parent_leaves_no_server_behind() {
    let home = TempDir::new().expect("a directory");
    let mut parent = std::process::Command::new(std::env::current_exe().expect("this binary"))
        .args(["--exact", "server::tests::holds_a_server_when_asked", "--nocapture"])
        .env("CAMBIUM_TEST_HOLD_SERVER", home.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("runs");
    let told = home.path().join("pid");
    let mut pid = None;
    until("a server in the other process", || {
        pid = fs::read_to_string(&told).ok().and_then(|text| text.parse().ok());
        pid.is_some()
    })
    .await;
    let pid = pid.expect("told");
    assert!(is_alive(pid));
    parent.kill().expect("killed");
    parent.wait().expect("gone");
    until("the end of the orphan", || !is_alive(pid)).await;
    let again = start(&home).await;
    again.stop().await;
}
