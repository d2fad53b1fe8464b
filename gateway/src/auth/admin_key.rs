//! The admin key: made at the first start, kept in a file that only its owner may read.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use contracts::Hash;
use contracts::caller::Identity;

use super::Authenticator;
use super::keys::PREFIX;
use crate::chance;

/// The file's name inside the data directory.
pub const FILE: &str = "admin.key";

/// The shortest text that is taken for a key, in bytes.
const KEY_BYTES_MIN: usize = 16;

/// The one key of a new installation. Only its digest is held in memory.
pub struct AdminKey {
    digest: Hash,
}

/// Why there is no admin key.
#[derive(Debug, thiserror::Error)]
pub enum AdminKeyError {
    /// The file cannot be made or read.
    #[error("the admin key at {path} cannot be {verb}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What was tried: `written` or `read`.
        verb: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// The file holds no key.
    #[error("{0} holds no key; remove it and a new one is made at the next start")]
    Empty(PathBuf),
    /// The file can be read by others than its owner.
    #[error("{0} can be read by others than its owner; run chmod 600 on it, or remove it")]
    Readable(PathBuf),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random,
}

impl AdminKey {
    /// The key `text`, wherever it comes from.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { digest: Hash::of(text.trim().as_bytes()) }
    }

    /// The key in `<data>/admin.key`, made there when there is none. `true` = it was made now.
    ///
    /// # Errors
    /// When the file cannot be made, read, or others may read it.
    pub fn open(data: &Path) -> Result<(Self, bool), AdminKeyError> {
        let path = data.join(FILE);
        let file = |verb, source| AdminKeyError::File { path: path.clone(), verb, source };
        let made = match create_private(&path) {
            Ok(mut made) => {
                let text = generate()?;
                let written = writeln!(made, "{text}").and_then(|()| made.sync_all());
                written.map_err(|source| file("written", source))?;
                return Ok((Self::new(&text), true));
            }
            Err(error) => error,
        };
        if made.kind() != io::ErrorKind::AlreadyExists {
            return Err(file("written", made));
        }
        ensure_private(&path)
            .map_err(|error| error.unwrap_or_else(|source| file("read", source)))?;
        let text = std::fs::read_to_string(&path).map_err(|source| file("read", source))?;
        if text.trim().len() < KEY_BYTES_MIN {
            return Err(AdminKeyError::Empty(path));
        }
        Ok((Self::new(&text), false))
    }
}

impl Authenticator for AdminKey {
    fn authenticate(&self, credential: &str) -> Option<Identity> {
        let same = Hash::of(credential.as_bytes()).same(&self.digest);
        same.then(Identity::admin)
    }
}

fn generate() -> Result<String, AdminKeyError> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|_| AdminKeyError::Random)?;
    Ok(format!("{PREFIX}{}", chance::hex(&bytes)))
}

fn create_private(path: &Path) -> io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// `Err(Ok(_))` = others may read it; `Err(Err(_))` = it cannot be looked at.
fn ensure_private(path: &Path) -> Result<(), Result<AdminKeyError, io::Error>> {
    #[cfg(unix)]
    {
        let permissions = std::fs::metadata(path).map_err(Err)?.permissions();
        if std::os::unix::fs::PermissionsExt::mode(&permissions) & 0o077 != 0 {
            return Err(Ok(AdminKeyError::Readable(path.to_path_buf())));
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{AdminKey, AdminKeyError, FILE};
    use crate::auth::Authenticator;

    #[test]
    fn the_first_start_makes_a_private_key_and_the_next_one_reads_it() {
        let data = tempfile::tempdir().unwrap();
        let (first, made) = AdminKey::open(data.path()).unwrap();
        assert!(made);
        let text = std::fs::read_to_string(data.path().join(FILE)).unwrap();
        let text = text.trim();
        assert_eq!(text.len(), 3 + 64);
        assert!(text.starts_with("ck_"));
        let (second, made) = AdminKey::open(data.path()).unwrap();
        assert!(!made);
        for key in [&first, &second] {
            assert_eq!(key.authenticate(text).unwrap().principal.as_str(), "admin");
            assert!(key.authenticate(&text[1..]).is_none());
            assert!(key.authenticate("").is_none());
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;

        let data = tempfile::tempdir().unwrap();
        AdminKey::open(data.path()).unwrap();
        let path = data.path().join(FILE);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(AdminKey::open(data.path()), Err(AdminKeyError::Readable(_))));
    }

    #[test]
    fn an_empty_file_is_no_key() {
        let data = tempfile::tempdir().unwrap();
        drop(super::create_private(&data.path().join(FILE)).unwrap());
        assert!(matches!(AdminKey::open(data.path()), Err(AdminKeyError::Empty(_))));
    }
}
