//! What may be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use contracts::Tenant;

use super::verbs;
use crate::settings::Secret;

/// Agents and conversations as actors on an append-only log. Without a verb: `up`.
///
/// Client verbs find a server by --url, CAMBIUM_URL or a local data directory, and a key by --key,
/// CAMBIUM_KEY or the admin.key of that directory.
///
/// Exit codes: 0 done, 1 rejected or failed, 2 usage, 3 unreachable.
#[derive(Debug, Parser)]
#[command(name = "cambium", version, max_term_width = 100)]
pub struct Cli {
    /// What every verb understands.
    #[command(flatten)]
    pub global: Global,
    /// The options of the default verb.
    #[command(flatten, next_help_heading = "Options of up, the default verb")]
    pub up: verbs::up::Args,
    /// What to do.
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// What every verb understands.
#[derive(Debug, Clone, Default, Args)]
pub struct Global {
    /// The server, such as http://127.0.0.1:8080 [environment: CAMBIUM_URL]
    #[arg(long, global = true, value_name = "URL", help_heading = "Global options")]
    pub url: Option<String>,
    /// The key to act with [environment: CAMBIUM_KEY]
    #[arg(long, global = true, value_name = "KEY", help_heading = "Global options")]
    pub key: Option<Secret>,
    /// The tenant to act in [environment: CAMBIUM_TENANT]
    #[arg(long, global = true, value_name = "TENANT", help_heading = "Global options")]
    pub tenant: Option<Tenant>,
    /// Why a super admin enters another's tenant; it is written down [environment: CAMBIUM_REASON]
    #[arg(long, global = true, value_name = "TEXT", help_heading = "Global options")]
    pub reason: Option<String>,
    /// The authority of an https server's certificate, as PEM, beside the system's own
    /// [environment: CAMBIUM_CA] [default: DATA/certs/ca.pem where it is]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub ca: Option<PathBuf>,
    /// A client certificate to show to an https server, as PEM [environment: CAMBIUM_CERT]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub cert: Option<PathBuf>,
    /// Its key, as PEM; without, it stands in the same file [environment: CAMBIUM_CERT_KEY]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub cert_key: Option<PathBuf>,
    /// The local data directory [environment: CAMBIUM_DATA] [default: ./cambium-data]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global options")]
    pub data: Option<PathBuf>,
    /// Print JSON, one value a line
    #[arg(long, global = true, help_heading = "Global options")]
    pub json: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run everything: log, actors, read models and the HTTP edge
    Up(verbs::up::Args),
    /// Run one node of several on a broker that is there
    Serve(verbs::serve::Args),
    /// Send a command to an actor and print its answer
    Send(verbs::send::Args),
    /// Show an actor's state, now or in the past, or what became of a command
    Show(verbs::show::Args),
    /// Print commits as they happen
    Tail(verbs::tail::Args),
    /// Tell what a command caused and what it waits for, as a tree
    Why(verbs::why::Args),
    /// Add up what was spent on models: calls, tokens, money
    Usage(verbs::usage::Args),
    /// Search the documents of a knowledge base
    Search(verbs::search::Args),
    /// Search what an assistant was told and said, also in the past
    Memory(verbs::search::Memory),
    /// Derive an actor's state again from the log, calling nobody
    Replay(verbs::replay::Args),
    /// Continue an actor differently from one of its past revisions
    Fork(verbs::fork::Args),
    /// Let the effects of a fork out into the world
    Unmute(verbs::unmute::Args),
    /// Compare two actors, or two revisions of one
    Diff(verbs::diff::Args),
    /// Check the hash chain of actors, on a server or in an exported file
    Verify(verbs::verify::Args),
    /// Write commits with their stored bytes as JSON lines
    Export(verbs::export::Args),
    /// Bring an export into this system, byte for byte, its effects muted
    Import(verbs::import::Args),
    /// Signed tree heads: list, make, keep and check them
    #[command(subcommand)]
    Tree(verbs::tree::Verb),
    /// The audit trail: list, follow, export and check it; what is held and for how long it is kept
    #[command(subcommand)]
    Audit(verbs::audit::Verb),
    /// Rules about commands: write, check, ask about the past, apply; and the kill switch
    #[command(subcommand)]
    Policy(verbs::policy::Verb),
    /// Sign in with a password, and keep the session for the verbs that follow
    Login(verbs::login::Args),
    /// End the session of `login`, or all of one's sessions
    Logout(verbs::login::Out),
    /// Tell who one is, and with what one came
    Whoami,
    /// What is known of a person: take it out, end it, and what it agrees to
    #[command(subcommand)]
    Privacy(verbs::privacy::Verb),
    /// Build read models anew from the log
    Rebuild(verbs::rebuild::Args),
    /// Look for what is wrong with an installation, with a remedy for each finding
    Doctor(verbs::doctor::Args),
    /// Measure this program on this machine, beside the bare broker in the same run
    Bench(verbs::bench::Args),
    /// Print the effective settings and where each comes from
    Config(verbs::config::Args),
    /// Models that run in this program itself: put them beside it, list them, take them away
    #[command(subcommand)]
    Model(verbs::model::Verb),
    /// Carry the Model Context Protocol between standard input and output and a server
    Mcp,
    /// Print the OpenAPI document of this program
    Openapi,
    /// Look at the parts of a running system
    #[command(subcommand)]
    Admin(verbs::admin::Verb),
    /// For development
    #[command(subcommand)]
    Dev(verbs::dev::Verb),
    /// Print a completion script for a shell
    Completions(verbs::completions::Args),
    /// Walk through the first minute on a scratch directory, with real commands
    Tour(verbs::tour::Args),
}
