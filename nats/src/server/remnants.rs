//! What a server that was killed leaves in its store, and what then keeps every later one from
//! calling itself healthy: the file with which a start tries the disk, and the folder of a stream
//! that was being made. The server passes over both; its health does not.

use std::fs::{self, DirEntry};
use std::io;
use std::path::Path;

use super::error::ServerError;

/// The files that a stream has from the moment when it is made.
const META: [&str; 2] = ["meta.inf", "meta.sum"];

/// Removes what nobody was ever told that it exists. What holds a message stays, whatever is wrong
/// with it: then the server says that it is not healthy, and a person decides.
pub fn clear(store: &Path) -> Result<(), ServerError> {
    for account in entries(&store.join("jetstream"))? {
        clear_junk(&account)?;
        for stream in entries(&account.path().join("streams"))? {
            clear_junk(&stream)?;
            let path = stream.path();
            if path.is_dir() && was_never_made(&path).map_err(ServerError::file(&path))? {
                tracing::warn!(path = %path.display(), "server.remnant_removed");
                fs::remove_dir_all(&path).map_err(ServerError::file(&path))?;
            }
        }
    }
    Ok(())
}

/// Removes a file that takes the place of a folder: the server's own trial, or a file browser's.
fn clear_junk(entry: &DirEntry) -> Result<(), ServerError> {
    let (path, name) = (entry.path(), entry.file_name());
    let name = name.to_string_lossy();
    if path.is_file() && (name.starts_with("_test_") || name == ".DS_Store") {
        tracing::warn!(path = %path.display(), "server.remnant_removed");
        fs::remove_file(&path).map_err(ServerError::file(&path))?;
    }
    Ok(())
}

/// Whether making the stream was never concluded, so that its folder cannot hold anything.
fn was_never_made(stream: &Path) -> io::Result<bool> {
    if META.iter().all(|name| fs::metadata(stream.join(name)).is_ok_and(|file| file.len() > 0)) {
        return Ok(false);
    }
    let messages = match fs::read_dir(stream.join("msgs")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        listed => listed?,
    };
    for file in messages {
        if file?.metadata()?.len() > 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

fn entries(folder: &Path) -> Result<Vec<DirEntry>, ServerError> {
    list(folder).map_err(ServerError::file(folder))
}

/// What is in a folder; nothing where there is none.
pub fn list(folder: &Path) -> io::Result<Vec<DirEntry>> {
    match fs::read_dir(folder) {
        Err(error) if is_no_folder(&error) => Ok(Vec::new()),
        listed => listed.and_then(Iterator::collect),
    }
}

fn is_no_folder(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
