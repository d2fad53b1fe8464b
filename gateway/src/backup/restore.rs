use std::collections::BTreeSet;

use bytes::Bytes;
use contracts::Cursor;
use nats::copy::{Kept, Section, WRITE_MESSAGES, Writer};

use super::check::blob_lines;
use super::{Chosen, Directory, Error, Manifest, Tell, keys};

/// What a restore does with what it brings.
#[derive(Debug)]
pub struct Plan {
    /// What is restored.
    pub chosen: Chosen,
    /// Whether nothing that the restored commits asked of the world is asked again.
    pub muted: bool,
}

/// What a restore has brought.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Filled {
    /// The last place of the log.
    pub until: Cursor,
    /// Messages of the log.
    pub events: u64,
    /// Commands that wait.
    pub commands: u64,
    /// Records of the audit trail.
    pub audit: u64,
    /// Letters that were put aside.
    pub dead: u64,
    /// Sealed secrets, keys of persons, tickets.
    pub sealed: u64,
    /// Large contents.
    pub blobs: u64,
}

impl Plan {
    /// Where the first message of each section that keeps places comes to stand.
    #[must_use]
    pub fn firsts(&self) -> Vec<(Section, u64)> {
        let kept = Section::ALL.into_iter().filter(|section| section.keeps_places());
        let first = |section| {
            let part = self.chosen.manifest.part(section)?;
            let first = part.chunks.first().map_or(part.last + 1, |chunk| chunk.first);
            Some((section, first))
        };
        kept.filter_map(first).collect()
    }

    /// Whether a message is restored.
    fn has(&self, section: Section, kept: &Kept) -> bool {
        let in_time = self.chosen.until_ns.is_none_or(|until_ns| kept.stored_ns <= until_ns);
        match section {
            Section::Events => kept.sequence <= self.chosen.until.0,
            Section::Audit | Section::Dead | Section::Commands => in_time,
            // A head over commits that are not restored would be over others soon.
            Section::Trees => {
                let head = kept.tree_head();
                head.is_some_and(|signed| signed.head.cursor <= self.chosen.until)
            }
            // What lies sealed is of use only to what names it.
            Section::Secrets | Section::SubjectKeys | Section::Tickets => true,
        }
    }
}

/// The key files that belong to what is restored.
///
/// # Errors
/// [`Error::OtherKey`] for keys of another system, [`Error::None`] when the backup holds none.
pub fn key_files(
    directory: &Directory,
    manifest: &Manifest,
    given: Option<&super::Keys>,
    with_keys: bool,
) -> Result<Vec<(&'static str, Vec<u8>)>, Error> {
    let found = match given {
        Some(given) => given.found()?,
        None if with_keys => keys::kept(manifest, &directory.content)?,
        None => Vec::new(),
    };
    keys::same(manifest, &found)?;
    Ok(found)
}

/// Fills the broker of `writer`, which is empty.
///
/// # Errors
/// [`Error::Broken`] when a file of the backup is not what it was, [`Error::Refused`] when the
/// broker does not take what is written.
pub async fn fill(
    directory: &Directory,
    writer: &Writer,
    plan: &Plan,
    tell: Tell<'_>,
) -> Result<Filled, Error> {
    let mut filled = Filled { until: plan.chosen.until, ..Filled::default() };
    // A person's key that a later backup no longer has was destroyed on demand: it stays so.
    let erased = erased(directory, &plan.chosen.manifest)?;
    for section in Section::ALL {
        let Some(part) = plan.chosen.manifest.part(section) else { continue };
        let first = part.chunks.first().map_or(part.last + 1, |chunk| chunk.first);
        let (mut next, mut count) = (first, 0);
        for chunk in &part.chunks {
            let mut messages = directory.messages(chunk)?;
            messages.retain(|kept| plan.has(section, kept) && !erased.contains(&kept.subject));
            if plan.muted && section == Section::Events {
                messages.iter_mut().for_each(Kept::mute);
            }
            count += messages.len() as u64;
            if section.keeps_places() {
                next = writer.place(section, next, messages).await?;
            } else {
                for some in messages.chunks(WRITE_MESSAGES) {
                    writer.add(section, some).await?;
                }
            }
            tell(&format!("{section:?}: {count} messages"));
        }
        if section.keeps_places() {
            let last = if section == Section::Events { next - 1 } else { part.last };
            writer.close(section, next, last).await?;
        }
        match section {
            Section::Events => filled.events = count,
            Section::Commands => filled.commands = count,
            Section::Audit => filled.audit = count,
            Section::Dead => filled.dead = count,
            Section::Trees => {}
            Section::Secrets | Section::SubjectKeys | Section::Tickets => filled.sealed += count,
        }
    }
    filled.blobs = blobs(directory, writer, &plan.chosen.manifest, tell).await?;
    Ok(filled)
}

/// The names of persons' keys that `manifest` has and the last backup does not.
fn erased(directory: &Directory, manifest: &Manifest) -> Result<BTreeSet<String>, Error> {
    let Some(latest) = directory.latest()? else { return Ok(BTreeSet::new()) };
    if latest.number == manifest.number {
        return Ok(BTreeSet::new());
    }
    let subjects = |of: &Manifest| {
        let chunks = of.part(Section::SubjectKeys).map(|part| part.chunks.clone());
        let mut subjects = BTreeSet::new();
        for chunk in chunks.unwrap_or_default() {
            let messages = directory.messages(&chunk)?.into_iter();
            subjects.extend(messages.filter(Kept::is_value).map(|kept| kept.subject));
        }
        Ok::<_, Error>(subjects)
    };
    let (then, now) = (subjects(manifest)?, subjects(&latest)?);
    Ok(then.difference(&now).cloned().collect())
}

async fn blobs(
    directory: &Directory,
    writer: &Writer,
    manifest: &Manifest,
    tell: Tell<'_>,
) -> Result<u64, Error> {
    let mut count = 0;
    for index in &manifest.blobs.index {
        let lines: Bytes = directory.content.get(*index)?;
        for (tenant, hash) in blob_lines(&lines) {
            writer.blob(&tenant, directory.content.get(hash)?).await?;
            count += 1;
            tell(&format!("contents: {count} of {}", manifest.blobs.count));
        }
    }
    Ok(count)
}
