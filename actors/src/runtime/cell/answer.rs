//! What a command is answered.

use contracts::commit::Completion;
use contracts::view::{Answer, Status};
use contracts::{Recorded, Reply};
use serde_json::Value;

/// The answer to a command whose commit this is.
pub fn answer_of(recorded: &Recorded, reply: Reply) -> Answer {
    let commit = &recorded.commit;
    let (status, reply) = match reply {
        Reply::Now(reply) => (Status::Completed, reply),
        Reply::Later { .. } => (Status::Accepted, Value::Null),
    };
    Answer {
        command: commit.command.id,
        address: commit.address(),
        status,
        revision: commit.revision,
        cursor: recorded.cursor,
        reply,
        at: commit.at,
    }
}

/// Puts a final answer in the place of an accepted one.
pub fn fill(answer: &mut Answer, recorded: &Recorded, done: &Completion) {
    answer.status = if done.ok { Status::Completed } else { Status::Failed };
    answer.revision = recorded.commit.revision;
    answer.cursor = recorded.cursor;
    answer.at = recorded.commit.at;
    answer.reply = done.reply.clone();
}
