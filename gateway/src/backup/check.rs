use std::collections::BTreeSet;

use contracts::Hash;
use contracts::tree::SignedTreeHead;
use nats::copy::Section;

use super::{Directory, Error, Manifest, Tell};
use crate::cli::verbs::verify::{Checker, Read};
use crate::tree_key;

/// What a look at a directory of backups came to.
#[derive(Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Checked {
    /// How many backups.
    pub backups: u64,
    /// How many files, each with its hash.
    pub files: u64,
    /// How many bytes they have.
    pub bytes: u64,
    /// How many actors the last backup has.
    pub actors: u64,
    /// How many commits, each in its chain.
    pub commits: u64,
    /// How many tree heads, each signed and linked to the one before it.
    pub tree_heads: u64,
    /// What is wrong.
    pub faults: Vec<String>,
}

/// Looks at everything: the seals, each file's hash, every actor's chain, and whether the last tree
/// head is what the log comes to. Needs nothing but the directory.
///
/// # Errors
/// When there is no backup, one is of a newer program, or the directory cannot be read.
pub fn check(directory: &Directory, tell: Tell<'_>) -> Result<Checked, Error> {
    let numbers = directory.numbers()?;
    if numbers.is_empty() {
        return Err(Error::None("there is no backup".to_owned()));
    }
    let (mut checked, mut seen, mut former) = (Checked::default(), BTreeSet::new(), None);
    for number in numbers {
        checked.backups += 1;
        let manifest = match directory.manifest(number) {
            Ok(manifest) => manifest,
            Err(error @ (Error::Broken(_) | Error::None(_))) => {
                checked.faults.push(error.to_string());
                former = None;
                continue;
            }
            Err(error) => return Err(error),
        };
        if let Some(former) = &former {
            follows(directory, former, &manifest, &mut checked.faults);
        }
        files(directory, &manifest, &mut seen, &mut checked)?;
        tell(&format!("{} backups, {} MB", checked.backups, checked.bytes / 1_000_000));
        former = Some(manifest);
    }
    if let Some(last) = former.filter(|_| checked.faults.is_empty()) {
        log(directory, &last, &mut checked, tell)?;
    }
    Ok(checked)
}

/// Whether a backup names `former` before it, over the marks of those that were thrown away in
/// between.
pub(super) fn linked(directory: &Directory, former: &Manifest, manifest: &Manifest) -> bool {
    let mut before = manifest.before;
    for number in (former.number + 1..manifest.number).rev() {
        match directory.mark(number).filter(|mark| mark.seal == before) {
            Some(mark) => before = mark.before,
            None => return false,
        }
    }
    before == former.seal()
}

/// Whether a backup goes on behind the one before it.
fn follows(
    directory: &Directory,
    former: &Manifest,
    manifest: &Manifest,
    faults: &mut Vec<String>,
) {
    let number = manifest.number;
    if !linked(directory, former, manifest) {
        faults.push(format!("backup {number} names another one before it"));
    }
    for section in Section::ALL.into_iter().filter(|section| section.only_grows()) {
        let chunks =
            |of: &Manifest| of.part(section).map(|part| part.chunks.clone()).unwrap_or_default();
        if !chunks(manifest).starts_with(&chunks(former)) {
            faults.push(format!("backup {number} leaves out what the one before it had"));
        }
    }
}

/// The hash of each file that a backup names and that was not looked at yet.
pub(super) fn files(
    directory: &Directory,
    manifest: &Manifest,
    seen: &mut BTreeSet<Hash>,
    checked: &mut Checked,
) -> Result<(), Error> {
    let chunks = manifest.parts.iter().flat_map(|part| &part.chunks).map(|chunk| chunk.hash);
    let keys = manifest.keys.iter().filter_map(|key| key.file);
    let mut named: Vec<Hash> = chunks.chain(keys).collect();
    for index in &manifest.blobs.index {
        named.push(*index);
        if let Ok(lines) = directory.content.get(*index) {
            named.extend(blob_lines(&lines).map(|(_, hash)| hash));
        }
    }
    for hash in named {
        if !seen.insert(hash) {
            continue;
        }
        match directory.content.get(hash) {
            Ok(bytes) => {
                checked.files += 1;
                checked.bytes += bytes.len() as u64;
            }
            Err(Error::Broken(fault)) => checked.faults.push(fault),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The chains of the log and its tree heads.
fn log(
    directory: &Directory,
    manifest: &Manifest,
    checked: &mut Checked,
    tell: Tell<'_>,
) -> Result<(), Error> {
    let heads = heads(directory, manifest, &mut checked.faults)?;
    checked.tree_heads = heads.len() as u64;
    let last = heads.iter().rfind(|signed| signed.head.cursor <= manifest.log.until);
    let mut checker =
        last.map_or_else(Checker::default, |signed| Checker::with_tree(signed.head.cursor));
    let chunks = manifest.part(Section::Events).map(|part| &part.chunks[..]);
    let mut after = 0;
    for chunk in chunks.unwrap_or_default() {
        if chunk.first <= after {
            checked.faults.push(format!("a chunk begins at {}, behind {after}", chunk.first));
        }
        after = chunk.last;
        let messages = directory.messages(chunk)?;
        for stored in messages.iter().filter_map(nats::copy::Kept::stored) {
            checker.take(&[], Read::stored(stored));
        }
        tell(&format!("log: {after} of {}", manifest.log.until));
    }
    if let Some(signed) = last
        && checker.root() != Some(signed.head.root)
    {
        let number = signed.head.number;
        checked.faults.push(format!("the log does not come to the root of tree head {number}"));
    }
    let report = checker.finish();
    (checked.actors, checked.commits) = (report.actors, report.commits);
    checked.faults.extend(report.broken.iter().map(ToString::to_string));
    Ok(())
}

/// The tree heads of a backup, in order: signed, and each linked to the one before it.
fn heads(
    directory: &Directory,
    manifest: &Manifest,
    faults: &mut Vec<String>,
) -> Result<Vec<SignedTreeHead>, Error> {
    let mut heads = Vec::<SignedTreeHead>::new();
    let chunks = manifest.part(Section::Trees).map(|part| &part.chunks[..]);
    for chunk in chunks.unwrap_or_default() {
        heads.extend(directory.messages(chunk)?.iter().filter_map(nats::copy::Kept::tree_head));
    }
    heads.sort_by_key(|signed| signed.head.number);
    for (at, signed) in heads.iter().enumerate() {
        let number = signed.head.number;
        if let Some(fault) = tree_key::fault(signed, &signed.public_key) {
            faults.push(format!("tree head {number}: {fault}"));
        }
        let before = at.checked_sub(1).and_then(|at| heads.get(at));
        if before.is_some_and(|before| before.hash != signed.head.prev) {
            faults.push(format!("tree head {number} names another one before it"));
        }
    }
    Ok(heads)
}

/// What an index of large contents says: whose, and which.
pub(super) fn blob_lines(index: &[u8]) -> impl Iterator<Item = (contracts::Tenant, Hash)> + '_ {
    index.split(|byte| *byte == b'\n').filter_map(|line| {
        let (tenant, hash) = std::str::from_utf8(line).ok()?.split_once(' ')?;
        Some((tenant.parse().ok()?, hash.parse().ok()?))
    })
}
