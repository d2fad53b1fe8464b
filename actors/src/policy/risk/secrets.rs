//! Whether what looks like a credential is one, and not a placeholder.

use std::sync::LazyLock;

use regex::Regex;

/// Below so many bits a letter, a value is a word and no secret.
const ENTROPY_MIN: f64 = 2.9;

static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)example|sample|placeholder|dummy|fake|your[_-]?|my[_-]?(secret|key|token|pass)|xxxx|\*{3,}|\.{3,}|changeme|change[_-]me|replace|redacted|insert|todo|<[^>]*>|\$\{|\{\{|\$\(|process\.env|os\.environ|getenv|env\.|env\(|secrets?\.|vault|config\.|settings\.|0{8,}|1234567|abcdefghij|deadbeef|not[_-]?a[_-]?real|test[_-]?(key|token|secret|pass)|none|null|undefined|hidden|masked|hunter2|correct-?horse|swordfish|letmein|SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c|user:pass|username:password|:password@|:secret@|:pass@|_test_|:\*+@|string\b|required|optional|invalid|incorrect|expired|rotat|must |should ",
    )
    .expect("the expression is a constant that a test compiles")
});

/// Whether a match is a credential.
#[must_use]
pub fn is_credential(found: &str) -> bool {
    if PLACEHOLDER.is_match(found) {
        return false;
    }
    if found.contains("PRIVATE KEY") {
        return true;
    }
    // The value of `name = value`, of an address or of a header.
    let value = found.rsplit([' ', '=', ':', '"', '\'', '`']).find(|it| it.len() >= 6);
    let Some(value) = value else { return false };
    let value = value.split('@').next().unwrap_or(value);
    has_variety(value) && entropy(value) >= ENTROPY_MIN
}

/// Letters and something else, or letters of both cases within: words have neither.
fn has_variety(value: &str) -> bool {
    let any = |test: fn(&u8) -> bool| value.as_bytes().iter().any(test);
    let digits = any(u8::is_ascii_digit);
    let (lower, upper) = (any(u8::is_ascii_lowercase), any(u8::is_ascii_uppercase));
    let signs =
        any(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'-' | b'.' | b'/'));
    let mixed = lower && upper && value.bytes().skip(1).any(|byte| byte.is_ascii_uppercase());
    (digits && (lower || upper))
        || (mixed && value.len() >= 16)
        || (signs && (lower || upper) && digits)
}

/// The Shannon entropy of a text, in bits a byte.
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let total = text.len() as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / total;
            -share * share.log2()
        })
        .sum()
}
