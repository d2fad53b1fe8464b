//! What a server answers, read with bounds.

use std::collections::BTreeMap;

use contracts::{Refusal, Timestamp};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Response, Url};

use super::error::failed;

/// The headers of an answer that are kept.
const KEPT: [&str; 9] = [
    "content-encoding",
    "content-language",
    "content-type",
    "date",
    "etag",
    "last-modified",
    "link",
    "location",
    "retry-after",
];

/// The longest header that is kept, in bytes.
const HEADER_BYTES_MAX: usize = 2_048;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Its status.
    pub status: u16,
    /// Those of its headers that are kept, in lower case.
    pub headers: BTreeMap<String, String>,
    /// As much of its body as was to be read.
    pub body: Vec<u8>,
    /// Whether there is more of it.
    pub truncated: bool,
    /// How long the server asks to be left alone, in milliseconds.
    pub retry_after_ms: Option<u64>,
}

/// Reads an answer, at most `bytes_max` bytes of its body.
///
/// Nothing is unpacked: no encoding was asked for, and what comes encoded is kept as it came, so
/// that no answer grows in the reading.
pub(super) async fn read(
    url: &Url,
    mut response: Response,
    bytes_max: usize,
    now: Timestamp,
) -> Result<Answered, Refusal> {
    let status = response.status().as_u16();
    let headers = kept(response.headers());
    let retry_after_ms = retry_after(response.headers(), now);
    let (mut body, mut truncated) = (Vec::new(), false);
    while let Some(chunk) = response.chunk().await.map_err(|error| failed(url, &error))? {
        let room = bytes_max - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            truncated = true;
            break;
        }
    }
    Ok(Answered { status, headers, body, truncated, retry_after_ms })
}

fn kept(headers: &HeaderMap) -> BTreeMap<String, String> {
    let told = |name: &str| {
        let value = headers.get(name)?.to_str().ok()?;
        (value.len() <= HEADER_BYTES_MAX).then(|| (name.to_owned(), value.to_owned()))
    };
    KEPT.into_iter().filter_map(told).collect()
}

fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<u64> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(seconds.saturating_mul(1_000));
    }
    let at = Timestamp::from_http_date(text).ok()?;
    Some(at.millis_since(now).max(0).unsigned_abs())
}

impl Answered {
    /// Puts asterisks where a server repeats a secret that it was sent.
    pub fn mask(&mut self, secret: &str) {
        // A short one stands everywhere by chance.
        if secret.len() < 8 {
            return;
        }
        for value in self.headers.values_mut().filter(|value| value.contains(secret)) {
            *value = value.replace(secret, "***");
        }
        let needle = secret.as_bytes();
        let mut from = 0;
        while let Some(at) = find(&self.body[from..], needle) {
            let at = from + at;
            self.body[at..at + needle.len()].fill(b'*');
            from = at + needle.len();
        }
        // One that the end of what was read cuts in two.
        if self.truncated {
            let most = needle.len().min(self.body.len());
            let cut = (8..most).rev().find(|it| self.body.ends_with(&needle[..*it]));
            if let Some(cut) = cut {
                let at = self.body.len() - cut;
                self.body[at..].fill(b'*');
            }
        }
    }
}

fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len()).position(|it| it == needle)
}

#[cfg(test)]
mod tests {
    use super::Answered;

    #[test]
    fn a_secret_that_is_repeated_is_masked() {
        let headers = [("location".to_owned(), "/?k=planted-secret".to_owned())].into();
        let body = b"a planted-secret, planted-secret and planted-se".to_vec();
        let mut answered =
            Answered { status: 500, headers, body, truncated: true, retry_after_ms: None };
        answered.mask("planted-secret");
        assert_eq!(answered.headers["location"], "/?k=***");
        let text = String::from_utf8(answered.body).unwrap();
        assert_eq!(text, "a **************, ************** and **********");
    }
}
