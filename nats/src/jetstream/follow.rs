//! All messages of EVENTS in order, without end, and the positions at which nothing can be read.

use async_nats::jetstream::Message;
use contracts::entry::{Stored, Unowned};
use contracts::ports::{Flow, PortError};
use contracts::{Cursor, Hash};

use super::restore;
use super::unbroken::Unbroken;
use crate::connect::Connection;
use crate::streams::EVENTS;
use crate::subjects::{self, EVENT};

type Item = Result<Result<Stored, Unowned>, PortError>;

pub(super) fn follow(connection: Connection, after: Cursor) -> Flow<Item> {
    let messages = Unbroken::new(connection, EVENTS, after.0);
    let follower = Follower { messages, after, held: None };
    Box::pin(futures_util::stream::unfold(follower, |mut follower| async move {
        let item = follower.next().await;
        Some((Ok(item), follower))
    }))
}

struct Follower {
    messages: Unbroken,
    /// The last position told.
    after: Cursor,
    /// A message that stands behind a hole, with its position, while the hole is told. A gap in the
    /// stream means that the broker has lost messages: nobody deletes from EVENTS, and a message
    /// whose checksum is wrong is left out without a word.
    held: Option<(Message, u64)>,
}

impl Follower {
    async fn next(&mut self) -> Result<Stored, Unowned> {
        let (message, sequence) = match self.held.take() {
            Some(held) => held,
            None => self.messages.next().await,
        };
        let cursor = self.after.next();
        self.after = cursor;
        if cursor.0 < sequence {
            tracing::error!(%cursor, "the broker has lost a message of EVENTS");
            self.held = Some((message, sequence));
            return Err(Unowned::Lost { cursor });
        }
        let imported = restore::is_imported(message.message.headers.as_ref());
        let (subject, payload) = (message.message.subject.as_str(), &message.message.payload);
        match subjects::parse_stored(EVENT, subject) {
            Some(address) => Ok(Stored { cursor, address, payload: payload.clone(), imported }),
            None => {
                let (subject, hash) = (subject.to_owned(), Hash::of(payload));
                Err(Unowned::Stray { cursor, subject, hash })
            }
        }
    }
}
