//! The binary `cambium`: the kinds that come with it, and nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    cambium::run(actors::Registry::standard())
}
