//! The binary `cambium`: the kinds that come with it, and nothing else.

use std::process::ExitCode;

/// Commits are many small allocations, made by one thread and freed by another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cambium::run(actors::Registry::standard())
}
