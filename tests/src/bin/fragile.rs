//! Cambium with a kind whose rules break on demand.

use std::process::ExitCode;

use actors::Registry;
use cambium_tests::fragile::Fragile;

fn main() -> ExitCode {
    cambium::run(Registry::standard().with::<Fragile>())
}
