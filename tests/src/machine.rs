//! Programs of the machine that a test runs on, which not every machine has.

use std::io::Write as _;
use std::path::PathBuf;

/// Where a program is. Without it the test passes over what needs it, and says so; where changes
/// are judged, it fails.
///
/// # Panics
/// When it is not on `PATH` and `CI` is set.
#[must_use]
pub fn tool(name: &str) -> Option<PathBuf> {
    let found = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "{name} is needed and not on PATH");
        // Wherever the test's own words go.
        let _ = writeln!(std::io::stderr(), "NOT CHECKED: there is no {name} on PATH");
    }
    found
}
