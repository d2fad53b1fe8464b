//! A command on its way to an actor.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroize as _;

use crate::address::Address;
use crate::caller::Caller;
use crate::hash::Hash;
use crate::ids::{ActorId, CommandId, CommandName, Correlation, EffectId, Revision};
use crate::kinds::approval::Proposal;

/// W3C trace context, as it stood on the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The `traceparent` header.
    pub parent: String,
    /// The `tracestate` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The `baggage` header, of the keys that the settings let through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baggage: Option<String>,
}

impl Trace {
    /// The place of a span in a trace.
    #[must_use]
    pub fn of(trace: u128, span: u64, sampled: bool) -> Self {
        let parent = format!("00-{trace:032x}-{span:016x}-{:02x}", u8::from(sampled));
        Self { parent, state: None, baggage: None }
    }

    /// As the headers `traceparent` and `tracestate` say; `None` when the first says nothing that
    /// can be read.
    #[must_use]
    pub fn read(parent: &str, state: Option<&str>) -> Option<Self> {
        let parent = parent.trim();
        let state = state.filter(|state| state.len() <= STATE_BYTES_MAX).map(str::to_owned);
        is_parent(parent).then(|| Self { parent: parent.to_owned(), state, baggage: None })
    }

    /// The ids of the trace and of the span; `None` when the header has none.
    #[must_use]
    pub fn ids(&self) -> Option<(u128, u64)> {
        let (trace, span) = (self.parent.get(3..35)?, self.parent.get(36..52)?);
        let trace = u128::from_str_radix(trace, 16).ok().filter(|id| *id != 0)?;
        let span = u64::from_str_radix(span, 16).ok().filter(|id| *id != 0)?;
        Some((trace, span))
    }

    /// Whether it is recorded.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        let flags = self.parent.get(53..55).and_then(|flags| u8::from_str_radix(flags, 16).ok());
        flags.is_some_and(|flags| flags & 1 == 1)
    }

    /// The trace id in the `traceparent` header; `None` when it has none.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        let id = self.parent.split('-').nth(1)?;
        let sound = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        sound.then(|| id.to_owned())
    }
}

/// The longest `tracestate` that is passed on, in bytes: what the standard asks to carry.
const STATE_BYTES_MAX: usize = 512;

/// Whether `text` is a `traceparent`: of version 00, or of a later one that begins alike.
fn is_parent(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut next = || parts.next().unwrap_or_default();
    let (version, trace, span, flags) = (next(), next(), next(), next());
    let nothing_follows = parts.next().is_none();
    is_hex(version, 2)
        && version != "ff"
        && is_hex(trace, 32)
        && trace.bytes().any(|digit| digit != b'0')
        && is_hex(span, 16)
        && span.bytes().any(|digit| digit != b'0')
        && is_hex(flags, 2)
        && (nothing_follows || version != "00")
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// What led to a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The command is the outcome of an effect, or was sent by one.
    Effect(EffectId),
    /// Another command.
    Command(CommandId),
}

/// One request to one actor, whatever road it takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// The command's id; a repeat of it causes nothing new.
    pub id: CommandId,
    /// Whom it is for.
    pub to: Address,
    /// What is asked.
    pub name: CommandName,
    /// With what: the shape that the kind's page gives for `name`.
    pub input: Value,
    /// Whose word it is.
    pub by: Caller,
    /// What led to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// The errand it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<Correlation>,
    /// Where it stands in a trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Trace>,
    /// How many commands led to it without a person, a client or a rest between them, each sent by
    /// an actor. Set by the runtime alone.
    #[serde(default, skip_serializing_if = "is_first")]
    pub hops: u32,
    /// Do it only if the actor is at this revision (0 = does not exist): the optimistic lock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Revision>,
    /// The yes that an approval gave to this very command. Set by the runtime alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<Box<Approved>>,
}

/// Whether no actor sent a command.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
pub(crate) const fn is_first(hops: &u32) -> bool {
    *hops == 0
}

/// A yes that an approval gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Approved {
    /// The approval, in the tenant of the command.
    pub approval: ActorId,
    /// What it was asked.
    pub proposal: Proposal,
}

impl Envelope {
    /// A command without cause, correlation, trace or lock.
    #[must_use]
    pub const fn new(
        id: CommandId,
        to: Address,
        name: CommandName,
        input: Value,
        by: Caller,
    ) -> Self {
        let (cause, correlation, trace, expected) = (None, None, None, None);
        let (approved, hops) = (None, 0);
        Self { id, to, name, input, by, cause, correlation, trace, hops, expected, approved }
    }
}

/// An envelope with the node's message authentication code: what travels over the broker between
/// nodes of one system. Without a matching code every identity field is ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sealed {
    /// MessagePack of the [`Envelope`].
    #[serde(with = "crate::entry::bytes_or_base64")]
    pub envelope: Vec<u8>,
    /// Keyed BLAKE3 of `envelope`.
    pub mac: Hash,
}

/// The secret that the nodes of one system share. Never printed.
#[derive(Clone)]
pub struct NodeKey(pub [u8; 32]);

impl std::fmt::Debug for NodeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NodeKey(…)")
    }
}

impl Drop for NodeKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl NodeKey {
    /// Seals an envelope for the broker.
    ///
    /// # Errors
    /// When the input has no MessagePack form.
    pub fn seal(&self, envelope: &Envelope) -> Result<Sealed, crate::codec::CodecError> {
        let envelope = crate::codec::encode(envelope)?;
        let mac = Hash::keyed(&self.0, &envelope);
        Ok(Sealed { envelope, mac })
    }

    /// Opens what [`NodeKey::seal`] made; `None` when it was not made with this key.
    #[must_use]
    pub fn open(&self, sealed: &Sealed) -> Option<Envelope> {
        let mac = Hash::keyed(&self.0, &sealed.envelope);
        mac.same(&sealed.mac).then(|| crate::codec::decode(&sealed.envelope).ok()).flatten()
    }
}
