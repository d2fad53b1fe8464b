//! The people of the tests, and what each is expected to hold, written down by hand: what the
//! program works out from patterns is compared with it.

use cambium_tests::node::Node;
use contracts::caller::Origin;
use contracts::ports::Wait;
use contracts::view::Answer;
use contracts::{Caller, Envelope, Hash, Refusal, commit};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

/// The roles that every tenant has.
pub const ROLES: [&str; 7] =
    ["admin", "operator", "developer", "reviewer", "viewer", "user", "service"];

/// Who holds a capability: the roles, as they are meant.
pub const HELD: &[(&str, &[&str])] = &[
    ("cap:counter.read", &["admin", "operator", "developer", "reviewer", "viewer", "user"]),
    ("cap:counter.add", &["admin", "developer", "user"]),
    ("cap:osteon.outline", &["admin", "developer", "user"]),
    ("cap:counter.fork", &["admin", "developer"]),
    ("cap:counter.unmute", &["admin", "operator", "developer"]),
    ("cap:effects.read", &["admin", "operator", "developer", "reviewer", "viewer"]),
    ("cap:effects.control", &["admin", "operator", "developer"]),
    ("cap:work.lease", &["admin", "operator", "developer", "service"]),
    ("cap:work.conclude", &["admin", "operator", "developer", "service"]),
    ("cap:archive.export", &["admin", "operator"]),
    ("cap:archive.verify", &["admin", "operator"]),
    ("cap:archive.import", &["admin"]),
    ("cap:audit.read", &["admin", "operator"]),
    ("cap:audit.sign", &["admin"]),
    ("cap:audit.hold", &["admin"]),
    ("cap:audit.retain", &["admin"]),
    ("cap:tree.read", &["admin", "operator", "developer", "reviewer", "viewer", "user"]),
    ("cap:usage.read", &["admin", "operator", "developer", "reviewer", "viewer"]),
    ("cap:tree.make", &["admin", "operator", "developer"]),
    ("cap:dead.read", &["admin", "operator"]),
    ("cap:dead.settle", &["admin", "operator"]),
    ("cap:admin.read", &["admin", "operator"]),
    ("cap:admin.drain", &["admin", "operator"]),
    ("cap:admin.log_level", &["admin", "operator"]),
    ("cap:admin.rebuild", &["admin", "operator"]),
    ("cap:admin.skip", &["admin", "operator"]),
    ("cap:admin.acknowledge", &["admin", "operator"]),
    ("cap:admin.reconcile", &["admin", "operator"]),
    ("cap:admin.reset", &["admin", "operator"]),
    ("cap:admin.rotate", &["admin", "operator"]),
    ("cap:principal.read", &["admin", "operator"]),
    ("cap:principal.register", &["admin"]),
    ("cap:principal.suspend", &["admin"]),
    ("cap:principal.restore", &["admin"]),
    ("cap:principal.reset_password", &["admin"]),
    ("cap:principal.claim_mail", &["admin"]),
    ("cap:nats_users.manage", &["admin"]),
    ("cap:nats_users.read", &["admin", "operator"]),
    ("cap:secrets.delete", &["admin"]),
    ("cap:secrets.list", &["admin"]),
    ("cap:secrets.put", &["admin"]),
    ("cap:secrets.rotate", &["admin"]),
    ("cap:webhook.create", &["admin", "developer"]),
    ("cap:webhook.rotate", &["admin", "developer"]),
    ("cap:policy.read", &["admin", "operator", "reviewer", "viewer"]),
    ("cap:policy.check", &["admin"]),
    ("cap:policy.what_if", &["admin"]),
    ("cap:organization.add_member", &["admin"]),
    ("cap:organization.change_member", &["admin"]),
    ("cap:organization.create", &["admin"]),
    ("cap:organization.read", &["admin", "operator", "reviewer", "viewer"]),
    ("cap:organization.remove_member", &["admin"]),
    ("cap:principal.register", &["admin"]),
    ("cap:policy.put", &["admin"]),
    ("cap:policy.activate", &["admin"]),
    ("cap:policy.rollback", &["admin"]),
    ("cap:policy.retire", &["admin"]),
    ("cap:policy.engage", &["admin", "operator"]),
    ("cap:policy.release", &["admin", "operator"]),
    ("cap:privacy.erase", &["admin"]),
    ("cap:privacy.export", &["admin"]),
    ("cap:privacy.receipts", &["admin"]),
    ("cap:subject.withdraw", &["admin"]),
    ("cap:assistant.ask", &["admin", "developer", "user"]),
    ("cap:connector.authorize", &["admin", "developer", "user"]),
    ("cap:connector.check", &["admin", "developer", "user"]),
    ("cap:connector.read", &["admin", "operator", "developer", "reviewer", "viewer", "user"]),
    ("cap:connector.seal", &["admin", "developer", "user"]),
    ("cap:chaperone.read", &["admin", "operator", "developer", "reviewer", "viewer", "user"]),
    ("cap:assistant.define", &["admin", "developer", "user"]),
    ("cap:assistant.retire", &["admin", "developer", "user"]),
    ("cap:assistant.read", &["admin", "operator", "developer", "reviewer", "viewer", "user"]),
    ("cap:knowledge.read", &["admin", "operator", "developer", "reviewer", "viewer", "user"]),
    ("cap:cron.remove", &["admin", "developer", "user"]),
    ("cap:cron.set", &["admin", "developer", "user"]),
    ("cap:item.put", &["admin", "developer", "user"]),
    ("cap:item.read", &["admin", "operator", "developer", "reviewer", "viewer", "user"]),
    ("cap:item.remove", &["admin", "developer", "user"]),
    ("cap:embedding.make", &["admin", "developer", "user"]),
    ("cap:file.delete", &["admin", "developer", "user"]),
    ("cap:file.upload", &["admin", "developer", "user"]),
    ("cap:run.cancel", &["admin", "developer", "user"]),
    ("cap:run.start", &["admin", "developer", "user"]),
    ("cap:thread.append", &["admin", "developer", "user"]),
    ("cap:thread.note", &["admin", "developer", "user"]),
    ("cap:thread.fork", &["admin", "developer"]),
    ("cap:thread.open", &["admin", "developer", "user"]),
    ("cap:file.read", &["admin", "operator", "developer", "reviewer", "viewer", "user"]),
    ("cap:run.read", &["admin", "operator", "developer", "reviewer", "viewer", "user"]),
    ("cap:telemetry.read", &["admin", "operator", "developer", "reviewer", "viewer", "user"]),
    ("cap:telemetry.retain", &["admin"]),
    ("cap:telemetry.write", &["admin", "developer", "user", "service"]),
    ("cap:thread.read", &["admin", "operator", "developer", "reviewer", "viewer", "user"]),
];

/// Whether a role is meant to hold a capability.
pub fn holds(role: &str, capability: &str) -> bool {
    let row = HELD.iter().find(|(known, _)| *known == capability);
    row.unwrap_or_else(|| panic!("{capability} has no row")).1.contains(&role)
}

/// A message of A2A.
pub fn said_in_a2a() -> Value {
    let parts = json!([{ "text": "x" }]);
    json!({ "message": { "messageId": "m", "role": "ROLE_USER", "parts": parts } })
}

static SERIAL: AtomicU64 = AtomicU64::new(9_000_000);

/// A command to `tenant/kind/id` by `by`.
pub fn command(by: Caller, to: &str, name: &str, input: Value) -> Envelope {
    let id = commit::sample_command_id(u128::from(SERIAL.fetch_add(1, Ordering::Relaxed)));
    let (to, name) = (to.parse().expect("an address"), name.parse().expect("a name"));
    Envelope::new(id, to, name, input, by)
}

/// Somebody called so, come by HTTP.
pub fn named(principal: &str) -> Caller {
    Caller::new(principal.parse().expect("a principal"), Origin::Http)
}

/// Sends a command. What it changes of rights and policies counts when it is answered.
///
/// # Errors
/// What it is refused with.
pub async fn send(node: &Node, envelope: Envelope) -> Result<Answer, Refusal> {
    use contracts::ports::CommandBus as _;
    let wait = Wait::Completed(std::time::Duration::from_secs(20));
    node.runtime.ask(envelope, wait).await
}

/// As the admin.
///
/// # Errors
/// What it is refused with.
pub async fn order(node: &Node, to: &str, name: &str, input: Value) -> Result<Answer, Refusal> {
    send(node, command(named("admin"), to, name, input)).await
}

/// A principal of `tenant` with roles and a key; the key.
pub async fn join(node: &Node, tenant: &str, name: &str, roles: &[&str]) -> String {
    let to = format!("{tenant}/principal/{name}");
    order(node, &to, "register", json!({ "roles": roles })).await.expect("registered");
    key(node, tenant, name, None).await
}

/// A key of a principal, with a scope or without.
pub async fn key(node: &Node, tenant: &str, name: &str, scope: Option<&[&str]>) -> String {
    let text = format!("ck_k{}_{tenant}_{name}", SERIAL.fetch_add(1, Ordering::Relaxed));
    let id = text.split('_').nth(1).expect("an id");
    let mut input = json!({ "id": id, "hash": Hash::of(text.as_bytes()), "label": "test" });
    if let Some(scope) = scope {
        input["scope"] = json!(scope);
    }
    order(node, &format!("{tenant}/principal/{name}"), "issue_key", input).await.expect("issued");
    text
}
