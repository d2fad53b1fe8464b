//! Names of a store as keys of a bucket. Each part between slashes is a token of the subject, so
//! that a folder is a wildcard; what a token cannot hold is written as `=` and two hex digits.

use std::fmt::Write as _;

use contracts::ports::{PortError, STORE_NAME_BYTES_MAX};

/// The key of `name`; refuses what is no name.
pub(super) fn key(name: &str) -> Result<String, PortError> {
    if name.is_empty() || name.len() > STORE_NAME_BYTES_MAX {
        let reason = format!("a name has 1 to {STORE_NAME_BYTES_MAX} bytes");
        return Err(PortError::Refused(reason));
    }
    let tokens: Vec<String> = name.split('/').map(token).collect();
    Ok(tokens.join("."))
}

/// The keys that a name which begins with `prefix` can have, and perhaps more.
pub(super) fn filter(prefix: &str) -> String {
    match prefix.rsplit_once('/') {
        Some((folder, _)) if prefix.len() <= STORE_NAME_BYTES_MAX => {
            let tokens: Vec<String> = folder.split('/').map(token).collect();
            format!("{}.>", tokens.join("."))
        }
        _ => ">".to_owned(),
    }
}

/// The name of a key; `None` when no name has it.
pub(super) fn name(key: &str) -> Option<String> {
    let parts: Option<Vec<String>> = key.split('.').map(part).collect();
    Some(parts?.join("/"))
}

fn token(part: &str) -> String {
    let mut token = String::with_capacity(part.len().max(1));
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            token.push(char::from(byte));
        } else {
            let _ = write!(token, "={byte:02x}");
        }
    }
    // A token is never empty.
    if token.is_empty() { "=".to_owned() } else { token }
}

fn part(token: &str) -> Option<String> {
    if token == "=" {
        return Some(String::new());
    }
    let mut bytes = Vec::with_capacity(token.len());
    let mut rest = token.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'=' {
            let (digits, after) = after.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::{filter, key, name};

    #[test]
    fn every_name_has_a_key_of_its_own() {
        let names = ["a", "a.b", "a/b", "a//b", "/", "a/", "=", "=2e", "ünïcode @:*>", " ", "\0"];
        let keys: Vec<String> = names.iter().map(|it| key(it).unwrap()).collect();
        for (given, key) in names.iter().zip(&keys) {
            assert_eq!(name(key).as_deref(), Some(*given), "{key}");
            assert!(key.split('.').all(|token| !token.is_empty()), "{key}");
            assert!(!key.contains(['*', '>', ' ', '\0']), "{key}");
        }
        let distinct: std::collections::BTreeSet<&String> = keys.iter().collect();
        assert_eq!(distinct.len(), names.len());
        assert_eq!(keys[2], "a.b");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        assert!(key("").is_err() && key(&"n".repeat(513)).is_err());
        assert!(key(&"n".repeat(512)).is_ok());
        assert_eq!((name("a.=2"), name("=zz")), (None, None));
    }

    #[test]
    fn a_folder_is_a_wildcard() {
        let filters = ["", "ab", "ab/", "a.b/c", "a/b/c"].map(filter);
        assert_eq!(filters, [">", ">", "ab.>", "a=2eb.>", "a.b.>"]);
    }
}
