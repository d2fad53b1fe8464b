//! Backups that no rule keeps are thrown away, and what stays goes on as before.

use std::path::Path;

use cambium_tests::program::Program;
use serde_json::{Value, json};

use super::BINARY;
use super::backup::{add, backed_up, content, done, house, lived, refused, text, value};
use super::crash::verify_all;

fn prune(backups: &Path, more: &[&str]) -> Value {
    let told = done(&[&["admin", "backup", "prune", text(backups), "--json"], more].concat());
    serde_json::from_str(&told).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_rule_keeps_goes_and_the_next_backup_and_a_restore_do_without_it() {
    let (home, program, backups, other) = house().await;
    lived(home.path(), &program).await;
    // Sealed secrets are copied whole each time, so each backup has a file of its own.
    for round in 1..=3 {
        add(&program, "solo").await;
        let secret = home.path().join("secret");
        std::fs::write(&secret, format!("hush {round}")).expect("written");
        let (name, data) = (format!("name-{round}"), text(program.data()));
        done(&["admin", "secrets", "put", &*name, "--file", text(&secret), "--data", data]);
        backed_up(&program, &backups);
    }
    let (dir, before) = (text(&backups).to_owned(), content(&backups).len());
    let none = super::backup::cambium(&["admin", "backup", "prune", &*dir]).output();
    assert_eq!(none.expect("runs").status.code(), Some(2), "no rule, no pruning");
    let told = prune(&backups, &["--keep-last", "1", "--dry-run"]);
    assert_eq!((&told["kept"], &told["pruned"]), (&json!([3]), &json!([1, 2])), "{told}");
    assert_eq!(content(&backups).len(), before, "nothing went");
    // While a file that stays is not what it was, nothing goes.
    let manifest = std::fs::read_to_string(backups.join("backups/000003.json")).expect("there");
    let name = |path: &Path| path.file_name().expect("a name").to_str().expect("hex").to_owned();
    let files = content(&backups);
    let stays = files.iter().find(|path| manifest.contains(&name(path))).expect("one of its own");
    let whole = std::fs::read(stays).expect("readable");
    std::fs::write(stays, "another").expect("written");
    refused(&["admin", "backup", "prune", &*dir, "--keep-last", "1"], "backup_broken");
    assert!(backups.join("backups/000001.json").exists());
    std::fs::write(stays, whole).expect("written");
    let told = prune(&backups, &["--keep-last", "1"]);
    assert_eq!((&told["kept"], &told["pruned"]), (&json!([3]), &json!([1, 2])), "{told}");
    let files = told["files"].as_u64().expect("a count");
    assert!(files > 0 && content(&backups).len() as u64 == before as u64 - files, "{told}");
    let told = done(&["admin", "backup", "verify", &*dir]);
    assert!(told.contains("1 backups") && told.contains(" 0 faults"), "{told}");
    refused(
        &["admin", "restore", &*dir, "--into", text(&other), "--to", "backup:1"],
        "backup_not_found",
    );

    add(&program, "solo").await;
    let next = backed_up(&program, &backups);
    assert_eq!(next["number"], 4, "{next}");
    let told = done(&["admin", "backup", "verify", &*dir]);
    assert!(told.contains("2 backups") && told.contains(" 0 faults"), "{told}");
    let (solo, old) = (value(&program, "solo").await, text(program.data()).to_owned());
    program.kill().expect("killed");
    done(&["admin", "restore", &*dir, "--into", text(&other), "--keys", &*old]);
    let program = Program::start(BINARY, &other).await.expect("starts");
    assert_eq!(value(&program, "solo").await, solo);
    verify_all(&other);
    program.stop().expect("stops");
}
