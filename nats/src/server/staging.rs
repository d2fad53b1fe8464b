//! Where the server keeps the messages of a batch until all of them are there: in memory.
//!
//! A server with one replica stages each atomic batch in a folder of its own below the stream's,
//! whose files it makes, syncs and removes; at 64 commands at a time that is two fifths of a round.
//! Nothing is ever read from there after a start, which removes what it finds, so the disk has
//! nothing to gain by it. The folder is made a link into a file system in memory instead.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::mend::room;
use crate::streams::{COMMANDS, EVENTS};

/// What the names of our folders in memory begin with.
const PREFIX: &str = "cambium-";

/// The folder of a stream in which the server stages its batches.
const BATCHES: &str = "batches";

/// The link in the server's directory that tells where its folder in memory is, so that a start
/// after a crash can remove it.
const LINK: &str = "staging";

/// How often, and after which pauses, a folder that is in use is tried again.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(10);

/// A folder in memory, removed when this is dropped.
pub struct Staging {
    folder: PathBuf,
    store: PathBuf,
    link: PathBuf,
}

impl Staging {
    /// A folder below `memory` for the server in `dir`, which stores in `store`; `None` where
    /// there is no file system in memory with `room_min` bytes of room. Removes what a server in
    /// `dir` that was killed has left there.
    pub fn open(dir: &Path, store: PathBuf, memory: &Path, room_min: u64) -> Option<Self> {
        let link = dir.join(LINK);
        remove_old(&link, memory);
        if !is_in_memory(memory) || room(memory).is_ok_and(|room| room < room_min) {
            return None;
        }
        let folder = memory.join(format!("{PREFIX}{:08x}{:016x}", std::process::id(), nanos()));
        // It must not exist: whoever else may write there could have put it in our way.
        let made = DirBuilder::new().mode(0o700).create(&folder);
        match made.and_then(|()| symlink(&folder, &link)) {
            Ok(()) => Some(Self { folder, store, link }),
            Err(error) => {
                tracing::debug!(%error, folder = %folder.display(), "server.staging_on_disk");
                let _ = fs::remove_dir(&folder);
                None
            }
        }
    }

    /// Links the folders in which our streams stage their batches. To be repeated after each start
    /// of the server, which removes the links, and once the streams have been made. Whether it
    /// could be done.
    pub async fn link(&self) -> bool {
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
        true
    }

    fn link_stream(&self, stream: &str) -> io::Result<()> {
        let target = self.folder.join(stream);
        for account in folders(&self.store.join("jetstream"))? {
            let folder = account.join("streams").join(stream);
            if !folder.is_dir() {
                continue;
            }
            let batches = folder.join(BATCHES);
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
        let _ = fs::remove_file(&self.link);
    }
}

/// Removes the folder that `link` leads to, when it is one of ours below `memory`.
fn remove_old(link: &Path, memory: &Path) {
    let Ok(target) = fs::read_link(link) else { return };
    let ours = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with(PREFIX);
    if target.parent() == Some(memory) && target.file_name().is_some_and(ours) {
        let _ = fs::remove_dir_all(&target);
    }
    let _ = fs::remove_file(link);
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

fn folders(of: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(of) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        listed => listed?.map(|entry| entry.map(|entry| entry.path())).collect(),
    }
}

/// Tells two starts of one process apart.
fn nanos() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{BATCHES, LINK, Staging};
    use crate::streams::{COMMANDS, EVENTS};

    const MEMORY: &str = "/dev/shm";

    fn open(dir: &Path) -> Option<Staging> {
        Staging::open(dir, dir.join("store"), Path::new(MEMORY), 1)
    }

    #[tokio::test]
    async fn batches_of_our_streams_are_staged_in_memory() {
        let dir = tempfile::tempdir().unwrap();
        let streams = dir.path().join("store/jetstream/$G/streams");
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
        let folder = fs::read_link(dir.path().join(LINK)).unwrap();
        // What is staged just now stays where it is.
        let busy = streams.join(EVENTS).join(BATCHES);
        fs::remove_file(&busy).unwrap();
        fs::create_dir_all(busy.join("one")).unwrap();
        assert!(!staging.link().await);
        assert!(busy.join("one").is_dir() && fs::read_link(&busy).is_err());
        drop(staging);
        assert!(!folder.exists() && fs::symlink_metadata(dir.path().join(LINK)).is_err());
    }

    #[test]
    fn what_a_killed_server_left_in_memory_is_removed_at_the_next_start() {
        let dir = tempfile::tempdir().unwrap();
        let Some(killed) = open(dir.path()) else { return };
        let left = fs::read_link(dir.path().join(LINK)).unwrap();
        std::mem::forget(killed);
        let next = open(dir.path()).unwrap();
        assert!(!left.exists());
        drop(next);
        // A link to elsewhere was not made by us, and what it leads to stays.
        let other = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(other.path(), dir.path().join(LINK)).unwrap();
        drop(open(dir.path()));
        assert!(other.path().is_dir());
    }

    #[test]
    fn without_room_in_memory_batches_are_staged_on_disk() {
        let dir = tempfile::tempdir().unwrap();
        let store = dir.path().join("store");
        assert!(Staging::open(dir.path(), store.clone(), Path::new(MEMORY), u64::MAX).is_none());
        assert!(Staging::open(dir.path(), store, dir.path(), 1).is_none(), "it is on a disk");
    }
}
