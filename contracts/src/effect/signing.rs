//! The keys that messages are signed with, as the vault keeps them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// What a key in text begins with, as Standard Webhooks has it.
const PREFIX: &str = "whsec_";
/// The shortest and the longest key, in bytes.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Bytes of the vault that are no keys. Says nothing of what they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("what is sealed is not whsec_ and the base64 of 24 to 64 bytes")]
pub struct NotAKey;

/// A key that messages are signed with: `whsec_` and base64.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKey {
    /// The key as text.
    key: String,
    /// Until when it counts; absent = for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("until", &self.until).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// A key of these bytes, which nobody may guess.
    #[must_use]
    pub fn of(bytes: &[u8; 32]) -> Self {
        Self { key: format!("{PREFIX}{}", STANDARD.encode(bytes)), until: None }
    }

    /// The key as whoever checks signatures is told it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.key
    }

    /// The bytes of the key.
    ///
    /// # Errors
    /// [`NotAKey`].
    pub fn bytes(&self) -> Result<Vec<u8>, NotAKey> {
        let text = self.key.trim();
        let text = text.strip_prefix(PREFIX).ok_or(NotAKey)?;
        let bytes = STANDARD.decode(text).map_err(|_| NotAKey)?;
        if KEY_BYTES.contains(&bytes.len()) { Ok(bytes) } else { Err(NotAKey) }
    }
}

/// The keys of one signer, the newest first. More than one while receivers change over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKeys(Vec<SigningKey>);

/// The most keys that count at once.
const KEYS_MAX: usize = 4;

impl SigningKeys {
    /// Reads what the vault keeps: what [`SigningKeys::seal`] wrote, or one key as text, as people
    /// put it there.
    ///
    /// # Errors
    /// [`NotAKey`].
    pub fn open(sealed: &[u8]) -> Result<Self, NotAKey> {
        let keys = match crate::read::from_slice(sealed) {
            Ok(keys) => keys,
            Err(_) => {
                let key = str::from_utf8(sealed).map_err(|_| NotAKey)?.trim().to_owned();
                Self(vec![SigningKey { key, until: None }])
            }
        };
        keys.0.iter().try_for_each(|key| key.bytes().map(drop))?;
        Ok(keys)
    }

    /// As the vault keeps them.
    #[must_use]
    pub fn seal(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// These with `key` in front; those before count until then.
    #[must_use]
    pub fn renewed(self, key: SigningKey, now: Timestamp, until: Timestamp) -> Self {
        let before = self.0.into_iter().filter(|it| it.until.is_none_or(|it| now < it));
        let before = before.filter(|_| now < until).map(|it| {
            let until = it.until.map_or(until, |own| own.min(until));
            SigningKey { until: Some(until), ..it }
        });
        Self(std::iter::once(key).chain(before).take(KEYS_MAX).collect())
    }

    /// Those that count at `now`.
    pub fn counting(&self, now: Timestamp) -> impl Iterator<Item = &SigningKey> {
        self.0.iter().filter(move |key| key.until.is_none_or(|until| now < until))
    }
}

#[cfg(test)]
mod tests {
    use super::{NotAKey, SigningKey, SigningKeys};
    use crate::time::Timestamp;

    #[test]
    fn two_keys_count_while_receivers_change_over() {
        let at = Timestamp::from_millis;
        let (one, two) = (SigningKey::of(&[1; 32]), SigningKey::of(&[2; 32]));
        let keys = SigningKeys::default().renewed(one.clone(), at(0), at(0));
        let keys = SigningKeys::open(&keys.seal()).unwrap().renewed(two.clone(), at(10), at(20));
        let texts = |now| keys.counting(at(now)).map(|it| it.text().to_owned()).collect::<Vec<_>>();
        assert_eq!(texts(19), [two.text(), one.text()]);
        assert_eq!(texts(20), [two.text()]);
        let at_once = keys.clone().renewed(SigningKey::of(&[3; 32]), at(12), at(12));
        assert_eq!(at_once.counting(at(12)).count(), 1);
        assert!(!format!("{keys:?}").contains("whsec"));
    }

    #[test]
    fn what_people_put_there_is_read_and_all_else_refused() {
        let key = SigningKey::of(&[7; 32]);
        let by_hand = SigningKeys::open(format!("{}\n", key.text()).as_bytes()).unwrap();
        assert_eq!(by_hand.counting(Timestamp::default()).next().unwrap().bytes(), Ok(vec![7; 32]));
        for odd in ["", "whsec_", "whsec_AAAA", "secret", "[{\"key\":\"x\"}]", "\u{fffd}"] {
            assert_eq!(SigningKeys::open(odd.as_bytes()), Err(NotAKey), "{odd}");
        }
    }
}
