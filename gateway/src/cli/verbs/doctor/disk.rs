//! Room on the disk, and how long it takes to have something on it.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use super::Check;
use crate::settings::Durability;

/// Below this the disk is called full, in bytes.
const SPACE_BYTES_MIN: u64 = 256 * 1024 * 1024;
/// Below this the disk is called nearly full, in bytes.
const SPACE_BYTES_LOW: u64 = 2 * 1024 * 1024 * 1024;
/// A sync that takes longer is called slow: every commit waits for one, in milliseconds.
const SYNC_MS_MAX: u64 = 25;
/// How often it is tried; the middle one counts.
const SYNCS: usize = 9;
/// Bytes that are written each time.
const SYNC_BYTES: usize = 4_096;

/// What the room in `place` is called.
pub fn space(place: &Path) -> Check {
    match nix::sys::statvfs::statvfs(place) {
        Ok(stat) => room(stat.blocks_available().saturating_mul(stat.fragment_size()), place),
        Err(error) => Check::doubtful("disk", format!("not known: {error}"), "look at it yourself"),
    }
}

fn room(free: u64, place: &Path) -> Check {
    let found = format!("{} MiB free", free / (1024 * 1024));
    let next = format!("du -xh -d 2 {} | sort -h | tail", place.display());
    if free < SPACE_BYTES_MIN {
        let remedy = "make room: the log cannot grow, and commands will be refused";
        Check::bad("disk", found, remedy).next(next)
    } else if free < SPACE_BYTES_LOW {
        Check::doubtful("disk", found, "make room soon").next(next)
    } else {
        Check::good("disk", found)
    }
}

/// How long a small file takes to be on the disk of `place`; nothing where that does not matter.
pub fn sync(place: &Path, durability: Durability) -> Option<Check> {
    (durability == Durability::Always).then_some(())?;
    match measured(place) {
        Ok(took) => Some(speed(took)),
        // Who may not write there is told so elsewhere.
        Err(_) => None,
    }
}

fn measured(place: &Path) -> std::io::Result<Duration> {
    let path = place.join(format!(".cambium-sync-{}", std::process::id()));
    let measure = || {
        let mut file = fs::File::create(&path)?;
        let mut took = Vec::with_capacity(SYNCS);
        for _ in 0..SYNCS {
            let begun = Instant::now();
            file.write_all(&[0; SYNC_BYTES])?;
            file.sync_data()?;
            took.push(begun.elapsed());
        }
        took.sort_unstable();
        Ok(took[SYNCS / 2])
    };
    let measured = measure();
    fs::remove_file(&path)?;
    measured
}

fn speed(took: Duration) -> Check {
    let found = format!("{}.{:03} ms for a sync", took.as_millis(), took.as_micros() % 1_000);
    if took > Duration::from_millis(SYNC_MS_MAX) {
        let remedy = "each commit waits for one: use a disk of its own, or one that is faster";
        return Check::doubtful("sync", found, remedy).next("cambium bench --only engine");
    }
    Check::good("sync", found)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::super::Verdict;
    use super::{room, speed, sync};
    use crate::settings::Durability;

    #[test]
    fn little_room_is_said_with_what_to_look_at() {
        let at = |mib: u64| room(mib * 1024 * 1024, Path::new("/data"));
        assert_eq!(at(100_000).verdict, Verdict::Good);
        assert_eq!(at(1_000).verdict, Verdict::Doubtful);
        assert_eq!(at(100).verdict, Verdict::Bad);
        assert!(at(100).next.is_some_and(|next| next.starts_with("du ")));
    }

    #[test]
    fn a_slow_disk_is_doubtful() {
        assert_eq!(speed(Duration::from_micros(300)).verdict, Verdict::Good);
        assert_eq!(speed(Duration::from_millis(40)).verdict, Verdict::Doubtful);
        let dir = tempfile::tempdir().unwrap();
        assert!(sync(dir.path(), Durability::Always).is_some());
        assert!(sync(dir.path(), Durability::Relaxed).is_none());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left");
    }
}
