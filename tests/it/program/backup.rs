//! Backed up while it is written to, destroyed, and restored: to the last backup, and to a point
//! before it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use cambium_tests::program::Program;
use nats::server::{Server as BrokerServer, ServerConfig};
use serde_json::{Value, json};

use super::BINARY;
use super::crash::{ledger, load, nothing_is_lost, sum, until_acknowledged, verify_all};
use super::postgres::server::Server as Database;

/// How long what must happen may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The command line, with nothing of the environment.
pub(super) fn cambium(args: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.args(args);
    command
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

pub(super) fn done(args: &[&str]) -> String {
    let output = cambium(args).output().expect("runs");
    assert!(output.status.success(), "{args:?}: {}", said(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Runs what must fail with `code`.
pub(super) fn refused(args: &[&str], code: &str) {
    let output = cambium(args).output().expect("runs");
    assert_eq!(output.status.code(), Some(1), "{args:?}: {}", said(&output));
    assert!(said(&output).contains(code), "{args:?} must be {code}: {}", said(&output));
}

pub(super) fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// A home with a program, and the paths of a directory of backups and of another data directory.
pub(super) async fn house() -> (tempfile::TempDir, Program, PathBuf, PathBuf) {
    let (home, program) = super::started().await;
    let (backups, other) = (home.path().join("backups"), home.path().join("other"));
    (home, program, backups, other)
}

pub(super) fn backed_up(program: &Program, backups: &Path) -> Value {
    let told = done(&["admin", "backup", text(backups), "--json", "--data", text(program.data())]);
    serde_json::from_str(&told).expect("JSON")
}

pub(super) async fn add(program: &Program, id: &str) -> Value {
    let answer = program.post(&format!("/v1/counter/{id}/add"), &json!({})).await.expect("JSON");
    assert_eq!(answer["ok"], true, "{answer}");
    answer
}

pub(super) async fn value(program: &Program, id: &str) -> u64 {
    let state = program.get(&format!("/v1/counter/{id}")).await.expect("JSON");
    state["state"]["value"].as_u64().unwrap_or_default()
}

/// Large contents, a fork, a sealed secret, a tree head, somebody turned away.
pub(super) async fn lived(home: &Path, program: &Program) {
    for _ in 0..3 {
        add(program, "solo").await;
    }
    let fork = json!({ "id": "branch", "at": 2 });
    program.post("/v1/counter/solo/fork", &fork).await.expect("JSON");
    let draft = json!({ "section_title": "Long", "context": "word ".repeat(20_000) });
    program.post("/v1/osteon/d/draft", &draft).await.expect("JSON");
    let secret = home.join("secret");
    std::fs::write(&secret, "hush").expect("written");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&secret, private).expect("private");
    let data = text(program.data());
    done(&["admin", "secrets", "put", "name", "--file", text(&secret), "--data", data]);
    done(&["tree", "make", "--data", data]);
    let wrong = cambium(&["show", "counter/solo", "--key", "wrong", "--data", data]).output();
    assert!(!wrong.expect("runs").status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_before_a_backup_is_in_it_and_the_restored_system_goes_on() {
    let (home, program, backups, other) = house().await;
    lived(home.path(), &program).await;
    let (ledger, stop) = (ledger(), Arc::new(AtomicBool::new(false)));
    let tasks = load(&program, &ledger, &stop);
    until_acknowledged(&ledger, 200).await;
    let before = sum(&ledger);
    let first = backed_up(&program, &backups);
    assert_eq!((&first["number"], &first["contents"]), (&json!(1), &json!(1)), "{first}");
    until_acknowledged(&ledger, sum(&ledger) + 200).await;
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    for task in tasks {
        task.await.expect("the load ends");
    }
    let second = backed_up(&program, &backups);
    assert!(
        second["until"] != first["until"] && second["bytes"].as_u64() > first["bytes"].as_u64()
    );
    let told = done(&["admin", "backup", "verify", text(&backups)]);
    assert!(told.contains("2 backups") && told.contains(" 0 faults"), "{told}");
    let list = done(&["admin", "backup", "list", text(&backups), "--json"]);
    assert!(list.contains(&*second["seal"].to_string()), "{list}");
    let old = text(program.data()).to_owned();
    program.kill().expect("killed");

    let restore = ["admin", "restore", text(&backups), "--into", text(&other), "--keys", &old];
    let told = done(&restore);
    assert!(told.starts_with("✓ restored from backup 2"), "{told}");
    let program = Program::start(BINARY, &other).await.expect("starts");
    nothing_is_lost(&program, &ledger).await;
    verify_all(&other);
    let told = done(&["rebuild", "--check", "--data", text(&other)]);
    assert!(!told.contains('✗'), "{told}");
    done(&["audit", "verify", "--data", text(&other)]);
    let audit = done(&["audit", "list", "--json", "--data", text(&other)]);
    assert!(audit.contains("unauthenticated"), "{audit}");
    let secrets = done(&["admin", "secrets", "list", "--data", text(&other)]);
    assert!(secrets.contains("name"), "{secrets}");
    let replay = done(&["replay", "osteon/d", "--decide", "--data", text(&other)]);
    assert!(replay.contains("✓ every command would be decided the same"), "{replay}");
    add(&program, "branch").await;
    done(&["tree", "make", "--data", text(&other)]);
    verify_all(&other);
    // The restored log goes on behind the backup, so the same directory takes it.
    assert_eq!(backed_up(&program, &backups)["number"], 3);
    let told = done(&["admin", "backup", "verify", text(&backups)]);
    assert!(told.contains("3 backups") && told.contains(" 0 faults"), "{told}");
    program.stop().expect("stops");

    let third = home.path().join("third");
    let into = ["--into", text(&third), "--to", "backup:1", "--keys", &old];
    done(&[&["admin", "restore", text(&backups)][..], &into].concat());
    let program = Program::start(BINARY, &third).await.expect("starts");
    let mut there = 0;
    for id in ledger.keys() {
        there += value(&program, id).await;
    }
    assert!(there >= before && there <= sum(&ledger), "{before} <= {there}");
    verify_all(&third);
    program.stop().expect("stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_restored_to_a_cursor_and_to_an_instant() {
    let (home, program, backups, other) = house().await;
    lived(home.path(), &program).await;
    let third = program.get("/v1/counter/solo").await.expect("JSON");
    let cursor = third["cursor"].as_str().expect("a cursor").to_owned();
    add(&program, "solo").await;
    let page = program.get("/v1/counter/solo/events").await.expect("JSON");
    let fourth = page["items"].as_array().and_then(|items| items.last()).expect("a commit");
    let instant = fourth["at"].as_str().expect("a time").to_owned();
    done(&["tree", "make", "--data", text(program.data())]);
    // A disk that is full at first.
    std::fs::create_dir(&backups).expect("made");
    std::os::unix::fs::symlink("/dev/full", backups.join("unfinished.new")).expect("linked");
    let take = ["admin", "backup", text(&backups), "--data", text(program.data())];
    refused(&take, "disk_full");
    assert_eq!(backed_up(&program, &backups)["number"], 1);
    let old = text(program.data()).to_owned();
    program.stop().expect("stops");
    for (point, name) in [(&*cursor, "at-cursor"), (&*instant, "at-time")] {
        let data = other.with_file_name(name);
        let into = ["--to", point, "--into", text(&data), "--keys", &old];
        done(&[&["admin", "restore", text(&backups)][..], &into].concat());
        let program = Program::start(BINARY, &data).await.expect("starts");
        assert_eq!(value(&program, "solo").await, 3, "{point}");
        verify_all(&data);
        add(&program, "solo").await;
        program.stop().expect("stops");
        refused(&["admin", "backup", text(&backups), "--data", text(&data)], "backup_other_log");
    }
    let late = ["--to", "2999-01-01T00:00:00Z", "--into", text(&other)];
    refused(&[&["admin", "restore", text(&backups)][..], &late].concat(), "backup_not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_erased_stays_so_whatever_backup_is_restored() {
    let (_home, program, backups, other) = house().await;
    let main = json!({ "name": "Main" });
    program.post("/v1/organization/main/create", &main).await.expect("JSON");
    let ada = json!({ "display": "Ada", "email": "ada@zqx.example" });
    let told = program.post("/v1/principal/ada/register", &ada).await.expect("JSON");
    assert_eq!(told["ok"], true, "{told}");
    let shown = |program: Value| program.to_string().contains("ada@zqx");
    assert!(shown(program.get("/v1/principal/ada").await.expect("JSON")));
    backed_up(&program, &backups);
    let old = text(program.data()).to_owned();
    let first = other.with_file_name("first");
    done(&["admin", "restore", text(&backups), "--into", text(&first), "--keys", &old]);
    done(&["privacy", "erase", "ada", "asked by letter", "--data", &old]);
    backed_up(&program, &backups);
    program.stop().expect("stops");
    let into = ["--to", "backup:1", "--into", text(&other), "--keys", &old];
    done(&[&["admin", "restore", text(&backups)][..], &into].concat());
    for (data, known) in [(&first, true), (&other, false)] {
        let program = Program::start(BINARY, data).await.expect("starts");
        let ada = program.get("/v1/principal/ada").await.expect("JSON");
        assert_eq!(shown(ada.clone()), known, "{ada}");
        verify_all(data);
        program.stop().expect("stops");
    }
}

/// The files of a directory of backups that are named by their hashes.
pub(super) fn content(backups: &Path) -> Vec<PathBuf> {
    let folders = std::fs::read_dir(backups.join("content")).expect("content").flatten();
    let files = folders.flat_map(|it| std::fs::read_dir(it.path()).expect("a folder").flatten());
    files.map(|file| file.path()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_not_whole_is_told_and_never_restored() {
    let (home, program, backups, other) = house().await;
    lived(home.path(), &program).await;
    let data = text(program.data()).to_owned();
    backed_up(&program, &backups);
    let dir = text(&backups).to_owned();
    let verify = ["admin", "backup", "verify", &*dir];
    let restore = ["admin", "restore", &*dir, "--into", text(&other)];
    for file in content(&backups) {
        let whole = std::fs::read(&file).expect("readable");
        let mut flipped = whole.clone();
        *flipped.last_mut().expect("not empty") ^= 1;
        for bad in [Some(&flipped[..]), Some(&whole[..whole.len() - 1]), None] {
            match bad {
                Some(bad) => std::fs::write(&file, bad).expect("written"),
                None => std::fs::remove_file(&file).expect("removed"),
            }
            let output = cambium(&verify).output().expect("runs");
            assert_eq!(output.status.code(), Some(1), "{}", said(&output));
            assert!(said(&output).contains(text(&file)), "{}", said(&output));
        }
        refused(&restore, "backup_broken");
        std::fs::write(&file, whole).expect("written");
    }
    let manifest = backups.join("backups/000001.json");
    let sealed = std::fs::read_to_string(&manifest).expect("readable");
    for (from, to, code) in [
        ("\"number\":1", "\"number\":2", "backup_broken"),
        ("\"v\":2", "\"v\":3", "backup_newer"),
        ("\"v\":2", "\"v\":1", "backup_broken"),
        ("\"keys\":[{", "\"keys\":[],\"more\":[{", "backup_broken"),
        ("\"messages\":", "\"messages\":1", "backup_broken"),
    ] {
        assert!(sealed.contains(from), "{from}: {sealed}");
        std::fs::write(&manifest, sealed.replace(from, to)).expect("written");
        refused(&restore, code);
    }
    std::fs::write(&manifest, &sealed).expect("written");
    assert!(!other.join("nats").exists(), "nothing was begun");
    refused(&["admin", "restore", &dir, "--into", &data], "data_in_use");
    refused(&[&restore[..], &["--to", "backup:9"]].concat(), "backup_not_found");
    refused(&[&restore[..], &["--with-keys"]].concat(), "backup_not_found");
    let lock = std::fs::File::open(backups.join("lock")).expect("there");
    lock.lock().expect("locked");
    refused(&["admin", "backup", &dir, "--data", &data], "backup_busy");
    drop(lock);

    let (_home, stranger) = super::started().await;
    add(&stranger, "solo").await;
    let strange = text(stranger.data()).to_owned();
    refused(&["admin", "backup", &dir, "--data", &strange], "backup_other_log");
    refused(&[&restore[..], &["--keys", &strange]].concat(), "backup_other_key");
    stranger.stop().expect("stops");
    refused(&["admin", "restore", &dir, "--into", &strange], "restore_not_empty");
    program.stop().expect("stops");
    // A directory whose program is stopped is backed up, too.
    done(&["admin", "backup", &dir, "--with-keys", "--data", &data]);
    std::fs::write(other.join("restore.json"), "{}").expect("written");
    refused(&["up", "--data", text(&other), "--listen", "127.0.0.1:0"], "restore_unfinished");
    std::fs::remove_file(other.join("restore.json")).expect("removed");
    done(&[&restore[..], &["--with-keys"]].concat());
    let key = |data: &str| std::fs::read(Path::new(data).join("master.key")).expect("a key");
    assert_eq!(key(text(&other)), key(&data));
}

/// Starts the command line, and kills it once `begun` says so; whether it was in time.
fn killed_once(args: &[&str], begun: impl Fn() -> bool) -> bool {
    let mut child =
        cambium(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("runs");
    let since = Instant::now();
    while !begun() {
        if child.try_wait().expect("known").is_some() {
            return false;
        }
        assert!(since.elapsed() < PATIENCE, "{args:?} does not begin");
    }
    child.kill().expect("killed");
    !child.wait().expect("ended").success()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_and_a_restore_that_are_killed_are_gone_on_with() {
    let (_home, program, backups, other) = house().await;
    for number in 0..180 {
        let draft = json!({ "section_title": "Long", "context": "word ".repeat(12_000) });
        let path = format!("/v1/osteon/d{}/draft", number % 50);
        program.post(&path, &draft).await.expect("JSON");
    }
    let (dir, data) = (text(&backups).to_owned(), text(program.data()).to_owned());
    let unfinished = backups.join("unfinished.json");
    let take = ["admin", "backup", &*dir, "--data", &*data];
    assert!(killed_once(&take, || unfinished.exists()), "it was too fast to be killed");
    assert!(!backups.join("backups/000001.json").exists());
    let kept = content(&backups).len();
    assert!(kept > 0);
    done(&take);
    assert!(!unfinished.exists() && content(&backups).len() > kept);
    let told = done(&["admin", "backup", "verify", &dir]);
    assert!(told.contains("1 backups") && told.contains(" 0 faults"), "{told}");
    program.stop().expect("stops");
    let restore = ["admin", "restore", &*dir, "--into", text(&other), "--keys", &*data];
    let store = other.join("nats/store");
    assert!(killed_once(&restore, || store.exists()), "it was too fast to be killed");
    refused(&["up", "--data", text(&other), "--listen", "127.0.0.1:0"], "restore_unfinished");
    done(&restore);
    let program = Program::start(BINARY, &other).await.expect("starts");
    verify_all(&other);
    program.stop().expect("stops");
}

/// A broker of an operator's, and how a node reaches it.
async fn operated(dir: &Path) -> (BrokerServer, String) {
    let config = ServerConfig {
        dir: dir.join("nats"),
        access_file: dir.join("nats.json"),
        ..ServerConfig::default()
    };
    let server = BrokerServer::start(config, |_| {}).await.expect("a broker");
    let endpoint = server.endpoint().clone();
    let (user, password) = (endpoint.user.expect("one"), endpoint.password.expect("one"));
    let host = endpoint.url.strip_prefix("nats://").expect("a URL").to_owned();
    (server, format!("nats://{user}:{}@{host}", password.reveal()))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operators_broker_is_restored_and_rows_on_postgresql_are_built_from_it() {
    let Some(database) = Database::start() else { return };
    let home = tempfile::tempdir().expect("a directory");
    let path = |name: &str| home.path().join(name);
    let (first, url) = operated(&path("first")).await;
    let serve = [("CAMBIUM_NATS_URL", &*url)];
    let node = Program::start_verb(BINARY, "serve", &path("one"), &[], &serve).await;
    let node = node.expect("it starts");
    lived(home.path(), &node).await;
    let (backups, one, two) = (path("backups"), path("one"), path("two"));
    let take = ["admin", "backup", text(&backups), "--nats-url", &url, "--data", text(&one)];
    done(&take);
    add(&node, "solo").await;
    done(&take);
    node.stop().expect("stops");
    first.stop().await;

    let (second, url) = operated(&path("second")).await;
    let into = ["--into", text(&two), "--nats-url", &url, "--keys", text(&one)];
    let restore = [&["admin", "restore", text(&backups)][..], &into].concat();
    done(&restore);
    refused(&restore, "restore_not_empty");
    let environment = [("CAMBIUM_NATS_URL", &*url), ("CAMBIUM_DATABASE_URL", &*database.url())];
    let node = Program::start_verb(BINARY, "serve", &two, &[], &environment).await;
    let node = node.expect("it starts");
    assert_eq!(value(&node, "solo").await, 4);
    verify_all(&two);
    let cursor = add(&node, "solo").await["cursor"].as_str().expect("a cursor").to_owned();
    let page = node.get(&format!("/v1/counter?min_cursor={cursor}")).await.expect("JSON");
    assert_eq!(page["items"].as_array().map(Vec::len), Some(2), "{page}");
    let told = done(&["rebuild", "--check", "--data", text(&two)]);
    assert!(!told.contains('✗'), "{told}");
    node.stop().expect("stops");
    second.stop().await;
}
