use serde_json::{Value, json};

use super::commands::{
    Assign, Grants, Nothing, Profile, Register, Revoke, SetPassword, Settings, Standing, Transfer,
    Unassign,
};
use super::keys::{
    AskReset, BeginSession, EndSession, IssueKey, RefreshSession, Refreshed, RevokeKey, RotateKey,
};
use crate::hash::Hash;
use crate::kinds::suspend::Suspend;
use crate::page::{CommandSpec, EventSpec, SchemaOf, schema_of};

/// A hash that nobody's password has, as it was kept before hashes were sealed.
const PASSWORD: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU";
/// A sealed hash that nobody can open.
const SEALED: &str = "sealed:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn hash(text: &str) -> Hash {
    Hash::of(text.as_bytes())
}

fn spec(name: &'static str, about: &'static str, input: SchemaOf, example: Value) -> CommandSpec {
    CommandSpec { name, about, input, output: schema_of::<Standing>, example, begins: false }
}

pub(super) fn commands() -> Vec<CommandSpec> {
    let register = json!({ "sort": "user", "display": "Ada", "email": "ada@example.org" });
    let begins = spec("register", "Begins a principal.", schema_of::<Register>, register);
    let mut all = vec![CommandSpec { begins: true, ..begins }];
    all.extend(people());
    all.extend(keys());
    all.extend(sessions());
    all.extend([
        spec(
            "suspend",
            "Lets it do nothing more; its sessions end, its keys rest.",
            schema_of::<Suspend>,
            json!({ "reason": "left" }),
        ),
        spec("restore", "Lets it act again.", schema_of::<Nothing>, json!({})),
    ]);
    all
}

fn people() -> Vec<CommandSpec> {
    vec![
        spec(
            "profile",
            "Changes how it is shown.",
            schema_of::<Profile>,
            json!({ "display": "Ada Lovelace" }),
        ),
        spec(
            "settings",
            "Changes its settings, member by member.",
            schema_of::<Settings>,
            json!({ "settings": { "theme": "dark" } }),
        ),
        spec(
            "set_password",
            "Sets its password, told by its sealed hash; its sessions end. Only for signing in.",
            schema_of::<SetPassword>,
            json!({ "hash": SEALED }),
        ),
        spec(
            "assign",
            "Gives it a role, which the caller must hold all of.",
            schema_of::<Assign>,
            json!({ "role": "developer" }),
        ),
        spec(
            "unassign",
            "Takes a role from it.",
            schema_of::<Unassign>,
            json!({ "role": "developer" }),
        ),
        spec(
            "grant",
            "Gives it capabilities, which the caller must hold all of.",
            schema_of::<Grants>,
            json!({ "capability": "cap:counter.*", "expires_at": "2030-01-01T00:00:00.000Z" }),
        ),
        spec(
            "revoke",
            "Takes capabilities from it.",
            schema_of::<Revoke>,
            json!({ "capability": "cap:counter.*" }),
        ),
        spec(
            "transfer",
            "Gives it another owner.",
            schema_of::<Transfer>,
            json!({ "owner": "grace" }),
        ),
    ]
}

fn keys() -> Vec<CommandSpec> {
    vec![
        spec(
            "issue_key",
            "Gives it a key, told by its hash.",
            schema_of::<IssueKey>,
            json!({ "id": "k1", "hash": hash("k1"), "label": "deploy", "scope": ["cap:*.read"] }),
        ),
        spec(
            "rotate_key",
            "Puts a new key of the same label and scope in a key's place.",
            schema_of::<RotateKey>,
            json!({ "id": "k1", "successor": "k2", "hash": hash("k2"), "overlap_ms": 60_000 }),
        ),
        spec("revoke_key", "Ends a key.", schema_of::<RevokeKey>, json!({ "id": "k2" })),
    ]
}

fn sessions() -> Vec<CommandSpec> {
    let (begun, next) = (hash("first token"), hash("second token"));
    let refresh = spec(
        "refresh_session",
        "Goes on with a session. A token counts once: when it comes again, the session ends.",
        schema_of::<RefreshSession>,
        json!({
            "family": "s1", "token_hash": begun, "next_hash": next,
            "expires_at": "2099-01-02T00:00:00.000Z",
        }),
    );
    vec![
        spec(
            "begin_session",
            "Begins a session, told by the hash of its refresh token.",
            schema_of::<BeginSession>,
            json!({
                "family": "s1", "token_hash": begun,
                "expires_at": "2099-01-01T00:00:00.000Z", "device": "laptop",
            }),
        ),
        CommandSpec { output: schema_of::<Refreshed>, ..refresh },
        spec("end_session", "Ends a session.", schema_of::<EndSession>, json!({ "family": "s1" })),
        spec("end_sessions", "Ends all sessions.", schema_of::<Nothing>, json!({})),
        spec(
            "ask_reset",
            "Has a link sent by which it sets another password. Only signing in does it.",
            schema_of::<AskReset>,
            json!({ "ticket": "r1", "expires_at": "2030-01-01T00:00:00.000Z" }),
        ),
    ]
}

pub(super) fn events() -> Vec<EventSpec> {
    let end = "2030-01-01T00:00:00.000Z";
    let samples = [
        (
            "Registered",
            "It began.",
            json!({ "sort": "agent", "display": "Ada", "email": "a@example.org", "owner": "grace" }),
        ),
        ("ProfileChanged", "It is shown otherwise.", json!({ "display": "Ada", "about": "me" })),
        (
            "SettingsChanged",
            "Its settings changed; null = taken away.",
            json!({ "settings": { "theme": "dark", "beta": null } }),
        ),
        ("PasswordSet", "It has a password.", json!({ "hash": PASSWORD })),
        ("RoleAssigned", "It has a role.", json!({ "role": "developer", "expires_at": end })),
        ("RoleRemoved", "It has a role no longer.", json!({ "role": "developer" })),
        (
            "Granted",
            "It has capabilities.",
            json!({
                "capability": "cap:counter.*", "expires_at": end,
                "condition": { "ids": ["team-*"], "roads": ["http"] },
            }),
        ),
        ("Revoked", "It has capabilities no longer.", json!({ "capability": "cap:counter.*" })),
        ("Transferred", "It has another owner.", json!({ "owner": "grace" })),
        (
            "KeyIssued",
            "It has a key.",
            json!({
                "id": "k1", "hash": hash("k1"), "label": "deploy",
                "scope": ["cap:*.read"], "expires_at": end,
            }),
        ),
        (
            "KeyRotated",
            "A key has a successor of the same label and scope.",
            json!({ "id": "k1", "until": end, "successor": "k2", "hash": hash("k2") }),
        ),
        ("KeyRevoked", "A key counts no longer.", json!({ "id": "k2" })),
        (
            "SessionBegun",
            "A session began.",
            json!({
                "family": "s1", "token_hash": hash("t1"), "expires_at": end, "device": "laptop",
            }),
        ),
        (
            "SessionRefreshed",
            "A session goes on with another refresh token.",
            json!({ "family": "s1", "token_hash": hash("t2"), "expires_at": end }),
        ),
        ("SessionEnded", "A session ended.", json!({ "family": "s1", "why": "reused" })),
        (
            "ResetAsked",
            "It wants another password, and is sent a link by which it sets one.",
            json!({ "ticket": "r1", "expires_at": end }),
        ),
        ("Suspended", "It may do nothing more.", json!({ "by": "grace", "reason": "left" })),
        ("Restored", "It may act again.", json!({})),
    ];
    samples.into_iter().map(|(r#type, about, sample)| EventSpec { r#type, about, sample }).collect()
}
