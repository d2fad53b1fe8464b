//! Words of others without what may be a secret in them. Providers repeat the keys that they
//! refuse, and libraries the URLs that they could not reach.

/// What stands where a secret stood.
const GONE: &str = "…";

/// The longest run of letters and digits that is no secret.
const PLAIN_CHARS_MAX: usize = 19;

/// `text` without queries of URLs, and without words that look like a key: that begin like one, or
/// are long and mix letters and digits.
#[must_use]
pub fn scrub(text: &str) -> String {
    let mut scrubbed = String::with_capacity(text.len());
    for word in text.split_inclusive(char::is_whitespace) {
        let end = word.trim_end().len();
        let (word, blank) = word.split_at(end);
        scrubbed.push_str(&plain(word));
        scrubbed.push_str(blank);
    }
    scrubbed
}

fn plain(word: &str) -> String {
    if let Some(at) = word.find("://") {
        let (scheme, rest) = word.split_at(at + 3);
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        return format!("{scheme}{}", tokens(rest));
    }
    tokens(word)
}

/// A word, its runs of key-like signs looked at one by one.
fn tokens(word: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '*' | '+');
    let (mut out, mut run) = (String::new(), String::new());
    for c in word.chars().chain(Some('\0')) {
        if is_part(c) {
            run.push(c);
            continue;
        }
        out.push_str(if is_secret(&run) { GONE } else { &run });
        run.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

fn is_secret(run: &str) -> bool {
    const BEGINNINGS: &[&str] =
        &["sk-", "sk_", "pk-", "gsk_", "hf_", "AIza", "ya29.", "eyJ", "xai-", "key-", "ck_"];
    if run.len() > 8 && BEGINNINGS.iter().any(|begin| run.starts_with(begin)) {
        return true;
    }
    // Names of models have words between their hyphens; a key is one long run.
    run.split(['-', '.', '_']).any(|part| {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        part.len() > PLAIN_CHARS_MAX && digits >= 2 || part.contains("***")
    })
}

#[cfg(test)]
mod tests {
    use super::scrub;

    #[test]
    fn keys_and_queries_go_and_sentences_stay() {
        for (said, kept) in [
            (
                "Incorrect API key provided: sk-proj-1234567890abcdef.",
                "Incorrect API key provided: …",
            ),
            ("key=AIzaSyA1234567890abcdefghijk!", "key=…!"),
            ("GET https://u:p@h.example/v1?key=secret failed", "GET https://h.example/v1 failed"),
            ("Bearer 0123456789abcdef0123456789abcdef", "Bearer …"),
            (
                "the model gpt-5.2-mini-2026-01-01 has no tools",
                "the model gpt-5.2-mini-2026-01-01 has no tools",
            ),
            ("meta-llama/Llama-3.3-70B-Instruct", "meta-llama/Llama-3.3-70B-Instruct"),
            ("you said sk-ab****************yz twice", "you said … twice"),
            ("", ""),
        ] {
            assert_eq!(scrub(said), kept);
        }
    }
}
