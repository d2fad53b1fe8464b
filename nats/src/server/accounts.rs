//! Who may enter the broker: an account for the program, which holds the streams, and one for each
//! tenant that has users of its own.
//!
//! A tenant's account imports `cmd.` and `ask.` of its own tenant as services, and `live.` and its
//! inboxes as streams. An answer of the broker or of the program to a message from there goes back
//! into that account and nowhere else, whatever subject the sender has put in its place: with
//! permissions in one account alone, the broker would send the acknowledgement of a stored message
//! to `evt.…` of another tenant if it is asked to.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use contracts::{ActorId, Tenant};

use super::ServerConfig;
use super::users::Kept;

/// The account of the program, in which the streams are.
pub const ACCOUNT: &str = "CAMBIUM";

/// The one user of that account.
pub const USER: &str = "cambium";

/// The subject of a request with the partition of the actor whom it is for.
const WITH_PARTITION: &str =
    "ask.{{partition(64,1,2,3)}}.{{wildcard(1)}}.{{wildcard(2)}}.{{wildcard(3)}}";

/// The block `accounts` of the configuration.
pub fn block(config: &ServerConfig, password: &str, users: &[Kept]) -> String {
    let mut tenants: BTreeMap<&Tenant, Vec<&Kept>> = BTreeMap::new();
    for user in users {
        tenants.entry(&user.tenant).or_default().push(user);
    }
    let mut text = format!(
        r#"accounts {{
    {ACCOUNT} {{
        jetstream: enabled
        users: [ {{ user: "{USER}", password: "{password}" }} ]
        # Requests need no hash: the broker adds the partition.
        mappings {{ "ask.*.*.*": "{WITH_PARTITION}" }}
        {exports}
    }}
"#,
        exports = exports(tenants.keys().copied()),
    );
    for (tenant, users) in tenants {
        text.push_str(&account(config, tenant, &users));
    }
    text.push_str("}\n");
    text
}

/// What an operator puts into the configuration of a broker of his own for one user.
pub fn snippet(config: &ServerConfig, user: &Kept) -> String {
    format!(
        "# Into the account in which Cambium is:\n{}\n# Beside it, in the block accounts:\n{}",
        exports([&user.tenant].into_iter()),
        account(config, &user.tenant, &[user]),
    )
}

/// What a NATS user is called; no id has a dot.
pub fn user_name(tenant: &Tenant, name: &ActorId) -> String {
    format!("{tenant}.{name}")
}

/// What the inboxes of a user begin with.
pub fn inbox_prefix(tenant: &Tenant, name: &ActorId) -> String {
    format!("_INBOX_{tenant}.{name}")
}

/// Services and signals are offered to every account, and each imports its own part only. An inbox
/// prefix is no token of its own, so each is named.
fn exports<'a>(tenants: impl Iterator<Item = &'a Tenant>) -> String {
    let mut text =
        "exports: [\n            { service: \"cmd.*.*.*\" }, { service: \"ask.*.*.*\" }, \
                    { stream: \"live.*.*.*\" }"
            .to_owned();
    for tenant in tenants {
        let _ = write!(text, ",\n            {{ stream: \"_INBOX_{tenant}.>\" }}");
    }
    text.push_str("\n        ]");
    text
}

fn account(config: &ServerConfig, tenant: &Tenant, users: &[&Kept]) -> String {
    let users: Vec<String> = users.iter().map(|it| user(it)).collect();
    format!(
        r#"    "T_{tenant}" {{
        imports: [
            {{ service: {{ account: {ACCOUNT}, subject: "cmd.{tenant}.*.*" }} }},
            {{ service: {{ account: {ACCOUNT}, subject: "ask.{tenant}.*.*" }} }},
            {{ stream: {{ account: {ACCOUNT}, subject: "live.{tenant}.*.*" }} }},
            {{ stream: {{ account: {ACCOUNT}, subject: "_INBOX_{tenant}.>" }} }}
        ]
        limits {{ max_conn: {connections}, max_subs: {subscriptions}, max_payload: {payload} }}
        users: [
            {users}
        ]
    }}
"#,
        connections = config.tenant_connections_max,
        subscriptions = config.tenant_subscriptions_max,
        payload = config.tenant_payload_bytes_max.min(config.payload_bytes_max),
        users = users.join(",\n            "),
    )
}

/// The exact number of tokens matters: `cmd.7.>` would be the stored form of every tenant's
/// commands in the partition 7 to a tenant that is called `7`.
fn user(Kept { tenant, name, hash, .. }: &Kept) -> String {
    let (user, inbox) = (user_name(tenant, name), inbox_prefix(tenant, name));
    format!(
        r#"{{ user: "{user}", password: "{hash}", permissions: {{
                publish: {{ allow: ["cmd.{tenant}.*.*", "ask.{tenant}.*.*"] }},
                subscribe: {{ allow: ["live.{tenant}.*.*", "{inbox}.>"] }},
                allow_responses: false
            }} }}"#
    )
}
