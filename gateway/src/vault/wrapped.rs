//! The bytes of a wrapped value. The value lies under a data key of its own, and only that one
//! under the master key: a new master key is put over it without touching or knowing the value.
//!
//! | bytes | what |
//! | --- | --- |
//! | 4 | `cmw1` |
//! | 4 | the version of the master key, big-endian |
//! | 32 | a salt: which key of the master key's lies over the data key |
//! | 48 | the data key, sealed; bound to the value's ciphertext |
//! | the rest | the value, sealed under the data key; bound to what it is for |
//!
//! Every key seals once only (ChaCha20-Poly1305 of the crate `ring`), so that no nonce is ever used
//! twice however many values there are.

use contracts::Hash;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::VaultError;

const MAGIC: &[u8; 4] = b"cmw1";
const SALT: usize = 32;
const KEY: usize = 32;
const TAG: usize = 16;
/// Where the value's ciphertext begins.
const HEAD: usize = 4 + 4 + SALT + KEY + TAG;

/// The parts of a wrapped value.
pub(super) struct Wrapped<'a> {
    pub(super) version: u32,
    salt: &'a [u8],
    data_key: &'a [u8],
    value: &'a [u8],
}

/// A key: overwritten when it is dropped.
pub(super) type Key = Zeroizing<[u8; 32]>;

/// A key of the system's randomness.
pub(super) fn fresh() -> Result<Key, VaultError> {
    random().map(Zeroizing::new)
}

/// Random bytes of the system.
pub(super) fn random() -> Result<[u8; 32], VaultError> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|_| VaultError::Random)?;
    Ok(bytes)
}

/// `value` under a fresh data key, and that under `master`.
pub(super) fn wrap(
    master: &[u8; 32],
    version: u32,
    context: &str,
    value: &[u8],
) -> Result<Vec<u8>, VaultError> {
    let data_key = fresh()?;
    let sealed = seal(&data_key, context.as_bytes(), value)?;
    cover(master, version, &data_key, &sealed)
}

/// The same value under another version of the master key.
pub(super) fn rewrap(
    old: &[u8; 32],
    new: &[u8; 32],
    version: u32,
    wrapped: &Wrapped<'_>,
) -> Result<Vec<u8>, VaultError> {
    cover(new, version, &*wrapped.data_key(old)?, wrapped.value)
}

fn cover(
    master: &[u8; 32],
    version: u32,
    data_key: &[u8; 32],
    sealed: &[u8],
) -> Result<Vec<u8>, VaultError> {
    let salt = random()?;
    let over = seal(&key_over(master, &salt), &bound(version, sealed), data_key)?;
    let mut bytes = Vec::with_capacity(HEAD + sealed.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&version.to_be_bytes());
    bytes.extend_from_slice(&salt);
    bytes.extend_from_slice(&over);
    bytes.extend_from_slice(sealed);
    Ok(bytes)
}

impl<'a> Wrapped<'a> {
    /// The parts of `bytes`; `None` when they are no wrapped value.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (version, rest) = rest.split_first_chunk::<4>()?;
        let (salt, rest) = rest.split_at_checked(SALT)?;
        let (data_key, value) = rest.split_at_checked(KEY + TAG)?;
        let version = u32::from_be_bytes(*version);
        (value.len() >= TAG).then_some(Self { version, salt, data_key, value })
    }

    /// The value, when it was wrapped for `context` under `master`.
    pub(super) fn open(&self, master: &[u8; 32], context: &str) -> Result<Vec<u8>, VaultError> {
        unseal(&*self.data_key(master)?, context.as_bytes(), self.value)
    }

    fn data_key(&self, master: &[u8; 32]) -> Result<Key, VaultError> {
        let over = key_over(master, self.salt);
        let key = Zeroizing::new(unseal(&over, &bound(self.version, self.value), self.data_key)?);
        let key = key.as_slice().try_into().map_err(|_| VaultError::Broken)?;
        Ok(Zeroizing::new(key))
    }
}

/// The key of a master key that lies over one data key.
fn key_over(master: &[u8; 32], salt: &[u8]) -> Key {
    Zeroizing::new(Hash::keyed(master, &[b"cambium wrap v1".as_slice(), salt].concat()).0)
}

/// What a data key belongs to.
fn bound(version: u32, sealed: &[u8]) -> Vec<u8> {
    [MAGIC.as_slice(), &version.to_be_bytes(), &Hash::of(sealed).0].concat()
}

/// Seals with a key that is used for nothing else.
fn seal(key: &[u8; 32], about: &[u8], plain: &[u8]) -> Result<Vec<u8>, VaultError> {
    let mut bytes = plain.to_vec();
    cipher(key)?
        .seal_in_place_append_tag(nonce(), Aad::from(about), &mut bytes)
        .map_err(|_| VaultError::Broken)?;
    Ok(bytes)
}

fn unseal(key: &[u8; 32], about: &[u8], sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
    let mut bytes = sealed.to_vec();
    let plain = cipher(key)?
        .open_in_place(nonce(), Aad::from(about), &mut bytes)
        .map_err(|_| VaultError::Broken)?
        .len();
    bytes.truncate(plain);
    Ok(bytes)
}

fn cipher(key: &[u8; 32]) -> Result<LessSafeKey, VaultError> {
    let key = UnboundKey::new(&CHACHA20_POLY1305, key).map_err(|_| VaultError::Broken)?;
    Ok(LessSafeKey::new(key))
}

/// The one nonce: each key seals one thing.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

#[cfg(test)]
mod tests {
    use super::{Wrapped, rewrap, wrap};

    #[test]
    fn a_value_opens_with_its_key_for_its_purpose_only() {
        let wrapped = wrap(&[1; 32], 7, "a", b"value").unwrap();
        let read = Wrapped::read(&wrapped).unwrap();
        assert_eq!((read.version, read.open(&[1; 32], "a").unwrap()), (7, b"value".to_vec()));
        assert!(read.open(&[1; 32], "b").is_err() && read.open(&[2; 32], "a").is_err());
        let again = wrap(&[1; 32], 7, "a", b"value").unwrap();
        assert_ne!(wrapped, again, "nothing tells that two values are the same");
        assert!(!wrapped.windows(5).any(|it| it == b"value"));
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let good = wrap(&[1; 32], 1, "a", b"v").unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            let opened = Wrapped::read(&bad).map(|it| it.open(&[1; 32], "a"));
            assert!(!matches!(opened, Some(Ok(_))), "byte {at}");
        }
        assert!((0..good.len()).all(|end| {
            !matches!(Wrapped::read(&good[..end]).map(|it| it.open(&[1; 32], "a")), Some(Ok(_)))
        }));
    }

    #[test]
    fn a_new_master_key_goes_over_an_old_value() {
        let old = wrap(&[1; 32], 1, "a", b"value").unwrap();
        let new = rewrap(&[1; 32], &[2; 32], 2, &Wrapped::read(&old).unwrap()).unwrap();
        let read = Wrapped::read(&new).unwrap();
        assert_eq!((read.version, read.open(&[2; 32], "a").unwrap()), (2, b"value".to_vec()));
        assert!(read.open(&[1; 32], "a").is_err());
        // Parts of two wrapped values do not fit together.
        let other = wrap(&[1; 32], 1, "a", b"other").unwrap();
        let mixed = [&old[..super::HEAD], &other[super::HEAD..]].concat();
        assert!(Wrapped::read(&mixed).unwrap().open(&[1; 32], "a").is_err());
    }
}
