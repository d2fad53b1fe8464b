//! `admin`: the parts of a running system.

use serde_json::json;

use crate::cli::context::Cx;
use crate::cli::failure::Failure;
use crate::cli::render;

/// What to look at.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// The streams of the log, with their sizes
    Streams,
    /// The servers that keep each stream, and how far they are behind
    Peers,
    /// How far the read models are behind the log
    Lag,
    /// Which node owns which partitions
    Partitions,
    /// The nodes that share the log
    Nodes,
    /// Let a node give its partitions to others and take none until it is started anew
    Drain(Drain),
    /// The read models
    Models,
    /// Let a read model pass the commit at which it stands still; that is recorded
    SkipCommit(SkipCommit),
    /// Messages that no read model applies, since they break their actor's chain; with
    /// `--acknowledge`, gives an operator's word that a message which is no actor's is known
    Refused(Refused),
    /// Compare the timers of the log with the broker's schedules, and repair what differs
    Timers,
    /// Let the node log more or less, for a while or until it ends; without arguments, tell what
    /// is in force
    LogLevel(LogLevel),
    /// Messages that were put aside after trouble, and what to do about them
    Dead(super::dead::Args),
    /// What actors have asked of the world, what holds it, and what to do about it
    Effects(super::effects::Args),
    /// Keys of principals: issue, list, rotate, revoke
    #[command(subcommand)]
    Keys(super::keys::Verb),
    /// Users of the broker who publish for a tenant: add, list, revoke
    #[command(subcommand)]
    NatsUser(super::nats_user::Verb),
    /// Sealed secrets of a tenant: put, list, delete; and the master key over them
    #[command(subcommand)]
    Secrets(super::secrets::Verb),
    /// Principals and their passwords: add, list, suspend, restore, reset
    #[command(subcommand)]
    Users(super::users::Verb),
    /// The keys that tokens are signed with: list, rotate
    #[command(subcommand)]
    SigningKeys(super::users::Keys),
    /// Make a certificate authority for development, and certificates for the server and clients
    Certs(super::certs::Args),
    /// Back up what the broker holds, online; list and check backups
    Backup(super::backup::Args),
    /// Fill a fresh data directory or an empty broker from a backup, up to a point
    Restore(super::restore::Args),
    /// The limits that are set, what the effects under each do, and what holds them
    Limits,
    /// Messages that quarantine an actor
    Quarantine(super::dead::Quarantine),
}

/// Which message is acknowledged.
#[derive(Debug, clap::Args)]
pub struct Refused {
    /// Where a message stands that is no actor's, as `verify --all` tells it: it no longer fails
    #[arg(long, value_name = "CURSOR", requires = "hash")]
    pub acknowledge: Option<String>,
    /// The hash of its bytes, as `verify --all` tells it
    #[arg(long, value_name = "HASH", requires = "acknowledge")]
    pub hash: Option<String>,
    /// What is known about it
    #[arg(long, value_name = "TEXT", requires = "acknowledge")]
    pub note: Option<String>,
}

/// What is logged otherwise, and for how long.
#[derive(Debug, clap::Args)]
pub struct LogLevel {
    /// Such as `cambium=debug`: off, error, warn, info, debug or trace
    #[arg(value_name = "TARGET=LEVEL")]
    pub change: Option<String>,
    /// For how long, such as `10m`; left out, until the node ends
    #[arg(long = "for", value_name = "TIME", requires = "change", value_parser = milliseconds)]
    pub within: Option<u64>,
}

/// A time such as `90s`, `10m` or `2h`, in milliseconds.
fn milliseconds(text: &str) -> Result<u64, String> {
    let (number, unit) = text.split_at(text.trim_end_matches(char::is_alphabetic).len());
    let unit = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err("must be a number and ms, s, m, h or d, such as 10m".to_owned()),
    };
    let number = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    number.filter(|ms| *ms > 0).ok_or_else(|| "must be above 0, such as 10m".to_owned())
}

/// Which node.
#[derive(Debug, clap::Args)]
pub struct Drain {
    /// The node, as `admin nodes` tells it
    #[arg(value_name = "NODE")]
    pub node: String,
}

/// Which commit, and of which read model.
#[derive(Debug, clap::Args)]
pub struct SkipCommit {
    /// The read model
    #[arg(value_name = "MODEL")]
    pub model: String,
    /// Where the commit stands, as `admin models` tells it
    #[arg(value_name = "CURSOR")]
    pub cursor: String,
}

/// Asks the server and prints a table.
///
/// # Errors
/// As [`crate::cli::client::Client::get`].
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let part = match verb {
        Verb::Streams => "streams",
        Verb::Peers => "peers",
        Verb::Lag => "lag",
        Verb::Partitions => "partitions",
        Verb::Nodes => "nodes",
        Verb::Drain(Drain { node }) => {
            let body = json!({ "node": node });
            let answer = cx.client()?.post("/v1/admin/drain", &body).await?;
            return render::answer(cx.out, &answer);
        }
        Verb::Models => "models",
        Verb::Refused(Refused { acknowledge: Some(cursor), hash, note }) => {
            let body = json!({ "cursor": cursor, "hash": hash, "note": note });
            let answer = cx.client()?.post("/v1/admin/refused/acknowledge", &body).await?;
            return render::answer(cx.out, &answer);
        }
        Verb::Refused(_) => "refused",
        Verb::SkipCommit(SkipCommit { model, cursor }) => {
            let body = serde_json::json!({ "model": model, "cursor": cursor });
            let answer = cx.client()?.post("/v1/admin/models/skip", &body).await?;
            return render::answer(cx.out, &answer);
        }
        Verb::Timers => {
            let found = cx.client()?.post("/v1/admin/timers/reconcile", &json!({})).await?;
            return render::answer(cx.out, &found);
        }
        Verb::LogLevel(LogLevel { change: Some(change), within }) => {
            let body = json!({ "change": change, "for_ms": within });
            let told = cx.client()?.post("/v1/admin/log_level", &body).await?;
            return render::answer(cx.out, &told);
        }
        Verb::LogLevel(_) => "log_level",
        Verb::Dead(args) => return super::dead::run(args, cx).await,
        Verb::Effects(args) => return super::effects::run(args, cx).await,
        Verb::Keys(verb) => return super::keys::run(verb, cx).await,
        Verb::NatsUser(verb) => return super::nats_user::run(verb, cx).await,
        Verb::Secrets(verb) => return super::secrets::run(verb, cx).await,
        Verb::Users(verb) => return super::users::run(verb, cx).await,
        Verb::SigningKeys(verb) => return super::users::keys(verb, cx).await,
        Verb::Certs(args) => return super::certs::run(args, cx),
        Verb::Backup(args) => return super::backup::run(args, cx).await,
        Verb::Restore(args) => return super::restore::run(args, cx).await,
        Verb::Limits => return super::effects::limits(cx).await,
        Verb::Quarantine(args) => return super::dead::quarantine(args, cx).await,
    };
    let answer = cx.client()?.get(&format!("/v1/admin/{part}"), &[]).await?;
    render::answer(cx.out, &answer)
}
