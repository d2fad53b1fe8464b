use std::fs;
use std::path::{Path, PathBuf};

use contracts::Hash;

use super::format::{Key, Manifest};
use super::{Content, Error};
use crate::home::{ADMIN_KEY, Home};
use crate::settings::Settings;

/// The key files of a data directory: who may enter, who speaks as a node, what opens sealed
/// secrets, what signs tree heads.
pub const KEYS: [&str; 4] = [ADMIN_KEY, "node.key", "master.key", "tree.key"];

/// The hash by which a key is known again is nothing else's.
const CONTEXT: &str = "cambium backup key v1";

/// Where the key files of a system are.
#[derive(Debug, Clone)]
pub struct Keys(Vec<(&'static str, PathBuf)>);

impl Keys {
    /// Those of a data directory, or where its settings say that they are.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        let home = Home::new(&settings.data);
        let place = |name: &'static str| {
            let named = match name {
                "node.key" => settings.node.key_file.clone(),
                "master.key" => settings.master_key_file.clone(),
                _ => None,
            };
            (name, named.unwrap_or_else(|| home.file(name)))
        };
        Self(KEYS.map(place).to_vec())
    }

    /// Those in a folder.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self(KEYS.map(|name| (name, folder.join(name))).to_vec())
    }

    /// Those that are there, with their bytes.
    ///
    /// # Errors
    /// When one is there and cannot be read.
    pub fn found(&self) -> Result<Vec<(&'static str, Vec<u8>)>, Error> {
        let mut found = Vec::new();
        for (name, path) in &self.0 {
            match fs::read(path) {
                Ok(bytes) => found.push((*name, bytes)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(Error::at(path)(error)),
            }
        }
        Ok(found)
    }

    /// What a manifest says of them; the files themselves only when that is asked for.
    pub(super) fn told(&self, content: Option<&Content>) -> Result<Vec<Key>, Error> {
        let mut told = Vec::new();
        for (name, bytes) in self.found()? {
            let file = content.map(|content| content.put(&bytes)).transpose()?;
            told.push(Key { name: name.to_owned(), mark: mark(&bytes), file });
        }
        Ok(told)
    }
}

/// Whether these are keys of the system that was backed up. The admin key may be another: who has
/// lost it makes a new one.
///
/// # Errors
/// [`Error::OtherKey`] for one that is not.
pub(super) fn same(manifest: &Manifest, found: &[(&'static str, Vec<u8>)]) -> Result<(), Error> {
    for (name, bytes) in found.iter().filter(|(name, _)| *name != ADMIN_KEY) {
        let known = manifest.keys.iter().find(|key| key.name == *name);
        if known.is_some_and(|key| key.mark != mark(bytes)) {
            return Err(Error::OtherKey((*name).to_owned()));
        }
    }
    Ok(())
}

/// The key files that a backup itself holds.
pub(super) fn kept(
    manifest: &Manifest,
    content: &Content,
) -> Result<Vec<(&'static str, Vec<u8>)>, Error> {
    let mut kept = Vec::new();
    for name in KEYS {
        let key = manifest.keys.iter().find(|key| key.name == name);
        if let Some(hash) = key.and_then(|key| key.file) {
            kept.push((name, content.get(hash)?.to_vec()));
        }
    }
    if kept.is_empty() {
        let reason = "the backup holds no keys: it was made without --with-keys";
        return Err(Error::None(reason.to_owned()));
    }
    Ok(kept)
}

fn mark(bytes: &[u8]) -> Hash {
    Hash::of_pieces(CONTEXT, &[bytes.trim_ascii()])
}
