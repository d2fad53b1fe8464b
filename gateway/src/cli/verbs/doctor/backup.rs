//! How old the last backup is.

use contracts::Timestamp;

use super::Check;
use crate::backup::Directory;
use crate::cli::verbs::backup::Last;
use crate::home::{BACKUP_JSON, Home};

const NAME: &str = "backup";

/// A backup that is older is called old, in hours.
const AGE_HOURS_MAX: i64 = 7 * 24;

/// What is looked at where a program has run: before the first start there is nothing to lose.
pub fn check(home: &Home, now: Timestamp) -> Option<Check> {
    if !home.is_ours() {
        return None;
    }
    let next = "cambium admin backup DIR";
    let text = std::fs::read(home.file(BACKUP_JSON)).unwrap_or_default();
    let Ok(last) = contracts::read::from_slice::<Last>(&text) else {
        let remedy = "make one: docs/operate/backup.md";
        return Some(Check::doubtful(NAME, "there has never been one", remedy).next(next));
    };
    let Last { dir, number, begun_at } = last;
    let shown = dir.display();
    if let Err(error) = Directory::read(&dir).manifest(number) {
        let found = format!("backup {number} in {shown}: {error}");
        let remedy = "bring the directory back, or begin another one";
        return Some(Check::bad(NAME, found, remedy).next(next));
    }
    let hours = (now.as_millis() - begun_at.as_millis()) / 3_600_000;
    let found = format!("backup {number} in {shown}, {hours} hours old");
    let next = format!("cambium admin backup {shown}");
    Some(if hours > AGE_HOURS_MAX {
        Check::doubtful(NAME, found, "make another one; it copies only what is new").next(next)
    } else {
        Check::good(NAME, found)
    })
}

#[cfg(test)]
mod tests {
    use contracts::Timestamp;

    use super::super::Verdict;
    use super::check;
    use crate::home::{ADMIN_KEY, BACKUP_JSON, Home};

    #[test]
    fn a_directory_that_was_never_backed_up_is_doubtful_and_a_lost_backup_bad() {
        let dir = tempfile::tempdir().unwrap();
        let (home, now) = (Home::new(dir.path()), Timestamp::from_millis(0));
        assert_eq!(check(&home, now), None);
        home.write_private(ADMIN_KEY, b"k").unwrap();
        let never = check(&home, now).unwrap();
        assert_eq!(never.verdict, Verdict::Doubtful);
        assert_eq!(never.next.as_deref(), Some("cambium admin backup DIR"));
        let text = r#"{"dir":"/nowhere","number":1,"begun_at":"2026-01-01T00:00:00.000Z"}"#;
        home.write_private(BACKUP_JSON, text.as_bytes()).unwrap();
        assert_eq!(check(&home, now).unwrap().verdict, Verdict::Bad);
    }
}
