//! Whether somebody waits for the read models.

use tokio::sync::watch;

/// How many callers wait for a position.
#[derive(Debug, Default)]
pub(crate) struct Awaited(watch::Sender<usize>);

impl Awaited {
    /// Counts a caller who waits for as long as the answer is held.
    pub(crate) fn enter(&self) -> Waiting<'_> {
        self.0.send_modify(|count| *count += 1);
        Waiting(self)
    }

    /// Resolves when somebody waits, at once when somebody does already.
    pub(crate) async fn someone(&self) {
        // The sender lives as long as `self`.
        let _ = self.0.subscribe().wait_for(|count| *count > 0).await;
    }
}

/// A caller who waits.
pub(crate) struct Waiting<'a>(&'a Awaited);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::Awaited;

    #[test]
    fn nobody_waits_once_the_last_caller_has_left() {
        let awaited = Awaited::default();
        assert!(awaited.someone().now_or_never().is_none());
        let (first, second) = (awaited.enter(), awaited.enter());
        drop(first);
        assert!(awaited.someone().now_or_never().is_some());
        drop(second);
        assert!(awaited.someone().now_or_never().is_none());
    }
}
