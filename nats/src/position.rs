//! A position that grows, and who waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use contracts::Cursor;
use tokio::sync::Notify;

/// A position that grows until whoever moves it is gone. Clones are the same one.
///
/// Those who wait are woken in the order in which they came, so that a simulation can be repeated;
/// tokio's `watch` wakes them in any order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Position {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    at: AtomicU64,
    over: AtomicBool,
    moved: Notify,
}

/// Moves a position; when it is dropped, nobody ever will.
#[derive(Debug)]
pub(crate) struct Mover(Position);

impl Position {
    /// A position, and who moves it.
    pub(crate) fn starting_at(at: Cursor) -> (Mover, Self) {
        let position = Self::default();
        position.inner.at.store(at.0, Ordering::SeqCst);
        (Mover(position.clone()), position)
    }

    /// Where it is.
    pub(crate) fn get(&self) -> Cursor {
        Cursor(self.inner.at.load(Ordering::SeqCst))
    }

    /// Waits until it is at least `cursor`; false when it never will be.
    pub(crate) async fn reached(&self, cursor: Cursor) -> bool {
        loop {
            let moved = self.inner.moved.notified();
            tokio::pin!(moved);
            // Registered before looking, so that no move slips between the two.
            moved.as_mut().enable();
            if self.get() >= cursor {
                return true;
            }
            if self.inner.over.load(Ordering::SeqCst) {
                return false;
            }
            moved.await;
        }
    }
}

impl Mover {
    /// Moves on.
    pub(crate) fn move_to(&self, cursor: Cursor) {
        self.0.inner.at.store(cursor.0, Ordering::SeqCst);
        self.0.inner.moved.notify_waiters();
    }

    /// Where it is.
    pub(crate) fn get(&self) -> Cursor {
        self.0.get()
    }

    /// Another handle for those who wait.
    pub(crate) fn position(&self) -> Position {
        self.0.clone()
    }
}

impl Drop for Mover {
    fn drop(&mut self) {
        self.0.inner.over.store(true, Ordering::SeqCst);
        self.0.inner.moved.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use contracts::Cursor;

    use super::Position;

    #[tokio::test]
    async fn who_waits_hears_of_a_move_and_of_the_end() {
        let (mover, position) = Position::starting_at(Cursor(2));
        assert!(position.reached(Cursor(2)).await, "it is there already");
        let waiting = tokio::spawn({
            let position = position.clone();
            async move { (position.reached(Cursor(4)).await, position.reached(Cursor(9)).await) }
        });
        mover.move_to(Cursor(3));
        tokio::task::yield_now().await;
        mover.move_to(Cursor(5));
        tokio::task::yield_now().await;
        drop(mover);
        assert_eq!(waiting.await.expect("no panic"), (true, false));
        assert_eq!(position.get(), Cursor(5));
    }
}
