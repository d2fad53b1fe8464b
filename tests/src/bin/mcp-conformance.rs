//! Cambium with what the conformance suite of the Model Context Protocol wants to find.

use std::process::ExitCode;

use actors::Registry;
use cambium::Composition;
use cambium_tests::mcp_fixtures::Fixtures;

fn main() -> ExitCode {
    cambium::run_composed(
        &Composition::new(Registry::standard()).with_extension(Fixtures::default()),
    )
}
