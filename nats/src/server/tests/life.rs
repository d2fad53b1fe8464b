use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use tempfile::TempDir;

use super::{PATIENCE, config, is_alive, monitoring, script, signal, start, until};
use crate::server::find::find_or_install;
use crate::server::{Server, ServerConfig, ServerState};

#[tokio::test]
async fn it_starts_answers_and_stops() {
    let home = TempDir::new().expect("a directory");
    let server = start(&home).await;
    let (pid, state) = (server.pid(), server.state());
    assert!(is_alive(pid));
    assert_eq!(*state.borrow(), ServerState::Ready);
    assert!(monitoring(&server, "/healthz").await.contains("ok"));
    server.stop().await;
    assert!(!is_alive(pid));
    assert_eq!(*state.borrow(), ServerState::Stopped);
    server.stop().await;
}

#[tokio::test]
async fn always_means_that_the_server_syncs_each_message() {
    let home = TempDir::new().expect("a directory");
    let server = start(&home).await;
    assert!(monitoring(&server, "/varz").await.contains("\"sync_always\": true"));
    server.stop().await;
}

#[tokio::test]
async fn relaxed_means_that_the_server_syncs_when_it_likes() {
    let home = TempDir::new().expect("a directory");
    let relaxed = ServerConfig { sync_always: false, ..config(home.path()) };
    let server = Server::start(relaxed, |_| {}).await.expect("starts");
    let page = monitoring(&server, "/varz").await;
    assert!(page.contains("\"store_dir\"") && !page.contains("\"sync_always\": true"), "{page}");
    server.stop().await;
}

#[tokio::test]
async fn one_that_dies_is_started_again_on_the_same_port() {
    let home = TempDir::new().expect("a directory");
    let server = start(&home).await;
    let (first, mut state) = (server.pid(), server.state());
    // A client as the program has it: it finds the new server by itself.
    let access = server.endpoint();
    let password = access.password.as_ref().expect("one").reveal().to_owned();
    let user = access.user.clone().expect("one");
    let client = async_nats::ConnectOptions::with_user_and_password(user, password)
        .connect(&access.url)
        .await
        .expect("connects");
    signal(first, Signal::SIGKILL);
    state.wait_for(|state| *state == ServerState::Restarting).await.expect("it is noticed");
    state.wait_for(|state| *state == ServerState::Ready).await.expect("it is started again");
    assert_ne!(server.pid(), first);
    assert!(monitoring(&server, "/healthz").await.contains("ok"));
    let again = async {
        while client.request("$JS.API.INFO", "".into()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, again).await.expect("the client is connected again");
    server.stop().await;
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_restart() {
    let home = TempDir::new().expect("a directory");
    let slow = ServerConfig { restart_pause_ms_min: 600_000, ..config(home.path()) };
    let server = Server::start(slow, |_| {}).await.expect("starts");
    let mut state = server.state();
    signal(server.pid(), Signal::SIGKILL);
    state.wait_for(|state| *state == ServerState::Restarting).await.expect("it is noticed");
    tokio::time::timeout(PATIENCE, server.stop()).await.expect("it stops at once");
    start(&home).await.stop().await;
}

#[tokio::test]
async fn a_stop_ends_a_start_that_hangs() {
    let home = TempDir::new().expect("a directory");
    // It starts once, and hangs from then on.
    let once = home.path().join("once");
    let program = home.path().join("nats-server");
    let real = find_or_install(&config(home.path()), &|_| {}).await.expect("one is there").path;
    let (mark, real) = (once.display(), real.display());
    script(
        &program,
        &format!(
            "[ \"$1\" = --version ] && exec '{real}' --version\n\
             [ -e '{mark}' ] && {{ echo hangs > '{mark}'; exec sleep 600; }}\n\
             : > '{mark}'; exec '{real}' \"$@\""
        ),
    );
    let config = ServerConfig {
        server_path: Some(program),
        start_timeout_ms: 600_000,
        ..config(home.path())
    };
    let server = Server::start(config, |_| {}).await.expect("starts");
    signal(server.pid(), Signal::SIGKILL);
    until("the start that hangs", PATIENCE, || {
        std::fs::read_to_string(&once).is_ok_and(|text| text.contains("hangs"))
    })
    .await;
    tokio::time::timeout(PATIENCE, server.stop()).await.expect("it stops at once");
}

#[tokio::test]
async fn one_that_does_not_end_in_order_is_killed() {
    let home = TempDir::new().expect("a directory");
    let hasty = ServerConfig { stop_timeout_ms: 100, ..config(home.path()) };
    let server = Server::start(hasty, |_| {}).await.expect("starts");
    let pid = server.pid();
    signal(pid, Signal::SIGSTOP);
    let begun = Instant::now();
    server.stop().await;
    assert!(begun.elapsed() >= Duration::from_millis(100), "it had its time");
    assert!(!is_alive(pid));
}

#[tokio::test]
async fn one_that_is_let_go_ends() {
    let home = TempDir::new().expect("a directory");
    let server = start(&home).await;
    let pid = server.pid();
    drop(server);
    until("its end", PATIENCE, || !is_alive(pid)).await;
}

#[tokio::test]
async fn one_that_cannot_start_says_why() {
    let home = TempDir::new().expect("a directory");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("bound").port();
    let busy = ServerConfig { port, ..config(home.path()) };
    let error = Server::start(busy, |_| {}).await.unwrap_err().to_string();
    assert!(error.contains("address already in use"), "{error}");

    // Another reason, before there is a log: the old log is not shown again.
    let program = home.path().join("nats-server");
    script(&program, "[ \"$1\" = --version ] && echo v2.15.1 || { echo 'no disk' >&2; exit 3; }");
    let broken = ServerConfig { server_path: Some(program), ..config(home.path()) };
    let error = Server::start(broken, |_| {}).await.unwrap_err().to_string();
    assert!(error.contains("exit status: 3") && error.contains("no disk"), "{error}");
    assert!(!error.contains("already in use"), "{error}");
}

#[tokio::test]
async fn one_that_never_answers_is_given_up_and_ended() {
    let home = TempDir::new().expect("a directory");
    let program = home.path().join("nats-server");
    let told = home.path().join("pid");
    let hang = format!("echo $$ > '{}'; exec sleep 600", told.display());
    script(&program, &format!("[ \"$1\" = --version ] && echo v2.15.1 || {{ {hang}; }}"));
    let config =
        ServerConfig { server_path: Some(program), start_timeout_ms: 300, ..config(home.path()) };
    let error = Server::start(config, |_| {}).await.unwrap_err().to_string();
    assert!(error.contains("not ready within 300 ms"), "{error}");
    let pid = std::fs::read_to_string(told).expect("it ran").trim().parse().expect("a pid");
    until("its end", PATIENCE, || !is_alive(pid)).await;
}
