//! The state after an event.

use std::sync::Arc;

use contracts::Hash;
use contracts::decider::EventContext;
use contracts::kinds::conversation::limits::{
    CLIENT_IDS_MAX, WINDOW_BYTES_MAX, WINDOW_MESSAGES_MAX,
};
use contracts::kinds::conversation::{Created, Event, MessageEdited, MessagePosted};

use super::state::{ClientPost, Message, Owed, State};

impl State {
    /// The conversation after `event`.
    #[must_use]
    pub fn after(mut self, event: &Event, at: &EventContext) -> Self {
        match event {
            Event::Created(created) => return Self::begun(created, at),
            Event::Joined(joined) => {
                let member = joined.member.clone();
                Arc::make_mut(&mut self.members).insert(member.principal.clone(), member);
            }
            Event::Left(left) => {
                Arc::make_mut(&mut self.members).remove(&left.principal);
                Arc::make_mut(&mut self.read).remove(&left.principal);
            }
            Event::MessagePosted(posted) => self.post(posted, at),
            Event::MessageEdited(edited) => self.edit(edited, at),
            Event::MessageDeleted(deleted) => {
                self.change(&deleted.message, |message| {
                    message.text.clear();
                    message.deleted = true;
                });
            }
            Event::ReadMarked(marked) => {
                let read = Arc::make_mut(&mut self.read);
                read.insert(marked.principal.clone(), marked.up_to);
            }
            Event::Renamed(renamed) => self.title = Some(renamed.title.clone()),
            Event::AgentFailed(failed) => {
                self.owed
                    .retain(|owed| owed.agent != failed.agent || owed.message != failed.message);
            }
        }
        self
    }

    fn begun(created: &Created, at: &EventContext) -> Self {
        let members = created.members.iter();
        let members = members.map(|member| (member.principal.clone(), member.clone())).collect();
        Self {
            created: Some(at.at),
            title: created.title.clone(),
            kind: created.kind,
            members: Arc::new(members),
            ..Self::default()
        }
    }

    fn post(&mut self, posted: &MessagePosted, at: &EventContext) {
        self.sequence = posted.sequence;
        if let Some(answered) = &posted.in_reply_to {
            self.owed.retain(|owed| owed.agent != posted.author || owed.message != *answered);
        }
        for agent in &posted.asks {
            self.owed.push(Owed { agent: agent.clone(), message: posted.message.clone() });
        }
        if let Some(client_id) = &posted.client_id {
            self.client_ids.push_back(Arc::new(ClientPost {
                author: posted.author.clone(),
                client_id: client_id.clone(),
                text: Hash::of(posted.text.as_bytes()),
                message: posted.message.clone(),
                sequence: posted.sequence,
            }));
            if self.client_ids.len() > CLIENT_IDS_MAX {
                self.client_ids.pop_front();
            }
        }
        self.window_bytes += posted.text.len();
        self.messages.push_back(Arc::new(Message {
            id: posted.message.clone(),
            sequence: posted.sequence,
            author: posted.author.clone(),
            name: posted.name.clone(),
            role: posted.role,
            text: posted.text.clone(),
            at: at.at,
            reply_to: posted.reply_to.clone(),
            in_reply_to: posted.in_reply_to.clone(),
            generated_by: posted.generated_by.clone(),
            edits: 0,
            edited_at: None,
            deleted: false,
        }));
        self.shorten();
    }

    fn edit(&mut self, edited: &MessageEdited, at: &EventContext) {
        self.change(&edited.message, |message| {
            message.text.clone_from(&edited.text);
            message.edits = edited.edits;
            message.edited_at = Some(at.at);
        });
        self.shorten();
    }

    /// Changes a message of the window and keeps count of the bytes.
    fn change(&mut self, id: &str, change: impl FnOnce(&mut Message)) {
        let found = self.messages.iter_mut().rev().find(|message| message.id == id);
        let Some(message) = found else { return };
        let before = message.text.len();
        let message = Arc::make_mut(message);
        change(message);
        self.window_bytes = self.window_bytes - before + message.text.len();
    }

    /// Lets the oldest messages go. The newest stays, whatever its length.
    fn shorten(&mut self) {
        while self.messages.len() > WINDOW_MESSAGES_MAX
            || (self.window_bytes > WINDOW_BYTES_MAX && self.messages.len() > 1)
        {
            let Some(gone) = self.messages.pop_front() else { return };
            self.window_bytes -= gone.text.len();
        }
    }
}
