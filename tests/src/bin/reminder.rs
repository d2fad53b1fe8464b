//! A program of one's own that rings: Cambium with the kind of `docs/howto/timers.md`.

use std::process::ExitCode;

use actors::Registry;
use cambium_tests::reminder::Reminder;

fn main() -> ExitCode {
    cambium::run(Registry::standard().with::<Reminder>())
}
