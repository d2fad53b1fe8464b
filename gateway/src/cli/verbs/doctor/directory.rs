//! What the data directory tells.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::Check;
use crate::home::{GATEWAY_JSON, Home, NATS_JSON};

/// How far a file's time may be ahead of the clock, in milliseconds.
const CLOCK_AHEAD_MS_MAX: u64 = 5_000;

/// Whether the directory is there and can be written, or can be made.
pub fn usable(home: &Home) -> Check {
    let (name, shown) = ("data", home.dir().display());
    let (place, is_new) = nearest(home.dir());
    match tempfile_in(&place) {
        Ok(()) if is_new => Check::good(name, format!("{shown} will be made at the first start")),
        Ok(()) if home.is_ours() => Check::good(name, format!("{shown} can be written")),
        Ok(()) => Check::doubtful(
            name,
            format!("{shown} is there and holds nothing of ours yet"),
            "the first start fills it; name another with --data if that is not meant",
        ),
        Err(error) => unwritable(&place, &error),
    }
}

fn unwritable(place: &Path, error: &std::io::Error) -> Check {
    let remedy = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            let remedy = "make room: nothing can be stored until then";
            let next = format!("df -h {}", place.display());
            let found = format!("{} is full: {error}", place.display());
            return Check::bad("data", found, remedy).next(next);
        }
        ErrorKind::ReadOnlyFilesystem => "mount it for writing, or name another with --data",
        ErrorKind::PermissionDenied => "change its owner or mode, or name another with --data",
        _ => "mend the cause, or name another with --data",
    };
    let found = format!("{} cannot be written: {error}", place.display());
    Check::bad("data", found, remedy).next(format!("ls -ld {}", place.display()))
}

/// The directory itself, or the closest one above it that exists.
fn nearest(dir: &Path) -> (PathBuf, bool) {
    let existing = dir.ancestors().find(|dir| dir.is_dir());
    let place = existing.map_or_else(|| PathBuf::from("."), Path::to_owned);
    let is_new = place != dir;
    let place = if place.as_os_str().is_empty() { PathBuf::from(".") } else { place };
    (place, is_new)
}

/// Writes a file there and takes it away again.
fn tempfile_in(dir: &Path) -> std::io::Result<()> {
    let probe = dir.join(format!(".cambium-doctor-{}", std::process::id()));
    // Where there is no room the file is made, and stays empty.
    let written = fs::write(&probe, b"probe");
    let removed = fs::remove_file(probe);
    written.and(removed)
}

/// Whether only their owner may read the files that hold secrets: keys and addresses.
pub fn modes(home: &Home) -> Vec<Check> {
    let files = fs::read_dir(home.dir()).into_iter().flatten().flatten();
    let names = files.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<_> = names.filter(|name| is_secret(name)).collect();
    names.sort();
    let checks = names.into_iter().filter_map(|file| {
        let path = home.file(&file);
        let mode = fs::metadata(&path).ok()?.permissions().mode() & 0o777;
        Some(if mode & 0o077 == 0 {
            Check::good("private", format!("{file} is for its owner only"))
        } else {
            let found = format!("{file} has mode {mode:03o}: others can read it");
            Check::bad("private", found, "make it its owner's alone")
                .next(format!("chmod 600 {}", path.display()))
        })
    });
    checks.collect()
}

fn is_secret(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
    extension == Some("key") || [NATS_JSON, GATEWAY_JSON].contains(&name)
}

/// The directory itself, or the closest one above it: where the disk is.
pub fn place(home: &Home) -> PathBuf {
    nearest(home.dir()).0
}

/// Whether the clock runs behind what was already written here.
pub fn clock(home: &Home) -> Check {
    let now = SystemTime::now();
    let files = fs::read_dir(home.dir()).into_iter().flatten().flatten();
    let newest = files.filter_map(|entry| entry.metadata().ok()?.modified().ok()).max();
    let ahead = newest.and_then(|newest| newest.duration_since(now).ok()).unwrap_or_default();
    if ahead > Duration::from_millis(CLOCK_AHEAD_MS_MAX) {
        let found = format!("{} s behind files that were already written", ahead.as_secs());
        return Check::bad("clock", found, "set the clock, best by NTP: commits carry its time")
            .next("timedatectl status");
    }
    let found = millis(now).map_or_else(
        || "before 1970".to_owned(),
        |ms| contracts::Timestamp::from_millis(ms).to_string(),
    );
    Check::good("clock", found)
}

fn millis(time: SystemTime) -> Option<i64> {
    i64::try_from(time.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::{Duration, SystemTime};

    use super::super::Verdict;
    use super::{clock, modes, unwritable, usable};
    use crate::home::Home;

    #[test]
    fn a_key_that_others_can_read_is_bad() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path());
        home.write_private("admin.key", b"k").unwrap();
        assert_eq!(modes(&home)[0].verdict, Verdict::Good);
        let open = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(home.file("admin.key"), open).unwrap();
        let check = &modes(&home)[0];
        assert_eq!(check.verdict, Verdict::Bad);
        assert!(check.next.as_ref().unwrap().starts_with("chmod 600 "));
    }

    #[test]
    fn a_clock_that_ran_back_is_bad() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path());
        home.write_private("admin.key", b"k").unwrap();
        assert_eq!(clock(&home).verdict, Verdict::Good);
        let file = std::fs::File::options().write(true).open(home.file("admin.key")).unwrap();
        file.set_modified(SystemTime::now() + Duration::from_secs(3_600)).unwrap();
        assert_eq!(clock(&home).verdict, Verdict::Bad);
    }

    #[test]
    fn what_is_told_to_do_about_a_directory_fits_why_it_cannot_be_written() {
        for (errno, found, remedy) in [
            (nix::errno::Errno::ENOSPC, "/data is full", "make room"),
            (nix::errno::Errno::EDQUOT, "/data is full", "make room"),
            (nix::errno::Errno::EROFS, "/data cannot be written", "mount it"),
            (nix::errno::Errno::EACCES, "/data cannot be written", "change its owner"),
        ] {
            let check = unwritable(std::path::Path::new("/data"), &errno.into());
            assert_eq!(check.verdict, Verdict::Bad);
            let told = check.remedy.as_deref().unwrap_or_default();
            assert!(check.found.starts_with(found) && told.starts_with(remedy), "{check:?}");
        }
    }

    #[test]
    fn a_directory_that_can_be_made_is_good_and_a_file_in_its_place_bad() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(usable(&Home::new(dir.path().join("a/b"))).verdict, Verdict::Good);
        assert_eq!(usable(&Home::new(dir.path())).verdict, Verdict::Doubtful);
    }
}
