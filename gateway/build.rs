//! Puts the pages of `docs/errors` into the program, so that the `type` of every problem resolves.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let pages = root.join("../docs/errors");
    writeln!(io::stdout(), "cargo:rerun-if-changed=../docs/errors")?;
    let mut source = String::from("&[\n");
    for (code, path) in sorted(&pages)? {
        let path = path.canonicalize()?;
        source.push_str(&format!("    ({code:?}, include_str!({path:?})),\n"));
    }
    source.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("error_pages.rs"), source)
}

/// The pages by their code, in its order.
fn sorted(pages: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(pages)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            let code = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            found.push((code, path));
        }
    }
    found.sort();
    Ok(found)
}
