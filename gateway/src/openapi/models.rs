//! The shapes of models: growing answers and circuits.

use contracts::model::CircuitView;
use serde_json::{Map, Value, json};

use super::shapes::{hash, inlined, object, reference};

/// The shapes.
pub fn shapes() -> Map<String, Value> {
    let text = object(
        "How far an answer has come.",
        &["id", "status", "offset", "text"],
        json!({
            "id": hash(),
            "status": { "type": "string", "description": "What the effect does, or how it ended." },
            "offset": {
                "type": ["integer", "null"], "minimum": 0,
                "description": "Bytes of text so far: where the next piece begins.",
            },
            "text": {
                "type": ["string", "null"],
                "description": "They; null when nothing grows on this node.",
            },
        }),
    );
    let items = json!({ "items": { "type": "array", "items": reference("schemas", "Circuit") } });
    let members = json!({
        "EffectText": text,
        "Circuit": inlined::<CircuitView>(),
        "Circuits": object("How the providers of models stand.", &["items"], items),
    });
    members.as_object().cloned().unwrap_or_default()
}
