//! The shapes of the audit trail.

use serde_json::{Map, Value, json};

use super::shapes::{hash, inlined, object, page, reference, text};

/// The shapes, by name.
pub fn schemas() -> Map<String, Value> {
    let maybe = |about: &str| json!({ "type": ["string", "null"], "description": about });
    let time = || json!({ "type": "string", "format": "date-time" });
    let count = |about: &str| json!({ "type": "integer", "minimum": 0, "description": about });
    let members = json!({
        "HoldInput": inlined::<crate::dialects::rest::HoldInput>(),
        "ReleaseInput": inlined::<crate::dialects::rest::ReleaseInput>(),
        "Retention": inlined::<contracts::audit::Retention>(),
        "AuditRecord": object(
            "Something that somebody may have to answer for.",
            &["cursor", "hash", "v", "tenant", "class", "at", "outcome", "message"],
            json!({
                "cursor": text("Where it stands, opaque."), "hash": hash(),
                "v": count("The version of its layout."), "tenant": text("In whose house."),
                "class": text("What sort."), "at": time(), "principal": maybe("Who."),
                "credential": maybe("The key or session that was used, by its id."),
                "road": maybe("By which road."), "peer": maybe("From which network address."),
                "action": maybe("What was asked."), "actor": maybe("Of which actor, kind/id."),
                "outcome": { "enum": ["done", "refused", "failed", "noted"] },
                "code": maybe("The code of the refusal."),
                "policy": maybe("The digest of what decided."),
                "as_of": maybe("How far that had read."), "trace_id": maybe("The W3C trace id."),
                "reason": maybe("Why, in the words of who did it."),
                "message": text("One sentence."), "details": { "description": "More facts." },
            }),
        ),
        "AuditRecords": page(reference("schemas", "AuditRecord")),
        "AuditReport": object(
            "What the chains were found to be.",
            &["ok", "records", "chains", "heads", "anchors", "uncovered", "findings"],
            json!({
                "ok": { "type": "boolean" }, "records": count("How many were read."),
                "chains": count("How many chains they are of."),
                "heads": count("How many signed heads were checked."),
                "anchors": count("How many chains begin behind a signed anchor."),
                "uncovered": count("How many records no head covers yet."),
                "findings": { "type": "array", "items": { "type": "object" } },
            }),
        ),
        "AuditHead": object(
            "How far the chains of a tenant are, signed.",
            &["v", "tenant", "at", "chains", "root", "public_key", "signature"],
            json!({
                "v": count("The version of its layout."), "tenant": text("Whose."), "at": time(),
                "chains": { "type": "array", "items": { "type": "object" } }, "root": hash(),
                "public_key": text("The ed25519 key that checks it."),
                "signature": text("The ed25519 signature."),
            }),
        ),
        "Hold": object(
            "Records that nobody purges.",
            &["id", "tenant", "reason", "at"],
            json!({
                "id": text("What it is called."), "tenant": text("Whose records."),
                "class": maybe("Of which class; absent = of all."),
                "principal": maybe("About whom; absent = about everybody."),
                "reason": text("Why."), "by": maybe("Who said so."), "at": time(),
            }),
        ),
    });
    members.as_object().cloned().unwrap_or_default()
}
