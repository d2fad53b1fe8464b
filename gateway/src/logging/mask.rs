//! The secrets that the program knows, and lines without them.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{PoisonError, RwLock};

use contracts::secret::MASK;
use zeroize::Zeroizing;

/// Shorter ones would mask common words.
const SECRET_BYTES_MIN: usize = 8;

/// So many are known at once; then the one that was learnt first is forgotten.
const SECRETS_MAX: usize = 1_024;

static KNOWN: RwLock<VecDeque<Zeroizing<Vec<u8>>>> = RwLock::new(VecDeque::new());

/// From now on, `secret` stands in no line.
pub fn know(secret: &[u8]) {
    let secret = secret.trim_ascii();
    if secret.len() < SECRET_BYTES_MIN {
        return;
    }
    let there = |known: &VecDeque<Zeroizing<Vec<u8>>>| known.iter().any(|it| ***it == *secret);
    if there(&KNOWN.read().unwrap_or_else(PoisonError::into_inner)) {
        return;
    }
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    if known.len() >= SECRETS_MAX {
        known.pop_front();
    }
    known.push_back(Zeroizing::new(secret.to_vec()));
}

/// `line` with a mask in the place of each secret that is known.
pub fn masked(line: &[u8]) -> Cow<'_, [u8]> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    let mut masked = Cow::Borrowed(line);
    for secret in known.iter() {
        let found: Vec<usize> = memchr::memmem::find_iter(&masked, &***secret).collect();
        if found.is_empty() {
            continue;
        }
        let (mut whole, mut at) = (Vec::with_capacity(masked.len()), 0);
        for place in found {
            whole.extend_from_slice(&masked[at..place]);
            whole.extend_from_slice(MASK.as_bytes());
            at = place + secret.len();
        }
        whole.extend_from_slice(&masked[at..]);
        masked = Cow::Owned(whole);
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::{know, masked};

    #[test]
    fn what_is_known_is_masked_wherever_it_stands() {
        know(b"short");
        know(b"correct-horse-battery\n");
        let line = b"a correct-horse-battery and correct-horse-battery, short";
        assert_eq!(&*masked(line), b"a ******** and ********, short");
        assert_eq!(&*masked(b"nothing here"), b"nothing here");
    }
}
