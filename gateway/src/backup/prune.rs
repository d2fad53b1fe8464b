use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use contracts::{Hash, Timestamp};

use super::check::{Checked, files, linked};
use super::{Directory, Error, Manifest, Tell};

/// A day, in milliseconds. Days are those of UTC.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Which backups stay. Each rule keeps some, the last one always stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rules {
    /// So many of the last ones.
    pub last: usize,
    /// The last of each of so many days that have any, from the latest day back.
    pub daily: usize,
    /// The last of each of so many weeks that have any, weeks beginning on Monday.
    pub weekly: usize,
}

/// What was thrown away, or would be.
#[derive(Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Pruned {
    /// The backups that stay.
    pub kept: Vec<u64>,
    /// Those that went.
    pub pruned: Vec<u64>,
    /// How many files went that no backup names any more.
    pub files: u64,
    /// How many bytes they had.
    pub bytes: u64,
}

impl Rules {
    /// The numbers of those of `made` that stay: numbers with when each was begun, in order.
    fn kept(self, made: &[(u64, Timestamp)]) -> BTreeSet<u64> {
        let day = |at: Timestamp| at.as_millis().div_euclid(DAY_MS);
        // The first day of 1970 was a Thursday.
        let week = |at: Timestamp| (day(at) + 3).div_euclid(7);
        let mut kept: BTreeSet<u64> = made.last().map(|(number, _)| *number).into_iter().collect();
        kept.extend(made.iter().rev().take(self.last).map(|(number, _)| *number));
        kept.extend(last_of_each(made, self.daily, day));
        kept.extend(last_of_each(made, self.weekly, week));
        kept
    }
}

/// The last backup of each of the latest `count` spans that have any.
fn last_of_each(
    made: &[(u64, Timestamp)],
    count: usize,
    span: impl Fn(Timestamp) -> i64,
) -> Vec<u64> {
    let (mut spans, mut kept) = (BTreeSet::new(), Vec::new());
    for (number, at) in made.iter().rev() {
        if spans.len() < count && spans.insert(span(*at)) {
            kept.push(*number);
        }
    }
    kept
}

/// Throws the backups away that no rule keeps, and the files that only they name. What stays is
/// looked at first, file by file, so that nothing goes while something is wrong with the rest; a
/// backup that is not whole yet keeps what it has. With `dry` nothing goes.
///
/// Whatever ends it early, the same command goes on.
///
/// # Errors
/// [`Error::Broken`] when a backup or a file that stays is not what it was, [`Error::None`] when
/// there is no backup.
pub fn prune(
    directory: &Directory,
    rules: Rules,
    dry: bool,
    tell: Tell<'_>,
) -> Result<Pruned, Error> {
    let numbers = directory.numbers()?;
    let all = numbers.into_iter().map(|number| directory.manifest(number));
    let all: Vec<Manifest> = all.collect::<Result<_, _>>()?;
    if all.is_empty() {
        return Err(Error::None("there is no backup".to_owned()));
    }
    for pair in all.windows(2) {
        if !linked(directory, &pair[0], &pair[1]) {
            let number = pair[1].number;
            return Err(Error::Broken(format!("backup {number} names another one before it")));
        }
    }
    let made: Vec<_> = all.iter().map(|manifest| (manifest.number, manifest.begun_at)).collect();
    let stays = rules.kept(&made);
    let (kept, gone): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|manifest| stays.contains(&manifest.number));
    let named = whole(directory, &kept, tell)?;
    let number = |manifest: &Manifest| manifest.number;
    let mut pruned = Pruned {
        kept: kept.iter().map(number).collect(),
        pruned: gone.iter().map(number).collect(),
        ..Pruned::default()
    };
    if !dry {
        // A mark first, then the backup, then its files: who comes to a half finds marks without
        // gaps, and files that nobody names.
        gone.iter().try_for_each(|manifest| directory.drop_backup(manifest))?;
        directory.forget_marks_before(pruned.kept.first().copied().unwrap_or_default())?;
    }
    for (path, bytes) in unnamed(directory, &named)? {
        if !dry {
            fs::remove_file(&path).map_err(Error::at(&path))?;
        }
        pruned.files += 1;
        pruned.bytes += bytes;
    }
    Ok(pruned)
}

/// The files that stay: each there, with its hash.
fn whole(
    directory: &Directory,
    kept: &[Manifest],
    tell: Tell<'_>,
) -> Result<BTreeSet<Hash>, Error> {
    let (mut named, mut checked) = (BTreeSet::new(), Checked::default());
    for manifest in kept {
        files(directory, manifest, &mut named, &mut checked)?;
        if let Some(fault) = checked.faults.pop() {
            return Err(Error::Broken(fault));
        }
        tell(&format!("backup {}, {} MB", manifest.number, checked.bytes / 1_000_000));
    }
    let last = kept.last().map_or(0, |manifest| manifest.number);
    let begun = directory.unfinished(last).into_iter().flat_map(|part| part.chunks);
    named.extend(begun.map(|chunk| chunk.hash));
    Ok(named)
}

/// The files of the directory that are not among `named`, with their bytes; those that were being
/// written when somebody was killed are among them.
fn unnamed(directory: &Directory, named: &BTreeSet<Hash>) -> Result<Vec<(PathBuf, u64)>, Error> {
    let root = directory.content.root();
    let mut found = Vec::new();
    for folder in listed(root)? {
        for path in listed(&folder)? {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let half = path.extension().is_some_and(|it| it == "new");
            let hash = name.parse::<Hash>().ok();
            if half || hash.is_some_and(|hash| !named.contains(&hash)) {
                let bytes = fs::metadata(&path).map_err(Error::at(&path))?.len();
                found.push((path, bytes));
            }
        }
    }
    Ok(found)
}

/// What is in a folder, in order; nothing where there is none.
fn listed(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder).map_err(Error::at(folder))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort_unstable();
    Ok(paths)
}

#[cfg(test)]
mod tests;
