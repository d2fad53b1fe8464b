use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::Signal;
use tempfile::TempDir;

use super::{Held, PATIENCE, config, is_alive, signal, start, until};
use crate::server::{Server, ServerConfig, ServerError, find};

/// The variable that asks this test binary to hold a server in a folder.
const HOLD: &str = "CAMBIUM_TEST_HOLD_SERVER";

#[tokio::test]
async fn a_directory_has_one_server() {
    let home = TempDir::new().expect("a directory");
    let server = start(&home).await;
    let error = Server::start(config(home.path()), |_| {}).await.unwrap_err();
    assert!(matches!(error, ServerError::InUse(_)), "{error}");
    let dir = home.path().canonicalize().expect("there").join("nats");
    let words = "stop it, or choose another data directory";
    assert_eq!(error.to_string(), format!("another program uses {}; {words}", dir.display()));
    server.stop().await;
    start(&home).await.stop().await;
}

/// What the tests below kill: this very test binary, asked to hold a server. It ends with whoever
/// asked, who holds the other end of its standard input.
#[tokio::test]
async fn holds_a_server_when_asked() {
    let Some(folder) = std::env::var_os(HOLD) else { return };
    let server = Server::start(config(Path::new(&folder)), |_| {}).await.expect("starts");
    eprintln!("pid={}", server.pid());
    let asked = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    asked.await.expect("reads").expect("an end");
    server.stop().await;
}

/// Another program that holds a server.
struct Holder {
    program: Child,
    server: u32,
}

impl Holder {
    fn start(home: &Path) -> Self {
        let mut program = Command::new(std::env::current_exe().expect("this binary"))
            .args(["--exact", "server::tests::alone::holds_a_server_when_asked", "--nocapture"])
            .env(HOLD, home)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("runs");
        let said = BufReader::new(program.stderr.take().expect("piped"));
        let told = said
            .lines()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("pid=").and_then(|pid| pid.parse().ok()));
        Self { program, server: told.expect("it holds a server") }
    }

    /// SIGKILL: it gets no chance to say good-bye.
    fn kill(mut self) -> u32 {
        assert!(is_alive(self.server));
        self.program.kill().expect("killed");
        self.program.wait().expect("gone");
        self.server
    }
}

#[tokio::test]
async fn a_killed_parent_leaves_no_server_behind() {
    let home = TempDir::new().expect("a directory");
    let orphan = Holder::start(home.path()).kill();
    until("the end of the orphan", Duration::from_secs(2), || !is_alive(orphan)).await;
}

#[tokio::test]
async fn after_a_killed_parent_the_next_start_works_at_once() {
    let home = TempDir::new().expect("a directory");
    let orphan = Holder::start(home.path()).kill();
    // The orphan may be alive still; it must not be when the next one writes.
    let server = start(&home).await;
    assert!(!is_alive(orphan));
    server.stop().await;
}

#[tokio::test]
async fn a_server_whose_watcher_was_killed_is_ended_and_started_again() {
    let home = TempDir::new().expect("a directory");
    let server = start(&home).await;
    let first = server.pid();
    let ps = Command::new("ps").args(["-o", "ppid=", "-p", &first.to_string()]).output();
    let watcher = String::from_utf8(ps.expect("ps runs").stdout).expect("text");
    signal(watcher.trim().parse().expect("a pid"), Signal::SIGKILL);
    let mut pid = server.pid.clone();
    tokio::time::timeout(PATIENCE, pid.wait_for(|pid| *pid != first))
        .await
        .expect("in time")
        .expect("it is started again");
    assert!(!is_alive(first), "two never write to one directory");
    server.stop().await;
}

#[tokio::test]
async fn a_leftover_is_ended_by_the_next_start() {
    let home = TempDir::new().expect("a directory");
    start(&home).await.stop().await;
    // As it would be had both the program and the watcher been killed.
    let program = find(&config(home.path())).await.expect("it was run just now").path;
    let conf = home.path().canonicalize().expect("there").join("nats/server.conf");
    let leftover = Command::new(program).arg("-c").arg(conf).spawn().expect("runs");
    let leftover = Held(leftover);
    let pid_file = home.path().join("nats/server.pid");
    until("its process id", PATIENCE, || {
        fs::read_to_string(&pid_file).is_ok_and(|text| text.trim() == leftover.0.id().to_string())
    })
    .await;
    let server = start(&home).await;
    assert!(!is_alive(leftover.0.id()));
    server.stop().await;
}

#[tokio::test]
async fn a_process_that_only_has_the_number_of_a_leftover_is_left_alone() {
    let home = TempDir::new().expect("a directory");
    start(&home).await.stop().await;
    let stranger = Held(Command::new("sleep").arg("600").spawn().expect("runs"));
    fs::write(home.path().join("nats/server.pid"), stranger.0.id().to_string()).expect("written");
    let config = ServerConfig { stop_timeout_ms: 1_000, ..config(home.path()) };
    let server = Server::start(config, |_| {}).await.expect("starts");
    assert!(is_alive(stranger.0.id()));
    server.stop().await;
}
