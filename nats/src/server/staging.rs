//! Where the server keeps the messages of a batch until all of them are there: in memory.
//!
//! A server with one replica stages each atomic batch in a folder of its own below the stream's,
//! whose files it makes, syncs and removes; at 64 commands at a time that is two fifths of a round.
//! Nothing is ever read from there after a start, which removes what it finds, so the disk has
//! nothing to gain by it. The folder is made a link into a file system in memory instead.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::mend::room;
use super::remnants::list;
use crate::streams::{COMMANDS, EVENTS};

/// What the names of our folders in memory begin with.
const PREFIX: &str = "cambium-";

/// The folder of a stream in which the server stages its batches.
const BATCHES: &str = "batches";

/// The file in each of our folders that whoever uses it has locked.
const LOCK: &str = "lock";

/// A younger folder may just be made, and its lock not be taken yet.
const BEING_MADE: Duration = Duration::from_secs(60);

/// How often, and after which pauses, a folder that is in use is tried again.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(10);

/// How often the room in memory is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// A folder in memory, removed when this is dropped.
pub struct Staging {
    folder: PathBuf,
    store: PathBuf,
    memory: PathBuf,
    room_min: u64,
    is_linked: AtomicBool,
    _lock: File,
}

impl Staging {
    /// A folder below `memory` for the server that stores in `store`; `None` where there is no
    /// file system in memory with `room_min` bytes of room. Removes what killed programs have left.
    pub fn open(store: PathBuf, memory: &Path, room_min: u64) -> Option<Self> {
        if !is_in_memory(memory) {
            return None;
        }
        sweep(memory);
        if !has_room(memory, room_min) {
            return None;
        }
        let folder = memory.join(format!("{PREFIX}{:08x}{:016x}", std::process::id(), nanos()));
        match make(&folder) {
            Ok(lock) => {
                let (memory, is_linked) = (memory.to_path_buf(), AtomicBool::new(false));
                Some(Self { folder, store, memory, room_min, is_linked, _lock: lock })
            }
            Err(error) => {
                tracing::debug!(%error, folder = %folder.display(), "server.staging_on_disk");
                let _ = fs::remove_dir_all(&folder);
                None
            }
        }
    }

    /// Lets the server stage on the disk while there is too little room in memory. Others fill it,
    /// too. Never ends.
    pub async fn watch(&self) {
        loop {
            tokio::time::sleep(LOOK).await;
            let is_linked = self.is_linked.load(Ordering::Relaxed);
            if is_linked && !has_room(&self.memory, self.room_min) {
                tracing::warn!(memory = %self.memory.display(), "server.no_room_in_memory");
                self.unlink();
            } else if !is_linked && has_room(&self.memory, self.room_min.saturating_mul(2)) {
                self.link().await;
            }
        }
    }

    /// Removes the links; where one was, the server makes a folder with its next batch.
    fn unlink(&self) {
        self.is_linked.store(false, Ordering::Relaxed);
        for batches in [EVENTS, COMMANDS].iter().flat_map(|it| self.batches(it)).flatten() {
            if fs::symlink_metadata(&batches).is_ok_and(|found| found.is_symlink()) {
                let _ = fs::remove_file(batches);
            }
        }
    }

    /// Where the server stages the batches of a stream, in each account that has it.
    fn batches(&self, stream: &str) -> io::Result<Vec<PathBuf>> {
        let accounts = list(&self.store.join("jetstream"))?.into_iter();
        let folders = accounts.map(|account| account.path().join("streams").join(stream));
        Ok(folders.filter(|folder| folder.is_dir()).map(|it| it.join(BATCHES)).collect())
    }

    /// Links the folders in which our streams stage their batches. To be repeated after each start
    /// of the server, which removes the links, and once the streams have been made. Whether it
    /// could be done.
    pub async fn link(&self) -> bool {
        if !has_room(&self.memory, self.room_min) {
            self.unlink();
            return false;
        }
        for stream in [EVENTS, COMMANDS] {
            let mut attempt = 1;
            while let Err(error) = self.link_stream(stream) {
                if attempt == ATTEMPTS {
                    tracing::warn!(stream, %error, "server.staging_on_disk");
                    return false;
                }
                // A batch is on its way: the next moment there is none.
                attempt += 1;
                tokio::time::sleep(PAUSE).await;
            }
        }
        self.is_linked.store(true, Ordering::Relaxed);
        true
    }

    fn link_stream(&self, stream: &str) -> io::Result<()> {
        let target = self.folder.join(stream);
        for batches in self.batches(stream)? {
            match fs::symlink_metadata(&batches) {
                Ok(found) if found.is_symlink() => fs::remove_file(&batches)?,
                // Fails when there is something in it.
                Ok(_) => fs::remove_dir(&batches)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
            DirBuilder::new().recursive(true).mode(0o700).create(&target)?;
            symlink(&target, &batches)?;
        }
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn has_room(memory: &Path, bytes: u64) -> bool {
    room(memory).is_ok_and(|room| room >= bytes)
}

/// Makes a folder, which must not exist: whoever else may write there could have put it in our way.
fn make(folder: &Path) -> io::Result<File> {
    DirBuilder::new().mode(0o700).create(folder)?;
    let lock = File::create_new(folder.join(LOCK))?;
    lock.try_lock()?;
    Ok(lock)
}

/// Removes our folders that nobody uses any more: those of programs that were killed.
fn sweep(memory: &Path) {
    for entry in list(memory).unwrap_or_default() {
        let folder = entry.path();
        if entry.file_name().to_string_lossy().starts_with(PREFIX) && is_left(&folder) {
            let _ = fs::remove_dir_all(&folder);
        }
    }
}

fn is_left(folder: &Path) -> bool {
    let made = fs::symlink_metadata(folder).and_then(|found| found.modified());
    let is_old = made.is_ok_and(|made| made.elapsed().is_ok_and(|age| age > BEING_MADE));
    is_old && File::open(folder.join(LOCK)).map_or(true, |lock| lock.try_lock().is_ok())
}

/// Whether `folder` is where a file system in memory is mounted.
pub(super) fn is_in_memory(folder: &Path) -> bool {
    let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
    let mut mounts = mounts.lines().map(|line| line.split(' '));
    mounts.any(|mut it| {
        let (_, at, system) = (it.next(), it.next(), it.next());
        at.is_some_and(|at| Path::new(at) == folder) && system == Some("tmpfs")
    })
}

/// Tells two starts of one process apart.
fn nanos() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::time::SystemTime;

    use super::{BATCHES, BEING_MADE, LOCK, Staging};
    use crate::streams::{COMMANDS, EVENTS};

    const MEMORY: &str = "/dev/shm";

    fn open(dir: &Path) -> Option<Staging> {
        Staging::open(dir.join("store"), Path::new(MEMORY), 1)
    }

    #[tokio::test]
    async fn batches_of_our_streams_are_staged_in_memory() {
        let dir = tempfile::tempdir().unwrap();
        let streams = dir.path().join("store/jetstream/CAMBIUM/streams");
        for stream in [EVENTS, COMMANDS, "OTHER"] {
            fs::create_dir_all(streams.join(stream).join(BATCHES)).unwrap();
        }
        let Some(staging) = open(dir.path()) else {
            assert!(!super::is_in_memory(Path::new(MEMORY)), "there is a file system in memory");
            return;
        };
        // As after a start that has removed the links, and after one that has not.
        for _ in 0..2 {
            assert!(staging.link().await);
            for stream in [EVENTS, COMMANDS] {
                let batches = fs::read_link(streams.join(stream).join(BATCHES)).unwrap();
                assert!(batches.starts_with(MEMORY) && batches.is_dir(), "{batches:?}");
            }
        }
        assert!(fs::read_link(streams.join("OTHER").join(BATCHES)).is_err());
        let folder = fs::read_link(streams.join(EVENTS).join(BATCHES)).unwrap();
        let folder = folder.parent().unwrap().to_path_buf();
        // What is staged just now stays where it is.
        let busy = streams.join(EVENTS).join(BATCHES);
        fs::remove_file(&busy).unwrap();
        fs::create_dir_all(busy.join("one")).unwrap();
        assert!(!staging.link().await);
        assert!(busy.join("one").is_dir() && fs::read_link(&busy).is_err());
        drop(staging);
        assert!(!folder.exists());
    }

    #[test]
    fn what_a_killed_program_left_in_memory_is_removed_by_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let Some(used) = open(dir.path()) else { return };
        // A kill lets go of the lock, and of nothing else.
        let killed = open(dir.path()).unwrap();
        let Staging { folder: left, _lock: lock, .. } = &killed;
        lock.unlock().unwrap();
        let before = open(dir.path()).unwrap();
        assert!(left.exists(), "it may just be made");
        let long_ago = SystemTime::now() - 2 * BEING_MADE;
        for folder in [left, &used.folder] {
            fs::File::open(folder).unwrap().set_modified(long_ago).unwrap();
        }
        let next = open(dir.path()).unwrap();
        assert!(!left.exists());
        for staging in [&used, &before, &next] {
            assert!(staging.folder.join(LOCK).exists());
        }
    }

    #[tokio::test]
    async fn what_has_too_little_room_is_staged_on_disk_until_there_is_room_again() {
        let dir = tempfile::tempdir().unwrap();
        let batches = dir.path().join("store/jetstream/CAMBIUM/streams/EVENTS/batches");
        fs::create_dir_all(batches.parent().unwrap()).unwrap();
        let Some(mut staging) = open(dir.path()) else { return };
        assert!(staging.link().await && fs::read_link(&batches).is_ok());
        for (room_min, is_linked) in [(u64::MAX, false), (1, true)] {
            staging.room_min = room_min;
            let seen = async {
                while fs::read_link(&batches).is_ok() != is_linked {
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                }
            };
            tokio::select! {
                () = staging.watch() => {}
                () = seen => {}
            }
        }
    }

    #[test]
    fn without_room_in_memory_batches_are_staged_on_disk() {
        let dir = tempfile::tempdir().unwrap();
        let store = dir.path().join("store");
        assert!(Staging::open(store.clone(), Path::new(MEMORY), u64::MAX).is_none());
        assert!(Staging::open(store, dir.path(), 1).is_none(), "it is on a disk");
    }
}
