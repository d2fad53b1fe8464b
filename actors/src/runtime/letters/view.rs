//! A letter as operators see it.

use contracts::entry::bytes_or_base64;
use contracts::ports::{DeadLetter, LetterView};
use contracts::{canonical, codec};
use serde_json::Value;

use super::open;
use crate::runtime::roads::is_secret;
use crate::runtime::shared::Shared;

/// Shows a letter: its command when it can be read, its body when that is JSON or MessagePack.
pub fn view(shared: &Shared, id: u64, letter: DeadLetter) -> LetterView {
    let envelope = open::open(shared, id, &letter).ok();
    let DeadLetter { to, subject, mut headers, payload, code, reason, deliveries, at, held } =
        letter;
    // Those that an earlier version has kept are not shown, either.
    headers.retain(|(name, _)| !is_secret(name));
    let (mut bytes, mut input) = (None, Value::Null);
    match &envelope {
        Some(envelope) => input = envelope.input.clone(),
        None => match read(&payload) {
            Some(value) => input = value,
            None => bytes = base64(&payload),
        },
    }
    LetterView {
        id,
        tenant: to.as_ref().map(|to| to.tenant.clone()),
        kind: to.as_ref().map(|to| to.kind.clone()),
        actor: to.map(|to| to.id),
        subject,
        headers,
        command: envelope.as_ref().map(|envelope| envelope.name.to_string()),
        command_id: envelope.as_ref().map(|envelope| envelope.id.to_string()),
        by: envelope.map(|envelope| envelope.by.principal.to_string()),
        input,
        payload: bytes,
        code,
        reason,
        deliveries,
        at,
        held,
    }
}

fn base64(payload: &[u8]) -> Option<String> {
    let told = bytes_or_base64::serialize(payload, serde_json::value::Serializer).ok()?;
    told.as_str().map(str::to_owned)
}

fn read(payload: &[u8]) -> Option<Value> {
    canonical::parse_exact(payload)
        .ok()
        .or_else(|| codec::decode_json(payload).ok().filter(|value| !value.is_number()))
}
