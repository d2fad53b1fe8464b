//! Backing up while the program runs: the first backup, a later one, a look at both, beside a
//! reader that only counts what the log holds.

use std::path::Path;
use std::time::{Duration, Instant};

use nats::copy::{Reader, Section};

use super::rows::Rows;
use crate::backup::{Beside, Directory, Keys, Manifest, check, take};
use crate::compose::reporter::now;
use crate::settings::Settings;

/// Where messages come from, and where they go.
pub struct Copying<'a> {
    /// The settings of the program.
    pub settings: &'a Settings,
    /// What reads the broker.
    pub reader: &'a Reader,
    /// The directory of backups.
    pub dir: &'a Path,
}

impl Copying<'_> {
    async fn take(&self) -> anyhow::Result<(Manifest, Duration)> {
        let (directory, keys) = (Directory::write(self.dir)?, Keys::of(self.settings));
        let beside = Beside { keys: &keys, with_keys: false, now };
        let begun = Instant::now();
        let manifest = take(&directory, self.reader, &beside, &mut |_| {}).await?;
        Ok((manifest, begun.elapsed()))
    }
}

/// Takes two backups and looks at them.
///
/// # Errors
/// When the broker cannot be read, or the directory cannot be written.
pub async fn run(
    connection: &nats::Connection,
    copying: &Copying<'_>,
    rows: &mut Rows,
) -> anyhow::Result<()> {
    let raw = nats::bench::raw_read(connection).await?;
    rows.rate("ordered read of the log, bare broker", raw, None, None);
    let (first, took) = copying.take().await?;
    let events = first.part(Section::Events).map(|part| &part.chunks[..]).unwrap_or_default();
    let log: u64 = events.iter().map(|chunk| chunk.messages).sum();
    let mib = first.bytes() as f64 / (1024.0 * 1024.0);
    let per_second = |took: Duration| first.messages() as f64 / took.as_secs_f64();
    let what = format!("messages backed up, {} of them of the log", log);
    rows.rate(&what, per_second(took), Some(raw), None);
    let rate = mib / took.as_secs_f64();
    rows.value("first backup", &format!("{mib:.1} MiB, {rate:.1} MiB a second"), None);
    let (_, took) = copying.take().await?;
    rows.value("later backup, nothing new", &format!("{} ms", took.as_millis()), None);
    let dir = Directory::read(copying.dir);
    let begun = Instant::now();
    let checked = tokio::task::spawn_blocking(move || check(&dir, &mut |_| {})).await??;
    anyhow::ensure!(checked.faults.is_empty(), "{:?}", checked.faults);
    rows.rate("messages verified", per_second(begun.elapsed()), Some(raw), None);
    Ok(())
}
