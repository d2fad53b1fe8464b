//! A model that says its words only when it is let: one piece for each time. Who goes away before
//! it has ended is seen.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::Semaphore;

/// What holds its words up.
#[derive(Debug, Clone)]
pub struct Gate {
    pieces: Arc<Semaphore>,
    left: Arc<Semaphore>,
}

impl Default for Gate {
    fn default() -> Self {
        let closed = || Arc::new(Semaphore::new(0));
        Self { pieces: closed(), left: closed() }
    }
}

/// One answer; dropped before it is whole, its caller has gone away.
struct Answer {
    gate: Gate,
    whole: bool,
}

impl Answer {
    const fn end(&mut self) {
        self.whole = true;
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if !self.whole {
            self.gate.left.add_permits(1);
        }
    }
}

impl Gate {
    /// Lets so many pieces more through.
    pub fn open(&self, pieces: usize) {
        self.pieces.add_permits(pieces);
    }

    /// Resolves once one more caller has gone away before the end.
    ///
    /// # Panics
    /// Never: the gate is not closed for good.
    pub async fn left(&self) {
        self.left.acquire().await.expect("open").forget();
    }

    /// A body of these frames, each as soon as it is let through.
    pub fn body(&self, frames: Vec<String>) -> Body {
        Body::from_stream(self.stream(frames))
    }

    fn stream(
        &self,
        frames: Vec<String>,
    ) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + use<> {
        let answer = Answer { gate: self.clone(), whole: false };
        unfold((frames.into_iter(), answer), |(mut frames, mut answer)| async move {
            let Some(frame) = frames.next() else {
                answer.end();
                return None;
            };
            answer.gate.pieces.acquire().await.ok()?.forget();
            Some((Ok(Bytes::from(frame)), (frames, answer)))
        })
    }
}
