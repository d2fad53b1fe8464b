//! `messages`: what was said in conversations, who is in them and how far each has read.

mod fold;
mod query;

use std::sync::Arc;

use contracts::Recorded;
use contracts::kinds::conversation::{Conversation, Event};
use contracts::page::{Page as _, read_event};

pub use query::{MemberRow, MessageRow, MessagesQuery};
pub(crate) use query::{list, members};

use crate::error::Error;
use crate::model::{ReadModel, Stem, Table};
use crate::store::{HeldRows, Tx};

/// The model.
pub(crate) struct Messages;

const MESSAGES: &[&str] = &[
    "tenant",
    "conversation",
    "sequence",
    "message",
    "author",
    "name",
    "role",
    "text",
    "search",
    "client_id",
    "reply_to",
    "in_reply_to",
    "generated_by",
    "sent_by",
    "edits",
    "edited_at",
    "deleted_by",
    "deleted_at",
    "at",
    "cursor",
];

const MEMBERS: &[&str] = &[
    "tenant",
    "conversation",
    "principal",
    "name",
    "role",
    "model",
    "joined_at",
    "left_at",
    "read_up_to",
    "read_at",
];

impl ReadModel for Messages {
    const NAME: &'static str = "messages";
    const VERSION: u32 = 2;
    const SERVES: &'static [u32] = &[1];
    const SHARES: bool = true;

    fn tables(&self, stem: &Stem) -> Vec<Table> {
        vec![messages(stem), members_of(stem)]
    }

    async fn apply(&self, tx: &mut Tx, stem: &Stem, batch: &[Arc<Recorded>]) -> Result<(), Error> {
        let mut said: Vec<(&Recorded, Event)> = Vec::new();
        for recorded in batch.iter().filter(|r| r.commit.kind == Conversation::KIND) {
            // An event that this program does not know changes no message that it could show.
            let events = recorded.commit.events.iter().map(read_event::<Conversation>);
            said.extend(events.filter_map(Result::ok).map(|event| (&**recorded, event)));
        }
        if said.is_empty() {
            return Ok(());
        }
        let (messages, members) = (messages(stem), members_of(stem));
        let keys = said.iter().filter_map(|(r, event)| fold::message_key(&r.commit, event));
        let mut message_rows = HeldRows::load(tx, &messages, keys.collect()).await?;
        let keys = said.iter().flat_map(|(r, event)| fold::member_keys(&r.commit, event));
        let mut member_rows = HeldRows::load(tx, &members, keys.collect()).await?;
        for (recorded, event) in &said {
            fold::fold(&mut message_rows, &mut member_rows, recorded, event);
        }
        message_rows.flush(tx).await?;
        member_rows.flush(tx).await
    }
}

fn messages(stem: &Stem) -> Table {
    let (text, number) = ("TEXT NOT NULL", "BIGINT NOT NULL");
    let types = [
        text, text, number, text, text, "TEXT", text, "TEXT", text, "TEXT", "TEXT", "TEXT", "TEXT",
        "TEXT", number, "BIGINT", "TEXT", "BIGINT", number, number,
    ];
    Table::new(stem.table(""), MESSAGES, &types, 3)
}

fn members_of(stem: &Stem) -> Table {
    let (text, number) = ("TEXT NOT NULL", "BIGINT NOT NULL");
    let types = [text, text, text, "TEXT", text, "TEXT", number, "BIGINT", number, "BIGINT"];
    Table::new(stem.table("members"), MEMBERS, &types, 3)
}
