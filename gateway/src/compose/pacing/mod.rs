//! Appending no faster than the read models read, as long as they are alive.
//!
//! A command waits here for rows that are behind, never for rows that stand still: those of a
//! database that is away, of a model that failed, of a node that is gone. Each wait is bounded.

mod ages;
mod numbers;
mod paced;
mod window;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use contracts::Cursor;
use contracts::ports::Feed;
use projections::Models;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use self::ages::Ages;
use self::window::{Allowed, Look, Window};
use crate::settings::Pacing as Limits;

pub(super) use numbers::register;
pub(super) use paced::PacedLog;

/// How long nothing is looked at again at most, while something is unread.
const LOOK: Duration = Duration::from_millis(20);

/// As many commits as anybody appends between two looks.
const ALL: usize = 1 << 24;

/// Who lets commits pass. Clones share everything.
#[derive(Clone)]
pub struct Pacing {
    shared: Arc<Shared>,
}

struct Shared {
    limits: Limits,
    /// A place for each commit that may be appended before the next look.
    places: Semaphore,
    on_way: AtomicUsize,
    waiting: AtomicUsize,
    /// Appends that waited, for how long together in microseconds, and those that waited in vain.
    waited: AtomicU64,
    waited_us: AtomicU64,
    in_vain: AtomicU64,
    /// How many commits may be unread; 0 = any number.
    window: AtomicUsize,
    age_ms: AtomicU64,
}

/// Commits that were let pass, until the log has answered.
#[must_use]
pub struct Passed {
    shared: Arc<Shared>,
    commits: usize,
}

impl Drop for Passed {
    fn drop(&mut self) {
        self.shared.on_way.fetch_sub(self.commits, Ordering::Relaxed);
    }
}

impl Pacing {
    /// Lets everything pass until [`Pacing::run`] looks.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let zero = AtomicU64::default;
        let shared = Shared {
            limits,
            places: Semaphore::new(ALL),
            on_way: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            waited: zero(),
            waited_us: zero(),
            in_vain: zero(),
            window: AtomicUsize::new(0),
            age_ms: zero(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// How many appends wait for the read models at this moment.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.waiting.load(Ordering::Relaxed)
    }

    /// The age of the oldest commit that is not in the rows of all read models, as far as it was
    /// seen coming.
    #[must_use]
    pub fn age(&self) -> Duration {
        Duration::from_millis(self.shared.age_ms.load(Ordering::Relaxed))
    }

    /// Waits until `commits` may be appended, at most as long as an append may wait.
    pub async fn pass(&self, commits: usize) -> Passed {
        let shared = &self.shared;
        let many = u32::try_from(commits).unwrap_or(u32::MAX);
        if let Ok(places) = shared.places.try_acquire_many(many) {
            places.forget();
        } else {
            self.wait(many).await;
        }
        shared.on_way.fetch_add(commits, Ordering::Relaxed);
        Passed { shared: Arc::clone(shared), commits }
    }

    async fn wait(&self, commits: u32) {
        let (shared, begun) = (&self.shared, Instant::now());
        let most = Duration::from_millis(shared.limits.wait_ms_max);
        shared.waited.fetch_add(1, Ordering::Relaxed);
        let waiting = Waiting::among(&shared.waiting);
        match timeout(most, shared.places.acquire_many(commits)).await {
            Ok(Ok(places)) => places.forget(),
            _ => {
                shared.in_vain.fetch_add(1, Ordering::Relaxed);
            }
        }
        drop(waiting);
        let took = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        shared.waited_us.fetch_add(took, Ordering::Relaxed);
    }

    /// Looks how far the read models are, for ever. Once it is dropped everything passes.
    pub async fn run(self, models: Models, feed: Arc<dyn Feed>) {
        let _open = Opening(Arc::clone(&self.shared));
        let limits = &self.shared.limits;
        let [lag, stand] = [limits.lag_ms, limits.stand_ms].map(Duration::from_millis);
        let (mut window, mut ages) = (Window::new(lag, stand, Instant::now()), Ages::default());
        let mut alive = models.alive();
        loop {
            let (now, head) = (Instant::now(), feed.position());
            let read = if models.paused().is_some() { None } else { *alive.borrow_and_update() };
            let age = ages.look(now, head.0, models.position().0);
            self.shared.age_ms.store(age.as_millis() as u64, Ordering::Relaxed);
            self.allow(&mut window, now, head, read);
            let quiet = read.is_some_and(|read| read >= head) && age.is_zero();
            if quiet && self.shared.on_way.load(Ordering::Relaxed) == 0 {
                feed.reached(head.next()).await;
                continue;
            }
            tokio::select! {
                changed = alive.changed() => if changed.is_err() { return },
                () = sleep(LOOK) => {}
            }
        }
    }

    fn allow(&self, window: &mut Window, now: Instant, head: Cursor, read: Option<Cursor>) {
        let shared = &self.shared;
        let left = shared.places.available_permits();
        let look = Look {
            now,
            head: head.0,
            read: read.map(|read| read.0),
            on_way: shared.on_way.load(Ordering::Relaxed),
            left,
            holding: self.waiting() > 0,
        };
        let (allowed, most) = match window.look(look) {
            Allowed::All => (ALL, 0),
            Allowed::Commits(commits) => (commits, window.commits()),
        };
        shared.window.store(most, Ordering::Relaxed);
        if allowed > left {
            shared.places.add_permits(allowed - left);
        } else {
            shared.places.forget_permits(left - allowed);
        }
    }
}

/// Lets everything pass when it is dropped: nobody waits for a look that never comes.
struct Opening(Arc<Shared>);

impl Drop for Opening {
    fn drop(&mut self) {
        self.0.places.add_permits(ALL);
    }
}

/// One who waits, counted until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn among(all: &'a AtomicUsize) -> Self {
        all.fetch_add(1, Ordering::Relaxed);
        Self(all)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use contracts::Cursor;
    use futures_util::FutureExt as _;

    use super::{Limits, Pacing, Window};

    /// Looks, always at the same instant: nothing is learned of how fast anybody reads.
    fn look(pacing: &Pacing, (window, now): (&mut Window, Instant), head: u64, read: Option<u64>) {
        pacing.allow(window, now, Cursor(head), read.map(Cursor));
    }

    fn given(wait_ms_max: u64) -> (Pacing, Window, Instant) {
        let limits = Limits { wait_ms_max, ..Limits::default() };
        let millis = std::time::Duration::from_millis;
        let now = Instant::now();
        let window = Window::new(millis(500), millis(3_000), now);
        (Pacing::new(limits), window, now)
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_first_passes_first_and_nobody_waits_for_ever() {
        let (pacing, mut window, now) = given(5_000);
        look(&pacing, (&mut window, now), 4_000, Some(1));
        let early = pacing.pass(1).now_or_never();
        assert!(early.is_some(), "one is left");
        drop(early);
        let (first, second) = (pacing.pass(3), pacing.pass(1));
        tokio::pin!(first, second);
        assert!((&mut first).now_or_never().is_none());
        assert!((&mut second).now_or_never().is_none());
        assert_eq!(pacing.waiting(), 2);
        look(&pacing, (&mut window, now), 4_000, Some(3));
        assert!((&mut second).now_or_never().is_none(), "the first one has asked before");
        drop(first.await);
        drop(second.await);
        assert_eq!(pacing.waiting(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn rows_that_are_away_let_go_who_waits() {
        let (pacing, mut window, now) = given(3_600_000);
        look(&pacing, (&mut window, now), 9_000, Some(1));
        let waits = pacing.pass(64);
        tokio::pin!(waits);
        assert!((&mut waits).now_or_never().is_none());
        look(&pacing, (&mut window, now), 9_000, None);
        drop(waits.now_or_never().expect("nobody reads"));
    }

    #[tokio::test(start_paused = true)]
    async fn once_nobody_looks_everything_passes() {
        let (pacing, mut window, now) = given(3_600_000);
        let opening = super::Opening(std::sync::Arc::clone(&pacing.shared));
        look(&pacing, (&mut window, now), 9_000, Some(1));
        let waits = pacing.pass(64);
        tokio::pin!(waits);
        assert!((&mut waits).now_or_never().is_none());
        drop(opening);
        drop(waits.now_or_never().expect("nobody looks"));
        drop(pacing.pass(1).now_or_never().expect("nor later"));
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_waited_as_long_as_it_may_goes_on() {
        let (pacing, mut window, now) = given(5_000);
        look(&pacing, (&mut window, now), 9_000, Some(1));
        let begun = tokio::time::Instant::now();
        let passed = pacing.pass(1).await;
        assert_eq!(begun.elapsed().as_millis(), 5_000);
        assert_eq!(pacing.shared.in_vain.load(std::sync::atomic::Ordering::Relaxed), 1);
        drop(passed);
    }
}
