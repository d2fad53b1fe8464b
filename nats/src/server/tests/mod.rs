use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use super::{Server, ServerConfig};

mod alone;
mod finding;
mod installing;
mod life;
mod remnants;
mod staged;
mod users;
mod written;

fn config(home: &Path) -> ServerConfig {
    ServerConfig {
        dir: home.join("nats"),
        access_file: home.join("nats.json"),
        ..ServerConfig::default()
    }
}

async fn start(home: &TempDir) -> Server {
    Server::start(config(home.path()), |_| {}).await.expect("the server starts")
}

/// A script that can be run. Another process writes it: a fork of a test beside this one could
/// hold the file open for writing at the moment when it is run, and the kernel refuses that.
fn script(path: &Path, text: &str) {
    let folder = path.parent().expect("it is in a folder");
    fs::create_dir_all(folder).expect("a folder");
    let write = r#"printf '%s\n' "$2" > "$1" && chmod 755 "$1""#;
    let text = format!("#!/bin/sh\n{text}");
    let status = Command::new("/bin/sh").args(["-c", write, "sh"]).arg(path).arg(text).status();
    assert!(status.expect("sh runs").success());
}

/// A program that says a version, in a folder of its own.
fn fake(home: &TempDir, folder: &str, version: &str) -> PathBuf {
    let folder = home.path().join(folder);
    script(&folder.join("nats-server"), &format!("echo 'nats-server: v{version}'"));
    folder
}

/// A process that ends with its test, also when that fails.
struct Held(Child);

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn is_alive(pid: u32) -> bool {
    let mut ps = Command::new("ps");
    let said = ps.args(["-o", "stat=", "-p", &pid.to_string()]).output().expect("ps runs");
    let state = String::from_utf8_lossy(&said.stdout).trim().to_owned();
    !state.is_empty() && !state.starts_with('Z')
}

fn signal(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(pid).expect("a pid"));
    kill(pid, signal).expect("it is there");
}

/// Waits for what another process does, for at most `limit`.
async fn until(what: &str, limit: Duration, mut holds: impl FnMut() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let came = tokio::time::timeout(limit, waiting).await;
    assert!(came.is_ok(), "{what} does not come true within {limit:?}");
}

/// How long a program may take that has much to do and shares its machine.
const PATIENCE: Duration = Duration::from_secs(30);

async fn get(url: &str, path: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let address = url.strip_prefix("http://").expect("an address");
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("connects");
    stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).await.expect("asked");
    let mut said = String::new();
    stream.read_to_string(&mut said).await.expect("answered");
    said
}

/// A page of the server's monitoring.
async fn monitoring(server: &Server, path: &str) -> String {
    get(server.endpoint().monitor.as_ref().expect("is told"), path).await
}
