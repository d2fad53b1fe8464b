//! The verbs, one file each.

pub mod admin;
pub mod against;
pub mod audit;
pub mod backup;
pub mod bench;
pub mod certs;
pub mod completions;
pub mod config;
pub mod dead;
pub mod dev;
pub mod diff;
pub mod doctor;
pub mod effects;
pub mod export;
pub mod fork;
pub mod import;
pub mod keys;
pub mod login;
pub mod mcp;
pub mod model;
pub mod nats_user;
pub mod openapi;
pub mod policy;
pub mod privacy;
pub mod rebuild;
pub mod replay;
pub mod restore;
pub mod search;
pub mod secrets;
pub mod send;
pub mod serve;
pub mod show;
pub mod tail;
pub mod tour;
pub mod tree;
pub mod unmute;
pub mod up;
pub mod usage;
pub mod users;
pub mod verify;
pub mod why;

use super::args::Verb;
use super::context::Cx;
use super::failure::Failure;
use super::session;
use contracts::ports::Fut;

/// Runs a verb. Boxed, since the tour runs verbs itself.
pub fn run<'a>(verb: Verb, cx: &'a mut Cx<'_>) -> Fut<'a, Result<(), Failure>> {
    Box::pin(async move {
        session::freshen(cx).await;
        match verb {
            Verb::Up(args) => up::run(args, cx).await,
            Verb::Serve(args) => serve::run(args, cx).await,
            Verb::Send(args) => send::run(args, cx).await,
            Verb::Show(args) => show::run(args, cx).await,
            Verb::Tail(args) => tail::run(args, cx).await,
            Verb::Usage(args) => usage::run(args, cx).await,
            Verb::Search(args) => search::run(args, cx).await,
            Verb::Memory(args) => search::memory(args, cx).await,
            Verb::Why(args) => why::run(args, cx).await,
            Verb::Replay(args) => replay::run(args, cx).await,
            Verb::Fork(args) => fork::run(args, cx).await,
            Verb::Diff(args) => diff::run(args, cx).await,
            Verb::Verify(args) => verify::run(args, cx).await,
            Verb::Export(args) => export::run(args, cx).await,
            Verb::Import(args) => import::run(args, cx).await,
            Verb::Tree(verb) => tree::run(verb, cx).await,
            Verb::Audit(verb) => audit::run(verb, cx).await,
            Verb::Policy(verb) => policy::run(verb, cx).await,
            Verb::Privacy(verb) => privacy::run(verb, cx).await,
            Verb::Unmute(args) => unmute::run(args, cx).await,
            Verb::Login(args) => login::run(args, cx).await,
            Verb::Logout(args) => login::out(args, cx).await,
            Verb::Whoami => login::whoami(cx).await,
            Verb::Rebuild(args) => rebuild::run(args, cx).await,
            Verb::Doctor(args) => doctor::run(args, cx).await,
            Verb::Bench(args) => bench::run(args, cx).await,
            Verb::Config(args) => config::run(args, cx),
            Verb::Model(verb) => model::run(verb, cx),
            Verb::Mcp => mcp::run(cx).await,
            Verb::Openapi => openapi::run(cx),
            Verb::Admin(verb) => admin::run(verb, cx).await,
            Verb::Dev(verb) => dev::run(verb, cx),
            Verb::Completions(args) => completions::run(&args, cx),
            Verb::Tour(args) => tour::run(args, cx).await,
        }
    })
}
