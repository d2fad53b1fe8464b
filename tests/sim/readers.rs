//! The read models over the log that a run has left: killed between any two transactions, fed the
//! same entries twice, they come to the very rows of models that read it in one go.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use contracts::ports::{Feed, FeedItem, Flow, Fut, Log};
use contracts::{Cursor, Entry};
use projections::{Config, Models};
use tokio_util::sync::CancellationToken;

use super::node::registry;
use super::watch::{Violation, Watch};
use cambium_tests::rng::Rng;

/// How long, in true time, the models may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many entries may come again at the start of a stream.
const REPEATS_MAX: u64 = 4;

/// A log that ends, for now, at `end`.
struct Tape {
    entries: Arc<[Entry]>,
    end: Cursor,
    repeats: u64,
}

impl Feed for Tape {
    fn subscribe(&self, after: Cursor) -> Flow<FeedItem> {
        let from = after.0.saturating_sub(self.repeats);
        let until = self.end;
        let wanted = move |entry: &&Entry| entry.cursor().0 > from && entry.cursor() <= until;
        let items: Vec<_> = self.entries.iter().filter(wanted).cloned().map(Ok).collect();
        let more = futures_util::stream::pending();
        Box::pin(futures_util::StreamExt::chain(futures_util::stream::iter(items), more))
    }

    fn position(&self) -> Cursor {
        self.end
    }

    fn reached(&self, cursor: Cursor) -> Fut<'_, ()> {
        let seen = cursor <= self.end;
        Box::pin(async move {
            if !seen {
                std::future::pending::<()>().await;
            }
        })
    }
}

/// Reads the log in pieces and in one go, and compares.
///
/// # Errors
/// Where the rows differ from one another or from the log.
pub async fn agree(watch: &Watch, log: &dyn Log, rng: &mut Rng) -> Result<(), Violation> {
    let head = log.head().await.map_err(|error| error.to_string())?;
    let mut entries = Vec::new();
    for cursor in 1..=head.0 {
        let stored = log.get(Cursor(cursor)).await.map_err(|error| error.to_string())?;
        entries.extend(stored.map(Entry::from));
    }
    let entries: Arc<[Entry]> = entries.into();
    let mut rng = rng.fork();
    // SQLite has threads and true time of its own; the simulated clock stands still meanwhile.
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|error| error.to_string())?;
            runtime.block_on(compare(watch, &entries, head, &mut rng))
        });
        reading.join().map_err(|_| "the read models panicked".to_owned())?
    })
}

async fn compare(
    watch: &Watch,
    entries: &Arc<[Entry]>,
    head: Cursor,
    rng: &mut Rng,
) -> Result<(), Violation> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (pieces, whole) = (folder.path().join("pieces.db"), folder.path().join("whole.db"));
    for _ in 0..rng.below(4) {
        let end = Cursor(rng.below(head.0 + 1));
        let repeats = rng.below(REPEATS_MAX);
        let models = open(&pieces).await?;
        let tape = Tape { entries: entries.clone(), end, repeats };
        // Killed wherever it is.
        let pause = Duration::from_micros(rng.below(20_000));
        let _ =
            tokio::time::timeout(pause, models.run(Arc::new(tape), CancellationToken::new())).await;
        models.close().await;
    }
    let pieces = read_to_end(&pieces, entries, head, rng.below(REPEATS_MAX)).await?;
    let whole = read_to_end(&whole, entries, head, 0).await?;
    for (address, chain) in &watch.chains {
        let row = whole.head(address).await.map_err(|refusal| refusal.to_string())?;
        let row = row.ok_or_else(|| format!("heads has no {address}"))?;
        if row.revision != chain.head.revision || row.cursor != chain.head.cursor {
            return Err(format!("heads says {row:?}, the log {:?}", chain.head));
        }
    }
    let known = whole.status().await.map_err(|refusal| refusal.to_string())?;
    for model in known.iter().map(|status| &status.name) {
        let left = pieces.dump(model).await.map_err(|refusal| refusal.to_string())?;
        let right = whole.dump(model).await.map_err(|refusal| refusal.to_string())?;
        if left != right {
            let differs = left.iter().zip(&right).find(|(left, right)| left != right);
            return Err(format!("{model} differs when it is read in pieces: {differs:?}"));
        }
    }
    pieces.close().await;
    whole.close().await;
    Ok(())
}

async fn open(path: &Path) -> Result<Models, Violation> {
    let config = Config { path: path.to_owned(), ..Config::default() };
    Models::open(config, registry().pages()).await.map_err(|error| error.to_string())
}

async fn read_to_end(
    path: &Path,
    entries: &Arc<[Entry]>,
    head: Cursor,
    repeats: u64,
) -> Result<Models, Violation> {
    let models = open(path).await?;
    let tape = Arc::new(Tape { entries: entries.clone(), end: head, repeats });
    let stop = CancellationToken::new();
    let run = models.run(tape, stop.clone());
    let read = async {
        let read = models.reached(head, PATIENCE).await;
        stop.cancel();
        read
    };
    let (read, ()) = tokio::join!(read, run);
    read.map_err(|refusal| format!("the read models do not come to the end: {refusal}"))?;
    Ok(models)
}
