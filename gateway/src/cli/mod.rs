//! The command line: one file per verb, each with its arguments and what it does.
//!
//! Verbs that need the program itself (`up`, `tour`, `openapi`, `doctor`) reach it through
//! [`Local`], which the composition root implements; all others speak HTTP to a server. Nothing is
//! printed except through [`Out`].

pub mod address;
mod args;
mod client;
mod codes;
mod context;
mod failure;
mod history;
mod lines;
mod local;
mod out;
mod paint;
mod render;
#[cfg(test)]
mod samples;
mod serve;
mod session;
mod sse;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod tree;
pub(crate) mod verbs;

use std::process::ExitCode;

use clap::Parser as _;

pub use args::{Cli, Global, Verb};
pub use context::Cx;
pub use failure::Failure;
pub use local::{Broker, Load, Local, Part, Running};
pub use out::Out;

/// Parses the arguments of this process, runs the verb and says how it ended: 0 done, 1 rejected
/// or failed, 2 usage, 3 unreachable.
#[must_use]
pub fn main(local: &dyn Local) -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            refuse(&error);
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let mut out = Out::standard(cli.global.json);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            out.failure(&Failure::Failed(format!("the runtime cannot start: {error}")));
            return ExitCode::FAILURE;
        }
    };
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let code = runtime.block_on(run(cli, local, environment, &mut out));
    runtime.shutdown_background();
    ExitCode::from(code)
}

/// Tells what is wrong with the arguments, or what was asked of them.
fn refuse(error: &clap::Error) {
    if !error.use_stderr() {
        let _ = error.print();
    } else if std::env::args_os().any(|word| word == "--json") {
        Out::standard(true).failure(&Failure::Usage(error.to_string()));
    } else {
        let _ = error.print();
        Out::standard(false).remark(&format!("  code: {}", codes::USAGE));
    }
}

/// Tells a person at the terminal what takes so long, whatever verb runs.
pub fn remark(text: &str) {
    Out::standard(false).remark(text);
}

/// Runs one verb in `environment` and gives the exit code; a failure is told on `out`.
pub async fn run(
    cli: Cli,
    local: &dyn Local,
    environment: Vec<(String, String)>,
    out: &mut Out,
) -> u8 {
    let Cli { global, up, verb } = cli;
    let verb = match verb {
        Some(_) if up.is_given() => {
            let reason = "the options of `up` stand after `up`, not before another verb";
            let failure = Failure::Usage(reason.to_owned());
            out.failure(&failure);
            return failure.code();
        }
        Some(verb) => verb,
        None => Verb::Up(up),
    };
    let mut cx = Cx { global, environment, local, out };
    match verbs::run(verb, &mut cx).await {
        Ok(()) => 0,
        Err(failure) => {
            cx.out.failure(&failure);
            failure.code()
        }
    }
}
