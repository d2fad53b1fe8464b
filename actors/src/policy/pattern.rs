//! Patterns and expressions whose matching takes linear time.

use contracts::kinds::policy::limits::PATTERN_BYTES_MAX;
use regex::{Regex, RegexBuilder};

/// How large an expression may become when it is compiled, in bytes.
const REGEX_BYTES_MAX: usize = 256 * 1024;
/// How deep an expression may be nested.
const REGEX_DEPTH_MAX: u32 = 40;

/// Compiles an expression.
///
/// # Errors
/// Why it is none: a look-around or a back-reference is none either.
pub fn regex(text: &str) -> Result<Regex, String> {
    if text.len() > PATTERN_BYTES_MAX {
        return Err(format!("has {} bytes; {PATTERN_BYTES_MAX} are allowed", text.len()));
    }
    RegexBuilder::new(text)
        .size_limit(REGEX_BYTES_MAX)
        .dfa_size_limit(REGEX_BYTES_MAX)
        .nest_limit(REGEX_DEPTH_MAX)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(most) => format!("compiles to more than {most} bytes"),
            other => last_line(&other.to_string()),
        })
}

fn last_line(text: &str) -> String {
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

/// A text in which `*` stands for any text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// It is this text.
    Exact(Box<str>),
    /// It has these parts in this order, the first at its beginning and the last at its end.
    Parts(Box<[Box<str>]>),
}

impl Pattern {
    /// Reads a pattern.
    #[must_use]
    pub fn new(text: &str) -> Self {
        if text.contains('*') {
            Self::Parts(text.split('*').map(Box::from).collect())
        } else {
            Self::Exact(text.into())
        }
    }

    /// Whether it is no more than one text.
    #[must_use]
    pub fn exact(&self) -> Option<&str> {
        match self {
            Self::Exact(text) => Some(text),
            Self::Parts(_) => None,
        }
    }

    /// Whether `text` is what it stands for.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let parts = match self {
            Self::Exact(exact) => return **exact == *text,
            Self::Parts(parts) => parts,
        };
        let [first, middle @ .., last] = &**parts else { return false };
        let Some(mut rest) = text.strip_prefix(&**first) else { return false };
        for part in middle {
            match rest.find(&**part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(&**last)
    }
}

/// Whether one of `patterns` stands for `text`; none at all stand for everything.
#[must_use]
pub fn any(patterns: &[Pattern], text: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(text))
}

#[cfg(test)]
mod tests {
    use super::{Pattern, regex};

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, matches) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("*", "anything", true),
            ("a*", "abc", true),
            ("a*", "ba", false),
            ("*c", "abc", true),
            ("a*c", "ac", true),
            ("a*c", "a", false),
            ("a*a", "a", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "acb", false),
            ("**", "x", true),
        ] {
            assert_eq!(Pattern::new(pattern).matches(text), matches, "{pattern} {text}");
        }
    }

    #[test]
    fn expressions_that_could_backtrack_or_explode_are_refused() {
        for text in ["(?=a)b", r"(a)\1", "(", "a{1000}{1000}", &"(".repeat(600)] {
            assert!(regex(text).is_err(), "{text}");
        }
        let slow = regex("^(a+)+$").unwrap();
        assert!(!slow.is_match(&format!("{}b", "a".repeat(100_000))));
    }
}
