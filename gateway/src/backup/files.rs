use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use contracts::Hash;
use nats::copy::Kept;

use super::content::write_whole;
use super::format::{Chunk, Manifest, Part};
use super::{Content, Error, frames};

/// Where a backup that is being written says how far it is.
const UNFINISHED: &str = "unfinished.json";

/// What the name of the mark of a backup ends with that was thrown away.
const MARK: &str = ".pruned";

/// A directory of backups.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    /// The files that the manifests name.
    pub content: Content,
    _locked: Option<File>,
}

/// How far a backup is that was begun after backup `base`.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Unfinished {
    pub(super) base: u64,
    pub(super) parts: Vec<Part>,
}

/// What is left of a backup that was thrown away: its place in the chain of seals.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Mark {
    pub(super) number: u64,
    pub(super) seal: Hash,
    pub(super) before: Hash,
}

impl Directory {
    /// The directory of backups at `path`, to read.
    #[must_use]
    pub fn read(path: &Path) -> Self {
        Self { path: path.to_owned(), content: Content::at(path), _locked: None }
    }

    /// The same, to write to: made when there is none, and nobody else writes to it meanwhile.
    ///
    /// # Errors
    /// [`Error::Taken`] while another program does.
    pub fn write(path: &Path) -> Result<Self, Error> {
        if !path.is_dir() {
            fs::create_dir_all(path).map_err(Error::at(path))?;
            fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(Error::at(path))?;
        }
        let lock = path.join("lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&lock);
        let file = file.map_err(Error::at(&lock))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _locked: Some(file), ..Self::read(path) }),
            Err(TryLockError::WouldBlock) => Err(Error::Taken(path.to_owned())),
            Err(TryLockError::Error(error)) => Err(Error::at(&lock)(error)),
        }
    }

    /// The numbers of its backups, in order.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn numbers(&self) -> Result<Vec<u64>, Error> {
        self.numbered(".json")
    }

    /// The numbers of the files of backups whose names end so, in order.
    fn numbered(&self, ending: &str) -> Result<Vec<u64>, Error> {
        let folder = self.path.join("backups");
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::at(&folder)(error)),
        };
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut numbers: Vec<u64> =
            names.filter_map(|name| name.strip_suffix(ending)?.parse().ok()).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// A backup.
    ///
    /// # Errors
    /// [`Error::None`] when there is none of this number, [`Error::Broken`] when its file was
    /// changed.
    pub fn manifest(&self, number: u64) -> Result<Manifest, Error> {
        let path = self.file(number);
        let name = path.display().to_string();
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Error::None(format!("there is no backup {number}: {name}")));
            }
            Err(error) => return Err(Error::at(&path)(error)),
        };
        let manifest = Manifest::read(&name, &text)?;
        if manifest.number == number {
            return Ok(manifest);
        }
        Err(Error::Broken(format!("{name} says that it is backup {}", manifest.number)))
    }

    /// The last backup; none before the first.
    ///
    /// # Errors
    /// As [`Directory::manifest`].
    pub fn latest(&self) -> Result<Option<Manifest>, Error> {
        self.numbers()?.last().map(|number| self.manifest(*number)).transpose()
    }

    /// Keeps a whole backup: from here on it counts.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, manifest: &Manifest) -> Result<(), Error> {
        let folder = self.path.join("backups");
        fs::create_dir_all(&folder).map_err(Error::at(&folder))?;
        write_whole(&self.file(manifest.number), manifest.text().as_bytes())?;
        let _ = fs::remove_file(self.path.join(UNFINISHED));
        Ok(())
    }

    fn file(&self, number: u64) -> PathBuf {
        self.path.join("backups").join(format!("{number:06}.json"))
    }

    /// Throws a backup away, all but its place in the chain of seals. Its files stay.
    pub(super) fn drop_backup(&self, manifest: &Manifest) -> Result<(), Error> {
        let (number, before) = (manifest.number, manifest.before);
        let mark = Mark { number, seal: manifest.seal(), before };
        let text = serde_json::to_string(&mark).unwrap_or_default() + "\n";
        write_whole(&self.mark_file(number), text.as_bytes())?;
        let path = self.file(number);
        fs::remove_file(&path).map_err(Error::at(&path))
    }

    /// What is left of a backup that was thrown away.
    pub(super) fn mark(&self, number: u64) -> Option<Mark> {
        let text = fs::read(self.mark_file(number)).ok()?;
        let mark: Mark = contracts::read::from_slice(&text).ok()?;
        (mark.number == number).then_some(mark)
    }

    /// Lets go of the marks before a backup: nothing that stays is linked to them.
    pub(super) fn forget_marks_before(&self, first: u64) -> Result<(), Error> {
        for number in self.numbered(MARK)?.into_iter().filter(|number| *number < first) {
            let path = self.mark_file(number);
            fs::remove_file(&path).map_err(Error::at(&path))?;
        }
        Ok(())
    }

    fn mark_file(&self, number: u64) -> PathBuf {
        self.path.join("backups").join(format!("{number:06}{MARK}"))
    }

    /// How far the backup after `base` was when it ended early; nothing when there was none.
    pub(super) fn unfinished(&self, base: u64) -> Vec<Part> {
        let text = fs::read(self.path.join(UNFINISHED)).unwrap_or_default();
        let found: Unfinished = contracts::read::from_slice(&text).unwrap_or_default();
        if found.base == base { found.parts } else { Vec::new() }
    }

    /// Says how far a backup is.
    pub(super) fn progress(&self, unfinished: &Unfinished) -> Result<(), Error> {
        let text = serde_json::to_string(unfinished).unwrap_or_default();
        write_whole(&self.path.join(UNFINISHED), text.as_bytes())
    }

    /// Keeps messages as a chunk.
    pub(super) fn put(&self, kept: &[Kept], file: &[u8]) -> Result<Option<Chunk>, Error> {
        let Some(chunk) = Chunk::of(kept, file) else { return Ok(None) };
        self.content.put(file)?;
        Ok(Some(chunk))
    }

    /// The messages of a chunk.
    ///
    /// # Errors
    /// [`Error::Broken`] when it is missing, cut or changed.
    pub fn messages(&self, chunk: &Chunk) -> Result<Vec<Kept>, Error> {
        let file = self.content.get(chunk.hash)?;
        let read = frames::read(&file).filter(|read| {
            let places = (read.first().map(|it| it.sequence), read.last().map(|it| it.sequence));
            places == (Some(chunk.first), Some(chunk.last)) && read.len() as u64 == chunk.messages
        });
        read.ok_or_else(|| {
            let path = self.content.path(chunk.hash);
            Error::Broken(format!("{} does not hold what its backup says", path.display()))
        })
    }
}
