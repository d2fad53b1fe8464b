use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use contracts::Hash;
use zeroize::Zeroizing;

use super::VaultError;
use super::wrapped::{self, Key, Wrapped};
use crate::home::Home;

/// The file that holds the master key in a data directory, 0600.
pub const FILE: &str = "master.key";

/// The versions that the program's own file keeps.
const VERSIONS_KEPT: usize = 16;

/// The key over all keys, in versions: the newest wraps, the older ones open what they wrapped.
/// Cheap to clone; all clones see a new version at once.
#[derive(Clone)]
pub struct MasterKey {
    path: Arc<Path>,
    /// Whether the program made the file, and may add to it.
    own: bool,
    versions: Arc<RwLock<BTreeMap<u32, Key>>>,
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MasterKey").field("path", &self.path).finish_non_exhaustive()
    }
}

impl MasterKey {
    /// The master key in the operator's `file`; without one, that of the data directory, made there
    /// when there is none.
    ///
    /// # Errors
    /// When the file cannot be read or made, others may read it, or it holds something else.
    pub fn open(home: &Home, file: Option<&Path>) -> Result<Self, VaultError> {
        let path = file.map_or_else(|| home.file(FILE), Path::to_path_buf);
        if file.is_none() && !path.exists() {
            let first = BTreeMap::from([(1, wrapped::fresh()?)]);
            write(home, &first).map_err(|error| at(&path, error))?;
        }
        let versions = read(&path)?;
        let versions = Arc::new(RwLock::new(versions));
        Ok(Self { path: path.into(), own: file.is_none(), versions })
    }

    /// The version that wraps.
    #[must_use]
    pub fn version(&self) -> u32 {
        let versions = self.versions.read().unwrap_or_else(PoisonError::into_inner);
        versions.last_key_value().map_or(0, |(version, _)| *version)
    }

    /// Wraps `bytes` for `context`: only who says the same opens them. A store that keeps exactly
    /// what this returns gets new versions of the master key by itself.
    ///
    /// # Errors
    /// [`VaultError::Random`].
    pub fn wrap(&self, context: &str, bytes: &[u8]) -> Result<Vec<u8>, VaultError> {
        let (version, key) = self.newest();
        wrapped::wrap(&key, version, context, bytes)
    }

    /// Opens what was wrapped for `context`.
    ///
    /// # Errors
    /// [`VaultError::Broken`] when it was changed or wrapped for something else,
    /// [`VaultError::NoVersion`] when its version of the master key is not here.
    pub fn unwrap(&self, context: &str, bytes: &[u8]) -> Result<Vec<u8>, VaultError> {
        let wrapped = Wrapped::read(bytes).ok_or(VaultError::Broken)?;
        wrapped.open(&*self.of(wrapped.version)?, context)
    }

    /// The same under the newest version; `None` = it is there already.
    ///
    /// # Errors
    /// As [`MasterKey::unwrap`].
    pub fn rewrap(&self, bytes: &[u8]) -> Result<Option<Vec<u8>>, VaultError> {
        let wrapped = Wrapped::read(bytes).ok_or(VaultError::Broken)?;
        let (version, key) = self.newest();
        if wrapped.version == version {
            return Ok(None);
        }
        wrapped::rewrap(&*self.of(wrapped.version)?, &key, version, &wrapped).map(Some)
    }

    /// Adds a version where the file is the program's own; reads the operator's file again where it
    /// is not. The version that wraps from now on.
    ///
    /// # Errors
    /// As [`MasterKey::open`].
    pub fn renew(&self) -> Result<u32, VaultError> {
        // Held meanwhile: of two that renew at once, neither may write over the other's version.
        let mut held = self.versions.write().unwrap_or_else(PoisonError::into_inner);
        let mut versions = read(&self.path)?;
        if self.own {
            let next = versions.last_key_value().map_or(0, |(version, _)| *version) + 1;
            versions.insert(next, wrapped::fresh()?);
            self.write(&versions)?;
        }
        *held = versions;
        Ok(held.last_key_value().map_or(0, |(version, _)| *version))
    }

    /// Takes the oldest versions out of the program's own file, once nothing lies under them, so
    /// that it does not grow without end. The last 16 stay, for old backups.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn forget_old(&self) -> Result<(), VaultError> {
        let mut held = self.versions.write().unwrap_or_else(PoisonError::into_inner);
        if !self.own || held.len() <= VERSIONS_KEPT {
            return Ok(());
        }
        let mut versions = held.clone();
        while versions.len() > VERSIONS_KEPT {
            versions.pop_first();
        }
        self.write(&versions)?;
        *held = versions;
        Ok(())
    }

    fn write(&self, versions: &BTreeMap<u32, Key>) -> Result<(), VaultError> {
        let dir = self.path.parent().map(PathBuf::from).unwrap_or_default();
        write(&Home::new(dir), versions).map_err(|error| at(&self.path, error))
    }

    fn newest(&self) -> (u32, Key) {
        let versions = self.versions.read().unwrap_or_else(PoisonError::into_inner);
        let (version, key) = versions.last_key_value().expect("a key file has a version");
        (*version, key.clone())
    }

    /// The key of a version. One that is not known may have come into the file since.
    fn of(&self, version: u32) -> Result<Key, VaultError> {
        let known = |versions: &BTreeMap<u32, Key>| versions.get(&version).cloned();
        let found = known(&self.versions.read().unwrap_or_else(PoisonError::into_inner));
        if let Some(key) = found {
            return Ok(key);
        }
        let versions = read(&self.path)?;
        let found = known(&versions).ok_or(VaultError::NoVersion(version))?;
        *self.versions.write().unwrap_or_else(PoisonError::into_inner) = versions;
        Ok(found)
    }
}

fn at(path: &Path, reason: impl fmt::Display) -> VaultError {
    VaultError::KeyFile { path: path.to_owned(), reason: reason.to_string() }
}

fn write(home: &Home, versions: &BTreeMap<u32, Key>) -> std::io::Result<()> {
    let mut text = Zeroizing::new(
        "# The master key, a version a line; the last one seals. What is sealed is lost \
                    without it: keep a copy elsewhere.\n"
            .to_owned(),
    );
    for (version, key) in versions {
        let _ = writeln!(text, "{version} {}", Zeroizing::new(Hash(**key).to_string()).as_str());
    }
    home.write_private(FILE, text.as_bytes())
}

fn read(path: &Path) -> Result<BTreeMap<u32, Key>, VaultError> {
    let text = crate::settings::read_secret_file(path).map_err(|reason| at(path, reason))?;
    let text = Zeroizing::new(text);
    let lines = text.lines().map(str::trim).filter(|it| !it.is_empty() && !it.starts_with('#'));
    let mut versions = BTreeMap::new();
    for line in lines {
        // A file of an operator's may hold one key and no number.
        let (version, digits) = line.split_once(' ').unwrap_or(("1", line));
        let version = version.parse().ok().filter(|it| *it > 0);
        let key = digits.trim().parse::<Hash>().ok().filter(|it| is_random(&it.0));
        match (version, key) {
            (Some(version), Some(Hash(key)))
                if versions.insert(version, Zeroizing::new(key)).is_none() => {}
            _ => {
                let reason = "a line is a version and 64 random hexadecimal digits, such as those \
                              of `openssl rand -hex 32`";
                return Err(at(path, reason));
            }
        }
    }
    if versions.is_empty() {
        return Err(at(path, "it holds no key"));
    }
    Ok(versions)
}

/// Whether bytes can have come of chance: a pattern has few different ones.
fn is_random(key: &[u8; 32]) -> bool {
    let mut distinct = *key;
    distinct.sort_unstable();
    distinct.windows(2).filter(|pair| pair[0] != pair[1]).count() >= 16
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use super::{FILE, MasterKey};
    use crate::home::Home;
    use crate::vault::VaultError;

    #[test]
    fn the_key_is_made_once_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path());
        let first = MasterKey::open(&home, None).unwrap();
        let mode = std::fs::metadata(home.file(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let wrapped = first.wrap("a", b"value").unwrap();
        let again = MasterKey::open(&home, None).unwrap();
        assert_eq!(again.unwrap("a", &wrapped).unwrap(), b"value");
        std::fs::set_permissions(home.file(FILE), Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(MasterKey::open(&home, None), Err(VaultError::KeyFile { .. })));
    }

    #[test]
    fn a_new_version_opens_what_the_old_one_wrapped() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path());
        let (key, other) =
            (MasterKey::open(&home, None).unwrap(), MasterKey::open(&home, None).unwrap());
        let old = key.wrap("a", b"value").unwrap();
        assert_eq!((key.renew().unwrap(), key.clone().version()), (2, 2));
        assert_eq!(key.unwrap("a", &old).unwrap(), b"value");
        let new = key.rewrap(&old).unwrap().unwrap();
        assert_eq!(key.rewrap(&new).unwrap(), None);
        // Another program on the same file finds the version by itself.
        assert_eq!(other.version(), 1);
        assert_eq!((other.unwrap("a", &new).unwrap(), other.version()), (b"value".to_vec(), 2));
        let text = std::fs::read_to_string(home.file(FILE)).unwrap();
        let second = text.lines().last().unwrap().to_owned();
        home.write_private(FILE, second.as_bytes()).unwrap();
        let forgetful = MasterKey::open(&home, None).unwrap();
        assert!(matches!(forgetful.unwrap("a", &old), Err(VaultError::NoVersion(1))));
        assert_eq!(forgetful.unwrap("a", &new).unwrap(), b"value");
    }

    #[test]
    fn of_many_that_renew_at_once_each_has_a_version_and_old_ones_go() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path());
        let key = MasterKey::open(&home, None).unwrap();
        let renewing = (0..24).map(|_| {
            let key = key.clone();
            std::thread::spawn(move || {
                let version = key.renew().unwrap();
                (version, key.wrap("a", b"value").unwrap())
            })
        });
        let renewing: Vec<_> = renewing.collect();
        let made: Vec<_> = renewing.into_iter().map(|it| it.join().unwrap()).collect();
        let versions: std::collections::BTreeSet<u32> = made.iter().map(|(it, _)| *it).collect();
        assert_eq!(versions, (2..=25).collect());
        let again = MasterKey::open(&home, None).unwrap();
        assert!(made.iter().all(|(_, it)| again.unwrap("a", it).is_ok()));
        let newest = key.rewrap(&made[0].1).unwrap().unwrap_or_else(|| made[0].1.clone());
        key.forget_old().unwrap();
        let again = MasterKey::open(&home, None).unwrap();
        assert_eq!((again.version(), again.unwrap("a", &newest).unwrap()), (25, b"value".to_vec()));
        let text = std::fs::read_to_string(home.file(FILE)).unwrap();
        assert_eq!(text.lines().count(), 1 + super::VERSIONS_KEPT);
    }

    #[test]
    fn an_operators_file_is_read_and_never_written() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path());
        let file = dir.path().join("theirs");
        assert!(MasterKey::open(&home, Some(&file)).is_err(), "it is not made");
        let (a, b) = (contracts::Hash::of(b"a"), contracts::Hash::of(b"b"));
        let put = |text: String| home.write_private("theirs", text.as_bytes()).unwrap();
        put(format!("{a}\n"));
        let key = MasterKey::open(&home, Some(&file)).unwrap();
        assert_eq!((key.version(), key.renew().unwrap()), (1, 1));
        put(format!("1 {a}\n2 {b}\n"));
        assert_eq!(key.renew().unwrap(), 2);
        for bad in [String::new(), "0".repeat(64), format!("0 {a}"), format!("1 {a}\n1 {b}")] {
            put(bad.clone());
            assert!(MasterKey::open(&home, Some(&file)).is_err(), "{bad}");
        }
        assert!(!home.file(FILE).exists());
        assert!(!format!("{key:?}").contains(&a.to_string()[..8]));
    }
}
