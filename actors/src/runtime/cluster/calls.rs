//! What nodes say to each other, proved by the key that they share.

use bytes::Bytes;
use contracts::effect::EffectText;
use contracts::envelope::NodeKey;
use contracts::view::Answer;
use contracts::work::{
    ExtendInput, LeaseRequest, OutcomeInput, WorkAnswer, WorkExtended, WorkItem,
};
use contracts::{Address, Cursor, EffectId, Envelope, Hash, Refusal, Tenant, codec};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::runtime::inbox::Passage;
use crate::runtime::schedule::Reconciled;

/// A question.
#[derive(Debug, Serialize, Deserialize)]
pub enum Call {
    /// Decide a command, for the owner of its partition.
    Ask(Box<Envelope>, Passage),
    /// Decide what waits in DEAD for an actor.
    Drain(Address),
    /// Answer once your directory has read so far.
    Reach(Cursor),
    /// Look who there is and take what is yours.
    Look,
    /// Give all your partitions away and take none.
    Leave,
    /// Hand out work that may start now.
    Lease(LeaseRequest),
    /// Take the outcome of work.
    Conclude(Tenant, EffectId, OutcomeInput),
    /// Lengthen a lease of work.
    Extend(Tenant, EffectId, ExtendInput),
    /// How far has this answer come?
    Peek(EffectId),
    /// Make the schedules of your timers agree with the log.
    Timers,
}

/// An answer.
#[derive(Debug, Serialize, Deserialize)]
pub enum Told {
    /// Of a command.
    Answered(Box<Answer>),
    /// It is refused.
    Refused(Box<Refusal>),
    /// A command is refused by who had looked whether it is stored.
    Decided(Box<Refusal>),
    /// The partition is not this node's; nothing was done.
    NotMine,
    /// It is done.
    Done,
    /// Work.
    Items(Vec<WorkItem>),
    /// What came of an outcome.
    Concluded(Box<WorkAnswer>),
    /// How long a lease lasts now.
    Extended(WorkExtended),
    /// How far an answer has come; none = it does not grow here.
    Text(Option<EffectText>),
    /// What became of timers.
    Timers(Reconciled),
}

/// What travels: MessagePack of the rest, and what proves it.
#[derive(Serialize, Deserialize)]
struct Sealed {
    #[serde(with = "contracts::entry::bytes_or_base64")]
    body: Vec<u8>,
    mac: Hash,
}

/// What one side says, so that neither can be given back to its sender as the other's.
const QUESTION: &str = "cambium peer question v1";
const ANSWER: &str = "cambium peer answer v1";

/// A question for the wire, and what its answer must carry.
///
/// # Errors
/// `internal` when it has no MessagePack form.
pub fn ask(key: &NodeKey, call: &Call) -> Result<(Bytes, Hash), Refusal> {
    let body = encode(call)?;
    let mac = mac(key, QUESTION, &body, None);
    Ok((encode(&Sealed { body, mac })?.into(), mac))
}

/// What is asked, and what the answer must carry; `None` when it is not from a node of this system.
#[must_use]
pub fn asked(key: &NodeKey, payload: &[u8]) -> Option<(Call, Hash)> {
    let sealed: Sealed = codec::decode(payload).ok()?;
    let own = mac(key, QUESTION, &sealed.body, None);
    own.same(&sealed.mac).then(|| codec::decode(&sealed.body).ok()).flatten().map(|it| (it, own))
}

/// An answer to the question with this code.
///
/// # Errors
/// `internal` when it has no MessagePack form.
pub fn tell(key: &NodeKey, question: Hash, told: &Told) -> Result<Bytes, Refusal> {
    let body = encode(told)?;
    let mac = mac(key, ANSWER, &body, Some(question));
    Ok(encode(&Sealed { body, mac })?.into())
}

/// The answer to the question with this code; `None` when it is not that.
#[must_use]
pub fn told(key: &NodeKey, question: Hash, payload: &[u8]) -> Option<Told> {
    let sealed: Sealed = codec::decode(payload).ok()?;
    let own = mac(key, ANSWER, &sealed.body, Some(question));
    own.same(&sealed.mac).then(|| decode(&sealed.body)).flatten()
}

fn mac(key: &NodeKey, side: &str, body: &[u8], question: Option<Hash>) -> Hash {
    let mut bytes = side.as_bytes().to_vec();
    bytes.extend_from_slice(&question.unwrap_or(Hash::ZERO).0);
    bytes.extend_from_slice(body);
    Hash::keyed(&key.0, &bytes)
}

fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, Refusal> {
    codec::encode(value).map_err(|error| Refusal::internal(error.to_string()))
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    codec::decode(bytes).ok()
}

#[cfg(test)]
mod tests {
    use contracts::Cursor;
    use contracts::envelope::NodeKey;

    use super::{Call, Told, ask, asked, tell, told};

    #[test]
    fn who_has_another_key_is_not_heard_and_an_answer_belongs_to_its_question() {
        let (own, other) = (NodeKey([1; 32]), NodeKey([2; 32]));
        let (question, code) = ask(&own, &Call::Reach(Cursor(7))).expect("it has a form");
        let (call, heard) = asked(&own, &question).expect("it is ours");
        assert!(matches!(call, Call::Reach(Cursor(7))));
        assert_eq!(heard, code);
        assert!(asked(&other, &question).is_none());
        let answer = tell(&own, heard, &Told::Done).expect("it has a form");
        assert!(matches!(told(&own, code, &answer), Some(Told::Done)));
        let (_, another) = ask(&own, &Call::Reach(Cursor(8))).expect("it has a form");
        assert!(told(&own, another, &answer).is_none());
        assert!(told(&other, code, &answer).is_none());
        assert!(asked(&own, &answer).is_none(), "an answer is no question");
    }
}
