//! One form for every path, and a refusal of what hides its form.

use unicode_normalization::UnicodeNormalization as _;

/// How often a path is decoded before it counts as hiding something.
const ROUNDS_MAX: usize = 3;
/// The longest path, in bytes.
const PATH_BYTES_MAX: usize = 4_096;
/// Names that Windows takes for devices.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul"];

/// Why a path has no plain form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Hidden {
    /// There is none.
    #[error("is empty")]
    Empty,
    /// It is too long.
    #[error("is longer than {PATH_BYTES_MAX} bytes")]
    Long,
    /// It begins at the root, at a drive, at a home directory, or is a URL.
    #[error("is not relative")]
    Absolute,
    /// It leaves a directory.
    #[error("has a segment `..`")]
    Parent,
    /// It has characters that are not seen or not meant.
    #[error("has characters that hide what it is")]
    Disguised,
    /// It is encoded, and encoded again.
    #[error("is encoded more than once")]
    Encoded,
    /// A file system takes it for another file.
    #[error("has a segment that file systems read as another one")]
    Ambiguous,
}

/// The plain form of a relative path: segments joined by `/`.
///
/// # Errors
/// When it leaves its directory, or hides what it is.
pub fn normal(path: &str) -> Result<String, Hidden> {
    if path.trim().is_empty() {
        return Err(Hidden::Empty);
    }
    if path.len() > PATH_BYTES_MAX {
        return Err(Hidden::Long);
    }
    let text = plain(&decoded(path)?)?;
    ensure_relative(&text)?;
    let mut segments = Vec::new();
    for segment in text.split('/') {
        match segment {
            "" | "." => {}
            ".." => return Err(Hidden::Parent),
            _ => segments.push(checked(segment)?),
        }
    }
    let form = if segments.is_empty() { ".".to_owned() } else { segments.join("/") };
    // What `./` stood before is a beginning now.
    ensure_relative(&form)?;
    Ok(form)
}

fn ensure_relative(text: &str) -> Result<(), Hidden> {
    let bytes = text.as_bytes();
    let drive = bytes.get(1) == Some(&b':') && bytes[0].is_ascii_alphabetic();
    if drive || text.contains("://") || text.starts_with(['/', '~', '$', '%']) {
        return Err(Hidden::Absolute);
    }
    Ok(())
}

/// Without percent signs, as often as it was encoded.
fn decoded(path: &str) -> Result<String, Hidden> {
    let mut text = path.to_owned();
    for _ in 0..ROUNDS_MAX {
        let next = percent(&text)?;
        if next == text {
            return Ok(text);
        }
        text = next;
    }
    Err(Hidden::Encoded)
}

fn percent(text: &str) -> Result<String, Hidden> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digit = |place: usize| bytes.get(place).and_then(|it| (*it as char).to_digit(16));
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            // `%u002e` is no URL encoding, but some decoders read it.
            (b'%', ..) if matches!(bytes.get(at + 1), Some(b'u' | b'U')) => {
                return Err(Hidden::Disguised);
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    // Overlong forms such as %c0%ae are not UTF-8.
    String::from_utf8(out).map_err(|_| Hidden::Disguised)
}

/// In the compatibility form of Unicode, with one sort of separator.
fn plain(text: &str) -> Result<String, Hidden> {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkc() {
        match c {
            '\\' | '\u{2044}' | '\u{2215}' | '\u{29f8}' | '\u{2216}' | '\u{29f5}' | '\u{2571}'
            | '\u{338}' => {
                out.push('/');
            }
            '\u{3002}' | '\u{ff61}' | '\u{2024}' | '\u{a4f8}' | '\u{702}' | '\u{701}' => {
                out.push('.');
            }
            c if c.is_control() || is_unseen(c) => return Err(Hidden::Disguised),
            c => out.push(c),
        }
    }
    Ok(out)
}

/// Characters that take no place, or turn the direction of what follows.
const fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{fffd}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

fn checked(segment: &str) -> Result<&str, Hidden> {
    let stem = segment.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let port = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    let device = DEVICES.contains(&stem.as_str())
        || port.is_some_and(|n| n.len() == 1 && n.bytes().all(|b| b.is_ascii_digit()));
    let short = segment.split_once('~').is_some_and(|(before, after)| {
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        !before.is_empty()
            && digits > 0
            && matches!(after.as_bytes().get(digits), None | Some(b'.'))
    });
    let odd = segment.ends_with(['.', ' '])
        || segment.starts_with(' ')
        || segment.contains([':', '*', '?', '"', '<', '>', '|', ';']);
    if device || short || odd { Err(Hidden::Ambiguous) } else { Ok(segment) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Hidden, normal};

    #[test]
    fn plain_paths_have_one_form() {
        for (path, form) in [
            ("api", "api"),
            ("api/", "api"),
            ("./api//x.py", "api/x.py"),
            ("api\\x.py", "api/x.py"),
            ("api/%66ile.rs", "api/file.rs"),
            ("docs/Übersicht.md", "docs/Übersicht.md"),
            ("a b/c d.txt", "a b/c d.txt"),
            ("100%/x", "100%/x"),
            (".", "."),
            ("a/..b/c..", "?"),
            (".github/workflows/ci.yml", ".github/workflows/ci.yml"),
        ] {
            let found = normal(path);
            if form == "?" {
                assert_eq!(found, Err(Hidden::Ambiguous), "{path}");
            } else {
                assert_eq!(found.as_deref(), Ok(form), "{path}");
            }
        }
    }

    #[test]
    fn what_leaves_or_hides_is_refused() {
        for path in [
            "",
            "  ",
            "/etc/passwd",
            "\\\\server\\share",
            "C:\\Windows",
            "c:x",
            "~/.ssh",
            "~root/x",
            "file:///etc/passwd",
            "http://x/y",
            "$HOME/x",
            "%USERPROFILE%\\x",
            "api/../../etc",
            "api/..",
            "..",
            "..\\x",
            "api/x/../y",
            "api/%2e%2e/x",
            "api/%252e%252e/x",
            "api/%25252e%25252e/x",
            "api/..%2f..%2fetc",
            "api/..%5c..%5cetc",
            "api/%c0%ae%c0%ae/x",
            "api/%u002e%u002e/x",
            "api/\u{ff0e}\u{ff0e}/x",
            "api\u{2215}..\u{2215}x",
            "api/\u{2025}/x",
            "api/.\u{200b}./x",
            "api/\u{202e}txt.exe",
            "api/x\0.png",
            "api/x%00.png",
            "api/x\n",
            "api./x",
            "api /x",
            "api/x.py::$DATA",
            "api/x.py.",
            "api/NUL",
            "api/con.txt",
            "api/PROGRA~1/x",
            "api/COM1",
            "api/..;/x",
        ] {
            assert!(normal(path).is_err(), "{path:?} became {:?}", normal(path));
        }
    }

    proptest! {
        /// The plain form is its own plain form, and never leaves its directory.
        #[test]
        fn the_form_is_final(path in "[a-z./\\\\% 25efEF\u{ff0e}\u{2215}~:0-9]{0,24}") {
            if let Ok(form) = normal(&path) {
                prop_assert!(form.split('/').all(|segment| segment != ".."), "{form}");
                prop_assert!(!form.starts_with('/'), "{form}");
                prop_assert!(!form.contains('\\'), "{form}");
                prop_assert_eq!(normal(&form), Ok(form.clone()));
            }
        }
    }
}
