//! A release, made of the program under test, taken apart, installed and checked by a stranger.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cambium_tests::machine;
use cambium_tests::node_js::Node;
use cambium_tests::python;

use super::BINARY;

/// Judges bills of materials by CycloneDX's own schema.
const TOOLS: &[&str] = &["cyclonedx-python-lib[json-validation]==11.12.0"];

const VALIDATE: &str = r#"
import sys
from pathlib import Path
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
fault = JsonStrictValidator(SchemaVersion.V1_5).validate_str(Path(sys.argv[1]).read_text())
sys.exit(repr(fault) if fault else 0)
"#;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace").to_owned()
}

fn package(arguments: &[&Path]) -> Output {
    let mut package = Command::new(root().join(".ci/package"));
    package.args(arguments).output().expect("python3 runs")
}

fn temporary(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// The one file in a folder whose name begins and ends so.
fn one(folder: &Path, begins: &str, ends: &str) -> PathBuf {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let mut found = entries.map(|entry| entry.path()).filter(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with(begins) && name.ends_with(ends)
    });
    let path = found.next().expect("a file");
    assert!(found.next().is_none(), "more than one {begins}…{ends}");
    path
}

/// Whether the checksums are signed by whom `signers` names, and every file is what they say.
fn holds(folder: &Path, signers: &Path) -> bool {
    let script = "ssh-keygen -Y verify -f \"$1\" -I release@cambium -n cambium-release \
                  -s SHA256SUMS.sig < SHA256SUMS && sha256sum --check --strict --quiet SHA256SUMS";
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "sh"]).arg(signers).current_dir(folder);
    shell.output().expect("runs").status.success()
}

/// The program of a package says its version.
fn says_its_version(command: &mut Command) {
    let said = python::run(command.arg("--version")).expect("the program runs");
    assert!(said.contains(env!("CARGO_PKG_VERSION")), "{said}");
}

/// A release in `out`, signed with `key`.
fn made(program: &Path, key: &Path, out: &Path) {
    let flag = Path::new;
    let arguments =
        [flag("--out"), out, flag("--program"), program, flag("--sign"), key, flag("--fast")];
    let ran = package(&arguments);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

/// A pair of keys of ed25519; where the private one is.
fn key_in(home: &Path, name: &str) -> PathBuf {
    let key = home.join(name);
    let mut keygen = Command::new("ssh-keygen");
    python::run(keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key)).expect("a key");
    key
}

#[test]
fn the_same_source_and_program_make_the_same_bytes() {
    let home = tempfile::tempdir().expect("a directory");
    let key = key_in(home.path(), "key");
    // Any program will do, and a small one is packed at once: it says back what it is asked.
    let program = Path::new("/bin/echo");
    let sums = ["one", "two"].map(|name| {
        let out = home.path().join(name);
        made(program, &key, &out);
        fs::read_to_string(out.join("SHA256SUMS")).expect("sums")
    });
    assert_eq!(sums[0], sums[1]);
    assert_eq!(sums[0].lines().count(), 5, "{}", sums[0]);
}

#[test]
fn a_release_is_made_checked_and_installed_from_its_files() {
    if machine::tool("ssh-keygen").is_none() {
        return;
    }
    let home = tempfile::tempdir().expect("a directory");
    let (program, out) = (home.path().join("cambium"), home.path().join("out"));
    // Without its symbols it is packed in half the time.
    python::run(Command::new("strip").arg("-o").arg(&program).arg(BINARY)).expect("stripped");
    made(&program, &key_in(home.path(), "key"), &out);

    let signers = out.join("allowed_signers");
    assert!(holds(&out, &signers), "a fresh release holds");
    archive_is_whole(&one(&out, "cambium-", ".tar.gz"), home.path());
    wheel_installs(&one(&out, "cambium_server-", ".whl"), home.path());
    let shim = format!("cambium-server-{}.tgz", env!("CARGO_PKG_VERSION"));
    npm_installs(&one(&out, "cambium-server-linux-", ".tgz"), &out.join(shim), home.path());
    let python = python::with(&temporary("package-tools"), TOOLS).expect("the tools");
    let materials = one(&out, "cambium-", ".cdx.json");
    python::run(Command::new(python).args(["-c", VALIDATE]).arg(&materials)).expect("valid");
    let text = fs::read_to_string(&materials).expect("UTF-8");
    assert!(text.contains("pkg:cargo/async-nats@") && !text.contains("cambium-tests"), "{text}");

    tampering_is_seen(&out, &signers, home.path());
}

/// Another byte in a file, another sum, another signer: none of them holds.
fn tampering_is_seen(out: &Path, signers: &Path, home: &Path) {
    let wheel = one(out, "cambium_server-", ".whl");
    let whole = fs::read(&wheel).expect("a wheel");
    let mut other = whole.clone();
    *other.last_mut().expect("bytes") ^= 1;
    fs::write(&wheel, &other).expect("written");
    assert!(!holds(out, signers), "a file with another byte");
    fs::write(&wheel, &whole).expect("written");
    assert!(holds(out, signers));

    let sums = fs::read_to_string(out.join("SHA256SUMS")).expect("sums");
    fs::write(out.join("SHA256SUMS"), sums.replacen('a', "b", 1)).expect("written");
    assert!(!holds(out, signers), "other sums under the same signature");
    fs::write(out.join("SHA256SUMS"), &sums).expect("written");

    let stranger = key_in(home, "stranger");
    let public = fs::read_to_string(stranger.with_extension("pub")).expect("a key");
    let trusted = home.join("trusted");
    fs::write(&trusted, format!("release@cambium {public}")).expect("written");
    assert!(!holds(out, &trusted), "signed by somebody else");
}

/// What a system's own package would put below `/usr/local`: program, pages, completions, papers.
fn archive_is_whole(archive: &Path, home: &Path) {
    python::run(Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(home))
        .expect("unpacked");
    let folder = home.join(archive.file_name().and_then(|it| it.to_str()).expect("UTF-8"));
    let folder = PathBuf::from(folder.to_string_lossy().trim_end_matches(".tar.gz"));
    says_its_version(&mut Command::new(folder.join("bin/cambium")));
    for path in [
        "share/bash-completion/completions/cambium",
        "share/zsh/site-functions/_cambium",
        "share/fish/vendor_completions.d/cambium.fish",
        "share/doc/cambium/LICENSE-MIT",
        "share/doc/cambium/sbom.cdx.json",
        "share/doc/cambium/systemd/cambium.service",
    ] {
        assert!(fs::metadata(folder.join(path)).is_ok_and(|it| it.len() > 100), "{path}");
    }
    let pages = folder.join("share/man/man1");
    let help = fs::read_to_string(root().join("docs/cli.md")).expect("UTF-8");
    let verbs = help.lines().filter_map(|line| line.strip_prefix("## "));
    let mut count = 0;
    for verb in verbs {
        let page = pages.join(format!("{}.1", verb.replace(' ', "-")));
        assert!(page.is_file(), "{} is missing", page.display());
        count += 1;
    }
    assert!(count > 50, "{count} verbs");
    let Ok(checked) = Command::new("sh")
        .args([
            "-c",
            "command -v groff && for page in *.1; do groff -man -ww -z -Tutf8 $page; done",
        ])
        .current_dir(&pages)
        .output()
    else {
        return;
    };
    let said = String::from_utf8_lossy(&checked.stderr);
    assert!(said.is_empty(), "groff: {said}");
}

/// pip, in an environment of its own, without an index.
fn wheel_installs(wheel: &Path, home: &Path) {
    let venv = home.join("venv");
    python::run(Command::new("python3").args(["-m", "venv"]).arg(&venv)).expect("an environment");
    let mut pip = Command::new(venv.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--no-index", "--disable-pip-version-check"]);
    python::run(pip.arg(wheel)).expect("pip installs it");
    says_its_version(&mut Command::new(venv.join("bin/cambium")));
}

/// npm, offline: the package for this machine, and the one that finds it.
fn npm_installs(program: &Path, shim: &Path, home: &Path) {
    let node = Node::with(&temporary("package-node"), &[]).expect("node");
    let bin = node.program.parent().expect("a folder").to_owned();
    let npm = bin.with_file_name("lib").join("node_modules/npm/bin");
    let folder = home.join("project");
    fs::create_dir(&folder).expect("made");
    fs::write(folder.join("package.json"), r#"{"private": true}"#).expect("written");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path: OsString =
        std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&path)))
            .expect("a path");
    let run = |script: &str, arguments: &[&str], files: &[&Path]| {
        let mut command = Command::new(&node.program);
        command.arg(npm.join(script)).args(arguments).args(files);
        command.env("PATH", &path).env("npm_config_cache", home.join("cache"));
        command.current_dir(&folder);
        python::run(&mut command).expect("npm works")
    };
    run("npm-cli.js", &["install", "--offline", "--no-audit", "--no-fund"], &[program, shim]);
    let said = run("npx-cli.js", &["--offline", "cambium", "--version"], &[]);
    assert!(said.contains(env!("CARGO_PKG_VERSION")), "{said}");
    // What the program ends with, the shim ends with.
    let mut shim = Command::new(&node.program);
    shim.arg(folder.join("node_modules/.bin/cambium")).arg("no-such-verb");
    assert_eq!(shim.output().expect("runs").status.code(), Some(2));
}

#[test]
fn what_cannot_be_built_here_is_refused_with_its_reason() {
    let home = tempfile::tempdir().expect("a directory");
    let out = home.path().join("out");
    let flag = Path::new;
    for (target, reason) in [
        ("riscv64gc-unknown-linux-gnu", "no target of a release"),
        #[cfg(not(target_os = "macos"))]
        ("aarch64-apple-darwin", "only macOS has its linker"),
    ] {
        let ran = package(&[flag("--out"), &out, flag("--target"), flag(target)]);
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(!ran.status.success() && said.contains(reason), "{target}: {said}");
        assert!(!out.exists(), "nothing is made");
    }
}
