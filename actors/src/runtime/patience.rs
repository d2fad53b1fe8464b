//! Waiting, within bounds, while the log cannot be reached: a broker that is started anew, or a
//! stream that chooses its leader, is there again within a second or two, and a command that was
//! not sent meanwhile loses nothing by waiting.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contracts::entry::{Stored, Unowned};
use contracts::ports::{Append, AppendError, Flow, Fut, Log, Look, PortError};
use contracts::{Address, Cursor, Kind};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The longest pause before the log is tried again, in milliseconds.
const PAUSE_MS_MAX: u64 = 100;

/// The shortest such pause, in milliseconds.
const PAUSE_MS_MIN: u64 = 10;

/// How long the log has been away, as all who met that noted it. Whoever meets it early waits;
/// once it has lasted as long as anybody may wait, everybody hears so at once.
#[derive(Debug)]
pub struct Patience {
    wait: Duration,
    outage: Mutex<Option<Outage>>,
    /// Whether there is an outage, for those who only want to end it.
    away: AtomicBool,
    stop: CancellationToken,
}

/// From when to when the log was seen away.
#[derive(Debug, Clone, Copy)]
struct Outage {
    since: Instant,
    last: Instant,
}

/// Somebody's waiting.
pub struct Waiting<'a> {
    patience: &'a Patience,
    begun: Instant,
    pause: Duration,
}

impl Patience {
    /// Nobody waits longer than `wait`, nor when `stop` is said.
    #[must_use]
    pub fn new(wait: Duration, stop: CancellationToken) -> Arc<Self> {
        Arc::new(Self { wait, outage: Mutex::default(), away: AtomicBool::new(false), stop })
    }

    /// Begins to wait for something that needs the log.
    #[must_use]
    pub fn begin(&self) -> Waiting<'_> {
        Waiting {
            patience: self,
            begun: Instant::now(),
            pause: Duration::from_millis(PAUSE_MS_MIN),
        }
    }

    /// Notes that the log is away; for how long it has been.
    fn met(&self, now: Instant) -> Duration {
        let mut outage = self.outage.lock().unwrap_or_else(PoisonError::into_inner);
        // Whom nobody has met for as long as one may wait has come back in between.
        let standing = outage.filter(|it| now.duration_since(it.last) <= self.wait);
        let since = standing.map_or(now, |it| it.since);
        *outage = Some(Outage { since, last: now });
        self.away.store(true, Ordering::Release);
        now.duration_since(since)
    }

    /// Notes that the log takes what is appended.
    pub fn over(&self) {
        if self.away.load(Ordering::Acquire) {
            let mut outage = self.outage.lock().unwrap_or_else(PoisonError::into_inner);
            *outage = None;
            self.away.store(false, Ordering::Release);
        }
    }
}

impl Waiting<'_> {
    /// The log was met away: pauses, and says whether it may be tried again.
    pub async fn again(&mut self) -> bool {
        let patience = self.patience;
        let now = Instant::now();
        let lasts = patience.met(now).max(now.duration_since(self.begun));
        if lasts >= patience.wait {
            return false;
        }
        let pause = self.pause.min(patience.wait - lasts);
        self.pause = (self.pause * 2).min(Duration::from_millis(PAUSE_MS_MAX));
        patience.stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some()
    }
}

/// A log whose actors' messages are read with patience. Whoever appends, or reads all of it, waits
/// by itself or is told at once.
pub struct PatientLog {
    log: Arc<dyn Log>,
    patience: Arc<Patience>,
}

impl PatientLog {
    /// `log`, met with `patience`.
    #[must_use]
    pub fn over(log: Arc<dyn Log>, patience: Arc<Patience>) -> Arc<dyn Log> {
        Arc::new(Self { log, patience })
    }

    /// What `read` reads, tried again while the log is away.
    async fn read_by<'a, T: Send>(
        &'a self,
        read: impl Fn(&'a dyn Log) -> Fut<'a, Result<T, PortError>> + Send,
    ) -> Result<T, PortError> {
        let mut waiting = self.patience.begin();
        loop {
            let found = read(&*self.log).await;
            let away = matches!(found, Err(PortError::Unavailable(_)));
            if !(away && waiting.again().await) {
                return found;
            }
        }
    }
}

impl Log for PatientLog {
    fn append(&self, append: Append) -> Fut<'_, Result<Vec<Cursor>, AppendError>> {
        self.log.append(append)
    }

    fn read<'a>(
        &'a self,
        address: &'a Address,
        after: Cursor,
        limit: usize,
    ) -> Fut<'a, Result<Vec<Stored>, PortError>> {
        Box::pin(self.read_by(move |log| log.read(address, after, limit)))
    }

    fn look<'a>(
        &'a self,
        address: &'a Address,
        limit: usize,
        short: usize,
    ) -> Fut<'a, Result<Look, PortError>> {
        Box::pin(self.read_by(move |log| log.look(address, limit, short)))
    }

    fn newest<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<Option<Stored>, PortError>> {
        Box::pin(self.read_by(move |log| log.newest(address)))
    }

    fn first_after<'a>(
        &'a self,
        address: &'a Address,
        after: Cursor,
    ) -> Fut<'a, Result<Option<Stored>, PortError>> {
        Box::pin(self.read_by(move |log| log.first_after(address, after)))
    }

    fn last<'a>(&'a self, address: &'a Address) -> Fut<'a, Result<Option<Stored>, PortError>> {
        Box::pin(self.read_by(move |log| log.last(address)))
    }

    fn get(&self, cursor: Cursor) -> Fut<'_, Result<Option<Stored>, PortError>> {
        self.log.get(cursor)
    }

    fn head(&self) -> Fut<'_, Result<Cursor, PortError>> {
        self.log.head()
    }

    fn follow(&self, after: Cursor) -> Flow<Result<Result<Stored, Unowned>, PortError>> {
        self.log.follow(after)
    }

    fn read_kinds(
        &self,
        kinds: &[Kind],
        after: Cursor,
        upto: Cursor,
    ) -> Flow<Result<Stored, PortError>> {
        self.log.read_kinds(kinds, after, upto)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;
    use tokio_util::sync::CancellationToken;

    use super::Patience;

    const WAIT: Duration = Duration::from_millis(2_000);

    /// For how long somebody waits who meets the log away each time.
    async fn waits(patience: &Patience) -> Duration {
        let (begun, mut waiting) = (Instant::now(), patience.begin());
        while waiting.again().await {}
        begun.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_is_waited_for_once_and_then_told_at_once() {
        let patience = Patience::new(WAIT, CancellationToken::new());
        assert_eq!(waits(&patience).await, WAIT);
        assert_eq!(waits(&patience).await, Duration::ZERO, "it lasts as long as anybody waits");
        patience.over();
        assert_eq!(waits(&patience).await, WAIT, "this is another one");
        tokio::time::advance(WAIT * 2).await;
        assert_eq!(waits(&patience).await, WAIT, "nobody has met it in between");
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_into_an_outage_waits_for_its_rest() {
        let patience = Patience::new(WAIT, CancellationToken::new());
        let mut first = patience.begin();
        while first.begun.elapsed() < WAIT / 2 {
            assert!(first.again().await);
        }
        assert!(waits(&patience).await <= WAIT / 2);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_while_the_runtime_stops() {
        let stop = CancellationToken::new();
        let patience = Patience::new(WAIT, stop.clone());
        stop.cancel();
        assert_eq!(waits(&patience).await, Duration::ZERO);
        let none = Patience::new(Duration::ZERO, CancellationToken::new());
        assert_eq!(waits(&none).await, Duration::ZERO);
    }
}
