//! The matrix of the command line: every verb, by every role.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use cambium_tests::program::Program;
use serde_json::json;

use super::routes::{Person, Takes, people, post};

/// What a verb asks of a server.
#[derive(Clone, Copy)]
enum Asks {
    /// Nothing: it needs no server, or no right.
    Local,
    /// This.
    Server(Takes, &'static [&'static str]),
}

const fn own(capability: &'static str, more: &'static [&'static str]) -> Asks {
    Asks::Server(Takes::Own(capability), more)
}

const fn above(capability: &'static str, more: &'static [&'static str]) -> Asks {
    Asks::Server(Takes::Above(capability), more)
}

/// Stands for the file of an export.
const EXPORTED: &str = "EXPORTED";
/// Stands for the file of a policy.
const POLICY: &str = "POLICY";
/// Stands for a file with a secret.
const SECRET: &str = "SECRET";
const EFFECT: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Every verb of `docs/cli.md`, what it takes, and arguments for it.
const VERBS: &[(&str, Asks)] = &[
    ("", Asks::Local),
    ("up", Asks::Local),
    ("serve", Asks::Local),
    ("send", own("cap:counter.add", &["counter/seen", "add"])),
    ("show", own("cap:counter.read", &["counter/seen"])),
    ("tail", own("cap:counter.read", &["--no-follow", "--kind", "counter", "--id", "seen"])),
    ("why", own("cap:counter.read", &["counter/seen"])),
    ("replay", own("cap:counter.read", &["counter/seen"])),
    ("fork", own("cap:counter.fork", &["counter/seen"])),
    ("unmute", own("cap:counter.unmute", &["counter/seen"])),
    ("diff", own("cap:counter.read", &["counter/seen", "counter/seen"])),
    ("verify", own("cap:counter.read", &["counter/seen"])),
    ("export", own("cap:archive.export", &[])),
    ("import", above("cap:archive.import", &[EXPORTED])),
    ("tree", Asks::Local),
    ("tree list", own("cap:tree.read", &[])),
    ("tree show", own("cap:tree.read", &[])),
    ("tree make", above("cap:tree.make", &[])),
    ("tree key", own("cap:tree.read", &[])),
    ("tree export", own("cap:tree.read", &[])),
    ("tree verify", Asks::Local),
    ("audit", Asks::Local),
    ("audit list", own("cap:audit.read", &[])),
    // It follows without end.
    ("audit tail", Asks::Local),
    ("audit export", own("cap:audit.read", &["--raw"])),
    ("audit verify", own("cap:audit.read", &[])),
    ("audit head", own("cap:audit.sign", &[])),
    ("audit hold", Asks::Local),
    ("audit hold add", own("cap:audit.hold", &["--because", "a test"])),
    ("audit hold list", own("cap:audit.read", &[])),
    ("audit hold release", own("cap:audit.hold", &["none", "--because", "a test"])),
    ("audit retain", own("cap:audit.retain", &["login", "400"])),
    ("policy", Asks::Local),
    ("policy check", Asks::Local),
    ("policy template", Asks::Local),
    ("policy wizard", Asks::Local),
    ("policy dry-run", Asks::Local),
    ("policy apply", own("cap:policy.put", &["seen", POLICY])),
    ("policy show", own("cap:policy.read", &["seen"])),
    ("policy rollback", own("cap:policy.rollback", &["seen"])),
    ("policy retire", own("cap:policy.retire", &["seen"])),
    ("policy what-if", own("cap:policy.what_if", &[POLICY])),
    ("policy kill", own("cap:policy.engage", &["actor:counter/none", "a test"])),
    ("policy release", own("cap:policy.release", &["actor:counter/none"])),
    ("login", Asks::Local),
    ("logout", Asks::Server(Takes::Known, &[])),
    ("whoami", Asks::Server(Takes::Known, &[])),
    ("privacy", Asks::Local),
    ("privacy export", own("cap:privacy.export", &["seen"])),
    ("privacy erase", own("cap:privacy.erase", &["seen", "a test"])),
    ("privacy receipts", own("cap:privacy.receipts", &["seen"])),
    ("privacy verify-receipt", Asks::Local),
    ("privacy consent", own("cap:subject.withdraw", &["seen", "ads", "--withdraw"])),
    ("rebuild", above("cap:admin.rebuild", &["heads", "--check"])),
    ("doctor", Asks::Local),
    ("bench", Asks::Local),
    ("config", Asks::Local),
    // Each message that it carries asks for its own.
    ("mcp", Asks::Local),
    ("openapi", Asks::Local),
    ("admin", Asks::Local),
    // They ask the broker itself, which knows its own users.
    ("admin backup", Asks::Local),
    ("admin backup list", Asks::Local),
    ("admin backup prune", Asks::Local),
    ("admin backup verify", Asks::Local),
    ("admin restore", Asks::Local),
    ("admin certs", Asks::Local),
    ("admin streams", above("cap:admin.read", &[])),
    ("admin peers", above("cap:admin.read", &[])),
    ("admin lag", above("cap:admin.read", &[])),
    ("admin partitions", above("cap:admin.read", &[])),
    ("admin nodes", above("cap:admin.read", &[])),
    ("admin drain", above("cap:admin.drain", &["node-1"])),
    ("admin models", above("cap:admin.read", &[])),
    ("admin skip-commit", above("cap:admin.skip", &["heads", "1"])),
    ("admin refused", above("cap:admin.read", &[])),
    ("admin timers", above("cap:admin.reconcile", &[])),
    ("admin log-level", above("cap:admin.log_level", &["cambium=debug"])),
    ("admin dead", above("cap:dead.read", &[])),
    ("admin dead list", above("cap:dead.read", &[])),
    ("admin dead show", above("cap:dead.read", &["7"])),
    ("admin dead retry", above("cap:dead.settle", &["7"])),
    ("admin dead edit", above("cap:dead.settle", &["7", "--input", "{}"])),
    ("admin dead skip", above("cap:dead.settle", &["7"])),
    ("admin dead bulk", above("cap:dead.settle", &["skip"])),
    ("admin effects", own("cap:effects.read", &[])),
    ("admin effects list", own("cap:effects.read", &[])),
    ("admin effects show", own("cap:effects.read", &[EFFECT])),
    ("admin effects pause", own("cap:effects.control", &[EFFECT])),
    ("admin effects resume", own("cap:effects.control", &[EFFECT])),
    ("admin effects cancel", own("cap:effects.control", &[EFFECT])),
    ("admin effects resolve", own("cap:effects.control", &[EFFECT, "--retry"])),
    ("admin keys", Asks::Local),
    ("admin keys issue", Asks::Server(Takes::Mine("cap:principal.issue_key"), &[])),
    ("admin keys list", Asks::Server(Takes::Known, &[])),
    ("admin keys rotate", Asks::Server(Takes::Mine("cap:principal.rotate_key"), &["none"])),
    ("admin keys revoke", Asks::Server(Takes::Mine("cap:principal.revoke_key"), &["none"])),
    ("admin nats-user", Asks::Local),
    ("admin nats-user add", own("cap:nats_users.manage", &["acme", "somebody"])),
    ("admin nats-user list", own("cap:nats_users.read", &["acme"])),
    ("admin nats-user revoke", own("cap:nats_users.manage", &["acme", "somebody"])),
    ("admin secrets", Asks::Local),
    ("admin secrets list", own("cap:secrets.list", &[])),
    ("admin secrets put", own("cap:secrets.put", &["name", "--file", SECRET])),
    ("admin secrets delete", own("cap:secrets.delete", &["name"])),
    ("admin secrets rotate-master", above("cap:secrets.rotate", &[])),
    ("admin users", Asks::Local),
    ("admin users add", own("cap:principal.register", &["seen"])),
    ("admin users list", own("cap:principal.read", &[])),
    ("admin users suspend", own("cap:principal.suspend", &["none"])),
    ("admin users restore", own("cap:principal.restore", &["none"])),
    ("admin users reset-password", own("cap:principal.reset_password", &["none"])),
    ("admin signing-keys", Asks::Local),
    ("admin signing-keys list", above("cap:admin.read", &[])),
    ("admin signing-keys rotate", above("cap:admin.rotate", &[])),
    ("admin limits", own("cap:effects.read", &[])),
    ("usage", own("cap:usage.read", &[])),
    ("search", own("cap:knowledge.read", &["seen", "words"])),
    ("memory", own("cap:assistant.read", &["seen"])),
    ("admin quarantine", above("cap:dead.read", &["counter/seen"])),
    ("model", Asks::Local),
    ("model install", Asks::Local),
    ("model list", Asks::Local),
    ("model remove", Asks::Local),
    ("dev", Asks::Local),
    ("dev reset", Asks::Local),
    ("completions", Asks::Local),
    ("tour", Asks::Local),
    // It sends commands of many kinds, each with a right of its own.
    ("tour office", Asks::Local),
];

/// The verbs that the program has, as its page tells them, which a test compares with its help.
fn known() -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cli.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let headings = page.lines().filter_map(|line| line.strip_prefix("## cambium"));
    headings.map(|verb| verb.trim().to_owned()).collect()
}

/// A file that only its owner may read, with something in it.
fn private(path: PathBuf) -> PathBuf {
    let mut options = std::fs::OpenOptions::new();
    std::os::unix::fs::OpenOptionsExt::mode(options.create(true).truncate(true), 0o600);
    let mut made = options.write(true).open(&path).expect("a file");
    made.write_all(b"a value").expect("written");
    path
}

fn seen(program: &Program, file: &Path, verb: &str, more: &[&str], person: &Person) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_own-binary"));
    command.args(verb.split(' ')).args(["--url", program.url(), "--key", &person.key]);
    command.args(["--tenant", "acme", "--reason", "a test", "--json"]);
    for argument in more {
        if *argument == EXPORTED {
            command.arg(file)
        } else if *argument == POLICY {
            command.arg(file.with_file_name("policy.yaml"))
        } else if *argument == SECRET {
            // One for each who asks, since all ask at once.
            command.arg(private(file.with_file_name(format!("secret-{}", person.name))))
        } else {
            command.arg(argument)
        };
    }
    let done = command.output().expect("it runs");
    let said = String::from_utf8_lossy(&done.stderr) + String::from_utf8_lossy(&done.stdout);
    let code = done.status.code().unwrap_or(-1);
    assert!(code != 2 && code != 3, "{verb} {more:?} cannot be asked so: {said}");
    if code == 0 {
        return "passes".to_owned();
    }
    let has =
        |code: &str| said.contains(&format!("{code}:")) || said.contains(&format!("\"{code}\""));
    let seen = if has("forbidden") {
        "forbidden"
    } else if has("unknown_tenant") {
        "unknown"
    } else if has("unauthenticated") {
        "unauthenticated"
    } else {
        "passes"
    };
    seen.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_verb_asks_for_the_capability_of_what_it_does() {
    let table: BTreeMap<_, _> = VERBS.iter().copied().collect();
    let known = known();
    let missing: Vec<_> = known.iter().filter(|it| !table.contains_key(it.as_str())).collect();
    assert!(missing.is_empty(), "verbs without a row in the matrix: {missing:?}");
    assert_eq!(known.len(), table.len(), "rows of verbs that there are not");
    let home = tempfile::tempdir().expect("a directory");
    let binary = env!("CARGO_BIN_EXE_own-binary");
    let program = Program::start(binary, &home.path().join("data")).await.expect("it starts");
    let people = people(&program).await;
    post(&program, "acme", "/v1/counter/seen/add", json!({})).await;
    let exported = home.path().join("exported.ndjson");
    std::fs::write(home.path().join("policy.yaml"), "version: 1\n").expect("written");
    let mut export = Command::new(binary);
    export.args(["export", "--url", program.url(), "--key", program.key(), "--output"]);
    assert!(export.arg(&exported).status().expect("it runs").success());
    let asking = people.iter().filter(|person| !person.key.is_empty());
    let asking: Vec<_> = asking.collect();
    let (mut cells, mut surprises) = (0, Vec::new());
    for (verb, asks) in VERBS {
        let Asks::Server(takes, more) = *asks else { continue };
        let row = tokio::task::block_in_place(|| {
            std::thread::scope(|scope| {
                let (program, file) = (&program, exported.as_path());
                let ask = |person| move || seen(program, file, verb, more, person);
                let asked: Vec<_> = asking.iter().map(|person| scope.spawn(ask(*person))).collect();
                asked.into_iter().map(|it| it.join().expect("no panic")).collect::<Vec<_>>()
            })
        });
        for (person, seen) in asking.iter().zip(row) {
            cells += 1;
            let expected = person.expected(takes, "acme");
            if seen != expected {
                surprises.push(format!("{verb} by {}: {seen}, expected {expected}", person.name));
            }
        }
    }
    println!("the matrix of verbs has {cells} cells, {} surprises", surprises.len());
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}
