//! Secrets that stand in files, as container platforms mount them.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// The longest such file, in bytes.
const BYTES_MAX: u64 = 64 * 1024;

/// Where container platforms mount secrets.
const MOUNTS: [&str; 2] = ["/run/secrets", "/var/run/secrets"];

/// The text of a file that holds a secret, without the ends of its last line.
///
/// # Errors
/// Why it cannot be read or may not be used: somebody else may write it, everybody may read it, it
/// is empty, or too long for a secret.
pub fn read(path: &Path) -> Result<String, String> {
    let found = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !found.is_file() {
        return Err("it is no file".to_owned());
    }
    // A group may read: that is how platforms mount a secret for a user who is not root. Where they
    // mount it by default, everybody in the container may, and the container is the border.
    let mode = found.permissions().mode() & 0o777;
    let mounted = MOUNTS.iter().any(|mount| path.starts_with(mount));
    let refused = if mounted { 0o022 } else { 0o027 };
    if mode & refused != 0 {
        return Err(format!(
            "others may read or change it (mode {mode:03o}); run chmod 600 on it, or mount it with \
             mode 0400 or 0440"
        ));
    }
    if found.len() > BYTES_MAX {
        return Err(format!("a secret has at most {BYTES_MAX} bytes"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let text = text.trim_end_matches(['\n', '\r']);
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use super::read;

    #[test]
    fn a_secret_file_is_read_when_only_its_owner_or_group_may() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secret");
        let put = |text: &str, mode: u32| {
            let _ = std::fs::remove_file(&file);
            std::fs::write(&file, text).unwrap();
            std::fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
            read(&file)
        };
        assert_eq!(put(" word \r\n\n", 0o600).unwrap(), " word ");
        assert_eq!(put("word", 0o440).unwrap(), "word");
        for (text, mode) in [("word", 0o644), ("word", 0o660), ("\n", 0o600), ("", 0o600)] {
            assert!(put(text, mode).is_err(), "{text:?} {mode:o}");
        }
        assert!(put(&"x".repeat(70_000), 0o600).is_err());
        assert!(read(dir.path()).is_err() && read(&dir.path().join("none")).is_err());
    }
}
