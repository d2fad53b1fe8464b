//! Whose turn it is among effects that must not overtake one another.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use contracts::Address;
use contracts::effect::Effect;
use tokio::sync::oneshot::{self, Receiver, Sender};

/// An actor and what of it goes one after another: its sends, or one of its timers.
type Line = (Address, String);

/// Lines that are kept before those that have ended are looked for.
const LINES_MIN: usize = 256;

/// The last in each line.
#[derive(Default)]
pub struct Turns {
    last: Mutex<HashMap<Line, Receiver<()>>>,
}

/// A place in a line. Dropping it lets the next one go.
pub struct Turn {
    before: Option<Receiver<()>>,
    after: Mutex<Option<Sender<()>>>,
}

impl Turns {
    /// The next place in the line of `effect`. Model calls stand in none.
    pub fn take(&self, actor: &Address, effect: &Effect) -> Turn {
        let line = match effect {
            Effect::Llm(_) => return Turn { before: None, after: Mutex::default() },
            Effect::Send(_) => "send".to_owned(),
            Effect::Work(_) => "work".to_owned(),
            Effect::Timer(timer) => format!("timer {}", timer.name),
        };
        let (after, next) = oneshot::channel();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() >= LINES_MIN && last.len() == last.capacity() {
            last.retain(|_, one| one.try_recv() == Err(oneshot::error::TryRecvError::Empty));
        }
        let before = last.insert((actor.clone(), line), next);
        Turn { before, after: Mutex::new(Some(after)) }
    }
}

impl Turn {
    /// Waits until the one before has let go.
    pub async fn come(&mut self) {
        if let Some(before) = self.before.take() {
            // It lets go by dropping its end.
            let _ = before.await;
        }
    }

    /// Lets the next one go.
    pub fn pass(&self) {
        self.after.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}
