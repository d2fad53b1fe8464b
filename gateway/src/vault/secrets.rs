use std::sync::Arc;

use contracts::Timestamp;
use contracts::ports::Store;
use serde::{Deserialize, Serialize};

use super::{MasterKey, VaultError};
use crate::logging::mask;

/// The longest secret, in bytes.
pub const SECRET_BYTES_MAX: usize = 64 * 1024;

/// The folder of the store that secrets have.
const FOLDER: &str = "secret/";

/// Sealed secrets under names, such as `tenant/acme/openai`.
#[derive(Clone)]
pub struct Vault {
    key: MasterKey,
    store: Arc<dyn Store>,
}

/// What may be told of a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretInfo {
    /// Its name.
    pub name: String,
    /// How often it has been given a value, from 1.
    pub version: u32,
    /// When it got its first value.
    pub created_at: Timestamp,
    /// When it got this one.
    pub updated_at: Timestamp,
    /// Who gave it.
    pub by: String,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    version: u32,
    created_at: Timestamp,
    updated_at: Timestamp,
    by: String,
    #[serde(with = "contracts::entry::bytes_or_base64")]
    value: Vec<u8>,
}

impl Vault {
    /// Secrets in `store`, under `key`.
    #[must_use]
    pub fn new(key: MasterKey, store: Arc<dyn Store>) -> Self {
        Self { key, store }
    }

    /// The master key.
    #[must_use]
    pub const fn master_key(&self) -> &MasterKey {
        &self.key
    }

    /// Gives a secret a value, on the word of `by`.
    ///
    /// # Errors
    /// [`VaultError::Contended`] when somebody else gives it one at the same moment, and the
    /// store's.
    pub async fn seal(
        &self,
        name: &str,
        value: &[u8],
        by: &str,
        now: Timestamp,
    ) -> Result<SecretInfo, VaultError> {
        let (at, by) = (format!("{FOLDER}{name}"), by.to_owned());
        let last = match self.store.get(&at).await? {
            Some(found) => Some((self.read(&at, &found.value)?, found.revision)),
            None => None,
        };
        let (version, created_at) =
            last.as_ref().map_or((1, now), |(last, _)| (last.version + 1, last.created_at));
        let kept = Kept { version, created_at, updated_at: now, by, value: value.to_vec() };
        let bytes = contracts::codec::encode(&kept).map_err(|_| VaultError::Broken)?;
        let sealed = self.key.wrap(&at, &bytes)?;
        let written = match last {
            Some((_, revision)) => self.store.update(&at, sealed, revision).await?,
            None => self.store.create(&at, sealed, None).await?,
        };
        written.map(|_revision| kept.info(name)).ok_or(VaultError::Contended)
    }

    /// The value of a secret; `None` = there is none of that name.
    ///
    /// # Errors
    /// When it cannot be opened, and the store's.
    pub async fn open(&self, name: &str) -> Result<Option<Vec<u8>>, VaultError> {
        let at = format!("{FOLDER}{name}");
        let found = self.store.get(&at).await?;
        let Some(found) = found else { return Ok(None) };
        let value = self.read(&at, &found.value)?.value;
        mask::know(&value);
        Ok(Some(value))
    }

    /// What may be told of the secrets whose names begin with `prefix`, without it, in order.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub async fn list(&self, prefix: &str) -> Result<Vec<SecretInfo>, VaultError> {
        let folder = format!("{FOLDER}{prefix}");
        let mut all = Vec::new();
        for at in self.store.names(&folder).await? {
            if let Some(found) = self.store.get(&at).await? {
                let name = at.strip_prefix(&folder).unwrap_or(&at);
                all.push(self.read(&at, &found.value)?.info(name));
            }
        }
        Ok(all)
    }

    /// Erases a secret; false = there is none of that name.
    ///
    /// # Errors
    /// [`VaultError::Contended`] when it changes at the same moment, and the store's.
    pub async fn delete(&self, name: &str) -> Result<bool, VaultError> {
        let at = format!("{FOLDER}{name}");
        let Some(found) = self.store.get(&at).await? else { return Ok(false) };
        if self.store.delete(&at, found.revision).await? {
            return Ok(true);
        }
        Err(VaultError::Contended)
    }

    /// What is sealed at `at`; it opens under no other name.
    fn read(&self, at: &str, sealed: &[u8]) -> Result<Kept, VaultError> {
        let bytes = self.key.unwrap(at, sealed)?;
        contracts::codec::decode(&bytes).map_err(|_| VaultError::Broken)
    }
}

impl Kept {
    fn info(&self, name: &str) -> SecretInfo {
        let Self { version, created_at, updated_at, by, value: _ } = self;
        let (version, created_at, updated_at) = (*version, *created_at, *updated_at);
        SecretInfo { name: name.to_owned(), version, created_at, updated_at, by: by.clone() }
    }
}

#[cfg(test)]
mod tests {
    use contracts::Timestamp;
    use nats::Memory;
    use nats::streams::Bucket;

    use super::Vault;
    use crate::home::Home;
    use crate::vault::{MasterKey, Rotated, VaultError, rotate};

    const NOW: Timestamp = Timestamp::from_millis(1_760_000_000_000);

    fn vault(memory: &Memory, home: &Home) -> Vault {
        Vault::new(MasterKey::open(home, None).unwrap(), memory.store(Bucket::Secrets))
    }

    #[tokio::test]
    async fn a_secret_is_kept_listed_without_its_value_and_erased() {
        let (memory, dir) = (Memory::new(), tempfile::tempdir().unwrap());
        let vault = vault(&memory, &Home::new(dir.path()));
        let later = NOW.plus_millis(5);
        vault.seal("t/a/key", b"first-planted", "ann", NOW).await.unwrap();
        let info = vault.seal("t/a/key", b"second-planted", "bob", later).await.unwrap();
        assert_eq!((info.version, info.created_at, info.updated_at), (2, NOW, later));
        assert_eq!(vault.open("t/a/key").await.unwrap().unwrap(), b"second-planted");
        let listed = vault.list("t/a/").await.unwrap();
        assert_eq!(
            (listed.len(), listed[0].name.as_str(), listed[0].by.as_str()),
            (1, "key", "bob")
        );
        assert!(!format!("{listed:?}").contains("planted"));
        assert!(vault.list("t/b/").await.unwrap().is_empty());
        assert!(vault.delete("t/a/key").await.unwrap());
        assert!(!vault.delete("t/a/key").await.unwrap());
        assert_eq!(vault.open("t/a/key").await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_sealed_value_opens_under_its_own_name_only() {
        let (memory, dir) = (Memory::new(), tempfile::tempdir().unwrap());
        let vault = vault(&memory, &Home::new(dir.path()));
        vault.seal("a", b"value", "ann", NOW).await.unwrap();
        let store = memory.store(Bucket::Secrets);
        let sealed = store.get("secret/a").await.unwrap().unwrap().value;
        assert!(!sealed.windows(5).any(|it| it == b"value"));
        store.create("secret/b", sealed, None).await.unwrap().unwrap();
        assert!(matches!(vault.open("b").await, Err(VaultError::Broken)));
    }

    #[tokio::test]
    async fn after_a_rotation_all_lies_under_the_new_version() {
        let (memory, dir) = (Memory::new(), tempfile::tempdir().unwrap());
        let home = Home::new(dir.path());
        let vault = vault(&memory, &home);
        for name in ["a", "b"] {
            vault.seal(name, name.as_bytes(), "ann", NOW).await.unwrap();
        }
        let store = memory.store(Bucket::Secrets);
        store.create("stray", b"no sealed value".to_vec(), None).await.unwrap();
        assert_eq!(vault.master_key().renew().unwrap(), 2);
        vault.seal("c", b"c", "ann", NOW).await.unwrap();
        let rotated = rotate(vault.master_key(), &*store).await.unwrap();
        assert_eq!(rotated, Rotated { wrapped: 2, current: 1, unreadable: 1 });
        // The old version may go.
        let text = std::fs::read_to_string(home.file("master.key")).unwrap();
        let newest = text.lines().last().unwrap().to_owned();
        home.write_private("master.key", newest.as_bytes()).unwrap();
        let again = self::vault(&memory, &home);
        for name in ["a", "b", "c"] {
            assert_eq!(again.open(name).await.unwrap().unwrap(), name.as_bytes());
        }
    }
}
