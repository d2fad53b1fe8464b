//! Signing in on the command line.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use super::{BINARY, PASSWORD, World};

/// Runs a verb with a line of input, and gives whether it went well and what it said.
fn run(world: &World, verb: &[&str], input: &str, more: &[(&str, &str)]) -> (bool, String) {
    let mut command = Command::new(BINARY);
    command.args(verb).env_remove("CAMBIUM_KEY").env_remove("CAMBIUM_URL");
    command.env("CAMBIUM_DATA", world.program.data()).envs(more.iter().copied());
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().expect("it runs");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("written");
    let done = child.wait_with_output().expect("it ends");
    let said = [done.stdout, done.stderr].concat();
    (done.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_is_known_and_signs_out() {
    let world = World::new().await;
    let line = format!("{PASSWORD}\n");
    let add = ["admin", "users", "add", "ada", "--role", "user", "--password-stdin"];
    let (done, said) = run(&world, &add, &line, &[]);
    assert!(done, "{said}");
    let (done, said) = run(&world, &["whoami"], "", &[]);
    assert!(done && said.starts_with("admin of every tenant"), "{said}");
    let (done, said) = run(&world, &["login", "ada"], "wrong password\n", &[]);
    assert!(!done && said.contains("login_failed"), "{said}");
    let (done, said) = run(&world, &["login", "ada"], &line, &[]);
    assert!(done && said.starts_with("signed in as ada of main"), "{said}");
    let file = world.program.data().join("session.json");
    let mode = std::fs::metadata(&file).expect("kept").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let (done, said) = run(&world, &["whoami"], "", &[]);
    assert!(done && said.contains("ada of main") && said.contains("roles: user"), "{said}");
    let (done, said) = run(&world, &["admin", "lag"], "", &[]);
    assert!(!done && said.contains("forbidden"), "acts as ada, not with the admin key: {said}");
    // A session that is over is refreshed by whoever needs it.
    let kept = std::fs::read_to_string(&file).expect("kept");
    let mut old: serde_json::Value = serde_json::from_str(&kept).expect("JSON");
    old["expires_at"] = serde_json::json!("2020-01-01T00:00:00.000Z");
    std::fs::write(&file, old.to_string()).expect("written");
    let (done, said) = run(&world, &["whoami"], "", &[]);
    assert!(done && said.contains("ada of main"), "{said}");
    assert!(!std::fs::read_to_string(&file).expect("kept").contains("2020-01-01"), "a new one");
    let (done, said) = run(&world, &["logout", "--all"], "", &[]);
    assert!(done && !file.exists() && said.contains("you act as admin, by "), "{said}");
    let key = [("CAMBIUM_KEY", world.program.key())];
    let (done, said) =
        run(&world, &["admin", "users", "suspend", "ada", "--why", "left"], "", &key);
    assert!(done, "{said}");
    let (done, said) = run(&world, &["login", "ada"], &line, &[]);
    assert!(!done && said.contains("login_failed"), "{said}");
    let (done, said) = run(&world, &["admin", "users", "restore", "ada"], "", &key);
    assert!(done, "{said}");
    let reset = ["admin", "users", "reset-password", "ada"];
    let (done, said) = run(&world, &reset, "", &key);
    assert!(done && said.lines().any(|line| line.starts_with("cr_")), "{said}");
    let (done, said) = run(&world, &["admin", "signing-keys", "list"], "", &key);
    assert!(done && said.contains("signs"), "{said}");
    let (done, said) = run(&world, &["admin", "users", "list"], "", &key);
    assert!(done && said.contains("ada"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_user_registers_on_the_command_line() {
    let world = World::new().await;
    let line = format!("{PASSWORD}\n");
    let (done, said) = run(&world, &["login", "ada", "--register"], &line, &[]);
    assert!(done && said.starts_with("signed in as ada of system"), "{said}");
    let (done, said) = run(&world, &["admin", "lag"], "", &[]);
    assert!(done, "a super admin: {said}");
}
