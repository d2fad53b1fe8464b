use std::time::Duration;

use contracts::ports::PortError;
use contracts::{Cursor, Hash, Timestamp};
use nats::copy::{Kept, Reader, Section};

use super::files::Unfinished;
use super::format::{Blobs, FORMAT_VERSION, Manifest, Mark, Part};
use super::{Directory, Error, Keys, Tell, frames};

/// How long a chunk gets, in bytes, beside its last message.
const CHUNK_BYTES: usize = 8 * 1024 * 1024;
/// Messages that are asked for at once.
const PAGE_MESSAGES: usize = 1_000;
/// A replica that lies behind is asked again after so long, in milliseconds.
const BEHIND_PAUSE_MS: u64 = 100;
/// So often, before it is given up.
const BEHIND_LOOKS_MAX: u32 = 300;

/// What a backup is made of, beside the broker.
#[derive(Debug)]
pub struct Beside<'a> {
    /// The key files of the system.
    pub keys: &'a Keys,
    /// Whether they are kept in the backup, too.
    pub with_keys: bool,
    /// The time.
    pub now: fn() -> Timestamp,
}

/// Adds a backup to `directory`: what is new since the one before it. One that ended early is gone
/// on with.
///
/// # Errors
/// [`Error::OtherLog`] when the broker holds another log, [`Error::Full`] when there is no room.
pub async fn take(
    directory: &Directory,
    reader: &Reader,
    beside: &Beside<'_>,
    tell: Tell<'_>,
) -> Result<Manifest, Error> {
    let base = directory.latest()?;
    if let Some(base) = &base {
        same_log(reader, base).await?;
    }
    let number = base.as_ref().map_or(0, |base| base.number);
    let unfinished = directory.unfinished(number);
    let begun_at = (beside.now)();
    let mut taking = Taking { directory, reader, tell, base: number, parts: Vec::new(), noted: 0 };
    for section in Section::ALL {
        let former = base.as_ref().and_then(|base| base.part(section));
        let begun = unfinished.iter().find(|part| part.section == section);
        let grown = begun.or(former).filter(|_| section.only_grows());
        taking.section(section, grown.map(|part| part.chunks.clone()).unwrap_or_default()).await?;
    }
    let blobs = taking.blobs().await?;
    let parts = taking.parts;
    let log = mark(directory, &parts)?;
    let content = beside.with_keys.then_some(&directory.content);
    let manifest = Manifest {
        v: FORMAT_VERSION,
        number: number + 1,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        begun_at,
        ended_at: (beside.now)(),
        log,
        parts,
        blobs,
        keys: beside.keys.told(content)?,
        before: base.map_or(Hash::ZERO, |base| base.seal()),
    };
    directory.keep(&manifest)?;
    Ok(manifest)
}

/// Whether the broker holds the log that `base` is a backup of.
async fn same_log(reader: &Reader, base: &Manifest) -> Result<(), Error> {
    let Mark { until, hash } = base.log;
    if until == Cursor::ZERO {
        return Ok(());
    }
    let found = reader.page(Section::Events, until.0 - 1, 1).await?;
    let found = found.first().filter(|kept| kept.sequence == until.0);
    match found.map(|kept| Hash::of(&kept.payload)) {
        Some(found) if found == hash => Ok(()),
        Some(_) => Err(Error::OtherLog(format!("another message stands at cursor {until}"))),
        None => Err(Error::OtherLog(format!("the log does not reach cursor {until}"))),
    }
}

/// The last message of the log that a backup has.
fn mark(directory: &Directory, parts: &[Part]) -> Result<Mark, Error> {
    let events = parts.iter().find(|part| part.section == Section::Events);
    let Some(chunk) = events.and_then(|part| part.chunks.last()) else {
        return Ok(Mark::default());
    };
    let last = directory.messages(chunk)?.pop();
    let hash = last.map_or(Hash::ZERO, |last| Hash::of(&last.payload));
    Ok(Mark { until: Cursor(chunk.last), hash })
}

struct Taking<'a, 'b> {
    directory: &'a Directory,
    reader: &'a Reader,
    tell: Tell<'b>,
    base: u64,
    parts: Vec<Part>,
    /// How many chunks had been written when that was last said on the disk.
    noted: usize,
}

impl Taking<'_, '_> {
    /// Copies what stands in `section` behind the chunks that are there already.
    async fn section(
        &mut self,
        section: Section,
        chunks: Vec<super::format::Chunk>,
    ) -> Result<(), Error> {
        let extent = self.reader.extent(section).await?;
        let mut after = chunks.last().map_or(0, |chunk| chunk.last);
        self.parts.push(Part { section, last: extent.last, chunks });
        let (mut kept, mut file, mut looks) = (Vec::<Kept>::new(), frames::begun(), 0);
        loop {
            let page = self.reader.page(section, after, PAGE_MESSAGES).await?;
            let Some(last) = page.last() else {
                if !self.reader.has_after(section, after).await? {
                    break;
                }
                looks += 1;
                if looks > BEHIND_LOOKS_MAX {
                    let reason = "a replica lies behind its leader".to_owned();
                    return Err(Error::Unread(PortError::Unavailable(reason)));
                }
                tokio::time::sleep(Duration::from_millis(BEHIND_PAUSE_MS)).await;
                continue;
            };
            (after, looks) = (last.sequence, 0);
            for one in page {
                frames::push(&mut file, &one);
                kept.push(one);
                if file.len() >= CHUNK_BYTES {
                    self.chunk(&mut kept, &mut file)?;
                    let done = after.saturating_mul(100) / extent.end.max(1);
                    (self.tell)(&format!("{section:?}: {} %", done.min(100)));
                }
            }
            if section.only_grows() && after >= extent.end {
                break;
            }
        }
        self.chunk(&mut kept, &mut file)
    }

    /// Keeps a chunk, and now and then says so on the disk: who goes on begins behind it.
    fn chunk(&mut self, kept: &mut Vec<Kept>, file: &mut Vec<u8>) -> Result<(), Error> {
        let written = self.directory.put(kept, file)?;
        kept.clear();
        *file = frames::begun();
        let Some(part) = self.parts.last_mut() else { return Ok(()) };
        let last = part.last;
        let Some(chunk) = written else { return Ok(()) };
        part.last = last.max(chunk.last);
        part.chunks.push(chunk);
        let count: usize = self.parts.iter().map(|part| part.chunks.len()).sum();
        if count > self.noted + self.noted / 64 {
            self.noted = count;
            let growing = self.parts.iter().filter(|part| part.section.only_grows());
            let unfinished = Unfinished { base: self.base, parts: growing.cloned().collect() };
            self.directory.progress(&unfinished)?;
        }
        Ok(())
    }

    /// Copies the large contents that are not there yet. They are written before the commits that
    /// name them, so none of those that were read is without.
    async fn blobs(&mut self) -> Result<Blobs, Error> {
        let names = self.reader.blobs().await?;
        let (mut blobs, mut index) = (Blobs::default(), String::new());
        let count = names.len();
        for (done, (tenant, hash)) in names.into_iter().enumerate() {
            if !self.directory.content.has(hash) {
                match self.reader.blob(&tenant, hash).await {
                    Ok(Some(content)) => self.directory.content.put(&content)?,
                    Ok(None) => continue,
                    Err(PortError::Damaged(_)) => {
                        blobs.damaged += 1;
                        continue;
                    }
                    Err(error) => return Err(error.into()),
                };
                (self.tell)(&format!("contents: {} of {count}", done + 1));
            }
            blobs.count += 1;
            index.push_str(&format!("{tenant} {hash}\n"));
            if index.len() >= CHUNK_BYTES {
                blobs.index.push(self.directory.content.put(index.as_bytes())?);
                index.clear();
            }
        }
        if !index.is_empty() {
            blobs.index.push(self.directory.content.put(index.as_bytes())?);
        }
        Ok(blobs)
    }
}
